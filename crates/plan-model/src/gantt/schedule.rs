//! Computes the dates of Gantt tasks in rounds, as Mermaid does.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;

use super::{
    format::{self, DateFormat, ParsedDate},
    js_date::{self, DAY},
    source::is_space,
};

/// The settings of a chart that its dates depend on.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) format: DateFormat,
    /// Words and dates of `excludes`, in lower case.
    pub(super) excludes: HashSet<String>,
    pub(super) includes: HashSet<String>,
    pub(super) weekend_starts_on_friday: bool,
    pub(super) inclusive_end_dates: bool,
}

/// Names of the days of the week in `excludes`, from Monday.
const WEEKDAY_WORDS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Calendar {
    /// Returns the excluded and included days.
    pub(super) fn excluded_days(&self) -> super::ChartExcludes {
        let mut weekdays = WEEKDAY_WORDS.map(|name| self.excludes.contains(name));
        if self.excludes.contains("weekends") {
            let first = if self.weekend_starts_on_friday { 4 } else { 5 };
            (weekdays[first], weekdays[first + 1]) = (true, true);
        }
        let dates = |words: &HashSet<String>| words.iter().filter_map(|word| word.parse().ok()).collect();
        super::ChartExcludes {
            weekdays: weekdays.contains(&true).then_some(weekdays),
            dates: dates(&self.excludes),
            included: dates(&self.includes),
        }
    }
}

/// The start of a task, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start<'a> {
    /// The end of the previous task.
    Previous,
    Written(&'a str),
}

/// A task as Mermaid interprets it.
#[derive(Clone, Debug)]
pub(super) struct ScheduledTask<'a> {
    /// Written or generated ID.
    pub(super) id: String,
    pub(super) start: Start<'a>,
    pub(super) end: &'a str,
}

/// Reason for which Mermaid rejects a chart while computing its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// The first task has no start.
    NoStart,
    /// The start is neither a date nor `after` an ID.
    InvalidStart,
    /// `excludes` leaves no day on which a task could end.
    NoWorkingDay,
}

/// A time in milliseconds since 1970; `None` if it depends on the current date or is not known.
type Time = Option<i64>;

/// Dates of a task. The outer `None` is a value that Mermaid has not computed yet.
#[derive(Clone, Copy, Debug, Default)]
struct ComputedDates {
    start: Option<Time>,
    end: Option<Time>,
    is_complete: bool,
}

/// Maximum number of rounds in which Mermaid computes dates.
const MAX_ROUNDS: usize = 11;

/// Maximum number of days by which Mermaid moves an end past excluded days.
const MAX_MOVED_DAYS: i64 = 10_000;

/// Maximum length of a task in days for which excluded days are counted.
const MAX_TASK_DAYS: i64 = 40_000;

/// First day of a task, and the day after its last one.
type Days = (Date, Date);

/// Returns the days of each task. If Mermaid rejects the chart, also returns the index of the rejected task and the
/// reason.
pub(super) fn days(
    tasks: &[ScheduledTask<'_>],
    calendar: &Calendar,
) -> (Vec<Option<Days>>, Option<(usize, Rejection)>) {
    let mut schedule = GanttSchedule::new(tasks, calendar);
    let mut rejection = None;
    for _ in 0..MAX_ROUNDS {
        let mut is_complete = true;
        for index in 0..tasks.len() {
            // A rejected task does not affect the others, so that their days are known while it is being corrected.
            if let Err(reason) = schedule.compute(index) {
                rejection.get_or_insert((index, reason));
            }
            is_complete &= schedule.computed[index].is_complete;
        }
        if is_complete {
            break;
        }
    }
    let date = |time: Option<Time>| {
        let (year, month, day) = js_date::date_of(time??.div_euclid(DAY));
        Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
    };
    let days = schedule.computed.iter().map(|task| Some((date(task.start)?, date(task.end)?)));
    (days.collect(), rejection)
}

struct GanttSchedule<'a> {
    tasks: &'a [ScheduledTask<'a>],
    calendar: &'a Calendar,
    /// The last task with each ID.
    by_id: HashMap<&'a str, usize>,
    computed: Vec<ComputedDates>,
    excluded: ExcludedDays,
}

impl<'a> GanttSchedule<'a> {
    fn new(tasks: &'a [ScheduledTask<'a>], calendar: &'a Calendar) -> Self {
        let by_id = tasks.iter().enumerate().map(|(index, task)| (task.id.as_str(), index)).collect();
        let computed = vec![ComputedDates::default(); tasks.len()];
        Self { tasks, calendar, by_id, computed, excluded: ExcludedDays::of(calendar) }
    }

    fn compute(&mut self, index: usize) -> Result<(), Rejection> {
        let task = &self.tasks[index];
        match task.start {
            Start::Previous => {
                let before = index.checked_sub(1).and_then(|before| self.by_id.get(&*self.tasks[before].id));
                self.computed[index].start = self.computed[*before.ok_or(Rejection::NoStart)?].end;
            }
            Start::Written(text) => {
                if let Some(start) = self.start(text)? {
                    self.computed[index].start = Some(start);
                }
            }
        }
        let Some(start) = self.computed[index].start else { return Ok(()) };
        let end = self.end(start, task.end);
        self.computed[index].end = end;
        let Some(end) = end else { return Ok(()) };
        self.computed[index].is_complete = true;
        if !self.calendar.excludes.is_empty() && !is_iso_date(task.end) {
            let moved = match (start, end) {
                (Some(start), Some(end)) => self.end_after_excluded_days(start, end)?,
                _ => None,
            };
            self.computed[index].end = Some(moved);
        }
        Ok(())
    }

    fn start(&self, text: &str) -> Result<Option<Time>, Rejection> {
        let format = &self.calendar.format;
        if format.is_timestamp() && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // Mermaid reads a start in milliseconds even if the format has seconds.
            return Ok(Some(text.parse().ok()));
        }
        if let Some(ids) = referenced_ids("after", text) {
            let latest = self.extreme_time(ids, |task| task.end, |other, latest| other > latest);
            return Ok(latest.unwrap_or(Some(None)));
        }
        match format.parse(text) {
            ParsedDate::At(time) => Ok(Some(Some(time))),
            ParsedDate::Unknown => Ok(Some(None)),
            ParsedDate::Invalid => {
                fallback_start(text).map(|time| Some(Some(time))).ok_or(Rejection::InvalidStart)
            }
        }
    }

    fn end(&self, start: Time, text: &str) -> Option<Time> {
        if let Some(ids) = referenced_ids("until", text) {
            let earliest = self.extreme_time(ids, |task| task.start, |other, earliest| other < earliest);
            return earliest.unwrap_or(Some(None));
        }
        let duration = format::duration(text);
        Some(match self.calendar.format.parse(text) {
            ParsedDate::At(time) => Some(if self.calendar.inclusive_end_dates { time + DAY } else { time }),
            ParsedDate::Unknown if duration.is_none() => None,
            _ => start.map(|start| duration.map_or(start, |duration| format::add(start, duration))),
        })
    }

    /// Returns the latest or earliest time of the tasks with these IDs; `None` if no ID exists. As in Mermaid, a time
    /// that is not computed yet is neither later nor earlier than another one.
    fn extreme_time(
        &self,
        ids: &str,
        time: impl Fn(&ComputedDates) -> Option<Time>,
        is_better: impl Fn(i64, i64) -> bool,
    ) -> Option<Option<Time>> {
        let mut found: Option<Option<Time>> = None;
        for id in ids.split(' ') {
            let Some(index) = self.by_id.get(id) else { continue };
            let other = time(&self.computed[*index]);
            found = Some(match (found, other) {
                (None, other) => other,
                (Some(best), None) => best,
                (Some(None), Some(_)) => None,
                (Some(Some(Some(best))), Some(Some(other))) => {
                    Some(Some(if is_better(other, best) { other } else { best }))
                }
                (Some(Some(_)), Some(_)) => Some(None),
            });
        }
        found
    }

    /// Returns the end, moved past excluded days. `None` if the task is longer than [`MAX_TASK_DAYS`].
    fn end_after_excluded_days(&self, start: i64, end: i64) -> Result<Time, Rejection> {
        if end - start > MAX_TASK_DAYS * DAY {
            return Ok(None);
        }
        let (mut day, mut last) = (start + DAY, end);
        while day <= last {
            if self.excluded.contains(day, self.calendar) {
                last += DAY;
                if last > end + MAX_MOVED_DAYS * DAY {
                    return Err(Rejection::NoWorkingDay);
                }
            }
            day += DAY;
        }
        Ok(Some(last))
    }
}

/// The days that a chart excludes and includes.
struct ExcludedDays {
    excluded: HashSet<i64>,
    included: HashSet<i64>,
    /// Excluded times, for formats with a time.
    excluded_times: HashSet<i64>,
    included_times: HashSet<i64>,
    weekends: bool,
    /// Excluded weekdays, from Monday.
    weekdays: [bool; 7],
}

impl ExcludedDays {
    fn of(calendar: &Calendar) -> Self {
        let iso = DateFormat::new("YYYY-MM-DD");
        let days = |words: &HashSet<String>, format: &DateFormat| -> HashSet<i64> {
            let times = words.iter().filter_map(|word| match format.parse(word) {
                ParsedDate::At(time) => Some(time),
                _ => None,
            });
            times.collect()
        };
        let as_days = |words: &HashSet<String>| -> HashSet<i64> {
            let mut found = days(words, &iso);
            if !calendar.format.has_time() {
                found.extend(days(words, &calendar.format));
            }
            found.into_iter().map(|time| time.div_euclid(DAY)).collect()
        };
        let as_times = |words: &HashSet<String>| match calendar.format.has_time() {
            true => days(words, &calendar.format),
            false => HashSet::new(),
        };
        Self {
            excluded: as_days(&calendar.excludes),
            included: as_days(&calendar.includes),
            excluded_times: as_times(&calendar.excludes),
            included_times: as_times(&calendar.includes),
            weekends: calendar.excludes.contains("weekends"),
            weekdays: WEEKDAY_WORDS.map(|name| calendar.excludes.contains(name)),
        }
    }

    fn contains(&self, time: i64, calendar: &Calendar) -> bool {
        let day = time.div_euclid(DAY);
        if self.included.contains(&day) || self.included_times.contains(&time) {
            return false;
        }
        // 1970-01-01 was a Thursday.
        let weekday = (day + 3).rem_euclid(7) as usize;
        let weekend = if calendar.weekend_starts_on_friday { 4..=5 } else { 5..=6 };
        self.weekends && weekend.contains(&weekday)
            || self.weekdays[weekday]
            || self.excluded.contains(&day)
            || self.excluded_times.contains(&time)
    }
}

/// Returns whether an end is an ISO date, which excluded days never move.
fn is_iso_date(text: &str) -> bool {
    matches!(DateFormat::new("YYYY-MM-DD").parse(text), ParsedDate::At(_))
}

/// Returns the time of a start that does not have the chart's format, as JavaScript reads it.
pub(super) fn fallback_start(text: &str) -> Option<i64> {
    let time = js_date::parse(text)?;
    let (year, ..) = js_date::date_of(time.div_euclid(DAY));
    (-10_000..=10_000).contains(&year).then_some(time)
}

/// Returns the IDs after `after` or `until`, separated by spaces: everything up to a character that is neither an ASCII
/// letter, a digit, `_` nor `-`.
pub(super) fn referenced_ids<'t>(keyword: &str, text: &'t str) -> Option<&'t str> {
    let rest = text.strip_prefix(keyword)?;
    let ids = rest.trim_start_matches(is_space);
    let space = rest.len() - ids.len();
    let end = ids.find(|c: char| !is_id_char(c) && c != ' ').unwrap_or(ids.len());
    match (space, end) {
        (0, _) => None,
        // Mermaid's regular expression then treats the last space as part of the IDs.
        (2.., 0) if rest[..space].ends_with(' ') => Some(" "),
        (_, 0) => None,
        _ => Some(&ids[..end]),
    }
}

/// Returns whether a character can be in an ID after `after` or `until`.
pub(super) fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}
