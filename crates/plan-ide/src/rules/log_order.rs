//! `log-order`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use plan_model::{Column, TableKind, TextRange, date};
use plan_schema::Kind;
use plan_syntax::{BlockKind, outline::bytes};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "log-order",
    group: Group::Header,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
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

/// Minimum number of entries of a log.
const MIN_ENTRIES: usize = 4;

/// The dates of a log with their ranges, in document order.
type Log = Vec<(Date, TextRange)>;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let mut logs = heading_logs(file);
    logs.extend(table_logs(file));
    logs.extend(list_logs(file));
    for log in logs {
        let Some(at) = out_of_order(&log) else { continue };
        let (_, range) = &log[at];
        let written = file.document().slice(range.clone());
        let before = &log[if at == 0 { 1 } else { at - 1 }].1;
        let message = format!("log entry `{written}` is out of order");
        findings.push(Finding::new(&RULE, range.clone(), message).related(before.clone(), "adjacent entry"));
    }
    findings.sort_by_key(|finding| finding.range.start);
}

/// Returns the index of the only entry that is out of order.
fn out_of_order(log: &Log) -> Option<usize> {
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

/// Returns the logs that consist of headings that start with a date, one for each section around them.
fn heading_logs(file: &File) -> Vec<Log> {
    let mut logs: BTreeMap<(Option<usize>, u8), Log> = BTreeMap::new();
    for section in file.plan().sections().filter(plan_model::Section::has_digit) {
        let title = section.raw_title();
        let Some(found) = date::first(&title).filter(|found| is_at_start(&title, found.range.start)) else {
            continue;
        };
        let start = section.text_range().start;
        let range = start + found.range.start..start + found.range.end;
        if let Some(date) =
            found.date.filter(|_| file.document().slice(range.clone()) == title[found.range.clone()])
        {
            logs.entry((section.parent(), section.level())).or_default().push((date, range));
        }
    }
    logs.into_values().collect()
}

/// Returns the logs that are tables.
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

/// Returns the logs that are lists in a section about a log.
fn list_logs(file: &File) -> Vec<Log> {
    let plan = file.plan();
    let is_log = |title: &str| {
        let title = title.to_lowercase();
        ["log", "history", "changes", "journal", "updates"].iter().any(|word| {
            title
                .split(|c: char| !c.is_alphanumeric())
                .any(|found| found == *word || found == format!("change{word}"))
        })
    };
    let sections: Vec<_> = plan.sections().filter(|section| is_log(&section.title())).collect();
    let mut logs = Vec::new();
    for section in sections {
        let heading = section.heading_range().start;
        let Some(view) = plan.segment_view_at(heading) else { continue };
        let (start, content) = (view.start(), view.content());
        let outline = &content.outline;
        for (list, block) in outline.blocks.iter().enumerate() {
            if !matches!(block.kind, BlockKind::List { .. }) || block.parent().is_some() {
                continue;
            }
            let dates = outline.children(list).filter_map(|item| {
                let line = outline.inline(item + 1).next()?;
                let text = &content.text[bytes(line)];
                let found = date::first(text).filter(|found| is_at_start(text, found.range.start))?;
                let at = start + line.start as usize;
                Some((found.date?, at + found.range.start..at + found.range.end))
            });
            logs.push(dates.collect::<Log>());
        }
    }
    logs
}

/// Returns whether only emphasis and brackets come before an offset.
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
