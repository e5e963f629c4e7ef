//! The rule `missing-estimate`.

use plan_model::Meaning;
use plan_schema::DocumentKind;

use super::common;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "missing-estimate",
    group: Group::Tasks,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "task has no estimate",
    doc: "\
## What it checks

A task with an ID but without an estimate, if no enclosing task or phase has an estimate either. Done and cancelled tasks are not checked.

## Why

This rule is for teams that estimate every task.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Estimate: 2 days
- [ ] **Task 1.2**: Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Estimate: 2 days
- [ ] **Task 1.2**: Switch the readers over
  - Estimate: 1 day
```

## Fix

Add an estimate below the task.

## Options

This rule is off by default. Enable it in `plansmith.toml`:

```toml
[rules]
missing-estimate = \"warning\"
```
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    common::find_missing_field(&RULE, file, Meaning::Estimate, "estimate", findings);
}
