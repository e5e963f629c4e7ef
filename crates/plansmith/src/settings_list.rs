//! Every setting there is: the one list behind the settings file, the client's section, the reference in `docs`, the JSON
//! schema and VS Code's settings page.

use serde_json::{Map, Value, json};

use plan_ide::{
    Severity,
    rules::{Group, OPTIONS, RULES},
};
use plan_model::State;

/// Where a setting may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In `plansmith.toml` and in the client's settings.
    Both,
    /// Only in `plansmith.toml`.
    File,
    /// Only in the client's settings: it is about the editor.
    Editor,
    /// Only in the client's settings, and read by VS Code's extension instead of the server.
    Extension,
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in `plansmith.toml`; in the client's settings the same in camelCase behind `plansmith.`.
    pub name: &'static str,
    /// Where it may stand.
    pub scope: Scope,
    /// What it does, in Markdown, without full stop at the end.
    pub doc: &'static str,
    /// An example of its value in JSON.
    pub example: &'static str,
    /// The JSON schema of its value, with `default` where there is one.
    pub schema: fn() -> Value,
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "rules",
        scope: Scope::Both,
        doc: "how much rules or groups of rules weigh: `off`, `hint`, `info`, `warning` or `error`",
        example: r#"{"unclosed-fence": "error", "template": "off"}"#,
        schema: levels,
    },
    Setting {
        name: "rule",
        scope: Scope::File,
        doc: "options of single rules; each rule's page names its own",
        example: r#"{"token-budget": {"tolerance": 0.2}}"#,
        schema: options,
    },
    Setting {
        name: "states",
        scope: Scope::Both,
        doc: "words and marks of your team for states, beside the usual ones",
        example: r#"{"done": ["erledigt"], "blocked": ["🟣"]}"#,
        schema: || {
            let words = json!({"type": "array", "items": {"type": "string"}});
            object(State::ALL.into_iter().map(|state| (state.name().to_owned(), words.clone())).collect())
        },
    },
    Setting {
        name: "marks",
        scope: Scope::Both,
        doc: "marks of boxes for states that nothing else in a task or its document can say",
        example: r#"{"active": "~", "deferred": "<"}"#,
        schema: || {
            let usual = [("active", "/"), ("blocked", "!"), ("deferred", ">"), ("cancelled", "-")];
            let mark = |(name, mark): (&str, &str)| {
                (name.to_owned(), json!({"type": "string", "maxLength": 1, "default": mark}))
            };
            object(usual.into_iter().map(mark).collect())
        },
    },
    Setting {
        name: "format.tables",
        scope: Scope::Both,
        doc: "how the formatter lays out tables: `aligned` or `compact`",
        example: r#""compact""#,
        schema: || json!({"type": "string", "enum": ["aligned", "compact"], "default": "aligned"}),
    },
    Setting {
        name: "format.enable",
        scope: Scope::Editor,
        doc: "offers formatting of plans and checklists to the editor; off, since most teams have a formatter",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "on-type.enable",
        scope: Scope::Editor,
        doc: "continues a list of tasks on Enter, with the next number",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "template",
        scope: Scope::Both,
        doc: "which files follow which template; the first that fits decides, a plan's own declaration goes first",
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
        doc: "the folder of the workspace's own templates",
        example: r#""docs/templates""#,
        schema: || json!({"type": "string", "default": plan_ide::TEMPLATE_FOLDER}),
    },
    Setting {
        name: "include",
        scope: Scope::Both,
        doc: "globs of the Markdown that belongs to the workspace; without them all that git does not ignore",
        example: r#"["docs/**/*.md"]"#,
        schema: globs,
    },
    Setting {
        name: "exclude",
        scope: Scope::Both,
        doc: "globs of the Markdown that does not",
        example: r#"["archive/**"]"#,
        schema: globs,
    },
    Setting {
        name: "override",
        scope: Scope::File,
        doc: "other severities for some files",
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
        doc: "the least severity that makes `plansmith check` fail, or `never`",
        example: r#""warning""#,
        schema: || json!({"enum": ["error", "warning", "info", "hint", "never"], "default": "error"}),
    },
    Setting {
        name: "diagnostics.scope",
        scope: Scope::Editor,
        doc: "whether plans that are not open are checked too: `open` or `workspace`; it has to be known when the server starts",
        example: r#""workspace""#,
        schema: || json!({"type": "string", "enum": ["open", "workspace"], "default": "open"}),
    },
    Setting {
        name: "hints.phases",
        scope: Scope::Editor,
        doc: "progress behind the headings of phases",
        example: "false",
        schema: || json!({"type": "boolean", "default": true}),
    },
    Setting {
        name: "hints.parents",
        scope: Scope::Editor,
        doc: "progress behind tasks that have parts",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "hints.waits",
        scope: Scope::Editor,
        doc: "what a task waits for, behind it",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "hints.dates",
        scope: Scope::Editor,
        doc: "how far away a day is, behind it",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "hints.charts",
        scope: Scope::Editor,
        doc: "the days that bars of a chart come to",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "lenses.top",
        scope: Scope::Editor,
        doc: "a line above the title: progress and the next task",
        example: "false",
        schema: || json!({"type": "boolean", "default": true}),
    },
    Setting {
        name: "lenses.phases",
        scope: Scope::Editor,
        doc: "lines above phases: tick all tasks, complete the phase",
        example: "true",
        schema: || json!({"type": "boolean", "default": false}),
    },
    Setting {
        name: "markdown",
        scope: Scope::Editor,
        doc: "whether the server also does what any Markdown server does: `all`, `plans` or `off`",
        example: r#""off""#,
        schema: || json!({"type": "string", "enum": ["all", "plans", "off"], "default": "plans"}),
    },
    Setting {
        name: "server.path",
        scope: Scope::Extension,
        doc: "the `plansmith` program; empty: the variable `PLANSMITH_SERVER`, else the one in the extension, else `plansmith` on the `PATH`",
        example: r#""/usr/local/bin/plansmith""#,
        schema: || json!({"type": "string", "default": "", "scope": "machine-overridable"}),
    },
    Setting {
        name: "trace.server",
        scope: Scope::Extension,
        doc: "shows the messages between editor and server in the output: `off`, `messages` or `verbose`",
        example: r#""messages""#,
        schema: || json!({"type": "string", "enum": ["off", "messages", "verbose"], "default": "off"}),
    },
];

impl Setting {
    /// Its name in the client's settings, without `plansmith.`: `templateFolder`.
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

    /// Whether it may stand in `plansmith.toml`.
    pub fn in_file(&self) -> bool {
        matches!(self.scope, Scope::Both | Scope::File)
    }

    /// Whether it may stand in the client's settings.
    pub fn in_client(&self) -> bool {
        self.scope != Scope::File
    }
}

/// The keys on top of the settings file.
pub fn file_keys() -> impl Iterator<Item = &'static str> {
    let names = SETTINGS.iter().filter(|setting| setting.in_file()).map(|setting| setting.name);
    names.map(|name| name.split('.').next().unwrap_or_default())
}

/// The keys on top of the client's section, each once.
pub fn client_keys() -> Vec<String> {
    let names = SETTINGS.iter().filter(|setting| setting.in_client()).map(Setting::client_name);
    let mut keys: Vec<String> =
        names.map(|name| name.split('.').next().unwrap_or_default().to_owned()).collect();
    keys.dedup();
    keys
}

/// An object of these properties and no others.
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
        let doc = format!("All rules of the group {}", group.name());
        levels.insert(group.name().to_owned(), json!({"enum": severity, "description": doc}));
    }
    for rule in RULES {
        let by_default = rule.severity.map_or("off", Severity::name);
        let doc = format!("Finds: {}", rule.summary);
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
    fn examples_are_json_and_names_are_said_in_camel_case() {
        for setting in SETTINGS {
            assert!(serde_json::from_str::<Value>(setting.example).is_ok(), "{}", setting.name);
        }
        let folder = SETTINGS.iter().find(|setting| setting.name == "template-folder");
        assert_eq!(folder.map(Setting::client_name).as_deref(), Some("templateFolder"));
        assert!(client_keys().contains(&"diagnostics".to_owned()));
    }
}
