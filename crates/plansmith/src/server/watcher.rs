//! Our own eyes on the disk, for clients that do not tell when files change.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::Shared;

/// Watches the folders that a walk has looked into, and no others: not those that git ignores.
#[derive(Debug)]
pub(super) struct Watcher {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
}

impl Watcher {
    /// Starts to watch nothing yet. Nothing where the system has no such thing, which is logged.
    pub(super) fn start(shared: Arc<Shared>) -> Option<Self> {
        let started = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) if !matches!(event.kind, EventKind::Access(_)) => {
                shared.indexed.files_changed(event.paths);
            }
            Ok(_) => {}
            // Events were lost.
            Err(_) => shared.indexed.look_again(),
        });
        match started {
            Ok(watcher) => Some(Self { watcher, watched: BTreeSet::new() }),
            Err(error) => {
                tracing::warn!(%error, "changes on disk are not noticed");
                None
            }
        }
    }

    /// Watches these folders too.
    pub(super) fn watch(&mut self, folders: Vec<PathBuf>) {
        for folder in folders {
            if self.watched.contains(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.watched.insert(folder)),
                Err(error) => {
                    tracing::warn!(%error, folder = %folder.display(), "changes in a folder are not noticed");
                }
            }
        }
        // A folder that is gone and comes again is a new one to the system.
        self.watched.retain(|folder| folder.is_dir());
    }
}
