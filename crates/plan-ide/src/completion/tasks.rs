//! Completion of the next task after `- ` in a phase, in the style of the previous task.

use super::{Completion, CompletionKind, context::CompletionContext, escape};
use crate::{Edit, File};
use plan_model::{Item, ItemKind, Role};

/// Maximum number of typed words after the bullet for which the next task is offered: the keyword of its ID and the
/// number.
const MAX_TYPED_WORDS: usize = 2;

pub(super) fn tasks(context: &CompletionContext<'_>) -> Vec<Completion> {
    let typed = context.text_before_cursor();
    let is_started = typed.trim_start().starts_with(['-', '*', '+'])
        && without_marker(typed).split_whitespace().nth(MAX_TYPED_WORDS).is_none();
    // The editor may have inserted the closing bracket.
    let rest = context.text_after_cursor().trim();
    if !is_started || !(rest.is_empty() || rest == "]") || !context.in_text() || !context.in_plan() {
        return Vec::new();
    }
    next_task(context).into_iter().collect()
}

/// Returns the typed text after the bullet and the checkbox. The checkbox may be only partly typed.
fn without_marker(typed: &str) -> &str {
    let rest = typed.trim_start().get(1..).unwrap_or_default();
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let rest = rest.strip_prefix("[ ]").or_else(|| rest.strip_prefix('[')).unwrap_or(rest);
    rest.trim_start()
}

fn next_task(context: &CompletionContext<'_>) -> Option<Completion> {
    let (file, line_start, typed) = (context.file, context.line_start, context.text_before_cursor());
    let plan = file.plan();
    let document = file.document();
    let last = plan
        .items()
        .filter(|item| {
            item.kind() == ItemKind::Task && item.form().is_checkbox() && item.role() == Role::Work
        })
        .take_while(|item| item.line().start < line_start)
        .filter(|item| item.id().is_some() && item.malformed_checkbox().is_none())
        .filter(|item| document.line_start(item.line().start) + indent(typed) == item.line().start)
        .last()?;
    // The next ID of the list, in the same section.
    let section = last.section()?.range();
    if !(section.start..=section.end).contains(&line_start) {
        return None;
    }
    let (next_id, text, snippet) = next_task_after(file, &last)?;
    let has_fields = text.contains('\n');
    let label = format!("{next_id}{}", if has_fields { " with fields" } else { "" });
    Some(Completion {
        filter: filter(typed.trim_start(), &text, &next_id)?,
        label,
        detail: "next task".to_owned(),
        documentation: String::new(),
        kind: CompletionKind::Item,
        edit: Edit::replace(line_start + indent(typed)..line_start + context.line.len(), text),
        snippet: Some(snippet),
        commit: &[],
    })
}

/// Returns the filter text of the next task: its start up to and including the ID, in the form that is being typed.
/// `None` if another task is being typed.
fn filter(typed: &str, text: &str, id: &str) -> Option<String> {
    let start = &text[..text.find(id)? + id.len()];
    if start.starts_with(typed) {
        return Some(start.to_owned());
    }
    let word = without_marker(typed);
    // The keyword before the number can be left out.
    let number = id.rsplit(' ').next().unwrap_or_default();
    let started = [id, number]
        .into_iter()
        .find(|id| id.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))?;
    Some(format!("{typed}{}", &started[word.len()..]))
}

/// Returns the task that follows a given task: its ID as written, its text, and its text with tab stops. `None` if the
/// ID is already used.
pub(crate) fn next_task_after(file: &File, last: &Item<'_>) -> Option<(String, String, String)> {
    let (plan, document) = (file.plan(), file.document());
    let next = increment(last.id()?.as_str())?;
    let is_used = |item: Item<'_>| {
        item.id().is_some_and(|id| id.as_str() == next)
            && item.scope().map(|s| s.index()) == last.scope().map(|s| s.index())
    };
    if plan.items().any(is_used) {
        return None;
    }
    let line = last.line();
    let (id_range, title) = (last.id_range()?, last.title_range());
    let written = document.slice(id_range.clone());
    let next_id = increment(&written)?;
    let before = document.slice(line.start..id_range.start);
    let before = before.replacen("[x]", "[ ]", 1).replacen("[X]", "[ ]", 1).replace('✅', "⬜");
    let between = document.slice(id_range.end..title.start.max(id_range.end));
    let between = between.split('[').next().unwrap_or_default().to_owned();
    let mut text = format!("{before}{next_id}{between}");
    let mut snippet = format!("{}${{1:Title}}", escape(&text));
    text.push_str("Title");
    let column = last.line().start - document.line_start(last.line().start);
    let indent = " ".repeat(column + 2);
    for (number, field) in last.fields().filter(|field| field.key_range.start > line.end).enumerate() {
        let line_text = document.slice(document.line_start(field.key_range.start)..field.value_range.start);
        let line_text = line_text.trim_start();
        text.push_str(&format!("\n{indent}{line_text}"));
        snippet.push_str(&format!("\n{indent}{}${{{}}}", escape(line_text), number + 2));
    }
    snippet.push_str("$0");
    Some((next_id, text, snippet))
}

/// Returns the indentation of the typed text, in bytes.
fn indent(typed: &str) -> usize {
    typed.len() - typed.trim_start().len()
}

/// Returns the next ID: `Task 1.2` is followed by `Task 1.3`, `T009` by `T010`.
fn increment(id: &str) -> Option<String> {
    let end = id.rfind(|c: char| c.is_ascii_digit())? + 1;
    if end != id.len() {
        return None;
    }
    let start = id[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let digits = &id[start..end];
    let next: usize = digits.parse::<usize>().ok()?.checked_add(1)?;
    Some(format!("{}{next:0width$}", &id[..start], width = digits.len()))
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;
    use plan_test::fixture;

    use super::*;
    use crate::completion::testing::completions;

    fn next(marked: &str) -> Option<(String, String)> {
        let (text, range) = fixture(marked);
        let file = File::new("plan.md", Document::new(&text));
        let found = completions(&file, range.start).into_iter().find(|found| found.detail == "next task");
        found.map(|found| (found.edit.text, found.snippet.unwrap_or_default()))
    }

    #[test]
    fn increments_the_id_and_keeps_the_form() {
        let plan = "# Plan: x\n\n### Phase 1: a\n\n- [x] ✅ **Task 1.1**: b\n  - Owner: Ada\n  - Estimate: 2d\n- $0\n";
        let (text, snippet) = next(plan).unwrap();
        assert_eq!(text, "- [ ] ⬜ **Task 1.2**: Title\n  - Owner: \n  - Estimate: ");
        assert_eq!(snippet, "- [ ] ⬜ **Task 1.2**: ${1:Title}\n  - Owner: ${2}\n  - Estimate: ${3}$0");
        let (text, _) = next("# Tasks: x\n\n## Phase 1: a\n\n- [ ] T009 [P] b\n-$0\n").unwrap();
        assert_eq!(text, "- [ ] T010 Title");
    }

    #[test]
    fn offered_only_after_a_task_with_an_id() {
        assert_eq!(next("# Plan: x\n\n- [ ] 1.1 a\n- text$0\n"), None);
        assert_eq!(next("# Plan: x\n\n## a\n\n- [ ] 1.1 a\n\n## b\n\n- $0\n"), None);
        assert_eq!(next("# Plan: x\n\n- [ ] a\n- $0\n"), None);
        assert_eq!(next("# Plan: x\n\n- [ ] 1.1 a\n- [ ] other words$0\n"), None);
    }

    #[test]
    fn stays_while_its_start_is_typed() {
        let plan = "# Plan: x\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: b\n";
        for typed in [
            "-",
            "- ",
            "- [",
            "- [ ",
            "- [ ]",
            "- [ ] ",
            "- [ ] **Ta",
            "- [ ] **Task 1.",
            "- T",
            "- task 1",
            "- 1.",
        ] {
            let (text, range) = fixture(&format!("{plan}{typed}$0\n"));
            let file = File::new("plan.md", Document::new(&text));
            let found = completions(&file, range.start);
            let found = found.iter().find(|found| found.detail == "next task");
            let filter = found.map(|found| found.filter.clone()).unwrap_or_default();
            assert!(filter.starts_with(typed) && filter.ends_with("1.2"), "{typed:?}: {filter:?}");
        }
        assert_eq!(next(&format!("{plan}- Test$0\n")), None);
        assert_eq!(next(&format!("{plan}- [ ] **Task 2$0\n")), None);
    }
}
