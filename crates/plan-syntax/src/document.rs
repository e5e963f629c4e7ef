//! A document: its text, cut into segments, edited in place.

use std::{ops::Range, sync::Arc};

use crate::{
    front_matter::{self, FrontMatter},
    lines::lines,
    segment::{Content, Place, Segment, Segments, cut},
};
use ropey::Rope;

/// The text of a document and its segments. A clone is a snapshot: it shares everything and costs nanoseconds.
///
/// Positions are byte offsets into the text. An edit costs what the touched segments cost to scan, not what the
/// document costs; nothing is parsed until someone asks for an outline.
#[derive(Clone, Debug, Default)]
pub struct Document {
    rope: Rope,
    segments: Segments,
    /// The first line would open front matter, but nothing closes it: a later delimiter line would change
    /// everything.
    unclosed_front_matter: bool,
}

impl Document {
    /// Reads a text.
    pub fn new(text: &str) -> Self {
        let (segments, unclosed_front_matter) = segments_of(text);
        Self { rope: Rope::from_str(text), segments: Segments::of(segments), unclosed_front_matter }
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
        let range = self.clamp(range);
        self.rope.byte_slice(range).to_string()
    }

    /// The byte at which the line of a byte starts. Clamped to the text.
    pub fn line_start(&self, offset: usize) -> usize {
        self.rope.line_to_byte(self.rope.byte_to_line(offset.min(self.len())))
    }

    /// Replaces `range` (bytes) by `new`. The range is clamped to the text and widened to character boundaries.
    /// Returns the range that was replaced.
    pub fn edit(&mut self, range: Range<usize>, new: &str) -> Range<usize> {
        let range = self.clamp(range);
        if range.is_empty() && new.is_empty() {
            return range;
        }
        let Some(first) = self.segments.find(range.start) else {
            *self = Self::new(new);
            return range;
        };
        let delimiter_before = self.unclosed_front_matter && self.touches_delimiter(&range);
        let (from, to) = (self.rope.byte_to_char(range.start), self.rope.byte_to_char(range.end));
        self.rope.remove(from..to);
        self.rope.insert(from, new);

        let edited = range.start..range.start + new.len();
        // The line may have stopped to be a heading, so what stands before it takes part.
        let first = self.segments.previous(first).unwrap_or(first);
        let in_prologue = first.start == 0 && (self.segments.at(first).is_prologue() || range.start < 8);
        let closes_front_matter =
            self.unclosed_front_matter && (delimiter_before || self.touches_delimiter(&edited));
        if in_prologue || closes_front_matter {
            self.reread_all(&&range, new);
        } else {
            self.recut(first, &&range, new);
        }
        range
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

    fn clamp(&self, range: Range<usize>) -> Range<usize> {
        let len = self.len();
        let start = range.start.min(len);
        let end = range.end.clamp(start, len);
        let floor = |at: usize| self.rope.char_to_byte(self.rope.byte_to_char(at));
        let floored_end = floor(end);
        let end =
            if floored_end < end { self.rope.char_to_byte(self.rope.byte_to_char(end) + 1) } else { end };
        floor(start)..end
    }

    /// Whether a line that `range` touches is a delimiter of front matter.
    fn touches_delimiter(&self, range: &Range<usize>) -> bool {
        let first = self.rope.byte_to_line(range.start);
        let last = self.rope.byte_to_line(range.end);
        (first..=last).any(|line| {
            let line = self.rope.line(line);
            line.len_bytes() <= 5 && {
                let text = line.to_string();
                front_matter::is_delimiter(text.trim_end_matches(['\n', '\r']))
            }
        })
    }

    /// Cuts the whole text again, keeping the segments before and after the edit that come out the same.
    fn reread_all(&mut self, range: &Range<usize>, new: &str) {
        let text = self.text();
        let (segments, unclosed) = segments_of(&text);
        self.unclosed_front_matter = unclosed;
        let old = std::mem::take(&mut self.segments);
        self.segments = Segments::of(segments);
        let mut start = 0;
        let mut kept = Vec::new();
        for (_, segment) in self.segments.iter() {
            kept.push(Reuse { old: &old, range, new }.of(start, segment));
            start += segment.len();
        }
        self.segments = Segments::of(kept);
    }

    /// Cuts again from `first` on, until a cut after the edit is where one was before.
    fn recut(&mut self, first: Place, range: &Range<usize>, new: &str) {
        let grown = |offset: usize| offset - range.end + range.start + new.len();
        // The segments that the edit touches, and one more where it ends on a boundary.
        let mut after = Some(first);
        while let Some(place) = after.filter(|place| place.start <= range.end) {
            after = self.segments.next(place);
        }
        let old = self.segments.clone();
        let mut window = 1;
        loop {
            let end = after.map_or(self.rope.len_bytes(), |place| grown(place.start));
            let text = self.rope.byte_slice(first.start..end).to_string();
            let (ranges, closed) = cut(&text, 0);
            if !closed && let Some(mut place) = after {
                // A fence or HTML block runs on into what follows: look further, faster each time.
                for _ in 0..window {
                    match old.next(place) {
                        Some(next) => place = next,
                        None => {
                            after = None;
                            break;
                        }
                    }
                    after = Some(place);
                }
                window *= 4;
                continue;
            }
            let reuse = Reuse { old: &old, range, new };
            let segments = ranges
                .into_iter()
                .map(|piece| reuse.of(first.start + piece.start, &Arc::new(Segment::new(piece.len(), false))))
                .collect();
            self.segments.splice(first, after, segments);
            return;
        }
    }
}

/// Carries segments over an edit.
struct Reuse<'a> {
    old: &'a Segments,
    range: &'a Range<usize>,
    new: &'a str,
}

impl Reuse<'_> {
    /// The segment from before the edit, if it is the same text; else the new one, with the parse to start
    /// from if it is giant.
    fn of(&self, start: usize, segment: &Arc<Segment>) -> Arc<Segment> {
        let end = start + segment.len();
        let new_end = self.range.start + self.new.len();
        let old_start = if end <= self.range.start {
            Some(start)
        } else if start >= new_end {
            Some(start - new_end + self.range.end)
        } else {
            None
        };
        if let Some(old_start) = old_start {
            if let Some(place) = self.old.find(old_start) {
                let old = self.old.at(place);
                if place.start == old_start
                    && old.len() == segment.len()
                    && old.is_prologue() == segment.is_prologue()
                {
                    return Arc::clone(old);
                }
            }
        } else if let Some(place) = self.old.find(start) {
            segment.follows(self.old.at(place));
        }
        Arc::clone(segment)
    }
}

fn segments_of(text: &str) -> (Vec<Arc<Segment>>, bool) {
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
