//! Groups in brackets and parentheses at the end of a text.

use std::ops::Range;

/// Opening brackets of groups.
pub(super) const OPENING_BRACKETS: [char; 5] = ['(', '[', '（', '【', '［'];

/// Returns the byte range inside the group that starts at `open` and ends the text.
pub(super) fn inside_group(text: &str, open: usize) -> Range<usize> {
    let length = |character: Option<char>| character.map_or(0, char::len_utf8);
    open + length(text[open..].chars().next())..text.len() - length(text.chars().next_back())
}

/// Returns the offset of the opening bracket or parenthesis of the group at the end of a text.
pub(super) fn trailing_group(text: &str) -> Option<usize> {
    let (open, close) = match text.chars().next_back()? {
        ']' => ('[', ']'),
        ')' => ('(', ')'),
        '）' => ('（', '）'),
        '】' => ('【', '】'),
        '］' => ('［', '］'),
        _ => return None,
    };
    let mut depth = 0;
    for (at, character) in text.char_indices().rev() {
        if character == close {
            depth += 1;
        } else if character == open {
            depth -= 1;
            if depth == 0 {
                // `[text](target)` is a link.
                return (!(open == '(' && text[..at].ends_with(']'))).then_some(at);
            }
        }
    }
    None
}
