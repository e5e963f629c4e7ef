//! The rule `wave-order`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{
    Edit, File, Finding, Severity, Workspace,
    sets::{DocumentSet, wave},
};

pub(super) const RULE: Rule = Rule {
    name: "wave-order",
    group: Group::Families,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "plan is not in a later wave than its dependency",
    doc: "\
## What it checks

A plan of a GSD phase whose `wave` is not greater than the wave of a dependency in the same phase. Plans without a numeric wave are ignored.

## Why

The plans of a wave are executed at the same time, so the plan starts before its dependency is done.

## Example

<!-- file: .planning/phases/02-export/02-02-PLAN.md -->
<!-- sibling: .planning/phases/02-export/02-01-PLAN.md: ---\\nphase: 02-export\\nwave: 1\\n---\\n\\n<objective>Write the rows</objective>\\n -->

Incorrect, if `02-01-PLAN.md` is in wave 1:

```markdown
---
phase: 02-export
plan: 02
wave: 1
depends_on: [02-01]
---

<task type=\"auto\">
  <name>Task 1: Quote text fields</name>
</task>
```

Correct:

```markdown
---
phase: 02-export
plan: 02
wave: 2
depends_on: [02-01]
---

<task type=\"auto\">
  <name>Task 1: Quote text fields</name>
</task>
```

## Fix

Set the wave to one more than the highest wave of its dependencies.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some((own, stated)) = wave::of(file) else { return };
    if stated.depends_on.is_empty() {
        return;
    }
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    let before = stated.depends_on.iter().filter_map(|name| wave::plan_named(&set, name, file.path()));
    let waves = before.filter_map(|document| {
        let stated = set.documents[document].facts.stated.as_ref()?;
        Some((stated.wave?, document))
    });
    let Some((last, document)) = waves.max_by_key(|(wave, _)| *wave).filter(|(last, _)| own <= *last) else {
        return;
    };
    let Some(range) = wave::value_range(file, &set.family) else { return };
    let path = &*set.documents[document].path;
    let name = wave::plan_name(path);
    let message = format!("wave {own} is not later than wave {last} of dependency `{name}`");
    let finding = Finding::new(&RULE, range.clone(), message);
    let finding = finding.related_location(path, 0, format!("wave {last}"));
    let next = last.saturating_add(1);
    findings.push(finding.fix(
        format!("Set wave to {next}"),
        vec![Edit::replace(range, next.to_string())],
        false,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    fn found(front: &str, other: &str) -> Vec<String> {
        let plan = |front: &str| {
            format!(
                "---\nphase: 02-a\n{front}\n---\n\n<task type=\"auto\">\n  <name>Task 1: a</name>\n</task>\n"
            )
        };
        findings_among(
            &RULE,
            &[
                ("/w/.planning/phases/02-a/02-03-PLAN.md", &plan(front)),
                ("/w/.planning/phases/02-a/02-01-PLAN.md", &plan(other)),
                ("/w/.planning/phases/01-b/01-01-PLAN.md", &plan("wave: 9")),
            ],
        )
    }

    #[test]
    fn dependencies_of_the_phase() {
        for name in ["[\"02-01\"]", "[02-01-PLAN.md]", "[01]", "\n  - 2-1"] {
            assert_eq!(
                found(&format!("wave: 2\ndepends_on: {name}"), "wave: 2"),
                ["wave 2 is not later than wave 2 of dependency `02-01` -> wave: 3"],
                "{name}"
            );
        }
        assert_eq!(found("wave: 2\ndepends_on: [02-01]", "wave: 1"), [""; 0]);
        assert_eq!(found("wave: 2\ndepends_on: [01-01]", "wave: 2"), [""; 0], "another phase");
        assert_eq!(found("wave: 2\ndepends_on: [02-01]", "wave: last"), [""; 0]);
        assert_eq!(found("wave: 2\ndepends_on: []", "wave: 2"), [""; 0]);
    }
}
