//! In a field or cell that lists what something waits for: tasks and phases that it may wait for, ranges of them, `None`.

use std::collections::HashSet;

use plan_model::{
    Item, ItemKind, Plan, Reach, Role, State,
    reference::{self, Class, Name},
};

use super::{
    Completion, CompletionKind,
    context::Context,
    order::Order,
    spot::{Spot, in_parentheses, in_value},
    written::Style,
};
use crate::workspace::document_ids;

/// So many items are looked at closely: more than an answer holds, so that it says that there are more.
const LOOKED_AT: usize = super::LIMIT + 10;

pub(super) fn dependencies(context: &Context<'_>) -> Vec<Completion> {
    let Some(spot) = in_value(context).or_else(|| in_parentheses(context)) else { return Vec::new() };
    let typed = context.file.document().slice(spot.range.start..context.at);
    let offers = if spot.of_document { other_plans(context) } else { items(context, &spot, &typed) };
    let mut offers = offers;
    if spot.is_first {
        offers.push(Offer::new(
            "None".to_owned(),
            if spot.reversed { "blocks nothing" } else { "waits for nothing" }.to_owned(),
        ));
    }
    offers
        .into_iter()
        .map(|offer| {
            let mut found =
                context.offer(CompletionKind::Item, &*offer.text, offer.title.clone(), spot.range.clone());
            found.edit.text = format!("{}{}{}", spot.lead, offer.text, spot.tail);
            found.filter = if spot.is_open {
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

/// Something that may be waited for.
struct Offer {
    text: String,
    title: String,
    documentation: String,
}

impl Offer {
    fn new(text: String, title: String) -> Self {
        Self { text, title, documentation: String::new() }
    }
}

/// Tasks and phases, those nearest before the owner first.
fn items(context: &Context<'_>, spot: &Spot, typed: &str) -> Vec<Offer> {
    let plan = context.file.plan();
    let order = Order::of(plan, context.at);
    let owner = spot.owner.and_then(|owner| plan.item(owner));
    let mut left_out: HashSet<usize> = match &owner {
        Some(owner) if spot.reversed => order.not_after(owner.index()),
        Some(owner) => order.not_before(owner.index()),
        None => HashSet::new(),
    };
    let around = format!("{}{}", spot.before, spot.after);
    for name in plan.resolve(&reference::read(&around), 0, spot.owner) {
        left_out.extend(name.targets.iter().filter_map(|(_, item)| *item));
    }
    let wanted = typed.trim().to_lowercase();
    let mut candidates: Vec<Item<'_>> = plan
        .items()
        .filter(|item| item.id().is_some() && !left_out.contains(&item.index()))
        .filter(|item| item.role() == Role::Work || item.kind() == ItemKind::Phase)
        .collect();
    let from = owner.map_or_else(|| plan.items().len(), |owner| owner.index());
    let rank = |item: &Item<'_>| {
        let same_kind = owner.is_none_or(|owner| owner.kind() == item.kind());
        let beside = owner.is_some_and(|owner| owner.parent() == item.parent()) && same_kind;
        let late = item.index() > from;
        let put_off = matches!(item.state(), Some(State::Cancelled | State::Deferred));
        (put_off, late, !beside, item.index().abs_diff(from))
    };
    candidates.sort_by_key(rank);
    let style = Style::of(plan, context.at);
    // What matches by its title is found among all, what is looked up among the first.
    let titled = candidates.into_iter().filter_map(|item| {
        let title = item.title();
        let text = style.preferred(&item);
        let shown = format!("{text} {title}").to_lowercase();
        let matches = spot.is_open || wanted.is_empty() || shown.contains(&wanted);
        matches.then_some((item, text, title))
    });
    let looked_at: Vec<(Item<'_>, String, String)> = titled
        .filter(|(item, ..)| {
            owner.is_none_or(|owner| {
                let (from, to) = if spot.reversed { (item, &owner) } else { (&owner, item) };
                !order.contradicts(from, to)
            })
        })
        .take(LOOKED_AT)
        .collect();
    let allowed: Vec<Item<'_>> = looked_at.iter().map(|(item, ..)| *item).collect();
    let ranges = if owner.is_some() { style.ranges(&allowed, from) } else { Vec::new() };
    let texts: Vec<String> = looked_at.iter().map(|(_, text, _)| text.clone()).collect();
    let ranged: Vec<String> = ranges.iter().map(|(text, _)| text.clone()).collect();
    let found = look_up(plan, spot, &[texts, ranged].concat());
    let leads_to = |number: usize| found.get(number).and_then(Option::as_deref);
    // Where the commonest form would be read as something else, another one is tried.
    let mut others: Vec<(usize, String)> = Vec::new();
    for (number, (item, text, _)) in looked_at.iter().enumerate() {
        if leads_to(number) != Some(&[item.index()]) {
            others.extend(style.all(item, text).into_iter().skip(1).map(|text| (item.index(), text)));
        }
    }
    let other_texts: Vec<String> = others.iter().map(|(_, text)| text.clone()).collect();
    let other_found = look_up(plan, spot, &other_texts);
    let other_text = |item: usize| {
        let mut fitting = others.iter().zip(&other_found);
        let found = fitting.find(|((of, _), found)| *of == item && found.as_deref() == Some(&[item]))?;
        Some(found.0.1.clone())
    };
    let mut offers = Vec::new();
    for (number, (item, text, title)) in looked_at.iter().enumerate() {
        let is_it = leads_to(number) == Some(&[item.index()]);
        let text = if is_it { Some(text.clone()) } else { other_text(item.index()) };
        let Some(text) = text else { continue };
        let mut title = title.clone();
        let state = item.state().or_else(|| item.derived());
        if let Some(state) = state {
            title.push_str(&format!(" ({})", state.name()));
        }
        let documentation = item.phase().map(|phase| style.preferred(&phase) + ": " + &phase.title());
        offers.push(Offer { text, title, documentation: documentation.unwrap_or_default() });
    }
    let indices: Vec<usize> = allowed.iter().map(|item| item.index()).collect();
    for (number, (text, members)) in ranges.into_iter().enumerate() {
        let Some(all) = leads_to(looked_at.len() + number).filter(|all| all.len() > 1) else { continue };
        let fits =
            all.iter().all(|item| indices.contains(item)) && members.iter().all(|item| all.contains(item));
        if fits {
            offers.push(Offer::new(text, format!("{} of them", all.len())));
        }
    }
    offers
}

/// What each text would lead to if it stood at the spot; nothing for one that would be no name of items.
fn look_up(plan: &Plan, spot: &Spot, texts: &[String]) -> Vec<Option<Vec<usize>>> {
    let read: Vec<Option<Name>> = texts.iter().map(|text| name_in(spot, text)).collect();
    let names: Vec<Name> = read.iter().flatten().cloned().collect();
    if names.is_empty() {
        return vec![None; texts.len()];
    }
    // One look-up for all: each reads the whole plan.
    let value = reference::Value { class: Class::List, names, strict: true, all: None };
    let mut resolved = plan.resolve(&value, 0, spot.owner).into_iter();
    read.iter()
        .map(|name| {
            let found = name.as_ref().and_then(|_| resolved.next())?;
            let is_here = matches!(found.reach, Reach::Near | Reach::Document);
            let items: Option<Vec<usize>> = found.targets.iter().map(|(_, item)| *item).collect();
            items.filter(|_| is_here)
        })
        .collect()
}

/// The name that a text would be in the value; nothing where it would be read as something else.
fn name_in(spot: &Spot, text: &str) -> Option<Name> {
    let whole = format!("{}{text}{}", spot.before, spot.after);
    let at = spot.before.len();
    let read = reference::read(&whole);
    let plain = matches!(read.class, Class::Single | Class::List | Class::Range);
    let name =
        read.names.into_iter().find(|name| name.range.start < at + text.len() && at < name.range.end)?;
    (plain && name.range == (at..at + text.len())).then_some(name)
}

/// The numbered plans of the workspace.
fn other_plans(context: &Context<'_>) -> Vec<Offer> {
    let own = context.file.path();
    if document_ids(own).iter().all(|id| id.plan_number().is_none()) {
        return Vec::new();
    }
    let others = context.workspace.index.plans_beside(own);
    let numbered = others.filter_map(|path| {
        let number = document_ids(path).iter().find_map(|id| id.plan_number().map(str::to_owned))?;
        let title =
            context.workspace.index.get(path)?.summary.title.as_deref().unwrap_or_default().to_owned();
        Some(Offer::new(format!("Plan {number}"), title))
    });
    numbered.take(LOOKED_AT).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::{check, offered};

    const PLAN: &str = "# Plan: x\n\n## Phase 1: Copy\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n- [ ] **Task 1.3**: c\n\n## Phase 2: Switch\n\n- [ ] **Task 2.1**: d\n";

    #[test]
    fn tasks_and_phases() {
        check(
            &format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: $0\n"),
            expect![[r#"
            Task 2.1 (d (open)):   - Depends on: Task 2.1
            Task 1.3 (c (open)):   - Depends on: Task 1.3
            Task 1.2 (b (open)):   - Depends on: Task 1.2
            Task 1.1 (a (done)):   - Depends on: Task 1.1
            Phase 1 (Copy (active)):   - Depends on: Phase 1
            Tasks 1.1-1.3 (3 of them):   - Depends on: Tasks 1.1-1.3
            None (waits for nothing):   - Depends on: None"#]],
        );
        check(
            &format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: Task 2.1, 1.$0\n"),
            expect![[r#"
            Task 1.3 (c (open)):   - Depends on: Task 2.1, Task 1.3
            Task 1.2 (b (open)):   - Depends on: Task 2.1, Task 1.2
            Task 1.1 (a (done)):   - Depends on: Task 2.1, Task 1.1
            Tasks 1.1-1.3 (3 of them):   - Depends on: Task 2.1, Tasks 1.1-1.3"#]],
        );
        check(
            &PLAN.replace("Switch\n", "Switch\n\n**Dependencies**:$0\n"),
            expect![[r#"
            Phase 1 (Copy (active)): **Dependencies**: Phase 1
            Task 1.3 (c (open)): **Dependencies**: Task 1.3
            Task 1.2 (b (open)): **Dependencies**: Task 1.2
            Task 1.1 (a (done)): **Dependencies**: Task 1.1
            Tasks 1.1-1.3 (3 of them): **Dependencies**: Tasks 1.1-1.3
            None (waits for nothing): **Dependencies**: None"#]],
        );
    }

    #[test]
    fn no_circles() {
        let plan =
            PLAN.replace("b\n", "b\n  - Depends on: $0\n").replace("c\n", "c\n  - Depends on: Task 1.2\n");
        check(
            &plan,
            expect![[r#"
            Task 1.1 (a (done)):   - Depends on: Task 1.1
            Phase 2 (Switch (open)):   - Depends on: Phase 2
            Task 2.1 (d (open)):   - Depends on: Task 2.1
            None (waits for nothing):   - Depends on: None"#]],
        );
        let blocks =
            PLAN.replace("a\n", "a\n  - Depends on: Task 1.2\n").replace("b\n", "b\n  - Blocks: $0\n");
        check(
            &blocks,
            expect![[r#"
                Task 1.3 (c (open)):   - Blocks: Task 1.3
                Phase 2 (Switch (open)):   - Blocks: Phase 2
                Task 2.1 (d (open)):   - Blocks: Task 2.1
                None (blocks nothing):   - Blocks: None"#]],
        );
        // One that is done waits for nothing open.
        check(
            &PLAN.replace("a\n", "a\n  - Depends on: $0\n"),
            expect!["None (waits for nothing):   - Depends on: None"],
        );
    }

    #[test]
    fn as_the_document_writes_them() {
        check(
            "# Plan: x\n\n- [ ] T001 a\n- [ ] T002 b\n- [ ] T003 c (depends on T001, $0)\n",
            expect!["T002 (b (open)): - [ ] T003 c (depends on T001, T002)"],
        );
        check(
            "# Plan: x\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Depends on: 1.1\n- [ ] **Task 1.3**: c\n  - Depends on: [None | Task X.Y]$0\n",
            expect![[r#"
                1.2 (b (open)):   - Depends on: 1.2
                1.1 (a (open)):   - Depends on: 1.1
                1.1-1.2 (2 of them):   - Depends on: 1.1-1.2
                None (waits for nothing):   - Depends on: None"#]],
        );
    }

    #[test]
    fn cells() {
        let table = "# Plan: x\n\n| ID | Task | Status | Depends on |\n|---|---|---|---|\n| 1.1 | a | Open | |\n| 1.2 | b | Open | 1.1 |\n| 1.3 | c | Open |$0|\n";
        check(
            table,
            expect![[r#"
                1.2 (b (open)): | 1.3 | c | Open | 1.2 |
                1.1 (a (open)): | 1.3 | c | Open | 1.1 |
                1.1-1.2 (2 of them): | 1.3 | c | Open | 1.1-1.2 |
                None (waits for nothing): | 1.3 | c | Open | None |"#]],
        );
        check(
            "# Plan: x\n\n- [ ] **Task 1.1**: a\n\n| Milestone | Date | Dependencies |\n|---|---|---|\n| M | 2026-11-30 | $0 |\n",
            expect![[r#"
                Task 1.1 (a (open)): | M | 2026-11-30 | Task 1.1 |
                None (waits for nothing): | M | 2026-11-30 | None |"#]],
        );
    }

    #[test]
    fn only_where_they_are_meant() {
        let count = |marked: &str, trigger| offered(marked, &[], Some(trigger)).1.len();
        assert!(count(&format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: $0\n"), ' ') > 0);
        assert!(count(&format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on:$0\n"), ':') > 0);
        assert!(count(&format!("{PLAN}- [ ] **Task 2.2**: e\n  - Depends on: Task 1.1,$0\n"), ',') > 0);
        for text in [
            "- [ ] $0",
            "- [ ] **Task 2.2**: e $0",
            "Some words,$0",
            "## $0",
            "| a | $0 |",
            "**Goal**: that $0",
            "- $0",
        ] {
            for trigger in [' ', ',', ':'] {
                assert_eq!(count(&format!("{PLAN}{text}\n"), trigger), 0, "{text}");
            }
        }
    }
}
