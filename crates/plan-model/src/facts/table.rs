//! Tables by meaning: what the titles of their columns say.

use std::hash::{BuildHasher, Hash, Hasher};

use plan_syntax::{Block, BlockKind, Outline, Span, outline::bytes};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFact {
    /// Its block in the segment's outline.
    pub block: u32,
    /// All of it.
    pub span: Span,
    /// What it holds.
    pub kind: TableKind,
    /// What its columns hold.
    pub columns: Vec<Column>,
    /// For each body row a number that rows with the same cells share; blank cells do not count.
    pub(crate) rows: Box<[u32]>,
}

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name says what it is")]
pub enum TableKind {
    Tasks,
    PhaseStatus,
    Dependencies,
    Risks,
    Milestones,
    Blockers,
    Stakeholders,
    Approval,
    ChangeLog,
    StatusLog,
    Budget,
    Fields,
    Other,
}

/// What a column holds, by its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each name says what it is")]
pub enum Column {
    Id,
    Task,
    Phase,
    Status,
    Progress,
    Owner,
    Estimate,
    DependsOn,
    Date,
    Start,
    End,
    Risk,
    Probability,
    Impact,
    Mitigation,
    Milestone,
    Blocker,
    Stakeholder,
    Role,
    Signature,
    Change,
    Description,
    Item,
    Cost,
    Frequency,
    Channel,
    Notes,
    Other,
}

/// Titles of columns, lower case, and what they say. The first that fits decides.
const TITLES: [(&str, Column); 76] = [
    ("id", Column::Id),
    ("#", Column::Id),
    ("no", Column::Id),
    ("no.", Column::Id),
    ("task id", Column::Id),
    ("task #", Column::Id),
    ("story id", Column::Id),
    ("task", Column::Task),
    ("task name", Column::Task),
    ("tasks", Column::Task),
    ("step", Column::Task),
    ("story", Column::Task),
    ("work item", Column::Task),
    ("action item", Column::Task),
    ("phase", Column::Phase),
    ("stage", Column::Phase),
    ("wave", Column::Phase),
    ("sprint", Column::Phase),
    ("iteration", Column::Phase),
    ("status", Column::Status),
    ("state", Column::Status),
    ("done", Column::Status),
    ("done?", Column::Status),
    ("complete", Column::Status),
    ("completed", Column::Status),
    ("current status", Column::Status),
    ("progress", Column::Progress),
    ("completion", Column::Progress),
    ("% complete", Column::Progress),
    ("owner", Column::Owner),
    ("assignee", Column::Owner),
    ("assigned to", Column::Owner),
    ("responsible", Column::Owner),
    ("author", Column::Owner),
    ("who", Column::Owner),
    ("name", Column::Owner),
    ("estimate", Column::Estimate),
    ("effort", Column::Estimate),
    ("est.", Column::Estimate),
    ("duration", Column::Estimate),
    ("dependencies", Column::DependsOn),
    ("dependency", Column::DependsOn),
    ("depends on", Column::DependsOn),
    ("depends", Column::DependsOn),
    ("blocked by", Column::DependsOn),
    ("prerequisites", Column::DependsOn),
    ("date", Column::Date),
    ("target date", Column::Date),
    ("target", Column::Date),
    ("due", Column::Date),
    ("due date", Column::Date),
    ("start", Column::Start),
    ("start date", Column::Start),
    ("end", Column::End),
    ("end date", Column::End),
    ("risk", Column::Risk),
    ("risks", Column::Risk),
    ("probability", Column::Probability),
    ("likelihood", Column::Probability),
    ("impact", Column::Impact),
    ("severity", Column::Impact),
    ("mitigation", Column::Mitigation),
    ("mitigation strategy", Column::Mitigation),
    ("resolution plan", Column::Mitigation),
    ("milestone", Column::Milestone),
    ("blocker", Column::Blocker),
    ("stakeholder", Column::Stakeholder),
    ("role", Column::Role),
    ("signature", Column::Signature),
    ("change", Column::Change),
    ("changes", Column::Change),
    ("description", Column::Description),
    ("item", Column::Item),
    ("cost", Column::Cost),
    ("update frequency", Column::Frequency),
    ("notes", Column::Notes),
];

impl Column {
    /// What a column's title says.
    pub fn of(title: &str) -> Self {
        let title = title
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`' | ':'))
            .to_lowercase();
        match title.as_str() {
            "frequency" => return Self::Frequency,
            "channel" => return Self::Channel,
            _ => {}
        }
        let known = TITLES.iter().find(|(known, _)| *known == title);
        known.map_or(Self::Other, |(_, column)| *column)
    }
}

impl TableKind {
    fn of(columns: &[Column]) -> Self {
        let has = |column| columns.contains(&column);
        let any = |wanted: &[Column]| wanted.iter().any(|column| has(*column));
        let first = columns.first().copied().unwrap_or(Column::Other);
        if has(Column::Risk) && any(&[Column::Probability, Column::Impact, Column::Mitigation]) {
            Self::Risks
        } else if has(Column::Milestone) && first != Column::Phase {
            Self::Milestones
        } else if has(Column::Blocker) {
            Self::Blockers
        } else if any(&[Column::Id, Column::Task]) && has(Column::Status) {
            Self::Tasks
        } else if has(Column::Phase) && has(Column::Status) {
            Self::PhaseStatus
        } else if has(Column::Stakeholder) {
            Self::Stakeholders
        } else if has(Column::Role) && any(&[Column::Signature, Column::Date]) {
            Self::Approval
        } else if has(Column::Date) && has(Column::Change) {
            Self::ChangeLog
        } else if has(Column::Date) && has(Column::Status) {
            Self::StatusLog
        } else if has(Column::DependsOn) && any(&[Column::Id, Column::Task, Column::Phase]) {
            Self::Dependencies
        } else if has(Column::Cost) {
            Self::Budget
        } else if columns.len() == 2 {
            Self::Fields
        } else {
            Self::Other
        }
    }
}

/// Reads the table that is block `index`.
pub(super) fn read(text: &str, outline: &Outline, index: usize, block: &Block) -> TableFact {
    let mut columns = Vec::new();
    if let Some(header) = outline.children(index).next() {
        columns.extend(
            outline.children(header).map(|cell| Column::of(&text[bytes(&outline.blocks[cell].span)])),
        );
    }
    let numbers = rows(outline, index as u32)
        .map(|(_, row)| row_number(row.iter().map(|cell| &text[bytes(cell)])))
        .collect();
    let kind = TableKind::of(&columns);
    TableFact { block: index as u32, span: block.span.clone(), kind, columns, rows: numbers }
}

/// The number of a row with these cells.
pub(crate) fn row_number<'a>(cells: impl Iterator<Item = &'a str>) -> u32 {
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    cells.filter(|cell| !cell.is_empty()).for_each(|cell| cell.hash(&mut hasher));
    hasher.finish() as u32
}

/// The cells of a table's header.
pub(crate) fn header(outline: &Outline, table: u32) -> Option<Vec<Span>> {
    let row = outline.children(table as usize).next()?;
    Some(outline.children(row).map(|cell| outline.blocks[cell].span.clone()).collect())
}

/// The cells of the row of a table that is this span. Found by its place, since rows may be many.
pub(crate) fn row(outline: &Outline, table: u32, span: &Span) -> Option<Vec<Span>> {
    let first = table as usize + 1;
    let inside = outline.blocks.get(first..outline.blocks.get(table as usize)?.end as usize)?;
    let at = first + inside.partition_point(|block| block.span.start < span.start);
    let row = (at..outline.blocks.len()).take_while(|at| outline.blocks[*at].span.start == span.start).find(
        |at| {
            let block = &outline.blocks[*at];
            matches!(block.kind, BlockKind::Row { header: false }) && block.span == *span
        },
    )?;
    Some(outline.children(row).map(|cell| outline.blocks[cell].span.clone()).collect())
}

/// The body rows of a table: each row's span and the spans of its cells.
pub(crate) fn rows(outline: &Outline, table: u32) -> impl Iterator<Item = (Span, Vec<Span>)> + '_ {
    outline.children(table as usize).filter_map(|row| {
        let block = &outline.blocks[row];
        if !matches!(block.kind, BlockKind::Row { header: false }) {
            return None;
        }
        let cells = outline.children(row).map(|cell| outline.blocks[cell].span.clone()).collect();
        Some((block.span.clone(), cells))
    })
}
