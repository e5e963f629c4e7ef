//! The task that publishes diagnostics to clients that do not pull them.

use std::{collections::HashMap, sync::Arc};

use tower_lsp::lsp_types::{Diagnostic, Url};

use super::Shared;

/// Publishes for ever. It takes the newest version of each document that changed, so a version that was overtaken while
/// another one was looked at is never analysed.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut published: HashMap<String, (Url, Vec<Diagnostic>)> = HashMap::new();
    loop {
        shared.changed.notified().await;
        loop {
            let next = shared.state().dirty.pop_first();
            let Some(key) = next else { break };
            publish(&shared, &mut published, key).await;
        }
    }
}

async fn publish(shared: &Arc<Shared>, published: &mut HashMap<String, (Url, Vec<Diagnostic>)>, key: String) {
    let (snapshot, view, closed) = {
        let mut state = shared.state();
        let snapshot = state.documents.snapshot_of(&key);
        let closed = snapshot.is_none().then(|| state.closed(&key)).flatten();
        (snapshot, state.view_settings(&shared.indexed), closed)
    };
    let (uri, version) = match (&snapshot, &closed) {
        (Some(snapshot), _) => (snapshot.uri.clone(), Some(snapshot.version)),
        (None, Some((uri, _))) => (uri.clone(), None),
        (None, None) => {
            // Closed or gone: what was shown goes with it.
            if let Some((uri, shown)) = published.remove(&key)
                && !shown.is_empty()
            {
                shared.client.publish_diagnostics(uri, Vec::new(), None).await;
            }
            return;
        }
    };
    // The client may name the document otherwise than before.
    if let Some((before, shown)) = published.get(&key)
        && *before != uri
    {
        if !shown.is_empty() {
            shared.client.publish_diagnostics(before.clone(), Vec::new(), None).await;
        }
        published.remove(&key);
    }
    let path = key.clone();
    let computed = tokio::task::spawn_blocking(move || match (snapshot, closed) {
        (Some(snapshot), _) => view.diagnostics(&snapshot),
        (None, Some((uri, environment))) => view.closed_diagnostics(&path, uri, &environment),
        (None, None) => Vec::new(),
    })
    .await;
    let diagnostics = match computed {
        Ok(diagnostics) => diagnostics,
        Err(error) => {
            tracing::error!(%uri, %error, "finding diagnostics failed");
            return;
        }
    };
    let current = shared.state().documents.version(&key) == version;
    let shown = published.get(&key).map(|(_, shown)| shown);
    // The first answer about an open document is given even when it is empty: it says that it was looked at.
    let news = shown.map_or(version.is_some() || !diagnostics.is_empty(), |shown| *shown != diagnostics);
    if current && news {
        published.insert(key, (uri.clone(), diagnostics.clone()));
        shared.client.publish_diagnostics(uri, diagnostics, version).await;
    }
}
