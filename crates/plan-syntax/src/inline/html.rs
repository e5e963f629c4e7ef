//! Inline HTML: tags, comments, instructions, declarations and CDATA sections (CommonMark 6.6).

use crate::html_block::{closing_tag, open_tag};

/// End markers that do not occur in the rest of the text. They prevent repeated searches.
#[derive(Default)]
pub(super) struct MissingEndMarkers {
    comment: bool,
    instruction: bool,
    declaration: bool,
    cdata: bool,
}

/// Returns the length of the HTML that starts with this `<`.
pub(super) fn inline(bytes: &[u8], missing: &mut MissingEndMarkers) -> Option<usize> {
    let after = bytes.get(1..)?;
    let to = |end: &[u8], from: usize, flag: &mut bool| {
        if *flag {
            return None;
        }
        let found = bytes.get(from..).and_then(|rest| memchr::memmem::find(rest, end));
        *flag = found.is_none();
        found.map(|at| from + at + end.len())
    };
    match after.first()? {
        b'/' => closing_tag(after).map(|length| length + 1),
        b'?' => to(b"?>", 2, &mut missing.instruction),
        b'!' if after.starts_with(b"!-->") => Some(5),
        b'!' if after.starts_with(b"!--->") => Some(6),
        b'!' if after.starts_with(b"!--") => to(b"-->", 4, &mut missing.comment),
        b'!' if after.starts_with(b"![CDATA[") => to(b"]]>", 9, &mut missing.cdata),
        b'!' if after.get(1).is_some_and(u8::is_ascii_alphabetic) => to(b">", 2, &mut missing.declaration),
        _ => open_tag(after).map(|length| length + 1),
    }
}
