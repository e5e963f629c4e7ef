//! Writes and removes fields of tasks and phases: over their value, otherwise in the form in which other tasks of the plan
//! state theirs.

use plan_model::{Field, Item, ItemKind, Meaning, StateSourceKind};

use super::states::Writer;
use crate::{
    Edit, File,
    insert::{detail_indent_of, uses_crlf},
};

/// Maximum number of tasks that are searched for the form of a field.
const MAX_TASKS_SEARCHED: usize = 2_000;

/// Brackets of groups.
const GROUP_STARTS: [char; 4] = ['(', '[', '（', '［'];
const GROUP_ENDS: [char; 4] = [')', ']', '）', '］'];

/// The form of a field of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FieldForm {
    /// `@ada`.
    Handle,
    /// `📅 2026-01-05`: the text before the value.
    Emoji(String),
    /// `[due:: 2026-01-05]`: the opening bracket and the key.
    Dataview(String, String),
    /// `(owner: Ada, 3 days)`: the key, or no key.
    Group(String),
    /// `— Owner: Ada`: the separator and the key.
    Clause(String, String),
    /// A line below the task: the text from the bullet to the value.
    Line(String),
}

/// Returns the edits that set a field of an item, or remove it. Empty if nothing changes; `None` if the field cannot be
/// written, for example in a table row without a column for it.
pub(crate) fn set_field(
    file: &File,
    item: &Item<'_>,
    meaning: Meaning,
    value: Option<&str>,
) -> Option<Vec<Edit>> {
    let own = item.fields().find(|field| is_same_field(field.meaning, meaning) && !field.front_matter);
    match (own, value) {
        (Some(field), Some(value)) => replaced(file, item, &field, value),
        (Some(field), None) => Some(removed(file, item, &field)),
        (None, Some(value)) => added(file, item, meaning, value),
        (None, None) => Some(Vec::new()),
    }
}

/// Returns whether a field is in a cell of a table.
fn is_in_cell(file: &File, item: &Item<'_>, field: &Field<'_>) -> bool {
    let document = file.document();
    let start = field.value_range.start;
    let before = document.slice(document.line_start(start)..start);
    item.form() == StateSourceKind::TableRow || before.trim_start().starts_with('|')
}

/// Returns the edits that replace the value of a field. `None` if its form cannot express the value.
fn replaced(file: &File, item: &Item<'_>, field: &Field<'_>, value: &str) -> Option<Vec<Edit>> {
    let document = file.document();
    let place = field.value_range.clone();
    let in_cell = is_in_cell(file, item, field);
    let mut new = match (field.value.starts_with('@'), in_cell) {
        (true, _) if field.key.is_empty() && !in_cell => handle_of(value)?,
        (true, _) if !value.starts_with('@') => format!("@{value}"),
        (_, true) => value.replace('|', "\\|"),
        _ => value.to_owned(),
    };
    let before = document.slice(document.line_start(place.start)..place.start);
    if before.ends_with([':', '|']) || field.value.is_empty() && before.ends_with(['*', '_']) {
        new.insert(0, ' ');
    }
    if in_cell && document.slice(place.end..document.line_end(place.end)).starts_with('|') {
        new.push(' ');
    }
    Some(if document.slice(place.clone()) == new { Vec::new() } else { vec![Edit::replace(place, new)] })
}

/// Removes a field from the line of its item, with its brackets or separator. On a line of its own and in a cell, only the
/// value is removed.
fn removed(file: &File, item: &Item<'_>, field: &Field<'_>) -> Vec<Edit> {
    const SEPARATORS: [char; 4] = [',', ';', '|', '·'];
    let document = file.document();
    let line_start = document.line_start(item.line().start);
    let line_end = document.line_end(line_start);
    let (start, end) = (field.key_range.start, field.value_range.end);
    let is_on_line = line_start <= start && end <= line_end && !is_in_cell(file, item, field);
    let value = field.value_range.clone();
    if !is_on_line {
        let before = document.slice(document.line_start(value.start)..value.start);
        let is_cell = is_in_cell(file, item, field);
        let spaces = if is_cell { 0 } else { before.len() - before.trim_end().len() };
        return vec![Edit::replace(value.start - spaces..value.end, "")];
    }
    let before = document.slice(line_start..start);
    let before = before.trim_end_matches(['*', '_', ' ']);
    let after = document.slice(end..line_end);
    let rest = after.trim_start();
    let spaces = after.len() - rest.len();
    let next = rest.chars().next();
    let up_to_next = end + spaces + next.map_or(0, char::len_utf8);
    let part_start = line_start + before.len();
    let ends_with_bracket = before.ends_with(GROUP_STARTS);
    // The text before a bracket or separator.
    let cut = |text: &str| {
        let text = text.trim_end();
        let last = text.chars().next_back().map_or(0, char::len_utf8);
        line_start + text[..text.len() - last].trim_end().len()
    };
    let range = match next {
        Some(next) if ends_with_bracket && GROUP_ENDS.contains(&next) => cut(before)..up_to_next,
        Some(next) if !before.ends_with(SEPARATORS) && SEPARATORS.contains(&next) => {
            let following = &rest[next.len_utf8()..];
            let spaces = following.len() - following.trim_start().len();
            start..up_to_next + spaces
        }
        _ if before.ends_with(SEPARATORS) => cut(before)..end,
        None if before.ends_with(['—', '–', '-']) => {
            let text = before.trim_end_matches(['—', '–', '-']).trim_end();
            line_start + text.len()..end
        }
        _ if field.key.is_empty() => part_start..end,
        _ => value,
    };
    // `3 days` alone is not read as an estimate.
    let others: Vec<Field<'_>> = item
        .fields()
        .filter(|other| other.value_range != field.value_range)
        .filter(|other| matches!(form_of(file, item, other), Some(FieldForm::Group(_))))
        .collect();
    match &others[..] {
        [other] if other.key.is_empty() && is_same_field(other.meaning, Meaning::Estimate) => {
            let at = other.value_range.start;
            let has_sign = document.slice(line_start..at).trim_end().ends_with(['~', '≈']);
            match (has_sign, at == range.end) {
                (true, _) => vec![Edit::replace(range, "")],
                (false, true) => vec![Edit::replace(range, "estimate: ")],
                (false, false) if at < range.start => {
                    vec![Edit::insert(at, "estimate: "), Edit::replace(range, "")]
                }
                (false, false) => vec![Edit::replace(range, ""), Edit::insert(at, "estimate: ")],
            }
        }
        _ => vec![Edit::replace(range, "")],
    }
}

/// Returns the edits that add a field to an item that does not have it. `None` if no form of the item can express it.
fn added(file: &File, item: &Item<'_>, meaning: Meaning, value: &str) -> Option<Vec<Edit>> {
    if matches!(item.form(), StateSourceKind::TableRow | StateSourceKind::FrontMatter) {
        return None;
    }
    let writer = Writer::new(file);
    if item.is_heading() {
        let key = capitalize(name_of(meaning), true);
        let in_field = writer.with_field(item, &key, value);
        return in_field.or_else(|| {
            let at = writer.end_of_text(item)?;
            Some(vec![Edit::insert(at, format!(" ({}: {value})", name_of(meaning)))])
        });
    }
    let line_end = writer.end_of_text(item)?;
    let form = form_for(file, item, meaning, value);
    let document = file.document();
    let line = item.line();
    let line_text = document.slice(line.start..line_end);
    let on_line =
        |field: &Field<'_>| line.start <= field.value_range.start && field.value_range.end <= line_end;
    // Plugins read their data only at the end of the line.
    let data: Vec<FieldForm> = item
        .fields()
        .filter(on_line)
        .filter_map(|field| form_of(file, item, &field))
        .filter(|own| matches!(own, FieldForm::Emoji(_) | FieldForm::Dataview(..)))
        .collect();
    let is_before_data = match form {
        FieldForm::Emoji(_) | FieldForm::Line(_) => false,
        FieldForm::Dataview(..) => data.iter().any(|own| matches!(own, FieldForm::Emoji(_))),
        FieldForm::Handle | FieldForm::Group(_) | FieldForm::Clause(..) => !data.is_empty(),
    };
    let at = if is_before_data { item.title_range().end } else { line_end };
    let text = match form {
        FieldForm::Handle => format!(" {}", handle_of(value)?),
        FieldForm::Emoji(before) => format!(" {before}{value}"),
        FieldForm::Dataview(open, key) => {
            let close = if open == "(" { ")" } else { "]" };
            format!(" {open}{key}:: {value}{close}")
        }
        FieldForm::Clause(separator, key) => format!("{separator}{key}: {value}"),
        FieldForm::Group(key) => {
            // If the line ends with a group, the field is added to this group.
            let is_in_group = |field: Field<'_>| {
                on_line(&field)
                    && matches!(form_of(file, item, &field), Some(FieldForm::Group(_)))
                    && !document.slice(field.value_range.end..line_end - 1).contains(['(', ')'])
            };
            let has_group = line_text.ends_with(')') && item.fields().any(is_in_group);
            let part = match (&*key, meaning) {
                ("", Meaning::Owner) => handle_of(value)?,
                ("", _) if has_group => value.to_owned(),
                ("", _) => format!("estimate: {value}"),
                (key, _) => format!("{key}: {value}"),
            };
            if has_group && !is_before_data {
                return Some(vec![Edit::insert(line_end - 1, format!(", {part}"))]);
            }
            format!(" ({part})")
        }
        FieldForm::Line(lead) => {
            return Some(vec![line_below(file, item, &format!("{lead}{value}"))]);
        }
    };
    Some(vec![Edit::insert(at, text)])
}

/// Returns the edit that adds a field on a line of its own below a list item that does not have it. `None` for other
/// items.
pub(crate) fn added_line(file: &File, item: &Item<'_>, key: &str, value: &str) -> Option<Edit> {
    let is_list_item = item.form().is_checkbox() || item.form() == StateSourceKind::Bullet;
    let has_field = item.fields().any(|field| key.starts_with(&*field.key) && !field.key.is_empty());
    (is_list_item && !item.is_heading() && !has_field)
        .then(|| line_below(file, item, &format!("- {key}{value}")))
}

/// Returns the edit that adds a line below an item, after its own fields.
fn line_below(file: &File, item: &Item<'_>, text: &str) -> Edit {
    let document = file.document();
    let start = item.line().start;
    let line_end = document.line_end(start);
    let fields = item.fields().filter(|field| field.key_range.start > line_end);
    let after = fields.map(|field| field.value_range.end.max(field.key_range.end)).max();
    let at = match after {
        Some(end) => document.line_end(end),
        None => first_paragraph_end(file, line_end),
    };
    let at = start + document.slice(start..at).trim_end().len();
    let newline = if uses_crlf(file) { "\r\n" } else { "\n" };
    let indent = detail_indent_of(file, item);
    Edit::insert(at, format!("{newline}{indent}{text}"))
}

/// Returns whether two meanings are set by the same action.
fn is_same_field(found: Option<Meaning>, wanted: Meaning) -> bool {
    match wanted {
        Meaning::Estimate => matches!(found, Some(Meaning::Estimate | Meaning::Duration)),
        Meaning::Due => matches!(found, Some(Meaning::Due | Meaning::Target)),
        _ => found == Some(wanted),
    }
}

/// Returns a name as a handle such as `@ada`. `None` if it contains characters that a handle cannot have.
fn handle_of(name: &str) -> Option<String> {
    let name = name.trim_start_matches('@');
    let is_handle = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    is_handle.then(|| format!("@{name}"))
}

/// Returns the form of the nearest field with this meaning: in the task, before it, otherwise after it. Without such a
/// field, returns the form of a field with another meaning, with its key replaced. If no task has fields, returns a
/// group.
fn form_for(file: &File, task: &Item<'_>, meaning: Meaning, value: &str) -> FieldForm {
    let mut tasks: Vec<Item<'_>> = file
        .plan()
        .items()
        .filter(|item| item.kind() == ItemKind::Task && item.index() != task.index())
        .filter(|item| !matches!(item.form(), StateSourceKind::TableRow | StateSourceKind::FrontMatter))
        .collect();
    tasks.sort_by_key(|item| (item.index() > task.index(), item.index().abs_diff(task.index())));
    tasks.truncate(MAX_TASKS_SEARCHED);
    tasks.insert(0, *task);
    let is_handle = |form: &FieldForm| match form {
        FieldForm::Handle => true,
        FieldForm::Group(key) => key.is_empty() && meaning == Meaning::Owner,
        _ => false,
    };
    let fits = |form: &FieldForm| !is_handle(form) || handle_of(value).is_some();
    let same = tasks.iter().find_map(|item| {
        let field = item.fields().find(|field| is_same_field(field.meaning, meaning))?;
        form_of(file, item, &field).filter(fits)
    });
    let name = name_of(meaning);
    let other = || {
        tasks.iter().find_map(|item| {
            item.fields().filter(|field| field.meaning != Some(Meaning::Status)).find_map(|field| {
                let form = form_of(file, item, &field)?;
                // Owners are written on a line below the task only if other owners in the plan are.
                if meaning == Meaning::Owner && matches!(form, FieldForm::Line(_)) {
                    return None;
                }
                let capitalized = field.key.starts_with(char::is_uppercase);
                Some(with_key(form, &field.key, &capitalize(name, capitalized), meaning))
            })
        })
    };
    same.or_else(other).unwrap_or_else(|| FieldForm::Group(name.to_owned()))
}

/// Returns the key of a new field.
fn name_of(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Owner => "owner",
        Meaning::Due => "due",
        _ => "estimate",
    }
}

fn capitalize(name: &str, capitalized: bool) -> String {
    match capitalized {
        true => name[..1].to_uppercase() + &name[1..],
        false => name.to_owned(),
    }
}

/// Returns a form with another key.
fn with_key(form: FieldForm, key: &str, name: &str, meaning: Meaning) -> FieldForm {
    match form {
        FieldForm::Handle | FieldForm::Group(_) => FieldForm::Group(name.to_lowercase()),
        FieldForm::Emoji(_) if meaning == Meaning::Due => FieldForm::Emoji("📅 ".to_owned()),
        FieldForm::Emoji(_) => FieldForm::Dataview("[".to_owned(), name.to_lowercase()),
        FieldForm::Dataview(open, _) => FieldForm::Dataview(open, name.to_owned()),
        FieldForm::Clause(separator, _) => FieldForm::Clause(separator, name.to_owned()),
        FieldForm::Line(lead) => FieldForm::Line(lead.replacen(key, name, 1)),
    }
}

/// Returns the form in which a task states a field.
fn form_of(file: &File, task: &Item<'_>, field: &Field<'_>) -> Option<FieldForm> {
    let document = file.document();
    let line = task.line();
    let line_end = document.line_end(line.start);
    if field.front_matter || field.value_range.start < line.start {
        return None;
    }
    if field.value_range.start >= line_end {
        let start = document.line_start(field.key_range.start);
        let lead = document.slice(start..field.value_range.start.max(field.key_range.end));
        let lead = lead.trim_start();
        // Several fields on one line have no form of their own.
        let is_bullet = lead.starts_with("- ") || lead.starts_with("* ") || lead.starts_with("+ ");
        let space = if lead.ends_with(' ') { "" } else { " " };
        return (is_bullet && !lead.contains(" | ")).then(|| FieldForm::Line(format!("{lead}{space}")));
    }
    let before = document.slice(line.start..field.key_range.start);
    if field.key.is_empty() {
        return match field.value.starts_with('@') {
            true if !before.ends_with(['(', ',', ' ']) => None,
            true if before.rfind('(') <= before.rfind(')') => Some(FieldForm::Handle),
            _ => Some(FieldForm::Group(String::new())),
        };
    }
    let between = document.slice(field.key_range.end..field.value_range.start);
    if between.starts_with("::") {
        let open = if before.ends_with('(') { "(" } else { "[" };
        return Some(FieldForm::Dataview(open.to_owned(), field.key.clone()));
    }
    if !field.key.starts_with(char::is_alphabetic) {
        return Some(FieldForm::Emoji(format!("{}{between}", field.key)));
    }
    if before.rfind('(') > before.rfind(')') {
        return Some(FieldForm::Group(field.key.clone()));
    }
    let separators = [" — ", " – ", " - ", " -- ", " | ", " · "];
    let before = before.trim_end_matches(['*', '_']);
    let separator = separators.into_iter().find(|separator| before.ends_with(separator))?;
    Some(FieldForm::Clause(separator.to_owned(), field.key.clone()))
}

/// Returns the end of the paragraph whose first line ends at `line_end`.
fn first_paragraph_end(file: &File, line_end: usize) -> usize {
    let document = file.document();
    let mut end = line_end;
    while end < document.len() {
        let next = document.line_end(end + 1);
        let line = document.slice(end..next);
        let text = line.trim();
        let is_other_block = text.is_empty()
            || text.starts_with(['-', '*', '+', '>', '#', '|', '`', '<'])
            || text.starts_with(|c: char| c.is_ascii_digit());
        if is_other_block {
            break;
        }
        end = next;
    }
    end
}
