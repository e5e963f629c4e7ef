//! Adding IDs to tasks without one.

use std::collections::HashMap;

use plan_model::{Id, Item, ItemKind, Role, StateSourceKind};
use plan_schema::DocumentKind;

use super::{Action, Context};
use crate::{
    Edit, File, TextRange,
    editing::{blocks::is_heading, references::number_like},
};

/// Last segment of the action kind.
pub const KIND: &str = "add-ids";

/// Offers to add IDs to the tasks without one, on the title, on phase headings and for selections.
pub(super) fn add_ids(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let Some(within) = extent(file, context.range) else { return Vec::new() };
    let edits = id_edits(file, &within);
    if edits.is_empty() {
        return Vec::new();
    }
    let tasks =
        if edits.len() == 1 { "ID to task".to_owned() } else { format!("IDs to {} tasks", edits.len()) };
    vec![Action::new(format!("Add {tasks}"), KIND, edits).on_request()]
}

fn extent(file: &File, range: &TextRange) -> Option<TextRange> {
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

/// The style of a document's task IDs: the text around the number.
struct IdStyle {
    /// Existing ID whose style new IDs follow.
    example: String,
    before: String,
    after: String,
}

impl IdStyle {
    /// Returns the style of the document's first task that has an ID and a checkbox. Without such a task, returns the
    /// style of `1.1 Copy the data`.
    fn of(file: &File) -> Self {
        let document = file.document();
        let existing = file.plan().items().find_map(|item| {
            let has_checkbox = item.state_sources().any(|(kind, ..)| kind == StateSourceKind::Checkbox)
                && !is_heading(&item);
            let (id, title) = (item.id_range().filter(|_| has_checkbox)?, item.title_range());
            let line = item.line();
            let open = document.slice(line.start..id.start);
            let start = open.rfind("] ").map(|at| line.start + at + 2)?;
            // Emoji and tags of the example task are not part of the style.
            let before: String =
                document.slice(start..id.start).chars().filter(|c| matches!(c, '*' | '_' | '[')).collect();
            let after = document.slice(id.end..title.start.max(id.end));
            let after = after.split(" [").next().unwrap_or_default().to_owned();
            let after = if after.ends_with(' ') { after } else { format!("{after} ") };
            Some(Self { example: document.slice(id), before, after })
        });
        existing.unwrap_or(Self { example: "1.1".to_owned(), before: String::new(), after: " ".to_owned() })
    }

    fn format_id(&self, id: &Id) -> String {
        let at = self.example.rfind(' ').map_or(0, |at| at + 1);
        let number = number_like(&self.example[at..], id);
        format!("{}{}{number}{}", self.before, &self.example[..at], self.after)
    }
}

fn id_edits(file: &File, within: &TextRange) -> Vec<Edit> {
    let plan = file.plan();
    let style = IdStyle::of(file);
    let prefix: String = style
        .example
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_ascii_uppercase())
        .collect();
    // Last used number of each list.
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
    // `F1` and `C2` in a review are numbers of its remarks, and so would be new IDs of this form.
    let is_letter = prefix.len() == 1 && prefix != "T";
    let is_remark = |item: &Item<'_>| is_letter && item.is_numbered_remark();
    for item in plan.items().filter(|item| needs_id(file, item) && !is_remark(item)) {
        if !within.contains(&item.line().start) {
            continue;
        }
        let phase = item.phase();
        let id = if prefix.is_empty() {
            // A dotted number starts with the number of the enclosing phase.
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
        edits.push(Edit::insert(item.title_range().start, style.format_id(&id)));
    }
    edits
}

/// Returns whether an item is a task that needs an ID: it has a checkbox directly followed by the title, has no ID, and
/// is not a subtask.
fn needs_id(file: &File, item: &Item<'_>) -> bool {
    let plain = file.document().slice(item.line().start..item.title_range().start);
    item.kind() == ItemKind::Task
        && item.form() == StateSourceKind::Checkbox
        && item.role() == Role::Work
        && item.id().is_none()
        && item.malformed_checkbox().is_none()
        && !item.title_range().is_empty()
        && plain.ends_with("] ")
        && item.ancestors().next().is_none_or(|parent| parent.kind() == ItemKind::Phase)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::actions::testing::applied;

    #[test]
    fn new_ids_follow_the_existing_style() {
        expect![[r#"
            Add IDs to 2 tasks

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
            Add IDs to 2 tasks

            # Tasks: x

            ## Phase 1: a

            - [ ] 1.1 one
            - [ ] 1.2 two
        "#]]
        .assert_eq(&applied("# Tasks: x\n\n## Phase 1: a$0\n\n- [ ] one\n- [ ] two\n", KIND));
        expect![[r#"
            Add ID to task

            # Tasks: x

            ## Phase 1: a

            - [ ] T009 [P] one
            - [ ] T010 two
        "#]]
        .assert_eq(&applied("# Tasks: x$0\n\n## Phase 1: a\n\n- [ ] T009 [P] one\n- [ ] two\n", KIND));
    }
}
