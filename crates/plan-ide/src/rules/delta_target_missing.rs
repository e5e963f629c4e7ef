//! The rule `delta-target-missing`.

use plan_schema::{DocumentKind, nearest};

use super::{Check, Group, Rule};
use crate::{
    Edit, File, Finding, Fix, Severity, Workspace,
    sets::{
        DocumentSet,
        deltas::{self, DeltaEntry, DeltaOperation},
    },
};

pub(super) const RULE: Rule = Rule {
    name: "delta-target-missing",
    group: Group::Families,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Specification, DocumentKind::Plan, DocumentKind::Checklist],
    summary: "delta refers to an unknown requirement",
    doc: "\
## What it checks

A requirement below `MODIFIED`, `REMOVED` or `RENAMED Requirements` in an active OpenSpec change, if the specification in `openspec/specs` does not contain it. Names are compared as written. Plansmith reports nothing if another active change adds the requirement, or if the same file renames another requirement to this name. Changes that were already merged into the specification are ignored.

## Why

OpenSpec cannot archive the change.

## Example

<!-- file: openspec/changes/add-quotes/specs/export/spec.md -->
<!-- sibling: openspec/specs/export/spec.md: ## Requirements\\n\\n### Requirement: CSV export\\n\\nThe system SHALL write a file.\\n -->
<!-- sibling: openspec/changes/add-quotes/tasks.md: - [ ] 1.1 Quote text fields\\n -->

Incorrect, if the specification has `CSV export`:

```markdown
## MODIFIED Requirements

### Requirement: CVS export

The system SHALL quote text fields.
```

Correct:

```markdown
## MODIFIED Requirements

### Requirement: CSV export

The system SHALL quote text fields.
```

## Fix

Correct the name of the requirement, or move the requirement to `ADDED Requirements`.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(entries) = deltas::active_entries(file).filter(|_| workspace.is_complete) else { return };
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    // A project without shared specifications has no targets that could be missing.
    let Some((path, target)) = deltas::target(&set, file.path()) else { return };
    let shared: Vec<&str> = target
        .map(|facts| {
            facts.requirements.iter().filter(|own| own.parent.is_none()).map(|own| &*own.title).collect()
        })
        .unwrap_or_default();
    let has = |name: &str| shared.contains(&name);
    // The change was merged, but is not archived yet.
    let is_merged = entries.iter().any(|entry| {
        matches!(entry.operation, DeltaOperation::Added | DeltaOperation::RenamedTo) && has(&entry.name)
    });
    let others = deltas::other_deltas(&set, workspace.index, file.path());
    let is_added = |name: &str| {
        let mut added = others.iter().flat_map(|(.., operations)| operations);
        added.any(|(operation, other)| {
            *operation == DeltaOperation::Added && deltas::is_name_in_heading(name, other)
        }) || entries.iter().any(|entry| entry.operation == DeltaOperation::RenamedTo && entry.name == name)
    };
    let missing: Vec<&DeltaEntry> = entries
        .iter()
        .filter(|entry| entry.operation.needs_target() && !has(&entry.name) && !is_added(&entry.name))
        .filter(|entry| entry.operation == DeltaOperation::Modified || !is_merged)
        .collect();
    let Some(first) = missing.first() else { return };
    if target.is_none() {
        let message = format!("cannot change requirement `{}`: `{path}` not found", first.name);
        let others = missing.iter().skip(1).map(|entry| (entry.range.clone(), "same specification"));
        findings.push(Finding::new(&RULE, first.range.clone(), message).list(others));
        return;
    }
    let folded = |name: &str| name.split_whitespace().collect::<String>().to_lowercase();
    let nearest_to = |entry: &DeltaEntry| {
        let same = shared.iter().copied().find(|name| folded(name) == folded(&entry.name));
        same.or_else(|| nearest(&entry.name, shared.iter().copied()))
    };
    let (near, unknown): (Vec<&DeltaEntry>, Vec<&DeltaEntry>) =
        missing.into_iter().partition(|entry| nearest_to(entry).is_some());
    for entry in near {
        let message = format!("unknown requirement `{}`; not found in `{path}`", entry.name);
        let fix = nearest_to(entry).map(|name| Fix {
            title: format!("Replace with `{name}`"),
            edits: vec![Edit::replace(entry.range.clone(), name)],
            safe: false,
        });
        findings.push(Finding::new(&RULE, entry.range.clone(), message).extend_fixes(fix));
    }
    // If all requirements are new, the wrong section is the single cause.
    if let Some((first, others)) = unknown.split_first() {
        let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
        let message = format!("unknown requirement `{}`{more}; not found in `{path}`", first.name);
        let others = others.iter().map(|entry| (entry.range.clone(), "also unknown"));
        findings.push(Finding::new(&RULE, first.range.clone(), message).list(others));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    const SHARED: &str = "## Requirements\n\n### Requirement: One\n\nThe system SHALL a.\n\n### Requirement: Two\n\nThe system SHALL b.\n";

    fn found(delta: &str, other: &str) -> Vec<String> {
        findings_among(
            &RULE,
            &[
                ("/w/openspec/changes/a/specs/x/spec.md", delta),
                ("/w/openspec/changes/a/tasks.md", "- [ ] 1.1 a\n"),
                ("/w/openspec/specs/x/spec.md", SHARED),
                ("/w/openspec/changes/b/specs/x/spec.md", other),
                ("/w/openspec/changes/b/tasks.md", "- [ ] 1.1 a\n"),
            ],
        )
    }

    #[test]
    fn targets_of_a_change() {
        let modified = |name: &str| {
            format!("## MODIFIED Requirements\n\n### Requirement: {name}\n\nThe system SHALL c.\n")
        };
        assert_eq!(
            found(&modified("one"), ""),
            ["unknown requirement `one`; not found in `openspec/specs/x/spec.md` -> ### Requirement: One"]
        );
        assert_eq!(found(&modified("Two"), ""), [""; 0]);
        assert_eq!(found(&modified("Three"), "## ADDED Requirements\n\n### Requirement: Three\n"), [""; 0]);
        assert_eq!(found("## ADDED Requirements\n\n### Requirement: Three\n", ""), [""; 0]);
        let added = "## ADDED Requirements\n\n### Requirement: Nine\n\nThe system SHALL d.\n\n";
        let renamed =
            "## RENAMED Requirements\n\n- FROM: `### Requirement: Four`\n- TO: `### Requirement: Five`\n";
        let renamed = format!("{added}{renamed}");
        assert_eq!(found(&renamed, "").len(), 1);
        assert_eq!(found(&format!("{renamed}\n{}", modified("Five")), "").len(), 1, "renamed here");
        assert_eq!(found(&renamed.replace("Five", "Two"), ""), [""; 0], "merged before it is archived");
        let removed = format!("{added}## REMOVED Requirements\n\n- `### Requirement: Six`\n");
        let only = "## RENAMED Requirements\n\n";
        for line in [
            "- FROM: `### Requirement: Four`",
            "**From**: `Requirement: Four`",
            "* __FROM:__ ### Requirement: Four",
            "FROM: `### Requirement: Four`",
        ] {
            let renamed = format!("{only}{line}\n\n- To: `### Requirement: Five`\n");
            assert_eq!(
                found(&renamed, ""),
                ["unknown requirement `Four`; not found in `openspec/specs/x/spec.md`"],
                "{line}"
            );
            assert_eq!(found(&renamed.replace("Four", "Two"), ""), [""; 0], "{line}");
        }
        assert_eq!(found(&format!("{only}See Requirement: Four\n"), ""), [""; 0]);
        assert_eq!(
            found(&removed, ""),
            ["unknown requirement `Six`; not found in `openspec/specs/x/spec.md`"]
        );
    }

    #[test]
    fn names_with_markup() {
        let shared =
            "## Requirements\n\n### Requirement: Read `max_size` in read_all\n\nThe system SHALL a.\n";
        let found = |section: &str, name: &str| {
            let delta = format!("## {section} Requirements\n\n{name}\n\nThe system SHALL c.\n");
            findings_among(
                &RULE,
                &[
                    ("/w/openspec/changes/a/specs/x/spec.md", &delta),
                    ("/w/openspec/changes/a/tasks.md", "- [ ] 1.1 a\n"),
                    ("/w/openspec/specs/x/spec.md", shared),
                ],
            )
        };
        assert_eq!(found("MODIFIED", "### Requirement: Read `max_size` in read_all"), [""; 0]);
        assert_eq!(
            found("MODIFIED", "### Requirement: Read max_size in read_all"),
            [
                "unknown requirement `Read max_size in read_all`; not found in `openspec/specs/x/spec.md` -> ### Requirement: Read `max_size` in read_all"
            ]
        );
        assert_eq!(found("REMOVED", "- `### Requirement: Read `max_size` in read_all`"), [""; 0]);
        assert_eq!(found("REMOVED", "- `### Requirement: Gone` - use `read` now").len(), 1);
    }

    #[test]
    fn missing_specifications() {
        let delta = "## MODIFIED Requirements\n\n### Requirement: One\n\n### Requirement: Two\n";
        let files = [
            ("/w/openspec/changes/a/specs/y/spec.md", delta),
            ("/w/openspec/changes/a/tasks.md", "- [ ] 1.1 a\n"),
            ("/w/openspec/specs/x/spec.md", SHARED),
        ];
        assert_eq!(
            findings_among(&RULE, &files),
            ["cannot change requirement `One`: `openspec/specs/y/spec.md` not found"]
        );
        assert_eq!(findings_among(&RULE, &files[..2]), [""; 0], "the project keeps no specifications");
    }
}
