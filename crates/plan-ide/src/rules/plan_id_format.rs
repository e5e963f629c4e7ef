//! The rule `plan-id-format`.

use plan_model::Meaning;
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{
    File, Finding, Severity,
    workspace::{document_ids, path},
};

pub(super) const RULE: Rule = Rule {
    name: "plan-id-format",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "plan ID does not have the template's format",
    doc: "\
## What it checks

A plan that uses the template `codev-plan` and whose ID is neither of the form `plan-YYYY-MM-DD-short-name` nor the number or name of its file.

## Why

Other plans and tools refer to the plan by its ID.

## Example

Incorrect:

```markdown
---
template: codev-plan
---

# Plan: Move the search index

## Metadata
- **ID**: move index
- **Status**: draft
```

Correct:

```markdown
---
template: codev-plan
---

# Plan: Move the search index

## Metadata
- **ID**: plan-2026-01-05-move-index
- **Status**: draft
```

## Fix

Write the ID in the template's format.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(id) = codev_id(file) else { return };
    // Teams that number their plans use the number as ID and in the file name.
    let has_number =
        document_ids(file.path()).into_iter().any(|known| document_ids(&id.text).contains(&known));
    let stem = path::stem(file.path());
    let is_from_file_name =
        has_number || id.text.trim_start_matches("plan-") == stem.trim_start_matches("plan-");
    if date_and_name(id.text.trim()).is_none() && !is_from_file_name {
        let message = format!("invalid plan ID `{}`; expected `plan-YYYY-MM-DD-short-name`", id.text);
        findings.push(Finding::new(&RULE, id.range, message));
    }
}

/// A plan ID as written.
pub(super) struct WrittenId {
    pub(super) text: String,
    pub(super) range: plan_model::TextRange,
}

/// Returns the filled-in ID of a plan that uses the template `codev-plan`.
pub(super) fn codev_id(file: &File) -> Option<WrittenId> {
    file.template().filter(|template| template.name == "codev-plan")?;
    let field = file.plan().field(Meaning::Id)?;
    let text = field.value.trim().trim_matches('`').to_owned();
    let is_filled = text.chars().any(char::is_alphanumeric)
        && !text.contains(['[', '|', '{', '<'])
        && !text.contains("YYYY");
    is_filled.then_some(WrittenId { text, range: field.value_range })
}

/// Splits an ID into its date and its name.
pub(super) fn date_and_name(id: &str) -> Option<(jiff::civil::Date, &str)> {
    let rest = id.strip_prefix("plan-")?;
    let date = rest.get(..10)?.parse().ok()?;
    let name = rest[10..].strip_prefix('-').filter(|name| !name.is_empty())?;
    Some((date, name))
}
