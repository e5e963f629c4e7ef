//! The task that keeps the index of the workspace: what its files say, as they change in buffers and on disk.
//!
//! It works through a set of files of which something may have changed and finds out what is true now: the current buffer
//! if the file is open (`documents.rs`), else the disk. So it does not matter in which order it is told, how often, or by whom.
//!
//! After any change on disk it also compares everything else that it has taken from the disk: the templates, the settings
//! files, the answers on which findings depend, and which file each open buffer is of.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use plan_ide::{Entry, Environment, Index, workspace::path};
use rayon::prelude::*;
use tokio::sync::{Notify, watch};
use tower_lsp::lsp_types::{
    Diagnostic, DiagnosticSeverity, MessageType, NumberOrString, ProgressParams, ProgressParamsValue, Url,
    WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressEnd,
    WorkDoneProgressReport, notification, request,
};

use super::{Shared, State, dependencies::Dependencies, documents::Snapshot, guarded, watcher::Watcher};
use crate::{
    config::{self, Configs},
    files::{self, DiskAnswers, Filter, Stamp, is_markdown, is_never_entered, key_of_path, key_of_uri, walk},
    state_cell::StateCell,
    workspace,
};

/// How long further changes are waited for: a checkout of another branch is one change to us.
const PAUSE: Duration = Duration::from_millis(50);
/// So many files are read before the index is told.
const BATCH: usize = 512;

/// The index, and what is to be done to it.
#[derive(Debug)]
pub(super) struct Indexed {
    /// Whoever computes an answer has a snapshot, so that a long one keeps nobody from telling the index something.
    index: StateCell<Arc<Index>>,
    /// All files have been read at least once.
    complete: AtomicBool,
    /// The progress that the client shows, while it does.
    shown: StateCell<Option<NumberOrString>>,
    /// Someone has stopped the reading, so that it is not complete.
    stopped: AtomicBool,
    pending: StateCell<Pending>,
    wake: Notify,
    /// Counts the changes of the index.
    generation: watch::Sender<u64>,
    changes: AtomicU64,
    /// Counts what was taken up, and what is done of it.
    rounds: watch::Sender<(u64, u64)>,
    /// What findings depend on outside of the index.
    dependencies: Dependencies,
    /// Some changes on disk are not noticed by our own watcher.
    misses_changes: AtomicBool,
}

#[derive(Debug, Default)]
struct Pending {
    /// Files and folders that have changed on disk, as they were told; what they are is looked up later.
    paths: Vec<PathBuf>,
    /// Files of which something may have changed.
    keys: BTreeSet<String>,
    /// All folders have to be looked into again: files may be new.
    walk: bool,
    /// Something has changed on disk, whatever it is.
    disk: bool,
    /// Everything has to be read again: other folders, other words.
    all: bool,
}

impl Default for Indexed {
    fn default() -> Self {
        Self {
            index: StateCell::default(),
            complete: AtomicBool::new(false),
            shown: StateCell::default(),
            stopped: AtomicBool::new(false),
            pending: StateCell::default(),
            wake: Notify::new(),
            generation: watch::Sender::new(0),
            changes: AtomicU64::new(0),
            rounds: watch::Sender::new((0, 0)),
            dependencies: Dependencies::default(),
            misses_changes: AtomicBool::new(false),
        }
    }
}

impl Indexed {
    /// The index as it is now.
    pub(super) fn read(&self) -> Arc<Index> {
        self.index.get()
    }

    /// Whether the index knows all files.
    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Waits until all files have been read once, or someone has stopped that.
    pub(super) async fn complete(&self) {
        let mut generations = self.generations();
        let is_over = || self.is_complete() || self.stopped.load(Ordering::Acquire);
        // Ends only with the server.
        while !is_over() && generations.changed().await.is_ok() {}
    }

    /// Stops the reading that this progress is about.
    pub(super) fn stop(&self, token: &NumberOrString) {
        if self.shown.with(|shown| shown.as_ref() == Some(token)) {
            self.stopped.store(true, Ordering::Release);
        }
    }

    /// Tells when the index changes.
    pub(super) fn generations(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    fn pend(&self, change: impl FnOnce(&mut Pending)) {
        self.pending.with(change);
        self.wake.notify_one();
    }

    /// Waits until everything is done that was pending when it was called.
    pub(super) async fn idle(&self) {
        let mut rounds = self.rounds.subscribe();
        // One round may be under way; what came meanwhile is in the next one.
        let (begun, _) = *rounds.borrow();
        self.wake.notify_one();
        // Ends only with the server.
        drop(rounds.wait_for(|(_, done)| *done > begun).await);
    }

    /// Something may have changed about these files.
    pub(super) fn touch(&self, keys: impl IntoIterator<Item = String>) {
        self.pend(|pending| pending.keys.extend(keys));
    }

    /// Files or folders have changed on disk, by whoever's word.
    pub(super) fn files_changed(&self, paths: impl IntoIterator<Item = PathBuf>) {
        self.pend(|pending| {
            pending.paths.extend(paths);
            pending.disk = true;
        });
    }

    /// Files may have come or gone anywhere.
    pub(super) fn look_again(&self) {
        self.pend(|pending| {
            pending.walk = true;
            pending.disk = true;
        });
    }

    /// Something may have changed on disk without being reported.
    pub(super) fn check_disk(&self) {
        let misses_changes = self.misses_changes.load(Ordering::Acquire);
        self.pend(|pending| {
            pending.walk |= misses_changes;
            pending.disk = true;
        });
    }

    /// What findings depend on outside of the index.
    pub(super) fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// Records the answers of the disk on which the findings of a document depend, in an analysis that started at this time.
    pub(super) fn depends(&self, snapshot: &Snapshot, started: u64, answers: DiskAnswers) {
        if !self.dependencies.record(&snapshot.uri, snapshot.file.path(), started, answers) {
            self.pend(|pending| pending.disk = true);
        }
    }

    /// Nothing has changed in files, and yet something else is to be said of them.
    pub(super) fn say_again(&self) {
        self.generation.send_replace(self.changes.fetch_add(1, Ordering::AcqRel) + 1);
    }

    /// Nothing that was read holds any more.
    pub(super) fn read_again(&self) {
        self.pend(|pending| pending.all = true);
    }

    fn take(&self) -> Pending {
        self.pending.take()
    }
}

/// Keeps the index for ever.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut indexer = Indexer {
        shared,
        stamps: BTreeMap::new(),
        folders: BTreeSet::new(),
        settings: BTreeMap::new(),
        settings_stamps: BTreeMap::new(),
        late: BTreeSet::new(),
        watcher: None,
        rounds: 0,
        pause: PAUSE,
    };
    indexer.shared.indexed.read_again();
    loop {
        indexer.shared.indexed.wake.notified().await;
        if indexer.rounds > 0 {
            tokio::time::sleep(indexer.pause).await;
        }
        indexer.shared.indexed.rounds.send_modify(|(begun, _)| *begun += 1);
        let start = Instant::now();
        indexer.check_templates().await;
        let stale = indexer.shared.state.with(|state| std::mem::take(&mut state.templates_are_stale));
        if stale {
            indexer.shared.load_templates().await;
        }
        let pending = indexer.shared.indexed.take();
        indexer.work(pending).await;
        indexer.rounds += 1;
        indexer.shared.indexed.rounds.send_modify(|(begun, done)| *done = *begun);
        // Whoever types in a document that takes long to summarise is not slowed down by it.
        indexer.pause = PAUSE.max(start.elapsed() * 4).min(Duration::from_secs(2));
    }
}

struct Indexer {
    shared: Arc<Shared>,
    /// The files on disk that the index knows, with what they looked like when they were read.
    stamps: BTreeMap<String, Stamp>,
    /// The folders that the last walk has entered.
    folders: BTreeSet<String>,
    /// The settings files with their texts.
    settings: BTreeMap<String, String>,
    /// The settings files with what they looked like when they were read.
    settings_stamps: BTreeMap<String, Option<Stamp>>,
    /// The files that were edited while the last round has changed what the index says of others.
    late: BTreeSet<String>,
    watcher: Option<Watcher>,
    rounds: usize,
    pause: Duration,
}

/// What is true of a file.
enum Truth {
    Open,
    OnDisk(Stamp),
    Gone,
}

/// What is at a path.
enum Nature {
    Nothing,
    Folder,
    File,
    /// Which file it leads to is for a walk to decide.
    SymbolicLink,
}

impl Nature {
    fn of(path: &Path) -> Self {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => Self::SymbolicLink,
            Ok(metadata) if metadata.is_dir() => Self::Folder,
            Ok(_) => Self::File,
            Err(_) => Self::Nothing,
        }
    }
}

/// What the disk says about pending changes.
struct Looked {
    /// What is at the changed paths, by key.
    natures: BTreeMap<String, Nature>,
    /// The files that decide what belongs to the workspace, or how it is read, may have changed.
    walk: bool,
}

impl Indexer {
    /// Has the templates read again if they are other ones than those that were read.
    async fn check_templates(&self) {
        if !self.shared.indexed.pending.with(|pending| pending.disk || pending.all) {
            return;
        }
        let (roots, folder, before) = self.shared.state.with(|state| {
            let folder = state.template_folder();
            let is_other_folder = state.documents.environment().template_folder != folder;
            (state.roots.paths(), folder, (!is_other_folder).then(|| state.template_stamps.clone()))
        });
        let stamps = tokio::task::spawn_blocking(move || workspace::template_stamps(&roots, &folder)).await;
        if stamps.is_ok_and(|stamps| before.is_none_or(|before| stamps != before)) {
            self.shared.state.with(|state| state.templates_are_stale = true);
        }
    }

    /// Looks at the changed paths, and adds those of which something may have changed to the pending files. Only of files
    /// that are known and still files it does so without a walk: what else has changed may belong to the workspace
    /// or not, and part of a change may not have been reported.
    async fn look_at(&mut self, pending: &mut Pending, roots: &[String]) {
        let paths = std::mem::take(&mut pending.paths);
        let closed: Vec<String> = self
            .shared
            .state
            .with(|state| pending.keys.iter().filter(|key| !state.documents.is_open(key)).cloned().collect());
        let settings = self.settings_stamps.clone();
        let disk = pending.disk;
        let looked = tokio::task::spawn_blocking(move || {
            let mut looked = Looked { natures: BTreeMap::new(), walk: false };
            for path in paths {
                let name = path.file_name().unwrap_or_default();
                looked.walk |= name == ".gitignore" || name == ".ignore" || name == config::NAME;
                let nature = Nature::of(&path);
                looked.natures.insert(key_of_path(&path), nature);
            }
            for key in closed {
                let nature = Nature::of(Path::new(&key));
                looked.natures.entry(key).or_insert(nature);
            }
            looked.walk |= disk && settings.iter().any(|(key, stamp)| Stamp::of(Path::new(key)) != *stamp);
            looked
        });
        let Ok(looked) = looked.await else {
            pending.walk = true;
            return;
        };
        pending.walk |= looked.walk;
        for (key, nature) in looked.natures {
            let is_root = roots.iter().any(|root| *root == key || path::is_in(root, &key));
            let root = roots.iter().filter(|root| path::is_in(&key, root)).max_by_key(|root| root.len());
            let is_entered = is_root || root.is_some_and(|root| !is_never_entered(root, &key));
            let is_known = self.stamps.contains_key(&key);
            let was_folder = self.folders.contains(&key);
            let is_text = is_markdown(Path::new(&key));
            pending.walk |= match nature {
                Nature::File => is_entered && (was_folder || !is_known && is_text),
                // A folder in one that no walk enters is not entered either.
                Nature::Folder => {
                    is_known || was_folder || is_root || self.folders.contains(path::folder(&key))
                }
                Nature::Nothing => is_known || was_folder || is_root || is_entered && is_text,
                Nature::SymbolicLink => true,
            };
            if is_known || is_text {
                pending.keys.insert(key);
            }
        }
    }

    async fn work(&mut self, mut pending: Pending) {
        let (roots, abilities) = self.shared.state.with(|state| (state.roots.clone(), state.abilities));
        let roots = roots.read_along();
        let indexed = Arc::clone(&self.shared.indexed);
        let mut affected = BTreeSet::new();
        if pending.all {
            self.stamps.clear();
            indexed.complete.store(false, Ordering::Release);
            let fresh = Arc::new(Index::new(roots.iter().cloned()));
            let old = indexed.index.with(|index| std::mem::replace(index, fresh));
            // Also those that are gone meanwhile: what was reported of them is withdrawn.
            pending.keys.extend(old.iter().map(|(path, _)| path.to_string()));
            drop(old);
            pending.walk = true;
            pending.keys.extend(self.shared.open_keys());
            if self.watcher.is_none() && !abilities.registers_watchers {
                self.watcher = Watcher::start(Arc::clone(&self.shared));
                indexed.misses_changes.store(self.watcher.is_none(), Ordering::Release);
            }
        }
        if pending.disk {
            let moved = self.check_buffers().await;
            pending.keys.extend(moved.iter().map(ToString::to_string));
            affected.extend(moved);
        }
        self.look_at(&mut pending, &roots).await;
        let mut title = None;
        if pending.walk {
            indexed.stopped.store(false, Ordering::Release);
            title = Some("Reading plans");
            self.walk(&mut pending, &roots).await;
        }
        if pending.disk || pending.walk {
            self.watch(&roots).await;
        }
        let environment = self.shared.environment();
        let disk = pending.disk || pending.walk;
        let work: Vec<String> = pending.keys.into_iter().collect();
        let progress = match title.filter(|_| work.len() > 1 && abilities.shows_progress) {
            Some(title) => Some(Progress::begin(&self.shared, title, work.len()).await),
            None => None,
        };
        let mut done = 0;
        for batch in work.chunks(BATCH) {
            if progress.is_some() && indexed.stopped.load(Ordering::Acquire) {
                break;
            }
            affected.extend(self.batch(batch, &environment).await);
            done += batch.len();
            if let Some(progress) = &progress {
                progress.report(&self.shared, done, work.len()).await;
            }
        }
        let stopped = done < work.len();
        // The next look into the folders finds what was left out.
        for key in &work[done..] {
            self.stamps.remove(key);
        }
        let first = pending.walk && !stopped && !indexed.complete.swap(true, Ordering::AcqRel);
        if let Some(progress) = progress {
            let count = indexed.read().len();
            progress.end(&self.shared, count).await;
        }
        if stopped {
            let left = work.len() - done;
            let message = format!(
                "{left} files were not read, so nothing is said of how plans hang together; restart the server to read them"
            );
            self.shared.client.show_message(MessageType::INFO, message).await;
        }
        affected.extend(self.overtaken(&work));
        if disk {
            affected.extend(self.outdated().await);
        }
        if !work.is_empty() || !affected.is_empty() || first || stopped {
            let generation = self.shared.indexed.changes.fetch_add(1, Ordering::AcqRel) + 1;
            let changed = work.iter().map(String::as_str).chain(affected.iter().map(|path| &**path));
            self.shared.reports.forget(changed, first);
            self.shared.indexed.generation.send_replace(generation);
        }
        self.tell(work, &affected, first).await;
    }

    /// Returns those of the changed files of a round of which something else may be true than was said since they were
    /// edited: another file has changed since then too, and the index did not know yet that they name it.
    fn overtaken(&mut self, work: &[String]) -> Vec<Arc<str>> {
        let has_others = |key: &String| work.iter().any(|other| other != key);
        let late = std::mem::take(&mut self.late);
        let overtaken = work.iter().filter(|key| late.contains(*key) || has_others(key));
        let overtaken = overtaken.map(|key| Arc::from(key.as_str())).collect();
        let edited = self.shared.indexed.pending.with(|pending| pending.keys.clone());
        self.late = edited.into_iter().filter(has_others).collect();
        overtaken
    }

    /// Returns the files whose findings depend on something on disk, other than the files of the index, that has changed.
    async fn outdated(&self) -> BTreeSet<Arc<str>> {
        let (open, everywhere) = self.shared.state.with(|state| {
            let open: HashSet<Url> = state.documents.buffers().map(|(uri, _)| uri.clone()).collect();
            (open, state.settings.scope_is_workspace)
        });
        let closed: HashSet<String> =
            everywhere.then(|| self.stamps.keys().cloned()).into_iter().flatten().collect();
        let indexed = Arc::clone(&self.shared.indexed);
        let outdated = tokio::task::spawn_blocking(move || {
            indexed.dependencies.outdated(|uri, key| open.contains(uri) || closed.contains(key))
        });
        outdated.await.unwrap_or_default()
    }

    /// Finds out again of which file each open buffer is. Returns the keys of the files that have other buffers than before.
    async fn check_buffers(&self) -> BTreeSet<Arc<str>> {
        let before: Vec<(Url, String)> = self
            .shared
            .state
            .with(|state| state.documents.buffers().map(|(uri, key)| (uri.clone(), key.clone())).collect());
        let found = tokio::task::spawn_blocking(move || {
            let now = before.into_iter().map(|(uri, before)| (key_of_uri(&uri), uri, before));
            now.filter(|(key, _, before)| key != before).collect::<Vec<_>>()
        });
        let Ok(found) = found.await else { return BTreeSet::new() };
        self.shared.state.with(|state| {
            let moved = found.into_iter().filter_map(|(key, uri, _)| {
                let before = state.documents.set_key(&uri, &key)?;
                Some([Arc::from(before), Arc::from(key)])
            });
            moved.flatten().collect()
        })
    }

    /// Has our own watcher, where there is one, watch what was walked and what something depends on.
    async fn watch(&mut self, roots: &[String]) {
        let Some(mut watcher) = self.watcher.take() else { return };
        let indexed = &self.shared.indexed;
        let templates: Vec<String> = self.shared.state.with(|state| {
            let folder = &state.documents.environment().template_folder;
            let of_root = |root: &str| path::join(root, &format!("{folder}/template.md"));
            state.roots.keys().filter_map(of_root).collect()
        });
        let mut others = indexed.dependencies.paths();
        others.extend(templates);
        others.extend(roots.iter().filter(|root| !self.folders.contains(*root)).cloned());
        let folders = self.folders.clone();
        let watched = tokio::task::spawn_blocking(move || {
            let added = watcher.watch(&folders, others);
            (watcher, added)
        });
        let Ok((watcher, added)) = watched.await else {
            indexed.misses_changes.store(true, Ordering::Release);
            return;
        };
        indexed.misses_changes.store(watcher.is_incomplete(), Ordering::Release);
        self.watcher = Some(watcher);
        if added {
            indexed.look_again();
        }
    }

    /// Looks which files there are, and adds those that are new, changed or gone.
    async fn walk(&mut self, pending: &mut Pending, roots: &[String]) {
        let folders = roots.to_vec();
        let walked = tokio::task::spawn_blocking(move || {
            folders.iter().map(|root| walk(root, &Filter::default())).collect::<Vec<_>>()
        });
        let Ok(walked) = walked.await else { return };
        let settings = walked.iter().flat_map(|found| found.settings.iter().cloned()).collect();
        if self.read_settings(settings).await {
            // Everything means something else now.
            pending.keys.extend(self.stamps.keys().cloned());
            pending.keys.extend(self.shared.open_keys());
        }
        let (configs, of_client) =
            self.shared.state.with(|state| (Arc::clone(&state.configs), state.settings.filter.clone()));
        let mut there: BTreeMap<String, Stamp> = BTreeMap::new();
        self.folders.clear();
        for (root, found) in roots.iter().zip(walked) {
            let filter = configs.filter(root).unwrap_or_else(|| of_client.clone());
            for complaint in found.complaints {
                tracing::warn!("{complaint}");
                // Only what is left out by a limit of ours is worth a message; what cannot be read is the log's.
                if complaint.contains("`exclude`") {
                    self.shared.client.show_message(MessageType::WARNING, complaint).await;
                }
            }
            let relative =
                |key: &str| key.get(root.len()..).unwrap_or_default().trim_start_matches('/').to_owned();
            for (key, stamp) in found.files.into_iter().filter(|(key, _)| filter.takes(&relative(key))) {
                if self.stamps.get(&key) != Some(&stamp) {
                    pending.keys.insert(key.clone());
                }
                there.insert(key, stamp);
            }
            self.folders.extend(found.folders);
        }
        // Files that no walk finds any more do not belong to the workspace, even if they are there.
        pending.keys.extend(self.stamps.keys().filter(|key| !there.contains_key(*key)).cloned());
        self.stamps = there;
    }

    /// Reads the settings files, says what is wrong in them, and tells whether documents are read otherwise now. These
    /// diagnostics are pushed to every client: nobody pulls those of a file that is no Markdown.
    async fn read_settings(&mut self, paths: Vec<String>) -> bool {
        let before = self.shared.state.with(|state| Arc::clone(&state.configs));
        let read = tokio::task::spawn_blocking(move || {
            // Before they are read: a change in between is noticed by the next check.
            let stamps = paths.iter().map(|path| (path.clone(), Stamp::of(Path::new(path)))).collect();
            (stamps, Configs::read(paths, &before))
        });
        let Ok((stamps, (configs, checked))) = read.await else { return false };
        self.settings_stamps = stamps;
        let now: BTreeMap<String, String> =
            checked.iter().map(|checked| (checked.path.clone(), checked.text.clone())).collect();
        if now == self.settings {
            return false;
        }
        let gone: Vec<String> =
            self.settings.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        self.settings = now;
        let configs = Arc::new(configs);
        let (other, other_folder, encoding) =
            self.shared.combined(None, Some(&configs), |state, combined| {
                let folder = |state: &State| state.configs.template_folder(state.roots.keys());
                let before = folder(state);
                let other = state.take_over_files(Arc::clone(&configs), combined);
                (other, folder(state) != before, state.encoding)
            });
        if other_folder {
            self.shared.load_templates().await;
        }
        for path in gone {
            let uri = self.shared.state.with(|state| state.uri(&path));
            if let Some(uri) = uri {
                self.shared.client.publish_diagnostics(uri, Vec::new(), None).await;
            }
        }
        for checked in checked {
            let document = plan_syntax::Document::new(&checked.text);
            let problems = checked.problems.iter().map(|problem| Diagnostic {
                range: encoding.range(&document, &problem.range),
                severity: Some(DiagnosticSeverity::WARNING),
                source: Some("plansmith".to_owned()),
                message: problem.message.clone(),
                ..Diagnostic::default()
            });
            let problems: Vec<Diagnostic> = problems.collect();
            let uri = self.shared.state.with(|state| state.uri(&checked.path));
            if let Some(uri) = uri {
                self.shared.client.publish_diagnostics(uri, problems, None).await;
            }
        }
        let everywhere = self.shared.state.with(|state| state.settings.scope_is_workspace);
        self.shared.report_all_again(everywhere);
        other
    }

    /// Reads files and tells the index. Gives the files about which something else may be true now.
    async fn batch(&mut self, keys: &[String], environment: &Arc<Environment>) -> BTreeSet<Arc<str>> {
        let mut open = Vec::new();
        let mut closed = Vec::new();
        self.shared.state.with(|state| {
            for key in keys {
                match state.documents.snapshot_of(key) {
                    Some(snapshot) => open.push((key.clone(), snapshot)),
                    None => closed.push(key.clone()),
                }
            }
        });
        // Only what a walk has found is read along; another file counts while it is open.
        let known: BTreeSet<String> =
            closed.iter().filter(|key| self.stamps.contains_key(*key)).cloned().collect();
        let stamped = tokio::task::spawn_blocking(move || {
            let stamp = |key: String| {
                let stamp = known.contains(&key).then(|| Stamp::of(Path::new(&key))).flatten();
                (key, stamp.map_or(Truth::Gone, Truth::OnDisk))
            };
            closed.into_iter().map(stamp).collect::<BTreeMap<String, Truth>>()
        });
        let Ok(mut truths) = stamped.await else { return BTreeSet::new() };
        for (key, truth) in &truths {
            match truth {
                Truth::OnDisk(stamp) => drop(self.stamps.insert(key.clone(), *stamp)),
                Truth::Gone => drop(self.stamps.remove(key)),
                Truth::Open => {}
            }
        }
        truths.extend(open.iter().map(|(key, _)| (key.clone(), Truth::Open)));
        let (environment, shared) = (Arc::clone(environment), Arc::clone(&self.shared));
        let read = tokio::task::spawn_blocking(move || {
            let from_disk = |(key, truth): (&String, &Truth)| -> (String, Result<Option<Entry>, String>) {
                let entry = guarded(key, || match truth {
                    Truth::OnDisk(_) => files::unedited(key, &environment).map(|file| Some(file.entry())),
                    _ => Ok(None),
                });
                (key.clone(), entry.unwrap_or(Ok(None)))
            };
            let closed: Vec<(&String, &Truth)> =
                truths.iter().filter(|(_, truth)| !matches!(truth, Truth::Open)).collect();
            let mut found: Vec<(String, Result<Option<Entry>, String>)> = match &closed[..] {
                [] => Vec::new(),
                [only] => vec![from_disk(*only)],
                // On threads that end: the system's allocator keeps for each living thread what it has used last.
                several => match rayon::ThreadPoolBuilder::new().build() {
                    Ok(pool) => {
                        pool.install(|| several.par_iter().map(|closed| from_disk(*closed)).collect())
                    }
                    Err(_) => several.iter().map(|closed| from_disk(*closed)).collect(),
                },
            };
            for (key, snapshot) in open {
                let entry = guarded(&key, || {
                    crate::trial::panic_over(|| snapshot.file.document().text());
                    snapshot.file.entry()
                });
                found.push((key, Ok(entry)));
            }
            let mut affected = BTreeSet::new();
            let mut complaints = Vec::new();
            shared.indexed.index.with(|index| {
                // A copy is made only while an answer is being computed from the index.
                let index = Arc::make_mut(index);
                for (key, entry) in found {
                    let entry = entry.unwrap_or_else(|why| {
                        complaints.push((key.clone(), why));
                        None
                    });
                    affected.extend(index.set(&key, entry));
                }
            });
            (affected, complaints)
        });
        let Ok((affected, complaints)) = read.await else { return BTreeSet::new() };
        for (key, why) in complaints {
            tracing::warn!("{key}: {why}");
            if why.contains("longer than") {
                self.shared.client.show_message(MessageType::WARNING, format!("{key} {why}")).await;
            }
        }
        affected
    }

    /// Has what was said of dependents said again.
    async fn tell(&self, changed: Vec<String>, affected: &BTreeSet<Arc<str>>, first: bool) {
        let (pulls, open_affected) = self.shared.state.with(|state| {
            let open: Vec<String> = state
                .documents
                .keys()
                .filter(|key| first || affected.contains(key.as_str()))
                .cloned()
                .collect();
            let everywhere = state.settings.scope_is_workspace;
            if !state.abilities.pulls_diagnostics {
                state.dirty.extend(open.iter().cloned());
                if everywhere {
                    state.dirty.extend(changed);
                    state.dirty.extend(affected.iter().map(ToString::to_string));
                }
            }
            (state.abilities.pulls_diagnostics, !open.is_empty())
        });
        if !pulls || open_affected {
            self.shared.refresh();
        }
        if open_affected {
            self.shared.refresh_shown();
        }
    }
}

/// A progress bar in the client.
struct Progress {
    token: NumberOrString,
}

impl Progress {
    async fn begin(shared: &Shared, title: &str, total: usize) -> Self {
        let token = NumberOrString::String(format!(
            "plansmith-index-{}",
            shared.indexed.changes.load(Ordering::Acquire)
        ));
        let progress = Self { token: token.clone() };
        // It can be stopped from the moment that the client knows of it.
        progress.show(shared, true);
        let create = WorkDoneProgressCreateParams { token };
        // A client that does not answer gets its plans read all the same.
        let created = shared.client.send_request::<request::WorkDoneProgressCreate>(create);
        if !matches!(tokio::time::timeout(Duration::from_secs(1), created).await, Ok(Ok(()))) {
            tracing::debug!("the client shows no progress");
        }
        progress
            .send(
                shared,
                WorkDoneProgress::Begin(WorkDoneProgressBegin {
                    title: title.to_owned(),
                    cancellable: Some(true),
                    message: Some(format!("0 of {total} files")),
                    percentage: Some(0),
                }),
            )
            .await;
        progress
    }

    /// Notes that the client can stop it, or no longer.
    fn show(&self, shared: &Shared, shows: bool) {
        let token = shows.then(|| self.token.clone());
        shared.indexed.shown.with(|shown| *shown = token);
    }

    async fn report(&self, shared: &Shared, done: usize, total: usize) {
        let percentage = (done * 100 / total.max(1)) as u32;
        self.send(
            shared,
            WorkDoneProgress::Report(WorkDoneProgressReport {
                cancellable: Some(true),
                message: Some(format!("{done} of {total} files")),
                percentage: Some(percentage),
            }),
        )
        .await;
    }

    async fn end(&self, shared: &Shared, count: usize) {
        self.show(shared, false);
        let message = Some(format!("{count} files"));
        self.send(shared, WorkDoneProgress::End(WorkDoneProgressEnd { message })).await;
    }

    async fn send(&self, shared: &Shared, value: WorkDoneProgress) {
        let params =
            ProgressParams { token: self.token.clone(), value: ProgressParamsValue::WorkDone(value) };
        shared.client.send_notification::<notification::Progress>(params).await;
    }
}
