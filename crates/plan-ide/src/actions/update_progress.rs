//! Completing tasks together with progress values and logs, in a single undo step.

use plan_model::{Item, State};
use plan_schema::DocumentKind;

use super::{
    Action, Context,
    scope::target_at,
    set_state::{describe, toggled_state},
};
use crate::editing::progress_sync::{set_state_and_sync, update_progress_values};

/// Last segment of the action kind.
pub const KIND: &str = "update-progress";
/// Last segment of the kind of the action that only updates progress values.
pub const VALUES: &str = "update-progress-values";

pub(super) fn update_progress(context: &Context<'_>) -> Vec<Action> {
    if context.file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let target = target_at(context.file, context.range);
    let mut actions = Vec::new();
    if target.tasks().next().is_some() && toggled_state(target.tasks()) == State::Done {
        let indices: Vec<usize> = target.items.iter().map(Item::index).collect();
        let title = format!("Complete {} and update progress", describe(&target, target.tasks().count()));
        actions.push(Action::lazy(title, KIND, move |file, _| {
            let items: Vec<Item<'_>> = indices.iter().filter_map(|index| file.plan().item(*index)).collect();
            set_state_and_sync(file, &items, State::Done, &[]).into()
        }));
    }
    actions
}

/// Offers to update the progress values: on the title if they are outdated, and at any position on request.
pub(super) fn progress_values(context: &Context<'_>) -> Vec<Action> {
    if context.file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let title = context.file.plan().title_range().unwrap_or_default();
    let on_title = title.start <= context.range.start && context.range.end <= title.end && !title.is_empty();
    // If actions are requested explicitly, the whole plan is updated, independent of the cursor.
    let edits =
        if on_title || context.on_request { update_progress_values(context.file) } else { Vec::new() };
    if edits.is_empty() {
        return Vec::new();
    }
    let values = if edits.len() == 1 {
        "1 progress value".to_owned()
    } else {
        format!("{} progress values", edits.len())
    };
    vec![Action::new(format!("Update {values}"), VALUES, edits)]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::actions::testing::applied;

    #[test]
    fn updates_status_progress_and_log() {
        let plan = "\
# Implementation Plan: Harbour

**Status**: In Progress
**Last Updated**: 2026-01-02

**Completion:** 50% overall

## Phase Status

| Phase | Status | Progress |
|-------|--------|----------|
| Phase 1 | 🔄 In Progress | 50% |
| Phase 2 | ⏳ | 0/2 |

## Phase 1: Piers

- [x] **Task 1.1**: Measure
- [ ] **Task 1.2**: Build$0

## Phase 2: Cranes

- [x] **Task 2.1**: Order
- [ ] **Task 2.2**: Assemble

## Update Log

### 2026-01-02

- Completed: Task 1.1 Measure
";
        expect![[r#"
            Complete task and update progress

            # Implementation Plan: Harbour

            **Status**: In Progress
            **Last Updated**: 2026-11-21

            **Completion:** 75% overall

            ## Phase Status

            | Phase | Status | Progress |
            |-------|--------|----------|
            | Phase 1 | ✅ Completed | 100% |
            | Phase 2 | ⏳ | 1/2 |

            ## Phase 1: Piers

            - [x] **Task 1.1**: Measure
            - [x] **Task 1.2**: Build

            ## Phase 2: Cranes

            - [x] **Task 2.1**: Order
            - [ ] **Task 2.2**: Assemble

            ## Update Log

            ### 2026-11-21

            - Completed: Task 1.2 Build

            ### 2026-01-02

            - Completed: Task 1.1 Measure
        "#]]
        .assert_eq(&applied(plan, KIND));
    }

    #[test]
    fn appends_to_status_log_and_to_the_entry_of_today() {
        expect![[r#"
            Complete task and update progress

            # Plan: x

            **Status**: Active

            - [x] a
            - [ ] b

            ## Status Log

            | Date | Status | Notes |
            |---|---|---|
            | 2026-01-02 | Active | begun |
            | 2026-11-21 | Active | Completed: a |
        "#]].assert_eq(&applied(
            "# Plan: x\n\n**Status**: Active\n\n- [ ] a$0\n- [ ] b\n\n## Status Log\n\n| Date | Status | Notes |\n|---|---|---|\n| 2026-01-02 | Active | begun |\n",
            KIND,
        ));
        expect![[r#"
            Complete task and update progress

            # Plan: x

            - [x] a
            - [ ] b

            ## Update Log

            ### 2026-11-21

            - Completed: c
            - Completed: a

            ### 2026-11-01

            Text.
        "#]].assert_eq(&applied(
            "# Plan: x\n\n- [ ] a$0\n- [ ] b\n\n## Update Log\n\n### 2026-11-21\n\n- Completed: c\n\n### 2026-11-01\n\nText.\n",
            KIND,
        ));
    }
}
