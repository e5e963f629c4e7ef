//! `invalid-date`.

use std::collections::HashSet;

use plan_model::{SegmentFlags, SegmentView, TextRange};
use plan_schema::Kind;

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView, dates, text_facts::text_facts};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "invalid-date",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "date does not exist",
    doc: "\
## What it checks

A date that does not exist, such as 2026-02-30 or 2026-13-01, in a field, in a date column of a table, in a log, or in a Gantt chart. Unfilled date patterns (`YYYY-MM-DD`) are not dates.

## Why

Readers cannot tell which date was intended, and tools that sort by date skip it.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: 2026-02-30

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: YYYY-MM-DD
**Target Date**: 2028-02-29

- [ ] Copy the data
```

## Fix

Write the intended date. If day and month are swapped, Plansmith offers the corrected date.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::File(check_rest), fixes: None }),
};

fn check_rest(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if !text_facts(file).iter().any(|(_, facts)| facts.has_invalid_date) {
        return;
    }
    let charts =
        plan.segment_views_with(SegmentFlags::MERMAID).flat_map(|segment| invalid_in_charts(&segment));
    let mut reported: HashSet<usize> = charts.map(|(range, _)| range.start).collect();
    for date in dates::header_dates(plan).into_iter().chain(dates::body_dates(plan)) {
        if date.date.is_some() || !reported.insert(date.range.start) {
            continue;
        }
        let written = file.document().slice(date.range.clone());
        let finding = Finding::new(&RULE, date.range.clone(), format!("invalid date `{written}`"));
        findings.push(match swap_day_and_month(&written) {
            Some(corrected) => finding.fix(
                format!("Replace with `{corrected}`"),
                vec![Edit::replace(date.range, corrected)],
                false,
            ),
            None => finding,
        });
    }
}

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    findings.extend(invalid_in_charts(view).map(|(range, message)| Finding::new(&RULE, range, message)));
}

/// Returns the invalid dates in the Gantt charts of a segment, with their messages.
fn invalid_in_charts(segment: &SegmentView<'_>) -> impl Iterator<Item = (TextRange, String)> + use<> {
    segment.gantt_charts().into_iter().flat_map(|(start, chart)| {
        let invalid = chart.problems.iter().filter(|problem| problem.invalid_date);
        let placed = invalid
            .map(|problem| (start + problem.range.start..start + problem.range.end, problem.message.clone()));
        placed.collect::<Vec<_>>()
    })
}

/// Returns the date with day and month swapped, if that date exists.
fn swap_day_and_month(written: &str) -> Option<String> {
    let date = written.get(..10)?;
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else { return None };
    let swapped = format!("{year}-{day}-{month}");
    swapped.parse::<jiff::civil::Date>().ok()?;
    Some(format!("{swapped}{}", &written[10..]))
}
