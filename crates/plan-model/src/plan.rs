//! The plan, assembled from the facts of all segments.

mod assembly;
mod charts;
mod dependencies;
mod entries;
mod evidence;
mod fields;
mod links;
mod merging;
mod name_index;
mod resolver;
mod segment_view;
mod structure;
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

use plan_syntax::{
    Content, Document, FrontMatter, Memos, RangeExt, Segment, SegmentSpan, View, outline::bytes,
};

use self::{assembly::Assembly, structure::Structure};
pub use self::{
    charts::{TextDiagramEdge, TextTimelineEntry},
    dependencies::{LocatedDependency, Siblings},
    entries::{Approval, Blocker, Checkpoint, ExternalDependency, LogEntry, Milestone, Risk},
    evidence::Evidence,
    fields::{Field, Fields},
    links::{CodePath, FileChange, Link, is_file_type},
    resolver::{Dependency, Resolution, ResolvedName, ResolvedTarget},
    segment_view::{ItemsKey, ItemsView, SegmentView, StructureId, StructureView},
    tables::{Excerpt, Row, ShallowList, Table},
    views::{Item, Section, plain},
};
use crate::{
    facts::{ItemFact, ItemKind, SegmentFacts, SegmentFlags, emoji},
    field::Meaning,
    front_matter::{self, FrontMatterEntries, FrontMatterEntry},
    gantt::GanttChart,
    role::Role,
    state::{State, Vocabulary},
    yaml::YamlError,
};

/// A document interpreted as a plan. Ranges are bytes of the document.
///
/// Refers to the facts of the document's segments through compact lists. Text is read from the document on demand.
#[derive(Clone, Debug)]
pub struct Plan {
    document: Document,
    /// The vocabulary, extended by the meaning of emoji in the document.
    vocabulary: Arc<Vocabulary>,
    /// The vocabulary of the workspace.
    base_vocabulary: Arc<Vocabulary>,
    segments: Vec<ReadSegment>,
    front_matter: Arc<FrontMatterEntries>,
    structure: Arc<Structure>,
    located_dependencies: OnceLock<Vec<LocatedDependency>>,
    gantt_charts: OnceLock<Vec<(usize, Arc<GanttChart>)>>,
    definitions: OnceLock<links::Definitions>,
}

/// A segment with its facts.
#[derive(Clone, Debug)]
struct ReadSegment {
    /// Offset in the document.
    start: usize,
    source: Arc<Segment>,
    facts: Arc<SegmentFacts>,
}

/// A section, by indices.
#[derive(Clone, Debug)]
struct SectionEntry {
    segment: u32,
    heading: u32,
    level: u8,
    /// Index of the section that begins where this one ends; the number of sections for the end of the document.
    until: u32,
    /// Range of the section's tasks in the task order of the document.
    tasks: Range<u32>,
    parent: Option<u32>,
    /// Index of the item that this heading defines.
    item: Option<u32>,
}

/// An item, by indices.
#[derive(Clone, Debug)]
struct ItemEntry {
    segment: u32,
    fact_index: FactIndex,
    kind: ItemKind,
    parent: Option<u32>,
    section: Option<u32>,
    /// Index of the top section in which the item's ID is unique.
    scope: Option<u32>,
    role: Role,
    /// Meaning of the leading word if it has the form of an ID.
    leading_word: LeadingWord,
    /// Index of the item fact in the front matter with the same ID.
    front_matter: Option<u32>,
    /// Range of the item's tasks in the task order of the document, including the item itself.
    tasks: Range<u32>,
    /// Index after its last descendant.
    end: u32,
}

/// Meaning of a word in the form of an ID at the start of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum LeadingWord {
    Id,
    /// The number of a remark in a review: `F1`, `#3`.
    Remark,
    /// A tag that several items have, such as a priority, or a part of the title.
    Tag,
}

/// Index of an item's fact in its segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum FactIndex {
    Heading(u32),
    Item(u32),
}

/// Place of an item's fact: the index of its segment, and its index there.
type FactPlace = (u32, FactIndex);

impl FactIndex {
    /// Returns the fact among those of its segment.
    fn of(self, facts: &SegmentFacts) -> Option<&ItemFact> {
        match self {
            Self::Heading(heading) => facts.headings.get(heading as usize)?.item.as_deref(),
            Self::Item(item) => facts.items.get(item as usize),
        }
    }
}

impl ItemEntry {
    /// Returns the fact of the item.
    fn fact<'a>(&self, segments: &'a [ReadSegment]) -> Option<&'a ItemFact> {
        self.fact_index.of(&segments[self.segment as usize].facts)
    }
}

/// Byte range in a document.
pub type TextRange = Range<usize>;

/// Number of done tasks and of all counted tasks. Optional and cancelled tasks are not counted; deferred tasks are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Number of done tasks.
    pub done: usize,
    /// Number of counted tasks: all except optional and cancelled tasks.
    pub total: usize,
}

impl Progress {
    /// Returns the percentage of done tasks, rounded down, so that 100 means that all tasks are done. `None` if no
    /// tasks are counted.
    pub fn percent(self) -> Option<usize> {
        (self.done * 100).checked_div(self.total)
    }

    /// Returns the progress bar of ten characters with the counts: `██████░░░░ 12/20`.
    pub fn bar(self) -> String {
        const BAR_WIDTH: usize = 10;
        let filled = (self.done * BAR_WIDTH / self.total.max(1)).min(BAR_WIDTH);
        format!("{}{} {}/{}", "█".repeat(filled), "░".repeat(BAR_WIDTH - filled), self.done, self.total)
    }
}

/// Returns the number of threads that the machine can run in parallel. The value is cached because the system reads it
/// from several files.
pub fn available_threads() -> usize {
    static THREADS: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, |threads| threads.get()));
    *THREADS
}

/// Minimum number of unread bytes for which segments are read in parallel.
const MIN_PARALLEL_BYTES: usize = 128 * 1024;

/// Reads unread segments in parallel if they are long enough, as when a long document is opened.
fn read_in_parallel(document: &Document, read: impl Fn(usize, &Segment) + Sync) {
    let unread: Vec<(usize, &Arc<Segment>)> =
        document.segments().filter(|(_, segment)| segment.content().is_none()).collect();
    if unread.len() < 2
        || unread.iter().map(|(_, segment)| segment.len()).sum::<usize>() < MIN_PARALLEL_BYTES
        || available_threads() == 1
    {
        return;
    }
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((start, segment)) = unread.get(next.fetch_add(1, Ordering::Relaxed)) {
            read(*start, segment);
        }
    };
    // If a thread panics, its segments are read again when they are used, which repeats the panic there.
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..available_threads()).map(|_| scope.spawn(work)).collect();
        work();
        others.into_iter().for_each(|other| drop(other.join()));
    });
}

impl Plan {
    /// Reads a document with the built-in vocabulary. Cached facts of segments are reused.
    pub fn new(document: &Document) -> Self {
        Self::with_vocabulary(document, &Arc::default())
    }

    /// Reads a document. Facts of segments that are cached for the same vocabulary are reused.
    pub fn with_vocabulary(document: &Document, vocabulary: &Arc<Vocabulary>) -> Self {
        Self::with_previous(None, document, vocabulary)
    }

    /// Like [`Plan::with_vocabulary`], reusing the unchanged parts of the previous version.
    pub fn with_previous(previous: Option<&Self>, document: &Document, vocabulary: &Arc<Vocabulary>) -> Self {
        let previous = previous.filter(|previous| previous.base_vocabulary == *vocabulary);
        let base_vocabulary = vocabulary;
        // A document can define the meaning of its emoji. Definitions rarely change, so the facts are first read with
        // the previous meaning, and read again only if the meaning has changed.
        let guess = previous.map_or(vocabulary, |previous| &previous.vocabulary);
        let mut segments =
            read_segments(document, guess, previous.map_or(&[], |previous| &previous.segments));
        let meanings = emoji::meanings(segments.iter().map(|segment| &*segment.facts));
        let own = if meanings.is_empty() {
            Arc::clone(vocabulary)
        } else {
            Arc::new(vocabulary.with_emoji(&meanings))
        };
        let is_right = own == *guess;
        let previous = previous.filter(|_| is_right);
        let own = if is_right { Arc::clone(guess) } else { own };
        if !is_right {
            segments = read_segments(document, &own, &[]);
        }
        let vocabulary = &own;
        let prologue = segments.first().filter(|segment| segment.source.is_prologue());
        let front_matter = match previous {
            Some(previous) if prologue.is_none_or(|segment| previous.begins_with(&segment.source)) => {
                prologue.map(|_| Arc::clone(&previous.front_matter)).unwrap_or_default()
            }
            _ => prologue
                .and_then(|segment| Some((&segment.content(document).text, document.front_matter()?)))
                .map(|(text, front)| {
                    let mut entries = front_matter::entries(text, &front);
                    for entry in &mut entries.entries {
                        let key = text[entry.key.clone()].trim_matches(['"', '\'']);
                        entry.meaning = vocabulary.custom_meaning_of(key).or(entry.meaning);
                    }
                    Arc::new(entries)
                })
                .unwrap_or_default(),
        };
        let structure = match previous {
            Some(previous) if previous.structure.is_unchanged(&previous.segments, &segments) => {
                Arc::clone(&previous.structure)
            }
            _ => Arc::new(Assembly::assemble(&segments, vocabulary.nouns())),
        };
        Self {
            document: document.clone(),
            vocabulary: Arc::clone(vocabulary),
            base_vocabulary: Arc::clone(base_vocabulary),
            segments,
            front_matter,
            structure,
            located_dependencies: OnceLock::new(),
            gantt_charts: OnceLock::new(),
            definitions: OnceLock::new(),
        }
    }

    fn begins_with(&self, segment: &Arc<Segment>) -> bool {
        self.segments.first().is_some_and(|first| Arc::ptr_eq(&first.source, segment))
    }

    /// Returns the `T` cached with the structure, computing it on first use. `compute` may depend on the items, their
    /// IDs, states and dependencies, and on the titles of sections, but not on ranges and titles of items.
    pub fn structure_memo<T: Any + Send + Sync>(&self, compute: fn(&Self) -> T) -> &T {
        self.structure.memos.get(self, compute)
    }

    /// Returns the vocabulary that the plan was read with.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Returns whether the document uses the syntax of Kiro, in which `[-]` means active.
    pub fn is_kiro(&self) -> bool {
        self.structure.kiro
    }

    /// Parses a value that may refer to phases and tasks, also with nouns from settings.
    pub fn parse_reference(&self, value: &str) -> crate::reference::Value {
        crate::reference::parse_with(value, self.vocabulary.nouns())
    }

    /// Returns the state of a status value in a field or cell.
    pub fn state_of(&self, value: &str) -> Option<State> {
        self.vocabulary.of_value(value)
    }

    /// Returns the entries of the document's front matter.
    pub fn front_matter(&self) -> &[FrontMatterEntry] {
        &self.front_matter.entries
    }

    /// Returns the YAML errors in the front matter.
    pub fn front_matter_errors(&self) -> &[YamlError] {
        &self.front_matter.errors
    }

    /// Returns the range of the front matter, including its delimiters.
    pub fn front_matter_range(&self) -> Option<TextRange> {
        let first = self.segments.first().filter(|segment| segment.source.is_prologue())?;
        Some(first.start..first.start + first.source.len())
    }

    /// Returns the document that the plan was read from.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Returns all sections in document order.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = Section<'_>> + Clone {
        (0..self.structure.sections.len()).map(|index| Section { plan: self, index })
    }

    /// Returns the offset of a section; the end of the document if the index is out of bounds.
    fn section_start(&self, index: u32) -> usize {
        let exists = (index as usize) < self.structure.sections.len();
        let start = || Section { plan: self, index: index as usize }.heading_range().start;
        if exists { start() } else { self.document.len() }
    }

    /// Returns the last section whose heading starts at or before an offset.
    pub fn section_before(&self, offset: usize) -> Option<Section<'_>> {
        let section = |index| Section { plan: self, index };
        let after = {
            let (mut low, mut high) = (0, self.structure.sections.len());
            while low < high {
                let middle = (low + high) / 2;
                if section(middle).heading_range().start <= offset { low = middle + 1 } else { high = middle }
            }
            low
        };
        after.checked_sub(1).map(section)
    }

    /// Returns all phases and tasks in document order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Item<'_>> + Clone {
        (0..self.structure.items.len()).map(|index| Item { plan: self, index })
    }

    /// Returns the items of all segments that have one of these flags, in document order. Returns all items if the
    /// document repeats items or has front matter tasks.
    pub fn items_with(&self, flags: SegmentFlags) -> impl Iterator<Item = Item<'_>> + Clone {
        // Front matter tasks and repeated items can contribute to a flag in any segment.
        let everywhere = !self.structure.repetitions.is_empty()
            || self
                .segments
                .first()
                .is_some_and(|first| first.source.is_prologue() && !first.facts.items.is_empty());
        let segments = self.segments.iter().enumerate();
        let segments = segments.filter(move |(_, segment)| everywhere || segment.facts.flags.has(flags));
        segments.flat_map(|(segment_index, _)| {
            let first = self.structure.items.partition_point(|item| (item.segment as usize) < segment_index);
            let count = self.structure.items[first..]
                .iter()
                .take_while(move |item| item.segment as usize == segment_index)
                .count();
            (first..first + count).map(|index| Item { plan: self, index })
        })
    }

    /// Returns whether any segment has one of these flags.
    pub fn may_have(&self, flags: SegmentFlags) -> bool {
        self.segments.iter().any(|segment| segment.facts.flags.has(flags))
    }

    /// Returns the item with this index.
    pub fn item(&self, index: usize) -> Option<Item<'_>> {
        (index < self.structure.items.len()).then_some(Item { plan: self, index })
    }

    /// Returns the tasks of which a line touches a range. Lines that repeat a task count as well.
    pub fn tasks_at(&self, range: &TextRange) -> Vec<Item<'_>> {
        // A cursor before the marker of a nested or quoted item is on the line of that item.
        let end = if range.is_empty() {
            let rest = self.document.slice(range.end..self.document.line_end(range.end));
            range.end + (rest.len() - rest.trim_start_matches([' ', '\t', '>']).len())
        } else {
            range.end
        };
        let after = self.item_before(end).map_or(0, |last| last.index() + 1);
        let before = (0..after).rev().map(|index| Item { plan: self, index });
        let touched = before.take_while(|item| range.start <= item.line().end);
        let mut tasks: Vec<Item<'_>> = touched.filter(|item| item.kind() == ItemKind::Task).collect();
        tasks.reverse();
        let with_other_places = self.items_with_other_places().filter(|item| {
            let mut lines = item.other_lines();
            item.kind() == ItemKind::Task && lines.any(|line| line.touches(range))
        });
        for item in with_other_places {
            if tasks.iter().all(|task| task.index() != item.index()) {
                tasks.push(item);
            }
        }
        tasks
    }

    /// Returns the items with several places in the document, in document order.
    pub fn items_with_other_places(&self) -> impl Iterator<Item = Item<'_>> {
        let repetitions = &self.structure.repetitions;
        let is_first = |at: usize| at == 0 || repetitions[at - 1].0 != repetitions[at].0;
        let items =
            (0..repetitions.len()).filter(move |at| is_first(*at)).map(|at| repetitions[at].0 as usize);
        items.map(|index| Item { plan: self, index })
    }

    /// Returns the last item whose line starts at or before an offset.
    pub fn item_before(&self, offset: usize) -> Option<Item<'_>> {
        let item = |index| Item { plan: self, index };
        let (mut low, mut high) = (0, self.structure.items.len());
        while low < high {
            let middle = (low + high) / 2;
            if item(middle).line().start <= offset { low = middle + 1 } else { high = middle }
        }
        low.checked_sub(1).map(item)
    }

    /// Returns the progress of all tasks.
    pub fn progress(&self) -> Progress {
        self.progress_of(&(0..self.structure.counts.len() as u32))
    }

    fn progress_of(&self, tasks: &Range<u32>) -> Progress {
        self.structure.progress_of(tasks)
    }

    /// Returns the title: the text of the first H1 without markup, otherwise the title in the front matter.
    pub fn title(&self) -> Option<String> {
        let entry = self.front_matter().iter().find(|entry| entry.meaning == Some(Meaning::Title));
        let heading = || self.sections().find(|section| section.level() == 1).map(|section| section.title());
        heading().or_else(|| entry.map(|entry| entry.text.clone())).filter(|title| !title.is_empty())
    }

    /// Returns the range of the title's text, if it is a heading.
    pub fn title_range(&self) -> Option<TextRange> {
        self.sections().find(|section| section.level() == 1).map(|section| section.text_range())
    }

    pub(crate) fn slice(&self, range: TextRange) -> String {
        self.document.slice(range)
    }
}

/// Inputs of the facts of a segment.
struct FactsView<'a> {
    content: &'a Content,
    /// The front matter, if the segment is the prologue; it follows from the text.
    front_matter: Option<FrontMatter>,
    vocabulary: &'a Arc<Vocabulary>,
    /// An earlier version with its facts, read with the same vocabulary. The facts of unchanged items are copied
    /// instead of read again.
    previous: Option<(&'a Content, &'a SegmentFacts)>,
}

impl View for FactsView<'_> {
    type ViewKey = Arc<Vocabulary>;

    fn key(&self) -> Option<Self::ViewKey> {
        Some(Arc::clone(self.vocabulary))
    }

    fn memos(&self) -> &Memos {
        self.content.memos()
    }
}

impl FactsView<'_> {
    fn read(&self) -> SegmentFacts {
        match &self.front_matter {
            Some(front) => front_matter::facts(&self.content.text, front, self.vocabulary),
            None => SegmentFacts::read(self.content, self.vocabulary, self.previous),
        }
    }
}

/// Returns the segments with their facts. Facts of the previous version are reused if the segment at the same index is
/// the same.
fn read_segments(
    document: &Document,
    vocabulary: &Arc<Vocabulary>,
    previous: &[ReadSegment],
) -> Vec<ReadSegment> {
    let read = |start: usize, segment: &Segment, previous: Option<&ReadSegment>| {
        let view = FactsView {
            content: document.content(start, segment),
            front_matter: if segment.is_prologue() { document.front_matter() } else { None },
            vocabulary,
            previous: previous.and_then(|previous| Some((previous.source.content()?, &*previous.facts))),
        };
        view.memo(FactsView::read)
    };
    read_in_parallel(document, |start, segment| drop(read(start, segment, None)));
    let mut previous = previous.iter();
    let segments = document.segments().map(|(start, segment)| {
        let source = Arc::clone(segment);
        let previous = previous.next();
        if let Some(previous) = previous.filter(|previous| Arc::ptr_eq(&previous.source, &source)) {
            return ReadSegment { start, source, facts: Arc::clone(&previous.facts) };
        }
        let facts = read(start, &source, previous);
        ReadSegment { start, source, facts }
    });
    segments.collect()
}

impl ReadSegment {
    fn str(&self, span: &SegmentSpan) -> &str {
        // The content is always present, because reading the facts reads the content.
        self.source.content().and_then(|content| content.text.get(bytes(span))).unwrap_or_default()
    }

    fn content<'a>(&'a self, document: &Document) -> &'a Content {
        document.content(self.start, &self.source)
    }

    fn range(&self, span: &SegmentSpan) -> TextRange {
        self.start + span.start as usize..self.start + span.end as usize
    }

    /// Returns the field of a task in the front matter. The items of a list are joined by `, `.
    fn front_matter_field(
        &self,
        key: &SegmentSpan,
        value: &SegmentSpan,
        meaning: Option<Meaning>,
    ) -> Field<'_> {
        let items = self.str(value).split(['\n', ',']).map(|item| item.trim().trim_start_matches("- "));
        let items: Vec<&str> = items.map(|item| item.trim_matches(['"', '\''])).collect();
        Field { value: items.join(", ").into(), front_matter: true, ..self.field(key, value, meaning) }
    }

    fn field(&self, key: &SegmentSpan, value: &SegmentSpan, meaning: Option<Meaning>) -> Field<'_> {
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
