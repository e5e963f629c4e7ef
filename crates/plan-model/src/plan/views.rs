//! Views of a plan's sections and items.

use plan_syntax::SegmentSpan;

use super::{FactIndex, ItemEntry, LeadingWord, Plan, Progress, ReadSegment, SectionEntry, TextRange};
use crate::{
    anchor,
    facts::{
        HeadingFact, ItemFact, ItemKind, MalformedCheckboxKind, StateSourceKind, with_front_matter,
        with_repeated,
    },
    id::{Id, leading_phase_id},
    role::Role,
    state::State,
};

/// A heading with the content below it, up to the next heading of the same or a higher level.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    pub(super) plan: &'a Plan,
    pub(super) index: usize,
}

impl<'a> Section<'a> {
    fn entry(&self) -> &'a SectionEntry {
        &self.plan.structure.sections[self.index]
    }

    fn heading(&self) -> (&'a ReadSegment, &'a HeadingFact) {
        let entry = self.entry();
        let segment = &self.plan.segments[entry.segment as usize];
        (segment, &segment.facts.headings[entry.heading as usize])
    }

    /// Returns the index in [`Plan::sections`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the level of the heading, 1 to 6.
    pub fn level(&self) -> u8 {
        self.entry().level
    }

    /// Returns the text of the heading without emphasis.
    pub fn title(&self) -> String {
        let (segment, heading) = self.heading();
        plain(segment.str(&heading.text))
    }

    /// Returns the cached comparison key of the heading, computing it from the heading's text on first use. All calls
    /// must pass the same function.
    pub fn comparison_key(&self, compute: impl FnOnce(&str) -> String) -> &'a str {
        let (segment, heading) = self.heading();
        heading.comparison_key.0.get_or_init(|| compute(segment.str(&heading.text)).into())
    }

    /// Returns the anchor of the heading, without a number for duplicates.
    pub fn anchor(&self) -> &'a str {
        let (segment, heading) = self.heading();
        heading.anchor.0.get_or_init(|| anchor::anchor(segment.str(&heading.text)).into())
    }

    /// Returns whether the title has a digit, without allocating the title.
    pub fn has_digit(&self) -> bool {
        let (segment, heading) = self.heading();
        segment.str(&heading.text).bytes().any(|byte| byte.is_ascii_digit())
    }

    /// Returns the text of the heading as written.
    pub fn raw_title(&self) -> String {
        self.title_source().to_owned()
    }

    pub(super) fn title_source(&self) -> &'a str {
        let (segment, heading) = self.heading();
        segment.str(&heading.text)
    }

    /// Returns the range of the heading's text.
    pub fn text_range(&self) -> TextRange {
        let (segment, heading) = self.heading();
        segment.range(&heading.text)
    }

    /// Returns the range of the heading.
    pub fn heading_range(&self) -> TextRange {
        let (segment, heading) = self.heading();
        segment.range(&heading.span)
    }

    /// Returns the range of the heading and the content below it.
    pub fn range(&self) -> TextRange {
        self.heading_range().start..self.plan.section_start(self.entry().until)
    }

    /// Returns the index of the parent section.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// Returns the item that the section's heading defines.
    pub fn item(&self) -> Option<Item<'a>> {
        self.entry().item.map(|item| Item { plan: self.plan, index: item as usize })
    }

    /// Returns the progress of the tasks in the section.
    pub fn progress(&self) -> Progress {
        self.plan.progress_of(&self.entry().tasks)
    }
}

/// A phase or task.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    pub(super) plan: &'a Plan,
    pub(super) index: usize,
}

impl<'a> Item<'a> {
    pub(super) fn entry(&self) -> &'a ItemEntry {
        &self.plan.structure.items[self.index]
    }

    pub(super) fn segment(&self) -> &'a ReadSegment {
        &self.plan.segments[self.entry().segment as usize]
    }

    pub(super) fn fact(&self) -> Option<&'a ItemFact> {
        self.entry().fact(&self.plan.segments)
    }

    /// Returns the fact of the task in the front matter with the same ID.
    fn in_front_matter(&self) -> Option<(&'a ReadSegment, &'a ItemFact)> {
        let segment = self.plan.segments.first()?;
        Some((segment, segment.facts.items.get(self.entry().front_matter? as usize)?))
    }

    /// Returns the facts of the item in other places: a table row, a second checklist.
    fn other_facts(&self) -> impl Iterator<Item = (&'a ReadSegment, &'a ItemFact)> + use<'a> {
        let plan = self.plan;
        plan.structure.repetitions(self.index).filter_map(move |(segment, fact)| {
            let segment = &plan.segments[segment as usize];
            Some((segment, fact.of(&segment.facts)?))
        })
    }

    /// Returns whether the item is repeated in other places of the document.
    pub fn has_other_places(&self) -> bool {
        self.plan.structure.repetitions(self.index).next().is_some()
    }

    /// Returns the ranges of the item's ID in its other places.
    pub fn other_id_ranges(&self) -> impl Iterator<Item = TextRange> + use<'a> {
        let nouns = self.plan.vocabulary.nouns();
        self.other_facts().filter_map(move |(segment, fact)| match &fact.id_span {
            Some(id) => Some(segment.range(id)),
            // `Phase 2` in a title.
            None => {
                let title = segment.str(&fact.title);
                let found = fact.phase.as_ref().and(leading_phase_id(title, nouns))?;
                let start = fact.title.start;
                Some(segment.range(&(start + found.range.start as u32..start + found.range.end as u32)))
            }
        })
    }

    /// Returns the ranges of the item's other places, including details.
    pub fn other_ranges(&self) -> impl Iterator<Item = TextRange> + use<'a> {
        self.other_facts().map(|(segment, fact)| segment.range(&fact.span))
    }

    /// Returns the lines of the item's other places, without details.
    pub fn other_lines(&self) -> impl Iterator<Item = TextRange> + use<'a> {
        self.other_facts().map(|(segment, fact)| segment.range(&fact.line))
    }

    fn range_of(&self, span: Option<&SegmentSpan>) -> TextRange {
        span.map_or(0..0, |span| self.segment().range(span))
    }

    /// Returns the index in [`Plan::items`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the kind of the item.
    pub fn kind(&self) -> ItemKind {
        self.entry().kind
    }

    /// Returns the syntax of the item: a checkbox, a heading, a paragraph, a row …
    pub fn form(&self) -> StateSourceKind {
        self.fact().map_or(StateSourceKind::Checkbox, |fact| fact.form)
    }

    /// Returns whether the item is a heading, with or without a checkbox.
    pub fn is_heading(&self) -> bool {
        matches!(self.entry().fact_index, FactIndex::Heading(_))
    }

    /// Returns the item's ID, if it has one.
    pub fn id(&self) -> Option<&'a Id> {
        self.fact()?.id.as_ref().filter(|_| self.entry().leading_word == LeadingWord::Id)
    }

    /// Returns whether the text starts with the number of a remark in a review: `F1`, `#3`.
    pub fn is_numbered_remark(&self) -> bool {
        self.entry().leading_word == LeadingWord::Remark
    }

    /// Returns the ID as written.
    pub fn written_id(&self) -> Option<String> {
        self.id_range().map(|range| self.plan.document().slice(range))
    }

    /// Returns the range of the ID with its word: `Task 1.1`.
    pub fn id_range(&self) -> Option<TextRange> {
        self.id()?;
        Some(self.segment().range(self.fact()?.id_span.as_ref()?))
    }

    /// Returns the title without ID, emoji, emphasis, tags and trailing state.
    pub fn title(&self) -> String {
        plain(self.title_span().map_or("", |span| self.segment().str(&span)))
    }

    /// Returns the range of the title.
    pub fn title_range(&self) -> TextRange {
        self.range_of(self.title_span().as_ref())
    }

    fn title_span(&self) -> Option<SegmentSpan> {
        let fact = self.fact()?;
        // A leading word that is not an ID is part of the title.
        let start = fact
            .id_span
            .as_ref()
            .filter(|_| self.entry().leading_word != LeadingWord::Id && fact.id.is_some());
        let start = start.map_or(fact.title.start, |id| id.start.min(fact.title.start));
        Some(start..fact.title.end.max(start))
    }

    /// Returns the tags without brackets (`P`, `US1`), each with its range including brackets.
    pub fn tags(&self) -> impl Iterator<Item = (&'a str, TextRange)> + 'a {
        let segment = self.segment();
        let tags = self.fact().map_or(&[][..], |fact| &fact.tags);
        tags.iter().map(|tag| (segment.str(&(tag.start + 1..tag.end - 1)), segment.range(tag)))
    }

    /// Returns the suffix of a heading and its range: `Weeks 1-2`, `Estimated: 3 days`.
    pub fn suffix(&self) -> Option<(&'a str, TextRange)> {
        let span = self.fact()?.suffix.as_ref()?;
        Some((self.segment().str(span), self.segment().range(span)))
    }

    /// Returns the range of the item without its details: for a task from the bullet to the end of the line, for a
    /// heading the whole heading.
    pub fn line(&self) -> TextRange {
        self.range_of(self.fact().map(|fact| &fact.line))
    }

    /// Returns the range of the whole item, including details and children.
    pub fn range(&self) -> TextRange {
        match (self.entry().fact_index, self.section()) {
            (FactIndex::Heading(_), Some(section)) => section.range(),
            _ => self.range_of(self.fact().map(|fact| &fact.span)),
        }
    }

    /// Returns the state sources with their ranges and states. Includes the source that represents the syntax of the
    /// item.
    pub fn state_sources(&self) -> impl Iterator<Item = (StateSourceKind, TextRange, Option<State>)> + 'a {
        let kiro = self.plan.structure.kiro;
        let own = self.fact().map(|fact| (self.segment(), fact));
        own.into_iter().chain(self.other_facts()).chain(self.in_front_matter()).flat_map(
            move |(segment, fact)| {
                fact.state_sources.iter().map(move |source| {
                    let dash = fact.dash && kiro && source.kind.is_checkbox();
                    let state = if dash { Some(State::Active) } else { source.state };
                    (source.kind, segment.range(&source.span), state)
                })
            },
        )
    }

    /// Returns the texts of the [state sources](Self::state_sources), in the same order.
    pub fn state_source_texts(&self) -> impl Iterator<Item = &'a str> + 'a {
        let own = self.fact().map(|fact| (self.segment(), fact));
        own.into_iter().chain(self.other_facts()).chain(self.in_front_matter()).flat_map(
            move |(segment, fact)| fact.state_sources.iter().map(move |source| segment.str(&source.span)),
        )
    }

    /// Returns the state according to the item's state sources, including those of its repetitions and of its front
    /// matter task. `None` if none of them has a known state.
    pub fn state(&self) -> Option<State> {
        let kiro = self.plan.structure.kiro;
        let repetitions = self.other_facts().map(|(_, fact)| (self.kind(), fact.effective_state(kiro)));
        let fact = self.fact()?;
        let own = with_repeated(fact.effective_state(kiro), repetitions);
        with_front_matter(own, || self.in_front_matter()?.1.state)
    }

    /// Returns the state derived from the tasks in the item; `None` without tasks. The state is done if all tasks are
    /// done, and active if any task is done or active.
    pub fn derived_state(&self) -> Option<State> {
        let end = self.entry().end as usize;
        let descendants = (self.index + 1..end).map(|index| Item { plan: self.plan, index });
        let tasks = descendants.filter(|item| item.kind() == ItemKind::Task && !item.is_optional());
        let with_roles: Vec<(bool, State)> =
            tasks.filter_map(|item| Some((item.role().counts(), item.state()?))).collect();
        let has_counted = with_roles.iter().any(|(counts, _)| *counts);
        let states: Vec<State> = with_roles
            .into_iter()
            .filter(|(counts, _)| *counts || !has_counted)
            .map(|(_, state)| state)
            .collect();
        let counted: Vec<State> = states.iter().copied().filter(|state| *state != State::Cancelled).collect();
        let all = |state: State| counted.iter().all(|other| *other == state);
        let any = |state: State| counted.contains(&state);
        match () {
            () if states.is_empty() => None,
            () if counted.is_empty() => Some(State::Cancelled),
            () if all(State::Done) => Some(State::Done),
            () if all(State::Deferred) => Some(State::Deferred),
            () if any(State::Done) || any(State::Active) => Some(State::Active),
            () if any(State::Blocked) => Some(State::Blocked),
            () => Some(State::Open),
        }
    }

    /// Returns whether the title is empty or a placeholder that is not filled in.
    pub fn is_unfilled(&self) -> bool {
        self.fact().is_some_and(|fact| fact.unfilled)
    }

    /// Returns whether the item is optional.
    pub fn is_optional(&self) -> bool {
        self.fact().is_some_and(|fact| fact.optional)
    }

    /// Returns the role of the item.
    pub fn role(&self) -> Role {
        self.entry().role
    }

    /// Returns the top section in which the item's ID is unique.
    pub fn scope(&self) -> Option<Section<'a>> {
        self.entry().scope.map(|section| Section { plan: self.plan, index: section as usize })
    }

    /// Returns the kind of defect of the item's checkbox, and the range that a fix replaces. `None` for a valid
    /// checkbox.
    pub fn malformed_checkbox(&self) -> Option<(MalformedCheckboxKind, TextRange)> {
        let malformed = self.fact()?.malformed.as_ref()?;
        Some((malformed.kind, self.segment().range(&malformed.span)))
    }

    /// Returns the malformed checkboxes in the item's other places, each with its defect, the range that a fix
    /// replaces, and whether it is checked.
    pub fn other_malformed_checkboxes(
        &self,
    ) -> impl Iterator<Item = (MalformedCheckboxKind, TextRange, bool)> + use<'a> {
        self.other_facts().filter_map(|(segment, fact)| {
            let malformed = fact.malformed.as_ref()?;
            let source = fact.state_sources.iter().find(|source| source.kind.is_checkbox());
            let is_checked = source.is_some_and(|source| source.state == Some(State::Done));
            Some((malformed.kind, segment.range(&malformed.span), is_checked))
        })
    }

    /// Returns the index of the parent item.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// Returns the parent and its ancestors, innermost first.
    pub fn ancestors(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let parent = |item: &Self| Some(Item { plan: item.plan, index: item.parent()? });
        std::iter::successors(parent(self), parent)
    }

    /// Returns the direct children.
    pub fn children(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let (plan, index, end) = (self.plan, self.index, self.entry().end as usize);
        let mut next = index + 1;
        std::iter::from_fn(move || {
            while next < end {
                let item = Item { plan, index: next };
                if item.parent() == Some(index) {
                    // Skip the descendants of the child.
                    next = (item.entry().end as usize).max(next + 1);
                    return Some(item);
                }
                next += 1;
            }
            None
        })
    }

    /// Returns whether the item is an ancestor of another one.
    pub fn is_ancestor_of(&self, other: &Item<'_>) -> bool {
        (self.index + 1..self.entry().end as usize).contains(&other.index)
    }

    /// Returns the innermost phase that contains the item.
    pub fn phase(&self) -> Option<Item<'a>> {
        let mut parent = self.parent();
        while let Some(index) = parent {
            let item = Item { plan: self.plan, index };
            if item.kind() == ItemKind::Phase {
                return Some(item);
            }
            parent = item.parent();
        }
        None
    }

    /// Returns the section that contains the item; for a heading its own section.
    pub fn section(&self) -> Option<Section<'a>> {
        self.entry().section.map(|section| Section { plan: self.plan, index: section as usize })
    }

    /// Returns the progress of the tasks in the item, including the item itself if it is a task.
    pub fn progress(&self) -> Progress {
        self.plan.progress_of(&self.entry().tasks)
    }
}

/// Returns a text on one line, without backticks and without the markers `**`, `__` and `~~`.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '`' => {}
            '*' | '_' | '~' if characters.peek() == Some(&character) => {
                characters.next();
            }
            space if space.is_whitespace() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            other => out.push(other),
        }
    }
    out.truncate(out.trim_end().len());
    out
}
