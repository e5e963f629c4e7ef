//! The items, fields and states of plans: text in, text out.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::sync::Arc;

use expect_test::{Expect, expect};
use plan_model::{Meaning, Plan, Vocabulary};
use plan_syntax::Document;

/// Formats a plan as text: title and fields, then sections and items in document order with their progress.
fn dump(text: &str) -> String {
    let plan = Plan::new(&Document::new(text));
    let mut out = String::new();
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
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
        let state_sources: Vec<&str> = item.state_sources().map(|(kind, ..)| kind.name()).collect();
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
                if state_sources.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", state_sources.join(", "))
                },
                progress.done,
                progress.total
            ),
        ));
    }
    lines.sort_by_key(|(offset, _)| *offset);
    for (_, line) in lines {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&dump(text));
}

#[test]
fn header_fields() {
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
fn checkboxes_with_any_bullet_character_and_depth() {
    check(
        "# Plan: x\n\n- [x] a\n  - [ ] b\n    - [~] c\n* [X] **Task 1.1**: d\n+ [✅] T001 [P] e\n1. [ ] f\n- [?] g\n- **[x]** h\n- [ ]* 2.2 i\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 4/8
              task - "a" done (checkbox) 1/3
                task - "b" open (checkbox) 0/2
                  task - "c" active (checkbox) 0/1
              task 1.1 "d" done (checkbox) 1/1
              task T001 "e" done (checkbox) 1/1
              task - "f" open (checkbox) 0/1
              task - "g" open (checkbox) 0/1
              task - "h" done (bold-checkbox) 1/1
              task 2.2 "i" open optional (checkbox) 0/0
        "#]],
    );
}

#[test]
fn state_sources_refine_open_states() {
    check(
        "# Plan: x\n\n- [ ] a (deferred to Q3)\n- [x] b (deferred)\n- [ ] ~~c~~\n- [ ] ✅ d\n- [x] ❌ e [CANCELLED]\n- [ ] 🚧 f\n- [x] ✅ g ✅\n- [ ] h (done by hand)\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 2/6
              task - "a" deferred (checkbox, word) 0/1
              task - "b" done (checkbox, word) 1/1
              task - "c" cancelled (checkbox, strikethrough) 0/0
              task - "d" open (checkbox, emoji) 0/1
              task - "e" cancelled (checkbox, emoji, word) 0/0
              task - "f" active (checkbox, emoji) 0/1
              task - "g" done (checkbox, emoji, emoji) 1/1
              task - "h (done by hand)" open (checkbox) 0/1
        "#]],
    );
}

#[test]
fn headings_that_are_phases() {
    check(
        "# Plan: x\n\n## Work\n\n### Phase 1: Copy (Weeks 1-2) [COMPLETED]\n\n- [x] a\n\n#### Phase 1 Deliverables\n\n- [x] b\n\n### ✅ Phase 2 — Switch\n\n- [ ] c\n\n### Notes\n\n- [ ] d\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 2/4
            ## "Work" 2/4
            ### "Phase 1: Copy (Weeks 1-2) [COMPLETED]" 2/2
              phase phase 1 "Copy" done (heading, word) 2/2
                task - "a" done (checkbox) 1/1
            #### "Phase 1 Deliverables" 1/1
                task - "b" done (checkbox) 1/1
            ### "✅ Phase 2 — Switch" 0/1
              phase phase 2 "Switch" done (heading, emoji) 0/1
                task - "c" open (checkbox) 0/1
            ### "Notes" 0/1
              task - "d" open (checkbox) 0/1
        "#]],
    );
}

#[test]
fn text_that_is_not_a_checkbox() {
    check(
        "# Plan: x\n\n- [ ] a\n\n```\n- [ ] code\n```\n\n<!--\n- [ ] comment\n-->\n\n- [link](x.md)\n- [ref]\n- `[ ]` code\n\n[ref]: y.md\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 0/1
              task - "a" open (checkbox) 0/1
        "#]],
    );
}

#[test]
fn malformed_checkboxes() {
    check(
        "# Plan: x\n\n- [x] a\n- [] b\n-[ ] c\n\n[x] d\n\n# Other\n\n[x] marks the spot\n",
        expect![[r#"
            title "Plan: x"
            # "Plan: x" 2/4
              task - "a" done (checkbox) 1/1
              task - "b" open (checkbox) 0/1
              task - "c" open (checkbox) 0/1
              task - "d" done (checkbox) 1/1
            # "Other" 0/0
        "#]],
    );
}

/// Repeated ranges of thousands of tasks must not exhaust the memory.
#[test]
fn the_number_of_range_targets_is_limited() {
    let tasks: String = (0..1000).map(|n| format!("- [ ] **Task 1.{n}**: a\n")).collect();
    let ranges = "Tasks 1.0-1.999, ".repeat(300);
    let text = format!("# Plan: x\n\n{tasks}- [ ] **Task 2.1**: b\n  - Depends on: {ranges}Task 1.5\n");
    let plan = Plan::new(&Document::new(&text));
    let [dependency] = plan.located_dependencies() else { panic!("one dependency") };
    let counts: Vec<usize> = dependency.names.iter().map(|name| name.targets.len()).collect();
    assert_eq!((counts[0], counts[199], counts[200], counts[300]), (1000, 1000, 0, 1));
    assert_eq!(dependency.targets().len(), 1000);
}

/// Nouns and keys from settings are read like built-in ones: in headings, fields, columns and references.
#[test]
fn custom_nouns_and_keys() {
    let mut vocabulary = Vocabulary::default();
    vocabulary.add_phase_noun("Lieferung");
    vocabulary.add_task_noun("Posten");
    vocabulary.add_key("Braucht", Meaning::DependsOn);
    vocabulary.add_key("Pate", Meaning::Owner);
    vocabulary.add_key("Zustand heute", Meaning::Status);
    let text = "# Plan\n\n## Lieferung 1: a\n\n- [x] Posten 1.1: b\n\n## Lieferung 2: c\n\nBraucht: Lieferung 1\n\n\
                - [ ] Posten 2.1: d (depends on Posten 1.1)\n  - Pate: Ada\n\n\
                | ID | Zustand heute |\n| --- | --- |\n| A-1 | done |\n";
    let plan = Plan::with_vocabulary(&Document::new(text), &Arc::new(vocabulary));
    let items: Vec<String> = plan
        .items()
        .map(|item| format!("{} {:?}", item.id().map(ToString::to_string).unwrap_or_default(), item.state()))
        .collect();
    assert_eq!(
        items,
        ["lieferung 1 None", "1.1 Some(Done)", "lieferung 2 None", "2.1 Some(Open)", "A1 Some(Done)"]
    );
    let dependencies: Vec<usize> = plan
        .located_dependencies()
        .iter()
        .flat_map(|dependency| dependency.targets())
        .filter_map(|(_, item)| item)
        .collect();
    assert_eq!(dependencies, [0, 1], "indices of the items");
}
