//! Dates in plans: ISO 8601, `March 3, 2026`, `2026年3月3日`, `Week 3`, `Weeks 1-2`, `Day 5`.

use std::{ops::Range, sync::LazyLock};

use jiff::civil::Date;
use plan_syntax::lines::lines;
use regex::{Captures, Regex};

use crate::patterns::regex;

/// A date found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDate {
    /// Byte range in the text.
    pub range: Range<usize>,
    /// The date; `None` if it does not exist, such as 2026-02-30.
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
        | (?<y2>\d{{4}}) (?:年|년\ ?) (?<m2>\d{{1,2}}) (?:月|월\ ?) (?<d2>\d{{1,2}}) (?:日|일)
        | \b (?<month>{MONTH})\.?\ (?<day>\d{{1,2}})(?:st|nd|rd|th)?,?\ (?<year>\d{{4}})
        | \b (?<day2>\d{{1,2}})\.?\ (?<month2>{MONTH})\.?,?\ (?<year2>\d{{4}})"
    ))
});

/// Returns the dates in a text, in order.
pub fn dates(text: &str) -> Vec<FoundDate> {
    all(text).collect()
}

/// Returns the first date in a text.
pub fn first(text: &str) -> Option<FoundDate> {
    all(text).next()
}

/// Iterates over the dates in a text. Dates do not span lines and contain a year, so lines without a year are
/// skipped.
fn all(text: &str) -> impl Iterator<Item = FoundDate> + '_ {
    let text = if has_year(text.as_bytes()) { text } else { "" };
    let lines_with_year = lines(text, 0).filter(|line| has_year(&text.as_bytes()[line.content()]));
    lines_with_year.flat_map(|line| {
        let (start, content) = (line.start, &text[line.content()]);
        let found = DATE.captures_iter(content).filter_map(|captures| parse(content, &captures));
        found.map(move |FoundDate { range, date }| FoundDate {
            range: start + range.start..start + range.end,
            date,
        })
    })
}

/// Returns whether a line has four digits that may be the year of a date: followed by a month or preceded by a space.
fn has_year(line: &[u8]) -> bool {
    // One of four consecutive digits always has an index with remainder 3 modulo 4.
    line.iter().enumerate().skip(3).step_by(4).any(|(at, byte)| {
        let is_digit = |byte: &&u8| byte.is_ascii_digit();
        byte.is_ascii_digit() && {
            let start = at - line[..at].iter().rev().take_while(is_digit).count();
            let end = at + line[at..].iter().take_while(is_digit).count();
            let month = matches!(&line[end..], [b'-' | b'/', next, ..] if next.is_ascii_digit())
                || ["年", "년"].iter().any(|year| line[end..].starts_with(year.as_bytes()));
            end - start >= 4 && (month || start > 0 && line[start - 1] == b' ')
        }
    })
}

fn parse(text: &str, captures: &Captures<'_>) -> Option<FoundDate> {
    let range = captures.get(0)?.range();
    if text[range.end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    // `docs/2026-01-02-name.md`, `plan-2026-01-02-name`: part of a name.
    let joins_name = |c: Option<char>| c.is_some_and(|c| matches!(c, '-' | '/' | '_'));
    let after = &text[range.end..];
    if joins_name(text[..range.start].chars().next_back())
        || joins_name(after.chars().next()) && !after.starts_with("--")
    {
        return None;
    }
    let number = |name: &str| captures.name(name).and_then(|group| group.as_str().parse::<i16>().ok());
    let month = |name: &str| {
        let word = captures.name(name)?.as_str().to_ascii_lowercase();
        MONTHS.iter().position(|month| word.starts_with(month)).map(|index| index as i16 + 1)
    };
    let (year, month, day) = if let Some(year) = number("y") {
        (year, number("m")?, number("d")?)
    } else if let Some(year) = number("y2") {
        (year, number("m2")?, number("d2")?)
    } else if let Some(year) = number("year") {
        (year, month("month")?, number("day")?)
    } else {
        (number("year2")?, month("month2")?, number("day2")?)
    };
    let date = i8::try_from(month).ok().zip(i8::try_from(day).ok());
    let date = date.and_then(|(month, day)| Date::new(year, month, day).ok());
    Some(FoundDate { range, date })
}

/// Unit of time counted from the start of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarUnit {
    /// `Day 3`.
    Day,
    /// `Week 3`.
    Week,
    /// `Month 3`.
    Month,
}

/// A date relative to the start of a plan, `Week 3` or `Weeks 1-2`: 1-based, both ends inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativeDate {
    /// Unit in which the date is counted.
    pub unit: CalendarUnit,
    /// The first day, week or month.
    pub first: u32,
    /// The last day, week or month; equal to `first` for a single one.
    pub last: u32,
    /// Byte range in the text.
    pub range: Range<usize>,
}

static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?<unit>day|week|month)s?\s+(?<first>\d{1,3})(?:\s*(?:-|–|—|to)\s*(?:(?<last_unit>day|week|month)\s+)?(?<last>\d{1,3}))?\b",
    )
});

/// Returns the first relative date in a text.
pub fn relative(text: &str) -> Option<RelativeDate> {
    let captures = RELATIVE.captures(text)?;
    let first = captures.name("first")?.as_str().parse().ok()?;
    let unit_name = captures.name("unit")?;
    let unit = match unit_name.as_str().to_ascii_lowercase().as_str() {
        "day" => CalendarUnit::Day,
        "week" => CalendarUnit::Week,
        _ => CalendarUnit::Month,
    };
    // `Week 3 - Day 1` is a day of a week, not a range.
    let is_range = captures
        .name("last_unit")
        .is_none_or(|last_unit| last_unit.as_str().eq_ignore_ascii_case(unit_name.as_str()));
    let last = captures.name("last").filter(|_| is_range);
    let end = last.map_or(captures.name("first")?.end(), |last| last.end());
    let last = last.map_or(Some(first), |last| last.as_str().parse().ok())?;
    Some(RelativeDate { unit, first, last, range: unit_name.start()..end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> Vec<String> {
        dates(text)
            .into_iter()
            .map(|found| {
                found.date.map_or_else(|| format!("invalid: {}", &text[found.range]), |date| date.to_string())
            })
            .collect()
    }

    #[test]
    fn absolute_dates() {
        assert_eq!(formatted("2026-02-10"), ["2026-02-10"]);
        assert_eq!(formatted("2026-02-10T10:00:00Z"), ["2026-02-10"]);
        assert_eq!(formatted("Complete (2026-02-10), then 2026-03-01"), ["2026-02-10", "2026-03-01"]);
        assert_eq!(
            formatted("March 3, 2026 and 4 Feb 2027 and Sept 1st, 2026"),
            ["2026-03-03", "2027-02-04", "2026-09-01"]
        );
        assert_eq!(formatted("期限：2026年3月3日、2026년 4월 1일"), ["2026-03-03", "2026-04-01"]);
        assert_eq!(formatted("2026-02-30"), ["invalid: 2026-02-30"]);
        assert_eq!(formatted("2026-13-01"), ["invalid: 2026-13-01"]);
        assert!(formatted("YYYY-MM-DD, 12-30, v1.2026-01-0112, docs/2026-01-02-name.md").is_empty());
    }

    #[test]
    fn relative_dates() {
        let parsed = |text: &str| relative(text).map(|found| (found.unit, found.first, found.last));
        assert_eq!(parsed("(Weeks 1-2)"), Some((CalendarUnit::Week, 1, 2)));
        assert_eq!(parsed("Week 3"), Some((CalendarUnit::Week, 3, 3)));
        assert_eq!(parsed("Week 3 – Week 5"), Some((CalendarUnit::Week, 3, 5)));
        assert_eq!(parsed("Day 5"), Some((CalendarUnit::Day, 5, 5)));
        assert_eq!(parsed("Week 3 - Day 1-2"), Some((CalendarUnit::Week, 3, 3)));
        assert_eq!(parsed("Weeks X-Y"), None);
    }
}
