//! A snapshot of a file: its text, with values that are derived from the text and cached.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use plan_model::{Plan, State};
use plan_schema::{
    Binding, Classification, Kind, PathRole, Template, Templates, classify_role,
    family::{DocumentRole, FamilyFacts},
    path_role,
};
use plan_syntax::{Document, MAX_DOCUMENT_BYTES};

use crate::{
    Environment, Workspace,
    actions::is_plan_or_checklist,
    editing::states::StateStyle,
    finding::{self, Finding},
    next::Readiness,
    rules::{
        broken_anchor::TargetAnchors,
        graph::DependencyGraph,
        text_facts::{self, TextFacts},
        unfilled_placeholder::TemplateRequirements,
    },
};

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
    has_no_previous: bool,
    plan: OnceLock<Arc<Plan>>,
    binding: OnceLock<Option<Binding>>,
    classification: OnceLock<Classification>,
    role: OnceLock<Option<PathRole>>,
    family_facts: OnceLock<Option<Arc<FamilyFacts>>>,
    findings: OnceLock<Vec<Arc<Finding>>>,
    state_style: OnceLock<StateStyle>,
    template_requirements: OnceLock<TemplateRequirements>,
    own_anchors: OnceLock<Arc<TargetAnchors>>,
    text_facts: OnceLock<Vec<(usize, Arc<TextFacts>)>>,
    next: OnceLock<Arc<Readiness>>,
}

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
            has_no_previous: previous.is_none(),
            previous: Mutex::new(previous),
            plan: OnceLock::new(),
            binding: OnceLock::new(),
            classification: OnceLock::new(),
            role: OnceLock::new(),
            family_facts: OnceLock::new(),
            findings: OnceLock::new(),
            state_style: OnceLock::new(),
            template_requirements: OnceLock::new(),
            own_anchors: OnceLock::new(),
            text_facts: OnceLock::new(),
            next: OnceLock::new(),
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

    /// Returns whether the text exceeds the limit. The text of such a file is kept for further edits, and its plan is
    /// empty.
    pub fn is_too_long(&self) -> bool {
        self.document().len() > MAX_DOCUMENT_BYTES
    }

    /// Returns whether the snapshot was created without a previous version, so that no results can be reused.
    pub(crate) fn has_no_previous(&self) -> bool {
        self.inner.has_no_previous
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

    /// Like [`File::environment`], for reading other files.
    pub fn shared_environment(&self) -> Arc<Environment> {
        Arc::clone(&self.inner.environment)
    }

    /// Returns the binding of the file's sections to those of its template.
    pub fn binding(&self) -> Option<&Binding> {
        let bind = || {
            let environment = self.environment();
            if self.is_too_long() || environment.is_template(self.path()) {
                return None;
            }
            let by_path = environment.template_for(self.path());
            let may_bind = Templates::may_bind(self.plan(), by_path);
            may_bind.then(|| environment.templates().bind(self.plan(), by_path)).flatten()
        };
        self.inner.binding.get_or_init(bind).as_ref()
    }

    /// Returns the template that the file follows.
    pub fn template(&self) -> Option<&Arc<Template>> {
        self.binding().map(Binding::template)
    }

    /// Returns the kind of document, with the reason.
    pub fn classification(&self) -> Classification {
        *self.inner.classification.get_or_init(|| {
            if self.is_too_long() {
                return Classification { kind: Kind::Ordinary, reason: "it is too long to be parsed" };
            }
            if self.environment().is_template(self.path()) {
                return Classification { kind: Kind::Template, reason: "it is in the template folder" };
            }
            if let Some(classification) = self.role().and_then(classify_role) {
                return classification;
            }
            if self.is_specification() {
                return Classification {
                    kind: Kind::Specification,
                    reason: "it defines requirements of a family of documents",
                };
            }
            plan_schema::classify(
                &self.plan().evidence().with_path(self.environment().within_roots(self.path())),
                || self.binding().is_some(),
            )
        })
    }

    /// Returns what it defines and refers to as a document of a family. `None` if no family has a place for it.
    pub fn family_facts(&self) -> Option<&Arc<FamilyFacts>> {
        let read = || {
            let families = &self.environment().families;
            let place = families.place(self.path())?;
            FamilyFacts::read(self.plan(), families, &place).map(Arc::new)
        };
        self.inner.family_facts.get_or_init(read).as_ref()
    }

    /// Whether it is a document of requirements that has any.
    fn is_specification(&self) -> bool {
        self.environment().template_for(self.path()).is_none()
            && self.family_facts().is_some_and(|facts| {
                facts.role == DocumentRole::Requirements && !facts.requirements.is_empty()
            })
    }

    /// Returns the role of the file's path, if the settings skip documents with this role. A file to which the
    /// settings assign a template is a plan, except in an archive.
    fn role(&self) -> Option<PathRole> {
        *self.inner.role.get_or_init(|| {
            let environment = self.environment();
            let role = path_role(environment.within_roots(self.path()), || self.plan())?;
            let is_assigned = role != PathRole::Archive && environment.template_for(self.path()).is_some();
            (environment.skip.contains(&role) && !is_assigned).then_some(role)
        })
    }

    /// Returns whether the file is in an archive. Only rules about the page apply to such files, and overviews omit
    /// them.
    pub fn is_archived(&self) -> bool {
        self.role() == Some(PathRole::Archive)
    }

    /// Returns whether the file is a plan that is not archived.
    pub fn is_live_plan(&self) -> bool {
        self.kind() == Kind::Plan && !self.is_archived()
    }

    /// Returns the kind of document.
    pub fn kind(&self) -> Kind {
        self.classification().kind
    }

    /// Returns the findings of default rules that depend on this file alone, in document order.
    pub fn findings(&self) -> &[Arc<Finding>] {
        self.inner.findings.get_or_init(|| finding::file_findings(self))
    }

    /// Returns the findings if they were already computed.
    pub(crate) fn cached_findings(&self) -> Option<&[Arc<Finding>]> {
        self.inner.findings.get().map(Vec::as_slice)
    }

    /// Caches findings that the caller has computed.
    pub(crate) fn cache_findings(&self, found: Vec<Arc<Finding>>) -> &[Arc<Finding>] {
        self.inner.findings.get_or_init(|| found)
    }

    /// Returns the text facts of segments that have any, with the offsets of the segments.
    pub(crate) fn text_facts(&self) -> &[(usize, Arc<TextFacts>)] {
        let found = || text_facts::all(self.document()).filter(|(_, facts)| !facts.is_empty()).collect();
        self.inner.text_facts.get_or_init(found)
    }

    /// Returns the placeholders and sample rows of the file's template. `compute` is called on first use.
    pub(crate) fn template_requirements(
        &self,
        compute: impl FnOnce() -> TemplateRequirements,
    ) -> &TemplateRequirements {
        self.inner.template_requirements.get_or_init(compute)
    }

    /// Returns the anchors that links within the file can use.
    pub(crate) fn own_anchors(&self) -> Arc<TargetAnchors> {
        Arc::clone(self.inner.own_anchors.get_or_init(|| TargetAnchors::own(self.plan())))
    }

    /// Returns the graph of the file's explicit dependencies.
    pub(crate) fn dependency_graph(&self) -> Arc<DependencyGraph> {
        self.plan().structure_memo(DependencyGraph::of)
    }

    /// Returns the item indices of ready and active tasks, in the order of execution. Empty if the plan's status is
    /// done, deferred, blocked or cancelled, and if the plan is in a folder of finished plans.
    pub fn next_tasks(&self) -> &[usize] {
        let plan = self.plan();
        let is_over = || {
            let state = plan.status().and_then(|status| plan.state_of(&status.value));
            matches!(state, Some(State::Done | State::Deferred | State::Blocked | State::Cancelled))
        };
        if is_plan_or_checklist(self) && !self.is_archived() && !is_over() { &self.next().tasks } else { &[] }
    }

    /// Returns the open dependencies of items, as item indices.
    pub fn open_dependencies(&self) -> &BTreeMap<usize, Vec<usize>> {
        &self.next().open_dependencies
    }

    fn next(&self) -> &Readiness {
        self.inner.next.get_or_init(|| self.plan().structure_memo(Readiness::of))
    }

    /// Returns the style in which the file writes states.
    pub(crate) fn state_style(&self) -> &StateStyle {
        self.inner.state_style.get_or_init(|| StateStyle::of(self))
    }

    /// Returns the findings of all default rules, in document order.
    pub fn findings_in(&self, workspace: &Workspace<'_>) -> Vec<Arc<Finding>> {
        finding::all_findings(self, workspace, |_| false)
    }
}
