//! The rule `unclosed-comment`.

use plan_model::SegmentFlags;
use plan_schema::DocumentKind;
use plan_syntax::BlockKind;

use super::{Check, Group, Rule, nested_fence::is_text};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unclosed-comment",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "unclosed HTML comment",
    doc: "\
## What it checks

An HTML comment (`<!--`) without its end (`-->`), so that Markdown treats everything after it as part of the comment. If another comment follows, its end closes the unclosed one; Plansmith reports the comment if headings or checkboxes are between the two.

## Why

The text after the comment is not shown, and its tasks are not counted.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] Run the tests

<!-- The second half is not approved yet

- [ ] Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

- [x] Run the tests

<!-- The second half is not approved yet -->

- [ ] Switch the readers over
```

## Fix

Insert `-->` where the comment ends. Plansmith offers no fix, because the position is uncertain.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for (start, content) in file.plan().contents_with(SegmentFlags::UNCLOSED_COMMENT) {
        for block in content.outline.blocks.iter() {
            let text = &content.text[block.span.start as usize..block.span.end as usize];
            if block.kind != (BlockKind::Html { comment: true }) {
                continue;
            }
            let text = match text.split_once("-->") {
                None => text,
                Some((comment, _)) => {
                    let rest = &content.text[block.span.start as usize + comment.len() + "-->".len()..];
                    match hidden_by_next_comment(comment, rest) {
                        Some(hidden) => hidden,
                        None => continue,
                    }
                }
            };
            // In a list item or quote, the comment ends with the item or quote.
            let hidden = text.lines().skip(1).filter(|line| !line.trim().is_empty()).count();
            if hidden == 0 {
                continue;
            }
            let at = start + block.span.start as usize;
            let message = match hidden {
                1 => "unclosed comment: the next line is hidden".to_owned(),
                _ => format!("unclosed comment: the next {hidden} lines are hidden"),
            };
            findings.push(Finding::new(&RULE, at..at + "<!--".len(), message));
        }
    }
}

/// Returns the part of a comment before another comment whose end closes it, if the part has a heading or checkbox.
/// `None` if the other comment is nested, so that `-->` of the outer one is in the rest of the text.
fn hidden_by_next_comment<'a>(comment: &'a str, rest: &str) -> Option<&'a str> {
    let next = comment["<!--".len()..].rfind("\n<!--")? + "<!--".len();
    let hidden = &comment[..next];
    let is_nested = rest.find("-->").is_some_and(|end| !rest[..end].contains("<!--"));
    (!is_nested && hidden.lines().skip(1).any(is_text)).then_some(hidden)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn a_comment_hides_tasks() {
        check(
            &RULE,
            "# Plan: x\n\n- [x] a\n\n<!-- not yet\n\n## Phase 2: b\n\n- [ ] c\n",
            expect![[r#"
                5   | <!-- not yet
                    | ^^^^ unclosed comment: the next 2 lines are hidden
            "#]],
        );
    }

    #[test]
    fn another_comment_closes_it() {
        check(
            &RULE,
            "# Plan: x\n\n- [x] a\n\n<!-- not yet\n\n- [ ] b\n\n<!-- end of the list -->\n\n- [ ] c\n",
            expect![[r#"
                5   | <!-- not yet
                    | ^^^^ unclosed comment: the next line is hidden
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [x] a\n\n<!-- later\n\n- [ ] b\n\n<!-- why -->\n\n-->\n\n- [ ] c\n",
                "# Plan: x\n\n- [x] a\n\n<!-- later\n\n<!-- why -->\n\n- [ ] c\n",
            ],
        );
    }

    #[test]
    fn closed_comments() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [x] a\n\n<!-- one line -->\n\n- [ ] b\n",
                "# Plan: x\n\n- [x] a\n\n<!-- two\n\nlines -->\n\n- [ ] b\n",
                "# Plan: x\n\n- [x] a\n\n```html\n<!-- code\n```\n\n- [ ] b\n",
                "# Plan: x\n\n- [x] a\n\n<div>\n\n- [ ] b\n",
            ],
        );
    }
}
