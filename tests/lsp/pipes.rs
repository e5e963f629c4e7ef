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
    client::{Client, PATIENCE, frame},
    faults::{PLAN, folder, greet, index, uri},
};

/// A server whose pipes are in our own hands. It is greeted and has a document open.
fn bare(root: &Path) -> (Child, impl BufRead + use<>) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .arg("server")
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(server.stdout.take().unwrap());
    let greeting = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "capabilities": {}, "processId": null, "rootUri": null,
        "workspaceFolders": [{"uri": uri(root), "name": "w"}],
    }});
    say(&mut server, &greeting);
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert!(line.starts_with("Content-Length: "), "{line}");
    say(&mut server, &json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}));
    let text: String = (0..200).map(|number| format!("## Phase {number}: A\n\n- [] a\n\n")).collect();
    say(
        &mut server,
        &json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument":
        {"uri": uri(&root.join("a.md")), "languageId": "markdown", "version": 1, "text": text}}}),
    );
    (server, output)
}

fn say(server: &mut Child, message: &Value) {
    server.stdin.as_mut().unwrap().write_all(&frame(message.to_string().as_bytes())).unwrap();
}

/// Far more than pipes hold: outlines, and diagnostics that are pushed after each edit.
fn ask_much(server: &mut Child, root: &Path) {
    let document = uri(&root.join("a.md"));
    for number in 2..150 {
        let at = json!({"line": 2, "character": 5});
        say(
            server,
            &json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
            "textDocument": {"uri": document, "version": number},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": "x"}]}}),
        );
        say(
            server,
            &json!({"jsonrpc": "2.0", "id": number, "method": "textDocument/documentSymbol",
            "params": {"textDocument": {"uri": document}}}),
        );
    }
}

/// Waits for the end, which must come, however slow the machine is.
#[track_caller]
fn exit_code(server: &mut Child) -> Option<i32> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(status) = server.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(5));
    }
    drop(server.kill());
    panic!("the server does not end");
}

#[test]
fn a_killed_client_and_the_next_one() {
    let (_guard, root) = folder(&[("a.md", PLAN), ("b.md", PLAN)]);
    let mut left = Vec::new();
    for _ in 0..3 {
        let (mut server, output) = bare(&root);
        ask_much(&mut server, &root);
        // Killed in the middle of a message: both pipes end, and nobody says goodbye.
        server.stdin.as_mut().unwrap().write_all(b"Content-Length: 500\r\n\r\n{\"jsonrpc\"").unwrap();
        drop(server.stdin.take());
        drop(output);
        left.push(server);
    }
    // The next one starts at once, beside servers that are still leaving, and knows what is on disk and nothing else.
    let mut client = Client::start(&[]);
    greet(&mut client, &root, true);
    let held = index(&mut client);
    assert_eq!(held.matches(" plan Summary").count(), 2, "{held}");
    assert!(!held.contains("Phase"), "{held}");
    client.open(&uri(&root.join("a.md")), PLAN);
    assert_eq!(client.outline(&uri(&root.join("a.md")))[0], "Plan: Good");
    client.shutdown();
    for mut server in left {
        assert_eq!(exit_code(&mut server), Some(1));
    }
    assert_eq!(fs::read_to_string(root.join("a.md")).unwrap(), PLAN);
}

#[test]
fn an_output_that_nobody_reads_keeps_no_server_alive() {
    let (_guard, root) = folder(&[("a.md", PLAN)]);
    for goodbye in [false, true] {
        let (mut server, output) = bare(&root);
        ask_much(&mut server, &root);
        if goodbye {
            say(&mut server, &json!({"jsonrpc": "2.0", "id": "last", "method": "shutdown"}));
            say(&mut server, &json!({"jsonrpc": "2.0", "method": "exit"}));
        } else {
            drop(server.stdin.take());
        }
        assert_eq!(exit_code(&mut server), Some(i32::from(!goodbye)));
        drop(output);
    }
}

#[test]
fn what_is_read_late_is_complete() {
    let (_guard, root) = folder(&[("a.md", PLAN)]);
    let (mut server, mut output) = bare(&root);
    ask_much(&mut server, &root);
    let reader = thread::spawn(move || {
        let mut answered = vec![0; 150];
        let mut rest = String::new();
        // What is left of the greeting's answer comes first.
        while answered.iter().skip(2).any(|count| *count == 0) {
            let mut length = 0;
            loop {
                rest.clear();
                assert!(output.read_line(&mut rest).unwrap() > 0, "the output ended");
                match rest.trim().strip_prefix("Content-Length: ") {
                    Some(value) => length = value.parse().unwrap(),
                    None if rest.trim().is_empty() && length > 0 => break,
                    // The greeting's answer: its first header was read already.
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
