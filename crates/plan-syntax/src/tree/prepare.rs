//! Rewrites a text so that tree-sitter's grammar parses it like CommonMark.
//!
//! The grammar parses some lines differently from CommonMark, or fails on them and on the lines around them
//! (docs/architecture.md lists the cases). This module masks bytes of such lines, and inserts bytes in rare cases.
//! Only the grammar sees the rewritten text; the outline is read from the original.

use std::ops::Range;

use crate::{
    block_scanner::{BlockScanner, BlockSink},
    front_matter,
    lines::lines,
    mask::{Mask, PreviousLine},
    table,
};

/// A text rewritten for the grammar.
#[derive(Debug)]
pub(crate) struct PreparedText {
    /// The text that the grammar parses. Ends in an additional line ending, because the grammar would otherwise lose
    /// the last line of some blocks.
    pub(crate) bytes: Vec<u8>,
    /// Offsets of inserted bytes in `bytes`, ascending.
    inserted: Vec<usize>,
    /// Offsets in the original at which HTML blocks start, ascending. The grammar sees them as paragraphs.
    html: Vec<usize>,
    /// Length of the original.
    len: usize,
}

/// Rewrite of a line.
#[derive(Default)]
struct LineMask {
    blank_before: Option<usize>,
    mask: Mask,
    previous: PreviousLine,
}

impl BlockSink for LineMask {
    fn mask(&mut self, mask: impl FnOnce() -> Mask) {
        self.mask = mask();
    }

    fn blank_before(&mut self, prefix: Option<usize>) {
        self.blank_before = prefix;
    }

    fn previous_line(&mut self, previous: PreviousLine) {
        self.previous = previous;
    }
}

impl PreparedText {
    pub(crate) fn of(text: &str) -> Self {
        let mut prepared = Self {
            bytes: Vec::with_capacity(text.len() + text.len() / 64 + 16),
            inserted: Vec::new(),
            html: Vec::new(),
            len: text.len(),
        };
        let mut scanner = BlockScanner::default();
        let mut previous = 0..0;
        for line in lines(text, 0) {
            let content = &text.as_bytes()[line.content()];
            let mut line_mask = LineMask::default();
            scanner.line(&text[line.content()], &mut line_mask);
            match line_mask.previous {
                PreviousLine::Unchanged => {}
                PreviousLine::NotHeader => replace(&mut prepared.bytes[previous], b'|', b'x'),
                PreviousLine::OneColumnHeader => prepared.end_in_pipe(previous),
                PreviousLine::MergedBlankLine => prepared.bytes[previous.end..].fill(b' '),
            }
            if let Some(prefix) = line_mask.blank_before {
                let start = prepared.bytes.len();
                prepared.push_prefix(&content[..prefix]);
                prepared.bytes.push(b'\n');
                // All bytes of the blank line are inserted, not only those that `push_prefix` recorded.
                prepared.inserted.truncate(prepared.inserted.partition_point(|at| *at < start));
                prepared.inserted.extend(start..prepared.bytes.len());
            }
            let start = prepared.bytes.len();
            if let Mask::Html(at) = line_mask.mask {
                prepared.html.push(line.start + at);
            }
            if line_mask.previous == PreviousLine::MergedBlankLine {
                prepared.bytes.extend(std::iter::repeat_n(b' ', content.len()));
            } else {
                prepared.push_content(&text[line.content()], line_mask.mask);
            }
            previous = start..prepared.bytes.len();
            if line.start == 0 && front_matter::is_delimiter(text[line.content()].trim()) {
                // Front matter is not part of a segment, so this is a thematic break (or, for `+++`, text).
                replace(&mut prepared.bytes[start..], b'-', b'*');
                replace(&mut prepared.bytes[start..], b'+', b'x');
            }
            // A lone carriage return ends a line; the grammar ends rows only at line feeds.
            match &text.as_bytes()[line.end..line.next] {
                b"\r" => prepared.bytes.push(b'\n'),
                ending => prepared.bytes.extend_from_slice(ending),
            }
        }
        // Replace with a character that has no meaning in Markdown. The second of two byte order marks is
        // text, but the parser would skip it.
        replace(&mut prepared.bytes, 0, b'%');
        if text.starts_with(front_matter::BOM) {
            prepared.bytes[..front_matter::BOM.len()].fill(b'%');
        }
        prepared.bytes.push(b'\n');
        prepared
    }

    /// Converts an offset in the rewritten text to one in the original.
    pub(crate) fn original(&self, offset: usize) -> usize {
        let before = self.inserted.partition_point(|at| *at < offset);
        (offset - before).min(self.len)
    }

    /// Returns whether the paragraph that the grammar found at this offset of the original is an HTML block.
    pub(crate) fn is_html(&self, original: usize) -> bool {
        self.html.binary_search(&original).is_ok()
    }

    /// Adds a line without its ending.
    fn push_content(&mut self, line: &str, mask: Mask) {
        let content = line.as_bytes();
        let mask_start = match mask {
            Mask::None | Mask::Blank => content.len(),
            Mask::Byte(at) | Mask::Row(at) | Mask::Html(at) | Mask::Delimiter { at, .. } => at,
        };
        let start = self.bytes.len();
        let prefix = prefix_with_tab(content).min(mask_start);
        self.push_prefix(&content[..prefix]);
        match mask {
            Mask::None => self.bytes.extend_from_slice(&content[prefix..]),
            Mask::Blank => {
                self.bytes.extend_from_slice(&content[prefix..]);
                self.insert(b'x');
            }
            Mask::Byte(at) | Mask::Html(at) => {
                self.bytes.extend_from_slice(&content[prefix..at]);
                let width = line[at..].chars().next().map_or(0, char::len_utf8);
                self.bytes.extend(std::iter::repeat_n(b'x', width));
                self.bytes.extend_from_slice(&content[at + width..]);
            }
            Mask::Row(at) => {
                self.bytes.extend_from_slice(&content[prefix..at]);
                self.push_row(&line[at..]);
            }
            Mask::Delimiter { column, at } => {
                self.bytes.extend_from_slice(&content[prefix..]);
                // The content of the row is not used, so its first cell can begin at the position that the grammar
                // requires.
                let indented = self.bytes.len() - (content.len() - at) > start + column;
                if let Some(dash) =
                    self.bytes[start + column..].iter().position(|byte| *byte == b'-').filter(|_| indented)
                {
                    self.bytes[start + column..start + column + dash].fill(b'-');
                    self.bytes[start + column] = b'|';
                }
                self.end_in_pipe(start..self.bytes.len());
            }
        }
    }

    /// Adds a row in a form that the grammar recognizes. Rows with only blank cells or with cells of no width
    /// would cause an error that includes the following lines, and a header must begin with a pipe or a
    /// letter.
    fn push_row(&mut self, row: &str) {
        let mut rest = 0;
        if let Some(first) = row.chars().next().filter(|first| *first != '|') {
            // Masking only the backslash would unescape the pipe.
            rest = if row.starts_with("\\|") { 2 } else { first.len_utf8() };
            self.bytes.extend(std::iter::repeat_n(b'x', rest));
        }
        for cell in table::cells(row).into_iter().filter(Range::is_empty) {
            self.bytes.extend_from_slice(&row.as_bytes()[rest..cell.start]);
            rest = cell.start;
            // Mask the space at which text would be inserted, or insert before the pipe that ends a cell of
            // no width.
            if matches!(row.as_bytes().get(rest), Some(b' ' | b'\t')) {
                rest += 1;
                self.bytes.push(b'x');
            } else {
                self.insert(b'x');
            }
        }
        self.bytes.extend_from_slice(&row.as_bytes()[rest..]);
    }

    /// Adds the prefix of a line with tabs replaced by spaces, which are equivalent (CommonMark 2.2): the
    /// grammar miscounts the columns of tabs after consecutive markers.
    fn push_prefix(&mut self, prefix: &[u8]) {
        let mut column = 0;
        for byte in prefix {
            if *byte != b'\t' {
                self.bytes.push(*byte);
                column += 1;
                continue;
            }
            self.bytes.push(b' ');
            column += 1;
            while column % 4 != 0 {
                self.insert(b' ');
                column += 1;
            }
        }
    }

    /// Adds a byte that is not in the original.
    fn insert(&mut self, byte: u8) {
        self.inserted.push(self.bytes.len());
        self.bytes.push(byte);
    }

    /// Appends a pipe to the last line, which the grammar requires in a table with one column.
    fn end_in_pipe(&mut self, line: Range<usize>) {
        let trailing =
            self.bytes[line.clone()].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let end = line.end - trailing;
        if !self.bytes[line.start..end].ends_with(b"|") {
            // The space keeps a backslash at the end from escaping the pipe.
            self.bytes.splice(end..end, *b" |");
            self.inserted.extend([end, end + 1]);
        }
    }
}

fn replace(bytes: &mut [u8], from: u8, to: u8) {
    bytes.iter_mut().filter(|byte| **byte == from).for_each(|byte| *byte = to);
}

/// Returns the length of the possible prefix of a line (whitespace and container markers), or 0 if it
/// contains no tab.
fn prefix_with_tab(line: &[u8]) -> usize {
    let is_prefix = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')') || byte.is_ascii_digit()
    };
    let length = line.iter().take_while(|byte| is_prefix(byte)).count();
    if line[..length].contains(&b'\t') { length } else { 0 }
}
