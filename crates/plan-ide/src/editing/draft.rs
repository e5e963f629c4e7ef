//! Changes in several steps, each based on the result of the previous one.

use plan_syntax::Document;
use similar::{DiffOp, capture_diff_slices_deadline};

use super::list_markers;
use crate::{Edit, File};

/// A file that is changed in several steps.
#[derive(Debug)]
pub(crate) struct Draft {
    before: File,
    now: File,
}

impl Draft {
    pub(crate) fn new(file: &File) -> Self {
        Self { before: file.clone(), now: file.clone() }
    }

    /// Returns the file after the steps so far.
    pub(crate) fn file(&self) -> &File {
        &self.now
    }

    /// Applies a step: edits of the current file.
    pub(crate) fn step(&mut self, edits: &[Edit]) {
        if !edits.is_empty() {
            let text = applied(&self.now.document().text(), edits);
            let environment = self.now.shared_environment();
            self.now = File::with_environment(self.now.path(), Document::new(&text), environment);
        }
    }

    /// Lets the ordered lists count as they did before all steps.
    pub(crate) fn count_lists(&mut self) {
        let edits = list_markers::count_on(self.before.document(), self.now.document());
        self.step(&edits);
    }

    /// Returns the difference between the original and the current file, line by line.
    pub(crate) fn edits(&self) -> Vec<Edit> {
        difference(&self.before.document().text(), &self.now.document().text())
    }
}

/// Applies edits to a text. Of overlapping edits, the first wins.
pub(crate) fn applied(text: &str, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        if edit.range.start < at {
            continue;
        }
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Returns the edits that turn `old` into `new`: for each run of changed lines, only the part that differs.
pub(crate) fn difference(old: &str, new: &str) -> Vec<Edit> {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    // Offset of each line, and of the end.
    let starts = |lines: &[&str]| -> Vec<usize> {
        let ends = lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(ends).collect()
    };
    let (old_at, new_at) = (starts(&before), starts(&after));
    let operations = capture_diff_slices_deadline(similar::Algorithm::Myers, &before, &after, None);
    let mut edits = Vec::new();
    for operation in operations {
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let (here, there) = (operation.old_range(), operation.new_range());
        let (from, to) = (old_at[here.start], old_at[here.end]);
        let (new_from, new_to) = (new_at[there.start], new_at[there.end]);
        if here.len() == there.len() {
            // Line by line: renumbering a list gives many small edits instead of one large one.
            for (a, b) in here.zip(there) {
                edits.extend(trimmed(
                    old_at[a],
                    &old[old_at[a]..old_at[a + 1]],
                    &new[new_at[b]..new_at[b + 1]],
                ));
            }
        } else {
            edits.extend(trimmed(from, &old[from..to], &new[new_from..new_to]));
        }
    }
    edits
}

/// Returns the edit that turns the text `old` at `start` into `new`, without their common prefix and suffix.
fn trimmed(start: usize, old: &str, new: &str) -> Option<Edit> {
    let mut front = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
    while !old.is_char_boundary(front) || !new.is_char_boundary(front) {
        front -= 1;
    }
    let (old_rest, new_rest) = (&old[front..], &new[front..]);
    let mut back = old_rest.bytes().rev().zip(new_rest.bytes().rev()).take_while(|(a, b)| a == b).count();
    while !old_rest.is_char_boundary(old_rest.len() - back)
        || !new_rest.is_char_boundary(new_rest.len() - back)
    {
        back -= 1;
    }
    // Never split a CRLF.
    if back > 0
        && old_rest[old_rest.len() - back..].starts_with('\n')
        && old_rest[..old_rest.len() - back].ends_with('\r')
    {
        back -= 1;
    }
    if back > 0
        && new_rest[new_rest.len() - back..].starts_with('\n')
        && new_rest[..new_rest.len() - back].ends_with('\r')
    {
        back -= 1;
    }
    let edit = Edit {
        range: start + front..start + old.len() - back,
        text: new_rest[..new_rest.len() - back].to_owned(),
    };
    (!edit.range.is_empty() || !edit.text.is_empty()).then_some(edit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edits_cover_only_what_differs() {
        let shown = |old: &str, new: &str| -> Vec<(usize, usize, String)> {
            difference(old, new)
                .into_iter()
                .map(|edit| (edit.range.start, edit.range.end, edit.text))
                .collect()
        };
        assert_eq!(shown("a\nb\nc\n", "a\nB\nc\n"), [(2, 3, "B".to_owned())]);
        assert_eq!(shown("a\nc\n", "a\nb\nc\n"), [(2, 2, "b\n".to_owned())]);
        assert_eq!(shown("1 a\n2 b\n", "2 a\n3 b\n"), [(0, 1, "2".to_owned()), (4, 5, "3".to_owned())]);
        assert!(shown("x\r\n", "x\r\n").is_empty());
    }

    proptest! {
        #[test]
        fn applying_the_difference_gives_the_other(old in "[ab\r\né]{0,40}", new in "[ab\r\né]{0,40}") {
            prop_assert_eq!(applied(&old, &difference(&old, &new)), new);
        }
    }
}
