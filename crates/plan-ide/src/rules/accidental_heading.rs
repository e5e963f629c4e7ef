//! The rule `accidental-heading`.

use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, text_facts::text_facts};
use crate::{File, Finding, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "accidental-heading",
    group: Group::Text,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "text directly above `---` becomes a heading",
    doc: "\
## What it checks

Fields or text directly above `---`. Markdown treats such lines as a heading and the dashes as its underline. Plansmith still recognizes the fields. Text is reported if a heading with `#` precedes it and another one of level 1 or 2 follows the dashes, so that the heading would have no content. Text that another tool maintains between comments such as `<!-- COMMENTS:BEGIN -->` and `<!-- COMMENTS:END -->` is not checked.

## Why

In the rendered page, the fields are large and bold, and they appear in the outline.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada
---

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada

---

- [ ] Copy the data
```

## Fix

Insert a blank line before the dashes. This fix is safe: `--fix` and *Fix all* also apply it.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    let mut managed: Option<Vec<TextRange>> = None;
    for (start, facts) in text_facts(file) {
        let text = facts.last_setext_heading.as_ref().filter(|span| {
            !facts.field_headings.contains(span) && is_above_heading(document, start + span.end as usize)
        });
        for span in facts.field_headings.iter().chain(text) {
            let range = start + span.start as usize..start + span.end as usize;
            let managed = managed.get_or_insert_with(|| managed_blocks(&document.text()));
            if managed.iter().any(|block| block.contains(&range.start)) {
                continue;
            }
            if is_front_matter(document, &range) {
                continue;
            }
            // Insert the same newline as at the end of the line.
            let after = document.slice(range.end..range.end + 200);
            let Some(break_at) = after.find(['\n', '\r']) else { continue };
            let ending =
                if after[break_at..].starts_with("\r\n") { "\r\n" } else { &after[break_at..break_at + 1] };
            let edit = Edit::insert(range.end + break_at, ending);
            // The finding includes the line above the underline and the underline.
            let underline = after[break_at + ending.len()..].split(['\n', '\r']).next().unwrap_or_default();
            let end = range.end + break_at + ending.len() + underline.trim_end().len();
            let last_line = document.line_start(range.end.saturating_sub(1)).max(range.start);
            let range = last_line..end;
            let message = "`---` directly below turns this line into a heading";
            findings.push(Finding::new(&RULE, range, message).fix("Insert blank line", vec![edit], true));
        }
    }
}

/// Returns whether the segment that contains an offset is followed by a heading of level 1 or 2.
fn is_above_heading(document: &plan_syntax::Document, offset: usize) -> bool {
    let next = document.segments().map(|(start, _)| start).find(|start| *start > offset);
    next.is_some_and(|start| {
        let line = document.slice(start..document.len().min(start + 3));
        line.starts_with("# ") || line.starts_with("## ")
    })
}

/// Returns whether a heading was intended as front matter, which `front-matter-syntax` reports.
fn is_front_matter(document: &plan_syntax::Document, heading: &TextRange) -> bool {
    heading.start < 8
        && document.slice(0..4).starts_with("---")
        && !plan_model::spaces_after_delimiters(&document.text()).is_empty()
}

/// Returns the ranges between the begin and end comments of tools, in order.
fn managed_blocks(text: &str) -> Vec<TextRange> {
    let mut blocks = Vec::new();
    let mut begin = None;
    let mut at = 0;
    while let Some(start) = text[at..].find("<!--").map(|start| at + start) {
        let Some(end) = text[start..].find("-->").map(|end| start + end) else { break };
        let comment = text[start + 4..end].trim().to_lowercase();
        let last_word = comment.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        match last_word {
            "begin" | "start" => begin = Some(end),
            "end" => blocks.extend(begin.take().map(|begin| begin..start)),
            _ => {}
        }
        at = end;
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn the_finding_is_at_the_underline() {
        check(
            &RULE,
            "# Plan: x\n\n**Status**: Draft\n**Owner**: Ada\n---\n\n- [ ] a\n",
            expect_test::expect![[r#"
                4   | **Owner**: Ada
                    | ^^^^^^^^^^^^^^ `---` directly below turns this line into a heading
            "#]],
        );
    }

    #[test]
    fn text_before_the_next_section() {
        check(
            &RULE,
            "# Plan: x\n\n## Goal\n\nSell the shed, and\nbuy a boat\n---\n\n## Tasks\n\n- [ ] a\n",
            expect_test::expect![[r#"
                6   | buy a boat
                    | ^^^^^^^^^^ `---` directly below turns this line into a heading
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a\n\nGoal\n---\n\nSell it.\n\n## Tasks\n\n- [ ] b\n",
                "# Plan: x\n\n## Goal\n\nSell it\n-------\n\n## Tasks\n\n- [ ] a\n",
                "# Plan: x\n\n- [ ] a\n\n## Part\n\nGoal\n---\n\n### Tasks\n\n- [ ] b\n",
                "Plan: x\n=======\n\n- [ ] a\n\nGoal\n---\n",
            ],
        );
    }

    #[test]
    fn text_that_a_tool_maintains() {
        let block = "author: @ada\ncreated: 2026-01-05\n---\nDone.\n---\n";
        let text = format!("# Plan: x\n\n- [ ] a\n\n<!-- NOTES:BEGIN -->\n{block}<!-- NOTES:END -->\n");
        check_silent(&RULE, &[&text]);
        let blocks = managed_blocks(&text);
        assert_eq!(blocks.len(), 1);
        assert!(text[blocks[0].clone()].contains("Done."));
        assert_eq!(managed_blocks("<!-- begin -->\n<!-- end\n"), [] as [TextRange; 0]);
    }
}
