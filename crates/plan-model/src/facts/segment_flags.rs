//! Flags for the kinds of content that a segment may have. Searches for rare content skip the segments without its
//! flag, so that an edit of a long plan does not visit every item for every rule.

use std::ops::BitOr;

use plan_syntax::{BlockKind, Content, SegmentSpan, outline::bytes};

use super::{ItemFact, SegmentFacts, StateSourceKind, malformed::shallow_lists, table::rows};
use crate::{anchor::may_have_html_heading, ascii::contains, field::Meaning, words};

/// A set of flags. A segment without a flag certainly has no content of the flag's kind. A segment with the flag may
/// have such content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentFlags(u32);

impl BitOr for SegmentFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl SegmentFlags {
    /// Items whose state has a checkbox and a word as sources.
    pub const CHECKBOX_AND_WORD: Self = Self(1);
    /// Items whose state has a checkbox and another source: an emoji, a field, a cell, front matter.
    pub const CHECKBOX_AND_MARKER: Self = Self(1 << 1);
    /// Malformed checkboxes, and lists of checkboxes with too few spaces before them.
    pub const MALFORMED_CHECKBOX: Self = Self(1 << 2);
    /// Headings of items that end in a suffix: `(Weeks 1-2)`.
    pub const HEADING_SUFFIX: Self = Self(1 << 3);
    /// Tables with a row whose number of cells differs from the header's.
    pub const UNEVEN_TABLE: Self = Self(1 << 4);
    /// Tables whose last row is a total.
    pub const TOTAL_ROW: Self = Self(1 << 5);
    /// Mermaid fences.
    pub const MERMAID: Self = Self(1 << 6);
    /// Fences that may contain a diagram drawn with text characters.
    pub const TEXT_DIAGRAM: Self = Self(1 << 7);
    /// Unclosed fences.
    pub const UNCLOSED_FENCE: Self = Self(1 << 8);
    /// Link reference definitions.
    pub const LINK_DEFINITION: Self = Self(1 << 9);
    /// The word *milestone* in any case.
    pub const MILESTONE: Self = Self(1 << 10);
    /// The word *risk* in any case.
    pub const RISK: Self = Self(1 << 11);
    /// HTML that defines an anchor with `id`, `name` or a heading, or `{#` of an attribute.
    pub const HTML_ANCHOR: Self = Self(1 << 12);
    /// Inline links that may lead out of the document. Reference links are not included.
    pub const OUTGOING_LINK: Self = Self(1 << 13);

    /// Lists with a total.
    pub const TOTAL_ITEM: Self = Self(1 << 14);
    /// Closed fences that contain the start of another fence.
    pub const NESTED_FENCE: Self = Self(1 << 15);
    /// HTML comments without an end, and comments that contain the start of another comment.
    pub const UNCLOSED_COMMENT: Self = Self(1 << 16);

    /// Fields with the start of an item.
    pub const START_FIELD: Self = Self(1 << 17);

    /// Returns whether the set contains one of the flags in `any`.
    pub fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    fn add_if(&mut self, flag: Self, condition: bool) {
        if condition {
            self.0 |= flag.0;
        }
    }

    /// Returns the flags of a segment with these facts.
    pub(super) fn of(content: &Content, facts: &SegmentFacts) -> Self {
        let mut flags = Self::of_items(facts);
        flags.add_if(Self::MILESTONE, contains(&content.text, "milestone"));
        flags.add_if(Self::RISK, contains(&content.text, "risk"));
        let has_start = facts.fields.iter().any(|field| field.meaning == Some(Meaning::Start));
        flags.add_if(Self::START_FIELD, has_start);
        let text = &*content.text;
        flags.add_if(
            Self::HTML_ANCHOR,
            text.contains('<')
                && (text.contains("id=") || text.contains("name=") || may_have_html_heading(text))
                || text.contains("{#"),
        );
        flags.add_if(Self::OUTGOING_LINK, has_outgoing_link(text));
        flags.add_if(Self::MALFORMED_CHECKBOX, shallow_lists(content).next().is_some());
        for block in &content.outline.blocks {
            match &block.kind {
                BlockKind::Fence { info, closed, content: code } => {
                    let language = FenceLanguage::of(&content.text[bytes(info)]);
                    flags.add_if(Self::MERMAID, language == FenceLanguage::Mermaid);
                    flags.add_if(Self::TEXT_DIAGRAM, language == FenceLanguage::Text);
                    flags.add_if(Self::UNCLOSED_FENCE, !closed);
                    flags.add_if(Self::NESTED_FENCE, *closed && has_fence_start(&content.text[bytes(code)]));
                }
                BlockKind::Html { comment: true } => {
                    let comment = &content.text[bytes(&block.span)];
                    let is_unclosed = !comment.contains("-->") || comment.matches("<!--").nth(1).is_some();
                    flags.add_if(Self::UNCLOSED_COMMENT, is_unclosed);
                }
                BlockKind::LinkDefinition { .. } => flags.add_if(Self::LINK_DEFINITION, true),
                _ => {}
            }
        }
        flags.add_if(Self::TOTAL_ITEM, contains(text, "total") && lists_with_total(content).next().is_some());
        for table in &facts.tables {
            let columns = content.outline.children(table.block as usize).next();
            let columns = columns.map_or(0, |header| content.outline.children(header).count());
            let mut last = None;
            for (_, cells) in rows(&content.outline, table.block) {
                flags.add_if(Self::UNEVEN_TABLE, cells.len() != columns);
                last = cells.into_iter().next();
            }
            let has_total = last.is_some_and(|cell| is_total(&content.text[bytes(&cell)]));
            flags.add_if(Self::TOTAL_ROW, has_total);
        }
        flags
    }

    /// Returns the flags that depend on items only.
    pub(crate) fn of_items(facts: &SegmentFacts) -> Self {
        let mut flags = Self::default();
        for item in
            facts.items.iter().chain(facts.headings.iter().filter_map(|heading| heading.item.as_deref()))
        {
            flags.add_if(Self::MALFORMED_CHECKBOX, item.malformed.is_some());
            flags.add_if(Self::HEADING_SUFFIX, item.suffix.is_some());
            if item.state_sources.iter().any(|source| source.kind.is_checkbox()) {
                flags.add_if(Self::CHECKBOX_AND_WORD, has_source(item, &[StateSourceKind::Word]));
                let markers = [
                    StateSourceKind::Emoji,
                    StateSourceKind::Field,
                    StateSourceKind::TableRow,
                    StateSourceKind::FrontMatter,
                ];
                flags.add_if(Self::CHECKBOX_AND_MARKER, has_source(item, &markers));
            }
        }
        flags
    }
}

fn has_source(item: &ItemFact, kinds: &[StateSourceKind]) -> bool {
    item.state_sources.iter().any(|source| kinds.contains(&source.kind))
}

/// Returns whether a text may have an inline link that does not lead to an anchor of the same document.
fn has_outgoing_link(text: &str) -> bool {
    text.match_indices("](").any(|(at, opening)| !text[at + opening.len()..].starts_with('#'))
}

/// Returns whether code has a line that starts a fence with a language.
fn has_fence_start(code: &str) -> bool {
    ["```", "~~~"].iter().any(|fence| {
        code.match_indices(fence).any(|(at, _)| {
            let after = code[at..].trim_start_matches(['`', '~']);
            let line_start = code[..at].rfind('\n').map_or(0, |newline| newline + 1);
            code[line_start..at].trim_matches([' ', '\t', '>']).is_empty()
                && after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, ' ' | '{' | '.'))
        })
    })
}

/// Language of a fence, if it is relevant for plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FenceLanguage {
    /// A Mermaid diagram.
    Mermaid,
    /// Text, which may be a diagram drawn with characters.
    Text,
    /// Any other language.
    Other,
}

impl FenceLanguage {
    /// Returns the language in the info string of a fence: `mermaid`, `Mermaid {init}`, `text,x`.
    pub fn of(info: &str) -> Self {
        match info.split([' ', '{', ',']).next().unwrap_or_default() {
            "" | "text" | "txt" | "plain" | "ascii" => Self::Text,
            language if language.eq_ignore_ascii_case("mermaid") => Self::Mermaid,
            _ => Self::Other,
        }
    }
}

/// Returns whether the first cell of a row, or the label of a list item, marks a total: `**Total**`, `Total hours`.
/// *Overall* usually denotes a mean and is not included.
pub(crate) fn is_total(cell: &str) -> bool {
    let title = cell.trim_matches(|c: char| !c.is_alphanumeric());
    let mut parts = title.split_whitespace();
    let first = parts.next().unwrap_or_default();
    let is = |word: &str, other: &str| word.eq_ignore_ascii_case(other);
    let second = parts.next();
    let is_english = match second {
        None => is(first, "total") || is(first, "totals") || is(first, "sum"),
        Some(second) => {
            parts.next().is_none() && (is(first, "total") || is(first, "grand") && is(second, "total"))
        }
    };
    is_english || words::is_total(title)
}

/// Returns the lines of each list with a total, one line for each item, the total last. The total is the last or the
/// first item, the line after the list, or the item that contains the list. Items with several lines or nested blocks
/// may contain further amounts, so lists with such items are excluded.
pub(crate) fn lists_with_total(content: &Content) -> impl Iterator<Item = Vec<SegmentSpan>> + '_ {
    let outline = &content.outline;
    let lists =
        (0..outline.blocks.len()).filter(|at| matches!(outline.blocks[*at].kind, BlockKind::List { .. }));
    // The line of a paragraph with a single line.
    let only_line = |paragraph: usize| {
        outline.blocks.get(paragraph).filter(|block| matches!(block.kind, BlockKind::Paragraph))?;
        let mut lines = outline.inline(paragraph);
        let line = lines.next()?;
        lines.next().is_none().then(|| line.clone())
    };
    let line_of = move |item: usize| {
        let paragraph = outline.blocks.get(item + 1)?;
        let is_only =
            paragraph.parent() == Some(item as u32) && outline.blocks[item].end as usize == item + 2;
        only_line(item + 1).filter(|_| is_only)
    };
    let total = |line: SegmentSpan| {
        let (label, _) = split_amount(&content.text[bytes(&line)])?;
        is_total(label).then_some(line)
    };
    lists.filter_map(move |list| {
        let lines: Option<Vec<SegmentSpan>> = outline.children(list).map(line_of).collect();
        let mut lines = lines?;
        if lines.last().cloned().and_then(total).is_some() {
            return Some(lines);
        }
        let after = outline.blocks[list].end as usize;
        let parent = outline.blocks[list].parent();
        let is_sibling = outline.blocks.get(after).is_some_and(|block| block.parent() == parent);
        let below = only_line(after).filter(|_| is_sibling).and_then(total);
        let above = parent.and_then(|item| {
            let is_first = item as usize + 2 == list && outline.blocks[item as usize].end as usize == after;
            only_line(item as usize + 1).filter(|_| is_first).and_then(total)
        });
        if lines.first().cloned().and_then(total).is_some() {
            lines.rotate_left(1);
        } else {
            lines.push(below.or(above)?);
        }
        Some(lines)
    })
}

/// Splits a list item into its label and the amount after it: `Review: 10 hours`, `Review — 10 hours`.
pub fn split_amount(text: &str) -> Option<(&str, &str)> {
    [":", " — ", " – ", " - "].iter().find_map(|separator| text.split_once(separator))
}
