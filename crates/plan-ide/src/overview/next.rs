//! Ready tasks.

use plan_model::State;

use super::{estimate, graph::label, state};
use crate::{File, next::owner};

/// A ready task: open or active, with all its dependencies done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextTask {
    /// Item index in the plan.
    pub item: usize,
    /// Normalized ID.
    pub id: Option<String>,
    /// Title without ID and markup.
    pub title: String,
    /// First line, 0-based.
    pub line: usize,
    /// Open or active.
    pub state: State,
    /// Label of the phase around it: `Phase 2: Name`.
    pub phase: Option<String>,
    /// Owner of the task, otherwise of its nearest ancestor with an owner.
    pub owner: Option<String>,
    /// Estimate, as written.
    pub estimate: Option<String>,
}

/// Returns the ready tasks with their details. Empty if the plan is finished or on hold; see [`File::next_tasks`].
pub fn ready_tasks(file: &File) -> Vec<NextTask> {
    let plan = file.plan();
    let rope = plan.document().rope();
    let found = file.next_tasks().iter().filter_map(|index| plan.item(*index));
    found
        .map(|item| NextTask {
            item: item.index(),
            id: item.id().map(ToString::to_string),
            title: item.title(),
            line: rope.byte_to_line(item.line().start),
            state: state(&item).unwrap_or(State::Open),
            phase: item.phase().map(|phase| label(&phase)),
            owner: owner(&item),
            estimate: estimate(&item),
        })
        .collect()
}
