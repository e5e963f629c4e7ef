//! Faults: panics, unreadable files, settings of wrong types, clock changes. The server continues and reports the failed
//! operation.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use plansmith::{
    protocol::{METHODS, MessageKind},
    settings::{SETTINGS, Scope},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, MAX_RESPONSE_TIME, simple_capabilities};

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

/// Initializes the server for a client with an open folder and pushed or pulled diagnostics.
pub fn initialize_with_folder(client: &mut Client, root: &Path, pulls: bool) {
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

/// Returns the text of the index once the server is idle.
#[track_caller]
pub fn index(client: &mut Client) -> String {
    client.request("plansmith/index", Value::Null).unwrap()["text"].as_str().unwrap().to_owned()
}

fn watched(client: &mut Client, path: &Path) {
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": [{"uri": uri(path), "type": 2}]}));
}

/// Returns the methods of all requests about a document.
fn document_methods() -> impl Iterator<Item = &'static str> {
    let requests = METHODS.iter().filter(|method| method.kind == MessageKind::ClientRequest);
    requests.map(|method| method.name).filter(|name| name.starts_with("textDocument/"))
}

/// Returns params that are valid for all methods in [`document_methods`].
fn params(uri: &str) -> Value {
    let position = json!({"line": 4, "character": 9});
    json!({
        "textDocument": {"uri": uri}, "position": position, "positions": [position],
        "range": {"start": {"line": 0, "character": 0}, "end": position},
        "context": {"diagnostics": [], "includeDeclaration": true, "triggerKind": 1},
        "options": {"tabSize": 2, "insertSpaces": true}, "ch": "\n", "newName": "2.1",
    })
}

/// The program supports injected panics only in builds with debug assertions.
#[cfg(debug_assertions)]
mod panics {
    use super::*;

    const PANIC: (&str, &str) = ("PLANSMITH_TEST_PANIC", "panic here");
    const INTERNAL_ERROR: i64 = -32603;

    fn text_that_panics() -> String {
        format!("{PLAN}\npanic here\n")
    }

    #[test]
    fn a_panic_in_a_feature_affects_only_its_request() {
        let (_guard, root) = folder(&[
            ("bad.md", &text_that_panics()),
            ("good.md", PLAN),
            ("closed/bad.md", &text_that_panics()),
            ("closed/good.md", PLAN),
        ]);
        let mut client = Client::start_with_env(&[], &[PANIC]);
        initialize_with_folder(&mut client, &root, false);
        let (bad, good) = (uri(&root.join("bad.md")), uri(&root.join("good.md")));
        client.open(&bad, &text_that_panics());
        client.open(&good, PLAN);
        let mut count = 0;
        for method in document_methods() {
            let failed = client.request(method, params(&bad)).expect_err(method);
            assert_eq!(failed["code"], INTERNAL_ERROR, "{method}: {failed}");
            if let Err(error) = client.request(method, params(&good)) {
                assert_ne!(error["code"], INTERNAL_ERROR, "{method}: {error}");
            }
            count += 1;
        }
        assert!(count > 20, "{count}");
        for (method, params) in [
            ("workspace/symbol", json!({"query": "panic here"})),
            (
                "workspace/executeCommand",
                json!({"command": "plansmith.server.items", "arguments": [{"textDocument": {"uri": bad}}]}),
            ),
        ] {
            let failed = client.request(method, params);
            // Commands about several documents skip a document that causes a panic.
            assert!(
                failed.as_ref().is_ok_and(|found| *found == json!([])) || failed.is_err(),
                "{method}: {failed:?}"
            );
        }
        // The tasks that publish diagnostics and update the index continue.
        assert_eq!(client.diagnostics_of(&good, 1).len(), 1);
        client.change(&good, 2, json!([{"text": PLAN.replace("[] b", "[x] b")}]));
        assert_eq!(client.diagnostics_of(&good, 2).len(), 0);
        let text = index(&mut client);
        for (name, is_indexed) in
            [("good.md", true), ("closed/good.md", true), ("bad.md", false), ("closed/bad.md", false)]
        {
            assert_eq!(text.contains(&root.join(name).display().to_string()), is_indexed, "{name} in {text}");
        }
        let status = client.request(
            "workspace/executeCommand",
            json!({"command": "plansmith.server.status", "arguments": []}),
        );
        assert_eq!(status.unwrap()["plans"].as_array().unwrap().len(), 2);
        // Edits of the document are applied nevertheless: a text that does not panic is read.
        client.change(&bad, 2, json!([{"text": PLAN}]));
        assert_eq!(client.outline(&bad), client.outline(&good));
        assert_eq!(client.diagnostics_of(&bad, 2).len(), 1);
        assert!(index(&mut client).contains(&root.join("bad.md").display().to_string()));
        client.shutdown();
    }

    #[test]
    fn a_panic_in_one_plan_does_not_affect_diagnostics_of_others() {
        let (_guard, root) = folder(&[("bad.md", PLAN), ("good.md", PLAN), ("other.md", PLAN)]);
        let mut client = Client::start_with_env(&[], &[PANIC]);
        initialize_with_folder(&mut client, &root, true);
        index(&mut client);
        // The text does not panic when it is indexed.
        client.open(&uri(&root.join("bad.md")), PLAN);
        index(&mut client);
        client.change(&uri(&root.join("bad.md")), 2, json!([{"text": text_that_panics()}]));
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

/// The program reads the current date from a file only in builds with debug assertions.
#[cfg(debug_assertions)]
mod clocks {
    use super::*;

    const DUE: &str = "# Plan: Due\n\n**Status**: In Progress\n**Due**: 2026-03-02\n\n- [ ] a\n- [x] b\n";

    fn codes(found: &Value) -> Vec<&str> {
        found.as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect()
    }

    fn start_at(day: &Path, pulls: bool, root: &Path) -> Client {
        let mut client = Client::start_with_env(&[], &[("PLANSMITH_TEST_TODAY", day.to_str().unwrap())]);
        initialize_with_folder(&mut client, root, pulls);
        client
    }

    /// A new day, a clock that is set back, and a clock that is years ahead.
    const DAYS: [(&str, &[&str]); 4] = [
        ("2026-03-02", &[]),
        ("2026-03-03", &["overdue"]),
        ("2026-02-01", &[]),
        ("2199-01-01", &["overdue"]),
    ];

    #[test]
    fn pushed_diagnostics_follow_the_date_without_edits() {
        let (_guard, root) = folder(&[("due.md", DUE), ("closed.md", DUE)]);
        // Outside of the workspace, so that the index is not updated.
        let (_guard_of_day, days) = folder(&[("day", "2026-03-01")]);
        let mut client = start_at(&days.join("day"), false, &root);
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
    fn pulled_diagnostics_follow_the_date() {
        let (_guard, root) = folder(&[("due.md", DUE), ("closed.md", DUE)]);
        // Outside of the workspace, so that the index is not updated.
        let (_guard_of_day, days) = folder(&[("day", "2026-03-01")]);
        let mut client = start_at(&days.join("day"), true, &root);
        let due = uri(&root.join("due.md"));
        client.open(&due, DUE);
        index(&mut client);
        client.server_request("workspace/diagnostic/refresh");
        let all = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
        let previous_ids = |all: &Value| -> Vec<Value> {
            let items = all["items"].as_array().unwrap().iter();
            items.map(|item| json!({"uri": item["uri"], "value": item["resultId"]})).collect()
        };
        let mut pending =
            client.send_request("workspace/diagnostic", json!({"previousResultIds": previous_ids(&all)}));
        for (day, expected) in DAYS.into_iter().skip(1) {
            fs::write(days.join("new"), day).unwrap();
            fs::rename(days.join("new"), days.join("day")).unwrap();
            let pulled =
                client.request("textDocument/diagnostic", json!({"textDocument": {"uri": due}})).unwrap();
            assert_eq!(codes(&pulled["items"]), expected, "{day}");
            client.server_request("workspace/diagnostic/refresh");
            // The pending request about closed plans gets a response.
            let all = client.wait_response(pending).unwrap();
            for item in all["items"].as_array().unwrap() {
                assert_eq!(codes(&item["items"]), expected, "{} at {day}", item["uri"]);
            }
            pending =
                client.send_request("workspace/diagnostic", json!({"previousResultIds": previous_ids(&all)}));
        }
        client.notify("$/cancelRequest", json!({"id": pending}));
        assert_eq!(client.wait_response(pending).unwrap_err()["code"], -32800);
        client.shutdown();
    }
}

/// Modification times in the distant past, in the future, or equal to the previous time.
#[test]
fn modification_times_of_files_are_ignored() {
    let (_guard, root) = folder(&[("a.md", "# Plan: 0\n\n- [ ] a\n")]);
    let path = root.join("a.md");
    let mut client = Client::start(&[]);
    initialize_with_folder(&mut client, &root, true);
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    for (number, seconds) in [(1, 0), (2, 7_000_000_000), (3, 7_000_000_000), (4, 1)] {
        fs::write(&path, format!("# Plan: {number}\n\n- [ ] a\n")).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(epoch + Duration::from_secs(seconds)).unwrap();
        watched(&mut client, &path);
        let text = index(&mut client);
        assert!(text.contains(&format!("Plan: {number}")), "{number} in {text}");
    }
    client.shutdown();
}

#[test]
fn invalid_settings_are_reported_and_others_apply() {
    let invalid =
        [json!(3), json!("x"), json!(true), json!([7]), json!([[]]), json!({"x": 1}), json!({"x": {}})];
    let mut client = Client::ready();
    let plan = "file:///plans/plan.md";
    client.open(plan, PLAN);
    client.diagnostics_of(plan, 1);
    let read_messages = |client: &mut Client| {
        client.outline(plan);
        let shown = client.notifications.iter().filter(|message| message["method"] == "window/showMessage");
        let messages: Vec<String> =
            shown.map(|message| message["params"]["message"].as_str().unwrap().to_owned()).collect();
        client.notifications.clear();
        messages
    };
    for setting in SETTINGS.iter().filter(|setting| matches!(setting.scope, Scope::Both | Scope::Editor)) {
        let name = setting.client_name();
        let path: Vec<&str> = name.split('.').collect();
        let mut messages = Vec::new();
        for value in &invalid {
            let section = path.iter().rev().fold(value.clone(), |inner, part| json!({ *part: inner }));
            client.notify("workspace/didChangeConfiguration", json!({"settings": {"plansmith": section}}));
            messages.extend(read_messages(&mut client));
        }
        // Settings are applied in separate tasks, so messages about them may arrive late.
        let start = Instant::now();
        let section_name = format!("plansmith.{}", path[0]);
        while messages.iter().filter(|message| message.contains(&section_name)).count() < 3 {
            assert!(start.elapsed() < MAX_RESPONSE_TIME, "{name}: {messages:?}");
            messages.extend(read_messages(&mut client));
        }
    }
    let section =
        json!({"nonsense": 3, "lenses": 7, "rules": {"malformed-checkbox": "off", "unclosed-fence": 7}});
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
fn unreadable_files_are_logged_and_skipped() {
    let (_guard, root) = folder(&[("good.md", PLAN), ("folder.md/other.md", PLAN), ("plansmith.toml", "")]);
    fs::write(root.join("latin.md"), b"# Plan\n\ncaf\xe9\n").unwrap();
    fs::write(root.join("utf16.md"), b"\xff\xfe#\0 \0").unwrap();
    fs::write(root.join("plansmith.toml"), b"# \xe9\n").unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.md", root.join("dangling.md")).unwrap();
        std::os::unix::fs::symlink("loop.md", root.join("loop.md")).unwrap();
    }
    // A file name that is not UTF-8.
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        fs::write(root.join(std::ffi::OsStr::from_bytes(b"caf\xe9.md")), PLAN).unwrap();
    }
    let log = root.join("log.txt");
    let mut client = Client::start(&["--log-file", log.to_str().unwrap()]);
    initialize_with_folder(&mut client, &root, true);
    let text = index(&mut client);
    assert_eq!(text.matches(" plan Summary").count(), 2, "{text}");
    let logged = fs::read_to_string(&log).unwrap();
    assert!(logged.contains("latin.md: invalid UTF-8 at byte 11"), "{logged}");
    assert!(logged.contains("utf16.md: invalid UTF-8 at byte 0; the file looks like UTF-16"), "{logged}");
    // Errors in settings files are reported as diagnostics.
    let settings = client.diagnostics(&uri(&root.join("plansmith.toml")));
    let message = settings["diagnostics"][0]["message"].as_str().unwrap();
    assert!(message.contains("invalid UTF-8 at byte 2"), "{settings}");
    // Once it is valid, it is read.
    fs::write(root.join("latin.md"), PLAN).unwrap();
    watched(&mut client, &root.join("latin.md"));
    let text = index(&mut client);
    assert_eq!(text.matches(" plan Summary").count(), 3, "{text}");
    client.shutdown();
}

/// An editor or a sync program that writes a file in parts: after the last write, the index is correct.
#[test]
fn files_that_change_while_they_are_read() {
    let whole = |number: usize| format!("# Plan: Größe {number}\n\n- [ ] a\n- [x] é\n");
    let (_guard, root) = folder(&[("a.md", &whole(0)), ("b.md", PLAN)]);
    let mut client = Client::start(&[]);
    initialize_with_folder(&mut client, &root, true);
    index(&mut client);
    for number in 1..=60 {
        let text = whole(number);
        // Cut within a character, deleted, complete.
        let cut = text.find('é').unwrap() + 1;
        fs::write(root.join("a.md"), &text.as_bytes()[..cut]).unwrap();
        watched(&mut client, &root.join("a.md"));
        if number % 3 == 0 {
            fs::remove_file(root.join("a.md")).unwrap();
        }
        let pending = (number % 5 == 0).then(|| client.send_request("plansmith/index", Value::Null));
        fs::write(root.join("a.md"), &text).unwrap();
        watched(&mut client, &root.join("a.md"));
        pending.map(|pending| client.wait_response(pending).unwrap());
    }
    let text = index(&mut client);
    assert!(text.contains("Plan: Größe 60"), "{text}");
    assert!(!text.contains("Größe 59"), "{text}");
    client.shutdown();
}

#[test]
fn requests_about_documents_that_were_never_opened() {
    let (_guard, root) = folder(&[("disk.md", PLAN)]);
    let log = root.join("log.txt");
    let mut client = Client::start(&["--log-file", log.to_str().unwrap()]);
    initialize_with_folder(&mut client, &root, false);
    let on_disk = uri(&root.join("disk.md"));
    let open = "untitled:Plan-1";
    client.open(open, PLAN);
    for closed in [
        "file:///nowhere/never.md",
        &on_disk,
        "untitled:Other",
        "http://example.com/a.md",
        "file:///",
        "data:x",
    ] {
        for method in document_methods() {
            if let Err(error) = client.request(method, params(closed)) {
                assert!(error["code"] == -32602 || error["code"] == -32803, "{method} of {closed}: {error}");
            }
        }
        client.change(closed, 2, json!([{"text": "# Lost\n"}]));
        client.notify("textDocument/didSave", json!({"textDocument": {"uri": closed}}));
        client.close(closed);
        client.close(closed);
        assert_eq!(client.outline(open)[0], "Plan: Good", "after {closed}");
    }
    let logged = fs::read_to_string(&log).unwrap();
    assert_eq!(logged.matches("client changed a document that is not open").count(), 6, "{logged}");
    assert_eq!(fs::read_to_string(root.join("disk.md")).unwrap(), PLAN);
    assert!(index(&mut client).contains("Plan: Good"));
    client.shutdown();
}

#[test]
fn edits_out_of_range_and_wrong_versions_are_logged() {
    let (_guard, root) = folder(&[]);
    let log = root.join("log.txt");
    let mut client = Client::start(&["--log-file", log.to_str().unwrap()]);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    let plan = "file:///plans/plan.md";
    let document = json!({"uri": plan, "languageId": "markdown", "version": 5, "text": "one\ntwo\n"});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
    let count_in_log = |client: &mut Client, words: &str| {
        client.outline(plan);
        fs::read_to_string(&log).unwrap().matches(words).count()
    };
    let at = |line: u32, character: u32| json!({"line": line, "character": character});
    let edit =
        |start: Value, end: Value, text: &str| json!([{"range": {"start": start, "end": end}, "text": text}]);

    client.change(plan, 6, edit(at(0, 3), at(0, 3), "!"));
    assert_eq!(count_in_log(&mut client, "WARN"), 0, "a valid edit was logged");
    // The same version again, and an earlier version: the edits are applied, and the client's version is used.
    client.change(plan, 6, edit(at(0, 4), at(0, 4), "?"));
    assert_eq!(client.document(plan), ("one!?\ntwo\n".to_owned(), 6));
    client.change(plan, 2, edit(at(0, 0), at(0, 1), "O"));
    assert_eq!(client.document(plan), ("One!?\ntwo\n".to_owned(), 2));
    assert_eq!(count_in_log(&mut client, "document version did not increase"), 2);
    // Versions may be skipped.
    client.change(plan, 9, edit(at(1, 0), at(1, 0), "-"));
    assert_eq!(count_in_log(&mut client, "WARN"), 2);
    // After the end, with the largest numbers, and with the end before the start.
    client.change(plan, 10, edit(at(99, 99), at(100, 0), "end"));
    client.change(plan, 11, edit(at(0, 0), at(u32::MAX >> 1, u32::MAX >> 1), "all\nnew"));
    assert_eq!(client.document(plan), ("all\nnew".to_owned(), 11));
    assert_eq!(count_in_log(&mut client, "edit is outside the document; applied at its end"), 2);
    client.change(plan, 12, edit(at(1, 1), at(0, 0), "-"));
    assert_eq!(client.document(plan), ("all\nn-ew".to_owned(), 12));
    assert_eq!(count_in_log(&mut client, "edit ends before it starts"), 1);
    // Invalid numbers do not change the document.
    client.change(plan, 13, edit(at(0, 0), json!({"line": -1, "character": 0}), "lost"));
    client.change(plan, 14, json!([{"range": null, "text": "whole"}]));
    assert_eq!(client.document(plan), ("whole".to_owned(), 14));
    // Opened again without being closed: the newer text applies.
    client.open(plan, PLAN);
    assert_eq!(client.document(plan).1, 1);
    while client.diagnostics(plan)["version"] != 1 {}
    client.shutdown();
}

#[test]
fn a_duplicate_request_id_is_rejected_and_the_first_request_continues() {
    let (_guard, root) = folder(&[("a.md", PLAN)]);
    let mut client = Client::start(&[]);
    initialize_with_folder(&mut client, &root, true);
    index(&mut client);
    let all = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
    let item = &all["items"][0];
    // Pending until the diagnostics change.
    let pending = json!({"jsonrpc": "2.0", "id": 77, "method": "workspace/diagnostic",
        "params": {"previousResultIds": [{"uri": item["uri"], "value": item["resultId"]}]}});
    client.send(&pending);
    for method in ["workspace/symbol", "no/such"] {
        client.send(&json!({"jsonrpc": "2.0", "id": 77, "method": method, "params": {"query": ""}}));
        let error = client.wait_response(77).expect_err(method);
        assert!(matches!(error["code"].as_i64(), Some(-32600 | -32601)), "{method}: {error}");
    }
    client.send_request_bytes(json!(77), "workspace/diagnostic", &[]);
    fs::write(root.join("a.md"), PLAN.replace("[] b", "[x] b")).unwrap();
    watched(&mut client, &root.join("a.md"));
    let report = client.wait_response(77).unwrap();
    assert_eq!(report["items"][0]["items"], json!([]));
    client.send(
        &json!({"jsonrpc": "2.0", "id": 77, "method": "workspace/symbol", "params": {"query": "good"}}),
    );
    assert!(client.wait_response(77).is_ok(), "the ID can be used again");
    client.shutdown();
}

/// The server works without a writable log and cache.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_for_the_log_and_a_missing_cache() {
    let variables = [("XDG_CACHE_HOME", "/dev/null"), ("HOME", "/dev/null")];
    let mut client = Client::start_with_env(&["--log", "trace", "--log-file", "/dev/full"], &variables);
    client.initialize(json!({"capabilities": simple_capabilities()}));
    let plan = "file:///plans/plan.md";
    let text = "---\ntemplate: codev-plan\n---\n# Plan: x\n\n**Status**: Draft\n\n## Goal\n";
    client.open(plan, text);
    assert_eq!(client.outline(plan)[1], "Plan: x");
    let params = json!({"textDocument": {"uri": plan}, "position": {"line": 5, "character": 3}});
    assert_eq!(client.request("textDocument/typeDefinition", params), Ok(Value::Null));
    client.shutdown();
}
