//! Completion of requirement IDs where a reference is expected: the requirements of the document set with their text,
//! unreferenced ones first.

use plan_schema::family::{Family, ReferencePlace};

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, CursorContext, line_at},
};
use crate::sets;

/// Maximum number of lines above the cursor in which the key of a front matter list is searched.
const MAX_LIST_LINES: usize = 200;

pub(super) fn requirements(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(facts) = context.file.family_facts() else { return Vec::new() };
    let families = &context.file.environment().families;
    let Some(family) = families.all().get(facts.family) else { return Vec::new() };
    let typed = context.text_before_cursor();
    let in_place = family.reference_place(facts.role, typed);
    let in_list = || family.reference_place(facts.role, &front_matter_list(context)?);
    let Some(place) = in_place.or_else(in_list).or_else(|| started_id(family, typed)) else {
        return Vec::new();
    };
    if context.in_backticks() {
        return Vec::new();
    }
    let start = context.offset - place.typed.len();
    let rest = context.text_after_cursor();
    let more = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
        .map(char::len_utf8)
        .sum::<usize>();
    let range = start..context.offset + more;
    let offered = sets::completions(context.file, context.workspace);
    let fits = |offer: &sets::OfferedRequirement| {
        let mut kinds = place.kinds.iter();
        kinds.any(|kind| family.is_id_of(*kind, &offer.id) || *kind == offer.kind && family.has_names(*kind))
    };
    let offered = offered.into_iter().filter(fits);
    offered
        .map(|offer| {
            let title: String = offer.title.chars().take(60).collect();
            let detail = if offer.uncovered { format!("{title} · no task") } else { title };
            let id = match place.bare {
                true => offer.id.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned(),
                false => offer.id,
            };
            let mut found = context.offer(CompletionKind::Reference, id, detail, range.clone());
            found.documentation = offer.title;
            found
        })
        .collect()
}

/// Returns the key of the front matter list whose item is at the cursor, followed by the item up to the cursor: `depends_on:
/// TASK-1`. `None` outside of such a list.
pub(super) fn front_matter_list(context: &CompletionContext<'_>) -> Option<String> {
    let item = context.text_before_cursor().trim_start().strip_prefix("- ")?;
    if *context.cursor_context() != CursorContext::FrontMatter {
        return None;
    }
    let mut start = context.line_start;
    for _ in 0..MAX_LIST_LINES {
        let (above, line) = line_at(context.file, start.checked_sub(1)?);
        if !line.trim_start().starts_with('-') {
            return Some(format!("{} {item}", line.trim_end()));
        }
        start = above;
    }
    None
}

/// Returns the reference place of an ID whose letters and hyphen are already typed, for example in a table: `FR-`.
fn started_id(family: &Family, typed: &str) -> Option<ReferencePlace> {
    let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let length: usize = typed.chars().rev().take_while(is_part).map(char::len_utf8).sum();
    let (before, word) = typed.split_at(typed.len() - length);
    let letters = word.split('-').next().unwrap_or_default();
    let is_start = letters.len() >= 2
        && letters.len() < word.len()
        && letters.starts_with(|c: char| c.is_ascii_uppercase())
        && !before.ends_with(['/', '#', '_']);
    let kinds = (0..family.kinds.len()).filter(|kind| !family.has_names(*kind)).collect();
    is_start.then(|| ReferencePlace { typed: word.to_owned(), kinds, bare: false })
}
