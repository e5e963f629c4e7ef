//! Case-insensitive ASCII matching.

/// Returns whether `text` starts with `prefix`, ignoring ASCII case.
pub(crate) fn starts_with(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Returns whether `text` contains `needle`, ignoring ASCII case.
pub(crate) fn contains(text: &str, needle: &str) -> bool {
    text.as_bytes().windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle.as_bytes()))
}
