//! Who waits for whom, with the path that decides when all is done.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{algo::kosaraju_scc, graph::DiGraph};
use plan_model::{Item, ItemKind, Plan, Role, State};

use super::{hours, is_over, state};
use crate::{File, next::before_name, rules};

pub use super::draw::{dot, mermaid};

/// The phases and tasks that wait for each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// Those that take part in a dependency, in document order; all phases where nobody waits.
    pub nodes: Vec<Node>,
    /// The phases that tasks among the nodes lie in, in document order.
    pub groups: Vec<Group>,
    /// Each pair once, sorted.
    pub edges: Vec<Edge>,
    /// The critical path as indices of items, the first to do first: of all paths over what is not done the one that takes
    /// longest by the estimates, and among those the one of most items. Empty where nobody waits or all is done.
    pub critical: Vec<usize>,
    /// How long the critical path takes in hours of work; nothing where nothing on it has an estimate.
    pub critical_hours: Option<f64>,
}

/// A phase or task of a [`Graph`].
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its index among the plan's items.
    pub item: usize,
    /// Its id, normalised.
    pub id: Option<String>,
    /// What it is called: its id as people write it, and its name.
    pub label: String,
    /// Its name without id and marks.
    pub title: String,
    /// What it says of itself, else what follows from the tasks in it.
    pub state: Option<State>,
    /// Phase or task.
    pub kind: ItemKind,
    /// How long it takes in hours of work: by its own estimate, for a phase without one by those of its open tasks.
    pub hours: Option<f64>,
    /// The index of the phase around it, which is among the groups.
    pub phase: Option<usize>,
}

/// A phase that holds nodes of a [`Graph`]; it can be a node itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its index among the plan's items.
    pub item: usize,
    /// What it is called.
    pub label: String,
}

/// Somebody waits for somebody, by their indices among the plan's items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// Who is waited for.
    pub from: usize,
    /// Who waits.
    pub to: usize,
}

impl Graph {
    /// Whether an edge leads from one item of the critical path to the next.
    pub fn is_critical(&self, edge: &Edge) -> bool {
        self.critical.windows(2).any(|pair| *pair == [edge.from, edge.to])
    }
}

/// The dependencies that a plan says by ids. One between items that lie in each other is left out.
pub fn graph(file: &File) -> Graph {
    let plan = file.plan();
    // A rule's edges lead from who waits; these lead the way that work goes.
    let meant = rules::graph::Graph::meant(plan).edges;
    let edges: BTreeSet<Edge> = meant.into_iter().map(|edge| Edge { from: edge.to, to: edge.from }).collect();
    let edges: Vec<Edge> = edges.into_iter().collect();
    let taking_part: BTreeSet<usize> = edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
    let nodes: Vec<Node> = plan
        .items()
        .filter(|item| match edges.is_empty() {
            true => item.kind() == ItemKind::Phase,
            false => taking_part.contains(&item.index()),
        })
        .map(|item| node(plan, &item))
        .collect();
    let holders: BTreeSet<usize> = nodes.iter().filter_map(|node| node.phase).collect();
    let groups = holders.into_iter().filter_map(|item| plan.item(item));
    let groups = groups.map(|item| Group { item: item.index(), label: label(&item) }).collect();
    let critical = critical_path(&nodes, &edges);
    let on_path = nodes.iter().filter(|node| critical.contains(&node.item));
    let known: Vec<f64> = on_path.filter_map(|node| node.hours).collect();
    let critical_hours = (!known.is_empty()).then(|| known.iter().sum());
    Graph { nodes, groups, edges, critical, critical_hours }
}

fn node(plan: &Plan, item: &Item<'_>) -> Node {
    Node {
        item: item.index(),
        id: item.id().map(ToString::to_string),
        label: label(item),
        title: item.title(),
        state: state(item),
        kind: item.kind(),
        hours: hours(item).or_else(|| open_hours(plan, item)),
        phase: item.phase().filter(|_| item.kind() == ItemKind::Task).map(|phase| phase.index()),
    }
}

/// What the open work in a phase takes, in hours. What a task's own estimate says holds for the tasks below it.
fn open_hours(plan: &Plan, phase: &Item<'_>) -> Option<f64> {
    if phase.kind() != ItemKind::Phase {
        return None;
    }
    let mut sum = None;
    let mut waiting: Vec<Item<'_>> = phase.children().collect();
    while let Some(item) = waiting.pop() {
        if item.role() != Role::Work || is_over(state(&item)) {
            continue;
        }
        match hours(&item) {
            Some(hours) => *sum.get_or_insert(0.0) += hours,
            None => waiting.extend(item.children().filter_map(|child| plan.item(child.index()))),
        }
    }
    sum
}

/// `1.2 Name`, `Phase 2: Name`.
pub(super) fn label(item: &Item<'_>) -> String {
    let title = item.title();
    let id = item.id().map(before_name);
    match id {
        Some(id) if title.is_empty() => id.trim_end_matches(':').to_owned(),
        Some(id) => format!("{id} {title}"),
        None => title,
    }
}

/// The longest path over nodes that are not done, as indices of items. Edges inside of a circle lead nowhere.
fn critical_path(nodes: &[Node], edges: &[Edge]) -> Vec<usize> {
    if edges.is_empty() {
        return Vec::new();
    }
    let open: BTreeMap<usize, f64> = nodes
        .iter()
        .filter(|node| !is_over(node.state))
        .map(|node| (node.item, node.hours.unwrap_or(0.0)))
        .collect();
    let mut graph: DiGraph<usize, ()> = DiGraph::new();
    let at: BTreeMap<usize, _> = open.keys().map(|item| (*item, graph.add_node(*item))).collect();
    for edge in edges {
        if let (Some(from), Some(to)) = (at.get(&edge.from), at.get(&edge.to)) {
            graph.add_edge(*from, *to, ());
        }
    }
    // What leads somewhere comes after where it leads to; the circle that each item is in, by number.
    let circles = kosaraju_scc(&graph);
    let mut circle_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (number, circle) in circles.iter().enumerate() {
        circle_of.extend(circle.iter().map(|node| (graph[*node], number)));
    }
    /// The longest path that ends at an item.
    #[derive(Clone, Copy)]
    struct Best {
        hours: f64,
        items: usize,
        before: Option<usize>,
    }
    let longer = |a: &Best, b: &Best| a.hours.total_cmp(&b.hours).then(a.items.cmp(&b.items)).is_gt();
    let mut best: BTreeMap<usize, Best> = BTreeMap::new();
    for node in circles.iter().rev().flatten() {
        let item = graph[*node];
        let own = open.get(&item).copied().unwrap_or(0.0);
        let mut found = Best { hours: own, items: 1, before: None };
        let mut before: Vec<usize> =
            graph.neighbors_directed(*node, petgraph::Incoming).map(|node| graph[node]).collect();
        before.sort_unstable();
        for from in before.into_iter().filter(|from| circle_of.get(from) != circle_of.get(&item)) {
            let Some(way) = best.get(&from) else { continue };
            let way = Best { hours: way.hours + own, items: way.items + 1, before: Some(from) };
            if longer(&way, &found) {
                found = way;
            }
        }
        best.insert(item, found);
    }
    let mut last: Option<(usize, Best)> = None;
    for (item, way) in &best {
        if last.as_ref().is_none_or(|(_, known)| longer(way, known)) {
            last = Some((*item, *way));
        }
    }
    let ends = last.map(|(item, _)| item);
    let mut path: Vec<usize> =
        std::iter::successors(ends, |item| best.get(item).and_then(|way| way.before)).collect();
    path.reverse();
    path
}
