//! Numbers for tasks that have none.

use std::collections::HashMap;

use plan_model::{CarrierKind, Id, Item, ItemKind, Role};
use plan_schema::Kind;

use super::{Action, Context};
use crate::{
    Edit, File, Place,
    editing::{blocks::is_heading, references::number_like},
};

/// The end of the kind.
pub const KIND: &str = "add-ids";

/// Offered on the title, on headings of phases and on selections: numbers for the tasks there that have none.
pub(super) fn add_ids(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if file.kind() != Kind::Plan {
        return Vec::new();
    }
    let Some(within) = extent(file, context.range) else { return Vec::new() };
    let edits = numbered(file, &within);
    if edits.is_empty() {
        return Vec::new();
    }
    let tasks = if edits.len() == 1 { "the task".to_owned() } else { format!("the {} tasks", edits.len()) };
    vec![Action::new(format!("Number {tasks} without a number"), KIND, edits).asked()]
}

fn extent(file: &File, range: &Place) -> Option<Place> {
    if !range.is_empty() {
        return Some(range.clone());
    }
    let section = file.plan().sections().find(|section| {
        let heading = section.heading_range();
        heading.start <= range.start && range.end <= heading.end
    })?;
    let is_phase = section.item().is_some_and(|item| item.kind() == ItemKind::Phase);
    (section.level() == 1 || is_phase).then(|| section.range())
}

/// How the tasks of a document are numbered: the text around a number.
struct Style {
    /// An id that others are written like.
    like: String,
    before: String,
    after: String,
}

impl Style {
    /// As the first numbered task of the document is; else plainly: `1.1 Copy the data`.
    fn of(file: &File) -> Self {
        let document = file.document();
        let numbered = file.plan().items().find_map(|item| {
            let boxed = item.carriers().any(|(kind, ..)| kind == CarrierKind::Box) && !is_heading(&item);
            let (id, title) = (item.id_range().filter(|_| boxed)?, item.title_range());
            let line = item.line();
            let open = document.slice(line.start..id.start);
            let start = open.rfind("] ").map(|at| line.start + at + 2)?;
            // Emoji and tags belong to their task.
            let before: String =
                document.slice(start..id.start).chars().filter(|c| matches!(c, '*' | '_' | '[')).collect();
            let after = document.slice(id.end..title.start.max(id.end));
            let after = after.split(" [").next().unwrap_or_default().to_owned();
            let after = if after.ends_with(' ') { after } else { format!("{after} ") };
            Some(Self { like: document.slice(id), before, after })
        });
        numbered.unwrap_or(Self { like: "1.1".to_owned(), before: String::new(), after: " ".to_owned() })
    }

    fn written(&self, id: &Id) -> String {
        let at = self.like.rfind(' ').map_or(0, |at| at + 1);
        let number = number_like(&self.like[at..], id);
        format!("{}{}{number}{}", self.before, &self.like[..at], self.after)
    }
}

fn numbered(file: &File, within: &Place) -> Vec<Edit> {
    let plan = file.plan();
    let style = Style::of(file);
    let prefix: String = style
        .like
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_ascii_uppercase())
        .collect();
    // The last number of each list.
    let mut last: HashMap<Option<usize>, u32> = HashMap::new();
    for item in plan.items() {
        let list = if prefix.is_empty() { item.phase().map(|phase| phase.index()) } else { None };
        let number = item
            .id()
            .filter(|_| item.kind() == ItemKind::Task)
            .and_then(|id| id.as_str().rsplit(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok());
        let known = last.entry(list).or_default();
        *known = (*known).max(number.unwrap_or_default());
    }
    let mut edits = Vec::new();
    for item in plan.items().filter(|item| wants_number(item)) {
        if !within.contains(&item.line().start) {
            continue;
        }
        let phase = item.phase();
        let id = if prefix.is_empty() {
            // A number without a phase around it means something only there.
            let number =
                phase.and_then(|phase| phase.id()?.phase_parts().map(|(_, number)| number.to_owned()));
            let Some(number) = number.filter(|number| number.bytes().all(|c| c.is_ascii_digit())) else {
                continue;
            };
            let count = last.entry(phase.map(|phase| phase.index())).or_default();
            *count += 1;
            Id::task(&format!("{number}.{count}"))
        } else {
            let count = last.entry(None).or_default();
            *count += 1;
            Id::task(&format!("{prefix}{count:03}"))
        };
        edits.push(Edit::insert(item.title_range().start, style.written(&id)));
    }
    edits
}

/// Whether a task stands directly in a phase or a list of tasks, has a box and no number, and begins with its name.
fn wants_number(item: &Item<'_>) -> bool {
    let plain = item.plan().document().slice(item.line().start..item.title_range().start);
    item.kind() == ItemKind::Task
        && item.form() == CarrierKind::Box
        && item.role() == Role::Work
        && item.id().is_none()
        && item.loose_box().is_none()
        && !item.title_range().is_empty()
        && plain.ends_with("] ")
        && item
            .parent()
            .and_then(|parent| item.plan().item(parent))
            .is_none_or(|parent| parent.kind() == ItemKind::Phase)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::actions::testing::applied;

    #[test]
    fn like_the_others() {
        expect![[r#"
            Number the 2 tasks without a number

            # Plan: x

            ## Phase 1: a

            - [ ] **Task 1.1**: one
            - [x] **Task 1.2**: two

            ## Phase 2: b

            - [ ] **Task 2.1**: three
              - [ ] part of it
        "#]].assert_eq(&applied(
            "# Plan: x$0\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: one\n- [x] two\n\n## Phase 2: b\n\n- [ ] three\n  - [ ] part of it\n",
            KIND,
        ));
        expect![[r#"
            Number the 2 tasks without a number

            # Tasks: x

            ## Phase 1: a

            - [ ] 1.1 one
            - [ ] 1.2 two
        "#]]
        .assert_eq(&applied("# Tasks: x\n\n## Phase 1: a$0\n\n- [ ] one\n- [ ] two\n", KIND));
        expect![[r#"
            Number the task without a number

            # Tasks: x

            ## Phase 1: a

            - [ ] T009 [P] one
            - [ ] T010 two
        "#]]
        .assert_eq(&applied("# Tasks: x$0\n\n## Phase 1: a\n\n- [ ] T009 [P] one\n- [ ] two\n", KIND));
    }
}
