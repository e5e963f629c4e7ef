//! What the client's settings say.

use std::{collections::BTreeMap, sync::Arc};

use plan_ide::{Levels, Markdown, Severity, formatting::Tables, inlay::InlayHintOptions, lens::LensOptions};
use plan_model::{State, Vocabulary};
use plan_schema::unknown_name_message;
use serde_json::Value;

use crate::{custom_names::CustomNames, files::Filter, settings_list::client_keys};

/// The settings that the server works by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Severities of rules.
    pub levels: Levels,
    /// Words and marks that the team has for states, beside those that everyone uses.
    pub vocabulary: Arc<Vocabulary>,
    /// Which files follow which template: glob and name; globs that are none are left out.
    pub templates: Vec<(String, String)>,
    /// The folder of the workspace's templates, where it is not the usual one.
    pub template_folder: Option<String>,
    /// Which files belong to the workspace.
    pub filter: Filter,
    /// Closed plans are checked, too.
    pub scope_is_workspace: bool,
    /// Marks of boxes for states.
    pub checkbox_characters: BTreeMap<State, String>,
    /// How tables are laid out.
    pub tables: Tables,
    /// Where links and headings are ours.
    pub markdown: Markdown,
    /// Which hints are shown in lines.
    pub hints: InlayHintOptions,
    /// Which lenses are shown above lines.
    pub lenses: LensOptions,
    /// Formatting is offered.
    pub formats: bool,
    /// Lists of tasks go on on Enter.
    pub formats_on_type: bool,
}

impl Settings {
    /// Reads the section `plansmith` as a client sends it. `null` is an empty section, as the protocol prescribes for a
    /// section that the client does not have. Second come complaints, one sentence each, about what was not understood;
    /// the rest is used all the same.
    pub fn read(section: &Value) -> (Self, Vec<String>) {
        let mut settings = Self::default();
        let mut complaints = Vec::new();
        let (mut include, mut exclude) = (Vec::new(), Vec::new());
        let entries = match section {
            Value::Null => return (settings, complaints),
            Value::Object(entries) => entries,
            other => {
                complaints.push(format!("settings: `plansmith` must be an object, not {other}"));
                return (settings, complaints);
            }
        };
        for (key, value) in entries {
            if let Some(names) = custom_names(key) {
                let vocabulary = Arc::make_mut(&mut settings.vocabulary);
                complaints.extend(add_names(vocabulary, names, value));
                continue;
            }
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("rules", Value::Object(rules)) => {
                    for (name, level) in rules {
                        if let Err(complaint) = set_level(&mut settings.levels, name, level) {
                            complaints.push(complaint);
                        }
                    }
                }
                ("rules", other) => {
                    complaints.push(format!(
                        "settings: `plansmith.rules` must be an object of rule names, not {other}"
                    ));
                }
                ("template", Value::Array(globs)) => {
                    for entry in globs {
                        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
                        match (text("files"), text("name")) {
                            (Some(files), Some(name)) => match plan_ide::glob(&files) {
                                Ok(_) => settings.templates.push((files, name)),
                                Err(error) => complaints.push(format!("settings: `{files}` is no glob: {error}")),
                            },
                            _ => complaints.push(format!(
                                "settings: an entry of `plansmith.template` is {entry}; write {{\"files\": \"plans/**\", \"name\": \"project-plan\"}}"
                            )),
                        }
                    }
                }
                ("template", other) => {
                    complaints.push(format!(
                        "settings: `plansmith.template` must be a list of globs and names, not {other}"
                    ));
                }
                ("templateFolder", Value::String(folder)) => {
                    settings.template_folder = Some(folder.clone()).filter(|folder| !folder.is_empty());
                }
                ("templateFolder", other) => {
                    complaints.push(format!(
                        "settings: `plansmith.templateFolder` must be a folder's name, not {other}"
                    ));
                }
                (key @ ("include" | "exclude"), value) => {
                    let listed = value.as_array().map(|globs| globs.iter().map(Value::as_str).collect());
                    match listed {
                        Some(Some(globs)) => {
                            let globs: Vec<&str> = globs;
                            let list = if key == "include" { &mut include } else { &mut exclude };
                            list.extend(globs.into_iter().map(str::to_owned));
                        }
                        _ => complaints.push(format!(
                            "settings: `plansmith.{key}` is {value}; write a list of globs, such as [\"docs/**/*.md\"]"
                        )),
                    }
                }
                ("diagnostics", Value::Object(diagnostics)) => {
                    for (key, value) in diagnostics {
                        match (key.as_str(), value.as_str()) {
                            ("scope", Some("workspace")) => settings.scope_is_workspace = true,
                            ("scope", Some("open")) => settings.scope_is_workspace = false,
                            ("scope", _) => complaints.push(format!(
                                "settings: `plansmith.diagnostics.scope` is {value}; write \"open\" or \"workspace\""
                            )),
                            _ => complaints.push(format!(
                                "settings: there is no `plansmith.diagnostics.{key}`; known is scope"
                            )),
                        }
                    }
                }
                ("markdown", value) => match value.as_str().and_then(Markdown::of) {
                    Some(markdown) => settings.markdown = markdown,
                    None => complaints.push(format!(
                        "settings: `plansmith.markdown` is {value}; write \"all\", \"plans\" or \"off\""
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
                                complaints.push(format!("settings: there is no `plansmith.{section}.{name}`"));
                                continue;
                            }
                        };
                        match value.as_bool() {
                            Some(on) => *switch = on,
                            None => complaints.push(format!(
                                "settings: `plansmith.{section}.{name}` is {value}; write true or false"
                            )),
                        }
                    }
                }
                (section @ ("hints" | "lenses"), other) => complaints.push(format!(
                    "settings: `plansmith.{section}` is {other}; write {{\"phases\": true}}"
                )),
                ("checkboxCharacters", Value::Object(marks)) => {
                    for (name, mark) in marks {
                        let state = State::ALL.into_iter().find(|state| state.name() == name);
                        match (state, mark.as_str().filter(|mark| mark.chars().count() == 1)) {
                            (Some(state), Some(mark)) => drop(settings.checkbox_characters.insert(state, mark.to_owned())),
                            (None, _) => complaints.push(format!(
                                "settings: {}",
                                unknown_name_message("state", name, State::ALL.map(State::name))
                            )),
                            (_, None) => complaints.push(format!(
                                "settings: `plansmith.checkboxCharacters.{name}` is {mark}; write one character, such as \"~\""
                            )),
                        }
                    }
                }
                ("checkboxCharacters", other) => complaints.push(format!(
                    "settings: `plansmith.checkboxCharacters` is {other}; write marks for states, such as {{\"active\": \"~\"}}"
                )),
                (section @ ("format" | "onType"), Value::Object(options)) => {
                    for (name, value) in options {
                        match (section, name.as_str(), value) {
                            ("format", "enable", Value::Bool(on)) => settings.formats = *on,
                            ("onType", "enable", Value::Bool(on)) => settings.formats_on_type = *on,
                            ("format", "tables", Value::String(word)) if Tables::of(word).is_some() => {
                                settings.tables = Tables::of(word).unwrap_or_default();
                            }
                            ("format", "tables", other) => complaints.push(format!(
                                "settings: `plansmith.format.tables` is {other}; write \"aligned\" or \"compact\""
                            )),
                            (_, "enable", other) => complaints.push(format!(
                                "settings: `plansmith.{section}.enable` is {other}; write true or false"
                            )),
                            (_, unknown, _) => complaints
                                .push(format!("settings: there is no `plansmith.{section}.{unknown}`")),
                        }
                    }
                }
                (section @ ("format" | "onType"), other) => complaints.push(format!(
                    "settings: `plansmith.{section}` is {other}; write {{\"enable\": true}}"
                )),
                ("diagnostics", other) => complaints.push(format!(
                    "settings: `plansmith.diagnostics` is {other}; write {{\"scope\": \"workspace\"}}"
                )),
                (known, _) if client_keys().iter().any(|key| key == known) => {}
                (unknown, _) => {
                    complaints.push(format!(
                        "settings: there is no `plansmith.{unknown}`; known are {}",
                        client_keys().join(", ")
                    ));
                }
            }
        }
        match Filter::new(&include, &exclude) {
            Ok(filter) => settings.filter = filter,
            Err(why) => complaints.push(format!("settings: {why}; `include` and `exclude` are not used")),
        }
        (settings, complaints)
    }

    /// The section `plansmith` in what a `workspace/didChangeConfiguration` carries, if it carries one: clients send all
    /// their settings, or only ours.
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

/// Adds the words of a setting for custom names. Returns what is wrong in it.
fn add_names(vocabulary: &mut Vocabulary, names: CustomNames, value: &Value) -> Vec<String> {
    let (setting, (key, word)) = (names.client_setting(), names.example());
    let entries = match value {
        Value::Null => return Vec::new(),
        Value::Object(entries) => entries,
        other => {
            return vec![format!(
                "settings: `plansmith.{setting}` must be an object of lists, such as {{\"{key}\": [\"{word}\"]}}, not {other}"
            )];
        }
    };
    let mut complaints = Vec::new();
    let keys = names.keys();
    for (key, words) in entries {
        if !keys.contains(key) {
            let keys = keys.iter().map(String::as_str);
            complaints.push(format!("settings: {}", unknown_name_message(names.noun(), key, keys)));
            continue;
        }
        let listed =
            words.as_array().map(|words| words.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
        match listed.flatten() {
            Some(words) => {
                names.add(vocabulary, key, words);
            }
            None => complaints.push(format!(
                "settings: `plansmith.{setting}.{key}` is {words}; write a list of words, such as [\"{word}\"]"
            )),
        }
    }
    complaints
}

fn set_level(levels: &mut Levels, name: &str, level: &Value) -> Result<(), String> {
    let level = match level.as_str() {
        Some("off") => None,
        Some(word) if Severity::of(word).is_some() => Severity::of(word),
        _ => {
            return Err(format!(
                "settings: `plansmith.rules.{name}` is {level}; write \"off\", \"hint\", \"info\", \"warning\" or \"error\""
            ));
        }
    };
    levels.set(name, level).map_err(|complaint| format!("settings: {complaint}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn understood() {
        let (settings, complaints) =
            Settings::read(&json!({"rules": {"unclosed-fence": "off", "state": "error"}}));
        assert_eq!(complaints, Vec::<String>::new());
        let level = |name: &str| plan_ide::rules::Rule::named(name).map(|rule| settings.levels.of(rule));
        assert_eq!(level("unclosed-fence"), Some(None));
        assert_eq!(level("status-open-tasks"), Some(Some(Severity::Error)));
        assert_eq!(level("malformed-checkbox"), Some(Some(Severity::Warning)));
    }

    #[test]
    fn templates() {
        let (settings, complaints) = Settings::read(&json!({
            "template": [{"files": "codev/plans/**", "name": "codev-plan"}, {"files": "[", "name": "x"}, 3],
            "templateFolder": "docs/templates",
        }));
        assert_eq!(settings.templates, [("codev/plans/**".to_owned(), "codev-plan".to_owned())]);
        assert_eq!(settings.template_folder.as_deref(), Some("docs/templates"));
        assert_eq!(complaints.len(), 2, "{complaints:?}");
    }

    #[test]
    fn words_of_a_team() {
        let (settings, complaints) =
            Settings::read(&json!({"stateNames": {"done": ["erledigt"], "finished": [], "open": "x"}}));
        assert_eq!(settings.vocabulary.of_value("**Erledigt** (gestern)"), Some(State::Done));
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("unknown state `finished`"), "{complaints:?}");
    }

    #[test]
    fn names_of_items_and_fields() {
        let (settings, complaints) = Settings::read(&json!({
            "itemNames": {"phase": ["Lieferung"], "chapter": ["Kapitel"]},
            "fieldNames": {"depends-on": ["Braucht"], "owner": "Pate"},
        }));
        assert_eq!(settings.vocabulary.meaning_of("braucht"), Some(plan_model::Meaning::DependsOn));
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("unknown kind of item `chapter`"), "{complaints:?}");
        assert!(complaints[1].contains("plansmith.fieldNames.owner"), "{complaints:?}");
    }

    #[test]
    fn what_is_wrong_is_named_and_the_rest_used() {
        let (settings, complaints) = Settings::read(&json!({
            "rules": {"unclosed-fenc": "off", "unclosed-fence": 3, "text": "off"},
            "colour": true,
        }));
        assert_eq!(complaints.len(), 3, "{complaints:?}");
        assert!(complaints[0].contains("did you mean `unclosed-fence`"), "{complaints:?}");
        assert_eq!(
            plan_ide::rules::Rule::named("unclosed-fence").map(|rule| settings.levels.of(rule)),
            Some(None)
        );
        assert_eq!(Settings::read(&Value::Null), (Settings::default(), Vec::new()));
        assert_eq!(Settings::read(&json!([1])).1.len(), 1);
    }
}
