//! Settings files: `plansmith.toml` in the root of a project and in its subfolders.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    path::Path,
    sync::Arc,
};

use globset::GlobMatcher;
use plan_ide::{
    Environment, Levels, Severity,
    formatting::Tables,
    rules::{self, OPTIONS},
    workspace::path,
};
use plan_model::{State, Vocabulary};
use plan_schema::{PathRole, unknown_name_message};
use toml_edit::{Document, Item, Table, Value};

use crate::{custom_names::CustomNames, files::Filter, settings_list::file_keys};

/// File name of settings files.
pub const NAME: &str = "plansmith.toml";

/// The content of a settings file.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Minimum severity for which `check` fails. `Some(None)` means never.
    pub fail_on: Option<Option<Severity>>,
    /// Globs of files that belong to the workspace.
    pub include: Vec<String>,
    /// Globs of files that do not belong to the workspace.
    pub exclude: Vec<String>,
    /// File globs with the template that the files follow.
    pub templates: Vec<(String, String)>,
    /// Documents that are not treated as live plans.
    pub skip: Option<BTreeSet<PathRole>>,
    /// The folder of the project's templates.
    pub template_folder: Option<String>,
    /// Additional state names.
    pub vocabulary: Vocabulary,
    /// Checkbox characters by state.
    pub checkbox_characters: BTreeMap<State, String>,
    /// Layout of tables.
    pub tables: Option<Tables>,
    /// Options of rules, by `rule.option`.
    pub options: BTreeMap<String, f64>,
    rules: Vec<RuleLevel>,
    overrides: Vec<(GlobMatcher, Vec<RuleLevel>)>,
}

/// A rule or group with its severity; `None` means off.
type RuleLevel = (String, Option<Severity>);

/// An invalid entry in a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Byte range in the file.
    pub range: Range<usize>,
    /// The problem and the expected value.
    pub message: String,
}

impl Config {
    /// Reads a settings file. Returns `None` for invalid TOML. Skips invalid entries and reports them as problems.
    pub fn read(text: &str) -> (Option<Self>, Vec<ConfigProblem>) {
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let message = match error.message().lines().next() {
                    Some(why) => format!("invalid TOML: {why}"),
                    None => "invalid TOML".to_owned(),
                };
                return (
                    None,
                    vec![ConfigProblem { range: error.span().unwrap_or(0..text.len().min(1)), message }],
                );
            }
        };
        let mut reader = Reader { config: Self::default(), problems: Vec::new() };
        reader.settings(document.as_table());
        reader.problems.sort_by_key(|problem| problem.range.start);
        (Some(reader.config), reader.problems)
    }
}

struct Reader {
    config: Config,
    problems: Vec<ConfigProblem>,
}

impl Reader {
    fn problem(&mut self, span: Option<Range<usize>>, message: impl Into<String>) {
        self.problems.push(ConfigProblem { range: span.unwrap_or(0..0), message: message.into() });
    }

    fn settings(&mut self, table: &Table) {
        for (key, item) in table.iter() {
            let key_span = table.key(key).and_then(toml_edit::Key::span);
            match key {
                "fail-on" => match item.as_str() {
                    Some("never") => self.config.fail_on = Some(None),
                    Some(word) if Severity::of(word).is_some() => {
                        self.config.fail_on = Some(Severity::of(word))
                    }
                    _ => self.problem(
                        item.span(),
                        "invalid value for `fail-on`; expected \"error\", \"warning\", \"info\", \"hint\" or \"never\"",
                    ),
                },
                "include" => self.config.include = self.globs(key, item),
                "exclude" => self.config.exclude = self.globs(key, item),
                "skip" => self.skip(item),
                "template-folder" => match item.as_str() {
                    Some(folder) => self.config.template_folder = Some(folder.to_owned()),
                    None => self.problem(
                        item.span(),
                        "invalid value for `template-folder`; expected a folder, e.g. \"docs/templates\"",
                    ),
                },
                "rules" => self.config.rules = self.levels(item),
                "rule-options" => self.rule_options(item),
                "state-names" => self.custom_names(CustomNames::States, item),
                "item-names" => self.custom_names(CustomNames::Items, item),
                "field-names" => self.custom_names(CustomNames::Fields, item),
                "checkbox-characters" => self.checkbox_characters(item),
                "format" => self.format(item),
                "template" => {
                    for table in self.tables(key, item) {
                        let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
                        match (text("files"), text("name")) {
                            (Some(files), Some(name)) => match plan_ide::glob(&files) {
                                Ok(_) => self.config.templates.push((files, name)),
                                Err(error) => self.problem(
                                    table.get("files").and_then(Item::span),
                                    format!("invalid glob `{files}`: {error}"),
                                ),
                            },
                            _ => self.problem(
                                table.span(),
                                "invalid `[[template]]`; expected e.g. files = \"plans/**\" and name = \"project-plan\"",
                            ),
                        }
                    }
                }
                "override" => {
                    for table in self.tables(key, item) {
                        let files = table.get("files");
                        let Some(pattern) = files.and_then(Item::as_str) else {
                            self.problem(
                                table.span(),
                                "missing `files` in `[[override]]`; expected e.g. files = \"drafts/**\"",
                            );
                            continue;
                        };
                        let matcher = match plan_ide::parse_glob(pattern) {
                            Ok(glob) => glob.compile_matcher(),
                            Err(error) => {
                                self.problem(
                                    files.and_then(Item::span),
                                    format!("invalid glob `{pattern:.60}`: {error}"),
                                );
                                continue;
                            }
                        };
                        let rules = table.get("rules").map(|rules| self.levels(rules)).unwrap_or_default();
                        self.config.overrides.push((matcher, rules));
                    }
                }
                unknown => {
                    self.problem(key_span, unknown_name_message("setting", unknown, file_keys()));
                }
            }
        }
    }

    fn globs(&mut self, key: &str, item: &Item) -> Vec<String> {
        let texts =
            item.as_array().map(|array| array.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
        let Some(Some(texts)) = texts else {
            self.problem(
                item.span(),
                format!("invalid value for `{key}`; expected a list of globs, e.g. [\"docs/**/*.md\"]"),
            );
            return Vec::new();
        };
        let mut globs = Vec::new();
        for text in texts {
            match plan_ide::parse_glob(text) {
                Ok(_) => globs.push(text.to_owned()),
                Err(error) => self.problem(item.span(), format!("invalid glob `{text:.60}`: {error}")),
            }
        }
        globs
    }

    fn skip(&mut self, item: &Item) {
        let Some(names) = item.as_array() else {
            self.problem(
                item.span(),
                "invalid value for `skip`; expected a list, e.g. [\"archives\", \"templates\"]",
            );
            return;
        };
        let mut skip = BTreeSet::new();
        for value in names {
            let name = value.as_str().unwrap_or_default();
            match PathRole::of(name) {
                Some(role) => drop(skip.insert(role)),
                None => self.problem(
                    value.span(),
                    unknown_name_message("kind of documents", name, PathRole::ALL.map(PathRole::name)),
                ),
            }
        }
        self.config.skip = Some(skip);
    }

    fn tables<'a>(&mut self, key: &str, item: &'a Item) -> Vec<&'a Table> {
        match item.as_array_of_tables() {
            Some(tables) => tables.iter().collect(),
            None => {
                self.problem(item.span(), format!("invalid value for `{key}`; expected tables `[[{key}]]`"));
                Vec::new()
            }
        }
    }

    fn levels(&mut self, item: &Item) -> Vec<RuleLevel> {
        let Some(table) = item.as_table_like() else {
            self.problem(
                item.span(),
                "invalid value for `rules`; expected severities by rule, e.g. broken-link = \"off\"",
            );
            return Vec::new();
        };
        let mut levels = Vec::new();
        for (name, value) in table.iter() {
            if !rules::names().any(|known| known == name) {
                let span = table.key(name).and_then(toml_edit::Key::span);
                self.problem(span, unknown_name_message("rule", name, rules::names()));
                continue;
            }
            match value.as_str() {
                Some("off") => levels.push((name.to_owned(), None)),
                Some(word) if Severity::of(word).is_some() => {
                    levels.push((name.to_owned(), Severity::of(word)))
                }
                _ => self.problem(
                    value.span(),
                    format!(
                        "invalid severity for `{name}`; expected \"off\", \"hint\", \"info\", \"warning\" or \"error\""
                    ),
                ),
            }
        }
        levels
    }

    fn rule_options(&mut self, item: &Item) {
        const INVALID: &str =
            "invalid value for `rule-options`; expected tables such as [rule-options.token-budget]";
        let Some(rules) = item.as_table_like() else {
            self.problem(item.span(), INVALID);
            return;
        };
        for (rule, options) in rules.iter() {
            let Some(options) = options.as_table_like() else {
                self.problem(options.span(), INVALID);
                continue;
            };
            for (option, value) in options.iter() {
                let name = format!("{rule}.{option}");
                let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
                match number.filter(|number| number.is_finite()) {
                    _ if !OPTIONS.contains(&name.as_str()) => {
                        let span = options.key(option).and_then(toml_edit::Key::span);
                        self.problem(span, unknown_name_message("option", &name, OPTIONS));
                    }
                    Some(number) => drop(self.config.options.insert(name, number)),
                    None => {
                        self.problem(value.span(), format!("invalid value for `{name}`; expected a number"))
                    }
                }
            }
        }
    }

    fn checkbox_characters(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            self.problem(
                item.span(),
                "invalid value for `checkbox-characters`; expected characters by state, e.g. active = \"~\"",
            );
            return;
        };
        for (name, value) in table.iter() {
            let Some(state) = State::ALL.into_iter().find(|state| state.name() == name) else {
                let span = table.key(name).and_then(toml_edit::Key::span);
                self.problem(span, unknown_name_message("state", name, State::ALL.map(State::name)));
                continue;
            };
            match value.as_str().filter(|character| character.chars().count() == 1) {
                Some(character) => {
                    self.config.checkbox_characters.insert(state, character.to_owned());
                }
                None => self.problem(
                    value.span(),
                    format!("invalid checkbox character for `{name}`; expected one character, e.g. \"~\""),
                ),
            }
        }
    }

    fn format(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            self.problem(
                item.span(),
                "invalid value for `format`; expected a table, e.g. tables = \"compact\"",
            );
            return;
        };
        for (name, value) in table.iter() {
            match (name, value.as_str().and_then(Tables::of)) {
                ("tables", Some(tables)) => self.config.tables = Some(tables),
                ("tables", None) => self.problem(
                    value.span(),
                    "invalid value for `format.tables`; expected \"aligned\" or \"compact\"",
                ),
                (unknown, _) => {
                    let span = table.key(name).and_then(toml_edit::Key::span);
                    self.problem(
                        span,
                        unknown_name_message("setting", &format!("format.{unknown}"), ["format.tables"]),
                    );
                }
            }
        }
    }

    fn custom_names(&mut self, names: CustomNames, item: &Item) {
        let (setting, (key, word)) = (names.setting(), names.example());
        let Some(table) = item.as_table_like() else {
            let noun = names.noun();
            self.problem(
                item.span(),
                format!("invalid value for `{setting}`; expected words by {noun}, e.g. {key} = [\"{word}\"]"),
            );
            return;
        };
        let keys = names.keys();
        for (name, words) in table.iter() {
            if !keys.iter().any(|key| key == name) {
                let span = table.key(name).and_then(toml_edit::Key::span);
                let keys = keys.iter().map(String::as_str);
                self.problem(span, unknown_name_message(names.noun(), name, keys));
                continue;
            }
            let listed =
                words.as_array().map(|words| words.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
            match listed.flatten() {
                Some(words) => {
                    names.add(&mut self.config.vocabulary, name, words);
                }
                None => self.problem(
                    words.span(),
                    format!(
                        "invalid value for `{setting}.{name}`; expected a list of words, e.g. [\"{word}\"]"
                    ),
                ),
            }
        }
    }
}

/// The settings files of a workspace, by the keys of their folders.
#[derive(Clone, Debug, Default)]
pub struct Configs {
    folders: BTreeMap<String, Arc<Config>>,
}

/// A settings file that was read, with its problems.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Key of the file.
    pub path: String,
    /// The text.
    pub text: String,
    /// The problems, in document order.
    pub problems: Vec<ConfigProblem>,
}

impl Configs {
    /// Reads settings files. If a file is invalid TOML or cannot be read, its settings are taken from `before`.
    pub fn read(paths: impl IntoIterator<Item = String>, before: &Self) -> (Self, Vec<ConfigFile>) {
        let mut configs = Self::default();
        let mut files = Vec::new();
        for path in paths {
            let (text, (config, problems)) = match crate::files::read(Path::new(&path)) {
                Ok(text) => {
                    let read = Config::read(&text);
                    (text, read)
                }
                Err(_) if !Path::new(&path).exists() => continue,
                Err(why) => {
                    let message = format!("cannot read settings: {why}");
                    (String::new(), (None, vec![ConfigProblem { range: 0..0, message }]))
                }
            };
            let folder = path::folder(&path).to_owned();
            match config {
                Some(config) => drop(configs.folders.insert(folder, Arc::new(config))),
                None => {
                    if let Some(last) = before.folders.get(&folder) {
                        configs.folders.insert(folder, Arc::clone(last));
                    }
                }
            }
            files.push(ConfigFile { path, text, problems });
        }
        (configs, files)
    }

    /// Returns the settings in a folder's own settings file.
    pub fn in_folder(&self, folder: &str) -> Option<&Arc<Config>> {
        self.folders.get(folder)
    }

    /// Returns all settings with their folders, parent folders first.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Arc<Config>)> {
        self.folders.iter()
    }

    /// Returns the filter set by `include` and `exclude` of a folder's settings file.
    pub fn filter(&self, folder: &str) -> Option<Filter> {
        let config = self.in_folder(folder)?;
        if config.include.is_empty() && config.exclude.is_empty() {
            return None;
        }
        // Invalid globs were dropped when the file was read.
        Filter::new(&config.include, &config.exclude).ok()
    }

    /// Returns the environment for reading documents: `before` (the client's settings) and `words` extended by these
    /// settings.
    pub fn environment(&self, before: &Environment, words: &Vocabulary) -> Environment {
        let mut vocabulary = words.clone();
        let mut globs = Vec::new();
        let mut options = BTreeMap::new();
        let mut skip = before.skip.clone();
        let (mut checkbox_characters, mut format) = (before.checkbox_characters.clone(), before.format);
        for (folder, config) in &self.folders {
            vocabulary.extend(&config.vocabulary);
            options.extend(config.options.clone());
            if let Some(own) = &config.skip {
                skip.clone_from(own);
            }
            checkbox_characters.extend(config.checkbox_characters.clone());
            if let Some(tables) = config.tables {
                format.tables = tables;
            }
            // Globs of subfolders take precedence.
            let own = config.templates.iter().filter_map(|(files, name)| {
                let pattern = format!("{}/{}", globset::escape(folder), files.trim_start_matches("./"));
                Some((plan_ide::glob(&pattern).ok()?, name.clone()))
            });
            globs.splice(0..0, own);
        }
        globs.extend(before.globs.iter().cloned());
        Environment {
            vocabulary: Arc::new(vocabulary),
            globs,
            skip,
            options,
            checkbox_characters,
            format,
            ..before.clone()
        }
    }

    /// Returns the first `template-folder` set in the settings of these folders.
    pub fn template_folder<'a>(&self, roots: impl IntoIterator<Item = &'a str>) -> Option<String> {
        roots.into_iter().find_map(|root| self.in_folder(root)?.template_folder.clone())
    }

    /// Returns the severities for a file: `base`, overridden by the settings of its parent folders, outermost first.
    pub fn levels(&self, file: &str, base: &Levels) -> Levels {
        let mut levels = base.clone();
        // The map is sorted, so parent folders come first.
        for (folder, config) in self.folders.iter().filter(|(folder, _)| path::is_in(file, folder)) {
            let relative = file[folder.len()..].trim_start_matches('/');
            let matching = config.overrides.iter().filter(|(files, _)| files.is_match(relative));
            for (name, level) in config.rules.iter().chain(matching.flat_map(|(_, rules)| rules)) {
                // Unknown names were dropped when the file was read.
                drop(levels.set(name, *level));
            }
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_settings_are_read() {
        let (config, problems) = Config::read(
            "fail-on = \"warning\"\ninclude = [\"docs/**\"]\ntemplate-folder = \"t\"\n\n[rules]\ntasks = \"hint\"\n\n[rule-options.token-budget]\ntolerance = 0.2\n\n[state-names]\ndone = [\"erledigt\"]\n\n[item-names]\nphase = [\"Lieferung\"]\n\n[field-names]\ndepends-on = [\"Braucht\"]\n\n[[template]]\nfiles = \"plans/**\"\nname = \"project-plan\"\n\n[[override]]\nfiles = \"drafts/**\"\nrules = { broken-link = \"off\" }\n",
        );
        assert_eq!(problems, []);
        let config = config.unwrap();
        assert_eq!(config.fail_on, Some(Some(Severity::Warning)));
        assert_eq!(config.include, ["docs/**"]);
        assert_eq!(config.options["token-budget.tolerance"], 0.2);
        assert_eq!(config.templates, [("plans/**".to_owned(), "project-plan".to_owned())]);
        assert_eq!(config.vocabulary.of_value("Erledigt"), Some(State::Done));
        assert_eq!(config.vocabulary.meaning_of("braucht"), Some(plan_model::Meaning::DependsOn));
    }

    #[test]
    fn problems_have_ranges_and_other_settings_apply() {
        let text = "inclde = []\nfail-on = \"bad\"\n[rules]\nbroken-lnk = \"off\"\nbroken-link = 3\n[rule-options.token-budget]\ntolerence = 1\n[state-names]\nfinished = []\n[item-names]\nphases = []\n[field-names]\nowner = 3\n[[override]]\nrules = {}\n";
        let (config, problems) = Config::read(text);
        assert!(config.is_some(), "other settings apply");
        let reported: Vec<(&str, &str)> =
            problems.iter().map(|problem| (&text[problem.range.clone()], problem.message.as_str())).collect();
        assert_eq!(reported.len(), 9, "{reported:#?}");
        assert!(
            reported.contains(&("phases", "unknown kind of item `phases`; did you mean `phase`?")),
            "{reported:#?}"
        );
        assert_eq!(reported[0], ("inclde", "unknown setting `inclde`; did you mean `include`?"));
        assert_eq!(reported[2], ("broken-lnk", "unknown rule `broken-lnk`; did you mean `broken-link`?"));
        let (config, problems) = Config::read("[rules\n");
        assert!(config.is_none() && problems.len() == 1, "{problems:?}");
    }

    #[test]
    fn the_nearest_settings_file_takes_precedence() {
        let folder = tempfile::tempdir().unwrap();
        let root = crate::files::key_of_path(folder.path());
        std::fs::create_dir_all(folder.path().join("a/drafts")).unwrap();
        std::fs::write(folder.path().join(NAME), "[rules]\ntext = \"off\"\ntasks = \"error\"\n").unwrap();
        std::fs::write(
            folder.path().join("a").join(NAME),
            "[rules]\ntasks = \"hint\"\n[[override]]\nfiles = \"drafts/**\"\nrules = { tasks = \"off\" }\n",
        )
        .unwrap();
        let paths = [format!("{root}/{NAME}"), format!("{root}/a/{NAME}")];
        let (configs, files) = Configs::read(paths.clone(), &Configs::default());
        assert!(files.iter().all(|file| file.problems.is_empty()));
        let level = |file: &str, name: &str| {
            let levels = configs.levels(&format!("{root}/{file}"), &Levels::default());
            plan_ide::rules::Rule::named(name).map(|rule| levels.of(rule))
        };
        assert_eq!(level("x.md", "duplicate-id"), Some(Some(Severity::Error)));
        assert_eq!(level("a/x.md", "duplicate-id"), Some(Some(Severity::Hint)));
        assert_eq!(level("a/x.md", "broken-link"), Some(None));
        assert_eq!(level("a/drafts/x.md", "duplicate-id"), Some(None));
        // Invalid TOML does not replace the previous settings.
        std::fs::write(folder.path().join("a").join(NAME), "[rules\n").unwrap();
        let (again, files) = Configs::read(paths, &configs);
        assert_eq!(files[1].problems.len(), 1);
        assert!(again.in_folder(&format!("{root}/a")).is_some());
    }
}
