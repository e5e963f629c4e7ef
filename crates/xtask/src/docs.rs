//! `cargo xtask docs`: the pages that are generated from the code.

use std::{
    io,
    path::{Path, PathBuf},
};

use plan_ide::rules::{RULES, Rule};
use plansmith::settings::SETTINGS;
use serde_json::{Map, Value, json};

/// Returns every generated file with its content. `root` is the root of the repository.
pub fn files(root: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut files: Vec<(PathBuf, String)> =
        RULES.iter().map(|rule| (root.join(format!("docs/rules/{}.md", rule.name)), page(rule))).collect();
    files.push((root.join("docs/rules/README.md"), rule_list()));
    files.push((root.join("docs/plansmith.schema.json"), schema()));
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
    files.extend(with_properties(&text, &vscode_settings()).map(|text| (manifest, text)));
    Ok(files)
}

/// Returns a file with `text` between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
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

/// Returns the settings of VS Code: the value of `"properties"` in `contributes.configuration`, indented for
/// its position there.
fn vscode_settings() -> String {
    let mut properties = Map::new();
    for setting in SETTINGS.iter().filter(|setting| setting.in_client()) {
        let mut schema = setting.schema();
        if setting.name == "markdown" {
            // VS Code provides generic Markdown features itself.
            schema["default"] = "off".into();
        }
        if setting.name == "rules" {
            // An enumeration of all rule names would dominate the settings page.
            schema = json!({"type": "object", "default": {}, "additionalProperties": {
                "type": "string", "enum": ["off", "hint", "info", "warning", "error"],
            }});
        }
        let mut doc = setting.doc.to_owned();
        if let Some(first) = doc.get(..1).map(str::to_uppercase) {
            doc.replace_range(..1, &first);
        }
        schema["markdownDescription"] =
            format!("{}. Example: `{}`", doc.trim_end_matches('.'), setting.example).into();
        properties.insert(format!("plansmith.{}", setting.client_name()), schema);
    }
    let text = serde_json::to_string_pretty(&properties).unwrap_or_default();
    text.replace('\n', "\n      ")
}

/// Returns a JSON text with the value of `"properties"` in its `"configuration"` replaced.
fn with_properties(manifest: &str, properties: &str) -> Option<String> {
    let key = "\"properties\": ";
    let section = manifest.find("\"configuration\": {")?;
    let start = section + manifest[section..].find(key)? + key.len();
    let mut stream = serde_json::Deserializer::from_str(&manifest[start..]).into_iter::<Value>();
    stream.next()?.ok()?;
    let end = start + stream.byte_offset();
    Some(format!("{}{properties}{}", &manifest[..start], &manifest[end..]))
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

/// Returns the summary of the documentation with all rules, in alphabetical order, below the list of rules.
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
    #[test]
    fn generated_files_are_current() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (path, text) in super::files(&root).unwrap() {
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(found == text, "{} is out of date: run `cargo xtask docs`", path.display());
        }
    }
}
