//! Who depends on whom, as the document says it.

use std::{borrow::Borrow, ops::Deref, sync::Arc};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use smallvec::SmallVec;

use super::{
    Place, Plan,
    resolver::{Resolver, Said, Written},
};
use crate::{
    facts::{ItemKind, Relation, relation_of},
    id::Id,
    reference::{Class, Name, Target, Value},
};

/// Something that the document says of what depends on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Index of the item that depends; nothing where the document as a whole does.
    pub owner: Option<usize>,
    /// How.
    pub relation: Relation,
    /// The value as written.
    pub range: Place,
    /// What the value is, by its form.
    pub class: Class,
    /// Whether ids are all that the value holds, so that one that nobody knows is a mistake.
    pub strict: bool,
    /// What it names.
    pub names: Vec<Resolved>,
    /// Phases or tasks: what most of it names.
    target: Option<Target>,
}

/// A name in a value, with what it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The name in the text, with its word.
    pub range: Place,
    pub(super) meant: Arc<Meant>,
}

impl Deref for Resolved {
    type Target = Meant;

    fn deref(&self) -> &Meant {
        &self.meant
    }
}

/// What a name leads to, wherever it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    /// The id as written, normalised; for a range its ends.
    pub ids: SmallVec<[Id; 1]>,
    /// The ids that it leads to, with the items' indices; a section with that number is no item.
    pub targets: Targets,
    /// Where it was found.
    pub reach: Reach,
    /// What it leads to in other documents, `path#id`.
    pub siblings: Box<[String]>,
}

/// Ids with the indices of their items. Most names lead to one.
pub(super) type Targets = SmallVec<[(Id, Option<usize>); 1]>;

impl Meant {
    /// What leads to nothing in this document.
    pub(super) fn nowhere(name: &Name) -> Self {
        let (targets, siblings) = (Targets::new(), Box::default());
        Self { ids: name.ids(), targets, reach: Reach::Nowhere, siblings }
    }
}

/// Other documents of the workspace, which a name is looked up in when this one does not know it.
pub trait Siblings {
    /// The item with this id that a person would mean in the document at `from`, as `path#id`: one in the same folder
    /// first.
    fn find(&self, from: &str, id: &Id) -> Option<String>;
}

/// How far one had to look for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// An item of the same phase or top section.
    Near,
    /// An item of another top section.
    Document,
    /// A section with that number.
    Section,
    /// An item of another document.
    Sibling,
    /// Nowhere in this document.
    Nowhere,
    /// One end of a range only.
    HalfRange,
}

impl Dependency {
    /// The ids that it leads to, with the items' indices, each once.
    pub fn targets(&self) -> Vec<(&Id, Option<usize>)> {
        let mut seen = HashSet::new();
        let all = self.names.iter().flat_map(|name| &name.targets).map(|(id, item)| (id, *item));
        all.filter(|target| seen.insert(*target)).collect()
    }

    /// Its class in outputs: `none`, `prose`, `placeholder`, `unresolved`, `task`, `phase-list`, `task-range` …
    pub fn class_name(&self) -> &'static str {
        let phases = self.target == Some(Target::Phase);
        match self.class {
            Class::Empty | Class::None => "none",
            Class::Prose => "prose",
            Class::Placeholder => "placeholder",
            Class::AllPrevious => "all-previous",
            Class::All => "all",
            _ if self.names.iter().all(|name| name.targets.is_empty() && name.siblings.is_empty()) => {
                "unresolved"
            }
            Class::Single if phases => "phase",
            Class::Single => "task",
            Class::List if phases => "phase-list",
            Class::List => "task-list",
            Class::Range if phases => "phase-range",
            Class::Range => "task-range",
        }
    }
}

impl Plan {
    /// All that the document says of dependencies, in document order.
    pub fn dependencies(&self) -> &[Dependency] {
        let nothing_said = || {
            let in_text = self.pieces.iter().any(|piece| !piece.facts.references.is_empty());
            !in_text && self.front_matter.iter().all(|entry| relation_of(entry.meaning).is_none())
        };
        self.dependencies.get_or_init(|| {
            if nothing_said() {
                Vec::new()
            } else {
                self.said().iter().map(|said| self.dependency(said)).collect()
            }
        })
    }

    fn dependency(&self, said: &Said) -> Dependency {
        let (range, value) = self.written_at(said);
        let names = said.names.iter().enumerate().map(|(number, meant)| Resolved {
            range: named(&range, value, number),
            meant: Arc::clone(meant),
        });
        Dependency {
            owner: said.owner,
            relation: said.relation,
            names: names.collect(),
            range: range.clone(),
            class: said.class,
            strict: said.strict,
            target: said.target,
        }
    }

    /// Those whose value touches a range, in document order: others are not worked out.
    pub fn dependencies_in(&self, within: &Place) -> impl Iterator<Item = Dependency> {
        let touches = |place: Place| place.start <= within.end && within.start <= place.end;
        let said = self.said().iter().filter(move |said| touches(self.written_at(said).0));
        said.map(|said| self.dependency(said))
    }

    /// What [`Plan::dependencies`] says without places, which is all that most want to know: it is not worked out again for
    /// each version.
    pub fn said(&self) -> &[Said] {
        self.shape.said.get_or_init(|| Resolver::new(self).run())
    }

    /// Where something is said, and the value that has its names.
    fn written_at(&self, said: &Said) -> (Place, Option<&Value>) {
        match said.written {
            Written::FrontMatter(entry) => (self.front_matter[entry as usize].value.clone(), None),
            Written::Reference { piece, reference } => {
                let piece = &self.pieces[piece as usize];
                let reference = &piece.facts.references[reference as usize];
                (piece.range(&reference.span), Some(&reference.value).filter(|_| !said.whole))
            }
        }
    }

    /// The place of a name in a dependency, both by their indices, without those of all the others.
    ///
    /// # Panics
    /// Where there is no such dependency.
    pub fn place_of_name(&self, dependency: usize, name: usize) -> Place {
        let (range, value) = self.written_at(&self.said()[dependency]);
        named(&range, value, name)
    }

    /// What the document says of what an item depends on.
    pub(crate) fn dependencies_of(&self, item: usize) -> impl Iterator<Item = Dependency> {
        let all = self.said();
        let sorted = self.shape.by_owner.get_or_init(|| {
            let mut owned: Vec<u32> =
                (0..all.len() as u32).filter(|index| all[*index as usize].owner.is_some()).collect();
            owned.sort_by_key(|index| all[*index as usize].owner);
            owned
        });
        let first = sorted.partition_point(|index| all[*index as usize].owner < Some(item));
        let own = sorted[first..].iter().map(|index| &all[*index as usize]);
        own.take_while(move |said| said.owner == Some(item)).map(|said| self.dependency(said))
    }

    /// The items that say of themselves that they depend on an item, by their indices, in document order.
    pub fn dependents_of(&self, item: usize) -> Vec<usize> {
        let names_it = |said: &&Said| {
            let mut targets = said.names.iter().flat_map(|name| &name.targets);
            said.relation == Relation::DependsOn && targets.any(|(_, target)| *target == Some(item))
        };
        let mut owners: Vec<usize> =
            self.said().iter().filter(names_it).filter_map(|said| said.owner).collect();
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// The same, with names that the document does not know looked up in others. `path` is the document's own.
    pub fn dependencies_among(&self, path: &str, siblings: &dyn Siblings) -> Vec<Dependency> {
        let mut found = self.dependencies().to_vec();
        for dependency in &mut found {
            let references = dependency.names.iter_mut().filter(|name| name.reach == Reach::Nowhere);
            for name in references {
                let found: Box<[String]> = name.ids.iter().filter_map(|id| siblings.find(path, id)).collect();
                if !found.is_empty() {
                    let meant = Arc::make_mut(&mut name.meant);
                    (meant.siblings, meant.reach) = (found, Reach::Sibling);
                }
            }
        }
        found
    }

    /// The items that a name in `value` leads to, seen from an item: for values that are read elsewhere, such as a
    /// milestone's cell.
    /// `base` is the byte that the value starts at.
    pub fn resolve(&self, value: &Value, base: usize, from: Option<usize>) -> Vec<Resolved> {
        Resolver::new(self).names(value, base, from)
    }

    /// The same for many values at once, each with its base and the item that it is seen from.
    pub fn resolve_all(
        &self,
        values: impl IntoIterator<Item = (impl Borrow<Value>, usize, Option<usize>)>,
    ) -> Vec<Resolved> {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return Vec::new();
        }
        let resolver = Resolver::new(self);
        values.flat_map(|(value, base, from)| resolver.names(value.borrow(), base, from)).collect()
    }

    /// The top section whose phases hold the most tasks: what references from outside any list of phases mean.
    pub fn main_scope(&self) -> Option<usize> {
        // In the order in which they come: of two with as many the first counts.
        let mut tasks: Vec<(u32, u32)> = Vec::new();
        let mut places: HashMap<u32, usize> = HashMap::new();
        for entry in
            self.shape.items.iter().filter(|entry| entry.kind == ItemKind::Phase && entry.parent.is_none())
        {
            let Some(scope) = entry.scope else { continue };
            let count = entry.tasks.end - entry.tasks.start;
            let place = *places.entry(scope).or_insert_with(|| {
                tasks.push((scope, 0));
                tasks.len() - 1
            });
            tasks[place].1 += count;
        }
        let most = tasks.iter().map(|(_, count)| *count).max()?;
        tasks.into_iter().find(|(_, count)| *count == most).map(|(scope, _)| scope as usize)
    }
}

/// The place of a name in a value: of one that is no part of it, all of the value.
fn named(range: &Place, value: Option<&Value>, number: usize) -> Place {
    match value.and_then(|value| value.names.get(number)) {
        Some(name) => range.start + name.range.start..range.start + name.range.end,
        None => range.clone(),
    }
}
