//! `supersedes-one-sided`.

use plan_model::{RelationKind, State};
use plan_schema::Kind;

use crate::workspace::{document_ids, path};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, Workspace};

pub(super) const RULE: Rule = Rule {
    name: "supersedes-one-sided",
    group: Group::Files,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a plan replaces another one that does not say so",
    doc: "\
## What it finds

A plan whose `supersedes` names another plan that neither names it in `superseded_by` nor has the status *superseded*, and the other way round.

## Why

Whoever opens the old plan does not learn that there is a new one.

## Example

<!-- file: plans/0032-move.md -->
<!-- beside: plans/0031-copy.md: # Plan: Copy\\\\n\\\\n**Status**: In Progress\\\\n\\\\n- [ ] Copy\\\\n -->

```markdown
---
type: plan
status: active
supersedes: 0031-copy.md
---

# Plan: Move the search index

- [ ] Copy the data
```

## Fix

Add the other half to the other plan.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let own_ids = document_ids(file.path());
    let own_name = path::name(file.path()).to_lowercase();
    for named in &file.plan().relations() {
        let (other_kind, says) = match named.kind {
            RelationKind::Supersedes => (RelationKind::SupersededBy, "is superseded"),
            RelationKind::SupersededBy => (RelationKind::Supersedes, "supersedes this one"),
            RelationKind::Related => continue,
        };
        let Some(other) = target(file, workspace, &named.name) else { continue };
        let Some(entry) = workspace.index.get(&other) else { continue };
        let Some(other_work) = &entry.summary.work else { continue };
        let answers = other_work.relations.iter().filter(|back| back.kind == other_kind).any(|back| {
            let name = back.name.to_lowercase();
            name.contains(&own_name)
                || name.contains(path::stem(&own_name))
                || own_ids.iter().any(|id| document_ids(&back.name).contains(id))
        });
        // A status that tells it will do.
        let tells = named.kind == RelationKind::Supersedes && other_work.status == Some(State::Cancelled);
        if !answers && !tells {
            let place = named.span.start as usize..named.span.end as usize;
            let message = format!("`{}` does not say that it {says}", path::name(&other));
            let finding = Finding::new(&RULE, place, message);
            findings.push(finding.elsewhere(other.as_str(), other_work.status_line, "the other plan"));
        }
    }
}

/// The document that a field names: by a path, or by its number or code.
fn target(file: &File, workspace: &Workspace<'_>, name: &str) -> Option<String> {
    let by_path =
        workspace.index.target(file.path(), name).filter(|path| workspace.index.get(path).is_some());
    by_path.or_else(|| {
        let id = document_ids(name).into_iter().next()?;
        workspace.index.find(file.path(), &id).map(ToString::to_string)
    })
}
