//! References to requirements of other sets: `016-search/FR-001`.

use plan_schema::family::{FamilyFacts, RequirementReference};

use super::{DocumentSet, at_offset::AtOffset};
use crate::{File, Index};

impl DocumentSet {
    /// Returns the set in which a requirement or reference of a file is resolved: the set of the file, or the one that
    /// the reference names. `None` if no set or several sets of the project have that name.
    pub(super) fn of_target(file: &File, index: &Index, found: &AtOffset<'_>) -> Option<Self> {
        let AtOffset::Reference(reference) = found else { return Self::of(file, index) };
        let facts = file.family_facts()?;
        let is_own = facts.set.as_ref().is_some_and(|set| reference.is_qualified_by(set));
        if reference.qualifier.is_none() || is_own {
            return Self::of(file, index);
        }
        let is_named =
            |other: &FamilyFacts| other.set.as_ref().is_some_and(|set| reference.is_qualified_by(set));
        let mut named = index.documents_of_project(facts).filter(|(_, other)| is_named(other));
        let (path, first) = named.next()?;
        if named.any(|(_, other)| other.set != first.set) {
            return None;
        }
        let set = Self::with(first, path, index, &file.environment().families)?;
        set.is_proven(index).then_some(set)
    }
}

/// The documents in which a requirement is defined and named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequirementScope {
    /// All documents of the project.
    Project,
    /// The documents of this set and shared ones, and references elsewhere that name the set.
    Set(Box<str>),
}

impl RequirementScope {
    /// Returns whether a document with these facts can define requirements of the scope, or refer to them without the
    /// name of the set.
    pub fn contains(&self, facts: &FamilyFacts) -> bool {
        match self {
            Self::Project => true,
            Self::Set(set) => facts.set.as_ref().is_none_or(|own| own == set),
        }
    }

    /// Returns the references of a document that are resolved in the scope.
    pub fn references<'a>(
        &'a self,
        facts: &'a FamilyFacts,
    ) -> impl Iterator<Item = &'a RequirementReference> {
        let own = facts.references.iter().filter(|_| self.contains(facts));
        let foreign = facts.foreign.iter().filter(move |reference| match self {
            Self::Project => false,
            Self::Set(set) => reference.is_qualified_by(set),
        });
        own.chain(foreign)
    }
}
