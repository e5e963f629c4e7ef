//! The rule `broken-anchor`.

use std::{borrow::Cow, sync::Arc};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::{Link, Plan, SegmentFlags, decode, split_target};
use plan_schema::{DocumentKind, nearest};

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Edit, File, Finding, Severity, Workspace, finding::Fix};

pub(super) const RULE: Rule = Rule {
    name: "broken-anchor",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "link to a heading that does not exist",
    doc: "\
## What it checks

A link to a heading of this document or of another Markdown file, if that file has neither this heading nor an HTML anchor of that name. Anchors are derived from headings as on GitHub.

## Why

After a heading has been renamed, the link opens the top of the document.

## Example

Incorrect:

```markdown
# Plan: Move the index

- [ ] Read [what can go wrong](#risks)

## Risks and mitigation
```

Correct:

```markdown
# Plan: Move the index

- [ ] Read [what can go wrong](#risks-and-mitigation)

## Risks and mitigation
```

## Fix

Link to the most similar anchor, if one exists.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::Workspace(check_rest), fixes: Some(fixes) }),
};

/// Name in messages of the document that contains the link.
const THIS_DOCUMENT: &str = "this document";

/// Checks the links of a segment to anchors of the document itself.
fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for link in view.links() {
        let Some(fragment) = own_fragment(&link) else { continue };
        let anchors: &Arc<TargetAnchors> = view.file_memo(TargetAnchors::own_anchors);
        findings.extend(broken_anchor(&link, fragment, anchors, THIS_DOCUMENT));
    }
}

/// Returns the fragment of an inline link to the document itself. Links through a definition are excluded, because the
/// definition can be in another segment.
fn own_fragment<'a>(link: &Link<'a>) -> Option<&'a str> {
    let is_inline = link.range.start <= link.target_range.start && link.target_range.end <= link.range.end;
    link.target.strip_prefix('#').filter(|_| is_inline)
}

/// Checks links to anchors of other documents, and links through definitions.
fn check_rest(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    // The anchors of each linked document, by the path as written in the link.
    let mut documents: HashMap<&str, Option<Arc<TargetAnchors>>> = HashMap::new();
    let mut reported: HashSet<usize> = HashSet::new();
    for link in file.plan().outgoing_links() {
        let Some((path, fragment)) = link.target.split_once('#') else { continue };
        if own_fragment(&link).is_some() || is_not_an_anchor(fragment) {
            continue;
        }
        let anchors = match documents.get(path) {
            Some(known) => known,
            None => documents.entry(path).or_insert(TargetAnchors::of(file, workspace, link.target)),
        };
        let document = if path.is_empty() { THIS_DOCUMENT.to_owned() } else { format!("`{path}`") };
        let Some(found) =
            anchors.as_ref().and_then(|anchors| broken_anchor(&link, fragment, anchors, &document))
        else {
            continue;
        };
        // Several links can share a definition.
        if reported.insert(found.range.start) {
            findings.push(found);
        }
    }
}

/// Returns a finding if the fragment of a link is not an anchor of the linked document.
fn broken_anchor(
    link: &Link<'_>,
    fragment: &str,
    anchors: &TargetAnchors,
    document: &str,
) -> Option<Finding> {
    if is_not_an_anchor(fragment) {
        return None;
    }
    let decoded = decode(fragment);
    if anchors.all.contains(&*decoded) || anchors.all.contains(&*decoded.to_lowercase()) {
        return None;
    }
    let range = link.target_range.end.saturating_sub(fragment.len())..link.target_range.end;
    Some(Finding::new(&RULE, range, format!("broken link: no heading `#{decoded}` in {document}")))
}

fn fixes(file: &File, workspace: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let links = file.plan().links_in(&finding.range);
    let link = links.iter().find(|link| link.target_range.end == finding.range.end);
    // The range can be in a definition, so all links are searched.
    let all = if link.is_none() { file.plan().outgoing_links() } else { Vec::new() };
    let link = link.or_else(|| all.iter().find(|link| link.target_range.end == finding.range.end));
    let Some((link, (_, fragment))) = link.and_then(|link| Some((link, link.target.split_once('#')?))) else {
        return Vec::new();
    };
    let anchors = TargetAnchors::of(file, workspace, link.target);
    let near = anchors.and_then(|anchors| anchors.nearest(&decode(fragment)));
    let fix = near.map(|near| Fix {
        title: format!("Link to `#{near}`"),
        edits: vec![Edit::replace(finding.range.clone(), near)],
        safe: false,
    });
    fix.into_iter().collect()
}

/// The anchors of a document.
#[derive(Debug)]
pub(crate) struct TargetAnchors {
    /// Anchors of headings, sorted.
    headings: Vec<String>,
    all: HashSet<String>,
}

impl TargetAnchors {
    /// Returns the anchors of the linked document; `None` if it is not a readable Markdown file.
    fn of(file: &File, workspace: &Workspace<'_>, target: &str) -> Option<Arc<Self>> {
        let Some((path, _)) = split_target(target) else {
            return target.starts_with('#').then(|| Arc::clone(file.memo(Self::own_anchors)));
        };
        let target = workspace.index.target(file.path(), &path)?;
        if target == file.path() {
            // The index may contain another text of this file.
            return Some(Arc::clone(file.memo(Self::own_anchors)));
        }
        let extension = target.rsplit_once('.')?.1.to_ascii_lowercase();
        let summary = workspace.summary(&target).filter(|_| matches!(&*extension, "md" | "markdown"))?;
        let set = summary.anchors.iter().map(|anchor| anchor.to_lowercase());
        Some(Arc::new(Self::new(summary.heading_anchors(), set)))
    }

    /// Returns the anchors that links within the document can use.
    fn own_anchors(file: &File) -> Arc<Self> {
        let (plan, of_plan) = (file.plan(), |plan: &Plan| {
            let (headings, set) = plan.all_anchors();
            Arc::new(Self::new(headings.into_iter().map(Cow::into_owned).collect(), set))
        });
        // HTML anchors can be anywhere in the text. Any edit can change them, so they cannot be cached with the
        // structure.
        if plan.may_have(SegmentFlags::HTML_ANCHOR) {
            of_plan(plan)
        } else {
            Arc::clone(plan.structure_memo(of_plan))
        }
    }

    fn new(mut headings: Vec<String>, set: impl IntoIterator<Item = String>) -> Self {
        let all = headings.iter().cloned().chain(set).collect();
        headings.sort_unstable();
        Self { headings, all }
    }

    /// Returns the heading anchor that was probably intended: the only one that starts with the fragment and a hyphen
    /// or, without such an anchor, a similar one.
    fn nearest(&self, fragment: &str) -> Option<String> {
        let longer = format!("{fragment}-");
        let first = self.headings.partition_point(|anchor| *anchor < longer);
        let mut longer = self.headings[first..].iter().take_while(|anchor| anchor.starts_with(&longer));
        match (longer.next(), longer.next()) {
            (Some(only), None) => Some(only.clone()),
            (Some(_), Some(_)) => None,
            _ => nearest(fragment, self.headings.iter().map(String::as_str)).map(str::to_owned),
        }
    }
}

/// Returns whether a fragment is not the name of an anchor: empty or the top of the page, a line range of a code host,
/// or a placeholder.
fn is_not_an_anchor(fragment: &str) -> bool {
    fragment.is_empty()
        || fragment.eq_ignore_ascii_case("top")
        || is_line_range(fragment)
        || is_unfilled(fragment)
}

/// Returns whether a fragment is a line range of a code host: `L10`, `L10-L20`.
fn is_line_range(fragment: &str) -> bool {
    fragment.strip_prefix('L').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns whether a fragment is a placeholder or has a meaning outside Markdown.
fn is_unfilled(fragment: &str) -> bool {
    fragment.contains(['[', ']', '{', '}', '<', '>', '…']) || fragment.contains("...") || fragment.contains("XXX")
        // These are text fragments and queries.
        || fragment.starts_with(":~") || fragment.contains('=')
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent, findings_among};

    #[test]
    fn unknown_anchors() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] [a](#risks) [b](#phase-1) [c](#somewhere-else)\n\n## Risks & mitigation\n\n## Phase 1\n",
            expect![[r#"
                3   | - [ ] [a](#risks) [b](#phase-1) [c](#somewhere-else)
                    |            ^^^^^ broken link: no heading `#risks` in this document
                    |                                      ^^^^^^^^^^^^^^ broken link: no heading `#somewhere-else` in this document
            "#]],
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
    fn valid_anchors() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] [a](#plan-x) [b](#here) [c](#) [d](#ÜBER-uns)\n\n<a id=\"here\"></a>\n\n## Über *uns*\n",
                "# Plan: x\n\n- [ ] [a](#a) [b](#a-1)\n\n## A\n\n## A\n",
                "# Plan: x\n\n- [ ] [a](#top) [b](#%EF%B8%8F-risks) [c](#rd-costs)\n\n## ⚠️ Risks\n\n## R&amp;D costs\n",
            ],
        );
    }
}
