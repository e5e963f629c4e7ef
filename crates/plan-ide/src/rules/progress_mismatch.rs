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

A progress value that disagrees with the tasks: a number of tasks or checkboxes (`12/40 tasks`, `Total tasks: 40`), a completion field at the top of the plan, an *overall* percentage, or a cell in the phase table. Plans count in different ways, so a value is accepted if it matches any of these counts: all tasks, tasks without subtasks, tasks with an ID, tasks in phases, or the tasks of the section that contains the value. Percentages may be off by one. Values in logs and on lines with a date describe another day and are not checked.

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
        if claim.is_accurate() {
            continue;
        }
        let mut finding = Finding::new(&RULE, claim.range.clone(), claim.mismatch());
        if let Some(phase) = &claim.phase {
            finding = finding.related(phase.title_range(), "phase");
        }
        let written = file.document().slice(claim.range.clone());
        findings.push(match claim.with_progress(&written, claim.standard()) {
            Some(text) => {
                let title = format!("Update progress to {}", claim.format(claim.standard()));
                finding.fix(title, vec![Edit::replace(claim.range.clone(), text)], false)
            }
            None => finding,
        });
    }
}
