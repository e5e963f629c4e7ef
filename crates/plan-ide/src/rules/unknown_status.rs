//! The rule `unknown-status`.

use plan_model::yaml_values;
use plan_schema::{DocumentKind, family::DocumentRole, nearest};

use super::{Check, Group, Rule, common::shown_status};
use crate::{Edit, File, Finding, Severity, Workspace, workspace::path};

pub(super) const RULE: Rule = Rule {
    name: "unknown-status",
    group: Group::Families,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist, DocumentKind::Specification],
    summary: "status is not configured for the task board",
    doc: "\
## What it checks

A Backlog.md task whose status is missing from `statuses` in `backlog/config.yml`. Case and spaces are ignored. Drafts and archived tasks are not checked.

## Why

The task board does not show such a task.

## Example

<!-- file: backlog/tasks/task-12 - Export.md -->
<!-- sibling: backlog/config.yml: statuses: [\"To Do\", \"In Progress\", \"Done\"]\\n -->

Incorrect, if the statuses are `To Do`, `In Progress` and `Done`:

```markdown
---
id: task-12
title: Export
status: Completed
---

## Acceptance Criteria

- [x] #1 A file is written
```

Correct:

```markdown
---
id: task-12
title: Export
status: Done
---

## Acceptance Criteria

- [x] #1 A file is written
```

## Fix

Use one of the configured statuses, or add the status to `statuses` in `backlog/config.yml`.
",
    check: Check::Workspace(check, None),
};

/// Paths of the configuration in a project.
const CONFIGURATIONS: [&str; 4] =
    ["backlog/config.yml", "backlog/config.yaml", ".backlog/config.yml", "backlog.config.yml"];
/// Maximum number of lines of the configuration that are read.
const MAX_CONFIGURATION_LINES: usize = 1_000;

/// Statuses that the configuration of a project allows.
pub(crate) struct ConfiguredStatuses {
    /// Names as written.
    pub(crate) names: Vec<String>,
    /// Path of the configuration, and the line of the first name, 0-based.
    pub(crate) location: (String, u32),
}

/// Returns the statuses that the configuration of a project allows in a document. `None` if it does not restrict them.
pub(crate) fn configured_statuses(file: &File, workspace: &Workspace<'_>) -> Option<ConfiguredStatuses> {
    let families = &file.environment().families;
    let facts = file.family_facts().filter(|facts| {
        facts.role == DocumentRole::Tasks && facts.set.is_some() && !facts.archived && !file.is_archived()
    })?;
    if !families.all().get(facts.family).is_some_and(|family| family.has_reader("backlog-config")) {
        return None;
    }
    let mut paths = CONFIGURATIONS.iter().filter_map(|name| path::join(&facts.project, name));
    let path = paths.find(|path| workspace.exists(path))?;
    let text = workspace.disk.lines(&path, 0, MAX_CONFIGURATION_LINES)?;
    let values = yaml_values(&text).into_iter().filter(|value| value.path == ["statuses"]);
    let (names, lines): (Vec<String>, Vec<u32>) =
        values.map(|value| (value.value.to_string(), value.line)).unzip();
    let first = *lines.first()?;
    Some(ConfiguredStatuses { names, location: (path, first) })
}

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    if file.family_facts().is_none() {
        return;
    }
    let Some(status) = file.plan().status().filter(|status| status.front_matter) else { return };
    let Some(ConfiguredStatuses { names, location: (path, line) }) = configured_statuses(file, workspace)
    else {
        return;
    };
    let folded = |status: &str| status.to_lowercase().replace(' ', "");
    if names.iter().any(|known| folded(known) == folded(&status.value)) {
        return;
    }
    let message = format!("unknown status `{}`; expected {}", shown_status(&status.value), names.join(", "));
    let mut finding = Finding::new(&RULE, status.value_range.clone(), message);
    finding = finding.related_location(path, line, "configured statuses");
    let same = names.iter().find(|known| {
        let state = |status: &str| file.plan().state_of(status);
        state(known).is_some() && state(known) == state(&status.value)
    });
    let near = nearest(&status.value, names.iter().map(String::as_str));
    if let Some(known) = near.or(same.map(String::as_str)) {
        let edit = Edit::replace(status.value_range, known.to_owned());
        finding = finding.fix(format!("Replace with `{known}`"), vec![edit], false);
    }
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    #[test]
    fn statuses_of_the_configuration() {
        let found = |folder: &str, status: &str, config: &str| {
            findings_among(
                &RULE,
                &[
                    (
                        &*format!("/w/backlog/{folder}/task-1 - a.md"),
                        &*format!("---\nid: task-1\nstatus: {status}\n---\n\n- [ ] #1 a\n"),
                    ),
                    ("/w/backlog/config.yml", config),
                ],
            )
        };
        let config = "project_name: a\nstatuses: [\"To Do\", \"In Progress\", \"Done\"]\n";
        assert_eq!(
            found("tasks", "Completed", config),
            ["unknown status `Completed`; expected To Do, In Progress, Done -> status: Done"]
        );
        assert_eq!(found("tasks", "In-Progress", config).len(), 1);
        assert_eq!(found("tasks", "todo", config), [""; 0]);
        assert_eq!(found("tasks", "Completed", "project_name: a\n"), [""; 0]);
        assert_eq!(found("tasks", "Review", "statuses:\n  - Open\n  - Review\n"), [""; 0]);
        assert_eq!(found("archive/tasks", "Completed", config), [""; 0]);
        assert_eq!(found("drafts", "Draft", config), [""; 0]);
    }
}
