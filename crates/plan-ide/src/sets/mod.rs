//! Sets: groups of documents that describe one change, computed from the index.

mod at_offset;
mod by_name;
mod coverage;
pub(crate) mod deltas;
mod editor;
mod foreign;
pub(crate) mod named;
mod outline;
pub(crate) mod rename;
#[cfg(test)]
mod tests;
pub(crate) mod wave;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use plan_model::{Progress, State};
use plan_schema::family::{
    DocumentRole, Families, Family, FamilyFacts, Requirement, RequirementReference, SetTask,
};

pub(crate) use self::editor::uses;
pub use self::{
    by_name::{is_requirement_definition, requirement_named},
    coverage::{Coverage, CoverageState, CoveredRequirement, KindCoverage},
    editor::{
        OfferedRequirement, Sibling, UsedRequirement, completions, definition, hover, lenses,
        reference_target, references, siblings, title_lenses,
    },
    outline::outline,
};
use crate::{File, Index, Workspace, workspace::path};

/// Returns the progress of a plan, with the tasks whose states only other documents of its set state.
pub fn progress(file: &File, index: &Index) -> Progress {
    let own = file.plan().progress();
    let Some(facts) = file.family_facts().filter(|facts| own.total + facts.stateless_tasks > 0) else {
        return own;
    };
    let family = file.environment().families.all().get(facts.family);
    if !facts.role.has_work() || family.is_none_or(|family| !family.has_reports()) {
        return own;
    }
    let set = DocumentSet::of(file, index);
    set.and_then(|set| set.progress_of(set.document(file.path())?)).unwrap_or(own)
}

/// The documents that describe one change.
#[derive(Clone, Debug)]
pub struct DocumentSet {
    /// Family of the set.
    pub family: Arc<Family>,
    /// Folder of the set, or the project with the key of the set. For documents that all sets share, the project.
    pub name: String,
    /// Folder of the project.
    pub project: String,
    /// Whether the set is archived.
    pub archived: bool,
    /// Documents by path; those of the set come before shared ones.
    pub documents: Vec<SetDocument>,
    /// Requirements by key.
    by_key: HashMap<Arc<str>, SetPosition>,
}

/// A document of a set.
#[derive(Clone, Debug)]
pub struct SetDocument {
    /// Path in the index.
    pub path: Arc<str>,
    /// Requirements and references of the document.
    pub facts: Arc<FamilyFacts>,
    /// Whether other sets share the document.
    pub shared: bool,
}

/// A requirement or task of a set, by indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetPosition {
    /// Index of the document in [`DocumentSet::documents`].
    pub document: usize,
    /// Index of the requirement or task in the document.
    pub index: usize,
}

impl DocumentSet {
    /// Returns the set of a file. The index can have an older version of the file. `None` if the file belongs to no
    /// set.
    pub fn of(file: &File, index: &Index) -> Option<Self> {
        let facts = file.family_facts()?;
        let set = Self::with(facts, file.path(), index, &file.environment().families)?;
        set.is_proven(index).then_some(set)
    }

    fn with(facts: &Arc<FamilyFacts>, path: &str, index: &Index, families: &Families) -> Option<Self> {
        let document = |path: &Arc<str>, other: &Arc<FamilyFacts>| SetDocument {
            path: Arc::clone(path),
            facts: Arc::clone(other),
            shared: other.set.is_none() && facts.set.is_some(),
        };
        let others = index.documents_with(facts).filter(|(other, _)| ***other != *path);
        // A shared document belongs to the sets in progress, not to archived ones.
        let others = others.filter(|(_, other)| facts.set.is_some() || !other.archived);
        let mut documents: Vec<SetDocument> = others.map(|(path, facts)| document(path, facts)).collect();
        documents.push(document(&path.into(), facts));
        documents.sort_by(|a, b| (a.shared, &a.path).cmp(&(b.shared, &b.path)));
        Some(Self::new(facts, families.all().get(facts.family)?, documents))
    }

    fn new(facts: &FamilyFacts, family: &Arc<Family>, documents: Vec<SetDocument>) -> Self {
        let mut by_key = HashMap::new();
        for (document, own) in documents.iter().enumerate() {
            for (index, requirement) in own.facts.requirements.iter().enumerate() {
                by_key.entry(requirement.key.clone()).or_insert(SetPosition { document, index });
            }
        }
        Self {
            family: Arc::clone(family),
            name: facts.set.as_deref().unwrap_or(&facts.project).to_owned(),
            project: facts.project.to_string(),
            archived: facts.archived,
            documents,
            by_key,
        }
    }

    /// Returns all sets, by name. The documents that the sets of a project share form a set of their own, if they define
    /// requirements.
    pub fn all(index: &Index, families: &Families) -> Vec<Self> {
        // Paths and facts, by family, project and set.
        type SetMembers<'a> = Vec<(&'a Arc<str>, &'a Arc<FamilyFacts>)>;
        let mut groups: BTreeMap<(usize, &str, Option<&str>), SetMembers<'_>> = BTreeMap::new();
        for (path, entry) in index.iter() {
            if let Some(facts) = &entry.family {
                groups
                    .entry((facts.family, &facts.project, facts.set.as_deref()))
                    .or_default()
                    .push((path, facts));
            }
        }
        let mut sets = Vec::new();
        for ((family, project, set), documents) in &groups {
            let Some(profile) = families.all().get(*family) else { continue };
            let own = documents.iter().map(|(path, facts)| SetDocument {
                path: Arc::clone(path),
                facts: Arc::clone(facts),
                shared: false,
            });
            let mut all: Vec<SetDocument> = own.collect();
            if set.is_some() {
                let shared = groups.get(&(*family, *project, None)).into_iter().flatten();
                all.extend(shared.map(|(path, facts)| SetDocument {
                    path: Arc::clone(path),
                    facts: Arc::clone(facts),
                    shared: true,
                }));
            } else {
                let others = groups.iter().filter(|((other, other_project, set), _)| {
                    other == family && other_project == project && set.is_some()
                });
                let live = others.flat_map(|(_, documents)| documents).filter(|(_, facts)| !facts.archived);
                all.extend(live.map(|(path, facts)| SetDocument {
                    path: Arc::clone(path),
                    facts: Arc::clone(facts),
                    shared: false,
                }));
            }
            let Some((_, facts)) = documents.first() else { continue };
            let found = Self::new(facts, profile, all);
            if found.is_proven(index) {
                sets.push(found);
            }
        }
        sets.sort_by(|a, b| (&a.name, &a.family.name).cmp(&(&b.name, &b.family.name)));
        sets
    }

    /// Returns whether the documents form a set of the family: the folder contains one of the required documents. A
    /// family whose folder names are common also needs a requirement, several references, or a marker file in the
    /// project.
    fn is_proven(&self, index: &Index) -> bool {
        let own = self.documents.iter().filter(|document| !document.shared);
        let mut required = own.clone().filter(|document| {
            document.facts.set.is_none() || self.family.is_required(&self.name, &document.path)
        });
        if required.next().is_none() {
            return false;
        }
        if !self.family.needs_forms() {
            return true;
        }
        let has_form = |facts: &FamilyFacts| {
            facts.requirements.iter().any(|requirement| !self.family.has_own_prefix(requirement))
                || facts.references.iter().filter(|reference| reference.is_certain()).count() >= 3
        };
        own.clone().any(|document| has_form(&document.facts)) || self.has_marker(index)
    }

    /// Returns whether the project has a document that is a marker of the family or below one. Looks only at the places of markers,
    /// because a project can have many files.
    fn has_marker(&self, index: &Index) -> bool {
        let is_marker = |path: &str| {
            let rest = path.strip_prefix(&*self.project);
            rest.is_some_and(|rest| self.family.is_marker(rest.trim_start_matches('/')))
        };
        self.family.marker_paths().any(|place| {
            let place = match &*self.project {
                "" => place,
                project => format!("{project}/{place}"),
            };
            index.get(&place).is_some() || index.below(&place).any(|(path, _)| is_marker(path))
        })
    }

    /// Returns the requirement with this key. A letter at the end of the ID makes it a part of the requirement without
    /// the letter.
    pub fn find(&self, key: &str) -> Option<SetPosition> {
        let found = self.by_key.get(key).copied();
        found.or_else(|| {
            let base = key.strip_suffix(|c: char| c.is_ascii_lowercase())?;
            base.ends_with(|c: char| c.is_ascii_digit()).then(|| self.by_key.get(base).copied())?
        })
    }

    /// Returns the requirements that a reference names. A range from one requirement to a criterion of another
    /// (`1.1-12.8`) names those between them in the document.
    pub fn named_by(&self, reference: &RequirementReference) -> Vec<SetPosition> {
        let places: Vec<SetPosition> = reference.keys.iter().filter_map(|key| self.find(key)).collect();
        let series =
            |place: &SetPosition| self.requirement(*place).key.trim_end_matches(|c: char| c.is_ascii_digit());
        match places[..] {
            [first, last] if first.document == last.document && series(&first) != series(&last) => {
                let document = first.document;
                (first.index..=last.index).map(|index| SetPosition { document, index }).collect()
            }
            _ => places,
        }
    }

    /// Returns whether a reference is one to requirements: it is not in ordinary text, and if documents define the
    /// prefix of its ID, a document of this set does.
    pub fn is_certain(&self, reference: &RequirementReference) -> bool {
        let has_prefix = |key: &str| {
            let prefix = self.family.own_prefix(key);
            prefix.is_some_and(|prefix| {
                self.requirements().any(|(_, other)| {
                    self.family.has_own_prefix(other) && self.family.own_prefix(&other.key) == Some(prefix)
                })
            })
        };
        !reference.weak && (!reference.own_prefix || reference.keys.iter().any(|key| has_prefix(key)))
    }

    /// Returns whether a heading in the documents of the set begins with an ID: `### 5.1 Safety`.
    pub fn is_in_heading(&self, index: &Index, id: &str) -> bool {
        let entries = self.documents.iter().filter_map(|document| index.get(&document.path));
        entries.flat_map(|entry| &entry.summary.headings).any(|heading| {
            let word = heading.text.split_whitespace().next().unwrap_or_default();
            word.trim_end_matches(['.', ':', ')']).eq_ignore_ascii_case(id)
        })
    }

    /// Returns the requirement at a place.
    pub fn requirement(&self, place: SetPosition) -> &Requirement {
        &self.documents[place.document].facts.requirements[place.index]
    }

    /// Returns the task at a place.
    pub fn task(&self, place: SetPosition) -> &SetTask {
        &self.documents[place.document].facts.tasks[place.index]
    }

    /// Returns the state of the task at a place. A plan without checkboxes is done if its report exists.
    pub fn task_state(&self, place: SetPosition) -> State {
        if self.is_reported(place.document) { State::Done } else { self.task(place).state }
    }

    /// Returns all requirements, shared ones last.
    pub fn requirements(&self) -> impl Iterator<Item = (SetPosition, &Requirement)> {
        self.documents.iter().enumerate().flat_map(|(document, own)| {
            let requirements = own.facts.requirements.iter().enumerate();
            requirements.map(move |(index, requirement)| (SetPosition { document, index }, requirement))
        })
    }

    /// Returns all references with the indices of their documents.
    pub fn references(&self) -> impl Iterator<Item = (usize, &RequirementReference)> {
        let documents = self.documents.iter().enumerate();
        documents.flat_map(|(document, own)| {
            own.facts.references.iter().map(move |reference| (document, reference))
        })
    }

    /// Returns the children of a requirement.
    pub fn children(&self, place: SetPosition) -> impl Iterator<Item = SetPosition> {
        let requirements = self.documents[place.document].facts.requirements.iter().enumerate();
        let own = requirements.filter(move |(_, other)| other.parent == Some(place.index as u32));
        own.map(move |(index, _)| SetPosition { document: place.document, index })
    }

    /// Returns the path of a document relative to the project.
    pub fn relative<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&*self.project).map_or(path, |rest| rest.trim_start_matches('/'))
    }

    /// Returns the path of a document relative to the set's folder, or to the project if the set is not a folder.
    pub(crate) fn name_in_set<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(&*self.name).filter(|rest| rest.starts_with('/')) {
            Some(rest) => rest.trim_start_matches('/'),
            None => self.relative(path),
        }
    }

    /// Returns the index of a document.
    pub fn document(&self, path: &str) -> Option<usize> {
        self.documents.iter().position(|document| *document.path == *path)
    }

    /// Returns whether a document with work has tasks or refers to requirements.
    pub(crate) fn has_tasks(&self) -> bool {
        self.documents.iter().any(|document| {
            document.facts.role.has_work()
                && (document.facts.progress.total > 0 || !document.facts.references.is_empty())
        })
    }

    /// Returns whether the set has a document with this role; shared documents are not considered.
    pub fn has_role(&self, role: DocumentRole) -> bool {
        self.documents.iter().any(|document| !document.shared && document.facts.role == role)
    }

    /// Returns the set in which the coverage of the requirement at a place is computed: the set of the project if the
    /// sets of the project share the requirement.
    fn covering(self, place: SetPosition, workspace: &Workspace<'_>, families: &Families) -> Self {
        let document = &self.documents[place.document];
        if !document.shared {
            return self;
        }
        Self::with(&document.facts, &document.path, workspace.index, families).unwrap_or(self)
    }

    /// Returns the progress of the documents with work, as `progress_of` computes it.
    pub fn progress(&self) -> Progress {
        let own =
            self.documents.iter().enumerate().filter(|(_, own)| !own.shared && own.facts.role.has_work());
        let counts = own.filter_map(|(index, _)| self.progress_of(index));
        counts.fold(Progress::default(), |sum, own| Progress {
            done: sum.done + own.done,
            total: sum.total + own.total,
        })
    }

    /// Returns the progress of the document with this index. In families with reports, tasks without a place for a state
    /// count too, and all tasks of a plan are done if its report exists. A plan without tasks is treated as one task,
    /// which is done if its report exists or if its status is done; `None` if neither can exist.
    fn progress_of(&self, document: usize) -> Option<Progress> {
        let facts = &self.documents[document].facts;
        let status = facts.stated.as_ref().and_then(|stated| stated.status.as_ref()?.state);
        let one = |is_done: bool| Progress { done: usize::from(is_done), total: 1 };
        let Progress { done, total } = facts.progress;
        let total = total + facts.stateless_tasks;
        match total {
            0 if self.family.has_reports() => Some(one(self.is_reported(document))),
            0 => status.map(|status| one(status == State::Done)),
            _ if self.is_reported(document) => Some(Progress { done: total, total }),
            _ => Some(Progress { done, total }),
        }
    }

    /// Returns whether the report of a plan exists and does not state that the plan was halted, in families in which a plan
    /// with a report is done.
    pub(crate) fn is_reported(&self, document: usize) -> bool {
        if !self.family.has_reports() {
            return false;
        }
        let path = &*self.documents[document].path;
        let Some(stem) = path.strip_suffix("-PLAN.md").or_else(|| path.strip_suffix("PLAN.md")) else {
            return false;
        };
        let separator = if path.ends_with("-PLAN.md") { "-" } else { "" };
        let Some(report) = self.document(&format!("{stem}{separator}SUMMARY.md")) else { return false };
        let status = self.documents[report].facts.stated.as_ref().and_then(|stated| stated.status.as_ref());
        !status.is_some_and(|status| status.text.to_lowercase().starts_with("halted"))
    }

    /// Returns the path of a document relative to the project.
    pub(crate) fn relative_path(&self, document: usize) -> &str {
        self.relative(&self.documents[document].path)
    }

    /// Returns the name of a document without its folder.
    pub(crate) fn file_name(&self, document: usize) -> &str {
        path::name(&self.documents[document].path)
    }
}
