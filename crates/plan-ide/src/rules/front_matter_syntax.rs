//! `front-matter-syntax`.

use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "front-matter-syntax",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "an entry of the front matter is no YAML",
    doc: "\
## What it finds

An entry that YAML cannot read: a value that begins with `@` or a backtick, an unclosed quote, a second colon. Other entries are read all the same, and rules on front matter say nothing about the broken one.

## Why

Most tools drop the whole front matter then.

## Example

```markdown
---
type: plan
owner: @ada
---

# Plan: Move the search index

- [ ] Copy the data
```

```markdown
---
type: plan
owner: \"@ada\"
---

# Plan: Move the search index

- [ ] Copy the data
```

## Fix

A value on one line is put between quotes. This is done by `--fix` and by *fix all* as well.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for entry in file.plan().front_matter() {
        let Some((_, error)) = &entry.error else { continue };
        let written = file.document().slice(entry.value.clone());
        let finding = Finding::new(&RULE, entry.value.clone(), format!("this is no YAML: {error}"));
        let one_line = !written.contains(['\n', '\r'])
            && !written.starts_with(['"', '\'', '[', '{', '|', '>', '&', '*']);
        findings.push(if one_line {
            let quoted = format!("\"{}\"", written.replace('\\', "\\\\").replace('"', "\\\""));
            finding.fix(
                "Put the value between quotes",
                vec![Edit::replace(entry.value.clone(), quoted)],
                true,
            )
        } else {
            finding
        });
    }
}
