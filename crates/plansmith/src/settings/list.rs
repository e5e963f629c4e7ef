//! The list of all settings: the source of the settings file, the client's section, the reference in `docs`, the JSON schema
//! and VS Code's settings page.

use plan_ide::{Markdown, Severity, formatting::Tables};

use super::{CustomNames, SettingKind};

/// Places in which a setting can be specified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In `plansmith.toml` and in the client's settings.
    Both,
    /// Only in `plansmith.toml`.
    File,
    /// Only in the client's settings, because it applies to the editor.
    Editor,
    /// Only in the client's settings, and read by the VS Code extension, not by the server.
    Extension,
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Name in `plansmith.toml`. The client's settings use `plansmith.` and the name in camelCase.
    pub name: &'static str,
    /// Places in which the setting can be specified.
    pub scope: Scope,
    /// Description in Markdown, without a full stop at the end.
    pub doc: &'static str,
    /// Example value in JSON.
    pub example: &'static str,
    /// Form of the value, which determines its schema and its parsing.
    pub kind: SettingKind,
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "rules",
        scope: Scope::Both,
        doc: "Severity per rule or group: `off`, `hint`, `info`, `warning` or `error`",
        example: r#"{"unclosed-fence": "error", "template": "off"}"#,
        kind: SettingKind::RuleSeverities,
    },
    Setting {
        name: "rule-options",
        scope: Scope::File,
        doc: "Options of individual rules, described on the page of each rule",
        example: r#"{"token-budget": {"tolerance": 0.2}}"#,
        kind: SettingKind::RuleOptions,
    },
    Setting {
        name: "state-names",
        scope: Scope::Both,
        doc: "Additional words and symbols recognized as task states",
        example: r#"{"done": ["erledigt"], "blocked": ["🟣"]}"#,
        kind: SettingKind::Names(CustomNames::States),
    },
    Setting {
        name: "item-names",
        scope: Scope::Both,
        doc: "Additional nouns for phases and tasks, recognized if a number follows",
        example: r#"{"phase": ["Lieferung"], "task": ["Posten"]}"#,
        kind: SettingKind::Names(CustomNames::Items),
    },
    Setting {
        name: "field-names",
        scope: Scope::Both,
        doc: "Additional field names, also recognized as table column headers",
        example: r#"{"owner": ["Pate"], "depends-on": ["Braucht"]}"#,
        kind: SettingKind::Names(CustomNames::Fields),
    },
    Setting {
        name: "checkbox-characters",
        scope: Scope::Both,
        doc: "Characters that Plansmith writes into checkboxes for states other than open and done, e.g. `[~]`",
        example: r#"{"active": "~", "deferred": "<"}"#,
        kind: SettingKind::CheckboxCharacters,
    },
    Setting {
        name: "format.tables",
        scope: Scope::Both,
        doc: "Table style of the formatter: `aligned` or `compact`",
        example: r#""compact""#,
        kind: SettingKind::Choice {
            options: &["aligned", "compact"],
            default: "aligned",
            set: |settings, word| settings.tables = Tables::of(word),
        },
    },
    Setting {
        name: "format.enable",
        scope: Scope::Editor,
        doc: "Enable formatting of plans and checklists. Off by default because most teams already have a Markdown formatter",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.formats = on },
    },
    Setting {
        name: "on-type.enable",
        scope: Scope::Editor,
        doc: "Continue task lists on Enter, with the next task ID. Off by default",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.formats_on_type = on },
    },
    Setting {
        name: "schedule.working-days",
        scope: Scope::Both,
        doc: "Working days of the week. Default: the days that the plan's Gantt chart does not exclude, otherwise Monday to Friday",
        example: r#"["Mon", "Tue", "Wed", "Thu"]"#,
        kind: SettingKind::WorkingDays,
    },
    Setting {
        name: "schedule.holidays",
        scope: Scope::Both,
        doc: "Non-working days: dates, or date ranges such as `2026-12-24 to 2026-12-31`",
        example: r#"["2026-12-25", "2026-12-28 to 2026-12-31"]"#,
        kind: SettingKind::Holidays,
    },
    Setting {
        name: "schedule.hours-per-day",
        scope: Scope::Both,
        doc: "Number of working hours per day, used to convert estimates in hours to days",
        example: "6",
        kind: SettingKind::Number {
            default: 8.0,
            set: |settings, hours| settings.hours_per_day = Some(hours),
        },
    },
    Setting {
        name: "schedule.phases-in-order",
        scope: Scope::Both,
        doc: "Schedule numbered phases in sequence, unless they state a dependency, a date or a week",
        example: "false",
        kind: SettingKind::Switch { default: true, set: |settings, on| settings.phases_in_order = Some(on) },
    },
    Setting {
        name: "template",
        scope: Scope::Both,
        doc: "Templates by file glob; the first match applies. A template declared in the plan takes precedence",
        example: r#"[{"files": "codev/plans/**", "name": "codev-plan"}]"#,
        kind: SettingKind::Templates,
    },
    Setting {
        name: "template-folder",
        scope: Scope::Both,
        doc: "Folder that contains the templates of the workspace",
        example: r#""docs/templates""#,
        kind: SettingKind::Text {
            default: plan_ide::TEMPLATE_FOLDER,
            set: |settings, folder| {
                settings.template_folder = Some(folder.to_owned()).filter(|_| !folder.is_empty())
            },
        },
    },
    Setting {
        name: "include",
        scope: Scope::Both,
        doc: "Globs of Markdown files to include. Default: all files not ignored by git",
        example: r#"["docs/**/*.md"]"#,
        kind: SettingKind::Include,
    },
    Setting {
        name: "exclude",
        scope: Scope::Both,
        doc: "Globs of Markdown files to exclude",
        example: r#"["archive/**"]"#,
        kind: SettingKind::Exclude,
    },
    Setting {
        name: "skip",
        scope: Scope::Both,
        doc: "Kinds of documents that are not treated as plans in progress. Rules about Markdown syntax, links and folders still apply to `archives`; no rules apply to the other kinds. Default: all kinds",
        example: r#"["templates", "vendored", "prompts", "handbooks"]"#,
        kind: SettingKind::Roles,
    },
    Setting {
        name: "families",
        scope: Scope::Both,
        doc: "Families to which documents can belong, built-in or custom. `[]` for none. Default: all families",
        example: r#"["spec-kit", "req-docs"]"#,
        kind: SettingKind::Families,
    },
    Setting {
        name: "override",
        scope: Scope::File,
        doc: "Severities for files that match a glob",
        example: r#"[{"files": "drafts/**", "rules": {"missing-section": "off"}}]"#,
        kind: SettingKind::Overrides,
    },
    Setting {
        name: "fail-on",
        scope: Scope::File,
        doc: "Minimum severity for exit code 1, or `never`",
        example: r#""error""#,
        kind: SettingKind::Choice {
            options: &["error", "warning", "info", "hint", "never"],
            default: "warning",
            set: |settings, word| settings.fail_on = Some(Severity::of(word)),
        },
    },
    Setting {
        name: "diagnostics.scope",
        scope: Scope::Editor,
        doc: "Check `open` documents only, or all plans in the `workspace`. Requires a server restart",
        example: r#""workspace""#,
        kind: SettingKind::Choice {
            options: &["open", "workspace"],
            default: "open",
            set: |settings, word| settings.scope_is_workspace = word == "workspace",
        },
    },
    Setting {
        name: "hints.phases",
        scope: Scope::Editor,
        doc: "Show progress after phase headings",
        example: "false",
        kind: SettingKind::Switch { default: true, set: |settings, on| settings.hints.phases = on },
    },
    Setting {
        name: "hints.parents",
        scope: Scope::Editor,
        doc: "Show progress after tasks with subtasks",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.hints.parents = on },
    },
    Setting {
        name: "hints.dependencies",
        scope: Scope::Editor,
        doc: "Show open dependencies after each task",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.hints.dependencies = on },
    },
    Setting {
        name: "hints.dates",
        scope: Scope::Editor,
        doc: "Show relative dates after dates, e.g. `in 3 days`",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.hints.dates = on },
    },
    Setting {
        name: "hints.gantt",
        scope: Scope::Editor,
        doc: "Show computed dates of Gantt tasks",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.hints.gantt = on },
    },
    Setting {
        name: "hints.schedule",
        scope: Scope::Editor,
        doc: "Show computed dates and slack of unfinished phases and tasks",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.hints.schedule = on },
    },
    Setting {
        name: "hints.milestones",
        scope: Scope::Editor,
        doc: "Show computed dates of milestones without a date, and mark milestones dated before the end of their tasks",
        example: "false",
        kind: SettingKind::Switch { default: true, set: |settings, on| settings.hints.milestones = on },
    },
    Setting {
        name: "lenses.title",
        scope: Scope::Editor,
        doc: "Show progress, the next task and the computed end date above the title",
        example: "false",
        kind: SettingKind::Switch { default: true, set: |settings, on| settings.lenses.title = on },
    },
    Setting {
        name: "lenses.phases",
        scope: Scope::Editor,
        doc: "Show actions above phases: check all tasks, complete the phase",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |settings, on| settings.lenses.phases = on },
    },
    Setting {
        name: "markdown",
        scope: Scope::Editor,
        doc: "Generic Markdown features (links, headings): for `all` files, `plans` only, or `off`",
        example: r#""off""#,
        kind: SettingKind::Choice {
            options: &["all", "plans", "off"],
            default: "plans",
            set: |settings, word| settings.markdown = Markdown::of(word).unwrap_or_default(),
        },
    },
    Setting {
        name: "server.path",
        scope: Scope::Extension,
        doc: "Path of the `plansmith` executable. If empty, the extension tries, in this order: `PLANSMITH_SERVER`, the bundled executable, `plansmith` on the `PATH`, and the folders of installers",
        example: r#""/usr/local/bin/plansmith""#,
        kind: SettingKind::Text { default: "", set: |_, _| {} },
    },
    Setting {
        name: "mcp.enable",
        scope: Scope::Extension,
        doc: "Offer the MCP server of Plansmith to agents, in addition to the tools of the extension. Off by default because both have the same functions",
        example: "true",
        kind: SettingKind::Switch { default: false, set: |_, _| {} },
    },
    Setting {
        name: "trace.server",
        scope: Scope::Extension,
        doc: "Log the messages between editor and server: `off`, `messages` or `verbose`",
        example: r#""messages""#,
        kind: SettingKind::Choice {
            options: &["off", "messages", "verbose"],
            default: "off",
            set: |_, _| {},
        },
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn examples_are_json_and_client_names_are_camel_case() {
        for setting in SETTINGS {
            assert!(serde_json::from_str::<Value>(setting.example).is_ok(), "{}", setting.name);
        }
        let folder = SETTINGS.iter().find(|setting| setting.name == "template-folder");
        assert_eq!(folder.map(Setting::client_name).as_deref(), Some("templateFolder"));
    }
}
