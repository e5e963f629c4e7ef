//! Toggling tasks, and setting the states of tasks in several ranges.

use plan_model::State;

use super::{
    Action, Context,
    scope::{target_at, tasks_in},
    set_state::{changed_tasks, describe, set, state_title, toggled_state},
};
use crate::{Edit, File, TextRange, editing::progress_sync::set_state_and_sync};

/// Last segment of the action kind.
pub const KIND: &str = "toggle";

/// Offers to toggle the tasks on the lines of a selection, the task around the cursor, or all tasks below a heading. If
/// any of them is not done, all become done, otherwise all become open.
pub(super) fn toggle_task(context: &Context<'_>) -> Vec<Action> {
    let target = target_at(context.file, context.range);
    let to = toggled_state(target.tasks());
    let (edits, changed) = set(context.file, &target.items, to);
    if changed == 0 {
        return Vec::new();
    }
    let what = describe(&target, changed_tasks(context.file, &target, to).max(1));
    vec![Action::new(state_title(to, &what), KIND, edits)]
}

/// Returns the edits that toggle the tasks in these ranges together, and the number of tasks changed.
pub fn toggle_ranges(file: &File, ranges: &[TextRange], children: bool) -> (Vec<Edit>, usize) {
    let tasks = tasks_in(file, ranges, children);
    let to = toggled_state(&tasks);
    set(file, &tasks, to)
}

/// Returns the edits that set the tasks in these ranges to a state, and the number of tasks changed.
/// With `update_progress`, progress values and logs are updated as well.
pub fn set_ranges(
    file: &File,
    ranges: &[TextRange],
    children: bool,
    to: State,
    update_progress: bool,
) -> (Vec<Edit>, usize) {
    let tasks = tasks_in(file, ranges, children);
    let (edits, changed) = set(file, &tasks, to);
    if update_progress && changed > 0 {
        return (set_state_and_sync(file, &tasks, to, &[]), changed);
    }
    (edits, changed)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::actions::testing::applied;

    fn check(marked: &str, expect: Expect) {
        expect.assert_eq(&applied(marked, super::KIND));
    }

    #[test]
    fn toggles_one_task() {
        check(
            "- [ ] a$0\n- [ ] b\n",
            expect![[r#"
                Complete task

                - [x] a
                - [ ] b
            "#]],
        );
        check(
            "- [x] a$0\n",
            expect![[r#"
                Reopen task

                - [ ] a
            "#]],
        );
        check(
            "- [~] a$0\n",
            expect![[r#"
                Complete task

                - [x] a
            "#]],
        );
    }

    #[test]
    fn a_selection_is_toggled_to_one_state() {
        check(
            "- [x] $0a\n  - [ ] b\n- [ ] c$0\n- [ ] d\n",
            expect![[r#"
                Complete 2 tasks

                - [x] a
                  - [x] b
                - [x] c
                - [ ] d
            "#]],
        );
    }

    #[test]
    fn emoji_follow_the_checkbox() {
        check(
            "- [ ] ⬜ **Task 1.1**: a$0\n",
            expect![[r#"
                Complete task

                - [x] ✅ **Task 1.1**: a
            "#]],
        );
        check(
            "- [X] ✅ a$0\n",
            expect![[r#"
                Reopen task

                - [ ] ⬜ a
            "#]],
        );
    }

    #[test]
    fn keeps_the_checkbox_character_of_the_document() {
        check(
            "- [X] a\n- [ ] b$0\n",
            expect![[r#"
                Complete task

                - [X] a
                - [X] b
            "#]],
        );
    }

    #[test]
    fn toggles_from_a_detail_line() {
        check(
            "- [ ] a\n  - Owner: me$0\n- [ ] b\n",
            expect![[r#"
                Complete task

                - [x] a
                  - Owner: me
                - [ ] b
            "#]],
        );
    }

    #[test]
    fn not_offered_outside_tasks() {
        check("text$0\n\n- [ ] a\n", expect!["nothing"]);
        check("```\n- [ ] a$0\n```\n\n- [ ] b\n", expect!["nothing"]);
    }
}
