//! Table rows as tasks, phases, fields and dependencies.

use plan_syntax::{SegmentSpan, outline, outline::bytes};

use super::{
    Condition, FieldFact, ItemKind, ReferenceFact, Relation, StateSource, StateSourceKind,
    reader::{BlockContext, FactReader, ItemDraft},
    references,
    table::{self, Column, TableKind},
    text::TextKind,
};
use crate::{
    id::{Id, leading_phase_id, leading_task_id},
    reference,
};

/// A row of a table with its columns.
struct RowCells<'a> {
    span: SegmentSpan,
    cells: &'a [SegmentSpan],
    columns: &'a [Column],
}

impl FactReader<'_> {
    /// Reads a table with its rows.
    pub(super) fn table(&mut self, index: usize, context: BlockContext) {
        let table = table::read(self.text, self.outline, index, &self.outline.blocks[index], self.vocabulary);
        let column = |wanted: Column| table.columns.iter().position(|column| *column == wanted);
        if table.kind == TableKind::Fields
            && let Some(header) = table::header(self.outline, index as u32)
        {
            self.field_row(&header, context);
        }
        for (span, cells) in table::rows(self.outline, index as u32) {
            let cell = |wanted: Column| column(wanted).and_then(|at| cells.get(at)).cloned();
            let row = RowCells { span, cells: &cells, columns: &table.columns };
            let item = match table.kind {
                TableKind::Fields => {
                    self.field_row(&cells, context);
                    self.task_row(&row, context)
                }
                TableKind::PhaseStatus => self
                    .phase_row(&row, cell(Column::Phase), context)
                    .or_else(|| self.task_row(&row, context)),
                _ => self.task_row(&row, context),
            };
            if let Some(value) = cell(Column::DependsOn).filter(|value| !value.is_empty()) {
                let owner = self.owner(item);
                let name = [Column::Id, Column::Task, Column::Phase].into_iter().find_map(cell);
                let name = name.or_else(|| cells.first().cloned());
                let subject = name.and_then(|name| self.row_subject(&name, column(Column::Phase).is_some()));
                let parsed = reference::parse_with(self.at(&value), self.vocabulary.nouns());
                if item.is_some() || subject.is_some() && parsed.class != reference::Class::Prose {
                    self.facts.references.push(ReferenceFact {
                        owner,
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

    /// Reads a row of two cells whose first cell is a known key.
    fn field_row(&mut self, cells: &[SegmentSpan], context: BlockContext) {
        let [key, value] = cells else { return };
        let key = key_text(self.text, key);
        let meaning = self.vocabulary.meaning_of(self.at(&key));
        if meaning.is_some() && !value.is_empty() {
            let owner = self.owner(context.item);
            self.facts.fields.push(FieldFact { key, value: value.clone(), meaning, owner });
        }
    }

    /// Returns the item that a row is about, named by its ID cell. In a table with a phase column, a number is the ID
    /// of a phase.
    fn row_subject(&self, cell: &SegmentSpan, has_phase_column: bool) -> Option<reference::Value> {
        let text = self.at(cell);
        let number = text.trim_matches(['*', '_', '`', ' ']);
        if has_phase_column && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            return references::subject_of(&format!("Phase {number}"), self.vocabulary);
        }
        references::subject_of(text, self.vocabulary)
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
        let name = cell(Column::Task);
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
            row.cells.get(at + 1).filter(|cell| !cell.contains(&source.span.start)).cloned()
        };
        let first_cell = || {
            row.cells
                .iter()
                .find(|cell| !cell.is_empty() && outline::checkbox_character(self.at(cell)).is_none())
                .cloned()
        };
        let text = name.cloned().or(text_after_checkbox).or_else(cell_after_id).or_else(first_cell)?;
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
        let leading = leading_task_id(id_text, self.vocabulary.nouns())
            .filter(|leading| leading.range.end == id_text.len());
        let number_id = || {
            let number = id_text.trim_start_matches('#');
            let is_number =
                !number.is_empty() && number.len() < 4 && number.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| Id::task(number))
        };
        let fact = &mut self.facts.items[item as usize];
        if let Some(id) = leading.map(|leading| leading.id).or_else(number_id) {
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
            Some(leading) => (leading.id, leading.range.end, leading.after),
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
        fact.condition = Condition::NoPhaseHeading;
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
