//! Fixture plans, each showing one kind of syntax, with the expected output of `plansmith inspect`.
//!
//! `NAME.md` is the document, `NAME.txt` the expected output. `examples` has the expected output for the files in
//! `docs/examples`. `UPDATE_EXPECT=1 cargo test --test plans` updates the expected output; review the changes.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use plansmith::inspect::InspectedDocument;

/// Returns the Markdown files of a directory of the repository, sorted by name.
fn documents(directory: &str) -> Vec<PathBuf> {
    let directory =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(directory).canonicalize().unwrap();
    let entries = std::fs::read_dir(directory).unwrap();
    let mut documents: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    documents.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents.sort();
    documents
}

fn check(path: &Path, expected: PathBuf) {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    expect_file![expected].assert_eq(&InspectedDocument::new(&name, &text).tree());
}

#[test]
fn fixtures_are_read_as_expected() {
    let documents = documents("tests/plans");
    assert!(documents.len() >= 40, "only {} documents found", documents.len());
    for path in documents {
        check(&path, path.with_extension("txt"));
    }
}

/// The examples contain every construct of the templates.
#[test]
fn examples_are_read_as_expected() {
    let expected =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/plans/examples").canonicalize().unwrap();
    for path in documents("docs/examples") {
        check(&path, expected.join(path.file_name().unwrap()).with_extension("txt"));
    }
}
