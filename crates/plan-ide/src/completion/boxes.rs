//! After a bullet: an open box, for plans and checklists.

use super::{Completion, CompletionKind, context::Context};

pub(super) fn boxes(context: &Context<'_>) -> Vec<Completion> {
    let typed = context.typed();
    let bare = typed.trim_start_matches([' ', '\t', '>']);
    let Some(bullet) = bare.chars().next().filter(|c| matches!(c, '-' | '*' | '+')) else {
        return Vec::new();
    };
    let rest = context.rest().trim();
    let meant = ["", " ", " [", " [ ", " [ ]"].contains(&&bare[1..]) && (rest.is_empty() || rest == "]");
    if !meant || !context.in_text() || !context.has_tasks() {
        return Vec::new();
    }
    let start = context.at - bare.len();
    let range = start..context.line_start + context.line.len();
    let text = format!("{bullet} [ ] ");
    let mut found = context.offer(CompletionKind::Form, text.trim_end(), "a task", range);
    found.snippet = Some(format!("{text}${{1:Task}}$0"));
    found.edit.text = text;
    vec![found]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check;

    #[test]
    fn after_bullets() {
        check("# Notes\n\n- [ ] a\n  * $0\n", expect!["* [ ] (a task):   * [ ] "]);
        check("# Notes\n\n- [ ] a\n- [$0]\n", expect!["- [ ] (a task): - [ ] "]);
        check("# Notes\n\n- [ ] a\n- b$0\n", expect![[r#""#]]);
        check("# Notes\n\nText\n- $0\n", expect![[r#""#]]);
    }
}
