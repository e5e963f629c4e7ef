//! `gantt-syntax`.

use plan_schema::Kind;

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "gantt-syntax",
    group: Group::Tables,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "invalid line in a Mermaid Gantt chart",
    doc: "\
## What it checks

In a Mermaid `gantt` chart: a line without a colon, an invalid duration such as `28dd` or `four days`, a date that does not match the chart's date format, or more values than Mermaid supports. Dates that do not exist are reported by `invalid-date`. Values in brackets are placeholders and are not checked. If a chart has a date format other than `YYYY-MM-DD`, its dates are not checked.

## Why

Mermaid shows an error instead of the chart, or draws a bar of zero length.

## Example

Incorrect:

````markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :t1, 2026-03-02, four days
```
````

Correct:

````markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :t1, 2026-03-02, 4d
```
````

## Fix

Write a date or a duration that Mermaid supports: `12h`, `3d`, `2w`.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: None }),
};

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for (start, chart) in view.gantt_charts() {
        for problem in chart.problems.iter().filter(|problem| !problem.invalid_date) {
            let range = start + problem.range.start..start + problem.range.end;
            findings.push(Finding::new(&RULE, range, problem.message.clone()));
        }
    }
}
