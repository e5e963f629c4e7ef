//! Tests of owners, and of tasks in quotes.

use expect_test::expect;

use super::{
    tests::{check, done, owned, set},
    *,
};

#[test]
fn owners_in_the_form_of_the_plan() {
    const TWO: &str = "# Plan: x\n\n- [ ] T001 a\n- [ ] T002 b\n";
    check(
        TWO,
        &[owned("T001", State::Active, "Ada")],
        expect![[r#"
        # Plan: x

        - [/] T001 a (owner: Ada)
        - [ ] T002 b
        = a active
    "#]],
    );
    check(
        "# Plan: x\n\n- [ ] T001 a (owner: Bo) (in progress)\n- [ ] T002 b\n",
        &[owned("T001", State::Done, "Ada (QA)")],
        expect!["refused: invalid owner `Ada (QA)`; expected a name"],
    );
    check(
        "# Plan: x\n\n- [ ] **T1** a\n  - Owner: [Name]\n- [ ] **T2** b\n  - Estimate: 2d\n",
        &[owned("T1", State::Active, "Ada"), owned("T2", State::Active, "Bo")],
        expect![[r#"
            # Plan: x

            - [ ] **T1** a
              - Status: In Progress
              - Owner: Ada
            - [ ] **T2** b
              - Status: In Progress
              - Estimate: 2d
              - Owner: Bo
            = a active
            = b active
        "#]],
    );
    check(
        "# Plan: x\n\n| ID | Task | Owner | Status |\n|---|---|---|---|\n| 1.1 | a || Not Started |\n| 1.2 | b | Cy | Done |\n",
        &[owned("1.1", State::Active, "A|B")],
        expect![[r#"
            # Plan: x

            | ID | Task | Owner | Status |
            |---|---|---|---|
            | 1.1 | a | A\|B | In Progress |
            | 1.2 | b | Cy | Done |
            = a active
        "#]],
    );
    let remove =
        |items: &str| Operation::Set(SetState { owner: OwnerChange::Remove, ..set(items, State::Open) });
    check(
        "# Plan: x\n\n- [~] T1 a (owner: Ada)\n- [ ] T2 b (in progress)\n  - Owner: Bo\n- [ ] T3 c\n",
        &[remove("T1,T2,T3")],
        expect![[r#"
            # Plan: x

            - [ ] T1 a
            - [ ] T2 b
              - Owner:
            - [ ] T3 c
            = a open
            = b open
            = c open
        "#]],
    );
    check(
        TWO,
        &[owned("T001", State::Active, "a\nb")],
        expect!["refused: invalid owner: expected one line without control characters"],
    );
    check(
        TWO,
        &[owned("T001", State::Active, "a: b) [x]")],
        expect!["refused: invalid owner `a: b) [x]`; expected a name"],
    );
}

fn without_owner(items: &str) -> Operation {
    Operation::Set(SetState { owner: OwnerChange::Remove, ..set(items, State::Open) })
}

#[test]
fn owners_are_removed_with_their_brackets_and_separators() {
    for (with, without) in [
        ("a (owner: Bo)", "a"),
        ("a (owner: Bo, 3 days)", "a (estimate: 3 days)"),
        ("a (3 days, owner: Bo)", "a (estimate: 3 days)"),
        ("a (~3 days, owner: Bo)", "a (~3 days)"),
        ("a (owner: Bo; estimate: 3d)", "a (estimate: 3d)"),
        ("Copy the data @bo", "Copy the data"),
        ("a [owner:: Bo]", "a"),
        ("a [owner:: Bo] [due:: 2026-12-01]", "a [due:: 2026-12-01]"),
        ("a — Owner: Bo", "a"),
        ("a — Owner: Bo, est: 3d", "a — est: 3d"),
        ("a — est: 3d, Owner: Bo", "a — est: 3d"),
    ] {
        let text = format!("# Plan: x\n\n- [ ] 1.1 {with}\n- [ ] 1.2 b\n");
        let expected = format!("# Plan: x\n\n- [ ] 1.1 {without}\n- [ ] 1.2 b\n= ");
        let removed = done(&text, &[without_owner("1.1")]);
        assert!(removed.starts_with(&expected), "{with}: {removed}");
    }
}

#[test]
fn owners_are_written_in_the_form_of_other_tasks() {
    for (other, task, expected) in [
        ("b", "a", "a (owner: Ada)"),
        ("b", "a (depends on 1.2)", "a (depends on 1.2) (owner: Ada)"),
        ("b (owner: Bo)", "a (estimate: 3d)", "a (estimate: 3d, owner: Ada)"),
        ("Copy the data @bo", "Move the atlas", "Move the atlas @Ada"),
        ("b [owner:: Bo]", "a", "a [owner:: Ada]"),
        ("b — Owner: Bo", "a", "a — Owner: Ada"),
        ("b", "a 📅 2026-12-01", "a [owner:: Ada] 📅 2026-12-01"),
        ("b (owner: Bo)", "a 📅 2026-12-01", "a (owner: Ada) 📅 2026-12-01"),
        ("b\n  - Estimate: 2d", "a", "a (owner: Ada)"),
    ] {
        let text = |task: &str| format!("# Plan: x\n\n- [ ] 1.1 {task}\n- [ ] 1.2 {other}\n");
        let written = done(&text(task), &[owned("1.1", State::Open, "Ada")]);
        assert!(written.starts_with(&format!("{}= ", text(expected))), "{other}, {task}: {written}");
    }
}

#[test]
fn names_of_accounts_are_owners() {
    for name in ["agent 12", "ada@example.org", "ci_bot", "Mary Ann Smith", "build/1", "O'Neil"] {
        let written = done("# Plan: x\n\n- [ ] 1.1 a\n", &[owned("1.1", State::Active, name)]);
        assert_eq!(written, format!("# Plan: x\n\n- [/] 1.1 a (owner: {name})\n= a active\n"));
    }
}

#[test]
fn the_only_task_has_its_id() {
    for text in ["- [ ] T001 Do it", "- [ ] T1 Do it", "- [ ] X7: Do it"] {
        let id = text[6..].split([' ', ':']).next().unwrap();
        let written = done(&format!("# Tasks\n\n{text}\n"), &[Operation::Set(set(id, State::Done))]);
        assert!(written.starts_with(&format!("# Tasks\n\n{}\n", text.replace("[ ]", "[x]"))), "{written}");
    }
    let unknown = done("# Tasks\n\n- [ ] Copy the T1 data\n", &[Operation::Set(set("T1", State::Done))]);
    assert!(unknown.starts_with("refused: unknown item `T1`"), "{unknown}");
}

#[test]
fn tasks_in_quotes_stay_there() {
    check(
        "# Plan: x\n\n> - [ ] 1.1 a\n> - [ ] 1.2 b\n\ntext\n",
        &[
            Operation::Set(SetState { note: Some(" see c ".into()), ..set("1.1", State::Done) }),
            Operation::Add(NewTask { title: "c".into(), ..NewTask::default() }),
        ],
        expect![[r#"
            # Plan: x

            > - [x] 1.1 a
            >   - Note: see c
            > - [ ] 1.2 b
            > - [ ] 1.3 c

            text
            = a done
            = c open
        "#]],
    );
}

#[test]
fn titles_that_are_no_titles_are_refused() {
    let add = |title: &str| {
        let task = NewTask { title: title.to_owned(), ..NewTask::default() };
        done("# Plan: x\n\n- [ ] 1.1 a\n- [ ] 1.2 b\n", &[Operation::Add(task)])
    };
    for title in ["---", "|", "...", "- [ ] z", "[x] z", "✅ z", "z (done)"] {
        let refused = add(title);
        assert!(refused.starts_with("refused: "), "{title}: {refused}");
    }
    assert!(add("[P] z").contains("- [ ] 1.3 [P] z\n"));
    let long = add(&"x\n".repeat(10_000));
    assert!(long.len() < 500, "{}", long.len());
}

#[test]
fn a_task_after_a_paragraph_with_a_list() {
    let add =
        Operation::Add(NewTask { title: "b".to_owned(), phase: Some("1".to_owned()), ..NewTask::default() });
    check(
        "# Plan: x\n\n## Phase 1: A\n\n**Task 1.1**: a\n- **Status**: Not Started\n\n### Deliverables\n\n- [ ] c\n",
        &[add],
        expect![[r#"
            # Plan: x

            ## Phase 1: A

            **Task 1.1**: a
            - **Status**: Not Started

            **Task 1.2**: b

            ### Deliverables

            - [ ] c
            = b -
        "#]],
    );
}

#[test]
fn details_in_the_column_of_the_text() {
    check(
        "# Plan: x\n\n1. [ ] **Task 1.1**: a\n   - Owner: Bob\n2. [ ] **Task 1.2**: b\n",
        &[owned("1.2", State::Active, "Eve")],
        expect![[r#"
            # Plan: x

            1. [ ] **Task 1.1**: a
               - Owner: Bob
            2. [ ] **Task 1.2**: b
               - Status: In Progress
               - Owner: Eve
            = b active
        "#]],
    );
    check(
        "# Plan: x\n\n-   [ ] **Task 1.1**: a\n    - [ ] b\n-\t[ ] **Task 1.2**: c\n",
        &[Operation::Set(SetState { note: Some("n".into()), ..set("1.1,1.2", State::Done) })],
        expect![[r#"
            # Plan: x

            -   [x] **Task 1.1**: a
                - Note: n
                - [ ] b
            -	[x] **Task 1.2**: c
            	- Note: n
            = a done
            = c done
        "#]],
    );
    check(
        "# Plan: x\n\n- [ ] T084 a (protected file - skipped)\n- [ ] T085 b\n",
        &[owned("T084", State::Active, "Eve")],
        expect![[r#"
            # Plan: x

            - [ ] T084 a (protected file - skipped)
              - Status: In Progress
              - Owner: Eve
            - [ ] T085 b
            = a (protected file - skipped) active
        "#]],
    );
    let depends =
        NewTask { title: "New".to_owned(), depends_on: Some("1.1".to_owned()), ..NewTask::default() };
    check(
        "# Plan: x\n\n## Phase 1: a\n\n-\t[ ] **Task 1.1**: b\n\t- Depends on: 1.2\n-\t[ ] **Task 1.2**: c\n",
        &[Operation::Add(depends)],
        expect![[r#"
            # Plan: x

            ## Phase 1: a

            -	[ ] **Task 1.1**: b
            	- Depends on: 1.2
            -	[ ] **Task 1.2**: c
            -	[ ] **Task 1.3**: New
            	- Depends on: 1.1
            = New open
        "#]],
    );
}

#[test]
fn a_task_of_a_task() {
    let text = "# Plan: x\n\n### Task 1: A\n\n- [ ] **Step 1: a**\n- [ ] **Step 2: b**\n\n### Task 2: B\n\n- [ ] **Step 1: c**\n";
    check(
        text,
        &[Operation::Set(set("2/1", State::Done))],
        expect![[r#"
        # Plan: x

        ### Task 1: A

        - [ ] **Step 1: a**
        - [ ] **Step 2: b**

        ### Task 2: B

        - [x] **Step 1: c**
        = c done
    "#]],
    );
}
