//! Dates in fields, tables and logs of a plan.

use jiff::civil::Date;
use plan_model::{Column, Item, ItemKind, Meaning, Plan, TextRange, date};

use crate::File;

/// A date with its position and meaning.
#[derive(Clone, Debug)]
pub(crate) struct WrittenDate {
    /// The meaning of the field or column.
    pub(crate) meaning: Meaning,
    /// The text of the date.
    pub(crate) range: TextRange,
    /// The date; `None` if it does not exist.
    pub(crate) date: Option<Date>,
}

/// Returns the current date, if the environment has one.
pub(crate) fn today(file: &File) -> Option<Date> {
    file.environment().today.as_ref()?.parse().ok()
}

fn is_date(meaning: Meaning) -> bool {
    use Meaning::{Created, Date, Due, End, Expires, Reviewed, Start, Target, Updated};
    matches!(meaning, Created | Start | End | Updated | Target | Due | Expires | Reviewed | Date)
}

/// Returns the dates in the header fields of a plan, except unfilled values.
pub(crate) fn header_dates(plan: &Plan) -> Vec<WrittenDate> {
    let mut found = Vec::new();
    for field in plan.fields() {
        let Some(meaning) = field.meaning.filter(|meaning| is_date(*meaning)) else { continue };
        let written = plan.document().slice(field.value_range.clone());
        found.extend(first(meaning, &written, field.value_range.start));
    }
    found
}

/// Returns the dates in fields of phases and tasks, in date columns of tables, and in logs.
pub(super) fn body_dates(plan: &Plan) -> Vec<WrittenDate> {
    let mut found: Vec<WrittenDate> = plan.items().flat_map(|item| item_dates(plan, &item)).collect();
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

/// Returns the dates in the fields of a phase or task.
pub(super) fn item_dates(plan: &Plan, item: &Item<'_>) -> Vec<WrittenDate> {
    let mut found = Vec::new();
    if item.kind() == ItemKind::Task && item.form() == plan_model::StateSourceKind::TableRow {
        return found;
    }
    for field in item.fields() {
        let Some(meaning) = field.meaning.filter(|meaning| is_date(*meaning)) else { continue };
        let written = plan.document().slice(field.value_range.clone());
        found.extend(first(meaning, &written, field.value_range.start));
    }
    found
}

/// Returns the first date in `text`, which starts at byte `start` of the document.
fn first(meaning: Meaning, text: &str, start: usize) -> Option<WrittenDate> {
    let found = date::first(text)?;
    let range = start + found.range.start..start + found.range.end;
    Some(WrittenDate { meaning, range, date: found.date })
}
