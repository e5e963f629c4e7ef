//! The rule `broken-link`.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::split_target;
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{
    Edit, File, Finding, Fix, Severity, Workspace,
    workspace::path::{folder, is_in, join, name, relative},
};

pub(super) const RULE: Rule = Rule {
    name: "broken-link",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "link to a file that does not exist",
    doc: "\
## What it checks

A link with a relative path that does not lead to an existing file or folder. The extension `.md` can be omitted, and line numbers (`main.rs:12`) are ignored. Plansmith does not check web addresses, absolute paths without an extension (`/docs/install`, a page of a site), paths that leave the workspace, and placeholders (`ADR-XXXX.md`). Paths in backticks are not checked either, because they may name files that do not exist yet.

## Why

The plan or the linked file was moved, and readers can no longer follow the link.

## Example

<!-- file: plans/done/index.md -->
<!-- sibling: specs/index.md: # Specification -->

Incorrect, in `plans/done/index.md`:

```markdown
# Plan: Move the index

**Status**: Done

- [x] Follow [the specification](../specs/index.md)
```

Correct:

```markdown
# Plan: Move the index

**Status**: Done

- [x] Follow [the specification](../../specs/index.md)
```

## Fix

Plansmith searches for the file with more or fewer `../`, from the root of the repository, and by its name. If exactly one file matches, it offers to correct the link. A corrected path is a safe fix: `--fix` and *Fix all* also apply it. A file that is found only by its name is never linked automatically.
",
    check: Check::Workspace(check, Some(fixes)),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    // The links of an unsaved document without a path cannot be resolved.
    if file.path().starts_with("untitled:") || file.path().contains("://") {
        return;
    }
    let root = workspace.index.root_of(file.path());
    // For each target as written, the message if the link is broken.
    let mut messages: HashMap<&str, Option<Arc<str>>> = HashMap::new();
    let mut reported: HashSet<usize> = HashSet::new();
    let look_up = |target: &str| {
        let (path, _) = split_target(target)?;
        // A sample link of the template is an unfilled placeholder.
        let is_sample =
            || file.template().is_some_and(|template| template.text.contains(&format!("]({target})")));
        let is_broken = workspace.index.target(file.path(), &path).is_some_and(|target| {
            looks_like_a_path(&path)
                && !is_route(&path)
                && root.is_none_or(|root| is_in(&target, root))
                // The document itself may be unsaved or not yet indexed.
                && target != file.path()
                && !workspace.exists(&target)
                // Editors and wikis follow links without the extension.
                && !workspace.exists(&format!("{target}.md"))
                && !without_lines(&target).is_some_and(|target| workspace.exists(target))
                && !is_sample()
        });
        is_broken.then(|| format!("broken link: `{path}` not found").into())
    };
    for link in &file.plan().outgoing_links() {
        let message = messages.entry(link.target).or_insert_with(|| look_up(link.target));
        // Several links can share a definition.
        if let Some(message) = message
            && reported.insert(link.target_range.start)
        {
            let mut finding = Finding::new(&RULE, link.target_range.clone(), Arc::clone(message));
            // A path on the author's machine is broken for all other readers.
            if LOCAL_FOLDERS.iter().any(|folder| link.target.starts_with(folder)) {
                finding.severity = Some(Severity::Hint);
            }
            findings.push(finding);
        }
    }
}

fn fixes(file: &File, workspace: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let raw = file.document().slice(finding.range.clone());
    let Some((path, _)) = split_target(&raw) else { return Vec::new() };
    let (candidates, safe) = candidate_targets(file, workspace, &path, workspace.index.root_of(file.path()));
    let [candidate] = &candidates[..] else { return Vec::new() };
    let length = raw.find(['#', '?']).unwrap_or(raw.len());
    let range = finding.range.start..finding.range.start + length;
    let edits = vec![Edit::replace(range, candidate.replace(' ', "%20"))];
    vec![Fix { title: format!("Link to `{candidate}`"), edits, safe }]
}

/// Prefixes of paths that exist only on the author's machine.
const LOCAL_FOLDERS: [&str; 6] = ["/home/", "/Users/", "/tmp/", "/root/", "/mnt/", "~/"];

/// Returns a path without line numbers, which editors support: `src/main.rs:12`, `src/main.rs:12-20`. `None` if the
/// path has no line numbers.
fn without_lines(path: &str) -> Option<&str> {
    let rest = path.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '-'));
    let numbers = &path[rest.len()..];
    (numbers.len() > 1 && numbers.starts_with(':')).then_some(rest)
}

/// Returns whether a target is the address of a page of a website, such as `/docs/install`: an absolute path without an
/// extension. The configuration of the website, not the repository, determines the page.
fn is_route(path: &str) -> bool {
    path.starts_with('/') && !name(path).contains('.')
}

/// Returns whether a target is a path: it has folders or an extension, and is not a placeholder.
fn looks_like_a_path(path: &str) -> bool {
    let last = name(path.trim_end_matches('/'));
    let has_extension = last.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=8).contains(&extension.len())
            && extension.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let unfilled = ["XXX", "xxx", "NNN", "YYYY", "...", "…", "path/to/"]
        .iter()
        .any(|stub| path.contains(stub))
        || path.starts_with("path/")
        || path.contains(['<', '>', '{', '}', '[', ']', '*', '$', '|', '"', '\'', '`', '(', ')', ',', '\n']);
    (has_extension || path.contains('/')) && !unfilled && !path.contains("  ")
}

/// Returns the paths that were probably intended, relative to the file, and whether they are safe fixes.
fn candidate_targets(
    file: &File,
    workspace: &Workspace<'_>,
    path: &str,
    root: Option<&str>,
) -> (Vec<String>, bool) {
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
    let mut shorter = plain;
    while let Some(rest) = shorter.strip_prefix("../") {
        shorter = rest;
        offer(join(here, shorter));
    }
    if let Some(root) = root {
        offer(join(root, shorter.trim_start_matches('/')));
    }
    if !path.ends_with('/') && !name(path).contains('.') {
        offer(join(here, &format!("{plain}.md")));
    }
    if !found.is_empty() {
        return (found, true);
    }
    // The file was moved: search for its name.
    let candidates = workspace.index.files_named(name(path));
    (
        candidates
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
    fn an_unsaved_document_links_to_itself() {
        let text = "# Plan: x\n\n- [ ] see [s](a.md#x), [b](/a.md), [c](b.md)\n";
        let file = File::new("/w/a.md", plan_syntax::Document::new(text));
        let index = crate::Index::new(["/w".to_owned()]);
        let workspace = Workspace { index: &index, disk: &crate::NoDisk, is_complete: true };
        let found = file.findings_in(&workspace).into_iter().filter(|finding| finding.rule.name == RULE.name);
        let found: Vec<String> = found.map(|finding| finding.message.to_string()).collect();
        assert_eq!(found, ["broken link: `b.md` not found"]);
    }

    #[test]
    fn line_numbers_and_placeholders() {
        for link in ["../specs/index.md:12", "../specs/index.md:12-20", "specs/001-xxx/spec.md"] {
            assert_eq!(found("/w/plans/a.md", &format!("[s]({link})")), [""; 0], "{link}");
        }
        for link in ["../specs/indexes.md:12", "../specs/index.md:a"] {
            assert_eq!(found("/w/plans/a.md", &format!("[s]({link})")).len(), 1, "{link}");
        }
    }

    #[test]
    fn fixes_links_if_one_file_matches() {
        for (link, fix) in [
            ("[s](../specs/index.md#x)", "[s](../../specs/index.md#x)"),
            ("[s](../../../specs/index.md)", ""),
            ("[s](specs/index.md)", "[s](../../specs/index.md)"),
            ("[s](/spec/index.md)", ""),
            ("[s](../../specs/index)", ""),
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
    fn valid_links() {
        for link in [
            "[s](../specs/index.md)",
            "[s](/specs/index.md)",
            "[f](../specs/)",
            "[a](../../other-repository/x.md)",
            "[a](ADR-XXXX.md) [b](YYYY-MM-DD-x.md) [c](#goal) [d](https://a.b/c.md) [e](optional) [f](path/to/x.md)",
            "`../none.md`",
            "[r](/docs/api/register) [m](path/File)",
            "that $f[x](t.md)$ holds\n\n$$\nP[x](q.md)\n$$",
        ] {
            assert_eq!(found("/w/plans/a.md", link), Vec::<String>::new(), "{link}");
        }
    }
}
