//! Tests of `plansmith mcp` with the client of the official SDK, and with messages of our own.
#![allow(deprecated, reason = "clients announce their roots until the protocol removes them")]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use rmcp::{
    ClientHandler, RoleClient, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, Implementation,
        ListRootsResult, ReadResourceRequestParams, Root,
    },
    service::{RequestContext, RunningService},
};
use serde_json::{Value, json};

use super::folder;

const PLAN: &str = "# Plan: Move the index\n\n**Status**: In Progress\n\n## Phase 1: Copy\n\n- [ ] **Task 1.1**: Create `docs/copy.md`\n- [ ] **Task 1.2**: Check the copy (depends on 1.1)\n";

/// A client, possibly with roots.
struct Roots(Option<Vec<String>>);

impl ClientHandler for Roots {
    #[allow(deprecated, reason = "clients of earlier protocol versions have roots")]
    fn get_info(&self) -> ClientConfig {
        let capabilities = match self.0 {
            Some(_) => ClientCapabilities::builder().enable_roots().build(),
            None => ClientCapabilities::default(),
        };
        ClientConfig::new(capabilities, Implementation::new("test", "1"))
    }

    async fn list_roots(&self, _: RequestContext<RoleClient>) -> Result<ListRootsResult, rmcp::ErrorData> {
        let roots = self.0.iter().flatten().map(Root::new);
        Ok(ListRootsResult::new(roots.collect()))
    }
}

type Client = RunningService<RoleClient, Roots>;

async fn connect(folder: &Path, arguments: &[&str], roots: Option<Vec<String>>) -> Client {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_plansmith"));
    command.current_dir(folder).arg("mcp").args(arguments).env("XDG_STATE_HOME", folder.join(".state"));
    let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let pipes = (server.stdout.take().unwrap(), server.stdin.take().unwrap());
    Roots(roots).serve(pipes).await.unwrap()
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> CallToolResult {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await.unwrap()
}

/// Calls a tool that succeeds, and returns its result.
async fn result(client: &Client, tool: &'static str, arguments: Value) -> Value {
    let result = call(client, tool, arguments).await;
    assert_eq!(result.is_error, Some(false), "{tool}: {result:?}");
    result.structured_content.unwrap()
}

/// Calls a tool that fails, and returns its message.
async fn failure(client: &Client, tool: &'static str, arguments: Value) -> String {
    let result = call(client, tool, arguments).await;
    assert_eq!(result.is_error, Some(true), "{tool}: {result:?}");
    result.content[0].as_text().unwrap().text.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loop_of_an_agent() {
    let folder = folder(&[("plans/move.md", PLAN), ("notes.md", "# Notes\n")]);
    let client = connect(folder.path(), &["--write"], None).await;
    let listed = result(&client, "list_plans", json!({})).await;
    assert_eq!(
        listed,
        json!({
            "plans": [{"path": "plans/move.md", "title": "Plan: Move the index", "status": "In Progress", "done": 0, "total": 2}],
            "next_cursor": null,
        })
    );
    let mut seen = Vec::new();
    loop {
        let ready = result(&client, "ready_tasks", json!({"path": "plans/move.md"})).await;
        let Some(id) = ready["tasks"][0]["id"].as_str().map(str::to_owned) else { break };
        let claimed =
            result(&client, "set_task", json!({"path": "plans/move.md", "state": "active", "owner": "Ada"}))
                .await;
        assert_eq!((&claimed["task"]["id"], &claimed["task"]["owner"]), (&json!(id), &json!("Ada")));
        let task = result(&client, "get_task", json!({"path": "plans/move.md", "item": id})).await;
        assert!(task["task"]["text"].as_str().unwrap().contains("[/]"), "{task}");
        let done = json!({"path": "plans/move.md", "item": id, "state": "done", "expect": "active"});
        assert_eq!(result(&client, "set_task", done.clone()).await["task"]["state"], "done");
        let stale = failure(&client, "set_task", done).await;
        assert!(stale.contains("is done, expected active") && stale.contains("get_task"), "{stale}");
        let checked = result(&client, "check_plan", json!({"path": "plans/move.md"})).await;
        assert_eq!(checked["total"], 0, "{checked}");
        seen.push(id);
    }
    assert_eq!(seen, ["1.1", "1.2"]);
    let nothing = failure(&client, "set_task", json!({"path": "plans/move.md", "state": "active"})).await;
    assert!(nothing.starts_with("no tasks ready"), "{nothing}");
    let resources = client.list_all_resources().await.unwrap();
    assert_eq!((resources.len(), resources[0].name.as_str()), (1, "plans/move.md"));
    let read = client.read_resource(ReadResourceRequestParams::new(resources[0].uri.clone())).await.unwrap();
    assert!(serde_json::to_string(&read).unwrap().contains("Move the index"));
    client.cancel().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_are_few_and_short() {
    let folder = folder(&[("plan.md", PLAN)]);
    for (arguments, count) in [(&[][..], 5), (&["--write"], 6)] {
        let client = connect(folder.path(), arguments, None).await;
        let tools = client.list_all_tools().await.unwrap();
        assert_eq!(tools.len(), count);
        let length: usize = tools
            .iter()
            .map(|tool| {
                let schema = serde_json::to_string(&tool.input_schema).unwrap();
                tool.name.len() + tool.description.as_ref().map_or(0, |text| text.len()) + schema.len()
            })
            .sum();
        assert!(length < 8000, "{length}");
        assert!(tools.iter().all(|tool| tool.output_schema.is_some()));
        client.cancel().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_pages() {
    let plan = format!(
        "# Plan: Many\n\n{}",
        (1..=250).map(|n| format!("- [ ] T{n:03} {}\n", "word ".repeat(200))).collect::<String>()
    );
    let folder = folder(&[("plan.md", &plan)]);
    let client = connect(folder.path(), &[], None).await;
    let mut cursor = Value::Null;
    let mut ids = Vec::new();
    loop {
        let mut arguments = json!({"limit": 100});
        if !cursor.is_null() {
            arguments["cursor"] = cursor;
        }
        let page = result(&client, "ready_tasks", arguments).await;
        assert!(page.to_string().len() < 100_000, "{}", page.to_string().len());
        ids.extend(
            page["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_str().unwrap().to_owned()),
        );
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!((ids.len(), ids[249].as_str()), (250, "T250"));
    client.cancel().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_arguments_have_an_error_each() {
    let folder = folder(&[("inside/plan.md", PLAN), ("outside/plan.md", PLAN)]);
    let inside = folder.path().join("inside");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("outside/plan.md"), inside.join("link.md")).unwrap();
    let outside = folder.path().join("outside/plan.md");
    let client = connect(&inside, &["--write"], None).await;
    let long = "x".repeat(100_000);
    for (tool, arguments, message) in [
        ("list_plans", json!({"limit": 0}), "invalid limit 0; expected 1 to 100"),
        ("list_plans", json!({"limit": -1}), "invalid limit -1; expected 1 to 100"),
        ("list_plans", json!({"limit": "many"}), "invalid limit \"many\"; expected 1 to 100"),
        ("list_plans", json!({"cursor": "x"}), "invalid cursor `x`"),
        ("list_plans", json!({"cursor": "99999999999999999999"}), "invalid cursor"),
        ("list_plans", json!({"hue": "red"}), "unknown argument `hue`; expected limit, cursor"),
        ("ready_tasks", json!({"path": "plam.md"}), "did you mean `plan.md`"),
        ("ready_tasks", json!({"path": "plan"}), "did you mean `plan.md`"),
        ("ready_tasks", json!({"path": 7}), "invalid path 7; expected a string"),
        ("get_task", json!({}), "missing argument `path`; expected path from list_plans"),
        ("get_task", json!({"path": "plan.md", "item": null}), "missing argument `item`"),
        ("get_task", json!({"path": ["plan.md"], "item": {}}), "expected a string"),
        ("get_task", json!({"path": "plan.md", "item": "9.9"}), "unknown item `9.9`"),
        ("get_task", json!({"path": "plan.md", "item": ""}), "unknown item"),
        ("get_task", json!({"path": "plan.md", "item": long}), "unknown item"),
        ("get_task", json!({"path": long, "item": "1.1"}), "unknown plan"),
        ("get_task", json!({"path": "../outside/plan.md", "item": "1.1"}), "unknown plan"),
        ("get_task", json!({"path": outside.to_str().unwrap(), "item": "1.1"}), "unknown plan"),
        ("get_task", json!({"path": "link.md", "item": "1.1"}), "unknown plan"),
        ("get_task", json!({"path": "/etc/passwd", "item": "1.1"}), "unknown plan"),
        ("get_task", json!({"path": "a\u{0}b", "item": "1.1"}), "unknown plan"),
        ("set_task", json!({"path": "../outside/plan.md", "item": "1.1", "state": "done"}), "unknown plan"),
        (
            "set_task",
            json!({"path": "plan.md", "item": "1.1", "state": "finished"}),
            "unknown state `finished`",
        ),
        (
            "set_task",
            json!({"path": "plan.md", "item": "1.1", "state": "done", "expect": "x"}),
            "expect: unknown state `x`; expected one of open",
        ),
        ("set_task", json!({"path": "plan.md", "state": "done"}), "missing argument `item`"),
        (
            "set_task",
            json!({"path": "plan.md", "item": "1.1", "state": "done", "owner": "a\nb"}),
            "invalid owner",
        ),
        ("check_plan", json!({}), "missing argument `path`"),
        ("coverage", json!({"path": "nothing"}), "no requirements in `nothing`"),
    ] {
        let found = failure(&client, tool, arguments.clone()).await;
        assert!(found.contains(message), "{tool} {arguments}: {found}");
        assert!(found.len() < 10_000, "{tool}: {}", found.len());
    }
    assert_eq!(fs::read_to_string(inside.join("plan.md")).unwrap(), PLAN);
    assert_eq!(fs::read_to_string(outside).unwrap(), PLAN);
    client.cancel().await.unwrap();
    let client = connect(&inside, &[], None).await;
    let disabled = json!({"path": "plan.md", "item": "1.1", "state": "done"});
    assert!(failure(&client, "set_task", disabled).await.contains("plansmith mcp --write"));
    client.cancel().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn roots_of_the_client_take_precedence() {
    let folder = folder(&[("a/plan.md", PLAN), ("b/plan.md", PLAN)]);
    let root = format!("file://{}", folder.path().canonicalize().unwrap().join("b").display());
    let client = connect(&folder.path().join("a"), &[], Some(vec![root])).await;
    let resources = loop {
        // The server requests the roots after it is initialized.
        let resources = client.list_all_resources().await.unwrap();
        if resources.iter().all(|resource| resource.uri.ends_with("/b/plan.md")) {
            break resources;
        }
    };
    assert_eq!(resources.len(), 1);
    client.cancel().await.unwrap();
}

#[test]
fn malformed_messages_do_not_end_the_server() {
    let folder = folder(&[("plan.md", &PLAN.replace("Move the", "Move \u{202e}\u{7f} the"))]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
    let mut server = command
        .current_dir(folder.path())
        .arg("mcp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = server.stdin.take().unwrap();
    let mut output = BufReader::new(server.stdout.take().unwrap());
    let mut send = |message: &str| {
        input.write_all(message.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    };
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    send(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string());
    let mut answer = |id: Value| -> Value {
        loop {
            let mut line = String::new();
            assert!(output.read_line(&mut line).unwrap() > 0, "the server has ended");
            assert!(!line.contains(['\u{202e}', '\u{7f}']), "{line}");
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == id {
                return message;
            }
        }
    };
    assert_eq!(answer(json!(1))["result"]["serverInfo"]["name"], "plansmith");
    send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
    for (malformed, code) in [
        ("{", -32700),
        ("\u{1}\u{2}", -32700),
        ("[]", -32600),
        ("null", -32600),
        ("{\"jsonrpc\": \"2.0\"}", -32600),
    ] {
        send(malformed);
        assert_eq!(answer(Value::Null)["error"]["code"], code, "{malformed}");
    }
    for params in [
        json!({}),
        json!({"name": 5}),
        json!({"name": "list_plans", "arguments": 5}),
        json!({"name": "drop_table"}),
    ] {
        send(&json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params}).to_string());
        assert_eq!(answer(json!(9))["error"]["code"], -32602, "{params}");
    }
    send(
        &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_plans"}})
            .to_string(),
    );
    assert_eq!(answer(json!(2))["result"]["structuredContent"]["plans"][0]["path"], "plan.md");
    send(&json!({"jsonrpc": "2.0", "id": 3, "method": "no/such"}).to_string());
    assert_eq!(answer(json!(3))["error"]["code"], -32601);
    drop(input);
    assert!(server.wait().unwrap().success());
}
