//! Changes of files as edits for the client: of the document that was asked about, and of others, each made for the text
//! as it is now.

use std::{collections::HashMap, sync::Arc};

use plan_ide::{Edit, File, actions::Changes};
use tower_lsp::lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, Url,
    WorkspaceEdit,
};

use super::{Shared, documents::Snapshot};
use crate::files;

/// The edits of one file, with the version that they were made for if it is open.
pub(super) struct Change {
    pub(super) uri: Url,
    pub(super) version: Option<i32>,
    pub(super) edits: Vec<TextEdit>,
}

/// The changes of a document, and of the others that they concern.
pub(super) fn workspace_edit(shared: &Shared, snapshot: &Snapshot, changes: Changes) -> WorkspaceEdit {
    let mut all = Vec::new();
    if !changes.edits.is_empty() {
        all.push(Change {
            uri: snapshot.uri.clone(),
            version: Some(snapshot.version),
            edits: text_edits(shared, &snapshot.file, &changes.edits),
        });
    }
    if let Some(elsewhere) = changes.elsewhere {
        all.extend(of_files(shared, &elsewhere.paths, |file| {
            (elsewhere.rewrite)(file, &shared.indexed.read())
        }));
    }
    joined(shared, all)
}

/// What changes in files, by their keys: in the buffer of an open one, else on disk. A file that cannot be read is left
/// out.
pub(super) fn of_files(
    shared: &Shared,
    paths: &[String],
    change: impl Fn(&File) -> Vec<Edit>,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for path in paths {
        let (snapshot, uri, environment) = shared.state.with(|state| {
            let snapshot = state.documents.snapshot_of(path);
            let environment = Arc::clone(state.documents.environment());
            (snapshot, state.uri(path), environment)
        });
        let version = snapshot.as_ref().map(|snapshot| snapshot.version);
        let file = match snapshot {
            Some(snapshot) => Some(snapshot.file),
            None => files::unedited(path, &environment).ok(),
        };
        let (Some(uri), Some(file)) = (uri, file) else { continue };
        let edits = change(&file);
        if !edits.is_empty() {
            changes.push(Change { uri, version, edits: text_edits(shared, &file, &edits) });
        }
    }
    changes
}

/// The edit that makes all changes, tied to versions where the client can do that.
pub(super) fn joined(shared: &Shared, changes: Vec<Change>) -> WorkspaceEdit {
    if shared.abilities().versioned_edits {
        let changes = changes.into_iter().map(|change| TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier {
                uri: change.uri,
                version: change.version,
            },
            edits: change.edits.into_iter().map(OneOf::Left).collect(),
        });
        WorkspaceEdit {
            document_changes: Some(DocumentChanges::Edits(changes.collect())),
            ..WorkspaceEdit::default()
        }
    } else {
        let changes: HashMap<Url, Vec<TextEdit>> =
            changes.into_iter().map(|change| (change.uri, change.edits)).collect();
        WorkspaceEdit::new(changes)
    }
}

fn text_edits(shared: &Shared, file: &File, edits: &[Edit]) -> Vec<TextEdit> {
    let encoding = shared.encoding();
    let edits = edits.iter().map(|edit| TextEdit {
        range: encoding.range(file.document(), &edit.range),
        new_text: edit.text.clone(),
    });
    edits.collect()
}
