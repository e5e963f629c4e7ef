//! One file open under several URIs: each URI has its own text, and the index contains the text that was edited last.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    actions::{apply, full_capabilities, point},
    client::Client,
    workspace::{Numbers, assert_same_lines, codes, folder, index, start, uri, watched, write},
};

const ON_DISK: &str = "# Plan: Disk\n\n- [ ] **T1-001**: Measure\n";
const FIRST: &str = "# Plan: First\n\n- [ ] **T1-001**: Measure\n- [ ] **T1-002**: Build\n";
/// A plan with a table that is not aligned, and with an unknown dependency.
const SECOND: &str = "# Plan: Second\n\nWords.\n\n| A | B |\n|---|---|\n| longer | x |\n\n- [x] **T1-001**: Survey\n- [ ] **T1-002**: Raise\n  - Depends on: T1-001, T1-099\n";
const DEPENDENT: &str = "# Plan: Cranes\n\n- [ ] **T2-001**: Order\n  - Depends on: T1-001\n";

/// A folder with a file that has four URIs, and a second file. The URIs are the file's path, a symbolic link and two other
/// spellings of the path, the second of which is not normalized.
struct Names {
    root: PathBuf,
    path: String,
    link: String,
    spelling: String,
    not_normalized: String,
    other: String,
    _guard: TempDir,
}

impl Names {
    fn new() -> Self {
        let (_guard, root) = folder(&[("a b.md", ON_DISK), ("cranes.md", DEPENDENT)]);
        fs::create_dir(root.join("links")).unwrap();
        std::os::unix::fs::symlink(root.join("a b.md"), root.join("links/link.md")).unwrap();
        Self {
            path: uri(&root.join("a b.md")),
            link: uri(&root.join("links/link.md")),
            spelling: format!("{}/%61%20b.md", uri(&root)),
            not_normalized: format!("{}/./links/../a b.md", uri(&root)),
            other: uri(&root.join("cranes.md")),
            root,
            _guard,
        }
    }

    /// Returns pairs of the path and each of the other URIs.
    fn pairs(&self) -> [(&str, &str); 3] {
        [(&self.path, &self.link), (&self.spelling, &self.path), (&self.path, &self.not_normalized)]
    }

    /// Starts a client with pushed diagnostics.
    fn start_with_pushed_diagnostics(&self) -> Client {
        let mut client = Client::start(&[]);
        client.initialize(json!({
            "capabilities": full_capabilities(),
            "workspaceFolders": [{"uri": uri(&self.root), "name": "w"}],
        }));
        index(&mut client);
        client
    }
}

fn open(client: &mut Client, uri: &str, version: i64, text: &str) {
    let document = json!({"uri": uri, "languageId": "markdown", "version": version, "text": text});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
}

fn position_in(uri: &str, line: u64, character: u64) -> Value {
    json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}})
}

fn published_codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap()).collect()
}

/// Applies a workspace edit. Returns the URI, the version and the new text of each changed document.
fn edited(edit: &Value, texts: &[(&str, &str)]) -> Vec<(String, Value, String)> {
    let changes = edit["documentChanges"].as_array().unwrap().iter();
    let one = |change: &Value| {
        let uri = change["textDocument"]["uri"].as_str().unwrap();
        let (_, text) = texts.iter().find(|(name, _)| *name == uri).unwrap_or_else(|| panic!("{uri}"));
        let text = apply(text, change["edits"].as_array().unwrap());
        (uri.to_owned(), change["textDocument"]["version"].clone(), text)
    };
    changes.map(one).collect()
}

#[test]
fn requests_about_a_buffer_use_its_own_text() {
    let names = Names::new();
    for (first, second) in names.pairs() {
        let mut client = names.start_with_pushed_diagnostics();
        open(&mut client, first, 1, FIRST);
        open(&mut client, second, 5, SECOND);
        assert_eq!(client.document(first), (FIRST.to_owned(), 1));
        assert_eq!(client.document(second), (SECOND.to_owned(), 5));
        assert_eq!(published_codes(&client.diagnostics_of(first, 1)), [""; 0]);
        let diagnostics = client.diagnostics_of(second, 5);
        assert_eq!(published_codes(&diagnostics), ["unknown-dependency"]);
        assert_eq!(diagnostics[0]["range"]["start"]["line"], 10);
        // Hover, outline and hierarchy.
        let hover = |client: &mut Client, uri: &str, line: u64| {
            let hover = client.request("textDocument/hover", position_in(uri, line, 9)).unwrap();
            hover["contents"]["value"].as_str().unwrap().to_owned()
        };
        assert!(hover(&mut client, first, 2).contains("Measure"));
        assert!(hover(&mut client, second, 8).contains("Survey"));
        assert!(client.outline(first)[0].contains("First"));
        assert!(client.outline(second)[0].contains("Second"));
        let item = client.request("textDocument/prepareCallHierarchy", position_in(second, 9, 9)).unwrap()[0]
            .clone();
        assert_eq!(item["uri"], *second);
        let calls = client.request("callHierarchy/outgoingCalls", json!({"item": item})).unwrap();
        assert_eq!(
            (&calls[0]["to"]["uri"], calls[0]["to"]["range"]["start"]["line"].as_u64()),
            (&json!(second), Some(8))
        );
        let item =
            client.request("textDocument/prepareCallHierarchy", position_in(first, 3, 9)).unwrap()[0].clone();
        assert_eq!(client.request("callHierarchy/outgoingCalls", json!({"item": item})), Ok(json!([])));
        // Formatting.
        let format = |client: &mut Client, uri: &str| {
            let options = json!({"tabSize": 2, "insertSpaces": true});
            let params = json!({"textDocument": {"uri": uri}, "options": options});
            client.request("textDocument/formatting", params).unwrap()
        };
        assert_eq!(format(&mut client, first), json!([]));
        let formatted = apply(SECOND, format(&mut client, second).as_array().unwrap());
        assert!(
            formatted.contains("| longer | x   |") || formatted.contains("| longer | x |"),
            "{formatted}"
        );
        assert_ne!(formatted, SECOND);
        // Actions with and without resolving, and commands.
        for (uri, version, text, line) in [(first, 1, FIRST, 3), (second, 5, SECOND, 9)] {
            let params = |only: &str| {
                let context = json!({"diagnostics": [], "only": [only]});
                json!({"textDocument": {"uri": uri}, "range": point(line, 9), "context": context})
            };
            let actions = client.request("textDocument/codeAction", params("refactor")).unwrap();
            let action_with_title = |title: &str| {
                let mut actions = actions.as_array().unwrap().iter();
                actions.find(|action| action["title"] == title).unwrap().clone()
            };
            let done = text.replace("- [ ] **T1-002**", "- [x] **T1-002**");
            let expected = [(uri.to_owned(), json!(version), done)];
            assert_eq!(edited(&action_with_title("Complete task")["edit"], &[(uri, text)]), expected);
            let unresolved = action_with_title("Move T1-002 up");
            assert_eq!(unresolved["data"]["uri"], *uri);
            let resolved = client.request("codeAction/resolve", unresolved).unwrap();
            let moved = edited(&resolved["edit"], &[(uri, text)]);
            assert_eq!((&*moved[0].0, &moved[0].1), (uri, &json!(version)));
            let argument = json!({"textDocument": {"uri": uri}, "ranges": [point(line, 0)]});
            let command = json!({"command": "plansmith.server.toggleTask", "arguments": [argument]});
            assert_eq!(client.request("workspace/executeCommand", command), Ok(json!({"changed": 1})));
            let applied = client.server_request("workspace/applyEdit")["params"]["edit"].clone();
            assert_eq!(edited(&applied, &[(uri, text)]), expected);
            let argument = json!({"textDocument": {"uri": uri}});
            let command = json!({"command": "plansmith.server.items", "arguments": [argument]});
            let items = client.request("workspace/executeCommand", command).unwrap();
            assert_eq!(items[1]["range"]["start"]["line"], line);
        }
        // An action of a buffer that has been closed is not applied to the other buffer.
        let context = json!({"diagnostics": [], "only": ["refactor"]});
        let params = json!({"textDocument": {"uri": second}, "range": point(9, 9), "context": context});
        let actions = client.request("textDocument/codeAction", params).unwrap();
        let mut unresolved = actions.as_array().unwrap().iter().filter(|action| action["data"].is_object());
        let unresolved = unresolved.next().unwrap().clone();
        client.close(second);
        open(&mut client, first, 5, SECOND);
        let error = client.request("codeAction/resolve", unresolved).unwrap_err();
        assert_eq!(error["code"], -32801);
        client.shutdown();
    }
}

#[test]
fn edits_and_closing_affect_one_buffer_only() {
    let names = Names::new();
    for (first, second) in names.pairs() {
        let mut client = names.start_with_pushed_diagnostics();
        open(&mut client, first, 1, FIRST);
        open(&mut client, second, 1, SECOND);
        assert_eq!(client.diagnostics_of(first, 1).len(), 0);
        assert_eq!(client.diagnostics_of(second, 1).len(), 1);
        client.change(second, 2, json!([{"range": point(3, 0), "text": "More.\n"}]));
        let second_text = SECOND.replace("Words.\n\n", "Words.\nMore.\n\n");
        assert_eq!(client.document(first), (FIRST.to_owned(), 1));
        assert_eq!(client.document(second), (second_text.clone(), 2));
        assert_eq!(client.diagnostics_of(second, 2)[0]["range"]["start"]["line"], 11);
        client.change(first, 2, json!([{"range": point(2, 0), "text": "Own.\n\n"}]));
        let first_text = FIRST.replace("\n\n- [ ] **T1-001**", "\n\nOwn.\n\n- [ ] **T1-001**");
        assert_eq!(client.document(first), (first_text.clone(), 2));
        assert_eq!(client.document(second), (second_text, 2));
        assert_eq!(client.diagnostics_of(first, 2).len(), 0);
        assert_eq!(client.unread_diagnostics(second), 0);
        // Diagnostics of the closed buffer are cleared; the other buffer is unchanged.
        client.close(second);
        let cleared = client.diagnostics(second);
        assert_eq!((&cleared["version"], &cleared["diagnostics"]), (&Value::Null, &json!([])));
        assert_eq!(client.document(first), (first_text.clone(), 2));
        client.change(
            first,
            3,
            json!([{"range": point(2, 0), "text": "- [ ] x\n  - Depends on: T1-098\n\n"}]),
        );
        assert_eq!(published_codes(&client.diagnostics_of(first, 3)), ["unknown-dependency"]);
        // Reopened with its own text, then opened again without being closed.
        open(&mut client, second, 1, SECOND);
        assert_eq!(client.diagnostics_of(second, 1).len(), 1);
        open(&mut client, second, 7, ON_DISK);
        assert_eq!(client.document(second), (ON_DISK.to_owned(), 7));
        assert_eq!(client.diagnostics_of(second, 7).len(), 0);
        assert_eq!(client.document(first).1, 3);
        client.close(first);
        assert_eq!(client.document(second), (ON_DISK.to_owned(), 7));
        client.close(second);
        let closed = client.request("plansmith/documentText", json!({"textDocument": {"uri": second}}));
        assert_eq!(closed, Ok(Value::Null));
        client.shutdown();
    }
}

#[test]
fn the_index_contains_the_buffer_that_was_edited_last() {
    let names = Names::new();
    for (first, second) in names.pairs() {
        let mut client = start(&[&names.root], true, Value::Null);
        let titles = |client: &mut Client| {
            let text = index(client);
            assert_eq!(text.matches(" plan Summary").count(), 2, "{text}");
            let mut all = ["Plan: First", "Plan: Second", "Plan: Disk"].into_iter();
            all.find(|title| text.contains(title)).unwrap()
        };
        open(
            &mut client,
            &names.other,
            1,
            &DEPENDENT.replace("T1-001", "T1-002").replace("T2-001", "T1-050"),
        );
        assert_eq!(titles(&mut client), "Plan: Disk");
        assert_eq!(codes(&mut client, &names.other), ["unknown-dependency"]);
        open(&mut client, first, 1, FIRST);
        assert_eq!(titles(&mut client), "Plan: First");
        assert_eq!(codes(&mut client, &names.other), [""; 0]);
        open(&mut client, second, 1, SECOND);
        assert_eq!(titles(&mut client), "Plan: Second");
        client.change(first, 2, json!([{"range": point(1, 0), "text": "\n"}]));
        assert_eq!(titles(&mut client), "Plan: First");
        // Requests about a URI use its own buffer, whichever buffer is in the index.
        assert_eq!(codes(&mut client, first), [""; 0]);
        assert_eq!(codes(&mut client, second), ["unknown-dependency"]);
        // Definitions from other files are in the buffer that is in the index.
        let definition = client.request("textDocument/definition", position_in(&names.other, 3, 17)).unwrap();
        let found = if definition.is_array() { definition[0].clone() } else { definition };
        assert_eq!((&found["uri"], found["range"]["start"]["line"].as_u64()), (&json!(first), Some(4)));
        client.close(first);
        assert_eq!(titles(&mut client), "Plan: Second");
        // An open file is not read from disk.
        write(&names.root, "a b.md", &ON_DISK.replace("Measure", "Weigh"));
        watched(&mut client, &[(names.root.join("a b.md"), 2)]);
        assert_eq!(titles(&mut client), "Plan: Second");
        client.close(second);
        assert_eq!(titles(&mut client), "Plan: Disk");
        assert!(index(&mut client).contains("Weigh"));
        assert_eq!(codes(&mut client, &names.other), ["unknown-dependency"]);
        client.shutdown();
    }
}

#[test]
fn a_link_to_the_same_file_refers_to_the_same_buffer() {
    let names = Names::new();
    let link = "# Plan\n\n- [ ] x\n\n[here](<a b.md#goal>)\n\n";
    for (first, second) in names.pairs() {
        let mut client = start(&[&names.root], true, Value::Null);
        open(&mut client, first, 1, &format!("{link}## Goal\n"));
        open(&mut client, second, 1, &format!("{link}## Aim\n\n## End\n"));
        index(&mut client);
        assert_eq!(codes(&mut client, first), [""; 0]);
        let definition = client.request("textDocument/definition", position_in(first, 4, 12)).unwrap();
        let found = if definition.is_array() { definition[0].clone() } else { definition };
        assert_eq!((&found["uri"], found["range"]["start"]["line"].as_u64()), (&json!(first), Some(6)));
        assert_eq!(codes(&mut client, second), ["broken-anchor"]);
        client.shutdown();
    }
}

#[test]
fn workspace_diagnostics_include_each_buffer() {
    let names = Names::new();
    let mut client = start(&[&names.root], true, json!({"diagnostics": {"scope": "workspace"}}));
    open(&mut client, &names.path, 1, FIRST);
    open(&mut client, &names.link, 4, SECOND);
    index(&mut client);
    let report = client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
    let of = |uri: &str| {
        let mut items = report["items"].as_array().unwrap().iter();
        let item = items.find(|item| item["uri"] == *uri).unwrap_or_else(|| panic!("{uri}: {report}"));
        (item["version"].clone(), item["items"].as_array().unwrap().len())
    };
    assert_eq!(of(&names.path), (json!(1), 0));
    assert_eq!(of(&names.link), (json!(4), 1));
    assert_eq!(of(&names.other), (Value::Null, 0));
    client.shutdown();
}

#[test]
fn renaming_changes_every_unsaved_buffer() {
    let names = Names::new();
    let with_words =
        |text: &str| text.replace("T1-00", "Task 1.").replace("T1-09", "Task 1.").replace("T2-00", "Task 2.");
    let [on_disk, first_plan, second_plan, dependent] = [ON_DISK, FIRST, SECOND, DEPENDENT].map(with_words);
    let (on_disk, dependent) = (&*on_disk, &*dependent);
    write(&names.root, "a b.md", on_disk);
    write(&names.root, "cranes.md", dependent);
    for (first, second) in names.pairs() {
        let mut client = names.start_with_pushed_diagnostics();
        let rename = |client: &mut Client, uri: &str, line: u64, new: &str| {
            index(client);
            let mut params = position_in(uri, line, 10);
            params["newName"] = json!(new);
            client.request("textDocument/rename", params).unwrap()
        };
        let renamed = |text: &str| text.replace("Task 1.1", "Task 1.7");
        // The second buffer is as on disk: the editor reloads it when the first one is saved.
        open(&mut client, first, 3, &first_plan);
        open(&mut client, second, 1, on_disk);
        let texts = [(first, &*first_plan), (second, on_disk), (&*names.other, dependent)];
        let edit = rename(&mut client, first, 2, "Task 1.7");
        let own = (first.to_owned(), json!(3), renamed(&first_plan));
        let further_file = (names.other.clone(), Value::Null, renamed(dependent));
        assert_eq!(edited(&edit, &texts), [own.clone(), further_file.clone()]);
        // A buffer with its own text would restore the old name when it is saved.
        client.change(second, 2, json!([{"text": second_plan}]));
        let texts = [(first, &*first_plan), (second, &*second_plan), (&*names.other, dependent)];
        let edit = rename(&mut client, first, 2, "Task 1.7");
        let further = (second.to_owned(), json!(2), renamed(&second_plan));
        assert_eq!(edited(&edit, &texts), [own.clone(), further.clone(), further_file.clone()]);
        let edit = rename(&mut client, second, 8, "Task 1.7");
        assert_eq!(edited(&edit, &texts), [further, own, further_file]);
        // From another file: both buffers, each at its own positions.
        let (first_text, second_text) =
            (first_plan.clone() + "  - Depends on: Task 2.1\n", second_plan.replace("Task 1.9", "Task 2.1"));
        client.change(first, 4, json!([{"text": first_text}]));
        client.change(second, 3, json!([{"text": second_text}]));
        open(&mut client, &names.other, 1, dependent);
        let edit = rename(&mut client, &names.other, 2, "Task 2.9");
        let texts = [(first, &*first_text), (second, &*second_text), (&*names.other, dependent)];
        let renamed = |text: &str| text.replace("Task 2.1", "Task 2.9");
        assert_eq!(
            edited(&edit, &texts),
            [
                (names.other.clone(), json!(1), renamed(dependent)),
                (second.to_owned(), json!(3), renamed(&second_text)),
                (first.to_owned(), json!(4), renamed(&first_text)),
            ]
        );
        client.shutdown();
    }
}

/// Buffers of a client: text, version, and the step in which each was last opened or edited.
#[derive(Default)]
struct BufferModel {
    open: BTreeMap<String, (String, i64, usize)>,
}

impl BufferModel {
    fn current(&self) -> Option<&str> {
        self.open.values().max_by_key(|(_, _, when)| *when).map(|(text, ..)| &**text)
    }
}

#[test]
fn random_operations_on_four_uris_of_one_file() {
    let names = Names::new();
    let uris = [&names.path, &names.link, &names.spelling, &names.not_normalized];
    let mut client = start(&[&names.root], true, Value::Null);
    let mut numbers = Numbers(11);
    let mut model = BufferModel::default();
    let mut on_disk = ON_DISK.to_owned();
    let title = |text: &str| -> String { text.lines().next().unwrap().trim_start_matches("# ").to_owned() };
    for step in 0..600 {
        let uri = uris[numbers.below(4)].clone();
        let fresh = format!("# Plan: N{step}\n\n- [ ] **T1-001**: Task {step}\n");
        match (numbers.below(10), model.open.get_mut(&uri)) {
            (0..=2, None) => {
                let version = numbers.below(4) as i64;
                open(&mut client, &uri, version, &fresh);
                model.open.insert(uri.clone(), (fresh, version, step));
            }
            (0, Some((text, version, when))) => {
                *version += 1;
                client.change(&uri, *version, json!([{"text": fresh}]));
                (*text, *when) = (fresh, step);
            }
            (1..=5, Some((text, version, when))) => {
                *version += 1;
                let line = format!("- [ ] **T1-{step:03}**: More\n");
                client.change(&uri, *version, json!([{"range": point(2, 0), "text": line}]));
                let at: usize = text.split_inclusive('\n').take(2).map(str::len).sum();
                text.insert_str(at, &line);
                *when = step;
            }
            (6 | 7, Some(_)) => {
                client.close(&uri);
                model.open.remove(&uri);
            }
            (8, _) => {
                write(&names.root, "a b.md", &fresh);
                watched(&mut client, &[(names.root.join("a b.md"), 2)]);
                on_disk = fresh;
            }
            _ => {}
        }
        if let Some((text, version, _)) = model.open.get(&uri) {
            let mut expected: Vec<String> = text
                .lines()
                .filter_map(|line| Some(line.strip_prefix("- [ ] **")?.replacen("**:", "", 1)))
                .collect();
            let tasks = expected.len();
            expected.insert(0, format!("{} (0/{tasks} · 0%)", title(text)));
            assert_eq!(client.outline(&uri), expected, "{uri} in step {step}");
            assert_eq!(client.document(&uri), (text.clone(), *version), "{uri} in step {step}");
        }
        if step % 40 == 39 {
            let found = index(&mut client);
            let expected = title(model.current().unwrap_or(&on_disk));
            assert!(found.contains(&format!("\"{expected}\"")), "step {step}: {expected} in {found}");
        }
    }
    // A new server with the same buffers, the current one opened last, has the same index.
    let found = index(&mut client);
    let mut fresh = start(&[&names.root], true, Value::Null);
    let mut order: Vec<_> = model.open.iter().collect();
    order.sort_by_key(|(_, (_, _, when))| *when);
    for (uri, (text, version, _)) in order {
        open(&mut fresh, uri, *version, text);
    }
    assert_same_lines(&found, &index(&mut fresh));
    fresh.shutdown();
    client.shutdown();
}
