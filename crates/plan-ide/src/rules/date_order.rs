//! The rule `date-order`.

use std::collections::HashMap;

use plan_model::{Column, ItemKind, Meaning, SegmentFlags, date, reference};
use plan_schema::DocumentKind;

use super::{
    common::name,
    dates::{self, WrittenDate},
    graph::DependencyGraph,
    text_facts::text_facts,
};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "date-order",
    group: Group::Header,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "dates or weeks in the wrong order",
    doc: "\
## What it checks

- a plan that was updated before it was created, or whose target or expiry date is before its creation date
- a plan, phase or task that is due or ends before it starts
- a milestone before the plan's creation date or after its target date
- a reversed range of weeks or dates, such as `Weeks 12-10`
- a table row that ends before it starts
- a phase that starts before a phase that it depends on

Weeks are read from headings, tables, lists, fields, and timelines drawn in code blocks (`Week 3-4: Phase 2 [====]`).

## Why

One of the two dates is probably a typo, such as a wrong year.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: 2026-03-01
**Target Completion**: 2025-04-15

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: 2026-03-01
**Target Completion**: 2026-04-15

## Phase 1: Copy (Weeks 1-2)

- [ ] Copy the data
```

## Fix

Correct the wrong date.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let dates = dates::header_dates(plan);
    let date = |wanted: Meaning| dates.iter().find(|found| found.meaning == wanted && found.date.is_some());
    let order = |findings: &mut Vec<Finding>,
                 early: Option<&WrittenDate>,
                 late: Option<&WrittenDate>,
                 message: &str,
                 related: &str| {
        let (Some(early), Some(late)) = (early, late) else { return };
        if early.date > late.date {
            let finding = Finding::new(&RULE, late.range.clone(), message);
            findings.push(finding.related(early.range.clone(), related));
        }
    };
    let created = date(Meaning::Created).or(date(Meaning::Start));
    let created_here = "created here";
    order(findings, created, date(Meaning::Updated), "last update is before the creation date", created_here);
    for meaning in [Meaning::Target, Meaning::Due] {
        order(findings, created, date(meaning), "target date is before the creation date", created_here);
    }
    order(findings, created, date(Meaning::Expires), "expiry date is before the creation date", created_here);
    let start = date(Meaning::Start);
    let is_reported = |end: &&WrittenDate| {
        end.meaning != Meaning::End && created.is_some_and(|created| created.date > end.date)
    };
    for meaning in END_FIELDS {
        let end = date(meaning).filter(|end| !is_reported(end));
        order(findings, start, end, end_message(meaning), "starts here");
    }
    for item in plan.items_with(SegmentFlags::START_FIELD) {
        let of_item = dates::item_dates(plan, &item);
        let date =
            |wanted: Meaning| of_item.iter().find(|found| found.meaning == wanted && found.date.is_some());
        for meaning in END_FIELDS {
            order(findings, date(Meaning::Start), date(meaning), end_message(meaning), "starts here");
        }
    }
    let target = date(Meaning::Target).or(date(Meaning::Due));
    for milestone in plan.milestones() {
        let (Some(date), Some(when)) = (milestone.date, milestone.when) else { continue };
        if let Some(created) = created.filter(|created| created.date > Some(date)) {
            let finding = Finding::new(&RULE, when.range.clone(), "milestone is before the creation date");
            findings.push(finding.related(created.range.clone(), "created here"));
        } else if let Some(target) = target.filter(|target| target.date < Some(date)) {
            let finding = Finding::new(&RULE, when.range.clone(), "milestone is after the target date");
            findings.push(finding.related(target.range.clone(), "target date"));
        }
    }
    weeks(file, findings);
}

/// Fields with the end of a plan, phase or task.
const END_FIELDS: [Meaning; 3] = [Meaning::End, Meaning::Due, Meaning::Target];

/// Returns the message for an end before the start.
fn end_message(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::End => "end date is before the start date",
        Meaning::Due => "due date is before the start date",
        _ => "target date is before the start date",
    }
}

/// Returns the message for a range that ends before it starts.
fn reversed_range_message(written: &str, unit: date::CalendarUnit) -> String {
    let noun = match unit {
        date::CalendarUnit::Day => "day",
        date::CalendarUnit::Week => "week",
        date::CalendarUnit::Month => "month",
    };
    format!("{noun} range `{written}` is reversed")
}

/// Reports reversed ranges, rows that end before they start, and phases that start before their dependencies.
fn weeks(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let ranges = text_facts(file).iter().flat_map(|(start, facts)| {
        let spans = facts.reversed_ranges.iter();
        spans.map(move |(span, unit)| (start + span.start as usize..start + span.end as usize, *unit))
    });
    for (start, facts) in text_facts(file) {
        for span in &facts.reversed_dates {
            let range = start + span.start as usize..start + span.end as usize;
            let written = file.document().slice(range.clone());
            findings.push(Finding::new(&RULE, range, format!("date range `{written}` is reversed")));
        }
    }
    for (range, unit) in ranges {
        let written = file.document().slice(range.clone());
        findings.push(Finding::new(&RULE, range, reversed_range_message(&written, unit)));
    }
    let has = |table: &plan_model::Table<'_>, column| table.columns().contains(&column);
    for table in plan.tables().filter(|table| has(table, Column::Start) && has(table, Column::End)) {
        for row in table.rows() {
            let (Some(start), Some(end)) = (row.cell(Column::Start), row.cell(Column::End)) else { continue };
            let date = |text: &str| date::first(text).and_then(|found| found.date);
            if let (Some(first), Some(last)) = (date(start.text), date(end.text))
                && first > last
            {
                findings.push(
                    Finding::new(&RULE, end.range, "end date is before the start date")
                        .related(start.range, "starts here"),
                );
            }
        }
    }
    let bars = plan.text_timeline_entries();
    for bar in bars.iter().filter(|bar| bar.when.first > bar.when.last) {
        let written = file.document().slice(bar.when_range.clone());
        findings.push(Finding::new(
            &RULE,
            bar.when_range.clone(),
            reversed_range_message(&written, bar.when.unit),
        ));
    }
    // The start of each phase, from its heading or from its bar in a text timeline.
    let mut starts: HashMap<usize, (date::CalendarUnit, u32, TextRange)> = HashMap::new();
    for bar in bars.iter().filter(|bar| bar.has_bar && bar.when.first <= bar.when.last) {
        let value = reference::mentions(&file.document().slice(bar.name.clone()));
        let [found] = &plan.resolve(&value, bar.name.start, None)[..] else { continue };
        if let [(_, Some(item))] = found.targets[..] {
            starts.insert(item, (bar.when.unit, bar.when.first, bar.when_range.clone()));
        }
    }
    for item in plan.items_with(SegmentFlags::HEADING_SUFFIX) {
        let Some((suffix, range)) = item.suffix() else { continue };
        if let Some(found) = date::relative(suffix).filter(|found| found.first <= found.last) {
            starts.insert(item.index(), (found.unit, found.first, range));
        }
    }
    // The start of each phase, from its fields.
    let phases = plan.items_with(SegmentFlags::START_FIELD).filter(|item| item.kind() == ItemKind::Phase);
    let dates: HashMap<usize, WrittenDate> = phases
        .filter_map(|phase| {
            let mut dates = dates::item_dates(plan, &phase).into_iter();
            let start = dates.find(|found| found.meaning == Meaning::Start && found.date.is_some())?;
            Some((phase.index(), start))
        })
        .collect();
    if starts.is_empty() && dates.is_empty() {
        return;
    }
    for edge in &file.plan().structure_memo(DependencyGraph::of).edges {
        let (Some(dependent), Some(dependency)) = (plan.item(edge.from), plan.item(edge.to)) else {
            continue;
        };
        if dependent.kind() != ItemKind::Phase || dependency.kind() != ItemKind::Phase {
            continue;
        }
        let by_weeks = starts.get(&edge.from).zip(starts.get(&edge.to)).and_then(|(own, other)| {
            let is_before = own.0 == other.0 && own.1 < other.1;
            is_before.then(|| (own.2.clone(), other.2.clone()))
        });
        let by_dates = || {
            let (own, other) = dates.get(&edge.from).zip(dates.get(&edge.to))?;
            (own.date < other.date).then(|| (own.range.clone(), other.range.clone()))
        };
        if let Some((range, other)) = by_weeks.or_else(by_dates) {
            let message =
                format!("`{}` starts before its dependency `{}`", name(&dependent), name(&dependency));
            findings.push(Finding::new(&RULE, range, message).related(other, "dependency starts here"));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn reversed_ranges() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

## Phase 1: Saw (Weeks 3-1)

- [ ] T1 Saw

## Phase 2 (Week 6 - Week 4): Glue

**Timeline**: Weeks 8–7

- [ ] T2 Glue

## Timeline

- Days 9-8: paint
- **Phase 2**: week 5 to 3

| Phase | Weeks |
|---|---|
| Saw | 1-2 |
| Glue | 4-3 |
",
            expect![[r#"
                3   | ## Phase 1: Saw (Weeks 3-1)
                    |                  ^^^^^^^^^ week range `Weeks 3-1` is reversed
                7   | ## Phase 2 (Week 6 - Week 4): Glue
                    |             ^^^^^^^^^^^^^^^ week range `Week 6 - Week 4` is reversed
                9   | **Timeline**: Weeks 8–7
                    |               ^^^^^^^^^ week range `Weeks 8–7` is reversed
                15  | - Days 9-8: paint
                    |   ^^^^^^^^ day range `Days 9-8` is reversed
                16  | - **Phase 2**: week 5 to 3
                    |                ^^^^^^^^^^^ week range `week 5 to 3` is reversed
                21  | | Glue | 4-3 |
                    |          ^^^ week range `4-3` is reversed
            "#]],
        );
    }

    #[test]
    fn ends_before_starts() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

**Created**: 2026-01-02
**Start Date**: 2026-03-02
**Due**: 2026-02-02

## Phase 1: Saw

**Start**: 2026-03-09
**End**: 2026-03-02

- [ ] T1 Saw
  - Start: 2026-03-05
  - Due: 2026-03-04
- [ ] T2 Glue
  - Start: 2026-03-05
  - Due: 2026-03-06
",
            expect![[r#"
                4   | **Start Date**: 2026-03-02
                    |                 ^^^^^^^^^^ (starts here)
                5   | **Due**: 2026-02-02
                    |          ^^^^^^^^^^ due date is before the start date
                9   | **Start**: 2026-03-09
                    |            ^^^^^^^^^^ (starts here)
                10  | **End**: 2026-03-02
                    |          ^^^^^^^^^^ end date is before the start date
                13  |   - Start: 2026-03-05
                    |            ^^^^^^^^^^ (starts here)
                14  |   - Due: 2026-03-04
                    |          ^^^^^^^^^^ due date is before the start date
            "#]],
        );
    }

    #[test]
    fn dates_of_phases_and_ranges() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

**Timeline**: 2026-10-12 to 2026-01-29 (16 weeks)

## Phase 1: Saw

**Start**: 2026-11-02

- [ ] T1 Saw

## Phase 2: Glue

**Start**: 2026-10-07
**Depends on**: Phase 1

- [ ] T2 Glue
",
            expect![[r#"
                3   | **Timeline**: 2026-10-12 to 2026-01-29 (16 weeks)
                    |               ^^^^^^^^^^^^^^^^^^^^^^^^ date range `2026-10-12 to 2026-01-29` is reversed
                7   | **Start**: 2026-11-02
                    |            ^^^^^^^^^^ (dependency starts here)
                13  | **Start**: 2026-10-07
                    |            ^^^^^^^^^^ `phase 2` starts before its dependency `phase 1`
            "#]],
        );
        check_silent(
            &RULE,
            &["\
# Plan: Move the shelf

Moved from 2026-10-12 → 2026-01-29. See 2026-10-12, 2026-01-29 and `2026-10-12 to 2026-01-29`.

- [ ] T1 Saw (2026-01-12 to 2026-01-29)
"],
        );
    }

    #[test]
    fn numbers_that_are_not_ranges() {
        check_silent(
            &RULE,
            &["\
# Plan: Move the shelf

## Week 3 - 2 carpenters

- [ ] T1 Saw in weeks 6-4 before the fair
- [ ] T2 Glue in weeks 51-2
- [ ] T3 Paint in months 11-1
- [ ] T4 Dry for 5 days, 3 in the sun
"],
        );
    }
}
