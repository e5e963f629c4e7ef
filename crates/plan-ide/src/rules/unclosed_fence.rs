//! The rule `unclosed-fence`.

use plan_model::SegmentFlags;
use plan_schema::DocumentKind;
use plan_syntax::{BlockKind, lines::lines, outline::bytes};

use super::{
    Check, Group, Rule,
    nested_fence::{is_markdown, is_nested_fence, is_text},
};
use crate::{Edit, File, Finding, Fix, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "unclosed-fence",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "unclosed code fence",
    doc: "\
## What it checks

A code fence (three or more backticks or tildes) without a closing fence, so that Markdown treats everything after it as code. If another block of code follows, its end closes the unclosed fence; Plansmith reports the fence if headings or checkboxes are between the two.

## Why

All headings and checkboxes below the fence are lost: in the rendered page, in the outline, and in every count.

## Example

Incorrect:

````markdown
# Plan: Move the search index

- [ ] Run the tests

```sh
cargo test

## Next phase

- [ ] This is not a task, but code
````

Correct:

````markdown
# Plan: Move the search index

- [ ] Run the tests

```sh
cargo test
```

## Next phase

- [ ] This is a task
````

## Fix

Insert a closing fence before the next heading, or at the end of the code block. The correct position is uncertain, so the fix is never applied automatically.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let flags = SegmentFlags::UNCLOSED_FENCE | SegmentFlags::NESTED_FENCE;
    for (start, content) in file.plan().contents_with(flags) {
        for (index, block) in content.outline.blocks.iter().enumerate() {
            let BlockKind::Fence { content: code, closed, info } = &block.kind else { continue };
            let code = bytes(code);
            let opener_line = content.text[block.span.start as usize..].lines().next().unwrap_or_default();
            // A fence in a list item is closed by the end of the item.
            let nested = block.parent().is_some();
            if nested && content.outline.blocks.len() > index + 1 {
                continue;
            }
            let fence: String = opener_line.chars().take_while(|c| matches!(c, '`' | '~')).collect();
            let at = start + block.span.start as usize;
            // A fence without a language may have been intended as the end of a block.
            let language = &content.text[bytes(info)];
            if *closed
                && (language.is_empty()
                    || is_markdown(language)
                    || !hides_text(&content.text[code.clone()], &fence)
                    || is_nested_fence(file, at, start + block.span.end as usize))
            {
                continue;
            }
            let insert_at = closing_offset(&content.text, code.clone());
            let range = at..at + fence.len();
            let misread = at..start + code.end;
            let message = match content.text[code].trim_end().lines().count() {
                0 => "unclosed code fence".to_owned(),
                1 => "unclosed code fence: the next line is treated as code".to_owned(),
                count => format!("unclosed code fence: the next {count} lines are treated as code"),
            };
            let fix = closing_fence(&content.text, block.span.start as usize, &fence, insert_at, start);
            findings.push(Finding::new(&RULE, range, message).misread(misread).extend_fixes(fix));
        }
    }
}

/// Returns whether code contains a heading or a checkbox, and after it the start of a fence with a language, whose end
/// also closed this fence.
fn hides_text(code: &str, fence: &str) -> bool {
    let mut has_text = false;
    for line in code.lines() {
        let length = line.len() - line.trim_start_matches(&fence[..1]).len();
        if length >= fence.len() && line[length..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            return has_text;
        }
        has_text |= is_text(line);
    }
    false
}

/// Returns the offset where the closing fence was probably intended: before the first heading (and the blank lines
/// above it), otherwise at the end of the block. It is the start of a line.
fn closing_offset(text: &str, code: TextRange) -> usize {
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

/// Returns the fix that inserts a closing fence. `start` is the offset of the segment with this text.
fn closing_fence(text: &str, opener: usize, fence: &str, insert_at: usize, start: usize) -> Option<Fix> {
    let newline = match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    };
    let line_start = text[..opener].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    // In a list item or quote, indent the closing fence like the opening one.
    let prefix: String =
        text[line_start..opener].chars().map(|c| if matches!(c, '>' | '\t') { c } else { ' ' }).collect();
    let lead = if text[..insert_at].ends_with(['\n', '\r']) { "" } else { newline };
    Some(Fix {
        title: "Insert closing fence".to_owned(),
        edits: vec![Edit::insert(start + insert_at, format!("{lead}{prefix}{fence}{newline}"))],
        safe: false,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const TEXT: &str = "# Plan: x\n\n- [ ] a\n\n```sh\ncargo test\n\n## Next\n\n- [ ] b\n";

    #[test]
    fn section_becomes_code() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
                5   | ```sh
                    | ^^^ unclosed code fence: the next 5 lines are treated as code
            "#]],
        );
        check_fix(
            &RULE,
            TEXT,
            "Insert closing fence",
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
    fn blank_lines_at_the_start_count() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] a\n\n```\n\n## Next\n",
            expect![[r#"
                5   | ```
                    | ^^^ unclosed code fence: the next 2 lines are treated as code
            "#]],
        );
    }

    #[test]
    fn another_block_closes_the_fence() {
        let text = "# Plan: x\n\n- [ ] a\n\n```sh\ncargo test\n\n## Next\n\n- [ ] b\n\n```json\n{}\n```\n\n```sh\nrun\n```\n";
        check(
            &RULE,
            text,
            expect![[r#"
            5   | ```sh
                | ^^^ unclosed code fence: the next 8 lines are treated as code
        "#]],
        );
        check_fix(
            &RULE,
            text,
            "Insert closing fence",
            expect![[r#"
            # Plan: x

            - [ ] a

            ```sh
            cargo test
            ```

            ## Next

            - [ ] b

            ```json
            {}
            ```

            ```sh
            run
            ```
        "#]],
        );
        check_silent(
            &RULE,
            &[
                // A shell comment, a document in a document, and a longer fence.
                "# Plan: x\n\n- [ ] a\n\n```sh\n# Setup\n```json\n{}\n```\n",
                "# Plan: x\n\n- [ ] a\n\n```markdown\n## Next\n\n- [ ] b\n\n```json\n{}\n```\n",
                "# Plan: x\n\n- [ ] a\n\n````text\n## Next\n\n```json\n{}\n```\n````\n",
            ],
        );
    }

    #[test]
    fn closed_and_nested_fences() {
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
            "Insert closing fence",
            expect!["# Plan: x\r\n\r\n- [ ] a\r\n\r\n~~~~\r\ncode\r\n~~~~\r\n"],
        );
    }
}
