//! The rule `progress-mismatch`.

use plan_model::{ItemKind, Progress};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, common::plural};
use crate::{
    Edit, File, Finding, Severity,
    stated_progress::{counts_in, is_report, stated_progress},
};

pub(super) const RULE: Rule = Rule {
    name: "progress-mismatch",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "stated progress does not match the checkboxes",
    doc: "\
## What it checks

A progress value that does not match the tasks. A progress value is a number of tasks or checkboxes (`12/40 tasks`, `Total tasks: 40`), a completion field at the top of the plan, an *overall* percentage, a cell in the phase table, or a count in the front matter (`completed_tasks: 3`).

Plans count in different ways, so a value is accepted if it matches any of these counts: all tasks, tasks without subtasks, tasks with an ID, tasks in phases, or the tasks of the section that contains the value. A difference of one percentage point is accepted. A round percentage that differs by up to 15 points may be an estimate, so the finding is a hint. A value in a heading refers to the tasks below the heading, and a value after the name of a phase refers to the tasks of the phase.

Plansmith does not check values in logs, in reports, in the text of tasks, or on lines with a date. It also ignores values that differ greatly from every count, because they may refer to something else.

## Why

The value is outdated, but readers still trust it.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Completion**: 75%

- [x] Copy the data
- [ ] Compare both sides
- [ ] Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

**Completion**: 33%

- [x] Copy the data
- [ ] Compare both sides
- [ ] Switch the readers over
```

## Fix

Update the value to match the checkboxes.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    if file.plan().progress().total == 0 {
        return;
    }
    check_front_matter(file, findings);
    for claim in stated_progress(file) {
        let Some(correction) = claim.correction().filter(|_| !claim.is_accurate()) else { continue };
        let mut finding = Finding::new(&RULE, claim.range.clone(), claim.mismatch());
        if claim.is_estimate() {
            finding.severity = Some(Severity::Hint);
        }
        if let Some(phase) = &claim.phase {
            finding = finding.related(phase.title_range(), "phase");
        }
        let written = file.document().slice(claim.range.clone());
        findings.push(match claim.with_progress(&written, correction) {
            Some(text) => {
                let title = format!("Update progress to {}", claim.format(correction));
                finding.fix(title, vec![Edit::replace(claim.range.clone(), text)], false)
            }
            None => finding,
        });
    }
}

/// Quantity stated by an entry of the front matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CountedQuantity {
    Done,
    Open,
    All,
    Percent,
    Phases,
}

/// Keys of front matter that count tasks, with underscores between their words.
const COUNT_KEYS: [(&str, CountedQuantity); 27] = [
    ("completed", CountedQuantity::Done),
    ("done", CountedQuantity::Done),
    ("total_phases", CountedQuantity::Phases),
    ("phase_count", CountedQuantity::Phases),
    ("phases", CountedQuantity::Phases),
    ("completed_tasks", CountedQuantity::Done),
    ("tasks_completed", CountedQuantity::Done),
    ("tasks_complete", CountedQuantity::Done),
    ("done_tasks", CountedQuantity::Done),
    ("tasks_done", CountedQuantity::Done),
    ("open_tasks", CountedQuantity::Open),
    ("tasks_open", CountedQuantity::Open),
    ("remaining_tasks", CountedQuantity::Open),
    ("tasks_remaining", CountedQuantity::Open),
    ("pending_tasks", CountedQuantity::Open),
    ("tasks_pending", CountedQuantity::Open),
    ("total_tasks", CountedQuantity::All),
    ("tasks_total", CountedQuantity::All),
    ("task_count", CountedQuantity::All),
    ("tasks_count", CountedQuantity::All),
    ("number_of_tasks", CountedQuantity::All),
    ("tasks", CountedQuantity::All),
    ("progress", CountedQuantity::Percent),
    ("completion", CountedQuantity::Percent),
    ("percent_complete", CountedQuantity::Percent),
    ("completion_percentage", CountedQuantity::Percent),
    ("progress_percent", CountedQuantity::Percent),
];

/// Minimum number of phases in a plan whose front matter counts them.
const MIN_PHASES: usize = 2;

/// Minimum number of tasks in a plan whose front matter counts them.
const MIN_COUNTED: usize = 3;

impl CountedQuantity {
    /// Returns the value of this quantity for the given progress.
    fn of(self, progress: Progress) -> usize {
        match self {
            Self::Done => progress.done,
            Self::Open => progress.total - progress.done.min(progress.total),
            Self::All | Self::Phases => progress.total,
            Self::Percent => progress.percent().unwrap_or_default(),
        }
    }

    /// Returns whether a stated number may count the tasks of this plan, which has `total` tasks. A number that is far
    /// from `total` counts the tasks of several documents.
    fn is_plausible(self, stated: usize, total: usize) -> bool {
        match self {
            Self::Percent => stated <= 100,
            Self::All | Self::Phases => stated <= 2 * total && total <= 2 * stated,
            Self::Done | Self::Open => stated <= total + total / 2,
        }
    }
}

/// Compares the task counts and percentages in the front matter with the tasks. All counting methods are accepted.
fn check_front_matter(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let entries = plan.front_matter().iter().filter_map(|entry| {
        let key = file.document().slice(entry.key.clone()).to_lowercase().replace(['-', ' '], "_");
        let (_, counted) = COUNT_KEYS.iter().find(|(known, _)| *known == key.trim_matches(['"', '\'']))?;
        let number = entry.text.trim().strip_suffix('%').filter(|_| *counted == CountedQuantity::Percent);
        Some((entry, *counted, number.unwrap_or(entry.text.trim()).trim().parse::<usize>().ok()?))
    });
    let entries: Vec<_> = entries.collect();
    // If the front matter lists tasks, its numbers count these tasks.
    let has_tasks = plan
        .front_matter()
        .iter()
        .any(|entry| entry.text.is_empty() && file.document().slice(entry.key.clone()) == "tasks");
    if entries.is_empty() || has_tasks || is_report(file) {
        return;
    }
    let standard = plan.progress();
    let counts = counts_in(file, None);
    let phases = plan.items().filter(|item| item.kind() == ItemKind::Phase).count();
    let phases = Progress { done: 0, total: phases };
    for (entry, counted, stated) in entries {
        let (standard, counts) = match counted {
            CountedQuantity::Phases => (phases, vec![phases]),
            _ => (standard, counts.clone()),
        };
        let minimum = if counted == CountedQuantity::Phases { MIN_PHASES } else { MIN_COUNTED };
        let tolerance = if counted == CountedQuantity::Percent { 1 } else { 0 };
        let is_accurate = counts.iter().any(|count| counted.of(*count).abs_diff(stated) <= tolerance);
        if is_accurate || standard.total < minimum || !counted.is_plausible(stated, standard.total) {
            continue;
        }
        let key = file.document().slice(entry.key.clone());
        let actually = match counted {
            CountedQuantity::All => format!("the plan has {}", plural(standard.total, "task")),
            CountedQuantity::Phases => format!("the plan has {}", plural(standard.total, "phase")),
            CountedQuantity::Done | CountedQuantity::Open | CountedQuantity::Percent => {
                let verb = if standard.done == 1 { "is" } else { "are" };
                format!("{} of {} {verb} done", standard.done, plural(standard.total, "task"))
            }
        };
        let message = format!("`{key}` is {stated}, but {actually}");
        let written = file.document().slice(entry.value.clone());
        let actual = counted.of(standard).to_string();
        let fixed = written.replacen(&stated.to_string(), &actual, 1);
        findings.push(Finding::new(&RULE, entry.value.clone(), message).fix(
            format!("Update to {actual}"),
            vec![Edit::replace(entry.value.clone(), fixed)],
            false,
        ));
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
    fn values_in_brackets() {
        check_rule(
            &RULE,
            "# Plan: x\n\n## Phase 1: Walls [0/2]\n\n- [ ] T001 Walls (0/2)\n  - [x] a\n  - [ ] b\n- [x] T002 Roof\n",
            expect![[r#"
                3   | ## Phase 1: Walls [0/2]
                    |                   ^^^^^ stated progress is 0/2, but 1 of 2 tasks of the phase is done (50%)
                    |             ^^^^^^^^^^^ (phase)
                5   | - [ ] T001 Walls (0/2)
                    |                  ^^^^^ stated progress is 0/2, but 1 of 2 tasks is done (50%)
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Phase 1: Walls [1/2]\n\n- [ ] T001 Walls (1/2)\n  - [x] a\n  - [ ] b\n- [x] T002 Roof\n",
                "# Plan: x\n\n## Phase 1: Walls (1/3)\n\n- [x] T001 a (1/3)\n- [x] T002 b (2/3)\n- [ ] T003 c\n",
                "# Plan: x\n\n- [ ] T001 Save memory (40%)\n  - [x] a\n  - [ ] b [see 1/2]\n",
            ],
        );
    }

    #[test]
    fn outdated_totals_in_headings() {
        check_rule(
            &RULE,
            "# Plan: x\n\n## Phase 1: Walls [1/2]\n\n- [x] T001 a\n- [ ] T002 b\n- [ ] T003 c\n",
            expect![[r#"
                3   | ## Phase 1: Walls [1/2]
                    |                   ^^^^^ stated progress is 1/2, but 1 of 3 tasks of the phase is done (33%)
                    |             ^^^^^^^^^^^ (phase)
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Walls [1/2]\n\n- [x] T001 a\n- [ ] T002 b\n- [ ] T003 c\n\n## Walls [2/2]\n\n- [ ] T004 d\n",
                "# Plan: x\n\n## Phase 1: Walls [1/9]\n\n- [x] T001 a\n- [ ] T002 b\n",
            ],
        );
    }

    #[test]
    fn percentages_in_headings() {
        check_rule(
            &RULE,
            "# Plan: x\n\n## Phase 1: Door — 100% complete\n\n- [x] T001 a\n- [ ] T002 b\n",
            expect![[r#"
                3   | ## Phase 1: Door — 100% complete
                    |                    ^^^^^^^^^^^^^ stated progress is 100%, but 1 of 2 tasks of the phase is done (50%)
                    |             ^^^^^^^^^^^^^^^^^^^^ (phase)
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Phase 1: Door — 80% complete\n\n- [x] T001 a\n- [ ] T002 b\n",
                "# Plan: x\n\n- [x] T001 a\n- [ ] T002 b\n\n## Review\n\n- Completion: 2/2 (one deferred)\n",
                "# Plan: x\n\n**Progress**: 0/0 tasks complete\n\n- [x] T001 a\n- [ ] T002 b\n",
            ],
        );
    }

    #[test]
    fn values_of_the_plan_and_of_a_phase() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

**Progress**: 3/5 tasks

## Phase 1: Saw

- [x] **Task 1.1**: Saw the boards
- [ ] **Task 1.2**: Sand the boards

**Phase 1 Status**: 2/2 tasks complete

## Phase 2: Glue (1/2 tasks)

- [ ] **Task 2.1**: Glue the boards
- [ ] **Task 2.2**: Paint the boards
",
            expect![[r#"
                3   | **Progress**: 3/5 tasks
                    |               ^^^^^^^^^ stated progress is 3/5, but 1 of 4 tasks is done (25%)
                5   | ## Phase 1: Saw
                    |             ^^^ (phase)
                10  | **Phase 1 Status**: 2/2 tasks complete
                    |                     ^^^^^^^^^ stated progress is 2/2, but 1 of 2 tasks of the phase is done (50%)
                12  | ## Phase 2: Glue (1/2 tasks)
                    |                   ^^^^^^^^^ stated progress is 1/2, but 0 of 2 tasks of the phase are done (0%)
                    |             ^^^^^^^^^^^^^^^^ (phase)
            "#]],
        );
    }

    #[test]
    fn counts_in_a_phase_table() {
        let plan = |title: &str, cell: &str| {
            format!(
                "# Plan: Shelf\n\n| Phase | Status | {title} |\n|---|---|---|\n| Phase 1 | Active | {cell} |\n\n## Phase 1: Saw\n\n- [x] T1 a\n- [x] T2 b\n- [ ] T3 c\n"
            )
        };
        check_rule(
            &RULE,
            &plan("Tasks", "1/3"),
            expect![[r#"
            5   | | Phase 1 | Active | 1/3 |
                |                      ^^^ stated progress is 1/3, but 2 of 3 tasks of the phase are done (66%)
            7   | ## Phase 1: Saw
                |             ^^^ (phase)
        "#]],
        );
        check_silent(
            &RULE,
            &[&plan("Tasks", "2/3"), &plan("Tasks", "3"), &plan("Progress", "18/18 tests passing")],
        );
    }

    #[test]
    fn units_other_than_tasks() {
        let plan = |text: &str| {
            format!("# Plan: Shelf\n\n## Phase 6: Saw\n\n{text}\n\n- [x] T1 Saw\n- [ ] T2 Glue\n")
        };
        check_silent(
            &RULE,
            &[&plan("**Phase 6 Progress:** 3/3 tests passing"), &plan("**Progress**: 2/3 suites (green)")],
        );
    }

    #[test]
    fn counts_in_front_matter() {
        let plan = |front: &str| {
            format!(
                "---\n{front}\n---\n\n# Plan: Shelf\n\n- [x] T1 Saw\n- [ ] T2 Glue\n- [ ] T3 Oil\n- [ ] T4 Move\n"
            )
        };
        check_rule(
            &RULE,
            &plan("completed_tasks: 3\ntotal_tasks: 6\nprogress: \"80%\"\nopen-tasks: 1"),
            expect![[r#"
                2   | completed_tasks: 3
                    |                  ^ `completed_tasks` is 3, but 1 of 4 tasks is done
                3   | total_tasks: 6
                    |              ^ `total_tasks` is 6, but the plan has 4 tasks
                4   | progress: "80%"
                    |           ^^^^^ `progress` is 80, but 1 of 4 tasks is done
                5   | open-tasks: 1
                    |             ^ `open-tasks` is 1, but 1 of 4 tasks is done
            "#]],
        );
        let texts = [
            plan("completed_tasks: 1\ntotal_tasks: 4\nprogress: 25%\nremaining_tasks: 3"),
            plan("total_tasks: 40\ncompleted_tasks: 12"),
            plan("tasks: [T1, T2]\nprogress: half"),
            plan("completed_tasks: 3\ntasks:\n- id: T1\n  status: done"),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }

    #[test]
    fn values_that_count_something_else() {
        let plan = |text: &str| format!("# Plan: Shelf\n\n{text}\n\n- [x] T1 Saw\n- [ ] T2 Glue\n");
        let texts = [
            plan("- [ ] T3 Check the list in `checklist.md` (2/2 items)"),
            plan("- [x] T3 Say \"2/3 tasks\""),
            plan("Progress: 1/3 → 2/3 tasks"),
            plan("Unit tests: 3/3 items"),
            plan("High priority: 1/1 tasks"),
            plan("12/35 tasks"),
            plan("## Overall progress: 75% complete (6/8 weeks)\n\n## Work"),
            plan("## Overall progress: 75% complete\n\nSee below.\n\n## Work"),
            plan("Overall progress: ~80%"),
            plan("### Setup (3/3 tasks)\n\n- Wood\n- Glue\n- Nails\n\n## Work"),
            "# Report: Shelf\n\n**Progress**: 2/3 tasks\n\n- [x] T1 Saw\n- [ ] T2 Glue\n".to_owned(),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
