//! The open documents.

use std::{collections::HashMap, sync::Arc};

use plan_ide::{Environment, File};
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
    /// What they are read with.
    environment: Arc<Environment>,
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

    /// Has all documents read with other words or templates. What was read with other words stays with the segments, so
    /// they are cut anew.
    pub(super) fn use_environment(&mut self, environment: Environment) {
        let same_words = self.environment.vocabulary == environment.vocabulary;
        self.environment = Arc::new(environment);
        for open in self.open.values_mut() {
            if !same_words {
                open.document = Document::new(&open.document.text());
            }
            open.file = None;
        }
    }

    /// Tells what day it is. What was read before of a document may have been about another day.
    pub(super) fn set_today(&mut self, today: String) {
        if self.environment.today.as_ref() != Some(&today) {
            self.use_environment(Environment { today: Some(today), ..(*self.environment).clone() });
        }
    }

    /// What documents are read with.
    pub(super) fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    /// The document as it is now.
    pub(super) fn snapshot(&mut self, uri: &Url) -> Option<Snapshot> {
        let open = self.open.get_mut(uri)?;
        let file = open.file.get_or_insert_with(|| {
            File::within(path_of(uri), open.document.clone(), Arc::clone(&self.environment))
        });
        Some(Snapshot { uri: uri.clone(), version: open.version, file: file.clone() })
    }
}

/// The path in a URI, percent encoding resolved.
fn path_of(uri: &Url) -> String {
    uri.to_file_path().map_or_else(|()| uri.path().to_owned(), |path| path.to_string_lossy().into_owned())
}
