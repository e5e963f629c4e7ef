//! Choosing an alternative of a choice that nobody made yet.

use plan_schema::SlotKind;

use super::{Action, Context};
use crate::{Edit, rules::placeholder_left::placeholders};

/// The end of the action's kind.
pub const KIND: &str = "choose";

pub(super) fn choose(context: &Context<'_>) -> Vec<Action> {
    let (file, range) = (context.file, context.range);
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
        .map(|choice| {
            Action::new(format!("Choose `{choice}`"), KIND, vec![Edit::replace(place.clone(), choice)])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::actions::testing::all;

    #[test]
    fn every_alternative() {
        let here = all("---\ntemplate: project-plan\n---\n# x\n\n**Status**: [D$0raft | In Progress]\n");
        assert!(here.contains("Choose `Draft` (choose)\nChoose `In Progress` (choose)"), "{here}");
        let elsewhere = all("---\ntemplate: project-plan\n---\n# x$0\n\n**Status**: [Draft | In Progress]\n");
        assert!(!elsewhere.contains("(choose)"), "{elsewhere}");
    }
}
