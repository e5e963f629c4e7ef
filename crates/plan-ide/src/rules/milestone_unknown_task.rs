//! `milestone-unknown-task`.

use std::collections::HashSet;

use plan_model::{Id, Part, Plan, Reach};
use plan_schema::Kind;

use super::{BySegment, Check, Group, Rest, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "milestone-unknown-task",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a milestone names a task or phase that there is not",
    doc: "\
## What it finds

A cell of a table of milestones that holds nothing but ids, one of which is no task or phase of the plan, though the plan has others of its kind.

## Why

Nobody can tell when the milestone is reached.

## Example

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

## Fix

Write the id that was meant.
",
    check: Check::Segments(&BySegment { each, rest: Rest::Nothing, mend: None }),
};

/// What ids of the plan look like: the words of those that have one before them, the prefix and the dots of the others.
struct Kin {
    words: HashSet<String>,
    forms: HashSet<(String, usize)>,
}

impl Kin {
    fn of(plan: &Plan) -> Self {
        let mut kin = Self { words: HashSet::new(), forms: HashSet::new() };
        for id in plan.items().filter_map(|item| item.id()) {
            if let Some((word, _)) = id.phase_parts() {
                kin.words.insert(word.to_owned());
            }
            kin.forms.insert(Self::form(id));
        }
        kin
    }

    fn form(id: &Id) -> (String, usize) {
        (id.prefix().to_owned(), id.as_str().matches('.').count())
    }

    /// Whether the plan has ids of this kind. A bare number may be anything.
    fn has(&self, id: &Id) -> bool {
        match id.phase_parts() {
            Some((word, _)) => self.words.contains(word),
            None => !id.is_plain() && self.forms.contains(&Self::form(id)),
        }
    }
}

fn each(file: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    for milestone in part.milestones() {
        for name in milestone.tasks.iter().filter(|name| name.reach == Reach::Nowhere) {
            let [id] = &name.ids[..] else { continue };
            if plan.of_shape(Kin::of).has(id) && id.plan_number().is_none() {
                findings.push(Finding::new(&RULE, name.range.clone(), format!("there is no `{id}`")));
            }
        }
    }
}
