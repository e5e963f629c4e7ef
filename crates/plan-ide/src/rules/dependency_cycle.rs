//! The rule `dependency-cycle`.

use plan_schema::DocumentKind;

use super::{
    Check, Group, Rule,
    common::name,
    graph::{DependencyEdge, DependencyGraph},
};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "dependency-cycle",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "dependency cycle between tasks or phases",
    doc: "\
## What it checks

Tasks or phases that depend on each other, directly or through other tasks or phases: 1.1 on 1.2, 1.2 on 1.3, and 1.3 on 1.1. Plansmith reports each cycle once, at its first member, and lists all dependencies of the cycle.

## Why

None of the tasks in a cycle can ever become ready.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Dependencies: Task 1.2
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1
```

Correct:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1
```

## Fix

Remove one of the dependencies.
",
    check: Check::File(check),
};

/// The cycles of a plan.
struct DependencyCycles(Vec<Vec<DependencyEdge>>);

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let cycles =
        plan.structure_memo(|plan| DependencyCycles(plan.structure_memo(DependencyGraph::of).cycles()));
    for cycle in &cycles.0 {
        let Some(first) = cycle.first() else { continue };
        let id = |index: usize| plan.item(index).map(|item| name(&item)).unwrap_or_default();
        let mut path: Vec<String> = cycle.iter().map(|edge| format!("`{}`", id(edge.from))).collect();
        path.push(format!("`{}`", id(first.from)));
        let message = format!("dependency cycle: {}", path.join(" -> "));
        let others = cycle[1..].iter().map(|edge| {
            (edge.name_range(plan), format!("`{}` depends on `{}` here", id(edge.from), id(edge.to)))
        });
        findings.push(Finding::new(&RULE, first.name_range(plan), message).list(others));
    }
}
