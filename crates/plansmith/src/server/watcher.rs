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

use super::Shared;
use crate::state_cell::StateCell;

/// Maximum number of folders outside of a walk that are watched because a link leads there.
const MAX_OTHER_FOLDERS: usize = 1_000;

/// Watches the folders that a walk has entered, and those that something else depends on. Folders that git ignores are
/// not watched.
#[derive(Debug)]
pub(super) struct Watcher {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// Paths that were removed, renamed or created since the last call of [`Watcher::watch`]. The system watches folders
    /// and not their names, so a folder that is created again under its old name has to be watched again.
    replaced: Arc<StateCell<Replaced>>,
    /// A folder could not be watched.
    is_incomplete: bool,
}

#[derive(Debug, Default)]
struct Replaced {
    paths: Vec<PathBuf>,
    /// Events were lost.
    all: bool,
}

impl Watcher {
    /// Starts to watch nothing yet. Returns `None` on systems without file watching, and logs that.
    pub(super) fn start(shared: Arc<Shared>) -> Option<Self> {
        let replaced: Arc<StateCell<Replaced>> = Arc::default();
        let noted = Arc::clone(&replaced);
        let started = notify::recommended_watcher(move |event: notify::Result<Event>| match event {
            Ok(event) if event.need_rescan() || event.paths.is_empty() => {
                noted.with(|replaced| replaced.all = true);
                shared.indexed.look_again();
            }
            Ok(event) if !matches!(event.kind, EventKind::Access(_)) => {
                if replaces(event.kind) {
                    noted.with(|replaced| replaced.paths.extend(event.paths.iter().cloned()));
                }
                shared.indexed.files_changed(event.paths);
            }
            Ok(_) => {}
            // Events were lost.
            Err(_) => {
                noted.with(|replaced| replaced.all = true);
                shared.indexed.look_again();
            }
        });
        match started {
            Ok(watcher) => Some(Self { watcher, watched: BTreeSet::new(), replaced, is_incomplete: false }),
            Err(error) => {
                tracing::warn!(%error, "changes on disk are not noticed");
                None
            }
        }
    }

    /// Watches these folders, and for each path in `others` the closest folder above it that exists. Returns true if a
    /// folder was not watched before: what changed in it meanwhile was not reported, so it has to be read again.
    pub(super) fn watch(&mut self, folders: &BTreeSet<String>, others: BTreeSet<String>) -> bool {
        self.forget_replaced();
        let others: BTreeSet<PathBuf> = others.iter().filter_map(|path| folder_above(path)).collect();
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
                // Its removal is an event of its own.
                Err(_) if !folder.is_dir() => {}
                Err(error) => {
                    self.is_incomplete = true;
                    let is_limit = matches!(error.kind, ErrorKind::MaxFilesWatch);
                    tracing::warn!(%error, folder = %folder.display(), "changes in a folder are not noticed");
                    if is_limit {
                        break;
                    }
                }
            }
        }
        added
    }

    /// Whether some folder could not be watched.
    pub(super) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Ends the watches of folders that may be other ones by now, and of all below them.
    fn forget_replaced(&mut self) {
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
            // All before any is watched again: a moved folder has one watch under two names.
            if self.watched.remove(&folder)
                && let Err(error) = self.watcher.unwatch(&folder)
            {
                tracing::debug!(%error, "a folder was not watched any more");
            }
        }
    }
}

/// Whether a path may be another file or folder after an event than before it.
fn replaces(kind: EventKind) -> bool {
    match kind {
        EventKind::Create(CreateKind::File) | EventKind::Access(_) => false,
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Data(_) | ModifyKind::Metadata(_)),
        _ => true,
    }
}

/// Returns the closest folder above a path that exists.
fn folder_above(path: &str) -> Option<PathBuf> {
    Path::new(path).ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned)
}
