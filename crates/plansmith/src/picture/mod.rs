//! Pictures of plans: who waits for whom, and when what is done. As sources for other tools, and as SVG.
//!
//! The SVG is written from the same values as the sources. It stands alone (no script, no reference to anything), follows the
//! colours of the reader's system, and says in words what it shows. Why we lay it out ourselves stands in
//! `docs/architecture.md`.

mod flow;
mod gantt;

use std::fmt;

use clap::ValueEnum;
use plan_ide::{
    File,
    overview::{self, Graph, Timeline},
};
use plan_model::State;
use serde::Deserialize;
use unicode_width::UnicodeWidthChar;

use crate::markup::{Markup, number};

/// What is drawn of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Of {
    /// Who waits for whom, with the critical path
    #[default]
    Dependencies,
    /// When what is done: the plan's own gantt charts, else its dates, estimates and dependencies
    Timeline,
}

/// The language that a picture is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For a `mermaid` block of Markdown
    #[default]
    Mermaid,
    /// For Graphviz; only dependencies
    Dot,
    /// A picture by itself, for browsers and documents
    Svg,
}

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undrawn {
    /// The plan says nothing of it.
    Nothing(Of),
    /// Nobody could read it.
    TooLarge {
        /// What there is too much of.
        of: &'static str,
        /// How much there is.
        count: usize,
        /// How much is drawn at most.
        most: usize,
    },
    /// Graphviz draws no timelines.
    NoSuchFormat,
}

impl fmt::Display for Undrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing(Of::Dependencies) => {
                write!(f, "nothing to draw: the plan has no phases, and no task says what it depends on")
            }
            Self::Nothing(Of::Timeline) => write!(
                f,
                "nothing to draw: the plan has no gantt chart with dates, and no phase or task says when it is done or how long it takes"
            ),
            Self::TooLarge { of, count, most } => {
                write!(
                    f,
                    "too large for a picture: {count} {of}, and {most} are drawn at most; mermaid's source has them all"
                )
            }
            Self::NoSuchFormat => {
                write!(f, "Graphviz has no timelines; ask for `mermaid` or `svg`")
            }
        }
    }
}

impl std::error::Error for Undrawn {}

/// A picture of a plan in a language. The source of a plan without dependencies is an empty flowchart.
pub fn draw(file: &File, of: Of, format: Format) -> Result<String, Undrawn> {
    match of {
        Of::Dependencies => {
            let graph = overview::graph(file);
            match format {
                Format::Mermaid => Ok(overview::mermaid(&graph)),
                Format::Dot => Ok(overview::dot(&graph)),
                Format::Svg => alone(|picture| flow::draw(&graph, picture)),
            }
        }
        // It is no use to say of a plan what it lacks for a format that there is not.
        Of::Timeline if format == Format::Dot => Err(Undrawn::NoSuchFormat),
        Of::Timeline => {
            let timeline = overview::timeline(file);
            match format {
                _ if timeline.sections.is_empty() => Err(Undrawn::Nothing(of)),
                Format::Svg => alone(|picture| gantt::draw(&timeline, picture)),
                _ => Ok(overview::mermaid_of_timeline(&timeline)),
            }
        }
    }
}

/// The picture of a graph as a part of a page that has [`STYLE`]. `id` is like no other on the page.
pub(crate) fn of_graph(graph: &Graph, id: &str) -> Result<Markup, Undrawn> {
    flow::draw(graph, &Frame { id, style: false })
}

/// The picture of a timeline as a part of a page that has [`STYLE`]. `id` is like no other on the page.
pub(crate) fn of_timeline(timeline: &Timeline, id: &str) -> Result<Markup, Undrawn> {
    gantt::draw(timeline, &Frame { id, style: false })
}

/// How pictures look, in light and in darkness.
pub(crate) const STYLE: &str = include_str!("picture.css");

fn alone(picture: impl FnOnce(&Frame<'_>) -> Result<Markup, Undrawn>) -> Result<String, Undrawn> {
    let mut text = picture(&Frame { id: "plan-picture", style: true })?.finish();
    text.push('\n');
    Ok(text)
}

/// What is around a picture.
struct Frame<'a> {
    /// What its ids begin with.
    id: &'a str,
    /// Whether it brings its own style.
    style: bool,
}

impl Frame<'_> {
    /// The beginning of a picture of this size: what it is called, and in words what it shows.
    fn begin(&self, (width, height): (f64, f64), title: &str, words: &str) -> Markup {
        let [title_id, words_id] = ["title", "words"].map(|part| format!("{}-{part}", self.id));
        let mut out = Markup::new();
        out.open("svg").with("xmlns", "http://www.w3.org/2000/svg").with("class", "plan-picture");
        out.at("width", width).at("height", height);
        out.with("viewBox", format!("0 0 {} {}", width.round(), height.round()));
        out.with("role", "img").with("aria-labelledby", format!("{title_id} {words_id}"));
        out.open("title").with("id", title_id).text(title).close();
        out.open("desc").with("id", words_id).text(words).close();
        if self.style {
            out.style(STYLE);
        }
        out.open("rect").with("class", "ground").at("width", width).at("height", height).close();
        out
    }
}

/// The class of a state; what has none looks open.
fn class(state: Option<State>) -> &'static str {
    state.unwrap_or(State::Open).name()
}

/// The sign of a state, so that nobody has to tell colours apart; its middle is given.
fn sign(out: &mut Markup, state: Option<State>, x: f64, y: f64) {
    let Some(state) = state else { return };
    let is_full = matches!(state, State::Done | State::Blocked);
    out.open("circle").with("class", if is_full { "sign full" } else { "sign" });
    out.at("cx", x).at("cy", y).with("r", "5").close();
    let (class, path) = match state {
        State::Open => return,
        State::Active => ("sign full", "v-5 a5 5 0 0 1 0 10 z"),
        State::Done => ("sign in", "m-2.6 0.2 l1.9 2 l3.3 -4"),
        State::Blocked => ("sign in", "m-2.6 0 h5.2"),
        State::Deferred => ("sign", "m-1.6 -2 v4 m3.2 0 v-4"),
        State::Cancelled => ("sign", "m-2 -2 l4 4 m0 -4 l-4 4"),
    };
    let from = format!("M{} {}", number(x), number(y));
    out.open("path").with("class", class).with("d", format!("{from} {path}")).close();
}

/// What the signs and colours mean, in rows no wider than the picture; `y` is the top. `more` is drawn like the critical path.
fn legend(out: &mut Markup, states: &[State], more: Option<&str>, y: f64) {
    let mut x = MARGIN;
    for state in State::ALL.into_iter().filter(|state| states.contains(state)) {
        out.open("g").with("class", class(Some(state)));
        sign(out, Some(state), x + 6.0, y + 8.0);
        out.open("text").at("x", x + 17.0).at("y", y + 12.0).text(state.name()).close();
        out.close();
        x += width_of(state.name()) + 34.0;
    }
    if let Some(more) = more {
        out.open("path").with("class", "edge critical");
        out.with("d", format!("M{} {} h18", number(x), number(y + 8.0))).close();
        out.open("text").at("x", x + 24.0).at("y", y + 12.0).text(more).close();
    }
}

/// How wide a legend is.
fn legend_width(states: &[State], more: Option<&str>) -> f64 {
    let states: f64 = states.iter().map(|state| width_of(state.name()) + 34.0).sum();
    states + more.map_or(0.0, |more| width_of(more) + 24.0) + 2.0 * MARGIN
}

const LEGEND: f64 = 28.0;
const MARGIN: f64 = 16.0;

/// The states of a picture, each once.
fn states(all: impl Iterator<Item = Option<State>>) -> Vec<State> {
    let mut found: Vec<State> = all.flatten().collect();
    found.sort_unstable_by_key(|state| State::ALL.iter().position(|known| known == state));
    found.dedup();
    found
}

/// `1 bar`, `2 bars`.
fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// `3 done, 2 active`.
fn count_states(all: impl Iterator<Item = Option<State>> + Clone) -> String {
    let counts = State::ALL.into_iter().filter_map(|state| {
        let count = all.clone().filter(|other| *other == Some(state)).count();
        (count > 0).then(|| format!("{count} {}", state.name()))
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// About how wide a text is in pixels. Nobody knows the reader's font, so it is rather too much.
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

/// A text that is no wider than this, with an ellipsis where it is cut.
fn cut(text: &str, widest: f64) -> String {
    if width_of(text) <= widest {
        return text.to_owned();
    }
    let mut room = widest - width_of_character('m');
    let fits = |character: &char| {
        room -= width_of_character(*character);
        room >= 0.0
    };
    let fitting: String = text.chars().take_while(fits).collect();
    format!("{}…", fitting.trim_end())
}

/// A text in at most so many lines that are no wider than this.
fn wrapped(text: &str, widest: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() + 1 < most {
        let mut width = 0.0;
        let mut last_blank = None;
        let mut end = rest.len();
        for (at, character) in rest.char_indices() {
            if character == ' ' {
                last_blank = Some(at);
            }
            width += width_of_character(character);
            if width > widest && at > 0 {
                end = last_blank.filter(|blank| *blank > 0).unwrap_or(at);
                break;
            }
        }
        lines.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() {
        lines.push(cut(rest, widest));
    }
    lines
}

#[cfg(test)]
mod tests;
