//! Changes of a text.

use crate::Place;

/// Replaces a range by a text. Several edits of one change all mean the text before the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub range: Place,
    /// What it is replaced by.
    pub text: String,
}

impl Edit {
    /// Replaces.
    pub fn replace(range: Place, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    /// Inserts.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self { range: at..at, text: text.into() }
    }
}
