//! `unclosed-fence`.

use plan_model::Traits;
use plan_schema::Kind;
use plan_syntax::{BlockKind, lines::lines};

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Fix, Place, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unclosed-fence",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a code block that is never closed swallows what follows",
    doc: "\
## What it finds

A fence (three or more backticks or tildes) that nothing closes, so that everything after it is code for Markdown.

## Why

All headings and boxes below it are gone: from the rendered page, from the outline, and from every count.

## Example

````markdown
# Plan: Move the search index

- [ ] Run the tests

```sh
cargo test

## Next phase

- [ ] This is no task any more
````

## Fix

A closing fence is put before the first heading that the block swallows, else at its end. The place is a guess, so it is \
never done without asking.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for (start, content) in file.plan().contents_with(Traits::UNCLOSED) {
        for (index, block) in content.outline.blocks.iter().enumerate() {
            let BlockKind::Fence { content: code, closed: false, .. } = &block.kind else { continue };
            let swallowed = content.text[code.start as usize..code.end as usize].trim();
            let opener_line = content.text[block.span.start as usize..].lines().next().unwrap_or_default();
            // A block at the very end with nothing but code in it harms nobody; one that the end of its item closes
            // neither.
            let nested = block.parent().is_some();
            if nested && content.outline.blocks.len() > index + 1 {
                continue;
            }
            let fence: String = opener_line.chars().take_while(|c| matches!(c, '`' | '~')).collect();
            let at = start + block.span.start as usize;
            let place = closing_place(&content.text, code.start as usize..code.end as usize);
            let range = at..at + fence.len();
            let message = if swallowed.is_empty() {
                "this fence opens a code block that is never closed".to_owned()
            } else {
                format!(
                    "this code block is never closed, so the {} below it are code",
                    count(swallowed.lines().count(), "line")
                )
            };
            let fixes = fix(&content.text, block.span.start as usize, &fence, place, start);
            findings.push(Finding::new(&RULE, range, message).mended_by(fixes));
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}

/// Where the block was probably meant to end: before the first heading in it (and the blank lines above that), else at its
/// end. A byte at the start of a line.
fn closing_place(text: &str, code: Place) -> usize {
    let mut after_text = code.start;
    for line in lines(&text[..code.end], code.start) {
        let content = &text[line.content()];
        let hashes = content.bytes().take_while(|byte| *byte == b'#').count();
        if (2..=6).contains(&hashes) && content[hashes..].starts_with(' ') {
            return after_text;
        }
        if !content.trim().is_empty() {
            after_text = line.next;
        }
    }
    after_text
}

fn fix(text: &str, opener: usize, fence: &str, place: usize, start: usize) -> Vec<Fix> {
    let newline = match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    };
    let line_start = text[..opener].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    // In a list item or quote the closing fence stands under the opening one.
    let prefix: String =
        text[line_start..opener].chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect();
    let lead = if text[..place].ends_with(['\n', '\r']) { "" } else { newline };
    vec![Fix {
        title: "Close the code block".to_owned(),
        edits: vec![Edit::insert(start + place, format!("{lead}{prefix}{fence}{newline}"))],
        safe: false,
    }]
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const TEXT: &str = "# Plan: x\n\n- [ ] a\n\n```sh\ncargo test\n\n## Next\n\n- [ ] b\n";

    #[test]
    fn swallows_a_section() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
                5   | ```sh
                    | ^^^ this code block is never closed, so the 5 lines below it are code
            "#]],
        );
        check_fix(
            &RULE,
            TEXT,
            "Close the code block",
            expect![[r#"
                # Plan: x

                - [ ] a

                ```sh
                cargo test
                ```

                ## Next

                - [ ] b
            "#]],
        );
    }

    #[test]
    fn closed_and_nested() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a\n\n```\ncode\n```\n",
                "# Plan: x\n\n- [ ] a\n  ```\n  code\n- [ ] b\n",
                "# Notes\n\n```\ncode\n",
            ],
        );
    }

    #[test]
    fn keeps_line_endings() {
        check_fix(
            &RULE,
            "# Plan: x\r\n\r\n- [ ] a\r\n\r\n~~~~\r\ncode",
            "Close the code block",
            expect!["# Plan: x\r\n\r\n- [ ] a\r\n\r\n~~~~\r\ncode\r\n~~~~\r\n"],
        );
    }
}
