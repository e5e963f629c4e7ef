//! Completion. Each provider has its own file.
//!
//! A provider checks the cursor's line first and returns no completions if it does not apply. Only then does it query
//! the plan and the workspace.

mod checkboxes;
mod code_paths;
pub(crate) mod context;
mod dates;
mod dependencies;
mod dependency_context;
mod dependency_order;
pub(crate) mod dependency_style;
mod estimates;
mod gantt;
mod issues;
mod keys;
mod links;
mod people;
mod plans;
mod references;
mod requirements;
mod sections;
mod set_documents;
mod tags;
mod tasks;
#[cfg(test)]
mod testing;
mod value;
mod values;

use std::collections::HashSet;

pub(crate) use estimates::estimate_texts;
use plan_schema::Skeleton;
pub use plans::title_of;
pub(crate) use sections::next_phase;
pub(crate) use tasks::next_task_after;

use self::context::CompletionContext;
use crate::{Edit, File, TextRange, Workspace};

/// When a provider is invoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Invocation {
    /// After any character: the provider checks the line itself.
    Always,
    /// After any character except those that are common in ordinary text.
    ExceptCommonTriggers,
}

/// Returns the completions at the cursor.
type CompletionProvider = fn(&CompletionContext<'_>) -> Vec<Completion>;

/// All completion providers.
const PROVIDERS: &[(Invocation, CompletionProvider)] = &[
    (Invocation::ExceptCommonTriggers, plans::plans),
    (Invocation::Always, requirements::requirements),
    (Invocation::Always, set_documents::set_documents),
    (Invocation::Always, dependencies::dependencies),
    (Invocation::ExceptCommonTriggers, keys::keys),
    (Invocation::Always, values::values),
    (Invocation::Always, dates::dates),
    (Invocation::Always, people::people),
    (Invocation::Always, estimates::estimates),
    (Invocation::Always, sections::sections),
    (Invocation::Always, tasks::tasks),
    (Invocation::Always, checkboxes::checkboxes),
    (Invocation::ExceptCommonTriggers, tags::tags),
    (Invocation::ExceptCommonTriggers, links::links),
    (Invocation::ExceptCommonTriggers, references::references),
    (Invocation::ExceptCommonTriggers, issues::issues),
    (Invocation::ExceptCommonTriggers, code_paths::code_paths),
    (Invocation::Always, gantt::gantt_tasks),
];

/// Trigger characters of completion.
pub const TRIGGERS: &[&str] = &["#", "[", "(", "|", ":", ",", "/", "`", "@", " "];

/// Trigger characters that are common in ordinary text.
const COMMON_TRIGGERS: [char; 3] = [' ', ':', ','];

/// Maximum number of completions in a response. Typing more can reveal further ones.
pub const MAX_COMPLETIONS: usize = 100;

/// A completion at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Text shown in the list.
    pub label: String,
    /// Short origin or description, shown next to the label.
    pub detail: String,
    /// Longer description, or empty.
    pub documentation: String,
    /// Kind of the completion.
    pub kind: CompletionKind,
    /// Edit that accepts the completion. Its range contains the cursor and is on the cursor's line.
    pub edit: Edit,
    /// Replacement text with tab stops, for clients that support snippets.
    pub snippet: Option<String>,
    /// Text that the typed text is matched against. Starts with the text between the edit's start and the cursor.
    pub filter: String,
    /// Characters that accept the completion when typed and are inserted after it.
    pub commit: &'static [&'static str],
}

/// Kind of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A whole plan.
    Plan,
    /// A section with its content.
    Section,
    /// A phase or task.
    Item,
    /// A value of a field or cell.
    Value,
    /// A person.
    Person,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link target: heading, definition or issue.
    Reference,
    /// A form with placeholders.
    Form,
}

impl Completion {
    fn of(kind: CompletionKind, label: String, detail: &str, range: TextRange, skeleton: &Skeleton) -> Self {
        Self {
            filter: label.clone(),
            label,
            detail: detail.to_owned(),
            documentation: String::new(),
            kind,
            edit: Edit::replace(range, skeleton.to_text()),
            snippet: Some(skeleton.to_snippet()),
            commit: &[],
        }
    }
}

/// Returns the completions at an offset, best first, at most [`MAX_COMPLETIONS`].
///
/// `trigger` is the typed character that caused the request, if any. After spaces, colons and commas, only some
/// completions are offered: values, and headings and tasks whose start is already typed.
pub fn completions(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
    trigger: Option<char>,
) -> Vec<Completion> {
    let is_common = trigger.is_some_and(|trigger| COMMON_TRIGGERS.contains(&trigger));
    let Some(context) = CompletionContext::new(file, workspace, offset, is_common) else {
        return Vec::new();
    };
    let providers =
        PROVIDERS.iter().filter(|(invocation, _)| !is_common || *invocation == Invocation::Always);
    let found = providers.flat_map(|(_, provider)| provider(&context));
    // Several providers can offer the same text, such as a story and its label.
    let mut offered = HashSet::new();
    let found = found.filter(|found| offered.insert((found.label.clone(), found.edit.range.start)));
    found.filter_map(|found| with_matching_filter(&context, found)).take(MAX_COMPLETIONS).collect()
}

/// Makes the filter text start with the typed text. Returns `None` if the completion does not match the typed text.
fn with_matching_filter(context: &CompletionContext<'_>, mut found: Completion) -> Option<Completion> {
    let range = &found.edit.range;
    let line_end = context.line_start + context.line.len();
    if range.start < context.line_start || context.offset < range.start || range.end < context.offset {
        return None;
    }
    if range.end > line_end {
        return None;
    }
    let typed = context.line.get(range.start - context.line_start..context.offset - context.line_start)?;
    if !found.filter.starts_with(typed) {
        found.filter = filter_after(typed, &found.filter)?;
    }
    Some(found)
}

/// Returns a filter text that starts with the typed text. The typed text can differ in case from the start of `text`,
/// or occur within `text`. `None` if it does not occur.
fn filter_after(typed: &str, text: &str) -> Option<String> {
    let mut rest = text.chars();
    let lower = |c: char| c.to_lowercase().next();
    let is_start = typed.chars().all(|c| rest.next().is_some_and(|other| lower(c) == lower(other)));
    if is_start {
        return Some(format!("{typed}{}", rest.as_str()));
    }
    let typed_lower = typed.trim().to_lowercase();
    (!typed_lower.is_empty() && text.to_lowercase().contains(&typed_lower)).then(|| format!("{typed} {text}"))
}

/// Escapes characters with a special meaning in snippets (LSP 3.17, Snippet Syntax).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '$' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
