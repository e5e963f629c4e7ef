//! The rule `duplicate-section`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-section",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "duplicate section",
    doc: "\
## What it checks

A section that appears once in the template but more than once at the same place in the plan. Phases, tasks and log entries are repeatable and are not checked.

## Why

Two sections with the same name become inconsistent over time, and readers may find only the first one.

## Example

Incorrect:

```markdown
---
template: execution-plan
---

# Execution Plan: Move the search index

## Notes

Ask before the switch.

## Notes

Ask before the switch.
```

Correct:

```markdown
---
template: execution-plan
---

# Execution Plan: Move the search index

## Notes

Ask before the switch.
```

## Fix

If the duplicate has the same text as the first section, remove the duplicate. If the texts differ, merge them yourself.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(binding) = file.binding() else { return };
    let plan = file.plan();
    let sections: Vec<_> = plan.sections().collect();
    for (duplicate, first) in binding.duplicates(plan) {
        let (duplicate, first) = (&sections[duplicate], &sections[first]);
        let text = |range| file.document().slice(range).split_whitespace().collect::<Vec<_>>().join(" ");
        let same = text(duplicate.range()).trim_end_matches("---").trim_end()
            == text(first.range()).trim_end_matches("---").trim_end();
        let fix = Fix {
            title: "Remove duplicate".to_owned(),
            edits: vec![Edit::replace(duplicate.range(), "")],
            safe: false,
        };
        let message = format!("duplicate section `{}`", duplicate.title());
        let finding = Finding::new(&RULE, duplicate.text_range(), message)
            .related(first.text_range(), "first defined here");
        findings.push(Finding {
            related_locations: Vec::new(),
            fixes: if same { vec![fix] } else { Vec::new() },
            ..finding
        });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn reports_the_second_section() {
        check(
            &RULE,
            "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Notes\n\na\n\n## Testing\n\nb\n\n## Notes\n\na\n",
            expect![[r#"
                6   | ## Notes
                    |    ^^^^^ (first defined here)
                14  | ## Notes
                    |    ^^^^^ duplicate section `Notes`
            "#]],
        );
    }

    #[test]
    fn phases_are_repeatable() {
        check_silent(
            &RULE,
            &[
                "---\ntemplate: execution-plan\n---\n# x\n\n## Steps\n\n### Phase 1: a\n\n#### b\n\n### Phase 2: a\n\n#### b\n",
            ],
        );
    }
}
