//! `milestone-unknown-task`.

use std::collections::HashSet;

use plan_model::{Id, Plan, Resolution};
use plan_schema::Kind;

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "milestone-unknown-task",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "milestone refers to an unknown task or phase",
    doc: "\
## What it checks

A cell of a milestone table that contains only IDs, at least one of which is not the ID of a task or phase of the plan. It is reported only if the plan has other IDs of the same kind.

## Why

Readers cannot determine when the milestone is reached.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides

## Milestones

| Milestone | Date | Dependencies |
|-----------|------|--------------|
| Copied | 2026-04-01 | Task 1.1, Task 1.7 |
```

Correct:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides

## Milestones

| Milestone | Date | Dependencies |
|-----------|------|--------------|
| Copied | 2026-04-01 | Task 1.1, Task 1.2 |
```

## Fix

Write the intended ID.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: None }),
};

/// The forms of IDs in a plan: keywords of phases, and for other IDs the prefix and the number of dots.
struct IdForms {
    words: HashSet<String>,
    forms: HashSet<(String, usize)>,
}

impl IdForms {
    fn of(plan: &Plan) -> Self {
        let mut forms = Self { words: HashSet::new(), forms: HashSet::new() };
        for id in plan.items().filter_map(|item| item.id()) {
            if let Some((word, _)) = id.phase_parts() {
                forms.words.insert(word.to_owned());
            }
            forms.forms.insert(Self::form(id));
        }
        forms
    }

    fn form(id: &Id) -> (String, usize) {
        (id.prefix().to_owned(), id.as_str().matches('.').count())
    }

    /// Returns whether the plan has IDs of this form. A plain number can mean anything and never matches.
    fn has(&self, id: &Id) -> bool {
        match id.phase_parts() {
            Some((word, _)) => self.words.contains(word),
            None => !id.is_plain() && self.forms.contains(&Self::form(id)),
        }
    }
}

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for milestone in view.milestones() {
        for name in milestone.tasks.iter().filter(|name| name.resolution == Resolution::Unresolved) {
            let [id] = &name.ids[..] else { continue };
            if view.structure_memo(IdForms::of).has(id) && id.plan_number().is_none() {
                findings.push(Finding::new(
                    &RULE,
                    name.range.clone(),
                    format!("unknown task or phase `{id}` in milestone"),
                ));
            }
        }
    }
}
