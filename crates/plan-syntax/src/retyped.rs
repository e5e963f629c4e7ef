//! What becomes of a segment's blocks when someone types in the words of a paragraph or a heading: the same blocks, those
//! behind further on. A section of thousands of lines need not be read again for a letter.

use std::sync::Weak;

use crate::{
    outline::{BlockKind, Outline, Span, TaskMarker},
    segment::{Content, Segment},
};

/// An edit of words that made a segment of another one. Bytes from its start.
#[derive(Debug)]
pub(crate) struct Retyped {
    /// Kept by whoever keeps the version before; without it the segment is read anew.
    pub(crate) earlier: Weak<Segment>,
    pub(crate) at: u32,
    pub(crate) removed: u32,
    pub(crate) inserted: u32,
}

impl Retyped {
    /// The outline of `text`, if the one before is known and surely tells it.
    ///
    /// Letters and digits between letters and digits are words wherever they stand. At the start of a line they may be
    /// more (a number, a box, a definition), so they count only inside of a line's text.
    pub(crate) fn outline(&self, text: &str) -> Option<Outline> {
        let earlier = self.earlier.upgrade()?;
        let old = earlier.content()?;
        let (at, behind) = (self.at as usize, (self.at + self.inserted) as usize);
        let bytes = text.as_bytes();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let in_word = is_word(bytes[..at].last())
            && bytes[at..behind].iter().all(u8::is_ascii_alphanumeric)
            && (self.removed == 0 || is_word(bytes.get(behind)));
        (in_word && self.is_in_text(old)).then(|| self.moved(&old.outline))
    }

    /// Whether the edit is in the text of a paragraph or heading that is nothing else at its start.
    fn is_in_text(&self, old: &Content) -> bool {
        let inline = &old.outline.inline;
        let line = inline.partition_point(|(_, line)| line.start < self.at).checked_sub(1);
        let Some((block, line)) = line.map(|line| &inline[line]) else { return false };
        let kind = &old.outline.blocks[*block as usize].kind;
        let first = old.outline.inline(*block as usize).next().map_or(0, |line| line.start as usize);
        self.at + self.removed <= line.end
            && matches!(kind, BlockKind::Paragraph | BlockKind::Heading { .. })
            // It may be a link definition, or the title of the one above, but for a letter.
            && !old.text[first..].starts_with(['[', '"', '\'', '('])
    }

    fn moved(&self, old: &Outline) -> Outline {
        let grown = |at: u32| at - self.removed + self.inserted;
        let start = |at: u32| if at > self.at { grown(at) } else { at };
        let end = |at: u32| if at >= self.at + self.removed { grown(at) } else { at };
        let span = |span: &Span| start(span.start)..end(span.end);
        let mut outline = old.clone();
        for block in &mut outline.blocks {
            // What ends before the edit stays, and so does all that is in it.
            if block.span.end < self.at {
                continue;
            }
            block.span = span(&block.span);
            match &mut block.kind {
                BlockKind::Heading { text, .. } => *text = span(text),
                BlockKind::Item { marker_end, task } => {
                    *marker_end = end(*marker_end);
                    if let Some(TaskMarker { span: place, .. }) = task {
                        *place = span(place);
                    }
                }
                BlockKind::Fence { info, content, .. } => (*info, *content) = (span(info), span(content)),
                BlockKind::LinkDefinition { label, destination } => {
                    (*label, *destination) = (span(label), span(destination));
                }
                _ => {}
            }
        }
        let from = outline.inline.partition_point(|(_, line)| line.end < self.at);
        for (_, line) in &mut outline.inline[from..] {
            *line = span(line);
        }
        outline
    }
}
