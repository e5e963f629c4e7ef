//! Changes of files as edits for the client: of the document that was asked about, and of others, each made for the text
//! as it is now.
//!
//! A file can be open in several buffers with different texts (`documents.rs`). The buffer that was asked about is edited,
//! of another file the current one, and of both files every further buffer that has unsaved changes, each by edits computed
//! from its own text: otherwise a buffer that is saved later would bring the old name back. A further buffer that is as on
//! disk is not edited. The editor reloads it when the first one is saved, while an edit would make two unsaved buffers of one
//! file, and saving the second one a conflict.

use std::{collections::HashMap, path::Path, sync::Arc};

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
    workspace_edit_with(shared, snapshot, changes, Vec::new())
}

/// The same, with edits of further buffers of the same file.
pub(super) fn workspace_edit_with(
    shared: &Shared,
    snapshot: &Snapshot,
    changes: Changes,
    further: Vec<(Snapshot, Vec<Edit>)>,
) -> WorkspaceEdit {
    let mut all = Vec::new();
    let own = std::iter::once((snapshot, &changes.edits));
    let further = further.iter().map(|(snapshot, edits)| (snapshot, edits));
    for (snapshot, edits) in own.chain(further).filter(|(_, edits)| !edits.is_empty()) {
        all.push(Change {
            uri: snapshot.uri.clone(),
            version: Some(snapshot.version),
            edits: text_edits(shared, &snapshot.file, edits),
        });
    }
    if let Some(elsewhere) = changes.external {
        all.extend(of_files(shared, &elsewhere.paths, |file| {
            (elsewhere.rewrite)(file, &shared.indexed.read())
        }));
    }
    joined(shared, all)
}

/// Returns the other buffers of a document's file that have unsaved changes.
pub(super) fn unsaved_others(shared: &Shared, snapshot: &Snapshot) -> Vec<Snapshot> {
    let key = snapshot.file.path();
    let mut others = shared.state.with(|state| state.documents.snapshots_of(key));
    others.retain(|other| other.uri != snapshot.uri);
    if others.is_empty() {
        return others;
    }
    // A buffer of a file that cannot be read has a text that is nowhere else.
    let on_disk = files::read(Path::new(key)).ok();
    others.retain(|other| on_disk.as_ref() != Some(&other.file.document().text()));
    others
}

/// What changes in files, by their keys: in the buffers of an open one, else on disk. A file that cannot be read is left
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
        let mut add = |uri: Url, version: Option<i32>, file: &File| {
            let edits = change(file);
            if !edits.is_empty() {
                changes.push(Change { uri, version, edits: text_edits(shared, file, &edits) });
            }
        };
        if let Some(current) = snapshot {
            let others = unsaved_others(shared, &current);
            for Snapshot { uri, version, file } in std::iter::once(current).chain(others) {
                add(uri, Some(version), &file);
            }
        } else if let (Some(uri), Ok(file)) = (uri, files::load(path, &environment)) {
            add(uri, None, &file);
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
