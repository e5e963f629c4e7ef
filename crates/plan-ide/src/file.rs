//! A file as the features see it: a snapshot of its text with everything that was read from it so far.

use std::sync::{Arc, OnceLock};

use plan_model::{Plan, Vocabulary};
use plan_schema::{Classification, Kind, Template};
use plan_syntax::Document;

use crate::finding::{self, Finding};

/// A snapshot of one file. What is read from it is computed by whoever asks first and shared by all clones.
#[derive(Clone, Debug)]
pub struct File {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: String,
    document: Document,
    vocabulary: Arc<Vocabulary>,
    plan: OnceLock<Plan>,
    template: OnceLock<Option<&'static Template>>,
    classification: OnceLock<Classification>,
    findings: OnceLock<Vec<Finding>>,
}

impl File {
    /// A snapshot of a document. `path` is relative to the workspace, with `/`; it names the file in messages and tells
    /// rules about folders.
    pub fn new(path: impl Into<String>, document: Document) -> Self {
        Self::with_vocabulary(path, document, Arc::default())
    }

    /// The same with the words and marks that a team has for states.
    pub fn with_vocabulary(path: impl Into<String>, document: Document, vocabulary: Arc<Vocabulary>) -> Self {
        let shared = Shared {
            path: path.into(),
            document,
            vocabulary,
            plan: OnceLock::new(),
            template: OnceLock::new(),
            classification: OnceLock::new(),
            findings: OnceLock::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The path it was made with.
    pub fn path(&self) -> &str {
        &self.shared.path
    }

    /// Its text.
    pub fn document(&self) -> &Document {
        &self.shared.document
    }

    /// What it says.
    pub fn plan(&self) -> &Plan {
        self.shared.plan.get_or_init(|| Plan::with_vocabulary(self.document(), &self.shared.vocabulary))
    }

    /// The template that it follows.
    pub fn template(&self) -> Option<&'static Template> {
        *self.shared.template.get_or_init(|| plan_schema::best_match(self.plan()))
    }

    /// What kind of document it is, and why.
    pub fn classification(&self) -> Classification {
        *self.shared.classification.get_or_init(|| {
            plan_schema::classify(&self.plan().evidence().with_path(self.path()), self.template())
        })
    }

    /// What kind of document it is.
    pub fn kind(&self) -> Kind {
        self.classification().kind
    }

    /// What all rules find at their default severities, in document order.
    pub fn findings(&self) -> &[Finding] {
        self.shared.findings.get_or_init(|| finding::all(self))
    }
}
