//! Setting the state of tasks: alone, with what is below them, with what they complete.

use plan_model::{Item, ItemKind, State};

use super::{
    Action, Context,
    scope::{Meant, below, meant},
};
use crate::{Edit, File, editing::states::Writer};

/// The ends of the kinds.
pub const OPEN: &str = "set-open";
/// To active.
pub const ACTIVE: &str = "set-active";
/// To blocked.
pub const BLOCKED: &str = "set-blocked";
/// To done.
pub const DONE: &str = "set-done";
/// To deferred.
pub const DEFERRED: &str = "set-deferred";
/// To cancelled.
pub const CANCELLED: &str = "set-cancelled";
/// To done, with everything below.
pub const WITH_CHILDREN: &str = "complete-below";
/// With the items around them that change with them.
pub const WITH_PARENTS: &str = "with-parents";

/// The kind of the action that sets a state.
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

/// The edits that set the state of items, and how many of them change. Of several, what was given up stays so.
pub(super) fn set(file: &File, items: &[Item<'_>], to: State) -> (Vec<Edit>, usize) {
    let writer = Writer::new(file);
    let items = items.iter().filter(|item| items.len() == 1 || !given_up(item, to));
    let mut edits = Vec::new();
    let mut changed = 0;
    for item in items {
        let own = writer.set(item, to);
        changed += usize::from(!own.is_empty());
        edits.extend(own);
    }
    (merged(edits), changed)
}

fn given_up(item: &Item<'_>, to: State) -> bool {
    item.state() == Some(State::Cancelled) && matches!(to, State::Done | State::Open)
}

/// Edits in order, each once: an item that is written in two places may be met twice.
pub(super) fn merged(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits.dedup();
    edits
}

/// The state that a toggle goes to: done, unless all are.
pub(super) fn toggled<'a, 'b: 'a>(tasks: impl IntoIterator<Item = &'a Item<'b>>) -> State {
    let all_done = tasks.into_iter().all(|task| matches!(task.state(), Some(State::Done | State::Cancelled)));
    if all_done { State::Open } else { State::Done }
}

/// `the task`, `3 tasks`, `all 5 tasks below`.
pub(super) fn named(meant: &Meant<'_>, count: usize) -> String {
    match (&meant.heading, count) {
        (Some(_), 1) => "the task below".to_owned(),
        (Some(_), count) => format!("all {count} tasks below"),
        (None, 1) => "the task".to_owned(),
        (None, count) => format!("{count} tasks"),
    }
}

fn action(context: &Context<'_>, meant: &Meant<'_>, to: State) -> Option<Action> {
    let (edits, changed) = set(context.file, &meant.items, to);
    let tasks = changed_tasks(context.file, meant, to);
    let what = named(meant, tasks.max(1));
    (changed > 0).then(|| Action::new(format!("Mark {what} as {}", to.name()), kind_of(to), edits))
}

/// How many tasks change: the title says so.
pub(super) fn changed_tasks(file: &File, meant: &Meant<'_>, to: State) -> usize {
    let writer = Writer::new(file);
    let alone = meant.items.len() == 1;
    meant.tasks().filter(|task| (alone || !given_up(task, to)) && !writer.set(task, to).is_empty()).count()
}

/// The one or two states that a task most likely goes to, beside those that a toggle goes to.
pub(super) fn likely(context: &Context<'_>) -> Vec<Action> {
    let meant = meant(context.file, context.range);
    let Some(first) = meant.tasks().next().filter(|_| meant.heading.is_none()) else { return Vec::new() };
    let states: &[State] = next(first.state());
    states.iter().filter_map(|to| action(context, &meant, *to)).collect()
}

fn next(state: Option<State>) -> &'static [State] {
    match state {
        Some(State::Open) | None => &[State::Active, State::Blocked],
        Some(State::Active) => &[State::Blocked, State::Deferred],
        Some(State::Blocked) => &[State::Active, State::Deferred],
        Some(State::Done) => &[State::Active],
        Some(State::Deferred) => &[State::Active, State::Cancelled],
        Some(State::Cancelled) => &[State::Deferred],
    }
}

/// All other states, for whoever asks.
pub(super) fn others(context: &Context<'_>) -> Vec<Action> {
    let meant = meant(context.file, context.range);
    let Some(first) = meant.tasks().next() else { return Vec::new() };
    let offered = if meant.heading.is_none() { next(first.state()) } else { &[] };
    let others = State::ALL.into_iter().filter(|state| !offered.contains(state));
    others.filter_map(|to| Some(action(context, &meant, to)?.asked())).collect()
}

/// Completing a task with everything below it, or a phase with its tasks.
pub(super) fn with_children(context: &Context<'_>) -> Vec<Action> {
    let meant = meant(context.file, context.range);
    let item = match (&meant.heading, &meant.items[..]) {
        (Some(section), _) => section.item().filter(|item| item.kind() == ItemKind::Phase),
        (None, [task]) => Some(*task),
        _ => None,
    };
    let Some(item) = item else { return Vec::new() };
    let open: Vec<Item<'_>> = below(&item).into_iter().filter(is_open).collect();
    if open.is_empty() {
        return Vec::new();
    }
    let mut all = vec![item];
    all.extend(open.iter().copied());
    let (edits, changed) = set(context.file, &all, State::Done);
    let tasks = if open.len() == 1 { "open task".to_owned() } else { format!("{} open tasks", open.len()) };
    let title = match item.kind() {
        ItemKind::Phase => format!("Complete the phase with its {tasks}"),
        ItemKind::Task => format!("Complete the task with the {tasks} below it"),
    };
    if changed > 0 { vec![Action::new(title, WITH_CHILDREN, edits)] } else { Vec::new() }
}

fn is_open(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Task
        && matches!(item.state(), Some(State::Open | State::Active | State::Blocked))
}

/// The items around tasks that a change completes, or that are done and get an open task again.
pub(super) fn with_parents(context: &Context<'_>) -> Vec<Action> {
    let meant = meant(context.file, context.range);
    if meant.items.is_empty() || meant.heading.is_some() {
        return Vec::new();
    }
    let to = toggled(meant.tasks());
    let parents = parents_that_follow(&meant.items, to);
    let writer = Writer::new(context.file);
    let follow: Vec<Item<'_>> = parents
        .into_iter()
        .filter(|parent| !writer.set(parent, parent_state(parent, to)).is_empty())
        .collect();
    let (Some(first), Some(last)) = (follow.first(), follow.last()) else { return Vec::new() };
    let (mut edits, _) = set(context.file, &meant.items, to);
    edits.extend(follow.iter().flat_map(|parent| writer.set(parent, parent_state(parent, to))));
    let what = named(&meant, meant.items.len());
    let name = |item: &Item<'_>| item.id().map_or_else(|| item.title(), ToString::to_string);
    let others =
        if follow.len() == 1 { name(first) } else { format!("{} up to {}", name(first), name(last)) };
    let title = match to {
        State::Done => format!("Mark {what} as done, and {others} with it"),
        _ => format!("Reopen {what}, and {others} with it"),
    };
    vec![Action::new(title, WITH_PARENTS, merged(edits))]
}

/// What an item becomes when what it holds is done, or is reopened: then a phase is under way, and a task is not done.
fn parent_state(parent: &Item<'_>, to: State) -> State {
    match (to, parent.kind()) {
        (State::Done, _) => State::Done,
        (_, ItemKind::Phase) => State::Active,
        (_, ItemKind::Task) => State::Open,
    }
}

/// The items around tasks, from the inside out, that are done when these are, or no longer done when these are not.
fn parents_that_follow<'a>(items: &[Item<'a>], to: State) -> Vec<Item<'a>> {
    let Some(first) = items.first() else { return Vec::new() };
    let mut changing: Vec<usize> = items.iter().map(Item::index).collect();
    let mut found = Vec::new();
    let mut above = first.parent().and_then(|parent| first.plan().item(parent));
    while let Some(parent) = above {
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
        above = parent.parent().and_then(|index| parent.plan().item(index));
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
    fn what_is_offered() {
        let plan = "# Plan: x\n\n## Phase 1: a ✅\n\n- [x] one\n- [ ] two$0\n  - [ ] three\n";
        expect![[r#"
            Mark the task as done (toggle)
            Mark the task as active (set-active)
            Mark the task as blocked (set-blocked)
            Complete the task with the open task below it (complete-below)
            Mark the task as done (set-done), when asked
            Mark the task as deferred (set-deferred), when asked
            Mark the task as cancelled (set-cancelled), when asked
            Complete the task and keep the books (keep-books), when asked
            Take the box from the item (remove-box), when asked
            Take the boxes from all of the list (2 items) (remove-box), when asked
            Move `two` up (move), when asked
            Move `two` down (move), not possible: it is the last of its list
            Delete `two` with the 1 items in it, and mend what refers to it (delete-item), when asked
        "#]]
        .assert_eq(&all(plan));
        expect![""].assert_eq(&all("Text$0 of a letter\n\nmore\n"));
    }

    #[test]
    fn all_carriers_change_together() {
        check(
            "# Plan: x\n\n- [ ] ⬜ **Task 1.1**: a$0\n  - **Status**: 🔄 In Progress (40%)\n  - Owner: me\n",
            "toggle",
            expect![[r#"
                Mark the task as done

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
                Mark the task as active

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
                Mark the task as done

                # Plan: x

                - [x] a
                - [ ] ~~all~~
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] ~~all$0~~\n- [ ] b\n",
            "toggle",
            expect![[r#"
                Mark the task as open

                # Plan: x

                - [ ] all
                - [ ] b
            "#]],
        );
    }

    #[test]
    fn what_a_bare_box_cannot_say() {
        // As others in the document do.
        check(
            "# Plan: x\n\n- [~] a\n- [ ] b$0\n",
            "set-active",
            expect![[r#"
                Mark the task as active

                # Plan: x

                - [~] a
                - [~] b
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] 🚧 a\n- [ ] b$0\n",
            "set-active",
            expect![[r#"
                Mark the task as active

                # Plan: x

                - [ ] 🚧 a
                - [ ] 🚧 b
            "#]],
        );
        check(
            "# Plan: x\n\n- [ ] a (on hold)\n- [ ] b$0\n",
            "set-blocked",
            expect![[r#"
                Mark the task as blocked

                # Plan: x

                - [ ] a (on hold)
                - [ ] b (on hold)
            "#]],
        );
        // A field where there are fields.
        check(
            "# Plan: x\n\n- [ ] **Task 1.1**: a$0\n  - **Owner**: me\n",
            "set-active",
            expect![[r#"
                Mark the task as active

                # Plan: x

                - [ ] **Task 1.1**: a
                  - **Status**: In Progress
                  - **Owner**: me
            "#]],
        );
        // Else a mark, and a remark where the mark is read as something else.
        check(
            "# Plan: x\n\n- [ ] a$0\n",
            "set-active",
            expect![[r#"
            Mark the task as active

            # Plan: x

            - [/] a
        "#]],
        );
        check(
            "# Plan: x\n\n- [ ] a$0\n",
            "set-deferred",
            expect![[r#"
            Mark the task as deferred

            # Plan: x

            - [ ] a (deferred)
        "#]],
        );
        check(
            "# Plan: x\n\n- [ ] a$0\n",
            "set-cancelled",
            expect![[r#"
            Mark the task as cancelled

            # Plan: x

            - [-] a
        "#]],
        );
    }

    #[test]
    fn headings() {
        check(
            "# Plan: x\n\n## Phase 1: a$0 [NOT STARTED]\n\n- [x] one\n- [ ] two\n- [ ] three\n\n| Phase | Status |\n|---|---|\n| Phase 1 | ⬜ Pending |\n",
            "complete-below",
            expect![[r#"
                Complete the phase with its 2 open tasks

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
                Mark the task below as done

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
    fn parents() {
        check(
            "# Plan: x\n\n## Phase 1: a [IN PROGRESS]\n\n- [x] one\n- [ ] two$0\n",
            "with-parents",
            expect![[r#"
                Mark the task as done, and phase 1 with it

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
                Reopen the task, and one up to phase 1 with it

                # Plan: x

                ## Phase 1: a [IN PROGRESS]

                - [ ] one
                  - [ ] in it
            "#]],
        );
    }
}
