//! The rule `wrong-phase-number`.

use std::collections::{BTreeMap, BTreeSet};

use plan_model::{Id, Item, ItemKind, Plan};
use plan_schema::DocumentKind;

use super::common::name;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "wrong-phase-number",
    group: Group::Tasks,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "task number belongs to another phase",
    doc: "\
## What it checks

A task whose number belongs to another phase, such as `3.1` or `P3-T1` in phase 2, or to a numbered task other than its parent. The rule applies only if the plan has several numbered phases and nearly all tasks are numbered by phase.

## Why

The task was moved without changing its number, or the phases were renumbered.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the articles
- [x] **Task 1.2**: Copy the journals
- [ ] **Task 1.3**: Compare both sides

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
- [ ] **Task 3.1**: Remove the old index
```

Correct:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the articles
- [x] **Task 1.2**: Copy the journals
- [ ] **Task 1.3**: Compare both sides

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
- [ ] **Task 2.2**: Remove the old index
```

## Fix

Renumber the task, or move it to its phase.
",
    check: Check::File(check),
};

/// Tasks in a phase with another number: indices of task and phase, and the name of the phase.
struct MisplacedTasks(Vec<(usize, usize, String)>);

impl MisplacedTasks {
    fn of(plan: &Plan) -> Self {
        let mut matching = 0;
        let mut misplaced = Vec::new();
        let mut groups = BTreeSet::new();
        // The number in each misplaced task, and the number of tasks with it by phase.
        let (mut numbers, mut of_other) = (Vec::new(), BTreeMap::<(usize, u32), usize>::new());
        for item in plan.items().filter(|item| item.kind() == ItemKind::Task) {
            let Some(first) = item.id().and_then(leading_number) else { continue };
            let Some((group, number, group_name)) = group_of(plan, &item) else { continue };
            groups.insert(number);
            // In the file of phase 2, task 2.4 can be in `## 1. Setup`.
            let is_of_outer_phase = || {
                let ids = item.ancestors().filter_map(|outer| outer.id());
                ids.filter_map(Id::phase_parts).any(|(_, number)| number.parse() == Ok(first))
            };
            if first == number || is_of_outer_phase() {
                matching += 1;
            } else {
                misplaced.push((item.index(), group, group_name));
                *of_other.entry((group, first)).or_default() += 1;
                numbers.push(first);
            }
        }
        // Several tasks with the number of a phase that the plan does not have: its heading is missing or hidden, for
        // example in a code block.
        let is_hidden = |group: usize, first: u32| !groups.contains(&first) && of_other[&(group, first)] > 1;
        let mut numbers = numbers.into_iter();
        misplaced.retain(|(_, group, _)| numbers.next().is_some_and(|first| !is_hidden(*group, first)));
        // If many tasks do not match, their numbers do not refer to phases.
        let is_exception =
            matching >= 4 * misplaced.len() || matching >= MIN_MATCHING && misplaced.len() == 1;
        // In a plan with a single phase, the first number denotes a group of tasks.
        Self(if is_exception && groups.len() > 1 { misplaced } else { Vec::new() })
    }
}

/// Minimum number of tasks with the number of their phase, so that a task with a different number is reported.
const MIN_MATCHING: usize = 3;

/// Returns the number of the phase in the ID of a task: 3 of `3.1`, of `T3.1` and of `P3-T1`.
fn leading_number(id: &Id) -> Option<u32> {
    let number = id.as_str().trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let end = number.find(|c: char| !c.is_ascii_digit())?;
    let is_followed_by_task = number[end..].starts_with('.')
        || number[end..].starts_with('-')
            && number[end + 1..].starts_with(|c: char| c.is_ascii_alphanumeric());
    number[..end].parse().ok().filter(|_| is_followed_by_task && id.phase_parts().is_none())
}

/// Returns the phase of a task, otherwise its numbered parent task: index, number and name.
fn group_of(plan: &Plan, item: &Item<'_>) -> Option<(usize, u32, String)> {
    let group = match item.phase() {
        Some(phase) => phase,
        None => plan.item(item.parent()?)?,
    };
    let id = group.id()?;
    match id.phase_parts() {
        Some((word, number)) => Some((group.index(), number.parse().ok()?, format!("{word} {}", number))),
        None if id.is_plain() => {
            Some((group.index(), id.as_str().parse().ok()?, format!("{} {id}", group.kind().name())))
        }
        None => None,
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    for (item, phase, phase_name) in &file.plan().structure_memo(MisplacedTasks::of).0 {
        let (Some(item), Some(phase)) = (file.plan().item(*item), file.plan().item(*phase)) else { continue };
        let range = item.id_range().unwrap_or_else(|| item.title_range());
        let message = format!("task `{}` is in {phase_name}", name(&item));
        findings.push(Finding::new(&RULE, range, message).related(phase.title_range(), "phase"));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn numbers_in_the_plan_of_one_phase() {
        check_silent(
            &RULE,
            &[
                "# Phase 2: Shelf\n\n## 1. Saw\n\n- [ ] 2.1 a\n- [ ] 2.2 b\n- [ ] 1.1 c\n- [ ] 1.2 d\n- [ ] 1.3 e\n\n## 2. Glue\n\n- [ ] 2.3 f\n- [ ] 2.4 g\n- [ ] 2.5 h\n\n## 3. Oil\n\n- [ ] 2.6 i\n",
                "# Phase 1: Shelf\n\n- [ ] 1.1 a\n- [ ] 1.2 b\n- [ ] 1.3 c\n- [ ] 1.4 d\n- [ ] 2.1 e\n",
            ],
        );
    }

    #[test]
    fn numbers_in_other_forms() {
        check_rule(
            &RULE,
            "# Plan: x\n\n## Phase 1: A\n\n- [ ] P1-T1 a\n- [ ] P1-T2 b\n\n## Phase 2: B\n\n- [ ] P2-T1 c\n- [ ] P3-T2 d\n",
            expect![[r#"
                8   | ## Phase 2: B
                    |             ^ (phase)
                11  | - [ ] P3-T2 d
                    |       ^^^^^ task `P3-T2` is in phase 2
            "#]],
        );
        check_rule(
            &RULE,
            "# Plan: x\n\n- [ ] 1. A\n  - [ ] 1.1 a\n  - [ ] 1.2 b\n- [ ] 2. B\n  - [ ] 2.1 c\n  - [ ] 1.3 d\n",
            expect![[r#"
                6   | - [ ] 2. B
                    |          ^ (phase)
                8   |   - [ ] 1.3 d
                    |         ^^^ task `1.3` is in task 2
            "#]],
        );
        check_rule(
            &RULE,
            "# Plan: x\n\n## 1. A\n\n- [ ] 1.1 a\n- [ ] 1.2 b\n\n## 2. B\n\n- [ ] 2.1 c\n- [ ] 3.2 d\n",
            expect![[r#"
                8   | ## 2. B
                    |       ^ (phase)
                11  | - [ ] 3.2 d
                    |       ^^^ task `3.2` is in phase 2
            "#]],
        );
    }

    #[test]
    fn numbers_of_something_else() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Phase 1: A\n\n- [ ] 4.1 a\n- [ ] 4.2 b\n\n## Phase 2: B\n\n- [ ] 2.1 c\n- [ ] 3.2 d\n",
                "# Plan: x\n\n## Phase 1: A\n\n- [ ] 1.1 a\n- [ ] 1.2 b\n- [ ] 1.3 c\n- [ ] 1.4 d\n\n## Phase 2: B\n\n- [ ] 2.1 e\n- [ ] 2.2 f\n- [ ] 2.3 g\n- [ ] 2.4 h\n\n```bash\nmake\n\n## Phase 3: C\n\n```\n\n- [ ] 3.1 i\n- [ ] 3.2 j\n",
                "# Plan: x\n\n## Phase 1: A\n\n- [ ] T101 a\n- [ ] T102 b\n- [ ] T103 c\n\n## Phase 2: B\n\n- [ ] T104 d\n",
            ],
        );
    }
}
