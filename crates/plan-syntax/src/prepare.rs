//! The text as the grammar should see it.
//!
//! tree-sitter's Markdown grammar reads some lines otherwise than CommonMark does, or gives up on them and takes
//! the lines around along (docs/architecture.md lists the cases). Before a parse those lines are put into a form that it
//! reads rightly: bytes are masked, and rarely some are put in. Only the grammar sees this; everything read from the
//! tree is taken from the original text again.

use std::ops::Range;

use crate::{
    front_matter,
    lines::lines,
    notice::{Mask, Previous},
    scan::Scanner,
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
    /// Where HTML blocks start, which the grammar sees as paragraphs, as offsets into the original, ascending.
    html: Vec<usize>,
    /// Length of the original.
    len: usize,
}

impl Prepared {
    pub(crate) fn of(text: &str) -> Self {
        let mut prepared = Self {
            bytes: Vec::with_capacity(text.len() + text.len() / 64 + 16),
            inserted: Vec::new(),
            html: Vec::new(),
            len: text.len(),
        };
        let mut scanner = Scanner::default();
        let mut previous = 0..0;
        for line in lines(text, 0) {
            let content = &text.as_bytes()[line.content()];
            let notice = scanner.line(&text[line.content()], &mut ());
            match notice.previous {
                Previous::AsItIs => {}
                Previous::NoHeader => replace(&mut prepared.bytes[previous], b'|', b'x'),
                Previous::OneColumn => prepared.end_in_pipe(previous),
                Previous::SameBlankLine => prepared.bytes[previous.end..].fill(b' '),
            }
            if let Some(prefix) = notice.blank_before {
                let start = prepared.bytes.len();
                prepared.push_prefix(&content[..prefix]);
                prepared.bytes.push(b'\n');
                // All of it, not only what `push_prefix` has noted.
                prepared.inserted.truncate(prepared.inserted.partition_point(|at| *at < start));
                prepared.inserted.extend(start..prepared.bytes.len());
            }
            let start = prepared.bytes.len();
            if let Mask::Html(at) = notice.mask {
                prepared.html.push(line.start + at);
            }
            if notice.previous == Previous::SameBlankLine {
                prepared.bytes.extend(std::iter::repeat_n(b' ', content.len()));
            } else {
                prepared.push_content(&text[line.content()], notice.mask);
            }
            previous = start..prepared.bytes.len();
            if line.start == 0 && front_matter::is_delimiter(text[line.content()].trim()) {
                // Front matter is not part of a segment, so this is a break (or, for `+++`, text).
                replace(&mut prepared.bytes[start..], b'-', b'*');
                replace(&mut prepared.bytes[start..], b'+', b'x');
            }
            // A carriage return of its own ends a line; the grammar's rows know only line feeds.
            match &text.as_bytes()[line.end..line.next] {
                b"\r" => prepared.bytes.push(b'\n'),
                ending => prepared.bytes.extend_from_slice(ending),
            }
        }
        // With a sign that begins and ends nothing. Of two byte order marks the second one is text, but the parser would
        // skip it.
        replace(&mut prepared.bytes, 0, b'%');
        if text.starts_with(front_matter::BOM) {
            prepared.bytes[..front_matter::BOM.len()].fill(b'%');
        }
        prepared.bytes.push(b'\n');
        prepared
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

    /// Adds a line without its ending.
    fn push_content(&mut self, line: &str, mask: Mask) {
        let content = line.as_bytes();
        let masked_at = match mask {
            Mask::Nothing | Mask::Blank => content.len(),
            Mask::Byte(at) | Mask::Row(at) | Mask::Html(at) | Mask::Delimiter { at, .. } => at,
        };
        let start = self.bytes.len();
        let prefix = prefix_with_tab(content).min(masked_at);
        self.push_prefix(&content[..prefix]);
        match mask {
            Mask::Nothing => self.bytes.extend_from_slice(&content[prefix..]),
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
                // What stands in it does not matter, so its first cell can begin where the grammar looks for it.
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

    /// Adds a row so that the grammar sees one: rows of nothing but blank cells, or with cells of no width, end in an
    /// error that swallows what follows, and a header may only begin with a pipe or a letter.
    fn push_row(&mut self, row: &str) {
        let mut rest = 0;
        if let Some(first) = row.chars().next().filter(|first| *first != '|') {
            // Not the backslash of an escaped pipe alone.
            rest = if row.starts_with("\\|") { 2 } else { first.len_utf8() };
            self.bytes.extend(std::iter::repeat_n(b'x', rest));
        }
        for cell in table::cells(row).into_iter().filter(Range::is_empty) {
            self.bytes.extend_from_slice(&row.as_bytes()[rest..cell.start]);
            rest = cell.start;
            // The blank where a person would type, or the pipe that ends a cell of no width.
            if matches!(row.as_bytes().get(rest), Some(b' ' | b'\t')) {
                rest += 1;
                self.bytes.push(b'x');
            } else {
                self.insert(b'x');
            }
        }
        self.bytes.extend_from_slice(&row.as_bytes()[rest..]);
    }

    /// Adds what stands before a line's text, with its tabs as blanks, which mean the same (CommonMark 2.2): the grammar
    /// miscounts the columns of tabs that stand after one another's markers.
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

    /// Adds a byte that the original does not have.
    fn insert(&mut self, byte: u8) {
        self.inserted.push(self.bytes.len());
        self.bytes.push(byte);
    }

    /// Lets the last line end in a pipe: the grammar knows a table of one column only by that.
    fn end_in_pipe(&mut self, line: Range<usize>) {
        let blanks =
            self.bytes[line.clone()].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let end = line.end - blanks;
        if !self.bytes[line.start..end].ends_with(b"|") {
            // With a blank: a backslash may stand at the end.
            self.bytes.splice(end..end, *b" |");
            self.inserted.extend([end, end + 1]);
        }
    }
}

fn replace(bytes: &mut [u8], from: u8, to: u8) {
    bytes.iter_mut().filter(|byte| **byte == from).for_each(|byte| *byte = to);
}

/// The length of what can stand before a line's text: blanks, and the markers of containers. 0 if there is no tab in it.
fn prefix_with_tab(line: &[u8]) -> usize {
    let is_prefix = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')') || byte.is_ascii_digit()
    };
    let length = line.iter().take_while(|byte| is_prefix(byte)).count();
    if line[..length].contains(&b'\t') { length } else { 0 }
}
