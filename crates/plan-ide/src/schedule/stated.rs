//! Statements of phases and tasks about their time, independent of the calendar and the start of the plan. They are
//! cached with each segment, so that an edit does not read the fields of all items again.

use jiff::civil::Date;
use plan_model::{
    Column, Item, ItemsView, Meaning, TextRange,
    date::{self, RelativeDate},
    quantity::{self, Duration, DurationUnit},
};

/// Endpoints of a period that a field or column states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateEndpoint {
    Start,
    End,
    /// Start and end; a single date is not used, because it can be either of the two.
    Both,
    /// A single date is the end; two are start and end.
    EndOrBoth,
}

impl DateEndpoint {
    fn of(meaning: Option<Meaning>, key: &str) -> Option<Self> {
        Some(match meaning {
            Some(Meaning::Start | Meaning::Created) => Self::Start,
            Some(Meaning::End) => Self::End,
            Some(Meaning::Due | Meaning::Target | Meaning::Date) => Self::EndOrBoth,
            Some(Meaning::Duration | Meaning::Estimate) => Self::Both,
            None => Self::of_key(key)?,
            Some(_) => return None,
        })
    }

    pub(super) fn of_column(column: Column, title: &str) -> Option<Self> {
        match column {
            Column::Start => Some(Self::Start),
            Column::End => Some(Self::End),
            Column::Estimate => Some(Self::Both),
            Column::Date => {
                let title = title.to_ascii_lowercase();
                let is_due = ["target", "due", "deadline"].iter().any(|word| title.contains(word));
                is_due.then_some(Self::EndOrBoth)
            }
            Column::Attribute | Column::Other => Self::of_key(title),
            _ => None,
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        let key = key.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        match key.as_str() {
            "completed" => Some(Self::End),
            "week" | "weeks" | "timeline" | "schedule" | "when" | "dates" | "timeframe" => Some(Self::Both),
            _ => None,
        }
    }
}

/// Dates or weeks that a text states.
#[derive(Clone, Debug)]
pub(super) enum StatedPeriod {
    Start(Date),
    End(Date),
    Both(Date, Date),
    Relative(DateEndpoint, RelativeDate),
}

impl StatedPeriod {
    /// Returns the dates that a text states, otherwise its weeks.
    pub(super) fn of(part: DateEndpoint, text: &str) -> Option<Self> {
        let found: Vec<Date> = date::dates(text).into_iter().filter_map(|found| found.date).collect();
        Some(match (part, &found[..]) {
            (_, []) => Self::Relative(part, date::relative(text)?),
            (DateEndpoint::Start, [first, ..]) => Self::Start(*first),
            (DateEndpoint::End, [.., last]) | (DateEndpoint::EndOrBoth, [last]) => Self::End(*last),
            (DateEndpoint::Both, [_]) => return None,
            (DateEndpoint::Both | DateEndpoint::EndOrBoth, [first, .., last]) => Self::Both(*first, *last),
        })
    }
}

/// Statements of an item about its time.
#[derive(Clone, Debug, Default)]
pub(super) struct ItemTime {
    /// Dates with the ranges of their texts.
    pub(super) dates: Vec<(StatedPeriod, TextRange)>,
    /// Estimate or duration.
    pub(super) length: Option<Duration>,
}

impl ItemTime {
    fn of(item: &Item<'_>) -> Self {
        let mut time = Self::default();
        let (mut estimate, mut duration) = (None, None);
        for field in item.filled_fields() {
            match field.meaning {
                Some(Meaning::Estimate) if estimate.is_none() => estimate = length(&field.key, &field.value),
                Some(Meaning::Duration) if duration.is_none() => duration = length(&field.key, &field.value),
                _ => {}
            }
            let part = DateEndpoint::of(field.meaning, &field.key);
            let when = part.and_then(|part| StatedPeriod::of(part, &field.value));
            time.dates.extend(when.map(|when| (when, field.value_range)));
        }
        if let Some((suffix, range)) = item.suffix() {
            time.dates.extend(StatedPeriod::of(DateEndpoint::Both, suffix).map(|when| (when, range)));
        }
        let of_suffix = || quantity::duration(item.suffix()?.0);
        time.length = duration.or(estimate).or_else(of_suffix);
        time
    }
}

/// Returns the duration that a value states. A number without a unit is in hours if the key contains `hours`.
fn length(key: &str, value: &str) -> Option<Duration> {
    let in_hours = || {
        let number: f64 = value.trim().parse().ok()?;
        let is_hours = key.to_ascii_lowercase().contains("hours") && number.is_finite();
        let range = 0..value.len();
        is_hours.then_some(Duration { min: number, max: number, unit: DurationUnit::Hour, range })
    };
    quantity::duration(value).or_else(in_hours)
}

/// The times of the items of a segment, by their position in it. Ranges are relative to the start of the segment and
/// can wrap around, because the fields of an item can be in the front matter before it.
pub(super) struct SegmentTimes(pub(super) Vec<(usize, ItemTime)>);

impl SegmentTimes {
    pub(super) fn of(view: &ItemsView<'_>) -> Self {
        let start = view.range().start;
        let mut found = Vec::new();
        for (position, item) in view.items().enumerate().filter(|(_, item)| item.role().is_work()) {
            let mut time = ItemTime::of(&item);
            if time.dates.is_empty() && time.length.is_none() {
                continue;
            }
            for (_, range) in &mut time.dates {
                *range = range.start.wrapping_sub(start)..range.end.wrapping_sub(start);
            }
            found.push((position, time));
        }
        Self(found)
    }
}
