//! Requirements in the editor: hovers, definitions, references, lenses and completion across the documents of a set.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use plan_model::{Progress, State};
use plan_schema::family::{CoveredBy, DocumentRole, Requirement, RequirementReference};

use super::{
    Coverage, CoverageState, DocumentSet, SetPosition,
    at_offset::{AtOffset, at_offset, end_at},
    deltas,
    foreign::RequirementScope,
};
use crate::{
    File, TextRange, Workspace,
    hover::Hover,
    lens::{Lens, LensAction},
    navigation::{NameUses, NavigationTarget},
};

/// Maximum number of tasks and criteria in a hover.
const MAX_LISTED: usize = 12;

/// Returns the hover over a requirement or a reference: its text, criteria, tasks and their states.
pub fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let found = at_offset(file, offset)?;
    let set = DocumentSet::of_target(file, workspace.index, &found)?;
    let range = found.range();
    let families = &file.environment().families;
    let is_own = file.family_facts()?.set.as_deref().is_none_or(|own| own == set.name);
    let describe = |set: &DocumentSet, place: SetPosition| {
        let path = if is_own { set.file_name(place.document) } else { set.relative_path(place.document) };
        describe(set, place, path) + &deltas::hover_text(set, place, workspace.index)
    };
    let text = match &found {
        AtOffset::Requirement(index, _) => {
            let place = SetPosition { document: set.document(file.path())?, index: *index };
            describe(&set, place)
        }
        AtOffset::Reference(reference) if reference.all => {
            let coverage = Coverage::of(&set);
            match coverage.counted_requirements().1 {
                1 => "The only requirement of this set".to_owned(),
                count => format!("All {count} requirements of this set"),
            }
        }
        AtOffset::Reference(reference) => match &reference.keys[..] {
            [key] => {
                let place = set.find(key)?;
                let set = set.covering(place, workspace, families);
                describe(&set, set.find(key)?)
            }
            keys => {
                let coverage = Coverage::of(&set);
                let lines = keys.iter().take(MAX_LISTED).map(|key| match set.find(key) {
                    Some(place) => one_line(&set, &coverage, place),
                    None => format!("- unknown requirement `{key}`"),
                });
                let mut text = lines.collect::<Vec<_>>().join("\n");
                if keys.len() > MAX_LISTED {
                    text.push_str(&format!("\n- and {} more", keys.len() - MAX_LISTED));
                }
                text
            }
        },
    };
    Some(Hover { text, range })
}

/// Returns the kind of a requirement in words: `functional requirement`, `scenario`.
fn kind_name(set: &DocumentSet, requirement: &Requirement) -> String {
    let name = &*set.family.kinds[usize::from(requirement.kind)].name;
    match name {
        "functional" | "non-functional" => format!("{name} requirement"),
        "story" => "user story".to_owned(),
        "prefixed" | "numbered" => "requirement".to_owned(),
        _ => name.to_owned(),
    }
}

/// Returns the text of a hover over a requirement. `path` is the path of its document, as shown.
fn describe(set: &DocumentSet, place: SetPosition, path: &str) -> String {
    let requirement = set.requirement(place);
    let coverage = Coverage::of(set);
    let mut text = format!(
        "**{}** · {} · {}:{}",
        requirement.id,
        kind_name(set, requirement),
        path,
        requirement.line + 1
    );
    if let Some(priority) = &requirement.priority {
        text.push_str(&format!(" · {priority}"));
    }
    if requirement.exempt {
        text.push_str(" · deferred");
    }
    let is_name = requirement.title == requirement.id;
    for part in [&requirement.title, &requirement.text] {
        if !part.is_empty() && (!is_name || part != &requirement.title) {
            text.push_str(&format!("\n\n{part}"));
        }
    }
    let children: Vec<SetPosition> = set.children(place).collect();
    for (number, child) in children.iter().enumerate() {
        if number == MAX_LISTED {
            text.push_str(&format!("\n- and {} more", children.len() - MAX_LISTED));
            break;
        }
        text.push_str(if number == 0 { "\n\n" } else { "\n" });
        text.push_str(&one_line(set, &coverage, *child));
    }
    let Some(covered) = coverage.get(place) else { return text };
    if covered.tasks.is_empty() {
        if set.family.kinds[usize::from(requirement.kind)].covered_by != CoveredBy::None {
            text.push_str("\n\nNot referenced by any task");
        }
        return text;
    }
    text.push_str(&format!("\n\nCovered by {}:\n", tasks_text(set, &covered.tasks)));
    for task in covered.tasks.iter().take(MAX_LISTED) {
        let own = set.task(*task);
        let name = match &own.id {
            Some(id) if own.title.is_empty() => id.to_string(),
            Some(id) => format!("{id} {}", own.title),
            None if own.title.is_empty() => set.file_name(task.document).to_owned(),
            None => own.title.to_string(),
        };
        let optional = if own.optional { ", optional" } else { "" };
        let place = format!("{}:{}", set.file_name(task.document), own.line + 1);
        text.push_str(&format!("\n- {name} · {}{optional} · {place}", set.task_state(*task).name()));
    }
    if covered.tasks.len() > MAX_LISTED {
        text.push_str(&format!("\n- and {} more", covered.tasks.len() - MAX_LISTED));
    }
    let others: BTreeSet<&str> = set
        .references()
        .filter(|(document, reference)| {
            !set.documents[*document].facts.role.has_work()
                && reference.keys.iter().any(|key| **key == *requirement.key)
        })
        .map(|(document, _)| set.file_name(document))
        .collect();
    if !others.is_empty() {
        text.push_str(&format!(
            "\n\nAlso referenced in {}",
            others.into_iter().collect::<Vec<_>>().join(", ")
        ));
    }
    text
}

fn one_line(set: &DocumentSet, coverage: &Coverage, place: SetPosition) -> String {
    let requirement = set.requirement(place);
    let covered = coverage.get(place);
    let state = covered.map_or(CoverageState::NotReferenced, |covered| covered.state);
    let mark = match state {
        CoverageState::Done => "✓",
        CoverageState::Active => "◐",
        CoverageState::Open | CoverageState::NotReferenced => "○",
    };
    let title: String = requirement.title.chars().take(120).collect();
    let tail = if title.len() < requirement.title.len() { "…" } else { "" };
    format!("- {mark} **{}** {title}{tail} · {}", requirement.id, state.words())
}

/// Returns the number of tasks and how many are done: `3 tasks, 2 done`.
fn tasks_text(set: &DocumentSet, tasks: &[SetPosition]) -> String {
    let noun = if tasks.len() == 1 { "task" } else { "tasks" };
    format!("{} {noun}, {} done", tasks.len(), done_count(set, tasks))
}

fn done_count(set: &DocumentSet, tasks: &[SetPosition]) -> usize {
    tasks.iter().filter(|task| set.task_state(**task) == State::Done).count()
}

/// Returns the definition of a reference, or the tasks of a requirement.
pub fn definition(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
) -> Option<(TextRange, Vec<NavigationTarget>)> {
    let found = at_offset(file, offset)?;
    let set = DocumentSet::of_target(file, workspace.index, &found)?;
    let targets: Vec<NavigationTarget> = match &found {
        AtOffset::Requirement(index, _) => {
            let place = SetPosition { document: set.document(file.path())?, index: *index };
            let coverage = Coverage::of(&set);
            let tasks = coverage.get(place).map(|covered| covered.tasks.clone()).unwrap_or_default();
            if tasks.is_empty() {
                let shared = deltas::shared_requirement(&set, place).map(|shared| {
                    let own = set.requirement(shared);
                    target(&set, file, shared.document, &own.span, own.line)
                });
                let own = || NavigationTarget::SameDocument(found.range());
                return Some((found.range(), vec![shared.unwrap_or_else(own)]));
            }
            let target = |task: &SetPosition| {
                let own = set.task(*task);
                target(&set, file, task.document, &own.span, own.line)
            };
            tasks.iter().map(target).collect()
        }
        AtOffset::Reference(reference) => {
            let places = set.named_by(reference).into_iter();
            let target = |place: SetPosition| {
                let requirement = set.requirement(place);
                target(&set, file, place.document, &requirement.span, requirement.line)
            };
            places.map(target).collect()
        }
    };
    (!targets.is_empty()).then(|| (found.range(), targets))
}

fn target(
    set: &DocumentSet,
    file: &File,
    document: usize,
    span: &std::ops::Range<u32>,
    line: u32,
) -> NavigationTarget {
    let path = &set.documents[document].path;
    let span = span.start as usize..span.end as usize;
    if **path == *file.path() {
        return NavigationTarget::SameDocument(span);
    }
    NavigationTarget::OtherDocument { path: path.to_string(), span, line }
}

/// A requirement whose uses are searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedRequirement {
    /// Key of the requirement.
    pub key: Box<str>,
    /// Whether references to its criteria are also uses: their keys start with the key of the requirement.
    is_prefix: bool,
    scope: RequirementScope,
}

impl UsedRequirement {
    fn is_named_by(&self, reference: &RequirementReference) -> bool {
        let is_own = |key: &str| {
            key.strip_prefix(&*self.key)
                .is_some_and(|rest| rest.is_empty() || self.is_prefix && rest.starts_with(['.', '/']))
        };
        reference.keys.iter().any(|key| is_own(key))
    }
}

/// Returns the requirement at an offset whose uses are requested.
pub fn reference_target(file: &File, offset: usize) -> Option<UsedRequirement> {
    let facts = file.family_facts()?;
    let own_scope = || match &facts.set {
        Some(set) => RequirementScope::Set(set.clone()),
        None => RequirementScope::Project,
    };
    match at_offset(file, offset)? {
        AtOffset::Requirement(_, requirement) => {
            let family = file.environment().families.all().get(facts.family)?;
            let is_prefix = family.has_child_ids(usize::from(requirement.kind));
            Some(UsedRequirement { key: Box::from(&*requirement.key), is_prefix, scope: own_scope() })
        }
        AtOffset::Reference(reference) => {
            let (_, key) = end_at(reference, offset)?;
            // The references in this document that name the same set.
            let foreign = facts.foreign.iter().any(|other| std::ptr::eq(other, reference));
            let scope = match reference.qualifier.clone().filter(|_| foreign) {
                Some(set) => RequirementScope::Set(set),
                None => own_scope(),
            };
            Some(UsedRequirement { key: key.into(), is_prefix: false, scope })
        }
    }
}

/// Returns the ranges that define or name a requirement in a document, definitions first.
pub fn references(file: &File, used: &UsedRequirement) -> Vec<TextRange> {
    let Some(facts) = file.family_facts() else { return Vec::new() };
    let definitions = facts.requirements.iter().filter(|requirement| *requirement.key == *used.key);
    let definitions = definitions.filter(|_| used.scope.contains(facts)).map(|requirement| &requirement.span);
    let references = used.scope.references(facts).filter(|reference| used.is_named_by(reference));
    let spans = definitions.chain(references.map(|reference| &reference.span));
    spans.map(|span| span.start as usize..span.end as usize).collect()
}

/// Returns the uses of the requirement at an offset.
pub(crate) fn uses(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<NameUses> {
    let mut used = reference_target(file, offset)?;
    let set = DocumentSet::of_target(file, workspace.index, &at_offset(file, offset)?)?;
    let place = set.find(&used.key)?;
    used.scope = set.scope(place);
    let documents = set.affected_documents(file, workspace, place).into_iter();
    let paths = documents.map(|(path, _)| path.to_string()).filter(|path| path != file.path()).collect();
    let here = references(file, &used);
    Some(NameUses { here, paths, find: Box::new(move |other, _| references(other, &used)) })
}

/// Returns a lens for each requirement that tasks can cover: `3 tasks, 2 done`, `no task`.
pub fn lenses(file: &File, workspace: &Workspace<'_>) -> Vec<Lens> {
    let Some(facts) = file.family_facts().filter(|facts| !facts.requirements.is_empty()) else {
        return Vec::new();
    };
    let Some(set) = DocumentSet::of(file, workspace.index) else { return Vec::new() };
    let Some(document) = set.document(file.path()) else { return Vec::new() };
    let coverage = Coverage::of(&set);
    let mut found = deltas::lenses(file, workspace.index);
    if !set.has_tasks() {
        return found;
    }
    for (index, requirement) in facts.requirements.iter().enumerate() {
        let place = SetPosition { document, index };
        let Some(title) = coverage_text(&set, &coverage, place, |tasks| tasks_text(&set, tasks)) else {
            continue;
        };
        let range = requirement.span.start as usize..requirement.span.end as usize;
        found.push(Lens { range, title, action: LensAction::None });
    }
    found
}

/// Returns the progress of the tasks of a requirement for an outline: `2 of 3 tasks done`.
pub(super) fn coverage_detail(set: &DocumentSet, coverage: &Coverage, place: SetPosition) -> Option<String> {
    coverage_text(set, coverage, place, |tasks| {
        let noun = if tasks.len() == 1 { "task" } else { "tasks" };
        format!("{} of {} {noun} done", done_count(set, tasks), tasks.len())
    })
}

/// Returns the coverage of a requirement that tasks can cover. `tasks_text` describes its tasks.
fn coverage_text(
    set: &DocumentSet,
    coverage: &Coverage,
    place: SetPosition,
    tasks_text: impl Fn(&[SetPosition]) -> String,
) -> Option<String> {
    let requirement = set.requirement(place);
    let covered_by = set.family.kinds[usize::from(requirement.kind)].covered_by;
    if matches!(covered_by, CoveredBy::None | CoveredBy::Parent) {
        return None;
    }
    let covered = coverage.get(place)?;
    let mut text = match covered.tasks.len() {
        0 if requirement.exempt => "deferred".to_owned(),
        0 => "no task".to_owned(),
        _ => tasks_text(&covered.tasks),
    };
    let children = set.children(place).filter_map(|child| coverage.get(child));
    let uncovered = children.filter(|child| child.counted && child.tasks.is_empty()).count();
    if uncovered > 0 && !covered.tasks.is_empty() {
        let noun = if uncovered == 1 { "criterion" } else { "criteria" };
        text.push_str(&format!(" · {uncovered} {noun} not referenced"));
    }
    Some(text)
}

/// Maximum number of documents in the lenses of a title.
const MAX_SIBLING_LENSES: usize = 6;

/// Returns lenses at the title of a document that lead to the other documents of its set: `tasks.md 2/7`.
pub fn title_lenses(file: &File, workspace: &Workspace<'_>) -> Vec<Lens> {
    let range = file.plan().title_range().map_or(0..0, |title| title.start..title.start);
    let lens = |sibling: Sibling| {
        let progress = sibling.progress;
        let title = match progress.total {
            0 => sibling.name.clone(),
            total => format!("{} {}/{total}", sibling.name, progress.done),
        };
        Lens { range: range.clone(), title, action: LensAction::Open(sibling.name) }
    };
    let mut found: Vec<Lens> =
        siblings(file, workspace).into_iter().take(MAX_SIBLING_LENSES).map(lens).collect();
    if let Some(title) = unarchived_text(file, workspace) {
        found.push(Lens { range, title, action: LensAction::None });
    }
    found
}

/// Returns `15/15 tasks done, not archived` for the task list of a finished set, in families that archive finished sets.
fn unarchived_text(file: &File, workspace: &Workspace<'_>) -> Option<String> {
    let facts = file.family_facts().filter(|facts| facts.role.has_work() && facts.set.is_some())?;
    let Progress { done, total } = facts.progress;
    if facts.archived || total == 0 || done < total {
        return None;
    }
    let set = DocumentSet::of(file, workspace.index)?;
    let Progress { done, total } = set.progress();
    (set.family.archives_done_sets() && done == total)
        .then(|| format!("{done}/{total} tasks done, not archived"))
}

/// A requirement that a completion offers as a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedRequirement {
    /// Index of the kind in the family.
    pub kind: usize,
    /// ID as written.
    pub id: String,
    /// Title or text.
    pub title: String,
    /// Whether no task refers to the requirement.
    pub uncovered: bool,
}

/// Returns the requirements of the set of a file, unreferenced ones first.
pub fn completions(file: &File, workspace: &Workspace<'_>) -> Vec<OfferedRequirement> {
    let Some(set) = DocumentSet::of(file, workspace.index) else { return Vec::new() };
    let coverage = Coverage::of(&set);
    let uncovered_shared = uncovered_shared_keys(file, workspace, &set);
    let mut offered: Vec<OfferedRequirement> = Vec::new();
    for (place, requirement) in set.requirements() {
        let uncovered = match coverage.get(place) {
            Some(covered) => covered.counted && covered.tasks.is_empty(),
            None => uncovered_shared.contains(&requirement.key),
        };
        offered.push(OfferedRequirement {
            kind: usize::from(requirement.kind),
            id: requirement.id.to_string(),
            title: requirement.title.to_string(),
            uncovered,
        });
    }
    offered.sort_by_key(|offer| !offer.uncovered);
    offered
}

/// Returns the keys of the requirements that the sets of the project share and to which no task refers.
fn uncovered_shared_keys(file: &File, workspace: &Workspace<'_>, set: &DocumentSet) -> HashSet<Arc<str>> {
    let is_counted = |requirement: &Requirement| {
        set.family.kinds[usize::from(requirement.kind)].covered_by == CoveredBy::Tasks
    };
    let mut shared = set.documents.iter().filter(|document| document.shared);
    let Some(document) = shared.find(|document| document.facts.requirements.iter().any(is_counted)) else {
        return HashSet::new();
    };
    let families = &file.environment().families;
    let Some(project) = DocumentSet::with(&document.facts, &document.path, workspace.index, families) else {
        return HashSet::new();
    };
    let coverage = Coverage::of(&project);
    let uncovered = coverage.requirements.iter().filter(|own| own.counted && own.tasks.is_empty());
    uncovered.map(|own| Arc::clone(&project.requirement(own.place).key)).collect()
}

/// Another document of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// Role of the document.
    pub role: DocumentRole,
    /// Path in the index.
    pub path: String,
    /// Path relative to the set's folder, or to the project if the set is not a folder.
    pub name: String,
    /// Progress of its tasks, if they are work.
    pub progress: Progress,
}

/// Returns the other documents of the set of a file, by role and path.
pub fn siblings(file: &File, workspace: &Workspace<'_>) -> Vec<Sibling> {
    let Some(set) = DocumentSet::of(file, workspace.index) else { return Vec::new() };
    if file.family_facts().is_none_or(|facts| facts.set.is_none()) {
        return Vec::new();
    }
    let others = set.documents.iter().filter(|document| !document.shared && *document.path != *file.path());
    let mut found: Vec<Sibling> = others
        .map(|document| Sibling {
            role: document.facts.role,
            path: document.path.to_string(),
            name: set.name_in_set(&document.path).to_owned(),
            progress: if document.facts.role.has_work() {
                document.facts.progress
            } else {
                Progress::default()
            },
        })
        .collect();
    found.sort_by(|a, b| (a.role, &a.path).cmp(&(b.role, &b.path)));
    found
}
