//! The rule `depends-on-later-phase`.

use plan_model::{Item, ItemKind};
use plan_schema::DocumentKind;

use super::common::name;
use super::graph::DependencyGraph;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "depends-on-later-phase",
    group: Group::Tasks,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "task depends on a task in a later phase",
    doc: "\
## What it checks

A task or phase that depends on a later phase of the same list, or on a task in such a phase.

## Why

If phases are completed in order, one of the two tasks is in the wrong phase.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data
  - Dependencies: Task 2.1

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
  - Dependencies: Task 1.1
```

## Fix

Move one of the two tasks.

## Options

This rule is off by default, because phases may overlap. Enable it in `plansmith.toml`:

```toml
[rules]
depends-on-later-phase = \"warning\"
```
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let phase = |item: Item<'_>| {
        if item.kind() == ItemKind::Phase { Some(item.index()) } else { item.phase().map(|p| p.index()) }
    };
    for edge in &file.plan().structure_memo(DependencyGraph::of).edges {
        let (Some(dependent), Some(dependency)) = (plan.item(edge.from), plan.item(edge.to)) else {
            continue;
        };
        let same_list = dependent.scope().map(|s| s.index()) == dependency.scope().map(|s| s.index());
        if let (Some(own), Some(other)) = (phase(dependent), phase(dependency))
            && same_list
            && other > own
        {
            let message = format!(
                "`{}` depends on `{}`, which is in a later phase",
                name(&dependent),
                name(&dependency)
            );
            findings.push(
                Finding::new(&RULE, edge.name_range(plan), message)
                    .related(dependency.title_range(), "dependency"),
            );
        }
    }
}
