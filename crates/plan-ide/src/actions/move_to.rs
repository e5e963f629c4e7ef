//! Moves an item next to another item, for drag and drop in a tree view.

use plan_model::{Item, ItemKind, Role};

use super::{Changes, move_item};
use crate::{
    Edit, File, Workspace,
    editing::{
        blocks::{display_name, insert_after, is_heading, siblings, text_of},
        draft::Draft,
    },
};

/// New position of a moved item, relative to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Before the target, in the same list.
    Before,
    /// After the target, in the same list.
    After,
    /// At the end of the target, which is a phase.
    Into,
}

/// Returns the changes that move the item with an index to a destination. The lists that it leaves and enters are renumbered if
/// they were consecutive, and references are updated.
///
/// # Errors
/// Returns the reason why the item cannot be moved there.
pub fn move_to(
    file: &File,
    workspace: &Workspace<'_>,
    index: usize,
    target: usize,
    destination: Destination,
) -> Result<Changes, String> {
    let plan = file.plan();
    let (Some(item), Some(target)) = (plan.item(index), plan.item(target)) else {
        return Err("task not found".to_owned());
    };
    if item.index() == target.index() {
        return Ok(Changes::default());
    }
    let name = display_name(&item);
    if text_of(file, &item).is_none() {
        return Err(format!("cannot move {name}: it is not a list item or heading"));
    };
    if item.is_ancestor_of(&target) {
        return Err(format!("cannot move {name} into itself"));
    }
    let list = siblings(file, &item);
    let position = |item: &Item<'_>| list.iter().position(|other| other.index() == item.index());
    let changes = match destination {
        Destination::Into if item.parent() == Some(target.index()) => {
            reorder(file, workspace, &list, index, list.len() - 1)
        }
        Destination::Into if is_task_in_list(&item) && target.kind() == ItemKind::Phase => {
            move_item::move_changes(file, workspace, index, target.index())
        }
        Destination::Into => None,
        Destination::Before | Destination::After => match (position(&item), position(&target)) {
            (Some(from), Some(to)) => {
                let to = to + usize::from(destination == Destination::After) - usize::from(from < to);
                reorder(file, workspace, &list, index, to)
            }
            _ => insert_near(file, workspace, &item, &target, destination),
        },
    };
    changes.ok_or_else(|| format!("cannot move {name} to this position"))
}

fn is_task_in_list(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Task && !is_heading(item)
}

/// Returns the changes that move the item with the index `index` to the 0-based position `to` of its list. The text
/// between the items of the list is not changed.
fn reorder(
    file: &File,
    workspace: &Workspace<'_>,
    list: &[Item<'_>],
    index: usize,
    to: usize,
) -> Option<Changes> {
    let from = list.iter().position(|item| item.index() == index)?;
    let mut order: Vec<&Item<'_>> = list.iter().collect();
    let moved = order.remove(from);
    order.insert(to, moved);
    let mut edits = Vec::new();
    for (item, new) in list.iter().zip(order).filter(|(item, new)| item.index() != new.index()) {
        edits.push(Edit::replace(text_of(file, item)?, file.document().slice(text_of(file, new)?)));
    }
    let mut draft = Draft::new(file);
    draft.step(&edits);
    if move_item::sorted_titles(draft.file()) != move_item::sorted_titles(file) {
        return None;
    }
    move_item::renumbered_changes(draft, file, workspace)
}

/// Returns the changes that move a list item before or after an item of another list. `None` if the move is not
/// possible.
fn insert_near(
    file: &File,
    workspace: &Workspace<'_>,
    item: &Item<'_>,
    target: &Item<'_>,
    destination: Destination,
) -> Option<Changes> {
    let is_possible = is_task_in_list(item)
        && is_task_in_list(target)
        && target.form() == item.form()
        && target.role() == Role::Work
        && item.role() == Role::Work;
    let text = file.document().slice(text_of(file, item).filter(|_| is_possible)?);
    let insertion = match destination {
        Destination::Before => {
            let place = text_of(file, target)?;
            let line = file.document().line_start(place.start);
            let indent = file.document().slice(line..place.start);
            let newline = if crate::insert::uses_crlf(file) { "\r\n" } else { "\n" };
            indent.trim().is_empty().then(|| Edit::insert(place.start, format!("{text}{newline}{indent}")))?
        }
        Destination::After | Destination::Into => insert_after(file, target, &text)?,
    };
    move_item::relocate(file, workspace, item, insertion)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk, apply_edits};

    const PLAN: &str = "\
# Plan: Harbour

## Phase 1: Piers

- [ ] **Task 1.1**: Measure
- [x] **Task 1.2**: Build
  - Dependencies: Task 1.1
- [ ] **Task 1.3**: Paint
  - Dependencies: Task 1.1, 1.2

## Phase 2: Cranes

- [ ] **Task 2.1**: Order
  - Dependencies: Task 1.3
- [ ] **Task 2.2**: Assemble
";

    /// Returns the text after a move of the item titled `moved` to the one titled `target`, or the reason why the move
    /// is refused.
    fn after_move(text: &str, moved: &str, target: &str, destination: Destination) -> String {
        let file = File::new("plan.md", Document::new(text));
        let titled = |title: &str| file.plan().items().find(|item| item.title() == title).unwrap().index();
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        match move_to(&file, &workspace, titled(moved), titled(target), destination) {
            Ok(changes) => apply_edits(text, &changes.edits),
            Err(reason) => reason,
        }
    }

    fn check(moved: &str, target: &str, destination: Destination, expect: Expect) {
        let moved = after_move(PLAN, moved, target, destination);
        expect.assert_eq(moved.split_once("\n\n").map_or(&moved, |(_, rest)| rest));
    }

    #[test]
    fn within_a_list() {
        check(
            "Paint",
            "Measure",
            Destination::Before,
            expect![[r#"
                ## Phase 1: Piers

                - [ ] **Task 1.1**: Paint
                  - Dependencies: Task 1.2, 1.3
                - [ ] **Task 1.2**: Measure
                - [x] **Task 1.3**: Build
                  - Dependencies: Task 1.2

                ## Phase 2: Cranes

                - [ ] **Task 2.1**: Order
                  - Dependencies: Task 1.1
                - [ ] **Task 2.2**: Assemble
            "#]],
        );
        check(
            "Measure",
            "Paint",
            Destination::After,
            expect![[r#"
                ## Phase 1: Piers

                - [x] **Task 1.1**: Build
                  - Dependencies: Task 1.3
                - [ ] **Task 1.2**: Paint
                  - Dependencies: Task 1.3, 1.1
                - [ ] **Task 1.3**: Measure

                ## Phase 2: Cranes

                - [ ] **Task 2.1**: Order
                  - Dependencies: Task 1.2
                - [ ] **Task 2.2**: Assemble
            "#]],
        );
        assert_eq!(after_move(PLAN, "Measure", "Build", Destination::Before), PLAN);
    }

    #[test]
    fn to_another_phase() {
        check(
            "Paint",
            "Order",
            Destination::Before,
            expect![[r#"
                ## Phase 1: Piers

                - [ ] **Task 1.1**: Measure
                - [x] **Task 1.2**: Build
                  - Dependencies: Task 1.1

                ## Phase 2: Cranes

                - [ ] **Task 2.1**: Paint
                  - Dependencies: Task 1.1, 1.2
                - [ ] **Task 2.2**: Order
                  - Dependencies: Task 2.1
                - [ ] **Task 2.3**: Assemble
            "#]],
        );
        check(
            "Measure",
            "Order",
            Destination::After,
            expect![[r#"
                ## Phase 1: Piers

                - [x] **Task 1.1**: Build
                  - Dependencies: Task 2.2
                - [ ] **Task 1.2**: Paint
                  - Dependencies: Task 2.2, 1.1

                ## Phase 2: Cranes

                - [ ] **Task 2.1**: Order
                  - Dependencies: Task 1.2
                - [ ] **Task 2.2**: Measure
                - [ ] **Task 2.3**: Assemble
            "#]],
        );
        check(
            "Assemble",
            "Piers",
            Destination::Into,
            expect![[r#"
                ## Phase 1: Piers

                - [ ] **Task 1.1**: Measure
                - [x] **Task 1.2**: Build
                  - Dependencies: Task 1.1
                - [ ] **Task 1.3**: Paint
                  - Dependencies: Task 1.1, 1.2
                - [ ] **Task 1.4**: Assemble

                ## Phase 2: Cranes

                - [ ] **Task 2.1**: Order
                  - Dependencies: Task 1.3
            "#]],
        );
    }

    #[test]
    fn other_lists_keep_their_numbers() {
        // The list of phase 2 has a gap, phase 3 is empty, and phase 4 starts at 0.
        let text = "\
# Plan: Harbour

## Phase 1: Piers

- [ ] **Task 1.1**: Measure
- [ ] **Task 1.2**: Build

## Phase 2: Cranes

- [ ] **Task 2.1**: Order
- [ ] **Task 2.4**: Assemble, after Task 1.2

## Phase 3: Lamps

## Phase 4: Opening

- [ ] **Task 4.0**: Invite
- [ ] **Task 4.1**: Celebrate
";
        let tasks = |moved: &str, target: &str, destination| {
            let after = after_move(text, moved, target, destination);
            let lines: Vec<&str> =
                after.lines().filter_map(|line| line.strip_prefix("- [ ] **Task ")).collect();
            lines.join("\n")
        };
        expect![[r#"
            1.1**: Build
            2.1**: Order
            2.5**: Measure
            2.4**: Assemble, after Task 1.1
            4.0**: Invite
            4.1**: Celebrate"#]]
        .assert_eq(&tasks("Measure", "Order", Destination::After));
        expect![[r#"
            1.1**: Measure
            1.2**: Build
            2.4**: Assemble, after Task 1.2
            4.0**: Invite
            4.1**: Order
            4.2**: Celebrate"#]]
        .assert_eq(&tasks("Order", "Celebrate", Destination::Before));
        expect![[r#"
            1.1**: Measure
            2.1**: Order
            2.4**: Assemble, after Task 3.0
            3.0**: Build
            4.0**: Invite
            4.1**: Celebrate"#]]
        .assert_eq(&tasks("Build", "Lamps", Destination::Into));
    }

    #[test]
    fn phases() {
        check(
            "Cranes",
            "Piers",
            Destination::Before,
            expect![[r#"
                ## Phase 1: Cranes

                - [ ] **Task 1.1**: Order
                  - Dependencies: Task 2.3
                - [ ] **Task 1.2**: Assemble

                ## Phase 2: Piers

                - [ ] **Task 2.1**: Measure
                - [x] **Task 2.2**: Build
                  - Dependencies: Task 2.1
                - [ ] **Task 2.3**: Paint
                  - Dependencies: Task 2.1, 2.2
            "#]],
        );
    }

    #[test]
    fn refusals() {
        check("Piers", "Measure", Destination::After, expect!["cannot move Phase 1 into itself"]);
        check("Piers", "Order", Destination::After, expect!["cannot move Phase 1 to this position"]);
        check("Piers", "Cranes", Destination::Into, expect!["cannot move Phase 1 to this position"]);
    }
}
