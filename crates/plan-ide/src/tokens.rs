//! Semantic tokens: IDs, references, placeholders, and the titles of done, blocked and cancelled items; no tokens for
//! prose.

use std::collections::{BTreeMap, HashSet};

use plan_model::{ItemKind, Relation, Resolution, State};
use plan_schema::DocumentKind;
use plan_syntax::RangeExt;

use crate::{
    File, TextRange, Workspace,
    editing::references::References,
    rules::{unfilled_placeholder::placeholders, unknown_dependency::unknown_dependencies},
};

/// Kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// ID of a phase or task at its definition: `Task 1.1`.
    Id,
    /// Reference to phases or tasks: in dependencies, cells, Gantt charts, text.
    Reference,
    /// Title of a cancelled item.
    Cancelled,
    /// Title of a done task.
    Done,
    /// Title of a blocked task.
    Blocked,
    /// Unfilled placeholder of the template.
    Placeholder,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Range, on one line and not empty.
    pub range: TextRange,
    /// Kind of the token.
    pub kind: TokenKind,
    /// Whether the token is an unresolved reference, or a range with an unresolved end.
    pub unresolved: bool,
}

/// Returns the tokens of a plan or checklist, or those on the lines that a range touches, in document order without
/// overlaps. Empty for other documents. References to other documents are resolved in the workspace; until it is
/// complete, single references and ranges with two unresolved ends are not marked as unresolved.
pub fn tokens(file: &File, workspace: &Workspace<'_>, within: Option<&TextRange>) -> Vec<Token> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let within = within.map_or(0..file.document().len(), |within| whole_lines(file, within));
    let mut found = TokenCollector { file, within, tokens: BTreeMap::new() };
    for range in file.plan().items().filter_map(|item| item.id_range()) {
        found.add(range, TokenKind::Id, false);
    }
    found.references(workspace);
    if file.kind() == DocumentKind::Plan {
        for placeholder in placeholders(file) {
            found.add(placeholder.range, TokenKind::Placeholder, false);
        }
    }
    for item in file.plan().items() {
        match item.state() {
            Some(State::Cancelled) => found.fill(item.title_range(), TokenKind::Cancelled),
            Some(State::Done) if item.kind() == ItemKind::Task => {
                found.fill(item.title_range(), TokenKind::Done);
            }
            Some(State::Blocked) if item.kind() == ItemKind::Task => {
                found.fill(item.title_range(), TokenKind::Blocked);
            }
            _ => {}
        }
    }
    found.tokens.into_values().collect()
}

/// Returns the lines that a range touches.
fn whole_lines(file: &File, range: &TextRange) -> TextRange {
    let document = file.document();
    let rope = document.rope();
    let last = rope.byte_to_line(range.end.min(document.len())) + 1;
    let end = if last < rope.len_lines() { rope.line_to_byte(last) } else { document.len() };
    document.line_start(range.start)..end
}

struct TokenCollector<'a> {
    file: &'a File,
    within: TextRange,
    /// Tokens by their start.
    tokens: BTreeMap<usize, Token>,
}

impl TokenCollector<'_> {
    fn references(&mut self, workspace: &Workspace<'_>) {
        let (plan, path) = (self.file.plan(), self.file.path());
        let unknown: HashSet<usize> =
            unknown_dependencies(self.file, workspace).into_iter().map(|(place, _)| place.start).collect();
        // Outside dependency values, text that looks like a reference may have another meaning.
        let dependencies = plan
            .located_dependencies()
            .iter()
            .filter(|dependency| dependency.strict && dependency.relation != Relation::Requirement);
        let stated: HashSet<usize> =
            dependencies.flat_map(|found| &found.names).map(|name| name.range.start).collect();
        for name in References::within(self.file, &self.within).names() {
            let start = name.range.start;
            let unresolved = match name.resolution {
                Resolution::SameScope
                | Resolution::OtherScope
                | Resolution::Section
                | Resolution::SiblingFile => false,
                Resolution::PartialRange => true,
                Resolution::Unresolved if unknown.contains(&start) => true,
                Resolution::Unresolved => {
                    let in_workspace = name.ids.iter().any(|id| workspace.index.find(path, id).is_some());
                    match stated.contains(&start) {
                        true if in_workspace => false,
                        // Both ends of the range are unresolved.
                        true if workspace.is_complete && name.ids.len() > 1 => true,
                        _ => continue,
                    }
                }
            };
            self.add(name.range.clone(), TokenKind::Reference, unresolved);
        }
    }

    /// Adds a token if it does not overlap an existing one.
    fn add(&mut self, range: TextRange, kind: TokenKind, unresolved: bool) {
        if !self.touches(&range) {
            return;
        }
        for range in self.on_lines(range) {
            if self.last_before(range.end).is_none_or(|last| last.end <= range.start) {
                self.tokens.insert(range.start, Token { range, kind, unresolved });
            }
        }
    }

    /// Adds tokens in the gaps between existing ones.
    fn fill(&mut self, range: TextRange, kind: TokenKind) {
        if !self.touches(&range) {
            return;
        }
        for line in self.on_lines(range) {
            let mut end = line.end;
            while end > line.start {
                let existing = self.last_before(end);
                let start = existing.as_ref().map_or(line.start, |existing| existing.end.max(line.start));
                if start < end {
                    for range in self.on_lines(start..end) {
                        self.tokens.insert(range.start, Token { range, kind, unresolved: false });
                    }
                }
                end = existing.map_or(line.start, |existing| existing.start);
            }
        }
    }

    fn touches(&self, range: &TextRange) -> bool {
        !range.is_empty() && range.overlaps(&self.within)
    }

    /// Returns the range of the last token that starts before an offset.
    fn last_before(&self, end: usize) -> Option<TextRange> {
        self.tokens.range(..end).next_back().map(|(_, token)| token.range.clone())
    }

    /// Returns the requested lines of a range, without surrounding whitespace and block quote markers.
    fn on_lines(&self, range: TextRange) -> Vec<TextRange> {
        let text = self.file.document().slice(range.clone());
        let mut found = Vec::new();
        let mut at = range.start;
        for line in text.split_inclusive(['\n', '\r']) {
            let trimmed =
                line.trim_start_matches(|c: char| c.is_whitespace() || c == '>' && at > range.start);
            let start = at + line.len() - trimmed.len();
            let trimmed_len = trimmed.trim_end().len();
            if self.touches(&(start..start + trimmed_len)) {
                found.push(start..start + trimmed_len);
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

    fn found(text: &str, within: Option<&TextRange>) -> Vec<Token> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        tokens(&file, &workspace, within)
    }

    fn check(text: &str, expect: Expect) {
        let notes: Vec<(TextRange, String)> = found(text, None)
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
                    |                     ^ Done
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
    fn cancelled_titles() {
        check(
            "# Plan: x\n\n- [x] **Task 1.1**: a\n- [-] **Task 1.2**: b instead of Task 1.1 and more\n- [ ] ~~**Task 1.3**: c~~\n",
            expect![[r#"
                3   | - [x] **Task 1.1**: a
                    |         ^^^^^^^^ Id
                    |                     ^ Done
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
            "---\ntemplate: project-plan\n---\n# Move it\n\n**Status**: In Progress\n**Owner**: [Team/Person/Role]\n\n## Objective\n\n[Not written yet]\n\n- [ ] a\n",
            expect![[r#"
                7   | **Owner**: [Team/Person/Role]
                    |            ^^^^^^^^^^^^^^^^^^ Placeholder
                11  | [Not written yet]
                    | ^^^^^^^^^^^^^^^^^ Placeholder
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
    fn empty_for_ordinary_text() {
        check("# Title\n\nsee Task 1.1\n", expect![""]);
    }
}
