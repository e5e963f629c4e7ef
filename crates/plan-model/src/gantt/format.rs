//! Dates in the `dateFormat` of a Gantt chart, and durations, as the library day.js reads them for Mermaid.

use std::{fmt::Write, sync::LazyLock};

use regex::Regex;

use super::js_date::{DAY, MAX_TIME, date_of, days_in_month, days_of};

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

/// A date format.
///
/// Mermaid reads dates with `dayjs(text, format, true)`: day.js finds the values of the format's tokens in the text,
/// formats the resulting date, and accepts the text if both are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateFormat(String);

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

/// Tokens of a format when a text is read: brackets, separators, and the parts of a date.
static READ_TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    crate::patterns::regex(
        r"\[[^\[]*\]|[-_:/.,()\s]+|A|a|Q|YYYY|YY?|ww?|MM?M?M?|Do|DD?|hh?|HH?|mm?|ss?|S{1,3}|z|ZZ?",
    )
});

/// Tokens of a format when a date is written.
static WRITE_TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    crate::patterns::regex(
        r"\[[^\]]+\]|Q|wo|ww?|WW?|zzz|gggg|GGGG|Do|X|x|kk?|YYYY|YY|M{1,4}|DD?|d{1,4}|HH?|hh?|a|A|mm?|ss?|ZZ?|z|SSS",
    )
});

/// Values that day.js has found in a text.
#[derive(Default)]
struct FoundValues {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hours: Option<i64>,
    minutes: i64,
    seconds: i64,
    milliseconds: i64,
    is_afternoon: Option<bool>,
    /// Offset of the time zone in minutes, to be added.
    zone: Option<i64>,
}

/// A date that is used instead of the current date, in a month with 31 days.
const SAMPLE_TODAY: (i64, i64, i64) = (2027, 5, 5);

impl DateFormat {
    /// Creates a format. The empty format, which a chart without `dateFormat` has, matches no text.
    pub(super) fn new(format: &str) -> Self {
        Self(format.trim_matches(super::source::is_space).to_owned())
    }

    /// Returns whether the format is `YYYY-MM-DD`.
    pub(super) fn is_iso_date(&self) -> bool {
        self.0 == "YYYY-MM-DD"
    }

    /// Returns whether the chart has no format.
    pub(super) fn is_missing(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether dates are timestamps.
    pub(super) fn is_timestamp(&self) -> bool {
        matches!(&*self.0, "x" | "X")
    }

    /// Returns whether a date in this format has a time.
    pub(super) fn has_time(&self) -> bool {
        let is_time = |token: &str| token.starts_with(['H', 'h', 'm', 's', 'S']);
        self.is_timestamp() || READ_TOKENS.find_iter(&self.0).any(|token| is_time(token.as_str()))
    }

    /// Reads a text that has exactly this format.
    pub(super) fn parse(&self, text: &str) -> ParsedDate {
        if self.is_missing() {
            return ParsedDate::Invalid;
        }
        if self.is_timestamp() {
            let is_number = (1..=15).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && (text.len() == 1 || !text.starts_with('0'));
            let factor = if self.0 == "X" { 1000 } else { 1 };
            return match text.parse::<i64>() {
                Ok(number) if is_number => ParsedDate::At(number * factor),
                _ => ParsedDate::Invalid,
            };
        }
        let Some(found) = self.values(text) else { return ParsedDate::Invalid };
        let (is_complete, time) = found.time();
        if self.written(time).as_deref() != Some(text) {
            return ParsedDate::Invalid;
        }
        if is_complete { ParsedDate::At(time) } else { ParsedDate::Unknown }
    }

    /// Finds the values of the tokens in a text. `None` if a value is missing. As in day.js, a value is removed from the
    /// text at its first occurrence, and other characters are not compared.
    fn values(&self, text: &str) -> Option<FoundValues> {
        let mut found = FoundValues::default();
        let mut input = text.to_owned();
        let mut skipped = 0;
        for token in READ_TOKENS.find_iter(&self.0).map(|token| token.as_str()) {
            let Some(pattern) = pattern_of(token) else {
                let literal = token.strip_prefix('[').unwrap_or(token);
                skipped += literal.strip_suffix(']').unwrap_or(literal).chars().count();
                continue;
            };
            let start = input.char_indices().nth(skipped).map_or(input.len(), |(at, _)| at);
            let value = pattern.find(&input[start..])?.as_str().to_owned();
            found.set(token, &value)?;
            input = input.replacen(&value, "", 1);
        }
        Some(found)
    }

    /// Writes a date in this format. `None` if the format has a token that Mermaid's day.js cannot write.
    fn written(&self, time: i64) -> Option<String> {
        let mut out = String::new();
        let mut from = 0;
        for token in WRITE_TOKENS.find_iter(&self.0) {
            out.push_str(&self.0[from..token.start()]);
            write_token(&mut out, token.as_str(), time)?;
            from = token.end();
        }
        out.push_str(&self.0[from..]);
        Some(out)
    }
}

/// Returns the pattern of a token's value. `None` for literal text.
fn pattern_of(token: &str) -> Option<&'static Regex> {
    static PATTERNS: LazyLock<[Regex; 8]> = LazyLock::new(|| {
        [
            r"[0-9]",
            r"[0-9][0-9]",
            r"[0-9]{3}",
            r"[0-9]{4}",
            r"[0-9][0-9]?",
            r"[+-]?[0-9]+",
            r"[+-][0-9][0-9]:?(?:[0-9][0-9])?|Z",
            r"[0-9]*[^-_:/,()\s0-9]+",
        ]
        .map(crate::patterns::regex)
    });
    let [one, two, three, four, one_or_two, signed, offset, word] = &*PATTERNS;
    Some(match token {
        "A" | "a" | "Do" | "MMM" | "MMMM" => word,
        "Q" | "S" => one,
        "SS" | "DD" | "MM" | "ww" | "YY" => two,
        "SSS" => three,
        "YYYY" => four,
        "Y" => signed,
        "Z" | "ZZ" => offset,
        "s" | "ss" | "m" | "mm" | "H" | "HH" | "h" | "hh" | "D" | "w" | "M" => one_or_two,
        _ => return None,
    })
}

impl FoundValues {
    /// Sets the value of a token. `None` if the value is not possible.
    fn set(&mut self, token: &str, value: &str) -> Option<()> {
        let number = || value.parse::<i64>().ok();
        match token {
            "A" => self.is_afternoon = Some(value == "PM"),
            "a" => self.is_afternoon = Some(value == "pm"),
            "Q" => self.month = Some((number()? - 1) * 3 + 1),
            "S" => self.milliseconds = number()? * 100,
            "SS" => self.milliseconds = number()? * 10,
            "SSS" => self.milliseconds = number()?,
            "s" | "ss" => self.seconds = number()?,
            "m" | "mm" => self.minutes = number()?,
            "H" | "HH" | "h" | "hh" => self.hours = Some(number()?),
            "D" | "DD" => self.day = Some(number()?),
            "Do" => {
                let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
                self.day = Some(digits.parse().ok()?);
            }
            "M" | "MM" => self.month = Some(number()?),
            "MMM" => self.month = Some(month_number(|name| &name[..3] == value)?),
            "MMMM" => self.month = Some(month_number(|name| name == value)?),
            "Y" | "YYYY" => self.year = Some(value.trim_start_matches('+').parse().ok()?),
            "YY" => self.year = number().map(|year| if year > 68 { 1900 + year } else { 2000 + year }),
            "Z" | "ZZ" => self.zone = Some(offset_minutes(value)),
            // Mermaid's day.js has no weeks.
            _ => return None,
        }
        Some(())
    }

    /// Returns the time in milliseconds since 1970, and whether it does not depend on the current date.
    fn time(&self) -> (bool, i64) {
        // JavaScript treats zero as missing.
        let given = |value: Option<i64>| value.filter(|value| *value != 0);
        let (this_year, this_month, today) = SAMPLE_TODAY;
        let (year, month, day) = (given(self.year), given(self.month), given(self.day));
        let first_or_today = if year.is_none() && month.is_none() { today } else { 1 };
        let month = match (year, month) {
            (Some(_), None) => 1,
            (_, Some(month)) => month,
            (None, None) => this_month,
        };
        let hours = match (self.is_afternoon, self.hours) {
            (Some(true), Some(hours)) if hours < 12 => hours + 12,
            (Some(false), Some(12)) => 0,
            (_, hours) => hours.unwrap_or(0),
        };
        let full_year = year.unwrap_or(this_year);
        // JavaScript takes the years 0 to 99 as 1900 to 1999.
        let full_year = if (0..100).contains(&full_year) { full_year + 1900 } else { full_year };
        let (years, month) = ((month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
        let days = days_of(full_year + years, month, 1) + day.unwrap_or(first_or_today) - 1;
        let zone = self.zone.unwrap_or(0);
        let time = ((hours * 60 + self.minutes + zone) * 60 + self.seconds) * 1000 + self.milliseconds;
        (year.is_some(), days * DAY + time)
    }
}

/// Returns the number of the month whose English name is wanted.
fn month_number(is_wanted: impl Fn(&str) -> bool) -> Option<i64> {
    FORMAT_MONTHS.iter().position(|name| is_wanted(name)).map(|at| at as i64 + 1)
}

/// Returns the minutes that lead from the local time of an offset such as `+02:00` to UTC.
fn offset_minutes(offset: &str) -> i64 {
    let digits: Vec<i64> =
        offset.bytes().filter(u8::is_ascii_digit).map(|byte| i64::from(byte - b'0')).collect();
    let pair = |at: usize| digits.get(at).zip(digits.get(at + 1)).map_or(0, |(ten, one)| ten * 10 + one);
    let minutes = pair(0) * 60 + pair(2);
    if offset.starts_with('+') { -minutes } else { minutes }
}

/// Writes the value of a token in UTC. `None` for a token that Mermaid's day.js cannot write.
fn write_token(out: &mut String, token: &str, time: i64) -> Option<()> {
    let (year, month, day) = date_of(time.div_euclid(DAY));
    let milliseconds = time.rem_euclid(DAY);
    let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60);
    let seconds = milliseconds / 1000 % 60;
    // 1970-01-01 was a Thursday; weekdays are counted from Sunday.
    let weekday = (time.div_euclid(DAY) + 4).rem_euclid(7) as usize;
    let weekday_name =
        ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"][weekday];
    let month_name = FORMAT_MONTHS[(month - 1) as usize];
    let twelve = if hours % 12 == 0 { 12 } else { hours % 12 };
    let midnight = if hours == 0 { 24 } else { hours };
    let half = if hours < 12 { "AM" } else { "PM" };
    let written = match token {
        "YYYY" => write!(out, "{year:04}"),
        "YY" => write!(out, "{:02}", year.rem_euclid(100)),
        "M" => write!(out, "{month}"),
        "MM" => write!(out, "{month:02}"),
        "MMM" => write!(out, "{}", &month_name[..3]),
        "MMMM" => write!(out, "{month_name}"),
        "D" => write!(out, "{day}"),
        "DD" => write!(out, "{day:02}"),
        "Do" => write!(out, "{day}{}", ordinal_suffix(day)),
        "d" => write!(out, "{weekday}"),
        "dd" => write!(out, "{}", &weekday_name[..2]),
        "ddd" => write!(out, "{}", &weekday_name[..3]),
        "dddd" => write!(out, "{weekday_name}"),
        "H" => write!(out, "{hours}"),
        "HH" => write!(out, "{hours:02}"),
        "h" => write!(out, "{twelve}"),
        "hh" => write!(out, "{twelve:02}"),
        "k" => write!(out, "{midnight}"),
        "kk" => write!(out, "{midnight:02}"),
        "A" => write!(out, "{half}"),
        "a" => write!(out, "{}", half.to_ascii_lowercase()),
        "m" => write!(out, "{minutes}"),
        "mm" => write!(out, "{minutes:02}"),
        "s" => write!(out, "{seconds}"),
        "ss" => write!(out, "{seconds:02}"),
        "SSS" => write!(out, "{:03}", milliseconds % 1000),
        "Q" => write!(out, "{}", (month + 2) / 3),
        "X" => write!(out, "{}", time.div_euclid(1000)),
        "x" => write!(out, "{time}"),
        "Z" => write!(out, "+00:00"),
        "ZZ" => write!(out, "+0000"),
        _ => write!(out, "{}", token.strip_prefix('[')?.strip_suffix(']')?),
    };
    written.ok()
}

/// Returns the suffix of an English ordinal number: `st` of `1st`.
fn ordinal_suffix(number: i64) -> &'static str {
    match (number % 10, number / 10 % 10) {
        (1, tens) if tens != 1 => "st",
        (2, tens) if tens != 1 => "nd",
        (3, tens) if tens != 1 => "rd",
        _ => "th",
    }
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
            (
                "YYYY-MM-DD hh:mm a",
                "2026-01-02 03:04 am",
                ParsedDate::At(days_of(2026, 1, 2) * DAY + 11_040_000),
            ),
            (
                "YYYY-MM-DD hh:mm A",
                "2026-01-02 12:30 AM",
                ParsedDate::At(days_of(2026, 1, 2) * DAY + 1_800_000),
            ),
            ("YYYY-MM-DD h:mm a", "2026-01-02 3:04 PM", ParsedDate::Invalid),
            ("ddd D MMM YYYY", "Mon 5 Jan 2026", ParsedDate::Invalid),
            ("D MMM YYYY ddd", "5 Jan 2026 Mon", at(2026, 1, 5)),
            ("D MMM YYYY ddd", "5 Jan 2026 Tue", ParsedDate::Invalid),
            ("YYYY-Q", "2026-2", at(2026, 4, 1)),
            ("YYYY-DDD", "2026-005", ParsedDate::Invalid),
            ("GGGG-[W]WW", "2026-W02", ParsedDate::Invalid),
            ("YYYY-MM-DDTHH:mmZ", "2026-01-05T23:30+02:00", ParsedDate::Invalid),
            (
                "YYYY-MM-DDTHH:mmZ",
                "2026-01-05T23:30+00:00",
                ParsedDate::At(days_of(2026, 1, 5) * DAY + 84_600_000),
            ),
            ("L", "01/05/2026", ParsedDate::Invalid),
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
