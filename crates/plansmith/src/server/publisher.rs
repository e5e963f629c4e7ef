//! The task that publishes diagnostics to clients that do not pull them.

use std::{collections::HashMap, sync::Arc};

use tower_lsp::lsp_types::{Diagnostic, Url};

use super::Shared;

/// Publishes for ever. It takes the newest version of each document that changed, so a version that was overtaken while
/// another one was looked at is never analysed.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut published: HashMap<Url, Vec<Diagnostic>> = HashMap::new();
    loop {
        shared.changed.notified().await;
        loop {
            let next = shared.state().dirty.pop_first();
            let Some(uri) = next else { break };
            publish(&shared, &mut published, uri).await;
        }
    }
}

async fn publish(shared: &Arc<Shared>, published: &mut HashMap<Url, Vec<Diagnostic>>, uri: Url) {
    let (snapshot, view) = {
        let mut state = shared.state();
        (state.documents.snapshot(&uri), state.view_settings())
    };
    let Some(snapshot) = snapshot else {
        // Closed: what was shown goes with it.
        if published.remove(&uri).is_some_and(|shown| !shown.is_empty()) {
            shared.client.publish_diagnostics(uri, Vec::new(), None).await;
        }
        return;
    };
    let version = snapshot.version;
    let computed = tokio::task::spawn_blocking(move || view.diagnostics(&snapshot)).await;
    let diagnostics = match computed {
        Ok(diagnostics) => diagnostics,
        Err(error) => {
            tracing::error!(%uri, %error, "finding diagnostics failed");
            return;
        }
    };
    let current = shared.state().documents.version(&uri) == Some(version);
    let shown = published.get(&uri);
    // The first answer is given even when it is empty: it says that the document was looked at.
    if current && shown != Some(&diagnostics) {
        published.insert(uri.clone(), diagnostics.clone());
        shared.client.publish_diagnostics(uri, diagnostics, Some(version)).await;
    }
}
