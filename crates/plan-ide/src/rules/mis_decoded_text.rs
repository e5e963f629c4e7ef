//! `mis-decoded-text`.

use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "mis-decoded-text",
    group: Group::Text,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "characters that were decoded wrongly",
    doc: "\
## What it finds

Sequences such as `â€™` for ’ or `‚Üí` for →: text in UTF-8 that some program took for Windows-1252 or for Mac Roman. Only sequences that give one sensible character back are found.

## Why

Readers stumble, and searches miss.

## Example

```markdown
# Plan: Move the search index

- [ ] Copy the data â€” all of it
```

```markdown
# Plan: Move the search index

- [ ] Copy the data — für Zoë, à Paris
```

## Fix

The text as it was meant. This is done by `--fix` and by *fix all* as well.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    for (start, facts) in file.text_facts() {
        for (span, meant) in &facts.mis_decoded {
            let place = start + span.start as usize..start + span.end as usize;
            let written = document.slice(place.clone());
            let message = format!("`{written}` is `{meant}`, decoded wrongly");
            let edit = Edit::replace(place.clone(), meant.as_str());
            findings.push(Finding::new(&RULE, place, message).fix(
                format!("Write `{meant}`"),
                vec![edit],
                true,
            ));
        }
    }
}
