//! The lines of a document that can contain placeholders.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use plan_model::{Plan, SegmentView, fields_of};
use plan_syntax::{Block, BlockKind, BlockOutline, Content, outline::bytes};

use crate::placeholder::{Placeholder, PlaceholderContext, find_placeholders};

/// The kind of the text in a line or in a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// The value of a field, with its key in lower case.
    Field(Arc<str>),
    /// A heading.
    Heading,
    /// A paragraph.
    Paragraph,
    /// A list item without a checkbox.
    Bullet,
    /// A list item with a checkbox.
    Checkbox,
    /// A table cell, with its column number from 0.
    Cell(usize),
}

/// Text that can contain placeholders.
#[derive(Clone, Debug)]
pub struct Line {
    /// Index of the section in the plan; `None` above the first heading.
    pub section: Option<usize>,
    /// The kind of text.
    pub line_kind: LineKind,
    /// The context, which determines the recognized forms of choices and stubs.
    pub context: PlaceholderContext,
    /// The range in the document, in bytes.
    pub range: Range<usize>,
    /// The range of the key, for the value of a field.
    pub key: Option<Range<usize>>,
    /// The text as written.
    pub text: Arc<str>,
    /// The placeholders in the text.
    pub placeholders: Arc<[Placeholder]>,
}

/// A line with its range relative to its segment.
#[derive(Debug)]
struct SegmentLine {
    line_kind: LineKind,
    context: PlaceholderContext,
    range: Range<u32>,
    key: Option<Range<u32>>,
    text: Arc<str>,
    placeholders: Arc<[Placeholder]>,
    /// Whether the line has unbalanced brackets; see [`is_unbalanced`].
    unbalanced: bool,
}

impl SegmentLine {
    /// Converts to a line of the document. `start` is the offset of the segment; `section_at` returns the
    /// section at an offset.
    fn in_document(&self, start: usize, section_at: impl Fn(usize) -> Option<usize>) -> Line {
        let range = start + self.range.start as usize..start + self.range.end as usize;
        Line {
            section: section_at(range.start),
            line_kind: self.line_kind.clone(),
            context: self.context,
            range,
            key: self.key.as_ref().map(|key| start + key.start as usize..start + key.end as usize),
            text: Arc::clone(&self.text),
            placeholders: Arc::clone(&self.placeholders),
        }
    }
}

/// Cached lines of a segment: those with placeholders or unbalanced brackets, and the values of fields.
#[derive(Debug, Default)]
struct CachedLines {
    lines: Vec<SegmentLine>,
}

/// Returns all lines of a plan except code and comments: the values of front matter, the values of fields,
/// and other text.
pub fn lines(plan: &Plan) -> Vec<Line> {
    let mut found = front_matter(plan);
    let sections = Sections::of(plan);
    for (start, segment) in plan.document().segments().filter(|(_, segment)| !segment.is_prologue()) {
        let lines = read(plan.document().content(start, segment));
        found.extend(lines.iter().map(|line| line.in_document(start, |offset| sections.at(offset))));
    }
    found
}

/// Returns the candidate lines of a segment for which `wanted` returns true: lines with placeholders or unbalanced
/// brackets, and values of fields. The last argument of `wanted` is true for unbalanced brackets. The lines are
/// cached in the segment.
pub fn candidate_lines(
    plan: &Plan,
    view: &SegmentView<'_>,
    wanted: impl Fn(&LineKind, &[Placeholder], bool) -> bool,
) -> Vec<Line> {
    let start = view.start();
    if view.segment().is_prologue() {
        let mut found = front_matter(plan);
        found.retain(|line| wanted(&line.line_kind, &line.placeholders, is_unbalanced(&line.text)));
        return found;
    }
    static NO_LINES: LazyLock<Arc<CachedLines>> = LazyLock::new(Arc::default);
    let cached = view.content().memo_or(&NO_LINES, |content| {
        let mut lines = read(content);
        lines.retain(|line| {
            !line.placeholders.is_empty() || matches!(line.line_kind, LineKind::Field(_)) || line.unbalanced
        });
        lines.shrink_to_fit();
        (!lines.is_empty()).then_some(CachedLines { lines })
    });
    let lines =
        cached.lines.iter().filter(|line| wanted(&line.line_kind, &line.placeholders, line.unbalanced));
    lines.map(|line| line.in_document(start, |offset| view.section_at(offset))).collect()
}

/// Returns whether a text has more opening than closing brackets, or fewer.
fn is_unbalanced(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'[').count() != text.bytes().filter(|byte| *byte == b']').count()
}

/// Start offsets of the sections, for finding the section at an offset.
struct Sections {
    starts: Vec<usize>,
}

impl Sections {
    fn of(plan: &Plan) -> Self {
        Self { starts: plan.sections().map(|section| section.heading_range().start).collect() }
    }

    fn at(&self, offset: usize) -> Option<usize> {
        self.starts.partition_point(|start| *start <= offset).checked_sub(1)
    }
}

fn front_matter(plan: &Plan) -> Vec<Line> {
    let document = plan.document();
    let mut found = Vec::new();
    for entry in plan.front_matter() {
        let value = document.slice(entry.value.clone());
        let key: Arc<str> = document.slice(entry.key.clone()).to_lowercase().into();
        let mut at = entry.value.start;
        for line in value.split_inclusive('\n') {
            let text = line.trim_end();
            let value_text = text.trim_start().trim_start_matches("- ").trim_matches(['"', '\'']);
            let start = at + text.find(value_text).unwrap_or(0);
            if !value_text.is_empty() {
                found.push(Line {
                    section: None,
                    line_kind: LineKind::Field(Arc::clone(&key)),
                    context: PlaceholderContext::Value,
                    range: start..start + value_text.len(),
                    key: Some(entry.key.clone()),
                    text: value_text.into(),
                    placeholders: find_placeholders(value_text, PlaceholderContext::Value).into(),
                });
            }
            at += line.len();
        }
    }
    found
}

/// Returns the lines of a segment that can contain placeholders.
fn read(content: &Content) -> Vec<SegmentLine> {
    let mut found = Vec::new();
    // The row of the preceding cell, and the number of cells in that row so far.
    let mut row = (None, 0);
    for (index, block) in content.outline.blocks.iter().enumerate() {
        if block.kind == BlockKind::Cell {
            row = if row.0 == block.parent() { (row.0, row.1 + 1) } else { (block.parent(), 0) };
        }
        let Some((line_kind, context)) = line_kind(&content.outline, block, row.1) else { continue };
        for span in content.outline.inline(index) {
            let text = &content.text[bytes(span)];
            let mut push = |line_kind: LineKind, context, range: Range<usize>, key: Option<Range<usize>>| {
                let part_text = &text[range.clone()];
                found.push(SegmentLine {
                    line_kind,
                    context,
                    unbalanced: is_unbalanced(part_text),
                    text: part_text.into(),
                    placeholders: find_placeholders(part_text, context).into(),
                    range: span.start + range.start as u32..span.start + range.end as u32,
                    key: key.map(|key| span.start + key.start as u32..span.start + key.end as u32),
                });
            };
            let fields = if context == PlaceholderContext::Text && line_kind != LineKind::Heading {
                fields_of(text)
            } else {
                Vec::new()
            };
            if fields.is_empty() {
                push(line_kind.clone(), context, 0..text.len(), None);
            }
            for field in fields {
                let key = text[field.key.clone()].to_lowercase();
                if !field.value.is_empty() {
                    push(
                        LineKind::Field(key.into()),
                        PlaceholderContext::Value,
                        field.value,
                        Some(field.key.clone()),
                    );
                }
                // In `**[Metric 1]:** …`, the key is also a placeholder.
                if text[field.key.clone()].contains('[') {
                    push(line_kind.clone(), PlaceholderContext::Text, field.key, None);
                }
            }
        }
    }
    found
}

/// Returns the line kind and the placeholder context of a block; `None` if the block cannot contain placeholders.
/// `column` is the index of a cell in its row.
fn line_kind(outline: &BlockOutline, block: &Block, column: usize) -> Option<(LineKind, PlaceholderContext)> {
    match &block.kind {
        BlockKind::Heading { .. } => Some((LineKind::Heading, PlaceholderContext::Text)),
        BlockKind::Paragraph => {
            let parent = block.parent().map(|parent| &outline.blocks[parent as usize].kind);
            let line_kind = match parent {
                Some(BlockKind::Item { checkbox: Some(_), .. }) => LineKind::Checkbox,
                Some(BlockKind::Item { .. }) => LineKind::Bullet,
                _ => LineKind::Paragraph,
            };
            Some((line_kind, PlaceholderContext::Text))
        }
        BlockKind::Cell => {
            let row = block.parent()?;
            if matches!(outline.blocks[row as usize].kind, BlockKind::Row { header: true }) {
                return None;
            }
            Some((LineKind::Cell(column), PlaceholderContext::Cell))
        }
        _ => None,
    }
}
