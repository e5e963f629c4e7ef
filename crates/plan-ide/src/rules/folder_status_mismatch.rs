//! `folder-status-mismatch`.

use plan_model::State;
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "folder-status-mismatch",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "status does not match the plan's folder",
    doc: "\
## What it checks

A plan in a folder called `completed`, `done`, `archive` or `archived` whose status is open, active or blocked, and a plan in a folder called `active` whose status is done. Deferred, superseded and cancelled plans may be in any folder.

## Why

The plan was moved and its status was not updated, or the other way round.

## Example

<!-- file: plans/completed/index.md -->

Incorrect, in `plans/completed/index.md`:

```markdown
# Plan: Move the search index

**Status**: In Progress

- [x] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: Completed

- [x] Copy the data
```

## Fix

Update the status, or move the file back.
",
    check: Check::File(check),
};

/// Folders of finished plans.
const FINISHED_FOLDERS: [&str; 4] = ["completed", "done", "archive", "archived"];

/// Whether a file is in a folder of finished plans.
pub(crate) fn is_in_finished_folder(file: &File) -> bool {
    let path = file.environment().within_roots(file.path());
    let mut folders = path.rsplit('/').skip(1);
    folders.any(|folder| FINISHED_FOLDERS.iter().any(|finished| folder.eq_ignore_ascii_case(finished)))
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    let Some(state) = plan.state_of(&status.value) else { return };
    let path = file.environment().within_roots(file.path()).to_lowercase();
    let folder = path.rsplit('/').skip(1).find_map(|folder| {
        let finished = FINISHED_FOLDERS.contains(&folder);
        let contradicts = match state {
            State::Open | State::Active | State::Blocked => finished,
            State::Done => folder == "active",
            State::Deferred | State::Cancelled => false,
        };
        (finished || folder == "active").then_some((folder, contradicts))
    });
    if let Some((folder, true)) = folder {
        let message = format!("status is `{}`, but the plan is in `{folder}/`", status.value.trim());
        findings.push(Finding::new(&RULE, status.value_range, message));
    }
}
