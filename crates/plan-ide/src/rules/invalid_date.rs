//! The rule `invalid-date`.

use std::collections::HashSet;

use plan_model::{SegmentFlags, SegmentView, TextRange};
use plan_schema::DocumentKind;

use super::{
    Check, Group, PerSegment, RestCheck, Rule, RuleView, dates,
    text_facts::{WEEKDAY_NAMES, text_facts},
};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "invalid-date",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "date does not exist",
    doc: "\
## What it checks

A date that does not exist, such as 2026-02-30 or 2026-13-01, in a field, a table, a list, a log, a heading or a Gantt chart. Unfilled date patterns (`YYYY-MM-DD`) are not dates. The name of a weekday next to a date of another weekday is reported as well: `Monday, 2026-03-03`. Dates in code, in quotation marks, and on lines about the validation of dates are not checked.

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
    for (start, facts) in text_facts(file) {
        for (span, right) in &facts.wrong_weekdays {
            let range = start + span.start as usize..start + span.end as usize;
            findings.push(wrong_weekday(&file.document().slice(range.clone()), range, WEEKDAY_NAMES[*right]));
        }
    }
    if !text_facts(file).iter().any(|(_, facts)| facts.has_invalid_date) {
        return;
    }
    let charts =
        plan.segment_views_with(SegmentFlags::MERMAID).flat_map(|segment| invalid_chart_dates(&segment));
    let mut reported: HashSet<usize> = charts.map(|(range, _)| range.start).collect();
    let in_fields = dates::header_dates(plan).into_iter().chain(dates::body_dates(plan));
    let in_fields = in_fields.filter(|date| date.date.is_none()).map(|date| date.range);
    let in_text = text_facts(file).iter().flat_map(|(start, facts)| {
        facts.invalid_dates.iter().map(move |span| start + span.start as usize..start + span.end as usize)
    });
    for range in in_fields.chain(in_text) {
        if !reported.insert(range.start) {
            continue;
        }
        let written = file.document().slice(range.clone());
        let finding = Finding::new(&RULE, range.clone(), format!("invalid date `{written}`"));
        findings.push(match swap_day_and_month(&written) {
            Some(corrected) => finding.fix(
                format!("Replace with `{corrected}`"),
                vec![Edit::replace(range, corrected)],
                false,
            ),
            None => finding,
        });
    }
}

/// Returns the finding for the name of a weekday next to a date of another weekday.
fn wrong_weekday(written: &str, range: TextRange, right: &str) -> Finding {
    let message = format!("wrong weekday `{written}`: the date is a {right}");
    let is_abbreviation = !WEEKDAY_NAMES.contains(&written);
    let name = if is_abbreviation { &right[..3] } else { right };
    let edit = Edit::replace(range.clone(), name);
    Finding::new(&RULE, range, message).fix(format!("Replace with `{name}`"), vec![edit], false)
}

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    findings.extend(invalid_chart_dates(view).map(|(range, message)| Finding::new(&RULE, range, message)));
}

/// Returns the invalid dates in the Gantt charts of a segment, with their messages.
fn invalid_chart_dates(segment: &SegmentView<'_>) -> impl Iterator<Item = (TextRange, String)> + use<> {
    segment.gantt_charts().into_iter().flat_map(|(start, chart)| {
        let invalid = chart.problems.iter().filter(|problem| problem.invalid_date);
        let with_ranges = invalid
            .map(|problem| (start + problem.range.start..start + problem.range.end, problem.message.clone()));
        with_ranges.collect::<Vec<_>>()
    })
}

/// Returns the date with day and month swapped, if that date exists.
fn swap_day_and_month(written: &str) -> Option<String> {
    let date = written.get(..10)?;
    let [year, month, day] = date.split('-').collect::<Vec<_>>()[..] else { return None };
    let with_swapped_parts = format!("{year}-{day}-{month}");
    with_swapped_parts.parse::<jiff::civil::Date>().ok()?;
    Some(format!("{with_swapped_parts}{}", &written[10..]))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn dates_in_text() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

- [ ] T1 Saw (due 2026-02-30)
- [x] T2 Glue

## Milestones

- 2026-13-01: sawn
- **2026-03-15**: glued

| Topic | When |
|---|---|
| Paint | 2026-06-31 |

### 2026-02-29

Bought wood on February 30, 2026.

- [ ] T3 Fix the errors by 2026-04-31
- **2026-04-32**: tests passed
",
            expect![[r#"
                3   | - [ ] T1 Saw (due 2026-02-30)
                    |                   ^^^^^^^^^^ invalid date `2026-02-30`
                8   | - 2026-13-01: sawn
                    |   ^^^^^^^^^^ invalid date `2026-13-01`
                13  | | Paint | 2026-06-31 |
                    |           ^^^^^^^^^^ invalid date `2026-06-31`
                15  | ### 2026-02-29
                    |     ^^^^^^^^^^ invalid date `2026-02-29`
                17  | Bought wood on February 30, 2026.
                    |                ^^^^^^^^^^^^^^^^^ invalid date `February 30, 2026`
                19  | - [ ] T3 Fix the errors by 2026-04-31
                    |                            ^^^^^^^^^^ invalid date `2026-04-31`
                20  | - **2026-04-32**: tests passed
                    |     ^^^^^^^^^^ invalid date `2026-04-32`
            "#]],
        );
    }

    #[test]
    fn weekdays() {
        check_rule(
            &RULE,
            "# Plan: x\n\n- [ ] Call on Monday 2026-03-03\n- [ ] Paint (Wed, 4 March 2026)\n- 2026-03-05 (Fri): glued\n",
            expect![[r#"
                3   | - [ ] Call on Monday 2026-03-03
                    |               ^^^^^^ wrong weekday `Monday`: the date is a Tuesday
                5   | - 2026-03-05 (Fri): glued
                    |               ^^^ wrong weekday `Fri`: the date is a Thursday
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] Call on Tuesday, 2026-03-03, or on Monday\n- [ ] Sun 2026-03-08\n",
                "# Plan: x\n\n- [ ] `Monday 2026-03-03`\n- [ ] From 2026-03-02 (Monday) to 2026-03-03 (2 days)\n",
                "# Plan: x\n\n- [ ] a\n\n```text\nMonday 2026-03-03\n```\n",
            ],
        );
    }

    #[test]
    fn dates_that_are_named_on_purpose() {
        check_silent(
            &RULE,
            &["\
# Plan: Calendar

- [ ] T1 Accept 2028-02-29
- [ ] T2 Reject 2026-02-30
- [ ] T3 Show `2026-02-30` in red
- [ ] T4 A user typed \"2026-13-45\"
- [ ] T5 Batches of 1024/64/32
- [ ] T6 The 2026-13-07-notes.md file
- [ ] T7 Show an error on 2026-02-30
- [ ] T8 2026-02-30 fails
"],
        );
    }
}
