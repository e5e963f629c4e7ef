//! `done-parent-open-child`.

use plan_model::ItemKind;
use plan_schema::Kind;

use super::common::{DoneWithOpenChildren, completion_edits, count_are, is_sure_evidence};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "done-parent-open-child",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "task is done but has open subtasks",
    doc: "\
## What it checks

A task that is checked, or whose status says that it is done, with open subtasks or acceptance criteria below it. Nothing is reported if the phase or the plan around it is already reported for the same open tasks. It is a hint if the open subtasks say why they are open (`deferred to phase 4`, `Merged to main`).

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

Mark the open subtasks as done, if they are.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    // The end of the last reported task: subtasks before it are not reported again.
    let mut reported = 0;
    for (task, open) in DoneWithOpenChildren::all(plan, ItemKind::Task) {
        if task.range().start < reported {
            continue;
        }
        reported = task.range().end;
        let message = format!("task is done, but {} open", count_are(open.len(), "subtask"));
        let listed = open.iter().map(|child| (child.line(), format!("open: {}", child.title())));
        let mut finding = Finding::new(&RULE, task.title_range(), message).list(listed);
        if !is_sure_evidence(file, &open) {
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
