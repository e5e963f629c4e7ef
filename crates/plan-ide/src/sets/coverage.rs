//! Coverage: the tasks that refer to each requirement of a set, and their states. It is always computed, never stored.

use std::collections::{BTreeMap, BTreeSet};

use plan_model::State;
use plan_schema::family::CoveredBy;

use super::{DocumentSet, SetPosition};

/// State of the tasks of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoverageState {
    /// No task refers to the requirement.
    NotReferenced,
    /// No task has started.
    Open,
    /// At least one task has started, but not all tasks are done.
    Active,
    /// All tasks are done.
    Done,
}

impl CoverageState {
    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotReferenced => "not_referenced",
            Self::Open => "open",
            Self::Active => "active",
            Self::Done => "done",
        }
    }

    /// Returns the name in sentences.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotReferenced => "not referenced",
            state => state.name(),
        }
    }
}

/// A requirement with its tasks.
#[derive(Clone, Debug)]
pub struct CoveredRequirement {
    /// Position of the requirement in the set.
    pub place: SetPosition,
    /// Tasks that refer to the requirement, its criteria or its parent, in document order, except cancelled tasks.
    pub tasks: Vec<SetPosition>,
    /// State of the tasks.
    pub state: CoverageState,
    /// Whether tasks must refer to the requirement: it is neither an outcome nor deferred nor covered by its
    /// criteria.
    pub counted: bool,
}

/// Coverage of a kind of requirements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCoverage {
    /// Index of the kind in the family.
    pub kind: usize,
    /// Name of the kind, see [`Family::kind_name`](plan_schema::family::Family::kind_name).
    pub name: Box<str>,
    /// Number of requirements that are not deferred.
    pub total: usize,
    /// Number of requirements that a task refers to.
    pub referenced: usize,
    /// Number of requirements in the state `done`.
    pub done: usize,
    /// Number of requirements in the state `active`.
    pub active: usize,
    /// Number of requirements in the state `open`.
    pub open: usize,
}

impl KindCoverage {
    /// Returns whether at least this share of the requirements is referenced.
    pub fn has_enough_references(&self, gate: f64) -> bool {
        self.referenced > 0 && self.referenced as f64 >= gate * self.total as f64
    }
}

/// Coverage of a set.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// Requirements of the set itself, without shared ones, in the order of the documents.
    pub requirements: Vec<CoveredRequirement>,
    /// Totals by kind, in the order of the profile.
    pub kinds: Vec<KindCoverage>,
    /// Whether a task refers to all requirements at once.
    pub names_all: bool,
}

impl Coverage {
    /// Computes the coverage of a set.
    pub fn of(set: &DocumentSet) -> Self {
        let mut direct: BTreeMap<SetPosition, BTreeSet<SetPosition>> = BTreeMap::new();
        let mut all: BTreeSet<SetPosition> = BTreeSet::new();
        for (document, reference) in set.references() {
            if !set.documents[document].facts.role.has_work() {
                continue;
            }
            let tasks = reference.tasks.iter().map(|task| SetPosition { document, index: *task as usize });
            let tasks: Vec<SetPosition> =
                tasks.filter(|task| set.task(*task).state != State::Cancelled).collect();
            if reference.all {
                all.extend(&tasks);
            }
            for place in set.named_by(reference) {
                direct.entry(place).or_default().extend(&tasks);
            }
        }
        let none = BTreeSet::new();
        let direct_of = |place: SetPosition| direct.get(&place).unwrap_or(&none);
        let mut children: BTreeMap<SetPosition, Vec<SetPosition>> = BTreeMap::new();
        for (place, requirement) in set.requirements() {
            if let Some(parent) = requirement.parent {
                children.entry(SetPosition { index: parent as usize, ..place }).or_default().push(place);
            }
        }
        let mut requirements = Vec::new();
        let is_project = set.name == set.project;
        for (place, requirement) in set.requirements() {
            let document = &set.documents[place.document];
            // The requirements of a set are part of its own coverage.
            if document.shared || is_project && document.facts.set.is_some() {
                continue;
            }
            let mut tasks = direct_of(place).clone();
            for child in children.get(&place).into_iter().flatten() {
                tasks.extend(direct_of(*child));
            }
            if let Some(parent) = requirement.parent {
                tasks.extend(direct_of(SetPosition { index: parent as usize, ..place }));
            }
            let covered_by = set.family.kinds[usize::from(requirement.kind)].covered_by;
            if covered_by != CoveredBy::None {
                tasks.extend(&all);
            }
            let tasks: Vec<SetPosition> = tasks.into_iter().collect();
            requirements.push(CoveredRequirement {
                place,
                state: state_of(set, &tasks),
                tasks,
                counted: covered_by == CoveredBy::Tasks && !requirement.exempt,
            });
        }
        let mut kinds: Vec<KindCoverage> = Vec::new();
        for covered in &requirements {
            let requirement = set.requirement(covered.place);
            if requirement.exempt {
                continue;
            }
            let (kind, name) = (usize::from(requirement.kind), set.family.kind_name(requirement));
            let at = kinds.iter().position(|totals| totals.kind == kind && *totals.name == *name);
            let at = at.unwrap_or_else(|| {
                kinds.push(KindCoverage { kind, name: name.into(), ..KindCoverage::default() });
                kinds.len() - 1
            });
            let totals = &mut kinds[at];
            totals.total += 1;
            totals.referenced += usize::from(covered.state != CoverageState::NotReferenced);
            totals.done += usize::from(covered.state == CoverageState::Done);
            totals.active += usize::from(covered.state == CoverageState::Active);
            totals.open += usize::from(covered.state == CoverageState::Open);
        }
        kinds.sort_by_key(|totals| totals.kind);
        Self { requirements, kinds, names_all: !all.is_empty() }
    }

    /// Returns the coverage of a requirement.
    pub fn get(&self, place: SetPosition) -> Option<&CoveredRequirement> {
        let found = self.requirements.binary_search_by_key(&place, |covered| covered.place);
        found.ok().map(|at| &self.requirements[at])
    }

    /// Returns the number of referenced requirements, and the number of requirements that tasks must refer to.
    pub fn counted_requirements(&self) -> (usize, usize) {
        let counted = self.requirements.iter().filter(|covered| covered.counted);
        let referenced = counted.clone().filter(|covered| covered.state != CoverageState::NotReferenced);
        (referenced.count(), counted.count())
    }

    /// Returns the counts of [`Coverage::counted_requirements`], limited to the kinds of requirements for which
    /// [`Coverage::has_enough_references`] is true.
    pub fn counted_requirements_with_gate(&self, set: &DocumentSet) -> (usize, usize) {
        let counted = self
            .requirements
            .iter()
            .filter(|covered| covered.counted && self.has_enough_references(set, covered.place));
        let referenced = counted.clone().filter(|covered| covered.state != CoverageState::NotReferenced);
        (referenced.count(), counted.count())
    }

    /// Returns whether enough requirements of the same kind are referenced to conclude that the others were forgotten.
    pub fn has_enough_references(&self, set: &DocumentSet, place: SetPosition) -> bool {
        let requirement = set.requirement(place);
        let (kind, name) = (usize::from(requirement.kind), set.family.kind_name(requirement));
        let totals = self.kinds.iter().find(|totals| totals.kind == kind && *totals.name == *name);
        totals.is_some_and(|totals| totals.has_enough_references(set.family.coverage_threshold))
    }

    /// Returns whether at least one kind of requirements reaches the coverage threshold of the family.
    pub fn any_kind_has_enough_references(&self, set: &DocumentSet) -> bool {
        self.kinds.iter().any(|totals| {
            set.family.kinds[totals.kind].covered_by == CoveredBy::Tasks
                && totals.has_enough_references(set.family.coverage_threshold)
        })
    }
}

fn state_of(set: &DocumentSet, tasks: &[SetPosition]) -> CoverageState {
    let state = |task: &SetPosition| set.task_state(*task);
    match () {
        () if tasks.is_empty() => CoverageState::NotReferenced,
        () if tasks.iter().all(|task| state(task) == State::Done) => CoverageState::Done,
        () if tasks.iter().any(|task| matches!(state(task), State::Done | State::Active)) => {
            CoverageState::Active
        }
        () => CoverageState::Open,
    }
}
