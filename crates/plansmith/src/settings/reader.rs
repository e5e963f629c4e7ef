//! Reads settings. Invalid entries are reported and skipped; all valid entries apply.

use std::{collections::BTreeSet, ops::Range};

use globset::Glob;
use jiff::{ToSpan, civil::Date};
use plan_ide::{RuleSeverities, Severity, rules::OPTIONS};
use plan_model::{State, date};
use plan_schema::{PathRole, unknown_name_message};
use serde_json::Value;

use super::{
    Override, SETTINGS, Setting, SettingKind, Settings, SettingsProblem,
    node::{NodeContent, SettingsEntry, SettingsNode},
};
use crate::files::Filter;

/// Expected value of a severity.
const SEVERITIES: &str = "\"off\", \"hint\", \"info\", \"warning\" or \"error\"";

/// Names of the days of the week in settings.
pub(super) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Full names of the days of the week, in lower case.
const FULL_WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Maximum number of unknown keys that are reported one by one.
const MAX_UNKNOWN_KEYS: usize = 20;

/// Maximum number of days in a range of holidays.
const MAX_HOLIDAYS: usize = 1000;

/// Source of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingsSource {
    File,
    Client,
}

impl SettingsSource {
    /// Returns the settings that this source supports, with their names in it.
    pub(super) fn settings(self) -> impl Iterator<Item = (String, &'static Setting)> {
        SETTINGS.iter().filter_map(move |setting| match self {
            Self::File => setting.in_file().then(|| (setting.name.to_owned(), setting)),
            Self::Client => setting.in_client().then(|| (setting.client_name(), setting)),
        })
    }

    /// Returns the name of a setting, or of an entry in it, as shown to the user.
    fn shown(self, name: &str) -> String {
        match (self, name) {
            (Self::File, _) => name.to_owned(),
            (Self::Client, "") => "plansmith".to_owned(),
            (Self::Client, _) => format!("plansmith.{name}"),
        }
    }
}

/// Reads the settings in a table. Also returns its problems, in order.
pub(super) fn read(source: SettingsSource, root: &SettingsNode<'_>) -> (Settings, Vec<SettingsProblem>) {
    let mut reader = Reader {
        source,
        list: source.settings().collect(),
        settings: Settings::default(),
        include: Vec::new(),
        exclude: Vec::new(),
        problems: Vec::new(),
        unknown_keys: 0,
        first_uncounted: 0..0,
    };
    reader.table("", root);
    match Filter::new(&reader.include, &reader.exclude) {
        Ok(filter) => reader.settings.filter = filter,
        // Each glob is valid, so their total number or length exceeds a limit.
        Err(why) => reader.error(&root.span, format!("{why}; `include` and `exclude` are ignored")),
    }
    if let Some(more @ 1..) = reader.unknown_keys.checked_sub(MAX_UNKNOWN_KEYS) {
        let keys = crate::wording::count(more, "more unknown key");
        let range = reader.first_uncounted.clone();
        reader.problems.push(SettingsProblem { range, message: keys, is_error: false });
    }
    reader.problems.sort_by_key(|problem| problem.range.start);
    (reader.settings, reader.problems)
}

struct Reader {
    source: SettingsSource,
    /// The settings that can be read, with their names.
    list: Vec<(String, &'static Setting)>,
    settings: Settings,
    include: Vec<String>,
    exclude: Vec<String>,
    problems: Vec<SettingsProblem>,
    /// Number of unknown keys.
    unknown_keys: usize,
    /// Range of the first unknown key that is only counted.
    first_uncounted: Range<usize>,
}

impl Reader {
    /// Reports an invalid value.
    fn error(&mut self, range: &Range<usize>, message: String) {
        self.problems.push(SettingsProblem { range: range.clone(), message, is_error: true });
    }

    /// Reports an unknown key, or only counts it if many keys are unknown.
    fn unknown_key(&mut self, range: &Range<usize>, message: impl FnOnce() -> String) {
        self.unknown_keys += 1;
        if self.unknown_keys <= MAX_UNKNOWN_KEYS {
            self.problems.push(SettingsProblem { range: range.clone(), message: message(), is_error: false });
        } else if self.unknown_keys == MAX_UNKNOWN_KEYS + 1 {
            self.first_uncounted = range.clone();
        }
    }

    /// Reports an invalid value of a setting or an entry.
    fn report_invalid(&mut self, name: &str, node: &SettingsNode<'_>, expected: &str) {
        let value = node.json.map(|value| format!("`{:.60}` ", value.to_string())).unwrap_or_default();
        let name = self.source.shown(name);
        self.error(&node.span, format!("invalid value {value}for `{name}`; expected {expected}"));
    }

    /// Reports an unknown key.
    fn unknown<'a>(
        &mut self,
        what: &str,
        entry: &SettingsEntry<'_>,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        self.unknown_key(&entry.span, || unknown_name_message(what, entry.key, known));
    }

    /// Reports the keys of a table that are not in `known`.
    fn known_keys(&mut self, table: &SettingsNode<'_>, known: &[&str]) {
        for entry in table.entries().unwrap_or_default() {
            if !known.contains(&entry.key) {
                self.unknown("key", entry, known.iter().copied());
            }
        }
    }

    /// Reads the settings whose names start with `prefix`, which is empty or ends with a dot.
    fn table(&mut self, prefix: &str, node: &SettingsNode<'_>) {
        let Some(entries) = node.entries() else {
            let expected = if self.source == SettingsSource::File { "a table" } else { "an object" };
            self.report_invalid(prefix.trim_end_matches('.'), node, expected);
            return;
        };
        for entry in entries.iter().filter(|entry| !matches!(entry.value.content, NodeContent::Null)) {
            let name = format!("{prefix}{}", entry.key);
            let inner = format!("{name}.");
            if let Some((_, setting)) = self.list.iter().find(|(known, _)| *known == name) {
                self.setting(setting, &name, &entry.value);
            } else if self.list.iter().any(|(known, _)| known.starts_with(&inner)) {
                self.table(&inner, &entry.value);
            } else {
                let known = self.list.iter().filter_map(|(known, _)| known.strip_prefix(prefix));
                let known = known.map(|rest| rest.split('.').next().unwrap_or_default());
                let known: Vec<String> =
                    known.map(|next| self.source.shown(&format!("{prefix}{next}"))).collect();
                let known = known.iter().map(String::as_str);
                let shown = self.source.shown(&name);
                self.unknown_key(&entry.span, || unknown_name_message("setting", &shown, known));
            }
        }
    }

    /// Reads the value of a setting.
    fn setting(&mut self, setting: &Setting, name: &str, node: &SettingsNode<'_>) {
        let is_valid = match (setting.kind, &node.content) {
            (SettingKind::Switch { set, .. }, NodeContent::Bool(on)) => {
                set(&mut self.settings, *on);
                true
            }
            (SettingKind::Choice { options, set, .. }, NodeContent::Text(word)) if options.contains(word) => {
                set(&mut self.settings, word);
                true
            }
            (SettingKind::Text { set, .. }, NodeContent::Text(text)) => {
                set(&mut self.settings, text);
                true
            }
            (SettingKind::Number { set, .. }, NodeContent::Number(number))
                if *number > 0.0 && number.is_finite() =>
            {
                set(&mut self.settings, *number);
                true
            }
            (SettingKind::Holidays, NodeContent::List(days)) => {
                self.holidays(name, days);
                true
            }
            (SettingKind::WorkingDays, NodeContent::List(days)) => {
                self.working_days(name, days);
                true
            }
            (SettingKind::Include | SettingKind::Exclude, NodeContent::List(_)) => match self.globs(node) {
                Some(globs) => {
                    let is_include = matches!(setting.kind, SettingKind::Include);
                    *(if is_include { &mut self.include } else { &mut self.exclude }) = globs;
                    true
                }
                None => false,
            },
            (SettingKind::Roles, NodeContent::List(roles)) => {
                self.roles(roles);
                true
            }
            (SettingKind::Families, NodeContent::List(_)) => match node.texts() {
                Some(names) => {
                    self.settings.families = Some(names.into_iter().map(str::to_owned).collect());
                    true
                }
                None => false,
            },
            (SettingKind::RuleSeverities, NodeContent::Table(rules)) => {
                self.settings.severities = self.severities(name, rules);
                true
            }
            (SettingKind::RuleOptions, NodeContent::Table(rules)) => self.rule_options(name, rules),
            (SettingKind::Names(names), NodeContent::Table(entries)) => {
                for entry in entries {
                    let keys = names.keys();
                    match entry.value.texts() {
                        _ if !keys.contains(&entry.key.to_owned()) => {
                            self.unknown(names.noun(), entry, keys.iter().map(String::as_str));
                        }
                        Some(words) => drop(names.add(&mut self.settings.vocabulary, entry.key, words)),
                        None => self.report_invalid(
                            &format!("{name}.{}", entry.key),
                            &entry.value,
                            "a list of words",
                        ),
                    }
                }
                true
            }
            (SettingKind::CheckboxCharacters, NodeContent::Table(entries)) => {
                self.checkbox_characters(name, entries);
                true
            }
            (SettingKind::Templates, NodeContent::List(entries)) => {
                for entry in entries {
                    self.known_keys(entry, &["files", "name"]);
                    match (self.glob(name, entry), entry.get("name").and_then(SettingsNode::text)) {
                        (Some(files), Some(name)) => {
                            self.settings.templates.push((files.glob().to_owned(), name.to_owned()));
                        }
                        (Some(_), None) => self.report_invalid(name, entry, "`files` and `name`"),
                        (None, _) => {}
                    }
                }
                true
            }
            (SettingKind::Overrides, NodeContent::List(entries)) => {
                for entry in entries {
                    self.known_keys(entry, &["files", "rules"]);
                    let Some(files) = self.glob(name, entry) else { continue };
                    let severities = match entry.get("rules").map(|rules| (rules, rules.entries())) {
                        Some((_, Some(rules))) => self.severities("rules", rules),
                        Some((node, None)) => {
                            self.report_invalid(
                                "rules",
                                node,
                                "severities by rule, e.g. broken-link = \"off\"",
                            );
                            RuleSeverities::default()
                        }
                        None => RuleSeverities::default(),
                    };
                    self.settings.overrides.push(Override { files: files.compile_matcher(), severities });
                }
                true
            }
            _ => false,
        };
        if !is_valid {
            self.report_invalid(name, node, &expected_value(setting, self.source));
        }
    }

    /// Returns the valid globs of a list and reports the invalid globs. `None` if the value is not a list of strings.
    fn globs(&mut self, node: &SettingsNode<'_>) -> Option<Vec<String>> {
        let mut globs = Vec::new();
        for glob in node.texts()? {
            match plan_ide::parse_glob(glob) {
                Ok(_) => globs.push(glob.to_owned()),
                Err(error) => self.error(&node.span, format!("invalid glob `{glob:.60}`: {error}")),
            }
        }
        Some(globs)
    }

    /// Returns the glob in `files` of a table. Reports it if it is missing or invalid.
    fn glob(&mut self, name: &str, entry: &SettingsNode<'_>) -> Option<Glob> {
        let Some((node, files)) = entry.get("files").and_then(|node| Some((node, node.text()?))) else {
            self.error(&entry.span, format!("missing key `files` of `{name}`, e.g. files = \"plans/**\""));
            return None;
        };
        match plan_ide::parse_glob(files) {
            Ok(glob) => Some(glob),
            Err(error) => {
                self.error(&node.span, format!("invalid glob `{files:.60}`: {error}"));
                None
            }
        }
    }

    fn roles(&mut self, roles: &[SettingsNode<'_>]) {
        let mut skip = BTreeSet::new();
        for node in roles {
            let name = node.text().unwrap_or_default();
            match PathRole::of(name) {
                Some(role) => drop(skip.insert(role)),
                None => {
                    let known = PathRole::ALL.map(PathRole::name);
                    self.error(&node.span, unknown_name_message("kind of document", name, known));
                }
            }
        }
        self.settings.skip = Some(skip);
    }

    fn holidays(&mut self, name: &str, days: &[SettingsNode<'_>]) {
        for node in days {
            let text = match &node.content {
                NodeContent::Text(text) => *text,
                NodeContent::Date(text) => text.as_str(),
                _ => "",
            };
            let dates: Vec<Option<Date>> = date::dates(text).into_iter().map(|found| found.date).collect();
            let (first, last) = match dates[..] {
                [Some(day)] => (day, day),
                [Some(first), Some(last)] if first <= last => (first, last),
                _ => {
                    self.report_invalid(name, node, "a date or a range, e.g. \"2026-12-24 to 2026-12-31\"");
                    continue;
                }
            };
            let holidays = first.series(1.day()).take_while(|day| *day <= last).take(MAX_HOLIDAYS);
            self.settings.holidays.extend(holidays);
        }
    }

    fn working_days(&mut self, name: &str, days: &[SettingsNode<'_>]) {
        let mut working = [false; 7];
        for node in days {
            let word = node.text().unwrap_or_default().to_ascii_lowercase();
            let day = WEEKDAYS.iter().position(|day| {
                let day = day.to_ascii_lowercase();
                word.starts_with(&day) && FULL_WEEKDAYS.iter().any(|full| *full == word || day == word)
            });
            match day {
                Some(day) => working[day] = true,
                None => self.report_invalid(name, node, "a day of the week, e.g. \"Mon\""),
            }
        }
        if working.contains(&true) {
            self.settings.working_days = Some(working);
        }
    }

    fn severities(&mut self, name: &str, rules: &[SettingsEntry<'_>]) -> RuleSeverities {
        let mut severities = RuleSeverities::default();
        for entry in rules {
            let word = entry.value.text().unwrap_or_default();
            let level = Severity::of(word);
            if let Err(unknown) = severities.set(entry.key, level) {
                self.unknown_key(&entry.span, || unknown);
            } else if level.is_none() && word != "off" {
                self.report_invalid(&format!("{name}.{}", entry.key), &entry.value, SEVERITIES);
            }
        }
        severities
    }

    /// Reads the options of rules. Returns `false` if the value of a rule is not a table.
    fn rule_options(&mut self, name: &str, rules: &[SettingsEntry<'_>]) -> bool {
        for rule in rules {
            let Some(options) = rule.value.entries() else { return false };
            for entry in options {
                let option = format!("{}.{}", rule.key, entry.key);
                match entry.value.content {
                    _ if !OPTIONS.contains(&option.as_str()) => {
                        self.unknown_key(&entry.span, || unknown_name_message("option", &option, OPTIONS));
                    }
                    NodeContent::Number(number) if number.is_finite() && number >= 0.0 => {
                        self.settings.options.insert(option, number);
                    }
                    _ => {
                        self.report_invalid(&format!("{name}.{option}"), &entry.value, "a number, 0 or more")
                    }
                }
            }
        }
        true
    }

    fn checkbox_characters(&mut self, name: &str, entries: &[SettingsEntry<'_>]) {
        for entry in entries {
            let state = State::ALL.into_iter().find(|state| state.name() == entry.key);
            let character = entry.value.text().filter(|text| is_checkbox_character(text));
            match (state, character) {
                (None, _) => self.unknown("state", entry, State::ALL.map(State::name)),
                (Some(state), Some(character)) => {
                    self.settings.checkbox_characters.insert(state, character.to_owned());
                }
                (Some(_), None) => {
                    self.report_invalid(
                        &format!("{name}.{}", entry.key),
                        &entry.value,
                        "one visible character other than `x` and brackets, e.g. \"~\"",
                    );
                }
            }
        }
    }
}

/// Returns the expected value of a setting, for a message.
fn expected_value(setting: &Setting, source: SettingsSource) -> String {
    let example: Value = serde_json::from_str(setting.example).unwrap_or_default();
    match setting.kind {
        SettingKind::Switch { .. } => "true or false".to_owned(),
        SettingKind::Choice { options, .. } => {
            let (last, others) = options.split_last().unwrap_or((&"", &[]));
            format!("\"{}\" or \"{last}\"", others.join("\", \""))
        }
        SettingKind::Text { .. } => format!("a string, e.g. {example}"),
        SettingKind::Number { .. } => format!("a positive number, e.g. {example}"),
        SettingKind::Templates | SettingKind::Overrides if source == SettingsSource::File => {
            format!("tables `[[{}]]`", setting.name)
        }
        SettingKind::Include
        | SettingKind::Exclude
        | SettingKind::Holidays
        | SettingKind::WorkingDays
        | SettingKind::Roles
        | SettingKind::Families
        | SettingKind::Templates
        | SettingKind::Overrides => {
            format!("a list, e.g. {}", setting.example)
        }
        _ if source == SettingsSource::Client => format!("an object, e.g. {}", setting.example),
        _ => format!("a table, e.g. {}", first_entry(&example)),
    }
}

/// Returns whether a text is a character that can be the content of a checkbox, in addition to `x` and the space.
fn is_checkbox_character(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.next().is_none()
        && first.is_some_and(|first| {
            !first.is_whitespace() && !"xX[]".contains(first) && first.escape_debug().next() == Some(first)
        })
}

/// Returns the first entry of an object as in TOML: `a.b = 1`.
fn first_entry(example: &Value) -> String {
    match example.as_object().and_then(|entries| entries.iter().next()) {
        Some((key, inner @ Value::Object(_))) => format!("{key}.{}", first_entry(inner)),
        Some((key, value)) => format!("{key} = {value}"),
        None => String::new(),
    }
}
