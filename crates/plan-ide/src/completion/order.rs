//! What comes before what: which items may wait for which, so that nobody waits for themselves and no rule finds anything.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use plan_model::{Item, ItemKind, Plan, Relation, State, date, reference};

/// Who waits for whom, by index.
pub(super) struct Order<'a> {
    plan: &'a Plan,
    /// What each item waits for.
    waits: HashMap<usize, Vec<usize>>,
    /// Who waits for each item.
    waited: HashMap<usize, Vec<usize>>,
    schedule: Schedule,
}

/// When something happens, as far as it is written down.
#[derive(Default)]
struct Schedule {
    /// The first week, day or month of a phase.
    starts: HashMap<usize, (date::Unit, u32)>,
    /// For each chart, the first day of an item's bar, and the day after its last one.
    charts: Vec<HashMap<usize, (Date, Date)>>,
}

impl<'a> Order<'a> {
    /// All that the plan says, `except` what is written at this byte, which is being replaced.
    pub(super) fn of(plan: &'a Plan, except: usize) -> Self {
        let mut order =
            Self { plan, waits: HashMap::new(), waited: HashMap::new(), schedule: Schedule::of(plan) };
        for dependency in plan.dependencies() {
            let Some(owner) = dependency.owner.filter(|_| dependency.relation != Relation::Requirement)
            else {
                continue;
            };
            let kept = dependency
                .names
                .iter()
                .filter(|name| !(name.range.start <= except && except <= name.range.end));
            for target in kept.flat_map(|name| &name.targets).filter_map(|(_, item)| *item) {
                let (from, to) = match dependency.relation {
                    Relation::Blocks => (target, owner),
                    _ => (owner, target),
                };
                order.waits.entry(from).or_default().push(to);
                order.waited.entry(to).or_default().push(from);
            }
        }
        order
    }

    /// What may not be waited for by an item: itself, what it lies in, what lies in it, and what cannot end before it has
    /// ended.
    pub(super) fn not_before(&self, item: usize) -> HashSet<usize> {
        let mut found: HashSet<usize> = HashSet::new();
        let mut waiting = vec![item];
        while let Some(here) = waiting.pop() {
            if !found.insert(here) {
                continue;
            }
            // A phase ends when what lies in it has ended.
            waiting.extend(self.plan.item(here).and_then(|here| here.parent()));
            for later in self.waited.get(&here).into_iter().flatten() {
                waiting.push(*later);
                waiting.extend(self.inside(*later));
            }
        }
        found.extend(self.inside(item));
        found
    }

    /// What may not wait for an item: itself, what it lies in, what lies in it, and what has to end before it begins.
    pub(super) fn not_after(&self, item: usize) -> HashSet<usize> {
        let mut found: HashSet<usize> = HashSet::new();
        let mut waiting = vec![item];
        while let Some(here) = waiting.pop() {
            if !found.insert(here) {
                continue;
            }
            let around =
                std::iter::successors(Some(here), |at| self.plan.item(*at).and_then(|at| at.parent()));
            for earlier in around.filter_map(|at| self.waits.get(&at)).flatten() {
                waiting.push(*earlier);
                waiting.extend(self.inside(*earlier));
            }
        }
        found.extend(std::iter::successors(Some(item), |at| self.plan.item(*at).and_then(|at| at.parent())));
        found.extend(self.inside(item));
        found
    }

    /// All that lies in an item.
    fn inside(&self, item: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut waiting: Vec<Item<'_>> = self.plan.item(item).into_iter().collect();
        while let Some(here) = waiting.pop() {
            for child in here.children() {
                found.push(child.index());
                waiting.push(child);
            }
        }
        found
    }

    /// Whether what is written elsewhere says that `from` does not wait for `to`: it is done, has begun, or is drawn before.
    pub(super) fn contradicts(&self, from: &Item<'_>, to: &Item<'_>) -> bool {
        let state = to.state().or_else(|| to.derived());
        let is_open = matches!(state, Some(State::Open | State::Active | State::Blocked));
        if from.state() == Some(State::Done) && is_open {
            return true;
        }
        let (own, other) = (from.index(), to.index());
        let phases = from.kind() == ItemKind::Phase && to.kind() == ItemKind::Phase;
        if let (Some((unit, own)), Some((other_unit, other)), true) =
            (self.schedule.starts.get(&own), self.schedule.starts.get(&other), phases)
            && unit == other_unit
            && own < other
        {
            return true;
        }
        self.schedule.charts.iter().any(|bars| {
            matches!((bars.get(&own), bars.get(&other)), (Some((begins, _)), Some((_, ends))) if begins < ends)
        })
    }

    /// What an item waits for, directly.
    pub(super) fn waits_for(&self, item: usize) -> &[usize] {
        self.waits.get(&item).map_or(&[], Vec::as_slice)
    }

    /// Who waits for an item, directly.
    pub(super) fn waiting_for(&self, item: usize) -> &[usize] {
        self.waited.get(&item).map_or(&[], Vec::as_slice)
    }
}

impl Schedule {
    fn of(plan: &Plan) -> Self {
        let mut found = Self::default();
        let document = plan.document();
        for bar in plan.text_bars().iter().filter(|bar| bar.drawn) {
            let value = reference::mentions(&document.slice(bar.name.clone()));
            let resolved = plan.resolve(&value, bar.name.start, None);
            if let [name] = &resolved[..]
                && let [(_, Some(item))] = name.targets[..]
            {
                found.starts.insert(item, (bar.when.unit, bar.when.first));
            }
        }
        for item in plan.items().filter(|item| item.kind() == ItemKind::Phase) {
            if let Some(when) = item.suffix().and_then(|(suffix, _)| date::relative(suffix)) {
                found.starts.insert(item.index(), (when.unit, when.first));
            }
        }
        for (start, chart) in plan.charts() {
            let mut bars = HashMap::new();
            for (bar, item) in charted(plan, *start, chart) {
                if let (Some(bar), Some(item)) = (chart.bars.get(bar), item) {
                    // The first bar of a task is the task.
                    bars.entry(item).or_insert(bar.days);
                }
            }
            found.charts.push(bars.into_iter().filter_map(|(item, days)| Some((item, days?))).collect());
        }
        found
    }
}

/// The bars of a chart by index, each with the item that it is called like.
pub(super) fn charted(
    plan: &Plan,
    start: usize,
    chart: &plan_model::gantt::Chart,
) -> Vec<(usize, Option<usize>)> {
    let mut names = Vec::new();
    let mut bars = Vec::new();
    for (index, bar) in chart.bars.iter().enumerate() {
        let place = start + bar.name.start..start + bar.name.end;
        let mut value = reference::read(&plan.document().slice(place));
        // All names are looked up at once: a look-up reads the whole plan.
        if let (Some(name), true) = (value.names.pop(), value.names.is_empty()) {
            names.push(name);
            bars.push(index);
        }
    }
    let value = reference::Value { class: reference::Class::List, names, strict: true, all: None };
    let resolved = plan.resolve(&value, 0, None);
    let items = resolved.iter().map(|name| match name.targets[..] {
        [(_, Some(item))] => Some(item),
        _ => None,
    });
    bars.into_iter().zip(items).collect()
}
