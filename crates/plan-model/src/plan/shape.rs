//! What the segments of a document make together, without positions: an edit of words leaves it as it is.

use std::{
    any::Any,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{ItemEntry, Piece, Progress, SectionEntry, names::Names, resolver::Said};
use crate::{
    facts::{CarrierKind, HeadingFact, ItemFact, ReferenceFact, SegmentFacts},
    state::State,
};

/// Sections and items by their places among the facts of the segments, and what follows from them.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Two shapes never have the same.
    pub(super) id: u64,
    pub(super) sections: Vec<SectionEntry>,
    pub(super) items: Vec<ItemEntry>,
    /// For each task in order: how many tasks up to it count, and how many of them are done.
    pub(super) counts: Vec<Progress>,
    /// It is of the Kiro form, in which `[-]` means active.
    pub(super) kiro: bool,
    /// What names are looked up in.
    pub(super) names: OnceLock<Names>,
    /// What depends on what.
    pub(super) said: OnceLock<Vec<Said>>,
    /// Indices of those dependencies that have an owner, sorted by it.
    pub(super) by_owner: OnceLock<Vec<u32>>,
    /// What layers above made of it, one type each.
    kept: RwLock<Vec<Arc<dyn Any + Send + Sync>>>,
}

impl Shape {
    /// A number for the next shape.
    pub(super) fn next_id() -> u64 {
        static LAST: AtomicU64 = AtomicU64::new(0);
        LAST.fetch_add(1, Ordering::Relaxed)
    }

    /// Whether the segments of a later version make what those of an earlier one made.
    pub(super) fn is_kept(earlier: &[Piece], later: &[Piece]) -> bool {
        earlier.len() == later.len()
            && earlier.iter().zip(later).all(|(earlier, later)| {
                // What stands in the front matter is read in ways of its own.
                Arc::ptr_eq(&earlier.segment, &later.segment)
                    || !earlier.segment.is_prologue()
                        && !later.segment.is_prologue()
                        && is_alike(earlier, later)
            })
    }

    /// What `work_out` makes of it, kept by its type. It may ask for what others make; two that ask at once may both work it
    /// out.
    pub(super) fn kept<T: Any + Send + Sync>(&self, work_out: impl FnOnce() -> T) -> Arc<T> {
        let known = |kept: &[Arc<dyn Any + Send + Sync>]| {
            kept.iter().find_map(|kept| Arc::clone(kept).downcast::<T>().ok())
        };
        let found = known(&self.kept.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(found) = found {
            return found;
        }
        let new = Arc::new(work_out());
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        known(&kept).unwrap_or_else(|| {
            kept.push(Arc::clone(&new) as Arc<dyn Any + Send + Sync>);
            new
        })
    }
}

/// Whether two segments differ in nothing that matters beyond them but in the places where things stand.
fn is_alike(a: &Piece, b: &Piece) -> bool {
    let (one, other) = (&*a.facts, &*b.facts);
    let same_heading = |(x, y): (&HeadingFact, &HeadingFact)| {
        x.level == y.level
            && a.str(&x.text) == b.str(&y.text)
            && x.item.is_some() == y.item.is_some()
            && x.item.iter().zip(&y.item).all(|(x, y)| is_same_item(x, y))
    };
    let same_item = |(x, y): (&ItemFact, &ItemFact)| {
        is_same_item(x, y) && headings_before(one, x.span.start) == headings_before(other, y.span.start)
    };
    let same_reference = |(x, y): (&ReferenceFact, &ReferenceFact)| {
        (x.owner, x.relation) == (y.owner, y.relation)
            && (&x.subject, &x.value) == (&y.subject, &y.value)
            && headings_before(one, x.span.start) == headings_before(other, y.span.start)
    };
    one.kiro == other.kiro
        && one.headings.len() == other.headings.len()
        && one.items.len() == other.items.len()
        && one.references.len() == other.references.len()
        && is_in_order(&one.references)
        && is_in_order(&other.references)
        && one.headings.iter().zip(&other.headings).all(same_heading)
        && one.items.iter().zip(&other.items).all(same_item)
        && one.references.iter().zip(&other.references).all(same_reference)
}

fn is_same_item(x: &ItemFact, y: &ItemFact) -> bool {
    (x.kind, x.form, x.condition, x.parent, x.role) == (y.kind, y.form, y.condition, y.parent, y.role)
        && (x.state, x.dash, x.optional) == (y.state, y.dash, y.optional)
        && (&x.id, x.unsure_id) == (&y.id, y.unsure_id)
        && says(x).eq(says(y))
}

/// What its carriers are, and what they say.
fn says(item: &ItemFact) -> impl Iterator<Item = (CarrierKind, Option<State>)> + '_ {
    item.carriers.iter().map(|carrier| (carrier.kind, carrier.state))
}

/// How many headings stand before or at a byte of the segment.
fn headings_before(facts: &SegmentFacts, at: u32) -> usize {
    facts.headings.partition_point(|heading: &HeadingFact| heading.span.start <= at)
}

fn is_in_order(references: &[ReferenceFact]) -> bool {
    references.is_sorted_by_key(|reference| reference.span.start)
}
