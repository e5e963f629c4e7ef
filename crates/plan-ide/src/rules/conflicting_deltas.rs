//! The rule `conflicting-deltas`.

use plan_model::plain;
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{
    File, Finding, Index, Severity, Workspace,
    sets::{DocumentSet, deltas},
    workspace::path,
};

pub(super) const RULE: Rule = Rule {
    name: "conflicting-deltas",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Specification, DocumentKind::Plan, DocumentKind::Checklist],
    summary: "two active changes modify the same requirement",
    doc: "\
## What it checks

A requirement that two active OpenSpec changes modify, remove or rename. Changes whose tasks are all done are ignored.

## Why

Each change repeats the whole requirement, so the change that is archived last overwrites the other change.

## Example

<!-- file: openspec/changes/add-quotes/specs/export/spec.md -->
<!-- sibling: openspec/changes/add-quotes/tasks.md: - [ ] 1.1 Quote text fields\\n -->
<!-- sibling: openspec/changes/add-header/tasks.md: - [ ] 1.1 Write the header\\n -->
<!-- sibling: openspec/changes/add-header/specs/export/spec.md: ## MODIFIED Requirements\\n\\n### Requirement: CSV export\\n\\nThe system SHALL write a header.\\n -->

Incorrect, if the change `add-header` also modifies `CSV export`:

```markdown
## MODIFIED Requirements

### Requirement: CSV export

The system SHALL quote text fields.
```

Correct:

```markdown
## ADDED Requirements

### Requirement: CSV quotes

The system SHALL quote text fields.
```

## Fix

Merge the changes, or archive one change and base the other change on the result.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(entries) = deltas::active_entries(file) else { return };
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    if is_finished(workspace.index, &set.name) {
        return;
    }
    for (path, name, operations) in deltas::other_deltas(&set, workspace.index, file.path()) {
        if is_finished(workspace.index, name) {
            continue;
        }
        for entry in entries.iter().filter(|entry| entry.operation.needs_target()) {
            let is_same = |(operation, other): &(deltas::DeltaOperation, &str)| {
                operation.needs_target() && deltas::is_name_in_heading(&entry.name, other)
            };
            if !operations.iter().any(is_same) {
                continue;
            }
            let message = format!("`{}` is also changed by `{}`", entry.name, path::name(name));
            let lines = workspace.index.get(path).map(|other| &other.summary.headings);
            let mut headings = lines.into_iter().flatten();
            let line = headings
                .find(|heading| heading.text.ends_with(&plain(&entry.name)))
                .map_or(0, |heading| heading.line);
            let finding = Finding::new(&RULE, entry.range.clone(), message);
            findings.push(finding.related_location(path, line, "other change"));
        }
    }
}

/// Returns whether all tasks of a document set are done. False for a document set without tasks.
fn is_finished(index: &Index, set: &str) -> bool {
    let work = index.below(set).filter_map(|(_, entry)| entry.family.as_ref());
    let work = work.filter(|facts| facts.role.has_work()).map(|facts| facts.progress);
    let (done, total) = work.fold((0, 0), |sum, progress| (sum.0 + progress.done, sum.1 + progress.total));
    total > 0 && done == total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    #[test]
    fn active_changes() {
        let delta = |operation: &str| {
            format!("## {operation} Requirements\n\n### Requirement: One\n\nThe system SHALL a.\n")
        };
        let found = |own: &str, other: &str, tasks: &str| {
            findings_among(
                &RULE,
                &[
                    ("/w/openspec/changes/a/specs/x/spec.md", &*delta(own)),
                    ("/w/openspec/changes/a/tasks.md", "- [ ] 1.1 a\n"),
                    ("/w/openspec/changes/b/specs/x/spec.md", &*delta(other)),
                    ("/w/openspec/changes/b/tasks.md", tasks),
                ],
            )
        };
        assert_eq!(found("MODIFIED", "REMOVED", "- [ ] 1.1 a\n"), ["`One` is also changed by `b`"]);
        assert_eq!(found("MODIFIED", "ADDED", "- [ ] 1.1 a\n"), [""; 0]);
        assert_eq!(found("ADDED", "MODIFIED", "- [ ] 1.1 a\n"), [""; 0]);
        assert_eq!(found("MODIFIED", "MODIFIED", "- [x] 1.1 a\n"), [""; 0], "finished");
    }
}
