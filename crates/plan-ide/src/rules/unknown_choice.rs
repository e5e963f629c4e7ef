//! The rule `unknown-choice`.

use plan_model::Meaning;
use plan_schema::{DocumentKind, LineKind, Placeholder, is_same_choice, nearest_of_few};

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Edit, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unknown-choice",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "value is not one of the allowed values",
    doc: "\
## What it checks

A field for which the template lists options (`[Low | Medium | High]`) and whose value is similar to one of them. Other values are accepted, and so is every status with a known state, because options are suggestions. If the section in the template has the comment `<!-- plansmith-closed -->`, only the options are allowed.

A value that is similar to an option is a probable typo and has severity `info`.

## Why

Searches and filters for `High` do not find `Hihg`.

## Example

Incorrect:

```markdown
---
template: implementation-plan
---

# Implementation Plan: Search

## Risk Management

### Identified Risks

**Risk 1**: The index grows
- **Likelihood**: Hihg
```

Correct:

```markdown
---
template: implementation-plan
---

# Implementation Plan: Search

## Risk Management

### Identified Risks

**Risk 1**: The index grows
- **Likelihood**: High
```

## Fix

Replace the value with the most similar option.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: None }),
};

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    let Some(binding) = view.binding() else { return };
    let template = binding.template();
    let is_candidate = |line_kind: &LineKind, placeholders: &[Placeholder], _: bool| match line_kind {
        LineKind::Field(key) => {
            placeholders.is_empty() && template.may_have_choice(key) && !refers_to_tasks(Meaning::of(key))
        }
        _ => false,
    };
    for line in view.candidate_lines(is_candidate) {
        let LineKind::Field(key) = &line.line_kind else { continue };
        let spec = line.section.and_then(|section| binding.of(section)).map(|bound| bound.spec);
        let Some(field) = template.field(key, spec).filter(|field| !field.choices.is_empty()) else {
            continue;
        };
        let meaning = Meaning::of(key);
        let options = match meaning {
            Some(Meaning::Status) => template.choices_for(Meaning::Status),
            _ => field.choices.clone(),
        };
        let value = without_remarks(&line.text);
        let is_valid = value.is_empty()
            || options.iter().any(|option| is_same_choice(option, value))
            || meaning == Some(Meaning::Status) && view.state_of(&line.text).is_some();
        if is_valid {
            continue;
        }
        let closed = field.section.is_some_and(|section| template.sections[section].closed);
        let similar = nearest_of_few(value, options.iter().map(String::as_str));
        let message = match similar {
            Some(option) => format!("invalid value `{value}` for `{}`; did you mean `{option}`?", field.key),
            None if closed => {
                let options: Vec<String> = options.iter().map(|option| format!("`{option}`")).collect();
                format!("invalid value `{value}` for `{}`; expected {}", field.key, options.join(", "))
            }
            None => continue,
        };
        let start = line.range.start + line.text.find(value).unwrap_or(0);
        let range = start..start + value.len();
        let fixes = similar.map(|option| Fix {
            title: format!("Replace with `{option}`"),
            edits: vec![Edit::replace(range.clone(), option)],
            safe: false,
        });
        let mut finding = Finding::new(&RULE, range, message).extend_fixes(fixes);
        // A value similar to an allowed one is almost certainly a typo; another value can be intended.
        finding.severity = similar.map(|_| Severity::Info);
        findings.push(finding);
    }
}

/// Returns whether a field refers to tasks: `[None | Task X.Y]` shows formats, not options.
fn refers_to_tasks(meaning: Option<Meaning>) -> bool {
    use Meaning::{After, BlockedBy, Blocks, DependsOn, Prerequisites};
    matches!(meaning, Some(DependsOn | BlockedBy | Blocks | Prerequisites | After))
}

/// Returns a value without emoji, emphasis and trailing remarks.
fn without_remarks(value: &str) -> &str {
    let value = value.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | '['));
    let cut = value.find(['(', '—', ';']).map_or(value, |at| &value[..at]);
    cut.trim_end_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const TEXT: &str = "---\ntemplate: implementation-plan\n---\n# Implementation Plan: x\n\n## Risk Management\n\n### Identified Risks\n\n**Risk 1**: a\n- **Likelihood**: Hihg\n- **Impact**: low\n";

    #[test]
    fn similar_values() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
                11  | - **Likelihood**: Hihg
                    |                   ^^^^ invalid value `Hihg` for `Likelihood`; did you mean `High`?
            "#]],
        );
        check_fix(
            &RULE,
            TEXT,
            "Replace with `High`",
            expect![[r#"
            ---
            template: implementation-plan
            ---
            # Implementation Plan: x

            ## Risk Management

            ### Identified Risks

            **Risk 1**: a
            - **Likelihood**: High
            - **Impact**: low
        "#]],
        );
    }

    #[test]
    fn other_values_are_accepted() {
        check_silent(
            &RULE,
            &[
                "---\ntemplate: project-plan\n---\n# x\n\n**Status**: Cancelled (2026-01-02)\n",
                "---\ntemplate: project-plan\n---\n# x\n\n**Status**: ✅ in progress\n",
                "---\ntemplate: project-plan\n---\n# x\n\n- [ ] **Task 1.2**: a\n  - Dependencies: Task 1.1\n",
                "---\ntemplate: project-plan\n---\n# x\n\n**Status**: [Draft | In Progress | Completed | Blocked]\n",
                "---\ntemplate: implementation-plan\n---\n# x\n\n## Risk Management\n\n### Identified Risks\n\n**Risk 1**: a\n- **Likelihood**: about one in ten\n",
            ],
        );
    }
}
