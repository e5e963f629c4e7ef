//! The dependency graph as a call hierarchy: incoming calls are dependents, outgoing calls are dependencies.

use plan_ide::{
    File, TextRange,
    hierarchy::{self, Call, Direction, HierarchyItem},
};
use plan_model::{ItemKind, State};
use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::{CallHierarchyItem, SymbolKind, SymbolTag};

use super::{context::RequestContext, documents::Snapshot, locations, state::Global};

/// Data of a call hierarchy item, to find it again in later requests.
#[derive(Deserialize, Serialize)]
struct HierarchyKey {
    item: usize,
    id: Option<String>,
}

/// A dependent or dependency, with the ranges of the references.
pub(super) struct HierarchyCall {
    pub(super) item: CallHierarchyItem,
    pub(super) ranges: Vec<tower_lsp::lsp_types::Range>,
}

/// Returns the items referred to at a byte offset.
pub(super) fn prepare(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
    offset: usize,
) -> Option<Vec<CallHierarchyItem>> {
    let found = context
        .with_workspace(&snapshot.file, |workspace| hierarchy::prepare(&snapshot.file, workspace, offset));
    let items = found.iter().filter_map(|entry| item(global, context, entry, Some(snapshot)));
    Some(items.collect()).filter(|items: &Vec<_>| !items.is_empty())
}

/// Returns the dependents or dependencies of an item.
pub(super) fn calls(
    global: &Global,
    target: &CallHierarchyItem,
    direction: Direction,
) -> Option<Vec<HierarchyCall>> {
    let context = global.request_context();
    let key: HierarchyKey = serde_json::from_value(target.data.clone()?).ok()?;
    let snapshot = locations::snapshot_at(global, &target.uri).ok()?;
    let file = &snapshot.file;
    let number = hierarchy::find(file, key.item, key.id.as_deref(), &target.name)?;
    let paths = hierarchy::referring_documents(file, &global.workspace_index.read(), number);
    let others: Vec<Snapshot> =
        paths.iter().filter_map(|path| locations::snapshot_of(global, path).ok()).collect();
    let files: Vec<File> = others.iter().map(|other| other.file.clone()).collect();
    let calls = hierarchy::calls(file, &global.workspace_index.read(), number, direction, &files);
    let loaded =
        |path: &str| std::iter::once(&snapshot).chain(&others).find(|loaded| loaded.file.path() == path);
    let call = |Call { entry, references }: &Call| {
        let other = loaded(&entry.path);
        let source = match direction {
            Direction::Incoming => other?,
            Direction::Outgoing => &snapshot,
        };
        let range = |range: &TextRange| context.encoding.range(source.file.document(), range);
        let ranges = references.iter().map(range).collect();
        Some(HierarchyCall { item: item(global, &context, entry, other)?, ranges })
    };
    Some(calls.iter().filter_map(call).collect())
}

/// Converts an item. Without a snapshot of its document, the text is taken from the current buffer or the disk.
fn item(
    global: &Global,
    context: &RequestContext,
    entry: &HierarchyItem,
    snapshot: Option<&Snapshot>,
) -> Option<CallHierarchyItem> {
    let snapshot = snapshot.filter(|snapshot| snapshot.file.path() == entry.path);
    let (uri, text) = match snapshot {
        Some(snapshot) => (snapshot.uri.clone(), Some(snapshot.file.document().clone())),
        None => (global.uri(&entry.path)?, locations::text_of(global, &entry.path)),
    };
    let range = |range: &TextRange| text.as_ref().map(|text| context.encoding.range(text, range));
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
        data: serde_json::to_value(HierarchyKey { item: entry.item, id: entry.id.clone() }).ok(),
    })
}
