//! Reuse of the facts of list items that an edit of a long segment did not change.
//!
//! Reading a list of thousands of tasks takes milliseconds, and an edit changes one of them. The facts of a top-level
//! list item depend on its text, on the context above the list, and on the heading of the section.

use plan_syntax::{Content, SegmentSpan, outline::bytes};

use super::{FactParent, HeadingFact, ItemCondition, Relation, Role, SegmentFacts};

/// Minimum length of a segment in bytes for which facts are reused.
pub(super) const MIN_REUSE_BYTES: usize = 4 * 1024;

/// Meaning of capital letters in brackets at the start of list items: `- [P] text`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum LetterCheckbox {
    /// Checkboxes: other items of the list have checkboxes, or all items have the same letter, which is a state.
    #[default]
    Checkbox,
    /// Tags, unless the document has checkboxes with the same letter.
    Tag,
}

/// Context of a list that applies to all its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ListContext {
    pub(super) role: Option<Role>,
    pub(super) relation: Option<Relation>,
    pub(super) emoji: Option<ItemCondition>,
    pub(super) legend: bool,
    pub(super) letters: LetterCheckbox,
    pub(super) has_checkboxes: bool,
}

/// Number of facts of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    items: u32,
    fields: u32,
    references: u32,
    tables: u32,
    headings: u32,
}

impl Counts {
    pub(super) fn of(facts: &SegmentFacts) -> Self {
        Self {
            items: facts.items.len() as u32,
            fields: facts.fields.len() as u32,
            references: facts.references.len() as u32,
            tables: facts.tables.len() as u32,
            headings: facts.headings.len() as u32,
        }
    }
}

/// A top-level list item with the range of facts that were found in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TopItem {
    /// Index of its block in the outline.
    pub(super) block: u32,
    pub(super) context: ListContext,
    pub(super) before: Counts,
    pub(super) after: Counts,
}

/// Comparison of the previous version of a segment with the current one.
pub(super) struct PreviousSegment<'a> {
    content: &'a Content,
    facts: &'a SegmentFacts,
    /// Length of the current version.
    length: usize,
    /// Length of the common prefix in bytes.
    prefix: usize,
    /// Length of the common suffix in bytes.
    suffix: usize,
}

/// Reusable facts of an item.
pub(super) struct ReusableFacts<'a> {
    top_item: &'a TopItem,
    facts: &'a SegmentFacts,
    /// Offset to add to spans, as a wrapping difference.
    shift: u32,
}

impl<'a> PreviousSegment<'a> {
    /// Compares the two versions of a segment. Returns `None` if nothing can be reused.
    pub(super) fn of(previous: Option<(&'a Content, &'a SegmentFacts)>, content: &Content) -> Option<Self> {
        let (previous, facts) = previous?;
        // The Kiro syntax and a single checkbox affect the whole segment, not just one item.
        let checkboxes = facts.items.iter().filter(|item| item.form.is_checkbox());
        if facts.top_items.is_empty() || facts.kiro || checkboxes.take(2).count() < 2 {
            return None;
        }
        let (old, new) = (previous.text.as_bytes(), content.text.as_bytes());
        let prefix = common_prefix(old, new);
        let rest = old.len().min(new.len()) - prefix;
        let suffix = common_suffix(&old[old.len() - rest..], &new[new.len() - rest..]);
        Some(Self { content: previous, facts, length: new.len(), prefix, suffix })
    }

    /// Returns the previous facts of the item at `span`, which has `blocks` blocks. `None` if the edit changed the
    /// item, the context of its list, or the heading of its section. This heading is the last of `headings`, and
    /// `text` contains its text.
    pub(super) fn find(
        &self,
        span: &SegmentSpan,
        blocks: u32,
        context: ListContext,
        headings: &[HeadingFact],
        text: &str,
    ) -> Option<ReusableFacts<'a>> {
        // The last line of the item ends before the edit, or the item starts on a line after it.
        let shift = if (span.end as usize) < self.prefix {
            0
        } else if (span.start as usize) > self.length - self.suffix {
            (self.length as u32).wrapping_sub(self.content.text.len() as u32)
        } else {
            return None;
        };
        let old = span.start.wrapping_sub(shift)..span.end.wrapping_sub(shift);
        let block = |top_item: &TopItem| &self.content.outline.blocks[top_item.block as usize];
        let at = self.facts.top_items.partition_point(|top_item| block(top_item).span.start < old.start);
        let top_item = self.facts.top_items.get(at)?;
        let is_unchanged = block(top_item).span == old
            && block(top_item).end - top_item.block == blocks
            && top_item.context == context;
        let before = self.facts.headings.partition_point(|heading| heading.span.start < old.start);
        let old_heading =
            self.facts.headings[..before].last().map(|old| heading_context(old, &self.content.text));
        let same_heading = old_heading == headings.last().map(|new| heading_context(new, text));
        (is_unchanged && before == headings.len() && same_heading).then_some(ReusableFacts {
            top_item,
            facts: self.facts,
            shift,
        })
    }
}

/// Returns the part of a heading that affects the items below it.
fn heading_context<'a>(heading: &HeadingFact, text: &'a str) -> (u8, &'a str) {
    (heading.level, &text[bytes(&heading.text)])
}

/// Number of bytes that are compared at once.
const CHUNK_BYTES: usize = 64;

/// Returns the length of the longest common prefix.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.chunks_exact(CHUNK_BYTES).zip(b.chunks_exact(CHUNK_BYTES));
    let at = CHUNK_BYTES * chunks.take_while(|(a, b)| a == b).count();
    at + a[at..].iter().zip(&b[at..]).take_while(|(a, b)| a == b).count()
}

/// Returns the length of the longest common suffix.
fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.rchunks_exact(CHUNK_BYTES).zip(b.rchunks_exact(CHUNK_BYTES));
    let at = CHUNK_BYTES * chunks.take_while(|(a, b)| a == b).count();
    let rest = a[..a.len() - at].iter().rev().zip(b[..b.len() - at].iter().rev());
    at + rest.take_while(|(a, b)| a == b).count()
}

impl ReusableFacts<'_> {
    /// Appends the facts of the item to `facts`, adjusting spans and indices.
    pub(super) fn add_to(&self, facts: &mut SegmentFacts) {
        let (from, to) = (self.top_item.before, self.top_item.after);
        let shift = |span: &mut SegmentSpan| {
            *span = span.start.wrapping_add(self.shift)..span.end.wrapping_add(self.shift);
        };
        let item_count = facts.items.len() as u32;
        let item = |item: u32| item - from.items + item_count;
        let parent = |of: FactParent| match of {
            FactParent::Item(index) => FactParent::Item(item(index)),
            FactParent::Text | FactParent::Heading(_) => of,
        };
        let SegmentFacts {
            items,
            fields,
            references,
            // An item with headings or tables is read again.
            headings: _,
            tables: _,
            // These facts belong to the whole segment; the reader collects the top-level items itself.
            emoji: _,
            by_parent: _,
            kiro: _,
            flags: _,
            top_items: _,
        } = self.facts;
        facts.items.extend(items[from.items as usize..to.items as usize].iter().map(|fact| {
            let mut fact = fact.clone();
            fact.spans_mut().for_each(shift);
            fact.parent = fact.parent.map(item);
            fact
        }));
        facts.fields.extend(fields[from.fields as usize..to.fields as usize].iter().map(|field| {
            let mut field = field.clone();
            field.spans_mut().for_each(shift);
            field.parent = parent(field.parent);
            field
        }));
        let references = &references[from.references as usize..to.references as usize];
        facts.references.extend(references.iter().map(|reference| {
            let mut reference = reference.clone();
            reference.spans_mut().for_each(shift);
            reference.parent = parent(reference.parent);
            reference
        }));
    }

    /// Returns whether the item contains a table, which stores a block index, or a heading, which the following fields
    /// belong to.
    pub(super) fn has_tables_or_headings(&self) -> bool {
        let (before, after) = (self.top_item.before, self.top_item.after);
        (before.tables, before.headings) != (after.tables, after.headings)
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::{Document, Segment};
    use proptest::{prelude::*, sample::Index, test_runner::RngSeed};

    use super::*;
    use crate::Vocabulary;

    /// Lines of the generated lists, of the text around them, and of edits.
    const LINES: [&str; 35] = [
        "- [ ] **Task 1.1**: Copy the data (after 1.2)\n",
        "- [x] T002 Compare both sides — DONE\n",
        "  - Owner: Ada\n",
        "  - Status: Blocked\n",
        "  - Depends on: Task 1.1, T002\n",
        "  - [~] an inner one ✅\n",
        "    and its second line (deferred to Q3)\n",
        "  - Steps:\n    - [ ] first\n    - [ ] second\n",
        "- ✅ 1.3 an emoji\n",
        "- 🚧 under way\n",
        "- Phase 2 depends on Phase 1\n",
        "- a bullet\n  -[ ] malformed\n",
        "- [ ] with a table\n\n  | Task | Status |\n  |---|---|\n  | 1.7 x | Done |\n\n",
        "- [] empty\n",
        "- [x ] padded\n• [ ] another bullet\n",
        "- [ ]no space\n",
        "- # a heading in an item\n",
        "  ## another\n  **Priority**: high\n",
        "  > - [ ] quoted\n",
        "* [ ]* 9.1 optional\n",
        "1. [ ] numbered\n",
        "\n",
        "text\n",
        "**Acceptance criteria**:\n",
        "Depends on:\n",
        "Legend:\n",
        "**Task 5.1**: a paragraph\n",
        "#### Dependencies\n",
        "Under\n---\n",
        " ## Indented\n",
        "---\n",
        "```\n",
        "x",
        " ",
        "[ ] ",
    ];

    fn text() -> impl Strategy<Value = String> {
        let lines = prop::collection::vec(prop_oneof![4 => 0..12usize, 1 => 12..LINES.len()], 20..40);
        lines.prop_map(|lines| {
            let block: String = lines.into_iter().map(|line| LINES[line]).collect();
            block.repeat(MIN_REUSE_BYTES / block.len() + 1)
        })
    }

    /// Returns the longest segment with its start.
    fn longest(document: &Document) -> (usize, &Segment) {
        let longest = document.segments().max_by_key(|(_, segment)| segment.len()).unwrap();
        (longest.0, longest.1)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_122), ..ProptestConfig::default() })]

        #[test]
        fn reused_facts_equal_fresh_facts(
            text in text(),
            edits in prop::collection::vec((any::<Index>(), 0..LINES.len(), prop_oneof![Just(0usize), 1..4usize, 4..90usize], any::<bool>()), 1..6),
        ) {
            let vocabulary = Vocabulary::default();
            let mut document = Document::new(&text);
            let (start, segment) = longest(&document);
            let mut facts = SegmentFacts::read(document.content(start, segment), &vocabulary, None);
            for (at, line, removed, at_line) in edits {
                let old = document.clone();
                let (old_start, old_segment) = longest(&old);
                let mut at = at.index(old.len() + 1);
                if at_line {
                    at = old.line_start(at);
                }
                document.edit(at..at + removed, LINES[line]);
                let (start, segment) = longest(&document);
                let content = document.content(start, segment);
                let reusing = SegmentFacts::read(content, &vocabulary, Some((old.content(old_start, old_segment), &facts)));
                let fresh = SegmentFacts::read(content, &vocabulary, None);
                prop_assert_eq!(&reusing, &fresh, "after {:?} in {:?}", LINES[line], old.text());
                facts = reusing;
            }
        }
    }

    /// A malformed checkbox is ignored if it is the only one of its segment.
    #[test]
    fn a_second_malformed_checkbox_makes_both_count() {
        let text = format!("# P\n\n- [] one\n{}", "- a bullet\n".repeat(600));
        let vocabulary = Vocabulary::default();
        let mut document = Document::new(&text);
        let old = document.clone();
        let (old_start, old_segment) = longest(&old);
        let old_content = old.content(old_start, old_segment);
        let facts = SegmentFacts::read(old_content, &vocabulary, None);
        document.edit(text.len()..text.len(), "- [] two\n");
        let (start, segment) = longest(&document);
        let content = document.content(start, segment);
        let reusing = SegmentFacts::read(content, &vocabulary, Some((old_content, &facts)));
        let conditions: Vec<_> = reusing.items.iter().map(|item| item.condition).collect();
        assert_eq!(conditions, [ItemCondition::Always, ItemCondition::Always]);
    }

    #[test]
    fn an_edit_invalidates_one_item() {
        let text = format!("# P\n\n{}", "- [ ] **Task 1.1**: one\n  - Owner: Ada\n".repeat(300));
        let vocabulary = Vocabulary::default();
        let mut document = Document::new(&text);
        let old = document.clone();
        let read = |document: &Document, previous| {
            let (start, segment) = longest(document);
            SegmentFacts::read(document.content(start, segment), &vocabulary, previous)
        };
        let facts = read(&old, None);
        let middle = text.len() / 2;
        document.edit(middle..middle, "x");
        let (old_start, old_segment) = longest(&old);
        let (start, segment) = longest(&document);
        let content = document.content(start, segment);
        let previous =
            PreviousSegment::of(Some((old.content(old_start, old_segment), &facts)), content).unwrap();
        let top_items = read(&document, None).top_items;
        let reused = top_items.iter().filter(|top_item| {
            let block = &content.outline.blocks[top_item.block as usize];
            let headings = &facts.headings;
            previous
                .find(&block.span, block.end - top_item.block, top_item.context, headings, &content.text)
                .is_some()
        });
        assert_eq!((top_items.len(), reused.count()), (300, 299));
    }
}
