//! The rule `folder-status-mismatch`.

use plan_model::State;
use plan_schema::{DocumentKind, FolderMeaning, folder_meaning};

use super::{Check, Group, Rule, common::shown_status};
use crate::{File, Finding, Severity, workspace::path};

pub(super) const RULE: Rule = Rule {
    name: "folder-status-mismatch",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "status does not match the plan's folder",
    doc: "\
## What it checks

A plan in a folder called `completed` or `done` whose status is open, active or blocked, and a plan in a folder called `active` whose status is done. The nearest such folder is compared with the status. Deferred, superseded and cancelled plans may be in any folder, and a plan in an `archive` folder can have any status. Earlier versions that are kept next to a plan (`plan-v1.md`, `plan-original.md`) are not checked.

## Why

The plan was moved but its status was not updated, or its status was updated but the plan was not moved.

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

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    let Some(state) = plan.state_of(&status.value) else { return };
    let path = file.environment().within_roots(file.path());
    let Some((folder, meaning)) = folder_meaning(path) else { return };
    let contradicts = match meaning {
        FolderMeaning::Done => matches!(state, State::Open | State::Active | State::Blocked),
        FolderMeaning::Active => state == State::Done,
        // Plans can be archived in any state.
        FolderMeaning::Archived => false,
    };
    if contradicts && !is_earlier_version(path) {
        let folder = folder.to_lowercase();
        let message = format!("status is `{}`, but the plan is in `{folder}/`", shown_status(&status.value));
        findings.push(Finding::new(&RULE, status.value_range, message));
    }
}

/// Returns whether a file name marks the file as an earlier version: `plan-v1.md`, `PLAN_ORIGINAL.md`.
fn is_earlier_version(path: &str) -> bool {
    let stem = path::stem(path).to_lowercase();
    let mut words = stem.split(|c: char| !c.is_alphanumeric()).skip(1);
    words.any(|word| {
        let is_version = word
            .strip_prefix('v')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        is_version || matches!(word, "original" | "old" | "backup" | "bak" | "superseded" | "previous")
    })
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    fn count(path: &str, status: &str) -> usize {
        let text = format!("# Plan: x\n\n**Status**: {status}\n\n- [ ] a\n");
        let file = File::new(path, Document::new(&text));
        let mut findings = Vec::new();
        check(&file, &mut findings);
        findings.len()
    }

    #[test]
    fn the_nearest_folder_decides() {
        assert_eq!(count("plans/Completed/0007-x/PLAN.md", "Not Started"), 1);
        assert_eq!(count("plans/active/x.md", "Completed"), 1);
        assert_eq!(count("active/tool/docs/.archive/x.md", "Completed"), 0);
        assert_eq!(count("plans/archive/x.md", "In Progress"), 0, "an archive has plans in any state");
        assert_eq!(count("plans/completed/x.md", "Superseded"), 0);
        assert_eq!(count("plans/completed/0007-x/PLAN-v1.md", "Draft"), 0, "an earlier version");
    }
}
