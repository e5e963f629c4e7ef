//! The rule `status-log-mismatch`.

use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, common::shown_status};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "status-log-mismatch",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "latest status log entry differs from the status",
    doc: "\
## What it checks

A plan whose status differs in meaning from the latest entry of its status log, a table with dates and statuses. Plansmith does not check log entries in prose, or tables whose rows do not describe the plan, such as tables with a row for each approver.

## Why

Either the log or the status was not updated.

## Example

Incorrect:

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

Correct:

```markdown
# Plan: Move the search index

**Status**: Completed

- [x] Copy the data

## Status Log

| Date | Status | Notes |
|------|--------|-------|
| 2026-02-01 | In Progress | Begun |
| 2026-03-01 | Completed | All readers moved |
```

## Fix

Set the status to the value of the latest log entry.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let (Some(status), Some(latest)) = (plan.status(), plan.latest_status()) else { return };
    let (Some(state), Some(logged), Some(written)) =
        (plan.state_of(&status.value), latest.state, latest.status)
    else {
        return;
    };
    if state == logged {
        return;
    }
    let word = written.text.trim();
    let message = format!(
        "status is `{}`, but the latest log entry ({}) is `{word}`",
        shown_status(&status.value),
        latest.date
    );
    let range = status.value_range.clone();
    let finding = Finding::new(&RULE, range.clone(), message).related(latest.range, "latest log entry");
    findings.push(if status.front_matter || word.contains(['*', '`', '[']) {
        finding
    } else {
        finding.fix(format!("Set status to `{word}`"), vec![Edit::replace(range, word)], false)
    });
}

#[cfg(test)]
mod tests {
    use super::{super::testing::check_silent, RULE};

    #[test]
    fn approvals_and_counts_are_not_logs() {
        let plan = |table: &str| format!("# Plan: Shelf\n\n**Status**: Completed\n\n- [x] T1 Saw\n\n{table}");
        let texts = [
            "| Checkpoint | Approver | Status | Date |\n|---|---|---|---|\n| Format | Ada | Approved | 2026-02-16 |\n",
            "| Reviewer | Date | Status |\n|---|---|---|\n| Ada | 2026-02-16 | Pending |\n",
        ];
        check_silent(&RULE, &texts.map(plan).each_ref().map(|text| &**text));
    }
}
