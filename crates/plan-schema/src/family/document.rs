//! Reads the requirements and references of a document of a set.

use plan_model::{Plan, State};

use super::{
    DocumentRole, Families, Place,
    candidates::requirements,
    facts::{FamilyFacts, TaskList},
    references::references,
};

impl FamilyFacts {
    /// Reads the document at a place.
    pub fn read(plan: &Plan, families: &Families, place: &Place) -> Option<Self> {
        let family = families.all().get(place.family)?;
        if matches!(place.role, DocumentRole::Handbook | DocumentRole::Template | DocumentRole::Ignored) {
            return None;
        }
        let requirements = requirements(plan, family, place.role);
        let mut tasks = TaskList::new(plan);
        let references = references(plan, family, place.role, &requirements, &mut tasks);
        Some(Self {
            family: place.family,
            project: place.project.as_str().into(),
            set: place.set.as_deref().map(Into::into),
            has_shared_documents: !family.shared.is_empty(),
            role: place.role,
            archived: place.archived,
            requirements: requirements.into(),
            references: references.into(),
            tasks: tasks.into_tasks(),
            progress: plan.progress(),
            started: plan.items().any(|item| item.state() == Some(State::Done)),
        })
    }
}
