//! The days that a Gantt chart excludes.

use std::collections::BTreeSet;

use jiff::civil::Date;

/// The days that a Gantt chart excludes with `excludes` and includes with `includes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartExcludes {
    /// Excluded days of the week, from Monday; `None` if the chart excludes none.
    pub weekdays: Option<[bool; 7]>,
    /// Excluded dates.
    pub dates: BTreeSet<Date>,
    /// Dates on which work is done although their day of the week is excluded.
    pub included: BTreeSet<Date>,
}

impl ChartExcludes {
    /// Returns the last working day of a Gantt task with the first day `first` and the day `after` its last one. Mermaid extends
    /// a task over excluded days at its end. Returns `first` for a milestone, and for a task with excluded days only.
    pub fn last_day(&self, first: Date, after: Date) -> Date {
        let mut last = if after > first { after.yesterday().unwrap_or(first) } else { first };
        while last > first && self.is_excluded(last) {
            last = last.yesterday().unwrap_or(first);
        }
        last
    }

    fn is_excluded(&self, day: Date) -> bool {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        let is_free = self.weekdays.is_some_and(|days| days[weekday]) || self.dates.contains(&day);
        is_free && !self.included.contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    #[test]
    fn tasks_end_before_excluded_days() {
        let chart = crate::gantt::parse(
            "gantt\n  dateFormat YYYY-MM-DD\n  excludes weekends, 2026-03-13\n  a :2026-03-09, 4d\n  b :2026-03-09, 1d\n  c :2026-03-14, 1d\n",
        );
        let last = chart.tasks.iter().map(|task| {
            let (first, after) = task.days.unwrap();
            chart.excluded.last_day(first, after)
        });
        assert_eq!(last.collect::<Vec<_>>(), [date(2026, 3, 12), date(2026, 3, 9), date(2026, 3, 14)]);
    }
}
