//! A plan segment by segment: for what is read from one segment and kept with it.

use std::{
    any::Any,
    hash::{BuildHasher, Hash, Hasher},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::fast::FixedState;
use plan_syntax::{Document, Segment};

use super::{Item, Link, Milestone, Piece, Plan, Risk, Section, SectionEntry, Table, Written};
use crate::{facts::Traits, gantt::Chart};

/// What one segment of the document holds.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    plan: &'a Plan,
    number: usize,
    piece: &'a Piece,
    items: Range<usize>,
    sections: Range<usize>,
}

/// Something that was made of a segment in a document of this shape.
struct OfShape<T> {
    kept: Mutex<Option<(u64, Arc<T>)>>,
}

impl<T> Default for OfShape<T> {
    fn default() -> Self {
        Self { kept: Mutex::new(None) }
    }
}

impl Plan {
    /// The segments that may have one of these traits, in document order.
    pub fn parts_with(&self, traits: Traits) -> impl Iterator<Item = Part<'_>> {
        let numbers = self.pieces.iter().enumerate();
        let numbers = numbers.filter(move |(_, piece)| piece.facts.traits.has(traits));
        numbers.map(|(number, _)| self.part(number))
    }

    /// All segments in document order.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let (mut item, mut section) = (0, 0);
        self.pieces.iter().enumerate().map(move |(number, piece)| {
            let (first_item, first_section) = (item, section);
            while self.shape.items.get(item).is_some_and(|entry| entry.piece as usize == number) {
                item += 1;
            }
            while self.shape.sections.get(section).is_some_and(|entry| entry.piece as usize == number) {
                section += 1;
            }
            Part { plan: self, number, piece, items: first_item..item, sections: first_section..section }
        })
    }

    /// A number that changes whenever the document around a segment makes something else of its items or links: with the
    /// shape of the document ([`Plan::of_shape`]), the definitions of links and the anchors that HTML sets.
    pub fn surroundings(&self) -> u64 {
        FixedState::default().hash_one((self.shape.id, self.defined(), self.html_anchors()))
    }

    /// How many segments start before or at a byte, but for the first.
    pub fn part_number(&self, at: usize) -> usize {
        self.pieces.partition_point(|piece| piece.start <= at).saturating_sub(1)
    }

    /// The segment that a byte lies in; the last one for the end of the text.
    pub fn part_at(&self, at: usize) -> Option<Part<'_>> {
        let number = self.pieces.partition_point(|piece| piece.start <= at).checked_sub(1)?;
        Some(self.part(number))
    }

    fn part(&self, number: usize) -> Part<'_> {
        let of = |piece: u32| piece as usize;
        let items = self.shape.items.partition_point(|item| of(item.piece) < number)
            ..self.shape.items.partition_point(|item| of(item.piece) <= number);
        let sections = self.shape.sections.partition_point(|section| of(section.piece) < number)
            ..self.shape.sections.partition_point(|section| of(section.piece) <= number);
        Part { plan: self, number, piece: &self.pieces[number], items, sections }
    }
}

impl<'a> Part<'a> {
    /// How many segments stand before it.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The byte that it starts at.
    pub fn start(&self) -> usize {
        self.piece.start
    }

    /// The segment.
    pub fn segment(&self) -> &'a Segment {
        &self.piece.segment
    }

    /// The document that it is a part of.
    pub fn document(&self) -> &'a Document {
        &self.plan.document
    }

    /// Its items.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let plan = self.plan;
        self.items.clone().map(move |index| Item { plan, index })
    }

    /// The sections that begin in it.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> + use<'a> {
        let plan = self.plan;
        self.sections.clone().map(move |index| Section { plan, index })
    }

    /// Index of the last section that begins before or at a byte of the segment.
    pub fn section_at(&self, byte: usize) -> Option<usize> {
        let own = &self.plan.shape.sections[self.sections.clone()];
        let start = |entry: &SectionEntry| {
            self.piece.start + self.piece.facts.headings[entry.heading as usize].span.start as usize
        };
        (self.sections.start + own.partition_point(|entry| start(entry) <= byte)).checked_sub(1)
    }

    /// Its tables in document order.
    pub fn tables(&self) -> impl Iterator<Item = Table<'a>> + use<'a> {
        self.plan.tables_in(self.piece)
    }

    /// What is said of how probable its risks are and how much they would harm, blank cells left out.
    pub fn levels(&self) -> impl Iterator<Item = Written<'a>> + use<'a> {
        self.plan.levels_of(self.piece)
    }

    /// Its links and images in document order.
    pub fn links(&self) -> Vec<Link<'a>> {
        self.plan.links_of(std::iter::once(self.piece).filter(|piece| !piece.segment.is_prologue()))
    }

    /// Its `gantt` charts, with the byte at which each one's text starts.
    pub fn charts(&self) -> Vec<(usize, Arc<Chart>)> {
        self.plan.charts_of(self.piece)
    }

    /// What a layer above works out of the segment and the shape of the document ([`Plan::of_shape`]), kept with the segment
    /// for as long as the document has this shape.
    pub fn of_shape<T: Any + Send + Sync>(&self, work_out: impl FnOnce() -> T) -> Arc<T> {
        let segment = self.segment().facts(OfShape::<T>::default);
        let mut kept = segment.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let id = self.plan.shape.id;
        match &*kept {
            Some((known, made)) if *known == id => Arc::clone(made),
            _ => {
                let made = Arc::new(work_out());
                *kept = Some((id, Arc::clone(&made)));
                made
            }
        }
    }

    /// Its risks in document order.
    pub fn risks(&self) -> Vec<Risk<'a>> {
        self.plan.risks_of(self.piece)
    }

    /// Its milestones in document order.
    pub fn milestones(&self) -> Vec<Milestone<'a>> {
        self.plan.milestones_of(self.piece)
    }

    /// A number that changes whenever the document around the segment makes something else of its items. Nothing where
    /// the items are in the front matter as well, which says a part of them.
    pub fn stamp(&self) -> Option<u64> {
        let mut hasher = FixedState::default().build_hasher();
        self.plan.shape.kiro.hash(&mut hasher);
        for (at, entry) in self.plan.shape.items[self.items.clone()].iter().enumerate() {
            if entry.front_matter.is_some() {
                return None;
            }
            let own = self.items.start + at;
            (entry.source, entry.kind, entry.has_id, entry.role).hash(&mut hasher);
            (entry.end as usize - own, entry.tasks.end - entry.tasks.start).hash(&mut hasher);
        }
        Some(hasher.finish())
    }
}
