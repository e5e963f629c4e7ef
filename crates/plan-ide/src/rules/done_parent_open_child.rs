//! `done-parent-open-child`.

use plan_model::ItemKind;
use plan_schema::Kind;

use super::common::{DoneTooSoon, are, ticks};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "done-parent-open-child",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "a task is done, but tasks below it are open",
    doc: "\
## What it finds

A ticked task, or one whose status says that it is done, with open tasks or criteria below it. Nothing is said where the phase around it or the whole plan is reported for the same open tasks.

## Why

A task with parts is done when its parts are.

## Example

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
  - [x] Books
  - [ ] Journals
- [ ] **Task 1.2**: Switch the readers over
```

Optional parts may stay open:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
  - [x] Books
  - [ ]* Journals
```

## Fix

Mark the open parts as done, if they are.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    // Ends of tasks that were reported: what lies in them is said.
    let mut said = 0;
    for (task, open) in DoneTooSoon::all(plan, ItemKind::Task) {
        if task.range().start < said {
            continue;
        }
        said = task.range().end;
        let message = format!("the task is done, but {} open below it", are(open.len(), "task"));
        let listed = open.iter().map(|child| (child.line(), format!("open: {}", child.title())));
        let finding = Finding::new(&RULE, task.title_range(), message).list(listed);
        let edits = ticks(file, &open);
        findings.push(if edits.is_empty() {
            finding
        } else {
            finding.fix("Mark what is open below the task as done", edits, false)
        });
    }
}
