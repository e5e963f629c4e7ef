//! `checkbox-text-mismatch`.

use plan_model::{ItemKind, SegmentFlags, State, StateSourceKind};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule, common::checkbox_word};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "checkbox-text-mismatch",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "checkbox and task text disagree",
    doc: "\
## What it checks

A checked task whose text says that it is deferred or cancelled, such as `[x] Journals (deferred to Q3)`, and an unchecked task whose text says that it is done, such as `[ ] Journals — DONE` or `[ ] ~~Journals~~ done`. Only words that are set apart at the start or the end of the text count.

## Why

Progress is counted from the checkbox, but people read the text.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] Copy the articles
- [x] Copy the journals (deferred to Q3)
```

Correct:

```markdown
# Plan: Move the search index

- [x] Copy the articles
- [ ] Copy the journals (deferred to Q3)
- [x] ~~Copy the maps~~
```

## Fix

Check or uncheck the task, so that the checkbox matches the text.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let items = file.plan().items_with(SegmentFlags::CHECKBOX_AND_WORD);
    for item in items.filter(|item| item.kind() == ItemKind::Task) {
        let checkbox = item.state_sources().find(|(kind, ..)| kind.is_checkbox());
        let Some((_, checkbox, Some(state))) = checkbox else { continue };
        if item.state() == Some(State::Cancelled) {
            continue;
        }
        let words = item
            .state_sources()
            .filter(|(kind, range, _)| *kind == StateSourceKind::Word && !range.is_empty());
        let contradicts = |stated: State| (state == State::Done) != (stated == State::Done);
        let Some((_, other, stated)) = words
            .filter_map(|(kind, range, stated)| Some((kind, range, stated?)))
            .find(|(_, _, stated)| contradicts(*stated))
        else {
            continue;
        };
        let text = file.document().slice(other.clone());
        let message = format!("checkbox is {}, but the text says `{}`", checkbox_word(state), text.trim());
        let finding = Finding::new(&RULE, other, message).related(checkbox.clone(), "checkbox");
        let (title, character) =
            if stated == State::Done { ("Check the task", "x") } else { ("Uncheck the task", " ") };
        findings.push(if checkbox.is_empty() {
            finding
        } else {
            finding.fix(title, vec![Edit::replace(checkbox, character)], false)
        });
    }
}
