//! The rule `current-phase-mismatch`.

use plan_model::{ItemKind, Meaning};
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, common::plural};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "current-phase-mismatch",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "current phase does not match the plan's phases",
    doc: "\
## What it checks

A field such as `Current Phase: 2 of 5` whose total differs from the number of phases in the plan, or whose current phase is greater than the total. Phases of a rollout, a timeline or a rollback are not counted.

## Why

A phase was added or removed, but the field was not updated.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Current Phase**: Phase 2 of 5

## Phase 1: Copy

- [x] Copy the data

## Phase 2: Switch

- [ ] Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Current Phase**: Phase 2 of 2

## Phase 1: Copy

- [x] Copy the data

## Phase 2: Switch

- [ ] Switch the readers over
```

## Fix

Update the number of phases.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(field) = plan.field(Meaning::CurrentPhase) else { return };
    let written = file.document().slice(field.value_range.clone());
    let Some(of) = written.find(" of ") else { return };
    let number = |text: &str| {
        text.trim().split(|c: char| !c.is_ascii_digit()).rfind(|part| !part.is_empty())?.parse::<usize>().ok()
    };
    let after = &written[of + 4..];
    let digits = after.trim_start().bytes().take_while(u8::is_ascii_digit).count();
    let (Some(current), Ok(all)) = (number(&written[..of]), after.trim_start()[..digits].parse::<usize>())
    else {
        return;
    };
    let main = plan.main_scope();
    let count = plan
        .items()
        .filter(|item| item.kind() == ItemKind::Phase && item.parent().is_none())
        .filter(|item| item.scope().map(|section| section.index()) == main)
        .count();
    let (key, range) = (field.key.trim(), field.value_range.clone());
    if current > all {
        findings.push(Finding::new(
            &RULE,
            range,
            format!("current phase {current} is greater than the total of {all}"),
        ));
    } else if count > 0 && count != all {
        let start = range.start + of + 4 + (after.len() - after.trim_start().len());
        let message = format!("`{key}` states {}, but the plan has {count}", plural(all, "phase"));
        let finding = Finding::new(&RULE, range, message);
        let edit = Edit::replace(start..start + digits, count.to_string());
        findings.push(if current <= count {
            finding.fix(format!("Change total to `{count}`"), vec![edit], false)
        } else {
            finding
        });
    }
}
