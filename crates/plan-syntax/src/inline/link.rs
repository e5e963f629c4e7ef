//! Destinations of inline links, and autolinks (CommonMark 6.3 and 6.5).

use std::ops::Range;

use crate::link_parts::{destination, skip_whitespace, title};

/// The content of the parentheses of an inline link.
pub(super) struct InlineTarget {
    /// The destination without angle brackets.
    pub(super) destination: Range<usize>,
    /// Offset after the closing parenthesis.
    pub(super) end: usize,
}

/// Parses `(destination "title")`, whose opening parenthesis is at `open`.
pub(super) fn inline_target(text: &str, open: usize) -> Option<InlineTarget> {
    let bytes = text.as_bytes();
    let (destination, after) = destination(bytes, skip_whitespace(bytes, open + 1))?;
    let mut at = skip_whitespace(bytes, after);
    if at > after
        && let Some(end) = title(bytes, at)
    {
        at = skip_whitespace(bytes, end);
    }
    (bytes.get(at) == Some(&b')')).then_some(InlineTarget { destination, end: at + 1 })
}

/// Returns the length of the autolink that starts with this `<`: an absolute URI or an email address.
pub(super) fn autolink(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find(['>', '<', ' ', '\n', '\t'])?;
    let address = inside[..end].to_owned();
    if inside.as_bytes()[end] != b'>' || address.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    (has_scheme(&address) || is_email(&address)).then_some(end + 2)
}

fn has_scheme(address: &str) -> bool {
    let Some((scheme, _)) = address.split_once(':') else { return false };
    (2..=32).contains(&scheme.len())
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
}

fn is_email(address: &str) -> bool {
    let Some((name, host)) = address.split_once('@') else { return false };
    let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    !name.is_empty() && name.bytes().all(name_byte) && host.split('.').all(label)
}
