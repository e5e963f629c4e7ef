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
    summary: "target date has passed and plan is not done",
    doc: "\
## What it checks

A plan with a target or due date before today whose status is open, active or blocked.

## Why

Either the plan is done and its status was not updated, or the date must be changed.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2026-01-15

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2099-01-15

- [ ] Copy the data
```

## Fix

Update the status or the date.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    common::find_past_dates(&RULE, file, &[Meaning::Target, Meaning::Due], "target date passed", findings);
}
