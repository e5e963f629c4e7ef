//! Segments of a document, and the list of segments.
//!
//! The document is cut before every ATX heading at column 0, and after its front matter. The cuts are a
//! function of the text alone: every segment starts with no block open, so parsing can start at any cut.

use std::{
    any::Any,
    ops::Range,
    sync::{Arc, OnceLock, Weak},
};

use crate::{
    block_parser, block_scanner::BlockScanner, lines::lines, memo::Memos, outline::BlockOutline,
    outline_shift::WordEdit,
};

/// A part of a document that is parsed on its own. Positions in it are relative to its start.
///
/// Its content is computed on first use and cached, together with values derived from it. An edit does not change the
/// segments outside its range, so their cached values stay valid.
#[derive(Debug)]
pub struct Segment {
    len: usize,
    prologue: bool,
    content: OnceLock<Content>,
    /// The word edit that created this segment, if any, and the replaced segment. If no snapshot keeps the replaced
    /// segment alive, this segment is parsed in full.
    word_edit: Option<Box<(Weak<Segment>, WordEdit)>>,
}

/// The text of a segment and its blocks, with the values that were computed from them.
#[derive(Debug)]
pub struct Content {
    /// Text of the segment.
    pub text: Box<str>,
    /// Blocks of the segment.
    pub outline: BlockOutline,
    memos: Memos,
}

/// A function that parses the blocks of a text.
pub(crate) type OutlineParser = fn(&str) -> BlockOutline;

impl Segment {
    pub(crate) fn new(len: usize, prologue: bool) -> Self {
        Self { len, prologue, content: OnceLock::new(), word_edit: None }
    }

    /// Creates a Markdown segment that is the result of a word edit.
    pub(crate) fn after_word_edit(previous: &Arc<Self>, edit: WordEdit) -> Self {
        let len = previous.len - edit.removed as usize + edit.inserted as usize;
        Self { word_edit: Some(Box::new((Arc::downgrade(previous), edit))), ..Self::new(len, false) }
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether the segment is empty. Segments of a document are never empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns whether the segment consists of the byte order mark and front matter instead of Markdown.
    pub fn is_prologue(&self) -> bool {
        self.prologue
    }

    /// Returns text and outline if they are cached; [`Document::content`](crate::Document::content) computes
    /// them.
    pub fn content(&self) -> Option<&Content> {
        self.content.get()
    }

    /// Returns text and outline, parsing the segment on first use. `text` must return the segment's text.
    pub(crate) fn read(&self, text: impl FnOnce() -> String) -> &Content {
        let shifted = |text: &str| {
            let (previous, edit) = self.word_edit.as_deref()?;
            let previous = previous.upgrade()?;
            let old = previous.content()?;
            edit.outline(text, &old.text, &old.outline)
        };
        self.parse_with(|| text().into(), |text| shifted(text).unwrap_or_else(|| block_parser::outline(text)))
    }

    /// Like [`Segment::read`], with a given parser.
    pub(crate) fn parse_with(
        &self,
        text: impl FnOnce() -> Box<str>,
        parser: impl FnOnce(&str) -> BlockOutline,
    ) -> &Content {
        self.content.get_or_init(|| {
            let text = text();
            debug_assert_eq!(text.len(), self.len);
            let mut outline = if self.prologue { BlockOutline::default() } else { parser(&text) };
            outline.shrink();
            Content::new(text, outline)
        })
    }
}

impl Content {
    /// Creates a content without memos.
    pub(crate) fn new(text: Box<str>, outline: BlockOutline) -> Self {
        Self { text, outline, memos: Memos::default() }
    }

    /// Returns the `T` of the content, computing it on first use.
    pub fn memo<T: Any + Send + Sync>(&self, compute: fn(&Self) -> T) -> &T {
        self.memos.get(self, compute)
    }

    /// Like [`Content::memo`], for values that are empty for most segments: these share `nothing`.
    pub fn memo_or<T: Any + Send + Sync>(&self, nothing: &Arc<T>, compute: fn(&Self) -> Option<T>) -> &T {
        self.memos.get_or(nothing, self, compute)
    }

    /// Returns the memos of the segment, for [views](crate::View).
    pub fn memos(&self) -> &Memos {
        &self.memos
    }
}

/// Maximum number of segments in a chunk of the list.
const MAX_CHUNK_SEGMENTS: usize = 64;

/// The segments of a document, in order. A clone shares everything. An edit copies only the chunks that it changes
/// and the list of chunks.
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

/// The position of a segment in the list, with its start offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentPosition {
    chunk: usize,
    index: usize,
    pub(crate) start: usize,
}

impl Segments {
    pub(crate) fn of(segments: Vec<Arc<Segment>>) -> Self {
        Self { chunks: Arc::new(chunked(segments)) }
    }

    /// Returns all segments with their start offsets.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Arc<Segment>)> {
        let mut start = 0;
        self.chunks.iter().flat_map(|chunk| &chunk.segments).map(move |segment| {
            let segment_start = start;
            start += segment.len;
            (segment_start, segment)
        })
    }

    /// Returns the segment that contains `offset`; the last one at the end of the text.
    pub(crate) fn find(&self, offset: usize) -> Option<SegmentPosition> {
        let mut start = 0;
        let last = self.chunks.len().checked_sub(1)?;
        for (chunk_index, chunk) in self.chunks.iter().enumerate() {
            if offset >= start + chunk.len && chunk_index < last {
                start += chunk.len;
                continue;
            }
            for (index, segment) in chunk.segments.iter().enumerate() {
                if offset < start + segment.len || index + 1 == chunk.segments.len() {
                    return Some(SegmentPosition { chunk: chunk_index, index, start });
                }
                start += segment.len;
            }
        }
        None
    }

    pub(crate) fn get(&self, position: SegmentPosition) -> &Arc<Segment> {
        &self.chunks[position.chunk].segments[position.index]
    }

    pub(crate) fn next(&self, position: SegmentPosition) -> Option<SegmentPosition> {
        let start = position.start + self.get(position).len;
        if position.index + 1 < self.chunks[position.chunk].segments.len() {
            Some(SegmentPosition { index: position.index + 1, start, ..position })
        } else {
            (position.chunk + 1 < self.chunks.len()).then_some(SegmentPosition {
                chunk: position.chunk + 1,
                index: 0,
                start,
            })
        }
    }

    pub(crate) fn previous_position(&self, position: SegmentPosition) -> Option<SegmentPosition> {
        let (chunk, index) = match position.index.checked_sub(1) {
            Some(index) => (position.chunk, index),
            None => {
                let chunk = position.chunk.checked_sub(1)?;
                (chunk, self.chunks[chunk].segments.len() - 1)
            }
        };
        Some(SegmentPosition { chunk, index, start: position.start - self.chunks[chunk].segments[index].len })
    }

    /// Replaces the segments from `first` up to, not including, `after` (`None`: to the end).
    pub(crate) fn splice(
        &mut self,
        first: SegmentPosition,
        after: Option<SegmentPosition>,
        new: Vec<Arc<Segment>>,
    ) {
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
    if segments.len() <= MAX_CHUNK_SEGMENTS {
        let chunk = (!segments.is_empty()).then(|| Arc::new(Chunk::of(segments)));
        return chunk.into_iter().collect();
    }
    // Half-full chunks leave room for edits; a full chunk would be split again by every insertion.
    segments.chunks(MAX_CHUNK_SEGMENTS / 2).map(|chunk| Arc::new(Chunk::of(chunk.to_vec()))).collect()
}

/// Divides Markdown into segments from `start` on, which must be a cut. Returns the ranges of the segments, and
/// whether a column-0 ATX heading that follows the text would start a new segment.
pub(crate) fn cut(text: &str, start: usize) -> (Vec<Range<usize>>, bool) {
    let mut scanner = BlockScanner::default();
    let mut ranges = Vec::new();
    let mut from = start;
    for line in lines(text, start) {
        // The scanner does not report headings inside an open fence, so they need no check here.
        if scanner.line(&text[line.content()], &mut ()) && line.start > from {
            ranges.push(from..line.start);
            from = line.start;
        }
    }
    if from < text.len() {
        ranges.push(from..text.len());
    }
    (ranges, !scanner.hides_headings())
}
