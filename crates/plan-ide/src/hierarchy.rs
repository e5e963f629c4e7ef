//! Who waits for whom, one step at a time and across documents: the hierarchy of calls of an editor, where to call means
//! to depend on.

use std::collections::BTreeMap;

use plan_model::{Id, ItemKind, Reach, Relation, State};

use crate::{
    File, Index, Place, Workspace,
    actions::is_ours,
    editing::references::References,
    names::{self, Named},
    next::{before_name, full_name, state},
};

/// A phase or task with what an editor shows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its document, by the path that the index has for it.
    pub path: String,
    /// Its index among the items of its plan.
    pub item: usize,
    /// Phase or task.
    pub kind: ItemKind,
    /// Its id, normalised.
    pub id: Option<String>,
    /// Its id and its name.
    pub name: String,
    /// Its own state, for a phase without one that of its tasks.
    pub state: Option<State>,
    /// The title of its plan.
    pub plan: Option<String>,
    /// All of it; of an item of another document its name.
    pub range: Place,
    /// Its name, inside of `range`.
    pub selection: Place,
}

/// One who waits, or is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who.
    pub entry: Entry,
    /// Where it is written, in the document of the one who waits.
    pub places: Vec<Place>,
}

/// Which way to go from an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To those that wait for it.
    Incoming,
    /// To those that it waits for.
    Outgoing,
}

/// A phase or task, in its document or in another one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    path: String,
    item: usize,
}

/// Somebody waits for somebody.
struct Edge {
    waits: End,
    first: End,
    /// Where it is written, in the document that says so.
    place: Place,
}

/// The phase or task at a byte: the one that is named there, else the one whose line it is.
pub fn prepare(file: &File, workspace: &Workspace<'_>, at: usize) -> Vec<Entry> {
    if !is_ours(file) {
        return Vec::new();
    }
    let plan = file.plan();
    let here = |item: usize| entry(file, item).into_iter().collect();
    match names::at(file, at) {
        Some((Named::Number(item) | Named::Title(item), _)) => return here(item),
        Some((Named::Heading(section), _)) => {
            if let Some(item) = plan.sections().nth(section).and_then(|section| section.item()) {
                return here(item.index());
            }
        }
        _ => {}
    }
    let references = References::within(file, &(at..at));
    let elsewhere: Vec<Entry> = references
        .names()
        .iter()
        .filter(|name| name.reach == Reach::Nowhere)
        .flat_map(|name| &name.ids)
        .filter_map(|id| entry_elsewhere(workspace.index, &sibling(file, workspace.index, id)?))
        .collect();
    if !elsewhere.is_empty() {
        return elsewhere;
    }
    let around = plan.items().filter(|item| {
        let line = item.line();
        line.start <= at && at <= line.end
    });
    around.last().map(|item| here(item.index())).unwrap_or_default()
}

/// The item that an entry meant, in its document as it is now: the one with its id, else the one of that name.
pub fn find(file: &File, item: usize, id: Option<&str>, name: &str) -> Option<usize> {
    let is_it = |item: &plan_model::Item<'_>| match (item.id(), id) {
        (Some(own), Some(id)) => own.as_str() == id,
        (None, None) => full_name(item) == name,
        _ => false,
    };
    let plan = file.plan();
    plan.item(item).filter(is_it).or_else(|| plan.items().find(is_it)).map(|item| item.index())
}

/// The other documents that may say something of an item, by their paths: those that name its id and do not have it.
pub fn others(file: &File, index: &Index, item: usize) -> Vec<String> {
    let Some(id) = file.plan().item(item).and_then(|item| item.id()) else { return Vec::new() };
    let wanting = index.iter().filter(|(path, entry)| {
        let wants = entry.summary.work.as_ref().is_some_and(|work| work.wanted.contains(id));
        wants && index.find(path, id).is_some_and(|found| **found == *file.path())
    });
    wanting.map(|(path, _)| path.to_string()).collect()
}

/// Those that wait for an item or that it waits for, in the order in which they are written; `others` are the documents
/// that [`others`] names.
pub fn calls(file: &File, index: &Index, item: usize, direction: Direction, others: &[File]) -> Vec<Call> {
    let own = End { path: file.path().to_owned(), item };
    let mut found: Vec<Call> = Vec::new();
    for said_by in std::iter::once(file).chain(others) {
        for edge in edges(said_by, index) {
            let (me, other) = match direction {
                Direction::Incoming => (&edge.first, &edge.waits),
                Direction::Outgoing => (&edge.waits, &edge.first),
            };
            if *me != own {
                continue;
            }
            let known = std::iter::once(file).chain(others).find(|known| known.path() == other.path);
            let entry = match known {
                Some(known) => entry(known, other.item),
                None => entry_elsewhere(index, other),
            };
            let Some(entry) = entry else { continue };
            // The place has to be in the document of the one who waits: "blocks" is written in the other one.
            let place = if edge.waits.path == said_by.path() {
                Some(edge.place.clone())
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
                Some(call) => call.places.extend(place),
                None => found.push(Call { entry, places: place.into_iter().collect() }),
            }
        }
    }
    for call in &mut found {
        call.places.sort_by_key(|place| (place.start, place.end));
        call.places.dedup();
    }
    found
}

/// What a document says of who waits for whom.
fn edges(file: &File, index: &Index) -> Vec<Edge> {
    let here = |item: usize| End { path: file.path().to_owned(), item };
    let mut siblings: BTreeMap<&Id, Option<End>> = BTreeMap::new();
    let mut found = Vec::new();
    for dependency in file.plan().dependencies() {
        let Some(owner) = dependency.owner else { continue };
        for name in &dependency.names {
            let mut ends: Vec<End> = name.targets.iter().filter_map(|(_, item)| item.map(here)).collect();
            if name.reach == Reach::Nowhere {
                let known = name
                    .ids
                    .iter()
                    .filter_map(|id| siblings.entry(id).or_insert_with(|| sibling(file, index, id)).clone());
                ends.extend(known);
            }
            for end in ends {
                let (waits, first) = match dependency.relation {
                    Relation::DependsOn => (here(owner), end),
                    Relation::Blocks => (end, here(owner)),
                    Relation::Requirement => continue,
                };
                found.push(Edge { waits, first, place: name.range.clone() });
            }
        }
    }
    found
}

/// The item of another document that an id means here.
fn sibling(file: &File, index: &Index, id: &Id) -> Option<End> {
    let path = index.find(file.path(), id)?;
    let work = index.get(path)?.summary.work.as_ref()?;
    let item = work.items.iter().position(|item| item.id.as_ref() == Some(id))?;
    Some(End { path: path.to_string(), item })
}

fn entry(file: &File, item: usize) -> Option<Entry> {
    let item = file.plan().item(item)?;
    let named = item.title_range();
    let range = item.range();
    let selection = if named.is_empty() { item.line() } else { named };
    Some(Entry {
        path: file.path().to_owned(),
        item: item.index(),
        kind: item.kind(),
        id: item.id().map(|id| id.as_str().to_owned()),
        name: full_name(&item),
        state: state(&item),
        plan: file.plan().title(),
        // The name of a table's row can stand outside of what belongs to the item.
        range: range.start.min(selection.start)..range.end.max(selection.end),
        selection,
    })
}

/// What the index says of an item.
fn entry_elsewhere(index: &Index, end: &End) -> Option<Entry> {
    let summary = &index.get(&end.path)?.summary;
    let item = summary.work.as_ref()?.items.get(end.item)?;
    let selection = item.span.start as usize..item.span.end as usize;
    let id = item.id.as_ref().map(before_name);
    Some(Entry {
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
        let asked = of(path);
        let at = asked.document().text().find(word).unwrap() + 1;
        let mut out = String::new();
        for entry in prepare(asked, &workspace, at) {
            let file = of(&entry.path);
            out.push_str(&format!("{} {:?} {:?}\n", entry.path, entry.name, entry.state));
            let item = find(file, entry.item, entry.id.as_deref(), &entry.name).unwrap();
            let others: Vec<File> = others(file, &index, item).iter().map(|path| of(path).clone()).collect();
            for (direction, sign) in [(Direction::Incoming, "<-"), (Direction::Outgoing, "->")] {
                for call in calls(file, &index, item, direction, &others) {
                    let caller = match direction {
                        Direction::Incoming => of(&call.entry.path),
                        Direction::Outgoing => file,
                    };
                    let places: Vec<String> =
                        call.places.iter().map(|place| caller.document().slice(place.clone())).collect();
                    out.push_str(&format!("  {sign} {} {:?} {places:?}\n", call.entry.path, call.entry.name));
                }
            }
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn both_ways_and_across_documents() {
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
    fn real_documents_say_the_same_both_ways() {
        let mut seen = 0;
        // Every question reads all dependencies: long documents would take long.
        for (path, text) in plan_test::real_documents().into_iter().filter(|(_, text)| text.len() < 15_000) {
            let file = File::new(&path, Document::new(&text));
            let index = Index::default();
            let towards = |item: usize, direction| -> Vec<usize> {
                let calls = calls(&file, &index, item, direction, &[]);
                let mut items: Vec<usize> = calls.into_iter().map(|call| call.entry.item).collect();
                items.sort_unstable();
                items
            };
            let plan = file.plan();
            for item in plan.items() {
                let outgoing = towards(item.index(), Direction::Outgoing);
                let said = item.dependencies().filter(|found| found.relation == Relation::DependsOn);
                for target in said.flat_map(|found| {
                    found.targets().into_iter().filter_map(|(_, item)| item).collect::<Vec<_>>()
                }) {
                    assert!(outgoing.contains(&target), "{}: {}", path, full_name(&item));
                    seen += 1;
                }
                for other in &outgoing {
                    assert!(towards(*other, Direction::Incoming).contains(&item.index()));
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }
}
