//! Ready tasks and open dependencies.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::{
    Id, Item, ItemKind, Meaning, Plan, Relation, Resolution, Role, State, plain, reference::ValueClass,
};

use crate::{File, rules::graph::is_explicit};

/// Results derived from the states and dependencies of all items.
#[derive(Debug)]
pub(crate) struct Readiness {
    /// Ready tasks by item index: active ones first, then those of active phases, other open ones, optional ones last,
    /// each in document order.
    ///
    /// A task is ready if it is work, has a title, and no dependency of the task or of an item that contains it is open
    /// or unknown. Instead of a task with unfinished subtasks, the list contains its subtasks; if the task is active,
    /// its first subtask is treated as active. The criteria of a phase are ready once its work is finished, those of a
    /// task or of the plan once all work is finished, and checks for the reader once no counted task is open. Follow-up work is ready only in documents without other work.
    pub(crate) tasks: Vec<usize>,
    /// Open dependencies by item index, in order of mention: the unfinished items that the item depends on. Does not
    /// include the dependencies of the item's ancestors.
    ///
    /// Done and cancelled items are finished. Items without a state are not dependencies, nor are ancestors and
    /// descendants.
    pub(crate) open_dependencies: BTreeMap<usize, Vec<usize>>,
}

impl Readiness {
    /// Computes the readiness of a plan's tasks. The result depends only on the structure of the plan and is cached
    /// with it.
    pub(crate) fn of(plan: &Plan) -> Self {
        let open_dependencies = open_dependencies(plan);
        Self { tasks: tasks(plan, &open_dependencies), open_dependencies }
    }
}

impl File {
    /// Returns the item indices of the ready tasks, in the order of execution. Empty if the plan's status is
    /// done, deferred, blocked or cancelled, or if the plan is archived.
    pub fn next_tasks(&self) -> &[usize] {
        let plan = self.plan();
        let is_over = || {
            let state = plan.status().and_then(|status| plan.state_of(&status.value));
            matches!(state, Some(State::Done | State::Deferred | State::Blocked | State::Cancelled))
        };
        let has_next = self.has_tasks() && !self.is_archived() && !is_over();
        if has_next { &plan.structure_memo(Readiness::of).tasks } else { &[] }
    }

    /// Returns the open dependencies of items, as item indices.
    pub fn open_dependencies(&self) -> &BTreeMap<usize, Vec<usize>> {
        &self.plan().structure_memo(Readiness::of).open_dependencies
    }
}

fn tasks(plan: &Plan, open_dependencies: &BTreeMap<usize, Vec<usize>>) -> Vec<usize> {
    let states = ItemStates::of(plan);
    // Whether an item or one of its ancestors is blocked or deferred. Parents precede their items.
    let mut is_blocked = vec![false; states.effective.len()];
    let mut represented = vec![false; states.effective.len()];
    let mut ranked: Vec<(u8, usize)> = Vec::new();
    let unknown = unknown_dependencies(plan);
    let roles = ReadyRoles::of(plan);
    for item in plan.items() {
        let index = item.index();
        let is_suspended = matches!(item.state(), Some(State::Blocked | State::Deferred | State::Cancelled));
        let in_blocked = item.parent().and_then(|parent| is_blocked.get(parent)).copied().unwrap_or(false);
        is_blocked[index] =
            in_blocked || is_suspended || open_dependencies.contains_key(&index) || unknown.contains(&index);
        let state = states.effective[index];
        let is_ready = item.kind() == ItemKind::Task
            && roles.contain(&item)
            && !item.is_unfilled()
            && !is_blocked[index]
            && !states.has_unfinished[index]
            && matches!(state, Some(State::Open | State::Active));
        if !is_ready {
            continue;
        }
        // The first ready subtask of an active item is treated as active.
        let mut active = state == Some(State::Active);
        for parent in item.ancestors().take_while(|parent| parent.kind() == ItemKind::Task) {
            if parent.state() == Some(State::Active)
                && !std::mem::replace(&mut represented[parent.index()], true)
            {
                active = true;
            }
        }
        let in_active_phase =
            || item.phase().is_some_and(|phase| states.effective[phase.index()] == Some(State::Active));
        let rank = match (active, item.is_optional()) {
            (true, _) => 0,
            (false, false) if in_active_phase() => 1,
            (false, false) => 2,
            (false, true) => 3,
        };
        ranked.push((rank, index));
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, index)| index).collect()
}

/// The tasks that can be ready in a plan, by their roles.
struct ReadyRoles {
    /// Phases with unfinished work, by item index. Contains `None` if any work of the plan is unfinished.
    unfinished: HashSet<Option<usize>>,
    /// Whether checks for the reader are ready, because no counted task is open.
    checklist: bool,
    /// Whether follow-up work is ready, because the plan has no counted task.
    follow_up: bool,
}

impl ReadyRoles {
    fn of(plan: &Plan) -> Self {
        let mut counted =
            plan.items().filter(|item| item.kind() == ItemKind::Task && item.role().counts()).peekable();
        let mut unfinished = HashSet::new();
        for item in plan.items().filter(|item| is_work(item) && !item.is_optional()) {
            if matches!(item.state(), Some(State::Open | State::Active | State::Blocked)) {
                let phases = item.ancestors().filter(|parent| parent.kind() == ItemKind::Phase);
                unfinished.insert(None);
                unfinished.extend(phases.map(|phase| Some(phase.index())));
            }
        }
        Self {
            unfinished,
            follow_up: counted.peek().is_none(),
            checklist: !counted.any(|item| {
                let state = item.state();
                !item.is_optional() && matches!(state, Some(State::Open | State::Active | State::Blocked))
            }),
        }
    }

    fn contain(&self, item: &Item<'_>) -> bool {
        match item.role() {
            // The criteria of a phase are checked after its work, those of the plan and of its tasks at its end.
            Role::Criterion => {
                let mut parents = item.ancestors().filter(|parent| parent.kind() == ItemKind::Task);
                let is_of_task = parents.any(|task| task.state().is_some());
                let phase = item.phase().filter(|_| !is_of_task);
                !self.unfinished.contains(&phase.map(|phase| phase.index()))
            }
            Role::Checklist => self.checklist,
            Role::FollowUp => self.follow_up,
            role => role.is_work(),
        }
    }
}

/// Returns the indices of items that depend on an unknown ID of a series that the plan uses: `T099` among `T001`,
/// `T002`. Other unknown IDs can be those of another document.
fn unknown_dependencies(plan: &Plan) -> HashSet<usize> {
    let mut found = HashSet::new();
    let mut series: HashMap<String, usize> = HashMap::new();
    for dependency in plan.dependencies() {
        let Some(dependent) = dependency.dependent.filter(|_| dependency.relation == Relation::DependsOn)
        else {
            continue;
        };
        let is_unresolved =
            |name: &Resolution| matches!(name, Resolution::Unresolved | Resolution::PartialRange);
        if !is_explicit(dependency) || !dependency.names.iter().any(|name| is_unresolved(&name.resolution)) {
            continue;
        }
        if series.is_empty() {
            for id in plan.items().filter_map(|item| item.id()) {
                *series.entry(series_of(id)).or_default() += 1;
            }
        }
        let is_of_plan =
            |id: &Id| !id.is_plain() && series.get(&series_of(id)).is_some_and(|count| *count > 1);
        let unresolved = dependency.names.iter().filter(|name| is_unresolved(&name.resolution));
        if unresolved.flat_map(|name| &name.ids).any(is_of_plan) {
            found.insert(dependent);
        }
    }
    found
}

/// Returns the key of an ID's series: the keyword of a phase, the prefix, or `.` for numbers with dots.
fn series_of(id: &Id) -> String {
    match id.phase_parts() {
        Some((word, _)) => format!("{word} "),
        None if id.prefix().is_empty() => if id.is_plain() { "" } else { "." }.to_owned(),
        None => id.prefix().to_owned(),
    }
}

fn open_dependencies(plan: &Plan) -> BTreeMap<usize, Vec<usize>> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut effective: HashMap<usize, Option<State>> = HashMap::new();
    for stated in plan.dependencies() {
        let Some(owner) = stated.dependent.filter(|_| is_plain(stated.class)) else { continue };
        for target in stated.items() {
            let (dependent, dependency) = match stated.relation {
                Relation::DependsOn => (owner, target),
                Relation::Blocks => (target, owner),
                Relation::Requirement => continue,
            };
            let state = *effective
                .entry(dependency)
                .or_insert_with(|| plan.item(dependency).and_then(|item| state(&item)));
            let finished = matches!(state, None | Some(State::Done | State::Cancelled));
            if finished
                || dependent == dependency
                || is_in(plan, dependent, dependency)
                || is_in(plan, dependency, dependent)
            {
                continue;
            }
            let known = found.entry(dependent).or_default();
            if !known.contains(&dependency) {
                known.push(dependency);
            }
        }
    }
    found
}

/// Returns an item's own state, otherwise the state derived from its subtasks.
pub(crate) fn state(item: &Item<'_>) -> Option<State> {
    item.state().or_else(|| item.derived_state())
}

/// Returns the owner of an item, otherwise of its nearest ancestor with an owner.
pub(crate) fn owner(item: &Item<'_>) -> Option<String> {
    item.inherited_field(Meaning::Owner).map(|field| plain(&field.value))
}

/// Returns whether an owner field with the value `owners` names a person: the whole name, or words of it that follow each
/// other. Ignores case and `@`.
pub fn is_owned_by(owners: &str, name: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let is_separator =
            |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&' | '/' | '+' | '(' | ')' | '@');
        text.split(is_separator).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    };
    let (owners, name) = (words(owners), words(name));
    !name.is_empty() && owners.windows(name.len()).any(|window| window == name)
}

/// Returns a short name of an item: its ID as written, otherwise its title.
pub(crate) fn short_name(item: &Item<'_>) -> String {
    let Some(written) = item.written_id() else { return item.title() };
    match (item.kind(), item.id()) {
        (ItemKind::Task, Some(id)) => id.to_string(),
        _ => written.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// Formats an ID before a title: `1.2`, `Phase 2:`.
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

/// Returns the full name of an item: its ID and title.
pub(crate) fn full_name(item: &Item<'_>) -> String {
    let title = item.title();
    let short = short_name(item);
    match (item.id(), title.is_empty()) {
        (Some(_), false) if item.kind() == ItemKind::Phase => format!("{short}: {title}"),
        (Some(_), false) => format!("{short} {title}"),
        (Some(_), true) => short,
        (None, false) => title,
        (None, true) => "(no text)".to_owned(),
    }
}

/// Returns whether a value of this class lists dependencies. Prose is excluded, because it can mention tasks for other
/// reasons.
fn is_plain(class: ValueClass) -> bool {
    matches!(
        class,
        ValueClass::Single | ValueClass::List | ValueClass::Range | ValueClass::AllPrevious | ValueClass::All
    )
}

fn is_work(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Task && item.role().is_work()
}

fn is_in(plan: &Plan, inner: usize, outer: usize) -> bool {
    let mut above = plan.item(inner).and_then(|item| item.parent());
    while let Some(index) = above {
        if index == outer {
            return true;
        }
        above = plan.item(index).and_then(|item| item.parent());
    }
    false
}

/// States of all items.
struct ItemStates {
    effective: Vec<Option<State>>,
    /// Whether an item has unfinished subtasks.
    has_unfinished: Vec<bool>,
}

impl ItemStates {
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
        for (item, first) in file.open_dependencies() {
            out.push_str(&format!("\n{} depends on {}", names(&[*item]).join(""), names(first).join(", ")));
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn open_dependencies_block_tasks() {
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: c\n  - Dependencies: Task 1.1, Task 1.2\n- [~] **Task 1.4**: d\n\n## Phase 2: B\n\n**Depends on**: Phase 1\n\n- [ ] **Task 2.1**: e\n",
            expect![[r#"
                1.4 d
                1.2 b
                1.3 c depends on 1.2 b
                Phase 2: B depends on Phase 1: A"#]],
        );
    }

    #[test]
    fn parents_are_represented_by_subtasks() {
        check(
            "# Plan: x\n\n- [ ] a\n  - [x] a1\n  - [ ] a2\n- [~] b\n  - [ ] b1\n  - [ ] b2\n- [ ] c\n  - [x] c1\n- [!] d\n- [-] e\n",
            expect!["b1\na2\nb2\nc"],
        );
    }

    #[test]
    fn blocks_fields_and_optional_tasks() {
        check(
            "# Plan: x\n\n## Tasks\n\n- [ ] **Task 1**: a\n  - Blocks: Task 2\n- [ ] **Task 2**: b\n- [ ]* 3 c (optional)\n\n## Success Criteria\n\n- [ ] it works\n",
            expect![[r#"
                1 a
                3 c (optional)
                2 b depends on 1 a"#]],
        );
    }

    #[test]
    fn deliverables_before_checklists_and_follow_up_work() {
        check(
            "# Plan: x\n\n## Documentation\n\n- [ ] notes\n\n## Phase 1: A\n\n### Deliverables\n\n- [x] a\n- [ ] b\n\n### Acceptance Criteria\n\n- [ ] c\n\n## Release checklist\n\n- [ ] d\n\n## Open questions\n\n- [ ] e\n\n## Next steps\n\n- [ ] f\n",
            expect!["b\nnotes"],
        );
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [x] b\n\n## Release checklist\n\n- [ ] d\n\n## Next steps\n\n- [ ] f\n",
            expect!["d"],
        );
        check("# Plan: x\n\n## Next steps\n\n- [ ] f\n", expect!["f"]);
        check(
            "# Plan: Release checklist\n\n## Pre-release checklist\n\n- [ ] a\n\n## Release\n\n- [ ] b\n",
            expect!["a\nb"],
        );
    }

    #[test]
    fn unfilled_titles_legends_and_empty_items() {
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [ ] T001 [P] a\n- [ ] [Task description]\n- [ ]\n- [ ] None.\n- [ ] ...\n- [ ] PASS [ ] FAIL\n\n## Notes\n\n- [P] tasks = other files\n- [Story] names the story\n",
            expect!["T001 a"],
        );
    }

    #[test]
    fn unknown_dependencies_block_tasks() {
        check(
            "# Plan: x\n\n- [ ] T001 a (depends on T009)\n- [ ] T002 b (depends on issue 17)\n- [ ] T003 c (depends on DB-7)\n",
            expect![[r#"
                T002 b (depends on issue 17)
                T003 c"#]],
        );
    }

    #[test]
    fn plans_that_are_over_or_on_hold() {
        for status in ["Done", "On Hold", "Cancelled"] {
            check(&format!("# Plan: x\n\n**Status**: {status}\n\n- [ ] a\n"), expect![""]);
        }
        let file = File::new("plans/archive/plan.md", Document::new("# Plan: x\n\n- [ ] a\n"));
        assert!(file.next_tasks().is_empty());
    }

    #[test]
    fn phases_named_by_title_block_each_other() {
        let text = "# Tasks: x\n\n## Phase 1: Setup (Shared)\n\n- [ ] T001 a\n\n## Phase 2: Foundational (Blocking)\n\n- [ ] T002 b\n\n## Phase 3: User Story 1 - Lend\n\n- [ ] T003 [US1] c\n\n## Phase 4: User Story 2 - Return\n\n- [ ] T004 [US2] d\n\n## Phase 5: Polish\n\n- [ ] T005 e\n\n## Dependencies\n\n### Phase Dependencies\n\n- **Setup (Phase 1)**: No dependencies - can start immediately\n- **Foundational (Phase 2)**: Depends on Setup completion - BLOCKS all user stories\n- **User Stories (Phase 3+)**: All depend on Foundational phase completion\n- **Polish (Final Phase)**: Depends on all desired user stories being complete\n";
        let ready = |text: &str| {
            let file = File::new("tasks.md", Document::new(text));
            let plan = file.plan();
            let names = file.next_tasks().iter().filter_map(|index| Some(short_name(&plan.item(*index)?)));
            names.collect::<Vec<_>>().join(" ")
        };
        let done = |ids: &[&str]| {
            ids.iter()
                .fold(text.to_owned(), |text, id| text.replace(&format!("[ ] {id}"), &format!("[x] {id}")))
        };
        assert_eq!(ready(text), "T001");
        assert_eq!(ready(&done(&["T001"])), "T002");
        assert_eq!(ready(&done(&["T001", "T002"])), "T003 T004");
        assert_eq!(ready(&done(&["T001", "T002", "T003"])), "T004");
        assert_eq!(ready(&done(&["T001", "T002", "T003", "T004"])), "T005");
        // Two phases with this title: the words name neither.
        assert_eq!(ready(&text.replace("Phase 5: Polish", "Phase 5: Setup")), "T001 T002");
    }

    #[test]
    fn criteria_of_tasks_are_checked_at_the_end() {
        let plan = |second: &str| {
            format!(
                "# Plan: x\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n  - **Acceptance Criteria**:\n    - [ ] it works\n\n## Phase 2: B\n\n- [{second}] **Task 2.1**: do that\n"
            )
        };
        check(&plan(" "), expect!["2.1 do that"]);
        check(&plan("x"), expect!["it works"]);
    }

    #[test]
    fn owners_are_compared_by_words() {
        for (owners, name, expected) in [
            ("w11", "w1", false),
            ("w1", "W1", true),
            ("Ada Lovelace", "ada", true),
            ("Ada Lovelace", "Ada Lovelace", true),
            ("Grace, Ada Lovelace", "Ada Lovelace", true),
            ("Grace, Ada", "Ada Lovelace", false),
            ("@ada", "ada", true),
            ("agent-1", "agent", false),
            ("Adam", "Ada", false),
            ("Ada", "", false),
        ] {
            assert_eq!(is_owned_by(owners, name), expected, "{owners} {name}");
        }
    }

    #[test]
    fn cycles_and_ordinary_text() {
        check(
            "# Plan: x\n\n- [ ] **Task 1**: a\n  - Depends on: Task 2\n- [ ] **Task 2**: b\n  - Depends on: Task 1\n- [ ] **Task 3**: c\n  - Depends on: Task 3\n",
            expect![[r#"
                3 c
                1 a depends on 2 b
                2 b depends on 1 a"#]],
        );
        check("# Title\n\ntext\n", expect![""]);
    }
}
