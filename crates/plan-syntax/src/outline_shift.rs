//! Derives the outline of a segment after an edit inside a word of a paragraph or heading: the blocks stay the same,
//! and those after the edit are shifted. Typing in a section of thousands of lines therefore does not parse the
//! section again.

use std::sync::Weak;

use crate::{
    outline::{BlockKind, Checkbox, Outline, SegmentSpan},
    segment::{Content, Segment},
};

/// A word edit that created a segment from another one. Offsets are bytes from the segment's start.
#[derive(Debug)]
pub(crate) struct WordEdit {
    /// The segment before the edit. A snapshot of the caller keeps it alive. If the segment has been dropped, the new
    /// segment is parsed in full.
    pub(crate) previous: Weak<Segment>,
    pub(crate) offset: u32,
    pub(crate) removed: u32,
    pub(crate) inserted: u32,
}

impl WordEdit {
    /// Returns the outline of `text` if it follows from the outline before the edit.
    ///
    /// Letters and digits inserted or removed between letters and digits never change the blocks. At the start of a
    /// line they can change them (a number, a checkbox, a definition), so the edit must be inside the text of a line.
    pub(crate) fn outline(&self, text: &str) -> Option<Outline> {
        let previous = self.previous.upgrade()?;
        let old = previous.content()?;
        let (start, end) = (self.offset as usize, (self.offset + self.inserted) as usize);
        let bytes = text.as_bytes();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let in_word = is_word(bytes[..start].last())
            && bytes[start..end].iter().all(u8::is_ascii_alphanumeric)
            && (self.removed == 0 || is_word(bytes.get(end)));
        (in_word && self.is_in_text(old)).then(|| self.shifted(&old.outline))
    }

    /// Returns whether the edit is in the text of a paragraph or heading that does not start like another
    /// construct.
    fn is_in_text(&self, old: &Content) -> bool {
        let inline = &old.outline.inline;
        let line = inline.partition_point(|(_, line)| line.start < self.offset).checked_sub(1);
        let Some((block, line)) = line.map(|line| &inline[line]) else { return false };
        let kind = &old.outline.blocks[*block as usize].kind;
        let first = old.outline.inline(*block as usize).next().map_or(0, |line| line.start as usize);
        self.offset + self.removed <= line.end
            && matches!(kind, BlockKind::Paragraph | BlockKind::Heading { .. })
            // One letter can turn such a line into a link definition or the title of the definition above.
            && !old.text[first..].starts_with(['[', '"', '\'', '('])
    }

    fn shifted(&self, old: &Outline) -> Outline {
        let after = |offset: u32| offset - self.removed + self.inserted;
        let start = |offset: u32| if offset > self.offset { after(offset) } else { offset };
        let end = |offset: u32| if offset >= self.offset + self.removed { after(offset) } else { offset };
        let span = |span: &SegmentSpan| start(span.start)..end(span.end);
        let mut outline = old.clone();
        for block in &mut outline.blocks {
            // Blocks that end before the edit keep their spans, and so do their children.
            if block.span.end < self.offset {
                continue;
            }
            block.span = span(&block.span);
            match &mut block.kind {
                BlockKind::Heading { text, .. } => *text = span(text),
                BlockKind::Item { marker_end, checkbox } => {
                    *marker_end = end(*marker_end);
                    if let Some(Checkbox { span: brackets, .. }) = checkbox {
                        *brackets = span(brackets);
                    }
                }
                BlockKind::Fence { info, content, .. } => (*info, *content) = (span(info), span(content)),
                BlockKind::LinkDefinition { label, destination } => {
                    (*label, *destination) = (span(label), span(destination));
                }
                _ => {}
            }
        }
        let from = outline.inline.partition_point(|(_, line)| line.end < self.offset);
        for (_, line) in &mut outline.inline[from..] {
            *line = span(line);
        }
        outline
    }
}
