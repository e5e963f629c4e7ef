//! The JSON schemas of settings, for editors that validate `plansmith.toml` and for VS Code's settings page.

use plan_ide::{
    Severity,
    rules::{Group, OPTIONS, RULES},
};
use plan_schema::PathRole;
use serde_json::{Map, Value, json};

use super::{Scope, Setting, SettingKind, reader::WEEKDAYS};

/// States with the checkbox characters that are written for them by default.
const DEFAULT_CHECKBOX_CHARACTERS: [(&str, &str); 4] =
    [("active", "/"), ("blocked", "!"), ("deferred", ">"), ("cancelled", "-")];

impl Setting {
    /// Returns the JSON schema of the setting's value, including the default if there is one.
    pub fn schema(&self) -> Value {
        match self.kind {
            SettingKind::Switch { default, .. } => json!({"type": "boolean", "default": default}),
            SettingKind::Choice { options, default, .. } => {
                let docs: Vec<&str> = options.iter().map(|option| option_doc(self.name, option)).collect();
                json!({"type": "string", "enum": options, "enumDescriptions": docs, "default": default})
            }
            SettingKind::Text { default, .. } => {
                let mut schema = json!({"type": "string", "default": default});
                if self.scope == Scope::Extension {
                    // A workspace must not be able to choose the program that is run.
                    schema["scope"] = "machine-overridable".into();
                }
                schema
            }
            SettingKind::Number { default, .. } => {
                json!({"type": "number", "exclusiveMinimum": 0, "default": default})
            }
            SettingKind::Holidays => json!({"type": "array", "default": [], "items": {"type": "string"}}),
            SettingKind::WorkingDays => {
                json!({"type": "array", "items": {"type": "string", "enum": WEEKDAYS}})
            }
            SettingKind::Include | SettingKind::Exclude => {
                json!({"type": "array", "default": [], "items": {"type": "string"}})
            }
            SettingKind::Roles => {
                let names = PathRole::ALL.map(PathRole::name);
                let docs = names.map(|name| option_doc(self.name, name));
                let items = json!({"type": "string", "enum": names, "enumDescriptions": docs});
                json!({"type": "array", "default": names, "items": items})
            }
            SettingKind::Families => json!({"type": "array", "items": {"type": "string"}}),
            SettingKind::RuleSeverities => severities(),
            SettingKind::RuleOptions => options(),
            SettingKind::Names(names) => {
                let words = json!({"type": "array", "items": {"type": "string"}});
                object(names.keys().into_iter().map(|key| (key, words.clone())).collect())
            }
            SettingKind::CheckboxCharacters => {
                let property = |(name, character): (&str, &str)| {
                    (name.to_owned(), json!({"type": "string", "maxLength": 1, "default": character}))
                };
                object(DEFAULT_CHECKBOX_CHARACTERS.into_iter().map(property).collect())
            }
            SettingKind::Templates => json!({"type": "array", "default": [], "items": {
                "type": "object", "required": ["files", "name"], "additionalProperties": false,
                "properties": {"files": {"type": "string"}, "name": {"type": "string"}},
            }}),
            SettingKind::Overrides => json!({"type": "array", "items": {
                "type": "object", "required": ["files"], "additionalProperties": false,
                "properties": {"files": {"type": "string"}, "rules": severities()},
            }}),
        }
    }
}

/// Descriptions of the options of settings: name of the setting, option, description.
const OPTION_DOCS: [(&str, &str, &str); 21] = [
    ("format.tables", "aligned", "Pad cells so that columns are aligned"),
    ("format.tables", "compact", "Separate cells by single spaces"),
    ("skip", "archives", "Finished plans in folders such as `archive` and `done`"),
    ("skip", "templates", "Plan templates"),
    ("skip", "vendored", "Dependencies and generated files"),
    ("skip", "prompts", "Prompts and commands for agents"),
    ("skip", "handbooks", "Instructions, guides and reference documents"),
    ("skip", "fixtures", "Sample data of tests"),
    ("fail-on", "error", "Fail on errors"),
    ("fail-on", "warning", "Fail on warnings and errors"),
    ("fail-on", "info", "Fail on all findings except hints"),
    ("fail-on", "hint", "Fail on all findings"),
    ("fail-on", "never", "Report findings, but do not fail"),
    ("diagnostics.scope", "open", "Check open documents"),
    ("diagnostics.scope", "workspace", "Check all plans of the workspace"),
    ("markdown", "all", "Provide Markdown features in all Markdown files"),
    ("markdown", "plans", "Provide Markdown features in plans only"),
    ("markdown", "off", "Do not provide Markdown features"),
    ("trace.server", "off", "Log nothing"),
    ("trace.server", "messages", "Log the names of messages"),
    ("trace.server", "verbose", "Log messages with their content"),
];

/// Returns the description of an option of a setting.
fn option_doc(setting: &str, option: &str) -> &'static str {
    let found = OPTION_DOCS.iter().find(|(name, value, _)| *name == setting && *value == option);
    found.map_or("", |(.., doc)| doc)
}

/// Returns the schema of an object that has no other properties than `properties`.
fn object(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "default": {}, "additionalProperties": false, "properties": properties})
}

fn severities() -> Value {
    let severity = json!(["off", "hint", "info", "warning", "error"]);
    let mut severities = Map::new();
    for group in Group::ALL {
        let doc = format!("Severity of all rules in the group `{}`", group.name());
        severities.insert(group.name().to_owned(), json!({"enum": severity, "description": doc}));
    }
    for rule in RULES {
        let by_default = rule.severity.map_or("off", Severity::name);
        let doc = format!("Checks for: {}", rule.summary);
        severities.insert(
            rule.name.to_owned(),
            json!({"enum": severity, "description": doc, "default": by_default}),
        );
    }
    object(severities)
}

fn options() -> Value {
    let mut options: Map<String, Value> = Map::new();
    for (rule, option) in OPTIONS.iter().filter_map(|option| option.split_once('.')) {
        let properties = options.entry(rule).or_insert_with(|| object(Map::new()));
        properties["properties"][option] = json!({"type": "number"});
    }
    object(options)
}
