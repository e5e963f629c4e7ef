//! `self-dependency`.

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

fn check(file: &File, findings: &mut Vec<Finding>) {
    for dependency in file.plan().dependencies() {
        let Some(owner) = dependency.owner.filter(|_| is_said(dependency)) else { continue };
        for name in &dependency.names {
            let [(id, Some(target))] = &name.targets[..] else { continue };
            if *target == owner {
                findings.push(Finding::new(&RULE, name.range.clone(), format!("`{id}` depends on itself")));
            }
        }
    }
}
