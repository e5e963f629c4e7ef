//! Writes a field of a task: replaces its value or, if the task lacks the field, adds it in the form that other tasks
//! use.

use plan_model::{Field, Item, ItemKind, Meaning, StateSourceKind};

use crate::{Edit, File};

/// Maximum number of tasks that are searched for the form of a field.
const MAX_TASKS_SEARCHED: usize = 2_000;

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

/// Returns the edits that set a field of a task. `None` if the task has no place for it, such as a table row without a
/// column.
pub(crate) fn set_field(file: &File, task: &Item<'_>, meaning: Meaning, value: &str) -> Option<Vec<Edit>> {
    if let Some(field) = task.fields().find(|field| is_same(field.meaning, meaning)) {
        let value = match field.value.starts_with('@') && field.key.is_empty() {
            true => handle_of(value)?,
            false => value.to_owned(),
        };
        let lead = if field.value.is_empty() && ends_with_colon(file, &field) { " " } else { "" };
        return Some(vec![Edit::replace(field.value_range, format!("{lead}{value}"))]);
    }
    if matches!(task.form(), StateSourceKind::TableRow | StateSourceKind::FrontMatter) {
        return None;
    }
    let form = form_for(file, task, meaning, value);
    let document = file.document();
    let line = task.line();
    let line_text = document.slice(line.start..document.line_end(line.start));
    let line_end = line.start + line_text.trim_end().len();
    let text = match form {
        FieldForm::Handle => format!(" {}", handle_of(value)?),
        FieldForm::Emoji(before) => format!(" {before}{value}"),
        FieldForm::Dataview(open, key) => {
            let close = if open == "(" { ")" } else { "]" };
            format!(" {open}{key}:: {value}{close}")
        }
        FieldForm::Clause(separator, key) => format!("{separator}{key}: {value}"),
        FieldForm::Group(key) => {
            let on_line =
                |field: &Field<'_>| line.start <= field.value_range.start && field.value_range.end < line_end;
            // A group at the end of the line takes another part.
            let has_group = line_text.trim_end().ends_with(')') && task.fields().any(|field| on_line(&field));
            let part = match (&*key, meaning) {
                ("", Meaning::Owner) => handle_of(value)?,
                ("", _) if has_group => value.to_owned(),
                ("", _) => format!("estimate: {value}"),
                (key, _) => format!("{key}: {value}"),
            };
            if has_group {
                return Some(vec![Edit::insert(line_end - 1, format!(", {part}"))]);
            }
            format!(" ({part})")
        }
        FieldForm::Line(lead) => {
            let indent = " ".repeat(line.start - document.line_start(line.start) + 2);
            let fields = task.fields().filter(|field| field.key_range.start > line_end);
            let after = fields.map(|field| field.value_range.end.max(field.key_range.end)).max();
            let at = match after {
                Some(end) => document.line_end(end),
                None => first_paragraph_end(file, line_end),
            };
            let at =
                at - document.slice(line.start..at).len() + document.slice(line.start..at).trim_end().len();
            return Some(vec![Edit::insert(at, format!("\n{indent}{lead}{value}"))]);
        }
    };
    Some(vec![Edit::insert(line_end, text)])
}

/// Returns whether two meanings are set by the same action.
fn is_same(found: Option<Meaning>, wanted: Meaning) -> bool {
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

fn ends_with_colon(file: &File, field: &Field<'_>) -> bool {
    let start = field.value_range.start;
    file.document().slice(start.saturating_sub(1)..start) == ":"
}

/// Returns the form of the nearest field with this meaning, in the tasks before the task and then after it. Without
/// such a field, returns the form of another field with its key replaced, or a group if no task has fields.
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
        let field = item.fields().find(|field| is_same(field.meaning, meaning))?;
        form_of(file, item, &field).filter(fits)
    });
    let name = match meaning {
        Meaning::Owner => "owner",
        Meaning::Due => "due",
        _ => "estimate",
    };
    let other = || {
        tasks.iter().find_map(|item| {
            item.fields().filter(|field| field.meaning != Some(Meaning::Status)).find_map(|field| {
                let form = form_of(file, item, &field)?;
                let capitalized = field.key.starts_with(char::is_uppercase);
                Some(with_key(form, &field.key, &capitalize(name, capitalized), meaning))
            })
        })
    };
    same.or_else(other).unwrap_or_else(|| FieldForm::Group(name.to_owned()))
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
