//! The lines of a document that may hold slots, with what they stand in.

use std::{
    ops::Range,
    sync::{Arc, LazyLock},
};

use plan_model::{Part, Plan, fields_of};
use plan_syntax::{Block, BlockKind, Content, Outline, outline::bytes};

use crate::slot::{Place, Slot, slots};

/// What a line, or a part of it, stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The value of a field, by its key in lower case.
    Field(Arc<str>),
    /// A heading.
    Heading,
    /// A paragraph.
    Paragraph,
    /// A bullet.
    Bullet,
    /// A bullet with a box.
    Box,
    /// A cell, by the number of its column.
    Cell(usize),
}

/// Text that may hold slots.
#[derive(Clone, Debug)]
pub struct Line {
    /// Index of the section among the plan's; nothing above the first heading.
    pub section: Option<usize>,
    /// What it stands in.
    pub holder: Holder,
    /// Where choices and stubs are read.
    pub place: Place,
    /// Bytes of the document.
    pub range: Range<usize>,
    /// Where the key is, if it is the value of a field.
    pub key: Option<Range<usize>>,
    /// As written.
    pub text: Arc<str>,
    /// The slots in it.
    pub slots: Arc<[Slot]>,
}

/// A line of a segment, with its place in there.
#[derive(Debug)]
struct Found {
    holder: Holder,
    place: Place,
    range: Range<u32>,
    key: Option<Range<u32>>,
    text: Arc<str>,
    slots: Arc<[Slot]>,
    /// See [`is_unbalanced`].
    unbalanced: bool,
}

impl Found {
    /// The line in a document whose segment starts at this byte, with the section that `section_at` tells.
    fn at(&self, start: usize, section_at: impl Fn(usize) -> Option<usize>) -> Line {
        let range = start + self.range.start as usize..start + self.range.end as usize;
        Line {
            section: section_at(range.start),
            holder: self.holder.clone(),
            place: self.place,
            range,
            key: self.key.as_ref().map(|key| start + key.start as usize..start + key.end as usize),
            text: Arc::clone(&self.text),
            slots: Arc::clone(&self.slots),
        }
    }
}

/// The lines of a segment that a plan is looked through for: those with slots, with brackets that are closed elsewhere, and
/// values of fields.
#[derive(Debug, Default)]
struct Kept {
    lines: Vec<Found>,
}

/// All lines of a plan outside of code and comments: front matter's values, fields' values, and other text.
pub fn lines(plan: &Plan) -> Vec<Line> {
    let mut found = front_matter(plan);
    let sections = Sections::of(plan);
    for (start, segment) in plan.document().segments().filter(|(_, segment)| !segment.is_prologue()) {
        let lines = read(plan.document().content(start, segment));
        found.extend(lines.iter().map(|line| line.at(start, |byte| sections.at(byte))));
    }
    found
}

/// The lines of a segment with slots, with brackets that open or close elsewhere, which `wanted` is told last, and those that
/// are the value of a field. What was read of the segment stays with it.
pub fn lines_of_interest(
    plan: &Plan,
    part: &Part<'_>,
    wanted: impl Fn(&Holder, &[Slot], bool) -> bool,
) -> Vec<Line> {
    let (start, segment) = (part.start(), part.segment());
    if segment.is_prologue() {
        let mut found = front_matter(plan);
        found.retain(|line| wanted(&line.holder, &line.slots, is_unbalanced(&line.text)));
        return found;
    }
    static NOTHING: LazyLock<Arc<Kept>> = LazyLock::new(Arc::default);
    let kept = segment.facts_or(&NOTHING, || {
        let mut lines = read(plan.document().content(start, segment));
        lines.retain(|line| {
            !line.slots.is_empty() || matches!(line.holder, Holder::Field(_)) || line.unbalanced
        });
        lines.shrink_to_fit();
        (!lines.is_empty()).then_some(Kept { lines })
    });
    let lines = kept.lines.iter().filter(|line| wanted(&line.holder, &line.slots, line.unbalanced));
    lines.map(|line| line.at(start, |byte| part.section_at(byte))).collect()
}

/// Whether brackets open in a text and close elsewhere, or the other way round.
fn is_unbalanced(text: &str) -> bool {
    text.bytes().filter(|byte| *byte == b'[').count() != text.bytes().filter(|byte| *byte == b']').count()
}

/// Where sections start, to tell in which one a byte stands.
struct Sections {
    starts: Vec<usize>,
}

impl Sections {
    fn of(plan: &Plan) -> Self {
        Self { starts: plan.sections().map(|section| section.heading_range().start).collect() }
    }

    fn at(&self, byte: usize) -> Option<usize> {
        self.starts.partition_point(|start| *start <= byte).checked_sub(1)
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
            let bare = text.trim_start().trim_start_matches("- ").trim_matches(['"', '\'']);
            let start = at + text.find(bare).unwrap_or(0);
            if !bare.is_empty() {
                found.push(Line {
                    section: None,
                    holder: Holder::Field(Arc::clone(&key)),
                    place: Place::Value,
                    range: start..start + bare.len(),
                    key: Some(entry.key.clone()),
                    text: bare.into(),
                    slots: slots(bare, Place::Value).into(),
                });
            }
            at += line.len();
        }
    }
    found
}

/// The lines of a segment.
fn read(content: &Content) -> Vec<Found> {
    let mut found = Vec::new();
    // The row of the cell before, and the number of cells in it so far.
    let mut row = (None, 0);
    for (index, block) in content.outline.blocks.iter().enumerate() {
        if block.kind == BlockKind::Cell {
            row = if row.0 == block.parent() { (row.0, row.1 + 1) } else { (block.parent(), 0) };
        }
        let Some((holder, place)) = holder(&content.outline, block, row.1) else { continue };
        for span in content.outline.inline(index) {
            let text = &content.text[bytes(span)];
            let mut push = |holder: Holder, place, range: Range<usize>, key: Option<Range<usize>>| {
                let part = &text[range.clone()];
                found.push(Found {
                    holder,
                    place,
                    unbalanced: is_unbalanced(part),
                    text: part.into(),
                    slots: slots(part, place).into(),
                    range: span.start + range.start as u32..span.start + range.end as u32,
                    key: key.map(|key| span.start + key.start as u32..span.start + key.end as u32),
                });
            };
            let fields =
                if place == Place::Text && holder != Holder::Heading { fields_of(text) } else { Vec::new() };
            if fields.is_empty() {
                push(holder.clone(), place, 0..text.len(), None);
            }
            for field in fields {
                let key = text[field.key.clone()].to_lowercase();
                if !field.value.is_empty() {
                    push(Holder::Field(key.into()), Place::Value, field.value, Some(field.key.clone()));
                }
                // `**[Metric 1]:** …`: the key is to be filled in as well.
                if text[field.key.clone()].contains('[') {
                    push(holder.clone(), Place::Text, field.key, None);
                }
            }
        }
    }
    found
}

/// What a block is; `column` is the number of a cell in its row.
fn holder(outline: &Outline, block: &Block, column: usize) -> Option<(Holder, Place)> {
    match &block.kind {
        BlockKind::Heading { .. } => Some((Holder::Heading, Place::Text)),
        BlockKind::Paragraph => {
            let parent = block.parent().map(|parent| &outline.blocks[parent as usize].kind);
            let holder = match parent {
                Some(BlockKind::Item { task: Some(_), .. }) => Holder::Box,
                Some(BlockKind::Item { .. }) => Holder::Bullet,
                _ => Holder::Paragraph,
            };
            Some((holder, Place::Text))
        }
        BlockKind::Cell => {
            let row = block.parent()?;
            if matches!(outline.blocks[row as usize].kind, BlockKind::Row { header: true }) {
                return None;
            }
            Some((Holder::Cell(column), Place::Cell))
        }
        _ => None,
    }
}
