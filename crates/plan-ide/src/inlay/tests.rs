//! Tests of inlay hints; the text is shown with the hints inserted.

use std::sync::Arc;

use expect_test::{Expect, expect};
use plan_syntax::Document;

use super::*;
use crate::Environment;

const OFF: InlayHintOptions = InlayHintOptions {
    phases: false,
    parents: false,
    dependencies: false,
    dates: false,
    gantt: false,
    schedule: false,
    milestones: false,
};

/// Inserts the hints of a text and compares the result.
fn check(text: &str, options: InlayHintOptions, expect: Expect) {
    let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
    let file = File::with_environment("plan.md", Document::new(text), Arc::new(environment));
    let mut shown = text.to_owned();
    for hint in inlay_hints(&file, &(0..text.len()), options).into_iter().rev() {
        shown.insert_str(hint.offset, &format!(" «{} | {}»", hint.label, hint.tooltip));
    }
    expect.assert_eq(&shown);
}

#[test]
fn progress_of_phases_and_parents() {
    let text = "# Plan: x\n\n## Phase 1: A ✅ ##\n\n- [x] a\n  - [ ] b\n\nPhase 2: B\n----------\n\ntext\n";
    check(
        text,
        InlayHintOptions::default(),
        expect![[r#"
            # Plan: x

            ## Phase 1: A ✅ «1/2 | 1 of 2 tasks done (50%)» ##

            - [x] a
              - [ ] b

            Phase 2: B
            ----------

            text
        "#]],
    );
    check(
        text,
        InlayHintOptions { parents: true, ..OFF },
        expect![[r#"
            # Plan: x

            ## Phase 1: A ✅ ##

            - [x] a «1/2 | 1 of 2 tasks done (50%)»
              - [ ] b

            Phase 2: B
            ----------

            text
        "#]],
    );
}

#[test]
fn open_dependencies() {
    check(
        "# Plan: x\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: c\n  - Dependencies: Task 1.1, Task 1.2\n\n## Phase 2: B\n\n**Depends on**: Phase 1\n\n- [ ] **Task 2.1**: e\n",
        InlayHintOptions { dependencies: true, ..OFF },
        expect![[r#"
            # Plan: x

            ## Phase 1: A

            - [x] **Task 1.1**: a
            - [ ] **Task 1.2**: b
              - Dependencies: Task 1.1
            - [ ] **Task 1.3**: c «blocked by 1.2 | Open dependency: 1.2 b»
              - Dependencies: Task 1.1, Task 1.2

            ## Phase 2: B «blocked by Phase 1 | Open dependency: Phase 1: A»

            **Depends on**: Phase 1

            - [ ] **Task 2.1**: e
        "#]],
    );
}

#[test]
fn relative_dates() {
    check(
        "---\ndue: 2026-11-22\n---\n# Plan: x\n\n**Status**: Active\n**Created**: 2026-01-01\n**Target Completion**: 2026-12-01 (firm)\n\n- [ ] a\n  - Due: 2026-11-18\n- [x] b\n  - Due: 2026-11-18\n\n## Milestones\n\n| Milestone | Target Date |\n|---|---|\n| M1 | 2026-11-21 |\n| M2 | 2026-02-01 |\n",
        InlayHintOptions { dates: true, ..OFF },
        expect![[r#"
            ---
            due: 2026-11-22 «tomorrow | Sunday, November 22, 2026 (today is 2026-11-21)»
            ---
            # Plan: x

            **Status**: Active
            **Created**: 2026-01-01
            **Target Completion**: 2026-12-01 «in 10 days | Tuesday, December 1, 2026 (today is 2026-11-21)» (firm)

            - [ ] a
              - Due: 2026-11-18 «3 days overdue | Wednesday, November 18, 2026 (today is 2026-11-21)»
            - [x] b
              - Due: 2026-11-18

            ## Milestones

            | Milestone | Target Date |
            |---|---|
            | M1 | 2026-11-21 «today | Saturday, November 21, 2026 (today is 2026-11-21)» |
            | M2 | 2026-02-01 |
        "#]],
    );
    check(
        "# Plan: x\n\n**Status**: Completed\n**Due**: 2026-12-01\n\n- [x] a\n",
        InlayHintOptions { dates: true, ..OFF },
        expect![[r#"
            # Plan: x

            **Status**: Completed
            **Due**: 2026-12-01

            - [x] a
        "#]],
    );
}

#[test]
fn dates_of_gantt_tasks() {
    check(
        "# Plan: x\n\n- [ ] a\n\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    section A\n    One :a1, 2026-01-05, 5d\n    Two :a2, after a1, 3d\n    Three :2026-01-05, 2026-01-07\n    End :milestone, after a2, 0d\n```\n",
        InlayHintOptions { gantt: true, ..OFF },
        expect![[r#"
            # Plan: x

            - [ ] a

            ```mermaid
            gantt
                dateFormat YYYY-MM-DD
                section A
                One :a1, 2026-01-05, 5d «to 2026-01-09 | From 2026-01-05 to 2026-01-09»
                Two :a2, after a1, 3d «2026-01-10 – 2026-01-12 | From 2026-01-10 to 2026-01-12»
                Three :2026-01-05, 2026-01-07
                End :milestone, after a2, 0d «2026-01-13 | From 2026-01-13 to 2026-01-13»
            ```
        "#]],
    );
}

#[test]
fn only_within_the_range() {
    let text = "# Plan: x\n\n## Phase 1: A\n\n- [x] a\n\n## Phase 2: B\n\n- [x] b\n";
    let file = File::new("plan.md", Document::new(text));
    let second = text.find("## Phase 2").unwrap();
    let hints = inlay_hints(&file, &(second..text.len()), InlayHintOptions::default());
    assert_eq!(hints.iter().map(|hint| hint.offset).collect::<Vec<_>>(), [second + "## Phase 2: B".len()]);
    let ordinary = File::new("notes.md", Document::new("# Title\n\ntext\n"));
    assert!(inlay_hints(&ordinary, &(0..15), InlayHintOptions::default()).is_empty());
}

#[test]
fn schedules_and_milestones() {
    let text = "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Estimate: 3 days\n- [ ] **Task 1.2**: b\n  - Estimate: 1 day\n\n## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| A | | Task 1.1 |\n| B | 2026-03-02 | Task 1.1 |\n";
    check(
        text,
        InlayHintOptions { schedule: true, milestones: true, ..OFF },
        expect![[r#"
            # Plan: x

            - [ ] **Task 1.1**: a «2026-11-23 – 2026-11-25, critical | On the critical path»
              - Estimate: 3 days
            - [ ] **Task 1.2**: b «2026-11-23, slack 2 | Can end 2 working days later without delaying the plan»
              - Estimate: 1 day

            ## Milestones

            | Milestone | Date | Dependencies |
            | --- | --- | --- |
            | A «2026-11-25 | Date of its last task. On the critical path» | | Task 1.1 |
            | B | 2026-03-02 «before its tasks end | milestone is on 2026-03-02, but `1.1` ends on 2026-11-25» | Task 1.1 |
        "#]],
    );
}
