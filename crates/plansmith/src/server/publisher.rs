//! The task that publishes diagnostics to clients that do not pull them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use plan_ide::Environment;
use tokio::task::{JoinError, JoinSet};
use tower_lsp::lsp_types::Url;

use super::{diagnostics::DiagnosticsJson, documents::Snapshot, state::Global};

/// Maximum number of files that are analyzed at the same time, so that a slow analysis does not delay all others.
const MAX_CONCURRENT: usize = 4;

/// The diagnostics that were last published.
#[derive(Default)]
struct LastPublished {
    by_uri: HashMap<Url, PublishedDiagnostics>,
    /// URIs of `by_uri` by key of the file: one for each open buffer.
    uris: HashMap<String, BTreeSet<Url>>,
}

impl LastPublished {
    /// Records the published diagnostics of a URI. If the URI belonged to another file before, its old entry is
    /// removed.
    fn insert(&mut self, uri: Url, diagnostics: PublishedDiagnostics) {
        self.remove(&uri);
        self.uris.entry(diagnostics.key.clone()).or_default().insert(uri.clone());
        self.by_uri.insert(uri, diagnostics);
    }

    fn remove(&mut self, uri: &Url) -> Option<PublishedDiagnostics> {
        let removed = self.by_uri.remove(uri)?;
        if let Some(uris) = self.uris.get_mut(&removed.key) {
            uris.remove(uri);
            if uris.is_empty() {
                self.uris.remove(&removed.key);
            }
        }
        Some(removed)
    }

    /// Removes and returns the published diagnostics of a file's URIs for which `keep` returns false.
    fn extract(&mut self, key: &str, keep: impl Fn(&Url) -> bool) -> Vec<(Url, PublishedDiagnostics)> {
        let uris = self.uris.get(key).into_iter().flatten();
        let obsolete: Vec<Url> = uris.filter(|uri| !keep(uri)).cloned().collect();
        obsolete.into_iter().filter_map(|uri| self.remove(&uri).map(|removed| (uri, removed))).collect()
    }
}

/// Diagnostics that were published for a document.
struct PublishedDiagnostics {
    /// Key of the file.
    key: String,
    /// Analyzed version, or `None` for a closed file.
    version: Option<i32>,
    diagnostics: DiagnosticsJson,
}

/// Publishes the diagnostics of a document.
async fn send(global: &Global, uri: &Url, version: Option<i32>, diagnostics: DiagnosticsJson) {
    let version = version.map(|version| format!(",\"version\":{version}")).unwrap_or_default();
    let before = format!("{{\"uri\":{},\"diagnostics\":", serde_json::json!(uri));
    let params = diagnostics.into_json().between(&before, &format!("{version}}}"));
    global.outlet.notify("textDocument/publishDiagnostics", params).await;
}

/// Result of analyzing a buffer or a closed file.
struct AnalyzedBuffer {
    key: String,
    uri: Url,
    version: Option<i32>,
    diagnostics: Result<DiagnosticsJson, JoinError>,
}

/// Publishes diagnostics forever. Analyzes the newest version of each changed document and skips versions that are
/// outdated before their analysis starts.
pub(super) async fn run(global: Arc<Global>) {
    let mut published = LastPublished::default();
    let mut running: JoinSet<AnalyzedBuffer> = JoinSet::new();
    // Number of buffers of each file that are being analyzed.
    let mut busy: HashMap<String, usize> = HashMap::new();
    loop {
        if global.state.with(|state| std::mem::take(&mut state.published_is_dirty)) {
            let all: Vec<String> = published.uris.keys().chain(busy.keys()).cloned().collect();
            global.state.with(|state| state.dirty.extend(all));
        }
        while running.len() < MAX_CONCURRENT {
            let next = global.state.with(|state| {
                let next = state.dirty.iter().find(|key| !busy.contains_key(*key)).cloned();
                next.and_then(|key| state.dirty.take(&key))
            });
            let Some(key) = next else { break };
            let started = start(&global, &mut published, &mut running, &key).await;
            if started > 0 {
                busy.insert(key, started);
            }
        }
        tokio::select! {
            () = global.changed.notified() => {}
            Some(Ok(done)) = running.join_next() => {
                if let Some(left) = busy.get_mut(&done.key) {
                    *left -= 1;
                    if *left == 0 {
                        busy.remove(&done.key);
                    }
                }
                publish(&global, &mut published, done).await;
            }
        }
    }
}

/// A buffer, or a file that is not open.
enum AnalysisTarget {
    Buffer(Snapshot),
    Closed(Url, Arc<Environment>),
}

impl AnalysisTarget {
    fn uri(&self) -> &Url {
        match self {
            Self::Buffer(snapshot) => &snapshot.uri,
            Self::Closed(uri, _) => uri,
        }
    }
}

/// Starts analyzing all buffers of a file, or the file on disk if no buffer is open. Returns the number of started
/// analyses.
async fn start(
    global: &Arc<Global>,
    published: &mut LastPublished,
    running: &mut JoinSet<AnalyzedBuffer>,
    key: &str,
) -> usize {
    global.update_today();
    let (targets, context) = global.state.with(|state| {
        let mut targets: Vec<AnalysisTarget> =
            state.documents.snapshots_of(key).into_iter().map(AnalysisTarget::Buffer).collect();
        if targets.is_empty() {
            targets.extend(
                state.closed_file(key).map(|(uri, environment)| AnalysisTarget::Closed(uri, environment)),
            );
        }
        (targets, state.request_context(&global.workspace_index))
    });
    // Clear the diagnostics of closed buffers and deleted files.
    let keep = |uri: &Url| targets.iter().any(|target| target.uri() == uri);
    for (uri, before) in published.extract(key, keep) {
        if !before.diagnostics.is_empty() {
            send(global, &uri, None, DiagnosticsJson::from_lsp(&[])).await;
        }
    }
    let count = targets.len();
    for target in targets {
        let (key, uri, context) = (key.to_owned(), target.uri().clone(), context.clone());
        running.spawn(async move {
            let version = match &target {
                AnalysisTarget::Buffer(snapshot) => Some(snapshot.version),
                AnalysisTarget::Closed(..) => None,
            };
            let path = key.clone();
            let computed = tokio::task::spawn_blocking(move || match target {
                AnalysisTarget::Buffer(snapshot) => context.diagnostics_json(&snapshot),
                AnalysisTarget::Closed(uri, environment) => {
                    DiagnosticsJson::from_lsp(&context.closed_diagnostics(&path, uri, &environment))
                }
            });
            AnalyzedBuffer { key, uri, version, diagnostics: computed.await }
        });
    }
    count
}

async fn publish(global: &Arc<Global>, published: &mut LastPublished, done: AnalyzedBuffer) {
    let AnalyzedBuffer { key, uri, version, diagnostics } = done;
    let diagnostics = match diagnostics {
        Ok(diagnostics) => diagnostics,
        Err(error) => {
            tracing::error!(%uri, %error, "computing diagnostics failed");
            return;
        }
    };
    let is_current = global.state.with(|state| match version {
        Some(_) => state.documents.version_of(&uri, &key) == version,
        None => state.documents.version(&uri).is_none(),
    });
    // Every version of an open document is published, even with equal diagnostics, so that the client knows that they apply
    // to the new version.
    let is_new = match published.by_uri.get(&uri) {
        Some(last) => last.key != key || last.version != version || last.diagnostics != diagnostics,
        None => version.is_some() || !diagnostics.is_empty(),
    };
    if is_current && is_new {
        send(global, &uri, version, diagnostics.clone()).await;
        published.insert(uri, PublishedDiagnostics { key, version, diagnostics });
    }
}
