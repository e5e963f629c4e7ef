//! A workspace of plans: the index while files change in buffers and on disk, and its effects in an editor.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::client::Client;

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display().to_string().replace(' ', "%20"))
}

/// Creates a folder with these files. Also returns its real path.
pub fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in files {
        write(&root, name, text);
    }
    (folder, root)
}

pub fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Starts a client with these folders and all capabilities. Without `watches`, the server watches files.
pub fn start(roots: &[&Path], watches: bool, options: Value) -> Client {
    let mut client = Client::start(&[]);
    let folders: Vec<Value> = roots.iter().map(|root| json!({"uri": uri(root), "name": "w"})).collect();
    let result = client.initialize(json!({
        "workspaceFolders": folders,
        "initializationOptions": options,
        "capabilities": {
            "textDocument": {"diagnostic": {}},
            "window": {"workDoneProgress": true},
            "workspace": {
                "didChangeWatchedFiles": {"dynamicRegistration": watches},
                "diagnostics": {"refreshSupport": true},
                "workspaceEdit": {"documentChanges": true},
                "workspaceFolders": true,
                "fileOperations": {"willRename": true, "willDelete": true, "didCreate": true},
            },
        },
    }));
    assert_eq!(result["capabilities"]["workspaceSymbolProvider"], json!({"resolveProvider": false}));
    client
}

/// Returns the text of the index once the server is idle.
#[track_caller]
pub fn index(client: &mut Client) -> String {
    let index = client.request("plansmith/index", Value::Null).unwrap();
    index["text"].as_str().unwrap().to_owned()
}

fn symbols(client: &mut Client, query: &str) -> Vec<String> {
    let found = client.request("workspace/symbol", json!({"query": query})).unwrap();
    let one = |symbol: &Value| {
        let location = &symbol["location"];
        let name = location["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let start = &location["range"]["start"];
        format!(
            "{} in {} at {name}:{}:{}",
            symbol["name"].as_str().unwrap(),
            symbol["containerName"].as_str().unwrap(),
            start["line"],
            start["character"]
        )
    };
    found.as_array().unwrap().iter().map(one).collect()
}

pub fn codes(client: &mut Client, uri: &str) -> Vec<String> {
    let report = client.request("textDocument/diagnostic", json!({"textDocument": {"uri": uri}})).unwrap();
    let items = report["items"].as_array().unwrap();
    items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

pub fn watched(client: &mut Client, changes: &[(PathBuf, u32)]) {
    let changes: Vec<Value> =
        changes.iter().map(|(path, kind)| json!({"uri": uri(path), "type": kind})).collect();
    client.notify("workspace/didChangeWatchedFiles", json!({"changes": changes}));
}

const ONE: &str =
    "# Plan: One\n\n- [ ] **T1-001**: Start 🚀 here, see [two](sub/two.md#goal)\n  - Depends on: T1-002\n";
const TWO: &str = "# Plan: Two\n\n## Goal\n\n- [ ] **T1-002**: Go on\n";

#[test]
fn symbols_of_all_files_with_progress() {
    let (_guard, root) = folder(&[
        ("one.md", ONE),
        ("sub/two.md", TWO),
        ("node_modules/x.md", TWO),
        (".gitignore", "out/\n"),
        ("out/y.md", TWO),
    ]);
    let mut client = start(&[&root], true, Value::Null);
    let text = index(&mut client);
    assert_eq!(text.matches(" plan Summary").count(), 2, "{text}");
    assert_eq!(
        symbols(&mut client, "starthere"),
        ["T1-001 Start 🚀 here, see [two](sub/two.md#goal) in Plan: One at one.md:2:18"]
    );
    assert_eq!(symbols(&mut client, "t1-002"), ["T1-002 Go on in Plan: Two at two.md:4:18"]);
    let progress: Vec<&Value> =
        client.notifications.iter().filter(|message| message["method"] == "$/progress").collect();
    assert_eq!(progress.first().unwrap()["params"]["value"]["kind"], "begin");
    assert_eq!(progress.last().unwrap()["params"]["value"], json!({"kind": "end", "message": "2 files"}));
    let registered = client.server_requests.iter().any(|request| {
        request["method"] == "client/registerCapability"
            && request["params"]["registrations"][0]["method"] == "workspace/didChangeWatchedFiles"
    });
    assert!(registered);
    client.shutdown();
}

#[test]
fn diagnostics_depend_on_other_files() {
    let (_guard, root) = folder(&[("one.md", ONE), ("sub/two.md", TWO)]);
    let mut client = start(&[&root], true, Value::Null);
    let one = uri(&root.join("one.md"));
    client.open(&one, ONE);
    index(&mut client);
    assert_eq!(codes(&mut client, &one), [""; 0]);
    let refreshes = |client: &mut Client| {
        client.drain();
        client
            .server_requests
            .iter()
            .filter(|request| request["method"] == "workspace/diagnostic/refresh")
            .count()
    };
    // In an unsaved buffer.
    let two = uri(&root.join("sub/two.md"));
    client.open(&two, TWO);
    client.change(&two, 2, json!([{"text": "# Plan: Two\n\n## Aim\n\n- [ ] **T1-077**: Go on\n"}]));
    index(&mut client);
    assert_eq!(codes(&mut client, &one), ["broken-anchor", "unknown-dependency"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let before = refreshes(&mut client);
    assert!(before > 0, "the client was not asked to refresh");
    // A change that does not affect other files causes no refresh.
    client.change(&two, 3, json!([{"range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}, "text": "Some text.\n"}]));
    index(&mut client);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(refreshes(&mut client), before);
    // Closed without saving: the file on disk is used again. A change on disk of an open file has no effect.
    write(&root, "one.md", "# Nothing\n");
    watched(&mut client, &[(root.join("one.md"), 2)]);
    client.close(&two);
    let text = index(&mut client);
    assert!(text.contains("T1-002") && text.contains("T1-001") && !text.contains("T1-077"), "{text}");
    assert_eq!(codes(&mut client, &one), [""; 0]);
    // Deleted on disk.
    fs::remove_file(root.join("sub/two.md")).unwrap();
    watched(&mut client, &[(root.join("sub/two.md"), 3)]);
    index(&mut client);
    assert_eq!(codes(&mut client, &one), ["broken-link", "unknown-dependency"]);
    client.shutdown();
}

#[test]
fn the_server_watches_if_the_client_cannot() {
    let (_guard, root) = folder(&[("one.md", ONE), ("sub/two.md", TWO)]);
    let mut client = start(&[&root], false, Value::Null);
    index(&mut client);
    let wait_for = |client: &mut Client, expected: &str, is_included: bool| {
        let deadline = std::time::Instant::now() + crate::client::MAX_RESPONSE_TIME;
        loop {
            let text = index(client);
            if text.contains(expected) == is_included {
                return;
            }
            assert!(std::time::Instant::now() < deadline, "{expected}: {text}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    write(&root, "new/deep/three.md", "# Third thing\n");
    wait_for(&mut client, "Third thing", true);
    write(&root, "new/deep/three.md", "# Third thing changed\n");
    wait_for(&mut client, "Third thing changed", true);
    fs::rename(root.join("sub"), root.join("moved")).unwrap();
    wait_for(&mut client, "/moved/two.md", true);
    wait_for(&mut client, "/sub/two.md plan", false);
    fs::remove_dir_all(root.join("new")).unwrap();
    wait_for(&mut client, "Third thing", false);
    write(&root, ".gitignore", "moved/\n");
    wait_for(&mut client, "/moved/two.md", false);
    client.shutdown();
}

#[test]
fn folders_are_added_and_removed() {
    let (_guard, a) = folder(&[("one.md", ONE)]);
    let (_guard2, b) = folder(&[("two.md", TWO)]);
    let (_guard3, outside) = folder(&[
        ("x.md", "# Plan: X\n\n- [ ] [y](y.md#there) [z](z.md)\n"),
        ("y.md", "# There\n"),
        ("secret.md", "# Secret\n"),
    ]);
    let mut client = start(&[&a], true, Value::Null);
    assert!(!index(&mut client).contains("Plan: Two"));
    let folders = |folder: &Path| json!([{"uri": uri(folder), "name": "b"}]);
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": folders(&b), "removed": []}}),
    );
    let text = index(&mut client);
    assert!(text.contains("Plan: Two") && text.contains("Plan: One"), "{text}");
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": [], "removed": folders(&a)}}),
    );
    let text = index(&mut client);
    assert!(text.contains("Plan: Two") && !text.contains("Plan: One"), "{text}");
    // A file outside of all folders is indexed alone; its link targets are checked for existence but not read.
    let x = uri(&outside.join("x.md"));
    client.open(&x, &fs::read_to_string(outside.join("x.md")).unwrap());
    let text = index(&mut client);
    assert!(text.contains("Plan: X") && !text.contains("Secret"), "{text}");
    assert_eq!(codes(&mut client, &x), ["broken-link"]);
    client.close(&x);
    assert!(!index(&mut client).contains("Plan: X"));
    client.shutdown();
}

#[test]
fn one_document_for_all_spellings_of_its_uri() {
    let (_guard, root) = folder(&[("a b.md", "# Plan: A\n\n- [ ] x\n")]);
    let link = root.parent().unwrap().join(format!("{}-link", root.file_name().unwrap().to_string_lossy()));
    std::os::unix::fs::symlink(&root, &link).unwrap();
    let mut client = start(&[&link], true, Value::Null);
    index(&mut client);
    // Results use the client's spelling of the folder.
    let found = client.request("workspace/symbol", json!({"query": "plana"})).unwrap();
    assert_eq!(found[0]["location"]["uri"], uri(&link.join("a b.md")));
    // Opened by its real path, requested by another spelling.
    let real = uri(&root.join("a b.md"));
    client.open(&real, "# Plan: B\n\n- [ ] x\n");
    let other = uri(&root).to_string() + "/%61%20b.md";
    assert_eq!(client.document(&other).0, "# Plan: B\n\n- [ ] x\n");
    let text = index(&mut client);
    assert!(text.contains("Plan: B") && !text.contains("Plan: A"), "{text}");
    client.close(&real);
    assert!(index(&mut client).contains("Plan: A"));
    client.open("untitled:Untitled-1", "# Plan: C\n\n- [x] y\n");
    assert!(index(&mut client).contains("untitled:Untitled-1 plan"));
    fs::remove_file(link).unwrap();
    client.shutdown();
}

#[test]
fn renaming_a_folder_updates_links() {
    let (_guard, root) = folder(&[("one.md", ONE), ("sub/two.md", "# Two\n\n[one](../one.md)\n")]);
    let mut client = start(&[&root], true, Value::Null);
    index(&mut client);
    let (old, new) = (uri(&root.join("sub")), uri(&root.join("done/sub")));
    let edit = client
        .request("workspace/willRenameFiles", json!({"files": [{"oldUri": old, "newUri": new}]}))
        .unwrap();
    let mut changes: Vec<String> = edit["documentChanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| {
            format!(
                "{} {}",
                change["textDocument"]["uri"].as_str().unwrap().rsplit('/').next().unwrap(),
                change["edits"][0]["newText"]
            )
        })
        .collect();
    changes.sort();
    assert_eq!(changes, ["one.md \"done/sub/two.md\"", "two.md \"../../one.md\""]);
    let edit = client
        .request("workspace/willDeleteFiles", json!({"files": [{"uri": uri(&root.join("sub/two.md"))}]}))
        .unwrap();
    assert_eq!(edit["documentChanges"][0]["edits"][0]["newText"], "two");
    let without_links = json!({"files": [{"uri": uri(&root.join("none.md"))}]});
    assert_eq!(client.request("workspace/willDeleteFiles", without_links), Ok(Value::Null));
    client.shutdown();
}

#[test]
fn a_new_file_is_offered_the_template_of_its_siblings() {
    let plan = "# Execution Plan: X\n\n**Status**: Draft\n\n## Goal\n\n## Scope\n";
    let plan = format!("---\ntemplate: execution-plan\n---\n{plan}");
    let (_guard, root) = folder(&[("plans/a.md", &plan), ("plans/b.md", &plan), ("plans/c.md", "")]);
    let mut client = start(&[&root], true, Value::Null);
    index(&mut client);
    client.notify("workspace/didCreateFiles", json!({"files": [{"uri": uri(&root.join("plans/c.md"))}]}));
    let question = client.server_request("window/showMessageRequest");
    assert_eq!(question["params"]["actions"][0]["title"], "Start from execution-plan");
    let edit = client.server_request("workspace/applyEdit");
    let change = &edit["params"]["edit"]["documentChanges"][0];
    // A closed document has no version.
    assert_eq!(change["textDocument"], json!({"uri": uri(&root.join("plans/c.md")), "version": null}));
    assert!(change["edits"][0]["newText"].as_str().unwrap().contains("# Execution Plan: C"), "{edit}");
    client.shutdown();
}

#[test]
fn diagnostics_of_closed_plans_if_enabled() {
    let broken = "# Plan: One\n\n**Status**: Done\n\n- [ ] open\n";
    let (_guard, root) =
        folder(&[("one.md", broken), ("two.md", TWO), ("README.md", "# Notes\n\n[x](none.md)\n")]);
    let mut client = start(&[&root], true, json!({"diagnostics": {"scope": "workspace"}}));
    let report = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
    let items = report["items"].as_array().unwrap();
    let shown = |item: &Value| {
        format!(
            "{} {}",
            item["uri"].as_str().unwrap().rsplit('/').next().unwrap(),
            item["items"].as_array().map_or(0, Vec::len)
        )
    };
    assert_eq!(items.iter().map(shown).collect::<Vec<_>>(), ["one.md 1", "two.md 0"]);
    let previous: Vec<Value> =
        items.iter().map(|item| json!({"uri": item["uri"], "value": item["resultId"]})).collect();
    // Pending until the diagnostics change.
    let pending = client.send_request("workspace/diagnostic", json!({"previousResultIds": previous}));
    assert!(index(&mut client).contains("Plan: Two"));
    write(&root, "one.md", "# Plan: One\n\n**Status**: Done\n\n- [x] open\n");
    watched(&mut client, &[(root.join("one.md"), 2)]);
    let report = client.wait_response(pending).unwrap();
    assert_eq!(
        report["items"].as_array().unwrap().iter().map(shown).collect::<Vec<_>>(),
        ["one.md 0", "two.md 0"]
    );
    client.shutdown();
    // Published to clients that do not pull; no pull diagnostics are registered for them.
    let mut client = Client::start(&[]);
    let result = client.initialize(json!({
        "workspaceFolders": [{"uri": uri(&root), "name": "w"}],
        "initializationOptions": {"diagnostics": {"scope": "workspace"}},
        "capabilities": {},
    }));
    assert_eq!(result["capabilities"].get("diagnosticProvider"), None);
    write(&root, "one.md", broken);
    index(&mut client);
    let pushed = client.diagnostics(&uri(&root.join("one.md")));
    assert_eq!(pushed["diagnostics"][0]["code"], "status-open-tasks");
    client.shutdown();
}

/// Errors in settings files are reported in the file, and the last valid settings apply.
#[test]
fn errors_in_settings_files() {
    let plan = "# Plan: One\n\n- [ ] [x](none.md)\n- [] b\n";
    let (_guard, root) = folder(&[
        ("plansmith.toml", "[rules]\nbroken-link = \"off\"\nnonsense = \"off\"\n"),
        ("a.md", plan),
        ("drafts/plansmith.toml", "[rules]\nbroken-link = \"hint\"\ntasks = \"off\"\n"),
        ("drafts/b.md", plan),
        ("archive/c.md", "# Plan: Old one\n"),
    ]);
    let mut client = start(&[&root], true, Value::Null);
    let (a, b, toml) =
        (uri(&root.join("a.md")), uri(&root.join("drafts/b.md")), uri(&root.join("plansmith.toml")));
    client.open(&a, plan);
    client.open(&b, plan);
    assert!(index(&mut client).contains("Old one"));
    let published = client.diagnostics(&toml);
    assert_eq!(published["diagnostics"][0]["range"]["start"], json!({"line": 2, "character": 0}));
    assert!(
        published["diagnostics"][0]["message"].as_str().unwrap().starts_with("unknown rule `nonsense`"),
        "{published}"
    );
    assert_eq!(codes(&mut client, &a), ["malformed-checkbox"]);
    assert_eq!(codes(&mut client, &b), ["broken-link"]);
    // Temporarily invalid.
    write(&root, "plansmith.toml", "[rules\n");
    watched(&mut client, &[(root.join("plansmith.toml"), 2)]);
    index(&mut client);
    assert_eq!(client.diagnostics(&toml)["diagnostics"].as_array().unwrap().len(), 1);
    assert_eq!(codes(&mut client, &a), ["malformed-checkbox"]);
    write(&root, "plansmith.toml", "exclude = [\"archive/**\"]\n[state-names]\ndone = [\"erledigt\"]\n");
    watched(&mut client, &[(root.join("plansmith.toml"), 2)]);
    assert!(!index(&mut client).contains("Old one"));
    assert_eq!(client.diagnostics(&toml)["diagnostics"], json!([]));
    assert_eq!(codes(&mut client, &a), ["broken-link", "malformed-checkbox"]);
    client.change(&a, 2, json!([{"text": "# Plan: One\n\n**Status**: Erledigt\n\n- [ ] x\n"}]));
    assert_eq!(codes(&mut client, &a), ["status-open-tasks"]);
    client.shutdown();
}

/// The command line and the server report the same findings.
#[test]
fn check_reports_the_findings_of_the_server() {
    let (_guard, root) = folder(&[
        (".git/HEAD", ""),
        (
            "plans/one.md",
            "# Plan: One\n\n**Status**: Done\n\n- [ ] **T1-001**: Ä🚀 [two](../two.md#nowhere) [x](none.md)\n  - Depends on: T1-009\n",
        ),
        ("two.md", TWO),
        ("archive/three.md", "# Plan: Three\n\n- [x] a\n- [] b\n\n```sh\nopen\n"),
        ("notes.md", "# Notes\n\n[x](none.md)\n"),
        (
            "plansmith.toml",
            "exclude = [\"hidden/**\"]\n[rules]\nbroken-link = \"hint\"\n[[override]]\nfiles = \"archive/**\"\nrules = { tasks = \"off\" }\n",
        ),
        ("hidden/a.md", "# Plan: x\n\n- [] b\n"),
    ]);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(["check", "--format", "json"])
        .current_dir(&root)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut printed: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let path = finding["path"].as_str().unwrap().trim_start_matches("./");
            format!(
                "{path}:{} {} {}",
                finding["line"],
                finding["rule"].as_str().unwrap(),
                finding["message"].as_str().unwrap()
            )
        })
        .collect();
    printed.sort();
    let mut client = start(&[&root], true, json!({"diagnostics": {"scope": "workspace"}}));
    let report = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
    let mut shown = Vec::new();
    for document in report["items"].as_array().unwrap() {
        let path = document["uri"].as_str().unwrap().strip_prefix(&format!("{}/", uri(&root))).unwrap();
        for item in document["items"].as_array().unwrap() {
            let line = item["range"]["start"]["line"].as_u64().unwrap() + 1;
            shown.push(format!(
                "{path}:{line} {} {}",
                item["code"].as_str().unwrap(),
                item["message"].as_str().unwrap()
            ));
        }
    }
    shown.sort();
    assert_eq!(printed, shown);
    assert!(printed.len() >= 4, "{printed:#?}");
    client.shutdown();
}

/// A deterministic random number generator (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    pub fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

/// After any changes in buffers and on disk, with events in any order, the index equals that of a new server with the same
/// open buffers.
#[test]
fn the_index_is_correct_after_ten_thousand_operations() {
    let (_guard, root) = folder(&[]);
    let mut client = start(&[&root], true, Value::Null);
    let mut numbers = Numbers(7);
    let texts: Vec<String> = (0..40)
        .map(|n| format!("# Plan: {n}\n\n**Status**: {}\n\n- [{}] **T{}-00{}**: see [x](f{}.md#plan-{n})\n  - Depends on: T{}-00{}\n", ["Done", "Draft"][n % 2], ["x", " "][n % 3 % 2], n % 4, n % 5, n % 12, n % 3, n % 6))
        .collect();
    let name = |n: usize| {
        [
            "f0.md",
            "f1.md",
            "a/f2.md",
            "a/f3.md",
            "a/b/f4.md",
            "b/f5.md",
            "f6.md",
            "c d/f7.md",
            "f8.md",
            "a/f9.md",
            "b/f10.md",
            "f11.md",
        ][n % 12]
    };
    let mut open: BTreeMap<usize, (String, i64)> = BTreeMap::new();
    let mut events: Vec<(PathBuf, u32)> = Vec::new();
    for step in 0..10_000 {
        let file = numbers.below(12);
        let path = root.join(name(file));
        let text = texts[numbers.below(texts.len())].clone();
        match numbers.below(12) {
            0 | 1 => {
                if let Entry::Vacant(entry) = open.entry(file) {
                    client.open(&uri(&path), &text);
                    entry.insert((text, 1));
                }
            }
            2..=4 => {
                if let Some((buffer, version)) = open.get_mut(&file) {
                    *version += 1;
                    client.change(&uri(&path), *version, json!([{"text": text}]));
                    *buffer = text;
                }
            }
            5 | 6 => {
                if open.remove(&file).is_some() {
                    client.close(&uri(&path));
                }
            }
            7 | 8 => {
                write(&root, name(file), &text);
                events.push((path, 2));
            }
            9 => {
                if fs::remove_file(&path).is_ok() {
                    events.push((path, 3));
                }
            }
            10 => {
                let other = root.join(name(numbers.below(12)));
                fs::create_dir_all(other.parent().unwrap()).unwrap();
                if fs::rename(&path, &other).is_ok() {
                    events.push((other, 1));
                    events.push((path, 3));
                }
            }
            // A switch to another branch: many files change at once, and a folder causes only one event.
            _ => {
                if step % 7 == 0 && fs::remove_dir_all(root.join("a")).is_ok() {
                    events.push((root.join("a"), 3));
                }
                for n in 0..6 {
                    write(&root, name(n * 2), &texts[numbers.below(texts.len())]);
                    events.push((root.join(name(n * 2)), 1));
                }
            }
        }
        // Events arrive late, in batches and in a different order.
        if numbers.below(9) == 0 {
            events.sort_by_key(|(path, kind)| (path.as_os_str().len() * 7 % 5, *kind));
            watched(&mut client, &std::mem::take(&mut events));
        }
    }
    watched(&mut client, &events);
    let text = index(&mut client);
    let mut fresh = start(&[&root], true, Value::Null);
    for (file, (buffer, _)) in &open {
        fresh.open(&uri(&root.join(name(*file))), buffer);
    }
    let expected = index(&mut fresh);
    assert!(expected.lines().count() > 12, "{expected}");
    assert_same_lines(&text, &expected);
    fresh.shutdown();
    client.shutdown();
}

#[track_caller]
pub fn assert_same_lines(found: &str, expected: &str) {
    let differs = found.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(found == expected, "{differs:#?}");
}

#[test]
fn symbol_locations_are_resolved_lazily() {
    let (_guard, root) = folder(&[("one.md", ONE), ("sub/two.md", TWO)]);
    let mut client = Client::start(&[]);
    let result = client.initialize(json!({
        "workspaceFolders": [{"uri": uri(&root), "name": "w"}],
        "capabilities": {"workspace": {"symbol": {"resolveSupport": {"properties": ["location.range"]}}}},
    }));
    assert_eq!(result["capabilities"]["workspaceSymbolProvider"], json!({"resolveProvider": true}));
    index(&mut client);
    let found = client.request("workspace/symbol", json!({"query": "start"})).unwrap();
    assert_eq!(found[0]["location"], json!({"uri": uri(&root.join("one.md"))}));
    let resolved = client.request("workspaceSymbol/resolve", found[0].clone()).unwrap();
    let start = &resolved["location"]["range"]["start"];
    assert_eq!((&start["line"], &start["character"]), (&json!(2), &json!(18)));
    client.shutdown();
}

#[test]
fn indexing_can_be_cancelled() {
    let many: Vec<(String, &str)> = (0..3000).map(|number| (format!("plan-{number}.md"), TWO)).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, text)| (&**name, *text)).collect();
    let (_guard, root) = folder(&many);
    let mut client = start(&[&root], true, Value::Null);
    let create = client.server_request("window/workDoneProgress/create");
    client.notify("window/workDoneProgress/cancel", json!({"token": create["params"]["token"]}));
    let file_count = client.request("plansmith/index", Value::Null).unwrap()["files"].as_u64().unwrap();
    assert!(file_count < 3000, "{file_count}");
    let message =
        client.notifications.iter().find(|message| message["method"] == "window/showMessage").unwrap();
    assert!(message["params"]["message"].as_str().unwrap().contains("not read"), "{message}");
    // Commands about all plans return the indexed plans.
    let command = json!({"command": "plansmith.server.status", "arguments": []});
    let status = client.request("workspace/executeCommand", command).unwrap();
    assert_eq!(status["plans"].as_array().unwrap().len() as u64, file_count);
    // The next scan of the folders reads the rest.
    write(&root, ".gitignore", "none\n");
    watched(&mut client, &[(root.join(".gitignore"), 1)]);
    let file_count = client.request("plansmith/index", Value::Null).unwrap()["files"].clone();
    assert_eq!(file_count, 3000);
    client.shutdown();
}

#[test]
fn hints_lenses_and_tokens_are_refreshed_when_another_file_changes() {
    let (_guard, root) = folder(&[("one.md", ONE), ("sub/two.md", TWO)]);
    let mut client = Client::start(&[]);
    let refresh = json!({"refreshSupport": true});
    client.initialize(json!({
        "workspaceFolders": [{"uri": uri(&root), "name": "w"}],
        "capabilities": {
            "workspace": {
                "didChangeWatchedFiles": {"dynamicRegistration": true},
                "inlayHint": refresh, "codeLens": refresh, "semanticTokens": refresh,
            },
        },
    }));
    let one = uri(&root.join("one.md"));
    client.open(&one, ONE);
    index(&mut client);
    let refreshes =
        ["workspace/inlayHint/refresh", "workspace/codeLens/refresh", "workspace/semanticTokens/refresh"];
    for method in refreshes {
        client.server_request(method);
    }
    let tokens = |client: &mut Client| {
        client.request("textDocument/semanticTokens/full", json!({"textDocument": {"uri": one}})).unwrap()
    };
    let before = tokens(&mut client);
    write(&root, "sub/two.md", &TWO.replace("T1-002", "T1-003"));
    watched(&mut client, &[(root.join("sub/two.md"), 2)]);
    for method in refreshes {
        client.server_request(method);
    }
    assert_ne!(tokens(&mut client), before);
    client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"plansmith": {"lenses": {"phases": true}}}}),
    );
    client.server_request("workspace/codeLens/refresh");
    client.shutdown();
}
