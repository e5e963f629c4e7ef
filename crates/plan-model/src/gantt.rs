//! Parser for Mermaid `gantt` charts: the tasks with their ranges and dates, and the lines that Mermaid rejects or
//! draws incorrectly without an error. An invalid line does not affect the others.
//!
//! The syntax follows the Mermaid documentation: directives, sections, and tasks `name :tags, id, start, end`.

use std::{collections::HashMap, ops::Range};

use jiff::{ToSpan, civil::Date, civil::Weekday};

use crate::reference::{self, Value};

/// A Gantt chart. Ranges are bytes of the text that it was parsed from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GanttChart {
    /// Title.
    pub title: Option<Range<usize>>,
    /// Section titles.
    pub sections: Vec<Range<usize>>,
    /// Tasks in document order.
    pub tasks: Vec<GanttTask>,
    /// Invalid lines and values.
    pub problems: Vec<Problem>,
}

/// A task of a Gantt chart.
#[derive(Clone, Debug, PartialEq)]
pub struct GanttTask {
    /// The whole line.
    pub range: Range<usize>,
    /// Name.
    pub name: Range<usize>,
    /// The name parsed as a reference to a task or phase: `Task 1.1`.
    pub reference: Value,
    /// Index of its section.
    pub section: Option<usize>,
    /// Tags: `done`, `active`, `crit`, `milestone`, `vert`.
    pub tags: Vec<Range<usize>>,
    /// ID, which `after` and `until` refer to.
    pub id: Option<Range<usize>>,
    /// Start as written; `None` if the task starts when the previous one ends.
    pub start: Option<Range<usize>>,
    /// IDs of the tasks that the start refers to (`after`).
    pub after: Vec<Range<usize>>,
    /// IDs of the tasks that the end refers to (`until`).
    pub until: Vec<Range<usize>>,
    /// End or duration as written.
    pub end: Option<Range<usize>>,
    /// First date and the date after the last one, if they can be computed.
    pub days: Option<(Date, Date)>,
}

/// A problem in a Gantt chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Invalid text.
    pub range: Range<usize>,
    /// Message for the user.
    pub message: String,
    /// Whether the problem is a date that does not exist.
    pub invalid_date: bool,
}

/// Keywords of directives.
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

/// Returns whether the text of a Mermaid block is a Gantt chart.
pub fn is_gantt(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("%%"));
    lines.next().is_some_and(|line| line == "gantt" || line.starts_with("gantt "))
}

/// Parses the text of a Mermaid block.
pub fn parse(text: &str) -> GanttChart {
    let mut parser = Parser {
        text,
        chart: GanttChart::default(),
        format: DateFormat::Iso,
        excludes_weekends: false,
        weekend_starts_on_friday: false,
        inclusive_end_dates: false,
        excluded_dates: Vec::new(),
        included_dates: Vec::new(),
        excluded_weekdays: Vec::new(),
    };
    let mut seen_header = false;
    let mut next_line = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let line_start = next_line;
        next_line += line.len();
        let content = line.trim();
        let start = line_start + (line.len() - line.trim_start().len());
        if content.is_empty() || content.starts_with("%%") {
            continue;
        }
        if !seen_header {
            seen_header = true;
            continue;
        }
        parser.line(start..start + content.len());
    }
    parser.compute_dates();
    parser.chart
}

/// Date format of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DateFormat {
    /// `YYYY-MM-DD`, optionally followed by a time.
    Iso,
    /// Another format, whose dates are not checked or computed.
    Other,
}

struct Parser<'a> {
    text: &'a str,
    chart: GanttChart,
    format: DateFormat,
    excludes_weekends: bool,
    weekend_starts_on_friday: bool,
    inclusive_end_dates: bool,
    excluded_dates: Vec<Date>,
    included_dates: Vec<Date>,
    excluded_weekdays: Vec<Weekday>,
}

impl<'a> Parser<'a> {
    fn slice(&self, range: &Range<usize>) -> &'a str {
        &self.text[range.clone()]
    }

    fn problem(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.chart.problems.push(Problem { range, message: message.into(), invalid_date: false });
    }

    fn line(&mut self, range: Range<usize>) {
        let line = self.slice(&range);
        let word = line.split([' ', '\t', ':']).next().unwrap_or_default();
        let rest =
            range.start + word.len() + (line[word.len()..].len() - line[word.len()..].trim_start().len())
                ..range.end;
        match word {
            "section" => self.chart.sections.push(rest),
            "click" | "---" => {}
            "title" => self.chart.title = Some(rest),
            "dateFormat" => {
                let format = self.slice(&rest);
                self.format =
                    if format.starts_with("YYYY-MM-DD") { DateFormat::Iso } else { DateFormat::Other };
            }
            "excludes" => {
                for part in self.slice(&rest).to_lowercase().split([' ', ',']) {
                    self.excludes_weekends |= part == "weekends";
                    self.excluded_weekdays.extend(weekday(part));
                    self.excluded_dates.extend(part.parse::<Date>().ok());
                }
            }
            "includes" => {
                let days = self.slice(&rest).split([' ', ',']).filter_map(|part| part.parse::<Date>().ok());
                self.included_dates.extend(days);
            }
            "weekend" => self.weekend_starts_on_friday = self.slice(&rest) == "friday",
            "inclusiveEndDates" => self.inclusive_end_dates = true,
            word if DIRECTIVES.contains(&word) => {}
            _ => match line.find(':') {
                Some(colon) => self.task(range.clone(), colon),
                None => self.problem(range, "invalid Gantt line: missing `:` between name and dates"),
            },
        }
    }

    fn task(&mut self, range: Range<usize>, colon: usize) {
        let line = self.slice(&range);
        let name = range.start..range.start + line[..colon].trim_end().len();
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut from = range.start + colon + 1;
        for part in line[colon + 1..].split(',') {
            let start = from + (part.len() - part.trim_start().len());
            parts.push(start..start + part.trim().len());
            from += part.len() + 1;
        }
        let mut task = GanttTask {
            range: range.clone(),
            reference: reference::parse(self.slice(&name)),
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
        while parts.first().is_some_and(|part| TAGS.contains(&self.slice(part))) {
            task.tags.push(parts.remove(0));
        }
        match &parts[..] {
            [] => {}
            [end] if end.is_empty() => self.problem(range, "Gantt task has no start or end"),
            [end] => task.end = Some(end.clone()),
            [start, end] => (task.start, task.end) = (Some(start.clone()), Some(end.clone())),
            [id, start, end] => {
                (task.id, task.start, task.end) = (Some(id.clone()), Some(start.clone()), Some(end.clone()));
            }
            [.., last] => {
                let message = "too many values: expected tags, ID, start and end";
                self.problem(last.clone(), message);
                return;
            }
        }
        if let Some(start) = task.start.clone() {
            match self.ids(&start, "after ") {
                Some(ids) => task.after = ids,
                None => self.check_date(&start, false),
            }
        }
        if let Some(end) = task.end.clone() {
            match self.ids(&end, "until ") {
                Some(ids) => task.until = ids,
                None => self.check_date(&end, true),
            }
        }
        self.chart.tasks.push(task);
    }

    /// Returns the IDs after `keyword`; `None` if the value does not start with it.
    fn ids(&self, range: &Range<usize>, keyword: &str) -> Option<Vec<Range<usize>>> {
        let rest = self.slice(range).strip_prefix(keyword)?;
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

    fn check_date(&mut self, range: &Range<usize>, allows_duration: bool) {
        let text = self.slice(range);
        let is_unfilled = text.contains(['[', ']', '{', '<']) || text.contains("YYYY") || text.is_empty();
        if is_unfilled || allows_duration && duration(text).is_some() || self.format == DateFormat::Other {
            return;
        }
        match parse_date(text) {
            ParsedDate::Valid(_) => {}
            ParsedDate::Nonexistent => self.chart.problems.push(Problem {
                range: range.clone(),
                message: format!("invalid date `{text}`"),
                invalid_date: true,
            }),
            ParsedDate::Invalid
                if allows_duration
                    && text.starts_with(|c: char| c.is_ascii_digit())
                    && !text.contains('-') =>
            {
                let message = format!("invalid duration `{text}`; use `3d`, `2w` or `12h`");
                self.problem(range.clone(), message);
            }
            ParsedDate::Invalid => {
                let message = if allows_duration {
                    format!("invalid date or duration `{text}`")
                } else {
                    format!("invalid date `{text}`; expected the chart's date format")
                };
                self.problem(range.clone(), message);
            }
        }
    }

    /// Computes the dates of all tasks. Each reference to a later task requires another round.
    fn compute_dates(&mut self) {
        if self.format == DateFormat::Other {
            return;
        }
        let text = self.text;
        let ids: HashMap<&str, usize> = self
            .chart
            .tasks
            .iter()
            .enumerate()
            .filter_map(|(index, task)| Some((&text[task.id.clone()?], index)))
            .collect();
        for _ in 0..MAX_DATE_ROUNDS {
            let mut changed = false;
            for index in 0..self.chart.tasks.len() {
                let task = &self.chart.tasks[index];
                if task.days.is_some() {
                    continue;
                }
                let start = match &task.start {
                    None => index.checked_sub(1).and_then(|before| Some(self.chart.tasks[before].days?.1)),
                    Some(_) if !task.after.is_empty() => {
                        let ends: Option<Vec<Date>> = task
                            .after
                            .iter()
                            .map(|id| Some(self.chart.tasks[*ids.get(&text[id.clone()])?].days?.1))
                            .collect();
                        ends.and_then(|ends| ends.into_iter().max())
                    }
                    Some(start) => match parse_date(&text[start.clone()]) {
                        ParsedDate::Valid(date) => Some(date),
                        _ => None,
                    },
                };
                let (Some(start), Some(end)) = (start, &task.end) else { continue };
                let end = if !task.until.is_empty() {
                    let starts = task
                        .until
                        .iter()
                        .map(|id| Some(self.chart.tasks[*ids.get(&text[id.clone()])?].days?.0));
                    starts.collect::<Option<Vec<Date>>>().and_then(|starts| starts.into_iter().min())
                } else if let Some(length) = duration(&text[end.clone()]) {
                    self.end_after(start, length)
                } else {
                    match parse_date(&text[end.clone()]) {
                        ParsedDate::Valid(date) if self.inclusive_end_dates => date.checked_add(1.day()).ok(),
                        ParsedDate::Valid(date) => Some(date),
                        _ => None,
                    }
                };
                let Some(end) = end else { continue };
                self.chart.tasks[index].days = Some((start, end));
                changed = true;
            }
            if !changed {
                break;
            }
        }
    }

    /// Returns the end of a task with this start and duration as Mermaid computes it: each excluded day up to
    /// and including the end moves the end by one day. `None` if the duration is not a whole number of days.
    fn end_after(&self, start: Date, (number, unit): (f64, &str)) -> Option<Date> {
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
        if days.fract() != 0.0
            || months.fract() != 0.0
            || days > MAX_TASK_DAYS
            || months > MAX_TASK_DAYS / 30.0
        {
            return None;
        }
        let mut end = start.checked_add((days as i64).days().months(months as i64)).ok()?;
        if !self.excludes_weekends && self.excluded_dates.is_empty() && self.excluded_weekdays.is_empty() {
            return Some(end);
        }
        let mut day = start.checked_add(1.day()).ok()?;
        let mut remaining = MAX_TASK_DAYS as usize;
        while day <= end && remaining > 0 {
            if self.is_excluded(day) {
                end = end.checked_add(1.day()).ok()?;
            }
            day = day.checked_add(1.day()).ok()?;
            remaining -= 1;
        }
        (remaining > 0).then_some(end)
    }

    /// Returns whether the chart excludes a date from durations.
    fn is_excluded(&self, day: Date) -> bool {
        let is_weekend = match day.weekday() {
            Weekday::Saturday => true,
            Weekday::Sunday => !self.weekend_starts_on_friday,
            Weekday::Friday => self.weekend_starts_on_friday,
            _ => false,
        };
        let is_excluded_weekday = || self.excluded_weekdays.contains(&day.weekday());
        !self.included_dates.contains(&day)
            && (self.excludes_weekends && is_weekend
                || is_excluded_weekday()
                || self.excluded_dates.contains(&day))
    }
}

/// Maximum duration in days for which an end is computed.
const MAX_TASK_DAYS: f64 = 20_000.0;

/// Maximum number of rounds in which dates are computed, so that long chains of references to later tasks stay cheap.
const MAX_DATE_ROUNDS: usize = 16;

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

enum ParsedDate {
    Valid(Date),
    /// A date that does not exist, such as 2026-02-30.
    Nonexistent,
    /// Not a date.
    Invalid,
}

/// Parses a date `YYYY-MM-DD`, with or without a time.
fn parse_date(text: &str) -> ParsedDate {
    let Some(day) = text.get(..10) else { return ParsedDate::Invalid };
    let has_date_format = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let rest = &text[10..];
    if !has_date_format || !(rest.is_empty() || rest.starts_with([' ', 'T'])) {
        return ParsedDate::Invalid;
    }
    day.parse().map_or(ParsedDate::Nonexistent, ParsedDate::Valid)
}

/// Parses a duration into number and unit: `3d`, `2w`, `12h`.
fn duration(text: &str) -> Option<(f64, &str)> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let number: f64 = text[..unit_at].parse().ok()?;
    let unit = &text[unit_at..];
    matches!(unit, "ms" | "s" | "m" | "h" | "d" | "w" | "M" | "y").then_some((number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> (Vec<String>, Vec<String>) {
        let chart = parse(text);
        let tasks = chart.tasks.iter().map(|task| match task.days {
            Some((first, last)) => format!("{} {first} {last}", &text[task.name.clone()]),
            None => format!("{} ?", &text[task.name.clone()]),
        });
        let problems = chart.problems.iter().map(|problem| text[problem.range.clone()].to_owned());
        (tasks.collect(), problems.collect())
    }

    #[test]
    fn dates_match_mermaid() {
        let text = "gantt\n  title T\n  dateFormat YYYY-MM-DD\n  excludes weekends\n  section One\n  A :done, a, 2026-03-05, 3d\n  B :b, after a, 1w\n  C :2026-03-02, 2026-03-04\n  D :crit, 2d\n  %% no\n  E :milestone, e, after a b, 0d\n";
        let (tasks, problems) = formatted(text);
        assert_eq!(
            tasks,
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
    fn problems_have_ranges() {
        let text = "gantt\n  A :a, 2026-02-30, 3d\n  B :b, after a, 28dd\n  C :2026/03/01, 3d\n  no task\n  D :a, b, c, d, e\n  E :e, [start], 3d\n  F :four days\n";
        let (tasks, problems) = formatted(text);
        assert_eq!(tasks.len(), 5);
        assert_eq!(problems, ["2026-02-30", "28dd", "2026/03/01", "no task", "e", "four days"]);
    }

    #[test]
    fn other_date_formats_are_not_checked() {
        let (tasks, problems) = formatted("gantt\n  dateFormat DD.MM.YYYY\n  A :a, 05.03.2026, 3d\n");
        assert_eq!((tasks, problems), (vec!["A ?".to_owned()], Vec::new()));
        assert!(is_gantt("%% x\n\ngantt\n") && !is_gantt("graph TD\n"));
    }
}
