//! Semantic tokens: ids, references, cancelled items and placeholders; nothing over prose.

use std::collections::{BTreeMap, HashSet};

use plan_model::{Reach, Relation, State};
use plan_schema::Kind;

use crate::{
    File, Place, Workspace,
    actions::is_ours,
    editing::references::References,
    rules::{placeholder_left::placeholders, unknown_dependency::unknown},
};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// The id of a phase or task, where it is written at it: `Task 1.1`.
    Id,
    /// A name of phases or tasks elsewhere: in dependencies, cells, charts, text.
    Reference,
    /// The name of an item that is cancelled.
    Cancelled,
    /// What the template leaves to fill in and nobody filled in.
    Placeholder,
}

/// A piece of a line that means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it is, on one line and not empty.
    pub range: Place,
    /// What it is.
    pub kind: TokenKind,
    /// Whether it is a reference that leads nowhere, or a range of which one end does.
    pub unresolved: bool,
}

/// The tokens of a plan or checklist, or those of them on the lines that a range touches, in document order; no two overlap. Nothing for
/// other documents. Whether a name leads to another document is told by the workspace: until it is complete, no single name
/// counts as unresolved.
pub fn tokens(file: &File, workspace: &Workspace<'_>, within: Option<&Place>) -> Vec<Token> {
    if !is_ours(file) {
        return Vec::new();
    }
    let within = within.map_or(0..file.document().len(), |within| whole_lines(file, within));
    let mut found = Found { file, within, tokens: BTreeMap::new() };
    for range in file.plan().items().filter_map(|item| item.id_range()) {
        found.add(range, TokenKind::Id, false);
    }
    found.references(workspace);
    if file.kind() == Kind::Plan {
        for placeholder in placeholders(file) {
            found.add(placeholder.range, TokenKind::Placeholder, false);
        }
    }
    for item in file.plan().items().filter(|item| item.state() == Some(State::Cancelled)) {
        found.fill(item.title_range(), TokenKind::Cancelled);
    }
    found.tokens.into_values().collect()
}

/// The lines that a range touches.
fn whole_lines(file: &File, range: &Place) -> Place {
    let document = file.document();
    let rope = document.rope();
    let last = rope.byte_to_line(range.end.min(document.len())) + 1;
    let end = if last < rope.len_lines() { rope.line_to_byte(last) } else { document.len() };
    document.line_start(range.start)..end
}

struct Found<'a> {
    file: &'a File,
    within: Place,
    /// By their starts.
    tokens: BTreeMap<usize, Token>,
}

impl Found<'_> {
    fn references(&mut self, workspace: &Workspace<'_>) {
        let (plan, path) = (self.file.plan(), self.file.path());
        let unknown: HashSet<usize> =
            unknown(self.file, workspace).into_iter().map(|(place, _)| place.start).collect();
        // Elsewhere what looks like a name may be anything.
        let said = plan
            .dependencies()
            .iter()
            .filter(|dependency| dependency.strict && dependency.relation != Relation::Requirement);
        let said: HashSet<usize> = said.flat_map(|said| &said.names).map(|name| name.range.start).collect();
        for name in References::within(self.file, &self.within).names() {
            let start = name.range.start;
            let unresolved = match name.reach {
                Reach::Near | Reach::Document | Reach::Section | Reach::Sibling => false,
                Reach::HalfRange => true,
                Reach::Nowhere if unknown.contains(&start) => true,
                Reach::Nowhere => {
                    let elsewhere = name.ids.iter().any(|id| workspace.index.find(path, id).is_some());
                    match said.contains(&start) {
                        true if elsewhere => false,
                        // Of a range nobody knows either end.
                        true if workspace.is_complete && name.ids.len() > 1 => true,
                        _ => continue,
                    }
                }
            };
            self.add(name.range.clone(), TokenKind::Reference, unresolved);
        }
    }

    /// Adds a token unless there is one already.
    fn add(&mut self, range: Place, kind: TokenKind, unresolved: bool) {
        if !self.touches(&range) {
            return;
        }
        for range in self.on_lines(range) {
            if self.last_before(range.end).is_none_or(|last| last.end <= range.start) {
                self.tokens.insert(range.start, Token { range, kind, unresolved });
            }
        }
    }

    /// Adds tokens where there are none yet.
    fn fill(&mut self, range: Place, kind: TokenKind) {
        if !self.touches(&range) {
            return;
        }
        for line in self.on_lines(range) {
            let mut end = line.end;
            while end > line.start {
                let taken = self.last_before(end);
                let start = taken.as_ref().map_or(line.start, |taken| taken.end.max(line.start));
                if start < end {
                    for range in self.on_lines(start..end) {
                        self.tokens.insert(range.start, Token { range, kind, unresolved: false });
                    }
                }
                end = taken.map_or(line.start, |taken| taken.start);
            }
        }
    }

    fn touches(&self, range: &Place) -> bool {
        !range.is_empty() && range.start < self.within.end && self.within.start < range.end
    }

    /// The last token that starts before a byte.
    fn last_before(&self, end: usize) -> Option<Place> {
        self.tokens.range(..end).next_back().map(|(_, token)| token.range.clone())
    }

    /// The parts of a range on each of its lines that is asked for, without blanks and the marks of quotes around them.
    fn on_lines(&self, range: Place) -> Vec<Place> {
        let text = self.file.document().slice(range.clone());
        let mut found = Vec::new();
        let mut at = range.start;
        for line in text.split_inclusive(['\n', '\r']) {
            let bare = line.trim_start_matches(|c: char| c.is_whitespace() || c == '>' && at > range.start);
            let start = at + line.len() - bare.len();
            let kept = bare.trim_end().len();
            if self.touches(&(start..start + kept)) {
                found.push(start..start + kept);
            }
            at += line.len();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk};

    fn found(text: &str, within: Option<&Place>) -> Vec<Token> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        tokens(&file, &workspace, within)
    }

    fn check(text: &str, expect: Expect) {
        let notes: Vec<(Place, String)> = found(text, None)
            .into_iter()
            .map(|token| {
                let unresolved = if token.unresolved { ", unresolved" } else { "" };
                (token.range, format!("{:?}{unresolved}", token.kind))
            })
            .collect();
        expect.assert_eq(&plan_test::annotate(text, &notes));
    }

    #[test]
    fn ids_and_references() {
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b, like Task 1.1 and Task 9.9\n  - Dependencies: Task 1.1, Task 1.7\n  - _Requirements: 1.1, 2.3_\n\n## Phase 2: B\n\n**Depends on**: Phase 1\n\n- [ ] **Task 2.1**: c\n  - Depends on: 1.1-1.2\n",
            expect![[r#"
                3   | ## Phase 1: A
                    |    ^^^^^^^ Id
                5   | - [x] **Task 1.1**: a
                    |         ^^^^^^^^ Id
                6   | - [ ] **Task 1.2**: b, like Task 1.1 and Task 9.9
                    |         ^^^^^^^^ Id
                    |                             ^^^^^^^^ Reference
                7   |   - Dependencies: Task 1.1, Task 1.7
                    |                   ^^^^^^^^ Reference
                    |                             ^^^^^^^^ Reference, unresolved
                10  | ## Phase 2: B
                    |    ^^^^^^^ Id
                12  | **Depends on**: Phase 1
                    |                 ^^^^^^^ Reference
                14  | - [ ] **Task 2.1**: c
                    |         ^^^^^^^^ Id
                15  |   - Depends on: 1.1-1.2
                    |                 ^^^^^^^ Reference
            "#]],
        );
    }

    #[test]
    fn what_is_cancelled() {
        check(
            "# Plan: x\n\n- [x] **Task 1.1**: a\n- [-] **Task 1.2**: b instead of Task 1.1 and more\n- [ ] ~~**Task 1.3**: c~~\n",
            expect![[r#"
                3   | - [x] **Task 1.1**: a
                    |         ^^^^^^^^ Id
                4   | - [-] **Task 1.2**: b instead of Task 1.1 and more
                    |         ^^^^^^^^ Id
                    |                     ^^^^^^^^^^^^ Cancelled
                    |                                  ^^^^^^^^ Reference
                    |                                           ^^^^^^^^ Cancelled
                5   | - [ ] ~~**Task 1.3**: c~~
                    |           ^^^^^^^^ Id
                    |                       ^ Cancelled
            "#]],
        );
    }

    #[test]
    fn placeholders_of_the_template() {
        check(
            "---\ntemplate: project-plan\n---\n# Move it\n\n**Status**: In Progress\n**Owner**: [Team/Person/Role]\n\n## Objective\n\n[What nobody wrote yet]\n\n- [ ] a\n",
            expect![[r#"
                7   | **Owner**: [Team/Person/Role]
                    |            ^^^^^^^^^^^^^^^^^^ Placeholder
                11  | [What nobody wrote yet]
                    | ^^^^^^^^^^^^^^^^^^^^^^^ Placeholder
            "#]],
        );
    }

    #[test]
    fn within_a_range() {
        let text = "# Plan: x\n\n- [ ] **Task 1.1**: a\n- [-] **Task 1.2**: b\n  - Depends on: Task 1.1\n";
        let second = text.find("- [-]").unwrap()..text.find("  - Dep").unwrap() - 1;
        let whole = found(text, None);
        let part: Vec<Token> = whole
            .iter()
            .filter(|token| token.range.start <= second.end && second.start <= token.range.end)
            .cloned()
            .collect();
        assert_eq!((whole.len(), part.len()), (4, 2));
        assert_eq!(found(text, Some(&second)), part);
    }

    #[test]
    fn not_in_ordinary_text() {
        check("# Title\n\nsee Task 1.1\n", expect![""]);
    }
}
