//! The block outline: what CommonMark and GFM call the block structure of a text, as plain data.
//!
//! Positions are byte offsets relative to the start of the text that was read (for a
//! [`Segment`](crate::Segment), the segment's start), so an outline stays valid wherever its segment moves.

use std::ops::Range;

/// A range of bytes. `u32` because an outline is kept for every block of every open document.
pub type Span = Range<u32>;

/// Turns a [`Span`] into the range that slices a `str`.
pub fn bytes(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// One block. Its children follow it directly in [`Outline::blocks`], up to `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What kind of block it is, with the parts that kind has.
    pub kind: BlockKind,
    /// The bytes of the block, from its first marker to the end of its last line without the line ending.
    pub span: Span,
    /// Index after the last descendant in [`Outline::blocks`].
    pub end: u32,
    /// Index of the containing block; [`Block::ROOT`] where there is none.
    parent: u32,
}

impl Block {
    /// What stands for no parent: `None` would take four more bytes in each block of each open document.
    const ROOT: u32 = u32::MAX;

    /// A block without children.
    pub(crate) fn new(index: u32, kind: BlockKind, span: Span, parent: Option<u32>) -> Self {
        Self { kind, span, end: index + 1, parent: parent.unwrap_or(Self::ROOT) }
    }

    /// Index of the containing block, if any.
    pub fn parent(&self) -> Option<u32> {
        Some(self.parent).filter(|parent| *parent != Self::ROOT)
    }

    /// What a list item begins with, a bullet or a number with its delimiter: `-`, `12.`. Nothing for other blocks.
    pub fn marker(&self) -> Span {
        match self.kind {
            BlockKind::Item { marker_end, .. } => self.span.start..marker_end,
            _ => self.span.start..self.span.start,
        }
    }

    /// Where a container ends in which nothing stands: after its marker, or after its box.
    pub(crate) fn own_end(&self) -> u32 {
        match &self.kind {
            BlockKind::Item { task: Some(task), .. } => task.span.end,
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
        /// 1 to 6.
        level: u8,
        /// Written by underlining.
        setext: bool,
        /// The text without hashes and surrounding blanks; empty for `##`.
        text: Span,
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
        /// The byte after its bullet or number; see [`Block::marker`].
        marker_end: u32,
        /// The box that its text starts with (`[x]`, `[ ]`, `[~]`), whatever stands in it. Not only what GFM knows.
        task: Option<TaskMarker>,
    },
    /// A GFM table; its children are [`BlockKind::Row`], the first one the header.
    Table,
    /// A row of a table; its children are [`BlockKind::Cell`]. The delimiter row is not listed.
    Row {
        /// The first row.
        header: bool,
    },
    /// A cell. Its span is the content without surrounding blanks, empty at the place where text would go for a
    /// blank cell.
    Cell,
    /// A fenced code block.
    Fence {
        /// The text after the opening fence, trimmed; empty when there is none.
        info: Span,
        /// The lines between the fences, with the prefixes of the containers they stand in.
        content: Span,
        /// Whether a closing fence stands.
        closed: bool,
    },
    /// An indented code block.
    IndentedCode,
    /// A block quote.
    Quote,
    /// An HTML block.
    Html {
        /// It starts with `<!--`.
        comment: bool,
    },
    /// A thematic break.
    ThematicBreak,
    /// A link reference definition.
    LinkDefinition {
        /// The text between the brackets.
        label: Span,
        /// The destination as written, without angle brackets.
        destination: Span,
    },
}

/// A box at the start of a list item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskMarker {
    /// With the brackets: `[x]`.
    pub span: Span,
    /// Whether it is a task list item by GFM 5.3 (`[ ]`, `[x]`, `[X]`, followed by blank space and a paragraph).
    pub gfm: bool,
}

impl TaskMarker {
    /// What stands between the brackets: one character, or one emoji with its variation selector.
    pub fn mark(&self) -> Span {
        self.span.start + 1..self.span.end - 1
    }
}

/// The blocks of a text in document order, parents before children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// All blocks, pre-order.
    pub blocks: Vec<Block>,
    /// For each block whose content is inline text, where that text stands: one span per line, container
    /// prefixes (`> `, indentation) left out. Sorted by block; see [`Outline::inline`].
    pub(crate) inline: Vec<(u32, Span)>,
}

impl Outline {
    /// Gives back what is not needed: an outline is kept for every segment.
    pub(crate) fn shrink(&mut self) {
        self.blocks.shrink_to_fit();
        self.inline.shrink_to_fit();
    }

    /// The inline content of a block (heading, paragraph, cell): one span per line, without container prefixes.
    pub fn inline(&self, block: usize) -> impl Iterator<Item = &Span> + Clone {
        let from = self.inline.partition_point(|(at, _)| (*at as usize) < block);
        self.inline[from..].iter().take_while(move |(at, _)| *at as usize == block).map(|(_, span)| span)
    }

    /// All blocks that have inline content, by their indices, each with its content as [`Outline::inline`] gives it.
    pub fn inlines(&self) -> impl Iterator<Item = (usize, impl Iterator<Item = &Span> + Clone)> {
        let blocks = self.inline.chunk_by(|(a, _), (b, _)| a == b);
        blocks.filter_map(|lines| Some((lines.first()?.0 as usize, lines.iter().map(|(_, span)| span))))
    }

    /// Indices of the direct children of a block.
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

    /// Indices of the blocks that have no parent.
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

    /// The outline as text, one block per line, indented by depth: for tests and for people.
    pub fn dump(&self, text: &str) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let depth = std::iter::successors(block.parent(), |p| self.blocks[*p as usize].parent()).count();
            let _ = write!(out, "{}", "  ".repeat(depth));
            let at = |span: &Span| &text[bytes(span)];
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
                BlockKind::Item { task, .. } => {
                    let _ = write!(out, "item {:?}", at(&block.marker()));
                    match task {
                        Some(task) => {
                            write!(
                                out,
                                " task {:?}{}",
                                at(&task.span),
                                if task.gfm { "" } else { " not gfm" }
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

/// What stands in the box that a text starts with.
///
/// Wider than GFM 5.3: any single character may stand between the brackets, nothing need follow, and a star may be
/// glued to it (`[ ]* optional`). What a mark means is for others to say.
pub fn task_mark(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?;
    let mut close = 0;
    let mut visible = 0;
    for character in inside.chars() {
        match character {
            ']' => break,
            '[' | '\\' | '\n' | '\r' => return None,
            // Variation selectors: part of the emoji before them.
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

/// What stands in the box that a text starts with, when `closing` follows it: the box of `[x]** text`.
pub fn task_mark_before<'a>(text: &'a str, closing: &str) -> Option<&'a str> {
    let close = text.find(']')?;
    let after = text[close + 1..].strip_prefix(closing)?;
    (after.is_empty() || after.starts_with([' ', '\t'])).then(|| task_mark(&text[..close + 1]))?
}
