//! The list of all settings: the source of the settings file, the client's section, the reference in `docs`, the JSON schema
//! and VS Code's settings page.

use serde_json::{Map, Value, json};

use plan_ide::{
    Severity,
    rules::{Group, OPTIONS, RULES},
};
use plan_schema::PathRole;

use crate::custom_names::CustomNames;

/// Where a setting can be specified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In `plansmith.toml` and in the client's settings.
    Both,
    /// Only in `plansmith.toml`.
    File,
    /// Only in the client's settings, because it concerns the editor.
    Editor,
    /// Only in the client's settings, and read by the VS Code extension, not by the server.
    Extension,
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name in `plansmith.toml`. The client's settings use `plansmith.` and the name in camelCase.
    pub name: &'static str,
    /// Where the setting can be specified.
    pub scope: Scope,
    /// Description in Markdown, without a full stop at the end.
    pub doc: &'static str,
    /// Example value in JSON.
    pub example: &'static str,
    /// JSON schema of the value, with `default` if the setting has a default.
    pub schema: fn() -> Value,
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "rules",
        scope: Scope::Both,
        doc: "Severity per rule or group: `off`, `hint`, `info`, `warning` or `error`",
        example: r#"{"unclosed-fence": "error", "template": "off"}"#,
        schema: levels,
    },
    Setting {
        name: "rule-options",
        scope: Scope::File,
        doc: "Rule-specific options; see each rule's page",
        example: r#"{"token-budget": {"tolerance": 0.2}}"#,
        schema: options,
    },
    Setting {
        name: "state-names",
        scope: Scope::Both,
        doc: "Additional words and symbols recognized as task states",
        example: r#"{"done": ["erledigt"], "blocked": ["🟣"]}"#,
        schema: || lists_of_words(CustomNames::States),
    },
    Setting {
        name: "item-names",
        scope: Scope::Both,
        doc: "Additional nouns for phases and tasks, recognized before a number",
        example: r#"{"phase": ["Lieferung"], "task": ["Posten"]}"#,
        schema: || lists_of_words(CustomNames::Items),
    },
    Setting {
        name: "field-names",
        scope: Scope::Both,
        doc: "Additional keys of fields, also recognized as titles of table columns",
        example: r#"{"owner": ["Pate"], "depends-on": ["Braucht"]}"#,
        schema: || lists_of_words(CustomNames::Fields),
    },
    Setting {
        name: "checkbox-characters",
        scope: Scope::Both,
        doc: "Checkbox characters written for states other than open and done, e.g. `[~]`",
        example: r#"{"active": "~", "deferred": "<"}"#,
        schema: || {
            let defaults = [("active", "/"), ("blocked", "!"), ("deferred", ">"), ("cancelled", "-")];
            let property = |(name, character): (&str, &str)| {
                (name.to_owned(), json!({"type": "string", "maxLength": 1, "default": character}))
            };
            object(defaults.into_iter().map(property).collect())
        },
    },
    Setting {
        name: "format.tables",
        scope: Scope::Both,
        doc: "Table style of the formatter: `aligned` or `compact`",
        example: r#""compact""#,
        schema: || json!({"type": "string", "enum": ["aligned", "compact"], "default": "aligned"}),
    },
    Setting {
        name: "format.enable",
        scope: Scope::Editor,
        doc: "Enable formatting of plans and checklists. Off by default because most teams already have a Markdown formatter",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "on-type.enable",
        scope: Scope::Editor,
        doc: "Continue task lists on Enter, with the next task ID. Off by default",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "template",
        scope: Scope::Both,
        doc: "Templates by file glob; the first match applies. A template declared in the plan takes precedence",
        example: r#"[{"files": "codev/plans/**", "name": "codev-plan"}]"#,
        schema: || {
            json!({"type": "array", "default": [], "items": {
                "type": "object", "required": ["files", "name"], "additionalProperties": false,
                "properties": {"files": {"type": "string"}, "name": {"type": "string"}},
            }})
        },
    },
    Setting {
        name: "template-folder",
        scope: Scope::Both,
        doc: "Folder with the templates of the workspace",
        example: r#""docs/templates""#,
        schema: || json!({"type": "string", "default": plan_ide::TEMPLATE_FOLDER}),
    },
    Setting {
        name: "include",
        scope: Scope::Both,
        doc: "Globs of Markdown files to include. Default: all files not ignored by git",
        example: r#"["docs/**/*.md"]"#,
        schema: globs,
    },
    Setting {
        name: "exclude",
        scope: Scope::Both,
        doc: "Globs of Markdown files to exclude",
        example: r#"["archive/**"]"#,
        schema: globs,
    },
    Setting {
        name: "skip",
        scope: Scope::Both,
        doc: "Documents that are not treated as live plans. Only rules about the page apply to `archives`, and no rules to the others. Default: all of these documents",
        example: r#"["templates", "vendored", "prompts", "handbooks"]"#,
        schema: || {
            let names = PathRole::ALL.map(PathRole::name);
            json!({"type": "array", "default": names, "items": {"type": "string", "enum": names}})
        },
    },
    Setting {
        name: "override",
        scope: Scope::File,
        doc: "Severities for files that match a glob",
        example: r#"[{"files": "drafts/**", "rules": {"missing-section": "off"}}]"#,
        schema: || {
            json!({"type": "array", "items": {
                "type": "object", "required": ["files"], "additionalProperties": false,
                "properties": {"files": {"type": "string"}, "rules": levels()},
            }})
        },
    },
    Setting {
        name: "fail-on",
        scope: Scope::File,
        doc: "Minimum severity for exit code 1, or `never`",
        example: r#""warning""#,
        schema: || json!({"enum": ["error", "warning", "info", "hint", "never"], "default": "error"}),
    },
    Setting {
        name: "diagnostics.scope",
        scope: Scope::Editor,
        doc: "Check `open` documents only, or all plans in the `workspace`. Requires a server restart",
        example: r#""workspace""#,
        schema: || json!({"type": "string", "enum": ["open", "workspace"], "default": "open"}),
    },
    Setting {
        name: "hints.phases",
        scope: Scope::Editor,
        doc: "Show progress after phase headings",
        example: "false",
        schema: || json!({"type": "boolean", "default": true}),
    },
    Setting {
        name: "hints.parents",
        scope: Scope::Editor,
        doc: "Show progress after tasks with subtasks",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "hints.dependencies",
        scope: Scope::Editor,
        doc: "Show open dependencies after each task",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "hints.dates",
        scope: Scope::Editor,
        doc: "Show relative dates after dates, e.g. `in 3 days`",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "hints.gantt",
        scope: Scope::Editor,
        doc: "Show computed dates of Gantt tasks",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "lenses.title",
        scope: Scope::Editor,
        doc: "Show progress and the next task above the title",
        example: "false",
        schema: || json!({"type": "boolean", "default": true}),
    },
    Setting {
        name: "lenses.phases",
        scope: Scope::Editor,
        doc: "Show actions above phases: check all tasks, complete the phase",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "markdown",
        scope: Scope::Editor,
        doc: "Generic Markdown features (links, headings): for `all` files, `plans` only, or `off`",
        example: r#""off""#,
        schema: || json!({"type": "string", "enum": ["all", "plans", "off"], "default": "plans"}),
    },
    Setting {
        name: "server.path",
        scope: Scope::Extension,
        doc: "Path of the `plansmith` program. If empty: `PLANSMITH_SERVER`, the bundled program, or `plansmith` on the `PATH`, in this order",
        example: r#""/usr/local/bin/plansmith""#,
        schema: || json!({"type": "string", "default": "", "scope": "machine-overridable"}),
    },
    Setting {
        name: "trace.server",
        scope: Scope::Extension,
        doc: "Log the messages between editor and server: `off`, `messages` or `verbose`",
        example: r#""messages""#,
        schema: || json!({"type": "string", "enum": ["off", "messages", "verbose"], "default": "off"}),
    },
];

impl Setting {
    /// Returns the name in the client's settings without `plansmith.`, for example `templateFolder`.
    pub fn client_name(&self) -> String {
        let mut name = String::new();
        for (index, word) in self.name.split('-').enumerate() {
            let mut letters = word.chars();
            match letters.next() {
                Some(first) if index > 0 => name.extend(first.to_uppercase()),
                Some(first) => name.push(first),
                None => {}
            }
            name.push_str(letters.as_str());
        }
        name
    }

    /// Returns whether the setting can be specified in `plansmith.toml`.
    pub fn in_file(&self) -> bool {
        matches!(self.scope, Scope::Both | Scope::File)
    }

    /// Returns whether the setting can be specified in the client's settings.
    pub fn in_client(&self) -> bool {
        self.scope != Scope::File
    }
}

/// Returns the top-level keys of the settings file.
pub fn file_keys() -> impl Iterator<Item = &'static str> {
    let names = SETTINGS.iter().filter(|setting| setting.in_file()).map(|setting| setting.name);
    names.map(|name| name.split('.').next().unwrap_or_default())
}

/// Returns the top-level keys of the client's section, without duplicates.
pub fn client_keys() -> Vec<String> {
    let names = SETTINGS.iter().filter(|setting| setting.in_client()).map(Setting::client_name);
    let mut keys: Vec<String> =
        names.map(|name| name.split('.').next().unwrap_or_default().to_owned()).collect();
    keys.dedup();
    keys
}

/// Returns the schema of a setting for custom names.
fn lists_of_words(names: CustomNames) -> Value {
    let words = json!({"type": "array", "items": {"type": "string"}});
    object(names.keys().into_iter().map(|key| (key, words.clone())).collect())
}

/// Returns the schema of an object with these properties and no others.
fn object(properties: Map<String, Value>) -> Value {
    json!({"type": "object", "default": {}, "additionalProperties": false, "properties": properties})
}

fn globs() -> Value {
    json!({"type": "array", "default": [], "items": {"type": "string"}})
}

fn levels() -> Value {
    let severity = json!(["off", "hint", "info", "warning", "error"]);
    let mut levels = Map::new();
    for group in Group::ALL {
        let doc = format!("Severity of all rules in the group `{}`", group.name());
        levels.insert(group.name().to_owned(), json!({"enum": severity, "description": doc}));
    }
    for rule in RULES {
        let by_default = rule.severity.map_or("off", Severity::name);
        let doc = format!("Checks for: {}", rule.summary);
        levels.insert(
            rule.name.to_owned(),
            json!({"enum": severity, "description": doc, "default": by_default}),
        );
    }
    object(levels)
}

fn options() -> Value {
    let mut options: Map<String, Value> = Map::new();
    for (rule, option) in OPTIONS.iter().filter_map(|option| option.split_once('.')) {
        let properties = options.entry(rule).or_insert_with(|| object(Map::new()));
        properties["properties"][option] = json!({"type": "number"});
    }
    object(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_json_and_client_names_are_camel_case() {
        for setting in SETTINGS {
            assert!(serde_json::from_str::<Value>(setting.example).is_ok(), "{}", setting.name);
        }
        let folder = SETTINGS.iter().find(|setting| setting.name == "template-folder");
        assert_eq!(folder.map(Setting::client_name).as_deref(), Some("templateFolder"));
        assert!(client_keys().contains(&"diagnostics".to_owned()));
    }
}
