//! Changes to shared requirements: the sections of a delta specification in OpenSpec.

use std::sync::Arc;

use plan_schema::family::{DocumentRole, FamilyFacts};

use super::DocumentSet;
use crate::{File, Index, TextRange};

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

/// Returns the name in a text such as `Requirement: NAME`, with its offset.
fn requirement_name(text: &str) -> Option<(usize, &str)> {
    let at = text.find("Requirement:")?;
    let rest = &text[at + "Requirement:".len()..];
    let start = at + "Requirement:".len() + (rest.len() - rest.trim_start().len());
    let name = rest.split('`').next()?.trim();
    (!name.is_empty()).then_some((start, name))
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
                let item = line.trim_start().strip_prefix(['-', '*']).map(str::trim_start);
                let operation = match item {
                    Some(item) if operation == DeltaOperation::RenamedFrom => {
                        let item = item.trim_start_matches('*');
                        if item.starts_with("TO") { Some(DeltaOperation::RenamedTo) } else { Some(operation) }
                    }
                    Some(_) => Some(operation),
                    None => None,
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
    let tail = tail(set, path)?;
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
fn tail<'a>(set: &DocumentSet, path: &'a str) -> Option<&'a str> {
    Some(path.strip_prefix(&set.name)?.trim_start_matches('/'))
}

/// A delta of another set: path, name of the set, and the operations with the names of requirements.
pub(crate) type OtherDelta<'a> = (&'a str, &'a str, Vec<(DeltaOperation, &'a str)>);

/// Returns the deltas of other active sets for the same shared specification. Only headings are read.
pub(crate) fn others<'a>(set: &DocumentSet, index: &'a Index, path: &str) -> Vec<OtherDelta<'a>> {
    let Some(tail) = tail(set, path) else { return Vec::new() };
    let below = index.below(&set.project);
    let deltas = below.filter_map(|(other, entry)| {
        let facts = entry.family.as_ref()?;
        let name = facts.set.as_deref()?;
        let is_other = name != set.name
            && !facts.archived
            && facts.role == DocumentRole::Requirements
            && *facts.project == *set.project
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
