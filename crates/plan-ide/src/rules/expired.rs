//! The rule `expired`.

use plan_model::Meaning;
use plan_schema::DocumentKind;

use super::common;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "expired",
    group: Group::Header,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "plan has expired and is not done",
    doc: "\
## What it checks

A plan with an expiry date before today whose status is open, active or blocked.

## Why

A plan should be reviewed before its expiry date.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Expires**: 2026-01-15

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Expires**: 2099-01-15

- [ ] Copy the data
```

## Fix

Review the plan, then update the expiry date or the status.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    common::find_past_dates(&RULE, file, &[Meaning::Expires], "plan expired", findings);
}
