//! The rule `done-parent-open-child`.

use plan_model::{Item, ItemKind, Plan, State};
use plan_schema::DocumentKind;

use super::common::{DoneWithOpenChildren, completion_edits, count_are, is_certain_evidence, name, plural};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "done-parent-open-child",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "task is done but has open subtasks",
    doc: "\
## What it checks

A task that is checked or has a done status, but has open subtasks or acceptance criteria. Plansmith does not report it if the enclosing phase or plan is already reported for the same open tasks. If three or more tasks are affected, Plansmith reports them as one finding. This finding is a hint if no subtask of the plan is checked. A finding is also a hint if the text of the open subtasks gives a reason (`deferred to phase 4`, `Merged to main`).

## Why

A task is done only when all of its subtasks are done.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
  - [x] Books
  - [ ] Journals
- [ ] **Task 1.2**: Switch the readers over
```

Correct, because optional subtasks may stay open:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
  - [x] Books
  - [ ]* Journals
```

## Fix

If the open subtasks are done, mark them as done.
",
    check: Check::File(check),
};

/// Minimum number of affected tasks that are reported as one finding.
const MIN_AFFECTED_TASKS: usize = 3;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let found = reported_tasks(plan);
    let listed = |open: &[Item<'_>]| {
        open.iter().map(|child| (child.line(), format!("open: {}", child.title()))).collect::<Vec<_>>()
    };
    // In many plans only the tasks are checked, never the subtasks.
    let are_only_top_tasks_checked = || {
        plan.items()
            .filter(|item| item.state() == Some(State::Done))
            .all(|item| item.ancestors().next().is_none_or(|parent| parent.kind() == ItemKind::Phase))
    };
    if found.len() >= MIN_AFFECTED_TASKS {
        let (first, open) = &found[0];
        let message = format!(
            "task is done, but {} open ({} tasks affected)",
            count_are(open.len(), "subtask"),
            found.len()
        );
        let others = found[1..].iter().map(|(task, open)| {
            (task.title_range(), format!("`{}`: {}", name(task), plural(open.len(), "open subtask")))
        });
        let mut finding = Finding::new(&RULE, first.title_range(), message).list(others);
        if are_only_top_tasks_checked() || !found.iter().any(|(_, open)| is_certain_evidence(file, open)) {
            finding.severity = Some(Severity::Hint);
        }
        findings.push(finding);
        return;
    }
    for (task, open) in found {
        let message = format!("task is done, but {} open", count_are(open.len(), "subtask"));
        let mut finding = Finding::new(&RULE, task.title_range(), message).list(listed(&open));
        if !is_certain_evidence(file, &open) {
            finding.severity = Some(Severity::Hint);
        }
        let edits = completion_edits(file, &open);
        findings.push(if edits.is_empty() {
            finding
        } else {
            finding.fix("Complete open subtasks", edits, false)
        });
    }
}

/// Returns the outermost done tasks that have open subtasks, with their open subtasks.
fn reported_tasks(plan: &Plan) -> Vec<(Item<'_>, Vec<Item<'_>>)> {
    // The end of the last reported task: subtasks before it are not reported again.
    let mut reported = 0;
    let mut found = DoneWithOpenChildren::all(plan, ItemKind::Task);
    found.retain(|(task, _)| {
        let is_outermost = task.range().start >= reported;
        if is_outermost {
            reported = task.range().end;
        }
        is_outermost
    });
    found
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn open_subtasks() {
        check_rule(
            &RULE,
            "# Plan: Shop\n\n## Tasks\n\n- [x] a\n  - [x] b\n  - [ ] c\n- [x] d\n  - [x] e\n",
            expect![[r#"
                5   | - [x] a
                    |       ^ task is done, but 1 subtask is open
                7   |   - [ ] c
                    |   ^^^^^^^ (open: c)
            "#]],
        );
        check_silent(&RULE, &["# Plan: Shop\n\n## Tasks\n\n- [x] a\n  - [x] b\n  - [ ]* c\n"]);
    }

    #[test]
    fn many_tasks_are_one_finding() {
        let tasks = "- [x] a\n  - [ ] b\n- [x] c\n  - [ ] d\n  - [ ] e\n- [x] f\n  - [ ] g\n";
        check_rule(
            &RULE,
            &format!("# Plan: Shop\n\n## Tasks\n\n{tasks}"),
            expect![[r#"
                5   | - [x] a
                    |       ^ task is done, but 1 subtask is open (3 tasks affected)
                7   | - [x] c
                    |       ^ (`c`: 2 open subtasks)
                10  | - [x] f
                    |       ^ (`f`: 1 open subtask)
            "#]],
        );
    }
}
