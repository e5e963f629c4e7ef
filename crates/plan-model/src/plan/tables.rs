//! Tables as views of a plan.

use super::{Piece, Place, Plan, Section};
use crate::facts::{Column, TableFact, TableKind, Traits, is_total, row_number, table_header, table_rows};

/// A table with the meaning of its columns.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    plan: &'a Plan,
    piece: &'a Piece,
    fact: &'a TableFact,
}

/// A body row of a table.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    columns: &'a [Column],
    /// All of it.
    pub range: Place,
    /// Its cells without surrounding blanks.
    pub cells: Vec<Written<'a>>,
}

/// Something written, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<'a> {
    /// As written.
    pub text: &'a str,
    /// Where.
    pub range: Place,
}

impl Plan {
    /// All tables in document order.
    pub fn tables(&self) -> impl Iterator<Item = Table<'_>> {
        self.pieces.iter().flat_map(|piece| self.tables_in(piece))
    }
}

impl Plan {
    pub(super) fn tables_in<'a>(&'a self, piece: &'a Piece) -> impl Iterator<Item = Table<'a>> {
        piece.facts.tables.iter().map(move |fact| Table { plan: self, piece, fact })
    }

    /// The tables of all segments that may have one of these traits, in document order.
    pub fn tables_with(&self, traits: Traits) -> impl Iterator<Item = Table<'_>> {
        self.pieces_with(traits).flat_map(|piece| self.tables_in(piece))
    }
}

impl<'a> Table<'a> {
    /// What it holds.
    pub fn kind(&self) -> TableKind {
        self.fact.kind
    }

    /// What its columns hold.
    pub fn columns(&self) -> &'a [Column] {
        &self.fact.columns
    }

    /// All of it.
    pub fn range(&self) -> Place {
        self.piece.range(&self.fact.span)
    }

    /// The section it stands in.
    pub fn section(&self) -> Option<Section<'a>> {
        let start = self.range().start;
        self.plan.section_before(start)
    }

    /// The titles of its columns.
    pub fn header(&self) -> Vec<Written<'a>> {
        let Some(content) = self.piece.segment.content() else { return Vec::new() };
        let cells = table_header(&content.outline, self.fact.block).unwrap_or_default();
        cells.iter().map(|cell| self.piece.written(cell)).collect()
    }

    /// Whether one of these rows may be among its own, by [`Table::row_number`].
    pub fn may_have_row(&self, numbers: &[u32]) -> bool {
        self.fact.rows.iter().any(|row| numbers.contains(row))
    }

    /// A number that rows with the same cells share; blank cells do not count.
    pub fn row_number<'c>(cells: impl Iterator<Item = &'c str>) -> u32 {
        row_number(cells)
    }

    /// The cells of the first column with this meaning, blank ones left out.
    pub fn column(&self, column: Column) -> impl Iterator<Item = Written<'a>> + use<'a> {
        let (piece, fact) = (self.piece, self.fact);
        let at = fact.columns.iter().position(|known| *known == column);
        let content = at.and_then(|_| piece.segment.content());
        let cells = content.into_iter().flat_map(move |content| {
            let rows = content.outline.children(fact.block as usize).skip(1);
            rows.filter_map(move |row| content.outline.children(row).nth(at?))
                .map(move |cell| piece.written(&content.outline.blocks[cell].span))
        });
        cells.filter(|cell| !cell.text.is_empty())
    }

    /// Its rows without the header.
    pub fn rows(&self) -> Vec<Row<'a>> {
        let Some(content) = self.piece.segment.content() else { return Vec::new() };
        let piece = self.piece;
        table_rows(&content.outline, self.fact.block)
            .map(|(span, cells)| Row {
                columns: &self.fact.columns,
                range: piece.range(&span),
                cells: cells.iter().map(|cell| piece.written(cell)).collect(),
            })
            .collect()
    }
}

impl<'a> Row<'a> {
    /// Whether it says that it is the sum of those above it.
    pub fn is_total(&self) -> bool {
        self.cells.first().is_some_and(|cell| is_total(cell.text))
    }

    /// The first cell of a column with this meaning; nothing for a blank one.
    pub fn cell(&self, column: Column) -> Option<Written<'a>> {
        let at = self.columns.iter().position(|known| *known == column)?;
        self.cells.get(at).filter(|cell| !cell.text.is_empty()).cloned()
    }
}

impl Piece {
    pub(super) fn written(&self, span: &plan_syntax::Span) -> Written<'_> {
        Written { text: self.str(span), range: self.range(span) }
    }
}
