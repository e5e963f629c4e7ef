//! Writing the owner of a task or phase, in the form of the plan.

use plan_model::{Item, Meaning, StateSourceKind};

use super::states::Writer;
use crate::{Edit, File};

/// Returns the edits that set the owner of an item, or remove it if `owner` is `None`. The owner is written in the
/// item's field or cell, as a new field if other items have one, otherwise as `(owner: Ada)` at the end of its text.
///
/// Returns an empty list if nothing changes, and `None` if the item has no place for an owner.
pub(crate) fn set_owner(file: &File, item: &Item<'_>, owner: Option<&str>) -> Option<Vec<Edit>> {
    let document = file.document();
    let own = item.fields().find(|field| field.meaning == Some(Meaning::Owner) && !field.front_matter);
    let Some(field) = own else {
        let Some(owner) = owner else { return Some(Vec::new()) };
        let writer = Writer::new(file);
        let in_field = has_owner_fields(file).then(|| writer.with_field(item, "Owner", owner)).flatten();
        return in_field.or_else(|| in_text(file, item, owner));
    };
    let place = field.value_range.clone();
    let line = item.line();
    if owner.is_none() && line.start <= field.key_range.start && place.end < line.end {
        // `(owner: Ada)` is removed with its parentheses and the space before it.
        let before = document.slice(line.start..field.key_range.start);
        let after = document.slice(place.end..line.end);
        let open = before.trim_end_matches(['(', '（', ' ']).len();
        if open < before.len() && after.starts_with([')', '）']) {
            let close = after.chars().next().map_or(0, char::len_utf8);
            return Some(vec![Edit::replace(line.start + open..place.end + close, "")]);
        }
    }
    let before = document.slice(document.line_start(place.start)..place.start);
    let in_cell = item.form() == StateSourceKind::TableRow || before.trim_start().starts_with('|');
    let owner = owner.unwrap_or_default();
    let is_handle = field.value.starts_with('@') && !owner.is_empty() && !owner.starts_with(['@', ' ']);
    let handle = if is_handle { format!("@{owner}") } else { owner.to_owned() };
    let owner = handle.as_str();
    let mut new = if in_cell { owner.replace('|', "\\|") } else { owner.to_owned() };
    if !new.is_empty() && !before.ends_with(char::is_whitespace) {
        new.insert(0, ' ');
    }
    if new.is_empty() && !in_cell && before.ends_with(' ') {
        return Some(vec![Edit::replace(
            document.line_start(place.start) + before.trim_end().len()..place.end,
            "",
        )]);
    }
    if in_cell && !new.is_empty() && document.slice(place.end..document.line_end(place.end)).starts_with('|')
    {
        new.push(' ');
    }
    Some(if document.slice(place.clone()) == new { Vec::new() } else { vec![Edit::replace(place, new)] })
}

/// Returns whether items of the plan have fields for owners on lines of their own.
fn has_owner_fields(file: &File) -> bool {
    file.plan().items().any(|item| {
        let end = item.line().end;
        let is_owner = |field: plan_model::Field<'_>| {
            field.meaning == Some(Meaning::Owner) && !field.front_matter && field.key_range.start >= end
        };
        item.fields().any(is_owner)
    })
}

/// Returns the edit that inserts `(owner: Ada)` after the text of an item, before the data of plugins.
fn in_text(file: &File, item: &Item<'_>, owner: &str) -> Option<Vec<Edit>> {
    let end = Writer::new(file).end_of_text(item)?;
    let title = item.title_range().end;
    let has_data = item.fields().any(|field| (title..end).contains(&field.key_range.start));
    let at = if has_data { title } else { end };
    Some(vec![Edit::insert(at, format!(" (owner: {owner})"))])
}
