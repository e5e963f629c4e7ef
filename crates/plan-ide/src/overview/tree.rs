//! The phases and tasks of a plan as a tree, for a view beside the text.

use plan_model::{Item, ItemKind, Progress, State};

use super::plain;
use crate::{
    File, Place,
    actions::is_ours,
    next::{short_name, state},
};

/// A phase or task with what lies in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its index among the plan's items.
    pub item: usize,
    /// Phase or task.
    pub kind: ItemKind,
    /// Its id as people write it: `Phase 1`, `1.2`.
    pub id: Option<String>,
    /// Its name without id and marks.
    pub title: String,
    /// What it says of itself, else what follows from the tasks in it.
    pub state: Option<State>,
    /// How many of the tasks in it are done; of itself, where there are none.
    pub progress: Progress,
    /// All of it.
    pub range: Place,
    /// Its name.
    pub selection: Place,
    /// What lies in it, in document order.
    pub children: Vec<Branch>,
}

/// The phases and tasks of a plan or checklist in document order; nothing of other documents.
pub fn tree(file: &File) -> Vec<Branch> {
    if !is_ours(file) {
        return Vec::new();
    }
    let plan = file.plan();
    // An item comes after the one that it lies in.
    let mut branches: Vec<(Option<usize>, Branch)> =
        plan.items().map(|item| (item.parent(), branch(&item))).collect();
    let mut roots = Vec::new();
    while let Some((parent, mut branch)) = branches.pop() {
        branch.children.reverse();
        match parent.and_then(|parent| branches.get_mut(parent)) {
            Some((_, parent)) => parent.children.push(branch),
            None => roots.push(branch),
        }
    }
    roots.reverse();
    roots
}

fn branch(item: &Item<'_>) -> Branch {
    let title = plain(&item.title());
    let named = item.title_range();
    Branch {
        item: item.index(),
        kind: item.kind(),
        id: item.id().map(|_| short_name(item)),
        title,
        state: state(item),
        progress: item.progress(),
        range: item.range(),
        selection: if named.is_empty() { item.line() } else { named },
        children: Vec::new(),
    }
}
