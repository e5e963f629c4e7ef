//! The rule `draft-but-finished`.

use plan_model::{ItemKind, State};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, common::shown_status};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "draft-but-finished",
    group: Group::State,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "status is draft or planned, but all tasks are done",
    doc: "\
## What it checks

A plan with at least three tasks that count toward progress, all of which are done, whose status is still draft, proposed or planned.

## Why

Readers who rely on the status assume that work has not started.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: Draft

- [x] Copy the data
- [x] Switch the readers over
- [x] Remove the old index
```

Correct:

```markdown
# Plan: Move the search index

**Status**: Completed

- [x] Copy the data
- [x] Switch the readers over
- [x] Remove the old index
```

## Fix

Update the status.

## Options

This rule is off by default, because many teams do not maintain the status. Enable it in `plansmith.toml`:

```toml
[rules]
draft-but-finished = \"warning\"
```
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    let progress = plan.progress();
    let is_consistent =
        ["approved", "accepted", "ready"].iter().any(|word| status.value.to_lowercase().contains(word));
    if plan.state_of(&status.value) == Some(State::Open)
        && !is_consistent
        && progress.total >= 3
        && progress.done == progress.total
        && plan.items().any(|item| item.kind() == ItemKind::Task && item.role().counts())
    {
        let message =
            format!("status is `{}`, but all {} tasks are done", shown_status(&status.value), progress.total);
        findings.push(Finding::new(&RULE, status.value_range, message));
    }
}
