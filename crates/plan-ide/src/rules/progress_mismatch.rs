//! `progress-mismatch`.

use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, progress_claims::progress_claims};

pub(super) const RULE: Rule = Rule {
    name: "progress-mismatch",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "stated progress does not match the checkboxes",
    doc: "\
## What it checks

A progress value that disagrees with the tasks: a number of tasks or checkboxes (`12/40 tasks`, `Total tasks: 40`), a completion field at the top of the plan, an *overall* percentage, or a cell in the phase table. Plans count in different ways, so a value is accepted if it matches any of these counts: all tasks, tasks without subtasks, tasks with an ID, tasks in phases, or the tasks of the section that contains the value. Percentages may be off by one. A value in a heading counts the tasks below it, and a value after the name of a phase those of the phase. Values are compared only if it is sure what they count: not in logs and on lines with a date, which describe another day, not in reports, not in the text of tasks, and not if no count has about as many tasks.

## Why

The value was right once, and readers still trust it.

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

Update the value to what the checkboxes give.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    if file.plan().progress().total == 0 {
        return;
    }
    for claim in progress_claims(file) {
        let Some(correction) = claim.correction().filter(|_| !claim.is_accurate()) else { continue };
        let mut finding = Finding::new(&RULE, claim.range.clone(), claim.mismatch());
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
    fn values_that_count_something_else() {
        let plan = |text: &str| format!("# Plan: Shelf\n\n{text}\n\n- [x] T1 Saw\n- [ ] T2 Glue\n");
        let texts = [
            plan("- [ ] T3 Check the list in `checklist.md` (2/2 items)"),
            plan("- [x] T3 Say \"2/3 tasks\""),
            plan("Progress: 1/3 → 2/3 tasks"),
            plan("Unit tests: 3/3 items"),
            plan("High priority: 1/1 tasks"),
            plan("12/35 tasks"),
            plan("### Setup (3/3 tasks)\n\n- Wood\n- Glue\n- Nails\n\n## Work"),
            "# Report: Shelf\n\n**Progress**: 2/3 tasks\n\n- [x] T1 Saw\n- [ ] T2 Glue\n".to_owned(),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
