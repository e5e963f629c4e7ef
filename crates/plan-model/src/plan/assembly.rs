//! Putting the facts of all segments together.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::{ItemEntry, Piece, Plan, Progress, SectionEntry, Source};
use crate::{
    facts::{CarrierKind, Condition, HeadingFact, ItemFact, ItemKind, SegmentFacts, with_front_matter},
    id::Id,
    role::{Context, Role},
    state::State,
};

/// The walk that builds sections and items from the pieces.
#[derive(Default)]
pub(super) struct Assembly<'a> {
    surroundings: Surroundings<'a>,
    /// Open sections, outermost first, with what their headings say of what stands below.
    sections: Vec<(u32, Option<Context>)>,
    /// Open items that are headings, outermost first: level and index.
    holders: Vec<(u8, u32)>,
    progress: Progress,
    tasks: u32,
}

/// What candidates for items have to know of the rest of the document.
#[derive(Default)]
struct Surroundings<'a> {
    /// Ids of items that need nobody's confirmation.
    sure: HashSet<&'a Id>,
    /// Ids of phases with a heading.
    phases: HashSet<&'a Id>,
    /// Prefixes of ids, with one id each, and whether there is another.
    prefixes: HashMap<&'a str, (&'a Id, bool)>,
    /// For each piece the group of sections that its lists belong to.
    groups: Vec<u32>,
    /// Groups of sections in which emoji are states.
    emoji: HashSet<u32>,
    /// Tasks of the front matter by id.
    front_matter: HashMap<&'a Id, u32>,
    /// What the front matter says.
    front: Option<&'a SegmentFacts>,
}

impl<'a> Assembly<'a> {
    pub(super) fn run(mut self, plan: &mut Plan, pieces: &'a [Piece]) {
        plan.kiro = pieces.iter().any(|piece| piece.facts.kiro);
        self.surroundings = Surroundings::of(pieces);
        for (number, piece) in pieces.iter().enumerate() {
            self.piece(plan, pieces, number, piece);
        }
        let end = plan.document.len();
        self.close_to(plan, 0, end);
    }

    fn piece(&mut self, plan: &mut Plan, pieces: &'a [Piece], number: usize, piece: &'a Piece) {
        let facts = &piece.facts;
        let mut headings = facts.headings.iter().enumerate().peekable();
        let first_item = plan.items.len();
        // Where each item of the piece stands in the plan's list; for one that is none, where its parent stands.
        let mut placed: Vec<Option<u32>> = Vec::with_capacity(facts.items.len());
        for (local, item) in facts.items.iter().enumerate() {
            while let Some((index, heading)) = headings.next_if(|(_, h)| h.span.start < item.span.start) {
                self.heading(plan, pieces, number, index, heading);
            }
            let parent = item.parent.and_then(|parent| placed[parent as usize]);
            let context = self.context();
            if !self.surroundings.is_item(item, number, context) {
                placed.push(parent);
                continue;
            }
            let index = plan.items.len() as u32;
            let before = self.tasks;
            if item.kind == ItemKind::Task {
                self.count(plan, item);
            }
            plan.items.push(ItemEntry {
                piece: number as u32,
                source: Source::Item(local as u32),
                kind: item.kind,
                parent: parent.or_else(|| self.holders.last().map(|(_, holder)| *holder)),
                section: self.sections.last().map(|(section, _)| *section),
                scope: self.scope(plan),
                role: item.role.or_else(|| context?.role()).unwrap_or(Role::Work),
                has_id: self.surroundings.has_id(item),
                front_matter: self.surroundings.same_in_front_matter(item),
                tasks: before..self.tasks,
                end: index + 1,
            });
            placed.push(Some(index));
            // Everything from here to the ancestors' ends is theirs too.
            let mut above = parent;
            while let Some(at) = above.filter(|at| *at as usize >= first_item) {
                let entry = &mut plan.items[at as usize];
                if matches!(entry.source, Source::Heading(_)) {
                    break;
                }
                entry.tasks.end = self.tasks;
                entry.end = index + 1;
                above = entry.parent;
            }
        }
        for (index, heading) in headings {
            self.heading(plan, pieces, number, index, heading);
        }
    }

    fn count(&mut self, plan: &mut Plan, item: &ItemFact) {
        self.tasks += 1;
        let front = self.surroundings.same_in_front_matter(item);
        let front = front.and_then(|front| self.surroundings.front?.items[front as usize].state);
        let state = with_front_matter(item.effective_state(plan.kiro), || front);
        if !item.optional && state.is_some_and(|state| state != State::Cancelled) {
            self.progress.total += 1;
            self.progress.done += usize::from(state == Some(State::Done));
        }
        plan.counts.push(self.progress);
    }

    fn context(&self) -> Option<Context> {
        self.sections.last().and_then(|(_, context)| *context)
    }

    /// The innermost section of level 1 or 2 that is no item.
    fn scope(&self, plan: &Plan) -> Option<u32> {
        self.sections.iter().rev().map(|(section, _)| *section).find(|section| {
            let entry = &plan.sections[*section as usize];
            entry.level <= 2 && entry.item.is_none()
        })
    }

    fn heading(
        &mut self,
        plan: &mut Plan,
        pieces: &'a [Piece],
        number: usize,
        index: usize,
        heading: &'a HeadingFact,
    ) {
        let piece = &pieces[number];
        let start = piece.start + heading.span.start as usize;
        self.close_to(plan, heading.level, start);
        let context = self.context();
        let section = plan.sections.len() as u32;
        let scope = self.scope(plan);
        let item = heading.item.as_ref().filter(|item| match item.condition {
            _ if context == Some(Context::Legend) => false,
            Condition::Sure => context != Some(Context::Text) || item.form.is_box(),
            Condition::FirstOfItsNumber => {
                context != Some(Context::Text)
                    && !plan.items.iter().rev().take_while(|other| other.scope == scope).any(|other| {
                        let same = || other.fact(pieces).is_some_and(|fact| fact.id == item.id);
                        other.kind == ItemKind::Phase && same()
                    })
            }
            Condition::Boxes => {
                matches!(context, None | Some(Context::Role(Role::Work)))
                    && has_boxes(pieces, number, index, heading.level)
            }
            Condition::Work => {
                context == Some(Context::Role(Role::Work))
                    && (!self.holders.is_empty() || self.is_work_section(plan))
            }
            _ => false,
        });
        let is_item = item.is_some();
        plan.sections.push(SectionEntry {
            piece: number as u32,
            heading: index as u32,
            level: heading.level,
            end: start,
            tasks: self.tasks..self.tasks,
            parent: self.sections.last().map(|(section, _)| *section),
            item: item.map(|_| plan.items.len() as u32),
        });
        let below = if is_item {
            Some(Context::Role(Role::Work))
        } else if heading.level == 1 {
            // The title of a plan says nothing of its parts.
            None
        } else {
            Context::of(piece.str(&heading.text)).or(context)
        };
        self.sections.push((section, below));
        let Some(item) = item else { return };
        let at = plan.items.len() as u32;
        let before = self.tasks;
        if item.kind == ItemKind::Task {
            self.count(plan, item);
        }
        plan.items.push(ItemEntry {
            piece: number as u32,
            source: Source::Heading(index as u32),
            kind: item.kind,
            parent: self.holders.last().map(|(_, holder)| *holder),
            section: Some(section),
            scope,
            role: context.and_then(Context::role).unwrap_or(Role::Work),
            has_id: true,
            front_matter: self.surroundings.same_in_front_matter(item),
            tasks: before..self.tasks,
            end: at + 1,
        });
        self.holders.push((heading.level, at));
    }

    /// Whether the section around is one of work by its own title, below the document's title.
    fn is_work_section(&self, plan: &Plan) -> bool {
        self.sections.last().is_some_and(|(section, _)| plan.sections[*section as usize].level > 1)
    }

    /// Closes sections and items of `level` and below, which end at byte `end`.
    fn close_to(&mut self, plan: &mut Plan, level: u8, end: usize) {
        while let Some((open, _)) = self.sections.last()
            && plan.sections[*open as usize].level >= level
        {
            let entry = &mut plan.sections[*open as usize];
            entry.end = end;
            entry.tasks.end = self.tasks;
            self.sections.pop();
        }
        let items = plan.items.len() as u32;
        while let Some((_, holder)) = self.holders.pop_if(|(open, _)| *open >= level) {
            plan.items[holder as usize].tasks.end = self.tasks;
            plan.items[holder as usize].end = items;
        }
    }
}

/// Whether there are boxes below a heading, up to the next one of its level.
fn has_boxes(pieces: &[Piece], number: usize, index: usize, level: u8) -> bool {
    for (at, piece) in pieces.iter().enumerate().skip(number) {
        let facts = &piece.facts;
        let first = if at == number { index + 1 } else { 0 };
        let from = if at == number { facts.headings[index].span.start } else { 0 };
        let end = facts.headings[first..].iter().find(|heading| heading.level <= level);
        let until = end.map_or(u32::MAX, |heading| heading.span.start);
        let first = facts.items.partition_point(|item| item.span.start < from);
        let mut inside = facts.items[first..].iter().take_while(|item| item.span.start < until);
        if inside.any(|item| item.form.is_box()) {
            return true;
        }
        if end.is_some() {
            return false;
        }
    }
    false
}

impl<'a> Surroundings<'a> {
    fn of(pieces: &'a [Piece]) -> Self {
        let mut found = Self::default();
        let all = || pieces.iter().flat_map(|piece| &piece.facts.items);
        let has = |condition| all().any(|item| item.condition == condition);
        if let Some(front) = pieces.first().filter(|piece| piece.segment.is_prologue()) {
            found.front = Some(&front.facts);
            let tasks = front.facts.items.iter().enumerate();
            found.front_matter =
                tasks.filter_map(|(at, item)| Some((item.id.as_ref()?, at as u32))).collect();
        }
        let headings =
            || pieces.iter().flat_map(|piece| &piece.facts.headings).filter_map(|h| h.item.as_ref());
        if has(Condition::NoOther) {
            let sure = all().chain(headings()).filter(|item| item.condition == Condition::Sure);
            found.sure = sure.filter_map(|item| item.id.as_ref()).collect();
        }
        if has(Condition::NoHeading) {
            found.phases = headings()
                .filter(|item| item.kind == ItemKind::Phase)
                .filter_map(|item| item.id.as_ref())
                .collect();
        }
        if all().any(|item| item.unsure_id) {
            for id in all().filter_map(|item| item.id.as_ref()).filter(|id| !id.prefix().is_empty()) {
                let entry = found.prefixes.entry(id.prefix()).or_insert((id, false));
                entry.1 |= entry.0 != id;
            }
        }
        if has(Condition::EmojiIsState) {
            found.emoji_groups(pieces);
        }
        found
    }

    /// Sections whose lists stand side by side share what their emoji mean: those below the same heading.
    fn emoji_groups(&mut self, pieces: &[Piece]) {
        let mut open: Vec<(u8, u32)> = Vec::new();
        let mut says: HashMap<u32, (bool, bool)> = HashMap::new();
        for (number, piece) in pieces.iter().enumerate() {
            let mut group = number as u32;
            if let Some(heading) = piece.facts.headings.first() {
                while open.pop_if(|(level, _)| *level >= heading.level).is_some() {}
                if let Some((_, parent)) = open.last().filter(|_| heading.level > 2) {
                    group = *parent;
                }
                open.push((heading.level, number as u32));
            }
            self.groups.push(group);
            let (done, not_yet) = says.entry(group).or_default();
            for item in &piece.facts.items {
                if item.form == CarrierKind::Emoji {
                    let state = item.carriers.first().and_then(|carrier| carrier.state);
                    *done |= state == Some(State::Done);
                    *not_yet |= matches!(state, Some(State::Open | State::Active | State::Blocked));
                }
            }
        }
        self.emoji =
            says.into_iter().filter(|(_, says)| *says == (true, true)).map(|(group, _)| group).collect();
    }

    fn is_item(&self, item: &ItemFact, piece: usize, context: Option<Context>) -> bool {
        let among_text = context == Some(Context::Text);
        if context == Some(Context::Legend) {
            return false;
        }
        match item.condition {
            Condition::Sure => {
                !(among_text
                    && matches!(
                        item.form,
                        CarrierKind::Paragraph | CarrierKind::Bullet | CarrierKind::TableRow
                    ))
            }
            Condition::EmojiIsState => {
                !among_text && self.groups.get(piece).is_some_and(|group| self.emoji.contains(group))
            }
            Condition::NoOther => !among_text && item.id.as_ref().is_none_or(|id| !self.sure.contains(id)),
            Condition::NoHeading => item.id.as_ref().is_none_or(|id| !self.phases.contains(id)),
            _ => false,
        }
    }

    fn has_id(&self, item: &ItemFact) -> bool {
        let Some(id) = &item.id else { return false };
        !item.unsure_id || self.prefixes.get(id.prefix()).is_some_and(|(_, others)| *others)
    }

    fn same_in_front_matter(&self, item: &ItemFact) -> Option<u32> {
        if item.form == CarrierKind::FrontMatter || self.front_matter.is_empty() {
            return None;
        }
        self.front_matter.get(item.id.as_ref()?).copied()
    }
}

impl ItemFact {
    /// What its own carriers say; `[-]` is active in the Kiro form.
    pub(crate) fn effective_state(&self, kiro: bool) -> Option<State> {
        if self.dash && kiro { Some(State::Active) } else { self.state }
    }
}
