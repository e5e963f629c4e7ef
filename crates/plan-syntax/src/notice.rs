//! What the [`Scanner`](crate::scan::Scanner) notices about a line: whether the document may be cut there, and what
//! [`prepare`](crate::prepare) has to put right for the grammar.

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
    pub(crate) const NOTHING: Self =
        Self { heading: false, blank_before: None, mask: Mask::Nothing, previous: Previous::AsItIs };

    pub(crate) fn mask(mask: Mask) -> Self {
        Self { mask, ..Self::NOTHING }
    }

    pub(crate) fn blank_before(self, blank_before: Option<usize>) -> Self {
        Self { blank_before, ..self }
    }
}
