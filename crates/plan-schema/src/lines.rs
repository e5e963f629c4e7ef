//! The lines of a document that may hold slots, with what they stand in.

use std::ops::Range;

use plan_model::{Plan, fields_of};
use plan_syntax::{Block, BlockKind, Outline, outline::bytes};

use crate::slot::Place;

/// What a line, or a part of it, stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The value of a field, by its key in lower case.
    Field(String),
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
    /// As written.
    pub text: String,
}

/// All lines of a plan outside of code and comments: front matter's values, fields' values, and other text.
pub fn lines(plan: &Plan) -> Vec<Line> {
    let document = plan.document();
    let mut found = Vec::new();
    for entry in plan.front_matter() {
        let value = document.slice(entry.value.clone());
        let key = document.slice(entry.key.clone()).to_lowercase();
        let mut at = entry.value.start;
        for line in value.split_inclusive('\n') {
            let text = line.trim_end();
            let bare = text.trim_start().trim_start_matches("- ").trim_matches(['"', '\'']);
            let start = at + text.find(bare).unwrap_or(0);
            if !bare.is_empty() {
                found.push(Line {
                    section: None,
                    holder: Holder::Field(key.clone()),
                    place: Place::Value,
                    range: start..start + bare.len(),
                    text: bare.to_owned(),
                });
            }
            at += line.len();
        }
    }
    let mut starts: Vec<usize> = plan.sections().map(|section| section.heading_range().start).collect();
    starts.dedup();
    for (start, segment) in document.segments() {
        if segment.is_prologue() {
            continue;
        }
        let content = document.content(start, segment);
        for (index, block) in content.outline.blocks.iter().enumerate() {
            let Some((holder, place)) = holder(&content.outline, index, block) else { continue };
            for span in content.outline.inline(index) {
                let text = &content.text[bytes(span)];
                let at = start + span.start as usize;
                let section = starts.partition_point(|start| *start <= at).checked_sub(1);
                let mut push = |holder: Holder, place, range: Range<usize>| {
                    found.push(Line {
                        section,
                        holder,
                        place,
                        text: text[range.clone()].to_owned(),
                        range: at + range.start..at + range.end,
                    });
                };
                let fields = if place == Place::Text && holder != Holder::Heading {
                    fields_of(text)
                } else {
                    Vec::new()
                };
                if fields.is_empty() {
                    push(holder.clone(), place, 0..text.len());
                }
                for field in fields {
                    let key = text[field.key.clone()].to_lowercase();
                    if !field.value.is_empty() {
                        push(Holder::Field(key), Place::Value, field.value);
                    }
                    // `**[Metric 1]:** …`: the key is to be filled in as well.
                    if text[field.key.clone()].contains('[') {
                        push(holder.clone(), Place::Text, field.key);
                    }
                }
            }
        }
    }
    found
}

fn holder(outline: &Outline, index: usize, block: &Block) -> Option<(Holder, Place)> {
    match &block.kind {
        BlockKind::Heading { .. } => Some((Holder::Heading, Place::Text)),
        BlockKind::Paragraph => {
            let parent = block.parent.map(|parent| &outline.blocks[parent as usize].kind);
            let holder = match parent {
                Some(BlockKind::Item { task: Some(_), .. }) => Holder::Box,
                Some(BlockKind::Item { .. }) => Holder::Bullet,
                _ => Holder::Paragraph,
            };
            Some((holder, Place::Text))
        }
        BlockKind::Cell => {
            let row = block.parent?;
            if matches!(outline.blocks[row as usize].kind, BlockKind::Row { header: true }) {
                return None;
            }
            let column = outline.children(row as usize).position(|cell| cell == index)?;
            Some((Holder::Cell(column), Place::Cell))
        }
        _ => None,
    }
}
