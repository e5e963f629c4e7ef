//! `misspelled-section`.

use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "misspelled-section",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a heading is nearly one of the template's",
    doc: "\
## What it finds

A heading that differs from one of the template by a slip of the pen, or has its words in another order, while the \
template's own is missing. Case, numbering, emoji, `&` for `and` and plurals make no difference.

## Why

Whoever looks for the section by its usual name, person or program, does not find it.

## Example

```markdown
---
template: execution-plan
---

# Execution Plan: Move the search index

## Sucess Criteria
```

## Fix

The heading gets the template's words.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(binding) = file.binding() else { return };
    for section in file.plan().sections() {
        let Some(bound) = binding.of(section.index()).filter(|bound| bound.near) else { continue };
        let template = binding.template();
        let title = &template.sections[bound.spec].title;
        let range = section.text_range();
        let message = format!("the template `{}` calls this section `{title}`", template.name);
        let edits = vec![Edit::replace(range.clone(), title.clone())];
        findings.push(Finding::new(&RULE, range, message).fix(format!("Call it `{title}`"), edits, false));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn slips() {
        check(
            &RULE,
            "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Sucess Criteria\n\n## Mitigations & Risks\n",
            expect![[r#"
                6   | ## Sucess Criteria
                    |    ^^^^^^^^^^^^^^^ the template `execution-plan` calls this section `Success Criteria`
                8   | ## Mitigations & Risks
                    |    ^^^^^^^^^^^^^^^^^^^ the template `execution-plan` calls this section `Risks & Mitigations`
            "#]],
        );
    }

    #[test]
    fn equal_after_all() {
        check_silent(
            &RULE,
            &[
                "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## 3. Risk and Mitigations\n\n## ✅ SUCCESS CRITERIA\n",
                "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Success Criteria\n\n## Succes Criteria\n",
                "# Plan: x\n\n## Sucess Criteria\n",
            ],
        );
    }
}
