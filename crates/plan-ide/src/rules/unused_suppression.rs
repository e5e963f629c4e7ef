//! `unused-suppression`.

use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(crate) const RULE: Rule = Rule {
    name: "unused-suppression",
    group: Group::Text,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan, Kind::Checklist],
    summary: "a comment switches off a rule that finds nothing",
    doc: "\
## What it finds

A comment `plansmith-disable`, `plansmith-disable-next-line` or `plansmith-disable-file` that no finding falls under, or that \
names a rule that there is not.

## Why

It would hide the next mistake.

## Example

```markdown
# Plan: Move the search index

<!-- plansmith-disable-next-line broken-link -->
- [ ] Copy the data
```

## Fix

The comment is removed.
",
    check: Check::File(check),
};

/// What it finds depends on what all other rules find: see `suppression.rs`.
fn check(_: &File, _: &mut Vec<Finding>) {}
