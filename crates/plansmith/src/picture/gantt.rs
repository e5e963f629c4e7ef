//! The picture of a timeline: sections of bars below an axis of days.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use plan_ide::overview::{
    Timeline,
    timeline::{Bar, Section},
};

use super::{
    Frame, LEGEND, MARGIN, Of, Undrawn, class, count_states, counted, cut, legend, legend_width, sign,
    states, width_of,
};
use crate::markup::{Markup, number};

/// A picture has no more bars.
const MOST_BARS: usize = 500;
/// What names may take of the width.
const WIDEST_NAME: f64 = 280.0;
/// What days take of the width.
const DAYS: f64 = 680.0;
/// A day takes no more.
const WIDEST_DAY: f64 = 36.0;
const ROW: f64 = 26.0;
const TITLE: f64 = 28.0;
const AXIS: f64 = 40.0;

/// Where days lie.
struct Axis {
    from: Date,
    to: Date,
    left: f64,
    day: f64,
}

impl Axis {
    fn at(&self, day: Date) -> f64 {
        self.left + days_between(self.from, day) * self.day
    }
}

pub(super) fn draw(timeline: &Timeline, frame: &Frame<'_>) -> Result<Markup, Undrawn> {
    let count = timeline.bars().count();
    let Some((first, end)) = timeline.span() else { return Err(Undrawn::Nothing(Of::Timeline)) };
    if count > MOST_BARS {
        return Err(Undrawn::TooLarge { of: "bars", count, most: MOST_BARS });
    }
    let names = timeline.bars().map(|bar| width_of(&bar.name) + 20.0);
    let titles = timeline.sections.iter().filter_map(|section| section.title.as_deref()).map(width_of);
    let name_width = names.chain(titles).fold(80.0, f64::max).min(WIDEST_NAME);

    // Today is shown where it isn't far away.
    let margin = (days_between(first, end) * 0.2).max(7.0);
    let today = timeline
        .today
        .filter(|today| days_between(*today, first) <= margin && days_between(end, *today) <= margin);
    let from = today.map_or(first, |today| first.min(today));
    let to = today.map_or(end, |today| end.max(today)).saturating_add(1.day());
    let day = (DAYS / days_between(from, to).max(1.0)).min(WIDEST_DAY);
    let axis = Axis { from, to, left: MARGIN + name_width + 16.0, day };

    let bars: Vec<&Bar> = timeline.bars().collect();
    let states = states(bars.iter().map(|bar| bar.state));
    let is_critical = bars.iter().any(|bar| bar.critical);
    let more = is_critical.then_some("critical path");
    let rows: f64 =
        timeline.sections.iter().map(|section| head_of(section) + ROW * section.bars.len() as f64).sum();
    let has_forecast = bars.iter().any(|bar| bar.forecast);
    let note = match (has_forecast, timeline.left_out) {
        (true, _) => Some("Dashed bars are laid out by estimates; nobody wrote down their days.".to_owned()),
        (false, 0) => None,
        (false, 1) => Some("1 bar of the plan's charts is missing: its days can't be told.".to_owned()),
        (false, left_out) => {
            Some(format!("{left_out} bars of the plan's charts are missing: their days can't be told."))
        }
    };
    // The label of the last tick may stick out.
    let width = (axis.at(to) + 56.0).max(legend_width(&states, more));
    let width = note.as_deref().map_or(width, |note| width.max(width_of(note) + 2.0 * MARGIN));
    let bottom = AXIS + rows + 8.0;
    let height = bottom + LEGEND + if note.is_some() { 22.0 } else { 0.0 };

    let title = timeline.title.as_deref().unwrap_or("plan");
    let states_in_words = count_states(bars.iter().map(|bar| bar.state));
    let words = format!(
        "{} from {first} to {}{}{states_in_words}.",
        counted(count, "bar", "bars"),
        last_day(first, end),
        if states_in_words.is_empty() { "" } else { "; " }
    );
    let mut out = frame.begin((width, height), &format!("Timeline: {title}"), &words);
    calendar(&mut out, &axis, bottom);
    let mut y = AXIS;
    for section in &timeline.sections {
        let line = format!("M{} {} H{}", number(MARGIN), number(y + 4.0), number(axis.at(to)));
        out.open("path").with("class", "rule").with("d", line).close();
        if let Some(title) = section.title.as_ref().filter(|_| head_of(section) == TITLE) {
            out.open("text").with("class", "strong").at("x", MARGIN).at("y", y + 21.0);
            out.text(cut(title, name_width + DAYS / 2.0)).close();
        }
        y += head_of(section);
        for bar in &section.bars {
            let is_title = section.title.as_deref() == Some(&bar.name);
            row(&mut out, bar, is_title, &axis, name_width, y);
            y += ROW;
        }
    }
    if let Some(today) = today {
        let x = axis.at(today);
        let line = format!("M{} {} V{}", number(x), number(AXIS - 8.0), number(bottom));
        out.open("path").with("class", "today").with("d", line).close();
        out.open("text").with("class", "now").at("x", x + 3.0).at("y", 13.0);
        out.text(format!("today, {today}")).close();
    }
    legend(&mut out, &states, more, bottom + 4.0);
    if let Some(note) = note {
        out.open("text")
            .with("class", "dim")
            .at("x", MARGIN)
            .at("y", bottom + LEGEND + 10.0)
            .text(note)
            .close();
    }
    Ok(out)
}

/// The last day of what ends before this one.
fn last_day(first: Date, end: Date) -> Date {
    if end > first { end.saturating_sub(1.day()) } else { first }
}

/// How much room the title of a section takes; a phase with a bar of its own is titled by that.
fn head_of(section: &Section) -> f64 {
    let first = section.bars.first().map(|bar| &bar.name);
    if section.title.is_some() && section.title.as_ref() != first { TITLE } else { 8.0 }
}

fn row(out: &mut Markup, bar: &Bar, is_title: bool, axis: &Axis, name_width: f64, y: f64) {
    let mut classes = vec![class(bar.state)];
    classes.extend(bar.critical.then_some("critical"));
    classes.extend(bar.forecast.then_some("forecast"));
    classes.extend(bar.milestone.then_some("milestone"));
    out.open("g").with("class", classes.join(" "));
    let days = if bar.milestone {
        format!("{}", bar.first)
    } else {
        format!("{} to {}", bar.first, last_day(bar.first, bar.end))
    };
    let state = bar.state.map(|state| format!(", {}", state.name())).unwrap_or_default();
    let critical = if bar.critical { ", on the critical path" } else { "" };
    out.element("title", format!("{}: {days}{state}{critical}", bar.name));
    let middle = y + ROW / 2.0;
    let indent = if bar.state.is_some() { 18.0 } else { 0.0 };
    sign(out, bar.state, MARGIN + 6.0, middle);
    out.open("text").with("class", if is_title { "name strong" } else { "name" });
    out.at("x", MARGIN + indent).at("y", middle + 4.5);
    out.text(cut(&bar.name, name_width - indent)).close();
    let x = axis.at(bar.first);
    if bar.milestone {
        let path = format!("M{} {} l7 7 l-7 7 l-7 -7 z", number(x + axis.day / 2.0), number(middle - 7.0));
        out.open("path").with("class", "box").with("d", path).close();
    } else {
        let width = (axis.at(bar.end) - x).max(3.0);
        out.open("rect").with("class", "box").at("x", x).at("y", middle - 8.0);
        out.at("width", width).with("height", "16").with("rx", "3").close();
    }
    out.close().line();
}

/// Lines and names of days, weeks, months or years; where there is room for them the weekends.
fn calendar(out: &mut Markup, axis: &Axis, bottom: f64) {
    if axis.day >= 4.0 {
        let mut day = axis.from;
        while day < axis.to {
            if matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
                out.open("rect").with("class", "rest").at("x", axis.at(day)).at("y", AXIS - 6.0);
                out.at("width", axis.day).at("height", bottom - AXIS + 6.0).close();
            }
            day = day.saturating_add(1.day());
        }
    }
    for (day, name) in ticks(axis) {
        let x = axis.at(day);
        let line = format!("M{} {} V{}", number(x), number(AXIS - 6.0), number(bottom));
        out.open("path").with("class", "rule").with("d", line).close();
        out.open("text").with("class", "dim").at("x", x + 2.0).at("y", AXIS - 11.0).text(name).close();
    }
}

/// Steps of the axis, the finest first: a number of days, else of months.
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

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The days that have a line, with their names: the finest ones that there is room for.
fn ticks(axis: &Axis) -> Vec<(Date, String)> {
    let room = |(days, months): &(i64, i64)| (*days as f64 + *months as f64 * 30.4) * axis.day >= 74.0;
    let (days, months) = STEPS.into_iter().find(room).unwrap_or(STEPS[STEPS.len() - 1]);
    let month_name = |day: Date| MONTHS[usize::from(day.month().unsigned_abs()).clamp(1, 12) - 1];
    let mut found = Vec::new();
    let mut day = match (days, months) {
        (7.., _) => {
            // Weeks begin on Monday.
            let since = i64::from(axis.from.weekday().to_monday_zero_offset());
            axis.from.saturating_add(((7 - since) % 7).days())
        }
        (_, 0) => axis.from,
        (_, months) => {
            // Quarters begin in January, decades in years that end in zero.
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

fn days_between(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |span| f64::from(span.get_days()))
}
