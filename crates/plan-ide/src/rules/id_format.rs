//! `id-format`.

use plan_model::Meaning;
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{
    File, Finding, Severity,
    workspace::{document_ids, path},
};

pub(super) const RULE: Rule = Rule {
    name: "id-format",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a plan id that is not of its template's form",
    doc: "\
## What it finds

In a plan that follows the template *codev-plan*: an id that is not `plan-YYYY-MM-DD-short-name`, unless it is the number or the name of the file.

## Why

Other plans and tools name the plan by its id.

## Example

```markdown
---
template: codev-plan
---

# Plan: Move the search index

## Metadata
- **ID**: move index
- **Status**: draft
```

## Fix

Write the id in the template's form.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(id) = codev_id(file) else { return };
    // Teams that number their plans name them so, and the file with them.
    let numbered = document_ids(file.path()).into_iter().any(|known| document_ids(&id.text).contains(&known));
    let stem = path::stem(file.path());
    let is_the_files = numbered || id.text.trim_start_matches("plan-") == stem.trim_start_matches("plan-");
    if parts(id.text.trim()).is_none() && !is_the_files {
        let message = "the id has the form `plan-YYYY-MM-DD-short-name`";
        findings.push(Finding::new(&RULE, id.place, message));
    }
}

/// An id as it is written.
pub(super) struct WrittenId {
    pub(super) text: String,
    pub(super) place: plan_model::Place,
}

/// The id of a plan whose template gives ids a form.
pub(super) fn codev_id(file: &File) -> Option<WrittenId> {
    file.template().filter(|template| template.name == "codev-plan")?;
    let field = file.plan().field(Meaning::Id)?;
    let text = field.value.trim().trim_matches('`').to_owned();
    let filled = text.chars().any(char::is_alphanumeric)
        && !text.contains(['[', '|', '{', '<'])
        && !text.contains("YYYY");
    filled.then_some(WrittenId { text, place: field.value_range })
}

/// The date and the name of an id.
pub(super) fn parts(id: &str) -> Option<(jiff::civil::Date, &str)> {
    let rest = id.strip_prefix("plan-")?;
    let date = rest.get(..10)?.parse().ok()?;
    let name = rest[10..].strip_prefix('-').filter(|name| !name.is_empty())?;
    Some((date, name))
}
