//! The order in which items are done: stated dependencies, and the order of numbered phases.

use std::collections::BTreeMap;

use foldhash::{HashSet, HashSetExt};
use petgraph::{algo::kosaraju_scc, graph::DiGraph};
use plan_model::{Item, ItemKind, Plan, Relation, reference::ValueClass};

use super::inputs::{ScheduleInputs, is_scheduled};
use crate::rules::graph::{DependencyEdge, DependencyGraph};

/// Index of an event: the start or the end of an item.
pub(crate) type Event = usize;

/// Returns the event of the start of an item.
pub(crate) fn start_of(item: usize) -> Event {
    2 * item
}

/// Returns the event of the end of an item.
pub(crate) fn end_of(item: usize) -> Event {
    2 * item + 1
}

/// The order of the starts and ends of all scheduled items.
pub(crate) struct Network {
    /// The dependencies of each item: the stated dependencies and the previous phase.
    pub(crate) dependencies: Vec<Vec<usize>>,
    /// For each event, the events that come after it.
    pub(crate) successors: Vec<Vec<Event>>,
    /// The events in an order in which each comes after its predecessors.
    pub(crate) order: Vec<Event>,
    /// Stated dependencies that contradict each other because they form a cycle.
    pub(crate) cyclic: Vec<DependencyEdge>,
    /// Stated dependencies that apply.
    pub(crate) stated: Vec<DependencyEdge>,
}

impl Network {
    /// Returns the network of a plan. `assumed` returns further pairs of items that follow each other, given the stated
    /// dependencies.
    pub(crate) fn of(plan: &Plan, assumed: impl FnOnce(&[DependencyEdge]) -> Vec<(usize, usize)>) -> Self {
        let stated = DependencyGraph::with_partial_ids(plan).edges;
        let assumed = assumed(&stated);
        let network = Self::new(plan, stated.clone(), &assumed, Vec::new());
        if network.order.len() == network.successors.len() {
            return network;
        }
        // An assumption that contradicts a stated dependency does not apply.
        let pairs = |edges: &[DependencyEdge]| -> Vec<(usize, usize)> {
            edges.iter().map(|edge| (edge.to, edge.from)).collect()
        };
        let in_cycle = |components: &[usize], first: usize, second: usize| {
            components[end_of(first)] == components[start_of(second)]
        };
        let all = components(plan, &[pairs(&stated), assumed.clone()].concat());
        let assumed: Vec<(usize, usize)> =
            assumed.into_iter().filter(|(first, second)| !in_cycle(&all, *first, *second)).collect();
        let remaining = components(plan, &[pairs(&stated), assumed.clone()].concat());
        let (cyclic, stated): (Vec<DependencyEdge>, Vec<DependencyEdge>) =
            stated.into_iter().partition(|edge| in_cycle(&remaining, edge.to, edge.from));
        Self::new(plan, stated, &assumed, cyclic)
    }

    fn new(
        plan: &Plan,
        stated: Vec<DependencyEdge>,
        assumed: &[(usize, usize)],
        cyclic: Vec<DependencyEdge>,
    ) -> Self {
        let count = plan.items().len();
        let mut network = Self {
            dependencies: vec![Vec::new(); count],
            successors: vec![Vec::new(); 2 * count],
            order: Vec::with_capacity(2 * count),
            cyclic,
            stated: Vec::new(),
        };
        let mut seen = HashSet::new();
        let edges = stated.iter().map(|edge| (edge.to, edge.from)).chain(assumed.iter().copied());
        for (first, second) in edges {
            if seen.insert((first, second)) {
                network.dependencies[second].push(first);
                network.successors[end_of(first)].push(start_of(second));
            }
        }
        for (first, second) in hierarchy(plan) {
            network.successors[first].push(second);
        }
        network.stated = stated;
        network.sort();
        network
    }

    /// Fills `order` with the events in topological order. Events in cycles are omitted.
    fn sort(&mut self) {
        let mut predecessors = vec![0_usize; self.successors.len()];
        self.successors.iter().flatten().for_each(|event| predecessors[*event] += 1);
        let mut ready: Vec<Event> =
            (0..predecessors.len()).rev().filter(|event| predecessors[*event] == 0).collect();
        while let Some(event) = ready.pop() {
            self.order.push(event);
            for next in &self.successors[event] {
                predecessors[*next] -= 1;
                if predecessors[*next] == 0 {
                    ready.push(*next);
                }
            }
        }
    }
}

/// Returns pairs of events that follow each other because of the nesting of items.
fn hierarchy(plan: &Plan) -> impl Iterator<Item = (Event, Event)> {
    plan.items().flat_map(|item| {
        let index = item.index();
        let parent = item.parent().into_iter();
        let around = parent
            .flat_map(move |parent| [(start_of(parent), start_of(index)), (end_of(index), end_of(parent))]);
        std::iter::once((start_of(index), end_of(index))).chain(around)
    })
}

/// Returns, for each event, the number of its component. Events in the same cycle have the same number.
fn components(plan: &Plan, edges: &[(usize, usize)]) -> Vec<usize> {
    let count = 2 * plan.items().len();
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(count, 2 * count);
    let nodes: Vec<_> = (0..count).map(|_| graph.add_node(())).collect();
    for (first, second) in hierarchy(plan) {
        graph.add_edge(nodes[first], nodes[second], ());
    }
    for (first, second) in edges {
        graph.add_edge(nodes[end_of(*first)], nodes[start_of(*second)], ());
    }
    let mut components = vec![0; count];
    for (number, component) in kosaraju_scc(&graph).iter().enumerate() {
        component.iter().for_each(|node| components[node.index()] = number);
    }
    components
}

/// Returns pairs of phases that follow each other because of their numbers: the later one states neither a dependency
/// nor a date nor a week.
pub(crate) fn phase_order(
    plan: &Plan,
    inputs: &ScheduleInputs,
    stated: &[DependencyEdge],
) -> Vec<(usize, usize)> {
    let dependents: HashSet<usize> =
        stated.iter().map(|edge| edge.from).chain(independent_items(plan)).collect();
    let mut groups: BTreeMap<_, Vec<(u32, usize)>> = BTreeMap::new();
    for phase in plan.items().filter(|item| item.kind() == ItemKind::Phase && is_scheduled(item)) {
        let Some((word, number)) = number_of(&phase) else { continue };
        let scope = phase.scope().map(|section| section.index());
        groups.entry((phase.parent(), scope, word)).or_default().push((number, phase.index()));
    }
    let mut pairs = Vec::new();
    for mut phases in groups.into_values() {
        phases.sort_unstable();
        for (number, phase) in &phases {
            if dependents.contains(phase) || inputs.times[*phase].has_date() {
                continue;
            }
            let before = phases.iter().map(|(other, _)| *other).filter(|other| other < number).max();
            let before = phases.iter().filter(|(other, _)| Some(*other) == before);
            pairs.extend(before.map(|(_, before)| (*before, *phase)));
        }
    }
    pairs
}

/// Returns the indices of the items that state that they depend on nothing.
fn independent_items(plan: &Plan) -> impl Iterator<Item = usize> {
    plan.dependencies()
        .iter()
        .filter(|dependency| {
            dependency.relation == Relation::DependsOn && dependency.class == ValueClass::None
        })
        .filter_map(|dependency| dependency.dependent)
}

/// Returns the keyword and number of a phase. `2a` and `2b` have the same number.
fn number_of(phase: &Item<'_>) -> Option<(String, u32)> {
    let (word, number) = phase.id()?.phase_parts()?;
    let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    Some((word.to_owned(), number[..digits].parse().ok()?))
}
