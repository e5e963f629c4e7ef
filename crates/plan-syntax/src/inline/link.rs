//! Destinations, titles, labels and autolinks (CommonMark 6.3 and 6.5).

use std::ops::Range;

/// What stands in the parentheses of an inline link.
pub(super) struct Target {
    /// Without angle brackets.
    pub(super) destination: Range<usize>,
    /// After the closing parenthesis.
    pub(super) end: usize,
}

/// The nesting of parentheses in a destination that is followed (as cmark does).
const NESTING: usize = 32;

/// Reads `(destination "title")`, whose opening parenthesis stands at `open`.
pub(super) fn inline_target(text: &str, open: usize) -> Option<Target> {
    let bytes = text.as_bytes();
    let start = skip_blanks(bytes, open + 1);
    let destination =
        if bytes.get(start) == Some(&b'<') { bracketed(bytes, start) } else { bare(bytes, start) }?;
    let after = if bytes.get(start) == Some(&b'<') { destination.end + 1 } else { destination.end };
    let mut at = skip_blanks(bytes, after);
    if at > after
        && let Some(end) = title(bytes, at)
    {
        at = skip_blanks(bytes, end);
    }
    (bytes.get(at) == Some(&b')')).then_some(Target { destination, end: at + 1 })
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n')) {
        at += 1;
    }
    at
}

fn bracketed(bytes: &[u8], open: usize) -> Option<Range<usize>> {
    let mut at = open + 1;
    loop {
        match bytes.get(at)? {
            b'>' => return Some(open + 1..at),
            b'<' | b'\n' => return None,
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 2,
            _ => at += 1,
        }
    }
}

fn bare(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let mut depth = 0;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 1,
            b'(' => {
                depth += 1;
                if depth > NESTING {
                    return None;
                }
            }
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            byte if *byte <= b' ' || *byte == 0x7f => break,
            _ => {}
        }
        at += 1;
    }
    (depth == 0).then_some(start..at)
}

/// The end of a title that starts here.
fn title(bytes: &[u8], start: usize) -> Option<usize> {
    let close = match bytes.get(start)? {
        quote @ (b'"' | b'\'') => *quote,
        b'(' => b')',
        _ => return None,
    };
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            byte if *byte == close => return Some(at + 1),
            b'(' if close == b')' => return None,
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 2,
            _ => at += 1,
        }
    }
}

/// The end of the label whose `[` stands at `open`; labels hold no brackets and at most 999 characters.
pub(super) fn label_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while at - open <= 1000 {
        match bytes.get(at)? {
            b']' => return Some(at + 1),
            b'[' => return None,
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 2,
            _ => at += 1,
        }
    }
    None
}

/// The length of the autolink that starts with this `<`: an address with a scheme, or one of mail.
pub(super) fn autolink(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find(['>', '<', ' ', '\n', '\t'])?;
    let address = inside[..end].to_owned();
    if inside.as_bytes()[end] != b'>' || address.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    (has_scheme(&address) || is_mail(&address)).then_some(end + 2)
}

fn has_scheme(address: &str) -> bool {
    let Some((scheme, _)) = address.split_once(':') else { return false };
    (2..=32).contains(&scheme.len())
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
}

fn is_mail(address: &str) -> bool {
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
