//! Document sets in the editor: renames, actions, completion and refreshes across the documents of a set.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    actions::apply,
    client::Client,
    workspace::{codes, folder, index, uri, watched, write},
};

/// Starts a client with the capabilities of a full editor, in a workspace that is indexed.
pub fn start(root: &Path) -> Client {
    let mut client = Client::start(&[]);
    client.initialize(json!({
        "workspaceFolders": [{"uri": uri(root), "name": "w"}],
        "capabilities": {
            "textDocument": {
                "diagnostic": {},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
                "rename": {"prepareSupport": true},
                "codeAction": {
                    "dataSupport": true,
                    "resolveSupport": {"properties": ["edit"]},
                    "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
                },
            },
            "window": {"showDocument": {"support": true}},
            "workspace": {
                "didChangeWatchedFiles": {"dynamicRegistration": true},
                "diagnostics": {"refreshSupport": true},
                "codeLens": {"refreshSupport": true},
                "workspaceEdit": {"documentChanges": true},
            },
        },
    }));
    index(&mut client);
    client
}

/// Returns the params of a request at the start of a word, moved right by some characters.
pub fn at(uri: &str, text: &str, word: &str, right: usize) -> Value {
    let offset = text.find(word).unwrap() + right;
    let line = text[..offset].matches('\n').count();
    let character = text[..offset].rsplit('\n').next().unwrap().encode_utf16().count();
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

/// Returns the text of a document after a workspace edit, with the version that the edit is for.
pub fn edited(edit: &Value, uri: &str, text: &str) -> (String, Value) {
    let changes = edit["documentChanges"].as_array().unwrap();
    let change = changes.iter().find(|change| change["textDocument"]["uri"] == *uri).unwrap();
    (apply(text, change["edits"].as_array().unwrap()), change["textDocument"]["version"].clone())
}

const REQUIREMENTS: &str = "\
# Requirements

### Requirement 1: Import

#### Acceptance Criteria

1. WHEN a file is read THEN it SHALL be checked

### Requirement 2: Export

#### Acceptance Criteria

1. WHEN Ada presses Export THEN a file SHALL be written
2. IF the list is empty THEN it SHALL say so
";

const TASKS: &str = "\
# Implementation Plan

- [x] 1. Import
  - _Requirements: 1.1_
- [ ] 2. Export
  - _Requirements: 2.1-2.2_
";

const DESIGN: &str = "# Design\n\n**Validates: Requirements 1.1, 2.1**\n";

#[test]
fn requirements_are_renamed_in_all_documents_of_a_set() {
    let (_guard, root) = folder(&[
        (".kiro/specs/export/requirements.md", REQUIREMENTS),
        (".kiro/specs/export/tasks.md", TASKS),
        (".kiro/specs/export/design.md", DESIGN),
        (".kiro/specs/other/requirements.md", REQUIREMENTS),
        (".kiro/specs/other/tasks.md", TASKS),
    ]);
    let mut client = start(&root);
    let set = root.join(".kiro/specs/export");
    let [requirements, tasks, design] =
        ["requirements.md", "tasks.md", "design.md"].map(|name| uri(&set.join(name)));
    // An unsaved change, which the edit is based on.
    let unsaved = format!("{TASKS}- [ ] 3. Test, Requirements: 2.2\n");
    client.open(&tasks, TASKS);
    client.change(&tasks, 2, json!([{ "text": unsaved }]));
    client.open(&requirements, REQUIREMENTS);
    let place = at(&requirements, REQUIREMENTS, "2: Export", 0);
    let prepared = client.request("textDocument/prepareRename", place.clone()).unwrap();
    assert_eq!(prepared["placeholder"], "2");
    let rename = |client: &mut Client, new: &str| {
        let mut params = place.clone();
        params["newName"] = new.into();
        client.request("textDocument/rename", params)
    };
    let refused = rename(&mut client, "1").unwrap_err();
    assert_eq!(refused["message"], "`1` is already used by `Import`");
    let edit = rename(&mut client, "3").unwrap();
    assert_eq!(edit["documentChanges"].as_array().unwrap().len(), 3, "{edit}");
    let (text, version) = edited(&edit, &requirements, REQUIREMENTS);
    assert_eq!(text, REQUIREMENTS.replace("Requirement 2", "Requirement 3"));
    assert_eq!(version, 1);
    let (text, version) = edited(&edit, &tasks, &unsaved);
    assert_eq!(text, unsaved.replace("2.1-2.2", "3.1-3.2").replace("Requirements: 2.2", "Requirements: 3.2"));
    assert_eq!(version, 2);
    let (text, version) = edited(&edit, &design, DESIGN);
    assert_eq!(text, DESIGN.replace("2.1", "3.1"));
    assert_eq!(version, Value::Null);
    // A reference in another document leads to the same places.
    let found = client.request("textDocument/documentHighlight", at(&tasks, &unsaved, "2.1-2.2", 1)).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    let mut params = place;
    params["context"] = json!({"includeDeclaration": true});
    let found = client.request("textDocument/references", params).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 4, "{found}");
    client.shutdown();
}

#[test]
fn tasks_are_added_and_documents_of_a_set_are_shown() {
    let open_tasks = "# Implementation Plan\n\n- [x] 1. Import\n  - _Requirements: 1.1_\n";
    let (_guard, root) = folder(&[
        (".kiro/specs/export/requirements.md", REQUIREMENTS),
        (".kiro/specs/export/tasks.md", open_tasks),
    ]);
    let mut client = start(&root);
    let set = root.join(".kiro/specs/export");
    let [requirements, tasks] = ["requirements.md", "tasks.md"].map(|name| uri(&set.join(name)));
    client.open(&requirements, REQUIREMENTS);
    let position = at(&requirements, REQUIREMENTS, "2: Export", 0)["position"].clone();
    let params = json!({
        "textDocument": {"uri": requirements},
        "range": {"start": position, "end": position},
        "context": {"diagnostics": [], "only": ["refactor"]},
    });
    let actions = client.request("textDocument/codeAction", params).unwrap();
    let titled = |title: &str| {
        let all = actions.as_array().unwrap();
        let found = all.iter().find(|action| action["title"] == title);
        found.unwrap_or_else(|| panic!("{title}: {actions}")).clone()
    };
    let action = client.request("codeAction/resolve", titled("Add task for requirement 2")).unwrap();
    let (text, _) = edited(&action["edit"], &tasks, open_tasks);
    assert_eq!(text, format!("{open_tasks}- [ ] 2. Export\n  - _Requirements: 2.1, 2.2_\n"));
    let command = titled("Go to tasks.md")["command"].clone();
    let shown = client
        .request(
            "workspace/executeCommand",
            json!({"command": command["command"], "arguments": command["arguments"]}),
        )
        .unwrap();
    assert_eq!(shown, json!([{"role": "tasks", "name": "tasks.md", "uri": tasks}]));
    assert_eq!(client.server_request("window/showDocument")["params"]["uri"], tasks);
    // The outline shows the progress of the tasks.
    let params = json!({"textDocument": {"uri": requirements}});
    let outline = client.request("textDocument/documentSymbol", params.clone()).unwrap();
    let [import, export] = outline[0]["children"].as_array().unwrap().as_slice() else { panic!("{outline}") };
    assert_eq!(
        (&import["name"], &import["detail"]),
        (&json!("Requirement 1: Import"), &json!("1 of 1 task done"))
    );
    assert_eq!(export["detail"], "no task");
    let lenses = client.request("textDocument/codeLens", params).unwrap();
    let titles: Vec<&str> =
        lenses.as_array().unwrap().iter().map(|lens| lens["command"]["title"].as_str().unwrap()).collect();
    let expected = ["tasks.md 1/1", "1 task, 1 done", "1 task, 1 done", "no task", "no task", "no task"];
    assert_eq!(titles, expected);
    client.shutdown();
}

#[test]
fn a_change_refreshes_the_set_and_nothing_else() {
    let (_guard, root) = folder(&[
        (".kiro/specs/one/requirements.md", REQUIREMENTS),
        (".kiro/specs/one/tasks.md", TASKS),
        (".kiro/specs/two/requirements.md", REQUIREMENTS),
        (".kiro/specs/two/tasks.md", TASKS),
    ]);
    let mut client = start(&root);
    let path = |name: &str| uri(&root.join(".kiro/specs").join(name));
    let (spec, tasks, other) = (path("one/requirements.md"), path("one/tasks.md"), path("two/tasks.md"));
    client.open(&spec, REQUIREMENTS);
    client.open(&tasks, TASKS);
    client.open(&other, TASKS);
    index(&mut client);
    assert_eq!(codes(&mut client, &spec), [""; 0]);
    client.drain();
    client.server_requests.clear();
    // No other document of this set is open.
    client.change(&other, 2, json!([{ "text": TASKS.replace("2.1-2.2", "2.1") }]));
    index(&mut client);
    client.change(&tasks, 2, json!([{ "text": TASKS.replace("2.1-2.2", "2.1") }]));
    client.server_request("workspace/codeLens/refresh");
    index(&mut client);
    client.drain();
    let is_refresh = |request: &&Value| request["method"] == "workspace/codeLens/refresh";
    assert_eq!(client.server_requests.iter().filter(is_refresh).count(), 0);
    assert_eq!(codes(&mut client, &spec), ["uncovered-requirement"]);
    client.shutdown();
}

/// A custom family.
const PROFILE: &str = r#"
name = "wishes"
set = { directory = ["work/*"], requires = ["wishes.md"] }
roles = { requirements = ["wishes.md"], tasks = ["todo.md"] }
reference = [{ role = "tasks", field = ["Fulfills"], to = ["wish"], ranges = true }]

[requirement]
wish = { heading = ["{id} {sep} {title}"], item = ["{id} {sep} {text}"], id = "W-{n:2}" }
"#;

const WISHES: &str =
    "# Wishes\n\n## W-01: Fast search\n\nUnder a second.\n\n- W-02: Dark colors\n- W-03: Sound\n";
const TODO: &str =
    "# Todo\n\n- [x] Build an index\n  - Fulfills: W-01\n- [ ] Choose colors\n  - Fulfills: W-01-W-02, \n";

#[test]
fn a_profile_of_a_team_is_enough_for_all_features() {
    let (_guard, root) = folder(&[
        (".plansmith/families/wishes.toml", PROFILE),
        ("work/search/wishes.md", WISHES),
        ("work/search/todo.md", TODO),
    ]);
    let mut client = start(&root);
    let [wishes, todo] = ["wishes.md", "todo.md"].map(|name| uri(&root.join("work/search").join(name)));
    client.open(&wishes, WISHES);
    client.open(&todo, TODO);
    index(&mut client);
    let hover = client.request("textDocument/hover", at(&todo, TODO, "W-01\n", 0)).unwrap();
    let hover = hover["contents"]["value"].as_str().or(hover["contents"].as_str()).unwrap().to_owned();
    for part in ["W-01", "Fast search", "Under a second.", "Covered by 2 tasks, 1 done"] {
        assert!(hover.contains(part), "{part} is missing in {hover}");
    }
    let definition = client.request("textDocument/definition", at(&todo, TODO, "W-01\n", 0)).unwrap();
    assert_eq!(definition[0]["uri"], wishes);
    assert_eq!(definition[0]["range"]["start"]["line"], 2);
    let mut place = at(&todo, TODO, "W-02, ", 6);
    place["context"] = json!({"triggerKind": 1});
    let offered = client.request("textDocument/completion", place).unwrap();
    let items = offered["items"].as_array().or(offered.as_array()).unwrap();
    let labels: Vec<&str> = items.iter().map(|item| item["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["W-03", "W-01", "W-02"]);
    // Renaming the middle of a range writes a list.
    let mut rename = at(&wishes, WISHES, "W-02", 2);
    rename["newName"] = "W-20".into();
    let edit = client.request("textDocument/rename", rename).unwrap();
    assert_eq!(edited(&edit, &todo, TODO).0, TODO.replace("W-01-W-02", "W-01, W-20"));
    assert_eq!(edited(&edit, &wishes, WISHES).0, WISHES.replace("W-02", "W-20"));
    let output = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(["coverage", "--format", "json"])
        .current_dir(&root)
        .output()
        .unwrap();
    let coverage: Value = serde_json::from_slice(&output.stdout).unwrap();
    let states: Vec<String> = coverage["sets"][0]["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|requirement| {
            format!("{} {}", requirement["id"].as_str().unwrap(), requirement["state"].as_str().unwrap())
        })
        .collect();
    assert_eq!(states, ["W-01 active", "W-02 open", "W-03 not_referenced"]);
    client.shutdown();
}

/// A custom family whose requirements have names instead of IDs.
const PROFILE_WITH_NAMES: &str = r#"
name = "kitchen"
set = { directory = ["meals/*"], requires = ["goals.md"] }
roles = { requirements = ["goals.md"], tasks = ["steps.md"] }
reference = [
  { role = "tasks", field = ["Serves"], to = ["goal"] },
  { role = "tasks", text = true, to = ["goal"] },
]

[requirement]
goal = { heading = ["Goal: {title}"], id = "{title}" }
"#;

const GOALS: &str =
    "# Goals\n\n### Goal: Warm `miso_1` soup\n\nHot.\n\n### Goal: Cold tea\n\n### Goal: Bread\n";
const STEPS: &str = "# Steps\n\n- [x] Boil water\n  - Serves: warm miso_1 soup, Cold tea\n- [ ] Cool for \"Cold tea\" in `src/a.rs`\n- [ ] Rest\n  - Serves: \n";

#[test]
fn a_profile_with_names_is_enough_for_all_features() {
    let (_guard, root) = folder(&[
        (".plansmith/families/kitchen.toml", PROFILE_WITH_NAMES),
        ("meals/a/goals.md", GOALS),
        ("meals/a/steps.md", STEPS),
    ]);
    let mut client = start(&root);
    let [goals, steps] = ["goals.md", "steps.md"].map(|name| uri(&root.join("meals/a").join(name)));
    client.open(&goals, GOALS);
    client.open(&steps, STEPS);
    index(&mut client);
    let hover = client.request("textDocument/hover", at(&steps, STEPS, "warm miso", 2)).unwrap();
    let hover = hover["contents"]["value"].as_str().or(hover["contents"].as_str()).unwrap().to_owned();
    for part in ["Warm", "Hot.", "Covered by 1 task, 1 done"] {
        assert!(hover.contains(part), "{part} is missing in {hover}");
    }
    let definition = client.request("textDocument/definition", at(&steps, STEPS, "\"Cold tea", 2)).unwrap();
    assert_eq!(definition[0]["range"]["start"]["line"], 6);
    let none = client.request("textDocument/definition", at(&steps, STEPS, "src/a", 2)).unwrap();
    assert_eq!(none[0]["uri"], steps, "other quoted words name no requirement");
    let mut place = at(&steps, STEPS, "Serves: \n", 8);
    place["context"] = json!({"triggerKind": 1});
    let offered = client.request("textDocument/completion", place).unwrap();
    let items = offered["items"].as_array().or(offered.as_array()).unwrap();
    let labels: Vec<&str> = items.iter().map(|item| item["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["Bread", "Warm `miso_1` soup", "Cold tea"]);
    let mut rename = at(&goals, GOALS, "Cold tea", 2);
    rename["newName"] = "Iced Tea".into();
    let edit = client.request("textDocument/rename", rename).unwrap();
    assert_eq!(edited(&edit, &goals, GOALS).0, GOALS.replace("Cold tea", "Iced Tea"));
    assert_eq!(edited(&edit, &steps, STEPS).0, STEPS.replace("Cold tea", "Iced Tea"));
    let mut rename = at(&steps, STEPS, "warm miso", 2);
    rename["newName"] = "Stew".into();
    let edit = client.request("textDocument/rename", rename).unwrap();
    assert_eq!(edited(&edit, &goals, GOALS).0, GOALS.replace("Warm `miso_1` soup", "Stew"));
    assert_eq!(edited(&edit, &steps, STEPS).0, STEPS.replace("warm miso_1 soup", "stew"));
    let output = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(["coverage", "--format", "csv"])
        .current_dir(&root)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let states: Vec<&str> = text.lines().skip(1).map(|line| line.rsplit(',').nth(1).unwrap()).collect();
    assert_eq!(states, ["done", "active", "not_referenced"], "{text}");
    client.shutdown();
}

#[test]
fn settings_limit_the_families() {
    let (_guard, root) =
        folder(&[(".kiro/specs/one/requirements.md", REQUIREMENTS), (".kiro/specs/one/tasks.md", TASKS)]);
    let mut client = start(&root);
    let tasks = uri(&root.join(".kiro/specs/one/tasks.md"));
    client.open(&tasks, TASKS);
    index(&mut client);
    let has_definition = |client: &mut Client| {
        let found = client.request("textDocument/definition", at(&tasks, TASKS, "2.1-2.2", 0)).unwrap();
        found.as_array().is_some_and(|found| !found.is_empty())
    };
    assert!(has_definition(&mut client));
    let settings = root.join("plansmith.toml");
    for (text, expected) in [("families = [\"spec-kit\"]\n", false), ("families = [\"kiro\"]\n", true)] {
        let kind = if settings.exists() { 2 } else { 1 };
        write(&root, "plansmith.toml", text);
        watched(&mut client, &[(settings.clone(), kind)]);
        index(&mut client);
        assert_eq!(has_definition(&mut client), expected, "{text}");
    }
    client.shutdown();
}

#[test]
fn problems_of_a_profile_are_diagnostics_of_its_file() {
    let wrong = PROFILE.replace("ranges = true", "range = true");
    let (_guard, root) =
        folder(&[(".plansmith/families/wishes.toml", &wrong), ("work/search/wishes.md", WISHES)]);
    let mut client = start(&root);
    let path = root.join(".plansmith/families/wishes.toml");
    let profile = uri(&path);
    let published = client.diagnostics(&profile);
    let problem = &published["diagnostics"][0];
    assert!(problem["message"].as_str().unwrap().contains("`range`"), "{published}");
    assert_eq!(problem["range"]["start"]["line"], 4);
    write(&root, ".plansmith/families/wishes.toml", PROFILE);
    watched(&mut client, &[(path, 2)]);
    assert_eq!(client.diagnostics(&profile)["diagnostics"], json!([]));
    client.shutdown();
}
