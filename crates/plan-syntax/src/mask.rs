//! Scan result of a line: whether the document may be cut before it, and what [`prepare`](crate::prepare)
//! must rewrite for tree-sitter's grammar.

/// What the [`BlockScanner`](crate::block_scanner::BlockScanner) reports about a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineMask {
    /// Whether it is an ATX heading at column 0: the document may be cut before this line.
    pub(crate) heading: bool,
    /// A blank line must precede this one, because the grammar would read it as part of the block before it.
    /// The blank line starts with this many bytes of the line, so that it is in the same containers.
    pub(crate) blank_before: Option<usize>,
    /// The part of the line to hide from the grammar.
    pub(crate) mask: Mask,
    /// How to rewrite the previous line.
    pub(crate) previous: PreviousLine,
}

/// A part of a line that the grammar parses differently from CommonMark. Offsets are bytes from the start of
/// the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mask {
    /// Nothing to hide.
    #[default]
    None,
    /// The byte at this offset: it looks like the marker of a block, but is in a paragraph.
    Byte(usize),
    /// A table row, or a line that may become a table header, starts here and must look like a row.
    Row(usize),
    /// An HTML block starts here. The grammar misses the end of some kinds and fails on some in containers,
    /// so it is given a paragraph.
    Html(usize),
    /// The delimiter row of a table starts at the offset `at`, the content of its container at `column`. The
    /// grammar does not recognize an indented one in a container.
    Delimiter { column: usize, at: usize },
    /// A blank line that does not end the HTML block it is in.
    Blank,
}

/// How to rewrite the previous line for the grammar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PreviousLine {
    /// Keep it.
    #[default]
    Unchanged,
    /// It is the text of a setext heading, although the underline looks like the delimiter row of a table.
    NotHeader,
    /// It is the header of a table of one column.
    OneColumnHeader,
    /// It is a blank line, and this one is merged with it: the grammar ends the list at two blank lines after
    /// an empty item.
    MergedBlankLine,
}

impl LineMask {
    pub(crate) const NONE: Self =
        Self { heading: false, blank_before: None, mask: Mask::None, previous: PreviousLine::Unchanged };

    pub(crate) fn of(mask: Mask) -> Self {
        Self { mask, ..Self::NONE }
    }

    pub(crate) fn blank_before(self, blank_before: Option<usize>) -> Self {
        Self { blank_before, ..self }
    }
}
