//! The task that publishes diagnostics to clients that do not pull them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use tokio::task::{JoinError, JoinSet};
use tower_lsp::lsp_types::{Diagnostic, Url};

use super::Shared;

/// So many documents are looked at at once. One that takes long is in nobody's way.
const AT_ONCE: usize = 4;

/// What was last published of each document, with the URI it was published for.
type Published = HashMap<String, (Url, Vec<Diagnostic>)>;

/// A document that was looked at.
struct Done {
    key: String,
    uri: Url,
    version: Option<i32>,
    diagnostics: Result<Vec<Diagnostic>, JoinError>,
}

/// Publishes for ever. It takes the newest version of each document that changed, so a version that was overtaken while
/// the document was looked at is never analysed.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut published = Published::new();
    let mut running: JoinSet<Done> = JoinSet::new();
    let mut busy: HashSet<String> = HashSet::new();
    loop {
        while running.len() < AT_ONCE {
            let next = {
                let mut state = shared.state();
                let next = state.dirty.iter().find(|key| !busy.contains(*key)).cloned();
                next.and_then(|key| state.dirty.take(&key))
            };
            let Some(key) = next else { break };
            if start(&shared, &mut published, &mut running, &key).await {
                busy.insert(key);
            }
        }
        tokio::select! {
            () = shared.changed.notified() => {}
            Some(Ok(done)) = running.join_next() => {
                busy.remove(&done.key);
                publish(&shared, &mut published, done).await;
            }
        }
    }
}

/// Has a document looked at. False where there is nothing to look at any more.
async fn start(
    shared: &Arc<Shared>,
    published: &mut Published,
    running: &mut JoinSet<Done>,
    key: &str,
) -> bool {
    shared.notice_day();
    let (snapshot, view, closed) = {
        let mut state = shared.state();
        let snapshot = state.documents.snapshot_of(key);
        let closed = snapshot.is_none().then(|| state.closed(key)).flatten();
        (snapshot, state.view_settings(&shared.indexed), closed)
    };
    let (uri, version) = match (&snapshot, &closed) {
        (Some(snapshot), _) => (snapshot.uri.clone(), Some(snapshot.version)),
        (None, Some((uri, _))) => (uri.clone(), None),
        (None, None) => {
            // Closed or gone: what was shown goes with it.
            if let Some((uri, shown)) = published.remove(key)
                && !shown.is_empty()
            {
                shared.client.publish_diagnostics(uri, Vec::new(), None).await;
            }
            return false;
        }
    };
    // The client may name the document otherwise than before.
    if let Some((before, shown)) = published.get(key)
        && *before != uri
    {
        if !shown.is_empty() {
            shared.client.publish_diagnostics(before.clone(), Vec::new(), None).await;
        }
        published.remove(key);
    }
    let key = key.to_owned();
    running.spawn(async move {
        let path = key.clone();
        let computed = tokio::task::spawn_blocking(move || match (snapshot, closed) {
            (Some(snapshot), _) => view.diagnostics(&snapshot),
            (None, Some((uri, environment))) => view.closed_diagnostics(&path, uri, &environment),
            (None, None) => Vec::new(),
        });
        Done { key, uri, version, diagnostics: computed.await }
    });
    true
}

async fn publish(shared: &Arc<Shared>, published: &mut Published, done: Done) {
    let Done { key, uri, version, diagnostics } = done;
    let diagnostics = match diagnostics {
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
