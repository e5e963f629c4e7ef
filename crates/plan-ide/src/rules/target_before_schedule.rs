//! The rule `target-before-schedule`.

use plan_model::{Meaning, State};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, dates};
use crate::{
    File, Finding, Severity,
    schedule::{DateSource, ScheduleEntry, schedule, stated_schedule},
};

pub(super) const RULE: Rule = Rule {
    name: "target-before-schedule",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "target date is before the end of the schedule",
    doc: "\
## What it checks

A plan whose schedule ends after its target date. The schedule is computed from the dates, weeks, estimates and dependencies in the plan. See [how Plansmith computes the schedule](../how-to/schedule.md). Only stated dependencies count: phases are not assumed to follow each other. A target date in the past is reported by [`overdue`](overdue.md).

## Why

According to its own dates and estimates, the plan will not be done in time.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2099-04-15

- [ ] **Task 1.1**: Copy the data
  - Due: 2099-04-20
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2099-04-30

- [ ] **Task 1.1**: Copy the data
  - Due: 2099-04-20
```

## Fix

Move the target date, or shorten the plan. `plansmith schedule FILE` shows the critical path.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let target = dates::header_dates(plan)
        .into_iter()
        .find(|found| matches!(found.meaning, Meaning::Target | Meaning::Due) && found.date.is_some());
    let (Some(target), Some(today)) = (target, dates::today(file)) else { return };
    let Some(date) = target.date.filter(|date| *date >= today) else { return };
    let state = plan.status().and_then(|status| plan.state_of(&status.value));
    if matches!(state, Some(State::Done | State::Cancelled | State::Deferred)) || file.is_archived() {
        return;
    }
    let is_after = |entry: &&ScheduleEntry| {
        let is_open = matches!(entry.state, None | Some(State::Open | State::Active | State::Blocked));
        entry.item.is_some() && is_open && entry.source != DateSource::None && entry.end > Some(date)
    };
    if !schedule(file).entries.iter().any(|entry| is_after(&entry)) {
        return;
    }
    let strict = stated_schedule(file);
    let late = strict.entries.iter().filter(|entry| is_after(entry) && !entry.is_rolled_up);
    let Some(last) = late.max_by_key(|entry| entry.end) else { return };
    let Some(end) = last.end else { return };
    let message = format!("target date is {date}, but the schedule ends on {end}");
    let finding = Finding::new(&RULE, target.range, message);
    findings.push(finding.related(last.range.clone(), "ends last"));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plan_syntax::Document;

    use super::*;
    use crate::Environment;

    fn found(text: &str) -> Vec<String> {
        let environment = Environment { today: Some("2026-11-02".into()), ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(text), Arc::new(environment));
        let mut findings = Vec::new();
        check(&file, &mut findings);
        findings.into_iter().map(|finding| finding.message.to_string()).collect()
    }

    #[test]
    fn schedules_after_the_target() {
        let plan = |target: &str, rest: &str| {
            format!(
                "# Plan: x\n\n**Status**: Active\n**Target**: {target}\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: a\n  - Estimate: 1 week\n\n## Phase 2: b\n\n- [ ] **Task 2.1**: b\n  - Estimate: 1 week\n{rest}"
            )
        };
        let dependency = "  - Dependencies: Task 1.1\n";
        assert_eq!(
            found(&plan("2026-11-12", dependency)),
            ["target date is 2026-11-12, but the schedule ends on 2026-11-13"]
        );
        assert_eq!(found(&plan("2026-11-13", dependency)), [""; 0]);
        assert_eq!(found(&plan("2026-11-12", "")), [""; 0], "the order of phases is an assumption");
        assert_eq!(found(&plan("2026-11-01", dependency)), [""; 0], "`overdue` reports it");
        assert_eq!(found(&plan("2026-11-12", dependency).replace("Active", "Done")), [""; 0]);
    }
}
