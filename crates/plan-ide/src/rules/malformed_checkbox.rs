//! The rule `malformed-checkbox`.

use plan_model::{MalformedCheckboxKind, SegmentFlags, ShallowList, State};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, common::plural};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "malformed-checkbox",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "malformed checkbox",
    doc: "\
## What it checks

Lines that are intended as tasks, but are not checkboxes in Markdown:

- `- [] text`, `- [  ] text`, `- [x ] text`: not exactly one character between the brackets
- `-[ ] text`, `- [ ]text`, `- [ ]: text`: no space after the list marker or after the checkbox
- `[x] text`: no list marker
- `• [ ] text`, `– [ ] text`: a bullet that is not a list marker in Markdown
- `- ［ ］ text`: full-width brackets
- a no-break space, or another space that is not part of ASCII, instead of one of the spaces
- `- [×] text`, `- [_] text`: a character that looks like `x` or a space
- `- [ ]] text`, `- [ text`, `- \\[ \\] text`, `-- [ ] text`: a character too many or too few
- in a list of checkboxes: `- ( ) text`, `- { } text`, `` - `[ ]` text ``, `- [done] text`, `- [ ]- text`
- checkboxes below a numbered task that are indented by too few spaces: two spaces below `1. [ ] text`, which requires three

All forms except `-[ ] text` are reported only if other checkboxes show that a task was intended.

## Why

Editors and code hosts show such a line as plain text: it cannot be checked, and other tools do not count it. Plansmith treats it as a task.

## Example

Incorrect:

```markdown
- [x] Copy the data
- [] Switch the readers over
- [x ] Compare both sides
-[ ] Remove the old index
```

Correct:

```markdown
- [x] Copy the data
- [ ] Switch the readers over
- [x] Compare both sides
- [ ] Remove the old index
```

## Fix

Rewrite the checkbox as `- [ ] text`, and keep the character between its brackets. This fix is safe: `--fix` and *Fix all* also apply it. If a list is indented by too few spaces, Plansmith offers to indent it so that it belongs to the task above.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if !plan.may_have(SegmentFlags::MALFORMED_CHECKBOX) {
        return;
    }
    let bullet = bullet_of(file);
    let own = plan.items_with(SegmentFlags::MALFORMED_CHECKBOX).filter_map(|item| {
        let (kind, range) = item.malformed_checkbox()?;
        let checked = item.state_sources().find(|(kind, ..)| kind.is_checkbox());
        Some((kind, range, checked.is_some_and(|(_, _, state)| state == Some(State::Done))))
    });
    // `- [] Phase 2: Copy` in an overview.
    let elsewhere = plan.items_with_other_places().flat_map(|item| item.other_malformed_checkboxes());
    for (kind, range, is_checked) in own.chain(elsewhere) {
        let written = file.document().slice(range.clone());
        if kind == MalformedCheckboxKind::Lookalike && !has_counterpart(file, &written) {
            continue;
        }
        let fixed = well_formed(&written, kind, is_checked, bullet);
        let message = message(kind, &written, &fixed);
        let next = file.document().slice(range.end..(range.end + 1).min(file.document().len()));
        let title = format!("Replace with `{fixed}`");
        let space = if next.starts_with([' ', '\t']) { "" } else { " " };
        let edits = vec![Edit::replace(range.clone(), format!("{fixed}{space}"))];
        // `×` can also mean that the task has failed.
        let is_certain = !written.contains('×');
        findings.push(Finding::new(&RULE, range, message).fix(title, edits, is_certain));
    }
    for list in plan.shallow_lists() {
        findings.push(shallow_list_finding(file, &list));
    }
}

/// Returns the message for a malformed checkbox.
fn message(kind: MalformedCheckboxKind, written: &str, fixed: &str) -> String {
    match kind {
        MalformedCheckboxKind::Empty => {
            "invalid checkbox `[]`: expected a space or `x` between the brackets".to_owned()
        }
        MalformedCheckboxKind::Padded => format!(
            "invalid checkbox `{}`: expected one character between the brackets",
            written.trim_start_matches(|c| c != '[')
        ),
        MalformedCheckboxKind::NoSpace => {
            let marker = written.split('[').next().unwrap_or_default();
            format!("invalid checkbox: missing space after `{marker}`")
        }
        MalformedCheckboxKind::NoSpaceAfter if !written.ends_with(']') => {
            let punctuation = written.chars().next_back().unwrap_or_default();
            format!("invalid checkbox: `{punctuation}` after `{fixed}`, expected a space")
        }
        MalformedCheckboxKind::NoSpaceAfter => format!("invalid checkbox: missing space after `{written}`"),
        MalformedCheckboxKind::NoBullet => {
            format!("invalid checkbox: missing list marker, expected `{fixed}`")
        }
        MalformedCheckboxKind::UnknownBullet => {
            let marker = written.split(|c: char| c.is_whitespace() || matches!(c, '[' | '［' | '【')).next();
            let marker = marker.unwrap_or_default();
            format!("invalid checkbox: `{marker}` is not a list marker, expected `{fixed}`")
        }
        MalformedCheckboxKind::OddSpace => {
            let space = written.chars().find(|c| !c.is_ascii() && (c.is_whitespace() || is_invisible(*c)));
            let name = space.map_or("no-break space", space_name);
            format!("invalid checkbox: {name}, expected an ordinary space")
        }
        MalformedCheckboxKind::Lookalike => {
            let character = written.trim_matches(['[', ']']);
            format!("invalid checkbox: `{character}` in brackets, expected `{fixed}`")
        }
        MalformedCheckboxKind::Misspelled => format!("invalid checkbox `{written}`: expected `{fixed}`"),
        MalformedCheckboxKind::WideBrackets => {
            format!("invalid checkbox: full-width brackets, expected `{fixed}`")
        }
    }
}

/// Returns whether the plan also has a well-formed checkbox that a checkbox with a similar character was intended as. A
/// plan may use a character of its own for all checkboxes of a state: `[_]` for all open ones.
fn has_counterpart(file: &File, written: &str) -> bool {
    file.plan().items().filter(|item| item.malformed_checkbox().is_none()).any(|item| {
        let mut sources = item.state_sources().filter(|(kind, ..)| kind.is_checkbox());
        sources.next().is_some_and(|(_, range, _)| {
            let character = file.document().slice(range);
            if written == "[_]" { character == " " } else { matches!(&*character, " " | "x" | "X") }
        })
    })
}

/// Returns whether a character has no width.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Returns the name of a space that Markdown treats as text.
fn space_name(c: char) -> &'static str {
    match c {
        '\u{a0}' | '\u{202f}' => "no-break space",
        '\u{3000}' => "full-width space",
        _ if is_invisible(c) => "invisible character",
        _ => "typographic space",
    }
}

/// Returns the well-formed checkbox for a malformed one, with a list marker if the range of the malformed one includes
/// a list marker.
fn well_formed(written: &str, kind: MalformedCheckboxKind, is_checked: bool, bullet: char) -> String {
    let character = match written.contains('X') {
        _ if !is_checked => ' ',
        true => 'X',
        false => 'x',
    };
    let marker = written.split(['[', '［', '【']).next().unwrap_or_default();
    let marker = marker.trim_end_matches(|c: char| !c.is_ascii() || c.is_whitespace());
    match kind {
        MalformedCheckboxKind::NoBullet | MalformedCheckboxKind::UnknownBullet => {
            format!("{bullet} [{character}]")
        }
        MalformedCheckboxKind::Misspelled => format!("[{character}]"),
        _ if marker.is_empty() => format!("[{character}]"),
        _ => format!("{marker} [{character}]"),
    }
}

/// Returns the finding for a list that is indented by too few spaces.
fn shallow_list_finding(file: &File, list: &ShallowList) -> Finding {
    let document = file.document();
    let parent = document.slice(list.parent.clone());
    let message = format!(
        "subtask of `{parent}` is indented by {}, expected {}",
        plural(list.column, "space"),
        list.needed
    );
    let missing = list.needed - list.column;
    let text = document.slice(list.range.clone());
    let mut at = list.range.start;
    let mut edits = Vec::new();
    for line in text.split_inclusive('\n') {
        if !line.trim().is_empty() {
            edits.push(Edit::insert(at, " ".repeat(missing)));
        }
        at += line.len();
    }
    Finding::new(&RULE, list.marker.clone(), message).related(list.parent.clone(), "parent task").fix(
        format!("Indent by {}", plural(missing, "space")),
        edits,
        false,
    )
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
                    | ^^^ invalid checkbox: missing list marker, expected `- [x]`
            "#]],
        );
    }

    #[test]
    fn forms_that_need_checkboxes_in_the_same_list() {
        let text = "# Plan: x\n\n- [x] a\n- []Align\n- [xx] Oil\n- [ ]: Paint\n";
        check(
            &RULE,
            text,
            expect![[r#"
            4   | - []Align
                |   ^^ invalid checkbox `[]`: expected a space or `x` between the brackets
            5   | - [xx] Oil
                |   ^^^^ invalid checkbox `[xx]`: expected one character between the brackets
            6   | - [ ]: Paint
                |   ^^^^ invalid checkbox: `:` after `[ ]`, expected a space
        "#]],
        );
        check_fix(
            &RULE,
            text,
            "Replace with `[ ]`",
            expect![[r#"
            # Plan: x

            - [x] a
            - [ ] Align
            - [xx] Oil
            - [ ]: Paint
        "#]],
        );
        check_silent(
            &RULE,
            &["# Plan: x\n\n- [ ] a\n\nTypes:\n\n- []Align of a box\n- [xx] Oil\n- [ ]: Paint\n"],
        );
    }

    #[test]
    fn wrong_characters() {
        let text = "# Plan: x\n\n- [x] a\n- [ ] b\n- ( ) Oil\n- [ ]] Saw\n- \\\\[x\\\\] Cut\n- [ ]- Drill\n- [ Glue\n- ] Paint\n- [done] Dry\n- [х] Wax\n- [_] Nail\n- [×] Sand\n-- [ ] Sell\n";
        let text = text.replace("\\\\", "\\");
        check(
            &RULE,
            &text,
            expect![[r#"
            5   | - ( ) Oil
                |   ^^^ invalid checkbox `( )`: expected `[ ]`
            6   | - [ ]] Saw
                |   ^^^^ invalid checkbox `[ ]]`: expected `[ ]`
            7   | - \[x\] Cut
                |   ^^^^^ invalid checkbox `\[x\]`: expected `[x]`
            8   | - [ ]- Drill
                |   ^^^^ invalid checkbox: `-` after `[ ]`, expected a space
            9   | - [ Glue
                |   ^ invalid checkbox `[`: expected `[ ]`
            10  | - ] Paint
                |   ^ invalid checkbox `]`: expected `[ ]`
            11  | - [done] Dry
                |   ^^^^^^ invalid checkbox `[done]`: expected `[x]`
            12  | - [х] Wax
                |   ^^^ invalid checkbox: `х` in brackets, expected `[x]`
            13  | - [_] Nail
                |   ^^^ invalid checkbox: `_` in brackets, expected `[ ]`
            14  | - [×] Sand
                |   ^^^ invalid checkbox: `×` in brackets, expected `[x]`
            15  | -- [ ] Sell
                | ^^^^^^ invalid checkbox: `--` is not a list marker, expected `- [ ]`
        "#]],
        );
    }

    #[test]
    fn own_characters_of_a_plan() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [_] a\n- [x] b\n",
                "# Plan: x\n\n- [×] a\n- [×] b\n",
                "# Plan: x\n\n- [ ] a\n\n1. (x) b\n2. { } c\n",
                "# Plan: x\n\n- [ ] a\n- [ [b]\n- [ b ]\n- [ b](c)\n- [v] c\n",
            ],
        );
    }

    #[test]
    fn a_phase_in_an_overview() {
        check(
            &RULE,
            "# Plan: x\n\n- [x] Phase 1: Saw\n- [] Phase 2: Copy\n\n## Phase 1: Saw\n\n- [x] a\n\n## Phase 2: Copy\n\n- [ ] b\n",
            expect![[r#"
                4   | - [] Phase 2: Copy
                    |   ^^ invalid checkbox `[]`: expected a space or `x` between the brackets
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
    fn spaces_brackets_and_bullets() {
        check(
            &RULE,
            "\
# Plan: Shed

- [x] Foundations
- [ ]Posts
- [  ] Holes
- [ x ] Concrete
- [X ] Walls
- [ ]\u{a0}Roof
-\u{a0}[ ] Door
• [x] Window
– [ ] Gutter
- ［ ］ Key
1.[ ] Lock
",
            expect![[r#"
                4   | - [ ]Posts
                    |   ^^^ invalid checkbox: missing space after `[ ]`
                5   | - [  ] Holes
                    |   ^^^^ invalid checkbox `[  ]`: expected one character between the brackets
                6   | - [ x ] Concrete
                    |   ^^^^^ invalid checkbox `[ x ]`: expected one character between the brackets
                7   | - [X ] Walls
                    |   ^^^^ invalid checkbox `[X ]`: expected one character between the brackets
                8   | - [ ] Roof
                    |   ^^^^ invalid checkbox: no-break space, expected an ordinary space
                9   | - [ ] Door
                    | ^^^^^ invalid checkbox: no-break space, expected an ordinary space
                10  | • [x] Window
                    | ^^^^^ invalid checkbox: `•` is not a list marker, expected `- [x]`
                11  | – [ ] Gutter
                    | ^^^^^ invalid checkbox: `–` is not a list marker, expected `- [ ]`
                12  | - ［ ］ Key
                    |   ^^^ invalid checkbox: full-width brackets, expected `[ ]`
                13  | 1.[ ] Lock
                    | ^^^^^ invalid checkbox: missing space after `1.`
            "#]],
        );
        let fixed = |text: &str, title: &str, expect| check_fix(&RULE, text, title, expect);
        let text = "# Plan: Shed\n\n* [x] Foundations\n* [ ]Posts\n-\u{a0}[X] Door\n• [x]\u{a0}Window\n";
        fixed(
            text,
            "Replace with `* [x]`",
            expect![[r#"
            # Plan: Shed

            * [x] Foundations
            * [ ]Posts
            - [X] Door
            * [x] Window
        "#]],
        );
    }

    #[test]
    fn lists_with_too_few_spaces() {
        let text = "# Plan: Shed\n\n1. [ ] Walls\n  - [ ] Posts\n    oak\n\n  - [ ] Holes\n2. [ ] Roof\n";
        check(
            &RULE,
            text,
            expect![[r#"
                3   | 1. [ ] Walls
                    | ^^ (parent task)
                4   |   - [ ] Posts
                    |   ^ subtask of `1.` is indented by 2 spaces, expected 3
            "#]],
        );
        check_fix(
            &RULE,
            text,
            "Indent by 1 space",
            expect![[r#"
            # Plan: Shed

            1. [ ] Walls
               - [ ] Posts
                 oak

               - [ ] Holes
            2. [ ] Roof
        "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n1. [ ] a\n   - [ ] b\n- [ ] c\n",
                "# Plan: x\n\n1. a\n  - [ ] b\n",
                "# Plan: x\n\n1. [ ] a\n  - b\n",
                "# Plan: x\n\n- [ ] a\n  - [ ] b\n",
            ],
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
                "# Notes\n\n• [ ] means open\n• [x] means done\n",
                "# Plan: x\n\n- [ ] a\n- [x](b.md)\n- [ ](c.md)\n- [x][y]\n- [ ]\n- [y ] z\n",
                "# Plan: x\n\n- [ ] a\n\n      -[ ] code\n\n`-[ ] x`\n",
            ],
        );
    }
}
