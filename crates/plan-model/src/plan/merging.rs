//! Items in several places of a document: a task in a checklist and in a table, a phase and its checkbox in an
//! overview. Each is one item with several state sources.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::{FactIndex, FactPlace, ItemEntry, LeadingWord, ReadSegment, Structure};
use crate::{
    facts::{ItemFact, ItemKind, StateSourceKind},
    id::Id,
    words::CustomNouns,
};

/// Maximum number of items with the same ID that are compared with each other.
const MAX_SAME_ID: usize = 50;

/// Minimum length of a title that identifies a task with a plain number.
const MIN_PLAIN_TITLE_BYTES: usize = 16;

/// Repeated items and their originals.
#[derive(Debug, Default)]
pub(super) struct Merging {
    /// Pairs of an item and another place of the same item; sorted.
    repetitions: Vec<(FactPlace, FactPlace)>,
    /// The repeated places of `repetitions`, for lookups.
    repeated: HashSet<FactPlace>,
    /// Items whose titles were compared.
    pub(super) compared: Vec<FactPlace>,
}

impl Merging {
    /// Finds the items that repeat another item. Most documents have none.
    pub(super) fn of(structure: &Structure, segments: &[ReadSegment], nouns: &CustomNouns) -> Self {
        let mut merging = Self::default();
        let mut first: HashMap<&Id, u32> = HashMap::new();
        let mut groups: HashMap<&Id, Vec<u32>> = HashMap::new();
        let mut phase_checkboxes: Vec<(&Id, u32)> = Vec::new();
        for (index, entry) in structure.items.iter().enumerate() {
            let Some(fact) = entry.fact(segments) else { continue };
            if let Some(phase) = fact.phase.as_ref() {
                phase_checkboxes.push((phase, index as u32));
            }
            let Some(id) = fact.id.as_ref().filter(|_| entry.leading_word == LeadingWord::Id) else {
                continue;
            };
            if let Some(earlier) = first.get(id) {
                groups.entry(id).or_insert_with(|| vec![*earlier]).push(index as u32);
            } else {
                first.insert(id, index as u32);
            }
        }
        let item = |index: u32| Candidate::of(structure, segments, index);
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for members in groups.values() {
            let members: Vec<Candidate<'_>> =
                members.iter().take(MAX_SAME_ID).filter_map(|index| item(*index)).collect();
            let tasks = || members.iter().filter(|member| member.entry.kind == ItemKind::Task);
            let is_repeat: HashSet<u32> = tasks()
                .filter(|member| tasks().any(|original| member.repeats(original)))
                .map(|member| member.index)
                .collect();
            for member in tasks() {
                let originals = tasks()
                    .filter(|original| !is_repeat.contains(&original.index) && member.repeats(original));
                if let Some(original) = nearest(originals, member) {
                    pairs.push((member.index, original.index));
                }
            }
            merging.compared.extend(tasks().map(Candidate::place));
        }
        for (id, checkbox) in phase_checkboxes {
            let Some(checkbox) = item(checkbox) else { continue };
            let found = groups.get(id).cloned().or_else(|| Some(vec![*first.get(id)?])).unwrap_or_default();
            let phases: Vec<Candidate<'_>> =
                found.iter().take(MAX_SAME_ID).filter_map(|index| item(*index)).collect();
            let is_phase = |phase: &&Candidate<'_>| {
                phase.entry.kind == ItemKind::Phase
                    && phase.is_heading()
                    && !(phase.index..phase.entry.end).contains(&checkbox.index)
            };
            let named = phases.iter().filter(is_phase).filter(|phase| checkbox.names(phase, nouns));
            if let Some(phase) = nearest(named, &checkbox) {
                pairs.push((checkbox.index, phase.index));
            }
            merging.compared.push(checkbox.place());
        }
        // An original never repeats another item.
        let originals: HashMap<u32, u32> = pairs.iter().copied().collect();
        for (member, original) in &pairs {
            let original = originals.get(original).unwrap_or(original);
            if original != member
                && let (Some(member), Some(original)) = (item(*member), item(*original))
            {
                merging.repetitions.push((original.place(), member.place()));
            }
        }
        merging.repetitions.sort_unstable();
        merging.repeated = merging.repetitions.iter().map(|(_, member)| *member).collect();
        merging.compared.sort_unstable();
        merging
    }

    pub(super) fn is_empty(&self) -> bool {
        self.repetitions.is_empty()
    }

    /// Returns whether the candidate at a place repeats another item.
    pub(super) fn is_repeated(&self, place: FactPlace) -> bool {
        !self.repeated.is_empty() && self.repeated.contains(&place)
    }

    /// Returns the other places of the item at `place`.
    pub(super) fn repetitions(&self, place: FactPlace) -> impl Iterator<Item = FactPlace> + '_ {
        let first = self.repetitions.partition_point(|(original, _)| *original < place);
        self.repetitions[first..]
            .iter()
            .take_while(move |(original, _)| *original == place)
            .map(|(_, repetition)| *repetition)
    }
}

/// Returns the original in the same top section, otherwise the only original.
fn nearest<'a, 'b: 'a>(
    originals: impl Iterator<Item = &'a Candidate<'b>> + Clone,
    member: &Candidate<'_>,
) -> Option<&'a Candidate<'b>> {
    let in_scope = originals.clone().find(|original| original.entry.scope == member.entry.scope);
    let only = || {
        let mut originals = originals;
        originals.next().filter(|_| originals.next().is_none())
    };
    in_scope.or_else(only)
}

/// An item that may repeat another item.
struct Candidate<'a> {
    index: u32,
    entry: &'a ItemEntry,
    fact: &'a ItemFact,
    title: &'a str,
    in_table: bool,
    /// Index of the phase that contains the item.
    phase: Option<u32>,
}

impl<'a> Candidate<'a> {
    fn of(structure: &'a Structure, segments: &'a [ReadSegment], index: u32) -> Option<Self> {
        let entry = structure.items.get(index as usize)?;
        let fact = entry.fact(segments)?;
        let mut parents = std::iter::successors(entry.parent, |parent| {
            structure.items.get(*parent as usize).and_then(|item| item.parent)
        });
        let phase = parents.find(|parent| structure.items[*parent as usize].kind == ItemKind::Phase);
        let segment = &segments[entry.segment as usize];
        let tables = &segment.facts.tables;
        let before = tables.partition_point(|table| table.span.start <= fact.line.start);
        let in_table = before > 0 && fact.line.start < tables[before - 1].span.end;
        Some(Self { phase, index, entry, fact, in_table, title: segment.str(&fact.title) })
    }

    fn place(&self) -> FactPlace {
        (self.entry.segment, self.entry.fact_index)
    }

    fn is_heading(&self) -> bool {
        matches!(self.entry.fact_index, FactIndex::Heading(_))
    }

    /// Returns whether the item is a row of a table, with a status or with a checkbox in one of its cells.
    fn is_row(&self) -> bool {
        self.fact.form == StateSourceKind::TableRow || self.in_table
    }

    /// Returns whether this task repeats `original`. A table row repeats a task that is not a table row. Otherwise both
    /// tasks must have the same title, because equal IDs with different titles are a mistake. The first task is the
    /// original.
    fn repeats(&self, original: &Self) -> bool {
        if self.is_heading() || self.index == original.index {
            return false;
        }
        // Numbering may restart in another phase.
        if self.phase.is_some() && original.phase.is_some() && self.phase != original.phase {
            return false;
        }
        let titles = || Similarity::of(self.title, original.title);
        if self.is_row() && !original.is_row() {
            if self.fact.id.as_ref().is_some_and(Id::is_plain) {
                return original.entry.parent.is_none_or(|parent| self.entry.parent == Some(parent))
                    && titles() == Similarity::Same;
            }
            let is_prefixed = self.fact.id.as_ref().is_some_and(|id| !id.prefix().is_empty());
            return match titles() {
                Similarity::Same | Similarity::Similar => true,
                Similarity::None => self.title.is_empty() || is_prefixed && self.title.len() < 12,
            };
        }
        if original.is_row() && !self.is_row() {
            return false;
        }
        let is_plain = self.fact.id.as_ref().is_some_and(Id::is_plain);
        // Every task may contain a `Step 4: Commit`.
        if is_plain
            && (self.entry.parent != original.entry.parent || self.title.len() < MIN_PLAIN_TITLE_BYTES)
        {
            return false;
        }
        let is_before = original.is_heading()
            || self.entry.section != original.entry.section && original.rank() < self.rank();
        is_before && titles() == Similarity::Same
    }

    /// Returns the rank of an original: a task in a phase before one in an overview, then in document order.
    fn rank(&self) -> (bool, u32) {
        (self.entry.parent.is_none(), self.index)
    }

    /// Returns whether this checkbox has the name of a phase: `Phase 2`, `Phase 2: Roof`, `Phase 2: Roof - all of tin`.
    fn names(&self, phase: &Self, nouns: &CustomNouns) -> bool {
        let after = self.fact.phase_title(self.title, nouns);
        after.is_empty() || Similarity::of(after, phase.title) == Similarity::Same
    }
}

/// Similarity of two titles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Similarity {
    /// The words are the same, or one title begins with the other.
    Same,
    /// At least half of the words of the shorter title are in the longer title.
    Similar,
    None,
}

impl Similarity {
    fn of(a: &str, b: &str) -> Self {
        let (a, b) = (a.to_lowercase(), b.to_lowercase());
        let words = |text: &str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        let (a, b) = (words(&a), words(&b));
        if a.is_empty() || b.is_empty() {
            return Self::None;
        }
        let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
        if long.starts_with(short) {
            return Self::Same;
        }
        let shared = short.iter().filter(|word| word.len() > 2 && long.contains(word)).count();
        if 2 * shared >= short.len() { Self::Similar } else { Self::None }
    }
}
