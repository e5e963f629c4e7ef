//! The command that moves a phase or task next to another item, for drag and drop in the client's views.

use plan_ide::{
    File,
    actions::move_to::{Destination, move_to},
};
use plan_syntax::RangeExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::{
    jsonrpc::Result,
    lsp_types::{Position, TextDocumentIdentifier},
};

use super::{Server, changes, command_names::MOVE_ITEM, commands::not_open, edit_application};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MoveArguments {
    text_document: TextDocumentIdentifier,
    /// A position in the first line of the item.
    item: Position,
    /// A position in the first line of the target.
    target: Position,
    destination: DestinationName,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum DestinationName {
    Before,
    After,
    Into,
}

impl From<DestinationName> for Destination {
    fn from(name: DestinationName) -> Self {
        match name {
            DestinationName::Before => Self::Before,
            DestinationName::After => Self::After,
            DestinationName::Into => Self::Into,
        }
    }
}

impl Server {
    /// Moves an item. If that is not possible, the response has the reason.
    pub(super) async fn move_item(&self, argument: MoveArguments) -> Result<Option<Value>> {
        let uri = argument.text_document.uri.clone();
        let Some((requested, _)) = self.global.snapshot(&uri) else { return Err(not_open(MOVE_ITEM, &uri)) };
        let permit = self.global.edit_queues.acquire(&requested.uri).await;
        let global = self.global.clone();
        let computed = self.with_snapshot(&requested.uri, move |snapshot, context| {
            if snapshot.version != requested.version {
                return Err(edit_application::DOCUMENT_CHANGED.to_owned());
            }
            let file = &snapshot.file;
            let item_at = |position: Position| item_at(file, context.offset(snapshot, position));
            let found = item_at(argument.item).zip(item_at(argument.target));
            let (item, target) = found.ok_or_else(|| "task not found".to_owned())?;
            let changes = context.with_workspace(file, |workspace| {
                move_to(file, workspace, item, target, argument.destination.into())
            })?;
            let is_empty = changes.edits.is_empty();
            Ok((!is_empty).then(|| (changes::workspace_edit(&global, snapshot, changes), snapshot.version)))
        });
        let Some(computed) = computed.await? else { return Err(not_open(MOVE_ITEM, &uri)) };
        let applied = match computed {
            Ok(None) => return Ok(Some(json!({ "changed": 0 }))),
            Ok(Some((edit, version))) => permit.apply(&self.global, edit, Some(version)).await,
            Err(reason) => Err(reason),
        };
        Ok(Some(match applied {
            Ok(()) => json!({ "changed": 1 }),
            Err(reason) => json!({ "changed": 0, "reason": reason }),
        }))
    }
}

/// Returns the index of the innermost item on the line of an offset.
fn item_at(file: &File, offset: usize) -> Option<usize> {
    let start = file.document().line_start(offset);
    let line = start..file.document().line_end(offset);
    let on_line = file.plan().items().filter(|item| line.touches(&item.line()));
    on_line.last().map(|item| item.index())
}
