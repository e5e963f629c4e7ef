//! `checkbox-marker-mismatch`.

use std::collections::HashMap;

use plan_model::{Item, ItemKind, SegmentFlags, State, StateSourceKind};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule, common::checkbox_word};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "checkbox-marker-mismatch",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "checkbox and status marker disagree",
    doc: "\
## What it checks

A task whose checkbox differs from its other status markers: an emoji at the start or end of its text, its status field, its status cell in a table, its checkbox in a second list, or its entry in the front matter. The same for a phase with a checkbox in an overview. Examples are `- [ ] ✅ Copy the data`, `- [x] ⬜ Copy the data`, and a checked task with `Status: In Progress`.

Emoji other than ✅, ☑, ⬜ and ☐ count only if the document uses them mostly on unchecked tasks, because many plans use colors for priorities.

## Why

One of the two was not updated, and readers cannot tell which one is right.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] ✅ **Task 1.1**: Copy the data
- [ ] ⬜ **Task 1.2**: Switch the readers over
```

Correct, because the colors are priorities:

```markdown
# Plan: Move the search index

- [x] 🔴 **Task 1.1**: Copy the data
- [ ] 🟡 **Task 1.2**: Switch the readers over
```

## Fix

Check or uncheck the task, or change the emoji.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let document = file.document();
    // For each emoji: the number of checked and of unchecked tasks that have it.
    let mut uses: HashMap<String, (usize, usize)> = HashMap::new();
    let items = plan.items_with(SegmentFlags::CHECKBOX_AND_MARKER);
    for (state, (kind, range, _)) in items
        .clone()
        .filter(|item| item.state_sources().any(|(kind, ..)| kind == StateSourceKind::Emoji))
        .filter_map(|item| Some((checkbox_of(&item)?, item)))
        .flat_map(|(checkbox, item)| {
            item.state_sources().map(|source| (checkbox.1, source)).collect::<Vec<_>>()
        })
    {
        if kind == StateSourceKind::Emoji {
            let (done, open) = uses.entry(document.slice(range)).or_default();
            if state == Some(State::Done) { *done += 1 } else { *open += 1 }
        }
    }
    for item in items.filter(|item| item.kind() == ItemKind::Task || item.is_stated_again()) {
        let Some((checkbox, Some(state))) = checkbox_of(&item) else { continue };
        // `[x] ❌ ... CANCELLED` is a common way to write a cancelled task.
        if item.state() == Some(State::Cancelled) {
            continue;
        }
        for (kind, other, stated) in item.state_sources() {
            let is_marker = match kind {
                StateSourceKind::Emoji
                | StateSourceKind::Field
                | StateSourceKind::TableRow
                | StateSourceKind::FrontMatter => true,
                StateSourceKind::Checkbox | StateSourceKind::BoldCheckbox => other != checkbox,
                StateSourceKind::Word => item.kind() == ItemKind::Phase,
                _ => false,
            };
            let Some(stated) = stated.filter(|_| is_marker && !other.is_empty()) else { continue };
            let text = document.slice(other.clone());
            let contradicts = match (state == State::Done, stated == State::Done) {
                (false, true) => true,
                (true, false) => {
                    kind != StateSourceKind::Emoji
                        || matches!(text.trim_end_matches('\u{fe0f}'), "⬜" | "☐")
                        || uses.get(&text).is_some_and(|(done, open)| open > done)
                }
                _ => false,
            };
            if !contradicts {
                continue;
            }
            let text = if kind.is_checkbox() { format!("[{text}]") } else { text.trim().to_owned() };
            let message = format!(
                "checkbox is {}, but `{text}` marks the {} as {}",
                checkbox_word(state),
                item.kind().name(),
                stated.name()
            );
            let mut finding =
                Finding::new(&RULE, other.clone(), message).related(checkbox.clone(), "checkbox");
            let character = if stated == State::Done { "x" } else { " " };
            if !checkbox.is_empty() {
                let title = if stated == State::Done { "Check the task" } else { "Uncheck the task" };
                finding = finding.fix(title, vec![Edit::replace(checkbox.clone(), character)], false);
            }
            if kind == StateSourceKind::Emoji {
                let emoji = if state == State::Done { "✅" } else { "⬜" };
                finding = finding.fix(
                    format!("Change the marker to `{emoji}`"),
                    vec![Edit::replace(other, emoji)],
                    false,
                );
            }
            findings.push(finding);
            break;
        }
    }
}

/// Returns the range of the item's checkbox and its state.
fn checkbox_of(item: &Item<'_>) -> Option<(plan_model::TextRange, Option<State>)> {
    item.state_sources().find(|(kind, ..)| kind.is_checkbox()).map(|(_, range, state)| (range, state))
}
