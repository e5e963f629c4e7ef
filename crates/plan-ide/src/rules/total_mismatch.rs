//! The rule `total-mismatch`.

use plan_model::{Excerpt, Row, SegmentFlags, Table, split_amount};
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "total-mismatch",
    group: Group::Tables,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "total is not the sum of its rows",
    doc: "\
## What it checks

The *Total* row of a table of costs or hours, and the *Total* of a list such as `- Review: 10 hours`. The total of a list is its last or first item, the line after the list, or the item that contains the list. A total is checked only if all parts are numbers with the same unit and clearly belong to one sum. Averages, maxima, percentages, subtotals, rows with a multiplier (`Server (3x)`) and overlapping durations are not checked. A period before three digits is a thousands separator if this is common for the currency (`R$ 1.500`).

## Why

A row was added, but the total was not updated.

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
    let plan = file.plan();
    for table in plan.tables_with(SegmentFlags::TOTAL_ROW) {
        check_table(&table, findings);
    }
    for list in plan.lists_with_total() {
        let Some((last, parts)) = list.split_last() else { continue };
        let Some(total) = amount_of(last) else { continue };
        let parts: Option<Vec<SummedAmount<'_>>> =
            parts.iter().map(|part| Some(SummedAmount { cell: amount_of(part)?, is_bold: false })).collect();
        if let Some(parts) = parts {
            findings.extend(compare(&parts, &total, ""));
        }
    }
}

fn check_table<'a>(table: &Table<'a>, findings: &mut Vec<Finding>) {
    let rows = table.rows();
    let Some((last, parts)) = rows.split_last().filter(|(last, _)| last.is_total()) else { return };
    let is_multiplied = |row: &Row<'_>| row.cells.iter().take(2).any(|cell| has_multiplier(cell.text));
    let is_subtotal =
        |row: &Row<'_>| row.cells.first().is_some_and(|cell| cell.text.to_lowercase().contains("total"));
    if parts.iter().any(|row| is_multiplied(row) || is_subtotal(row)) {
        return;
    }
    let header = table.header();
    let titles: Vec<String> = header.iter().map(|title| title.text.to_lowercase()).collect();
    let has_quantities = titles.iter().any(|title| has_word(title, &["qty", "quantity", "count", "units"]));
    for column in 1..last.cells.len() {
        let Some(title) = titles.get(column) else { continue };
        let is_price = has_quantities && has_word(title, &["price", "unit", "each", "cost"]);
        if has_word(title, &NON_ADDITIVE_COLUMN_WORDS) || is_price {
            continue;
        }
        let of = |row: &Row<'a>| {
            let is_bold = row.cells.first()?.text.starts_with("**");
            Some(SummedAmount { cell: row.cells.get(column)?.clone(), is_bold })
        };
        let cells: Option<Vec<SummedAmount<'a>>> = parts.iter().map(of).collect();
        if let Some(cells) = cells {
            findings.extend(compare(&cells, &last.cells[column], title));
        }
    }
}

/// Words in titles of columns whose values must not be added: means, levels, and prices of one unit.
const NON_ADDITIVE_COLUMN_WORDS: [&str; 23] = [
    "average",
    "avg",
    "mean",
    "median",
    "rate",
    "ratio",
    "score",
    "scores",
    "rating",
    "percent",
    "percentage",
    "max",
    "maximum",
    "min",
    "minimum",
    "peak",
    "per",
    "unit",
    "each",
    "coverage",
    "priority",
    "version",
    "year",
];

/// Words in titles of columns with calendar times, which overlap if work is done in parallel.
const CALENDAR: [&str; 6] = ["duration", "timeline", "elapsed", "calendar", "schedule", "weeks"];

/// An amount that a total may include.
struct SummedAmount<'a> {
    cell: Excerpt<'a>,
    is_bold: bool,
}

/// Compares a total with the sum of its parts. Reports a mismatch only if the parts clearly belong to one sum.
fn compare(parts: &[SummedAmount<'_>], total: &Excerpt<'_>, title: &str) -> Option<Finding> {
    let stated = number(total.text)?;
    let numbers: Vec<ParsedNumber> =
        parts.iter().map(|part| number(part.cell.text)).collect::<Option<_>>()?;
    // Measured times overlap, and a total of them includes more than the rows.
    let unit = total.text.trim_matches(|c: char| c.is_ascii_digit() || matches!(c, '*' | '.' | ',' | ' '));
    let is_measured_time = ["s", "sec", "secs", "ms"].contains(&unit);
    if numbers.len() < 2
        || stated.unit.contains('%')
        || is_measured_time
        || numbers.iter().any(|part| part.unit != stated.unit)
    {
        return None;
    }
    let written = || numbers.iter().chain([&stated]).map(|number| &*number.text);
    let notations = DecimalNotation::of(written(), &stated.unit);
    let fits = |notation: &DecimalNotation| {
        let values: Option<Vec<f64>> = numbers.iter().map(|part| notation.value(&part.text)).collect();
        let (Some(values), Some(stated)) = (values, notation.value(&stated.text)) else { return true };
        let equals = |sum: f64| (sum - stated).abs() < 0.005;
        let sum: f64 = values.iter().sum();
        // Bold rows may be subtotals of the rows below them.
        let sum_of = |bold: bool| -> f64 {
            let values = values.iter().zip(parts).filter(|(_, part)| part.is_bold == bold);
            values.map(|(value, _)| value).sum()
        };
        let has_subtotals = parts.iter().any(|part| part.is_bold) && parts.iter().any(|part| !part.is_bold);
        // A total that is not greater than one of its parts is a mean, a maximum or the last level.
        let is_level = values.iter().any(|value| *value >= stated && stated != 0.0);
        let is_calendar = has_word(title, &CALENDAR) && stated < sum;
        has_subtotals && (equals(sum_of(true)) || equals(sum_of(false)) || sum_of(true) > 0.0)
            || equals(sum)
            || equals(sum / 2.0)
            || is_level
            || is_calendar
    };
    let [notation] = &notations[..] else {
        return None;
    };
    if fits(notation) {
        return None;
    }
    let values = numbers.iter().filter_map(|part| notation.value(&part.text));
    let shown = notation.format(values.sum(), &stated.text);
    let (start, length) = (total.range.start + stated.offset, stated.text.len());
    let range = start..start + length;
    let text = total.text.trim_matches('*');
    let expected = text.replacen(&stated.text, &shown, 1);
    let message = format!("total is `{text}`, but the rows add up to `{expected}`");
    let finding = Finding::new(&RULE, range.clone(), message);
    Some(finding.fix(format!("Replace with `{expected}`"), vec![Edit::replace(range, shown)], false))
}

/// Returns whether a lower-case title contains one of the words.
fn has_word(title: &str, words: &[&str]) -> bool {
    title.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
}

/// Returns whether a label contains a multiplier: `Server (3x)`, `2 × disk`.
fn has_multiplier(label: &str) -> bool {
    label.match_indices(['x', 'X', '×']).any(|(at, sign)| {
        let (before, after) = (&label[..at], &label[at + sign.len()..]);
        let is_factor = before.trim_end().ends_with(|c: char| c.is_ascii_digit())
            && !after.starts_with(|c: char| c.is_alphanumeric());
        let is_count = after.trim_start().starts_with(|c: char| c.is_ascii_digit())
            && !before.ends_with(char::is_alphanumeric)
            && !after.starts_with("86");
        is_factor || is_count
    })
}

/// Returns the amount of a list item: the text after its label.
fn amount_of<'a>(item: &Excerpt<'a>) -> Option<Excerpt<'a>> {
    let (_, amount) = split_amount(item.text)?;
    let rest = amount.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
    let start = item.text.len() - rest.len();
    Some(Excerpt { text: rest, range: item.range.start + start..item.range.end })
}

/// A number with its unit.
struct ParsedNumber {
    unit: String,
    /// The digits and separators as written.
    text: String,
    /// Offset of the digits in the cell.
    offset: usize,
}

/// Returns the number in a cell; `None` if the cell has no number, several numbers or an approximate one.
fn number(cell: &str) -> Option<ParsedNumber> {
    let start = cell.find(|c: char| c.is_ascii_digit())?;
    let length = cell[start..]
        .find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.')
        .unwrap_or(cell.len() - start);
    let text = cell[start..start + length].trim_end_matches(['.', ',']);
    let rest = &cell[start + text.len()..];
    // `10/20`, `+3`, `-5`, `~400`, `400+`, `10k` are not exact amounts.
    let is_scaled = rest.starts_with(['k', 'K', 'M', 'x', 'X', '×', '-', '–']);
    if is_scaled || rest.contains(|c: char| c.is_ascii_digit()) || cell[..start].contains(['-', '−', '/']) {
        return None;
    }
    let unit = format!("{}{rest}", &cell[..start]);
    let unit: String = unit.chars().filter(|c| !c.is_whitespace() && *c != '*').collect();
    if unit.contains(['~', '+', '<', '>', '≈', '(', '?']) {
        return None;
    }
    let unit = unit.to_lowercase().trim_end_matches('s').to_owned();
    Some(ParsedNumber { unit, text: text.to_owned(), offset: start })
}

/// Notation of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DecimalNotation {
    /// `1,200.50`.
    Point,
    /// `1.200,50`.
    Comma,
}

impl DecimalNotation {
    /// Returns the notations in which all numbers are valid; an unambiguous result has one element.
    fn of<'t>(numbers: impl Iterator<Item = &'t str>, unit: &str) -> Vec<Self> {
        let numbers: Vec<&str> = numbers.collect();
        let possible = [Self::Point, Self::Comma]
            .into_iter()
            .filter(|notation| numbers.iter().all(|number| notation.value(number).is_some()));
        let mut possible: Vec<Self> = possible.collect();
        if possible.len() > 1 {
            let has = |separator: char| numbers.iter().any(|number| number.contains(separator));
            // `1.200` and `1,200` are valid in both notations. The unit or other separators in the column determine
            // the notation.
            let points = ["r$", "€", "eur", "kr", "zł", "₫", "rp"].iter().any(|sign| unit.contains(sign));
            match (has('.'), has(',')) {
                (false, false) | (false, true) => possible.truncate(1),
                (true, _) if points => drop(possible.remove(0)),
                (true, _) => {}
            }
        }
        possible
    }

    /// Returns the value of a number; `None` if it is not written in this notation.
    fn value(self, number: &str) -> Option<f64> {
        let (group, decimal) = if self == Self::Point { (',', '.') } else { ('.', ',') };
        let (whole, fraction) =
            number.split_once(decimal).map_or((number, None), |(whole, rest)| (whole, Some(rest)));
        let mut groups = whole.split(group);
        let first = groups.next()?;
        let is_grouped = whole.contains(group);
        let are_groups =
            groups.all(|group| group.len() == 3) && (!is_grouped || (1..=3).contains(&first.len()));
        // `0.125` has no groups of thousands.
        if !are_groups
            || is_grouped && first.starts_with('0')
            || fraction.is_some_and(|rest| rest.contains(group))
        {
            return None;
        }
        let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
        format!("{digits}.{}", fraction.unwrap_or("0")).parse().ok()
    }

    /// Formats a sum like the stated total: with the same number of decimals, and with separators between thousands if
    /// it has any.
    fn format(self, sum: f64, stated: &str) -> String {
        let (group, decimal) = if self == Self::Point { (',', '.') } else { ('.', ',') };
        let decimals = stated
            .rsplit_once(decimal)
            .map_or(0, |(_, decimals)| decimals.len())
            .max(usize::from((sum - sum.round()).abs() > 0.005));
        let plain = format!("{sum:.decimals$}");
        let (whole, rest) =
            plain.split_once('.').map_or((plain.as_str(), None), |(whole, rest)| (whole, Some(rest)));
        let has_groups = stated.contains(group) || whole.len() > 4 && stated.len() < 4;
        let mut out = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) && has_groups {
                out.push(group);
            }
            out.push(digit);
        }
        match rest {
            Some(rest) => format!("{out}{decimal}{rest}"),
            None => out,
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
    fn tables_and_lists() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

- [ ] T1 Move it

| Item | Cost |
|------|------|
| Wood | $1,400 |
| Nails | $250 |
| **Total** | **$1,600** |

| Posten | Kosten |
|------|------|
| Holz | 1.400,50 € |
| Leim | 250 € |
| **Total** | **1.600,50 €** |

### Time

- Sawing: 40 hours
- Gluing: 10 hours
- **Total**: 45 hours
",
            expect![[r#"
                9   | | **Total** | **$1,600** |
                    |                  ^^^^^ total is `$1,600`, but the rows add up to `$1,650`
                15  | | **Total** | **1.600,50 €** |
                    |                 ^^^^^^^^ total is `1.600,50 €`, but the rows add up to `1.650,50 €`
                21  | - **Total**: 45 hours
                    |              ^^ total is `45 hours`, but the rows add up to `50 hours`
            "#]],
        );
    }

    #[test]
    fn totals_around_lists() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

- [ ] T1 Move it

### Days

- Sawing: 4 days
- Gluing: 1 day
- Oiling: 3 days

**Total**: 9 days

### Time

- Total: 60 hours
- Sawing: 40 hours
- Gluing: 10 hours

### Money

- Total cost — $600
  - Wood — $400
  - Glue — $250
",
            expect![[r#"
                11  | **Total**: 9 days
                    |            ^ total is `9 days`, but the rows add up to `8 days`
                15  | - Total: 60 hours
                    |          ^^ total is `60 hours`, but the rows add up to `50 hours`
                21  | - Total cost — $600
                    |                 ^^^ total is `$600`, but the rows add up to `$650`
            "#]],
        );
    }

    #[test]
    fn totals_that_are_not_sums() {
        let table = |title: &str, parts: &[(&str, &str)], total: &str| {
            let rows: String = parts.iter().map(|(label, part)| format!("| {label} | {part} |\n")).collect();
            format!(
                "# Plan: Shelf\n\n- [ ] T1 Move it\n\n| Part | {title} |\n|---|---|\n{rows}| **Total** | {total} |\n"
            )
        };
        let texts = [
            // These are a mean, a level, and a column of means.
            table("Points", &[("A", "6.7"), ("B", "4.0")], "5.4"),
            table("Contracts", &[("Q1", "10"), ("Q2", "25"), ("Q3", "100")], "100"),
            table("Average", &[("A", "1"), ("B", "2")], "4"),
            // Subtotals.
            table(
                "Hours",
                &[("**MVP 1**", "5h"), ("Back", "2h"), ("Front", "3h"), ("**MVP 2**", "4h"), ("Rest", "4h")],
                "9h",
            ),
            table("Hours", &[("A", "2"), ("B", "3"), ("Both", "5")], "5"),
            table("Hours", &[("A", "2"), ("B", "3"), ("Subtotal", "5"), ("C", "2")], "8"),
            // Multiples, percentages, other units.
            table("CPU", &[("Master", "2 vCPU"), ("Worker (3x)", "4 vCPU")], "14 vCPU"),
            table("Done", &[("A", "80%"), ("B", "90%")], "85%"),
            table("Speed", &[("A", "95% faster"), ("B", "40% faster")], "100% faster"),
            table("Cost", &[("A", "$500/month"), ("B", "$90")], "$1200"),
            // Periods separate thousands, but only the currency makes this certain.
            table("Cost", &[("A", "R$ 500"), ("B", "R$ 1.250"), ("C", "R$ 7.500")], "R$ 9.250"),
            table("Cost", &[("A", "1.250"), ("B", "2.500")], "9.000"),
            // Work in parallel.
            table("Duration", &[("A", "3 weeks"), ("B", "4 weeks")], "5 weeks"),
        ];
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a\n\n| Suite | Time |\n|---|---|\n| a | 0.16s |\n| b | 0.80s |\n| **Total** | **2.65s** |\n",
            ],
        );
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
        check_silent(
            &RULE,
            &[
                "# Plan: Shelf\n\n- [ ] T1 Move it\n\n### Budget\n\n- Wood: $500/month\n- Glue: $90 one-time\n- **Total**: $1200\n",
                "# Plan: Shelf\n\n- [ ] T1 Move it\n\n### Budget\n\n- Wood: $500\n- Glue: $90\n- **Total**: $590\n",
                "# Plan: Shelf\n\n- [ ] T1 Move it\n\n### Budget\n\n- Wood: $500\n  - Oak: $300\n- Glue: $90\n- **Total**: $890\n",
            ],
        );
    }
}
