//! Clients that are killed, and clients that write and do not read.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::{Client, MAX_RESPONSE_TIME, frame},
    faults::{PLAN, folder, index, initialize_with_folder, uri},
};

/// Starts a server without a [`Client`], initializes it and opens a document.
fn start_server(root: &Path) -> (Child, impl BufRead + use<>) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .arg("server")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(server.stdout.take().unwrap());
    let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "capabilities": {}, "processId": null, "rootUri": null,
        "workspaceFolders": [{"uri": uri(root), "name": "w"}],
    }});
    send(&mut server, &initialize);
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.starts_with("Content-Length: "), "{line}");
    send(&mut server, &json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    let text: String = (0..200).map(|number| format!("## Phase {number}: A\n\n- [] a\n\n")).collect();
    send(
        &mut server,
        &json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument":
        {"uri": uri(&root.join("a.md")), "languageId": "markdown", "version": 1, "text": text}}}),
    );
    (server, output)
}

fn send(server: &mut Child, message: &Value) {
    server.stdin.as_mut().unwrap().write_all(&frame(message.to_string().as_bytes())).unwrap();
}

/// Causes more output than pipes buffer: outlines, and diagnostics that are pushed after each edit.
fn send_many_requests(server: &mut Child, root: &Path) {
    let document = uri(&root.join("a.md"));
    for number in 2..150 {
        let at = json!({"line": 2, "character": 5});
        send(
            server,
            &json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": document, "version": number},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": "x"}]}}),
        );
        send(
            server,
            &json!({"jsonrpc": "2.0", "id": number, "method": "textDocument/documentSymbol",
            "params": {"textDocument": {"uri": document}}}),
        );
    }
}

/// Waits until the server ends and returns its exit code.
#[track_caller]
fn exit_code(server: &mut Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < MAX_RESPONSE_TIME {
        if let Some(status) = server.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(5));
    }
    drop(server.kill());
    panic!("the server still runs after {MAX_RESPONSE_TIME:?}");
}

#[test]
fn a_killed_client_does_not_affect_the_next_one() {
    let (_guard, root) = folder(&[("a.md", PLAN), ("b.md", PLAN)]);
    let mut servers = Vec::new();
    for _ in 0..3 {
        let (mut server, output) = start_server(&root);
        send_many_requests(&mut server, &root);
        // Killed in the middle of a message: both pipes end without `exit`.
        server.stdin.as_mut().unwrap().write_all(b"Content-Length: 500\r\n\r\n{\"jsonrpc\"").unwrap();
        drop(server.stdin.take());
        drop(output);
        servers.push(server);
    }
    // The next server starts while others are shutting down, and its index contains only files on disk.
    let mut client = Client::start(&[]);
    initialize_with_folder(&mut client, &root, true);
    let text = index(&mut client);
    assert_eq!(text.matches(" plan Summary").count(), 2, "{text}");
    assert!(!text.contains("Phase"), "{text}");
    client.open(&uri(&root.join("a.md")), PLAN);
    assert_eq!(client.outline(&uri(&root.join("a.md")))[0], "Plan: Good");
    client.shutdown();
    for mut server in servers {
        assert_eq!(exit_code(&mut server), Some(1));
    }
    assert_eq!(fs::read_to_string(root.join("a.md")).unwrap(), PLAN);
}

#[test]
fn a_server_whose_output_is_not_read_ends() {
    let (_guard, root) = folder(&[("a.md", PLAN)]);
    for sends_exit in [false, true] {
        let (mut server, output) = start_server(&root);
        send_many_requests(&mut server, &root);
        if sends_exit {
            send(&mut server, &json!({"jsonrpc": "2.0", "id": "last", "method": "shutdown"}));
            send(&mut server, &json!({"jsonrpc": "2.0", "method": "exit"}));
        } else {
            drop(server.stdin.take());
        }
        assert_eq!(exit_code(&mut server), Some(i32::from(!sends_exit)));
        drop(output);
    }
}

#[test]
fn output_that_is_read_late_is_complete() {
    let (_guard, root) = folder(&[("a.md", PLAN)]);
    let (mut server, mut output) = start_server(&root);
    send_many_requests(&mut server, &root);
    let reader = thread::spawn(move || {
        let mut answered = vec![0; 150];
        let mut rest = String::new();
        // The rest of the response to `initialize` comes first.
        while answered.iter().skip(2).any(|count| *count == 0) {
            let mut length = 0;
            loop {
                rest.clear();
                assert!(output.read_line(&mut rest).unwrap() > 0, "the output ended");
                match rest.trim().strip_prefix("Content-Length: ") {
                    Some(value) => length = value.parse().unwrap(),
                    None if rest.trim().is_empty() && length > 0 => break,
                    // The response to `initialize`, whose first header was read already.
                    None => {}
                }
                if rest.starts_with('{') {
                    let (_, header) = rest.trim().rsplit_once("Content-Length: ").unwrap();
                    length = header.parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            std::io::Read::read_exact(&mut output, &mut body).unwrap();
            let message: Value = serde_json::from_slice(&body).unwrap();
            if let Some(id) = message["id"].as_u64().filter(|_| message["method"].is_null()) {
                assert_eq!(message["result"].as_array().map(Vec::len), Some(200), "{message}");
                answered[id as usize] += 1;
            }
        }
        answered
    });
    let answered = reader.join().unwrap();
    assert!(answered[2..].iter().all(|count| *count == 1), "{answered:?}");
    drop(server.stdin.take());
    assert_eq!(exit_code(&mut server), Some(1));
}
