//! Settings files: `plansmith.toml` in the root of a project and in its subfolders.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Environment, RuleSeverities, Severity, workspace::path};
use plan_model::Vocabulary;
use plan_schema::family::Families;
use toml_edit::Document;

use super::{
    Settings, SettingsProblem,
    node::SettingsNode,
    reader::{self, SettingsSource},
};
use crate::files::Filter;

/// Reads a settings file. Returns `None` for invalid TOML. Skips invalid entries and reports them as problems.
pub fn read_file(text: &str) -> (Option<Settings>, Vec<SettingsProblem>) {
    match Document::parse(text) {
        Ok(document) => {
            let (values, problems) = reader::read(
                SettingsSource::File,
                &SettingsNode::of_table(document.as_table(), document.span()),
            );
            (Some(values), problems)
        }
        Err(error) => {
            let message = match error.message().lines().next() {
                Some(why) => format!("invalid TOML: {why}"),
                None => "invalid TOML".to_owned(),
            };
            let range = error.span().unwrap_or(0..text.len().min(1));
            (None, vec![SettingsProblem { range, message, is_error: true }])
        }
    }
}

/// The settings files of a workspace, by the keys of their folders.
#[derive(Clone, Debug, Default)]
pub struct FolderSettings {
    folders: BTreeMap<String, Arc<Settings>>,
    /// Settings of the command line, which take precedence.
    arguments: Option<Arc<Settings>>,
}

/// The settings files and settings chosen on the command line.
#[derive(Clone, Debug, Default)]
pub struct SettingsSelection {
    /// File to use instead of those of the project.
    pub file: Option<PathBuf>,
    /// Whether the files of the project are ignored.
    pub ignores_files: bool,
    /// Settings that take precedence: `key=value`, each as in TOML, or with a text without quotes as value.
    pub entries: Vec<String>,
}

impl SettingsSelection {
    /// Returns the entries as the text of a settings file, and problems for entries that are not valid. The last entry
    /// with a key applies.
    fn text(&self) -> (String, Vec<SettingsProblem>) {
        let mut lines: BTreeMap<&str, String> = BTreeMap::new();
        let mut problems = Vec::new();
        for entry in &self.entries {
            let is_toml = |text: &str| Document::parse(text).is_ok_and(|document| !document.is_empty());
            let (key, value) = entry.split_once('=').unwrap_or((entry.as_str(), ""));
            // Without quotes, a value such as `error` is a text.
            let quoted = format!("{key} = {}", serde_json::Value::from(value.trim()));
            match [entry, &quoted].into_iter().find(|line| entry.contains('=') && is_toml(line)) {
                Some(line) => drop(lines.insert(key.trim(), line.clone())),
                None => problems.push(SettingsProblem {
                    range: 0..0,
                    message: format!("invalid setting `{entry}`; expected KEY=VALUE, e.g. `fail-on=error`"),
                    is_error: true,
                }),
            }
        }
        (lines.into_values().map(|line| format!("{line}\n")).collect(), problems)
    }
}

/// Returns `families`, of which documents can belong only to those in `selected`; `None` for all.
fn limited(families: &Arc<Families>, selected: Option<BTreeSet<String>>) -> Arc<Families> {
    if families.selected() == selected.as_ref() {
        return Arc::clone(families);
    }
    Arc::new(families.limited_to(selected))
}

/// A settings file that was read, with its problems.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    /// Key of the file.
    pub path: String,
    /// Text of the file.
    pub text: String,
    /// The problems, in document order.
    pub problems: Vec<SettingsProblem>,
    /// Whether the settings apply; `false` if the file could not be read or is not valid TOML.
    pub is_in_force: bool,
    /// Whether the settings are those of `-c`, which are not in a file.
    pub is_argument: bool,
}

/// Reads a settings file that the command line names. Returns its key, text, settings and problems.
fn read_chosen(file: &Path) -> (String, String, (Option<Settings>, Vec<SettingsProblem>)) {
    let key = crate::files::key_of_path(file);
    match crate::files::read_regular(file) {
        Ok(text) => {
            let read = read_file(&text);
            (key, text, read)
        }
        Err(why) => {
            let message = format!("cannot read settings: {why}");
            (key, String::new(), (None, vec![SettingsProblem { range: 0..0, message, is_error: true }]))
        }
    }
}

impl FolderSettings {
    /// Reads settings files. If a file is invalid TOML or cannot be read, its settings are taken from `before`.
    pub fn read(paths: impl IntoIterator<Item = String>, before: &Self) -> (Self, Vec<SettingsFile>) {
        let mut folder_settings = Self::default();
        let mut files = Vec::new();
        for path in paths {
            let (text, (config, problems)) = match crate::files::read_regular(Path::new(&path)) {
                Ok(text) => {
                    let read = read_file(&text);
                    (text, read)
                }
                Err(_) if Path::new(&path).symlink_metadata().is_err() => continue,
                Err(why) => {
                    let message = format!("cannot read settings: {why}");
                    (String::new(), (None, vec![SettingsProblem { range: 0..0, message, is_error: true }]))
                }
            };
            let folder = path::folder(&path).to_owned();
            let is_in_force = config.is_some();
            match config {
                Some(config) => drop(folder_settings.folders.insert(folder, Arc::new(config))),
                None => {
                    if let Some(last) = before.folders.get(&folder) {
                        folder_settings.folders.insert(folder, Arc::clone(last));
                    }
                }
            }
            files.push(SettingsFile { path, text, problems, is_in_force, is_argument: false });
        }
        (folder_settings, files)
    }

    /// Reads the settings that the command line chooses for projects with the root folders `roots`. `found` contains
    /// the paths of the projects' own settings files.
    pub fn choose(
        choice: &SettingsSelection,
        roots: &[String],
        found: impl IntoIterator<Item = String>,
    ) -> (Self, Vec<SettingsFile>) {
        let (mut folder_settings, mut files) = match &choice.file {
            Some(file) => {
                let (path, text, (settings, problems)) = read_chosen(file);
                let is_in_force = settings.is_some();
                let settings = Arc::new(settings.unwrap_or_default());
                // Without a project, the settings apply to all files.
                let everywhere = [String::new()];
                let roots = if roots.is_empty() { &everywhere } else { roots };
                let folders = roots.iter().map(|root| (root.clone(), Arc::clone(&settings))).collect();
                let file = SettingsFile { path, text, problems, is_in_force, is_argument: false };
                (Self { folders, arguments: None }, vec![file])
            }
            None if choice.ignores_files => Self::read([], &Self::default()),
            None => Self::read(found, &Self::default()),
        };
        if !choice.entries.is_empty() {
            let (text, mut problems) = choice.text();
            let (settings, found) = read_file(&text);
            problems.extend(found);
            problems.iter_mut().for_each(|problem| problem.is_error = true);
            let is_in_force = settings.is_some();
            folder_settings.arguments = settings.map(Arc::new);
            files.push(SettingsFile {
                path: "-c".to_owned(),
                text,
                problems,
                is_in_force,
                is_argument: true,
            });
        }
        (folder_settings, files)
    }

    /// Returns the settings in a folder's own settings file.
    pub fn in_folder(&self, folder: &str) -> Option<&Arc<Settings>> {
        self.folders.get(folder)
    }

    /// Returns the settings in the order in which `fail-on` applies: those of the command line, then those of folders,
    /// parent folders first.
    fn by_precedence(&self) -> impl Iterator<Item = &Arc<Settings>> {
        self.arguments.iter().chain(self.folders.values())
    }

    /// Returns the minimum severity for which `check` fails, if it is set. `Some(None)` means never.
    pub fn fail_on(&self) -> Option<Option<Severity>> {
        self.by_precedence().find_map(|settings| settings.fail_on)
    }

    /// Returns the folders whose `fail-on` is not used, because other settings take precedence.
    pub fn unused_fail_on(&self) -> impl Iterator<Item = &str> {
        let is_set = |settings: &Arc<Settings>| settings.fail_on.is_some();
        let is_argument = self.arguments.as_ref().is_some_and(is_set);
        let folders = self.folders.iter().filter(move |(_, settings)| is_set(settings));
        folders.skip(usize::from(!is_argument)).map(|(folder, _)| folder.as_str())
    }

    /// Returns the filter set by `include` and `exclude` on the command line, otherwise in a folder's settings file.
    pub fn filter(&self, folder: &str) -> Option<&Filter> {
        let settings = self.arguments.iter().chain(self.in_folder(folder));
        settings.map(|settings| &settings.filter).find(|filter| **filter != Filter::default())
    }

    /// Returns the environment for reading documents: `before` (the client's settings) and `words`, both extended by
    /// the settings files.
    pub fn environment(&self, before: &Environment, words: &Vocabulary) -> Environment {
        let mut vocabulary = words.clone();
        let mut globs = Vec::new();
        let mut options = BTreeMap::new();
        let mut skip = before.skip.clone();
        let (mut checkbox_characters, mut format) = (before.checkbox_characters.clone(), before.format);
        let mut schedule = before.schedule.clone();
        let mut families = before.families.selected().cloned();
        let folders = self.folders.iter().map(|(folder, config)| (std::slice::from_ref(folder), config));
        let arguments = self.arguments.iter().map(|config| (&before.roots[..], config));
        for (folders, config) in folders.chain(arguments) {
            vocabulary.extend(&config.vocabulary);
            options.extend(config.options.clone());
            if let Some(own) = &config.skip {
                skip.clone_from(own);
            }
            families = config.families.clone().or(families);
            checkbox_characters.extend(config.checkbox_characters.clone());
            schedule = config.schedule(&schedule);
            if let Some(tables) = config.tables {
                format.tables = tables;
            }
            // Globs of subfolders take precedence.
            let own = config.templates.iter().flat_map(|(files, name)| {
                folders.iter().filter_map(move |folder| {
                    let pattern = format!("{}/{}", globset::escape(folder), files.trim_start_matches("./"));
                    Some((plan_ide::glob(&pattern).ok()?, name.clone()))
                })
            });
            globs.splice(0..0, own);
        }
        globs.extend(before.globs.iter().cloned());
        Environment {
            vocabulary: Arc::new(vocabulary),
            globs,
            skip,
            families: limited(&before.families, families),
            options,
            checkbox_characters,
            format,
            schedule,
            ..before.clone()
        }
    }

    /// Returns `template-folder` of the command line, otherwise the first one in the settings of `roots`.
    pub fn template_folder<'a>(&self, roots: impl IntoIterator<Item = &'a str>) -> Option<String> {
        let mut roots = roots.into_iter().filter_map(|root| self.in_folder(root));
        let arguments = self.arguments.as_ref().and_then(|settings| settings.template_folder.clone());
        arguments.or_else(|| roots.find_map(|settings| settings.template_folder.clone()))
    }

    /// Returns the severities for a file: `base`, overridden by the settings of its parent folders, outermost first,
    /// then by those of the command line.
    pub fn severities(&self, file: &str, base: &RuleSeverities) -> RuleSeverities {
        self.severities_by_source(file, base, |_, _| {})
    }

    /// As [`severities`](Self::severities). Calls `after` with the severities after each source of settings that applies: a folder,
    /// or `None` for the command line.
    pub fn severities_by_source(
        &self,
        file: &str,
        base: &RuleSeverities,
        mut after: impl FnMut(Option<&str>, &RuleSeverities),
    ) -> RuleSeverities {
        let mut severities = base.clone();
        // The map is sorted, so parent folders come first.
        for (folder, config) in self.folders.iter().filter(|(folder, _)| path::is_in(file, folder)) {
            let relative = file[folder.len()..].trim_start_matches('/');
            severities.extend(&config.severities);
            config
                .overrides
                .iter()
                .filter(|files| files.files.is_match(relative))
                .for_each(|files| severities.extend(&files.severities));
            after(Some(folder), &severities);
        }
        if let Some(arguments) = &self.arguments {
            severities.extend(&arguments.severities);
            after(None, &severities);
        }
        severities
    }
}

#[cfg(test)]
mod tests {
    use plan_model::State;

    use super::*;
    use crate::files::SETTINGS_FILE_NAME;

    #[test]
    fn all_settings_are_read() {
        let (config, problems) = read_file(
            "fail-on = \"warning\"\ninclude = [\"docs/**\"]\ntemplate-folder = \"t\"\n\n[rules]\ntasks = \"hint\"\n\n[rule-options.token-budget]\ntolerance = 0.2\n\n[state-names]\ndone = [\"erledigt\"]\n\n[item-names]\nphase = [\"Lieferung\"]\n\n[field-names]\ndepends-on = [\"Braucht\"]\n\n[[template]]\nfiles = \"plans/**\"\nname = \"project-plan\"\n\n[[override]]\nfiles = \"drafts/**\"\nrules = { broken-link = \"off\" }\n",
        );
        assert_eq!(problems, []);
        let config = config.unwrap();
        assert_eq!(config.fail_on, Some(Some(Severity::Warning)));
        assert!(config.filter.includes("docs/a.md") && !config.filter.includes("a.md"));
        assert_eq!(config.options["token-budget.tolerance"], 0.2);
        assert_eq!(config.templates, [("plans/**".to_owned(), "project-plan".to_owned())]);
        assert_eq!(config.vocabulary.of_value("Erledigt"), Some(State::Done));
        assert_eq!(config.vocabulary.meaning_of("braucht"), Some(plan_model::Meaning::DependsOn));
    }

    #[test]
    fn many_unknown_keys_are_counted() {
        let text: String = (0..1_000).map(|key| format!("key-{key} = 1\n")).collect();
        let (_, problems) = read_file(&format!("{text}fail-on = \"bad\"\n"));
        let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages.len(), 22, "{messages:#?}");
        assert_eq!(messages[20], "980 more unknown keys");
        assert!(problems[21].is_error);
    }

    #[test]
    fn problems_have_ranges_and_other_settings_apply() {
        let text = "inclde = []\nfail-on = \"bad\"\n[rules]\nbroken-lnk = \"off\"\nbroken-link = 3\n[rule-options.token-budget]\ntolerence = 1\n[state-names]\nfinished = []\n[item-names]\nphases = []\n[field-names]\nowner = 3\n[[override]]\nrules = {}\n";
        let (config, problems) = read_file(text);
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
        let (config, problems) = read_file("[rules\n");
        assert!(config.is_none() && problems.len() == 1, "{problems:?}");
    }

    #[test]
    fn the_nearest_settings_file_takes_precedence() {
        let folder = tempfile::tempdir().unwrap();
        let root = crate::files::key_of_path(folder.path());
        std::fs::create_dir_all(folder.path().join("a/drafts")).unwrap();
        std::fs::write(
            folder.path().join(SETTINGS_FILE_NAME),
            "[rules]\ntext = \"off\"\ntasks = \"error\"\n",
        )
        .unwrap();
        std::fs::write(
            folder.path().join("a").join(SETTINGS_FILE_NAME),
            "[rules]\ntasks = \"hint\"\n[[override]]\nfiles = \"drafts/**\"\nrules = { tasks = \"off\" }\n",
        )
        .unwrap();
        let paths = [format!("{root}/{SETTINGS_FILE_NAME}"), format!("{root}/a/{SETTINGS_FILE_NAME}")];
        let (folder_settings, files) = FolderSettings::read(paths.clone(), &FolderSettings::default());
        assert!(files.iter().all(|file| file.problems.is_empty()));
        let level = |file: &str, name: &str| {
            let severities =
                folder_settings.severities(&format!("{root}/{file}"), &RuleSeverities::default());
            plan_ide::rules::Rule::named(name).map(|rule| severities.of(rule))
        };
        assert_eq!(level("x.md", "duplicate-id"), Some(Some(Severity::Error)));
        assert_eq!(level("a/x.md", "duplicate-id"), Some(Some(Severity::Hint)));
        assert_eq!(level("a/x.md", "broken-link"), Some(None));
        assert_eq!(level("a/drafts/x.md", "duplicate-id"), Some(None));
        // Invalid TOML does not replace the previous settings.
        std::fs::write(folder.path().join("a").join(SETTINGS_FILE_NAME), "[rules\n").unwrap();
        let (again, files) = FolderSettings::read(paths, &folder_settings);
        assert_eq!(files[1].problems.len(), 1);
        assert!(again.in_folder(&format!("{root}/a")).is_some());
    }
}
