//! Boxes for plain bullets and back, and the way from a bullet over an open task to a done one.

use plan_syntax::BlockKind;

use super::{Action, Context, scope::is_ours, toggle_task::toggle_ranges};
use crate::{Edit, File, Place};

/// The end of the kind of the action that adds boxes.
pub const ADD: &str = "add-box";
/// The end of the kind of the action that takes them away.
pub const REMOVE: &str = "remove-box";

/// A list item: where it stands, and its box.
struct Bullet {
    /// All of it.
    range: Place,
    /// Byte after its marker.
    after: usize,
    /// Its box with the blank behind it.
    boxed: Option<Place>,
    /// The list it belongs to, by the byte at which that starts.
    list: usize,
}

/// The list items of the segment around a place, in document order.
fn bullets(file: &File, at: usize) -> Vec<Bullet> {
    let document = file.document();
    let Some((start, segment)) = document.segment_at(at).filter(|(_, segment)| !segment.is_prologue()) else {
        return Vec::new();
    };
    let content = document.content(start, segment);
    let blocks = &content.outline.blocks;
    let found = blocks.iter().filter_map(|block| {
        let BlockKind::Item { marker_end, task } = &block.kind else { return None };
        let list = block.parent().map_or(0, |list| blocks[list as usize].span.start as usize);
        let boxed = task.as_ref().map(|task| {
            let end = task.span.end as usize;
            let blank = usize::from(content.text[end..].starts_with(' '));
            start + task.span.start as usize..start + end + blank
        });
        Some(Bullet {
            range: start + block.span.start as usize..start + block.span.end as usize,
            after: start + *marker_end as usize,
            boxed,
            list: start + list,
        })
    });
    found.collect()
}

/// The items whose first lines a selection touches; of a cursor the item on its line.
fn touched(file: &File, range: &Place) -> Vec<Bullet> {
    let document = file.document();
    let own_line = |bullet: &Bullet| {
        let line_end = document.line_end(bullet.after).min(bullet.range.end);
        document.line_start(bullet.range.start) <= range.end && range.start <= line_end
    };
    let mut found: Vec<Bullet> = bullets(file, range.start).into_iter().filter(own_line).collect();
    if range.end > range.start {
        let more = bullets(file, range.end).into_iter().filter(own_line);
        found.extend(more.collect::<Vec<_>>());
        found.sort_by_key(|bullet| bullet.range.start);
        found.dedup_by_key(|bullet| bullet.range.start);
    }
    found
}

fn add(bullets: &[&Bullet], file: &File) -> Vec<Edit> {
    let plain = bullets.iter().filter(|bullet| bullet.boxed.is_none());
    // An empty bullet has nothing to do.
    let plain = plain.filter(|bullet| file.document().slice(bullet.after..bullet.after + 1) == " ");
    plain.map(|bullet| Edit::insert(bullet.after, " [ ]")).collect()
}

fn remove(bullets: &[&Bullet]) -> Vec<Edit> {
    bullets.iter().filter_map(|bullet| Some(Edit::replace(bullet.boxed.clone()?, ""))).collect()
}

pub(super) fn boxes(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if !is_ours(file) {
        return Vec::new();
    }
    let touched = touched(file, context.range);
    let Some(first) = touched.first() else { return Vec::new() };
    let all = bullets(file, context.range.start);
    let list: Vec<&Bullet> = all.iter().filter(|bullet| bullet.list == first.list).collect();
    let own: Vec<&Bullet> = touched.iter().collect();
    let mut actions = Vec::new();
    let mut offer = |title: String, kind, edits: Vec<Edit>| {
        if !edits.is_empty() {
            actions.push(Action::new(title, kind, edits).asked());
        }
    };
    let items = |count: usize| if count == 1 { "the item".to_owned() } else { format!("{count} items") };
    let (adds, removes) = (add(&own, file), remove(&own));
    offer(format!("Make {} a task", items(adds.len())).replace("items a task", "items tasks"), ADD, adds);
    offer(format!("Take the box from {}", items(removes.len())), REMOVE, removes);
    if list.len() > own.len() {
        let (adds, removes) = (add(&list, file), remove(&list));
        let of = |count: usize| if count == 1 { "1 item".to_owned() } else { format!("{count} items") };
        offer(format!("Make all of the list tasks ({})", of(adds.len())), ADD, adds);
        offer(format!("Take the boxes from all of the list ({})", of(removes.len())), REMOVE, removes);
    }
    actions
}

/// The edits that take the list items in these ranges one step further, and how many of them: a bullet gets a box, an
/// open task is done, a done one is a bullet again.
pub fn cycle_ranges(file: &File, ranges: &[Place]) -> (Vec<Edit>, usize) {
    if !is_ours(file) {
        return (Vec::new(), 0);
    }
    let mut touched: Vec<Bullet> = ranges.iter().flat_map(|range| touched(file, range)).collect();
    touched.sort_by_key(|bullet| bullet.range.start);
    touched.dedup_by_key(|bullet| bullet.range.start);
    let own: Vec<&Bullet> = touched.iter().collect();
    let count = own.len();
    let document = file.document();
    let open = |bullet: &&&Bullet| {
        bullet.boxed.as_ref().is_some_and(|place| document.slice(place.clone()).starts_with("[ ]"))
    };
    let edits = if own.iter().any(|bullet| bullet.boxed.is_none()) {
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
    fn bullets_and_tasks() {
        let plan = "# Plan: x\n\n- [x] a\n\n## List\n\n- one$0\n- two\n  - in it\n";
        expect![[r#"
            Make the item a task (add-box), when asked
            Make all of the list tasks (2 items) (add-box), when asked
        "#]]
        .assert_eq(&all(plan));
        expect![[r#"
            Make the item a task

            # Plan: x

            - [x] a

            ## List

            - [ ] one
            - two
              - in it
        "#]]
        .assert_eq(&applied(plan, ADD));
        expect![[r#"
            Take the box from 2 items

            # Plan: x

            - a
            - b
            - [ ] c
        "#]]
        .assert_eq(&applied("# Plan: x\n\n- [x]$0 a\n- [ ] b$0\n- [ ] c\n", REMOVE));
    }

    #[test]
    fn a_cycle() {
        let mut text = "# Plan: x\n\n- [ ] y\n\n## z\n\n1. one\n".to_owned();
        for next in ["1. [ ] one", "1. [x] one", "1. one"] {
            let file = File::new("plan.md", Document::new(&text));
            let at = text.find("one").unwrap_or_default();
            let (edits, changed) = cycle_ranges(&file, std::slice::from_ref(&(at..at)));
            assert_eq!(changed, 1);
            let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
            text = plan_test::apply(&text, &edits);
            assert!(text.ends_with(&format!("{next}\n")), "{text}");
        }
    }
}
