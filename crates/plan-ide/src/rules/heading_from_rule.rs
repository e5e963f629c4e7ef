//! `heading-from-rule`.

use plan_schema::Kind;
use plan_syntax::{BlockKind, outline};

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
    for (start, segment) in document.segments() {
        let content = document.content(start, segment);
        for (index, block) in content.outline.blocks.iter().enumerate() {
            if !matches!(block.kind, BlockKind::Heading { level: 2, setext: true, .. })
                || block.parent.is_some()
            {
                continue;
            }
            let lines: Vec<_> = content.outline.inline(index).collect();
            let is_field = |line: &plan_syntax::Span| {
                !plan_model::fields_of(&content.text[outline::bytes(line)]).is_empty()
            };
            let Some(last) = lines.last().filter(|_| lines.iter().all(|line| is_field(line))) else {
                continue;
            };
            let text = &content.text[last.end as usize..block.span.end as usize];
            let Some(break_at) = text.find(['\n', '\r']) else { continue };
            let ending =
                if text[break_at..].starts_with("\r\n") { "\r\n" } else { &text[break_at..break_at + 1] };
            let place = start + block.span.start as usize..start + last.end as usize;
            let message = "Markdown reads this as a heading, since `---` stands directly below";
            let edit = Edit::insert(start + last.end as usize + break_at, ending);
            findings.push(Finding::new(&RULE, place, message).fix("Add a blank line", vec![edit], true));
        }
    }
}
