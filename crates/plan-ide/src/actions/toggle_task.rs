//! Ticking and unticking tasks: the box and the state emoji beside it change together.

use plan_model::{CarrierKind, Item, ItemKind, State};
use plan_schema::Kind;

use super::Action;
use crate::{Edit, File, Place};

/// The end of the action's kind.
pub const KIND: &str = "toggle";

/// Toggles the tasks on the lines of a selection, or the task around the cursor: all to done if any is not, else all to
/// open.
pub(super) fn toggle_task(file: &File, range: &Place) -> Vec<Action> {
    let tasks = tasks(file, range);
    let edits = toggled(file, &tasks);
    let to = if tasks.iter().any(|task| task.state() != Some(State::Done)) { "done" } else { "open" };
    let title = match tasks.len() {
        1 => format!("Mark the task as {to}"),
        count => format!("Mark {count} tasks as {to}"),
    };
    if edits.is_empty() { Vec::new() } else { vec![Action { title, kind: KIND, edits }] }
}

/// The edits that toggle the tasks in these ranges together, and how many tasks they change.
pub fn toggle_ranges(file: &File, ranges: &[Place]) -> (Vec<Edit>, usize) {
    let mut found: Vec<Item<'_>> = ranges.iter().flat_map(|range| tasks(file, range)).collect();
    found.sort_by_key(Item::index);
    found.dedup_by_key(|item| item.index());
    (toggled(file, &found), found.len())
}

fn tasks<'a>(file: &'a File, range: &Place) -> Vec<Item<'a>> {
    if file.kind() == Kind::Ordinary {
        return Vec::new();
    }
    let plan = file.plan();
    let on_lines = plan.tasks_at(range);
    if !on_lines.is_empty() {
        return on_lines;
    }
    // A detail line under a task: the innermost task around it.
    let around = plan.items().filter(|item| {
        item.kind() == ItemKind::Task && {
            let whole = item.range();
            whole.start <= range.start && range.end <= whole.end
        }
    });
    around.last().into_iter().collect()
}

fn toggled(file: &File, tasks: &[Item<'_>]) -> Vec<Edit> {
    let done = tasks.iter().any(|task| task.state() != Some(State::Done));
    let capital = uses_capital(file);
    tasks.iter().flat_map(|task| set(task, done, capital)).collect()
}

/// The edits that mark a task as done, in the document's own way.
pub(crate) fn tick(task: &Item<'_>) -> Vec<Edit> {
    set(task, true, task.plan().items().filter_map(mark_of).find(|mark| *mark != ' ') == Some('X'))
}

fn set(task: &Item<'_>, done: bool, capital: bool) -> Vec<Edit> {
    // Where a word, a cell or a field tells the state and no box does, an emoji alone would contradict it.
    let tells = |(kind, _, state): &(CarrierKind, _, Option<State>)| {
        state.is_some() && !matches!(kind, CarrierKind::Emoji | CarrierKind::Strikethrough)
    };
    let has_box = task.carriers().any(|(kind, ..)| kind.is_box());
    if !has_box && task.carriers().any(|carrier| tells(&carrier)) {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for (kind, place, state) in task.carriers() {
        let new = match (kind, done) {
            (CarrierKind::Box | CarrierKind::BoldBox, true) if state != Some(State::Done) => {
                if capital {
                    "X"
                } else {
                    "x"
                }
            }
            (CarrierKind::Box | CarrierKind::BoldBox, false) => " ",
            (CarrierKind::Emoji, true) if state != Some(State::Done) => "✅",
            (CarrierKind::Emoji, false) if state == Some(State::Done) => "⬜",
            _ => continue,
        };
        edits.push(Edit::replace(place, new));
    }
    edits
}

/// Whether the document ticks with `X`: decided by its first ticked box.
fn uses_capital(file: &File) -> bool {
    file.plan().items().filter_map(mark_of).find(|mark| matches!(mark, 'x' | 'X')) == Some('X')
}

fn mark_of(item: Item<'_>) -> Option<char> {
    let (_, place, _) = item.carriers().find(|(kind, ..)| kind.is_box())?;
    item.plan().document().slice(place).chars().next()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::{apply, fixture};

    use crate::{File, actions::actions};

    fn check(marked: &str, expect: Expect) {
        let (text, range) = fixture(marked);
        let file = File::new("plan.md", Document::new(&text));
        let shown = match actions(&file, &range).into_iter().find(|action| action.kind == super::KIND) {
            Some(action) => {
                let edits: Vec<_> = action.edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
                format!("{}\n\n{}", action.title, apply(&text, &edits))
            }
            None => "nothing".into(),
        };
        expect.assert_eq(&shown);
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
            Mark 3 tasks as done

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
