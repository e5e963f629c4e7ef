//! `cargo xtask docs`: the pages that are generated from the code.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use plan_ide::rules::{Group, OPTIONS, RULES, Rule};
use serde_json::{Map, Value, json};

/// The marks in README.md between which the list of rules stands.
const MARKS: (&str, &str) = ("<!-- rules:begin -->", "<!-- rules:end -->");

/// Every generated file with its content. `root` is the project's folder.
pub fn files(root: &Path) -> io::Result<Vec<(PathBuf, String)>> {
    let mut files: Vec<(PathBuf, String)> =
        RULES.iter().map(|rule| (root.join(format!("docs/rules/{}.md", rule.name)), page(rule))).collect();
    files.push((root.join("docs/rules/README.md"), list("")));
    files.push((root.join("docs/plansmith.schema.json"), schema()));
    let readme = root.join("README.md");
    let text = std::fs::read_to_string(&readme)?;
    if let (Some(begin), Some(end)) = (text.find(MARKS.0), text.find(MARKS.1)) {
        let (before, after) = (&text[..begin + MARKS.0.len()], &text[end..]);
        files.push((readme, format!("{before}\n{}{after}", table("docs/rules/"))));
    }
    Ok(files)
}

/// Writes what differs.
pub fn write(root: &Path) -> io::Result<()> {
    for (path, text) in files(root)? {
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&path, text)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}

fn page(rule: &Rule) -> String {
    format!(
        "<!-- Generated from the rule's source by `cargo xtask docs`. -->\n\n# {}\n\nFinds: {}. \
         Group `{}`, severity `{}` unless settings say otherwise.\n\n{}",
        rule.name,
        rule.summary,
        rule.group.name(),
        severity(rule),
        rule.doc,
    )
}

/// The JSON schema of `plansmith.toml`, for editors that check TOML by one.
fn schema() -> String {
    let severity = json!({"enum": ["off", "hint", "info", "warning", "error"]});
    let mut levels = Map::new();
    for group in Group::ALL {
        levels.insert(
            group.name().to_owned(),
            json!({"$ref": "#/definitions/severity", "description": format!("All rules of the group {}", group.name())}),
        );
    }
    for rule in RULES {
        let by_default = rule.severity.map_or("off", plan_ide::Severity::name);
        levels.insert(
            rule.name.to_owned(),
            json!({"$ref": "#/definitions/severity", "description": format!("Finds: {}", rule.summary), "default": by_default}),
        );
    }
    let mut options: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (rule, option) in OPTIONS.iter().filter_map(|option| option.split_once('.')) {
        options.entry(rule).or_default().insert(option.to_owned(), json!({"type": "number"}));
    }
    let options: Map<String, Value> = options
        .into_iter()
        .map(|(rule, properties)| (rule.to_owned(), object(&Value::Object(properties))))
        .collect();
    let words = json!({"type": "array", "items": {"type": "string"}});
    let states: Map<String, Value> =
        plan_model::State::ALL.into_iter().map(|state| (state.name().to_owned(), words.clone())).collect();
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "plansmith.toml",
        "type": "object",
        "additionalProperties": false,
        "definitions": {"severity": severity, "levels": object(&Value::Object(levels))},
        "properties": {
            "fail-on": {"enum": ["error", "warning", "info", "hint", "never"], "description": "The least severity that makes `plansmith check` fail"},
            "include": {"type": "array", "items": {"type": "string"}, "description": "Globs of the Markdown that belongs to the project"},
            "exclude": {"type": "array", "items": {"type": "string"}, "description": "Globs of the Markdown that does not"},
            "template-folder": {"type": "string", "description": "The folder of the project's own templates"},
            "rules": {"$ref": "#/definitions/levels"},
            "rule": object(&Value::Object(options)),
            "states": object(&Value::Object(states)),
            "template": {"type": "array", "items": {
                "type": "object", "required": ["files", "name"], "additionalProperties": false,
                "properties": {"files": {"type": "string"}, "name": {"type": "string"}},
            }},
            "override": {"type": "array", "items": {
                "type": "object", "required": ["files"], "additionalProperties": false,
                "properties": {"files": {"type": "string"}, "rules": {"$ref": "#/definitions/levels"}},
            }},
        },
    });
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}

/// An object of these properties and no others.
fn object(properties: &Value) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn severity(rule: &Rule) -> &'static str {
    rule.severity.map_or("off", plan_ide::Severity::name)
}

fn list(folder: &str) -> String {
    format!("<!-- Generated by `cargo xtask docs`. -->\n\n# Rules\n\n{}", table(folder))
}

fn table(folder: &str) -> String {
    let mut text = String::from("| Rule | Finds | Group | Severity |\n| --- | --- | --- | --- |\n");
    for rule in RULES {
        text.push_str(&format!(
            "| [`{0}`]({folder}{0}.md) | {1} | {2} | {3} |\n",
            rule.name,
            rule.summary,
            rule.group.name(),
            severity(rule)
        ));
    }
    text
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
