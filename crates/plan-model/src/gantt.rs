//! Mermaid's `gantt` charts: what mermaid draws of them, with the place of every part, and what it would reject or draw
//! silently wrong. Tolerant: a line that is not understood costs only itself.
//!
//! The syntax is that of mermaid's documentation: directives, sections, and bars `name :tags, id, start, end`.

use std::{collections::HashMap, ops::Range};

use jiff::{ToSpan, civil::Date, civil::Weekday};

use crate::reference::{self, Value};

/// A chart. Ranges are bytes of the text that it was read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Its title.
    pub title: Option<Range<usize>>,
    /// Its sections.
    pub sections: Vec<Range<usize>>,
    /// Its bars in order.
    pub bars: Vec<Bar>,
    /// What is wrong in it.
    pub problems: Vec<Problem>,
}

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The whole line.
    pub range: Range<usize>,
    /// Its name.
    pub name: Range<usize>,
    /// What its name names, as a reference: `Task 1.1`.
    pub names: Value,
    /// The section it stands in, by index.
    pub section: Option<usize>,
    /// `done`, `active`, `crit`, `milestone`.
    pub tags: Vec<Range<usize>>,
    /// What `after` and `until` name it by.
    pub id: Option<Range<usize>>,
    /// Where its start is written; nothing where it starts when the bar before it ends.
    pub start: Option<Range<usize>>,
    /// The ids behind `after`.
    pub after: Vec<Range<usize>>,
    /// The ids behind `until`.
    pub until: Vec<Range<usize>>,
    /// Where its end or duration is written.
    pub end: Option<Range<usize>>,
    /// Its first day, and the day after its last one, as far as they can be told.
    pub days: Option<(Date, Date)>,
}

/// Something wrong in a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub range: Range<usize>,
    /// What mermaid makes of it.
    pub message: String,
    /// It is a day that the calendar does not have.
    pub invalid_date: bool,
}

/// The words that begin a directive.
const DIRECTIVES: [&str; 14] = [
    "title",
    "dateFormat",
    "axisFormat",
    "tickInterval",
    "excludes",
    "includes",
    "todayMarker",
    "weekday",
    "weekend",
    "inclusiveEndDates",
    "topAxis",
    "displayMode",
    "accTitle",
    "accDescr",
];

const TAGS: [&str; 5] = ["active", "done", "crit", "milestone", "vert"];

/// Whether the text of a mermaid block is a gantt chart.
pub fn is_gantt(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("%%"));
    lines.next().is_some_and(|line| line == "gantt" || line.starts_with("gantt "))
}

/// Reads the text of a block.
pub fn read(text: &str) -> Chart {
    let mut reader = Reader {
        text,
        chart: Chart::default(),
        format: Format::Days,
        weekends: false,
        friday: false,
        inclusive: false,
        excluded: Vec::new(),
        included: Vec::new(),
        rest_days: Vec::new(),
    };
    let mut seen_header = false;
    let mut at = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let start = at;
        at += line.len();
        let bare = line.trim();
        let from = start + (line.len() - line.trim_start().len());
        if bare.is_empty() || bare.starts_with("%%") {
            continue;
        }
        if !seen_header {
            seen_header = true;
            continue;
        }
        reader.line(from..from + bare.len());
    }
    reader.days();
    reader.chart
}

/// How dates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// `YYYY-MM-DD`, perhaps with a time behind it.
    Days,
    /// Another one, of which nothing is concluded.
    Other,
}

struct Reader<'a> {
    text: &'a str,
    chart: Chart,
    format: Format,
    weekends: bool,
    /// The weekend begins on Friday.
    friday: bool,
    /// A date that is an end counts, too.
    inclusive: bool,
    excluded: Vec<Date>,
    included: Vec<Date>,
    rest_days: Vec<Weekday>,
}

impl<'a> Reader<'a> {
    fn at(&self, range: &Range<usize>) -> &'a str {
        &self.text[range.clone()]
    }

    fn problem(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.chart.problems.push(Problem { range, message: message.into(), invalid_date: false });
    }

    fn line(&mut self, range: Range<usize>) {
        let line = self.at(&range);
        let word = line.split([' ', '\t', ':']).next().unwrap_or_default();
        let rest =
            range.start + word.len() + (line[word.len()..].len() - line[word.len()..].trim_start().len())
                ..range.end;
        match word {
            "section" => self.chart.sections.push(rest),
            "click" | "---" => {}
            "title" => self.chart.title = Some(rest),
            "dateFormat" => {
                let format = self.at(&rest);
                self.format = if format.starts_with("YYYY-MM-DD") { Format::Days } else { Format::Other };
            }
            "excludes" => {
                for part in self.at(&rest).to_lowercase().split([' ', ',']) {
                    self.weekends |= part == "weekends";
                    self.rest_days.extend(weekday(part));
                    self.excluded.extend(part.parse::<Date>().ok());
                }
            }
            "includes" => {
                let days = self.at(&rest).split([' ', ',']).filter_map(|part| part.parse::<Date>().ok());
                self.included.extend(days);
            }
            "weekend" => self.friday = self.at(&rest) == "friday",
            "inclusiveEndDates" => self.inclusive = true,
            word if DIRECTIVES.contains(&word) => {}
            _ => match line.find(':') {
                Some(colon) => self.bar(range.clone(), colon),
                None => self.problem(
                    range,
                    "mermaid reads this line as nothing: a task has a colon before its dates",
                ),
            },
        }
    }

    fn bar(&mut self, range: Range<usize>, colon: usize) {
        let line = self.at(&range);
        let name = range.start..range.start + line[..colon].trim_end().len();
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut from = range.start + colon + 1;
        for part in line[colon + 1..].split(',') {
            let start = from + (part.len() - part.trim_start().len());
            parts.push(start..start + part.trim().len());
            from += part.len() + 1;
        }
        let mut bar = Bar {
            range: range.clone(),
            names: reference::read(self.at(&name)),
            name,
            section: self.chart.sections.len().checked_sub(1),
            tags: Vec::new(),
            id: None,
            start: None,
            after: Vec::new(),
            until: Vec::new(),
            end: None,
            days: None,
        };
        while parts.first().is_some_and(|part| TAGS.contains(&self.at(part))) {
            bar.tags.push(parts.remove(0));
        }
        match &parts[..] {
            [] => {}
            [end] if end.is_empty() => self.problem(range, "this task has neither start nor end"),
            [end] => bar.end = Some(end.clone()),
            [start, end] => (bar.start, bar.end) = (Some(start.clone()), Some(end.clone())),
            [id, start, end] => {
                (bar.id, bar.start, bar.end) = (Some(id.clone()), Some(start.clone()), Some(end.clone()));
            }
            [.., last] => {
                let message = "mermaid knows tags, an id, a start and an end, and nothing behind them";
                self.problem(last.clone(), message);
                return;
            }
        }
        if let Some(start) = bar.start.clone() {
            match self.ids(&start, "after ") {
                Some(ids) => bar.after = ids,
                None => self.check_date(&start, false),
            }
        }
        if let Some(end) = bar.end.clone() {
            match self.ids(&end, "until ") {
                Some(ids) => bar.until = ids,
                None => self.check_date(&end, true),
            }
        }
        self.chart.bars.push(bar);
    }

    /// The ids behind a word.
    fn ids(&self, range: &Range<usize>, word: &str) -> Option<Vec<Range<usize>>> {
        let rest = self.at(range).strip_prefix(word)?;
        let mut at = range.end - rest.len();
        let mut ids = Vec::new();
        for part in rest.split(' ') {
            if !part.is_empty() {
                ids.push(at..at + part.len());
            }
            at += part.len() + 1;
        }
        Some(ids)
    }

    fn check_date(&mut self, range: &Range<usize>, may_last: bool) {
        let text = self.at(range);
        let unfilled = text.contains(['[', ']', '{', '<']) || text.contains("YYYY") || text.is_empty();
        if unfilled || may_last && duration(text).is_some() || self.format == Format::Other {
            return;
        }
        match written_date(text) {
            Written::Day(_) => {}
            Written::NoSuchDay => self.chart.problems.push(Problem {
                range: range.clone(),
                message: format!("there is no day `{text}`"),
                invalid_date: true,
            }),
            Written::Nothing
                if may_last && text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains('-') =>
            {
                let message =
                    format!("`{text}` is no duration: mermaid draws a bar of no length; write 3d, 2w, 12h");
                self.problem(range.clone(), message);
            }
            Written::Nothing => {
                let what =
                    if may_last { "neither a date nor a duration" } else { "no date of the chart's format" };
                self.problem(range.clone(), format!("`{text}` is {what}"));
            }
        }
    }

    /// Finds out the days of all bars, in as many rounds as `after` goes forward.
    fn days(&mut self) {
        if self.format == Format::Other {
            return;
        }
        let text = self.text;
        let ids: HashMap<&str, usize> = self
            .chart
            .bars
            .iter()
            .enumerate()
            .filter_map(|(number, bar)| Some((&text[bar.id.clone()?], number)))
            .collect();
        // Each round fixes at least one bar, or it is the last one; charts of thousands of bars are read in order.
        for _ in 0..16 {
            let mut changed = false;
            for number in 0..self.chart.bars.len() {
                let bar = &self.chart.bars[number];
                if bar.days.is_some() {
                    continue;
                }
                let start = match &bar.start {
                    None => number.checked_sub(1).and_then(|before| Some(self.chart.bars[before].days?.1)),
                    Some(_) if !bar.after.is_empty() => {
                        let ends: Option<Vec<Date>> = bar
                            .after
                            .iter()
                            .map(|id| Some(self.chart.bars[*ids.get(&text[id.clone()])?].days?.1))
                            .collect();
                        ends.and_then(|ends| ends.into_iter().max())
                    }
                    Some(start) => match written_date(&text[start.clone()]) {
                        Written::Day(day) => Some(day),
                        _ => None,
                    },
                };
                let (Some(start), Some(end)) = (start, &bar.end) else { continue };
                let end = if !bar.until.is_empty() {
                    let starts = bar
                        .until
                        .iter()
                        .map(|id| Some(self.chart.bars[*ids.get(&text[id.clone()])?].days?.0));
                    starts.collect::<Option<Vec<Date>>>().and_then(|starts| starts.into_iter().min())
                } else if let Some(length) = duration(&text[end.clone()]) {
                    self.later(start, length)
                } else {
                    match written_date(&text[end.clone()]) {
                        Written::Day(day) if self.inclusive => day.checked_add(1.day()).ok(),
                        Written::Day(day) => Some(day),
                        _ => None,
                    }
                };
                let Some(end) = end else { continue };
                self.chart.bars[number].days = Some((start, end));
                changed = true;
            }
            if !changed {
                break;
            }
        }
    }

    /// Where a bar ends that starts here and takes this long, as mermaid has it: an excluded day between, or at the end,
    /// puts the end off by one. Nothing where it is not a whole number of days.
    fn later(&self, start: Date, (number, unit): (f64, &str)) -> Option<Date> {
        let (days, months) = match unit {
            "d" => (number, 0.0),
            "w" => (number * 7.0, 0.0),
            "M" => (0.0, number),
            "y" => (0.0, number * 12.0),
            "h" => (number / 24.0, 0.0),
            "m" => (number / 1440.0, 0.0),
            "s" => (number / 86_400.0, 0.0),
            _ => (number / 86_400_000.0, 0.0),
        };
        if days.fract() != 0.0 || months.fract() != 0.0 || days > LONGEST || months > LONGEST / 30.0 {
            return None;
        }
        let mut end = start.checked_add((days as i64).days().months(months as i64)).ok()?;
        if !self.weekends && self.excluded.is_empty() && self.rest_days.is_empty() {
            return Some(end);
        }
        let mut day = start.checked_add(1.day()).ok()?;
        let mut left = LONGEST as usize;
        while day <= end && left > 0 {
            if self.rests(day) {
                end = end.checked_add(1.day()).ok()?;
            }
            day = day.checked_add(1.day()).ok()?;
            left -= 1;
        }
        (left > 0).then_some(end)
    }

    /// Whether nothing is done on a day.
    fn rests(&self, day: Date) -> bool {
        let weekend = match day.weekday() {
            Weekday::Saturday => true,
            Weekday::Sunday => !self.friday,
            Weekday::Friday => self.friday,
            _ => false,
        };
        let named = || self.rest_days.contains(&day.weekday());
        !self.included.contains(&day) && (self.weekends && weekend || named() || self.excluded.contains(&day))
    }
}

/// A bar of more days is not computed.
const LONGEST: f64 = 20_000.0;

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

enum Written {
    Day(Date),
    NoSuchDay,
    Nothing,
}

/// A date as `YYYY-MM-DD`, with or without a time.
fn written_date(text: &str) -> Written {
    let Some(day) = text.get(..10) else { return Written::Nothing };
    let shaped = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let rest = &text[10..];
    if !shaped || !(rest.is_empty() || rest.starts_with([' ', 'T'])) {
        return Written::Nothing;
    }
    day.parse().map_or(Written::NoSuchDay, Written::Day)
}

/// A duration with its unit: `3d`, `2w`, `12h`.
fn duration(text: &str) -> Option<(f64, &str)> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..unit_at].parse().ok()?;
    let unit = &text[unit_at..];
    matches!(unit, "ms" | "s" | "m" | "h" | "d" | "w" | "M" | "y").then_some((number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> (Vec<String>, Vec<String>) {
        let chart = read(text);
        let bars = chart.bars.iter().map(|bar| match bar.days {
            Some((first, last)) => format!("{} {first} {last}", &text[bar.name.clone()]),
            None => format!("{} ?", &text[bar.name.clone()]),
        });
        let problems = chart.problems.iter().map(|problem| text[problem.range.clone()].to_owned());
        (bars.collect(), problems.collect())
    }

    #[test]
    fn days_as_mermaid_computes_them() {
        let text = "gantt\n  title T\n  dateFormat YYYY-MM-DD\n  excludes weekends\n  section One\n  A :done, a, 2026-03-05, 3d\n  B :b, after a, 1w\n  C :2026-03-02, 2026-03-04\n  D :crit, 2d\n  %% no\n  E :milestone, e, after a b, 0d\n";
        let (bars, problems) = shown(text);
        assert_eq!(
            bars,
            [
                "A 2026-03-05 2026-03-10",
                "B 2026-03-10 2026-03-19",
                "C 2026-03-02 2026-03-04",
                "D 2026-03-04 2026-03-06",
                "E 2026-03-19 2026-03-19"
            ]
        );
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let text = "gantt\n  A :a, 2026-02-30, 3d\n  B :b, after a, 28dd\n  C :2026/03/01, 3d\n  no task\n  D :a, b, c, d, e\n  E :e, [start], 3d\n  F :four days\n";
        let (bars, problems) = shown(text);
        assert_eq!(bars.len(), 5);
        assert_eq!(problems, ["2026-02-30", "28dd", "2026/03/01", "no task", "e", "four days"]);
    }

    #[test]
    fn other_formats_are_left_alone() {
        let (bars, problems) = shown("gantt\n  dateFormat DD.MM.YYYY\n  A :a, 05.03.2026, 3d\n");
        assert_eq!((bars, problems), (vec!["A ?".to_owned()], Vec::new()));
        assert!(is_gantt("%% x\n\ngantt\n") && !is_gantt("graph TD\n"));
    }
}
