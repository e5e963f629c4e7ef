//! The phases and tasks of a plan as a tree, for a tree view.

use plan_model::{Item, ItemKind, Meaning, Progress, State};

use super::{estimate, plain};
use crate::{
    File, TextRange,
    depth::MAX_DEPTH,
    next::{owner, short_name, state},
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
    /// The item's own state, otherwise the state derived from its subtasks.
    pub state: Option<State>,
    /// Progress of the tasks in the item, or of the item itself if it has no tasks.
    pub progress: Progress,
    /// Range of the item and its details.
    pub range: TextRange,
    /// Range of the title.
    pub selection: TextRange,
    /// Owner of the item, otherwise of its nearest ancestor with an owner.
    pub owner: Option<String>,
    /// Due date, as written.
    pub due: Option<String>,
    /// Estimate, as written.
    pub estimate: Option<String>,
    /// Heading of the section that contains the item. `None` for an item inside another item, and for a heading.
    pub section: Option<String>,
    /// Children in document order.
    pub children: Vec<Branch>,
}

/// Returns the phases and tasks of a plan or checklist in document order, with at most [`MAX_DEPTH`] levels. Empty for
/// other documents.
pub fn tree(file: &File) -> Vec<Branch> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let plan = file.plan();
    // For each item, the branch that shows the item, and its depth. Parents precede their children.
    let mut shown: Vec<(Option<usize>, usize)> = Vec::new();
    let mut branches: Vec<(Option<usize>, Branch)> = Vec::new();
    for item in plan.items() {
        let parent = item.parent().and_then(|parent| Some((parent, *shown.get(parent)?)));
        let (parent, depth) = match parent {
            None => (None, 0),
            Some((parent, (_, depth))) if depth < MAX_DEPTH => (Some(parent), depth + 1),
            Some((_, enclosing)) => enclosing,
        };
        shown.push((parent, depth));
        branches.push((parent, branch(&item)));
    }
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
    let due = item.filled_fields().find(|field| field.meaning == Some(Meaning::Due));
    let section = item.section().filter(|section| item.parent().is_none() && section.item().is_none());
    Branch {
        item: item.index(),
        kind: item.kind(),
        id: item.id().map(|_| short_name(item)),
        title,
        state: state(item),
        progress: item.progress(),
        range: item.range(),
        selection: if named.is_empty() { item.line() } else { named },
        owner: owner(item),
        due: due.map(|field| plain(&field.value)),
        estimate: estimate(item),
        section: section.map(|section| section.title()),
        children: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn deep_tasks_are_attached_to_the_deepest_branch() {
        let levels = MAX_DEPTH + 20;
        let tasks: String =
            (0..levels).map(|level| format!("{}- [ ] t{level}\n", "  ".repeat(level))).collect();
        let text = format!("# Plan: x\n\n{tasks}- [ ] last\n");
        let roots = tree(&File::new("plan.md", Document::new(&text)));
        assert_eq!(roots.iter().map(|root| root.title.as_str()).collect::<Vec<_>>(), ["t0", "last"]);
        let mut branch = &roots[0];
        for level in 1..MAX_DEPTH {
            branch = &branch.children[0];
            assert_eq!(
                (branch.title.as_str(), branch.children.len() > 1),
                (&*format!("t{level}"), level + 1 == MAX_DEPTH)
            );
        }
        let deepest: Vec<&str> = branch.children.iter().map(|child| child.title.as_str()).collect();
        let expected: Vec<String> = (MAX_DEPTH..levels).map(|level| format!("t{level}")).collect();
        assert_eq!(deepest, expected);
        assert!(branch.children.iter().all(|child| child.children.is_empty()));
    }
}
