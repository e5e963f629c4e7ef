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
mod resolver;
mod shape;
mod tables;
mod views;

use std::{
    any::Any,
    ops::Range,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use plan_syntax::{Document, Segment, Span, outline::bytes};

use self::{assembly::Assembly, shape::Shape};
pub use self::{
    charts::{MapEdge, TextBar},
    dependencies::{Dependency, Meant, Reach, Resolved, Siblings},
    entries::{Approval, Blocker, Checkpoint, LogEntry, Milestone, NamedDependency, Risk},
    evidence::Evidence,
    fields::{Field, Fields},
    links::{CodePath, Intent, Link},
    parts::Part,
    resolver::Said,
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
    front_matter: Arc<[Entry]>,
    shape: Arc<Shape>,
    dependencies: OnceLock<Vec<Dependency>>,
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
    /// The section that begins where it ends; one more than there are for the end of the document.
    until: u32,
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
            Source::Heading(heading) => facts.headings[heading as usize].item.as_deref(),
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

/// How many threads the machine runs at once. Asked once: the answer is read from several files.
pub fn threads() -> usize {
    static THREADS: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, |threads| threads.get()));
    *THREADS
}

/// For so many bytes that nobody has read it pays to start threads.
const LONG: usize = 128 * 1024;

/// Reads the segments that nobody has read, several at once where they are many: a long document that is opened.
fn read_at_once(document: &Document, read: impl Fn(usize, &Segment) + Sync) {
    let unread: Vec<(usize, &Arc<Segment>)> =
        document.segments().filter(|(_, segment)| segment.content().is_none()).collect();
    if unread.len() < 2
        || unread.iter().map(|(_, segment)| segment.len()).sum::<usize>() < LONG
        || threads() == 1
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
        let others: Vec<_> = (1..threads()).map(|_| scope.spawn(work)).collect();
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
        Self::following(None, document, vocabulary)
    }

    /// The same, with what an edit of an earlier version has left as it was.
    pub fn following(earlier: Option<&Self>, document: &Document, vocabulary: &Arc<Vocabulary>) -> Self {
        let earlier = earlier.filter(|earlier| earlier.vocabulary == *vocabulary);
        let pieces = read_pieces(document, vocabulary, earlier.map_or(&[], |earlier| &earlier.pieces));
        let prologue = pieces.first().filter(|piece| piece.segment.is_prologue());
        let front_matter = match earlier {
            Some(earlier) if prologue.is_none_or(|piece| earlier.begins_with(&piece.segment)) => {
                prologue.map(|_| Arc::clone(&earlier.front_matter)).unwrap_or_default()
            }
            _ => prologue
                .and_then(|piece| Some((&piece.segment_content(document).text, document.front_matter()?)))
                .map(|(text, front)| front_matter::entries(text, &front).into())
                .unwrap_or_default(),
        };
        let shape = match earlier {
            Some(earlier) if Shape::is_kept(&earlier.pieces, &pieces) => Arc::clone(&earlier.shape),
            _ => Arc::new(Assembly::default().run(&pieces)),
        };
        Self {
            document: document.clone(),
            vocabulary: Arc::clone(vocabulary),
            pieces,
            front_matter,
            shape,
            dependencies: OnceLock::new(),
            charts: OnceLock::new(),
            definitions: OnceLock::new(),
        }
    }

    fn begins_with(&self, segment: &Arc<Segment>) -> bool {
        self.pieces.first().is_some_and(|first| Arc::ptr_eq(&first.segment, segment))
    }

    /// What a layer above works out of the shape alone, kept with it: of which items there are, their ids, states and
    /// dependencies, and of the titles of sections. What stands where and what items are called is not part of it.
    pub fn of_shape<T: Any + Send + Sync>(&self, work_out: impl FnOnce(&Self) -> T) -> Arc<T> {
        self.shape.kept(|| work_out(self))
    }

    /// The words and marks it was read with.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether it is of the Kiro form, in which the mark `[-]` means active.
    pub fn is_kiro(&self) -> bool {
        self.shape.kiro
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
        (0..self.shape.sections.len()).map(|index| Section { plan: self, index })
    }

    /// The byte that a section starts at; the end of the document where there is none with this index.
    fn section_start(&self, index: u32) -> usize {
        let next = (index as usize) < self.shape.sections.len();
        let start = || Section { plan: self, index: index as usize }.heading_range().start;
        if next { start() } else { self.document.len() }
    }

    /// The last section whose heading starts at or before a byte.
    pub(crate) fn section_before(&self, at: usize) -> Option<Section<'_>> {
        let section = |index| Section { plan: self, index };
        let after = {
            let (mut low, mut high) = (0, self.shape.sections.len());
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
        (0..self.shape.items.len()).map(|index| Item { plan: self, index })
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
            let first = self.shape.items.partition_point(|item| (item.piece as usize) < number);
            let own = self.shape.items[first..]
                .iter()
                .take_while(move |item| item.piece as usize == number)
                .count();
            (first..first + own).map(|index| Item { plan: self, index })
        })
    }

    /// Whether a segment may have one of these traits.
    pub fn may_have(&self, traits: Traits) -> bool {
        self.pieces.iter().any(|piece| piece.facts.traits.has(traits))
    }

    /// The item with this index.
    pub fn item(&self, index: usize) -> Option<Item<'_>> {
        (index < self.shape.items.len()).then_some(Item { plan: self, index })
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
        let (mut low, mut high) = (0, self.shape.items.len());
        while low < high {
            let middle = (low + high) / 2;
            if item(middle).line().start <= at { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1).map(item)
    }

    /// Progress over all tasks.
    pub fn progress(&self) -> Progress {
        self.progress_of(&(0..self.shape.counts.len() as u32))
    }

    fn progress_of(&self, tasks: &Range<u32>) -> Progress {
        let upto = |count: u32| {
            (count as usize)
                .checked_sub(1)
                .and_then(|last| self.shape.counts.get(last))
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

/// The segments with their facts: those of the earlier version where they stand at the same place, else read now or
/// before.
fn read_pieces(document: &Document, vocabulary: &Arc<Vocabulary>, earlier: &[Piece]) -> Vec<Piece> {
    let read = |start: usize, segment: &Segment, earlier: Option<&Piece>| {
        let content = document.content(start, segment);
        let earlier = earlier.and_then(|earlier| Some((earlier.segment.content()?, &*earlier.facts)));
        let facts = match document.front_matter().filter(|_| segment.is_prologue()) {
            Some(front) => front_matter::facts(&content.text, &front, vocabulary),
            None => SegmentFacts::read(content, vocabulary, earlier),
        };
        Kept { vocabulary: Arc::clone(vocabulary), facts: Arc::new(facts) }
    };
    read_at_once(document, |start, segment| drop(segment.facts(|| read(start, segment, None))));
    let mut earlier = earlier.iter();
    let pieces = document.segments().map(|(start, segment)| {
        let segment = Arc::clone(segment);
        let known = earlier.next();
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.segment, &segment)) {
            return Piece { start, segment, facts: Arc::clone(&known.facts) };
        }
        let kept = segment.facts(|| read(start, &segment, known));
        let facts = if Arc::ptr_eq(&kept.vocabulary, vocabulary) || kept.vocabulary == *vocabulary {
            Arc::clone(&kept.facts)
        } else {
            read(start, &segment, None).facts
        };
        Piece { start, segment, facts }
    });
    pieces.collect()
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
