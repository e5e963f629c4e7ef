//! What goes wrong around a server: panics, files that cannot be read, settings of wrong types, clocks that are set. It goes
//! on, and says what it could not do.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use plansmith::{
    protocol::{METHODS, MessageKind},
    settings_list::{SETTINGS, Scope},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, PATIENCE, simple_capabilities};

pub const PLAN: &str = "# Plan: Good\n\n**Status**: In Progress\n\n- [ ] **Task 1.1**: Start\n- [] b\n";

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

pub fn folder(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in files {
        fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs::write(root.join(name), text).unwrap();
    }
    (folder, root)
}

/// Greets as a client that has a folder open and gets diagnostics pushed, or pulls them.
pub fn greet(client: &mut Client, root: &Path, pulls: bool) {
    let mut capabilities = simple_capabilities();
    if pulls {
        capabilities["textDocument"]["diagnostic"] = json!({});
        capabilities["workspace"] = json!({"diagnostics": {"refreshSupport": true}});
    }
    client.initialize(json!({
        "workspaceFolders": [{"uri": uri(root), "name": "w"}],
        "initializationOptions": {"diagnostics": {"scope": "workspace"}},
        "capabilities": capabilities,
    }));
}

/// What the index holds, once nothing is left to do.
#[track_caller]
pub fn index(client: &mut Client) -> String {
    client.request("plansmith/index", Value::Null).unwrap()["text"].as_str().unwrap().to_owned()
}

fn watched(client: &mut Client, path: &Path) {
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(path), "type": 2}]}));
}

/// Everything that can be asked about a document, by the list of what the server speaks.
fn about_documents() -> impl Iterator<Item = &'static str> {
    let asked = METHODS.iter().filter(|method| method.kind == MessageKind::ClientRequest);
    asked.map(|method| method.name).filter(|name| name.starts_with("textDocument/"))
}

/// Params that fit each of them.
fn params(uri: &str) -> Value {
    let place = json!({"line": 4, "character": 9});
    json!({
        "textDocument": {"uri": uri}, "position": place, "positions": [place],
        "range": {"start": {"line": 0, "character": 0}, "end": place},
        "context": {"diagnostics": [], "includeDeclaration": true, "triggerKind": 1},
        "options": {"tabSize": 2, "insertSpaces": true}, "ch": "\n", "newName": "2.1",
    })
}

/// The program can be told to panic over a text only where debug assertions are on.
#[cfg(debug_assertions)]
mod panics {
    use super::*;

    const PANIC: (&str, &str) = ("PLANSMITH_TEST_PANIC", "a rotten egg");
    const INTERNAL_ERROR: i64 = -32603;

    fn rotten() -> String {
        format!("{PLAN}\na rotten egg\n")
    }

    #[test]
    fn a_panic_in_any_feature_is_that_requests_alone() {
        let (_guard, root) = folder(&[
            ("bad.md", &rotten()),
            ("good.md", PLAN),
            ("closed/bad.md", &rotten()),
            ("closed/good.md", PLAN),
        ]);
        let mut client = Client::start_within(&[], &[PANIC]);
        greet(&mut client, &root, false);
        let (bad, good) = (uri(&root.join("bad.md")), uri(&root.join("good.md")));
        client.open(&bad, &rotten());
        client.open(&good, PLAN);
        let mut asked = 0;
        for method in about_documents() {
            let failed = client.request(method, params(&bad)).expect_err(method);
            assert_eq!(failed["code"], INTERNAL_ERROR, "{method}: {failed}");
            if let Err(error) = client.request(method, params(&good)) {
                assert_ne!(error["code"], INTERNAL_ERROR, "{method}: {error}");
            }
            asked += 1;
        }
        assert!(asked > 20, "{asked}");
        for (method, asked) in [
            ("workspace/symbol", json!({"query": "a rotten egg"})),
            (
                "workspace/executeCommand",
                json!({"command": "plansmith.server.items", "arguments": [{"textDocument": {"uri": bad}}]}),
            ),
        ] {
            let failed = client.request(method, asked);
            // Commands about several documents leave out the one that they fail at.
            assert!(
                failed.as_ref().is_ok_and(|found| *found == json!([])) || failed.is_err(),
                "{method}: {failed:?}"
            );
        }
        // The task that publishes goes on, and so does the one that keeps the index.
        assert_eq!(client.diagnostics_of(&good, 1).len(), 1);
        client.change(&good, 2, json!([{"text": PLAN.replace("[] b", "[x] b")}]));
        assert_eq!(client.diagnostics_of(&good, 2).len(), 0);
        let held = index(&mut client);
        for (name, is_held) in
            [("good.md", true), ("closed/good.md", true), ("bad.md", false), ("closed/bad.md", false)]
        {
            assert_eq!(held.contains(&root.join(name).display().to_string()), is_held, "{name} in {held}");
        }
        let status = client.request(
            "workspace/executeCommand",
            json!({"command": "plansmith.server.status", "arguments": []}),
        );
        assert_eq!(status.unwrap()["plans"].as_array().unwrap().len(), 2);
        // Its text is kept in step all the same: once it is harmless, it is read.
        client.change(&bad, 2, json!([{"text": PLAN}]));
        assert_eq!(client.outline(&bad), client.outline(&good));
        assert_eq!(client.diagnostics_of(&bad, 2).len(), 1);
        assert!(index(&mut client).contains(&root.join("bad.md").display().to_string()));
        client.shutdown();
    }

    #[test]
    fn a_panic_over_one_plan_does_not_silence_the_others() {
        let (_guard, root) = folder(&[("bad.md", PLAN), ("good.md", PLAN), ("other.md", PLAN)]);
        let mut client = Client::start_within(&[], &[PANIC]);
        greet(&mut client, &root, true);
        index(&mut client);
        // It was harmless when it was read along.
        client.open(&uri(&root.join("bad.md")), PLAN);
        index(&mut client);
        client.change(&uri(&root.join("bad.md")), 2, json!([{"text": rotten()}]));
        let report = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
        let mut names: Vec<&str> = report["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["uri"].as_str().unwrap().rsplit('/').next().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["good.md", "other.md"]);
        client.shutdown();
    }
}

/// The day of a test is read from a file only where debug assertions are on.
#[cfg(debug_assertions)]
mod clocks {
    use super::*;

    const DUE: &str = "# Plan: Due\n\n**Status**: In Progress\n**Due**: 2026-03-02\n\n- [ ] a\n- [x] b\n";

    fn codes(found: &Value) -> Vec<&str> {
        found.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
    }

    fn at(day: &Path, pulls: bool, root: &Path) -> Client {
        let mut client = Client::start_within(&[], &[("PLANSMITH_TEST_TODAY", day.to_str().unwrap())]);
        greet(&mut client, root, pulls);
        client
    }

    /// Midnight, a clock that is set back, and one that was years ahead.
    const DAYS: [(&str, &[&str]); 4] = [
        ("2026-03-02", &[]),
        ("2026-03-03", &["overdue"]),
        ("2026-02-01", &[]),
        ("2199-01-01", &["overdue"]),
    ];

    #[test]
    fn what_is_pushed_follows_the_clock_while_nothing_is_typed() {
        let (_guard, root) = folder(&[("due.md", DUE), ("closed.md", DUE)]);
        // Beside the workspace, where it is no news to the index.
        let (_guard_of_day, days) = folder(&[("day", "2026-03-01")]);
        let mut client = at(&days.join("day"), false, &root);
        let (due, closed) = (uri(&root.join("due.md")), uri(&root.join("closed.md")));
        client.open(&due, DUE);
        assert_eq!(client.diagnostics(&due)["diagnostics"], json!([]));
        index(&mut client);
        for (day, expected) in DAYS.into_iter().skip(1) {
            fs::write(days.join("new"), day).unwrap();
            fs::rename(days.join("new"), days.join("day")).unwrap();
            for document in [&due, &closed] {
                let found = client.diagnostics(document)["diagnostics"].clone();
                assert_eq!(codes(&found), expected, "{document} at {day}");
            }
        }
        client.shutdown();
    }

    #[test]
    fn what_is_pulled_follows_the_clock() {
        let (_guard, root) = folder(&[("due.md", DUE), ("closed.md", DUE)]);
        // Beside the workspace, where it is no news to the index.
        let (_guard_of_day, days) = folder(&[("day", "2026-03-01")]);
        let mut client = at(&days.join("day"), true, &root);
        let due = uri(&root.join("due.md"));
        client.open(&due, DUE);
        index(&mut client);
        client.asked("workspace/diagnostic/refresh");
        let all = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
        let known = |all: &Value| -> Vec<Value> {
            let items = all["items"].as_array().unwrap().iter();
            items.map(|item| json!({"uri": item["uri"], "value": item["resultId"]})).collect()
        };
        let mut held = client.send_request("workspace/diagnostic", json!({"previousResultIds": known(&all)}));
        for (day, expected) in DAYS.into_iter().skip(1) {
            fs::write(days.join("new"), day).unwrap();
            fs::rename(days.join("new"), days.join("day")).unwrap();
            let pulled =
                client.request("textDocument/diagnostic", json!({"textDocument": {"uri": due}})).unwrap();
            assert_eq!(codes(&pulled["items"]), expected, "{day}");
            client.asked("workspace/diagnostic/refresh");
            // What waits for news of closed plans has some.
            let all = client.wait_response(held).unwrap();
            for item in all["items"].as_array().unwrap() {
                assert_eq!(codes(&item["items"]), expected, "{} at {day}", item["uri"]);
            }
            held = client.send_request("workspace/diagnostic", json!({"previousResultIds": known(&all)}));
        }
        client.notify("$/cancelRequest", json!({"id": held}));
        assert_eq!(client.wait_response(held).unwrap_err()["code"], -32800);
        client.shutdown();
    }
}

/// Times of files that are long gone, far ahead, or the same as before.
#[test]
fn the_times_of_files_are_not_trusted() {
    let (_guard, root) = folder(&[("a.md", "# Plan: 0\n\n- [ ] a\n")]);
    let path = root.join("a.md");
    let mut client = Client::start(&[]);
    greet(&mut client, &root, true);
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    for (number, seconds) in [(1, 0), (2, 7_000_000_000), (3, 7_000_000_000), (4, 1)] {
        fs::write(&path, format!("# Plan: {number}\n\n- [ ] a\n")).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(epoch + Duration::from_secs(seconds)).unwrap();
        watched(&mut client, &path);
        let held = index(&mut client);
        assert!(held.contains(&format!("Plan: {number}")), "{number} in {held}");
    }
    client.shutdown();
}

#[test]
fn settings_of_wrong_types_are_named_and_the_rest_holds() {
    let wrong =
        [json!(3), json!("x"), json!(true), json!([7]), json!([[]]), json!({"x": 1}), json!({"x": {}})];
    let mut client = Client::ready();
    let plan = "file:///plans/plan.md";
    client.open(plan, PLAN);
    client.diagnostics_of(plan, 1);
    let heard = |client: &mut Client| {
        client.outline(plan);
        let said = client.notifications.iter().filter(|message| message["method"] == "window/showMessage");
        let said: Vec<String> =
            said.map(|message| message["params"]["message"].as_str().unwrap().to_owned()).collect();
        client.notifications.clear();
        said
    };
    for setting in SETTINGS.iter().filter(|setting| matches!(setting.scope, Scope::Both | Scope::Editor)) {
        let name = setting.client_name();
        let path: Vec<&str> = name.split('.').collect();
        let mut complaints = Vec::new();
        for value in &wrong {
            let section = path.iter().rev().fold(value.clone(), |inner, part| json!({ *part: inner }));
            client.notify("workspace/didChangeConfiguration", json!({"settings": {"plansmith": section}}));
            complaints.extend(heard(&mut client));
        }
        // Settings are taken over in tasks of their own, so what is said of them may come late.
        let start = Instant::now();
        let about = format!("plansmith.{}", path[0]);
        while complaints.iter().filter(|said| said.contains(&about)).count() < 3 {
            assert!(start.elapsed() < PATIENCE, "{name}: {complaints:?}");
            complaints.extend(heard(&mut client));
        }
    }
    let section =
        json!({"colour": 3, "lenses": 7, "rules": {"malformed-checkbox": "off", "unclosed-fence": 7}});
    client.notify("workspace/didChangeConfiguration", json!({"settings": {"plansmith": section}}));
    while client.diagnostics(plan)["diagnostics"] != json!([]) {}
    for options in [json!(3), json!("x"), json!([1]), json!({"plansmith": 7}), json!({"rules": 7})] {
        let mut client = Client::start(&[]);
        client.initialize(json!({"initializationOptions": options, "capabilities": simple_capabilities()}));
        client.open(plan, PLAN);
        assert_eq!(client.diagnostics_of(plan, 1).len(), 1, "{options}");
        client.shutdown();
    }
    client.shutdown();
}

#[test]
fn files_that_cannot_be_read_are_named_in_the_log_and_skipped() {
    let (_guard, root) = folder(&[("good.md", PLAN), ("folder.md/other.md", PLAN), ("plansmith.toml", "")]);
    fs::write(root.join("latin.md"), b"# Plan\n\ncaf\xe9\n").unwrap();
    fs::write(root.join("utf16.md"), b"\xff\xfe#\0 \0").unwrap();
    fs::write(root.join("plansmith.toml"), b"# \xe9\n").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.md", root.join("dangling.md")).unwrap();
        std::os::unix::fs::symlink("circle.md", root.join("circle.md")).unwrap();
    }
    // A name that is no UTF-8.
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        fs::write(root.join(std::ffi::OsStr::from_bytes(b"caf\xe9.md")), PLAN).unwrap();
    }
    let log = root.join("log.txt");
    let mut client = Client::start(&["--log-file", log.to_str().unwrap()]);
    greet(&mut client, &root, true);
    let held = index(&mut client);
    assert_eq!(held.matches(" plan Summary").count(), 2, "{held}");
    let said = fs::read_to_string(&log).unwrap();
    assert!(said.contains("latin.md: invalid UTF-8 at byte 11"), "{said}");
    assert!(said.contains("utf16.md: invalid UTF-8 at byte 0; the file looks like UTF-16"), "{said}");
    // Settings are what a user waits for an answer to.
    let settings = client.diagnostics(&uri(&root.join("plansmith.toml")));
    let message = settings["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.contains("invalid UTF-8 at byte 2"), "{settings}");
    // Mended, it is read.
    fs::write(root.join("latin.md"), PLAN).unwrap();
    watched(&mut client, &root.join("latin.md"));
    let held = index(&mut client);
    assert_eq!(held.matches(" plan Summary").count(), 3, "{held}");
    client.shutdown();
}

/// An editor, or a sync, that writes a file in pieces: whatever is seen in between, the end is right.
#[test]
fn files_that_change_while_they_are_read() {
    let whole = |number: usize| format!("# Plan: Größe {number}\n\n- [ ] a\n- [x] é\n");
    let (_guard, root) = folder(&[("a.md", &whole(0)), ("b.md", PLAN)]);
    let mut client = Client::start(&[]);
    greet(&mut client, &root, true);
    index(&mut client);
    for number in 1..=60 {
        let text = whole(number);
        // Cut in a character, empty, whole, gone, whole.
        let cut = text.find('é').unwrap() + 1;
        fs::write(root.join("a.md"), &text.as_bytes()[..cut]).unwrap();
        watched(&mut client, &root.join("a.md"));
        if number % 3 == 0 {
            fs::remove_file(root.join("a.md")).unwrap();
        }
        let asked = (number % 5 == 0).then(|| client.send_request("plansmith/index", Value::Null));
        fs::write(root.join("a.md"), &text).unwrap();
        watched(&mut client, &root.join("a.md"));
        asked.map(|asked| client.wait_response(asked).unwrap());
    }
    let held = index(&mut client);
    assert!(held.contains("Plan: Größe 60"), "{held}");
    assert!(!held.contains("Größe 59"), "{held}");
    client.shutdown();
}

#[test]
fn documents_that_were_never_opened() {
    let (_guard, root) = folder(&[("disk.md", PLAN)]);
    let log = root.join("log.txt");
    let mut client = Client::start(&["--log-file", log.to_str().unwrap()]);
    greet(&mut client, &root, false);
    let on_disk = uri(&root.join("disk.md"));
    let known = "untitled:Plan-1";
    client.open(known, PLAN);
    for strange in [
        "file:///nowhere/never.md",
        &on_disk,
        "untitled:Other",
        "http://example.com/a.md",
        "file:///",
        "data:x",
    ] {
        for method in about_documents() {
            if let Err(error) = client.request(method, params(strange)) {
                assert!(error["code"] == -32602 || error["code"] == -32803, "{method} of {strange}: {error}");
            }
        }
        client.change(strange, 2, json!([{"text": "# Lost\n"}]));
        client.notify("textDocument/didSave", json!({"textDocument": {"uri": strange}}));
        client.close(strange);
        client.close(strange);
        assert_eq!(client.outline(known)[0], "Plan: Good", "after {strange}");
    }
    let said = fs::read_to_string(&log).unwrap();
    assert_eq!(said.matches("the client changed a document that it has not opened").count(), 6, "{said}");
    assert_eq!(fs::read_to_string(root.join("disk.md")).unwrap(), PLAN);
    assert!(index(&mut client).contains("Plan: Good"));
    client.shutdown();
}

#[test]
fn edits_out_of_range_and_wrong_versions_are_logged_and_survived() {
    let (_guard, root) = folder(&[]);
    let log = root.join("log.txt");
    let mut client = Client::start(&["--log-file", log.to_str().unwrap()]);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    let plan = "file:///plans/plan.md";
    let document = json!({"uri": plan, "languageId": "markdown", "version": 5, "text": "one\ntwo\n"});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    let said = |client: &mut Client, words: &str| {
        client.outline(plan);
        fs::read_to_string(&log).unwrap().matches(words).count()
    };
    let at = |line: u32, character: u32| json!({"line": line, "character": character});
    let edit =
        |start: Value, end: Value, text: &str| json!([{"range": {"start": start, "end": end}, "text": text}]);

    client.change(plan, 6, edit(at(0, 3), at(0, 3), "!"));
    assert_eq!(said(&mut client, "WARN"), 0, "what is right is not logged");
    // The same version again, and one from the past: they are made, and the client's number is the document's.
    client.change(plan, 6, edit(at(0, 4), at(0, 4), "?"));
    assert_eq!(client.document(plan), ("one!?\ntwo\n".to_owned(), 6));
    client.change(plan, 2, edit(at(0, 0), at(0, 1), "O"));
    assert_eq!(client.document(plan), ("One!?\ntwo\n".to_owned(), 2));
    assert_eq!(said(&mut client, "the version of a document went backwards"), 2);
    // A version that is left out is allowed.
    client.change(plan, 9, edit(at(1, 0), at(1, 0), "-"));
    assert_eq!(said(&mut client, "WARN"), 2);
    // Behind the end, with numbers as large as they can be, and backwards.
    client.change(plan, 10, edit(at(99, 99), at(100, 0), "end"));
    client.change(plan, 11, edit(at(0, 0), at(u32::MAX >> 1, u32::MAX >> 1), "all\nnew"));
    assert_eq!(client.document(plan), ("all\nnew".to_owned(), 11));
    assert_eq!(said(&mut client, "an edit lies outside of its document and is made at its end"), 2);
    client.change(plan, 12, edit(at(1, 1), at(0, 0), "-"));
    assert_eq!(client.document(plan), ("all\nn-ew".to_owned(), 12));
    assert_eq!(said(&mut client, "an edit ends before it starts"), 1);
    // Numbers that are none leave the document alone.
    client.change(plan, 13, edit(at(0, 0), json!({"line": -1, "character": 0}), "lost"));
    client.change(plan, 14, json!([{"range": null, "text": "whole"}]));
    assert_eq!(client.document(plan), ("whole".to_owned(), 14));
    // Opened once more without having been closed: the newer text counts.
    client.open(plan, PLAN);
    assert_eq!(client.document(plan).1, 1);
    while client.diagnostics(plan)["version"] != 1 {}
    client.shutdown();
}

#[test]
fn an_id_that_is_in_use_is_refused_and_the_first_goes_on() {
    let (_guard, root) = folder(&[("a.md", PLAN)]);
    let mut client = Client::start(&[]);
    greet(&mut client, &root, true);
    index(&mut client);
    let all = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
    let item = &all["items"][0];
    // It waits until something else is to be said.
    let waiting = json!({"jsonrpc": "2.0", "id": 77, "method": "workspace/diagnostic",
        "params": {"previousResultIds": [{"uri": item["uri"], "value": item["resultId"]}]}});
    client.send(&waiting);
    for method in ["workspace/symbol", "no/such"] {
        client.send(&json!({"jsonrpc": "2.0", "id": 77, "method": method, "params": {"query": ""}}));
        let refused = client.wait_response(77).expect_err(method);
        assert!(matches!(refused["code"].as_i64(), Some(-32600 | -32601)), "{method}: {refused}");
    }
    client.raw_request(json!(77), "workspace/diagnostic", &[]);
    fs::write(root.join("a.md"), PLAN.replace("[] b", "[x] b")).unwrap();
    watched(&mut client, &root.join("a.md"));
    let news = client.wait_response(77).unwrap();
    assert_eq!(news["items"][0]["items"], json!([]));
    client.send(
        &json!({"jsonrpc": "2.0", "id": 77, "method": "workspace/symbol", "params": {"query": "good"}}),
    );
    assert!(client.wait_response(77).is_ok(), "the id is free again");
    client.shutdown();
}

/// A log and a cache that cannot be written are no reason to stop.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_log_and_no_cache() {
    let variables = [("XDG_CACHE_HOME", "/dev/null"), ("HOME", "/dev/null")];
    let mut client = Client::start_within(&["--log", "trace", "--log-file", "/dev/full"], &variables);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    let plan = "file:///plans/plan.md";
    let text = "---\ntemplate: codev-plan\n---\n# Plan: x\n\n**Status**: Draft\n\n## Goal\n";
    client.open(plan, text);
    assert_eq!(client.outline(plan)[1], "Plan: x");
    let place = json!({"textDocument": {"uri": plan}, "position": {"line": 5, "character": 3}});
    assert_eq!(client.request("textDocument/typeDefinition", place), Ok(Value::Null));
    client.shutdown();
}
