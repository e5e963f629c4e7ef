//! Writers of JSON for large responses.

use tower_lsp::lsp_types as lsp;

/// Appends a value as JSON.
pub(super) fn json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // Writing strings and numbers to memory does not fail.
    drop(serde_json::to_writer(out, value));
}

/// Appends `before`, then a range as JSON.
pub(super) fn range(out: &mut Vec<u8>, before: &str, range: lsp::Range) {
    out.extend_from_slice(before.as_bytes());
    // The outline of a long plan has tens of thousands of ranges. A buffer of fixed size avoids a capacity check per part.
    let mut buffer = RangeBuffer { bytes: [0; MAX_RANGE_BYTES], length: 0 };
    buffer.text(b"{\"start\":{\"line\":");
    buffer.number(range.start.line);
    buffer.text(b",\"character\":");
    buffer.number(range.start.character);
    buffer.text(b"},\"end\":{\"line\":");
    buffer.number(range.end.line);
    buffer.text(b",\"character\":");
    buffer.number(range.end.character);
    buffer.text(b"}}");
    out.extend_from_slice(&buffer.bytes[..buffer.length]);
}

/// Maximum length of a range in bytes, without the text before it.
const MAX_RANGE_BYTES: usize = 128;

/// A buffer for a range.
struct RangeBuffer {
    bytes: [u8; MAX_RANGE_BYTES],
    length: usize,
}

impl RangeBuffer {
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
    fn ranges_equal_those_of_the_protocol_types() {
        for [a, b, c, d] in [[0, 1, 9, 10], [99, 100, 12_345, 999_999], [u32::MAX; 4]] {
            let given = lsp::Range { start: lsp::Position::new(a, b), end: lsp::Position::new(c, d) };
            let mut out = Vec::new();
            range(&mut out, "", given);
            assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&given).unwrap());
        }
    }
}
