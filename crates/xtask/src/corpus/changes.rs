//! Differences between two corpus runs, line by line.

use std::{collections::BTreeMap, fs, io, path::Path};

use plansmith::inspect::InspectedDocument;
use serde_json::Value;

/// Writes the results of a run to a file.
pub(super) fn save(path: &Path, inspected: &[InspectedDocument]) -> io::Result<()> {
    fs::write(path, serde_json::to_string(inspected)?)
}

/// Prints every item, ID, state, status and target that differs from the saved run.
pub(super) fn print(old: &Path, inspected: &[InspectedDocument]) -> io::Result<()> {
    let old: Vec<Value> = serde_json::from_str(&fs::read_to_string(old)?)?;
    let old: BTreeMap<&str, &Value> =
        old.iter().filter_map(|document| Some((document["path"].as_str()?, document))).collect();
    let mut changed = 0;
    for new in inspected {
        let new = serde_json::to_value(new)?;
        let path = new["path"].as_str().unwrap_or_default();
        let Some(old) = old.get(path) else {
            println!("{path}: new");
            continue;
        };
        let changes = compare(old, &new);
        if !changes.is_empty() {
            println!("{path}");
            changes.iter().for_each(|change| println!("  {change}"));
        }
        changed += changes.len();
    }
    println!("{changed} changes");
    Ok(())
}

fn compare(old: &Value, new: &Value) -> Vec<String> {
    let mut changes = Vec::new();
    for key in ["kind", "title", "status", "progress", "depends_on"] {
        if old[key] != new[key] {
            changes.push(format!("{key}: {} -> {}", old[key], new[key]));
        }
    }
    // A line can have several items, such as the checkboxes of a table row.
    let by_line = |document: &Value| {
        let mut items: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
        for item in document["items"].as_array().into_iter().flatten() {
            items.entry(item["line"].as_u64().unwrap_or_default()).or_default().push(item.clone());
        }
        items
    };
    let (before, after) = (by_line(old), by_line(new));
    let no_items = Vec::new();
    let mut lines: Vec<u64> = before.keys().chain(after.keys()).copied().collect();
    lines.sort_unstable();
    lines.dedup();
    for line in lines {
        let (before, after) = (before.get(&line).unwrap_or(&no_items), after.get(&line).unwrap_or(&no_items));
        for index in 0..before.len().max(after.len()) {
            match (before.get(index), after.get(index)) {
                (Some(before), None) => changes.push(format!("{line}: removed: {}", rendered(before))),
                (None, Some(after)) => changes.push(format!("{line}: new: {}", rendered(after))),
                (Some(before), Some(after)) => changes.extend(item_changes(line, before, after)),
                (None, None) => {}
            }
        }
    }
    changes
}

fn rendered(item: &Value) -> String {
    format!("{} {} {} {} {}", item["kind"], item["id"], item["title"], item["state"], item["state_sources"])
}

fn item_changes(line: u64, before: &Value, after: &Value) -> Vec<String> {
    const COMPARED_KEYS: [&str; 13] = [
        "kind",
        "id",
        "title",
        "state",
        "derived",
        "optional",
        "role",
        "scope",
        "tags",
        "owner",
        "estimate",
        "due",
        "state_sources",
    ];
    let mut changes: Vec<String> = COMPARED_KEYS
        .into_iter()
        .filter(|key| before[*key] != after[*key])
        .map(|key| format!("{line}: {key}: {} -> {} ({})", before[key], after[key], after["title"]))
        .collect();
    let targets = |item: &Value| -> Vec<String> {
        let found = item["depends_on"].as_array().into_iter().flatten();
        found.map(|found| format!("{} {} {}", found["text"], found["class"], found["targets"])).collect()
    };
    let (before, after_targets) = (targets(before), targets(after));
    if before != after_targets {
        changes.push(format!("{line}: depends on: {before:?} -> {after_targets:?} ({})", after["title"]));
    }
    changes
}
