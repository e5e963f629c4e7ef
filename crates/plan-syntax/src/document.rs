//! A document: its text, cut into segments, edited in place.

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use crate::{
    by_lines,
    front_matter::{self, FrontMatter},
    inline::normalize_label,
    lines::lines,
    outline::{BlockKind, bytes},
    parse,
    segment::{Content, Reader, Segment, Segments, cut},
};
use ropey::Rope;

/// A text that is longer (bytes) is not cut: it is one segment, and nobody should read it. So an edit costs nothing however
/// long the text is.
pub const LONGEST: usize = 10 * 1024 * 1024;

/// The text of a document and its segments. A clone is a snapshot: it shares everything and costs nanoseconds.
///
/// Positions are byte offsets into the text. An edit costs what the touched segments cost to scan, not what the
/// document costs; nothing is parsed until someone asks for an outline.
#[derive(Clone, Debug, Default)]
pub struct Document {
    pub(crate) rope: Rope,
    pub(crate) segments: Segments,
    /// The first line would open front matter, but nothing closes it: a later delimiter line would change
    /// everything.
    pub(crate) unclosed_front_matter: bool,
}

impl Document {
    /// Reads a text.
    pub fn new(text: &str) -> Self {
        let (segments, unclosed_front_matter) = segments_of(text);
        Self { rope: Rope::from_str(text), segments: Segments::of(segments), unclosed_front_matter }
    }

    /// Returns the same text in the same segments, of which nothing has been read: what was kept with them is gone. It costs
    /// what the number of segments costs and does not look at the text.
    pub fn unread(&self) -> Self {
        let unread = |(_, segment): (usize, &Arc<Segment>)| {
            Arc::new(Segment::new(segment.len(), segment.is_prologue()))
        };
        let segments = Segments::of(self.segments().map(unread).collect());
        Self { rope: self.rope.clone(), segments, unclosed_front_matter: self.unclosed_front_matter }
    }

    /// Reads a text that will not be edited, all of it at once. It says the same as [`Document::new`] does.
    pub fn unedited(text: &str) -> Self {
        Self::read_with(text, by_lines::outline)
    }

    /// Reads a text with tree-sitter's grammar: a second opinion, which is the same or one of the two readers is wrong.
    pub fn with_trees(text: &str) -> Self {
        Self::read_with(text, parse::outline)
    }

    fn read_with(text: &str, reader: Reader) -> Self {
        let document = Self::new(text);
        for (start, segment) in document.segments() {
            segment.read_with(|| text[start..start + segment.len()].into(), reader);
        }
        document
    }

    /// Its text as a rope, for positions and pieces.
    pub fn rope(&self) -> &Rope {
        &self.rope
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole text, copied.
    pub fn text(&self) -> String {
        self.rope.to_string()
    }

    /// A piece of the text, copied. The range is clamped to the text and widened to character boundaries.
    pub fn slice(&self, range: Range<usize>) -> String {
        // Most pieces lie in one chunk of the rope: one look-up instead of seven.
        let (chunk, start, ..) = self.rope.chunk_at_byte(range.start.min(self.len()));
        let inside = range.start.wrapping_sub(start)..range.end.wrapping_sub(start);
        if let Some(text) = chunk.get(inside) {
            return text.to_owned();
        }
        let range = self.clamp(range);
        self.rope.byte_slice(range).to_string()
    }

    /// The byte at which the line of a byte starts. Clamped to the text.
    pub fn line_start(&self, offset: usize) -> usize {
        self.rope.line_to_byte(self.rope.byte_to_line(offset.min(self.len())))
    }

    /// The byte that the text of the line at `offset` ends at, before its line ending.
    pub fn line_end(&self, offset: usize) -> usize {
        let line = self.rope().byte_to_line(offset.min(self.len()));
        let text = self.rope().line(line);
        let ending =
            text.bytes_at(text.len_bytes()).reversed().take_while(|byte| matches!(byte, b'\n' | b'\r'));
        self.rope().line_to_byte(line) + text.len_bytes() - ending.count()
    }

    /// The segments with the bytes they start at. Together they are the text.
    pub fn segments(&self) -> impl Iterator<Item = (usize, &Arc<Segment>)> {
        self.segments.iter()
    }

    /// The segment that holds a byte, with the byte it starts at; the last one for the end of the text, none for an
    /// empty document.
    pub fn segment_at(&self, offset: usize) -> Option<(usize, &Arc<Segment>)> {
        self.segments.find(offset).map(|place| (place.start, self.segments.at(place)))
    }

    /// Text and outline of a segment of this document that starts at `start`.
    pub fn content<'a>(&self, start: usize, segment: &'a Segment) -> &'a Content {
        segment.read(|| self.rope.byte_slice(start..start + segment.len()).to_string())
    }

    /// The front matter, if the document has some.
    pub fn front_matter(&self) -> Option<FrontMatter> {
        let (start, first) = self.segments().next()?;
        first.is_prologue().then(|| front_matter::front_matter(&self.content(start, first).text)).flatten()
    }

    /// The labels of all link reference definitions, [normalized](crate::inline::normalize_label). A definition holds for
    /// the whole document, whatever segment it stands in (CommonMark 4.7).
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

    /// All outlines as text: for tests and for people.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        if let Some(found) = self.front_matter() {
            out.push_str(&format!("front matter {:?}\n", self.slice(found.content)));
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
        let floor = |at: usize| self.rope.char_to_byte(self.rope.byte_to_char(at));
        let floored_end = floor(end);
        let end =
            if floored_end < end { self.rope.char_to_byte(self.rope.byte_to_char(end) + 1) } else { end };
        floor(start)..end
    }
}

/// The segments of a text, and whether its first line would open front matter that nothing closes.
pub(crate) fn segments_of(text: &str) -> (Vec<Arc<Segment>>, bool) {
    if text.len() > LONGEST {
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

/// How many lines a text has, counted as the protocol counts them: one more than its line endings.
pub fn line_count(text: &str) -> usize {
    lines(text, 0).count() + usize::from(text.is_empty() || text.ends_with(['\n', '\r']))
}
