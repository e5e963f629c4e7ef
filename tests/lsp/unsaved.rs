//! Commands that change a plan while an editor has it open.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    client::Client,
    workspace::{folder, uri},
};

const PLAN: &str = "# Plan: Index\n\n- [ ] T001 Copy\n- [ ] T002 Switch\n";

/// Starts a client whose server uses the state folder in `root`.
fn start(root: &Path) -> Client {
    let state = root.join(".state");
    let mut client = Client::start_with_env(&[], &[("XDG_STATE_HOME", state.to_str().unwrap())]);
    client.initialize(json!({"capabilities": {}, "workspaceFolders": [{"uri": uri(root), "name": "w"}]}));
    client
}

fn set(root: &Path, item: &str, state: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
    command.current_dir(root).env("XDG_STATE_HOME", root.join(".state"));
    command.args(["set", "plan.md", item, state]).output().unwrap()
}

/// Replaces the text of a buffer, as the user or a reload does.
fn change(client: &mut Client, uri: &str, text: &str, version: i64) {
    client.change(uri, version, json!([{ "text": text }]));
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Waits until the command has an exit code: the server updates its markers in the background.
fn wait_for(root: &Path, item: &str, state: &str, expected: i32) -> Output {
    let start = Instant::now();
    loop {
        let output = set(root, item, state);
        if code(&output) == expected {
            return output;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(start.elapsed() < Duration::from_secs(20), "{item} {state}: {message}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn unsaved_changes_are_not_overwritten() {
    let (_guard, root) = folder(&[("plan.md", PLAN)]);
    let path = root.join("plan.md");
    let (mut client, plan) = (start(&root), uri(&path));
    client.open(&plan, PLAN);
    client.outline(&plan);
    assert_eq!(code(&set(&root, "T001", "done")), 0, "a buffer without changes");
    let saved = fs::read_to_string(&path).unwrap();
    assert!(saved.contains("- [x] T001"));
    change(&mut client, &plan, &saved, 2);

    let edited = saved.replace("Switch", "Switch over");
    change(&mut client, &plan, &edited, 3);
    client.outline(&plan);
    let refused = wait_for(&root, "T002", "done", 3);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(message.contains("unsaved changes in an editor"), "{message}");
    assert_eq!(fs::read_to_string(&path).unwrap(), saved);

    change(&mut client, &plan, &saved, 4);
    wait_for(&root, "T002", "active", 0);

    let now = fs::read_to_string(&path).unwrap();
    change(&mut client, &plan, &now.replace("Copy", "Copy all"), 5);
    wait_for(&root, "T002", "open", 3);
    fs::write(&path, now.replace("Copy", "Copy all")).unwrap();
    client.notify("textDocument/didSave", json!({"textDocument": {"uri": plan}}));
    wait_for(&root, "T002", "done", 0);

    change(&mut client, &plan, "# Plan: other\n\n- [ ] T002 x\n", 6);
    wait_for(&root, "T002", "open", 3);
    client.close(&plan);
    wait_for(&root, "T002", "open", 0);
    client.shutdown();
    assert_eq!(fs::read_dir(root.join(".state/plansmith/unsaved")).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn markers_of_a_killed_server_are_ignored() {
    let (_guard, root) = folder(&[("plan.md", PLAN)]);
    let (mut client, plan) = (start(&root), uri(&root.join("plan.md")));
    client.open(&plan, PLAN);
    change(&mut client, &plan, "# Plan: other\n\n- [ ] T001 x\n", 2);
    wait_for(&root, "T001", "done", 3);
    let killed = Command::new("kill").args(["-9", &client.process_id().to_string()]).status().unwrap();
    assert!(killed.success());
    wait_for(&root, "T001", "done", 0);
}
