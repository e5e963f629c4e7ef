//! The open documents.

use std::{collections::HashMap, sync::Arc};

use plan_ide::File;
use plan_model::Vocabulary;
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

/// All open documents, by the URI that the client names them with.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: HashMap<Url, Open>,
    /// The words and marks for states that they are read with.
    vocabulary: Arc<Vocabulary>,
}

#[derive(Debug)]
struct Open {
    version: i32,
    document: Document,
    /// The file of this version, made when someone asks.
    file: Option<File>,
}

impl Documents {
    pub(super) fn open(&mut self, uri: Url, version: i32, text: &str) {
        self.open.insert(uri, Open { version, document: Document::new(text), file: None });
    }

    pub(super) fn close(&mut self, uri: &Url) {
        self.open.remove(uri);
    }

    /// Applies changes, each meaning the text that the one before it left. Tells whether the document is open.
    pub(super) fn change(
        &mut self,
        uri: &Url,
        version: i32,
        changes: &[TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) -> bool {
        let Some(open) = self.open.get_mut(uri) else { return false };
        for change in changes {
            match change.range {
                Some(range) => {
                    let range = encoding.bytes(&open.document, range);
                    open.document.edit(range, &change.text);
                }
                None => open.document = Document::new(&change.text),
            }
        }
        open.version = version;
        open.file = None;
        true
    }

    pub(super) fn version(&self, uri: &Url) -> Option<i32> {
        self.open.get(uri).map(|open| open.version)
    }

    pub(super) fn uris(&self) -> impl Iterator<Item = &Url> {
        self.open.keys()
    }

    /// Has all documents read with other words and marks. What was read before stays with the segments, so they are cut
    /// anew.
    pub(super) fn use_vocabulary(&mut self, vocabulary: &Arc<Vocabulary>) {
        if self.vocabulary == *vocabulary {
            return;
        }
        self.vocabulary = Arc::clone(vocabulary);
        for open in self.open.values_mut() {
            open.document = Document::new(&open.document.text());
            open.file = None;
        }
    }

    /// The document as it is now.
    pub(super) fn snapshot(&mut self, uri: &Url) -> Option<Snapshot> {
        let open = self.open.get_mut(uri)?;
        let file = open.file.get_or_insert_with(|| {
            File::with_vocabulary(uri.path(), open.document.clone(), Arc::clone(&self.vocabulary))
        });
        Some(Snapshot { uri: uri.clone(), version: open.version, file: file.clone() })
    }
}
