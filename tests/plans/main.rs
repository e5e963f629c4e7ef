//! Plans of our own, each showing one family of forms, with what is read of them beside them.
//!
//! `NAME.md` is the document, `NAME.txt` what `plansmith inspect` says of it. `UPDATE_EXPECT=1 cargo test --test plans`
//! writes the texts anew; read what it wrote.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use plansmith::inspect::Inspected;

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/plans");
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found.sort();
    found
}

#[test]
fn every_document_reads_as_expected() {
    let documents = documents();
    assert!(documents.len() >= 40, "only {} documents found", documents.len());
    for path in documents {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let expected = path.canonicalize().unwrap().with_extension("txt");
        expect_file![expected].assert_eq(&Inspected::new(&name, &text).tree());
    }
}
