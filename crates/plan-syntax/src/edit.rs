//! Edits a document: replaces the segments that an edit changes and keeps all other segments.

use std::{ops::Range, sync::Arc};

use crate::{
    document::{Document, MAX_DOCUMENT_BYTES, segments_of},
    front_matter::{self, BOM},
    outline_shift::WordEdit,
    segment::{Segment, SegmentPosition, Segments, cut},
};

/// Maximum length in bytes of a line, and of a text inserted into it. Longer edits are not checked for being
/// word edits.
const MAX_WORD_EDIT_BYTES: usize = 4 * 1024;

impl Document {
    /// Replaces `range` (bytes) with `new`. The range is clamped to the text and widened to character
    /// boundaries. Returns the range that was replaced.
    pub fn edit(&mut self, range: Range<usize>, new: &str) -> Range<usize> {
        let range = self.clamp(range);
        if range.is_empty() && new.is_empty() {
            return range;
        }
        let Some(first) = self.segments.find(range.start) else {
            *self = Self::new(new);
            return range;
        };
        let was_too_long = self.len() > MAX_DOCUMENT_BYTES;
        let is_word_edit = !was_too_long && self.is_word_edit(first, &range, new);
        let delimiter_before = !was_too_long && self.unclosed_front_matter && self.touches_delimiter(&range);
        let (from, to) = (self.rope.byte_to_char(range.start), self.rope.byte_to_char(range.end));
        self.rope.remove(from..to);
        self.rope.insert(from, new);
        if is_word_edit && self.len() <= MAX_DOCUMENT_BYTES {
            let previous = self.segments.get(first);
            let edit = WordEdit {
                offset: (range.start - first.start) as u32,
                removed: range.len() as u32,
                inserted: new.len() as u32,
            };
            let segment = Segment::after_word_edit(previous, edit);
            let after = self.segments.next(first);
            self.segments.splice(first, after, vec![Arc::new(segment)]);
            return range;
        }
        if was_too_long || self.len() > MAX_DOCUMENT_BYTES {
            let text = if self.len() > MAX_DOCUMENT_BYTES { None } else { Some(self.text()) };
            let whole = || (vec![Arc::new(Segment::new(self.len(), false))], false);
            let (segments, unclosed) = text.as_deref().map_or_else(whole, segments_of);
            self.segments = Segments::of(segments);
            self.unclosed_front_matter = unclosed;
            return range;
        }

        match self.edit_scope(first, &range, new, delimiter_before) {
            EditScope::All => self.recut_all(&range, new),
            EditScope::Prologue(len) => {
                let after = self.segments.next(first);
                self.segments.splice(first, after, vec![Arc::new(Segment::new(len, true))]);
            }
            EditScope::Body => {
                // The edited line may no longer be a heading, so the preceding segment is cut again as well.
                let before = self.segments.previous_position(first);
                let before = before.filter(|position| !self.segments.get(*position).is_prologue());
                self.recut(before.unwrap_or(first), &range, new);
            }
        }
        range
    }

    /// Returns whether an edit changes only words of a line, so that the same blocks begin and end on the line as
    /// before. The cuts then stay the same, so a segment of thousands of lines is not scanned for them.
    ///
    /// The text before a line's first letter determines which block the line begins. Exceptions are HTML (`<d`) and
    /// fences, which depend on the following text. A `>` can end HTML anywhere in a line, and pipes can make a line
    /// part of a table.
    fn is_word_edit(&self, first: SegmentPosition, range: &Range<usize>, new: &str) -> bool {
        let in_prologue = self.segments.get(first).is_prologue();
        if in_prologue || new.len() > MAX_WORD_EDIT_BYTES || new.contains(['\n', '\r', '>', '|']) {
            return false;
        }
        let line = self.rope.byte_to_line(range.start);
        let (start, line) = (self.rope.line_to_byte(line), self.rope.line(line));
        if line.len_bytes() > MAX_WORD_EDIT_BYTES {
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

    /// Returns the scope of an edit that has replaced `range` with `new`. `range` began in the segment `first`.
    /// `delimiter_before` is true if the replaced text touched a delimiter line of unclosed front matter.
    fn edit_scope(
        &mut self,
        first: SegmentPosition,
        range: &Range<usize>,
        new: &str,
        delimiter_before: bool,
    ) -> EditScope {
        let prologue = self.segments().next().filter(|(_, segment)| segment.is_prologue());
        let prologue = prologue.map_or(0, |(_, segment)| segment.len());
        let in_prologue = self.segments.get(first).is_prologue();
        if prologue > BOM.len() {
            // Front matter does not depend on the text after it.
            if range.start > prologue {
                return EditScope::Body;
            }
            let inside = range.start < prologue && range.end <= prologue;
            let end = if inside { prologue - range.len() + new.len() } else { prologue };
            return if inside == in_prologue && self.front_matter_ends_at(end) {
                if inside { EditScope::Prologue(end) } else { EditScope::Body }
            } else {
                EditScope::All
            };
        }
        let opens = self.opens_front_matter();
        let opened = opens && !self.unclosed_front_matter;
        let edited = range.start..range.start + new.len();
        let closed = opens && (delimiter_before || self.touches_delimiter(&edited));
        self.unclosed_front_matter = opens;
        if in_prologue || self.bom_len() != prologue || opened || closed {
            EditScope::All
        } else {
            EditScope::Body
        }
    }

    fn bom_len(&self) -> usize {
        if self.rope.get_char(0).is_some_and(|first| BOM.starts_with(first)) { BOM.len() } else { 0 }
    }

    /// Returns whether the front matter ends at `end`.
    fn front_matter_ends_at(&self, end: usize) -> bool {
        // Includes the character after `end`, which may belong to the line ending of the last line.
        let text = self.slice(0..end + 1);
        front_matter::front_matter(&text).is_some_and(|found| found.range.end == end)
    }

    /// Returns whether the first line is a delimiter that opens front matter if another line closes it.
    fn opens_front_matter(&self) -> bool {
        // Maximum length of a delimiter line: byte order mark, delimiter and line ending.
        let first = self.rope.line(0);
        first.len_bytes() <= 8 && front_matter::opens(&first.to_string())
    }

    /// Returns whether a line that `range` touches, or a line next to one, is a delimiter of front matter.
    /// Adjacent lines matter because a delimiter closes front matter only if at least one line is between the two
    /// delimiters.
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

    /// Cuts the whole text again, reusing the unchanged segments before and after the edit.
    fn recut_all(&mut self, range: &Range<usize>, new: &str) {
        let text = self.text();
        let (segments, unclosed) = segments_of(&text);
        self.unclosed_front_matter = unclosed;
        let old = std::mem::take(&mut self.segments);
        self.segments = Segments::of(segments);
        let mut start = 0;
        let mut segments = Vec::new();
        for (_, segment) in self.segments.iter() {
            segments.push(SegmentReuse { old: &old, range, new }.reused_segment(start, segment));
            start += segment.len();
        }
        self.segments = Segments::of(segments);
    }

    /// Cuts again from `first` on, until a cut after the edit coincides with an existing one.
    fn recut(&mut self, first: SegmentPosition, range: &Range<usize>, new: &str) {
        let shifted = |offset: usize| offset - range.end + range.start + new.len();
        // The segments that the edit touches, and the following segment if the edit ends at a boundary.
        let mut after = Some(first);
        while let Some(position) = after.filter(|position| position.start <= range.end) {
            after = self.segments.next(position);
        }
        let old = self.segments.clone();
        let mut window = 1;
        loop {
            let end = after.map_or(self.rope.len_bytes(), |position| shifted(position.start));
            let text = self.rope.byte_slice(first.start..end).to_string();
            let (ranges, closed) = cut(&text, 0);
            if !closed && let Some(mut position) = after {
                // A fence or HTML block continues into the following segments: widen the window by a growing number of
                // segments.
                for _ in 0..window {
                    match old.next(position) {
                        Some(next) => position = next,
                        None => {
                            after = None;
                            break;
                        }
                    }
                    after = Some(position);
                }
                window *= 4;
                continue;
            }
            let reuse = SegmentReuse { old: &old, range, new };
            let segments = ranges
                .into_iter()
                .map(|cut| {
                    reuse.reused_segment(first.start + cut.start, &Arc::new(Segment::new(cut.len(), false)))
                })
                .collect();
            self.segments.splice(first, after, segments);
            return;
        }
    }
}

/// The scope of an edit: the parts of the document that it may have changed.
enum EditScope {
    /// The byte order mark or front matter, and therefore the whole document.
    All,
    /// Only the text of the front matter, which now has this length in bytes.
    Prologue(usize),
    /// Neither byte order mark nor front matter.
    Body,
}

/// Finds segments that an edit left unchanged.
struct SegmentReuse<'a> {
    old: &'a Segments,
    range: &'a Range<usize>,
    new: &'a str,
}

impl SegmentReuse<'_> {
    /// Returns the segment of the previous version if its text is unchanged, otherwise `segment`.
    fn reused_segment(&self, start: usize, segment: &Arc<Segment>) -> Arc<Segment> {
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
            && let Some(position) = self.old.find(old_start)
        {
            let old = self.old.get(position);
            if position.start == old_start
                && old.len() == segment.len()
                && old.is_prologue() == segment.is_prologue()
            {
                return Arc::clone(old);
            }
        }
        Arc::clone(segment)
    }
}
