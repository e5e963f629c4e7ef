//! Recognizes block starts in the text of a line from its first non-whitespace byte on (CommonMark 4 and 5).

pub(crate) fn is_number_one(digits: &[u8]) -> bool {
    matches!(digits, [zeros @ .., b'1'] if zeros.iter().all(|digit| *digit == b'0'))
}

pub(crate) fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Returns whether a line is an ATX heading: one to six `#`, then whitespace or the end of the line (CommonMark 4.2).
pub(crate) fn is_atx_heading(text: &[u8]) -> bool {
    let hashes = text.iter().take_while(|byte| **byte == b'#').count();
    (1..=6).contains(&hashes) && matches!(text.get(hashes), None | Some(b' ' | b'\t'))
}

/// Returns the length of the fence that this line opens (CommonMark 4.5).
pub(crate) fn opens_fence(text: &[u8]) -> Option<usize> {
    let marker = *text.first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = text.iter().take_while(|byte| **byte == marker).count();
    (length >= 3 && (marker == b'~' || !text[length..].contains(&b'`'))).then_some(length)
}

pub(crate) fn closes_fence(text: &[u8], marker: u8, length: usize) -> bool {
    let run = text.iter().take_while(|byte| **byte == marker).count();
    run >= length && is_blank(&text[run..])
}

pub(crate) fn is_setext_underline(text: &[u8]) -> bool {
    let Some(&marker @ (b'=' | b'-')) = text.first() else { return false };
    let run = text.iter().take_while(|byte| **byte == marker).count();
    is_blank(&text[run..])
}

/// Returns whether a line is a thematic break (CommonMark 4.1). The error is the offset of a byte that rules one out,
/// or 0 if the line has no such byte.
pub(crate) fn thematic_break(text: &[u8]) -> Result<(), usize> {
    let Some(&marker @ (b'*' | b'-' | b'_')) = text.first() else { return Err(0) };
    let other = text.iter().position(|byte| *byte != marker && !matches!(byte, b' ' | b'\t'));
    match other {
        Some(at) => Err(at),
        None if text.iter().filter(|byte| **byte == marker).count() < 3 => Err(0),
        None => Ok(()),
    }
}

/// Returns the width of a list marker that is followed by whitespace or the end of the line: 1 for a bullet, the
/// length of the number with its delimiter for an ordered list (CommonMark 5.2).
pub(crate) fn list_marker(text: &[u8]) -> Option<usize> {
    let width = match text.first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits <= 9 && matches!(text.get(digits), Some(b'.' | b')'))).then_some(digits + 1)?
        }
        _ => return None,
    };
    matches!(text.get(width), None | Some(b' ' | b'\t')).then_some(width)
}
