//! The server's text equals the client's, and every response reflects the latest edit before the request.

use plan_syntax::Document;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::client::{Client, simple_capabilities};

const URI: &str = "file:///plans/plan.md";

/// Starts a client with one of the three position encodings.
fn start_with_encoding(encoding: &str) -> Client {
    let mut client = Client::start(&[]);
    let mut capabilities = simple_capabilities();
    capabilities["general"]["positionEncodings"] = json!([encoding]);
    let result = client.initialize(json!({"capabilities": capabilities}));
    assert_eq!(result["capabilities"]["positionEncoding"], encoding);
    client
}

/// Returns the position of an offset, computed independently of the server.
fn position(text: &str, offset: usize, encoding: &str) -> Value {
    let mut line = 0;
    let mut start = 0;
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < offset {
        let next = match &bytes[at..] {
            [b'\r', b'\n', ..] => at + 2,
            [b'\r' | b'\n', ..] => at + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        if next > offset {
            break;
        }
        at = next;
        line += 1;
        start = at;
    }
    let before = &text[start..offset];
    let character = match encoding {
        "utf-8" => before.len(),
        "utf-16" => before.encode_utf16().count(),
        _ => before.chars().count(),
    };
    json!({"line": line, "character": character})
}

/// Sends random edits as an editor does, sometimes several in a notification, and compares the texts at the end.
fn random_edits(encoding: &str, seed: u8, count: usize) {
    let mut client = start_with_encoding(encoding);
    let mut text = plan_test::generate::plan(120);
    client.open(URI, &text);
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]),
    );
    let edit = (
        any::<prop::sample::Index>(),
        0usize..12,
        "(a|é|🚀|e\u{301}|\n|\r\n|\r|\t|#|# |```\n|- \\[ \\] |x|\\||<!-- | ){0,5}",
    );
    let mut changes = Vec::new();
    let mut version = 1;
    for number in 0..count {
        let (at, removed, new) = edit.new_tree(&mut runner).unwrap().current();
        // An editor never splits a newline.
        let offsets: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .filter(|at| !(text[..*at].ends_with('\r') && text[*at..].starts_with('\n')))
            .collect();
        let first = at.index(offsets.len());
        let (start, end) = (offsets[first], offsets[(first + removed).min(offsets.len() - 1)]);
        let range = json!({"start": position(&text, start, encoding), "end": position(&text, end, encoding)});
        changes.push(json!({"range": range, "text": new}));
        text.replace_range(start..end, &new);
        if number % 7 == 0 {
            continue;
        }
        version += 1;
        client.change(URI, version, json!(std::mem::take(&mut changes)));
        if number % 97 == 0 {
            client.outline(URI);
        }
    }
    version += 1;
    client.change(URI, version, json!(changes));
    assert_eq!(client.document(URI), (text, version));
    client.shutdown();
}

#[test]
fn two_thousand_edits_counted_in_bytes() {
    random_edits("utf-8", 1, 2000);
}

#[test]
fn two_thousand_edits_counted_in_utf_16() {
    random_edits("utf-16", 2, 2000);
}

#[test]
fn two_thousand_edits_counted_in_characters() {
    random_edits("utf-32", 3, 2000);
}

/// A request sent immediately after an edit sees it, even while other requests are pending.
#[test]
fn an_outline_shows_the_edit_before_it() {
    let mut client = Client::ready();
    let text = plan_test::generate::plan(300);
    client.open(URI, &text);
    // Requests about this document are slow.
    client.open("file:///plans/long.md", &plan_test::generate::plan(20_000));
    let title_end = text.lines().take_while(|line| !line.starts_with("# ")).count();
    let mut asked = Vec::new();
    for number in 0..300i64 {
        if number % 20 == 0 {
            client.send_request(
                "textDocument/documentSymbol",
                json!({"textDocument": {"uri": "file:///plans/long.md"}}),
            );
        }
        let range = json!({"start": {"line": title_end, "character": 0}, "end": {"line": title_end + 1, "character": 0}});
        client.change(
            URI,
            number + 2,
            json!([{"range": range, "text": format!("# Plan: number {number}\n")}]),
        );
        asked.push(client.send_request("textDocument/documentSymbol", json!({"textDocument": {"uri": URI}})));
    }
    for (number, id) in asked.into_iter().enumerate() {
        let symbols = client.wait_response(id).unwrap();
        // The front matter comes first.
        assert_eq!(symbols[1]["name"], format!("Plan: number {number}"));
    }
}

#[test]
fn ten_thousand_edits_in_a_burst() {
    let mut client = Client::ready();
    client.open(URI, "# Plan: x\n\n- [ ] a\n");
    for number in 0..10_000 {
        let at = json!({"line": 2, "character": 7});
        client.change(URI, number + 2, json!([{"range": {"start": at, "end": at}, "text": "x"}]));
    }
    let (text, version) = client.document(URI);
    assert_eq!((text.len(), version), (19 + 10_000, 10_001));
    assert_eq!(client.outline(URI).len(), 2);
    client.shutdown();
}

#[test]
fn positions_out_of_range_are_clamped() {
    let mut client = Client::ready();
    client.open(URI, "one\r\ntwo");
    let far = json!({"line": 99, "character": 99});
    client.change(URI, 2, json!([{"range": {"start": far, "end": far}, "text": "!"}]));
    let end = json!({"line": 0, "character": 99});
    client.change(URI, 3, json!([{"range": {"start": end, "end": end}, "text": "?"}]));
    // A range whose end is before its start is empty at its start.
    client.change(URI, 4, json!([{"range": {"start": {"line": 1, "character": 1}, "end": {"line": 0, "character": 0}}, "text": "-"}]));
    client.change(URI, 5, json!([{"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}, "text": ""}, {"text": "whole"}]));
    assert_eq!(client.document(URI), ("whole".to_owned(), 5));
    client.change(URI, 6, json!([]));
    assert_eq!(client.document(URI).1, 6);
    client.notify("textDocument/didChange", json!({"textDocument": {"uri": "file:///nowhere.md", "version": 1}, "contentChanges": [{"text": "x"}]}));
    assert_eq!(Document::new(&client.document(URI).0).len(), 5);
    client.shutdown();
}
