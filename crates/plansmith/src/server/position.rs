//! Conversion between LSP positions and byte offsets. No other module handles UTF-16 and UTF-32.

use plan_syntax::Document;
use tower_lsp::lsp_types::{Position, PositionEncodingKind, Range};

/// Unit of the `character` of a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PositionEncoding {
    /// Bytes of UTF-8.
    Utf8,
    /// UTF-16 code units, which every client supports.
    #[default]
    Utf16,
    /// Unicode code points.
    Utf32,
}

impl PositionEncoding {
    /// Returns the best encoding that a client offers: UTF-8, which needs no conversion, otherwise UTF-16, the
    /// default of the protocol, otherwise UTF-32.
    pub fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offers = |kind: &PositionEncodingKind| offered.is_some_and(|offered| offered.contains(kind));
        if offers(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else if !offers(&PositionEncodingKind::UTF16) && offers(&PositionEncodingKind::UTF32) {
            Self::Utf32
        } else {
            Self::Utf16
        }
    }

    /// Returns the name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// Returns the byte offset of a position (LSP 3.17, *Position*). A line after the last one is the end of the text,
    /// and a character after the end of its line is the end of that line. A position inside a character is its start.
    pub fn offset(self, document: &Document, position: Position) -> usize {
        let rope = document.rope();
        let line_number = position.line as usize;
        if line_number >= rope.len_lines() {
            return rope.len_bytes();
        }
        let start = rope.line_to_byte(line_number);
        let line = rope.line(line_number);
        let end = content_chars(&line);
        let character = position.character as usize;
        let chars = match self {
            Self::Utf8 => line.byte_to_char(character.min(line.len_bytes())),
            Self::Utf16 => line.utf16_cu_to_char(character.min(line.len_utf16_cu())),
            Self::Utf32 => character,
        };
        start + line.char_to_byte(chars.min(end))
    }

    /// Returns the position of a byte offset. An offset after the text is treated as the end of the text, and an
    /// offset inside a character as the start of the character.
    pub fn position(self, document: &Document, offset: usize) -> Position {
        let rope = document.rope();
        let offset = offset.min(rope.len_bytes());
        // Usually the line starts in the same chunk of the rope, so one lookup replaces seven.
        let (chunk, start, _, first) = rope.chunk_at_byte(offset);
        if let Some(before) = chunk.get(..offset - start)
            && let Some(newline) = memchr::memrchr(b'\n', before.as_bytes())
            && memchr::memchr(b'\r', before.as_bytes()).is_none()
            && !chunk.starts_with('\n')
        {
            let line = first + memchr::memchr_iter(b'\n', before.as_bytes()).count();
            let character = self.length(&before[newline + 1..]);
            return Position { line: line as u32, character: character as u32 };
        }
        let line_number = rope.byte_to_line(offset);
        let line = rope.line(line_number);
        let chars = line.byte_to_char(offset - rope.line_to_byte(line_number));
        let character = match self {
            Self::Utf8 => line.char_to_byte(chars),
            Self::Utf16 => line.char_to_utf16_cu(chars),
            Self::Utf32 => chars,
        };
        Position { line: line_number as u32, character: character as u32 }
    }

    /// Returns the length of a text in units of positions.
    pub(super) fn length(self, text: &str) -> usize {
        match self {
            _ if text.is_ascii() => text.len(),
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// Returns the LSP range of a byte range.
    pub fn range(self, document: &Document, range: &std::ops::Range<usize>) -> Range {
        let start = self.position(document, range.start);
        // Most ranges are a few words of one line.
        let (chunk, chunk_start, ..) = document.rope().chunk_at_byte(range.start.min(document.len()));
        let inside = range.start.wrapping_sub(chunk_start)..range.end.wrapping_sub(chunk_start);
        let end = match chunk.get(inside) {
            Some(text) if text.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'\n' | b'\r')) => {
                Position { character: start.character + text.len() as u32, ..start }
            }
            _ => self.position(document, range.end),
        };
        Range { start, end }
    }

    /// Returns the byte range of an LSP range. An inverted range is empty at its start.
    pub fn bytes(self, document: &Document, range: Range) -> std::ops::Range<usize> {
        let start = self.offset(document, range.start);
        start..self.offset(document, range.end).max(start)
    }
}

/// Line starts of a document, for converting many offsets: creating it reads the text once, then each conversion is a binary
/// search.
pub(super) struct PositionMap<'a> {
    encoding: PositionEncoding,
    text: MappedText<'a>,
    /// Byte offset of each line start.
    starts: Vec<usize>,
    /// Whether each line has characters of several bytes.
    wide: Vec<bool>,
}

/// Text whose offsets are converted.
enum MappedText<'a> {
    Document(&'a Document),
    Segment(&'a str),
}

impl<'a> PositionMap<'a> {
    pub(super) fn of(encoding: PositionEncoding, document: &'a Document) -> Self {
        Self::from_chunks(encoding, MappedText::Document(document), document.rope().chunks())
    }

    /// Creates a map for a text that is part of a document, such as a segment.
    pub(super) fn of_text(encoding: PositionEncoding, text: &'a str) -> Self {
        Self::from_chunks(encoding, MappedText::Segment(text), std::iter::once(text))
    }

    fn from_chunks(
        encoding: PositionEncoding,
        text: MappedText<'a>,
        chunks: impl Iterator<Item = &'a str>,
    ) -> Self {
        let (mut starts, mut wide) = (vec![0], vec![false]);
        let (mut base, mut after_cr) = (0, false);
        for chunk in chunks {
            let bytes = chunk.as_bytes();
            let mut from = 0;
            // A `\r\n` is split between two chunks.
            if std::mem::take(&mut after_cr) && bytes.first() == Some(&b'\n') {
                from = 1;
                if let Some(last) = starts.last_mut() {
                    *last += 1;
                }
            }
            loop {
                let ending = memchr::memchr2(b'\n', b'\r', &bytes[from..]).map(|found| from + found);
                if let Some(last) = wide.last_mut() {
                    *last |= !bytes[from..ending.unwrap_or(bytes.len())].is_ascii();
                }
                let Some(ending) = ending else { break };
                let is_cr = bytes[ending] == b'\r';
                from = if is_cr && bytes.get(ending + 1) == Some(&b'\n') { ending + 2 } else { ending + 1 };
                after_cr = is_cr && ending + 1 == bytes.len();
                starts.push(base + from);
                wide.push(false);
            }
            base += bytes.len();
        }
        Self { encoding, text, starts, wide }
    }

    /// Returns the number of line endings in the text.
    pub(super) fn line_breaks(&self) -> u32 {
        (self.starts.len() - 1) as u32
    }

    fn len(&self) -> usize {
        match self.text {
            MappedText::Document(document) => document.len(),
            MappedText::Segment(text) => text.len(),
        }
    }

    /// Returns the LSP range of a byte range, like [`PositionEncoding::range`].
    pub(super) fn range(&self, range: &std::ops::Range<usize>) -> Range {
        Range { start: self.position(range.start), end: self.position(range.end) }
    }

    /// Returns the position of a byte offset, like [`PositionEncoding::position`].
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset.min(self.len())) - 1;
        self.in_line(line, offset)
    }

    /// Returns the position of a byte offset on the line with the 0-based number `line`.
    fn in_line(&self, line: usize, offset: usize) -> Position {
        let offset = offset.min(self.len());
        let start = self.starts[line];
        let before = match self.text {
            _ if !self.wide[line] => {
                return Position { line: line as u32, character: (offset - start) as u32 };
            }
            MappedText::Segment(text) => (start..=offset).rev().find_map(|end| text.get(start..end)),
            // Usually the line starts in the same chunk of the rope.
            MappedText::Document(document) => {
                let (chunk, chunk_start, ..) = document.rope().chunk_at_byte(offset);
                let line_start = start.checked_sub(chunk_start);
                match line_start.and_then(|start| chunk.get(start..offset - chunk_start)) {
                    None => return self.encoding.position(document, offset),
                    before => before,
                }
            }
        };
        let character = before.map_or(0, |before| self.encoding.length(before));
        Position { line: line as u32, character: character as u32 }
    }
}

/// Returns the number of characters of a line without its line ending.
fn content_chars(line: &ropey::RopeSlice<'_>) -> usize {
    let mut chars = line.len_chars();
    if chars > 0 && line.char(chars - 1) == '\n' {
        chars -= 1;
    }
    if chars > 0 && line.char(chars - 1) == '\r' {
        chars -= 1;
    }
    chars
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENCODINGS: [PositionEncoding; 3] =
        [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32];

    #[test]
    fn the_best_encoding_is_negotiated() {
        let (utf8, utf16, utf32) =
            (PositionEncodingKind::UTF8, PositionEncodingKind::UTF16, PositionEncodingKind::UTF32);
        assert_eq!(PositionEncoding::negotiate(None), PositionEncoding::Utf16);
        assert_eq!(PositionEncoding::negotiate(Some(&[utf16.clone(), utf8])), PositionEncoding::Utf8);
        assert_eq!(PositionEncoding::negotiate(Some(&[utf32.clone(), utf16])), PositionEncoding::Utf16);
        assert_eq!(PositionEncoding::negotiate(Some(&[utf32])), PositionEncoding::Utf32);
    }

    #[test]
    fn invalid_positions_are_clamped() {
        let document = Document::new("a🚀\r\nb");
        let offset =
            |line, character| PositionEncoding::Utf16.offset(&document, Position { line, character });
        assert_eq!(offset(0, 2), 1, "inside a surrogate pair");
        assert_eq!(offset(0, 3), 5);
        assert_eq!(offset(0, 99), 5, "before the line ending");
        assert_eq!(offset(1, 1), 8);
        assert_eq!(offset(9, 0), 8);
    }

    proptest! {
        #[test]
        fn positions_round_trip(text in "(a|é|e\u{301}|🚀|漢|\t|\n|\r\n|\r|\u{2028}|\u{85}| ){0,40}") {
            let document = Document::new(&text);
            for encoding in ENCODINGS {
                for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                    // No position exists between the two characters of `\r\n`.
                    if text.as_bytes().get(offset) == Some(&b'\n') && text[..offset].ends_with('\r') {
                        continue;
                    }
                    let position = encoding.position(&document, offset);
                    prop_assert_eq!(encoding.offset(&document, position), offset, "{:?} {:?}", encoding, position);
                }
            }
        }

        #[test]
        fn a_range_equals_two_positions(text in "(a|é|🚀|\t|\n|\r\n|\r| |word ){0,300}") {
            let document = Document::new(&text);
            for encoding in ENCODINGS {
                for start in 0..=text.len() {
                    for end in [start, start + 1, start + 5] {
                        let range = encoding.range(&document, &(start..end));
                        prop_assert_eq!(range.start, encoding.position(&document, start));
                        prop_assert_eq!(range.end, encoding.position(&document, end), "{}..{}", start, end);
                    }
                }
            }
        }

        #[test]
        fn a_map_returns_the_same_positions(text in "(a|é|🚀|\t|\n|\r\n|\r| |word ){0,300}") {
            let document = Document::new(&text);
            for encoding in ENCODINGS {
                let position_map = PositionMap::of(encoding, &document);
                for offset in 0..=text.len() + 1 {
                    let position = encoding.position(&document, offset);
                    prop_assert_eq!(position_map.position(offset), position, "{}", offset);
                    prop_assert_eq!(PositionMap::of_text(encoding, &text).position(offset), position, "{}", offset);
                }
            }
        }

        #[test]
        fn every_position_has_a_valid_offset(text in "(a|é|🚀|\n|\r\n|\r){0,20}", line in 0u32..30, character in 0u32..30) {
            let document = Document::new(&text);
            for encoding in ENCODINGS {
                let offset = encoding.offset(&document, Position { line, character });
                prop_assert!(text.is_char_boundary(offset));
            }
        }
    }
}
