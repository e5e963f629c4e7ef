//! What a cursor or selection means: the tasks of its lines, the one around it, all below a heading.

use std::collections::BTreeMap;

use plan_model::{Item, ItemKind, Section};
use plan_schema::Kind;

use crate::{File, Place};

/// What a place means.
#[derive(Debug)]
pub(super) struct Meant<'a> {
    /// The tasks, and the phase where its heading is meant, in document order.
    pub(super) items: Vec<Item<'a>>,
    /// The heading that stands for all below it.
    pub(super) heading: Option<Section<'a>>,
}

impl<'a> Meant<'a> {
    /// The tasks among the items.
    pub(super) fn tasks(&self) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(|item| item.kind() == ItemKind::Task)
    }
}

/// Whether there is anything to do for us in a file.
pub(crate) fn is_ours(file: &File) -> bool {
    matches!(file.kind(), Kind::Plan | Kind::Checklist)
}

/// What a cursor or selection means.
pub(super) fn meant<'a>(file: &'a File, range: &Place) -> Meant<'a> {
    let nothing = Meant { items: Vec::new(), heading: None };
    if !is_ours(file) {
        return nothing;
    }
    let plan = file.plan();
    let on_lines = plan.tasks_at(range);
    if !on_lines.is_empty() {
        return Meant { items: on_lines, heading: None };
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
        return Meant { items: inside.collect(), heading: Some(section) };
    }
    // A detail line under a task: the innermost task around it.
    let around = plan.items().filter(|item| {
        item.kind() == ItemKind::Task && {
            let whole = item.range();
            whole.start <= range.start && range.end <= whole.end
        }
    });
    Meant { items: around.last().into_iter().collect(), heading: None }
}

/// The tasks that ranges mean together, each once; with `children` also all below them.
pub fn tasks_in<'a>(file: &'a File, ranges: &[Place], children: bool) -> Vec<Item<'a>> {
    let mut found: Vec<Item<'_>> = ranges.iter().flat_map(|range| meant(file, range).items).collect();
    if children {
        found.sort_by_key(Item::index);
        let mut inside: BTreeMap<usize, Item<'_>> = BTreeMap::new();
        for item in &found {
            // The tasks in one that is in another were found with those of the other.
            if !inside.contains_key(&item.index()) {
                inside.extend(below(item).into_iter().map(|item| (item.index(), item)));
            }
        }
        found.extend(inside.into_values());
    }
    found.sort_by_key(Item::index);
    found.dedup_by_key(|item| item.index());
    found
}

/// Returns the tasks in an item, at any depth and in order.
pub(super) fn below<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
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
