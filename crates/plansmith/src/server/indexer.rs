//! The task that updates the index of the workspace as files change in buffers and on disk.
//!
//! It processes a set of files that may have changed and determines their current state: the current buffer if the
//! file is open (`documents.rs`), otherwise the disk. The result therefore does not depend on the order, number and
//! source of change notifications.
//!
//! After any change on disk it also checks everything else that was read from the disk: the templates, the settings files,
//! the disk answers that findings depend on, and the file of each open buffer.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use plan_ide::{Entry, Environment, Index, workspace::path};
use rayon::prelude::*;
use tower_lsp::lsp_types::{Diagnostic, DiagnosticSeverity, MessageType, Url};

use super::{
    indexing_progress::IndexingProgress,
    state::{Global, ServerState},
    watcher::Watcher,
    workspace_index::PendingChanges,
};
use crate::{
    files::{
        self, FileStamp, LoadError, SETTINGS_FILE_NAME, WalkProblem, is_in_skipped_folder, is_markdown,
        key_of_path, key_of_uri, walk,
    },
    panics::catch_and_log,
    settings::FolderSettings,
    wording::count,
    workspace,
};

/// Delay before changes are processed, so that checking out another branch is one change.
const BATCH_DELAY: Duration = Duration::from_millis(50);
/// Maximum number of files read per update of the index.
const MAX_BATCH_FILES: usize = 512;

/// Updates the index forever.
pub(super) async fn run(global: Arc<Global>) {
    let mut indexer = Indexer {
        global,
        stamps: BTreeMap::new(),
        folders: BTreeSet::new(),
        settings: BTreeMap::new(),
        settings_stamps: BTreeMap::new(),
        edited_during_last_round: BTreeSet::new(),
        watcher: None,
        rounds: 0,
        pause: BATCH_DELAY,
    };
    indexer.global.workspace_index.request_full_read();
    loop {
        indexer.global.workspace_index.wake.notified().await;
        if indexer.rounds > 0 {
            tokio::time::sleep(indexer.pause).await;
        }
        indexer.global.workspace_index.rounds.send_modify(|(started, _)| *started += 1);
        let start = Instant::now();
        indexer.check_templates().await;
        let stale = indexer.global.state.with(|state| std::mem::take(&mut state.templates_are_stale));
        if stale {
            indexer.global.load_templates().await;
        }
        let pending = indexer.global.workspace_index.take();
        indexer.process(pending).await;
        indexer.rounds += 1;
        indexer.global.workspace_index.rounds.send_modify(|(started, done)| *done = *started);
        // The pause after a round is proportional to its duration, so that documents that are slow to index do not
        // slow down typing.
        indexer.pause = BATCH_DELAY.max(start.elapsed() * 4).min(Duration::from_secs(2));
    }
}

struct Indexer {
    global: Arc<Global>,
    /// Files in the index that were read from disk, with their stamps at that time.
    stamps: BTreeMap<String, FileStamp>,
    /// Folders that the last walk has entered.
    folders: BTreeSet<String>,
    /// Texts of the settings files by key.
    settings: BTreeMap<String, String>,
    /// Stamps of the settings files at the time of reading, by key.
    settings_stamps: BTreeMap<String, Option<FileStamp>>,
    /// Files that were edited while the last round updated other files in the index.
    edited_during_last_round: BTreeSet<String>,
    watcher: Option<Watcher>,
    rounds: usize,
    pause: Duration,
}

/// Source of a file's current text.
enum FileState {
    Open,
    OnDisk(FileStamp),
    Deleted,
}

/// Kind of the entry at a path.
enum PathKind {
    Missing,
    Folder,
    File,
    /// A symbolic link, whose target is determined by a walk.
    SymbolicLink,
}

impl PathKind {
    fn of(path: &Path) -> Self {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => Self::SymbolicLink,
            Ok(metadata) if metadata.is_dir() => Self::Folder,
            Ok(_) => Self::File,
            Err(_) => Self::Missing,
        }
    }
}

/// Result of checking pending changes on disk.
struct ClassifiedChanges {
    /// Kinds of the changed paths by key.
    kinds: BTreeMap<String, PathKind>,
    /// Whether settings or ignore files may have changed, so that a walk is necessary.
    walk: bool,
}

impl Indexer {
    /// Requests loading the templates again if they have changed on disk.
    async fn check_templates(&self) {
        if !self.global.workspace_index.pending.with(|pending| pending.disk || pending.all) {
            return;
        }
        let (roots, folder, before) = self.global.state.with(|state| {
            let folder = state.template_folder();
            let is_other_folder = state.documents.environment().template_folder != folder;
            (state.roots.paths(), folder, (!is_other_folder).then(|| state.template_stamps.clone()))
        });
        let stamps = tokio::task::spawn_blocking(move || workspace::template_stamps(&roots, &folder)).await;
        if stamps.is_ok_and(|stamps| before.is_none_or(|before| stamps != before)) {
            self.global.state.with(|state| state.templates_are_stale = true);
        }
    }

    /// Determines the kinds of changed paths, and adds files that may have changed to the pending files. Existing files
    /// that are in the index require no walk. Other changes require one: the path may be outside the workspace, and
    /// part of the change may not have been reported.
    async fn classify_changes(&mut self, pending: &mut PendingChanges, roots: &[String]) {
        let paths = std::mem::take(&mut pending.paths);
        let closed: Vec<String> = self
            .global
            .state
            .with(|state| pending.keys.iter().filter(|key| !state.documents.is_open(key)).cloned().collect());
        let settings = self.settings_stamps.clone();
        let disk = pending.disk;
        let changes = tokio::task::spawn_blocking(move || {
            let mut changes = ClassifiedChanges { kinds: BTreeMap::new(), walk: false };
            for path in paths {
                let name = path.file_name().unwrap_or_default();
                changes.walk |= name == ".gitignore" || name == ".ignore" || name == SETTINGS_FILE_NAME;
                let kind = PathKind::of(&path);
                changes.kinds.insert(key_of_path(&path), kind);
            }
            for key in closed {
                let kind = PathKind::of(Path::new(&key));
                changes.kinds.entry(key).or_insert(kind);
            }
            changes.walk |=
                disk && settings.iter().any(|(key, stamp)| FileStamp::of(Path::new(key)) != *stamp);
            changes
        });
        let Ok(changes) = changes.await else {
            pending.walk = true;
            return;
        };
        pending.walk |= changes.walk;
        for (key, kind) in changes.kinds {
            let is_root = roots.iter().any(|root| *root == key || path::is_in(root, &key));
            let root = roots.iter().filter(|root| path::is_in(&key, root)).max_by_key(|root| root.len());
            let is_entered = is_root || root.is_some_and(|root| !is_in_skipped_folder(root, &key));
            let is_known = self.stamps.contains_key(&key);
            let was_folder = self.folders.contains(&key);
            let is_text = is_markdown(Path::new(&key));
            pending.walk |= match kind {
                PathKind::File => is_entered && (was_folder || !is_known && is_text),
                // Walks enter a folder only if they enter its parent folder.
                PathKind::Folder => {
                    is_known || was_folder || is_root || self.folders.contains(path::folder(&key))
                }
                PathKind::Missing => is_known || was_folder || is_root || is_entered && is_text,
                PathKind::SymbolicLink => true,
            };
            if is_known || is_text {
                pending.keys.insert(key);
            }
        }
    }

    /// Processes pending changes: updates the index and refreshes dependent results.
    async fn process(&mut self, mut pending: PendingChanges) {
        let (roots, client_caps) = self.global.state.with(|state| (state.roots.clone(), state.client_caps));
        let Ok(roots) = tokio::task::spawn_blocking(move || roots.roots_to_index()).await else { return };
        let workspace_index = Arc::clone(&self.global.workspace_index);
        let mut affected = BTreeSet::new();
        if pending.all {
            self.stamps.clear();
            workspace_index.complete.store(false, Ordering::Release);
            let fresh = Arc::new(Index::new(roots.iter().cloned()));
            let old = workspace_index.index.with(|index| std::mem::replace(index, fresh));
            // Include deleted files, so that their diagnostics are cleared.
            pending.keys.extend(old.iter().map(|(path, _)| path.to_string()));
            drop(old);
            pending.walk = true;
            pending.keys.extend(self.global.open_keys());
            if self.watcher.is_none() && !client_caps.registers_watchers {
                self.watcher = Watcher::start(Arc::clone(&self.global));
                workspace_index.misses_changes.store(self.watcher.is_none(), Ordering::Release);
            }
        }
        if pending.disk {
            let moved = self.check_buffers().await;
            pending.keys.extend(moved.iter().map(ToString::to_string));
            affected.extend(moved);
        }
        self.classify_changes(&mut pending, &roots).await;
        let mut title = None;
        if pending.walk {
            workspace_index.stopped.store(false, Ordering::Release);
            title = Some("Reading plans");
            self.walk(&mut pending, &roots).await;
        }
        if pending.disk || pending.walk {
            self.watch(&roots).await;
        }
        let environment = self.global.environment();
        let disk = pending.disk || pending.walk;
        let work: Vec<String> = pending.keys.into_iter().collect();
        let progress = match title.filter(|_| work.len() > 1 && client_caps.shows_progress) {
            Some(title) => Some(IndexingProgress::begin(&self.global, title, work.len()).await),
            None => None,
        };
        let mut done = 0;
        for batch in work.chunks(MAX_BATCH_FILES) {
            if progress.is_some() && workspace_index.stopped.load(Ordering::Acquire) {
                break;
            }
            affected.extend(self.update(batch, &environment).await);
            done += batch.len();
            if let Some(progress) = &progress {
                progress.report(&self.global, done, work.len()).await;
            }
        }
        let stopped = done < work.len();
        // The next walk finds the skipped files.
        for key in &work[done..] {
            self.stamps.remove(key);
        }
        let first = pending.walk && !stopped && !workspace_index.complete.swap(true, Ordering::AcqRel);
        if let Some(progress) = progress {
            let files = workspace_index.read().len();
            progress.end(&self.global, files).await;
        }
        if stopped {
            let left = work.len() - done;
            let message = format!(
                "{} not read; restart the server to check references between plans",
                count(left, "file")
            );
            self.global.client.show_message(MessageType::INFO, message).await;
        }
        affected.extend(self.files_to_reanalyze(&work));
        if disk {
            affected.extend(self.outdated_files().await);
        }
        if !work.is_empty() || !affected.is_empty() || first || stopped {
            let generation = self.global.workspace_index.changes.fetch_add(1, Ordering::AcqRel) + 1;
            let changed = work.iter().map(String::as_str).chain(affected.iter().map(|path| &**path));
            self.global.reports.invalidate(changed, first);
            self.global.workspace_index.generation.send_replace(generation);
        }
        self.refresh_dependents(work, &affected, first).await;
    }

    /// Returns the changed files of a round that have to be analyzed again. If another file changed after such a file
    /// was analyzed, the index did not contain the references of the analyzed file yet, so the change did not refresh
    /// its findings.
    fn files_to_reanalyze(&mut self, work: &[String]) -> Vec<Arc<str>> {
        let has_others = |key: &String| work.iter().any(|other| other != key);
        let edited_during_last_round = std::mem::take(&mut self.edited_during_last_round);
        let outdated = work.iter().filter(|key| edited_during_last_round.contains(*key) || has_others(key));
        let outdated = outdated.map(|key| Arc::from(key.as_str())).collect();
        let edited = self.global.workspace_index.pending.with(|pending| pending.keys.clone());
        self.edited_during_last_round = edited.into_iter().filter(has_others).collect();
        outdated
    }

    /// Returns the files whose findings depend on disk answers that have changed.
    async fn outdated_files(&self) -> BTreeSet<Arc<str>> {
        let (open, everywhere) = self.global.state.with(|state| {
            let open: HashSet<Url> = state.documents.buffers().map(|(uri, _)| uri.clone()).collect();
            (open, state.settings.scope_is_workspace)
        });
        let closed: HashSet<String> =
            everywhere.then(|| self.stamps.keys().cloned()).into_iter().flatten().collect();
        let workspace_index = Arc::clone(&self.global.workspace_index);
        let outdated = tokio::task::spawn_blocking(move || {
            workspace_index.dependencies.outdated_files(|uri, key| open.contains(uri) || closed.contains(key))
        });
        outdated.await.unwrap_or_default()
    }

    /// Updates the file of each open buffer. Returns the keys of the files whose buffers have changed.
    async fn check_buffers(&self) -> BTreeSet<Arc<str>> {
        let before: Vec<(Url, String)> = self
            .global
            .state
            .with(|state| state.documents.buffers().map(|(uri, key)| (uri.clone(), key.clone())).collect());
        let found = tokio::task::spawn_blocking(move || {
            let now = before.into_iter().map(|(uri, before)| (key_of_uri(&uri), uri, before));
            now.filter(|(key, _, before)| key != before).collect::<Vec<_>>()
        });
        let Ok(found) = found.await else { return BTreeSet::new() };
        self.global.state.with(|state| {
            let moved = found.into_iter().filter_map(|(key, uri, _)| {
                let before = state.documents.set_key(&uri, &key)?;
                Some([Arc::from(before), Arc::from(key)])
            });
            moved.flatten().collect()
        })
    }

    /// Updates the server's own watcher, if it is used: it watches all walked folders and paths that findings depend on.
    async fn watch(&mut self, roots: &[String]) {
        let Some(mut watcher) = self.watcher.take() else { return };
        let workspace_index = &self.global.workspace_index;
        let templates: Vec<String> = self.global.state.with(|state| {
            let folder = &state.documents.environment().template_folder;
            let of_root = |root: &str| path::join(root, &format!("{folder}/template.md"));
            state.roots.keys().filter_map(of_root).collect()
        });
        let mut others = workspace_index.dependencies.paths();
        others.extend(templates);
        others.extend(roots.iter().filter(|root| !self.folders.contains(*root)).cloned());
        let folders = self.folders.clone();
        let watched = tokio::task::spawn_blocking(move || {
            let added = watcher.watch(&folders, others);
            (watcher, added)
        });
        let Ok((watcher, added)) = watched.await else {
            workspace_index.misses_changes.store(true, Ordering::Release);
            return;
        };
        workspace_index.misses_changes.store(watcher.is_incomplete(), Ordering::Release);
        self.watcher = Some(watcher);
        if added {
            workspace_index.request_walk();
        }
    }

    /// Finds the files of the workspace and adds new, changed and deleted files to the pending files.
    async fn walk(&mut self, pending: &mut PendingChanges, roots: &[String]) {
        let folders = roots.to_vec();
        let walked = tokio::task::spawn_blocking(move || {
            let walked: Vec<_> = folders.iter().map(|root| walk(root)).collect();
            // A client can open a folder inside a project, to which the settings files of parent folders apply.
            let mut settings = workspace::settings_above(&folders);
            settings.extend(walked.iter().flat_map(|found| found.settings.iter().cloned()));
            settings.sort();
            settings.dedup();
            (walked, settings)
        });
        let Ok((walked, settings)) = walked.await else { return };
        if self.read_settings(settings).await {
            // The environment has changed, which affects all files.
            pending.keys.extend(self.stamps.keys().cloned());
            pending.keys.extend(self.global.open_keys());
        }
        let (folder_settings, of_client) = self
            .global
            .state
            .with(|state| (Arc::clone(&state.folder_settings), state.settings.filter.clone()));
        let mut existing: BTreeMap<String, FileStamp> = BTreeMap::new();
        self.folders.clear();
        for (root, found) in roots.iter().zip(walked) {
            let filter = folder_settings.filter(root).unwrap_or(&of_client);
            for problem in found.problems {
                tracing::warn!("{problem}");
                // The user is notified of files skipped by a limit; unreadable files are only logged.
                if matches!(problem, WalkProblem::TooManyFiles { .. }) {
                    self.global.client.show_message(MessageType::WARNING, problem).await;
                }
            }
            let relative =
                |key: &str| key.get(root.len()..).unwrap_or_default().trim_start_matches('/').to_owned();
            for (key, stamp) in found.files.into_iter().filter(|(key, _)| filter.includes(&relative(key))) {
                if self.stamps.get(&key) != Some(&stamp) {
                    pending.keys.insert(key.clone());
                }
                existing.insert(key, stamp);
            }
            self.folders.extend(found.folders);
        }
        // Files that the walk no longer finds are outside the workspace, even if they exist.
        pending.keys.extend(self.stamps.keys().filter(|key| !existing.contains_key(*key)).cloned());
        self.stamps = existing;
    }

    /// Reads the settings files and publishes their problems as diagnostics. Returns whether the environment has
    /// changed. The diagnostics are pushed to every client, because clients do not pull diagnostics of files that are
    /// not Markdown.
    async fn read_settings(&mut self, paths: Vec<String>) -> bool {
        let before = self.global.state.with(|state| Arc::clone(&state.folder_settings));
        let read = tokio::task::spawn_blocking(move || {
            // The stamps are taken before reading, so that the next check detects a change in between.
            let stamps = paths.iter().map(|path| (path.clone(), FileStamp::of(Path::new(path)))).collect();
            (stamps, FolderSettings::read(paths, &before))
        });
        let Ok((stamps, (folder_settings, checked))) = read.await else { return false };
        self.settings_stamps = stamps;
        let now: BTreeMap<String, String> =
            checked.iter().map(|checked| (checked.path.clone(), checked.text.clone())).collect();
        if now == self.settings {
            return false;
        }
        let deleted: Vec<String> =
            self.settings.keys().filter(|path| !now.contains_key(*path)).cloned().collect();
        self.settings = now;
        let folder_settings = Arc::new(folder_settings);
        let (is_changed, other_folder, encoding) =
            self.global.install_environment(None, Some(&folder_settings), |state, environment| {
                let folder = |state: &ServerState| state.folder_settings.template_folder(state.roots.keys());
                let before = folder(state);
                let is_changed = state.apply_configs(Arc::clone(&folder_settings), environment);
                (is_changed, folder(state) != before, state.encoding)
            });
        if other_folder {
            self.global.load_templates().await;
        }
        for path in deleted {
            let uri = self.global.state.with(|state| state.uri(&path));
            if let Some(uri) = uri {
                self.global.client.publish_diagnostics(uri, Vec::new(), None).await;
            }
        }
        for checked in checked {
            let document = plan_syntax::Document::new(&checked.text);
            let problems = checked.problems.iter().map(|problem| Diagnostic {
                range: encoding.range(&document, &problem.range),
                severity: Some(if problem.is_error {
                    DiagnosticSeverity::ERROR
                } else {
                    DiagnosticSeverity::WARNING
                }),
                source: Some("plansmith".to_owned()),
                message: problem.message.clone(),
                ..Diagnostic::default()
            });
            let problems: Vec<Diagnostic> = problems.collect();
            if !checked.is_in_force {
                let why = checked.problems.first().map_or("", |problem| &problem.message);
                let message = format!("{} not applied: {why}", checked.path);
                self.global.client.show_message(MessageType::ERROR, message).await;
            }
            let uri = self.global.state.with(|state| state.uri(&checked.path));
            if let Some(uri) = uri {
                self.global.client.publish_diagnostics(uri, problems, None).await;
            }
        }
        let everywhere = self.global.state.with(|state| state.settings.scope_is_workspace);
        self.global.invalidate_diagnostics(everywhere);
        is_changed
    }

    /// Reads files and updates the index. Returns the other files that may be affected.
    async fn update(&mut self, keys: &[String], environment: &Arc<Environment>) -> BTreeSet<Arc<str>> {
        let mut open = Vec::new();
        let mut closed = Vec::new();
        self.global.state.with(|state| {
            for key in keys {
                match state.documents.snapshot_of(key) {
                    Some(snapshot) => open.push((key.clone(), snapshot)),
                    None => closed.push(key.clone()),
                }
            }
        });
        // Files that no walk has found are in the index only while they are open.
        let walked: BTreeSet<String> =
            closed.iter().filter(|key| self.stamps.contains_key(*key)).cloned().collect();
        let stamped = tokio::task::spawn_blocking(move || {
            let stamp = |key: String| {
                let stamp = walked.contains(&key).then(|| FileStamp::of(Path::new(&key))).flatten();
                (key, stamp.map_or(FileState::Deleted, FileState::OnDisk))
            };
            closed.into_iter().map(stamp).collect::<BTreeMap<String, FileState>>()
        });
        let Ok(mut states) = stamped.await else { return BTreeSet::new() };
        for (key, state) in &states {
            match state {
                FileState::OnDisk(stamp) => drop(self.stamps.insert(key.clone(), *stamp)),
                FileState::Deleted => drop(self.stamps.remove(key)),
                FileState::Open => {}
            }
        }
        states.extend(open.iter().map(|(key, _)| (key.clone(), FileState::Open)));
        let (environment, global) = (Arc::clone(environment), Arc::clone(&self.global));
        let read = tokio::task::spawn_blocking(move || {
            let from_disk =
                |(key, state): (&String, &FileState)| -> (String, Result<Option<Entry>, LoadError>) {
                    let entry = catch_and_log(key, || match state {
                        FileState::OnDisk(_) => files::load(key, &environment).map(|file| Some(file.entry())),
                        _ => Ok(None),
                    });
                    (key.clone(), entry.unwrap_or(Ok(None)))
                };
            let closed: Vec<(&String, &FileState)> =
                states.iter().filter(|(_, state)| !matches!(state, FileState::Open)).collect();
            let mut found: Vec<(String, Result<Option<Entry>, LoadError>)> = match &closed[..] {
                [] => Vec::new(),
                [only] => vec![from_disk(*only)],
                // Use temporary threads, because the allocator retains memory for each live thread.
                several => match rayon::ThreadPoolBuilder::new().build() {
                    Ok(pool) => {
                        pool.install(|| several.par_iter().map(|closed| from_disk(*closed)).collect())
                    }
                    Err(_) => several.iter().map(|closed| from_disk(*closed)).collect(),
                },
            };
            for (key, snapshot) in open {
                let entry = catch_and_log(&key, || {
                    crate::fault_injection::panic_on(|| snapshot.file.document().text());
                    snapshot.file.entry()
                });
                found.push((key, Ok(entry)));
            }
            let mut affected = BTreeSet::new();
            let mut problems = Vec::new();
            global.workspace_index.index.with(|index| {
                // The index is copied only if a request is using it.
                let index = Arc::make_mut(index);
                for (key, entry) in found {
                    let entry = entry.unwrap_or_else(|error| {
                        problems.push((key.clone(), error));
                        None
                    });
                    affected.extend(index.set(&key, entry));
                }
            });
            (affected, problems)
        });
        let Ok((affected, problems)) = read.await else { return BTreeSet::new() };
        for (key, error) in problems {
            tracing::warn!("{key}: {error}");
            if error == LoadError::TooLarge {
                self.global.client.show_message(MessageType::WARNING, format!("{key}: {error}")).await;
            }
        }
        affected
    }

    /// Refreshes diagnostics of changed and affected files.
    async fn refresh_dependents(&self, changed: Vec<String>, affected: &BTreeSet<Arc<str>>, first: bool) {
        let (pulls, open_affected) = self.global.state.with(|state| {
            let open: Vec<String> = state
                .documents
                .keys()
                .filter(|key| first || affected.contains(key.as_str()))
                .cloned()
                .collect();
            let everywhere = state.settings.scope_is_workspace;
            if !state.client_caps.pulls_diagnostics {
                state.dirty.extend(open.iter().cloned());
                if everywhere {
                    state.dirty.extend(changed);
                    state.dirty.extend(affected.iter().map(ToString::to_string));
                }
            }
            (state.client_caps.pulls_diagnostics, !open.is_empty())
        });
        if !pulls || open_affected {
            self.global.refresh();
        }
        if open_affected {
            self.global.refresh_decorations();
        }
    }
}
