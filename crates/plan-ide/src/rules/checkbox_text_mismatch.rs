//! The rule `checkbox-text-mismatch`.

use plan_model::{ItemKind, Role, SegmentFlags, State, StateSourceKind};
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, common::checkbox_word};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "checkbox-text-mismatch",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "checkbox and task text disagree",
    doc: "\
## What it checks

A checked task whose text marks it as deferred or cancelled, such as `[x] Journals (deferred to Q3)`. The rule also reports an unchecked task whose text marks it as done, such as `[ ] Journals — DONE` or `[ ] ~~Journals~~ done`. Only delimited words at the start or the end of the text are checked. Plansmith does not report lists of values (`(open, done)`), the result of a condition (`If all is well, keep it (done)`), or a reason why a task was checked without being done (`[x] Naming (skipped)`).

## Why

Progress is counted from the checkbox, but readers rely on the text.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] Copy the articles
- [x] Copy the journals (deferred to Q3)
```

Correct:

```markdown
# Plan: Move the search index

- [x] Copy the articles
- [ ] Copy the journals (deferred to Q3)
- [x] ~~Copy the maps~~
```

## Fix

Check or uncheck the task, so that the checkbox matches the text.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let items = file.plan().items_with(SegmentFlags::CHECKBOX_AND_WORD);
    for item in items.filter(|item| item.kind() == ItemKind::Task) {
        let checkbox = item.state_sources().find(|(kind, ..)| kind.is_checkbox());
        let Some((_, checkbox, Some(state))) = checkbox else { continue };
        if item.state() == Some(State::Cancelled) {
            continue;
        }
        let words = item
            .state_sources()
            .filter(|(kind, range, _)| *kind == StateSourceKind::Word && !range.is_empty());
        let contradicts = |stated: State| (state == State::Done) != (stated == State::Done);
        let Some((_, other, stated)) = words
            .filter_map(|(kind, range, stated)| Some((kind, range, stated?)))
            .find(|(_, _, stated)| contradicts(*stated))
        else {
            continue;
        };
        let text = file.document().slice(other.clone());
        let before = file.document().slice(item.line().start..other.start.max(item.line().start));
        let is_answer = before.contains(['?', '？']);
        if state == State::Done && is_past_plan(&text) {
            continue;
        }
        // `[x] [Defer] Cache size — deferred`: the task was to decide, and the decision is to defer.
        let is_decision =
            stated == State::Deferred && (item.role() == Role::FollowUp || is_deferral(&before));
        if is_answer
            || is_decision && state == State::Done
            || is_outcome(&before, stated)
            || state == State::Done && is_settled(&text)
        {
            continue;
        }
        // `（保留历史）`: without spaces, a state word is often the start of another expression.
        if !text.is_ascii() && file.plan().vocabulary().of_words(text.trim()).is_none() {
            continue;
        }
        let message = format!("checkbox is {}, but the text states `{}`", checkbox_word(state), text.trim());
        let finding = Finding::new(&RULE, other, message).related(checkbox.clone(), "checkbox");
        let (title, character) =
            if stated == State::Done { ("Check task", "x") } else { ("Uncheck task", " ") };
        findings.push(if checkbox.is_empty() {
            finding
        } else {
            finding.fix(title, vec![Edit::replace(checkbox, character)], false)
        });
    }
}

/// Returns whether a remark describes an outcome instead of the task's state. It follows a condition (`If all is well,
/// keep it (done)`) or describes the object of a finished action (`Sections removed from the draft (deferred to Q3)`).
fn is_outcome(before: &str, stated: State) -> bool {
    let words: Vec<String> = before
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if stated == State::Done {
        // The checkbox and an ID may precede the condition.
        const CONDITIONS: [&str; 5] = ["if", "when", "once", "unless", "whether"];
        return words.iter().take(4).any(|word| CONDITIONS.contains(&word.as_str()));
    }
    words.windows(2).any(|pair| {
        pair[0].len() > 4 && pair[0].ends_with("ed") && matches!(pair[1].as_str(), "from" | "to" | "into")
    })
}

/// Returns whether a remark records when the task was planned or started: `planned 2026-05-01`. The task can have been
/// done since then.
fn is_past_plan(remark: &str) -> bool {
    const EVENTS: [&str; 6] = ["planned", "scheduled", "started", "opened", "proposed", "reported"];
    let mut words = remark.trim().split(' ');
    let event = words.next().unwrap_or_default().to_lowercase();
    EVENTS.contains(&event.as_str()) && words.any(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns whether a text has the tag of a task that defers something: `[Defer]`.
fn is_deferral(before: &str) -> bool {
    let mut tags = before.split('[').filter_map(|rest| rest.split_once(']'));
    tags.any(|(tag, _)| ["defer", "deferred"].iter().any(|word| tag.trim().eq_ignore_ascii_case(word)))
}

/// Returns whether a state word does not contradict a checked checkbox: the task needs no more work, or the word is the
/// state of the document that the task produces (`Create issue (draft)`).
fn is_settled(word: &str) -> bool {
    let word = word.to_lowercase();
    ["n/a", "skipped", "descoped", "de-scoped", "dropped", "won't do", "won’t do", "wont do", "draft"]
        .iter()
        .any(|settled| word.starts_with(settled))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::testing::{check as check_rule, check_silent};

    #[test]
    fn words_that_are_not_the_state_of_the_task() {
        check_silent(
            &super::RULE,
            &["\
# Plan: Board

- [x] T1 Columns in order (To Do, In Progress, Done)
- [ ] T2 Field for the result (completed, partial, failed)
- [x] T3 Tenants (active, suspended, archived)
- [x] T4 Lights (🔴 vacant, 🟢 occupied, 🟠 closed)
- [ ] T5 Spelling (`complete`, `Completed`)
- [x] T6 Quality loop (deferred from sprint 0)
- [x] T7 Chapters removed from the draft (deferred to another book)
- [x] T8 Notes updated (todo.md updated with results)
- [ ] T9 If the quality is fine, keep option A (done)
- [x] T10 Naming convention (skipped)
- [x] T10b Promise of stability (planned 2026-05-01)
- [ ] T11 Show the badge (merged)
- [x] T12 Workflow: tasks.md, then an issue (draft)
- [x] Should the path be configurable? — Deferred, nice to have
- [x] 每个仓库为完整克隆（保留 .git 历史）
- [x] [Review][Defer] Pool size is fixed [pool.rs] — deferred, pre-existing

## Review Findings

- [x] Unused import in `board.rs` (deferred)
"],
        );
    }

    #[test]
    fn words_that_contradict() {
        check_rule(
            &super::RULE,
            "\
# Plan: Board

- [x] T1 Copy the journals (deferred to Q3)
- [ ] T2 Copy the maps (done)
- [x] T3 Copy the atlas [BLOCKED]
",
            expect![[r#"
                3   | - [x] T1 Copy the journals (deferred to Q3)
                    |                             ^^^^^^^^^^^^^^ checkbox is checked, but the text states `deferred to Q3`
                    |    ^ (checkbox)
                4   | - [ ] T2 Copy the maps (done)
                    |                         ^^^^ checkbox is unchecked, but the text states `done`
                    |    ^ (checkbox)
                5   | - [x] T3 Copy the atlas [BLOCKED]
                    |                          ^^^^^^^ checkbox is checked, but the text states `BLOCKED`
                    |    ^ (checkbox)
            "#]],
        );
    }
}
