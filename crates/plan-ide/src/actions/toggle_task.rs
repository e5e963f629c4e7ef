//! Ticking and unticking tasks, and going through plain item, open task and done task.

use plan_model::State;

use super::{
    Action, Context,
    scope::{meant, tasks_in},
    set_state::{changed_tasks, named, set, toggled},
};
use crate::{Edit, File, Place, editing::books::set_and_keep};

/// The end of the action's kind.
pub const KIND: &str = "toggle";

/// Toggles the tasks on the lines of a selection, the task around the cursor, or all below a heading: all to done if any
/// is not, else all to open.
pub(super) fn toggle_task(context: &Context<'_>) -> Vec<Action> {
    let meant = meant(context.file, context.range);
    let to = toggled(meant.tasks());
    let (edits, changed) = set(context.file, &meant.items, to);
    if changed == 0 {
        return Vec::new();
    }
    let what = named(&meant, changed_tasks(context.file, &meant, to).max(1));
    vec![Action::new(format!("Mark {what} as {}", to.name()), KIND, edits)]
}

/// The edits that toggle the tasks in these ranges together, and how many tasks they change.
pub fn toggle_ranges(file: &File, ranges: &[Place], children: bool) -> (Vec<Edit>, usize) {
    let tasks = tasks_in(file, ranges, children);
    let to = toggled(&tasks);
    set(file, &tasks, to)
}

/// The edits that set the tasks in these ranges to a state, and how many tasks they change.
/// With `books` the plan's figures and logs say so, too.
pub fn set_ranges(
    file: &File,
    ranges: &[Place],
    children: bool,
    to: State,
    books: bool,
) -> (Vec<Edit>, usize) {
    let tasks = tasks_in(file, ranges, children);
    let (edits, changed) = set(file, &tasks, to);
    if books && changed > 0 {
        return (set_and_keep(file, &tasks, to), changed);
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
    fn one_task() {
        check(
            "- [ ] a$0\n- [ ] b\n",
            expect![[r#"
            Mark the task as done

            - [x] a
            - [ ] b
        "#]],
        );
        check(
            "- [x] a$0\n",
            expect![[r#"
            Mark the task as open

            - [ ] a
        "#]],
        );
        check(
            "- [~] a$0\n",
            expect![[r#"
            Mark the task as done

            - [x] a
        "#]],
        );
    }

    #[test]
    fn a_selection_goes_one_way() {
        check(
            "- [x] $0a\n  - [ ] b\n- [ ] c$0\n- [ ] d\n",
            expect![[r#"
                Mark 2 tasks as done

                - [x] a
                  - [x] b
                - [x] c
                - [ ] d
            "#]],
        );
    }

    #[test]
    fn emoji_follow_the_box() {
        check(
            "- [ ] ⬜ **Task 1.1**: a$0\n",
            expect![[r#"
            Mark the task as done

            - [x] ✅ **Task 1.1**: a
        "#]],
        );
        check(
            "- [X] ✅ a$0\n",
            expect![[r#"
            Mark the task as open

            - [ ] ⬜ a
        "#]],
        );
    }

    #[test]
    fn the_documents_own_mark() {
        check(
            "- [X] a\n- [ ] b$0\n",
            expect![[r#"
            Mark the task as done

            - [X] a
            - [X] b
        "#]],
        );
    }

    #[test]
    fn from_a_detail_line() {
        check(
            "- [ ] a\n  - Owner: me$0\n- [ ] b\n",
            expect![[r#"
            Mark the task as done

            - [x] a
              - Owner: me
            - [ ] b
        "#]],
        );
    }

    #[test]
    fn nothing_elsewhere() {
        check("text$0\n\n- [ ] a\n", expect!["nothing"]);
        check("```\n- [ ] a$0\n```\n\n- [ ] b\n", expect!["nothing"]);
    }
}
