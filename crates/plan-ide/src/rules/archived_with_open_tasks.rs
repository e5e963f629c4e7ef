//! The rule `archived-with-open-tasks`.

use plan_model::{Item, State};
use plan_schema::{
    DocumentKind,
    family::{ArchiveMeaning, DocumentRole},
};

use super::{
    Check, Group, Rule,
    common::{is_certain_evidence, is_remaining_task, plural},
};
use crate::{File, Finding, Severity, Workspace, sets::DocumentSet};

pub(super) const RULE: Rule = Rule {
    name: "archived-with-open-tasks",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "archived set has open tasks",
    doc: "\
## What it checks

An archived [document set](../families.md) whose task list has open tasks, in a family that archives only finished sets, such as OpenSpec. In ccpm, each document is a task, and its front matter contains the status. Plansmith reports nothing if no task is checked, or if every open task gives a reason, such as `deferred`, `optional` or `after the merge`.

## Why

Either some work was forgotten, or the tasks are done but were not checked.

## Example

<!-- file: openspec/changes/archive/2026-02-03-add-export/tasks.md -->
<!-- sibling: openspec/changes/archive/2026-02-03-add-export/proposal.md: ## Why\\n\\nExport.\\n -->

Incorrect:

```markdown
## 1. Writer

- [x] 1.1 Write the header
- [ ] 1.2 Quote text fields
```

Correct:

```markdown
## 1. Writer

- [x] 1.1 Write the header
- [x] 1.2 Quote text fields
```

## Fix

Check the tasks that are done, or add a reason to each task that stays open.
",
    check: Check::Workspace(check, None),
};

/// Words in tasks that are scheduled after the archiving of a change.
const AFTER_ARCHIVE: [&str; 8] = [
    "after merge",
    "after the merge",
    "after archiv",
    "post-archive",
    "post-merge",
    "if available",
    "next release",
    "next version",
];

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let families = &file.environment().families;
    let Some(facts) = file.family_facts().filter(|facts| facts.role == DocumentRole::Tasks && facts.archived)
    else {
        return;
    };
    let family = families.all().get(facts.family);
    if family.is_none_or(|family| family.archive_means != ArchiveMeaning::Done) {
        return;
    }
    let is_status = |key: &str| key.trim() == "status";
    if file.plan().front_matter().iter().any(|entry| is_status(&file.document().slice(entry.key.clone()))) {
        findings.extend(check_statuses(file, workspace));
        return;
    }
    let plan = file.plan();
    let open: Vec<Item<'_>> = plan.items().filter(is_remaining_task).collect();
    let is_after_archive = |item: &Item<'_>| {
        let text = file.document().slice(item.line()).to_lowercase();
        AFTER_ARCHIVE.iter().any(|words| text.contains(words))
    };
    // `[~]` marks tasks that were dropped or done elsewhere.
    let unexplained: Vec<Item<'_>> = plan
        .items()
        .filter(|item| {
            is_remaining_task(item) && item.state() != Some(State::Active) && !is_after_archive(item)
        })
        .collect();
    let Some(first) = unexplained.first().filter(|_| is_certain_evidence(file, &unexplained)) else { return };
    let message = format!(
        "set is archived, but {} of {} {} open",
        open.len(),
        plural(plan.progress().total, "task"),
        if open.len() == 1 { "is" } else { "are" },
    );
    let others = open.iter().filter(|item| item.index() != first.index());
    let others = others.map(|item| (item.line(), "also open"));
    findings.push(Finding::new(&RULE, first.line(), message).list(others));
}

/// Checks the statuses of the tasks of a set in which each document is a task. Returns one finding per set, in the first
/// open task.
fn check_statuses(file: &File, workspace: &Workspace<'_>) -> Option<Finding> {
    let set = DocumentSet::of(file, workspace.index).filter(|_| workspace.is_complete)?;
    let tasks = set.documents.iter().filter(|own| !own.shared && own.facts.role == DocumentRole::Tasks);
    let tasks: Vec<_> = tasks
        .filter_map(|own| {
            let status = own.facts.stated.as_ref()?.status.as_ref()?;
            Some((&own.path, status.line, status.state?))
        })
        .collect();
    let is_open = |state: State| matches!(state, State::Open | State::Active | State::Blocked);
    let open: Vec<_> = tasks.iter().filter(|(.., state)| is_open(*state)).collect();
    let has_done = tasks.iter().any(|(.., state)| *state == State::Done);
    let (first, others) = open.split_first().filter(|_| has_done)?;
    let status = file.plan().status().filter(|_| **first.0 == *file.path())?;
    let are = if open.len() == 1 { "is" } else { "are" };
    let message =
        format!("set is archived, but {} of {} {are} open", open.len(), plural(tasks.len(), "task"));
    let mut finding = Finding::new(&RULE, status.value_range, message);
    for (path, line, _) in others {
        finding = finding.related_location(&***path, *line, "also open");
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    #[test]
    fn archives_that_mean_done() {
        let found = |path: &str, tasks: &str| findings_among(&RULE, &[(path, tasks)]);
        let openspec = "/w/openspec/changes/archive/2026-02-03-a/tasks.md";
        assert_eq!(
            found(openspec, "- [x] 1.1 a\n- [ ] 1.2 b\n- [ ] 1.3 c\n"),
            ["set is archived, but 2 of 3 tasks are open"]
        );
        assert_eq!(found(openspec, "- [x] 1.1 a\n- [~] 1.2 b: done elsewhere\n"), [""; 0]);
        assert_eq!(found(openspec, "- [ ] 1.1 a\n- [ ] 1.2 b\n"), [""; 0], "never checked");
        assert_eq!(found(openspec, "- [x] 1.1 a\n- [ ] 1.2 b (deferred)\n"), [""; 0]);
        assert_eq!(found(openspec, "- [x] 1.1 a\n- [ ] 1.2 Test it after merge\n"), [""; 0]);
        assert_eq!(found("/w/openspec/changes/a/tasks.md", "- [x] 1.1 a\n- [ ] 1.2 b\n"), [""; 0]);
        assert_eq!(found("/w/.kiro/specs/_archived/a/tasks.md", "- [x] 1. a\n- [ ] 2. b\n"), [""; 0]);
    }

    #[test]
    fn statuses_of_tasks() {
        let found = |folder: &str, statuses: [&str; 3]| {
            let task = |status: &str| {
                format!(
                    "---\nname: a\nstatus: {status}\n---\n\n# Task: a\n\n## Acceptance Criteria\n\n- [ ] b\n- [x] c\n"
                )
            };
            findings_among(
                &RULE,
                &[
                    (&format!("{folder}/1.md"), &task(statuses[0])),
                    (&format!("{folder}/2.md"), &task(statuses[1])),
                    (&format!("{folder}/3.md"), &task(statuses[2])),
                    (&format!("{folder}/epic.md"), "---\nname: a\nstatus: completed\n---\n\n# Epic: a\n"),
                ],
            )
        };
        let archived = "/w/.claude/epics/archived/a";
        let open = ["open", "in-progress", "closed"];
        assert_eq!(found(archived, open), ["set is archived, but 2 of 3 tasks are open"]);
        assert_eq!(
            found(archived, ["open", "closed", "closed"]),
            ["set is archived, but 1 of 3 tasks is open"]
        );
        assert_eq!(found(archived, ["closed", "open", "closed"]), [""; 0], "reported in `2.md`");
        assert_eq!(found(archived, ["closed"; 3]), [""; 0]);
        assert_eq!(found(archived, ["open"; 3]), [""; 0], "never closed");
        assert_eq!(found("/w/.claude/epics/a", open), [""; 0], "not archived");
    }
}
