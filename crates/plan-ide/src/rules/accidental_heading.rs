//! `accidental-heading`.

use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "accidental-heading",
    group: Group::Text,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "text directly above `---` becomes a heading",
    doc: "\
## What it checks

Fields directly above `---`. Markdown treats such lines as a heading and the dashes as its underline. Plansmith still reads the fields.

## Why

In the rendered page the fields are large and bold, and they appear in every outline.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada
---

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada

---

- [ ] Copy the data
```

## Fix

Insert a blank line before the dashes. This fix is safe: `--fix` and *Fix all* apply it too.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    for (start, facts) in file.text_facts() {
        for span in &facts.field_headings {
            let range = start + span.start as usize..start + span.end as usize;
            // Repeats the newline of the line.
            let after = document.slice(range.end..range.end + 200);
            let Some(break_at) = after.find(['\n', '\r']) else { continue };
            let ending =
                if after[break_at..].starts_with("\r\n") { "\r\n" } else { &after[break_at..break_at + 1] };
            let edit = Edit::insert(range.end + break_at, ending);
            let message = "`---` directly below turns this line into a heading";
            findings.push(Finding::new(&RULE, range, message).fix("Insert a blank line", vec![edit], true));
        }
    }
}
