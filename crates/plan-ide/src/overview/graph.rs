//! The dependency graph with its critical path.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Deref,
};

use petgraph::{algo::kosaraju_scc, graph::DiGraph};
use plan_model::{Item, ItemKind, Plan, Role, State};

use super::{hours, is_finished, state};
use crate::{File, next::before_name, rules::graph::DependencyGraph};

/// Dependencies between phases and tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Items with dependencies or dependents, in document order; all phases if the plan has no dependencies.
    pub nodes: Vec<Node>,
    /// Phases that contain tasks among the nodes, in document order.
    pub groups: Vec<PhaseGroup>,
    /// Edges without duplicates, sorted.
    pub edges: Vec<Edge>,
    /// The critical path: the path of unfinished items with the longest estimated duration, then with the most items.
    /// Empty without dependencies or if all items are done.
    pub critical_path: CriticalPath,
    /// Duration of the critical path in hours of work. `None` if no item on it has an estimate.
    pub critical_hours: Option<f64>,
}

/// A phase or task of a [`Graph`].
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Item index in the plan.
    pub item: usize,
    /// First line, 0-based.
    pub line: usize,
    /// Normalized ID.
    pub id: Option<String>,
    /// Label with ID and title: `1.2 Name`, `Phase 2: Name`.
    pub label: String,
    /// Title without ID and markup.
    pub title: String,
    /// Own state, otherwise derived from subtasks.
    pub state: Option<State>,
    /// Phase or task.
    pub kind: ItemKind,
    /// Duration in hours of work: the estimate of the item, or for a phase without an estimate, the sum of its open
    /// tasks.
    pub hours: Option<f64>,
    /// Item index of the phase around it, which is one of the groups.
    pub phase: Option<usize>,
}

/// A phase that contains nodes of a [`Graph`]. It can be a node itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseGroup {
    /// Item index in the plan.
    pub item: usize,
    /// First line, 0-based.
    pub line: usize,
    /// Label of the phase.
    pub label: String,
}

/// A dependency between two items, given by their indices in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// Item index of the dependency.
    pub from: usize,
    /// Item index of the dependent.
    pub to: usize,
}

impl Graph {
    /// Returns a graph with its critical path.
    fn new(nodes: Vec<Node>, groups: Vec<PhaseGroup>, edges: Vec<Edge>) -> Self {
        let critical_path = CriticalPath::new(longest_path(&nodes, &edges));
        let on_path = nodes.iter().filter(|node| critical_path.contains(node.item));
        let known: Vec<f64> = on_path.filter_map(|node| node.hours).collect();
        let critical_hours = (!known.is_empty()).then(|| known.iter().sum());
        Self { nodes, groups, edges, critical_path, critical_hours }
    }

    /// Returns the node of an item.
    pub fn node(&self, item: usize) -> Option<&Node> {
        let index = self.nodes.binary_search_by_key(&item, |node| node.item).ok()?;
        Some(&self.nodes[index])
    }

    /// Returns whether an item is one of the groups.
    pub fn is_group(&self, item: usize) -> bool {
        self.groups.binary_search_by_key(&item, |group| group.item).is_ok()
    }
}

/// A path as item indices in execution order. Lookups use a map of positions, because the path can be as long as the
/// plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CriticalPath {
    items: Vec<usize>,
    /// Position of each item.
    positions: HashMap<usize, usize>,
}

impl CriticalPath {
    fn new(items: Vec<usize>) -> Self {
        let positions = items.iter().enumerate().map(|(position, item)| (*item, position)).collect();
        Self { items, positions }
    }

    /// Returns whether an item is on the path.
    pub fn contains(&self, item: usize) -> bool {
        self.positions.contains_key(&item)
    }

    /// Returns whether an edge connects consecutive items of the path.
    pub fn has_edge(&self, edge: &Edge) -> bool {
        let position = |item: usize| self.positions.get(&item).copied();
        position(edge.from).is_some_and(|from| position(edge.to) == Some(from + 1))
    }
}

impl Deref for CriticalPath {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.items
    }
}

/// Returns the dependency graph of a plan. Dependencies between an item and its ancestors are omitted.
pub fn graph(file: &File) -> Graph {
    let plan = file.plan();
    // In the graph of the rules, edges point from dependents to dependencies. Here they point in the order of work.
    let found = DependencyGraph::with_partial_ids(plan).edges;
    let edges: BTreeSet<Edge> = found.into_iter().map(|edge| Edge { from: edge.to, to: edge.from }).collect();
    let edges: Vec<Edge> = edges.into_iter().collect();
    let connected: BTreeSet<usize> = edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
    let nodes: Vec<Node> = plan
        .items()
        .filter(|item| match edges.is_empty() {
            true => item.kind() == ItemKind::Phase,
            false => connected.contains(&item.index()),
        })
        .map(|item| node(plan, &item))
        .collect();
    let phases: BTreeSet<usize> = nodes.iter().filter_map(|node| node.phase).collect();
    let groups = phases.into_iter().filter_map(|item| plan.item(item));
    let groups =
        groups.map(|item| PhaseGroup { item: item.index(), line: line_of(plan, &item), label: label(&item) });
    Graph::new(nodes, groups.collect(), edges)
}

/// Returns the graph of the outermost phases of a plan: a phase depends on another one if any of its tasks does.
pub fn phase_graph(file: &File) -> Graph {
    let plan = file.plan();
    let phase_of = |index: usize| {
        let item = plan.item(index)?;
        let phases = std::iter::once(item).chain(item.ancestors());
        phases.filter(|item| item.kind() == ItemKind::Phase).last().map(|phase| phase.index())
    };
    let found = DependencyGraph::with_partial_ids(plan).edges;
    let edges: BTreeSet<Edge> = found
        .into_iter()
        .filter_map(|edge| Some(Edge { from: phase_of(edge.to)?, to: phase_of(edge.from)? }))
        .filter(|edge| edge.from != edge.to)
        .collect();
    let phases = plan.items().filter(|item| phase_of(item.index()) == Some(item.index()));
    Graph::new(phases.map(|item| node(plan, &item)).collect(), Vec::new(), edges.into_iter().collect())
}

fn line_of(plan: &Plan, item: &Item<'_>) -> usize {
    plan.document().rope().byte_to_line(item.line().start)
}

fn node(plan: &Plan, item: &Item<'_>) -> Node {
    Node {
        item: item.index(),
        line: line_of(plan, item),
        id: item.id().map(ToString::to_string),
        label: label(item),
        title: item.title(),
        state: state(item),
        kind: item.kind(),
        hours: hours(item).or_else(|| open_hours(plan, item)),
        phase: item.phase().filter(|_| item.kind() == ItemKind::Task).map(|phase| phase.index()),
    }
}

/// Returns the sum of estimates of a phase's open tasks, in hours. A task's own estimate covers its subtasks.
fn open_hours(plan: &Plan, phase: &Item<'_>) -> Option<f64> {
    if phase.kind() != ItemKind::Phase {
        return None;
    }
    let mut sum = None;
    let mut pending: Vec<Item<'_>> = phase.children().collect();
    while let Some(item) = pending.pop() {
        if item.role() != Role::Work || is_finished(state(&item)) {
            continue;
        }
        match hours(&item) {
            Some(hours) => *sum.get_or_insert(0.0) += hours,
            None => pending.extend(item.children().filter_map(|child| plan.item(child.index()))),
        }
    }
    sum
}

/// Returns the label of an item: `1.2 Name`, `Phase 2: Name`.
pub(super) fn label(item: &Item<'_>) -> String {
    let title = item.title();
    let id = item.id().map(before_name);
    match id {
        Some(id) if title.is_empty() => id.trim_end_matches(':').to_owned(),
        Some(id) => format!("{id} {title}"),
        None => title,
    }
}

/// Returns the longest path over unfinished nodes, as item indices. Edges within a cycle are ignored.
fn longest_path(nodes: &[Node], edges: &[Edge]) -> Vec<usize> {
    if edges.is_empty() {
        return Vec::new();
    }
    let open: BTreeMap<usize, f64> = nodes
        .iter()
        .filter(|node| !is_finished(node.state))
        .map(|node| (node.item, node.hours.unwrap_or(0.0)))
        .collect();
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let at: BTreeMap<usize, _> = open.keys().map(|item| (*item, graph.add_node(*item))).collect();
    for edge in edges {
        if let (Some(from), Some(to)) = (at.get(&edge.from), at.get(&edge.to)) {
            graph.add_edge(*from, *to, ());
        }
    }
    // Components in reverse topological order, and the cycle (component) of each item.
    let cycles = kosaraju_scc(&graph);
    let mut cycle_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, cycle) in cycles.iter().enumerate() {
        cycle_of.extend(cycle.iter().map(|node| (graph[*node], number)));
    }
    /// The longest path to an item.
    #[derive(Clone, Copy)]
    struct LongestPath {
        hours: f64,
        items: usize,
        before: Option<usize>,
    }
    let longer =
        |a: &LongestPath, b: &LongestPath| a.hours.total_cmp(&b.hours).then(a.items.cmp(&b.items)).is_gt();
    let mut best: BTreeMap<usize, LongestPath> = BTreeMap::new();
    for node in cycles.iter().rev().flatten() {
        let item = graph[*node];
        let own = open.get(&item).copied().unwrap_or(0.0);
        let mut found = LongestPath { hours: own, items: 1, before: None };
        let mut before: Vec<usize> =
            graph.neighbors_directed(*node, petgraph::Incoming).map(|node| graph[node]).collect();
        before.sort_unstable();
        for from in before.into_iter().filter(|from| cycle_of.get(from) != cycle_of.get(&item)) {
            let Some(path) = best.get(&from) else { continue };
            let path = LongestPath { hours: path.hours + own, items: path.items + 1, before: Some(from) };
            if longer(&path, &found) {
                found = path;
            }
        }
        best.insert(item, found);
    }
    let mut last: Option<(usize, LongestPath)> = None;
    for (item, path) in &best {
        if last.as_ref().is_none_or(|(_, known)| longer(path, known)) {
            last = Some((*item, *path));
        }
    }
    let ends = last.map(|(item, _)| item);
    let mut path: Vec<usize> =
        std::iter::successors(ends, |item| best.get(item).and_then(|path| path.before)).collect();
    path.reverse();
    path
}
