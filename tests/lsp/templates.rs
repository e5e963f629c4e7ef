//! Templates in an editor: plans, sections, values, guidance and placeholders.

use serde_json::{Value, json};

use crate::client::Client;

const URI: &str = "file:///plans/move-the-index.md";

fn at(line: u32, character: u32) -> Value {
    json!({"textDocument": {"uri": URI}, "position": {"line": line, "character": character}})
}

/// Starts a client that supports snippets and creation of files by edits, with an open folder.
fn ready(folder: &std::path::Path) -> Client {
    let mut client = Client::start(&[]);
    let root = format!("file://{}", folder.display());
    client.initialize(json!({
        "rootUri": root,
        "workspaceFolders": [{"uri": root, "name": "plans"}],
        "capabilities": {
            "textDocument": {
                "completion": {"completionItem": {"snippetSupport": true, "insertTextModeSupport": {"valueSet": [1, 2]}}},
                "hover": {"contentFormat": ["markdown"]},
            },
            "workspace": {"workspaceEdit": {"documentChanges": true, "resourceOperations": ["create"]}},
        }
    }));
    client
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().filter_map(|item| item["label"].as_str()).collect()
}

#[test]
fn completion_of_a_plan_in_an_empty_document() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = ready(folder.path());
    client.open(URI, "");
    let items = client.request("textDocument/completion", at(0, 0)).unwrap();
    assert!(labels(&items).contains(&"Plan: project-plan"), "{items}");
    let plan = items.as_array().unwrap().iter().find(|item| item["label"] == "Plan: project-plan").unwrap();
    assert_eq!((&plan["insertTextFormat"], &plan["insertTextMode"]), (&json!(2), &json!(1)));
    let text = plan["textEdit"]["newText"].as_str().unwrap();
    assert!(
        text.starts_with("# Move the index\n\n**Status**: ${1|Draft,In Progress,Completed,Blocked|}"),
        "{text}"
    );
    client.shutdown();
}

#[test]
fn values_guidance_and_placeholders() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = ready(folder.path());
    client.open(URI, "---\ntemplate: project-plan\n---\n# Move it\n\n**Status**: [Draft | In Progress]\n**Owner**: [Team/Person]\n\n## Objective\n\nAll\n");
    let items = client.request("textDocument/completion", at(5, 14)).unwrap();
    assert_eq!(labels(&items), ["Draft", "In Progress", "Completed", "Blocked"]);
    let edit = &items[1]["textEdit"];
    assert_eq!(edit["newText"], "In Progress");
    assert_eq!(
        edit["range"],
        json!({"start": {"line": 5, "character": 12}, "end": {"line": 5, "character": 33}})
    );

    let hover = client.request("textDocument/hover", at(8, 5)).unwrap();
    assert_eq!(hover["contents"]["kind"], "markdown");
    assert!(hover["contents"]["value"].as_str().unwrap().contains("project-plan"), "{hover}");
    assert_eq!(client.request("textDocument/hover", at(10, 1)), Ok(Value::Null));

    let location = client.request("textDocument/typeDefinition", at(8, 5)).unwrap();
    let uri = location["uri"].as_str().unwrap();
    let path = uri.strip_prefix("file://").unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let line = location["range"]["start"]["line"].as_u64().unwrap() as usize;
    assert_eq!(text.lines().nth(line), Some("## Objective"));
    assert!(std::fs::metadata(path).unwrap().permissions().readonly());

    let next = |client: &mut Client, line: u32, backwards: bool| {
        let argument = json!({"textDocument": {"uri": URI}, "position": {"line": line, "character": 0}, "backwards": backwards});
        let params = json!({"command": "plansmith.server.nextPlaceholder", "arguments": [argument]});
        client.request("workspace/executeCommand", params).unwrap()
    };
    assert_eq!(next(&mut client, 0, false)["range"]["start"], json!({"line": 5, "character": 12}));
    assert_eq!(next(&mut client, 6, false)["range"]["start"], json!({"line": 6, "character": 11}));
    assert_eq!(next(&mut client, 8, false), Value::Null);
    assert_eq!(next(&mut client, 8, true)["range"]["start"], json!({"line": 6, "character": 11}));
    client.shutdown();
}

#[test]
fn templates_of_the_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join(".plansmith/templates");
    std::fs::create_dir_all(&templates).unwrap();
    std::fs::write(templates.join("recipe.md"), "<!-- plansmith-description A dish -->\n# Recipe: [Name]\n\n**Level**: [Easy | Hard]\n\n## Ingredients\n\n## Steps\n").unwrap();
    let mut client = ready(folder.path());
    let list = |client: &mut Client| {
        client
            .request("workspace/executeCommand", json!({"command": "plansmith.server.listTemplates"}))
            .unwrap()
    };
    let listed = list(&mut client);
    assert_eq!(listed.as_array().unwrap().len(), 6);
    assert_eq!((&listed[5]["name"], &listed[5]["description"]), (&json!("recipe"), &json!("A dish")));
    assert_eq!(listed[0]["origin"], "built-in");

    client.open(URI, "---\ntemplate: recipe\n---\n# Recipe: Soup\n\n**Level**: \n\n## \n");
    assert_eq!(labels(&client.request("textDocument/completion", at(5, 11)).unwrap()), ["Easy", "Hard"]);
    assert_eq!(
        labels(&client.request("textDocument/completion", at(7, 3)).unwrap()),
        ["## Ingredients", "## Steps"]
    );

    // A changed template is read again.
    std::fs::write(
        templates.join("recipe.md"),
        "# Recipe: [Name]\n\n## Ingredients\n\n## Steps\n\n## Wine\n",
    )
    .unwrap();
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": []}));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let items = client.request("textDocument/completion", at(7, 3)).unwrap();
        if labels(&items).contains(&"## Wine") {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{items}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    client.shutdown();
}

#[test]
fn a_new_plan_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = ready(folder.path());
    let run = |client: &mut Client, argument: Value| {
        client.request(
            "workspace/executeCommand",
            json!({"command": "plansmith.server.newPlan", "arguments": [argument]}),
        )
    };
    let result = run(
        &mut client,
        json!({"template": "codev-plan", "title": "Move the index", "fields": {"Status": "review"}}),
    )
    .unwrap();
    let text = result["text"].as_str().unwrap();
    assert!(text.starts_with("# Plan: Move the index\n\n## Metadata\n- **ID**: plan-20"), "{text}");
    assert!(text.contains("-move-the-index\n- **Status**: review\n"), "{text}");
    assert_eq!(result["uri"], Value::Null);

    let existing = folder.path().join("existing.md");
    std::fs::write(&existing, "mine").unwrap();
    for argument in [
        json!({"template": "unknown"}),
        json!({"template": 3}),
        json!({"template": "codev-plan", "fields": {"Status": 3}}),
        json!({"template": "codev-plan", "uri": format!("file://{}", existing.display())}),
    ] {
        assert_eq!(run(&mut client, argument).unwrap_err()["code"], -32602);
    }
    assert_eq!(std::fs::read_to_string(&existing).unwrap(), "mine");
    client.shutdown();
}
