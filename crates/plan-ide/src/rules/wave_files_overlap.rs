//! The rule `wave-files-overlap`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{
    File, Finding, Severity, Workspace,
    sets::{DocumentSet, wave},
};

pub(super) const RULE: Rule = Rule {
    name: "wave-files-overlap",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "plans in the same wave modify the same file",
    doc: "\
## What it checks

Two plans of a GSD phase that are in the same wave and list the same file in `files_modified`. Plansmith reports the later plan. It ignores folders, and plans with a summary, because these plans were already executed. If one plan depends on the other, [`wave-order`](wave-order.md) reports it.

## Why

The plans of a wave are executed at the same time and overwrite each other's changes.

## Example

<!-- file: .planning/phases/02-export/02-02-PLAN.md -->
<!-- sibling: .planning/phases/02-export/02-01-PLAN.md: ---\\nphase: 02-export\\nwave: 1\\nfiles_modified: [src/csv.rs]\\n---\\n\\n<objective>Write the rows</objective>\\n -->

Incorrect, if `02-01-PLAN.md` is in wave 1 and modifies `src/csv.rs`:

```markdown
---
phase: 02-export
plan: 02
wave: 1
files_modified: [src/csv.rs]
---

<task type=\"auto\">
  <name>Task 1: Quote text fields</name>
</task>
```

Correct:

```markdown
---
phase: 02-export
plan: 02
wave: 2
files_modified: [src/csv.rs]
---

<task type=\"auto\">
  <name>Task 1: Quote text fields</name>
</task>
```

## Fix

Move one of the plans to the next wave.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some((own, stated)) = wave::of(file) else { return };
    if stated.files.is_empty() {
        return;
    }
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    let Some(document) = set.document(file.path()).filter(|document| !set.is_reported(*document)) else {
        return;
    };
    let depends = |from: usize, to: usize| {
        let stated = set.documents[from].facts.stated.as_ref();
        let mut names = stated.into_iter().flat_map(|stated| &stated.depends_on);
        names.any(|name| wave::plan_named(&set, name, &set.documents[from].path) == Some(to))
    };
    for other in 0..document {
        let Some(theirs) = set.documents[other].facts.stated.as_ref() else { continue };
        if set.documents[other].shared
            || theirs.wave != Some(own)
            || set.is_reported(other)
            || depends(document, other)
            || depends(other, document)
        {
            continue;
        }
        let is_file = |path: &str| path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let mut same = stated.files.iter().filter(|path| is_file(path) && theirs.files.contains(path));
        let (Some(first), Some(range)) = (same.next(), wave::value_range(file, &set.family)) else {
            continue;
        };
        let more = same.count();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (name, path) = (wave::plan_name(file.path()), &*set.documents[other].path);
        let message =
            format!("`{}` and `{name}` of wave {own} both modify `{first}`{more}", wave::plan_name(path));
        findings.push(Finding::new(&RULE, range, message).related_location(path, 0, "other plan"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    #[test]
    fn plans_of_one_wave() {
        let plan = |front: &str| {
            format!(
                "---\nphase: 02-a\n{front}\n---\n\n<task type=\"auto\">\n  <name>Task 1: a</name>\n</task>\n"
            )
        };
        let found = |front: &str, other: &str, report: &str| {
            findings_among(
                &RULE,
                &[
                    ("/w/.planning/phases/02-a/02-03-PLAN.md", &plan(front)),
                    ("/w/.planning/phases/02-a/02-01-PLAN.md", &plan(other)),
                    (report, "# Summary\n"),
                ],
            )
        };
        let none = "/w/notes.md";
        let two = "wave: 1\nfiles_modified:\n  - src/a.rs\n  - src/b.rs";
        assert_eq!(
            found(two, "wave: 1\nfiles_modified: [src/b.rs]", none),
            ["`02-01` and `02-03` of wave 1 both modify `src/b.rs`"]
        );
        assert_eq!(found(two, "wave: 2\nfiles_modified: [src/b.rs]", none), [""; 0]);
        assert_eq!(found(two, "wave: 1\nfiles_modified: [src/c.rs]", none), [""; 0]);
        assert_eq!(found(two, "wave: 1\ndepends_on: [02-03]\nfiles_modified: [src/b.rs]", none), [""; 0]);
        assert_eq!(
            found("wave: 1\nfiles_modified: [src/]", "wave: 1\nfiles_modified: [src/]", none),
            [""; 0]
        );
        let executed = "/w/.planning/phases/02-a/02-01-SUMMARY.md";
        assert_eq!(found(two, "wave: 1\nfiles_modified: [src/b.rs]", executed), [""; 0]);
    }
}
