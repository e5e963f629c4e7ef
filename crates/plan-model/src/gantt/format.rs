//! Dates in the `dateFormat` of a Gantt chart, and durations, as the library day.js reads them for Mermaid.

use super::js_date::{DAY, MAX_TIME, days_in_month, days_of};

const FORMAT_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A date format, parsed into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateFormat {
    parts: Vec<FormatPart>,
    /// Whether a part is unsupported, so that dates in this format cannot be read.
    is_unsupported: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum FormatPart {
    Literal(String),
    Year,
    ShortYear,
    /// A number with at least this many digits.
    Month(usize),
    MonthName {
        short: bool,
    },
    Day(usize),
    OrdinalDay,
    Hour(usize),
    Minute(usize),
    Second(usize),
    Millisecond,
    /// Milliseconds (`x`) or seconds (`X`) since 1970.
    Timestamp {
        seconds: bool,
    },
}

/// A text read in a date format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParsedDate {
    /// Milliseconds since 1970.
    At(i64),
    /// A date that depends on the current date, or whose format is not supported.
    Unknown,
    /// Not a date of this format.
    Invalid,
}

impl DateFormat {
    /// Parses a format. The empty format, which a chart without `dateFormat` has, matches no text.
    pub(super) fn new(format: &str) -> Self {
        let mut rest = format.trim_matches(super::source::is_space);
        let mut found = Self { parts: Vec::new(), is_unsupported: false };
        while let Some(first) = rest.chars().next() {
            if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
                && !inside.is_empty()
            {
                found.parts.push(FormatPart::Literal(inside.to_owned()));
                rest = after;
                continue;
            }
            let run = rest.len() - rest.trim_start_matches(first).len();
            let (part, length) = match (first, run) {
                ('Y', 4..) => (FormatPart::Year, 4),
                ('Y', 2) => (FormatPart::ShortYear, 2),
                ('M', 4..) => (FormatPart::MonthName { short: false }, 4),
                ('M', 3) => (FormatPart::MonthName { short: true }, 3),
                ('M', _) => (FormatPart::Month(run), run),
                ('D', 1) if rest[1..].starts_with('o') => (FormatPart::OrdinalDay, 2),
                ('D', _) => (FormatPart::Day(run.min(2)), run.min(2)),
                ('H', _) => (FormatPart::Hour(run.min(2)), run.min(2)),
                ('m', _) => (FormatPart::Minute(run.min(2)), run.min(2)),
                ('s', _) => (FormatPart::Second(run.min(2)), run.min(2)),
                ('S', 3) => (FormatPart::Millisecond, 3),
                ('x' | 'X', 1) => (FormatPart::Timestamp { seconds: first == 'X' }, 1),
                (
                    'Y' | 'A' | 'a' | 'Q' | 'd' | 'h' | 'Z' | 'z' | 'w' | 'W' | 'g' | 'G' | 'k' | 'S' | 'x'
                    | 'X' | 'L' | 'l',
                    _,
                ) => {
                    found.is_unsupported = true;
                    (FormatPart::Literal(String::new()), run)
                }
                _ => (FormatPart::Literal(first.to_string()), first.len_utf8()),
            };
            found.parts.push(part);
            rest = &rest[length..];
        }
        found
    }

    /// Returns whether the format is `YYYY-MM-DD`.
    pub(super) fn is_iso_date(&self) -> bool {
        self.parts == Self::new("YYYY-MM-DD").parts
    }

    /// Returns whether the chart has no format.
    pub(super) fn is_missing(&self) -> bool {
        self.parts.is_empty()
    }

    /// Returns whether dates are timestamps.
    pub(super) fn is_timestamp(&self) -> bool {
        matches!(self.parts[..], [FormatPart::Timestamp { .. }])
    }

    /// Returns whether a date in this format has a time.
    pub(super) fn has_time(&self) -> bool {
        self.parts.iter().any(|part| {
            matches!(
                part,
                FormatPart::Hour(_)
                    | FormatPart::Minute(_)
                    | FormatPart::Second(_)
                    | FormatPart::Millisecond
                    | FormatPart::Timestamp { .. }
            )
        })
    }

    /// Reads a text that has exactly this format.
    pub(super) fn parse(&self, text: &str) -> ParsedDate {
        if self.is_unsupported {
            let mut literals = self.parts.iter().filter_map(|part| match part {
                FormatPart::Literal(literal) => Some(literal.as_str()),
                _ => None,
            });
            let can_match = literals.all(|literal| text.contains(literal));
            return if can_match { ParsedDate::Unknown } else { ParsedDate::Invalid };
        }
        if self.is_missing() {
            return ParsedDate::Invalid;
        }
        self.parts(text).unwrap_or(ParsedDate::Invalid)
    }

    fn parts(&self, text: &str) -> Option<ParsedDate> {
        let mut rest = text;
        let (mut year, mut month, mut day) = (None, None, None);
        let (mut hour, mut minute, mut second, mut milli) = (0, 0, 0, 0);
        for part in &self.parts {
            match part {
                FormatPart::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                FormatPart::Year => year = Some(number(&mut rest, 4, 4)?),
                FormatPart::ShortYear => {
                    let short = number(&mut rest, 2, 2)?;
                    year = Some(if short > 68 { 1900 + short } else { 2000 + short });
                }
                FormatPart::Month(digits) => month = Some(number(&mut rest, *digits, 2)?),
                FormatPart::MonthName { short } => {
                    let names = FORMAT_MONTHS.iter().map(|name| if *short { &name[..3] } else { name });
                    let (at, name) = names.enumerate().find(|(_, name)| rest.starts_with(name))?;
                    rest = &rest[name.len()..];
                    month = Some(at as i64 + 1);
                }
                FormatPart::Day(digits) => day = Some(number(&mut rest, *digits, 2)?),
                FormatPart::OrdinalDay => {
                    let number = number(&mut rest, 1, 2)?;
                    let suffix = match (number % 10, number / 10) {
                        (1, tens) if tens != 1 => "st",
                        (2, tens) if tens != 1 => "nd",
                        (3, tens) if tens != 1 => "rd",
                        _ => "th",
                    };
                    rest = rest.strip_prefix(suffix)?;
                    day = Some(number);
                }
                FormatPart::Hour(digits) => hour = number(&mut rest, *digits, 2)?,
                FormatPart::Minute(digits) => minute = number(&mut rest, *digits, 2)?,
                FormatPart::Second(digits) => second = number(&mut rest, *digits, 2)?,
                FormatPart::Millisecond => milli = number(&mut rest, 3, 3)?,
                FormatPart::Timestamp { seconds } => {
                    let value = number(&mut rest, 1, 15)?;
                    let at = if *seconds { value * 1000 } else { value };
                    return rest.is_empty().then_some(ParsedDate::At(at));
                }
            }
        }
        let in_range = rest.is_empty()
            && year.is_none_or(|year| year >= 100)
            && month.is_none_or(|month| (1..=12).contains(&month))
            && day.is_none_or(|day| (1..=31).contains(&day))
            && hour < 24
            && minute < 60
            && second < 60;
        if !in_range {
            return None;
        }
        let Some(year) = year else { return Some(ParsedDate::Unknown) };
        let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
        if day > days_in_month(year, month) {
            return None;
        }
        let time = ((hour * 60 + minute) * 60 + second) * 1000 + milli;
        Some(ParsedDate::At(days_of(year, month, day) * DAY + time))
    }
}

/// Reads a number with at least `min` and at most `max` digits. A number with more than `min` digits has no leading
/// zero.
fn number(rest: &mut &str, min: usize, max: usize) -> Option<i64> {
    let digits = rest.bytes().take(max).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    let has_form = digits >= min && (digits == min || !number.starts_with('0'));
    *rest = after;
    number.parse().ok().filter(|_| has_form)
}

/// Returns a duration as its number and unit: `3d`, `2w`, `12h`.
pub(super) fn duration(text: &str) -> Option<(f64, &str)> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(unit_at);
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && number.ends_with(|c: char| c.is_ascii_digit())
        && number.matches('.').count() < 2;
    if !is_number || !matches!(unit, "ms" | "s" | "m" | "h" | "d" | "w" | "M" | "y") {
        return None;
    }
    Some((number.parse().ok()?, unit))
}

/// Returns the end of a duration that starts at `start`, both in milliseconds since 1970. Returns `start` if the end is
/// not a possible date.
pub(super) fn add(start: i64, (number, unit): (f64, &str)) -> i64 {
    let end = match unit {
        // day.js rounds to whole days.
        "d" => start as f64 + (number + 0.5).floor() * DAY as f64,
        "w" => start as f64 + (number * 7.0 + 0.5).floor() * DAY as f64,
        "M" | "y" => {
            let months = if unit == "M" { number.trunc() } else { number.trunc() * 12.0 };
            if months > 4_000_000.0 {
                return start;
            }
            let (year, month, day) = super::js_date::date_of(start.div_euclid(DAY));
            let month = year * 12 + (month - 1) + months as i64;
            let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
            let day = day.min(days_in_month(year, month));
            (days_of(year, month, day) * DAY + start.rem_euclid(DAY)) as f64
        }
        "h" => start as f64 + number * 3_600_000.0,
        "m" => start as f64 + number * 60_000.0,
        "s" => start as f64 + number * 1000.0,
        _ => start as f64 + number,
    };
    if end.abs() > MAX_TIME as f64 { start } else { end.trunc() as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_exactly_the_format() {
        let at = |year, month, day| ParsedDate::At(days_of(year, month, day) * DAY);
        for (format, text, expected) in [
            ("YYYY-MM-DD", "2026-03-05", at(2026, 3, 5)),
            ("YYYY-MM-DD", "2026-02-30", ParsedDate::Invalid),
            ("YYYY-MM-DD", "2026-3-5", ParsedDate::Invalid),
            (" YYYY-MM-DD ", "2026-03-05 10:00", ParsedDate::Invalid),
            ("DD.MM.YYYY", "05.03.2026", at(2026, 3, 5)),
            ("D.M.YY", "5.3.26", at(2026, 3, 5)),
            ("D.M.YY", "05.03.26", ParsedDate::Invalid),
            ("MMM D YYYY", "Mar 5 2026", at(2026, 3, 5)),
            ("Do MMMM YYYY", "22nd March 2026", at(2026, 3, 22)),
            ("YYYY-MM", "2026-03", at(2026, 3, 1)),
            ("[Day] YYYY-MM-DD", "Day 2026-03-05", at(2026, 3, 5)),
            ("HH:mm", "17:49", ParsedDate::Unknown),
            ("HH:mm", "27:49", ParsedDate::Invalid),
            ("X", "86400", at(1970, 1, 2)),
            ("YYYY-MM-DD hh:mm a", "2026-01-02 03:04 am", ParsedDate::Unknown),
            ("", "2026-03-05", ParsedDate::Invalid),
        ] {
            assert_eq!(DateFormat::new(format).parse(text), expected, "{format}: {text}");
        }
    }

    #[test]
    fn durations_are_added_as_in_day_js() {
        let start = days_of(2026, 1, 31) * DAY;
        for (text, date) in [
            ("3d", (2026, 2, 3)),
            ("1.5d", (2026, 2, 2)),
            ("0.5w", (2026, 2, 4)),
            ("1M", (2026, 2, 28)),
            ("1.9M", (2026, 2, 28)),
            ("13M", (2027, 2, 28)),
            ("1y", (2027, 1, 31)),
            ("36h", (2026, 2, 1)),
            ("1440m", (2026, 2, 1)),
            ("86400s", (2026, 2, 1)),
            ("86399999ms", (2026, 1, 31)),
            ("99999999999d", (2026, 1, 31)),
        ] {
            let end = duration(text).map(|duration| add(start, duration));
            let date_of = |at: i64| super::super::js_date::date_of(at.div_euclid(DAY));
            assert_eq!(end.map(date_of), Some(date), "{text}");
        }
        for text in ["3", "3dd", "d", "3 d", ".5d", "3.d", "1.2.3d", "3D", "3days"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
