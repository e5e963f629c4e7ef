//! What several rules ask for.

use plan_model::{CarrierKind, Item, ItemKind, Place, State};

use crate::{Edit, Finding, Related};

/// How many related places a finding lists before it counts the rest.
const LISTED: usize = 10;

impl Finding {
    /// With these further places, at most ten; the rest is counted.
    pub(super) fn list(mut self, places: impl IntoIterator<Item = (Place, String)>) -> Self {
        let mut places = places.into_iter();
        self.related.extend(places.by_ref().take(LISTED).map(|(range, message)| Related { range, message }));
        if let (Some(last), more @ 1..) = (self.related.last_mut(), places.count()) {
            last.message.push_str(&format!(" (and {more} more)"));
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
pub(super) fn ticks(items: &[Item<'_>]) -> Vec<Edit> {
    items.iter().flat_map(crate::actions::toggle_task::tick).collect()
}

/// Where it is written that an item has this state; its name where that is not one place.
pub(super) fn place_of_state(item: &Item<'_>, state: State) -> Place {
    let written = item
        .carriers()
        .filter(|(_, place, said)| *said == Some(state) && !place.is_empty())
        .max_by_key(|(kind, ..)| matches!(kind, CarrierKind::Word | CarrierKind::Field));
    written.map_or_else(|| item.title_range(), |(_, place, _)| place)
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
