//! `malformed-checkbox`.

use plan_model::{LooseKind, Traits};
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "malformed-checkbox",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan, Kind::Checklist],
    summary: "a box that Markdown does not read as one",
    doc: "\
## What it finds

Three ways to miss a box that was meant: `- [] text` without anything between the brackets, `-[ ] text` without a space \
after the bullet, and `[x] text` without a bullet at all. The first and the last are found only beside other boxes, which \
show that a task was meant.

## Why

Editors and code hosts show such a line as plain text: it cannot be ticked, and tools leave it out of their counts. \
Plansmith counts it as the task it was meant to be.

## Example

```markdown
- [x] Copy the data
- [] Switch the readers over
-[ ] Remove the old index
```

## Fix

The box is written as `- [ ] text`, with the mark that it had. This is done by `--fix` and by *fix all* as well.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if !plan.may_have(Traits::LOOSE_BOX) {
        return;
    }
    let bullet = bullet_of(file);
    for item in plan.items_with(Traits::LOOSE_BOX) {
        let Some((kind, range)) = item.loose_box() else { continue };
        let written = file.document().slice(range.clone());
        let (message, mended) = match kind {
            LooseKind::Empty => ("a box needs a blank or a mark between its brackets", "[ ]".to_owned()),
            LooseKind::NoSpace => {
                let (bullet, rest) = written.split_at(1);
                ("a box needs a space after its bullet", format!("{bullet} {rest}"))
            }
            LooseKind::NoBullet => ("a box needs a bullet before it", format!("{bullet} {written}")),
        };
        let title = format!("Write the box as `{mended}`");
        let edits = vec![Edit::replace(range.clone(), mended)];
        findings.push(Finding::new(&RULE, range, message).fix(title, edits, true));
    }
}

/// The bullet of the document's first well-formed box.
fn bullet_of(file: &File) -> char {
    let plan = file.plan();
    let first = plan.items().find(|item| item.loose_box().is_none() && item.carriers().next().is_some());
    first
        .and_then(|item| file.document().slice(item.line()).chars().next())
        .filter(|bullet| matches!(bullet, '-' | '*' | '+'))
        .unwrap_or('-')
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    #[test]
    fn three_ways_to_miss() {
        check(
            &RULE,
            "# Plan: x\n\n- [x] a\n- [] b\n\n-[ ] c\n\n[x] d\n",
            expect![[r#"
                4   | - [] b
                    |   ^^ a box needs a blank or a mark between its brackets
                6   | -[ ] c
                    | ^^^^ a box needs a space after its bullet
                8   | [x] d
                    | ^^^ a box needs a bullet before it
            "#]],
        );
    }

    #[test]
    fn several_in_a_row() {
        check(
            &RULE,
            "# Plan: x\n\n-[ ] a\n-[x] b\n",
            expect![[r#"
                3   | -[ ] a
                    | ^^^^ a box needs a space after its bullet
                4   | -[x] b
                    | ^^^^ a box needs a space after its bullet
            "#]],
        );
        check_fix(
            &RULE,
            "# Plan: x\n\n* [ ] a\n\n[X] b\n",
            "Write the box as `* [X]`",
            expect![[r#"
                # Plan: x

                * [ ] a

                * [X] b
            "#]],
        );
    }

    #[test]
    fn healthy() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a\n- [link](b.md)\n- []() \n",
                "# Notes\n\n[x] marks the spot.\n",
                "# Notes\n\n- [] is an empty array\n",
                "# Plan: x\n\n- [ ] a\n\n      -[ ] code\n\n`-[ ] x`\n",
            ],
        );
    }
}
