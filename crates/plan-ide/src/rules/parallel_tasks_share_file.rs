//! The rule `parallel-tasks-share-file`.

use std::collections::BTreeMap;

use plan_model::{Item, ItemKind, State, TextRange};
use plan_schema::{
    DocumentKind,
    family::{DocumentRole, Family, TaskValue},
};

use super::{Check, Group, Rule, common::name};
use crate::{
    Edit, File, Finding, Severity,
    task_files::{first_path, is_source},
};

pub(super) const RULE: Rule = Rule {
    name: "parallel-tasks-share-file",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "parallel tasks change the same file",
    doc: "\
## What it checks

Consecutive open tasks under one heading that are marked as parallel and name the same file. In spec-kit, the marker is `[P]`, and the file is the first path in the text of the task. In Kiro, the marker is `(P)`, and Plansmith compares the values of `_Boundary:_`. Markdown files, folders and globs are ignored. See [families](../families.md) for the markers.

## Why

Agents that work on such tasks at the same time overwrite each other's changes.

## Example

<!-- file: specs/001-export/tasks.md -->
<!-- sibling: specs/001-export/spec.md: ### User Story 1 - Export (Priority: P1)\\n -->

Incorrect:

```markdown
# Tasks: Export

## Phase 1: Writer

- [ ] T001 [P] Write the header in src/csv.rs
- [ ] T002 [P] Quote text fields in src/csv.rs
```

Correct:

```markdown
# Tasks: Export

## Phase 1: Writer

- [ ] T001 [P] Write the header in src/csv.rs
- [ ] T002 Quote text fields in src/csv.rs
```

## Fix

Remove the marker from the later tasks.
",
    check: Check::File(check),
};

/// Maximum number of task names in a message.
const MAX_NAMED_TASKS: usize = 3;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let families = &file.environment().families;
    let Some(facts) =
        file.family_facts().filter(|facts| facts.role == DocumentRole::Tasks && !facts.archived)
    else {
        return;
    };
    let Some(family) = families.all().get(facts.family).filter(|family| !family.parallel.is_empty()) else {
        return;
    };
    let plan = file.plan();
    let mut run: Vec<(Item<'_>, TextRange)> = Vec::new();
    let place = |item: &Item<'_>| (item.section().map(|section| section.index()), item.parent());
    for item in plan.items().filter(|item| item.kind() == ItemKind::Task) {
        let marker = marker(file, family, &item);
        let continues = run.last().is_none_or(|(last, _)| place(last) == place(&item));
        if !continues || marker.is_none() {
            // Subtasks do not end a series of parallel tasks.
            if run.last().is_some_and(|(last, _)| last.is_ancestor_of(&item)) {
                continue;
            }
            findings.extend(shared_files(file, family, &std::mem::take(&mut run)));
        }
        run.extend(marker.map(|marker| (item, marker)));
    }
    findings.extend(shared_files(file, family, &run));
}

/// Returns the range of the marker of a parallel task, with the space after it.
fn marker(file: &File, family: &Family, item: &Item<'_>) -> Option<TextRange> {
    let line = item.line();
    let text = file.document().slice(line.clone());
    let text = text.lines().next().unwrap_or_default();
    let at = text.find(&family.parallel)?;
    let end = at + family.parallel.len();
    let end = end + usize::from(text[end..].starts_with(' '));
    Some(line.start + at..line.start + end)
}

/// Returns a finding for each file that several consecutive parallel tasks name.
fn shared_files(file: &File, family: &Family, run: &[(Item<'_>, TextRange)]) -> Vec<Finding> {
    let mut by_file: BTreeMap<String, Vec<&(Item<'_>, TextRange)>> = BTreeMap::new();
    for task in run.iter().filter(|(item, _)| item.state() == Some(State::Open)) {
        if let Some(path) = file_of(file, family, &task.0) {
            by_file.entry(path).or_default().push(task);
        }
    }
    let shared = by_file.into_iter().filter(|(_, tasks)| tasks.len() > 1);
    let findings = shared.filter_map(|(path, tasks)| {
        let (first, others) = tasks.split_first()?;
        let names: Vec<String> =
            tasks.iter().take(MAX_NAMED_TASKS).map(|(item, _)| format!("`{}`", name(item))).collect();
        let more = tasks.len().saturating_sub(MAX_NAMED_TASKS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let (separator, all) = if tasks.len() == 2 { (" and ", "both") } else { (", ", "all") };
        let message = format!("parallel tasks {}{more} {all} change `{path}`", names.join(separator));
        let related = std::iter::once(first).chain(others.iter().skip(1));
        let edits = others.iter().map(|(_, marker)| Edit::replace(marker.clone(), ""));
        let marker = &others.first()?.1;
        let finding = Finding::new(&RULE, marker.start..marker.start + family.parallel.len(), message);
        let finding = finding.list(related.map(|(item, _)| (item.line(), "also changes this file")));
        Some(finding.fix(format!("Remove `{}` from later tasks", family.parallel), edits.collect(), false))
    });
    findings.collect()
}

/// Returns the file that a task changes.
fn file_of(file: &File, family: &Family, item: &Item<'_>) -> Option<String> {
    match family.files.as_ref()? {
        TaskValue::FirstPath => {
            first_path(&file.document().slice(item.line())).filter(|path| is_source(path))
        }
        TaskValue::Field(key) => {
            let text = file.document().slice(item.range());
            let mut lines = text.lines().skip(1).map(|line| line.trim_matches([' ', '-', '*', '_', '`']));
            let value = lines.find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim_matches(['*', '_']).eq_ignore_ascii_case(key).then_some(value)
            })?;
            let value = value.trim().trim_matches(['_', '`', '*']);
            (!value.is_empty()).then(|| value.to_owned())
        }
        TaskValue::FrontMatter(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    const SPEC: (&str, &str) = ("/w/specs/001-a/spec.md", "### User Story 1 - a\n");

    fn found(tasks: &str) -> Vec<String> {
        findings_among(&RULE, &[("/w/specs/001-a/tasks.md", &format!("# Tasks\n\n## A\n\n{tasks}")), SPEC])
    }

    #[test]
    fn tasks_of_one_run() {
        assert_eq!(
            found(
                "- [ ] T001 [P] a in src/a.rs\n- [x] T002 [P] b in src/b.rs\n- [ ] T003 [P] c in src/a.rs\n"
            ),
            ["parallel tasks `T001` and `T003` both change `src/a.rs` -> - [ ] T003 c in src/a.rs"]
        );
        for tasks in [
            "- [ ] T001 [P] a in src/a.rs\n- [ ] T002 b in src/b.rs\n- [ ] T003 [P] c in src/a.rs\n",
            "- [ ] T001 [P] a in src/a.rs\n\n## B\n\n- [ ] T003 [P] c in src/a.rs\n",
            "- [x] T001 [P] a in src/a.rs\n- [ ] T003 [P] c in src/a.rs\n",
            "- [ ] T001 [P] a in docs/a.md\n- [ ] T003 [P] c in docs/a.md\n",
            "- [ ] T001 [P] a in src/\n- [ ] T003 [P] c in src/\n",
            "- [ ] T001 [P] a in src/*.rs\n- [ ] T003 [P] c in src/*.rs\n",
            "- [ ] T001 [P] a in src/a.rs\n- [ ] T003 [P] c in src/b.rs with src/a.rs\n",
        ] {
            assert_eq!(found(tasks), [""; 0], "{tasks}");
        }
    }

    #[test]
    fn boundaries() {
        let tasks = "# Plan\n\n- [ ] 1. Export\n  - [ ] 1.1 (P) Rows\n    - _Requirements: 1.1_\n    - _Boundary: Writer_\n  - [ ] 1.2 (P) Header\n    - _Boundary: Writer_\n  - [ ] 1.3 (P) Quotes\n    - _Boundary: Quoter_\n";
        let files = [
            ("/w/.kiro/specs/a/tasks.md", tasks),
            (
                "/w/.kiro/specs/a/requirements.md",
                "### Requirement 1: a\n\n#### Acceptance Criteria\n\n1. a\n",
            ),
        ];
        assert_eq!(
            findings_among(&RULE, &files),
            ["parallel tasks `1.1` and `1.2` both change `Writer` ->   - [ ] 1.2 Header"]
        );
    }
}
