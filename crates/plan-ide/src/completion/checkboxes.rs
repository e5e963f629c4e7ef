//! Completion of an unchecked checkbox after a bullet, in plans and checklists.

use super::{Completion, CompletionKind, context::CompletionContext};

pub(super) fn checkboxes(context: &CompletionContext<'_>) -> Vec<Completion> {
    let typed = context.text_before_cursor();
    let trimmed = typed.trim_start_matches([' ', '\t', '>']);
    let Some(bullet) = trimmed.chars().next().filter(|c| matches!(c, '-' | '*' | '+')) else {
        return Vec::new();
    };
    let rest = context.text_after_cursor().trim();
    let is_bullet =
        ["", " ", " [", " [ ", " [ ]"].contains(&&trimmed[1..]) && (rest.is_empty() || rest == "]");
    if !is_bullet || !context.in_text() || !context.has_tasks() {
        return Vec::new();
    }
    // A bullet and a space begin any list, so the checkbox is offered without a request only after a task.
    if context.is_common_trigger && !follows_task(context) {
        return Vec::new();
    }
    let start = context.offset - trimmed.len();
    let range = start..context.line_start + context.line.len();
    let text = format!("{bullet} [ ] ");
    let mut found = context.offer(CompletionKind::Form, text.trim_end(), "task", range);
    found.snippet = Some(format!("{text}${{1:Task}}$0"));
    found.edit.text = text;
    vec![found]
}

/// Returns whether the line before the cursor's line belongs to a task with a checkbox.
fn follows_task(context: &CompletionContext<'_>) -> bool {
    let Some(before) = context.line_start.checked_sub(1) else { return false };
    let plan = context.file.plan();
    plan.segment_view_at(before).is_some_and(|segment| {
        segment
            .items()
            .any(|item| item.form().is_checkbox() && item.range().contains(&before.saturating_sub(1)))
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::{check, offered};

    #[test]
    fn offered_after_bullets() {
        check("# Notes\n\n- [ ] a\n  * $0\n", expect!["* [ ] (task):   * [ ] "]);
        check("# Notes\n\n- [ ] a\n- [$0]\n", expect!["- [ ] (task): - [ ] "]);
        check("# Notes\n\n- [ ] a\n- b$0\n", expect![[r#""#]]);
        check("# Notes\n\nText\n- $0\n", expect![[r#""#]]);
    }

    #[test]
    fn offered_after_a_space_only_below_tasks() {
        let after_space = |marked: &str| offered(marked, &[], Some(' ')).1.len();
        assert_eq!(after_space("# Notes\n\n- [ ] a\n- $0\n"), 1);
        assert_eq!(after_space("# Notes\n\n- [ ] a\n- [ $0\n"), 1);
        assert_eq!(after_space("# Notes\n\n- [ ] a\n\n## Links\n\n- b\n- $0\n"), 0);
    }
}
