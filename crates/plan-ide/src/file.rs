//! A file as the features see it: a snapshot of its text with everything that was read from it so far.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use plan_model::Plan;
use plan_schema::{Binding, Classification, Kind, Template, Templates};
use plan_syntax::{Document, LONGEST};

use crate::{
    Environment, Workspace,
    actions::is_ours,
    editing::states::Habits,
    finding::{self, Finding},
    next::Next,
    rules::{
        broken_anchor::Anchors,
        graph::Graph,
        placeholder_left::Asked,
        text_facts::{self, TextFacts},
    },
};

/// A snapshot of one file. What is read from it is computed by whoever asks first and shared by all clones.
#[derive(Clone, Debug)]
pub struct File {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: String,
    document: Document,
    environment: Arc<Environment>,
    /// What an earlier version said, until this one is read.
    earlier: Mutex<Option<Arc<Plan>>>,
    is_first: bool,
    plan: OnceLock<Arc<Plan>>,
    binding: OnceLock<Option<Binding>>,
    classification: OnceLock<Classification>,
    findings: OnceLock<Vec<Arc<Finding>>>,
    habits: OnceLock<Habits>,
    asked: OnceLock<Asked>,
    own_anchors: OnceLock<Arc<Anchors>>,
    text_facts: OnceLock<Vec<(usize, Arc<TextFacts>)>>,
    next: OnceLock<Arc<Next>>,
}

impl File {
    /// A snapshot of a document. `path` is relative to the workspace, with `/`; it names the file in messages and tells
    /// rules about folders.
    pub fn new(path: impl Into<String>, document: Document) -> Self {
        Self::within(path, document, Arc::default())
    }

    /// The same, read with what a workspace brings along.
    pub fn within(path: impl Into<String>, document: Document, environment: Arc<Environment>) -> Self {
        Self::following(None, path, document, environment)
    }

    /// The same, with what an edit has left as it was of the plan that an earlier version was read as.
    pub fn following(
        earlier: Option<Arc<Plan>>,
        path: impl Into<String>,
        document: Document,
        environment: Arc<Environment>,
    ) -> Self {
        let shared = Shared {
            path: path.into(),
            document,
            environment,
            is_first: earlier.is_none(),
            earlier: Mutex::new(earlier),
            plan: OnceLock::new(),
            binding: OnceLock::new(),
            classification: OnceLock::new(),
            findings: OnceLock::new(),
            habits: OnceLock::new(),
            asked: OnceLock::new(),
            own_anchors: OnceLock::new(),
            text_facts: OnceLock::new(),
            next: OnceLock::new(),
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

    /// Whether it is too long to be read: its text is kept, so that edits arrive, and nothing is found in it.
    pub fn is_too_long(&self) -> bool {
        self.document().len() > LONGEST
    }

    /// Whether nothing is known of an earlier version, so that all of it has to be read.
    pub(crate) fn is_first(&self) -> bool {
        self.shared.is_first
    }

    /// What it says; nothing if it is too long.
    pub fn plan(&self) -> &Plan {
        self.shared.plan.get_or_init(|| {
            let nothing = Document::default();
            let document = if self.is_too_long() { &nothing } else { self.document() };
            let earlier = self.shared.earlier.lock().ok().and_then(|mut earlier| earlier.take());
            Arc::new(Plan::following(earlier.as_deref(), document, &self.shared.environment.vocabulary))
        })
    }

    /// The same, if someone has asked for it.
    pub fn known_plan(&self) -> Option<&Arc<Plan>> {
        self.shared.plan.get()
    }

    /// What it is read with.
    pub fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    /// The same, to read other files with.
    pub fn shared_environment(&self) -> Arc<Environment> {
        Arc::clone(&self.shared.environment)
    }

    /// Its sections with what the template that it follows says of them.
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
        self.shared.binding.get_or_init(bind).as_ref()
    }

    /// The template that it follows.
    pub fn template(&self) -> Option<&Arc<Template>> {
        self.binding().map(Binding::template)
    }

    /// What kind of document it is, and why.
    pub fn classification(&self) -> Classification {
        *self.shared.classification.get_or_init(|| {
            if self.is_too_long() {
                return Classification { kind: Kind::Ordinary, reason: "it is too long to be read" };
            }
            if self.environment().is_template(self.path()) {
                return Classification { kind: Kind::Template, reason: "it lies among the templates" };
            }
            plan_schema::classify(
                &self.plan().evidence().with_path(self.environment().within_roots(self.path())),
                || self.binding().is_some(),
            )
        })
    }

    /// What kind of document it is.
    pub fn kind(&self) -> Kind {
        self.classification().kind
    }

    /// What the rules find that are on by default and look at nothing but this file, in document order.
    pub fn findings(&self) -> &[Arc<Finding>] {
        self.shared.findings.get_or_init(|| finding::own(self))
    }

    /// The same, if someone has looked for them.
    pub(crate) fn known_findings(&self) -> Option<&[Arc<Finding>]> {
        self.shared.findings.get().map(Vec::as_slice)
    }

    /// The same, where whoever calls has looked for them.
    pub(crate) fn keep_findings(&self, found: Vec<Arc<Finding>>) -> &[Arc<Finding>] {
        self.shared.findings.get_or_init(|| found)
    }

    /// What stands in the text of segments that rules on text look for, with the bytes at which the segments start;
    /// most have nothing.
    pub(crate) fn text_facts(&self) -> &[(usize, Arc<TextFacts>)] {
        let found = || text_facts::all(self.document()).filter(|(_, facts)| !facts.is_empty()).collect();
        self.shared.text_facts.get_or_init(found)
    }

    /// What the template asks to be filled in, which whoever looks for placeholders works out.
    pub(crate) fn asked(&self, work_out: impl FnOnce() -> Asked) -> &Asked {
        self.shared.asked.get_or_init(work_out)
    }

    /// The anchors that its own links can name.
    pub(crate) fn own_anchors(&self) -> Arc<Anchors> {
        Arc::clone(self.shared.own_anchors.get_or_init(|| Anchors::own(self.plan())))
    }

    /// Who waits for whom, as far as it is said plainly.
    pub(crate) fn said_graph(&self) -> Arc<Graph> {
        self.plan().of_shape(Graph::of)
    }

    /// The tasks that can be started or continued, the first to do first, by their indices among the items of the plan.
    pub fn next_tasks(&self) -> &[usize] {
        if is_ours(self) { &self.next().tasks } else { &[] }
    }

    /// What items wait for that is not finished: by an item's index those that it names.
    pub fn waits(&self) -> &BTreeMap<usize, Vec<usize>> {
        &self.next().waits
    }

    fn next(&self) -> &Next {
        self.shared.next.get_or_init(|| self.plan().of_shape(Next::of))
    }

    /// How it writes states.
    pub(crate) fn habits(&self) -> &Habits {
        self.shared.habits.get_or_init(|| Habits::of(self))
    }

    /// What all rules find that are on by default, in document order.
    pub fn findings_in(&self, workspace: &Workspace<'_>) -> Vec<Arc<Finding>> {
        finding::all(self, workspace, |_| false)
    }
}
