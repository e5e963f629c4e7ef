//! Sending an edit to the client, and waiting for its response and its change.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::timeout};
use tower_lsp::lsp_types::{Url, WorkspaceEdit};

use super::{edit_queue::EditPermit, state::Global};
use crate::transport;

/// Maximum time to wait for the client's response to an edit.
const MAX_RESPONSE_WAIT: Duration = Duration::from_secs(10);

/// Maximum time to wait for the change notification of an edit that the client has applied.
const MAX_CHANGE_WAIT: Duration = Duration::from_secs(1);

/// Reason why an edit of an earlier version is not applied.
pub(super) const DOCUMENT_CHANGED: &str = "document has changed; run the command again";

impl EditPermit {
    /// Sends an edit to the client and returns when it has responded. The permit is released when the change has
    /// arrived as well. The edit is not sent if the document no longer has `version`, because some clients do not
    /// compare versions.
    ///
    /// Dropping the future does not cancel the edit; the permit is still released after it.
    ///
    /// # Errors
    /// Returns an error with the reason if the edit was not applied.
    pub(super) async fn apply(
        self,
        global: &Arc<Global>,
        edit: WorkspaceEdit,
        version: Option<i32>,
    ) -> Result<(), String> {
        let is_current = |version| global.version(&self.uri) == Some(version);
        if !version.is_none_or(is_current) {
            return Err(DOCUMENT_CHANGED.to_owned());
        }
        let (sender, receiver) = oneshot::channel();
        let global = Arc::clone(global);
        tokio::spawn(async move {
            // Subscribe before the edit is sent, because the change may arrive before the response.
            let mut changes = global.edit_queues.changes.subscribe();
            let is_other = || version.is_some() && global.version(&self.uri) != version;
            let result = match timeout(MAX_RESPONSE_WAIT, global.client.apply_edit(edit)).await {
                Ok(Ok(response)) if response.applied => Ok(()),
                Ok(Ok(response)) => Err(response.failure_reason.unwrap_or_else(|| {
                    let reason = if is_other() { DOCUMENT_CHANGED } else { "client did not apply the edit" };
                    reason.to_owned()
                })),
                Ok(Err(error)) => Err(error.message.into_owned()),
                Err(_) => Err(format!("client did not respond within {} s", MAX_RESPONSE_WAIT.as_secs())),
            };
            let is_applied = result.is_ok();
            if let Err(reason) = &result {
                tracing::warn!(reason, uri = %self.uri, "client did not apply the edit");
            }
            // Sending fails if the command was cancelled.
            drop(sender.send(result));
            if is_applied && version.is_some() {
                let arrived = async { while !is_other() && changes.changed().await.is_ok() {} };
                if timeout(MAX_CHANGE_WAIT, arrived).await.is_err() {
                    tracing::debug!(uri = %self.uri, "no change notification received for an applied edit");
                }
            }
            drop(self);
        });
        // The task is only aborted at shutdown.
        transport::waiting(receiver).await.unwrap_or_else(|_| Err("server is shutting down".to_owned()))
    }
}

impl Global {
    /// Returns the version of the document with this URI, if it is open.
    fn version(&self, uri: &Url) -> Option<i32> {
        self.state.with(|state| state.documents.version(uri))
    }
}
