//! Adding the next phase or task in the style of the previous one.

use plan_model::ItemKind;
use plan_schema::{DocumentKind, Skeleton};

use super::{Action, Context};
use crate::{Edit, completion, editing::draft::Draft};

/// Last segment of the action kind.
pub const KIND: &str = "add-item";

pub(super) fn add_item(context: &Context<'_>) -> Vec<Action> {
    let (file, range) = (context.file, context.range);
    if file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let plan = file.plan();
    let items_on_line = plan.items().filter(|item| {
        let line = item.line();
        line.start <= range.start && range.end <= line.end
    });
    let Some(item) = items_on_line.last() else { return Vec::new() };
    let action = match item.kind() {
        ItemKind::Task => {
            let list = plan.items().filter(|other| {
                other.parent() == item.parent()
                    && other.section().map(|s| s.index()) == item.section().map(|s| s.index())
            });
            let last = list.filter(|other| other.form().is_checkbox()).last();
            last.and_then(|last| {
                let (id, text, _) = completion::next_task_after(file, &last)?;
                let indent = last.line().start - file.document().line_start(last.line().start);
                let edit = Edit::insert(last.range().end, format!("\n{}{text}", " ".repeat(indent)));
                Some(
                    Action::lazy(add_title(&id), KIND, move |file, _| {
                        let mut draft = Draft::new(file);
                        draft.step(std::slice::from_ref(&edit));
                        draft.renumber_lists();
                        draft.edits().into()
                    })
                    .always(),
                )
            })
        }
        ItemKind::Phase => item.section().and_then(|section| {
            let binding = file.binding()?;
            let (spec, level, number) = completion::next_phase(plan, binding, section.index())?;
            let scope = item.scope().map(|scope| scope.index());
            let phases = plan
                .items()
                .filter(|other| other.kind() == ItemKind::Phase && other.parent() == item.parent());
            let last = phases.filter(|other| other.scope().map(|scope| scope.index()) == scope).last()?;
            let text = Skeleton::section(binding.template(), spec, level, Some(number)).to_text();
            let edit = crate::insert::block(file, last.range().end, &text);
            Some(Action::new(format!("Add phase {number}"), KIND, vec![edit]))
        }),
    };
    action.into_iter().collect()
}

/// Returns the title of the action that adds a task: `Add task 1.2`, `Add Task 1.2`.
fn add_title(id: &str) -> String {
    match id.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("Add task {id}"),
        false => format!("Add {id}"),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::actions::testing::applied;

    fn check(marked: &str, expect: Expect) {
        expect.assert_eq(&applied(marked, KIND));
    }

    #[test]
    fn adds_the_next_task_or_phase() {
        check(
            "# Plan: x\n\n### Phase 1: a\n\n- [x] **Task 1.1**: b$0\n  - Owner: Ada\n- [ ] **Task 1.2**: c\n  - Owner: Bo\n\ntext\n",
            expect![[r#"
                Add Task 1.3

                # Plan: x

                ### Phase 1: a

                - [x] **Task 1.1**: b
                  - Owner: Ada
                - [ ] **Task 1.2**: c
                  - Owner: Bo
                - [ ] **Task 1.3**: Title
                  - Owner: 

                text
            "#]],
        );
        check(
            "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Steps\n\n### Phase 1: a$0\n\n- [ ] b\n\n## Notes\n",
            expect![[r#"
                Add phase 2

                ---
                template: execution-plan
                ---
                # Execution Plan: x

                ## Steps

                ### Phase 1: a

                - [ ] b

                ### Phase 2: [Name]
                - [ ] Step 1
                - [ ] Step 2
                - [ ] Step 3

                ## Notes
            "#]],
        );
        check("# Plan: x\n\n- [ ] no id$0\n", expect!["nothing"]);
    }
}
