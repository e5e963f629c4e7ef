//! Projects: their roots, settings, templates and index.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Entry, Environment, Index, TEMPLATE_FOLDER, workspace::path};
use plan_schema::{Template, family::Families};
use rayon::prelude::*;

use crate::{
    families,
    files::{self, FileStamp, Roots, WalkProblem, key_of_path},
    panics::catch_panic,
    settings::{FolderSettings, SettingsFile, SettingsSelection},
};

/// Maximum size of a template, in bytes.
const MAX_TEMPLATE_BYTES: u64 = 1024 * 1024;
/// Maximum number of templates in a folder.
const MAX_TEMPLATES: usize = 200;

/// Returns the environment of documents in `roots`, with the templates in the subfolder `folder` of each root, and problems
/// with templates that could not be read.
pub fn environment(roots: &[PathBuf], folder: &str) -> (Environment, Vec<String>) {
    let mut own = Vec::new();
    let mut problems = Vec::new();
    for root in roots {
        let (found, unreadable) = templates_in(&root.join(folder));
        own.extend(found);
        problems.extend(unreadable);
    }
    let (families, unreadable) = families::families(roots);
    problems.extend(unreadable);
    for (path, name) in roots.iter().flat_map(|root| families::tool_templates(root, &families)) {
        // Templates of the team take precedence, and a tool template cannot have the name of a built-in one.
        let is_taken = own.iter().any(|known: &Template| known.name == name)
            || plan_schema::Templates::built_in().named(&name).is_some();
        if is_taken || path.metadata().is_ok_and(|metadata| metadata.len() > MAX_TEMPLATE_BYTES) {
            continue;
        }
        if let Ok(text) = files::read(&path) {
            let mut template = Template::compile(&name, &text);
            template.path = Some(path.to_string_lossy().into_owned());
            template.is_detected = false;
            own.push(template);
        }
    }
    let environment = Environment {
        families: Arc::new(families),
        template_folder: folder.to_owned(),
        roots: roots.iter().map(|root| key_of_path(root)).collect(),
        today: Some(today()),
        own_templates: own.into(),
        ..Environment::default()
    };
    (environment, problems)
}

/// Returns the template files and the custom family profiles in `roots`, with their stamps. If two lists are equal,
/// their templates and families are equal.
pub fn template_stamps(roots: &[PathBuf], folder: &str) -> Vec<(PathBuf, Option<FileStamp>)> {
    let templates = roots.iter().flat_map(|root| template_paths(&root.join(folder)));
    let profiles = roots.iter().flat_map(|root| families::family_paths(root));
    let built_in = Families::built_in();
    let tools = roots.iter().flat_map(|root| families::tool_templates(root, &built_in));
    let paths = templates.chain(profiles).chain(tools.map(|(path, _)| path));
    paths.map(|path| (path.clone(), FileStamp::of(&path))).collect()
}

/// Returns the project root of a path: the nearest folder, from the path upward, with `.git`; otherwise the outermost one
/// with `plansmith.toml` or `.plansmith`. An inner settings file therefore does not hide the outer settings files.
/// Without such a folder, a folder is its own root, and a file has no root. If the path does not exist, its folder
/// determines the root.
pub fn project_root(path: &Path) -> Option<PathBuf> {
    let path = PathBuf::from(key_of_path(path));
    marked_root(&path).map(Path::to_owned).or_else(|| path.is_dir().then_some(path))
}

/// Returns the project root, for roots with `.git`, `plansmith.toml` or `.plansmith` only. The path must be a key.
fn marked_root(path: &Path) -> Option<&Path> {
    let has = |folder: &Path, marker: &str| folder.join(marker).exists();
    let home = dirs::home_dir();
    // Settings in the home folder do not make it a project.
    let below_home = path.ancestors().take_while(|folder| home.as_deref() != Some(folder));
    let mut marked =
        below_home.filter(|folder| has(folder, files::SETTINGS_FILE_NAME) || has(folder, ".plansmith"));
    let repository = path.ancestors().find(|folder| has(folder, ".git"));
    repository.or_else(|| marked.by_ref().last())
}

/// Returns the path of a file in its project, relative to the root, so that it does not depend on the working
/// directory. Outside of projects, returns the name of the file. `key` is the key of the file.
pub fn path_in_project(key: &str) -> String {
    let root = marked_root(Path::new(key)).map(key_of_path);
    root.map_or_else(|| path::name(key).to_owned(), |root| path::relative(&root, key))
}

/// The projects that a command runs on.
#[derive(Debug)]
pub struct Project {
    /// Environment of the documents.
    pub environment: Arc<Environment>,
    /// Root folders.
    pub roots: Roots,
    /// Settings by folder.
    pub folder_settings: FolderSettings,
    /// Settings files with their problems.
    pub settings: Vec<SettingsFile>,
    /// Problems with templates and families.
    pub warnings: Vec<String>,
    /// Keys of the Markdown files.
    pub files: Vec<String>,
    /// Keys of the folders.
    pub folders: HashSet<String>,
    /// Files and folders that could not be read or were skipped.
    pub problems: Vec<WalkProblem>,
}

impl Project {
    /// Returns the projects that contain `paths`, with all their files.
    pub fn of(paths: &[PathBuf], choice: &SettingsSelection) -> Self {
        let roots = roots_of(paths);
        let (mut files, mut settings) = (Vec::new(), Vec::new());
        let (mut folders, mut problems) = (HashSet::new(), Vec::new());
        for folder in roots.roots_to_index() {
            let walked = files::walk(&folder);
            settings.extend(walked.settings);
            files.extend(walked.files.into_iter().map(|(key, _)| key));
            folders.extend(walked.folders);
            problems.extend(walked.problems);
        }
        // A walk skips ignored folders, and the home folder.
        settings.extend(settings_above(&keys_of(paths)));
        let mut project = Self { folders, problems, ..Self::with_settings(roots, choice, settings) };
        project.files = files.into_iter().filter(|key| project.includes(key)).collect();
        project
    }

    /// Returns the projects that contain `paths`, without their files.
    pub fn without_files(paths: &[PathBuf], choice: &SettingsSelection) -> Self {
        let roots = roots_of(paths);
        let settings = settings_above(&keys_of(paths));
        Self::with_settings(roots, choice, settings)
    }

    fn with_settings(roots: Roots, choice: &SettingsSelection, mut found: Vec<String>) -> Self {
        found.sort();
        found.dedup();
        let keys: Vec<String> = roots.keys().map(str::to_owned).collect();
        let (folder_settings, settings) = FolderSettings::choose(choice, &keys, found);
        let folder =
            folder_settings.template_folder(roots.keys()).unwrap_or_else(|| TEMPLATE_FOLDER.to_owned());
        let (environment, mut warnings) = environment(&roots.paths(), &folder);
        let environment = Arc::new(folder_settings.environment(&environment, &environment.vocabulary));
        warnings.extend(missing_templates(&roots, &folder_settings, &environment));
        warnings.extend(unknown_families(&environment.families));
        Self {
            environment,
            roots,
            folder_settings,
            settings,
            warnings,
            files: Vec::new(),
            folders: HashSet::new(),
            problems: Vec::new(),
        }
    }

    /// Returns a project with the root folders `folders`, whose paths are canonical. Nothing outside of them is
    /// accessed, so settings and ignore files of their parents do not apply.
    pub fn isolated(folders: Vec<PathBuf>) -> Self {
        let roots = Roots::new(folders);
        let (mut files, mut settings) = (Vec::new(), Vec::new());
        for folder in roots.roots_to_index() {
            let walked = files::walk_isolated(&folder);
            settings.extend(walked.settings);
            files.extend(walked.files.into_iter().map(|(key, _)| key));
        }
        let mut project = Self::with_settings(roots, &SettingsSelection::default(), settings);
        project.files = files.into_iter().filter(|key| project.includes(key)).collect();
        project.files.sort();
        project
    }

    /// Returns whether `include` and `exclude` permit a file, given by its key.
    pub fn includes(&self, key: &str) -> bool {
        let containing =
            self.roots.keys().filter(|root| path::is_in(key, root)).max_by_key(|root| root.len());
        let Some(root) = containing else { return true };
        self.folder_settings
            .filter(root)
            .is_none_or(|filter| filter.includes(key[root.len()..].trim_start_matches('/')))
    }
}

/// Returns messages about the template folder and the templates in settings that do not exist.
fn missing_templates(
    roots: &Roots,
    folder_settings: &FolderSettings,
    environment: &Environment,
) -> Vec<String> {
    let mut messages = Vec::new();
    if let Some(folder) = folder_settings.template_folder(roots.keys())
        && !roots.paths().iter().any(|root| root.join(&folder).is_dir())
    {
        messages.push(format!("template folder `{folder}` does not exist"));
    }
    let all = environment.templates().all();
    let mut names: Vec<&str> = environment.globs.iter().map(|(_, name)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|name| environment.templates().named(name).is_none()) {
        let known: Vec<&str> = all.iter().map(|template| template.name.as_str()).collect();
        let message = plan_schema::unknown_name_message("template", name, known.iter().copied());
        messages.push(format!("settings: {}", crate::wording::with_available(&message, &known)));
    }
    messages
}

/// Returns messages about the families in settings that do not exist.
fn unknown_families(families: &Families) -> Vec<String> {
    let known: Vec<&str> = families.all().iter().map(|family| family.name.as_str()).collect();
    let selected = families.selected().into_iter().flatten();
    let unknown = selected.filter(|name| !known.contains(&name.as_str()));
    let message = |name: &String| {
        let message = plan_schema::unknown_name_message("family", name, known.iter().copied());
        format!("settings: {}", crate::wording::with_available(&message, &known))
    };
    unknown.map(message).collect()
}

fn keys_of(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| key_of_path(path)).collect()
}

fn roots_of(paths: &[PathBuf]) -> Roots {
    Roots::new(paths.iter().filter_map(|path| project_root(path)))
}

/// Returns the keys of the settings files from the project root down to each of the paths `keys`.
pub fn settings_above(keys: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for key in keys {
        let Some(root) = marked_root(Path::new(key)) else { continue };
        let folders = Path::new(key).ancestors().take_while(|folder| folder.starts_with(root));
        // Broken links and folders with the name of settings files are included, because they are reported as errors.
        let files = folders
            .map(|folder| folder.join(files::SETTINGS_FILE_NAME))
            .filter(|file| file.symlink_metadata().is_ok());
        found.extend(files.map(|file| key_of_path(&file)));
    }
    found
}

/// Returns the index of a project. The files in `given`, by path, are indexed with these entries; the others are read.
pub fn index(project: &Project, given: Vec<(String, Entry)>) -> Index {
    let mut index = Index::new(project.roots.roots_to_index());
    let given_paths: HashSet<&str> = given.iter().map(|(path, _)| path.as_str()).collect();
    let others = project.files.par_iter().filter(|key| !given_paths.contains(key.as_str()));
    // Ignore unreadable files that were not named on the command line.
    let read = |key: &String| {
        let entry = catch_panic(|| files::load(key, &project.environment).map(|file| file.entry()));
        Some((key.clone(), entry.ok()?.ok()?))
    };
    let entries: Vec<(String, Entry)> = others.filter_map(read).collect();
    for (path, entry) in entries.into_iter().chain(given) {
        index.set(&path, Some(entry));
    }
    index
}

/// Returns the paths of the templates in a folder, sorted.
fn template_paths(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths
}

/// Reads the templates in a folder, sorted by name, and returns the problems of unreadable templates.
fn templates_in(folder: &Path) -> (Vec<Template>, Vec<String>) {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let mut paths = template_paths(folder);
    if paths.len() > MAX_TEMPLATES {
        problems.push(format!(
            "{}: only the first {MAX_TEMPLATES} of {} templates are read",
            folder.display(),
            paths.len()
        ));
        paths.truncate(MAX_TEMPLATES);
    }
    for path in paths {
        let is_too_large = path.metadata().is_ok_and(|metadata| metadata.len() > MAX_TEMPLATE_BYTES);
        if is_too_large {
            problems.push(format!("{}: template is larger than 1 MiB", path.display()));
            continue;
        }
        match files::read_regular(&path) {
            Ok(text) => {
                let name =
                    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let mut template = Template::compile(&name, &text);
                template.path = Some(path.to_string_lossy().into_owned());
                found.push(template);
            }
            Err(why) => problems.push(format!("{}: {why}", path.display())),
        }
    }
    (found, problems)
}

/// Returns today's local date as `YYYY-MM-DD`.
pub fn today() -> String {
    crate::fault_injection::today().unwrap_or_else(|| jiff::Zoned::now().date().to_string())
}

/// Returns the path of a template. A built-in template is written to the user's cache folder on first use.
///
/// # Errors
/// Returns an error if the cache folder is unknown or not writable.
pub fn template_file(template: &Template) -> std::io::Result<PathBuf> {
    if let Some(path) = &template.path {
        return Ok(path.into());
    }
    let cache = dirs::cache_dir().ok_or_else(|| std::io::Error::other("cache folder not found"))?;
    let folder = cache.join("plansmith/templates").join(env!("CARGO_PKG_VERSION"));
    let path = folder.join(format!("{}.md", template.name));
    if std::fs::read_to_string(&path).is_ok_and(|text| text == template.text) {
        return Ok(path);
    }
    std::fs::create_dir_all(&folder)?;
    crate::disk::create(&path, &template.text, true)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_templates_are_added_to_the_built_in_ones() {
        let folder = tempfile::tempdir().unwrap();
        let templates = folder.path().join(TEMPLATE_FOLDER);
        std::fs::create_dir_all(&templates).unwrap();
        std::fs::write(templates.join("mine.md"), "# [Title]\n\n## Goal\n").unwrap();
        std::fs::write(templates.join("broken.md"), b"\xff\xfe").unwrap();
        let (environment, problems) = environment(&[folder.path().to_owned()], TEMPLATE_FOLDER);
        assert!(environment.templates().named("mine").is_some());
        assert_eq!(environment.templates().all().len(), 6);
        assert_eq!(problems.len(), 1, "{problems:?}");
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(project_root(&below), folder.path().canonicalize().ok());
    }
}
