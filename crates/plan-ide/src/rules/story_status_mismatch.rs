//! The rule `story-status-mismatch`.

use plan_model::{State, yaml_values};
use plan_schema::{DocumentKind, family::DocumentRole};

use super::{Check, Group, Rule, common::shown_status};
use crate::{Edit, File, Finding, Severity, Workspace, workspace::path};

pub(super) const RULE: Rule = Rule {
    name: "story-status-mismatch",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "story and `sprint-status.yaml` disagree on the status",
    doc: "\
## What it checks

A BMAD story whose status differs in meaning from its entry in `sprint-status.yaml`. `drafted`, `approved` and `ready-for-dev` mean open; `review` and `in-progress` mean active. Stories without a status or entry are ignored.

## Why

Agents choose the next story from `sprint-status.yaml`, but people read the story.

## Example

<!-- file: _bmad-output/implementation-artifacts/2-3-export.md -->
<!-- sibling: _bmad-output/implementation-artifacts/sprint-status.yaml: development_status:\\n  2-3-export: done\\n -->

Incorrect, if `sprint-status.yaml` has `2-3-export: done`:

```markdown
# Story 2.3: Export

Status: review

## Tasks / Subtasks

- [x] Task 1: Write the rows
```

Correct:

```markdown
# Story 2.3: Export

Status: done

## Tasks / Subtasks

- [x] Task 1: Write the rows
```

## Fix

Set the status in the story or in `sprint-status.yaml`.
",
    check: Check::Workspace(check, None),
};

/// Name of the file with the states of all stories.
const STATUS_FILE: &str = "sprint-status.yaml";
/// Folders of the file in a project, in addition to the folder of the story and its parent.
const FOLDERS: [&str; 6] = [
    "_bmad-output/implementation-artifacts",
    "_bmad-output",
    "docs/implementation-artifacts",
    "docs/sprint-artifacts",
    "docs/stories",
    "docs",
];
/// Maximum number of lines of the status file that are read.
const MAX_STORY_LINES: usize = 5_000;

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let families = &file.environment().families;
    let Some(facts) =
        file.family_facts().filter(|facts| facts.role == DocumentRole::Tasks && !facts.archived)
    else {
        return;
    };
    let has_reader =
        |family: &std::sync::Arc<plan_schema::family::Family>| family.has_reader("sprint-status");
    if !families.all().get(facts.family).is_some_and(has_reader) {
        return;
    }
    let Some(status) = file.plan().status() else { return };
    let Some(own) = state_of(&status.value) else { return };
    let folder = path::folder(file.path());
    let near = [folder.to_owned(), path::folder(folder).to_owned()];
    let known = FOLDERS.iter().filter_map(|name| path::join(&facts.project, name));
    let paths = near.into_iter().chain(known).map(|folder| format!("{folder}/{STATUS_FILE}"));
    let Some(path) = paths.into_iter().find(|path| workspace.exists(path)) else { return };
    let Some(text) = workspace.disk.lines(&path, 0, MAX_STORY_LINES) else { return };
    let key = path::stem(file.path()).replace('.', "-").to_lowercase();
    let values = yaml_values(&text);
    let mut entries = values.iter().filter(|value| {
        value.path.first().is_some_and(|first| first == "development_status")
            && value.path.last().is_some_and(|last| last.to_lowercase() == key)
    });
    let Some(entry) = entries.next() else { return };
    let Some(theirs) = state_of(&entry.value).filter(|theirs| *theirs != own) else { return };
    let message =
        format!("status is `{}`, but `{STATUS_FILE}` has `{}`", shown_status(&status.value), entry.value);
    let finding = Finding::new(&RULE, status.value_range.clone(), message);
    let finding = finding.related_location(path, entry.line, "story status");
    let title = format!("Set status to `{}`", entry.value);
    let edit = Edit::replace(status.value_range, entry.value.clone());
    // Only a change to done is offered, because it follows from a finished review. The opposite change needs a
    // decision.
    let fixes = (theirs == State::Done).then_some((title, vec![edit]));
    findings
        .push(fixes.into_iter().fold(finding, |finding, (title, edits)| finding.fix(title, edits, false)));
}

/// Returns the state that the status of a story denotes.
fn state_of(status: &str) -> Option<State> {
    let status = status.split(['(', '—', '#', '\n']).next().unwrap_or_default();
    let words = status.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_lowercase).collect();
    match words.join("-").as_str() {
        "backlog"
        | "draft"
        | "drafted"
        | "approved"
        | "contexted"
        | "ready"
        | "ready-for-dev"
        | "ready-for-development"
        | "todo"
        | "to-do" => Some(State::Open),
        "in-progress" | "inprogress" | "review" | "in-review" | "ready-for-review" | "code-review" => {
            Some(State::Active)
        }
        "done" | "complete" | "completed" => Some(State::Done),
        "superseded" | "cancelled" | "canceled" => Some(State::Cancelled),
        "blocked" => Some(State::Blocked),
        "deferred" => Some(State::Deferred),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    #[test]
    fn states_of_a_story() {
        let found = |status: &str, yaml: &str| {
            findings_among(
                &RULE,
                &[
                    (
                        "/w/docs/stories/2.3.export.md",
                        &format!("# Story 2.3: a\n\nStatus: {status}\n\n- [x] Task 1: a\n"),
                    ),
                    ("/w/docs/sprint-status.yaml", &format!("development_status:\n  2-3-export: {yaml}\n")),
                ],
            )
        };
        assert_eq!(
            found("review", "done"),
            ["status is `review`, but `sprint-status.yaml` has `done` -> Status: done"]
        );
        assert_eq!(found("Done", "review"), ["status is `Done`, but `sprint-status.yaml` has `review`"]);
        for (status, yaml) in [
            ("drafted", "ready-for-dev"),
            ("Ready for Review", "review"),
            ("Done (2026-01-01)", "done"),
            ("x", "done"),
            ("done", "optional"),
        ] {
            assert_eq!(found(status, yaml), [""; 0], "{status} {yaml}");
        }
        assert_eq!(
            findings_among(&RULE, &[("/w/docs/stories/2.3.a.md", "# Story 2.3: a\n\nStatus: review\n")]),
            [""; 0]
        );
    }
}
