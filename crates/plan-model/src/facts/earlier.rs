//! What an earlier version of a long segment said of the items of its lists, taken over where an edit left them alone.
//!
//! Reading a list of thousands of tasks takes milliseconds, and an edit touches one of them. What a top item of a list
//! says follows from its text, from what was said above the list, and from the heading that all of it stands under.

use plan_syntax::{Content, Span, outline::bytes};

use super::{
    Condition, FieldFact, HeadingFact, ItemFact, Owner, ReferenceFact, Relation, Role, SegmentFacts,
};

/// Segments of this length (bytes) are worth it.
pub(super) const LONG: usize = 4 * 1024;

/// What is said above a list of all its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Introduction {
    pub(super) role: Option<Role>,
    pub(super) relation: Option<Relation>,
    pub(super) emoji: Option<Condition>,
    pub(super) legend: bool,
}

/// How many facts there are of each kind.
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

/// A top item of a list that stands in nothing else, and the facts that were found in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its index in the outline.
    pub(super) block: u32,
    pub(super) said: Introduction,
    pub(super) before: Counts,
    pub(super) after: Counts,
}

/// An earlier version of a segment, with what it has in common with the one that is read.
pub(super) struct Earlier<'a> {
    content: &'a Content,
    facts: &'a SegmentFacts,
    /// The length of the version that is read.
    length: usize,
    /// So many bytes at the start are the same.
    start: usize,
    /// So many bytes at the end are the same.
    end: usize,
}

/// Facts of an item in an earlier version.
pub(super) struct Found<'a> {
    mark: &'a Mark,
    facts: &'a SegmentFacts,
    /// What to add to a place.
    shift: u32,
}

impl<'a> Earlier<'a> {
    /// `None` where there is nothing to take over.
    pub(super) fn of(earlier: Option<(&'a Content, &'a SegmentFacts)>, content: &Content) -> Option<Self> {
        let (earlier, facts) = earlier?;
        // Of what is said of all of a segment nobody knows which item says it.
        let boxes = facts.items.iter().filter(|item| item.form.is_box());
        if facts.marks.is_empty() || facts.kiro || boxes.take(2).count() < 2 {
            return None;
        }
        let (old, new) = (earlier.text.as_bytes(), content.text.as_bytes());
        let start = common_start(old, new);
        let room = old.len().min(new.len()) - start;
        let end = common_end(&old[old.len() - room..], &new[new.len() - room..]);
        Some(Self { content: earlier, facts, length: new.len(), start, end })
    }

    /// The item that stands in `span` now and has so many blocks, if the edit has left it alone and nothing else is said
    /// of its list or of its section, whose heading is the last of `headings` in `text`.
    pub(super) fn find(
        &self,
        span: &Span,
        blocks: u32,
        said: Introduction,
        headings: &[HeadingFact],
        text: &str,
    ) -> Option<Found<'a>> {
        // Its last line ends before the edit, or it starts on a line behind it.
        let shift = if (span.end as usize) < self.start {
            0
        } else if (span.start as usize) > self.length - self.end {
            (self.length as u32).wrapping_sub(self.content.text.len() as u32)
        } else {
            return None;
        };
        let old = span.start.wrapping_sub(shift)..span.end.wrapping_sub(shift);
        let block = |mark: &Mark| &self.content.outline.blocks[mark.block as usize];
        let at = self.facts.marks.partition_point(|mark| block(mark).span.start < old.start);
        let mark = self.facts.marks.get(at)?;
        let is_it = block(mark).span == old && block(mark).end - mark.block == blocks && mark.said == said;
        let before = self.facts.headings.partition_point(|heading| heading.span.start < old.start);
        let old_heading = self.facts.headings[..before].last().map(|old| said_by(old, &self.content.text));
        let same_heading = old_heading == headings.last().map(|new| said_by(new, text));
        (is_it && before == headings.len() && same_heading).then_some(Found {
            mark,
            facts: self.facts,
            shift,
        })
    }
}

/// What a heading says of the items below it.
fn said_by<'a>(heading: &HeadingFact, text: &'a str) -> (u8, &'a str) {
    (heading.level, &text[bytes(&heading.text)])
}

/// So many bytes are compared at once.
const PIECE: usize = 64;

/// How many bytes two texts have in common at their start.
fn common_start(a: &[u8], b: &[u8]) -> usize {
    let pieces = a.chunks_exact(PIECE).zip(b.chunks_exact(PIECE));
    let at = PIECE * pieces.take_while(|(a, b)| a == b).count();
    at + a[at..].iter().zip(&b[at..]).take_while(|(a, b)| a == b).count()
}

/// How many bytes two texts have in common at their end.
fn common_end(a: &[u8], b: &[u8]) -> usize {
    let pieces = a.rchunks_exact(PIECE).zip(b.rchunks_exact(PIECE));
    let at = PIECE * pieces.take_while(|(a, b)| a == b).count();
    let rest = a[..a.len() - at].iter().rev().zip(b[..b.len() - at].iter().rev());
    at + rest.take_while(|(a, b)| a == b).count()
}

impl Found<'_> {
    /// Adds the facts of the item to those that were found before it.
    pub(super) fn add_to(&self, facts: &mut SegmentFacts) {
        let (from, to) = (self.mark.before, self.mark.after);
        let moved = |span: &Span| span.start.wrapping_add(self.shift)..span.end.wrapping_add(self.shift);
        let known = facts.items.len() as u32;
        let item = |item: u32| item - from.items + known;
        let owner = |of: Owner| match of {
            Owner::Item(index) => Owner::Item(item(index)),
            Owner::Text | Owner::Heading(_) => of,
        };
        let items = &self.facts.items[from.items as usize..to.items as usize];
        facts.items.extend(items.iter().map(|fact| {
            let mut fact = ItemFact { parent: fact.parent.map(item), ..fact.clone() };
            for span in [&mut fact.span, &mut fact.line, &mut fact.title] {
                *span = moved(span);
            }
            let parts = fact.id_span.iter_mut().chain(&mut fact.suffix).chain(&mut fact.tags);
            parts.for_each(|span| *span = moved(span));
            fact.loose.iter_mut().for_each(|loose| loose.span = moved(&loose.span));
            fact.carriers.iter_mut().for_each(|carrier| carrier.span = moved(&carrier.span));
            fact
        }));
        let fields = &self.facts.fields[from.fields as usize..to.fields as usize];
        facts.fields.extend(fields.iter().map(|field| FieldFact {
            key: moved(&field.key),
            value: moved(&field.value),
            owner: owner(field.owner),
            ..*field
        }));
        let references = &self.facts.references[from.references as usize..to.references as usize];
        facts.references.extend(references.iter().map(|reference| ReferenceFact {
            span: moved(&reference.span),
            owner: owner(reference.owner),
            ..reference.clone()
        }));
    }

    /// Whether the item has a table, which knows its block by number, or a heading, which owns what follows.
    pub(super) fn has_more(&self) -> bool {
        let (before, after) = (self.mark.before, self.mark.after);
        (before.tables, before.headings) != (after.tables, after.headings)
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::{Document, Segment};
    use proptest::{prelude::*, sample::Index, test_runner::RngSeed};

    use super::*;
    use crate::Vocabulary;

    /// Lines of which lists, what stands around them, and edits are made.
    const LINES: [&str; 33] = [
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
        "- a bullet\n  -[ ] loose\n",
        "- [ ] with a table\n\n  | Task | Status |\n  |---|---|\n  | 1.7 x | Done |\n\n",
        "- [] empty\n",
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
            let part: String = lines.into_iter().map(|line| LINES[line]).collect();
            part.repeat(LONG / part.len() + 1)
        })
    }

    /// The longest segment.
    fn longest(document: &Document) -> (usize, &Segment) {
        let longest = document.segments().max_by_key(|(_, segment)| segment.len()).unwrap();
        (longest.0, longest.1)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_122), ..ProptestConfig::default() })]

        #[test]
        fn what_is_taken_over_is_what_would_be_read(
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
                let following = SegmentFacts::read(content, &vocabulary, Some((old.content(old_start, old_segment), &facts)));
                let fresh = SegmentFacts::read(content, &vocabulary, None);
                prop_assert_eq!(&following, &fresh, "after {:?} in {:?}", LINES[line], old.text());
                facts = following;
            }
        }
    }

    /// A lonely box that Markdown does not read as one is none; two are.
    #[test]
    fn a_second_box_makes_the_first_one_count() {
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
        let following = SegmentFacts::read(content, &vocabulary, Some((old_content, &facts)));
        let conditions: Vec<_> = following.items.iter().map(|item| item.condition).collect();
        assert_eq!(conditions, [Condition::Sure, Condition::Sure]);
    }

    #[test]
    fn an_edit_leaves_most_items_alone() {
        let text = format!("# P\n\n{}", "- [ ] **Task 1.1**: one\n  - Owner: Ada\n".repeat(300));
        let vocabulary = Vocabulary::default();
        let mut document = Document::new(&text);
        let old = document.clone();
        let read = |document: &Document, earlier| {
            let (start, segment) = longest(document);
            SegmentFacts::read(document.content(start, segment), &vocabulary, earlier)
        };
        let facts = read(&old, None);
        let middle = text.len() / 2;
        document.edit(middle..middle, "x");
        let (old_start, old_segment) = longest(&old);
        let (start, segment) = longest(&document);
        let content = document.content(start, segment);
        let earlier = Earlier::of(Some((old.content(old_start, old_segment), &facts)), content).unwrap();
        let marks = read(&document, None).marks;
        let taken = marks.iter().filter(|mark| {
            let block = &content.outline.blocks[mark.block as usize];
            let headings = &facts.headings;
            earlier.find(&block.span, block.end - mark.block, mark.said, headings, &content.text).is_some()
        });
        assert_eq!((marks.len(), taken.count()), (300, 299));
    }
}
