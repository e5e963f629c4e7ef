//! Random plans and edits, which are the same in every run.

use std::ops::Range;

/// Lines of plans; many depend on other lines of the document.
const PLAN_LINES: [&str; 40] = [
    "# Plan: Move\n",
    "## Work\n",
    "### Phase 1: Copy ✅\n",
    "### Phase 2: Check\n",
    "### Task 1.2: A heading (2 days)\n",
    "## Milestones\n",
    "## Risks\n",
    "\n",
    "\n",
    "**Status**: Active\n",
    "**Owner**: Ada\n",
    "**Status**: Done\n",
    "**Tasks**:\n",
    "- [ ] **Task 1.1**: Copy the data\n",
    "- [x] **Task 1.2**: Compare both sides\n",
    "- [~] T003 [P] a third ✅\n",
    "- [-] gone (deferred)\n",
    "  - [ ] inside\n",
    "  - Owner: Bo\n",
    "  - Estimate: 2 days\n",
    "  - Depends on: Task 1.1, 1.2\n",
    "  - Depends on: 1.9\n",
    "- ✅ led by an emoji\n",
    "🟢 = done, 🔴 = open\n",
    "| Task | Status | Depends on |\n|---|---|---|\n| 1.1 Copy | 🔄 | 1.2 |\n| 1.4 Row | Done | |\n\n",
    "| Milestone | Date | Tasks |\n|---|---|---|\n| Beta | 2026-02-01 | 1.1, 1.7 |\n\n",
    "| Risk | Probability | Impact |\n|---|---|---|\n| It rains | Hihg | Low |\n\n",
    "```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    Task 1.1 :t1, 2026-03-02, 4d\n    Task 1.2 :after t9, 2d\n```\n",
    "see [a](b.md), [ref], [own](#work) and [none](#gone)\n",
    "[ref]: https://example.org/x\n",
    "[ref]: #risks\n",
    "<a id=\"gone\"></a>\n",
    "**Goal**: [What is better]\n",
    "**Impact**: Hihg\n",
    "text\n",
    "```\n",
    "---\n",
    "tasks:\n  - id: T003\n    status: done\n",
    "> - [ ] quoted\n",
    "é 🚀",
];

/// A generator of texts and edits.
#[derive(Debug)]
pub struct RandomEdits {
    state: u64,
}

impl RandomEdits {
    /// Creates a generator. Different seeds give different texts and edits.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// Returns a number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) as usize % limit.max(1)
    }

    fn line(&mut self) -> &'static str {
        PLAN_LINES[self.below(PLAN_LINES.len())]
    }

    /// Returns a plan of fewer than 40 lines or tables, with front matter in one of three cases.
    pub fn text(&mut self) -> String {
        let mut text = String::new();
        if self.below(3) == 0 {
            text.push_str("---\nstatus: active\ntasks:\n  - id: T003\n    status: done\n---\n");
        }
        for _ in 0..self.below(40) {
            text.push_str(self.line());
        }
        text
    }

    /// Returns an edit of a text: a byte range on character boundaries, and the new text.
    pub fn edit(&mut self, text: &str) -> (Range<usize>, &'static str) {
        let boundary =
            |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let at = boundary(self.below(text.len() + 1));
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        match self.below(5) {
            0 => (at..at, ["x", " ", "1", "]", "\n"][self.below(5)]),
            1 => (at..boundary(at + 1 + self.below(6)).max(at), ""),
            2 => (line_start..text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1), ""),
            3 => (line_start..at, self.line()),
            _ => (line_start..line_start, self.line()),
        }
    }
}
