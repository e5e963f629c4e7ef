//! Settings files: `plansmith.toml` at the root of a project and in folders below it.

use std::{collections::BTreeMap, ops::Range, path::Path, sync::Arc};

use globset::GlobMatcher;
use plan_ide::{
    Environment, Levels, Severity,
    formatting::Tables,
    rules::{self, OPTIONS},
    workspace::path,
};
use plan_model::{State, Vocabulary};
use plan_schema::no_such;
use toml_edit::{Document, Item, Table, Value};

use crate::{files::Filter, settings_list::file_keys};

/// The name of settings files.
pub const NAME: &str = "plansmith.toml";

/// What one settings file says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The least severity that makes `check` fail; `None` inside for never.
    pub fail_on: Option<Option<Severity>>,
    /// Globs of files that belong to the workspace.
    pub include: Vec<String>,
    /// Globs of files that do not.
    pub exclude: Vec<String>,
    /// Globs over files with the template that they follow.
    pub templates: Vec<(String, String)>,
    /// The folder of the project's templates.
    pub template_folder: Option<String>,
    /// Words for states.
    pub vocabulary: Vocabulary,
    /// Marks of boxes for states.
    pub marks: BTreeMap<State, String>,
    /// How tables are laid out.
    pub tables: Option<Tables>,
    /// Options of rules, by `rule.option`.
    pub options: BTreeMap<String, f64>,
    rules: Vec<Level>,
    overrides: Vec<(GlobMatcher, Vec<Level>)>,
}

/// A rule or group with its severity; nothing for off.
type Level = (String, Option<Severity>);

/// Something in a settings file that is not understood, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub range: Range<usize>,
    /// What is wrong and what to write.
    pub message: String,
}

impl Config {
    /// Reads a settings file. Nothing for a text that is no TOML; of another one what is understood is used.
    pub fn read(text: &str) -> (Option<Self>, Vec<Problem>) {
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let message = error.message().lines().next().unwrap_or("this is no TOML").to_owned();
                return (
                    None,
                    vec![Problem { range: error.span().unwrap_or(0..text.len().min(1)), message }],
                );
            }
        };
        let mut reader = Reader { config: Self::default(), problems: Vec::new() };
        reader.top(document.as_table());
        reader.problems.sort_by_key(|problem| problem.range.start);
        (Some(reader.config), reader.problems)
    }
}

struct Reader {
    config: Config,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, span: Option<Range<usize>>, message: impl Into<String>) {
        self.problems.push(Problem { range: span.unwrap_or(0..0), message: message.into() });
    }

    fn top(&mut self, table: &Table) {
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
                        "write \"error\", \"warning\", \"info\", \"hint\" or \"never\"",
                    ),
                },
                "include" => self.config.include = self.globs(item),
                "exclude" => self.config.exclude = self.globs(item),
                "template-folder" => match item.as_str() {
                    Some(folder) => self.config.template_folder = Some(folder.to_owned()),
                    None => {
                        self.problem(item.span(), "write the name of a folder, such as \"docs/templates\"")
                    }
                },
                "rules" => self.config.rules = self.levels(item),
                "rule" => self.options(item),
                "states" => self.states(item),
                "marks" => self.marks(item),
                "format" => self.format(item),
                "template" => {
                    for table in self.tables(item, "[[template]]") {
                        let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
                        match (text("files"), text("name")) {
                            (Some(files), Some(name)) => match plan_ide::glob(&files) {
                                Ok(_) => self.config.templates.push((files, name)),
                                Err(error) => self.problem(table.get("files").and_then(Item::span), error),
                            },
                            _ => self.problem(
                                table.span(),
                                "write files = \"plans/**\" and name = \"project-plan\"",
                            ),
                        }
                    }
                }
                "override" => {
                    for table in self.tables(item, "[[override]]") {
                        let files = table.get("files");
                        let Some(pattern) = files.and_then(Item::as_str) else {
                            self.problem(table.span(), "write files = \"drafts/**\" and rules = { … }");
                            continue;
                        };
                        let matcher = match plan_ide::parse_glob(pattern) {
                            Ok(glob) => glob.compile_matcher(),
                            Err(error) => {
                                self.problem(files.and_then(Item::span), format!("invalid glob: {error}"));
                                continue;
                            }
                        };
                        let rules = table.get("rules").map(|rules| self.levels(rules)).unwrap_or_default();
                        self.config.overrides.push((matcher, rules));
                    }
                }
                unknown => {
                    self.problem(key_span, no_such("setting", unknown, file_keys()));
                }
            }
        }
    }

    fn globs(&mut self, item: &Item) -> Vec<String> {
        let texts =
            item.as_array().map(|array| array.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
        let Some(Some(texts)) = texts else {
            self.problem(item.span(), "write a list of globs, such as [\"docs/**/*.md\"]");
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

    fn tables<'a>(&mut self, item: &'a Item, what: &str) -> Vec<&'a Table> {
        match item.as_array_of_tables() {
            Some(tables) => tables.iter().collect(),
            None => {
                self.problem(item.span(), format!("write each one below a line {what}"));
                Vec::new()
            }
        }
    }

    fn levels(&mut self, item: &Item) -> Vec<Level> {
        let Some(table) = item.as_table_like() else {
            self.problem(item.span(), "write rules and their severities, such as broken-link = \"off\"");
            return Vec::new();
        };
        let mut levels = Vec::new();
        for (name, value) in table.iter() {
            if !rules::names().any(|known| known == name) {
                let span = table.key(name).and_then(toml_edit::Key::span);
                self.problem(span, no_such("rule", name, rules::names()));
                continue;
            }
            match value.as_str() {
                Some("off") => levels.push((name.to_owned(), None)),
                Some(word) if Severity::of(word).is_some() => {
                    levels.push((name.to_owned(), Severity::of(word)))
                }
                _ => {
                    self.problem(value.span(), "write \"off\", \"hint\", \"info\", \"warning\" or \"error\"")
                }
            }
        }
        levels
    }

    fn options(&mut self, item: &Item) {
        let Some(rules) = item.as_table_like() else {
            self.problem(item.span(), "write options below a line such as [rule.token-budget]");
            return;
        };
        for (rule, options) in rules.iter() {
            let Some(options) = options.as_table_like() else {
                self.problem(options.span(), "write options below a line such as [rule.token-budget]");
                continue;
            };
            for (option, value) in options.iter() {
                let name = format!("{rule}.{option}");
                let number = value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
                match number.filter(|number| number.is_finite()) {
                    _ if !OPTIONS.contains(&name.as_str()) => {
                        let span = options.key(option).and_then(toml_edit::Key::span);
                        self.problem(span, no_such("option", &name, OPTIONS));
                    }
                    Some(number) => drop(self.config.options.insert(name, number)),
                    None => self.problem(value.span(), "write a number"),
                }
            }
        }
    }

    fn marks(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            self.problem(item.span(), "write marks for states, such as active = \"~\"");
            return;
        };
        for (name, mark) in table.iter() {
            let Some(state) = State::ALL.into_iter().find(|state| state.name() == name) else {
                let span = table.key(name).and_then(toml_edit::Key::span);
                self.problem(span, no_such("state", name, State::ALL.map(State::name)));
                continue;
            };
            match mark.as_str().filter(|mark| mark.chars().count() == 1) {
                Some(mark) => drop(self.config.marks.insert(state, mark.to_owned())),
                None => self.problem(mark.span(), "write one character, such as \"~\""),
            }
        }
    }

    fn format(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            self.problem(item.span(), "write options below a line [format], such as tables = \"compact\"");
            return;
        };
        for (name, value) in table.iter() {
            match (name, value.as_str().and_then(Tables::of)) {
                ("tables", Some(tables)) => self.config.tables = Some(tables),
                ("tables", None) => self.problem(value.span(), "write \"aligned\" or \"compact\""),
                (unknown, _) => {
                    let span = table.key(name).and_then(toml_edit::Key::span);
                    self.problem(span, no_such("setting", &format!("format.{unknown}"), ["format.tables"]));
                }
            }
        }
    }

    fn states(&mut self, item: &Item) {
        let Some(table) = item.as_table_like() else {
            self.problem(item.span(), "write words for states, such as done = [\"erledigt\"]");
            return;
        };
        for (name, words) in table.iter() {
            let Some(state) = State::ALL.into_iter().find(|state| state.name() == name) else {
                let span = table.key(name).and_then(toml_edit::Key::span);
                self.problem(span, no_such("state", name, State::ALL.map(State::name)));
                continue;
            };
            let listed =
                words.as_array().map(|words| words.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
            match listed.flatten() {
                Some(words) => words.into_iter().for_each(|word| self.config.vocabulary.add(word, state)),
                None => self.problem(words.span(), "write a list of words, such as [\"erledigt\"]"),
            }
        }
    }
}

/// The settings files of a workspace, by the keys of the folders they lie in.
#[derive(Clone, Debug, Default)]
pub struct Configs {
    folders: BTreeMap<String, Arc<Config>>,
}

/// A settings file with what is wrong in it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The key of the file.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What is wrong, in order.
    pub problems: Vec<Problem>,
}

impl Configs {
    /// Reads settings files. Of one that is no TOML, or cannot be read, what `before` has of it stays in force.
    pub fn read(paths: impl IntoIterator<Item = String>, before: &Self) -> (Self, Vec<Checked>) {
        let mut configs = Self::default();
        let mut checked = Vec::new();
        for path in paths {
            let (text, (config, problems)) = match crate::files::read(Path::new(&path)) {
                Ok(text) => {
                    let read = Config::read(&text);
                    (text, read)
                }
                Err(_) if !Path::new(&path).exists() => continue,
                Err(why) => {
                    let message = format!("this file {why}");
                    (String::new(), (None, vec![Problem { range: 0..0, message }]))
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
            checked.push(Checked { path, text, problems });
        }
        (configs, checked)
    }

    /// The settings of a folder, where it has a file of its own.
    pub fn of_folder(&self, folder: &str) -> Option<&Arc<Config>> {
        self.folders.get(folder)
    }

    /// All settings with their folders, those above before those below.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Arc<Config>)> {
        self.folders.iter()
    }

    /// What belongs to the workspace below a folder, where the folder's settings say something of it.
    pub fn filter(&self, folder: &str) -> Option<Filter> {
        let config = self.of_folder(folder)?;
        if config.include.is_empty() && config.exclude.is_empty() {
            return None;
        }
        // Globs that are none were left out when the file was read.
        Filter::new(&config.include, &config.exclude).ok()
    }

    /// What documents are read with, as these settings and those of the client (`before`) say.
    pub fn environment(&self, before: &Environment, words: &Vocabulary) -> Environment {
        let mut vocabulary = words.clone();
        let mut globs = Vec::new();
        let mut options = BTreeMap::new();
        let (mut marks, mut format) = (before.marks.clone(), before.format);
        for (folder, config) in &self.folders {
            vocabulary.extend(&config.vocabulary);
            options.extend(config.options.clone());
            marks.extend(config.marks.clone());
            if let Some(tables) = config.tables {
                format.tables = tables;
            }
            // Those of a folder below go first.
            let own = config.templates.iter().filter_map(|(files, name)| {
                let pattern = format!("{}/{}", globset::escape(folder), files.trim_start_matches("./"));
                Some((plan_ide::glob(&pattern).ok()?, name.clone()))
            });
            globs.splice(0..0, own);
        }
        globs.extend(before.globs.iter().cloned());
        Environment { vocabulary: Arc::new(vocabulary), globs, options, marks, format, ..before.clone() }
    }

    /// The folder of templates that the settings of one of these folders name.
    pub fn template_folder<'a>(&self, roots: impl IntoIterator<Item = &'a str>) -> Option<String> {
        roots.into_iter().find_map(|root| self.of_folder(root)?.template_folder.clone())
    }

    /// The severities for a file: those of the folders around it upon `base`, the nearest last.
    pub fn levels(&self, file: &str, base: &Levels) -> Levels {
        let mut levels = base.clone();
        // Sorted: a folder comes before those below it.
        for (folder, config) in self.folders.iter().filter(|(folder, _)| path::is_in(file, folder)) {
            let relative = file[folder.len()..].trim_start_matches('/');
            let fitting = config.overrides.iter().filter(|(files, _)| files.is_match(relative));
            for (name, level) in config.rules.iter().chain(fitting.flat_map(|(_, rules)| rules)) {
                // Reading the file has let only known names pass.
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
    fn what_a_file_says() {
        let (config, problems) = Config::read(
            "fail-on = \"warning\"\ninclude = [\"docs/**\"]\ntemplate-folder = \"t\"\n\n[rules]\ntasks = \"hint\"\n\n[rule.token-budget]\ntolerance = 0.2\n\n[states]\ndone = [\"erledigt\"]\n\n[[template]]\nfiles = \"plans/**\"\nname = \"project-plan\"\n\n[[override]]\nfiles = \"drafts/**\"\nrules = { broken-link = \"off\" }\n",
        );
        assert_eq!(problems, []);
        let config = config.unwrap();
        assert_eq!(config.fail_on, Some(Some(Severity::Warning)));
        assert_eq!(config.include, ["docs/**"]);
        assert_eq!(config.options["token-budget.tolerance"], 0.2);
        assert_eq!(config.templates, [("plans/**".to_owned(), "project-plan".to_owned())]);
        assert_eq!(config.vocabulary.of_value("Erledigt"), Some(State::Done));
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let text = "inclde = []\nfail-on = \"bad\"\n[rules]\nbroken-lnk = \"off\"\nbroken-link = 3\n[rule.token-budget]\ntolerence = 1\n[states]\nfinished = []\n[[override]]\nrules = {}\n";
        let (config, problems) = Config::read(text);
        assert!(config.is_some(), "the rest is used");
        let said: Vec<(&str, &str)> =
            problems.iter().map(|problem| (&text[problem.range.clone()], problem.message.as_str())).collect();
        assert_eq!(said.len(), 7, "{said:#?}");
        assert_eq!(said[0], ("inclde", "there is no setting `inclde`; did you mean `include`?"));
        assert_eq!(said[2], ("broken-lnk", "there is no rule `broken-lnk`; did you mean `broken-link`?"));
        let (config, problems) = Config::read("[rules\n");
        assert!(config.is_none() && problems.len() == 1, "{problems:?}");
    }

    #[test]
    fn the_nearest_file_has_the_last_word() {
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
        let (configs, checked) = Configs::read(paths.clone(), &Configs::default());
        assert!(checked.iter().all(|checked| checked.problems.is_empty()));
        let level = |file: &str, name: &str| {
            let levels = configs.levels(&format!("{root}/{file}"), &Levels::default());
            plan_ide::rules::Rule::named(name).map(|rule| levels.of(rule))
        };
        assert_eq!(level("x.md", "duplicate-id"), Some(Some(Severity::Error)));
        assert_eq!(level("a/x.md", "duplicate-id"), Some(Some(Severity::Hint)));
        assert_eq!(level("a/x.md", "broken-link"), Some(None));
        assert_eq!(level("a/drafts/x.md", "duplicate-id"), Some(None));
        // A file that is broken for a moment changes nothing.
        std::fs::write(folder.path().join("a").join(NAME), "[rules\n").unwrap();
        let (again, checked) = Configs::read(paths, &configs);
        assert_eq!(checked[1].problems.len(), 1);
        assert!(again.of_folder(&format!("{root}/a")).is_some());
    }
}
