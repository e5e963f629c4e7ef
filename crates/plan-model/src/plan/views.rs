//! Sections and items as views of a plan.

use plan_syntax::Span;

use super::{Dependency, Field, ItemEntry, Piece, Place, Plan, Progress, SectionEntry, Source};
use crate::{
    anchor,
    facts::{
        CarrierKind, Column, HeadingFact, ItemFact, ItemKind, LooseKind, Owner, table_row, with_front_matter,
    },
    field::Meaning,
    id::Id,
    role::Role,
    state::{self, State},
};

/// A heading and what lies below it, up to the next heading of its level or above.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    pub(super) plan: &'a Plan,
    pub(super) index: usize,
}

impl<'a> Section<'a> {
    fn entry(&self) -> &'a SectionEntry {
        &self.plan.shape.sections[self.index]
    }

    fn heading(&self) -> (&'a Piece, &'a HeadingFact) {
        let entry = self.entry();
        let piece = &self.plan.pieces[entry.piece as usize];
        (piece, &piece.facts.headings[entry.heading as usize])
    }

    /// Its place in [`Plan::sections`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// The level of its heading, 1 to 6.
    pub fn level(&self) -> u8 {
        self.entry().level
    }

    /// The heading's text without emphasis.
    pub fn title(&self) -> String {
        let (piece, heading) = self.heading();
        plain(piece.str(&heading.text))
    }

    /// The heading's text as `compare` makes it, kept with the heading: one `compare` for all calls.
    pub fn compared(&self, compare: impl FnOnce(&str) -> String) -> &'a str {
        let (piece, heading) = self.heading();
        heading.compared.0.get_or_init(|| compare(piece.str(&heading.text)).into())
    }

    /// The anchor of the heading as if no other had the same.
    pub fn anchor(&self) -> &'a str {
        let (piece, heading) = self.heading();
        heading.anchor.0.get_or_init(|| anchor::anchor(&plain(piece.str(&heading.text))).into())
    }

    pub(super) fn has_digit(&self) -> bool {
        let (piece, heading) = self.heading();
        piece.str(&heading.text).bytes().any(|byte| byte.is_ascii_digit())
    }

    /// The heading's text as written.
    pub fn raw_title(&self) -> String {
        self.written_title().to_owned()
    }

    pub(super) fn written_title(&self) -> &'a str {
        let (piece, heading) = self.heading();
        piece.str(&heading.text)
    }

    /// The heading's text.
    pub fn text_range(&self) -> Place {
        let (piece, heading) = self.heading();
        piece.range(&heading.text)
    }

    /// The heading.
    pub fn heading_range(&self) -> Place {
        let (piece, heading) = self.heading();
        piece.range(&heading.span)
    }

    /// Heading and all below it.
    pub fn range(&self) -> Place {
        self.heading_range().start..self.plan.section_start(self.entry().until)
    }

    /// Index of the section around it.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// The item that its heading is.
    pub fn item(&self) -> Option<Item<'a>> {
        self.entry().item.map(|item| Item { plan: self.plan, index: item as usize })
    }

    /// Progress of the tasks inside.
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
        &self.plan.shape.items[self.index]
    }

    pub(super) fn piece(&self) -> &'a Piece {
        &self.plan.pieces[self.entry().piece as usize]
    }

    pub(super) fn fact(&self) -> Option<&'a ItemFact> {
        self.entry().fact(&self.plan.pieces)
    }

    /// The same task in the front matter.
    fn in_front_matter(&self) -> Option<(&'a Piece, &'a ItemFact)> {
        let piece = self.plan.pieces.first()?;
        Some((piece, piece.facts.items.get(self.entry().front_matter? as usize)?))
    }

    fn range_of(&self, span: Option<&Span>) -> Place {
        span.map_or(0..0, |span| self.piece().range(span))
    }

    /// The plan it belongs to.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Its place in [`Plan::items`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// Phase or task.
    pub fn kind(&self) -> ItemKind {
        self.entry().kind
    }

    /// What it is written in: a box, a heading, a paragraph, a row …
    pub fn form(&self) -> CarrierKind {
        self.fact().map_or(CarrierKind::Box, |fact| fact.form)
    }

    /// Whether it is a heading, with a box or without.
    pub fn is_heading(&self) -> bool {
        matches!(self.entry().source, Source::Heading(_))
    }

    /// Its id, if one is written.
    pub fn id(&self) -> Option<&'a Id> {
        self.fact()?.id.as_ref().filter(|_| self.entry().has_id)
    }

    /// Where its id is written, with the word before it: `Task 1.1`.
    pub fn id_range(&self) -> Option<Place> {
        self.id()?;
        Some(self.piece().range(self.fact()?.id_span.as_ref()?))
    }

    /// Its name without id, emoji, emphasis, tags and trailing state.
    pub fn title(&self) -> String {
        plain(self.title_span().map_or("", |span| self.piece().str(&span)))
    }

    /// Where its name is written.
    pub fn title_range(&self) -> Place {
        self.range_of(self.title_span().as_ref())
    }

    fn title_span(&self) -> Option<Span> {
        let fact = self.fact()?;
        // What looked like an id is a word of the name.
        let start = fact.id_span.as_ref().filter(|_| !self.entry().has_id && fact.id.is_some());
        let start = start.map_or(fact.title.start, |id| id.start.min(fact.title.start));
        Some(start..fact.title.end.max(start))
    }

    /// Its tags without brackets: `P`, `US1`, with their places, brackets included.
    pub fn tags(&self) -> impl Iterator<Item = (&'a str, Place)> + 'a {
        let piece = self.piece();
        let tags = self.fact().map_or(&[][..], |fact| &fact.tags);
        tags.iter().map(|tag| (piece.str(&(tag.start + 1..tag.end - 1)), piece.range(tag)))
    }

    /// What a heading says of time behind its name: `Weeks 1-2`, `Estimated: 3 days`.
    pub fn suffix(&self) -> Option<(&'a str, Place)> {
        let span = self.fact()?.suffix.as_ref()?;
        Some((self.piece().str(span), self.piece().range(span)))
    }

    /// Its own line: for a task from the bullet to the end of the line, for a heading all of it.
    pub fn line(&self) -> Place {
        self.range_of(self.fact().map(|fact| &fact.line))
    }

    /// All of it, with details and children.
    pub fn range(&self) -> Place {
        match (self.entry().source, self.section()) {
            (Source::Heading(_), Some(section)) => section.range(),
            _ => self.range_of(self.fact().map(|fact| &fact.span)),
        }
    }

    /// What tells its state, with the place of each; what it is written in is among them.
    pub fn carriers(&self) -> impl Iterator<Item = (CarrierKind, Place, Option<State>)> + 'a {
        let kiro = self.plan.shape.kiro;
        let own = self.fact().map(|fact| (self.piece(), fact));
        [own, self.in_front_matter()].into_iter().flatten().flat_map(move |(piece, fact)| {
            fact.carriers.iter().map(move |carrier| {
                let dash = fact.dash && kiro && carrier.kind.is_box();
                let state = if dash { Some(State::Active) } else { carrier.state };
                (carrier.kind, piece.range(&carrier.span), state)
            })
        })
    }

    /// The same carriers as they are written.
    pub fn written_carriers(&self) -> impl Iterator<Item = &'a str> + 'a {
        let own = self.fact().map(|fact| (self.piece(), fact));
        [own, self.in_front_matter()]
            .into_iter()
            .flatten()
            .flat_map(move |(piece, fact)| fact.carriers.iter().map(move |carrier| piece.str(&carrier.span)))
    }

    /// What its own carriers say; nothing where it has none.
    pub fn state(&self) -> Option<State> {
        let own = self.fact()?.effective_state(self.plan.shape.kiro);
        with_front_matter(own, || self.in_front_matter()?.1.state)
    }

    /// What follows from the tasks in it, if there are any: done when all are, active as soon as one is done or active.
    pub fn derived(&self) -> Option<State> {
        let end = self.entry().end as usize;
        let inside = (self.index + 1..end).map(|index| Item { plan: self.plan, index });
        let states: Vec<State> = inside
            .filter(|item| item.kind() == ItemKind::Task && !item.is_optional())
            .filter_map(|item| item.state())
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

    /// Whether its work is marked as optional.
    pub fn is_optional(&self) -> bool {
        self.fact().is_some_and(|fact| fact.optional)
    }

    /// What it is for.
    pub fn role(&self) -> Role {
        self.entry().role
    }

    /// The top section in which its id means something.
    pub fn scope(&self) -> Option<Section<'a>> {
        self.entry().scope.map(|section| Section { plan: self.plan, index: section as usize })
    }

    /// What is wrong with its box, and what would have to be replaced.
    pub fn loose_box(&self) -> Option<(LooseKind, Place)> {
        let loose = self.fact()?.loose.as_ref()?;
        Some((loose.kind, self.piece().range(&loose.span)))
    }

    /// Index of the item it belongs to.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// The items that lie directly in it.
    pub fn children(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let (plan, index, end) = (self.plan, self.index, self.entry().end as usize);
        let mut next = index + 1;
        std::iter::from_fn(move || {
            while next < end {
                let item = Item { plan, index: next };
                if item.parent() == Some(index) {
                    // What lies in a child is no child.
                    next = (item.entry().end as usize).max(next + 1);
                    return Some(item);
                }
                next += 1;
            }
            None
        })
    }

    /// Whether another one lies in it, at any depth.
    pub fn holds(&self, other: &Item<'_>) -> bool {
        (self.index + 1..self.entry().end as usize).contains(&other.index)
    }

    /// The phase it lies in.
    pub fn phase(&self) -> Option<Item<'a>> {
        let mut above = self.parent();
        while let Some(index) = above {
            let item = Item { plan: self.plan, index };
            if item.kind() == ItemKind::Phase {
                return Some(item);
            }
            above = item.parent();
        }
        None
    }

    /// The section it stands in; for a heading the one it heads.
    pub fn section(&self) -> Option<Section<'a>> {
        self.entry().section.map(|section| Section { plan: self.plan, index: section as usize })
    }

    /// Progress of what lies in it, the item itself included if it is a task.
    pub fn progress(&self) -> Progress {
        self.plan.progress_of(&self.entry().tasks)
    }

    /// Its own fields, those of the same task in the front matter last.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> {
        let owner = match self.entry().source {
            Source::Heading(heading) => Owner::Heading(heading),
            Source::Item(item) => Owner::Item(item),
        };
        let front = self
            .entry()
            .front_matter
            .map(Owner::Item)
            .and_then(|owner| Some((self.plan.pieces.first()?, owner)));
        let cells = self.cells();
        [Some((self.piece(), owner)), front]
            .into_iter()
            .flatten()
            .flat_map(|(piece, owner)| {
                piece.facts.fields_of(owner).map(|field| match piece.segment.is_prologue() {
                    true => piece.front_matter_field(&field.key, &field.value, field.meaning),
                    false => piece.field(&field.key, &field.value, field.meaning),
                })
            })
            .chain(cells)
    }

    /// The cells of the row that it is written in, as fields.
    fn cells(&self) -> Vec<Field<'a>> {
        let Some(fact) = self.fact() else { return Vec::new() };
        let piece = self.piece();
        let table = piece.facts.tables.iter().find(|table| {
            table.span.start <= fact.span.start && fact.span.end <= table.span.end && fact.line == fact.span
        });
        let (Some(table), Some(content)) = (table, piece.segment.content()) else { return Vec::new() };
        let Some(cells) = table_row(&content.outline, table.block, &fact.span) else {
            return Vec::new();
        };
        let meaning = |column: &Column| match column {
            Column::Owner => Some(Meaning::Owner),
            Column::Estimate => Some(Meaning::Estimate),
            Column::Date => Some(Meaning::Due),
            Column::DependsOn => Some(Meaning::DependsOn),
            _ => None,
        };
        let found =
            table.columns.iter().zip(&cells).filter_map(|(column, cell)| Some((meaning(column)?, cell)));
        found.map(|(meaning, cell)| piece.field(cell, cell, Some(meaning))).collect()
    }

    /// The value of its first field of a meaning, unless nobody filled it in.
    pub fn field(&self, meaning: Meaning) -> Option<Field<'a>> {
        self.filled_fields().find(|field| field.meaning == Some(meaning))
    }

    /// Its own fields that someone has filled in.
    pub fn filled_fields(&self) -> impl Iterator<Item = Field<'a>> {
        self.fields().filter(|field| !field.value.is_empty() && !is_placeholder(&field.value))
    }

    /// On what it depends, as far as it is said anywhere in the document.
    pub fn dependencies(&self) -> impl Iterator<Item = Dependency> + use<'a> {
        let plan = self.plan;
        plan.dependencies_of(self.index)
    }
}

/// A value that nobody filled in: `[Name]`, `[Hours/Days]`, a choice, a date's pattern.
fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    state::is_unfilled(value)
        || value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).is_some_and(|inner| {
            inner.contains(|c: char| c.is_lowercase()) && !inner.contains(['[', ']', ',', '"'])
        })
}

/// A text without emphasis and code marks, on one line.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '`' => {}
            '*' | '_' | '~' if characters.peek() == Some(&character) => {
                characters.next();
            }
            blank if blank.is_whitespace() => {
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
