//! `tasks-without-boxes`.

use plan_schema::Kind;
use plan_syntax::BlockKind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding};

pub(super) const RULE: Rule = Rule {
    name: "tasks-without-boxes",
    group: Group::Tasks,
    severity: None,
    applies_to: &[Kind::Plan],
    summary: "the tasks of a plan are plain bullets",
    doc: "\
## What it finds

A section called *Tasks*, *Action items* or *To do* with three plain bullets or more, in a plan that has no box at all. It is off until it is switched on.

## Why

Without boxes nobody can tick anything, and no progress is counted.

## Example

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

## Fix

Add boxes: `- [ ] Copy the data`.
",
    check: Check::File(check),
};

/// So many bullets make a list of tasks.
const LIST: usize = 3;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if plan.items().any(|item| item.carriers().any(|(kind, ..)| kind.is_box())) {
        return;
    }
    for section in plan.sections() {
        let title = section.title().to_lowercase();
        if !["tasks", "task list", "to do", "todo", "action items", "next steps"].contains(&title.trim()) {
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
                BlockKind::Item { marker_end, task: None } => {
                    Some(start + block.span.start as usize..start + *marker_end as usize)
                }
                _ => None,
            })
            .collect();
        if bullets.len() >= LIST {
            let message = format!("the {} tasks of this section have no boxes", bullets.len());
            let edits = bullets.iter().map(|marker| Edit::insert(marker.end, " [ ]")).collect();
            findings.push(Finding::new(&RULE, section.text_range(), message).fix("Add boxes", edits, false));
        }
    }
}
