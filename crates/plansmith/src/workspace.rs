//! What a workspace brings along: its own templates, the day, the owner of new plans.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Entry, Environment, File, Index, TEMPLATE_FOLDER, workspace::path};
use plan_schema::Template;
use rayon::prelude::*;

use crate::{
    config::{self, Configs},
    files::{self, Filter, Roots, Stamp, key_of_path},
    panics::caught,
};

/// A template may not be longer (bytes).
const LONGEST: u64 = 1024 * 1024;
/// A folder may not have more templates.
const MOST: usize = 200;

/// What documents below these folders are read with (`folder` holds their templates), and complaints about templates that could not be read.
pub fn environment(roots: &[PathBuf], folder: &str) -> (Environment, Vec<String>) {
    let mut own = Vec::new();
    let mut complaints = Vec::new();
    for root in roots {
        let (found, wrong) = templates_in(&root.join(folder));
        own.extend(found);
        complaints.extend(wrong);
    }
    let environment = Environment {
        template_folder: folder.to_owned(),
        roots: roots.iter().map(|root| key_of_path(root)).collect(),
        today: Some(today()),
        own_templates: own.into(),
        ..Environment::default()
    };
    (environment, complaints)
}

/// Returns the templates of these folders with their stamps: equal lists mean equal templates.
pub fn template_stamps(roots: &[PathBuf], folder: &str) -> Vec<(PathBuf, Option<Stamp>)> {
    let paths = roots.iter().flat_map(|root| template_paths(&root.join(folder)));
    paths.map(|path| (path.clone(), Stamp::of(&path))).collect()
}

/// What shows that a folder is the root of a project.
const ROOT_SIGNS: [&str; 3] = [".plansmith", "plansmith.toml", ".git"];

/// The root of the project that a path belongs to: the nearest folder at or above it that says so. A folder that belongs
/// to none is its own; a file is alone.
pub fn root_of(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    let is_root = |folder: &&Path| ROOT_SIGNS.iter().any(|sign| folder.join(sign).exists());
    let root = path.ancestors().find(is_root).map(Path::to_owned);
    root.or_else(|| path.is_dir().then_some(path))
}

/// The project that a command is about.
#[derive(Debug)]
pub struct Project {
    /// What its documents are read with.
    pub environment: Arc<Environment>,
    /// Its folders.
    pub roots: Roots,
    /// Its settings.
    pub configs: Configs,
    /// What is wrong in its settings.
    pub settings: Vec<config::Checked>,
    /// Its Markdown.
    pub files: Vec<String>,
}

impl Project {
    /// The projects that these paths belong to, with everything below their folders. Complaints go to standard error.
    pub fn of(paths: &[PathBuf]) -> Self {
        let roots = roots_of(paths);
        let mut files = Vec::new();
        let mut settings = Vec::new();
        for folder in roots.read_along() {
            let walked = files::walk(&folder, &Filter::default());
            settings.extend(walked.settings);
            files.extend(walked.files.into_iter().map(|(key, _)| key));
            for complaint in walked.complaints {
                anstream::eprintln!("plansmith: {complaint}");
            }
        }
        let (configs, settings) = Configs::read(settings, &Configs::default());
        let environment = environment_of(&roots, &configs);
        let mut project = Self { environment, roots, configs, settings, files: Vec::new() };
        project.files = files.into_iter().filter(|key| project.takes(key)).collect();
        project
    }

    /// Whether the settings count a file among the project's.
    pub fn takes(&self, key: &str) -> bool {
        let holding = self.roots.keys().filter(|root| path::is_in(key, root)).max_by_key(|root| root.len());
        let Some(root) = holding else { return true };
        self.configs.filter(root).is_none_or(|filter| filter.takes(key[root.len()..].trim_start_matches('/')))
    }
}

fn roots_of(paths: &[PathBuf]) -> Roots {
    let here = std::env::current_dir().unwrap_or_default();
    let paths = paths.iter().map(|path| if path.as_os_str() == "-" { &here } else { path });
    Roots::new(paths.filter_map(|path| root_of(path)))
}

/// The environment of projects with these settings. Complaints go to standard error.
fn environment_of(roots: &Roots, configs: &Configs) -> Arc<Environment> {
    let folder = configs.template_folder(roots.keys()).unwrap_or_else(|| TEMPLATE_FOLDER.to_owned());
    let (environment, complaints) = environment(&roots.paths(), &folder);
    for complaint in complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    Arc::new(configs.environment(&environment, &environment.vocabulary))
}

/// The environment of a command that reads only these paths, by the settings at the roots of their projects.
pub fn of_paths(paths: &[PathBuf]) -> Arc<Environment> {
    let roots = roots_of(paths);
    let settings: Vec<String> = roots.keys().map(|root| format!("{root}/{}", config::NAME)).collect();
    let (configs, _) = Configs::read(settings, &Configs::default());
    environment_of(&roots, &configs)
}

/// The index of a project, with these files in it as they are given.
pub fn index(project: &Project, given: &[File]) -> Index {
    let mut index = Index::new(project.roots.read_along());
    let known: HashSet<&str> = given.iter().map(File::path).collect();
    let others = project.files.par_iter().filter(|key| !known.contains(key.as_str()));
    // What cannot be read and was not asked for is nobody's business.
    let read = |key: &String| {
        let entry = caught(|| files::unedited(key, &project.environment).map(|file| file.entry()));
        Some((key.clone(), entry.ok()?.ok()?))
    };
    let entries: Vec<(String, Entry)> = others.filter_map(read).collect();
    for (key, entry) in entries {
        index.set(&key, Some(entry));
    }
    // A file that we fail at is left out here, and named by the command that was asked about it.
    let read = |file: &File| caught(|| file.entry()).ok();
    let entries: Vec<(&str, Entry)> =
        given.par_iter().filter_map(|file| Some((file.path(), read(file)?))).collect();
    for (path, entry) in entries {
        index.set(path, Some(entry));
    }
    index
}

/// The environment of a command that is about no file.
pub fn current() -> Arc<Environment> {
    of_paths(&[PathBuf::from(".")])
}

/// Returns the paths of the templates in a folder, sorted.
fn template_paths(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths
}

/// The templates in a folder, by name.
fn templates_in(folder: &Path) -> (Vec<Template>, Vec<String>) {
    let (mut found, mut complaints) = (Vec::new(), Vec::new());
    let mut paths = template_paths(folder);
    if paths.len() > MOST {
        complaints.push(format!(
            "{}: only the first {MOST} of {} templates are read",
            folder.display(),
            paths.len()
        ));
        paths.truncate(MOST);
    }
    for path in paths {
        let too_long = path.metadata().is_ok_and(|metadata| metadata.len() > LONGEST);
        if too_long {
            complaints.push(format!("{}: a template may not be longer than 1 MiB", path.display()));
            continue;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let name =
                    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let mut template = Template::compile(&name, &text);
                template.path = Some(path.to_string_lossy().into_owned());
                found.push(template);
            }
            Err(error) => {
                complaints.push(format!("{}: {error}; a template is a text in UTF-8", path.display()))
            }
        }
    }
    (found, complaints)
}

/// Today where the user is, as `YYYY-MM-DD`.
pub fn today() -> String {
    crate::trial::day().unwrap_or_else(|| jiff::Zoned::now().date().to_string())
}

/// The file of a built-in template for reading, written to the user's cache folder when it is first asked for.
///
/// # Errors
/// When there is no such folder, or it may not be written.
pub fn template_file(template: &Template) -> std::io::Result<PathBuf> {
    if let Some(path) = &template.path {
        return Ok(path.into());
    }
    let cache = dirs::cache_dir().ok_or_else(|| std::io::Error::other("there is no cache folder"))?;
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
    fn a_folders_templates_join_the_built_in_ones() {
        let folder = tempfile::tempdir().unwrap();
        let templates = folder.path().join(TEMPLATE_FOLDER);
        std::fs::create_dir_all(&templates).unwrap();
        std::fs::write(templates.join("mine.md"), "# [Title]\n\n## Goal\n").unwrap();
        std::fs::write(templates.join("broken.md"), b"\xff\xfe").unwrap();
        let (environment, complaints) = environment(&[folder.path().to_owned()], TEMPLATE_FOLDER);
        assert!(environment.templates().named("mine").is_some());
        assert_eq!(environment.templates().all().len(), 6);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(root_of(&below), folder.path().canonicalize().ok());
    }
}
