//! Completion of estimates in a field or cell: durations in the unit and spelling of the document.

use std::collections::HashMap;

use plan_model::{Column, Meaning, Plan, quantity};

use super::{
    Completion,
    context::CompletionContext,
    values::{OfferedValue, replacing},
};

/// Maximum number of estimates that are offered.
const MAX_OFFERED_ESTIMATES: usize = 5;

/// Maximum number of estimates from which the unit is derived.
const MAX_ESTIMATES_READ: usize = 200;

pub(super) fn estimates(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(value) = context.value() else { return Vec::new() };
    let is_estimate = match value.column {
        Some(column) => column == Column::Estimate,
        None => matches!(value.meaning, Some(Meaning::Estimate | Meaning::Duration)),
    };
    if !is_estimate {
        return Vec::new();
    }
    let texts = texts(context.file.plan(), value.range.start, MAX_OFFERED_ESTIMATES).into_iter();
    let offers = texts.map(|text| OfferedValue { text, detail: "estimate".to_owned() });
    replacing(context, value, offers.collect())
}

/// Returns estimates of one to `count` units, in the unit and spelling of a plan.
pub(crate) fn estimate_texts(plan: &Plan, count: usize) -> Vec<String> {
    texts(plan, usize::MAX, count)
}

/// Returns estimates of one to `count` units in the spelling of a plan. The value at the offset `except` is ignored.
fn texts(plan: &Plan, except: usize, count: usize) -> Vec<String> {
    let (gap, unit) = spelling(plan, except);
    let texts = (1..=count).map(|count| {
        // `1 day`, `2 days`
        let single = if count == 1 && unit.len() > 2 { unit.trim_end_matches('s') } else { &unit };
        let plural = if count > 1 && unit.len() > 2 && !unit.ends_with('s') { "s" } else { "" };
        format!("{count}{gap}{single}{plural}")
    });
    texts.collect()
}

/// Returns the most frequent separator and unit of the estimates in a document. The value at the offset `here` is
/// ignored.
fn spelling(plan: &Plan, here: usize) -> (String, String) {
    let mut texts: Vec<String> = plan
        .field_values(Meaning::Estimate)
        .chain(plan.field_values(Meaning::Duration))
        .filter(|value| value.range.start != here)
        .take(MAX_ESTIMATES_READ)
        .map(|value| value.text.to_owned())
        .collect();
    for table in plan.tables().filter(|table| table.columns().contains(&Column::Estimate)).take(8) {
        let rows = table.rows();
        let cells = rows.iter().filter_map(|row| row.cell(Column::Estimate));
        texts.extend(cells.filter(|cell| cell.range.start != here).map(|cell| cell.text.to_owned()));
    }
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for text in &texts {
        let Some(found) = quantity::duration(text) else { continue };
        let written = text.get(found.range).unwrap_or_default();
        let digits = written.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
        let tail = &written[digits..];
        let unit = tail.trim_start_matches([' ', '\t', '+', '-']);
        let gap = if tail.starts_with(' ') { " " } else { "" };
        // `day` and `days` are the same unit.
        let unit = if unit.len() > 2 { unit.trim_end_matches('s') } else { unit };
        *seen.entry((gap.to_owned(), unit.to_owned())).or_default() += 1;
    }
    let most = seen.into_iter().max_by(|(a, count), (b, other)| count.cmp(other).then_with(|| b.cmp(a)));
    most.map_or_else(|| (String::new(), "d".to_owned()), |(spelling, _)| spelling)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check;

    #[test]
    fn uses_the_unit_of_the_document() {
        let plan = "# Plan: x\n\n- [ ] 1.1 a\n  - Estimate: 2 days\n- [ ] 1.2 b\n  - Estimate: 1 day\n- [ ] 1.3 c\n  - Estimate: 3h\n- [ ] 1.4 d\n";
        check(
            &format!("{plan}  - Estimate: $0\n"),
            expect![[r#"
            1 day (estimate):   - Estimate: 1 day
            2 days (estimate):   - Estimate: 2 days
            3 days (estimate):   - Estimate: 3 days
            4 days (estimate):   - Estimate: 4 days
            5 days (estimate):   - Estimate: 5 days"#]],
        );
        check(
            "# Plan: x\n\n- [ ] 1.1 a\n  - Effort: $0\n",
            expect![[r#"
            1d (estimate):   - Effort: 1d
            2d (estimate):   - Effort: 2d
            3d (estimate):   - Effort: 3d
            4d (estimate):   - Effort: 4d
            5d (estimate):   - Effort: 5d"#]],
        );
    }
}
