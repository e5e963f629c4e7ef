//! The parts of links and definitions: labels, destinations and titles (CommonMark 4.7 and 6.3).

use std::ops::Range;

/// Maximum nesting of parentheses in a destination (the same as in cmark).
const MAX_PARENTHESES_DEPTH: usize = 32;

/// Returns the first offset from `at` on that is not whitespace or a line ending.
pub(crate) fn skip_whitespace(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n')) {
        at += 1;
    }
    at
}

/// Returns the end of the label whose `[` is at `open`, after its `]`. A label contains no unescaped brackets and
/// at most 999 bytes (CommonMark: 999 characters).
pub(crate) fn label_end(bytes: &[u8], open: usize) -> Option<usize> {
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

/// Returns the destination at `start` without angle brackets (possibly empty), and the offset after it
/// including angle brackets.
pub(crate) fn destination(bytes: &[u8], start: usize) -> Option<(Range<usize>, usize)> {
    if bytes.get(start) == Some(&b'<') {
        let inside = angle_bracketed(bytes, start)?;
        let end = inside.end + 1;
        Some((inside, end))
    } else {
        let destination = without_brackets(bytes, start)?;
        let end = destination.end;
        Some((destination, end))
    }
}

fn angle_bracketed(bytes: &[u8], open: usize) -> Option<Range<usize>> {
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

fn without_brackets(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let mut depth = 0;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 1,
            b'(' => {
                depth += 1;
                if depth > MAX_PARENTHESES_DEPTH {
                    return None;
                }
            }
            b')' if depth == 0 => break,
            b')' => depth -= 1,
            // Control characters; a NUL byte represents U+FFFD (CommonMark 2.3).
            0x01..=b' ' | 0x7f => break,
            _ => {}
        }
        at += 1;
    }
    (depth == 0).then_some(start..at)
}

/// Returns the end of the title at `start`, after its closing quote or parenthesis.
pub(crate) fn title(bytes: &[u8], start: usize) -> Option<usize> {
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
