//! The rule `created-file-missing`.

use plan_model::{ItemKind, State};
use plan_schema::DocumentKind;

use super::{
    Check, Group, Rule,
    created_file_exists::{MentionsCreation, created_path},
};
use crate::{
    File, Finding, Workspace,
    workspace::path::{folder, join},
};

pub(super) const RULE: Rule = Rule {
    name: "created-file-missing",
    group: Group::Files,
    severity: None,
    applies_to: &[DocumentKind::Plan],
    summary: "task to create a file is done, but the file is missing",
    doc: "\
## What it checks

Done tasks of the form *Create `path`* whose files do not exist. Paths are relative to the root of the workspace or to the folder of the plan. A path that another task mentions as well is ignored, because that task can move or delete the file.

The rule is off by default, because a file can also be moved or deleted later without a task for it. `plansmith check --evidence` enables it with the severity `warning`.

## Why

A task was marked as done although the work was not done. This can happen when a coding agent checks the tasks of a plan.

## Example

<!-- sibling: docs/switching.md: # Switching\\n -->

Incorrect, if `docs/copying.md` does not exist:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Create `docs/copying.md`
- [x] **Task 1.2**: Create `docs/switching.md`
```

Correct:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Create `docs/copying.md`
- [x] **Task 1.2**: Create `docs/switching.md`
```

## Fix

Reopen the task, or create the file.
",
    check: Check::Workspace(check, None),
};

/// Maximum number of files whose existence is checked.
const MAX_CHECKED_FILES: usize = 1000;

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    if file.is_archived() {
        return;
    }
    let plan = file.plan();
    let folders = [workspace.index.root_of(file.path()), Some(folder(file.path()))];
    let exists = |path: &str| {
        let paths = folders.iter().flatten().filter_map(|folder| join(folder, path));
        paths.into_iter().any(|path| workspace.exists(&path))
    };
    let views = plan.segment_views().filter(|view| MentionsCreation::of(view.content()));
    let done = views.flat_map(|view| view.items()).filter(|item| {
        item.kind() == ItemKind::Task && item.state() == Some(State::Done) && item.role().counts()
    });
    let promised = done.filter_map(|item| {
        let range = item.title_range();
        let title = file.document().slice(range.clone());
        let path = created_path(&title)?;
        let at = range.start + title.find(path)?;
        Some((at..at + path.len(), path.to_owned()))
    });
    let missing: Vec<_> = promised.take(MAX_CHECKED_FILES).filter(|(_, path)| !exists(path)).collect();
    if missing.is_empty() {
        return;
    }
    let text = file.document().text();
    for (range, path) in missing {
        let is_mentioned_once = text.match_indices(&*path).nth(1).is_none();
        if is_mentioned_once {
            findings.push(Finding::new(&RULE, range, format!("task is done, but `{path}` does not exist")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::findings_among, RULE};

    #[test]
    fn missing_files_of_done_tasks() {
        let plan = "# Plan: x\n\n- [x] **1.1** Create `docs/a.md`\n- [x] **1.2** Create `docs/b.md`\n- [ ] **1.3** Create `docs/c.md`\n- [x] Create `docs/d.md`\n- [x] Move `docs/d.md` to `docs/b.md.old`\n";
        let files = [("/w/plan.md", plan), ("/w/docs/b.md", "# b\n")];
        assert_eq!(findings_among(&RULE, &files), ["task is done, but `docs/a.md` does not exist"]);
    }
}
