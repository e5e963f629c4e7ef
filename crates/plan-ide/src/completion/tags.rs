//! Completion of tags after `[` in a task: the tags of other tasks in the document, `[P]`, `[US1]`.

use std::collections::HashMap;

use super::{Completion, CompletionKind, context::CompletionContext};

pub(super) fn tags(context: &CompletionContext<'_>) -> Vec<Completion> {
    let typed = context.text_before_cursor();
    let Some(open) = typed.rfind('[') else { return Vec::new() };
    let is_tag = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let before = &typed[..open];
    if !is_tag(&typed[open + 1..])
        || !before.ends_with([' ', '\t'])
        || !before.contains(']')
        || context.in_backticks()
        || !context.in_text()
        || !context.has_tasks()
    {
        return Vec::new();
    }
    let plan = context.file.plan();
    let rest = context.text_after_cursor();
    let close = rest.find(']').filter(|close| is_tag(&rest[..*close]));
    let range = context.line_start + open + 1..context.offset + close.unwrap_or(0);
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut own: Vec<&str> = Vec::new();
    for item in plan.items() {
        for (tag, place) in item.tags() {
            if place.start >= context.line_start && place.start < context.line_start + context.line.len() {
                own.push(tag);
                continue;
            }
            let next = counts.len();
            counts.entry(tag).or_insert((0, next)).0 += 1;
        }
    }
    let mut seen: Vec<(&str, (usize, usize))> = counts.into_iter().collect();
    seen.sort_by_key(|(_, (count, first))| (std::cmp::Reverse(*count), *first));
    seen.into_iter()
        .filter(|(tag, _)| !own.contains(tag))
        .map(|(tag, (count, _))| {
            let detail = if count == 1 { "1 task".to_owned() } else { format!("{count} tasks") };
            let mut found = context.offer(CompletionKind::Value, tag, detail, range.clone());
            if close.is_none() {
                found.edit.text.push(']');
            }
            found
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check;

    #[test]
    fn offers_tags_of_other_tasks() {
        check(
            "# Tasks: x\n\n- [ ] T001 [P] [US1] a\n- [ ] T002 [US1] b\n- [ ] T003 [$0 c\n",
            expect![[r#"
                US1 (2 tasks): - [ ] T003 [US1] c
                P (1 task): - [ ] T003 [P] c"#]],
        );
        check("# Tasks: x\n\n- [ ] T001 [P] a\n- [ ] T002 [P] [$0] b\n", expect![[r#""#]]);
    }
}
