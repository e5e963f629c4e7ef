//! End-to-end tests of `schedule` and `waves`.

use std::fs;

use serde_json::json;

use super::{code, err, folder, out, piped, plansmith, report};

const PLAN: &str = "# Plan: Move\n\n**Created**: 2026-03-02\n**Target**: 2026-03-12\n\n## Phase 1: Prepare\n\n- [x] **Task 1.1**: Measure\n- [ ] **Task 1.2**: Copy in `src/a.rs`\n  - Estimate: 2-3 days\n- [ ] **Task 1.3**: Tell\n  - Estimate: 4h\n\n## Phase 2: Switch\n\n- [ ] **Task 2.1**: Switch\n  - Estimate: 1 day\n  - Dependencies: Task 1.2\n\n## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| Copied | 2026-03-11 | Task 1.2 |\n";

#[test]
fn schedules_in_all_formats() {
    let folder = folder(&[("plan.md", PLAN)]);
    let run = |arguments: &[&str]| {
        let all = [&["schedule", "plan.md", "--today", "2026-03-11"], arguments].concat();
        let output = plansmith(folder.path(), &all);
        assert_eq!(code(&output), 0, "{}", err(&output));
        output
    };
    let found = report(&run(&["--format", "json"]));
    assert_eq!(
        found,
        json!({
            "version": 1,
            "today": "2026-03-11",
            "end": "2026-03-16",
            "items": [
                {"id": "phase 1", "kind": "phase", "title": "Prepare", "line": 6, "start": "2026-03-11", "end": "2026-03-13",
                 "days": 3, "slack": 0, "critical": true, "late": false, "source": "estimate"},
                {"id": "1.1", "kind": "task", "title": "Measure", "line": 8, "start": null, "end": null,
                 "days": null, "slack": null, "critical": false, "late": false, "source": "none"},
                {"id": "1.2", "kind": "task", "title": "Copy in src/a.rs", "line": 9, "start": "2026-03-11", "end": "2026-03-13",
                 "days": 3, "slack": 0, "critical": true, "late": false, "source": "estimate"},
                {"id": "1.3", "kind": "task", "title": "Tell", "line": 11, "start": "2026-03-11", "end": "2026-03-11",
                 "days": 1, "slack": 2, "critical": false, "late": false, "source": "estimate"},
                {"id": "phase 2", "kind": "phase", "title": "Switch", "line": 14, "start": "2026-03-16", "end": "2026-03-16",
                 "days": 1, "slack": 0, "critical": true, "late": false, "source": "estimate"},
                {"id": "2.1", "kind": "task", "title": "Switch", "line": 16, "start": "2026-03-16", "end": "2026-03-16",
                 "days": 1, "slack": 0, "critical": true, "late": false, "source": "estimate"},
                {"id": null, "kind": "milestone", "title": "Copied", "line": 24, "start": "2026-03-11", "end": "2026-03-11",
                 "days": 0, "slack": 3, "critical": false, "late": false, "source": "stated"},
            ],
            "conflicts": [
                {"line": 4, "message": "target date is 2026-03-12, but the schedule ends on 2026-03-16"},
                {"line": 24, "message": "milestone is on 2026-03-11, but `1.2` ends on 2026-03-13"},
            ],
        })
    );
    let text = out(&run(&[]));
    assert!(text.contains("Ends 2026-03-16, 4 days after its target 2026-03-12\n"), "{text}");
    assert!(text.contains("  1.2 Copy in src/a.rs"), "{text}");
    assert!(
        text.contains("ITEM                    START       END         WORKING DAYS  SLACK  REMARKS\n"),
        "{text}"
    );
    let mermaid = out(&run(&["--format", "mermaid"]));
    assert!(
        mermaid.starts_with("gantt\n") && mermaid.contains("  %% dates computed by plansmith"),
        "{mermaid}"
    );
    assert!(out(&run(&["--format", "svg"])).contains("on the critical path"));
    // The saved version has the schedule of its own date.
    let old =
        PLAN.replace("2-3 days", "1 day").replace("**Target**", "**Last Updated**: 2026-03-10\n**Target**");
    fs::write(folder.path().join("old.md"), old).unwrap();
    let svg = out(&run(&["--format", "svg", "--baseline", "old.md"]));
    assert!(svg.contains("1.2 Copy in src/a.rs: 2026-03-11 to 2026-03-13, open, on the critical path; baseline 2026-03-10 to 2026-03-10"), "{svg}");
    let text = out(&run(&["--baseline", "old.md"]));
    assert!(text.contains("critical, estimate, 3 days later than the baseline"), "{text}");
    let settings = "[schedule]\nholidays = [2026-03-12]\nhours-per-day = 4\nworking-days = [\"Mon\", \"Tue\", \"Wed\", \"Thu\"]\nphases-in-order = false\n";
    fs::write(folder.path().join("plansmith.toml"), settings).unwrap();
    let found = report(&run(&["--format", "json"]));
    assert_eq!((&found["items"][2]["end"], &found["end"]), (&json!("2026-03-17"), &json!("2026-03-18")));
    let none = piped(&["schedule", "-", "--format", "svg"], b"# Nothing\n");
    assert_eq!(code(&none), 2);
    assert!(err(&none).contains("cannot draw a timeline"), "{}", err(&none));
}

#[test]
fn writes_gantt_charts() {
    let folder = folder(&[("plan.md", PLAN), ("none.md", "# Plan: x\n\n- [ ] a\n")]);
    let write =
        |name: &str| plansmith(folder.path(), &["schedule", name, "--write-gantt", "--today", "2026-03-11"]);
    assert_eq!(out(&write("plan.md")), "plan.md: inserted a Gantt chart\n");
    let written = fs::read_to_string(folder.path().join("plan.md")).unwrap();
    assert!(written.starts_with(PLAN), "{written}");
    assert!(written.contains("## Timeline\n\n```mermaid\ngantt\n"), "{written}");
    assert!(written.contains("  1.2 Copy in src/a.rs :2026-03-11, 2026-03-14\n"), "{written}");
    assert_eq!(out(&write("plan.md")), "plan.md: Gantt chart is up to date\n");
    let done = written.replace("- [ ] **Task 1.3**", "- [x] **Task 1.3**");
    fs::write(folder.path().join("plan.md"), &done).unwrap();
    assert_eq!(out(&write("plan.md")), "plan.md: updated the Gantt chart (1 change)\n");
    let updated = fs::read_to_string(folder.path().join("plan.md")).unwrap();
    assert_eq!(updated, done.replace("1.3 Tell :", "1.3 Tell :done, "));
    let none = write("none.md");
    assert_eq!(
        (code(&none), err(&none)),
        (2, "error: none.md: cannot write a Gantt chart: no dates or estimates found\n".to_owned())
    );
}

#[test]
fn written_charts_do_not_freeze_the_forecast() {
    let folder = folder(&[("plan.md", PLAN)]);
    let run = |today: &str, arguments: &[&str]| {
        let all = [&["schedule", "plan.md", "--today", today], arguments].concat();
        let output = plansmith(folder.path(), &all);
        assert_eq!(code(&output), 0, "{}", err(&output));
        output
    };
    let end = |today: &str| report(&run(today, &["--format", "json"]))["end"].as_str().unwrap().to_owned();
    let before = [end("2026-03-11"), end("2026-03-12")];
    assert_eq!(before, ["2026-03-16", "2026-03-17"]);
    run("2026-03-11", &["--write-gantt"]);
    assert_eq!([end("2026-03-11"), end("2026-03-12")], before);
    // SVG and Mermaid show the schedule, not the chart of the day before.
    let svg = out(&run("2026-03-12", &["--format", "svg"]));
    assert!(svg.contains("1.2 Copy in src/a.rs: 2026-03-12 to 2026-03-16, open"), "{svg}");
    let mermaid = out(&run("2026-03-12", &["--format", "mermaid"]));
    assert!(mermaid.contains("  1.2 Copy in src/a.rs :crit, 2026-03-12, 2026-03-17\n"), "{mermaid}");
    assert!(!out(&run("2026-03-12", &["--write-gantt"])).contains("up to date"));
    let written = fs::read_to_string(folder.path().join("plan.md")).unwrap();
    assert!(written.contains("  1.2 Copy in src/a.rs :2026-03-12, 2026-03-17\n"), "{written}");
    assert_eq!(out(&run("2026-03-12", &["--write-gantt"])), "plan.md: Gantt chart is up to date\n");
}

#[test]
fn waves_in_all_formats() {
    let folder = folder(&[("plan.md", PLAN)]);
    let run = |format: &str| plansmith(folder.path(), &["waves", "plan.md", "--format", format]);
    assert_eq!(
        report(&run("json")),
        json!({"version": 1, "waves": [
            {"wave": 1, "tasks": [
                {"id": "1.2", "title": "Copy in src/a.rs", "line": 9, "files": ["src/a.rs"]},
                {"id": "1.3", "title": "Tell", "line": 11, "files": []},
            ]},
            {"wave": 2, "tasks": [{"id": "2.1", "title": "Switch", "line": 16, "files": []}]},
        ]})
    );
    assert_eq!(
        out(&run("markdown")),
        "## Wave 1\n\n- 1.2 Copy in src/a.rs (`src/a.rs`)\n- 1.3 Tell\n\n## Wave 2\n\n- 2.1 Switch\n"
    );
    let next = plansmith(folder.path(), &["next", "--parallel", "1", "--format", "json"]);
    assert_eq!(report(&next)["tasks"].as_array().unwrap().len(), 1);
    assert!(out(&run("text")).contains("Wave 1 (2 tasks)\n  1.2 Copy in src/a.rs [src/a.rs]\n"));
}

#[test]
fn settings_of_the_command_line_apply_outside_of_projects() {
    let folder = folder(&[("plan.md", PLAN), ("mine.toml", "[schedule]\nworking-days = [\"Mon\"]\n")]);
    let start = |arguments: &[&str]| {
        let all = [&["schedule", "plan.md", "--today", "2026-03-11", "--format", "json"], arguments].concat();
        report(&plansmith(folder.path(), &all))["items"][2]["start"].clone()
    };
    assert_eq!(start(&[]), "2026-03-11");
    assert_eq!(start(&["-c", "schedule.working-days=[\"Mon\"]"]), "2026-03-16");
    assert_eq!(start(&["--config", "mine.toml"]), "2026-03-16");
}
