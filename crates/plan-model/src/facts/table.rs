//! Kinds of tables, determined by the titles of their columns.

use std::hash::{BuildHasher, Hash, Hasher};

use plan_syntax::{Block, BlockKind, BlockOutline, SegmentSpan, outline::bytes};

use crate::{field::Meaning, state::Vocabulary, words};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFact {
    /// Index of its block in the segment's outline.
    pub block: u32,
    /// Span of the whole table.
    pub span: SegmentSpan,
    /// Kind, determined by the column titles.
    pub kind: TableKind,
    /// Kinds of its columns.
    pub columns: Vec<Column>,
    /// [`row_fingerprint`] of each body row.
    pub(crate) row_fingerprints: Box<[u32]>,
}

/// Kind of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
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

/// Kind of a column, determined by its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub enum Column {
    Id,
    Task,
    /// Several tasks.
    Tasks,
    Phase,
    /// Several phases.
    Phases,
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
    /// An attribute of the row that Plansmith does not interpret, such as the priority.
    Attribute,
    Other,
}

/// Column titles in lower case. The first match applies.
const TITLES: [(&str, Column); 85] = [
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
    ("phases", Column::Phases),
    ("priority", Column::Attribute),
    ("prio", Column::Attribute),
    ("week", Column::Attribute),
    ("day", Column::Attribute),
    ("size", Column::Attribute),
    ("type", Column::Attribute),
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
    ("finish", Column::End),
    ("finish date", Column::End),
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
    /// Returns the kind of a column with this title.
    pub fn of(title: &str, vocabulary: &Vocabulary) -> Self {
        let title = title
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`' | ':'))
            .to_lowercase();
        if let Some(column) = vocabulary.custom_meaning_of(&title).and_then(Self::of_meaning) {
            return column;
        }
        match title.as_str() {
            "frequency" => return Self::Frequency,
            "channel" => return Self::Channel,
            _ => {}
        }
        let known = |title: &str| {
            let entry = TITLES.iter().find(|(known, _)| *known == title);
            entry.map(|(_, column)| *column).or_else(|| Self::of_other_language(title))
        };
        // `Dependencies (Predecessors)`
        let without_remark = || title.strip_suffix(')')?.split_once(" (").map(|(title, _)| title);
        known(&title).or_else(|| known(without_remark()?)).unwrap_or(Self::Other)
    }

    /// Returns the kind of a column whose title is a column title or field key in a language other than English.
    fn of_other_language(title: &str) -> Option<Self> {
        words::column(title).or_else(|| Self::of_meaning(words::field(title)?))
    }

    /// Returns the kind of a column whose title is a field key with this meaning.
    fn of_meaning(meaning: Meaning) -> Option<Self> {
        Some(match meaning {
            Meaning::Status => Self::Status,
            Meaning::Owner | Meaning::Author => Self::Owner,
            Meaning::Estimate | Meaning::Duration => Self::Estimate,
            Meaning::DependsOn | Meaning::BlockedBy | Meaning::Prerequisites => Self::DependsOn,
            Meaning::Due | Meaning::Target => Self::Date,
            Meaning::Progress => Self::Progress,
            Meaning::Id => Self::Id,
            _ => return None,
        })
    }
}

impl TableKind {
    fn of(columns: &[Column]) -> Self {
        let has = |column| columns.contains(&column);
        let has_any = |columns: &[Column]| columns.iter().any(|column| has(*column));
        let first = columns.first().copied().unwrap_or(Column::Other);
        if has(Column::Risk) && has_any(&[Column::Probability, Column::Impact, Column::Mitigation]) {
            Self::Risks
        } else if has(Column::Milestone) && first != Column::Phase {
            Self::Milestones
        } else if has(Column::Blocker) {
            Self::Blockers
        } else if names_rows(columns, &[Column::Id, Column::Task]) && has(Column::Status) {
            Self::Tasks
        } else if names_rows(columns, &[Column::Phase]) && has(Column::Status) {
            Self::PhaseStatus
        } else if has(Column::Stakeholder) {
            Self::Stakeholders
        } else if has(Column::Role) && has_any(&[Column::Signature, Column::Date]) {
            Self::Approval
        } else if has(Column::Date) && has(Column::Change) {
            Self::ChangeLog
        } else if has(Column::Date) && matches!(first, Column::Date | Column::Status) && has(Column::Status) {
            // With a different first column, the rows describe something else, such as approvers or checkpoints.
            Self::StatusLog
        } else if has(Column::DependsOn) && has_any(&[Column::Id, Column::Task, Column::Phase]) {
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

/// Returns whether the first column that identifies the rows of a table is one of `names`. Only columns with
/// attributes of the rows may precede it: a phase, state or owner of a task.
fn names_rows(columns: &[Column], names: &[Column]) -> bool {
    let is_attribute = |column: &Column| {
        matches!(column, Column::Status | Column::Owner | Column::Date | Column::Start)
            || names.contains(&Column::Task)
                && matches!(column, Column::Phase | Column::Milestone | Column::Attribute)
            || names.contains(&Column::Phase) && *column == Column::Id
    };
    columns.iter().find(|column| !is_attribute(column)).is_some_and(|column| names.contains(column))
}

/// Reads the table at block `index`.
pub(super) fn read(
    text: &str,
    outline: &BlockOutline,
    index: usize,
    block: &Block,
    vocabulary: &Vocabulary,
) -> TableFact {
    let mut columns = Vec::new();
    if let Some(header) = outline.children(index).next() {
        for cell in outline.children(header) {
            let title = &text[bytes(&outline.blocks[cell].span)];
            let column = Column::of(title, vocabulary);
            // `Tasks` after another column lists the tasks of the row.
            let is_list = column == Column::Task && !columns.is_empty() && is_plural(title);
            columns.push(if is_list { Column::Tasks } else { column });
        }
    }
    let row_fingerprints = rows(outline, index as u32)
        .map(|(_, row)| row_fingerprint(row.iter().map(|cell| &text[bytes(cell)])))
        .collect();
    let kind = TableKind::of(&columns);
    TableFact { block: index as u32, span: block.span.clone(), kind, columns, row_fingerprints }
}

/// Returns whether a column title is a plural. A cell of the column then names several tasks.
fn is_plural(title: &str) -> bool {
    title.trim_end_matches(['*', '_', '`', ':', ' ']).ends_with(['s', 'S'])
}

/// Returns a hash of the non-empty cells of a row. Rows with the same cells have the same fingerprint.
pub(crate) fn row_fingerprint<'a>(cells: impl Iterator<Item = &'a str>) -> u32 {
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    cells.filter(|cell| !cell.is_empty()).for_each(|cell| cell.hash(&mut hasher));
    hasher.finish() as u32
}

/// Returns the spans of the header cells.
pub(crate) fn header(outline: &BlockOutline, table: u32) -> Option<Vec<SegmentSpan>> {
    let row = outline.children(table as usize).next()?;
    Some(outline.children(row).map(|cell| outline.blocks[cell].span.clone()).collect())
}

/// Returns the spans of the cells of the body row at `span`. Uses a binary search, because tables can have many rows.
pub(crate) fn row(outline: &BlockOutline, table: u32, span: &SegmentSpan) -> Option<Vec<SegmentSpan>> {
    let first = table as usize + 1;
    let blocks = outline.blocks.get(first..outline.blocks.get(table as usize)?.end as usize)?;
    let at = first + blocks.partition_point(|block| block.span.start < span.start);
    let row = (at..outline.blocks.len()).take_while(|at| outline.blocks[*at].span.start == span.start).find(
        |at| {
            let block = &outline.blocks[*at];
            matches!(block.kind, BlockKind::Row { header: false }) && block.span == *span
        },
    )?;
    Some(outline.children(row).map(|cell| outline.blocks[cell].span.clone()).collect())
}

/// Iterates over the body rows of a table, each with its span and the spans of its cells.
pub(crate) fn rows(
    outline: &BlockOutline,
    table: u32,
) -> impl Iterator<Item = (SegmentSpan, Vec<SegmentSpan>)> + '_ {
    outline.children(table as usize).filter_map(|row| {
        let block = &outline.blocks[row];
        if !matches!(block.kind, BlockKind::Row { header: false }) {
            return None;
        }
        let cells = outline.children(row).map(|cell| outline.blocks[cell].span.clone()).collect();
        Some((block.span.clone(), cells))
    })
}
