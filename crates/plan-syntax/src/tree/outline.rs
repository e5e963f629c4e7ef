//! Converts tree-sitter's syntax tree to an [`BlockOutline`].

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::prepare::PreparedText;
use crate::{
    definition::{self, Definition},
    outline::{Block, BlockKind, BlockOutline, SegmentSpan},
    table,
    text::{checkbox_at, end_without_prefixes, heading_text_range, line_end, next_line, trimmed},
};

/// Returns the outline of `text` from the tree of its prepared form.
pub(crate) fn outline(text: &str, prepared: &PreparedText, tree: &Tree) -> BlockOutline {
    let mut reader = TreeReader { text, prepared, outline: BlockOutline::default() };
    reader.tree(tree);
    reader.outline
}

struct TreeReader<'a> {
    text: &'a str,
    prepared: &'a PreparedText,
    outline: BlockOutline,
}

/// How the walk continues after a node.
enum Visit {
    /// The node is a block; its children follow.
    Block(BlockKind),
    /// The node is a block without children to visit.
    Leaf,
    /// The node is not a block; its children may be.
    Descend,
    /// The node contains no blocks.
    Skip,
}

impl TreeReader<'_> {
    /// Walks the tree without recursion, because nesting is unbounded.
    fn tree(&mut self, tree: &Tree) {
        let mut cursor = tree.walk();
        // For each open level of the walk, the block opened there, if any.
        let mut levels: Vec<Option<u32>> = Vec::new();
        let mut parent: Option<u32> = None;
        loop {
            let node = cursor.node();
            let opened = match self.visit(node, parent) {
                Visit::Block(kind) => {
                    let span = self.span(node);
                    Some(Some(self.push(kind, span, parent)))
                }
                Visit::Descend => Some(None),
                Visit::Leaf | Visit::Skip => None,
            };
            if let Some(block) = opened
                && cursor.goto_first_child()
            {
                levels.push(block);
                parent = block.or(parent);
                continue;
            }
            loop {
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
                if let Some(Some(block)) = levels.pop() {
                    self.close(block);
                    parent = self.outline.blocks[block as usize].parent();
                }
            }
        }
    }

    fn visit(&mut self, node: Node<'_>, parent: Option<u32>) -> Visit {
        match node.kind() {
            "document" | "section" | "ERROR" => Visit::Descend,
            "atx_heading" => self.atx_heading(node, parent),
            "setext_heading" => self.setext_heading(node, parent),
            "paragraph" => self.paragraph(node, parent),
            "list" => Visit::Block(BlockKind::List { ordered: self.is_ordered(node) }),
            "list_item" => self.item(node),
            "block_quote" => Visit::Block(BlockKind::Quote),
            "pipe_table" => self.table(node, parent),
            "fenced_code_block" => self.fence(node, parent),
            "indented_code_block" => self.leaf(node, parent, BlockKind::IndentedCode),
            "thematic_break" => self.leaf(node, parent, BlockKind::ThematicBreak),
            _ => Visit::Skip,
        }
    }

    fn push(&mut self, kind: BlockKind, span: SegmentSpan, parent: Option<u32>) -> u32 {
        let index = self.outline.blocks.len() as u32;
        self.outline.blocks.push(Block::new(index, kind, span, parent));
        index
    }

    fn leaf(&mut self, node: Node<'_>, parent: Option<u32>, kind: BlockKind) -> Visit {
        let span = self.span(node);
        self.push(kind, span, parent);
        Visit::Leaf
    }

    fn range(&self, node: Node<'_>) -> Range<usize> {
        self.prepared.original(node.start_byte())..self.prepared.original(node.end_byte())
    }

    /// Returns the node's range in the original text without surrounding whitespace. A node in a container
    /// ends with the prefix of the next line, which is not part of the block.
    fn span(&self, node: Node<'_>) -> SegmentSpan {
        let mut span = trimmed(self.text, self.range(node));
        let mut parent = node;
        'inward: loop {
            // Usually the last child determines the end.
            let Some(last) = parent.child_count().checked_sub(1).and_then(|last| parent.child(last)) else {
                return span;
            };
            if self.range(last).end < span.end as usize {
                return span;
            }
            if last.kind() != "block_continuation" {
                parent = last;
                continue;
            }
            // Collected at once: `child(n)` counts from the start, and there may be many blank lines.
            let mut cursor = parent.walk();
            let children: Vec<Node<'_>> = parent.children(&mut cursor).collect();
            for child in children.into_iter().rev() {
                let range = self.range(child);
                if range.end < span.end as usize {
                    return span;
                }
                if child.kind() != "block_continuation" {
                    parent = child;
                    continue 'inward;
                }
                // The whitespace before the prefix may already be trimmed.
                if range.start < span.end as usize {
                    span = trimmed(self.text, span.start as usize..range.start.max(span.start as usize));
                }
            }
            return span;
        }
    }

    fn child<'t>(&self, node: Node<'t>, kind: &str) -> Option<Node<'t>> {
        let mut cursor = node.walk();
        node.children(&mut cursor).find(|child| child.kind() == kind)
    }

    fn atx_heading(&mut self, node: Node<'_>, parent: Option<u32>) -> Visit {
        let span = self.span(node);
        let line = &self.text[span.start as usize..span.end as usize];
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        let text = heading_text_range(line, level);
        let text = span.start + text.start as u32..span.start + text.end as u32;
        let heading =
            BlockKind::Heading { level: level.clamp(1, 6) as u8, setext: false, text: text.clone() };
        let block = self.push(heading, span, parent);
        if !text.is_empty() {
            self.outline.inline.push((block, text));
        }
        Visit::Leaf
    }

    fn setext_heading(&mut self, node: Node<'_>, parent: Option<u32>) -> Visit {
        let mut cursor = node.walk();
        let Some(underline) = node.children(&mut cursor).find(|child| child.kind().ends_with("_underline"))
        else {
            return Visit::Skip;
        };
        let lines = self
            .child(node, "paragraph")
            .and_then(|paragraph| self.child(paragraph, "inline"))
            .map(|inline| self.inline_lines(inline))
            .unwrap_or_default();
        let lines = self.without_definitions(lines, parent);
        let underline_span = self.span(underline);
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            // The lines above the underline are only definitions, so the underline is text.
            let block = self.push(BlockKind::Paragraph, underline_span.clone(), parent);
            self.outline.inline.push((block, underline_span));
            return Visit::Leaf;
        };
        let level = if underline.kind() == "setext_h1_underline" { 1 } else { 2 };
        let span = first.start..underline_span.end;
        let text = first.start..last.end;
        let block = self.push(BlockKind::Heading { level, setext: true, text }, span, parent);
        self.outline.inline.extend(lines.into_iter().map(|line| (block, line)));
        Visit::Leaf
    }

    fn paragraph(&mut self, node: Node<'_>, parent: Option<u32>) -> Visit {
        let Some(inline) = self.child(node, "inline") else { return Visit::Skip };
        let mut span = self.span(node);
        if self.prepared.is_html(span.start as usize) {
            let comment = self.text[span.start as usize..].starts_with("<!--");
            return self.leaf(node, parent, BlockKind::Html { comment });
        }
        let mut lines = self.inline_lines(inline);
        // The checkbox of a task is part of the item, not of its text.
        if let Some(item) = parent
            && let BlockKind::Item { checkbox: Some(checkbox), .. } = &self.outline.blocks[item as usize].kind
            && self.outline.blocks.len() == item as usize + 1
            && let Some(first) = lines.first_mut()
        {
            let after = checkbox.span.end;
            if first.start < after {
                *first = trimmed(self.text, after as usize..(first.end.max(after)) as usize);
                span.start = first.start;
                if Range::is_empty(first) {
                    lines.remove(0);
                    span.start = lines.first().map_or(after, |line| line.start);
                }
            }
        } else {
            lines = self.without_definitions(lines, parent);
            span.start = lines.first().map_or(span.end, |line| line.start);
        }
        if lines.is_empty() {
            return Visit::Leaf;
        }
        let block = self.push(BlockKind::Paragraph, span, parent);
        self.outline.inline.extend(lines.into_iter().map(|line| (block, line)));
        Visit::Leaf
    }

    /// Adds the link definitions at the start of a paragraph and returns the lines after them.
    fn without_definitions(&mut self, mut lines: Vec<SegmentSpan>, parent: Option<u32>) -> Vec<SegmentSpan> {
        let (definitions, taken) = definition::definitions(self.text, &lines);
        for Definition { label, destination, span } in definitions {
            self.push(BlockKind::LinkDefinition { label, destination }, span, parent);
        }
        lines.drain(..taken);
        lines
    }

    /// Returns the lines of an `inline` node, without container prefixes and surrounding whitespace.
    fn inline_lines(&self, node: Node<'_>) -> Vec<SegmentSpan> {
        let mut lines = Vec::new();
        let mut add = |range: Range<usize>| {
            let mut start = range.start;
            for line in self.text[range].split_inclusive(['\n', '\r']) {
                let span = trimmed(self.text, start..start + line.len());
                if !span.is_empty() {
                    lines.push(span);
                }
                start += line.len();
            }
        };
        let range = self.range(node);
        if node.child_count() == 0 {
            add(range);
            return lines;
        }
        let mut start = range.start;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            if child.kind() == "block_continuation" {
                let prefix = self.range(child);
                add(start..prefix.start.max(start));
                start = prefix.end;
            }
        }
        add(start..range.end.max(start));
        lines
    }

    fn is_ordered(&self, list: Node<'_>) -> bool {
        self.child(list, "list_item")
            .and_then(|item| item.child(0))
            .is_some_and(|marker| matches!(marker.kind(), "list_marker_dot" | "list_marker_parenthesis"))
    }

    fn item(&mut self, node: Node<'_>) -> Visit {
        let mut cursor = node.walk();
        let Some(marker) = node.children(&mut cursor).find(|child| child.kind().starts_with("list_marker"))
        else {
            return Visit::Descend;
        };
        let range = self.range(marker);
        let first = node.children(&mut cursor).find(|child| {
            child.is_named()
                && !child.kind().starts_with("list_marker")
                && child.kind() != "block_continuation"
        });
        let text_at = match first {
            Some(child) if child.kind() == "paragraph" => Some(self.span(child).start as usize),
            Some(_) => None,
            None => Some(range.end),
        };
        let checkbox = text_at.and_then(|start| checkbox_at(self.text, start));
        Visit::Block(BlockKind::Item { marker_end: trimmed(self.text, range).end, checkbox })
    }

    fn table(&mut self, node: Node<'_>, parent: Option<u32>) -> Visit {
        let span = self.span(node);
        let table = self.push(BlockKind::Table, span, parent);
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            let header = match child.kind() {
                "pipe_table_header" => true,
                "pipe_table_row" => false,
                _ => continue,
            };
            let range = self.row_range(child);
            let row_span = trimmed(self.text, range.clone());
            let row = self.push(BlockKind::Row { header }, row_span, Some(table));
            for cell in table::cells(&self.text[range.clone()]) {
                let span = (range.start + cell.start) as u32..(range.start + cell.end) as u32;
                let block = self.push(BlockKind::Cell, span.clone(), Some(row));
                if !span.is_empty() {
                    self.outline.inline.push((block, span));
                }
            }
            self.close(row);
        }
        self.close(table);
        Visit::Leaf
    }

    /// Returns the range of a row, from the start of its node to the end of its line.
    fn row_range(&self, row: Node<'_>) -> Range<usize> {
        let start = self.range(row).start;
        let rest = &self.text.as_bytes()[start..];
        start..start + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
    }

    /// Ends a block after its children: extends it to the end of its last child.
    fn close(&mut self, block: u32) {
        let end = self.outline.blocks.len() as u32;
        let mut last = end - 1;
        while last > block
            && let Some(parent) =
                self.outline.blocks[last as usize].parent().filter(|parent| *parent != block)
        {
            last = parent;
        }
        let last_end = if last == block {
            self.outline.blocks[last as usize].empty_end()
        } else {
            self.outline.blocks[last as usize].span.end
        };
        let block = &mut self.outline.blocks[block as usize];
        block.end = end;
        if !matches!(block.kind, BlockKind::Table | BlockKind::Row { .. }) {
            block.span.end = last_end;
        }
    }

    fn fence(&mut self, node: Node<'_>, parent: Option<u32>) -> Visit {
        let mut span = self.span(node);
        let mut cursor = node.walk();
        let delimiters: Vec<Range<usize>> = node
            .children(&mut cursor)
            .filter(|child| child.kind() == "fenced_code_block_delimiter")
            .map(|child| self.range(child))
            .collect();
        let bytes = self.text.as_bytes();
        let opener_end = delimiters.first().map_or(span.start as usize, |opener| opener.end);
        let opener_line_end = line_end(bytes, opener_end);
        let info = trimmed(self.text, opener_end..opener_line_end);
        span.end = span.end.max(info.end);
        let content_start = next_line(bytes, opener_line_end);
        let closed = delimiters.len() > 1;
        if !closed {
            let end = end_without_prefixes(self.text, opener_end.max(info.end as usize)..span.end as usize);
            span.end = end as u32;
        }
        let content_end = match delimiters.get(1) {
            Some(closer) => {
                memchr::memrchr2(b'\n', b'\r', &bytes[..closer.start]).map_or(0, |newline| newline + 1)
            }
            None => next_line(bytes, line_end(bytes, span.end as usize)),
        }
        .max(content_start);
        let content = content_start as u32..content_end as u32;
        self.push(BlockKind::Fence { info, content, closed }, span, parent);
        Visit::Leaf
    }
}
