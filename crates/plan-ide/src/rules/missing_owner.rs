//! `missing-owner`.

use plan_model::Meaning;
use plan_schema::Kind;

use super::common;

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
    common::lacking(&RULE, file, Meaning::Owner, "owner", findings);
}
