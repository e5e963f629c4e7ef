//! `number-out-of-place`.

use plan_model::{ItemKind, Plan};
use plan_schema::Kind;

use super::common::name;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "number-out-of-place",
    group: Group::Tasks,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "a task has the number of another phase",
    doc: "\
## What it finds

A task `3.1` under phase 2, where the tasks of the other phases have their phase's number.

## Why

The task was moved and kept its number, or the phases were renumbered.

## Example

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the books
- [x] **Task 1.2**: Copy the journals
- [ ] **Task 1.3**: Compare both sides

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
- [ ] **Task 3.1**: Remove the old index
```

## Fix

Renumber the task, or move it.
",
    check: Check::File(check),
};

/// Tasks that stand in a phase of another number, with it, by their indices, and what the phase is called.
struct Misfits(Vec<(usize, usize, String)>);

impl Misfits {
    fn of(plan: &Plan) -> Self {
        let mut fitting = 0;
        let mut misfits = Vec::new();
        for item in plan.items().filter(|item| item.kind() == ItemKind::Task) {
            let (Some(id), Some(phase)) = (item.id(), item.phase()) else { continue };
            let Some((first, _)) = id.as_str().split_once('.') else { continue };
            let Some((word, number)) = phase.id().and_then(|id| id.phase_parts()) else { continue };
            let (Ok(first), Ok(number)) = (first.parse::<u32>(), number.parse::<u32>()) else { continue };
            if first == number {
                fitting += 1;
            } else {
                misfits.push((item.index(), phase.index(), format!("{word} {number}")));
            }
        }
        // Where many do not fit, numbers mean something else there.
        Self(if fitting < 4 * misfits.len() { Vec::new() } else { misfits })
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    for (item, phase, where_) in &file.plan().of_shape(Misfits::of).0 {
        let (Some(item), Some(phase)) = (file.plan().item(*item), file.plan().item(*phase)) else { continue };
        let range = item.id_range().unwrap_or_else(|| item.title_range());
        let message = format!("`{}` stands in {where_}", name(&item));
        findings.push(Finding::new(&RULE, range, message).related(phase.title_range(), "the phase"));
    }
}
