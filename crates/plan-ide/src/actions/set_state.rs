//! Setting the state of tasks: alone, with their subtasks, or with their parents.

use plan_model::{Item, ItemKind, State};

use super::{
    Action, Context,
    scope::{ActionTarget, descendants, target_at},
};
use crate::{Edit, File, editing::states::Writer};

/// Last segment of the kind of the action that sets tasks to open.
pub const OPEN: &str = "set-open";
/// Last segment of the kind of the action that sets tasks to active.
pub const ACTIVE: &str = "set-active";
/// Last segment of the kind of the action that sets tasks to blocked.
pub const BLOCKED: &str = "set-blocked";
/// Last segment of the kind of the action that sets tasks to done.
pub const DONE: &str = "set-done";
/// Last segment of the kind of the action that sets tasks to deferred.
pub const DEFERRED: &str = "set-deferred";
/// Last segment of the kind of the action that sets tasks to cancelled.
pub const CANCELLED: &str = "set-cancelled";
/// Last segment of the kind of the action that completes an item with its descendants.
pub const WITH_CHILDREN: &str = "complete-below";
/// Last segment of the kind of the action that also changes parents.
pub const WITH_PARENTS: &str = "with-parents";

/// Returns the kind of the action that sets a state.
fn kind_of(state: State) -> &'static str {
    match state {
        State::Open => OPEN,
        State::Active => ACTIVE,
        State::Blocked => BLOCKED,
        State::Done => DONE,
        State::Deferred => DEFERRED,
        State::Cancelled => CANCELLED,
    }
}

/// Returns the edits that set the state of items, and the number of items changed. If several items are given,
/// cancelled items are not changed to done or open.
pub(super) fn set(file: &File, items: &[Item<'_>], to: State) -> (Vec<Edit>, usize) {
    let writer = Writer::new(file);
    let items = items.iter().filter(|item| items.len() == 1 || !stays_cancelled(item, to));
    let mut edits = Vec::new();
    let mut changed = 0;
    for item in items {
        let own = writer.set(item, to);
        changed += usize::from(!own.is_empty());
        edits.extend(own);
    }
    (sort_and_dedup(edits), changed)
}

fn stays_cancelled(item: &Item<'_>, to: State) -> bool {
    item.state() == Some(State::Cancelled) && matches!(to, State::Done | State::Open)
}

/// Sorts and deduplicates edits, because an item that is written in two places can be visited twice.
pub(super) fn sort_and_dedup(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits.dedup();
    edits
}

/// Returns the target state of a toggle: open if all tasks are done or cancelled, otherwise done.
pub(super) fn toggled_state<'a, 'b: 'a>(tasks: impl IntoIterator<Item = &'a Item<'b>>) -> State {
    let all_done = tasks.into_iter().all(|task| matches!(task.state(), Some(State::Done | State::Cancelled)));
    if all_done { State::Open } else { State::Done }
}

/// Formats the targeted tasks for a title: `task`, `3 tasks`, `all 5 tasks in section`.
pub(super) fn describe(target: &ActionTarget<'_>, count: usize) -> String {
    match (&target.heading, count) {
        (Some(_), 1) => "task in section".to_owned(),
        (Some(_), count) => format!("all {count} tasks in section"),
        (None, 1) => "task".to_owned(),
        (None, count) => format!("{count} tasks"),
    }
}

/// Returns the title of an action that sets the state of tasks.
pub(super) fn state_title(to: State, tasks: &str) -> String {
    match to {
        State::Done => format!("Complete {tasks}"),
        State::Open => format!("Reopen {tasks}"),
        _ => format!("Mark {tasks} as {}", to.name()),
    }
}

fn action(context: &Context<'_>, target: &ActionTarget<'_>, to: State) -> Option<Action> {
    let (edits, changed) = set(context.file, &target.items, to);
    let tasks = changed_tasks(context.file, target, to);
    let what = describe(target, tasks.max(1));
    (changed > 0).then(|| Action::new(state_title(to, &what), kind_of(to), edits))
}

/// Returns the number of tasks that change, for the title.
pub(super) fn changed_tasks(file: &File, target: &ActionTarget<'_>, to: State) -> usize {
    let writer = Writer::new(file);
    let alone = target.items.len() == 1;
    target
        .tasks()
        .filter(|task| (alone || !stays_cancelled(task, to)) && !writer.set(task, to).is_empty())
        .count()
}

/// Offers the one or two most likely next states of a task, in addition to the target of a toggle.
pub(super) fn suggested_states(context: &Context<'_>) -> Vec<Action> {
    let target = target_at(context.file, context.range);
    let Some(first) = target.tasks().next().filter(|_| target.heading.is_none()) else { return Vec::new() };
    let states: &[State] = likely_next_states(first.state());
    states.iter().filter_map(|to| action(context, &target, *to)).collect()
}

fn likely_next_states(state: Option<State>) -> &'static [State] {
    match state {
        Some(State::Open) | None => &[State::Active, State::Blocked],
        Some(State::Active) => &[State::Blocked, State::Deferred],
        Some(State::Blocked) => &[State::Active, State::Deferred],
        Some(State::Done) => &[State::Active],
        Some(State::Deferred) => &[State::Active, State::Cancelled],
        Some(State::Cancelled) => &[State::Deferred],
    }
}

/// Offers all other states, on request.
pub(super) fn other_states(context: &Context<'_>) -> Vec<Action> {
    let target = target_at(context.file, context.range);
    let Some(first) = target.tasks().next() else { return Vec::new() };
    let offered = if target.heading.is_none() { likely_next_states(first.state()) } else { &[] };
    let others = State::ALL.into_iter().filter(|state| !offered.contains(state));
    others.filter_map(|to| Some(action(context, &target, to)?.on_request())).collect()
}

/// Offers to complete a task or phase with its open descendants.
pub(super) fn with_children(context: &Context<'_>) -> Vec<Action> {
    let target = target_at(context.file, context.range);
    let item = match (&target.heading, &target.items[..]) {
        (Some(section), _) => section.item().filter(|item| item.kind() == ItemKind::Phase),
        (None, [task]) => Some(*task),
        _ => None,
    };
    let Some(item) = item else { return Vec::new() };
    let open: Vec<Item<'_>> = descendants(&item).into_iter().filter(is_unfinished_task).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let mut all = vec![item];
    all.extend(open.iter().copied());
    let (edits, changed) = set(context.file, &all, State::Done);
    let tasks = |noun: &str| {
        if open.len() == 1 { format!("open {noun}") } else { format!("{} open {noun}s", open.len()) }
    };
    let title = match item.kind() {
        ItemKind::Phase => format!("Complete phase and its {}", tasks("task")),
        ItemKind::Task => format!("Complete task and its {}", tasks("subtask")),
    };
    if changed > 0 { vec![Action::new(title, WITH_CHILDREN, edits)] } else { Vec::new() }
}

/// Returns whether an item is an unfinished task.
fn is_unfinished_task(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Task
        && matches!(item.state(), Some(State::Open | State::Active | State::Blocked))
}

/// Offers to toggle tasks together with their parents: a parent is completed with its last task, or reopened.
pub(super) fn with_parents(context: &Context<'_>) -> Vec<Action> {
    let target = target_at(context.file, context.range);
    if target.items.is_empty() || target.heading.is_some() {
        return Vec::new();
    }
    let to = toggled_state(target.tasks());
    let parents = parents_that_follow(&target.items, to);
    let writer = Writer::new(context.file);
    let follow: Vec<Item<'_>> = parents
        .into_iter()
        .filter(|parent| !writer.set(parent, parent_state(parent, to)).is_empty())
        .collect();
    let (Some(first), Some(last)) = (follow.first(), follow.last()) else { return Vec::new() };
    let (mut edits, _) = set(context.file, &target.items, to);
    edits.extend(follow.iter().flat_map(|parent| writer.set(parent, parent_state(parent, to))));
    let what = describe(&target, target.items.len());
    let name = |item: &Item<'_>| item.id().map_or_else(|| item.title(), ToString::to_string);
    let others = if follow.len() == 1 {
        format!("parent {}", name(first))
    } else {
        format!("parents {} to {}", name(first), name(last))
    };
    let title = match to {
        State::Done => format!("Complete {what} and {others}"),
        _ => format!("Reopen {what} and {others}"),
    };
    vec![Action::new(title, WITH_PARENTS, sort_and_dedup(edits))]
}

/// Returns the new state of a parent. When a descendant is reopened, a phase becomes active and a task open.
pub(crate) fn parent_state(parent: &Item<'_>, to: State) -> State {
    match (to, parent.kind()) {
        (State::Done, _) => State::Done,
        (_, ItemKind::Phase) => State::Active,
        (_, ItemKind::Task) => State::Open,
    }
}

/// Returns the ancestors of tasks, innermost first, that become done or open together with the tasks.
pub(crate) fn parents_that_follow<'a>(items: &[Item<'a>], to: State) -> Vec<Item<'a>> {
    let Some(first) = items.first() else { return Vec::new() };
    let mut changing: Vec<usize> = items.iter().map(Item::index).collect();
    let mut found = Vec::new();
    for parent in first.ancestors() {
        let counted = |child: &Item<'_>| child.state().is_some() && !child.is_optional();
        let finished = |child: &Item<'_>| {
            changing.contains(&child.index()) || matches!(child.state(), Some(State::Done | State::Cancelled))
        };
        let follows = match to {
            State::Done => {
                parent.state() != Some(State::Done)
                    && parent.children().filter(counted).all(|child| finished(&child))
            }
            _ => parent.state() == Some(State::Done),
        };
        if !follows {
            break;
        }
        changing.push(parent.index());
        found.push(parent);
    }
    found
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::actions::testing::{all, applied};

    fn check(marked: &str, kind: &str, expect: Expect) {
        expect.assert_eq(&applied(marked, kind));
    }

    #[test]
    fn offered_actions() {
        let plan = "# Plan: x\n\n## Phase 1: a ✅\n\n- [x] one\n- [ ] two$0\n  - [ ] three\n";
        expect![[r#"
            Complete task (toggle)
            Mark task as active (set-active)
            Mark task as blocked (set-blocked)
            Complete task and its open subtask (complete-below)
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
            Remove all checkboxes in list (2 items) (remove-checkbox), on request
            Move `two` up (move), on request
            Move `two` down (move), disabled: already last in list
            Delete `two` (1 item) and update references (delete-item), on request
        "#]]
        .assert_eq(&all(plan));
        expect![""].assert_eq(&all("Text$0 of a letter\n\nmore\n"));
    }

    #[test]
    fn all_places_of_a_task_change_together() {
        check(
            "# Plan: x\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: Cut posts$0\n\n## Summary\n\n| ID | Task | Status |\n|---|---|---|\n| 1.1 | Cut posts | In Progress |\n\n## Checklist\n\n- [ ] Task 1.1: Cut posts\n",
            "toggle",
            expect![[r#"
                Complete task

                # Plan: x

                ## Phase 1: a

                - [x] **Task 1.1**: Cut posts

                ## Summary

                | ID | Task | Status |
                |---|---|---|
                | 1.1 | Cut posts | Completed |

                ## Checklist

                - [x] Task 1.1: Cut posts
            "#]],
        );
    }

    #[test]
    fn all_state_sources_change_together() {
        check(
            "# Plan: x\n\n- [ ] ⬜ **Task 1.1**: a$0\n  - **Status**: 🔄 In Progress (40%)\n  - Owner: me\n",
            "toggle",
            expect![[r#"
                Complete task

                # Plan: x

                - [x] ✅ **Task 1.1**: a
                  - **Status**: ✅ Completed
                  - Owner: me
            "#]],
        );
        check(
            "# Plan: x\n\n## Phase 1: a\n\n- [ ] ⬜ **Task 1.1**: a$0\n  - **Status**: NOT STARTED\n",
            "set-active",
            expect![[r#"
                Mark task as active

                # Plan: x

                ## Phase 1: a

                - [ ] 🔄 **Task 1.1**: a
                  - **Status**: IN PROGRESS
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] a (deferred to Q3)$0\n- [ ] ~~all~~\n",
            "toggle",
            expect![[r#"
                Complete task

                # Plan: x

                - [x] a
                - [ ] ~~all~~
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] ~~all$0~~\n- [ ] b\n",
            "toggle",
            expect![[r#"
                Reopen task

                # Plan: x

                - [ ] all
                - [ ] b
            "#]],
        );
    }

    #[test]
    fn states_that_a_plain_checkbox_cannot_express() {
        // The state is written in the notation of the document's other tasks.
        check(
            "# Plan: x\n\n- [~] a\n- [ ] b$0\n",
            "set-active",
            expect![[r#"
                Mark task as active

                # Plan: x

                - [~] a
                - [~] b
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] 🚧 a\n- [ ] b$0\n",
            "set-active",
            expect![[r#"
                Mark task as active

                # Plan: x

                - [ ] 🚧 a
                - [ ] 🚧 b
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] a (on hold)\n- [ ] b$0\n",
            "set-blocked",
            expect![[r#"
                Mark task as blocked

                # Plan: x

                - [ ] a (on hold)
                - [ ] b (on hold)
            "#]],
        );
        // A `Status` field is written if the task has fields.
        check(
            "# Plan: x\n\n- [ ] **Task 1.1**: a$0\n  - **Owner**: me\n",
            "set-active",
            expect![[r#"
                Mark task as active

                # Plan: x

                - [ ] **Task 1.1**: a
                  - **Status**: In Progress
                  - **Owner**: me
            "#]],
        );
        // Otherwise a checkbox character is written, or a remark if the document uses this character for another state.
        check(
            "# Plan: x\n\n- [ ] a$0\n",
            "set-active",
            expect![[r#"
                Mark task as active

                # Plan: x

                - [/] a
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] a$0\n",
            "set-deferred",
            expect![[r#"
                Mark task as deferred

                # Plan: x

                - [ ] a (deferred)
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] a$0\n",
            "set-cancelled",
            expect![[r#"
                Mark task as cancelled

                # Plan: x

                - [-] a
            "#]],
        );
    }

    #[test]
    fn on_headings() {
        check(
            "# Plan: x\n\n## Phase 1: a$0 [NOT STARTED]\n\n- [x] one\n- [ ] two\n- [ ] three\n\n| Phase | Status |\n|---|---|\n| Phase 1 | ⬜ Pending |\n",
            "complete-below",
            expect![[r#"
                Complete phase and its 2 open tasks

                # Plan: x

                ## Phase 1: a [COMPLETED]

                - [x] one
                - [x] two
                - [x] three

                | Phase | Status |
                |---|---|
                | Phase 1 | ✅ Completed |
            "#]],
        );
        check(
            "# Plan: x\n\n## Phase 1: a$0\n\n- [x] one\n- [ ] two\n\n## Phase 2: b\n\n- [ ] c\n",
            "toggle",
            expect![[r#"
                Complete task in section

                # Plan: x

                ## Phase 1: a

                - [x] one
                - [x] two

                ## Phase 2: b

                - [ ] c
            "#]],
        );
    }

    #[test]
    fn parents_follow_their_tasks() {
        check(
            "# Plan: x\n\n## Phase 1: a [IN PROGRESS]\n\n- [x] one\n- [ ] two$0\n",
            "with-parents",
            expect![[r#"
                Complete task and parent phase 1

                # Plan: x

                ## Phase 1: a [COMPLETED]

                - [x] one
                - [x] two
            "#]],
        );
        check(
            "# Plan: x\n\n## Phase 1: a [DONE]\n\n- [x] one\n  - [x] in it$0\n",
            "with-parents",
            expect![[r#"
                Reopen task and parents one to phase 1

                # Plan: x

                ## Phase 1: a [IN PROGRESS]

                - [ ] one
                  - [ ] in it
            "#]],
        );
    }
}
