//! Invariants of all edits: an action has the described effect and no other.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use plan_ide::{
    Edit, File, Index, NoDisk, Workspace,
    actions::{Context, actions},
    editing::states::Writer,
};
use plan_model::{Item, ItemKind, State, StateSourceKind};
use plan_syntax::Document;
use plan_test::real_documents;
use proptest::{prelude::*, test_runner::RngSeed};

fn apply(text: &str, edits: &[Edit]) -> String {
    let edits: Vec<_> = edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
    plan_test::apply(text, &edits)
}

/// Maximum number of items tried per document: hundreds of plans have hundreds of items each.
const MAX_ITEMS_TRIED: usize = if cfg!(debug_assertions) { 2 } else { 24 };

fn some<T>(all: Vec<T>) -> Vec<T> {
    let step = (all.len() / MAX_ITEMS_TRIED).max(1);
    all.into_iter().step_by(step).take(MAX_ITEMS_TRIED).collect()
}

/// Returns the facts that unrelated edits must not change.
fn facts(file: &File) -> Vec<(ItemKind, Option<String>, String, Option<State>)> {
    let facts = file
        .plan()
        .items()
        .map(|item| (item.kind(), item.id().map(ToString::to_string), item.title(), item.state()));
    facts.collect()
}

/// Whether an item's state sources agree on whether it is done.
fn agrees(item: &Item<'_>) -> bool {
    let done = item.state() == Some(State::Done);
    item.state_sources()
        .filter(|(kind, ..)| !matches!(kind, StateSourceKind::Word | StateSourceKind::Strikethrough))
        .filter_map(|(_, _, stated)| stated)
        .all(|stated| (stated == State::Done) == done)
}

#[test]
fn setting_a_state_updates_all_sources_and_nothing_else() {
    let mut set = 0;
    let mut wrong = Vec::new();
    for (name, text) in real_documents() {
        let file = File::new(name.as_str(), Document::new(&text));
        let before = facts(&file);
        // Bullets with emoji are tasks only in combination.
        let items = file.plan().items().filter(|item| item.form() != StateSourceKind::Emoji);
        for item in some(items.collect()) {
            for to in State::ALL {
                let edits = Writer::new(&file).set(&item, to);
                if edits.is_empty() {
                    continue;
                }
                set += 1;
                let changed = apply(&text, &edits);
                let after_file = File::new(name.as_str(), Document::new(&changed));
                let mut after = facts(&after_file);
                let line = text[item.line()].lines().next().unwrap_or_default().to_owned();
                let here = format!("{name}: {line:?} to {to:?}");
                let Some(now) = after_file.plan().item(item.index()).filter(|_| after.len() == before.len())
                else {
                    wrong.push(format!("{here}: {} items became {}", before.len(), after.len()));
                    continue;
                };
                if item.kind() == ItemKind::Task && now.state() != Some(to) {
                    wrong.push(format!("{here}: is {:?}", now.state()));
                } else if matches!(to, State::Done | State::Open) && !agrees(&now) {
                    wrong.push(format!(
                        "{here}: state sources disagree: {:?}",
                        now.state_sources()
                            .map(|(kind, place, _)| (kind, changed[place].to_owned()))
                            .collect::<Vec<_>>()
                    ));
                }
                after[item.index()] = before[item.index()].clone();
                for (index, (old, new)) in before.iter().zip(&after).enumerate() {
                    // Two locations with the same ID share a front matter entry.
                    let same_id = old.1.is_some() && old.1 == before[item.index()].1;
                    if old != new && !same_id {
                        wrong.push(format!("{here}: item {index} was {old:?}, is {new:?}"));
                    }
                }
            }
        }
    }
    assert!(set > 100, "{set}");
    assert!(wrong.is_empty(), "{} of {set}:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}

/// Returns the dependencies of a document as item indices.
fn graph(file: &File) -> Vec<(Option<usize>, Vec<usize>)> {
    let dependencies = file.plan().located_dependencies().iter();
    dependencies
        .map(|found| (found.dependent, found.targets().iter().filter_map(|(_, item)| *item).collect()))
        .map(|(dependent, mut targets): (Option<usize>, Vec<usize>)| {
            targets.sort_unstable();
            (dependent, targets)
        })
        .collect()
}

/// Returns the text after the first action of a kind at an offset, if available.
fn after(file: &File, at: usize, kind: &str) -> Option<String> {
    let index = Index::new([]);
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let context = Context { file, workspace: &workspace, range: &(at..at), on_request: true };
    let action =
        actions(&context).into_iter().find(|action| action.kind == kind && action.disabled.is_none())?;
    Some(apply(&file.document().text(), &action.changes(file, &workspace).edits))
}

fn title(file: &File) -> usize {
    file.plan().title_range().map_or(0, |range| range.start)
}

#[test]
fn renumbering_real_plans_keeps_dependencies() {
    let mut renumbered = 0;
    let mut wrong = Vec::new();
    for (name, text) in real_documents() {
        let file = File::new(name.as_str(), Document::new(&text));
        let Some(changed) = after(&file, title(&file), "renumber") else { continue };
        renumbered += 1;
        let now = File::new(name.as_str(), Document::new(&changed));
        let shown = |file: &File| -> Vec<_> {
            file.plan()
                .items()
                .map(|item| {
                    (
                        item.kind(),
                        without_digits(&item.title()).replace(|c: char| c.is_ascii_digit(), ""),
                        item.state(),
                        item.parent(),
                    )
                })
                .collect()
        };
        let (before, now_shown) = (shown(&file), shown(&now));
        if before != now_shown {
            let first = before.iter().zip(&now_shown).find(|(a, b)| a != b);
            wrong.push(format!("{name}: {} items are {}: {first:?}", before.len(), now_shown.len()));
        } else if graph(&file) != graph(&now) {
            let (a, b) = (graph(&file), graph(&now));
            let first = a.iter().zip(&b).find(|(a, b)| a != b);
            wrong.push(format!("{name}: dependencies differ: {first:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {renumbered}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(30)].join("\n")
    );
}

prop_compose! {
    /// Generates a plan of phases and tasks in any order, with gaps in the numbering and all kinds of references.
    fn scrambled()(
        phases in prop::sample::subsequence((1..9u32).collect::<Vec<_>>(), 2..6).prop_shuffle(),
        tasks in prop::collection::vec(prop::sample::subsequence((1..12u32).collect::<Vec<_>>(), 1..8), 6),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 60),
    ) -> String {
        let lists: Vec<(u32, Vec<u32>)> = phases.into_iter().zip(tasks).collect();
        let all: Vec<(u32, u32)> = lists.iter().flat_map(|(phase, tasks)| tasks.iter().map(|task| (*phase, *task))).collect();
        let mut picks = picks.into_iter().cycle();
        let mut pick = || { let index = picks.next().unwrap(); all[index.index(all.len())] };
        let mut text = String::from("# Plan: Scrambled\n\n| Phase | Status | Progress |\n|---|---|---|\n");
        for (phase, _) in &lists {
            text.push_str(&format!("| Phase {phase} | Open | 0% |\n"));
        }
        for (phase, tasks) in &lists {
            text.push_str(&format!("\n## Phase {phase}: Name\n\n"));
            for task in tasks {
                text.push_str(&format!("- [ ] **Task {phase}.{task}**: Do it\n"));
                let (a, b) = (pick(), pick());
                match task % 4 {
                    0 => text.push_str(&format!("  - Dependencies: Task {}.{}\n", a.0, a.1)),
                    1 => text.push_str(&format!("  - Dependencies: Task {}.{}, {}.{}\n", a.0, a.1, b.0, b.1)),
                    2 => text.push_str(&format!("  - Note: after Task {}.{} all is well\n", a.0, a.1)),
                    _ => text.push_str(&format!("  - Depends on: {phase}.{}-{phase}.{}\n", tasks[0], tasks[tasks.len() - 1])),
                }
            }
        }
        text.push_str("\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n");
        for (phase, task) in all.iter().take(9) {
            text.push_str(&format!("    Task {phase}.{task} :2026-03-02, 4d\n"));
        }
        text.push_str("```\n");
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_121), ..ProptestConfig::default() })]

    #[test]
    fn renumbering_is_an_isomorphism(text in scrambled()) {
        let file = File::new("plan.md", Document::new(&text));
        let Some(changed) = after(&file, title(&file), "renumber") else { return Ok(()) };
        let now = File::new("plan.md", Document::new(&changed));
        prop_assert_eq!(graph(&file), graph(&now), "{}\nbecame\n{}", text, changed);
        // Gantt charts and the table still refer to the same items.
        let chart_items = |file: &File| -> Vec<Option<usize>> {
            let plan = file.plan();
            let bars = plan.gantt_charts().iter().flat_map(|(start, chart)| chart.tasks.iter().map(move |bar| start + bar.name.start..start + bar.name.end));
            bars.map(|place| {
                let value = plan_model::reference::parse(&file.document().slice(place));
                plan.resolve(&value, 0, None).first().and_then(|name| name.targets.first()).and_then(|(_, item)| *item)
            }).collect()
        };
        prop_assert_eq!(chart_items(&file), chart_items(&now));
        // The IDs are consecutive now, so the action is no longer available.
        prop_assert!(after(&now, title(&now), "renumber").is_none(), "{}", changed);
    }
}

/// Returns a title without digits, because references to other items change with renumbering.
fn without_digits(title: &str) -> String {
    title.replace(|c: char| c.is_ascii_digit(), "")
}

/// Returns the edits that undo `edits`.
fn inverse(text: &str, edits: &[Edit]) -> Vec<Edit> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut shift = 0isize;
    let inverted = sorted.into_iter().map(|edit| {
        let start = edit.range.start.wrapping_add_signed(shift);
        shift += edit.text.len() as isize - edit.range.len() as isize;
        Edit { range: start..start + edit.text.len(), text: text[edit.range.clone()].to_owned() }
    });
    inverted.collect()
}

/// Counts items by title and state.
fn item_counts(file: &File) -> BTreeMap<(String, Option<State>), isize> {
    let mut counts = BTreeMap::new();
    for item in file.plan().items() {
        *counts.entry((without_digits(&item.title()), item.state())).or_insert(0) += 1;
    }
    counts
}

/// Returns how many items an action can add and remove at most.
fn allowed(kind: &str, file: &File, at: usize) -> (isize, isize) {
    let plan = file.plan();
    let here = plan.items().filter(|item| item.line().start <= at && at <= item.line().end).last();
    let inside = here.map_or(0, |item| {
        let range = item.range();
        plan.items().filter(|other| range.contains(&other.line().start)).count() as isize
    });
    match kind {
        // A phase detected only by its tasks can stop being one without its last task.
        "move" => (
            0,
            here.and_then(|item| item.phase()).map_or(0, |phase| isize::from(phase.children().count() == 1)),
        ),
        "renumber" | "add-ids" | "update-progress-values" | "set-status" | "approve" => (0, 0),
        "insert-item" | "add-item" | "add-checkbox" | "extract-task" => (isize::MAX, 1),
        // The row of a phase is deleted with it, and references to a deleted name can resolve differently.
        "delete-item" => (2, inside + 3),
        // States of the targeted items change.
        _ => (inside.max(1) + 8, inside.max(1) + 8),
    }
}

#[test]
fn every_action_can_be_undone_and_changes_nothing_else() {
    let index = Index::new([]);
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let mut tried = 0;
    let mut wrong = Vec::new();
    for (name, text) in real_documents() {
        let file = File::new(name.as_str(), Document::new(&text));
        if file.plan().items().len() == 0 || text.len() > MAX_BYTES {
            continue;
        }
        let before = item_counts(&file);
        // Bullets with emoji are tasks only in combination.
        let items = file.plan().items().filter(|item| item.form() != StateSourceKind::Emoji);
        let mut places: Vec<usize> = some(items.map(|item| item.line().start).collect());
        places.push(title(&file));
        for at in places {
            let context = Context { file: &file, workspace: &workspace, range: &(at..at), on_request: true };
            for action in actions(&context) {
                let edits = action.changes(&file, &workspace).edits;
                tried += 1;
                let here = format!("{name}: `{}` ({})", action.title, action.kind);
                let changed = apply(&text, &edits);
                if apply(&changed, &inverse(&text, &edits)) != text {
                    wrong.push(format!("{here} cannot be undone"));
                }
                if matches!(
                    action.kind,
                    "toggle" | "complete-below" | "with-parents" | "insert-section" | "update-progress"
                ) || action.kind.starts_with("set-")
                    || action.kind.ends_with("-checkbox")
                {
                    // These actions are tested above or affect all text below a heading.
                    continue;
                }
                let after = item_counts(&File::new(name.as_str(), Document::new(&changed)));
                let (mut more, mut less) = (0, 0);
                for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
                    let difference = after.get(key).unwrap_or(&0) - before.get(key).unwrap_or(&0);
                    more += difference.max(0);
                    less += (-difference).max(0);
                }
                let (max_more, max_less) = allowed(action.kind, &file, at);
                if more > max_more || less > max_less {
                    wrong.push(format!("{here}: {more} items more, {less} less"));
                }
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// Maximum number of bytes of a document in debug builds; release builds test longer documents as well.
const MAX_BYTES: usize = if cfg!(debug_assertions) { 6_000 } else { usize::MAX };
