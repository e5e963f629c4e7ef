//! The rule `plan-id-mismatch`.

use plan_model::Meaning;
use plan_schema::DocumentKind;

use super::{
    dates,
    plan_id_format::{codev_id, date_and_name},
};
use crate::workspace::path;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "plan-id-mismatch",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "plan ID does not match file name or creation date",
    doc: "\
## What it checks

A plan that uses the template `codev-plan` and whose ID does not match its file: fewer than half of the words in the ID's name are in the file name, or the ID's date differs from the date in the file name. If the file name has no date, the ID's date is compared with the creation date.

## Why

The plan was probably copied from another plan.

## Example

<!-- file: codev/plans/2026-01-05-search-index.md -->

Incorrect, in `codev/plans/2026-01-05-search-index.md`:

```markdown
---
template: codev-plan
---

# Plan: Move the search index

## Metadata
- **ID**: plan-2026-01-05-opening-hours
- **Status**: draft
- **Created**: 2026-01-05
```

Correct:

```markdown
---
template: codev-plan
---

# Plan: Move the search index

## Metadata
- **ID**: plan-2026-01-05-search-index
- **Status**: draft
- **Created**: 2026-01-05
```

## Fix

Write the ID that matches the file.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(id) = codev_id(file) else { return };
    let Some((date, name)) = date_and_name(&id.text) else { return };
    let stem = path::stem(file.path()).to_lowercase();
    // An unsaved document has no file name to compare with.
    let is_named = stem.contains('-') && !stem.starts_with("untitled");
    let name_of_id = name.to_lowercase();
    let words: Vec<&str> = name_of_id.split('-').filter(|word| word.len() > 2).collect();
    let shared = words.iter().filter(|word| stem.contains(**word)).count();
    if is_named && shared * 2 < words.len() {
        let message = format!("plan ID has name `{name}`, but the file is named `{stem}`");
        findings.push(Finding::new(&RULE, id.range, message));
        return;
    }
    let of_file = stem.get(..10).and_then(|start| start.parse::<jiff::civil::Date>().ok());
    let created =
        dates::header_dates(file.plan()).into_iter().find(|found| found.meaning == Meaning::Created);
    let other = of_file.map(|date| (date, None)).or_else(|| {
        let created = created?;
        Some((created.date?, Some(created.range)))
    });
    if let Some((other, range)) = other.filter(|(other, _)| *other != date) {
        let message = match &range {
            Some(_) => format!("plan ID has date {date}, but the plan was created on {other}"),
            None => format!("plan ID has date {date}, but the file name has date {other}"),
        };
        let finding = Finding::new(&RULE, id.range, message);
        findings.push(match range {
            Some(range) => finding.related(range, "created here"),
            None => finding,
        });
    }
}
