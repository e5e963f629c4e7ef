//! Views of a plan's segments, for values that are computed per segment and cached with it.

use std::{
    any::Any,
    hash::{BuildHasher, Hash, Hasher},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::fast::FixedState;
use plan_syntax::{Document, Segment};

use super::{Excerpt, Item, Link, Milestone, Plan, ReadSegment, Risk, Section, SectionEntry, Table};
use crate::{facts::SegmentFlags, gantt::GanttChart};

/// A segment of the document with its sections and items.
#[derive(Clone, Debug)]
pub struct SegmentView<'a> {
    plan: &'a Plan,
    index: usize,
    segment: &'a ReadSegment,
    items: Range<usize>,
    sections: Range<usize>,
}

/// A value cached with a segment, valid for the structure with this ID.
struct StructureMemo<T> {
    cached: Mutex<Option<(u64, Arc<T>)>>,
}

impl<T> Default for StructureMemo<T> {
    fn default() -> Self {
        Self { cached: Mutex::new(None) }
    }
}

impl Plan {
    /// Returns the segments that have one of these flags, in document order.
    pub fn segment_views_with(&self, flags: SegmentFlags) -> impl Iterator<Item = SegmentView<'_>> {
        let segments = self.segments.iter().enumerate();
        let segments = segments.filter(move |(_, segment)| segment.facts.flags.has(flags));
        segments.map(|(index, _)| self.segment_view(index))
    }

    /// Returns all segments in document order.
    pub fn segment_views(&self) -> impl Iterator<Item = SegmentView<'_>> {
        let (mut item, mut section) = (0, 0);
        self.segments.iter().enumerate().map(move |(index, segment)| {
            let (first_item, first_section) = (item, section);
            while self.structure.items.get(item).is_some_and(|entry| entry.segment as usize == index) {
                item += 1;
            }
            while self.structure.sections.get(section).is_some_and(|entry| entry.segment as usize == index) {
                section += 1;
            }
            SegmentView {
                plan: self,
                index,
                segment,
                items: first_item..item,
                sections: first_section..section,
            }
        })
    }

    /// Returns the fingerprint of everything outside a segment that its items and links depend on: the structure of the
    /// document (see [`Plan::structure_memo`]), the link definitions and the anchors that HTML defines.
    pub fn context_fingerprint(&self) -> u64 {
        FixedState::default().hash_one((self.structure.id, self.definitions_key(), self.html_anchors()))
    }

    /// Returns the index of the segment that contains an offset.
    pub fn segment_index_at(&self, offset: usize) -> usize {
        self.segments.partition_point(|segment| segment.start <= offset).saturating_sub(1)
    }

    /// Returns the segment that contains an offset; the last one for the end of the text.
    pub fn segment_view_at(&self, offset: usize) -> Option<SegmentView<'_>> {
        let index = self.segments.partition_point(|segment| segment.start <= offset).checked_sub(1)?;
        Some(self.segment_view(index))
    }

    fn segment_view(&self, index: usize) -> SegmentView<'_> {
        let of = |segment: u32| segment as usize;
        let items = self.structure.items.partition_point(|item| of(item.segment) < index)
            ..self.structure.items.partition_point(|item| of(item.segment) <= index);
        let sections = self.structure.sections.partition_point(|section| of(section.segment) < index)
            ..self.structure.sections.partition_point(|section| of(section.segment) <= index);
        SegmentView { plan: self, index, segment: &self.segments[index], items, sections }
    }
}

impl<'a> SegmentView<'a> {
    /// Returns the index of the segment in the document.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the offset of the segment in the document.
    pub fn start(&self) -> usize {
        self.segment.start
    }

    /// Returns the segment.
    pub fn segment(&self) -> &'a Segment {
        &self.segment.source
    }

    /// Returns the document that contains the segment.
    pub fn document(&self) -> &'a Document {
        &self.plan.document
    }

    /// Returns the items of the segment.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let plan = self.plan;
        self.items.clone().map(move |index| Item { plan, index })
    }

    /// Returns the sections that begin in the segment.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> + use<'a> {
        let plan = self.plan;
        self.sections.clone().map(move |index| Section { plan, index })
    }

    /// Returns the index of the last section that begins at or before `offset`, which is an offset of the document
    /// within the segment.
    pub fn section_at(&self, offset: usize) -> Option<usize> {
        let own = &self.plan.structure.sections[self.sections.clone()];
        let start = |entry: &SectionEntry| {
            self.segment.start + self.segment.facts.headings[entry.heading as usize].span.start as usize
        };
        (self.sections.start + own.partition_point(|entry| start(entry) <= offset)).checked_sub(1)
    }

    /// Returns the segment's tables in document order.
    pub fn tables(&self) -> impl Iterator<Item = Table<'a>> + use<'a> {
        self.plan.tables_in(self.segment)
    }

    /// Returns the non-empty probabilities and impacts of the segment's risks.
    pub fn risk_levels(&self) -> impl Iterator<Item = Excerpt<'a>> + use<'a> {
        self.plan.risk_levels_of(self.segment)
    }

    /// Returns the segment's links and images in document order.
    pub fn links(&self) -> Vec<Link<'a>> {
        self.plan.links_of(std::iter::once(self.segment).filter(|segment| !segment.source.is_prologue()))
    }

    /// Returns the segment's Gantt charts, each with the offset of its text.
    pub fn gantt_charts(&self) -> Vec<(usize, Arc<GanttChart>)> {
        self.plan.gantt_charts_of(self.segment)
    }

    /// Returns the `T` cached with the segment, computing it on first use and after a change of the structure.
    /// `compute` may depend on the segment and on the values that [`Plan::structure_memo`] allows.
    pub fn structure_memo<T: Any + Send + Sync>(&self, compute: impl FnOnce() -> T) -> Arc<T> {
        let memo = self.segment().facts(StructureMemo::<T>::default);
        let mut cached = memo.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let id = self.plan.structure.id;
        match &*cached {
            Some((cached_id, value)) if *cached_id == id => Arc::clone(value),
            _ => {
                let value = Arc::new(compute());
                *cached = Some((id, Arc::clone(&value)));
                value
            }
        }
    }

    /// Returns the segment's risks in document order.
    pub fn risks(&self) -> Vec<Risk<'a>> {
        self.plan.risks_of(self.segment)
    }

    /// Returns the segment's milestones in document order.
    pub fn milestones(&self) -> Vec<Milestone<'a>> {
        self.plan.milestones_of(self.segment)
    }

    /// Returns the hash of everything outside the segment that its items depend on. `None` if items are also in the
    /// front matter or stated again elsewhere, which contributes to their states and fields.
    pub fn context_key(&self) -> Option<u64> {
        let mut hasher = FixedState::default().build_hasher();
        (self.plan.structure.kiro, self.plan.structure.phase_emoji_are_priorities).hash(&mut hasher);
        // The states of items depend on the meaning of emoji in the document.
        self.plan.vocabulary.hash(&mut hasher);
        for (position, entry) in self.plan.structure.items[self.items.clone()].iter().enumerate() {
            let index = self.items.start + position;
            if entry.front_matter.is_some() || self.plan.structure.again(index).next().is_some() {
                return None;
            }
            (entry.fact_index, entry.kind, entry.has_id, entry.role).hash(&mut hasher);
            (entry.end as usize - index, entry.tasks.end - entry.tasks.start).hash(&mut hasher);
        }
        Some(hasher.finish())
    }
}
