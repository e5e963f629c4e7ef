//! Documents: a text that is divided into segments and edited in place.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use crate::{
    block_parser,
    front_matter::{self, FrontMatter},
    inline::normalize_label,
    lines::lines,
    outline::{BlockKind, bytes},
    segment::{Content, OutlineParser, Segment, Segments, cut},
};
use ropey::Rope;

/// Maximum length in bytes of a document that is cut into segments. Longer documents are kept as one unparsed
/// segment so that edits stay cheap.
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;

/// The text of a document and its segments. A clone is a snapshot: it shares everything and costs
/// nanoseconds.
///
/// Positions are byte offsets into the text. The cost of an edit grows with the touched segments, not with
/// the document; nothing is parsed until an outline is requested.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(crate) rope: Rope,
    pub(crate) segments: Segments,
    /// Whether the first line is an unclosed delimiter of front matter. A delimiter line that is inserted later
    /// then changes how the whole document is parsed.
    pub(crate) unclosed_front_matter: bool,
}

impl Document {
    /// Creates a document from a text.
    pub fn new(text: &str) -> Self {
        let (segments, unclosed_front_matter) = segments_of(text);
        Self { rope: Rope::from_str(text), segments: Segments::of(segments), unclosed_front_matter }
    }

    /// Returns a document with the same text and new segments of the same lengths, without the values that were
    /// cached with the old segments. The cost depends on the number of segments, not on the text.
    pub fn without_cached_values(&self) -> Self {
        let unread = |(_, segment): (usize, &Arc<Segment>)| {
            Arc::new(Segment::new(segment.len(), segment.is_prologue()))
        };
        let segments = Segments::of(self.segments().map(unread).collect());
        Self { rope: self.rope.clone(), segments, unclosed_front_matter: self.unclosed_front_matter }
    }

    /// Creates a document and parses all of it at once, which is useful if it is not edited. The result equals that of
    /// [`Document::new`].
    pub fn parsed(text: &str) -> Self {
        Self::parse_with(text, block_parser::outline)
    }

    /// Creates a document and parses all of it with the given parser.
    pub(crate) fn parse_with(text: &str, parser: OutlineParser) -> Self {
        let document = Self::new(text);
        for (start, segment) in document.segments() {
            segment.parse_with(|| text[start..start + segment.len()].into(), parser);
        }
        document
    }

    /// Returns the text as a rope, for line and column lookups.
    pub fn rope(&self) -> &Rope {
        &self.rope
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a copy of the whole text.
    pub fn text(&self) -> String {
        self.rope.to_string()
    }

    /// Returns a copy of a part of the text. The range is clamped to the text and widened to character
    /// boundaries.
    pub fn slice(&self, range: Range<usize>) -> String {
        // Fast path: most slices are in one chunk of the rope, which takes one lookup instead of seven.
        let (chunk, start, ..) = self.rope.chunk_at_byte(range.start.min(self.len()));
        let inside = range.start.wrapping_sub(start)..range.end.wrapping_sub(start);
        if let Some(text) = chunk.get(inside) {
            return text.to_owned();
        }
        let range = self.clamp(range);
        self.rope.byte_slice(range).to_string()
    }

    /// Returns the offset at which the line of `offset` starts. `offset` is clamped to the text.
    pub fn line_start(&self, offset: usize) -> usize {
        self.rope.line_to_byte(self.rope.byte_to_line(offset.min(self.len())))
    }

    /// Returns the offset at which the line of `offset` ends, before its line ending. `offset` is clamped to
    /// the text.
    pub fn line_end(&self, offset: usize) -> usize {
        let line = self.rope().byte_to_line(offset.min(self.len()));
        let text = self.rope().line(line);
        let ending =
            text.bytes_at(text.len_bytes()).reversed().take_while(|byte| matches!(byte, b'\n' | b'\r'));
        self.rope().line_to_byte(line) + text.len_bytes() - ending.count()
    }

    /// Returns the segments with their start offsets. The segments cover the whole text.
    pub fn segments(&self) -> impl Iterator<Item = (usize, &Arc<Segment>)> {
        self.segments.iter()
    }

    /// Returns the segment that contains `offset`, with its start offset: the last segment at the end of the
    /// text, `None` in an empty document.
    pub fn segment_at(&self, offset: usize) -> Option<(usize, &Arc<Segment>)> {
        self.segments.find(offset).map(|position| (position.start, self.segments.get(position)))
    }

    /// Returns the text and outline of the segment that starts at `start`.
    pub fn content<'a>(&self, start: usize, segment: &'a Segment) -> &'a Content {
        segment.read(|| self.rope.byte_slice(start..start + segment.len()).to_string())
    }

    /// Returns the front matter, if the document has any.
    pub fn front_matter(&self) -> Option<FrontMatter> {
        let (start, first) = self.segments().next()?;
        first.is_prologue().then(|| front_matter::front_matter(&self.content(start, first).text)).flatten()
    }

    /// Returns the labels of all link reference definitions, [normalized](crate::inline::normalize_label). A
    /// definition applies to the whole document, not only to its segment (CommonMark 4.7).
    pub fn definitions(&self) -> BTreeSet<String> {
        let mut labels = BTreeSet::new();
        for (start, segment) in self.segments() {
            let content = self.content(start, segment);
            labels.extend(content.outline.blocks.iter().filter_map(|block| match &block.kind {
                BlockKind::LinkDefinition { label, .. } => Some(normalize_label(&content.text[bytes(label)])),
                _ => None,
            }));
        }
        labels
    }

    /// Returns all outlines as text, for tests and `plansmith inspect`.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        if let Some(front_matter) = self.front_matter() {
            out.push_str(&format!("front matter {:?}\n", self.slice(front_matter.content)));
        }
        for (start, segment) in self.segments() {
            let content = self.content(start, segment);
            out.push_str(&content.outline.dump(&content.text));
        }
        out
    }

    pub(crate) fn clamp(&self, range: Range<usize>) -> Range<usize> {
        let len = self.len();
        let start = range.start.min(len);
        let end = range.end.clamp(start, len);
        let floor = |offset: usize| self.rope.char_to_byte(self.rope.byte_to_char(offset));
        let floored_end = floor(end);
        let end =
            if floored_end < end { self.rope.char_to_byte(self.rope.byte_to_char(end) + 1) } else { end };
        floor(start)..end
    }
}

/// Returns the segments of a text, and whether its first line is an unclosed delimiter of front matter.
pub(crate) fn segments_of(text: &str) -> (Vec<Arc<Segment>>, bool) {
    if text.len() > MAX_DOCUMENT_BYTES {
        return (vec![Arc::new(Segment::new(text.len(), false))], false);
    }
    let front = front_matter::front_matter(text);
    let prologue = front.as_ref().map_or_else(|| front_matter::bom_len(text), |found| found.range.end);
    let mut segments = Vec::new();
    if prologue > 0 {
        segments.push(Arc::new(Segment::new(prologue, true)));
    }
    let (ranges, _) = cut(text, prologue);
    segments.extend(ranges.into_iter().map(|range| Arc::new(Segment::new(range.len(), false))));
    (segments, front.is_none() && front_matter::opens(text))
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.rope == other.rope
    }
}

/// Returns the number of lines as LSP counts them: one more than the number of line endings.
pub fn line_count(text: &str) -> usize {
    lines(text, 0).count() + usize::from(text.is_empty() || text.ends_with(['\n', '\r']))
}
