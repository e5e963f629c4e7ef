//! A workspace of plans: the index, as files change in buffers and on disk, and what follows from it in an editor.

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

/// A folder with these files; its real path.
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

/// A client with these folders that can do everything, or, without `watches`, leaves watching to the server.
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

/// What the index holds, once nothing is left to do.
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
    let registered = client.asked_of_us.iter().any(|request| {
        request["method"] == "client/registerCapability"
            && request["params"]["registrations"][0]["method"] == "workspace/didChangeWatchedFiles"
    });
    assert!(registered);
    client.shutdown();
}

#[test]
fn findings_follow_other_files() {
    let (_guard, root) = folder(&[("one.md", ONE), ("sub/two.md", TWO)]);
    let mut client = start(&[&root], true, Value::Null);
    let one = uri(&root.join("one.md"));
    client.open(&one, ONE);
    index(&mut client);
    assert_eq!(codes(&mut client, &one), [""; 0]);
    let refreshes = |client: &mut Client| {
        client.drain();
        client
            .asked_of_us
            .iter()
            .filter(|request| request["method"] == "workspace/diagnostic/refresh")
            .count()
    };
    // In a buffer that is not saved.
    let two = uri(&root.join("sub/two.md"));
    client.open(&two, TWO);
    client.change(&two, 2, json!([{"text": "# Plan: Two\n\n## Aim\n\n- [ ] **T1-077**: Go on\n"}]));
    index(&mut client);
    assert_eq!(codes(&mut client, &one), ["broken-anchor", "unknown-dependency"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let before = refreshes(&mut client);
    assert!(before > 0, "the client is told to ask again");
    // What is no news to others tells nobody.
    client.change(&two, 3, json!([{"range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 0}}, "text": "Some text.\n"}]));
    index(&mut client);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(refreshes(&mut client), before);
    // Closed without saving: the disk counts again. A change on disk of an open file does not.
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
fn our_own_eyes_where_the_client_has_none() {
    let (_guard, root) = folder(&[("one.md", ONE), ("sub/two.md", TWO)]);
    let mut client = start(&[&root], false, Value::Null);
    index(&mut client);
    let wait_for = |client: &mut Client, what: &str, there: bool| {
        let deadline = std::time::Instant::now() + crate::client::PATIENCE;
        loop {
            let text = index(client);
            if text.contains(what) == there {
                return;
            }
            assert!(std::time::Instant::now() < deadline, "{what}: {text}");
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
fn folders_come_and_go() {
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
    // A file outside works alone; of what it links to, existence is looked up and nothing is read.
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
fn one_document_whatever_its_spelling() {
    let (_guard, root) = folder(&[("a b.md", "# Plan: A\n\n- [ ] x\n")]);
    let link = root.parent().unwrap().join(format!("{}-link", root.file_name().unwrap().to_string_lossy()));
    std::os::unix::fs::symlink(&root, &link).unwrap();
    let mut client = start(&[&link], true, Value::Null);
    index(&mut client);
    // Answers below the folder as the client spells it.
    let found = client.request("workspace/symbol", json!({"query": "plana"})).unwrap();
    assert_eq!(found[0]["location"]["uri"], uri(&link.join("a b.md")));
    // Opened by its real path, asked for by another spelling.
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
fn links_follow_files() {
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
    let nothing = json!({"files": [{"uri": uri(&root.join("none.md"))}]});
    assert_eq!(client.request("workspace/willDeleteFiles", nothing), Ok(Value::Null));
    client.shutdown();
}

#[test]
fn a_new_file_is_offered_the_template_of_its_neighbours() {
    let plan = "# Execution Plan: X\n\n**Status**: Draft\n\n## Goal\n\n## Scope\n";
    let plan = format!("---\ntemplate: execution-plan\n---\n{plan}");
    let (_guard, root) = folder(&[("plans/a.md", &plan), ("plans/b.md", &plan), ("plans/c.md", "")]);
    let mut client = start(&[&root], true, Value::Null);
    index(&mut client);
    client.notify("workspace/didCreateFiles", json!({"files": [{"uri": uri(&root.join("plans/c.md"))}]}));
    let question = client.asked("window/showMessageRequest");
    assert_eq!(question["params"]["actions"][0]["title"], "Start from execution-plan");
    let edit = client.asked("workspace/applyEdit");
    let change = &edit["params"]["edit"]["documentChanges"][0];
    // It is not open, so it has no version.
    assert_eq!(change["textDocument"], json!({"uri": uri(&root.join("plans/c.md")), "version": null}));
    assert!(change["edits"][0]["newText"].as_str().unwrap().contains("# Execution Plan: C"), "{edit}");
    client.shutdown();
}

#[test]
fn closed_plans_where_settings_say_so() {
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
    let known: Vec<Value> =
        items.iter().map(|item| json!({"uri": item["uri"], "value": item["resultId"]})).collect();
    // Held until something changes.
    let held = client.send_request("workspace/diagnostic", json!({"previousResultIds": known}));
    assert!(index(&mut client).contains("Plan: Two"));
    write(&root, "one.md", "# Plan: One\n\n**Status**: Done\n\n- [x] open\n");
    watched(&mut client, &[(root.join("one.md"), 2)]);
    let report = client.wait_response(held).unwrap();
    assert_eq!(
        report["items"].as_array().unwrap().iter().map(shown).collect::<Vec<_>>(),
        ["one.md 0", "two.md 0"]
    );
    client.shutdown();
    // Not announced otherwise; pushed to clients that do not pull.
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

/// Settings files: their errors stand at their place, the last good ones stay in force.
#[test]
fn settings_files() {
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
    let said = client.diagnostics(&toml);
    assert_eq!(said["diagnostics"][0]["range"]["start"], json!({"line": 2, "character": 0}));
    assert!(
        said["diagnostics"][0]["message"].as_str().unwrap().starts_with("there is no rule `nonsense`"),
        "{said}"
    );
    assert_eq!(codes(&mut client, &a), ["malformed-checkbox"]);
    assert_eq!(codes(&mut client, &b), ["broken-link"]);
    // Broken for a moment.
    write(&root, "plansmith.toml", "[rules\n");
    watched(&mut client, &[(root.join("plansmith.toml"), 2)]);
    index(&mut client);
    assert_eq!(client.diagnostics(&toml)["diagnostics"].as_array().unwrap().len(), 1);
    assert_eq!(codes(&mut client, &a), ["malformed-checkbox"]);
    write(&root, "plansmith.toml", "exclude = [\"archive/**\"]\n[states]\ndone = [\"erledigt\"]\n");
    watched(&mut client, &[(root.join("plansmith.toml"), 2)]);
    assert!(!index(&mut client).contains("Old one"));
    assert_eq!(client.diagnostics(&toml)["diagnostics"], json!([]));
    assert_eq!(codes(&mut client, &a), ["broken-link", "malformed-checkbox"]);
    client.change(&a, 2, json!([{"text": "# Plan: One\n\n**Status**: Erledigt\n\n- [ ] x\n"}]));
    assert_eq!(codes(&mut client, &a), ["status-open-tasks"]);
    client.shutdown();
}

/// The terminal and the editor say the same of the same folder.
#[test]
fn check_agrees_with_the_editor() {
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

/// A small generator of numbers (SplitMix64), the same ones every time.
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

/// Whatever happens in buffers and on disk, in whatever order the events come: the index ends as that of a server that was
/// started afterwards and has the same buffers open.
#[test]
fn ten_thousand_operations_leave_no_trace() {
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
                if let Entry::Vacant(place) = open.entry(file) {
                    client.open(&uri(&path), &text);
                    place.insert((text, 1));
                }
            }
            2..=4 => {
                if let Some((held, version)) = open.get_mut(&file) {
                    *version += 1;
                    client.change(&uri(&path), *version, json!([{"text": text}]));
                    *held = text;
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
            // Another branch: many files at once, then their events, of which the client tells the folder's only.
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
        // Events come late, in heaps and in odd order.
        if numbers.below(9) == 0 {
            events.sort_by_key(|(path, kind)| (path.as_os_str().len() * 7 % 5, *kind));
            watched(&mut client, &std::mem::take(&mut events));
        }
    }
    watched(&mut client, &events);
    let text = index(&mut client);
    let mut fresh = start(&[&root], true, Value::Null);
    for (file, (held, _)) in &open {
        fresh.open(&uri(&root.join(name(*file))), held);
    }
    let expected = index(&mut fresh);
    assert!(expected.lines().count() > 12, "{expected}");
    pretty(&text, &expected);
    fresh.shutdown();
    client.shutdown();
}

#[track_caller]
pub fn pretty(found: &str, expected: &str) {
    let differs = found.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(found == expected, "{differs:#?}");
}

#[test]
fn a_symbol_is_placed_when_it_is_chosen() {
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
    let placed = client.request("workspaceSymbol/resolve", found[0].clone()).unwrap();
    let start = &placed["location"]["range"]["start"];
    assert_eq!((&start["line"], &start["character"]), (&json!(2), &json!(18)));
    client.shutdown();
}

#[test]
fn reading_can_be_stopped() {
    let many: Vec<(String, &str)> = (0..3000).map(|number| (format!("plan-{number}.md"), TWO)).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, text)| (&**name, *text)).collect();
    let (_guard, root) = folder(&many);
    let mut client = start(&[&root], true, Value::Null);
    let create = client.asked("window/workDoneProgress/create");
    client.notify("window/workDoneProgress/cancel", json!({"token": create["params"]["token"]}));
    let read = client.request("plansmith/index", Value::Null).unwrap()["files"].as_u64().unwrap();
    assert!(read < 3000, "{read}");
    let said = client.notifications.iter().find(|message| message["method"] == "window/showMessage").unwrap();
    assert!(said["params"]["message"].as_str().unwrap().contains("were not read"), "{said}");
    // What waits for all plans answers about those that are known.
    let command = json!({"command": "plansmith.server.status", "arguments": []});
    let status = client.request("workspace/executeCommand", command).unwrap();
    assert_eq!(status["plans"].as_array().unwrap().len() as u64, read);
    // The next look into the folders reads the rest.
    write(&root, ".gitignore", "none\n");
    watched(&mut client, &[(root.join(".gitignore"), 1)]);
    let read = client.request("plansmith/index", Value::Null).unwrap()["files"].clone();
    assert_eq!(read, 3000);
    client.shutdown();
}

#[test]
fn what_shows_is_asked_for_again_when_another_file_changes() {
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
        client.asked(method);
    }
    let tokens = |client: &mut Client| {
        client.request("textDocument/semanticTokens/full", json!({"textDocument": {"uri": one}})).unwrap()
    };
    let before = tokens(&mut client);
    write(&root, "sub/two.md", &TWO.replace("T1-002", "T1-003"));
    watched(&mut client, &[(root.join("sub/two.md"), 2)]);
    for method in refreshes {
        client.asked(method);
    }
    assert_ne!(tokens(&mut client), before);
    client.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"plansmith": {"lenses": {"phases": true}}}}),
    );
    client.asked("workspace/codeLens/refresh");
    client.shutdown();
}
