//! `id-mismatch`.

use plan_model::Meaning;
use plan_schema::Kind;

use super::{
    days,
    id_format::{codev_id, parts},
};
use crate::workspace::path;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "id-mismatch",
    group: Group::Header,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a plan id that says something else than file name and creation date",
    doc: "\
## What it finds

In a plan that follows the template *codev-plan*: an id whose name part has not even half of its words in the file's name, or whose date is not the day of creation. A file name without a date has none to disagree with.

## Why

The plan was copied from another one.

## Example

<!-- file: codev/plans/2026-01-05-search-index.md -->

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

## Fix

Write the id that fits the file.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(id) = codev_id(file) else { return };
    let Some((date, name)) = parts(&id.text) else { return };
    let stem = path::stem(file.path()).to_lowercase();
    // Without a file there is no name to disagree with.
    let is_named = stem.contains('-') && !stem.starts_with("untitled");
    let name_of_id = name.to_lowercase();
    let words: Vec<&str> = name_of_id.split('-').filter(|word| word.len() > 2).collect();
    let shared = words.iter().filter(|word| stem.contains(**word)).count();
    if is_named && shared * 2 < words.len() {
        let message = format!("the id says `{name}`, the file is called `{stem}`");
        findings.push(Finding::new(&RULE, id.place, message));
        return;
    }
    let of_file = stem.get(..10).and_then(|start| start.parse::<jiff::civil::Date>().ok());
    let created = days::header(file.plan()).into_iter().find(|day| day.meaning == Meaning::Created);
    let other = of_file.map(|date| (date, None)).or_else(|| {
        let created = created?;
        Some((created.date?, Some(created.place)))
    });
    if let Some((other, place)) = other.filter(|(other, _)| *other != date) {
        let message = format!("the id says {date}, but the plan is of {other}");
        let finding = Finding::new(&RULE, id.place, message);
        findings.push(match place {
            Some(place) => finding.related(place, "the creation"),
            None => finding,
        });
    }
}
