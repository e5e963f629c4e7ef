use std::sync::Arc;

use expect_test::{Expect, expect};
use plan_syntax::Document;

use super::*;
use crate::{Environment, editing::draft};

fn file(text: &str) -> File {
    let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
    File::with_environment("/plans/plan.md", Document::new(text), Arc::new(environment))
}

/// Applies operations and returns the new text, followed by the affected items, or the reason for the refusal.
fn done(text: &str, operations: &[Operation]) -> String {
    match apply(&file(text), operations) {
        Ok(applied) => {
            let after = draft::applied(text, &applied.edits);
            assert_eq!(after, applied.file.document().text());
            let plan = applied.file.plan();
            let lines = applied
                .items
                .iter()
                .filter_map(|item| plan.item(*item))
                .map(|item| format!("= {} {}\n", item.title(), item.state().map_or("-", State::name)));
            let remarks = applied.remarks.iter().map(|remark| format!("! {remark}\n"));
            after + &lines.chain(remarks).collect::<String>()
        }
        Err(refusal) => format!("refused: {refusal}"),
    }
}

fn set(items: &str, state: State) -> SetState {
    SetState {
        items: items.to_owned(),
        state,
        expect: None,
        owner: OwnerChange::Keep,
        note: None,
        update_progress: false,
    }
}

fn owned(items: &str, state: State, owner: &str) -> Operation {
    Operation::Set(SetState { owner: OwnerChange::Set(owner.to_owned()), ..set(items, state) })
}

fn claim(owner: &str) -> Operation {
    Operation::Claim(Claim { owner: Some(owner.to_owned()), ..Claim::default() })
}

fn check(text: &str, operations: &[Operation], expect: Expect) {
    expect.assert_eq(&done(text, operations));
}

const PLAN: &str =
    "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b (depends on 1.1)\n";

#[test]
fn states_by_id_line_and_title() {
    check(PLAN, &[Operation::Set(set("1.1", State::Done))], expect![[""]]);
    check(PLAN, &[Operation::Set(set("line:6", State::Blocked))], expect![[""]]);
    check(PLAN, &[Operation::Set(set("Task 1.1, 1.2", State::Done))], expect![[""]]);
    check(PLAN, &[Operation::Set(set("1.1-1.2", State::Done))], expect![[""]]);
    check("# Plan: x\n\n- [ ] a, b\n- [ ] b\n", &[Operation::Set(set("A, b", State::Done))], expect![[""]]);
    check(PLAN, &[Operation::Set(set("1.3", State::Done))], expect![[""]]);
    check(PLAN, &[Operation::Set(set("line:2", State::Done))], expect![[""]]);
    check(PLAN, &[Operation::Set(set("line:99", State::Done))], expect![[""]]);
    check("# Plan: x\n\n- [ ] a\n- [ ] a\n", &[Operation::Set(set("a", State::Done))], expect![[""]]);
    check(PLAN, &[Operation::Set(set("phase 1", State::Done))], expect![[""]]);
}

#[test]
fn expectations() {
    let expecting = |expect| Operation::Set(SetState { expect: Some(expect), ..set("1.1", State::Done) });
    check(PLAN, &[expecting(State::Active)], expect![[""]]);
    check(PLAN, &[expecting(State::Open)], expect![[""]]);
}

#[test]
fn owners_in_the_form_of_the_plan() {
    check("# Plan: x\n\n- [ ] T1 a\n", &[owned("T1", State::Active, "Ada")], expect![[""]]);
    check(
        "# Plan: x\n\n- [ ] T1 a (owner: Bo) (in progress)\n",
        &[owned("T1", State::Done, "Ada (QA)")],
        expect![[""]],
    );
    check(
        "# Plan: x\n\n- [ ] **T1** a\n  - Owner: [Name]\n- [ ] **T2** b\n  - Estimate: 2d\n",
        &[owned("T1", State::Active, "Ada"), owned("T2", State::Active, "Bo")],
        expect![[""]],
    );
    check(
        "# Plan: x\n\n| ID | Task | Owner | Status |\n|---|---|---|---|\n| 1.1 | a || Not Started |\n| 1.2 | b | Cy | Done |\n",
        &[owned("1.1", State::Active, "A|B")],
        expect![[""]],
    );
    let remove =
        |items: &str| Operation::Set(SetState { owner: OwnerChange::Remove, ..set(items, State::Open) });
    check(
        "# Plan: x\n\n- [~] T1 a (owner: Ada)\n- [ ] T2 b (in progress)\n  - Owner: Bo\n- [ ] T3 c\n",
        &[remove("T1,T2,T3")],
        expect![[""]],
    );
    check("# Plan: x\n\n- [ ] T1 a\n", &[owned("T1", State::Active, "a\nb")], expect![[""]]);
    check("# Plan: x\n\n- [ ] T1 a\n", &[owned("T1", State::Active, "a: b) [x]")], expect![[""]]);
}

#[test]
fn notes_are_details() {
    let noted =
        |items: &str| Operation::Set(SetState { note: Some("see `a.md`".into()), ..set(items, State::Done) });
    check(
        "# Plan: x\n\n- [ ] T1 a\n  text\n  - [ ] T2 b\n\nmore\n",
        &[noted("T1"), noted("T2")],
        expect![[""]],
    );
    check("# Tasks\r\n\r\n1. [ ] T1 a\r\n", &[noted("T1")], expect![[""]]);
    check(
        "# Plan: x\n\n### Task 1.1: a\n\n**Status**: Not Started\n\n### Task 1.2: b\n",
        &[noted("1.1")],
        expect![[""]],
    );
}

#[test]
fn claims_take_the_first_ready_task() {
    check(PLAN, &[claim("Ada"), claim("Bo")], expect![[""]]);
    check("# Plan: x\n\n- [~] a\n- [] b\n- [ ] c\n", &[claim("Ada")], expect![[""]]);
    check("# Plan: x\n\n- [x] a\n", &[claim("Ada")], expect![[""]]);
    let named = |item: &str| Operation::Claim(Claim { item: Some(item.into()), ..Claim::default() });
    check(PLAN, &[named("1.2")], expect![[""]]);
    check("# Plan: x\n\n- [x] T1 a\n- [ ] T2 b\n", &[named("T1")], expect![[""]]);
}

#[test]
fn progress_follows() {
    let text = "# Plan: x\n\n**Status**: Draft\n**Last Updated**: 2026-01-02\n\n## Phase 1: A\n\n**Status**: Not Started\n\n- [ ] 1.1 a\n- [x] 1.2 b\n\n## Phase 2: B\n\n**Depends on**: Phase 1\n\n- [ ] 2.1 c\n";
    let all = |items: &str, state| Operation::Set(SetState { update_progress: true, ..set(items, state) });
    check(text, &[Operation::Set(set("1.1", State::Done))], expect![[""]]);
    check(text, &[all("1.1", State::Active)], expect![[""]]);
    check(text, &[all("1.1", State::Done), Operation::Set(set("plan", State::Active))], expect![[""]]);
}

#[test]
fn tasks_are_added_in_the_form_of_their_neighbors() {
    let add = |title: &str| NewTask { title: title.into(), ..NewTask::default() };
    let check_add = |text: &str, task: NewTask, expect: Expect| check(text, &[Operation::Add(task)], expect);
    check_add(PLAN, NewTask { depends_on: Some("1.2".into()), ..add("c") }, expect![[""]]);
    check_add(PLAN, NewTask { after: Some("1.1".into()), ..add("c") }, expect![[""]]);
    check_add(
        "# Tasks\r\n\r\n- [x] T009 [P] **a**\r\n  - Depends on: T008\r\n",
        NewTask { depends_on: Some("T009".into()), ..add("c") },
        expect![[""]],
    );
    check_add(
        "# Plan: x\n\n- [ ] **1.1: a**\n\n## Phase 2: B\n\ntext\n\n## Notes\n",
        NewTask { phase: Some("2".into()), ..add("c") },
        expect![[""]],
    );
    check_add(
        "# Plan: x\n\n| ID | Task | Owner | Status |\n|---|---|---|---|\n| 1.1 | a | Cy | ✅ Done |\n",
        add("b|c"),
        expect![[""]],
    );
    check_add(
        "# Plan: x\n\n### Task 1.1: a\n\n**Status**: Done\n\ntext\n\n## Notes\n",
        add("b"),
        expect![[""]],
    );
    check_add(
        "# Plan: x\n\n1. [ ] a\n2. [ ] b\n",
        NewTask { after: Some("a".into()), ..add("c") },
        expect![[""]],
    );
    check_add(
        "# Plan: x\n\n- [ ] a\n",
        NewTask { requirements: vec!["FR-001".into()], ..add("c") },
        expect![[""]],
    );
    check_add(PLAN, add("a\n- [x] b"), expect![[""]]);
    check_add(PLAN, NewTask { phase: Some("7".into()), ..add("c") }, expect![[""]]);
    check_add(PLAN, NewTask { depends_on: Some("9.9".into()), ..add("c") }, expect![[""]]);
}

#[test]
fn all_operations_or_none() {
    check(
        PLAN,
        &[Operation::Set(set("1.1", State::Done)), Operation::Set(set("9.9", State::Done))],
        expect![[""]],
    );
    let add = NewTask { title: "new".into(), after: Some("1.1".into()), ..NewTask::default() };
    check(PLAN, &[Operation::Add(add), Operation::Set(set("line:6", State::Done))], expect![[""]]);
}
