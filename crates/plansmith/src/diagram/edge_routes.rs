//! The arrows of a dependency graph, routed through the gaps between nodes.

use std::collections::HashMap;

use plan_ide::overview::{Edge, Graph};

use super::layout::{FlowDirection, HEADER, Layout, Rect};
use crate::markup::{Markup, number};

/// Routes arrows around nodes.
pub(super) struct EdgeRoutes<'a> {
    layout: &'a Layout,
    /// Left side of each column with the vertical spans occupied by nodes, from top to bottom.
    columns: Vec<(f64, Vec<(f64, f64)>)>,
    /// Vertical positions of the arrows already routed through each column.
    used: Vec<Vec<f64>>,
    /// Vertical positions of the start and end of each arrow.
    ends: HashMap<Edge, (f64, f64)>,
}

impl<'a> EdgeRoutes<'a> {
    pub(super) fn of(layout: &'a Layout, graph: &Graph) -> Self {
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
        // No arrow crosses the title of a phase. In a diagram from top to bottom, titles are between the columns.
        for (x, spans) in &mut columns {
            let titles = groups.iter().filter(|group| {
                layout.direction == FlowDirection::Right && group.x <= *x && *x <= group.right()
            });
            spans.extend(titles.map(|group| (group.y - 3.0, group.y + HEADER - 2.0)));
            spans.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let used = vec![Vec::new(); columns.len()];
        Self { layout, columns, used, ends: ends(layout, graph) }
    }

    pub(super) fn draw(&mut self, out: &mut Markup, edge: &Edge, critical: bool) {
        let rect = |item: usize| self.layout.node_of.get(&item).map(|node| self.layout.rects[*node]);
        let (Some(from), Some(to)) = (rect(edge.from), rect(edge.to)) else { return };
        let (leaves, arrives) = self.ends.get(edge).copied().unwrap_or((from.middle(), to.middle()));
        let (start, end) = ((from.right(), leaves), (to.x - 7.0, arrives));
        let is_back = end.0 < start.0;
        let (direction, width) = (self.layout.direction, self.layout.column_width);
        let mut path = format!("M{}", points(direction, &[start]));
        let mut at = start;
        if !is_back {
            let between: Vec<usize> = (0..self.columns.len())
                .filter(|column| {
                    let x = self.columns[*column].0;
                    start.0 < x && x + width < to.x
                })
                .collect();
            for column in between {
                let left = self.columns[column].0;
                let share = (left + width / 2.0 - start.0) / (end.0 - start.0);
                let y = self.reserve_position(column, start.1 + (end.1 - start.1) * share);
                curve(&mut path, direction, at, (left - 6.0, y));
                at = (left + width + 6.0, y);
                path.push_str(&format!(" L{}", points(direction, &[at])));
            }
        }
        if is_back {
            // Backward arrow: it leaves to the right and enters from the left.
            let bend = [(start.0 + 60.0, start.1), (end.0 - 60.0, end.1), end];
            path.push_str(&format!(" C{}", points(direction, &bend)));
        } else {
            curve(&mut path, direction, at, end);
        }
        let mut classes = "edge".to_owned();
        classes.push_str(if critical { " critical" } else { "" });
        classes.push_str(if is_back { " back" } else { "" });
        out.open("path").attr("class", classes).attr("d", path).close();
        let half = if critical { 5.5 } else { 4.0 };
        let corner = end.0 - 1.0;
        let head = [(corner, end.1 - half), (corner + 8.0, end.1), (corner, end.1 + half)];
        let head = format!("M{} z", points(direction, &head));
        out.open("path")
            .attr("class", if critical { "head critical" } else { "head" })
            .attr("d", head)
            .close()
            .line();
    }

    /// Returns the free vertical position in a column that is nearest to `wanted`, with some distance to other arrows,
    /// and records it as used.
    fn reserve_position(&mut self, column: usize, wanted: f64) -> f64 {
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

fn curve(path: &mut String, direction: FlowDirection, from: (f64, f64), to: (f64, f64)) {
    if (from.1 - to.1).abs() < 0.5 {
        path.push_str(&format!(" L{}", points(direction, &[to])));
        return;
    }
    let middle = (from.0 + to.0) / 2.0;
    path.push_str(&format!(" C{}", points(direction, &[(middle, from.1), (middle, to.1), to])));
}

/// Returns points of the layout as the coordinates of a path.
fn points(direction: FlowDirection, all: &[(f64, f64)]) -> String {
    let coordinates = all.iter().map(|point| direction.point(*point));
    let texts = coordinates.map(|(x, y)| format!("{} {}", number(x), number(y)));
    texts.collect::<Vec<_>>().join(" ")
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
