//! Settings from the client.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plan_ide::{Levels, Markdown, Severity, formatting::Tables, inlay::InlayHintOptions, lens::LensOptions};
use plan_model::{State, Vocabulary};
use plan_schema::{PathRole, unknown_name_message};
use serde_json::Value;

use crate::{custom_names::CustomNames, files::Filter, settings_list::client_keys};

/// The settings of the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Severities of rules.
    pub levels: Levels,
    /// Custom names and emoji of states, in addition to the built-in ones.
    pub vocabulary: Arc<Vocabulary>,
    /// Templates of files: pairs of glob and template name. Invalid globs are skipped.
    pub templates: Vec<(String, String)>,
    /// Template folder of the workspace; `None` for the default.
    pub template_folder: Option<String>,
    /// Roles of documents that are not treated as live plans. `None` for the default: all roles.
    pub skip: Option<BTreeSet<PathRole>>,
    /// Filter of the files that belong to the workspace.
    pub filter: Filter,
    /// Whether plans that are not open are checked as well.
    pub scope_is_workspace: bool,
    /// Checkbox characters of states.
    pub checkbox_characters: BTreeMap<State, String>,
    /// Format of tables.
    pub tables: Tables,
    /// Files for which generic Markdown features are enabled.
    pub markdown: Markdown,
    /// Enabled inlay hints.
    pub hints: InlayHintOptions,
    /// Enabled code lenses.
    pub lenses: LensOptions,
    /// Whether formatting is enabled.
    pub formats: bool,
    /// Whether Enter continues a list of tasks.
    pub formats_on_type: bool,
}

impl Settings {
    /// Reads the section `plansmith` that a client sends. `null` is an empty section, which the protocol prescribes
    /// for clients without the section. Also returns the problems of invalid entries; the other entries are used.
    pub fn read(section: &Value) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut problems = Vec::new();
        let (mut include, mut exclude) = (Vec::new(), Vec::new());
        let entries = match section {
            Value::Null => return (settings, problems),
            Value::Object(entries) => entries,
            other => {
                problems
                    .push(format!("settings: invalid value `{other}` for `plansmith`; expected an object"));
                return (settings, problems);
            }
        };
        for (key, value) in entries {
            if let Some(names) = custom_names(key) {
                let vocabulary = Arc::make_mut(&mut settings.vocabulary);
                problems.extend(add_names(vocabulary, names, value));
                continue;
            }
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("rules", Value::Object(rules)) => {
                    for (name, level) in rules {
                        if let Err(problem) = set_level(&mut settings.levels, name, level) {
                            problems.push(problem);
                        }
                    }
                }
                ("rules", other) => {
                    problems.push(format!(
                        "settings: invalid value `{other}` for `plansmith.rules`; expected an object of rule names"
                    ));
                }
                ("template", Value::Array(globs)) => {
                    for entry in globs {
                        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
                        match (text("files"), text("name")) {
                            (Some(files), Some(name)) => match plan_ide::glob(&files) {
                                Ok(_) => settings.templates.push((files, name)),
                                Err(error) => problems.push(format!("settings: invalid glob `{files:.60}`: {error}")),
                            },
                            _ => problems.push(format!(
                                "settings: invalid entry `{entry}` of `plansmith.template`; expected {{\"files\": \"plans/**\", \"name\": \"project-plan\"}}"
                            )),
                        }
                    }
                }
                ("template", other) => {
                    problems.push(format!(
                        "settings: invalid value `{other}` for `plansmith.template`; expected a list of objects, e.g. [{{\"files\": \"plans/**\", \"name\": \"project-plan\"}}]"
                    ));
                }
                ("templateFolder", Value::String(folder)) => {
                    settings.template_folder = Some(folder.clone()).filter(|folder| !folder.is_empty());
                }
                ("templateFolder", other) => {
                    problems.push(format!(
                        "settings: invalid value `{other}` for `plansmith.templateFolder`; expected a folder name"
                    ));
                }
                ("skip", value) => {
                    let listed = value.as_array().map(|names| {
                        names.iter().map(|name| name.as_str().and_then(PathRole::of)).collect::<Option<BTreeSet<_>>>()
                    });
                    match listed.flatten() {
                        Some(skip) => settings.skip = Some(skip),
                        None => problems.push(format!(
                            "settings: invalid value `{value}` for `plansmith.skip`; expected a list of {}",
                            PathRole::ALL.map(PathRole::name).join(", ")
                        )),
                    }
                }
                (key @ ("include" | "exclude"), value) => {
                    let listed = value.as_array().map(|globs| globs.iter().map(Value::as_str).collect());
                    match listed {
                        Some(Some(globs)) => {
                            let globs: Vec<&str> = globs;
                            let list = if key == "include" { &mut include } else { &mut exclude };
                            list.extend(globs.into_iter().map(str::to_owned));
                        }
                        _ => problems.push(format!(
                            "settings: invalid value `{value}` for `plansmith.{key}`; expected a list of globs, e.g. [\"docs/**/*.md\"]"
                        )),
                    }
                }
                ("diagnostics", Value::Object(diagnostics)) => {
                    for (key, value) in diagnostics {
                        match (key.as_str(), value.as_str()) {
                            ("scope", Some("workspace")) => settings.scope_is_workspace = true,
                            ("scope", Some("open")) => settings.scope_is_workspace = false,
                            ("scope", _) => problems.push(format!(
                                "settings: invalid value `{value}` for `plansmith.diagnostics.scope`; expected \"open\" or \"workspace\""
                            )),
                            _ => problems.push(format!(
                                "settings: unknown setting `plansmith.diagnostics.{key}`; available: scope"
                            )),
                        }
                    }
                }
                ("markdown", value) => match value.as_str().and_then(Markdown::of) {
                    Some(markdown) => settings.markdown = markdown,
                    None => problems.push(format!(
                        "settings: invalid value `{value}` for `plansmith.markdown`; expected \"all\", \"plans\" or \"off\""
                    )),
                },
                (section @ ("hints" | "lenses"), Value::Object(switches)) => {
                    for (name, value) in switches {
                        let (hints, lenses) = (&mut settings.hints, &mut settings.lenses);
                        let switch = match (section, name.as_str()) {
                            ("hints", "phases") => &mut hints.phases,
                            ("hints", "parents") => &mut hints.parents,
                            ("hints", "dependencies") => &mut hints.dependencies,
                            ("hints", "dates") => &mut hints.dates,
                            ("hints", "gantt") => &mut hints.gantt,
                            ("lenses", "title") => &mut lenses.title,
                            ("lenses", "phases") => &mut lenses.phases,
                            _ => {
                                problems.push(format!("settings: unknown setting `plansmith.{section}.{name}`"));
                                continue;
                            }
                        };
                        match value.as_bool() {
                            Some(on) => *switch = on,
                            None => problems.push(format!(
                                "settings: invalid value `{value}` for `plansmith.{section}.{name}`; expected true or false"
                            )),
                        }
                    }
                }
                (section @ ("hints" | "lenses"), other) => problems.push(format!(
                    "settings: invalid value `{other}` for `plansmith.{section}`; expected an object, e.g. {{\"phases\": true}}"
                )),
                ("checkboxCharacters", Value::Object(characters)) => {
                    for (name, value) in characters {
                        let state = State::ALL.into_iter().find(|state| state.name() == name);
                        match (state, value.as_str().filter(|value| value.chars().count() == 1)) {
                            (Some(state), Some(character)) => drop(settings.checkbox_characters.insert(state, character.to_owned())),
                            (None, _) => problems.push(format!(
                                "settings: {}",
                                unknown_name_message("state", name, State::ALL.map(State::name))
                            )),
                            (_, None) => problems.push(format!(
                                "settings: invalid value `{value}` for `plansmith.checkboxCharacters.{name}`; expected one character, e.g. \"~\""
                            )),
                        }
                    }
                }
                ("checkboxCharacters", other) => problems.push(format!(
                    "settings: invalid value `{other}` for `plansmith.checkboxCharacters`; expected characters of states, e.g. {{\"active\": \"~\"}}"
                )),
                (section @ ("format" | "onType"), Value::Object(options)) => {
                    for (name, value) in options {
                        match (section, name.as_str(), value) {
                            ("format", "enable", Value::Bool(on)) => settings.formats = *on,
                            ("onType", "enable", Value::Bool(on)) => settings.formats_on_type = *on,
                            ("format", "tables", Value::String(word)) if Tables::of(word).is_some() => {
                                settings.tables = Tables::of(word).unwrap_or_default();
                            }
                            ("format", "tables", other) => problems.push(format!(
                                "settings: invalid value `{other}` for `plansmith.format.tables`; expected \"aligned\" or \"compact\""
                            )),
                            (_, "enable", other) => problems.push(format!(
                                "settings: invalid value `{other}` for `plansmith.{section}.enable`; expected true or false"
                            )),
                            (_, unknown, _) => problems
                                .push(format!("settings: unknown setting `plansmith.{section}.{unknown}`")),
                        }
                    }
                }
                (section @ ("format" | "onType"), other) => problems.push(format!(
                    "settings: invalid value `{other}` for `plansmith.{section}`; expected an object, e.g. {{\"enable\": true}}"
                )),
                ("diagnostics", other) => problems.push(format!(
                    "settings: invalid value `{other}` for `plansmith.diagnostics`; expected an object, e.g. {{\"scope\": \"workspace\"}}"
                )),
                (known, _) if client_keys().iter().any(|key| key == known) => {}
                (unknown, _) => {
                    problems.push(format!(
                        "settings: unknown setting `plansmith.{unknown}`; available: {}",
                        client_keys().join(", ")
                    ));
                }
            }
        }
        match Filter::new(&include, &exclude) {
            Ok(filter) => settings.filter = filter,
            Err(message) => {
                problems.push(format!("settings: {message}; `include` and `exclude` are ignored"))
            }
        }
        (settings, problems)
    }

    /// Returns the section `plansmith` of the settings in `workspace/didChangeConfiguration`, if it has one. Some clients send
    /// all settings, some only this section.
    pub fn section(pushed: &Value) -> Option<&Value> {
        match pushed {
            Value::Object(all) if all.contains_key("plansmith") => all.get("plansmith"),
            Value::Object(all) if all.keys().any(|key| client_keys().contains(key)) => Some(pushed),
            _ => None,
        }
    }
}

/// Returns the setting for custom names with this name in the client's section.
fn custom_names(name: &str) -> Option<CustomNames> {
    let all = [CustomNames::States, CustomNames::Items, CustomNames::Fields];
    all.into_iter().find(|names| names.client_setting() == name)
}

/// Adds the words of a setting for custom names. Returns the problems of invalid entries.
fn add_names(vocabulary: &mut Vocabulary, names: CustomNames, value: &Value) -> Vec<String> {
    let (setting, (key, word)) = (names.client_setting(), names.example());
    let entries = match value {
        Value::Null => return Vec::new(),
        Value::Object(entries) => entries,
        other => {
            return vec![format!(
                "settings: invalid value `{other}` for `plansmith.{setting}`; expected an object of lists, e.g. {{\"{key}\": [\"{word}\"]}}"
            )];
        }
    };
    let mut problems = Vec::new();
    let keys = names.keys();
    for (key, words) in entries {
        if !keys.contains(key) {
            let keys = keys.iter().map(String::as_str);
            problems.push(format!("settings: {}", unknown_name_message(names.noun(), key, keys)));
            continue;
        }
        let listed =
            words.as_array().map(|words| words.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
        match listed.flatten() {
            Some(words) => {
                names.add(vocabulary, key, words);
            }
            None => problems.push(format!(
                "settings: invalid value `{words}` for `plansmith.{setting}.{key}`; expected a list of names, e.g. [\"{word}\"]"
            )),
        }
    }
    problems
}

fn set_level(levels: &mut Levels, name: &str, level: &Value) -> Result<(), String> {
    let level = match level.as_str() {
        Some("off") => None,
        Some(word) if Severity::of(word).is_some() => Severity::of(word),
        _ => {
            return Err(format!(
                "settings: invalid value `{level}` for `plansmith.rules.{name}`; expected \"off\", \"hint\", \"info\", \"warning\" or \"error\""
            ));
        }
    };
    levels.set(name, level).map_err(|problem| format!("settings: {problem}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn severities_are_read() {
        let (settings, problems) =
            Settings::read(&json!({"rules": {"unclosed-fence": "off", "state": "error"}}));
        assert_eq!(problems, Vec::<String>::new());
        let level = |name: &str| plan_ide::rules::Rule::named(name).map(|rule| settings.levels.of(rule));
        assert_eq!(level("unclosed-fence"), Some(None));
        assert_eq!(level("status-open-tasks"), Some(Some(Severity::Error)));
        assert_eq!(level("malformed-checkbox"), Some(Some(Severity::Warning)));
    }

    #[test]
    fn templates_are_read() {
        let (settings, problems) = Settings::read(&json!({
            "template": [{"files": "codev/plans/**", "name": "codev-plan"}, {"files": "[", "name": "x"}, 3],
            "templateFolder": "docs/templates",
        }));
        assert_eq!(settings.templates, [("codev/plans/**".to_owned(), "codev-plan".to_owned())]);
        assert_eq!(settings.template_folder.as_deref(), Some("docs/templates"));
        assert_eq!(problems.len(), 2, "{problems:?}");
    }

    #[test]
    fn custom_state_names_are_read() {
        let (settings, problems) =
            Settings::read(&json!({"stateNames": {"done": ["erledigt"], "finished": [], "open": "x"}}));
        assert_eq!(settings.vocabulary.of_value("**Erledigt** (gestern)"), Some(State::Done));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("unknown state `finished`"), "{problems:?}");
    }

    #[test]
    fn custom_names_of_items_and_fields_are_read() {
        let (settings, problems) = Settings::read(&json!({
            "itemNames": {"phase": ["Lieferung"], "chapter": ["Kapitel"]},
            "fieldNames": {"depends-on": ["Braucht"], "owner": "Pate"},
        }));
        assert_eq!(settings.vocabulary.meaning_of("braucht"), Some(plan_model::Meaning::DependsOn));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("unknown kind of item `chapter`"), "{problems:?}");
        assert!(problems[1].contains("plansmith.fieldNames.owner"), "{problems:?}");
    }

    #[test]
    fn invalid_entries_are_reported_and_the_others_used() {
        let (settings, problems) = Settings::read(&json!({
            "rules": {"unclosed-fenc": "off", "unclosed-fence": 3, "text": "off"},
            "color": true,
        }));
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("did you mean `unclosed-fence`"), "{problems:?}");
        assert_eq!(
            plan_ide::rules::Rule::named("unclosed-fence").map(|rule| settings.levels.of(rule)),
            Some(None)
        );
        assert_eq!(Settings::read(&Value::Null), (Settings::default(), Vec::new()));
        assert_eq!(Settings::read(&json!([1])).1.len(), 1);
    }
}
