//! `heading-from-rule`.

use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "heading-from-rule",
    group: Group::Text,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "a line above --- became a heading",
    doc: "\
## What it finds

Fields, or a line of text with a field in it, directly above `---`: Markdown reads the line as a heading and the dashes as its underline. Plansmith reads the fields all the same.

## Why

On the page they are large and bold, and in every outline.

## Example

```markdown
# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada
---

- [ ] Copy the data
```

```markdown
# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada

---

- [ ] Copy the data
```

## Fix

A blank line before the dashes. This is done by `--fix` and by *fix all* as well.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    for (start, facts) in file.text_facts() {
        for span in &facts.field_headings {
            let place = start + span.start as usize..start + span.end as usize;
            // The line's own ending, once more.
            let after = document.slice(place.end..place.end + 200);
            let Some(break_at) = after.find(['\n', '\r']) else { continue };
            let ending =
                if after[break_at..].starts_with("\r\n") { "\r\n" } else { &after[break_at..break_at + 1] };
            let edit = Edit::insert(place.end + break_at, ending);
            let message = "Markdown reads this as a heading, since `---` stands directly below";
            findings.push(Finding::new(&RULE, place, message).fix("Add a blank line", vec![edit], true));
        }
    }
}
