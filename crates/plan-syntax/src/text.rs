//! Ranges of lines and of parts of lines, in the original text.

use std::ops::Range;

use crate::outline::{Checkbox, SegmentSpan, checkbox_character};

/// Returns the offset at which the line of `at` ends, before its line ending.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    at + memchr::memchr2(b'\n', b'\r', &bytes[at..]).unwrap_or(bytes.len() - at)
}

/// Returns the start of the line after the one that ends at `end`.
pub(crate) fn next_line(bytes: &[u8], end: usize) -> usize {
    match &bytes[end..] {
        [b'\r', b'\n', ..] => end + 2,
        [_, ..] => end + 1,
        [] => end,
    }
}

/// Returns the end of a range without trailing lines that consist only of container prefixes. The first line
/// is always kept.
pub(crate) fn end_without_prefixes(text: &str, range: Range<usize>) -> usize {
    let mut rest = &text[range.clone()];
    while let Some(newline) = rest.rfind(['\n', '\r'])
        && rest[newline..].trim_matches([' ', '\t', '>', '\n', '\r']).is_empty()
    {
        rest = &rest[..newline];
    }
    range.start + rest.trim_end_matches([' ', '\t', '\n', '\r']).len()
}

/// Returns the range without surrounding whitespace and without line endings at its end.
pub(crate) fn trimmed(text: &str, range: Range<usize>) -> SegmentSpan {
    let slice = text.get(range.clone()).unwrap_or_default();
    let without_end = slice.trim_end_matches([' ', '\t', '\n', '\r']);
    let start =
        range.start + (without_end.len() - without_end.trim_start_matches([' ', '\t', '\n', '\r']).len());
    start as u32..(range.start + without_end.len()).max(start) as u32
}

/// Returns the range of the text in an ATX heading's line (CommonMark 4.2): without the opening hashes and
/// without a closing sequence that is the whole text or follows whitespace.
pub(crate) fn heading_text_range(line: &str, level: usize) -> Range<usize> {
    let whitespace = [' ', '\t'];
    let start = line.len() - line[level..].trim_start_matches(whitespace).len();
    let mut end = line.trim_end_matches(whitespace).len().max(start);
    let without = line[start..end].trim_end_matches('#');
    if without.is_empty() {
        end = start;
    } else if without.len() < end - start && without.ends_with(whitespace) {
        end = start + without.trim_end_matches(whitespace).len();
    }
    start..end
}

/// Returns the checkbox at the start of an item's text, which begins (after whitespace) at `start`.
pub(crate) fn checkbox_at(text: &str, start: usize) -> Option<Checkbox> {
    let rest = &text[start..];
    let open = start + rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let mark = checkbox_character(&text[open..])?;
    let close = open + 1 + mark.len();
    let gfm = matches!(mark, " " | "x" | "X") && !text[close + 1..].starts_with('*');
    Some(Checkbox { span: open as u32..close as u32 + 1, gfm })
}
