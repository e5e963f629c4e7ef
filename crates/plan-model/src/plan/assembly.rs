//! Putting the facts of all segments together.

use foldhash::{HashMap, HashMapExt, HashSet};

use super::{ItemEntry, Piece, Progress, SectionEntry, Shape, Source};
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
    /// The scope of the last item, and the ids of the phases among those before it that are of no other.
    met: (Option<u32>, HashSet<Option<&'a Id>>),
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
    pub(super) fn run(mut self, pieces: &'a [Piece]) -> Shape {
        let kiro = pieces.iter().any(|piece| piece.facts.kiro);
        let mut shape = Shape::default();
        (shape.id, shape.kiro) = (Shape::next_id(), kiro);
        self.surroundings = Surroundings::of(pieces);
        for (number, piece) in pieces.iter().enumerate() {
            self.piece(&mut shape, pieces, number, piece);
        }
        self.close_to(&mut shape, 0);
        shape
    }

    fn piece(&mut self, shape: &mut Shape, pieces: &'a [Piece], number: usize, piece: &'a Piece) {
        let facts = &piece.facts;
        let mut headings = facts.headings.iter().enumerate().peekable();
        let first_item = shape.items.len();
        // Where each item of the piece stands in the plan's list; for one that is none, where its parent stands.
        let mut placed: Vec<Option<u32>> = Vec::with_capacity(facts.items.len());
        for (local, item) in facts.items.iter().enumerate() {
            while let Some((index, heading)) = headings.next_if(|(_, h)| h.span.start < item.span.start) {
                self.heading(shape, pieces, number, index, heading);
            }
            let parent = item.parent.and_then(|parent| placed[parent as usize]);
            let context = self.context();
            if !self.surroundings.is_item(item, number, context) {
                placed.push(parent);
                continue;
            }
            let index = shape.items.len() as u32;
            let before = self.tasks;
            if item.kind == ItemKind::Task {
                self.count(shape, item);
            }
            let scope = self.scope(shape);
            self.meet(scope, item);
            shape.items.push(ItemEntry {
                piece: number as u32,
                source: Source::Item(local as u32),
                kind: item.kind,
                parent: parent.or_else(|| self.holders.last().map(|(_, holder)| *holder)),
                section: self.sections.last().map(|(section, _)| *section),
                scope,
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
                let entry = &mut shape.items[at as usize];
                if matches!(entry.source, Source::Heading(_)) {
                    break;
                }
                entry.tasks.end = self.tasks;
                entry.end = index + 1;
                above = entry.parent;
            }
        }
        for (index, heading) in headings {
            self.heading(shape, pieces, number, index, heading);
        }
    }

    fn count(&mut self, shape: &mut Shape, item: &ItemFact) {
        self.tasks += 1;
        let front = self.surroundings.same_in_front_matter(item);
        let front = front.and_then(|front| self.surroundings.front?.items[front as usize].state);
        let state = with_front_matter(item.effective_state(shape.kiro), || front);
        if !item.optional && state.is_some_and(|state| state != State::Cancelled) {
            self.progress.total += 1;
            self.progress.done += usize::from(state == Some(State::Done));
        }
        shape.counts.push(self.progress);
    }

    fn context(&self) -> Option<Context> {
        self.sections.last().and_then(|(_, context)| *context)
    }

    /// Notes an item, by which later ones are told whether they are the first of their number.
    fn meet(&mut self, scope: Option<u32>, item: &'a ItemFact) {
        if self.met.0 != scope {
            self.met = (scope, HashSet::default());
        }
        if item.kind == ItemKind::Phase {
            self.met.1.insert(item.id.as_ref());
        }
    }

    /// The innermost section of level 1 or 2 that is no item.
    fn scope(&self, shape: &Shape) -> Option<u32> {
        self.sections.iter().rev().map(|(section, _)| *section).find(|section| {
            let entry = &shape.sections[*section as usize];
            entry.level <= 2 && entry.item.is_none()
        })
    }

    fn heading(
        &mut self,
        shape: &mut Shape,
        pieces: &'a [Piece],
        number: usize,
        index: usize,
        heading: &'a HeadingFact,
    ) {
        let piece = &pieces[number];
        self.close_to(shape, heading.level);
        let context = self.context();
        let section = shape.sections.len() as u32;
        let scope = self.scope(shape);
        let item = heading.item.as_deref().filter(|item| match item.condition {
            _ if context == Some(Context::Legend) => false,
            Condition::Sure => context != Some(Context::Text) || item.form.is_box(),
            Condition::FirstOfItsNumber => {
                context != Some(Context::Text)
                    && !(self.met.0 == scope && self.met.1.contains(&item.id.as_ref()))
            }
            Condition::Boxes => {
                matches!(context, None | Some(Context::Role(Role::Work)))
                    && has_boxes(pieces, number, index, heading.level)
            }
            Condition::Work => {
                context == Some(Context::Role(Role::Work))
                    && (!self.holders.is_empty() || self.is_work_section(shape))
            }
            _ => false,
        });
        let is_item = item.is_some();
        shape.sections.push(SectionEntry {
            piece: number as u32,
            heading: index as u32,
            level: heading.level,
            until: section,
            tasks: self.tasks..self.tasks,
            parent: self.sections.last().map(|(section, _)| *section),
            item: item.map(|_| shape.items.len() as u32),
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
        let at = shape.items.len() as u32;
        let before = self.tasks;
        if item.kind == ItemKind::Task {
            self.count(shape, item);
        }
        self.meet(scope, item);
        shape.items.push(ItemEntry {
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
    fn is_work_section(&self, shape: &Shape) -> bool {
        self.sections.last().is_some_and(|(section, _)| shape.sections[*section as usize].level > 1)
    }

    /// Closes sections and items of `level` and below, which end where the next section begins.
    fn close_to(&mut self, shape: &mut Shape, level: u8) {
        let next = shape.sections.len() as u32;
        while let Some((open, _)) = self.sections.last()
            && shape.sections[*open as usize].level >= level
        {
            let entry = &mut shape.sections[*open as usize];
            entry.until = next;
            entry.tasks.end = self.tasks;
            self.sections.pop();
        }
        let items = shape.items.len() as u32;
        while let Some((_, holder)) = self.holders.pop_if(|(open, _)| *open >= level) {
            shape.items[holder as usize].tasks.end = self.tasks;
            shape.items[holder as usize].end = items;
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
            || pieces.iter().flat_map(|piece| &piece.facts.headings).filter_map(|h| h.item.as_deref());
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
