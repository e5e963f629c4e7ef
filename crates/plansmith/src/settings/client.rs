//! Settings from the client.

use serde_json::Value;

use super::{
    Settings,
    node::SettingsNode,
    reader::{self, SettingsSource},
};

/// Reads the section `plansmith` that a client sends. `null` is an empty section, which the protocol prescribes
/// for clients without the section. Also returns the problems of invalid entries; the other entries are used.
pub fn read_client(section: &Value) -> (Settings, Vec<String>) {
    if section.is_null() {
        return Default::default();
    }
    let (settings, problems) = reader::read(SettingsSource::Client, &SettingsNode::of_json(section));
    (settings, problems.into_iter().map(|problem| format!("settings: {}", problem.message)).collect())
}

/// Returns the section `plansmith` of the settings in `workspace/didChangeConfiguration`, if it has one. Some clients send
/// all settings, some only this section.
pub fn section(pushed: &Value) -> Option<&Value> {
    let all = pushed.as_object()?;
    let is_setting = |name: String| name.split('.').next().is_some_and(|key| all.contains_key(key));
    match all.get("plansmith") {
        Some(section) => Some(section),
        None => SettingsSource::Client.settings().any(|(name, _)| is_setting(name)).then_some(pushed),
    }
}

#[cfg(test)]
mod tests {
    use plan_ide::Severity;
    use plan_model::State;
    use serde_json::json;

    use super::*;

    #[test]
    fn severities_are_read() {
        let (settings, problems) =
            read_client(&json!({"rules": {"unclosed-fence": "off", "state": "error"}}));
        assert_eq!(problems, Vec::<String>::new());
        let level = |name: &str| plan_ide::rules::Rule::named(name).map(|rule| settings.severities.of(rule));
        assert_eq!(level("unclosed-fence"), Some(None));
        assert_eq!(level("status-open-tasks"), Some(Some(Severity::Error)));
        assert_eq!(level("malformed-checkbox"), Some(Some(Severity::Warning)));
    }

    #[test]
    fn templates_are_read() {
        let (settings, problems) = read_client(&json!({
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
            read_client(&json!({"stateNames": {"done": ["erledigt"], "finished": [], "open": "x"}}));
        assert_eq!(settings.vocabulary.of_value("**Erledigt** (gestern)"), Some(State::Done));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].contains("unknown state `finished`"), "{problems:?}");
    }

    #[test]
    fn custom_names_of_items_and_fields_are_read() {
        let (settings, problems) = read_client(&json!({
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
        let (settings, problems) = read_client(&json!({
            "rules": {"unclosed-fenc": "off", "unclosed-fence": 3, "text": "off"},
            "color": true,
        }));
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("did you mean `unclosed-fence`"), "{problems:?}");
        assert_eq!(
            plan_ide::rules::Rule::named("unclosed-fence").map(|rule| settings.severities.of(rule)),
            Some(None)
        );
        assert_eq!(read_client(&Value::Null), (Settings::default(), Vec::new()));
        assert_eq!(read_client(&json!([1])).1.len(), 1);
    }
}
