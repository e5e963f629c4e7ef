//! `box-contradicts-marker`.

use std::collections::HashMap;

use plan_model::{CarrierKind, Item, ItemKind, State, Traits};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "box-contradicts-marker",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a box and the marker or status beside it disagree",
    doc: "\
## What it finds

A task whose box says something else than the emoji at the start or end of its text, its status field, its status cell, or its entry in the front matter: `- [ ] ✅ Copy the data`, `- [x] ⬜ Copy the data`, a ticked task with `Status: In Progress`.

An emoji other than ✅, ☑, ⬜ and ☐ counts only where the document mostly has it at open boxes: many plans colour priorities.

## Why

One of the two was forgotten, and every reader trusts another one.

## Example

```markdown
# Plan: Move the search index

- [ ] ✅ **Task 1.1**: Copy the data
- [ ] ⬜ **Task 1.2**: Switch the readers over
```

Colours for priorities are none of its business:

```markdown
# Plan: Move the search index

- [x] 🔴 **Task 1.1**: Copy the data
- [ ] 🟡 **Task 1.2**: Switch the readers over
```

## Fix

Let the box say what the marker says, or the marker what the box says.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let document = file.document();
    // For each emoji, at how many boxes it stands that are done and that are not.
    let mut uses: HashMap<String, (usize, usize)> = HashMap::new();
    let items = plan.items_with(Traits::BOX_AND_MARK);
    for (boxed, (kind, place, _)) in items
        .clone()
        .filter(|item| item.carriers().any(|(kind, ..)| kind == CarrierKind::Emoji))
        .filter_map(|item| Some((boxed(&item)?, item)))
        .flat_map(|(boxed, item)| item.carriers().map(|carrier| (boxed.1, carrier)).collect::<Vec<_>>())
    {
        if kind == CarrierKind::Emoji {
            let (done, open) = uses.entry(document.slice(place)).or_default();
            if boxed == Some(State::Done) { *done += 1 } else { *open += 1 }
        }
    }
    for item in items.filter(|item| item.kind() == ItemKind::Task) {
        let Some((place, Some(state))) = boxed(&item) else { continue };
        // `[x] ❌ … CANCELLED` is one way of writing it.
        if item.state() == Some(State::Cancelled) {
            continue;
        }
        for (kind, other, said) in item.carriers() {
            let marks = matches!(
                kind,
                CarrierKind::Emoji | CarrierKind::Field | CarrierKind::TableRow | CarrierKind::FrontMatter
            );
            let Some(said) = said.filter(|_| marks && !other.is_empty()) else { continue };
            let text = document.slice(other.clone());
            let contradicts = match (state == State::Done, said == State::Done) {
                (false, true) => true,
                (true, false) => {
                    kind != CarrierKind::Emoji
                        || matches!(text.trim_end_matches('\u{fe0f}'), "⬜" | "☐")
                        || uses.get(&text).is_some_and(|(done, open)| open > done)
                }
                _ => false,
            };
            if !contradicts {
                continue;
            }
            let message = format!(
                "the box says that the task is {}, `{}` says {}",
                word(state),
                text.trim(),
                word(said)
            );
            let mut finding = Finding::new(&RULE, other.clone(), message).related(place.clone(), "the box");
            let mark = if said == State::Done { "x" } else { " " };
            if !place.is_empty() {
                let title = if said == State::Done { "Tick the box" } else { "Untick the box" };
                finding = finding.fix(title, vec![Edit::replace(place.clone(), mark)], false);
            }
            if kind == CarrierKind::Emoji {
                let emoji = if state == State::Done { "✅" } else { "⬜" };
                finding = finding.fix(
                    format!("Set the marker to {emoji}"),
                    vec![Edit::replace(other, emoji)],
                    false,
                );
            }
            findings.push(finding);
            break;
        }
    }
}

/// The box of an item with what it says.
fn boxed(item: &Item<'_>) -> Option<(plan_model::Place, Option<State>)> {
    item.carriers().find(|(kind, ..)| kind.is_box()).map(|(_, place, state)| (place, state))
}

fn word(state: State) -> &'static str {
    if state == State::Done {
        "done"
    } else if state == State::Open {
        "open"
    } else {
        state.name()
    }
}
