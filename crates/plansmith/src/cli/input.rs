//! Which files are meant, and reading them.

use std::{
    fmt::Write as _,
    io::Read,
    path::{Path, PathBuf},
};

use ignore::WalkBuilder;

/// A text with the name it was asked for by.
pub(super) struct Source {
    /// As given on the command line, or below the folder given there.
    pub(super) name: String,
    /// Where it is on disk; nothing for standard input.
    pub(super) path: Option<PathBuf>,
    pub(super) text: String,
}

/// The file endings of Markdown.
const ENDINGS: [&str; 2] = ["md", "markdown"];

/// Finds and reads the Markdown files that paths mean: a file itself, whatever its ending, and all Markdown below a folder
/// that git would not ignore. `-` is standard input, called `stdin_name`. Second come complaints about what could not be
/// read.
pub(super) fn read_all(paths: &[PathBuf], stdin_name: Option<&str>) -> (Vec<Source>, Vec<String>) {
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
            for file in walk(path, &mut complaints) {
                add(&file, &mut sources, &mut complaints);
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

/// The Markdown files below a folder, sorted.
fn walk(folder: &Path, complaints: &mut Vec<String>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut builder = WalkBuilder::new(folder);
    // The templates' folder is hidden, and belongs to the project all the same.
    let templates = folder.join(plan_ide::TEMPLATE_FOLDER);
    if templates.is_dir() {
        builder.add(templates);
    }
    for entry in builder.require_git(false).build() {
        match entry {
            Ok(entry) => {
                let is_file = entry
                    .file_type()
                    .is_some_and(|kind| kind.is_file() || kind.is_symlink() && entry.path().is_file());
                let is_markdown = entry
                    .path()
                    .extension()
                    .and_then(|ending| ending.to_str())
                    .is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)));
                if is_file && is_markdown {
                    files.push(entry.into_path());
                }
            }
            Err(error) => complaints.push(error.to_string()),
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> Result<String, String> {
    let bytes =
        std::fs::read(path).map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    decode(bytes).map_err(|why| format!("{}: {why}", path.display()))
}

fn read_stdin() -> Result<String, String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| format!("standard input cannot be read: {error}"))?;
    decode(bytes).map_err(|why| format!("standard input: {why}"))
}

fn decode(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let mut why = format!("is not UTF-8 (byte {at})");
        let bytes = error.as_bytes();
        let hint = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            "; it looks like UTF-16: save it as UTF-8"
        } else {
            "; save it as UTF-8"
        };
        let _ = write!(why, "{hint}");
        why
    })
}
