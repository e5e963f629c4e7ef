//! `box-contradicts-text`.

use plan_model::{CarrierKind, ItemKind, State, Traits};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "box-contradicts-text",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a box and the words of its task disagree",
    doc: "\
## What it finds

A ticked box whose text says that the task was put off or given up, `[x] Journals (deferred to Q3)`, and an open box whose text says that it is done, `[ ] Journals — DONE`, `[ ] ~~Journals~~ done`. Only words that are set off at the start or the end count.

## Why

Counts go by the box, readers by the words.

## Example

```markdown
# Plan: Move the search index

- [x] Copy the books
- [x] Copy the journals (deferred to Q3)
```

An open box may say that it is put off:

```markdown
# Plan: Move the search index

- [x] Copy the books
- [ ] Copy the journals (deferred to Q3)
- [x] ~~Copy the maps~~
```

## Fix

Let the box say what the words say.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let items = file.plan().items_with(Traits::BOX_AND_WORD);
    for item in items.filter(|item| item.kind() == ItemKind::Task) {
        let boxed = item.carriers().find(|(kind, ..)| kind.is_box());
        let Some((_, place, Some(state))) = boxed else { continue };
        if item.state() == Some(State::Cancelled) {
            continue;
        }
        let words =
            item.carriers().filter(|(kind, place, _)| *kind == CarrierKind::Word && !place.is_empty());
        let contradicts = |said: State| (state == State::Done) != (said == State::Done);
        let Some((_, other, said)) = words
            .filter_map(|(kind, place, said)| Some((kind, place, said?)))
            .find(|(_, _, said)| contradicts(*said))
        else {
            continue;
        };
        let text = file.document().slice(other.clone());
        let says = if state == State::Done { "done" } else { "not done" };
        let message = format!("the box says that the task is {says}, the text says `{}`", text.trim());
        let finding = Finding::new(&RULE, other, message).related(place.clone(), "the box");
        let (title, mark) = if said == State::Done { ("Tick the box", "x") } else { ("Untick the box", " ") };
        findings.push(if place.is_empty() {
            finding
        } else {
            finding.fix(title, vec![Edit::replace(place, mark)], false)
        });
    }
}
