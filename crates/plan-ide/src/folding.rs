//! Folding: sections, tasks with details, tables, code, comments, front matter, and phases that are done.

use std::{cmp::Reverse, collections::HashSet};

use plan_model::{ItemKind, State, StateSourceKind};
use plan_syntax::{BlockKind, Document, outline::bytes};

use crate::{File, TextRange, next::state};

/// A foldable range of more than one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Range from the line that remains visible to the last hidden line.
    pub range: TextRange,
    /// Kind of the range.
    pub kind: FoldKind,
}

/// Kind of a foldable range. Editors can fold all ranges of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldKind {
    /// A section, task, table, fence, quote or front matter.
    Block,
    /// A comment.
    Comment,
    /// A phase that is done and has no open tasks.
    DonePhase,
}

/// Returns the foldable ranges of a plan or checklist in document order, at most one range for the same lines. Empty
/// for ordinary Markdown, which editors fold themselves, unless generic Markdown features are enabled for it.
pub fn folding(file: &File) -> Vec<Fold> {
    if !file.has_tasks() && !file.environment().markdown.covers(file.kind()) {
        return Vec::new();
    }
    let (plan, document) = (file.plan(), file.document());
    let mut folds = Vec::new();
    let mut lines: HashSet<(usize, usize)> = HashSet::new();
    let mut add = |range: TextRange, kind: FoldKind| {
        let range = range.start..trimmed_end(document, &range);
        let rope = document.rope();
        let (first, last) = (rope.byte_to_line(range.start), rope.byte_to_line(range.end));
        if first < last && lines.insert((first, last)) {
            folds.push(Fold { range, kind });
        }
    };
    if let Some(front) = document.front_matter() {
        add(front.range, FoldKind::Block);
    }
    for section in plan.sections() {
        let done = section.item().is_some_and(|item| {
            let progress = item.progress();
            item.kind() == ItemKind::Phase
                && state(&item) == Some(State::Done)
                && progress.done == progress.total
        });
        add(section.range(), if done && file.has_tasks() { FoldKind::DonePhase } else { FoldKind::Block });
    }
    for (start, segment) in document.segments() {
        let content = document.content(start, segment);
        for block in &content.outline.blocks {
            let written = content.text.as_bytes().get(bytes(&block.span)).unwrap_or_default();
            if !written.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
                continue;
            }
            let range = start + block.span.start as usize..start + block.span.end as usize;
            match block.kind {
                BlockKind::Item { .. } | BlockKind::Table | BlockKind::Fence { .. } | BlockKind::Quote => {
                    add(range, FoldKind::Block);
                }
                BlockKind::Html { comment } => {
                    add(range, if comment { FoldKind::Comment } else { FoldKind::Block });
                }
                _ => {}
            }
        }
    }
    // A paragraph that is a task, with its details.
    for item in plan.items().filter(|item| item.form() == StateSourceKind::Paragraph) {
        add(item.range(), FoldKind::Block);
    }
    folds.sort_by_key(|fold| (fold.range.start, Reverse(fold.range.end)));
    folds
}

/// Returns the end of a range without trailing whitespace.
fn trimmed_end(document: &Document, range: &TextRange) -> usize {
    const SLICE_BYTES: usize = 64;
    let mut end = range.end;
    while end > range.start {
        let from = end.saturating_sub(SLICE_BYTES).max(range.start);
        let text = document.slice(from..end);
        // The slice starts at a character boundary, possibly before `from`.
        let trimmed = text.trim_end().len();
        if trimmed > 0 {
            return end - (text.len() - trimmed);
        }
        end = end.saturating_sub(text.len().max(1));
    }
    range.start
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;

    fn check(text: &str, expect: Expect) {
        let file = File::new("plan.md", Document::new(text));
        let shown: Vec<String> = folding(&file)
            .into_iter()
            .map(|fold| format!("{:?} {:?}", fold.kind, &text[fold.range]))
            .collect();
        expect.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn foldable_ranges() {
        check(
            "---\na: b\n---\n# Plan: x\n\n## Work\n\n- [ ] a\n  detail\n- [ ] b\n\n```\ncode\n```\n\n<!-- one\ntwo -->\n\n## Empty\n",
            expect![[r###"
                Block "---\na: b\n---"
                Block "# Plan: x\n\n## Work\n\n- [ ] a\n  detail\n- [ ] b\n\n```\ncode\n```\n\n<!-- one\ntwo -->\n\n## Empty"
                Block "## Work\n\n- [ ] a\n  detail\n- [ ] b\n\n```\ncode\n```\n\n<!-- one\ntwo -->"
                Block "- [ ] a\n  detail"
                Block "```\ncode\n```"
                Comment "<!-- one\ntwo -->""###]],
        );
    }

    #[test]
    fn done_phases() {
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [x] a\n\n## Phase 2: B ✅\n\n- [ ] b\n\n## Phase 3: C ✅\n\ntext\n",
            expect![[r###"
                Block "# Plan: x\n\n## Phase 1: A\n\n- [x] a\n\n## Phase 2: B ✅\n\n- [ ] b\n\n## Phase 3: C ✅\n\ntext"
                DonePhase "## Phase 1: A\n\n- [x] a"
                Block "## Phase 2: B ✅\n\n- [ ] b"
                DonePhase "## Phase 3: C ✅\n\ntext""###]],
        );
    }

    #[test]
    fn tasks_in_paragraphs_and_quotes() {
        check(
            "# Plan: x\n\n**Task 1.1**: Press\n- **Status**: Completed\n\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n",
            expect![[r##"
                Block "# Plan: x\n\n**Task 1.1**: Press\n- **Status**: Completed\n\n> | a | b |\n> |---|---|\n> | 1 | 2 |"
                Block "**Task 1.1**: Press\n- **Status**: Completed\n\n> | a | b |\n> |---|---|\n> | 1 | 2 |"
                Block "> | a | b |\n> |---|---|\n> | 1 | 2 |""##]],
        );
    }

    #[test]
    fn empty_for_ordinary_text() {
        check("# Title\n\ntext\n\n- a\n  b\n", expect![""]);
    }
}
