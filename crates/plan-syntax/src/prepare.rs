//! The text as the grammar should see it.
//!
//! tree-sitter's Markdown grammar reads some lines otherwise than CommonMark does, or gives up on them and takes
//! the lines around along (docs/architecture.md lists the cases). Before a parse those lines are put into a form that it reads
//! rightly: single bytes are masked, and rarely an empty line is put in. Only the grammar sees this; everything read
//! from the tree is taken from the original text again.

use crate::{
    front_matter,
    lines::lines,
    scan::{Mask, Scanner},
    table,
};

/// A text put right for the grammar.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// What the grammar reads. Ends in a line ending that the original does not have: without it the last line of
    /// some blocks is lost.
    pub(crate) bytes: Vec<u8>,
    /// Where bytes were put in, as offsets into `bytes`, ascending.
    inserted: Vec<usize>,
    /// Where HTML blocks start that the grammar sees as paragraphs, as offsets into the original, ascending.
    html: Vec<usize>,
    /// Length of the original.
    len: usize,
}

impl Prepared {
    pub(crate) fn of(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len() + 1);
        let mut inserted = Vec::new();
        let mut html = Vec::new();
        let mut scanner = Scanner::default();
        for (number, line) in lines(text, 0).enumerate() {
            let content = &text[line.content()];
            let notice = scanner.line(content);
            if let Some(prefix) = notice.blank_before {
                inserted.extend(bytes.len()..=bytes.len() + prefix);
                bytes.extend_from_slice(&content.as_bytes()[..prefix]);
                bytes.push(b'\n');
            }
            let at = bytes.len();
            bytes.extend_from_slice(content.as_bytes());
            match notice.mask {
                Mask::Nothing => {}
                Mask::Byte(byte) => mask(&mut bytes[at + byte..]),
                Mask::Row(row) => mask_row(&content[row..], &mut bytes[at + row..]),
                Mask::Html(start) => {
                    html.push(line.start + start);
                    mask(&mut bytes[at + start..]);
                }
            }
            if number == 0 && front_matter::is_delimiter(content.trim()) {
                // Front matter is not part of a segment, so this is a break (or, for `+++`, text).
                for byte in &mut bytes[at..] {
                    match byte {
                        b'-' => *byte = b'*',
                        b'+' => *byte = b'x',
                        _ => {}
                    }
                }
            }
            // A carriage return of its own ends a line; the grammar's rows know only line feeds.
            match &text.as_bytes()[line.end..line.next] {
                b"\r" => bytes.push(b'\n'),
                ending => bytes.extend_from_slice(ending),
            }
        }
        for byte in &mut bytes {
            if *byte == 0 {
                *byte = b'?';
            }
        }
        bytes.push(b'\n');
        Self { bytes, inserted, html, len: text.len() }
    }

    /// The offset in the original text of an offset in the prepared one.
    pub(crate) fn original(&self, offset: usize) -> usize {
        let before = self.inserted.partition_point(|at| *at < offset);
        (offset - before).min(self.len)
    }

    /// Whether the paragraph that the grammar saw at this offset of the original is an HTML block.
    pub(crate) fn is_html(&self, original: usize) -> bool {
        self.html.binary_search(&original).is_ok()
    }
}

/// Puts a letter in place of the first byte, or of the whole character that it starts.
fn mask(bytes: &mut [u8]) {
    let width = bytes.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count() + 1;
    bytes[..width].fill(b'x');
}

/// Fills blank cells, so that the grammar sees a row: rows of nothing but blank cells, or with cells of no width, end
/// in an error that swallows what follows.
fn mask_row(row: &str, bytes: &mut [u8]) {
    for cell in table::cells(row) {
        if cell.is_empty() {
            // The place in a blank cell, or the pipe that ends a cell of no width.
            if let Some(byte) = bytes.get_mut(cell.start).filter(|byte| byte.is_ascii()) {
                *byte = b'x';
            }
        }
    }
}
