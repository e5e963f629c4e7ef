//! The task that keeps the index of the workspace: what its files say, as they change in buffers and on disk.
//!
//! It works through a set of files of which something may have changed and finds out what is true now: the buffer if the
//! file is open, else the disk. So it does not matter in which order it is told, how often, or by whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use plan_ide::{Entry, Environment, Index};
use rayon::prelude::*;
use tokio::sync::{Notify, watch};
use tower_lsp::lsp_types::{
    Diagnostic, DiagnosticSeverity, MessageType, NumberOrString, ProgressParams, ProgressParamsValue,
    WorkDoneProgress, WorkDoneProgressBegin, WorkDoneProgressCreateParams, WorkDoneProgressEnd,
    WorkDoneProgressReport, notification, request,
};

use super::{Shared, State, guarded, watcher::Watcher};
use crate::{
    config::{self, Configs},
    files::{self, FileStamp, Filter, is_markdown, key_of_path, walk},
};

/// How long further changes are waited for: a checkout of another branch is one change to us.
const PAUSE: Duration = Duration::from_millis(50);
/// So many files are read before the index is told.
const BATCH: usize = 512;

/// The index, and what is to be done to it.
#[derive(Debug)]
pub(super) struct Indexed {
    /// Whoever computes an answer has a snapshot, so that a long one keeps nobody from telling the index something.
    index: RwLock<Arc<Index>>,
    /// All files have been read at least once.
    complete: AtomicBool,
    /// The progress that the client shows, while it does.
    shown: Mutex<Option<NumberOrString>>,
    /// Someone has stopped the reading, so that it is not complete.
    stopped: AtomicBool,
    pending: Mutex<Pending>,
    wake: Notify,
    /// Counts the changes of the index.
    generation: watch::Sender<u64>,
    changes: AtomicU64,
    /// Counts what was taken up, and what is done of it.
    rounds: watch::Sender<(u64, u64)>,
}

#[derive(Debug, Default)]
struct Pending {
    /// Files and folders that have changed on disk, as they were told; what they are is looked up later.
    paths: Vec<PathBuf>,
    /// Files of which something may have changed.
    keys: BTreeSet<String>,
    /// All folders have to be looked into again: files may be new.
    walk: bool,
    /// Everything has to be read again: other folders, other words.
    all: bool,
}

impl Default for Indexed {
    fn default() -> Self {
        Self {
            index: RwLock::default(),
            complete: AtomicBool::new(false),
            shown: Mutex::default(),
            stopped: AtomicBool::new(false),
            pending: Mutex::default(),
            wake: Notify::new(),
            generation: watch::Sender::new(0),
            changes: AtomicU64::new(0),
            rounds: watch::Sender::new((0, 0)),
        }
    }
}

impl Indexed {
    /// The index as it is now.
    pub(super) fn read(&self) -> Arc<Index> {
        Arc::clone(&self.index.read().unwrap_or_else(PoisonError::into_inner))
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
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.as_ref() == Some(token) {
            self.stopped.store(true, Ordering::Release);
        }
    }

    /// Tells when the index changes.
    pub(super) fn generations(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    fn pend(&self, change: impl FnOnce(&mut Pending)) {
        change(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner));
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
        self.pend(|pending| pending.paths.extend(paths));
    }

    /// Files may have come or gone anywhere.
    pub(super) fn look_again(&self) {
        self.pend(|pending| pending.walk = true);
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
        std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Keeps the index for ever.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut indexer = Indexer {
        shared,
        stamps: BTreeMap::new(),
        settings: BTreeMap::new(),
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
        indexer.resolve().await;
        let stale = std::mem::take(&mut indexer.shared.state().templates_are_stale);
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
    stamps: BTreeMap<String, FileStamp>,
    /// The settings files with their texts.
    settings: BTreeMap<String, String>,
    watcher: Option<Watcher>,
    rounds: usize,
    pause: Duration,
}

/// What is true of a file.
enum Truth {
    Open,
    OnDisk(FileStamp),
    Gone,
}

impl Indexer {
    /// Finds out what the changed paths mean: files to read, templates or settings to take over.
    async fn resolve(&self) {
        let indexed = &self.shared.indexed;
        let paths = indexed.pending.lock().map(|mut pending| std::mem::take(&mut pending.paths));
        let paths = paths.unwrap_or_default();
        if paths.is_empty() {
            return;
        }
        let folder = self.shared.state().documents.environment().template_folder.clone();
        let folder = format!("/{}/", folder.trim_matches('/'));
        let looked_up = tokio::task::spawn_blocking(move || {
            let mut changed = Pending::default();
            let mut templates = false;
            for path in paths {
                let name = path.file_name().unwrap_or_default();
                changed.walk |= name == ".gitignore" || name == ".ignore" || name == config::NAME;
                let key = key_of_path(&path);
                let is_markdown = is_markdown(&path);
                templates |= is_markdown && key.contains(&folder);
                if is_markdown || path.is_dir() || !path.exists() {
                    changed.keys.insert(key);
                }
            }
            (changed, templates)
        });
        let Ok((changed, templates)) = looked_up.await else { return };
        self.shared.state().templates_are_stale |= templates;
        indexed.pend(|pending| {
            pending.keys.extend(changed.keys);
            pending.walk |= changed.walk;
        });
    }

    async fn work(&mut self, mut pending: Pending) {
        let (roots, abilities) = {
            let state = self.shared.state();
            (state.roots.roots_to_index(), state.abilities)
        };
        let indexed = Arc::clone(&self.shared.indexed);
        let mut affected = BTreeSet::new();
        if pending.walk || pending.all {
            indexed.stopped.store(false, Ordering::Release);
        }
        if pending.all {
            self.stamps.clear();
            indexed.complete.store(false, Ordering::Release);
            let fresh = Arc::new(Index::new(roots.iter().cloned()));
            let old = {
                let mut index = self.shared.indexed.index.write().unwrap_or_else(PoisonError::into_inner);
                std::mem::replace(&mut *index, fresh)
            };
            drop(old);
            pending.walk = true;
            pending.keys.extend(self.shared.state().documents.keys().cloned());
            if self.watcher.is_none() && !abilities.registers_watchers {
                self.watcher = Watcher::start(Arc::clone(&self.shared));
            }
        }
        // What nobody has heard of may be a new file that git ignores, or a folder: only a walk knows.
        let unknown = |key: &String| {
            !self.stamps.contains_key(key) && is_markdown(Path::new(key)) && Path::new(key).is_file()
                || Path::new(key).is_dir()
        };
        let is_open = |key: &str| self.shared.state().documents.version(key).is_some();
        pending.walk |= pending.keys.iter().any(|key| !is_open(key) && unknown(key));
        let gone: Vec<String> = {
            let below = |key: &String| {
                let start = format!("{key}/");
                let range = self.stamps.range(start.clone()..);
                let inside = range.take_while(|(path, _)| path.starts_with(&start));
                inside.map(|(path, _)| path.clone()).collect::<Vec<_>>()
            };
            pending.keys.iter().filter(|key| !Path::new(key).exists()).flat_map(below).collect()
        };
        pending.keys.extend(gone);
        let mut title = None;
        if pending.walk {
            title = Some("Reading plans");
            self.walk(&mut pending, &roots).await;
        }
        let environment = Arc::clone(self.shared.state().documents.environment());
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
        if !work.is_empty() || first || stopped {
            let generation = self.shared.indexed.changes.fetch_add(1, Ordering::AcqRel) + 1;
            let changed = work.iter().map(String::as_str).chain(affected.iter().map(|path| &**path));
            self.shared.reports.forget(changed, first);
            self.shared.indexed.generation.send_replace(generation);
        }
        self.tell(work, &affected, first).await;
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
            pending.keys.extend(self.shared.state().documents.keys().cloned());
        }
        let (configs, of_client) = {
            let state = self.shared.state();
            (Arc::clone(&state.configs), state.settings.filter.clone())
        };
        let mut there = BTreeSet::new();
        for (root, found) in roots.iter().zip(walked) {
            let filter = configs.filter(root).unwrap_or_else(|| of_client.clone());
            for complaint in found.problems {
                tracing::warn!("{complaint}");
                // Only what is left out by a limit of ours is worth a message; what cannot be read is the log's.
                if complaint.contains("`exclude`") {
                    self.shared.client.show_message(MessageType::WARNING, complaint).await;
                }
            }
            let relative =
                |key: &str| key.get(root.len()..).unwrap_or_default().trim_start_matches('/').to_owned();
            for (key, stamp) in found.files.into_iter().filter(|(key, _)| filter.includes(&relative(key))) {
                if self.stamps.get(&key) != Some(&stamp) {
                    pending.keys.insert(key.clone());
                }
                there.insert(key);
            }
            if let Some(watcher) = &mut self.watcher {
                watcher.watch(found.folders);
            }
        }
        pending.keys.extend(self.stamps.keys().filter(|key| !there.contains(*key)).cloned());
        // Files that no walk finds any more do not belong to the workspace, even if they are there.
        for key in pending.keys.iter().filter(|key| !there.contains(*key)) {
            self.stamps.remove(key);
        }
        for key in pending.keys.iter().filter(|key| there.contains(*key)) {
            if let Some(stamp) = FileStamp::of(Path::new(key)) {
                self.stamps.insert(key.clone(), stamp);
            }
        }
    }

    /// Reads the settings files, says what is wrong in them, and tells whether documents are read otherwise now. These
    /// diagnostics are pushed to every client: nobody pulls those of a file that is no Markdown.
    async fn read_settings(&mut self, paths: Vec<String>) -> bool {
        let before = Arc::clone(&self.shared.state().configs);
        let read = tokio::task::spawn_blocking(move || Configs::read(paths, &before)).await;
        let Ok((configs, checked)) = read else { return false };
        let now: BTreeMap<String, String> =
            checked.iter().map(|checked| (checked.path.clone(), checked.text.clone())).collect();
        if now == self.settings {
            return false;
        }
        let gone: Vec<String> =
            self.settings.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        self.settings = now;
        let (other, other_folder, encoding) = {
            let mut state = self.shared.state();
            let folder = |state: &State| state.configs.template_folder(state.roots.keys());
            let before = folder(&state);
            let other = state.take_over_files(configs);
            (other, folder(&state) != before, state.encoding)
        };
        if other_folder {
            self.shared.load_templates().await;
        }
        for path in gone {
            let uri = self.shared.state().uri(&path);
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
            let uri = self.shared.state().uri(&checked.path);
            if let Some(uri) = uri {
                self.shared.client.publish_diagnostics(uri, problems, None).await;
            }
        }
        self.shared.refresh();
        other
    }

    /// Reads files and tells the index. Gives the files about which something else may be true now.
    async fn batch(&mut self, keys: &[String], environment: &Arc<Environment>) -> BTreeSet<Arc<str>> {
        let mut open = Vec::new();
        let mut closed = Vec::new();
        {
            let mut state = self.shared.state();
            for key in keys {
                match state.documents.snapshot_of(key) {
                    Some(snapshot) => open.push((key.clone(), snapshot)),
                    None => closed.push(key.clone()),
                }
            }
        }
        let mut truths: BTreeMap<String, Truth> = BTreeMap::new();
        for (key, _) in &open {
            truths.insert(key.clone(), Truth::Open);
        }
        for key in &closed {
            // Only what a walk has found is read along; another file counts while it is open.
            let stamp = self.stamps.contains_key(key).then(|| FileStamp::of(Path::new(key))).flatten();
            truths.insert(key.clone(), stamp.map_or(Truth::Gone, Truth::OnDisk));
        }
        for (key, truth) in &truths {
            match truth {
                Truth::OnDisk(stamp) => drop(self.stamps.insert(key.clone(), *stamp)),
                Truth::Gone => drop(self.stamps.remove(key)),
                Truth::Open => {}
            }
        }
        let (environment, shared) = (Arc::clone(environment), Arc::clone(&self.shared));
        let read = tokio::task::spawn_blocking(move || {
            let from_disk = |(key, truth): (&String, &Truth)| -> (String, Result<Option<Entry>, String>) {
                let entry = guarded(key, || match truth {
                    Truth::OnDisk(_) => files::load(key, &environment).map(|file| Some(file.entry())),
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
                    crate::fault_injection::panic_on(|| snapshot.file.document().text());
                    snapshot.file.entry()
                });
                found.push((key, Ok(entry)));
            }
            let mut affected = BTreeSet::new();
            let mut complaints = Vec::new();
            let mut index = shared.indexed.index.write().unwrap_or_else(PoisonError::into_inner);
            // A copy is made only while an answer is being computed from the index.
            let index = Arc::make_mut(&mut index);
            for (key, entry) in found {
                let entry = entry.unwrap_or_else(|why| {
                    complaints.push((key.clone(), why));
                    None
                });
                affected.extend(index.set(&key, entry));
            }
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
        let (pulls, open_affected) = {
            let mut state = self.shared.state();
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
        };
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
        let mut shown = shared.indexed.shown.lock().unwrap_or_else(PoisonError::into_inner);
        *shown = shows.then(|| self.token.clone());
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
