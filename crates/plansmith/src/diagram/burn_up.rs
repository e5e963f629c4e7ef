//! Burn-up chart as SVG: the number of done tasks and of all tasks over time.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};

use super::{
    Canvas, MARGIN,
    gantt::{Axis, days_between, grid_dates},
    width_of,
};
use crate::markup::{Markup, number};

/// Number of done tasks and of all tasks of a plan on a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BurnUpPoint {
    pub(crate) day: Date,
    pub(crate) done: usize,
    pub(crate) total: usize,
}

const BURN_UP_WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const TOP: f64 = 36.0;
const BURN_UP_LEGEND: f64 = 26.0;

/// Draws the points, which are sorted by day. Returns `None` without points.
pub(super) fn draw(points: &[BurnUpPoint], target: Option<Date>, frame: &Canvas<'_>) -> Option<Markup> {
    let (first, last) = (points.first()?, points.last()?);
    let most = points.iter().map(|point| point.total.max(point.done)).max()?.max(1);
    let length = days_between(first.day, last.day);
    // A target far after the last version would leave no room for the versions.
    let target = target.filter(|target| {
        *target >= first.day && days_between(first.day, *target) <= (2.0 * length).max(30.0)
    });
    let to = target.map_or(last.day, |target| last.day.max(target)).saturating_add(1.day());
    let step = grid_step(most);
    let top_count = most.div_ceil(step) * step;
    let left = MARGIN + width_of(&top_count.to_string()) + 8.0;
    let axis = Axis { from: first.day, to, left, day: BURN_UP_WIDTH / days_between(first.day, to).max(1.0) };
    let bottom = TOP + HEIGHT;
    let y = |count: usize| bottom - HEIGHT * count as f64 / top_count as f64;

    let title = "Done tasks and all tasks over time";
    let description = format!(
        "{} of {} tasks done on {}; {} of {} on {}.",
        first.done, first.total, first.day, last.done, last.total, last.day
    );
    let mut out = frame.begin((axis.x(to) + 56.0, bottom + BURN_UP_LEGEND + 8.0), title, &description);
    for count in (0..=top_count).step_by(step) {
        let line = format!("M{} {} H{}", number(left), number(y(count)), number(axis.x(to)));
        out.open("path").attr("class", "rule").attr("d", line).close();
        let label = count.to_string();
        out.open("text").attr("class", "dim").number_attr("x", left - 6.0 - width_of(&label));
        out.number_attr("y", y(count) + 4.0).text(label).close();
    }
    for (day, name) in grid_dates(&axis) {
        let x = axis.x(day);
        let line = format!("M{} {} V{}", number(x), number(TOP - 6.0), number(bottom));
        out.open("path").attr("class", "rule").attr("d", line).close();
        out.open("text").attr("class", "dim").number_attr("x", x + 2.0).number_attr("y", TOP - 11.0);
        out.text(name).close();
    }
    let area = |count: fn(&BurnUpPoint) -> usize| {
        let mut path = format!("M{} {}", number(axis.x(first.day)), number(bottom));
        for point in points {
            path.push_str(&format!(" H{} V{}", number(axis.x(point.day)), number(y(count(point)))));
        }
        // The last version holds until the end of its day.
        format!("{path} H{} V{} Z", number(axis.x(last.day) + axis.day), number(bottom))
    };
    out.open("g").attr("class", "scope").open("path").attr("class", "box").attr("d", area(|p| p.total));
    out.close().close().line();
    out.open("g").attr("class", "done").open("path").attr("class", "box").attr("d", area(|p| p.done));
    out.close().close().line();
    if let Some(target) = target {
        let x = axis.x(target);
        let line = format!("M{} {} V{}", number(x), number(TOP - 6.0), number(bottom));
        out.open("path").attr("class", "today").attr("d", line).close();
        out.open("text").attr("class", "now").number_attr("x", x + 3.0).number_attr("y", TOP + 10.0);
        out.text("target").close();
    }
    let x = axis.x(last.day) + axis.day + 6.0;
    for count in BTreeSet::from([last.total, last.done]) {
        out.open("text").attr("class", "strong").number_attr("x", x).number_attr("y", y(count) + 4.0);
        out.text(count.to_string()).close();
    }
    let mut x = left;
    for (class, name) in [("done", "done"), ("scope", "all tasks")] {
        out.open("g").attr("class", class).open("rect").attr("class", "box").number_attr("x", x);
        out.number_attr("y", bottom + 10.0)
            .attr("width", "14")
            .attr("height", "14")
            .attr("rx", "3")
            .close()
            .close();
        out.open("text").number_attr("x", x + 20.0).number_attr("y", bottom + 22.0).text(name).close();
        x += width_of(name) + 44.0;
    }
    Some(out)
}

/// Returns the distance between the grid lines: 1, 2, 5, 10, 20, 50 …, for at most six lines.
fn grid_step(most: usize) -> usize {
    let mut scale = 1;
    loop {
        for factor in [1, 2, 5] {
            if most <= 5 * factor * scale {
                return factor * scale;
            }
        }
        scale *= 10;
    }
}
