//! `total-mismatch`.

use plan_model::SegmentFlags;
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "total-mismatch",
    group: Group::Tables,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "total is not the sum of its rows",
    doc: "\
## What it checks

The *Total* row of a table of costs or hours. It is checked if all cells above it in the column are numbers with the same unit.

## Why

A row was added and the total was not updated.

## Example

Incorrect:

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

Correct, because a cell without a number makes the sum unknown:

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

Replace the total with the sum.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for table in file.plan().tables_with(SegmentFlags::TOTAL_ROW) {
        let rows = table.rows();
        let Some((last, parts)) = rows.split_last() else { continue };
        let words = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
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
                .any(|row| row.cells.first().is_some_and(|cell| words(cell.text).contains("total")));
            if (sum - total.value).abs() < 0.005 || subtotal || total.unit == "%" {
                continue;
            }
            let shown = format_sum(sum, &total.text);
            let stated = last.cells[column].text.trim_matches('*');
            let range = last.cells[column].range.start + total.offset
                ..last.cells[column].range.start + total.offset + total.text.len();
            let expected = stated.replacen(&total.text, &shown, 1);
            let message = format!("total is `{stated}`, but the rows add up to `{expected}`");
            let finding = Finding::new(&RULE, range.clone(), message);
            findings.push(finding.fix(
                format!("Replace with `{expected}`"),
                vec![Edit::replace(range, shown)],
                false,
            ));
        }
    }
}

/// A number with its unit.
struct Number {
    value: f64,
    unit: String,
    /// The digits as written.
    text: String,
    /// Offset of the digits in the cell.
    offset: usize,
}

/// Returns the number in a cell; `None` if the cell has no number, several numbers or an approximate one.
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
    // `~400`, `400+`, `10k` are approximate.
    if unit.contains(['~', '+', '<', '>', '≈', '-', '/', '(', 'k', 'K', 'M']) {
        return None;
    }
    let unit = unit.to_lowercase().trim_end_matches('s').to_owned();
    Some(Number { value: text.replace(',', "").parse().ok()?, unit, text: text.to_owned(), offset: start })
}

/// Formats a sum like the stated total: with the same number of decimals, and with commas between thousands if it has
/// any.
fn format_sum(sum: f64, stated: &str) -> String {
    let decimals = stated
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
            && (stated.contains(',') || whole.len() > 4 && stated.len() < 4)
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
