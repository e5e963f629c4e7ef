//! `missing-owner`.

use plan_model::{ItemKind, Meaning, Role, State};
use plan_schema::Kind;

use super::common::name;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "missing-owner",
    group: Group::Tasks,
    severity: None,
    applies_to: &[Kind::Plan],
    summary: "a task lacks an owner",
    doc: "\
## What it finds

A task with an id that has no owner, neither of its own nor from a task or phase around it. It is off until it is switched on.

## Why

For teams whose every task has an owner.

## Example

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Owner: Ada
- [ ] **Task 1.2**: Switch the readers over
```

## Fix

Write it below the task.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    for task in plan.items().filter(|item| item.kind() == ItemKind::Task && item.role() == Role::Work) {
        let around =
            std::iter::successors(Some(task), |item| item.parent().and_then(|parent| plan.item(parent)));
        let mut holders = around.filter(|item| item.field(Meaning::Owner).is_some());
        let closed = matches!(task.state(), Some(State::Done | State::Cancelled));
        if task.id().is_some() && !closed && holders.next().is_none() {
            let range = task.id_range().unwrap_or_else(|| task.title_range());
            findings.push(Finding::new(&RULE, range, format!("`{}` has no owner", name(&task))));
        }
    }
}
