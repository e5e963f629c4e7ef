//! Requirements in the editor: hovers, definitions, references, lenses and completion across the documents of a set.

use std::collections::BTreeSet;

use plan_model::State;
use plan_schema::family::{DocumentRole, Requirement, RequirementReference};

use super::{Coverage, CoverageState, DocumentSet, Place};
use crate::{
    File, TextRange, Workspace,
    hover::Hover,
    lens::{Lens, LensAction},
    navigation::NavigationTarget,
};

/// Maximum number of tasks and criteria in a hover.
const MAX_LISTED: usize = 12;

/// A requirement or reference at an offset.
enum AtOffset<'a> {
    Requirement(usize, &'a Requirement),
    Reference(&'a RequirementReference),
}

impl AtOffset<'_> {
    fn range(&self) -> TextRange {
        let span = match self {
            Self::Requirement(_, requirement) => &requirement.span,
            Self::Reference(reference) => &reference.span,
        };
        span.start as usize..span.end as usize
    }
}

fn at_offset(file: &File, offset: usize) -> Option<AtOffset<'_>> {
    let facts = file.family_facts()?;
    let touches = |span: &std::ops::Range<u32>| span.start as usize <= offset && offset <= span.end as usize;
    let reference = facts.references.iter().find(|reference| touches(&reference.span));
    if let Some(reference) = reference {
        return Some(AtOffset::Reference(reference));
    }
    let requirements = facts.requirements.iter().enumerate();
    let (index, requirement) =
        requirements.into_iter().find(|(_, requirement)| touches(&requirement.span))?;
    Some(AtOffset::Requirement(index, requirement))
}

/// Returns the hover over a requirement or a reference: its text, criteria, tasks and their states.
pub fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let found = at_offset(file, offset)?;
    let set = DocumentSet::of(file, workspace.index)?;
    let range = found.range();
    let families = &file.environment().families;
    let text = match &found {
        AtOffset::Requirement(index, _) => {
            let place = Place { document: set.document(file.path())?, index: *index };
            describe(&set, place)
        }
        AtOffset::Reference(reference) if reference.all => {
            let coverage = Coverage::of(&set);
            format!("All {} requirements of this set", coverage.counted().1)
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
                    None => format!("- `{key}` not defined"),
                });
                let mut text = lines.collect::<Vec<_>>().join("\n");
                if keys.len() > MAX_LISTED {
                    text.push_str(&format!("\n- {} more", keys.len() - MAX_LISTED));
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
        "prefixed" => "requirement".to_owned(),
        _ => name.to_owned(),
    }
}

fn describe(set: &DocumentSet, place: Place) -> String {
    let requirement = set.requirement(place);
    let coverage = Coverage::of(set);
    let mut text = format!(
        "**{}** · {} · {}:{}",
        requirement.id,
        kind_name(set, requirement),
        set.file_name(place.document),
        requirement.line + 1
    );
    if let Some(priority) = &requirement.priority {
        text.push_str(&format!(" · {priority}"));
    }
    if requirement.excused {
        text.push_str(" · deferred");
    }
    let is_name = requirement.title == requirement.id;
    for part in [&requirement.title, &requirement.text] {
        if !part.is_empty() && (!is_name || part != &requirement.title) {
            text.push_str(&format!("\n\n{part}"));
        }
    }
    let children: Vec<Place> = set.children(place).collect();
    for (number, child) in children.iter().enumerate() {
        if number == MAX_LISTED {
            text.push_str(&format!("\n- {} more", children.len() - MAX_LISTED));
            break;
        }
        text.push_str(if number == 0 { "\n\n" } else { "\n" });
        text.push_str(&one_line(set, &coverage, *child));
    }
    let Some(covered) = coverage.get(place) else { return text };
    if covered.tasks.is_empty() {
        if set.family.kinds[usize::from(requirement.kind)].covered_by != plan_schema::family::CoveredBy::None
        {
            text.push_str("\n\nNot referenced by any task");
        }
        return text;
    }
    text.push_str(&format!("\n\nCovered by {}:\n", tasks_text(set, &covered.tasks)));
    for task in covered.tasks.iter().take(MAX_LISTED) {
        let own = set.task(*task);
        let name = match &own.id {
            Some(id) => format!("{id} {}", own.title),
            None if own.title.is_empty() => set.file_name(task.document).to_owned(),
            None => own.title.to_string(),
        };
        let optional = if own.optional { ", optional" } else { "" };
        let place = format!("{}:{}", set.file_name(task.document), own.line + 1);
        text.push_str(&format!("\n- {name} · {}{optional} · {place}", state_name(set, *task)));
    }
    if covered.tasks.len() > MAX_LISTED {
        text.push_str(&format!("\n- {} more", covered.tasks.len() - MAX_LISTED));
    }
    let others: BTreeSet<&str> = set
        .references()
        .filter(|(document, reference)| {
            !set.documents[*document].facts.role.has_work() && reference.keys.contains(&requirement.key)
        })
        .map(|(document, _)| set.file_name(document))
        .collect();
    if !others.is_empty() {
        text.push_str(&format!("\n\nAlso in {}", others.into_iter().collect::<Vec<_>>().join(", ")));
    }
    text
}

fn state_name(set: &DocumentSet, task: Place) -> &'static str {
    if set.is_reported(task.document) { State::Done.name() } else { set.task(task).state.name() }
}

fn one_line(set: &DocumentSet, coverage: &Coverage, place: Place) -> String {
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
fn tasks_text(set: &DocumentSet, tasks: &[Place]) -> String {
    let done = tasks.iter().filter(|task| state_name(set, **task) == State::Done.name()).count();
    let noun = if tasks.len() == 1 { "task" } else { "tasks" };
    format!("{} {noun}, {done} done", tasks.len())
}

/// Returns the definition of a reference; for a requirement its tasks.
pub fn definition(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
) -> Option<(TextRange, Vec<NavigationTarget>)> {
    let found = at_offset(file, offset)?;
    let set = DocumentSet::of(file, workspace.index)?;
    let targets: Vec<NavigationTarget> = match &found {
        AtOffset::Requirement(index, _) => {
            let place = Place { document: set.document(file.path())?, index: *index };
            let coverage = Coverage::of(&set);
            let tasks = coverage.get(place).map(|covered| covered.tasks.clone()).unwrap_or_default();
            if tasks.is_empty() {
                return Some((found.range(), vec![NavigationTarget::SameDocument(found.range())]));
            }
            let target = |task: &Place| {
                let own = set.task(*task);
                target(&set, file, task.document, &own.span, own.line)
            };
            tasks.iter().map(target).collect()
        }
        AtOffset::Reference(reference) => {
            let places = reference.keys.iter().filter_map(|key| set.find(key));
            let target = |place: Place| {
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

/// Returns the keys of the requirement or reference at an offset, with those of the criteria of a requirement.
pub fn reference_targets(file: &File, offset: usize) -> Option<Vec<Box<str>>> {
    match at_offset(file, offset)? {
        AtOffset::Requirement(_, requirement) => Some(vec![requirement.key.clone()]),
        AtOffset::Reference(reference) => match &reference.keys[..] {
            [key] => Some(vec![key.clone()]),
            _ => None,
        },
    }
}

/// Returns the ranges of a document that define or name one of these requirements, definitions first.
pub fn references(file: &File, keys: &[Box<str>]) -> Vec<TextRange> {
    let Some(facts) = file.family_facts() else { return Vec::new() };
    let definitions = facts.requirements.iter().filter(|requirement| keys.contains(&requirement.key));
    let definitions = definitions.map(|requirement| &requirement.span);
    let references =
        facts.references.iter().filter(|reference| reference.keys.iter().any(|key| keys.contains(key)));
    let spans = definitions.chain(references.map(|reference| &reference.span));
    spans.map(|span| span.start as usize..span.end as usize).collect()
}

/// Returns a lens for each requirement that tasks can cover: `3 tasks, 2 done`, `no task`.
pub fn lenses(file: &File, workspace: &Workspace<'_>) -> Vec<Lens> {
    let Some(facts) = file.family_facts().filter(|facts| !facts.requirements.is_empty()) else {
        return Vec::new();
    };
    let Some(set) = DocumentSet::of(file, workspace.index) else { return Vec::new() };
    let Some(document) = set.document(file.path()) else { return Vec::new() };
    let coverage = Coverage::of(&set);
    let has_tasks = set.documents.iter().any(|document| {
        document.facts.role.has_work()
            && (document.facts.progress.total > 0 || !document.facts.references.is_empty())
    });
    if !has_tasks {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, requirement) in facts.requirements.iter().enumerate() {
        let kind = &set.family.kinds[usize::from(requirement.kind)];
        let is_counted = kind.covered_by != plan_schema::family::CoveredBy::None
            && kind.covered_by != plan_schema::family::CoveredBy::Parent;
        let place = Place { document, index };
        let Some(covered) = coverage.get(place).filter(|_| is_counted) else { continue };
        let mut title = match covered.tasks.len() {
            0 if requirement.excused => "deferred".to_owned(),
            0 => "no task".to_owned(),
            _ => tasks_text(&set, &covered.tasks),
        };
        let children: Vec<_> = set.children(place).filter_map(|child| coverage.get(child)).collect();
        let uncovered = children.iter().filter(|child| child.counted && child.tasks.is_empty()).count();
        if uncovered > 0 && !covered.tasks.is_empty() {
            let noun = if uncovered == 1 { "criterion" } else { "criteria" };
            title.push_str(&format!(" · {uncovered} {noun} not referenced"));
        }
        let range = requirement.span.start as usize..requirement.span.end as usize;
        found.push(Lens { range, title, action: LensAction::None });
    }
    found
}

/// A requirement that a completion offers as a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedRequirement {
    /// ID as written.
    pub id: String,
    /// Text.
    pub title: String,
    /// Whether no task refers to it.
    pub uncovered: bool,
}

/// Returns the requirements of the set of a file, unreferenced ones first, if a reference to them can be written in a document
/// of its role. `is_wanted` decides by the name of the kind.
pub fn completions(file: &File, workspace: &Workspace<'_>) -> Vec<OfferedRequirement> {
    let Some(set) = DocumentSet::of(file, workspace.index) else { return Vec::new() };
    let coverage = Coverage::of(&set);
    let mut offered: Vec<OfferedRequirement> = Vec::new();
    for (place, requirement) in set.requirements() {
        let uncovered =
            coverage.get(place).is_some_and(|covered| covered.counted && covered.tasks.is_empty());
        offered.push(OfferedRequirement {
            id: requirement.id.to_string(),
            title: requirement.title.to_string(),
            uncovered,
        });
    }
    offered.sort_by_key(|offer| !offer.uncovered);
    offered
}

/// Returns the paths of the other documents of the set of a file, by role.
pub fn siblings(file: &File, workspace: &Workspace<'_>) -> Vec<(DocumentRole, String)> {
    let Some(set) = DocumentSet::of(file, workspace.index) else { return Vec::new() };
    let others = set.documents.iter().filter(|document| !document.shared && *document.path != *file.path());
    others.map(|document| (document.facts.role, document.path.to_string())).collect()
}
