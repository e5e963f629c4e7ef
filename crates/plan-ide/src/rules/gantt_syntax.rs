//! `gantt-syntax`.

use plan_model::Part;
use plan_schema::Kind;

use super::{BySegment, Check, Group, Rest, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "gantt-syntax",
    group: Group::Tables,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a chart has a line that mermaid rejects or draws wrongly",
    doc: "\
## What it finds

In a mermaid block with a `gantt` chart: a line without a colon, a duration such as `28dd` or `four days`, a date that is not in the chart's format, more parts than mermaid knows. A day that the calendar does not have is found by `invalid-date`. Parts in brackets are placeholders, and charts with a date format other than `YYYY-MM-DD` are looked at only for their form.

## Why

Mermaid shows an error instead of the chart, or, worse, a bar of no length.

## Example

````markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :t1, 2026-03-02, four days
```
````

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

Write a date or a duration that mermaid knows: 12h, 3d, 2w.
",
    check: Check::Segments(&BySegment { each, rest: Rest::Nothing, mend: None }),
};

fn each(_: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    for (start, chart) in part.charts() {
        for problem in chart.problems.iter().filter(|problem| !problem.invalid_date) {
            let place = start + problem.range.start..start + problem.range.end;
            findings.push(Finding::new(&RULE, place, problem.message.clone()));
        }
    }
}
