//! `cargo xtask docs`: the pages that are generated from the code.

use std::{
    io,
    path::{Path, PathBuf},
};

use plan_ide::rules::{RULES, Rule};
use plansmith::settings::{SETTINGS, Setting};
use serde_json::{Map, Value, json};

/// Returns every generated file with its content. `root` is the root of the repository.
pub fn files(root: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut files: Vec<(PathBuf, String)> =
        RULES.iter().map(|rule| (root.join(format!("docs/rules/{}.md", rule.name)), page(rule))).collect();
    files.push((root.join("docs/rules/README.md"), rule_list()));
    files.push((root.join("docs/plansmith.schema.json"), schema()));
    files.push((root.join("editors/vscode/media/plansmith.schema.json"), schema()));
    files.push((
        root.join("docs/protocol.md"),
        format!(
            "<!-- Generated from crates/plansmith/src/protocol.rs by `cargo xtask docs`. -->\n\n{}",
            plansmith::protocol::page()
        ),
    ));
    files.push((root.join("docs/command-line.md"), plansmith::cli::reference()));
    files.extend(between(root.join("docs/settings.md"), "settings", &settings())?);
    let summary = root.join("docs/SUMMARY.md");
    let text = std::fs::read_to_string(&summary)?;
    files.extend(with_rules(&text).map(|text| (summary, text)));
    let manifest = root.join("editors/vscode/package.json");
    let text = std::fs::read_to_string(&manifest)?;
    files.extend(with_configuration(&text, &vscode_settings()).map(|text| (manifest, text)));
    Ok(files)
}

/// Returns a file with `text` between `<!-- NAME:begin -->` and `<!-- NAME:end -->`; `None` without these comments.
fn between(path: PathBuf, name: &str, text: &str) -> io::Result<Option<(PathBuf, String)>> {
    let old = std::fs::read_to_string(&path)?;
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let (Some(from), Some(to)) = (old.find(&begin), old.find(&end)) else { return Ok(None) };
    let (before, after) = (&old[..from + begin.len()], &old[to..]);
    Ok(Some((path, format!("{before}\n{text}{after}"))))
}

/// Writes the files that differ.
pub fn write(root: &Path) -> io::Result<()> {
    for (path, text) in files(root)? {
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory)?;
            }
            std::fs::write(&path, text)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}

fn page(rule: &Rule) -> String {
    format!(
        "<!-- Generated from the rule's source by `cargo xtask docs`. -->\n\n# {}\n\nChecks for: {}. \
         Group `{}`, default severity `{}`.\n\n{}",
        rule.name,
        rule.summary,
        rule.group.name(),
        severity(rule),
        rule.doc,
    )
}

/// Returns the JSON schema of `plansmith.toml`, for editors that validate TOML with JSON schemas.
fn schema() -> String {
    let mut properties = Map::new();
    for setting in SETTINGS.iter().filter(|setting| setting.in_file()) {
        let mut schema = setting.schema();
        schema["description"] = setting.doc.into();
        match setting.name.split_once('.') {
            Some((table, name)) => {
                let table_schema = properties.entry(table).or_insert_with(
                    || json!({"type": "object", "additionalProperties": false, "properties": {}}),
                );
                table_schema["properties"][name] = schema;
            }
            None => drop(properties.insert(setting.name.to_owned(), schema)),
        }
    }
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "plansmith.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}

/// Returns the settings reference as a table.
fn settings() -> String {
    let mut text = String::from(
        "| In `plansmith.toml` | In the editor | Description | Default | Example (JSON) |\n| --- | --- | --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let in_file = if setting.in_file() { format!("`{}`", setting.name) } else { String::new() };
        let in_client = if setting.in_client() {
            format!("`plansmith.{}`", setting.client_name())
        } else {
            String::new()
        };
        let default = match setting.schema().get("default") {
            Some(Value::Array(list)) if list.is_empty() => String::new(),
            Some(Value::Object(map)) if map.is_empty() => String::new(),
            Some(Value::String(text)) if text.is_empty() => String::new(),
            Some(value) => format!("`{value}`"),
            None => String::new(),
        };
        let doc = setting.doc.replace('|', "\\|");
        text.push_str(&format!("| {in_file} | {in_client} | {doc} | {default} | `{}` |\n", setting.example));
    }
    text
}

/// Groups of VS Code's settings page: titles and the names of their settings, in order.
const SETTING_GROUPS: [(&str, &[&str]); 7] = [
    ("Problems", &["rules", "diagnostics.scope"]),
    (
        "Editor",
        &[
            "lenses.title",
            "lenses.phases",
            "hints.phases",
            "hints.parents",
            "hints.dependencies",
            "hints.dates",
            "hints.gantt",
            "hints.schedule",
            "hints.milestones",
            "on-type.enable",
            "markdown",
        ],
    ),
    (
        "Schedule",
        &["schedule.working-days", "schedule.holidays", "schedule.hours-per-day", "schedule.phases-in-order"],
    ),
    ("Formatting", &["format.enable", "format.tables"]),
    ("Files and Templates", &["include", "exclude", "skip", "families", "template", "template-folder"]),
    ("Words", &["state-names", "item-names", "field-names", "checkbox-characters"]),
    ("Server", &["server.path", "mcp.enable", "trace.server"]),
];

/// Returns the settings of VS Code: the value of `contributes.configuration`, indented for its position there.
fn vscode_settings() -> String {
    let groups: Vec<Value> = SETTING_GROUPS
        .iter()
        .enumerate()
        .map(|(number, (title, names))| {
            let mut properties = Map::new();
            for (order, name) in names.iter().enumerate() {
                let Some(setting) = SETTINGS.iter().find(|setting| setting.name == *name) else { continue };
                properties
                    .insert(format!("plansmith.{}", setting.client_name()), vscode_setting(setting, order));
            }
            json!({"title": title, "order": number, "properties": properties})
        })
        .collect();
    let text = serde_json::to_string_pretty(&groups).unwrap_or_default();
    text.replace('\n', "\n    ")
}

fn vscode_setting(setting: &Setting, order: usize) -> Value {
    let mut schema = setting.schema();
    schema["order"] = order.into();
    if schema.get("default").is_none() {
        // Without a default, VS Code sends the empty value of the type, for example an empty list, as if it were set.
        schema["type"] = json!([schema["type"], "null"]);
        schema["default"] = Value::Null;
    }
    if setting.name == "markdown" {
        // VS Code provides generic Markdown features itself.
        schema["default"] = "off".into();
    }
    if setting.name == "rules" {
        // VS Code shows the defaults of properties as if they were set.
        for rule in schema["properties"].as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(rule) = rule.as_object_mut() {
                rule.remove("default");
            }
        }
    }
    let mut doc = setting.doc.trim_end_matches('.').to_owned();
    if let Some(first) = doc.get(..1).map(str::to_uppercase) {
        doc.replace_range(..1, &first);
    }
    // The page shows all values of switches and enumerations.
    let has_all_values = schema["type"] == "boolean" || schema.get("enum").is_some();
    let example = if has_all_values { String::new() } else { format!(". Example: `{}`", setting.example) };
    schema["markdownDescription"] = format!("{doc}{example}{}", if has_all_values { "." } else { "" }).into();
    schema
}

/// Returns a JSON text with the value of its `"configuration"` replaced; `None` without such a value.
fn with_configuration(manifest: &str, configuration: &str) -> Option<String> {
    let key = "\"configuration\": ";
    let start = manifest.find(key)? + key.len();
    let mut stream = serde_json::Deserializer::from_str(&manifest[start..]).into_iter::<Value>();
    stream.next()?.ok()?;
    let end = start + stream.byte_offset();
    Some(format!("{}{configuration}{}", &manifest[..start], &manifest[end..]))
}

fn severity(rule: &Rule) -> &'static str {
    rule.severity.map_or("off", plan_ide::Severity::name)
}

/// Returns the page that lists all rules.
fn rule_list() -> String {
    let mut text = String::from(
        "<!-- Generated by `cargo xtask docs`. -->\n\n# Rules\n\nThe table shows the default severity of each rule; `off` means \
         disabled. To change the severity of a rule or a group, see [settings](../settings.md). \
         `plansmith explain RULE` prints the page of a rule.\n\n| Rule | Checks for | Group | Severity |\n| --- | --- | --- | --- |\n",
    );
    for rule in RULES {
        text.push_str(&format!(
            "| [`{0}`]({0}.md) | {1} | {2} | {3} |\n",
            rule.name,
            rule.summary,
            rule.group.name(),
            severity(rule)
        ));
    }
    text
}

/// Returns the summary of the documentation, with all rules in alphabetical order below the entry of the rule list.
fn with_rules(summary: &str) -> Option<String> {
    let entry = "(rules/README.md)\n";
    let (before, after) = summary.split_once(entry)?;
    let rest = after.lines().skip_while(|line| line.starts_with(' '));
    let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    names.sort_unstable();
    let rules = names.iter().map(|name| format!("  - [{name}](rules/{name}.md)\n"));
    Some(format!("{before}{entry}{}{}\n", rules.collect::<String>(), rest.collect::<Vec<_>>().join("\n")))
}

#[cfg(test)]
mod tests {
    use super::{SETTING_GROUPS, SETTINGS};

    #[test]
    fn every_setting_of_the_editor_is_in_one_group() {
        let mut grouped: Vec<&str> =
            SETTING_GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let client = SETTINGS.iter().filter(|setting| setting.in_client());
        let mut expected: Vec<&str> = client.map(|setting| setting.name).collect();
        grouped.sort_unstable();
        expected.sort_unstable();
        assert_eq!(grouped, expected);
    }

    #[test]
    fn generated_files_are_current() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (path, text) in super::files(&root).unwrap() {
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(found == text, "{} is out of date: run `cargo xtask docs`", path.display());
        }
    }
}
