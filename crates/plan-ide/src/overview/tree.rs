//! The phases and tasks of a plan as a tree, for a tree view.

use plan_model::{Item, ItemKind, Progress, State};

use super::plain;
use crate::{
    File, TextRange,
    actions::is_plan_or_checklist,
    next::{short_name, state},
};

/// A phase or task with its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Item index in the plan.
    pub item: usize,
    /// Phase or task.
    pub kind: ItemKind,
    /// ID as displayed: `Phase 1`, `1.2`.
    pub id: Option<String>,
    /// Title without ID and markup.
    pub title: String,
    /// Own state, otherwise derived from subtasks.
    pub state: Option<State>,
    /// Progress of its tasks; its own without tasks.
    pub progress: Progress,
    /// Range of the item and its details.
    pub range: TextRange,
    /// Range of the title.
    pub selection: TextRange,
    /// Children in document order.
    pub children: Vec<Branch>,
}

/// Returns the phases and tasks of a plan or checklist in document order. Empty for other documents.
pub fn tree(file: &File) -> Vec<Branch> {
    if !is_plan_or_checklist(file) {
        return Vec::new();
    }
    let plan = file.plan();
    // An item comes after its parent.
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
