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
    // In few pieces: a long outline has some ten thousand of them.
    out.extend_from_slice(b"{\"start\":{\"line\":");
    json(out, &range.start.line);
    out.extend_from_slice(b",\"character\":");
    json(out, &range.start.character);
    out.extend_from_slice(b"},\"end\":{\"line\":");
    json(out, &range.end.line);
    out.extend_from_slice(b",\"character\":");
    json(out, &range.end.character);
    out.extend_from_slice(b"}}");
}
