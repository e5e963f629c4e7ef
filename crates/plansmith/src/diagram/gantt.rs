//! Timeline as SVG: sections of bars below a calendar axis.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use plan_ide::overview::{
    Timeline,
    timeline::{Bar, TimelineSection},
};

use super::{
    Canvas, DiagramError, DiagramKind, LEGEND, MARGIN, count_noun, count_states, legend, legend_width,
    state_class, state_icon, states, truncate, width_of,
};
use crate::markup::{Markup, number};

/// Maximum number of bars.
const MAX_BARS: usize = 500;
/// Maximum width of the names, in pixels.
const MAX_NAME_WIDTH: f64 = 280.0;
/// Width of the calendar, in pixels.
const CALENDAR_WIDTH: f64 = 680.0;
/// Maximum width of a day, in pixels.
const MAX_DAY_WIDTH: f64 = 36.0;
/// Minimum width of a bar with a dashed outline, in pixels.
const MIN_DASHED_WIDTH: f64 = 16.0;
const ROW_HEIGHT: f64 = 26.0;
const TITLE_HEIGHT: f64 = 28.0;
const AXIS_HEIGHT: f64 = 40.0;

/// Horizontal axis, which maps dates to positions.
pub(super) struct Axis {
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) left: f64,
    pub(super) day: f64,
}

impl Axis {
    /// Returns the horizontal position of the start of a date.
    pub(super) fn x(&self, day: Date) -> f64 {
        self.left + days_between(self.from, day) * self.day
    }
}

pub(super) fn draw(timeline: &Timeline, frame: &Canvas<'_>) -> Result<Markup, DiagramError> {
    let count = timeline.bars().count();
    let Some((first, end)) = timeline.span() else { return Err(DiagramError::Empty(DiagramKind::Timeline)) };
    if count > MAX_BARS {
        return Err(DiagramError::TooLarge { what: "bars", count, limit: MAX_BARS });
    }
    let names = timeline.bars().map(|bar| width_of(&bar.name) + 20.0);
    let titles = timeline.sections.iter().filter_map(|section| section.title.as_deref()).map(width_of);
    let name_width = names.chain(titles).fold(80.0, f64::max).min(MAX_NAME_WIDTH);

    // Show today only if it is close to the bars.
    let margin = (days_between(first, end) * 0.2).max(7.0);
    let today = timeline
        .today
        .filter(|today| days_between(*today, first) <= margin && days_between(end, *today) <= margin);
    let from = today.map_or(first, |today| first.min(today));
    let to = today.map_or(end, |today| end.max(today)).saturating_add(1.day());
    let day = (CALENDAR_WIDTH / days_between(from, to).max(1.0)).min(MAX_DAY_WIDTH);
    let axis = Axis { from, to, left: MARGIN + name_width + 16.0, day };

    let bars: Vec<&Bar> = timeline.bars().collect();
    let states = states(bars.iter().map(|bar| bar.state));
    let is_critical = bars.iter().any(|bar| bar.critical);
    let more = is_critical.then_some("critical path");
    let rows: f64 = timeline
        .sections
        .iter()
        .map(|section| title_height(section) + ROW_HEIGHT * section.bars.len() as f64)
        .sum();
    let has_forecast = bars.iter().any(|bar| is_dashed(bar, &axis));
    let has_baseline = bars.iter().any(|bar| bar.baseline.is_some());
    let notes = [
        has_forecast.then(|| "Dashed bars: dates computed from estimates.".to_owned()),
        match timeline.omitted {
            0 => None,
            1 => Some("1 Gantt task omitted: its dates cannot be computed.".to_owned()),
            omitted => Some(format!("{omitted} Gantt tasks omitted: their dates cannot be computed.")),
        },
        has_baseline.then(|| "Thin lines: the baseline.".to_owned()),
    ];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let note = Some(notes.join(" ")).filter(|note| !note.is_empty());
    // The last label may extend beyond the axis.
    let width = (axis.x(to) + 56.0).max(legend_width(&states, more));
    let width = note.as_deref().map_or(width, |note| width.max(width_of(note) + 2.0 * MARGIN));
    let bottom = AXIS_HEIGHT + rows + 8.0;
    let height = bottom + LEGEND + if note.is_some() { 22.0 } else { 0.0 };

    let title = timeline.title.as_deref().unwrap_or("plan");
    let state_counts = count_states(bars.iter().map(|bar| bar.state));
    let description = format!(
        "{} from {first} to {}{}{state_counts}.",
        count_noun(count, "bar", "bars"),
        last_day(first, end),
        if state_counts.is_empty() { "" } else { "; " }
    );
    let mut out = frame.begin((width, height), &format!("Timeline: {title}"), &description);
    calendar(&mut out, &axis, bottom);
    let mut y = AXIS_HEIGHT;
    for section in &timeline.sections {
        let line = format!("M{} {} H{}", number(MARGIN), number(y + 4.0), number(axis.x(to)));
        out.open("path").attr("class", "rule").attr("d", line).close();
        if let Some(title) = section.title.as_ref().filter(|_| title_height(section) == TITLE_HEIGHT) {
            out.open("text").attr("class", "strong").number_attr("x", MARGIN).number_attr("y", y + 21.0);
            out.text(truncate(title, name_width + CALENDAR_WIDTH / 2.0)).close();
        }
        y += title_height(section);
        for bar in &section.bars {
            let is_title = section.title.as_deref() == Some(&bar.name);
            row(&mut out, frame, bar, is_title, &axis, name_width, y);
            y += ROW_HEIGHT;
        }
    }
    if let Some(today) = today {
        let x = axis.x(today);
        let line = format!("M{} {} V{}", number(x), number(AXIS_HEIGHT - 8.0), number(bottom));
        out.open("path").attr("class", "today").attr("d", line).close();
        out.open("text").attr("class", "now").number_attr("x", x + 3.0).number_attr("y", 13.0);
        out.text(format!("today, {today}")).close();
    }
    legend(&mut out, &states, more, bottom + 4.0);
    if let Some(note) = note {
        out.open("text")
            .attr("class", "dim")
            .number_attr("x", MARGIN)
            .number_attr("y", bottom + LEGEND + 10.0)
            .text(note)
            .close();
    }
    Ok(out)
}

/// Returns the last day of a bar with an exclusive end.
fn last_day(first: Date, end: Date) -> Date {
    if end > first { end.saturating_sub(1.day()) } else { first }
}

/// Returns the height of a section's title. A phase with its own bar has no separate title.
fn title_height(section: &TimelineSection) -> f64 {
    let first = section.bars.first().map(|bar| &bar.name);
    if section.title.is_some() && section.title.as_ref() != first { TITLE_HEIGHT } else { 8.0 }
}

/// Returns whether the outline of a bar is dashed. Dashes around a narrow bar would not look like one.
fn is_dashed(bar: &Bar, axis: &Axis) -> bool {
    bar.forecast && axis.x(bar.end) - axis.x(bar.first) >= MIN_DASHED_WIDTH
}

fn row(
    out: &mut Markup,
    frame: &Canvas<'_>,
    bar: &Bar,
    is_title: bool,
    axis: &Axis,
    name_width: f64,
    y: f64,
) {
    let mut classes = vec![state_class(bar.state)];
    classes.extend(bar.critical.then_some("critical"));
    classes.extend(is_dashed(bar, axis).then_some("forecast"));
    classes.extend(bar.milestone.then_some("milestone"));
    out.open("g").attr("class", classes.join(" "));
    frame.line_attr(out, bar.line);
    let days = if bar.milestone {
        format!("{}", bar.first)
    } else {
        format!("{} to {}", bar.first, last_day(bar.first, bar.end))
    };
    let state = bar.state.map(|state| format!(", {}", state.name())).unwrap_or_default();
    let critical = if bar.critical { ", on the critical path" } else { "" };
    let baseline = match bar.baseline {
        Some((first, end)) if end > first => format!("; baseline {first} to {}", last_day(first, end)),
        Some((first, _)) => format!("; baseline {first}"),
        None => String::new(),
    };
    out.element("title", format!("{}: {days}{state}{critical}{baseline}", bar.name));
    let middle = y + ROW_HEIGHT / 2.0;
    let indent = if bar.state.is_some() { 18.0 } else { 0.0 };
    state_icon(out, bar.state, MARGIN + 6.0, middle);
    out.open("text").attr("class", if is_title { "name strong" } else { "name" });
    out.number_attr("x", MARGIN + indent).number_attr("y", middle + 4.5);
    out.text(truncate(&bar.name, name_width - indent)).close();
    let x = axis.x(bar.first);
    if bar.milestone {
        let path = format!("M{} {} l7 7 l-7 7 l-7 -7 z", number(x + axis.day / 2.0), number(middle - 7.0));
        out.open("path").attr("class", "box").attr("d", path).close();
    } else {
        let width = (axis.x(bar.end) - x).max(3.0);
        out.open("rect").attr("class", "box").number_attr("x", x).number_attr("y", middle - 8.0);
        out.number_attr("width", width).attr("height", "16").attr("rx", "3").close();
    }
    if let Some((first, end)) = bar.baseline {
        // A milestone is in the middle of its day.
        let x = if end > first { axis.x(first) } else { axis.x(first) + axis.day / 2.0 - 2.5 };
        let width = if end > first { (axis.x(end) - axis.x(first)).max(5.0) } else { 5.0 };
        out.open("rect").attr("class", "baseline").number_attr("x", x).number_attr("y", middle + 9.0);
        out.number_attr("width", width).attr("height", "3").close();
    }
    out.close().line();
}

/// Draws grid lines and labels of days, weeks, months or years, and weekends if there is room.
fn calendar(out: &mut Markup, axis: &Axis, bottom: f64) {
    if axis.day >= 4.0 {
        let mut day = axis.from;
        while day < axis.to {
            if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                out.open("rect")
                    .attr("class", "rest")
                    .number_attr("x", axis.x(day))
                    .number_attr("y", AXIS_HEIGHT - 6.0);
                out.number_attr("width", axis.day).number_attr("height", bottom - AXIS_HEIGHT + 6.0).close();
            }
            day = day.saturating_add(1.day());
        }
    }
    for (day, name) in grid_dates(axis) {
        let x = axis.x(day);
        let line = format!("M{} {} V{}", number(x), number(AXIS_HEIGHT - 6.0), number(bottom));
        out.open("path").attr("class", "rule").attr("d", line).close();
        out.open("text")
            .attr("class", "dim")
            .number_attr("x", x + 2.0)
            .number_attr("y", AXIS_HEIGHT - 11.0)
            .text(name)
            .close();
    }
}

/// Steps of the axis as (days, months), finest first.
const STEPS: [(i64, i64); 14] = [
    (1, 0),
    (2, 0),
    (7, 0),
    (14, 0),
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 6),
    (0, 12),
    (0, 24),
    (0, 60),
    (0, 120),
    (0, 600),
    (0, 1200),
];

const MONTH_NAMES: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Returns the dates with grid lines and their labels, using the finest step that fits.
pub(super) fn grid_dates(axis: &Axis) -> Vec<(Date, String)> {
    let room = |(days, months): &(i64, i64)| (*days as f64 + *months as f64 * 30.4) * axis.day >= 74.0;
    let (days, months) = STEPS.into_iter().find(room).unwrap_or(STEPS[STEPS.len() - 1]);
    let month_name = |day: Date| MONTH_NAMES[usize::from(day.month().unsigned_abs()).clamp(1, 12) - 1];
    let mut found = Vec::new();
    let mut day = match (days, months) {
        (7.., _) => {
            // Weeks start on Monday.
            let since = i64::from(axis.from.weekday().to_monday_zero_offset());
            axis.from.saturating_add(((7 - since) % 7).days())
        }
        (_, 0) => axis.from,
        (_, months) => {
            // Quarters start in January, decades in years that end in zero.
            let month = i64::from(axis.from.year()) * 12 + i64::from(axis.from.month()) - 1;
            let begun = axis.from.first_of_month() == axis.from && month % months == 0;
            let next = (month.div_euclid(months) + i64::from(!begun)) * months - month;
            axis.from.first_of_month().saturating_add(next.months())
        }
    };
    let mut year = None;
    while day < axis.to {
        let named_year = if year == Some(day.year()) { String::new() } else { format!(" {}", day.year()) };
        year = Some(day.year());
        found.push((
            day,
            match months {
                0 => format!("{} {}{named_year}", day.day(), month_name(day)),
                1..12 => format!("{}{named_year}", month_name(day)),
                _ => day.year().to_string(),
            },
        ));
        let next = day.saturating_add(days.days().months(months));
        if next <= day {
            break;
        }
        day = next;
    }
    if found.is_empty() {
        found
            .push((axis.from, format!("{} {} {}", axis.from.day(), month_name(axis.from), axis.from.year())));
    }
    found
}

pub(super) fn days_between(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |span| f64::from(span.get_days()))
}
