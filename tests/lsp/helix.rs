//! Helix: short arguments of commands, names of symbols with their states, and the order of code actions.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    client::{Client, EditReply},
    workspace::{folder, index, uri},
};

const PLAN: &str = "---\ntemplate: project-plan\n---\n# Pond\n\n## Objective\n\nFish\n\n## Detailed Tasks\n\n\
    ### Phase 1: Dig\n\n- [x] **Task 1.1**: Mark the edge\n  - Owner: Ada\n- [ ] **Task 1.2**: Rent a digger\n\
    - [ ] **Task 1.3**: Lay the liner\n";

fn start(root: &Path) -> Client {
    let mut client = Client::start(&[]);
    client.edit_reply = EditReply::Apply;
    client.initialize(json!({
        "clientInfo": {"name": "helix", "version": "25.07.1"},
        "workspaceFolders": [{"uri": uri(root), "name": "w"}],
        "capabilities": {
            "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}},
            "window": {"showDocument": {"support": true}},
            "workspace": {"workspaceEdit": {"documentChanges": true}},
        },
    }));
    index(&mut client);
    client
}

fn names(symbols: &Value) -> Vec<&str> {
    symbols.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap()).collect()
}

#[test]
fn commands_take_a_file_and_a_line() {
    let (_guard, root) = folder(&[("plans/pond.md", PLAN)]);
    let mut client = start(&root);
    let uri = uri(&root.join("plans/pond.md"));
    client.open(&uri, PLAN);
    let run = |client: &mut Client, command: &str, argument: Value| {
        let command = format!("plansmith.server.{command}");
        client.request("workspace/executeCommand", json!({"command": command, "arguments": [argument]}))
    };
    let line = PLAN.lines().position(|line| line.contains("Task 1.2")).unwrap() + 1;
    let argument = json!({"file": "plans/pond.md", "line": line});
    assert_eq!(run(&mut client, "toggleTask", argument.clone()), Ok(json!({"changed": 1})));
    assert!(client.document(&uri).0.contains("- [x] **Task 1.2**"));
    let argument = json!({"file": root.join("plans/pond.md"), "line": line, "state": "blocked"});
    assert_eq!(run(&mut client, "setState", argument), Ok(json!({"changed": 1})));
    // The next task is shown without further arguments.
    let next = run(&mut client, "nextTask", json!({"file": "plans/pond.md", "line": 1})).unwrap();
    assert_eq!(next["range"]["start"]["line"], line);
    assert_eq!(client.server_request("window/showDocument")["params"]["uri"], uri);
    let error = run(&mut client, "toggleTask", json!({"file": "plans/pond.md", "line": 0})).unwrap_err();
    assert_eq!(
        error["message"],
        "plansmith.server.toggleTask: invalid value `0` for `line`; expected a positive integer"
    );
    client.shutdown();
}

#[test]
fn names_of_symbols_have_states() {
    let (_guard, root) = folder(&[("plans/pond.md", PLAN)]);
    let mut client = start(&root);
    let uri = uri(&root.join("plans/pond.md"));
    client.open(&uri, PLAN);
    let symbols =
        client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}})).unwrap();
    let names_of_document = names(&symbols);
    assert!(names_of_document.contains(&"[x] 1.1 Mark the edge (Ada)"), "{names_of_document:?}");
    assert!(names_of_document.contains(&"[ ] 1.2 Rent a digger"), "{names_of_document:?}");
    let symbols = client.request("workspace/symbol", json!({"query": "liner"})).unwrap();
    assert_eq!(names(&symbols), ["[ ] 1.3 Lay the liner — Pond"]);
    client.shutdown();
}

#[test]
fn suppressions_are_last() {
    let text = PLAN.replace("**Task 1.1**: Mark", "**Task 1.2**: Mark");
    let (_guard, root) = folder(&[("plans/pond.md", &text)]);
    let mut client = start(&root);
    let uri = uri(&root.join("plans/pond.md"));
    client.open(&uri, &text);
    let line = text.lines().position(|line| line.contains("Rent")).unwrap();
    let position = json!({"line": line, "character": 10});
    let actions = client.request(
        "textDocument/codeAction",
        json!({
            "textDocument": {"uri": uri}, "range": {"start": position, "end": position},
            "context": {"diagnostics": []},
        }),
    );
    let actions = actions.unwrap();
    let mut sorted: Vec<&Value> = actions.as_array().unwrap().iter().collect();
    // The order of Helix: fixes, refactorings, actions of the source, actions without a kind.
    let kinds = ["quickfix", "refactor", "source"];
    sorted.sort_by_key(|action| {
        let kind = action["kind"].as_str().unwrap_or_default();
        kinds.iter().position(|start| kind.starts_with(start)).unwrap_or(kinds.len())
    });
    let titles: Vec<&str> = sorted.iter().map(|action| action["title"].as_str().unwrap()).collect();
    let first = titles.iter().position(|title| title.starts_with("Disable")).expect("a suppression");
    assert!(first > 2 && titles[first..].iter().all(|title| title.starts_with("Disable")), "{titles:?}");
    client.shutdown();
}
