//! Scans the block structure of a text line by line.
//!
//! The scanner follows the open containers (quotes, list items) and the open leaf block like the algorithm in
//! the appendix of the CommonMark spec. It looks only at how lines start, takes tens of nanoseconds per line,
//! and reports blocks to a [`BlockSink`]. For each line, it returns whether the line is an ATX heading at column 0.
//! A line that looks like one ends every list item, quote and paragraph. It is therefore a heading, unless a fence
//! or an HTML block outside of any container is open.
//!
//! A sink can also receive the places where tree-sitter's grammar would parse a line differently from CommonMark
//! ([`BlockSink::mask`]). The default methods ignore these places, which are computed only for sinks that use them.

use crate::{
    cursor::Cursor,
    html_block::{self, HtmlEnd},
    line_start::{
        closes_fence, is_atx_heading, is_blank, is_number_one, is_setext_underline, list_marker, opens_fence,
        thematic_break,
    },
    mask::{Mask, PreviousLine},
    outline, table,
};

/// Receives block events. Offsets are bytes from the start of the line. [`close`](BlockSink::close) is called
/// for the blocks that a new block ends before the new block is reported.
pub(crate) trait BlockSink {
    /// Closes the open leaf block and all containers after the first `containers`.
    fn close(&mut self, _containers: usize) {}
    /// Opens a quote, whose marker is at `at`.
    fn quote(&mut self, _at: usize) {}
    /// Opens a list item, whose marker of `width` bytes is at `at`.
    fn item(&mut self, _at: usize, _width: usize) {}
    /// Adds an ATX heading.
    fn atx_heading(&mut self, _at: usize) {}
    /// Adds the underline of a setext heading, whose text is the open paragraph.
    fn underline(&mut self, _at: usize) {}
    /// Adds a thematic break.
    fn thematic_break(&mut self, _at: usize) {}
    /// Adds a line of indented code.
    fn code(&mut self, _at: usize) {}
    /// Opens a fence, whose marker has `length` bytes.
    fn fence(&mut self, _at: usize, _length: usize) {}
    /// Adds a line to the open fence. `closes` is true for the closing fence.
    fn fence_line(&mut self, _at: usize, _closes: bool) {}
    /// Opens an HTML block.
    fn html(&mut self, _at: usize) {}
    /// Adds another line to the open HTML block.
    fn html_line(&mut self, _at: usize) {}
    /// Adds a line to the open paragraph if `continues` is set, otherwise opens a paragraph.
    fn paragraph(&mut self, _at: usize, _continues: bool) {}
    /// Adds the delimiter row of a table, whose header is the last line of the open paragraph.
    fn delimiter_row(&mut self, _at: usize) {}
    /// Adds a row to the open table.
    fn row(&mut self, _at: usize) {}
    /// Reports which part of the line the grammar would parse differently.
    fn mask(&mut self, _mask: impl FnOnce() -> Mask) {}
    /// Reports, unless `None`, that a blank line must be inserted before this line. Otherwise the grammar would parse
    /// this line as part of the block before it. The blank line starts with the first `prefix` bytes of this line, so
    /// that it is in the same containers.
    fn blank_before(&mut self, _prefix: Option<usize>) {}
    /// Reports how the previous line must be rewritten so that the grammar parses it like CommonMark.
    fn previous_line(&mut self, _previous: PreviousLine) {}
}

/// Ignores all events.
impl BlockSink for () {}

/// The blocks that are open after the lines scanned so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct BlockScanner {
    containers: Vec<Container>,
    leaf: Leaf,
    /// Whether the previous line was the last line of an HTML block.
    after_html: bool,
    /// Whether the previous line was a blank line after an empty item.
    after_empty_item: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Container {
    Quote,
    Item {
        /// Columns of indentation that a line needs to belong to the item, counted from the enclosing
        /// container's content.
        content: usize,
        /// Whether the item has no content yet, so that the next blank line ends it.
        empty: bool,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Leaf {
    #[default]
    None,
    Paragraph {
        /// Number of cells that the last line would have as the header of a table; 0 if it cannot be a header.
        cells: usize,
        /// Whether the paragraph contains a delimiter row that does not match its header. GitHub does not recognize a
        /// table in the rest of such a paragraph.
        no_table: bool,
    },
    Table,
    Fence {
        marker: u8,
        length: usize,
    },
    Html(HtmlEnd),
}

impl BlockScanner {
    /// Returns whether a fence or HTML block outside of any container is open. A line that looks like a heading is then
    /// part of that block.
    pub(crate) fn hides_headings(&self) -> bool {
        self.containers.is_empty() && matches!(self.leaf, Leaf::Fence { .. } | Leaf::Html(_))
    }

    /// Scans the next line, given without its line ending. Returns whether it is an ATX heading at column 0.
    pub(crate) fn line(&mut self, line: &str, sink: &mut impl BlockSink) -> bool {
        let bytes = line.as_bytes();
        let after_html = std::mem::take(&mut self.after_html);
        let after_empty_item = std::mem::take(&mut self.after_empty_item);
        // Fast path for the most common line: text at the margin with no container open.
        if self.containers.is_empty()
            && matches!(self.leaf, Leaf::None)
            && bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic())
        {
            self.leaf = Leaf::paragraph(line);
            sink.paragraph(0, false);
            sink.mask(|| header_mask(line, 0));
            sink.blank_before(after_html.then_some(0));
            return false;
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
                    return false;
                }
                Leaf::Html(end) => {
                    let ends = end.ends_block(cursor.rest(cursor.offset), blank);
                    if ends {
                        self.leaf = Leaf::None;
                        self.after_html = !blank;
                    }
                    if ends && blank {
                        sink.close(matched);
                        return false;
                    }
                    sink.html_line(text_at);
                    if ends {
                        sink.close(matched);
                    }
                    sink.mask(|| if blank { Mask::Blank } else { Mask::Byte(text_at) });
                    return false;
                }
                Leaf::None | Leaf::Paragraph { .. } | Leaf::Table => {}
            }
        }
        if blank {
            let merged = all_matched && after_empty_item;
            let ends_empty_item = matches!(self.containers.last(), Some(Container::Item { empty: true, .. }));
            self.after_empty_item = merged || ends_empty_item && !all_matched;
            // A blank line ends the unmatched containers, and every paragraph and table.
            self.containers.truncate(matched);
            self.leaf = Leaf::None;
            sink.close(matched);
            if merged {
                sink.previous_line(PreviousLine::MergedBlankLine);
            }
            return false;
        }
        self.open_blocks(cursor, matched, line, after_html, sink)
    }

    /// Returns the number of open containers that the line continues, and moves the cursor past their
    /// prefixes.
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
                // CommonMark 5.2: an item begins with at most one blank line, regardless of the indentation of the
                // next line.
                Container::Item { empty: true, .. } if blank => return index,
                Container::Item { content, .. } if indent >= *content => cursor.skip_columns(*content),
                Container::Item { .. } if blank => cursor.skip_columns(indent),
                _ => return index,
            }
        }
        self.containers.len()
    }

    /// Opens the blocks that start on this line. The line is not blank; the cursor is after the prefixes of
    /// the matched containers.
    fn open_blocks(
        &mut self,
        mut cursor: Cursor<'_>,
        matched: usize,
        line: &str,
        after_html: bool,
        sink: &mut impl BlockSink,
    ) -> bool {
        let all_matched = matched == self.containers.len();
        let paragraph_open = matches!(self.leaf, Leaf::Paragraph { .. });
        // The leaf that a new block on this line would interrupt. A leaf in an unmatched container cannot be
        // interrupted.
        let mut leaf = if all_matched { std::mem::take(&mut self.leaf) } else { Leaf::None };
        // The grammar accepts almost any line as a row. It parses an HTML block as a paragraph, which this line could
        // continue.
        let prefix = cursor.offset;
        let mut blank_before =
            (leaf == Leaf::Table || after_html || !all_matched && matches!(self.leaf, Leaf::Html(_)))
                .then_some(prefix);
        let mut lazy = paragraph_open;
        let mut opened = matched;
        // Offset of a byte that cannot be in any thematic break starting before it, unless the break consists
        // of that byte. A line can have thousands of bullets; without this, the rest of the line would be
        // searched for each of them.
        let mut ruled_out_by = 0;

        loop {
            let (indent, text_at) = cursor.indent();
            let text = cursor.rest(text_at);
            let in_paragraph = matches!(leaf, Leaf::Paragraph { .. });
            let Some(&first) = text.first() else {
                // The line ends after a container's marker.
                self.leaf = Leaf::None;
                sink.blank_before(blank_before);
                return false;
            };
            if indent >= 4 {
                if lazy || in_paragraph {
                    break;
                }
                self.close(opened, sink);
                self.leaf = Leaf::None;
                sink.code(text_at);
                // The grammar reads `>` as a quote, regardless of its indentation.
                sink.mask(|| if first == b'>' { Mask::Byte(text_at) } else { Mask::None });
                sink.blank_before(blank_before);
                return false;
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
                sink.blank_before(blank_before);
                return text_at == 0;
            } else if let Some(length) = opens_fence(text) {
                self.close(opened, sink);
                self.leaf = Leaf::Fence { marker: first, length };
                sink.fence(text_at, length);
                sink.blank_before(blank_before);
                return false;
            } else if let Some(end) = html_block::start(text, !in_paragraph) {
                self.close(opened, sink);
                self.after_html = end.ends_block(text, false);
                self.leaf = if self.after_html { Leaf::None } else { Leaf::Html(end) };
                sink.html(text_at);
                if self.after_html {
                    sink.close(self.containers.len());
                }
                sink.mask(|| Mask::Html(text_at));
                sink.blank_before(blank_before.or(paragraph_open.then_some(prefix)));
                return false;
            } else if in_paragraph && is_setext_underline(text) {
                self.mark_not_empty();
                self.leaf = Leaf::None;
                sink.underline(text_at);
                sink.previous_line(PreviousLine::NotHeader);
                return false;
            } else if !(text_at < ruled_out_by && line.as_bytes()[ruled_out_by] != first)
                && thematic_break(text).inspect_err(|at| ruled_out_by = text_at + at).is_ok()
            {
                self.close(opened, sink);
                self.leaf = Leaf::None;
                sink.thematic_break(text_at);
                sink.blank_before(blank_before);
                return false;
            } else if let Some(width) = list_marker(text) {
                let rest = &text[width..];
                // CommonMark 5.2 and 5.3: an item can interrupt a paragraph only if it has text and, in an
                // ordered list, only if its number is 1.
                let starts_at_one = !first.is_ascii_digit() || is_number_one(&text[..width - 1]);
                if in_paragraph && (is_blank(rest) || !starts_at_one) {
                    // The grammar does not recognize such a line as the header of a one-column table.
                    let text = if line.contains('|') { &line[text_at..] } else { "" };
                    self.leaf = leaf.continued_paragraph(text);
                    sink.paragraph(text_at, true);
                    sink.mask(|| Mask::Byte(text_at + width - 1));
                    return false;
                }
                // The grammar recognizes the number 1 only as `1`, and reads `- |` as a delimiter row.
                if paragraph_open && (first == b'0' || table::delimiter_cells(&line[text_at..]).is_some()) {
                    blank_before = Some(prefix);
                }
                self.close(opened, sink);
                cursor.skip_columns(indent);
                cursor.skip_bytes(width);
                let (spaces, after) = cursor.indent();
                let padding =
                    if after >= cursor.line.len() || !(1..5).contains(&spaces) { 1 } else { spaces };
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
            // A lazy continuation line: it lacks the prefixes of its containers, which stay open.
            let no_table = matches!(self.leaf, Leaf::Paragraph { no_table: true, .. });
            self.leaf = Leaf::Paragraph { cells: 0, no_table };
            sink.paragraph(cursor.indent().1, true);
            sink.mask(|| paragraph_mask(&cursor, line));
            return false;
        }
        let first_in_item =
            matches!(self.containers[..opened].last(), Some(Container::Item { empty: true, .. }));
        let continues = matches!(leaf, Leaf::Paragraph { .. } | Leaf::Table);
        if continues {
            // The line opened no block, and all containers matched.
            self.mark_not_empty();
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
                // The grammar parses these lines as other blocks than a row.
                let is_hidden = || columns.is_some() || is_setext_underline(text.as_bytes());
                sink.mask(|| if is_hidden() { Mask::Byte(text_at) } else { Mask::Row(text_at) });
                return false;
            }
            Leaf::Paragraph { cells, no_table: false } if columns == Some(cells) => {
                self.leaf = Leaf::Table;
                sink.delimiter_row(text_at);
                if cells == 1 {
                    sink.previous_line(PreviousLine::OneColumnHeader);
                }
                sink.mask(|| Mask::Delimiter { column: cursor.column, at: text_at });
                return false;
            }
            Leaf::Paragraph { .. } if columns.is_some() => {
                sink.paragraph(text_at, true);
                self.leaf = Leaf::Paragraph { cells: 0, no_table: true };
            }
            // The grammar does not recognize a header that is indented like code.
            _ => {
                let continues = matches!(leaf, Leaf::Paragraph { .. });
                if !continues {
                    sink.close(opened);
                }
                sink.paragraph(text_at, continues);
                self.leaf = leaf.continued_paragraph(if indent < 4 { text } else { "|" });
            }
        }
        // The grammar parses the text after a checkbox by other rules (the outline detects checkboxes itself), and
        // recognizes delimiter rows in invalid positions.
        sink.mask(|| {
            let masked = columns.is_some() || first_in_item && outline::checkbox_character(text).is_some();
            if masked { Mask::Byte(text_at) } else { paragraph_mask(&cursor, line) }
        });
        sink.blank_before(blank_before);
        false
    }

    /// Closes the containers from `matched` on, and marks the innermost remaining container as not empty.
    fn close(&mut self, matched: usize, sink: &mut impl BlockSink) {
        self.containers.truncate(matched);
        self.mark_not_empty();
        sink.close(matched);
    }

    fn mark_not_empty(&mut self) {
        if let Some(Container::Item { empty, .. }) = self.containers.last_mut() {
            *empty = false;
        }
    }

    fn push(&mut self, container: Container) {
        self.containers.push(container);
    }
}

impl Leaf {
    /// Returns a new paragraph with this line.
    fn paragraph(text: &str) -> Self {
        Self::Paragraph { cells: table::header_cells(text), no_table: false }
    }

    /// Returns the open paragraph extended by a line, or a new paragraph if this leaf is not a paragraph.
    fn continued_paragraph(&self, text: &str) -> Self {
        let no_table = matches!(self, Self::Paragraph { no_table: true, .. });
        Self::Paragraph { cells: table::header_cells(text), no_table }
    }
}

/// Returns the part of a paragraph's line to hide from the grammar. The grammar parses lines that are indented like
/// code as blocks, parses some lines that begin with `<` as HTML, and fails on a single pipe. Lines that begin with
/// `[` are hidden because they may be link definitions, which are parsed without the grammar.
fn paragraph_mask(cursor: &Cursor<'_>, line: &str) -> Mask {
    let (indent, text_at) = cursor.indent();
    match cursor.line.get(text_at) {
        Some(byte) if indent >= 4 && !byte.is_ascii_alphabetic() => Mask::Byte(text_at),
        Some(b'<' | b'[') if !line.contains('|') => Mask::Byte(text_at),
        Some(b'|') if !table::is_row(&line[text_at..]) => Mask::Byte(text_at),
        _ => header_mask(line, text_at),
    }
}

/// Returns the mask for a line that may become the header of a table: the grammar fails on some such lines, whether
/// they are headers or not.
fn header_mask(line: &str, text_at: usize) -> Mask {
    if table::is_unsupported_header(&line[text_at..]) { Mask::Row(text_at) } else { Mask::None }
}
