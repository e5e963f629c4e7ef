//! The open documents.

use std::{collections::HashMap, sync::Arc};

use plan_ide::{Environment, File};
use plan_model::Plan;
use plan_syntax::Document;
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use super::position::Encoding;

/// A document at one version, with what was read from it so far.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) uri: Url,
    pub(super) version: i32,
    pub(super) file: File,
}

/// All open documents, by the key of the file, whatever URI the client names it with.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: HashMap<String, Open>,
    /// The keys of the URIs that documents were opened with: finding one out asks the disk.
    keys: HashMap<Url, String>,
    /// What they are read with.
    environment: Arc<Environment>,
}

#[derive(Debug)]
struct Open {
    /// The URIs that it is open by, the last one in use.
    uris: Vec<Url>,
    version: i32,
    document: Document,
    /// The file of this version, made when someone asks.
    file: Option<File>,
    /// The last plan that an earlier version was read as: the next one takes over what edits have left as it was.
    earlier: Option<Arc<Plan>>,
}

impl Documents {
    /// Opens a document, whose key was found out before.
    pub(super) fn open(&mut self, uri: Url, key: &str, version: i32, document: Document) {
        self.keys.insert(uri.clone(), key.to_owned());
        let before = self.open.remove(key);
        let mut uris = before.as_ref().map(|open| open.uris.clone()).unwrap_or_default();
        forget(before);
        uris.retain(|known| *known != uri);
        uris.push(uri);
        self.open.insert(key.to_owned(), Open { uris, version, document, file: None, earlier: None });
    }

    /// Closes a document.
    pub(super) fn close(&mut self, uri: &Url, key: &str) {
        self.keys.remove(uri);
        if let Some(open) = self.open.get_mut(key) {
            open.uris.retain(|known| known != uri);
            if open.uris.is_empty() {
                forget(self.open.remove(key));
            }
        }
    }

    /// Returns the key of the document that is open by a URI.
    pub(super) fn key(&self, uri: &Url) -> Option<&String> {
        self.keys.get(uri)
    }

    /// Returns what an edit starts from: the text of an open document, and what it is read with.
    pub(super) fn edited(&self, key: &str) -> Option<(Document, Arc<Environment>)> {
        Some((self.open.get(key)?.document.clone(), Arc::clone(&self.environment)))
    }

    /// Takes over the text that an edit has made of [`Documents::edited`], which was read with `environment` then.
    pub(super) fn change(
        &mut self,
        uri: &Url,
        key: &str,
        version: i32,
        document: Document,
        environment: &Environment,
    ) {
        let Some(open) = self.open.get_mut(key) else { return };
        // Editors do neither. The client's word counts: its version is the document's from here on. What follows from an
        // edit that it did not mean is found by whoever reads the log.
        if version <= open.version {
            tracing::warn!(
                %uri, before = open.version, version,
                "the version of a document went backwards; if what is shown does not fit, close and open it again"
            );
        }
        // Other words may have come into force meanwhile.
        let same_words = environment.vocabulary == self.environment.vocabulary;
        let document = if same_words { document } else { document.unread() };
        let before = std::mem::replace(&mut open.document, document);
        open.version = version;
        let read = open.file.take();
        let plan = read.as_ref().and_then(|read| read.known_plan().cloned());
        let earlier = plan.and_then(|plan| open.earlier.replace(plan));
        forget((before, read, earlier));
    }

    pub(super) fn version(&self, key: &str) -> Option<i32> {
        self.open.get(key).map(|open| open.version)
    }

    /// The URI that the client names an open document with.
    pub(super) fn uri(&self, key: &str) -> Option<&Url> {
        self.open.get(key)?.uris.last()
    }

    /// The keys of the open documents.
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.open.keys()
    }

    /// Has all documents read with other words or templates. What was read with other words stays with the segments, so
    /// they are replaced.
    pub(super) fn use_environment(&mut self, environment: Environment) {
        let same_words = self.environment.vocabulary == environment.vocabulary;
        self.environment = Arc::new(environment);
        for open in self.open.values_mut() {
            if !same_words {
                let unread = open.document.unread();
                forget(std::mem::replace(&mut open.document, unread));
            }
            forget((open.file.take(), open.earlier.take()));
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

    /// The document with a key as it is now.
    pub(super) fn snapshot_of(&mut self, key: &str) -> Option<Snapshot> {
        let open = self.open.get_mut(key)?;
        let file = open.file.get_or_insert_with(|| {
            let environment = Arc::clone(&self.environment);
            File::following(open.earlier.clone(), key, open.document.clone(), environment)
        });
        Some(Snapshot { uri: open.uris.last()?.clone(), version: open.version, file: file.clone() })
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
