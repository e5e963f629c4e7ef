//! `duplicate-section`.

use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-section",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a section that the template has once stands twice",
    doc: "\
## What it finds

A section that the template asks for once and that stands a second time in the same place of the plan. Phases, tasks and \
entries of logs repeat by their nature.

## Why

Two sections of one name drift apart, and readers stop at the first.

## Example

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

## Fix

A second section that says the same as the first is removed. Where they differ, only you can join them.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(binding) = file.binding() else { return };
    let plan = file.plan();
    let sections: Vec<_> = plan.sections().collect();
    for (again, first) in binding.duplicates(plan) {
        let (again, first) = (&sections[again], &sections[first]);
        let text = |range| file.document().slice(range).split_whitespace().collect::<Vec<_>>().join(" ");
        let same = text(again.range()).trim_end_matches("---").trim_end()
            == text(first.range()).trim_end_matches("---").trim_end();
        let fix = Fix {
            title: "Remove the second one".to_owned(),
            edits: vec![Edit::replace(again.range(), "")],
            safe: false,
        };
        let message = format!("`{}` stands twice", again.title());
        let finding =
            Finding::new(&RULE, again.text_range(), message).related(first.text_range(), "the first one");
        findings.push(Finding {
            elsewhere: Vec::new(),
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
    fn twice() {
        check(
            &RULE,
            "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Notes\n\na\n\n## Testing\n\nb\n\n## Notes\n\na\n",
            expect![[r#"
                6   | ## Notes
                    |    ^^^^^ (the first one)
                14  | ## Notes
                    |    ^^^^^ `Notes` stands twice
            "#]],
        );
    }

    #[test]
    fn what_repeats_by_nature() {
        check_silent(
            &RULE,
            &[
                "---\ntemplate: execution-plan\n---\n# x\n\n## Steps\n\n### Phase 1: a\n\n#### b\n\n### Phase 2: a\n\n#### b\n",
            ],
        );
    }
}
