//! Reports results again after changes that affect them.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tower_lsp::lsp_types::request;

use super::state::Global;

/// Delay before the client is asked to refresh, so that changes in quick succession cause one request.
const REFRESH_DELAY: Duration = Duration::from_millis(100);

impl Global {
    /// Invalidates the findings of all open files after a change that affects all files, so that the findings are
    /// reported again. With `everywhere`, includes closed files.
    pub(super) fn invalidate_diagnostics(self: &Arc<Self>, everywhere: bool) {
        let closed: Vec<String> = if everywhere {
            self.workspace_index.read().iter().map(|(path, _)| path.to_string()).collect()
        } else {
            Vec::new()
        };
        self.state.with(|state| {
            state.epoch += 1;
            if !state.client_caps.pulls_diagnostics {
                let open: Vec<String> = state.documents.keys().cloned().collect();
                state.dirty.extend(open);
                state.dirty.extend(closed);
                state.published_is_dirty = true;
            }
        });
        self.workspace_index.notify_subscribers();
        self.refresh();
        self.refresh_decorations();
    }

    /// Publishes the diagnostics of open documents again, or asks the client to pull them again. At most one refresh is
    /// scheduled at a time.
    pub(super) fn refresh(self: &Arc<Self>) {
        let client_caps = self.client_caps();
        if !client_caps.pulls_diagnostics {
            self.changed.notify_one();
        } else if client_caps.refreshes_diagnostics && !self.refreshing.swap(true, Ordering::AcqRel) {
            let global = Arc::clone(self);
            tokio::spawn(async move {
                // The request is sent when it is first polled, after the delay; later changes schedule another refresh.
                let request = global.client.send_request::<request::WorkspaceDiagnosticRefresh>(());
                tokio::time::sleep(REFRESH_DELAY).await;
                global.refreshing.store(false, Ordering::Release);
                if let Err(error) = request.await {
                    tracing::warn!(%error, "client did not refresh its diagnostics");
                }
            });
        }
    }

    /// Asks the client to request hints, lenses and tokens again. At most one refresh is scheduled at a time.
    pub(super) fn refresh_decorations(self: &Arc<Self>) {
        let client_caps = self.client_caps();
        let any = client_caps.refreshes_hints || client_caps.refreshes_lenses || client_caps.refreshes_tokens;
        if !any || self.refreshing_decorations.swap(true, Ordering::AcqRel) {
            return;
        }
        let global = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(REFRESH_DELAY).await;
            // Later changes schedule another refresh.
            global.refreshing_decorations.store(false, Ordering::Release);
            let client = &global.client;
            let hints = async {
                if client_caps.refreshes_hints { client.inlay_hint_refresh().await } else { Ok(()) }
            };
            let lenses = async {
                if client_caps.refreshes_lenses { client.code_lens_refresh().await } else { Ok(()) }
            };
            let tokens = async {
                if client_caps.refreshes_tokens { client.semantic_tokens_refresh().await } else { Ok(()) }
            };
            let (hints, lenses, tokens) = tokio::join!(hints, lenses, tokens);
            for error in [hints, lenses, tokens].into_iter().filter_map(Result::err) {
                tracing::warn!(%error, "client did not refresh hints, lenses or tokens");
            }
        });
    }
}
