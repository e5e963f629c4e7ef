//! `broken-anchor`.

use std::sync::Arc;

use plan_model::{Summary, split_target};
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, Workspace, finding::nearest};

pub(super) const RULE: Rule = Rule {
    name: "broken-anchor",
    group: Group::Text,
    severity: Severity::Warning,
    applies_to: &[Kind::Plan],
    summary: "a link leads to a section that its document has not",
    doc: "\
## What it finds

A link to a heading, in this document or in another Markdown file, that no heading has as its anchor and no HTML sets. Anchors \
are made of headings as GitHub makes them.

## Why

A heading was renamed, and the link opens the document at its top.

## Example

```markdown
# Plan: Move the index

- [ ] Read [what can go wrong](#risks)

## Risks and mitigation
```

## Fix

The nearest anchor is offered, if one is near.
",
    check: Check::Workspace(check),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let mut own: Option<Arc<Summary>> = None;
    for link in file.plan().links() {
        let Some((_, fragment)) = link.target.split_once('#') else { continue };
        let summary = match split_target(&link.target) {
            Some((path, _)) => {
                let Some(target) = workspace.index.target(file.path(), &path) else { continue };
                let is_markdown = target.rsplit_once('.').is_some_and(|(_, ending)| {
                    ending.eq_ignore_ascii_case("md") || ending.eq_ignore_ascii_case("markdown")
                });
                if !is_markdown {
                    continue;
                }
                workspace.summary(&target)
            }
            None if link.target.starts_with('#') => {
                Some(Arc::clone(own.get_or_insert_with(|| file.entry().summary)))
            }
            None => None,
        };
        let Some(summary) = summary else { continue };
        let decoded =
            split_target(&format!("x#{fragment}")).and_then(|(_, fragment)| fragment).unwrap_or_default();
        if decoded.is_empty() || is_a_line(&decoded) || is_unfilled(&decoded) || summary.has_anchor(&decoded)
        {
            continue;
        }
        let length = fragment.len();
        let range = link.target_range.end.saturating_sub(length)..link.target_range.end;
        if findings.iter().any(|known| known.range == range) {
            continue;
        }
        let mut finding = Finding::new(&RULE, range.clone(), format!("there is no heading for `#{decoded}`"));
        let anchors = summary.heading_anchors();
        let starts: Vec<&String> =
            anchors.iter().filter(|anchor| anchor.starts_with(&format!("{decoded}-"))).collect();
        let near = match &starts[..] {
            [only] => Some(only.as_str()),
            _ => nearest(&decoded, anchors.iter().map(String::as_str)),
        };
        if let Some(near) = near {
            finding = finding.fix(format!("Link to `#{near}`"), vec![Edit::replace(range, near)], false);
        }
        findings.push(finding);
    }
}

/// `L10`, `L10-L20`: a code host's lines.
fn is_a_line(fragment: &str) -> bool {
    fragment.strip_prefix('L').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn is_unfilled(fragment: &str) -> bool {
    fragment.contains(['[', ']', '{', '}', '<', '>', '…']) || fragment.contains("...") || fragment.contains("XXX")
        // Text fragments and queries are for other programs.
        || fragment.starts_with(":~") || fragment.contains('=')
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent, findings_among};

    #[test]
    fn anchors_that_no_heading_has() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] [a](#risks) [b](#phase-1) [c](#somewhere-else)\n\n## Risks & mitigation\n\n## Phase 1\n",
            expect![[r##"
                3   | - [ ] [a](#risks) [b](#phase-1) [c](#somewhere-else)
                    |            ^^^^^ there is no heading for `#risks`
                    |                                      ^^^^^^^^^^^^^^ there is no heading for `#somewhere-else`
            "##]],
        );
    }

    #[test]
    fn in_other_files() {
        let text = "# Plan: x\n\n- [ ] [a](b.md#goal) [b](b.md#Goals) [c](main.rs#x) [d](b.md#L3)\n";
        let found = findings_among(&RULE, &[("/w/a.md", text), ("/w/b.md", "# B\n\n## Goals\n")]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("b.md#goals) [b]"), "{found:?}");
    }

    #[test]
    fn healthy() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] [a](#plan-x) [b](#here) [c](#) [d](#ÜBER-uns)\n\n<a id=\"here\"></a>\n\n## Über *uns*\n",
                "# Plan: x\n\n- [ ] [a](#a) [b](#a-1)\n\n## A\n\n## A\n",
            ],
        );
    }
}
