//! Parses dates like JavaScript's `Date`, which Mermaid uses for a start that does not match the chart's date format.

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;

/// Maximum time value of a JavaScript date, in milliseconds.
pub(super) const MAX_TIME: i64 = 8_640_000_000_000_000;

/// Returns the number of days from 1970-01-01 to a date of the proleptic Gregorian calendar. The month is 1-based. A
/// day after the end of its month is a day of the next month.
pub(super) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year + day - 719_469
}

/// Returns year, month and day of a number of days since 1970-01-01.
pub(super) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let part = (5 * day_of_year + 2) / 153;
    let month = if part < 10 { part + 3 } else { part - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day_of_year - (153 * part + 2) / 5 + 1)
}

/// Returns the number of days of a month.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_of(next_year, next, 1) - days_of(year, month, 1)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JsWord {
    Month(i64),
    /// Hours to add: 0 for `am`, 12 for `pm`.
    Half(i64),
    /// Offset of the time zone from UTC in hours.
    Zone(i64),
    Separator,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum JsToken {
    Number { value: i64, length: usize },
    Symbol(char),
    Word { word: JsWord, is_z: bool },
    Space,
    Unknown,
    End,
}

struct Scanner<'a> {
    rest: &'a str,
    current: JsToken,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str) -> Self {
        let mut scanner = Self { rest: text, current: JsToken::End };
        scanner.current = scanner.scan();
        scanner
    }

    fn next(&mut self) -> JsToken {
        let next = self.scan();
        std::mem::replace(&mut self.current, next)
    }

    fn skip(&mut self, symbol: char) -> bool {
        let found = self.current == JsToken::Symbol(symbol);
        if found {
            self.next();
        }
        found
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn scan(&mut self) -> JsToken {
        let Some(first) = self.rest.chars().next() else { return JsToken::End };
        if first.is_ascii_digit() {
            let digits = self.take(length_of(self.rest, |c| c.is_ascii_digit()));
            let significant = digits.trim_start_matches('0');
            let value = significant.get(..9).unwrap_or(significant).parse().unwrap_or(0);
            return JsToken::Number { value, length: digits.len() };
        }
        if matches!(first, ':' | '-' | '+' | '.' | ')') {
            self.take(1);
            return JsToken::Symbol(first);
        }
        let is_space = super::source::is_space(first);
        if first >= 'A' && !is_space {
            let word = self.take(length_of(self.rest, |c| c >= 'A' && !super::source::is_space(c)));
            return JsToken::Word { word: word_of(word), is_z: word.eq_ignore_ascii_case("z") };
        }
        if is_space {
            self.take(first.len_utf8());
            return JsToken::Space;
        }
        if first == '(' {
            let mut depth = 0_usize;
            let close = self.rest.char_indices().find(|(_, c)| {
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let end = close.map_or(self.rest.len(), |(at, _)| at + 1);
            self.take(end);
            return JsToken::Unknown;
        }
        self.take(first.len_utf8());
        JsToken::Unknown
    }
}

fn length_of(text: &str, is_inside: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_inside(c)).unwrap_or(text.len())
}

/// Returns the meaning of a word. Months are recognized by their first three letters.
fn word_of(word: &str) -> JsWord {
    const JS_MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = word.to_ascii_lowercase();
    if let Some(month) = JS_MONTHS.iter().position(|month| lower.starts_with(month)) {
        return JsWord::Month(month as i64 + 1);
    }
    match &*lower {
        "am" => JsWord::Half(0),
        "pm" => JsWord::Half(12),
        "ut" | "utc" | "z" | "gmt" => JsWord::Zone(0),
        "est" | "cdt" => JsWord::Zone(-5),
        "cst" | "mdt" => JsWord::Zone(-6),
        "mst" | "pdt" => JsWord::Zone(-7),
        "edt" => JsWord::Zone(-4),
        "pst" => JsWord::Zone(-8),
        "t" => JsWord::Separator,
        _ => JsWord::Other,
    }
}

#[derive(Default)]
struct DateParts {
    day: Vec<i64>,
    month: Option<i64>,
    is_iso: bool,
    time: Vec<i64>,
    half: Option<i64>,
    sign: i64,
    zone_hour: Option<i64>,
    zone_minute: Option<i64>,
}

impl DateParts {
    fn add_day(&mut self, number: i64) -> Option<()> {
        (self.day.len() < 3).then(|| self.day.push(number))
    }

    fn add_time(&mut self, number: i64) -> Option<()> {
        (self.time.len() < 4).then(|| self.time.push(number))
    }

    fn finish_time(&mut self, number: i64) -> Option<()> {
        self.add_time(number)?;
        self.time.resize(4, 0);
        Some(())
    }

    fn expects_time(&self, number: i64) -> bool {
        match self.time.len() {
            1 | 2 => number < 60,
            3 => number < 1000,
            _ => false,
        }
    }

    fn set_zone(&mut self, hours: i64) {
        (self.sign, self.zone_hour, self.zone_minute) = (hours.signum(), Some(hours.abs()), Some(0));
    }

    /// Returns the milliseconds since 1970. A time without a zone is in UTC.
    fn milliseconds(mut self) -> Option<i64> {
        if self.day.is_empty() {
            return None;
        }
        self.day.resize(3, 1);
        let is_day = |n: i64| (1..=31).contains(&n);
        let [first, second, third] = self.day[..] else { return None };
        let (mut year, month, day) = match self.month {
            None if self.is_iso || !is_day(first) => (first, second, third),
            None => (third, first, second),
            Some(month) if !is_day(first) => (first, month, second),
            Some(month) => (second, month, first),
        };
        if !self.is_iso {
            match year {
                0..=49 => year += 2000,
                50..=99 => year += 1900,
                _ => {}
            }
        }
        if !(1..=12).contains(&month) || !is_day(day) {
            return None;
        }
        self.time.resize(4, 0);
        let [mut hour, minute, second, milli] = self.time[..] else { return None };
        if let Some(half) = self.half {
            if !(0..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + half;
        }
        let is_midnight = hour == 24 && minute == 0 && second == 0 && milli == 0;
        if (hour > 23 || minute > 59 || second > 59 || milli > 999) && !is_midnight {
            return None;
        }
        let zone = self.sign * (self.zone_hour.unwrap_or(0) * 60 + self.zone_minute.unwrap_or(0));
        let time = ((hour * 60 + minute - zone) * 60 + second) * 1000 + milli;
        Some(days_of(year, month, day) * DAY + time).filter(|time| time.abs() <= MAX_TIME)
    }
}

/// Returns the milliseconds since 1970 of a date as V8's `Date` reads it; `None` for an invalid date.
pub(super) fn parse(text: &str) -> Option<i64> {
    let mut scanner = Scanner::new(text);
    let mut found = DateParts::default();
    let mut pending = Some(iso(&mut scanner, &mut found)?);
    let mut has_number = !found.day.is_empty();
    loop {
        let token = pending.take().unwrap_or_else(|| scanner.next());
        match token {
            JsToken::End => return found.milliseconds(),
            JsToken::Number { value, .. } => {
                has_number = true;
                if scanner.skip(':') {
                    if scanner.skip(':') {
                        if !found.time.is_empty() {
                            return None;
                        }
                        found.time.extend([value, 0]);
                    } else {
                        found.add_time(value)?;
                        scanner.skip('.');
                    }
                } else if scanner.skip('.') && found.expects_time(value) {
                    found.add_time(value)?;
                    let JsToken::Number { value, length } = scanner.next() else { return None };
                    found.finish_time(fraction(value, length))?;
                } else if found.zone_hour.is_some() && found.zone_minute.is_none() && value < 60 {
                    found.zone_minute = Some(value);
                } else if found.expects_time(value) {
                    found.finish_time(value)?;
                    match scanner.current {
                        JsToken::End
                        | JsToken::Space
                        | JsToken::Symbol('+' | '-')
                        | JsToken::Word { is_z: true, .. } => {}
                        _ => return None,
                    }
                } else {
                    found.add_day(value)?;
                    scanner.skip('-');
                }
            }
            JsToken::Word { word, .. } => match word {
                JsWord::Half(hours) if !found.time.is_empty() => found.half = Some(hours),
                JsWord::Month(month) => {
                    found.month = Some(month);
                    scanner.skip('-');
                }
                JsWord::Zone(hours) if has_number => found.set_zone(hours),
                _ if has_number || matches!(scanner.current, JsToken::Number { .. }) => return None,
                _ => {}
            },
            JsToken::Symbol(sign @ ('+' | '-'))
                if !found.time.is_empty() || found.zone_hour == Some(0) && found.zone_minute == Some(0) =>
            {
                found.sign = if sign == '-' { -1 } else { 1 };
                let (value, length) = match scanner.current {
                    JsToken::Number { value, length } => {
                        scanner.next();
                        (value, length)
                    }
                    _ => (0, 0),
                };
                has_number = true;
                (found.zone_hour, found.zone_minute) = match length {
                    _ if scanner.current == JsToken::Symbol(':') => (Some(value), None),
                    1 | 2 => (Some(value), Some(0)),
                    3 | 4 => (Some(value / 100), Some(value % 100)),
                    _ => return None,
                };
            }
            JsToken::Symbol('+' | '-' | ')') if has_number => return None,
            _ => {}
        }
    }
}

fn fraction(value: i64, length: usize) -> i64 {
    match length {
        1 => value * 100,
        2 => value * 10,
        3 => value,
        _ => value.to_string().get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0),
    }
}

/// Parses an ISO 8601 date with an optional time. Returns the first token that is not part of it; `None` if the text
/// cannot be a date of any form.
fn iso(scanner: &mut Scanner<'_>, found: &mut DateParts) -> Option<JsToken> {
    let fixed = |token: JsToken, digits: usize| match token {
        JsToken::Number { value, length } if length == digits => Some(value),
        _ => None,
    };
    if let JsToken::Symbol('+' | '-') = scanner.current {
        let sign = scanner.next();
        let Some(year) = fixed(scanner.current, 6) else { return Some(sign) };
        if sign == JsToken::Symbol('-') && year == 0 {
            return Some(sign);
        }
        scanner.next();
        found.day.push(if sign == JsToken::Symbol('-') { -year } else { year });
    } else if let Some(year) = fixed(scanner.current, 4) {
        scanner.next();
        found.day.push(year);
    } else {
        return Some(scanner.next());
    }
    for largest in [12, 31] {
        if !scanner.skip('-') {
            break;
        }
        match fixed(scanner.current, 2).filter(|number| (1..=largest).contains(number)) {
            Some(number) => found.day.push(number),
            None => return Some(scanner.next()),
        }
        scanner.next();
    }
    match scanner.current {
        JsToken::End => {}
        JsToken::Word { word: JsWord::Separator, .. } => {
            scanner.next();
            let hour = fixed(scanner.next(), 2).filter(|hour| *hour <= 24)?;
            if !scanner.skip(':') {
                return None;
            }
            let minute = fixed(scanner.next(), 2).filter(|minute| *minute < 60)?;
            found.time.extend([hour, minute]);
            if scanner.skip(':') {
                found.time.push(fixed(scanner.next(), 2).filter(|second| *second < 60)?);
                if scanner.skip('.') {
                    let JsToken::Number { value, length } = scanner.next() else { return None };
                    found.time.push(fraction(value, length));
                }
            }
            match scanner.current {
                JsToken::Word { is_z: true, .. } => {
                    scanner.next();
                    found.set_zone(0);
                }
                JsToken::Symbol(sign @ ('+' | '-')) => {
                    scanner.next();
                    found.sign = if sign == '-' { -1 } else { 1 };
                    if let Some(zone) = fixed(scanner.current, 4) {
                        scanner.next();
                        (found.zone_hour, found.zone_minute) = (Some(zone / 100), Some(zone % 100));
                    } else {
                        found.zone_hour = Some(fixed(scanner.next(), 2)?);
                        if !scanner.skip(':') {
                            return None;
                        }
                        found.zone_minute = Some(fixed(scanner.next(), 2)?);
                    }
                }
                _ => {}
            }
            if scanner.current != JsToken::End {
                return None;
            }
        }
        _ => return Some(scanner.next()),
    }
    found.is_iso = true;
    Some(JsToken::End)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_match_javascript() {
        for (text, expected) in [
            ("2026-02-28", "2026-02-28 0"),
            ("2026-02-30", "2026-03-02 0"),
            ("2026-02-32", "-"),
            ("2026-13-01", "-"),
            ("2026/03/01", "2026-03-01 0"),
            ("2026-1-5", "2026-01-05 0"),
            ("2026.01.05", "2026-01-05 0"),
            ("12", "2001-12-01 0"),
            ("32", "2032-01-01 0"),
            ("0", "2000-01-01 0"),
            ("2026", "2026-01-01 0"),
            ("20260112", "-"),
            ("week 3", "2001-03-01 0"),
            ("four days", "-"),
            ("Jan 12", "2001-01-12 0"),
            ("3 May 2026", "2026-05-03 0"),
            ("May 3rd", "-"),
            ("12.01.2026", "2026-12-01 0"),
            ("31.12.2026", "-"),
            ("2026-01-12 10:30", "2026-01-12 37800000"),
            ("2026-01-12T10:30:15.5", "2026-01-12 37815500"),
            ("2026-01-12T25:00", "-"),
            ("2026-01-12T10:30Z", "2026-01-12 37800000"),
            ("2026-01-12 3:00 PM", "2026-01-12 54000000"),
            ("2026-01-12 (note)", "2026-01-12 0"),
            ("2026-01-12x", "-"),
            ("x2026", "-"),
            ("abc 2026-01-12", "2026-01-12 0"),
            ("2026-01-05+01:00", "-"),
            ("28dd", "-"),
            ("", "-"),
        ] {
            let found = parse(text).map_or_else(
                || "-".to_owned(),
                |at| {
                    let (year, month, day) = date_of(at.div_euclid(DAY));
                    format!("{year:04}-{month:02}-{day:02} {}", at.rem_euclid(DAY))
                },
            );
            assert_eq!(found, expected, "{text}");
        }
    }
}
