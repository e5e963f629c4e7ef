//! The rule `missing-owner`.

use plan_model::Meaning;
use plan_schema::DocumentKind;

use super::common;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "missing-owner",
    group: Group::Tasks,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "task has no owner",
    doc: "\
## What it checks

A task with an ID but without an owner, if no enclosing task or phase has an owner either. Done and cancelled tasks are not checked.

## Why

This rule is for teams that assign an owner to every task.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Owner: Ada
- [ ] **Task 1.2**: Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Owner: Ada
- [ ] **Task 1.2**: Switch the readers over
  - Owner: Grace
```

## Fix

Add an owner below the task.

## Options

This rule is off by default. Enable it in `plansmith.toml`:

```toml
[rules]
missing-owner = \"warning\"
```
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    common::find_missing_field(&RULE, file, Meaning::Owner, "owner", findings);
}
