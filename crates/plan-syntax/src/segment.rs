//! Segments: the pieces that a document is cut into, and the list that holds them.
//!
//! A cut stands before every column-0 ATX heading of the document, and after its front matter. The cuts are a function
//! of the text alone: every segment starts with no block open, so reading may start at any cut.

use std::{
    any::Any,
    ops::Range,
    sync::{Arc, OnceLock},
};

use crate::{by_lines, lines::lines, outline::Outline, retyped::Retyped, scan::Scanner};

/// How many things layers above may keep with a segment.
const LAYERS: usize = 13;

/// A piece of a document that is read on its own. Positions in it are relative to its start.
///
/// Its text and outline are computed when someone first asks and stay with it; a segment that an edit does not touch
/// is the same value before and after.
#[derive(Debug)]
pub struct Segment {
    len: usize,
    prologue: bool,
    content: OnceLock<Content>,
    /// What layers above read, one type each.
    facts: [OnceLock<Arc<dyn Any + Send + Sync>>; LAYERS],
    /// The edit of words that made it, if one did.
    retyped: Option<Box<Retyped>>,
}

/// The text of a segment and what was read from it.
#[derive(Debug, PartialEq, Eq)]
pub struct Content {
    /// The segment's text.
    pub text: Box<str>,
    /// Its blocks.
    pub outline: Outline,
}

/// What reads the blocks of a text.
pub(crate) type Reader = fn(&str) -> Outline;

impl Segment {
    pub(crate) fn new(len: usize, prologue: bool) -> Self {
        Self { len, prologue, content: OnceLock::new(), facts: Default::default(), retyped: None }
    }

    /// A segment of Markdown that an edit of words has made of another one.
    pub(crate) fn retyped(len: usize, retyped: Retyped) -> Self {
        Self { retyped: Some(Box::new(retyped)), ..Self::new(len, false) }
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never true of a segment in a document.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it is the byte order mark and front matter instead of Markdown.
    pub fn is_prologue(&self) -> bool {
        self.prologue
    }

    /// Text and outline, if someone has asked for them before; [`Document::content`](crate::Document::content) reads
    /// them.
    pub fn content(&self) -> Option<&Content> {
        self.content.get()
    }

    /// Text and outline, read now if nobody asked before. `text` must give the segment's text.
    pub(crate) fn read(&self, text: impl FnOnce() -> String) -> &Content {
        let known = |text: &str| self.retyped.as_ref().and_then(|retyped| retyped.outline(text));
        self.read_with(|| text().into(), |text| known(text).unwrap_or_else(|| by_lines::outline(text)))
    }

    /// The same with one of the two readers.
    pub(crate) fn read_with(
        &self,
        text: impl FnOnce() -> Box<str>,
        reader: impl FnOnce(&str) -> Outline,
    ) -> &Content {
        self.content.get_or_init(|| {
            let text = text();
            debug_assert_eq!(text.len(), self.len);
            let mut outline = if self.prologue { Outline::default() } else { reader(&text) };
            outline.shrink();
            Content { text, outline }
        })
    }

    /// What a layer above read from this segment, kept with it: computed on the first call. Each thing has a type of its
    /// own; one too many computes afresh and keeps nothing.
    pub fn facts<T: Any + Send + Sync>(&self, read: impl Fn() -> T) -> Arc<T> {
        self.kept(&|| Arc::new(read()))
    }

    /// The same, where most segments have nothing to tell: all of those share `nothing`.
    pub fn facts_or<T: Any + Send + Sync>(&self, nothing: &Arc<T>, read: impl Fn() -> Option<T>) -> Arc<T> {
        self.kept(&|| read().map_or_else(|| Arc::clone(nothing), Arc::new))
    }

    fn kept<T: Any + Send + Sync>(&self, read: &dyn Fn() -> Arc<T>) -> Arc<T> {
        for slot in &self.facts {
            let kept = slot.get_or_init(|| read());
            // To ask before counting one more owner is cheaper, and most slots are of another type.
            if (**kept).is::<T>()
                && let Ok(found) = Arc::clone(kept).downcast::<T>()
            {
                return found;
            }
        }
        read()
    }
}

/// How many segments a chunk of the list may hold.
const CHUNK: usize = 64;

/// The segments of a document, in order. A clone shares everything; an edit copies one chunk and the list of chunks, so
/// its cost grows with the square root of the number of segments at most.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segments {
    chunks: Arc<Vec<Arc<Chunk>>>,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    segments: Vec<Arc<Segment>>,
    len: usize,
}

impl Chunk {
    fn of(segments: Vec<Arc<Segment>>) -> Self {
        let len = segments.iter().map(|segment| segment.len).sum();
        Self { segments, len }
    }
}

/// A segment's place in the list, with the byte it starts at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    chunk: usize,
    index: usize,
    pub(crate) start: usize,
}

impl Segments {
    pub(crate) fn of(segments: Vec<Arc<Segment>>) -> Self {
        Self { chunks: Arc::new(chunked(segments)) }
    }

    /// All segments with the bytes they start at.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Segment>)> {
        let mut start = 0;
        self.chunks.iter().flat_map(|chunk| &chunk.segments).map(move |segment| {
            let at = start;
            start += segment.len;
            (at, segment)
        })
    }

    /// The segment that holds the byte `offset`; the last one for the end of the text.
    pub(crate) fn find(&self, offset: usize) -> Option<Place> {
        let mut start = 0;
        let last = self.chunks.len().checked_sub(1)?;
        for (number, chunk) in self.chunks.iter().enumerate() {
            if offset >= start + chunk.len && number < last {
                start += chunk.len;
                continue;
            }
            for (index, segment) in chunk.segments.iter().enumerate() {
                if offset < start + segment.len || index + 1 == chunk.segments.len() {
                    return Some(Place { chunk: number, index, start });
                }
                start += segment.len;
            }
        }
        None
    }

    pub(crate) fn at(&self, place: Place) -> &Arc<Segment> {
        &self.chunks[place.chunk].segments[place.index]
    }

    pub(crate) fn next(&self, place: Place) -> Option<Place> {
        let start = place.start + self.at(place).len;
        if place.index + 1 < self.chunks[place.chunk].segments.len() {
            Some(Place { index: place.index + 1, start, ..place })
        } else {
            (place.chunk + 1 < self.chunks.len()).then_some(Place { chunk: place.chunk + 1, index: 0, start })
        }
    }

    pub(crate) fn previous(&self, place: Place) -> Option<Place> {
        let (chunk, index) = match place.index.checked_sub(1) {
            Some(index) => (place.chunk, index),
            None => {
                let chunk = place.chunk.checked_sub(1)?;
                (chunk, self.chunks[chunk].segments.len() - 1)
            }
        };
        Some(Place { chunk, index, start: place.start - self.chunks[chunk].segments[index].len })
    }

    /// Replaces the segments from `first` up to, not including, `after` (or all that follow).
    pub(crate) fn splice(&mut self, first: Place, after: Option<Place>, new: Vec<Arc<Segment>>) {
        let chunks = Arc::make_mut(&mut self.chunks);
        let mut segments = chunks[first.chunk].segments[..first.index].to_vec();
        segments.extend(new);
        let mut end = chunks.len();
        if let Some(after) = after {
            segments.extend_from_slice(&chunks[after.chunk].segments[after.index..]);
            end = after.chunk + 1;
        }
        chunks.splice(first.chunk..end, chunked(segments));
    }
}

fn chunked(segments: Vec<Arc<Segment>>) -> Vec<Arc<Chunk>> {
    if segments.len() <= CHUNK {
        let chunk = (!segments.is_empty()).then(|| Arc::new(Chunk::of(segments)));
        return chunk.into_iter().collect();
    }
    // Halves leave room for edits; a chunk of one would make every insertion split again.
    segments.chunks(CHUNK / 2).map(|chunk| Arc::new(Chunk::of(chunk.to_vec()))).collect()
}

/// The cuts of a piece of Markdown that starts at a cut: the ranges of its segments, and whether its end is a place
/// where a following column-0 ATX heading starts a segment of its own.
pub(crate) fn cut(text: &str, start: usize) -> (Vec<Range<usize>>, bool) {
    let mut scanner = Scanner::default();
    let mut ranges = Vec::new();
    let mut from = start;
    for line in lines(text, start) {
        // A heading within an open fence is no notice of the scanner's, so there is nothing to check here.
        if scanner.line(&text[line.content()], &mut ()).heading && line.start > from {
            ranges.push(from..line.start);
            from = line.start;
        }
    }
    if from < text.len() {
        ranges.push(from..text.len());
    }
    (ranges, !scanner.swallows_headings())
}
