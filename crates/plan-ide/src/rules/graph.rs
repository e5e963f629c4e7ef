//! Who waits for whom, as a graph.

use std::collections::{HashMap, hash_map::Entry};

use petgraph::{algo::kosaraju_scc, graph::DiGraph, visit::EdgeRef};
use plan_model::{Place, Plan, Reach, Relation, Said, reference::Class};

/// Whether a document says something of a dependency plainly enough to conclude from it: ids and nothing but ids.
pub(crate) fn is_said(dependency: &Said) -> bool {
    dependency.strict
        && dependency.relation != Relation::Requirement
        && matches!(dependency.class, Class::Single | Class::List | Class::Range)
}

/// Whether a document says something of a dependency that is worth showing: ids, whatever else stands beside them.
fn is_meant(dependency: &Said) -> bool {
    use Class::{All, AllPrevious, List, Range, Single};
    dependency.relation != Relation::Requirement
        && matches!(dependency.class, Single | List | Range | AllPrevious | All)
}

/// Somebody waits for somebody.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// Index of the item that waits.
    pub(crate) from: usize,
    /// Index of the item that is waited for.
    pub(crate) to: usize,
    /// Where that is written: a dependency of the plan, and one of its names, by their indices.
    said: (u32, u32),
}

impl Edge {
    /// Where that is written.
    pub(crate) fn place(&self, plan: &Plan) -> Place {
        let (dependency, name) = self.said;
        plan.place_of_name(dependency as usize, name as usize)
    }
}

/// What is said of who waits for whom.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) edges: Vec<Edge>,
}

impl Graph {
    /// All that is said plainly.
    pub(crate) fn of(plan: &Plan) -> Self {
        Self::read(plan, is_said)
    }

    /// All that is said plainly or with words around it, but for items that lie in each other: none of them can wait.
    pub(crate) fn meant(plan: &Plan) -> Self {
        let mut graph = Self::read(plan, is_meant);
        let lies_in = |inner: usize, outer: usize| {
            let around =
                std::iter::successors(Some(inner), |item| plan.item(*item).and_then(|item| item.parent()));
            around.into_iter().any(|item| item == outer)
        };
        graph.edges.retain(|edge| !lies_in(edge.from, edge.to) && !lies_in(edge.to, edge.from));
        graph
    }

    fn read(plan: &Plan, counts: fn(&Said) -> bool) -> Self {
        let mut edges = Vec::new();
        for (number, dependency) in plan.said().iter().enumerate() {
            let Some(owner) = dependency.owner.filter(|_| counts(dependency)) else { continue };
            for (at, name) in dependency.names.iter().enumerate() {
                if !matches!(name.reach, Reach::Near | Reach::Document) {
                    continue;
                }
                for target in name.targets.iter().filter_map(|(_, item)| *item) {
                    let (from, to) = match dependency.relation {
                        Relation::Blocks => (target, owner),
                        _ => (owner, target),
                    };
                    edges.push(Edge { from, to, said: (number as u32, at as u32) });
                }
            }
        }
        Self { edges }
    }

    /// The circles of two members or more, each as the edges that close it, beginning at the member that stands first.
    pub(crate) fn circles(&self) -> Vec<Vec<Edge>> {
        let mut graph: DiGraph<(), usize> = DiGraph::new();
        let count = self.edges.iter().map(|edge| edge.from.max(edge.to) + 1).max().unwrap_or(0);
        let nodes: Vec<_> = (0..count).map(|_| graph.add_node(())).collect();
        for (number, edge) in self.edges.iter().enumerate().filter(|(_, edge)| edge.from != edge.to) {
            graph.add_edge(nodes[edge.from], nodes[edge.to], number);
        }
        let mut found = Vec::new();
        // Not Tarjan's way, which recurses: a chain of all tasks of a long plan would overflow the stack.
        let components = kosaraju_scc(&graph);
        let mut component_of = vec![0; count];
        for (number, component) in components.iter().enumerate() {
            component.iter().for_each(|node| component_of[node.index()] = number);
        }
        for (number, component) in components.iter().enumerate().filter(|(_, members)| members.len() > 1) {
            let Some(start) = component.iter().copied().min() else { continue };
            // The shortest way from the first member back to it, breadth first.
            let mut came_by: HashMap<usize, usize> = HashMap::new();
            let mut waiting = std::collections::VecDeque::from([start]);
            let mut closing = None;
            'search: while let Some(node) = waiting.pop_front() {
                for edge in graph.edges(node).filter(|edge| component_of[edge.target().index()] == number) {
                    if edge.target() == start {
                        closing = Some(*edge.weight());
                        break 'search;
                    }
                    if let Entry::Vacant(vacant) = came_by.entry(edge.target().index()) {
                        vacant.insert(*edge.weight());
                        waiting.push_back(edge.target());
                    }
                }
            }
            let mut circle = Vec::new();
            let mut at = closing;
            while let Some(number) = at {
                let edge = &self.edges[number];
                circle.push(edge.clone());
                at = if edge.from == start.index() { None } else { came_by.get(&edge.from).copied() };
            }
            circle.reverse();
            found.push(circle);
        }
        found.sort_by_key(|circle| circle.first().map(|edge| edge.said));
        found
    }
}
