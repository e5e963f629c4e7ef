//! The rule `unused-suppression`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(crate) const RULE: Rule = Rule {
    name: "unused-suppression",
    group: Group::Text,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "suppression comment has no effect",
    doc: "\
## What it checks

A comment `plansmith-disable`, `plansmith-disable-next-line` or `plansmith-disable-file` that suppresses no finding, or that refers to an unknown rule.

## Why

A comment that suppresses nothing now can hide a later finding.

## Example

Incorrect:

```markdown
# Plan: Move the search index

<!-- plansmith-disable-next-line broken-link -->
- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

<!-- plansmith-disable-next-line broken-link -->
- [ ] Copy the [data](data/missing.csv)
```

## Fix

Remove the comment.
",
    check: Check::File(check),
};

/// Reports nothing. The findings of this rule depend on those of all other rules and are created in `suppression.rs`.
fn check(_: &File, _: &mut Vec<Finding>) {}
