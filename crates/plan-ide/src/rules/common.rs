//! What several rules ask for.

use std::sync::Arc;

use plan_model::{CarrierKind, Item, ItemKind, Meaning, Place, Plan, Role, State};

use super::{Rule, days};
use crate::{Edit, File, Finding, Related, editing::states::Writer};

/// How many related places a finding lists before it counts the rest.
const LISTED: usize = 10;

impl Finding {
    /// With these further places, at most ten; the rest is counted.
    pub(super) fn list<M: Into<Arc<str>>>(mut self, places: impl IntoIterator<Item = (Place, M)>) -> Self {
        let mut places = places.into_iter();
        let listed = places.by_ref().take(LISTED);
        self.related.extend(listed.map(|(range, message)| Related { range, message: message.into() }));
        if let (Some(last), more @ 1..) = (self.related.last_mut(), places.count()) {
            last.message = format!("{} (and {more} more)", last.message).into();
        }
        self
    }
}

/// Whether a task is still to be done: neither done nor put off, and not optional.
pub(super) fn is_open(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Task
        && !item.is_optional()
        && matches!(item.state(), Some(State::Open | State::Active | State::Blocked))
}

/// Items that are done, with the tasks below each that are not, all by their indices and in document order. They change
/// with states and nesting, and not with words.
pub(super) struct DoneTooSoon(Vec<(usize, Vec<usize>)>);

impl DoneTooSoon {
    fn of(plan: &Plan) -> Self {
        let done = plan.items().filter(|item| item.state() == Some(State::Done));
        let below = done.map(|item| (item.index(), open_tasks(&item).iter().map(Item::index).collect()));
        Self(below.filter(|(_, open): &(usize, Vec<usize>)| !open.is_empty()).collect())
    }

    /// Those of a kind.
    pub(super) fn all(plan: &Plan, kind: ItemKind) -> Vec<(Item<'_>, Vec<Item<'_>>)> {
        let found = plan.of_shape(Self::of);
        let items = found.0.iter().filter_map(|(item, open)| Some((plan.item(*item)?, open)));
        let items = items.filter(|(item, _)| item.kind() == kind);
        items.map(|(item, open)| (item, open.iter().filter_map(|open| plan.item(*open)).collect())).collect()
    }
}

/// The tasks below an item that are still to be done, at any depth.
pub(super) fn open_tasks<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let mut found = Vec::new();
    let mut waiting: Vec<Item<'a>> = item.children().collect();
    waiting.reverse();
    while let Some(child) = waiting.pop() {
        if is_open(&child) {
            found.push(child);
        }
        let mut below: Vec<Item<'a>> = child.children().collect();
        below.reverse();
        waiting.extend(below);
    }
    found
}

/// The edits that tick these tasks.
pub(super) fn ticks(file: &File, items: &[Item<'_>]) -> Vec<Edit> {
    let writer = Writer::new(file);
    items.iter().flat_map(|item| writer.set(item, State::Done)).collect()
}

/// Where it is written that an item has this state; its name where that is not one place.
pub(super) fn place_of_state(item: &Item<'_>, state: State) -> Place {
    let written = item
        .carriers()
        .filter(|(_, place, said)| *said == Some(state) && !place.is_empty())
        .max_by_key(|(kind, ..)| matches!(kind, CarrierKind::Word | CarrierKind::Field));
    written.map_or_else(|| item.title_range(), |(_, place, _)| place)
}

/// Finds the tasks with an id that lack a field, their own and that of an item around them.
pub(super) fn lacking(
    rule: &'static Rule,
    file: &File,
    meaning: Meaning,
    noun: &str,
    findings: &mut Vec<Finding>,
) {
    let plan = file.plan();
    for task in plan.items().filter(|item| item.kind() == ItemKind::Task && item.role() == Role::Work) {
        let around =
            std::iter::successors(Some(task), |item| item.parent().and_then(|parent| plan.item(parent)));
        let mut holders = around.filter(|item| item.field(meaning).is_some());
        let closed = matches!(task.state(), Some(State::Done | State::Cancelled));
        if task.id().is_some() && !closed && holders.next().is_none() {
            let range = task.id_range().unwrap_or_else(|| task.title_range());
            findings.push(Finding::new(rule, range, format!("`{}` has no {noun}", name(&task))));
        }
    }
}

/// Finds the days of these meanings that have passed while the plan is not done; `what` has passed.
pub(super) fn passed(
    rule: &'static Rule,
    file: &File,
    meanings: &[Meaning],
    what: &str,
    findings: &mut Vec<Finding>,
) {
    let plan = file.plan();
    let Some(today) = days::today(file) else { return };
    let state = plan.status().and_then(|status| plan.state_of(&status.value));
    if !matches!(state, Some(State::Open | State::Active | State::Blocked)) {
        return;
    }
    for day in days::header(plan).into_iter().filter(|day| meanings.contains(&day.meaning)) {
        let Some(date) = day.date.filter(|date| *date < today) else { continue };
        let days = date.until(today).map_or(0, |span| span.get_days());
        let ago = if days == 1 { "yesterday".to_owned() } else { format!("{days} days ago") };
        findings.push(Finding::new(rule, day.place, format!("{what} {ago}")));
    }
}

/// `1 task is`, `3 tasks are`.
pub(super) fn are(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun} is") } else { format!("{count} {noun}s are") }
}

/// How a finding names an item: its id with its word, else its name.
pub(super) fn name(item: &Item<'_>) -> String {
    match item.id() {
        Some(id) => id.to_string(),
        None => item.title(),
    }
}
