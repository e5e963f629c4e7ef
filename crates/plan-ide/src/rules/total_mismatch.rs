//! `total-mismatch`.

use plan_model::Traits;
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "total-mismatch",
    group: Group::Tables,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "a total is not the sum of its parts",
    doc: "\
## What it finds

The row *Total* of a table of costs or hours, where all cells above it in the column are numbers of one kind and their sum is another one.

## Why

A line was added and the total forgotten.

## Example

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Budget

| Item | Cost |
|------|------|
| Disks | $400 |
| Hosting | $250 |
| **Total** | **$600** |
```

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Budget

| Item | Cost |
|------|------|
| Disks | $400 |
| Hosting | to be found out |
| **Total** | **$600** |
```

## Fix

Write the sum.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for table in file.plan().tables_with(Traits::TOTAL) {
        let rows = table.rows();
        let Some((last, parts)) = rows.split_last() else { continue };
        let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        if !last.is_total() || parts.len() < 2 {
            continue;
        }
        for column in 1..last.cells.len() {
            let Some(total) = number(last.cells[column].text) else { continue };
            let values: Option<Vec<Number>> =
                parts.iter().map(|row| number(row.cells.get(column)?.text)).collect();
            let Some(values) = values.filter(|values| values.iter().all(|value| value.unit == total.unit))
            else {
                continue;
            };
            let sum: f64 = values.iter().map(|value| value.value).sum();
            // A subtotal in the column would be counted twice.
            let subtotal = parts
                .iter()
                .any(|row| row.cells.first().is_some_and(|cell| bare(cell.text).contains("total")));
            if (sum - total.value).abs() < 0.005 || subtotal || total.unit == "%" {
                continue;
            }
            let shown = shown(sum, &total.text);
            let place = last.cells[column].range.start + total.at
                ..last.cells[column].range.start + total.at + total.text.len();
            let message = format!(
                "the total is `{}`, the parts give {shown}",
                last.cells[column].text.trim_matches('*')
            );
            let finding = Finding::new(&RULE, place.clone(), message);
            findings.push(finding.fix(format!("Write {shown}"), vec![Edit::replace(place, shown)], false));
        }
    }
}

/// A number with what it counts.
struct Number {
    value: f64,
    unit: String,
    /// The digits as written, and where.
    text: String,
    at: usize,
}

/// The one number of a cell.
fn number(cell: &str) -> Option<Number> {
    let start = cell.find(|c: char| c.is_ascii_digit())?;
    let length = cell[start..]
        .find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.')
        .unwrap_or(cell.len() - start);
    let text = cell[start..start + length].trim_end_matches(['.', ',']);
    let rest = &cell[start + text.len()..];
    if rest.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let unit = format!("{}{rest}", &cell[..start]);
    let unit: String = unit.chars().filter(|c| !c.is_whitespace() && *c != '*').collect();
    // `~400`, `400+`, `10k` are no plain numbers.
    if unit.contains(['~', '+', '<', '>', '≈', '-', '/', '(', 'k', 'K', 'M']) {
        return None;
    }
    let unit = unit.to_lowercase().trim_end_matches('s').to_owned();
    Some(Number { value: text.replace(',', "").parse().ok()?, unit, text: text.to_owned(), at: start })
}

/// A sum written as the old total was: with its decimals, and commas between thousands if it had some.
fn shown(sum: f64, like: &str) -> String {
    let decimals = like
        .rsplit_once('.')
        .map_or(0, |(_, decimals)| decimals.len())
        .max(usize::from(sum.fract().abs() > 0.005));
    let plain = format!("{sum:.decimals$}");
    let (whole, rest) =
        plain.split_once('.').map_or((plain.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0
            && (whole.len() - at).is_multiple_of(3)
            && (like.contains(',') || whole.len() > 4 && like.len() < 4)
        {
            out.push(',');
        }
        out.push(digit);
    }
    match rest {
        Some(rest) => format!("{out}.{rest}"),
        None => out,
    }
}
