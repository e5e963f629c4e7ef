//! Changes on request: lazily resolved actions, commands, rename and formatting, each applied as a client applies it.

use serde_json::{Value, json};
use tempfile::TempDir;
use tower_lsp::lsp_types::Url;

use crate::client::{Client, simple_capabilities};

const PLAN: &str = "# Plan: Harbour\n\n**Status**: In Progress\n**Last Updated**: 2026-01-02\n\n## Phase 1: Piers\n\n- [ ] **Task 1.1**: Measure\n- [ ] **Task 1.2**: Build\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: Paint\n  - Dependencies: Task 1.2\n";
const OTHER: &str = "# Plan: Cranes\n\n- [ ] **Task 2.1**: Order\n  - Dependencies: Task 1.2\n\nSee [piers](harbour.md#phase-1-piers).\n";

/// Returns the capabilities of a client that resolves actions lazily and compares versions.
pub fn full_capabilities() -> Value {
    let mut capabilities = simple_capabilities();
    capabilities["workspace"]["workspaceEdit"]["documentChanges"] = json!(true);
    capabilities["textDocument"]["codeAction"] = json!({
        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
        "dataSupport": true,
        "disabledSupport": true,
        "resolveSupport": {"properties": ["edit"]},
    });
    capabilities["textDocument"]["rename"] = json!({"prepareSupport": true});
    capabilities
}

struct Session {
    client: Client,
    /// Capabilities of the server.
    capabilities: Value,
    uri: String,
    other: String,
    _folder: TempDir,
}

impl Session {
    fn new(capabilities: Value, settings: Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("harbour.md"), PLAN).unwrap();
        std::fs::write(path("cranes.md"), OTHER).unwrap();
        let uri = |name: &str| Url::from_file_path(path(name)).unwrap().to_string();
        let mut client = Client::start(&[]);
        let root = Url::from_file_path(folder.path()).unwrap();
        let answer = client.initialize(json!({
            "capabilities": capabilities,
            "workspaceFolders": [{"uri": root, "name": "w"}],
            "initializationOptions": settings,
        }));
        let (uri, other) = (uri("harbour.md"), uri("cranes.md"));
        client.open(&uri, PLAN);
        // Waits until all files are indexed.
        client.request("plansmith/index", Value::Null).unwrap();
        Self { client, capabilities: answer["capabilities"].clone(), uri, other, _folder: folder }
    }

    fn actions(&mut self, at: Value, only: Option<&str>) -> Vec<Value> {
        let mut context = json!({"diagnostics": []});
        if let Some(only) = only {
            context["only"] = json!([only]);
        }
        let params = json!({"textDocument": {"uri": self.uri}, "range": at, "context": context});
        self.client.request("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
    }

    fn action(&mut self, at: Value, only: Option<&str>, title: &str) -> Value {
        let all = self.actions(at, only);
        let found = all.iter().find(|action| action["title"].as_str().unwrap().starts_with(title));
        found.unwrap_or_else(|| panic!("missing `{title}` in {all:#?}")).clone()
    }

    /// Returns the text of a document after an edit of the workspace.
    fn text_after(&self, edit: &Value, uri: &str, text: &str) -> String {
        let changes = edit["documentChanges"].as_array().unwrap();
        let own = changes.iter().find(|change| change["textDocument"]["uri"] == *uri);
        own.map_or_else(|| text.to_owned(), |own| apply(text, own["edits"].as_array().unwrap()))
    }
}

pub fn point(line: u64, character: u64) -> Value {
    json!({"start": {"line": line, "character": character}, "end": {"line": line, "character": character}})
}

/// Applies edits to a text of ASCII lines; all ranges refer to the original text, as the protocol requires.
pub fn apply(text: &str, edits: &[Value]) -> String {
    let at = |position: &Value| -> usize {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        start + position["character"].as_u64().unwrap() as usize
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            (at(&edit["range"]["start"]), at(&edit["range"]["end"]), edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_by_key(|edit| (edit.0, edit.1));
    let mut out = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}

#[test]
fn actions_depend_on_the_requested_kind() {
    let mut session = Session::new(full_capabilities(), Value::Null);
    let titles = |actions: &[Value]| -> Vec<String> {
        actions.iter().map(|action| action["title"].as_str().unwrap().to_owned()).collect()
    };
    let short = titles(&session.actions(point(8, 12), None));
    assert_eq!(short[..3], ["Complete task", "Mark task as active", "Mark task as blocked"]);
    assert!(short.len() <= 8, "{short:?}");
    let long = titles(&session.actions(point(8, 12), Some("refactor")));
    for title in
        ["Move Task 1.2 up", "Delete Task 1.2", "Insert task after", "Complete task and update progress"]
    {
        assert!(long.iter().any(|offered| offered.starts_with(title)), "missing `{title}` in {long:?}");
    }
    // Disabled actions are offered with the reason, but only if their kind is requested.
    let first = session.action(point(7, 12), Some("refactor"), "Move Task 1.1 up");
    assert_eq!(first["disabled"]["reason"], "already first in list");
    assert!(titles(&session.actions(point(7, 12), None)).iter().all(|title| !title.contains("Move")));
    session.client.shutdown();
}

#[test]
fn actions_are_resolved_lazily() {
    let mut session = Session::new(full_capabilities(), Value::Null);
    let action = session.action(point(8, 12), Some("refactor"), "Move Task 1.2 up");
    assert_eq!(action["edit"], Value::Null);
    let resolved = session.client.request("codeAction/resolve", action.clone()).unwrap();
    let edit = &resolved["edit"];
    let moved = session.text_after(edit, &session.uri, PLAN);
    assert!(
        moved
            .contains("- [ ] **Task 1.1**: Build\n  - Dependencies: Task 1.2\n- [ ] **Task 1.2**: Measure\n"),
        "{moved}"
    );
    // The dependency of the other plan follows the renumbered task.
    let other = session.text_after(edit, &session.other, OTHER);
    assert!(other.contains("Dependencies: Task 1.1"), "{other}");

    // An action of an earlier version is rejected.
    let uri = session.uri.clone();
    session.client.change(&uri, 2, json!([{"range": point(0, 2), "text": "The "}]));
    let error = session.client.request("codeAction/resolve", action).unwrap_err();
    assert_eq!(error["code"], -32801);
    session.client.shutdown();
}

#[test]
fn commands_change_tasks() {
    let mut session = Session::new(full_capabilities(), Value::Null);
    let uri = session.uri.clone();
    let run = |session: &mut Session, command: &str, argument: Value| {
        let params = json!({"command": format!("plansmith.server.{command}"), "arguments": [argument]});
        session.client.request("workspace/executeCommand", params)
    };
    let document = json!({"uri": uri});
    let argument =
        json!({"textDocument": document, "ranges": [point(8, 3)], "state": "done", "updateProgress": true});
    assert_eq!(run(&mut session, "setState", argument).unwrap(), json!({"changed": 1}));
    let applied = session.client.server_request("workspace/applyEdit");
    let text = session.text_after(&applied["params"]["edit"], &uri, PLAN);
    assert!(text.contains("- [x] **Task 1.2**: Build") && !text.contains("2026-01-02"), "{text}");

    let whole = json!({"textDocument": document, "ranges": [point(5, 3)], "withChildren": true});
    assert_eq!(run(&mut session, "toggleTask", whole).unwrap(), json!({"changed": 3}));
    session.client.server_request("workspace/applyEdit");
    let bullet = json!({"textDocument": document, "ranges": [point(9, 3)]});
    assert_eq!(run(&mut session, "cycleTask", bullet).unwrap(), json!({"changed": 1}));
    let applied = session.client.server_request("workspace/applyEdit");
    assert!(session.text_after(&applied["params"]["edit"], &uri, PLAN).contains("  - [ ] Dependencies"));

    let field = |line: u64, field: &str, value: &str| json!({"textDocument": document, "ranges": [point(line, 3)], "field": field, "value": value});
    let refused = run(&mut session, "setField", field(8, "owner", " ")).unwrap();
    assert_eq!(refused, json!({"changed": 0, "reason": "invalid owner ``"}));
    assert_eq!(run(&mut session, "setField", field(8, "owner", "Ada")).unwrap(), json!({"changed": 1}));
    let applied = session.client.server_request("workspace/applyEdit");
    let text = session.text_after(&applied["params"]["edit"], &uri, PLAN);
    assert!(text.contains("Owner: Ada") || text.contains("owner: Ada"), "{text}");
    let error = run(&mut session, "setField", field(8, "ownr", "Ada"));
    assert!(error.unwrap_err()["message"].as_str().unwrap().contains("did you mean `owner`"));

    let error =
        run(&mut session, "setState", json!({"textDocument": document, "ranges": [], "state": "dne"}));
    assert!(error.unwrap_err()["message"].as_str().unwrap().contains("did you mean `done`"));
    let error =
        run(&mut session, "setState", json!({"textDocument": document, "ranges": 3, "state": "done"}));
    assert_eq!(error.unwrap_err()["code"], -32602);
    session.client.shutdown();
}

#[test]
fn renaming_changes_all_references() {
    let mut session = Session::new(full_capabilities(), Value::Null);
    let uri = session.uri.clone();
    let position = |line: u64, character: u64| json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
    let prepared = session.client.request("textDocument/prepareRename", position(9, 24)).unwrap();
    assert_eq!(prepared["placeholder"], "Task 1.1");
    assert_eq!(prepared["range"]["start"], json!({"line": 9, "character": 18}));
    assert_eq!(session.client.request("textDocument/prepareRename", position(1, 0)).unwrap(), Value::Null);

    let with_name = |mut params: Value, name: &str| {
        params["newName"] = name.into();
        params
    };
    let edit = session.client.request("textDocument/rename", with_name(position(8, 12), "1.7")).unwrap();
    assert!(session.text_after(&edit, &uri, PLAN).contains("Task 1.7**: Build"));
    assert!(session.text_after(&edit, &session.other, OTHER).contains("Dependencies: Task 1.7"));
    let clash =
        session.client.request("textDocument/rename", with_name(position(8, 12), "Task 1.1")).unwrap_err();
    assert!(clash["message"].as_str().unwrap().contains("`1.1` is already used"), "{clash}");
    let heading = session.client.request("textDocument/rename", with_name(position(5, 14), "Quays")).unwrap();
    assert!(session.text_after(&heading, &session.other, OTHER).contains("harbour.md#phase-1-quays"));
    session.client.shutdown();
}

#[test]
fn formatting_is_registered_if_it_is_enabled() {
    let unformatted = "# Plan: x\n- [ ] a   \n\n| Task | Owner |\n|---|---|\n| long name | b |";
    let session = Session::new(full_capabilities(), Value::Null);
    assert_eq!(session.capabilities["documentFormattingProvider"], Value::Null);
    session.client.shutdown();

    // With dynamic registration, the server registers when the settings are known, and again when they change.
    let mut capabilities = full_capabilities();
    for feature in ["formatting", "rangeFormatting", "onTypeFormatting"] {
        capabilities["textDocument"][feature] = json!({"dynamicRegistration": true});
    }
    let mut session = Session::new(capabilities, json!({"format": {"enable": true}}));
    let registration = session.client.server_request("client/registerCapability");
    assert_eq!(registration["params"]["registrations"][0]["method"], "textDocument/formatting");
    let uri = "file:///plans/unformatted.md";
    session.client.open(uri, unformatted);
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let edits = session
        .client
        .request("textDocument/formatting", json!({"textDocument": {"uri": uri}, "options": options}))
        .unwrap();
    assert_eq!(
        apply(unformatted, edits.as_array().unwrap()),
        "# Plan: x\n\n- [ ] a\n\n| Task      | Owner |\n| --------- | ----- |\n| long name | b     |\n"
    );
    let within = json!({"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 9}});
    let edits = session
        .client
        .request(
            "textDocument/rangeFormatting",
            json!({"textDocument": {"uri": uri}, "range": within, "options": options}),
        )
        .unwrap();
    assert!(apply(unformatted, edits.as_array().unwrap()).ends_with("| long name | b |"));
    session.client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"plansmith": {"onType": {"enable": true}}}}),
    );
    let typed = "# Plan: x\n\n- [ ] **Task 1.1**: a\n\n";
    let uri = "file:///plans/typed.md";
    session.client.open(uri, typed);
    let enter = json!({
        "textDocument": {"uri": uri}, "position": {"line": 3, "character": 0}, "ch": "\n", "options": options,
    });
    let edits = session.client.request("textDocument/onTypeFormatting", enter).unwrap();
    assert_eq!(
        apply(typed, edits.as_array().unwrap()),
        "# Plan: x\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: \n"
    );
    session.client.shutdown();
}
