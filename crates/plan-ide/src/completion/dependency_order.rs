//! Ordering constraints: which dependencies can be offered without creating a cycle or a finding.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use plan_model::{Item, ItemKind, Plan, Relation, State, date, reference};

/// Direct dependencies between items, by item index.
pub(super) struct DependencyOrder<'a> {
    plan: &'a Plan,
    /// Dependencies of each item.
    dependencies: HashMap<usize, Vec<usize>>,
    /// Dependents of each item.
    dependents: HashMap<usize, Vec<usize>>,
    stated: StatedDates,
}

/// Start dates of phases and tasks that the plan states.
#[derive(Default)]
struct StatedDates {
    /// First week, day or month of a phase.
    starts: HashMap<usize, (date::CalendarUnit, u32)>,
    /// For each Gantt chart, start and end date (exclusive) by item.
    charts: Vec<HashMap<usize, (Date, Date)>>,
}

impl<'a> DependencyOrder<'a> {
    /// Reads the plan, except the dependency at the offset `except`, which is being replaced.
    pub(super) fn of(plan: &'a Plan, except: usize) -> Self {
        let mut order = Self {
            plan,
            dependencies: HashMap::new(),
            dependents: HashMap::new(),
            stated: StatedDates::of(plan),
        };
        for dependency in plan.located_dependencies() {
            let Some(dependent) =
                dependency.dependent.filter(|_| dependency.relation != Relation::Requirement)
            else {
                continue;
            };
            let other_names = dependency
                .names
                .iter()
                .filter(|name| !(name.range.start <= except && except <= name.range.end));
            for target in other_names.flat_map(|name| &name.targets).filter_map(|(_, item)| *item) {
                let (from, to) = match dependency.relation {
                    Relation::Blocks => (target, dependent),
                    _ => (dependent, target),
                };
                order.dependencies.entry(from).or_default().push(to);
                order.dependents.entry(to).or_default().push(from);
            }
        }
        order
    }

    /// Returns the items that `item` must not depend on: itself, its ancestors and descendants, and its transitive
    /// dependents.
    pub(super) fn invalid_dependencies(&self, item: usize) -> HashSet<usize> {
        let mut found: HashSet<usize> = HashSet::new();
        let mut pending = vec![item];
        while let Some(here) = pending.pop() {
            if !found.insert(here) {
                continue;
            }
            // A phase ends when its tasks have ended.
            pending.extend(self.plan.item(here).and_then(|here| here.parent()));
            for later in self.dependents.get(&here).into_iter().flatten() {
                pending.push(*later);
                pending.extend(self.descendants(*later));
            }
        }
        found.extend(self.descendants(item));
        found
    }

    /// Returns the items that must not depend on `item`: itself, its ancestors and descendants, and its transitive
    /// dependencies.
    pub(super) fn invalid_dependents(&self, item: usize) -> HashSet<usize> {
        let mut found: HashSet<usize> = HashSet::new();
        let mut pending = vec![item];
        while let Some(here) = pending.pop() {
            if !found.insert(here) {
                continue;
            }
            let self_and_ancestors =
                std::iter::successors(Some(here), |at| self.plan.item(*at).and_then(|at| at.parent()));
            for earlier in self_and_ancestors.filter_map(|at| self.dependencies.get(&at)).flatten() {
                pending.push(*earlier);
                pending.extend(self.descendants(*earlier));
            }
        }
        found.extend(std::iter::successors(Some(item), |at| self.plan.item(*at).and_then(|at| at.parent())));
        found.extend(self.descendants(item));
        found
    }

    /// Returns the descendants of an item.
    fn descendants(&self, item: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut pending: Vec<Item<'_>> = self.plan.item(item).into_iter().collect();
        while let Some(here) = pending.pop() {
            for child in here.children() {
                found.push(child.index());
                pending.push(child);
            }
        }
        found
    }

    /// Returns whether states or dates contradict a dependency of `from` on `to`: `from` is done or starts earlier.
    pub(super) fn contradicts(&self, from: &Item<'_>, to: &Item<'_>) -> bool {
        let state = to.state().or_else(|| to.derived_state());
        let is_open = matches!(state, Some(State::Open | State::Active | State::Blocked));
        if from.state() == Some(State::Done) && is_open {
            return true;
        }
        let (own, other) = (from.index(), to.index());
        let phases = from.kind() == ItemKind::Phase && to.kind() == ItemKind::Phase;
        if let (Some((unit, own)), Some((other_unit, other)), true) =
            (self.stated.starts.get(&own), self.stated.starts.get(&other), phases)
            && unit == other_unit
            && own < other
        {
            return true;
        }
        self.stated.charts.iter().any(|tasks| {
            matches!((tasks.get(&own), tasks.get(&other)), (Some((begins, _)), Some((_, ends))) if begins < ends)
        })
    }

    /// Returns the direct dependencies of an item.
    pub(super) fn dependencies_of(&self, item: usize) -> &[usize] {
        self.dependencies.get(&item).map_or(&[], Vec::as_slice)
    }

    /// Returns the direct dependents of an item.
    pub(super) fn dependents_of(&self, item: usize) -> &[usize] {
        self.dependents.get(&item).map_or(&[], Vec::as_slice)
    }
}

impl StatedDates {
    fn of(plan: &Plan) -> Self {
        let mut found = Self::default();
        let document = plan.document();
        for task in plan.text_timeline_entries().iter().filter(|task| task.has_bar) {
            let value = reference::mentions(&document.slice(task.name.clone()));
            let resolved = plan.resolve(&value, task.name.start, None);
            if let [name] = &resolved[..]
                && let [(_, Some(item))] = name.targets[..]
            {
                found.starts.insert(item, (task.when.unit, task.when.first));
            }
        }
        for item in plan.items().filter(|item| item.kind() == ItemKind::Phase) {
            if let Some(when) = item.suffix().and_then(|(suffix, _)| date::relative(suffix)) {
                found.starts.insert(item.index(), (when.unit, when.first));
            }
        }
        for (start, chart) in plan.gantt_charts() {
            let mut tasks = HashMap::new();
            for (task, item) in chart_items(plan, *start, chart) {
                if let (Some(task), Some(item)) = (chart.tasks.get(task), item) {
                    // The first Gantt task with the name of an item represents it.
                    tasks.entry(item).or_insert(task.days);
                }
            }
            found.charts.push(tasks.into_iter().filter_map(|(item, days)| Some((item, days?))).collect());
        }
        found
    }
}

/// Returns the indices of a chart's Gantt tasks whose name is a reference, each with its item.
pub(super) fn chart_items(
    plan: &Plan,
    start: usize,
    chart: &plan_model::gantt::GanttChart,
) -> Vec<(usize, Option<usize>)> {
    let mut names = Vec::new();
    let mut tasks = Vec::new();
    for (index, task) in chart.tasks.iter().enumerate() {
        let place = start + task.name.start..start + task.name.end;
        let mut value = plan.parse_reference(&plan.document().slice(place));
        // Resolve all names at once: each resolution reads the whole plan.
        if let (Some(name), true) = (value.names.pop(), value.names.is_empty()) {
            names.push(name);
            tasks.push(index);
        }
    }
    let value = reference::Value { class: reference::ValueClass::List, names, strict: true, all: None };
    let resolved = plan.resolve(&value, 0, None);
    let items = resolved.iter().map(|name| match name.targets[..] {
        [(_, Some(item))] => Some(item),
        _ => None,
    });
    tasks.into_iter().zip(items).collect()
}
