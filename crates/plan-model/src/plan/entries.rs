//! Entries of a plan other than tasks: risks, milestones, blockers, external dependencies, approvals, checkpoints,
//! log entries, progress values. Each kind is computed on demand.

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use plan_syntax::{BlockKind, Content, outline::bytes};

use super::{Excerpt, Plan, ReadSegment, ResolvedName, Row, TextRange};
use crate::{
    ascii::{contains, starts_with},
    date::{self, RelativeDate},
    facts::{Column, FieldFact, HeadingFact, SegmentFlags, TableKind},
    field::Meaning,
    quantity::{self, Amount, ProgressValue},
    reference,
    state::State,
};

/// A risk: a row, a `**Risk 1**: …` paragraph, a `- **Risk**: …` bullet.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub struct Risk<'a> {
    pub title: Excerpt<'a>,
    pub probability: Option<Excerpt<'a>>,
    pub impact: Option<Excerpt<'a>>,
    pub mitigation: Option<Excerpt<'a>>,
    pub contingency: Option<Excerpt<'a>>,
    pub owner: Option<Excerpt<'a>>,
}

/// A milestone: a row, or a bullet that starts with a date.
#[derive(Clone, Debug)]
pub struct Milestone<'a> {
    /// Name of the milestone.
    pub title: Excerpt<'a>,
    /// Date as written.
    pub when: Option<Excerpt<'a>>,
    /// Date, if it is absolute and exists.
    pub date: Option<Date>,
    /// Date relative to the start of the plan.
    pub relative: Option<RelativeDate>,
    /// Tasks and phases that the milestone depends on.
    pub tasks: Vec<ResolvedName>,
}

/// A blocker: a row, or a list item below `Blockers`.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub struct Blocker<'a> {
    pub title: Excerpt<'a>,
    pub impact: Option<Excerpt<'a>>,
    pub owner: Option<Excerpt<'a>>,
    pub resolution: Option<Excerpt<'a>>,
    pub due: Option<Excerpt<'a>>,
}

/// An external dependency: `- **Dependency 1**: text - status`.
#[derive(Clone, Debug)]
pub struct ExternalDependency<'a> {
    /// Key: `Dependency 1`.
    pub key: Excerpt<'a>,
    /// Description of the dependency.
    pub text: Excerpt<'a>,
    /// Status as written.
    pub status: Option<Excerpt<'a>>,
}

/// A row of an approval table. Checkboxes below `Approval` are tasks with that role instead.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub struct Approval<'a> {
    pub role: Excerpt<'a>,
    pub name: Option<Excerpt<'a>>,
    pub date: Option<Excerpt<'a>>,
}

/// A checkpoint or contingency: `1. **After Phase 1**: …`, `**If Risk 1 occurs:**`.
#[derive(Clone, Debug)]
pub struct Checkpoint<'a> {
    /// Condition: `After Phase 1`, `If Risk 1 occurs`.
    pub condition: Excerpt<'a>,
    /// Items that the condition refers to.
    pub names: Vec<ResolvedName>,
    /// Whether the checkpoint is a contingency, which applies only if something goes wrong.
    pub contingency: bool,
}

/// A log entry: a heading with a date, or a row.
#[derive(Clone, Debug)]
pub struct LogEntry<'a> {
    /// Date of the entry.
    pub date: Date,
    /// Range of the heading or row.
    pub range: TextRange,
    /// Status as written, in a row of a status log.
    pub status: Option<Excerpt<'a>>,
    /// State that the status represents.
    pub state: Option<State>,
}

impl Plan {
    /// Returns all risks in document order.
    pub fn risks(&self) -> Vec<Risk<'_>> {
        self.segments.iter().flat_map(|segment| self.risks_of(segment)).collect()
    }

    pub(super) fn risks_of<'a>(&'a self, segment: &'a ReadSegment) -> Vec<Risk<'a>> {
        let mut risks = Vec::new();
        for row in self.rows_in(segment, TableKind::Risks) {
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
        for group in field_groups(segment, SegmentFlags::RISK, |key| is_numbered(key, "risk")) {
            let [first, details @ ..] = group else { continue };
            let find = |meaning| {
                details
                    .iter()
                    .find(|field| field.meaning == Some(meaning))
                    .map(|field| segment.excerpt(&field.value))
            };
            risks.push(Risk {
                title: segment.excerpt(&first.value),
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

    pub(super) fn risk_levels_of<'a>(
        &'a self,
        segment: &'a ReadSegment,
    ) -> impl Iterator<Item = Excerpt<'a>> + use<'a> {
        let tables = self.tables_in(segment).filter(|table| table.kind() == TableKind::Risks);
        let cells = tables
            .flat_map(|table| [Column::Probability, Column::Impact].map(|column| table.column(column)))
            .flatten();
        let is_level =
            |field: &&FieldFact| matches!(field.meaning, Some(Meaning::Probability | Meaning::Impact));
        let groups = field_groups(segment, SegmentFlags::RISK, |key| is_numbered(key, "risk"));
        let fields = groups.flat_map(move |group| {
            group[1..].iter().filter(is_level).map(|field| segment.excerpt(&field.value))
        });
        cells.chain(fields)
    }

    /// Returns all milestones in document order. A heading `### Milestone 1` is a phase.
    pub fn milestones(&self) -> Vec<Milestone<'_>> {
        self.segments.iter().flat_map(|segment| self.milestones_of(segment)).collect()
    }

    pub(super) fn milestones_of<'a>(&'a self, segment: &'a ReadSegment) -> Vec<Milestone<'a>> {
        let mut milestones = Vec::new();
        for row in self.rows_in(segment, TableKind::Milestones) {
            let Some(title) = row.cell(Column::Milestone) else { continue };
            let tasks = row.cell(Column::DependsOn);
            milestones.push(self.milestone(title, row.cell(Column::Date), tasks.as_ref()));
        }
        if segment.facts.flags.has(SegmentFlags::MILESTONE) {
            let mut below_label =
                segment.facts.headings.last().is_some_and(|heading| is_about(segment, heading, "milestone"));
            for field in &segment.facts.fields {
                let key = segment.str(&field.key);
                if field.value.is_empty() {
                    below_label = contains(key, "milestone");
                } else if below_label && (date::first(key).is_some() || date::relative(key).is_some()) {
                    milestones.push(self.milestone(
                        segment.excerpt(&field.value),
                        Some(segment.excerpt(&field.key)),
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
        title: Excerpt<'a>,
        when: Option<Excerpt<'a>>,
        tasks: Option<&Excerpt<'a>>,
    ) -> Milestone<'a> {
        let text = when.as_ref().map_or("", |when| when.text);
        let tasks = tasks.map(|tasks| self.resolve(&reference::parse(tasks.text), tasks.range.start, None));
        Milestone {
            date: date::first(text).and_then(|found| found.date),
            relative: date::relative(text),
            title,
            when,
            tasks: tasks.unwrap_or_default(),
        }
    }

    /// Returns all blockers in document order.
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
        for segment in &self.segments {
            let (Some(heading), Some(content)) = (segment.facts.headings.last(), segment.source.content())
            else {
                continue;
            };
            if !is_about(segment, heading, "blocker") {
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
                    segment.facts.fields.iter().find(within).map(|field| segment.excerpt(&field.value))
                };
                blockers.push(Blocker {
                    title: segment.excerpt(line),
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

    /// Returns the external dependencies, in document order.
    pub fn external_dependencies(&self) -> Vec<ExternalDependency<'_>> {
        let mut dependencies = Vec::new();
        for (segment, field) in self.fields_with_key(|key| is_numbered(key, "dependency")) {
            let value = segment.str(&field.value);
            let status = value.rfind(" - ").map(|at| field.value.start + at as u32 + 3..field.value.end);
            let end = status.as_ref().map_or(field.value.end, |status| status.start - 3);
            dependencies.push(ExternalDependency {
                key: segment.excerpt(&field.key),
                text: segment.excerpt(&(field.value.start..end)),
                status: status.map(|status| segment.excerpt(&status)),
            });
        }
        dependencies
    }

    /// Returns the rows of approval tables.
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

    /// Returns the checkpoints and contingencies, in document order.
    pub fn checkpoints(&self) -> Vec<Checkpoint<'_>> {
        let fields = self.fields_with_key(|key| {
            ["after ", "before ", "if "].into_iter().any(|word| starts_with(key, word))
        });
        fields
            .map(|(segment, field)| {
                let condition = segment.excerpt(&field.key);
                let value = reference::mentions(condition.text);
                Checkpoint {
                    names: self.resolve(&value, condition.range.start, None),
                    contingency: starts_with(condition.text, "if "),
                    condition,
                }
            })
            .collect()
    }

    /// Returns the entries of all logs, in document order: headings with a date, rows of change and status logs.
    pub fn log(&self) -> Vec<LogEntry<'_>> {
        let mut entries = Vec::new();
        // Only titles with a digit can contain a date.
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

    /// Returns the newest status log entry with a known state. If several have the same date, returns the last one.
    pub fn latest_status(&self) -> Option<LogEntry<'_>> {
        let rows = self.rows_of(TableKind::StatusLog).filter_map(|(kind, row)| self.log_row(kind, row));
        rows.filter(|entry| entry.state.is_some()).max_by_key(|entry| entry.date)
    }

    /// Returns the progress values outside of fences, each with its range.
    pub fn progress_values(&self) -> Vec<(TextRange, ProgressValue)> {
        static NONE: LazyLock<Arc<SegmentProgress>> = LazyLock::new(|| Arc::new(SegmentProgress(Vec::new())));
        let mut found = Vec::new();
        for segment in &self.segments {
            // Cached with the segment: after an edit, only the lines of the changed segment are read again.
            let values = segment.content(&self.document).memo_or(&NONE, |content| {
                let values = find_in_lines(content, quantity::progress_values);
                (!values.is_empty()).then_some(SegmentProgress(values))
            });
            found.extend(values.0.iter().map(|(range, value)| {
                (segment.start + range.start..segment.start + range.end, value.clone())
            }));
        }
        found
    }

    /// Returns the amounts of money outside of fences, each with its range.
    pub fn amounts(&self) -> Vec<(TextRange, Amount)> {
        let find = |text: &str| {
            quantity::amount(text).map(|found| (found.range.clone(), found)).into_iter().collect()
        };
        let of = |segment: &ReadSegment| {
            let found = find_in_lines(segment.content(&self.document), find);
            let shifted = |range: TextRange| segment.start + range.start..segment.start + range.end;
            found.into_iter().map(|(range, amount)| (shifted(range), amount)).collect::<Vec<_>>()
        };
        self.segments.iter().flat_map(of).collect()
    }

    fn rows_of(&self, kind: TableKind) -> impl Iterator<Item = (TableKind, Row<'_>)> {
        let tables = self.tables().filter(move |table| table.kind() == kind);
        tables.flat_map(|table| table.rows()).map(move |row| (kind, row))
    }

    fn fields_with_key(
        &self,
        matches: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&ReadSegment, &FieldFact)> {
        let fields = self
            .segments
            .iter()
            .flat_map(|segment| segment.facts.fields.iter().map(move |field| (segment, field)));
        fields.filter(move |(segment, field)| matches(segment.str(&field.key)))
    }

    fn rows_in<'a>(&'a self, segment: &'a ReadSegment, kind: TableKind) -> impl Iterator<Item = Row<'a>> {
        self.tables_in(segment).filter(move |table| table.kind() == kind).flat_map(|table| table.rows())
    }
}

/// Groups the fields of a segment: each group starts with a field whose key matches and ends before the next one.
/// Segments without the flags have no groups.
fn field_groups(
    segment: &ReadSegment,
    flags: SegmentFlags,
    starts_group: impl Fn(&str) -> bool + Copy,
) -> impl Iterator<Item = &[FieldFact]> {
    let fields = if segment.facts.flags.has(flags) { &segment.facts.fields[..] } else { &[] };
    let groups = fields.chunk_by(move |_, next| !starts_group(segment.str(&next.key)));
    groups.filter(move |group| group.first().is_some_and(|first| starts_group(segment.str(&first.key))))
}

/// The progress values in a segment. Ranges are relative to its start.
struct SegmentProgress(Vec<(TextRange, ProgressValue)>);

/// Calls `find` for the lines of a segment's paragraphs, headings and cells, and returns all results. Ranges are
/// relative to the segment's start.
fn find_in_lines<T>(
    content: &Content,
    find: impl Fn(&str) -> Vec<(std::ops::Range<usize>, T)>,
) -> Vec<(TextRange, T)> {
    let mut found = Vec::new();
    for (_, lines) in content.outline.inlines() {
        for line in lines {
            let start = line.start as usize;
            let in_line = find(&content.text[bytes(line)]).into_iter();
            found.extend(in_line.map(|(range, value)| (start + range.start..start + range.end, value)));
        }
    }
    found
}

/// Returns whether a key is a word with an optional number: `Risk`, `Risk 1`.
fn is_numbered(key: &str, word: &str) -> bool {
    starts_with(key, word) && key[word.len()..].trim().chars().all(|c| c.is_ascii_digit())
}

/// Returns whether a heading contains a word.
fn is_about(segment: &ReadSegment, heading: &HeadingFact, word: &str) -> bool {
    contains(segment.str(&heading.text), word)
}
