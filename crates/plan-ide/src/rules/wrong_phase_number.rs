//! `wrong-phase-number`.

use plan_model::{ItemKind, Plan};
use plan_schema::Kind;

use super::common::name;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "wrong-phase-number",
    group: Group::Tasks,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "task number belongs to another phase",
    doc: "\
## What it checks

A task whose number belongs to another phase, such as `3.1` in phase 2. The rule applies only if most tasks of the plan have the number of their phase.

## Why

The task was moved without changing its number, or the phases were renumbered.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the articles
- [x] **Task 1.2**: Copy the journals
- [ ] **Task 1.3**: Compare both sides

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
- [ ] **Task 3.1**: Remove the old index
```

Correct:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the articles
- [x] **Task 1.2**: Copy the journals
- [ ] **Task 1.3**: Compare both sides

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
- [ ] **Task 2.2**: Remove the old index
```

## Fix

Renumber the task, or move it to its phase.
",
    check: Check::File(check),
};

/// Tasks in a phase with another number: indices of task and phase, and the name of the phase.
struct MisplacedTasks(Vec<(usize, usize, String)>);

impl MisplacedTasks {
    fn of(plan: &Plan) -> Self {
        let mut matching = 0;
        let mut misplaced = Vec::new();
        for item in plan.items().filter(|item| item.kind() == ItemKind::Task) {
            let (Some(id), Some(phase)) = (item.id(), item.phase()) else { continue };
            let Some((first, _)) = id.as_str().split_once('.') else { continue };
            let Some((word, number)) = phase.id().and_then(|id| id.phase_parts()) else { continue };
            let (Ok(first), Ok(number)) = (first.parse::<u32>(), number.parse::<u32>()) else { continue };
            if first == number {
                matching += 1;
            } else {
                misplaced.push((item.index(), phase.index(), format!("{word} {number}")));
            }
        }
        // If many tasks do not match, task numbers do not refer to phases in this plan.
        Self(if matching < 4 * misplaced.len() { Vec::new() } else { misplaced })
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    for (item, phase, phase_name) in &file.plan().structure_memo(MisplacedTasks::of).0 {
        let (Some(item), Some(phase)) = (file.plan().item(*item), file.plan().item(*phase)) else { continue };
        let range = item.id_range().unwrap_or_else(|| item.title_range());
        let message = format!("task `{}` is in {phase_name}", name(&item));
        findings.push(Finding::new(&RULE, range, message).related(phase.title_range(), "phase"));
    }
}
