//! Tests of sets: hovers, definitions, references, lenses and completion across documents.

mod editing;
mod families;

use plan_schema::family::Families;
use plan_syntax::Document;

use super::*;
use crate::{NoDisk, completion, hover, navigation};

const SPEC: &str = "\
# Feature: Mail

### User Story 1 - Send (Priority: P1)

**Acceptance Scenarios**:

1. **Given** a paid invoice, **When** Ada sends it, **Then** the customer gets a PDF

## Requirements

- **FR-001**: The system MUST attach a PDF.
- **FR-002**: The system MUST retry.
- **SC-001**: 95% arrive
";

const TASKS: &str = "\
# Tasks: Mail

## Phase 3: User Story 1 - Send

- [X] T014 [US1] Add the model for FR-001
- [ ] T015 [P] [US1] Render the PDF
- [ ] T031 Attach the PDF per FR-001–FR-002
";

const SET_FILES: [(&str, &str); 2] =
    [("/w/specs/003-mail/spec.md", SPEC), ("/w/specs/003-mail/tasks.md", TASKS)];

/// Calls `ask` for the offset of `word` in a file.
fn at<T>(name: &str, word: &str, ask: impl FnOnce(&File, &Workspace<'_>, usize) -> T) -> T {
    let mut index = Index::new(["/w".to_owned()]);
    for (path, text) in SET_FILES {
        index.set(path, Some(File::new(path, Document::new(text)).entry()));
    }
    let (path, text) = SET_FILES.into_iter().find(|(path, _)| path.ends_with(name)).unwrap();
    let file = File::new(path, Document::new(text));
    let offset = text.find(word).unwrap();
    ask(&file, &Workspace { index: &index, disk: &NoDisk, is_complete: true }, offset)
}

#[test]
fn hovers() {
    let hover =
        |name: &str, word: &str| at(name, word, hover::hover).map(|hover| hover.text).unwrap_or_default();
    let reference = hover("tasks.md", "FR-001\n");
    for part in [
        "**FR-001** · functional requirement · spec.md:11",
        "The system MUST attach a PDF.",
        "Covered by 2 tasks, 1 done:",
        "- T014 Add the model for FR-001 · done · tasks.md:5",
    ] {
        assert!(reference.contains(part), "{part} is missing in\n{reference}");
    }
    assert_eq!(hover("spec.md", "FR-001"), reference);
    let range = hover("tasks.md", "FR-001–");
    assert!(range.contains("**FR-001**") && range.contains("**FR-002**"), "{range}");
    let story = hover("spec.md", "1 - Send");
    assert!(story.starts_with("**US1** · user story · spec.md:3 · P1"), "{story}");
}

#[test]
fn definitions_and_references() {
    let targets = |name: &str, word: &str| {
        let (_, targets) = at(name, word, navigation::definition).unwrap();
        let shown = targets.into_iter().map(|target| match target {
            navigation::NavigationTarget::OtherDocument { path, line, .. } => format!("{path}:{}", line + 1),
            target => format!("{target:?}"),
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(targets("tasks.md", "US1"), "/w/specs/003-mail/spec.md:3");
    assert_eq!(targets("tasks.md", "FR-001\n"), "/w/specs/003-mail/spec.md:11");
    assert_eq!(targets("spec.md", "FR-002"), "/w/specs/003-mail/tasks.md:7");
    at("spec.md", "FR-001", |file, workspace, offset| {
        let uses = navigation::references(file, workspace, offset).unwrap();
        let here: Vec<&str> = uses.here.iter().map(|range| &SPEC[range.clone()]).collect();
        assert_eq!(here, ["FR-001"]);
        assert_eq!(uses.paths, ["/w/specs/003-mail/tasks.md"]);
        let tasks = File::new("/w/specs/003-mail/tasks.md", Document::new(TASKS));
        let there = (uses.find)(&tasks, workspace.index);
        let there: Vec<&str> = there.iter().map(|range| &TASKS[range.clone()]).collect();
        assert_eq!(there, ["FR-001", "FR-001–FR-002"]);
    });
}

#[test]
fn lenses_and_symbols() {
    at("spec.md", "FR-001", |file, workspace, _| {
        let shown: Vec<String> = lenses(file, workspace)
            .into_iter()
            .map(|lens| format!("{}: {}", &SPEC[lens.range], lens.title))
            .collect();
        assert_eq!(shown, ["1: 3 tasks, 1 done", "FR-001: 2 tasks, 1 done", "FR-002: 1 task, 0 done"]);
        let found = crate::symbols::symbols(workspace.index, "FR-002", 5);
        assert_eq!(found[0].name, "FR-002 The system MUST retry.");
    });
}

#[test]
fn completes_ids() {
    let offered = |line: &str| {
        let text = format!("{TASKS}{line}");
        let mut index = Index::new(["/w".to_owned()]);
        index.set(SET_FILES[0].0, Some(File::new(SET_FILES[0].0, Document::new(SPEC)).entry()));
        let file = File::new(SET_FILES[1].0, Document::new(&text));
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let found = completion::completions(&file, &workspace, text.len(), None);
        found.into_iter().map(|offer| offer.label).collect::<Vec<_>>()
    };
    assert_eq!(offered("- [ ] T032 Write FR-"), ["FR-001", "FR-002"]);
    assert_eq!(offered("- [ ] T032 [U")[0], "US1");
}

#[test]
fn sets_of_an_index() {
    let mut index = Index::new(["/w".to_owned()]);
    let mut set =
        |path: &str, text: &str| drop(index.set(path, Some(File::new(path, Document::new(text)).entry())));
    for (path, text) in SET_FILES {
        set(path, text);
    }
    set("/w/codev/plans/0012-move.md", "# Plan: Move\n");
    set("/w/codev/specs/12-move.md", "# Spec: Move\n");
    set("/w/specs/notes/index.md", "# Notes\n");
    set("/w/specs/other/spec.md", "# Not of a family\n");
    let shown: Vec<String> = DocumentSet::all(&index, &Families::built_in())
        .iter()
        .map(|set| {
            let documents = set.documents.iter().map(|document| document.facts.role.name());
            format!("{} {}: {}", set.family.name, set.name, documents.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(shown, ["codev /w/#12: plan requirements", "spec-kit /w/specs/003-mail: requirements tasks"]);
    // A change of a task concerns the other documents of its set, and no others.
    let done = TASKS.replace("[ ] T015", "[x] T015");
    let affected = index.set(SET_FILES[1].0, Some(File::new(SET_FILES[1].0, Document::new(&done)).entry()));
    assert_eq!(affected.iter().map(|path| &**path).collect::<Vec<_>>(), [SET_FILES[0].0]);
}
