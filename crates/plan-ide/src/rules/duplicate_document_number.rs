//! The rule `duplicate-document-number`.

use plan_model::Id;
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{
    File, Finding, Severity, Workspace,
    workspace::{document_ids, is_generic, path},
};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-document-number",
    group: Group::Files,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "two plans in a folder have the same number",
    doc: "\
## What it checks

Two plans in the same folder whose file names start with the same number, such as `0032-move.md` and `0032-copy.md`. Folders that contain one plan each, such as `0032-move/plan.md`, are compared in the same way. The folder must have at least three numbered plans. Plansmith does not report parts of one plan, such as `0032-move.md` and `0032-move-notes.md`, and numbers with several parts, such as `0032-01-copy.md`. Archives are not checked.

## Why

A reference such as *Plan 32* is ambiguous.

## Example

<!-- file: plans/0032-move.md -->
<!-- sibling: plans/0032-copy.md: # Plan: Copy\\n\\n**Status**: In Progress\\n\\n- [ ] Copy\\n -->
<!-- sibling: plans/0031-draft.md: # Plan: Draft\\n\\n**Status**: Superseded\\n\\n- [ ] Copy\\n -->
<!-- sibling: plans/0030-disks.md: # Plan: Disks\\n\\n**Status**: Done\\n\\n- [x] Buy\\n -->

Incorrect, if `0032-copy.md` is in the same folder:

```markdown
# Plan: Move the search index

**Status**: In Progress

- [ ] Copy the data
```

Correct, because the document is not a plan:

```markdown
# Notes

The index is large.
```

## Fix

Rename one of the files to use the next unused number.
",
    check: Check::Workspace(check, None),
};

/// Minimum number of different numbers in a folder of numbered plans.
const MIN_NUMBERS: usize = 3;

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(own) = number_of(file.path()).filter(|_| !file.is_archived()) else { return };
    let (folder, own_name) = place_of(file.path());
    let mut numbers = vec![own.clone()];
    let mut duplicate = None;
    for (other, entry) in workspace.index.below(folder) {
        let (other_folder, name) = place_of(other);
        let is_candidate = entry.kind == DocumentKind::Plan && !entry.archived && other_folder == folder;
        let Some(number) = number_of(other).filter(|_| is_candidate) else { continue };
        if number == own && !is_part(own_name, name) && duplicate.is_none() {
            duplicate = Some((other.to_string(), name.to_owned()));
        }
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    let Some((other, name)) = duplicate.filter(|_| numbers.len() >= MIN_NUMBERS) else { return };
    let range = file.plan().title_range().unwrap_or(0..0);
    let number = own.plan_number().unwrap_or_default();
    let message = format!("duplicate plan number {number}: also used by `{name}`");
    findings.push(Finding::new(&RULE, range, message).related_location(other, 0, "other plan"));
}

/// Returns the number in the path of a document. `None` for a number with several parts: `115-01-name`.
fn number_of(file: &str) -> Option<Id> {
    let (_, name) = place_of(file);
    let after = name.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_part = after.starts_with(['-', '_', '.']) && after[1..].starts_with(|c: char| c.is_ascii_digit());
    document_ids(file).into_iter().find(|id| id.plan_number().is_some() && !is_part)
}

/// Returns the folder of a numbered plan, and the name of its file, or of its own folder for `0032-move/plan.md`.
fn place_of(file: &str) -> (&str, &str) {
    let folder = path::folder(file);
    if is_generic(path::stem(file)) {
        (path::folder(folder), path::name(folder))
    } else {
        (folder, path::name(file))
    }
}

/// Returns whether two names belong to a plan and a part of it: one is a prefix of the other, or their first two parts
/// are equal.
fn is_part(a: &str, b: &str) -> bool {
    let (a, b) = (path::stem(a), path::stem(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.starts_with(short)
        || long
            .split(['-', '_', '.'])
            .zip(short.split(['-', '_', '.']))
            .take(2)
            .filter(|(a, b)| a == b)
            .count()
            == 2
}

#[cfg(test)]
mod tests {
    use super::{super::testing::findings_among, RULE};

    const PLAN: &str = "# Plan: a\n\n**Status**: Draft\n\n- [ ] **1.1** b\n";

    fn findings_in_folder(paths: &[&str]) -> Vec<String> {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, PLAN)).collect();
        findings_among(&RULE, &files)
    }

    #[test]
    fn numbers_of_files_and_folders() {
        assert_eq!(
            findings_in_folder(&["/w/p/0002-b.md", "/w/p/0002-a.md", "/w/p/0001-c.md", "/w/p/0003-d.md"]),
            ["duplicate plan number 2: also used by `0002-a.md`"]
        );
        assert_eq!(
            findings_in_folder(&[
                "/w/s/002-b/plan.md",
                "/w/s/002-a/plan.md",
                "/w/s/001-c/plan.md",
                "/w/s/003-d/plan.md"
            ]),
            ["duplicate plan number 2: also used by `002-a`"]
        );
    }

    #[test]
    fn parts_and_small_folders() {
        let none = Vec::<String>::new();
        assert_eq!(
            findings_in_folder(&[
                "/w/p/0002-b.md",
                "/w/p/0002-b-notes.md",
                "/w/p/0001-c.md",
                "/w/p/0003-d.md"
            ]),
            none
        );
        assert_eq!(findings_in_folder(&["/w/p/0002-b.md", "/w/p/0002-a.md", "/w/p/0001-c.md"]), none);
        assert_eq!(
            findings_in_folder(&["/w/p/2-00-b.md", "/w/p/2-01-a.md", "/w/p/1-c.md", "/w/p/3-d.md"]),
            none
        );
        assert_eq!(
            findings_in_folder(&["/w/p/0002-b.md", "/w/q/0002-a.md", "/w/p/0001-c.md", "/w/p/0003-d.md"]),
            none
        );
        assert_eq!(
            findings_in_folder(&[
                "/w/s/002-b/plan.md",
                "/w/s/002-b/tasks.md",
                "/w/s/001-c/plan.md",
                "/w/s/003-d/plan.md"
            ]),
            none
        );
    }
}
