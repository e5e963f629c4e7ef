//! Selection ranges: from the word under the cursor to the whole document, along the structure of a plan.

use plan_model::Field;
use plan_syntax::{BlockKind, SegmentSpan, tree::EnclosingNode};

use crate::{File, TextRange, depth::MAX_RANGES};

/// Returns the ranges around an offset, innermost first. Each range contains the previous one and is larger; the last
/// range is the document. Empty for documents that are neither plans nor checklists.
///
/// The ranges are those of the word, value, field, item line, task with subtasks, phase and section, and of the cells,
/// rows, tables, paragraphs and lists between them. The inline nodes in `enclosing`, the nodes of the syntax tree
/// around the offset, are added.
pub fn selection_ranges(file: &File, offset: usize, enclosing: &[EnclosingNode]) -> Vec<TextRange> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let document = file.document();
    let mut collector = RangeCollector { offset: offset.min(document.len()), found: Vec::new() };
    collector.word(file);
    collector.fields(file);
    collector.blocks(file);
    collector.inline_nodes(enclosing);
    for item in file.plan().items() {
        let range = item.range();
        if range.start <= collector.offset && collector.offset <= range.end {
            collector.add(item.line());
            collector.add(range);
            item.id_range().into_iter().for_each(|id| collector.add(id));
            collector.add(item.title_range());
        }
    }
    for section in file.plan().sections() {
        collector.add(section.text_range());
        collector.add(section.heading_range());
        collector.add(section.range());
    }
    if let Some(front) = document.front_matter() {
        collector.add(front.range);
    }
    collector.nested(document.len())
}

struct RangeCollector {
    offset: usize,
    found: Vec<TextRange>,
}

impl RangeCollector {
    /// Adds a range if it contains the offset, ends included.
    fn add(&mut self, range: TextRange) {
        if range.start <= self.offset && self.offset <= range.end && !range.is_empty() {
            self.found.push(range);
        }
    }

    fn word(&mut self, file: &File) {
        let document = file.document();
        let start = document.line_start(self.offset);
        let line = document.slice(start..self.line_end(file));
        let Some((before, after)) = line.split_at_checked(self.offset - start) else { return };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let from = before.trim_end_matches(is_word).len();
        let to = after.len() - after.trim_start_matches(is_word).len();
        self.add(start + from..self.offset + to);
    }

    fn line_end(&self, file: &File) -> usize {
        let rope = file.document().rope();
        let line = rope.byte_to_line(self.offset);
        if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() }
    }

    fn fields(&mut self, file: &File) {
        let plan = file.plan();
        let items = plan.items().filter(|item| {
            let range = item.range();
            range.start <= self.offset && self.offset <= range.end
        });
        // A field of the front matter can belong to an item in the body.
        let in_front = plan.front_matter_range().is_some_and(|front| self.offset <= front.end);
        let own: Vec<Field<'_>> = items.flat_map(|item| item.fields().collect::<Vec<_>>()).collect();
        let front: Vec<Field<'_>> = if in_front { plan.fields().into_iter().collect() } else { Vec::new() };
        for field in own.into_iter().chain(front).chain(plan.section_fields()) {
            self.field(file, &field);
        }
    }

    fn field(&mut self, file: &File, field: &Field<'_>) {
        let (start, end) = (field.key_range.start, field.value_range.end);
        // Emphasis around the key or the whole field has at most two characters on each side.
        const MAX_DELIMITER_BYTES: usize = 4;
        if start > end || self.offset + MAX_DELIMITER_BYTES < start || end + MAX_DELIMITER_BYTES < self.offset
        {
            return;
        }
        self.add(field.value_range.clone());
        let document = file.document();
        let marks: &[char] = &['*', '_', '`'];
        let before = document.slice(document.line_start(start)..start);
        let after = document.slice(end..document.len().min(end + MAX_DELIMITER_BYTES));
        let opened = before.len() - before.trim_end_matches(marks).len();
        let closed = after.len() - after.trim_start_matches(marks).len();
        self.add(start - opened..end + closed.min(opened));
    }

    fn blocks(&mut self, file: &File) {
        let document = file.document();
        let Some((start, segment)) =
            document.segment_at(self.offset).filter(|(_, segment)| !segment.is_prologue())
        else {
            return;
        };
        let content = document.content(start, segment);
        let place = |span: &SegmentSpan| start + span.start as usize..start + span.end as usize;
        for (index, block) in content.outline.blocks.iter().enumerate() {
            let range = place(&block.span);
            if self.offset < range.start || range.end < self.offset {
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

    /// Adds emphasis, code spans, links and their parts: with their delimiters and without.
    fn inline_nodes(&mut self, enclosing: &[EnclosingNode]) {
        let in_blocks = |node: &&EnclosingNode| !matches!(&*node.name, "inline" | "pipe_table_cell");
        let is_shown = |node: &&EnclosingNode| {
            !matches!(&*node.name, "hard_line_break" | "backslash_escape")
                && !node.name.ends_with("_delimiter")
        };
        // The block that contains the inline nodes has already been added.
        for node in enclosing.iter().skip_while(in_blocks).skip(1).filter(is_shown) {
            self.add(node.content.clone());
            self.add(node.range.clone());
        }
    }

    /// Returns the ranges as a chain, smallest first, up to the whole document of `length` bytes. If ranges overlap,
    /// the smaller one is kept.
    fn nested(mut self, length: usize) -> Vec<TextRange> {
        let whole = 0..length;
        self.found.sort_by_key(|range| (range.len(), range.start));
        let mut chain: Vec<TextRange> = Vec::new();
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
    use plan_syntax::{Document, tree::SyntaxTrees};
    use plan_test::fixture;

    use super::*;

    fn check(marked: &str, expect: Expect) {
        let (text, offset) = fixture(marked);
        let file = File::new("plan.md", Document::new(&text));
        let (enclosing, _) = SyntaxTrees::default().enclosing(file.document(), offset.start, usize::MAX);
        let shown: Vec<String> = selection_ranges(&file, offset.start, &enclosing)
            .into_iter()
            .map(|range| format!("{:?}", &text[range]))
            .collect();
        expect.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn expands_from_a_value() {
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
    fn expands_from_header_fields() {
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
    fn expands_from_a_cell_and_an_id() {
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
                "**Task 1.1**"
                "**Task 1.1**: a"
                "- [ ] **Task 1.1**: a"
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n""##]],
        );
    }

    #[test]
    fn expands_along_inline_content() {
        let plan = |line: &str| format!("# Plan: x\n\n- [ ] a\n\n{line}\n");
        check(
            &plan("See **the _lo$0ng_ word** here."),
            expect![[r##"
            "long"
            "_long_"
            "the _long_ word"
            "**the _long_ word**"
            "See **the _long_ word** here."
            "# Plan: x\n\n- [ ] a\n\nSee **the _long_ word** here.\n""##]],
        );
        check(
            &plan("See [the `te$0xt`](to.md) here."),
            expect![[r##"
            "text"
            "`text`"
            "the `text`"
            "[the `text`](to.md)"
            "See [the `text`](to.md) here."
            "# Plan: x\n\n- [ ] a\n\nSee [the `text`](to.md) here.\n""##]],
        );
        check(
            &plan("See [the text](some/pa$0th.md \"t\") here."),
            expect![[r##"
            "path"
            "some/path.md"
            "[the text](some/path.md \"t\")"
            "See [the text](some/path.md \"t\") here."
            "# Plan: x\n\n- [ ] a\n\nSee [the text](some/path.md \"t\") here.\n""##]],
        );
        check(
            &plan("| A | B |\n|---|---|\n| one | *tw$0o* |"),
            expect![[r##"
            "two"
            "*two*"
            "| one | *two* |"
            "| A | B |\n|---|---|\n| one | *two* |"
            "# Plan: x\n\n- [ ] a\n\n| A | B |\n|---|---|\n| one | *two* |\n""##]],
        );
    }

    #[test]
    fn empty_for_ordinary_text() {
        check("# Title\n\nte$0xt\n", expect![""]);
    }

    #[test]
    fn number_of_ranges_is_limited() {
        let tasks: String = (0..200).map(|level| format!("{}- [ ] t{level}\n", "  ".repeat(level))).collect();
        let text = format!("# Plan: x\n\n{tasks}");
        let file = File::new("plan.md", Document::new(&text));
        let chain = selection_ranges(&file, text.len() - 2, &[]);
        assert_eq!((chain.len(), chain.last()), (MAX_RANGES + 1, Some(&(0..text.len()))));
    }
}
