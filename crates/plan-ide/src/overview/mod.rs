//! Where plans stand: what can start, how far each is, and who waits for whom.

mod draw;
pub mod graph;
pub mod next;
pub mod status;
pub mod timeline;
pub mod tree;

use plan_model::{Item, Meaning, Plan, State, quantity};

use crate::next::state;

pub use graph::{Edge, Graph, Group, Node, dot, graph, mermaid};
pub use next::{NextTask, startable};
pub use status::{PlanStatus, status};
pub use timeline::{Timeline, mermaid_of_timeline, timeline};
pub use tree::{Branch, tree};

/// Whether nobody has to wait for it any more.
fn is_over(state: Option<State>) -> bool {
    matches!(state, Some(State::Done | State::Cancelled))
}

/// The items around an item, from the inside out.
fn around<'a>(plan: &'a Plan, item: &Item<'a>) -> impl Iterator<Item = Item<'a>> {
    let up = move |item: &Item<'a>| item.parent().and_then(|parent| plan.item(parent));
    std::iter::successors(up(item), up)
}

/// How long an item takes, as written: in a field or a cell of its own, or behind a heading's name.
fn estimate(item: &Item<'_>) -> Option<String> {
    who_and_how_long(item).1
}

/// Who does an item, and how long it takes, as written.
pub(crate) fn who_and_how_long(item: &Item<'_>) -> (Option<String>, Option<String>) {
    let (mut owner, mut estimate, mut duration) = (None, None, None);
    for field in item.filled_fields() {
        let known = match field.meaning {
            Some(Meaning::Owner) => &mut owner,
            Some(Meaning::Estimate) => &mut estimate,
            Some(Meaning::Duration) => &mut duration,
            _ => continue,
        };
        known.get_or_insert_with(|| plain(&field.value));
    }
    let behind = || {
        let (suffix, _) = item.suffix()?;
        Some(suffix[quantity::duration(suffix)?.range].to_owned())
    };
    (owner, estimate.or(duration).or_else(behind))
}

/// How long an item takes by its own estimate, in hours of work.
fn hours(item: &Item<'_>) -> Option<f64> {
    quantity::duration(&estimate(item)?).map(|found| found.hours())
}

/// A value without emphasis and code marks, on one line.
pub(crate) fn plain(text: &str) -> String {
    let bare = text.replace("**", "").replace("__", "").replace('`', "");
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
