//! Extracting selected text into a new task.

use plan_model::{Item, ItemKind};
use plan_schema::DocumentKind;

use super::{Action, Changes, Context, move_item::insert_changes};
use crate::{
    Edit, File, TextRange, Workspace,
    editing::{blocks::is_heading, draft::Draft},
};

/// Last segment of the action kind.
pub const KIND: &str = "extract-task";

/// Offers to extract a selection within one line of a task or its details.
pub(super) fn extract(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if file.kind() != DocumentKind::Plan || context.range.is_empty() {
        return Vec::new();
    }
    let Some((_, place)) = selected_text(file, context.range) else { return Vec::new() };
    let text = file.document().slice(place.clone());
    let shown: String = text.chars().take(40).collect();
    let dots = if shown.len() < text.len() { "…" } else { "" };
    vec![Action::lazy(format!("Extract `{shown}{dots}` into new task"), KIND, move |file, workspace| {
        extract_changes(file, workspace, &place).unwrap_or_default()
    })]
}

/// Returns the task that contains a selection, and the range of the selected text. The text must be on one line and
/// must not split inline markup.
fn selected_text<'a>(file: &'a File, range: &TextRange) -> Option<(Item<'a>, TextRange)> {
    let text = file.document().slice(range.clone());
    let trimmed = text.trim();
    let start = range.start + text.find(trimmed)?;
    let place = start..start + trimmed.len();
    let halves = ['*', '_', '`', '~', '[', ']', '(', ')', '|'];
    let whole =
        trimmed.chars().filter(|c| halves.contains(c)).count() % 2 == 0 && !trimmed.contains(['|', '[', ']']);
    if trimmed.chars().filter(|c| c.is_alphabetic()).count() < 3 || trimmed.contains('\n') || !whole {
        return None;
    }
    let ancestors = file.plan().items().filter(|item| {
        let range = item.range();
        item.kind() == ItemKind::Task
            && item.form().is_checkbox()
            && !is_heading(item)
            && range.start <= place.start
            && place.end <= range.end
    });
    let item = ancestors.last()?;
    let title = item.title_range();
    let in_title = title.start <= place.start && place.end <= title.end && place != title;
    let below = place.start >= item.line().end;
    (in_title || below).then_some((item, place))
}

fn extract_changes(file: &File, workspace: &Workspace<'_>, place: &TextRange) -> Option<Changes> {
    let (item, place) = selected_text(file, place)?;
    let index = item.index();
    let document = file.document();
    let text = document.slice(place.clone());
    let mut draft = Draft::new(file);
    draft.step(&[removal_edit(file, &item, &place)]);
    let before = draft.file().clone();
    // Extracting the text can change the task, but not its index among the items.
    let changes = insert_changes(&before, workspace, index, &capitalize(&text))?;
    draft.step(&changes.edits);
    Some(Changes { edits: draft.edits(), external: changes.external })
}

/// Returns the edit that removes the text, together with a preceding conjunction or comma. Removes the whole line if it
/// contains no other text.
fn removal_edit(file: &File, item: &Item<'_>, place: &TextRange) -> Edit {
    let document = file.document();
    let start = document.line_start(place.start);
    // Includes the newline; a slice past the end of the document is clamped.
    let line = document.slice(start..item.range().end.max(place.end) + 2);
    let line = line.split_inclusive('\n').next().unwrap_or_default();
    let (before, after) = (&line[..place.start - start], &line[place.end - start..]);
    let bullet = before.trim().trim_start_matches(['-', '*', '+']).is_empty();
    if bullet && after.trim().is_empty() && start > item.line().start {
        return Edit::replace(start..start + line.len(), "");
    }
    let trimmed = before.trim_end();
    let joined =
        [" and", " und", ",", ";", " &", " +"].into_iter().find_map(|word| trimmed.strip_suffix(word));
    let from = if after.trim().is_empty() || after.starts_with(['.', ',', ';']) {
        start + joined.unwrap_or(trimmed).trim_end_matches(',').trim_end().len()
    } else {
        place.start
    };
    let to = if from == place.start {
        place.end + after.len() - after.trim_start_matches(' ').len()
    } else {
        place.end
    };
    Edit::replace(from..to, "")
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::actions::testing::applied;

    #[test]
    fn from_a_title_and_from_a_detail() {
        expect![[r#"
            Extract `switch the readers` into new task

            # Plan: x

            ## Phase 1: a

            - [ ] **Task 1.1**: Copy the data
            - [ ] **Task 1.2**: Switch the readers
            - [ ] **Task 1.3**: Rest
              - Depends on: Task 1.1
        "#]].assert_eq(&applied(
            "# Plan: x\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: Copy the data and $0switch the readers$0\n- [ ] **Task 1.2**: Rest\n  - Depends on: Task 1.1\n",
            KIND,
        ));
        expect![[r#"
            Extract `tell the others` into new task

            # Plan: x

            - [ ] one
              - note
            - [ ] Tell the others
            - [ ] two
        "#]]
        .assert_eq(&applied("# Plan: x\n\n- [ ] one\n  - note\n  - $0tell the others$0\n- [ ] two\n", KIND));
        expect!["nothing"].assert_eq(&applied("# Plan: x\n\n- [ ] $0one$0\n", KIND));
    }
}
