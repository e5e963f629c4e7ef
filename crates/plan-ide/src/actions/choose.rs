//! Choosing an alternative of a choice that nobody made yet.

use plan_schema::SlotKind;

use super::Action;
use crate::{Edit, File, Place, rules::placeholder_left::placeholders};

/// The end of the action's kind.
pub const KIND: &str = "choose";

pub(super) fn choose(file: &File, range: &Place) -> Vec<Action> {
    let here = placeholders(file)
        .into_iter()
        .find(|found| found.range.start <= range.start && range.end <= found.range.end);
    let Some((choices, place)) = here.and_then(|found| match found.kind {
        SlotKind::Choice(choices) => Some((choices, found.range)),
        _ => None,
    }) else {
        return Vec::new();
    };
    choices
        .into_iter()
        .map(|choice| Action {
            title: format!("Choose `{choice}`"),
            kind: KIND,
            edits: vec![Edit::replace(place.clone(), choice)],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use crate::{File, actions::actions};

    #[test]
    fn every_alternative() {
        let text = "---\ntemplate: project-plan\n---\n# x\n\n**Status**: [Draft | In Progress]\n";
        let file = File::new("plan.md", Document::new(text));
        let at = text.find("Draft").unwrap();
        let titles: Vec<String> = actions(&file, &(at..at))
            .into_iter()
            .filter(|action| action.kind == super::KIND)
            .map(|action| action.title)
            .collect();
        assert_eq!(titles, ["Choose `Draft`", "Choose `In Progress`"]);
        assert!(actions(&file, &(0..0)).iter().all(|action| action.kind != super::KIND));
    }
}
