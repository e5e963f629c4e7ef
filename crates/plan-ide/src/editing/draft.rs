//! Changes in several steps, each based on the result of the previous one.

use plan_syntax::{Document, RangeExt};
use similar::{DiffOp, capture_diff_slices_deadline};

use super::list_markers;
use crate::{Edit, File, apply_edits, edit::without_overlaps};

/// Maximum number of edits of a step that are applied one by one. Larger steps are applied to the whole text at once:
/// each single edit splits its segment again, and a segment can be as long as the document.
const MAX_SINGLE_EDITS: usize = 32;

/// A file that is changed in several steps.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    before: File,
    now: File,
    /// The edits that turn `before` into `now`: sorted, with unchanged text between them.
    edits: Vec<Edit>,
}

impl Draft {
    pub(crate) fn new(file: &File) -> Self {
        Self { before: file.clone(), now: file.clone(), edits: Vec::new() }
    }

    /// Returns the file after the steps so far.
    pub(crate) fn file(&self) -> &File {
        &self.now
    }

    /// Applies a step: edits of the current file. If edits overlap, the first one is applied.
    pub(crate) fn step(&mut self, edits: &[Edit]) {
        let step = without_overlaps(edits);
        if step.is_empty() {
            return;
        }
        self.edits = compose(&self.edits, &step, self.now.document());
        let document = if step.len() > MAX_SINGLE_EDITS {
            Document::new(&apply_edits(&self.now.document().text(), edits))
        } else {
            let mut document = self.now.document().clone();
            for edit in step.iter().rev() {
                document.edit(edit.range.clone(), &edit.text);
            }
            document
        };
        let (previous, environment) = (self.now.cached_plan().cloned(), self.now.shared_environment());
        self.now = File::with_previous(previous, self.now.path(), document, environment);
    }

    /// Adds the steps of a draft that started with the current file.
    pub(crate) fn follow(&mut self, steps: &Self) {
        let added: Vec<&Edit> = steps.edits.iter().collect();
        self.edits = compose(&self.edits, &added, self.now.document());
        self.now = steps.now.clone();
    }

    /// Renumbers ordered lists in the way in which they were numbered before all steps; see [`list_markers::renumber_lists_like`].
    pub(crate) fn renumber_lists(&mut self) {
        let edits = list_markers::renumber_lists_like(self.before.document(), self.now.document());
        self.step(&edits);
    }

    /// Returns the edits that turn the original file into the current one, as small as possible.
    pub(crate) fn edits(&self) -> Vec<Edit> {
        let small = self.edits.iter().flat_map(|edit| {
            let start = edit.range.start;
            let old = self.before.document().slice(edit.range.clone());
            let parts = difference(&old, &edit.text).into_iter();
            parts.map(move |part| Edit::replace(part.range.shifted(0, start), part.text))
        });
        small.collect()
    }
}

/// Returns the edits that have the effect of `first` and then `second`. `now` is the text between the two.
fn compose(first: &[Edit], second: &[&Edit], now: &Document) -> Vec<Edit> {
    let mut composed: Vec<Edit> = Vec::new();
    let (mut first, mut second) = (first.iter().peekable(), second.iter().peekable());
    // Length added by the edits of `first` so far: the distance between offsets of `now` and of the original text.
    let mut added = 0_isize;
    let in_now = |edit: &Edit, added: isize| {
        let start = edit.range.start.wrapping_add_signed(added);
        start..start + edit.text.len()
    };
    loop {
        let start =
            [first.peek().map(|edit| in_now(edit, added).start), second.peek().map(|edit| edit.range.start)];
        let Some(start) = start.into_iter().flatten().min() else { return composed };
        let (original_start, mut end, mut copied) = (start.wrapping_add_signed(-added), start, start);
        let mut text = String::new();
        // Edits that touch become one edit.
        loop {
            if let Some(edit) = first.next_if(|edit| in_now(edit, added).start <= end) {
                end = end.max(in_now(edit, added).end);
                added += edit.text.len() as isize - edit.range.len() as isize;
            } else if let Some(edit) = second.next_if(|edit| edit.range.start <= end) {
                text.push_str(&now.slice(copied..edit.range.start));
                text.push_str(&edit.text);
                copied = edit.range.end;
                end = end.max(copied);
            } else {
                break;
            }
        }
        text.push_str(&now.slice(copied..end));
        composed.push(Edit::replace(original_start..end.wrapping_add_signed(-added), text));
    }
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
            // Compare line by line: renumbering a list results in many small edits instead of one large one.
            for (a, b) in here.zip(there) {
                edits.extend(minimal_edit(
                    old_at[a],
                    &old[old_at[a]..old_at[a + 1]],
                    &new[new_at[b]..new_at[b + 1]],
                ));
            }
        } else {
            edits.extend(minimal_edit(from, &old[from..to], &new[new_from..new_to]));
        }
    }
    edits
}

/// Returns the edit that turns the text `old` at `start` into `new`, without their common prefix and suffix.
fn minimal_edit(start: usize, old: &str, new: &str) -> Option<Edit> {
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
    fn edits_cover_only_differences() {
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

    /// Returns disjoint edits of a text from pairs of numbers.
    fn edits_of(text: &str, numbers: &[(usize, usize, &'static str)]) -> Vec<Edit> {
        let boundary = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let edits = numbers.iter().map(|(at, length, new)| {
            let start = boundary(at % (text.len() + 1));
            Edit::replace(start..boundary((start + length).min(text.len())).max(start), *new)
        });
        edits.collect()
    }

    proptest! {
        #[test]
        fn the_edits_of_several_steps_give_the_last_text(
            text in "[ab\r\né]{0,40}",
            steps in prop::collection::vec(
                prop::collection::vec((0..60usize, 0..5usize, prop::sample::select(vec!["", "x", "y\n", "é"])), 1..4),
                1..5,
            ),
        ) {
            let file = File::new("plan.md", Document::new(&text));
            let mut draft = Draft::new(&file);
            let mut now = text.clone();
            for step in steps {
                let edits = edits_of(&now, &step);
                now = apply_edits(&now, &edits);
                draft.step(&edits);
                prop_assert_eq!(draft.file().document().text(), &*now);
                prop_assert_eq!(apply_edits(&text, &draft.edits()), &*now);
            }
        }

        #[test]
        fn applying_the_difference_gives_the_other(old in "[ab\r\né]{0,40}", new in "[ab\r\né]{0,40}") {
            prop_assert_eq!(apply_edits(&old, &difference(&old, &new)), new);
        }
    }
}
