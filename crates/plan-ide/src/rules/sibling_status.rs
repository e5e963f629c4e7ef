//! The rule `sibling-status`.

use std::collections::HashMap;

use plan_model::{Progress, State, yaml_values};
use plan_schema::{
    DocumentKind,
    family::{DocumentRole, FamilyFacts, StatedStatus},
};

use super::{
    Check, Group, Rule,
    common::{count_are, shown_status},
};
use crate::{File, Finding, Index, Severity, Workspace, sets::DocumentSet, workspace::path};

pub(super) const RULE: Rule = Rule {
    name: "sibling-status",
    group: Group::Families,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Specification, DocumentKind::Plan, DocumentKind::Checklist],
    summary: "status does not match the other documents of the set",
    doc: "\
## What it checks

In a [document set](../families.md):

- a specification or plan whose status is draft, ready or approved, although all tasks of the set are done or the set has a review
- a plan in progress without open tasks, although its review is complete
- in cc-sdd, open tasks, although `phase` in `spec.json` is `implementation-completed`

If fewer than a quarter of the finished documents in the workspace have an updated status, the project probably does not maintain the status. In this case, Plansmith reports only one document.

## Why

Readers of the status assume that the work has not started.

## Example

<!-- file: specs/001-export/spec.md -->
<!-- sibling: specs/001-export/tasks.md: # Tasks\\n\\n- [x] T001 Write the header\\n- [x] T002 Quote text fields\\n -->

Incorrect, if all tasks in `tasks.md` are done:

```markdown
# Feature Specification: Export

**Status**: Draft

### User Story 1 - Export (Priority: P1)

- **FR-001**: The system MUST write a header.
```

Correct:

```markdown
# Feature Specification: Export

**Status**: Complete

### User Story 1 - Export (Priority: P1)

- **FR-001**: The system MUST write a header.
```

## Fix

Update the status.
",
    check: Check::Workspace(check, None),
};

/// Maximum number of lines of `spec.json` that are read.
const MAX_SPEC_JSON_LINES: usize = 500;

/// Progress of a document set, and whether it has a review.
#[derive(Clone, Copy, Default)]
struct Work {
    progress: Progress,
    has_review: bool,
}

impl Work {
    fn of<'a>(documents: impl Iterator<Item = &'a FamilyFacts>) -> Self {
        let mut work = Self::default();
        documents.for_each(|facts| work.add(facts));
        work
    }

    fn add(&mut self, facts: &FamilyFacts) {
        match facts.role {
            DocumentRole::Tasks | DocumentRole::Plan => {
                self.progress.done += facts.progress.done;
                self.progress.total += facts.progress.total;
            }
            DocumentRole::Review => self.has_review = true,
            _ => {}
        }
    }

    fn is_finished(self) -> bool {
        self.has_review || self.progress.total > 0 && self.progress.done == self.progress.total
    }
}

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(facts) = file.family_facts().filter(|facts| facts.set.is_some() && !facts.archived) else {
        return;
    };
    if !workspace.is_complete || file.is_archived() {
        return;
    }
    if facts.role == DocumentRole::Tasks {
        findings.extend(check_spec_json(file, facts, workspace));
        return;
    }
    if let Some(finding) = check_review(file, facts, workspace) {
        findings.push(finding);
        return;
    }
    let Some(status) = unfinished_status(facts) else { return };
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    let work = Work::of(set.documents.iter().filter(|own| !own.shared).map(|own| &*own.facts));
    // `draft-but-finished` reports plans whose own tasks are done.
    let is_only_own = facts.role == DocumentRole::Plan && !work.has_review;
    if !work.is_finished() || is_only_own {
        return;
    }
    let Some(field) = file.plan().status() else { return };
    let counts = StatusCounts::of(facts, workspace.index);
    let mut message = if work.has_review {
        format!("status is `{}`, but a review exists", shown_status(&status.text))
    } else {
        let count = count_are(work.progress.total, "task");
        let all = if work.progress.total == 1 { "" } else { "all " };
        format!("status is `{}`, but {all}{count} done", shown_status(&status.text))
    };
    if counts.not_updated > 1 && (counts.total - counts.not_updated) * 4 < counts.total {
        if counts.first.as_deref() != Some(file.path()) {
            return;
        }
        message =
            format!("status not updated in {} of {} finished documents", counts.not_updated, counts.total);
    }
    findings.push(Finding::new(&RULE, field.value_range, message));
}

/// Compares the status of a plan in progress without open tasks with that of its review.
fn check_review(file: &File, facts: &FamilyFacts, workspace: &Workspace<'_>) -> Option<Finding> {
    let status_of = |facts: &FamilyFacts| facts.stated.as_ref().and_then(|stated| stated.status.clone());
    let own = status_of(facts).filter(|status| status.state == Some(State::Active))?;
    if facts.role != DocumentRole::Plan || facts.progress.done < facts.progress.total {
        return None;
    }
    let set = DocumentSet::of(file, workspace.index)?;
    let reviews = set.documents.iter().filter(|other| other.facts.role == DocumentRole::Review);
    let (path, review) = reviews.into_iter().find_map(|other| {
        let status = status_of(&other.facts).filter(|status| status.state == Some(State::Done))?;
        Some((&other.path, status))
    })?;
    let (shown, other) = (shown_status(&own.text), shown_status(&review.text));
    let message = format!("status is `{shown}`, but the review is `{other}`");
    let finding = Finding::new(&RULE, file.plan().status()?.value_range, message);
    Some(finding.related_location(&**path, review.line, "status of the review"))
}

/// Returns the status of a specification or plan if it means that work has not started.
fn unfinished_status(facts: &FamilyFacts) -> Option<&StatedStatus> {
    if !matches!(facts.role, DocumentRole::Requirements | DocumentRole::Plan) {
        return None;
    }
    let status = facts.stated.as_ref()?.status.as_ref()?;
    (status.state == Some(State::Open)).then_some(status)
}

/// Counts of statuses in the finished document sets of a family.
#[derive(Default)]
struct StatusCounts {
    /// Number of documents with a status in finished document sets.
    total: usize,
    /// Number of these documents whose status means that work has not started.
    not_updated: usize,
    /// Path of the first document that was not updated.
    first: Option<String>,
}

impl StatusCounts {
    fn of(own: &FamilyFacts, index: &Index) -> Self {
        let mut documents: Vec<(&str, &FamilyFacts)> = Vec::new();
        let mut work: HashMap<&str, Work> = HashMap::new();
        for (path, entry) in index.iter() {
            let Some(facts) = entry.family.as_deref() else { continue };
            let Some(set) = facts.set.as_deref().filter(|_| facts.family == own.family && !facts.archived)
            else {
                continue;
            };
            work.entry(set).or_default().add(facts);
            let has_status = facts.stated.as_ref().is_some_and(|stated| stated.status.is_some());
            let is_stated = matches!(facts.role, DocumentRole::Requirements | DocumentRole::Plan);
            if has_status && is_stated {
                documents.push((path, facts));
            }
        }
        let mut counts = Self::default();
        for (path, facts) in documents {
            let finished = facts.set.as_deref().and_then(|set| work.get(set));
            if !finished.is_some_and(|work| work.is_finished()) {
                continue;
            }
            counts.total += 1;
            if unfinished_status(facts).is_some() {
                counts.not_updated += 1;
                counts.first.get_or_insert_with(|| path.to_owned());
            }
        }
        counts
    }
}

/// Compares a task list with the phase in `spec.json`.
fn check_spec_json(file: &File, facts: &FamilyFacts, workspace: &Workspace<'_>) -> Option<Finding> {
    let family = file.environment().families.all().get(facts.family)?;
    let Progress { done, total } = facts.progress;
    if !family.has_reader("kiro-spec-json") || done == total {
        return None;
    }
    let path = format!("{}/spec.json", path::folder(file.path()));
    let text = workspace.exists(&path).then(|| workspace.disk.lines(&path, 0, MAX_SPEC_JSON_LINES))??;
    // JSON is YAML.
    let values = yaml_values(&text);
    let phase = values.iter().find(|value| value.path == ["phase"])?;
    if !matches!(&*phase.value, "implementation-completed" | "implementation-complete" | "completed") {
        return None;
    }
    let open = count_are(total - done, "task");
    let range = file.plan().title_range().unwrap_or(0..0);
    let message = format!("`spec.json` has phase `{}`, but {open} open", phase.value);
    Some(Finding::new(&RULE, range, message).related_location(path, phase.line, "specification phase"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    fn spec(status: &str) -> String {
        format!("# Spec\n\n**Status**: {status}\n\n### User Story 1 - a\n")
    }

    #[test]
    fn specifications_without_requirements() {
        let found = |status: &str, tasks: &str| {
            let spec =
                format!("# Spec Requirements Document\n\n> Spec: a\n> {status}\n\n## Overview\n\nText.\n");
            findings_among(
                &RULE,
                &[
                    ("/w/.agent-os/specs/2026-01-02-a/spec.md", &spec),
                    ("/w/.agent-os/specs/2026-01-02-a/tasks.md", tasks),
                ],
            )
        };
        let done = "# Spec Tasks\n\n- [x] 1. a\n  - [x] 1.1 b\n";
        assert_eq!(found("Status: Planning", done), ["status is `Planning`, but all 2 tasks are done"]);
        assert_eq!(found("Status: Completed", done), [""; 0]);
        assert_eq!(found("Created: 2026-01-02", done), [""; 0]);
        assert_eq!(found("Status: Planning", &done.replace("[x] 1.1", "[ ] 1.1")), [""; 0]);
    }

    #[test]
    fn specifications_of_finished_sets() {
        let found = |status: &str, tasks: &str| {
            findings_among(
                &RULE,
                &[("/w/specs/001-a/spec.md", &spec(status)), ("/w/specs/001-a/tasks.md", tasks)],
            )
        };
        let done = "# Tasks\n\n- [x] T001 a\n- [x] T002 b\n";
        assert_eq!(found("Draft", done), ["status is `Draft`, but all 2 tasks are done"]);
        for (status, tasks) in [
            ("Complete", done),
            ("Superseded", done),
            ("Draft", "# Tasks\n\n- [x] T001 a\n- [ ] T002 b\n"),
            ("Draft", "# Tasks\n"),
        ] {
            assert_eq!(found(status, tasks), [""; 0], "{status}");
        }
    }

    #[test]
    fn statuses_that_are_never_updated_are_reported_once() {
        let found = |first: usize, statuses: [&str; 3]| {
            let specs = statuses.map(spec);
            let mut files: Vec<(String, &str)> = Vec::new();
            for (number, spec) in specs.iter().enumerate() {
                files.push((format!("/w/specs/00{number}-a/spec.md"), spec));
                files.push((format!("/w/specs/00{number}-a/tasks.md"), "# Tasks\n\n- [x] T001 a\n"));
            }
            files.rotate_left(2 * first);
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
            findings_among(&RULE, &files)
        };
        assert_eq!(
            found(0, ["Draft", "Draft", "Draft"]),
            ["status not updated in 3 of 3 finished documents"]
        );
        assert_eq!(found(1, ["Draft", "Draft", "Draft"]), [""; 0]);
        assert_eq!(found(1, ["Done", "Draft", "Draft"]), ["status is `Draft`, but 1 task is done"]);
    }

    #[test]
    fn reviews() {
        let found = |role: &str, status: &str| {
            let path = format!("/w/codev/{role}/0012-a.md");
            let text = format!("# A\n\n## Metadata\n- **Status**: {status}\n\n### Phase 1: b\n\n- [ ] c\n");
            findings_among(&RULE, &[(&*path, &*text), ("/w/codev/reviews/12-a.md", "# Review\n")])
        };
        assert_eq!(found("plans", "draft"), ["status is `draft`, but a review exists"]);
        assert_eq!(found("plans", "integrated"), [""; 0]);
        let found = |review: &str, task: &str| {
            let plan = format!("# A\n\n**Status**: In Progress\n\n### Phase 1: b\n\n- [{task}] c\n");
            let review = format!("# Review\n\n**Status**: {review}\n");
            findings_among(
                &RULE,
                &[("/w/codev/plans/0012-a.md", &*plan), ("/w/codev/reviews/12-a.md", &*review)],
            )
        };
        assert_eq!(found("Complete", "x"), ["status is `In Progress`, but the review is `Complete`"]);
        assert_eq!(found("Complete", " "), [""; 0], "a task is open");
        assert_eq!(found("Draft", "x"), [""; 0]);
    }

    #[test]
    fn phase_in_json() {
        let found = |phase: &str, tasks: &str| {
            let json = format!("{{\n  \"feature_name\": \"a\",\n  \"phase\": \"{phase}\"\n}}\n");
            findings_among(
                &RULE,
                &[
                    ("/w/.kiro/specs/a/tasks.md", tasks),
                    (
                        "/w/.kiro/specs/a/requirements.md",
                        "### Requirement 1: a\n\n#### Acceptance Criteria\n\n1. a\n",
                    ),
                    ("/w/.kiro/specs/a/spec.json", &json),
                ],
            )
        };
        let open = "# Plan\n\n- [x] 1. a\n- [ ] 2. b\n";
        assert_eq!(
            found("implementation-completed", open),
            ["`spec.json` has phase `implementation-completed`, but 1 task is open"]
        );
        assert_eq!(found("tasks-generated", open), [""; 0]);
        assert_eq!(found("implementation-completed", "# Plan\n\n- [x] 1. a\n"), [""; 0]);
    }
}
