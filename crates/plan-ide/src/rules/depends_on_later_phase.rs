//! `depends-on-later-phase`.

use plan_model::{Item, ItemKind};
use plan_schema::Kind;

use super::common::name;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "depends-on-later-phase",
    group: Group::Tasks,
    severity: None,
    applies_to: &[Kind::Plan],
    summary: "a task waits for one of a later phase",
    doc: "\
## What it finds

A task or phase that depends on one of a phase that comes later in the same list. It is off until it is switched on: phases may overlap.

## Why

Where phases follow each other, the task is in the wrong one.

## Example

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data
  - Dependencies: Task 2.1

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
```

## Fix

Move one of the two.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let phase = |item: Item<'_>| {
        if item.kind() == ItemKind::Phase { Some(item.index()) } else { item.phase().map(|p| p.index()) }
    };
    for edge in &file.said_graph().edges {
        let (Some(waiting), Some(waited)) = (plan.item(edge.from), plan.item(edge.to)) else { continue };
        let same_list = waiting.scope().map(|s| s.index()) == waited.scope().map(|s| s.index());
        if let (Some(own), Some(other)) = (phase(waiting), phase(waited))
            && same_list
            && other > own
        {
            let message =
                format!("`{}` waits for `{}`, which comes in a later phase", name(&waiting), name(&waited));
            findings
                .push(Finding::new(&RULE, edge.place(plan), message).related(waited.title_range(), "later"));
        }
    }
}
