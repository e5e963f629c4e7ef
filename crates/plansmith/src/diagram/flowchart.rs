//! Dependency graph as SVG: dependents are to the right of their dependencies, phases enclose their tasks.
//!
//! The column of a node is the length of the longest path to it. A phase starts in the column after its dependencies, and its
//! dependents are after its last column. Phases and nodes without a phase are assigned to bands from top to bottom, sharing a
//! band if their columns do not overlap. Within a phase, nodes are placed near their neighbors. Arrows across several columns
//! are routed through the gaps between nodes.

use std::collections::HashMap;

use plan_ide::overview::{Edge, Graph, Node};
use plan_model::ItemKind;

use super::{
    Canvas, DiagramError, DiagramKind, LEGEND, MARGIN, count_noun, count_states, legend, legend_width,
    state_class, state_icon, states, wrap,
};
use crate::markup::{Markup, number};

/// Maximum number of nodes; larger diagrams are not readable.
const MAX_NODES: usize = 400;
/// Maximum number of dependencies.
const MAX_EDGES: usize = 2_000;

const NODE: f64 = 196.0;
const NODE_GAP: f64 = 12.0;
const COLUMN_GAP: f64 = 68.0;
const PADDING: f64 = 12.0;
const HEADER: f64 = 26.0;
const BAND_GAP: f64 = 18.0;
const LINE_HEIGHT: f64 = 16.0;

/// A rectangle, by its top left corner.
#[derive(Clone, Copy, Debug, Default)]
struct Rect {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Rect {
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

/// A phase with its nodes, or a node without a phase.
struct Cluster {
    /// Index of the phase in the graph's groups.
    group: Option<usize>,
    /// The nodes by column, starting with `first`.
    columns: Vec<Vec<usize>>,
    first: usize,
    rect: Rect,
}

pub(super) fn draw(graph: &Graph, frame: &Canvas<'_>) -> Result<Markup, DiagramError> {
    if graph.nodes.is_empty() {
        return Err(DiagramError::Empty(DiagramKind::Dependencies));
    }
    for (what, count, limit) in
        [("nodes", graph.nodes.len(), MAX_NODES), ("dependencies", graph.edges.len(), MAX_EDGES)]
    {
        if count > limit {
            return Err(DiagramError::TooLarge { what, count, limit });
        }
    }
    let layout = Layout::of(graph);
    Ok(layout.draw(graph, frame))
}

struct Layout {
    /// Text lines of each node.
    lines: Vec<Vec<String>>,
    /// Rectangle of each node. For a phase with nodes, the rectangle of its cluster.
    rects: Vec<Rect>,
    clusters: Vec<Cluster>,
    /// Index of the node of an item.
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
        let rects =
            lines.iter().map(|lines| Rect { width: NODE, height: node_height(lines), ..Rect::default() });
        let rects: Vec<Rect> = rects.collect();

        // Clusters in document order, with the columns of their nodes.
        let mut clusters: Vec<Cluster> = Vec::new();
        let mut cluster_of_group: HashMap<usize, usize> = HashMap::new();
        let members = graph.nodes.iter().enumerate().filter(|(_, node)| !group_of.contains_key(&node.item));
        for (index, node) in members {
            let group = node.phase.and_then(|phase| group_of.get(&phase)).copied();
            let existing = group.and_then(|group| cluster_of_group.get(&group)).copied();
            let position = existing.unwrap_or_else(|| {
                clusters.push(Cluster {
                    group,
                    columns: Vec::new(),
                    first: columns[index],
                    rect: Rect::default(),
                });
                clusters.len() - 1
            });
            if let Some(group) = group {
                cluster_of_group.insert(group, position);
            }
            let cluster = &mut clusters[position];
            while columns[index] < cluster.first {
                cluster.first -= 1;
                cluster.columns.insert(0, Vec::new());
            }
            let column = columns[index] - cluster.first;
            if cluster.columns.len() <= column {
                cluster.columns.resize(column + 1, Vec::new());
            }
            cluster.columns[column].push(index);
        }
        let mut layout = Self { lines, rects, clusters, node_of, width: 0.0, height: 0.0 };
        let bands = layout.bands();
        layout.arrange(graph, &bands);
        // Each round moves nodes closer to their dependencies and dependents.
        let neighbors = layout.neighbors(graph);
        for _ in 0..4 {
            let middles: Vec<f64> = layout.rects.iter().map(Rect::middle).collect();
            for column in layout.clusters.iter_mut().flat_map(|cluster| &mut cluster.columns) {
                column.sort_by(|a, b| {
                    let wanted = |node: usize| {
                        let neighbors = &neighbors[node];
                        let sum: f64 = neighbors.iter().map(|other| middles[*other]).sum();
                        if neighbors.is_empty() { middles[node] } else { sum / neighbors.len() as f64 }
                    };
                    wanted(*a).total_cmp(&wanted(*b))
                });
            }
            layout.arrange(graph, &bands);
        }
        layout
    }

    /// Returns the band of each cluster: the first one in which its columns are free.
    fn bands(&self) -> Vec<usize> {
        let mut taken: Vec<Vec<(usize, usize)>> = Vec::new();
        let mut bands = Vec::new();
        for cluster in &self.clusters {
            let (first, last) = (cluster.first, cluster.first + cluster.columns.len());
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

    /// Computes all rectangles, keeping the order of nodes within columns.
    fn arrange(&mut self, graph: &Graph, bands: &[usize]) {
        let count = bands.iter().max().map_or(0, |last| last + 1);
        let mut heights = vec![0.0_f64; count];
        let stack = |rects: &[Rect], column: &[usize]| {
            let nodes: f64 = column.iter().map(|node| rects[*node].height + NODE_GAP).sum();
            (nodes - NODE_GAP).max(0.0)
        };
        for (cluster, band) in self.clusters.iter_mut().zip(bands) {
            let inner = cluster.columns.iter().map(|column| stack(&self.rects, column)).fold(0.0, f64::max);
            cluster.rect.height = inner + if cluster.group.is_some() { HEADER + PADDING } else { 0.0 };
            heights[*band] = heights[*band].max(cluster.rect.height);
        }
        let mut tops = Vec::new();
        let mut y = MARGIN;
        for height in &heights {
            tops.push(y);
            y += height + BAND_GAP;
        }
        self.height = y - BAND_GAP + MARGIN;
        self.width = 0.0;
        for (cluster, band) in self.clusters.iter_mut().zip(bands) {
            let x = |column: usize| MARGIN + PADDING + column as f64 * (NODE + COLUMN_GAP);
            let padding = if cluster.group.is_some() { PADDING } else { 0.0 };
            let last = cluster.first + cluster.columns.len() - 1;
            cluster.rect.x = x(cluster.first) - padding;
            cluster.rect.width = x(last) + NODE + padding - cluster.rect.x;
            cluster.rect.y = tops[*band] + (heights[*band] - cluster.rect.height) / 2.0;
            self.width = self.width.max(cluster.rect.right() + MARGIN + PADDING - padding);
            let top = cluster.rect.y + if cluster.group.is_some() { HEADER } else { 0.0 };
            let inner = cluster.rect.height - if cluster.group.is_some() { HEADER + PADDING } else { 0.0 };
            for (number, column) in cluster.columns.iter().enumerate() {
                let mut y = top + (inner - stack(&self.rects, column)) / 2.0;
                for node in column {
                    self.rects[*node].x = x(cluster.first + number);
                    self.rects[*node].y = y;
                    y += self.rects[*node].height + NODE_GAP;
                }
            }
        }
        for cluster in &self.clusters {
            let phase = cluster.group.and_then(|group| self.node_of.get(&graph.groups[group].item));
            if let Some(node) = phase {
                self.rects[*node] = cluster.rect;
            }
        }
    }

    /// Returns the neighbors of each node: its dependencies and dependents.
    fn neighbors(&self, graph: &Graph) -> Vec<Vec<usize>> {
        let mut neighbors = vec![Vec::new(); graph.nodes.len()];
        for edge in &graph.edges {
            if let (Some(from), Some(to)) = (self.node_of.get(&edge.from), self.node_of.get(&edge.to)) {
                neighbors[*from].push(*to);
                neighbors[*to].push(*from);
            }
        }
        neighbors
    }

    fn draw(&self, graph: &Graph, frame: &Canvas<'_>) -> Markup {
        let is_critical = |item: usize| graph.critical_path.contains(item);
        let states = states(graph.nodes.iter().map(|node| node.state));
        let path = (graph.critical_path.len() > 1).then(|| match graph.critical_hours {
            Some(hours) => {
                format!("critical path: {} steps, {}", graph.critical_path.len(), format_duration(hours))
            }
            None => format!("critical path: {} steps", graph.critical_path.len()),
        });
        let width = self.width.max(legend_width(&states, path.as_deref()));
        let details =
            [count_states(graph.nodes.iter().map(|node| node.state)), path.clone().unwrap_or_default()];
        let details =
            details.into_iter().filter(|detail| !detail.is_empty()).map(|detail| format!("; {detail}"));
        let description = format!(
            "{} with {}{}.",
            count_noun(graph.nodes.len(), "phase or task", "phases and tasks"),
            count_noun(graph.edges.len(), "dependency", "dependencies"),
            details.collect::<String>()
        );
        let mut out = frame.begin((width, self.height + LEGEND), "Dependencies", &description);
        for cluster in &self.clusters {
            let Some(group) = cluster.group.map(|group| &graph.groups[group]) else { continue };
            let node = self.node_of.get(&group.item).map(|index| &graph.nodes[*index]);
            let critical = if is_critical(group.item) { " critical" } else { "" };
            let Rect { x, y, width, height } = cluster.rect;
            out.open("g").attr("class", format!("phase{critical}"));
            out.element(
                "title",
                node.map_or_else(|| group.label.clone(), |node| describe(node, is_critical(node.item))),
            );
            let shape = if critical.is_empty() { "group" } else { "group box" };
            out.open("rect")
                .attr("class", shape)
                .number_attr("x", x)
                .number_attr("y", y)
                .number_attr("width", width);
            out.number_attr("height", height).attr("rx", "8").close();
            out.open("text").attr("class", "strong").number_attr("x", x + PADDING).number_attr("y", y + 18.0);
            out.text(super::truncate(&group.label, width - 2.0 * PADDING)).close();
            out.close().line();
        }
        let (critical, other): (Vec<Edge>, Vec<Edge>) =
            graph.edges.iter().partition(|edge| graph.critical_path.has_edge(edge));
        let mut routes = EdgeRoutes::of(self, graph);
        for (edges, critical) in [(other, false), (critical, true)] {
            for edge in edges {
                routes.draw(&mut out, &edge, critical);
            }
        }
        for (index, node) in graph.nodes.iter().enumerate().filter(|(_, node)| !graph.is_group(node.item)) {
            self.node(&mut out, index, node, is_critical(node.item));
        }
        legend(&mut out, &states, path.as_deref(), self.height - 4.0);
        out
    }

    fn node(&self, out: &mut Markup, index: usize, node: &Node, critical: bool) {
        let Rect { x, y, width, height } = self.rects[index];
        out.open("g")
            .attr("class", format!("{}{}", state_class(node.state), if critical { " critical" } else { "" }));
        out.element("title", describe(node, critical));
        out.open("rect")
            .attr("class", "box")
            .number_attr("x", x)
            .number_attr("y", y)
            .number_attr("width", width)
            .number_attr("height", height);
        out.attr("rx", if node.kind == ItemKind::Phase { "12" } else { "5" }).close();
        state_icon(out, node.state, x + 14.0, y + 16.0);
        let lines = &self.lines[index];
        for (number, line) in lines.iter().enumerate() {
            let is_time = node.hours.is_some() && number + 1 == lines.len();
            out.open("text").attr("class", if is_time { "dim" } else { "name" });
            out.number_attr("x", x + 26.0)
                .number_attr("y", y + 20.5 + number as f64 * LINE_HEIGHT)
                .text(line)
                .close();
        }
        out.close().line();
    }
}

/// Returns the column of each node: one more than the greatest column of its dependencies.
fn columns(graph: &Graph, node_of: &HashMap<usize, usize>) -> Vec<usize> {
    // Each node has a start and an end point; nodes of a phase are between the start and end of the phase.
    let count = graph.nodes.len();
    let (begin, end) = (|node: usize| 2 * node, |node: usize| 2 * node + 1);
    let mut after: Vec<Vec<(usize, usize)>> = vec![Vec::new(); 2 * count];
    let mut open_predecessors = vec![0_usize; 2 * count];
    let mut follows = |first: usize, second: usize, by: usize| {
        after[first].push((second, by));
        open_predecessors[second] += 1;
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
    let mut ready: Vec<usize> = (0..2 * count).rev().filter(|point| open_predecessors[*point] == 0).collect();
    let mut unseen = 0;
    loop {
        while unseen < 2 * count && is_placed[unseen] {
            unseen += 1;
        }
        // If only cycles remain, start with the first unplaced point.
        let next = ready.pop().or((unseen < 2 * count).then_some(unseen));
        let Some(point) = next else { break };
        if std::mem::replace(&mut is_placed[point], true) {
            continue;
        }
        for (following, by) in std::mem::take(&mut after[point]) {
            if !is_placed[following] {
                column[following] = column[following].max(column[point] + by);
            }
            open_predecessors[following] = open_predecessors[following].saturating_sub(1);
            if open_predecessors[following] == 0 {
                ready.push(following);
            }
        }
    }
    // Remove empty columns: phases can skip a column without having a node in it.
    let own: Vec<usize> = (0..count).map(|node| column[begin(node)]).collect();
    let mut used = own.clone();
    used.sort_unstable();
    used.dedup();
    own.iter().map(|column| used.binary_search(column).unwrap_or(0)).collect()
}

/// Returns the text of a node: its name in up to three lines, then its duration.
fn node_lines(node: &Node) -> Vec<String> {
    let name = if node.label.trim().is_empty() { "(no text)" } else { &node.label };
    let mut lines = wrap(name, NODE - 26.0 - 8.0, 3);
    lines.extend(node.hours.map(format_duration));
    lines
}

fn node_height(lines: &[String]) -> f64 {
    lines.len() as f64 * LINE_HEIGHT + 14.0
}

/// Formats a duration: `4 h`, `2.5 days`. A working day has eight hours.
fn format_duration(hours: f64) -> String {
    match hours {
        hours if hours < 8.0 => format!("{} h", number(hours)),
        8.0 => "1 day".to_owned(),
        hours => format!("{} days", number(hours / 8.0)),
    }
}

/// Returns the tooltip of a node.
fn describe(node: &Node, critical: bool) -> String {
    let state = node.state.map(|state| format!(", {}", state.name())).unwrap_or_default();
    let hours = node.hours.map(|hours| format!(", {}", format_duration(hours))).unwrap_or_default();
    let critical = if critical { ", on the critical path" } else { "" };
    format!("{}{state}{hours}{critical}", node.label)
}

/// Routes arrows around nodes.
struct EdgeRoutes<'a> {
    layout: &'a Layout,
    /// Left side of each column with the vertical spans occupied by nodes, from top to bottom.
    columns: Vec<(f64, Vec<(f64, f64)>)>,
    /// Vertical positions of the arrows already routed through each column.
    used: Vec<Vec<f64>>,
    /// Vertical positions of the start and end of each arrow.
    ends: HashMap<Edge, (f64, f64)>,
}

impl<'a> EdgeRoutes<'a> {
    fn of(layout: &'a Layout, graph: &Graph) -> Self {
        let mut columns: Vec<(f64, Vec<(f64, f64)>)> = Vec::new();
        let groups: Vec<Rect> = layout
            .clusters
            .iter()
            .filter(|cluster| cluster.group.is_some())
            .map(|cluster| cluster.rect)
            .collect();
        let mut nodes: Vec<Rect> = layout
            .clusters
            .iter()
            .flat_map(|cluster| cluster.columns.iter().flatten())
            .map(|node| layout.rects[*node])
            .collect();
        nodes.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
        for node in nodes {
            let span = (node.y - 5.0, node.bottom() + 5.0);
            match columns.last_mut() {
                Some((x, spans)) if (*x - node.x).abs() < 1.0 => spans.push(span),
                _ => columns.push((node.x, vec![span])),
            }
        }
        // No arrow crosses the title of a phase.
        for (x, spans) in &mut columns {
            let titles = groups.iter().filter(|group| group.x <= *x && *x <= group.right());
            spans.extend(titles.map(|group| (group.y - 3.0, group.y + HEADER - 2.0)));
            spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let used = vec![Vec::new(); columns.len()];
        Self { layout, columns, used, ends: ends(layout, graph) }
    }

    fn draw(&mut self, out: &mut Markup, edge: &Edge, critical: bool) {
        let rect = |item: usize| self.layout.node_of.get(&item).map(|node| self.layout.rects[*node]);
        let (Some(from), Some(to)) = (rect(edge.from), rect(edge.to)) else { return };
        let (leaves, arrives) = self.ends.get(edge).copied().unwrap_or((from.middle(), to.middle()));
        let (start, end) = ((from.right(), leaves), (to.x - 7.0, arrives));
        let is_back = end.0 < start.0;
        let mut path = format!("M{} {}", number(start.0), number(start.1));
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
                curve(&mut path, at, (left - 6.0, y));
                at = (left + NODE + 6.0, y);
                path.push_str(&format!(" H{}", number(at.0)));
            }
        }
        if is_back {
            // Backward arrow: it leaves to the right and enters from the left.
            let bend = [start.0 + 60.0, start.1, end.0 - 60.0, end.1, end.0, end.1].map(number).join(" ");
            path.push_str(&format!(" C{bend}"));
        } else {
            curve(&mut path, at, end);
        }
        let mut classes = "edge".to_owned();
        classes.push_str(if critical { " critical" } else { "" });
        classes.push_str(if is_back { " back" } else { "" });
        out.open("path").attr("class", classes).attr("d", path).close();
        let half = if critical { 5.5 } else { 4.0 };
        let (x, y) = (number(end.0 - 1.0), number(end.1 - half));
        let head = format!("M{x} {y} l8 {half} l-8 {half} z");
        out.open("path")
            .attr("class", if critical { "head critical" } else { "head" })
            .attr("d", head)
            .close()
            .line();
    }

    /// Returns the free vertical position in a column that is nearest to `wanted`, with some distance to other arrows.
    fn gap(&mut self, column: usize, wanted: f64) -> f64 {
        let spans = &self.columns[column].1;
        let is_free = |y: f64| !spans.iter().any(|(top, bottom)| *top < y && y < *bottom);
        let edges = spans.iter().flat_map(|(top, bottom)| [*top, *bottom]);
        let candidates = edges.chain([wanted]).filter(|y| *y >= 4.0 && is_free(*y));
        let nearest = candidates.min_by(|a, b| (a - wanted).abs().total_cmp(&(b - wanted).abs()));
        let nearest = nearest.unwrap_or(wanted);
        let offsets = [0.0, 4.0, -4.0, 8.0, -8.0, 12.0, -12.0].into_iter().map(|by| nearest + by);
        let is_unused = |y: &f64| self.used[column].iter().all(|other| (other - y).abs() >= 3.5);
        let y = offsets.filter(|y| *y >= 4.0 && is_free(*y)).find(is_unused).unwrap_or(nearest);
        self.used[column].push(y);
        y
    }
}

fn curve(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    if (from.1 - to.1).abs() < 0.5 {
        path.push_str(&format!(" L{} {}", number(to.0), number(to.1)));
        return;
    }
    let middle = (from.0 + to.0) / 2.0;
    let points = [middle, from.1, middle, to.1, to.0, to.1].map(number).join(" ");
    path.push_str(&format!(" C{points}"));
}

/// Returns the vertical positions at which the arrows of each node start and end, ordered by their other ends.
fn ends(layout: &Layout, graph: &Graph) -> HashMap<Edge, (f64, f64)> {
    let middle = |item: usize| layout.node_of.get(&item).map_or(0.0, |node| layout.rects[*node].middle());
    let mut found: HashMap<Edge, (f64, f64)> = HashMap::new();
    for node in &graph.nodes {
        let Some(rect) = layout.node_of.get(&node.item).map(|index| layout.rects[*index]) else { continue };
        for leaving in [true, false] {
            let own = |edge: &&Edge| if leaving { edge.from == node.item } else { edge.to == node.item };
            let mut edges: Vec<Edge> = graph.edges.iter().filter(own).copied().collect();
            let other = |edge: &Edge| middle(if leaving { edge.to } else { edge.from });
            edges.sort_by(|a, b| other(a).total_cmp(&other(b)));
            let step = (6.0_f64).min((rect.height - 14.0).max(0.0) / edges.len().max(1) as f64);
            let first = rect.middle() - step * (edges.len().saturating_sub(1)) as f64 / 2.0;
            for (number, edge) in edges.into_iter().enumerate() {
                let y = first + step * number as f64;
                let ends = found.entry(edge).or_insert((middle(edge.from), middle(edge.to)));
                if leaving { ends.0 = y } else { ends.1 = y }
            }
        }
    }
    found
}
