//! Parser for Mermaid `gantt` charts: the tasks with their ranges and dates, and the lines that Mermaid rejects or
//! draws incorrectly without an error. An invalid line does not affect the others.
//!
//! The parser follows Mermaid 11: `source.rs` prepares the text, and `lexer.rs` finds keywords, names and values.
//! `schedule.rs` computes the days, with dates that `format.rs` and `js_date.rs` parse. `tests/mermaid` compares the
//! results with those of Mermaid.

mod computed;
mod excludes;
mod format;
mod js_date;
mod lexer;
mod schedule;
mod source;

use std::{collections::HashSet, ops::Range};

use jiff::civil::Date;

pub use self::{computed::COMPUTED_COMMENT, excludes::ChartExcludes};
use self::{
    format::{DateFormat, ParsedDate, duration},
    lexer::{GanttToken, Lexer},
    schedule::{Calendar, Rejection, ScheduledTask, Start, is_id_char, referenced_ids},
    source::{ChartSource, is_space},
};
use crate::{
    ascii,
    reference::{self, Value},
};

/// A Gantt chart. Ranges are bytes of the text that it was parsed from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GanttChart {
    /// Range of the title.
    pub title: Option<Range<usize>>,
    /// Section titles.
    pub sections: Vec<Range<usize>>,
    /// Tasks in document order.
    pub tasks: Vec<GanttTask>,
    /// Invalid lines and values, by position.
    pub problems: Vec<Problem>,
    /// Whether Mermaid shows an error instead of the chart.
    pub is_rejected: bool,
    /// Days that the chart excludes.
    pub excluded: ChartExcludes,
    /// Whether the dates of the chart have the form `YYYY-MM-DD`.
    pub has_iso_dates: bool,
    /// Whether a task includes its end date (`inclusiveEndDates`).
    pub inclusive_end_dates: bool,
}

/// A task of a Gantt chart.
#[derive(Clone, Debug, PartialEq)]
pub struct GanttTask {
    /// The whole line.
    pub range: Range<usize>,
    /// Range of the name.
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
    /// IDs after `after`.
    pub after: Vec<Range<usize>>,
    /// IDs after `until`.
    pub until: Vec<Range<usize>>,
    /// End or duration as written.
    pub end: Option<Range<usize>>,
    /// First date and the date after the last one, if they can be computed.
    pub days: Option<(Date, Date)>,
    /// Whether Plansmith computed its dates, according to a [`COMPUTED_COMMENT`].
    pub is_computed: bool,
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
    /// Text to remove to correct the line.
    pub superfluous: Option<Range<usize>>,
}

/// Keywords that have a value.
const LINE_KEYWORDS: [&str; 10] = [
    "title",
    "dateFormat",
    "axisFormat",
    "tickInterval",
    "excludes",
    "includes",
    "todayMarker",
    "weekday",
    "weekend",
    "section",
];

const TAGS: [&str; 5] = ["active", "done", "crit", "milestone", "vert"];

/// Returns whether the text of a Mermaid block is a Gantt chart, or was intended as one: Mermaid knows only the lower-case
/// keyword `gantt`.
pub fn is_gantt(text: &str) -> bool {
    ascii::contains(text, "gantt") && ascii::starts_with(&ChartSource::new(text).0.text, "gantt")
}

/// Returns whether `after` and `until` can refer to this ID.
pub fn is_reference_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(is_id_char)
}

/// Parses the text of a Mermaid block.
pub fn parse(text: &str) -> GanttChart {
    let (source, preamble) = ChartSource::new(text);
    let mut parser = Parser {
        text,
        lexer: Lexer::new(&source.text),
        source: &source,
        pending: None,
        chart: GanttChart::default(),
        calendar: Calendar {
            format: DateFormat::new(""),
            excludes: HashSet::new(),
            includes: HashSet::new(),
            weekend_starts_on_friday: false,
            inclusive_end_dates: false,
        },
        excludes: None,
    };
    if let Some(opening) = preamble.unclosed_front_matter {
        parser.rejected(opening, "unclosed front matter in Gantt chart");
    }
    if let Some(yaml) = preamble.front_matter
        && let Some(error) = crate::yaml::first_yaml_error(&text[yaml.clone()])
    {
        let at = yaml.start + error.range.start..yaml.start + error.range.end;
        parser.rejected(at, format!("invalid YAML: {}", error.message));
    }
    parser.lines();
    parser.check_values();
    parser.check_ids();
    parser.compute_days();
    computed::mark(text, &mut parser.chart.tasks);
    parser.chart.excluded = parser.calendar.excluded_days();
    parser.chart.has_iso_dates = parser.calendar.format.is_iso_date();
    parser.chart.inclusive_end_dates = parser.calendar.inclusive_end_dates;
    parser.chart.problems.sort_by_key(|problem| (problem.range.start, problem.range.end));
    parser.chart
}

struct Parser<'a> {
    text: &'a str,
    source: &'a ChartSource,
    lexer: Lexer<'a>,
    /// A token that was read ahead.
    pending: Option<(GanttToken, usize)>,
    chart: GanttChart,
    calendar: Calendar,
    /// Value of the last `excludes`.
    excludes: Option<Range<usize>>,
}

impl<'a> Parser<'a> {
    fn slice(&self, range: &Range<usize>) -> &'a str {
        &self.text[range.clone()]
    }

    fn problem(&mut self, range: Range<usize>, message: impl Into<String>) {
        let problem = Problem { range, message: message.into(), invalid_date: false, superfluous: None };
        self.chart.problems.push(problem);
    }

    /// Adds a problem because of which Mermaid rejects the chart.
    fn rejected(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.chart.is_rejected = true;
        self.problem(range, message);
    }

    fn next(&mut self) -> (GanttToken, usize) {
        self.pending.take().unwrap_or_else(|| self.lexer.next())
    }

    /// Consumes the next token if it is the expected one.
    fn skip(&mut self, expected: &GanttToken) -> bool {
        let next = self.next();
        let found = next.0 == *expected;
        if !found {
            self.pending = Some(next);
        }
        found
    }

    /// Returns a range of the prepared source without surrounding whitespace, as a range of the block's text.
    fn trimmed(&self, range: &Range<usize>) -> Range<usize> {
        let written = &self.source.text[range.clone()];
        let start = range.start + (written.len() - written.trim_start_matches(is_space).len());
        let end = range.start + written.trim_end_matches(is_space).len();
        self.source.origin(&(start..end.max(start)))
    }

    fn lines(&mut self) {
        if self.next().0 == GanttToken::Gantt {
            if !self.source.text.starts_with("gantt") {
                let range = self.source.origin(&(0.."gantt".len()));
                let message = format!("unknown Mermaid diagram `{}`; expected `gantt`", self.slice(&range));
                self.rejected(range, message);
            }
        } else {
            let end = self.source.text.find('\n').unwrap_or_default();
            self.rejected(self.source.origin(&(0..end)), "invalid Gantt chart: expected `gantt`");
            self.lexer.skip_line(0);
        }
        loop {
            let (token, start) = self.next();
            let is_valid = match token {
                GanttToken::End => break,
                GanttToken::Newline | GanttToken::Other => true,
                GanttToken::InclusiveEndDates => {
                    self.calendar.inclusive_end_dates = true;
                    true
                }
                GanttToken::TopAxis => {
                    let range = self.source.origin(&(start..start + "topAxis".len()));
                    self.rejected(range, "Mermaid 11 fails at `topAxis`; set it in the chart's front matter");
                    true
                }
                GanttToken::Weekend { friday } => {
                    self.calendar.weekend_starts_on_friday = friday;
                    true
                }
                GanttToken::DateFormat(value) => {
                    self.calendar.format = DateFormat::new(&self.source.text[value.clone()]);
                    self.check_keyword(start, &value);
                    true
                }
                GanttToken::Excludes(value) => {
                    let words = words(&self.source.text[value.clone()]);
                    self.calendar.excludes.extend(words);
                    self.excludes = Some(self.trimmed(&value));
                    self.check_keyword(start, &value);
                    true
                }
                GanttToken::Includes(value) => {
                    let words = words(&self.source.text[value.clone()]);
                    self.calendar.includes.extend(words);
                    self.check_keyword(start, &value);
                    true
                }
                GanttToken::Title(value) => {
                    self.chart.title = Some(self.trimmed(&value));
                    self.check_keyword(start, &value);
                    true
                }
                GanttToken::Section(value) => {
                    self.chart.sections.push(self.trimmed(&value));
                    self.check_keyword(start, &value);
                    true
                }
                GanttToken::TaskName(name) => match self.next() {
                    (GanttToken::TaskData(data), _) => {
                        self.task(&name, &data);
                        true
                    }
                    _ => false,
                },
                GanttToken::Click => match self.next().0 {
                    GanttToken::Callback => {
                        self.skip(&GanttToken::CallbackArguments);
                        self.skip(&GanttToken::Href);
                        true
                    }
                    GanttToken::Href => {
                        if self.skip(&GanttToken::Callback) {
                            self.skip(&GanttToken::CallbackArguments);
                        }
                        true
                    }
                    _ => false,
                },
                _ => false,
            };
            if !is_valid {
                self.invalid_line(start);
            }
        }
        for skipped in std::mem::take(&mut self.lexer.skipped) {
            let range = self.trimmed(&skipped);
            if self.slice(&range).contains(':') {
                self.problem(range, "Mermaid ignores this line as a comment because of `%`");
            }
        }
    }

    /// Reports a line that Mermaid cannot parse, and continues after it.
    fn invalid_line(&mut self, at: usize) {
        self.pending = None;
        self.lexer.skip_line(at);
        let source = &self.source.text;
        if at == source.len() {
            let end = source.trim_end().len();
            let line_start = source[..end].rfind('\n').map_or(0, |newline| newline + 1);
            let range = self.trimmed(&(line_start..end));
            return self.rejected(range, "unexpected end of Gantt chart: missing `}`, `)` or `\"`");
        }
        let line_start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = source[at..].find('\n').map_or(source.len(), |newline| at + newline);
        let line = self.trimmed(&(line_start..line_end));
        let written = self.slice(&line);
        let word = written.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let rest = self.trimmed(&(at..line_end));
        let is_keyword =
            ["gantt", "click", "call", "href", "accDescription"].iter().any(|k| k.eq_ignore_ascii_case(word));
        if rest.start > line.start && self.slice(&rest).starts_with([';', '#']) {
            let found = &self.slice(&rest)[..1];
            self.rejected(rest, format!("Mermaid cannot parse `{found}` after a value"));
        } else if written.starts_with("%%{") {
            self.rejected(line, "invalid Mermaid directive");
        } else if is_keyword {
            self.rejected(line, format!("`{word}` is a Mermaid keyword; start the name with another word"));
        } else if written.starts_with(|c: char| c.is_ascii_digit()) && written.contains(':') {
            self.rejected(line, "Mermaid cannot parse a name that starts with a date");
        } else if !written.contains(':') {
            self.rejected(line, "invalid Gantt line: missing `:` between name and dates");
        } else if written.ends_with(':') {
            self.rejected(line, "Gantt task has no start or end");
        } else {
            self.rejected(line, "invalid Gantt line: expected a name, `:` and dates");
        }
    }

    /// Reports a keyword whose value was probably intended as something else: the next line, or a task.
    fn check_keyword(&mut self, at: usize, value: &Range<usize>) {
        let source = &self.source.text;
        let keyword = &source[at..value.start];
        let written = keyword.trim_end_matches(is_space);
        if keyword.contains('\n') {
            let range = self.source.origin(&(at..at + written.len()));
            self.problem(range, format!("`{written}` has no value; Mermaid uses the next line as its value"));
            return;
        }
        let line = &source[at..value.end];
        let Some((_, data)) = line.split_once(':') else { return };
        let parts: Vec<&str> = data.split(',').map(str::trim).collect();
        let Some(last) = parts.last() else { return };
        let has_end = duration(last).is_some()
            || matches!(DateFormat::new("YYYY-MM-DD").parse(last), ParsedDate::At(_))
            || referenced_ids("until", last).is_some();
        if has_end && (parts.len() > 1 || !LINE_KEYWORDS.contains(&written)) {
            let range = self.trimmed(&(at..value.end));
            self.problem(
                range,
                format!("`{written}` is a Mermaid keyword, so Mermaid does not draw this task"),
            );
        }
    }

    fn task(&mut self, name: &Range<usize>, data: &Range<usize>) {
        let (name, range) = (self.trimmed(name), self.trimmed(&(name.start..data.end)));
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut from = data.start;
        for part in self.source.text[data.clone()].split(',') {
            parts.push(self.trimmed(&(from..from + part.len())));
            from += part.len() + 1;
        }
        let mut task = GanttTask {
            range: range.clone(),
            reference: reference::parse(self.slice(&name)),
            name: name.clone(),
            section: self.chart.sections.len().checked_sub(1),
            tags: Vec::new(),
            id: None,
            start: None,
            after: Vec::new(),
            until: Vec::new(),
            end: None,
            days: None,
            is_computed: false,
        };
        while parts.first().is_some_and(|part| TAGS.contains(&self.slice(part))) {
            task.tags.push(parts.remove(0));
        }
        match &parts[..] {
            [] => self.rejected(range.clone(), "Gantt task has only tags; expected a start and an end"),
            [end] if end.is_empty() => self.problem(range.clone(), "Gantt task has no start or end"),
            [end] => task.end = Some(end.clone()),
            [start, end] => (task.start, task.end) = (Some(start.clone()), Some(end.clone())),
            [id, start, end] => {
                (task.id, task.start, task.end) = (Some(id.clone()), Some(start.clone()), Some(end.clone()));
            }
            [.., last] => {
                return self.rejected(last.clone(), "too many values: expected tags, ID, start and end");
            }
        }
        task.after = task.start.as_ref().map(|start| self.ids(start, "after")).unwrap_or_default();
        task.until = task.end.as_ref().map(|end| self.ids(end, "until")).unwrap_or_default();
        let written = self.slice(&name);
        let colon = self.source.origin(&(data.start - 1..data.start));
        if is_keyword(written) {
            self.problem(range, format!("Mermaid reads `{written}:` as a task; remove the colon"));
            if let Some(problem) = self.chart.problems.last_mut() {
                problem.superfluous = Some(colon);
            }
        } else if written.starts_with([';', '#']) {
            self.problem(range, format!("Mermaid reads the text starting at `{}` as a task", &written[..1]));
        }
        self.chart.tasks.push(task);
    }

    /// Returns the IDs after `keyword`, as written.
    fn ids(&self, range: &Range<usize>, keyword: &str) -> Vec<Range<usize>> {
        let written = self.slice(range);
        let Some(rest) = written.strip_prefix(keyword).filter(|rest| rest.starts_with(is_space)) else {
            return Vec::new();
        };
        let mut at = range.end - rest.len();
        let mut ids = Vec::new();
        for part in rest.split(is_space) {
            if !part.is_empty() {
                ids.push(at..at + part.len());
            }
            at += part.len();
            at += self.text[at..range.end].chars().next().map_or(0, char::len_utf8);
        }
        ids
    }

    /// Reports IDs of several tasks. Mermaid uses the last task with an ID.
    fn check_ids(&mut self) {
        let mut seen = HashSet::new();
        let ids: Vec<Range<usize>> = self.chart.tasks.iter().filter_map(|task| task.id.clone()).collect();
        for id in ids {
            let written = self.slice(&id);
            if !self.is_unfilled(&id) && !seen.insert(written) {
                self.problem(id, format!("duplicate Gantt task ID `{written}`"));
            }
        }
    }

    /// Reports starts and ends that Mermaid rejects or reads differently than intended.
    fn check_values(&mut self) {
        for index in 0..self.chart.tasks.len() {
            let task = &self.chart.tasks[index];
            if is_keyword(self.slice(&task.name)) {
                continue;
            }
            let (start, end) = (task.start.clone(), task.end.clone());
            let ids: Vec<Range<usize>> = task.after.iter().chain(&task.until).cloned().collect();
            if let Some(start) = start.filter(|start| !self.is_unfilled(start)) {
                self.check_start(&start);
            }
            if let Some(end) = end.filter(|end| !self.is_unfilled(end)) {
                self.check_end(&end);
            }
            for id in ids {
                let written = self.slice(&id);
                if !is_reference_id(written) && !self.is_unfilled(&id) {
                    self.problem(
                        id,
                        format!("Mermaid cannot refer to `{written}`; use letters, digits, `-` or `_`"),
                    );
                }
            }
        }
    }

    /// Returns whether a value is empty or a placeholder.
    fn is_unfilled(&self, range: &Range<usize>) -> bool {
        let text = self.slice(range);
        text.contains(['[', ']', '{', '<']) || text.contains("YYYY") || text.is_empty()
    }

    fn check_start(&mut self, range: &Range<usize>) {
        let text = self.slice(range);
        let format = &self.calendar.format;
        let is_timestamp = format.is_timestamp() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_timestamp
            || referenced_ids("after", text).is_some()
            || format.parse(text) != ParsedDate::Invalid
        {
            return;
        }
        let has_ids = text.strip_prefix("after").is_some_and(|rest| rest.starts_with(is_space));
        match schedule::fallback_start(text) {
            _ if is_nonexistent_date(text) => {
                self.chart.is_rejected |= schedule::fallback_start(text).is_none();
                self.invalid_date(range.clone());
            }
            // The invalid ID is reported separately.
            None if has_ids => self.chart.is_rejected = true,
            None => {
                let message = format!("invalid date `{text}`; expected the chart's date format");
                self.rejected(range.clone(), message);
            }
            Some(time) if !is_year_first(text) => {
                let (year, month, day) = js_date::date_of(time.div_euclid(js_date::DAY));
                let message = format!(
                    "date `{text}` does not match the chart's format; Mermaid reads {year:04}-{month:02}-{day:02}"
                );
                self.problem(range.clone(), message);
            }
            Some(_) => {}
        }
    }

    fn check_end(&mut self, range: &Range<usize>) {
        let text = self.slice(range);
        let format = &self.calendar.format;
        let has_ids = text.strip_prefix("until").is_some_and(|rest| rest.starts_with(is_space));
        if duration(text).is_some() || has_ids || format.parse(text) != ParsedDate::Invalid {
            return;
        }
        if is_nonexistent_date(text) {
            self.invalid_date(range.clone());
        } else if format.is_missing()
            && matches!(DateFormat::new("YYYY-MM-DD").parse(text), ParsedDate::At(_))
        {
            let message = format!("Mermaid ignores the end `{text}` without `dateFormat YYYY-MM-DD`");
            self.problem(range.clone(), message);
        } else if text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains(['-', '/', '.']) {
            self.problem(range.clone(), format!("invalid duration `{text}`; use `3d`, `2w` or `12h`"));
        } else {
            self.problem(range.clone(), format!("invalid date or duration `{text}`; use a date or `3d`"));
        }
    }

    fn invalid_date(&mut self, range: Range<usize>) {
        let message = format!("invalid date `{}`", self.slice(&range));
        self.chart.problems.push(Problem { range, message, invalid_date: true, superfluous: None });
    }

    fn compute_days(&mut self) {
        let mut generated = 0;
        let mut tasks = Vec::new();
        for task in &self.chart.tasks {
            let id = match &task.id {
                Some(id) => self.slice(id).to_owned(),
                None => {
                    generated += 1;
                    format!("task{generated}")
                }
            };
            let start =
                task.start.as_ref().map_or(Start::Previous, |start| Start::Written(self.slice(start)));
            let end = task.end.as_ref().map_or("", |end| self.slice(end));
            tasks.push(ScheduledTask { id, start, end });
        }
        let (days, rejection) = schedule::days(&tasks, &self.calendar);
        for (task, days) in self.chart.tasks.iter_mut().zip(days) {
            task.days = days;
        }
        let Some((index, reason)) = rejection else { return };
        let task = &self.chart.tasks[index];
        let end = task.end.clone().unwrap_or_else(|| task.range.clone());
        match reason {
            // The keyword is reported separately.
            Rejection::NoStart if is_keyword(self.slice(&task.name)) => self.chart.is_rejected = true,
            Rejection::NoStart => self.rejected(end, "first Gantt task has no start"),
            Rejection::InvalidStart => self.chart.is_rejected = true,
            Rejection::NoWorkingDay => {
                let range = self.excludes.clone().unwrap_or(end);
                self.rejected(range, "`excludes` leaves no day for the end of a task");
            }
        }
    }
}

/// Returns whether a task name is a keyword that is followed by a colon: `title: x`.
fn is_keyword(name: &str) -> bool {
    LINE_KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(name))
}

/// Returns the words of `excludes` and `includes` in lower case.
fn words(value: &str) -> impl Iterator<Item = String> {
    value.split(|c| c == ',' || is_space(c)).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Returns whether a text starts with the form of a date `YYYY-MM-DD`, but with a date that does not exist.
fn is_nonexistent_date(text: &str) -> bool {
    let Some(day) = text.get(..10) else { return false };
    let has_date_format = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let rest = &text[10..];
    has_date_format && (rest.is_empty() || rest.starts_with([' ', 'T'])) && day.parse::<Date>().is_err()
}

/// Returns whether a text starts with a year. Only such dates are unambiguous.
fn is_year_first(text: &str) -> bool {
    text.len() > 4
        && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && text[4..].starts_with(['-', '/'])
}

#[cfg(test)]
mod tests;
