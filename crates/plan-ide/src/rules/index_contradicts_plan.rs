//! `index-contradicts-plan`.

use plan_model::{ItemKind, Link, State, Work, split_target};
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, Workspace};

pub(super) const RULE: Rule = Rule {
    name: "index-contradicts-plan",
    group: Group::Files,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan, Kind::Checklist],
    summary: "a list of plans says something else of a plan than the plan itself",
    doc: "\
## What it finds

A task or a row that is nothing but a link to another plan, whose box or status says that the plan is done while the plan's own status says that it is not, or the other way round.

## Why

The list is what people look at, the plan is what was kept.

## Example

<!-- file: plans/overview.md -->
<!-- beside: plans/0031-copy.md: # Plan: Copy\\\\n\\\\n**Status**: In Progress\\\\n\\\\n- [ ] Copy\\\\n -->

```markdown
# Plans of this year

**Status**: In Progress

- [x] [Copy the index](0031-copy.md)
- [ ] [Move the index](0032-move.md)
```

## Fix

Set the box, or the status of the plan.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    // Alone in the world it contradicts nobody. It need not be in the index itself: a new file is not.
    if !workspace.index.iter().any(|(path, _)| **path != *file.path()) {
        return;
    }
    let plan = file.plan();
    let links = plan.links_out();
    // Few links lead to a plan with a status.
    let to_plans: Vec<(usize, String, &Work)> = links
        .iter()
        .enumerate()
        .filter_map(|(number, link)| {
            let (path, None) = split_target(link.target)? else { return None };
            let target = workspace.index.target(file.path(), &path)?;
            let work = workspace.index.get(&target)?.summary.work.as_deref()?;
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
        // The only link of its line.
        let neighbours = [number.checked_sub(1).and_then(|before| links.get(before)), links.get(number + 1)];
        let is_inside = |other: &Link<'_>| line.start <= other.range.start && other.range.end <= line.end;
        if !is_inside(link) || neighbours.into_iter().flatten().any(is_inside) {
            continue;
        }
        // The item is the plan, not something about it: the link is its whole name, or the rest only remarks.
        let title = item.title_range();
        let before = file.document().slice(title.start.min(link.range.start)..link.range.start);
        if before.chars().any(char::is_alphabetic) {
            continue;
        }
        let (Some(other), Some(text)) = (work.status, &work.status_text) else { continue };
        let is_open = |state: State| matches!(state, State::Open | State::Active | State::Blocked);
        let contradicts = state == State::Done && is_open(other) || is_open(state) && other == State::Done;
        if contradicts {
            let says = if state == State::Done { "done" } else { "not done" };
            let message = format!("the list says that the plan is {says}, the plan says `{text}`");
            let finding = Finding::new(&RULE, link.range.clone(), message);
            findings.push(finding.elsewhere(target, work.status_line, "the plan's status"));
        }
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk};

    #[test]
    fn a_new_file_need_not_be_in_the_index() {
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
