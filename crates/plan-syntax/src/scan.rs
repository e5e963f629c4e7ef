//! Reading block structure line by line, as far as deciding where a document may be cut needs it.
//!
//! The scanner follows the open containers (quotes, list items) and the open leaf block, as the algorithm in the
//! appendix of the CommonMark spec does. It sees no more than the line starts, costs tens of nanoseconds per line, and
//! knows two things the rest of the crate needs:
//!
//! - whether a column-0 ATX heading is one. Such a line ends every list item, quote and paragraph, so only a fence or
//!   an HTML block *of the document itself* can swallow it;
//! - where tree-sitter's grammar is known to read a line otherwise than CommonMark, so that
//!   [`prepare`](crate::prepare) can put it right before the parse.

use crate::html_block::{self, HtmlEnd};
use crate::{outline, table};

/// What is open after the lines read so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scanner {
    containers: Vec<Container>,
    leaf: Leaf,
    /// The line before was the last one of an HTML block.
    after_html: bool,
    /// The line before was a blank one after an empty item.
    after_empty_item: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Container {
    Quote,
    Item {
        /// Columns that a line needs to belong to the item, counted from the enclosing container's content.
        content: usize,
        /// Nothing stands in it yet: the next blank line ends it.
        empty: bool,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Leaf {
    #[default]
    None,
    Paragraph {
        /// The number of cells its last line has if that line were the header of a table; 0 if it can't be one.
        cells: usize,
        /// A delimiter row stood in it that fits no header. GitHub looks for no table in it any more.
        no_table: bool,
    },
    Table,
    Fence {
        marker: u8,
        length: usize,
    },
    Html(HtmlEnd),
}

/// What the scanner noticed about one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notice {
    /// An ATX heading at column 0: the document may be cut before this line.
    pub(crate) heading: bool,
    /// The grammar would take the line for part of the block before it: a blank line between them keeps them apart,
    /// which starts with this many bytes of the line so that it belongs to the same containers.
    pub(crate) blank_before: Option<usize>,
    /// What the grammar must not see.
    pub(crate) mask: Mask,
    /// What the line says about the one before it.
    pub(crate) previous: Previous,
}

/// Bytes of a line that the grammar would take for something else than CommonMark does. Offsets are bytes from the
/// line's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mask {
    /// None.
    #[default]
    Nothing,
    /// This byte: it looks like the marker of a block, but stands in a paragraph.
    Byte(usize),
    /// What stands here is the row of a table, or may become its header, and must look like one.
    Row(usize),
    /// An HTML block starts here. The grammar misses the end of some kinds, and fails on some in containers; it shall
    /// see a paragraph.
    Html(usize),
    /// The delimiter row of a table starts at the byte `at`, the content of its container at `column`. The grammar does
    /// not know one that is indented in a container.
    Delimiter { column: usize, at: usize },
    /// A blank line that does not end the HTML block it stands in.
    Blank,
}

/// What the grammar must see differently of the line before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Previous {
    /// Nothing.
    #[default]
    AsItIs,
    /// It is the text of a heading, not the header of a table, though the underline looks like a delimiter row.
    NoHeader,
    /// It is the header of a table of one column.
    OneColumn,
    /// It is a blank line, and this one is no other: the grammar ends the list where two follow an empty item.
    SameBlankLine,
}

impl Notice {
    const NOTHING: Self =
        Self { heading: false, blank_before: None, mask: Mask::Nothing, previous: Previous::AsItIs };

    fn mask(mask: Mask) -> Self {
        Self { mask, ..Self::NOTHING }
    }

    fn blank_before(self, blank_before: Option<usize>) -> Self {
        Self { blank_before, ..self }
    }
}

/// A position in a line, in bytes and in columns (a tab reaches to the next multiple of four).
#[derive(Clone, Copy)]
struct Cursor<'a> {
    line: &'a [u8],
    at: usize,
    column: usize,
    /// Columns left of a tab that was consumed in part.
    rest_of_tab: usize,
}

impl<'a> Cursor<'a> {
    fn new(line: &'a [u8]) -> Self {
        Self { line, at: 0, column: 0, rest_of_tab: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    /// Columns of blank space from here, and the byte after it.
    fn indent(&self) -> (usize, usize) {
        let mut column = self.column + self.rest_of_tab;
        let mut at = self.at + usize::from(self.rest_of_tab > 0);
        while let Some(byte) = self.line.get(at) {
            match byte {
                b' ' => column += 1,
                b'\t' => column += 4 - column % 4,
                _ => break,
            }
            at += 1;
        }
        (column - self.column, at)
    }

    /// Consumes up to that many columns of blank space.
    fn skip_columns(&mut self, mut columns: usize) {
        while columns > 0 {
            match self.peek() {
                Some(b' ') => {
                    self.at += 1;
                    self.column += 1;
                    columns -= 1;
                }
                Some(b'\t') => {
                    let width = if self.rest_of_tab > 0 { self.rest_of_tab } else { 4 - self.column % 4 };
                    let taken = width.min(columns);
                    self.column += taken;
                    self.rest_of_tab = width - taken;
                    self.at += usize::from(self.rest_of_tab == 0);
                    columns -= taken;
                }
                _ => return,
            }
        }
    }

    /// Consumes bytes that are no tabs.
    fn skip_bytes(&mut self, bytes: usize) {
        self.at += bytes;
        self.column += bytes;
    }

    fn rest(&self, from: usize) -> &'a [u8] {
        &self.line[from.min(self.line.len())..]
    }
}

impl Scanner {
    /// Whether a fence or HTML block of the document itself is open, so that a heading's line would belong to it.
    pub(crate) fn swallows_headings(&self) -> bool {
        self.containers.is_empty() && matches!(self.leaf, Leaf::Fence { .. } | Leaf::Html(_))
    }

    /// Reads the next line, given without its line ending.
    pub(crate) fn line(&mut self, line: &str) -> Notice {
        let bytes = line.as_bytes();
        let after_html = std::mem::take(&mut self.after_html);
        let after_empty_item = std::mem::take(&mut self.after_empty_item);
        // Most lines of most documents: text at the margin, no container open.
        if self.containers.is_empty()
            && matches!(self.leaf, Leaf::None)
            && bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic())
        {
            self.leaf = Leaf::paragraph(line);
            return Notice::mask(header_mask(line, 0)).blank_before(after_html.then_some(0));
        }
        let mut cursor = Cursor::new(bytes);
        let matched = self.match_containers(&mut cursor);
        let all_matched = matched == self.containers.len();
        let (indent, text_at) = cursor.indent();
        let blank = text_at >= bytes.len();

        if all_matched {
            match &self.leaf {
                Leaf::Fence { marker, length } => {
                    if indent < 4 && closes_fence(cursor.rest(text_at), *marker, *length) {
                        self.leaf = Leaf::None;
                    }
                    return Notice::NOTHING;
                }
                Leaf::Html(end) => {
                    if end.is_met(cursor.rest(cursor.at), blank) {
                        self.leaf = Leaf::None;
                        self.after_html = !blank;
                        if blank {
                            return Notice::NOTHING;
                        }
                    }
                    return Notice::mask(if blank { Mask::Blank } else { Mask::Byte(text_at) });
                }
                Leaf::None | Leaf::Paragraph { .. } | Leaf::Table => {}
            }
        }
        if blank {
            let again = all_matched && after_empty_item;
            let ends_empty_item = matches!(self.containers.last(), Some(Container::Item { empty: true, .. }));
            self.after_empty_item = again || ends_empty_item && !all_matched;
            // A blank line ends what is not matched, and every paragraph and table.
            self.containers.truncate(matched);
            self.leaf = Leaf::None;
            let previous = if again { Previous::SameBlankLine } else { Previous::AsItIs };
            return Notice { previous, ..Notice::NOTHING };
        }
        self.open_blocks(cursor, matched, line, after_html)
    }

    /// How many of the open containers the line continues; the cursor is moved past their prefixes.
    fn match_containers(&self, cursor: &mut Cursor<'_>) -> usize {
        for (index, container) in self.containers.iter().enumerate() {
            let (indent, text_at) = cursor.indent();
            let blank = text_at >= cursor.line.len();
            match container {
                Container::Quote if indent < 4 && cursor.line.get(text_at) == Some(&b'>') => {
                    cursor.skip_columns(indent);
                    cursor.skip_bytes(1);
                    cursor.skip_columns(1);
                }
                // CommonMark 5.2: an item begins with at most one blank line, however far the next one is indented.
                Container::Item { empty: true, .. } if blank => return index,
                Container::Item { content, .. } if indent >= *content => cursor.skip_columns(*content),
                Container::Item { .. } if blank => cursor.skip_columns(indent),
                _ => return index,
            }
        }
        self.containers.len()
    }

    /// Opens the blocks that start on this line, which is not blank and whose cursor stands after the matched
    /// containers' prefixes.
    fn open_blocks(
        &mut self,
        mut cursor: Cursor<'_>,
        matched: usize,
        line: &str,
        after_html: bool,
    ) -> Notice {
        let all_matched = matched == self.containers.len();
        let paragraph_open = matches!(self.leaf, Leaf::Paragraph { .. });
        // The leaf that a new block on this line would interrupt; one in an unmatched container is not in the way.
        let mut leaf = if all_matched { std::mem::take(&mut self.leaf) } else { Leaf::None };
        // Rows take almost any line, and an HTML block is shown to the grammar as a paragraph, which could go on.
        let prefix = cursor.at;
        let mut apart =
            (leaf == Leaf::Table || after_html || !all_matched && matches!(self.leaf, Leaf::Html(_)))
                .then_some(prefix);
        let mut lazy = paragraph_open;
        let mut opened = matched;

        loop {
            let (indent, text_at) = cursor.indent();
            let text = cursor.rest(text_at);
            let in_paragraph = matches!(leaf, Leaf::Paragraph { .. });
            let Some(&first) = text.first() else {
                // After a container's marker nothing follows on this line.
                self.leaf = Leaf::None;
                return Notice::NOTHING.blank_before(apart);
            };
            if indent >= 4 {
                if lazy || in_paragraph {
                    break;
                }
                self.close(opened);
                self.leaf = Leaf::None;
                // The grammar takes `>` for a quote however far it is indented.
                let mask = if first == b'>' { Mask::Byte(text_at) } else { Mask::Nothing };
                return Notice::mask(mask).blank_before(apart);
            }
            if first == b'>' {
                self.close(opened);
                cursor.skip_columns(indent);
                cursor.skip_bytes(1);
                cursor.skip_columns(1);
                self.push(Container::Quote);
            } else if is_atx_heading(text) {
                self.close(opened);
                self.leaf = Leaf::None;
                return Notice { heading: text_at == 0, ..Notice::NOTHING.blank_before(apart) };
            } else if let Some(length) = opens_fence(text) {
                self.close(opened);
                self.leaf = Leaf::Fence { marker: first, length };
                return Notice::NOTHING.blank_before(apart);
            } else if let Some(end) = html_block::start(text, !in_paragraph) {
                self.close(opened);
                self.after_html = end.is_met(text, false);
                self.leaf = if self.after_html { Leaf::None } else { Leaf::Html(end) };
                return Notice::mask(Mask::Html(text_at))
                    .blank_before(apart.or(paragraph_open.then_some(prefix)));
            } else if in_paragraph && is_setext_underline(text) {
                self.close(opened);
                self.leaf = Leaf::None;
                return Notice { previous: Previous::NoHeader, ..Notice::NOTHING };
            } else if is_thematic_break(text) {
                self.close(opened);
                self.leaf = Leaf::None;
                return Notice::NOTHING.blank_before(apart);
            } else if let Some(width) = list_marker(text) {
                let rest = &text[width..];
                // CommonMark 5.2 and 5.3: only an item with text, and of a numbered list only number 1, may follow a
                // paragraph's line directly.
                let starts_at_one = !first.is_ascii_digit() || is_one(&text[..width - 1]);
                if in_paragraph && (is_blank(rest) || !starts_at_one) {
                    self.leaf = leaf.continued(&line[text_at..]);
                    return Notice::mask(Mask::Byte(text_at + width - 1));
                }
                // The grammar knows number 1 only as `1`, and takes `- |` for a delimiter row.
                if paragraph_open && (first == b'0' || table::delimiter_cells(&line[text_at..]).is_some()) {
                    apart = Some(prefix);
                }
                self.close(opened);
                cursor.skip_columns(indent);
                cursor.skip_bytes(width);
                let (blanks, after) = cursor.indent();
                let padding =
                    if after >= cursor.line.len() || !(1..5).contains(&blanks) { 1 } else { blanks };
                cursor.skip_columns(padding);
                self.push(Container::Item { content: indent + width + padding, empty: true });
            } else {
                break;
            }
            opened = self.containers.len();
            leaf = Leaf::None;
            lazy = false;
        }

        if lazy && !all_matched {
            // A paragraph continued without its containers' prefixes: they stay open.
            let no_table = matches!(self.leaf, Leaf::Paragraph { no_table: true, .. });
            self.leaf = Leaf::Paragraph { cells: 0, no_table };
            return Notice::mask(paragraph_mask(&cursor, line));
        }
        let first_in_item =
            matches!(self.containers[..opened].last(), Some(Container::Item { empty: true, .. }));
        self.close(opened);
        let (indent, text_at) = cursor.indent();
        let text = line.get(text_at..).unwrap_or_default();
        let columns = table::delimiter_cells(text).filter(|_| indent < 4);
        match leaf {
            Leaf::Table if table::is_row(text) => {
                self.leaf = Leaf::Table;
                // Lines that the grammar takes for more than a row.
                let more = columns.is_some() || is_setext_underline(text.as_bytes());
                return Notice::mask(if more { Mask::Byte(text_at) } else { Mask::Row(text_at) });
            }
            Leaf::Paragraph { cells, no_table: false } if columns == Some(cells) => {
                self.leaf = Leaf::Table;
                let previous = if cells == 1 { Previous::OneColumn } else { Previous::AsItIs };
                let mask = Mask::Delimiter { column: cursor.column, at: text_at };
                return Notice { previous, ..Notice::mask(mask) };
            }
            Leaf::Paragraph { .. } if columns.is_some() => {
                self.leaf = Leaf::Paragraph { cells: 0, no_table: true };
            }
            // The grammar knows no header that is indented like code.
            _ => self.leaf = leaf.continued(if indent < 4 { text } else { "|" }),
        }
        // The grammar reads the text after a box by other rules (what a box is, the outline decides), and knows
        // delimiter rows where none can be.
        let masked = columns.is_some() || first_in_item && outline::task_mark(text).is_some();
        let mask = if masked { Mask::Byte(text_at) } else { paragraph_mask(&cursor, line) };
        Notice::mask(mask).blank_before(apart)
    }

    /// Closes the containers from `matched` on; what is left has now something in it.
    fn close(&mut self, matched: usize) {
        self.containers.truncate(matched);
        self.fill();
    }

    fn fill(&mut self) {
        if let Some(Container::Item { empty, .. }) = self.containers.last_mut() {
            *empty = false;
        }
    }

    fn push(&mut self, container: Container) {
        self.containers.push(container);
    }
}

impl Leaf {
    /// A paragraph of this line.
    fn paragraph(text: &str) -> Self {
        Self::Paragraph { cells: table::header_cells(text), no_table: false }
    }

    /// The paragraph after one more line, or a new one.
    fn continued(&self, text: &str) -> Self {
        let no_table = matches!(self, Self::Paragraph { no_table: true, .. });
        Self::Paragraph { cells: table::header_cells(text), no_table }
    }
}

/// What the grammar must not see of a paragraph's line: it takes lines indented like code for blocks.
fn paragraph_mask(cursor: &Cursor<'_>, line: &str) -> Mask {
    let (indent, text_at) = cursor.indent();
    match cursor.line.get(text_at) {
        Some(byte) if indent >= 4 && !byte.is_ascii_alphabetic() => Mask::Byte(text_at),
        _ => header_mask(line, text_at),
    }
}

/// The line may be the header of a table, and whether it is one or not, the grammar fails on some.
fn header_mask(line: &str, text_at: usize) -> Mask {
    if table::is_odd_header(&line[text_at..]) { Mask::Row(text_at) } else { Mask::Nothing }
}

fn is_one(digits: &[u8]) -> bool {
    matches!(digits, [zeros @ .., b'1'] if zeros.iter().all(|digit| *digit == b'0'))
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// CommonMark 4.2: one to six `#`, then blank space or the end of the line.
pub(crate) fn is_atx_heading(text: &[u8]) -> bool {
    let hashes = text.iter().take_while(|byte| **byte == b'#').count();
    (1..=6).contains(&hashes) && matches!(text.get(hashes), None | Some(b' ' | b'\t'))
}

/// CommonMark 4.5: the length of the fence that this line opens.
fn opens_fence(text: &[u8]) -> Option<usize> {
    let marker = *text.first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = text.iter().take_while(|byte| **byte == marker).count();
    (length >= 3 && (marker == b'~' || !text[length..].contains(&b'`'))).then_some(length)
}

fn closes_fence(text: &[u8], marker: u8, length: usize) -> bool {
    let run = text.iter().take_while(|byte| **byte == marker).count();
    run >= length && is_blank(&text[run..])
}

fn is_setext_underline(text: &[u8]) -> bool {
    let Some(&marker @ (b'=' | b'-')) = text.first() else { return false };
    let run = text.iter().take_while(|byte| **byte == marker).count();
    is_blank(&text[run..])
}

/// CommonMark 4.1.
fn is_thematic_break(text: &[u8]) -> bool {
    let Some(&marker @ (b'*' | b'-' | b'_')) = text.first() else { return false };
    text.iter().all(|byte| *byte == marker || matches!(byte, b' ' | b'\t'))
        && text.iter().filter(|byte| **byte == marker).count() >= 3
}

/// CommonMark 5.2: the width of a bullet (1) or of a number with its delimiter, followed by blank space or nothing.
pub(crate) fn list_marker(text: &[u8]) -> Option<usize> {
    let width = match text.first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits <= 9 && matches!(text.get(digits), Some(b'.' | b')'))).then_some(digits + 1)?
        }
        _ => return None,
    };
    matches!(text.get(width), None | Some(b' ' | b'\t')).then_some(width)
}
