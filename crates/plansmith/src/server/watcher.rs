//! The server's own file watcher, for clients that do not report changes of files.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use notify::{
    ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{CreateKind, ModifyKind},
};

use super::state::Global;
use crate::state_cell::StateCell;

/// Maximum number of watched folders that no walk has entered, such as targets of links.
const MAX_OTHER_FOLDERS: usize = 1_000;

/// Watches the folders that a walk has entered and the folders that findings depend on. Folders that git ignores are
/// not watched.
#[derive(Debug)]
pub(super) struct Watcher {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// Paths that were removed, renamed or created since the last call of [`Watcher::watch`]. The system watches folders, not
    /// paths, so a folder that is created again under its old name has to be watched again.
    replaced: Arc<StateCell<ReplacedPaths>>,
    /// Whether a folder could not be watched.
    is_incomplete: bool,
}

#[derive(Debug, Default)]
struct ReplacedPaths {
    paths: Vec<PathBuf>,
    /// Whether events were lost.
    all: bool,
}

impl Watcher {
    /// Creates a watcher without folders. If the system does not support watching, logs the error and returns `None`.
    pub(super) fn start(global: Arc<Global>) -> Option<Self> {
        let replaced: Arc<StateCell<ReplacedPaths>> = Arc::default();
        let recorded = Arc::clone(&replaced);
        let started = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) if event.need_rescan() || event.paths.is_empty() => {
                recorded.with(|replaced| replaced.all = true);
                global.workspace_index.request_walk();
            }
            Ok(event) if !matches!(event.kind, EventKind::Access(_)) => {
                if replaces(event.kind) {
                    recorded.with(|replaced| replaced.paths.extend(event.paths.iter().cloned()));
                }
                global.workspace_index.files_changed(event.paths);
            }
            Ok(_) => {}
            // Some events were lost.
            Err(_) => {
                recorded.with(|replaced| replaced.all = true);
                global.workspace_index.request_walk();
            }
        });
        match started {
            Ok(watcher) => Some(Self { watcher, watched: BTreeSet::new(), replaced, is_incomplete: false }),
            Err(error) => {
                tracing::warn!(%error, "cannot watch files for changes");
                None
            }
        }
    }

    /// Watches `folders` and, for each path in `others`, the closest existing parent folder. Returns whether a folder
    /// is watched for the first time. Earlier changes in such a folder were not reported, so it has to be read again.
    pub(super) fn watch(&mut self, folders: &BTreeSet<String>, others: BTreeSet<String>) -> bool {
        self.unwatch_replaced();
        let others: BTreeSet<PathBuf> = others.iter().filter_map(|path| existing_parent(path)).collect();
        let others = others.into_iter().take(MAX_OTHER_FOLDERS);
        let mut added = false;
        self.is_incomplete = false;
        for folder in folders.iter().map(PathBuf::from).chain(others) {
            if self.watched.contains(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder);
                    added = true;
                }
                // The folder was removed, which causes a separate event.
                Err(_) if !folder.is_dir() => {}
                Err(error) => {
                    self.is_incomplete = true;
                    let is_limit = matches!(error.kind, ErrorKind::MaxFilesWatch);
                    tracing::warn!(%error, folder = %folder.display(), "cannot watch folder for changes");
                    if is_limit {
                        break;
                    }
                }
            }
        }
        added
    }

    /// Returns whether a folder could not be watched.
    pub(super) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Stops watching folders that may have been replaced, and all folders below them.
    fn unwatch_replaced(&mut self) {
        let replaced = self.replaced.take();
        let ended: Vec<PathBuf> = if replaced.all {
            self.watched.iter().cloned().collect()
        } else {
            let below = |path: PathBuf| {
                let found = self.watched.range(path.clone()..);
                found.take_while(move |folder| folder.starts_with(&path)).cloned().collect::<Vec<_>>()
            };
            replaced.paths.into_iter().flat_map(below).collect()
        };
        for folder in ended {
            // All folders are unwatched before one is watched again, because a moved folder has one watch under two
            // paths.
            if self.watched.remove(&folder)
                && let Err(error) = self.watcher.unwatch(&folder)
            {
                tracing::debug!(%error, "folder is no longer watched");
            }
        }
    }
}

/// Returns whether an event can replace a path with another file or folder.
fn replaces(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(CreateKind::File) | EventKind::Access(_) => false,
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Data(_) | ModifyKind::Metadata(_)),
        _ => true,
    }
}

/// Returns the closest existing parent folder of a path.
fn existing_parent(path: &str) -> Option<PathBuf> {
    Path::new(path).ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned)
}
