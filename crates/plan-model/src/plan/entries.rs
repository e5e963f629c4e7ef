//! What plans list beside tasks: risks, milestones, blockers, named dependencies, approvals, checkpoints, log entries,
//! claims of progress. Each is read when someone asks.

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use plan_syntax::{BlockKind, Content, outline::bytes};

use super::{Piece, Place, Plan, Resolved, Row, Written};
use crate::{
    ascii::{contains, starts_with},
    date::{self, Relative},
    facts::{Column, FieldFact, HeadingFact, TableKind, Traits},
    field::Meaning,
    quantity::{self, Amount, Claim},
    reference,
    state::State,
};

/// A risk: a row, a `**Risk 1**: …` paragraph, a `- **Risk**: …` bullet.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each name says what it is")]
pub struct Risk<'a> {
    pub title: Written<'a>,
    pub probability: Option<Written<'a>>,
    pub impact: Option<Written<'a>>,
    pub mitigation: Option<Written<'a>>,
    pub contingency: Option<Written<'a>>,
    pub owner: Option<Written<'a>>,
}

/// A milestone: a row, or a bullet that starts with a date.
#[derive(Clone, Debug)]
pub struct Milestone<'a> {
    /// Its name.
    pub title: Written<'a>,
    /// When, as written.
    pub when: Option<Written<'a>>,
    /// The day, where it is one of the calendar.
    pub date: Option<Date>,
    /// The week or day, counted from the plan's start.
    pub relative: Option<Relative>,
    /// What it waits for.
    pub tasks: Vec<Resolved>,
}

/// Something in the way: a row, or a list item under `Blockers`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each name says what it is")]
pub struct Blocker<'a> {
    pub title: Written<'a>,
    pub impact: Option<Written<'a>>,
    pub owner: Option<Written<'a>>,
    pub resolution: Option<Written<'a>>,
    pub due: Option<Written<'a>>,
}

/// `- **Dependency 1**: text - status`: something outside of the plan.
#[derive(Clone, Debug)]
pub struct NamedDependency<'a> {
    /// `Dependency 1`.
    pub key: Written<'a>,
    /// What it is.
    pub text: Written<'a>,
    /// How far it is, as written.
    pub status: Option<Written<'a>>,
}

/// A row of an approval table. Boxes under `Approval` are tasks with that role.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each name says what it is")]
pub struct Approval<'a> {
    pub role: Written<'a>,
    pub name: Option<Written<'a>>,
    pub date: Option<Written<'a>>,
}

/// `1. **After Phase 1**: …`, `**If Risk 1 occurs:**`: something that holds at a point of the plan.
#[derive(Clone, Debug)]
pub struct Checkpoint<'a> {
    /// `After Phase 1`, `If Risk 1 occurs`.
    pub condition: Written<'a>,
    /// The items that it names.
    pub names: Vec<Resolved>,
    /// It says what to do if something goes wrong.
    pub contingency: bool,
}

/// An entry of a log: a dated heading, a row.
#[derive(Clone, Debug)]
pub struct LogEntry<'a> {
    /// The day.
    pub date: Date,
    /// The heading or the row.
    pub range: Place,
    /// The status that a status log's row tells.
    pub status: Option<Written<'a>>,
    /// What that says.
    pub state: Option<State>,
}

impl Plan {
    /// All risks in document order.
    pub fn risks(&self) -> Vec<Risk<'_>> {
        self.pieces.iter().flat_map(|piece| self.risks_of(piece)).collect()
    }

    pub(super) fn risks_of<'a>(&'a self, piece: &'a Piece) -> Vec<Risk<'a>> {
        let mut risks = Vec::new();
        for row in self.rows_in(piece, TableKind::Risks) {
            let Some(title) = row.cell(Column::Risk) else { continue };
            risks.push(Risk {
                title,
                probability: row.cell(Column::Probability),
                impact: row.cell(Column::Impact),
                mitigation: row.cell(Column::Mitigation),
                contingency: None,
                owner: row.cell(Column::Owner),
            });
        }
        for group in groups(piece, Traits::RISK, |key| is_numbered(key, "risk")) {
            let [first, details @ ..] = group else { continue };
            let find = |meaning| {
                details
                    .iter()
                    .find(|field| field.meaning == Some(meaning))
                    .map(|field| piece.written(&field.value))
            };
            risks.push(Risk {
                title: piece.written(&first.value),
                probability: find(Meaning::Probability),
                impact: find(Meaning::Impact),
                mitigation: find(Meaning::Mitigation),
                contingency: find(Meaning::Contingency),
                owner: find(Meaning::Owner),
            });
        }
        risks.sort_by_key(|risk| risk.title.range.start);
        risks
    }

    pub(super) fn levels_of<'a>(&'a self, piece: &'a Piece) -> impl Iterator<Item = Written<'a>> + use<'a> {
        let tables = self.tables_in(piece).filter(|table| table.kind() == TableKind::Risks);
        let cells = tables
            .flat_map(|table| [Column::Probability, Column::Impact].map(|column| table.column(column)))
            .flatten();
        let is_level =
            |field: &&FieldFact| matches!(field.meaning, Some(Meaning::Probability | Meaning::Impact));
        let groups = groups(piece, Traits::RISK, |key| is_numbered(key, "risk"));
        let fields = groups.flat_map(move |group| {
            group[1..].iter().filter(is_level).map(|field| piece.written(&field.value))
        });
        cells.chain(fields)
    }

    /// All milestones in document order. A heading `### Milestone 1` is a phase.
    pub fn milestones(&self) -> Vec<Milestone<'_>> {
        self.pieces.iter().flat_map(|piece| self.milestones_of(piece)).collect()
    }

    pub(super) fn milestones_of<'a>(&'a self, piece: &'a Piece) -> Vec<Milestone<'a>> {
        let mut milestones = Vec::new();
        for row in self.rows_in(piece, TableKind::Milestones) {
            let Some(title) = row.cell(Column::Milestone) else { continue };
            let tasks = row.cell(Column::DependsOn);
            milestones.push(self.milestone(title, row.cell(Column::Date), tasks.as_ref()));
        }
        if piece.facts.traits.has(Traits::MILESTONE) {
            let mut label =
                piece.facts.headings.last().is_some_and(|heading| is_about(piece, heading, "milestone"));
            for field in &piece.facts.fields {
                let key = piece.str(&field.key);
                if field.value.is_empty() {
                    label = contains(key, "milestone");
                } else if label && (date::first(key).is_some() || date::relative(key).is_some()) {
                    milestones.push(self.milestone(
                        piece.written(&field.value),
                        Some(piece.written(&field.key)),
                        None,
                    ));
                }
            }
        }
        milestones.sort_by_key(|milestone| milestone.title.range.start);
        milestones
    }

    fn milestone<'a>(
        &'a self,
        title: Written<'a>,
        when: Option<Written<'a>>,
        tasks: Option<&Written<'a>>,
    ) -> Milestone<'a> {
        let text = when.as_ref().map_or("", |when| when.text);
        let tasks = tasks.map(|tasks| self.resolve(&reference::read(tasks.text), tasks.range.start, None));
        Milestone {
            date: date::first(text).and_then(|found| found.date),
            relative: date::relative(text),
            title,
            when,
            tasks: tasks.unwrap_or_default(),
        }
    }

    /// All blockers in document order.
    pub fn blockers(&self) -> Vec<Blocker<'_>> {
        let mut blockers = Vec::new();
        for (_, row) in self.rows_of(TableKind::Blockers) {
            let Some(title) = row.cell(Column::Blocker) else { continue };
            blockers.push(Blocker {
                title,
                impact: row.cell(Column::Impact),
                owner: row.cell(Column::Owner),
                resolution: row.cell(Column::Mitigation),
                due: row.cell(Column::Date),
            });
        }
        for piece in &self.pieces {
            let (Some(heading), Some(content)) = (piece.facts.headings.last(), piece.segment.content())
            else {
                continue;
            };
            if !is_about(piece, heading, "blocker") {
                continue;
            }
            let outline = &content.outline;
            for (index, block) in outline.blocks.iter().enumerate() {
                let top = block.parent().is_some_and(|list| outline.blocks[list as usize].parent().is_none());
                let BlockKind::Item { .. } = block.kind else { continue };
                let Some(line) = outline.inline(index + 1).next().filter(|_| top) else { continue };
                let inside = |meaning: Meaning| {
                    let within = |field: &&FieldFact| {
                        field.meaning == Some(meaning)
                            && block.span.start <= field.key.start
                            && field.value.end <= block.span.end
                    };
                    piece.facts.fields.iter().find(within).map(|field| piece.written(&field.value))
                };
                blockers.push(Blocker {
                    title: piece.written(line),
                    impact: inside(Meaning::Impact),
                    owner: inside(Meaning::Owner),
                    resolution: inside(Meaning::Mitigation),
                    due: inside(Meaning::Due),
                });
            }
        }
        blockers.sort_by_key(|blocker| blocker.title.range.start);
        blockers
    }

    /// What the plan needs from outside, in document order.
    pub fn named_dependencies(&self) -> Vec<NamedDependency<'_>> {
        let mut found = Vec::new();
        for (piece, field) in self.fields_with_key(|key| is_numbered(key, "dependency")) {
            let value = piece.str(&field.value);
            let status = value.rfind(" - ").map(|at| field.value.start + at as u32 + 3..field.value.end);
            let end = status.as_ref().map_or(field.value.end, |status| status.start - 3);
            found.push(NamedDependency {
                key: piece.written(&field.key),
                text: piece.written(&(field.value.start..end)),
                status: status.map(|status| piece.written(&status)),
            });
        }
        found
    }

    /// The rows of approval tables.
    pub fn approvals(&self) -> Vec<Approval<'_>> {
        let rows = self.rows_of(TableKind::Approval);
        rows.filter_map(|(_, row)| {
            Some(Approval {
                role: row.cell(Column::Role)?,
                name: row.cell(Column::Owner),
                date: row.cell(Column::Date),
            })
        })
        .collect()
    }

    /// Checkpoints and contingencies, in document order.
    pub fn checkpoints(&self) -> Vec<Checkpoint<'_>> {
        let points = self.fields_with_key(|key| {
            ["after ", "before ", "if "].into_iter().any(|word| starts_with(key, word))
        });
        points
            .map(|(piece, field)| {
                let condition = piece.written(&field.key);
                let value = reference::mentions(condition.text);
                Checkpoint {
                    names: self.resolve(&value, condition.range.start, None),
                    contingency: starts_with(condition.text, "if "),
                    condition,
                }
            })
            .collect()
    }

    /// The entries of all logs, in document order: headings with a date, rows of change and status logs.
    pub fn log(&self) -> Vec<LogEntry<'_>> {
        let mut entries = Vec::new();
        // Whatever is a day has a digit.
        for section in self.sections().filter(|section| section.has_digit()) {
            let range = section.text_range();
            let title = section.title();
            if let Some(date) =
                date::first(&title).filter(|found| found.range.start == 0).and_then(|found| found.date)
            {
                entries.push(LogEntry { date, range, status: None, state: None });
            }
        }
        let rows = self.rows_of(TableKind::StatusLog).chain(self.rows_of(TableKind::ChangeLog));
        entries.extend(rows.filter_map(|(kind, row)| self.log_row(kind, row)));
        entries.sort_by_key(|entry| entry.range.start);
        entries
    }

    fn log_row<'a>(&self, kind: TableKind, row: Row<'a>) -> Option<LogEntry<'a>> {
        let date = date::first(row.cell(Column::Date)?.text)?.date?;
        let status = row.cell(Column::Status).filter(|_| kind == TableKind::StatusLog);
        let state = status.as_ref().and_then(|status| self.state_of(status.text));
        Some(LogEntry { date, range: row.range, status, state })
    }

    /// The newest entry of a status log that says a state; of several of one day the last.
    pub fn latest_status(&self) -> Option<LogEntry<'_>> {
        let rows = self.rows_of(TableKind::StatusLog).filter_map(|(kind, row)| self.log_row(kind, row));
        rows.filter(|entry| entry.state.is_some()).max_by_key(|entry| entry.date)
    }

    /// What the document claims of its progress, outside of fences, each with its place.
    pub fn claims(&self) -> Vec<(Place, Claim)> {
        static NOTHING: LazyLock<Arc<SegmentClaims>> = LazyLock::new(|| Arc::new(SegmentClaims(Vec::new())));
        let mut found = Vec::new();
        for piece in &self.pieces {
            // Kept with the segment: a keystroke reads the lines of one.
            let claims = piece.segment.facts_or(&NOTHING, || {
                let content = piece.segment_content(&self.document);
                let claims = found_in_lines(content, quantity::claims);
                (!claims.is_empty()).then_some(SegmentClaims(claims))
            });
            let placed = claims.0.iter();
            found.extend(
                placed.map(|(at, claim)| (piece.start + at.start..piece.start + at.end, claim.clone())),
            );
        }
        found
    }

    /// Amounts of money, outside of fences, each with its place.
    pub fn amounts(&self) -> Vec<(Place, Amount)> {
        let read = |text: &str| {
            quantity::amount(text).map(|found| (found.range.clone(), found)).into_iter().collect()
        };
        let of = |piece: &Piece| {
            let found = found_in_lines(piece.segment_content(&self.document), read);
            let place = |at: Place| piece.start + at.start..piece.start + at.end;
            found.into_iter().map(|(at, amount)| (place(at), amount)).collect::<Vec<_>>()
        };
        self.pieces.iter().flat_map(of).collect()
    }

    fn rows_of(&self, kind: TableKind) -> impl Iterator<Item = (TableKind, Row<'_>)> {
        let tables = self.tables().filter(move |table| table.kind() == kind);
        tables.flat_map(|table| table.rows()).map(move |row| (kind, row))
    }

    fn fields_with_key(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&Piece, &FieldFact)> {
        let fields =
            self.pieces.iter().flat_map(|piece| piece.facts.fields.iter().map(move |field| (piece, field)));
        fields.filter(move |(piece, field)| wanted(piece.str(&field.key)))
    }

    fn rows_in<'a>(&'a self, piece: &'a Piece, kind: TableKind) -> impl Iterator<Item = Row<'a>> {
        self.tables_in(piece).filter(move |table| table.kind() == kind).flat_map(|table| table.rows())
    }
}

/// Runs of fields of a segment that may have these traits: they begin with a wanted key and go on up to the next one.
fn groups(
    piece: &Piece,
    traits: Traits,
    wanted: impl Fn(&str) -> bool + Copy,
) -> impl Iterator<Item = &[FieldFact]> {
    let fields = if piece.facts.traits.has(traits) { &piece.facts.fields[..] } else { &[] };
    let runs = fields.chunk_by(move |_, next| !wanted(piece.str(&next.key)));
    runs.filter(move |run| run.first().is_some_and(|first| wanted(piece.str(&first.key))))
}

/// The claims in a segment, in bytes from its start.
struct SegmentClaims(Vec<(Place, Claim)>);

/// What `read` finds in the lines of a segment's paragraphs, headings and cells, in bytes from its start.
fn found_in_lines<T>(
    content: &Content,
    read: impl Fn(&str) -> Vec<(std::ops::Range<usize>, T)>,
) -> Vec<(Place, T)> {
    let mut found = Vec::new();
    for (_, lines) in content.outline.inlines() {
        for line in lines {
            let start = line.start as usize;
            let here = read(&content.text[bytes(line)]).into_iter();
            found.extend(here.map(|(range, read)| (start + range.start..start + range.end, read)));
        }
    }
    found
}

/// `Risk`, `Risk 1`, `risk 2`.
fn is_numbered(key: &str, word: &str) -> bool {
    starts_with(key, word) && key[word.len()..].trim().chars().all(|c| c.is_ascii_digit())
}

fn is_about(piece: &Piece, heading: &HeadingFact, word: &str) -> bool {
    contains(piece.str(&heading.text), word)
}
