//! `malformed-checkbox`.

use plan_model::{MalformedCheckboxKind, SegmentFlags};
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "malformed-checkbox",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan, Kind::Checklist],
    summary: "malformed checkbox",
    doc: "\
## What it checks

Three common mistakes in checkboxes: `- [] text` without a character between the brackets, `-[ ] text` without a space after the list marker, and `[x] text` without a list marker. The first and the last are reported only next to other checkboxes, which show that a task was intended.

## Why

Editors and code hosts show such a line as plain text: it cannot be checked, and other tools do not count it. Plansmith treats it as a task.

## Example

Incorrect:

```markdown
- [x] Copy the data
- [] Switch the readers over
-[ ] Remove the old index
```

Correct:

```markdown
- [x] Copy the data
- [ ] Switch the readers over
- [ ] Remove the old index
```

## Fix

Rewrite the checkbox as `- [ ] text`, and keep the character between the brackets. This fix is safe: `--fix` and *Fix all* also apply it.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if !plan.may_have(SegmentFlags::MALFORMED_CHECKBOX) {
        return;
    }
    let bullet = bullet_of(file);
    for item in plan.items_with(SegmentFlags::MALFORMED_CHECKBOX) {
        let Some((kind, range)) = item.malformed_checkbox() else { continue };
        let written = file.document().slice(range.clone());
        let (message, fixed) = match kind {
            MalformedCheckboxKind::Empty => (
                "invalid checkbox `[]`: expected a space or `x` between the brackets".to_owned(),
                "[ ]".to_owned(),
            ),
            MalformedCheckboxKind::NoSpace => {
                let (bullet, rest) = written.split_at(1);
                (format!("invalid checkbox: missing space after `{bullet}`"), format!("{bullet} {rest}"))
            }
            MalformedCheckboxKind::NoBullet => {
                let fixed = format!("{bullet} {written}");
                (format!("invalid checkbox: missing list marker (`{fixed}`)"), fixed)
            }
        };
        let title = format!("Replace with `{fixed}`");
        let edits = vec![Edit::replace(range.clone(), fixed)];
        findings.push(Finding::new(&RULE, range, message).fix(title, edits, true));
    }
}

/// Returns the list marker of the first well-formed checkbox.
fn bullet_of(file: &File) -> char {
    let plan = file.plan();
    let first = plan
        .items()
        .find(|item| item.malformed_checkbox().is_none() && item.state_sources().next().is_some());
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
    fn three_kinds() {
        check(
            &RULE,
            "# Plan: x\n\n- [x] a\n- [] b\n\n-[ ] c\n\n[x] d\n",
            expect![[r#"
                4   | - [] b
                    |   ^^ invalid checkbox `[]`: expected a space or `x` between the brackets
                6   | -[ ] c
                    | ^^^^ invalid checkbox: missing space after `-`
                8   | [x] d
                    | ^^^ invalid checkbox: missing list marker (`- [x]`)
            "#]],
        );
    }

    #[test]
    fn consecutive_lines() {
        check(
            &RULE,
            "# Plan: x\n\n-[ ] a\n-[x] b\n",
            expect![[r#"
                3   | -[ ] a
                    | ^^^^ invalid checkbox: missing space after `-`
                4   | -[x] b
                    | ^^^^ invalid checkbox: missing space after `-`
            "#]],
        );
        check_fix(
            &RULE,
            "# Plan: x\n\n* [ ] a\n\n[X] b\n",
            "Replace with `* [X]`",
            expect![[r#"
                # Plan: x

                * [ ] a

                * [X] b
            "#]],
        );
    }

    #[test]
    fn valid_checkboxes_and_other_brackets() {
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
