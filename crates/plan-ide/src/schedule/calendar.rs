//! The calendar of a plan: its working days.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use plan_model::{
    Plan,
    quantity::{Duration, DurationUnit},
};

/// Settings of the schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduleSettings {
    /// Working days from Monday. `None` for Monday to Friday, unless a Gantt chart excludes other days.
    pub working_days: Option<[bool; 7]>,
    /// Days without work.
    pub holidays: BTreeSet<Date>,
    /// Hours of work per day.
    pub hours_per_day: f64,
    /// Whether numbered phases without a stated dependency, date or week follow each other.
    pub phases_in_order: bool,
}

impl Default for ScheduleSettings {
    fn default() -> Self {
        Self { working_days: None, holidays: BTreeSet::new(), hours_per_day: 8.0, phases_in_order: true }
    }
}

/// Monday to Friday.
const WEEK: [bool; 7] = [true, true, true, true, true, false, false];

/// Maximum number of working days that an estimate may have.
const MAX_WORKING_DAYS: i64 = 5_000;

/// The working days of a plan. They are numbered, so that dates and durations can be added and compared.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkCalendar {
    week: [bool; 7],
    /// Days whose working state differs from that of their day of the week, as numbers since 1970-01-01, sorted. The
    /// second value is a running total up to and including the day: 1 for each additional working day, -1 for each day
    /// off.
    exceptions: Vec<(i64, i64)>,
    hours_per_day: f64,
}

impl WorkCalendar {
    /// Returns the calendar of a plan: the working days of settings, otherwise those of its first Gantt chart that
    /// excludes days of the week, otherwise Monday to Friday. Dates that settings or charts exclude are not working
    /// days.
    pub fn of(plan: &Plan, settings: &ScheduleSettings) -> Self {
        let charts = || plan.gantt_charts().iter().map(|(_, chart)| &chart.excluded);
        let of_chart = charts().find_map(|excluded| excluded.weekdays).map(|days| days.map(|day| !day));
        let mut holidays = settings.holidays.clone();
        let mut included = BTreeSet::new();
        for excluded in charts() {
            holidays.extend(&excluded.dates);
            included.extend(&excluded.included);
        }
        let week = settings.working_days.or(of_chart).unwrap_or(WEEK);
        Self::new(week, settings.hours_per_day, &holidays, &included)
    }

    /// Creates a calendar. A week without working days is treated as Monday to Friday.
    fn new(
        week: [bool; 7],
        hours_per_day: f64,
        holidays: &BTreeSet<Date>,
        included: &BTreeSet<Date>,
    ) -> Self {
        let week = if week.contains(&true) { week } else { WEEK };
        let works = |day: Date| week[weekday(day_number(day))];
        let free =
            holidays.iter().filter(|day| works(**day) && !included.contains(day)).map(|day| (*day, -1));
        let extra = included.iter().filter(|day| !works(**day)).map(|day| (*day, 1));
        let mut exceptions: Vec<(i64, i64)> =
            free.chain(extra).map(|(day, difference)| (day_number(day), difference)).collect();
        exceptions.sort_unstable();
        let mut sum = 0;
        for (_, difference) in &mut exceptions {
            sum += *difference;
            *difference = sum;
        }
        let hours_per_day = if hours_per_day > 0.0 { hours_per_day } else { 8.0 };
        Self { week, exceptions, hours_per_day }
    }

    /// Returns whether a date is a working day.
    pub fn is_working(&self, day: Date) -> bool {
        let day = day_number(day);
        self.working_before(day + 1) > self.working_before(day)
    }

    /// Returns the number of the first working day on or after a date.
    pub(super) fn index_of(&self, day: Date) -> i64 {
        self.working_before(day_number(day))
    }

    /// Returns the number of the first working day after a date.
    pub(super) fn index_after(&self, day: Date) -> i64 {
        self.working_before(day_number(day) + 1)
    }

    /// Returns the working day with this number.
    pub(super) fn date(&self, index: i64) -> Date {
        let per_week = self.days_per_week();
        let exceptions = self.exceptions.len() as i64;
        // The day is the last one with at most `index` working days before it.
        let (mut low, mut high) =
            ((index - exceptions).div_euclid(per_week) * 7 - 14, (index + exceptions) / per_week * 7 + 21);
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if self.working_before(middle) <= index { low = middle } else { high = middle }
        }
        EPOCH.saturating_add(low.clamp(-700_000, 2_900_000).days())
    }

    /// Returns the number of working days between two dates, including both.
    pub fn count(&self, first: Date, last: Date) -> i64 {
        self.index_after(last) - self.index_of(first)
    }

    /// Returns the lines of a Mermaid Gantt chart that list the days off of a period, and the working days that would
    /// otherwise be days off.
    pub(crate) fn gantt_lines(&self, first: Date, last: Date) -> Vec<String> {
        const NAMES: [&str; 7] =
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let off = NAMES.iter().zip(self.week).filter(|(_, works)| !works).map(|(name, _)| *name);
        let mut excluded: Vec<String> = match self.week {
            WEEK => vec!["weekends".to_owned()],
            _ => off.map(str::to_owned).collect(),
        };
        let mut included = Vec::new();
        let mut before = 0;
        for (day, total) in &self.exceptions {
            let date = EPOCH.saturating_add(day.days());
            let days = if *total < before { &mut excluded } else { &mut included };
            if (first..=last).contains(&date) {
                days.push(date.to_string());
            }
            before = *total;
        }
        let lines = [("excludes", excluded), ("includes", included)];
        let lines = lines.into_iter().filter(|(_, days)| !days.is_empty());
        lines.map(|(keyword, days)| format!("{keyword} {}", days.join(", "))).collect()
    }

    /// Returns whether two periods from a first to a last day contain the same working days.
    pub(crate) fn is_same_work(
        &self,
        (first, last): (Date, Date),
        (other_first, other_last): (Date, Date),
    ) -> bool {
        self.index_of(first) == self.index_of(other_first)
            && self.index_after(last) == self.index_after(other_last)
    }

    /// Returns a duration in working days, rounded up, at least one.
    pub fn days(&self, duration: &Duration) -> i64 {
        // Rounding errors must not add a day.
        ((self.exact_days(duration) - 1e-9).ceil() as i64).clamp(1, MAX_WORKING_DAYS)
    }

    /// Returns the upper end of a duration in working days, not rounded.
    pub(crate) fn exact_days(&self, duration: &Duration) -> f64 {
        match duration.unit {
            DurationUnit::Minute => duration.max / 60.0 / self.hours_per_day,
            DurationUnit::Hour => duration.max / self.hours_per_day,
            DurationUnit::Day => duration.max,
            DurationUnit::Week => duration.max * self.days_per_week() as f64,
            // As in `Duration::hours`, a month has 21 days of a week of five.
            DurationUnit::Month => duration.max * 4.2 * self.days_per_week() as f64,
        }
    }

    fn days_per_week(&self) -> i64 {
        self.week.iter().filter(|works| **works).count() as i64
    }

    /// Returns the number of working days before a day, counted from the Monday before 1970-01-01. `day` is the number
    /// of days since 1970-01-01.
    fn working_before(&self, day: i64) -> i64 {
        let since_monday = day + 3;
        let (weeks, rest) = (since_monday.div_euclid(7), since_monday.rem_euclid(7) as usize);
        let in_week = self.week[..rest].iter().filter(|works| **works).count() as i64;
        let exceptions = self.exceptions.partition_point(|(exception, _)| *exception < day);
        let difference = exceptions.checked_sub(1).map_or(0, |last| self.exceptions[last].1);
        weeks * self.days_per_week() + in_week + difference
    }
}

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Returns the number of days since 1970-01-01.
fn day_number(day: Date) -> i64 {
    EPOCH.until(day).map_or(0, |span| i64::from(span.get_days()))
}

/// Returns the day of the week: 0 for Monday. `day` is the number of days since 1970-01-01.
fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(offset: i64) -> Date {
        Date::constant(2026, 11, 2).saturating_add(offset.days())
    }

    proptest! {
        #[test]
        fn working_days_agree_with_counting(
            week in prop::array::uniform7(any::<bool>()),
            holidays in prop::collection::btree_set(0_i64..40, 0..8),
            included in prop::collection::btree_set(0_i64..40, 0..3),
            first in 0_i64..40,
            length in 0_i64..40,
        ) {
            let to_dates = |days: &std::collections::BTreeSet<i64>| days.iter().copied().map(day).collect();
            let (holidays, included): (BTreeSet<Date>, BTreeSet<Date>) = (to_dates(&holidays), to_dates(&included));
            let calendar = WorkCalendar::new(week, 8.0, &holidays, &included);
            let works = |date: Date| {
                let week = if week.contains(&true) { week } else { WEEK };
                let usual = week[date.weekday().to_monday_zero_offset() as usize];
                included.contains(&date) || usual && !holidays.contains(&date)
            };
            let days = (first..=first + length).map(day);
            prop_assert_eq!(calendar.count(day(first), day(first + length)), days.filter(|day| works(*day)).count() as i64);
            prop_assert_eq!(calendar.is_working(day(first)), works(day(first)));
            let next = (first..).map(day).find(|day| works(*day)).unwrap();
            prop_assert_eq!(calendar.date(calendar.index_of(day(first))), next);
        }
    }

    #[test]
    fn durations() {
        let calendar = WorkCalendar::new(WEEK, 8.0, &BTreeSet::new(), &BTreeSet::new());
        let days = |text: &str| calendar.days(&plan_model::quantity::duration(text).unwrap());
        let found =
            ["30 min", "8h", "9 hours", "2-3 days", "1.5 days", "1-2 weeks", "1 month", "16h"].map(days);
        assert_eq!(found, [1, 1, 2, 3, 2, 10, 21, 2]);
    }
}
