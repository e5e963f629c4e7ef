//! `log-contradicts-status`.

use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "log-contradicts-status",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "the newest entry of the status log says something else than the status",
    doc: "\
## What it finds

A table with dates and statuses (a status log) whose newest row says another state than the plan's status. Entries in prose are no status log.

## Why

The log was kept and the status forgotten, or the other way round.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress

- [x] Copy the data

## Status Log

| Date | Status | Notes |
|------|--------|-------|
| 2026-02-01 | In Progress | Begun |
| 2026-03-01 | Completed | All readers moved |
```

## Fix

Set the status to what the log says.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let (Some(status), Some(newest)) = (plan.status(), plan.latest_status()) else { return };
    let (Some(state), Some(logged), Some(written)) =
        (plan.state_of(&status.value), newest.state, newest.status)
    else {
        return;
    };
    if state == logged {
        return;
    }
    let word = written.text.trim();
    let message =
        format!("the status is `{}`, but the log says `{word}` on {}", status.value.trim(), newest.date);
    let range = status.value_range.clone();
    let finding = Finding::new(&RULE, range.clone(), message).related(newest.range, "the newest entry");
    findings.push(if status.front_matter || word.contains(['*', '`', '[']) {
        finding
    } else {
        finding.fix(format!("Set the status to `{word}`"), vec![Edit::replace(range, word)], false)
    });
}
