//! Completion of other documents of a family in the front matter: `dependencies: [TASK-11]`.

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, CursorContext},
    requirements::front_matter_list,
};
use crate::sets::named;

pub(super) fn set_documents(context: &CompletionContext<'_>) -> Vec<Completion> {
    if context.file.family_facts().is_none() || *context.cursor_context() != CursorContext::FrontMatter {
        return Vec::new();
    }
    let typed = context.text_before_cursor();
    // The key with the values before the cursor.
    let line = front_matter_list(context).unwrap_or_else(|| typed.to_owned());
    let Some((key, _)) = line.split_once(':') else { return Vec::new() };
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let word = typed.len() - typed.trim_end_matches(is_part).len();
    let rest = context.text_after_cursor();
    let after = rest.len() - rest.trim_start_matches(is_part).len();
    let range = context.offset - word..context.offset + after;
    let entries = context.file.plan().front_matter().iter();
    let listed =
        entries.filter(|entry| context.file.document().slice(entry.key.clone()).trim() == key.trim());
    let listed: Vec<&str> = listed.flat_map(|entry| entry.text.split(',')).map(str::trim).collect();
    let is_listed = |name: &str| listed.iter().any(|other| other.eq_ignore_ascii_case(name));
    let offered = named::offered(context.file, context.workspace.index, key.trim()).into_iter();
    offered
        .filter(|offer| !is_listed(&offer.name))
        .map(|offer| {
            let entry = context.workspace.index.get(&offer.path);
            let title = entry.and_then(|entry| entry.summary.title.as_deref()).unwrap_or_default();
            let mut found = context.offer(CompletionKind::Item, offer.name, title, range.clone());
            found.filter = format!("{} {title}", found.label);
            found
        })
        .collect()
}
