//! The buffers whose markers for other programs have to be updated.

use std::collections::BTreeMap;

use tokio::sync::Notify;
use tower_lsp::lsp_types::Url;

use crate::state_cell::StateCell;

/// The buffers that were opened, edited, saved or closed since the markers were updated.
#[derive(Debug, Default)]
pub(super) struct TouchedBuffers {
    /// URIs, with whether the buffer was edited.
    uris: StateCell<BTreeMap<Url, bool>>,
    wake: Notify,
}

impl TouchedBuffers {
    /// Notes that a buffer was opened, edited, saved or closed.
    pub(super) fn touch(&self, uri: Url, is_edited: bool) {
        self.uris.with(|uris| *uris.entry(uri).or_default() |= is_edited);
        self.wake.notify_one();
    }

    /// Waits until a buffer is touched. Returns all buffers touched since the last call, with whether they were edited.
    pub(super) async fn wait(&self) -> BTreeMap<Url, bool> {
        self.wake.notified().await;
        self.uris.take()
    }
}
