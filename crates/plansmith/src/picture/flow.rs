//! The picture of a graph: what waits stands to the right of what it waits for, phases around their tasks.
//!
//! Columns come from the longest way that leads to a node; a phase begins in the column after what it waits for, and what waits
//! for it comes after its last one. Phases and nodes without one are placed in bands from top to bottom, beside each other where
//! their columns allow it. Within a phase nodes stand near those that they are tied to. An arrow over several columns goes
//! through gaps between the nodes there.

use std::collections::HashMap;

use plan_ide::overview::{Edge, Graph, Node};
use plan_model::ItemKind;

use super::{
    Frame, LEGEND, MARGIN, Of, Undrawn, class, count_states, counted, legend, legend_width, sign, states,
    wrapped,
};
use crate::markup::{Markup, number};

/// A picture has no more nodes and arrows: nobody could follow them.
const MOST_NODES: usize = 400;
const MOST_EDGES: usize = 2_000;

const NODE: f64 = 196.0;
const NODE_GAP: f64 = 12.0;
const COLUMN_GAP: f64 = 68.0;
const PADDING: f64 = 12.0;
const HEADER: f64 = 26.0;
const BAND_GAP: f64 = 18.0;
const LINE: f64 = 16.0;

/// A rectangle by its left top corner.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Place {
    fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }

    fn right(&self) -> f64 {
        self.x + self.width
    }

    fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// A phase with its nodes, or a node that lies in none.
struct Unit {
    /// The index of the phase among the groups.
    group: Option<usize>,
    /// The nodes in it by their columns, from the first column to the last one.
    columns: Vec<Vec<usize>>,
    first: usize,
    place: Place,
}

pub(super) fn draw(graph: &Graph, frame: &Frame<'_>) -> Result<Markup, Undrawn> {
    if graph.nodes.is_empty() {
        return Err(Undrawn::Nothing(Of::Dependencies));
    }
    for (of, count, most) in
        [("phases and tasks", graph.nodes.len(), MOST_NODES), ("dependencies", graph.edges.len(), MOST_EDGES)]
    {
        if count > most {
            return Err(Undrawn::TooLarge { of, count, most });
        }
    }
    let layout = Layout::of(graph);
    Ok(layout.draw(graph, frame))
}

struct Layout {
    /// Of each node its lines.
    lines: Vec<Vec<String>>,
    /// Of each node; of one that is a phase with nodes in it that of the phase.
    places: Vec<Place>,
    units: Vec<Unit>,
    /// By the index of an item the index of its node.
    node_of: HashMap<usize, usize>,
    width: f64,
    height: f64,
}

impl Layout {
    fn of(graph: &Graph) -> Self {
        let node_of: HashMap<usize, usize> =
            graph.nodes.iter().enumerate().map(|(index, node)| (node.item, index)).collect();
        let group_of: HashMap<usize, usize> =
            graph.groups.iter().enumerate().map(|(index, group)| (group.item, index)).collect();
        let columns = columns(graph, &node_of);
        let lines: Vec<Vec<String>> = graph.nodes.iter().map(node_lines).collect();
        let places =
            lines.iter().map(|lines| Place { width: NODE, height: node_height(lines), ..Place::default() });
        let places: Vec<Place> = places.collect();

        // Units in document order, and which column each node is in.
        let mut units: Vec<Unit> = Vec::new();
        let mut unit_of_group: HashMap<usize, usize> = HashMap::new();
        let members = graph.nodes.iter().enumerate().filter(|(_, node)| !group_of.contains_key(&node.item));
        for (index, node) in members {
            let group = node.phase.and_then(|phase| group_of.get(&phase)).copied();
            let known = group.and_then(|group| unit_of_group.get(&group)).copied();
            let at = known.unwrap_or_else(|| {
                units.push(Unit {
                    group,
                    columns: Vec::new(),
                    first: columns[index],
                    place: Place::default(),
                });
                units.len() - 1
            });
            if let Some(group) = group {
                unit_of_group.insert(group, at);
            }
            let unit = &mut units[at];
            while columns[index] < unit.first {
                unit.first -= 1;
                unit.columns.insert(0, Vec::new());
            }
            let column = columns[index] - unit.first;
            if unit.columns.len() <= column {
                unit.columns.resize(column + 1, Vec::new());
            }
            unit.columns[column].push(index);
        }
        let mut layout = Self { lines, places, units, node_of, width: 0.0, height: 0.0 };
        let bands = layout.bands();
        layout.place(graph, &bands);
        // Each round brings nodes nearer to those that they are tied to.
        let neighbours = layout.neighbours(graph);
        for _ in 0..4 {
            let middles: Vec<f64> = layout.places.iter().map(Place::middle).collect();
            for column in layout.units.iter_mut().flat_map(|unit| &mut unit.columns) {
                column.sort_by(|a, b| {
                    let wanted = |node: usize| {
                        let tied = &neighbours[node];
                        let sum: f64 = tied.iter().map(|other| middles[*other]).sum();
                        if tied.is_empty() { middles[node] } else { sum / tied.len() as f64 }
                    };
                    wanted(*a).total_cmp(&wanted(*b))
                });
            }
            layout.place(graph, &bands);
        }
        layout
    }

    /// The band of each unit: the first one in which its columns are free.
    fn bands(&self) -> Vec<usize> {
        let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut bands = Vec::new();
        for unit in &self.units {
            let (first, last) = (unit.first, unit.first + unit.columns.len());
            let is_free = |band: &Vec<(usize, usize)>| {
                band.iter().all(|(other_first, other_last)| last <= *other_first || *other_last <= first)
            };
            let band = taken.iter().position(is_free).unwrap_or_else(|| {
                taken.push(Vec::new());
                taken.len() - 1
            });
            taken[band].push((first, last));
            bands.push(band);
        }
        bands
    }

    /// Gives everything its place, in the order that it has in its column.
    fn place(&mut self, graph: &Graph, bands: &[usize]) {
        let count = bands.iter().max().map_or(0, |last| last + 1);
        let mut heights = vec![0.0_f64; count];
        let stack = |places: &[Place], column: &[usize]| {
            let nodes: f64 = column.iter().map(|node| places[*node].height + NODE_GAP).sum();
            (nodes - NODE_GAP).max(0.0)
        };
        for (unit, band) in self.units.iter_mut().zip(bands) {
            let inner = unit.columns.iter().map(|column| stack(&self.places, column)).fold(0.0, f64::max);
            unit.place.height = inner + if unit.group.is_some() { HEADER + PADDING } else { 0.0 };
            heights[*band] = heights[*band].max(unit.place.height);
        }
        let mut tops = Vec::new();
        let mut y = MARGIN;
        for height in &heights {
            tops.push(y);
            y += height + BAND_GAP;
        }
        self.height = y - BAND_GAP + MARGIN;
        self.width = 0.0;
        for (unit, band) in self.units.iter_mut().zip(bands) {
            let x = |column: usize| MARGIN + PADDING + column as f64 * (NODE + COLUMN_GAP);
            let padding = if unit.group.is_some() { PADDING } else { 0.0 };
            let last = unit.first + unit.columns.len() - 1;
            unit.place.x = x(unit.first) - padding;
            unit.place.width = x(last) + NODE + padding - unit.place.x;
            unit.place.y = tops[*band] + (heights[*band] - unit.place.height) / 2.0;
            self.width = self.width.max(unit.place.right() + MARGIN + PADDING - padding);
            let top = unit.place.y + if unit.group.is_some() { HEADER } else { 0.0 };
            let inner = unit.place.height - if unit.group.is_some() { HEADER + PADDING } else { 0.0 };
            for (number, column) in unit.columns.iter().enumerate() {
                let mut y = top + (inner - stack(&self.places, column)) / 2.0;
                for node in column {
                    self.places[*node].x = x(unit.first + number);
                    self.places[*node].y = y;
                    y += self.places[*node].height + NODE_GAP;
                }
            }
        }
        for unit in &self.units {
            let phase = unit.group.and_then(|group| self.node_of.get(&graph.groups[group].item));
            if let Some(node) = phase {
                self.places[*node] = unit.place;
            }
        }
    }

    /// The nodes that each one has an arrow to or from.
    fn neighbours(&self, graph: &Graph) -> Vec<Vec<usize>> {
        let mut neighbours = vec![Vec::new(); graph.nodes.len()];
        for edge in &graph.edges {
            if let (Some(from), Some(to)) = (self.node_of.get(&edge.from), self.node_of.get(&edge.to)) {
                neighbours[*from].push(*to);
                neighbours[*to].push(*from);
            }
        }
        neighbours
    }

    fn draw(&self, graph: &Graph, frame: &Frame<'_>) -> Markup {
        let is_critical = |item: usize| graph.critical.contains(&item);
        let states = states(graph.nodes.iter().map(|node| node.state));
        let path = (graph.critical.len() > 1).then(|| match graph.critical_hours {
            Some(hours) => format!("critical path: {} steps, {}", graph.critical.len(), time(hours)),
            None => format!("critical path: {} steps", graph.critical.len()),
        });
        let width = self.width.max(legend_width(&states, path.as_deref()));
        let in_words =
            [count_states(graph.nodes.iter().map(|node| node.state)), path.clone().unwrap_or_default()];
        let in_words =
            in_words.into_iter().filter(|words| !words.is_empty()).map(|words| format!("; {words}"));
        let words = format!(
            "{} with {}{}.",
            counted(graph.nodes.len(), "phase or task", "phases and tasks"),
            counted(graph.edges.len(), "dependency", "dependencies"),
            in_words.collect::<String>()
        );
        let mut out = frame.begin((width, self.height + LEGEND), "Dependencies", &words);
        for unit in &self.units {
            let Some(group) = unit.group.map(|group| &graph.groups[group]) else { continue };
            let node = self.node_of.get(&group.item).map(|index| &graph.nodes[*index]);
            let critical = if is_critical(group.item) { " critical" } else { "" };
            let Place { x, y, width, height } = unit.place;
            out.open("g").with("class", format!("phase{critical}"));
            out.element(
                "title",
                node.map_or_else(|| group.label.clone(), |node| told(node, is_critical(node.item))),
            );
            let shape = if critical.is_empty() { "group" } else { "group box" };
            out.open("rect").with("class", shape).at("x", x).at("y", y).at("width", width);
            out.at("height", height).with("rx", "8").close();
            out.open("text").with("class", "strong").at("x", x + PADDING).at("y", y + 18.0);
            out.text(super::cut(&group.label, width - 2.0 * PADDING)).close();
            out.close().line();
        }
        let (thick, thin): (Vec<Edge>, Vec<Edge>) =
            graph.edges.iter().partition(|edge| graph.is_critical(edge));
        let mut ways = Ways::of(self, graph);
        for (edges, critical) in [(thin, false), (thick, true)] {
            for edge in edges {
                ways.draw(&mut out, &edge, critical);
            }
        }
        let in_groups = |node: &Node| graph.groups.iter().any(|group| group.item == node.item);
        for (index, node) in graph.nodes.iter().enumerate().filter(|(_, node)| !in_groups(node)) {
            self.node(&mut out, index, node, is_critical(node.item));
        }
        legend(&mut out, &states, path.as_deref(), self.height - 4.0);
        out
    }

    fn node(&self, out: &mut Markup, index: usize, node: &Node, critical: bool) {
        let Place { x, y, width, height } = self.places[index];
        out.open("g")
            .with("class", format!("{}{}", class(node.state), if critical { " critical" } else { "" }));
        out.element("title", told(node, critical));
        out.open("rect").with("class", "box").at("x", x).at("y", y).at("width", width).at("height", height);
        out.with("rx", if node.kind == ItemKind::Phase { "12" } else { "5" }).close();
        sign(out, node.state, x + 14.0, y + 16.0);
        let lines = &self.lines[index];
        for (number, line) in lines.iter().enumerate() {
            let is_time = node.hours.is_some() && number + 1 == lines.len();
            out.open("text").with("class", if is_time { "dim" } else { "name" });
            out.at("x", x + 26.0).at("y", y + 20.5 + number as f64 * LINE).text(line).close();
        }
        out.close().line();
    }
}

/// The column of each node: one more than that of the last one that it waits for.
fn columns(graph: &Graph, node_of: &HashMap<usize, usize>) -> Vec<usize> {
    // Each node has a beginning and an end; nodes in a phase lie between those of the phase.
    let count = graph.nodes.len();
    let (begin, end) = (|node: usize| 2 * node, |node: usize| 2 * node + 1);
    let mut after: Vec<Vec<(usize, usize)>> = vec![Vec::new(); 2 * count];
    let mut waits_for = vec![0_usize; 2 * count];
    let mut follows = |first: usize, second: usize, by: usize| {
        after[first].push((second, by));
        waits_for[second] += 1;
    };
    for (index, node) in graph.nodes.iter().enumerate() {
        follows(begin(index), end(index), 0);
        if let Some(phase) = node.phase.and_then(|phase| node_of.get(&phase)) {
            follows(begin(*phase), begin(index), 0);
            follows(end(index), end(*phase), 0);
        }
    }
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (node_of.get(&edge.from), node_of.get(&edge.to)) {
            follows(end(*from), begin(*to), 1);
        }
    }
    let mut column = vec![0_usize; 2 * count];
    let mut is_placed = vec![false; 2 * count];
    let mut ready: Vec<usize> = (0..2 * count).rev().filter(|point| waits_for[*point] == 0).collect();
    let mut unseen = 0;
    loop {
        while unseen < 2 * count && is_placed[unseen] {
            unseen += 1;
        }
        // When only circles are left, what stands first begins.
        let next = ready.pop().or((unseen < 2 * count).then_some(unseen));
        let Some(point) = next else { break };
        if std::mem::replace(&mut is_placed[point], true) {
            continue;
        }
        for (following, by) in std::mem::take(&mut after[point]) {
            if !is_placed[following] {
                column[following] = column[following].max(column[point] + by);
            }
            waits_for[following] = waits_for[following].saturating_sub(1);
            if waits_for[following] == 0 {
                ready.push(following);
            }
        }
    }
    // A column that nobody stands in is left out: phases can take a step without having a node there.
    let own: Vec<usize> = (0..count).map(|node| column[begin(node)]).collect();
    let mut used = own.clone();
    used.sort_unstable();
    used.dedup();
    own.iter().map(|column| used.binary_search(column).unwrap_or(0)).collect()
}

/// What stands in a node: its name in up to three lines, then how long it takes.
fn node_lines(node: &Node) -> Vec<String> {
    let name = if node.label.trim().is_empty() { "(untitled)" } else { &node.label };
    let mut lines = wrapped(name, NODE - 26.0 - 8.0, 3);
    lines.extend(node.hours.map(time));
    lines
}

fn node_height(lines: &[String]) -> f64 {
    lines.len() as f64 * LINE + 14.0
}

/// `4 h`, `2.5 days`: a day of work has eight hours.
fn time(hours: f64) -> String {
    match hours {
        hours if hours < 8.0 => format!("{} h", number(hours)),
        8.0 => "1 day".to_owned(),
        hours => format!("{} days", number(hours / 8.0)),
    }
}

/// A node in words.
fn told(node: &Node, critical: bool) -> String {
    let state = node.state.map(|state| format!(", {}", state.name())).unwrap_or_default();
    let hours = node.hours.map(|hours| format!(", {}", time(hours))).unwrap_or_default();
    let critical = if critical { ", on the critical path" } else { "" };
    format!("{}{state}{hours}{critical}", node.label)
}

/// How arrows go.
struct Ways<'a> {
    layout: &'a Layout,
    /// By the left side of each column, the heights between which nodes stand, from top to bottom.
    columns: Vec<(f64, Vec<(f64, f64)>)>,
    /// The heights at which arrows go through each column already.
    used: Vec<Vec<f64>>,
    /// The points at which the arrows of a node leave and arrive.
    ends: HashMap<Edge, (f64, f64)>,
}

impl<'a> Ways<'a> {
    fn of(layout: &'a Layout, graph: &Graph) -> Self {
        let mut columns: Vec<(f64, Vec<(f64, f64)>)> = Vec::new();
        let groups: Vec<Place> =
            layout.units.iter().filter(|unit| unit.group.is_some()).map(|unit| unit.place).collect();
        let mut nodes: Vec<Place> = layout
            .units
            .iter()
            .flat_map(|unit| unit.columns.iter().flatten())
            .map(|node| layout.places[*node])
            .collect();
        nodes.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
        for node in nodes {
            let span = (node.y - 5.0, node.bottom() + 5.0);
            match columns.last_mut() {
                Some((x, spans)) if (*x - node.x).abs() < 1.0 => spans.push(span),
                _ => columns.push((node.x, vec![span])),
            }
        }
        // Nothing goes through the title of a phase.
        for (x, spans) in &mut columns {
            let titles = groups.iter().filter(|group| group.x <= *x && *x <= group.right());
            spans.extend(titles.map(|group| (group.y - 3.0, group.y + HEADER - 2.0)));
            spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let used = vec![Vec::new(); columns.len()];
        Self { layout, columns, used, ends: ends(layout, graph) }
    }

    fn draw(&mut self, out: &mut Markup, edge: &Edge, critical: bool) {
        let place = |item: usize| self.layout.node_of.get(&item).map(|node| self.layout.places[*node]);
        let (Some(from), Some(to)) = (place(edge.from), place(edge.to)) else { return };
        let (leaves, arrives) = self.ends.get(edge).copied().unwrap_or((from.middle(), to.middle()));
        let (start, end) = ((from.right(), leaves), (to.x - 7.0, arrives));
        let is_back = end.0 < start.0;
        let mut way = format!("M{} {}", number(start.0), number(start.1));
        let mut at = start;
        if !is_back {
            let between: Vec<usize> = (0..self.columns.len())
                .filter(|column| {
                    let x = self.columns[*column].0;
                    start.0 < x && x + NODE < to.x
                })
                .collect();
            for column in between {
                let left = self.columns[column].0;
                let share = (left + NODE / 2.0 - start.0) / (end.0 - start.0);
                let y = self.gap(column, start.1 + (end.1 - start.1) * share);
                curve(&mut way, at, (left - 6.0, y));
                at = (left + NODE + 6.0, y);
                way.push_str(&format!(" H{}", number(at.0)));
            }
        }
        if is_back {
            // Around: out to the right, in from the left.
            let bend = [start.0 + 60.0, start.1, end.0 - 60.0, end.1, end.0, end.1].map(number).join(" ");
            way.push_str(&format!(" C{bend}"));
        } else {
            curve(&mut way, at, end);
        }
        let mut classes = "edge".to_owned();
        classes.push_str(if critical { " critical" } else { "" });
        classes.push_str(if is_back { " back" } else { "" });
        out.open("path").with("class", classes).with("d", way).close();
        let half = if critical { 5.5 } else { 4.0 };
        let (x, y) = (number(end.0 - 1.0), number(end.1 - half));
        let head = format!("M{x} {y} l8 {half} l-8 {half} z");
        out.open("path")
            .with("class", if critical { "head critical" } else { "head" })
            .with("d", head)
            .close()
            .line();
    }

    /// The height nearest to the one wanted at which nothing stands in a column, a little beside other arrows.
    fn gap(&mut self, column: usize, wanted: f64) -> f64 {
        let spans = &self.columns[column].1;
        let is_free = |y: f64| !spans.iter().any(|(top, bottom)| *top < y && y < *bottom);
        let edges = spans.iter().flat_map(|(top, bottom)| [*top, *bottom]);
        let candidates = edges.chain([wanted]).filter(|y| *y >= 4.0 && is_free(*y));
        let nearest = candidates.min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()));
        let nearest = nearest.unwrap_or(wanted);
        let beside = [0.0, 4.0, -4.0, 8.0, -8.0, 12.0, -12.0].into_iter().map(|by| nearest + by);
        let is_unused = |y: &f64| self.used[column].iter().all(|other| (other - y).abs() >= 3.5);
        let y = beside.filter(|y| *y >= 4.0 && is_free(*y)).find(is_unused).unwrap_or(nearest);
        self.used[column].push(y);
        y
    }
}

fn curve(way: &mut String, from: (f64, f64), to: (f64, f64)) {
    if (from.1 - to.1).abs() < 0.5 {
        way.push_str(&format!(" L{} {}", number(to.0), number(to.1)));
        return;
    }
    let middle = (from.0 + to.0) / 2.0;
    let points = [middle, from.1, middle, to.1, to.0, to.1].map(number).join(" ");
    way.push_str(&format!(" C{points}"));
}

/// Where the arrows of each node leave and arrive: beside each other, in the order of where they lead.
fn ends(layout: &Layout, graph: &Graph) -> HashMap<Edge, (f64, f64)> {
    let middle = |item: usize| layout.node_of.get(&item).map_or(0.0, |node| layout.places[*node].middle());
    let mut found: HashMap<Edge, (f64, f64)> = HashMap::new();
    for node in &graph.nodes {
        let Some(place) = layout.node_of.get(&node.item).map(|index| layout.places[*index]) else { continue };
        for leaving in [true, false] {
            let own = |edge: &&Edge| if leaving { edge.from == node.item } else { edge.to == node.item };
            let mut edges: Vec<Edge> = graph.edges.iter().filter(own).copied().collect();
            let other = |edge: &Edge| middle(if leaving { edge.to } else { edge.from });
            edges.sort_by(|a, b| other(a).total_cmp(&other(b)));
            let step = (6.0_f64).min((place.height - 14.0).max(0.0) / edges.len().max(1) as f64);
            let first = place.middle() - step * (edges.len().saturating_sub(1)) as f64 / 2.0;
            for (number, edge) in edges.into_iter().enumerate() {
                let y = first + step * number as f64;
                let ends = found.entry(edge).or_insert((middle(edge.from), middle(edge.to)));
                if leaving { ends.0 = y } else { ends.1 = y }
            }
        }
    }
    found
}
