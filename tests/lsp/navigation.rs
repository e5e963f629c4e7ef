//! Where words lead, in the real server over files on disk.

use serde_json::{Value, json};
use tower_lsp::lsp_types::Url;

use crate::client::{Client, simple_capabilities};

const PLAN: &str = "# Plan: Harbour\n\n## Phase 1: Build\n\n- [ ] **Task 1.1**: Measure `src/main.rs:3`\n- [ ] **Task 1.2**: Build\n  - Depends on: Task 1.1, 9.1\n\nSee [it](#phase-1-build), [other](b.md#goals) and <https://example.org/>.\n";
const OTHER: &str = "# Plan: Cranes\n\n## Goals\n\n- [ ] **Task 9.1**: Order\n  - Depends on: Task 1.2\n";

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

#[test]
fn there_and_back() {
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
        let place = &found[0];
        let start = &place["range"]["start"];
        (
            place["uri"].as_str().unwrap().to_owned(),
            start["line"].as_u64().unwrap(),
            start["character"].as_u64().unwrap(),
        )
    };
    assert_eq!(definition(6, 20), (own.clone(), 4, 8));
    assert_eq!(definition(6, 26), (other.clone(), 4, 20));
    assert_eq!(definition(8, 5), (own.clone(), 2, 3));
    assert_eq!(definition(8, 27), (other.clone(), 2, 3));
    assert_eq!(definition(4, 32), (uri("src/main.rs"), 2, 0));

    let mut asked = at(&own, 5, 12);
    asked["context"] = json!({"includeDeclaration": true});
    let found = client.request("textDocument/references", asked).unwrap();
    let places: Vec<(&str, u64)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|place| (place["uri"].as_str().unwrap(), place["range"]["start"]["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [(&*own, 5), (&*other, 5)]);

    let found = client.request("textDocument/documentHighlight", at(&own, 4, 12)).unwrap();
    let kinds: Vec<u64> =
        found.as_array().unwrap().iter().map(|place| place["kind"].as_u64().unwrap()).collect();
    assert_eq!(kinds, [3, 2], "written where it is defined, read where it is named");
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
    assert_eq!(links[2]["tooltip"], "Plan: Cranes");
    client.shutdown();
}
