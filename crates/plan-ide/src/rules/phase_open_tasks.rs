//! The rule `phase-open-tasks`.

use std::collections::HashSet;

use plan_model::{Column, Item, ItemKind, State, TextRange};
use plan_schema::DocumentKind;

use super::common::{
    DoneWithOpenChildren, completion_edits, is_certain_evidence, is_study, name, open_tasks, plural,
    state_source_range,
};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, editing::states::phase_rows};

pub(super) const RULE: Rule = Rule {
    name: "phase-open-tasks",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "phase is marked done but has open tasks",
    doc: "\
## What it checks

A phase that is marked as done while some of its tasks are open. The marker can be in its heading (`✅`, `[COMPLETED]`), in a status field below the heading, or in its row of the phase table. Approvals, questions and other tasks that `status-open-tasks` ignores are also ignored here. If three or more phases are affected, the document probably does not use checkboxes consistently, so Plansmith reports them as one finding. Plansmith does not report phases if `status-open-tasks` already reports the plan. The severity is `hint` in the same cases as for `status-open-tasks`.

## Why

Either some work was forgotten, or the checkboxes were not updated. The phase status and the progress counted from the checkboxes cannot both be correct.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy ✅

- [x] Copy the data
- [ ] Compare both sides

## Phase 2: Switch

- [ ] Switch the readers over
```

Correct, because deferred tasks do not count:

```markdown
# Plan: Move the search index

## Phase 1: Copy ✅

- [x] Copy the data
- [ ] Compare both sides (deferred to Q3)

## Phase 2: Switch

- [ ] Switch the readers over
```

## Fix

If the open tasks are done, mark them as done.
",
    check: Check::File(check),
};

/// Minimum number of affected phases that are reported as one finding.
const MIN_AFFECTED_PHASES: usize = 3;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if is_study(file) {
        return;
    }
    let phases = DoneWithOpenChildren::all(plan, ItemKind::Phase).into_iter();
    let mut found: Vec<(Item<'_>, TextRange, Vec<Item<'_>>)> =
        phases.map(|(phase, open)| (phase, state_source_range(&phase, State::Done), open)).collect();
    // Rows of the phase table can mark phases as done even if their headings do not.
    let headings: HashSet<usize> = found.iter().map(|(phase, ..)| phase.index()).collect();
    let mut rows = HashSet::new();
    for (phase, row) in phase_rows(file) {
        let done = row.cell(Column::Status).filter(|cell| plan.state_of(cell.text) == Some(State::Done));
        let Some(cell) = done else { continue };
        let open = open_tasks(&phase);
        let is_reported = headings.contains(&phase.index()) || rows.contains(&phase.index());
        if !open.is_empty() && !is_reported {
            rows.insert(phase.index());
            found.push((phase, cell.range, open));
        }
    }
    found.sort_by_key(|(_, range, _)| range.start);
    let message = |phase: &Item<'_>, open: &[Item<'_>]| {
        let tasks = plural(phase.progress().total, "task");
        let verb = if open.len() == 1 { "is" } else { "are" };
        format!("phase is marked done, but {} of {tasks} {verb} open", open.len())
    };
    if found.len() >= MIN_AFFECTED_PHASES {
        let count = found.len();
        let (first, range, open) = &found[0];
        let message = format!("{} ({count} phases affected)", message(first, open));
        let others = found[1..].iter().map(|(phase, range, open)| {
            (range.clone(), format!("`{}`: {}", name(phase), plural(open.len(), "open task")))
        });
        let mut finding = Finding::new(&RULE, range.clone(), message).list(others);
        if !found.iter().any(|(_, _, open)| is_certain_evidence(file, open)) {
            finding.severity = Some(Severity::Hint);
        }
        findings.push(finding);
        return;
    }
    for (phase, range, open) in found {
        let listed = open.iter().map(|task| (task.line(), format!("open: {}", task.title())));
        let mut finding = Finding::new(&RULE, range, message(&phase, &open)).list(listed);
        if !is_certain_evidence(file, &open) {
            finding.severity = Some(Severity::Hint);
        }
        let edits = completion_edits(file, &open);
        findings.push(if edits.is_empty() {
            finding
        } else {
            finding.fix("Complete open tasks in phase", edits, false)
        });
    }
}
