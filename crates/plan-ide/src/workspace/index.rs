//! The files of a workspace by what they say of themselves and of each other.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::Arc,
};

use plan_model::{Id, Summary};
use plan_schema::Kind;
use smallvec::SmallVec;

use super::path;
use crate::symbols::Letters;

/// A file of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What kind of document it is.
    pub kind: Kind,
    /// What others see of it.
    pub summary: Arc<Summary>,
}

/// All files of the workspace, and who speaks of whom. A value: it is told what the files say and never looks itself.
///
/// The order in which files are [set](Self::set) leaves no trace.
#[derive(Clone, Debug, Default)]
pub struct Index {
    roots: Vec<Box<str>>,
    /// Every path that is a file or is linked to.
    paths: BTreeMap<Arc<str>, u32>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    files: usize,
    /// Who has an id that others may name.
    ids: HashMap<Id, Slots>,
    /// Who names an id and does not have it.
    wanted: HashMap<Id, Slots>,
    /// Files by their name, lower case.
    names: HashMap<Box<str>, Slots>,
}

/// Most ids are had by one file.
type Slots = SmallVec<[u32; 4]>;

#[derive(Clone, Debug)]
struct Slot {
    path: Arc<str>,
    entry: Option<Entry>,
    /// Those of its headings and items.
    letters: Letters,
    linked_from: Vec<u32>,
}

impl Index {
    /// An index of files below these folders, which is what links that begin with `/` start from.
    pub fn new(roots: impl IntoIterator<Item = String>) -> Self {
        Self { roots: roots.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// The folders, the first one that holds a file is its root.
    pub fn root_of(&self, path: &str) -> Option<&str> {
        let holding = self.roots.iter().filter(|root| path::is_in(path, root));
        holding.max_by_key(|root| root.len()).map(|root| &**root)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files
    }

    /// Whether there are no files.
    pub fn is_empty(&self) -> bool {
        self.files == 0
    }

    /// The file at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.slots[*self.paths.get(path)? as usize].entry.as_ref()
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.paths.values().filter_map(|slot| {
            let slot = &self.slots[*slot as usize];
            Some((&slot.path, slot.entry.as_ref()?))
        })
    }

    /// The files in which a name may have all these letters, by path.
    pub(crate) fn iter_with(&self, letters: Letters) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.paths.values().filter_map(move |slot| {
            let slot = &self.slots[*slot as usize];
            slot.letters.have(letters).then_some((&slot.path, slot.entry.as_ref()?))
        })
    }

    /// The files below a folder, by path.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a Arc<str>, &'a Entry)> {
        let start = format!("{}/", folder.trim_end_matches('/'));
        let range = self.paths.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        range.take_while(move |(path, _)| path.starts_with(&start)).filter_map(|(_, slot)| {
            let slot = &self.slots[*slot as usize];
            Some((&slot.path, slot.entry.as_ref()?))
        })
    }

    /// Sets what a file says, or takes it away. Gives the other files of which something else may be true now.
    pub fn set(&mut self, path: &str, entry: Option<Entry>) -> BTreeSet<Arc<str>> {
        let slot = self.intern(path);
        let old = self.slots[slot as usize].entry.take();
        // Who types changes words, and seldom what is named or linked to.
        let listed = matches!((&old, &entry), (Some(old), Some(new)) if speaks_of_the_same(old, new));
        if let Some(old) = old.as_ref().filter(|_| !listed) {
            self.unlist(slot, path, old);
        }
        let dependents = self.dependents(slot, path, old.as_ref(), entry.as_ref());
        if let Some(new) = entry.as_ref().filter(|_| !listed) {
            self.list(slot, path, new);
        }
        self.files += usize::from(entry.is_some());
        self.files -= usize::from(old.is_some());
        let known = &mut self.slots[slot as usize];
        known.letters = entry.as_ref().map(|entry| Letters::of_names(&entry.summary)).unwrap_or_default();
        known.entry = entry;
        self.release(slot);
        dependents
    }

    /// The files that link to a path.
    pub fn linked_from(&self, path: &str) -> Vec<&Arc<str>> {
        let slot = self.paths.get(path).map(|slot| &self.slots[*slot as usize]);
        slot.into_iter()
            .flat_map(|slot| &slot.linked_from)
            .map(|from| &self.slots[*from as usize].path)
            .collect()
    }

    /// The files that link to what lies in a folder.
    pub fn linked_below(&self, folder: &str) -> BTreeSet<&Arc<str>> {
        let start = format!("{}/", folder.trim_end_matches('/'));
        let range = self.paths.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        let below = range.take_while(|(path, _)| path.starts_with(&start));
        below.flat_map(|(path, _)| self.linked_from(path)).collect()
    }

    /// The path that a link of a file means, if it means one: `/a.md` is meant from the root.
    pub fn target(&self, from: &str, link: &str) -> Option<String> {
        match link.strip_prefix('/') {
            Some(rest) => path::join(self.root_of(from)?, rest),
            None => path::join(path::folder(from), link),
        }
    }

    /// The files with this name, wherever they lie.
    pub fn named(&self, name: &str) -> Vec<&Arc<str>> {
        let found = self.names.get(name.to_lowercase().as_str());
        found.into_iter().flatten().map(|slot| &self.slots[*slot as usize].path).collect()
    }

    /// The plans in the folder of a file, without it.
    pub fn plans_beside<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
        let folder = path::folder(path);
        let beside =
            self.below(folder).filter(move |(other, _)| path::folder(other) == folder && &***other != path);
        beside.filter(|(_, entry)| entry.kind == Kind::Plan).map(|(path, _)| path)
    }

    /// The file in which a person would look for an id that the file at `from` names: one of the same folder, of one
    /// above or below it, and for an id that does not start again in every plan, anywhere.
    ///
    /// A bare number (`#12`) is another plan's where plans are numbered: where the file that says so is.
    pub fn find(&self, from: &str, id: &Id) -> Option<&Arc<str>> {
        if id.is_plain() {
            let numbered = document_ids(from).iter().any(|own| own.plan_number().is_some());
            return if numbered { self.find(from, &Id::plan(id.as_str())) } else { None };
        }
        let folder = path::folder(from);
        let candidates = self.ids.get(id)?.iter().map(|slot| &self.slots[*slot as usize].path);
        let near = |other: &str| {
            let other = path::folder(other);
            other == folder || path::is_in(other, folder) || path::is_in(folder, other)
        };
        let anywhere = !id.prefix().is_empty() || id.plan_number().is_some();
        candidates.filter(|path| &***path != from && (anywhere || near(path))).min_by_key(|path| {
            (path::relative(folder, path).matches('/').count(), path.len(), (*path).clone())
        })
    }

    /// Everything it holds as text, for comparing two of them.
    pub fn dump(&self) -> String {
        use std::fmt::Write;
        let mut out = String::new();
        for (path, entry) in self.iter() {
            let mut linked: Vec<&Arc<str>> = self.linked_from(path);
            linked.sort();
            let _ = writeln!(out, "{path} {} {:?}\n  from {linked:?}", entry.kind.name(), entry.summary);
        }
        for (title, map) in [("ids", &self.ids), ("wanted", &self.wanted)] {
            let lists: BTreeMap<&Id, BTreeSet<&Arc<str>>> = map
                .iter()
                .map(|(id, slots)| (id, slots.iter().map(|slot| &self.slots[*slot as usize].path).collect()))
                .collect();
            let _ = writeln!(out, "{title} {lists:?}");
        }
        let _ = writeln!(out, "{:?}", self.paths.keys().collect::<Vec<_>>());
        out
    }

    fn intern(&mut self, path: &str) -> u32 {
        if let Some(slot) = self.paths.get(path) {
            return *slot;
        }
        let path: Arc<str> = path.into();
        let slot = Slot {
            path: Arc::clone(&path),
            entry: None,
            letters: Letters::default(),
            linked_from: Vec::new(),
        };
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.slots.len() as u32 - 1
            }
        };
        self.paths.insert(path, index);
        index
    }

    /// Forgets a path that is no file and that nobody links to.
    fn release(&mut self, slot: u32) {
        let Slot { path, entry: None, linked_from, .. } = &self.slots[slot as usize] else { return };
        if linked_from.is_empty() {
            self.paths.remove(path);
            self.free.push(slot);
        }
    }

    fn list(&mut self, slot: u32, path: &str, entry: &Entry) {
        for target in self.targets(path, entry) {
            let target = self.intern(&target);
            self.slots[target as usize].linked_from.push(slot);
        }
        for id in ids(path, entry) {
            self.ids.entry(id).or_default().push(slot);
        }
        for id in wanted(entry) {
            self.wanted.entry(id).or_default().push(slot);
        }
        self.names.entry(path::name(path).to_lowercase().into()).or_default().push(slot);
    }

    fn unlist(&mut self, slot: u32, path: &str, entry: &Entry) {
        for target in self.targets(path, entry) {
            let Some(target) = self.paths.get(target.as_str()).copied() else { continue };
            self.slots[target as usize].linked_from.retain(|from| *from != slot);
            if target != slot {
                self.release(target);
            }
        }
        for id in ids(path, entry) {
            take(&mut self.ids, &id, slot);
        }
        for id in wanted(entry) {
            take(&mut self.wanted, &id, slot);
        }
        take(&mut self.names, path::name(path).to_lowercase().as_str(), slot);
    }

    /// The paths that a file links to.
    fn targets(&self, path: &str, entry: &Entry) -> BTreeSet<String> {
        entry.summary.links.iter().filter_map(|link| self.target(path, &link.path)).collect()
    }

    /// The files of which something else may be true when `new` stands in the place of `old`.
    fn dependents(
        &self,
        slot: u32,
        path: &str,
        old: Option<&Entry>,
        new: Option<&Entry>,
    ) -> BTreeSet<Arc<str>> {
        let same = match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => old.kind == new.kind && !new.summary.reads_differently(&old.summary),
            _ => false,
        };
        if same {
            return BTreeSet::new();
        }
        let mut found: BTreeSet<u32> = self.slots[slot as usize].linked_from.iter().copied().collect();
        if !self.wanted.is_empty() {
            let ids_of = |entry: Option<&Entry>| entry.map(|entry| ids(path, entry)).unwrap_or_default();
            for id in ids_of(old).union(&ids_of(new)) {
                found.extend(self.wanted.get(id).into_iter().flatten());
            }
        }
        // What it says of others is about those, too.
        for id in [old, new].into_iter().flatten().flat_map(wanted) {
            found.extend(self.ids.get(&id).into_iter().flatten());
        }
        for target in [old, new].into_iter().flatten().flat_map(|entry| self.targets(path, entry)) {
            found.extend(self.paths.get(target.as_str()));
        }
        found.remove(&slot);
        let files = found.into_iter().map(|slot| &self.slots[slot as usize]);
        files.filter(|slot| slot.entry.is_some()).map(|slot| Arc::clone(&slot.path)).collect()
    }
}

fn take<K: std::hash::Hash + Eq + std::borrow::Borrow<Q>, Q: std::hash::Hash + Eq + ?Sized>(
    map: &mut HashMap<K, Slots>,
    key: &Q,
    slot: u32,
) {
    if let Some(slots) = map.get_mut(key) {
        slots.retain(|known| *known != slot);
        if slots.is_empty() {
            map.remove(key);
        }
    }
}

/// Whether two entries of a file have the same ids and links, and name the same.
fn speaks_of_the_same(old: &Entry, new: &Entry) -> bool {
    let (old, new) = (&*old.summary, &*new.summary);
    let same_work = match (&old.work, &new.work) {
        (Some(old), Some(new)) => {
            old.wanted == new.wanted
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

/// The ids that others may name: those of its phases and tasks that mean something outside, and its own.
fn ids(path: &str, entry: &Entry) -> BTreeSet<Id> {
    let items = entry.summary.work.iter().flat_map(|work| &work.items);
    let mut found: BTreeSet<Id> =
        items.filter_map(|item| item.id.clone()).filter(|id| !id.is_plain()).collect();
    found.extend(document_ids(path));
    found
}

/// The ids that a file names and does not have.
fn wanted(entry: &Entry) -> BTreeSet<Id> {
    let Some(work) = &entry.summary.work else { return BTreeSet::new() };
    let mut found: BTreeSet<Id> = work.wanted.iter().cloned().collect();
    // A bare number may be the number of a plan.
    found.extend(work.wanted.iter().filter(|id| id.is_plain()).map(|id| Id::plan(id.as_str())));
    found.extend(work.relations.iter().flat_map(|named| document_ids_of_name(&named.name)));
    found
}

/// The ids that a document has by its file's name: `plan 32` of `plans/0032-move.md` and of `00032-move/PLAN.md`,
/// `ADR-0001` of `adr/ADR-0001-index.md`.
pub fn document_ids(path: &str) -> Vec<Id> {
    let stem = path::stem(path);
    let generic = ["plan", "readme", "index", "tasks", "spec", "design", "requirements", "proposal"]
        .contains(&stem.to_lowercase().as_str());
    let name = if generic { path::name(path::folder(path)) } else { stem };
    document_ids_of_name(name)
}

/// The ids in the name of a document, or in what a person writes for it: `32`, `Plan 32`, `0032-move.md`, `ADR-0001`.
fn document_ids_of_name(name: &str) -> Vec<Id> {
    let name = path::name(name.trim());
    let without_word = name
        .get(..5)
        .filter(|word| word.eq_ignore_ascii_case("plan ") || word.eq_ignore_ascii_case("plan-"))
        .map_or(name, |word| &name[word.len()..]);
    let bare = without_word.trim_start_matches('#');
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let after = bare[digits..].chars().next();
    // A date is no number of a plan.
    if (1..=6).contains(&digits) && after.is_none_or(|c| !c.is_alphanumeric()) && !is_date(bare) {
        return vec![Id::plan(&bare[..digits])];
    }
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    // `phase-1-setup.md` is that phase of the plan beside it.
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

/// `2026-01-05`, whatever follows.
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
        File::new(path, Document::unedited(text)).entry()
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
    fn who_links_to_whom() {
        let mut index = index(&[
            ("/w/a.md", "[b](docs/b.md#x) [root](/docs/b.md)\n"),
            ("/w/docs/c.md", "[b](b.md) [none](../none.md)\n"),
        ]);
        assert_eq!(names(index.linked_from("/w/docs/b.md")), ["/w/a.md", "/w/docs/c.md"]);
        let affected = index.set("/w/docs/b.md", Some(entry("/w/docs/b.md", "# B\n")));
        assert_eq!(names(affected), ["/w/a.md", "/w/docs/c.md"]);
        let affected = index.set("/w/docs/b.md", Some(entry("/w/docs/b.md", "# B\n\ntext\n")));
        assert_eq!(names(affected), [""; 0], "text is nothing to others");
        let affected = index.set("/w/docs/b.md", None);
        assert_eq!(names(affected), ["/w/a.md", "/w/docs/c.md"]);
        index.set("/w/a.md", None);
        index.set("/w/docs/c.md", None);
        assert_eq!(index.dump(), Index::new(["/w".to_owned()]).dump());
    }

    #[test]
    fn ids_in_other_files() {
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
        assert_eq!(find("/w/plans/0032-move.md", Id::task("1.1")), None, "dotted ids are everywhere");
        assert_eq!(find("/w/p/phase-2.md", Id::plan("00032")).as_deref(), Some("/w/plans/0032-move.md"));
        assert_eq!(
            find("/w/p/phase-2.md", Id::task("ADR-0007")).as_deref(),
            Some("/w/adr/ADR-0007-index.md")
        );
        assert_eq!(find("/w/plans/0033-next.md", Id::task("32")).as_deref(), Some("/w/plans/0032-move.md"));
        assert_eq!(find("/w/plans/next.md", Id::task("32")), None, "plans are not numbered here");
        let done = phase_1.replace("[ ] **T2", "[x] **T2");
        let affected = index.set("/w/p/phase-1.md", Some(entry("/w/p/phase-1.md", &done)));
        assert_eq!(names(affected), ["/w/p/phase-2.md"]);
    }

    #[test]
    fn documents_by_their_names() {
        let ids = |path: &str| document_ids(path).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(ids("/p/0032-move.md"), ["plan 32"]);
        assert_eq!(ids("/p/00032-move/PLAN.md"), ["plan 32"]);
        assert_eq!(ids("/p/adr-0007-x.md"), ["ADR-0007"]);
        assert_eq!(ids("/p/2026-01-05-x.md"), [""; 0]);
        assert_eq!(ids("/p/plan-2026-01-05-x.md"), [""; 0]);
        assert_eq!(ids("/p/phase-01-setup.md"), ["phase 1"]);
    }

    proptest! {
        /// However files come, change and go: what stands in the end is what a fresh index of the last texts holds.
        #[test]
        fn order_leaves_no_trace(steps in prop::collection::vec((0..5usize, 0..6usize), 1..40)) {
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
