//! Hovers for phases and tasks, at their definition and at references to them.

use plan_model::{Item, ItemKind, Meaning, Plan, Progress, Relation, State};

use super::{Hover, item_link, link_to};
use crate::{
    File, Workspace,
    entity::{self, Entity},
    navigation::{NavigationTarget, definition},
    next::state,
    schedule::schedule,
};

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let plan = file.plan();
    if let Some((entity, range)) = entity::entity_at(file, offset) {
        let item = match entity {
            Entity::Id(index) | Entity::Title(index) => plan.item(index),
            Entity::Heading(index) => plan.sections().nth(index).and_then(|section| section.item()),
            _ => None,
        };
        return Some(Hover { text: description(file, workspace, &item?), range });
    }
    if let Some(item) = item_before_title(file, offset) {
        let line = item.line().start;
        let range = line..item.title_range().start.max(line);
        return Some(Hover { text: description(file, workspace, &item), range });
    }
    // The name may refer to an item of another document.
    let (range, targets) = definition(file, workspace, offset)?;
    let NavigationTarget::OtherDocument { path, span, line } = targets.first()? else { return None };
    let summary = &workspace.index.get(path)?.summary;
    let items = &summary.plan.as_ref()?.items;
    let item = items.iter().find(|item| item.span.start as usize == span.start)?;
    let state = item.state.map_or(String::new(), |state| format!(", {}", state.name()));
    let title = summary.title.as_deref().unwrap_or_default();
    let title = link_to(workspace, path, *line as usize, title);
    Some(Hover { text: format!("**{}**{state}\n\nin {title}", item.title), range })
}

/// Returns the item whose bullet, checkbox, `#` or preceding indentation is at an offset.
fn item_before_title(file: &File, offset: usize) -> Option<Item<'_>> {
    let line_start = file.document().line_start(offset);
    let mut items = file.plan().segment_view_at(offset)?.items();
    items.find(|item| {
        let start = item.line().start;
        let before_title = start..item.title_range().start.max(start + 1);
        file.document().line_start(start) == line_start && offset < before_title.end
    })
}

/// Returns the description of an item in Markdown, one paragraph per fact.
fn description(file: &File, workspace: &Workspace<'_>, item: &Item<'_>) -> String {
    let link = |item: &Item<'_>| item_link(file, workspace, item);
    let mut lines = vec![summary_line(item)];
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
    lines.extend(scheduled(file, item));
    let progress = item.progress();
    let has_children = item.children().next().is_some();
    if has_children && progress.total > 0 {
        lines.push(progress_bar(progress.done, progress.total));
        let open: Vec<String> = item
            .children()
            .filter(blocks_dependents)
            .take(MAX_LISTED_ITEMS)
            .map(|child| format!("- {}", link(&child)))
            .collect();
        let more = item.children().filter(blocks_dependents).count().saturating_sub(MAX_LISTED_ITEMS);
        if !open.is_empty() {
            let rest = if more > 0 { format!("\n- and {more} more") } else { String::new() };
            lines.push(format!("Open:\n\n{}{rest}", open.join("\n")));
        }
    }
    let dependencies = dependencies_of(file.plan(), item);
    if !dependencies.is_empty() {
        lines.push(format!("Depends on: {}", join_with_states(&dependencies, link)));
    }
    let dependents = dependents_of(file.plan(), item);
    if !dependents.is_empty() {
        lines.push(format!("Required by: {}", join_with_states(&dependents, link)));
    }
    if item.kind() == ItemKind::Task && !has_children {
        // Lenses and commands use the same list.
        if file.next_tasks().contains(&item.index()) {
            lines.push("**Ready.**".to_owned());
        } else if blocks_dependents(item) {
            // The item's own dependencies are already listed with their states.
            let is_new = |blocker: &&Item<'_>| {
                dependencies.iter().all(|dependency| dependency.index() != blocker.index())
            };
            let blockers = blockers(file, item);
            let blocking: Vec<String> = blockers.iter().filter(is_new).map(link).collect();
            if !blocking.is_empty() {
                lines.push(format!("Blocked by {}.", blocking.join(", ")));
            }
        }
    }
    lines.join("\n\n")
}

/// Returns the computed dates of an item, with its duration and slack. `None` if the item is finished or has no
/// computed dates.
fn scheduled(file: &File, item: &Item<'_>) -> Option<String> {
    let entry = schedule(file).entry_of(item.index())?;
    let (start, end, slack) = (entry.start?, entry.end?, entry.slack?);
    let days = entry.days.unwrap_or_default();
    let days = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
    let dates = if start == end { start.to_string() } else { format!("{start} to {end}") };
    let slack = match slack {
        ..=0 => "critical".to_owned(),
        1 => "slack 1 day".to_owned(),
        slack => format!("slack {slack} days"),
    };
    let late = if entry.late { ", late" } else { "" };
    Some(format!("Scheduled: {dates} ({days}, {slack}{late})"))
}

/// Maximum number of items listed.
const MAX_LISTED_ITEMS: usize = 5;

fn summary_line(item: &Item<'_>) -> String {
    let state = state(item).map_or(String::new(), |state| format!(", {}", state.name()));
    format!("**{}**{state}", name(item))
}

fn name(item: &Item<'_>) -> String {
    match item.id() {
        Some(id) => format!("{id} {}", item.title()),
        None => item.title(),
    }
}

/// Returns whether an item blocks the items that depend on it.
fn blocks_dependents(item: &Item<'_>) -> bool {
    !item.is_optional() && is_unfinished(state(item))
}

fn is_unfinished(state: Option<State>) -> bool {
    matches!(state, Some(State::Open | State::Active | State::Blocked))
}

/// Returns the direct dependencies of an item, without those of its ancestors.
fn dependencies_of<'a>(plan: &'a Plan, item: &Item<'_>) -> Vec<Item<'a>> {
    let mut found: Vec<usize> = Vec::new();
    for own in item.located_dependencies().filter(|found| found.relation == Relation::DependsOn) {
        for (_, target) in own.targets() {
            found.extend(target);
        }
    }
    found.dedup();
    found.into_iter().filter_map(|index| plan.item(index)).collect()
}

/// Returns the items that depend on an item.
fn dependents_of<'a>(plan: &'a Plan, item: &Item<'_>) -> Vec<Item<'a>> {
    plan.dependents_of(item.index()).into_iter().filter_map(|index| plan.item(index)).collect()
}

/// Returns the open dependencies of a task and of its ancestors, at most `MAX_LISTED_ITEMS`.
fn blockers<'a>(file: &'a File, item: &Item<'a>) -> Vec<Item<'a>> {
    let (plan, waits) = (file.plan(), file.open_dependencies());
    let unfinished =
        std::iter::once(*item).chain(item.ancestors()).filter_map(|item| waits.get(&item.index())).flatten();
    unfinished.filter_map(|index| plan.item(*index)).take(MAX_LISTED_ITEMS).collect()
}

/// Lists items with their states: `1.1 Measure (done), 1.2 Build (open)`.
fn join_with_states(items: &[Item<'_>], link: impl Fn(&Item<'_>) -> String) -> String {
    let shown = items.iter().take(MAX_LISTED_ITEMS).map(|item| {
        state(item).map_or_else(|| link(item), |state| format!("{} ({})", link(item), state.name()))
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if items.len() > MAX_LISTED_ITEMS {
        text.push_str(&format!(" and {} more", items.len() - MAX_LISTED_ITEMS));
    }
    text
}

/// Formats progress: `██████░░░░ 12/20 · 60%`.
pub(super) fn progress_bar(done: usize, total: usize) -> String {
    let progress = Progress { done, total };
    format!("{} · {}%", progress.bar(), progress.percent().unwrap_or_default())
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
        let file = File::with_environment("/w/a.md", Document::new(&text), Arc::new(environment));
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
    fn hovers_of_items_dates_progress_and_links() {
        check(
            "1.2**",
            expect![[r#"
                [Task 1.2]
                **1.2 Paint**, open

                Ada · 2d

                Scheduled: 2026-11-23 to 2026-11-24 (2 days, critical)

                Depends on: 1.1 Measure (done)

                Required by: 1.3 Open (open)

                **Ready.**
            "#]],
        );
        check(
            "Task 1.2\n",
            expect![[r#"
                [Task 1.2]
                **1.2 Paint**, open

                Ada · 2d

                Scheduled: 2026-11-23 to 2026-11-24 (2 days, critical)

                Depends on: 1.1 Measure (done)

                Required by: 1.3 Open (open)

                **Ready.**
            "#]],
        );
        check(
            "Open\n",
            expect![[r#"
                [Open]
                **1.3 Open**, open

                Depends on: 1.2 Paint (open)
            "#]],
        );
        check(
            "Build",
            expect![[r#"
                [Build]
                **phase 1 Build**, active

                Weeks 1-2

                Scheduled: 2026-11-23 to 2026-11-24 (2 days, critical)

                ███░░░░░░░ 1/3 · 33%

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
                Actual: **1/3 · 33%**
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
    fn tasks_of_a_blocked_phase_are_not_ready() {
        let text_of = |phase: &str| {
            let text = format!("# Plan: x\n\n## Phase 1: a {phase}\n\n- [ ] **Task 1.1**: Measure\n");
            let file = File::new("/w/a.md", Document::new(&text));
            let workspace = Workspace { index: &Index::new([]), disk: &NoDisk, is_complete: true };
            hover(&file, &workspace, text.find("Measure").unwrap()).unwrap().text
        };
        assert!(text_of("").contains("Ready"), "{}", text_of(""));
        assert!(!text_of("[BLOCKED]").contains("Ready"), "{}", text_of("[BLOCKED]"));
    }
}
