//! Completion of dates in date fields and cells: today and near dates, ends of phases, dates of milestones. Dates that
//! would be in the wrong order are not offered.

use jiff::{ToSpan, civil::Date};
use plan_model::{Column, ItemKind, Meaning, date};

use super::{
    Completion,
    context::{CompletionContext, CursorValue},
    values::{OfferedValue, replacing},
};
use crate::File;

pub(super) fn dates(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(value) = context.value() else { return Vec::new() };
    let meaning = match (value.column, value.meaning) {
        (Some(Column::Date | Column::Start | Column::End), _) => Meaning::Date,
        (None, Some(meaning)) if is_date(meaning) => meaning,
        _ => return Vec::new(),
    };
    replacing(context, value, offers(context, value, meaning))
}

fn is_date(meaning: Meaning) -> bool {
    use Meaning::{Created, Date, Due, End, Expires, Reviewed, Start, Target, Updated};
    matches!(meaning, Created | Start | End | Updated | Target | Due | Expires | Reviewed | Date)
}

fn offers(context: &CompletionContext<'_>, value: &CursorValue, meaning: Meaning) -> Vec<OfferedValue> {
    let file = context.file;
    let today = file.environment().today.as_ref().and_then(|today| today.parse::<Date>().ok());
    let (first, last) = bounds(context, value, meaning);
    let mut found: Vec<(Date, String)> = Vec::new();
    if let Some(today) = today {
        let later = |days: i64| today.checked_add(days.days()).ok();
        let named = [
            (Some(today), "today"),
            (later(1), "tomorrow"),
            (later(7), "in a week"),
            (later(14), "in two weeks"),
            (Some(today.last_of_month()), "end of month"),
        ];
        found.extend(named.into_iter().filter_map(|(date, detail)| Some((date?, detail.to_owned()))));
    }
    if !matches!(meaning, Meaning::Created | Meaning::Updated | Meaning::Reviewed) {
        found.extend(ends_of_phases(file));
        for milestone in file.plan().milestones().into_iter().take(20) {
            let is_at_cursor =
                milestone.when.as_ref().is_some_and(|when| when.range.start == value.range.start);
            if let Some(date) = milestone.date.filter(|_| !is_at_cursor) {
                found.push((date, milestone.title.text.to_owned()));
            }
        }
    }
    let mut offers: Vec<OfferedValue> = Vec::new();
    for (date, detail) in found {
        let past = today.is_some_and(|today| date < today) && is_ahead(meaning);
        let text = date.to_string();
        let in_order = first.is_none_or(|first| first <= date) && last.is_none_or(|last| date <= last);
        if in_order && !past && !offers.iter().any(|known| known.text == text) {
            offers.push(OfferedValue { text, detail });
        }
    }
    offers
}

/// Returns whether dates with this meaning are in the future while the plan is not done.
fn is_ahead(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Target | Meaning::Due | Meaning::Expires)
}

/// Returns the earliest and the latest date that is consistent with the other dates. `None` means no limit.
fn bounds(
    context: &CompletionContext<'_>,
    value: &CursorValue,
    meaning: Meaning,
) -> (Option<Date>, Option<Date>) {
    let plan = context.file.plan();
    let (mut first, mut last): (Option<Date>, Option<Date>) = (None, None);
    let mut at_least = |date: Option<Date>| first = first.max(date);
    let mut at_most = |date: Option<Date>| {
        last = match (last, date) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    };
    let day = |text: &str| date::first(text).and_then(|found| found.date);
    let fields: Vec<(Meaning, Option<Date>, bool)> = plan
        .fields()
        .into_iter()
        .filter_map(|field| {
            let is_at_cursor = field.key_range.start == value.key_offset;
            Some((field.meaning?, day(&context.file.document().slice(field.value_range)), is_at_cursor))
        })
        .collect();
    let is_header = fields.iter().any(|(.., is_at_cursor)| *is_at_cursor);
    let of = |wanted: Meaning| fields.iter().find(|field| field.0 == wanted && !field.2).and_then(|f| f.1);
    let milestones = || plan.milestones().into_iter().filter_map(|milestone| milestone.date);
    if value.column.is_some() {
        at_least(of(Meaning::Created).or(of(Meaning::Start)));
        at_most(of(Meaning::Target).or(of(Meaning::Due)));
        let table = plan.tables().find(|table| table.range().contains(&value.key_offset));
        if let Some(table) = table {
            let rows = table.rows();
            let row = rows.iter().find(|row| row.range.start == value.key_offset);
            let other = |column: Column| day(row?.cell(column)?.text);
            match value.column {
                Some(Column::Start) => at_most(other(Column::End)),
                Some(Column::End) => at_least(other(Column::Start)),
                _ => {}
            }
        }
        return (first, last);
    }
    if !is_header {
        return (None, None);
    }
    match meaning {
        Meaning::Created | Meaning::Start => {
            for later in [Meaning::Updated, Meaning::Target, Meaning::Due, Meaning::Expires] {
                at_most(of(later));
            }
            at_most(milestones().min());
        }
        Meaning::Target | Meaning::Due => {
            at_least(of(Meaning::Created).or(of(Meaning::Start)));
            at_least(milestones().max());
        }
        Meaning::Updated | Meaning::Expires => at_least(of(Meaning::Created)),
        _ => {}
    }
    (first, last)
}

/// Returns the end dates of phases with a relative schedule such as `Weeks 1-2`, counted from the plan's creation date.
/// Each date has the name of its phase.
fn ends_of_phases(file: &File) -> Vec<(Date, String)> {
    let plan = file.plan();
    let created = plan.field(Meaning::Created).and_then(|field| date::first(&field.value)?.date);
    let Some(start) = created else { return Vec::new() };
    let phases = plan.items().filter(|item| item.kind() == ItemKind::Phase);
    let ends = phases.filter_map(|phase| {
        let when = date::relative(phase.suffix()?.0)?;
        let end = match when.unit {
            date::CalendarUnit::Day => start.checked_add((i64::from(when.last) - 1).days()),
            date::CalendarUnit::Week => start.checked_add((i64::from(when.last) * 7 - 1).days()),
            date::CalendarUnit::Month => start.checked_add(i64::from(when.last).months()),
        };
        let name = phase.id().map_or_else(|| phase.title(), ToString::to_string);
        Some((end.ok()?, format!("end of {name}")))
    });
    ends.take(20).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check;

    #[test]
    fn offers_only_dates_in_order() {
        check(
            "# Plan: x\n\n**Created**: 2026-11-25\n**Target Date**: $0\n\n## Phase 1: a (Weeks 1-2)\n\n- [ ] b\n\n## Milestones\n\n| Milestone | Date |\n|---|---|\n| Copied | 2026-12-01 |\n",
            expect![[r#"
                2026-12-05 (in two weeks): **Target Date**: 2026-12-05
                2026-12-08 (end of phase 1): **Target Date**: 2026-12-08
                2026-12-01 (Copied): **Target Date**: 2026-12-01"#]],
        );
        check(
            "# Plan: x\n\n**Created**: 2026-11-01\n**Target Date**: 2026-11-24\n\n- [ ] b\n  - Due: $0\n\n| Milestone | Date |\n|---|---|\n| Copied | 2026-11-30 |\n",
            expect![[r#"
                2026-11-21 (today):   - Due: 2026-11-21
                2026-11-22 (tomorrow):   - Due: 2026-11-22
                2026-11-28 (in a week):   - Due: 2026-11-28
                2026-12-05 (in two weeks):   - Due: 2026-12-05
                2026-11-30 (end of month):   - Due: 2026-11-30"#]],
        );
        check(
            "# Plan: x\n\n**Target Date**: 2026-11-24\n\n- [ ] b\n\n| Milestone | Date |\n|---|---|\n| Copied | $0|\n",
            expect![[r#"
                2026-11-21 (today): | Copied | 2026-11-21 |
                2026-11-22 (tomorrow): | Copied | 2026-11-22 |"#]],
        );
    }
}
