//! Computes the dates of all items, each as early as its dependencies allow.

use jiff::civil::Date;
use plan_model::{Plan, State};

use super::{
    DateSource,
    inputs::{MilestoneInput, ScheduleInputs, is_scheduled, is_unfinished},
    network::{Network, end_of, start_of},
};

/// Computed dates of an item. Numbers are those of working days in the calendar; numbers of ends are exclusive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ComputedTimes {
    pub(crate) start: Option<Date>,
    pub(crate) end: Option<Date>,
    pub(crate) source: DateSource,
    /// The first working day on which work can start.
    pub(crate) earliest: i64,
    /// The first working day on which dependents can start: after the end, or after the earliest start if the end is
    /// unknown.
    pub(crate) after: i64,
    /// Number of working days that the work needs.
    pub(crate) work: i64,
    /// Whether work remains to be done.
    pub(crate) is_open: bool,
    /// Whether the dates are those of the item's children.
    pub(crate) is_rolled_up: bool,
}

/// The dates of all items and milestones.
pub(crate) struct DateComputation {
    pub(crate) items: Vec<ComputedTimes>,
    pub(crate) milestones: Vec<ComputedTimes>,
    /// The last day of all items: an unfinished item that states only its start ends on this day or later.
    pub(crate) end: Option<Date>,
}

/// Number of a working day before all others.
const BEFORE_ALL_DAYS: i64 = i64::MIN / 4;

impl DateComputation {
    pub(crate) fn of(plan: &Plan, inputs: &ScheduleInputs, network: &Network) -> Self {
        let calendar = &inputs.calendar;
        let index_of = |day: Option<Date>| day.map(|day| calendar.index_of(day));
        let today = index_of(inputs.today);
        let begin = index_of(inputs.start).max(today).unwrap_or(BEFORE_ALL_DAYS);
        let count = plan.items().len();
        let mut pass = ForwardPass {
            plan,
            inputs,
            network,
            today,
            items: vec![ComputedTimes::default(); count],
            bounds: vec![begin; count],
            is_delayed: vec![false; count],
        };
        for event in &network.order {
            let item = event / 2;
            if *event == start_of(item) {
                pass.compute_earliest_start(item)
            } else {
                pass.compute_dates(item)
            }
        }
        let milestones = inputs.milestones.iter().map(|milestone| pass.milestone(milestone)).collect();
        let ends = (0..count).filter_map(|index| pass.items[index].end.or(pass.stated_open_start(index)));
        // The plan ends with its phases and tasks; a milestone does not extend it.
        let end = ends.max();
        Self { items: pass.items, milestones, end }
    }
}

struct ForwardPass<'a> {
    plan: &'a Plan,
    inputs: &'a ScheduleInputs,
    network: &'a Network,
    today: Option<i64>,
    items: Vec<ComputedTimes>,
    /// For each item, the first working day on which the items in it can start.
    bounds: Vec<i64>,
    /// Whether an item depends on an unfinished item with a known end, directly or through other items.
    is_delayed: Vec<bool>,
}

impl ForwardPass<'_> {
    /// Computes the first working day on which an item can start: after its dependencies, and not before its parent.
    fn compute_earliest_start(&mut self, index: usize) {
        let Some(item) = self.plan.item(index) else { return };
        let mut bound = self.bounds[index];
        if let Some(parent) = item.parent() {
            bound = bound.max(self.bounds[parent]);
        }
        for dependency in &self.network.dependencies[index] {
            let found = &self.items[*dependency];
            if found.is_open {
                bound = bound.max(found.after);
                self.is_delayed[index] |= found.end.is_some() || self.is_delayed[*dependency];
            }
        }
        self.items[index].earliest = bound;
        // Children of an item with a stated start begin with it.
        let stated = self.inputs.times[index].start.as_ref();
        self.bounds[index] =
            stated.map_or(bound, |start| bound.max(self.inputs.calendar.index_of(start.day)));
    }

    /// Computes the dates of an item. The dates of its children must already be computed.
    fn compute_dates(&mut self, index: usize) {
        let Some(item) = self.plan.item(index).filter(is_scheduled) else { return };
        let calendar = &self.inputs.calendar;
        let time = &self.inputs.times[index];
        let bound = self.items[index].earliest;
        let state = self.inputs.states[index];
        let is_over = !is_unfinished(state);
        let children: Vec<&ComputedTimes> = item.children().map(|child| &self.items[child.index()]).collect();
        let first = children.iter().filter_map(|child| child.start).min();
        let last = children.iter().filter(|child| child.end.is_some()).max_by_key(|child| child.end);
        // The end of an item is unknown while only its done children have an end.
        let open_last = last.filter(|_| children.iter().any(|child| child.is_open && child.end.is_some()));
        let open_after = children.iter().filter(|child| child.is_open).map(|child| child.after).max();
        // A task that states only its start ends on this day or later.
        let open_start = item.children().filter_map(|child| self.stated_open_start(child.index())).max();
        let open_start = open_start.filter(|_| open_last.is_some());
        let is_rolled_up = first.is_some() || last.is_some();
        let mut found =
            ComputedTimes { earliest: bound, after: bound, is_rolled_up, ..ComputedTimes::default() };
        let stated = time.end.as_ref().or(time.start.as_ref());
        if state == Some(State::Cancelled) {
            self.items[index] = found;
            return;
        }
        found.start = time.start.as_ref().map(|start| start.day);
        found.end = time.end.as_ref().map(|end| end.day);
        found.source = stated.map_or(DateSource::None, |stated| stated.source);
        if is_over {
            // Done work keeps its stated dates.
            if stated.is_none() && is_rolled_up {
                (found.start, found.end) = (first, last.and_then(|child| child.end));
                found.source = last.map_or(DateSource::Stated, |child| child.source);
            }
            self.items[index] = found;
            return;
        }
        found.is_open = true;
        let has_start = bound > BEFORE_ALL_DAYS;
        // The estimate of an item is used unless the ends of all its unfinished tasks are known.
        let mut open_children = children.iter().filter(|child| child.is_open);
        let is_derived = open_last.is_some() && open_children.all(|child| child.end.is_some());
        let own_days = time.days.filter(|_| !is_derived);
        // The first working day of the item's own estimate.
        let begin = match (&time.start, &time.end, own_days) {
            (Some(start), ..) => Some(calendar.index_of(start.day)),
            (None, Some(end), Some(days)) => {
                let after = calendar.index_after(end.day);
                Some((after - days).max(bound.min(after - 1)))
            }
            (None, None, Some(_)) if has_start => Some(first.map_or(bound, |first| calendar.index_of(first))),
            _ => None,
        };
        let of_estimate = begin.zip(own_days).map(|(begin, days)| {
            // Work that is not done does not end before today.
            (begin + days).max(self.today.map_or(BEFORE_ALL_DAYS, |today| today + 1))
        });
        let of_children = open_last.and_then(|child| child.end).map(|end| calendar.index_after(end));
        let is_estimate_longer =
            of_estimate.is_some_and(|own| of_children.is_none_or(|children| children < own));
        if found.start.is_none() {
            let begin = begin.map(|begin| calendar.date(begin));
            found.start = match (begin, first) {
                (Some(begin), Some(first)) => Some(begin.min(first)),
                (begin, first) => begin.or(first),
            };
        }
        if found.end.is_none() {
            found.end = match of_estimate.filter(|_| is_estimate_longer) {
                Some(own) => Some(calendar.date(own - 1)),
                None => open_last.and_then(|child| child.end).max(open_start),
            };
        }
        if stated.is_none() {
            let dated =
                || children.iter().filter(|child| child.start.is_some()).min_by_key(|child| child.start);
            found.source = match open_last.copied().or_else(|| dated().copied()) {
                _ if is_estimate_longer => DateSource::Estimate,
                Some(child) => child.source,
                None => DateSource::None,
            };
        }
        if found.start.is_none() && found.end.is_none() && self.is_delayed[index] {
            found.start = Some(calendar.date(bound));
            found.source = DateSource::Dependency;
        }
        found.after = match found.end {
            Some(end) => calendar.index_after(end).max(open_after.unwrap_or(BEFORE_ALL_DAYS)),
            // A task that states only its start ends on that day or later.
            None => {
                let own = begin.map_or(bound, |begin| begin + i64::from(time.start.is_some()));
                own.max(open_after.unwrap_or(BEFORE_ALL_DAYS))
            }
        };
        found.work = match (begin, found.end, is_rolled_up) {
            (Some(begin), Some(end), false) => calendar.index_after(end) - begin,
            (Some(_), None, false) if time.start.is_some() => 1,
            (Some(_), _, true) => own_days.unwrap_or(0),
            _ => 0,
        };
        self.items[index] = found;
    }

    /// Returns the stated start of an unfinished item without an end.
    fn stated_open_start(&self, index: usize) -> Option<Date> {
        let found = &self.items[index];
        let stated = self.inputs.times[index].start.as_ref();
        stated.filter(|_| found.is_open && found.end.is_none()).map(|start| start.day)
    }

    /// Returns the date of a milestone: the stated one, otherwise the end of its last dependency.
    fn milestone(&self, milestone: &MilestoneInput) -> ComputedTimes {
        let items = milestone.items.iter().map(|index| &self.items[*index]);
        let is_reached = !milestone.items.is_empty() && items.clone().all(|item| !item.is_open);
        // Unfinished tasks can end after the stated end of their phase, and not before today.
        let end = |item: &ComputedTimes| {
            let end = item.end?;
            let after = item.after.max(self.today.map_or(BEFORE_ALL_DAYS, |today| today + 1));
            Some(if item.is_open { end.max(self.inputs.calendar.date(after - 1)) } else { end })
        };
        let last = items.clone().filter(|item| item.is_open || is_reached).map(end).max().flatten();
        let is_known = items.clone().all(|item| !item.is_open || item.end.is_some());
        let (day, source) = match &milestone.day {
            Some(day) => (Some(day.day), day.source),
            None => match last.filter(|_| is_known) {
                Some(last) => (Some(last), DateSource::Dependency),
                None => (None, DateSource::None),
            },
        };
        let is_past = day.zip(self.inputs.today).is_some_and(|(day, today)| day < today);
        let is_work_left = self.items.iter().any(|item| item.is_open);
        ComputedTimes {
            start: day,
            end: day,
            source,
            after: day.map_or(BEFORE_ALL_DAYS, |day| self.inputs.calendar.index_after(day)),
            earliest: items
                .filter(|item| item.is_open)
                .map(|item| item.after)
                .max()
                .unwrap_or(BEFORE_ALL_DAYS),
            // A milestone without tasks may have been reached if it is past or no work is left.
            is_open: !(is_reached || milestone.items.is_empty() && (is_past || !is_work_left)),
            ..ComputedTimes::default()
        }
    }
}

/// Returns, for each item, the latest end that does not move the end of the plan: the number of a working day,
/// exclusive.
pub(crate) fn latest_ends(plan: &Plan, network: &Network, items: &[ComputedTimes], end: i64) -> Vec<i64> {
    let mut latest = vec![end; network.successors.len()];
    for event in network.order.iter().rev() {
        let index = event / 2;
        let mut bound = end;
        for next in &network.successors[*event] {
            let other = next / 2;
            let is_own = other == index;
            if items[other].is_open || is_own {
                let work = if is_own { items[index].work } else { 0 };
                bound = bound.min(latest[*next] - work);
            }
        }
        latest[*event] = bound;
    }
    (0..plan.items().len()).map(|item| latest[end_of(item)]).collect()
}
