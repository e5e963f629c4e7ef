//! Maintains the syntax trees of open documents: updates them when the user pauses, and drops them when they are not
//! used.
//!
//! Responses other than those of this module come from the block parser, so no edit waits for a tree.

use std::{sync::Arc, time::Duration};

use plan_syntax::{
    Document,
    tree::{SyntaxTrees, TreeInDocument, TreeScope},
};
use serde_json::json;
use tower_lsp::lsp_types::{Range, Url};

use super::{
    Global,
    context::RequestContext,
    documents::{OutdatedTrees, Snapshot},
};
use crate::transport::RawJson;

/// Maximum memory of the trees of all documents.
pub(super) const MAX_TREE_BYTES: usize = 16 * 1024 * 1024;

/// Maximum length in bytes of documents in which all segments get a tree after an edit. In longer documents, only
/// requested trees are updated.
const MAX_EAGER_BYTES: usize = 64 * 1024;

/// Time without edits after which trees are updated.
const UPDATE_DELAY: Duration = Duration::from_millis(300);

/// Time without edits and requests after which all trees are dropped.
const DROP_DELAY: Duration = Duration::from_secs(30);

/// Updates trees forever, after edits, and drops them when they are not used.
pub(super) async fn run(global: Arc<Global>) {
    loop {
        global.trees_used.notified().await;
        loop {
            while is_used_within(&global, UPDATE_DELAY).await {}
            let outdated = global.state.with(|state| state.documents.outdated_trees());
            if !outdated.is_empty() {
                let global = Arc::clone(&global);
                let updates = tokio::task::spawn_blocking(move || {
                    outdated.into_iter().for_each(|outdated| update(&global, outdated));
                });
                if let Err(error) = updates.await {
                    tracing::error!(%error, "updating syntax trees failed");
                }
            }
            if !is_used_within(&global, DROP_DELAY).await {
                break;
            }
        }
        let trees = global.state.with(|state| state.documents.take_trees());
        // Free the trees on another thread, which can take time. The result of the task is not needed.
        drop(tokio::task::spawn_blocking(move || drop(trees)).await);
    }
}

async fn is_used_within(global: &Global, time: Duration) -> bool {
    tokio::time::timeout(time, global.trees_used.notified()).await.is_ok()
}

fn update(global: &Global, outdated: OutdatedTrees) {
    let OutdatedTrees { uri, version, document, trees } = outdated;
    let scope = if document.len() <= MAX_EAGER_BYTES { TreeScope::All } else { TreeScope::Parsed };
    let mut count = 0;
    let trees = trees.update(&document, &scope, MAX_TREE_BYTES, |found| {
        if found.is_new {
            count += 1;
            log_difference(&uri, &document, found);
        }
    });
    tracing::debug!(%uri, version, count, bytes = trees.bytes(), "syntax trees updated");
    global.state.with(|state| state.documents.set_trees(&uri, version, trees, true, MAX_TREE_BYTES));
}

/// Compares the blocks of a tree with those of the block parser, and logs the first difference, which is a defect of
/// one parser.
fn log_difference(uri: &Url, document: &Document, found: &TreeInDocument<'_>) {
    let content = document.content(found.start, found.segment);
    if let Some(offset) = found.tree.difference(&content.outline) {
        let line = document.rope().byte_to_line(found.start + offset) + 1;
        tracing::warn!(%uri, line, "two parsers find different Markdown blocks; please report the text at this line");
    }
}

/// Calls `ask` with the trees of a buffer and stores the updated trees.
pub(super) fn with_trees<T>(
    global: &Global,
    snapshot: &Snapshot,
    ask: impl FnOnce(&mut SyntaxTrees) -> T,
) -> T {
    let mut trees = global.state.with(|state| state.documents.trees(&snapshot.uri));
    let answer = ask(&mut trees);
    let (uri, version) = (&snapshot.uri, snapshot.version);
    global.state.with(|state| state.documents.set_trees(uri, version, trees, false, MAX_TREE_BYTES));
    global.trees_used.notify_one();
    answer
}

/// Returns the response to `plansmith/syntaxTree`: the nodes that touch a range, or all.
pub(super) fn response(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
    range: Option<Range>,
) -> RawJson {
    let document = snapshot.file.document();
    let range = range.map(|range| context.encoding.bytes(document, range));
    let tree = with_trees(global, snapshot, |trees| {
        let (text, updated) = trees.write(document, range.as_ref(), MAX_TREE_BYTES);
        *trees = updated;
        text
    });
    RawJson::from_value(&json!({"version": snapshot.version, "tree": tree}))
}
