//! Renames requirements: the definition, the criteria and all references in the documents of a set.

use std::{collections::HashSet, sync::Arc};

use plan_schema::family::{FamilyFacts, NewId, Requirement, RequirementReference, rewritten_id};

use super::{
    DocumentSet, SetPosition,
    at_offset::{at_offset, id_at},
    deltas::part_of,
    foreign::RequirementScope,
};
use crate::{
    Edit, File, TextRange, Workspace,
    actions::{Changes, ExternalEdits},
    editing::draft::Draft,
    relink,
};

/// Maximum length of a title in a message, in characters.
const MAX_MESSAGE_TITLE_CHARS: usize = 40;

/// Returns the requirement that the ID at an offset denotes, with its set, and the range of the ID.
fn target_at(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
) -> Option<(DocumentSet, SetPosition, TextRange)> {
    let found = at_offset(file, offset)?;
    let (range, key) = id_at(&found, offset)?;
    let set = DocumentSet::of_target(file, workspace.index, &found)?;
    let place = set.find(&key)?;
    Some((set, place, range))
}

/// Returns the range of the requirement ID at an offset that a rename changes. `Some(None)` if the ID cannot be renamed,
/// because its definition does not contain it: criteria that are numbered by their position. `None` if the offset has no
/// requirement ID.
pub(crate) fn renamable_range(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
) -> Option<Option<TextRange>> {
    let (set, place, range) = target_at(file, workspace, offset)?;
    Some(set.requirement(place).id_is_written.then_some(range))
}

/// Returns the changes that rename the requirement at an offset. `None` if the offset has no requirement ID.
pub(crate) fn rename(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
    new: &str,
) -> Option<Result<Changes, String>> {
    let (set, place, _) = target_at(file, workspace, offset)?;
    let documents = set.affected_documents(file, workspace, place);
    Some(RequirementRename::new(&set, place, &documents, new).map(|rename| {
        let edits = rename.edits_with_links(file);
        let paths: Vec<String> = documents
            .iter()
            .filter(|(path, facts)| **path != *file.path() && rename.affects(facts))
            .map(|(path, _)| path.to_string())
            .collect();
        let rewrite = move |other: &File, _: &crate::Index| rename.edits_with_links(other);
        let external = (!paths.is_empty()).then(|| ExternalEdits { paths, rewrite: Box::new(rewrite) });
        Changes { edits, external }
    }))
}

/// Returns the edits that rename the requirement at an offset of `file` in another text of the file.
pub(crate) fn rename_in_other_text(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
    other: &File,
    new: &str,
) -> Option<Vec<Edit>> {
    let (set, place, _) = target_at(file, workspace, offset)?;
    let documents = set.affected_documents(file, workspace, place);
    let rename = RequirementRename::new(&set, place, &documents, new).ok()?;
    Some(rename.edits_with_links(other))
}

impl DocumentSet {
    /// Returns whether a requirement has a name that the deltas of other sets repeat.
    fn has_name_in_deltas(&self, place: SetPosition) -> bool {
        self.family.has_names(usize::from(self.requirement(place).kind))
            && self.family.has_reader("openspec-deltas")
    }

    /// Returns the scope in which a requirement is defined and named: its set. For a requirement that several sets
    /// share, and for one whose name deltas repeat, the project.
    pub(super) fn scope(&self, place: SetPosition) -> RequirementScope {
        let own = &self.documents[place.document];
        let has_name = self.has_name_in_deltas(place);
        match &own.facts.set {
            Some(set) if !has_name && !own.shared => RequirementScope::Set(set.clone()),
            _ => RequirementScope::Project,
        }
    }

    /// Returns the documents that can define or name a requirement of this set. These are the documents of the set, and
    /// those that refer to the set by its name; for a requirement that several sets share, those of all live sets of
    /// the project. For a requirement with a name, they are limited to documents about the same part of the system.
    pub(super) fn affected_documents(
        &self,
        file: &File,
        workspace: &Workspace<'_>,
        place: SetPosition,
    ) -> Vec<(Arc<str>, Arc<FamilyFacts>)> {
        let own = &self.documents[place.document];
        let has_name = self.has_name_in_deltas(place);
        let scope = self.scope(place);
        let is_affected = |path: &str, facts: &FamilyFacts| match &scope {
            RequirementScope::Set(_) => scope.references(facts).next().is_some() && !facts.archived,
            RequirementScope::Project => {
                (!facts.archived || facts.set == own.facts.set)
                    && (!has_name || part_of(path, facts) == part_of(&own.path, &own.facts))
            }
        };
        let indexed = workspace.index.documents_of_project(&own.facts);
        let others = indexed.filter(|(path, facts)| ***path != *file.path() && is_affected(path, facts));
        let mut found: Vec<_> = others.map(|(path, facts)| (Arc::clone(path), Arc::clone(facts))).collect();
        if let RequirementScope::Set(_) = scope {
            let documents = self.documents.iter().filter(|document| *document.path != *file.path());
            found.extend(documents.map(|own| (Arc::clone(&own.path), Arc::clone(&own.facts))));
        }
        // The index can have an older version of the file.
        if let Some(facts) = file.family_facts() {
            found.push((file.path().into(), Arc::clone(facts)));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.dedup_by(|a, b| a.0 == b.0);
        found
    }
}

/// The old and the new name of a requirement.
struct RenamedName {
    old: Arc<str>,
    new: String,
    /// Text before the name in a heading, unless the name is that of a criterion.
    prefix: Option<String>,
}

impl RenamedName {
    /// Returns the edits of quoted headings: ``FROM: `### Requirement: CSV export` ``.
    fn in_quoted_headings(&self, file: &File) -> Vec<Edit> {
        let Some(prefix) = &self.prefix else { return Vec::new() };
        let text = file.document().text();
        let heading = format!("{prefix}{}", self.old);
        let found = text.match_indices(&heading).filter(|(at, _)| {
            let rest = text[at + heading.len()..].lines().next().unwrap_or_default();
            rest.starts_with('`') || rest.trim_end().is_empty()
        });
        found.map(|(at, _)| Edit::replace(at + prefix.len()..at + heading.len(), self.new.clone())).collect()
    }
}

/// A rename of a requirement and of the IDs that start with its ID.
struct RequirementRename {
    old_key: Arc<str>,
    scope: RequirementScope,
    new: NewId,
    /// Old and new name, if the ID of the requirement is a name.
    name: Option<RenamedName>,
    /// Whether the IDs of criteria start with the ID.
    is_prefix: bool,
    /// Keys of existing requirements, which are not parts of the renamed one even if they are longer by a letter.
    known: HashSet<Arc<str>>,
}

impl RequirementRename {
    fn new(
        set: &DocumentSet,
        place: SetPosition,
        documents: &[(Arc<str>, Arc<FamilyFacts>)],
        new: &str,
    ) -> Result<Self, String> {
        let requirement = set.requirement(place);
        let family = &set.family;
        let kind = usize::from(requirement.kind);
        if !requirement.id_is_written {
            return Err(format!(
                "cannot rename `{}`: its number comes from its position in the list",
                requirement.id
            ));
        }
        let parent = requirement.parent.map(|parent| {
            let parent = set.requirement(SetPosition { index: parent as usize, ..place });
            (&*parent.id, &*parent.key)
        });
        let invalid =
            || format!("invalid requirement ID `{new}`; expected an ID such as `{}`", requirement.id);
        let name = family.has_names(kind).then(|| RenamedName {
            old: requirement.title.clone(),
            new: new.to_owned(),
            prefix: family.name_prefix(kind).filter(|_| parent.is_none()),
        });
        let new = family.new_id(kind, parent, &requirement.id, new).ok_or_else(invalid)?;
        let scope = set.scope(place);
        let in_scope = || documents.iter().filter(|(_, facts)| scope.contains(facts));
        let all = || in_scope().flat_map(|(_, facts)| facts.requirements.iter());
        if new.key != *requirement.key
            && let Some(other) = all().find(|other| *other.key == *new.key)
        {
            return Err(format!("`{}` is already used by `{}`", new.id, name_of(other)));
        }
        Ok(Self {
            old_key: requirement.key.clone(),
            new,
            name,
            is_prefix: family.has_child_ids(kind),
            known: all().map(|requirement| requirement.key.clone()).collect(),
            scope,
        })
    }

    /// Returns whether the rename can change a document.
    fn affects(&self, facts: &FamilyFacts) -> bool {
        self.name.is_some()
            || self.definitions(facts).any(|requirement| self.is_affected(&requirement.key))
            || self.scope.references(facts).any(|reference| {
                reference.keys.iter().any(|key| self.is_affected(key))
                    || self.is_range_end_affected(reference)
            })
    }

    /// Returns the requirements of a document in the scope of the rename.
    fn definitions<'a>(&self, facts: &'a FamilyFacts) -> impl Iterator<Item = &'a Requirement> + use<'a> {
        let in_scope = self.scope.contains(facts);
        facts.requirements.iter().filter(move |_| in_scope)
    }

    fn is_affected(&self, key: &str) -> bool {
        self.new_id_text(key, "").is_some()
    }

    /// Returns whether an end of a range between two requirements is affected.
    fn is_range_end_affected(&self, reference: &RequirementReference) -> bool {
        reference.last.is_some() && reference.keys.last().is_some_and(|key| self.is_affected(key))
    }

    /// Returns the new text of an ID with this key. `None` if the rename does not change it.
    fn new_id_text(&self, key: &str, text: &str) -> Option<String> {
        let rest = key.strip_prefix(&*self.old_key)?;
        let separators = ['.', '/', '．'];
        if rest.is_empty() {
            return Some(rewritten_id(text, &self.new.id));
        }
        if self.is_prefix && rest.starts_with(separators) {
            let depth = self.old_key.matches(separators).count();
            // The end of a range can lack the part that both ends have.
            let Some((at, _)) = text.match_indices(separators).nth(depth) else {
                return Some(text.to_owned());
            };
            return Some(format!("{}{}", rewritten_id(&text[..at], &self.new.id), &text[at..]));
        }
        let is_letter = rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_part =
            is_letter && self.old_key.ends_with(|c: char| c.is_ascii_digit()) && !self.known.contains(key);
        is_part.then(|| {
            let cut = text.char_indices().next_back().map_or(0, |(at, _)| at);
            format!("{}{}", rewritten_id(&text[..cut], &self.new.id), &text[cut..])
        })
    }

    /// Returns the edits of a document, with those of its links to headings that the rename changes.
    fn edits_with_links(&self, file: &File) -> Vec<Edit> {
        let edits = self.edits(file);
        let Some(facts) = file.family_facts() else { return edits };
        let in_definition = |edit: &Edit| {
            let spans = facts.requirements.iter().map(|requirement| &requirement.span);
            spans.into_iter().any(|span| span.start as usize == edit.range.start)
        };
        if !edits.iter().any(in_definition) {
            return edits;
        }
        let mut draft = Draft::new(file);
        draft.step(&edits);
        let step = relink::renamed_anchors(file, draft.file()).own_link_edits(draft.file());
        if step.is_empty() {
            return edits;
        }
        draft.step(&step);
        draft.edits()
    }

    fn edits(&self, file: &File) -> Vec<Edit> {
        let Some(facts) = file.family_facts() else { return Vec::new() };
        let mut edits: Vec<Edit> = Vec::new();
        for requirement in self.definitions(facts).filter(|requirement| requirement.id_is_written) {
            let range = requirement.span.start as usize..requirement.span.end as usize;
            let new = match &self.name {
                Some(name) => (requirement.key == self.old_key).then(|| name.new.clone()),
                None => self.new_id_text(&requirement.key, &file.document().slice(range.clone())),
            };
            edits.extend(new.map(|new| Edit::replace(range, new)));
        }
        let references = self.scope.references(facts);
        edits.extend(references.flat_map(|reference| self.reference_edits(file, reference)));
        if let Some(name) = &self.name {
            edits.extend(name.in_quoted_headings(file));
        }
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        edits.dedup_by_key(|edit| edit.range.start);
        edits
    }

    fn reference_edits(&self, file: &File, reference: &RequirementReference) -> Vec<Edit> {
        let affected = reference.keys.iter().filter(|key| self.is_affected(key)).count();
        if affected == 0 {
            return Vec::new();
        }
        let range = |span: &std::ops::Range<u32>| span.start as usize..span.end as usize;
        let at = |span: &std::ops::Range<u32>, key: &str| {
            let text = file.document().slice(range(span));
            let new = self.new_id_text(key, &text).filter(|new| *new != text)?;
            Some(Edit::replace(range(span), new))
        };
        let (Some(first_key), Some(last_key)) = (reference.keys.first(), reference.keys.last()) else {
            return Vec::new();
        };
        let Some(last) = &reference.last else {
            return at(&reference.first, first_key).into_iter().collect();
        };
        let is_series = series(first_key).0 == series(last_key).0;
        if affected == reference.keys.len() || !is_series {
            return [at(&reference.first, first_key), at(last, last_key)].into_iter().flatten().collect();
        }
        let written = file.document().slice(range(&reference.first));
        let sign = file.document().slice(reference.first.end as usize..last.start as usize);
        let list = self.split_range(&reference.keys, &written, &sign);
        vec![Edit::replace(range(&reference.span), list)]
    }

    /// Returns the list that names the requirements of a range after some of them have received new IDs: `1-2, 4`.
    fn split_range(&self, keys: &[Box<str>], first: &str, sign: &str) -> String {
        let digits = first.bytes().rev().take_while(u8::is_ascii_digit).count();
        let prefix = &first[..first.len() - digits];
        let mut names: Vec<(String, Option<u64>)> = keys
            .iter()
            .map(|key| {
                let own = format!("{prefix}{:0>digits$}", series(key).1);
                let text = self.new_id_text(key, &own).unwrap_or(own);
                let number = text.strip_prefix(prefix).and_then(|number| number.parse().ok());
                (text, number)
            })
            .collect();
        names.sort_by_key(|(_, number)| number.unwrap_or(u64::MAX));
        let mut parts: Vec<String> = Vec::new();
        let runs = names.chunk_by(|(_, a), (_, b)| a.is_some_and(|a| *b == Some(a + 1)));
        for run in runs {
            match run {
                [(one, _)] => parts.push(one.clone()),
                [(one, _), (two, _)] => parts.extend([one.clone(), two.clone()]),
                [(first, _), .., (last, _)] => parts.push(format!("{first}{sign}{last}")),
                [] => {}
            }
        }
        // `#3-#5`: the sign before the last number is before each number of the list.
        parts.join(if sign.ends_with('#') { ", #" } else { ", " })
    }
}

/// Returns a key without its last number, and the number.
fn series(key: &str) -> (&str, &str) {
    key.split_at(key.trim_end_matches(|c: char| c.is_ascii_digit()).len())
}

/// Returns the title of a requirement, truncated for messages; its ID if it has no title.
fn name_of(requirement: &Requirement) -> String {
    let title = if requirement.title.is_empty() { &requirement.id } else { &requirement.title };
    let short: String = title.chars().take(MAX_MESSAGE_TITLE_CHARS).collect();
    if short.len() < title.len() { format!("{}…", short.trim_end()) } else { short }
}
