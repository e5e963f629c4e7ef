//! Malformed input, the lifecycle and the limits of the transport.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::client::{Client, MAX_EXIT_TIME, frame, simple_capabilities};

const URI: &str = "file:///plans/plan.md";
const TEXT: &str = "# Plan\n\n- [ ] one\n";

/// Starts a client with an open document.
fn with_document() -> Client {
    let mut client = Client::ready();
    client.open(URI, TEXT);
    client
}

/// Expected outcome of a malformed input.
enum Outcome {
    /// The server ignores the input.
    Ignored,
    /// An error without ID, whose code is one of the listed ones.
    Error(&'static [i64]),
    /// An error for a request, with this code.
    ErrorResponse(Value, i64),
    /// A response with a result.
    Response(Value),
}

const PARSE_ERROR: &[i64] = &[-32700];
const INVALID: &[i64] = &[-32600];

fn malformed() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    use Outcome::{Error, ErrorResponse, Ignored, Response};
    let document = || json!({"textDocument": {"uri": URI}});
    let body = |message: Value| frame(message.to_string().as_bytes());
    let request = |id: Value| json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/foldingRange", "params": document()});
    let header = |header: &str| [header.as_bytes(), b"\r\n\r\n{}"].concat();
    let with_header = |header: &dyn Fn(usize) -> String, id: &str| {
        let body = request(json!(id)).to_string();
        format!("{}\r\n\r\n{body}", header(body.len())).into_bytes()
    };
    let unusual = |id: &str, text: &[u8]| {
        let start = format!(
            r#"{{"jsonrpc":"2.0","id":"{id}","method":"textDocument/foldingRange","params":{{"note":""#
        );
        let end = format!(r#"","textDocument":{{"uri":"{URI}"}}}}}}"#);
        frame(&[start.as_bytes(), text, end.as_bytes()].concat())
    };
    let deep = |count: usize| format!("{}{}", "[".repeat(count), "]".repeat(count));
    vec![
        ("invalid JSON", frame(b"{\"jsonrpc\": \"2.0\", \"method\":"), Error(PARSE_ERROR)),
        ("text that is not JSON", frame(b"hello"), Error(PARSE_ERROR)),
        ("an empty body", frame(b""), Error(PARSE_ERROR)),
        ("two messages in a frame", frame(b"{}{}"), Error(PARSE_ERROR)),
        ("a string", frame(b"\"hello\""), Error(INVALID)),
        ("a number", frame(b"5"), Error(INVALID)),
        ("null", frame(b"null"), Error(INVALID)),
        ("a batch", body(json!([request(json!("b1")), request(json!("b2"))])), Error(INVALID)),
        ("an empty batch", frame(b"[]"), Error(INVALID)),
        ("an empty object", frame(b"{}"), Error(INVALID)),
        ("only an id", body(json!({"jsonrpc": "2.0", "id": 900})), Error(INVALID)),
        ("bytes that are not UTF-8", unusual("utf8", b"a\xff\xfe\xc3b"), Response(json!("utf8"))),
        ("invalid UTF-8 outside of a string", frame(b"\xff\xff\xff"), Error(PARSE_ERROR)),
        ("half a surrogate pair", unusual("high", b"a\\ud83d b"), Response(json!("high"))),
        ("the other half", unusual("low", b"\\ude00"), Response(json!("low"))),
        ("half a pair before a whole one", unusual("three", b"\\ud83d\\ud83d\\ude00"), Response(json!("three"))),
        ("a NUL", unusual("nul", b"a\\u0000b"), Response(json!("nul"))),
        ("a raw control character", unusual("control", b"a\x01b"), Error(PARSE_ERROR)),
        ("nested 200 deep", frame(deep(200).as_bytes()), Error(INVALID)),
        ("nested 100,000 deep", frame(deep(100_000).as_bytes()), Error(INVALID)),
        (
            "params nested 1,000 deep",
            frame(format!(r#"{{"jsonrpc":"2.0","id":"deep","method":"x","params":{}}}"#, deep(1000)).as_bytes()),
            ErrorResponse(json!("deep"), -32600),
        ),
        ("a lower-case header", with_header(&|n| format!("content-length: {n}"), "lower"), Response(json!("lower"))),
        ("an upper-case header", with_header(&|n| format!("CONTENT-LENGTH:{n}"), "upper"), Response(json!("upper"))),
        (
            "another header before",
            with_header(&|n| format!("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {n}"), "before"),
            Response(json!("before")),
        ),
        (
            "another header after",
            with_header(&|n| format!("Content-Length: {n}\r\nContent-Type: application/vscode-jsonrpc; charset=utf8"), "after"),
            Response(json!("after")),
        ),
        ("empty lines before the header", with_header(&|n| format!("\r\n\r\nContent-Length: {n}"), "blank"), Response(json!("blank"))),
        (
            "line feeds alone",
            {
                let body = request(json!("lf")).to_string();
                format!("Content-Length: {}\n\n{body}", body.len()).into_bytes()
            },
            Response(json!("lf")),
        ),
        (
            "a byte order mark in the body",
            frame(&[b"\xef\xbb\xbf", request(json!("bom")).to_string().as_bytes()].concat()),
            Response(json!("bom")),
        ),
        ("a length of zero", b"Content-Length: 0\r\n\r\n".to_vec(), Error(PARSE_ERROR)),
        ("a negative length", header("Content-Length: -1"), Error(PARSE_ERROR)),
        ("a length that is not a number", header("Content-Length: many"), Error(PARSE_ERROR)),
        ("a fractional length", header("Content-Length: 2.5"), Error(PARSE_ERROR)),
        ("no length", header("Content-Length:"), Error(PARSE_ERROR)),
        ("no Content-Length", header("Content-Type: x"), Error(PARSE_ERROR)),
        ("a length of 1 GB", b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",".to_vec(), Error(INVALID)),
        (
            "a length of 1 GB and a request",
            b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":\"gb\",\"method\":\"x\",\"params\":[".to_vec(),
            ErrorResponse(json!("gb"), -32600),
        ),
        ("a length that overflows", b"Content-Length: 99999999999999999999999999\r\n\r\n{".to_vec(), Error(INVALID)),
        ("a length that is too long", b"Content-Length: 5000\r\n\r\n{\"a\":".to_vec(), Error(PARSE_ERROR)),
        ("a length that is much too long", b"Content-Length: 50000000\r\n\r\n{\"a\":".to_vec(), Error(PARSE_ERROR)),
        ("garbage between frames", b"garbage\r\nmore of it\r\n\r\n".to_vec(), Error(PARSE_ERROR)),
        ("garbage before a header", b"garbage".to_vec(), Error(PARSE_ERROR)),
        ("binary garbage", (0..=255).cycle().take(20_000).collect(), Error(PARSE_ERROR)),
        ("a null id", body(request(Value::Null)), Error(INVALID)),
        ("a string id", body(request(json!("string"))), Response(json!("string"))),
        ("an empty id", body(request(json!(""))), Response(json!(""))),
        ("a negative id", body(request(json!(-7))), Response(json!(-7))),
        ("a large id", body(request(json!(9_007_199_254_740_993_i64))), Response(json!(9_007_199_254_740_993_i64))),
        ("a fractional id", body(request(json!(1.5))), Error(INVALID)),
        ("an id that is an object", body(request(json!({}))), Error(INVALID)),
        ("a method that is a number", body(json!({"jsonrpc": "2.0", "id": "method", "method": 7})), ErrorResponse(json!("method"), -32600)),
        ("a null method", body(json!({"jsonrpc": "2.0", "id": "null", "method": null})), ErrorResponse(json!("null"), -32600)),
        ("no jsonrpc", body(json!({"id": "version", "method": "shutdown"})), ErrorResponse(json!("version"), -32600)),
        ("another jsonrpc", body(json!({"jsonrpc": "1.0", "id": "one", "method": "shutdown"})), ErrorResponse(json!("one"), -32600)),
        ("an unknown request", body(json!({"jsonrpc": "2.0", "id": "u", "method": "no/such"})), ErrorResponse(json!("u"), -32601)),
        ("an empty method", body(json!({"jsonrpc": "2.0", "id": "e", "method": ""})), ErrorResponse(json!("e"), -32601)),
        ("an unknown $/ request", body(json!({"jsonrpc": "2.0", "id": "$", "method": "$/such"})), ErrorResponse(json!("$"), -32601)),
        ("an unknown notification", body(json!({"jsonrpc": "2.0", "method": "no/such", "params": {}})), Ignored),
        ("an unknown $/ notification", body(json!({"jsonrpc": "2.0", "method": "$/such"})), Ignored),
        ("a trace setting", body(json!({"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "off"}})), Ignored),
        (
            "a request as a notification",
            body(json!({"jsonrpc": "2.0", "method": "textDocument/foldingRange", "params": document()})),
            Ignored,
        ),
        (
            "a notification as a request",
            body(json!({"jsonrpc": "2.0", "id": "n", "method": "textDocument/didOpen", "params": {}})),
            ErrorResponse(json!("n"), -32600),
        ),
        ("a request without params", body(json!({"jsonrpc": "2.0", "id": "p", "method": "textDocument/foldingRange"})), ErrorResponse(json!("p"), -32602)),
        (
            "a request with wrong params",
            body(json!({"jsonrpc": "2.0", "id": "w", "method": "textDocument/foldingRange", "params": {"textDocument": 5}})),
            ErrorResponse(json!("w"), -32602),
        ),
        (
            "a request with params of a wrong kind",
            body(json!({"jsonrpc": "2.0", "id": "k", "method": "textDocument/foldingRange", "params": "text"})),
            ErrorResponse(json!("k"), -32602),
        ),
        ("a notification with wrong params", body(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": [1]})), Ignored),
        ("an initialized with null", body(json!({"jsonrpc": "2.0", "method": "initialized", "params": null})), Ignored),
        (
            "a second initialize",
            body(json!({"jsonrpc": "2.0", "id": "again", "method": "initialize", "params": {"capabilities": {}}})),
            ErrorResponse(json!("again"), -32600),
        ),
        ("a response without a request", body(json!({"jsonrpc": "2.0", "id": 12345, "result": null})), Ignored),
        ("an error without a request", body(json!({"jsonrpc": "2.0", "id": "x", "error": {"code": 1, "message": ""}})), Ignored),
        ("an error with a null id", body(json!({"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": ""}})), Ignored),
        ("a cancellation of an unknown request", body(json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 999}})), Ignored),
        ("a cancellation without id", body(json!({"jsonrpc": "2.0", "method": "$/cancelRequest"})), Ignored),
        ("a document that is not a URI", body(json!({"jsonrpc": "2.0", "id": "uri", "method": "textDocument/foldingRange",
            "params": {"textDocument": {"uri": "plan.md"}}})), ErrorResponse(json!("uri"), -32602)),
        ("a document that is not open", body(json!({"jsonrpc": "2.0", "id": "closed", "method": "textDocument/foldingRange",
            "params": {"textDocument": {"uri": "file:///other.md"}}})), Response(json!("closed"))),
    ]
}

#[test]
fn the_server_continues_after_malformed_input() {
    let mut client = with_document();
    for (name, bytes, then) in malformed() {
        eprintln!("{name}");
        match &then {
            Outcome::ErrorResponse(id, _) | Outcome::Response(id) => {
                client.send_request_bytes(id.clone(), "textDocument/foldingRange", &bytes)
            }
            Outcome::Ignored | Outcome::Error(_) => client.send_bytes(&bytes),
        }
        assert_eq!(client.outline(URI), ["Plan", "one"], "the request after {name}");
        match then {
            Outcome::Ignored => client.errors.clear(),
            Outcome::Error(codes) => {
                let error = client.next_error();
                let code = error["code"].as_i64().expect("a code");
                assert!(codes.contains(&code), "{name}: {error}");
                // Garbage may cause several parse errors.
                let rest = std::mem::take(&mut client.errors);
                assert!(rest.iter().all(|more| more["code"] == -32700), "{name}: {rest:?}");
            }
            Outcome::ErrorResponse(id, code) => {
                let error = client.wait_response(id).expect_err(name);
                assert_eq!(error["code"], code, "{name}: {error}");
            }
            Outcome::Response(id) => drop(client.wait_response(id).expect(name)),
        }
        assert!(client.errors.is_empty(), "{name}: {:?}", client.errors);
    }
    client.shutdown();
}

/// Uses a new server for each input, so that no input depends on the previous one.
#[test]
fn the_server_continues_after_malformed_first_input() {
    // As first input, `initialize` is well-formed.
    for (name, bytes, then) in malformed().into_iter().filter(|(name, ..)| *name != "a second initialize") {
        let mut client = Client::start(&[]);
        match then {
            Outcome::ErrorResponse(id, _) | Outcome::Response(id) => {
                client.send_request_bytes(id, "textDocument/foldingRange", &bytes)
            }
            Outcome::Ignored | Outcome::Error(_) => client.send_bytes(&bytes),
        }
        client.initialize(json!({"capabilities": simple_capabilities()}));
        client.open(URI, TEXT);
        assert_eq!(client.outline(URI), ["Plan", "one"], "the request after {name}");
    }
}

#[test]
fn an_edit_with_half_a_surrogate_pair_is_not_lost() {
    let mut client = with_document();
    let change = format!(
        r#"{{"jsonrpc":"2.0","method":"textDocument/didChange","params":{{"textDocument":{{"uri":"{URI}","version":2}},
        "contentChanges":[{{"range":{{"start":{{"line":0,"character":2}},"end":{{"line":0,"character":2}}}},"text":"\ud83d"}}]}}}}"#
    );
    client.send_bytes(&frame(change.as_bytes()));
    // The character has length 1, as for the client.
    let range = json!({"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 7}});
    client.change(URI, 3, json!([{"range": range, "text": "Goal"}]));
    assert_eq!(client.document(URI).0, TEXT.replace("Plan", "\u{FFFD}Goal"));
    client.shutdown();
}

#[test]
fn frames_in_chunks_of_any_size() {
    let mut client = with_document();
    let mut bytes = Vec::new();
    for id in 1000..1003 {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/foldingRange",
            "params": {"textDocument": {"uri": URI}, "note": "ä😀"}});
        bytes.extend_from_slice(&frame(message.to_string().as_bytes()));
        client.send_request_bytes(json!(id), "textDocument/foldingRange", &[]);
    }
    for byte in bytes.chunks(1) {
        client.send_bytes(byte);
    }
    for id in 1000..1003 {
        client.wait_response(id).expect("folding ranges");
        client.send_request_bytes(json!(id), "textDocument/foldingRange", &[]);
    }
    client.send_bytes(&bytes);
    for id in 1000..1003 {
        client.wait_response(id).expect("folding ranges");
    }
    client.shutdown();
}

#[test]
fn a_truncated_frame_and_the_end_of_input() {
    for truncated in [
        "Content-Len",
        "Content-Length: 100\r\n\r\n{\"jsonrpc\"",
        "Content-Length: 1000000000\r\n\r\n{}",
        "junk",
    ] {
        let mut client = with_document();
        client.send_bytes(truncated.as_bytes());
        client.close_input();
        assert_eq!(client.wait_exit(MAX_EXIT_TIME).code(), Some(1), "{truncated}");
    }
}

#[test]
fn request_ids_that_are_used_twice() {
    let mut client = with_document();
    let request = json!({"jsonrpc": "2.0", "id": 77, "method": "textDocument/foldingRange", "params": {"textDocument": {"uri": URI}}});
    let bytes = frame(request.to_string().as_bytes());
    client.send_request_bytes(json!(77), "textDocument/foldingRange", &[bytes.clone(), bytes].concat());
    // If the first request completes before the second arrives, both get a result. Otherwise, the second is rejected.
    // The client expects one response per ID, so only the first response is checked here.
    client.wait_response(77).ok();
    let mut client = with_document();
    for _ in 0..20 {
        client.send(&request);
        client.wait_response(77).expect("an ID can be used again after the response");
    }
    client.shutdown();
}

#[test]
fn requests_before_initialize() {
    let mut client = Client::start(&[]);
    let early = client.request("textDocument/foldingRange", json!({"textDocument": {"uri": URI}}));
    assert_eq!(early.expect_err("an error")["code"], -32002);
    // Edits are dropped, so no document is open.
    client.open(URI, TEXT);
    let result = client.initialize(json!({"capabilities": {}}));
    assert_eq!(result["serverInfo"]["name"], "plansmith");
    assert!(
        client.notifications.is_empty() && client.server_requests.is_empty(),
        "no message precedes the response to `initialize`"
    );
    let symbols = client.request("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}}));
    assert_eq!(symbols, Ok(Value::Null));
    client.shutdown();
}

#[test]
fn requests_after_shutdown() {
    let mut client = with_document();
    client.send(&json!({"jsonrpc": "2.0", "id": 500, "method": "shutdown"}));
    assert_eq!(client.wait_response(500), Ok(Value::Null));
    let late = client.request("textDocument/foldingRange", json!({"textDocument": {"uri": URI}}));
    assert_eq!(late.expect_err("an error")["code"], -32600);
    client.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(client.wait_exit(MAX_EXIT_TIME).code(), Some(0));
}

#[test]
fn exit_without_shutdown() {
    let mut client = with_document();
    client.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(client.wait_exit(MAX_EXIT_TIME).code(), Some(1));
    let mut client = Client::start(&[]);
    client.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(client.wait_exit(MAX_EXIT_TIME).code(), Some(1));
}

/// Helix does not wait for the response to `shutdown`; eglot sends null for absent params.
#[test]
fn exit_immediately_after_shutdown_with_null_params() {
    let mut client = with_document();
    client.send(&json!({"jsonrpc": "2.0", "id": 500, "method": "shutdown", "params": null}));
    client.send(&json!({"jsonrpc": "2.0", "method": "exit", "params": null}));
    assert_eq!(client.wait_response(500), Ok(Value::Null));
    assert_eq!(client.wait_exit(MAX_EXIT_TIME).code(), Some(0));
}

#[test]
fn the_end_of_input() {
    let mut client = with_document();
    client.close_input();
    assert_eq!(client.wait_exit(MAX_EXIT_TIME).code(), Some(1));

    let mut client = with_document();
    client.send(&json!({"jsonrpc": "2.0", "id": 500, "method": "shutdown"}));
    assert_eq!(client.wait_response(500), Ok(Value::Null));
    client.close_input();
    assert_eq!(client.wait_exit(MAX_EXIT_TIME).code(), Some(0));
}

/// The server detects a closed output without writing to it, while its input is open.
#[cfg(unix)]
#[test]
fn a_closed_output() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .arg("server")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let initialize = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}, "processId": null, "rootUri": null}});
    let mut input = server.stdin.take().expect("a pipe");
    input.write_all(&frame(initialize.to_string().as_bytes())).expect("the server reads");
    let mut output = BufReader::new(server.stdout.take().expect("a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).expect("an answer");
    drop(output);
    let start = Instant::now();
    while server.try_wait().expect("the server's state").is_none() {
        if start.elapsed() > Duration::from_secs(5) {
            drop(server.kill());
            panic!("the server still runs without an output");
        }
        thread::sleep(Duration::from_millis(20));
    }
    drop(input);
}

#[cfg(unix)]
#[test]
fn the_end_of_the_client_process() {
    for reaped in [true, false] {
        let mut process = Command::new("sleep").arg("600").spawn().expect("a process");
        let mut client = Client::start(&[]);
        client.initialize(json!({"capabilities": {}, "processId": process.id()}));
        client.open(URI, TEXT);
        client.outline(URI);
        process.kill().expect("the process is killed");
        if reaped {
            process.wait().expect("the process has ended");
        }
        assert_eq!(client.wait_exit(Duration::from_secs(12)).code(), Some(1));
        drop(process.wait());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_huge_frame_is_not_buffered() {
    fn resident(client: &Client) -> usize {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", client.process_id()))
            .expect("the server's memory");
        let pages: usize =
            statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
        pages * 4096
    }
    let mut client = with_document();
    assert_eq!(client.outline(URI), ["Plan", "one"]);
    let before = resident(&client);
    client.send_request_bytes(
        json!("huge"),
        "textDocument/foldingRange",
        b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":\"huge\",\"method\":\"x\",\"params\":\"",
    );
    let chunk = vec![b'x'; 1024 * 1024];
    for _ in 0..200 {
        client.send_bytes(&chunk);
    }
    assert_eq!(client.wait_response("huge").expect_err("an error")["code"], -32600);
    assert_eq!(client.outline(URI), ["Plan", "one"]);
    let grown = resident(&client).saturating_sub(before);
    assert!(grown < 8 * 1024 * 1024, "grown by {grown} bytes");
    client.shutdown();
}

#[test]
fn a_burst_of_edits_and_a_request() {
    let mut client = with_document();
    let end = json!({"line": 0, "character": 6});
    for version in 2..10_002 {
        let text = if version % 2 == 0 { " x" } else { "" };
        let to = if version % 2 == 0 { end.clone() } else { json!({"line": 0, "character": 8}) };
        client.change(URI, version, json!([{"range": {"start": end, "end": to}, "text": text}]));
    }
    client.change(URI, 10_002, json!([{"range": {"start": end, "end": end}, "text": " last"}]));
    assert_eq!(client.outline(URI), ["Plan last", "one"]);
    assert_eq!(client.document(URI).1, 10_002);
    client.shutdown();
}

/// The client sends all requests before it reads a response. The responses are longer than the pipes' buffers.
#[test]
fn a_client_that_reads_late() {
    let mut client = Client::ready();
    let text: String = (0..100).map(|number| format!("# Heading {number}\n\n- [ ] task\n\n")).collect();
    client.open(URI, &text);
    let ids: Vec<i64> = (0..150)
        .map(|_| client.send_request("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}})))
        .collect();
    for id in ids {
        assert_eq!(client.wait_response(id).expect("an outline").as_array().map(Vec::len), Some(100));
    }
    client.shutdown();
}

#[test]
fn a_cancellation_takes_effect_immediately() {
    let mut client = Client::ready();
    let text: String = (0..1_500).map(|number| format!("## Heading {number}\n\n- [ ] task\n\n")).collect();
    client.open(URI, &text);
    let send = |client: &mut Client| {
        client.send_request("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}}))
    };
    let ids: Vec<i64> = (0..40).map(|_| send(&mut client)).collect();
    for id in &ids[1..] {
        client.notify("$/cancelRequest", json!({"id": id}));
    }
    let mut cancelled = 0;
    for id in &ids {
        match client.wait_response(*id) {
            Ok(symbols) => assert!(symbols.is_array()),
            Err(error) => {
                assert_eq!(error["code"], -32800, "{error}");
                cancelled += 1;
            }
        }
    }
    assert!(cancelled > 0, "no request was cancelled");
    client.shutdown();
}
