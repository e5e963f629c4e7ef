//! The rule `missing-checkboxes`.

use plan_schema::DocumentKind;
use plan_syntax::BlockKind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "missing-checkboxes",
    group: Group::Tasks,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "task list has no checkboxes",
    doc: "\
## What it checks

A section called *Tasks*, *Task list*, *To do* or *Action items* with three or more plain list items, in a plan without any checkboxes.

## Why

Without checkboxes, tasks cannot be checked off and progress cannot be counted.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress

## Phase 1: Copy

## Phase 2: Switch

## Tasks

- Copy the data
- Compare both sides
- Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress

## Phase 1: Copy

## Phase 2: Switch

## Tasks

- [ ] Copy the data
- [ ] Compare both sides
- [ ] Switch the readers over
```

## Fix

Add a checkbox to each list item: `- [ ] Copy the data`.

## Options

This rule is off by default. Enable it in `plansmith.toml`:

```toml
[rules]
missing-checkboxes = \"warning\"
```
",
    check: Check::File(check),
};

/// Minimum number of list items in a list that is treated as a task list.
const MIN_ITEMS: usize = 3;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if plan.items().any(|item| item.state_sources().any(|(kind, ..)| kind.is_checkbox())) {
        return;
    }
    for section in plan.sections() {
        let title = section.title().to_lowercase();
        if !["tasks", "task list", "to do", "todo", "action items"].contains(&title.trim()) {
            continue;
        }
        let document = file.document();
        let Some((start, segment)) = document.segment_at(section.heading_range().start) else { continue };
        let content = document.content(start, segment);
        let bullets: Vec<_> = content
            .outline
            .blocks
            .iter()
            .filter_map(|block| match &block.kind {
                BlockKind::Item { marker_end, checkbox: None } => {
                    Some(start + block.span.start as usize..start + *marker_end as usize)
                }
                _ => None,
            })
            .collect();
        if bullets.len() >= MIN_ITEMS {
            let message = format!("{} tasks in this section have no checkboxes", bullets.len());
            let edits = bullets.iter().map(|marker| Edit::insert(marker.end, " [ ]")).collect();
            findings.push(Finding::new(&RULE, section.text_range(), message).fix(
                "Add checkboxes",
                edits,
                false,
            ));
        }
    }
}
