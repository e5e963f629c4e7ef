//! The rule `index-status-mismatch`.

use plan_model::{ItemKind, Link, PlanSummary, State, split_target};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, Workspace};

pub(super) const RULE: Rule = Rule {
    name: "index-status-mismatch",
    group: Group::Files,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "plan list and plan disagree on the status",
    doc: "\
## What it checks

A task or table row that consists of a link to another plan, if either the row or the linked plan is marked as done, but not both.

## Why

People read the list, but the status is maintained in the plan.

## Example

<!-- file: plans/overview.md -->
<!-- sibling: plans/0031-copy.md: # Plan: Copy\\n\\n**Status**: In Progress\\n\\n- [ ] Copy\\n -->

Incorrect, if `0031-copy.md` has the status *In Progress*:

```markdown
# Plans of this year

**Status**: In Progress

- [x] [Copy the index](0031-copy.md)
- [ ] [Move the index](0032-move.md)
```

Correct:

```markdown
# Plans of this year

**Status**: In Progress

- [ ] [Copy the index](0031-copy.md)
- [ ] [Move the index](0032-move.md)
```

## Fix

Update the checkbox in the list, or the status of the plan.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    // A comparison requires other files. The file itself may be new and not yet indexed.
    if !workspace.index.iter().any(|(path, _)| **path != *file.path()) {
        return;
    }
    let plan = file.plan();
    let links = plan.outgoing_links();
    // Only a few links target a plan with a status.
    let to_plans: Vec<(usize, String, &PlanSummary)> = links
        .iter()
        .enumerate()
        .filter_map(|(number, link)| {
            let (path, None) = split_target(link.target)? else { return None };
            let target = workspace.index.target(file.path(), &path)?;
            let work = workspace.index.get(&target)?.summary.plan.as_deref()?;
            work.status.is_some().then_some((number, target, work))
        })
        .collect();
    for (number, target, work) in to_plans {
        let link = &links[number];
        let Some(item) = plan.item_before(link.range.start).filter(|item| item.kind() == ItemKind::Task)
        else {
            continue;
        };
        let (Some(state), line) = (item.state(), item.line()) else { continue };
        // The link must be the only link in its line.
        let neighbors = [number.checked_sub(1).and_then(|before| links.get(before)), links.get(number + 1)];
        let is_inside = |other: &Link<'_>| line.start <= other.range.start && other.range.end <= line.end;
        if !is_inside(link) || neighbors.into_iter().flatten().any(is_inside) {
            continue;
        }
        // If text precedes the link, the item does not represent the plan itself.
        let title = item.title_range();
        let before = file.document().slice(title.start.min(link.range.start)..link.range.start);
        if before.chars().any(char::is_alphabetic) {
            continue;
        }
        let (Some(other), Some(text)) = (work.status, &work.status_text) else { continue };
        let is_open = |state: State| matches!(state, State::Open | State::Active | State::Blocked);
        let contradicts = state == State::Done && is_open(other) || is_open(state) && other == State::Done;
        if contradicts {
            let listed = if state == State::Done { "done" } else { "not done" };
            let message = format!("list marks the plan as {listed}, but its status is `{text}`");
            let finding = Finding::new(&RULE, link.range.clone(), message);
            findings.push(finding.related_location(target, work.status_line, "plan status"));
        }
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk};

    #[test]
    fn a_file_that_is_not_indexed_is_checked() {
        let mut index = Index::new(["/w".to_owned()]);
        let plan = File::new("/w/a.md", Document::new("# Plan: a\n\n**Status**: Done\n\n- [x] **1.1** b\n"));
        index.set(plan.path(), Some(plan.entry()));
        let list = File::new("/w/list.md", Document::new("# Plan: all\n\n- [ ] [a](a.md)\n"));
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let mut found = Vec::new();
        check(&list, &workspace, &mut found);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
