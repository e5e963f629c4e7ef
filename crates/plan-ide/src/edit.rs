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
