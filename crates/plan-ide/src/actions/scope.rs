//! The target of a cursor or selection: tasks on its lines, the task around it, or all tasks below a heading.

use std::collections::BTreeMap;

use plan_model::{Item, ItemKind, Section};

use crate::{File, TextRange};

/// Items that an action at a range applies to.
#[derive(Debug)]
pub(super) struct ActionTarget<'a> {
    /// The tasks, and the phase if the range is on its heading, in document order.
    pub(super) items: Vec<Item<'a>>,
    /// The heading at the range, if the action applies to all tasks below it.
    pub(super) heading: Option<Section<'a>>,
}

impl<'a> ActionTarget<'a> {
    /// Returns the tasks among the items.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(|item| item.kind() == ItemKind::Task)
    }
}

/// Returns the target of an action at a cursor or selection.
pub(super) fn target_at<'a>(file: &'a File, range: &TextRange) -> ActionTarget<'a> {
    let nothing = ActionTarget { items: Vec::new(), heading: None };
    if !file.has_tasks() {
        return nothing;
    }
    let plan = file.plan();
    let on_lines = plan.tasks_at(range);
    if !on_lines.is_empty() {
        return ActionTarget { items: on_lines, heading: None };
    }
    let heading = plan.sections().find(|section| {
        let heading = section.heading_range();
        heading.start <= range.start && range.end <= heading.end
    });
    if let Some(section) = heading {
        let all = section.range();
        let inside = plan.items().filter(|item| {
            let start = item.line().start;
            let own = section.item().is_some_and(|own| own.index() == item.index());
            all.contains(&start) && (item.kind() == ItemKind::Task || own)
        });
        return ActionTarget { items: inside.collect(), heading: Some(section) };
    }
    // On a detail line below a task, the target is the innermost task around it.
    let ancestors = plan.items().filter(|item| {
        item.kind() == ItemKind::Task && {
            let whole = item.range();
            whole.start <= range.start && range.end <= whole.end
        }
    });
    ActionTarget { items: ancestors.last().into_iter().collect(), heading: None }
}

/// Returns the items that any of the ranges targets, in document order and without duplicates; with `children` also
/// their descendants.
pub fn tasks_in<'a>(file: &'a File, ranges: &[TextRange], children: bool) -> Vec<Item<'a>> {
    let mut found: Vec<Item<'_>> = ranges.iter().flat_map(|range| target_at(file, range).items).collect();
    if children {
        found.sort_by_key(Item::index);
        let mut inside: BTreeMap<usize, Item<'_>> = BTreeMap::new();
        for item in &found {
            // The descendants of an item in `inside` are in `inside` already.
            if !inside.contains_key(&item.index()) {
                inside.extend(descendants(item).into_iter().map(|item| (item.index(), item)));
            }
        }
        found.extend(inside.into_values());
    }
    found.sort_by_key(Item::index);
    found.dedup_by_key(|item| item.index());
    found
}

/// Returns the descendants of an item, in document order.
pub(super) fn descendants<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let mut found = Vec::new();
    let mut open = vec![item.children()];
    while let Some(children) = open.last_mut() {
        match children.next() {
            Some(child) => {
                found.push(child);
                open.push(child.children());
            }
            None => drop(open.pop()),
        }
    }
    found
}
