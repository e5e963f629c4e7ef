//! Derives the outline of a segment after an edit inside a word of a paragraph or heading: the blocks stay the same,
//! and those after the edit are shifted. Typing in a section of thousands of lines therefore does not parse the
//! section again.

use crate::outline::{BlockKind, BlockOutline, SegmentSpan};

/// An edit inside the words of a line. Offsets are bytes from the segment's start.
#[derive(Debug)]
pub(crate) struct WordEdit {
    pub(crate) offset: u32,
    pub(crate) removed: u32,
    pub(crate) inserted: u32,
}

impl WordEdit {
    /// Returns the outline of `text` if it follows from text and outline before the edit.
    ///
    /// Letters and digits inserted or removed between letters and digits never change the blocks. At the
    /// start of a line they can (a number, a checkbox, a definition), so the edit must be inside a line's
    /// text.
    pub(crate) fn outline(&self, text: &str, old_text: &str, old: &BlockOutline) -> Option<BlockOutline> {
        let (start, end) = (self.offset as usize, (self.offset + self.inserted) as usize);
        let bytes = text.as_bytes();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let in_word = is_word(bytes[..start].last())
            && bytes[start..end].iter().all(u8::is_ascii_alphanumeric)
            && (self.removed == 0 || is_word(bytes.get(end)));
        (in_word && self.is_in_text(old_text, old)).then(|| self.shifted(old))
    }

    /// Returns whether the edit is in the text of a paragraph or heading that does not start like another
    /// construct.
    fn is_in_text(&self, old_text: &str, old: &BlockOutline) -> bool {
        let inline = &old.inline;
        let line = inline.partition_point(|(_, line)| line.start < self.offset).checked_sub(1);
        let Some((block, line)) = line.map(|line| &inline[line]) else { return false };
        let kind = &old.blocks[*block as usize].kind;
        let first = old.inline(*block as usize).next().map_or(0, |line| line.start as usize);
        self.offset + self.removed <= line.end
            && matches!(kind, BlockKind::Paragraph | BlockKind::Heading { .. })
            // One letter can turn such a line into a link definition or the title of the definition above.
            && !old_text[first..].starts_with(['[', '"', '\'', '('])
    }

    fn shifted(&self, old: &BlockOutline) -> BlockOutline {
        let after = |offset: u32| offset - self.removed + self.inserted;
        let start = |offset: u32| if offset > self.offset { after(offset) } else { offset };
        let end = |offset: u32| if offset >= self.offset + self.removed { after(offset) } else { offset };
        let shift = |span: &mut SegmentSpan| *span = start(span.start)..end(span.end);
        let BlockOutline { mut blocks, mut inline } = old.clone();
        // Blocks that end before the edit keep their spans, and so do their children.
        let moved = blocks.iter_mut().filter(|block| block.span.end >= self.offset);
        moved.for_each(|block| block.for_each_span(shift));
        let from = inline.partition_point(|(_, line)| line.end < self.offset);
        inline[from..].iter_mut().for_each(|(_, line)| shift(line));
        BlockOutline { blocks, inline }
    }
}
