//! Where a dependency is being written, and who waits there.

use plan_model::{Column, Meaning, Plan, reference};

use super::{
    context::{Context, Surroundings},
    value::Value,
    values::{is_of_dependencies, is_open},
};
use crate::Place;

/// Where a dependency is being written.
pub(super) struct Spot {
    /// What is replaced.
    pub(super) range: Place,
    /// The value before and behind that.
    pub(super) before: String,
    pub(super) after: String,
    /// Who waits.
    pub(super) owner: Option<usize>,
    /// Those named wait for the owner.
    pub(super) reversed: bool,
    /// The value speaks of the document as a whole.
    pub(super) of_document: bool,
    /// Nothing is listed yet.
    pub(super) is_first: bool,
    /// Text for before and behind what is inserted.
    pub(super) lead: String,
    pub(super) tail: &'static str,
    /// What stands there is a placeholder.
    pub(super) is_open: bool,
}

/// In the value of a field, or in a cell.
pub(super) fn in_value(context: &Context<'_>) -> Option<Spot> {
    let value = context.value()?;
    let meant = match value.column {
        Some(column) => column == Column::DependsOn,
        None => is_of_dependencies(value.meaning),
    };
    if !meant {
        return None;
    }
    let plan = context.file.plan();
    let in_front_matter = *context.surroundings() == Surroundings::FrontMatter;
    let owner = match value.column {
        Some(_) => of_row(context, value)?,
        None => around(plan, value.key_at),
    };
    let in_work = plan.items().next().is_some_and(|first| first.line().start < value.key_at);
    if in_front_matter && context.line.starts_with([' ', '-']) {
        return None;
    }
    let whole = context.file.document().slice(value.range.clone());
    let is_open = !in_front_matter && is_open(&whole);
    let element = value.element(context);
    let range = if is_open { value.range.clone() } else { element.range.clone() };
    let (before, after) =
        if is_open { Default::default() } else { (element.before.clone(), element.after.clone()) };
    Some(Spot {
        lead: match range.start == value.range.start {
            true => value.lead.to_owned(),
            false => element.lead().to_owned(),
        },
        tail: if range.end == value.range.end { value.tail } else { "" },
        is_first: is_open || element.others().next().is_none(),
        of_document: in_front_matter || owner.is_none() && value.column.is_none() && !in_work,
        reversed: value.meaning == Some(Meaning::Blocks),
        owner: owner.filter(|_| !in_front_matter),
        range,
        before,
        after,
        is_open,
    })
}

/// In the text of an item: `(depends on T001, …`.
pub(super) fn in_parentheses(context: &Context<'_>) -> Option<Spot> {
    let typed = context.typed();
    let open = typed.rfind('(')?;
    let inside = typed.get(open + 1..)?;
    let word = ["depends on ", "depends on: ", "blocked by ", "requires ", "after "]
        .iter()
        .find(|word| inside.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))?;
    let list = &inside[word.len()..];
    if list.contains(')') || context.in_backticks() || !context.in_text() || !context.in_plan() {
        return None;
    }
    let plan = context.file.plan();
    let owner = around(plan, context.line_start + typed.len() - typed.trim_start().len())?;
    let line = plan.item(owner)?.line();
    if !(line.start <= context.at && context.at <= line.end.max(context.line_start + context.line.len())) {
        return None;
    }
    let start = list.rfind(',').map_or(0, |comma| comma + 1);
    let start = start + list[start..].len() - list[start..].trim_start().len();
    let from = context.at - (list.len() - start);
    let rest = context.rest();
    let end = rest.find([')', ',', ' ']).unwrap_or(rest.len());
    let after = rest[end..].split(')').next().unwrap_or_default().to_owned();
    Some(Spot {
        range: from..context.at + end,
        before: list[..start].to_owned(),
        after,
        owner: Some(owner),
        reversed: false,
        of_document: false,
        is_first: false,
        lead: if list[..start].ends_with(',') { " ".to_owned() } else { String::new() },
        tail: "",
        is_open: false,
    })
}

/// The innermost item around a byte.
fn around(plan: &Plan, at: usize) -> Option<usize> {
    plan.items().filter(|item| item.range().contains(&at)).map(|item| item.index()).last()
}

/// Whom a row speaks of: the task that it is, or the one that it names; nothing where that cannot be told.
fn of_row(context: &Context<'_>, value: &Value) -> Option<Option<usize>> {
    let plan = context.file.plan();
    if let Some(item) = plan.items().find(|item| item.line().start == value.key_at) {
        return Some(Some(item.index()));
    }
    let table = plan.tables().find(|table| table.range().contains(&value.key_at))?;
    let rows = table.rows();
    let row = rows.iter().find(|row| row.range.start == value.key_at)?;
    let columns = [Column::Id, Column::Task, Column::Phase];
    let subject = columns.iter().find_map(|column| Some((*column, row.cell(*column)?)));
    let Some((column, cell)) = subject else {
        // A row about something else, such as a milestone, closes no circle.
        return Some(None);
    };
    let bare = cell.text.trim_matches(|c: char| !c.is_alphanumeric());
    let number = column == Column::Phase && bare.bytes().all(|byte| byte.is_ascii_digit());
    let text = if number { format!("Phase {bare}") } else { bare.to_owned() };
    let found = plan.resolve(&reference::read(&text), cell.range.start, around(plan, value.key_at));
    let named = found.first()?.targets.first()?.1?;
    Some(Some(named))
}
