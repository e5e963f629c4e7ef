//! What a segment may have, told by a bit each: whoever looks for something rare passes over all segments that cannot
//! have it, so that a keystroke in a long plan does not visit every item for every question.

use plan_syntax::{BlockKind, Content, Span, outline::bytes};

use super::{CarrierKind, ItemFact, SegmentFacts, table::rows};
use crate::ascii::contains;

/// A set of traits. A segment without a trait has nothing of the kind; one with it may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits(u16);

impl Traits {
    /// Items with a box and a word that both tell a state.
    pub const BOX_AND_WORD: Self = Self(1);
    /// Items with a box and another mark of a state: an emoji, a field, a cell.
    pub const BOX_AND_MARK: Self = Self(1 << 1);
    /// Boxes that Markdown does not read as such.
    pub const LOOSE_BOX: Self = Self(1 << 2);
    /// Headings that end in a remark: `(Weeks 1-2)`.
    pub const SUFFIX: Self = Self(1 << 3);
    /// Tables with a row that has another number of cells than the header.
    pub const UNEVEN_TABLE: Self = Self(1 << 4);
    /// Tables whose last row is called a total.
    pub const TOTAL: Self = Self(1 << 5);
    /// Fences of mermaid.
    pub const MERMAID: Self = Self(1 << 6);
    /// Fences that hold what someone has drawn with letters.
    pub const DRAWING: Self = Self(1 << 7);
    /// Fences that are never closed.
    pub const UNCLOSED: Self = Self(1 << 8);
    /// Link reference definitions.
    pub const DEFINITION: Self = Self(1 << 9);
    /// The word *milestone* in whatever case.
    pub const MILESTONE: Self = Self(1 << 10);
    /// The word *risk*.
    pub const RISK: Self = Self(1 << 11);
    /// HTML that sets an anchor, by `id` or `name`.
    pub const ANCHOR: Self = Self(1 << 12);

    /// Links that may lead out of the document, but for those by a definition.
    pub const LINK_OUT: Self = Self(1 << 13);

    /// Whether they have one of these.
    pub fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    fn add(&mut self, trait_: Self, there: bool) {
        if there {
            self.0 |= trait_.0;
        }
    }

    /// Those of a segment that was read.
    pub(super) fn of(content: &Content, facts: &SegmentFacts) -> Self {
        let mut traits = Self::of_items(facts);
        traits.add(Self::MILESTONE, contains(&content.text, "milestone"));
        traits.add(Self::RISK, contains(&content.text, "risk"));
        let text = &*content.text;
        traits.add(Self::ANCHOR, text.contains('<') && (text.contains("id=") || text.contains("name=")));
        traits.add(Self::LINK_OUT, leads_out(text));
        for block in &content.outline.blocks {
            match &block.kind {
                BlockKind::Fence { info, closed, .. } => {
                    let language = language(content, info);
                    traits.add(Self::MERMAID, language.eq_ignore_ascii_case("mermaid"));
                    traits.add(Self::DRAWING, is_drawing(language));
                    traits.add(Self::UNCLOSED, !closed);
                }
                BlockKind::LinkDefinition { .. } => traits.add(Self::DEFINITION, true),
                _ => {}
            }
        }
        for table in &facts.tables {
            let columns = content.outline.children(table.block as usize).next();
            let columns = columns.map_or(0, |header| content.outline.children(header).count());
            let mut last = None;
            for (_, cells) in rows(&content.outline, table.block) {
                traits.add(Self::UNEVEN_TABLE, cells.len() != columns);
                last = cells.into_iter().next();
            }
            let total = last.is_some_and(|cell| is_total(&content.text[bytes(&cell)]));
            traits.add(Self::TOTAL, total);
        }
        traits
    }

    /// What the items alone show.
    pub(crate) fn of_items(facts: &SegmentFacts) -> Self {
        let mut traits = Self::default();
        for item in
            facts.items.iter().chain(facts.headings.iter().filter_map(|heading| heading.item.as_deref()))
        {
            traits.add(Self::LOOSE_BOX, item.loose.is_some());
            traits.add(Self::SUFFIX, item.suffix.is_some());
            if item.carriers.iter().any(|carrier| carrier.kind.is_box()) {
                traits.add(Self::BOX_AND_WORD, has_carrier(item, &[CarrierKind::Word]));
                let marks =
                    [CarrierKind::Emoji, CarrierKind::Field, CarrierKind::TableRow, CarrierKind::FrontMatter];
                traits.add(Self::BOX_AND_MARK, has_carrier(item, &marks));
            }
        }
        traits
    }
}

fn has_carrier(item: &ItemFact, kinds: &[CarrierKind]) -> bool {
    item.carriers.iter().any(|carrier| kinds.contains(&carrier.kind))
}

/// Whether a text may have an inline link to something else than an anchor of its own document.
fn leads_out(text: &str) -> bool {
    text.match_indices("](").any(|(at, opening)| !text[at + opening.len()..].starts_with('#'))
}

/// The language that a fence's info string names.
pub(crate) fn language<'a>(content: &'a Content, info: &Span) -> &'a str {
    content.text[bytes(info)].split([' ', '{', ',']).next().unwrap_or_default()
}

/// Whether a fence of this language holds what someone has drawn with letters.
pub(crate) fn is_drawing(language: &str) -> bool {
    matches!(language, "" | "text" | "txt" | "plain" | "ascii")
}

/// Whether the first cell of a row says that the row is the sum of those above it.
pub(crate) fn is_total(cell: &str) -> bool {
    let bare = cell.trim_matches(|c: char| !c.is_alphanumeric());
    ["total", "sum", "overall"].iter().any(|word| bare.eq_ignore_ascii_case(word))
}
