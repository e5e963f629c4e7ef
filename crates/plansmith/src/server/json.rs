//! Pieces of JSON that long answers are written with.

use tower_lsp::lsp_types as lsp;

/// A value.
pub(super) fn json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // Writing texts and numbers into memory does not fail.
    drop(serde_json::to_writer(out, value));
}

/// A range, behind what stands before it.
pub(super) fn range(out: &mut Vec<u8>, before: &str, range: lsp::Range) {
    out.extend_from_slice(before.as_bytes());
    // A long outline has some ten thousand of them: pieces of known length are put together without a look at how much
    // room there is.
    let mut piece = Piece { bytes: [0; LONGEST], length: 0 };
    piece.text(b"{\"start\":{\"line\":");
    piece.number(range.start.line);
    piece.text(b",\"character\":");
    piece.number(range.start.character);
    piece.text(b"},\"end\":{\"line\":");
    piece.number(range.end.line);
    piece.text(b",\"character\":");
    piece.number(range.end.character);
    piece.text(b"}}");
    out.extend_from_slice(&piece.bytes[..piece.length]);
}

/// So many bytes a range takes at most, behind what stands before it.
const LONGEST: usize = 128;

/// Something of at most so many bytes.
struct Piece {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Piece {
    fn text<const N: usize>(&mut self, text: &[u8; N]) {
        self.bytes[self.length..self.length + N].copy_from_slice(text);
        self.length += N;
    }

    fn number(&mut self, number: u32) {
        let mut rest = number;
        let end = self.length + number.checked_ilog10().unwrap_or(0) as usize + 1;
        for digit in self.bytes[self.length..end].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.length = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_what_the_protocols_type_would_write() {
        for [a, b, c, d] in [[0, 1, 9, 10], [99, 100, 12_345, 999_999], [u32::MAX; 4]] {
            let given = lsp::Range { start: lsp::Position::new(a, b), end: lsp::Position::new(c, d) };
            let mut out = Vec::new();
            range(&mut out, "", given);
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&given).unwrap());
        }
    }
}
