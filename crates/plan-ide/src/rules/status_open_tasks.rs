//! The rule `status-open-tasks`.

use plan_model::{Field, Item, State, Vocabulary};
use plan_schema::DocumentKind;

use super::{
    Check, Group, Rule,
    common::{
        completion_edits, is_certain_evidence, is_remaining_task, is_story, is_study, plural, shown_status,
    },
};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "status-open-tasks",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "plan is marked done but has open tasks",
    doc: "\
## What it checks

A plan whose status marks it as done (`Completed`, `✅ Done`, `implemented`, ...) while some of its tasks are still open. The rule ignores optional, deferred and cancelled tasks, prerequisites, approvals, questions, checklists for the reader and follow-up work (*Next Steps*, *Future Improvements*). Plansmith reports this once per plan, at the status, and lists the open tasks.

The finding is a hint in these cases, because the checkboxes are often not maintained:

- no task of the plan is checked
- the text of every open task gives a reason (`deferred to the next release`, `if applicable`, `Merge to main`)
- all open tasks are criteria in lists in which nothing is checked

## Why

Readers trust the status. Either some work was forgotten, or the checkboxes were not updated. Both should be corrected before the plan is archived.

## Example

Incorrect:

```markdown
# Move the search index

**Status**: Completed

- [x] Copy the data
- [ ] Switch the readers over
```

Correct:

```markdown
# Move the search index

**Status**: In Progress

- [x] Copy the data
- [ ] Switch the readers over
```

## Fix

Mark the open tasks as done, or set the status back to *In Progress*. Plansmith offers both fixes and applies neither automatically, because only you know which one is correct.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    if plan.state_of(&status.value) != Some(State::Done) || is_study(file) {
        return;
    }
    let open: Vec<_> = plan.items().filter(is_remaining_task).collect();
    if open.is_empty() {
        return;
    }
    let total = plan.progress().total;
    let listed = open.iter().map(|item| (item.line(), format!("open: {}", item.title())));
    let message = format!(
        "status is `{}`, but {} of {} {} open",
        shown_status(&status.value),
        open.len(),
        plural(total, "task"),
        if open.len() == 1 { "is" } else { "are" },
    );
    let fixes = fixes(file, &open, &status);
    let mut finding =
        Finding::new(&RULE, status.value_range.clone(), message).list(listed).extend_fixes(fixes);
    if !is_certain_evidence(file, &open) {
        // Authors of stories check tasks during the work.
        let is_unchecked_story = is_story(file) && file.plan().progress().done == 0;
        finding.severity = Some(if is_unchecked_story { Severity::Info } else { Severity::Hint });
    }
    findings.push(finding);
}

fn fixes(file: &File, open: &[Item<'_>], status: &Field<'_>) -> Vec<Fix> {
    let mut fixes = Vec::new();
    if let Some(word) = in_case_of(file.plan().vocabulary(), &status.value, "In Progress") {
        let value = status.value.trim();
        // In front matter the range can include quotes, which would be lost.
        let range = status.value_range.clone();
        if !status.front_matter || range.len() == value.len() {
            fixes.push(Fix {
                title: format!("Set status to `{word}`"),
                edits: vec![Edit::replace(range, word)],
                safe: false,
            });
        }
    }
    let edits: Vec<Edit> = completion_edits(file, open);
    if !edits.is_empty() {
        let title = match open {
            [_] => "Complete open task".to_owned(),
            _ => format!("Complete {} open tasks", open.len()),
        };
        fixes.push(Fix { title, edits, safe: false });
    }
    fixes
}

/// Returns `word` in the case of a value that consists of one known word; `None` for other values, because replacing
/// them would lose text.
fn in_case_of(vocabulary: &Vocabulary, value: &str, word: &str) -> Option<String> {
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
    fn done_with_open_tasks() {
        check(
            &RULE,
            "# Plan: x\n\n**Status**: Completed\n\n- [x] a\n- [ ] b\n- [ ] c (deferred to Q3)\n",
            expect![[r#"
                3   | **Status**: Completed
                    |             ^^^^^^^^^ status is `Completed`, but 1 of 3 tasks is open
                6   | - [ ] b
                    | ^^^^^^^ (open: b)
            "#]],
        );
    }

    #[test]
    fn status_in_front_matter() {
        check(
            &RULE,
            "---\nstatus: done\n---\n# Plan: x\n\n- [x] a\n- [ ] b\n",
            expect![[r#"
                2   | status: done
                    |         ^^^^ status is `done`, but 1 of 2 tasks is open
                7   | - [ ] b
                    | ^^^^^^^ (open: b)
            "#]],
        );
    }

    #[test]
    fn criteria_count() {
        check(
            &RULE,
            "# Plan: x\n\n**Status**: Completed\n\n## 1. Build\n\n- [x] a\n\n## 2. Acceptance criteria\n\n- [ ] b\n\n## 3. Next steps\n\n- [ ] c\n",
            expect![[r#"
                3   | **Status**: Completed
                    |             ^^^^^^^^^ status is `Completed`, but 1 of 2 tasks is open
                11  | - [ ] b
                    | ^^^^^^^ (open: b)
            "#]],
        );
    }

    fn severity(text: &str) -> Option<Severity> {
        let file = File::new("plan.md", plan_syntax::Document::new(text));
        let mut findings = Vec::new();
        super::check(&file, &mut findings);
        findings.first().map(|finding| finding.severity.unwrap_or(Severity::Warning))
    }

    #[test]
    fn studies() {
        let study = |title: &str, tasks: &str| severity(&format!("# {title}\n\n**Status**: Done\n\n{tasks}"));
        assert_eq!(study("Index Performance Analysis", "- [x] a\n- [ ] b\n"), None);
        assert_eq!(study("Research: Faster Search", "- [x] a\n- [ ] b\n"), None);
        // These are plans of work: a study is their subject or part of their name.
        assert_eq!(study("Plan: Market Research", "- [x] a\n- [ ] b\n"), Some(Severity::Warning));
        assert_eq!(
            study("Yearly Report", "## Phase 1: Draft\n\n- [x] a\n- [ ] b\n\n## Phase 2: Print\n\n- [x] c\n"),
            Some(Severity::Warning)
        );
    }

    #[test]
    fn severity_by_evidence() {
        let plan = |tasks: &str| severity(&format!("# Plan: x\n\n**Status**: Done\n\n## Work\n\n{tasks}"));
        assert_eq!(plan("- [x] a\n- [ ] b\n"), Some(Severity::Warning));
        assert_eq!(plan("- [x] a\n\n## Success criteria\n\n- [x] b\n- [ ] c\n"), Some(Severity::Warning));
        let weak = [
            "- [ ] a\n- [ ] b\n",
            "- [x] a\n- [ ] Merge to `main`\n",
            "- [x] a\n- [ ] Move the maps. They were\n  moved to another plan.\n",
            "- [x] a\n- [ ] Types are checked when a script is touched\n",
            "- [x] a\n\n## Success criteria\n\n- [ ] b\n- [ ] c\n",
        ];
        for tasks in weak {
            assert_eq!(plan(tasks), Some(Severity::Hint), "{tasks}");
        }
    }

    #[test]
    fn status_on_several_lines() {
        check(
            &RULE,
            "# Plan: x\n\n**Status**: Implemented on a branch; tests pass and the `review` of the last\nchange is done.\n\n- [x] a\n- [ ] b\n",
            expect![[r#"
                3   | **Status**: Implemented on a branch; tests pass and the `review` of the last
                    |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ status is `Implemented on a branch; tests pass and the review of the ...`, but 1 of 2 tasks is open
                7   | - [ ] b
                    | ^^^^^^^ (open: b)
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Status\n\nImplemented on a branch; the review is\nfixed. Merge to `main` remains.\n\n- [x] a\n- [ ] b\n",
            ],
        );
    }

    #[test]
    fn consistent_plans() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n**Status**: Completed\n\n- [x] a\n- [ ]* optional\n- [ ] ~~b~~\n",
                "# Plan: x\n\n**Status**: In Progress\n\n- [x] a\n- [ ] b\n",
                "# Plan: x\n\n**Status**: Accepted\n\n- [ ] b\n",
                "# Plan: x\n\n**Status**: [Draft | Completed]\n\n- [ ] b\n",
                "# Plan: x\n\n**Status**: [completed/needs-fixes]\n\n- [ ] b\n",
                "# Plan: x\n\n**Status**: Completed\n\n- [x] b\n\n## Questions\n\n- [ ] None.\n- [ ] N/A\n",
                "# Plan: x\n\n**Status**: Completed\n\n- [x] b\n\n## QA Results\n\n### Improvements Checklist\n\n- [ ] c\n\n## Next Steps\n\n### Tasks\n\n- [ ] d\n",
                "# Plano: x\n\n**Status**: Completed\n\n- [x] b\n\n## Próximos passos\n\n- [ ] c\n\n## 8. 未来改进\n\n- [ ] d\n",
                "# Plan: x\n\n**Status**: Completed\n\n- [x] b\n\n## Approval\n\n- [ ] c\n\n**Before you go on, confirm:**\n\n- [ ] d\n",
                "# Plan: x\n\n**Status**: Completed\n\n## Phase 1: A\n\n- [x] b\n\n## Phase 2: Future improvements\n\n- [ ] c\n",
                "# Plan: x\n\n**Status**: Completed\n\n```\n- [ ] b\n```\n",
            ],
        );
    }

    #[test]
    fn both_fixes() {
        let text = "# Plan: x\n\n**Status**: DONE\n\n- [X] a\n- [ ] b\n";
        check_fix(
            &RULE,
            text,
            "Set status to `IN PROGRESS`",
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
            "Complete open task",
            expect![[r#"
                # Plan: x

                **Status**: DONE

                - [X] a
                - [X] b
            "#]],
        );
    }
}
