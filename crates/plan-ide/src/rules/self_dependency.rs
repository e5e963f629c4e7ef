//! `self-dependency`.

use plan_model::{Meant, Plan};
use plan_schema::Kind;

use super::graph::is_said;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "self-dependency",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a task or phase depends on itself",
    doc: "\
## What it finds

A task or phase whose own field names its own id.

## Why

It can never begin. Usually another id was meant.

## Example

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.2
```

## Fix

Write the id that was meant.
",
    check: Check::File(check),
};

/// The names by which an item names itself: dependencies and names in them, by their indices.
struct Circular(Vec<(usize, usize)>);

impl Circular {
    fn of(plan: &Plan) -> Self {
        let said = plan.said().iter().enumerate().filter(|(_, dependency)| is_said(dependency));
        let circular = said.flat_map(|(number, dependency)| {
            let is_own = |name: &Meant| match &name.targets[..] {
                [(_, Some(target))] => Some(*target) == dependency.owner,
                _ => false,
            };
            let names = dependency.names.iter().enumerate();
            names.filter(move |(_, name)| is_own(name)).map(move |(at, _)| (number, at))
        });
        Self(circular.collect())
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    for (dependency, name) in &plan.of_shape(Circular::of).0 {
        if let [(id, _)] = &plan.said()[*dependency].names[*name].targets[..] {
            let place = plan.place_of_name(*dependency, *name);
            findings.push(Finding::new(&RULE, place, format!("`{id}` depends on itself")));
        }
    }
}
