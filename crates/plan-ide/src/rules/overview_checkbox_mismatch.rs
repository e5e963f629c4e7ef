//! The rule `overview-checkbox-mismatch`.

use plan_model::{ItemKind, State};
use plan_schema::DocumentKind;

use super::{
    Check, Group, Rule,
    common::{name, plural},
};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "overview-checkbox-mismatch",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "phase is unchecked in an overview, but all its tasks are done",
    doc: "\
## What it checks

A phase with an unchecked checkbox in an overview, such as `- [ ] Phase 1: Copy`, whose tasks are all done. It is reported only if the overview has another phase that is checked, or whose tasks are not all done. A checked phase with open tasks is reported by `phase-open-tasks`.

## Why

Readers of the overview assume that the phase is not done.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Phase 1: Copy
- [ ] Phase 2: Switch

## Phase 1: Copy

- [x] Copy the articles
- [x] Copy the journals

## Phase 2: Switch

- [ ] Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

- [x] Phase 1: Copy
- [ ] Phase 2: Switch

## Phase 1: Copy

- [x] Copy the articles
- [x] Copy the journals

## Phase 2: Switch

- [ ] Switch the readers over
```

## Fix

Check the phase in the overview.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let mut is_maintained = false;
    let mut found = Vec::new();
    for phase in plan.items_with_other_places().filter(|item| item.kind() == ItemKind::Phase) {
        let checkbox = phase.state_sources().find(|(kind, ..)| kind.is_checkbox());
        let Some((_, range, Some(state))) = checkbox else { continue };
        let progress = phase.progress();
        let is_finished = progress.total > 0 && progress.done == progress.total;
        is_maintained |= state == State::Done || !is_finished;
        // Another source, such as the heading, can state that the phase is not done.
        let is_marked_not_done = phase.state_sources().any(|(kind, _, stated)| {
            !kind.is_checkbox() && stated.is_some_and(|stated| stated != State::Done)
        });
        if state == State::Open && is_finished && !is_marked_not_done {
            found.push((phase, range, progress.total));
        }
    }
    for (phase, range, total) in found.into_iter().filter(|_| is_maintained) {
        let done = match total {
            1 => "its only task is".to_owned(),
            _ => format!("all {} are", plural(total, "task")),
        };
        let message = format!("`{}` is unchecked, but {done} done", name(&phase));
        let finding = Finding::new(&RULE, range.clone(), message).related(phase.title_range(), "phase");
        let edits = if range.is_empty() { Vec::new() } else { vec![Edit::replace(range, "x")] };
        findings.push(if edits.is_empty() { finding } else { finding.fix("Check phase", edits, false) });
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::check_silent, RULE};

    #[test]
    fn overviews_that_are_right_or_not_maintained() {
        let phases = "## Phase 1: A\n\n- [x] a\n\n## Phase 2: B\n\n- [ ] b\n";
        let done = phases.replace("- [ ] b", "- [x] b");
        check_silent(
            &RULE,
            &[
                &format!("# Plan: x\n\n- [x] Phase 1: A\n- [ ] Phase 2: B\n\n{phases}"),
                &format!("# Plan: x\n\n- [ ] Phase 1: A\n- [ ] Phase 2: B\n\n{done}"),
                &format!(
                    "# Plan: x\n\n- [ ] Phase 1: A\n- [ ] Phase 2: B\n\n{}",
                    phases.replace("1: A\n", "1: A (in progress)\n")
                ),
            ],
        );
    }
}
