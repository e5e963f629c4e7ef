//! Helpers for several rules.

use std::sync::Arc;

use foldhash::HashSet;
use plan_model::{Id, Item, ItemKind, Meaning, Plan, Role, State, StateSourceKind, TextRange};

use super::{Rule, dates};
use crate::{Edit, File, Finding, RelatedRange, editing::states::Writer};

/// Maximum number of related ranges listed in a finding; the rest are counted.
pub(crate) const MAX_RELATED: usize = 10;

impl Finding {
    /// Adds related ranges, at most [`MAX_RELATED`]. The message of the last range states the number of omitted ranges.
    pub(crate) fn list<M: Into<Arc<str>>>(
        mut self,
        locations: impl IntoIterator<Item = (TextRange, M)>,
    ) -> Self {
        let mut locations = locations.into_iter();
        let listed = locations.by_ref().take(MAX_RELATED);
        self.related.extend(listed.map(|(range, message)| RelatedRange { range, message: message.into() }));
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

/// Returns whether open tasks are certain evidence against a done status: the plan has checked tasks, and the text of
/// at least one open task gives no reason for its state. Criteria are considered only if others in the same list are
/// checked.
pub(super) fn is_certain_evidence(file: &File, open: &[Item<'_>]) -> bool {
    let plan = file.plan();
    if plan.progress().done == 0 {
        return false;
    }
    let list_of = |item: &Item<'_>| (item.parent(), item.section().map(|section| section.index()));
    let candidates: Vec<&Item<'_>> = open.iter().filter(|item| !has_reason(file, item)).collect();
    if candidates.iter().any(|item| item.role() != Role::Criterion) {
        return true;
    }
    let lists: HashSet<_> = candidates.into_iter().map(list_of).collect();
    !lists.is_empty()
        && plan.items().any(|item| {
            item.role() == Role::Criterion
                && item.state() == Some(State::Done)
                && lists.contains(&list_of(&item))
        })
}

/// Returns whether a plan is a story, according to its title: `Story 1.6: Sign in`.
pub(super) fn is_story(file: &File) -> bool {
    file.plan().title().is_some_and(|title| title.to_lowercase().starts_with("story"))
}

/// Returns whether a document is a study, such as `Indexing Performance Analysis`: its status is that of the
/// study, and its tasks are what it recommends. A document with named phases, or with `plan` in its title, is a plan of work.
pub(super) fn is_study(file: &File) -> bool {
    const STUDY_WORDS: [&str; 7] =
        ["research", "analysis", "assessment", "audit", "investigation", "evaluation", "report"];
    let title = file.plan().title().unwrap_or_default().to_lowercase();
    let words: Vec<&str> =
        title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let names_study =
        [words.first(), words.last()].into_iter().flatten().any(|word| STUDY_WORDS.contains(word));
    // The numbered sections of a report are no phases of work: `3. Coverage of sources`.
    let is_worded = |item: Item<'_>| item.kind() == ItemKind::Phase && !item.id().is_some_and(Id::is_plain);
    names_study && !words.contains(&"plan") && !file.plan().items().any(is_worded)
}

/// Maximum length in bytes of an open task whose whole text is searched for a reason. Only the first line of a longer
/// task is searched.
const MAX_REASON_BYTES: usize = 600;

/// Words that give a reason for an open task in finished work: the task is done elsewhere, or only under a condition.
const REASONS: [&str; 30] = [
    "as needed",
    "cancelled",
    "canceled",
    "deferred",
    "follow-up",
    "future pr",
    "future work",
    "if any",
    "if applicable",
    "if desired",
    "if necessary",
    "if needed",
    "if required",
    "moved to",
    "n/a",
    "nice to have",
    "no longer",
    "not applicable",
    "not needed",
    "not required",
    "obsolete",
    "optional",
    "out of scope",
    "postponed",
    "skipped",
    "superseded",
    "tracked in",
    "when applicable",
    "where applicable",
    "won't",
];

/// Labels of work that does not belong to the plan, at the start of a task.
const FOLLOW_UP_LABELS: [&str; 8] =
    ["future", "later", "stretch", "stretch goal", "bonus", "follow-up", "next", "backlog"];

/// Participles in conditions on changes: `Types are checked when TypeScript is touched`.
const CHANGE_PARTICIPLES: [&str; 4] = ["touched", "changed", "modified", "affected"];

/// Returns whether the text of an open task gives a reason for its state, or names a step after the work: a merge, an
/// archive.
fn has_reason(file: &File, item: &Item<'_>) -> bool {
    let mut range = item.range();
    if let Some(child) = item.children().next() {
        range.end = range.end.min(child.range().start).max(range.start);
    }
    if range.len() > MAX_REASON_BYTES {
        range.end = item.line().end.max(range.start);
    }
    let text = file.document().slice(range).to_lowercase();
    let words = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_conditional = || {
        let mut condition = words().skip_while(|word| !matches!(*word, "when" | "if"));
        condition.next().is_some() && condition.any(|word| CHANGE_PARTICIPLES.contains(&word))
    };
    let is_after_work = || {
        let title = item.title().to_lowercase();
        ["merge", "pull request", "pr created", "create pr", "open pr", "archive"]
            .iter()
            .any(|start| title.starts_with(start))
    };
    // `**Future**: dark mode`, `(Stretch) dark mode`
    let has_label = || {
        let title = item.title().to_lowercase();
        let title = title.trim_start_matches(|c: char| !c.is_alphanumeric());
        FOLLOW_UP_LABELS.iter().any(|label| {
            title
                .strip_prefix(label)
                .is_some_and(|rest| rest.trim_start_matches(['*', '_']).starts_with([':', ')', ']']))
        })
    };
    REASONS.iter().any(|reason| text.contains(reason))
        || plan_model::names_reason(&text)
        || is_after_work()
        || is_conditional()
        || has_label()
}

/// Maximum number of characters of a status in messages.
const MAX_STATUS_CHARS: usize = 60;

/// Returns a status for messages: on one line, without code marks, and shortened if it is long.
pub(super) fn shown_status(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    let value = words.join(" ").replace('`', "");
    match value.char_indices().nth(MAX_STATUS_CHARS) {
        None => value,
        Some((end, _)) => {
            let start = value[..end].rsplit_once(' ').map_or(&value[..end], |(start, _)| start);
            format!("{} ...", start.trim_end_matches([',', ';', '.']))
        }
    }
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

    /// Returns the done items of this kind, with their open subtasks.
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
        let closed = matches!(task.state(), Some(State::Done | State::Cancelled));
        if task.id().is_some() && !closed && task.inherited_field(meaning).is_none() {
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

/// Returns words in lower case written like `model`: in capitals, with a capital letter at the start of each or of the
/// first word, and with its hyphens or underscores between the words.
pub(super) fn with_case_of(model: &str, words: &str) -> String {
    let separator = model.chars().find(|c| matches!(c, '-' | '_')).unwrap_or(' ');
    let is_title = model.split([' ', '-', '_']).all(|word| word.starts_with(char::is_uppercase));
    let words = words.split(' ').enumerate().map(|(number, word)| {
        let mut letters = word.chars();
        match letters.next() {
            _ if model.chars().all(|c| !c.is_lowercase()) => word.to_uppercase(),
            Some(first) if is_title || number == 0 && model.starts_with(char::is_uppercase) => {
                first.to_uppercase().chain(letters).collect()
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(&separator.to_string())
}
