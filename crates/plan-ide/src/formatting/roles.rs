//! Roles of lines, which determine whether trailing whitespace is significant.

use std::collections::BTreeSet;

use plan_syntax::{
    Block, BlockKind, Content, Document, InlineKind, SegmentSpan, inline::normalize_label, inlines,
    outline::bytes,
};

use super::{
    footnotes::Footnotes,
    source::{Source, VERBATIM_TAGS, WHITESPACE, is_blank, may_start_a_block},
};

/// Role of a line. If several roles apply, the line has the greatest one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LineRole {
    /// Trailing whitespace is insignificant.
    #[default]
    Free,
    /// Text that continues on the next line. Two trailing spaces are a line break.
    Inner,
    /// All whitespace can be significant.
    Verbatim,
    /// All whitespace can be significant, and the block is not closed, so following lines belong to it.
    Open,
}

/// Returns the role of each line.
pub(super) fn roles(source: &Source, document: &Document, footnotes: &[Footnotes]) -> Vec<LineRole> {
    let of = vec![LineRole::Free; source.lines.len()];
    let mut roles = Roles { source, of, definitions: document.definitions() };
    if let Some(front) = document.front_matter() {
        let role =
            if footnotes.first() == Some(&Footnotes::Odd) { LineRole::Open } else { LineRole::Verbatim };
        roles.raise(front.range.start, front.range.end.saturating_sub(1), role);
    }
    for ((start, segment), footnotes) in document.segments().zip(footnotes) {
        if !segment.is_prologue() {
            let content = document.content(start, segment);
            roles.footnotes(start, content, *footnotes);
            roles.read(start, content);
        }
    }
    roles.of
}

struct Roles<'a> {
    source: &'a Source,
    of: Vec<LineRole>,
    /// Labels that links can refer to.
    definitions: BTreeSet<String>,
}

impl Roles<'_> {
    /// Raises the role of the lines from the one that contains the offset `first` to the one that contains `last`, both
    /// included.
    fn raise(&mut self, first: usize, last: usize, role: LineRole) {
        let lines = self.source.line_of(first)..=self.source.line_of(last);
        for line in self.of.get_mut(lines).into_iter().flatten() {
            *line = role.max(*line);
        }
    }

    fn read(&mut self, start: usize, content: &Content) {
        let blocks = &content.outline.blocks;
        for (index, block) in blocks.iter().enumerate() {
            let (first, last) = (start + block.span.start as usize, start + block.span.end as usize);
            let next = blocks.get(block.end as usize).map(|next| start + next.span.start as usize);
            match &block.kind {
                BlockKind::Fence { .. } | BlockKind::Html { .. } if is_unclosed(content, block) => {
                    // The block extends to the line before the next block.
                    let end = match next {
                        Some(next) => self.source.lines[self.source.line_of(next)].start,
                        None => start + content.text.len(),
                    };
                    self.raise(first, end.saturating_sub(1).max(last), LineRole::Open);
                }
                BlockKind::Fence { .. } | BlockKind::Html { .. } | BlockKind::IndentedCode => {
                    self.raise(first, last, LineRole::Verbatim);
                }
                BlockKind::LinkDefinition { .. } => {
                    let line = self.source.line_of(last);
                    let is_last = (self.source.lines.get(line + 1))
                        .is_none_or(|next| next.start == start + content.text.len());
                    // The following text can be parsed as the title of the definition.
                    if line > self.source.line_of(first) || !is_last && !is_blank(self.source.line(line + 1))
                    {
                        self.raise(first, last, LineRole::Verbatim);
                    }
                }
                BlockKind::Paragraph | BlockKind::Heading { setext: true, .. } => {
                    self.text(start, content, index);
                    // Parsers disagree on the content of such paragraphs, which affects the following text.
                    let mut lines = content.outline.inline(index);
                    let is_odd =
                        |line: &SegmentSpan| may_start_a_block(self.source.rest(start + line.start as usize));
                    let before = index.checked_sub(1).map(|before| &blocks[before].kind);
                    let continues = lines.clone().nth(1).is_some()
                        || matches!(before, Some(BlockKind::LinkDefinition { .. }));
                    // Whitespace in titles of sections is significant.
                    if continues && (block.kind != BlockKind::Paragraph || lines.any(is_odd)) {
                        self.raise(first, last, LineRole::Verbatim);
                    }
                    // Parsers disagree on whether a tag outside of a container continues a paragraph in it.
                    let number = self.source.line_of(last);
                    let below = self.source.line(number + 1).trim_start_matches([' ', '\t', '>']);
                    if below.starts_with('<') {
                        self.raise(last, last, LineRole::Inner);
                    }
                    let is_header = |next: &Block| next.kind == BlockKind::Table;
                    if blocks.get(block.end as usize).is_some_and(is_header)
                        && next.is_some_and(|next| self.source.line_of(next) == self.source.line_of(last) + 1)
                    {
                        self.raise(last, last, LineRole::Verbatim);
                    }
                }
                // Some parsers require a pipe in a header. They parse a line without a pipe as part of a paragraph.
                BlockKind::Table if !self.source.rest(first).contains('|') => {
                    self.raise(first, first, LineRole::Verbatim);
                }
                BlockKind::Item { checkbox: task, .. } => {
                    self.text_after_marker_line(start, content, index, &block.marker(), task.is_some())
                }
                _ => {}
            }
        }
    }

    /// Sets the role of lines in footnotes. A footnote continues after an empty line, but in some parsers a line with
    /// whitespace ends it.
    fn footnotes(&mut self, start: usize, content: &Content, footnotes: Footnotes) {
        match footnotes {
            Footnotes::None => return,
            Footnotes::Plain => {}
            Footnotes::Odd => {
                return self.raise(start, start + content.text.len().saturating_sub(1), LineRole::Open);
            }
        }
        let end = start + content.text.trim_end().len();
        for number in self.source.line_of(start)..self.source.line_of(end) {
            let text = self.source.line(number);
            if !text.is_empty() && is_blank(text) {
                self.of[number] = LineRole::Verbatim.max(self.of[number]);
            }
        }
    }

    /// Sets the role of the lines of a text that continues on the next line.
    fn text(&mut self, start: usize, content: &Content, block: usize) {
        let mut lines = content.outline.inline(block).cloned().peekable();
        let mut spans = None;
        while let Some(line) = lines.next() {
            if lines.peek().is_none() {
                break;
            }
            let end = start + line.end as usize;
            let number = self.source.line_of(end);
            if !self.source.line(number).ends_with(WHITESPACE) {
                continue;
            }
            let spans = spans.get_or_insert_with(|| self.verbatim_spans(content, block));
            let before = spans.partition_point(|span| span.start < line.end);
            let verbatim = before.checked_sub(1).is_some_and(|last| line.end < spans[last].end);
            self.raise(end, end, if verbatim { LineRole::Verbatim } else { LineRole::Inner });
        }
    }

    /// Returns code, tags and link targets: spans of a text in which all whitespace can be significant, sorted and
    /// disjoint.
    fn verbatim_spans(&self, content: &Content, block: usize) -> Vec<SegmentSpan> {
        let is_defined = |label: &str| self.definitions.contains(&normalize_label(label));
        let inlines = inlines(&content.text, content.outline.inline(block), &is_defined);
        let verbatim = inlines.into_iter().filter_map(|inline| match inline.kind {
            InlineKind::Code | InlineKind::Html | InlineKind::Autolink => Some(inline.span),
            // The text of a link may end with its line, so the target starts before the end of the line.
            InlineKind::Link(_) | InlineKind::Image(_) => {
                Some(inline.content.end.saturating_sub(1)..inline.span.end)
            }
            _ => None,
        });
        let mut spans: Vec<SegmentSpan> = verbatim.collect();
        spans.sort_by_key(|span| span.start);
        spans
    }

    /// Sets the role of lines of an item whose text does not start on its first line. Parsers disagree on the
    /// whitespace of these lines.
    fn text_after_marker_line(
        &mut self,
        start: usize,
        content: &Content,
        item: usize,
        marker: &SegmentSpan,
        has_checkbox: bool,
    ) {
        let line = self.source.line_of(start + marker.start as usize);
        let first = content.outline.children(item).next().map(|child| &content.outline.blocks[child]);
        match first {
            Some(child) if self.source.line_of(start + child.span.start as usize) > line => {
                self.raise(
                    start + marker.start as usize,
                    start + child.span.start as usize,
                    LineRole::Verbatim,
                );
            }
            None if !has_checkbox && line + 1 < self.of.len() && is_blank(self.source.line(line + 1)) => {
                let next = self.source.lines[line + 1].start;
                let continues = next < start + content.text.trim_end().len();
                if continues && !self.source.line(line + 1).is_empty() {
                    self.raise(next, next, LineRole::Verbatim);
                }
            }
            _ => {}
        }
    }
}

/// Returns whether a fence or an HTML block is only ended by the end of its container.
fn is_unclosed(content: &Content, block: &Block) -> bool {
    let text = &content.text[bytes(&block.span)];
    match &block.kind {
        BlockKind::Fence { closed, .. } => !closed,
        BlockKind::Html { comment: true } => !text.contains("-->"),
        BlockKind::Html { comment: false } => {
            // CommonMark 4.6: these blocks continue over blank lines and have special end conditions.
            let name = text.trim_start_matches('<').to_ascii_lowercase();
            !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
                || VERBATIM_TAGS.iter().any(|verbatim| name.starts_with(verbatim))
        }
        _ => false,
    }
}
