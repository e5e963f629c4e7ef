//! Dependencies as a call hierarchy, one step at a time and across documents: a call denotes a dependency.

use std::collections::BTreeMap;

use plan_model::{Id, ItemKind, Relation, Resolution, State};

use crate::{
    File, Index, TextRange, Workspace,
    editing::references::References,
    entity::{self, Entity},
    next::{before_name, full_name, state},
};

/// A phase or task with its display data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HierarchyItem {
    /// Path of its document in the index.
    pub path: String,
    /// Item index in its plan.
    pub item: usize,
    /// Phase or task.
    pub kind: ItemKind,
    /// Normalized ID.
    pub id: Option<String>,
    /// ID and title.
    pub name: String,
    /// The item's own state, otherwise the state derived from its tasks.
    pub state: Option<State>,
    /// Title of its plan.
    pub plan: Option<String>,
    /// Range of the item; for items of other documents, of the title.
    pub range: TextRange,
    /// Range of the title, within `range`.
    pub selection: TextRange,
}

/// A dependent or dependency of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The dependent or dependency.
    pub entry: HierarchyItem,
    /// Ranges of the references, in the document of the dependent.
    pub references: Vec<TextRange>,
}

/// Direction of the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Calls of an item: its dependents.
    Incoming,
    /// Calls by an item: its dependencies.
    Outgoing,
}

/// An item in any document.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ItemLocation {
    path: String,
    item: usize,
}

/// A dependency between two items.
struct ItemDependency {
    dependent: ItemLocation,
    dependency: ItemLocation,
    /// Range of the reference, in the document that contains it.
    range: TextRange,
}

/// Returns the phase or task at an offset: the referenced item, otherwise the item on that line.
pub fn prepare(file: &File, workspace: &Workspace<'_>, offset: usize) -> Vec<HierarchyItem> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let plan = file.plan();
    let item_at = |item: usize| entry(file, item).into_iter().collect();
    match entity::entity_at(file, offset) {
        Some((Entity::Id(item) | Entity::Title(item), _)) => return item_at(item),
        Some((Entity::Heading(section), _)) => {
            if let Some(item) = plan.sections().nth(section).and_then(|section| section.item()) {
                return item_at(item.index());
            }
        }
        _ => {}
    }
    let references = References::within(file, &(offset..offset));
    let in_other_documents: Vec<HierarchyItem> = references
        .names()
        .iter()
        .filter(|name| name.resolution == Resolution::Unresolved)
        .flat_map(|name| &name.ids)
        .filter_map(|id| indexed_item(workspace.index, &sibling(file, workspace.index, id)?))
        .collect();
    if !in_other_documents.is_empty() {
        return in_other_documents;
    }
    let around = plan.items().filter(|item| {
        let line = item.line();
        line.start <= offset && offset <= line.end
    });
    around.last().map(|item| item_at(item.index())).unwrap_or_default()
}

/// Returns the index of the item of a hierarchy entry in the current document. The index `item` is tried first; then
/// the items are searched for the ID or, without one, for the name.
pub fn find(file: &File, item: usize, id: Option<&str>, name: &str) -> Option<usize> {
    let is_it = |item: &plan_model::Item<'_>| match (item.id(), id) {
        (Some(own), Some(id)) => own.as_str() == id,
        (None, None) => full_name(item) == name,
        _ => false,
    };
    let plan = file.plan();
    plan.item(item).filter(is_it).or_else(|| plan.items().find(is_it)).map(|item| item.index())
}

/// Returns the paths of other documents that refer to an item's ID without defining it.
pub fn referring_documents(file: &File, index: &Index, item: usize) -> Vec<String> {
    let Some(id) = file.plan().item(item).and_then(|item| item.id()) else { return Vec::new() };
    let referring = index.iter().filter(|(path, entry)| {
        let wants = entry.summary.plan.as_ref().is_some_and(|work| work.unresolved_ids.contains(id));
        wants && index.find(path, id).is_some_and(|found| **found == *file.path())
    });
    referring.map(|(path, _)| path.to_string()).collect()
}

/// Returns the dependents or dependencies of an item, in document order. `others` contains the documents that the
/// function [`referring_documents`] returns.
pub fn calls(file: &File, index: &Index, item: usize, direction: Direction, others: &[File]) -> Vec<Call> {
    let own = ItemLocation { path: file.path().to_owned(), item };
    let mut found: Vec<Call> = Vec::new();
    for source in std::iter::once(file).chain(others) {
        for edge in stated_dependencies(source, index) {
            let (me, other) = match direction {
                Direction::Incoming => (&edge.dependency, &edge.dependent),
                Direction::Outgoing => (&edge.dependent, &edge.dependency),
            };
            if *me != own {
                continue;
            }
            let loaded = std::iter::once(file).chain(others).find(|loaded| loaded.path() == other.path);
            let entry = match loaded {
                Some(loaded) => entry(loaded, other.item),
                None => indexed_item(index, other),
            };
            let Some(entry) = entry else { continue };
            // Ranges refer to the dependent's document, but `Blocks` is written in the dependency's document.
            let range = if edge.dependent.path == source.path() {
                Some(edge.range.clone())
            } else {
                match direction {
                    Direction::Incoming => Some(entry.selection.clone()),
                    Direction::Outgoing => file.plan().item(item).map(|item| item.title_range()),
                }
            };
            match found
                .iter_mut()
                .find(|call| (&call.entry.path, call.entry.item) == (&entry.path, entry.item))
            {
                Some(call) => call.references.extend(range),
                None => found.push(Call { entry, references: range.into_iter().collect() }),
            }
        }
    }
    for call in &mut found {
        call.references.sort_by_key(|range| (range.start, range.end));
        call.references.dedup();
    }
    found
}

/// Returns the dependencies stated in a document.
fn stated_dependencies(file: &File, index: &Index) -> Vec<ItemDependency> {
    let item_at = |item: usize| ItemLocation { path: file.path().to_owned(), item };
    let mut siblings: BTreeMap<&Id, Option<ItemLocation>> = BTreeMap::new();
    let mut found = Vec::new();
    for stated in file.plan().located_dependencies() {
        let Some(owner) = stated.dependent else { continue };
        for name in &stated.names {
            let mut ends: Vec<ItemLocation> =
                name.targets.iter().filter_map(|(_, item)| item.map(item_at)).collect();
            if name.resolution == Resolution::Unresolved {
                let loaded = name
                    .ids
                    .iter()
                    .filter_map(|id| siblings.entry(id).or_insert_with(|| sibling(file, index, id)).clone());
                ends.extend(loaded);
            }
            for end in ends {
                let (dependent, dependency) = match stated.relation {
                    Relation::DependsOn => (item_at(owner), end),
                    Relation::Blocks => (end, item_at(owner)),
                    Relation::Requirement => continue,
                };
                found.push(ItemDependency { dependent, dependency, range: name.range.clone() });
            }
        }
    }
    found
}

/// Returns the item of another document that an ID refers to.
fn sibling(file: &File, index: &Index, id: &Id) -> Option<ItemLocation> {
    let path = index.find(file.path(), id)?;
    let work = index.get(path)?.summary.plan.as_ref()?;
    let item = work.items.iter().position(|item| item.id.as_ref() == Some(id))?;
    Some(ItemLocation { path: path.to_string(), item })
}

fn entry(file: &File, item: usize) -> Option<HierarchyItem> {
    let item = file.plan().item(item)?;
    let named = item.title_range();
    let range = item.range();
    let selection = if named.is_empty() { item.line() } else { named };
    Some(HierarchyItem {
        path: file.path().to_owned(),
        item: item.index(),
        kind: item.kind(),
        id: item.id().map(|id| id.as_str().to_owned()),
        name: full_name(&item),
        state: state(&item),
        plan: file.plan().title(),
        // The title in a table row can be outside the range of the item.
        range: range.start.min(selection.start)..range.end.max(selection.end),
        selection,
    })
}

/// Returns the entry of an item from the index.
fn indexed_item(index: &Index, end: &ItemLocation) -> Option<HierarchyItem> {
    let summary = &index.get(&end.path)?.summary;
    let item = summary.plan.as_ref()?.items.get(end.item)?;
    let selection = item.span.start as usize..item.span.end as usize;
    let id = item.id.as_ref().map(before_name);
    Some(HierarchyItem {
        path: end.path.clone(),
        item: end.item,
        kind: item.kind,
        id: item.id.as_ref().map(|id| id.as_str().to_owned()),
        name: id.map_or_else(|| item.title.to_string(), |id| format!("{id} {}", item.title)),
        state: item.state,
        plan: summary.title.as_ref().map(ToString::to_string),
        range: selection.clone(),
        selection,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::NoDisk;

    const OWN: &str = "# Plan: Harbour\n\n## Phase 1: Build\n\n- [x] **Task 1.1**: Measure\n- [ ] **Task 1.2**: Build\n  - Depends on: 1.1, 9.1\n- [ ] **Task 1.3**: Paint\n  - Depends on: 1.1-1.2\n  - Blocks: Task 9.2\n\n## Phase 2: Open\n\n**Depends on**: Phase 1\n\n- [ ] **Task 2.1**: Ribbon\n";
    const OTHER: &str =
        "# Plan: Cranes\n\n- [ ] **Task 9.1**: Order\n- [ ] **Task 9.2**: Lift\n  - Depends on: Task 1.2\n";

    fn check(path: &str, word: &str, expect: Expect) {
        let files: Vec<File> = [("/w/a.md", OWN), ("/w/b.md", OTHER)]
            .into_iter()
            .map(|(path, text)| File::new(path, Document::new(text)))
            .collect();
        let mut index = Index::new(["/w".to_owned()]);
        for file in &files {
            index.set(file.path(), Some(file.entry()));
        }
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let of = |path: &str| files.iter().find(|file| file.path() == path).unwrap();
        let queried = of(path);
        let offset = queried.document().text().find(word).unwrap() + 1;
        let mut out = String::new();
        for entry in prepare(queried, &workspace, offset) {
            let file = of(&entry.path);
            out.push_str(&format!("{} {:?} {:?}\n", entry.path, entry.name, entry.state));
            let item = find(file, entry.item, entry.id.as_deref(), &entry.name).unwrap();
            let others: Vec<File> =
                referring_documents(file, &index, item).iter().map(|path| of(path).clone()).collect();
            for (direction, sign) in [(Direction::Incoming, "<-"), (Direction::Outgoing, "->")] {
                for call in calls(file, &index, item, direction, &others) {
                    let caller = match direction {
                        Direction::Incoming => of(&call.entry.path),
                        Direction::Outgoing => file,
                    };
                    let references: Vec<String> =
                        call.references.iter().map(|range| caller.document().slice(range.clone())).collect();
                    out.push_str(&format!(
                        "  {sign} {} {:?} {references:?}\n",
                        call.entry.path, call.entry.name
                    ));
                }
            }
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn both_directions_and_across_documents() {
        check(
            "/w/a.md",
            "1.2**: Build",
            expect![[r#"
            /w/a.md "1.2 Build" Some(Open)
              <- /w/a.md "1.3 Paint" ["1.1-1.2"]
              <- /w/b.md "9.2 Lift" ["Task 1.2"]
              -> /w/a.md "1.1 Measure" ["1.1"]
              -> /w/b.md "9.1 Order" ["9.1"]
        "#]],
        );
        check(
            "/w/a.md",
            "Measure",
            expect![[r#"
            /w/a.md "1.1 Measure" Some(Done)
              <- /w/a.md "1.2 Build" ["1.1"]
              <- /w/a.md "1.3 Paint" ["1.1-1.2"]
        "#]],
        );
        check(
            "/w/a.md",
            "1.1-1.2",
            expect![[r#"
            /w/a.md "1.1 Measure" Some(Done)
              <- /w/a.md "1.2 Build" ["1.1"]
              <- /w/a.md "1.3 Paint" ["1.1-1.2"]
        "#]],
        );
        check(
            "/w/a.md",
            "9.1",
            expect![[r#"
            /w/b.md "9.1 Order" Some(Open)
              <- /w/a.md "1.2 Build" ["9.1"]
        "#]],
        );
        check(
            "/w/b.md",
            "Lift",
            expect![[r#"
            /w/b.md "9.2 Lift" Some(Open)
              -> /w/a.md "1.2 Build" ["Task 1.2"]
              -> /w/a.md "1.3 Paint" ["Lift"]
        "#]],
        );
        check(
            "/w/a.md",
            "Open",
            expect![[r#"
            /w/a.md "Phase 2: Open" Some(Open)
              -> /w/a.md "Phase 1: Build" ["Phase 1"]
        "#]],
        );
        check("/w/a.md", "Harbour", expect![[""]]);
    }

    #[test]
    fn both_directions_agree_on_real_documents() {
        let mut seen = 0;
        // Long documents are skipped, because each query reads all dependencies.
        for (path, text) in plan_test::real_documents().into_iter().filter(|(_, text)| text.len() < 15_000) {
            let file = File::new(&path, Document::new(&text));
            let index = Index::default();
            let neighbors_in = |item: usize, direction| -> Vec<usize> {
                let calls = calls(&file, &index, item, direction, &[]);
                let mut items: Vec<usize> = calls.into_iter().map(|call| call.entry.item).collect();
                items.sort_unstable();
                items
            };
            let plan = file.plan();
            for item in plan.items() {
                let outgoing = neighbors_in(item.index(), Direction::Outgoing);
                let dependencies =
                    item.located_dependencies().filter(|found| found.relation == Relation::DependsOn);
                for target in dependencies.flat_map(|found| {
                    found.targets().into_iter().filter_map(|(_, item)| item).collect::<Vec<_>>()
                }) {
                    assert!(outgoing.contains(&target), "{}: {}", path, full_name(&item));
                    seen += 1;
                }
                for other in &outgoing {
                    assert!(neighbors_in(*other, Direction::Incoming).contains(&item.index()));
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }
}
