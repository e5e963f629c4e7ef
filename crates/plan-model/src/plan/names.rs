//! What names in references are looked up in.

use std::{hash::BuildHasher, sync::OnceLock};

use foldhash::{HashMap, HashMapExt, fast::FixedState};

use super::{Item, Plan};
use crate::{
    facts::ItemKind,
    id::{Form, Id, leading_task_id},
};

/// Of so many items with the same id, or phases with the same number, the nearest is looked for among the first ones.
pub(super) const NAMESAKES: usize = 200;

/// What names are looked up in, kept with the plan: charts and tables may have a name on each of thousands of lines.
#[derive(Debug)]
pub(super) struct Names {
    /// Items by id.
    ids: Chains,
    sorted: OnceLock<Vec<String>>,
    /// Phases by number.
    phases: Chains,
    pub(super) main: Option<usize>,
    /// Numbers of headings that are no items.
    sections: OnceLock<HashMap<String, Id>>,
}

/// Items by the hashes of texts, in document order. Made after every keystroke, so no text is copied: whoever looks
/// something up compares.
#[derive(Debug)]
struct Chains {
    /// The first and the last item of each hash.
    ends: HashMap<u64, (u32, u32)>,
    /// For each item the next one of its hash; itself for the last.
    next: Vec<u32>,
}

impl Chains {
    /// Of so many items, about as many of which as `expected` are added.
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

    /// The items that may have been added with this text.
    fn of(&self, text: &str) -> impl Iterator<Item = usize> + Clone + '_ {
        let first = self.ends.get(&Self::hash(text)).map(|(first, _)| *first as usize);
        std::iter::successors(first, |item| {
            let next = self.next[*item] as usize;
            (next != *item).then_some(next)
        })
    }
}

/// What an id is made of, to tell what lies between two. Ids with as many numbers stand together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key<'a> {
    pub(super) letters: &'a str,
    pub(super) count: usize,
    pub(super) numbers: Vec<u32>,
    pub(super) letter: &'a str,
}

pub(super) fn key(id: &str) -> Key<'_> {
    let start = id.find(|c: char| c.is_ascii_digit()).unwrap_or(id.len());
    let (letters, rest) = id.split_at(start);
    let end = rest.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let (numbers, letter) = rest.split_at(end);
    let numbers: Vec<u32> =
        numbers.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
    let count = numbers.len();
    // `stage a`: the letter counts.
    match numbers {
        numbers if start == id.len() => {
            let (word, letter) = id.rsplit_once(' ').unwrap_or(("", id));
            Key { letters: word, count, numbers, letter }
        }
        numbers => Key { letters, count, numbers, letter },
    }
}

impl Names {
    pub(super) fn of(plan: &Plan) -> Self {
        let items = plan.items().len();
        let count = |counts: fn(&Item<'_>) -> bool| plan.items().filter(counts).count();
        let with_id = count(|item| item.id().is_some());
        let mut ids = Chains::new(items, with_id);
        let mut phases = Chains::new(items, count(|item| item.kind() == ItemKind::Phase).min(with_id));
        for item in plan.items() {
            let Some(id) = item.id() else { continue };
            ids.add(id.as_str(), item.index());
            if item.kind() == ItemKind::Phase {
                phases.add(number(id), item.index());
            }
        }
        let (sorted, sections) = (OnceLock::new(), OnceLock::new());
        Self { ids, sorted, phases, main: plan.main_scope(), sections }
    }

    /// The items with an id, in document order.
    pub(super) fn with_id<'a>(
        &'a self,
        plan: &'a Plan,
        id: &'a str,
    ) -> impl Iterator<Item = usize> + Clone + 'a {
        self.ids.of(id).filter(move |item| id_of(plan, *item).is_some_and(|own| own.as_str() == id))
    }

    /// The phases with a number, whatever their word, in document order.
    pub(super) fn phases_with<'a>(
        &'a self,
        plan: &'a Plan,
        wanted: &'a str,
    ) -> impl Iterator<Item = usize> + Clone + 'a {
        self.phases.of(wanted).filter(move |item| id_of(plan, *item).is_some_and(|own| number(own) == wanted))
    }

    /// All ids by what they are made of: for ranges.
    fn sorted(&self, plan: &Plan) -> &[String] {
        self.sorted.get_or_init(|| {
            let ids = plan.items().filter_map(|item| item.id());
            let mut sorted: Vec<String> = ids.map(|id| id.as_str().to_owned()).collect();
            // Several ids may be made of the same: `1.1` and `1-1`.
            sorted.sort_unstable();
            sorted.dedup();
            sorted.sort_by(|a, b| key(a).cmp(&key(b)));
            sorted
        })
    }

    /// The numbers of headings that are no items: for names that are none of an item.
    pub(super) fn sections(&self, plan: &Plan) -> &HashMap<String, Id> {
        self.sections.get_or_init(|| {
            let mut sections = HashMap::new();
            for section in plan.sections().filter(|section| section.item().is_none()) {
                let Some(found) = leading_task_id(&section.title()) else { continue };
                if matches!(found.form, Form::Plain | Form::Dotted) {
                    sections.entry(found.id.as_str().to_owned()).or_insert(found.id);
                }
            }
            sections
        })
    }

    /// The ids from this key on, in order, each with its own.
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

/// A phase's number without its word.
fn number(id: &Id) -> &str {
    id.phase_parts().map_or(id.as_str(), |(_, number)| number)
}
