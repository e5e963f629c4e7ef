//! Where a reference to a requirement may be: the IDs of the set with their text, unreferenced ones first.

use super::{Completion, CompletionKind, context::CompletionContext};
use crate::sets;

pub(super) fn requirements(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(facts) = context.file.family_facts() else { return Vec::new() };
    let families = &context.file.environment().families;
    let Some(family) = families.all().get(facts.family) else { return Vec::new() };
    let typed = context.text_before_cursor();
    let Some(place) = family.reference_place(facts.role, typed) else { return Vec::new() };
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
    let fits = |id: &str| {
        let kinds = &place.kinds;
        kinds.iter().any(|kind| family.is_id_of(*kind, id))
    };
    let offered = offered.into_iter().filter(|offer| fits(&offer.id));
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
