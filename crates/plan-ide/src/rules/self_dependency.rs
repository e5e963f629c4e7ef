//! The rule `self-dependency`.

use plan_model::{Plan, ResolvedTarget};
use plan_schema::DocumentKind;

use super::graph::is_explicit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "self-dependency",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "task or phase depends on itself",
    doc: "\
## What it checks

A task or phase whose dependencies include its own ID.

## Why

Such a task or phase can never become ready. A different ID was probably intended.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.2
```

Correct:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1
```

## Fix

Write the intended ID.
",
    check: Check::File(check),
};

/// The names by which items refer to themselves: indices of dependencies, and of names in them.
struct SelfDependencies(Vec<(usize, usize)>);

impl SelfDependencies {
    fn of(plan: &Plan) -> Self {
        let explicit =
            plan.dependencies().iter().enumerate().filter(|(_, dependency)| is_explicit(dependency));
        let own = explicit.flat_map(|(number, dependency)| {
            let is_own = |name: &ResolvedTarget| match &name.targets[..] {
                [(_, Some(target))] => Some(*target) == dependency.dependent,
                _ => false,
            };
            let names = dependency.names.iter().enumerate();
            names.filter(move |(_, name)| is_own(name)).map(move |(at, _)| (number, at))
        });
        Self(own.collect())
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    for (dependency, name) in &plan.structure_memo(SelfDependencies::of).0 {
        if let [(id, _)] = &plan.dependencies()[*dependency].names[*name].targets[..] {
            let range = plan.name_range(*dependency, *name);
            findings.push(Finding::new(&RULE, range, format!("`{id}` depends on itself")));
        }
    }
}
