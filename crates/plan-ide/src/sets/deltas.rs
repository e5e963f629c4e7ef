//! Changes to shared requirements: the sections of a delta specification in OpenSpec.

use std::sync::Arc;

use plan_model::{Progress, plain};
use plan_schema::family::{DocumentRole, FamilyFacts};

use super::{DocumentSet, SetPosition};
use crate::{
    File, Index, TextRange,
    lens::{Lens, LensAction},
    workspace::path,
};

/// An operation on a shared requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeltaOperation {
    Added,
    Modified,
    Removed,
    /// The old name of a renamed requirement.
    RenamedFrom,
    /// The new name of a renamed requirement.
    RenamedTo,
}

impl DeltaOperation {
    /// Returns the past participle of the operation.
    fn participle(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Modified => "modified",
            Self::Removed => "removed",
            Self::RenamedFrom | Self::RenamedTo => "renamed",
        }
    }

    /// Returns whether the requirement must exist in the shared specification.
    pub(crate) fn needs_target(self) -> bool {
        matches!(self, Self::Modified | Self::Removed | Self::RenamedFrom)
    }
}

/// A requirement that a delta names.
#[derive(Clone, Debug)]
pub(crate) struct DeltaEntry {
    pub(crate) operation: DeltaOperation,
    /// Name of the requirement.
    pub(crate) name: String,
    /// Range of the name.
    pub(crate) range: TextRange,
}

/// Returns the operation of a section title: `MODIFIED Requirements`.
fn operation_of(title: &str) -> Option<DeltaOperation> {
    let mut words = title.split_whitespace();
    let operation = match words.next()?.to_ascii_lowercase().as_str() {
        "added" => DeltaOperation::Added,
        "modified" => DeltaOperation::Modified,
        "removed" => DeltaOperation::Removed,
        "renamed" => DeltaOperation::RenamedFrom,
        _ => return None,
    };
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("requirements")).then_some(operation)
}

/// Returns the name in a text such as `Requirement: NAME`, with its offset. The name can contain backticks; if one is
/// before the heading, the name ends at the last one of the line, or at the first one if a remark follows.
fn requirement_name(text: &str) -> Option<(usize, &str)> {
    let at = text.find("Requirement:")?;
    let rest = &text[at + "Requirement:".len()..];
    let start = at + "Requirement:".len() + (rest.len() - rest.trim_start().len());
    let rest = rest.trim();
    let is_quoted = text[..at].trim_end_matches(|c: char| c == '#' || c.is_whitespace()).ends_with('`');
    let name = match (is_quoted, rest.strip_suffix('`')) {
        (false, _) => rest,
        (true, Some(name)) => name,
        (true, None) => rest.split('`').next()?,
    };
    let name = name.trim();
    (!name.is_empty()).then_some((start, name))
}

/// Returns whether a requirement has the name in a heading, whose text has no markup.
pub(crate) fn is_name_in_heading(name: &str, heading: &str) -> bool {
    name == heading || plain(name) == heading
}

/// Returns the operation of a line below `RENAMED Requirements`: that of `FROM:` or `TO:`, with or without a bullet and
/// emphasis.
fn renaming_of(line: &str) -> Option<DeltaOperation> {
    let text = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '*' | '+' | '_'));
    let word = text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "from" => Some(DeltaOperation::RenamedFrom),
        "to" => Some(DeltaOperation::RenamedTo),
        _ => None,
    }
}

/// Returns the entries of a delta of an active set, if one of them changes a requirement of a shared specification.
pub(crate) fn active_entries(file: &File) -> Option<Vec<DeltaEntry>> {
    let is_active = |facts: &&Arc<FamilyFacts>| {
        facts.set.is_some() && !facts.archived && facts.role == DocumentRole::Requirements
    };
    let facts = file.family_facts().filter(is_active)?;
    let family = file.environment().families.all().get(facts.family)?;
    let entries = family.has_reader("openspec-deltas").then(|| entries(file))?;
    entries.iter().any(|entry| entry.operation.needs_target()).then_some(entries)
}

/// Returns the requirements that a delta specification names.
fn entries(file: &File) -> Vec<DeltaEntry> {
    let mut found = Vec::new();
    let plan = file.plan();
    let mut operation = None;
    for section in plan.sections() {
        let range = section.text_range();
        let title = file.document().slice(range.clone());
        if section.level() <= 2 {
            operation = operation_of(&section.title());
            let Some(operation) = operation else { continue };
            if !matches!(operation, DeltaOperation::RenamedFrom | DeltaOperation::Removed) {
                continue;
            }
            // Renamed requirements, and sometimes removed ones, are in a list.
            let body = section.heading_range().end..section.range().end;
            let mut start = body.start;
            for line in file.document().slice(body).split_inclusive('\n') {
                let operation = match operation {
                    DeltaOperation::RenamedFrom => renaming_of(line),
                    _ => line.trim_start().starts_with(['-', '*', '+']).then_some(operation),
                };
                if let (Some(operation), Some((at, name))) = (operation, requirement_name(line)) {
                    let range = start + at..start + at + name.len();
                    found.push(DeltaEntry { operation, name: name.to_owned(), range });
                }
                start += line.len();
            }
        } else if section.level() == 3
            && let (Some(operation), Some((at, name))) = (operation, requirement_name(&title))
            && operation != DeltaOperation::RenamedFrom
        {
            let range = range.start + at..range.start + at + name.len();
            found.push(DeltaEntry { operation, name: name.to_owned(), range });
        }
    }
    found
}

/// Returns the path of the shared specification that a delta changes, relative to the project, and its facts if it
/// exists.
pub(crate) fn target<'a>(set: &'a DocumentSet, path: &str) -> Option<(String, Option<&'a Arc<FamilyFacts>>)> {
    let tail = path_in_set(set, path)?;
    let shared = set.documents.iter().filter(|document| document.shared);
    let mut shared = shared.filter(|document| document.facts.role == DocumentRole::Requirements);
    // Any shared specification determines their common folder.
    let found = shared.clone().find(|document| document.path.ends_with(&format!("/{tail}")));
    match found {
        Some(found) => Some((set.relative(&found.path).to_owned(), Some(&found.facts))),
        None => {
            let any = set.relative(&shared.next()?.path);
            let root = &any[..any.find("specs/")? + "specs/".len()];
            Some((format!("{root}{}", tail.strip_prefix("specs/")?), None))
        }
    }
}

/// Returns the path of a delta in its set: `specs/auth/spec.md`.
fn path_in_set<'a>(set: &DocumentSet, path: &'a str) -> Option<&'a str> {
    Some(path.strip_prefix(&set.name)?.trim_start_matches('/'))
}

/// A delta of another set: path, name of the set, and the operations with the names of requirements.
pub(crate) type OtherDelta<'a> = (&'a str, &'a str, Vec<(DeltaOperation, &'a str)>);

/// Returns the deltas of other active sets for the same shared specification. Only headings are read.
pub(crate) fn other_deltas<'a>(set: &DocumentSet, index: &'a Index, path: &str) -> Vec<OtherDelta<'a>> {
    let Some(tail) = path_in_set(set, path) else { return Vec::new() };
    let mut others = deltas_of_specification(index, &set.project, tail);
    others.retain(|(_, name, _)| *name != set.name);
    others
}

/// Returns the deltas of the active sets of a project for a shared specification: the files with the path `tail` in
/// the folders of the sets. Only headings are read.
fn deltas_of_specification<'a>(index: &'a Index, project: &str, tail: &str) -> Vec<OtherDelta<'a>> {
    let deltas = index.below(project).filter_map(|(other, entry)| {
        let facts = entry.family.as_ref()?;
        let name = facts.set.as_deref()?;
        let is_other = !facts.archived
            && facts.role == DocumentRole::Requirements
            && *facts.project == *project
            && other.strip_prefix(name).is_some_and(|rest| rest.trim_start_matches('/') == tail);
        let mut operation = None;
        let mut operations = Vec::new();
        for heading in entry.summary.headings.iter().filter(|_| is_other) {
            if heading.level <= 2 {
                operation = operation_of(&heading.text);
            } else if let (Some(operation), Some((_, name))) = (operation, requirement_name(&heading.text)) {
                operations.push((operation, name));
            }
        }
        is_other.then_some((&**other, name, operations))
    });
    deltas.collect()
}

/// Returns the requirement of the shared specification that the requirement of a delta changes.
pub(super) fn shared_requirement(set: &DocumentSet, place: SetPosition) -> Option<SetPosition> {
    let document = &set.documents[place.document];
    if document.shared || document.facts.set.is_none() || !set.family.has_reader("openspec-deltas") {
        return None;
    }
    let (_, target) = target(set, &document.path)?;
    let target = target?;
    let document = set.documents.iter().position(|other| Arc::ptr_eq(&other.facts, target))?;
    let key = &set.requirement(place).key;
    let index = target.requirements.iter().position(|own| own.key == *key)?;
    Some(SetPosition { document, index })
}

/// Returns the paragraphs that a hover over a requirement of a delta or of a shared specification adds: the current
/// text as a difference, and the active sets that change the requirement.
pub(super) fn hover_text(set: &DocumentSet, place: SetPosition, index: &Index) -> String {
    let requirement = set.requirement(place);
    if requirement.parent.is_some() || !set.family.has_reader("openspec-deltas") {
        return String::new();
    }
    let mut text = String::new();
    if let Some(shared) = shared_requirement(set, place) {
        let path = set.relative_path(shared.document);
        let (old, new) = (lines_of(set, shared), lines_of(set, place));
        let removed = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
        let added = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
        let lines: Vec<String> = removed.chain(added).collect();
        let line = set.requirement(shared).line + 1;
        text.push_str(&match lines.is_empty() {
            true => format!("\n\nSame text in {path}:{line}"),
            false => format!("\n\nChanges to {path}:{line}:\n\n```diff\n{}\n```", lines.join("\n")),
        });
    }
    let own = &set.documents[place.document];
    let changes = changes_of(index, &own.path, &own.facts, &requirement.title);
    let others = changes.iter().filter(|change| own.facts.set.as_deref() != Some(change.set));
    let others: Vec<String> = others.map(|change| format!("- {}", change.text(true))).collect();
    if !others.is_empty() {
        text.push_str(&format!("\n\nActive changes:\n\n{}", others.join("\n")));
    }
    text
}

/// Returns the text of a requirement and the names of its scenarios, one per line.
fn lines_of(set: &DocumentSet, place: SetPosition) -> Vec<String> {
    let own = set.requirement(place);
    let scenarios = set.children(place).map(|child| format!("Scenario: {}", set.requirement(child).title));
    [own.text.to_string()].into_iter().filter(|text| !text.is_empty()).chain(scenarios).collect()
}

/// A change of a shared requirement by an active set.
struct RequirementChange<'a> {
    set: &'a str,
    operation: DeltaOperation,
    progress: Progress,
}

impl RequirementChange<'_> {
    /// Returns the operation, the name of the set and its progress: ``modified by `add-mail`, 1 of 2 tasks done``.
    fn text(&self, code: bool) -> String {
        let name = path::name(self.set);
        let quote = if code { "`" } else { "" };
        let progress = match self.progress {
            Progress { total: 0, .. } => String::new(),
            Progress { done, total } => {
                format!(", {done} of {total} {} done", if total == 1 { "task" } else { "tasks" })
            }
        };
        format!("{} by {quote}{name}{quote}{progress}", self.operation.participle())
    }
}

/// Returns the changes of a requirement by the active sets. `path` and `facts` are those of a document that defines the
/// requirement.
fn changes_of<'a>(
    index: &'a Index,
    path: &str,
    facts: &FamilyFacts,
    name: &str,
) -> Vec<RequirementChange<'a>> {
    let deltas = deltas_of_specification(index, &facts.project, part_of(path, facts)).into_iter();
    let of_name = deltas.filter_map(|(_, set, operations)| {
        let (operation, _) = operations.into_iter().find(|(_, other)| is_name_in_heading(name, other))?;
        Some(RequirementChange { set, operation, progress: progress_of(index, set) })
    });
    of_name.collect()
}

fn progress_of(index: &Index, set: &str) -> Progress {
    let documents = index.below(set).filter_map(|(_, entry)| entry.family.as_ref());
    documents.filter(|facts| facts.role.has_work()).fold(Progress::default(), |sum, facts| Progress {
        done: sum.done + facts.progress.done,
        total: sum.total + facts.progress.total,
    })
}

/// Returns a lens for each requirement of a shared specification that active sets change: `modified by add-mail, 1 of 2
/// tasks done`.
pub(super) fn lenses(file: &File, index: &Index) -> Vec<Lens> {
    let Some(facts) = file.family_facts().filter(|facts| facts.set.is_none()) else { return Vec::new() };
    let families = &file.environment().families;
    if families.all().get(facts.family).is_none_or(|family| !family.has_reader("openspec-deltas")) {
        return Vec::new();
    }
    let deltas = deltas_of_specification(index, &facts.project, part_of(file.path(), facts));
    let top = facts.requirements.iter().filter(|requirement| requirement.parent.is_none());
    let lenses = top.filter_map(|requirement| {
        let of_name = deltas.iter().filter_map(|(_, set, operations)| {
            let (operation, _) =
                operations.iter().find(|(_, other)| is_name_in_heading(&requirement.title, other))?;
            let progress = progress_of(index, set);
            Some(RequirementChange { set, operation: *operation, progress }.text(false))
        });
        let title = of_name.collect::<Vec<_>>().join(" · ");
        let range = requirement.span.start as usize..requirement.span.end as usize;
        (!title.is_empty()).then_some(Lens { range, title, action: LensAction::None })
    });
    lenses.collect()
}

/// Returns the part of the system that a specification describes: the folder and file name, which are equal in a
/// change and in the shared specification.
pub(super) fn part_of<'a>(path: &'a str, facts: &FamilyFacts) -> &'a str {
    let root = facts.set.as_deref().unwrap_or(&facts.project);
    let relative = path.strip_prefix(root).unwrap_or(path).trim_start_matches('/');
    // `specs/auth/spec.md` of a change and `openspec/specs/auth/spec.md` of the project.
    let start = relative.rfind("specs/").filter(|at| *at == 0 || relative[..*at].ends_with('/'));
    &relative[start.unwrap_or(0)..]
}
