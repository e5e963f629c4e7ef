//! The rule `self-dependency`.

use plan_model::{Id, Plan, ResolvedTarget};
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
                [(id, Some(target))] => {
                    Some(*target) == dependency.dependent && !name.ids.iter().any(|name| is_part_of(name, id))
                }
                _ => false,
            };
            let names = dependency.names.iter().enumerate();
            names.filter(move |(_, name)| is_own(name)).map(move |(at, _)| (number, at))
        });
        Self(own.collect())
    }
}

/// Returns whether a name denotes a part of a phase: `Phase 3a` of `Phase 3`. One part can depend on another.
fn is_part_of(name: &Id, phase: &Id) -> bool {
    let numbers = name.phase_parts().zip(phase.phase_parts());
    numbers.is_some_and(|((_, part), (_, phase))| part != phase)
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

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn own_numbers() {
        check(
            &RULE,
            "# Plan: x\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: b\n  - Dependencies: Task 1.1\n",
            expect![[r#"
                6   |   - Dependencies: Task 1.1
                    |                   ^^^^^^^^ `1.1` depends on itself
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Phase 3: a\n\n- [ ] T001 b\n\n## Dependencies\n\n- **Tests (Phase 3a)**: None\n- **Work (Phase 3b)**: Depends on Phase 3a\n",
            ],
        );
    }
}
