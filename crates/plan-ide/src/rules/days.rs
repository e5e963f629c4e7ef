//! Days that a plan writes down, and what they are of.

use jiff::civil::Date;
use plan_model::{Column, ItemKind, Meaning, Place, Plan, date};

use crate::File;

/// A day with its place.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    /// What the field says the day is of.
    pub(crate) meaning: Meaning,
    /// Where it is written.
    pub(crate) place: Place,
    /// The day; nothing for one that the calendar does not have.
    pub(crate) date: Option<Date>,
}

/// Today, if anyone has said.
pub(crate) fn today(file: &File) -> Option<Date> {
    file.environment().today.as_ref()?.parse().ok()
}

fn is_day(meaning: Meaning) -> bool {
    use Meaning::{Created, Date, Due, Expires, Reviewed, Target, Updated};
    matches!(meaning, Created | Updated | Target | Due | Expires | Reviewed | Date)
}

/// The days in the fields of the document as a whole, a value that nobody filled in left out.
pub(crate) fn header(plan: &Plan) -> Vec<Day> {
    let mut found = Vec::new();
    for field in plan.fields() {
        let Some(meaning) = field.meaning.filter(|meaning| is_day(*meaning)) else { continue };
        let written = plan.document().slice(field.value_range.clone());
        found.extend(first(meaning, &written, field.value_range.start));
    }
    found
}

/// The days in the fields of phases and tasks, in cells of columns for days, and in logs.
pub(super) fn inside(plan: &Plan) -> Vec<Day> {
    let mut found = Vec::new();
    for item in plan.items() {
        for field in item.fields() {
            let is_row = item.kind() == ItemKind::Task && item.form() == plan_model::CarrierKind::TableRow;
            let Some(meaning) = field.meaning.filter(|meaning| is_day(*meaning) && !is_row) else { continue };
            let written = plan.document().slice(field.value_range.clone());
            found.extend(first(meaning, &written, field.value_range.start));
        }
    }
    for table in plan.tables() {
        for row in table.rows() {
            for column in [Column::Date, Column::Start, Column::End] {
                let cell = row.cell(column);
                found.extend(cell.and_then(|cell| first(Meaning::Date, cell.text, cell.range.start)));
            }
        }
    }
    found
}

fn first(meaning: Meaning, text: &str, start: usize) -> Option<Day> {
    let found = date::first(text)?;
    let place = start + found.range.start..start + found.range.end;
    Some(Day { meaning, place, date: found.date })
}
