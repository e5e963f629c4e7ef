//! `done-parent-open-child`.

use plan_model::ItemKind;
use plan_schema::Kind;

use super::common::{DoneWithOpenChildren, completion_edits, count_are};

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

A task that is checked or has a done status, but has open subtasks or acceptance criteria. Plansmith does not report it if the enclosing phase or plan is already reported for the same open tasks.

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

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    // The end of the last reported task. Subtasks that start before it are not reported again.
    let mut reported = 0;
    for (task, open) in DoneWithOpenChildren::all(plan, ItemKind::Task) {
        if task.range().start < reported {
            continue;
        }
        reported = task.range().end;
        let message = format!("task is done, but {} open", count_are(open.len(), "subtask"));
        let listed = open.iter().map(|child| (child.line(), format!("open: {}", child.title())));
        let finding = Finding::new(&RULE, task.title_range(), message).list(listed);
        let edits = completion_edits(file, &open);
        findings.push(if edits.is_empty() {
            finding
        } else {
            finding.fix("Complete open subtasks", edits, false)
        });
    }
}
