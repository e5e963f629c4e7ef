//! The open documents.
//!
//! A *buffer* is what the client opened: a text with a version, known by the URI that the client gave it. A *file* is what
//! buffers are of, known by its key (`files/key.rs`). Editors keep a buffer per name, so a file can have several: one under
//! its own name and one under a symbolic link, or two under two spellings of one URI, each with unsaved text of its own. A
//! request is answered from the buffer that it names. What other files see is the file's *current* buffer: the one that was
//! opened or edited last.

use std::{collections::HashMap, sync::Arc};

use plan_ide::{Environment, File};
use plan_model::Plan;
use plan_syntax::Document;
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use super::position::Encoding;

/// A document at one version, with what was read from it so far.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    /// The URI of the buffer; of a file that is not open, the one that the client would use.
    pub(super) uri: Url,
    pub(super) version: i32,
    pub(super) file: File,
}

/// All open buffers. Nothing here asks the disk: callers find out keys before they lock the state.
#[derive(Debug, Default)]
pub(super) struct Documents {
    buffers: HashMap<Url, Buffer>,
    /// The buffers of each open file by the file's key, the current one last. No list is empty.
    files: HashMap<String, Vec<Url>>,
    /// What they are read with.
    environment: Arc<Environment>,
    /// Counts what was opened and edited.
    uses: u64,
}

#[derive(Debug)]
struct Buffer {
    /// The file that it is of, as found out when it was opened or when the disk has changed since.
    key: String,
    /// When it was opened or edited last, as [`Documents::uses`] counts.
    used: u64,
    version: i32,
    document: Document,
    /// The file of this version, made when someone asks.
    file: Option<File>,
    /// The last plan that an earlier version was read as: the next one takes over what edits have left as it was.
    earlier: Option<Arc<Plan>>,
}

impl Buffer {
    fn snapshot(&mut self, uri: &Url, environment: &Arc<Environment>) -> Snapshot {
        let file = self.file.get_or_insert_with(|| {
            File::with_previous(
                self.earlier.clone(),
                &self.key,
                self.document.clone(),
                Arc::clone(environment),
            )
        });
        Snapshot { uri: uri.clone(), version: self.version, file: file.clone() }
    }
}

impl Documents {
    /// Opens a buffer of the file with this key. A buffer that is open by the same URI is replaced.
    pub(super) fn open(&mut self, uri: Url, key: String, version: i32, document: Document) {
        self.close(&uri);
        self.files.entry(key.clone()).or_default().push(uri.clone());
        self.uses += 1;
        let used = self.uses;
        self.buffers.insert(uri, Buffer { key, used, version, document, file: None, earlier: None });
    }

    /// Closes a buffer. Returns the key of its file, if it was open.
    pub(super) fn close(&mut self, uri: &Url) -> Option<String> {
        let buffer = self.buffers.remove(uri)?;
        let key = buffer.key.clone();
        forget(buffer);
        self.leave(uri, &key);
        Some(key)
    }

    /// Takes a buffer from the list of its file.
    fn leave(&mut self, uri: &Url, key: &str) {
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

    /// Notes of which file a buffer is: after a change on disk, its path can lead to another one. Returns the key of the
    /// file that it was of, if the buffer is open and that was another one.
    pub(super) fn set_key(&mut self, uri: &Url, key: &str) -> Option<String> {
        let buffer = self.buffers.get_mut(uri).filter(|buffer| buffer.key != key)?;
        let before = std::mem::replace(&mut buffer.key, key.to_owned());
        forget((buffer.file.take(), buffer.earlier.take()));
        let used = buffer.used;
        self.leave(uri, &before);
        let uris = self.files.entry(key.to_owned()).or_default();
        let later = |other: &Url| self.buffers.get(other).is_some_and(|other| other.used > used);
        uris.insert(uris.partition_point(|other| !later(other)), uri.clone());
        Some(before)
    }

    /// Returns what an edit starts from: the text of a buffer, and what it is read with.
    pub(super) fn edited(&self, uri: &Url) -> Option<(Document, Arc<Environment>)> {
        Some((self.buffers.get(uri)?.document.clone(), Arc::clone(&self.environment)))
    }

    /// Takes over the text that an edit has made of [`Documents::edited`], which was read with `environment` then, and makes
    /// the buffer the current one of its file. Returns the key of the file, if the buffer is open.
    pub(super) fn change(
        &mut self,
        uri: &Url,
        version: i32,
        document: Document,
        environment: &Environment,
    ) -> Option<String> {
        let buffer = self.buffers.get_mut(uri)?;
        // Editors do neither. The client's word counts: its version is the document's from here on. What follows from an
        // edit that it did not mean is found by whoever reads the log.
        if version <= buffer.version {
            tracing::warn!(
                %uri, before = buffer.version, version,
                "the version of a document went backwards; if what is shown does not fit, close and open it again"
            );
        }
        // Other words may have come into force meanwhile.
        let same_words = environment.vocabulary == self.environment.vocabulary;
        let document = if same_words { document } else { document.unread() };
        let before = std::mem::replace(&mut buffer.document, document);
        buffer.version = version;
        let read = buffer.file.take();
        let plan = read.as_ref().and_then(|read| read.cached_plan().cloned());
        let earlier = plan.and_then(|plan| buffer.earlier.replace(plan));
        forget((before, read, earlier));
        self.uses += 1;
        buffer.used = self.uses;
        let key = buffer.key.clone();
        if let Some(uris) = self.files.get_mut(&key)
            && let Some(place) = uris.iter().position(|other| other == uri)
        {
            uris[place..].rotate_left(1);
        }
        Some(key)
    }

    /// Returns the version of a buffer, if it is open.
    pub(super) fn version(&self, uri: &Url) -> Option<i32> {
        self.buffers.get(uri).map(|buffer| buffer.version)
    }

    /// Returns the version of a buffer if it is open and of this file.
    pub(super) fn version_of(&self, uri: &Url, key: &str) -> Option<i32> {
        self.buffers.get(uri).filter(|buffer| buffer.key == key).map(|buffer| buffer.version)
    }

    /// Whether a file has an open buffer.
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

    /// Has all documents read with other words or templates. What was read with other words stays with the segments, so
    /// they are replaced.
    pub(super) fn use_environment(&mut self, environment: Environment) {
        let same_words = self.environment.vocabulary == environment.vocabulary;
        self.environment = Arc::new(environment);
        for buffer in self.buffers.values_mut() {
            if !same_words {
                let unread = buffer.document.unread();
                forget(std::mem::replace(&mut buffer.document, unread));
            }
            forget((buffer.file.take(), buffer.earlier.take()));
        }
    }

    /// Tells what day it is, and whether it is another one than before. What was read before of a document may have been
    /// about that day.
    pub(super) fn set_today(&mut self, today: String) -> bool {
        let other = self.environment.today.as_ref() != Some(&today);
        if other {
            self.use_environment(Environment { today: Some(today), ..(*self.environment).clone() });
        }
        other
    }

    /// What documents are read with.
    pub(super) fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    /// Returns a buffer as it is now.
    pub(super) fn snapshot(&mut self, uri: &Url) -> Option<Snapshot> {
        self.buffers.get_mut(uri).map(|buffer| buffer.snapshot(uri, &self.environment))
    }

    /// Returns the current buffer of a file as it is now.
    pub(super) fn snapshot_of(&mut self, key: &str) -> Option<Snapshot> {
        let uri = self.files.get(key)?.last()?;
        self.buffers.get_mut(uri).map(|buffer| buffer.snapshot(uri, &self.environment))
    }

    /// Returns all buffers of a file as they are now, the current one first.
    pub(super) fn snapshots_of(&mut self, key: &str) -> Vec<Snapshot> {
        let uris = self.files.get(key).into_iter().flatten().rev();
        uris.filter_map(|uri| Some(self.buffers.get_mut(uri)?.snapshot(uri, &self.environment))).collect()
    }
}

/// Applies changes to a text, each meaning the text that the one before it left.
pub(super) fn changed(
    mut document: Document,
    uri: &Url,
    changes: &[TextDocumentContentChangeEvent],
    encoding: Encoding,
) -> Document {
    for change in changes {
        match change.range {
            Some(range) => {
                let lines = document.rope().len_lines();
                if range.end.line as usize > lines {
                    let line = range.end.line;
                    tracing::warn!(%uri, line, lines, "an edit lies outside of its document and is made at its end");
                }
                if range.end < range.start {
                    tracing::warn!(%uri, "an edit ends before it starts and replaces nothing");
                }
                let range = encoding.bytes(&document, range);
                document.edit(range, &change.text);
            }
            None => document = Document::new(&change.text),
        }
    }
    document
}

/// Drops what was read of a version on another thread: of a long plan that takes as long as it took to find it, and
/// the next message waits for this one.
fn forget<T: Send + 'static>(read: T) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn_blocking(move || drop(read));
    }
}
