//! What is read of a plan: text in, text out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use expect_test::{Expect, expect};
use plan_model::Plan;
use plan_syntax::Document;

/// The plan as text: title and fields, then sections and items in document order with their progress.
fn dump(text: &str) -> String {
    let plan = Plan::new(&Document::new(text));
    let mut out = String::new();
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    if let Some(title) = plan.title() {
        out.push_str(&format!("title {title:?}\n"));
    }
    for field in plan.fields() {
        let meaning = field.meaning.map_or("-", plan_model::Meaning::name);
        out.push_str(&format!(
            "field {}: {meaning} {:?} = {:?}\n",
            line(field.key_range.start),
            field.key,
            field.value
        ));
    }
    let mut lines: Vec<(usize, String)> = Vec::new();
    for section in plan.sections() {
        let progress = section.progress();
        let hashes = "#".repeat(section.level().into());
        lines.push((
            section.heading_range().start,
            format!("{hashes} {:?} {}/{}", section.title(), progress.done, progress.total),
        ));
    }
    for item in plan.items() {
        let depth =
            std::iter::successors(item.parent(), |parent| plan.item(*parent).unwrap().parent()).count();
        let carriers: Vec<&str> = item.carriers().map(|(kind, ..)| kind.name()).collect();
        let progress = item.progress();
        lines.push((
            item.line().start,
            format!(
                "{}{} {} {:?} {}{}{} {}/{}",
                "  ".repeat(depth + 1),
                item.kind().name(),
                item.id().map_or("-", |id| id.as_str()),
                item.title(),
                item.state().map_or("-", plan_model::State::name),
                if item.is_optional() { " optional" } else { "" },
                if carriers.is_empty() { String::new() } else { format!(" ({})", carriers.join(", ")) },
                progress.done,
                progress.total
            ),
        ));
    }
    lines.sort_by_key(|(at, _)| *at);
    for (_, shown) in lines {
        out.push_str(&shown);
        out.push('\n');
    }
    out
}

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&dump(text));
}

#[test]
fn header_fields_in_their_forms() {
    check(
        "---\nstatus: active\nowner: \"the team\"\n---\n# Plan: x\n\n**Status**: Done | **Owner**: me\n- **Created**: 2026-01-02\n- Target: 2026-03-04\n\n> **Priority:** high\n\n## Metadata\n\n- **ID**: plan-1\n\n## Work\n\n**Goal**: not of the header\n",
        expect![[r##"
            title "Plan: x"
            field 2: status "status" = "active"
            field 3: owner "owner" = "the team"
            field 7: status "Status" = "Done"
            field 7: owner "Owner" = "me"
            field 8: created "Created" = "2026-01-02"
            field 9: target "Target" = "2026-03-04"
            field 11: priority "Priority" = "high"
            field 15: id "ID" = "plan-1"
            # "Plan: x" 0/0
            ## "Metadata" 0/0
            ## "Work" 0/0
        "##]],
    );
    check(
        "# Plan: y\n\n## Status\n\nComplete\n\n## Work\n",
        expect![[r##"
            title "Plan: y"
            field 3: status "Status" = "Complete"
            # "Plan: y" 0/0
            ## "Status" 0/0
            ## "Work" 0/0
        "##]],
    );
    check(
        "# Plan: z\n\n**Status**: Draft\n---\n\ntext\n",
        expect![[r##"
            title "Plan: z"
            field 3: status "Status" = "Draft"
            # "Plan: z" 0/0
        "##]],
    );
}

#[test]
fn boxes_whatever_their_bullet_mark_and_depth() {
    check(
        "# Plan: x\n\n- [x] a\n  - [ ] b\n    - [~] c\n* [X] **Task 1.1**: d\n+ [✅] T001 [P] e\n1. [ ] f\n- [?] g\n- **[x]** h\n- [ ]* 2.2 i\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 4/8
              task - "a" done (box) 1/3
                task - "b" open (box) 0/2
                  task - "c" active (box) 0/1
              task 1.1 "d" done (box) 1/1
              task T001 "e" done (box) 1/1
              task - "f" open (box) 0/1
              task - "g" open (box) 0/1
              task - "h" done (bold-box) 1/1
              task 2.2 "i" open optional (box) 0/0
        "#]],
    );
}

#[test]
fn carriers_refine_what_is_not_done() {
    check(
        "# Plan: x\n\n- [ ] a (deferred to Q3)\n- [x] b (deferred)\n- [ ] ~~c~~\n- [ ] ✅ d\n- [x] ❌ e [CANCELLED]\n- [ ] 🚧 f\n- [x] ✅ g ✅\n- [ ] h (done by hand)\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 2/6
              task - "a" deferred (box, word) 0/1
              task - "b" done (box, word) 1/1
              task - "c" cancelled (box, strikethrough) 0/0
              task - "d" open (box, emoji) 0/1
              task - "e" cancelled (box, emoji, word) 0/0
              task - "f" active (box, emoji) 0/1
              task - "g" done (box, emoji, emoji) 1/1
              task - "h (done by hand)" open (box) 0/1
        "#]],
    );
}

#[test]
fn phases_and_what_is_none() {
    check(
        "# Plan: x\n\n## Work\n\n### Phase 1: Copy (Weeks 1-2) [COMPLETED]\n\n- [x] a\n\n#### Phase 1 Deliverables\n\n- [x] b\n\n### ✅ Phase 2 — Switch\n\n- [ ] c\n\n### Notes\n\n- [ ] d\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 2/4
            ## "Work" 2/4
            ### "Phase 1: Copy (Weeks 1-2) [COMPLETED]" 2/2
              phase phase 1 "Copy" done (heading, word) 2/2
                task - "a" done (box) 1/1
            #### "Phase 1 Deliverables" 1/1
                task - "b" done (box) 1/1
            ### "✅ Phase 2 — Switch" 0/1
              phase phase 2 "Switch" done (heading, emoji) 0/1
                task - "c" open (box) 0/1
            ### "Notes" 0/1
              task - "d" open (box) 0/1
        "#]],
    );
}

#[test]
fn boxes_that_are_none() {
    check(
        "# Plan: x\n\n- [ ] a\n\n```\n- [ ] code\n```\n\n<!--\n- [ ] comment\n-->\n\n- [link](x.md)\n- [ref]\n- `[ ]` code\n\n[ref]: y.md\n",
        expect![[r##"
            title "Plan: x"
            # "Plan: x" 0/1
              task - "a" open (box) 0/1
        "##]],
    );
}

#[test]
fn boxes_that_were_meant() {
    check(
        "# Plan: x\n\n- [x] a\n- [] b\n-[ ] c\n\n[x] d\n\n# Other\n\n[x] marks the spot\n",
        expect![[r##"
            title "Plan: x"
            # "Plan: x" 2/4
              task - "a" done (box) 1/1
              task - "b" open (box) 0/1
              task - "c" open (box) 0/1
              task - "d" done (box) 1/1
            # "Other" 0/0
        "##]],
    );
}

/// Ranges of thousands of tasks, again and again, do not fill the memory.
#[test]
fn ranges_lead_to_so_many_items_and_no_more() {
    let tasks: String = (0..1000).map(|n| format!("- [ ] **Task 1.{n}**: a\n")).collect();
    let ranges = "Tasks 1.0-1.999, ".repeat(300);
    let text = format!("# Plan: x\n\n{tasks}- [ ] **Task 2.1**: b\n  - Depends on: {ranges}Task 1.5\n");
    let plan = Plan::new(&Document::new(&text));
    let [dependency] = plan.dependencies() else { panic!("one dependency") };
    let places: Vec<usize> = dependency.names.iter().map(|name| name.targets.len()).collect();
    assert_eq!((places[0], places[199], places[200], places[300]), (1000, 1000, 0, 1));
    assert_eq!(dependency.targets().len(), 1000);
}
