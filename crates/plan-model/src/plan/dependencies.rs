//! The dependencies that a document states.

use std::{borrow::Borrow, sync::Arc};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_syntax::RangeExt;

use super::{
    Item, Plan, TextRange,
    name_index::NameIndex,
    resolver::{Dependency, DependencySource, Resolution, ResolvedName, Resolver},
};
use crate::{
    facts::{ItemKind, Relation, relation_of},
    id::Id,
    reference::{NameKind, Value, ValueClass},
};

/// A stated dependency with its ranges in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedDependency {
    /// Index of the dependent item; `None` for the document as a whole.
    pub dependent: Option<usize>,
    /// Relation of the dependent item to the named items.
    pub relation: Relation,
    /// Range of the value.
    pub range: TextRange,
    /// Class of the value.
    pub class: ValueClass,
    /// Whether the value consists of IDs only, so that an unknown ID is an error.
    pub strict: bool,
    /// Names in the value.
    pub names: Vec<ResolvedName>,
    /// Kind of the first name.
    kind: Option<NameKind>,
}

/// Looks up names in the other documents of the workspace.
pub trait Siblings {
    /// Returns the best match for an ID named in the document at `from`, as `path#id`. Items of documents in the same
    /// folder take precedence.
    fn find(&self, from: &str, id: &Id) -> Option<String>;
}

impl<'a> Item<'a> {
    /// Returns the dependencies of the item, wherever the document states them.
    pub fn located_dependencies(&self) -> impl Iterator<Item = LocatedDependency> + use<'a> {
        let plan = self.plan;
        plan.dependencies_of(self.index)
    }
}

impl LocatedDependency {
    /// Returns the IDs of the targets with their item indices, without duplicates.
    pub fn targets(&self) -> Vec<(&Id, Option<usize>)> {
        let mut seen = HashSet::new();
        let all = self.names.iter().flat_map(|name| &name.targets).map(|(id, item)| (id, *item));
        all.filter(|target| seen.insert(*target)).collect()
    }

    /// Returns the name of the dependency's class in output: `none`, `prose`, `placeholder`, `unresolved`, `task`,
    /// `phase-list`, `task-range` …
    pub fn class_name(&self) -> &'static str {
        let is_phase = self.kind == Some(NameKind::Phase);
        match self.class {
            ValueClass::Empty | ValueClass::None => "none",
            ValueClass::Prose => "prose",
            ValueClass::Placeholder => "placeholder",
            ValueClass::AllPrevious => "all-previous",
            ValueClass::All => "all",
            _ if self.names.iter().all(|name| name.targets.is_empty() && name.siblings.is_empty()) => {
                "unresolved"
            }
            ValueClass::Single if is_phase => "phase",
            ValueClass::Single => "task",
            ValueClass::List if is_phase => "phase-list",
            ValueClass::List => "task-list",
            ValueClass::Range if is_phase => "phase-range",
            ValueClass::Range => "task-range",
        }
    }
}

impl Plan {
    /// Returns all dependencies with their ranges, in document order.
    pub fn located_dependencies(&self) -> &[LocatedDependency] {
        let has_none = || {
            let in_text = self.segments.iter().any(|segment| !segment.facts.references.is_empty());
            !in_text && self.front_matter().iter().all(|entry| relation_of(entry.meaning).is_none())
        };
        self.located_dependencies.get_or_init(|| {
            if has_none() {
                Vec::new()
            } else {
                self.dependencies().iter().map(|dependency| self.locate(dependency)).collect()
            }
        })
    }

    fn locate(&self, dependency: &Dependency) -> LocatedDependency {
        let (range, value) = self.value_of(dependency);
        let names = dependency.names.iter().enumerate().map(|(index, target)| ResolvedName {
            range: name_range(&range, value, index),
            target: Arc::clone(target),
        });
        LocatedDependency {
            dependent: dependency.dependent,
            relation: dependency.relation,
            names: names.collect(),
            range: range.clone(),
            class: dependency.class,
            strict: dependency.strict,
            kind: dependency.kind,
        }
    }

    /// Returns the dependencies whose value touches a range, in document order. Computes only their ranges.
    pub fn located_dependencies_in(&self, within: &TextRange) -> impl Iterator<Item = LocatedDependency> {
        let touches = |range: TextRange| range.touches(within);
        let touched =
            self.dependencies().iter().filter(move |dependency| touches(self.value_of(dependency).0));
        touched.map(|dependency| self.locate(dependency))
    }

    /// Returns all dependencies without their ranges, in document order. They are cached with the structure, so they
    /// are not computed again for each version.
    pub fn dependencies(&self) -> &[Dependency] {
        self.structure.dependencies.get_or_init(|| Resolver::new(self).run())
    }

    /// Returns the range of a dependency's value, and the value if the names have ranges in it.
    fn value_of(&self, dependency: &Dependency) -> (TextRange, Option<&Value>) {
        match dependency.source {
            DependencySource::FrontMatter(entry) => (self.front_matter()[entry as usize].value.clone(), None),
            DependencySource::Reference { segment, reference } => {
                let segment = &self.segments[segment as usize];
                let reference = &segment.facts.references[reference as usize];
                (segment.range(&reference.span), Some(&reference.value).filter(|_| !dependency.spans_value))
            }
        }
    }

    /// Returns the range of a name of a dependency, both given by index, without computing other ranges.
    ///
    /// # Panics
    /// If `dependency` is out of bounds.
    pub fn name_range(&self, dependency: usize, name: usize) -> TextRange {
        let (range, value) = self.value_of(&self.dependencies()[dependency]);
        name_range(&range, value, name)
    }

    /// Returns the dependencies of an item.
    pub(crate) fn dependencies_of(&self, item: usize) -> impl Iterator<Item = LocatedDependency> {
        let all = self.dependencies();
        let sorted = self.structure.by_dependent.get_or_init(|| {
            let mut sorted: Vec<u32> =
                (0..all.len() as u32).filter(|index| all[*index as usize].dependent.is_some()).collect();
            sorted.sort_by_key(|index| all[*index as usize].dependent);
            sorted
        });
        let first = sorted.partition_point(|index| all[*index as usize].dependent < Some(item));
        let own = sorted[first..].iter().map(|index| &all[*index as usize]);
        own.take_while(move |dependency| dependency.dependent == Some(item))
            .map(|dependency| self.locate(dependency))
    }

    /// Returns the indices of the items that depend on an item, in document order. Only considers
    /// [`Relation::DependsOn`].
    pub fn dependents_of(&self, item: usize) -> Vec<usize> {
        let names_it = |dependency: &&Dependency| {
            let mut targets = dependency.names.iter().flat_map(|name| &name.targets);
            dependency.relation == Relation::DependsOn && targets.any(|(_, target)| *target == Some(item))
        };
        let mut dependents: Vec<usize> = self
            .dependencies()
            .iter()
            .filter(names_it)
            .filter_map(|dependency| dependency.dependent)
            .collect();
        dependents.sort_unstable();
        dependents.dedup();
        dependents
    }

    /// Like [`Plan::located_dependencies`], with unresolved names looked up in other documents. `path` is the path of
    /// this document.
    pub fn located_dependencies_with_siblings(
        &self,
        path: &str,
        siblings: &dyn Siblings,
    ) -> Vec<LocatedDependency> {
        let mut found = self.located_dependencies().to_vec();
        for dependency in &mut found {
            let references =
                dependency.names.iter_mut().filter(|name| name.resolution == Resolution::Unresolved);
            for name in references {
                let found: Box<[String]> = name.ids.iter().filter_map(|id| siblings.find(path, id)).collect();
                if !found.is_empty() {
                    let target = Arc::make_mut(&mut name.target);
                    (target.siblings, target.resolution) = (found, Resolution::SiblingFile);
                }
            }
        }
        found
    }

    /// Resolves the names of a value that is not a field or reference, such as the cell of a milestone. `base` is the
    /// offset of the value, `from` the index of the item that it belongs to.
    pub fn resolve(&self, value: &Value, base: usize, from: Option<usize>) -> Vec<ResolvedName> {
        Resolver::new(self).names(value, base, from)
    }

    /// Like [`Plan::resolve`] for several values, each with its `base` and `from`.
    pub fn resolve_all(
        &self,
        values: impl IntoIterator<Item = (impl Borrow<Value>, usize, Option<usize>)>,
    ) -> Vec<ResolvedName> {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return Vec::new();
        }
        let resolver = Resolver::new(self);
        values.flat_map(|(value, base, from)| resolver.names(value.borrow(), base, from)).collect()
    }

    /// Returns the indices of the items with an ID, in document order.
    pub fn items_with_id<'a>(&'a self, id: &'a Id) -> impl Iterator<Item = usize> + 'a {
        NameIndex::get(self).with_id(self, id.as_str())
    }

    /// Returns the index of the top section whose phases contain the most tasks. References outside of all phases are
    /// resolved in this section first.
    pub fn main_scope(&self) -> Option<usize> {
        // Task counts in document order. If the maximum occurs more than once, the first section is used.
        let mut tasks: Vec<(u32, u32)> = Vec::new();
        let mut indices: HashMap<u32, usize> = HashMap::new();
        for entry in self
            .structure
            .items
            .iter()
            .filter(|entry| entry.kind == ItemKind::Phase && entry.parent.is_none())
        {
            let Some(scope) = entry.scope else { continue };
            let count = entry.tasks.end - entry.tasks.start;
            let index = *indices.entry(scope).or_insert_with(|| {
                tasks.push((scope, 0));
                tasks.len() - 1
            });
            tasks[index].1 += count;
        }
        let max = tasks.iter().map(|(_, count)| *count).max()?;
        tasks.into_iter().find(|(_, count)| *count == max).map(|(scope, _)| scope as usize)
    }
}

/// Returns the range of the name with this index; the range of the whole value if the name has no range in it.
fn name_range(range: &TextRange, value: Option<&Value>, index: usize) -> TextRange {
    match value.and_then(|value| value.names.get(index)) {
        Some(name) => range.start + name.range.start..range.start + name.range.end,
        None => range.clone(),
    }
}
