//! Completing a task and keeping the books: one action, one step to undo.

use plan_model::{Item, State};
use plan_schema::Kind;

use super::{
    Action, Context,
    scope::meant,
    set_state::{named, toggled},
};
use crate::editing::books::{set_and_keep, update_figures};

/// The end of the kind.
pub const KIND: &str = "keep-books";
/// The end of the kind of the action that only counts.
pub const FIGURES: &str = "update-figures";

pub(super) fn keep_books(context: &Context<'_>) -> Vec<Action> {
    if context.file.kind() != Kind::Plan {
        return Vec::new();
    }
    let meant = meant(context.file, context.range);
    let mut actions = Vec::new();
    if meant.tasks().next().is_some() && toggled(meant.tasks()) == State::Done {
        let indices: Vec<usize> = meant.items.iter().map(Item::index).collect();
        let title = format!("Complete {} and keep the books", named(&meant, meant.tasks().count()));
        actions.push(Action::later(title, KIND, move |file, _| {
            let items: Vec<Item<'_>> = indices.iter().filter_map(|index| file.plan().item(*index)).collect();
            set_and_keep(file, &items, State::Done).into()
        }));
    }
    actions
}

/// Offered where a figure stands, and on the title.
pub(super) fn figures(context: &Context<'_>) -> Vec<Action> {
    if context.file.kind() != Kind::Plan {
        return Vec::new();
    }
    let title = context.file.plan().title_range().unwrap_or_default();
    let on_title = title.start <= context.range.start && context.range.end <= title.end && !title.is_empty();
    // Who asks for this kind wants it wherever the cursor is.
    let edits = if on_title || context.asked { update_figures(context.file) } else { Vec::new() };
    if edits.is_empty() {
        return Vec::new();
    }
    let figures = if edits.len() == 1 { "1 figure".to_owned() } else { format!("{} figures", edits.len()) };
    vec![Action::new(format!("Bring {figures} of progress up to date"), FIGURES, edits)]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::actions::testing::applied;

    #[test]
    fn everything_that_says_so() {
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
            Complete the task and keep the books

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
    fn a_status_log_and_a_day_that_has_an_entry() {
        expect![[r#"
            Complete the task and keep the books

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
            Complete the task and keep the books

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
