//! The rule `milestone-before-tasks`.

use plan_model::SegmentFlags;
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, dates};
use crate::{
    File, Finding, Severity,
    schedule::{ConflictKind, schedule},
};

pub(super) const RULE: Rule = Rule {
    name: "milestone-before-tasks",
    group: Group::Tasks,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "milestone is before the end of its tasks",
    doc: "\
## What it checks

A milestone with a date before the end of a task or phase that it depends on. This end comes from the dates of the task or phase, from its Gantt task, or from its estimate and its dependencies. See [how Plansmith computes the schedule](../how-to/schedule.md). Milestones in the past are not checked.

## Why

The milestone cannot be reached on its date.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Due: 2099-04-10

## Milestones

| Milestone | Date | Dependencies |
| --- | --- | --- |
| Copied | 2099-04-01 | Task 1.1 |
```

Correct:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Due: 2099-04-10

## Milestones

| Milestone | Date | Dependencies |
| --- | --- | --- |
| Copied | 2099-04-10 | Task 1.1 |
```

## Fix

Move the milestone, or finish its tasks earlier.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    // Only a milestone with a date can be too early.
    if !plan.may_have(SegmentFlags::MILESTONE) && plan.milestones().is_empty() {
        return;
    }
    let today = dates::today(file);
    let has_date = |milestone: &plan_model::Milestone<'_>| {
        milestone.date.is_some_and(|date| today.is_none_or(|today| date >= today))
    };
    if !plan.milestones().iter().any(has_date) {
        return;
    }
    for conflict in schedule(file).conflicts.iter().filter(|found| found.kind == ConflictKind::Milestone) {
        let written = plan_model::date::first(&file.document().slice(conflict.range.clone()));
        let is_past =
            written.and_then(|found| found.date).zip(today).is_some_and(|(date, today)| date < today);
        if !is_past {
            let finding = Finding::new(&RULE, conflict.range.clone(), conflict.message.clone());
            findings.push(match &conflict.related {
                Some(related) => finding.related(related.clone(), "ends later"),
                None => finding,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{check_silent, findings_among},
        RULE,
    };

    #[test]
    fn tasks_end_later() {
        let text = "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Due: 2099-04-10\n- [x] **Task 1.2**: b\n  - Due: 2099-05-10\n\n## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| A | 2099-04-01 | Tasks 1.1-1.2 |\n";
        assert_eq!(
            findings_among(&RULE, &[("/w/plan.md", text)]),
            ["milestone is on 2099-04-01, but `1.1` ends on 2099-04-10"]
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Due: 2099-04-10\n\n## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| A | 2099-04-10 | Task 1.1 |\n| B | 2099-04-01 | |\n",
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n\n## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| A | 2099-04-01 | Task 1.1 |\n",
            ],
        );
    }
}
