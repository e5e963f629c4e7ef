//! `broken-link`.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::split_target;
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{
    Edit, File, Finding, Fix, Severity, Workspace,
    workspace::path::{folder, is_in, join, name, relative},
};

pub(super) const RULE: Rule = Rule {
    name: "broken-link",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a link leads to a file that there is not",
    doc: "\
## What it finds

A link with a relative path at which there is neither a file nor a folder. Addresses of the web are not looked at, nor are \
paths that leave the workspace, placeholders (`ADR-XXXX.md`), and paths in backticks, which may name what is still to be \
made.

## Why

The plan was moved to another folder, or the file was, and whoever reads the plan does not find the specification.

## Example

<!-- file: plans/done/index.md -->
<!-- beside: specs/index.md: # Specification -->

```markdown
# Plan: Move the index

**Status**: Done

- [x] Follow [the specification](../specs/index.md)
```

## Fix

Where one file fits, the link is repaired: with the `../` that are missing or too many, from the root of the repository, \
with the ending `.md`, or to the one place where a file of that name lies.
",
    check: Check::Workspace(check, Some(mend)),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let root = workspace.index.root_of(file.path());
    // By the target as it is written: nothing where it leads somewhere, else the path and what is said of it.
    let mut looked_up: HashMap<&str, Option<Arc<str>>> = HashMap::new();
    let mut marked: HashSet<usize> = HashSet::new();
    let look_up = |target: &str| {
        let (path, _) = split_target(target)?;
        // A sample that the template has is no link of the plan's yet.
        let is_sample =
            || file.template().is_some_and(|template| template.text.contains(&format!("]({target})")));
        let is_broken = workspace.index.target(file.path(), &path).is_some_and(|target| {
            looks_like_a_path(&path)
                && root.is_none_or(|root| is_in(&target, root))
                && !workspace.exists(&target)
                && !is_sample()
        });
        is_broken.then(|| format!("there is no `{path}`").into())
    };
    for link in &file.plan().links_out() {
        let message = looked_up.entry(link.target).or_insert_with(|| look_up(link.target));
        // Several links may lead by one definition.
        if let Some(message) = message
            && marked.insert(link.target_range.start)
        {
            findings.push(Finding::new(&RULE, link.target_range.clone(), Arc::clone(message)));
        }
    }
}

fn mend(file: &File, workspace: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let raw = file.document().slice(finding.range.clone());
    let Some((path, _)) = split_target(&raw) else { return Vec::new() };
    let (candidates, is_sure) = repairs(file, workspace, &path, workspace.index.root_of(file.path()));
    let [candidate] = &candidates[..] else { return Vec::new() };
    let length = raw.find(['#', '?']).unwrap_or(raw.len());
    let range = finding.range.start..finding.range.start + length;
    let edits = vec![Edit::replace(range, candidate.replace(' ', "%20"))];
    vec![Fix { title: format!("Link to `{candidate}`"), edits, safe: is_sure }]
}

/// Whether a target is meant as a path: it has folders or an ending, and is filled in.
fn looks_like_a_path(path: &str) -> bool {
    let last = name(path.trim_end_matches('/'));
    let has_ending = last.rsplit_once('.').is_some_and(|(stem, ending)| {
        !stem.is_empty()
            && (1..=8).contains(&ending.len())
            && ending.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let unfilled = ["XXX", "NNN", "YYYY", "...", "…", "path/to/"].iter().any(|stub| path.contains(stub))
        || path.contains(['<', '>', '{', '}', '[', ']', '*', '$', '|', '"', '\'', '`', '(', ')', ',', '\n']);
    (has_ending || path.contains('/')) && !unfilled && !path.contains("  ")
}

/// What may have been meant, as it would be written, and whether it is surely so.
fn repairs(file: &File, workspace: &Workspace<'_>, path: &str, root: Option<&str>) -> (Vec<String>, bool) {
    let here = folder(file.path());
    let mut found: Vec<String> = Vec::new();
    let mut offer = |target: Option<String>| {
        let Some(target) = target else { return };
        let inside = root.is_none_or(|root| is_in(&target, root));
        let written = relative(here, &target);
        if inside && target != file.path() && !found.contains(&written) && workspace.exists(&target) {
            found.push(written);
        }
    };
    let plain = path.trim_start_matches("./");
    for up in 1..=4 {
        offer(join(here, &format!("{}{plain}", "../".repeat(up))));
    }
    let mut less = plain;
    while let Some(rest) = less.strip_prefix("../") {
        less = rest;
        offer(join(here, less));
    }
    if let Some(root) = root {
        offer(join(root, less.trim_start_matches('/')));
    }
    if !path.ends_with('/') && !name(path).contains('.') {
        offer(join(here, &format!("{plain}.md")));
    }
    if !found.is_empty() {
        return (found, true);
    }
    // The one file of that name, wherever it lies now.
    let moved = workspace.index.named(name(path));
    (
        moved
            .into_iter()
            .filter(|other| &***other != file.path())
            .map(|other| relative(here, other))
            .collect(),
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    fn found(path: &str, link: &str) -> Vec<String> {
        let text = format!("# Plan: x\n\n- [ ] see {link}\n");
        let files = [
            (path, text.as_str()),
            ("/w/specs/index.md", "# Specification\n"),
            ("/w/docs/a b/only.md", "# Only\n"),
        ];
        findings_among(&RULE, &files)
    }

    #[test]
    fn repaired_where_one_file_fits() {
        for (link, fix) in [
            ("[s](../specs/index.md#x)", "[s](../../specs/index.md#x)"),
            ("[s](../../../specs/index.md)", ""),
            ("[s](specs/index.md)", "[s](../../specs/index.md)"),
            ("[s](/spec/index.md)", ""),
            ("[s](../../specs/index)", "[s](../../specs/index.md)"),
            ("[s](../only.md)", "[s](../../docs/a%20b/only.md)"),
            ("[s](../none.md)", "-"),
        ] {
            let found = found("/w/plans/done/a.md", link);
            match fix {
                "" => {}
                "-" => assert_eq!(found.len(), 1, "{link}: {found:?}"),
                fix => assert!(found.len() == 1 && found[0].contains(fix), "{link}: {found:?}"),
            }
        }
    }

    #[test]
    fn healthy() {
        for link in [
            "[s](../specs/index.md)",
            "[s](/specs/index.md)",
            "[f](../specs/)",
            "[a](../../other-repository/x.md)",
            "[a](ADR-XXXX.md) [b](YYYY-MM-DD-x.md) [c](#goal) [d](https://a.b/c.md) [e](optional) [f](path/to/x.md)",
            "`../none.md`",
        ] {
            assert_eq!(found("/w/plans/a.md", link), Vec::<String>::new(), "{link}");
        }
    }
}
