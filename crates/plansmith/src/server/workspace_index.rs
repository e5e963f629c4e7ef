//! The index of the workspace, and the changes that it does not contain yet.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use plan_ide::Index;
use tokio::sync::{Notify, watch};
use tower_lsp::lsp_types::NumberOrString;

use super::{disk_dependencies::DiskDependencies, documents::Snapshot};
use crate::{files::DiskQueryResults, state_cell::StateCell};

/// The index of the workspace and its pending changes.
#[derive(Debug)]
pub(super) struct WorkspaceIndex {
    /// Requests use a copy of the `Arc`, so that they do not block updates.
    pub(super) index: StateCell<Arc<Index>>,
    /// Whether all files have been read at least once.
    pub(super) complete: AtomicBool,
    /// Token of the progress that the client shows.
    pub(super) progress_token: StateCell<Option<NumberOrString>>,
    /// Whether the user has cancelled reading, so that the index is incomplete.
    pub(super) stopped: AtomicBool,
    pub(super) pending: StateCell<PendingChanges>,
    pub(super) wake: Notify,
    /// Number of the last change of the index; subscribers are notified.
    pub(super) generation: watch::Sender<u64>,
    pub(super) changes: AtomicU64,
    /// Numbers of started and completed rounds.
    pub(super) rounds: watch::Sender<(u64, u64)>,
    /// Disk answers that findings depend on.
    pub(super) dependencies: DiskDependencies,
    /// Whether the server's own watcher misses some changes on disk.
    pub(super) misses_changes: AtomicBool,
}

#[derive(Debug, Default)]
pub(super) struct PendingChanges {
    /// Files and folders reported as changed on disk; their kind is determined later.
    pub(super) paths: Vec<PathBuf>,
    /// Keys of files that may have changed.
    pub(super) keys: BTreeSet<String>,
    /// Whether all folders have to be walked again, because new files may exist.
    pub(super) walk: bool,
    /// Whether a change on disk was reported or has to be assumed.
    pub(super) disk: bool,
    /// Whether all files have to be read again, because the folders or settings have changed.
    pub(super) all: bool,
}

impl Default for WorkspaceIndex {
    fn default() -> Self {
        Self {
            index: StateCell::default(),
            complete: AtomicBool::new(false),
            progress_token: StateCell::default(),
            stopped: AtomicBool::new(false),
            pending: StateCell::default(),
            wake: Notify::new(),
            generation: watch::Sender::new(0),
            changes: AtomicU64::new(0),
            rounds: watch::Sender::new((0, 0)),
            dependencies: DiskDependencies::default(),
            misses_changes: AtomicBool::new(false),
        }
    }
}

impl WorkspaceIndex {
    /// Returns the current index.
    pub(super) fn read(&self) -> Arc<Index> {
        self.index.get()
    }

    /// Returns whether the index contains all files.
    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Waits until all files have been read once, or the user has cancelled reading.
    pub(super) async fn wait_until_complete(&self) {
        let mut generations = self.generations();
        let is_over = || self.is_complete() || self.stopped.load(Ordering::Acquire);
        // The channel closes only with the server.
        while !is_over() && generations.changed().await.is_ok() {}
    }

    /// Stops reading files if `token` is the token of the progress report.
    pub(super) fn stop(&self, token: &NumberOrString) {
        if self.progress_token.with(|shown| shown.as_ref() == Some(token)) {
            self.stopped.store(true, Ordering::Release);
        }
    }

    /// Returns a receiver that is notified when the index changes.
    pub(super) fn generations(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    fn enqueue(&self, change: impl FnOnce(&mut PendingChanges)) {
        self.pending.with(change);
        self.wake.notify_one();
    }

    /// Waits until all changes that are pending now are processed.
    pub(super) async fn wait_until_idle(&self) {
        let mut rounds = self.rounds.subscribe();
        // A round may be running; changes that were added meanwhile are processed in the next one.
        let (started, _) = *rounds.borrow();
        self.wake.notify_one();
        // The channel closes only with the server.
        drop(rounds.wait_for(|(_, done)| *done > started).await);
    }

    /// Adds files that may have changed.
    pub(super) fn mark_changed(&self, keys: impl IntoIterator<Item = String>) {
        self.enqueue(|pending| pending.keys.extend(keys));
    }

    /// Adds files or folders that were reported as changed on disk.
    pub(super) fn files_changed(&self, paths: impl IntoIterator<Item = PathBuf>) {
        self.enqueue(|pending| {
            pending.paths.extend(paths);
            pending.disk = true;
        });
    }

    /// Requests a walk: files may have been created or deleted anywhere.
    pub(super) fn request_walk(&self) {
        self.enqueue(|pending| {
            pending.walk = true;
            pending.disk = true;
        });
    }

    /// Requests a check of the disk for changes that were not reported.
    pub(super) fn check_disk(&self) {
        let misses_changes = self.misses_changes.load(Ordering::Acquire);
        self.enqueue(|pending| {
            pending.walk |= misses_changes;
            pending.disk = true;
        });
    }

    /// Returns the disk answers that findings depend on.
    pub(super) fn disk_dependencies(&self) -> &DiskDependencies {
        &self.dependencies
    }

    /// Records the disk answers that the findings of a document depend on; `started` is the start of its analysis.
    pub(super) fn record_dependencies(&self, snapshot: &Snapshot, started: u64, answers: DiskQueryResults) {
        if !self.dependencies.record(&snapshot.uri, snapshot.file.path(), started, answers) {
            self.enqueue(|pending| pending.disk = true);
        }
    }

    /// Notifies subscribers of a possible change of findings although no file has changed.
    pub(super) fn notify_subscribers(&self) {
        self.generation.send_replace(self.changes.fetch_add(1, Ordering::AcqRel) + 1);
    }

    /// Requests that all files are read again.
    pub(super) fn request_full_read(&self) {
        self.enqueue(|pending| pending.all = true);
    }

    /// Returns the pending changes and removes them.
    pub(super) fn take(&self) -> PendingChanges {
        self.pending.take()
    }
}
