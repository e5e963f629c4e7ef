//! A task with everything that is needed to work on it.

use foldhash::{HashMap, HashMapExt};
use plan_model::{Id, Item, ItemKind, Plan, Relation, State};

use super::state;
use crate::{File, next::owner};

/// A task or phase with its owner, files, requirements and dependencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskDetails {
    /// Normalized ID. If other items have the same ID, the ID of the phase precedes it: `phase 2/3`.
    pub id: Option<String>,
    /// Title without ID and markup.
    pub title: String,
    /// First line, 0-based.
    pub line: usize,
    /// Whether the item is a phase.
    pub is_phase: bool,
    /// State; open if the task states no state.
    pub state: State,
    /// Owner of the task, otherwise of its nearest ancestor with an owner.
    pub owner: Option<String>,
    /// Paths in backticks in the task, without those of its subtasks.
    pub files: Vec<String>,
    /// Requirements that the task refers to, as written.
    pub requirements: Vec<String>,
    /// IDs of the items that the task or an item that contains it depends on. The title represents an item without an
    /// ID.
    pub depends_on: Vec<String>,
    /// The elements of `depends_on` that are not finished.
    pub open_dependencies: Vec<String>,
    /// Text of the task with its details, without its subtasks.
    pub text: String,
}

/// Number of items by ID.
#[derive(Debug)]
struct IdCounts(HashMap<Id, usize>);

impl IdCounts {
    fn of(plan: &Plan) -> Self {
        let mut counts = HashMap::new();
        for id in plan.items().filter_map(|item| item.id()) {
            *counts.entry(id.clone()).or_default() += 1;
        }
        Self(counts)
    }
}

/// Returns the ID of an item, preceded by the ID of its phase, otherwise of its parent task, if other items have the same
/// ID. `None` if the item has no ID.
fn unique_id(file: &File, item: &Item<'_>) -> Option<String> {
    let id = item.id()?;
    let is_unique = file.plan().structure_memo(IdCounts::of).0.get(id).is_none_or(|count| *count < 2);
    if is_unique {
        return Some(id.to_string());
    }
    let phase = item.phase().and_then(|phase| phase.id());
    let parent = phase.or_else(|| item.ancestors().find_map(|parent| parent.id()));
    Some(parent.map_or_else(|| id.to_string(), |parent| format!("{parent}/{id}")))
}

/// Returns the details of an item; `None` if the plan has no such item.
pub fn task_details(file: &File, item: usize) -> Option<TaskDetails> {
    let plan = file.plan();
    let item = plan.item(item)?;
    let document = file.document();
    let own: Vec<Item<'_>> = std::iter::once(item).chain(item.ancestors()).collect();
    let owner = owner(&item);
    let first_child = item.children().map(|child| document.line_start(child.line().start)).min();
    let range = item.range().start..first_child.unwrap_or(item.range().end).max(item.range().start);
    let mut files = Vec::new();
    for path in plan.code_paths_in(&range) {
        let is_inside = range.start <= path.range.start && path.range.end <= range.end;
        if is_inside && !files.contains(&path.path) {
            files.push(path.path);
        }
    }
    let mut requirements = Vec::new();
    if let Some(facts) = file.family_facts() {
        let start = item.title_range().start;
        let task = facts.tasks.iter().position(|task| task.span.start as usize == start);
        let task = task.map(|task| task as u32);
        for reference in &facts.references {
            let is_own = task.is_some_and(|task| reference.tasks.contains(&task)) && reference.is_certain();
            let text = reference.text.trim().to_owned();
            if is_own && !requirements.contains(&text) {
                requirements.push(text);
            }
        }
    }
    let name = |index: usize| {
        let item = plan.item(index)?;
        Some(item.id().map_or_else(|| item.title(), ToString::to_string))
    };
    let mut depends_on = Vec::new();
    let mut open_dependencies = Vec::new();
    let own: Vec<usize> = own.iter().map(Item::index).collect();
    for dependency in plan.dependencies() {
        let targets: Vec<usize> = match (dependency.relation, dependency.dependent) {
            (Relation::DependsOn, Some(dependent)) if own.contains(&dependent) => {
                dependency.items().collect()
            }
            (Relation::Blocks, Some(dependent)) if dependency.items().any(|target| own.contains(&target)) => {
                vec![dependent]
            }
            _ => continue,
        };
        for target in targets.into_iter().filter(|target| !own.contains(target)) {
            if let Some(name) = name(target).filter(|name| !depends_on.contains(name)) {
                depends_on.push(name);
            }
        }
    }
    for index in own.iter().filter_map(|index| file.open_dependencies().get(index)).flatten() {
        if let Some(name) = name(*index).filter(|name| !open_dependencies.contains(name)) {
            open_dependencies.push(name);
        }
    }
    Some(TaskDetails {
        id: unique_id(file, &item),
        title: item.title(),
        line: document.rope().byte_to_line(item.line().start),
        is_phase: item.kind() == ItemKind::Phase,
        state: state(&item).unwrap_or(State::Open),
        owner,
        files,
        requirements,
        depends_on,
        open_dependencies,
        text: document.slice(range).trim_end().to_owned(),
    })
}
