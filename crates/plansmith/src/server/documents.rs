//! The open documents.
//!
//! A *buffer* is a document that the client has opened: a text with a version, identified by its URI. A *file* is identified
//! by its key (`files/key.rs`). Editors keep one buffer per name, so a file can have several buffers: one under its own name
//! and one under a symbolic link, or two under two spellings of one URI, each with its own unsaved text. A request uses the
//! buffer that it names. Other files use the *current* buffer of a file: the one that was opened or edited last.

use std::{collections::HashMap, sync::Arc};

use plan_ide::{Environment, File};
use plan_model::Plan;
use plan_syntax::{Document, tree::SyntaxTrees};
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use super::position::PositionEncoding;

/// A document at one version, with the results cached for it.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// URI of the buffer, or the URI that the client would use for a file that is not open.
    pub(super) uri: Url,
    pub(super) version: i32,
    pub(super) file: File,
}

/// All open buffers. The methods do not access the disk; callers compute keys before they lock the state.
#[derive(Debug, Default)]
pub(super) struct Documents {
    buffers: HashMap<Url, Buffer>,
    /// URIs of the buffers of each open file by key, the current one last. No list is empty.
    files: HashMap<String, Vec<Url>>,
    /// Environment that documents are parsed with.
    environment: Arc<Environment>,
    /// Number of buffers opened and edits made so far.
    uses: u64,
}

#[derive(Debug)]
struct Buffer {
    /// Key of the buffer's file, updated after changes on disk.
    key: String,
    /// Value of [`Documents::uses`] when the buffer was last opened or edited.
    last_use: u64,
    version: i32,
    document: Document,
    /// File of this version, created on first use.
    file: Option<File>,
    /// Last plan parsed from an earlier version. The next plan reuses its unchanged parts.
    previous: Option<Arc<Plan>>,
    /// Syntax trees of this version or earlier versions.
    trees: SyntaxTrees,
    /// Value of [`Documents::uses`] when the trees were last requested or updated.
    trees_last_use: u64,
    /// Version for which the trees were last updated, initially the opened version: trees are created after the first
    /// edit, or for a request.
    trees_version: i32,
}

/// A buffer whose syntax trees have to be updated.
#[derive(Clone, Debug)]
pub(super) struct OutdatedTrees {
    pub(super) uri: Url,
    pub(super) version: i32,
    pub(super) document: Document,
    pub(super) trees: SyntaxTrees,
}

impl Buffer {
    fn snapshot(&mut self, uri: &Url, environment: &Arc<Environment>) -> Snapshot {
        let file = self.file.get_or_insert_with(|| {
            File::with_previous(
                self.previous.clone(),
                &self.key,
                self.document.clone(),
                Arc::clone(environment),
            )
        });
        Snapshot { uri: uri.clone(), version: self.version, file: file.clone() }
    }
}

impl Documents {
    /// Opens a buffer of the file with this key, replacing an open buffer with the same URI.
    pub(super) fn open(&mut self, uri: Url, key: String, version: i32, document: Document) {
        self.close(&uri);
        self.files.entry(key.clone()).or_default().push(uri.clone());
        self.uses += 1;
        let last_use = self.uses;
        let buffer = Buffer {
            key,
            last_use,
            version,
            document,
            file: None,
            previous: None,
            trees: SyntaxTrees::default(),
            trees_last_use: 0,
            trees_version: version,
        };
        self.buffers.insert(uri, buffer);
    }

    /// Closes a buffer. Returns the key of its file, if it was open.
    pub(super) fn close(&mut self, uri: &Url) -> Option<String> {
        let buffer = self.buffers.remove(uri)?;
        let key = buffer.key.clone();
        drop_in_background(buffer);
        self.remove_from_file(uri, &key);
        Some(key)
    }

    /// Removes a buffer from the list of its file.
    fn remove_from_file(&mut self, uri: &Url, key: &str) {
        if let Some(uris) = self.files.get_mut(key) {
            uris.retain(|other| other != uri);
            if uris.is_empty() {
                self.files.remove(key);
            }
        }
    }

    /// Returns the URI of each open buffer with the key of its file.
    pub(super) fn buffers(&self) -> impl Iterator<Item = (&Url, &String)> {
        self.buffers.iter().map(|(uri, buffer)| (uri, &buffer.key))
    }

    /// Sets the key of a buffer's file: after a change on disk, the path can refer to another file. Returns the previous key
    /// if the buffer is open and the key has changed.
    pub(super) fn set_key(&mut self, uri: &Url, key: &str) -> Option<String> {
        let buffer = self.buffers.get_mut(uri).filter(|buffer| buffer.key != key)?;
        let before = std::mem::replace(&mut buffer.key, key.to_owned());
        drop_in_background((buffer.file.take(), buffer.previous.take()));
        let last_use = buffer.last_use;
        self.remove_from_file(uri, &before);
        let uris = self.files.entry(key.to_owned()).or_default();
        let later = |other: &Url| self.buffers.get(other).is_some_and(|other| other.last_use > last_use);
        uris.insert(uris.partition_point(|other| !later(other)), uri.clone());
        Some(before)
    }

    /// Returns the document of a buffer, and the environment with which it is parsed, as the base of an edit.
    pub(super) fn edit_base(&self, uri: &Url) -> Option<(Document, Arc<Environment>)> {
        Some((self.buffers.get(uri)?.document.clone(), Arc::clone(&self.environment)))
    }

    /// Installs an edited version of the document that [`Documents::edit_base`] returned together with `environment`,
    /// and makes the buffer the current one of its file. Returns the key of the file, if the buffer is open.
    pub(super) fn change(
        &mut self,
        uri: &Url,
        version: i32,
        document: Document,
        environment: &Environment,
    ) -> Option<String> {
        let buffer = self.buffers.get_mut(uri)?;
        // The protocol does not allow such versions. Use the version anyway, and log it: it can explain a difference
        // between the texts.
        if version <= buffer.version {
            tracing::warn!(
                %uri, before = buffer.version, version,
                "document version did not increase; reopen the document if its diagnostics are wrong"
            );
        }
        // The state names may have changed meanwhile.
        let same_vocabulary = environment.vocabulary == self.environment.vocabulary;
        let document = if same_vocabulary { document } else { document.without_cached_values() };
        let before = std::mem::replace(&mut buffer.document, document);
        buffer.version = version;
        let file = buffer.file.take();
        let plan = file.as_ref().and_then(|file| file.cached_plan().cloned());
        let previous = plan.and_then(|plan| buffer.previous.replace(plan));
        drop_in_background((before, file, previous));
        self.uses += 1;
        buffer.last_use = self.uses;
        let key = buffer.key.clone();
        if let Some(uris) = self.files.get_mut(&key)
            && let Some(index) = uris.iter().position(|other| other == uri)
        {
            uris[index..].rotate_left(1);
        }
        Some(key)
    }

    /// Returns the syntax trees of a buffer, which may be of an earlier version. Returns none if the buffer is not
    /// open.
    pub(super) fn trees(&self, uri: &Url) -> SyntaxTrees {
        self.buffers.get(uri).map(|buffer| buffer.trees.clone()).unwrap_or_default()
    }

    /// Returns the buffers that were edited since their trees were updated.
    pub(super) fn outdated_trees(&self) -> Vec<OutdatedTrees> {
        let outdated = self.buffers.iter().filter(|(_, buffer)| buffer.trees_version != buffer.version);
        let outdated = outdated.map(|(uri, buffer)| OutdatedTrees {
            uri: uri.clone(),
            version: buffer.version,
            document: buffer.document.clone(),
            trees: buffer.trees.clone(),
        });
        outdated.collect()
    }

    /// Stores the trees of a version of a buffer, unless the buffer has been edited or closed in the meantime. If all
    /// trees together take more memory than `max_bytes`, the least recently used ones are dropped. `is_update` is set
    /// for an update after edits.
    pub(super) fn set_trees(
        &mut self,
        uri: &Url,
        version: i32,
        trees: SyntaxTrees,
        is_update: bool,
        max_bytes: usize,
    ) {
        let Some(buffer) = self.buffers.get_mut(uri).filter(|buffer| buffer.version == version) else {
            return;
        };
        self.uses += 1;
        buffer.trees_last_use = self.uses;
        if is_update {
            buffer.trees_version = version;
        }
        drop_in_background(std::mem::replace(&mut buffer.trees, trees));
        let mut by_use: Vec<&mut Buffer> = self.buffers.values_mut().collect();
        by_use.sort_by_key(|buffer| std::cmp::Reverse(buffer.trees_last_use));
        let mut bytes = 0;
        for buffer in by_use {
            bytes += buffer.trees.bytes();
            if bytes > max_bytes {
                drop_in_background(std::mem::take(&mut buffer.trees));
            }
        }
    }

    /// Removes and returns all syntax trees.
    pub(super) fn take_trees(&mut self) -> Vec<SyntaxTrees> {
        self.buffers.values_mut().map(|buffer| std::mem::take(&mut buffer.trees)).collect()
    }

    /// Returns the version of a buffer, if it is open.
    pub(super) fn version(&self, uri: &Url) -> Option<i32> {
        self.buffers.get(uri).map(|buffer| buffer.version)
    }

    /// Returns the version of a buffer, if it is open and belongs to this file.
    pub(super) fn version_of(&self, uri: &Url, key: &str) -> Option<i32> {
        self.buffers.get(uri).filter(|buffer| buffer.key == key).map(|buffer| buffer.version)
    }

    /// Returns whether a file has an open buffer.
    pub(super) fn is_open(&self, key: &str) -> bool {
        self.files.contains_key(key)
    }

    /// Returns the URI of the current buffer of a file.
    pub(super) fn uri(&self, key: &str) -> Option<&Url> {
        self.files.get(key)?.last()
    }

    /// Returns the keys of the open files.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.files.keys()
    }

    /// Sets the environment and drops all values that depend on the previous environment. Results that depend on the
    /// state names are cached in segments, so the segments are replaced if the names have changed.
    pub(super) fn use_environment(&mut self, environment: Environment) {
        let same_vocabulary = self.environment.vocabulary == environment.vocabulary;
        self.environment = Arc::new(environment);
        for buffer in self.buffers.values_mut() {
            if !same_vocabulary {
                let unread = buffer.document.without_cached_values();
                drop_in_background(std::mem::replace(&mut buffer.document, unread));
            }
            drop_in_background((buffer.file.take(), buffer.previous.take()));
        }
    }

    /// Sets the date. Returns whether it has changed; if so, all parsed values are dropped, because they may depend
    /// on the date.
    pub(super) fn set_today(&mut self, today: String) -> bool {
        let is_changed = self.environment.today.as_ref() != Some(&today);
        if is_changed {
            self.use_environment(Environment { today: Some(today), ..(*self.environment).clone() });
        }
        is_changed
    }

    /// Returns the environment that documents are parsed with.
    pub(super) fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    /// Returns a snapshot of a buffer, if it is open.
    pub(super) fn snapshot(&mut self, uri: &Url) -> Option<Snapshot> {
        self.buffers.get_mut(uri).map(|buffer| buffer.snapshot(uri, &self.environment))
    }

    /// Returns a snapshot of the current buffer of a file, if it is open.
    pub(super) fn snapshot_of(&mut self, key: &str) -> Option<Snapshot> {
        let uri = self.files.get(key)?.last()?;
        self.buffers.get_mut(uri).map(|buffer| buffer.snapshot(uri, &self.environment))
    }

    /// Returns snapshots of all buffers of a file, the current buffer first.
    pub(super) fn snapshots_of(&mut self, key: &str) -> Vec<Snapshot> {
        let uris = self.files.get(key).into_iter().flatten().rev();
        uris.filter_map(|uri| Some(self.buffers.get_mut(uri)?.snapshot(uri, &self.environment))).collect()
    }
}

/// Applies changes to a document in order. Each change refers to the result of the previous one.
pub(super) fn apply_changes(
    mut document: Document,
    uri: &Url,
    changes: &[TextDocumentContentChangeEvent],
    encoding: PositionEncoding,
) -> Document {
    for change in changes {
        match change.range {
            Some(range) => {
                let lines = document.rope().len_lines();
                if range.end.line as usize > lines {
                    let line = range.end.line;
                    tracing::warn!(%uri, line, lines, "edit is outside the document; applied at its end");
                }
                if range.end < range.start {
                    tracing::warn!(%uri, "edit ends before it starts; applied as an insertion");
                }
                let range = encoding.bytes(&document, range);
                document.edit(range, &change.text);
            }
            None => document = Document::new(&change.text),
        }
    }
    document
}

/// Drops a value on another thread: freeing a long plan takes as long as parsing it, and the next message has to wait for the
/// current one.
fn drop_in_background<T: Send + 'static>(value: T) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn_blocking(move || drop(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_recently_used_trees_are_dropped() {
        let uris = ["a", "b"].map(|name| Url::parse(&format!("file:///{name}.md")).unwrap());
        let document = Document::new("# A\n\n*b*\n");
        let (_, trees) = SyntaxTrees::default().write(&document, None, usize::MAX);
        let mut documents = Documents::default();
        for uri in &uris {
            documents.open(uri.clone(), uri.to_string(), 1, document.clone());
            documents.set_trees(uri, 1, trees.clone(), false, usize::MAX);
        }
        let are_kept = |documents: &Documents| uris.each_ref().map(|uri| !documents.trees(uri).is_empty());
        assert_eq!(are_kept(&documents), [true, true]);
        documents.set_trees(&uris[0], 1, trees.clone(), false, trees.bytes());
        assert_eq!(are_kept(&documents), [true, false]);

        // Trees of another version are ignored: a later one may have been stored.
        documents.set_trees(&uris[1], 2, trees.clone(), false, usize::MAX);
        assert_eq!(are_kept(&documents), [true, false]);
        drop(documents.take_trees());
        assert_eq!(are_kept(&documents), [false, false]);
    }

    #[test]
    fn trees_are_outdated_after_an_edit() {
        let uri = Url::parse("file:///a.md").unwrap();
        let mut documents = Documents::default();
        documents.open(uri.clone(), "a".to_owned(), 1, Document::new("a\n"));
        assert!(documents.outdated_trees().is_empty());
        documents.change(&uri, 2, Document::new("b\n"), &Environment::default());
        // Trees stored by a request (`is_update` is false) can be incomplete, so they remain outdated.
        documents.set_trees(&uri, 2, SyntaxTrees::default(), false, usize::MAX);
        let outdated = documents.outdated_trees();
        assert_eq!((outdated.len(), outdated[0].version), (1, 2));
        documents.set_trees(&uri, 2, SyntaxTrees::default(), true, usize::MAX);
        assert!(documents.outdated_trees().is_empty());
    }
}
