//! `invalid-date`.

use std::collections::HashSet;

use plan_model::{Part, Place, Traits};
use plan_schema::Kind;

use super::{BySegment, Check, Group, Rest, Rule, days};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "invalid-date",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a date that no calendar has",
    doc: "\
## What it finds

A date like 2026-02-30 or 2026-13-01 in a field, in a cell of a column for dates, in a log, or in a chart. Patterns that nobody filled in (`YYYY-MM-DD`) are no dates.

## Why

Nobody knows which day was meant, and tools that sort by date leave it out.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: 2026-02-30

- [ ] Copy the data
```

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: YYYY-MM-DD
**Target Date**: 2028-02-29

- [ ] Copy the data
```

## Fix

Where day and month were only swapped, they are put in order.
",
    check: Check::Segments(&BySegment { each, rest: Rest::File(rest), mend: None }),
};

fn rest(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if !file.text_facts().iter().any(|(_, facts)| facts.impossible_day) {
        return;
    }
    let charts = plan.parts_with(Traits::MERMAID).flat_map(|part| in_charts(&part));
    let mut known: HashSet<usize> = charts.map(|(place, _)| place.start).collect();
    for day in days::header(plan).into_iter().chain(days::inside(plan)) {
        if day.date.is_some() || !known.insert(day.place.start) {
            continue;
        }
        let written = file.document().slice(day.place.clone());
        let finding = Finding::new(&RULE, day.place.clone(), format!("there is no day `{written}`"));
        findings.push(match swapped(&written) {
            Some(meant) => {
                finding.fix(format!("Write `{meant}`"), vec![Edit::replace(day.place, meant)], false)
            }
            None => finding,
        });
    }
}

fn each(_: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    findings.extend(in_charts(part).map(|(place, message)| Finding::new(&RULE, place, message)));
}

/// The impossible days of a segment's charts.
fn in_charts(part: &Part<'_>) -> impl Iterator<Item = (Place, String)> + use<> {
    part.charts().into_iter().flat_map(|(start, chart)| {
        let invalid = chart.problems.iter().filter(|problem| problem.invalid_date);
        let placed = invalid
            .map(|problem| (start + problem.range.start..start + problem.range.end, problem.message.clone()));
        placed.collect::<Vec<_>>()
    })
}

/// The date with day and month swapped, if there is such a day.
fn swapped(written: &str) -> Option<String> {
    let date = written.get(..10)?;
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else { return None };
    let meant = format!("{year}-{day}-{month}");
    meant.parse::<jiff::civil::Date>().ok()?;
    Some(format!("{meant}{}", &written[10..]))
}
