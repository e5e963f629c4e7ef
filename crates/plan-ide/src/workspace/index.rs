//! The index of a workspace: summaries of its files, with reverse lookups.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

use plan_model::{Id, Summary};
use plan_schema::{DocumentKind, family::FamilyFacts};
use smallvec::SmallVec;

use super::letters::LetterSet;
use super::path;

/// Index entry of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Kind of the document.
    pub kind: DocumentKind,
    /// Whether the file is in an archive.
    pub archived: bool,
    /// Summary that other files use.
    pub summary: Arc<Summary>,
    /// Requirements and references as a document of a family.
    pub family: Option<Arc<FamilyFacts>>,
}

impl Entry {
    /// Returns whether the file is a plan that is not archived.
    pub fn is_unarchived_plan(&self) -> bool {
        self.kind == DocumentKind::Plan && !self.archived
    }
}

/// All files of the workspace and the references between them. The index is a value: callers add entries, and the
/// index reads no files.
///
/// The order of calls of [`Self::set`] does not matter.
#[derive(Clone, Debug, Default)]
pub struct Index {
    roots: Vec<Box<str>>,
    /// Every path that is a file or a link target.
    paths: BTreeMap<Arc<str>, u32>,
    records: Vec<FileRecord>,
    free: Vec<u32>,
    files: usize,
    /// Files by the IDs that other files can refer to.
    ids: HashMap<Id, FileNumbers>,
    /// Files by the IDs that they refer to but do not define.
    unresolved_ids: HashMap<Id, FileNumbers>,
    /// Files by lower-case name.
    names: HashMap<Box<str>, FileNumbers>,
    /// Documents of families by project and document set.
    sets: HashMap<SetKey, FileNumbers>,
}

/// Project and document set of a document of a family.
type SetKey = (Box<str>, Option<Box<str>>);

/// Indices of files in `records`. Most IDs occur in exactly one file.
type FileNumbers = SmallVec<[u32; 4]>;

#[derive(Clone, Debug)]
struct FileRecord {
    path: Arc<str>,
    entry: Option<Entry>,
    /// Letters of the file's headings and items.
    letters: LetterSet,
    linked_from: Vec<u32>,
}

impl Index {
    /// Creates an index of the files below these folders. Links that start with `/` are relative to them.
    pub fn new(roots: impl IntoIterator<Item = String>) -> Self {
        Self { roots: roots.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Returns the innermost root folder that contains a path.
    pub fn root_of(&self, path: &str) -> Option<&str> {
        let containing = self.roots.iter().filter(|root| path::is_in(path, root));
        containing.max_by_key(|root| root.len()).map(|root| &**root)
    }

    /// Returns the number of files.
    pub fn len(&self) -> usize {
        self.files
    }

    /// Returns whether the index has no files.
    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// Returns the entry of the file at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.records[*self.paths.get(path)? as usize].entry.as_ref()
    }

    /// Returns all files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.paths.values().filter_map(|number| {
            let record = &self.records[*number as usize];
            Some((&record.path, record.entry.as_ref()?))
        })
    }

    /// Returns the files in which a name can contain all these letters, by path.
    pub(crate) fn iter_with(&self, letters: LetterSet) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.paths.values().filter_map(move |number| {
            let record = &self.records[*number as usize];
            record.letters.contains(letters).then_some((&record.path, record.entry.as_ref()?))
        })
    }

    /// Returns the files below a folder, by path.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a Arc<str>, &'a Entry)> {
        let start = format!("{}/", folder.trim_end_matches('/'));
        let range = self.paths.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        range.take_while(move |(path, _)| path.starts_with(&start)).filter_map(|(_, number)| {
            let record = &self.records[*number as usize];
            Some((&record.path, record.entry.as_ref()?))
        })
    }

    /// Inserts, replaces or removes an entry. Returns the other files whose findings may change.
    pub fn set(&mut self, path: &str, entry: Option<Entry>) -> BTreeSet<Arc<str>> {
        let number = self.intern(path);
        let old = self.records[number as usize].entry.take();
        // Most edits change text only, not IDs or links.
        let is_unchanged = matches!((&old, &entry), (Some(old), Some(new)) if has_same_references(old, new));
        if let Some(old) = old.as_ref().filter(|_| !is_unchanged) {
            self.remove_references(number, path, old);
        }
        let dependents = self.dependents(number, path, old.as_ref(), entry.as_ref());
        if let Some(new) = entry.as_ref().filter(|_| !is_unchanged) {
            self.add_references(number, path, new);
        }
        let set_of = |entry: &Entry| entry.family.as_deref().map(set_key);
        let (old_set, new_set) = (old.as_ref().and_then(set_of), entry.as_ref().and_then(set_of));
        if old_set != new_set {
            if let Some(key) = old_set {
                remove_number(&mut self.sets, &key, number);
            }
            if let Some(key) = new_set {
                self.sets.entry(key).or_default().push(number);
            }
        }
        self.files += usize::from(entry.is_some());
        self.files -= usize::from(old.is_some());
        let known = &mut self.records[number as usize];
        let letters = |entry: &Entry| LetterSet::of_names(&entry.summary, entry.family.as_deref());
        known.letters = entry.as_ref().map(letters).unwrap_or_default();
        known.entry = entry;
        self.release(number);
        dependents
    }

    /// Returns the files that link to a path.
    pub fn linked_from(&self, path: &str) -> Vec<&Arc<str>> {
        let record = self.paths.get(path).map(|number| &self.records[*number as usize]);
        record
            .into_iter()
            .flat_map(|record| &record.linked_from)
            .map(|from| &self.records[*from as usize].path)
            .collect()
    }

    /// Returns the files that link to a path below a folder.
    pub fn linked_below(&self, folder: &str) -> BTreeSet<&Arc<str>> {
        let start = format!("{}/", folder.trim_end_matches('/'));
        let range = self.paths.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        let below = range.take_while(|(path, _)| path.starts_with(&start));
        below.flat_map(|(path, _)| self.linked_from(path)).collect()
    }

    /// Returns the path that a link resolves to, whether or not it exists. `/a.md` is relative to the root. `None` if
    /// it cannot be resolved.
    pub fn target(&self, from: &str, link: &str) -> Option<String> {
        match link.strip_prefix('/') {
            Some(rest) => path::join(self.root_of(from)?, rest),
            None => path::join(path::folder(from), link),
        }
    }

    /// Returns the files with this name, in any folder.
    pub fn files_named(&self, name: &str) -> Vec<&Arc<str>> {
        let found = self.names.get(name.to_lowercase().as_str());
        found.into_iter().flatten().map(|number| &self.records[*number as usize].path).collect()
    }

    /// Returns the other plans in the folder of a file.
    pub fn sibling_plans<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
        self.sibling_entries(path).filter(|(_, entry)| entry.kind == DocumentKind::Plan).map(|(path, _)| path)
    }

    /// Returns the other files in the folder of a file.
    pub fn siblings<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
        self.sibling_entries(path).map(|(path, _)| path)
    }

    fn sibling_entries<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a Arc<str>, &'a Entry)> {
        let folder = path::folder(path);
        self.below(folder).filter(move |(other, _)| path::folder(other) == folder && &***other != path)
    }

    /// Returns the file that defines an ID in a reference of the file at `from`. The file is in the same folder, in a
    /// parent folder or subfolder. IDs that are not numbered per plan can be defined in any folder.
    ///
    /// A plain number (`#12`) refers to another plan if the file at `from` is a numbered plan.
    pub fn find(&self, from: &str, id: &Id) -> Option<&Arc<str>> {
        if id.is_plain() {
            let numbered = document_ids(from).iter().any(|own| own.plan_number().is_some());
            return if numbered { self.find(from, &Id::plan(id.as_str())) } else { None };
        }
        let folder = path::folder(from);
        let candidates = self.ids.get(id)?.iter().map(|number| &self.records[*number as usize].path);
        let near = |other: &str| self.is_related(from, other);
        let anywhere = !id.prefix().is_empty() || id.plan_number().is_some();
        candidates.filter(|path| &***path != from && (anywhere || near(path))).min_by_key(|path| {
            (path::relative(folder, path).matches('/').count(), path.len(), (*path).clone())
        })
    }

    /// Returns whether two documents are parts of one plan, so that a number in one document can refer to a task in the
    /// other. One of these conditions must apply:
    ///
    /// - The header or a link of one document refers to the other.
    /// - They have the same number, or one continues the numbering of the other.
    /// - They are phase files of one folder, or one of them is the main document of their folder.
    fn is_related(&self, from: &str, other: &str) -> bool {
        let (folder, other_folder) = (path::folder(from), path::folder(other));
        if self.refers(from, other) || self.refers(other, from) {
            return true;
        }
        // Numbers in a document set refer to its own requirements and tasks.
        let set = |path: &str| self.get(path).and_then(|entry| entry.family.as_deref()?.set.as_deref());
        if set(from) != set(other) {
            return false;
        }
        let (own, others) = (document_ids(from), document_ids(other));
        let same_number = own.iter().any(|id| id.plan_number().is_some() && others.contains(id));
        let is_part = |ids: &[Id]| ids.iter().any(|id| id.is_phase() && id.plan_number().is_none());
        let is_near =
            folder == other_folder || path::is_in(other_folder, folder) || path::is_in(folder, other_folder);
        same_number
            || is_near
                && (is_part(&own) && is_part(&others)
                    || is_generic(path::stem(from))
                    || is_generic(path::stem(other))
                    || !self.has_common_numbers(from, other))
    }

    /// Returns whether two documents use the same numbers for phases or tasks: both have a phase 2 or a task 2.1.
    /// Such documents are separate plans, because the parts of one plan continue the numbering.
    fn has_common_numbers(&self, a: &str, b: &str) -> bool {
        let numbers = |path: &str| -> BTreeSet<&str> {
            let items = self.get(path).and_then(|entry| entry.summary.plan.as_ref());
            let ids = items.into_iter().flat_map(|plan| &plan.items).filter_map(|item| item.id.as_ref());
            ids.filter_map(leading_number).collect()
        };
        !numbers(a).is_disjoint(&numbers(b))
    }

    /// Returns whether the header or a link of a document refers to another document.
    fn refers(&self, from: &str, other: &str) -> bool {
        let Some(entry) = self.get(from) else { return false };
        let header = entry.summary.plan.iter().flat_map(|plan| &plan.header_paths);
        let mut named = header.map(|path| path.trim_start_matches(['.', '/']));
        // A path in a header is often relative to the root.
        named.any(|path| other.strip_suffix(path).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
            || entry
                .summary
                .links
                .iter()
                .any(|link| self.target(from, &link.path).is_some_and(|target| target == *other))
    }

    /// Returns the content as text, for comparisons.
    pub fn dump(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        for (path, entry) in self.iter() {
            let mut linked: Vec<&Arc<str>> = self.linked_from(path);
            linked.sort();
            let _ = writeln!(out, "{path} {} {:?}\n  from {linked:?}", entry.kind.name(), entry.summary);
        }
        for (title, map) in [("ids", &self.ids), ("unresolved", &self.unresolved_ids)] {
            let lists: BTreeMap<&Id, BTreeSet<&Arc<str>>> = map
                .iter()
                .map(|(id, numbers)| {
                    (id, numbers.iter().map(|number| &self.records[*number as usize].path).collect())
                })
                .collect();
            let _ = writeln!(out, "{title} {lists:?}");
        }
        let _ = writeln!(out, "{:?}", self.paths.keys().collect::<Vec<_>>());
        out
    }

    fn intern(&mut self, path: &str) -> u32 {
        if let Some(number) = self.paths.get(path) {
            return *number;
        }
        let path: Arc<str> = path.into();
        let record = FileRecord {
            path: Arc::clone(&path),
            entry: None,
            letters: LetterSet::default(),
            linked_from: Vec::new(),
        };
        let index = match self.free.pop() {
            Some(index) => {
                self.records[index as usize] = record;
                index
            }
            None => {
                self.records.push(record);
                self.records.len() as u32 - 1
            }
        };
        self.paths.insert(path, index);
        index
    }

    /// Removes a path if it is neither a file nor a link target.
    fn release(&mut self, number: u32) {
        let FileRecord { path, entry: None, linked_from, .. } = &self.records[number as usize] else {
            return;
        };
        if linked_from.is_empty() {
            self.paths.remove(path);
            self.free.push(number);
        }
    }

    fn add_references(&mut self, number: u32, path: &str, entry: &Entry) {
        for target in self.targets(path, entry) {
            let target = self.intern(&target);
            self.records[target as usize].linked_from.push(number);
        }
        for id in ids(path, entry) {
            self.ids.entry(id).or_default().push(number);
        }
        for id in unresolved_ids(entry) {
            self.unresolved_ids.entry(id).or_default().push(number);
        }
        self.names.entry(path::name(path).to_lowercase().into()).or_default().push(number);
    }

    fn remove_references(&mut self, number: u32, path: &str, entry: &Entry) {
        for target in self.targets(path, entry) {
            let Some(target) = self.paths.get(target.as_str()).copied() else { continue };
            self.records[target as usize].linked_from.retain(|from| *from != number);
            if target != number {
                self.release(target);
            }
        }
        for id in ids(path, entry) {
            remove_number(&mut self.ids, &id, number);
        }
        for id in unresolved_ids(entry) {
            remove_number(&mut self.unresolved_ids, &id, number);
        }
        remove_number(&mut self.names, path::name(path).to_lowercase().as_str(), number);
    }

    /// Returns the paths that a file links to.
    fn targets(&self, path: &str, entry: &Entry) -> BTreeSet<String> {
        entry.summary.links.iter().filter_map(|link| self.target(path, &link.path)).collect()
    }

    /// Returns the files whose findings may change when `new` replaces `old`.
    fn dependents(
        &self,
        number: u32,
        path: &str,
        old: Option<&Entry>,
        new: Option<&Entry>,
    ) -> BTreeSet<Arc<str>> {
        let same = match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => {
                old.kind == new.kind
                    && !new.summary.differs_beyond_positions(&old.summary)
                    && same_requirements(old, new)
            }
            _ => false,
        };
        if same {
            return BTreeSet::new();
        }
        let mut of_set = BTreeSet::new();
        if !matches!((old, new), (Some(old), Some(new)) if same_requirements(old, new)) {
            for facts in [old, new].into_iter().flatten().filter_map(|entry| entry.family.as_deref()) {
                of_set.extend(self.documents_with(facts).map(|(path, _)| Arc::clone(path)));
            }
            of_set.remove(path);
        }
        let mut found: BTreeSet<u32> = self.records[number as usize].linked_from.iter().copied().collect();
        if !self.unresolved_ids.is_empty() {
            let ids_of = |entry: Option<&Entry>| entry.map(|entry| ids(path, entry)).unwrap_or_default();
            for id in ids_of(old).union(&ids_of(new)) {
                found.extend(self.unresolved_ids.get(id).into_iter().flatten());
            }
        }
        // The references of the file also affect the referenced files.
        for id in [old, new].into_iter().flatten().flat_map(unresolved_ids) {
            found.extend(self.ids.get(&id).into_iter().flatten());
        }
        for target in [old, new].into_iter().flatten().flat_map(|entry| self.targets(path, entry)) {
            found.extend(self.paths.get(target.as_str()));
        }
        found.remove(&number);
        let files = found.into_iter().map(|number| &self.records[number as usize]);
        of_set.extend(files.filter(|record| record.entry.is_some()).map(|record| Arc::clone(&record.path)));
        of_set
    }

    /// Returns the documents that a document with these facts can affect, in any order. These are the documents of its
    /// document set and the shared documents of the project; for a shared document, all documents of the project.
    pub fn documents_with<'a>(
        &'a self,
        facts: &'a FamilyFacts,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<FamilyFacts>)> {
        // Document sets have few documents, projects have many.
        let of_set = facts.set.is_some().then(|| {
            let keys = [set_key(facts), (facts.project.clone(), None)];
            let numbers = keys.into_iter().filter_map(|key| self.sets.get(&key)).flatten();
            numbers.map(|number| &self.records[*number as usize])
        });
        let of_project = facts.set.is_none().then(|| self.documents_of_project(facts));
        let of_set = of_set.into_iter().flatten().filter_map(|record| {
            let facts = record.entry.as_ref()?.family.as_ref()?;
            Some((&record.path, facts))
        });
        of_set.filter(|(_, other)| other.family == facts.family).chain(of_project.into_iter().flatten())
    }

    /// Returns the documents of the family in the project of a document with these facts, by path.
    pub fn documents_of_project<'a>(
        &'a self,
        facts: &'a FamilyFacts,
    ) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<FamilyFacts>)> {
        let documents =
            self.below(&facts.project).filter_map(|(path, entry)| Some((path, entry.family.as_ref()?)));
        documents.filter(|(_, other)| other.family == facts.family && other.project == facts.project)
    }
}

fn set_key(facts: &FamilyFacts) -> SetKey {
    (facts.project.clone(), facts.set.clone())
}

/// Returns whether two entries of a file define and name the same requirements.
fn same_requirements(old: &Entry, new: &Entry) -> bool {
    match (&old.family, &new.family) {
        (Some(old), Some(new)) => !new.differs_beyond_positions(old),
        (old, new) => old.is_none() == new.is_none(),
    }
}

fn remove_number<K: std::hash::Hash + Eq + std::borrow::Borrow<Q>, Q: std::hash::Hash + Eq + ?Sized>(
    map: &mut HashMap<K, FileNumbers>,
    key: &Q,
    number: u32,
) {
    if let Some(numbers) = map.get_mut(key) {
        numbers.retain(|known| *known != number);
        if numbers.is_empty() {
            map.remove(key);
        }
    }
}

/// Returns whether two entries of a file have the same IDs, links and references.
fn has_same_references(old: &Entry, new: &Entry) -> bool {
    let (old, new) = (&*old.summary, &*new.summary);
    let same_work = match (&old.plan, &new.plan) {
        (Some(old), Some(new)) => {
            old.unresolved_ids == new.unresolved_ids
                && (&old.row_ids, &old.header_paths) == (&new.row_ids, &new.header_paths)
                && old.items.iter().map(|item| &item.id).eq(new.items.iter().map(|item| &item.id))
                && old
                    .relations
                    .iter()
                    .map(|named| &named.name)
                    .eq(new.relations.iter().map(|named| &named.name))
        }
        (None, None) => true,
        _ => false,
    };
    same_work && old.links.iter().map(|link| &link.path).eq(new.links.iter().map(|link| &link.path))
}

/// Returns the IDs that other files can refer to: IDs of phases and tasks that are not plain numbers, and IDs of the
/// document.
fn ids(path: &str, entry: &Entry) -> BTreeSet<Id> {
    let items = entry.summary.plan.iter().flat_map(|work| &work.items);
    let mut found: BTreeSet<Id> =
        items.filter_map(|item| item.id.clone()).filter(|id| !id.is_plain()).collect();
    found.extend(entry.summary.plan.iter().flat_map(|work| work.row_ids.iter().cloned()));
    found.extend(document_ids(path));
    found
}

/// Returns the IDs that a file refers to but does not define.
fn unresolved_ids(entry: &Entry) -> BTreeSet<Id> {
    let Some(work) = &entry.summary.plan else { return BTreeSet::new() };
    let mut found: BTreeSet<Id> = work.unresolved_ids.iter().cloned().collect();
    // A plain number may be a plan number.
    found.extend(work.unresolved_ids.iter().filter(|id| id.is_plain()).map(|id| Id::plan(id.as_str())));
    found.extend(work.relations.iter().flat_map(|named| document_ids_of_name(&named.name)));
    found
}

/// Returns the first number of a phase or of a task with a dotted number: `2` of `phase 2` and of `2.1`.
fn leading_number(id: &Id) -> Option<&str> {
    if id.is_phase() {
        return id.phase_parts().map(|(_, number)| number);
    }
    id.as_str().split_once('.').map(|(leading, _)| leading).filter(|_| id.prefix().is_empty())
}

/// Returns whether a file name without extension is common for the main document of a folder, such as `plan` or
/// `readme`.
pub(crate) fn is_generic(stem: &str) -> bool {
    ["plan", "readme", "index", "tasks", "spec", "design", "requirements", "proposal"]
        .contains(&stem.to_lowercase().as_str())
}

/// Returns the IDs that a document's file name implies: `plan 32` for `plans/0032-move.md` and `00032-move/PLAN.md`,
/// `ADR-0001` for `adr/ADR-0001-index.md`.
pub fn document_ids(path: &str) -> Vec<Id> {
    let stem = path::stem(path);
    let name = if is_generic(stem) { path::name(path::folder(path)) } else { stem };
    document_ids_of_name(name)
}

/// Returns the IDs in a document's name or in a reference to it: `32`, `Plan 32`, `0032-move.md`, `ADR-0001`.
fn document_ids_of_name(name: &str) -> Vec<Id> {
    let name = path::name(name.trim());
    let without_word = name
        .get(..5)
        .filter(|word| word.eq_ignore_ascii_case("plan ") || word.eq_ignore_ascii_case("plan-"))
        .map_or(name, |word| &name[word.len()..]);
    let number = without_word.trim_start_matches('#');
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let after = number[digits..].chars().next();
    // A date is not a plan number.
    if (1..=6).contains(&digits) && after.is_none_or(|c| !c.is_alphanumeric()) && !is_date(number) {
        return vec![Id::plan(&number[..digits])];
    }
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    // `phase-1-setup.md` contains a phase of the plan in the same folder.
    let word = name[..letters].to_lowercase();
    if ["phase", "stage", "milestone", "sprint", "wave", "iteration"].contains(&word.as_str())
        && let Some(rest) = name[letters..].strip_prefix(['-', '_', ' '])
    {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].trim_start_matches('0');
        let number = if number.is_empty() { "0" } else { number };
        return if digits > 0 { vec![Id::phase(&word, number)] } else { Vec::new() };
    }
    let rest = name[letters..].strip_prefix('-').unwrap_or_default();
    let number = rest.bytes().take_while(u8::is_ascii_digit).count();
    let ends = rest[number..].chars().next().is_none_or(|c| !c.is_alphanumeric());
    if (2..=6).contains(&letters) && number > 0 && ends && !is_date(rest) {
        return vec![Id::task(&name[..letters + 1 + number].to_uppercase())];
    }
    Vec::new()
}

/// Returns whether a text starts with a date such as `2026-01-05`.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 7
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5..7].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;
    use proptest::prelude::*;

    use super::*;
    use crate::File;

    fn entry(path: &str, text: &str) -> Entry {
        File::new(path, Document::parsed(text)).entry()
    }

    fn index(files: &[(&str, &str)]) -> Index {
        let mut index = Index::new(["/w".to_owned()]);
        for (path, text) in files {
            index.set(path, Some(entry(path, text)));
        }
        index
    }

    fn names(paths: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
        paths.into_iter().map(|path| path.as_ref().to_owned()).collect()
    }

    #[test]
    fn links_between_files() {
        let mut index = index(&[
            ("/w/a.md", "[b](docs/b.md#x) [root](/docs/b.md)\n"),
            ("/w/docs/c.md", "[b](b.md) [none](../none.md)\n"),
        ]);
        assert_eq!(names(index.linked_from("/w/docs/b.md")), ["/w/a.md", "/w/docs/c.md"]);
        let affected = index.set("/w/docs/b.md", Some(entry("/w/docs/b.md", "# B\n")));
        assert_eq!(names(affected), ["/w/a.md", "/w/docs/c.md"]);
        let affected = index.set("/w/docs/b.md", Some(entry("/w/docs/b.md", "# B\n\ntext\n")));
        assert_eq!(names(affected), [""; 0], "other files do not depend on text");
        let affected = index.set("/w/docs/b.md", None);
        assert_eq!(names(affected), ["/w/a.md", "/w/docs/c.md"]);
        index.set("/w/a.md", None);
        index.set("/w/docs/c.md", None);
        assert_eq!(index.dump(), Index::new(["/w".to_owned()]).dump());
    }

    #[test]
    fn numbers_of_a_set_are_its_own() {
        let tasks = "# Implementation Plan\n\n- [ ] 1. Mount a sensor\n  - _Requirements: 1.1_\n";
        let index = index(&[
            ("/w/first.md", "# Plan: First\n\n- [ ] **Task 1.1**: Measure\n"),
            ("/w/.kiro/specs/doors/tasks.md", tasks),
            ("/w/.kiro/specs/doors/requirements.md", "# Requirements\n\n### Requirement 1: Doors\n"),
        ]);
        assert_eq!(index.find("/w/.kiro/specs/doors/tasks.md", &Id::task("1.1")), None);
    }

    #[test]
    fn finds_ids_in_other_files() {
        let phase_1 = "# Phase 1\n\n- [ ] **T2-011**: one\n- [ ] **1.1**: two\n";
        let phase_2 = "# Phase 2\n\n- [ ] **T2-012**: one\n  - Depends on: T2-011\n- [ ] **2.1**: two\n  - Depends on: 1.1\n";
        let mut index = index(&[
            ("/w/p/phase-1.md", phase_1),
            ("/w/p/phase-2.md", phase_2),
            ("/w/other/x.md", phase_1),
            ("/w/plans/0032-move.md", "# Move\n\nStatus: Draft\n\n- [ ] x\n"),
            ("/w/adr/ADR-0007-index.md", "# Index\n"),
        ]);
        let find = |from: &str, id: Id| index.find(from, &id).map(|path| path.to_string());
        assert_eq!(find("/w/p/phase-2.md", Id::task("T2-011")).as_deref(), Some("/w/p/phase-1.md"));
        assert_eq!(find("/w/p/phase-2.md", Id::task("1.1")).as_deref(), Some("/w/p/phase-1.md"));
        assert_eq!(find("/w/plans/0032-move.md", Id::task("1.1")), None, "dotted IDs are numbered per plan");
        assert_eq!(find("/w/p/phase-2.md", Id::plan("00032")).as_deref(), Some("/w/plans/0032-move.md"));
        assert_eq!(
            find("/w/p/phase-2.md", Id::task("ADR-0007")).as_deref(),
            Some("/w/adr/ADR-0007-index.md")
        );
        assert_eq!(find("/w/plans/0033-next.md", Id::task("32")).as_deref(), Some("/w/plans/0032-move.md"));
        assert_eq!(find("/w/plans/next.md", Id::task("32")), None, "plans are not numbered here");
        let own = "# Plan: y\n\n- [ ] **1.1**: one\n- [ ] **1.2**: two\n";
        let set = |index: &mut Index, path: &str, text: &str| drop(index.set(path, Some(entry(path, text))));
        let other = "# Plan: z\n\n- [ ] **1.1**: one\n- [ ] **1.9**: two\n";
        set(&mut index, "/w/q/own.md", own);
        set(&mut index, "/w/q/other.md", other);
        let find = |index: &Index, id: Id| index.find("/w/q/own.md", &id).map(|path| path.to_string());
        assert_eq!(find(&index, Id::task("1.9")), None, "both are numbered on their own");
        let own = own.replace("\n\n", "\n\n**Spec**: q/other.md\n\n");
        set(&mut index, "/w/q/own.md", &own);
        assert_eq!(find(&index, Id::task("1.9")).as_deref(), Some("/w/q/other.md"));
        set(&mut index, "/w/q/own.md", "");
        set(&mut index, "/w/q/other.md", "");
        let done = phase_1.replace("[ ] **T2", "[x] **T2");
        let affected = index.set("/w/p/phase-1.md", Some(entry("/w/p/phase-1.md", &done)));
        assert_eq!(names(affected), ["/w/p/phase-2.md"]);
    }

    #[test]
    fn document_ids_from_file_names() {
        let ids = |path: &str| document_ids(path).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids("/p/0032-move.md"), ["plan 32"]);
        assert_eq!(ids("/p/00032-move/PLAN.md"), ["plan 32"]);
        assert_eq!(ids("/p/adr-0007-x.md"), ["ADR-0007"]);
        assert_eq!(ids("/p/2026-01-05-x.md"), [""; 0]);
        assert_eq!(ids("/p/plan-2026-01-05-x.md"), [""; 0]);
        assert_eq!(ids("/p/phase-01-setup.md"), ["phase 1"]);
    }

    proptest! {
        /// After any sequence of updates, the index equals a new index of the final texts.
        #[test]
        fn order_does_not_matter(steps in prop::collection::vec((0..5usize, 0..6usize), 1..40)) {
            let texts = [
                "# A\n\n[b](f1.md) [c](f2.md#x)\n",
                "# Plan\n\nStatus: Draft\n\n- [ ] **T-001**: x\n  - Depends on: T-002\n",
                "# Plan\n\nStatus: Done\n\n- [x] **T-002**: y\n\n[a](f0.md)\n",
                "# Plan\n\nsupersedes: 0001\n\n## Phase 1\n\n- [ ] 1.1 x\n  - Depends on: Plan 3\n",
                "",
            ];
            let mut now: [Option<&str>; 5] = [None; 5];
            let mut index = Index::new(["/w".to_owned()]);
            for (file, text) in steps {
                now[file] = texts.get(text).copied();
                let path = format!("/w/f{file}.md");
                index.set(&path, now[file].map(|text| entry(&path, text)));
            }
            let mut fresh = Index::new(["/w".to_owned()]);
            for (file, text) in now.iter().enumerate().rev() {
                let path = format!("/w/f{file}.md");
                fresh.set(&path, text.map(|text| entry(&path, text)));
            }
            prop_assert_eq!(index.dump(), fresh.dump());
        }
    }
}
