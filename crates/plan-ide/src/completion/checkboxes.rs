//! After a bullet: an unchecked checkbox, in plans and checklists.

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
    let start = context.offset - trimmed.len();
    let range = start..context.line_start + context.line.len();
    let text = format!("{bullet} [ ] ");
    let mut found = context.offer(CompletionKind::Form, text.trim_end(), "task", range);
    found.snippet = Some(format!("{text}${{1:Task}}$0"));
    found.edit.text = text;
    vec![found]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check;

    #[test]
    fn offered_after_bullets() {
        check("# Notes\n\n- [ ] a\n  * $0\n", expect!["* [ ] (task):   * [ ] "]);
        check("# Notes\n\n- [ ] a\n- [$0]\n", expect!["- [ ] (task): - [ ] "]);
        check("# Notes\n\n- [ ] a\n- b$0\n", expect![[r#""#]]);
        check("# Notes\n\nText\n- $0\n", expect![[r#""#]]);
    }
}
