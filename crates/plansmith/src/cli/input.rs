//! Finds and reads the files named on the command line.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use globset::{Glob, GlobMatcher};
use plan_ide::{Environment, File, workspace::path};
use plan_schema::DocumentKind;
use plan_syntax::Document;
use rayon::prelude::*;

use super::{options::GlobalOptions, out, relative_path::relative_path};
use crate::{files, panics::catch_panic, workspace::Project};

/// Arguments of commands that read files and directories.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct InputArguments {
    /// Files and directories; `-` for standard input
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,
    /// Path of the file whose text is on standard input
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
    /// Skip files and directories that match this glob, in addition to `exclude` in plansmith.toml; can be repeated
    #[arg(long, value_name = "GLOB", value_parser = parse_glob)]
    exclude: Vec<Glob>,
    /// Apply `exclude` and --exclude also to files that are named on the command line
    #[arg(long)]
    force_exclude: bool,
}

/// The files that a command reads, and their projects.
pub(super) struct Inputs<F = InputPath> {
    pub(super) project: Project,
    pub(super) files: Vec<F>,
    /// Messages about files that cannot be read.
    pub(super) errors: Vec<String>,
}

impl InputArguments {
    /// Finds files, all Markdown files in directories, and standard input. Files named explicitly can have any extension;
    /// they and standard input are read at once, in their order. In directories, skips files that git ignores and those
    /// that the settings exclude. A file named twice is listed once. Returns `None` if a settings file is invalid.
    pub(super) fn find(&self, options: &GlobalOptions) -> Option<Inputs> {
        let paths = with_stdin(&self.paths, self.stdin_filename.as_deref())?;
        let project = options.project(&project_paths(&paths, self.stdin_filename.as_deref()))?;
        self.find_in(project, &paths, options.output_file.as_deref())
    }

    /// Like [`Self::find`], and reads the files.
    pub(super) fn read(&self, options: &GlobalOptions) -> Option<Inputs<InputFile>> {
        Some(self.find(options)?.read())
    }

    /// Returns `None` after printing an error if the output file is a plan among the inputs.
    fn find_in(&self, project: Project, paths: &[PathBuf], output: Option<&Path>) -> Option<Inputs> {
        let mut finder = InputFinder {
            stdin_filename: self.stdin_filename.as_deref(),
            excluded: self.exclude.iter().map(Glob::compile_matcher).collect(),
            force_exclude: self.force_exclude,
            output: output.map(files::key_of_path),
            ..InputFinder::default()
        };
        for problem in &project.problems {
            // A problem with a path that the command does not name is only a warning.
            match problem.path() {
                Some(key) if !is_given(paths, key) => out::warning(problem),
                _ => finder.errors.push(problem.to_string()),
            }
        }
        for path in paths {
            if path.as_os_str() != "-" && path.is_dir() {
                finder.directory(path, &project);
            } else if self.force_exclude && !project.includes(&files::key_of_path(path)) {
                out::detail(format_args!("{}: excluded by the settings", path.display()));
            } else {
                finder.file(path);
            }
        }
        if let Some(plan) = finder.replaced_plan {
            out::error(format_args!(
                "{plan}: is a plan and also the output file; choose another output file"
            ));
            return None;
        }
        Some(Inputs { project, files: finder.files, errors: finder.errors })
    }
}

/// Parses a glob argument.
fn parse_glob(argument: &str) -> Result<Glob, String> {
    let relative = argument.strip_prefix("./").unwrap_or(argument);
    plan_ide::parse_glob(relative.trim_end_matches('/')).map_err(|error| format!("invalid glob: {error}"))
}

/// Reads the files of a command that takes no directories. Returns `None` if a settings file is invalid.
pub(super) fn read_files(
    paths: &[PathBuf],
    stdin_filename: Option<&Path>,
    options: &GlobalOptions,
) -> Option<Inputs<InputFile>> {
    let paths = &with_stdin(paths, stdin_filename)?;
    let project = options.project_without_files(&project_paths(paths, stdin_filename))?;
    let mut finder = InputFinder { stdin_filename, ..InputFinder::default() };
    paths.iter().for_each(|path| finder.file(path));
    Some(Inputs { project, files: finder.files, errors: finder.errors }.read())
}

/// Returns the paths to read: `-` if `--stdin-filename` is used without paths. Prints an error and returns `None` if it
/// is used with other paths than `-`.
fn with_stdin(paths: &[PathBuf], stdin_filename: Option<&Path>) -> Option<Vec<PathBuf>> {
    if stdin_filename.is_none() || paths.iter().any(|path| path.as_os_str() == "-") {
        return Some(paths.to_vec());
    }
    if paths.iter().all(|path| path.as_os_str() == ".") {
        return Some(vec![PathBuf::from("-")]);
    }
    out::error("`--stdin-filename` requires standard input; use `-` as path");
    None
}

/// Returns the paths whose projects are used: standard input belongs to the project of its file name, or of the working
/// directory.
fn project_paths(paths: &[PathBuf], stdin_filename: Option<&Path>) -> Vec<PathBuf> {
    let stdin = stdin_filename.unwrap_or(Path::new("."));
    let path = |path: &PathBuf| if path.as_os_str() == "-" { stdin.to_owned() } else { path.clone() };
    paths.iter().map(path).collect()
}

/// A file to read, or standard input.
#[derive(Clone, Debug)]
pub(super) struct InputPath {
    /// Path relative to the working directory; `-` for standard input without a file name.
    pub(super) name: String,
    /// Key of the file.
    pub(super) key: String,
    source: InputSource,
}

#[derive(Clone, Debug)]
enum InputSource {
    /// A file found in a directory; it is read when it is needed.
    Disk(PathBuf),
    /// A text that was already read: a file that is named on the command line, or standard input.
    Text { path: Option<PathBuf>, text: String },
}

impl InputPath {
    /// Returns the path on disk; `None` for standard input.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.source {
            InputSource::Disk(path) => Some(path),
            InputSource::Text { path, .. } => path.as_deref(),
        }
    }

    /// Reads the text. The error is a message that starts with the name of the file.
    pub(super) fn read(self) -> Result<InputFile, String> {
        let Self { name, key, source } = self;
        match source {
            InputSource::Text { path, text } => Ok(InputFile { name, key, path, text }),
            InputSource::Disk(path) => match files::read(&path) {
                Ok(text) => Ok(InputFile { name, key, path: Some(path), text }),
                Err(why) => Err(format!("{name}: {why}")),
            },
        }
    }
}

impl Inputs {
    /// Reads all files.
    fn read(self) -> Inputs<InputFile> {
        let Self { project, files: paths, mut errors } = self;
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            match path.read() {
                Ok(file) => files.push(file),
                Err(error) => errors.push(error),
            }
        }
        Inputs { project, files, errors }
    }
}

/// A text with its name for messages.
#[derive(Clone, Debug)]
pub(super) struct InputFile {
    /// Path relative to the working directory; `-` for standard input without a file name.
    pub(super) name: String,
    /// Key of the file.
    pub(super) key: String,
    /// Path on disk; `None` for standard input.
    pub(super) path: Option<PathBuf>,
    pub(super) text: String,
}

impl InputFile {
    /// Parses the text as a file of the workspace.
    pub(super) fn file(&self, environment: &Arc<Environment>) -> File {
        File::with_environment(self.key.clone(), Document::parsed(&self.text), Arc::clone(environment))
    }
}

/// Returns whether a file is a plan with tasks, unlike a report that an earlier command has written.
fn is_plan(key: &str, environment: &Arc<Environment>) -> bool {
    files::read(Path::new(key)).is_ok_and(|text| {
        let file = File::with_environment(key.to_owned(), Document::parsed(&text), Arc::clone(environment));
        file.kind() == DocumentKind::Plan && file.plan().progress().total > 0
    })
}

/// Lists files, each of them only once.
#[derive(Default)]
struct InputFinder<'a> {
    stdin_filename: Option<&'a Path>,
    files: Vec<InputPath>,
    errors: Vec<String>,
    keys: HashSet<String>,
    /// Globs of `--exclude`.
    excluded: Vec<GlobMatcher>,
    /// Whether the globs also apply to named files.
    force_exclude: bool,
    /// Key of the output file. Directory searches skip the file; a command that names it as an input is rejected earlier.
    output: Option<String>,
    /// Name of the output file, if a directory contains it and it is a plan.
    replaced_plan: Option<String>,
}

impl InputFinder<'_> {
    /// Adds the files of a directory.
    fn directory(&mut self, directory: &Path, project: &Project) {
        let root = files::key_of_path(directory);
        let keys = if project.folders.contains(&root) {
            let is_inside = |key: &&String| path::is_in(key, &root);
            project.files.iter().filter(is_inside).cloned().collect()
        } else {
            // The walk of the project has not entered this folder, for example because git ignores it.
            let walked = files::walk(&root);
            self.errors.extend(walked.problems.iter().map(ToString::to_string));
            let keys = walked.files.into_iter().map(|(key, _)| key);
            keys.filter(|key| project.includes(key)).collect::<Vec<_>>()
        };
        for key in keys {
            if self.is_excluded(&relative_path(&key)) {
                continue;
            }
            if self.output.as_ref() != Some(&key) {
                self.add(PathBuf::from(&key), key, false);
            } else if is_plan(&key, &project.environment) {
                self.replaced_plan = Some(relative_path(&key));
            }
        }
    }

    /// Adds a file, or standard input.
    fn file(&mut self, path: &Path) {
        if path.as_os_str() == "-" {
            return self.standard_input();
        }
        if path.is_dir() {
            self.errors.push(format!("{}: is a directory; expected a file", path.display()));
        } else if path.exists() {
            let key = files::key_of_path(path);
            if !self.force_exclude || !self.is_excluded(&relative_path(&key)) {
                self.add(path.to_owned(), key, true);
            }
        } else {
            self.errors.push(not_found(path));
        }
    }

    fn standard_input(&mut self) {
        let key = self.stdin_filename.map_or_else(|| "-".to_owned(), files::key_of_path);
        let name = if key == "-" { key.clone() } else { relative_path(&key) };
        if !self.keys.insert(key.clone()) {
            return;
        }
        match read_stdin() {
            Ok(text) => self.add_text(name, key, None, text),
            Err(error) => self.errors.push(error),
        }
    }

    /// Returns whether `--exclude` skips a file or one of the directories that contain it, by its path relative to the
    /// working directory.
    fn is_excluded(&self, name: &str) -> bool {
        let mut parts = Path::new(name).ancestors().filter(|part| !part.as_os_str().is_empty());
        parts.any(|part| self.excluded.iter().any(|glob| glob.is_match(part)))
    }

    fn add(&mut self, path: PathBuf, key: String, is_named: bool) {
        let name = relative_path(&key);
        if !self.keys.insert(key.clone()) {
            return;
        }
        out::detail(format_args!("file {name}"));
        if !is_named {
            return self.files.push(InputPath { name, key, source: InputSource::Disk(path) });
        }
        match files::read(&path) {
            Ok(text) => self.add_text(name, key, Some(path), text),
            Err(why) => self.errors.push(format!("{name}: {why}")),
        }
    }

    fn add_text(&mut self, name: String, key: String, path: Option<PathBuf>, text: String) {
        self.files.push(InputPath { name, key, source: InputSource::Text { path, text } });
    }
}

/// Returns the message for a path that does not exist, with the most similar name in its folder.
pub(super) fn not_found(path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.symlink_metadata().is_ok() {
        return format!("{}: symbolic link does not lead to a file or directory", path.display());
    }
    let message = format!("{}: no such file or directory", path.display());
    match plan_schema::nearest(&name, names.iter().map(String::as_str)) {
        Some(nearest) => {
            let nearest = folder.map_or_else(|| nearest.into(), |folder| folder.join(nearest));
            format!("{message}; did you mean `{}`?", nearest.display())
        }
        None => message,
    }
}

/// Returns whether a file or folder, by its key, is one of `paths` or inside one of them.
pub(super) fn is_given(paths: &[PathBuf], key: &str) -> bool {
    paths.iter().map(|path| files::key_of_path(path)).any(|given| given == key || path::is_in(key, &given))
}

fn read_stdin() -> Result<String, String> {
    files::read_from(std::io::stdin()).map_err(|why| format!("standard input: {why}"))
}

/// Returns the message for a panic.
pub(super) fn internal_error(panic: &str) -> String {
    format!("internal error: {panic}. Please report this bug")
}

/// Reads files and returns the results of `work` for them, computed in parallel. A file that cannot be read, or whose
/// processing panics, is added to `errors` and does not affect other files.
pub(super) fn process_all<T: Send>(
    files: Vec<InputPath>,
    errors: &mut Vec<String>,
    work: impl Fn(InputFile) -> T + Sync,
) -> Vec<T> {
    let progress = out::progress_bar(files.len());
    let results = files.into_par_iter().map(|file| {
        let name = file.name.clone();
        let result = catch_panic(|| file.read().map(&work));
        progress.inc(1);
        result.unwrap_or_else(|panic| Err(format!("{name}: {}", internal_error(&panic))))
    });
    let results: Vec<_> = results.collect();
    progress.finish_and_clear();
    let mut succeeded = Vec::new();
    for result in results {
        match result {
            Ok(result) => succeeded.push(result),
            Err(error) => errors.push(error),
        }
    }
    succeeded
}
