//! `phase-open-tasks`.

use std::collections::HashSet;

use plan_model::{Column, Item, ItemKind, Place, State};
use plan_schema::Kind;

use super::common::{DoneTooSoon, are, name, open_tasks, place_of_state, ticks};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, editing::states::phase_rows};

pub(super) const RULE: Rule = Rule {
    name: "phase-open-tasks",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "a phase is marked as done, but tasks in it are open",
    doc: "\
## What it finds

A phase that is marked as done, by its heading (`✅`, `[COMPLETED]`), a status field below it or its row in the table of phases, while boxes in it are open. Where three phases or more are like that, ticking boxes is not the document's habit, and it is said once. Nothing is said where the status of the whole plan says the same (`status-open-tasks`).

## Why

Either work was forgotten, or the boxes were. Progress counted from the boxes is wrong in both cases.

## Example

```markdown
# Plan: Move the search index

## Phase 1: Copy ✅

- [x] Copy the data
- [ ] Compare both sides

## Phase 2: Switch

- [ ] Switch the readers over
```

Nothing is found where what is open was put off:

```markdown
# Plan: Move the search index

## Phase 1: Copy ✅

- [x] Copy the data
- [ ] Compare both sides (deferred to Q3)

## Phase 2: Switch

- [ ] Switch the readers over
```

## Fix

Mark the open tasks as done, if they are.
",
    check: Check::File(check),
};

/// From so many phases on it is the document's habit.
const HABIT: usize = 3;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let phases = DoneTooSoon::all(plan, ItemKind::Phase).into_iter();
    let mut found: Vec<(Item<'_>, Place, Vec<Item<'_>>)> =
        phases.map(|(phase, open)| (phase, place_of_state(&phase, State::Done), open)).collect();
    // A row of the table of phases speaks of a phase that has a heading of its own.
    let headings: HashSet<usize> = found.iter().map(|(phase, ..)| phase.index()).collect();
    let mut rows = HashSet::new();
    for (phase, row) in phase_rows(file) {
        let done = row.cell(Column::Status).filter(|cell| plan.state_of(cell.text) == Some(State::Done));
        let Some(cell) = done else { continue };
        let open = open_tasks(&phase);
        let known = headings.contains(&phase.index()) || rows.contains(&phase.index());
        if !open.is_empty() && !known {
            rows.insert(phase.index());
            found.push((phase, cell.range, open));
        }
    }
    found.sort_by_key(|(_, place, _)| place.start);
    let says = |phase: &Item<'_>, open: &[Item<'_>]| {
        let of = phase.progress().total;
        format!(
            "the phase is marked as done, but {} open of {of}",
            are(open.len(), "task").replace(" is", "").replace(" are", "")
                + if open.len() == 1 { " is" } else { " are" }
        )
    };
    if found.len() >= HABIT {
        let count = found.len();
        let (first, place, open) = &found[0];
        let message = format!("{}; so it is with {count} phases", says(first, open));
        let others = found[1..]
            .iter()
            .map(|(phase, place, open)| (place.clone(), format!("{}: {} open", name(phase), open.len())));
        findings.push(Finding::new(&RULE, place.clone(), message).list(others));
        return;
    }
    for (phase, place, open) in found {
        let listed = open.iter().map(|task| (task.line(), format!("open: {}", task.title())));
        let finding = Finding::new(&RULE, place, says(&phase, &open)).list(listed);
        let edits = ticks(file, &open);
        findings.push(if edits.is_empty() {
            finding
        } else {
            finding.fix("Mark the open tasks of the phase as done", edits, false)
        });
    }
}
