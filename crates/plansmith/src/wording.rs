//! Wording that the command line and the server share.

/// Appends the available names to a message about an unknown one.
pub(crate) fn with_available(message: &str, names: &[&str]) -> String {
    let names = names.join(", ");
    if message.ends_with('?') {
        format!("{message} Available: {names}")
    } else {
        format!("{message}; available: {names}")
    }
}

/// Formats a count with its noun: `3 files`, `1 file`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}
