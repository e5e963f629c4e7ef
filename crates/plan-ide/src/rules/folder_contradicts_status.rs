//! `folder-contradicts-status`.

use plan_model::State;
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "folder-contradicts-status",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "the folder says that the plan is finished, the status that it is not",
    doc: "\
## What it finds

A plan in a folder called `completed`, `done` or `archive` whose status says that it is open, active or blocked, and one in a folder called `active` whose status says that it is done. Superseded and cancelled plans belong into an archive.

## Why

The plan was moved and its status forgotten, or the other way round.

## Example

<!-- file: plans/completed/index.md -->

```markdown
# Plan: Move the search index

**Status**: In Progress

- [x] Copy the data
```

## Fix

Set the status, or move the file back.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    let Some(state) = plan.state_of(&status.value) else { return };
    let path = file.environment().within_roots(file.path()).to_lowercase();
    let folder = path.rsplit('/').skip(1).find_map(|folder| {
        let finished = ["completed", "done", "archive", "archived"].contains(&folder);
        let contradicts = match state {
            State::Open | State::Active | State::Blocked => finished,
            State::Done => folder == "active",
            State::Deferred | State::Cancelled => false,
        };
        (finished || folder == "active").then_some((folder, contradicts))
    });
    if let Some((folder, true)) = folder {
        let message = format!("the status is `{}`, but the plan lies in `{folder}/`", status.value.trim());
        findings.push(Finding::new(&RULE, status.value_range, message));
    }
}
