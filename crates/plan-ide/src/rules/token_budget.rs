//! The rule `token-budget`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "token-budget",
    group: Group::Text,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "document exceeds its token budget",
    doc: "\
## What it checks

A plan that is longer than `token_budget` in its front matter, or `token_budget` below the key `ai`. Tokens are estimated: one per four bytes of ASCII text, and one per other character.

## Why

An AI agent that reads the plan within the budget sees only a part of it.

## Example

Incorrect:

```markdown
---
type: plan
ai:
  token_budget: 10
---

# Plan: Move the search index

- [ ] Copy the data, and compare both sides before anything else is done
```

Correct:

```markdown
---
type: plan
ai:
  token_budget: 1000
---

# Plan: Move the search index

- [ ] Copy the data, and compare both sides before anything else is done
```

## Fix

Shorten the plan, split it, or raise the budget.

## Options

This rule is off by default. Enable it in `plansmith.toml`. The option `tolerance` allows documents to exceed their budget by a fraction: `0.2` allows 20%.

```toml
[rules]
token-budget = \"warning\"

[rule-options.token-budget]
tolerance = 0.2
```
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(range) = plan.front_matter_range() else { return };
    let front = file.document().slice(range.clone());
    let Some(at) = front.find("token_budget:").or_else(|| front.find("token-budget:")) else { return };
    let value = &front[at + "token_budget:".len()..];
    let digits_at = value.len() - value.trim_start_matches([' ', '\t']).len();
    let digits = value[digits_at..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'_').count();
    let written = &value[digits_at..digits_at + digits];
    let Ok(budget) = written.replace('_', "").parse::<usize>() else { return };
    let text = file.document().text();
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let others = text.chars().filter(|c| !c.is_ascii()).count();
    let estimate = ascii.div_ceil(4) + others;
    let tolerance = file.environment().options.get("token-budget.tolerance").copied().unwrap_or(0.0);
    if budget > 0 && estimate as f64 > budget as f64 * (1.0 + tolerance) {
        let start = range.start + at + "token_budget:".len() + digits_at;
        let message = format!("document has about {estimate} tokens, but its budget is {budget}");
        findings.push(Finding::new(&RULE, start..start + digits, message));
    }
}
