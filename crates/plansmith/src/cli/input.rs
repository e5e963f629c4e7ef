//! Finds and reads the files named on the command line.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Environment, File, workspace::path};
use plan_syntax::Document;
use rayon::prelude::*;

use super::out;
use crate::{files, panics::catch_panic, workspace::Project};

/// A text with its name for messages.
pub(super) struct InputFile {
    /// Path as given on the command line, or path within a directory given there.
    pub(super) name: String,
    /// Path on disk; `None` for standard input.
    pub(super) path: Option<PathBuf>,
    pub(super) text: String,
}

impl InputFile {
    /// Returns the text as a file of the workspace.
    pub(super) fn file(&self, environment: &Arc<Environment>) -> File {
        let path = self.path.as_ref().map_or_else(|| self.name.clone(), |path| files::key_of_path(path));
        File::with_environment(path, Document::parsed(&self.text), Arc::clone(environment))
    }
}

/// Reads files, all Markdown files in directories, and standard input (`-`, reported as `stdin_name`). Files named explicitly
/// can have any extension. In directories, skips files that git ignores and those that the settings of `project` exclude.
/// Also returns errors about unreadable files.
pub(super) fn read_all(
    paths: &[PathBuf],
    stdin_name: Option<&str>,
    project: Option<&Project>,
) -> (Vec<InputFile>, Vec<String>) {
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for problem in project.iter().flat_map(|project| &project.problems) {
        // Not an error if the command does not name it.
        match problem.path() {
            Some(key) if !is_given(paths, key) => out::warning(problem),
            _ => errors.push(problem.to_string()),
        }
    }
    for path in paths {
        if path.as_os_str() == "-" {
            match read_stdin() {
                Ok(text) => {
                    sources.push(InputFile { name: stdin_name.unwrap_or("-").to_owned(), path: None, text })
                }
                Err(error) => errors.push(error),
            }
        } else if path.is_dir() {
            let root = files::key_of_path(path);
            let keys = match project.filter(|project| project.folders.contains(&root)) {
                Some(project) => {
                    let is_inside = |key: &&String| path::is_in(key, &root);
                    project.files.iter().filter(is_inside).cloned().collect()
                }
                // A folder that walks of the project do not enter, such as an ignored one.
                None => {
                    let walked = files::walk(&root);
                    errors.extend(walked.problems.iter().map(ToString::to_string));
                    let keys = walked.files.into_iter().map(|(key, _)| key);
                    keys.filter(|key| project.is_none_or(|project| project.includes(key))).collect::<Vec<_>>()
                }
            };
            for key in keys {
                // Keep the spelling of the directory.
                add(&path.join(key[root.len()..].trim_start_matches('/')), &mut sources, &mut errors);
            }
        } else if path.exists() {
            add(path, &mut sources, &mut errors);
        } else {
            errors.push(format!("{}: no such file or directory", path.display()));
        }
    }
    (sources, errors)
}

/// Returns whether a file or folder is one of these paths, or inside one of them.
fn is_given(paths: &[PathBuf], key: &str) -> bool {
    paths.iter().map(|path| files::key_of_path(path)).any(|given| given == key || path::is_in(key, &given))
}

fn add(path: &Path, sources: &mut Vec<InputFile>, errors: &mut Vec<String>) {
    match read(path) {
        Ok(text) => sources.push(InputFile {
            name: path.to_string_lossy().into_owned(),
            path: Some(path.to_owned()),
            text,
        }),
        Err(error) => errors.push(error),
    }
}

fn read(path: &Path) -> Result<String, String> {
    files::read(path).map_err(|why| format!("{}: {why}", path.display()))
}

fn read_stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read standard input: {}", crate::disk::description(&error)))?;
    files::decode(bytes).map_err(|why| format!("standard input: {why}"))
}

/// Returns a name without leading `./`.
pub(super) fn without_dot_slash(name: &str) -> &str {
    name.strip_prefix("./").or_else(|| name.strip_prefix(".\\")).unwrap_or(name)
}

/// Returns a path relative to the working directory, if it is inside.
pub(super) fn relative_path(path: &str) -> String {
    let here = std::env::current_dir().map(|here| files::key_of_path(&here)).unwrap_or_default();
    path.strip_prefix(&here).and_then(|path| path.strip_prefix('/')).unwrap_or(path).to_owned()
}

/// Returns the message for a panic.
pub(super) fn internal_error(panic: &str) -> String {
    format!("internal error: {panic}. Please report this bug")
}

/// Returns the results of `work` for all sources with their additional data, computed in parallel. A panic is added to
/// `errors` and does not affect other files.
pub(super) fn process_all<A: Send, T: Send>(
    sources: Vec<(InputFile, A)>,
    errors: &mut Vec<String>,
    work: impl Fn(InputFile, A) -> T + Sync,
) -> Vec<T> {
    let results = sources.into_par_iter().map(|(source, data)| {
        let name = source.name.clone();
        catch_panic(|| work(source, data)).map_err(|panic| format!("{name}: {}", internal_error(&panic)))
    });
    let mut succeeded = Vec::new();
    for result in results.collect::<Vec<_>>() {
        match result {
            Ok(result) => succeeded.push(result),
            Err(error) => errors.push(error),
        }
    }
    succeeded
}
