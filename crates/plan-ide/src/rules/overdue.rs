//! `overdue`.

use plan_model::{Meaning, State};
use plan_schema::Kind;

use super::days;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "overdue",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "the target date has passed and the plan is not done",
    doc: "\
## What it finds

A plan with a target or due date before today whose status says that it is open, active or blocked. Today is the day on which the plan is checked.

## Why

Either it is done and the status was forgotten, or the date is worth a talk.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2026-01-15

- [ ] Copy the data
```

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2099-01-15

- [ ] Copy the data
```

## Fix

Set the status, or a new date.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(today) = days::today(file) else { return };
    let state = plan.status().and_then(|status| plan.state_of(&status.value));
    if !matches!(state, Some(State::Open | State::Active | State::Blocked)) {
        return;
    }
    let passed =
        days::header(plan).into_iter().filter(|day| matches!(day.meaning, Meaning::Target | Meaning::Due));
    for (day, date) in
        passed.filter_map(|day| Some((day.clone(), day.date?))).filter(|(_, date)| *date < today)
    {
        let days = date.until(today).map_or(0, |span| span.get_days());
        let ago = if days == 1 { "yesterday".to_owned() } else { format!("{days} days ago") };
        findings.push(Finding::new(&RULE, day.place, format!("the target date passed {ago}")));
    }
}
