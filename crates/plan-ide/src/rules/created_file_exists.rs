//! The rule `created-file-exists`.

use std::sync::{Arc, LazyLock};

use plan_model::{ItemKind, State};
use plan_schema::DocumentKind;
use plan_syntax::Content;

use super::{Check, Group, Rule};
use crate::{
    File, Finding, Severity, Workspace,
    workspace::path::{folder, join},
};

pub(super) const RULE: Rule = Rule {
    name: "created-file-exists",
    group: Group::Files,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "open tasks create files that already exist",
    doc: "\
## What it checks

Open tasks of the form *Create `path`* whose files exist. Plansmith reports them once per plan, and only if there are at least two such tasks, because a single file may exist for another reason. Paths are relative to the root of the workspace or to the folder of the plan.

## Why

The work was done, but the tasks were not checked.

## Example

<!-- sibling: docs/copying.md: # Copying\\n -->
<!-- sibling: docs/switching.md: # Switching\\n -->

Incorrect, if both files exist:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Create `docs/copying.md`
- [ ] **Task 1.2**: Create `docs/switching.md`
```

Correct:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Create `docs/copying.md`
- [ ] **Task 1.2**: Create `docs/switching.md`
- [ ] **Task 1.3**: Create `docs/removing.md`
```

## Fix

Check the tasks that are done.
",
    check: Check::Workspace(check, None),
};

/// Minimum number of open tasks whose files exist, for a finding.
const MIN_CREATED_FILES: usize = 2;

/// Maximum number of files whose existence is checked.
const MAX_FILES: usize = 100;

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let is_over = plan
        .status()
        .and_then(|status| plan.state_of(&status.value))
        .is_some_and(|state| matches!(state, State::Done | State::Cancelled | State::Deferred));
    if is_over || file.is_archived() {
        return;
    }
    let views = plan.segment_views().filter(|view| MentionsCreation::of(view.content()));
    let open = views.flat_map(|view| view.items()).filter(|item| {
        item.kind() == ItemKind::Task && item.state() == Some(State::Open) && item.role().counts()
    });
    let mut candidates = open.filter_map(|item| {
        let range = item.title_range();
        let title = file.document().slice(range.clone());
        let path = created_path(&title)?;
        let at = title.find(path)?;
        Some((range.start + at..range.start + at + path.len(), path.to_owned()))
    });
    let folders = [workspace.index.root_of(file.path()), Some(folder(file.path()))];
    let exists = |path: &str| {
        folders
            .iter()
            .flatten()
            .filter_map(|folder| join(folder, path))
            .any(|path| path != file.path() && workspace.exists(&path))
    };
    let existing: Vec<_> = candidates.by_ref().take(MAX_FILES).filter(|(_, path)| exists(path)).collect();
    let [(first, path), others @ ..] = &existing[..] else { return };
    if existing.len() < MIN_CREATED_FILES {
        return;
    }
    let message = format!("{} open tasks create files that already exist, such as `{path}`", existing.len());
    let others = others.iter().map(|(range, path)| (range.clone(), format!("`{path}` exists")));
    findings.push(Finding::new(&RULE, first.clone(), message).list(others));
}

/// Whether the text of a segment may contain tasks that create files.
#[derive(Default)]
pub(super) struct MentionsCreation(bool);

impl MentionsCreation {
    pub(super) fn of(content: &Content) -> bool {
        static NOT: LazyLock<Arc<MentionsCreation>> = LazyLock::new(Arc::default);
        let found = content.memo_or(&NOT, |content| {
            let has_word = content.text.contains("reate ") || content.text.contains("REATE ");
            has_word.then_some(Self(true))
        });
        found.0
    }
}

/// Returns the path of the file that a task creates, according to its title: `Create the file `a/b.rs` …`.
pub(super) fn created_path(title: &str) -> Option<&str> {
    let (verb, rest) = title.trim_start_matches('*').split_once(' ')?;
    if !verb.eq_ignore_ascii_case("create") {
        return None;
    }
    let rest = ["the ", "a ", "new ", "file ", "file: "]
        .iter()
        .fold(rest.trim_start(), |rest, word| rest.strip_prefix(word).unwrap_or(rest));
    let path = rest.strip_prefix('`')?.split('`').next()?;
    let name = path.rsplit('/').next()?;
    let has_extension = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty() && (1..=5).contains(&extension.len()) && extension.chars().all(char::is_alphanumeric)
    });
    let is_path = path.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@'));
    (has_extension && is_path && path.contains('/') && !path.starts_with('/')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::{super::testing::findings_among, RULE, created_path};

    #[test]
    fn paths_of_new_files() {
        assert_eq!(created_path("Create `src/a.rs`"), Some("src/a.rs"));
        assert_eq!(created_path("Create the new file `src/a.rs` with tests"), Some("src/a.rs"));
        for title in
            ["Update `src/a.rs`", "Create `src/`", "Create a module in `src/a.rs`", "Create `a.rs`", "Create"]
        {
            assert_eq!(created_path(title), None, "{title}");
        }
    }

    #[test]
    fn one_hint_for_a_plan() {
        let plan = "# Plan: x\n\n- [ ] **1.1** Create `docs/a.md`\n- [ ] **1.2** Create `docs/b.md`\n";
        let files = [("/w/plan.md", plan), ("/w/docs/a.md", "# a\n"), ("/w/docs/b.md", "# b\n")];
        assert_eq!(
            findings_among(&RULE, &files),
            ["2 open tasks create files that already exist, such as `docs/a.md`"]
        );
        assert_eq!(findings_among(&RULE, &files[..2]), Vec::<String>::new());
        let done = plan.replace("# Plan: x\n", "# Plan: x\n\n**Status**: Done\n");
        let files = [("/w/plan.md", &*done), files[1], files[2]];
        assert_eq!(findings_among(&RULE, &files), Vec::<String>::new());
    }
}
