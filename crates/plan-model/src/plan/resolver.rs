//! Resolving references to the items of the document.

use std::{cell::Cell, sync::Arc};

use foldhash::{HashMap, HashMapExt};
use smallvec::SmallVec;

use super::{
    Item, Meant, Plan, Reach, Resolved, Source,
    dependencies::Targets,
    names::{Key, NAMESAKES, Names, key},
};
use crate::{
    facts::{ItemKind, Owner, ReferenceFact, Relation, relation_of},
    id::Id,
    reference::{self, Class, Name, Target, Value},
    role::Role,
};

/// Ranges lead to so many items altogether, in one document; further ones to none. `1-9999` on each line of a long plan
/// would be more than fits into memory.
const IN_RANGES: usize = 200_000;

/// A [`Dependency`](super::Dependency) without the places where a version of the document has it: as long as only words
/// change, those of the next version are the same.
#[derive(Debug)]
pub struct Said {
    /// Index of the item that depends; nothing where the document as a whole does.
    pub owner: Option<usize>,
    /// How.
    pub relation: Relation,
    pub(super) written: Written,
    /// What the value is, by its form.
    pub class: Class,
    /// Whether ids are all that the value holds, so that one that nobody knows is a mistake.
    pub strict: bool,
    /// What the names of the value lead to, in order.
    pub names: SmallVec<[Arc<Meant>; 2]>,
    /// There is one name only, which the whole value is.
    pub(super) whole: bool,
    pub(super) target: Option<Target>,
}

impl Said {
    /// The items that it leads to, by their indices, those that it names twice twice.
    pub fn items(&self) -> impl Iterator<Item = usize> {
        self.names.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item)
    }
}

/// Where something of dependencies is said.
#[derive(Clone, Copy, Debug)]
pub(super) enum Written {
    /// In an entry of the front matter, by index.
    FrontMatter(u32),
    /// In a reference of a segment, by indices.
    Reference { piece: u32, reference: u32 },
}

/// Looks names up among the items and sections of a plan.
pub(super) struct Resolver<'a> {
    plan: &'a Plan,
    known: &'a Names,
    /// How many more items ranges may lead to.
    left: Cell<usize>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let known = plan.shape.names.get_or_init(|| Names::of(plan));
        Self { plan, known, left: Cell::new(IN_RANGES) }
    }

    pub(super) fn run(&self) -> Vec<Said> {
        let plan = self.plan;
        let mut holder_of: HashMap<(u32, u32), Option<usize>> = HashMap::new();
        for section in &plan.shape.sections {
            let mut above = Some(section);
            let holder = std::iter::from_fn(|| {
                let here = above?;
                above = here.parent.map(|parent| &plan.shape.sections[parent as usize]);
                Some(here)
            })
            .find_map(|section| section.item);
            holder_of.insert((section.piece, section.heading), holder.map(|item| item as usize));
        }
        // The first item that is the same as a task of the front matter.
        let mut of_front_matter: HashMap<u32, usize> = HashMap::new();
        for (index, entry) in plan.shape.items.iter().enumerate() {
            if let Some(task) = entry.front_matter {
                of_front_matter.entry(task).or_insert(index);
            }
        }
        let mut found = self.front_matter();
        let mut items = plan.shape.items.iter().enumerate().peekable();
        // Where the items among the facts of a piece stand in the plan.
        let mut placed: Vec<Option<usize>> = Vec::new();
        for (number, piece) in plan.pieces.iter().enumerate() {
            let number = number as u32;
            placed.clear();
            placed.resize(piece.facts.items.len(), None);
            while let Some((index, entry)) = items.next_if(|(_, entry)| entry.piece == number) {
                if let Source::Item(item) = entry.source {
                    placed[item as usize] = Some(index);
                }
            }
            for (at, reference) in piece.facts.references.iter().enumerate() {
                let written = Written::Reference { piece: number, reference: at as u32 };
                if let Some(subject) = &reference.subject {
                    let heading = piece
                        .facts
                        .headings
                        .iter()
                        .rposition(|heading| heading.span.start <= reference.span.start);
                    let around = heading
                        .and_then(|heading| holder_of.get(&(number, heading as u32)).copied().flatten());
                    let subjects: Vec<Meant> =
                        subject.names.iter().map(|name| self.name(name, around)).collect();
                    for owner in subjects.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item)
                    {
                        found.push(self.dependency(reference, written, Some(owner)));
                    }
                    continue;
                }
                let owner = match reference.owner {
                    Owner::Item(item) => {
                        let mut item = Some(item);
                        std::iter::from_fn(|| {
                            let here = item?;
                            item = piece.facts.items[here as usize].parent;
                            Some(here)
                        })
                        .find_map(|item| placed[item as usize])
                    }
                    Owner::Heading(heading) => holder_of.get(&(number, heading)).copied().flatten(),
                    Owner::Text => None,
                };
                // A task of the front matter that the body has too is the body's.
                let owner = owner.or_else(|| match reference.owner {
                    Owner::Item(item) if piece.segment.is_prologue() => of_front_matter.get(&item).copied(),
                    _ => None,
                });
                found.push(self.dependency(reference, written, owner));
            }
        }
        // In document order; the front matter is the first piece.
        found.sort_by_key(|said| match said.written {
            Written::FrontMatter(entry) => (0, plan.front_matter[entry as usize].value.start),
            Written::Reference { piece, reference } => {
                (piece, plan.pieces[piece as usize].facts.references[reference as usize].span.start as usize)
            }
        });
        found
    }

    /// What the front matter says of the document as a whole.
    fn front_matter(&self) -> Vec<Said> {
        let entries = self.plan.front_matter.iter().enumerate();
        let entries = entries.filter_map(|(at, entry)| Some((at, entry, relation_of(entry.meaning)?)));
        let said = entries.map(|(at, entry, relation)| {
            let value = reference::read(if entry.text.is_empty() { "[]" } else { &entry.text });
            Said {
                owner: None,
                relation,
                written: Written::FrontMatter(at as u32),
                class: value.class,
                strict: value.strict,
                target: value.names.first().map(|name| self.kind(name, None)),
                names: value.names.iter().map(|name| Arc::new(self.name(name, None))).collect(),
                whole: true,
            }
        });
        said.collect()
    }

    fn dependency(&self, reference: &ReferenceFact, written: Written, owner: Option<usize>) -> Said {
        let value = &reference.value;
        let whole = matches!(value.class, Class::All | Class::AllPrevious)
            && reference.relation != Relation::Requirement;
        let names = match value.class {
            // Requirements have numbers like tasks, in a document of their own.
            _ if reference.relation == Relation::Requirement => {
                value.names.iter().map(|name| Arc::new(Meant::nowhere(name))).collect()
            }
            Class::All | Class::AllPrevious => {
                let targets = owner.map(|owner| self.all_before(owner, value.all)).unwrap_or_default();
                let (ids, siblings) = (SmallVec::new(), Box::default());
                SmallVec::from_iter([Arc::new(Meant { ids, targets, reach: Reach::Near, siblings })])
            }
            _ => value.names.iter().map(|name| Arc::new(self.name(name, owner))).collect(),
        };
        Said {
            owner,
            relation: reference.relation,
            written,
            class: value.class,
            strict: value.strict,
            names,
            whole,
            target: value.names.first().map(|name| self.kind(name, owner)),
        }
    }

    /// What `All previous tasks` means for an item: what stands before it in its list, of its own kind unless another is
    /// said.
    fn all_before(&self, owner: usize, what: Option<Target>) -> Targets {
        let Some(item) = self.plan.item(owner) else { return Targets::new() };
        let kind = match what {
            Some(Target::Phase) => ItemKind::Phase,
            Some(_) => ItemKind::Task,
            None => item.kind(),
        };
        let scope = self.plan.shape.items[owner].scope;
        let before = (0..owner).filter_map(|index| self.plan.item(index));
        before
            .filter(|other| other.kind() == kind && other.role() == Role::Work)
            .filter(|other| self.plan.shape.items[other.index()].scope == scope)
            .filter(|other| Some(other.index()) != item.parent())
            .filter_map(|other| Some((other.id()?.clone(), Some(other.index()))))
            .collect()
    }

    pub(super) fn names(&self, value: &Value, base: usize, from: Option<usize>) -> Vec<Resolved> {
        let place = |name: &Name| base + name.range.start..base + name.range.end;
        let names = value.names.iter();
        names.map(|name| Resolved { range: place(name), meant: Arc::new(self.name(name, from)) }).collect()
    }

    fn name(&self, name: &Name, from: Option<usize>) -> Meant {
        if name.target == Target::Document {
            return Meant::nowhere(name);
        }
        let Some(last) = &name.last else {
            let (targets, reach) = match self.one(name, &name.first, from) {
                Some((target, reach)) => (Targets::from([target]), reach),
                None => self.lettered(&name.first, from),
            };
            return Meant { ids: name.ids(), targets, reach, siblings: Box::default() };
        };
        let ends = [self.one(name, &name.first, from), self.one(name, last, from)];
        let written = |end: &Option<((Id, Option<usize>), Reach)>, id: &Id| {
            end.as_ref().map_or_else(|| id.clone(), |((id, _), _)| id.clone())
        };
        let (first_id, last_id) = (written(&ends[0], &name.first), written(&ends[1], last));
        let (low, high) = (key(first_id.as_str()), key(last_id.as_str()));
        let between = self
            .known
            .starting_at(self.plan, &low)
            .take_while(|(here, _)| {
                here.letters == low.letters
                    && here.count == low.count
                    // `1.1-1.3` has 1.3a in it.
                    && here.numbers <= high.numbers
            })
            .filter(|(here, _)| {
                high.letter.is_empty() || here.numbers < high.numbers || here.letter <= high.letter
            })
            .map(|(_, id)| id)
            .take(self.left.get());
        let targets: Targets = between
            .filter_map(|id| {
                let (item, _) = self.item(id, from)?;
                Some((self.plan.item(item)?.id()?.clone(), Some(item)))
            })
            .collect();
        self.left.set(self.left.get().saturating_sub(targets.len()));
        let reach = match ends {
            _ if targets.is_empty() => Reach::Nowhere,
            [Some((_, first)), Some((_, last))] => {
                if first == Reach::Near && last == Reach::Near {
                    Reach::Near
                } else {
                    Reach::Document
                }
            }
            _ => Reach::HalfRange,
        };
        Meant { ids: name.ids(), targets, reach, siblings: Box::default() }
    }

    /// The parts of an item that is written in parts: `2.4` where there are 2.4a and 2.4b.
    fn lettered(&self, id: &Id, from: Option<usize>) -> (Targets, Reach) {
        let whole = key(id.as_str());
        let first = Key { letter: "", ..whole.clone() };
        let parts: Vec<&str> = self
            .known
            .starting_at(self.plan, &first)
            .take_while(|(part, _)| {
                !whole.numbers.is_empty() && part.letters == whole.letters && part.numbers == whole.numbers
            })
            .map(|(_, id)| id)
            .collect();
        let found: Vec<(usize, Reach)> = parts.iter().filter_map(|part| self.item(part, from)).collect();
        let Some((_, reach)) = found.first().copied() else { return (Targets::new(), Reach::Nowhere) };
        let targets =
            found.iter().filter_map(|(item, _)| Some((self.plan.item(*item)?.id()?.clone(), Some(*item))));
        (targets.collect(), reach)
    }

    /// What kind of item a name means here: a bare number is what the document's own items look like.
    fn kind(&self, name: &Name, from: Option<usize>) -> Target {
        if name.target != Target::Number {
            return name.target;
        }
        let from = from.and_then(|from| self.plan.item(from));
        let by_number = self.known.with_id(self.plan, name.first.as_str()).next();
        let is_phase = |index| self.plan.item(index).is_some_and(|item| item.kind() == ItemKind::Phase);
        match from {
            Some(item) if item.kind() == ItemKind::Phase => Target::Phase,
            _ if by_number.is_some_and(is_phase) => Target::Phase,
            _ if by_number.is_some() => Target::Task,
            _ => Target::Phase,
        }
    }

    /// The item, or the section, that an id names.
    fn one(&self, name: &Name, id: &Id, from: Option<usize>) -> Option<((Id, Option<usize>), Reach)> {
        let found =
            |(item, reach): (usize, Reach)| Some(((self.plan.item(item)?.id()?.clone(), Some(item)), reach));
        let kind = self.kind(name, from);
        let number = id.phase_parts().map_or(id.as_str(), |(_, number)| number);
        if kind == Target::Phase
            && id.phase_parts().is_none()
            && let Some(item) = self.phase_with_number(number, from)
        {
            return found(item);
        }
        if let Some(item) = self.item(id.as_str(), from) {
            return found(item);
        }
        if kind == Target::Phase {
            // `Phase 2` where phases are numbered headings, `## 2. Name`.
            let numbered = self
                .item(number, from)
                .filter(|(item, _)| self.plan.item(*item).is_some_and(|item| item.kind() == ItemKind::Phase));
            if let Some(item) = numbered {
                return found(item);
            }
        } else if let Some((prefix, number)) = short_phase(id.as_str()) {
            // `P2`, `M1`
            if let Some(item) = self.item(&format!("{prefix} {number}"), from) {
                return found(item);
            }
        }
        let section = self.known.sections(self.plan).get(number).filter(|_| kind != Target::Phase)?;
        Some(((section.clone(), None), Reach::Section))
    }

    /// A phase by its number, whatever its word.
    fn phase_with_number(&self, number: &str, from: Option<usize>) -> Option<(usize, Reach)> {
        self.nearest(self.known.phases_with(self.plan, number), from)
    }

    fn item(&self, id: &str, from: Option<usize>) -> Option<(usize, Reach)> {
        self.nearest(self.known.with_id(self.plan, id), from)
    }

    /// The candidate that lies nearest to an item: in its phase, its top section, the main list, the document.
    fn nearest(
        &self,
        candidates: impl Iterator<Item = usize> + Clone,
        from: Option<usize>,
    ) -> Option<(usize, Reach)> {
        let scope = |index: usize| self.plan.shape.items[index].scope;
        let candidates = || candidates.clone().take(NAMESAKES);
        if let Some(from) = from.and_then(|from| self.plan.item(from)) {
            let phase = |item: Item<'_>| item.phase().map(|phase| phase.index());
            let own = phase(from);
            let in_phase = candidates()
                .find(|index| own.is_some() && self.plan.item(*index).is_some_and(|item| phase(item) == own));
            let in_scope = || candidates().find(|index| scope(*index) == scope(from.index()));
            if let Some(index) = in_phase.or_else(in_scope) {
                return Some((index, Reach::Near));
            }
        }
        let main = candidates()
            .find(|index| self.known.main.is_some() && scope(*index).map(|s| s as usize) == self.known.main);
        main.or_else(|| candidates().next()).map(|index| (index, Reach::Document))
    }
}

/// `P2`, `M1`: the phase that a short form names.
fn short_phase(id: &str) -> Option<(&'static str, &str)> {
    let (word, number) = match id.as_bytes().first()? {
        b'P' => ("phase", &id[1..]),
        b'M' => ("milestone", &id[1..]),
        _ => return None,
    };
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((word, number))
}
