//! Wording that the command line and the server share.

/// Formats a count with its noun: `3 files`, `1 file`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}
