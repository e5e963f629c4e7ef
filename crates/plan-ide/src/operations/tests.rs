use std::sync::Arc;

use expect_test::{Expect, expect};
use plan_syntax::Document;

use super::*;
use crate::Environment;

fn file(text: &str) -> File {
    let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
    File::with_environment("/plans/plan.md", Document::new(text), Arc::new(environment))
}

/// Applies operations and returns the new text, followed by the affected items, or the reason for the refusal.
pub(super) fn done(text: &str, operations: &[Operation]) -> String {
    match apply(&file(text), operations) {
        Ok(applied) => {
            let after = crate::apply_edits(text, &applied.edits);
            assert_eq!(after, applied.file.document().text());
            let plan = applied.file.plan();
            let lines = applied
                .items
                .iter()
                .filter_map(|item| plan.item(*item))
                .map(|item| format!("= {} {}\n", item.title(), item.state().map_or("-", State::name)));
            let remarks = applied.remarks.iter().map(|remark| format!("! {remark}\n"));
            // The lines of an expectation end with line feeds.
            after.replace('\r', "\\r") + &lines.chain(remarks).collect::<String>()
        }
        Err(refusal) => format!("refused: {refusal}"),
    }
}

pub(super) fn set(items: &str, state: State) -> SetState {
    SetState {
        items: items.to_owned(),
        state,
        expect: None,
        owner: OwnerChange::Keep,
        note: None,
        update_progress: false,
    }
}

pub(super) fn owned(items: &str, state: State, owner: &str) -> Operation {
    Operation::Set(SetState { owner: OwnerChange::Set(owner.to_owned()), ..set(items, state) })
}

fn claim(owner: &str) -> Operation {
    Operation::Claim(Claim { owner: Some(owner.to_owned()), ..Claim::default() })
}

pub(super) fn check(text: &str, operations: &[Operation], expect: Expect) {
    // Visible, because the expectations of a source file have one kind of line ending.
    expect.assert_eq(&done(text, operations).replace("\r\n", "\\r\n"));
}

const PLAN: &str =
    "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b (depends on 1.1)\n";

#[test]
fn states_by_id_line_and_title() {
    check(
        PLAN,
        &[Operation::Set(set("1.1", State::Done))],
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [x] **Task 1.1**: a
        - [ ] **Task 1.2**: b (depends on 1.1)
        = a done
    "#]],
    );
    check(
        PLAN,
        &[Operation::Set(set("line:6", State::Blocked))],
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [ ] **Task 1.1**: a
        - [!] **Task 1.2**: b (depends on 1.1)
        = b blocked
    "#]],
    );
    check(
        PLAN,
        &[Operation::Set(set("Task 1.1, 1.2", State::Done))],
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [x] **Task 1.1**: a
        - [x] **Task 1.2**: b (depends on 1.1)
        = a done
        = b done
    "#]],
    );
    check(
        PLAN,
        &[Operation::Set(set("1.1-1.2", State::Done))],
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [x] **Task 1.1**: a
        - [x] **Task 1.2**: b (depends on 1.1)
        = a done
        = b done
    "#]],
    );
    check(
        "# Plan: x\n\n- [ ] a, b\n- [ ] b\n",
        &[Operation::Set(set("A, b", State::Done))],
        expect![[r#"
        # Plan: x

        - [x] a, b
        - [ ] b
        = a, b done
    "#]],
    );
    check(
        PLAN,
        &[Operation::Set(set("1.3", State::Done))],
        expect!["refused: unknown item `1.3`; did you mean `1.1` or `1.2`?"],
    );
    check(
        PLAN,
        &[Operation::Set(set("line:2", State::Done))],
        expect!["refused: unknown item `line:2`; did you mean `line:3`?"],
    );
    check(
        PLAN,
        &[Operation::Set(set("line:99", State::Done))],
        expect!["refused: invalid line `99`; expected 1 to 7"],
    );
    check(
        "# Plan: x\n\n- [ ] a\n- [ ] a\n",
        &[Operation::Set(set("a", State::Done))],
        expect!["refused: ambiguous item `a`; use `line:3` or `line:4`"],
    );
    check(
        PLAN,
        &[Operation::Set(set("phase 1", State::Done))],
        expect!["refused: `Phase 1` has no status; set the state of its tasks"],
    );
}

#[test]
fn expectations() {
    let expecting = |expect| Operation::Set(SetState { expect: Some(expect), ..set("1.1", State::Done) });
    check(
        PLAN,
        &[expecting(State::Active)],
        expect!["refused: `1.1` is open, expected active; line 5: - [ ] **Task 1.1**: a"],
    );
    check(
        PLAN,
        &[expecting(State::Open)],
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [x] **Task 1.1**: a
        - [ ] **Task 1.2**: b (depends on 1.1)
        = a done
    "#]],
    );
}

#[test]
fn notes_are_details() {
    let noted =
        |items: &str| Operation::Set(SetState { note: Some("see `a.md`".into()), ..set(items, State::Done) });
    check(
        "# Plan: x\n\n- [ ] T1 a\n  text\n  - [ ] T2 b\n\nmore\n",
        &[noted("T1"), noted("T2")],
        expect![[r#"
            # Plan: x

            - [x] T1 a
              text
              - Note: see `a.md`
              - [x] T2 b
                - Note: see `a.md`

            more
            = a done
            = b done
        "#]],
    );
    check(
        "# Tasks\r\n\r\n1. [ ] T001 a\r\n2. [ ] T002 b\r\n",
        &[noted("T001")],
        expect![[r#"
        # Tasks\r
        \r
        1. [x] T001 a\r
           - Note: see `a.md`\r
        2. [ ] T002 b\r
        = a done
    "#]],
    );
    check(
        "# Plan: x\n\n### Task 1.1: a\n\n**Status**: Not Started\n\n### Task 1.2: b\n",
        &[noted("1.1")],
        expect![[r#"
            # Plan: x

            ### Task 1.1: a

            **Status**: Completed

            - Note: see `a.md`

            ### Task 1.2: b
            = a done
        "#]],
    );
}

#[test]
fn claims_take_the_first_ready_task() {
    check(
        PLAN,
        &[claim("Ada"), claim("Bo")],
        expect!["refused: no tasks ready: 1 task is open, but cannot start"],
    );
    check(
        "# Plan: x\n\n- [~] a\n- [] b\n- [ ] c\n",
        &[claim("Ada")],
        expect![[r#"
        # Plan: x

        - [~] a
        - [~] b (owner: Ada)
        - [ ] c
        = b active
    "#]],
    );
    check(
        "# Plan: x\n\n- [x] a\n",
        &[claim("Ada")],
        expect!["refused: no tasks ready: all tasks are done or in progress"],
    );
    let named = |item: &str| Operation::Claim(Claim { item: Some(item.into()), ..Claim::default() });
    check(
        PLAN,
        &[named("1.2")],
        expect!["refused: `1.2` is open, but not ready; line 6: - [ ] **Task 1.2**: b (depends on 1.1)"],
    );
    check(
        "# Plan: x\n\n- [x] T1 a\n- [ ] T2 b\n",
        &[named("T1")],
        expect!["refused: `T1` is done, expected open; line 3: - [x] T1 a"],
    );
}

#[test]
fn claims_skip_tasks_of_other_owners() {
    let text = "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Owner: w11\n- [ ] **Task 1.2**: b\n  - Owner: TBD\n";
    let is_owned = |done: &str, task: &str, owner: &str| {
        let after = done.split_once(&format!("**: {task}\n")).map_or("", |(_, after)| after);
        let own = after.split("- [").next().unwrap_or_default();
        assert!(own.contains(&format!("  - Owner: {owner}\n")), "{done}");
    };
    let first = done(text, &[claim("w1")]);
    is_owned(&first, "a", "w11");
    is_owned(&first, "b", "w1");
    assert_eq!(
        done(text, &[claim("w1"), claim("w1")]),
        "refused: no tasks ready: 1 task assigned to other owners"
    );
    is_owned(&done(text, &[claim("w11")]), "a", "w11");
    let reassign = Claim { owner: Some("w1".to_owned()), reassign: true, ..Claim::default() };
    is_owned(&done(text, &[Operation::Claim(reassign.clone())]), "a", "w1");
    let named = |claim: Claim| Operation::Claim(Claim { item: Some("1.1".to_owned()), ..claim });
    assert_eq!(
        done(text, &[named(Claim { reassign: false, ..reassign.clone() })]),
        "refused: `1.1` is open, but assigned to `w11`; line 3: - [ ] **Task 1.1**: a"
    );
    is_owned(&done(text, &[named(reassign)]), "a", "w1");
}

#[test]
fn a_number_alone_is_no_phase() {
    let depends_on = |name: &str| {
        Operation::Add(NewTask {
            title: "new".to_owned(),
            depends_on: Some(name.to_owned()),
            ..NewTask::default()
        })
    };
    assert_eq!(done(PLAN, &[depends_on("1")]), "refused: unknown item `1`; did you mean `phase 1`?");
    assert!(done(PLAN, &[depends_on("phase 1")]).contains("new (depends on Phase 1)"));
    let numbered = "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1**: a\n- [ ] **Task 2**: b\n";
    let added = done(numbered, &[depends_on("1")]);
    assert!(added.contains("new (depends on Task 1)") || added.contains("new (depends on 1)"), "{added}");
}

#[test]
fn criteria_follow_the_work_of_their_phase() {
    let text = "# Plan: x\n\n## Phase 1: A\n\n- [ ] work\n\n### Acceptance Criteria\n\n- [ ] holds\n\n## Phase 2: B\n\n**Dependencies**: Phase 1\n\n- [ ] later\n";
    let done = |items: &str| Operation::Set(set(items, State::Done));
    check(
        text,
        &[claim("Ada"), claim("Ada")],
        expect!["refused: no tasks ready: 2 tasks are open, but cannot start"],
    );
    check(
        text,
        &[claim("Ada"), done("work"), claim("Ada"), done("holds"), claim("Ada")],
        expect![[r#"
            # Plan: x

            ## Phase 1: A

            - [x] work (owner: Ada)

            ### Acceptance Criteria

            - [x] holds (owner: Ada)

            ## Phase 2: B

            **Dependencies**: Phase 1

            - [/] later (owner: Ada)
            = work done
            = holds done
            = later active
        "#]],
    );
}

#[test]
fn phases_and_expectations_select_among_items_with_one_id() {
    let text = "# Plan: x\n\n## Phase 1: A\n\n- [x] **Task 1**: a\n- [x] **Task 2**: b\n\n## Phase 2: B\n\n- [ ] **Task 1**: c\n- [ ] **Task 2**: d\n";
    check(
        text,
        &[Operation::Set(set("1", State::Done))],
        expect!["refused: ambiguous item `1`; use `line:5` or `line:10`"],
    );
    let expecting = Operation::Set(SetState { expect: Some(State::Open), ..set("1", State::Done) });
    let second = Operation::Set(set("phase 2/2", State::Done));
    check(
        text,
        &[expecting, second],
        expect![[r#"
            # Plan: x

            ## Phase 1: A

            - [x] **Task 1**: a
            - [x] **Task 2**: b

            ## Phase 2: B

            - [x] **Task 1**: c
            - [x] **Task 2**: d
            = c done
            = d done
        "#]],
    );
}

#[test]
fn progress_follows() {
    let text = "# Plan: x\n\n**Status**: Draft\n**Last Updated**: 2026-01-02\n\n## Phase 1: A\n\n**Status**: Not Started\n\n- [ ] 1.1 a\n- [x] 1.2 b\n\n## Phase 2: B\n\n**Depends on**: Phase 1\n\n- [ ] 2.1 c\n";
    let all = |items: &str, state| Operation::Set(SetState { update_progress: true, ..set(items, state) });
    check(
        text,
        &[Operation::Set(set("1.1", State::Done))],
        expect![[r#"
        # Plan: x

        **Status**: Draft
        **Last Updated**: 2026-01-02

        ## Phase 1: A

        **Status**: Not Started

        - [x] 1.1 a
        - [x] 1.2 b

        ## Phase 2: B

        **Depends on**: Phase 1

        - [ ] 2.1 c
        = a done
        ! all tasks in `Phase 1` are done; set it to done as well
    "#]],
    );
    check(
        text,
        &[all("1.1", State::Active)],
        expect![[r#"
        # Plan: x

        **Status**: Draft
        **Last Updated**: 2026-11-21

        ## Phase 1: A

        **Status**: In Progress

        - [/] 1.1 a
        - [x] 1.2 b

        ## Phase 2: B

        **Depends on**: Phase 1

        - [ ] 2.1 c
        = a active
    "#]],
    );
    check(
        text,
        &[all("1.1", State::Done), Operation::Set(set("plan", State::Active))],
        expect![[r#"
        # Plan: x

        **Status**: In Progress
        **Last Updated**: 2026-11-21

        ## Phase 1: A

        **Status**: Completed

        - [x] 1.1 a
        - [x] 1.2 b

        ## Phase 2: B

        **Depends on**: Phase 1

        - [ ] 2.1 c
        = a done
    "#]],
    );
}

#[test]
fn tasks_are_added_in_the_form_of_their_neighbors() {
    let add = |title: &str| NewTask { title: title.into(), ..NewTask::default() };
    let check_add = |text: &str, task: NewTask, expect: Expect| check(text, &[Operation::Add(task)], expect);
    check_add(
        PLAN,
        NewTask { depends_on: Some("1.2".into()), ..add("c") },
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [ ] **Task 1.1**: a
        - [ ] **Task 1.2**: b (depends on 1.1)
        - [ ] **Task 1.3**: c (depends on 1.2)
        = c open
    "#]],
    );
    check_add(
        PLAN,
        NewTask { after: Some("1.1".into()), ..add("c") },
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [ ] **Task 1.1**: a
        - [ ] **Task 1.3**: c
        - [ ] **Task 1.2**: b (depends on 1.1)
        = c open
    "#]],
    );
    check_add(
        "# Tasks\r\n\r\n- [x] T009 [P] **a**\r\n  - Depends on: T008\r\n",
        NewTask { depends_on: Some("T009".into()), ..add("c") },
        expect![[r#"
            # Tasks\r
            \r
            - [x] T009 [P] **a**\r
              - Depends on: T008\r
            - [ ] T010 c\r
              - Depends on: T009\r
            = c open
        "#]],
    );
    check_add(
        "# Plan: x\n\n- [ ] **1.1: a**\n\n## Phase 2: B\n\ntext\n\n## Notes\n",
        NewTask { phase: Some("2".into()), ..add("c") },
        expect![[r#"
            # Plan: x

            - [ ] **1.1: a**

            ## Phase 2: B

            text

            - [ ] **2.1: c**

            ## Notes
            = c open
        "#]],
    );
    check_add(
        "# Plan: x\n\n| ID | Task | Owner | Status |\n|---|---|---|---|\n| 1.1 | a | Cy | ✅ Done |\n",
        add("b|c"),
        expect![[r#"
            # Plan: x

            | ID | Task | Owner | Status |
            |---|---|---|---|
            | 1.1 | a | Cy | ✅ Done |
            | 1.2 | b\|c |  | ⬜ Not Started |
            = b\|c open
        "#]],
    );
    check_add(
        "# Plan: x\n\n### Task 1.1: a\n\n**Status**: Done\n\ntext\n\n## Notes\n",
        add("b"),
        expect![[r#"
            # Plan: x

            ### Task 1.1: a

            **Status**: Done

            text

            ### Task 1.2: b

            **Status**: Not Started

            ## Notes
            = b open
        "#]],
    );
    check_add(
        "# Plan: x\n\n1. [ ] a\n2. [ ] b\n",
        NewTask { after: Some("a".into()), ..add("c") },
        expect![[r#"
            # Plan: x

            1. [ ] a
            2. [ ] c
            3. [ ] b
            = c open
        "#]],
    );
    check_add(
        "# Plan: x\n\n- [ ] a\n",
        NewTask { requirements: vec!["FR-001".into()], ..add("c") },
        expect![[r#"
            # Plan: x

            - [ ] a
            - [ ] c
              - _Implements: FR-001_
            = c open
        "#]],
    );
    check_add(
        PLAN,
        add("a\n- [x] b"),
        expect!["refused: invalid title: expected one line without control characters"],
    );
    check_add(
        PLAN,
        NewTask { phase: Some("7".into()), ..add("c") },
        expect!["refused: unknown item `7`; expected an ID or `line:N`"],
    );
    check_add(
        PLAN,
        NewTask { depends_on: Some("9.9".into()), ..add("c") },
        expect!["refused: unknown item `9.9`; did you mean `1.1` or `1.2`?"],
    );
}

#[test]
fn all_operations_or_none() {
    check(
        PLAN,
        &[Operation::Set(set("1.1", State::Done)), Operation::Set(set("9.9", State::Done))],
        expect!["refused: unknown item `9.9`; did you mean `1.1` or `1.2`?"],
    );
    let add = NewTask { title: "new".into(), after: Some("1.1".into()), ..NewTask::default() };
    check(
        PLAN,
        &[Operation::Add(add), Operation::Set(set("line:6", State::Done))],
        expect![[r#"
        # Plan: x

        ## Phase 1: A

        - [ ] **Task 1.1**: a
        - [ ] **Task 1.3**: new
        - [x] **Task 1.2**: b (depends on 1.1)
        = new open
        = b done
    "#]],
    );
}

/// Operations that are applied together have the same effect as one after the other.
#[test]
fn operations_applied_together() {
    let add = |title: &str, phase: Option<&str>, depends_on: Option<&str>| {
        Operation::Add(NewTask {
            title: title.to_owned(),
            phase: phase.map(str::to_owned),
            depends_on: depends_on.map(str::to_owned),
            ..NewTask::default()
        })
    };
    let done = |item: &str| Operation::Set(set(item, State::Done));
    let plans = [
        PLAN,
        "# Plan: x\n\n1. [ ] a\n2. [x] b\n   - note\n",
        "# Plan: x\r\n\r\n- [ ] T099 a\r\n  - Depends on: T098\r\n- [x] T098 b\r\n\r\n## Later\r\n\r\ntext\r\n",
        "# Plan: x\n\n## Phase 1: A\n\n- [x] **1.1 a**\n\n## Phase 2: B\n\n### Acceptance Criteria\n\n- [ ] works\n",
        "# Plan: x\n\n| ID | Task | Status |\n|---|---|---|\n| 1.1 | a | Open |\n| 1.2 | b | Open |\n",
        "# Plan: x\n\n## Phase 1: A\n\n### Task 1.1: a\n\n**Status**: Open\n",
        "# Plan: x\n\n- [ ] a\n- [ ] a\n- [ ]* b (optional)\n",
    ];
    let all = [
        vec![add("c", None, None), add("d", None, None), add("e", None, None)],
        vec![add("c", Some("1"), None), add("d", Some("1"), None), add("e", Some("2"), None)],
        vec![add("c", None, Some("1.1")), add("d", None, Some("1.3")), add("e", None, Some("T099"))],
        vec![add("T500 c", None, None), add("d (optional)", None, None), add("[x] e", None, None)],
        vec![add("c", None, None), add("- d", None, None), add("e\nf", None, None)],
        vec![done("1.1"), done("1.2"), done("1.3")],
        vec![done("T099"), done("T098"), done("T099")],
        vec![done("a"), done("b")],
        vec![
            done("1.1"),
            Operation::Set(SetState { expect: Some(State::Open), ..set("1.2", State::Done) }),
            Operation::Set(SetState { expect: Some(State::Open), ..set("1.1", State::Done) }),
        ],
        vec![add("c", None, None), add("d", None, None), done("1.3"), done("1.4"), done("c"), done("d")],
    ];
    let one_by_one = |text: &str, operations: &[Operation]| -> Result<String, String> {
        operations.iter().try_fold(text.to_owned(), |text, operation| {
            let applied = apply(&file(&text), std::slice::from_ref(operation));
            applied.map(|applied| applied.file.document().text()).map_err(|refusal| refusal.to_string())
        })
    };
    let mut together = 0;
    for (text, operations) in plans.iter().flat_map(|text| all.iter().map(move |all| (text, all))) {
        let applied = apply(&file(text), operations);
        together += applied.as_ref().map_or(0, |applied| applied.items.len());
        let applied =
            applied.map(|applied| applied.file.document().text()).map_err(|refusal| refusal.to_string());
        assert_eq!(applied, one_by_one(text, operations), "{text}\n{operations:?}");
    }
    assert!(together > 30, "{together}");
}

#[test]
fn rows_need_a_column_for_dependencies() {
    let table = "# Plan: x\n\n| ID | Task | Status |\n|---|---|---|\n| 1.1 | a | Open |\n";
    let add = |depends_on: Option<&str>, requirements: &[&str]| {
        Operation::Add(NewTask {
            title: "b".to_owned(),
            depends_on: depends_on.map(str::to_owned),
            requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
            ..NewTask::default()
        })
    };
    assert_eq!(
        done(table, &[add(Some("1.1"), &[])]),
        "refused: table has no column for dependencies; add a column `Depends on`, or omit them"
    );
    assert_eq!(
        done(table, &[add(None, &["FR-001"])]),
        "refused: cannot write requirements of a table row; omit them"
    );
    let with_column = table
        .replace("Status |", "Status | Depends on |")
        .replace("---|\n", "---|---|\n")
        .replace("Open |", "Open | - |");
    assert!(done(&with_column, &[add(Some("1.1"), &[])]).contains("| 1.2 | b | Open | 1.1 |\n"));
}
