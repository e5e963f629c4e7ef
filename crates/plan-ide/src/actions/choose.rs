//! Replacing a placeholder with one of its options.

use plan_schema::PlaceholderKind;

use super::{Action, Context};
use crate::{Edit, rules::unfilled_placeholder::placeholders};

/// Last segment of the action kind.
pub const KIND: &str = "choose";

pub(super) fn choose(context: &Context<'_>) -> Vec<Action> {
    let (file, range) = (context.file, context.range);
    let at_cursor = placeholders(file)
        .into_iter()
        .find(|found| found.range.start <= range.start && range.end <= found.range.end);
    let Some((choices, place)) = at_cursor.and_then(|found| match found.kind {
        PlaceholderKind::Choice(choices) => Some((choices, found.range)),
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
    fn offers_every_option() {
        let at_cursor = all("---\ntemplate: project-plan\n---\n# x\n\n**Status**: [D$0raft | In Progress]\n");
        assert!(at_cursor.contains("Choose `Draft` (choose)\nChoose `In Progress` (choose)"), "{at_cursor}");
        let outside = all("---\ntemplate: project-plan\n---\n# x$0\n\n**Status**: [Draft | In Progress]\n");
        assert!(!outside.contains("(choose)"), "{outside}");
    }
}
