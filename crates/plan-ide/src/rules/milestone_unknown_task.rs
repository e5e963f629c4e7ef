//! `milestone-unknown-task`.

use plan_model::{Id, Reach};
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "milestone-unknown-task",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a milestone names a task or phase that there is not",
    doc: "\
## What it finds

A cell of a table of milestones that holds nothing but ids, one of which is no task or phase of the plan, though the plan has others of its kind.

## Why

Nobody can tell when the milestone is reached.

## Example

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides

## Milestones

| Milestone | Date | Dependencies |
|-----------|------|--------------|
| Copied | 2026-04-01 | Task 1.1, Task 1.7 |
```

## Fix

Write the id that was meant.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let ids: Vec<&Id> = plan.items().filter_map(|item| item.id()).collect();
    for milestone in plan.milestones() {
        for name in &milestone.tasks {
            let [id] = &name.ids[..] else { continue };
            // Ids of tasks and phases that have a word before them, or dots: a bare number may be anything.
            let kin = match id.phase_parts() {
                Some((word, _)) => {
                    ids.iter().any(|other| other.phase_parts().is_some_and(|(known, _)| known == word))
                }
                None => {
                    let dots = |id: &Id| id.as_str().matches('.').count();
                    !id.is_plain()
                        && ids.iter().any(|other| other.prefix() == id.prefix() && dots(other) == dots(id))
                }
            };
            if name.reach == Reach::Nowhere && kin && id.plan_number().is_none() {
                findings.push(Finding::new(&RULE, name.range.clone(), format!("there is no `{id}`")));
            }
        }
    }
}
