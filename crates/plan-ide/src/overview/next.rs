//! What can start now.

use plan_model::{Meaning, State};

use super::{around, estimate, plain, state};
use crate::File;

/// A task that can start or go on now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextTask {
    /// Its index among the plan's items.
    pub item: usize,
    /// Its id, normalised.
    pub id: Option<String>,
    /// Its name without id and marks.
    pub title: String,
    /// The line it starts on, 0-based.
    pub line: usize,
    /// Open or active.
    pub state: State,
    /// Who does it: its own owner, else that of the nearest task or phase around it.
    pub owner: Option<String>,
    /// How long it takes, as written.
    pub estimate: Option<String>,
}

/// The same with what people want to know of them. Nothing where the plan's status says that it is done, put off or
/// given up.
pub fn startable(file: &File) -> Vec<NextTask> {
    let plan = file.plan();
    let status = plan.status().and_then(|status| plan.state_of(&status.value));
    if matches!(status, Some(State::Done | State::Deferred | State::Cancelled)) {
        return Vec::new();
    }
    let rope = plan.document().rope();
    let found = file.next_tasks().iter().filter_map(|index| plan.item(*index));
    found
        .map(|item| {
            let owner = std::iter::once(item)
                .chain(around(plan, &item))
                .find_map(|item| item.field(Meaning::Owner).map(|field| plain(&field.value)));
            NextTask {
                item: item.index(),
                id: item.id().map(ToString::to_string),
                title: item.title(),
                line: rope.byte_to_line(item.line().start),
                state: state(&item).unwrap_or(State::Open),
                owner,
                estimate: estimate(&item),
            }
        })
        .collect()
}
