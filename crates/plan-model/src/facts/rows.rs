//! The rows of tables: as tasks and phases, as fields, as what is said of dependencies.

use plan_syntax::{Span, outline, outline::bytes};

use super::{
    Carrier, CarrierKind, Condition, FieldFact, ItemKind, ReferenceFact, Relation,
    reader::{Around, Draft, Reader},
    references,
    table::{self, Column, TableKind},
    text::Kind,
};
use crate::{
    field::Meaning,
    id::{Id, leading_phase_id, leading_task_id},
    reference,
};

/// A row of a table with the meaning of its columns.
struct Row<'a> {
    span: Span,
    cells: &'a [Span],
    columns: &'a [Column],
}

impl Reader<'_> {
    /// Reads a table with its rows.
    pub(super) fn table(&mut self, index: usize, around: Around) {
        let table = table::read(self.text, self.outline, index, &self.outline.blocks[index]);
        let column = |wanted: Column| table.columns.iter().position(|column| *column == wanted);
        if table.kind == TableKind::Fields
            && let Some(header) = table::header(self.outline, index as u32)
        {
            self.field_row(&header, around);
        }
        for (span, cells) in table::rows(self.outline, index as u32) {
            let cell = |wanted: Column| column(wanted).and_then(|at| cells.get(at)).cloned();
            let row = Row { span, cells: &cells, columns: &table.columns };
            let item = match table.kind {
                TableKind::Fields => {
                    self.field_row(&cells, around);
                    self.task_row(&row, around)
                }
                TableKind::PhaseStatus => {
                    self.phase_row(&row, cell(Column::Phase), around).or_else(|| self.task_row(&row, around))
                }
                _ => self.task_row(&row, around),
            };
            if let Some(value) = cell(Column::DependsOn).filter(|value| !value.is_empty()) {
                let owner = self.owner(item);
                let name = [Column::Id, Column::Task, Column::Phase].into_iter().find_map(cell);
                let name = name.or_else(|| cells.first().cloned());
                let subject = name.and_then(|name| self.row_subject(&name, column(Column::Phase).is_some()));
                let read = reference::read(self.at(&value));
                if item.is_some() || subject.is_some() && read.class != reference::Class::Prose {
                    self.facts.references.push(ReferenceFact {
                        owner,
                        subject: subject.filter(|_| item.is_none()),
                        relation: Relation::DependsOn,
                        span: value,
                        value: read,
                    });
                }
            }
        }
        self.facts.tables.push(table);
    }

    /// A row of two cells whose first one is a known key.
    fn field_row(&mut self, cells: &[Span], around: Around) {
        let [key, value] = cells else { return };
        let key = key_text(self.text, key);
        let meaning = Meaning::of(self.at(&key));
        if meaning.is_some() && !value.is_empty() {
            let owner = self.owner(around.item);
            self.facts.fields.push(FieldFact { key, value: value.clone(), meaning, owner });
        }
    }

    /// What a row is about: the id in its cell, which is a phase's where the column says so.
    fn row_subject(&self, cell: &Span, phases: bool) -> Option<reference::Value> {
        let text = self.at(cell);
        let number = text.trim_matches(['*', '_', '`', ' ']);
        if phases && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) {
            return references::subject_of(&format!("Phase {number}"));
        }
        references::subject_of(text)
    }

    /// A row with a box in one of its cells, or with an id or a task and a state.
    fn task_row(&mut self, row: &Row<'_>, around: Around) -> Option<u32> {
        let column = |wanted: Column| row.columns.iter().position(|column| *column == wanted);
        let cell =
            |wanted: Column| column(wanted).and_then(|at| row.cells.get(at)).filter(|cell| !cell.is_empty());
        let boxed = row.cells.iter().find_map(|cell| {
            let mark = outline::task_mark(self.at(cell))
                .filter(|mark| !mark.starts_with(|c: char| c.is_ascii_digit()))?;
            let at = cell.start + 1;
            let rest = self.at(cell)[mark.len() + 2..].trim_start().len() as u32;
            let state = self.vocabulary.of_mark(mark);
            let carrier = Carrier { kind: CarrierKind::Box, span: at..at + mark.len() as u32, state };
            Some((carrier, cell.end - rest..cell.end))
        });
        let id = cell(Column::Id);
        let name = cell(Column::Task);
        let (carrier, own) = match boxed {
            Some((carrier, own)) => (carrier, Some(own).filter(|own| !own.is_empty())),
            None => {
                id.or(name)?;
                let status = row.cells.get(column(Column::Status)?)?;
                let state = self.vocabulary.of_value(self.at(status));
                (Carrier { kind: CarrierKind::TableRow, span: status.clone(), state }, None)
            }
        };
        // Without a column of its own the title is what stands behind the box, next to the id, or first.
        let beside = || {
            let at = row.cells.iter().position(|cell| Some(cell) == id)?;
            row.cells.get(at + 1).filter(|cell| !cell.contains(&carrier.span.start)).cloned()
        };
        let first = || {
            row.cells
                .iter()
                .find(|cell| !cell.is_empty() && outline::task_mark(self.at(cell)).is_none())
                .cloned()
        };
        let text = name.cloned().or(own).or_else(beside).or_else(first)?;
        let draft = Draft {
            span: row.span.clone(),
            line: row.span.clone(),
            text,
            carrier,
            loose: None,
            parent: around.item,
            role: around.role,
        };
        let item = self.push(draft, Kind::Task)?;
        let Some(id) = id.or(name) else { return Some(item) };
        let cell = key_text(self.text, id);
        let written = self.at(&cell);
        let found = leading_task_id(written).filter(|found| found.range.end == written.len());
        let number = || {
            let bare = written.trim_start_matches('#');
            let is_number =
                !bare.is_empty() && bare.len() < 4 && bare.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| Id::task(bare))
        };
        let fact = &mut self.facts.items[item as usize];
        if let Some(id) = found.map(|found| found.id).or_else(number) {
            fact.id = Some(id);
            fact.id_span = Some(cell);
            fact.unsure_id = false;
        }
        Some(item)
    }

    /// A row about a phase and its state.
    fn phase_row(&mut self, row: &Row<'_>, phase: Option<Span>, around: Around) -> Option<u32> {
        let phase = key_text(self.text, &phase?);
        let status = row.columns.iter().position(|column| *column == Column::Status)?;
        let status = row.cells.get(status)?.clone();
        let written = self.at(&phase);
        let found = leading_phase_id(written);
        let number =
            !written.is_empty() && written.len() < 4 && written.bytes().all(|byte| byte.is_ascii_digit());
        let (id, end, after) = match found {
            Some(found) => (found.id, found.range.end, found.after),
            None if number => (Id::phase("phase", written), written.len(), written.len()),
            None => return None,
        };
        let state = self.vocabulary.of_value(self.at(&status));
        let carrier = Carrier { kind: CarrierKind::TableRow, span: status, state };
        let draft = Draft {
            span: row.span.clone(),
            line: row.span.clone(),
            text: phase.start + after as u32..phase.end,
            carrier,
            loose: None,
            parent: around.item,
            role: around.role,
        };
        let item = self.push(draft, Kind::Task)?;
        let fact = &mut self.facts.items[item as usize];
        fact.kind = ItemKind::Phase;
        fact.condition = Condition::NoHeading;
        fact.id = Some(id);
        fact.id_span = Some(phase.start..phase.start + end as u32);
        fact.unsure_id = false;
        Some(item)
    }
}

/// A cell without emphasis around it.
fn key_text(text: &str, cell: &Span) -> Span {
    let here = &text[bytes(cell)];
    let bare = here.trim_matches(|c: char| matches!(c, '*' | '_' | '`' | ':') || c.is_whitespace());
    let start = cell.start + here.find(bare).unwrap_or(0) as u32;
    start..start + bare.len() as u32
}
