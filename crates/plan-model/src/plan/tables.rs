//! Tables as views of a plan.

use crate::id::{Id, leading_task_id};

use super::{Plan, ReadSegment, Section, TextRange};
use crate::facts::{
    Column, SegmentFlags, TableFact, TableKind, is_total, lists_with_total, row_fingerprint, shallow_lists,
    table_header, table_rows,
};

/// A table with the kinds of its columns.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    plan: &'a Plan,
    segment: &'a ReadSegment,
    fact: &'a TableFact,
}

/// A body row of a table.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    columns: &'a [Column],
    /// Range of the whole row.
    pub range: TextRange,
    /// Cells without surrounding whitespace.
    pub cells: Vec<Excerpt<'a>>,
}

/// An excerpt of the document with its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// Text as written.
    pub text: &'a str,
    /// Range in the document.
    pub range: TextRange,
}

impl Plan {
    /// Returns all tables in document order.
    pub fn tables(&self) -> impl Iterator<Item = Table<'_>> {
        self.segments.iter().flat_map(|segment| self.tables_in(segment))
    }
}

impl Plan {
    /// Returns the IDs in the ID columns of tables, whether or not the rows are tasks. Plain numbers are not included.
    pub fn row_ids(&self) -> impl Iterator<Item = Id> {
        let tables = self.tables().filter(|table| table.columns().contains(&Column::Id));
        tables.flat_map(|table| table.column(Column::Id)).filter_map(|cell| {
            let text = cell.text.trim_matches(['*', '`', '_', ' ']);
            let leading = leading_task_id(text, self.vocabulary().nouns())
                .filter(|leading| leading.range == (0..text.len()))?;
            Some(leading.id).filter(|id| !id.is_plain())
        })
    }

    pub(super) fn tables_in<'a>(&'a self, segment: &'a ReadSegment) -> impl Iterator<Item = Table<'a>> {
        segment.facts.tables.iter().map(move |fact| Table { plan: self, segment, fact })
    }

    /// Returns the tables of all segments that have one of these flags, in document order.
    pub fn tables_with(&self, flags: SegmentFlags) -> impl Iterator<Item = Table<'_>> {
        self.segments_with(flags).flat_map(|segment| self.tables_in(segment))
    }
}

impl Plan {
    /// Returns the lists with a total (`- **Total**: 50 hours`), each as the lines of its items with the total last.
    pub fn lists_with_total(&self) -> impl Iterator<Item = Vec<Excerpt<'_>>> {
        let segments = self.segments_with(SegmentFlags::TOTAL_ITEM);
        segments.flat_map(|segment| {
            let content = segment.source.content();
            let lists = content.into_iter().flat_map(lists_with_total);
            lists.map(|lines| lines.iter().map(|line| segment.excerpt(line)).collect())
        })
    }
}

/// A list of checkboxes below a numbered checkbox, indented by too few spaces to be part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShallowList {
    /// List marker of the first item.
    pub marker: TextRange,
    /// The whole list.
    pub range: TextRange,
    /// The list marker of the numbered item above.
    pub parent: TextRange,
    /// Column of the items (0-based).
    pub column: usize,
    /// Column from which on the items would be part of the item above (0-based).
    pub needed: usize,
}

impl Plan {
    /// Returns the lists of checkboxes that are indented by too few spaces to be part of the numbered checkbox above
    /// them.
    pub fn shallow_lists(&self) -> impl Iterator<Item = ShallowList> {
        let segments = self.segments_with(SegmentFlags::MALFORMED_CHECKBOX);
        segments.flat_map(|segment| {
            let lists = segment.source.content().into_iter().flat_map(shallow_lists);
            lists.map(|list| ShallowList {
                marker: segment.range(&list.marker),
                range: segment.range(&list.span),
                parent: segment.range(&list.parent),
                column: list.column,
                needed: list.needed,
            })
        })
    }
}

impl<'a> Table<'a> {
    /// Returns the kind of the table.
    pub fn kind(&self) -> TableKind {
        self.fact.kind
    }

    /// Returns the kinds of the table's columns.
    pub fn columns(&self) -> &'a [Column] {
        &self.fact.columns
    }

    /// Returns the range of the whole table.
    pub fn range(&self) -> TextRange {
        self.segment.range(&self.fact.span)
    }

    /// Returns the section that contains the table.
    pub fn section(&self) -> Option<Section<'a>> {
        let start = self.range().start;
        self.plan.section_before(start)
    }

    /// Returns the column titles.
    pub fn header(&self) -> Vec<Excerpt<'a>> {
        let Some(content) = self.segment.source.content() else { return Vec::new() };
        let cells = table_header(&content.outline, self.fact.block).unwrap_or_default();
        cells.iter().map(|cell| self.segment.excerpt(cell)).collect()
    }

    /// Returns whether the table may have a row with one of these [fingerprints](Table::row_fingerprint).
    pub fn may_have_row(&self, fingerprints: &[u32]) -> bool {
        self.fact.row_fingerprints.iter().any(|row| fingerprints.contains(row))
    }

    /// Returns a hash of the non-empty cells of a row. Rows with the same cells have the same fingerprint.
    pub fn row_fingerprint<'c>(cells: impl Iterator<Item = &'c str>) -> u32 {
        row_fingerprint(cells)
    }

    /// Returns the non-empty cells of the first column of this kind.
    pub fn column(&self, column: Column) -> impl Iterator<Item = Excerpt<'a>> + use<'a> {
        let (segment, fact) = (self.segment, self.fact);
        let at = fact.columns.iter().position(|known| *known == column);
        let content = at.and_then(|_| segment.source.content());
        let cells = content.into_iter().flat_map(move |content| {
            let rows = content.outline.children(fact.block as usize).skip(1);
            rows.filter_map(move |row| content.outline.children(row).nth(at?))
                .map(move |cell| segment.excerpt(&content.outline.blocks[cell].span))
        });
        cells.filter(|cell| !cell.text.is_empty())
    }

    /// Returns the body rows.
    pub fn rows(&self) -> Vec<Row<'a>> {
        let Some(content) = self.segment.source.content() else { return Vec::new() };
        let segment = self.segment;
        table_rows(&content.outline, self.fact.block)
            .map(|(span, cells)| Row {
                columns: &self.fact.columns,
                range: segment.range(&span),
                cells: cells.iter().map(|cell| segment.excerpt(cell)).collect(),
            })
            .collect()
    }
}

impl<'a> Row<'a> {
    /// Returns whether the row is a total.
    pub fn is_total(&self) -> bool {
        self.cells.first().is_some_and(|cell| is_total(cell.text))
    }

    /// Returns the cell of the first column of this kind; `None` if it is empty.
    pub fn cell(&self, column: Column) -> Option<Excerpt<'a>> {
        let at = self.columns.iter().position(|known| *known == column)?;
        self.cells.get(at).filter(|cell| !cell.text.is_empty()).cloned()
    }
}

impl ReadSegment {
    pub(super) fn excerpt(&self, span: &plan_syntax::SegmentSpan) -> Excerpt<'_> {
        Excerpt { text: self.str(span), range: self.range(span) }
    }
}
