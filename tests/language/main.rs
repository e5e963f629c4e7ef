//! The wording of everything that a user or a contributor reads: source files with their comments and strings, the
//! editors' plugins, the documentation, and what the program prints about itself.
//!
//! `docs/contributing.md` has the rules of style. The words in [`BANNED`] are words for which the field has a standard
//! term.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod banned;
mod comments;
mod forms;
mod names;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Files and directories that are searched, relative to the root of the project.
const SEARCHED: [&str; 7] = ["crates", "docs", "editors", "tests", "packaging", "README.md", "CHANGELOG.md"];

/// Directories and files with text of other projects or without readers.
const NOT_OURS: [&str; 9] = [
    "node_modules",
    "target",
    "out",
    "package-lock.json",
    "Cargo.lock",
    // Documents of other projects, and inputs of the fuzzer.
    "tests/data",
    "tests/fuzz/seeds",
    // Plans that show how real plans are written.
    "tests/plans",
    // The list of banned words.
    "tests/language/banned.rs",
];

/// Extensions of files with text.
const TEXT: [&str; 13] =
    ["rs", "md", "txt", "lua", "ts", "cjs", "mjs", "json", "toml", "css", "sh", "py", "c"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Returns all searched files: their paths relative to the root, and their texts.
fn files() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    let mut pending: Vec<PathBuf> = SEARCHED.iter().map(|path| root.join(path)).collect();
    while let Some(path) = pending.pop() {
        let relative = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if NOT_OURS.iter().any(|other| relative == *other || name == *other) {
            continue;
        }
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| TEXT.iter().any(|text| ending == *text)) {
            found.push((relative, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    assert!(found.len() > 300, "only {} files were found", found.len());
    found
}

/// Returns the output of the program, first standard output, then standard error.
fn output(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .current_dir(root())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}
