//! Reads the requirements and references of a document in a document set.

use plan_model::{ItemKind, Plan, State};

use super::{
    DocumentPlace, DocumentRole, Families, Family,
    candidates::requirements,
    facts::{FamilyFacts, RequirementReference, TaskList},
    path_pattern::KeyForm,
    references::references,
    stated::StatedValues,
};

impl FamilyFacts {
    /// Reads the requirements and references of the document at a place. `None` for handbooks, templates and ignored
    /// documents.
    pub fn read(plan: &Plan, families: &Families, place: &DocumentPlace) -> Option<Self> {
        let family = families.all().get(place.family)?;
        if matches!(place.role, DocumentRole::Handbook | DocumentRole::Template | DocumentRole::Ignored) {
            return None;
        }
        let requirements = requirements(plan, family, place.role);
        let mut tasks = TaskList::new(plan, family.plan_number(&place.name));
        let set: Option<Box<str>> =
            linked_set(plan, families, place).or_else(|| place.set.clone()).map(Into::into);
        let set_of_link = |target: &str| {
            let path = target.split(['#', ' ']).next().filter(|path| !path.is_empty())?;
            let other = families.place(&joined(&place.folder, path))?.set?;
            let name = other.rsplit(['/', '#']).next().unwrap_or_default().to_lowercase();
            (set.as_deref() != Some(&other)).then(|| name.into())
        };
        let references = references(plan, family, place.role, &requirements, &mut tasks, &set_of_link);
        let is_own = |reference: &RequirementReference| {
            reference.qualifier.is_none() || set.as_ref().is_some_and(|set| reference.is_qualified_by(set))
        };
        let (references, foreign): (Vec<_>, Vec<_>) = references.into_iter().partition(is_own);
        Some(Self {
            family: place.family,
            project: place.project.as_str().into(),
            set,
            has_shared_documents: !family.shared.is_empty(),
            role: place.role,
            archived: place.archived,
            requirements: requirements.into(),
            references: references.into(),
            foreign: foreign.into(),
            tasks: tasks.into_tasks(),
            progress: plan.progress(),
            stateless_tasks: stateless_tasks(plan, family, place.role),
            started: plan.items().any(|item| item.state() == Some(State::Done)),
            stated: StatedValues::read(plan, family).map(Box::new),
        })
    }
}

/// Returns the number of tasks without a place for a state, such as `<task>` elements, in families in which a report
/// states that they are done.
fn stateless_tasks(plan: &Plan, family: &Family, role: DocumentRole) -> usize {
    if !family.has_reports() || !role.has_work() {
        return 0;
    }
    let tasks = plan.items().filter(|item| item.kind() == ItemKind::Task && !item.is_heading());
    tasks.filter(|item| item.state().is_none() && item.progress().total == 0).count()
}

/// Returns the set of another document of the family that is linked in the header of a plan: `**Spec:**
/// ../specs/2026-02-03-export.md`. Documents whose names have the number of the set need no link.
fn linked_set(plan: &Plan, families: &Families, place: &DocumentPlace) -> Option<String> {
    let family = families.all().get(place.family)?;
    if family.set_files.is_empty() || family.key != KeyForm::Text || !place.role.has_work() {
        return None;
    }
    plan.header_paths().iter().find_map(|path| {
        let mut places = [&place.folder, &place.project].into_iter().filter_map(|folder| {
            families
                .place(&joined(folder, path))
                .filter(|other| other.family == place.family && other.project == place.project)
        });
        let other = places.find(|other| other.set.is_some() && other.role != place.role)?;
        other.set
    })
}

/// Resolves a path relative to a folder.
fn joined(folder: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
