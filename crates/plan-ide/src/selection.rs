//! Selection ranges: from the word under the cursor out to the document, along what a plan is made of.

use plan_model::Field;
use plan_syntax::{BlockKind, Span};

use crate::{File, Place, actions::is_ours, depth::MAX_RANGES};

/// What lies around a byte, the innermost first: word, value, field, line of the item, task with children, phase, section,
/// with cells, rows, tables, paragraphs and lists between them. Each contains the one before and is larger; the last is the
/// document. Nothing for documents that are neither plan nor checklist.
pub fn selection_ranges(file: &File, at: usize) -> Vec<Place> {
    if !is_ours(file) {
        return Vec::new();
    }
    let document = file.document();
    let mut around = Around { at: at.min(document.len()), found: Vec::new() };
    around.word(file);
    around.fields(file);
    around.blocks(file);
    for item in file.plan().items() {
        let range = item.range();
        if range.start <= around.at && around.at <= range.end {
            around.add(item.line());
            around.add(range);
            item.id_range().into_iter().for_each(|id| around.add(id));
            around.add(item.title_range());
        }
    }
    for section in file.plan().sections() {
        around.add(section.text_range());
        around.add(section.heading_range());
        around.add(section.range());
    }
    if let Some(front) = document.front_matter() {
        around.add(front.range);
    }
    around.nested(document.len())
}

struct Around {
    at: usize,
    found: Vec<Place>,
}

impl Around {
    /// Takes a range if it holds the byte, ends included.
    fn add(&mut self, range: Place) {
        if range.start <= self.at && self.at <= range.end && !range.is_empty() {
            self.found.push(range);
        }
    }

    fn word(&mut self, file: &File) {
        let document = file.document();
        let start = document.line_start(self.at);
        let line = document.slice(start..self.line_end(file));
        let Some((before, after)) = line.split_at_checked(self.at - start) else { return };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let from = before.trim_end_matches(is_word).len();
        let to = after.len() - after.trim_start_matches(is_word).len();
        self.add(start + from..self.at + to);
    }

    fn line_end(&self, file: &File) -> usize {
        let rope = file.document().rope();
        let line = rope.byte_to_line(self.at);
        if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() }
    }

    fn fields(&mut self, file: &File) {
        let plan = file.plan();
        let items = plan.items().filter(|item| {
            let range = item.range();
            range.start <= self.at && self.at <= range.end
        });
        // A field of the front matter may be an item's that stands elsewhere.
        let in_front = plan.front_matter_range().is_some_and(|front| self.at <= front.end);
        let own: Vec<Field<'_>> = items.flat_map(|item| item.fields().collect::<Vec<_>>()).collect();
        let front: Vec<Field<'_>> = if in_front { plan.fields().into_iter().collect() } else { Vec::new() };
        for field in own.into_iter().chain(front).chain(plan.section_fields()) {
            self.field(file, &field);
        }
    }

    fn field(&mut self, file: &File, field: &Field<'_>) {
        let (start, end) = (field.key_range.start, field.value_range.end);
        // Emphasis around the key, or all of it, is two characters at most on each side.
        const NEAR: usize = 4;
        if start > end || self.at + NEAR < start || end + NEAR < self.at {
            return;
        }
        self.add(field.value_range.clone());
        let document = file.document();
        let marks: &[char] = &['*', '_', '`'];
        let before = document.slice(document.line_start(start)..start);
        let after = document.slice(end..document.len().min(end + NEAR));
        let opened = before.len() - before.trim_end_matches(marks).len();
        let closed = after.len() - after.trim_start_matches(marks).len();
        self.add(start - opened..end + closed.min(opened));
    }

    fn blocks(&mut self, file: &File) {
        let document = file.document();
        let Some((start, segment)) =
            document.segment_at(self.at).filter(|(_, segment)| !segment.is_prologue())
        else {
            return;
        };
        let content = document.content(start, segment);
        let place = |span: &Span| start + span.start as usize..start + span.end as usize;
        for (index, block) in content.outline.blocks.iter().enumerate() {
            let range = place(&block.span);
            if self.at < range.start || range.end < self.at {
                continue;
            }
            self.add(range);
            if let BlockKind::Fence { content: inside, .. } = &block.kind {
                self.add(place(inside));
            }
            for line in content.outline.inline(index) {
                self.add(place(line));
            }
        }
    }

    /// What was found as a chain, smallest first. Of ranges that overlap the smaller one stays.
    fn nested(mut self, length: usize) -> Vec<Place> {
        let whole = 0..length;
        self.found.sort_by_key(|range| (range.len(), range.start));
        let mut chain: Vec<Place> = Vec::new();
        for range in self.found {
            let fits = chain.last().is_none_or(|inner| {
                range.start <= inner.start && inner.end <= range.end && range.len() > inner.len()
            });
            if fits && range != whole {
                chain.push(range);
            }
        }
        chain.truncate(MAX_RANGES);
        chain.push(whole);
        chain
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use super::*;

    fn check(marked: &str, expect: Expect) {
        let (text, at) = fixture(marked);
        let file = File::new("plan.md", Document::new(&text));
        let shown: Vec<String> = selection_ranges(&file, at.start)
            .into_iter()
            .map(|range| format!("{:?}", &text[range]))
            .collect();
        expect.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn from_a_value_outwards() {
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n  - Owner: the te$0am\n  - Estimate: 3h\n- [ ] b\n\n## Phase 2: B\n\n- [ ] c\n",
            expect![[r###"
                "team"
                "the team"
                "Owner: the team"
                "- Owner: the team"
                "- Owner: the team\n  - Estimate: 3h"
                "- [ ] **Task 1.1**: a\n  - Owner: the team\n  - Estimate: 3h"
                "- [ ] **Task 1.1**: a\n  - Owner: the team\n  - Estimate: 3h\n- [ ] b"
                "## Phase 1: A\n\n- [ ] **Task 1.1**: a\n  - Owner: the team\n  - Estimate: 3h\n- [ ] b\n\n"
                "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n  - Owner: the team\n  - Estimate: 3h\n- [ ] b\n\n## Phase 2: B\n\n- [ ] c\n""###]],
        );
    }

    #[test]
    fn from_fields_of_the_header() {
        check(
            "# Plan: x\n\n**Status**: In Pro$0gress | **Owner**: me\n\n- [ ] a\n",
            expect![[r##"
            "Progress"
            "In Progress"
            "**Status**: In Progress"
            "**Status**: In Progress | **Owner**: me"
            "# Plan: x\n\n**Status**: In Progress | **Owner**: me\n\n- [ ] a\n""##]],
        );
        check(
            "---\nstatus: in pro$0gress\n---\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
            "progress"
            "in progress"
            "status: in progress"
            "---\nstatus: in progress\n---\n"
            "---\nstatus: in progress\n---\n# Plan: x\n\n- [ ] a\n""#]],
        );
    }

    #[test]
    fn from_a_cell_and_a_number() {
        check(
            "# Plan: x\n\n- [ ] a\n\n| Risk | Impact |\n|---|---|\n| It rai$0ns | Low |\n",
            expect![[r##"
            "rains"
            "It rains"
            "| It rains | Low |"
            "| Risk | Impact |\n|---|---|\n| It rains | Low |"
            "# Plan: x\n\n- [ ] a\n\n| Risk | Impact |\n|---|---|\n| It rains | Low |\n""##]],
        );
        check(
            "# Plan: x\n\n- [ ] **Task 1.$01**: a\n",
            expect![[r##"
            "1"
            "Task 1.1"
            "**Task 1.1**: a"
            "- [ ] **Task 1.1**: a"
            "# Plan: x\n\n- [ ] **Task 1.1**: a\n""##]],
        );
    }

    #[test]
    fn not_in_ordinary_text() {
        check("# Title\n\nte$0xt\n", expect![""]);
    }

    #[test]
    fn what_nests_without_end_is_cut() {
        let tasks: String = (0..200).map(|level| format!("{}- [ ] t{level}\n", "  ".repeat(level))).collect();
        let text = format!("# Plan: x\n\n{tasks}");
        let file = File::new("plan.md", Document::new(&text));
        let chain = selection_ranges(&file, text.len() - 2);
        assert_eq!((chain.len(), chain.last()), (MAX_RANGES + 1, Some(&(0..text.len()))));
    }
}
