//! `expired`.

use plan_model::Meaning;
use plan_schema::Kind;

use super::common;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "expired",
    group: Group::Header,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "the plan has expired and is not done",
    doc: "\
## What it finds

A plan with an expiry before today whose status says that it is open, active or blocked. Today is the day on which the plan is checked.

## Why

Whoever set an expiry wanted the plan to be looked at again by then.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress
**Expires**: 2026-01-15

- [ ] Copy the data
```

```markdown
# Plan: Move the search index

**Status**: In Progress
**Expires**: 2099-01-15

- [ ] Copy the data
```

## Fix

Look at the plan again, then set a new date or the status.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    common::passed(&RULE, file, &[Meaning::Expires], "the plan expired", findings);
}
