//! Layout of a dependency graph: dependents are to the right of their dependencies, phases enclose their tasks.
//!
//! The column of a node is the length of the longest path to it. A phase starts in the column after its dependencies, and its
//! dependents are after its last column. Phases and nodes without a phase are assigned to bands from top to bottom, sharing a
//! band if their columns do not overlap. Within a phase, nodes are placed near their neighbors.
//!
//! A diagram from top to bottom has the same layout with both axes swapped. Positions are those of the layout; [`FlowDirection`]
//! converts them to positions of the diagram.

use std::collections::HashMap;

use plan_ide::overview::{Graph, Node};

use super::{MARGIN, STRONG_WIDTH, width_of, wrap};
use crate::markup::number;

pub(super) const NODE: f64 = 196.0;
pub(super) const NODE_GAP: f64 = 12.0;
const COLUMN_GAP: f64 = 68.0;
pub(super) const PADDING: f64 = 12.0;
pub(super) const HEADER: f64 = 26.0;
const BAND_GAP: f64 = 18.0;
pub(super) const LINE_HEIGHT: f64 = 16.0;
/// Maximum width that the title of a phase adds to the phase.
const MAX_TITLE: f64 = 2.0 * NODE;

/// A rectangle, by its top left corner.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    pub(super) fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }

    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// Direction in which dependents follow their dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FlowDirection {
    Right,
    /// Down, with at most this number of nodes of a phase in a row.
    Down(usize),
}

impl FlowDirection {
    /// Returns a point of the layout as coordinates of the diagram.
    pub(super) fn point(self, (x, y): (f64, f64)) -> (f64, f64) {
        if self == Self::Right { (x, y) } else { (y, x) }
    }

    pub(super) fn rect(self, rect: Rect) -> Rect {
        let ((x, y), (width, height)) = (self.point((rect.x, rect.y)), self.point((rect.width, rect.height)));
        Rect { x, y, width, height }
    }
}

/// A phase with its nodes, or a node without a phase.
pub(super) struct Cluster {
    /// Index of the phase in the graph's groups.
    pub(super) group: Option<usize>,
    /// The nodes by column, starting with `first`.
    pub(super) columns: Vec<Vec<usize>>,
    first: usize,
    pub(super) rect: Rect,
}

/// Positions of the nodes and phases of a graph.
pub(super) struct Layout {
    pub(super) direction: FlowDirection,
    /// Width of a column, in layout coordinates.
    pub(super) column_width: f64,
    /// Text lines of each node.
    pub(super) lines: Vec<Vec<String>>,
    /// Rectangle of each node. For a phase with nodes, the rectangle of its cluster.
    pub(super) rects: Vec<Rect>,
    pub(super) clusters: Vec<Cluster>,
    /// Index of the node of an item.
    pub(super) node_of: HashMap<usize, usize>,
    width: f64,
    height: f64,
}

impl Layout {
    /// Computes the layout of a graph.
    pub(super) fn of(graph: &Graph, direction: FlowDirection) -> Self {
        let node_of: HashMap<usize, usize> =
            graph.nodes.iter().enumerate().map(|(index, node)| (node.item, index)).collect();
        let group_of: HashMap<usize, usize> =
            graph.groups.iter().enumerate().map(|(index, group)| (group.item, index)).collect();
        let mut columns = columns(graph, &node_of);
        if let FlowDirection::Down(in_row) = direction {
            wrap_columns(&mut columns, graph, in_row);
        }
        let lines: Vec<Vec<String>> = graph.nodes.iter().map(node_lines).collect();
        let rects = lines.iter().map(|lines| {
            let drawn = Rect { width: NODE, height: node_height(lines), ..Rect::default() };
            direction.rect(drawn)
        });
        let rects: Vec<Rect> = rects.collect();
        let column_width = rects.iter().map(|rect| rect.width).fold(0.0, f64::max);

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
        let mut layout =
            Self { direction, column_width, lines, rects, clusters, node_of, width: 0.0, height: 0.0 };
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
        // Space of a phase before its nodes along both axes: the title is at the top of the diagram.
        let before = self.direction.point((PADDING, HEADER));
        let column_width = self.column_width;
        let stack = |rects: &[Rect], column: &[usize]| {
            let nodes: f64 = column.iter().map(|node| rects[*node].height + NODE_GAP).sum();
            (nodes - NODE_GAP).max(0.0)
        };
        for (cluster, band) in self.clusters.iter_mut().zip(bands) {
            let inner = cluster.columns.iter().map(|column| stack(&self.rects, column)).fold(0.0, f64::max);
            // From top to bottom, the height of the layout is the width of the diagram.
            let title = match (self.direction, cluster.group) {
                (FlowDirection::Down(_), Some(group)) => {
                    (width_of(&graph.groups[group].label) * STRONG_WIDTH).min(MAX_TITLE)
                }
                _ => 0.0,
            };
            let inner = inner.max(title);
            cluster.rect.height = inner + if cluster.group.is_some() { before.1 + PADDING } else { 0.0 };
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
            let x = |column: usize| MARGIN + before.0 + column as f64 * (column_width + COLUMN_GAP);
            let (padding, start) =
                if cluster.group.is_some() { (PADDING, before) } else { (0.0, (0.0, 0.0)) };
            let last = cluster.first + cluster.columns.len() - 1;
            cluster.rect.x = x(cluster.first) - start.0;
            cluster.rect.width = x(last) + column_width + padding - cluster.rect.x;
            cluster.rect.y = tops[*band] + (heights[*band] - cluster.rect.height) / 2.0;
            self.width = self.width.max(cluster.rect.right() + MARGIN + PADDING - padding);
            let top = cluster.rect.y + start.1;
            let inner = cluster.rect.height - start.1 - padding;
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

    /// Returns width and height of the diagram without the legend.
    pub(super) fn size(&self) -> (f64, f64) {
        self.direction.point((self.width, self.height))
    }
}

/// Returns the column of each node, 0-based: the length of the longest path to it, without empty columns.
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

/// Splits each column with more than `in_row` nodes of a phase into several columns.
fn wrap_columns(columns: &mut [usize], graph: &Graph, in_row: usize) {
    // Number of nodes by column and phase, and the number of each node in its column.
    let mut counts: HashMap<(usize, Option<usize>), usize> = HashMap::new();
    let numbers: Vec<usize> = graph
        .nodes
        .iter()
        .zip(columns.iter())
        .map(|(node, column)| {
            let count = counts.entry((*column, node.phase)).or_default();
            let number = *count;
            *count += usize::from(!graph.is_group(node.item));
            number
        })
        .collect();
    let mut rows = vec![1_usize; columns.iter().max().map_or(0, |last| last + 1)];
    for ((column, _), count) in counts {
        rows[column] = rows[column].max(count.div_ceil(in_row));
    }
    for (column, number) in columns.iter_mut().zip(numbers) {
        let before: usize = rows[..*column].iter().sum();
        *column = before + number / in_row;
    }
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
pub(super) fn format_duration(hours: f64) -> String {
    match hours {
        hours if hours < 8.0 => format!("{} h", number(hours)),
        8.0 => "1 day".to_owned(),
        hours => format!("{} days", number(hours / 8.0)),
    }
}
