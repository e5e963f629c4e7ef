//! Text edits.

use crate::TextRange;

/// Replaces a range with a text. All edits of a change refer to the text before the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Range to replace; empty for an insertion.
    pub range: TextRange,
    /// Replacement text.
    pub text: String,
}

impl Edit {
    /// Returns an edit that replaces a range.
    pub fn replace(range: TextRange, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    /// Returns an edit that inserts at an offset.
    pub fn insert(offset: usize, text: impl Into<String>) -> Self {
        Self { range: offset..offset, text: text.into() }
    }
}

/// Returns a text after edits. If edits overlap, the first one is applied.
pub fn apply_edits(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in without_overlaps(edits) {
        out.push_str(&text[at..edit.range.start]);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Returns edits in order, without those that overlap an earlier one.
pub(crate) fn without_overlaps(edits: &[Edit]) -> Vec<&Edit> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut end = 0;
    sorted.retain(|edit| {
        let is_after = edit.range.start >= end;
        end = if is_after { edit.range.end } else { end };
        is_after
    });
    sorted
}
