//! The rule `review-open-tasks`.

use plan_model::{Item, Role};
use plan_schema::DocumentKind;

use super::{
    Check, Group, Rule,
    common::{is_remaining_task, is_story, plural, shown_status},
};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "review-open-tasks",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "plan is ready for review but has open tasks",
    doc: "\
## What it checks

A plan whose status requests a review of the work (`Ready for Review`, `In Review`, `QA`, ...) while some of its tasks are still open. In a plan without checked tasks, the plan itself may be under review, so such plans are reported only if they are user stories. Criteria, prerequisites, approvals, questions and optional tasks are ignored.

## Why

Reviewers rely on the status. Either some work was forgotten, or the checkboxes were not updated.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: Ready for Review

- [x] Copy the data
- [ ] Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress

- [x] Copy the data
- [ ] Switch the readers over
```

## Fix

Check the tasks that are done, or set the status back to *In Progress*.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status() else { return };
    if !plan.vocabulary().requests_review(&status.value) {
        return;
    }
    if plan.progress().done == 0 && !is_story(file) {
        return;
    }
    let is_work = |item: &Item<'_>| matches!(item.role(), Role::Work | Role::Deliverable);
    let open: Vec<Item<'_>> = plan.items().filter(|item| is_remaining_task(item) && is_work(item)).collect();
    let Some(_) = open.first() else { return };
    let listed = open.iter().map(|item| (item.line(), format!("open: {}", item.title())));
    let message = format!(
        "status is `{}`, but {} of {} {} open",
        shown_status(&status.value),
        open.len(),
        plural(plan.progress().total, "task"),
        if open.len() == 1 { "is" } else { "are" },
    );
    findings.push(Finding::new(&RULE, status.value_range, message).list(listed));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn stories_and_begun_plans() {
        check_rule(
            &RULE,
            "\
# Story 1.6: Sign in

## Status

Ready for Review

## Tasks / Subtasks

- [ ] Make the form
- [ ] Test the form
",
            expect![[r#"
                5   | Ready for Review
                    | ^^^^^^^^^^^^^^^^ status is `Ready for Review`, but 2 of 2 tasks are open
                9   | - [ ] Make the form
                    | ^^^^^^^^^^^^^^^^^^^ (open: Make the form)
                10  | - [ ] Test the form
                    | ^^^^^^^^^^^^^^^^^^^ (open: Test the form)
            "#]],
        );
        check_rule(
            &RULE,
            "# Plan: Shelf\n\n**Status**: In Review (since Monday)\n\n- [x] Saw\n- [ ] Glue\n",
            expect![[r#"
                3   | **Status**: In Review (since Monday)
                    |             ^^^^^^^^^^^^^^^^^^^^^^^^ status is `In Review (since Monday)`, but 1 of 2 tasks is open
                6   | - [ ] Glue
                    | ^^^^^^^^^^ (open: Glue)
            "#]],
        );
    }

    #[test]
    fn reviews_of_the_plan_itself() {
        check_silent(
            &RULE,
            &[
                "# Plan: Shelf\n\n**Status**: In Review\n\n- [ ] Saw\n- [ ] Glue\n",
                "# Plan: Shelf\n\n**Status**: Ready for Review\n\n- [x] Saw\n\n## Approval\n\n- [ ] Ada\n",
                "# Plan: Shelf\n\n**Status**: In Progress\n\n- [x] Saw\n- [ ] Glue\n",
            ],
        );
    }
}
