//! `plansmith/syntaxTree` and what else comes from syntax trees.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    client::{Client, MAX_RESPONSE_TIME, simple_capabilities},
    workspace::Numbers,
};

const URI: &str = "file:///notes/page.md";

fn position(line: u32, character: u32) -> Value {
    json!({"line": line, "character": character})
}

/// Returns the response for a document.
fn answer(client: &mut Client, uri: &str, range: Value) -> Value {
    let mut params = json!({"textDocument": {"uri": uri}});
    if !range.is_null() {
        params["range"] = range;
    }
    client.request("plansmith/syntaxTree", params).unwrap()
}

fn tree(client: &mut Client, uri: &str) -> String {
    answer(client, uri, Value::Null)["tree"].as_str().unwrap().to_owned()
}

#[test]
fn trees_contain_the_latest_edit() {
    let mut client = Client::ready();
    assert_eq!(answer(&mut client, URI, Value::Null), Value::Null);
    client.open(URI, "# A *b*\n");
    let heading = "(atx_heading 0 8 (atx_h1_marker 0 1) (inline 2 7 (emphasis 4 7 (emphasis_delimiter 4 5) (emphasis_delimiter 6 7))))";
    assert_eq!(
        answer(&mut client, URI, Value::Null),
        json!({"version": 1, "tree": format!("(document 0 8 (section 0 8 {heading}))")})
    );
    // The character before the code span takes two units of UTF-16 and four bytes.
    let edit =
        json!([{"range": {"start": position(1, 0), "end": position(1, 0)}, "text": "\n## C\n\n🏗 `d`\n"}]);
    client.change(URI, 2, edit);
    let code = "(paragraph 15 24 (inline 15 23 (code_span 20 23 (code_span_delimiter 20 21) (code_span_delimiter 22 23))))";
    let second = format!("(section 9 24 (atx_heading 9 14 (atx_h2_marker 9 11) (inline 12 13)) {code})");
    assert_eq!(
        answer(&mut client, URI, Value::Null),
        json!({"version": 2, "tree": format!("(document 0 24 (section 0 9 {heading}) {second})")})
    );
    let range = json!({"start": position(4, 4), "end": position(4, 4)});
    let touched = code.replace(" (code_span_delimiter 22 23)", "");
    assert_eq!(answer(&mut client, URI, range)["tree"], format!("(document 0 24 (section 9 24 {touched}))"));
    client.close(URI);
    assert_eq!(answer(&mut client, URI, Value::Null), Value::Null);
    client.shutdown();
}

/// Updated trees are equal to newly parsed ones.
#[test]
fn trees_after_edits_equal_those_of_the_same_text() {
    const INSERTED: [&str; 16] = [
        "*",
        "**",
        "`",
        "[",
        "](x)",
        "\n",
        "\n\n",
        "# ",
        "- [ ] ",
        "> ",
        "| a | b |\n|---|---|\n",
        "```\n",
        "é",
        "🏗",
        "<div>\n",
        "word ",
    ];
    let mut client = Client::ready();
    let mut numbers = Numbers(11);
    let (mut text, copy) =
        (String::from("# A\n\nsome *text*\n\n## B\n\n- [x] one\n  two\n"), "file:///notes/copy.md");
    client.open(URI, &text);
    for version in 2..80 {
        let mut at = numbers.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line = text[..at].matches('\n').count() as u32;
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let column = text[start..at].encode_utf16().count() as u32;
        let new = INSERTED[numbers.below(INSERTED.len())];
        text.insert_str(at, new);
        let range = json!({"start": position(line, column), "end": position(line, column)});
        client.change(URI, version, json!([{"range": range, "text": new}]));
        let updated = tree(&mut client, URI);
        client.open(copy, &text);
        assert_eq!(updated, tree(&mut client, copy), "{text:?}");
        client.close(copy);
    }
    client.shutdown();
}

/// After a pause, the trees of all segments are parsed; after the next one only that of the edited segment.
#[test]
fn trees_are_updated_after_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut client = Client::start(&["--log", "plansmith=debug", "--log-file", log.to_str().unwrap()]);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    client.open(URI, "# A\n\na\n\n# B\n\nb\n\n# C\n\nc\n");
    for (version, count) in [(2, 3), (3, 1)] {
        let edit = json!([{"range": {"start": position(2, 1), "end": position(2, 1)}, "text": "x *y*"}]);
        client.change(URI, version, edit);
        let deadline = Instant::now() + MAX_RESPONSE_TIME;
        let is_updated = |line: &str| {
            line.contains("syntax trees updated")
                && line.contains(&format!("version={version} count={count} "))
        };
        while !std::fs::read_to_string(&log).unwrap().lines().any(is_updated) {
            assert!(Instant::now() < deadline, "{}", std::fs::read_to_string(&log).unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    assert_eq!(tree(&mut client, URI).matches("(emphasis ").count(), 2);
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(!log.contains("two parsers"), "{log}");
    client.shutdown();
}

#[test]
fn selections_grow_along_inline_content() {
    let mut client = Client::start(&[]);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    client.open(URI, "# Plan: x\n\n- [ ] a\n\nSee [the `long text`](to.md) here.\n");
    let params = json!({"textDocument": {"uri": URI}, "positions": [position(4, 11)]});
    let found = client.request("textDocument/selectionRange", params).unwrap();
    let mut columns = Vec::new();
    let mut range = &found[0];
    while range["range"]["end"]["line"] == 4 && range["range"]["start"]["line"] == 4 {
        let column = |end: &str| range["range"][end]["character"].as_u64().unwrap();
        columns.push((column("start"), column("end")));
        range = &range["parent"];
    }
    // Word, code, code span, link text, link, line.
    assert_eq!(columns, [(10, 14), (10, 19), (9, 20), (5, 20), (4, 28), (0, 34)]);
    client.shutdown();
}

/// Formatting is checked with the tree as well; edits that both parsers confirm are sent.
#[test]
fn confirmed_formatting_is_sent() {
    let mut client = Client::start(&[]);
    client.initialize(
        json!({"capabilities": simple_capabilities(), "initializationOptions": {"format": {"enable": true}}}),
    );
    client.open(URI, "# Plan: x\n\n- [ ] a  \n\n| A | B |\n|-|-|\n| one | two |\n");
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let params = json!({"textDocument": {"uri": URI}, "options": options});
    let edits = client.request("textDocument/formatting", params).unwrap();
    assert!(!edits.as_array().unwrap().is_empty(), "{edits}");
    client.shutdown();
}
