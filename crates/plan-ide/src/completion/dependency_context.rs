//! The context of a dependency being written, and its dependent item.

use plan_model::{Column, Meaning, Plan};

use super::{
    context::{CompletionContext, CursorContext, CursorValue},
    value::is_dependency_field,
    values::is_placeholder,
};
use crate::TextRange;

/// The context of a dependency being written.
pub(super) struct DependencyContext {
    /// Range to replace.
    pub(super) range: TextRange,
    /// The value before and after the range.
    pub(super) before: String,
    pub(super) after: String,
    /// Index of the item that states the dependency; `None` if it is not an item or unknown.
    pub(super) dependent: Option<usize>,
    /// Whether the direction is reversed, as in `Blocks`: the named items depend on this item.
    pub(super) reversed: bool,
    /// Whether the value concerns the document as a whole.
    pub(super) concerns_document: bool,
    /// Whether the value has no other elements.
    pub(super) is_first: bool,
    /// Text inserted before and after the completion.
    pub(super) lead: String,
    pub(super) tail: &'static str,
    /// Whether the value is a placeholder.
    pub(super) is_placeholder: bool,
}

/// Returns the context in the value of a field or cell.
pub(super) fn in_value(context: &CompletionContext<'_>) -> Option<DependencyContext> {
    let value = context.value()?;
    let lists_dependencies = match value.column {
        Some(column) => column == Column::DependsOn,
        None => is_dependency_field(value.meaning),
    };
    if !lists_dependencies {
        return None;
    }
    let plan = context.file.plan();
    let in_front_matter = *context.cursor_context() == CursorContext::FrontMatter;
    let dependent = match value.column {
        Some(_) => of_row(context, value)?,
        None => around(plan, value.key_offset),
    };
    let in_work = plan.items().next().is_some_and(|first| first.line().start < value.key_offset);
    if in_front_matter && context.line.starts_with([' ', '-']) {
        return None;
    }
    let whole = context.file.document().slice(value.range.clone());
    let is_placeholder = !in_front_matter && is_placeholder(&whole);
    let element = value.element(context);
    let range = if is_placeholder { value.range.clone() } else { element.range.clone() };
    let (before, after) =
        if is_placeholder { Default::default() } else { (element.before.clone(), element.after.clone()) };
    Some(DependencyContext {
        lead: match range.start == value.range.start {
            true => value.lead.to_owned(),
            false => element.lead().to_owned(),
        },
        tail: if range.end == value.range.end { value.tail } else { "" },
        is_first: is_placeholder || element.other_elements().next().is_none(),
        concerns_document: in_front_matter || dependent.is_none() && value.column.is_none() && !in_work,
        reversed: value.meaning == Some(Meaning::Blocks),
        dependent: dependent.filter(|_| !in_front_matter),
        range,
        before,
        after,
        is_placeholder,
    })
}

/// Words before dependencies in the text of an item.
const DEPENDENCY_WORDS: [&str; 5] = ["depends on", "depends on:", "blocked by", "requires", "after"];

/// Returns the context in the text of an item: `(after T001, …`, `depends on T001, …`.
pub(super) fn in_text(context: &CompletionContext<'_>) -> Option<DependencyContext> {
    let typed = context.text_before_cursor();
    // Outside of parentheses, only one form is unambiguous.
    let words: &[&str] = match typed.rfind(['(', ')']) {
        Some(at) if typed[at..].starts_with('(') => &DEPENDENCY_WORDS,
        _ => &DEPENDENCY_WORDS[..2],
    };
    let lower = typed.to_ascii_lowercase();
    let list_start = words.iter().filter_map(|word| {
        let at = lower.rfind(word)?;
        let before = &typed[..at];
        let is_start = match words.len() {
            2 => before.ends_with([' ', '(']),
            _ => before.ends_with('('),
        };
        let after = typed[at + word.len()..].strip_prefix(' ')?;
        is_start.then_some(typed.len() - after.len())
    });
    let list = &typed[list_start.max()?..];
    if list.contains(')') || context.in_backticks() || !context.in_text() || !context.in_plan() {
        return None;
    }
    let plan = context.file.plan();
    let dependent = around(plan, context.line_start + typed.len() - typed.trim_start().len())?;
    let line = plan.item(dependent)?.line();
    if !(line.start <= context.offset
        && context.offset <= line.end.max(context.line_start + context.line.len()))
    {
        return None;
    }
    let start = list.rfind(',').map_or(0, |comma| comma + 1);
    let start = start + list[start..].len() - list[start..].trim_start().len();
    let from = context.offset - (list.len() - start);
    let rest = context.text_after_cursor();
    let end = rest.find([')', ',', ' ']).unwrap_or(rest.len());
    let after = rest[end..].split(')').next().unwrap_or_default().to_owned();
    Some(DependencyContext {
        range: from..context.offset + end,
        before: list[..start].to_owned(),
        after,
        dependent: Some(dependent),
        reversed: false,
        concerns_document: false,
        is_first: false,
        lead: if list[..start].ends_with(',') { " ".to_owned() } else { String::new() },
        tail: "",
        is_placeholder: false,
    })
}

/// Returns the index of the innermost item around an offset.
fn around(plan: &Plan, offset: usize) -> Option<usize> {
    let mut restated = plan.items_with_other_places();
    let restated = restated.find(|item| item.other_ranges().any(|range| range.contains(&offset)));
    let innermost = || plan.items().filter(|item| item.range().contains(&offset)).last();
    restated.or_else(innermost).map(|item| item.index())
}

/// Returns the index of the item that a row defines or refers to; `Some(None)` if the row is about something other than
/// an item. `None` if the item is ambiguous.
fn of_row(context: &CompletionContext<'_>, value: &CursorValue) -> Option<Option<usize>> {
    let plan = context.file.plan();
    if let Some(item) = plan.items().find(|item| item.line().start == value.key_offset) {
        return Some(Some(item.index()));
    }
    let table = plan.tables().find(|table| table.range().contains(&value.key_offset))?;
    let rows = table.rows();
    let row = rows.iter().find(|row| row.range.start == value.key_offset)?;
    let columns = [Column::Id, Column::Task, Column::Phase];
    let subject = columns.iter().find_map(|column| Some((*column, row.cell(*column)?)));
    let Some((column, cell)) = subject else {
        // A row about another entity, such as a milestone, is not part of a cycle.
        return Some(None);
    };
    let trimmed = cell.text.trim_matches(|c: char| !c.is_alphanumeric());
    let number = column == Column::Phase && trimmed.bytes().all(|byte| byte.is_ascii_digit());
    let text = if number { format!("Phase {trimmed}") } else { trimmed.to_owned() };
    let found = plan.resolve(&plan.parse_reference(&text), cell.range.start, around(plan, value.key_offset));
    let named = found.first()?.targets.first()?.1?;
    Some(Some(named))
}
