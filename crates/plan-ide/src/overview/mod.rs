//! Overviews of plans: ready tasks, one task, status, dependency graph, timeline, tree.

mod draw;
pub mod graph;
pub mod next;
pub mod status;
pub mod task;
pub mod timeline;
pub mod tree;

use plan_model::{Item, Meaning, State, quantity};

use crate::next::state;

pub use crate::next::is_owned_by;
pub(crate) use draw::escape_gantt;
pub use draw::{dot, mermaid, mermaid_of_timeline};
pub use graph::{Edge, Graph, Node, PhaseGroup, graph, phase_graph};
pub use next::{NextTask, ready_tasks};
pub use status::{PlanStatus, status};
pub use task::{TaskDetails, task_details};
pub(crate) use timeline::timeline_of_work;
pub use timeline::{Timeline, schedule_timeline, timeline};
pub use tree::{Branch, tree};

/// Returns whether an item in this state no longer blocks its dependents.
fn is_finished(state: Option<State>) -> bool {
    matches!(state, Some(State::Done | State::Cancelled))
}

/// Returns the estimate of an item as written: from a field, from a cell, or from the suffix of a heading.
fn estimate(item: &Item<'_>) -> Option<String> {
    owner_and_estimate(item).1
}

/// Returns owner and estimate of an item, as written.
pub(crate) fn owner_and_estimate(item: &Item<'_>) -> (Option<String>, Option<String>) {
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
    let from_suffix = || {
        let (suffix, _) = item.suffix()?;
        Some(suffix[quantity::duration(suffix)?.range].to_owned())
    };
    (owner, estimate.or(duration).or_else(from_suffix))
}

/// Returns the item's own estimate in hours of work.
fn hours(item: &Item<'_>) -> Option<f64> {
    quantity::duration(&estimate(item)?).map(|found| found.hours())
}

pub(crate) use plan_model::plain;

#[cfg(test)]
mod tests;
