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

A progress value that disagrees with the tasks: a number of tasks or checkboxes (`12/40 tasks`, `Total tasks: 40`), a completion field at the top of the plan, an *overall* percentage, or a cell in the phase table. Plans count in different ways, so a value is accepted if it matches any of these counts: all tasks, tasks without subtasks, tasks with an ID, tasks in phases, or the tasks of the section that contains the value. Percentages may be off by one. A value in a heading refers to the tasks below the heading, and a value after the name of a phase refers to the tasks of the phase. Plansmith does not check values in logs, in reports, in the text of tasks and on lines with a date. It also ignores values that differ greatly from every count, because they may refer to something else.

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
