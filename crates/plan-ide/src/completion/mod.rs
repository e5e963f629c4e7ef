//! Completion. Each provider has its file.
//!
//! A provider looks at the line first and gives nothing where nothing can be meant; only then does it ask what the plan or
//! the workspace says.

mod boxes;
mod code_paths;
pub(crate) mod context;
mod days;
mod dependencies;
mod estimates;
mod gantt;
mod issues;
mod links;
mod order;
mod people;
mod plans;
mod references;
mod sections;
mod spot;
mod tags;
mod tasks;
#[cfg(test)]
mod testing;
mod value;
mod values;
mod written;

use plan_schema::Skeleton;
pub use plans::title_of;
pub(crate) use sections::next_phase;
pub(crate) use tasks::following;

use self::context::Context;
use crate::{Edit, File, Place, Workspace};

/// When a provider is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// After whatever was typed: it tells by the line whether it is meant.
    Always,
    /// Not after what everyone types in ordinary text.
    Asked,
}

/// Gives what could be typed where the cursor stands.
type Provider = fn(&Context<'_>) -> Vec<Completion>;

/// All providers.
const PROVIDERS: &[(When, Provider)] = &[
    (When::Asked, plans::plans),
    (When::Always, dependencies::dependencies),
    (When::Always, values::values),
    (When::Always, days::days),
    (When::Always, people::people),
    (When::Always, estimates::estimates),
    (When::Asked, sections::sections),
    (When::Asked, tasks::tasks),
    (When::Asked, boxes::boxes),
    (When::Asked, tags::tags),
    (When::Asked, links::links),
    (When::Asked, references::references),
    (When::Asked, issues::issues),
    (When::Asked, code_paths::code_paths),
    (When::Always, gantt::bars),
];

/// Characters after which an editor should ask.
pub const TRIGGERS: &[&str] = &["#", "[", "(", "|", ":", ",", "/", "`", " "];

/// Those that stand in every text.
const COMMON: [char; 3] = [' ', ':', ','];

/// An answer has at most so many items; more may be there as soon as more is typed.
pub const LIMIT: usize = 100;

/// Something that could be typed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// A word beside it: where it comes from.
    pub detail: String,
    /// What it is about, if there is more to say.
    pub documentation: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What accepting it changes; the range holds the cursor and lies on its line.
    pub edit: Edit,
    /// The same text with tab stops, for clients that know them.
    pub snippet: Option<String>,
    /// What the typed text is compared with. It begins with the text between the edit's start and the cursor.
    pub filter: String,
    /// Characters that accept it when they are typed, and are inserted behind it.
    pub commit: &'static [&'static str],
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A whole plan.
    Plan,
    /// A section with what stands in it.
    Section,
    /// A phase or task.
    Item,
    /// A value of a field or cell.
    Value,
    /// Someone.
    Person,
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A heading, a definition, an issue: what a link leads to.
    Reference,
    /// A form that is filled in.
    Form,
}

impl Completion {
    fn of(kind: CompletionKind, label: String, detail: &str, range: Place, skeleton: &Skeleton) -> Self {
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

/// What could be typed at a byte, the best first, at most [`LIMIT`]. `trigger` is the character that made the editor ask, if
/// one did: after blanks, colons and commas there is an answer only where a value is known.
pub fn completions(
    file: &File,
    workspace: &Workspace<'_>,
    at: usize,
    trigger: Option<char>,
) -> Vec<Completion> {
    let Some(context) = Context::new(file, workspace, at) else { return Vec::new() };
    let is_common = trigger.is_some_and(|trigger| COMMON.contains(&trigger));
    let providers = PROVIDERS.iter().filter(|(when, _)| !is_common || *when == When::Always);
    let found = providers.flat_map(|(_, provider)| provider(&context));
    found.filter_map(|found| comparable(&context, found)).take(LIMIT).collect()
}

/// Makes what an item is compared with begin with what is typed; nothing where the two have nothing in common.
fn comparable(context: &Context<'_>, mut found: Completion) -> Option<Completion> {
    let range = &found.edit.range;
    let line_end = context.line_start + context.line.len();
    if range.start < context.line_start || context.at < range.start || range.end < context.at {
        return None;
    }
    if range.end > line_end {
        return None;
    }
    let typed = context.line.get(range.start - context.line_start..context.at - context.line_start)?;
    if !found.filter.starts_with(typed) {
        found.filter = continued(typed, &found.filter)?;
    }
    Some(found)
}

/// The text as it goes on behind what is typed: in whatever case, or with what is typed somewhere in it.
fn continued(typed: &str, text: &str) -> Option<String> {
    let mut rest = text.chars();
    let lower = |c: char| c.to_lowercase().next();
    let is_start = typed.chars().all(|c| rest.next().is_some_and(|other| lower(c) == lower(other)));
    if is_start {
        return Some(format!("{typed}{}", rest.as_str()));
    }
    let wanted = typed.trim().to_lowercase();
    (!wanted.is_empty() && text.to_lowercase().contains(&wanted)).then(|| format!("{typed} {text}"))
}

/// Escapes what means something in a snippet (LSP 3.17, Snippet Syntax).
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
