//! A whole session, as each kind of client holds it.

use serde_json::{Value, json};

use crate::client::{Client, simple_capabilities};

const URI: &str = "file:///plans/plan.md";
const PLAN: &str = "# Plan: Move the index\n\n**Status**: Completed\n\n## Work\n\n### Phase 1: Copy\n\n- [x] ⬜ **Task 1.1**: Copy\n  - [ ] Check\n- [] Switch\n\n<!-- a\ncomment -->\n";

fn range(line: u32, from: u32, to: u32) -> Value {
    json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}})
}

fn actions(client: &mut Client, at: Value, only: Option<&str>) -> Vec<Value> {
    let mut context = json!({"diagnostics": []});
    if let Some(only) = only {
        context["only"] = json!([only]);
    }
    let params = json!({"textDocument": {"uri": URI}, "range": at, "context": context});
    let found = client.request("textDocument/codeAction", params).unwrap();
    found.as_array().unwrap().clone()
}

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().filter_map(|diagnostic| diagnostic["code"].as_str()).collect()
}

#[test]
fn a_client_that_is_pushed_diagnostics() {
    let mut client = Client::ready();
    client.open(URI, PLAN);
    let found = client.diagnostics_of(URI, 1);
    assert_eq!(codes(&found), ["status-open-tasks", "checkbox-marker-mismatch", "malformed-checkbox"]);
    let status = &found[0];
    assert_eq!(status["range"], range(2, 12, 21));
    assert_eq!((&status["severity"], &status["source"]), (&json!(2), &json!("plansmith")));
    assert_eq!(status["relatedInformation"].as_array().unwrap().len(), 2);
    assert!(status["codeDescription"]["href"].as_str().unwrap().contains("status-open-tasks"));

    // A change that changes no finding is not published, one that does is, with its version.
    client.change(URI, 2, json!([{"range": range(0, 22, 22), "text": "es"}]));
    client.change(URI, 3, json!([{"range": range(10, 3, 3), "text": " "}]));
    assert_eq!(codes(&client.diagnostics_of(URI, 3)), ["status-open-tasks", "checkbox-marker-mismatch"]);
    assert_eq!(client.unread_diagnostics(URI), 0);
    client.close(URI);
    assert_eq!(client.diagnostics(URI)["diagnostics"], json!([]));
    client.shutdown();
}

#[test]
fn a_client_that_pulls_diagnostics() {
    let mut client = Client::start(&[]);
    let mut capabilities = simple_capabilities();
    capabilities["textDocument"]["diagnostic"] = json!({});
    let result = client.initialize(json!({"capabilities": capabilities}));
    assert_eq!(result["capabilities"]["diagnosticProvider"]["interFileDependencies"], true);
    client.open(URI, PLAN);
    let pull = |client: &mut Client, previous: Value| {
        let mut params = json!({"textDocument": {"uri": URI}});
        if !previous.is_null() {
            params["previousResultId"] = previous;
        }
        client.request("textDocument/diagnostic", params).unwrap()
    };
    let full = pull(&mut client, Value::Null);
    assert_eq!(full["kind"], "full");
    assert_eq!(
        codes(full["items"].as_array().unwrap()),
        ["status-open-tasks", "checkbox-marker-mismatch", "malformed-checkbox"]
    );
    assert_eq!(
        pull(&mut client, full["resultId"].clone()),
        json!({"kind": "unchanged", "resultId": full["resultId"]})
    );
    // The name is that of the findings, not of the version.
    client.change(URI, 2, json!([{"range": range(0, 22, 22), "text": "es"}]));
    assert_eq!(pull(&mut client, full["resultId"].clone())["kind"], "unchanged");
    client.change(URI, 3, json!([{"range": range(10, 3, 3), "text": " "}]));
    assert_eq!(pull(&mut client, full["resultId"].clone())["items"].as_array().unwrap().len(), 2);
    client.drain();
    assert_eq!(client.unread_diagnostics(URI), 0, "nothing is pushed to a client that pulls");
    client.shutdown();
}

#[test]
fn outlines_as_trees_and_as_lists() {
    let mut client = Client::ready();
    client.open(URI, PLAN);
    let symbols =
        client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}})).unwrap();
    let title = &symbols[0];
    assert_eq!((&title["name"], &title["detail"]), (&json!("Plan: Move the index"), &json!("1/3 · 33 %")));
    let header = &title["children"][0];
    assert_eq!((&header["name"], &header["detail"]), (&json!("Header"), &json!("Completed")));
    let phase = &title["children"][1]["children"][0];
    assert_eq!(phase["name"], "Phase 1: Copy");
    assert_eq!(phase["children"][0]["name"], "1.1 Copy");
    client.shutdown();

    let mut client = Client::start(&[]);
    client.initialize(json!({"capabilities": {}}));
    client.open(URI, PLAN);
    let symbols =
        client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}})).unwrap();
    let names: Vec<&str> =
        symbols.as_array().unwrap().iter().filter_map(|symbol| symbol["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "Plan: Move the index (1/3 · 33 %)",
            "Header (Completed)",
            "Work (1/3 · 33 %)",
            "Phase 1: Copy (1/3 · 33 %)",
            "1.1 Copy (1/2 · 50 %)",
            "Check",
            "Switch"
        ]
    );
    assert_eq!(symbols[4]["containerName"], "Phase 1: Copy");
    assert_eq!(symbols[0]["location"]["uri"], URI);
    client.shutdown();
}

#[test]
fn folding() {
    let mut client = Client::ready();
    client.open(URI, PLAN);
    let folds = client.request("textDocument/foldingRange", json!({"textDocument": {"uri": URI}})).unwrap();
    let lines: Vec<(u64, u64)> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| (fold["startLine"].as_u64().unwrap(), fold["endLine"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [(0, 13), (4, 13), (6, 13), (8, 9), (12, 13)]);
    assert_eq!(folds[4]["kind"], "comment");
    client.shutdown();
}

#[test]
fn code_actions() {
    let mut client = Client::start(&[]);
    let mut capabilities = simple_capabilities();
    capabilities["workspace"]["workspaceEdit"]["documentChanges"] = json!(true);
    capabilities["textDocument"]["codeAction"]["codeActionLiteralSupport"] =
        json!({"codeActionKind": {"valueSet": []}});
    let result = client.initialize(json!({"capabilities": capabilities}));
    let kinds = &result["capabilities"]["codeActionProvider"]["codeActionKinds"];
    for kind in ["quickfix", "source.fixAll.plansmith", "refactor.rewrite.plansmith.toggle"] {
        assert!(kinds.as_array().unwrap().contains(&json!(kind)), "{kinds}");
    }
    client.open(URI, PLAN);
    client.diagnostics_of(URI, 1);

    // A quick fix names its diagnostic; the edit names the version.
    let found = actions(&mut client, range(10, 3, 3), Some("quickfix"));
    let titles: Vec<&str> = found.iter().filter_map(|action| action["title"].as_str()).collect();
    assert_eq!(
        titles[1..],
        ["Disable malformed-checkbox for this line", "Disable malformed-checkbox in this document"]
    );
    assert_eq!((&found[0]["title"], &found[0]["isPreferred"]), (&json!("Replace with `[ ]`"), &json!(true)));
    assert_eq!(found[0]["diagnostics"][0]["code"], "malformed-checkbox");
    let change = &found[0]["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({"uri": URI, "version": 1}));
    assert_eq!(change["edits"], json!([{"range": range(10, 2, 4), "newText": "[ ]"}]));

    // Box and emoji change together; a selection goes one way.
    let toggle = actions(&mut client, range(8, 10, 10), Some("refactor"));
    assert_eq!(toggle[0]["title"], "Mark the task as open");
    assert_eq!(toggle[0]["kind"], "refactor.rewrite.plansmith.toggle");
    let selected = json!({"start": {"line": 8, "character": 0}, "end": {"line": 9, "character": 4}});
    let toggle = actions(&mut client, selected, Some("refactor.rewrite.plansmith.toggle"));
    assert_eq!(toggle[0]["title"], "Mark 2 tasks as done");
    let edits = &toggle[0]["edit"]["documentChanges"][0]["edits"];
    assert_eq!(edits[0], json!({"range": range(8, 6, 7), "newText": "✅"}));
    assert_eq!(edits[1], json!({"range": range(9, 5, 6), "newText": "x"}));

    let all = actions(&mut client, range(0, 0, 0), Some("source.fixAll"));
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["kind"], "source.fixAll.plansmith");
    assert!(actions(&mut client, range(0, 0, 0), Some("refactor.extract")).is_empty());
    assert!(actions(&mut client, range(0, 0, 0), Some("quick")).is_empty(), "a kind is a path, not a prefix");
    client.shutdown();
}

#[test]
fn completion_of_missing_sections() {
    let mut client = Client::ready();
    let text = "# Execution Plan: Move\n\n**Status:** In Progress\n\n## Goal\n\n## Context\n\n### Background\n\n### Constraints\n\n## Technical Approach\n\n### Architecture/Design\n\n### Design Patterns\n\n## Steps\n\n### Phase 1: a\n\n- [ ] b\n\n## \n";
    client.open(URI, text);
    let line = text.lines().count() as u32 - 1;
    let params = json!({"textDocument": {"uri": URI}, "position": {"line": line, "character": 3}, "context": {"triggerKind": 2, "triggerCharacter": "#"}});
    let items = client.request("textDocument/completion", params).unwrap();
    let first = &items[0];
    assert_eq!((&first["label"], &first["detail"]), (&json!("## Testing"), &json!("execution-plan")));
    // What is typed is a prefix of what it is compared with, and accepting leaves one heading.
    assert!(first["filterText"].as_str().unwrap().starts_with("## "));
    let body = "## Testing\n\n[Tests to add or change]";
    assert_eq!(first["textEdit"], json!({"range": range(line, 0, 3), "newText": body}));
    assert_eq!(first["insertTextFormat"], Value::Null, "the client knows no tab stops");
    client.shutdown();
}

#[test]
fn settings() {
    // Given at the start; wrong ones are named and do no harm.
    let mut client = Client::start(&[]);
    client.initialize(json!({
        "capabilities": simple_capabilities(),
        "initializationOptions": {"rules": {"malformed-checkbox": "off", "nonsense": "off"}},
    }));
    client.open(URI, PLAN);
    assert_eq!(codes(&client.diagnostics_of(URI, 1)), ["status-open-tasks", "checkbox-marker-mismatch"]);
    // Pushed while it runs.
    client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"plansmith": {"rules": {"state": "error"}}}}),
    );
    let found = client.diagnostics_of(URI, 1);
    assert_eq!(codes(&found), ["status-open-tasks", "checkbox-marker-mismatch", "malformed-checkbox"]);
    assert_eq!(found[0]["severity"], 1);
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    client.shutdown();

    // Asked for: a client without our section answers null.
    for (answer, expected) in [
        (Value::Null, vec!["status-open-tasks", "checkbox-marker-mismatch", "malformed-checkbox"]),
        (json!({"rules": {"tasks": "off"}}), vec!["status-open-tasks", "checkbox-marker-mismatch"]),
    ] {
        let mut client = Client::start(&[]);
        client.settings = answer;
        let mut capabilities = simple_capabilities();
        capabilities["workspace"]["configuration"] = json!(true);
        capabilities["workspace"]["didChangeConfiguration"] = json!({"dynamicRegistration": true});
        client.initialize(json!({"capabilities": capabilities}));
        client.open(URI, PLAN);
        let mut found = client.diagnostics_of(URI, 1);
        // The document may have been looked at before the settings came.
        if codes(&found) != expected {
            found = client.diagnostics_of(URI, 1);
        }
        assert_eq!(codes(&found), expected);
        client.shutdown();
    }
}

#[test]
fn the_toggle_command() {
    let mut client = Client::ready();
    client.open(URI, PLAN);
    let command = "plansmith.server.toggleTask";
    let argument = json!({"textDocument": {"uri": URI}, "ranges": [range(9, 0, 0)], "ignored": 1});
    let answer =
        client.request("workspace/executeCommand", json!({"command": command, "arguments": [argument]}));
    assert_eq!(answer, Ok(json!({"changed": 1})));
    for arguments in [
        json!([]),
        json!([{"textDocument": {"uri": URI}}]),
        json!([{"textDocument": {"uri": URI}, "ranges": 3}]),
    ] {
        let error = client
            .request("workspace/executeCommand", json!({"command": command, "arguments": arguments}))
            .unwrap_err();
        assert_eq!(error["code"], -32602, "{error}");
    }
    let error = client
        .request("workspace/executeCommand", json!({"command": "plansmith.server.nothing"}))
        .unwrap_err();
    assert_eq!(error["code"], -32602);
    client.shutdown();
}

#[test]
fn ordinary_markdown_gets_nothing() {
    let mut client = Client::ready();
    client.open(URI, "# Notes\n\nStatus: Completed\n\n```\nnever closed\n");
    assert!(client.diagnostics_of(URI, 1).is_empty());
    assert!(client.outline(URI).is_empty());
    assert!(actions(&mut client, range(2, 0, 0), None).is_empty());
    client.shutdown();
}

#[test]
fn documents_that_are_not_open() {
    let mut client = Client::ready();
    let unknown = json!({"textDocument": {"uri": "file:///plans/other.md"}});
    assert_eq!(client.request("textDocument/documentSymbol", unknown.clone()), Ok(Value::Null));
    assert_eq!(client.request("textDocument/foldingRange", unknown), Ok(Value::Null));
    client.shutdown();
}
