//! `broken-anchor`.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use plan_model::{decode, split_target};
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, Workspace, finding::nearest};

pub(super) const RULE: Rule = Rule {
    name: "broken-anchor",
    group: Group::Text,
    severity: Some(Severity::Warning),
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

/// For so many different targets the one that was meant is looked for.
const MENDED: usize = 200;

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    // What each document has, and what each fragment may have meant, by the path as it is written.
    let mut documents: HashMap<&str, Option<Anchors<'_>>> = HashMap::new();
    let mut meant: HashMap<&str, Option<String>> = HashMap::new();
    let mut marked: HashSet<usize> = HashSet::new();
    for link in file.plan().links() {
        let Some((path, fragment)) = link.target.split_once('#') else { continue };
        if fragment.is_empty() || is_a_line(fragment) || is_unfilled(fragment) {
            continue;
        }
        let anchors = match documents.get(path) {
            Some(known) => known,
            None => documents.entry(path).or_insert(Anchors::of(file, workspace, link.target)),
        };
        let Some(anchors) = anchors else { continue };
        let decoded = decode(fragment);
        if anchors.all.contains(&*decoded) || anchors.all.contains(&*decoded.to_lowercase()) {
            continue;
        }
        let range = link.target_range.end.saturating_sub(fragment.len())..link.target_range.end;
        // Several links may lead by one definition.
        if !marked.insert(range.start) {
            continue;
        }
        let near = match meant.get(link.target) {
            Some(known) => known,
            None if meant.len() >= MENDED => &None,
            None => meant.entry(link.target).or_insert(anchors.nearest(&decoded)),
        };
        let mut finding = Finding::new(&RULE, range.clone(), format!("there is no heading for `#{decoded}`"));
        if let Some(near) = near {
            let title = format!("Link to `#{near}`");
            finding = finding.fix(title, vec![Edit::replace(range, near.as_str())], false);
        }
        findings.push(finding);
    }
}

/// The anchors of a document.
struct Anchors<'a> {
    /// Those of headings, sorted.
    headings: Vec<Cow<'a, str>>,
    all: HashSet<Cow<'a, str>>,
}

impl<'a> Anchors<'a> {
    /// Those of the document that a link leads to; nothing where that is no Markdown that can be read.
    fn of(file: &'a File, workspace: &Workspace<'_>, target: &str) -> Option<Self> {
        let (mut headings, set): (Vec<Cow<'a, str>>, Vec<String>) = match split_target(target) {
            Some((path, _)) => {
                let target = workspace.index.target(file.path(), &path)?;
                let ending = target.rsplit_once('.')?.1.to_ascii_lowercase();
                let summary = workspace.summary(&target).filter(|_| matches!(&*ending, "md" | "markdown"))?;
                (
                    summary.heading_anchors().into_iter().map(Cow::Owned).collect(),
                    summary.anchors.iter().map(|anchor| anchor.to_lowercase()).collect(),
                )
            }
            None if target.starts_with('#') => file.plan().all_anchors(),
            None => return None,
        };
        let all = headings.iter().cloned().chain(set.into_iter().map(Cow::Owned)).collect();
        headings.sort_unstable();
        Some(Self { headings, all })
    }

    /// The anchor that may have been meant: the one that goes on where this one ends, or that differs in little.
    fn nearest(&self, fragment: &str) -> Option<String> {
        let longer = format!("{fragment}-");
        let first = self.headings.partition_point(|anchor| **anchor < *longer);
        let mut longer = self.headings[first..].iter().take_while(|anchor| anchor.starts_with(&longer));
        match (longer.next(), longer.next()) {
            (Some(only), None) => Some(only.clone().into_owned()),
            (Some(_), Some(_)) => None,
            _ => nearest(fragment, self.headings.iter().map(|anchor| &**anchor)).map(str::to_owned),
        }
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
