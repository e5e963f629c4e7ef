//! Tests of reading requirements and references, one document per form.

use std::fmt::Write;

use expect_test::{Expect, expect};
use plan_model::Plan;
use plan_syntax::Document;

use super::*;

/// The built-in families, in each of which another one is replaced by a custom family with a copy of its profile.
static FAMILIES_WITH_COPY: LazyLock<Vec<Families>> = LazyLock::new(|| {
    BUILT_IN_PROFILES.iter().map(|(name, text)| Families::with(Family::read(text, name).0)).collect()
});

/// Returns the place of a document. A custom family with a copy of a built-in profile makes no difference.
fn place(path: &str) -> Option<DocumentPlace> {
    let place = Families::built_in().place(path);
    for families in FAMILIES_WITH_COPY.iter() {
        assert_eq!(families.place(path), place, "{path}");
    }
    place
}

/// Returns the facts of a document. A custom family with a copy of a built-in profile makes no difference.
fn facts(path: &str, text: &str) -> Option<FamilyFacts> {
    let place = place(path)?;
    let plan = Plan::new(&Document::new(text));
    let facts = FamilyFacts::read(&plan, &Families::built_in(), &place);
    for families in FAMILIES_WITH_COPY.iter() {
        assert_eq!(FamilyFacts::read(&plan, families, &place), facts, "{path}");
    }
    facts
}

fn check(path: &str, text: &str, expect: Expect) {
    let facts = facts(path, text).unwrap();
    let family = Arc::clone(&Families::built_in().all()[facts.family]);
    let mut out = format!("{} {}\n", family.name, facts.role.name());
    for requirement in &facts.requirements {
        let span = requirement.span.start as usize..requirement.span.end as usize;
        let _ = write!(
            out,
            "{}{} {:?} at {:?}",
            if requirement.parent.is_some() { "  " } else { "" },
            requirement.id,
            requirement.title,
            &text[span]
        );
        for (name, value) in [("text", Some(&requirement.text)), ("priority", requirement.priority.as_ref())]
        {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                let _ = write!(out, " {name} {value:?}");
            }
        }
        out.push_str(if requirement.exempt { " exempt\n" } else { "\n" });
    }
    for reference in &facts.references {
        let span = reference.span.start as usize..reference.span.end as usize;
        let tasks: Vec<String> = reference
            .tasks
            .iter()
            .map(|task| &facts.tasks[*task as usize])
            .map(|task| format!("{} {:?}", task.id.as_deref().unwrap_or("-"), task.state))
            .collect();
        let keys = if reference.all { "all".to_owned() } else { reference.keys.join(" ") };
        let weak = if !reference.is_certain() { " weak" } else { "" };
        let _ = writeln!(out, "{:?} -> {keys}{weak} of {}", &text[span], tasks.join(", "));
    }
    expect.assert_eq(&out);
}

#[test]
fn built_in_profiles_are_valid() {
    for (name, text) in BUILT_IN_PROFILES {
        let (family, problems) = Family::read(text, name);
        assert_eq!(problems, [], "{name}");
        assert_eq!(family.unwrap().name, name);
    }
}

#[test]
fn places() {
    let described = |path: &str| {
        place(path).map_or("-".to_owned(), |place| {
            format!(
                "{} {} {}{}",
                Families::built_in().all()[place.family].name,
                place.role.name(),
                place.set.unwrap_or_default(),
                if place.archived { " archived" } else { "" }
            )
        })
    };
    assert_eq!(described("/w/specs/001-mail/spec.md"), "spec-kit requirements /w/specs/001-mail");
    assert_eq!(described("/w/app/docs/specs/001-mail/tasks.md"), "spec-kit tasks /w/app/docs/specs/001-mail");
    assert_eq!(described("/w/.kiro/specs/Export/requirements.md"), "kiro requirements /w/.kiro/specs/Export");
    assert_eq!(
        described("/w/openspec/changes/add-x/specs/auth/spec.md"),
        "openspec requirements /w/openspec/changes/add-x"
    );
    assert_eq!(
        described("/w/openspec/changes/archive/2026-01-01-x/tasks.md"),
        "openspec tasks /w/openspec/changes/archive/2026-01-01-x archived"
    );
    assert_eq!(described("/w/openspec/specs/auth/spec.md"), "openspec requirements ");
    assert_eq!(described("/w/codev/plans/0012-move.md"), "codev plan /w/#12");
    assert_eq!(described("/w/codev/reviews/12-move.md"), "codev review /w/#12");
    assert_eq!(described("/w/codev/specs/0012_move_files.md"), "codev requirements /w/#12");
    assert_eq!(
        described("/w/.planning/phases/02-export/02-01-PLAN.md"),
        "gsd plan /w/.planning/phases/02-export"
    );
    assert_eq!(
        described("/w/docs/superpowers/specs/2026-01-01-mail-design.md"),
        "superpowers design /w/#mail"
    );
    assert_eq!(described("/w/docs/superpowers/plans/2026-01-02-mail.md"), "superpowers plan /w/#mail");
    assert_eq!(described("/w/.specify/templates/spec-template.md"), "spec-kit template ");
    assert_eq!(described("/w/src/main.md"), "-");
    // A folder above the project can have the name of a tool.
    for (project, path) in [
        ("kiro-demo", ".kiro/specs/a/tasks.md"),
        ("speckit-demo", "specs/a/tasks.md"),
        ("openspec-demo", "openspec/changes/a/tasks.md"),
        ("bmad-demo", "docs/stories/1.1.a.md"),
    ] {
        assert!(described(&format!("/w/{project}/{path}")).contains(" tasks "), "{project}");
        let prompt = format!("/w/.claude/skills/{}/SKILL.md", project);
        assert!(described(&prompt).contains(" ignored "), "{prompt}");
    }
}

#[test]
fn spec_kit_requirements() {
    let text = "\
# Feature: Mail

### User Story 1 - Send an invoice (Priority: P1)

The user sends it.

**Acceptance Scenarios**:

1. **Given** a paid invoice, **When** Ada sends it,
   **Then** the customer gets a PDF
2. **Given** none, **When** Ada sends it, **Then** nothing

### User Story 2 — Archive (deferred)

## Requirements

- **FR-001**: The system MUST attach a PDF.
- **FR-002a**：重试
- FR-003 MUST log
- ~~**FR-004**: gone~~
- **NFR-1.2**: fast
- **SC-001**: 95% arrive
";
    check(
        "/w/specs/001-mail/spec.md",
        text,
        expect![[r#"
            spec-kit requirements
            US1 "Send an invoice" at "1" text "The user sends it." priority "P1"
              US1/AC1 "Given a paid invoice, When Ada sends it, Then the customer gets a PDF" at "Given** a paid invoice, **When** Ada sends it,"
              US1/AC2 "Given none, When Ada sends it, Then nothing" at "Given** none, **When** Ada sends it, **Then** nothing"
            US2 "Archive (deferred)" at "2" exempt
            FR-001 "The system MUST attach a PDF." at "FR-001"
            FR-002a "重试" at "FR-002a"
            FR-003 "MUST log" at "FR-003"
            FR-004 "gone" at "FR-004" exempt
            NFR-1.2 "fast" at "NFR-1.2"
            SC-001 "95% arrive" at "SC-001"
        "#]],
    );
}

#[test]
fn spec_kit_references() {
    let text = "\
# Tasks

## Phase 3: User Story 1 - Send (Priority: P1)

- [X] T014 [US1] Add the model
- [ ] T015 [P] [US1+US2] Render the PDF (FR-002, FR-004–FR-006)
- [ ] T016 [US1] [US2] Write tests for FR-003b and 016-search/FR-001

## Notes

FR-009 is in prose. [US1] label maps tasks
";
    check(
        "/w/specs/001-mail/tasks.md",
        text,
        expect![[r#"
        spec-kit tasks
        "1" -> us1 of T014 Done, T015 Open, T016 Open
        "US1" -> us1 of T014 Done
        "US1" -> us1 of T015 Open
        "US2" -> us2 of T015 Open
        "FR-002" -> fr-2 of T015 Open
        "FR-004–FR-006" -> fr-4 fr-5 fr-6 of T015 Open
        "US1" -> us1 of T016 Open
        "US2" -> us2 of T016 Open
        "FR-003b" -> fr-3b of T016 Open
        "FR-009" -> fr-9 weak of 
    "#]],
    );
}

#[test]
fn kiro_requirements() {
    let text = "\
# Requirements

## Introduction

1. Not a criterion

### Requirement 1: Export

**User Story:** As a bookkeeper, I want a file

1. A note

#### Acceptance Criteria

1. WHEN Ada presses Export THEN the system SHALL write a file
2. IF the list is empty
   THEN the system SHALL say so
   1. nested

### 需求 2：导出

#### 验收标准

1. 系统应当写出文件

### 3. Import

**Acceptance Criteria:**

1. WHEN x THEN y

### Requirement 4

4.1 WHEN a THEN b
4.2 WHEN c THEN d

## Non-Functional Requirements
";
    check(
        "/w/.kiro/specs/export/requirements.md",
        text,
        expect![[r#"
        kiro requirements
        1 "Export" at "1" text "User Story: As a bookkeeper, I want a file"
          1.1 "WHEN Ada presses Export THEN the system SHALL write a file" at "WHEN Ada presses Export THEN the system SHALL write a file"
          1.2 "IF the list is empty THEN the system SHALL say so" at "IF the list is empty"
        2 "导出" at "2"
          2.1 "系统应当写出文件" at "系统应当写出文件"
        3 "Import" at "3"
          3.1 "WHEN x THEN y" at "WHEN x THEN y"
        4 "" at "4"
          4.1 "WHEN a THEN b" at "4.1"
          4.2 "WHEN c THEN d" at "4.2"
    "#]],
    );
    let bug = "\
# Bugfix

### Current Behavior (Defect)

1.1 WHEN a THEN b

### Expected Behavior (Correct)

2.1 WHEN a THEN c
2.2 WHEN d THEN e

### Unchanged Behavior (Regression Prevention)

**3.1** WHEN f THEN g
";
    check(
        "/w/.kiro/specs/export/bugfix.md",
        bug,
        expect![[r#"
            kiro requirements
            1.1 "WHEN a THEN b" at "1.1"
            2.1 "WHEN a THEN c" at "2.1"
            2.2 "WHEN d THEN e" at "2.2"
            3.1 "WHEN f THEN g" at "3.1"
        "#]],
    );
}

#[test]
fn kiro_references() {
    let text = "\
# Implementation Plan

- [x] 3. Export
  - [x] 3.1 (P) Write the rows
    - Quote text fields
    - _Requirements: 2.1, 2.3-2.5_
    - _Boundary: CsvWriter_
  - [ ]* 3.2 Property test
    - **Validates: Requirements 2.1, 3.1-4**
- [-] 4. Check everything
  - _Requirements: All_
- [ ] 5. Links _Requirements: [1.1](requirements.md#1.1), Requirement 2_
- [ ] 6. 导出
  - _需求：1.2、1.3_
  - Summary (Requirements 13.1-13.2) of version 1.2
";
    check(
        "/w/.kiro/specs/export/tasks.md",
        text,
        expect![[r#"
        kiro tasks
        "2.1" -> 2.1 of 3.1 Done
        "2.3-2.5" -> 2.3 2.4 2.5 of 3.1 Done
        "2.1" -> 2.1 of 3.2 Open
        "3.1-4" -> 3.1 3.2 3.3 3.4 of 3.2 Open
        "All" -> all of 4 Active
        "1.1" -> 1.1 of 5 Open
        "2" -> 2 of 5 Open
        "1.2" -> 1.2 of 6 Open
        "1.3" -> 1.3 of 6 Open
        "13.1-13.2" -> 13.1 13.2 weak of 6 Open
    "#]],
    );
}

#[test]
fn openspec_requirements() {
    let text = "\
## MODIFIED Requirements

### Requirement: CSV export
The system SHALL write one row per invoice.

#### Scenario: Empty list
- **WHEN** no invoice matches
- **THEN** the file has a header only
";
    check(
        "/w/openspec/changes/add-x/specs/export/spec.md",
        text,
        expect![[r#"
        openspec requirements
        CSV export "CSV export" at "CSV export" text "The system SHALL write one row per invoice."
          CSV export/Empty list "Empty list" at "Empty list"
    "#]],
    );
}

#[test]
fn gsd_requirements_and_references() {
    let text = "\
# Requirements

## v1 Requirements

- [x] **EXP-01**: CSV file
- [ ] **EXP-02**: PDF file

## v2 Requirements

- **MAIL-01**: Mail
";
    check(
        "/w/.planning/REQUIREMENTS.md",
        text,
        expect![[r#"
        gsd requirements
        EXP-01 "CSV file" at "EXP-01"
        EXP-02 "PDF file" at "EXP-02"
        MAIL-01 "Mail" at "MAIL-01" exempt
    "#]],
    );
    let plan = "---\nphase: 02-export\nrequirements: [EXP-01, EXP-02]\n---\n# Plan\n\n<task>x</task>\n";
    check(
        "/w/.planning/phases/02-export/02-01-PLAN.md",
        plan,
        expect![[r#"
            gsd plan
            "EXP-01" -> exp-1 of 02-01 Open
            "EXP-02" -> exp-2 of 02-01 Open
        "#]],
    );
}

#[test]
fn references_to_other_sets_in_brackets_and_links() {
    let tasks = "\
# Tasks

- [ ] T001 (spec 016 FR-001) Reuse the search
- [ ] T002 [FR-001](../016-find/spec.md#requirements) Reuse the search
- [ ] T003 [spec 016](../016-find/spec.md) FR-001 again
- [ ] T004 [FR-002](spec.md#requirements), [FR-003](./spec.md) here
- [ ] T005 [FR-004](../../docs/notes.md) and (spec 017 FR-005) here
- [ ] T006 Specify (2016 FR-006)
";
    let facts = facts("/w/specs/017-shelf/tasks.md", tasks).unwrap();
    let keys = |references: &[RequirementReference]| {
        let keys = references.iter().flat_map(|reference| reference.keys.iter().map(|key| key.to_string()));
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys(&facts.foreign), ["fr-1", "fr-1", "fr-1"]);
    assert_eq!(keys(&facts.references), ["fr-2", "fr-3", "fr-4", "fr-5", "fr-6"]);
}

#[test]
fn user_stories_of_kiro() {
    let text = "\
# Requirements Document

### Requirement 1: Door

#### User Story 7: Visitor

#### Acceptance Criteria

1. WHEN rung THE SYSTEM SHALL open

### User Story 2: Bell

#### Acceptance Criteria

1. WHEN rung THE SYSTEM SHALL ring

### User Story 1: Yard

As a gardener, I want a yard.

1. Dig
";
    check(
        "/w/.kiro/specs/doors/requirements.md",
        text,
        expect![[r#"
            kiro requirements
            1 "Door" at "1"
              1.1 "WHEN rung THE SYSTEM SHALL open" at "WHEN rung THE SYSTEM SHALL open"
            2 "Bell" at "2"
              2.1 "WHEN rung THE SYSTEM SHALL ring" at "WHEN rung THE SYSTEM SHALL ring"
        "#]],
    );
}

#[test]
fn requirements_of_gsd_in_tables() {
    let text = "\
# Requirements

## Export

| ID | Requirement | Priority |
|---|---|---|
| EXP-01 | CSV file | P1 |

- **R2.1** Quotes text
- **R2.10**: Writes a header

See R2.1 and R9.

## Traceability

| Requirement | Phase | Status |
|---|---|---|
| EXP-01 | Phase 2 | Pending |
| EXP-02 | Phase 3 | Pending |
";
    check(
        "/w/.planning/REQUIREMENTS.md",
        text,
        expect![[r#"
            gsd requirements
            EXP-01 "CSV file" at "EXP-01" priority "P1"
            R2.1 "Quotes text" at "R2.1"
            R2.10 "Writes a header" at "R2.10"
            "R2.1" -> r2.1 weak of 
            "EXP-01" -> exp-1 weak of 
            "EXP-02" -> exp-2 weak of 
        "#]],
    );
}

#[test]
fn criteria_within_a_story() {
    let text = "\
# Story 2.3: Export

Status: ready-for-dev

## Acceptance Criteria

1. A CSV file is written
2. **Quoting:** Text fields are quoted

## Tasks / Subtasks

- [x] Task 1: Write the rows (AC: 1)
- [ ] Task 2: Quote text (AC: #1, #2)
- [ ] Task 3: Test (AC: all)
- [ ] Task 4: Document (AC: 1-2)
";
    check(
        "/w/docs/stories/2.3.export.md",
        text,
        expect![[r#"
        bmad tasks
        AC1 "A CSV file is written" at "A CSV file is written"
        AC2 "Quoting: Text fields are quoted" at "Quoting:** Text fields are quoted"
        "1" -> ac1 of Task 1 Done
        "1" -> ac1 of Task 2 Open
        "2" -> ac2 of Task 2 Open
        "all" -> all of Task 3 Open
        "1-2" -> ac1 ac2 of Task 4 Open
    "#]],
    );
}

#[test]
fn tables_and_a_profile_of_a_team() {
    let profile = "\
name = \"wishes\"
set = { directory = [\"requests/*\"] }
roles = { requirements = [\"wishes.md\"], tasks = [\"todo.md\"] }
reference = [{ field = [\"Fulfills\"], to = [\"wish\"], ranges = true }]
[requirement]
wish = { heading = [\"{id} {sep} {title}\"], row = 2, id = \"W{n:2}\" }
";
    let (family, problems) = Family::read(profile, "wishes");
    assert_eq!(problems, []);
    let families = Families::with(family);
    let read = |path: &str, text: &str| {
        let place = families.place(path).unwrap();
        FamilyFacts::read(&Plan::new(&Document::new(text)), &families, &place).unwrap()
    };
    let text = "## W01 - Be fast\n\n| Priority | ID | Text |\n| --- | --- | --- |\n| P1 | W02 | Be small |\n";
    let wishes = read("/w/requests/a/wishes.md", text);
    let ids: Vec<_> =
        wishes.requirements.iter().map(|wish| (&*wish.id, &*wish.title, wish.priority.as_deref())).collect();
    assert_eq!(ids, [("W01", "Be fast", None), ("W02", "Be small", Some("P1"))]);
    let todo = read("/w/requests/a/todo.md", "- [ ] Measure\n  - Fulfills: W1-W2, w09\n");
    let keys: Vec<String> = todo.references.iter().map(|reference| reference.keys.join(" ")).collect();
    assert_eq!(keys, ["w1 w2", "w9"]);
}

#[test]
fn problems_name_the_place_and_the_remedy() {
    let text = "\
nmae = \"x\"
set = { directory = [\"/requests/*\"], requires = 3 }
archive-means = \"gone\"
[roles]
tasks = [\"todo.md\"]
taks = [\"x.md\"]
[requirement]
wish = { heading = [\"{what}\"], id = \"W\" }
goal = { heading = [\"{id} {title}\"], id = \"G{n}\", parent = \"gaol\" }
[[reference]]
to = [\"wihs\"]
";
    let (_, problems) = Family::read(text, "x");
    let shown: Vec<String> = problems
        .iter()
        .map(|problem| format!("{:?}: {}", &text[problem.range.clone()], problem.message))
        .collect();
    expect![[r#"
        "nmae": unknown key `nmae`; did you mean `name`?
        "{ directory = [\"/requests/*\"], requires = 3 }": family has no documents; add e.g. set = { directory = ["specs/*"] }
        "\"/requests/*\"": invalid glob `/requests/*`: expected a path relative to the project
        "3": invalid `requires`; expected a list of globs, e.g. ["specs/*"]
        "\"gone\"": unknown meaning `gone`; expected "done" or "removed"
        "taks": unknown role `taks`; did you mean `tasks`?
        "\"W\"": `W` gives all requirements the same ID; expected e.g. "REQ-{n:3}"
        "\"gaol\"": unknown kind `gaol`; did you mean `goal`?
        "\"wihs\"": unknown kind `wihs`"#]].assert_eq(&shown.join("\n"));
}

#[test]
fn headings_with_acceptance_criteria_are_criteria() {
    let text = "\
# Requirements

## 1. Overview

### 1.1 Problem

Text

## 2. Adoption

### 2.1 Detection

**Acceptance Criteria**:
- Detect it

### 2.2 Modes

**Acceptance Criteria**:
- Keep
";
    check(
        "/w/.kiro/specs/a/requirements.md",
        text,
        expect![[r#"
        kiro requirements
        2 "Adoption" at "2"
          2.1 "Detection" at "2.1"
          2.2 "Modes" at "2.2"
    "#]],
    );
}

#[test]
fn requirements_with_a_letter() {
    let requirements = "### 要件16: 自動\n\n#### 受入基準\n\n1. WHEN a THEN b\n\n### 要件16A: 防止\n\n#### 受入基準\n\n##### 状態\n\n1. WHEN c THEN d\n2. WHEN e THEN f\n";
    check(
        ".kiro/specs/a/requirements.md",
        requirements,
        expect![[r#"
            kiro requirements
            16 "自動" at "16"
              16.1 "WHEN a THEN b" at "WHEN a THEN b"
            16A "防止" at "16A"
              16A.1 "WHEN c THEN d" at "WHEN c THEN d"
              16A.2 "WHEN e THEN f" at "WHEN e THEN f"
        "#]],
    );
    let tasks = "- [x] 1. 実装\n  - _Requirements: 16.1, 16A.1, 16A_\n- [ ] 2. 確認\n  - _Requirements: 16（基盤）, 17（定義）_\n- [ ] 3. 試験\n  - _Requirements: 全要件のテスト_\n";
    check(
        ".kiro/specs/a/tasks.md",
        tasks,
        expect![[r#"
            kiro tasks
            "16.1" -> 16.1 of 1 Done
            "16A.1" -> 16a.1 of 1 Done
            "16A" -> 16a of 1 Done
            "16" -> 16 of 2 Open
            "17" -> 17 of 2 Open
            "全要件" -> all of 3 Open
        "#]],
    );
}

#[test]
fn stated_values() {
    let stated = |path: &str, text: &str| facts(path, text).unwrap().stated.unwrap();
    let plan = stated(
        ".planning/phases/02-a/02-02-PLAN.md",
        "---\nwave: 2\ndepends_on: [\"02-01\"]\nfiles_modified:\n  - a.rs\n  - b.rs\nmust_haves: \"open\n---\n",
    );
    assert_eq!(plan.wave, Some(2), "although another entry is invalid");
    assert_eq!(
        (&*plan.depends_on, &*plan.files),
        (&["02-01".into()][..], &["a.rs".into(), "b.rs".into()][..])
    );
    let state = |status: &str| {
        let text = format!("# Spec\n\n## Metadata\n- **Status**: {status}\n");
        stated("codev/specs/0012-a.md", &text).status.unwrap().state
    };
    assert_eq!(state("conceived"), Some(State::Open));
    assert_eq!(state("integrated (in 2.1)"), Some(State::Done));
    assert_eq!(state("whatever"), None);
    assert!(facts(".kiro/specs/a/tasks.md", "- [ ] 1. a\n").unwrap().stated.is_none());
}

#[test]
fn templates_of_a_project() {
    let list = |folder: &str| -> Vec<String> {
        let names: &[&str] = match folder {
            "codev/protocols" => &["maintain", "spir"],
            "codev/protocols/maintain/templates" => &["plan.md"],
            "codev/protocols/spir/templates" => &["plan.md", "spec.md"],
            ".specify/templates/overrides" => &["tasks-template.md"],
            ".specify/templates" => &["plan-template.md", "tasks-template.md", "agent-file-template.md"],
            _ => &[],
        };
        names.iter().map(|name| (*name).to_owned()).collect()
    };
    let found = |name: &str| {
        let families = Families::built_in();
        let family = families.all().iter().find(|family| family.name == name).unwrap();
        let found = family.templates(&list).into_iter();
        found.map(|(path, name)| format!("{name}={path}")).collect::<Vec<_>>()
    };
    assert_eq!(
        found("codev"),
        [
            "plan=codev/protocols/maintain/templates/plan.md",
            "spir-plan=codev/protocols/spir/templates/plan.md",
            "spec=codev/protocols/spir/templates/spec.md",
        ]
    );
    assert_eq!(
        found("spec-kit"),
        ["tasks=.specify/templates/overrides/tasks-template.md", "plan=.specify/templates/plan-template.md"]
    );
}

#[test]
fn sets_of_linked_documents() {
    let set = |header: &str| {
        let text = format!("# Export Implementation Plan\n\n{header}\n\n### Task 1: a\n");
        facts("/w/docs/superpowers/plans/2026-02-04-write-csv.md", &text).unwrap().set.unwrap().into_string()
    };
    assert_eq!(set("**Goal:** Export"), "/w/#write-csv");
    assert_eq!(set("**Spec:** `docs/superpowers/specs/2026-02-03-export-design.md`"), "/w/#export");
    assert_eq!(set("**Spec:** [design](../specs/2026-02-03-export-design.md)"), "/w/#export");
    assert_eq!(set("**Spec:** docs/other.md"), "/w/#write-csv");
}

#[test]
fn criteria_of_a_backlog_task() {
    check(
        "backlog/tasks/task-12 - Export.md",
        "---\nid: task-12\nstatus: To Do\n---\n\n## Acceptance Criteria\n<!-- AC:BEGIN -->\n- [x] #1 A file is written\n- [ ] #2 Text is quoted\n<!-- AC:END -->\n\n## Notes\n\n- [ ] #3 not a criterion\n",
        expect![[r##"
            backlog tasks
            #1 "A file is written" at "#1"
            #2 "Text is quoted" at "#2"
        "##]],
    );
}

#[test]
fn titles_of_stories_are_no_tasks_of_references() {
    let text = "# Story 31.2: Export\n\nStatus: review\n\n## Acceptance Criteria\n\n1. a\n2. b\n\n## Tasks\n\n- [x] Task 1: c (AC: 1)\n  - [x] 1.1: d\n\n| AC | Test |\n|---|---|\n| AC1 | e |\n";
    check(
        "_bmad-output/implementation-artifacts/31-2-export.md",
        text,
        expect![[r#"
            bmad tasks
            AC1 "a" at "a"
            AC2 "b" at "b"
            "1" -> ac1 of Task 1 Done
            "AC1" -> ac1 weak of 
        "#]],
    );
}

#[test]
fn traceability_tables() {
    let text = "# Tasks\n\n- [x] T001 a\n- [ ] T002 b\n\n## Coverage\n\n| Requirement | Tasks | Status |\n|---|---|---|\n| FR-001 | T001, T002 | Done |\n| FR-002 | manual | - |\n";
    check(
        "specs/001-a/tasks.md",
        text,
        expect![[r#"
            spec-kit tasks
            "FR-001" -> fr-1 of T001 Done, T002 Open
            "FR-002" -> fr-2 weak of 
        "#]],
    );
}

/// Cached facts of unchanged segments equal those of a newly read document.
#[test]
fn kept_facts_equal_new_ones() {
    let fragments = [
        "# Requirements\n",
        "### Requirement 1: Import\n",
        "#### Acceptance Criteria\n",
        "1. WHEN a file is read THEN it SHALL be checked\n",
        "\n",
        "### Requirement 2: Export\n\n**Acceptance Criteria**\n\n1. It SHALL work\n2. It SHALL be fast\n",
        "### User Story 2 - Send (Priority: P1)\n\n1. **Given** a letter\n",
        "- **FR-001**: The system MUST send\n- **FR-002**: It MUST retry\n",
        "## Deferred\n",
        "- [ ] T001 [US2] Send for FR-001-FR-003\n",
        "- [x] 2. Export\n  - _Requirements: 2.1, 1.1_\n",
        "## Phase 1: User Story 2\n",
        "text\n",
        "Under\n=====\n",
    ];
    let families = Families::built_in();
    for name in
        [".kiro/specs/x/requirements.md", ".kiro/specs/x/tasks.md", "specs/x/spec.md", "specs/x/tasks.md"]
    {
        let place = families.place(&format!("/w/{name}")).unwrap();
        let mut document = Document::new(&fragments.concat());
        let mut found = 0;
        for step in 0..150 {
            let text = document.text();
            let starts: Vec<usize> =
                std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
            let line = step * 13 % starts.len();
            let end = starts.get(line + 1).copied().unwrap_or(text.len());
            let (end, new) = match step % 3 {
                0 => (end, ""),
                _ => (starts[line], fragments[step * 5 % fragments.len()]),
            };
            document.edit(starts[line]..end, new);
            let kept = FamilyFacts::read(&Plan::new(&document), &families, &place).unwrap();
            let new = Plan::new(&Document::new(&document.text()));
            let new = FamilyFacts::read(&new, &families, &place).unwrap();
            assert_eq!(kept, new, "{name} step {step}\n{}", document.text());
            found += kept.requirements.len() + kept.references.len();
        }
        assert!(found > 100, "{name}: {found}");
    }
}

#[test]
fn prefixes_that_a_specification_defines() {
    let text = "\
# Feature

**BUG-001**: Spaces are lost
- Symptom: none

**BUG-002**: Focus is lost

### FEAT-01: History

### FEAT-02: Search

- **UI-001**：寬度
- **UI-042**：快捷鍵
- UX-001: not bold
- UX-002: not bold
- **LOG-1**: only one
- **UTF-8**: an encoding
- **UTF-16**: another one

**NFR-001**: Latency
- 2 seconds
";
    check(
        "specs/001-a/spec.md",
        text,
        expect![[r#"
            spec-kit requirements
            BUG-001 "Spaces are lost" at "BUG-001"
            BUG-002 "Focus is lost" at "BUG-002"
            FEAT-01 "History" at "FEAT-01"
            FEAT-02 "Search" at "FEAT-02"
            UI-001 "寬度" at "UI-001"
            UI-042 "快捷鍵" at "UI-042"
            NFR-001 "Latency" at "NFR-001"
        "#]],
    );
    let tasks = "\
# Tasks

### BUG-001: Spaces

- [x] T001 Take a picture
- [ ] T002 [BUG-002] Fix the focus in UTF-8 files for FR-003
";
    check(
        "specs/001-a/tasks.md",
        tasks,
        expect![[r#"
            spec-kit tasks
            "BUG-001" -> bug-1 weak of T001 Done, T002 Open
            "BUG-002" -> bug-2 weak of T002 Open
            "UTF-8" -> utf-8 weak of T002 Open
            "FR-003" -> fr-3 of T002 Open
        "#]],
    );
}

#[test]
fn fields_and_headings_of_sections() {
    let text = "\
# Tasks

**Requirements**: FR-001-FR-009 of spec.md

## Phase 3: Story (FR-001, 016-search/FR-002)

- [x] T001 a

## Phase 4: 列表

**需求對應**：FR-016, FR-018~019

- [ ] T002 b
- [ ] T003 c
  - **Requirements**: FR-020

## Phase 5: e

**Requirements Covered**: FR-030

- [ ] T004 d
";
    check(
        "specs/001-a/tasks.md",
        text,
        expect![[r#"
            spec-kit tasks
            "FR-001-FR-009" -> fr-1 fr-2 fr-3 fr-4 fr-5 fr-6 fr-7 fr-8 fr-9 weak of 
            "FR-001" -> fr-1 of T001 Done
            "FR-016" -> fr-16 of T002 Open, T003 Open
            "FR-018~019" -> fr-18 fr-19 of T002 Open, T003 Open
            "FR-020" -> fr-20 of T003 Open
            "FR-030" -> fr-30 of T004 Open
        "#]],
    );
}

#[test]
fn scenarios_in_other_languages() {
    let text = "\
### 使用者故事 1 - 文章（優先級：P1）

1. **當** 作者儲存文章，**則** 系統應保存內容
2. **假如** 作者離開，**當** 作者回來，**那麼** 內容仍在
3. 当前的规则
- When the list is empty, then a hint is shown
- When in doubt, ask
";
    check(
        "specs/001-a/spec.md",
        text,
        expect![[r#"
            spec-kit requirements
            US1 "文章" at "1" priority "P1"
              US1/AC1 "當 作者儲存文章，則 系統應保存內容" at "當** 作者儲存文章，**則** 系統應保存內容"
              US1/AC2 "假如 作者離開，當 作者回來，那麼 內容仍在" at "假如** 作者離開，**當** 作者回來，**那麼** 內容仍在"
        "#]],
    );
}

#[test]
fn further_forms_of_references() {
    let story = "# Story 1.2: A\n\n## Acceptance Criteria\n\n1. a\n2. b\n\n## Tasks\n\n- [x] c (All ACs)\n- [ ] d (1, 2 ACs)\n- [ ] e (2 files)\n";
    check(
        "docs/stories/1.2.a.md",
        story,
        expect![[r#"
            bmad tasks
            AC1 "a" at "a"
            AC2 "b" at "b"
            "All" -> all of - Done
            "1" -> ac1 of - Open
            "2" -> ac2 of - Open
        "#]],
    );
    let tasks = "- [ ] 1. a\n  - **验证需求：6.3**\n  - **検証要件: 1.2**\n  - **요구사항 검증: 2.1**\n";
    check(
        ".kiro/specs/a/tasks.md",
        tasks,
        expect![[r#"
            kiro tasks
            "6.3" -> 6.3 of 1 Open
            "1.2" -> 1.2 of 1 Open
            "2.1" -> 2.1 of 1 Open
        "#]],
    );
    check(
        ".planning/phases/01-a/01-02-PLAN.md",
        "---\nwave: 1\nrequirements_addressed: [\"CLN-01\", \"CLN-02\"]\n---\n\n# Cleanup\n",
        expect![[r#"
            gsd plan
            "CLN-01" -> cln-1 of 01-02 Open
            "CLN-02" -> cln-2 of 01-02 Open
        "#]],
    );
    check(
        ".planning/REQUIREMENTS.md",
        "# Requirements\n\n## REQ-001: Read a file\n**Source:** T1\nFrom standard input.\n\n## REQ-002: --all option\n\n## Out of Scope\n\n### REQ-003: Network\n",
        expect![[r#"
            gsd requirements
            REQ-001 "Read a file" at "REQ-001" text "Source: T1 From standard input."
            REQ-002 "--all option" at "REQ-002"
            REQ-003 "Network" at "REQ-003" exempt
        "#]],
    );
}

#[test]
fn ids_are_written_as_in_the_document() {
    let text = "- [ ] T001 FR-004–FR-011\n- [ ] T002 fr-3\n";
    let facts = facts("specs/001-a/tasks.md", text).unwrap();
    assert_eq!(facts.references[0].written_id("fr-11"), "FR-011");
    assert_eq!(facts.references[1].written_id("fr-3"), "fr-3");
}

#[test]
fn documents_belong_only_to_selected_families() {
    let path = "/w/specs/001-mail/tasks.md";
    let selected = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let families = Families::built_in().limited_to(Some(names));
        families.place(path).map(|place| families.all()[place.family].name.clone())
    };
    assert_eq!(selected(&["kiro", "spec-kit"]).as_deref(), Some("spec-kit"));
    assert_eq!(selected(&["req-docs"]).as_deref(), Some("req-docs"));
    assert_eq!(selected(&[]), None);
}

#[test]
fn lists_on_several_lines_and_short_ids() {
    check(
        "/w/.kiro/specs/x/tasks.md",
        "- [ ] 1. Send\n  - _Requirements: 1.3,\n    2.1, 2.2_\n- [ ] 2. Rest\n  - Requirements: 1.1,\n  - text 3.1\n",
        expect![[r#"
            kiro tasks
            "1.3" -> 1.3 of 1 Open
            "2.1" -> 2.1 of 1 Open
            "2.2" -> 2.2 of 1 Open
            "1.1" -> 1.1 of 2 Open
        "#]],
    );
    check(
        "/w/docs/stories/1.1.send.md",
        "## Acceptance Criteria\n\n1. A\n2. B\n3. C\n\n## Tasks\n\n- [ ] Send (AC: 1,\n  2)\n- [ ] Rest (AC: #1-#3)\n",
        expect![[r#"
            bmad tasks
            AC1 "A" at "A"
            AC2 "B" at "B"
            AC3 "C" at "C"
            "1" -> ac1 of - Open
            "2" -> ac2 of - Open
            "1-#3" -> ac1 ac2 ac3 of - Open
        "#]],
    );
    check(
        "/w/specs/001-mail/tasks.md",
        "- [ ] T001 Send FR-001, 002, 003\n- [ ] T002 Rest FR-004/005\n- [ ] T003 Count FR-006, 100 letters\n- [ ] T004 More FR-007, 08.5\n",
        expect![[r#"
            spec-kit tasks
            "FR-001" -> fr-1 of T001 Open
            "002" -> fr-2 of T001 Open
            "003" -> fr-3 of T001 Open
            "FR-004" -> fr-4 of T002 Open
            "005" -> fr-5 of T002 Open
            "FR-006" -> fr-6 of T003 Open
            "FR-007" -> fr-7 of T004 Open
        "#]],
    );
    check(
        "/w/.kiro/specs/x/bugfix.md",
        "# Bugfix\n\n### Current Behavior (Defect)\n\n1.1 WHEN a letter is sent THEN it crashes\n\n### Expected Behavior (Correct)\n\n2.1 WHEN a letter is sent THEN it arrives\n",
        expect![[r#"
            kiro requirements
            1.1 "WHEN a letter is sent THEN it crashes" at "1.1"
            2.1 "WHEN a letter is sent THEN it arrives" at "2.1"
        "#]],
    );
}

#[test]
fn priorities_tables_and_brackets() {
    check(
        "/w/specs/001-shelf/spec.md",
        "# Feature Specification: Shelf\n\n### User Story 1 [P1]\n\n1. **Given** a, **When** b, **Then** c\n\n\
         ### User Story 2 (P2) - Return\n\n1. **Given** a, **When** b, **Then** c\n\n## Requirements\n\n\
         - **[FR-001]** The desk MUST scan\n- [FR-002] The desk MUST print\n\n#### FR-003 Late books\n\n\
         The desk MUST warn.\n\n| ID | Requirement | Priority |\n|---|---|---|\n| FR-004 | The desk MUST count | P1 |\n",
        expect![[r#"
            spec-kit requirements
            US1 "" at "1" priority "P1"
              US1/AC1 "Given a, When b, Then c" at "Given** a, **When** b, **Then** c"
            US2 "Return" at "2" priority "P2"
              US2/AC1 "Given a, When b, Then c" at "Given** a, **When** b, **Then** c"
            FR-001 "The desk MUST scan" at "FR-001"
            FR-002 "The desk MUST print" at "FR-002"
            FR-003 "Late books" at "FR-003" text "The desk MUST warn."
            FR-004 "The desk MUST count" at "FR-004" priority "P1"
        "#]],
    );
    check(
        "/w/.kiro/specs/doors/requirements.md",
        "# Requirements Document\n\n### Requirement 1 (P1)\n\n#### Acceptance Criteria\n\n#### 1.1 Open\n\n\
         WHEN a person is near THEN the doors SHALL open\n\n#### 1.2 Close\n\nText\n\n### Requirement 2: Light\n\n\
         #### Acceptance Criteria\n\n- WHEN it is dark THE SYSTEM SHALL light the door\n- The lamp SHALL be white\n- Note\n",
        expect![[r#"
            kiro requirements
            1 "" at "1" priority "P1"
              1.1 "Open" at "1.1" text "WHEN a person is near THEN the doors SHALL open"
              1.2 "Close" at "1.2" text "Text"
            2 "Light" at "2"
              2.1 "WHEN it is dark THE SYSTEM SHALL light the door" at "WHEN it is dark THE SYSTEM SHALL light the door"
              2.2 "The lamp SHALL be white" at "The lamp SHALL be white"
        "#]],
    );
    check(
        "/w/docs/stories/1-1-door.md",
        "# Story 1.1: Door\n\nStatus: draft\n\n## Acceptance Criteria\n\n**AC1**: It opens\n\n**AC-2:** It closes\n\n\
         ### AC 3: It locks\n\n### AC4\n\nIt rings\n\n## Tasks\n\n- [ ] Task 1: Build (AC: 1, 2)\n- [ ] Task 2: Ring per AC-3\n",
        expect![[r#"
            bmad tasks
            AC1 "It opens" at "AC1"
            AC-2 "It closes" at "AC-2"
            AC3 "It locks" at "3"
            AC4 "" at "AC4" text "It rings"
            "1" -> ac1 of Task 1 Open
            "2" -> ac2 of Task 1 Open
            "AC-3" -> ac3 of Task 2 Open
        "#]],
    );
}

#[test]
fn mentions_are_no_requirements() {
    check(
        "/w/specs/001-shelf/spec.md",
        "# Feature Specification: Shelf\n\n## Requirements\n\n- **FR-001**: The desk MUST scan\n\n## Dependencies\n\n\
         | ID | Owned by |\n|---|---|\n| FR-021 | the mail feature |\n\n## Considered\n\n- [FR-030] belongs to search\n\
         - [FR-031](../009-mail/spec.md) belongs to mail\n\n### FR-040 and FR-041 of mail\n\nNot here.\n",
        expect![[r#"
            spec-kit requirements
            FR-001 "The desk MUST scan" at "FR-001"
        "#]],
    );
    check(
        "/w/.kiro/specs/doors/requirements.md",
        "# Requirements Document\n\n### Requirement 1: Doors\n\n#### Acceptance Criteria\n\n\
         - The criteria should be tested at night\n\n1. WHEN a person is near THEN the doors SHALL open\n",
        expect![[r#"
            kiro requirements
            1 "Doors" at "1"
              1.1 "WHEN a person is near THEN the doors SHALL open" at "WHEN a person is near THEN the doors SHALL open"
        "#]],
    );
    check(
        "/w/docs/stories/1-1-door.md",
        "# Story 1.1: Door\n\nStatus: draft\n\n## Acceptance Criteria\n\n**AC1** It opens\n\n- **AC2 (P0):** It closes\n",
        expect![[r#"
            bmad tasks
            AC1 "It opens" at "AC1"
            AC2 "It closes" at "AC2" priority "P0"
        "#]],
    );
}

/// Returns the references of a document of a custom family, each with its keys, and a question mark if it is uncertain.
fn references_of(profile: &str, path: &str, text: &str) -> Vec<String> {
    let families = Families::with(Family::read(profile, "own").0);
    let place = families.place(path).unwrap();
    let facts = FamilyFacts::read(&Plan::new(&Document::new(text)), &families, &place).unwrap();
    let shown = facts.references.iter().map(|reference| {
        let mark = if reference.is_certain() { "" } else { "?" };
        format!("{}{mark}", reference.keys.join("+"))
    });
    shown.collect()
}

#[test]
fn references_by_name() {
    let profile = "set = { directory = [\"work/*\"] }\nroles = { requirements = [\"goals.md\"], tasks = [\"todo.md\"], design = [\"notes.md\"], plan = [\"plan.md\"] }\nreference = [\n{ role = \"tasks\", field = [\"Serves\"], to = [\"goal\"] },\n{ role = \"tasks\", group = [\"(for {list})\"], to = [\"goal\"] },\n{ role = \"design\", text = true, to = [\"goal\"] },\n{ role = \"plan\", front-matter = [\"goals\"], to = [\"goal\"] },\n]\n[requirement]\ngoal = { heading = [\"Goal: {title}\"], id = \"{title}\" }\n";
    let of = |name: &str, text: &str| references_of(profile, &format!("/w/work/a/{name}.md"), text);
    let tasks = "# Todo\n\n- [ ] Cook (for Warm  soup)\n  - Serves: Cold tea, `miso_1`; Phase 2 (late).\n- [ ] Rest (Serves: Bread)\n- [ ] Sleep (soon), Cold tea\n";
    assert_eq!(of("todo", tasks), ["warm soup?", "cold tea", "miso_1", "phase 2 (late)", "bread"]);
    let notes = "# Notes\n\nSee `Warm soup`, \"Cold tea\", [Bread](x.md) and **Rice**, not Beans.\n";
    assert_eq!(of("notes", notes), ["warm soup?", "cold tea?", "bread?", "rice?"]);
    let plan = "---\ngoals: [\"Warm soup\", Cold tea]\nother: Bread\n---\n\n# Plan\n";
    assert_eq!(of("plan", plan), ["warm soup", "cold tea"]);
}

#[test]
fn ids_that_start_with_a_sign() {
    let profile = "set = { directory = [\"work/*\"] }\nroles = { requirements = [\"goals.md\"], tasks = [\"todo.md\"] }\nreference = [{ role = \"tasks\", text = true, to = [\"goal\"], ranges = true }]\n[requirement]\ngoal = { item = [\"{id} {sep} {text}\"], id = \"@goal/{n:2}\" }\n";
    let tasks = "# Todo\n\n- [ ] Cook for @goal/03, @goal/05-@goal/06 (not x@goal/07 or @goals/08)\n";
    let found = references_of(profile, "/w/work/a/todo.md", tasks);
    assert_eq!(found, ["@goal/3", "@goal/5+@goal/6"]);
}
