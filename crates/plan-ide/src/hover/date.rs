//! Hovers for dates: the day of the week and the relative date.

use jiff::civil::Date;
use plan_model::date;

use super::Hover;
use crate::File;

pub(super) fn hover(file: &File, offset: usize) -> Option<Hover> {
    let document = file.document();
    let start = document.line_start(offset);
    let line = document.slice(start..start + MAX_LINE_BYTES);
    let line = line.lines().next().unwrap_or_default();
    let found = date::dates(line)
        .into_iter()
        .find(|found| start + found.range.start <= offset && offset <= start + found.range.end)?;
    let day = found.date?;
    let weekday = day.strftime("%A").to_string();
    let today: Option<Date> = file.environment().today.as_ref().and_then(|today| today.parse().ok());
    let text = match today.and_then(|today| relative_date(today, day)) {
        Some(relative_date) => format!("{weekday}, {relative_date}"),
        None => weekday,
    };
    Some(Hover { text, range: start + found.range.start..start + found.range.end })
}

/// Maximum number of bytes of a line that are searched for dates.
const MAX_LINE_BYTES: usize = 4_000;

/// Returns the relative date: `in 12 days`, `3 days ago`.
pub(super) fn relative_date(today: Date, day: Date) -> Option<String> {
    let days = today.until(day).ok()?.get_days();
    Some(match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    })
}
