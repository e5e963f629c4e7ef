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
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "archived-with-open-tasks",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "archived set has open tasks",
    doc: "\
## What it checks

An archived [document set](../families.md) whose task list has open tasks, in a family that archives only finished sets, such as OpenSpec. Plansmith reports nothing if no task is checked, or if every open task gives a reason, such as `deferred`, `optional` or `after the merge`.

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
    check: Check::File(check),
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

fn check(file: &File, findings: &mut Vec<Finding>) {
    let families = &file.environment().families;
    let Some(facts) = file.family_facts().filter(|facts| facts.role == DocumentRole::Tasks && facts.archived)
    else {
        return;
    };
    let family = families.all().get(facts.family);
    if family.is_none_or(|family| family.archive_means != ArchiveMeaning::Done) {
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
}
