//! Commands that change a plan while an editor has it open.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc::channel,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

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

/// Returns the program with the state folder in `root`.
fn program(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
    command.current_dir(root).args(arguments).env("XDG_STATE_HOME", root.join(".state"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn set(root: &Path, item: &str, state: &str) -> Output {
    program(root, &["set", "plan.md", item, state]).output().unwrap()
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
    let (start, path) = (Instant::now(), root.join("plan.md"));
    let before = fs::read(&path).unwrap();
    loop {
        let output = set(root, item, state);
        if code(&output) == expected {
            return output;
        }
        // The server had not marked the buffer yet. Setting the same state again would write nothing.
        if code(&output) == 0 {
            fs::write(&path, &before).unwrap();
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

/// Several processes work on a plan that an editor has open, and some of them are killed. The editor loads the file whenever it
/// changes. `PLANSMITH_TEST_AGENTS=16` and `PLANSMITH_TEST_TASKS=400` select the full size.
#[test]
#[cfg(target_os = "linux")]
fn an_editor_follows_the_changes_of_processes() {
    let size = |name: &str, default| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let (agents, tasks): (usize, usize) =
        (size("PLANSMITH_TEST_AGENTS", 4), size("PLANSMITH_TEST_TASKS", 12));
    let list: String = (1..=tasks).map(|task| format!("- [ ] **T{task:03}** do the work\n")).collect();
    let (_guard, root) = folder(&[("plan.md", &format!("# Plan: Shared\n\n{list}"))]);
    let path = root.join("plan.md");
    let (mut client, plan) = (start(&root), uri(&path));
    let mut shown = fs::read_to_string(&path).unwrap();
    client.open(&plan, &shown);
    let (claims, claimed) = channel();
    let mut killed = 0;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..agents)
            .map(|agent| {
                let (claims, root) = (claims.clone(), &root);
                scope.spawn(move || {
                    let owner = format!("agent-{agent}");
                    let claim = ["next", "--claim", "--format", "json", "--owner", &owner, "plan.md"];
                    let mut killed = 0;
                    for round in agent.. {
                        let mut child = program(root, &claim).spawn().unwrap();
                        if round % 6 == 0 {
                            std::thread::sleep(Duration::from_millis((round as u64 * 7) % 60));
                            child.kill().unwrap();
                        }
                        let output = child.wait_with_output().unwrap();
                        match output.status.code() {
                            Some(0) => {}
                            Some(4) => break,
                            None => {
                                killed += 1;
                                continue;
                            }
                            other => panic!("{other:?}: {}", String::from_utf8_lossy(&output.stderr)),
                        }
                        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
                        let id = answer["tasks"][0]["id"].as_str().unwrap().to_owned();
                        let done = set(root, &id, "done");
                        assert_eq!(code(&done), 0, "{id}: {}", String::from_utf8_lossy(&done.stderr));
                        claims.send((id, owner.clone())).unwrap();
                    }
                    killed
                })
            })
            .collect();
        let mut version = 1;
        while workers.iter().any(|worker| !worker.is_finished()) {
            let now = fs::read_to_string(&path).unwrap();
            if now != shown {
                version += 1;
                change(&mut client, &plan, &now, version);
                client.outline(&plan);
                shown = now;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        killed = workers.into_iter().map(|worker| worker.join().unwrap()).sum();
    });
    drop(claims);
    let now = fs::read_to_string(&path).unwrap();
    let mut by_id: BTreeMap<String, String> = BTreeMap::new();
    for (id, owner) in claimed {
        assert!(now.contains(&format!("- [x] **{id}** do the work (owner: {owner})\n")), "{id}: {now}");
        assert_eq!(by_id.insert(id.clone(), owner), None, "{id} was claimed twice");
    }
    // A process that was killed after it had written has claimed a task.
    let lost = now.matches("- [/]").count();
    assert_eq!(by_id.len() + lost, tasks);
    assert!(lost <= killed, "{lost} of {killed}");

    change(&mut client, &plan, &now.replace("Shared", "Mine"), 1_000_000);
    client.outline(&plan);
    wait_for(&root, "T001", "blocked", 3);
    std::thread::scope(|scope| {
        let refused: Vec<_> = (0..agents).map(|_| scope.spawn(|| set(&root, "T001", "blocked"))).collect();
        assert!(refused.into_iter().all(|output| code(&output.join().unwrap()) == 3));
    });
    assert_eq!(fs::read_to_string(&path).unwrap(), now);
    client.shutdown();
}

/// All commands that write a plan respect the changes of an editor.
#[test]
fn every_command_respects_unsaved_changes() {
    let plan_text = "# Plan: Index\n\n**Status**:  Draft\n\n*   [ ] T001 Copy (estimate: 3d)\n*   [] T002 Switch (estimate: 2d)\n";
    let (_guard, root) = folder(&[("plan.md", plan_text)]);
    let (mut client, plan) = (start(&root), uri(&root.join("plan.md")));
    client.open(&plan, plan_text);
    change(&mut client, &plan, &plan_text.replace("Copy", "Copy all"), 2);
    wait_for(&root, "T001", "done", 3);
    for arguments in [
        &["fmt", "plan.md"][..],
        &["check", "--fix", "plan.md"],
        &["add", "plan.md", "Remove"],
        &["next", "--claim", "plan.md"],
        &["schedule", "plan.md", "--write-gantt"],
        &["new", "project-plan", "--force", "-o", "plan.md"],
    ] {
        let output = program(&root, arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains("unsaved changes in an editor"), "{arguments:?}: {message}");
        assert_ne!(code(&output), 0, "{arguments:?}");
        assert_eq!(fs::read_to_string(root.join("plan.md")).unwrap(), plan_text, "{arguments:?}");
    }
    client.shutdown();
}
