//! Moving, inserting and deleting tasks and phases. Consecutive lists are renumbered, and references are updated.

use std::collections::BTreeMap;

use plan_model::{Id, Item, ItemKind, Relation, Role};
use plan_schema::DocumentKind;

use super::{Action, Changes, Context, renumber};
use crate::{
    Edit, File, Workspace, completion,
    editing::{
        blocks::{display_name, exchange, insert_after, is_heading, removal, siblings, text_of},
        draft::Draft,
        references,
        renumbering::ListNumbers,
        states::phase_rows,
    },
    relink,
};

/// Last segment of the kind of the actions that move items.
pub const MOVE: &str = "move";
/// Last segment of the kind of the action that inserts a task.
pub const INSERT: &str = "insert-item";
/// Last segment of the kind of the action that deletes an item.
pub const DELETE: &str = "delete-item";

/// Title of a new task.
const NEW_TITLE: &str = "Title";

/// Returns the item on the cursor's line.
fn item_at_cursor<'a>(context: &Context<'a>) -> Option<Item<'a>> {
    if context.file.kind() != DocumentKind::Plan {
        return None;
    }
    let on_line = context.file.plan().items().filter(|item| {
        let line = item.line();
        line.start <= context.range.start && context.range.end <= line.end
    });
    on_line.last()
}

pub(super) fn move_item(context: &Context<'_>) -> Vec<Action> {
    let Some(item) = item_at_cursor(context) else { return Vec::new() };
    if text_of(context.file, &item).is_none() {
        return Vec::new();
    }
    let index = item.index();
    let list = siblings(context.file, &item);
    let Some(at) = list.iter().position(|other| other.index() == index) else { return Vec::new() };
    let mut actions = Vec::new();
    let directions = [(at.checked_sub(1), "up"), ((at + 1 < list.len()).then_some(at + 1), "down")];
    for (neighbor, direction) in directions {
        let title = format!("Move {} {direction}", display_name(&item));
        let Some(other) = neighbor.map(|neighbor| list[neighbor].index()) else {
            let end = if direction == "up" { "first" } else { "last" };
            actions.push(Action::unavailable(title, MOVE, format!("already {end} in list")));
            continue;
        };
        actions.push(Action::lazy(title, MOVE, move |file, workspace| {
            exchange_changes(file, workspace, index.min(other), index.max(other)).unwrap_or_default()
        }));
    }
    let phase = item.phase();
    if let Some(phase) = phase.filter(|phase| item.parent() == Some(phase.index()) && !is_heading(&item)) {
        for other in siblings(context.file, &phase).into_iter().filter(|other| other.index() != phase.index())
        {
            let (target, name) = (other.index(), display_name(&other));
            let title = format!("Move {} to {name}", display_name(&item));
            actions.push(Action::lazy(title, MOVE, move |file, workspace| {
                move_changes(file, workspace, index, target).unwrap_or_default()
            }));
        }
    }
    actions
}

/// Returns the titles of all items, each with whether the item is a phase, sorted. A move is rejected if it changes
/// which headings and lists are items: for example, `### Phase 1 findings` is parsed differently before `### Phase 1`
/// than after it.
pub(super) fn sorted_titles(file: &File) -> Vec<(bool, String)> {
    let items = file.plan().items();
    let mut names: Vec<_> = items.map(|item| (item.kind() == ItemKind::Phase, item.title())).collect();
    names.sort();
    names
}

/// Renumbers the lists that were consecutive before a change, and returns the changes of all steps. Returns `None` if items
/// would be lost, because a new number cannot be written in the form of the old one.
pub(super) fn renumbered_changes(
    mut draft: Draft,
    before: &File,
    workspace: &Workspace<'_>,
) -> Option<Changes> {
    let file = draft.file().clone();
    let numbering = ListNumbers::of(before).continued_in(&file);
    let mut external = None;
    if !numbering.is_empty() {
        let changes = renumber::changes(&file, workspace, &numbering);
        draft.step(&changes.edits);
        if sorted_titles(draft.file()).len() != sorted_titles(&file).len() {
            return None;
        }
        // Other documents refer to the IDs of the original document.
        let mut ids: BTreeMap<Id, Id> = BTreeMap::new();
        for (index, new) in &numbering.ids {
            if let Some(old) = file.plan().item(*index).and_then(|item| item.id()) {
                ids.insert(old.clone(), new.clone());
            }
        }
        let anchors = relink::renamed_anchors(&file, draft.file());
        external = renumber::external_edits(before, workspace, ids, anchors);
    }
    draft.renumber_lists();
    Some(Changes { edits: draft.edits(), external })
}

fn exchange_changes(file: &File, workspace: &Workspace<'_>, first: usize, second: usize) -> Option<Changes> {
    let plan = file.plan();
    let (a, b) = (text_of(file, &plan.item(first)?)?, text_of(file, &plan.item(second)?)?);
    let mut draft = Draft::new(file);
    draft.step(&exchange(file, &a, &b));
    if sorted_titles(draft.file()) != sorted_titles(file) {
        return None;
    }
    renumbered_changes(draft, file, workspace)
}

/// Returns the changes that move a task to the end of a phase. `index` and `phase` are item indices.
pub(super) fn move_changes(
    file: &File,
    workspace: &Workspace<'_>,
    index: usize,
    phase: usize,
) -> Option<Changes> {
    let plan = file.plan();
    let (item, phase) = (plan.item(index)?, plan.item(phase)?);
    let text = file.document().slice(text_of(file, &item)?);
    let last =
        phase.children().filter(|child| child.form() == item.form() && child.role() == Role::Work).last();
    let insertion = match last {
        Some(last) => insert_after(file, &last, &text)?,
        None => {
            let end = phase.section()?.heading_range().end;
            let newline = if crate::insert::uses_crlf(file) { "\r\n" } else { "\n" };
            Edit::insert(end, format!("{newline}{newline}{text}"))
        }
    };
    relocate(file, workspace, &item, insertion)
}

/// Moves an item by an insertion of its text at its new place.
pub(super) fn relocate(
    file: &File,
    workspace: &Workspace<'_>,
    item: &Item<'_>,
    insertion: Edit,
) -> Option<Changes> {
    let mut draft = Draft::new(file);
    let mut edits = vec![insertion, removal(file, item)?];
    edits.sort_by_key(|edit| edit.range.start);
    draft.step(&edits);
    // A phase detected only by its tasks can stop being one when its last task is moved.
    if sorted_titles(draft.file()).len() + 1 < sorted_titles(file).len() {
        return None;
    }
    renumbered_changes(draft, file, workspace)
}

/// Offers to insert a task after the task on the cursor's line.
pub(super) fn insert_item(context: &Context<'_>) -> Vec<Action> {
    let Some(item) =
        item_at_cursor(context).filter(|item| item.kind() == ItemKind::Task && !is_heading(item))
    else {
        return Vec::new();
    };
    let file = context.file;
    let list = siblings(context.file, &item);
    let is_last = list.last().is_none_or(|last| last.index() == item.index());
    if is_last || text_of(file, &item).is_none() || !item.form().is_checkbox() {
        return Vec::new();
    }
    let index = item.index();
    let title = format!("Insert task after {}", display_name(&item));
    vec![Action::lazy(title, INSERT, move |file, workspace| {
        insert_changes(file, workspace, index, NEW_TITLE).unwrap_or_default()
    })]
}

/// Returns the changes that insert a task named `name` after the item with the index `index`.
pub(super) fn insert_changes(
    file: &File,
    workspace: &Workspace<'_>,
    index: usize,
    name: &str,
) -> Option<Changes> {
    let plan = file.plan();
    let item = plan.item(index)?;
    let list = siblings(file, &item);
    let last = list.iter().rfind(|other| other.id().is_some());
    // Use any unused ID; renumbering assigns the final one.
    let text = match last.and_then(|last| completion::next_task_after(file, last)) {
        Some((_, text, _)) => {
            let (first, fields) =
                text.split_once('\n').map_or((&*text, None), |(first, rest)| (first, Some(rest)));
            let first = first.replacen("Title", name, 1);
            // A task with a given title gets no empty fields.
            match fields.filter(|_| name == NEW_TITLE) {
                Some(fields) => format!("{first}\n{fields}"),
                None => first,
            }
        }
        None => {
            let line = file.document().slice(item.line());
            let mark = line.find("] ").map(|at| at + 2)?;
            let (_, place, _) = item.state_sources().find(|(kind, ..)| kind.is_checkbox())?;
            let relative = place.start - item.line().start;
            format!("{} {}{name}", &line[..relative], &line[relative + place.len()..mark])
        }
    };
    let mut draft = Draft::new(file);
    draft.step(&[insert_after(file, &item, &text)?]);
    renumbered_changes(draft, file, workspace)
}

pub(super) fn delete_item(context: &Context<'_>) -> Vec<Action> {
    let Some(item) = item_at_cursor(context) else { return Vec::new() };
    if text_of(context.file, &item).is_none() {
        return Vec::new();
    }
    let index = item.index();
    let below = item.children().count();
    let count = if below == 1 { " (1 item)".to_owned() } else { format!(" ({below} items)") };
    let count = if below == 0 { String::new() } else { count };
    let title = format!("Delete {}{count} and update references", display_name(&item));
    vec![Action::lazy(title, DELETE, move |file, workspace| {
        delete_changes(file, workspace, index).unwrap_or_default()
    })]
}

fn delete_changes(file: &File, workspace: &Workspace<'_>, index: usize) -> Option<Changes> {
    let plan = file.plan();
    let item = plan.item(index)?;
    let range = item.range();
    let deleted_items: Vec<usize> = plan
        .items()
        .filter(|other| range.start <= other.line().start && other.line().start < range.end)
        .map(|other| other.index())
        .collect();
    let mut edits = without_references(file, &deleted_items);
    edits.retain(|edit| edit.range.end <= range.start || range.end <= edit.range.start);
    edits.push(removal(file, &item)?);
    // Delete the phase's row in the table of phases, too.
    for (_, row) in phase_rows(file).iter().filter(|(phase, _)| phase.index() == index) {
        let start = file.document().line_start(row.range.start);
        let rest = file.document().slice(row.range.end..file.document().len().min(row.range.end + 2));
        let line_end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        edits.retain(|edit| edit.range.end <= start || row.range.end <= edit.range.start);
        edits.push(Edit::replace(start..row.range.end + line_end, ""));
    }
    edits.sort_by_key(|edit| edit.range.start);
    let mut draft = Draft::new(file);
    draft.step(&edits);
    renumbered_changes(draft, file, workspace)
}

/// Returns the edits that remove deleted items from dependencies: they shorten lists and ranges, and replace a value
/// that names no other item with `None`.
fn without_references(file: &File, deleted_items: &[usize]) -> Vec<Edit> {
    let document = file.document();
    let mut edits = Vec::new();
    for dependency in
        file.plan().located_dependencies().iter().filter(|found| found.relation != Relation::Requirement)
    {
        let is_gone = |name: &plan_model::ResolvedName| {
            let items: Vec<usize> = name.targets.iter().filter_map(|(_, item)| *item).collect();
            !items.is_empty() && items.iter().all(|item| deleted_items.contains(item))
        };
        let lost = dependency.names.iter().filter(|name| is_gone(name)).count();
        if lost > 0 && lost == dependency.names.len() {
            if dependency.strict {
                edits.push(Edit::replace(dependency.range.clone(), "None"));
            }
            continue;
        }
        for (number, name) in dependency.names.iter().enumerate() {
            if is_gone(name) {
                // Include the comma before the name, or the comma after it if it is the first name.
                let range = match number.checked_sub(1).map(|before| dependency.names[before].range.end) {
                    Some(before) => before..name.range.end,
                    None => name.range.start..dependency.names[number + 1].range.start,
                };
                let between = document.slice(range.clone());
                if between.chars().filter(|c| *c == ',').count() <= 1 {
                    edits.push(Edit::replace(range, ""));
                }
            } else if let Some((place, text)) = references::without_items(file, name, deleted_items) {
                edits.push(Edit::replace(place, text));
            }
        }
    }
    // Prose, Gantt charts and tables are not changed: their new wording cannot be derived.
    edits
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::actions::testing::{all, applied, titled};

    const PLAN: &str = "\
# Plan: Harbour

| Phase | Status |
|---|---|
| Phase 1: Piers | Open |
| Phase 2 | Open |

## Phase 1: Piers

- [ ] **Task 1.1**: Measure
- [ ] **Task 1.2**: Build$0
  - Dependencies: Task 1.1
- [ ] **Task 1.3**: Paint
  - Dependencies: Task 1.1, 1.2

## Phase 2: Cranes

**Dependencies**: Phase 1

- [ ] **Task 2.1**: Order, see Task 1.3
  - Dependencies: Task 1.1-1.3
- [ ] **Task 2.2**: Assemble
  - Dependencies: Task 2.1

See [the cranes](#phase-2-cranes).

```mermaid
gantt
    Task 1.2 :a, 2026-03-02, 4d
    Task 2.1 :b, after a, 4d
```
";

    fn check(title: &str, expect: Expect) {
        expect.assert_eq(&titled(PLAN, title));
    }

    #[test]
    fn offered_actions() {
        expect![[r#"
            Complete task (toggle)
            Mark task as active (set-active)
            Mark task as blocked (set-blocked)
            Add Task 1.4 (add-item)
            Complete task (set-done), on request
            Mark task as deferred (set-deferred), on request
            Mark task as cancelled (set-cancelled), on request
            Set due date to 2026-11-22 (tomorrow) (set-due-date), on request
            Set due date to 2026-11-28 (in a week) (set-due-date), on request
            Set due date to 2026-12-05 (in two weeks) (set-due-date), on request
            Set estimate to 1d (set-estimate), on request
            Set estimate to 2d (set-estimate), on request
            Set estimate to 3d (set-estimate), on request
            Complete task and update progress (update-progress), on request
            Remove checkbox (remove-checkbox), on request
            Remove all checkboxes in list (3 items) (remove-checkbox), on request
            Move Task 1.2 up (move), on request
            Move Task 1.2 down (move), on request
            Move Task 1.2 to Phase 2 (move), on request
            Insert task after Task 1.2 (insert-item), on request
            Delete Task 1.2 and update references (delete-item), on request
        "#]]
        .assert_eq(&all(PLAN));
    }

    #[test]
    fn moves_up_and_to_another_phase() {
        check(
            "Move Task 1.2 up",
            expect![[r#"
                Move Task 1.2 up

                # Plan: Harbour

                | Phase | Status |
                |---|---|
                | Phase 1: Piers | Open |
                | Phase 2 | Open |

                ## Phase 1: Piers

                - [ ] **Task 1.1**: Build
                  - Dependencies: Task 1.2
                - [ ] **Task 1.2**: Measure
                - [ ] **Task 1.3**: Paint
                  - Dependencies: Task 1.2, 1.1

                ## Phase 2: Cranes

                **Dependencies**: Phase 1

                - [ ] **Task 2.1**: Order, see Task 1.3
                  - Dependencies: Task 1.1-1.3
                - [ ] **Task 2.2**: Assemble
                  - Dependencies: Task 2.1

                See [the cranes](#phase-2-cranes).

                ```mermaid
                gantt
                    Task 1.1 :a, 2026-03-02, 4d
                    Task 2.1 :b, after a, 4d
                ```
            "#]],
        );
        check(
            "Move Task 1.2 to Phase 2",
            expect![[r#"
                Move Task 1.2 to Phase 2

                # Plan: Harbour

                | Phase | Status |
                |---|---|
                | Phase 1: Piers | Open |
                | Phase 2 | Open |

                ## Phase 1: Piers

                - [ ] **Task 1.1**: Measure
                - [ ] **Task 1.2**: Paint
                  - Dependencies: Task 1.1, 2.3

                ## Phase 2: Cranes

                **Dependencies**: Phase 1

                - [ ] **Task 2.1**: Order, see Task 1.2
                  - Dependencies: Task 1.1, 1.2, 2.3
                - [ ] **Task 2.2**: Assemble
                  - Dependencies: Task 2.1
                - [ ] **Task 2.3**: Build
                  - Dependencies: Task 1.1

                See [the cranes](#phase-2-cranes).

                ```mermaid
                gantt
                    Task 2.3 :a, 2026-03-02, 4d
                    Task 2.1 :b, after a, 4d
                ```
            "#]],
        );
    }

    #[test]
    fn inserts_and_deletes() {
        check(
            "Insert task after Task 1.2",
            expect![[r#"
                Insert task after Task 1.2

                # Plan: Harbour

                | Phase | Status |
                |---|---|
                | Phase 1: Piers | Open |
                | Phase 2 | Open |

                ## Phase 1: Piers

                - [ ] **Task 1.1**: Measure
                - [ ] **Task 1.2**: Build
                  - Dependencies: Task 1.1
                - [ ] **Task 1.3**: Title
                  - Dependencies: 
                - [ ] **Task 1.4**: Paint
                  - Dependencies: Task 1.1, 1.2

                ## Phase 2: Cranes

                **Dependencies**: Phase 1

                - [ ] **Task 2.1**: Order, see Task 1.4
                  - Dependencies: Task 1.1-1.4
                - [ ] **Task 2.2**: Assemble
                  - Dependencies: Task 2.1

                See [the cranes](#phase-2-cranes).

                ```mermaid
                gantt
                    Task 1.2 :a, 2026-03-02, 4d
                    Task 2.1 :b, after a, 4d
                ```
            "#]],
        );
        check(
            "Delete Task 1.2",
            expect![[r#"
                Delete Task 1.2 and update references

                # Plan: Harbour

                | Phase | Status |
                |---|---|
                | Phase 1: Piers | Open |
                | Phase 2 | Open |

                ## Phase 1: Piers

                - [ ] **Task 1.1**: Measure
                - [ ] **Task 1.2**: Paint
                  - Dependencies: Task 1.1

                ## Phase 2: Cranes

                **Dependencies**: Phase 1

                - [ ] **Task 2.1**: Order, see Task 1.2
                  - Dependencies: Task 1.1-1.2
                - [ ] **Task 2.2**: Assemble
                  - Dependencies: Task 2.1

                See [the cranes](#phase-2-cranes).

                ```mermaid
                gantt
                    Task 1.2 :a, 2026-03-02, 4d
                    Task 2.1 :b, after a, 4d
                ```
            "#]],
        );
    }

    #[test]
    fn moves_and_deletes_phases() {
        let plan = PLAN.replace("$0", "").replace("## Phase 2: Cranes", "## Phase 2: Cranes$0");
        expect![[r#"
            Move Phase 2 up

            # Plan: Harbour

            | Phase | Status |
            |---|---|
            | Phase 2: Piers | Open |
            | Phase 1 | Open |

            ## Phase 1: Cranes

            **Dependencies**: Phase 2

            - [ ] **Task 1.1**: Order, see Task 2.3
              - Dependencies: Task 2.1-2.3
            - [ ] **Task 1.2**: Assemble
              - Dependencies: Task 1.1

            See [the cranes](#phase-1-cranes).

            ```mermaid
            gantt
                Task 2.2 :a, 2026-03-02, 4d
                Task 1.1 :b, after a, 4d
            ```

            ## Phase 2: Piers

            - [ ] **Task 2.1**: Measure
            - [ ] **Task 2.2**: Build
              - Dependencies: Task 2.1
            - [ ] **Task 2.3**: Paint
              - Dependencies: Task 2.1, 2.2
        "#]]
        .assert_eq(&titled(&plan, "Move Phase 2 up"));
        let delete = titled(&plan, "Delete Phase 2");
        expect![[r#"
            Delete Phase 2 (2 items) and update references

            # Plan: Harbour

            | Phase | Status |
            |---|---|
            | Phase 1: Piers | Open |

            ## Phase 1: Piers

            - [ ] **Task 1.1**: Measure
            - [ ] **Task 1.2**: Build
              - Dependencies: Task 1.1
            - [ ] **Task 1.3**: Paint
              - Dependencies: Task 1.1, 1.2
        "#]]
        .assert_eq(&delete);
    }

    #[test]
    fn moves_phases_with_other_numerals() {
        let moved = |first: &str, second: &str, name: &str| {
            let text = format!(
                "# Plan: x\n\n## {first}: Saw\n\n- [ ] a\n\n## {second}: Glue$0\n\n**Dependencies**: {first}\n\n- [ ] b\n"
            );
            titled(&text, &format!("Move {name} up"))
        };
        let expected = |first: &str, second: &str, name: &str| {
            format!(
                "Move {name} up\n\n# Plan: x\n\n## {first}: Glue\n\n**Dependencies**: {second}\n\n- [ ] b\n\n## {second}: Saw\n\n- [ ] a\n"
            )
        };
        for (first, second, name) in [
            ("Phase I", "Phase II", "Phase II"),
            ("Phase A", "Phase B", "Phase B"),
            ("Etapa I", "Etapa II", "Etapa II"),
            ("第1阶段", "第2阶段", "第2阶段"),
            ("第一阶段", "第二阶段", "第二阶段"),
            ("第１フェーズ", "第２フェーズ", "第２フェーズ"),
            ("1단계", "2단계", "2단계"),
        ] {
            assert_eq!(moved(first, second, name), expected(first, second, name), "{first}");
        }
    }

    #[test]
    fn lists_without_ids_are_not_renumbered() {
        expect![[r#"
            Move `b` up

            # Plan: x

            - [ ] b
              - more
            - [ ] a
            - [ ] c
        "#]]
        .assert_eq(&titled("# Plan: x\n\n- [ ] a\n- [ ] b$0\n  - more\n- [ ] c\n", "Move `b` up"));
        expect![[r#"
            Insert task after `a`

            # Plan: x

            - [ ] a
            - [ ] Title
            - [ ] b
        "#]]
        .assert_eq(&applied("# Plan: x\n\n- [ ] a$0\n- [ ] b\n", INSERT));
    }
}
