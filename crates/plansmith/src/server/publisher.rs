//! The task that publishes diagnostics to clients that do not pull them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use tokio::task::{JoinError, JoinSet};
use tower_lsp::lsp_types::{Url, notification::Notification};

use super::{Shared, diagnostics::Diagnostics};
use crate::transport::Written;
use serde_json::Value;

/// So many documents are looked at at once. One that takes long is in nobody's way.
const AT_ONCE: usize = 4;

/// What was last published of each document.
type Published = HashMap<String, Shown>;

/// What a client was told of a document.
struct Shown {
    /// The URI that it was told for.
    uri: Url,
    /// The version that was looked at; nothing for a closed file.
    version: Option<i32>,
    diagnostics: Diagnostics,
}

/// `textDocument/publishDiagnostics` with parameters that are written already.
struct Publish;

impl Notification for Publish {
    type Params = Value;
    const METHOD: &'static str = "textDocument/publishDiagnostics";
}

/// Says what was found in a version of a document.
async fn send(shared: &Shared, uri: &Url, version: Option<i32>, diagnostics: &str) {
    let params = Written::by(diagnostics.len() + uri.as_str().len() + 64, |out| {
        out.extend_from_slice(b"{\"uri\":");
        // Writing texts and numbers into memory does not fail.
        drop(serde_json::to_writer(&mut *out, uri));
        out.extend_from_slice(b",\"diagnostics\":");
        out.extend_from_slice(diagnostics.as_bytes());
        if let Some(version) = version {
            out.extend_from_slice(b",\"version\":");
            drop(serde_json::to_writer(&mut *out, &version));
        }
        out.push(b'}');
    });
    shared.client.send_notification::<Publish>(params.params()).await;
}

/// A document that was looked at.
struct Done {
    key: String,
    uri: Url,
    version: Option<i32>,
    diagnostics: Result<Diagnostics, JoinError>,
}

/// Publishes for ever. It takes the newest version of each document that changed, so a version that was overtaken while
/// the document was looked at is never analysed.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut published = Published::new();
    let mut running: JoinSet<Done> = JoinSet::new();
    let mut busy: HashSet<String> = HashSet::new();
    loop {
        while running.len() < AT_ONCE {
            let next = shared.state.with(|state| {
                let next = state.dirty.iter().find(|key| !busy.contains(*key)).cloned();
                next.and_then(|key| state.dirty.take(&key))
            });
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
    let (snapshot, view, closed) = shared.state.with(|state| {
        let snapshot = state.documents.snapshot_of(key);
        let closed = snapshot.is_none().then(|| state.closed(key)).flatten();
        (snapshot, state.view_settings(&shared.indexed), closed)
    });
    let (uri, version) = match (&snapshot, &closed) {
        (Some(snapshot), _) => (snapshot.uri.clone(), Some(snapshot.version)),
        (None, Some((uri, _))) => (uri.clone(), None),
        (None, None) => {
            // Closed or gone: what was shown goes with it.
            if let Some(shown) = published.remove(key)
                && !shown.diagnostics.is_empty()
            {
                send(shared, &shown.uri, None, "[]").await;
            }
            return false;
        }
    };
    // The client may name the document otherwise than before.
    if published.get(key).is_some_and(|shown| shown.uri != uri)
        && let Some(before) = published.remove(key)
        && !before.diagnostics.is_empty()
    {
        send(shared, &before.uri, None, "[]").await;
    }
    let key = key.to_owned();
    running.spawn(async move {
        let path = key.clone();
        let computed = tokio::task::spawn_blocking(move || match (snapshot, closed) {
            (Some(snapshot), _) => view.written_diagnostics(&snapshot),
            (None, Some((uri, environment))) => {
                Diagnostics::typed(&view.closed_diagnostics(&path, uri, &environment))
            }
            (None, None) => Diagnostics::typed(&[]),
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
    let current = shared.state.with(|state| state.documents.version(&key)) == version;
    // Every version of an open document is answered, even with what was said before: whoever typed is told that what is
    // shown is true of what was typed.
    let news = match published.get(&key) {
        Some(shown) => shown.version != version || shown.diagnostics != diagnostics,
        None => version.is_some() || !diagnostics.is_empty(),
    };
    if current && news {
        send(shared, &uri, version, diagnostics.json()).await;
        published.insert(key, Shown { uri, version, diagnostics });
    }
}
