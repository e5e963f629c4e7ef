//! `broken-anchor`.

use std::{borrow::Cow, sync::Arc};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::{Link, Part, Plan, Traits, decode, split_target};
use plan_schema::Kind;

use super::{BySegment, Check, Group, Rest, Rule};
use crate::{
    Edit, File, Finding, Severity, Workspace,
    finding::{Fix, nearest},
};

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
    check: Check::Segments(&BySegment { each, rest: Rest::Workspace(rest), mend: Some(mend) }),
};

/// The links of a segment to anchors of the document itself.
fn each(file: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    for link in part.links() {
        let Some(fragment) = own_fragment(&link) else { continue };
        findings.extend(broken(&link, fragment, &file.own_anchors()));
    }
}

/// The fragment of a link into its own document that names no definition elsewhere.
fn own_fragment<'a>(link: &Link<'a>) -> Option<&'a str> {
    let is_inline = link.range.start <= link.target_range.start && link.target_range.end <= link.range.end;
    link.target.strip_prefix('#').filter(|_| is_inline)
}

/// Links to anchors of other documents, and those by definitions.
fn rest(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    // What each document has, by the path as it is written.
    let mut documents: HashMap<&str, Option<Arc<Anchors>>> = HashMap::new();
    let mut marked: HashSet<usize> = HashSet::new();
    for link in file.plan().links_out() {
        let Some((path, fragment)) = link.target.split_once('#') else { continue };
        if own_fragment(&link).is_some() || is_no_anchor(fragment) {
            continue;
        }
        let anchors = match documents.get(path) {
            Some(known) => known,
            None => documents.entry(path).or_insert(Anchors::of(file, workspace, link.target)),
        };
        let Some(found) = anchors.as_ref().and_then(|anchors| broken(&link, fragment, anchors)) else {
            continue;
        };
        // Several links may lead by one definition.
        if marked.insert(found.range.start) {
            findings.push(found);
        }
    }
}

/// What there is to say of a link with a fragment.
fn broken(link: &Link<'_>, fragment: &str, anchors: &Anchors) -> Option<Finding> {
    if is_no_anchor(fragment) {
        return None;
    }
    let decoded = decode(fragment);
    if anchors.all.contains(&*decoded) || anchors.all.contains(&*decoded.to_lowercase()) {
        return None;
    }
    let range = link.target_range.end.saturating_sub(fragment.len())..link.target_range.end;
    Some(Finding::new(&RULE, range, format!("there is no heading for `#{decoded}`")))
}

fn mend(file: &File, workspace: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let links = file.plan().links_in(&finding.range);
    let link = links.iter().find(|link| link.target_range.end == finding.range.end);
    // By a definition: the link is somewhere else.
    let all = if link.is_none() { file.plan().links_out() } else { Vec::new() };
    let link = link.or_else(|| all.iter().find(|link| link.target_range.end == finding.range.end));
    let Some((link, (_, fragment))) = link.and_then(|link| Some((link, link.target.split_once('#')?))) else {
        return Vec::new();
    };
    let anchors = Anchors::of(file, workspace, link.target);
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
pub(crate) struct Anchors {
    /// Those of headings, sorted.
    headings: Vec<String>,
    all: HashSet<String>,
}

impl Anchors {
    /// Those of the document that a link leads to; nothing where that is no Markdown that can be read.
    fn of(file: &File, workspace: &Workspace<'_>, target: &str) -> Option<Arc<Self>> {
        let Some((path, _)) = split_target(target) else {
            return target.starts_with('#').then(|| file.own_anchors());
        };
        let target = workspace.index.target(file.path(), &path)?;
        if target == file.path() {
            // The index may have another text of this file than the one that is checked.
            return Some(file.own_anchors());
        }
        let ending = target.rsplit_once('.')?.1.to_ascii_lowercase();
        let summary = workspace.summary(&target).filter(|_| matches!(&*ending, "md" | "markdown"))?;
        let set = summary.anchors.iter().map(|anchor| anchor.to_lowercase());
        Some(Arc::new(Self::among(summary.heading_anchors(), set)))
    }

    /// Those of a document itself.
    pub(crate) fn own(plan: &Plan) -> Arc<Self> {
        let own = |plan: &Plan| {
            let (headings, set) = plan.all_anchors();
            Self::among(headings.into_iter().map(Cow::into_owned).collect(), set)
        };
        // HTML may set anchors in the middle of a text: then they change with the words.
        if plan.may_have(Traits::ANCHOR) { Arc::new(own(plan)) } else { plan.of_shape(own) }
    }

    fn among(mut headings: Vec<String>, set: impl IntoIterator<Item = String>) -> Self {
        let all = headings.iter().cloned().chain(set).collect();
        headings.sort_unstable();
        Self { headings, all }
    }

    /// The anchor that may have been meant: the one that goes on where this one ends, or that differs in little.
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

/// What is no name of an anchor: nothing, a code host's lines, something to be filled in.
fn is_no_anchor(fragment: &str) -> bool {
    fragment.is_empty() || is_a_line(fragment) || is_unfilled(fragment)
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
