//! Navigation and annotations in the real server with files on disk.

use serde_json::{Value, json};
use tower_lsp::lsp_types::Url;

use crate::client::{Client, simple_capabilities};

const PLAN: &str = "# Plan: Harbour\n\n## Phase 1: Build\n\n- [ ] **Task 1.1**: Measure `src/main.rs:3`\n- [ ] **Task 1.2**: Build\n  - Depends on: Task 1.1, 9.1\n\nSee [it](#phase-1-build), [other](b.md#goals) and <https://example.org/>.\n";
const OTHER: &str = "# Plan: Cranes\n\n## Goals\n\n- [ ] **Task 9.1**: Order\n  - Depends on: Task 1.2\n";

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

#[test]
fn definitions_references_and_links() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("src")).unwrap();
    for (name, text) in [("a.md", PLAN), ("b.md", OTHER), ("src/main.rs", "\n\nfn main() {}\n")] {
        std::fs::write(path(name), text).unwrap();
    }
    let uri = |name: &str| Url::from_file_path(path(name)).unwrap().to_string();
    let mut client = Client::start(&[]);
    let root = Url::from_file_path(folder.path()).unwrap();
    let mut capabilities = simple_capabilities();
    capabilities["textDocument"]["documentLink"] = json!({"tooltipSupport": true});
    client
        .initialize(json!({"capabilities": capabilities, "workspaceFolders": [{"uri": root, "name": "w"}]}));
    let (own, other) = (uri("a.md"), uri("b.md"));
    client.open(&own, PLAN);
    client.request("plansmith/index", Value::Null).unwrap();

    let mut definition = |line: u32, character: u32| -> (String, u64, u64) {
        let found = client.request("textDocument/definition", at(&own, line, character)).unwrap();
        let location = &found[0];
        let start = &location["range"]["start"];
        (
            location["uri"].as_str().unwrap().to_owned(),
            start["line"].as_u64().unwrap(),
            start["character"].as_u64().unwrap(),
        )
    };
    assert_eq!(definition(6, 20), (own.clone(), 4, 8));
    assert_eq!(definition(6, 26), (other.clone(), 4, 20));
    assert_eq!(definition(8, 5), (own.clone(), 2, 3));
    assert_eq!(definition(8, 27), (other.clone(), 2, 3));
    assert_eq!(definition(4, 32), (uri("src/main.rs"), 2, 0));

    let mut params = at(&own, 5, 12);
    params["context"] = json!({"includeDeclaration": true});
    let found = client.request("textDocument/references", params).unwrap();
    let locations: Vec<(&str, u64)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|location| {
            (location["uri"].as_str().unwrap(), location["range"]["start"]["line"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(locations, [(&*own, 5), (&*other, 5)]);

    let found = client.request("textDocument/documentHighlight", at(&own, 4, 12)).unwrap();
    let kinds: Vec<u64> =
        found.as_array().unwrap().iter().map(|highlight| highlight["kind"].as_u64().unwrap()).collect();
    assert_eq!(kinds, [3, 2], "the definition is a write, the reference a read");
    assert_eq!(client.request("textDocument/documentHighlight", at(&own, 1, 0)).unwrap(), Value::Null);

    let links = client.request("textDocument/documentLink", json!({"textDocument": {"uri": own}})).unwrap();
    let targets: Vec<&str> =
        links.as_array().unwrap().iter().map(|link| link["target"].as_str().unwrap()).collect();
    assert_eq!(
        targets,
        [
            format!("{}#L3", uri("src/main.rs")),
            format!("{own}#L3"),
            format!("{other}#L3"),
            "https://example.org/".to_owned(),
        ]
    );
    assert_eq!(links[2].get("tooltip"), None);
    let resolved = client.request("documentLink/resolve", links[2].clone()).unwrap();
    assert_eq!(resolved["tooltip"], "Plan: Cranes (0/1)");
    client.shutdown();
}

#[test]
fn hints_lenses_tokens_and_selection_ranges() {
    let uri = "file:///plans/shown.md";
    let text = "# Plan: Harbour\n\n## Phase 1: Build\n\n- [x] **Task 1.1**: Measure\n- [ ] **Task 1.2**: Paint\n  - Depends on: Task 1.1, Task 1.9\n- [ ] **Task 1.3**: Varnish\n";
    let mut client = Client::start(&[]);
    let answer = client.initialize(json!({
        "capabilities": simple_capabilities(),
        "initializationOptions": {"lenses": {"phases": true}, "hints": {"phases": "yes"}},
    }));
    client.open(uri, text);
    client.request("plansmith/index", Value::Null).unwrap();
    let document = json!({"uri": uri});
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 8, "character": 0}});

    let hints =
        client.request("textDocument/inlayHint", json!({"textDocument": document, "range": whole})).unwrap();
    assert_eq!((&hints[0]["label"], &hints[0]["position"]["line"]), (&json!("1/3"), &json!(2)));

    let lenses = client.request("textDocument/codeLens", json!({"textDocument": document})).unwrap();
    let commands: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["command"].as_str().unwrap()).collect();
    assert!(commands.contains(&"plansmith.server.nextTask"), "{lenses:#}");
    assert!(commands.contains(&"plansmith.server.toggleTask"), "{lenses:#}");
    // The commands of lenses can be executed.
    for lens in lenses.as_array().unwrap().iter().filter(|lens| lens["command"]["command"] != "") {
        let params =
            json!({"command": lens["command"]["command"], "arguments": lens["command"]["arguments"]});
        client.request("workspace/executeCommand", params).unwrap();
    }
    let params = json!({"command": "plansmith.server.nextTask", "arguments": [{"textDocument": document}]});
    let next = client.request("workspace/executeCommand", params).unwrap();
    // An unknown dependency blocks task 1.2.
    assert_eq!(next["range"]["start"]["line"], 7);

    let legend = &answer["capabilities"]["semanticTokensProvider"]["legend"];
    let tokens =
        client.request("textDocument/semanticTokens/full", json!({"textDocument": document})).unwrap();
    let data: Vec<u64> =
        tokens["data"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
    let (mut line, mut column) = (0, 0);
    let shown: Vec<String> = data
        .chunks(5)
        .map(|token| {
            column = if token[0] == 0 { column + token[1] } else { token[1] };
            line += token[0];
            let words: String = text
                .lines()
                .nth(line as usize)
                .unwrap()
                .chars()
                .skip(column as usize)
                .take(token[2] as usize)
                .collect();
            let kind = legend["tokenTypes"][token[3] as usize].as_str().unwrap();
            let names = legend["tokenModifiers"].as_array().unwrap().iter().enumerate();
            let modifiers =
                names.filter(|(bit, _)| token[4] >> bit & 1 == 1).map(|(_, name)| name.as_str().unwrap());
            format!("{words} {kind} {}", modifiers.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Phase 1 enumMember definition",
            "Task 1.1 enumMember definition",
            "Measure task done",
            "Task 1.2 enumMember definition",
            "Task 1.1 enumMember ",
            "Task 1.9 enumMember abstract",
            "Task 1.3 enumMember definition",
        ]
    );

    let params = json!({"textDocument": document, "positions": [{"line": 5, "character": 22}]});
    let mut around = client.request("textDocument/selectionRange", params).unwrap()[0].clone();
    let mut lines = Vec::new();
    while !around.is_null() {
        lines.push((
            around["range"]["start"]["line"].as_u64().unwrap(),
            around["range"]["end"]["line"].as_u64().unwrap(),
        ));
        around = around["parent"].clone();
    }
    assert!(lines.len() > 3 && lines[0] == (5, 5) && lines[lines.len() - 1].0 == 0, "{lines:?}");

    // Ordinary Markdown has no hints and lenses.
    let letter = "file:///plans/letter.md";
    client.open(letter, "# Dear all\n\nThe weather is fine.\n");
    let document = json!({"uri": letter});
    let hints =
        client.request("textDocument/inlayHint", json!({"textDocument": document, "range": whole})).unwrap();
    let lenses = client.request("textDocument/codeLens", json!({"textDocument": document})).unwrap();
    assert_eq!((hints, lenses), (json!([]), json!([])));
    client.shutdown();
}

#[test]
fn status_next_tasks_items_and_graphs() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.md", PLAN), ("b.md", OTHER), ("notes.md", "# Notes\n\n- milk\n")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let uri = |name: &str| Url::from_file_path(folder.path().join(name)).unwrap().to_string();
    let mut client = Client::start(&[]);
    let root = Url::from_file_path(folder.path()).unwrap();
    client.initialize(
        json!({"capabilities": simple_capabilities(), "workspaceFolders": [{"uri": root, "name": "w"}]}),
    );
    // The status is that of the buffer, not of the file.
    client.open(&uri("a.md"), &PLAN.replacen("- [ ]", "- [x]", 1));
    let mut run = |command: &str, argument: Option<Value>| {
        let arguments: Vec<Value> = argument.into_iter().collect();
        let command = format!("plansmith.server.{command}");
        client.request("workspace/executeCommand", json!({"command": command, "arguments": arguments}))
    };
    let status = run("status", None).unwrap();
    let plans: Vec<String> = status["plans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| {
            let texts = ["path", "uri"].map(|key| plan[key].as_str().unwrap());
            format!("{} {} {}/{}", texts[0], texts[1] == uri(texts[0]), plan["done"], plan["total"])
        })
        .collect();
    assert_eq!(plans, ["a.md true 1/2", "b.md true 0/1"]);
    let argument = |name: &str| Some(json!({"textDocument": {"uri": uri(name)}}));
    assert_eq!(run("status", argument("b.md")).unwrap()["plans"][0], status["plans"][1]);
    assert_eq!(run("status", argument("notes.md")).unwrap()["plans"], json!([]));

    let next = run("nextTasks", Some(json!({}))).unwrap();
    assert_eq!((&next[1]["path"], &next[1]["tasks"][0]["id"]), (&json!("b.md"), &json!("9.1")));
    let items = run("items", argument("a.md")).unwrap();
    let phase = &items[0];
    assert_eq!((&phase["kind"], &phase["done"], &phase["total"]), (&json!("phase"), &json!(1), &json!(2)));
    let task = &phase["children"][1];
    assert_eq!((&task["id"], &task["state"]), (&json!("1.2"), &json!("open")));
    assert_eq!(task["selectionRange"]["start"]["line"], 5);
    assert_eq!(run("items", argument("notes.md")).unwrap(), json!([]));

    let graph = |uri: String, format: &str| Some(json!({"textDocument": {"uri": uri}, "format": format}));
    let text = run("graph", graph(uri("a.md"), "mermaid")).unwrap();
    assert!(text["text"].as_str().unwrap().starts_with("flowchart"), "{text}");
    let svg = run("graph", graph(uri("a.md"), "svg")).unwrap();
    assert!(svg["text"].as_str().unwrap().starts_with("<svg "), "{svg}");
    let diagram = run("graph", graph(uri("a.md"), "text")).unwrap();
    let (rows, lines) = (diagram["text"].as_str().unwrap().lines(), diagram["lines"].as_array().unwrap());
    assert_eq!(rows.clone().count(), lines.len());
    let (_, line) = rows.zip(lines).find(|(row, _)| row.contains("1.2 Build")).unwrap();
    assert_eq!(line, 6);
    let timeline = |format: &str| {
        Some(json!({"textDocument": {"uri": uri("a.md")}, "format": format, "kind": "timeline"}))
    };
    let error = run("graph", timeline("dot")).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("timelines are not available as DOT"), "{error}");
    let error = run("graph", graph(uri("a.md"), "png")).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("`png`"), "{error}");
    let error = run("items", argument("gone.md")).unwrap_err();
    assert!(error["message"].as_str().unwrap().contains("no such file or directory"), "{error}");
}

#[test]
fn dependencies_as_a_call_hierarchy() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.md", PLAN), ("b.md", OTHER)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let uri = |name: &str| Url::from_file_path(folder.path().join(name)).unwrap().to_string();
    let mut client = Client::start(&[]);
    let root = Url::from_file_path(folder.path()).unwrap();
    client.initialize(
        json!({"capabilities": simple_capabilities(), "workspaceFolders": [{"uri": root, "name": "w"}]}),
    );
    client.open(&uri("a.md"), PLAN);
    client.request("plansmith/index", Value::Null).unwrap();
    let items = client.request("textDocument/prepareCallHierarchy", at(&uri("a.md"), 5, 18)).unwrap();
    assert_eq!(
        (&items[0]["name"], &items[0]["detail"]),
        (&json!("1.2 Build"), &json!("open · Plan: Harbour"))
    );
    let mut calls = |direction: &str, item: &Value| -> Value {
        client.request(&format!("callHierarchy/{direction}Calls"), json!({"item": item})).unwrap()
    };
    let outgoing = calls("outgoing", &items[0]);
    let names: Vec<&Value> = outgoing.as_array().unwrap().iter().map(|call| &call["to"]["name"]).collect();
    assert_eq!(names, ["1.1 Measure src/main.rs:3", "9.1 Order"]);
    assert_eq!(outgoing[1]["fromRanges"], json!([range(6, 26, 6, 29)]));
    // From there to a file that is not open, and back.
    let dependency = &outgoing[1]["to"];
    assert_eq!(
        (&dependency["uri"], &dependency["selectionRange"]),
        (&json!(uri("b.md")), &json!(range(4, 20, 4, 25)))
    );
    assert_eq!(calls("incoming", dependency)[0]["from"]["name"], "1.2 Build");
    let incoming = calls("incoming", &items[0]);
    assert_eq!(incoming[0]["from"]["uri"], json!(uri("b.md")));
    assert_eq!(incoming[0]["fromRanges"], json!([range(5, 16, 5, 24)]));
    assert_eq!(
        client.request("textDocument/prepareCallHierarchy", at(&uri("a.md"), 0, 3)).unwrap(),
        Value::Null
    );
}

fn range(line: u32, character: u32, end_line: u32, end: u32) -> Value {
    json!({"start": {"line": line, "character": character}, "end": {"line": end_line, "character": end}})
}
