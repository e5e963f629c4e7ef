//! Markers for buffers with unsaved changes, so that commands do not overwrite their files.
//!
//! An edited buffer is compared with its file immediately, because an editor that reloads a changed file sends the new
//! text as an edit. A marked buffer is compared again when the user pauses, because an undo can restore the saved text.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tower_lsp::lsp_types::Url;

use super::Global;
use crate::plan_edit::unsaved::Marker;

/// Time between an edit and the second comparison with the file.
const COMPARISON_DELAY: Duration = Duration::from_millis(200);

/// The markers of this process by buffer.
#[derive(Debug, Default)]
struct Markers {
    by_uri: HashMap<Url, Marker>,
    created: u64,
}

impl Markers {
    /// Marks a buffer of the file with this key.
    fn add(&mut self, uri: &Url, key: &str) {
        if self.by_uri.contains_key(uri) {
            return;
        }
        self.created += 1;
        match Marker::create(key, self.created) {
            Ok(marker) => drop(self.by_uri.insert(uri.clone(), marker)),
            Err(error) => tracing::warn!(%uri, %error, "cannot mark unsaved changes for other programs"),
        }
    }

    /// Marks a buffer if its text differs from the file; removes the marker otherwise.
    fn compare(&mut self, global: &Global, uri: &Url) {
        let snapshot = global.state.with(|state| state.documents.snapshot(uri));
        let unsaved = snapshot.filter(|snapshot| {
            let saved = std::fs::read(snapshot.file.path());
            // A file that cannot be read cannot be overwritten.
            saved.is_ok_and(|saved| snapshot.file.document().text().as_bytes() != saved)
        });
        match unsaved {
            Some(snapshot) => self.add(uri, snapshot.file.path()),
            None => drop(self.by_uri.remove(uri)),
        }
    }
}

/// Updates the markers forever.
pub(super) async fn run(global: Arc<Global>) {
    let mut markers = Markers::default();
    loop {
        let mut touched = global.touched_buffers.wait().await;
        touched.retain(|uri, _| uri.scheme() == "file");
        let is_edited = touched.values().any(|is_edited| *is_edited);
        let edited: Vec<Url> =
            touched.iter().filter(|(_, is_edited)| **is_edited).map(|(uri, _)| uri.clone()).collect();
        let others: Vec<Url> = touched.keys().filter(|uri| !touched[*uri]).cloned().collect();
        let (files, first) = (Arc::clone(&global), edited.clone());
        let updated = tokio::task::spawn_blocking(move || {
            for uri in first {
                if !markers.by_uri.contains_key(&uri) {
                    markers.compare(&files, &uri);
                }
            }
            others.iter().for_each(|uri| markers.compare(&files, uri));
            markers
        });
        let Ok(mut updated) = updated.await else { return };
        if is_edited {
            tokio::time::sleep(COMPARISON_DELAY).await;
            let files = Arc::clone(&global);
            let compared = tokio::task::spawn_blocking(move || {
                edited.iter().for_each(|uri| updated.compare(&files, uri));
                updated
            });
            let Ok(compared) = compared.await else { return };
            updated = compared;
        }
        markers = updated;
    }
}
