//! Dependency graph as SVG: the boxes of a [`Layout`] with arrows, which are routed through the gaps between nodes.

use plan_ide::overview::{Edge, Graph, Node};
use plan_model::ItemKind;

use super::{
    Canvas, DiagramError, DiagramKind, LEGEND, MARGIN, STRONG_WIDTH, count_noun, count_states,
    edge_routes::EdgeRoutes,
    layout::{FlowDirection, LINE_HEIGHT, Layout, NODE, NODE_GAP, PADDING, Rect, format_duration},
    legend, legend_width, state_class, state_icon, states,
};
use crate::markup::Markup;

/// Maximum number of nodes; larger diagrams are not readable.
const MAX_NODES: usize = 400;
/// Smallest scale at which the text of nodes, 13 px, is readable.
const MIN_SCALE: f64 = 0.7;
/// Maximum number of dependencies.
const MAX_EDGES: usize = 2_000;

/// Draws a graph. If the canvas has a viewport, in the direction that fits better into its width.
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
    let right = Layout::of(graph, FlowDirection::Right);
    let Some(viewport) = frame.viewport else { return Ok(right.draw(graph, frame)) };
    // Rows that do not fit are scaled down, but not below `MIN_SCALE`.
    let room = viewport.width / MIN_SCALE - 2.0 * (MARGIN + PADDING) + NODE_GAP;
    let down = Layout::of(graph, FlowDirection::Down((room / (NODE + NODE_GAP)).max(1.0) as usize));
    let scale = |layout: &Layout| (viewport.width / layout.size().0).min(1.0);
    let is_down_better = scale(&down) > scale(&right) + 0.01;
    Ok(if is_down_better { down } else { right }.draw(graph, frame))
}

impl Layout {
    fn draw(&self, graph: &Graph, frame: &Canvas<'_>) -> Markup {
        let is_critical = |item: usize| graph.critical_path.contains(item);
        let states = states(graph.nodes.iter().map(|node| node.state));
        let path = (graph.critical_path.len() > 1).then(|| match graph.critical_hours {
            Some(hours) => {
                format!("critical path: {} steps, {}", graph.critical_path.len(), format_duration(hours))
            }
            None => format!("critical path: {} steps", graph.critical_path.len()),
        });
        let (own_width, height) = self.size();
        let width = own_width.max(legend_width(&states, path.as_deref()));
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
        let mut out = frame.begin((width, height + LEGEND), "Dependencies", &description);
        let mut titles = Vec::new();
        for cluster in &self.clusters {
            let Some(group) = cluster.group.map(|group| &graph.groups[group]) else { continue };
            let node = self.node_of.get(&group.item).map(|index| &graph.nodes[*index]);
            let critical = if is_critical(group.item) { " critical" } else { "" };
            let Rect { x, y, width, height } = self.direction.rect(cluster.rect);
            out.open("g").attr("class", format!("phase{critical}"));
            frame.line_attr(&mut out, Some(group.line));
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
            out.close().line();
            titles.push((x + PADDING, y + 18.0, title(&group.label, width - 2.0 * PADDING)));
        }
        let (critical, other): (Vec<Edge>, Vec<Edge>) =
            graph.edges.iter().partition(|edge| graph.critical_path.has_edge(edge));
        let mut routes = EdgeRoutes::of(self, graph);
        for (edges, critical) in [(other, false), (critical, true)] {
            for edge in edges {
                routes.draw(&mut out, &edge, critical);
            }
        }
        // Above the arrows: in a diagram from top to bottom, they enter a phase through the row of its title.
        for (x, y, title) in titles {
            out.open("text").attr("class", "strong phase-title").number_attr("x", x).number_attr("y", y);
            out.text(title).close().line();
        }
        for (index, node) in graph.nodes.iter().enumerate().filter(|(_, node)| !graph.is_group(node.item)) {
            self.node(&mut out, frame, index, node, is_critical(node.item));
        }
        legend(&mut out, &states, path.as_deref(), height - 4.0);
        out
    }

    fn node(&self, out: &mut Markup, frame: &Canvas<'_>, index: usize, node: &Node, critical: bool) {
        let Rect { x, y, width, height } = self.direction.rect(self.rects[index]);
        out.open("g")
            .attr("class", format!("{}{}", state_class(node.state), if critical { " critical" } else { "" }));
        frame.line_attr(out, Some(node.line));
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

/// Returns the title of a phase, truncated to a maximum width.
fn title(label: &str, max_width: f64) -> String {
    super::truncate(label, max_width / STRONG_WIDTH)
}

/// Returns the tooltip of a node.
fn describe(node: &Node, critical: bool) -> String {
    let state = node.state.map(|state| format!(", {}", state.name())).unwrap_or_default();
    let hours = node.hours.map(|hours| format!(", {}", format_duration(hours))).unwrap_or_default();
    let critical = if critical { ", on the critical path" } else { "" };
    format!("{}{state}{hours}{critical}", node.label)
}
