//! What can be done next, and what waits for what.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};
use plan_model::{Id, Item, ItemKind, Plan, Relation, Role, State, reference::Class};

/// What follows from states and dependencies of all items.
#[derive(Debug)]
pub(crate) struct Next {
    /// The tasks that can be started or continued, by their indices among the items of the plan: those in progress first,
    /// then open ones, optional ones last, each in document order.
    ///
    /// A task can be started if it is work, and nothing that it, or an item around it, depends on is left to do. A task with
    /// unfinished tasks inside is represented by them; if it is in progress, the first of them counts as in progress.
    pub(crate) tasks: Vec<usize>,
    /// What items wait for: for each item with a dependency that is not finished the items that it names, in the order in
    /// which they are named; by indices. What items around it wait for is not repeated.
    ///
    /// Finished is what is done or cancelled. What tells no state is not waited for, nor what lies in the item or around it.
    pub(crate) waits: BTreeMap<usize, Vec<usize>>,
}

impl Next {
    /// Nothing else counts than what is kept with the shape of the plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        let waits = waits(plan);
        Self { tasks: tasks(plan, &waits), waits }
    }
}

fn tasks(plan: &Plan, waiting: &BTreeMap<usize, Vec<usize>>) -> Vec<usize> {
    let states = Overview::of(plan);
    // Whether an item, or one around it, waits or is put aside; items come after those around them.
    let mut held = vec![false; states.effective.len()];
    let mut represented = vec![false; states.effective.len()];
    let mut ranked: Vec<(u8, usize)> = Vec::new();
    for item in plan.items() {
        let index = item.index();
        let aside = matches!(item.state(), Some(State::Blocked | State::Deferred | State::Cancelled));
        let around = item.parent().and_then(|parent| held.get(parent)).copied().unwrap_or(false);
        held[index] = around || aside || waiting.contains_key(&index);
        let state = states.effective[index];
        let startable = is_work(&item)
            && !held[index]
            && !states.has_unfinished[index]
            && matches!(state, Some(State::Open | State::Active));
        if !startable {
            continue;
        }
        // An item in progress is represented by the first task in it that can be started.
        let mut active = state == Some(State::Active);
        let mut above = item.parent().and_then(|parent| plan.item(parent));
        while let Some(parent) = above.filter(|parent| parent.kind() == ItemKind::Task) {
            if parent.state() == Some(State::Active)
                && !std::mem::replace(&mut represented[parent.index()], true)
            {
                active = true;
            }
            above = parent.parent().and_then(|parent| plan.item(parent));
        }
        let rank = match (active, item.is_optional()) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => 2,
        };
        ranked.push((rank, index));
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, index)| index).collect()
}

fn waits(plan: &Plan) -> BTreeMap<usize, Vec<usize>> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut effective: HashMap<usize, Option<State>> = HashMap::new();
    for dependency in plan.said() {
        let Some(owner) = dependency.owner.filter(|_| is_plain(dependency.class)) else { continue };
        for target in dependency.items() {
            let (waits, first) = match dependency.relation {
                Relation::DependsOn => (owner, target),
                Relation::Blocks => (target, owner),
                Relation::Requirement => continue,
            };
            let state =
                *effective.entry(first).or_insert_with(|| plan.item(first).and_then(|item| state(&item)));
            let finished = matches!(state, None | Some(State::Done | State::Cancelled));
            if finished || waits == first || lies_in(plan, waits, first) || lies_in(plan, first, waits) {
                continue;
            }
            let known = found.entry(waits).or_default();
            if !known.contains(&first) {
                known.push(first);
            }
        }
    }
    found
}

/// What an item says of its state; else what follows from the tasks in it.
pub(crate) fn state(item: &Item<'_>) -> Option<State> {
    item.state().or_else(|| item.derived())
}

/// What an item is called where little room is: its id as written, else its name.
pub(crate) fn short_name(item: &Item<'_>) -> String {
    let written = item.id_range().map(|range| item.plan().document().slice(range));
    let Some(written) = written else { return item.title() };
    match (item.kind(), item.id()) {
        (ItemKind::Task, Some(id)) => id.to_string(),
        _ => written.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// An id as it stands before a name: `1.2`, `Phase 2:`.
pub(crate) fn before_name(id: &Id) -> String {
    match id.phase_parts() {
        Some((word, number)) => {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            format!("{first}{} {number}:", letters.as_str())
        }
        None => id.to_string(),
    }
}

/// What an item is called in a sentence: its id and its name.
pub(crate) fn full_name(item: &Item<'_>) -> String {
    let title = item.title();
    let short = short_name(item);
    match (item.id(), title.is_empty()) {
        (Some(_), false) if item.kind() == ItemKind::Phase => format!("{short}: {title}"),
        (Some(_), false) => format!("{short} {title}"),
        (Some(_), true) => short,
        (None, false) => title,
        (None, true) => "(untitled)".to_owned(),
    }
}

/// Whether a value of this class says what is waited for; prose may name tasks for other reasons.
fn is_plain(class: Class) -> bool {
    matches!(class, Class::Single | Class::List | Class::Range | Class::AllPrevious | Class::All)
}

fn is_work(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Task && item.role() == Role::Work
}

fn lies_in(plan: &Plan, inner: usize, outer: usize) -> bool {
    let mut above = plan.item(inner).and_then(|item| item.parent());
    while let Some(index) = above {
        if index == outer {
            return true;
        }
        above = plan.item(index).and_then(|item| item.parent());
    }
    false
}

/// The states of all items at once.
struct Overview {
    effective: Vec<Option<State>>,
    /// Whether there is work left in an item.
    has_unfinished: Vec<bool>,
}

impl Overview {
    fn of(plan: &Plan) -> Self {
        let effective: Vec<Option<State>> = plan.items().map(|item| state(&item)).collect();
        let mut has_unfinished = vec![false; effective.len()];
        let left = |state| matches!(state, Some(State::Open | State::Active | State::Blocked));
        for item in plan.items().filter(|item| is_work(item) && !item.is_optional()) {
            if let Some(parent) = item.parent().filter(|_| left(effective[item.index()])) {
                has_unfinished[parent] = true;
            }
        }
        Self { effective, has_unfinished }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::File;

    fn check(text: &str, expect: Expect) {
        let file = File::new("plan.md", Document::new(text));
        let names = |items: &[usize]| -> Vec<String> {
            items.iter().filter_map(|index| Some(full_name(&file.plan().item(*index)?))).collect()
        };
        let mut out = names(file.next_tasks()).join("\n");
        for (item, first) in file.waits() {
            out.push_str(&format!("\n{} waits for {}", names(&[*item]).join(""), names(first).join(", ")));
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn dependencies_are_done_first() {
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: c\n  - Dependencies: Task 1.1, Task 1.2\n- [~] **Task 1.4**: d\n\n## Phase 2: B\n\n**Depends on**: Phase 1\n\n- [ ] **Task 2.1**: e\n",
            expect![[r#"
                1.4 d
                1.2 b
                1.3 c waits for 1.2 b
                Phase 2: B waits for Phase 1: A"#]],
        );
    }

    #[test]
    fn parents_are_represented() {
        check(
            "# Plan: x\n\n- [ ] a\n  - [x] a1\n  - [ ] a2\n- [~] b\n  - [ ] b1\n  - [ ] b2\n- [ ] c\n  - [x] c1\n- [!] d\n- [-] e\n",
            expect!["b1\na2\nb2\nc"],
        );
    }

    #[test]
    fn what_blocks_and_what_is_no_work() {
        check(
            "# Plan: x\n\n## Tasks\n\n- [ ] **Task 1**: a\n  - Blocks: Task 2\n- [ ] **Task 2**: b\n- [ ]* 3 c (optional)\n\n## Success Criteria\n\n- [ ] it works\n",
            expect![[r#"
                1 a
                3 c (optional)
                2 b waits for 1 a"#]],
        );
    }

    #[test]
    fn circles_and_ordinary_text() {
        check(
            "# Plan: x\n\n- [ ] **Task 1**: a\n  - Depends on: Task 2\n- [ ] **Task 2**: b\n  - Depends on: Task 1\n- [ ] **Task 3**: c\n  - Depends on: Task 3\n",
            expect!["3 c\n1 a waits for 2 b\n2 b waits for 1 a"],
        );
        check("# Title\n\ntext\n", expect![""]);
    }
}
