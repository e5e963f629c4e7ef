//! Parses the lines of a text into an [`BlockOutline`], without a syntax tree.
//!
//! Tests verify that the outlines equal those of the module [`tree`](crate::tree). This parser takes a thirtieth of the
//! time. For segments of any length, parsing from scratch is faster than updating a syntax tree after an edit.

use std::ops::Range;

use crate::{
    block_scanner::{BlockScanner, BlockSink},
    definition::{self, Definition},
    lines::lines,
    outline::{Block, BlockKind, BlockOutline, SegmentSpan},
    table,
    text::{checkbox_at, end_without_prefixes, heading_text_range, line_end, next_line, trimmed},
};

/// Returns the outline of a text that starts and ends at a cut between segments.
pub(crate) fn outline(text: &str) -> BlockOutline {
    let mut builder = OutlineBuilder {
        text,
        outline: BlockOutline::default(),
        line: 0..0,
        containers: Vec::new(),
        leaf: OpenLeaf::None,
        last_root: None,
    };
    let mut scanner = BlockScanner::default();
    for line in lines(text, 0) {
        builder.line = line.start..line.end;
        scanner.line(&text[line.content()], &mut builder);
    }
    builder.line = text.len()..text.len();
    builder.close(0);
    builder.outline
}

struct OutlineBuilder<'a> {
    text: &'a str,
    outline: BlockOutline,
    /// The range of the current line, without its line ending.
    line: Range<usize>,
    containers: Vec<OpenContainer>,
    leaf: OpenLeaf,
    /// The last block without a parent.
    last_root: Option<u32>,
}

/// An open container.
struct OpenContainer {
    /// Index of its block.
    block: u32,
    /// Index of the list that contains the item.
    list: Option<u32>,
    /// Index of its last child.
    last_child: Option<u32>,
    /// Whether the container already has a paragraph, even one with only a checkbox.
    has_text: bool,
}

/// The open leaf block.
enum OpenLeaf {
    None,
    Paragraph(Vec<SegmentSpan>),
    Table(u32),
    Fence(u32),
    Html(u32),
}

impl OutlineBuilder<'_> {
    fn parent(&self) -> Option<u32> {
        self.containers.last().map(|container| container.block)
    }

    /// Returns the last child of the innermost container.
    fn last_child(&mut self) -> &mut Option<u32> {
        match self.containers.last_mut() {
            Some(container) => &mut container.last_child,
            None => &mut self.last_root,
        }
    }

    /// Adds a child to the innermost container.
    fn push(&mut self, kind: BlockKind, span: SegmentSpan) -> u32 {
        let parent = self.parent();
        let index = self.add(kind, span, parent);
        *self.last_child() = Some(index);
        index
    }

    fn add(&mut self, kind: BlockKind, span: SegmentSpan, parent: Option<u32>) -> u32 {
        let index = self.outline.blocks.len() as u32;
        self.outline.blocks.push(Block::new(index, kind, span, parent));
        index
    }

    /// Returns the current line from `at` on, without surrounding whitespace.
    fn rest(&self, at: usize) -> SegmentSpan {
        trimmed(self.text, self.line.start + at..self.line.end)
    }

    /// Extends a block to the end of the current line's text, unless the line is blank from `at` on.
    fn extend(&mut self, block: u32, at: usize) {
        let rest = self.rest(at);
        if rest.start < rest.end {
            self.outline.blocks[block as usize].span.end = rest.end;
        }
    }

    fn close_leaf(&mut self) {
        match std::mem::replace(&mut self.leaf, OpenLeaf::None) {
            OpenLeaf::Paragraph(lines) => self.close_paragraph(lines),
            OpenLeaf::Table(table) => self.end(table),
            OpenLeaf::Fence(fence) => {
                let bytes = self.text.as_bytes();
                let block = &mut self.outline.blocks[fence as usize];
                if let BlockKind::Fence { content, closed: false, info } = &mut block.kind {
                    let opener = block.span.start.max(info.end) as usize;
                    let end = end_without_prefixes(self.text, opener..block.span.end as usize);
                    block.span.end = end as u32;
                    content.end = (next_line(bytes, line_end(bytes, end)) as u32).max(content.start);
                }
            }
            OpenLeaf::None | OpenLeaf::Html(_) => {}
        }
    }

    fn close_paragraph(&mut self, mut lines: Vec<SegmentSpan>) {
        let Some(first) = lines.first() else { return };
        let mut start = first.start;
        // The checkbox of a task is part of the item, not of its text.
        let item = self.parent().filter(|item| *item as usize + 1 == self.outline.blocks.len());
        let is_first =
            self.containers.last_mut().is_some_and(|item| !std::mem::replace(&mut item.has_text, true));
        let checkbox = item.and_then(|item| match &mut self.outline.blocks[item as usize].kind {
            BlockKind::Item { checkbox, .. } => {
                if is_first {
                    *checkbox = checkbox_at(self.text, start as usize);
                }
                checkbox.clone()
            }
            _ => None,
        });
        match checkbox {
            Some(checkbox) if is_first => {
                let after = checkbox.span.end;
                let first = &mut lines[0];
                *first = trimmed(self.text, after as usize..first.end.max(after) as usize);
                start = first.start;
                if first.start == first.end {
                    lines.remove(0);
                    start = lines.first().map_or(after, |line| line.start);
                }
            }
            Some(_) => {}
            None => {
                self.definitions(&mut lines);
                start = lines.first().map_or(start, |line| line.start);
            }
        }
        if let Some(last) = lines.last() {
            let block = self.push(BlockKind::Paragraph, start..last.end);
            self.outline.inline.extend(lines.into_iter().map(|line| (block, line)));
        }
    }

    /// Adds the link definitions at the start of these lines and removes them from `lines`.
    fn definitions(&mut self, lines: &mut Vec<SegmentSpan>) {
        let (definitions, taken) = definition::definitions(self.text, lines);
        for Definition { label, destination, span } in definitions {
            self.push(BlockKind::LinkDefinition { label, destination }, span);
        }
        lines.drain(..taken);
    }

    /// Sets the end index of a block: all blocks added since then are its descendants.
    fn end(&mut self, block: u32) {
        self.outline.blocks[block as usize].end = self.outline.blocks.len() as u32;
    }

    fn end_list(&mut self, list: u32, last_item: u32) {
        self.end(list);
        self.outline.blocks[list as usize].span.end = self.outline.blocks[last_item as usize].span.end;
    }

    fn add_row(&mut self, table: u32, header: bool, line: &SegmentSpan) {
        let row = self.add(BlockKind::Row { header }, line.clone(), Some(table));
        let text = &self.text[line.start as usize..line.end as usize];
        for cell in table::cells(text) {
            let span = line.start + cell.start as u32..line.start + cell.end as u32;
            let block = self.add(BlockKind::Cell, span.clone(), Some(row));
            if span.start < span.end {
                self.outline.inline.push((block, span));
            }
        }
        self.end(row);
        self.outline.blocks[table as usize].span.end = line.end;
    }
}

impl BlockSink for OutlineBuilder<'_> {
    fn close(&mut self, containers: usize) {
        self.close_leaf();
        while self.containers.len() > containers {
            let Some(OpenContainer { block, list, last_child, .. }) = self.containers.pop() else { return };
            self.end(block);
            let closed = &self.outline.blocks[block as usize];
            self.outline.blocks[block as usize].span.end = match last_child {
                Some(child) => self.outline.blocks[child as usize].span.end,
                None => closed.empty_end(),
            };
            if let Some(list) = list {
                self.end_list(list, block);
            }
        }
    }

    fn quote(&mut self, at: usize) {
        let start = (self.line.start + at) as u32;
        let block = self.push(BlockKind::Quote, start..start + 1);
        self.containers.push(OpenContainer { block, list: None, last_child: None, has_text: false });
    }

    fn item(&mut self, at: usize, width: usize) {
        let start = (self.line.start + at) as u32;
        let marker = start..start + width as u32;
        let delimiter = self.text.as_bytes()[marker.end as usize - 1];
        let last = *self.last_child();
        // CommonMark 5.3: items of one list have the same bullet or the same delimiter.
        let open_list = last.filter(|list| {
            let first = self.outline.blocks.get(*list as usize + 1);
            matches!(self.outline.blocks[*list as usize].kind, BlockKind::List { .. })
                && matches!(first.map(|item| &item.kind), Some(BlockKind::Item { marker_end, .. })
                    if self.text.as_bytes()[*marker_end as usize - 1] == delimiter)
        });
        let list = open_list.unwrap_or_else(|| {
            let ordered = matches!(delimiter, b'.' | b')');
            self.push(BlockKind::List { ordered }, marker.clone())
        });
        let block = self.add(BlockKind::Item { marker_end: marker.end, checkbox: None }, marker, Some(list));
        self.containers.push(OpenContainer { block, list: Some(list), last_child: None, has_text: false });
    }

    fn atx_heading(&mut self, at: usize) {
        let span = self.rest(at);
        let line = &self.text[span.start as usize..span.end as usize];
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        let text = heading_text_range(line, level);
        let text = span.start + text.start as u32..span.start + text.end as u32;
        let kind = BlockKind::Heading { level: level.clamp(1, 6) as u8, setext: false, text: text.clone() };
        let block = self.push(kind, span);
        if text.start < text.end {
            self.outline.inline.push((block, text));
        }
    }

    fn underline(&mut self, at: usize) {
        let OpenLeaf::Paragraph(mut lines) = std::mem::replace(&mut self.leaf, OpenLeaf::None) else {
            return;
        };
        self.definitions(&mut lines);
        let underline = self.rest(at);
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            // The lines above the underline are only definitions, so the underline is text.
            let block = self.push(BlockKind::Paragraph, underline.clone());
            self.outline.inline.push((block, underline));
            return;
        };
        let level = if self.text.as_bytes()[underline.start as usize] == b'=' { 1 } else { 2 };
        let (span, text) = (first.start..underline.end, first.start..last.end);
        let block = self.push(BlockKind::Heading { level, setext: true, text }, span);
        self.outline.inline.extend(lines.into_iter().map(|line| (block, line)));
    }

    fn thematic_break(&mut self, at: usize) {
        let span = self.rest(at);
        self.push(BlockKind::ThematicBreak, span);
    }

    fn code(&mut self, at: usize) {
        let last = self.outline.blocks.len().checked_sub(1).map(|last| last as u32);
        let continued = last.filter(|last| {
            let block = &self.outline.blocks[*last as usize];
            block.kind == BlockKind::IndentedCode && block.parent() == self.parent()
        });
        if let Some(block) = continued {
            self.extend(block, at);
        } else {
            let span = self.rest(at);
            self.push(BlockKind::IndentedCode, span);
        }
    }

    fn fence(&mut self, at: usize, length: usize) {
        let info = self.rest(at + length);
        let start = (self.line.start + at) as u32;
        let content = next_line(self.text.as_bytes(), self.line.end) as u32;
        let kind = BlockKind::Fence { info: info.clone(), content: content..content, closed: false };
        let end = info.end.max(start + length as u32);
        self.leaf = OpenLeaf::Fence(self.push(kind, start..end));
    }

    fn fence_line(&mut self, at: usize, closes: bool) {
        let OpenLeaf::Fence(fence) = self.leaf else { return };
        self.extend(fence, at);
        if closes
            && let BlockKind::Fence { content, closed, .. } = &mut self.outline.blocks[fence as usize].kind
        {
            *closed = true;
            content.end = (self.line.start as u32).max(content.start);
            self.leaf = OpenLeaf::None;
        }
    }

    fn html(&mut self, at: usize) {
        let span = self.rest(at);
        let comment = self.text[span.start as usize..].starts_with("<!--");
        self.leaf = OpenLeaf::Html(self.push(BlockKind::Html { comment }, span));
    }

    fn html_line(&mut self, at: usize) {
        let OpenLeaf::Html(block) = self.leaf else { return };
        self.extend(block, at);
    }

    fn paragraph(&mut self, at: usize, continues: bool) {
        let line = self.rest(at);
        match &mut self.leaf {
            OpenLeaf::Paragraph(lines) if continues => lines.push(line),
            _ => self.leaf = OpenLeaf::Paragraph(vec![line]),
        }
    }

    fn delimiter_row(&mut self, _: usize) {
        let OpenLeaf::Paragraph(mut lines) = std::mem::replace(&mut self.leaf, OpenLeaf::None) else {
            return;
        };
        let Some(header) = lines.pop() else { return };
        self.close_paragraph(lines);
        // The delimiter row has no block, but is part of the table's span.
        let table = self.push(BlockKind::Table, header.clone());
        self.add_row(table, true, &header);
        self.outline.blocks[table as usize].span.end = self.rest(0).end;
        self.leaf = OpenLeaf::Table(table);
    }

    fn row(&mut self, at: usize) {
        let OpenLeaf::Table(table) = self.leaf else { return };
        let line = self.rest(at);
        self.add_row(table, false, &line);
    }
}
