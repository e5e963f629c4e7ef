//! The rule `one-sided-supersedes`.

use plan_model::{RelationKind, State};
use plan_schema::DocumentKind;

use crate::workspace::{document_ids, path};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, Workspace};

pub(super) const RULE: Rule = Rule {
    name: "one-sided-supersedes",
    group: Group::Files,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "`supersedes` without a matching `superseded_by`, or the reverse",
    doc: "\
## What it checks

A plan whose `supersedes` names another plan, if that plan does not refer back in `superseded_by`, does not have the status *superseded*, and is not in an archive. Plansmith also checks the reverse: a plan that `superseded_by` names must refer to this plan in `supersedes`. A file name such as `0140-search.md` names that file, not any document with the number 140.

## Why

Readers of the old plan do not notice that a newer plan exists.

## Example

<!-- file: plans/0032-move.md -->
<!-- sibling: plans/0031-copy.md: # Plan: Copy\\n\\n**Status**: In Progress\\n\\n- [ ] Copy\\n -->
<!-- sibling: plans/0030-draft.md: # Plan: Draft\\n\\n**Status**: Superseded\\n\\n- [ ] Copy\\n -->

Incorrect, if `0031-copy.md` has the status *In Progress*:

```markdown
---
type: plan
status: active
supersedes: 0031-copy.md
---

# Plan: Move the search index

- [ ] Copy the data
```

Correct, if `0030-draft.md` has the status *Superseded*:

```markdown
---
type: plan
status: active
supersedes: 0030-draft.md
---

# Plan: Move the search index

- [ ] Copy the data
```

## Fix

Add `superseded_by` or `supersedes` to the other plan.
",
    check: Check::Workspace(check, None),
};

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let own_ids = document_ids(file.path());
    let own_name = path::name(file.path()).to_lowercase();
    for named in &file.plan().relations() {
        let (other_kind, problem) = match named.kind {
            RelationKind::Supersedes => {
                (RelationKind::SupersededBy, "is not marked as superseded by this plan")
            }
            RelationKind::SupersededBy => {
                (RelationKind::Supersedes, "does not list this plan under `supersedes`")
            }
            RelationKind::Related => continue,
        };
        let Some(other) = target(file, workspace, &named.name) else { continue };
        let Some(entry) = workspace.index.get(&other) else { continue };
        let Some(other_work) = &entry.summary.plan else { continue };
        let links_back = other_work.relations.iter().filter(|back| back.kind == other_kind).any(|back| {
            let name = back.name.to_lowercase();
            name.contains(&own_name)
                || name.contains(path::stem(&own_name))
                || own_ids.iter().any(|id| document_ids(&back.name).contains(id))
        });
        // The status *superseded* or an archive is sufficient.
        let is_superseded = named.kind == RelationKind::Supersedes
            && (other_work.status == Some(State::Cancelled) || entry.archived);
        if !links_back && !is_superseded {
            let range = named.span.start as usize..named.span.end as usize;
            let message = format!("`{}` {problem}", path::name(&other));
            let finding = Finding::new(&RULE, range, message);
            findings.push(finding.related_location(other.as_str(), other_work.status_line, "other plan"));
        }
    }
}

/// Returns the path of the document that a field refers to by its path, number or code.
fn target(file: &File, workspace: &Workspace<'_>, name: &str) -> Option<String> {
    let by_path =
        workspace.index.target(file.path(), name).filter(|path| workspace.index.get(path).is_some());
    by_path.or_else(|| {
        // A value can contain quotes and a remark in addition to the file name.
        let file_name = name.to_lowercase().find(".md").and_then(|end| name.get(..end + 3));
        let name = file_name.unwrap_or(name).trim_start_matches(['`', '"', '\'', '[', '(']);
        let id = document_ids(name).into_iter().next()?;
        let target = workspace.index.find(file.path(), &id)?;
        // A `.md` name of several words refers only to the file or folder of that name, not to any plan with its ID.
        let stem = path::stem(name).to_lowercase();
        let has_words = path::name(name).to_lowercase().ends_with(".md")
            && stem.chars().any(char::is_alphabetic)
            && stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).count() > 1;
        let is_named = || target.rsplit('/').take(2).any(|part| path::stem(part).eq_ignore_ascii_case(&stem));
        (!has_words || is_named()).then(|| target.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    #[test]
    fn a_file_name_is_not_a_plan_number() {
        let old = "# Plan: Search\n\n**Status**: In Progress\n\n- [ ] a\n";
        let new = |value: &str| format!("# Plan: x\n\n**Supersedes**: {value}\n\n- [ ] a\n");
        let count =
            |value: &str, path: &str| findings_among(&RULE, &[("/w/p/b.md", &new(value)), (path, old)]).len();
        assert_eq!(count("Plan 140", "/w/specs/140-search/plan.md"), 1);
        assert_eq!(count("`140-search.md`", "/w/specs/140-search.md"), 1);
        assert_eq!(count("`140 - notes.md` (13 notes)", "/w/specs/140-search/plan.md"), 0);
        assert_eq!(count("Plan 140", "/w/specs/archive/140-search.md"), 0, "archived");
    }
}
