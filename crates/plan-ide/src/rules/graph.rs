//! The dependency graph of a plan.

use std::collections::{HashMap, hash_map::Entry};

use petgraph::{algo::kosaraju_scc, graph::DiGraph, visit::EdgeRef};
use plan_model::{Dependency, Plan, Relation, Resolution, TextRange, reference::ValueClass};

/// Returns whether a dependency consists of IDs only, so that rules can use it as evidence.
pub(crate) fn is_explicit(dependency: &Dependency) -> bool {
    dependency.strict
        && dependency.relation != Relation::Requirement
        && matches!(dependency.class, ValueClass::Single | ValueClass::List | ValueClass::Range)
}

/// Returns whether a dependency contains IDs, possibly with other text, so that it can be displayed and scheduled.
fn has_ids(dependency: &Dependency) -> bool {
    use ValueClass::{All, AllPrevious, List, Range, Single};
    dependency.relation != Relation::Requirement
        && matches!(dependency.class, Single | List | Range | AllPrevious | All)
}

/// A dependency between two items.
#[derive(Clone, Debug)]
pub(crate) struct DependencyEdge {
    /// Index of the dependent item.
    pub(crate) from: usize,
    /// Index of its dependency.
    pub(crate) to: usize,
    /// Position in the plan: the index of the dependency, and the index of the name in it.
    source: (u32, u32),
}

impl DependencyEdge {
    /// Returns the range of the name that refers to the dependency.
    pub(crate) fn name_range(&self, plan: &Plan) -> TextRange {
        let (dependency, name) = self.source;
        plan.name_range(dependency as usize, name as usize)
    }
}

/// The dependencies between items of a plan.
#[derive(Debug)]
pub(crate) struct DependencyGraph {
    pub(crate) edges: Vec<DependencyEdge>,
}

impl DependencyGraph {
    /// Returns the graph of explicit dependencies, which consist of IDs only.
    pub(crate) fn of(plan: &Plan) -> Self {
        Self::read(plan, is_explicit)
    }

    /// Returns the graph of all dependencies with IDs, even with additional text. Dependencies between an item and
    /// its ancestors are excluded.
    pub(crate) fn with_partial_ids(plan: &Plan) -> Self {
        let mut graph = Self::read(plan, has_ids);
        let is_inside = |inner: usize, outer: usize| {
            let ancestors =
                std::iter::successors(Some(inner), |item| plan.item(*item).and_then(|item| item.parent()));
            ancestors.into_iter().any(|item| item == outer)
        };
        graph.edges.retain(|edge| !is_inside(edge.from, edge.to) && !is_inside(edge.to, edge.from));
        graph
    }

    fn read(plan: &Plan, is_included: fn(&Dependency) -> bool) -> Self {
        let mut edges = Vec::new();
        for (number, dependency) in plan.dependencies().iter().enumerate() {
            let Some(dependent) = dependency.dependent.filter(|_| is_included(dependency)) else { continue };
            for (at, name) in dependency.names.iter().enumerate() {
                if !matches!(name.resolution, Resolution::SameScope | Resolution::OtherScope) {
                    continue;
                }
                for target in name.targets.iter().filter_map(|(_, item)| *item) {
                    let (from, to) = match dependency.relation {
                        Relation::Blocks => (target, dependent),
                        _ => (dependent, target),
                    };
                    edges.push(DependencyEdge { from, to, source: (number as u32, at as u32) });
                }
            }
        }
        Self { edges }
    }

    /// Returns one cycle for each group of two or more items that depend on each other. It is a shortest cycle through
    /// the group's first item, as a list of edges that starts at this item.
    pub(crate) fn cycles(&self) -> Vec<Vec<DependencyEdge>> {
        let mut graph: DiGraph<(), usize> = DiGraph::new();
        let count = self.edges.iter().map(|edge| edge.from.max(edge.to) + 1).max().unwrap_or(0);
        let nodes: Vec<_> = (0..count).map(|_| graph.add_node(())).collect();
        for (number, edge) in self.edges.iter().enumerate().filter(|(_, edge)| edge.from != edge.to) {
            graph.add_edge(nodes[edge.from], nodes[edge.to], number);
        }
        let mut found = Vec::new();
        // Tarjan's algorithm is not used, because it recurses: a chain of all tasks in a long plan would overflow the
        // stack.
        let components = kosaraju_scc(&graph);
        let mut component_of = vec![0; count];
        for (number, component) in components.iter().enumerate() {
            component.iter().for_each(|node| component_of[node.index()] = number);
        }
        for (number, component) in components.iter().enumerate().filter(|(_, members)| members.len() > 1) {
            let Some(start) = component.iter().copied().min() else { continue };
            // The shortest path from the first item back to it, by breadth-first search.
            let mut reached_by: HashMap<usize, usize> = HashMap::new();
            let mut queue = std::collections::VecDeque::from([start]);
            let mut closing = None;
            'search: while let Some(node) = queue.pop_front() {
                for edge in graph.edges(node).filter(|edge| component_of[edge.target().index()] == number) {
                    if edge.target() == start {
                        closing = Some(*edge.weight());
                        break 'search;
                    }
                    if let Entry::Vacant(vacant) = reached_by.entry(edge.target().index()) {
                        vacant.insert(*edge.weight());
                        queue.push_back(edge.target());
                    }
                }
            }
            let mut cycle = Vec::new();
            let mut next = closing;
            while let Some(number) = next {
                let edge = &self.edges[number];
                cycle.push(edge.clone());
                next = if edge.from == start.index() { None } else { reached_by.get(&edge.from).copied() };
            }
            cycle.reverse();
            found.push(cycle);
        }
        found.sort_by_key(|cycle| cycle.first().map(|edge| edge.source));
        found
    }
}
