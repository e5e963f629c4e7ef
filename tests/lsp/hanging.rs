//! No request hangs the server: each is sent at every position of two plans that name each other. Commands that change a
//! document answer when the client has, one after the other, and a client that does not answer holds up nothing else.

use std::time::{Duration, Instant};

use plansmith::protocol::{METHODS, MessageKind};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower_lsp::lsp_types::Url;

use crate::client::{Client, Edits, simple_capabilities};

/// How long an answer may take. The server ends itself at about the same time.
const MAX_ANSWER: Duration = Duration::from_secs(10);

const FIRST: &str = "# Plan: Piers\n\n**Status**: In Progress\n\n## Phase 1: Build\n\n- [x] **T001** first\n- [ ] **T002** second (depends on T009)\n- [ ] **T003** third, see [cranes](0033-b.md#phase-2-lift)\n  - Dependencies: T009\n";
const SECOND: &str = "# Plan: Cranes\n\n## Phase 2: Lift\n\n- [ ] **T009** ninth\n- [ ] **T010** tenth (depends on T002, T009)\n";

struct Session {
    client: Client,
    first: String,
    second: String,
    _folder: TempDir,
}

impl Session {
    /// A server with both plans on disk and the first one open.
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

    /// Starts a command about the task on a line of the first plan. Returns the id of the request.
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

/// All positions of a text, one after each line's end included.
fn positions(text: &str) -> Vec<(usize, usize)> {
    let lines = text.lines().enumerate();
    lines.flat_map(|(line, text)| (0..=text.chars().count() + 1).map(move |at| (line, at))).collect()
}

#[test]
fn the_hierarchy_of_a_task_of_another_document() {
    for open_both in [false, true] {
        let mut session = Session::new();
        let (client, first, second) = (&mut session.client, &session.first, &session.second);
        if open_both {
            client.open(second, SECOND);
        }
        let at = json!({"textDocument": {"uri": first}, "position": position(9, 20)});
        let there = client.request("textDocument/prepareCallHierarchy", at).unwrap();
        assert_eq!((&there[0]["name"], &there[0]["uri"]), (&json!("T009 ninth"), &json!(second)), "{there}");
        assert_eq!(there[0]["selectionRange"]["start"]["line"], 4, "{there}");
        let at = json!({"textDocument": {"uri": first}, "position": position(7, 10)});
        let here = client.request("textDocument/prepareCallHierarchy", at).unwrap();
        let calls = client.request("callHierarchy/outgoingCalls", json!({"item": here[0]})).unwrap();
        assert_eq!((&calls[0]["to"]["name"], &calls[0]["to"]["uri"]), (&json!("T009 ninth"), &json!(second)));
        let calls = client.request("callHierarchy/incomingCalls", json!({"item": there[0]})).unwrap();
        assert_eq!(calls.as_array().unwrap().len(), 3, "{calls}");
        session.client.shutdown();
    }
}

/// What a request is sent with at a position; several for those that have forms. `None` for a method that is not about a
/// position and is asked with [`once`].
fn at_position(method: &str, uri: &str, line: usize, character: usize) -> Option<Vec<Value>> {
    let document = json!({"uri": uri});
    let (here, place) = (position(line, character), range_at(line, character));
    let at = json!({"textDocument": document, "position": here});
    let with = |key: &str, value: Value| {
        let mut params = at.clone();
        params[key] = value;
        vec![params]
    };
    let over = json!({"textDocument": document, "range": {"start": here, "end": position(line + 2, 0)}});
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
        "textDocument/selectionRange" => vec![json!({"textDocument": document, "positions": [here]})],
        "textDocument/onTypeFormatting" => {
            vec![json!({"textDocument": document, "position": here, "ch": "\n", "options": options()})]
        }
        "textDocument/inlayHint" | "textDocument/semanticTokens/range" => vec![over],
        "textDocument/rangeFormatting" => {
            vec![json!({"textDocument": document, "range": over["range"], "options": options()})]
        }
        "textDocument/codeAction" => {
            vec![json!({"textDocument": document, "range": place, "context": {"diagnostics": []}})]
        }
        "workspace/executeCommand" => ["toggleTask", "cycleTask", "setState", "nextTask", "nextPlaceholder"]
            .map(|command| {
                let argument = json!({
                    "textDocument": document, "ranges": [place], "position": here, "state": "done",
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

/// What a request about no position is sent with, and the items that it resolves are found with.
fn once(client: &mut Client, method: &str, uri: &str, other: &str) -> Vec<Value> {
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
        _ => panic!("no test sends {method}; say here with what it is sent"),
    }
}

#[test]
fn every_request_at_every_position_is_answered() {
    let mut session = Session::new();
    // Commands change nothing, so that positions stay.
    session.client.edits = Edits::Refused;
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
            let sent: Vec<Value> = match at_position(method, uri, 0, 0) {
                Some(_) => {
                    let all = positions(text).into_iter();
                    all.flat_map(|(line, at)| at_position(method, uri, line, at).unwrap()).collect()
                }
                None => once(client, method, uri, other),
            };
            for some in sent.chunks(50) {
                let asked: Vec<i64> =
                    some.iter().map(|params| client.send_request(method, params.clone())).collect();
                for (id, params) in asked.into_iter().zip(some) {
                    let start = Instant::now();
                    let answer = client.wait_response(id);
                    assert!(start.elapsed() < MAX_ANSWER, "{method} {params} took {:?}", start.elapsed());
                    let code = answer.err().map(|error| error["code"].clone());
                    // InternalError is a panic.
                    assert!(code != Some(json!(-32603)), "{method} {params} failed");
                }
            }
        }
    }
    session.client.shutdown();
}

#[test]
fn a_refused_edit_changes_nothing_and_says_why() {
    let mut session = Session::new();
    session.client.edits = Edits::Refused;
    let id = session.toggle(7);
    let answer = session.client.wait_response(id).unwrap();
    assert_eq!(answer, json!({"changed": 0, "reason": "the document is read-only"}));

    let uri = session.first.replace("0032-a", "0040-new");
    let argument = json!({"template": "codev-plan", "title": "New", "uri": uri});
    let params = json!({"command": "plansmith.server.newPlan", "arguments": [argument]});
    let made = session.client.request("workspace/executeCommand", params.clone()).unwrap();
    assert_eq!((&made["created"], &made["reason"]), (&json!(false), &json!("the document is read-only")));
    session.client.edits = Edits::Made;
    let made = session.client.request("workspace/executeCommand", params).unwrap();
    assert_eq!((&made["created"], &made["reason"]), (&json!(true), &Value::Null));
    session.client.shutdown();
}

#[test]
fn an_edit_of_a_document_that_has_changed_is_refused() {
    let mut session = Session::new();
    session.client.edits = Edits::Held;
    let id = session.toggle(7);
    let edit = session.client.asked("workspace/applyEdit");
    assert_eq!(edit["params"]["edit"]["documentChanges"][0]["textDocument"]["version"], 1);
    let uri = session.first.clone();
    session.client.change(&uri, 2, json!([{"range": range_at(0, 2), "text": "The "}]));
    let refusal = json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": false}});
    session.client.send(&refusal);
    let answer = session.client.wait_response(id).unwrap();
    assert_eq!(answer["changed"], 0);
    assert!(answer["reason"].as_str().unwrap().contains("has changed"), "{answer}");
    session.client.shutdown();
}

#[test]
fn commands_one_right_after_the_other_all_take_effect() {
    let mut session = Session::new();
    session.client.edits = Edits::Made;
    // The same task twice, then two others.
    let asked = [7, 7, 8, 6].map(|line| session.toggle(line));
    for id in asked {
        assert_eq!(session.client.wait_response(id).unwrap(), json!({"changed": 1}));
    }
    let (text, version) = session.client.document(&session.first.clone());
    let expected =
        FIRST.replace("- [x] **T001**", "- [ ] **T001**").replace("- [ ] **T003**", "- [x] **T003**");
    assert_eq!((text, version), (expected, 5));
    session.client.shutdown();
}

#[test]
fn a_command_follows_its_lines_through_the_edit_before() {
    let mut session = Session::new();
    session.client.edits = Edits::Held;
    let first = session.toggle(7);
    let edit = session.client.asked("workspace/applyEdit");
    let second = session.toggle(8);
    // The client does more with the edit than was asked, as one that formats while it does so.
    let uri = session.first.clone();
    let changed = FIRST
        .replace("- [ ] **T002**", "- [x] **T002**")
        .replace("# Plan: Piers\n", "# Plan: Piers\n\nNew.\n");
    session.client.change(&uri, 2, json!([{ "text": changed }]));
    session.client.edits = Edits::Made;
    session.client.take_text(&uri, &changed, 2);
    session.client.send(&json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": true}}));
    for id in [first, second] {
        assert_eq!(session.client.wait_response(id).unwrap(), json!({"changed": 1}));
    }
    let expected = changed.replace("- [ ] **T003**", "- [x] **T003**");
    assert_eq!(session.client.document(&uri).0, expected);
    session.client.shutdown();
}

#[test]
fn a_client_that_does_not_answer_an_edit_holds_up_nothing_else() {
    let mut session = Session::new();
    session.client.edits = Edits::Held;
    let (first, second) = (session.first.clone(), session.second.clone());
    session.client.open(&second, SECOND);
    let held = session.toggle(7);
    let edit = session.client.asked("workspace/applyEdit");
    let waiting = session.toggle(8);
    let start = Instant::now();
    // Requests about the same document, and commands on another one.
    assert!(session.client.outline(&first).len() > 3);
    session.client.edits = Edits::Refused;
    let argument = json!({"textDocument": {"uri": second}, "ranges": [range_at(4, 3)]});
    let params = json!({"command": "plansmith.server.toggleTask", "arguments": [argument]});
    assert_eq!(session.client.request("workspace/executeCommand", params).unwrap()["changed"], 0);
    // Cancelled commands answer at once; the one that waits for its turn is never run.
    for id in [waiting, held] {
        session.client.notify("$/cancelRequest", json!({"id": id}));
        assert_eq!(session.client.wait_response(id).unwrap_err()["code"], -32800);
    }
    assert!(start.elapsed() < MAX_ANSWER, "{:?}", start.elapsed());
    // One more waits for the edit that was sent, cancelled or not, and no longer than the server waits for the client.
    session.client.edits = Edits::Made;
    let next = session.toggle(8);
    assert_eq!(session.client.wait_response(next).unwrap(), json!({"changed": 1}));
    assert!(start.elapsed() > Duration::from_secs(5), "the edit before was not waited for");
    // An answer that comes too late is no harm.
    session.client.send(&json!({"jsonrpc": "2.0", "id": edit["id"], "result": {"applied": false}}));
    assert!(session.client.document(&first).0.contains("- [x] **T003**"));
    // And it goes although an edit is not answered.
    session.client.edits = Edits::Held;
    session.toggle(7);
    session.client.asked("workspace/applyEdit");
    session.client.shutdown();
}

#[cfg(debug_assertions)]
#[test]
fn the_watchdog_ends_a_server_that_hangs() {
    let mut client = Client::start_within(&[], &[("PLANSMITH_TEST_HANG", "a rotten egg")]);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    client.open("file:///w/good.md", FIRST);
    client.open("file:///w/bad.md", "# Plan: a rotten egg\n");
    client.send_request("textDocument/codeLens", json!({"textDocument": {"uri": "file:///w/bad.md"}}));
    assert!(client.outline("file:///w/good.md").len() > 3);
    let status = client.wait_exit(2 * MAX_ANSWER);
    assert!(!status.success(), "{status}");
}
