//! The schedule of a plan in the editor: lens, hover, hints, findings, code actions and the timeline.

use serde_json::{Value, json};

use crate::client::{Client, simple_capabilities};

const URI: &str = "file:///plans/move.md";

/// 2026-03-11 is a Wednesday.
const TODAY: &str = "2026-03-11";

const PLAN: &str = "\
# Plan: Move

**Status**: In Progress
**Created**: 2026-03-02
**Target**: 2026-03-13

## Phase 1: Prepare

- [x] **Task 1.1**: Measure
- [ ] **Task 1.2**: Copy
  - Estimate: 2-3 days
- [ ] **Task 1.3**: Tell
  - Estimate: 4h
  - Due: 2026-03-10

## Phase 2: Switch

- [ ] **Task 2.1**: Switch
  - Estimate: 4 days
  - Dependencies: Task 1.2

## Milestones

| Milestone | Date | Dependencies |
| --- | --- | --- |
| Copied | | Task 1.2 |
";

/// Returns a client of a server whose date is [`TODAY`], with the plan open.
fn opened(settings: Value) -> (Client, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let day = folder.path().join("today");
    std::fs::write(&day, TODAY).unwrap();
    let mut client = Client::start_with_env(&[], &[("PLANSMITH_TEST_TODAY", day.to_str().unwrap())]);
    client.initialize(json!({"capabilities": simple_capabilities(), "initializationOptions": settings}));
    client.open(URI, PLAN);
    (client, folder)
}

fn hints(client: &mut Client) -> Vec<(u64, String)> {
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let found = client
        .request("textDocument/inlayHint", json!({"textDocument": {"uri": URI}, "range": whole}))
        .unwrap();
    let hint = |hint: &Value| {
        (hint["position"]["line"].as_u64().unwrap(), hint["label"].as_str().unwrap().to_owned())
    };
    found.as_array().unwrap().iter().map(hint).collect()
}

#[test]
fn the_schedule_is_shown() {
    let (mut client, _folder) = opened(json!({}));
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": {"uri": URI}})).unwrap();
    let title = lenses[0]["command"]["title"].as_str().unwrap();
    // The copy ends on Friday 13th, and four working days later it is the 19th.
    assert!(title.ends_with("ends 2026-03-19, 6 days late"), "{title}");

    let mut hover = |line: usize, character: usize| {
        let position = json!({"line": line, "character": character});
        let found = client
            .request("textDocument/hover", json!({"textDocument": {"uri": URI}, "position": position}))
            .unwrap();
        found["contents"]["value"].as_str().unwrap().to_owned()
    };
    let copy = hover(9, 10);
    assert!(copy.contains("Scheduled: 2026-03-11 to 2026-03-13 (3 days, critical)"), "{copy}");
    let switch = hover(17, 10);
    assert!(switch.contains("Scheduled: 2026-03-16 to 2026-03-19 (4 days, critical)"), "{switch}");
    let tell = hover(11, 10);
    assert!(tell.contains("late)"), "{tell}");

    // Only milestones have hints unless the settings ask for more.
    let shown = hints(&mut client);
    assert!(shown.contains(&(25, "2026-03-13".to_owned())), "{shown:?}");
    assert!(shown.iter().all(|(line, label)| *line == 25 || !label.contains("2026")), "{shown:?}");

    let findings = client.diagnostics_of(URI, 1);
    let messages: Vec<&str> =
        findings.iter().map(|found| found["message"].as_str().unwrap_or_default()).collect();
    assert!(messages.contains(&"`1.3` is 1 day overdue"), "{messages:?}");
    assert!(
        messages.contains(&"target date is 2026-03-13, but the schedule ends on 2026-03-19"),
        "{messages:?}"
    );
    client.shutdown();
}

#[test]
fn hints_of_tasks_are_shown_on_request() {
    let (mut client, _folder) = opened(json!({"hints": {"schedule": true}}));
    let shown = hints(&mut client);
    assert!(shown.contains(&(9, "2026-03-11 – 2026-03-13, critical".to_owned())), "{shown:?}");
    client.shutdown();
}

#[test]
fn dates_of_milestones_are_filled_in() {
    let (mut client, _folder) = opened(json!({}));
    let range = json!({"start": {"line": 25, "character": 3}, "end": {"line": 25, "character": 3}});
    let params = json!({
        "textDocument": {"uri": URI}, "range": range,
        "context": {"diagnostics": [], "only": ["refactor", "source"]},
    });
    let actions = client.request("textDocument/codeAction", params).unwrap();
    let action = actions
        .as_array()
        .unwrap()
        .iter()
        .find(|action| action["title"] == "Fill in computed dates")
        .unwrap_or_else(|| panic!("{actions:#}"))
        .clone();
    let action =
        if action["edit"].is_null() { client.request("codeAction/resolve", action).unwrap() } else { action };
    let edit = action["edit"].to_string();
    assert!(edit.contains(" 2026-03-13 "), "{edit}");
    client.shutdown();
}

#[test]
fn timelines_show_a_baseline() {
    let (mut client, _folder) = opened(json!({}));
    let mut svg = |baseline: Value| {
        let arguments = json!({
            "textDocument": {"uri": URI}, "kind": "timeline", "format": "svg", "baseline": baseline,
        });
        let params = json!({"command": "plansmith.server.graph", "arguments": [arguments]});
        client.request("workspace/executeCommand", params).unwrap()["text"].as_str().unwrap().to_owned()
    };
    assert!(!svg(Value::Null).contains("; baseline"));
    let earlier = PLAN.replace("2-3 days", "1 day");
    let drawn = svg(json!(earlier));
    assert!(drawn.contains("1.2 Copy: 2026-03-11 to 2026-03-13, open, on the critical path; baseline 2026-03-02 to 2026-03-02"), "{drawn}");
    client.shutdown();
}
