//! What one segment says, read from its text and outline alone.

mod earlier;
mod heading;
mod reader;
mod references;
mod rows;
mod table;
mod text;
mod traits;

use plan_syntax::{Content, Span};
use smallvec::SmallVec;

pub(crate) use self::references::relation_of;
pub(crate) use self::table::{header as table_header, row as table_row, row_number, rows as table_rows};
pub(crate) use self::traits::{is_drawing, is_total, language};
pub use self::{
    table::{Column, TableFact, TableKind},
    traits::Traits,
};
use crate::{
    field::Meaning,
    id::Id,
    reference::Value,
    role::Role,
    state::{State, Vocabulary},
};

/// What a segment says. Spans are bytes relative to the segment's start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentFacts {
    /// Headings in document order; most segments have one, at their start.
    pub headings: Vec<HeadingFact>,
    /// Items that are no headings, in document order, parents before children.
    pub items: Vec<ItemFact>,
    /// Fields in document order.
    pub fields: Vec<FieldFact>,
    /// Indices of the fields, those of one owner together: a list of tasks may have a field for each.
    pub(crate) by_owner: Vec<u32>,
    /// What is said of dependencies.
    pub references: Vec<ReferenceFact>,
    /// Tables in document order.
    pub tables: Vec<TableFact>,
    /// It has marks of the Kiro form, in which `[-]` means active: `- [ ]* 1.2`, `_Requirements: 1.1_`.
    pub kiro: bool,
    /// What it may have.
    pub traits: Traits,
    /// Where the items of long lists are, for the next version.
    marks: Vec<earlier::Mark>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadingFact {
    /// 1 to 6.
    pub level: u8,
    /// The whole heading.
    pub span: Span,
    /// Its text.
    pub text: Span,
    /// The item that it may be.
    pub item: Option<Box<ItemFact>>,
    /// What a layer above made of the text.
    pub(crate) compared: Made,
    /// Its anchor, equal ones not told apart.
    pub(crate) anchor: Made,
}

/// What was made of a heading's text, once. It says nothing that the text does not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made(pub(crate) std::sync::OnceLock<Box<str>>);

impl PartialEq for Made {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Made {}

/// Phase or task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// A container of tasks.
    Phase,
    /// Something to be done.
    Task,
}

impl ItemKind {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Task => "task",
        }
    }
}

/// What has to be true of the document around it for a candidate to be an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing: it is one.
    Sure,
    /// A numbered heading: there are boxes below it.
    Boxes,
    /// A heading with a dotted number: it stands among work.
    Work,
    /// A bullet led by an emoji: in the lists of its section the emoji is a state.
    EmojiIsState,
    /// `**Task 1.1**` without a box: nothing else is that task.
    NoOther,
    /// A row about a phase: no heading is that phase.
    NoHeading,
    /// A phase whose number is followed by words only: no phase before it has that number.
    FirstOfItsNumber,
    /// A lonely box that Markdown does not read as one: it is none.
    Never,
}

/// A phase or task, or what may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFact {
    /// Phase or task.
    pub kind: ItemKind,
    /// How it is written.
    pub form: CarrierKind,
    /// When it is one.
    pub condition: Condition,
    /// With everything that belongs to it: its details and children.
    pub span: Span,
    /// Its own line, from the marker on.
    pub line: Span,
    /// The title without id, emoji, tags and trailing state.
    pub title: Span,
    /// The id it starts with.
    pub id: Option<Id>,
    /// Where the id is written, with its word.
    pub id_span: Option<Span>,
    /// The id may be a word like any other (`UTF-8`): it counts only where others have the same prefix.
    pub unsure_id: bool,
    /// `[P]`, `[US1]`, `(R)` after the id, brackets included.
    pub tags: Vec<Span>,
    /// What tells its state, the box first.
    pub carriers: Carriers,
    /// What its own carriers say; nothing where it has none that says something.
    pub state: Option<State>,
    /// The box says `[-]`.
    pub dash: bool,
    /// Index of the item that it stands under, in the same segment.
    pub parent: Option<u32>,
    /// `- [ ]* text`, or a heading with `(optional)`.
    pub optional: bool,
    /// Set where the box is not one for Markdown.
    pub loose: Option<LooseBox>,
    /// Its role, where a label in the segment tells it.
    pub role: Option<Role>,
    /// What a heading's suffix says: `(Weeks 1-2)`, `(Estimated: 3 days)`.
    pub suffix: Option<Span>,
}

/// Most items have one.
pub type Carriers = SmallVec<[Carrier; 1]>;

/// Something that tells an item's state, or that the item is written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// What it is.
    pub kind: CarrierKind,
    /// What would change if the state did: the mark between the brackets, the emoji, the word.
    pub span: Span,
    /// What it says; nothing for a mark or word that nobody knows.
    pub state: Option<State>,
}

/// What items are written in, and what tells their state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CarrierKind {
    /// `[x]`.
    Box,
    /// `**[x]**`.
    BoldBox,
    /// An emoji at the start or the end.
    Emoji,
    /// A heading.
    Heading,
    /// A paragraph, `**Task 1.1**: …`.
    Paragraph,
    /// A bullet without box.
    Bullet,
    /// A row of a table; what tells the state is its status cell.
    TableRow,
    /// A `Status:` field below it.
    Field,
    /// An entry of the front matter.
    FrontMatter,
    /// `~~all of it~~`.
    Strikethrough,
    /// A word set off at the start or the end: `[COMPLETED]`, `(deferred to Q3)`, `— DONE`.
    Word,
}

impl CarrierKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Box,
        Self::BoldBox,
        Self::Emoji,
        Self::Heading,
        Self::Paragraph,
        Self::Bullet,
        Self::TableRow,
        Self::Field,
        Self::FrontMatter,
        Self::Strikethrough,
        Self::Word,
    ];

    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Box => "box",
            Self::BoldBox => "bold-box",
            Self::Emoji => "emoji",
            Self::Heading => "heading",
            Self::Paragraph => "paragraph",
            Self::Bullet => "bullet",
            Self::TableRow => "table-row",
            Self::Field => "field",
            Self::FrontMatter => "front-matter",
            Self::Strikethrough => "strikethrough",
            Self::Word => "word",
        }
    }

    /// Whether it is a box.
    pub fn is_box(self) -> bool {
        matches!(self, Self::Box | Self::BoldBox)
    }
}

/// A box that Markdown does not read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseBox {
    /// What is wrong with it.
    pub kind: LooseKind,
    /// Bullet and box: what has to be replaced.
    pub span: Span,
}

/// What is wrong with a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooseKind {
    /// `- [] text`.
    Empty,
    /// `-[ ] text`.
    NoSpace,
    /// `[ ] text`, without a bullet.
    NoBullet,
}

/// Whom something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// What stands before the segment's first heading.
    Text,
    /// A heading of the segment, by index.
    Heading(u32),
    /// An item of the segment, by index.
    Item(u32),
}

/// A field of the document, of a section or of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFact {
    /// The key as written.
    pub key: Span,
    /// The value as written; empty for a label.
    pub value: Span,
    /// What the key means, if it is known.
    pub meaning: Option<Meaning>,
    /// Whose it is.
    pub owner: Owner,
}

/// How two items hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The owner needs what is named.
    DependsOn,
    /// What is named needs the owner.
    Blocks,
    /// The owner serves a requirement.
    Requirement,
}

/// Something said of a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceFact {
    /// Who depends, by where it is said.
    pub owner: Owner,
    /// Who depends, by name: `Phase 2 depends on Phase 1`, a row about task 1.2.
    pub subject: Option<Value>,
    /// How.
    pub relation: Relation,
    /// The value as written.
    pub span: Span,
    /// The value as read.
    pub value: Value,
}

impl SegmentFacts {
    /// Reads a segment. An earlier version of it, which was read with the same vocabulary, saves reading again what is the
    /// same; any other segment will do, and save nothing.
    pub fn read(content: &Content, vocabulary: &Vocabulary, earlier: Option<(&Content, &Self)>) -> Self {
        let mut facts = reader::read(content, vocabulary, earlier);
        facts.traits = Traits::of(content, &facts);
        facts.sort_fields();
        // Kept for each of perhaps 100,000 segments, most of which have one heading.
        facts.headings.shrink_to_fit();
        facts.items.shrink_to_fit();
        facts.fields.shrink_to_fit();
        facts.references.shrink_to_fit();
        facts.marks.shrink_to_fit();
        for item in facts
            .items
            .iter_mut()
            .chain(facts.headings.iter_mut().filter_map(|heading| heading.item.as_deref_mut()))
        {
            item.carriers.shrink_to_fit();
            item.tags.shrink_to_fit();
        }
        for reference in &mut facts.references {
            reference.value.names.shrink_to_fit();
            reference.subject.iter_mut().for_each(|subject| subject.names.shrink_to_fit());
        }
        facts
    }

    /// Notes whose the fields are, once all are there.
    pub(crate) fn sort_fields(&mut self) {
        self.by_owner = (0..self.fields.len() as u32).collect();
        self.by_owner.sort_by_key(|field| self.fields[*field as usize].owner);
    }

    /// The fields of an owner, in document order.
    pub(crate) fn fields_of(&self, owner: Owner) -> impl Iterator<Item = &FieldFact> {
        let first = self.by_owner.partition_point(|field| self.fields[*field as usize].owner < owner);
        let own = self.by_owner[first..].iter().map(|field| &self.fields[*field as usize]);
        own.take_while(move |field| field.owner == owner)
    }
}

/// What an item's own carriers and its entry in the front matter say together: a box tells done or not, and what is not
/// done can be told more exactly elsewhere.
pub(crate) fn with_front_matter(own: Option<State>, front: impl FnOnce() -> Option<State>) -> Option<State> {
    match own {
        None => front(),
        Some(State::Open) => front().filter(|state| *state != State::Done).or(own),
        told => told,
    }
}

/// What carriers say together.
///
/// A box decides between done and not done; a word, strikethrough, emoji or field tells more of what is not done. Only a
/// whole item `❌ … CANCELLED` overrules a ticked box. Without a box the first of these speaks: a word set off, an emoji,
/// strikethrough, a status cell, a field, front matter. Of two emoji or words the last, which stands nearest to the
/// reader and was usually added later.
pub(crate) fn state_of(carriers: &[Carrier]) -> Option<State> {
    let says = |kind: CarrierKind| {
        carriers.iter().rev().filter(move |carrier| carrier.kind == kind).find_map(|carrier| carrier.state)
    };
    const OTHERS: [CarrierKind; 6] = [
        CarrierKind::Word,
        CarrierKind::Emoji,
        CarrierKind::Strikethrough,
        CarrierKind::TableRow,
        CarrierKind::Field,
        CarrierKind::FrontMatter,
    ];
    let Some(boxed) = carriers.iter().find(|carrier| carrier.kind.is_box()) else {
        return OTHERS.into_iter().find_map(says);
    };
    if boxed.state == Some(State::Done) {
        let cancelled = [CarrierKind::Word, CarrierKind::Emoji]
            .into_iter()
            .all(|kind| says(kind) == Some(State::Cancelled));
        return Some(if cancelled { State::Cancelled } else { State::Done });
    }
    let refines = |state: &State| !matches!(state, State::Done | State::Open);
    let words = [CarrierKind::Word, CarrierKind::Strikethrough]
        .into_iter()
        .find_map(|kind| says(kind).filter(refines));
    let own = boxed.state.filter(refines);
    let rest = || {
        [CarrierKind::Emoji, CarrierKind::TableRow, CarrierKind::Field, CarrierKind::FrontMatter]
            .into_iter()
            .find_map(|kind| says(kind).filter(refines))
    };
    Some(words.or(own).or_else(rest).unwrap_or(State::Open))
}
