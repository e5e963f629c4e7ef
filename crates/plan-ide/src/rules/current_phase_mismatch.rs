//! The rule `current-phase-mismatch`.

use plan_model::{Item, ItemKind, Meaning, reference};
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, common::plural};
use crate::{File, Finding, Severity, TextRange};

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
    let main = plan.main_scope();
    let phases: Vec<Item<'_>> = plan
        .items()
        .filter(|item| item.kind() == ItemKind::Phase && item.parent().is_none())
        .filter(|item| item.scope().map(|section| section.index()) == main)
        .collect();
    let count = phases.len();
    let Some(of) = written.find(" of ") else {
        findings.extend(unknown_phase(&phases, &written, &field.value_range));
        return;
    };
    let number = |text: &str| {
        text.trim().split(|c: char| !c.is_ascii_digit()).rfind(|part| !part.is_empty())?.parse::<usize>().ok()
    };
    let after = &written[of + 4..];
    let digits = after.trim_start().bytes().take_while(u8::is_ascii_digit).count();
    let (Some(current), Ok(all)) = (number(&written[..of]), after.trim_start()[..digits].parse::<usize>())
    else {
        return;
    };
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

/// Returns the finding for a field that names a phase after the last one: `Phase 7` of four phases, which are numbered
/// from the start without gaps.
fn unknown_phase(phases: &[Item<'_>], written: &str, range: &TextRange) -> Option<Finding> {
    let mentions = reference::mentions(written);
    let [name] = &mentions.names[..] else { return None };
    let (word, number) = name.first.phase_parts().filter(|_| name.range.start == 0 && name.last.is_none())?;
    let number: usize = number.parse().ok()?;
    let numbers: Option<Vec<usize>> = phases
        .iter()
        .map(|phase| phase.id()?.phase_parts().filter(|(own, _)| *own == word)?.1.parse().ok())
        .collect();
    let numbers = numbers?;
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    let is_complete =
        first <= 1 && numbers.len() > 1 && numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    (is_complete && number > last).then(|| {
        let message = format!(
            "unknown current phase `{}`; the last phase is {last}",
            written[name.range.clone()].trim()
        );
        Finding::new(&RULE, range.start..range.start + name.range.end, message)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn a_phase_after_the_last_one() {
        let plan = |value: &str| {
            format!(
                "# Plan: x\n\n**Current Phase**: {value}\n\n## Phase 1: a\n\n- [x] b\n\n## Phase 2: c\n\n- [ ] d\n"
            )
        };
        check(
            &RULE,
            &plan("Phase 3"),
            expect![[r#"
            3   | **Current Phase**: Phase 3
                |                    ^^^^^^^ unknown current phase `Phase 3`; the last phase is 2
        "#]],
        );
        let silent = ["Phase 2", "Phase 2: c", "Planning", "Step 7", "After Phase 3", "Phases 2-4"].map(plan);
        check_silent(&RULE, &silent.each_ref().map(|text| &**text));
    }
}
