//! Views of a plan's segments, for values that are computed per segment and cached with it.

use std::{
    any::Any,
    hash::{BuildHasher, Hash, Hasher},
    ops::Range,
    sync::Arc,
};

use foldhash::fast::FixedState;
use plan_syntax::{Content, Memos, Segment, View};

use super::{
    Excerpt, Item, Link, Milestone, Plan, ReadSegment, ResolvedName, Risk, Section, SectionEntry, Table,
    TextRange,
};
use crate::{facts::SegmentFlags, gantt::GanttChart, reference::Value};

/// A segment of the document with its sections and items.
#[derive(Clone, Debug)]
pub struct SegmentView<'a> {
    plan: &'a Plan,
    index: usize,
    segment: &'a ReadSegment,
    items: Range<usize>,
    sections: Range<usize>,
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

    /// Returns the fingerprint of all data outside a segment that affects its items and links: the structure of the
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

    /// Returns the segment's risks in document order.
    pub fn risks(&self) -> Vec<Risk<'a>> {
        self.plan.risks_of(self.segment)
    }

    /// Returns the segment's milestones in document order.
    pub fn milestones(&self) -> Vec<Milestone<'a>> {
        self.plan.milestones_of(self.segment)
    }

    /// Returns the text and blocks of the segment.
    pub fn content(&self) -> &'a Content {
        self.segment.content(&self.plan.document)
    }

    /// Returns the number of line breaks between the start of the segment and `offset`, which is an offset of the
    /// document.
    pub fn line(&self, offset: usize) -> u32 {
        let rope = self.plan.document.rope();
        (rope.byte_to_line(offset) - rope.byte_to_line(self.start())) as u32
    }

    /// Returns the view for values that also depend on the structure of the plan.
    pub fn with_structure(&self) -> StructureView<'a> {
        StructureView { segment: self.clone() }
    }

    /// Returns the view for values that depend only on the segment and the meaning of its items.
    pub fn with_items(&self) -> ItemsView<'a> {
        ItemsView { segment: self.clone() }
    }
}

/// A segment in the structure of its plan.
#[derive(Clone, Debug)]
pub struct StructureView<'a> {
    segment: SegmentView<'a>,
}

/// ID of a structure.
#[derive(PartialEq)]
pub struct StructureId(u64);

impl View for StructureView<'_> {
    type ViewKey = StructureId;

    fn key(&self) -> Option<StructureId> {
        Some(StructureId(self.segment.plan.structure.id))
    }

    fn memos(&self) -> &Memos {
        self.segment.content().memos()
    }
}

impl<'a> StructureView<'a> {
    /// Returns the offset of the segment.
    pub fn start(&self) -> usize {
        self.segment.start()
    }

    /// Returns the number of line breaks between the start of the segment and `offset`, which is an offset of the
    /// document.
    pub fn line(&self, offset: usize) -> u32 {
        self.segment.line(offset)
    }

    /// Returns the items of the segment. Callers may use the states of items in other segments, but not their titles
    /// and ranges.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        self.segment.items()
    }

    /// Returns the sections that begin in the segment.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> + use<'a> {
        self.segment.sections()
    }

    /// Returns the Gantt charts of the segment, each with the offset of its text.
    pub fn gantt_charts(&self) -> Vec<(usize, Arc<GanttChart>)> {
        self.segment.gantt_charts()
    }

    /// Returns the index of the item that each name refers to, if it is exactly one. Offsets are in the segment.
    pub fn targets<'v>(&self, names: impl Iterator<Item = (&'v Value, usize)>) -> Vec<Option<usize>> {
        let found = self.segment.plan.resolve_all(names.map(|(value, offset)| (value, offset, None)));
        let single = |name: &ResolvedName| match name.targets[..] {
            [(_, item)] => item,
            _ => None,
        };
        found.iter().map(single).collect()
    }

    /// Returns the `T` of the structure; see [`Plan::structure_memo`].
    pub fn structure_memo<T: Any + Send + Sync>(&self, compute: fn(&Plan) -> T) -> &'a T {
        self.segment.plan.structure_memo(compute)
    }
}

/// A segment with the items and sections that were read from its text.
#[derive(Clone, Debug)]
pub struct ItemsView<'a> {
    segment: SegmentView<'a>,
}

/// Hash of all data outside a segment that affects its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemsKey(u64);

impl View for ItemsView<'_> {
    type ViewKey = ItemsKey;

    /// Returns `None` if an item is repeated in the front matter or elsewhere, because these places contribute to its
    /// state and fields.
    fn key(&self) -> Option<ItemsKey> {
        let SegmentView { plan, ref items, .. } = self.segment;
        let mut hasher = FixedState::default().build_hasher();
        plan.structure.kiro.hash(&mut hasher);
        // States depend on the meaning of emoji in the document.
        plan.vocabulary.hash(&mut hasher);
        for (position, entry) in plan.structure.items[items.clone()].iter().enumerate() {
            let index = items.start + position;
            if entry.front_matter.is_some() || plan.structure.repetitions(index).next().is_some() {
                return None;
            }
            (entry.fact_index, entry.kind, entry.leading_word, entry.role).hash(&mut hasher);
            (entry.end as usize - index, entry.tasks.end - entry.tasks.start).hash(&mut hasher);
        }
        Some(ItemsKey(hasher.finish()))
    }

    fn memos(&self) -> &Memos {
        self.segment.content().memos()
    }
}

impl<'a> ItemsView<'a> {
    /// Returns the range of the segment.
    pub fn range(&self) -> TextRange {
        self.segment.start()..self.segment.start() + self.segment.segment().len()
    }

    /// Returns the text of the segment.
    pub fn text(&self) -> &'a str {
        &self.segment.content().text
    }

    /// Returns the items of the segment. Callers must not use data from other segments: scope, parents, and progress
    /// of items with tasks in other segments.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        self.segment.items()
    }

    /// Returns the sections that begin in the segment. Callers must not use their progress and ends, which depend on
    /// other segments.
    pub fn sections(&self) -> impl Iterator<Item = Section<'a>> + use<'a> {
        self.segment.sections()
    }

    /// Returns the risks of the segment in document order.
    pub fn risks(&self) -> Vec<Risk<'a>> {
        self.segment.risks()
    }

    /// Returns the milestones of the segment in document order. Callers must not use their tasks, which can be in
    /// other segments.
    pub fn milestones(&self) -> Vec<Milestone<'a>> {
        self.segment.milestones()
    }

    /// Returns the range of the lines of the segment that contain a range.
    pub fn lines_of(&self, range: &TextRange) -> TextRange {
        let document = &self.segment.plan.document;
        document.line_start(range.start)..document.line_end(range.end)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use plan_syntax::{Document, RangeExt};
    use plan_test::edits::RandomEdits;

    use super::*;
    use crate::{Field, Meaning, plan::links::LinksView};

    /// The memos of a segment, the key of its view, and the results of the view.
    type Answers<K> = (*const Memos, K, String);

    fn ask<V: View>(view: &V, answers: String) -> Option<Answers<V::ViewKey>> {
        Some((view.memos(), view.key()?, answers))
    }

    /// Checks that a view returns the same results whenever the segment and the key are the same: in all versions of
    /// randomly edited documents.
    fn check<K: PartialEq>(ask: fn(&Plan) -> Vec<Option<Answers<K>>>) {
        let mut compared = 0;
        for seed in 0..30 {
            let mut random = RandomEdits::new(seed);
            let mut text = random.text();
            let mut document = Document::new(&text);
            // All versions stay alive, so that no new segment gets the address of a previous one.
            let mut versions: Vec<Plan> = Vec::new();
            let mut known: Vec<Answers<K>> = Vec::new();
            for _ in 0..40 {
                let plan = Plan::with_previous(versions.last(), &document, &Arc::default());
                for (memos, key, answers) in ask(&plan).into_iter().flatten() {
                    let same = known
                        .iter()
                        .filter(|(other, ..)| *other == memos)
                        .find(|(_, other, _)| *other == key);
                    match same {
                        Some((.., before)) => {
                            compared += 1;
                            assert_eq!(&answers, before, "seed {seed}, in {text:?}");
                        }
                        None => known.push((memos, key, answers)),
                    }
                }
                versions.push(plan);
                let (range, new) = random.edit(&text);
                text.replace_range(range.clone(), new);
                document.edit(range, new);
                assert_eq!(document.text(), text);
            }
        }
        assert!(compared > 1_000, "only {compared} equal keys");
    }

    fn fields<'a>(start: usize, fields: impl Iterator<Item = Field<'a>>) -> String {
        let relative = |range: &TextRange| range.shifted(start, 0);
        let shown = fields.map(|field| {
            (field.key, field.value.into_owned(), relative(&field.key_range), relative(&field.value_range))
        });
        format!("{:?}", shown.collect::<Vec<_>>())
    }

    #[test]
    fn contents_stay_the_same() {
        check(|plan| {
            let views = plan.segment_views();
            let answer = |view: SegmentView<'_>| {
                let text = plan.slice(view.start()..view.start() + view.segment().len());
                assert_eq!(text, *view.content().text);
                Some((
                    std::ptr::from_ref(view.content().memos()),
                    (),
                    text + &format!("{:?}", view.content().outline),
                ))
            };
            views.map(answer).collect()
        });
    }

    #[test]
    fn links_depend_on_their_key() {
        check(|plan| {
            let views = plan.segments.iter().map(|segment| LinksView::of(plan, segment));
            let answer = |view: LinksView<'_>| {
                let defined = ["ref", "a", "x"].map(|label| view.is_defined(label));
                ask(&view, format!("{defined:?}"))
            };
            views.map(answer).collect()
        });
    }

    #[test]
    fn items_depend_on_their_key() {
        check(|plan| {
            let views = plan.segment_views().map(|view| view.with_items());
            let answer = |view: ItemsView<'_>| {
                view.key()?;
                let start = view.range().start;
                let relative = |range: &TextRange| range.shifted(start, 0);
                let mut out = format!("{:?} {}", relative(&view.range()), view.text());
                for section in view.sections() {
                    let ranges =
                        [section.heading_range(), section.text_range()].map(|range| relative(&range));
                    let item = section.item().map(|item| (item.kind(), fields(start, item.filled_fields())));
                    let _ = writeln!(out, "{} {} {ranges:?} {item:?}", section.level(), section.title());
                }
                for item in view.items().filter(|item| !item.is_heading()) {
                    let ranges =
                        [item.line(), item.range(), item.title_range(), view.lines_of(&item.title_range())];
                    let _ = writeln!(
                        out,
                        "{:?} {:?} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {}",
                        (item.kind(), item.form()),
                        item.id(),
                        item.title(),
                        (item.state(), item.derived_state()),
                        item.progress(),
                        item.role(),
                        (item.is_optional(), item.is_unfilled()),
                        item.suffix().map(|(text, _)| text),
                        item.tags().map(|(text, _)| text).collect::<Vec<_>>(),
                        ranges.map(|range| relative(&range)),
                        fields(start, item.fields()),
                    );
                }
                for risk in view.risks() {
                    let levels = [risk.probability, risk.impact].map(|level| level.map(|level| level.text));
                    let _ = writeln!(out, "{} {:?} {levels:?}", risk.title.text, relative(&risk.title.range));
                }
                for milestone in view.milestones() {
                    let when = milestone.when.map(|when| when.text);
                    let _ = writeln!(
                        out,
                        "{} {:?} {when:?}",
                        milestone.title.text,
                        relative(&milestone.title.range)
                    );
                }
                ask(&view, out)
            };
            views.map(answer).collect()
        });
    }

    #[test]
    fn segments_depend_on_the_structure() {
        struct States(String);

        check(|plan| {
            let views = plan.segment_views().map(|view| view.with_structure());
            let answer = |view: StructureView<'_>| {
                let start = view.start();
                let mut out = String::new();
                for section in view.sections() {
                    let _ = writeln!(
                        out,
                        "{} {} {} {:?} {:?} {}",
                        section.index(),
                        section.level(),
                        section.title(),
                        section.parent(),
                        section.progress(),
                        view.line(section.heading_range().start),
                    );
                }
                for item in view.items() {
                    let _ = writeln!(
                        out,
                        "{} {:?} {:?} {} {:?} {:?} {:?} {:?} {} {:?}",
                        item.index(),
                        item.kind(),
                        item.id(),
                        item.title(),
                        (item.state(), item.derived_state()),
                        item.progress(),
                        item.parent(),
                        item.title_range().shifted(start, 0),
                        view.line(item.line().start),
                        item.field(Meaning::Owner).map(|field| field.value.into_owned()),
                    );
                }
                let charts = view.gantt_charts();
                let names = charts.iter().flat_map(|(start, chart)| {
                    chart.tasks.iter().map(move |task| (&task.reference, start + task.name.start))
                });
                let _ = writeln!(out, "{:?}", view.targets(names));
                let charts: Vec<_> = charts.iter().map(|(at, chart)| (at - start, chart)).collect();
                let _ = writeln!(out, "{charts:?}");
                let states = view.structure_memo(|plan| {
                    States(plan.items().map(|item| format!("{:?} {:?}", item.id(), item.state())).collect())
                });
                ask(&view, out + &states.0)
            };
            views.map(answer).collect()
        });
    }
}
