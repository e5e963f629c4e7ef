//! The rule `mojibake`.

use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, text_facts::text_facts};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "mojibake",
    group: Group::Text,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "text decoded with the wrong encoding (mojibake)",
    doc: "\
## What it checks

Sequences such as `â€™` for ’ or `‚Üí` for →: UTF-8 text that a program decoded as Windows-1252 or Mac Roman. Only sequences that can be decoded back to plausible text are reported.

Replacement characters (`U+FFFD`), which stand for text that could not be decoded, are reported as well, except in code.

## Why

The text is hard to read, and searches do not find it.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data â€” all of it
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data — für Zoë, à Paris
```

## Fix

Replace the sequence with the original text. This fix is safe: `--fix` and *Fix all* also apply it.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    for (start, facts) in text_facts(file) {
        for span in &facts.replacement_characters {
            let range = start + span.start as usize..start + span.end as usize;
            findings.push(Finding::new(&RULE, range, "replacement character: the original text is lost"));
        }
        for (span, original) in &facts.mojibake {
            let range = start + span.start as usize..start + span.end as usize;
            let written = document.slice(range.clone());
            let message = format!("mojibake: `{written}` should be `{original}`");
            let edit = Edit::replace(range.clone(), original.as_str());
            findings.push(Finding::new(&RULE, range, message).fix(
                format!("Replace with `{original}`"),
                vec![edit],
                true,
            ));
        }
    }
}
