//! The outline that editors show: header, sections, phases and tasks with their progress, milestones and risks.

use plan_model::{CarrierKind, Item, ItemKind, Meaning, Plan, Progress, Section, State};
use plan_schema::Kind;

use crate::{File, Place, next::state, overview::who_and_how_long};

/// An entry of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name; never empty.
    pub name: String,
    /// What is worth knowing beside the name: `3/7 · 43 %`, `active · Ada · 2 days`.
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
    /// The fields on top.
    Header,
    /// A milestone.
    Milestone,
    /// A risk.
    Risk,
}

/// The outline of a plan or checklist. Of ordinary Markdown, which every editor outlines by itself, the headings where
/// someone wants that of us, else nothing.
pub fn outline(file: &File) -> Vec<Symbol> {
    let plan = file.plan();
    if file.kind() == Kind::Ordinary {
        let wanted = file.environment().markdown.covers(file);
        let headings = plan.sections().filter(|_| wanted);
        return nested(headings.map(|section| Symbol { detail: None, ..heading(&section) }).collect());
    }
    // Entries in document order; where two begin at the same place, the one that holds the other comes first.
    let mut symbols: Vec<Symbol> = plan
        .items()
        // A row about a phase is no place to go to; a heading's entry is that of its section.
        .filter(|item| !(item.kind() == ItemKind::Phase && item.form() == CarrierKind::TableRow))
        .filter(|item| item.form() != CarrierKind::Heading)
        .map(|item| task(&item))
        .collect();
    if file.kind() == Kind::Plan {
        let tasks: Vec<Place> = symbols.iter().map(|symbol| symbol.selection.clone()).collect();
        let is_task = |entry: &Symbol| {
            let after = tasks.partition_point(|line| line.end <= entry.selection.start);
            tasks.get(after).is_some_and(|line| line.start < entry.selection.end)
        };
        symbols.extend(listed(plan).into_iter().filter(|entry| !is_task(entry)));
        symbols.extend(header(plan));
    }
    symbols.extend(plan.sections().map(|section| heading(&section)));
    symbols.sort_by_key(|symbol| (symbol.range.start, std::cmp::Reverse(symbol.range.end)));
    nested(symbols)
}

/// Entries nest so deep, and what lies deeper stands beside the deepest: a list may nest thousands of levels, and readers of
/// JSON give up at some depth (serde_json's, which several editors use, at 128, of which each level of entries takes two).
const DEEPEST: usize = 50;

/// Entries in each other by their ranges.
fn nested(symbols: Vec<Symbol>) -> Vec<Symbol> {
    let mut roots: Vec<Symbol> = Vec::new();
    let mut open: Vec<Symbol> = Vec::new();
    let close = |open: &mut Vec<Symbol>, roots: &mut Vec<Symbol>, start: usize| {
        while let Some(last) = open.pop_if(|last| last.range.end <= start) {
            match open.last_mut() {
                Some(parent) => parent.children.push(last),
                None => roots.push(last),
            }
        }
    };
    for symbol in symbols {
        close(&mut open, &mut roots, symbol.range.start);
        let depth = open.len();
        match open.last_mut() {
            Some(parent) if depth >= DEEPEST => parent.children.push(symbol),
            _ => open.push(symbol),
        }
    }
    close(&mut open, &mut roots, usize::MAX);
    roots
}

fn heading(section: &Section<'_>) -> Symbol {
    let title = section.title();
    let item = section.item();
    let kind = match item.map(|item| (item.kind(), state(&item))) {
        Some((ItemKind::Phase, _)) => SymbolKind::Phase,
        Some((ItemKind::Task, Some(State::Done))) => SymbolKind::DoneTask,
        Some((ItemKind::Task, _)) => SymbolKind::OpenTask,
        None if section.level() == 1 => SymbolKind::Title,
        None => SymbolKind::Section,
    };
    Symbol {
        name: if title.is_empty() { "(untitled)".to_owned() } else { title },
        detail: match item {
            Some(item) => detail(&item),
            None => progress(section.progress()),
        },
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
    let done = state(item) == Some(State::Done);
    Symbol {
        name,
        detail: detail(item),
        kind: if done { SymbolKind::DoneTask } else { SymbolKind::OpenTask },
        range: item.range(),
        selection: item.line(),
        cancelled: item.state() == Some(State::Cancelled),
        children: Vec::new(),
    }
}

/// Progress, or a state that the icon does not tell; who does it, how long it takes.
fn detail(item: &Item<'_>) -> Option<String> {
    let counted = item.progress();
    let said = match item.kind() {
        ItemKind::Phase => progress(counted),
        ItemKind::Task if counted.total > 1 => progress(counted),
        ItemKind::Task => None,
    };
    let of_state = || {
        let state = state(item).filter(|state| !matches!(state, State::Open | State::Done))?;
        Some(state.name().to_owned())
    };
    let (owner, estimate) = who_and_how_long(item);
    let parts = [said.or_else(of_state), owner.filter(|owner| !owner.is_empty()), estimate];
    joined(parts.into_iter().flatten())
}

fn progress(progress: Progress) -> Option<String> {
    let percent = progress.percent()?;
    Some(format!("{}/{} · {percent} %", progress.done, progress.total))
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    Some(parts.collect::<Vec<_>>().join(" · ")).filter(|parts| !parts.is_empty())
}

/// The fields on top: the front matter, else those behind the title.
fn header(plan: &Plan) -> Option<Symbol> {
    let front = plan.document().front_matter().map(|front| front.range);
    let fields: Vec<_> = plan.fields().into_iter().collect();
    let range = match front.filter(|_| !plan.front_matter().is_empty()) {
        Some(range) => range,
        None => {
            let title_only = plan.sections().take_while(|section| section.level() == 1).last();
            let after = title_only.map_or(0, |title| title.heading_range().end);
            let next = plan.sections().find(|section| section.heading_range().start >= after);
            let before = next.map_or(usize::MAX, |next| next.heading_range().start);
            let mut on_top = fields
                .iter()
                .filter(|field| after <= field.key_range.start && field.value_range.end <= before);
            let first = on_top.next()?;
            first.key_range.start..on_top.next_back().unwrap_or(first).value_range.end
        }
    };
    let value = |meaning: Meaning| {
        let field = fields.iter().find(|field| field.meaning == Some(meaning))?;
        Some(crate::overview::plain(&field.value)).filter(|value| !value.is_empty())
    };
    let day = value(Meaning::Target).or_else(|| value(Meaning::Due));
    let day = day.map(|day| format!("due {day}"));
    let detail = joined([value(Meaning::Status), value(Meaning::Owner), day].into_iter().flatten());
    let first = plan.document().line_end(range.start).min(range.end);
    Some(Symbol {
        name: "Header".to_owned(),
        detail,
        kind: SymbolKind::Header,
        selection: range.start..first.max(range.start),
        range,
        cancelled: false,
        children: Vec::new(),
    })
}

/// Milestones and risks, each with its line.
fn listed(plan: &Plan) -> Vec<Symbol> {
    let document = plan.document();
    let entry = |kind: SymbolKind, title: &plan_model::Written<'_>, detail: Option<String>| {
        let name = crate::overview::plain(title.text);
        Symbol {
            name: if name.is_empty() { "(untitled)".to_owned() } else { name },
            detail,
            kind,
            range: document.line_start(title.range.start)..document.line_end(title.range.end),
            selection: title.range.clone(),
            cancelled: false,
            children: Vec::new(),
        }
    };
    let text = |written: &Option<plan_model::Written<'_>>| {
        written.as_ref().map(|written| crate::overview::plain(written.text))
    };
    let milestones = plan.milestones();
    let milestones =
        milestones.iter().map(|found| entry(SymbolKind::Milestone, &found.title, text(&found.when)));
    let risks = plan.risks();
    let risks = risks.iter().map(|found| {
        let weighed = [text(&found.probability), text(&found.impact)];
        entry(SymbolKind::Risk, &found.title, joined(weighed.into_iter().flatten()))
    });
    milestones.chain(risks).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::{Environment, Markdown};

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
                Title "Plan: Move" 1/3 · 33 %
                  Header "Header" Active
                  Section "Work" 1/3 · 33 %
                    Phase "Phase 1: Copy" 1/3 · 33 %
                      DoneTask "1.1 a" 1/2 · 50 %
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
        let environment = Environment { markdown: Markdown::All, ..Environment::default() };
        let document = Document::new("# Title\n\n## Part\n\ntext\n");
        let found = outline(&File::within("notes.md", document, Arc::new(environment)));
        assert_eq!((&*found[0].name, &*found[0].children[0].name), ("Title", "Part"));
    }

    #[test]
    fn headings_and_paragraphs_that_are_tasks() {
        check(
            "# Plan: x\n\n## Task 1: Cut\n\n- [x] a\n\n### Step 2: Glue ✅\n\n**Task 1.1**: Press\n- **Status**: Completed\n\n| Phase | Status |\n|---|---|\n| Phase 9 | ✅ |\n",
            expect![[r#"
                Title "Plan: x" 3/3 · 100 %
                  DoneTask "Task 1: Cut" 3/3 · 100 %
                    DoneTask "a"
                    DoneTask "Step 2: Glue ✅" 2/2 · 100 %
                      DoneTask "1.1 Press"
            "#]],
        );
    }

    #[test]
    fn milestones_risks_and_what_stands_on_top() {
        check(
            "# Plan: x\n\n**Status**: Active\n**Owner**: Ada\n**Target**: 2026-03-01\n\n## Work\n\n- [ ] **Task 1.1**: a\n  - **Owner**: Bo\n  - **Estimate**: 2 days\n- [-] b\n\n## Milestones\n\n| Milestone | Date |\n|---|---|\n| Beta | 2026-02-01 |\n\n## Risks\n\n| Risk | Probability | Impact | Mitigation |\n|---|---|---|---|\n| It rains | Low | High | Umbrella |\n",
            expect![[r#"
                Title "Plan: x" 0/1 · 0 %
                  Header "Header" Active · Ada · due 2026-03-01
                  Section "Work" 0/1 · 0 %
                    OpenTask "1.1 a" Bo · 2 days
                    OpenTask "b" cancelled
                  Section "Milestones"
                    Milestone "Beta" 2026-02-01
                  Section "Risks"
                    Risk "It rains" Low · High
            "#]],
        );
        check(
            "---\nstatus: draft\nowner: Ada\n---\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
            Header "Header" draft · Ada
            Title "Plan: x" 0/1 · 0 %
              OpenTask "a"
        "#]],
        );
    }

    #[test]
    fn what_nests_without_end_is_cut() {
        let tasks: String = (0..200).map(|level| format!("{}- [ ] t{level}\n", "  ".repeat(level))).collect();
        let file = File::new("plan.md", Document::new(&format!("# Plan: x\n\n{tasks}")));
        let mut level = outline(&file);
        let (mut depth, mut count) = (0, 0);
        while !level.is_empty() {
            depth += 1;
            count += level.len();
            level = level.into_iter().flat_map(|symbol| symbol.children).collect();
        }
        assert_eq!((depth, count), (DEEPEST + 1, 201));
    }
}
