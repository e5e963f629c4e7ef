//! `conflicting-fields`.

use plan_model::{Field, Meaning, state};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "conflicting-fields",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "front matter and text say different things",
    doc: "\
## What it finds

A status, an owner or a title that the front matter gives otherwise than the text below it. Values are compared by what they mean: `in-progress` and `🔄 In Progress` are the same, and so are `Ada` and `Ada (lead)`. Titles are compared only where they have no word in common.

## Why

Tools read the front matter, people the text.

## Example

```markdown
---
status: completed
owner: Ada
---

# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada

- [ ] Copy the data
```

```markdown
---
status: in-progress
owner: Ada
---

# Plan: Move the search index

**Status**: 🔄 In Progress
**Owner**: Ada (lead)

- [ ] Copy the data
```

## Fix

Write in the text what the front matter says.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let fields: Vec<Field<'_>> = plan.fields().into_iter().collect();
    for meaning in [Meaning::Status, Meaning::Owner] {
        let of = |front: bool| {
            fields.iter().find(|field| field.front_matter == front && field.meaning == Some(meaning))
        };
        let (Some(front), Some(text)) = (of(true), of(false)) else { continue };
        let differ = match meaning {
            Meaning::Status => match (plan.state_of(&front.value), plan.state_of(&text.value)) {
                (Some(front), Some(text)) => front != text,
                _ => false,
            },
            _ => filled(&front.value) && filled(&text.value) && no_word_in_common(&front.value, &text.value),
        };
        if differ {
            let written = front.value.trim();
            let message = format!("the text says `{}`, the front matter `{written}`", text.value.trim());
            let finding = Finding::new(&RULE, text.value_range.clone(), message)
                .related(front.value_range.clone(), "in the front matter");
            findings.push(finding.fix(
                format!("Write `{written}`"),
                vec![Edit::replace(text.value_range.clone(), written)],
                false,
            ));
        }
    }
    let title = fields.iter().find(|field| field.front_matter && field.meaning == Some(Meaning::Title));
    if let (Some(front), Some(range)) = (title, plan.title_range()) {
        let heading = file.document().slice(range.clone());
        if is_full(&front.value) && is_full(&heading) && no_word_in_common(&front.value, &heading) {
            let message = format!(
                "the heading and the front matter's title `{}` have nothing in common",
                front.value.trim()
            );
            findings.push(
                Finding::new(&RULE, range, message).related(front.value_range.clone(), "in the front matter"),
            );
        }
    }
}

/// Whether a title is one in words, no name of a branch or file.
fn is_full(title: &str) -> bool {
    let slug = |word: &str| word.matches(['-', '_']).count() > 1;
    filled(title) && title.split_whitespace().count() > 2 && !title.split_whitespace().any(slug)
}

fn filled(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty()
        && !state::is_unfilled(value)
        && !value.starts_with(['[', '{', '<'])
        && !["tbd", "none", "null", "unassigned", "n/a", "-", "?"].contains(&value.to_lowercase().as_str())
}

fn no_word_in_common(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let (a, b) = (words(a), words(b));
    // Handles and roles are other names for the same people: only what looks alike can differ.
    let alike = |word: &str, other: &str| {
        word == other || word.len() > 3 && other.len() > 3 && (word.contains(other) || other.contains(word))
    };
    !a.is_empty() && !b.is_empty() && !a.iter().any(|word| b.iter().any(|other| alike(word, other)))
}
