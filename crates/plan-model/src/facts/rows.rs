//! Table rows as tasks, phases, fields and dependencies.

use plan_syntax::{SegmentSpan, outline, outline::bytes};

use super::{
    FieldFact, ItemCondition, ItemKind, ReferenceFact, Relation, StateSource, StateSourceKind,
    reader::{BlockContext, FactReader, ItemDraft},
    references,
    table::{self, Column, TableKind},
    text::TextKind,
};
use crate::{
    id::{Id, leading_phase_id, leading_task_id},
    reference,
};

/// Maximum length in bytes of an ID in an ID column.
const MAX_ID_BYTES: usize = 24;

/// A row of a table with its columns.
struct RowCells<'a> {
    span: SegmentSpan,
    cells: &'a [SegmentSpan],
    columns: &'a [Column],
}

/// Maximum number of rows of a table whose phases are compared with each other.
const MAX_PHASE_ROWS: usize = 200;

/// The column with the dependent items of a dependency table.
#[derive(Clone, Copy)]
struct SubjectColumn {
    at: usize,
    column: Column,
}

impl SubjectColumn {
    /// Returns the column with the dependent items. `None` if the table has no dependency column. Also `None` if the
    /// first column is a dependency column, because such a table lists dependencies of the plan.
    fn of(columns: &[Column]) -> Option<Self> {
        if columns.first() == Some(&Column::DependsOn) || !columns.contains(&Column::DependsOn) {
            return None;
        }
        let first = columns.first().copied();
        // `Wave | Phases | Blocked by`: the phases of a wave are blocked by other phases.
        let listed = [Column::Phases, Column::Tasks]
            .into_iter()
            .filter(|_| !matches!(first, Some(Column::Id | Column::Task)))
            .find_map(|wanted| columns.iter().position(|column| *column == wanted));
        let named = || {
            let names = [Column::Id, Column::Task, Column::Phase].into_iter();
            names.filter_map(|wanted| columns.iter().position(|column| *column == wanted)).next()
        };
        let at = listed.or_else(named).unwrap_or(0);
        Some(Self { at, column: *columns.get(at)? })
    }

    /// Returns the word that is put before a number in this column, such as `Task` for `1.2`. `title` is the column's
    /// title.
    fn word(self, title: &str) -> Option<String> {
        match self.column {
            Column::Id | Column::Task | Column::Tasks => Some("Task".into()),
            Column::Phases => Some("Phases".into()),
            Column::Phase => Some(title.trim_matches(['*', '_', '`', ' ', ':']).to_owned()),
            _ => None,
        }
    }
}

impl FactReader<'_> {
    /// Reads a table with its rows.
    pub(super) fn table(&mut self, index: usize, context: BlockContext) {
        let table = table::read(self.text, self.outline, index, &self.outline.blocks[index], self.vocabulary);
        let column = |wanted: Column| table.columns.iter().position(|column| *column == wanted);
        if table.kind == TableKind::Fields
            && let Some(header) = table::header(self.outline, index as u32)
            && self.has_known_keys(index)
        {
            self.field_row(&header, context);
        }
        let phases = if table.kind == TableKind::PhaseStatus {
            self.phases_of_rows(index as u32, column(Column::Phase))
        } else {
            false
        };
        let subjects = SubjectColumn::of(&table.columns);
        let subject_word = subjects.and_then(|subject| {
            let header = table::header(self.outline, index as u32)?;
            subject.word(self.at(header.get(subject.at)?))
        });
        for (span, cells) in table::rows(self.outline, index as u32) {
            let cell = |wanted: Column| column(wanted).and_then(|at| cells.get(at)).cloned();
            let row = RowCells { span, cells: &cells, columns: &table.columns };
            let item = match table.kind {
                TableKind::Fields => {
                    self.field_row(&cells, context);
                    self.task_row(&row, context)
                }
                TableKind::PhaseStatus if phases => self
                    .phase_row(&row, cell(Column::Phase), context)
                    .or_else(|| self.task_row(&row, context)),
                _ => self.task_row(&row, context),
            };
            if let Some(subject) = subjects
                && let Some(value) = cell(Column::DependsOn).filter(|value| !value.is_empty())
            {
                let parent = self.fact_parent(item);
                let name = cells.get(subject.at);
                let subject = name.and_then(|name| self.row_subject(name, subject_word.as_deref()));
                let parsed = reference::parse_with(self.at(&value), self.vocabulary.nouns());
                if item.is_some() || subject.is_some() && parsed.class != reference::ValueClass::Prose {
                    self.facts.references.push(ReferenceFact {
                        parent,
                        subject: subject.filter(|_| item.is_none()),
                        relation: Relation::DependsOn,
                        span: value,
                        value: parsed,
                    });
                }
            }
        }
        self.facts.tables.push(table);
    }

    /// Returns whether a body row of a table of two columns starts with a known key. In such a table, the header row
    /// may be a field as well. In `| Status | Count |`, it is a header.
    fn has_known_keys(&self, index: usize) -> bool {
        let mut rows = table::rows(self.outline, index as u32);
        rows.any(|(_, cells)| {
            cells
                .first()
                .is_some_and(|key| self.vocabulary.meaning_of(self.at(&key_text(self.text, key))).is_some())
        })
    }

    /// Reads a row of two cells whose first cell is a known key.
    fn field_row(&mut self, cells: &[SegmentSpan], context: BlockContext) {
        let [key, value] = cells else { return };
        let key = key_text(self.text, key);
        let meaning = self.vocabulary.meaning_of(self.at(&key));
        if meaning.is_some() && !value.is_empty() {
            let parent = self.fact_parent(context.item);
            self.facts.fields.push(FieldFact { key, value: value.clone(), meaning, parent });
        }
    }

    /// Returns the items that a cell names as the subject of its row. `word` is put before a number (`Task 1.2`);
    /// without it, numbers are ignored.
    fn row_subject(&self, cell: &SegmentSpan, word: Option<&str>) -> Option<reference::Value> {
        let text = self.at(cell);
        let number = text.trim_matches(['*', '_', '`', ' ']);
        if number.starts_with(|c: char| c.is_ascii_digit()) {
            return references::subject_of(&format!("{} {number}", word?), self.vocabulary);
        }
        references::subject_of(text, self.vocabulary)
    }

    /// Returns whether each row of a table represents a different phase.
    fn phases_of_rows(&self, table: u32, column: Option<usize>) -> bool {
        let mut seen = Vec::new();
        let Some(column) = column else { return false };
        table::rows(self.outline, table).all(|(_, cells)| {
            let Some(cell) = cells.get(column).filter(|cell| !cell.is_empty()) else { return true };
            let text = self.at(&key_text(self.text, cell));
            let id = leading_phase_id(text, self.vocabulary.nouns())
                .map_or_else(|| Id::phase("phase", text), |leading_id| leading_id.id);
            let is_new = !seen.contains(&id);
            if seen.len() < MAX_PHASE_ROWS {
                seen.push(id);
            }
            is_new
        })
    }

    /// Reads a row with a checkbox in one of its cells, or with a status and an ID or task name.
    fn task_row(&mut self, row: &RowCells<'_>, context: BlockContext) -> Option<u32> {
        let column = |wanted: Column| row.columns.iter().position(|column| *column == wanted);
        let cell =
            |wanted: Column| column(wanted).and_then(|at| row.cells.get(at)).filter(|cell| !cell.is_empty());
        let checkbox = row.cells.iter().find_map(|cell| {
            let character = outline::checkbox_character(self.at(cell))
                .filter(|character| !character.starts_with(|c: char| c.is_ascii_digit()))?;
            let at = cell.start + 1;
            let rest = self.at(cell)[character.len() + 2..].trim_start().len() as u32;
            let state = self.vocabulary.of_checkbox_character(character);
            let source =
                StateSource { kind: StateSourceKind::Checkbox, span: at..at + character.len() as u32, state };
            Some((source, cell.end - rest..cell.end))
        });
        let id = cell(Column::Id);
        // `Task | Description`: the task column may contain only IDs.
        let is_bare_id = |cell: &&SegmentSpan| {
            let text = self.at(&key_text(self.text, cell));
            let leading_id = leading_task_id(text, self.vocabulary.nouns());
            leading_id.is_some_and(|leading_id| leading_id.range.end == text.len())
        };
        let description = cell(Column::Description).filter(|_| id.is_none());
        let described = cell(Column::Task).filter(|cell| description.is_some() && is_bare_id(cell));
        let id = id.or(described);
        let name = cell(Column::Task).filter(|_| described.is_none());
        let (source, text_after_checkbox) = match checkbox {
            Some((source, text)) => (source, Some(text).filter(|text| !text.is_empty())),
            None => {
                id.or(name)?;
                let status = row.cells.get(column(Column::Status)?)?;
                let state = self.vocabulary.of_value(self.at(status));
                (StateSource { kind: StateSourceKind::TableRow, span: status.clone(), state }, None)
            }
        };
        // Without a task column, the title is the text after the checkbox, the cell after the ID, or the first cell.
        let cell_after_id = || {
            let at = row.cells.iter().position(|cell| Some(cell) == id)?;
            let mut after = row.cells[at + 1..].iter().filter(|cell| !cell.contains(&source.span.start));
            after.find(|cell| self.at(cell).chars().any(char::is_alphabetic)).cloned()
        };
        let first_cell = || {
            row.cells
                .iter()
                .find(|cell| !cell.is_empty() && outline::checkbox_character(self.at(cell)).is_none())
                .cloned()
        };
        let description = description.filter(|_| described.is_some()).cloned();
        let text = name
            .cloned()
            .or(description)
            .or(text_after_checkbox)
            .or_else(cell_after_id)
            .or_else(first_cell)?;
        let draft = ItemDraft {
            span: row.span.clone(),
            line: row.span.clone(),
            text,
            source,
            malformed: None,
            parent: context.item,
            role: context.role,
        };
        let item = self.push(draft, TextKind::Task)?;
        let Some(id) = id.or(name) else { return Some(item) };
        let cell = key_text(self.text, id);
        let id_text = self.at(&cell);
        let leading_id = leading_task_id(id_text, self.vocabulary.nouns())
            .filter(|leading_id| leading_id.range.end == id_text.len());
        let number_id = || {
            let number = id_text.trim_start_matches('#');
            let is_number =
                !number.is_empty() && number.len() < 4 && number.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| Id::task(number))
        };
        // `09-01-01` in an ID column.
        let numbered = || {
            let is_token = row.columns.contains(&Column::Id)
                && id_text.len() <= MAX_ID_BYTES
                && id_text.trim_end_matches('*').ends_with(|c: char| c.is_ascii_digit() || c == '-')
                && id_text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'*'))
                && id_text.bytes().any(|byte| byte.is_ascii_digit());
            is_token.then(|| Id::task(id_text))
        };
        let new = leading_id.map(|leading_id| leading_id.id).or_else(number_id).or_else(numbered);
        let fact = &mut self.facts.items[item as usize];
        if name.is_none() && (described.is_some() || row.columns.contains(&Column::Id)) {
            // The ID of another column belongs to the title.
            let other = fact.id_span.take().filter(|_| fact.id.take().is_some());
            fact.title.start = other.map_or(fact.title.start, |other| other.start.min(fact.title.start));
            fact.title.end = fact.title.end.max(fact.title.start);
        }
        if let Some(id) = new {
            fact.id = Some(id);
            fact.id_span = Some(cell);
            fact.ambiguous_id = false;
        }
        Some(item)
    }

    /// Reads a row with a phase and its status.
    fn phase_row(
        &mut self,
        row: &RowCells<'_>,
        phase: Option<SegmentSpan>,
        context: BlockContext,
    ) -> Option<u32> {
        let phase = key_text(self.text, &phase?);
        let status = row.columns.iter().position(|column| *column == Column::Status)?;
        let status = row.cells.get(status)?.clone();
        let id_text = self.at(&phase);
        let is_number =
            !id_text.is_empty() && id_text.len() < 4 && id_text.bytes().all(|byte| byte.is_ascii_digit());
        let (id, end, after) = match leading_phase_id(id_text, self.vocabulary.nouns()) {
            Some(leading_id) => (leading_id.id, leading_id.range.end, leading_id.after),
            None if is_number => (Id::phase("phase", id_text), id_text.len(), id_text.len()),
            None => return None,
        };
        let state = self.vocabulary.of_value(self.at(&status));
        let source = StateSource { kind: StateSourceKind::TableRow, span: status, state };
        let draft = ItemDraft {
            span: row.span.clone(),
            line: row.span.clone(),
            text: phase.start + after as u32..phase.end,
            source,
            malformed: None,
            parent: context.item,
            role: context.role,
        };
        let item = self.push(draft, TextKind::Task)?;
        let fact = &mut self.facts.items[item as usize];
        fact.kind = ItemKind::Phase;
        fact.condition = ItemCondition::NoPhaseHeading;
        fact.id = Some(id);
        fact.id_span = Some(phase.start..phase.start + end as u32);
        fact.ambiguous_id = false;
        Some(item)
    }
}

/// Returns the span of a cell's text without emphasis and colon.
fn key_text(text: &str, cell: &SegmentSpan) -> SegmentSpan {
    let content = &text[bytes(cell)];
    let key = content.trim_matches(|c: char| matches!(c, '*' | '_' | '`' | ':') || c.is_whitespace());
    let start = cell.start + content.find(key).unwrap_or(0) as u32;
    start..start + key.len() as u32
}
