//! No request hangs the server: each is sent at every position of two plans that refer to each other. Commands that change a
//! document run one after the other and complete once the client has responded to their edit. A client that does not respond
//! blocks no other request.

use std::time::{Duration, Instant};

use plansmith::protocol::{METHODS, MessageKind};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower_lsp::lsp_types::Url;

use crate::client::{Client, EditReply, simple_capabilities};

/// Maximum time for a response. The watchdog aborts the server at about the same time.
const MAX_HANDLING_TIME: Duration = Duration::from_secs(10);

const FIRST: &str = "# Plan: Piers\n\n**Status**: In Progress\n\n## Phase 1: Build\n\n- [x] **T001** first\n- [ ] **T002** second (depends on T009)\n- [ ] **T003** third, see [cranes](0033-b.md#phase-2-lift)\n  - Dependencies: T009\n";
const SECOND: &str = "# Plan: Cranes\n\n## Phase 2: Lift\n\n- [ ] **T009** ninth\n- [ ] **T010** tenth (depends on T002, T009)\n";

struct Session {
    client: Client,
    first: String,
    second: String,
    _folder: TempDir,
}

impl Session {
    /// Starts a server with both plans on disk and the first one open.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let uri = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            Url::from_file_path(folder.path().join(name)).unwrap().to_string()
        };
        let (first, second) = (uri("0032-a.md", FIRST), uri("0033-b.md", SECOND));
        let mut client = Client::start(&[]);
        let root = Url::from_file_path(folder.path()).unwrap();
        let mut capabilities = simple_capabilities();
        capabilities["workspace"]["workspaceEdit"]["documentChanges"] = json!(true);
        capabilities["workspace"]["workspaceEdit"]["resourceOperations"] = json!(["create"]);
        client.initialize(json!({
            "capabilities": capabilities,
            "workspaceFolders": [{"uri": root, "name": "w"}],
            "initializationOptions": {"format": {"enable": true}, "onType": {"enable": true}},
        }));
        client.open(&first, FIRST);
        client.request("plansmith/index", Value::Null).unwrap();
        Self { client, first, second, _folder: folder }
    }

    /// Sends a command that toggles the task on a line of the first plan. Returns the ID of the request.
    fn toggle(&mut self, line: usize) -> i64 {
        let argument = json!({"textDocument": {"uri": self.first}, "ranges": [range_at(line, 3)]});
        let params = json!({"command": "plansmith.server.toggleTask", "arguments": [argument]});
        self.client.send_request("workspace/executeCommand", params)
    }
}

fn position(line: usize, character: usize) -> Value {
    json!({"line": line, "character": character})
}

fn range_at(line: usize, character: usize) -> Value {
    json!({"start": position(line, character), "end": position(line, character)})
}

/// Returns all positions of a text, including one after the end of each line.
fn positions(text: &str) -> Vec<(usize, usize)> {
    let lines = text.lines().enumerate();
    lines.flat_map(|(line, text)| (0..=text.chars().count() + 1).map(move |at| (line, at))).collect()
}

#[test]
fn the_call_hierarchy_of_a_task_in_another_document() {
    for open_both in [false, true] {
        let mut session = Session::new();
        let (client, first, second) = (&mut session.client, &session.first, &session.second);
        if open_both {
            client.open(second, SECOND);
        }
        let at = json!({"textDocument": {"uri": first}, "position": position(9, 20)});
        let dependency = client.request("textDocument/prepareCallHierarchy", at).unwrap();
        assert_eq!(
            (&dependency[0]["name"], &dependency[0]["uri"]),
            (&json!("T009 ninth"), &json!(second)),
            "{dependency}"
        );
        assert_eq!(dependency[0]["selectionRange"]["start"]["line"], 4, "{dependency}");
        let at = json!({"textDocument": {"uri": first}, "position": position(7, 10)});
        let dependent = client.request("textDocument/prepareCallHierarchy", at).unwrap();
        let calls = client.request("callHierarchy/outgoingCalls", json!({"item": dependent[0]})).unwrap();
        assert_eq!((&calls[0]["to"]["name"], &calls[0]["to"]["uri"]), (&json!("T009 ninth"), &json!(second)));
        let calls = client.request("callHierarchy/incomingCalls", json!({"item": dependency[0]})).unwrap();
        assert_eq!(calls.as_array().unwrap().len(), 3, "{calls}");
        session.client.shutdown();
    }
}

/// Returns the params of requests at a position, several for methods with variants. `None` for a method without a position,
/// for which [`params_without_position`] returns the params.
fn params_at_position(method: &str, uri: &str, line: usize, character: usize) -> Option<Vec<Value>> {
    let document = json!({"uri": uri});
    let end = position(line + 2, 0);
    let (position, range) = (position(line, character), range_at(line, character));
    let at = json!({"textDocument": document, "position": position});
    let with = |key: &str, value: Value| {
        let mut params = at.clone();
        params[key] = value;
        vec![params]
    };
    let two_lines = json!({"textDocument": document, "range": {"start": position, "end": end}});
    Some(match method {
        "textDocument/definition"
        | "textDocument/typeDefinition"
        | "textDocument/prepareCallHierarchy"
        | "textDocument/documentHighlight"
        | "textDocument/hover"
        | "textDocument/completion"
        | "textDocument/prepareRename" => vec![at],
        "textDocument/references" => with("context", json!({"includeDeclaration": true})),
        "textDocument/rename" => with("newName", json!("T042")),
        "textDocument/selectionRange" => vec![json!({"textDocument": document, "positions": [position]})],
        "textDocument/onTypeFormatting" => {
            vec![json!({"textDocument": document, "position": position, "ch": "\n", "options": options()})]
        }
        "textDocument/inlayHint" | "textDocument/semanticTokens/range" => vec![two_lines],
        "textDocument/rangeFormatting" => {
            vec![json!({"textDocument": document, "range": two_lines["range"], "options": options()})]
        }
        "textDocument/codeAction" => {
            vec![json!({"textDocument": document, "range": range, "context": {"diagnostics": []}})]
        }
        "workspace/executeCommand" => ["toggleTask", "cycleTask", "setState", "nextTask", "nextPlaceholder"]
            .map(|command| {
                let argument = json!({
                    "textDocument": document, "ranges": [range], "position": position, "state": "done",
                });
                json!({"command": format!("plansmith.server.{command}"), "arguments": [argument]})
            })
            .to_vec(),
        _ => return None,
    })
}

fn options() -> Value {
    json!({"tabSize": 2, "insertSpaces": true})
}

/// Returns the params of requests without a position. Items to resolve are requested from the server.
fn params_without_position(client: &mut Client, method: &str, uri: &str, other: &str) -> Vec<Value> {
    let document = json!({"textDocument": {"uri": uri}});
    let mut found = |method: &str, params: Value| -> Vec<Value> {
        client.request(method, params).unwrap().as_array().cloned().unwrap_or_default()
    };
    let at = |line: usize, character: usize| json!({"textDocument": {"uri": uri}, "position": position(line, character)});
    match method {
        "textDocument/documentLink"
        | "textDocument/codeLens"
        | "textDocument/foldingRange"
        | "textDocument/documentSymbol"
        | "textDocument/semanticTokens/full"
        | "textDocument/diagnostic" => vec![document],
        "textDocument/formatting" => vec![json!({"textDocument": {"uri": uri}, "options": options()})],
        "documentLink/resolve" => found("textDocument/documentLink", document),
        "completionItem/resolve" => found("textDocument/completion", at(4, 3)),
        "codeAction/resolve" => {
            let context = json!({"diagnostics": [], "only": ["refactor"]});
            let range = range_at(5, 8);
            found(
                "textDocument/codeAction",
                json!({"textDocument": {"uri": uri}, "range": range, "context": context}),
            )
        }
        "callHierarchy/incomingCalls" | "callHierarchy/outgoingCalls" => positions(SECOND)
            .into_iter()
            .flat_map(|(line, character)| found("textDocument/prepareCallHierarchy", at(line, character)))
            .map(|item| json!({"item": item}))
            .collect(),
        "workspace/symbol" => vec![json!({"query": ""}), json!({"query": "T0"})],
        "workspaceSymbol/resolve" => found("workspace/symbol", json!({"query": "T0"})),
        "workspace/diagnostic" => vec![json!({"previousResultIds": []})],
        "workspace/willRenameFiles" => {
            vec![json!({"files": [{"oldUri": other, "newUri": other.replace("0033-b", "0034-b")}]})]
        }
        "workspace/willDeleteFiles" => vec![json!({"files": [{"uri": other}]})],
        _ => panic!("no test sends {method}; add its params here"),
    }
}

#[test]
fn every_request_at_every_position_is_answered() {
    let mut session = Session::new();
    // Edits are rejected, so that positions remain valid.
    session.client.edit_reply = EditReply::Reject;
    let documents = [(session.first.clone(), FIRST), (session.second.clone(), SECOND)];
    let client = &mut session.client;
    for (number, (uri, text)) in documents.iter().enumerate() {
        if number == 1 {
            client.open(uri, text);
        }
        let other = &documents[1 - number].0;
        let requests = METHODS
            .iter()
            .filter(|method| method.kind == MessageKind::ClientRequest)
            .map(|method| method.name);
        for method in requests.filter(|method| !matches!(*method, "initialize" | "shutdown")) {
            let sent: Vec<Value> = match params_at_position(method, uri, 0, 0) {
                Some(_) => {
                    let all = positions(text).into_iter();
                    all.flat_map(|(line, at)| params_at_position(method, uri, line, at).unwrap()).collect()
                }
                None => params_without_position(client, method, uri, other),
            };
            for some in sent.chunks(50) {
                let ids: Vec<i64> =
                    some.iter().map(|params| client.send_request(method, params.clone())).collect();
                for (id, params) in ids.into_iter().zip(some) {
                    let start = Instant::now();
                    let answer = client.wait_response(id);
                    assert!(
                        start.elapsed() < MAX_HANDLING_TIME,
                        "{method} {params} took {:?}",
                        start.elapsed()
                    );
                    let code = answer.err().map(|error| error["code"].clone());
                    // `InternalError` indicates a panic.
                    assert!(code != Some(json!(-32603)), "{method} {params} failed");
                }
            }
        }
    }
    session.client.shutdown();
}

#[test]
fn a_rejected_edit_is_reported_with_its_reason() {
    let mut session = Session::new();
    session.client.edit_reply = EditReply::Reject;
    let id = session.toggle(7);
    let answer = session.client.wait_response(id).unwrap();
    assert_eq!(answer, json!({"changed": 0, "reason": "the document is read-only"}));

    let uri = session.first.replace("0032-a", "0040-new");
    let argument = json!({"template": "codev-plan", "title": "New", "uri": uri});
    let params = json!({"command": "plansmith.server.newPlan", "arguments": [argument]});
    let result = session.client.request("workspace/executeCommand", params.clone()).unwrap();
    assert_eq!((&result["created"], &result["reason"]), (&json!(false), &json!("the document is read-only")));
    session.client.edit_reply = EditReply::Apply;
    let result = session.client.request("workspace/executeCommand", params).unwrap();
    assert_eq!((&result["created"], &result["reason"]), (&json!(true), &Value::Null));
    session.client.shutdown();
}

#[test]
fn an_edit_of_a_changed_document_is_rejected() {
    let mut session = Session::new();
    session.client.edit_reply = EditReply::Ignore;
    let id = session.toggle(7);
    let edit = session.client.server_request("workspace/applyEdit");
    assert_eq!(edit["params"]["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    let uri = session.first.clone();
    session.client.change(&uri, 2, json!([{"range": range_at(0, 2), "text": "The "}]));
    let rejection = json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": false}});
    session.client.send(&rejection);
    let answer = session.client.wait_response(id).unwrap();
    assert_eq!(answer["changed"], 0);
    assert!(answer["reason"].as_str().unwrap().contains("has changed"), "{answer}");
    session.client.shutdown();
}

#[test]
fn consecutive_commands_all_take_effect() {
    let mut session = Session::new();
    session.client.edit_reply = EditReply::Apply;
    // The same task twice, then two others.
    let ids = [7, 7, 8, 6].map(|line| session.toggle(line));
    for id in ids {
        assert_eq!(session.client.wait_response(id).unwrap(), json!({"changed": 1}));
    }
    let (text, version) = session.client.document(&session.first.clone());
    let expected =
        FIRST.replace("- [x] **T001**", "- [ ] **T001**").replace("- [ ] **T003**", "- [x] **T003**");
    assert_eq!((text, version), (expected, 5));
    session.client.shutdown();
}

#[test]
fn a_command_follows_its_lines_through_the_previous_edit() {
    let mut session = Session::new();
    session.client.edit_reply = EditReply::Ignore;
    let first = session.toggle(7);
    let edit = session.client.server_request("workspace/applyEdit");
    let second = session.toggle(8);
    // The client changes more than requested, like a client that formats after edits.
    let uri = session.first.clone();
    let changed = FIRST
        .replace("- [ ] **T002**", "- [x] **T002**")
        .replace("# Plan: Piers\n", "# Plan: Piers\n\nNew.\n");
    session.client.change(&uri, 2, json!([{ "text": changed }]));
    session.client.edit_reply = EditReply::Apply;
    session.client.set_text(&uri, &changed, 2);
    session.client.send(&json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": true}}));
    for id in [first, second] {
        assert_eq!(session.client.wait_response(id).unwrap(), json!({"changed": 1}));
    }
    let expected = changed.replace("- [ ] **T003**", "- [x] **T003**");
    assert_eq!(session.client.document(&uri).0, expected);
    session.client.shutdown();
}

#[test]
fn a_client_that_does_not_respond_to_an_edit_blocks_no_other_request() {
    let mut session = Session::new();
    session.client.edit_reply = EditReply::Ignore;
    let (first, second) = (session.first.clone(), session.second.clone());
    session.client.open(&second, SECOND);
    let unanswered = session.toggle(7);
    let edit = session.client.server_request("workspace/applyEdit");
    let queued = session.toggle(8);
    let start = Instant::now();
    // Requests about the same document, and commands on another one.
    assert!(session.client.outline(&first).len() > 3);
    session.client.edit_reply = EditReply::Reject;
    let argument = json!({"textDocument": {"uri": second}, "ranges": [range_at(4, 3)]});
    let params = json!({"command": "plansmith.server.toggleTask", "arguments": [argument]});
    assert_eq!(session.client.request("workspace/executeCommand", params).unwrap()["changed"], 0);
    // Cancelled commands get a response immediately; the queued one never runs.
    for id in [queued, unanswered] {
        session.client.notify("$/cancelRequest", json!({"id": id}));
        assert_eq!(session.client.wait_response(id).unwrap_err()["code"], -32800);
    }
    assert!(start.elapsed() < MAX_HANDLING_TIME, "{:?}", start.elapsed());
    // The next command waits for the edit of the cancelled command, up to the server's timeout.
    session.client.edit_reply = EditReply::Apply;
    let next = session.toggle(8);
    assert_eq!(session.client.wait_response(next).unwrap(), json!({"changed": 1}));
    assert!(start.elapsed() > Duration::from_secs(5), "the command did not wait for the previous edit");
    // A late response has no effect.
    session.client.send(&json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": false}}));
    assert!(session.client.document(&first).0.contains("- [x] **T003**"));
    // The server shuts down although an edit has no response.
    session.client.edit_reply = EditReply::Ignore;
    session.toggle(7);
    session.client.server_request("workspace/applyEdit");
    session.client.shutdown();
}

#[cfg(debug_assertions)]
#[test]
fn the_watchdog_ends_a_server_that_hangs() {
    let mut client = Client::start_with_env(&[], &[("PLANSMITH_TEST_HANG", "hang here")]);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    client.open("file:///w/good.md", FIRST);
    client.open("file:///w/bad.md", "# Plan: hang here\n");
    client.send_request("textDocument/codeLens", json!({"textDocument": {"uri": "file:///w/bad.md"}}));
    assert!(client.outline("file:///w/good.md").len() > 3);
    let status = client.wait_exit(2 * MAX_HANDLING_TIME);
    assert!(!status.success(), "{status}");
}
