//! `expired`.

use plan_model::{Meaning, State};
use plan_schema::Kind;

use super::days;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "expired",
    group: Group::Header,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "the plan has expired and is not done",
    doc: "\
## What it finds

A plan with an expiry before today whose status says that it is open, active or blocked. Today is the day on which the plan is checked.

## Why

Whoever set an expiry wanted the plan to be looked at again by then.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress
**Expires**: 2026-01-15

- [ ] Copy the data
```

```markdown
# Plan: Move the search index

**Status**: In Progress
**Expires**: 2099-01-15

- [ ] Copy the data
```

## Fix

Look at the plan again, then set a new date or the status.
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
    let passed = days::header(plan).into_iter().filter(|day| matches!(day.meaning, Meaning::Expires));
    for (day, date) in
        passed.filter_map(|day| Some((day.clone(), day.date?))).filter(|(_, date)| *date < today)
    {
        let days = date.until(today).map_or(0, |span| span.get_days());
        let ago = if days == 1 { "yesterday".to_owned() } else { format!("{days} days ago") };
        findings.push(Finding::new(&RULE, day.place, format!("the plan expired {ago}")));
    }
}
