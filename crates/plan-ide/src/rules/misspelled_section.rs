//! The rule `misspelled-section`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "misspelled-section",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "section heading is misspelled",
    doc: "\
## What it checks

A heading that is similar to the heading of a template section, or has the same words in a different order, if the plan does not have the template's own heading. Differences in case, numbering, emoji and plurals, and `&` instead of `and`, are ignored.

A heading with other words is a probable typo and has severity `info`.

## Why

Readers and tools that look for the section by its usual name do not find it.

## Example

Incorrect:

```markdown
---
template: execution-plan
---

# Execution Plan: Move the search index

## Sucess Criteria
```

Correct:

```markdown
---
template: execution-plan
---

# Execution Plan: Move the search index

## Success Criteria
```

## Fix

Rename the heading to the one in the template.
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
        let message =
            format!("misspelled section `{}`; template `{}` has `{title}`", section.title(), template.name);
        let edits = vec![Edit::replace(range.clone(), title.clone())];
        let mut finding =
            Finding::new(&RULE, range, message).fix(format!("Rename to `{title}`"), edits, false);
        // A different order of words can be intended; different letters are probably a typo.
        if !has_same_words(&section.title(), title) {
            finding.severity = Some(Severity::Info);
        }
        findings.push(finding);
    }
}

/// Returns whether two titles have the same words in any order.
fn has_same_words(a: &str, b: &str) -> bool {
    let words = |title: &str| {
        let mut words: Vec<String> = title
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        words.sort_unstable();
        words
    };
    words(a) == words(b)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn typos_and_word_order() {
        check(
            &RULE,
            "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Sucess Criteria\n\n## Mitigations & Risks\n",
            expect![[r#"
                6   | ## Sucess Criteria
                    |    ^^^^^^^^^^^^^^^ misspelled section `Sucess Criteria`; template `execution-plan` has `Success Criteria`
                8   | ## Mitigations & Risks
                    |    ^^^^^^^^^^^^^^^^^^^ misspelled section `Mitigations & Risks`; template `execution-plan` has `Risks & Mitigations`
            "#]],
        );
    }

    #[test]
    fn equivalent_titles() {
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
