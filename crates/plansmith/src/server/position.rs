//! Between LSP positions and byte offsets: the only place that knows UTF-16 and UTF-32.

use plan_syntax::Document;
use tower_lsp::lsp_types::{Position, PositionEncodingKind, Range};

/// What the `character` of a position counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, what every client understands.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best of what a client offers: bytes, for they need no counting, else what the protocol prescribes.
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

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// The byte of a position. A line after the last one is the end of the text, a character after the end of its line
    /// the end of that line (LSP 3.17, *Position*), one inside a character the start of it.
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

    /// The position of a byte. One after the text is its end, one inside a character the start of it.
    pub fn position(self, document: &Document, offset: usize) -> Position {
        let rope = document.rope();
        let offset = offset.min(rope.len_bytes());
        // Mostly the line starts in the same chunk of the rope: one look-up instead of seven.
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

    /// The length of a text in what positions count.
    pub(super) fn length(self, text: &str) -> usize {
        match self {
            _ if text.is_ascii() => text.len(),
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The range of bytes.
    pub fn range(self, document: &Document, range: &std::ops::Range<usize>) -> Range {
        let start = self.position(document, range.start);
        // Most ranges are a few words of one line.
        let (chunk, at, ..) = document.rope().chunk_at_byte(range.start.min(document.len()));
        let inside = range.start.wrapping_sub(at)..range.end.wrapping_sub(at);
        let end = match chunk.get(inside) {
            Some(text) if text.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'\n' | b'\r')) => {
                Position { character: start.character + text.len() as u32, ..start }
            }
            _ => self.position(document, range.end),
        };
        Range { start, end }
    }

    /// The bytes of a range; an inverted one is empty at its start.
    pub fn bytes(self, document: &Document, range: Range) -> std::ops::Range<usize> {
        let start = self.offset(document, range.start);
        start..self.offset(document, range.end).max(start)
    }
}

/// The lines of a document, for turning many bytes into positions: making it reads the text once, after that a position
/// costs a search among the lines.
pub(super) struct Positions<'a> {
    encoding: Encoding,
    text: Text<'a>,
    /// Where each line starts, in bytes.
    starts: Vec<usize>,
    /// The lines in which a byte is not a character.
    wide: Vec<bool>,
}

/// What positions are in.
enum Text<'a> {
    All(&'a Document),
    Piece(&'a str),
}

impl<'a> Positions<'a> {
    pub(super) fn of(encoding: Encoding, document: &'a Document) -> Self {
        Self::counted(encoding, Text::All(document), document.rope().chunks())
    }

    /// The lines of a piece of text that is a document's for now.
    pub(super) fn of_text(encoding: Encoding, text: &'a str) -> Self {
        Self::counted(encoding, Text::Piece(text), std::iter::once(text))
    }

    fn counted(encoding: Encoding, text: Text<'a>, chunks: impl Iterator<Item = &'a str>) -> Self {
        let (mut starts, mut wide) = (vec![0], vec![false]);
        let (mut base, mut after_cr) = (0, false);
        for chunk in chunks {
            let bytes = chunk.as_bytes();
            let mut from = 0;
            // The second byte of a line ending that two chunks share.
            if std::mem::take(&mut after_cr) && bytes.first() == Some(&b'\n') {
                from = 1;
                if let Some(last) = starts.last_mut() {
                    *last += 1;
                }
            }
            loop {
                let ending = memchr::memchr2(b'\n', b'\r', &bytes[from..]).map(|at| from + at);
                if let Some(last) = wide.last_mut() {
                    *last |= !bytes[from..ending.unwrap_or(bytes.len())].is_ascii();
                }
                let Some(at) = ending else { break };
                let is_cr = bytes[at] == b'\r';
                from = if is_cr && bytes.get(at + 1) == Some(&b'\n') { at + 2 } else { at + 1 };
                after_cr = is_cr && at + 1 == bytes.len();
                starts.push(base + from);
                wide.push(false);
            }
            base += bytes.len();
        }
        Self { encoding, text, starts, wide }
    }

    /// How many lines end in the text.
    pub(super) fn line_breaks(&self) -> u32 {
        (self.starts.len() - 1) as u32
    }

    fn len(&self) -> usize {
        match self.text {
            Text::All(document) => document.len(),
            Text::Piece(text) => text.len(),
        }
    }

    /// The range of bytes, as [`Encoding::range`] gives it.
    pub(super) fn range(&self, range: &std::ops::Range<usize>) -> Range {
        Range { start: self.position(range.start), end: self.position(range.end) }
    }

    /// The position of a byte, as [`Encoding::position`] gives it.
    pub(super) fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset.min(self.len())) - 1;
        self.in_line(line, offset)
    }

    /// The position of a byte on this line.
    fn in_line(&self, line: usize, offset: usize) -> Position {
        let offset = offset.min(self.len());
        let start = self.starts[line];
        let before = match self.text {
            _ if !self.wide[line] => {
                return Position { line: line as u32, character: (offset - start) as u32 };
            }
            Text::Piece(text) => (start..=offset).rev().find_map(|end| text.get(start..end)),
            // Mostly the line starts in the same chunk of the rope.
            Text::All(document) => {
                let (chunk, at, ..) = document.rope().chunk_at_byte(offset);
                match start.checked_sub(at).and_then(|start| chunk.get(start..offset - at)) {
                    None => return self.encoding.position(document, offset),
                    before => before,
                }
            }
        };
        let character = before.map_or(0, |before| self.encoding.length(before));
        Position { line: line as u32, character: character as u32 }
    }
}

/// How many characters a line has before its ending.
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

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    #[test]
    fn what_is_negotiated() {
        let (utf8, utf16, utf32) =
            (PositionEncodingKind::UTF8, PositionEncodingKind::UTF16, PositionEncodingKind::UTF32);
        assert_eq!(Encoding::negotiate(None), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(Some(&[utf16.clone(), utf8])), Encoding::Utf8);
        assert_eq!(Encoding::negotiate(Some(&[utf32.clone(), utf16])), Encoding::Utf16);
        assert_eq!(Encoding::negotiate(Some(&[utf32])), Encoding::Utf32);
    }

    #[test]
    fn clamped() {
        let document = Document::new("a🚀\r\nb");
        let at = |line, character| Encoding::Utf16.offset(&document, Position { line, character });
        assert_eq!(at(0, 2), 1, "inside a surrogate pair");
        assert_eq!(at(0, 3), 5);
        assert_eq!(at(0, 99), 5, "before the line ending");
        assert_eq!(at(1, 1), 8);
        assert_eq!(at(9, 0), 8);
    }

    proptest! {
        #[test]
        fn round_trip(text in "(a|é|e\u{301}|🚀|漢|\t|\n|\r\n|\r|\u{2028}|\u{85}| ){0,40}") {
            let document = Document::new(&text);
            for encoding in ALL {
                for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                    // Between the two characters of a line ending there is no position.
                    if text.as_bytes().get(offset) == Some(&b'\n') && text[..offset].ends_with('\r') {
                        continue;
                    }
                    let position = encoding.position(&document, offset);
                    prop_assert_eq!(encoding.offset(&document, position), offset, "{:?} {:?}", encoding, position);
                }
            }
        }

        #[test]
        fn a_range_is_two_positions(text in "(a|é|🚀|\t|\n|\r\n|\r| |word ){0,300}") {
            let document = Document::new(&text);
            for encoding in ALL {
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
        fn many_positions_are_the_same(text in "(a|é|🚀|\t|\n|\r\n|\r| |word ){0,300}") {
            let document = Document::new(&text);
            for encoding in ALL {
                let positions = Positions::of(encoding, &document);
                for offset in 0..=text.len() + 1 {
                    let position = encoding.position(&document, offset);
                    prop_assert_eq!(positions.position(offset), position, "{}", offset);
                    prop_assert_eq!(Positions::of_text(encoding, &text).position(offset), position, "{}", offset);
                }
            }
        }

        #[test]
        fn any_position_is_one(text in "(a|é|🚀|\n|\r\n|\r){0,20}", line in 0u32..30, character in 0u32..30) {
            let document = Document::new(&text);
            for encoding in ALL {
                let offset = encoding.offset(&document, Position { line, character });
                prop_assert!(text.is_char_boundary(offset));
            }
        }
    }
}
