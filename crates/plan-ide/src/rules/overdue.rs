//! `overdue`.

use plan_model::Meaning;
use plan_schema::Kind;

use super::common;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "overdue",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "the target date has passed and the plan is not done",
    doc: "\
## What it finds

A plan with a target or due date before today whose status says that it is open, active or blocked. Today is the day on which the plan is checked.

## Why

Either it is done and the status was forgotten, or the date is worth a talk.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2026-01-15

- [ ] Copy the data
```

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2099-01-15

- [ ] Copy the data
```

## Fix

Set the status, or a new date.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    common::passed(&RULE, file, &[Meaning::Target, Meaning::Due], "the target date passed", findings);
}
