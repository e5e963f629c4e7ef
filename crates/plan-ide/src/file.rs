//! A snapshot of a file: its text, with values that are derived from the text and cached.

use std::{
    any::Any,
    sync::{Arc, Mutex, OnceLock},
};

use plan_model::Plan;
use plan_schema::{
    Binding, Classification, DocumentKind, PathRole, Template, Templates, classify_role,
    family::{DocumentPlace, DocumentRole, FamilyFacts},
    path_role,
};
use plan_syntax::{Document, MAX_DOCUMENT_BYTES, Memos};

use crate::Environment;

/// A snapshot of one file. Derived values are computed on first use and shared by all clones.
#[derive(Clone, Debug)]
pub struct File {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: String,
    document: Document,
    environment: Arc<Environment>,
    /// The plan of the previous version, until this version is parsed.
    previous: Mutex<Option<Arc<Plan>>>,
    is_first_version: bool,
    plan: OnceLock<Arc<Plan>>,
    memos: Memos,
}

/// The binding of a file. Each memo type is private to the module that computes it.
struct FileBinding(Option<Binding>);

/// The requirements and references of a file in a family.
struct FileFamilyFacts(Option<Arc<FamilyFacts>>);

/// The place of a file in a family.
struct FileFamilyPlace(Option<DocumentPlace>);

/// The role of a file by its path.
struct FileRole(Option<PathRole>);

impl File {
    /// Creates a snapshot with default settings. `path` uses `/` as separator. It is used in messages, and by rules
    /// that depend on folders.
    pub fn new(path: impl Into<String>, document: Document) -> Self {
        Self::with_environment(path, document, Arc::default())
    }

    /// Creates a snapshot with the settings and templates of a workspace.
    pub fn with_environment(
        path: impl Into<String>,
        document: Document,
        environment: Arc<Environment>,
    ) -> Self {
        Self::with_previous(None, path, document, environment)
    }

    /// Creates a snapshot that reuses the unchanged parts of the previous version's plan.
    pub fn with_previous(
        previous: Option<Arc<Plan>>,
        path: impl Into<String>,
        document: Document,
        environment: Arc<Environment>,
    ) -> Self {
        let inner = Inner {
            path: path.into(),
            document,
            environment,
            is_first_version: previous.is_none(),
            previous: Mutex::new(previous),
            plan: OnceLock::new(),
            memos: Memos::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Returns the path that the snapshot was created with.
    pub fn path(&self) -> &str {
        &self.inner.path
    }

    /// Returns the document, which contains the text.
    pub fn document(&self) -> &Document {
        &self.inner.document
    }

    /// Returns whether the text is longer than `MAX_DOCUMENT_BYTES`. The text of such a file is kept for further edits,
    /// and its plan is empty.
    pub fn is_too_long(&self) -> bool {
        self.document().len() > MAX_DOCUMENT_BYTES
    }

    /// Returns whether the snapshot was created without a previous version, so that no results can be reused.
    pub(crate) fn is_first_version(&self) -> bool {
        self.inner.is_first_version
    }

    /// Returns the plan, which is empty if the file is too long.
    pub fn plan(&self) -> &Plan {
        self.inner.plan.get_or_init(|| {
            let empty = Document::default();
            let document = if self.is_too_long() { &empty } else { self.document() };
            let previous = self.inner.previous.lock().ok().and_then(|mut previous| previous.take());
            Arc::new(Plan::with_previous(previous.as_deref(), document, &self.inner.environment.vocabulary))
        })
    }

    /// Returns the plan if it was already computed.
    pub fn cached_plan(&self) -> Option<&Arc<Plan>> {
        self.inner.plan.get()
    }

    /// Returns the settings and templates of the file.
    pub fn environment(&self) -> &Environment {
        &self.inner.environment
    }

    /// Returns the settings and templates as a shared pointer, for creating snapshots of other files.
    pub fn shared_environment(&self) -> Arc<Environment> {
        Arc::clone(&self.inner.environment)
    }

    /// Returns the memoized value of type `T`, which is computed on first use.
    pub fn memo<T: Any + Send + Sync>(&self, compute: fn(&Self) -> T) -> &T {
        self.inner.memos.get(self, compute)
    }

    /// Returns the memoized value of type `T` if it was already computed.
    pub(crate) fn find_memo<T: Any>(&self) -> Option<&T> {
        self.inner.memos.find()
    }

    /// Memoizes a value of type `T` that the caller has computed from the file.
    pub(crate) fn store_memo<T: Any + Send + Sync>(&self, value: T) -> &T {
        self.inner.memos.store(Arc::new(value))
    }

    /// Returns the binding of the file's sections to those of its template. `None` if the file follows no template.
    pub fn binding(&self) -> Option<&Binding> {
        let binding = self.memo(|file| {
            let environment = file.environment();
            if file.is_too_long() || environment.is_template(file.path()) {
                return FileBinding(None);
            }
            let by_path = environment.template_for(file.path());
            let may_bind = Templates::may_bind(file.plan(), by_path);
            FileBinding(may_bind.then(|| environment.templates().bind(file.plan(), by_path)).flatten())
        });
        binding.0.as_ref()
    }

    /// Returns the template that the file follows.
    pub fn template(&self) -> Option<&Arc<Template>> {
        self.binding().map(Binding::template)
    }

    /// Returns the kind of document, with the reason.
    pub fn classification(&self) -> Classification {
        *self.memo(|file| {
            if file.is_too_long() {
                return Classification {
                    kind: DocumentKind::Ordinary,
                    reason: "document is too long to be parsed",
                };
            }
            if file.environment().is_template(file.path()) {
                return Classification { kind: DocumentKind::Template, reason: "in the template folder" };
            }
            if let Some(classification) = file.role().and_then(classify_role) {
                return classification;
            }
            if file.is_specification() {
                return Classification {
                    kind: DocumentKind::Specification,
                    reason: "defines requirements of a family",
                };
            }
            let classification = plan_schema::classify(
                &file.plan().evidence().with_path(file.environment().within_roots(file.path())),
                || file.binding().is_some(),
            );
            if classification.kind == DocumentKind::Ordinary && file.states_status_of_specification() {
                return Classification {
                    kind: DocumentKind::Specification,
                    reason: "states the status of a specification of a family",
                };
            }
            if classification.kind == DocumentKind::Ordinary && file.is_task_of_family() {
                return Classification {
                    kind: DocumentKind::Plan,
                    reason: "states the status of a task of a family",
                };
            }
            classification
        })
    }

    /// Returns the requirements and references of the file. `None` if the file belongs to no family.
    pub fn family_facts(&self) -> Option<&Arc<FamilyFacts>> {
        let facts = self.memo(|file| {
            let families = &file.environment().families;
            let facts = file.family_place().and_then(|place| FamilyFacts::read(file.plan(), families, place));
            FileFamilyFacts(facts.map(Arc::new))
        });
        facts.0.as_ref()
    }

    /// Returns the file's place in a family, which depends only on the path.
    fn family_place(&self) -> Option<&DocumentPlace> {
        self.memo(|file| FileFamilyPlace(file.environment().families.place(file.path()))).0.as_ref()
    }

    /// Returns whether the file is a requirements document with at least one requirement, or one that changes requirements
    /// of another document.
    fn is_specification(&self) -> bool {
        self.environment().template_for(self.path()).is_none()
            && self.family_place().is_some_and(|place| place.role == DocumentRole::Requirements)
            && self.family_facts().is_some_and(|facts| {
                let family = self.environment().families.all().get(facts.family);
                !facts.requirements.is_empty()
                    || facts.set.is_some() && family.is_some_and(|family| family.is_delta(self.plan()))
            })
    }

    /// Returns whether the file is a requirements document in a document set and states a status, in a family whose
    /// requirements have no IDs.
    fn states_status_of_specification(&self) -> bool {
        self.family_facts().is_some_and(|facts| {
            let family = self.environment().families.all().get(facts.family);
            facts.role == DocumentRole::Requirements
                && facts.set.is_some()
                && family.is_some_and(|family| family.kinds.is_empty() && !family.status_field.is_empty())
                && facts.stated.as_ref().is_some_and(|stated| stated.status.is_some())
        })
    }

    /// Returns whether the file is a task or plan in a document set, and its front matter states a status. It may have no
    /// checkboxes.
    fn is_task_of_family(&self) -> bool {
        self.family_place().is_some_and(|place| place.role.has_work() && place.set.is_some())
            && self.plan().front_matter().iter().any(|entry| {
                let key = self.document().slice(entry.key.clone());
                key.trim() == "status" && !entry.value.is_empty()
            })
    }

    /// Returns the role of the file's path, if the settings skip documents with this role. A file to which the
    /// settings assign a template is a plan, except in an archive.
    fn role(&self) -> Option<PathRole> {
        let role = self.memo(|file| {
            let environment = file.environment();
            let role = path_role(environment.within_roots(file.path()), || file.plan());
            FileRole(role.filter(|role| {
                let is_assigned =
                    *role != PathRole::Archive && environment.template_for(file.path()).is_some();
                environment.skip.contains(role) && !is_assigned
            }))
        });
        role.0
    }

    /// Returns whether the file is in an archive. Only a few rules apply to such files, and overviews omit
    /// them.
    pub fn is_archived(&self) -> bool {
        self.role() == Some(PathRole::Archive)
    }

    /// Returns whether the file is a plan that is not archived.
    pub fn is_unarchived_plan(&self) -> bool {
        self.kind() == DocumentKind::Plan && !self.is_archived()
    }

    /// Returns the kind of document.
    pub fn kind(&self) -> DocumentKind {
        self.classification().kind
    }

    /// Returns whether documents of the file's kind [have tasks](DocumentKind::has_tasks).
    pub fn has_tasks(&self) -> bool {
        self.kind().has_tasks()
    }
}
