//! The block outline: the block structure of a text according to CommonMark and GFM, as plain data.
//!
//! Positions are byte offsets relative to the start of the parsed text (for a [`Segment`](crate::Segment),
//! the segment's start), so an outline stays valid when its segment moves.

use std::ops::Range;

/// A range of bytes relative to a segment's start. `u32` because every open document keeps the outline of all
/// its blocks.
pub type SegmentSpan = Range<u32>;

/// Converts a [`SegmentSpan`] to a range that slices a `str`.
pub fn bytes(span: &SegmentSpan) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// A block. Its children follow it directly in [`BlockOutline::blocks`], up to `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The kind of block, with its parts.
    pub kind: BlockKind,
    /// The bytes of the block, from its first marker to the end of its last line without the line ending.
    pub span: SegmentSpan,
    /// Index in [`BlockOutline::blocks`] after the last descendant.
    pub end: u32,
    /// Index of the parent block, or [`Block::NO_PARENT`].
    parent: u32,
}

impl Block {
    /// Parent index of a root block: `None` would take four more bytes in each block.
    const NO_PARENT: u32 = u32::MAX;

    /// Creates a block without children.
    pub(crate) fn new(index: u32, kind: BlockKind, span: SegmentSpan, parent: Option<u32>) -> Self {
        Self { kind, span, end: index + 1, parent: parent.unwrap_or(Self::NO_PARENT) }
    }

    /// Returns the index of the parent block, if any.
    pub fn parent(&self) -> Option<u32> {
        Some(self.parent).filter(|parent| *parent != Self::NO_PARENT)
    }

    /// Returns the list marker of a list item: a bullet or a number with its delimiter (`-`, `12.`). Empty
    /// for other blocks.
    pub fn marker(&self) -> SegmentSpan {
        match self.kind {
            BlockKind::Item { marker_end, .. } => self.span.start..marker_end,
            _ => self.span.start..self.span.start,
        }
    }

    /// Calls `adjust` with every span of the block. Names every field, so that a new one does not compile
    /// until it is handled.
    pub(crate) fn for_each_span(&mut self, mut adjust: impl FnMut(&mut SegmentSpan)) {
        let marker = self.marker();
        let Self { kind, span, end: _, parent: _ } = self;
        adjust(span);
        match kind {
            BlockKind::Heading { level: _, setext: _, text } => adjust(text),
            BlockKind::Item { marker_end, checkbox } => {
                let mut marker = marker;
                adjust(&mut marker);
                *marker_end = marker.end;
                if let Some(Checkbox { span, gfm: _ }) = checkbox {
                    adjust(span);
                }
            }
            BlockKind::Fence { info, content, closed: _ } => [info, content].into_iter().for_each(adjust),
            BlockKind::LinkDefinition { label, destination } => {
                [label, destination].into_iter().for_each(adjust);
            }
            BlockKind::Paragraph
            | BlockKind::List { ordered: _ }
            | BlockKind::Table
            | BlockKind::Row { header: _ }
            | BlockKind::Cell
            | BlockKind::IndentedCode
            | BlockKind::Quote
            | BlockKind::Html { comment: _ }
            | BlockKind::ThematicBreak => {}
        }
    }

    /// Returns the offset at which a container without content ends: after its marker, or after its checkbox.
    pub(crate) fn empty_end(&self) -> u32 {
        match &self.kind {
            BlockKind::Item { checkbox: Some(checkbox), .. } => checkbox.span.end,
            BlockKind::Item { marker_end, .. } => *marker_end,
            BlockKind::Quote => self.span.start + 1,
            _ => self.span.end,
        }
    }
}

/// The kinds of blocks (CommonMark 0.31 chapters 4 and 5, GFM tables and task list items).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// A heading, ATX or setext.
    Heading {
        /// The level, 1 to 6.
        level: u8,
        /// Whether the heading is a setext heading (underlined).
        setext: bool,
        /// The text without hashes and surrounding whitespace; empty for `##`.
        text: SegmentSpan,
    },
    /// A paragraph.
    Paragraph,
    /// A list; its children are [`BlockKind::Item`].
    List {
        /// Whether items are numbered.
        ordered: bool,
    },
    /// A list item.
    Item {
        /// The offset after the list marker; see [`Block::marker`].
        marker_end: u32,
        /// The checkbox at the start of the item's text (`[x]`, `[ ]`, `[~]`), including checkboxes that GFM does not
        /// recognize.
        checkbox: Option<Checkbox>,
    },
    /// A GFM table; its children are [`BlockKind::Row`], the first one the header.
    Table,
    /// A row of a table; its children are [`BlockKind::Cell`]. The delimiter row is not listed.
    Row {
        /// Whether the row is the header row.
        header: bool,
    },
    /// A cell. Its span is the content without surrounding whitespace. For an empty cell it is the empty
    /// range where text would be inserted.
    Cell,
    /// A fenced code block.
    Fence {
        /// The info string after the opening fence, trimmed; can be empty.
        info: SegmentSpan,
        /// The lines between the fences, including the prefixes of the containers around them.
        content: SegmentSpan,
        /// Whether the block has a closing fence.
        closed: bool,
    },
    /// An indented code block.
    IndentedCode,
    /// A block quote.
    Quote,
    /// An HTML block.
    Html {
        /// Whether the block starts with `<!--`.
        comment: bool,
    },
    /// A thematic break.
    ThematicBreak,
    /// A link reference definition.
    LinkDefinition {
        /// The text between the brackets.
        label: SegmentSpan,
        /// The destination as written, without angle brackets.
        destination: SegmentSpan,
    },
}

/// A checkbox at the start of a list item; GFM calls it a task list item marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkbox {
    /// The checkbox with its brackets: `[x]`.
    pub span: SegmentSpan,
    /// Whether the checkbox is a task list item marker according to GFM 5.3: `[ ]`, `[x]` or `[X]`, without a star directly
    /// after it. The item can have no other text.
    pub gfm: bool,
}

impl Checkbox {
    /// Returns the checkbox character between the brackets: one character, or one emoji with its variation
    /// selector.
    pub fn character(&self) -> SegmentSpan {
        self.span.start + 1..self.span.end - 1
    }
}

/// The blocks of a text in document order, parents before children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockOutline {
    /// All blocks, pre-order.
    pub blocks: Vec<Block>,
    /// The inline content of blocks: pairs of block index and the span of one line, without container
    /// prefixes (`> `, indentation). Sorted by block; see [`BlockOutline::inline`].
    pub(crate) inline: Vec<(u32, SegmentSpan)>,
}

impl BlockOutline {
    /// Releases spare capacity: an outline is kept for every segment.
    pub(crate) fn shrink(&mut self) {
        self.blocks.shrink_to_fit();
        self.inline.shrink_to_fit();
    }

    /// Returns the inline content of a block (heading, paragraph, cell): one span per line, without container
    /// prefixes.
    pub fn inline(&self, block: usize) -> impl Iterator<Item = &SegmentSpan> + Clone {
        let from = self.inline.partition_point(|(at, _)| (*at as usize) < block);
        self.inline[from..].iter().take_while(move |(at, _)| *at as usize == block).map(|(_, span)| span)
    }

    /// Returns the indices of all blocks with inline content, each with its content as in
    /// [`BlockOutline::inline`].
    pub fn inlines(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = &SegmentSpan> + Clone)> {
        let blocks = self.inline.chunk_by(|(a, _), (b, _)| a == b);
        blocks.filter_map(|lines| Some((lines.first()?.0 as usize, lines.iter().map(|(_, span)| span))))
    }

    /// Returns the indices of the direct children of a block.
    pub fn children(&self, block: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.blocks[block].end as usize;
        let mut next = block + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = next;
                next = self.blocks[child].end as usize;
                child
            })
        })
    }

    /// Returns the indices of the blocks without a parent.
    pub fn roots(&self) -> impl Iterator<Item = usize> + '_ {
        let mut next = 0;
        std::iter::from_fn(move || {
            (next < self.blocks.len()).then(|| {
                let root = next;
                next = self.blocks[root].end as usize;
                root
            })
        })
    }

    /// Returns the outline as text, one block per line, indented by depth: for tests and `plansmith inspect`.
    pub fn dump(&self, text: &str) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let depth = std::iter::successors(block.parent(), |p| self.blocks[*p as usize].parent()).count();
            let _ = write!(out, "{}", "  ".repeat(depth));
            let at = |span: &SegmentSpan| &text[bytes(span)];
            let _ = match &block.kind {
                BlockKind::Heading { level, setext, text } => {
                    write!(out, "heading {level}{} {:?}", if *setext { " setext" } else { "" }, at(text))
                }
                BlockKind::Paragraph => {
                    let lines: Vec<&str> = self.inline(index).map(at).collect();
                    write!(out, "paragraph {:?}", lines.join("⏎"))
                }
                BlockKind::List { ordered } => {
                    write!(out, "{} list", if *ordered { "ordered" } else { "bullet" })
                }
                BlockKind::Item { checkbox, .. } => {
                    let _ = write!(out, "item {:?}", at(&block.marker()));
                    match checkbox {
                        Some(checkbox) => {
                            write!(
                                out,
                                " task {:?}{}",
                                at(&checkbox.span),
                                if checkbox.gfm { "" } else { " not gfm" }
                            )
                        }
                        None => Ok(()),
                    }
                }
                BlockKind::Table => write!(out, "table"),
                BlockKind::Row { header } => write!(out, "{}", if *header { "header" } else { "row" }),
                BlockKind::Cell => write!(out, "cell {:?}", at(&block.span)),
                BlockKind::Fence { info, content, closed } => write!(
                    out,
                    "fence {:?}{} {:?}",
                    at(info),
                    if *closed { "" } else { " unclosed" },
                    at(content)
                ),
                BlockKind::IndentedCode => write!(out, "indented code {:?}", at(&block.span)),
                BlockKind::Quote => write!(out, "quote"),
                BlockKind::Html { comment } => {
                    write!(out, "{} {:?}", if *comment { "comment" } else { "html" }, at(&block.span))
                }
                BlockKind::ThematicBreak => write!(out, "break"),
                BlockKind::LinkDefinition { label, destination } => {
                    write!(out, "definition {:?} -> {:?}", at(label), at(destination))
                }
            };
            out.push('\n');
        }
        out
    }
}

/// Returns the checkbox character if the text starts with a checkbox.
///
/// Accepts more than GFM 5.3: any single character between the brackets, no text after them, and a star
/// directly after them (`[ ]* optional`). Callers interpret the character.
pub fn checkbox_character(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?;
    let mut close = 0;
    let mut visible = 0;
    for character in inside.chars() {
        match character {
            ']' => break,
            '[' | '\\' | '\n' | '\r' => return None,
            // Variation selectors belong to the emoji before them.
            '\u{fe0e}' | '\u{fe0f}' => {}
            _ => visible += 1,
        }
        if visible > 1 {
            return None;
        }
        close += character.len_utf8();
    }
    let after = inside.get(close + 1..)?;
    let after = after.strip_prefix('*').unwrap_or(after);
    (visible == 1 && (after.is_empty() || after.starts_with([' ', '\t', '\n', '\r'])))
        .then(|| &inside[..close])
}

/// Returns the checkbox character if the text starts with a checkbox that is followed by `closing` and then by
/// whitespace or the end of the text. An example is `[x]** text`, where `closing` is `**`.
pub fn checkbox_character_before<'a>(text: &'a str, closing: &str) -> Option<&'a str> {
    let close = text.find(']')?;
    let after = text[close + 1..].strip_prefix(closing)?;
    (after.is_empty() || after.starts_with([' ', '\t'])).then(|| checkbox_character(&text[..close + 1]))?
}
