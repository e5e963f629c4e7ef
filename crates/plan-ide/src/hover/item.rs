//! Phases and tasks, at themselves and wherever they are named.

use plan_model::{Item, ItemKind, Meaning, Progress, Relation, State};

use super::Hover;
use crate::{
    File, Workspace,
    names::{self, Named},
    navigation::{Target, definition},
    next::state,
};

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, at: usize) -> Option<Hover> {
    let plan = file.plan();
    if let Some((named, range)) = names::at(file, at) {
        let item = match named {
            Named::Number(index) | Named::Title(index) => plan.item(index),
            Named::Heading(index) => plan.sections().nth(index).and_then(|section| section.item()),
            _ => None,
        };
        return Some(Hover { text: said(file, &item?), range });
    }
    // A name that only another document knows.
    let (range, targets) = definition(file, workspace, at)?;
    let Target::There { path, span, .. } = targets.first()? else { return None };
    let summary = &workspace.index.get(path)?.summary;
    let items = &summary.work.as_ref()?.items;
    let item = items.iter().find(|item| item.span.start as usize == span.start)?;
    let state = item.state.map_or(String::new(), |state| format!(", {}", state.name()));
    let title = summary.title.as_deref().unwrap_or_default();
    Some(Hover { text: format!("**{}**{state}\n\n*in {title}*", item.title), range })
}

/// What there is to say of an item, a line each.
fn said(file: &File, item: &Item<'_>) -> String {
    let mut lines = vec![head(item)];
    let field = |meaning| item.field(meaning).map(|field| field.value.into_owned());
    let facts = [
        field(Meaning::Owner),
        field(Meaning::Estimate).or_else(|| field(Meaning::Duration)),
        field(Meaning::Due).or_else(|| field(Meaning::Target)),
        item.suffix().map(|(suffix, _)| suffix.to_owned()),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    if !facts.is_empty() {
        lines.push(facts.join(" · "));
    }
    let progress = item.progress();
    let has_children = item.children().next().is_some();
    if has_children && progress.total > 0 {
        lines.push(bar(progress.done, progress.total));
        let open: Vec<String> =
            item.children().filter(is_open).take(LISTED).map(|child| format!("- {}", name(&child))).collect();
        let more = item.children().filter(is_open).count().saturating_sub(LISTED);
        if !open.is_empty() {
            let rest = if more > 0 { format!("\n- and {more} more") } else { String::new() };
            lines.push(format!("Open:\n\n{}{rest}", open.join("\n")));
        }
    }
    let waits = waits_for(item);
    if !waits.is_empty() {
        lines.push(format!("Waits for {}", listed(&waits)));
    }
    let waiting = waiting_for(item);
    if !waiting.is_empty() {
        lines.push(format!(
            "{} {} for it",
            listed(&waiting),
            if waiting.len() == 1 { "waits" } else { "wait" }
        ));
    }
    if item.kind() == ItemKind::Task && !has_children {
        // The same answer that lenses and commands give.
        if file.next_tasks().contains(&item.index()) {
            lines.push("**Can start now.**".to_owned());
        } else if is_open(item) {
            let unfinished: Vec<String> = blockers(file, item).iter().map(name).collect();
            if !unfinished.is_empty() {
                lines.push(format!("Cannot start before {}.", unfinished.join(", ")));
            }
        }
    }
    lines.join("\n\n")
}

/// So many others are listed before they are counted.
const LISTED: usize = 5;

fn head(item: &Item<'_>) -> String {
    let said = state(item).map_or(String::new(), |state| format!(", {}", state.name()));
    format!("**{}**{said}", name(item))
}

fn name(item: &Item<'_>) -> String {
    match item.id() {
        Some(id) => format!("{id} {}", item.title()),
        None => item.title(),
    }
}

fn is_open(item: &Item<'_>) -> bool {
    !item.is_optional() && is_unfinished(state(item))
}

fn is_unfinished(state: Option<State>) -> bool {
    matches!(state, Some(State::Open | State::Active | State::Blocked))
}

/// The items that an item depends on, as it says itself.
fn waits_for<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let mut found: Vec<usize> = Vec::new();
    for own in item.dependencies().filter(|found| found.relation == Relation::DependsOn) {
        for (_, target) in own.targets() {
            found.extend(target);
        }
    }
    found.dedup();
    found.into_iter().filter_map(|index| item.plan().item(index)).collect()
}

/// The items that depend on an item.
fn waiting_for<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let plan = item.plan();
    plan.dependents_of(item.index()).into_iter().filter_map(|index| plan.item(index)).collect()
}

/// What keeps a task from being started: what it and the items around it wait for and is not finished.
fn blockers<'a>(file: &'a File, item: &Item<'a>) -> Vec<Item<'a>> {
    let (plan, waits) = (file.plan(), file.waits());
    let around = std::iter::successors(Some(*item), |item| item.parent().and_then(|index| plan.item(index)));
    let unfinished = around.filter_map(|item| waits.get(&item.index())).flatten();
    unfinished.filter_map(|index| plan.item(*index)).take(LISTED).collect()
}

/// `1.1 Measure (done), 1.2 Build (open)`, at most a few.
fn listed(items: &[Item<'_>]) -> String {
    let shown = items.iter().take(LISTED).map(|item| {
        state(item).map_or_else(|| name(item), |state| format!("{} ({})", name(item), state.name()))
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if items.len() > LISTED {
        text.push_str(&format!(" and {} more", items.len() - LISTED));
    }
    text
}

/// `██████░░░░ 12/20 · 60 %`.
fn bar(done: usize, total: usize) -> String {
    let progress = Progress { done, total };
    format!("{} · {} %", progress.bar(), progress.percent().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use crate::{Environment, File, Index, NoDisk, Workspace, hover::hover};

    const PLAN: &str = "# Plan: Harbour\n\n**Target**: 2026-12-03\n\n50% complete overall\n\n## Phase 1: Build (Weeks 1-2)\n\n- [x] **Task 1.1**: Measure\n- [ ] **Task 1.2**: Paint\n  - Owner: Ada\n  - Estimate: 2d\n  - Depends on: Task 1.1\n- [ ] **Task 1.3**: Open\n  - Depends on: Task 1.2\n\nSee [it](#phase-1-build-weeks-1-2) and [b](b.md#goals).\n";

    fn check(word: &str, expect: Expect) {
        let marked = PLAN.replacen(word, &format!("{}$0{}", &word[..1], &word[1..]), 1);
        let (text, range) = fixture(&marked);
        let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
        let file = File::within("/w/a.md", Document::new(&text), Arc::new(environment));
        let mut index = Index::new(["/w".to_owned()]);
        index.set(file.path(), Some(file.entry()));
        let other = "# Plan: Other\n\n**Status**: In Progress\n\n## Goals\n\n- [x] a\n- [ ] b\n";
        index.set("/w/b.md", Some(File::new("/w/b.md", Document::new(other)).entry()));
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let found = hover(&file, &workspace, range.start);
        let shown = found.map(|hover| format!("[{}]\n{}\n", &text[hover.range], hover.text));
        expect.assert_eq(&shown.unwrap_or_else(|| "nothing".to_owned()));
    }

    #[test]
    fn short_and_useful() {
        check(
            "1.2**",
            expect![[r#"
            [Task 1.2]
            **1.2 Paint**, open

            Ada · 2d

            Waits for 1.1 Measure (done)

            1.3 Open (open) waits for it

            **Can start now.**
        "#]],
        );
        check(
            "Task 1.2\n",
            expect![[r#"
            [Task 1.2]
            **1.2 Paint**, open

            Ada · 2d

            Waits for 1.1 Measure (done)

            1.3 Open (open) waits for it

            **Can start now.**
        "#]],
        );
        check(
            "Open\n",
            expect![[r#"
            [Open]
            **1.3 Open**, open

            Waits for 1.2 Paint (open)

            Cannot start before 1.2 Paint.
        "#]],
        );
        check(
            "Build",
            expect![[r#"
            [Build]
            **phase 1 Build**, active

            Weeks 1-2

            ███░░░░░░░ 1/3 · 33 %

            Open:

            - 1.2 Paint
            - 1.3 Open
        "#]],
        );
        check(
            "2026-12",
            expect![[r#"
            [2026-12-03]
            Thursday, in 12 days
        "#]],
        );
        check(
            "50%",
            expect![[r#"
            [50% complete]
            The boxes say **1/3 · 33 %**
        "#]],
        );
        check(
            "it](",
            expect![[r#"
            [[it](#phase-1-build-weeks-1-2)]
            *Phase 1: Build (Weeks 1-2)*: 1/3 tasks done
        "#]],
        );
        check(
            "b](",
            expect![[r#"
            [[b](b.md#goals)]
            **Plan: Other** › Goals

            In Progress

            1/2 tasks done
        "#]],
        );
        check("See", expect!["nothing"]);
    }

    #[test]
    fn what_a_phase_holds_back_cannot_start() {
        let said = |phase: &str| {
            let text = format!("# Plan: x\n\n## Phase 1: a {phase}\n\n- [ ] **Task 1.1**: Measure\n");
            let file = File::new("/w/a.md", Document::new(&text));
            let workspace = Workspace { index: &Index::new([]), disk: &NoDisk, is_complete: true };
            hover(&file, &workspace, text.find("Measure").unwrap()).unwrap().text
        };
        assert!(said("").contains("Can start now"), "{}", said(""));
        assert!(!said("[BLOCKED]").contains("start"), "{}", said("[BLOCKED]"));
    }
}
