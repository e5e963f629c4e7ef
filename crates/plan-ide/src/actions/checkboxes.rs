//! Adding and removing checkboxes, and the cycle from bullet to open task to done task.

use plan_syntax::BlockKind;

use super::{Action, Context, toggle_task::toggle_ranges};
use crate::{Edit, File, TextRange};

/// Last segment of the kind of the action that adds checkboxes.
pub const ADD: &str = "add-checkbox";
/// Last segment of the kind of the action that removes checkboxes.
pub const REMOVE: &str = "remove-checkbox";

/// A list item and its checkbox, if it has one.
struct ListMarker {
    /// Range of the whole item.
    range: TextRange,
    /// Offset after the list marker.
    after: usize,
    /// Range of the checkbox and the space after it.
    checkbox: Option<TextRange>,
    /// Offset of the start of the list that contains the item.
    list: usize,
}

/// Returns the list items of the segment at an offset, in document order.
fn bullets(file: &File, offset: usize) -> Vec<ListMarker> {
    let document = file.document();
    let Some((start, segment)) = document.segment_at(offset).filter(|(_, segment)| !segment.is_prologue())
    else {
        return Vec::new();
    };
    let content = document.content(start, segment);
    let blocks = &content.outline.blocks;
    let found = blocks.iter().filter_map(|block| {
        let BlockKind::Item { marker_end, checkbox } = &block.kind else { return None };
        let list = block.parent().map_or(0, |list| blocks[list as usize].span.start as usize);
        let checkbox = checkbox.as_ref().map(|checkbox| {
            let end = checkbox.span.end as usize;
            let space = usize::from(content.text[end..].starts_with(' '));
            start + checkbox.span.start as usize..start + end + space
        });
        Some(ListMarker {
            range: start + block.span.start as usize..start + block.span.end as usize,
            after: start + *marker_end as usize,
            checkbox,
            list: start + list,
        })
    });
    found.collect()
}

/// Returns the list items whose first line touches a selection, or the item on the line of a cursor. In a selection
/// over several segments, only the first and the last segment are searched.
fn touched_list_items(file: &File, range: &TextRange) -> Vec<ListMarker> {
    let document = file.document();
    let own_line = |bullet: &ListMarker| {
        let line_end = document.line_end(bullet.after).min(bullet.range.end);
        document.line_start(bullet.range.start) <= range.end && range.start <= line_end
    };
    let mut found: Vec<ListMarker> = bullets(file, range.start).into_iter().filter(own_line).collect();
    if range.end > range.start {
        let more = bullets(file, range.end).into_iter().filter(own_line);
        found.extend(more.collect::<Vec<_>>());
        found.sort_by_key(|bullet| bullet.range.start);
        found.dedup_by_key(|bullet| bullet.range.start);
    }
    found
}

fn add(bullets: &[&ListMarker], file: &File) -> Vec<Edit> {
    let plain = bullets.iter().filter(|bullet| bullet.checkbox.is_none());
    // A bullet without text is not a task, so it gets no checkbox.
    let plain = plain.filter(|bullet| file.document().slice(bullet.after..bullet.after + 1) == " ");
    plain.map(|bullet| Edit::insert(bullet.after, " [ ]")).collect()
}

fn remove(bullets: &[&ListMarker]) -> Vec<Edit> {
    bullets.iter().filter_map(|bullet| Some(Edit::replace(bullet.checkbox.clone()?, ""))).collect()
}

pub(super) fn checkboxes(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if !file.has_tasks() {
        return Vec::new();
    }
    let touched = touched_list_items(file, context.range);
    let Some(first) = touched.first() else { return Vec::new() };
    let all = bullets(file, context.range.start);
    let list: Vec<&ListMarker> = all.iter().filter(|bullet| bullet.list == first.list).collect();
    let own: Vec<&ListMarker> = touched.iter().collect();
    let mut actions = Vec::new();
    let mut offer = |title: String, kind, edits: Vec<Edit>| {
        if !edits.is_empty() {
            actions.push(Action::new(title, kind, edits).on_request());
        }
    };
    let (adds, removes) = (add(&own, file), remove(&own));
    let title = if adds.len() == 1 {
        "Add checkbox".to_owned()
    } else {
        format!("Add checkboxes to {} items", adds.len())
    };
    offer(title, ADD, adds);
    let title = match removes.len() {
        1 => "Remove checkbox".to_owned(),
        count => format!("Remove checkboxes from {count} items"),
    };
    offer(title, REMOVE, removes);
    if list.len() > own.len() {
        let (adds, removes) = (add(&list, file), remove(&list));
        let of = |count: usize| if count == 1 { "1 item".to_owned() } else { format!("{count} items") };
        offer(format!("Add checkboxes to list ({})", of(adds.len())), ADD, adds);
        offer(format!("Remove all checkboxes in list ({})", of(removes.len())), REMOVE, removes);
    }
    actions
}

/// Returns the edits that advance the list items in these ranges by one step (bullet, open task, done task, bullet),
/// and the number of items changed.
pub fn cycle_ranges(file: &File, ranges: &[TextRange]) -> (Vec<Edit>, usize) {
    if !file.has_tasks() {
        return (Vec::new(), 0);
    }
    let mut touched: Vec<ListMarker> =
        ranges.iter().flat_map(|range| touched_list_items(file, range)).collect();
    touched.sort_by_key(|bullet| bullet.range.start);
    touched.dedup_by_key(|bullet| bullet.range.start);
    let own: Vec<&ListMarker> = touched.iter().collect();
    let count = own.len();
    let document = file.document();
    let open = |bullet: &&&ListMarker| {
        bullet.checkbox.as_ref().is_some_and(|place| document.slice(place.clone()).starts_with("[ ]"))
    };
    let edits = if own.iter().any(|bullet| bullet.checkbox.is_none()) {
        add(&own, file)
    } else if own.iter().any(|bullet| open(&bullet)) {
        toggle_ranges(file, ranges, false).0
    } else {
        remove(&own)
    };
    let changed = if edits.is_empty() { 0 } else { count };
    (edits, changed)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use plan_syntax::Document;

    use super::*;
    use crate::actions::testing::{all, applied};

    #[test]
    fn adds_and_removes_checkboxes() {
        let plan = "# Plan: x\n\n- [x] a\n\n## List\n\n- one$0\n- two\n  - in it\n";
        expect![[r#"
            Add checkbox (add-checkbox), on request
            Add checkboxes to list (2 items) (add-checkbox), on request
        "#]]
        .assert_eq(&all(plan));
        expect![[r#"
            Add checkbox

            # Plan: x

            - [x] a

            ## List

            - [ ] one
            - two
              - in it
        "#]]
        .assert_eq(&applied(plan, ADD));
        expect![[r#"
            Remove checkboxes from 2 items

            # Plan: x

            - a
            - b
            - [ ] c
        "#]]
        .assert_eq(&applied("# Plan: x\n\n- [x]$0 a\n- [ ] b$0\n- [ ] c\n", REMOVE));
    }

    #[test]
    fn cycles_from_bullet_to_open_to_done() {
        let mut text = "# Plan: x\n\n- [ ] y\n\n## z\n\n1. one\n".to_owned();
        for next in ["1. [ ] one", "1. [x] one", "1. one"] {
            let file = File::new("plan.md", Document::new(&text));
            let offset = text.find("one").unwrap_or_default();
            let (edits, changed) = cycle_ranges(&file, std::slice::from_ref(&(offset..offset)));
            assert_eq!(changed, 1);
            let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
            text = plan_test::apply(&text, &edits);
            assert!(text.ends_with(&format!("{next}\n")), "{text}");
        }
    }
}
