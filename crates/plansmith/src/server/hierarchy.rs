//! The dependency graph as the client's hierarchy of calls: incoming are those that wait, outgoing those waited for.

use plan_ide::{
    File, TextRange,
    hierarchy::{self, Call, Direction, HierarchyItem},
};
use plan_model::{ItemKind, State};
use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::{CallHierarchyItem, SymbolKind, SymbolTag};

use super::{Shared, ViewSettings, documents::Snapshot, places};

/// What an entry needs to be found again.
#[derive(Deserialize, Serialize)]
struct Key {
    item: usize,
    id: Option<String>,
}

/// Who waits or is waited for, with the places that say so.
pub(super) struct Answer {
    pub(super) item: CallHierarchyItem,
    pub(super) ranges: Vec<tower_lsp::lsp_types::Range>,
}

/// The items that are named at a byte.
pub(super) fn prepare(
    shared: &Shared,
    snapshot: &Snapshot,
    settings: &ViewSettings,
    at: usize,
) -> Option<Vec<CallHierarchyItem>> {
    let found = settings
        .with_workspace(&snapshot.file, |workspace| hierarchy::prepare(&snapshot.file, workspace, at));
    let items = found.iter().filter_map(|entry| item(shared, settings, entry, Some(snapshot)));
    Some(items.collect()).filter(|items: &Vec<_>| !items.is_empty())
}

/// Those that wait for an item, or that it waits for.
pub(super) fn calls(shared: &Shared, asked: &CallHierarchyItem, direction: Direction) -> Option<Vec<Answer>> {
    let settings = shared.view_settings();
    let key: Key = serde_json::from_value(asked.data.clone()?).ok()?;
    let snapshot = places::snapshot_at(shared, &asked.uri).ok()?;
    let file = &snapshot.file;
    let number = hierarchy::find(file, key.item, key.id.as_deref(), &asked.name)?;
    let paths = hierarchy::others(file, &shared.indexed.read(), number);
    let others: Vec<Snapshot> =
        paths.iter().filter_map(|path| places::snapshot_of(shared, path).ok()).collect();
    let files: Vec<File> = others.iter().map(|other| other.file.clone()).collect();
    let calls = hierarchy::calls(file, &shared.indexed.read(), number, direction, &files);
    let known =
        |path: &str| std::iter::once(&snapshot).chain(&others).find(|known| known.file.path() == path);
    let answer = |Call { entry, references }: &Call| {
        let there = known(&entry.path);
        let waits = match direction {
            Direction::Incoming => there?,
            Direction::Outgoing => &snapshot,
        };
        let range = |place: &TextRange| settings.encoding.range(waits.file.document(), place);
        let ranges = references.iter().map(range).collect();
        Some(Answer { item: item(shared, &settings, entry, there)?, ranges })
    };
    Some(calls.iter().filter_map(answer).collect())
}

/// An entry for the client; of a document that was not read, as far as the index knows it.
fn item(
    shared: &Shared,
    settings: &ViewSettings,
    entry: &HierarchyItem,
    read: Option<&Snapshot>,
) -> Option<CallHierarchyItem> {
    let read = read.filter(|read| read.file.path() == entry.path);
    let (uri, text) = match read {
        Some(read) => (read.uri.clone(), Some(read.file.document().clone())),
        None => (shared.uri(&entry.path)?, places::text_of(shared, &entry.path)),
    };
    let range = |place: &TextRange| text.as_ref().map(|text| settings.encoding.range(text, place));
    let state = entry.state.map(State::name);
    let details: Vec<&str> = state.into_iter().chain(entry.plan.as_deref()).collect();
    Some(CallHierarchyItem {
        name: entry.name.clone(),
        kind: match (entry.kind, entry.state) {
            (ItemKind::Phase, _) => SymbolKind::MODULE,
            (ItemKind::Task, Some(State::Done)) => SymbolKind::BOOLEAN,
            (ItemKind::Task, _) => SymbolKind::EVENT,
        },
        tags: (entry.state == Some(State::Cancelled)).then(|| vec![SymbolTag::DEPRECATED]),
        detail: (!details.is_empty()).then(|| details.join(" · ")),
        uri,
        range: range(&entry.range).unwrap_or_default(),
        selection_range: range(&entry.selection).unwrap_or_default(),
        data: serde_json::to_value(Key { item: entry.item, id: entry.id.clone() }).ok(),
    })
}
