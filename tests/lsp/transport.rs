//! The transport survives what it is sent, and ends when it should.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::client::{Client, FAREWELL, frame, simple_capabilities};

const URI: &str = "file:///plans/plan.md";
const TEXT: &str = "# Plan\n\n- [ ] one\n";

/// A server that has a document open.
fn with_document() -> Client {
    let mut client = Client::ready();
    client.open(URI, TEXT);
    client
}

/// What comes of a malformed input.
enum Then {
    /// Nothing but that the server goes on.
    Nothing,
    /// An error without id, with one of these codes.
    Complaint(&'static [i64]),
    /// An error for a request, with this code.
    Refusal(Value, i64),
    /// An answer that is no error.
    Answer(Value),
}

const PARSE_ERROR: &[i64] = &[-32700];
const INVALID: &[i64] = &[-32600];

fn malformed() -> Vec<(&'static str, Vec<u8>, Then)> {
    use Then::{Answer, Complaint, Nothing, Refusal};
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
        ("invalid JSON", frame(b"{\"jsonrpc\": \"2.0\", \"method\":"), Complaint(PARSE_ERROR)),
        ("no JSON", frame(b"hello"), Complaint(PARSE_ERROR)),
        ("an empty body", frame(b""), Complaint(PARSE_ERROR)),
        ("two messages in a frame", frame(b"{}{}"), Complaint(PARSE_ERROR)),
        ("a string", frame(b"\"hello\""), Complaint(INVALID)),
        ("a number", frame(b"5"), Complaint(INVALID)),
        ("null", frame(b"null"), Complaint(INVALID)),
        ("a batch", body(json!([request(json!("b1")), request(json!("b2"))])), Complaint(INVALID)),
        ("an empty batch", frame(b"[]"), Complaint(INVALID)),
        ("an empty object", frame(b"{}"), Complaint(INVALID)),
        ("only an id", body(json!({"jsonrpc": "2.0", "id": 900})), Complaint(INVALID)),
        ("bytes that are no UTF-8", unusual("utf8", b"a\xff\xfe\xc3b"), Answer(json!("utf8"))),
        ("no UTF-8 outside of a string", frame(b"\xff\xff\xff"), Complaint(PARSE_ERROR)),
        ("half a surrogate pair", unusual("high", b"a\\ud83d b"), Answer(json!("high"))),
        ("the other half", unusual("low", b"\\ude00"), Answer(json!("low"))),
        ("half a pair before a whole one", unusual("three", b"\\ud83d\\ud83d\\ude00"), Answer(json!("three"))),
        ("a NUL", unusual("nul", b"a\\u0000b"), Answer(json!("nul"))),
        ("a raw control character", unusual("control", b"a\x01b"), Complaint(PARSE_ERROR)),
        ("nested 200 deep", frame(deep(200).as_bytes()), Complaint(INVALID)),
        ("nested 100,000 deep", frame(deep(100_000).as_bytes()), Complaint(INVALID)),
        (
            "params nested 1,000 deep",
            frame(format!(r#"{{"jsonrpc":"2.0","id":"deep","method":"x","params":{}}}"#, deep(1000)).as_bytes()),
            Refusal(json!("deep"), -32600),
        ),
        ("a lower-case header", with_header(&|n| format!("content-length: {n}"), "lower"), Answer(json!("lower"))),
        ("an upper-case header", with_header(&|n| format!("CONTENT-LENGTH:{n}"), "upper"), Answer(json!("upper"))),
        (
            "another header before",
            with_header(&|n| format!("Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {n}"), "before"),
            Answer(json!("before")),
        ),
        (
            "another header after",
            with_header(&|n| format!("Content-Length: {n}\r\nContent-Type: application/vscode-jsonrpc; charset=utf8"), "after"),
            Answer(json!("after")),
        ),
        ("blank lines before the header", with_header(&|n| format!("\r\n\r\nContent-Length: {n}"), "blank"), Answer(json!("blank"))),
        (
            "line feeds alone",
            {
                let body = request(json!("lf")).to_string();
                format!("Content-Length: {}\n\n{body}", body.len()).into_bytes()
            },
            Answer(json!("lf")),
        ),
        (
            "a byte order mark in the body",
            frame(&[b"\xef\xbb\xbf", request(json!("bom")).to_string().as_bytes()].concat()),
            Answer(json!("bom")),
        ),
        ("a length of zero", b"Content-Length: 0\r\n\r\n".to_vec(), Complaint(PARSE_ERROR)),
        ("a negative length", header("Content-Length: -1"), Complaint(PARSE_ERROR)),
        ("a length that is no number", header("Content-Length: many"), Complaint(PARSE_ERROR)),
        ("a fractional length", header("Content-Length: 2.5"), Complaint(PARSE_ERROR)),
        ("no length", header("Content-Length:"), Complaint(PARSE_ERROR)),
        ("no Content-Length", header("Content-Type: x"), Complaint(PARSE_ERROR)),
        ("a length of 1 GB", b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",".to_vec(), Complaint(INVALID)),
        (
            "a length of 1 GB and a request",
            b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":\"gb\",\"method\":\"x\",\"params\":[".to_vec(),
            Refusal(json!("gb"), -32600),
        ),
        ("a length beyond all numbers", b"Content-Length: 99999999999999999999999999\r\n\r\n{".to_vec(), Complaint(INVALID)),
        ("a length that is too long", b"Content-Length: 5000\r\n\r\n{\"a\":".to_vec(), Complaint(PARSE_ERROR)),
        ("a length that is much too long", b"Content-Length: 50000000\r\n\r\n{\"a\":".to_vec(), Complaint(PARSE_ERROR)),
        ("garbage between frames", b"garbage\r\nmore of it\r\n\r\n".to_vec(), Complaint(PARSE_ERROR)),
        ("garbage before a header", b"garbage".to_vec(), Complaint(PARSE_ERROR)),
        ("binary garbage", (0..=255).cycle().take(20_000).collect(), Complaint(PARSE_ERROR)),
        ("a null id", body(request(Value::Null)), Complaint(INVALID)),
        ("a string id", body(request(json!("string"))), Answer(json!("string"))),
        ("an empty id", body(request(json!(""))), Answer(json!(""))),
        ("a negative id", body(request(json!(-7))), Answer(json!(-7))),
        ("a large id", body(request(json!(9_007_199_254_740_993_i64))), Answer(json!(9_007_199_254_740_993_i64))),
        ("a fractional id", body(request(json!(1.5))), Complaint(INVALID)),
        ("an id that is an object", body(request(json!({}))), Complaint(INVALID)),
        ("a method that is a number", body(json!({"jsonrpc": "2.0", "id": "method", "method": 7})), Refusal(json!("method"), -32600)),
        ("a null method", body(json!({"jsonrpc": "2.0", "id": "null", "method": null})), Refusal(json!("null"), -32600)),
        ("no jsonrpc", body(json!({"id": "version", "method": "shutdown"})), Refusal(json!("version"), -32600)),
        ("another jsonrpc", body(json!({"jsonrpc": "1.0", "id": "one", "method": "shutdown"})), Refusal(json!("one"), -32600)),
        ("an unknown request", body(json!({"jsonrpc": "2.0", "id": "u", "method": "no/such"})), Refusal(json!("u"), -32601)),
        ("an empty method", body(json!({"jsonrpc": "2.0", "id": "e", "method": ""})), Refusal(json!("e"), -32601)),
        ("an unknown $/ request", body(json!({"jsonrpc": "2.0", "id": "$", "method": "$/such"})), Refusal(json!("$"), -32601)),
        ("an unknown notification", body(json!({"jsonrpc": "2.0", "method": "no/such", "params": {}})), Nothing),
        ("an unknown $/ notification", body(json!({"jsonrpc": "2.0", "method": "$/such"})), Nothing),
        ("a trace setting", body(json!({"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "off"}})), Nothing),
        (
            "a request as a notification",
            body(json!({"jsonrpc": "2.0", "method": "textDocument/foldingRange", "params": document()})),
            Nothing,
        ),
        (
            "a notification as a request",
            body(json!({"jsonrpc": "2.0", "id": "n", "method": "textDocument/didOpen", "params": {}})),
            Refusal(json!("n"), -32600),
        ),
        ("a request without params", body(json!({"jsonrpc": "2.0", "id": "p", "method": "textDocument/foldingRange"})), Refusal(json!("p"), -32602)),
        (
            "a request with wrong params",
            body(json!({"jsonrpc": "2.0", "id": "w", "method": "textDocument/foldingRange", "params": {"textDocument": 5}})),
            Refusal(json!("w"), -32602),
        ),
        (
            "a request with params of a wrong kind",
            body(json!({"jsonrpc": "2.0", "id": "k", "method": "textDocument/foldingRange", "params": "text"})),
            Refusal(json!("k"), -32602),
        ),
        ("a notification with wrong params", body(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": [1]})), Nothing),
        ("an initialized with null", body(json!({"jsonrpc": "2.0", "method": "initialized", "params": null})), Nothing),
        (
            "a second initialize",
            body(json!({"jsonrpc": "2.0", "id": "again", "method": "initialize", "params": {"capabilities": {}}})),
            Refusal(json!("again"), -32600),
        ),
        ("a response that nobody asked for", body(json!({"jsonrpc": "2.0", "id": 12345, "result": null})), Nothing),
        ("an error that nobody asked for", body(json!({"jsonrpc": "2.0", "id": "x", "error": {"code": 1, "message": ""}})), Nothing),
        ("an error about nothing", body(json!({"jsonrpc": "2.0", "id": null, "error": {"code": 1, "message": ""}})), Nothing),
        ("a cancel of nothing", body(json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 999}})), Nothing),
        ("a cancel without id", body(json!({"jsonrpc": "2.0", "method": "$/cancelRequest"})), Nothing),
        ("a document that is no uri", body(json!({"jsonrpc": "2.0", "id": "uri", "method": "textDocument/foldingRange",
            "params": {"textDocument": {"uri": "plan.md"}}})), Refusal(json!("uri"), -32602)),
        ("a document that is not open", body(json!({"jsonrpc": "2.0", "id": "closed", "method": "textDocument/foldingRange",
            "params": {"textDocument": {"uri": "file:///other.md"}}})), Answer(json!("closed"))),
    ]
}

#[test]
fn malformed_input_is_survived() {
    let mut client = with_document();
    for (name, bytes, then) in malformed() {
        eprintln!("{name}");
        match &then {
            Then::Refusal(id, _) | Then::Answer(id) => {
                client.raw_request(id.clone(), "textDocument/foldingRange", &bytes)
            }
            Then::Nothing | Then::Complaint(_) => client.raw(&bytes),
        }
        assert_eq!(client.outline(URI), ["Plan", "one"], "the request after {name}");
        match then {
            Then::Nothing => client.complaints.clear(),
            Then::Complaint(codes) => {
                let complaint = client.complaint();
                let code = complaint["code"].as_i64().expect("a code");
                assert!(codes.contains(&code), "{name}: {complaint}");
                // Garbage may be complained of in several pieces, but nothing else is.
                let rest = std::mem::take(&mut client.complaints);
                assert!(rest.iter().all(|more| more["code"] == -32700), "{name}: {rest:?}");
            }
            Then::Refusal(id, code) => {
                let refusal = client.wait_response(id).expect_err(name);
                assert_eq!(refusal["code"], code, "{name}: {refusal}");
            }
            Then::Answer(id) => drop(client.wait_response(id).expect(name)),
        }
        assert!(client.complaints.is_empty(), "{name}: {:?}", client.complaints);
    }
    client.shutdown();
}

/// The same with a server for each, so that none depends on the one before.
#[test]
fn malformed_input_is_survived_from_the_start() {
    // The one that is well-formed where it comes first is left out.
    for (name, bytes, then) in malformed().into_iter().filter(|(name, ..)| *name != "a second initialize") {
        let mut client = Client::start(&[]);
        match then {
            Then::Refusal(id, _) | Then::Answer(id) => {
                client.raw_request(id, "textDocument/foldingRange", &bytes)
            }
            Then::Nothing | Then::Complaint(_) => client.raw(&bytes),
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
    client.raw(&frame(change.as_bytes()));
    // It counts as one, as it did for the client.
    let range = json!({"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 7}});
    client.change(URI, 3, json!([{"range": range, "text": "Goal"}]));
    assert_eq!(client.document(URI).0, TEXT.replace("Plan", "\u{FFFD}Goal"));
    client.shutdown();
}

#[test]
fn frames_in_pieces_and_in_one() {
    let mut client = with_document();
    let mut bytes = Vec::new();
    for id in 1000..1003 {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/foldingRange",
            "params": {"textDocument": {"uri": URI}, "note": "ä😀"}});
        bytes.extend_from_slice(&frame(message.to_string().as_bytes()));
        client.raw_request(json!(id), "textDocument/foldingRange", &[]);
    }
    for byte in bytes.chunks(1) {
        client.raw(byte);
    }
    for id in 1000..1003 {
        client.wait_response(id).expect("folding ranges");
        client.raw_request(json!(id), "textDocument/foldingRange", &[]);
    }
    client.raw(&bytes);
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
        client.raw(truncated.as_bytes());
        client.close_input();
        assert_eq!(client.wait_exit(FAREWELL).code(), Some(1), "{truncated}");
    }
}

#[test]
fn ids_that_are_used_twice() {
    let mut client = with_document();
    let request = json!({"jsonrpc": "2.0", "id": 77, "method": "textDocument/foldingRange", "params": {"textDocument": {"uri": URI}}});
    let bytes = frame(request.to_string().as_bytes());
    client.raw_request(json!(77), "textDocument/foldingRange", &[bytes.clone(), bytes].concat());
    // One may be done before the other comes. Then both are answered, else the second is refused. Answers to one id are
    // checked against one request, so the second is a stranger to this client; what matters is that it goes on.
    client.wait_response(77).ok();
    let mut client = with_document();
    for _ in 0..20 {
        client.send(&request);
        client.wait_response(77).expect("an id is free again when it is answered");
    }
    client.shutdown();
}

#[test]
fn requests_before_initialize() {
    let mut client = Client::start(&[]);
    let early = client.request("textDocument/foldingRange", json!({"textDocument": {"uri": URI}}));
    assert_eq!(early.expect_err("an error")["code"], -32002);
    // Edits are dropped, so nothing is open.
    client.open(URI, TEXT);
    let result = client.initialize(json!({"capabilities": {}}));
    assert_eq!(result["serverInfo"]["name"], "plansmith");
    assert!(
        client.notifications.is_empty() && client.asked_of_us.is_empty(),
        "nothing comes before the greeting"
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
    assert_eq!(client.wait_exit(FAREWELL).code(), Some(0));
}

#[test]
fn exit_without_shutdown() {
    let mut client = with_document();
    client.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(client.wait_exit(FAREWELL).code(), Some(1));
    let mut client = Client::start(&[]);
    client.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
    assert_eq!(client.wait_exit(FAREWELL).code(), Some(1));
}

/// Helix does not wait for the answer to `shutdown`; eglot sends null for absent params.
#[test]
fn shutdown_and_exit_in_one_breath_with_null_params() {
    let mut client = with_document();
    client.send(&json!({"jsonrpc": "2.0", "id": 500, "method": "shutdown", "params": null}));
    client.send(&json!({"jsonrpc": "2.0", "method": "exit", "params": null}));
    assert_eq!(client.wait_response(500), Ok(Value::Null));
    assert_eq!(client.wait_exit(FAREWELL).code(), Some(0));
}

#[test]
fn the_end_of_input() {
    let mut client = with_document();
    client.close_input();
    assert_eq!(client.wait_exit(FAREWELL).code(), Some(1));

    let mut client = with_document();
    client.send(&json!({"jsonrpc": "2.0", "id": 500, "method": "shutdown"}));
    assert_eq!(client.wait_response(500), Ok(Value::Null));
    client.close_input();
    assert_eq!(client.wait_exit(FAREWELL).code(), Some(0));
}

/// Without anything being sent that could fail to be answered, and with the input open.
#[cfg(unix)]
#[test]
fn a_closed_output() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .arg("server")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let greeting = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}, "processId": null, "rootUri": null}});
    let mut input = server.stdin.take().expect("a pipe");
    input.write_all(&frame(greeting.to_string().as_bytes())).expect("the server reads");
    let mut output = BufReader::new(server.stdout.take().expect("a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).expect("an answer");
    drop(output);
    let start = Instant::now();
    while server.try_wait().expect("the server's state").is_none() {
        if start.elapsed() > Duration::from_secs(5) {
            drop(server.kill());
            panic!("the server lives on without an output");
        }
        thread::sleep(Duration::from_millis(20));
    }
    drop(input);
}

#[cfg(unix)]
#[test]
fn a_dead_client_process() {
    for reaped in [true, false] {
        let mut process = Command::new("sleep").arg("600").spawn().expect("a process");
        let mut client = Client::start(&[]);
        client.initialize(json!({"capabilities": {}, "processId": process.id()}));
        // It is watched only while it lives.
        thread::sleep(Duration::from_secs(4));
        client.open(URI, TEXT);
        client.outline(URI);
        process.kill().expect("it dies");
        if reaped {
            process.wait().expect("it is dead");
        }
        assert_eq!(client.wait_exit(Duration::from_secs(12)).code(), Some(1));
        drop(process.wait());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_huge_frame_takes_no_memory() {
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
    client.raw_request(
        json!("huge"),
        "textDocument/foldingRange",
        b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":\"huge\",\"method\":\"x\",\"params\":\"",
    );
    let chunk = vec![b'x'; 1024 * 1024];
    for _ in 0..200 {
        client.raw(&chunk);
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

/// A client that writes everything before it reads anything. Its answers are far more than pipes hold.
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
fn a_cancel_takes_effect_at_once() {
    let mut client = Client::ready();
    let text: String = (0..1_500).map(|number| format!("## Heading {number}\n\n- [ ] task\n\n")).collect();
    client.open(URI, &text);
    let asked = |client: &mut Client| {
        client.send_request("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}}))
    };
    let ids: Vec<i64> = (0..40).map(|_| asked(&mut client)).collect();
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
    assert!(cancelled > 0, "none of 39 was cancelled");
    client.shutdown();
}
