//! Editing a document: which of its segments an edit makes anew.

use std::{ops::Range, sync::Arc};

use crate::{
    document::{Document, LONGEST, segments_of},
    front_matter::{self, BOM},
    retyped::Retyped,
    segment::{Place, Segment, Segments, cut},
};

/// Longer lines (bytes) are not looked at, nor longer texts that are put into one.
const LONGEST_WORDS: usize = 4 * 1024;

impl Document {
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
        let was_too_long = self.len() > LONGEST;
        let in_words = !was_too_long && self.is_in_words(first, &range, new);
        let delimiter_before = !was_too_long && self.unclosed_front_matter && self.touches_delimiter(&range);
        let (from, to) = (self.rope.byte_to_char(range.start), self.rope.byte_to_char(range.end));
        self.rope.remove(from..to);
        self.rope.insert(from, new);
        if in_words && self.len() <= LONGEST {
            let earlier = self.segments.at(first);
            let retyped = Retyped {
                earlier: Arc::downgrade(earlier),
                at: (range.start - first.start) as u32,
                removed: range.len() as u32,
                inserted: new.len() as u32,
            };
            let segment = Segment::retyped(earlier.len() - range.len() + new.len(), retyped);
            let after = self.segments.next(first);
            self.segments.splice(first, after, vec![Arc::new(segment)]);
            return range;
        }
        if was_too_long || self.len() > LONGEST {
            let text = if self.len() > LONGEST { None } else { Some(self.text()) };
            let whole = || (vec![Arc::new(Segment::new(self.len(), false))], false);
            let (segments, unclosed) = text.as_deref().map_or_else(whole, segments_of);
            self.segments = Segments::of(segments);
            self.unclosed_front_matter = unclosed;
            return range;
        }

        match self.touched(first, &range, new, delimiter_before) {
            Touched::All => self.reread_all(&range, new),
            Touched::Prologue(len) => {
                let after = self.segments.next(first);
                self.segments.splice(first, after, vec![Arc::new(Segment::new(len, true))]);
            }
            Touched::Rest => {
                // The line may have stopped to be a heading, so what stands before it takes part.
                let before = self.segments.previous(first);
                let before = before.filter(|place| !self.segments.at(*place).is_prologue());
                self.recut(before.unwrap_or(first), &range, new);
            }
        }
        range
    }

    /// Whether an edit changes words of a line and surely nothing else: no block begins or ends on it now that did not
    /// before. So the cuts stay, and a segment of thousands of lines need not be scanned for them.
    ///
    /// What a line begins is told by what stands before its first letter, but for HTML (`<d`) and fences, whose line may
    /// be one or not by what follows. HTML ends anywhere, at a `>`, and pipes make tables.
    fn is_in_words(&self, first: Place, range: &Range<usize>, new: &str) -> bool {
        let in_prologue = self.segments.at(first).is_prologue();
        if in_prologue || new.len() > LONGEST_WORDS || new.contains(['\n', '\r', '>', '|']) {
            return false;
        }
        let line = self.rope.byte_to_line(range.start);
        let (start, line) = (self.rope.line_to_byte(line), self.rope.line(line));
        if line.len_bytes() > LONGEST_WORDS {
            return false;
        }
        let line = line.to_string();
        let words = line.trim_end_matches(['\n', '\r']);
        let before = &words[..(range.start - start).min(words.len())];
        let Some(letter) = before.find(|c: char| c.is_ascii_alphabetic()) else { return false };
        range.end <= start + words.len()
            && !before[..letter].contains(['<', '`', '~'])
            && !words.contains(['>', '|'])
    }

    /// What an edit may have changed: `range`, which began in the segment `first`, is now `new`.
    fn touched(&mut self, first: Place, range: &Range<usize>, new: &str, delimiter_before: bool) -> Touched {
        let prologue = self.segments().next().filter(|(_, segment)| segment.is_prologue());
        let prologue = prologue.map_or(0, |(_, segment)| segment.len());
        let in_prologue = self.segments.at(first).is_prologue();
        if prologue > BOM.len() {
            // Front matter depends on nothing that stands after it.
            if range.start > prologue {
                return Touched::Rest;
            }
            let inside = range.start < prologue && range.end <= prologue;
            let end = if inside { prologue - range.len() + new.len() } else { prologue };
            return if inside == in_prologue && self.front_matter_ends_at(end) {
                if inside { Touched::Prologue(end) } else { Touched::Rest }
            } else {
                Touched::All
            };
        }
        let opens = self.opens_front_matter();
        let opened = opens && !self.unclosed_front_matter;
        let edited = range.start..range.start + new.len();
        let closed = opens && (delimiter_before || self.touches_delimiter(&edited));
        self.unclosed_front_matter = opens;
        if in_prologue || self.bom_len() != prologue || opened || closed {
            Touched::All
        } else {
            Touched::Rest
        }
    }

    fn bom_len(&self) -> usize {
        if self.rope.get_char(0).is_some_and(|first| BOM.starts_with(first)) { BOM.len() } else { 0 }
    }

    /// Whether the front matter ends at this byte.
    fn front_matter_ends_at(&self, end: usize) -> bool {
        // With the character after it, which may belong to its last line's ending.
        let text = self.slice(0..end + 1);
        front_matter::front_matter(&text).is_some_and(|found| found.range.end == end)
    }

    /// Whether the first line would open front matter, were it closed.
    fn opens_front_matter(&self) -> bool {
        // A delimiter with a byte order mark and a line ending.
        let first = self.rope.line(0);
        first.len_bytes() <= 8 && front_matter::opens(&first.to_string())
    }

    /// Whether a line that `range` touches, or one next to those, is a delimiter of front matter. Next to them, because a
    /// delimiter counts only with a line between it and the first one.
    fn touches_delimiter(&self, range: &Range<usize>) -> bool {
        let first = self.rope.byte_to_line(range.start).saturating_sub(1);
        let last = (self.rope.byte_to_line(range.end) + 1).min(self.rope.len_lines() - 1);
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

/// What an edit may have changed.
enum Touched {
    /// Byte order mark or front matter, and by that everything.
    All,
    /// Nothing but the text of the front matter, which has this length now.
    Prologue(usize),
    /// Neither byte order mark nor front matter.
    Rest,
}

/// Carries segments over an edit.
struct Reuse<'a> {
    old: &'a Segments,
    range: &'a Range<usize>,
    new: &'a str,
}

impl Reuse<'_> {
    /// The segment from before the edit, if it is the same text; else the new one.
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
        if let Some(old_start) = old_start
            && let Some(place) = self.old.find(old_start)
        {
            let old = self.old.at(place);
            if place.start == old_start
                && old.len() == segment.len()
                && old.is_prologue() == segment.is_prologue()
            {
                return Arc::clone(old);
            }
        }
        Arc::clone(segment)
    }
}
