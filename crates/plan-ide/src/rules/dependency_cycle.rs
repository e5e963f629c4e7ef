//! `dependency-cycle`.

use plan_schema::Kind;

use super::{
    Check, Group, Rule,
    common::name,
    graph::{Edge, Graph},
};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "dependency-cycle",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "tasks or phases wait for each other in a circle",
    doc: "\
## What it finds

Tasks or phases that wait for each other: 1.1 for 1.2, 1.2 for 1.3, 1.3 for 1.1. A circle is said once, at its first member; the others are listed with it.

## Why

None of them can begin.

## Example

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Dependencies: Task 1.2
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1
```

## Fix

Take one of the dependencies away.
",
    check: Check::File(check),
};

/// The circles of a plan.
struct Circles(Vec<Vec<Edge>>);

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let circles = plan.of_shape(|plan| Circles(plan.of_shape(Graph::of).circles()));
    for circle in &circles.0 {
        let Some(first) = circle.first() else { continue };
        let id = |index: usize| plan.item(index).map(|item| name(&item)).unwrap_or_default();
        let mut path: Vec<String> = circle.iter().map(|edge| format!("`{}`", id(edge.from))).collect();
        path.push(format!("`{}`", id(first.from)));
        let message = format!("a circle of dependencies: {}", path.join(" waits for "));
        let others = circle[1..]
            .iter()
            .map(|edge| (edge.place(plan), format!("`{}` waits for `{}`", id(edge.from), id(edge.to))));
        findings.push(Finding::new(&RULE, first.place(plan), message).list(others));
    }
}
