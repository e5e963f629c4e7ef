//! Waves: the tasks of a wave can be done at the same time, and the waves follow each other.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use plan_model::{Item, ItemKind, Plan, State};

use crate::{
    File,
    next::{owner, state},
    rules::graph::DependencyEdge,
    schedule::{
        inputs::ScheduleInputs,
        network::{Event, Network, end_of, phase_order},
    },
    task_files::files_of,
};

/// Options of waves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaveOptions {
    /// Whether a wave has at most one task of each owner.
    pub per_owner: bool,
}

/// A task of a wave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveTask {
    /// Item index in the plan.
    pub item: usize,
    /// Normalized ID.
    pub id: Option<String>,
    /// Title without ID and markup.
    pub title: String,
    /// First line, 0-based.
    pub line: usize,
    /// Source files that the task names.
    pub files: Vec<String>,
    /// Owner of the task, otherwise of its nearest ancestor with an owner.
    pub owner: Option<String>,
}

/// Returns the waves of a plan's unfinished tasks. A task is in the first wave after those of its dependencies in which
/// no other task names the same file. A task with unfinished subtasks is represented by them.
///
/// Phases follow each other as in the [schedule](crate::schedule). If a plan marks tasks as parallel, the other tasks
/// depend on all tasks before them in their phase.
pub fn waves(file: &File, options: WaveOptions) -> Vec<Vec<WaveTask>> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let plan = file.plan();
    let leaves = leaves(plan);
    let network = Network::of(plan, |stated| order(file, &leaves, stated));
    let mut pass = WavePass::new(&network, &leaves);
    let mut waves = Vec::new();
    while !pass.ready.is_empty() {
        let mut wave: Vec<WaveTask> = Vec::new();
        let mut files: HashSet<String> = HashSet::new();
        let mut owners: HashSet<String> = HashSet::new();
        for index in pass.ready.clone() {
            let Some(task) = plan.item(index).map(|item| task(file, &item)) else { continue };
            let is_free = task.files.iter().all(|path| !files.contains(path));
            let owner = task.owner.clone().filter(|_| options.per_owner);
            let is_available = owner.as_ref().is_none_or(|owner| !owners.contains(owner));
            if is_free && is_available {
                files.extend(task.files.iter().cloned());
                owners.extend(owner);
                wave.push(task);
            }
        }
        for task in &wave {
            pass.ready.remove(&task.item);
        }
        for task in &wave {
            pass.finish(end_of(task.item));
        }
        waves.push(wave);
    }
    waves
}

/// Returns the indices of the ready tasks of the first wave that can be done at the same time, in the order of
/// execution.
pub fn parallel_tasks(file: &File) -> Vec<usize> {
    let plan = file.plan();
    let leaves = leaves(plan);
    let network = Network::of(plan, |stated| order(file, &leaves, stated));
    let first = WavePass::new(&network, &leaves).ready;
    let mut files: HashSet<String> = HashSet::new();
    let mut found = Vec::new();
    for index in file.next_tasks().iter().filter(|index| first.contains(index)) {
        let own = plan.item(*index).map(|item| files_of(file, &item)).unwrap_or_default();
        if own.iter().all(|path| !files.contains(path)) {
            files.extend(own);
            found.push(*index);
        }
    }
    found
}

/// Determines which tasks become ready when other tasks are done.
struct WavePass<'a> {
    network: &'a Network,
    leaves: &'a BTreeSet<usize>,
    predecessors: Vec<usize>,
    /// Tasks whose dependencies are in previous waves.
    ready: BTreeSet<usize>,
}

impl<'a> WavePass<'a> {
    fn new(network: &'a Network, leaves: &'a BTreeSet<usize>) -> Self {
        let mut predecessors = vec![0; network.successors.len()];
        network.successors.iter().flatten().for_each(|event| predecessors[*event] += 1);
        let first: Vec<Event> = (0..predecessors.len()).filter(|event| predecessors[*event] == 0).collect();
        let mut pass = Self { network, leaves, predecessors, ready: BTreeSet::new() };
        first.into_iter().for_each(|event| pass.reach(event));
        pass
    }

    /// Records that all predecessors of an event have occurred.
    fn reach(&mut self, event: Event) {
        let mut pending = vec![event];
        while let Some(event) = pending.pop() {
            let item = event / 2;
            if event == end_of(item) && self.leaves.contains(&item) {
                self.ready.insert(item);
            } else {
                pending.extend(self.released_by(event));
            }
        }
    }

    /// Records that a task is done.
    fn finish(&mut self, end: Event) {
        for event in self.released_by(end) {
            self.reach(event);
        }
    }

    /// Returns the events whose last remaining predecessor is `event`.
    fn released_by(&mut self, event: Event) -> Vec<Event> {
        let mut released = Vec::new();
        for next in &self.network.successors[event] {
            self.predecessors[*next] -= 1;
            if self.predecessors[*next] == 0 {
                released.push(*next);
            }
        }
        released
    }
}

/// Returns the indices of the unfinished tasks without unfinished subtasks.
fn leaves(plan: &Plan) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut has_open_child = vec![false; plan.items().len()];
    for item in plan.items().collect::<Vec<_>>().into_iter().rev() {
        let is_open = matches!(state(&item), Some(State::Open | State::Active | State::Blocked));
        let is_task = item.kind() == ItemKind::Task && item.role().is_work() && !item.is_unfilled();
        if is_task && is_open {
            if !has_open_child[item.index()] {
                found.insert(item.index());
            }
            item.parent().into_iter().for_each(|parent| has_open_child[parent] = true);
        }
    }
    found
}

fn task(file: &File, item: &Item<'_>) -> WaveTask {
    WaveTask {
        item: item.index(),
        id: item.id().map(ToString::to_string),
        title: item.title(),
        line: file.document().rope().byte_to_line(item.line().start),
        files: files_of(file, item),
        owner: owner(item),
    }
}

/// Returns pairs of items that follow each other without a stated dependency.
fn order(file: &File, leaves: &BTreeSet<usize>, stated: &[DependencyEdge]) -> Vec<(usize, usize)> {
    let plan = file.plan();
    let inputs = ScheduleInputs::of(file);
    let mut pairs = Vec::new();
    if file.environment().schedule.phases_in_order {
        pairs.extend(phase_order(plan, &inputs, stated));
    }
    // A phase follows another phase if its dates are later.
    let mut dated = Vec::new();
    for phase in plan.items().filter(|item| item.kind() == ItemKind::Phase) {
        let time = &inputs.times[phase.index()];
        if let (Some(start), Some(end)) = (&time.start, &time.end) {
            dated.push((start.day, end.day, phase));
        }
    }
    for (start, _, phase) in &dated {
        let before = dated.iter().filter(|(_, end, other)| end < start && other.parent() == phase.parent());
        pairs.extend(before.map(|(.., other)| (other.index(), phase.index())));
    }
    pairs.extend(marked_order(file, leaves));
    pairs
}

/// Returns pairs of tasks that follow each other because one of them is not marked as parallel. Empty if no task of the
/// plan is marked.
fn marked_order(file: &File, leaves: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    let plan = file.plan();
    let marker = file.family_facts().and_then(|facts| {
        let family = file.environment().families.all().get(facts.family)?;
        Some(family.parallel.clone()).filter(|marker| !marker.is_empty())
    });
    let is_marked = |item: &Item<'_>| {
        item.tags().any(|(tag, _)| tag == "P")
            || marker.as_ref().is_some_and(|marker| file.document().slice(item.line()).contains(marker))
    };
    let tasks = || leaves.iter().filter_map(|index| plan.item(*index));
    if !tasks().any(|item| is_marked(&item)) {
        return Vec::new();
    }
    let place = |item: &Item<'_>| (item.parent(), item.section().map(|section| section.index()));
    let mut groups: BTreeMap<_, Vec<Item<'_>>> = BTreeMap::new();
    tasks().for_each(|item| groups.entry(place(&item)).or_default().push(item));
    let mut pairs = Vec::new();
    for tasks in groups.into_values() {
        // The last task that is not marked, on which later tasks depend, and the marked tasks since then.
        let (mut before, mut since): (Option<usize>, Vec<usize>) = (None, Vec::new());
        for task in tasks {
            let index = task.index();
            if is_marked(&task) {
                pairs.extend(before.map(|before| (before, index)));
                since.push(index);
            } else {
                pairs.extend(since.drain(..).map(|other| (other, index)));
                pairs.extend(before.map(|before| (before, index)));
                before = Some(index);
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    fn found(text: &str, options: WaveOptions) -> Vec<String> {
        let file = File::new("plan.md", Document::new(text));
        let names = |wave: &Vec<WaveTask>| {
            wave.iter()
                .map(|task| task.id.clone().unwrap_or(task.title.clone()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        waves(&file, options).iter().map(names).collect()
    }

    #[test]
    fn dependencies_phases_and_subtasks() {
        let text = "# Plan\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: c\n  - Dependencies: Task 1.2\n- [ ] **Task 1.4**: d\n  - [x] e\n  - [ ] f\n\n\
                    ## Phase 2: B\n\n- [ ] **Task 2.1**: g\n\n## Phase 3: C\n\n**Dependencies**: Phase 1\n\n- [ ] **Task 3.1**: h\n";
        assert_eq!(found(text, WaveOptions::default()), ["1.2 f", "1.3", "2.1 3.1"]);
        // Cycles do not hide tasks.
        let cycle = "# Plan\n\n- [ ] **Task 1.1**: a\n  - Dependencies: Task 1.2\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1\n";
        assert_eq!(found(cycle, WaveOptions::default()), ["1.1 1.2"]);
        let weeks = "# Plan\n\n**Created**: 2026-03-02\n\n## Phase 1: A (Weeks 1-2)\n\n- [ ] a\n\n## Phase 2: B (Weeks 2-3)\n\n- [ ] b\n\n## Phase 3: C (Week 3)\n\n- [ ] c\n";
        assert_eq!(found(weeks, WaveOptions::default()), ["a b", "c"]);
    }

    #[test]
    fn files_and_owners() {
        let text = "# Plan\n\n- [ ] **Task 1.1**: a in `src/a.rs`\n  - Owner: Ada\n- [ ] **Task 1.2**: b in src/a.rs\n- [ ] **Task 1.3**: c in src/c.rs\n  - Owner: Ada\n";
        assert_eq!(found(text, WaveOptions::default()), ["1.1 1.3", "1.2"]);
        assert_eq!(found(text, WaveOptions { per_owner: true }), ["1.1", "1.2 1.3"]);
    }

    #[test]
    fn ready_tasks_side_by_side() {
        let text = "# Plan\n\n- [!] **Task 1.1**: a\n- [ ] **Task 1.2**: b in src/a.rs\n- [/] **Task 1.3**: c in src/a.rs\n- [ ] **Task 1.4**: d\n- [ ] **Task 1.5**: e\n  - Dependencies: Task 1.4\n";
        let file = File::new("plan.md", Document::new(text));
        let ids = parallel_tasks(&file)
            .into_iter()
            .map(|index| file.plan().item(index).unwrap().id().unwrap().to_string());
        assert_eq!(ids.collect::<Vec<_>>(), ["1.3", "1.4"]);
    }

    #[test]
    fn marked_tasks() {
        let text = "# Tasks\n\n## Phase 1: Setup\n\n- [ ] T001 a\n- [ ] T002 [P] b\n- [ ] T003 [P] c\n- [ ] T004 d\n\n## Phase 2: Build\n\n- [ ] T005 [P] e\n- [ ] T006 [P] f\n";
        assert_eq!(found(text, WaveOptions::default()), ["T001", "T002 T003", "T004", "T005 T006"]);
    }
}
