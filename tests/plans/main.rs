//! Plans of our own, each showing one family of forms, with what is read of them beside them.
//!
//! `NAME.md` is the document, `NAME.txt` what `plansmith inspect` says of it; `examples` holds the same for docs/examples. `UPDATE_EXPECT=1 cargo test --test plans`
//! writes the texts anew; read what it wrote.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use plansmith::inspect::Inspected;

/// The Markdown files of a folder of the project, by name.
fn documents(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder).canonicalize().unwrap();
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found.sort();
    found
}

fn check(path: &Path, expected: PathBuf) {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    expect_file![expected].assert_eq(&Inspected::new(&name, &text).tree());
}

#[test]
fn every_document_reads_as_expected() {
    let documents = documents("tests/plans");
    assert!(documents.len() >= 40, "only {} documents found", documents.len());
    for path in documents {
        check(&path, path.with_extension("txt"));
    }
}

/// The examples show every construct of the templates.
#[test]
fn every_example_reads_as_expected() {
    let expected =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/plans/examples").canonicalize().unwrap();
    for path in documents("docs/examples") {
        check(&path, expected.join(path.file_name().unwrap()).with_extension("txt"));
    }
}
