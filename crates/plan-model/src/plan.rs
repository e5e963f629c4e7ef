//! A plan: the facts of all segments put together.

mod assembly;
mod charts;
mod dependencies;
mod entries;
mod evidence;
mod fields;
mod links;
mod names;
mod parts;
mod tables;
mod views;

use std::{
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use plan_syntax::{Document, Segment, Span, outline::bytes};

use self::assembly::Assembly;
pub use self::{
    charts::{MapEdge, TextBar},
    dependencies::{Dependency, Reach, Resolved, Siblings},
    entries::{Approval, Blocker, Checkpoint, LogEntry, Milestone, NamedDependency, Risk},
    evidence::Evidence,
    fields::{Field, Fields},
    links::{CodePath, Intent, Link},
    parts::Part,
    tables::{Row, Table, Written},
    views::{Item, Section},
};
use crate::{
    facts::{ItemFact, ItemKind, SegmentFacts, Traits},
    field::Meaning,
    front_matter::{self, Entry},
    gantt::Chart,
    role::Role,
    state::{State, Vocabulary},
};

/// What a document says as a plan. Ranges are bytes of the document.
///
/// It holds references to the facts of the document's segments and compact lists over them; text is read from the
/// document when asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    document: Document,
    vocabulary: Arc<Vocabulary>,
    pieces: Vec<Piece>,
    front_matter: Vec<Entry>,
    sections: Vec<SectionEntry>,
    items: Vec<ItemEntry>,
    /// For each task in order: how many tasks up to it count, and how many of them are done.
    counts: Vec<Progress>,
    /// It is of the Kiro form, in which `[-]` means active.
    kiro: bool,
    dependencies: OnceLock<Vec<Dependency>>,
    /// Indices of those dependencies that have an owner, sorted by it.
    by_owner: OnceLock<Vec<u32>>,
    /// What names are looked up in.
    names: OnceLock<Arc<names::Names>>,
    charts: OnceLock<Vec<(usize, Arc<Chart>)>>,
    definitions: OnceLock<links::Definitions>,
}

#[derive(Clone, Debug)]
struct Piece {
    start: usize,
    segment: Arc<Segment>,
    facts: Arc<SegmentFacts>,
}

#[derive(Clone, Debug)]
struct SectionEntry {
    piece: u32,
    heading: u32,
    level: u8,
    /// Byte after the section.
    end: usize,
    /// Tasks before and up to the end of the section.
    tasks: Range<u32>,
    parent: Option<u32>,
    /// The item that the heading is.
    item: Option<u32>,
}

#[derive(Clone, Debug)]
struct ItemEntry {
    piece: u32,
    source: Source,
    kind: ItemKind,
    parent: Option<u32>,
    section: Option<u32>,
    /// The top section in which its id means something.
    scope: Option<u32>,
    role: Role,
    /// Whether what looks like its id is one.
    has_id: bool,
    /// The task of the front matter that is the same, by index among the facts of the first piece.
    front_matter: Option<u32>,
    /// Tasks before the item and up to its end.
    tasks: Range<u32>,
    /// Index after the last item that lies in it.
    end: u32,
}

/// Where the facts of an item stand among those of its piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Heading(u32),
    Item(u32),
}

impl ItemEntry {
    /// The facts behind it.
    fn fact<'a>(&self, pieces: &'a [Piece]) -> Option<&'a ItemFact> {
        let facts = &pieces[self.piece as usize].facts;
        match self.source {
            Source::Heading(heading) => facts.headings[heading as usize].item.as_ref(),
            Source::Item(item) => facts.items.get(item as usize),
        }
    }
}

/// A place in the document.
pub type Place = Range<usize>;

/// Tasks done of tasks that count: optional and cancelled ones are left out, deferred ones are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Done ones.
    pub done: usize,
    /// All that count.
    pub total: usize,
}

impl Progress {
    /// Whole percent done, rounded down so that 100 means all; nothing where there is nothing to do.
    pub fn percent(self) -> Option<usize> {
        (self.done * 100).checked_div(self.total)
    }

    /// A bar of ten with the counts: `██████░░░░ 12/20`.
    pub fn bar(self) -> String {
        const WIDTH: usize = 10;
        let filled = (self.done * WIDTH / self.total.max(1)).min(WIDTH);
        format!("{}{} {}/{}", "█".repeat(filled), "░".repeat(WIDTH - filled), self.done, self.total)
    }
}

/// For so many bytes that nobody has read it pays to start threads.
const LONG: usize = 128 * 1024;

/// Reads the segments that nobody has read, several at once where they are many: a long document that is opened.
fn read_at_once(document: &Document, read: impl Fn(usize, &Segment) + Sync) {
    let unread: Vec<(usize, &Arc<Segment>)> =
        document.segments().filter(|(_, segment)| segment.content().is_none()).collect();
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    if threads == 1
        || unread.len() == 1
        || unread.iter().map(|(_, segment)| segment.len()).sum::<usize>() < LONG
    {
        return;
    }
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((start, segment)) = unread.get(next.fetch_add(1, Ordering::Relaxed)) {
            read(*start, segment);
        }
    };
    // Whatever a thread leaves undone when it panics is done, or panics, where it is needed.
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        work();
        others.into_iter().for_each(|other| drop(other.join()));
    });
}

impl Plan {
    /// Reads a document with the words and marks that everyone uses. Facts of segments that were read before are taken
    /// over.
    pub fn new(document: &Document) -> Self {
        Self::with_vocabulary(document, &Arc::default())
    }

    /// Reads a document. Facts of segments that were read before with the same vocabulary are taken over.
    pub fn with_vocabulary(document: &Document, vocabulary: &Arc<Vocabulary>) -> Self {
        let mut pieces = Vec::new();
        let mut front_matter = Vec::new();
        let read = |start: usize, segment: &Segment| {
            let content = document.content(start, segment);
            let facts = match document.front_matter().filter(|_| segment.is_prologue()) {
                Some(front) => front_matter::facts(&content.text, &front, vocabulary),
                None => SegmentFacts::read(content, vocabulary),
            };
            Kept { vocabulary: Arc::clone(vocabulary), facts: Arc::new(facts) }
        };
        read_at_once(document, |start, segment| drop(segment.facts(|| read(start, segment))));
        for (start, segment) in document.segments() {
            let read = || read(start, segment);
            if segment.is_prologue()
                && let Some(front) = document.front_matter()
            {
                front_matter = front_matter::entries(&document.content(start, segment).text, &front);
            }
            let kept = segment.facts(read);
            let facts = if Arc::ptr_eq(&kept.vocabulary, vocabulary) || kept.vocabulary == *vocabulary {
                Arc::clone(&kept.facts)
            } else {
                read().facts
            };
            pieces.push(Piece { start, segment: Arc::clone(segment), facts });
        }
        let mut plan = Self {
            document: document.clone(),
            vocabulary: Arc::clone(vocabulary),
            pieces,
            front_matter,
            sections: Vec::new(),
            items: Vec::new(),
            counts: Vec::new(),
            kiro: false,
            dependencies: OnceLock::new(),
            by_owner: OnceLock::new(),
            names: OnceLock::new(),
            charts: OnceLock::new(),
            definitions: OnceLock::new(),
        };
        let pieces = std::mem::take(&mut plan.pieces);
        Assembly::default().run(&mut plan, &pieces);
        plan.pieces = pieces;
        plan
    }

    /// The words and marks it was read with.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether it is of the Kiro form, in which the mark `[-]` means active.
    pub fn is_kiro(&self) -> bool {
        self.kiro
    }

    /// The state that a written value says: a status field, a cell.
    pub fn state_of(&self, value: &str) -> Option<State> {
        self.vocabulary.of_value(value)
    }

    /// The entries of its front matter.
    pub fn front_matter(&self) -> &[Entry] {
        &self.front_matter
    }

    /// The front matter with its fences.
    pub fn front_matter_range(&self) -> Option<Place> {
        let first = self.pieces.first().filter(|piece| piece.segment.is_prologue())?;
        Some(first.start..first.start + first.segment.len())
    }

    /// The document it was read from.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// All headings with what lies below them, in document order.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = Section<'_>> + Clone {
        (0..self.sections.len()).map(|index| Section { plan: self, index })
    }

    /// The last section whose heading starts at or before a byte.
    pub(crate) fn section_before(&self, at: usize) -> Option<Section<'_>> {
        let section = |index| Section { plan: self, index };
        let after = {
            let (mut low, mut high) = (0, self.sections.len());
            while low < high {
                let middle = (low + high) / 2;
                if section(middle).heading_range().start <= at { low = middle + 1 } else { high = middle }
            }
            low
        };
        after.checked_sub(1).map(section)
    }

    /// All phases and tasks in document order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Item<'_>> + Clone {
        (0..self.items.len()).map(|index| Item { plan: self, index })
    }

    /// The items of all segments that may have one of these traits, in document order: all with the trait, and others.
    pub fn items_with(&self, traits: Traits) -> impl Iterator<Item = Item<'_>> + Clone {
        // What is said of a task in the front matter may be the other half of what a segment has.
        let everywhere = self
            .pieces
            .first()
            .is_some_and(|first| first.segment.is_prologue() && !first.facts.items.is_empty());
        let pieces = self.pieces.iter().enumerate();
        let pieces = pieces.filter(move |(_, piece)| everywhere || piece.facts.traits.has(traits));
        pieces.flat_map(|(number, _)| {
            let first = self.items.partition_point(|item| (item.piece as usize) < number);
            let own =
                self.items[first..].iter().take_while(move |item| item.piece as usize == number).count();
            (first..first + own).map(|index| Item { plan: self, index })
        })
    }

    /// Whether a segment may have one of these traits.
    pub fn may_have(&self, traits: Traits) -> bool {
        self.pieces.iter().any(|piece| piece.facts.traits.has(traits))
    }

    /// The item with this index.
    pub fn item(&self, index: usize) -> Option<Item<'_>> {
        (index < self.items.len()).then_some(Item { plan: self, index })
    }

    /// Tasks whose own lines touch the range.
    pub fn tasks_at(&self, range: &Place) -> Vec<Item<'_>> {
        let after = self.item_before(range.end).map_or(0, |last| last.index() + 1);
        let before = (0..after).rev().map(|index| Item { plan: self, index });
        let touched = before.take_while(|item| range.start <= item.line().end);
        let mut tasks: Vec<Item<'_>> = touched.filter(|item| item.kind() == ItemKind::Task).collect();
        tasks.reverse();
        tasks
    }

    /// The last item whose line starts at or before a byte.
    pub fn item_before(&self, at: usize) -> Option<Item<'_>> {
        let item = |index| Item { plan: self, index };
        let (mut low, mut high) = (0, self.items.len());
        while low < high {
            let middle = (low + high) / 2;
            if item(middle).line().start <= at { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1).map(item)
    }

    /// Progress over all tasks.
    pub fn progress(&self) -> Progress {
        self.progress_of(&(0..self.counts.len() as u32))
    }

    fn progress_of(&self, tasks: &Range<u32>) -> Progress {
        let upto = |count: u32| {
            (count as usize)
                .checked_sub(1)
                .and_then(|last| self.counts.get(last))
                .copied()
                .unwrap_or_default()
        };
        let (before, all) = (upto(tasks.start), upto(tasks.end));
        Progress { done: all.done - before.done, total: all.total - before.total }
    }

    /// The title: front matter's, else the first H1's text without markup, else nothing.
    pub fn title(&self) -> Option<String> {
        let named = self.front_matter.iter().find(|entry| entry.meaning == Some(Meaning::Title));
        let heading = || self.sections().find(|section| section.level() == 1).map(|section| section.title());
        heading().or_else(|| named.map(|entry| entry.text.clone())).filter(|title| !title.is_empty())
    }

    /// The range of the title's text, where it is a heading.
    pub fn title_range(&self) -> Option<Place> {
        self.sections().find(|section| section.level() == 1).map(|section| section.text_range())
    }

    pub(crate) fn slice(&self, range: Place) -> String {
        self.document.slice(range)
    }
}

/// Facts with the vocabulary that they were read with.
struct Kept {
    vocabulary: Arc<Vocabulary>,
    facts: Arc<SegmentFacts>,
}

impl Piece {
    fn str(&self, span: &Span) -> &str {
        // Whoever read the facts has read the content.
        self.segment.content().and_then(|content| content.text.get(bytes(span))).unwrap_or_default()
    }

    fn segment_content<'a>(&'a self, document: &Document) -> &'a plan_syntax::Content {
        document.content(self.start, &self.segment)
    }

    fn range(&self, span: &Span) -> Place {
        self.start + span.start as usize..self.start + span.end as usize
    }

    /// A field inside of a task in the front matter: a list's items are joined by `, `.
    fn front_matter_field(&self, key: &Span, value: &Span, meaning: Option<Meaning>) -> Field<'_> {
        let items = self.str(value).split(['\n', ',']).map(|item| item.trim().trim_start_matches("- "));
        let items: Vec<&str> = items.map(|item| item.trim_matches(['"', '\''])).collect();
        Field { value: items.join(", ").into(), front_matter: true, ..self.field(key, value, meaning) }
    }

    fn field(&self, key: &Span, value: &Span, meaning: Option<Meaning>) -> Field<'_> {
        Field {
            key: self.str(key).to_owned(),
            value: self.str(value).into(),
            key_range: self.range(key),
            value_range: self.range(value),
            meaning,
            front_matter: false,
        }
    }
}
