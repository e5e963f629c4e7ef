//! `draft-but-finished`.

use plan_model::State;
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "draft-but-finished",
    group: Group::State,
    severity: None,
    applies_to: &[Kind::Plan],
    summary: "the status says that work has not begun, but all tasks are done",
    doc: "\
## What it finds

A plan with three tasks or more, all done, whose status still says draft, proposed or planned. It is off until it is switched on: many teams leave the status alone.

## Why

The plan looks as if nobody had started.

## Example

```markdown
# Plan: Move the search index

**Status**: Draft

- [x] Copy the data
- [x] Switch the readers over
- [x] Remove the old index
```

## Fix

Set the status.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    let progress = plan.progress();
    let agreed =
        ["approved", "accepted", "ready"].iter().any(|word| status.value.to_lowercase().contains(word));
    if plan.state_of(&status.value) == Some(State::Open)
        && !agreed
        && progress.total >= 3
        && progress.done == progress.total
    {
        let message =
            format!("the status is `{}`, but all {} tasks are done", status.value.trim(), progress.total);
        findings.push(Finding::new(&RULE, status.value_range, message));
    }
}
