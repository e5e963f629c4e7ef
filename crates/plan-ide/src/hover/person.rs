//! Hovers for people: their tasks in the plan.

use plan_model::{Item, ItemKind, Meaning, State, list_names};

use super::{Hover, item_link};
use crate::{
    File, Workspace,
    entity::{Entity, entity_at},
    next::state,
    rules::common::plural,
};

/// Maximum number of tasks listed.
const MAX_PERSON_TASKS: usize = 8;

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let (Entity::Person(name), range) = entity_at(file, offset)? else { return None };
    let tasks: Vec<Item<'_>> = file
        .plan()
        .items()
        .filter(|item| item.kind() == ItemKind::Task && owns(item, &name))
        .filter(|item| !matches!(state(item), Some(State::Cancelled)))
        .collect();
    if tasks.is_empty() {
        return Some(Hover { text: format!("**{name}**: no tasks in this plan"), range });
    }
    let is_open = |task: &&Item<'_>| state(task) != Some(State::Done);
    let open: Vec<&Item<'_>> = tasks.iter().filter(is_open).collect();
    let mut text =
        format!("**{name}**: {} of {} done", tasks.len() - open.len(), plural(tasks.len(), "task"));
    for (number, task) in open.iter().take(MAX_PERSON_TASKS).enumerate() {
        text.push_str(if number == 0 { "\n\n" } else { "\n" });
        text.push_str(&format!("- {}", item_link(file, workspace, task)));
        if let Some(state) = state(task).filter(|state| *state != State::Open) {
            text.push_str(&format!(" ({})", state.name()));
        }
    }
    if open.len() > MAX_PERSON_TASKS {
        text.push_str(&format!("\n- and {} more", open.len() - MAX_PERSON_TASKS));
    }
    Some(Hover { text, range })
}

/// Returns whether a person is an owner of an item.
fn owns(item: &Item<'_>, name: &str) -> bool {
    let mut owners = item.fields().filter(|field| field.meaning == Some(Meaning::Owner));
    owners.any(|field| list_names(&field.value).any(|(_, owner)| owner == name))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use crate::{File, Index, NoDisk, Workspace, hover::hover};

    fn check(marked: &str, expect: Expect) {
        let (text, range) = fixture(marked);
        let file = File::new("/w/a.md", Document::new(&text));
        let workspace = Workspace { index: &Index::new([]), disk: &NoDisk, is_complete: true };
        let found = hover(&file, &workspace, range.start);
        expect.assert_eq(
            &found.map(|hover| format!("[{}] {}", &text[hover.range], hover.text)).unwrap_or_default(),
        );
    }

    #[test]
    fn tasks_of_a_person() {
        check(
            "# Plan: x\n\n- [x] 1.1 a (owner: D$0ana)\n- [/] 1.2 b @Dana\n- [ ] 1.3 c d @Dana\n",
            expect![[r#"
                [Dana] **Dana**: 1 of 2 tasks done

                - 1.3 c d"#]],
        );
        check(
            "# Plan: x\n\n**Owner**: A$0da\n\n- [ ] 1.1 a\n",
            expect!["[Ada] **Ada**: no tasks in this plan"],
        );
    }
}
