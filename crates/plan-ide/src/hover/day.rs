//! Days: which day of the week they are, and how far away.

use jiff::civil::Date;
use plan_model::date;

use super::Hover;
use crate::File;

pub(super) fn hover(file: &File, at: usize) -> Option<Hover> {
    let document = file.document();
    let start = document.line_start(at);
    let line = document.slice(start..start + LONGEST);
    let line = line.lines().next().unwrap_or_default();
    let found = date::dates(line)
        .into_iter()
        .find(|found| start + found.range.start <= at && at <= start + found.range.end)?;
    let day = found.date?;
    let weekday = day.strftime("%A").to_string();
    let today: Option<Date> = file.environment().today.as_ref().and_then(|today| today.parse().ok());
    let text = match today.and_then(|today| away(today, day)) {
        Some(away) => format!("{weekday}, {away}"),
        None => weekday,
    };
    Some(Hover { text, range: start + found.range.start..start + found.range.end })
}

/// Of a longer line (bytes) only the beginning is read.
const LONGEST: usize = 4_000;

/// `in 12 days`, `3 days ago`.
pub(super) fn away(today: Date, day: Date) -> Option<String> {
    let days = today.until(day).ok()?.get_days();
    Some(match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days => format!("{} days ago", -days),
    })
}
