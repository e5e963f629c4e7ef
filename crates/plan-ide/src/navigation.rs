//! Definitions, references, links and highlights.

use std::{
    borrow::Cow,
    cell::{OnceCell, RefCell},
    collections::{BTreeSet, HashMap},
};

use plan_model::{Id, Link, Resolution, Summary, decode, split_target};

use crate::{
    File, Index, TextRange, Workspace,
    editing::references::References,
    entity::{self, Entity},
    sets,
    workspace::path::{folder, join},
};

/// A location in the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NavigationTarget {
    /// A range of the document itself.
    SameDocument(TextRange),
    /// A range of the indexed text of another document, and its line, 0-based.
    OtherDocument {
        /// Path of the document in the index.
        path: String,
        /// Range in the document.
        span: TextRange,
        /// Line, 0-based.
        line: u32,
    },
    /// A line of a file that is not a document of the workspace.
    File {
        /// Absolute path, with `/`.
        path: String,
        /// Line, 0-based.
        line: u32,
    },
}

/// A link of a document with its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLink {
    /// Range of the clickable text.
    pub range: TextRange,
    /// Target: a location in the workspace or a web address.
    pub target: DocumentLinkTarget,
}

/// Target of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentLinkTarget {
    /// A location in the workspace.
    Location(NavigationTarget),
    /// A web address.
    Web(String),
}

/// Returns the definitions of the name at an offset, with the range of the name. `None` if the name has no
/// definition.
pub fn definition(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
) -> Option<(TextRange, Vec<NavigationTarget>)> {
    if let Some(found) = sets::definition(file, workspace, offset) {
        return Some(found);
    }
    if let Some((range, named)) = sets::named::named_document(file, workspace.index, offset) {
        let target = NavigationTarget::OtherDocument { path: named.path.to_string(), span: 0..0, line: 0 };
        return Some((range, vec![target]));
    }
    let markdown = file.environment().markdown.covers(file.kind());
    let is_plan = file.has_tasks();
    if markdown && let Some((range, target)) = link_at(file, workspace, offset) {
        return Some((range, vec![target]));
    }
    if !is_plan {
        return None;
    }
    if let Some((range, target)) = code_path_at(file, workspace, offset) {
        return Some((range, vec![target]));
    }
    let sibling = || {
        let references = References::within(file, &(offset..offset));
        let name = references.names().iter().find(|name| {
            name.range.start <= offset
                && offset <= name.range.end
                && matches!(name.resolution, Resolution::Unresolved)
        })?;
        let targets: Vec<NavigationTarget> =
            name.ids.iter().filter_map(|id| definition_in_sibling(file, workspace.index, id)).collect();
        (!targets.is_empty()).then(|| (name.range.clone(), targets))
    };
    if let Some(found) = sibling() {
        return Some(found);
    }
    // `Phase 1` refers to both Phase 1a and Phase 1b, `all previous tasks` to all of them.
    let several = || {
        let references = References::within(file, &(offset..offset));
        let touched =
            references.names().iter().find(|name| name.range.start <= offset && offset <= name.range.end)?;
        let items: Vec<_> =
            touched.targets.iter().filter_map(|(_, item)| file.plan().item((*item)?)).collect();
        let places = items.iter().filter_map(|item| item.id_range()).map(NavigationTarget::SameDocument);
        (touched.ids.len() < 2 && items.len() > 1).then(|| (touched.range.clone(), places.collect()))
    };
    if let Some(found) = several() {
        return Some(found);
    }
    let (entity, range) = entity::entity_at(file, offset)?;
    let plan = file.plan();
    // Other Markdown servers return a heading as its own definition.
    if !markdown && matches!(entity, Entity::Heading(_)) {
        return None;
    }
    let place = match &entity {
        Entity::Id(index) => plan.item(*index)?.id_range()?,
        Entity::GanttId(chart, id) => {
            let (start, chart) = plan.gantt_charts().get(*chart)?;
            let bar = chart
                .tasks
                .iter()
                .filter_map(|bar| bar.id.as_ref())
                .find(|bar| file.document().slice(start + bar.start..start + bar.end) == *id)?;
            start + bar.start..start + bar.end
        }
        // The first occurrence of a person is in the header, among the plan's owners.
        Entity::Label(_) | Entity::Milestone(_) | Entity::Person(_) => {
            entity::occurrences(file, &entity).into_iter().next()?
        }
        Entity::Heading(_) | Entity::Title(_) => range.clone(),
    };
    Some((range, vec![NavigationTarget::SameDocument(place)]))
}

/// Returns the item of another document that an ID refers to.
fn definition_in_sibling(file: &File, index: &Index, id: &Id) -> Option<NavigationTarget> {
    let path = index.find(file.path(), id)?;
    let work = index.get(path)?.summary.plan.as_ref()?;
    let path = path.to_string();
    match work.items.iter().find(|item| item.id.as_ref() == Some(id)) {
        Some(item) => {
            let span = item.span.start as usize..item.span.end as usize;
            Some(NavigationTarget::OtherDocument { path, span, line: item.line })
        }
        None => Some(NavigationTarget::OtherDocument { path, span: 0..0, line: 0 }),
    }
}

fn link_at(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<(TextRange, NavigationTarget)> {
    let links = file.plan().links_in(&(offset..offset));
    let link = links.iter().find(|link| link.range.start <= offset && offset < link.range.end)?;
    Some((link.range.clone(), of_link(file, workspace, link, &Headings::default())?))
}

/// Anchors of headings, computed on demand: a document can have thousands of links.
#[derive(Default)]
struct Headings {
    /// Headings of the document by anchor.
    own: OnceCell<HashMap<String, TextRange>>,
    /// Indices of headings of other documents, by path and anchor.
    others: RefCell<HashMap<String, HashMap<String, usize>>>,
}

impl Headings {
    fn own_anchors(&self, file: &File) -> &HashMap<String, TextRange> {
        self.own.get_or_init(|| {
            let (anchors, _) = file.plan().all_anchors();
            let places: Vec<TextRange> = file.plan().sections().map(|section| section.text_range()).collect();
            // The first of several headings with the same anchor takes precedence.
            anchors.into_iter().map(Cow::into_owned).zip(places).rev().collect()
        })
    }

    fn heading_with_anchor(&self, path: &str, summary: &Summary, wanted: &str) -> Option<usize> {
        let mut anchors_by_path = self.others.borrow_mut();
        if !anchors_by_path.contains_key(path) {
            let anchors = summary.heading_anchors().into_iter().enumerate().rev();
            anchors_by_path
                .insert(path.to_owned(), anchors.map(|(number, anchor)| (anchor, number)).collect());
        }
        anchors_by_path.get(path)?.get(wanted).copied()
    }
}

/// Returns the location that a link leads to, if it exists.
fn of_link(
    file: &File,
    workspace: &Workspace<'_>,
    link: &Link<'_>,
    headings: &Headings,
) -> Option<NavigationTarget> {
    if let Some(fragment) = link.target.strip_prefix('#') {
        let wanted = decode(fragment).to_lowercase();
        return Some(NavigationTarget::SameDocument(headings.own_anchors(file).get(&wanted)?.clone()));
    }
    let (written, fragment) = split_target(link.target)?;
    let path = workspace.index.target(file.path(), &written)?;
    if path == file.path() {
        // The index may contain another text of this file.
        let heading =
            fragment.and_then(|fragment| headings.own_anchors(file).get(&fragment.to_lowercase()).cloned());
        return Some(NavigationTarget::SameDocument(heading.unwrap_or(0..0)));
    }
    let Some(summary) = workspace.index.get(&path).map(|entry| &entry.summary) else {
        return workspace.exists(&path).then_some(NavigationTarget::File { path, line: 0 });
    };
    let heading =
        fragment.and_then(|fragment| headings.heading_with_anchor(&path, summary, &fragment.to_lowercase()));
    let found = heading.and_then(|heading| summary.headings.get(heading));
    Some(match found {
        Some(heading) => {
            let span = heading.span.start as usize..heading.span.end as usize;
            NavigationTarget::OtherDocument { path, span, line: heading.line }
        }
        None => NavigationTarget::OtherDocument { path, span: 0..0, line: 0 },
    })
}

fn code_path_at(
    file: &File,
    workspace: &Workspace<'_>,
    offset: usize,
) -> Option<(TextRange, NavigationTarget)> {
    let paths = file.plan().code_paths_in(&(offset..offset));
    let found = paths.into_iter().find(|path| path.range.start <= offset && offset <= path.range.end)?;
    let path = on_disk(file, workspace, &found.path)?;
    let line = found.line.map_or(0, |line| line.saturating_sub(1) as u32);
    Some((found.range, NavigationTarget::File { path, line }))
}

/// Resolves a path in backticks: relative to the document, otherwise to the root of its workspace.
fn on_disk(file: &File, workspace: &Workspace<'_>, path: &str) -> Option<String> {
    let root = workspace.index.root_of(file.path());
    let bases = [Some(folder(file.path())), root];
    let mut found = bases.into_iter().flatten().filter_map(|base| join(base, path.trim_start_matches("./")));
    found.find(|path| workspace.exists(path))
}

/// Returns the links of a document whose target exists or is a web address.
pub fn links(file: &File, workspace: &Workspace<'_>) -> Vec<DocumentLink> {
    let mut found = Vec::new();
    let headings = Headings::default();
    if file.environment().markdown.covers(file.kind()) {
        for link in file.plan().links() {
            let web = link.target.starts_with("https://") || link.target.starts_with("http://");
            let target = match web {
                true => Some(DocumentLinkTarget::Web(link.target.to_owned())),
                false => of_link(file, workspace, &link, &headings).map(DocumentLinkTarget::Location),
            };
            found.extend(target.map(|target| DocumentLink { range: link.range, target }));
        }
    }
    if file.has_tasks() {
        for path in file.plan().code_paths() {
            if let Some(there) = on_disk(file, workspace, &path.path) {
                let line = path.line.map_or(0, |line| line.saturating_sub(1) as u32);
                let target = DocumentLinkTarget::Location(NavigationTarget::File { path: there, line });
                found.push(DocumentLink { range: path.range, target });
            }
        }
    }
    found.sort_by_key(|link| link.range.start);
    found.dedup_by_key(|link| link.range.start);
    found
}

/// Function that returns the ranges in which a file uses a name.
pub type FindUses = Box<dyn Fn(&File, &Index) -> Vec<TextRange> + Send + Sync>;

/// Uses of a name in its document and in other documents. The caller computes the uses in other documents, because it
/// can read them.
pub struct NameUses {
    /// Ranges in the document, definition first.
    pub here: Vec<TextRange>,
    /// Paths, as in the index, of documents that can contain further uses.
    pub paths: Vec<String>,
    /// Computes the uses in one of these documents.
    pub find: FindUses,
}

impl std::fmt::Debug for NameUses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NameUses")
            .field("here", &self.here)
            .field("paths", &self.paths)
            .finish_non_exhaustive()
    }
}

/// Returns all uses of the name at an offset.
pub fn references(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<NameUses> {
    if let Some(uses) = sets::uses(file, workspace, offset) {
        return Some(uses);
    }
    let markdown = file.environment().markdown.covers(file.kind());
    if !markdown && !file.has_tasks() {
        return None;
    }
    let (entity, _) = entity::entity_at(file, offset)?;
    let mut here = entity::occurrences(file, &entity);
    let path = file.path().to_owned();
    let plan = file.plan();
    // Links to the anchor of a heading; a phase or task can also be a heading.
    let section = match &entity {
        Entity::Heading(section) => plan.sections().nth(*section),
        Entity::Id(item) => plan.item(*item).and_then(|item| {
            item.section().filter(|section| section.item().is_some_and(|own| own.index() == item.index()))
        }),
        _ => None,
    };
    let anchor = section
        .filter(|_| markdown)
        .and_then(|section| plan.all_anchors().0.into_iter().nth(section.index()).map(Cow::into_owned));
    if let Some(anchor) = &anchor {
        here.extend(links_to(file, |target| target == format!("#{anchor}")));
    }
    let id = match &entity {
        Entity::Id(item) => plan.item(*item).and_then(|item| item.id()).cloned(),
        _ => None,
    };
    let person = match &entity {
        Entity::Person(name) => Some(name.clone()),
        _ => None,
    };
    let mut paths: BTreeSet<String> = BTreeSet::new();
    if anchor.is_some() {
        paths.extend(workspace.index.linked_from(&path).into_iter().map(ToString::to_string));
    }
    for (other, entry) in workspace.index.iter() {
        let Some(work) = &entry.summary.plan else { continue };
        let wants = id.as_ref().is_some_and(|id| {
            work.unresolved_ids.contains(id)
                && workspace.index.find(other, id).is_some_and(|found| **found == *path)
        });
        let owns = person.as_ref().is_some_and(|person| work.owners.iter().any(|owner| **owner == **person));
        if wants || owns {
            paths.insert(other.to_string());
        }
    }
    paths.remove(&path);
    let find = move |other: &File, index: &Index| {
        let mut places = Vec::new();
        if let Some(id) = &id {
            let references = References::of(other);
            let names = references.names().iter().filter(|name| name.resolution == Resolution::Unresolved);
            let means_it = |name: &&plan_model::ResolvedName| {
                name.ids.contains(id) && index.find(other.path(), id).is_some_and(|found| **found == *path)
            };
            places.extend(names.filter(means_it).map(|name| name.range.clone()));
        }
        if let Some(anchor) = &anchor {
            places.extend(links_to(other, |target| {
                split_target(target).is_some_and(|(written, fragment)| {
                    index.target(other.path(), &written).as_deref() == Some(&*path)
                        && fragment.is_some_and(|fragment| fragment.to_lowercase() == *anchor)
                })
            }));
        }
        if let Some(person) = &person {
            places.extend(entity::occurrences(other, &Entity::Person(person.clone())));
        }
        places.sort_by_key(|place| (place.start, place.end));
        places.dedup();
        places
    };
    Some(NameUses { here, paths: paths.into_iter().collect(), find: Box::new(find) })
}

/// Returns the ranges of the links whose target meets the condition `fits`.
fn links_to(file: &File, fits: impl Fn(&str) -> bool) -> Vec<TextRange> {
    let links = file.plan().links().into_iter();
    links.filter(|link| fits(link.target)).map(|link| link.range).collect()
}

/// Returns the ranges in a document that use the name at an offset, definition first.
pub fn highlights(file: &File, offset: usize) -> Vec<TextRange> {
    if let Some(used) = sets::reference_target(file, offset) {
        return sets::references(file, &used);
    }
    if !file.has_tasks() {
        return Vec::new();
    }
    entity::entity_at(file, offset).map(|(entity, _)| entity::occurrences(file, &entity)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use super::*;
    use crate::{DirEntry, Disk};

    struct Src;

    impl Disk for Src {
        fn exists(&self, path: &str) -> bool {
            path == "/w/src/main.rs"
        }

        fn summary(&self, _: &str) -> Option<std::sync::Arc<plan_model::Summary>> {
            None
        }

        fn list(&self, _: &str) -> Vec<DirEntry> {
            Vec::new()
        }
    }

    const OTHER: &str = "# Plan: Other\n\n## Goals\n\n- [ ] **Task 9.1**: a, see [there](a.md#phase-1-build)\n  - Depends on: Task 1.2\n";

    const PLAN: &str = "# Plan: Harbour\n\n## Phase 1: Build\n\n- [ ] **Task 1.1**: Measure `src/main.rs:7`\n- [ ] **Task 1.2**: Build\n  - Depends on: Task 1.1, 9.1\n\nSee [it](#phase-1-build), [other](b.md#goals) and [s][spec].\n\n[spec]: b.md\n";

    fn with<T>(word: &str, ask: impl FnOnce(&File, &Workspace<'_>, usize) -> T) -> T {
        let marked = PLAN.replacen(word, &format!("{}$0{}", &word[..1], &word[1..]), 1);
        let (text, range) = fixture(&marked);
        let file = File::new("/w/a.md", Document::new(&text));
        let mut index = Index::new(["/w".to_owned()]);
        index.set(file.path(), Some(file.entry()));
        index.set("/w/b.md", Some(File::new("/w/b.md", Document::new(OTHER)).entry()));
        ask(&file, &Workspace { index: &index, disk: &Src, is_complete: true }, range.start)
    }

    fn check(word: &str, expect: Expect) {
        let shown = with(word, |file, workspace, offset| {
            let Some((range, targets)) = definition(file, workspace, offset) else {
                return "nowhere".to_owned();
            };
            let targets = targets.iter().map(|target| match target {
                NavigationTarget::SameDocument(place) => format!("here: {}", &PLAN[place.clone()]),
                NavigationTarget::OtherDocument { path, span, line } => {
                    format!("{path}:{}: {}", line + 1, &OTHER[span.clone()])
                }
                NavigationTarget::File { path, line } => format!("{path}:{}", line + 1),
            });
            format!("{} -> {}", &PLAN[range], targets.collect::<Vec<_>>().join(", "))
        });
        expect.assert_eq(&shown);
    }

    #[test]
    fn definitions() {
        check("Task 1.1, ", expect!["Task 1.1 -> here: Task 1.1"]);
        check("9.1\n", expect!["9.1 -> /w/b.md:5: a, see [there](a.md#phase-1-build)"]);
        check("it](#", expect!["[it](#phase-1-build) -> here: Phase 1: Build"]);
        check("other](", expect!["[other](b.md#goals) -> /w/b.md:3: Goals"]);
        check("s][", expect!["[s][spec] -> /w/b.md:1: "]);
        check("src/main", expect!["src/main.rs:7 -> /w/src/main.rs:7"]);
        check("See", expect!["nowhere"]);
    }

    #[test]
    fn uses_and_highlights() {
        let shown = |word: &str| {
            with(word, |file, workspace, offset| {
                let uses = references(file, workspace, offset).unwrap();
                let other = File::new("/w/b.md", Document::new(OTHER));
                let here: Vec<&str> = uses.here.iter().map(|place| &PLAN[place.clone()]).collect();
                let there = uses.paths.iter().flat_map(|path| {
                    let places = (uses.find)(&other, workspace.index);
                    places.into_iter().map(|place| format!("{path} {}", &OTHER[place])).collect::<Vec<_>>()
                });
                format!("{} | {}", here.join(", "), there.collect::<Vec<_>>().join(", "))
            })
        };
        expect!["Task 1.2 | /w/b.md Task 1.2"].assert_eq(&shown("1.2**"));
        expect!["Build, [it](#phase-1-build) | /w/b.md [there](a.md#phase-1-build)"]
            .assert_eq(&shown("Build\n\n- "));
        // The definition of every reference to an item is the item.
        with("Task 1.1, ", |file, workspace, offset| {
            let (_, targets) = definition(file, workspace, offset).unwrap();
            let [NavigationTarget::SameDocument(place)] = &targets[..] else { panic!("{targets:?}") };
            for used in references(file, workspace, place.start).unwrap().here {
                let (_, back) = definition(file, workspace, used.start).unwrap();
                assert_eq!(back, targets);
            }
            assert_eq!(highlights(file, offset), references(file, workspace, offset).unwrap().here);
        });
    }

    #[test]
    fn definition_and_references_are_inverse() {
        let mut seen = 0;
        let real = plan_test::real_documents();
        for (path, text) in real.into_iter().filter(|(_, text)| text.len() < 15_000) {
            let file = File::new(&path, Document::new(&text));
            let index = Index::default();
            let workspace = Workspace { index: &index, disk: &Src, is_complete: true };
            for item in file.plan().items().filter(|item| item.id_range().is_some()) {
                let own = item.id_range().unwrap_or_default();
                let Some(uses) = references(&file, &workspace, own.start) else { continue };
                for place in &uses.here {
                    // Both ends of a range refer to different items.
                    let ends = [place.start, place.end].into_iter();
                    let targets: Vec<NavigationTarget> = ends
                        .filter_map(|offset| definition(&file, &workspace, offset))
                        .flat_map(|(_, targets)| targets)
                        .collect();
                    // An ID shared by two items is also defined at this occurrence.
                    if targets.iter().any(
                        |target| matches!(target, NavigationTarget::SameDocument(there) if there.start == place.start),
                    ) && *place != own
                    {
                        continue;
                    }
                    // A link to a heading resolves to the heading, which is the item.
                    let heading = item.section().filter(|section| section.item().is_some());
                    let leads_there = targets.iter().any(|target| match target {
                        NavigationTarget::SameDocument(there) => {
                            *there == own || heading.is_some_and(|heading| heading.text_range() == *there)
                        }
                        _ => false,
                    });
                    assert!(
                        leads_there,
                        "{path}: {:?} of {:?}: {targets:?}",
                        &text[place.clone()],
                        &text[own.clone()]
                    );
                    seen += 1;
                }
            }
        }
        assert!(seen > 200, "{seen}");
    }
}
