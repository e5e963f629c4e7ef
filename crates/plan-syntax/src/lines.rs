//! Lines as LSP and CommonMark count them: ended by `\n`, `\r\n` or a lone `\r`.

use std::ops::Range;

/// One line of a text: the range of its content and the start of the next line, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRange {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte of the content, before the line ending.
    pub end: usize,
    /// Offset after the line ending; equal to `end` on a last line without one.
    pub next: usize,
}

impl LineRange {
    /// Returns the range of the content without the line ending.
    pub fn content(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Returns the lines of `text` from the offset `start` on. A text that ends in a line ending has no empty
/// line after it.
pub fn lines(text: &str, start: usize) -> impl Iterator<Item = LineRange> + '_ {
    let bytes = text.as_bytes();
    let mut at = start;
    std::iter::from_fn(move || {
        (at < bytes.len()).then(|| {
            let end = memchr::memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |found| at + found);
            let next = match &bytes[end..] {
                [b'\r', b'\n', ..] => end + 2,
                [_, ..] => end + 1,
                [] => end,
            };
            let line = LineRange { start: at, end, next };
            at = next;
            line
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ending() {
        let text = "a\nb\r\nc\r\rd";
        let contents: Vec<&str> = lines(text, 0).map(|line| &text[line.content()]).collect();
        assert_eq!(contents, ["a", "b", "c", "", "d"]);
        assert_eq!(lines("a\n", 0).count(), 1);
    }
}
