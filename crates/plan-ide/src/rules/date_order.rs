//! `date-order`.

use std::collections::HashMap;

use plan_model::{Column, ItemKind, Meaning, TableKind, Traits, date, reference};
use plan_schema::Kind;

use super::{
    common::name,
    days::{self, Day},
};

use super::{Check, Group, Rule};
use crate::{File, Finding, Place, Severity};

pub(super) const RULE: Rule = Rule {
    name: "date-order",
    group: Group::Header,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "dates or weeks that run backwards",
    doc: "\
## What it finds

A plan that was updated before it was created, whose target or expiry lies before its beginning, or whose milestone lies before it; weeks that run backwards (`Weeks 12-10`); a row of the table of phases that ends before it starts; a phase that starts before one that it depends on starts. Weeks are read from headings, tables and the bars of a timeline in a fence (`Week 3-4: Phase 2 [====]`).

## Why

One of the two dates is a slip of the keyboard, often last year's.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: 2026-03-01
**Target Completion**: 2025-04-15

- [ ] Copy the data
```

```markdown
# Plan: Move the search index

**Status**: In Progress
**Created**: 2026-03-01
**Target Completion**: 2026-04-15

## Phase 1: Copy (Weeks 1-2)

- [ ] Copy the data
```

## Fix

Correct the date that is wrong.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let days = days::header(plan);
    let day = |wanted: Meaning| days.iter().find(|day| day.meaning == wanted && day.date.is_some());
    let mut order = |early: Option<&Day>, late: Option<&Day>, message: &str| {
        let (Some(early), Some(late)) = (early, late) else { return };
        if early.date > late.date {
            findings.push(
                Finding::new(&RULE, late.place.clone(), message)
                    .related(early.place.clone(), "the other date"),
            );
        }
    };
    let created = day(Meaning::Created);
    order(created, day(Meaning::Updated), "updated before it was created");
    for meaning in [Meaning::Target, Meaning::Due] {
        order(created, day(meaning), "the target lies before the creation");
    }
    order(created, day(Meaning::Expires), "it expires before it was created");
    let target = day(Meaning::Target).or(day(Meaning::Due));
    for milestone in plan.milestones() {
        let (Some(date), Some(when)) = (milestone.date, milestone.when) else { continue };
        if let Some(created) = created.filter(|created| created.date > Some(date)) {
            let finding =
                Finding::new(&RULE, when.range.clone(), "the milestone lies before the plan's creation");
            findings.push(finding.related(created.place.clone(), "the creation"));
        } else if let Some(target) = target.filter(|target| target.date < Some(date)) {
            let finding =
                Finding::new(&RULE, when.range.clone(), "the milestone lies after the plan's target");
            findings.push(finding.related(target.place.clone(), "the target"));
        }
    }
    weeks(file, findings);
}

/// What is said in weeks: backwards ranges, rows that end before they start, phases that start before those they wait for.
fn weeks(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let mut backwards = |text: &str, start: usize| {
        if let Some(found) = date::relative(text).filter(|found| found.first > found.last) {
            let place = start + found.range.start..start + found.range.end;
            let written = text.get(found.range.clone()).unwrap_or_default();
            findings.push(Finding::new(&RULE, place, format!("`{written}` runs backwards")));
        }
    };
    for item in plan.items_with(Traits::SUFFIX) {
        if let Some((suffix, place)) = item.suffix() {
            backwards(suffix, place.start);
        }
    }
    for table in
        plan.tables().filter(|table| matches!(table.kind(), TableKind::PhaseStatus | TableKind::Milestones))
    {
        for row in table.rows() {
            for cell in
                [Column::Date, Column::Start, Column::End].into_iter().filter_map(|column| row.cell(column))
            {
                backwards(cell.text, cell.range.start);
            }
        }
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
                    Finding::new(&RULE, end.range, "it ends before it starts")
                        .related(start.range, "the start"),
                );
            }
        }
    }
    let bars = plan.text_bars();
    for bar in bars.iter().filter(|bar| bar.when.first > bar.when.last) {
        let written = file.document().slice(bar.when_range.clone());
        findings.push(Finding::new(&RULE, bar.when_range.clone(), format!("`{written}` runs backwards")));
    }
    // When a phase starts: by its heading, else by its bar.
    let mut starts: HashMap<usize, (date::Unit, u32, Place)> = HashMap::new();
    for bar in bars.iter().filter(|bar| bar.drawn && bar.when.first <= bar.when.last) {
        let value = reference::mentions(&file.document().slice(bar.name.clone()));
        let [found] = &plan.resolve(&value, bar.name.start, None)[..] else { continue };
        if let [(_, Some(item))] = found.targets[..] {
            starts.insert(item, (bar.when.unit, bar.when.first, bar.when_range.clone()));
        }
    }
    for item in plan.items_with(Traits::SUFFIX) {
        let Some((suffix, place)) = item.suffix() else { continue };
        if let Some(found) = date::relative(suffix).filter(|found| found.first <= found.last) {
            starts.insert(item.index(), (found.unit, found.first, place));
        }
    }
    if starts.is_empty() {
        return;
    }
    for edge in &file.said_graph().edges {
        let (Some(waiting), Some(waited)) = (plan.item(edge.from), plan.item(edge.to)) else { continue };
        let phases = waiting.kind() == ItemKind::Phase && waited.kind() == ItemKind::Phase;
        if let (Some((unit, own, place)), Some((other_unit, other, other_place))) =
            (starts.get(&edge.from), starts.get(&edge.to))
            && phases
            && unit == other_unit
            && own < other
        {
            let message =
                format!("`{}` starts before `{}`, which it waits for", name(&waiting), name(&waited));
            findings.push(
                Finding::new(&RULE, place.clone(), message).related(other_place.clone(), "starts later"),
            );
        }
    }
}
