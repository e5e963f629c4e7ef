//! The rule `log-order`.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jiff::civil::Date;
use plan_model::{Column, TableKind, TextRange, date};
use plan_schema::DocumentKind;
use plan_syntax::{Block, BlockKind, Content, SegmentSpan, outline::bytes};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "log-order",
    group: Group::Header,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "log entry is out of order",
    doc: "\
## What it checks

An entry of a log whose date is out of order. A log is a table, a list, or a series of headings that start with dates, in ascending or descending order. An entry is reported only if the log has at least four entries and all other entries are in order.

## Why

The date is probably a typo, often last year's date.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Log

- 2025-12-18: Asked for disks
- 2025-12-20: Got the disks
- 2025-01-08: Copied the articles
- 2026-01-15: Compared both sides
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Log

- 2025-12-18: Asked for disks
- 2025-12-20: Got the disks
- 2026-01-08: Copied the articles
- 2026-01-15: Compared both sides
```

## Fix

Correct the date, or move the entry.
",
    check: Check::File(check),
};

/// Minimum number of entries in a log that is checked.
const MIN_ENTRIES: usize = 4;

/// The dates of a log with their ranges, in document order.
type Log = Vec<(Date, TextRange)>;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let mut logs = segment_logs(file);
    logs.extend(table_logs(file));
    for log in logs {
        let Some(at) = out_of_order_entry(&log) else { continue };
        let (_, range) = &log[at];
        let written = file.document().slice(range.clone());
        let before = &log[if at == 0 { 1 } else { at - 1 }].1;
        let message = format!("log entry `{written}` is out of order");
        findings.push(Finding::new(&RULE, range.clone(), message).related(before.clone(), "adjacent entry"));
    }
    findings.sort_by_key(|finding| finding.range.start);
}

/// Returns the index of the only entry that is out of order.
fn out_of_order_entry(log: &Log) -> Option<usize> {
    if log.len() < MIN_ENTRIES {
        return None;
    }
    let dates: Vec<Date> = log.iter().map(|(date, _)| *date).collect();
    let rises = dates.windows(2).filter(|pair| pair[0] < pair[1]).count();
    let falls = dates.windows(2).filter(|pair| pair[0] > pair[1]).count();
    let is_rising = rises > falls;
    if rises.min(falls) != 1 || rises == falls {
        return None;
    }
    let is_wrong = |a: Date, b: Date| if is_rising { a > b } else { a < b };
    let at = dates.windows(2).position(|pair| is_wrong(pair[0], pair[1]))?;
    let is_ordered_without = |left_out: usize| {
        let rest: Vec<Date> =
            dates.iter().enumerate().filter(|(index, _)| *index != left_out).map(|(_, date)| *date).collect();
        rest.windows(2).all(|pair| !is_wrong(pair[0], pair[1]))
    };
    [at + 1, at].into_iter().find(|index| is_ordered_without(*index))
}

/// The dates of a segment that can belong to logs, with spans relative to its start.
#[derive(Default)]
struct SegmentDates {
    /// The date that the heading starts with.
    heading: Option<(Date, SegmentSpan)>,
    /// The dates at the start of list items, for each list in a section about a log.
    lists: Vec<Vec<(Date, SegmentSpan)>>,
}

impl SegmentDates {
    fn of(content: &Content) -> &Self {
        static NO_DATES: LazyLock<Arc<SegmentDates>> = LazyLock::new(Arc::default);
        content.memo_or(&NO_DATES, |content| {
            let outline = &content.outline;
            let is_heading = |block: &Block| matches!(block.kind, BlockKind::Heading { .. });
            let line =
                outline.blocks.first().filter(|block| is_heading(block)).and(outline.inline(0).next())?;
            let title = &content.text[bytes(line)];
            let lists = if is_log_title(title) { list_dates(content) } else { Vec::new() };
            let found = Self { heading: date_at_start(content, line), lists };
            (found.heading.is_some() || !found.lists.is_empty()).then_some(found)
        })
    }
}

/// Returns the date at the start of a line.
fn date_at_start(content: &Content, line: &SegmentSpan) -> Option<(Date, SegmentSpan)> {
    let text = &content.text[bytes(line)];
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let found = date::first(text).filter(|found| is_at_start(text, found.range.start))?;
    let at = |offset: usize| line.start + offset as u32;
    Some((found.date?, at(found.range.start)..at(found.range.end)))
}

/// Returns the dates at the start of the items of each top-level list.
fn list_dates(content: &Content) -> Vec<Vec<(Date, SegmentSpan)>> {
    let outline = &content.outline;
    let blocks = outline.blocks.iter().enumerate();
    let lists =
        blocks.filter(|(_, block)| matches!(block.kind, BlockKind::List { .. }) && block.parent().is_none());
    let dates = |list: usize| -> Vec<(Date, SegmentSpan)> {
        let lines = outline.children(list).filter_map(|item| outline.inline(item + 1).next());
        lines.filter_map(|line| date_at_start(content, line)).collect()
    };
    lists.map(|(list, _)| dates(list)).collect()
}

fn is_log_title(title: &str) -> bool {
    let title = title.to_lowercase();
    ["log", "history", "changes", "journal", "updates"].iter().any(|word| {
        title
            .split(|c: char| !c.is_alphanumeric())
            .any(|found| found == *word || found == format!("change{word}"))
    })
}

/// Returns the logs that consist of headings that start with a date, one for each section around them, and those that
/// are lists in a section about a log.
fn segment_logs(file: &File) -> Vec<Log> {
    let mut headings: BTreeMap<(Option<usize>, u8), Log> = BTreeMap::new();
    let mut lists: Vec<Log> = Vec::new();
    for view in file.plan().segment_views() {
        let dates = SegmentDates::of(view.content());
        let shifted = |(date, span): &(Date, SegmentSpan)| {
            (*date, view.start() + span.start as usize..view.start() + span.end as usize)
        };
        if let (Some(found), Some(section)) = (&dates.heading, view.sections().next()) {
            headings.entry((section.parent(), section.level())).or_default().push(shifted(found));
        }
        lists.extend(dates.lists.iter().map(|list| list.iter().map(shifted).collect()));
    }
    headings.into_values().chain(lists).collect()
}

fn table_logs(file: &File) -> Vec<Log> {
    let tables = file
        .plan()
        .tables()
        .filter(|table| matches!(table.kind(), TableKind::StatusLog | TableKind::ChangeLog));
    let log = |table: plan_model::Table<'_>| {
        let dates = table.rows().into_iter().filter_map(|row| {
            let cell = row.cell(Column::Date)?;
            let found = date::first(cell.text)?;
            let start = cell.range.start;
            Some((found.date?, start + found.range.start..start + found.range.end))
        });
        dates.collect::<Log>()
    };
    tables.map(log).collect()
}

/// Returns whether only emphasis and brackets precede an offset.
fn is_at_start(text: &str, at: usize) -> bool {
    text[..at].chars().all(|c| matches!(c, '*' | '_' | '[' | '(' | ' '))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn tables_and_headings() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

- [ ] T1 Saw

## Status log

| Date | Status | Note |
|---|---|---|
| 2026-04-02 | Done | b |
| 2026-03-01 | In Progress | a |
| 2026-03-20 | In Progress | c |
| 2026-02-11 | Planned | d |

## Progress

### 2026-01-05

### 2026-01-09: glue

### 2025-01-12

### 2026-01-13
",
            expect![[r#"
                10  | | 2026-03-01 | In Progress | a |
                    |   ^^^^^^^^^^ (adjacent entry)
                11  | | 2026-03-20 | In Progress | c |
                    |   ^^^^^^^^^^ log entry `2026-03-20` is out of order
                18  | ### 2026-01-09: glue
                    |     ^^^^^^^^^^ (adjacent entry)
                20  | ### 2025-01-12
                    |     ^^^^^^^^^^ log entry `2025-01-12` is out of order
            "#]],
        );
    }

    #[test]
    fn other_orders() {
        let log = |dates: &[&str]| {
            let items: String = dates.iter().map(|date| format!("- **{date}**: a\n")).collect();
            format!("# Plan: Shelf\n\n- [ ] T1 Saw\n\n## Log\n\n{items}")
        };
        let texts = [
            log(&["2026-01-01", "2026-01-01", "2026-01-02", "2026-01-03"]),
            log(&["2026-01-04", "2026-01-03", "2026-01-02", "2026-01-01"]),
            log(&["2026-01-04", "2026-01-01", "2026-01-05", "2026-01-02", "2026-01-06"]),
            log(&["2026-01-04", "2026-01-01", "2026-01-05"]),
            log(&["2026-01-04", "2026-01-01", "2026-01-05"]).replace("## Log", "## Dates"),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
