//! The rule `nested-fence`.

use plan_model::SegmentFlags;
use plan_schema::DocumentKind;
use plan_syntax::{Block, BlockKind, SegmentSpan, lines::lines, outline::bytes};

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "nested-fence",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "code fence inside a fence of the same length",
    doc: "\
## What it checks

A code fence that contains another fence of the same length, so that the end of the inner block ends the outer block. Plansmith reports the outer fence, and no other problems in the affected text.

## Why

The rest of the outer block is shown as text, and its closing fence starts a new block that hides the following text.

## Example

Incorrect:

`````markdown
# Plan: Move the search index

- [ ] Write the guide

```markdown
Run this:

```sh
cargo test
```

Then read the report.
```

## Next phase

- [ ] This is not a task, but code
`````

Correct:

`````markdown
# Plan: Move the search index

- [ ] Write the guide

````markdown
Run this:

```sh
cargo test
```

Then read the report.
````

## Next phase

- [ ] This is a task
`````

## Fix

Lengthen the outer fence. The intended end of the block is uncertain, so the fix is never applied automatically.
",
    check: Check::File(check),
};

/// Maximum number of lines in which the end of a fence is searched for.
const MAX_FENCE_LINES: usize = 2000;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let mut end_of_last = 0;
    for (start, content) in file.plan().contents_with(SegmentFlags::NESTED_FENCE) {
        let blocks = &content.outline.blocks;
        for (index, block) in blocks.iter().enumerate() {
            let BlockKind::Fence { closed: true, info, .. } = &block.kind else { continue };
            let at = start + block.span.start as usize;
            if at < end_of_last {
                continue;
            }
            let Some(nested) = NestedFence::of(file, at, start + block.span.end as usize) else { continue };
            let has_language = !info.is_empty();
            // After one broken block, a fence without a language may have been intended as the end of a block.
            let is_after_another = end_of_last > 0;
            end_of_last = nested.misread.end;
            let outer = blocks[..index]
                .iter()
                .rev()
                .find_map(|block| fence_of_markdown(&content.text, block))
                .flatten();
            if let Some(outer) = outer.filter(|_| !has_language) {
                // A fence inside the preceding Markdown block has closed that block, so this fence without a language
                // opens a block instead of closing one.
                let length = nested.opening.len();
                let opening = start + outer.start as usize..start + outer.start as usize + length;
                let message =
                    format!("code fence is closed by a fence inside it; use {} backticks", length + 1);
                let misread = start + outer.end as usize..nested.misread.end;
                let finding = Finding::new(&RULE, opening, message).related(misread.clone(), "affected text");
                findings.push(finding.misread(misread));
                continue;
            }
            if !has_language && is_after_another {
                continue;
            }
            let longer = nested.fence.repeat(nested.longest + 1);
            let characters = if nested.fence == "~" { "tildes" } else { "backticks" };
            let message =
                format!("code fence is closed by a fence inside it; use {} {characters}", nested.longest + 1);
            let edits = vec![
                Edit::replace(nested.opening.clone(), &*longer),
                Edit::replace(nested.closing, &*longer),
            ];
            let finding = Finding::new(&RULE, nested.opening, message)
                .related(nested.misread.clone(), "affected text")
                .misread(nested.misread);
            findings.push(finding.fix("Lengthen outer fence", edits, false));
        }
    }
}

/// Returns the span of a closed fence whose code is Markdown; `Some(None)` for another closed fence, which ends the
/// search. `None` for other blocks.
fn fence_of_markdown(text: &str, block: &Block) -> Option<Option<SegmentSpan>> {
    let BlockKind::Fence { closed: true, info, .. } = &block.kind else { return None };
    Some(is_markdown(&text[bytes(info)]).then(|| block.span.clone()))
}

/// Returns whether the language of a fence is Markdown.
pub(super) fn is_markdown(language: &str) -> bool {
    ["markdown", "md"].iter().any(|name| language.eq_ignore_ascii_case(name))
}

/// Returns whether the fence at the offset `at` contains another fence, and a later fence was intended to close it.
/// `end` is the offset where its block ends according to Markdown.
pub(super) fn is_nested_fence(file: &File, at: usize, end: usize) -> bool {
    NestedFence::of(file, at, end).is_some()
}

/// A fence that contains another one.
struct NestedFence {
    /// The character of the fences.
    fence: &'static str,
    opening: TextRange,
    /// The fence that was probably intended to close the block. Markdown parses it as the start of another block.
    closing: TextRange,
    /// Text that was intended as part of the block, and the block that starts at `closing`.
    misread: TextRange,
    /// Length of the longest fence in the block.
    longest: usize,
}

impl NestedFence {
    /// Returns the fence at the offset `at`, if a later fence was intended to close it. `end` is the offset where its
    /// block ends according to Markdown.
    fn of(file: &File, at: usize, end: usize) -> Option<Self> {
        let document = file.document();
        let text = document.text();
        let fence = if text[at..].starts_with('~') { "~" } else { "`" };
        let opening = at..at + run(&text[at..], fence);
        let is_document = is_markdown(text[opening.end..].lines().next().unwrap_or_default().trim());
        let (mut depth, mut longest) = (1, opening.len());
        for line in lines(&text, at).skip(1).take(MAX_FENCE_LINES) {
            let written = &text[line.content()];
            let indented = written.trim_start_matches([' ', '\t', '>']);
            let length = run(indented, fence);
            if length < opening.len() {
                continue;
            }
            longest = longest.max(length);
            let info = indented[length..].trim();
            if info.contains('`') {
                continue;
            }
            depth = if info.is_empty() { depth - 1 } else { depth + 1 };
            if depth > 0 {
                continue;
            }
            let start = line.start + (written.len() - indented.len());
            let closing = start..start + length;
            if closing.start < end {
                return None;
            }
            if let Some(misread) = misread_after(file, closing.start, end, fence) {
                return Some(Self { fence, opening, closing, misread, longest });
            }
            // In a Markdown document, a fence without a language can also start a block.
            if !is_document {
                return None;
            }
            depth = 2;
        }
        None
    }
}

/// Returns the text that was intended as part of a block, if the fence at the offset `closing` was intended to end the
/// block, which ends at `end` according to Markdown. The text includes the block that starts at `closing`.
fn misread_after(file: &File, closing: usize, end: usize, fence: &str) -> Option<TextRange> {
    let document = file.document();
    let (start, segment) = document.segments().take_while(|(start, _)| *start <= closing).last()?;
    let content = document.content(start, segment);
    content.outline.blocks.iter().find_map(|block| match &block.kind {
        BlockKind::Fence { content: code, closed, .. } if start + block.span.start as usize == closing => {
            let code = &content.text[code.start as usize..code.end as usize];
            (!closed || has_text(code, fence)).then_some(end..start + block.span.end as usize)
        }
        _ => None,
    })
}

/// Returns the number of fence characters at the start of a text.
fn run(text: &str, fence: &str) -> usize {
    text.len() - text.trim_start_matches(fence).len()
}

/// Returns whether code was probably intended as text: it has a heading, a task, or the start of a fence.
fn has_text(code: &str, fence: &str) -> bool {
    code.lines().any(|line| {
        let length = run(line, fence);
        is_text(line) || length >= 3 && line[length..].starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

/// Returns whether a line of code was probably intended as text: it is a heading of level 2 or more, or a task.
pub(super) fn is_text(line: &str) -> bool {
    let hashes = run(line, "#");
    (2..=6).contains(&hashes) && line[hashes..].starts_with(' ')
        || ["- [ ] ", "- [x] "].iter().any(|task| line.starts_with(task))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const TEXT: &str = "# Plan: x\n\n- [ ] a\n\n```markdown\n## Use\n\n```sh\nrun\n```\n\nSee [b](b.md#c).\n\n```sh\nstop\n```\n```\n\n## Next\n\n- [ ] b\n";

    #[test]
    fn outer_fence_is_reported() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
                5   | ```markdown
                    | ^^^ code fence is closed by a fence inside it; use 4 backticks
                10  | ```
                    |    ^ (affected text)
            "#]],
        );
        check_fix(
            &RULE,
            TEXT,
            "Lengthen outer fence",
            expect![[r#"
                # Plan: x

                - [ ] a

                ````markdown
                ## Use

                ```sh
                run
                ```

                See [b](b.md#c).

                ```sh
                stop
                ```
                ````

                ## Next

                - [ ] b
            "#]],
        );
    }

    #[test]
    fn fences_without_language_are_inside_the_preceding_markdown() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] a\n\n```markdown\n## Use\n\n```\nrun\n```\n\nWhy.\n\n```markdown\n## Stop\n\n```\nstop\n```\n\n## Next\n\n- [ ] b\n",
            expect![[r#"
                5   | ```markdown
                    | ^^^ code fence is closed by a fence inside it; use 4 backticks
                8   | ```
                    |    ^ (affected text)
            "#]],
        );
    }

    #[test]
    fn blocks_without_language_in_a_document() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] a\n\n```markdown\n## Use\n\n```sh\nrun\n```\n\n```\nout\n```\n\n## Stop\n```\n\n## Next\n\n- [ ] b\n\n```sh\nstop\n```\n",
            expect![[r#"
                5   | ```markdown
                    | ^^^ code fence is closed by a fence inside it; use 4 backticks
                10  | ```
                    |    ^ (affected text)
            "#]],
        );
    }

    #[test]
    fn other_fences() {
        check_silent(
            &RULE,
            &[
                // A longer fence outside.
                "# Plan: x\n\n- [ ] a\n\n````markdown\n```sh\nrun\n```\n````\n\n## Next\n\n- [ ] b\n",
                // A line that looks like a fence, and blocks without a language after it.
                "# Plan: x\n\n- [ ] a\n\n```text\n```sh\n```\n\n## Next\n\n```\ncode\n```\n\n- [ ] b\n",
                // Other characters inside.
                "# Plan: x\n\n- [ ] a\n\n```markdown\n~~~sh\nrun\n~~~\n```\n\n## Next\n\n- [ ] b\n",
            ],
        );
    }
}
