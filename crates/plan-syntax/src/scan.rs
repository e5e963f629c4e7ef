//! Reading block structure line by line, as far as deciding where a document may be cut needs it.
//!
//! The scanner follows the open containers (quotes, list items) and the open leaf block, as the algorithm in the
//! appendix of the CommonMark spec does. It sees no more than the line starts, costs tens of nanoseconds per line, and
//! tells what it does to a [`Sink`], and knows two things the rest of the crate needs:
//!
//! - whether a column-0 ATX heading is one. Such a line ends every list item, quote and paragraph, so only a fence or
//!   an HTML block *of the document itself* can swallow it;
//! - where tree-sitter's grammar is known to read a line otherwise than CommonMark, so that
//!   [`prepare`](crate::prepare) can put it right before the parse.

use crate::{
    cursor::Cursor,
    html_block::{self, HtmlEnd},
    line_start::{
        closes_fence, is_atx_heading, is_blank, is_one, is_setext_underline, list_marker, opens_fence,
        thematic_break,
    },
    notice::{Mask, Notice, Previous},
    outline, table,
};

/// Whoever wants to know which blocks open and close. Offsets are bytes from the line's start. A block that opens comes
/// after the [`close`](Sink::close) of what it ends.
pub(crate) trait Sink {
    /// The open leaf block ends, and the containers after the first `containers`.
    fn close(&mut self, _containers: usize) {}
    /// A quote opens, whose marker stands here.
    fn quote(&mut self, _at: usize) {}
    /// A list item opens, whose marker of this width stands here.
    fn item(&mut self, _at: usize, _width: usize) {}
    /// An ATX heading.
    fn atx_heading(&mut self, _at: usize) {}
    /// The underline of a setext heading, whose text is the open paragraph.
    fn underline(&mut self, _at: usize) {}
    /// A thematic break.
    fn thematic_break(&mut self, _at: usize) {}
    /// A line of indented code.
    fn code(&mut self, _at: usize) {}
    /// A fence opens with a marker of this length.
    fn fence(&mut self, _at: usize, _length: usize) {}
    /// A line in an open fence; `closes` is its last one.
    fn fence_line(&mut self, _at: usize, _closes: bool) {}
    /// An HTML block opens.
    fn html(&mut self, _at: usize) {}
    /// A further line of an HTML block.
    fn html_line(&mut self, _at: usize) {}
    /// A line of a paragraph, the first one unless it continues the open one.
    fn paragraph(&mut self, _at: usize, _continues: bool) {}
    /// The delimiter row of a table, whose header is the last line of the open paragraph.
    fn delimiter_row(&mut self, _at: usize) {}
    /// A row of the open table.
    fn row(&mut self, _at: usize) {}
}

/// Nobody wants to know.
impl Sink for () {}

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

impl Scanner {
    /// Whether a fence or HTML block of the document itself is open, so that a heading's line would belong to it.
    pub(crate) fn swallows_headings(&self) -> bool {
        self.containers.is_empty() && matches!(self.leaf, Leaf::Fence { .. } | Leaf::Html(_))
    }

    /// Reads the next line, given without its line ending.
    pub(crate) fn line(&mut self, line: &str, sink: &mut impl Sink) -> Notice {
        let bytes = line.as_bytes();
        let after_html = std::mem::take(&mut self.after_html);
        let after_empty_item = std::mem::take(&mut self.after_empty_item);
        // Most lines of most documents: text at the margin, no container open.
        if self.containers.is_empty()
            && matches!(self.leaf, Leaf::None)
            && bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic())
        {
            self.leaf = Leaf::paragraph(line);
            sink.paragraph(0, false);
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
                    let closes = indent < 4 && closes_fence(cursor.rest(text_at), *marker, *length);
                    sink.fence_line(text_at, closes);
                    if closes {
                        self.leaf = Leaf::None;
                    }
                    return Notice::NOTHING;
                }
                Leaf::Html(end) => {
                    let ends = end.is_met(cursor.rest(cursor.at), blank);
                    if ends {
                        self.leaf = Leaf::None;
                        self.after_html = !blank;
                    }
                    if ends && blank {
                        sink.close(matched);
                        return Notice::NOTHING;
                    }
                    sink.html_line(text_at);
                    if ends {
                        sink.close(matched);
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
            sink.close(matched);
            let previous = if again { Previous::SameBlankLine } else { Previous::AsItIs };
            return Notice { previous, ..Notice::NOTHING };
        }
        self.open_blocks(cursor, matched, line, after_html, sink)
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
        sink: &mut impl Sink,
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
        // A byte that no thematic break has which begins before it, unless it is one of its own. There may be thousands of
        // bullets on a line, and the rest of it is looked through for one of them only.
        let mut obstacle = 0;

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
                self.close(opened, sink);
                self.leaf = Leaf::None;
                sink.code(text_at);
                // The grammar takes `>` for a quote however far it is indented.
                let mask = if first == b'>' { Mask::Byte(text_at) } else { Mask::Nothing };
                return Notice::mask(mask).blank_before(apart);
            }
            if first == b'>' {
                self.close(opened, sink);
                cursor.skip_columns(indent);
                cursor.skip_bytes(1);
                cursor.skip_columns(1);
                self.push(Container::Quote);
                sink.quote(text_at);
            } else if is_atx_heading(text) {
                self.close(opened, sink);
                self.leaf = Leaf::None;
                sink.atx_heading(text_at);
                return Notice { heading: text_at == 0, ..Notice::NOTHING.blank_before(apart) };
            } else if let Some(length) = opens_fence(text) {
                self.close(opened, sink);
                self.leaf = Leaf::Fence { marker: first, length };
                sink.fence(text_at, length);
                return Notice::NOTHING.blank_before(apart);
            } else if let Some(end) = html_block::start(text, !in_paragraph) {
                self.close(opened, sink);
                self.after_html = end.is_met(text, false);
                self.leaf = if self.after_html { Leaf::None } else { Leaf::Html(end) };
                sink.html(text_at);
                if self.after_html {
                    sink.close(self.containers.len());
                }
                return Notice::mask(Mask::Html(text_at))
                    .blank_before(apart.or(paragraph_open.then_some(prefix)));
            } else if in_paragraph && is_setext_underline(text) {
                self.fill();
                self.leaf = Leaf::None;
                sink.underline(text_at);
                return Notice { previous: Previous::NoHeader, ..Notice::NOTHING };
            } else if !(text_at < obstacle && line.as_bytes()[obstacle] != first)
                && thematic_break(text).inspect_err(|at| obstacle = text_at + at).is_ok()
            {
                self.close(opened, sink);
                self.leaf = Leaf::None;
                sink.thematic_break(text_at);
                return Notice::NOTHING.blank_before(apart);
            } else if let Some(width) = list_marker(text) {
                let rest = &text[width..];
                // CommonMark 5.2 and 5.3: only an item with text, and of a numbered list only number 1, may follow a
                // paragraph's line directly.
                let starts_at_one = !first.is_ascii_digit() || is_one(&text[..width - 1]);
                if in_paragraph && (is_blank(rest) || !starts_at_one) {
                    // The grammar knows no header of one column that looks so.
                    let text = if line.contains('|') { &line[text_at..] } else { "" };
                    self.leaf = leaf.continued(text);
                    sink.paragraph(text_at, true);
                    return Notice::mask(Mask::Byte(text_at + width - 1));
                }
                // The grammar knows number 1 only as `1`, and takes `- |` for a delimiter row.
                if paragraph_open && (first == b'0' || table::delimiter_cells(&line[text_at..]).is_some()) {
                    apart = Some(prefix);
                }
                self.close(opened, sink);
                cursor.skip_columns(indent);
                cursor.skip_bytes(width);
                let (blanks, after) = cursor.indent();
                let padding =
                    if after >= cursor.line.len() || !(1..5).contains(&blanks) { 1 } else { blanks };
                cursor.skip_columns(padding);
                self.push(Container::Item { content: indent + width + padding, empty: true });
                sink.item(text_at, width);
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
            sink.paragraph(cursor.indent().1, true);
            return Notice::mask(paragraph_mask(&cursor, line));
        }
        let first_in_item =
            matches!(self.containers[..opened].last(), Some(Container::Item { empty: true, .. }));
        let continues = matches!(leaf, Leaf::Paragraph { .. } | Leaf::Table);
        if continues {
            // Nothing was opened on this line and all containers matched.
            self.fill();
        } else {
            self.close(opened, sink);
        }
        let (indent, text_at) = cursor.indent();
        let text = line.get(text_at..).unwrap_or_default();
        let columns = table::delimiter_cells(text).filter(|_| indent < 4);
        match leaf {
            Leaf::Table if table::is_row(text) => {
                self.leaf = Leaf::Table;
                sink.row(text_at);
                // Lines that the grammar takes for more than a row.
                let more = columns.is_some() || is_setext_underline(text.as_bytes());
                return Notice::mask(if more { Mask::Byte(text_at) } else { Mask::Row(text_at) });
            }
            Leaf::Paragraph { cells, no_table: false } if columns == Some(cells) => {
                self.leaf = Leaf::Table;
                sink.delimiter_row(text_at);
                let previous = if cells == 1 { Previous::OneColumn } else { Previous::AsItIs };
                let mask = Mask::Delimiter { column: cursor.column, at: text_at };
                return Notice { previous, ..Notice::mask(mask) };
            }
            Leaf::Paragraph { .. } if columns.is_some() => {
                sink.paragraph(text_at, true);
                self.leaf = Leaf::Paragraph { cells: 0, no_table: true };
            }
            // The grammar knows no header that is indented like code.
            _ => {
                let continues = matches!(leaf, Leaf::Paragraph { .. });
                if !continues {
                    sink.close(opened);
                }
                sink.paragraph(text_at, continues);
                self.leaf = leaf.continued(if indent < 4 { text } else { "|" });
            }
        }
        // The grammar reads the text after a box by other rules (what a box is, the outline decides), and knows
        // delimiter rows where none can be.
        let masked = columns.is_some() || first_in_item && outline::task_mark(text).is_some();
        let mask = if masked { Mask::Byte(text_at) } else { paragraph_mask(&cursor, line) };
        Notice::mask(mask).blank_before(apart)
    }

    /// Closes the containers from `matched` on; what is left has now something in it.
    fn close(&mut self, matched: usize, sink: &mut impl Sink) {
        self.containers.truncate(matched);
        self.fill();
        sink.close(matched);
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

/// What the grammar must not see of a paragraph's line: it takes lines indented like code for blocks, and some that begin
/// with `<` for HTML, and fails on a pipe alone. Those that begin with `[` may be definitions, which it shall not know.
fn paragraph_mask(cursor: &Cursor<'_>, line: &str) -> Mask {
    let (indent, text_at) = cursor.indent();
    match cursor.line.get(text_at) {
        Some(byte) if indent >= 4 && !byte.is_ascii_alphabetic() => Mask::Byte(text_at),
        Some(b'<' | b'[') if !line.contains('|') => Mask::Byte(text_at),
        Some(b'|') if !table::is_row(&line[text_at..]) => Mask::Byte(text_at),
        _ => header_mask(line, text_at),
    }
}

/// The line may be the header of a table, and whether it is one or not, the grammar fails on some.
fn header_mask(line: &str, text_at: usize) -> Mask {
    if table::is_odd_header(&line[text_at..]) { Mask::Row(text_at) } else { Mask::Nothing }
}
