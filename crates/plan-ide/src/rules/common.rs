//! Helpers for several rules.

use std::sync::Arc;

use plan_model::{Item, ItemKind, Meaning, Plan, Role, State, StateSourceKind, TextRange};

use super::{Rule, dates};
use crate::{Edit, File, Finding, Related, editing::states::Writer};

/// Maximum number of related locations listed in a finding; the rest are counted.
pub(crate) const MAX_RELATED: usize = 10;

impl Finding {
    /// Adds related locations, at most [`MAX_RELATED`].
    pub(crate) fn list<M: Into<Arc<str>>>(
        mut self,
        locations: impl IntoIterator<Item = (TextRange, M)>,
    ) -> Self {
        let mut locations = locations.into_iter();
        let listed = locations.by_ref().take(MAX_RELATED);
        self.related.extend(listed.map(|(range, message)| Related { range, message: message.into() }));
        if let (Some(last), more @ 1..) = (self.related.last_mut(), locations.count()) {
            last.message = format!("{} (and {more} more)", last.message).into();
        }
        self
    }
}

/// Returns whether an item is a remaining task: it is counted, not optional, and neither done, deferred nor
/// cancelled.
pub(super) fn is_remaining_task(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Task
        && item.role().counts()
        && !item.is_optional()
        && matches!(item.state(), Some(State::Open | State::Active | State::Blocked))
}

/// Done items with their open subtasks: indices of items, in document order. They depend only on states and nesting, so
/// they are cached with the structure of the plan.
pub(super) struct DoneWithOpenChildren(Vec<(usize, Vec<usize>)>);

impl DoneWithOpenChildren {
    fn of(plan: &Plan) -> Self {
        let done = plan.items().filter(|item| item.state() == Some(State::Done));
        let with_open = done.map(|item| (item.index(), open_tasks(&item).iter().map(Item::index).collect()));
        Self(with_open.filter(|(_, open): &(usize, Vec<usize>)| !open.is_empty()).collect())
    }

    /// Returns the done items of a kind, with their open subtasks.
    pub(super) fn all(plan: &Plan, kind: ItemKind) -> Vec<(Item<'_>, Vec<Item<'_>>)> {
        let found = plan.structure_memo(Self::of);
        let items = found.0.iter().filter_map(|(item, open)| Some((plan.item(*item)?, open)));
        let items = items.filter(|(item, _)| item.kind() == kind);
        items.map(|(item, open)| (item, open.iter().filter_map(|open| plan.item(*open)).collect())).collect()
    }
}

/// Returns the open tasks below an item, at any depth, in document order.
pub(super) fn open_tasks<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let mut found = Vec::new();
    let mut stack: Vec<Item<'a>> = item.children().collect();
    stack.reverse();
    while let Some(child) = stack.pop() {
        if is_remaining_task(&child) {
            found.push(child);
        }
        let mut children: Vec<Item<'a>> = child.children().collect();
        children.reverse();
        stack.extend(children);
    }
    found
}

/// Returns the edits that mark these tasks as done.
pub(super) fn completion_edits(file: &File, items: &[Item<'_>]) -> Vec<Edit> {
    let writer = Writer::new(file);
    items.iter().flat_map(|item| writer.set(item, State::Done)).collect()
}

/// Returns the range of the state source that gives an item this state, preferably a word or a field; otherwise the
/// range of its title.
pub(super) fn state_source_range(item: &Item<'_>, state: State) -> TextRange {
    let source = item
        .state_sources()
        .filter(|(_, range, stated)| *stated == Some(state) && !range.is_empty())
        .max_by_key(|(kind, ..)| matches!(kind, StateSourceKind::Word | StateSourceKind::Field));
    source.map_or_else(|| item.title_range(), |(_, range, _)| range)
}

/// Reports open tasks with an ID if neither the task nor one of its ancestors has the field.
pub(super) fn find_missing_field(
    rule: &'static Rule,
    file: &File,
    meaning: Meaning,
    noun: &str,
    findings: &mut Vec<Finding>,
) {
    let plan = file.plan();
    for task in plan.items().filter(|item| item.kind() == ItemKind::Task && item.role() == Role::Work) {
        let ancestors =
            std::iter::successors(Some(task), |item| item.parent().and_then(|parent| plan.item(parent)));
        let mut with_field = ancestors.filter(|item| item.field(meaning).is_some());
        let closed = matches!(task.state(), Some(State::Done | State::Cancelled));
        if task.id().is_some() && !closed && with_field.next().is_none() {
            let range = task.id_range().unwrap_or_else(|| task.title_range());
            findings.push(Finding::new(rule, range, format!("task `{}` has no {noun}", name(&task))));
        }
    }
}

/// Reports header dates of these meanings that are before today while the plan is not done. Messages start with `what`:
/// `plan expired`.
pub(super) fn find_past_dates(
    rule: &'static Rule,
    file: &File,
    meanings: &[Meaning],
    what: &str,
    findings: &mut Vec<Finding>,
) {
    let plan = file.plan();
    let Some(today) = dates::today(file) else { return };
    let state = plan.status().and_then(|status| plan.state_of(&status.value));
    if !matches!(state, Some(State::Open | State::Active | State::Blocked)) {
        return;
    }
    for found in dates::header_dates(plan).into_iter().filter(|found| meanings.contains(&found.meaning)) {
        let Some(date) = found.date.filter(|date| *date < today) else { continue };
        let days = date.until(today).map_or(0, |span| span.get_days());
        let ago = if days == 1 { "yesterday".to_owned() } else { format!("{days} days ago") };
        findings.push(Finding::new(rule, found.range, format!("{what} {ago}")));
    }
}

/// Returns `1 task` or `3 tasks`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Returns `1 task is` or `3 tasks are`.
pub(super) fn count_are(count: usize, noun: &str) -> String {
    format!("{} {}", plural(count, noun), if count == 1 { "is" } else { "are" })
}

/// Describes the state of a checkbox: `checked`, `unchecked`, `marked as active`.
pub(super) fn checkbox_word(state: State) -> String {
    match state {
        State::Done => "checked".to_owned(),
        State::Open => "unchecked".to_owned(),
        other => format!("marked as {}", other.name()),
    }
}

/// Returns the name of an item in messages: its ID, otherwise its title.
pub(super) fn name(item: &Item<'_>) -> String {
    match item.id() {
        Some(id) => id.to_string(),
        None => item.title(),
    }
}
