//! The outline that editors show: sections, phases and tasks with their progress.

use plan_model::{CarrierKind, Item, ItemKind, Progress, Section, State};
use plan_schema::Kind;

use crate::{File, Place};

/// An entry of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name; never empty.
    pub name: String,
    /// Progress and the like: `3/7`.
    pub detail: Option<String>,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub range: Place,
    /// What to select when it is chosen; inside `range`.
    pub selection: Place,
    /// Whether it is cancelled.
    pub cancelled: bool,
    /// The entries inside.
    pub children: Vec<Symbol>,
}

/// What an entry of the outline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// The document's title.
    Title,
    /// A heading.
    Section,
    /// A phase.
    Phase,
    /// A task that is not done.
    OpenTask,
    /// A task that is done.
    DoneTask,
}

/// The outline of a plan or checklist; nothing for ordinary Markdown, which every editor outlines by itself.
pub fn outline(file: &File) -> Vec<Symbol> {
    if file.kind() == Kind::Ordinary {
        return Vec::new();
    }
    let plan = file.plan();
    // Entries in document order with the depth that their place in the hierarchy gives them.
    let mut roots: Vec<Symbol> = Vec::new();
    let mut open: Vec<Symbol> = Vec::new();
    // A row about a phase is no place to go to.
    let mut items = plan
        .items()
        .filter(|item| !(item.kind() == ItemKind::Phase && item.form() == CarrierKind::TableRow))
        .peekable();
    let close = |open: &mut Vec<Symbol>, roots: &mut Vec<Symbol>, start: usize| {
        while let Some(last) = open.pop_if(|last| last.range.end <= start) {
            match open.last_mut() {
                Some(parent) => parent.children.push(last),
                None => roots.push(last),
            }
        }
    };
    let mut add = |open: &mut Vec<Symbol>, symbol: Symbol| {
        close(open, &mut roots, symbol.range.start);
        open.push(symbol);
    };
    for section in plan.sections() {
        let start = section.heading_range().start;
        while let Some(item) = items.next_if(|item| item.line().start < start) {
            add(&mut open, task(&item));
        }
        let item = items.next_if(|item| item.line().start == start);
        add(&mut open, heading(&section, item));
    }
    for item in items {
        add(&mut open, task(&item));
    }
    close(&mut open, &mut roots, usize::MAX);
    roots
}

fn heading(section: &Section<'_>, item: Option<Item<'_>>) -> Symbol {
    let title = section.title();
    let kind = match item.map(|item| (item.kind(), item.state())) {
        Some((ItemKind::Phase, _)) => SymbolKind::Phase,
        Some((ItemKind::Task, Some(State::Done))) => SymbolKind::DoneTask,
        Some((ItemKind::Task, _)) => SymbolKind::OpenTask,
        None if section.level() == 1 => SymbolKind::Title,
        None => SymbolKind::Section,
    };
    Symbol {
        name: if title.is_empty() { "(untitled)".to_owned() } else { title },
        detail: detail(section.progress()),
        kind,
        range: section.range(),
        selection: section.text_range(),
        cancelled: item.is_some_and(|item| item.state() == Some(State::Cancelled)),
        children: Vec::new(),
    }
}

fn task(item: &Item<'_>) -> Symbol {
    let title = item.title();
    let name = match (item.id(), title.is_empty()) {
        (Some(id), false) => format!("{id} {title}"),
        (Some(id), true) => id.to_string(),
        (None, false) => title,
        (None, true) => "(untitled)".to_owned(),
    };
    let progress = item.progress();
    let done = item.state() == Some(State::Done);
    Symbol {
        name,
        detail: if progress.total > 1 {
            detail(progress)
        } else {
            item.state()
                .filter(|state| !matches!(state, State::Open | State::Done))
                .map(|state| state.name().to_owned())
        },
        kind: if done { SymbolKind::DoneTask } else { SymbolKind::OpenTask },
        range: item.range(),
        selection: item.line(),
        cancelled: item.state() == Some(State::Cancelled),
        children: Vec::new(),
    }
}

fn detail(progress: Progress) -> Option<String> {
    (progress.total > 0).then(|| format!("{}/{}", progress.done, progress.total))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;

    fn check(text: &str, expect: Expect) {
        fn show(symbols: &[Symbol], depth: usize, out: &mut String) {
            for symbol in symbols {
                out.push_str(&format!("{}{:?} {:?}", "  ".repeat(depth), symbol.kind, symbol.name));
                if let Some(detail) = &symbol.detail {
                    out.push_str(&format!(" {detail}"));
                }
                out.push('\n');
                assert!(
                    symbol.range.start <= symbol.selection.start && symbol.selection.end <= symbol.range.end
                );
                show(&symbol.children, depth + 1, out);
            }
        }
        let file = File::new("plan.md", Document::new(text));
        let mut out = String::new();
        show(&outline(&file), 0, &mut out);
        expect.assert_eq(&out);
    }

    #[test]
    fn sections_phases_tasks() {
        check(
            "# Plan: Move\n\n**Status**: Active\n\n## Work\n\n### Phase 1: Copy\n\n- [x] **Task 1.1**: a\n  - [ ] b\n- [~] c\n\n## Notes\n\ntext\n",
            expect![[r#"
                Title "Plan: Move" 1/3
                  Section "Work" 1/3
                    Phase "Phase 1: Copy" 1/3
                      DoneTask "1.1 a" 1/2
                        OpenTask "b"
                      OpenTask "c" active
                  Section "Notes"
            "#]],
        );
    }

    #[test]
    fn a_checklist_without_headings() {
        check(
            "- [x] a\n- [ ] b\n",
            expect![[r#"
            DoneTask "a"
            OpenTask "b"
        "#]],
        );
    }

    #[test]
    fn ordinary_markdown_has_none_of_ours() {
        check("# Title\n\ntext\n", expect![""]);
    }

    #[test]
    fn headings_and_paragraphs_that_are_tasks() {
        check(
            "# Plan: x\n\n## Task 1: Cut\n\n- [x] a\n\n### Step 2: Glue ✅\n\n**Task 1.1**: Press\n- **Status**: Completed\n\n| Phase | Status |\n|---|---|\n| Phase 9 | ✅ |\n",
            expect![[r#"
                Title "Plan: x" 3/3
                  OpenTask "Task 1: Cut" 3/3
                    DoneTask "a"
                    DoneTask "Step 2: Glue ✅" 2/2
                      DoneTask "1.1 Press"
            "#]],
        );
    }
}
