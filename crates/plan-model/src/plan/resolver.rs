//! Resolution of references to the items of the document.

use std::{cell::Cell, ops::Deref, sync::Arc};

use foldhash::{HashMap, HashMapExt};
use smallvec::SmallVec;

use super::{
    FactIndex, Item, Plan, TextRange,
    name_index::{Key, MAX_CANDIDATES, NameIndex, key},
};
use crate::{
    facts::{FactParent, ItemKind, ReferenceFact, Relation, relation_of},
    id::{Id, PHASE_WORDS, TASK_WORDS, USER_STORY},
    reference::{self, Name, NameKind, Value, ValueClass},
    role::Role,
};

/// Maximum number of targets of all ranges in a document; further ranges have no targets. Without a limit, `1-9999` on
/// each line of a long plan would exhaust the memory.
const MAX_RANGE_TARGETS: usize = 200_000;

/// Maximum number of names in a document that are compared with the titles of all phases; further ones have no targets.
const MAX_TITLES: usize = 200;
/// Minimum length of the start of a title that can stand for the title, in bytes.
const MIN_SHORTENED_TITLE: usize = 5;

/// A name in a value with its resolved target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedName {
    /// Range of the name, including its word.
    pub range: TextRange,
    pub(super) target: Arc<ResolvedTarget>,
}

impl Deref for ResolvedName {
    type Target = ResolvedTarget;

    fn deref(&self) -> &ResolvedTarget {
        &self.target
    }
}

/// The target of a name, independent of its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvedTarget {
    /// Normalized ID of the name; for a range both ends.
    pub ids: SmallVec<[Id; 1]>,
    /// IDs of the targets with their item indices. A section with the number has no item index.
    pub targets: Targets,
    /// How the name was resolved.
    pub resolution: Resolution,
    /// Targets in other documents, `path#id`.
    pub siblings: Box<[String]>,
}

/// IDs with the indices of their items. Most names have one target.
pub(super) type Targets = SmallVec<[(Id, Option<usize>); 1]>;

impl ResolvedTarget {
    /// Returns the target of a name that is not resolved in this document.
    pub(super) fn unresolved(name: &Name) -> Self {
        let (targets, siblings) = (Targets::new(), Box::default());
        Self { ids: name.ids(), targets, resolution: Resolution::Unresolved, siblings }
    }
}

/// How a name was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// To an item of the same phase or top section.
    SameScope,
    /// To an item of another top section.
    OtherScope,
    /// To a section with the number.
    Section,
    /// To an item of another document.
    SiblingFile,
    /// Not resolved in this document.
    Unresolved,
    /// To a range of which at least one end is unknown.
    PartialRange,
}

/// A [`LocatedDependency`](super::LocatedDependency) without ranges. An edit that changes only words does not change
/// it.
#[derive(Debug)]
pub struct Dependency {
    /// Index of the dependent item; `None` for the document as a whole.
    pub dependent: Option<usize>,
    /// Relation of the dependent to the targets.
    pub relation: Relation,
    pub(super) source: DependencySource,
    /// Class of the value.
    pub class: ValueClass,
    /// Whether the value consists of IDs only, so that an unknown ID is an error.
    pub strict: bool,
    /// Targets of the names in the value, in order.
    pub names: SmallVec<[Arc<ResolvedTarget>; 2]>,
    /// Whether each name has the range of the whole value.
    pub(super) spans_value: bool,
    pub(super) kind: Option<NameKind>,
}

impl Dependency {
    /// Returns the indices of the target items, with duplicates.
    pub fn items(&self) -> impl Iterator<Item = usize> {
        self.names.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item)
    }
}

/// Origin of a dependency.
#[derive(Clone, Copy, Debug)]
pub(super) enum DependencySource {
    /// Index of a front matter entry.
    FrontMatter(u32),
    /// Indices of a segment and of a reference in it.
    Reference { segment: u32, reference: u32 },
}

/// Looks up names among the items and sections of a plan.
pub(super) struct Resolver<'a> {
    plan: &'a Plan,
    index: &'a NameIndex,
    /// Remaining number of range targets.
    remaining: Cell<usize>,
    /// Remaining number of names that are looked up among the titles.
    titles: Cell<usize>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let (remaining, titles) = (Cell::new(MAX_RANGE_TARGETS), Cell::new(MAX_TITLES));
        Self { plan, index: NameIndex::get(plan), remaining, titles }
    }

    pub(super) fn run(&self) -> Vec<Dependency> {
        let plan = self.plan;
        let mut item_by_heading: HashMap<(u32, u32), Option<usize>> = HashMap::new();
        for section in &plan.structure.sections {
            let mut next = Some(section);
            let item = std::iter::from_fn(|| {
                let current = next?;
                next = current.parent.map(|parent| &plan.structure.sections[parent as usize]);
                Some(current)
            })
            .find_map(|section| section.item);
            item_by_heading.insert((section.segment, section.heading), item.map(|item| item as usize));
        }
        // First item of the text with the same ID, by front matter task.
        let mut of_front_matter: HashMap<u32, usize> = HashMap::new();
        for (index, entry) in plan.structure.items.iter().enumerate() {
            if let Some(task) = entry.front_matter {
                of_front_matter.entry(task).or_insert(index);
            }
        }
        let mut dependencies = self.front_matter();
        let mut items = plan.structure.items.iter().enumerate().peekable();
        // Repeated items of each segment, each with its original.
        let repetitions = plan
            .structure
            .repetitions
            .iter()
            .map(|(item, (segment, fact))| (*segment, *fact, *item as usize));
        let mut repetitions: Vec<(u32, FactIndex, usize)> = repetitions.collect();
        repetitions.sort_unstable();
        let mut repetitions = repetitions.into_iter().peekable();
        // Index of the item in the plan, by item fact of the segment.
        let mut item_indices: Vec<Option<usize>> = Vec::new();
        for (number, segment) in plan.segments.iter().enumerate() {
            let number = number as u32;
            item_indices.clear();
            item_indices.resize(segment.facts.items.len(), None);
            while let Some((index, entry)) = items.next_if(|(_, entry)| entry.segment == number) {
                if let FactIndex::Item(item) = entry.fact_index {
                    item_indices[item as usize] = Some(index);
                }
            }
            while let Some((_, fact, item)) = repetitions.next_if(|(segment, ..)| *segment == number) {
                if let FactIndex::Item(fact) = fact {
                    item_indices[fact as usize] = Some(item);
                }
            }
            for (at, reference) in segment.facts.references.iter().enumerate() {
                let source = DependencySource::Reference { segment: number, reference: at as u32 };
                if let Some(subject) = &reference.subject {
                    let heading = segment
                        .facts
                        .headings
                        .iter()
                        .rposition(|heading| heading.span.start <= reference.span.start);
                    let enclosing_item = heading.and_then(|heading| {
                        item_by_heading.get(&(number, heading as u32)).copied().flatten()
                    });
                    let subjects: Vec<ResolvedTarget> =
                        subject.names.iter().map(|name| self.target(name, enclosing_item)).collect();
                    for dependent in
                        subjects.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item)
                    {
                        let dependency = self.dependency(reference, source, Some(dependent));
                        // Words that are not a title are part of a sentence.
                        let is_prose = |name: &Arc<ResolvedTarget>| {
                            name.targets.is_empty() && name.ids.iter().any(|id| id.title_words().is_some())
                        };
                        if !dependency.names.iter().any(is_prose) {
                            dependencies.push(dependency);
                        }
                    }
                    continue;
                }
                let dependent = match reference.parent {
                    FactParent::Item(item) => {
                        let mut item = Some(item);
                        std::iter::from_fn(|| {
                            let current = item?;
                            item = segment.facts.items[current as usize].parent;
                            Some(current)
                        })
                        .find_map(|item| item_indices[item as usize])
                    }
                    FactParent::Heading(heading) => {
                        item_by_heading.get(&(number, heading)).copied().flatten()
                    }
                    FactParent::Text => None,
                };
                // A task that is in both the front matter and the text is represented by the item of the text.
                let dependent = dependent.or_else(|| match reference.parent {
                    FactParent::Item(item) if segment.source.is_prologue() => {
                        of_front_matter.get(&item).copied()
                    }
                    _ => None,
                });
                dependencies.push(self.dependency(reference, source, dependent));
            }
        }
        // In document order. The front matter is the first segment.
        dependencies.sort_by_key(|dependency| match dependency.source {
            DependencySource::FrontMatter(entry) => (0, plan.front_matter()[entry as usize].value.start),
            DependencySource::Reference { segment, reference } => (
                segment,
                plan.segments[segment as usize].facts.references[reference as usize].span.start as usize,
            ),
        });
        dependencies
    }

    /// Returns the dependencies of the document as a whole, from the front matter.
    fn front_matter(&self) -> Vec<Dependency> {
        let entries = self.plan.front_matter().iter().enumerate();
        let entries = entries.filter_map(|(at, entry)| Some((at, entry, relation_of(entry.meaning)?)));
        let dependencies = entries.map(|(at, entry, relation)| {
            let value = reference::parse(if entry.text.is_empty() { "[]" } else { &entry.text });
            Dependency {
                dependent: None,
                relation,
                source: DependencySource::FrontMatter(at as u32),
                class: value.class,
                strict: value.strict,
                kind: value.names.first().map(|name| self.kind(name, None)),
                names: value.names.iter().map(|name| Arc::new(self.target(name, None))).collect(),
                spans_value: true,
            }
        });
        dependencies.collect()
    }

    fn dependency(
        &self,
        reference: &ReferenceFact,
        source: DependencySource,
        dependent: Option<usize>,
    ) -> Dependency {
        let value = &reference.value;
        let spans_value = matches!(value.class, ValueClass::All | ValueClass::AllPrevious)
            && reference.relation != Relation::Requirement;
        let names = match value.class {
            // Requirements are defined in another document, with IDs that look like those of tasks.
            _ if reference.relation == Relation::Requirement => {
                value.names.iter().map(|name| Arc::new(ResolvedTarget::unresolved(name))).collect()
            }
            ValueClass::All | ValueClass::AllPrevious => {
                let targets =
                    dependent.map(|dependent| self.all_previous(dependent, value.all)).unwrap_or_default();
                let (ids, siblings) = (SmallVec::new(), Box::default());
                SmallVec::from_iter([Arc::new(ResolvedTarget {
                    ids,
                    targets,
                    resolution: Resolution::SameScope,
                    siblings,
                })])
            }
            _ => value.names.iter().map(|name| Arc::new(self.target(name, dependent))).collect(),
        };
        Dependency {
            dependent,
            relation: reference.relation,
            source,
            class: value.class,
            strict: value.strict,
            names,
            spans_value,
            kind: value.names.first().map(|name| self.kind(name, dependent)),
        }
    }

    /// Returns the targets of `All previous tasks`: the items before the dependent in the same scope, of its own kind
    /// unless `kind` is given.
    fn all_previous(&self, dependent: usize, kind: Option<NameKind>) -> Targets {
        let Some(item) = self.plan.item(dependent) else { return Targets::new() };
        let kind = match kind {
            Some(NameKind::Phase) => ItemKind::Phase,
            Some(_) => ItemKind::Task,
            None => item.kind(),
        };
        let scope = self.plan.structure.items[dependent].scope;
        let before = (0..dependent).filter_map(|index| self.plan.item(index));
        before
            .filter(|other| other.kind() == kind && other.role() == Role::Work)
            .filter(|other| self.plan.structure.items[other.index()].scope == scope)
            .filter(|other| Some(other.index()) != item.parent())
            .filter_map(|other| Some((other.id()?.clone(), Some(other.index()))))
            .collect()
    }

    pub(super) fn names(&self, value: &Value, base: usize, from: Option<usize>) -> Vec<ResolvedName> {
        let range_of = |name: &Name| base + name.range.start..base + name.range.end;
        let names = value.names.iter();
        names
            .map(|name| ResolvedName { range: range_of(name), target: Arc::new(self.target(name, from)) })
            .collect()
    }

    /// Resolves a name in the scope of the item `from`.
    fn target(&self, name: &Name, from: Option<usize>) -> ResolvedTarget {
        if name.kind == NameKind::Document {
            return ResolvedTarget::unresolved(name);
        }
        if let Some(words) = name.first.title_words() {
            let targets = self.titled(words, from);
            let is_unresolved = targets.is_empty();
            let resolution = if is_unresolved { Resolution::Unresolved } else { Resolution::SameScope };
            return ResolvedTarget { ids: name.ids(), targets, resolution, siblings: Box::default() };
        }
        let Some(last) = &name.last else {
            let (targets, resolution) = match self.resolve_id(name, &name.first, from) {
                Some((target, resolution)) => (Targets::from([target]), resolution),
                None => self.subtasks(&name.first, from),
            };
            return ResolvedTarget { ids: name.ids(), targets, resolution, siblings: Box::default() };
        };
        let ends = [self.resolve_id(name, &name.first, from), self.resolve_id(name, last, from)];
        let id_of = |end: &Option<((Id, Option<usize>), Resolution)>, id: &Id| {
            end.as_ref().map_or_else(|| id.clone(), |((id, _), _)| id.clone())
        };
        let (first_id, last_id) = (id_of(&ends[0], &name.first), id_of(&ends[1], last));
        let (low, high) = (key(first_id.as_str()), key(last_id.as_str()));
        let between = self
            .index
            .starting_at(self.plan, &low)
            .take_while(|(candidate, _)| {
                candidate.letters == low.letters
                    && candidate.count == low.count
                    // `1.1-1.3` includes 1.3a.
                    && candidate.numbers <= high.numbers
            })
            .filter(|(candidate, _)| {
                high.letter.is_empty() || candidate.numbers < high.numbers || candidate.letter <= high.letter
            })
            .map(|(_, id)| id)
            .take(self.remaining.get());
        let targets: Targets = between
            .filter_map(|id| {
                let (item, _) = self.item(id, from)?;
                Some((self.plan.item(item)?.id()?.clone(), Some(item)))
            })
            .collect();
        self.remaining.set(self.remaining.get().saturating_sub(targets.len()));
        let resolution = match ends {
            _ if targets.is_empty() => Resolution::Unresolved,
            [Some((_, first)), Some((_, last))] => {
                if first == Resolution::SameScope && last == Resolution::SameScope {
                    Resolution::SameScope
                } else {
                    Resolution::OtherScope
                }
            }
            _ => Resolution::PartialRange,
        };
        ResolvedTarget { ids: name.ids(), targets, resolution, siblings: Box::default() }
    }

    /// Resolves words of a title to the only phase whose title starts with them, or `user stories` to the phases of all
    /// user stories, without the dependent itself.
    fn titled(&self, words: &str, from: Option<usize>) -> Targets {
        let Some(remaining) = self.titles.get().checked_sub(1) else { return Targets::new() };
        self.titles.set(remaining);
        let headings = self.plan.items().filter(|item| item.kind() == ItemKind::Phase && item.is_heading());
        let titled = headings.filter(|item| Some(item.index()) != from).filter_map(|item| {
            let title = item.title().split_whitespace().collect::<Vec<_>>().join("-").to_lowercase();
            Some((title, (item.id()?.clone(), Some(item.index()))))
        });
        if words == reference::ALL_STORIES {
            return titled.filter(|(title, _)| is_story(title)).map(|(_, target)| target).collect();
        }
        let (mut exact, mut longer) = (Targets::new(), Targets::new());
        for (title, target) in titled {
            let Some(rest) = title.strip_prefix(words) else { continue };
            let is_whole = !rest.starts_with(char::is_alphanumeric);
            (if is_whole { &mut exact } else { &mut longer }).push(target);
        }
        // `Foundation` for `Foundational`
        let found = if exact.is_empty() && words.len() >= MIN_SHORTENED_TITLE { longer } else { exact };
        if found.len() == 1 { found } else { Targets::new() }
    }

    /// Resolves an ID to its lettered subtasks: `2.4` to 2.4a and 2.4b.
    fn subtasks(&self, id: &Id, from: Option<usize>) -> (Targets, Resolution) {
        let parent = key(id.as_str());
        let first = Key { letter: "", ..parent.clone() };
        let subtasks: Vec<&str> = self
            .index
            .starting_at(self.plan, &first)
            .take_while(|(subtask, _)| {
                !parent.numbers.is_empty()
                    && subtask.letters == parent.letters
                    && subtask.numbers == parent.numbers
            })
            .map(|(_, id)| id)
            .collect();
        let found: Vec<(usize, Resolution)> = subtasks.iter().filter_map(|id| self.item(id, from)).collect();
        let Some((_, resolution)) = found.first().copied() else {
            return (Targets::new(), Resolution::Unresolved);
        };
        let targets =
            found.iter().filter_map(|(item, _)| Some((self.plan.item(*item)?.id()?.clone(), Some(*item))));
        (targets.collect(), resolution)
    }

    /// Returns the kind of item that a name refers to. For a number without a word, the items with that number and the
    /// dependent determine the kind.
    fn kind(&self, name: &Name, from: Option<usize>) -> NameKind {
        match name.kind {
            NameKind::Number => {}
            NameKind::Title => return NameKind::Phase,
            kind => return kind,
        }
        let from = from.and_then(|from| self.plan.item(from));
        let by_number = self.index.with_id(self.plan, name.first.as_str()).next();
        let is_phase = |index| self.plan.item(index).is_some_and(|item| item.kind() == ItemKind::Phase);
        match from {
            Some(item) if item.kind() == ItemKind::Phase => NameKind::Phase,
            _ if by_number.is_some_and(is_phase) => NameKind::Phase,
            _ if by_number.is_some() => NameKind::Task,
            _ => NameKind::Phase,
        }
    }

    /// Resolves an ID to an item or a section.
    fn resolve_id(
        &self,
        name: &Name,
        id: &Id,
        from: Option<usize>,
    ) -> Option<((Id, Option<usize>), Resolution)> {
        let target = |(item, resolution): (usize, Resolution)| {
            Some(((self.plan.item(item)?.id()?.clone(), Some(item)), resolution))
        };
        if let Some(number) = id.user_story()
            && self.index.with_id(self.plan, id.as_str()).next().is_none()
        {
            return self.user_story(number, from).and_then(target);
        }
        let kind = self.kind(name, from);
        let number = id.phase_parts().map_or(id.as_str(), |(_, number)| number);
        if kind == NameKind::Phase
            && id.phase_parts().is_none()
            && let Some(item) = self.phase_with_number(number, from)
        {
            return target(item);
        }
        if let Some(item) = self.item(id.as_str(), from) {
            return target(item);
        }
        if kind == NameKind::Phase {
            // `Phase 2` for a phase that is a numbered heading: `## 2. Name`.
            let numbered = self
                .item(number, from)
                .filter(|(item, _)| self.plan.item(*item).is_some_and(|item| item.kind() == ItemKind::Phase));
            if let Some(item) = numbered {
                return target(item);
            }
        } else if let Some((prefix, number)) = short_phase(id.as_str()) {
            // `P2`, `M1`
            if let Some(item) = self.item(&format!("{prefix} {number}"), from) {
                return target(item);
            }
        }
        if let Some(item) = worded_id(id.as_str()).and_then(|id| self.item(id.as_str(), from)) {
            return target(item);
        }
        let section = self.index.sections(self.plan).get(number).filter(|_| kind != NameKind::Phase)?;
        Some(((section.clone(), None), Resolution::Section))
    }

    /// Returns the phase of a user story: `Phase 3: User Story 1 - Lend a book`.
    fn user_story(&self, number: &str, from: Option<usize>) -> Option<(usize, Resolution)> {
        let is_named = |item: &Item<'_>| {
            let title = item.title();
            let after = title.get(..USER_STORY.len()).filter(|word| word.eq_ignore_ascii_case(USER_STORY));
            let rest = after.and_then(|word| title[word.len()..].trim_start().strip_prefix(number));
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let headings = self.plan.items().filter(|item| item.kind() == ItemKind::Phase && item.is_heading());
        let phases: Vec<usize> = headings.filter(is_named).map(|item| item.index()).collect();
        self.nearest(phases.into_iter(), from)
    }

    /// Returns the nearest phase with this number, with any word.
    fn phase_with_number(&self, number: &str, from: Option<usize>) -> Option<(usize, Resolution)> {
        self.nearest(self.index.phases_with(self.plan, number), from)
    }

    fn item(&self, id: &str, from: Option<usize>) -> Option<(usize, Resolution)> {
        self.nearest(self.index.with_id(self.plan, id), from)
    }

    /// Returns the candidate nearest to `from`: in the same phase, the same top section, the main scope, or the
    /// document.
    fn nearest(
        &self,
        candidates: impl Iterator<Item = usize> + Clone,
        from: Option<usize>,
    ) -> Option<(usize, Resolution)> {
        let scope = |index: usize| self.plan.structure.items[index].scope;
        let candidates = || candidates.clone().take(MAX_CANDIDATES);
        if let Some(from) = from.and_then(|from| self.plan.item(from)) {
            let phase = |item: Item<'_>| item.phase().map(|phase| phase.index());
            let own_phase = phase(from);
            let in_phase = candidates().find(|index| {
                own_phase.is_some() && self.plan.item(*index).is_some_and(|item| phase(item) == own_phase)
            });
            let in_scope = || {
                let mut in_scope =
                    candidates().filter(|index| scope(*index) == scope(from.index())).peekable();
                let first = in_scope.peek().copied();
                in_scope.nth(1).map_or(first, |_| self.in_numbering_parent(candidates(), from).or(first))
            };
            if let Some(index) = in_phase.or_else(in_scope) {
                return Some((index, Resolution::SameScope));
            }
        }
        let in_main_scope = candidates().find(|index| {
            self.index.main_scope.is_some() && scope(*index).map(|s| s as usize) == self.index.main_scope
        });
        in_main_scope.or_else(|| candidates().next()).map(|index| (index, Resolution::OtherScope))
    }
}

impl Resolver<'_> {
    /// Returns the candidate in the innermost item or section around `from` that contains a candidate. Numbering may
    /// restart in each milestone or part.
    fn in_numbering_parent(
        &self,
        candidates: impl Iterator<Item = usize> + Clone,
        from: Item<'_>,
    ) -> Option<usize> {
        let structure = &self.plan.structure;
        let parents = std::iter::successors(from.parent(), |item| self.plan.item(*item)?.parent());
        let within_item = parents.into_iter().find_map(|parent| {
            let end = structure.items[parent].end as usize;
            candidates
                .clone()
                .find(|candidate| (parent..end).contains(candidate) && *candidate != from.index())
        });
        within_item.or_else(|| {
            let first = structure.items[from.index()].section;
            let mut sections =
                std::iter::successors(first, |section| structure.sections[*section as usize].parent);
            sections.find_map(|section| {
                let until = structure.sections[section as usize].until;
                let is_inside = |item: usize| {
                    structure.items[item].section.is_some_and(|own| (section..until).contains(&own))
                };
                candidates.clone().find(|candidate| is_inside(*candidate) && *candidate != from.index())
            })
        })
    }
}

/// Returns whether a title, in lower case and with hyphens, is that of a user story: `user-story-1---lend`, `us1:-lend`.
fn is_story(title: &str) -> bool {
    let number = title.strip_prefix("us").or_else(|| title.strip_prefix("story-"));
    title.starts_with("user-stor")
        || number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns the ID that a word in capitals with a hyphen can also denote: that of `Task 1` for `TASK-1`, and that of
/// `Phase 2` for `PHASE-2`.
fn worded_id(id: &str) -> Option<Id> {
    let (word, number) = id.split_once('-')?;
    let word = word.to_ascii_lowercase();
    let is_one_of = |words: &str| words.split('|').any(|known| known == word);
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        None
    } else if is_one_of(PHASE_WORDS) {
        Some(Id::phase(&word, number))
    } else {
        (is_one_of(TASK_WORDS) || word == "item").then(|| Id::task(number))
    }
}

/// Splits a short phase ID, `P2` or `M1`, into word and number.
fn short_phase(id: &str) -> Option<(&'static str, &str)> {
    let (word, number) = match id.as_bytes().first()? {
        b'P' => ("phase", &id[1..]),
        b'M' => ("milestone", &id[1..]),
        _ => return None,
    };
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some((word, number))
}
