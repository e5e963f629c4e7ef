//! Lines that tree-sitter's grammar would parse differently from CommonMark: optional events of the
//! [`BlockScanner`](crate::block_scanner::BlockScanner), with which [`tree`](crate::tree) rewrites a text for
//! the grammar.

/// A part of a line that the grammar parses differently from CommonMark. Offsets are bytes from the start of
/// the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mask {
    /// No part of the line is hidden.
    #[default]
    None,
    /// The byte at this offset: it looks like the marker of a block, but is in a paragraph.
    Byte(usize),
    /// A table row, or a line that may become a table header, starts here and must look like a row.
    Row(usize),
    /// An HTML block starts here. The grammar misses the end of some kinds and fails on some in containers, so the
    /// block is rewritten as a paragraph.
    Html(usize),
    /// The delimiter row of a table starts at the offset `at`, the content of its container at `column`. The grammar
    /// does not recognize an indented delimiter row in a container.
    Delimiter { column: usize, at: usize },
    /// A blank line that does not end the enclosing HTML block.
    Blank,
}

/// Rewrite of the previous line for the grammar.
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
