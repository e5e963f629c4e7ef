//! Moving, inserting and deleting tasks and phases. Where a list counts, it counts on afterwards, and what refers to its
//! items follows.

use std::collections::BTreeMap;

use plan_model::{Id, Item, ItemKind, Relation, Role};
use plan_schema::Kind;

use super::{Action, Changes, Context, renumber};
use crate::{
    Edit, File, Workspace, completion,
    editing::{
        blocks::{behind, called, is_heading, siblings, swapped, text_of, without},
        draft::Draft,
        numbers::{Extent, counted},
        references,
        states::phase_rows,
    },
    relink,
};

/// The end of the kind of moves.
pub const MOVE: &str = "move";
/// The end of the kind of insertions.
pub const INSERT: &str = "insert-item";
/// The end of the kind of deletions.
pub const DELETE: &str = "delete-item";

/// What a new task is called until someone calls it something else.
const TITLE: &str = "Title";

/// The item whose line the cursor is on.
fn here<'a>(context: &Context<'a>) -> Option<Item<'a>> {
    if context.file.kind() != Kind::Plan {
        return None;
    }
    let on_line = context.file.plan().items().filter(|item| {
        let line = item.line();
        line.start <= context.range.start && context.range.end <= line.end
    });
    on_line.last()
}

pub(super) fn move_item(context: &Context<'_>) -> Vec<Action> {
    let Some(item) = here(context) else { return Vec::new() };
    if text_of(context.file, &item).is_none() {
        return Vec::new();
    }
    let index = item.index();
    let beside = siblings(&item);
    let Some(at) = beside.iter().position(|other| other.index() == index) else { return Vec::new() };
    let mut actions = Vec::new();
    let ways = [(at.checked_sub(1), "up"), ((at + 1 < beside.len()).then_some(at + 1), "down")];
    for (neighbour, way) in ways {
        let title = format!("Move {} {way}", called(&item));
        let Some(other) = neighbour.map(|neighbour| beside[neighbour].index()) else {
            let end = if way == "up" { "first" } else { "last" };
            actions.push(Action::impossible(title, MOVE, format!("it is the {end} of its list")));
            continue;
        };
        actions.push(Action::later(title, MOVE, move |file, workspace| {
            exchanged(file, workspace, index.min(other), index.max(other)).unwrap_or_default()
        }));
    }
    let phase = item.phase();
    if let Some(phase) = phase.filter(|phase| item.parent() == Some(phase.index()) && !is_heading(&item)) {
        for other in siblings(&phase).into_iter().filter(|other| other.index() != phase.index()) {
            let (target, name) = (other.index(), called(&other));
            let title = format!("Move {} to {name}", called(&item));
            actions.push(Action::later(title, MOVE, move |file, workspace| {
                moved_to(file, workspace, index, target).unwrap_or_default()
            }));
        }
    }
    actions
}

/// The names of all items, sorted: what is moved must not make other headings or lists mean something else, as
/// `### Phase 1 findings` means another thing before `### Phase 1` than behind it.
fn census(file: &File) -> Vec<(bool, String)> {
    let items = file.plan().items();
    let mut names: Vec<_> = items.map(|item| (item.kind() == ItemKind::Phase, item.title())).collect();
    names.sort();
    names
}

/// Whether the list of an item counts as it should, so that it is to go on counting.
fn counts(file: &File, index: usize) -> bool {
    counted(file, Extent::Around(index)).is_empty()
}

/// Counts the list of an item anew, where it counted before, and gives the changes of all steps.
fn finished(
    mut draft: Draft,
    before: &File,
    workspace: &Workspace<'_>,
    around: usize,
    counted_before: bool,
) -> Changes {
    let mut elsewhere = None;
    if counted_before {
        let file = draft.file().clone();
        let numbering = counted(&file, Extent::Around(around));
        let changes = renumber::changes(&file, workspace, &numbering);
        draft.step(&changes.edits);
        // Others know the ids of the file as it was.
        let mut ids: BTreeMap<Id, Id> = BTreeMap::new();
        for (index, new) in &numbering.ids {
            if let Some(old) = file.plan().item(*index).and_then(|item| item.id()) {
                ids.insert(old.clone(), new.clone());
            }
        }
        let anchors = relink::anchors_moved(&file, draft.file());
        elsewhere = renumber::elsewhere(before, workspace, ids, anchors);
    }
    Changes { edits: draft.edits(), elsewhere }
}

fn exchanged(file: &File, workspace: &Workspace<'_>, first: usize, second: usize) -> Option<Changes> {
    let plan = file.plan();
    let (a, b) = (text_of(file, &plan.item(first)?)?, text_of(file, &plan.item(second)?)?);
    let counts = counts(file, first);
    let mut draft = Draft::new(file);
    draft.step(&swapped(file, &a, &b));
    if census(draft.file()) != census(file) {
        return None;
    }
    Some(finished(draft, file, workspace, first, counts))
}

fn moved_to(file: &File, workspace: &Workspace<'_>, index: usize, phase: usize) -> Option<Changes> {
    let plan = file.plan();
    let (item, phase) = (plan.item(index)?, plan.item(phase)?);
    let text = file.document().slice(text_of(file, &item)?);
    let last =
        phase.children().filter(|child| child.form() == item.form() && child.role() == Role::Work).last();
    let insertion = match last {
        Some(last) => behind(file, &last, &text)?,
        None => {
            let end = phase.section()?.heading_range().end;
            let newline = if crate::insert::uses_crlf(file) { "\r\n" } else { "\n" };
            Edit::insert(end, format!("{newline}{newline}{text}"))
        }
    };
    let counts = counts(file, index);
    let mut draft = Draft::new(file);
    let mut edits = vec![insertion, without(file, &item)?];
    edits.sort_by_key(|edit| edit.range.start);
    draft.step(&edits);
    // A phase that is one only by its tasks may be none without the last of them.
    if census(draft.file()).len() + 1 < census(file).len() {
        return None;
    }
    Some(finished(draft, file, workspace, phase.index().min(index), counts))
}

/// A new task or phase behind the one on the line.
pub(super) fn insert_item(context: &Context<'_>) -> Vec<Action> {
    let Some(item) = here(context).filter(|item| item.kind() == ItemKind::Task && !is_heading(item)) else {
        return Vec::new();
    };
    let file = context.file;
    let beside = siblings(&item);
    let is_last = beside.last().is_none_or(|last| last.index() == item.index());
    if is_last || text_of(file, &item).is_none() || !item.form().is_box() {
        return Vec::new();
    }
    let index = item.index();
    let title = format!("Insert a task after {}", called(&item));
    vec![Action::later(title, INSERT, move |file, workspace| {
        inserted(file, workspace, index, TITLE).unwrap_or_default()
    })]
}

/// Puts a new task behind another one.
pub(super) fn inserted(file: &File, workspace: &Workspace<'_>, index: usize, name: &str) -> Option<Changes> {
    let plan = file.plan();
    let item = plan.item(index)?;
    let counts = counts(file, index);
    let beside = siblings(&item);
    let last = beside.iter().rfind(|other| other.id().is_some());
    // An id that is free; counting gives it the right one.
    let text = match last.and_then(|last| completion::following(file, last)) {
        Some((_, text, _)) => {
            let (first, fields) =
                text.split_once('\n').map_or((&*text, None), |(first, rest)| (first, Some(rest)));
            let first = first.replacen("Title", name, 1);
            // A task that has a name already is not a form to be filled in.
            match fields.filter(|_| name == TITLE) {
                Some(fields) => format!("{first}\n{fields}"),
                None => first,
            }
        }
        None => {
            let line = file.document().slice(item.line());
            let mark = line.find("] ").map(|at| at + 2)?;
            let (_, place, _) = item.carriers().find(|(kind, ..)| kind.is_box())?;
            let relative = place.start - item.line().start;
            format!("{} {}{name}", &line[..relative], &line[relative + place.len()..mark])
        }
    };
    let mut draft = Draft::new(file);
    draft.step(&[behind(file, &item, &text)?]);
    Some(finished(draft, file, workspace, index, counts))
}

pub(super) fn delete_item(context: &Context<'_>) -> Vec<Action> {
    let Some(item) = here(context) else { return Vec::new() };
    if text_of(context.file, &item).is_none() {
        return Vec::new();
    }
    let index = item.index();
    let below = item.children().count();
    let with = if below == 0 { String::new() } else { format!(" with the {below} items in it") };
    let title = format!("Delete {}{with}, and mend what refers to it", called(&item));
    vec![Action::later(title, DELETE, move |file, workspace| {
        deleted(file, workspace, index).unwrap_or_default()
    })]
}

fn deleted(file: &File, workspace: &Workspace<'_>, index: usize) -> Option<Changes> {
    let plan = file.plan();
    let item = plan.item(index)?;
    let counts = counts(file, index);
    let range = item.range();
    let gone: Vec<usize> = plan
        .items()
        .filter(|other| range.start <= other.line().start && other.line().start < range.end)
        .map(|other| other.index())
        .collect();
    // A box that Markdown reads as text of this item is one beside it, and goes with it all the same.
    let around = siblings(&item).into_iter().map(|other| other.index()).find(|other| !gone.contains(other));
    let mut edits = unreferenced(file, &gone);
    edits.retain(|edit| edit.range.end <= range.start || range.end <= edit.range.start);
    edits.push(without(file, &item)?);
    // The row that tells of a phase goes with it.
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
    // Items before the deleted ones keep their index, those behind them move up.
    let around = around.map(|other| other - gone.iter().filter(|gone| **gone < other).count());
    Some(match around {
        Some(around) => finished(draft, file, workspace, around, counts),
        None => draft.edits().into(),
    })
}

/// What takes items out of the dependencies that name them: a list gets shorter, a range too, and what was all becomes
/// `None`.
fn unreferenced(file: &File, gone: &[usize]) -> Vec<Edit> {
    let document = file.document();
    let mut edits = Vec::new();
    for dependency in
        file.plan().dependencies().iter().filter(|found| found.relation != Relation::Requirement)
    {
        let is_gone = |name: &plan_model::Resolved| {
            let items: Vec<usize> = name.targets.iter().filter_map(|(_, item)| *item).collect();
            !items.is_empty() && items.iter().all(|item| gone.contains(item))
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
                // With the comma before it, or behind the first.
                let range = match number.checked_sub(1).map(|before| dependency.names[before].range.end) {
                    Some(before) => before..name.range.end,
                    None => name.range.start..dependency.names[number + 1].range.start,
                };
                let between = document.slice(range.clone());
                if between.chars().filter(|c| *c == ',').count() <= 1 {
                    edits.push(Edit::replace(range, ""));
                }
            } else if let Some((place, text)) = references::shortened(file, name, gone) {
                edits.push(Edit::replace(place, text));
            }
        }
    }
    // Prose, charts and tables say what they said: nobody can tell what they should say instead.
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
    fn what_is_offered() {
        expect![[r#"
            Mark the task as done (toggle)
            Mark the task as active (set-active)
            Mark the task as blocked (set-blocked)
            Add Task 1.4 (add-item)
            Mark the task as done (set-done), when asked
            Mark the task as deferred (set-deferred), when asked
            Mark the task as cancelled (set-cancelled), when asked
            Complete the task and keep the books (keep-books), when asked
            Take the box from the item (remove-box), when asked
            Take the boxes from all of the list (3 items) (remove-box), when asked
            Move Task 1.2 up (move), when asked
            Move Task 1.2 down (move), when asked
            Move Task 1.2 to Phase 2 (move), when asked
            Insert a task after Task 1.2 (insert-item), when asked
            Delete Task 1.2, and mend what refers to it (delete-item), when asked
        "#]]
        .assert_eq(&all(PLAN));
    }

    #[test]
    fn up_and_elsewhere() {
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
    fn inserted_and_deleted() {
        check(
            "Insert a task after Task 1.2",
            expect![[r#"
            Insert a task after Task 1.2

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
            Delete Task 1.2, and mend what refers to it

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
    fn phases() {
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
            Delete Phase 2 with the 2 items in it, and mend what refers to it

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
    fn lists_that_do_not_count() {
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
            Insert a task after `a`

            # Plan: x

            - [ ] a
            - [ ] Title
            - [ ] b
        "#]]
        .assert_eq(&applied("# Plan: x\n\n- [ ] a$0\n- [ ] b\n", INSERT));
    }
}
