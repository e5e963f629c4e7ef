//! Completion of dependencies in a field or cell: tasks and phases, ranges of them, and `None`.

use std::collections::HashSet;

use plan_model::{
    Item, ItemKind, Plan, Resolution, Role, State,
    reference::{self, Name, ValueClass},
};

use super::{
    Completion, CompletionKind,
    context::CompletionContext,
    dependency_context::{DependencyContext, in_text, in_value},
    dependency_order::DependencyOrder,
    dependency_style::DependencyStyle,
};
use crate::workspace::document_ids;

/// Maximum number of items to check. Larger than the limit of a response, so that the response is marked as
/// incomplete.
const MAX_OFFERED_DEPENDENCIES: usize = super::MAX_COMPLETIONS + 10;

pub(super) fn dependencies(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(dependency) = in_value(context).or_else(|| in_text(context)) else { return Vec::new() };
    let typed = context.file.document().slice(dependency.range.start..context.offset);
    let offers =
        if dependency.concerns_document { other_plans(context) } else { items(context, &dependency, &typed) };
    let mut offers = offers;
    if dependency.is_first {
        offers.push(OfferedDependency::new(
            "None".to_owned(),
            if dependency.reversed { "no dependents" } else { "no dependencies" }.to_owned(),
        ));
    }
    offers
        .into_iter()
        .map(|offer| {
            let mut found = context.offer(
                CompletionKind::Item,
                &*offer.text,
                offer.title.clone(),
                dependency.range.clone(),
            );
            found.edit.text = format!("{}{}{}", dependency.lead, offer.text, dependency.tail);
            found.filter = if dependency.is_placeholder {
                format!("{typed}{}", offer.text)
            } else {
                format!("{} {}", offer.text, offer.title)
            };
            found.documentation = offer.documentation;
            if offer.text != "None" {
                found.commit = &[","];
            }
            found
        })
        .collect()
}

/// A dependency that is offered.
struct OfferedDependency {
    text: String,
    title: String,
    documentation: String,
}

impl OfferedDependency {
    fn new(text: String, title: String) -> Self {
        Self { text, title, documentation: String::new() }
    }
}

/// Returns the tasks and phases that are offered for the typed text. The nearest items before the dependent item come
/// first.
fn items(
    context: &CompletionContext<'_>,
    dependency: &DependencyContext,
    typed: &str,
) -> Vec<OfferedDependency> {
    let plan = context.file.plan();
    let order = DependencyOrder::of(plan, context.offset);
    let dependent = dependency.dependent.and_then(|dependent| plan.item(dependent));
    let mut excluded: HashSet<usize> = match &dependent {
        Some(dependent) if dependency.reversed => order.invalid_dependents(dependent.index()),
        Some(dependent) => order.invalid_dependencies(dependent.index()),
        None => HashSet::new(),
    };
    let other_elements = format!("{}{}", dependency.before, dependency.after);
    for name in plan.resolve(&plan.parse_reference(&other_elements), 0, dependency.dependent) {
        excluded.extend(name.targets.iter().filter_map(|(_, item)| *item));
    }
    let typed_lower = typed.trim().to_lowercase();
    let mut candidates: Vec<Item<'_>> = plan
        .items()
        .filter(|item| item.id().is_some() && !excluded.contains(&item.index()))
        .filter(|item| item.role() == Role::Work || item.kind() == ItemKind::Phase)
        .collect();
    let from = dependent.map_or_else(|| plan.items().len(), |dependent| dependent.index());
    let rank = |item: &Item<'_>| {
        let same_kind = dependent.is_none_or(|dependent| dependent.kind() == item.kind());
        let is_sibling = dependent.is_some_and(|dependent| dependent.parent() == item.parent()) && same_kind;
        let late = item.index() > from;
        let is_cancelled_or_deferred = matches!(item.state(), Some(State::Cancelled | State::Deferred));
        (is_cancelled_or_deferred, late, !is_sibling, item.index().abs_diff(from))
    };
    candidates.sort_by_key(rank);
    let style = DependencyStyle::of(plan, context.offset);
    // Titles are matched for all items. References are resolved only for the first items.
    let with_titles = candidates.into_iter().filter_map(|item| {
        let title = item.title();
        let text = style.styled_id(&item);
        let shown = format!("{text} {title}").to_lowercase();
        let matches = dependency.is_placeholder || typed_lower.is_empty() || shown.contains(&typed_lower);
        matches.then_some((item, text, title))
    });
    let candidates_checked: Vec<(Item<'_>, String, String)> = with_titles
        .filter(|(item, ..)| {
            dependent.is_none_or(|dependent| {
                let (from, to) = if dependency.reversed { (item, &dependent) } else { (&dependent, item) };
                !order.contradicts(from, to)
            })
        })
        .take(MAX_OFFERED_DEPENDENCIES)
        .collect();
    let allowed: Vec<Item<'_>> = candidates_checked.iter().map(|(item, ..)| *item).collect();
    let ranges = if dependent.is_some() { style.ranges(&allowed, from) } else { Vec::new() };
    let texts: Vec<String> = candidates_checked.iter().map(|(_, text, _)| text.clone()).collect();
    let range_texts: Vec<String> = ranges.iter().map(|(text, _)| text.clone()).collect();
    let found = resolve_texts(plan, dependency, &[texts, range_texts].concat());
    let resolved_items = |number: usize| found.get(number).and_then(Option::as_deref);
    // If the preferred form would be parsed differently, try another one.
    let mut others: Vec<(usize, String)> = Vec::new();
    for (number, (item, text, _)) in candidates_checked.iter().enumerate() {
        if resolved_items(number) != Some(&[item.index()]) {
            others.extend(
                style.reference_texts(item, text).into_iter().skip(1).map(|text| (item.index(), text)),
            );
        }
    }
    let other_texts: Vec<String> = others.iter().map(|(_, text)| text.clone()).collect();
    let other_found = resolve_texts(plan, dependency, &other_texts);
    let other_text = |item: usize| {
        let mut fitting = others.iter().zip(&other_found);
        let found = fitting.find(|((of, _), found)| *of == item && found.as_deref() == Some(&[item]))?;
        Some(found.0.1.clone())
    };
    let mut offers = Vec::new();
    for (number, (item, text, title)) in candidates_checked.iter().enumerate() {
        let resolves_to_item = resolved_items(number) == Some(&[item.index()]);
        let text = if resolves_to_item { Some(text.clone()) } else { other_text(item.index()) };
        let Some(text) = text else { continue };
        let mut title = title.clone();
        let state = item.state().or_else(|| item.derived_state());
        if let Some(state) = state {
            title.push_str(&format!(" ({})", state.name()));
        }
        let documentation = item.phase().map(|phase| style.styled_id(&phase) + ": " + &phase.title());
        offers.push(OfferedDependency { text, title, documentation: documentation.unwrap_or_default() });
    }
    let indices: Vec<usize> = allowed.iter().map(|item| item.index()).collect();
    for (number, (text, members)) in ranges.into_iter().enumerate() {
        let Some(all) = resolved_items(candidates_checked.len() + number).filter(|all| all.len() > 1) else {
            continue;
        };
        let fits =
            all.iter().all(|item| indices.contains(item)) && members.iter().all(|item| all.contains(item));
        if fits {
            offers.push(OfferedDependency::new(text, format!("{} items", all.len())));
        }
    }
    offers
}

/// Resolves each text as if it were written at the cursor. The result is `None` for a text that does not name items.
fn resolve_texts(plan: &Plan, dependency: &DependencyContext, texts: &[String]) -> Vec<Option<Vec<usize>>> {
    let read: Vec<Option<Name>> = texts.iter().map(|text| name_in(plan, dependency, text)).collect();
    let names: Vec<Name> = read.iter().flatten().cloned().collect();
    if names.is_empty() {
        return vec![None; texts.len()];
    }
    // Resolve all names at once: each resolution reads the whole plan.
    let value = reference::Value { class: ValueClass::List, names, strict: true, all: None };
    let mut resolved = plan.resolve(&value, 0, dependency.dependent).into_iter();
    read.iter()
        .map(|name| {
            let found = name.as_ref().and_then(|_| resolved.next())?;
            let is_here = matches!(found.resolution, Resolution::SameScope | Resolution::OtherScope);
            let items: Option<Vec<usize>> = found.targets.iter().map(|(_, item)| *item).collect();
            items.filter(|_| is_here)
        })
        .collect()
}

/// Returns the name that a text would represent if it were inserted in the value. `None` if the text would be parsed
/// differently.
fn name_in(plan: &Plan, dependency: &DependencyContext, text: &str) -> Option<Name> {
    let whole = format!("{}{text}{}", dependency.before, dependency.after);
    let at = dependency.before.len();
    let read = plan.parse_reference(&whole);
    let plain = matches!(read.class, ValueClass::Single | ValueClass::List | ValueClass::Range);
    let name =
        read.names.into_iter().find(|name| name.range.start < at + text.len() && at < name.range.end)?;
    (plain && name.range == (at..at + text.len())).then_some(name)
}

/// Returns the numbered plans in the folder of the document, if the document is a numbered plan itself.
fn other_plans(context: &CompletionContext<'_>) -> Vec<OfferedDependency> {
    let own = context.file.path();
    if document_ids(own).iter().all(|id| id.plan_number().is_none()) {
        return Vec::new();
    }
    let others = context.workspace.index.sibling_plans(own);
    let numbered = others.filter_map(|path| {
        let number = document_ids(path).iter().find_map(|id| id.plan_number().map(str::to_owned))?;
        let title =
            context.workspace.index.get(path)?.summary.title.as_deref().unwrap_or_default().to_owned();
        Some(OfferedDependency::new(format!("Plan {number}"), title))
    });
    numbered.take(MAX_OFFERED_DEPENDENCIES).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::{check, offered};

    const PLAN: &str = "# Plan: x\n\n## Phase 1: Copy\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n- [ ] **Task 1.3**: c\n\n## Phase 2: Switch\n\n- [ ] **Task 2.1**: d\n";

    #[test]
    fn offers_tasks_and_phases() {
        check(
            &format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: $0\n"),
            expect![[r#"
                Task 2.1 (d (open)):   - Depends on: Task 2.1
                Task 1.3 (c (open)):   - Depends on: Task 1.3
                Task 1.2 (b (open)):   - Depends on: Task 1.2
                Task 1.1 (a (done)):   - Depends on: Task 1.1
                Phase 1 (Copy (active)):   - Depends on: Phase 1
                Tasks 1.1-1.3 (3 items):   - Depends on: Tasks 1.1-1.3
                None (no dependencies):   - Depends on: None"#]],
        );
        check(
            &format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: Task 2.1, 1.$0\n"),
            expect![[r#"
                Task 1.3 (c (open)):   - Depends on: Task 2.1, Task 1.3
                Task 1.2 (b (open)):   - Depends on: Task 2.1, Task 1.2
                Task 1.1 (a (done)):   - Depends on: Task 2.1, Task 1.1
                Tasks 1.1-1.3 (3 items):   - Depends on: Task 2.1, Tasks 1.1-1.3"#]],
        );
        check(
            &PLAN.replace("Switch\n", "Switch\n\n**Dependencies**:$0\n"),
            expect![[r#"
                Phase 1 (Copy (active)): **Dependencies**: Phase 1
                Task 1.3 (c (open)): **Dependencies**: Task 1.3
                Task 1.2 (b (open)): **Dependencies**: Task 1.2
                Task 1.1 (a (done)): **Dependencies**: Task 1.1
                Tasks 1.1-1.3 (3 items): **Dependencies**: Tasks 1.1-1.3
                None (no dependencies): **Dependencies**: None"#]],
        );
    }

    #[test]
    fn offers_no_cycles() {
        let plan =
            PLAN.replace("b\n", "b\n  - Depends on: $0\n").replace("c\n", "c\n  - Depends on: Task 1.2\n");
        check(
            &plan,
            expect![[r#"
                Task 1.1 (a (done)):   - Depends on: Task 1.1
                Phase 2 (Switch (open)):   - Depends on: Phase 2
                Task 2.1 (d (open)):   - Depends on: Task 2.1
                None (no dependencies):   - Depends on: None"#]],
        );
        let blocks =
            PLAN.replace("a\n", "a\n  - Depends on: Task 1.2\n").replace("b\n", "b\n  - Blocks: $0\n");
        check(
            &blocks,
            expect![[r#"
                Task 1.3 (c (open)):   - Blocks: Task 1.3
                Phase 2 (Switch (open)):   - Blocks: Phase 2
                Task 2.1 (d (open)):   - Blocks: Task 2.1
                None (no dependents):   - Blocks: None"#]],
        );
        // A done task can only depend on done ones.
        check(
            &PLAN.replace("a\n", "a\n  - Depends on: $0\n"),
            expect!["None (no dependencies):   - Depends on: None"],
        );
    }

    #[test]
    fn uses_the_style_of_the_document() {
        check(
            "# Plan: x\n\n- [ ] T001 a\n- [ ] T002 b\n- [ ] T003 c (depends on T001, $0)\n",
            expect!["T002 (b (open)): - [ ] T003 c (depends on T001, T002)"],
        );
        check(
            "# Plan: x\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Depends on: 1.1\n- [ ] **Task 1.3**: c\n  - Depends on: [None | Task X.Y]$0\n",
            expect![[r#"
                1.2 (b (open)):   - Depends on: 1.2
                1.1 (a (open)):   - Depends on: 1.1
                1.1-1.2 (2 items):   - Depends on: 1.1-1.2
                None (no dependencies):   - Depends on: None"#]],
        );
    }

    #[test]
    fn in_cells() {
        let table = "# Plan: x\n\n| ID | Task | Status | Depends on |\n|---|---|---|---|\n| 1.1 | a | Open | |\n| 1.2 | b | Open | 1.1 |\n| 1.3 | c | Open |$0|\n";
        check(
            table,
            expect![[r#"
                1.2 (b (open)): | 1.3 | c | Open | 1.2 |
                1.1 (a (open)): | 1.3 | c | Open | 1.1 |
                1.1-1.2 (2 items): | 1.3 | c | Open | 1.1-1.2 |
                None (no dependencies): | 1.3 | c | Open | None |"#]],
        );
        check(
            "# Plan: x\n\n- [ ] **Task 1.1**: a\n\n| Milestone | Date | Dependencies |\n|---|---|---|\n| M | 2026-11-30 | $0 |\n",
            expect![[r#"
                Task 1.1 (a (open)): | M | 2026-11-30 | Task 1.1 |
                None (no dependencies): | M | 2026-11-30 | None |"#]],
        );
    }

    #[test]
    fn offered_only_in_dependency_values() {
        let count = |marked: &str, trigger| offered(marked, &[], Some(trigger)).1.len();
        assert!(count(&format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: $0\n"), ' ') > 0);
        assert!(count(&format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on:$0\n"), ':') > 0);
        assert!(count(&format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: Task 1.1,$0\n"), ',') > 0);
        for text in ["- [ ] **Task 2.2**: e $0", "Some words,$0", "## $0", "| a | $0 |", "**Goal**: that $0"]
        {
            for trigger in [' ', ',', ':'] {
                assert_eq!(count(&format!("{PLAN}{text}\n"), trigger), 0, "{text}");
            }
        }
    }
}
