//! `misspelled-risk-level`.

use plan_schema::{Kind, nearest};

use crate::Edit;

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "misspelled-risk-level",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "misspelled risk level",
    doc: "\
## What it checks

A probability or impact in a risk table that is similar to a common level, such as `Hihg` or `Meduim`. Numbers, percentages and words of other scales are not checked.

## Why

Searches and filters for high risks do not find the misspelled level.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Risks

| Risk | Probability | Impact | Mitigation |
|------|-------------|--------|------------|
| The disk is full | Low | Hihg | Look before |
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Risks

| Risk | Probability | Impact | Mitigation |
|------|-------------|--------|------------|
| The disk is full | Low-Medium | SEVERE | Look before |
| The copy is slow | 30% | Med | Wait |
```

## Fix

Replace the word with the intended level.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: None }),
};

/// Common levels of probability and impact, in lower case.
const RISK_LEVELS: [&str; 26] = [
    "low",
    "medium",
    "high",
    "critical",
    "med",
    "very low",
    "very high",
    "minor",
    "moderate",
    "major",
    "severe",
    "negligible",
    "minimal",
    "certain",
    "likely",
    "unlikely",
    "possible",
    "rare",
    "none",
    "unknown",
    "significant",
    "catastrophic",
    "medium-high",
    "low-medium",
    "mid",
    "extreme",
];

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for cell in view.risk_levels() {
        let word = cell.text.trim_matches(|c: char| !c.is_alphanumeric());
        let plain = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !plain || RISK_LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word)) {
            continue;
        }
        // The distance treats two swapped letters as one mistake.
        let Some(level) =
            nearest(&word.to_ascii_lowercase(), RISK_LEVELS.into_iter().filter(|level| level.len() > 2))
        else {
            continue;
        };
        let at = cell.text.find(word).unwrap_or(0);
        let range = cell.range.start + at..cell.range.start + at + word.len();
        let suggestion = with_case_of(word, level);
        let finding = Finding::new(
            &RULE,
            range.clone(),
            format!("unknown risk level `{word}`; did you mean `{suggestion}`?"),
        );
        findings.push(finding.fix(
            format!("Replace with `{suggestion}`"),
            vec![Edit::replace(range, suggestion)],
            false,
        ));
    }
}

/// Returns `word` in the case of `model`.
fn with_case_of(model: &str, word: &str) -> String {
    if model.chars().all(char::is_uppercase) {
        return word.to_uppercase();
    }
    let mut characters = word.chars();
    match characters.next() {
        Some(first) if model.starts_with(char::is_uppercase) => {
            first.to_uppercase().chain(characters).collect()
        }
        _ => word.to_owned(),
    }
}
