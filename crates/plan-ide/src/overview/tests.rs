//! Tests of overviews: ready tasks, graphs, timelines and statuses of plans.

mod real;

use std::{fmt::Write, sync::Arc};

use expect_test::{Expect, expect};
use plan_syntax::Document;

use super::{dot, graph, mermaid, mermaid_of_timeline, ready_tasks, status, timeline};
use crate::{Environment, File};

fn file(text: &str) -> File {
    File::new("plan.md", Document::new(text))
}

const PLAN: &str = "\
# Plan: Move the index

**Status**: In Progress

## Phase 1: Prepare

**Owner**: Ada

- [x] **Task 1.1**: Order disks
  - Estimate: 1 day
- [ ] **Task 1.2**: Copy the data
  - Dependencies: Task 1.1
  - Estimate: 2 days
  - [ ] the old half
  - [x] the new half
- [ ] **Task 1.3**: Tell everyone
  - Dependencies: Task 1.1
  - Estimate: 1 hour

## Phase 2: Switch

**Dependencies**: Phase 1

- [ ] **Task 2.1**: Switch the readers over
  - Dependencies: Task 1.2, Task 1.3
  - Estimate: 4 hours
- [~] **Task 2.2**: Train the desk
";

fn check_next(text: &str, expect: Expect) {
    let mut out = String::new();
    for task in ready_tasks(&file(text)) {
        let _ = write!(out, "{}: {} {}", task.line + 1, task.id.unwrap_or_default(), task.title);
        let _ = writeln!(out, " ({}) {:?} {:?}", task.state.name(), task.owner, task.estimate);
    }
    expect.assert_eq(&out);
}

#[test]
fn blocked_tasks_and_their_children_are_not_ready() {
    check_next(
        PLAN,
        expect![[r#"
        14:  the old half (open) Some("Ada") None
        16: 1.3 Tell everyone (open) Some("Ada") Some("1 hour")
    "#]],
    );
}

#[test]
fn active_tasks_come_first_and_tasks_of_blocked_phases_are_not_ready() {
    check_next(
        "# Plan: x\n\n## Phase 1: A\n\n- [ ] one\n- [!] two\n- [/] three\n- [>] four\n- [-] five\n\n\
         ## Phase 2: B\n\n**Status**: Blocked\n\n- [ ] six\n\n\
         ## Success Criteria\n\n- [ ] nothing hurts\n",
        expect![[r#"
            7:  three (active) None None
            8:  four (active) None None
            5:  one (open) None None
        "#]],
    );
}

#[test]
fn cycles_are_not_ready_and_self_dependencies_are_ignored() {
    check_next(
        "# Plan: x\n\n## Phase 1: A\n\n**Dependencies**: Task 1.1\n\n- [ ] **Task 1.1**: a\n\
         - [ ] **Task 1.2**: b\n  - Dependencies: Task 1.3\n- [ ] **Task 1.3**: c\n  - Dependencies: Task 1.2\n\
         - [ ] **Task 1.4**: d\n  - Blocks: Task 1.5\n- [ ] **Task 1.5**: e\n",
        expect![[r#"
            7: 1.1 a (open) None None
            12: 1.4 d (open) None None
        "#]],
    );
}

#[test]
fn finished_plans_have_no_ready_tasks() {
    check_next("# Plan: x\n\n**Status**: Superseded\n\n## Phase 1: A\n\n- [ ] one\n", expect![[r#""#]]);
}

#[test]
fn graph_as_a_flowchart() {
    expect![[r#"
        flowchart LR
          %% critical path: 2 of 6, 21 h
          subgraph n0["Phase 1: Prepare"]
            n1["1.1 Order disks (8 h)"]
            n2["1.2 Copy the data (16 h)"]
            n5["1.3 Tell everyone (1 h)"]
          end
          subgraph n6["Phase 2: Switch"]
            n7["2.1 Switch the readers over (4 h)"]
          end
          n0 ==> n6
          n1 --> n2
          n1 --> n5
          n2 --> n7
          n5 --> n7
          classDef open fill:#ffffff,stroke:#6b7280,color:#111827
          class n2,n5,n7 open
          classDef active fill:#dbeafe,stroke:#2563eb,color:#111827
          class n0,n6 active
          classDef done fill:#dcfce7,stroke:#16a34a,color:#111827
          class n1 done
          classDef critical stroke:#b91c1c,stroke-width:3px
          class n0,n6 critical
    "#]]
    .assert_eq(&mermaid(&graph(&file(PLAN))));
}

#[test]
fn graph_as_a_digraph() {
    expect![[r##"
        digraph plan {
          rankdir=LR;
          node [shape=box, style="rounded,filled", fillcolor="#ffffff"];
          subgraph cluster_0 {
            label="Phase 1: Prepare";
            n0 [label="Phase 1: Prepare", fillcolor="#dbeafe", color="#b91c1c", penwidth=3, shape=folder];
            n1 [label="1.1 Order disks (8 h)", fillcolor="#dcfce7", color="#16a34a"];
            n2 [label="1.2 Copy the data (16 h)", fillcolor="#ffffff", color="#6b7280"];
            n5 [label="1.3 Tell everyone (1 h)", fillcolor="#ffffff", color="#6b7280"];
          }
          subgraph cluster_6 {
            label="Phase 2: Switch";
            n6 [label="Phase 2: Switch", fillcolor="#dbeafe", color="#b91c1c", penwidth=3, shape=folder];
            n7 [label="2.1 Switch the readers over (4 h)", fillcolor="#ffffff", color="#6b7280"];
          }
          n0 -> n6 [penwidth=3, color="#b91c1c"];
          n1 -> n2;
          n1 -> n5;
          n2 -> n7;
          n5 -> n7;
        }
    "##]]
    .assert_eq(&dot(&graph(&file(PLAN))));
}

#[test]
fn labels_are_escaped() {
    let text = "# Plan: x\n\n## Phase 1: A \"b\" [c]\n\n- [ ] **Task 1.1**: say \"hi\" # & <b> `x]` {y} %%{init}%% \\\\n\n\
                - [ ] **Task 1.2**: [a link](b.md)\n  - Dependencies: Task 1.1\n";
    expect![[r#"
        flowchart LR
          %% critical path: 2 of 2
          subgraph n0["Phase 1: A #quot;b#quot;"]
            n1["1.1 say #quot;hi#quot; #35; #amp; #lt;b#gt; x#93; #123;y#125; #37;#37;#123;init#125;#37;#37; #92;#92;n"]
            n2["1.2 #91;a link#93;(b.md)"]
          end
          n1 ==> n2
          classDef open fill:#ffffff,stroke:#6b7280,color:#111827
          class n1,n2 open
          classDef critical stroke:#b91c1c,stroke-width:3px
          class n1,n2 critical
    "#]].assert_eq(&mermaid(&graph(&file(text))));
    expect![[r##"
        digraph plan {
          rankdir=LR;
          node [shape=box, style="rounded,filled", fillcolor="#ffffff"];
          subgraph cluster_0 {
            label="Phase 1: A \"b\"";
            n1 [label="1.1 say \"hi\" # & <b> x] {y} %%{init}%% \\\\n", fillcolor="#ffffff", color="#b91c1c", penwidth=3];
            n2 [label="1.2 [a link](b.md)", fillcolor="#ffffff", color="#b91c1c", penwidth=3];
          }
          n1 -> n2 [penwidth=3, color="#b91c1c"];
        }
    "##]].assert_eq(&dot(&graph(&file(text))));
}

#[test]
fn without_dependencies_the_graph_has_phases() {
    let phases = "# Plan: x\n\n## Phase 1: A\n\n- [x] one\n\n## Phase 2: B\n\n- [ ] two\n";
    expect![[r#"
        flowchart LR
          n0(["Phase 1: A"])
          n2(["Phase 2: B"])
          classDef open fill:#ffffff,stroke:#6b7280,color:#111827
          class n2 open
          classDef done fill:#dcfce7,stroke:#16a34a,color:#111827
          class n0 done
    "#]]
    .assert_eq(&mermaid(&graph(&file(phases))));
    expect![[r#"
        flowchart LR
    "#]]
    .assert_eq(&mermaid(&graph(&file("# Nothing\n"))));
}

fn critical(text: &str) -> (Vec<String>, Option<f64>) {
    let file = file(text);
    let graph = graph(&file);
    let name =
        |item: &usize| graph.nodes.iter().find(|node| node.item == *item).and_then(|node| node.id.clone());
    (graph.critical_path.iter().filter_map(name).collect(), graph.critical_hours)
}

#[test]
fn critical_path_is_the_longest() {
    let plan = |first: &str, second: &str, third: &str| {
        format!(
            "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a{first}\n- [ ] **Task 1.2**: b\n  - Dependencies: 1.1\n\
             - [ ] **Task 1.3**: c{second}\n- [ ] **Task 1.4**: d{third}\n  - Dependencies: 1.2, 1.3\n"
        )
    };
    let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(critical(&plan("", "", "")), (ids(&["1.1", "1.2", "1.4"]), None));
    let long = plan("\n  - Estimate: 1 day", "\n  - Estimate: 2 weeks", "");
    assert_eq!(critical(&long), (ids(&["1.3", "1.4"]), Some(80.0)));
    let cycle = plan("\n  - Dependencies: 1.2", "", "");
    assert_eq!(critical(&cycle).0.len(), 2, "edges of the cycle are ignored");
    assert_eq!(critical(&plan("", "", "").replace("[ ]", "[x]")), (Vec::new(), None));
}

#[test]
fn phases_without_estimate_sum_their_open_tasks() {
    let text = "# Plan: x\n\n## Phase 1: A\n\n- [x] one\n  - Estimate: 9 days\n- [ ] two\n  - Estimate: 2 days\n\n\
                ## Phase 2: B (Estimated: 3 days)\n\n**Dependencies**: Phase 1\n\n- [ ] three\n";
    let graph = graph(&file(text));
    assert_eq!(graph.nodes.iter().map(|node| node.hours).collect::<Vec<_>>(), [Some(16.0), Some(24.0)]);
    assert_eq!(graph.critical_hours, Some(40.0));
}

#[test]
fn statuses_and_overdue_days() {
    let on = |day: &str, text: &str| {
        let environment = Environment { today: Some(day.to_owned()), ..Environment::default() };
        status(&File::with_environment("plan.md", Document::new(text), Arc::new(environment)))
    };
    let text = "# Plan: x\n\n**Status**: **In Progress** (late)\n**Target Completion**: 2026-03-01\n\n- [x] a\n- [ ] b\n";
    expect![[r#"
        PlanStatus {
            path: "plan.md",
            title: Some(
                "Plan: x",
            ),
            template: None,
            status_text: Some(
                "In Progress (late)",
            ),
            state: Some(
                Active,
            ),
            done: 1,
            total: 2,
            next: [
                NextTask {
                    item: 1,
                    id: None,
                    title: "b",
                    line: 6,
                    state: Open,
                    phase: None,
                    owner: None,
                    estimate: None,
                },
            ],
            overdue_days: Some(
                10,
            ),
            target: Some(
                "2026-03-01",
            ),
        }
    "#]]
    .assert_debug_eq(&on("2026-03-11", text));
    assert_eq!(on("2026-03-01", text).overdue_days, None);
    assert_eq!(on("2026-03-11", &text.replace("In Progress", "Done")).overdue_days, None);
    assert_eq!(status(&file(text)).overdue_days, None, "the current date is unknown");
}

fn check_timeline(today: &str, text: &str, expect: Expect) {
    let environment = Environment { today: Some(today.to_owned()), ..Environment::default() };
    let file = File::with_environment("plan.md", Document::new(text), Arc::new(environment));
    expect.assert_eq(&mermaid_of_timeline(&timeline(&file)));
}

#[test]
fn timeline_of_gantt_charts() {
    check_timeline(
        "2026-03-11",
        "# Plan: x\n\n**Target**: 2026-04-01\n\n- [x] **Task 1.1**: Copy: all\n- [ ] **Task 1.2**: b\n  - Depends on: Task 1.1\n\n\
         ```mermaid\ngantt\n  title Chart\n  dateFormat YYYY-MM-DD\n  excludes weekends\n  section A\n\
         \x20 Task 1.1 :t1, 2026-03-05, 3d\n  Task 1.2 :active, t2, after t1, 2d\n  section B\n\
         \x20 Page one :crit, 2026-03-12, 1d\n  Done? :milestone, 2026-03-16, 0d\n  lost :after gone, 3d\n```\n",
        expect![[r#"
            gantt
              title Chart
              dateFormat YYYY-MM-DD
              section A
              1.1 Copy#58; all :done, 2026-03-05, 2026-03-10
              1.2 b :crit, 2026-03-10, 2026-03-12
              section B
              Page one :crit, 2026-03-12, 2026-03-13
              Done? :milestone, 2026-03-16, 0d
              section Milestones
              Target :milestone, 2026-04-01, 0d
        "#]],
    );
}

#[test]
fn timeline_of_dates_and_estimates() {
    // Starts on Wednesday; blocked tasks start after their dependencies, and weekends are free.
    check_timeline(
        "2026-03-11",
        PLAN,
        expect![[r#"
            gantt
              title Plan#58; Move the index
              dateFormat YYYY-MM-DD
              section Phase 1#58; Prepare
              1.2 Copy the data :crit, 2026-03-11, 2026-03-13
              1.3 Tell everyone :2026-03-11, 2026-03-12
              section Phase 2#58; Switch
              2.1 Switch the readers over :crit, 2026-03-13, 2026-03-14
        "#]],
    );
    check_timeline(
        "2026-03-11",
        "# Plan: x\n\n**Created**: 2026-03-02\n\n## Phase 1: A (Weeks 1-2)\n\n- [ ] one\n\n## Phase 2: B (Week 3)\n\n- [ ] two\n",
        expect![[r#"
            gantt
              title Plan#58; x
              dateFormat YYYY-MM-DD
              section Phase 1#58; A
              Phase 1#58; A :2026-03-02, 2026-03-14
              section Phase 2#58; B
              Phase 2#58; B :crit, 2026-03-16, 2026-03-21
        "#]],
    );
    // Cycles terminate, and a plan without dates and estimates has no sections.
    check_timeline(
        "2026-03-13",
        "# Plan: x\n\n- [ ] **Task 1**: a\n  - Depends on: Task 2\n  - Estimate: 6 days\n- [ ] **Task 2**: b\n  - Depends on: Task 1\n  - Estimate: 1 day\n",
        expect![[r#"
            gantt
              title Plan#58; x
              dateFormat YYYY-MM-DD
              1 a :crit, 2026-03-13, 2026-03-21
              2 b :2026-03-13, 2026-03-14
        "#]],
    );
    assert!(timeline(&file("# Plan: x\n\n**Target**: 2026-03-13\n\n- [ ] a\n")).sections.is_empty());
}
