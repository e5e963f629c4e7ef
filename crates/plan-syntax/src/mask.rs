//! Scan result of a line: whether a segment may start at the line, and how [`prepare`](crate::prepare) must rewrite
//! the line for tree-sitter's grammar.

/// Properties of a line that the [`BlockScanner`](crate::block_scanner::BlockScanner) determines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineMask {
    /// Whether the line is an ATX heading at column 0, at which a segment may start.
    pub(crate) heading: bool,
    /// Length of the prefix of a blank line to insert before this line, because the grammar would parse the line as
    /// part of the preceding block. The blank line starts with the first bytes of the line, so that it is in the same
    /// containers.
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
    /// An HTML block starts here. The grammar misses the end of some kinds and fails on some in containers, so it
    /// sees a paragraph instead.
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
    /// Keep the previous line.
    #[default]
    Unchanged,
    /// The previous line is the text of a setext heading, although the underline looks like the delimiter row of a
    /// table.
    NotHeader,
    /// The previous line is the header of a table of one column.
    OneColumnHeader,
    /// The previous line and this one are blank lines that are merged: the grammar ends the list at two blank lines
    /// after an empty item.
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
