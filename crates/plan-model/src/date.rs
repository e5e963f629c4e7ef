//! Dates, as plans write them: ISO 8601, `March 3, 2026`, `Week 3`, `Weeks 1-2`, `Day 5`.

use std::{ops::Range, sync::LazyLock};

use jiff::civil::Date;
use plan_syntax::lines::lines;
use regex::{Captures, Regex};

use crate::patterns::regex;

/// A date in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes in the text.
    pub range: Range<usize>,
    /// The day; nothing for one that the calendar does not have, such as 2026-02-30.
    pub date: Option<Date>,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    const MONTH: &str = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
    regex(&format!(
        r"(?xi)
          \b (?<y>\d{{4}}) (?<s>[-/]) (?<m>\d{{1,2}}) [-/] (?<d>\d{{1,2}})
             (?: T?\s?\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?(?:Z|[+-]\d{{2}}:?\d{{2}})? )?
        | \b (?<month>{MONTH})\.?\ (?<day>\d{{1,2}})(?:st|nd|rd|th)?,?\ (?<year>\d{{4}})
        | \b (?<day2>\d{{1,2}})\.?\ (?<month2>{MONTH})\.?,?\ (?<year2>\d{{4}})"
    ))
});

/// The dates in a text, in order.
pub fn dates(text: &str) -> Vec<Found> {
    all(text).collect()
}

/// The first date in a text.
pub fn first(text: &str) -> Option<Found> {
    all(text).next()
}

/// Each stands on one line, with a year: lines without one are passed over.
fn all(text: &str) -> impl Iterator<Item = Found> + '_ {
    let text = if has_year(text.as_bytes()) { text } else { "" };
    let dated = lines(text, 0).filter(|line| has_year(&text.as_bytes()[line.content()]));
    dated.flat_map(|line| {
        let (start, content) = (line.start, &text[line.content()]);
        let found = DATE.captures_iter(content).filter_map(|found| read(content, &found));
        found.map(move |Found { range, date }| Found { range: start + range.start..start + range.end, date })
    })
}

/// Whether there are four digits that may be a date's year: a month follows them, or a blank stands before them.
fn has_year(line: &[u8]) -> bool {
    // One of the four stands where a multiple of four ends.
    line.iter().enumerate().skip(3).step_by(4).any(|(at, byte)| {
        let is_digit = |byte: &&u8| byte.is_ascii_digit();
        byte.is_ascii_digit() && {
            let start = at - line[..at].iter().rev().take_while(is_digit).count();
            let end = at + line[at..].iter().take_while(is_digit).count();
            let month = matches!(&line[end..], [b'-' | b'/', next, ..] if next.is_ascii_digit());
            end - start >= 4 && (month || start > 0 && line[start - 1] == b' ')
        }
    })
}

fn read(text: &str, found: &Captures<'_>) -> Option<Found> {
    let range = found.get(0)?.range();
    if text[range.end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    // `docs/2026-01-02-name.md`, `plan-2026-01-02-name`: part of a name.
    let glued = |c: Option<char>| c.is_some_and(|c| matches!(c, '-' | '/' | '_'));
    let after = &text[range.end..];
    if glued(text[..range.start].chars().next_back())
        || glued(after.chars().next()) && !after.starts_with("--")
    {
        return None;
    }
    let number = |name: &str| found.name(name).and_then(|part| part.as_str().parse::<i16>().ok());
    let month = |name: &str| {
        let word = found.name(name)?.as_str().to_ascii_lowercase();
        MONTHS.iter().position(|known| word.starts_with(known)).map(|at| at as i16 + 1)
    };
    let (year, month, day) = if let Some(year) = number("y") {
        (year, number("m")?, number("d")?)
    } else if let Some(year) = number("year") {
        (year, month("month")?, number("day")?)
    } else {
        (number("year2")?, month("month2")?, number("day2")?)
    };
    let date = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    let date = date.and_then(|(month, day)| Date::new(year, month, day).ok());
    Some(Found { range, date })
}

/// A unit of a plan's own calendar, counted from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `Day 3`.
    Day,
    /// `Week 3`.
    Week,
    /// `Month 3`.
    Month,
}

/// `Week 3`, `Weeks 1-2`: 1-based, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relative {
    /// What is counted.
    pub unit: Unit,
    /// The first one.
    pub first: u32,
    /// The last one, the same for a single one.
    pub last: u32,
    /// Bytes in the text.
    pub range: Range<usize>,
}

static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?<unit>day|week|month)s?\s+(?<first>\d{1,3})(?:\s*(?:-|–|—|to)\s*(?:(?:day|week|month)\s+)?(?<last>\d{1,3}))?\b",
    )
});

/// The first relative time in a text.
pub fn relative(text: &str) -> Option<Relative> {
    let found = RELATIVE.captures(text)?;
    let first = found.name("first")?.as_str().parse().ok()?;
    let last = found.name("last").map_or(Some(first), |last| last.as_str().parse().ok())?;
    let unit = match found.name("unit")?.as_str().to_ascii_lowercase().as_str() {
        "day" => Unit::Day,
        "week" => Unit::Week,
        _ => Unit::Month,
    };
    Some(Relative { unit, first, last, range: found.get(0)?.range() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        dates(text)
            .into_iter()
            .map(|found| {
                found
                    .date
                    .map_or_else(|| format!("no such day: {}", &text[found.range]), |date| date.to_string())
            })
            .collect()
    }

    #[test]
    fn forms() {
        assert_eq!(shown("2026-02-10"), ["2026-02-10"]);
        assert_eq!(shown("2026-02-10T10:00:00Z"), ["2026-02-10"]);
        assert_eq!(shown("Complete (2026-02-10), then 2026-03-01"), ["2026-02-10", "2026-03-01"]);
        assert_eq!(
            shown("March 3, 2026 and 4 Feb 2027 and Sept 1st, 2026"),
            ["2026-03-03", "2027-02-04", "2026-09-01"]
        );
        assert_eq!(shown("2026-02-30"), ["no such day: 2026-02-30"]);
        assert_eq!(shown("2026-13-01"), ["no such day: 2026-13-01"]);
        assert!(shown("YYYY-MM-DD, 12-30, v1.2026-01-0112, docs/2026-01-02-name.md").is_empty());
    }

    #[test]
    fn weeks() {
        let weeks = |text: &str| relative(text).map(|found| (found.unit, found.first, found.last));
        assert_eq!(weeks("(Weeks 1-2)"), Some((Unit::Week, 1, 2)));
        assert_eq!(weeks("Week 3"), Some((Unit::Week, 3, 3)));
        assert_eq!(weeks("Week 3 – Week 5"), Some((Unit::Week, 3, 5)));
        assert_eq!(weeks("Day 5"), Some((Unit::Day, 5, 5)));
        assert_eq!(weeks("Weeks X-Y"), None);
    }
}
