//! `unknown-choice`.

use plan_model::{Meaning, Part};
use plan_schema::{Holder, Kind, Slot, lines_of_interest, same_choice};

use super::{BySegment, Check, Group, Rest, Rule};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unknown-choice",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a value is nearly one of the template's choices",
    doc: "\
## What it finds

A field whose template offers a choice (`[Low | Medium | High]`) and whose value is none of the alternatives but nearly \
one. Values that say something else are fine, and so is every status whose state is known: a choice is an offer, unless the \
template says `<!-- plansmith-closed -->` above the section, which allows nothing else.

## Why

`Hihg` is not found by whoever looks for what is high.

## Example

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

## Fix

The value becomes the nearest alternative.
",
    check: Check::Segments(&BySegment { each, rest: Rest::Nothing, mend: None }),
};

/// How alike a value and an alternative are at least, from 0 to 1.
const NEAR: f64 = 0.6;

fn each(file: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    let Some(binding) = file.binding() else { return };
    let (plan, template) = (file.plan(), binding.template());
    let wanted = |holder: &Holder, slots: &[Slot], _: bool| match holder {
        Holder::Field(key) => slots.is_empty() && template.may_choose(key) && !names_others(Meaning::of(key)),
        _ => false,
    };
    for line in lines_of_interest(plan, part, wanted) {
        let Holder::Field(key) = &line.holder else { continue };
        let spec = line.section.and_then(|section| binding.of(section)).map(|bound| bound.spec);
        let Some(field) = template.field(key, spec).filter(|field| !field.choices.is_empty()) else {
            continue;
        };
        let meaning = Meaning::of(key);
        let choices = match meaning {
            Some(Meaning::Status) => template.choices_for(Meaning::Status),
            _ => field.choices.clone(),
        };
        let value = bare(&line.text);
        let known = value.is_empty()
            || choices.iter().any(|choice| same_choice(choice, value))
            || meaning == Some(Meaning::Status) && plan.state_of(&line.text).is_some();
        if known {
            continue;
        }
        let closed = field.section.is_some_and(|section| template.sections[section].closed);
        let alike = |choice: &str| {
            strsim::normalized_damerau_levenshtein(&choice.to_lowercase(), &value.to_lowercase())
        };
        let nearest = choices.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
        let near = nearest.filter(|choice| alike(choice) >= NEAR);
        let message = match near {
            Some(choice) => format!("`{value}` is none of the template's choices; did you mean `{choice}`?"),
            None if closed => format!("`{value}` is none of the template's choices: {}", choices.join(", ")),
            None => continue,
        };
        let start = line.range.start + line.text.find(value).unwrap_or(0);
        let range = start..start + value.len();
        let fixes = near.map(|choice| Fix {
            title: format!("Write `{choice}`"),
            edits: vec![Edit::replace(range.clone(), choice.clone())],
            safe: false,
        });
        findings.push(Finding::new(&RULE, range, message).mended_by(fixes));
    }
}

/// Whether a field names tasks: `[None | Task X.Y]` shows forms, and is no choice.
fn names_others(meaning: Option<Meaning>) -> bool {
    use Meaning::{After, BlockedBy, Blocks, DependsOn, Prerequisites};
    matches!(meaning, Some(DependsOn | BlockedBy | Blocks | Prerequisites | After))
}

/// A value without emoji, emphasis and what explains it.
fn bare(value: &str) -> &str {
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
    fn slips() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
            11  | - **Likelihood**: Hihg
                |                   ^^^^ `Hihg` is none of the template's choices; did you mean `High`?
        "#]],
        );
        check_fix(
            &RULE,
            TEXT,
            "Write `High`",
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
    fn other_words_are_fine() {
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
