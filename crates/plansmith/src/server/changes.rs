//! Converts file changes to workspace edits of the requested document and of other files, computed from their current
//! texts.
//!
//! A file can be open in several buffers with different texts (`documents.rs`). The edits cover the requested buffer,
//! the current buffer of each other file, and further buffers of these files with unsaved changes. They are computed
//! from the text of each buffer. Without them, saving a further buffer later would restore the old name.
//!
//! A further buffer without unsaved changes is not edited: the editor reloads it when the first one is saved. An edit
//! would create two unsaved buffers of one file, and saving the second one would be a conflict.

use std::{collections::HashMap, path::Path, sync::Arc};

use plan_ide::{Edit, File, actions::Changes};
use tower_lsp::lsp_types::{
    DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, Url,
    WorkspaceEdit,
};

use super::{documents::Snapshot, state::Global};
use crate::files;

/// Edits of one file. `version` is the version on which they are based, or `None` if the file is not open.
pub(super) struct FileEdits {
    pub(super) uri: Url,
    pub(super) version: Option<i32>,
    pub(super) edits: Vec<TextEdit>,
}

/// Returns the workspace edit of changes to a document and the other files that they affect.
pub(super) fn workspace_edit(global: &Global, snapshot: &Snapshot, changes: Changes) -> WorkspaceEdit {
    workspace_edit_with(global, snapshot, changes, Vec::new())
}

/// Like [`workspace_edit`], with edits of further buffers of the same file.
pub(super) fn workspace_edit_with(
    global: &Global,
    snapshot: &Snapshot,
    changes: Changes,
    further: Vec<(Snapshot, Vec<Edit>)>,
) -> WorkspaceEdit {
    let mut all = Vec::new();
    let own = std::iter::once((snapshot, &changes.edits));
    let further = further.iter().map(|(snapshot, edits)| (snapshot, edits));
    for (snapshot, edits) in own.chain(further).filter(|(_, edits)| !edits.is_empty()) {
        all.push(FileEdits {
            uri: snapshot.uri.clone(),
            version: Some(snapshot.version),
            edits: text_edits(global, &snapshot.file, edits),
        });
    }
    if let Some(external) = changes.external {
        all.extend(edits_of_files(global, &external.paths, |file| {
            (external.rewrite)(file, &global.workspace_index.read())
        }));
    }
    to_workspace_edit(global, all)
}

/// Returns the other buffers of a document's file that have unsaved changes.
pub(super) fn unsaved_others(global: &Global, snapshot: &Snapshot) -> Vec<Snapshot> {
    let key = snapshot.file.path();
    let mut others = global.state.with(|state| state.documents.snapshots_of(key));
    others.retain(|other| other.uri != snapshot.uri);
    if others.is_empty() {
        return others;
    }
    // If the file cannot be read, the text exists only in the buffer, which is therefore treated as unsaved.
    let on_disk = files::read(Path::new(key)).ok();
    others.retain(|other| on_disk.as_ref() != Some(&other.file.document().text()));
    others
}

/// Returns the edits of files, given by key: of the buffers of open files, otherwise of the text on disk. Files that
/// cannot be read are skipped.
pub(super) fn edits_of_files(
    global: &Global,
    paths: &[String],
    change: impl Fn(&File) -> Vec<Edit>,
) -> Vec<FileEdits> {
    let mut changes = Vec::new();
    for path in paths {
        let (snapshot, uri, environment) = global.state.with(|state| {
            let snapshot = state.documents.snapshot_of(path);
            let environment = Arc::clone(state.documents.environment());
            (snapshot, state.uri(path), environment)
        });
        let mut add = |uri: Url, version: Option<i32>, file: &File| {
            let edits = change(file);
            if !edits.is_empty() {
                changes.push(FileEdits { uri, version, edits: text_edits(global, file, &edits) });
            }
        };
        if let Some(current) = snapshot {
            let others = unsaved_others(global, &current);
            for Snapshot { uri, version, file } in std::iter::once(current).chain(others) {
                add(uri, Some(version), &file);
            }
        } else if let (Some(uri), Ok(file)) = (uri, files::load(path, &environment)) {
            add(uri, None, &file);
        }
    }
    changes
}

/// Returns a workspace edit of all changes, bound to document versions if the client supports that.
pub(super) fn to_workspace_edit(global: &Global, changes: Vec<FileEdits>) -> WorkspaceEdit {
    if global.client_caps().versioned_edits {
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

fn text_edits(global: &Global, file: &File, edits: &[Edit]) -> Vec<TextEdit> {
    let encoding = global.encoding();
    let edits = edits.iter().map(|edit| TextEdit {
        range: encoding.range(file.document(), &edit.range),
        new_text: edit.text.clone(),
    });
    edits.collect()
}
