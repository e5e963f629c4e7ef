//! The rule `gantt-syntax`.

use plan_schema::DocumentKind;

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Edit, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "gantt-syntax",
    group: Group::Tables,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "invalid line in a Mermaid Gantt chart",
    doc: "\
## What it checks

Lines in a `gantt` chart that Mermaid 11 rejects or interprets in an unexpected way:

- a line without a colon, or with more values than Mermaid supports
- an invalid duration such as `28dd` or `four days`, and a date that does not match the chart's `dateFormat`
- a first task without a start, and an end date in a chart without `dateFormat`
- a name that starts with a keyword: Mermaid rejects `Call vendors`, and reads `Title search` as a title
- a keyword with a colon (`title: x`), or without a value, so that Mermaid uses the next line as its value
- the keyword `gantt` in capitals
- an ID of several tasks, of which Mermaid uses the last one
- an ID after `after` or `until` with characters other than letters, digits, `-` and `_`

Dates that do not exist are reported by `invalid-date`. Values in brackets are placeholders and are not checked.

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

Write a date or a duration that Mermaid supports: `12h`, `3d`, `2w`. Plansmith offers to remove a colon after a keyword.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: None }),
};

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for (start, chart) in view.gantt_charts() {
        for problem in chart.problems.iter().filter(|problem| !problem.invalid_date) {
            let range = start + problem.range.start..start + problem.range.end;
            let finding = Finding::new(&RULE, range, problem.message.clone());
            findings.push(match &problem.superfluous {
                Some(text) => {
                    let edit = Edit::replace(start + text.start..start + text.end, "");
                    finding.fix("Remove colon", vec![edit], false)
                }
                None => finding,
            });
        }
    }
}
