//! Entries other than tasks, such as risks, milestones, blockers and logs: text in, text out.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use expect_test::{Expect, expect};
use plan_model::{Excerpt, Plan, ResolvedName};
use plan_syntax::Document;

fn line(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

fn quoted(excerpt: &Option<Excerpt<'_>>) -> String {
    excerpt.as_ref().map_or("-".into(), |excerpt| format!("{:?}", excerpt.text))
}

fn targets(names: &[ResolvedName]) -> Vec<String> {
    names.iter().flat_map(|name| &name.targets).map(|(id, _)| id.to_string()).collect()
}

fn check(text: &str, expect: Expect) {
    let plan = Plan::new(&Document::new(text));
    let mut lines: Vec<String> = Vec::new();
    let mut add = |range: &plan_model::TextRange, what: String| {
        lines.push(format!("{}: {what}", line(text, range.start)))
    };
    for table in plan.tables() {
        add(&table.range(), format!("table {:?} {:?}", table.kind(), table.columns()));
    }
    for risk in plan.risks() {
        let fields = [&risk.probability, &risk.impact, &risk.mitigation, &risk.contingency, &risk.owner];
        let fields: Vec<String> = fields.into_iter().map(quoted).collect();
        add(&risk.title.range, format!("risk {:?} {}", risk.title.text, fields.join(" ")));
    }
    for found in plan.milestones() {
        let when = found.date.map_or_else(|| format!("{:?}", found.relative), |date| date.to_string());
        add(
            &found.title.range,
            format!("milestone {:?} {when} {:?}", found.title.text, targets(&found.tasks)),
        );
    }
    for found in plan.blockers() {
        let fields = [&found.impact, &found.owner, &found.resolution, &found.due].map(quoted);
        add(&found.title.range, format!("blocker {:?} {}", found.title.text, fields.join(" ")));
    }
    for found in plan.external_dependencies() {
        add(&found.key.range, format!("needs {:?} {}", found.text.text, quoted(&found.status)));
    }
    for found in plan.approvals() {
        add(
            &found.role.range,
            format!("approval {:?} {} {}", found.role.text, quoted(&found.name), quoted(&found.date)),
        );
    }
    for found in plan.checkpoints() {
        let kind = if found.contingency { "contingency" } else { "checkpoint" };
        add(&found.condition.range, format!("{kind} {:?} {:?}", found.condition.text, targets(&found.names)));
    }
    for entry in plan.log() {
        add(&entry.range, format!("log {} {:?}", entry.date, entry.state));
    }
    for (range, value) in plan.progress_values() {
        add(&range, format!("progress {value:?}"));
    }
    for (range, amount) in plan.amounts() {
        add(&range, format!("amount {} {} {:?}", amount.currency, amount.value, amount.per));
    }
    for edge in plan.text_diagram_edges() {
        let (from, to) = (targets(std::slice::from_ref(&edge.from)), targets(&[edge.to]));
        add(&edge.from.range, format!("edge {from:?} -> {to:?}"));
    }
    for path in plan.code_paths() {
        add(&path.range, format!("path {} {:?} {:?}", path.path, path.line, path.intent));
    }
    for link in plan.links() {
        add(
            &link.range,
            format!("link {:?} -> {:?}{}", link.text, link.target, if link.image { " image" } else { "" }),
        );
    }
    if let Some(latest) = plan.latest_status() {
        add(&latest.range, format!("latest {} {:?}", latest.date, latest.state));
    }
    expect.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn risks_in_three_forms() {
    check(
        "# Plan: x\n\n## Risks\n\n| Risk | Impact | Likelihood | Mitigation Strategy | Owner |\n|---|---|---|---|---|\n| Rain | High | Low | Umbrella | Bo |\n\n**Risk 1**: Wind\n- **Likelihood**: Medium\n- **Impact**: Low\n- **Mitigation**: Rope\n- **Contingency**: Go home\n\n**Risk 2**: Snow\n- **Impact**: High\n\n### More\n\n- **Risk**: Fog\n  - **Mitigation**: Lamp\n",
        expect![[r#"
            5: table Risks [Risk, Impact, Probability, Mitigation, Owner]
            7: risk "Rain" "Low" "High" "Umbrella" - "Bo"
            9: risk "Wind" "Medium" "Low" "Rope" "Go home" -
            15: risk "Snow" - "High" - - -
            20: risk "Fog" - - "Lamp" - -
        "#]],
    );
}

#[test]
fn milestones_and_timelines() {
    check(
        "# Plan: x\n\n## Work\n\n### Phase 1: a\n\n- [ ] Task 1.1: a\n- [ ] Task 1.2: b\n\n### Phase 2: b\n\n## Timeline\n\n| Milestone | Date | Description | Dependencies |\n|---|---|---|---|\n| **M1: a** | 2026-03-01 | all of it | Tasks 1.1-1.2 |\n| M2 | YYYY-MM-DD | | |\n\n**Key milestones:**\n- **2026-04-01:** halfway\n- **Week 6:** nearly\n\n```\nPhase 1 ──→ Phase 2 --> Phase 3\n```\n",
        expect![[r#"
            14: table Milestones [Milestone, Date, Description, DependsOn]
            16: milestone "**M1: a**" 2026-03-01 ["1.1", "1.2"]
            17: milestone "M2" None []
            20: milestone "halfway" 2026-04-01 []
            21: milestone "nearly" Some(RelativeDate { unit: Week, first: 6, last: 6, range: 0..6 }) []
            24: edge ["phase 1"] -> ["phase 2"]
            24: edge ["phase 2"] -> []
        "#]],
    );
}

#[test]
fn blockers_approvals_and_checkpoints() {
    check(
        "# Plan: x\n\n## Phases\n\n### Phase 1: a\n\n## Blockers\n\n| Blocker | Impact | Resolution Plan | Owner |\n|---|---|---|---|\n| No key | All stops | Ask | Bo |\n\n### Current Blockers\n\n1. The door is shut\n   - Impact: no entry\n   - Owner: Ada\n   - ETA: 2026-03-01\n\n## Dependencies\n\n- **Dependency 1**: a key - ordered\n- **Dependency 2**: a door\n\n## Approval\n\n| Role | Name | Date | Signature |\n|---|---|---|---|\n| Lead | Ada | 2026-02-01 | |\n\n## Checks\n\n1. **After Phase 1**: the door opens\n\n**If Risk 1 occurs:**\n1. Climb\n",
        expect![[r#"
            9: table Blockers [Blocker, Impact, Mitigation, Owner]
            27: table Approval [Role, Owner, Date, Signature]
            11: blocker "No key" "All stops" "Bo" "Ask" -
            15: blocker "The door is shut" "no entry" "Ada" - "2026-03-01"
            22: needs "a key" "ordered"
            23: needs "a door" -
            29: approval "Lead" "Ada" "2026-02-01"
            33: checkpoint "After Phase 1" ["phase 1"]
            35: contingency "If Risk 1 occurs" []
        "#]],
    );
}

#[test]
fn logs_progress_and_amounts() {
    check(
        "# Plan: x\n\n**Completion:** 40% overall\n\nTotal tasks: 40, of which 12/40 tasks are done. It costs $500/month.\n\n## Updates\n\n#### 2026-02-10\n\nwent well\n\n## Status Log\n\n| Date | Status | Notes |\n|---|---|---|\n| 2026-03-01 | Blocked | no key |\n| 2026-01-01 | Planning | start |\n\n## Change Log\n\n| Date | Change | Reason | Author |\n|---|---|---|---|\n| 2026-03-02 | b | c | d |\n",
        expect![[r#"
            15: table StatusLog [Date, Status, Notes]
            22: table ChangeLog [Date, Change, Other, Owner]
            9: log 2026-02-10 None
            17: log 2026-03-01 Some(Blocked)
            18: log 2026-01-01 Some(Open)
            24: log 2026-03-02 None
            3: progress Percent(40.0)
            5: progress Total(40)
            5: progress Fraction { done: 12, total: 40 }
            5: amount $ 500 Some("month")
            17: latest 2026-03-01 Some(Blocked)
        "#]],
    );
}

#[test]
fn links_and_paths() {
    check(
        "# Plan: x\n\nSee [the spec](../specs/x.md), [this][ref], ![shot](a.png) and <https://example.org>.\n\n**New files:**\n- `src/new.rs` - the start\n\n**Modified files:**\n- `src/old.rs:12` - `fn main()`\n\n[ref]: notes.md\n",
        expect![[r#"
            6: path src/new.rs None Some(Create)
            9: path src/old.rs Some(12) Some(Modify)
            3: link "the spec" -> "../specs/x.md"
            3: link "this" -> "notes.md"
            3: link "shot" -> "a.png" image
            3: link "https://example.org" -> "https://example.org"
        "#]],
    );
}

#[test]
fn names_in_sibling_files() {
    struct Folder;
    impl plan_model::Siblings for Folder {
        fn find(&self, from: &str, id: &plan_model::Id) -> Option<String> {
            assert_eq!(from, "plans/a.md");
            (id.as_str() == "9.1").then(|| "plans/b.md#9.1".to_owned())
        }
    }
    let text = "# Plan: x\n\n- [ ] 1.1 a\n  - Depends on: 9.1, 9.2\n- [ ] 1.2 b\n  - Depends on: 1.1\n";
    let plan = Plan::new(&Document::new(text));
    let dependencies = plan.located_dependencies_with_siblings("plans/a.md", &Folder);
    let names: Vec<String> = dependencies
        .iter()
        .flat_map(|dependency| &dependency.names)
        .map(|name| {
            format!("{:?} {:?} {:?}", name.resolution, targets(std::slice::from_ref(name)), name.siblings)
        })
        .collect();
    assert_eq!(names, ["SiblingFile [] [\"plans/b.md#9.1\"]", "Unresolved [] []", "SameScope [\"1.1\"] []"]);
}
