//! Which files are meant, and reading them.

use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Environment, File};
use plan_syntax::Document;
use rayon::prelude::*;

use crate::{
    files::{self, Filter},
    panics::caught,
};

/// A text with the name it was asked for by.
pub(super) struct Source {
    /// As given on the command line, or below the folder given there.
    pub(super) name: String,
    /// Where it is on disk; nothing for standard input.
    pub(super) path: Option<PathBuf>,
    pub(super) text: String,
}

impl Source {
    /// The text as a file of the workspace.
    pub(super) fn file(&self, environment: &Arc<Environment>) -> File {
        let path = self.path.as_ref().map_or_else(|| self.name.clone(), |path| files::key_of_path(path));
        File::within(path, Document::unedited(&self.text), Arc::clone(environment))
    }
}

/// Finds and reads the Markdown files that paths mean: a file itself, whatever its ending, and all Markdown below a folder
/// that git would not ignore and that `takes` takes, by its key. `-` is standard input, called `stdin_name`. Second come
/// complaints about what could not be read.
pub(super) fn read_all(
    paths: &[PathBuf],
    stdin_name: Option<&str>,
    takes: &dyn Fn(&str) -> bool,
) -> (Vec<Source>, Vec<String>) {
    let mut sources = Vec::new();
    let mut complaints = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            match read_stdin() {
                Ok(text) => {
                    sources.push(Source { name: stdin_name.unwrap_or("-").to_owned(), path: None, text })
                }
                Err(complaint) => complaints.push(complaint),
            }
        } else if path.is_dir() {
            let root = files::key_of_path(path);
            let walked = files::walk(&root, &Filter::default());
            complaints.extend(walked.complaints);
            for (key, _) in walked.files.into_iter().filter(|(key, _)| takes(key)) {
                // Named as the folder was.
                add(&path.join(key[root.len()..].trim_start_matches('/')), &mut sources, &mut complaints);
            }
        } else if path.exists() {
            add(path, &mut sources, &mut complaints);
        } else {
            complaints.push(format!("{}: there is no such file or folder", path.display()));
        }
    }
    (sources, complaints)
}

fn add(path: &Path, sources: &mut Vec<Source>, complaints: &mut Vec<String>) {
    match read(path) {
        Ok(text) => sources.push(Source {
            name: path.to_string_lossy().into_owned(),
            path: Some(path.to_owned()),
            text,
        }),
        Err(complaint) => complaints.push(complaint),
    }
}

fn read(path: &Path) -> Result<String, String> {
    files::read(path).map_err(|why| format!("{}: {why}", path.display()))
}

fn read_stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| format!("standard input cannot be read: {error}"))?;
    files::decode(bytes).map_err(|why| format!("standard input: {why}"))
}

/// The name of a source without the `./` of the folder that one is in.
pub(super) fn plain_name(name: &str) -> &str {
    name.strip_prefix("./").or_else(|| name.strip_prefix(".\\")).unwrap_or(name)
}

/// The path of a file as it is told to people: from where the command was run.
pub(super) fn shown_path(path: &str) -> String {
    let here = std::env::current_dir().map(|here| files::key_of_path(&here)).unwrap_or_default();
    path.strip_prefix(&here).and_then(|path| path.strip_prefix('/')).unwrap_or(path).to_owned()
}

/// What to say of a file that we fail at, after its name.
pub(super) fn given_up(panic: &str) -> String {
    format!("given up, which is a defect of plansmith: {panic}")
}

/// What `work` makes of each source, on all processors, with what else belongs to it. A file that we fail at does not keep
/// the others from their results: it becomes a complaint.
pub(super) fn each<A: Send, T: Send>(
    sources: Vec<(Source, A)>,
    complaints: &mut Vec<String>,
    work: impl Fn(Source, A) -> T + Sync,
) -> Vec<T> {
    let done = sources.into_par_iter().map(|(source, more)| {
        let name = source.name.clone();
        caught(|| work(source, more)).map_err(|said| format!("{name}: {}", given_up(&said)))
    });
    let mut results = Vec::new();
    for result in done.collect::<Vec<_>>() {
        match result {
            Ok(result) => results.push(result),
            Err(complaint) => complaints.push(complaint),
        }
    }
    results
}
