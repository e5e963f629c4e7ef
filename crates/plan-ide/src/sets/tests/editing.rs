//! Tests of changes across a set: renames, new tasks and references, and the outline.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use plan_syntax::Document;
use plan_test::{apply, fixture};
use proptest::prelude::*;

use super::{super::outline, SPEC, TASKS};
use crate::{
    Edit, File, Index, NoDisk, Workspace,
    actions::{self, Changes, Context},
    rename,
};

pub(super) type Texts<'a> = &'a [(&'a str, &'a str)];

/// Calls `ask` for the cursor `$0` in one of these files.
pub(super) fn with<T>(files: Texts<'_>, ask: impl FnOnce(&File, &Workspace<'_>, usize) -> T) -> T {
    let mut index = Index::new(["/w".to_owned()]);
    let mut current = None;
    for (path, marked) in files {
        let file = if marked.contains("$0") {
            let (text, range) = fixture(marked);
            let file = File::new(*path, Document::new(&text));
            current = Some((file.clone(), range.start));
            file
        } else {
            File::new(*path, Document::new(marked))
        };
        index.set(path, Some(file.entry()));
    }
    let (file, offset) = current.unwrap();
    ask(&file, &Workspace { index: &index, disk: &NoDisk, is_complete: true }, offset)
}

/// Returns the texts that changes make, each below the name of its file.
fn changed(files: Texts<'_>, file: &File, index: &Index, changes: Changes) -> String {
    let made = |file: &File, edits: Vec<Edit>| {
        let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
        let name = file.path().trim_start_matches("/w/");
        format!("-- {name}\n{}", apply(&file.document().text(), &edits))
    };
    let mut shown = String::new();
    if !changes.edits.is_empty() {
        shown.push_str(&made(file, changes.edits));
    }
    if let Some(external) = changes.external {
        for path in &external.paths {
            let (_, text) = files.iter().find(|(other, _)| other == path).unwrap();
            let other = File::new(path.as_str(), Document::new(&text.replace("$0", "")));
            let edits = (external.rewrite)(&other, index);
            if !edits.is_empty() {
                shown.push_str(&made(&other, edits));
            }
        }
    }
    shown
}

fn check_rename(files: Texts<'_>, new: &str, expect: Expect) {
    let shown = with(files, |file, workspace, offset| {
        let name = rename::prepare(file, workspace, offset).map(|target| target.name);
        let text = match rename::rename(file, workspace, offset, new) {
            Ok(changes) => changed(files, file, workspace.index, changes),
            Err(why) => format!("{why}\n"),
        };
        format!("{}\n{text}", name.unwrap_or_else(|| "nothing".to_owned()))
    });
    expect.assert_eq(&shown);
}

/// Applies the first action whose title starts with `title`.
fn check_action(files: Texts<'_>, title: &str, expect: Expect) {
    let shown = with(files, |file, workspace, offset| {
        let range = offset..offset;
        let offered = actions::actions(&Context { file, workspace, range: &range, on_request: true });
        let Some(action) = offered.iter().find(|action| action.title.starts_with(title)) else {
            let titles: Vec<&str> = offered.iter().map(|action| action.title.as_str()).collect();
            return format!("nothing in {}\n", titles.join(", "));
        };
        let changes = action.changes(file, workspace);
        format!("{}\n{}", action.title, changed(files, file, workspace.index, changes))
    });
    expect.assert_eq(&shown);
}

const KIRO: &str = "\
# Requirements

### Requirement 1: Import

#### Acceptance Criteria

1. WHEN a file is read THEN it SHALL be checked

### Requirement $02: Export

See [it](#requirement-2-export).

#### Acceptance Criteria

1. WHEN Ada presses Export THEN a file SHALL be written
2. IF the list is empty THEN it SHALL say so
3. WHEN it is done THEN it SHALL tell Ada
";

const KIRO_TASKS: &str = "\
# Tasks

- [x] 1. Import
  - [x] 1.1 Read the file
    - _Requirements: 1.1_
- [ ] 2. Export
  - [x] 2.1 Write the rows
    - Quote text
    - _Requirements: 2.1, 1-3_
  - [ ]* 2.2 Test
    - _Requirements: 2.1-2.2, 2.1-2_
- [ ] 3. Report
";

const KIRO_FILES: [&str; 2] = ["/w/.kiro/specs/export/requirements.md", "/w/.kiro/specs/export/tasks.md"];

#[test]
fn renaming_a_requirement_moves_its_criteria_and_ranges() {
    let files = [(KIRO_FILES[0], KIRO), (KIRO_FILES[1], KIRO_TASKS)];
    check_rename(
        &files,
        "4",
        expect![[r#"
            2
            -- .kiro/specs/export/requirements.md
            # Requirements

            ### Requirement 1: Import

            #### Acceptance Criteria

            1. WHEN a file is read THEN it SHALL be checked

            ### Requirement 4: Export

            See [it](#requirement-4-export).

            #### Acceptance Criteria

            1. WHEN Ada presses Export THEN a file SHALL be written
            2. IF the list is empty THEN it SHALL say so
            3. WHEN it is done THEN it SHALL tell Ada
            -- .kiro/specs/export/tasks.md
            # Tasks

            - [x] 1. Import
              - [x] 1.1 Read the file
                - _Requirements: 1.1_
            - [ ] 2. Export
              - [x] 2.1 Write the rows
                - Quote text
                - _Requirements: 4.1, 1, 3, 4_
              - [ ]* 2.2 Test
                - _Requirements: 4.1-4.2, 4.1-2_
            - [ ] 3. Report
        "#]],
    );
}

#[test]
fn renaming_an_id_at_each_form_of_reference() {
    let spec = SPEC.replace("FR-002", "$0FR-002");
    let files = [("/w/specs/003-mail/spec.md", &*spec), ("/w/specs/003-mail/tasks.md", TASKS)];
    check_rename(
        &files,
        "FR-030",
        expect![[r#"
            FR-002
            -- specs/003-mail/spec.md
            # Feature: Mail

            ### User Story 1 - Send (Priority: P1)

            **Acceptance Scenarios**:

            1. **Given** a paid invoice, **When** Ada sends it, **Then** the customer gets a PDF

            ## Requirements

            - **FR-001**: The system MUST attach a PDF.
            - **FR-030**: The system MUST retry.
            - **SC-001**: 95% arrive
            -- specs/003-mail/tasks.md
            # Tasks: Mail

            ## Phase 3: User Story 1 - Send

            - [X] T014 [US1] Add the model for FR-001
            - [ ] T015 [P] [US1] Render the PDF
            - [ ] T031 Attach the PDF per FR-001, FR-030
        "#]],
    );
}

#[test]
fn criteria_without_written_numbers_are_not_renamed() {
    let story = "# Story 2.3: Export\n\n## Acceptance Criteria\n\n1. A file is written\n2. It has a header\n\n## Tasks\n\n- [ ] Task 1: Write (AC: $01, 2)\n";
    check_rename(
        &[("/w/docs/stories/2.3.export.md", story)],
        "9",
        expect![[r#"
            nothing
            cannot rename `AC1`: its number comes from its position in the list
        "#]],
    );
}

#[test]
fn renaming_inside_a_range_with_signs() {
    let story = "# Story 2.3: Export\n\n## Acceptance Criteria\n\n- AC1: a\n- AC2: b\n- AC$03: c\n- AC4: d\n\n## Tasks\n\n- [ ] Task 1: Write (AC: #1-#4)\n";
    check_rename(
        &[("/w/docs/stories/2.3.export.md", story)],
        "AC9",
        expect![[r#"
        AC3
        -- docs/stories/2.3.export.md
        # Story 2.3: Export

        ## Acceptance Criteria

        - AC1: a
        - AC2: b
        - AC9: c
        - AC4: d

        ## Tasks

        - [ ] Task 1: Write (AC: #1, #2, #4, #9)
    "#]],
    );
}

#[test]
fn renaming_a_name_with_markup() {
    check_rename(
        &[
            (
                "/w/openspec/changes/a/specs/io/spec.md",
                "## MODIFIED Requirements\n\n### Requirement: Read $0`max_size` in read_all\n\n#### Scenario: One\n",
            ),
            (
                "/w/openspec/specs/io/spec.md",
                "## Requirements\n\n### Requirement: Read `max_size` in read_all\n",
            ),
            (
                "/w/openspec/changes/b/specs/io/spec.md",
                "## RENAMED Requirements\n\n- FROM: `### Requirement: Read `max_size` in read_all`\n- TO: `### Requirement: Read`\n",
            ),
        ],
        "Read `min_size`",
        expect![[r#"
            Read `max_size` in read_all
            -- openspec/changes/a/specs/io/spec.md
            ## MODIFIED Requirements

            ### Requirement: Read `min_size`

            #### Scenario: One
            -- openspec/changes/b/specs/io/spec.md
            ## RENAMED Requirements

            - FROM: `### Requirement: Read `min_size``
            - TO: `### Requirement: Read`
            -- openspec/specs/io/spec.md
            ## Requirements

            ### Requirement: Read `min_size`
        "#]],
    );
}

#[test]
fn renaming_inside_a_range_splits_it() {
    let spec = "# Feature: x\n\n- **FR-001**: a\n- **FR-$0002**: b\n- **FR-003**: c\n- **FR-004**: d\n";
    let tasks = "# Tasks\n\n- [ ] T001 Build FR-001-FR-004\n- [ ] T002 Test FR-002b and FR-0021\n";
    let files = [("/w/specs/1-x/spec.md", spec), ("/w/specs/1-x/tasks.md", tasks)];
    check_rename(
        &files,
        "FR-009",
        expect![[r#"
            FR-002
            -- specs/1-x/spec.md
            # Feature: x

            - **FR-001**: a
            - **FR-009**: b
            - **FR-003**: c
            - **FR-004**: d
            -- specs/1-x/tasks.md
            # Tasks

            - [ ] T001 Build FR-001, FR-003, FR-004, FR-009
            - [ ] T002 Test FR-009b and FR-0021
        "#]],
    );
}

const OTHER_TASKS: &str = "\
# Tasks: Print

- [ ] T001 Print FR-001 like 003-mail/FR-001 and specs/003-mail/spec.md#FR-002
- [ ] T002 As in spec 003 FR-001, FR-002
- [ ] T003 As in 005-other/FR-001
";

#[test]
fn renaming_changes_references_with_the_name_of_the_set() {
    let spec = SPEC.replace("FR-001", "$0FR-001");
    let print = "# Feature: Print\n\n- **FR-001**: It MUST print.\n- **FR-002**: It MUST fold.\n";
    let expected = expect![[r#"
        FR-001
        -- specs/003-mail/spec.md
        # Feature: Mail

        ### User Story 1 - Send (Priority: P1)

        **Acceptance Scenarios**:

        1. **Given** a paid invoice, **When** Ada sends it, **Then** the customer gets a PDF

        ## Requirements

        - **FR-030**: The system MUST attach a PDF.
        - **FR-002**: The system MUST retry.
        - **SC-001**: 95% arrive
        -- specs/004-print/tasks.md
        # Tasks: Print

        - [ ] T001 Print FR-001 like 003-mail/FR-030 and specs/003-mail/spec.md#FR-002
        - [ ] T002 As in spec 003 FR-030, FR-002
        - [ ] T003 As in 005-other/FR-001
    "#]];
    let files = [
        ("/w/specs/003-mail/spec.md", &*spec),
        ("/w/specs/004-print/spec.md", print),
        ("/w/specs/004-print/tasks.md", OTHER_TASKS),
        ("/w/specs/005-other/spec.md", print),
    ];
    check_rename(&files, "FR-030", expected);
    // A rename at such a reference changes the other set, and not the own one.
    let tasks = OTHER_TASKS.replace("003-mail/FR-001", "003-mail/$0FR-001");
    let files = [
        ("/w/specs/003-mail/spec.md", SPEC),
        ("/w/specs/004-print/spec.md", print),
        ("/w/specs/004-print/tasks.md", &*tasks),
    ];
    let changed = with(&files, |file, workspace, offset| {
        let changes = rename::rename(file, workspace, offset, "FR-030").unwrap();
        changed(&files, file, workspace.index, changes)
    });
    assert!(changed.contains("Print FR-001 like 003-mail/FR-030"), "{changed}");
    assert!(changed.contains("- **FR-030**: The system MUST attach a PDF."), "{changed}");
    assert!(!changed.contains("004-print/spec.md"), "{changed}");
}

/// A reference in a task of Kiro.
#[derive(Clone, Debug)]
enum KiroReference {
    Requirement(u8),
    Criterion(u8, u8),
    Range(u8, u8),
    CriterionRange(u8, u8, u8),
}

impl KiroReference {
    fn text(&self) -> String {
        match self {
            Self::Requirement(number) => format!("{number}"),
            Self::Criterion(number, criterion) => format!("{number}.{criterion}"),
            Self::Range(first, last) => format!("{first}-{last}"),
            Self::CriterionRange(number, first, last) => format!("{number}.{first}-{number}.{last}"),
        }
    }
}

fn kiro_reference() -> impl Strategy<Value = KiroReference> {
    let number = 1..6u8;
    prop_oneof![
        number.clone().prop_map(KiroReference::Requirement),
        (number.clone(), 1..4u8).prop_map(|(number, criterion)| KiroReference::Criterion(number, criterion)),
        (1..4u8, 1..3u8).prop_map(|(first, length)| KiroReference::Range(first, first + length)),
        (number, 1..2u8, 1..3u8).prop_map(|(number, first, length)| {
            KiroReference::CriterionRange(number, first, first + length)
        }),
    ]
}

/// Returns the keys that each line of a task list names.
fn keys_by_line(tasks: &str) -> BTreeMap<u32, BTreeSet<String>> {
    let file = File::new(KIRO_FILES[1], Document::new(tasks));
    let mut keys: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for reference in &file.family_facts().unwrap().references {
        keys.entry(reference.line).or_default().extend(reference.keys.iter().map(|key| key.to_string()));
    }
    keys
}

proptest! {
    #[test]
    fn a_renamed_requirement_moves_with_its_criteria(
        lines in prop::collection::vec(prop::collection::vec(kiro_reference(), 1..4), 1..6),
        old in 1..6u8,
        new in 6..12u8,
    ) {
        let mut requirements = String::from("# Requirements\n");
        for number in 1..6 {
            let cursor = if number == old { "$0" } else { "" };
            requirements.push_str(&format!(
                "\n### Requirement {cursor}{number}: R{number}\n\n#### Acceptance Criteria\n\n1. WHEN a THEN b\n2. WHEN c THEN d\n3. WHEN e THEN f\n"
            ));
        }
        let mut tasks = String::from("# Plan\n\n");
        for (number, references) in lines.iter().enumerate() {
            let references: Vec<String> = references.iter().map(KiroReference::text).collect();
            tasks.push_str(&format!("- [ ] {}. Task\n  - _Requirements: {}_\n", number + 1, references.join(", ")));
        }
        let files = [(KIRO_FILES[0], &*requirements), (KIRO_FILES[1], &*tasks)];
        let shown = with(&files, |file, workspace, offset| {
            let changes = rename::rename(file, workspace, offset, &new.to_string()).unwrap();
            changed(&files, file, workspace.index, changes)
        });
        let renamed = shown.split_once("-- .kiro/specs/export/tasks.md\n").map_or(&*tasks, |(_, tasks)| tasks);
        let moved = |key: &String| {
            let (number, rest) = key.split_at(key.find('.').unwrap_or(key.len()));
            if *number == old.to_string() { format!("{new}{rest}") } else { key.clone() }
        };
        let expected: BTreeMap<u32, BTreeSet<String>> = keys_by_line(&tasks)
            .into_iter()
            .map(|(line, keys)| (line, keys.iter().map(moved).collect()))
            .collect();
        prop_assert_eq!(keys_by_line(renamed), expected, "{}\n{}", tasks, renamed);
        let heading = format!("### Requirement {new}: R{old}");
        prop_assert!(shown.contains(&heading), "{}", shown);
    }
}

#[test]
fn renaming_a_name_changes_deltas_and_the_shared_specification() {
    let shared =
        "# csv\n\n### Requirement: CSV $0export\n\nIt SHALL work.\n\n#### Scenario: Empty list\n\n- a\n";
    let delta = "## MODIFIED Requirements\n\n### Requirement: CSV export\n\nIt SHALL be fast.\n\n#### Scenario: Empty list\n\n- b\n";
    let renamed =
        "## RENAMED Requirements\n\n- FROM: `### Requirement: CSV export`\n- TO: `### Requirement: List`\n";
    let other = "## MODIFIED Requirements\n\n### Requirement: CSV export\n\nOf another part.\n";
    let files = [
        ("/w/openspec/specs/csv/spec.md", shared),
        ("/w/openspec/changes/one/specs/csv/spec.md", delta),
        ("/w/openspec/changes/two/specs/csv/spec.md", renamed),
        ("/w/openspec/changes/two/specs/xml/spec.md", other),
        ("/w/openspec/changes/archive/2026-01-01-old/specs/csv/spec.md", delta),
        ("/w/openspec/changes/one/proposal.md", "## Why\n\nx\n"),
        ("/w/openspec/changes/two/proposal.md", "## Why\n\nx\n"),
    ];
    check_rename(
        &files,
        "Table export",
        expect![[r#"
            CSV export
            -- openspec/specs/csv/spec.md
            # csv

            ### Requirement: Table export

            It SHALL work.

            #### Scenario: Empty list

            - a
            -- openspec/changes/one/specs/csv/spec.md
            ## MODIFIED Requirements

            ### Requirement: Table export

            It SHALL be fast.

            #### Scenario: Empty list

            - b
            -- openspec/changes/two/specs/csv/spec.md
            ## RENAMED Requirements

            - FROM: `### Requirement: Table export`
            - TO: `### Requirement: List`
        "#]],
    );
}

#[test]
fn adding_a_task_for_a_requirement() {
    let files = [(KIRO_FILES[0], KIRO), (KIRO_FILES[1], KIRO_TASKS)];
    check_action(
        &files,
        "Add task",
        expect![[r#"
            Add task for requirement 2
            -- .kiro/specs/export/tasks.md
            # Tasks

            - [x] 1. Import
              - [x] 1.1 Read the file
                - _Requirements: 1.1_
            - [ ] 2. Export
              - [x] 2.1 Write the rows
                - Quote text
                - _Requirements: 2.1, 1-3_
              - [ ]* 2.2 Test
                - _Requirements: 2.1-2.2, 2.1-2_
              - [ ] 2.3 Export
                - _Requirements: 2_
            - [ ] 3. Report
        "#]],
    );
}

#[test]
fn adding_a_reference_to_the_front_matter_of_a_plan() {
    let requirements =
        "# Requirements\n\n- [ ] **EXP-01**: Ada exports a file\n- [ ] **EXP-02**: $0Fields are quoted\n";
    let files = [
        ("/w/.planning/REQUIREMENTS.md", requirements),
        (
            "/w/.planning/phases/02-export/02-01-PLAN.md",
            "---\nphase: 02\nrequirements: [EXP-01]\n---\n\n# Write the file\n",
        ),
        (
            "/w/.planning/phases/02-export/02-02-PLAN.md",
            "---\nphase: 02\nrequirements:\n  - EXP-01\n---\n\n# Quoted fields\n",
        ),
    ];
    check_action(
        &files,
        "Add reference",
        expect![[r#"
            Add reference to EXP-02 in 02-02
            -- .planning/phases/02-export/02-02-PLAN.md
            ---
            phase: 02
            requirements:
              - EXP-01
              - EXP-02
            ---

            # Quoted fields
        "#]],
    );
}

#[test]
fn adding_a_reference_to_a_task() {
    let spec = SPEC.replace("FR-002", "$0FR-002");
    let tasks = TASKS.replace("–FR-002", "") + "- [ ] T032 Retry later\n";
    let files = [("/w/specs/003-mail/spec.md", &*spec), ("/w/specs/003-mail/tasks.md", &*tasks)];
    check_action(
        &files,
        "Add reference",
        expect![[r#"
            Add reference to FR-002 in T032
            -- specs/003-mail/tasks.md
            # Tasks: Mail

            ## Phase 3: User Story 1 - Send

            - [X] T014 [US1] Add the model for FR-001
            - [ ] T015 [P] [US1] Render the PDF
            - [ ] T031 Attach the PDF per FR-001
            - [ ] T032 Retry later (FR-002)
        "#]],
    );
}

#[test]
fn outline_with_coverage() {
    let spec = SPEC.replace("FR-002", "$0FR-002");
    let files = [("/w/specs/003-mail/spec.md", &*spec), ("/w/specs/003-mail/tasks.md", TASKS)];
    let shown = with(&files, |file, workspace, _| {
        let lines = outline(file, workspace).unwrap().into_iter().map(|symbol| {
            let detail = symbol.detail.map(|detail| format!(" ({detail})")).unwrap_or_default();
            format!("{}{}{detail}\n", "  ".repeat(symbol.depth), symbol.name)
        });
        lines.collect::<String>()
    });
    expect![[r#"
            Feature: Mail
              User Story 1 - Send (Priority: P1) (1 of 3 tasks done)
                US1/AC1 Given a paid invoice, When Ada sends it, Then the customer gets a PDF
              Requirements
                FR-001 The system MUST attach a PDF. (1 of 2 tasks done)
                FR-002 The system MUST retry. (0 of 1 task done)
                SC-001 95% arrive
        "#]]
    .assert_eq(&shown);
}
