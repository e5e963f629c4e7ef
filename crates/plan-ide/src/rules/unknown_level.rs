//! `unknown-level`.

use plan_model::Part;
use plan_schema::Kind;

use crate::{Edit, finding::nearest};

use super::{BySegment, Check, Group, Rest, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unknown-level",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a level in a table of risks is misspelt",
    doc: "\
## What it finds

A probability or impact in a table of risks that is nearly one of the usual levels: `Hihg`, `Meduim`. Numbers, percentages and words of another scale are left alone.

## Why

Whoever filters for high risks does not see it.

## Example

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Risks

| Risk | Probability | Impact | Mitigation |
|------|-------------|--------|------------|
| The disk is full | Low | Hihg | Look before |
```

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Risks

| Risk | Probability | Impact | Mitigation |
|------|-------------|--------|------------|
| The disk is full | Low-Medium | SEVERE | Look before |
| The copy is slow | 30 % | Med | Wait |
```

## Fix

The level that was meant is offered.
",
    check: Check::Segments(&BySegment { each, rest: Rest::Nothing, mend: None }),
};

/// The levels that people use.
const LEVELS: [&str; 26] = [
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

fn each(_: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    for cell in part.levels() {
        let word = cell.text.trim_matches(|c: char| !c.is_alphanumeric());
        let plain = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !plain || LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word)) {
            continue;
        }
        // Two letters that changed places are one slip.
        let Some(level) =
            nearest(&word.to_ascii_lowercase(), LEVELS.into_iter().filter(|level| level.len() > 2))
        else {
            continue;
        };
        let at = cell.text.find(word).unwrap_or(0);
        let place = cell.range.start + at..cell.range.start + at + word.len();
        let meant = like(word, level);
        let finding = Finding::new(&RULE, place.clone(), format!("`{word}` is no level; `{meant}` is"));
        findings.push(finding.fix(format!("Write `{meant}`"), vec![Edit::replace(place, meant)], false));
    }
}

/// A word in the case of another one.
fn like(model: &str, word: &str) -> String {
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
