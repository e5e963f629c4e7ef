//! Index of IDs and phase numbers for resolving references.

use std::{hash::BuildHasher, sync::OnceLock};

use foldhash::{HashMap, HashMapExt, fast::FixedState};

use super::{Item, Plan};
use crate::{
    facts::ItemKind,
    id::{Id, IdForm, leading_task_id},
};

/// Maximum number of items with the same ID, or phases with the same number, that are searched for the nearest one.
pub(super) const MAX_CANDIDATES: usize = 200;

/// Index of the names of a plan. It is cached with the structure because charts and tables may have names on thousands
/// of lines.
#[derive(Debug)]
pub(super) struct NameIndex {
    /// Items by ID.
    ids: HashChains,
    sorted: OnceLock<Vec<String>>,
    /// Phases by number.
    phases: HashChains,
    pub(super) main_scope: Option<usize>,
    /// Numbered headings that are not items, by number.
    sections: OnceLock<HashMap<String, Id>>,
}

/// Items by the hashes of texts, in document order. The index is rebuilt after every edit, so it does not copy texts.
/// Lookups must compare the texts of the candidates.
#[derive(Debug)]
struct HashChains {
    /// First and last item of each hash.
    ends: HashMap<u64, (u32, u32)>,
    /// Next item with the same hash, by item. The last item refers to itself.
    next: Vec<u32>,
}

impl HashChains {
    /// Creates chains for `items` items, of which about `expected` are added.
    fn new(items: usize, expected: usize) -> Self {
        Self { ends: HashMap::with_capacity(expected), next: (0..items as u32).collect() }
    }

    fn hash(text: &str) -> u64 {
        FixedState::default().hash_one(text)
    }

    fn add(&mut self, text: &str, item: usize) {
        let item = item as u32;
        let (_, last) = self.ends.entry(Self::hash(text)).or_insert((item, item));
        self.next[*last as usize] = item;
        *last = item;
    }

    /// Returns the items whose text may be equal to this text.
    fn candidates(&self, text: &str) -> impl Iterator<Item = usize> + Clone + '_ {
        let first = self.ends.get(&Self::hash(text)).map(|(first, _)| *first as usize);
        std::iter::successors(first, |item| {
            let next = self.next[*item] as usize;
            (next != *item).then_some(next)
        })
    }
}

/// Parts of an ID, in the order in which IDs are compared for ranges. IDs with the same number of components are
/// adjacent.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    pub(super) letters: &'a str,
    pub(super) count: usize,
    pub(super) numbers: Vec<u32>,
    pub(super) letter: &'a str,
}

/// Splits an ID into its parts.
pub(super) fn key(id: &str) -> Key<'_> {
    let start = id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len());
    let (letters, rest) = id.split_at(start);
    let end = rest.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (numbers, letter) = rest.split_at(end);
    let numbers: Vec<u32> =
        numbers.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    let count = numbers.len();
    // In `stage a`, the letter is compared like a number.
    match numbers {
        numbers if start == id.len() => {
            let (word, letter) = id.rsplit_once(' ').unwrap_or(("", id));
            Key { letters: word, count, numbers, letter }
        }
        numbers => Key { letters, count, numbers, letter },
    }
}

impl NameIndex {
    /// Returns the index of a plan, which is built at its first use.
    pub(super) fn get(plan: &Plan) -> &Self {
        plan.structure.names.get_or_init(|| Self::of(plan))
    }

    fn of(plan: &Plan) -> Self {
        let items = plan.items().len();
        let count = |matches: fn(&Item<'_>) -> bool| plan.items().filter(matches).count();
        let with_id = count(|item| item.id().is_some());
        let mut ids = HashChains::new(items, with_id);
        let mut phases = HashChains::new(items, count(|item| item.kind() == ItemKind::Phase).min(with_id));
        for item in plan.items() {
            let Some(id) = item.id() else { continue };
            ids.add(id.as_str(), item.index());
            if item.kind() == ItemKind::Phase {
                phases.add(phase_number(id), item.index());
            }
        }
        let (sorted, sections) = (OnceLock::new(), OnceLock::new());
        Self { ids, sorted, phases, main_scope: plan.main_scope(), sections }
    }

    /// Returns the items with an ID, in document order.
    pub(super) fn with_id<'a>(
        &'a self,
        plan: &'a Plan,
        id: &'a str,
    ) -> impl Iterator<Item = usize> + Clone + 'a {
        self.ids.candidates(id).filter(move |item| id_of(plan, *item).is_some_and(|own| own.as_str() == id))
    }

    /// Returns the phases with a number and any word, in document order.
    pub(super) fn phases_with<'a>(
        &'a self,
        plan: &'a Plan,
        number: &'a str,
    ) -> impl Iterator<Item = usize> + Clone + 'a {
        self.phases
            .candidates(number)
            .filter(move |item| id_of(plan, *item).is_some_and(|own| phase_number(own) == number))
    }

    /// Returns all IDs sorted by [`Key`].
    fn sorted(&self, plan: &Plan) -> &[String] {
        self.sorted.get_or_init(|| {
            let ids = plan.items().filter_map(|item| item.id());
            let mut sorted: Vec<String> = ids.map(|id| id.as_str().to_owned()).collect();
            // Different IDs can have the same key: `1.1` and `1-1`.
            sorted.sort_unstable();
            sorted.dedup();
            sorted.sort_by(|a, b| key(a).cmp(&key(b)));
            sorted
        })
    }

    /// Returns the numbered headings that are not items, by number.
    pub(super) fn sections(&self, plan: &Plan) -> &HashMap<String, Id> {
        self.sections.get_or_init(|| {
            let mut sections = HashMap::new();
            for section in plan.sections().filter(|section| section.item().is_none()) {
                let Some(found) = leading_task_id(&section.title(), plan.vocabulary().nouns()) else {
                    continue;
                };
                if matches!(found.form, IdForm::Plain | IdForm::Dotted) {
                    sections.entry(found.id.as_str().to_owned()).or_insert(found.id);
                }
            }
            sections
        })
    }

    /// Iterates over the IDs in order, starting at this key. Yields each ID with its key.
    pub(super) fn starting_at<'a>(
        &'a self,
        plan: &Plan,
        first: &Key<'_>,
    ) -> impl Iterator<Item = (Key<'a>, &'a str)> + use<'a> {
        let sorted = self.sorted(plan);
        let from = sorted.partition_point(|id| key(id) < *first);
        sorted[from..].iter().map(|id| (key(id), id.as_str()))
    }
}

fn id_of(plan: &Plan, item: usize) -> Option<&Id> {
    plan.item(item)?.id()
}

/// Returns the number of a phase ID without its word.
fn phase_number(id: &Id) -> &str {
    id.phase_parts().map_or(id.as_str(), |(_, number)| number)
}
