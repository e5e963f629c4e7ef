//! Facts of one segment, read from its text and outline alone.

pub(crate) mod emoji;
mod groups;
mod heading;
mod inline_fields;
mod malformed;
mod metadata;
mod reader;
mod references;
mod reuse;
mod rows;
mod segment_flags;
mod table;
mod text;

use plan_syntax::{Content, SegmentSpan};
use smallvec::SmallVec;

pub(crate) use self::malformed::shallow_lists;
pub(crate) use self::references::relation_of;
pub use self::segment_flags::split_amount;
pub(crate) use self::segment_flags::{is_total, lists_with_total};
pub(crate) use self::table::{header as table_header, row as table_row, row_fingerprint, rows as table_rows};
pub use self::{
    reader::is_fields_heading,
    segment_flags::{FenceLanguage, SegmentFlags},
    table::{Column, TableFact, TableKind},
};
use crate::{
    field::Meaning,
    id::{Id, leading_phase_id},
    reference::Value,
    role::{Role, SectionContext},
    state::{State, Vocabulary},
    words::CustomNouns,
};

/// Facts of a segment. Spans are bytes relative to the segment's start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentFacts {
    /// Headings in document order. Most segments have one, at their start.
    pub headings: Vec<HeadingFact>,
    /// Items other than headings, in document order, parents before children.
    pub items: Vec<ItemFact>,
    /// Fields in document order.
    pub fields: Vec<FieldFact>,
    /// Evidence for the meaning of emoji.
    pub(crate) emoji: Option<Box<emoji::EmojiFacts>>,
    /// Indices of the fields, sorted by the heading or item that the fields belong to. See [`Self::fields_of`].
    pub(crate) by_parent: Vec<u32>,
    /// References to tasks and phases: dependencies and requirements.
    pub references: Vec<ReferenceFact>,
    /// Tables in document order.
    pub tables: Vec<TableFact>,
    /// Whether the segment uses the syntax of Kiro (`- [ ]* 1.2`, `_Requirements: 1.1_`), in which `[-]` means
    /// active.
    pub kiro: bool,
    /// Kinds of content that the segment may have.
    pub flags: SegmentFlags,
    /// Top-level list items of a long segment, whose facts the next version can reuse.
    pub(crate) top_items: Vec<reuse::TopItem>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadingFact {
    /// Level, 1 to 6.
    pub level: u8,
    /// Span of the whole heading.
    pub span: SegmentSpan,
    /// Span of its text.
    pub text: SegmentSpan,
    /// The item that the heading may define.
    pub item: Option<Box<ItemFact>>,
    /// Meaning of the text for the content below the heading.
    pub(crate) context: Option<SectionContext>,
    /// Comparison key, computed from the text by a higher layer.
    pub(crate) comparison_key: TextMemo,
    /// Anchor, without a number for duplicates.
    pub(crate) anchor: TextMemo,
}

/// A cached value computed from a heading's text. It is ignored in comparisons because equal texts have equal values.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextMemo(pub(crate) std::sync::OnceLock<Box<str>>);

impl PartialEq for TextMemo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for TextMemo {}

/// Kind of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// Contains tasks.
    Phase,
    /// A unit of work.
    Task,
}

impl ItemKind {
    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Task => "task",
        }
    }
}

/// Condition on the rest of the document under which a candidate is an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemCondition {
    /// No condition: always an item.
    Always,
    /// For a numbered heading: has checkboxes below it.
    HasCheckboxes,
    /// For a heading with a dotted number: is in a section of work.
    InWorkSection,
    /// For a heading with a key such as `ENV-001`: has a status field below it. Only while the segment is read; then it is
    /// either [`InWorkSection`](Self::InWorkSection) or no candidate.
    HasStatusField,
    /// For a bullet that starts with an emoji: emoji are states in the lists of its section.
    EmojiIsState,
    /// For `**Task 1.1**` without a checkbox: no other item has its ID.
    OnlyOccurrence,
    /// For a table row about a phase: no heading has the phase's ID.
    NoPhaseHeading,
    /// For a phase whose number is not followed by a separator: no earlier phase has its ID.
    FirstWithId,
    /// For a capital letter in brackets without a meaning as a state, in a list with checkboxes: the document does not
    /// use it as a tag.
    LetterIsNotTag,
    /// For a capital letter in brackets in a list without checkboxes: the document uses it as a checkbox elsewhere.
    LetterIsCheckbox,
    /// For a malformed checkbox in a segment without well-formed checkboxes: the document has well-formed checkboxes
    /// elsewhere.
    AmongCheckboxes,
    /// Never an item. For a malformed checkbox that is probably ordinary text, and for a checkbox whose text states
    /// that nothing has to be done.
    Never,
}

/// A phase or task, or a candidate for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFact {
    /// Phase or task.
    pub kind: ItemKind,
    /// Syntax of the item.
    pub form: StateSourceKind,
    /// Condition under which the candidate is an item.
    pub condition: ItemCondition,
    /// Span of the whole item, including its details and children.
    pub span: SegmentSpan,
    /// Span of the item's line, from the list marker on.
    pub line: SegmentSpan,
    /// Span of the title without ID, emoji, tags and trailing state.
    pub title: SegmentSpan,
    /// ID at the start.
    pub id: Option<Id>,
    /// Span of the ID with its word.
    pub id_span: Option<SegmentSpan>,
    /// Whether the ID may be an ordinary word (`UTF-8`). It is an ID only if other IDs have the same prefix.
    pub ambiguous_id: bool,
    /// Spans of tags after the ID, including brackets: `[P]`, `[US1]`, `(R)`.
    pub tags: Vec<SegmentSpan>,
    /// State sources. The first one represents the syntax of the item: its checkbox, heading or row.
    pub state_sources: StateSources,
    /// State according to the item's own state sources; `None` if none of them has a known state.
    pub state: Option<State>,
    /// Whether the checkbox is `[-]`.
    pub dash: bool,
    /// Whether the title is empty or an unfilled placeholder.
    pub unfilled: bool,
    /// Index of the parent item in the same segment.
    pub parent: Option<u32>,
    /// Whether the item is optional: `- [ ]* text`, or a heading with `(optional)`.
    pub optional: bool,
    /// Defect of the checkbox, if it is malformed.
    pub malformed: Option<MalformedCheckbox>,
    /// Role, if a label in the segment determines it.
    pub role: Option<Role>,
    /// ID of the phase that the title of a task without an ID refers to: `- [ ] Phase 2: Roof`.
    pub phase: Option<Id>,
    /// Span of the text in a heading's suffix: `Weeks 1-2` of `(Weeks 1-2)`, `Estimated: 3 days`.
    pub suffix: Option<SegmentSpan>,
}

/// State sources of an item. Most items have one.
pub type StateSources = SmallVec<[StateSource; 1]>;

/// Text that determines an item's state, or the syntax of the item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateSource {
    /// Syntax of the source.
    pub kind: StateSourceKind,
    /// Span that changes with the state: the checkbox character, the emoji, the word.
    pub span: SegmentSpan,
    /// State; `None` for an unknown character or word.
    pub state: Option<State>,
}

/// Syntax of items, or syntax that determines their state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StateSourceKind {
    /// `[x]`.
    Checkbox,
    /// `**[x]**`.
    BoldCheckbox,
    /// An emoji at the start or the end.
    Emoji,
    /// A heading.
    Heading,
    /// A paragraph, `**Task 1.1**: …`.
    Paragraph,
    /// A bullet without checkbox.
    Bullet,
    /// A table row; its status cell determines the state.
    TableRow,
    /// A `Status:` field of the item.
    Field,
    /// An entry of the front matter.
    FrontMatter,
    /// Strikethrough of the whole text: `~~text~~`.
    Strikethrough,
    /// A delimited word at the start or end: `[COMPLETED]`, `(deferred to Q3)`, `— DONE`.
    Word,
}

impl StateSourceKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Checkbox,
        Self::BoldCheckbox,
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

    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Checkbox => "checkbox",
            Self::BoldCheckbox => "bold-checkbox",
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

    /// Returns whether the state source is a checkbox, bold or not.
    pub fn is_checkbox(self) -> bool {
        matches!(self, Self::Checkbox | Self::BoldCheckbox)
    }
}

/// A checkbox that is not valid Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedCheckbox {
    /// Kind of defect.
    pub kind: MalformedCheckboxKind,
    /// Span of bullet and checkbox, which a fix replaces.
    pub span: SegmentSpan,
}

/// Kind of defect of a malformed checkbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedCheckboxKind {
    /// Empty brackets: `- [] text`.
    Empty,
    /// No space after the bullet: `-[ ] text`.
    NoSpace,
    /// No bullet: `[ ] text`.
    NoBullet,
    /// No space after the checkbox: `- [ ]text`.
    NoSpaceAfter,
    /// Too many characters between the brackets: `- [  ] text`, `- [x ] text`.
    Padded,
    /// A no-break space or a similar character instead of a space: `- [ ]\u{a0}text`.
    OddSpace,
    /// A bullet that is not a list marker in Markdown: `• [ ] text`.
    UnknownBullet,
    /// Full-width brackets: `- ［ ］ text`.
    WideBrackets,
    /// A character that looks like that of a checkbox: `- [×] text`, `- [_] text`.
    Lookalike,
    /// Other characters than one pair of brackets: `- ( ) text`, `- [ ]] text`, `- [ text`.
    Misspelled,
}

/// Part of a segment that a field or reference belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactParent {
    /// The text before the segment's first heading.
    Text,
    /// A heading of the segment, by index.
    Heading(u32),
    /// An item of the segment, by index.
    Item(u32),
}

/// A field of the document, of a section or of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFact {
    /// Span of the key.
    pub key: SegmentSpan,
    /// Span of the value; empty for a label.
    pub value: SegmentSpan,
    /// Meaning of the key, if it is known.
    pub meaning: Option<Meaning>,
    /// Heading or item that the field belongs to.
    pub parent: FactParent,
}

/// Relation between the subject of a reference and the items that the reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The subject depends on the named items.
    DependsOn,
    /// The named items depend on the subject.
    Blocks,
    /// The subject implements the named requirements.
    Requirement,
}

/// A reference to tasks, phases or requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceFact {
    /// Heading or item that contains the reference. It is the subject unless [`subject`](Self::subject) is set.
    pub parent: FactParent,
    /// Items that the reference itself names as its subject: `Phase 2 depends on Phase 1`, a row about task 1.2.
    pub subject: Option<Value>,
    /// Relation between the subject and the named items.
    pub relation: Relation,
    /// Span of the value.
    pub span: SegmentSpan,
    /// Parsed value.
    pub value: Value,
}

impl ItemFact {
    /// Returns all spans. Names every field, so that a new field does not compile until it is handled here.
    pub(super) fn spans_mut(&mut self) -> impl Iterator<Item = &mut SegmentSpan> {
        let Self {
            kind: _,
            form: _,
            condition: _,
            span,
            line,
            title,
            id: _,
            id_span,
            ambiguous_id: _,
            tags,
            state_sources,
            state: _,
            dash: _,
            unfilled: _,
            parent: _,
            optional: _,
            malformed,
            role: _,
            phase: _,
            suffix,
        } = self;
        let sources = state_sources.iter_mut().map(|StateSource { kind: _, span, state: _ }| span);
        let malformed = malformed.iter_mut().map(|MalformedCheckbox { kind: _, span }| span);
        let own = [span, line, title].into_iter().chain(id_span).chain(suffix);
        own.chain(tags).chain(malformed).chain(sources)
    }

    /// Returns the rest of the title after the ID of the [`phase`](Self::phase) that the title refers to.
    pub(crate) fn phase_title<'a>(&self, title: &'a str, nouns: &CustomNouns) -> &'a str {
        let leading_id = leading_phase_id(title, nouns);
        leading_id.map_or(title, |leading_id| title.get(leading_id.after..).unwrap_or_default())
    }
}

impl FieldFact {
    fn spans_mut(&mut self) -> impl Iterator<Item = &mut SegmentSpan> {
        let Self { key, value, meaning: _, parent: _ } = self;
        [key, value].into_iter()
    }
}

impl ReferenceFact {
    fn spans_mut(&mut self) -> impl Iterator<Item = &mut SegmentSpan> {
        // Ranges in the values are relative to their own text.
        let Self { parent: _, subject: _, relation: _, span, value: _ } = self;
        std::iter::once(span)
    }
}

impl SegmentFacts {
    /// Reads a segment, reusing the facts of unchanged items from `previous`: the previous version of the segment, read
    /// with the same vocabulary. Passing another segment is allowed, but usually saves nothing.
    pub fn read(content: &Content, vocabulary: &Vocabulary, previous: Option<(&Content, &Self)>) -> Self {
        let mut facts = reader::read(content, vocabulary, previous);
        facts.flags = SegmentFlags::of(content, &facts);
        facts.sort_fields();
        // Facts are cached for up to 100,000 segments, most of which have one heading.
        facts.headings.shrink_to_fit();
        facts.items.shrink_to_fit();
        facts.fields.shrink_to_fit();
        facts.references.shrink_to_fit();
        facts.top_items.shrink_to_fit();
        for item in facts
            .items
            .iter_mut()
            .chain(facts.headings.iter_mut().filter_map(|heading| heading.item.as_deref_mut()))
        {
            item.state_sources.shrink_to_fit();
            item.tags.shrink_to_fit();
        }
        for reference in &mut facts.references {
            reference.value.names.shrink_to_fit();
            reference.subject.iter_mut().for_each(|subject| subject.names.shrink_to_fit());
        }
        facts
    }

    /// Sorts [`by_parent`](Self::by_parent). Called when all fields are collected.
    pub(crate) fn sort_fields(&mut self) {
        self.by_parent = (0..self.fields.len() as u32).collect();
        self.by_parent.sort_by_key(|field| self.fields[*field as usize].parent);
    }

    /// Returns the fields that belong to a heading, an item or the text before the first heading, in document order.
    pub(crate) fn fields_of(&self, parent: FactParent) -> impl Iterator<Item = &FieldFact> {
        let first = self.by_parent.partition_point(|field| self.fields[*field as usize].parent < parent);
        let own = self.by_parent[first..].iter().map(|field| &self.fields[*field as usize]);
        own.take_while(move |field| field.parent == parent)
    }
}

/// Combines the state of an item's own sources with that of its front matter entry. The item's own sources decide
/// between done and not done; the front matter refines an open state.
pub(crate) fn with_front_matter(own: Option<State>, front: impl FnOnce() -> Option<State>) -> Option<State> {
    match own {
        None => front(),
        Some(State::Open) => front().filter(|state| *state != State::Done).or(own),
        known => known,
    }
}

/// Combines the state of an item's own sources with the states of its repetitions in the document. The item's own
/// sources decide between done and not done. A repetition does not make a phase open.
pub(crate) fn with_repeated(
    own: Option<State>,
    repetitions: impl Iterator<Item = (ItemKind, Option<State>)>,
) -> Option<State> {
    repetitions
        .filter(|(kind, state)| !(*kind == ItemKind::Phase && *state == Some(State::Open)))
        .fold(own, |own, (_, state)| with_front_matter(own, || state))
}

/// Returns the state that results from state sources.
///
/// A checkbox decides between done and not done; a word, strikethrough, emoji or field refines a state that is not
/// done. A checked item is cancelled only if both an emoji and a word mark it as cancelled: `❌ … CANCELLED`. Without
/// a checkbox, the first known state in this order counts: delimited word, emoji, strikethrough, status cell, field,
/// front matter. If there are several emoji or words, the last one counts, because it was usually added later.
pub(crate) fn state_of(state_sources: &[StateSource]) -> Option<State> {
    let state_by = |kind: StateSourceKind| {
        state_sources.iter().rev().filter(move |source| source.kind == kind).find_map(|source| source.state)
    };
    const PRECEDENCE: [StateSourceKind; 6] = [
        StateSourceKind::Word,
        StateSourceKind::Emoji,
        StateSourceKind::Strikethrough,
        StateSourceKind::TableRow,
        StateSourceKind::Field,
        StateSourceKind::FrontMatter,
    ];
    let Some(checkbox) = state_sources.iter().find(|source| source.kind.is_checkbox()) else {
        return PRECEDENCE.into_iter().find_map(state_by);
    };
    if checkbox.state == Some(State::Done) {
        let cancelled = [StateSourceKind::Word, StateSourceKind::Emoji]
            .into_iter()
            .all(|kind| state_by(kind) == Some(State::Cancelled));
        return Some(if cancelled { State::Cancelled } else { State::Done });
    }
    let refines = |state: &State| !matches!(state, State::Done | State::Open);
    let from_words = [StateSourceKind::Word, StateSourceKind::Strikethrough]
        .into_iter()
        .find_map(|kind| state_by(kind).filter(refines));
    let from_checkbox = checkbox.state.filter(refines);
    // `- [ ] ⏳ Cache (pending)`: the word states the meaning of the emoji.
    let is_open_by_word = state_by(StateSourceKind::Word) == Some(State::Open);
    let from_others = || {
        let from_emoji = state_by(StateSourceKind::Emoji).filter(refines).filter(|_| !is_open_by_word);
        let from_fields = [StateSourceKind::TableRow, StateSourceKind::Field, StateSourceKind::FrontMatter];
        from_emoji.or_else(|| from_fields.into_iter().find_map(|kind| state_by(kind).filter(refines)))
    };
    Some(from_words.or(from_checkbox).or_else(from_others).unwrap_or(State::Open))
}
