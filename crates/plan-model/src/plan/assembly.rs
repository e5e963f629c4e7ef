//! Assembly of sections and items from the facts of all segments.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::{
    FactIndex, FactPlace, ItemEntry, LeadingWord, Progress, ReadSegment, SectionEntry, Structure,
    merging::Merging,
};
use crate::{
    facts::{
        HeadingFact, ItemCondition, ItemFact, ItemKind, SegmentFacts, StateSourceKind, with_front_matter,
        with_repeated,
    },
    id::{Id, leading_phase_id},
    role::{self, Role, SectionContext},
    state::State,
    words::{self, CustomNouns},
};

/// Builds sections and items while walking over the segments.
#[derive(Default)]
pub(super) struct Assembly<'a> {
    context: DocumentContext<'a>,
    /// Open sections, outermost first, with the context that they provide for the content below.
    sections: Vec<(u32, Option<SectionContext>)>,
    /// Open items that are headings, outermost first, as level and index.
    open_items: Vec<(u8, u32)>,
    /// IDs of the phases so far, each with its scope.
    seen_phases: HashSet<(Option<u32>, &'a Id)>,
    progress: Progress,
    /// Cumulative progress of all roles. It applies if no task has a counted role.
    of_all_roles: (Progress, Vec<Progress>),
    /// Whether the title describes the document as a checklist, so that its checks are its work.
    is_checklist: bool,
    tasks: u32,
    /// Items that are repeated in other places.
    merging: Merging,
    segments: &'a [ReadSegment],
}

/// Information about the whole document that determines which candidates are items.
#[derive(Default)]
struct DocumentContext<'a> {
    /// IDs of the unconditional items.
    unconditional: HashSet<&'a Id>,
    /// IDs of the phases with a heading.
    phases: HashSet<&'a Id>,
    /// IDs of the phases with a heading in which a separator follows the ID.
    defined_phases: HashSet<&'a Id>,
    /// ID prefixes, each with one of its IDs and a flag for several IDs.
    prefixes: HashMap<&'a str, (&'a Id, bool)>,
    /// For each segment, the group of sections that its lists belong to.
    groups: Vec<u32>,
    /// Groups in which emoji are states.
    emoji_groups: HashSet<u32>,
    /// Whether there are well-formed checkboxes, if a malformed one depends on it.
    has_checkboxes: bool,
    /// Tasks of the front matter by ID.
    front_matter_tasks: HashMap<&'a Id, u32>,
    /// Facts of the front matter.
    front_matter: Option<&'a SegmentFacts>,
    /// Capital letters that are checkbox characters.
    letters: HashSet<&'a str>,
    /// Capital letters that are tags after IDs.
    tags: HashSet<&'a str>,
    /// Leading tokens that are tags although they look like IDs: priorities, severities.
    leading_tags: HashSet<&'a Id>,
    /// The title of a document about one story, by segment and index of the heading.
    story_title: Option<(usize, usize)>,
}

impl<'a> Assembly<'a> {
    /// Builds the structure of a document.
    pub(super) fn assemble(segments: &'a [ReadSegment], nouns: &CustomNouns) -> Structure {
        let mut structure = Self::default().run(segments);
        let merging = Merging::of(&structure, segments, nouns);
        if merging.is_empty() {
            structure.compared = merging.compared;
        } else {
            structure = Self { merging, ..Self::default() }.run(segments);
        }
        structure
    }

    fn run(mut self, segments: &'a [ReadSegment]) -> Structure {
        let kiro = segments.iter().any(|segment| segment.facts.kiro);
        let mut structure = Structure::default();
        (structure.id, structure.kiro) = (Structure::next_id(), kiro);
        self.segments = segments;
        self.context = DocumentContext::of(segments);
        for (segment_index, segment) in segments.iter().enumerate() {
            self.segment(&mut structure, segments, segment_index, segment);
        }
        self.close_sections(&mut structure, 0);
        if self.progress.total == 0 {
            structure.counts = self.of_all_roles.1;
        }
        structure.compared = std::mem::take(&mut self.merging.compared);
        structure
    }

    fn segment(
        &mut self,
        structure: &mut Structure,
        segments: &'a [ReadSegment],
        segment_index: usize,
        segment: &'a ReadSegment,
    ) {
        let facts = &segment.facts;
        let mut headings = facts.headings.iter().enumerate().peekable();
        let first_item = structure.items.len();
        // For each candidate of the segment, the index of its item in the plan. For a candidate that is not an item,
        // the index of its parent.
        let mut item_indices: Vec<Option<u32>> = Vec::with_capacity(facts.items.len());
        for (local, item) in facts.items.iter().enumerate() {
            while let Some((index, heading)) = headings.next_if(|(_, h)| h.span.start < item.span.start) {
                self.heading(structure, segments, segment_index, index, heading);
            }
            let parent = item.parent.and_then(|parent| item_indices[parent as usize]);
            let context = self.section_context();
            let place = (segment_index as u32, FactIndex::Item(local as u32));
            if self.merging.is_repeated(place) || !self.context.is_item(item, segment, segment_index, context)
            {
                item_indices.push(parent);
                continue;
            }
            let index = structure.items.len() as u32;
            let before = self.tasks;
            let role = role_of(item.role, context);
            // `F1` and `#3` in a review are numbers of its remarks.
            let is_remark = context == Some(SectionContext::Text)
                && (item.id.as_ref().is_some_and(may_be_remark)
                    || item.id_span.as_ref().is_some_and(|id| segment.str(id).starts_with('#')));
            self.add_other_places(structure, place);
            if item.kind == ItemKind::Task {
                self.count(structure, item, role);
            }
            let scope = self.scope(structure);
            self.record_phase(scope, item);
            structure.items.push(ItemEntry {
                segment: segment_index as u32,
                fact_index: FactIndex::Item(local as u32),
                kind: item.kind,
                parent: parent.or_else(|| self.open_items.last().map(|(_, item)| *item)),
                section: self.sections.last().map(|(section, _)| *section),
                scope,
                role,
                leading_word: match is_remark {
                    true => LeadingWord::Remark,
                    false if self.context.has_id(item) => LeadingWord::Id,
                    false => LeadingWord::Tag,
                },
                front_matter: self.context.front_matter_task(item),
                tasks: before..self.tasks,
                end: index + 1,
            });
            item_indices.push(Some(index));
            // Extend the ancestors to the end of this item.
            let mut ancestor = parent;
            while let Some(open) = ancestor.filter(|item| *item as usize >= first_item) {
                let entry = &mut structure.items[open as usize];
                if matches!(entry.fact_index, FactIndex::Heading(_)) {
                    break;
                }
                entry.tasks.end = self.tasks;
                entry.end = index + 1;
                ancestor = entry.parent;
            }
        }
        for (index, heading) in headings {
            self.heading(structure, segments, segment_index, index, heading);
        }
    }

    fn count(&mut self, structure: &mut Structure, item: &ItemFact, role: Role) {
        self.tasks += 1;
        let front = self.context.front_matter_task(item);
        let front = front.and_then(|front| self.context.front_matter?.items[front as usize].state);
        let own = item.effective_state(structure.kiro);
        let repetitions = structure.repetitions(structure.items.len()).filter_map(|(segment, fact)| {
            Some((
                item.kind,
                fact.of(&self.segments[segment as usize].facts)?.effective_state(structure.kiro),
            ))
        });
        let state = with_front_matter(with_repeated(own, repetitions), || front);
        if !item.optional && state.is_some_and(|state| state != State::Cancelled) {
            let all = &mut self.of_all_roles.0;
            for progress in std::iter::once(all).chain(role.counts().then_some(&mut self.progress)) {
                progress.total += 1;
                progress.done += usize::from(state == Some(State::Done));
            }
        }
        structure.counts.push(self.progress);
        self.of_all_roles.1.push(self.of_all_roles.0);
    }

    /// Records the places that repeat the next item, whose fact is at `place`.
    fn add_other_places(&self, structure: &mut Structure, place: FactPlace) {
        let item = structure.items.len() as u32;
        structure.repetitions.extend(self.merging.repetitions(place).map(|other| (item, other)));
    }

    fn section_context(&self) -> Option<SectionContext> {
        self.sections.last().and_then(|(_, context)| *context)
    }

    /// Records the ID of a phase for [`ItemCondition::FirstWithId`].
    fn record_phase(&mut self, scope: Option<u32>, item: &'a ItemFact) {
        if let Some(id) = item.id.as_ref().filter(|_| item.kind == ItemKind::Phase) {
            self.seen_phases.insert((scope, id));
        }
    }

    /// Returns the innermost section of level 1 or 2 that is not an item.
    fn scope(&self, structure: &Structure) -> Option<u32> {
        self.sections.iter().rev().map(|(section, _)| *section).find(|section| {
            let entry = &structure.sections[*section as usize];
            entry.level <= 2 && entry.item.is_none()
        })
    }

    /// Returns whether one of the open items is a phase with this ID, which has a word. Numbers can repeat.
    fn is_in_phase(&self, structure: &Structure, id: Option<&Id>) -> bool {
        let Some(id) = id.filter(|id| id.is_phase()) else { return false };
        self.open_items.iter().any(|(_, index)| {
            let entry = &structure.items[*index as usize];
            let fact = entry.fact_index.of(&self.segments[entry.segment as usize].facts);
            fact.is_some_and(|fact| fact.kind == ItemKind::Phase && fact.id.as_ref() == Some(id))
        })
    }

    fn heading(
        &mut self,
        structure: &mut Structure,
        segments: &'a [ReadSegment],
        segment_index: usize,
        index: usize,
        heading: &'a HeadingFact,
    ) {
        let segment = &segments[segment_index];
        self.close_sections(structure, heading.level);
        let context = self.section_context();
        let section = structure.sections.len() as u32;
        let scope = self.scope(structure);
        let item = heading.item.as_deref().filter(|item| match item.condition {
            _ if context == Some(SectionContext::Legend) => false,
            _ if self.context.story_title == Some((segment_index, index)) => false,
            // `### Phase 2 — Tasks` below `## Phase 2` is a section of the phase.
            _ if item.kind == ItemKind::Phase && self.is_in_phase(structure, item.id.as_ref()) => false,
            ItemCondition::Always => context != Some(SectionContext::Text) || item.form.is_checkbox(),
            ItemCondition::FirstWithId => {
                context != Some(SectionContext::Text)
                    && item.id.as_ref().is_some_and(|id| {
                        !self.seen_phases.contains(&(scope, id)) && !self.context.defined_phases.contains(id)
                    })
                    && match PhaseMention::of(segment.str(&item.title)) {
                        None => true,
                        Some(PhaseMention::End) => false,
                        Some(PhaseMention::Part) => {
                            has_checkboxes(segments, segment_index, index, heading.level)
                        }
                    }
            }
            ItemCondition::HasCheckboxes => {
                matches!(context, None | Some(SectionContext::Role(Role::Work)))
                    && has_checkboxes(segments, segment_index, index, heading.level)
            }
            ItemCondition::InWorkSection => {
                context == Some(SectionContext::Role(Role::Work))
                    && match self.open_items.is_empty() {
                        true => self.is_below_title(structure),
                        false => !self.is_in_numbered_section(structure, segments),
                    }
            }
            _ => false,
        });
        structure.sections.push(SectionEntry {
            segment: segment_index as u32,
            heading: index as u32,
            level: heading.level,
            until: section,
            tasks: self.tasks..self.tasks,
            parent: self.sections.last().map(|(section, _)| *section),
            item: item.map(|_| structure.items.len() as u32),
        });
        if heading.level == 1 {
            self.is_checklist = heading.context == Some(SectionContext::Role(Role::Checklist));
        }
        let own = match heading.context {
            Some(SectionContext::Role(Role::Checklist | Role::FollowUp)) if self.is_checklist => None,
            // A checklist of a phase is part of its work.
            Some(SectionContext::Role(Role::Checklist)) if !self.open_items.is_empty() => None,
            own => own,
        };
        let context_below = match item {
            // Sections for follow-up work can contain headings about work.
            _ if is_follow_up(context) => context,
            // `### Phase 1` below `## Success Criteria` contains the criteria of the phase.
            Some(ItemFact { kind: ItemKind::Phase, .. })
                if context == Some(SectionContext::Role(Role::Criterion)) =>
            {
                context
            }
            // If a heading is an item only because of its number, its title determines the role of its checkboxes.
            Some(ItemFact { condition: ItemCondition::HasCheckboxes, .. })
                if own.and_then(SectionContext::role).is_some() =>
            {
                own
            }
            Some(item)
                if item.kind == ItemKind::Phase && role::is_follow_up_title(segment.str(&item.title)) =>
            {
                Some(SectionContext::Role(Role::FollowUp))
            }
            Some(_) => Some(SectionContext::Role(Role::Work)),
            // The title of a plan provides no context for its sections.
            None if heading.level == 1 => None,
            None => own.or(context),
        };
        self.sections.push((section, context_below));
        let Some(item) = item else { return };
        let at = structure.items.len() as u32;
        let before = self.tasks;
        let role = if is_follow_up(context_below) { Role::FollowUp } else { role_of(None, context) };
        self.add_other_places(structure, (segment_index as u32, FactIndex::Heading(index as u32)));
        if item.kind == ItemKind::Task {
            self.count(structure, item, role);
        }
        self.record_phase(scope, item);
        structure.items.push(ItemEntry {
            segment: segment_index as u32,
            fact_index: FactIndex::Heading(index as u32),
            kind: item.kind,
            parent: self.open_items.last().map(|(_, item)| *item),
            section: Some(section),
            scope,
            role,
            leading_word: LeadingWord::Id,
            front_matter: self.context.front_matter_task(item),
            tasks: before..self.tasks,
            end: at + 1,
        });
        self.open_items.push((heading.level, at));
    }

    /// Returns whether the enclosing section is below the document title.
    fn is_below_title(&self, structure: &Structure) -> bool {
        self.sections.last().is_some_and(|(section, _)| structure.sections[*section as usize].level > 1)
    }

    /// Returns whether a numbered section that is not an item is open within the innermost item. For example,
    /// `##### 2.1` below `#### 2. Findings` is a part of that section.
    fn is_in_numbered_section(&self, structure: &Structure, segments: &[ReadSegment]) -> bool {
        let open = self.sections.iter().rev().map(|(section, _)| &structure.sections[*section as usize]);
        let mut within = open.take_while(|section| section.item.is_none());
        within.any(|section| {
            let segment = &segments[section.segment as usize];
            let heading = segment.facts.headings.get(section.heading as usize);
            heading.is_some_and(|heading| words::section_number(segment.str(&heading.text)).is_some())
        })
    }

    /// Closes the open sections and items of `level` and deeper. They end at the start of the next section.
    fn close_sections(&mut self, structure: &mut Structure, level: u8) {
        let next = structure.sections.len() as u32;
        while let Some((open, _)) = self.sections.last()
            && structure.sections[*open as usize].level >= level
        {
            let entry = &mut structure.sections[*open as usize];
            entry.until = next;
            entry.tasks.end = self.tasks;
            self.sections.pop();
        }
        let items = structure.items.len() as u32;
        while let Some((_, item)) = self.open_items.pop_if(|(open, _)| *open >= level) {
            structure.items[item as usize].tasks.end = self.tasks;
            structure.items[item as usize].end = items;
        }
    }
}

/// Returns the heading, by segment and index, that is the title of a document about one story: `# Story 2.4: Export`.
/// The title is not a task of the story, unless the document has no other task.
fn story_title(segments: &[ReadSegment]) -> Option<(usize, usize)> {
    let mut titles = segments.iter().enumerate().flat_map(|(at, segment)| {
        let headings = segment.facts.headings.iter().enumerate();
        headings.filter(|(_, heading)| heading.level == 1).map(move |(index, heading)| (at, index, heading))
    });
    let (segment, index, heading) = titles.next()?;
    let id = heading.item.as_deref()?.id_span.as_ref()?;
    let is_story = segments[segment].str(id).get(..5).is_some_and(|word| word.eq_ignore_ascii_case("story"));
    let has_tasks = || segments.iter().any(|segment| !segment.facts.items.is_empty());
    (is_story && titles.next().is_none() && has_tasks()).then_some((segment, index))
}

/// Returns the character of an item's checkbox.
fn checkbox_character<'a>(segment: &'a ReadSegment, item: &ItemFact) -> Option<&'a str> {
    let source = item.state_sources.first().filter(|source| source.kind == StateSourceKind::Checkbox)?;
    Some(segment.str(&source.span))
}

fn is_follow_up(context: Option<SectionContext>) -> bool {
    context == Some(SectionContext::Role(Role::FollowUp))
}

/// Returns the role of an item: the role of the label above it, otherwise that of its section. Follow-up work keeps
/// its role.
fn role_of(label: Option<Role>, context: Option<SectionContext>) -> Role {
    let of_section = context.and_then(SectionContext::role);
    let label = label.filter(|_| of_section != Some(Role::FollowUp));
    label.or(of_section).unwrap_or(Role::Work)
}

/// Meaning of a phase heading whose ID is not followed by a separator: `Phase 1 Objectives`, `Phase 1 Complete!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PhaseMention {
    /// The phase has ended. The text below describes the phase and its successor.
    End,
    /// A part of the phase. The heading defines the phase only if it contains the phase's tasks.
    Part,
}

impl PhaseMention {
    /// Reads the title after the ID. `None` if it is the name of the phase.
    fn of(title: &str) -> Option<Self> {
        let lower = title.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let (first, last) = (words.next()?, words.next_back());
        match first {
            "is" | "was" | "has" | "complete" | "completed" | "done" | "finished" | "completion" => {
                return Some(Self::End);
            }
            _ => {}
        }
        let is_part = |word: &str| PHASE_PARTS.contains(&word);
        let is_numbered = leading_phase_id(title, &CustomNouns::NONE).is_some()
            || ["iter", "round", "attempt"].iter().any(|word| first.starts_with(word));
        (is_numbered || is_part(first) || last.is_some_and(is_part) || SectionContext::of(title).is_some())
            .then_some(Self::Part)
    }
}

/// Nouns for a part of a phase or for a description of it.
const PHASE_PARTS: [&str; 24] = [
    "objective",
    "objectives",
    "goal",
    "goals",
    "summary",
    "overview",
    "scope",
    "status",
    "results",
    "outcome",
    "outcomes",
    "notes",
    "progress",
    "details",
    "timeline",
    "achievements",
    "accomplishments",
    "metrics",
    "retrospective",
    "recap",
    "report",
    "risks",
    "dependencies",
    "requirements",
];

/// Returns whether a heading has checkboxes below it, up to the next heading of the same or a higher level.
fn has_checkboxes(segments: &[ReadSegment], segment_index: usize, index: usize, level: u8) -> bool {
    for (at, segment) in segments.iter().enumerate().skip(segment_index) {
        let facts = &segment.facts;
        let first = if at == segment_index { index + 1 } else { 0 };
        let from = if at == segment_index { facts.headings[index].span.start } else { 0 };
        let end = facts.headings[first..].iter().find(|heading| heading.level <= level);
        let until = end.map_or(u32::MAX, |heading| heading.span.start);
        let first = facts.items.partition_point(|item| item.span.start < from);
        let mut inside = facts.items[first..].iter().take_while(|item| item.span.start < until);
        if inside.any(|item| item.form.is_checkbox()) {
            return true;
        }
        if end.is_some() {
            return false;
        }
    }
    false
}

/// Returns whether an ID is a letter other than `T` with a digit, as priorities and severities are.
fn may_be_tag(id: &Id) -> bool {
    matches!(id.as_str().as_bytes(), [letter, digit] if letter.is_ascii_uppercase() && *letter != b'T' && digit.is_ascii_digit())
}

/// Returns whether an ID can be the number of a remark in a review: a letter other than `T` with up to two digits.
fn may_be_remark(id: &Id) -> bool {
    let (letter, digits) = id.as_str().split_at_checked(1).unwrap_or_default();
    letter.starts_with(|c: char| c.is_ascii_uppercase() && c != 'T')
        && (1..=2).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl<'a> DocumentContext<'a> {
    fn of(segments: &'a [ReadSegment]) -> Self {
        let mut context = Self::default();
        let all = || segments.iter().flat_map(|segment| &segment.facts.items);
        let has = |condition| all().any(|item| item.condition == condition);
        if let Some(front) = segments.first().filter(|segment| segment.source.is_prologue()) {
            context.front_matter = Some(&front.facts);
            let tasks = front.facts.items.iter().enumerate();
            context.front_matter_tasks =
                tasks.filter_map(|(at, item)| Some((item.id.as_ref()?, at as u32))).collect();
        }
        let headings =
            || segments.iter().flat_map(|segment| &segment.facts.headings).filter_map(|h| h.item.as_deref());
        if has(ItemCondition::OnlyOccurrence) {
            let unconditional =
                all().chain(headings()).filter(|item| item.condition == ItemCondition::Always);
            context.unconditional = unconditional.filter_map(|item| item.id.as_ref()).collect();
        }
        if headings().any(|item| item.condition == ItemCondition::FirstWithId) {
            context.defined_phases = headings()
                .filter(|item| item.kind == ItemKind::Phase && item.condition != ItemCondition::FirstWithId)
                .filter_map(|item| item.id.as_ref())
                .collect();
        }
        if has(ItemCondition::NoPhaseHeading) {
            context.phases = segments
                .iter()
                .flat_map(|segment| segment.facts.headings.iter().map(move |heading| (segment, heading)))
                .filter_map(|(segment, heading)| Some((segment, heading.item.as_deref()?)))
                .filter(|(_, item)| item.kind == ItemKind::Phase)
                .filter(|(segment, item)| {
                    item.condition != ItemCondition::FirstWithId
                        || PhaseMention::of(segment.str(&item.title)).is_none()
                })
                .filter_map(|(_, item)| item.id.as_ref())
                .collect();
        }
        if all().any(|item| item.ambiguous_id) {
            for id in all().filter_map(|item| item.id.as_ref()).filter(|id| !id.prefix().is_empty()) {
                let entry = context.prefixes.entry(id.prefix()).or_insert((id, false));
                entry.1 |= entry.0 != id;
            }
        }
        if has(ItemCondition::LetterIsNotTag) || has(ItemCondition::LetterIsCheckbox) {
            for segment in segments {
                for item in &segment.facts.items {
                    if matches!(item.condition, ItemCondition::Always | ItemCondition::LetterIsNotTag) {
                        context.letters.extend(checkbox_character(segment, item));
                    }
                    context.tags.extend(item.tags.iter().map(|tag| segment.str(tag)));
                }
            }
        }
        if has(ItemCondition::AmongCheckboxes) {
            context.has_checkboxes = all().any(|item| item.form.is_checkbox() && item.malformed.is_none());
        }
        if has(ItemCondition::EmojiIsState) {
            context.group_sections_by_emoji(segments);
        }
        context.story_title = story_title(segments);
        context.collect_tags(segments);
        context
    }

    /// Collects the tokens that are tags: a letter and a digit (`P0`, `H1`) that precede several tasks and occur in no
    /// dependency. `P` with a digit is a priority if any such token appears twice in the document. Tokens with another
    /// letter are tags if one of them appears three times in a segment; if it appears only twice, it is a duplicate ID.
    fn collect_tags(&mut self, segments: &'a [ReadSegment]) {
        let mut uses: HashMap<&Id, (usize, usize)> = HashMap::new();
        for segment in segments {
            let mut in_segment: HashMap<&Id, usize> = HashMap::new();
            for item in segment.facts.items.iter().filter(|item| item.kind == ItemKind::Task) {
                if let Some(id) = item.id.as_ref().filter(|id| may_be_tag(id)) {
                    *in_segment.entry(id).or_default() += 1;
                }
            }
            for (id, count) in in_segment {
                let (all, most) = uses.entry(id).or_default();
                (*all, *most) = (*all + count, (*most).max(count));
            }
        }
        let repeated = |letter: u8, (all, most): (usize, usize)| {
            if letter == b'P' { all > 1 } else { most > 2 }
        };
        let letter = |id: &Id| id.as_str().as_bytes()[0];
        let letters: HashSet<u8> =
            uses.iter().filter(|(id, uses)| repeated(letter(id), **uses)).map(|(id, _)| letter(id)).collect();
        if letters.is_empty() {
            return;
        }
        let references = segments.iter().flat_map(|segment| &segment.facts.references);
        let named: HashSet<u8> = references
            .filter(|reference| reference.subject.is_none() && reference.value.strict)
            .flat_map(|reference| &reference.value.names)
            .filter(|name| may_be_tag(&name.first))
            .map(|name| letter(&name.first))
            .collect();
        let is_tag = |id: &&Id| letters.contains(&letter(id)) && !named.contains(&letter(id));
        self.leading_tags = uses.into_keys().filter(is_tag).collect();
    }

    /// Groups the sections below the same heading, which share the meaning of emoji. In a group, emoji are states if
    /// some of them mean done, and others open, active or blocked.
    fn group_sections_by_emoji(&mut self, segments: &[ReadSegment]) {
        let mut open: Vec<(u8, u32)> = Vec::new();
        let mut states: HashMap<u32, (bool, bool)> = HashMap::new();
        for (segment_index, segment) in segments.iter().enumerate() {
            let mut group = segment_index as u32;
            if let Some(heading) = segment.facts.headings.first() {
                while open.pop_if(|(level, _)| *level >= heading.level).is_some() {}
                if let Some((_, parent)) = open.last().filter(|_| heading.level > 2) {
                    group = *parent;
                }
                open.push((heading.level, segment_index as u32));
            }
            self.groups.push(group);
            let (done, not_yet) = states.entry(group).or_default();
            for item in &segment.facts.items {
                if item.form == StateSourceKind::Emoji {
                    let state = item.state_sources.first().and_then(|source| source.state);
                    *done |= state == Some(State::Done);
                    *not_yet |= matches!(state, Some(State::Open | State::Active | State::Blocked));
                }
            }
        }
        self.emoji_groups = states
            .into_iter()
            .filter(|(_, states)| *states == (true, true))
            .map(|(group, _)| group)
            .collect();
    }

    fn is_item(
        &self,
        item: &ItemFact,
        source: &ReadSegment,
        segment: usize,
        context: Option<SectionContext>,
    ) -> bool {
        let in_text_section = context == Some(SectionContext::Text);
        if context == Some(SectionContext::Legend) {
            return false;
        }
        match item.condition {
            ItemCondition::Always => {
                !(in_text_section
                    && matches!(
                        item.form,
                        StateSourceKind::Paragraph | StateSourceKind::Bullet | StateSourceKind::TableRow
                    ))
            }
            ItemCondition::EmojiIsState => {
                !in_text_section
                    && self.groups.get(segment).is_some_and(|group| self.emoji_groups.contains(group))
            }
            ItemCondition::OnlyOccurrence => {
                !in_text_section && item.id.as_ref().is_none_or(|id| !self.unconditional.contains(id))
            }
            ItemCondition::NoPhaseHeading => item.id.as_ref().is_none_or(|id| !self.phases.contains(id)),
            ItemCondition::AmongCheckboxes => self.has_checkboxes,
            ItemCondition::LetterIsNotTag => !self.is_tag(source, item),
            ItemCondition::LetterIsCheckbox => {
                !self.is_tag(source, item)
                    && checkbox_character(source, item).is_some_and(|letter| self.letters.contains(letter))
            }
            _ => false,
        }
    }

    /// Returns whether the document uses the checkbox of an item as a tag after IDs.
    fn is_tag(&self, source: &ReadSegment, item: &ItemFact) -> bool {
        let letter = checkbox_character(source, item);
        letter.is_some_and(|letter| {
            self.tags
                .iter()
                .any(|tag| tag.strip_prefix('[').and_then(|tag| tag.strip_suffix(']')) == Some(letter))
        })
    }

    fn has_id(&self, item: &ItemFact) -> bool {
        let Some(id) = &item.id else { return false };
        if !self.leading_tags.is_empty() && self.leading_tags.contains(id) {
            return false;
        }
        !item.ambiguous_id
            || is_numbered_task(id)
            || self.prefixes.get(id.prefix()).is_some_and(|(_, has_several)| *has_several)
    }

    /// Returns the index of the front matter task with the same ID.
    fn front_matter_task(&self, item: &ItemFact) -> Option<u32> {
        if item.form == StateSourceKind::FrontMatter || self.front_matter_tasks.is_empty() {
            return None;
        }
        self.front_matter_tasks.get(item.id.as_ref()?).copied()
    }
}

/// Returns whether an ID has the form `T001`. Such a word is an ID even if no other task has one.
fn is_numbered_task(id: &Id) -> bool {
    let digits = id.as_str().strip_prefix("T0");
    digits.is_some_and(|digits| digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

impl ItemFact {
    /// Returns the state according to the item's own state sources. In the syntax of Kiro, `[-]` is active.
    pub(crate) fn effective_state(&self, kiro: bool) -> Option<State> {
        if self.dash && kiro { Some(State::Active) } else { self.state }
    }
}
