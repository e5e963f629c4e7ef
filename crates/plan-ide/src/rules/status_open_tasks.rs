//! `status-open-tasks`.

use plan_model::{Field, Item, ItemKind, State, Vocabulary};
use plan_schema::Kind;

use super::{Check, Group, Rule, common::ticks};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "status-open-tasks",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "the status says that all is done, but tasks are open",
    doc: "\
## What it finds

A plan whose status says that it is done (`Completed`, `✅ Done`, `implemented` …) while boxes of tasks are open. Tasks \
that are marked optional, deferred or cancelled do not count. It is said once, at the status; the open tasks are listed \
with it.

## Why

Whoever reads the status believes it. Either work was forgotten, or the boxes were: both are worth a look before the \
plan is filed away.

## Example

```markdown
# Move the search index

**Status**: Completed

- [x] Copy the data
- [ ] Switch the readers over
```

## Fix

Tick the open tasks, if they are done, or set the status back to what the boxes say. Neither is done without asking: only \
you know which of the two is true.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    if plan.state_of(&status.value) != Some(State::Done) {
        return;
    }
    let open: Vec<_> = plan
        .items()
        .filter(|item| item.kind() == ItemKind::Task && !item.is_optional())
        .filter(|item| matches!(item.state(), Some(State::Open | State::Active | State::Blocked)))
        .collect();
    if open.is_empty() {
        return;
    }
    let total = plan.progress().total;
    let listed = open.iter().map(|item| (item.line(), format!("open: {}", item.title())));
    let message = format!(
        "the status is `{}`, but {} of {total} tasks {} open",
        status.value.trim(),
        open.len(),
        if open.len() == 1 { "is" } else { "are" },
    );
    let fixes = fixes(file, &open, &status);
    findings.push(Finding::new(&RULE, status.value_range, message).list(listed).mended_by(fixes));
}

fn fixes(file: &File, open: &[Item<'_>], status: &Field<'_>) -> Vec<Fix> {
    let mut fixes = Vec::new();
    if let Some(word) = like(file.plan().vocabulary(), &status.value, "In Progress") {
        let value = status.value.trim();
        // Only a value that is nothing but the word can be replaced without guessing what the rest means.
        let range = status.value_range.clone();
        if !status.front_matter || range.len() == value.len() {
            fixes.push(Fix {
                title: format!("Set the status to `{word}`"),
                edits: vec![Edit::replace(range, word)],
                safe: false,
            });
        }
    }
    let ticked: Vec<Edit> = ticks(file, open);
    if !ticked.is_empty() {
        let title = match open {
            [_] => "Mark the open task as done".to_owned(),
            _ => format!("Mark the {} open tasks as done", open.len()),
        };
        fixes.push(Fix { title, edits: ticked, safe: false });
    }
    fixes
}

/// `word` in the case of a value that is one known word; nothing for a value that says more.
fn like(vocabulary: &Vocabulary, value: &str, word: &str) -> Option<String> {
    let value = value.trim();
    vocabulary.of_words(value)?;
    let letters: Vec<char> = value.chars().filter(|c| c.is_alphabetic()).collect();
    Some(match letters.first() {
        Some(first) if first.is_lowercase() => word.to_lowercase().replace(' ', "-"),
        Some(_) if letters.iter().all(|c| c.is_uppercase()) => word.to_uppercase(),
        _ => word.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    #[test]
    fn done_with_open_boxes() {
        check(
            &RULE,
            "# Plan: x\n\n**Status**: Completed\n\n- [x] a\n- [ ] b\n- [ ] c (deferred to Q3)\n",
            expect![[r#"
                3   | **Status**: Completed
                    |             ^^^^^^^^^ the status is `Completed`, but 1 of 3 tasks is open
                6   | - [ ] b
                    | ^^^^^^^ (open: b)
            "#]],
        );
    }

    #[test]
    fn front_matter_counts() {
        check(
            &RULE,
            "---\nstatus: done\n---\n# Plan: x\n\n- [x] a\n- [ ] b\n",
            expect![[r#"
                2   | status: done
                    |         ^^^^ the status is `done`, but 1 of 2 tasks is open
                7   | - [ ] b
                    | ^^^^^^^ (open: b)
            "#]],
        );
    }

    #[test]
    fn healthy_plans() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n**Status**: Completed\n\n- [x] a\n- [ ]* optional\n- [ ] ~~b~~\n",
                "# Plan: x\n\n**Status**: In Progress\n\n- [x] a\n- [ ] b\n",
                "# Plan: x\n\n**Status**: Accepted\n\n- [ ] b\n",
                "# Plan: x\n\n**Status**: [Draft | Completed]\n\n- [ ] b\n",
                "# Plan: x\n\n**Status**: Completed\n\n```\n- [ ] b\n```\n",
            ],
        );
    }

    #[test]
    fn both_ways_out() {
        let text = "# Plan: x\n\n**Status**: DONE\n\n- [X] a\n- [ ] b\n";
        check_fix(
            &RULE,
            text,
            "Set the status to `IN PROGRESS`",
            expect![[r#"
                # Plan: x

                **Status**: IN PROGRESS

                - [X] a
                - [ ] b
            "#]],
        );
        check_fix(
            &RULE,
            text,
            "Mark the open task as done",
            expect![[r#"
                # Plan: x

                **Status**: DONE

                - [X] a
                - [X] b
            "#]],
        );
    }
}
