//! The fixture language of the tests: text in, text out.
//!
//! A fixture is the text of a document in which `$0` marks the cursor, or `$0 … $0` a selection. The result
//! of a feature is rendered as text and compared with the expectation next to the input.

pub mod commonmark;
pub mod edits;
pub mod generate;

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

/// Marks the cursor or either end of a selection.
pub const CURSOR: &str = "$0";

/// Splits a fixture into its text and the marked byte range: empty for one mark, the text between the marks
/// for two.
///
/// # Panics
/// Panics if the fixture has no mark or more than two.
#[track_caller]
pub fn fixture(marked: &str) -> (String, Range<usize>) {
    let parts: Vec<&str> = marked.split(CURSOR).collect();
    let text = parts.concat();
    match parts[..] {
        [before, _] => (text, before.len()..before.len()),
        [before, inside, _] => (text, before.len()..before.len() + inside.len()),
        _ => panic!("a fixture must have one or two `{CURSOR}`, this one has {}", parts.len() - 1),
    }
}

/// Renders notes on a text: each line with a note, with its 1-based number, and below it carets under the
/// range, followed by the note. Lines without a note are omitted.
pub fn annotate(text: &str, notes: &[(Range<usize>, String)]) -> String {
    let mut out = String::new();
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = start + line.len();
        let on_line = |range: &Range<usize>| {
            range.start >= start && (range.start < end || end == text.len() && range.start == end)
        };
        let mut is_line_shown = false;
        for (range, note) in notes.iter().filter(|(range, _)| on_line(range)) {
            if !is_line_shown {
                out.push_str(&format!("{:<4}| {}\n", number + 1, line.trim_end_matches(['\n', '\r'])));
                is_line_shown = true;
            }
            let column = text[start..range.start].chars().count();
            let width =
                text[range.start..range.end.min(end)].trim_end_matches(['\n', '\r']).chars().count().max(1);
            out.push_str(&format!("    | {}{} {note}\n", " ".repeat(column), "^".repeat(width)));
        }
        start = end;
    }
    out
}

/// Applies edits (byte range, new text) to a text. All ranges refer to the text before the edits.
///
/// # Panics
/// Panics if edits overlap or a range is not a valid range of the text.
#[track_caller]
pub fn apply(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut edits: Vec<_> = edits.to_vec();
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    assert!(edits.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "overlapping edits: {edits:?}");
    let mut out = text.to_owned();
    for (range, new) in edits.into_iter().rev() {
        out.replace_range(range, &new);
    }
    out
}

/// Returns the root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns a file or folder of the directory `shared` next to the repository, which has test data that is not part of the
/// repository. Returns `None` if it does not exist.
///
/// # Panics
/// Panics if it does not exist and the environment variable `PLANSMITH_SHARED` states that the directory exists.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = repository().join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("PLANSMITH_SHARED").is_none(), "{} not found", path.display());
    println!("skipped: {} not found", path.display());
    None
}

/// Returns the documents of this repository and, if they are available next to it, real plans: path and text,
/// sorted.
pub fn real_documents() -> Vec<(String, String)> {
    let mut folders: Vec<PathBuf> =
        ["tests/plans", "docs/examples"].iter().map(|folder| repository().join(folder)).collect();
    folders.extend(shared("corpus"));
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                found.push((path.to_string_lossy().into_owned(), text));
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_and_selection() {
        assert_eq!(fixture("a$0b"), ("ab".into(), 1..1));
        assert_eq!(fixture("a$0bc$0d"), ("abcd".into(), 1..3));
    }

    #[test]
    fn notes_are_under_their_columns() {
        let shown = annotate("one\ntwö x\n", &[(9..10, "here".into())]);
        assert_eq!(shown, "2   | twö x\n    |     ^ here\n");
    }

    #[test]
    fn edits_refer_to_the_original_text() {
        assert_eq!(apply("abc", &[(0..1, "xx".into()), (2..3, String::new())]), "xxb");
    }
}
