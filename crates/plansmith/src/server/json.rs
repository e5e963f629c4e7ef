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
    out.extend_from_slice(b"{\"start\":");
    position(out, range.start);
    out.extend_from_slice(b",\"end\":");
    position(out, range.end);
    out.push(b'}');
}

fn position(out: &mut Vec<u8>, position: lsp::Position) {
    out.extend_from_slice(b"{\"line\":");
    json(out, &position.line);
    out.extend_from_slice(b",\"character\":");
    json(out, &position.character);
    out.push(b'}');
}
