//! Diagrams of plans: dependency graph and timeline, as source text for other tools, as SVG, and as text for terminals.
//!
//! The SVG uses the same data as the source text. It is self-contained (no scripts, no external resources), follows the color
//! scheme of the reader's system, and has a text description. `docs/architecture.md` explains why the layout is our own.

mod burn_up;
mod edge_routes;
mod flowchart;
mod gantt;
mod layout;
mod text;

use std::fmt;

use clap::ValueEnum;
use jiff::civil::Date;
use plan_ide::{
    File,
    overview::{self, Graph, Timeline},
};
use plan_model::State;
use serde::Deserialize;
use unicode_width::UnicodeWidthChar;

pub(crate) use self::burn_up::BurnUpPoint;
pub(crate) use self::text::DrawnRow;
use crate::markup::{Markup, number};

/// The diagram to draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiagramKind {
    /// Dependency graph with the critical path
    #[default]
    Dependencies,
    /// Timeline from the plan's Gantt charts, otherwise from dates, estimates and dependencies
    Timeline,
}

/// Output format of a diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DiagramFormat {
    /// Mermaid, for a code block in Markdown
    #[default]
    Mermaid,
    /// DOT for Graphviz (dependencies only)
    Dot,
    /// Self-contained SVG, for browsers and documents
    Svg,
    /// Text with box-drawing characters, for terminals (dependencies only)
    Text,
}

/// Reason why a diagram cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiagramError {
    /// The plan has no data for the diagram.
    Empty(DiagramKind),
    /// The diagram would not be readable.
    TooLarge {
        /// Plural noun for the counted elements.
        what: &'static str,
        /// The number of elements.
        count: usize,
        /// The maximum number of elements.
        limit: usize,
    },
    /// Timelines are not available in this format.
    UnsupportedFormat(&'static str),
}

impl fmt::Display for DiagramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(DiagramKind::Dependencies) => {
                write!(f, "cannot draw a graph: no phases or dependencies found")
            }
            Self::Empty(DiagramKind::Timeline) => {
                write!(f, "cannot draw a timeline: no Gantt chart, dates or estimates found")
            }
            Self::TooLarge { what, count, limit } => {
                write!(f, "diagram too large ({count} {what}, limit {limit}); use `--format mermaid`")
            }
            Self::UnsupportedFormat(format) => {
                write!(f, "timelines are not available as {format}; use `mermaid` or `svg`")
            }
        }
    }
}

impl std::error::Error for DiagramError {}

/// Width of the area in which a diagram is shown, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Viewport {
    width: f64,
}

/// Returns an SVG for an interactive view in an editor: boxes and bars have the line of their item, 0-based, as `data-line`.
/// The layout of a graph fits into the viewport if possible. With `only_phases`, the diagram shows phases instead of tasks.
/// A timeline also shows the dates of `baseline`, another version of the plan.
///
/// # Errors
/// Returns an error if the diagram cannot be drawn.
pub fn render_view(
    file: &File,
    kind: DiagramKind,
    viewport: Option<Viewport>,
    only_phases: bool,
    baseline: Option<&File>,
) -> Result<String, DiagramError> {
    let canvas = Canvas { viewport, has_lines: true, ..Canvas::STANDALONE };
    let drawn = match kind {
        DiagramKind::Dependencies if only_phases => flowchart::draw(&overview::phase_graph(file), &canvas),
        DiagramKind::Dependencies => flowchart::draw(&overview::graph(file), &canvas),
        DiagramKind::Timeline => {
            let mut timeline = overview::timeline(file);
            if let Some(baseline) = baseline {
                timeline.set_baseline(&overview::schedule_timeline(baseline));
            }
            gantt::draw(&if only_phases { timeline.by_section() } else { timeline }, &canvas)
        }
    };
    drawn.map(Markup::finish)
}

/// Returns a diagram of a plan. The Mermaid or DOT source for a plan without dependencies is an empty graph.
///
/// # Errors
/// Returns an error if the diagram cannot be drawn.
pub fn render(file: &File, kind: DiagramKind, format: DiagramFormat) -> Result<String, DiagramError> {
    match kind {
        DiagramKind::Dependencies => {
            let graph = overview::graph(file);
            match format {
                DiagramFormat::Mermaid => Ok(overview::mermaid(&graph)),
                DiagramFormat::Dot => Ok(overview::dot(&graph)),
                DiagramFormat::Svg => standalone_svg(|frame| flowchart::draw(&graph, frame)),
                DiagramFormat::Text => Ok(rows(&graph)?.into_iter().map(|row| row.text + "\n").collect()),
            }
        }
        // This error precedes that for an empty timeline, because the format is never available.
        DiagramKind::Timeline if format == DiagramFormat::Dot => Err(DiagramError::UnsupportedFormat("DOT")),
        DiagramKind::Timeline if format == DiagramFormat::Text => {
            Err(DiagramError::UnsupportedFormat("text"))
        }
        DiagramKind::Timeline => render_timeline(&overview::timeline(file), format),
    }
}

/// Returns a diagram of a timeline as Mermaid or SVG.
///
/// # Errors
/// Returns an error if the timeline is empty or too large.
pub(crate) fn render_timeline(timeline: &Timeline, format: DiagramFormat) -> Result<String, DiagramError> {
    match format {
        _ if timeline.sections.is_empty() => Err(DiagramError::Empty(DiagramKind::Timeline)),
        DiagramFormat::Svg => standalone_svg(|frame| gantt::draw(timeline, frame)),
        _ => Ok(overview::mermaid_of_timeline(timeline)),
    }
}

/// Returns the rows of a graph as text, each with its item.
///
/// # Errors
/// Returns an error if the graph is empty.
pub(crate) fn rows(graph: &Graph) -> Result<Vec<DrawnRow>, DiagramError> {
    if graph.nodes.is_empty() {
        return Err(DiagramError::Empty(DiagramKind::Dependencies));
    }
    Ok(text::rows(graph))
}

/// Returns the SVG of a graph for a page that includes [`STYLE`]. `id` must be unique on the page.
pub(crate) fn graph_svg(graph: &Graph, id: &str) -> Result<Markup, DiagramError> {
    flowchart::draw(graph, &Canvas { id, style: false, ..Canvas::STANDALONE })
}

/// Returns the SVG of a timeline for a page that includes [`STYLE`]. `id` must be unique on the page.
pub(crate) fn timeline_svg(timeline: &Timeline, id: &str) -> Result<Markup, DiagramError> {
    gantt::draw(timeline, &Canvas { id, style: false, ..Canvas::STANDALONE })
}

/// Returns the SVG of a burn-up chart for a page that includes [`STYLE`]; `None` without points. `id` must be unique
/// on the page.
pub(crate) fn burn_up_svg(points: &[BurnUpPoint], target: Option<Date>, id: &str) -> Option<Markup> {
    burn_up::draw(points, target, &Canvas { id, style: false, ..Canvas::STANDALONE })
}

/// Style sheet of diagrams, for light and dark color schemes.
pub(crate) const STYLE: &str = include_str!("diagram.css");

fn standalone_svg(
    draw: impl FnOnce(&Canvas<'_>) -> Result<Markup, DiagramError>,
) -> Result<String, DiagramError> {
    let mut text = draw(&Canvas::STANDALONE)?.finish();
    text.push('\n');
    Ok(text)
}

/// The outer `svg` element of a diagram.
struct Canvas<'a> {
    /// Prefix of the element IDs.
    id: &'a str,
    /// Whether the diagram includes [`STYLE`].
    style: bool,
    /// Area in which the diagram is shown, if known.
    viewport: Option<Viewport>,
    /// Whether elements have the line of their item as an attribute.
    has_lines: bool,
}

impl Canvas<'_> {
    /// A diagram in its own file.
    const STANDALONE: Canvas<'static> =
        Canvas { id: "plan-diagram", style: true, viewport: None, has_lines: false };

    /// Adds the line of an item to the open element, if the diagram has lines.
    fn line_attr(&self, out: &mut Markup, line: Option<usize>) {
        if let Some(line) = line.filter(|_| self.has_lines) {
            out.attr("data-line", line.to_string());
        }
    }

    /// Returns a new diagram of this size with its title and text description.
    fn begin(&self, (width, height): (f64, f64), title: &str, description: &str) -> Markup {
        let [title_id, description_id] = ["title", "description"].map(|part| format!("{}-{part}", self.id));
        let mut out = Markup::new();
        out.open("svg").attr("xmlns", "http://www.w3.org/2000/svg").attr("class", "plan-diagram");
        out.number_attr("width", width).number_attr("height", height);
        out.attr("viewBox", format!("0 0 {} {}", width.round(), height.round()));
        out.attr("role", "img").attr("aria-labelledby", format!("{title_id} {description_id}"));
        out.open("title").attr("id", title_id).text(title).close();
        out.open("desc").attr("id", description_id).text(description).close();
        if self.style {
            out.style(STYLE);
        }
        out.open("rect")
            .attr("class", "ground")
            .number_attr("width", width)
            .number_attr("height", height)
            .close();
        out
    }
}

/// Returns the CSS class of a state. Items without a state look open.
fn state_class(state: Option<State>) -> &'static str {
    state.unwrap_or(State::Open).name()
}

/// Draws the icon of a state, centered at (`x`, `y`), so that states differ not only by color.
fn state_icon(out: &mut Markup, state: Option<State>, x: f64, y: f64) {
    let Some(state) = state else { return };
    let is_full = matches!(state, State::Done | State::Blocked);
    out.open("circle").attr("class", if is_full { "sign full" } else { "sign" });
    out.number_attr("cx", x).number_attr("cy", y).attr("r", "5").close();
    let (class, path) = match state {
        State::Open => return,
        State::Active => ("sign full", "v-5 a5 5 0 0 1 0 10 z"),
        State::Done => ("sign in", "m-2.6 0.2 l1.9 2 l3.3 -4"),
        State::Blocked => ("sign in", "m-2.6 0 h5.2"),
        State::Deferred => ("sign", "m-1.6 -2 v4 m3.2 0 v-4"),
        State::Cancelled => ("sign", "m-2 -2 l4 4 m0 -4 l-4 4"),
    };
    let from = format!("M{} {}", number(x), number(y));
    out.open("path").attr("class", class).attr("d", format!("{from} {path}")).close();
}

/// Draws the legend of states at the vertical position `y`. `more` labels the line of the critical path.
fn legend(out: &mut Markup, states: &[State], more: Option<&str>, y: f64) {
    let mut x = MARGIN;
    for state in State::ALL.into_iter().filter(|state| states.contains(state)) {
        out.open("g").attr("class", state_class(Some(state)));
        state_icon(out, Some(state), x + 6.0, y + 8.0);
        out.open("text").number_attr("x", x + 17.0).number_attr("y", y + 12.0).text(state.name()).close();
        out.close();
        x += width_of(state.name()) + 34.0;
    }
    if let Some(more) = more {
        out.open("path").attr("class", "edge critical");
        out.attr("d", format!("M{} {} h18", number(x), number(y + 8.0))).close();
        out.open("text").number_attr("x", x + 24.0).number_attr("y", y + 12.0).text(more).close();
    }
}

/// Returns the width of a legend.
fn legend_width(states: &[State], more: Option<&str>) -> f64 {
    let states: f64 = states.iter().map(|state| width_of(state.name()) + 34.0).sum();
    states + more.map_or(0.0, |more| width_of(more) + 24.0) + 2.0 * MARGIN
}

const LEGEND: f64 = 28.0;
const MARGIN: f64 = 16.0;

/// Returns the distinct states of a diagram, in the order of [`State::ALL`].
fn states(all: impl Iterator<Item = Option<State>>) -> Vec<State> {
    let mut found: Vec<State> = all.flatten().collect();
    found.sort_unstable_by_key(|state| State::ALL.iter().position(|known| known == state));
    found.dedup();
    found
}

/// Formats a count with its noun: `1 bar`, `2 bars`.
fn count_noun(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// Formats the number of items per state: `3 done, 2 active`.
fn count_states(all: impl Iterator<Item = Option<State>> + Clone) -> String {
    let counts = State::ALL.into_iter().filter_map(|state| {
        let count = all.clone().filter(|other| *other == Some(state)).count();
        (count > 0).then(|| format!("{count} {}", state.name()))
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// Width of bold text divided by the width of normal text.
const STRONG_WIDTH: f64 = 1.12;

/// Estimates the width of a text in pixels. The reader's font is unknown, so the estimate is generous.
fn width_of(text: &str) -> f64 {
    text.chars().map(width_of_character).sum()
}

fn width_of_character(character: char) -> f64 {
    1.06 * match character {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '(' | ')'
        | ' ' => 4.6,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 11.4,
        'A'..='Z' => 8.8,
        '\0'..='\u{7f}' => 7.3,
        other => match other.width().unwrap_or(0) {
            0 => 0.0,
            1 => 8.2,
            _ => 13.5,
        },
    }
}

/// Truncates a text to a maximum width, with an ellipsis.
fn truncate(text: &str, max_width: f64) -> String {
    if width_of(text) <= max_width {
        return text.to_owned();
    }
    let mut room = max_width - width_of_character('m');
    let fits = |character: &char| {
        room -= width_of_character(*character);
        room >= 0.0
    };
    let fitting: String = text.chars().take_while(fits).collect();
    format!("{}…", fitting.trim_end())
}

/// Wraps a text into at most `max_lines` lines of a maximum width.
fn wrap(text: &str, max_width: f64, max_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() + 1 < max_lines {
        let mut width = 0.0;
        let mut last_space = None;
        let mut end = rest.len();
        for (offset, character) in rest.char_indices() {
            if character == ' ' {
                last_space = Some(offset);
            }
            width += width_of_character(character);
            if width > max_width && offset > 0 {
                end = last_space.filter(|space| *space > 0).unwrap_or(offset);
                break;
            }
        }
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        lines.push(truncate(rest, max_width));
    }
    lines
}

#[cfg(test)]
mod tests;
