//! The rule `overdue`.

use plan_model::{Item, Meaning, State, TextRange};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, common, dates};
use crate::{File, Finding, Severity, next::state};

pub(super) const RULE: Rule = Rule {
    name: "overdue",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "target date has passed and plan is not done",
    doc: "\
## What it checks

A plan with a target or due date before today whose status is open, active or blocked. If the target date of such a plan is not in the past, Plansmith checks its unfinished tasks and phases, and reports due or end dates before today. A task that depends on another overdue task is not reported.

## Why

Either the plan is done and its status was not updated, or the date must be changed.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2026-01-15

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Target Completion**: 2099-01-15

- [ ] Copy the data
```

## Fix

Update the status or the date.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let before = findings.len();
    common::find_past_dates(&RULE, file, &[Meaning::Target, Meaning::Due], "target date passed", findings);
    if findings.len() == before {
        check_items(file, findings);
    }
}

/// Reports overdue items of a plan that is in progress.
fn check_items(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(today) = dates::today(file) else { return };
    let status = plan.status().and_then(|status| plan.state_of(&status.value));
    if !matches!(status, Some(State::Open | State::Active | State::Blocked)) {
        return;
    }
    let due = |item: &Item<'_>| -> Option<(TextRange, jiff::civil::Date)> {
        let is_due = |meaning| matches!(meaning, Some(Meaning::Due | Meaning::Target | Meaning::End));
        let is_open = matches!(state(item), Some(State::Open | State::Active | State::Blocked));
        if !is_open || !item.role().is_work() || item.is_optional() {
            return None;
        }
        let field = item.filled_fields().find(|field| is_due(field.meaning))?;
        let found = plan_model::date::dates(&field.value).into_iter().next_back()?;
        let start = field.value_range.start;
        Some((start + found.range.start..start + found.range.end, found.date.filter(|date| *date < today)?))
    };
    let overdue: Vec<(Item<'_>, TextRange, jiff::civil::Date)> =
        plan.items().filter_map(|item| due(&item).map(|(range, date)| (item, range, date))).collect();
    if overdue.is_empty() {
        return;
    }
    let open_dependencies = file.open_dependencies();
    let is_overdue = |index: &usize| overdue.iter().any(|(item, ..)| item.index() == *index);
    for (item, range, date) in &overdue {
        let own = std::iter::once(*item).chain(item.ancestors());
        let open_dependencies_of_item: Vec<usize> =
            own.filter_map(|item| open_dependencies.get(&item.index())).flatten().copied().collect();
        // A subtask is reported instead of its parent.
        let has_overdue_child = overdue.iter().any(|(other, ..)| item.is_ancestor_of(other));
        if open_dependencies_of_item.iter().any(is_overdue) || has_overdue_child {
            continue;
        }
        let days = date.until(today).map_or(0, |span| span.get_days());
        let late = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        let name = common::name(item);
        let message = match open_dependencies_of_item.first().and_then(|index| plan.item(*index)) {
            Some(other) => format!("`{name}` is {late} overdue and blocked by `{}`", common::name(&other)),
            None => format!("`{name}` is {late} overdue"),
        };
        findings.push(Finding::new(&RULE, range.clone(), message));
    }
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
    fn tasks_that_block_others_are_reported_once() {
        let plan = "# Plan: x\n\n**Status**: Active\n**Target**: 2026-12-01\n\n- [ ] **Task 1.1**: a\n  - Due: 2026-10-30\n- [ ] **Task 1.2**: b\n  - Due: 2026-11-01\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: c\n  - Due: 2026-11-01\n  - Dependencies: Task 1.4\n- [ ] **Task 1.4**: d\n- [x] **Task 1.5**: e\n  - Due: 2026-10-01\n";
        assert_eq!(found(plan), ["`1.1` is 3 days overdue", "`1.3` is 1 day overdue and blocked by `1.4`"]);
        assert_eq!(found(&plan.replace("2026-12-01", "2026-10-15")), ["target date passed 18 days ago"]);
        assert_eq!(found(&plan.replace("Active", "Done")), [""; 0]);
    }
}
