//! The structure of a plan: sections, items and dependencies without positions. An edit that changes only words does
//! not change the structure.

use std::{
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use plan_syntax::Memos;

use super::{
    FactPlace, ItemEntry, Progress, ReadSegment, SectionEntry, name_index::NameIndex, resolver::Dependency,
};
use crate::{
    facts::{HeadingFact, ItemFact, ReferenceFact, SegmentFacts, StateSource, StateSourceKind},
    state::State,
};

/// Sections and items, by the indices of their facts, and values derived from them.
#[derive(Debug, Default)]
pub(super) struct Structure {
    /// Unique ID.
    pub(super) id: u64,
    pub(super) sections: Vec<SectionEntry>,
    pub(super) items: Vec<ItemEntry>,
    /// Cumulative progress: for each task in order, the progress of all tasks up to and including it.
    pub(super) counts: Vec<Progress>,
    /// Whether the document uses the syntax of Kiro, in which `[-]` means active.
    pub(super) kiro: bool,
    /// Pairs of an item's index and another place of the item; sorted.
    pub(super) repetitions: Vec<(u32, FactPlace)>,
    /// Places of items whose titles determine which items are identical; sorted.
    pub(super) compared: Vec<FactPlace>,
    pub(super) names: OnceLock<NameIndex>,
    pub(super) dependencies: OnceLock<Vec<Dependency>>,
    /// Indices of the dependencies that belong to an item, sorted by this item.
    pub(super) by_dependent: OnceLock<Vec<u32>>,
    /// Values that depend on the structure; see [`super::Plan::structure_memo`].
    pub(super) memos: Memos,
}

impl Structure {
    /// Returns a new unique ID.
    pub(super) fn next_id() -> u64 {
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        LAST_ID.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns whether two versions of the segments have the same structure.
    pub(super) fn is_unchanged(&self, previous: &[ReadSegment], current: &[ReadSegment]) -> bool {
        previous.len() == current.len()
            && previous.iter().zip(current).all(|(previous, current)| {
                // Any change of the front matter is treated as a change of the structure.
                Arc::ptr_eq(&previous.source, &current.source)
                    || !previous.source.is_prologue()
                        && !current.source.is_prologue()
                        && has_same_structure(previous, current)
            })
            && self.compared.iter().all(|(segment, fact)| {
                let title = |segments: &[ReadSegment]| {
                    let segment = &segments[*segment as usize];
                    Some(segment.str(&fact.of(&segment.facts)?.title).to_owned())
                };
                let is_same = |at: usize| Arc::ptr_eq(&previous[at].source, &current[at].source);
                is_same(*segment as usize) || title(previous) == title(current)
            })
    }

    /// Returns the progress of these tasks.
    pub(super) fn progress_of(&self, tasks: &Range<u32>) -> Progress {
        let upto = |count: u32| {
            let last = (count as usize).checked_sub(1);
            last.and_then(|last| self.counts.get(last)).copied().unwrap_or_default()
        };
        let (before, all) = (upto(tasks.start), upto(tasks.end));
        Progress { done: all.done - before.done, total: all.total - before.total }
    }

    /// Returns the other places of an item.
    pub(super) fn repetitions(&self, item: usize) -> impl Iterator<Item = FactPlace> + '_ {
        let item = item as u32;
        let first = self.repetitions.partition_point(|(index, _)| *index < item);
        self.repetitions[first..].iter().take_while(move |(index, _)| *index == item).map(|(_, place)| *place)
    }
}

/// Returns whether two versions of a segment have the same structure: they differ only in positions and in words that
/// do not matter for other segments. Names every field, so that a new one does not compile until it is handled.
fn has_same_structure(a: &ReadSegment, b: &ReadSegment) -> bool {
    let (a_facts, b_facts) = (&*a.facts, &*b.facts);
    let SegmentFacts {
        headings,
        items,
        references,
        kiro,
        // Read from the segments of each version instead of the structure.
        fields: _,
        by_parent: _,
        tables: _,
        flags: _,
        // Emoji facts determine the vocabulary, and a plan with a different vocabulary has a different structure.
        emoji: _,
        // Used only to reuse facts in the next version.
        top_items: _,
    } = a_facts;
    let same_heading = |(x, y): (&HeadingFact, &HeadingFact)| {
        // The context and the cached values follow from the text.
        let HeadingFact { level, span: _, text, item, context: _, comparison_key: _, anchor: _ } = x;
        *level == y.level
            && a.str(text) == b.str(&y.text)
            && item.is_some() == y.item.is_some()
            && item.iter().zip(&y.item).all(|(x, y)| is_same_item(x, y))
    };
    let same_item = |(x, y): (&ItemFact, &ItemFact)| {
        is_same_item(x, y) && headings_before(a_facts, x.span.start) == headings_before(b_facts, y.span.start)
    };
    let same_reference = |(x, y): (&ReferenceFact, &ReferenceFact)| {
        let ReferenceFact { parent, subject, relation, span, value } = x;
        (*parent, *relation) == (y.parent, y.relation)
            && (subject, value) == (&y.subject, &y.value)
            && headings_before(a_facts, span.start) == headings_before(b_facts, y.span.start)
    };
    *kiro == b_facts.kiro
        && headings.len() == b_facts.headings.len()
        && items.len() == b_facts.items.len()
        && references.len() == b_facts.references.len()
        && is_in_order(references)
        && is_in_order(&b_facts.references)
        && headings.iter().zip(&b_facts.headings).all(same_heading)
        && items.iter().zip(&b_facts.items).all(same_item)
        && references.iter().zip(&b_facts.references).all(same_reference)
}

fn is_same_item(x: &ItemFact, y: &ItemFact) -> bool {
    let ItemFact {
        kind,
        form,
        condition,
        id,
        ambiguous_id,
        state_sources,
        state,
        dash,
        unfilled,
        parent,
        optional,
        role,
        phase,
        // Positions. `Structure::compared` contains the titles that affect the structure.
        span: _,
        line: _,
        title: _,
        id_span: _,
        tags: _,
        suffix: _,
        // The defect affects the condition, which is compared, and otherwise only its own finding.
        malformed: _,
    } = x;
    (kind, form, condition, parent, role) == (&y.kind, &y.form, &y.condition, &y.parent, &y.role)
        && (state, dash, optional, unfilled) == (&y.state, &y.dash, &y.optional, &y.unfilled)
        && (id, ambiguous_id, phase) == (&y.id, &y.ambiguous_id, &y.phase)
        && kinds_and_states(state_sources).eq(kinds_and_states(&y.state_sources))
}

/// Returns the kinds and states of state sources.
fn kinds_and_states(sources: &[StateSource]) -> impl Iterator<Item = (StateSourceKind, Option<State>)> + '_ {
    sources.iter().map(|StateSource { kind, span: _, state }| (*kind, *state))
}

/// Returns the number of headings that start at or before an offset in the segment.
fn headings_before(facts: &SegmentFacts, offset: u32) -> usize {
    facts.headings.partition_point(|heading: &HeadingFact| heading.span.start <= offset)
}

fn is_in_order(references: &[ReferenceFact]) -> bool {
    references.is_sorted_by_key(|reference| reference.span.start)
}
