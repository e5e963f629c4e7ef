//! What can start now.

use plan_model::{Item, ItemKind, Meaning, Role, State};

use super::{around, estimate, is_over, plain, state};
use crate::{File, rules::graph::Graph};

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

/// The tasks that can start or go on now, as indices of items: open or active work that waits for nothing that is not done
/// or cancelled, neither itself nor by what it lies in. Active ones first, then in document order. A task with open tasks
/// below it is represented by those of them that can start; nothing can in a phase or task that is blocked or put off.
pub fn next_tasks(file: &File) -> Vec<usize> {
    let plan = file.plan();
    let items: Vec<Item<'_>> = plan.items().collect();
    let mut held = vec![false; items.len()];
    for edge in Graph::meant(plan).edges {
        if let (Some(waits), Some(waited)) = (held.get_mut(edge.from), items.get(edge.to)) {
            *waits |= !is_over(state(waited));
        }
    }
    let is_work = |item: &Item<'_>| item.kind() == ItemKind::Task && item.role() == Role::Work;
    let mut has_open_tasks = vec![false; items.len()];
    for item in items.iter().filter(|item| is_work(item) && !item.is_optional()) {
        if matches!(state(item), Some(State::Open | State::Active | State::Blocked)) {
            for outer in around(plan, item) {
                has_open_tasks[outer.index()] = true;
            }
        }
    }
    let is_off =
        |item: &Item<'_>| matches!(item.state(), Some(State::Blocked | State::Deferred | State::Cancelled));
    let can_start = |item: &&Item<'_>| {
        is_work(item)
            && matches!(state(item), Some(State::Open | State::Active))
            && !has_open_tasks[item.index()]
            && !held[item.index()]
            && !around(plan, item).any(|outer| held[outer.index()] || is_off(&outer))
    };
    let mut found: Vec<&Item<'_>> = items.iter().filter(can_start).collect();
    found.sort_by_key(|item| state(item) != Some(State::Active));
    found.into_iter().map(Item::index).collect()
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
    let found = next_tasks(file).into_iter().filter_map(|index| plan.item(index));
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
