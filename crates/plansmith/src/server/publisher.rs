//! The task that publishes diagnostics to clients that do not pull them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use plan_ide::Environment;
use tokio::task::{JoinError, JoinSet};
use tower_lsp::lsp_types::{Url, notification::Notification};

use super::{Shared, diagnostics::Diagnostics, documents::Snapshot};
use crate::transport::Written;
use serde_json::Value;

/// So many documents are looked at at once. One that takes long is in nobody's way.
const AT_ONCE: usize = 4;

/// What was last published.
#[derive(Default)]
struct Published {
    shown: HashMap<Url, Shown>,
    /// The URIs of `shown` by the key of the file: a file has as many of them as it has open buffers.
    uris: HashMap<String, BTreeSet<Url>>,
}

impl Published {
    /// Notes what was published for a URI, which can have been one of another file before.
    fn insert(&mut self, uri: Url, shown: Shown) {
        self.remove(&uri);
        self.uris.entry(shown.key.clone()).or_default().insert(uri.clone());
        self.shown.insert(uri, shown);
    }

    fn remove(&mut self, uri: &Url) -> Option<Shown> {
        let shown = self.shown.remove(uri)?;
        if let Some(uris) = self.uris.get_mut(&shown.key) {
            uris.remove(uri);
            if uris.is_empty() {
                self.uris.remove(&shown.key);
            }
        }
        Some(shown)
    }

    /// Removes what was published for other URIs of a file than those that `keep` tells.
    fn extract(&mut self, key: &str, keep: impl Fn(&Url) -> bool) -> Vec<(Url, Shown)> {
        let uris = self.uris.get(key).into_iter().flatten();
        let over: Vec<Url> = uris.filter(|uri| !keep(uri)).cloned().collect();
        over.into_iter().filter_map(|uri| self.remove(&uri).map(|shown| (uri, shown))).collect()
    }
}

/// What a client was told of a document.
struct Shown {
    /// The file that it is of.
    key: String,
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
    let mut published = Published::default();
    let mut running: JoinSet<Done> = JoinSet::new();
    // How many buffers of a file are being looked at.
    let mut busy: HashMap<String, usize> = HashMap::new();
    loop {
        while running.len() < AT_ONCE {
            let next = shared.state.with(|state| {
                let next = state.dirty.iter().find(|key| !busy.contains_key(*key)).cloned();
                next.and_then(|key| state.dirty.take(&key))
            });
            let Some(key) = next else { break };
            let started = start(&shared, &mut published, &mut running, &key).await;
            if started > 0 {
                busy.insert(key, started);
            }
        }
        tokio::select! {
            () = shared.changed.notified() => {}
            Some(Ok(done)) = running.join_next() => {
                if let Some(left) = busy.get_mut(&done.key) {
                    *left -= 1;
                    if *left == 0 {
                        busy.remove(&done.key);
                    }
                }
                publish(&shared, &mut published, done).await;
            }
        }
    }
}

/// What is looked at: a buffer, or a file that is not open.
enum Subject {
    Buffer(Snapshot),
    Closed(Url, Arc<Environment>),
}

impl Subject {
    fn uri(&self) -> &Url {
        match self {
            Self::Buffer(snapshot) => &snapshot.uri,
            Self::Closed(uri, _) => uri,
        }
    }
}

/// Has all buffers of a file looked at, or the file if none is open. Returns how many are looked at now.
async fn start(
    shared: &Arc<Shared>,
    published: &mut Published,
    running: &mut JoinSet<Done>,
    key: &str,
) -> usize {
    shared.notice_day();
    let (subjects, view) = shared.state.with(|state| {
        let mut subjects: Vec<Subject> =
            state.documents.snapshots_of(key).into_iter().map(Subject::Buffer).collect();
        if subjects.is_empty() {
            subjects.extend(state.closed(key).map(|(uri, environment)| Subject::Closed(uri, environment)));
        }
        (subjects, state.view_settings(&shared.indexed))
    });
    // What was shown of buffers that are closed, or of a file that is gone, goes with them.
    let keep = |uri: &Url| subjects.iter().any(|subject| subject.uri() == uri);
    for (uri, before) in published.extract(key, keep) {
        if !before.diagnostics.is_empty() {
            send(shared, &uri, None, "[]").await;
        }
    }
    let count = subjects.len();
    for subject in subjects {
        let (key, uri, view) = (key.to_owned(), subject.uri().clone(), view.clone());
        running.spawn(async move {
            let version = match &subject {
                Subject::Buffer(snapshot) => Some(snapshot.version),
                Subject::Closed(..) => None,
            };
            let path = key.clone();
            let computed = tokio::task::spawn_blocking(move || match subject {
                Subject::Buffer(snapshot) => view.written_diagnostics(&snapshot),
                Subject::Closed(uri, environment) => {
                    Diagnostics::typed(&view.closed_diagnostics(&path, uri, &environment))
                }
            });
            Done { key, uri, version, diagnostics: computed.await }
        });
    }
    count
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
    let current = shared.state.with(|state| match version {
        Some(_) => state.documents.version_of(&uri, &key) == version,
        None => state.documents.version(&uri).is_none(),
    });
    // Every version of an open document is answered, even with what was said before: whoever typed is told that what is
    // shown is true of what was typed.
    let news = match published.shown.get(&uri) {
        Some(shown) => shown.key != key || shown.version != version || shown.diagnostics != diagnostics,
        None => version.is_some() || !diagnostics.is_empty(),
    };
    if current && news {
        send(shared, &uri, version, diagnostics.json()).await;
        published.insert(uri, Shown { key, version, diagnostics });
    }
}
