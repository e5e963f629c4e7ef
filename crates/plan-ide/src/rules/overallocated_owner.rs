//! The rule `overallocated-owner`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use plan_model::{Meaning, TextRange, plain};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{
    File, Finding,
    schedule::{EntryKind, schedule},
};

pub(super) const RULE: Rule = Rule {
    name: "overallocated-owner",
    group: Group::Tasks,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "owner has more than a day's work on one day",
    doc: "\
## What it checks

An owner whose unfinished tasks overlap in the schedule and need more than a day's work per day. If a task has an estimate in hours, only these hours count. The owner of a phase does not count as the owner of its tasks. See [how Plansmith computes the schedule](../how-to/schedule.md).

## Why

The schedule does not move tasks because of their owners. This rule is for teams that plan the work of each person.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Owner: Ada
  - Start: 2099-03-02
  - Due: 2099-03-06
- [ ] **Task 1.2**: Switch the readers over
  - Owner: Ada
  - Start: 2099-03-04
  - Due: 2099-03-05
```

Correct:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
  - Owner: Ada
  - Start: 2099-03-02
  - Due: 2099-03-06
- [ ] **Task 1.2**: Switch the readers over
  - Owner: Grace
  - Start: 2099-03-04
  - Due: 2099-03-05
```

## Fix

Move one of the tasks, or assign it to another owner.

## Options

This rule is off by default. Enable it in `plansmith.toml`:

```toml
[rules]
overallocated-owner = \"hint\"
```
",
    check: Check::File(check),
};

/// A task that is assigned to a person.
struct Assignment {
    start: Date,
    end: Date,
    /// Share of each working day.
    load: f64,
    range: TextRange,
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let found = schedule(file);
    let mut owners: BTreeMap<String, Vec<Assignment>> = BTreeMap::new();
    for entry in found.entries.iter().filter(|entry| entry.kind == EntryKind::Task && entry.slack.is_some()) {
        let (Some(start), Some(end)) = (entry.start, entry.end) else { continue };
        let Some(item) = entry.item.and_then(|item| plan.item(item)).filter(|_| !entry.is_rolled_up) else {
            continue;
        };
        // The owner of a phase is responsible for it, but does not do all of its tasks.
        let Some(owner) = item.field(Meaning::Owner) else { continue };
        let days = found.calendar.count(start, end).max(1) as f64;
        let hours =
            item.field(Meaning::Estimate).and_then(|field| plan_model::quantity::duration(&field.value));
        let load = hours.map_or(1.0, |hours| found.calendar.exact_days(&hours) / days).min(1.0);
        // Several people share the task.
        let names: Vec<String> =
            plain(&owner.value).split([',', '&', '/']).map(|name| name.trim().to_owned()).collect();
        let load = load / names.len() as f64;
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            owners.entry(name).or_default().push(Assignment {
                start,
                end,
                load,
                range: owner.value_range.clone(),
            });
        }
    }
    for (owner, mut tasks) in owners {
        tasks.sort_by_key(|task| (task.start, task.range.start));
        // The load of an owner increases only on the first day of a task, so only these days are checked.
        let first = (0..tasks.len().min(MAX_ASSIGNMENTS)).find_map(|index| {
            let day = tasks[index].start;
            let same_day = tasks[..=index].iter().filter(|task| task.start <= day && day <= task.end);
            let (count, load) = same_day.fold((0, 0.0), |sum, task| (sum.0 + 1, sum.1 + task.load));
            (load > 1.0 + 1e-9).then_some((index, day, count))
        });
        if let Some((index, day, count)) = first {
            let message = format!("`{owner}` has {count} tasks on {day}, more than a day's work");
            findings.push(Finding::new(&RULE, tasks[index].range.clone(), message));
        }
    }
    findings.sort_by_key(|finding| finding.range.start);
}

/// Maximum number of tasks of an owner that are compared.
const MAX_ASSIGNMENTS: usize = 1000;
