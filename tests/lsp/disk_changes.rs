//! Changes on disk: a running server returns the same results as a server that is started afterwards, whether the client or
//! the server watches files, and whether diagnostics are pulled or pushed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::{Client, MAX_RESPONSE_TIME, simple_capabilities},
    faults::{folder, index, uri},
};

/// Capabilities of a client.
#[derive(Clone, Copy, Debug)]
struct ClientSetup {
    watches: bool,
    pulls: bool,
}

const CLIENT_SETUPS: [ClientSetup; 4] = [
    ClientSetup { watches: true, pulls: true },
    ClientSetup { watches: true, pulls: false },
    ClientSetup { watches: false, pulls: true },
    ClientSetup { watches: false, pulls: false },
];

/// A client with a folder, its open documents and the diagnostics that it shows.
struct Session {
    client: Client,
    root: PathBuf,
    setup: ClientSetup,
    open: BTreeMap<PathBuf, (String, i64)>,
    shown: BTreeMap<String, Value>,
    /// Documents whose diagnostics must be pulled.
    to_pull: BTreeSet<PathBuf>,
}

impl Session {
    fn start(root: &Path, setup: ClientSetup) -> Self {
        let mut client = Client::start(&[]);
        let mut capabilities = simple_capabilities();
        capabilities["workspace"] = json!({
            "didChangeWatchedFiles": {"dynamicRegistration": setup.watches},
            "diagnostics": {"refreshSupport": true},
        });
        if setup.pulls {
            capabilities["textDocument"]["diagnostic"] = json!({});
        }
        client.initialize(json!({
            "workspaceFolders": [{"uri": uri(root), "name": "w"}],
            "initializationOptions": {"diagnostics": {"scope": "workspace"}},
            "capabilities": capabilities,
        }));
        index(&mut client);
        Self {
            client,
            root: root.to_owned(),
            setup,
            open: BTreeMap::new(),
            shown: BTreeMap::new(),
            to_pull: BTreeSet::new(),
        }
    }

    fn open(&mut self, path: &Path, text: &str) {
        self.client.open(&uri(path), text);
        self.open.insert(path.to_owned(), (text.to_owned(), 1));
        self.to_pull.insert(path.to_owned());
    }

    fn change(&mut self, path: &Path, text: &str) {
        let Some((buffer, version)) = self.open.get_mut(path) else { return };
        *version += 1;
        *buffer = text.to_owned();
        self.client.change(&uri(path), *version, json!([{"text": text}]));
        self.to_pull.insert(path.to_owned());
    }

    fn close(&mut self, path: &Path) {
        if self.open.remove(path).is_some() {
            self.client.close(&uri(path));
            self.to_pull.remove(path);
            if self.setup.pulls {
                self.shown.remove(&uri(path));
            }
        }
    }

    /// Changes files on disk and reports the changes as editors do.
    fn change_on_disk(&mut self, change: impl FnOnce(&Path)) {
        let before = tree(&self.root);
        change(&self.root);
        self.report(&before);
    }

    /// Reports changes on disk: only those that the server watches, and only the folder if a folder was created or deleted.
    fn report(&mut self, before: &BTreeMap<PathBuf, Entry>) {
        if !self.setup.watches {
            return;
        }
        let after = tree(&self.root);
        let mut events: Vec<(&PathBuf, u32)> = Vec::new();
        for (path, entry) in before {
            let current = after.get(path);
            if current.is_none_or(|current| current.kind != entry.kind) {
                events.push((path, 3));
            } else if current.is_some_and(|current| current != entry && entry.kind != 'd')
                && is_reported_when_changed(path)
            {
                events.push((path, 2));
            }
        }
        for (path, entry) in &after {
            if before.get(path).is_none_or(|before| before.kind != entry.kind) {
                events.push((path, 1));
            }
        }
        let all: BTreeSet<(PathBuf, u32)> =
            events.iter().map(|(path, kind)| ((*path).clone(), *kind)).collect();
        events.retain(|(path, kind)| {
            !path.ancestors().skip(1).any(|above| all.contains(&(above.to_owned(), *kind)))
        });
        let changes: Vec<Value> =
            events.iter().map(|(path, kind)| json!({"uri": uri(path), "type": kind})).collect();
        self.client.notify("workspace/didChangeWatchedFiles", json!({"changes": changes}));
    }

    /// Processes received messages: shows pushed diagnostics, and pulls diagnostics after a refresh.
    fn process_messages(&mut self, files: &BTreeSet<PathBuf>) {
        self.client.drain();
        if self.setup.pulls {
            let refreshed = self
                .client
                .server_requests
                .iter()
                .any(|request| request["method"] == "workspace/diagnostic/refresh");
            self.client.server_requests.clear();
            if refreshed {
                self.to_pull.extend(self.open.keys().cloned());
            }
            for path in std::mem::take(&mut self.to_pull) {
                let params = json!({"textDocument": {"uri": uri(&path)}});
                let report = self.client.request("textDocument/diagnostic", params).unwrap();
                self.shown.insert(uri(&path), report["items"].clone());
            }
        } else {
            for path in files {
                while self.client.unread_diagnostics(&uri(path)) > 0 {
                    let published = self.client.diagnostics(&uri(path));
                    self.shown.insert(uri(path), published["diagnostics"].clone());
                }
            }
        }
    }

    /// Returns all results of the server for comparison.
    fn view(&mut self, files: &BTreeSet<PathBuf>) -> BTreeMap<String, Value> {
        let mut view = BTreeMap::new();
        view.insert("index".to_owned(), Value::from(index(&mut self.client)));
        for query in ["", "plan", "t1"] {
            let found = self.client.request("workspace/symbol", json!({"query": query})).unwrap();
            view.insert(format!("symbols `{query}`"), found);
        }
        let templates = json!({"command": "plansmith.server.listTemplates"});
        view.insert(
            "templates".to_owned(),
            self.client.request("workspace/executeCommand", templates).unwrap(),
        );
        let open: Vec<(PathBuf, usize)> =
            self.open.iter().map(|(path, (text, _))| (path.clone(), text.lines().count())).collect();
        for (path, lines) in open {
            let document = json!({"uri": uri(&path)});
            for method in ["textDocument/documentSymbol", "textDocument/documentLink"] {
                let answer = self.client.request(method, json!({"textDocument": document})).unwrap();
                view.insert(format!("{method} of {}", path.display()), answer);
            }
            // After `[x](` on the last line.
            let position = json!({"line": lines - 1, "character": 6});
            let params = json!({"textDocument": document, "position": position});
            let answer = self.client.request("textDocument/completion", params).unwrap();
            view.insert(format!("completion in {}", path.display()), answer);
        }
        if self.setup.pulls {
            let report =
                self.client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
            for item in report["items"].as_array().unwrap() {
                let uri = item["uri"].as_str().unwrap();
                view.insert(format!("closed {uri}"), item["items"].clone());
            }
        }
        self.process_messages(files);
        for (uri, shown) in &self.shown {
            if shown.as_array().is_some_and(|shown| !shown.is_empty()) {
                view.insert(format!("shown {uri}"), shown.clone());
            }
        }
        view
    }

    /// Waits until the diagnostics of a rule shown for a document name these values.
    #[track_caller]
    fn expect_diagnostics(&mut self, path: &Path, code: &str, expected: &[&str]) {
        let deadline = Instant::now() + MAX_RESPONSE_TIME;
        loop {
            index(&mut self.client);
            self.process_messages(&BTreeSet::from([path.to_owned()]));
            let none = json!([]);
            let shown = self.shown.get(&uri(path)).unwrap_or(&none).as_array().unwrap();
            let messages: Vec<&str> = shown
                .iter()
                .filter(|item| item["code"] == code)
                .filter_map(|item| item["message"].as_str()?.split('`').nth(1))
                .collect();
            if messages == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{:?}: {messages:?} instead of {expected:?}", self.setup);
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn expect_templates(&mut self, expected: &[&str]) {
        let deadline = Instant::now() + MAX_RESPONSE_TIME;
        loop {
            index(&mut self.client);
            let command = json!({"command": "plansmith.server.listTemplates"});
            let listed = self.client.request("workspace/executeCommand", command).unwrap();
            let own = listed.as_array().unwrap().iter().filter(|template| template["origin"] != "built-in");
            let names: Vec<&str> = own.filter_map(|template| template["name"].as_str()).collect();
            if names == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{:?}: {names:?} instead of {expected:?}", self.setup);
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn expect_index(&mut self, text: &str, is_included: bool) {
        let deadline = Instant::now() + MAX_RESPONSE_TIME;
        while index(&mut self.client).contains(text) != is_included {
            assert!(Instant::now() < deadline, "{:?}: {text}", self.setup);
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Returns whether the server watches the content of this file.
fn is_reported_when_changed(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.ends_with(".md") || [".gitignore", ".ignore", "plansmith.toml"].contains(&name)
}

/// A file, folder or link on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// `f`, `d` or `l`.
    kind: char,
    text: Vec<u8>,
}

/// Returns all entries below a folder.
fn tree(root: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let entry = if kind.is_symlink() {
                let target = fs::read_link(&path).unwrap();
                Entry { kind: 'l', text: target.to_str().unwrap().into() }
            } else if kind.is_dir() {
                folders.push(path.clone());
                Entry { kind: 'd', text: Vec::new() }
            } else {
                Entry { kind: 'f', text: fs::read(&path).unwrap() }
            };
            found.insert(path, entry);
        }
    }
    found
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn link(target: &Path, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

const LINKS: &str = "# Plan: One\n\n- [ ] [a](img/a.png) [b](pictures/) [c](src/x.rs) [d](d.md)\n";

#[test]
fn links_to_files_outside_of_the_index() {
    for setup in CLIENT_SETUPS {
        let (_guard, root) = folder(&[("plan.md", LINKS), ("closed.md", LINKS)]);
        let mut session = Session::start(&root, setup);
        let plan = root.join("plan.md");
        session.open(&plan, LINKS);
        session.expect_diagnostics(&plan, "broken-link", &["img/a.png", "pictures/", "src/x.rs", "d.md"]);
        session.change_on_disk(|root| write(root, "img/a.png", "x"));
        session.expect_diagnostics(&plan, "broken-link", &["pictures/", "src/x.rs", "d.md"]);
        session.change_on_disk(|root| fs::create_dir(root.join("pictures")).unwrap());
        session.expect_diagnostics(&plan, "broken-link", &["src/x.rs", "d.md"]);
        session.change_on_disk(|root| write(root, "elsewhere/x.rs", ""));
        session.change_on_disk(|root| fs::rename(root.join("elsewhere"), root.join("src")).unwrap());
        session.expect_diagnostics(&plan, "broken-link", &["d.md"]);
        session.change_on_disk(|root| write(root, "real.md", "# Real\n"));
        session.change_on_disk(|root| link(&root.join("real.md"), &root.join("d.md")));
        session.expect_diagnostics(&plan, "broken-link", &[]);
        // The target of the link is deleted.
        session.change_on_disk(|root| fs::remove_file(root.join("real.md")).unwrap());
        session.expect_diagnostics(&plan, "broken-link", &["d.md"]);
        session.change_on_disk(|root| fs::remove_dir_all(root.join("img")).unwrap());
        session.expect_diagnostics(&plan, "broken-link", &["img/a.png", "d.md"]);
        session.change_on_disk(|root| fs::remove_file(root.join("src/x.rs")).unwrap());
        session.expect_diagnostics(&plan, "broken-link", &["img/a.png", "src/x.rs", "d.md"]);
        if !setup.pulls {
            // Diagnostics of a closed plan are updated as well.
            session.expect_diagnostics(
                &root.join("closed.md"),
                "broken-link",
                &["img/a.png", "src/x.rs", "d.md"],
            );
        }
        session.client.shutdown();
    }
}

#[test]
fn a_file_that_becomes_a_symbolic_link() {
    let task = "# Plan: Two\n\n- [ ] **T1-007**: x\n";
    for setup in CLIENT_SETUPS {
        let (_guard, root) =
            folder(&[("a.md", task), ("b.md", task), ("out/c.md", task), (".gitignore", "out/\n")]);
        let mut session = Session::start(&root, setup);
        session.expect_index("/a.md plan", true);
        session.change_on_disk(|root| {
            fs::remove_file(root.join("a.md")).unwrap();
            link(&root.join("b.md"), &root.join("a.md"));
        });
        session.expect_index("/a.md plan", false);
        // A file in an ignored folder is part of the workspace if a link leads to it.
        session.change_on_disk(|root| link(&root.join("out/c.md"), &root.join("c.md")));
        session.expect_index("/out/c.md plan", true);
        session.change_on_disk(|root| fs::remove_file(root.join("c.md")).unwrap());
        session.expect_index("/out/c.md plan", false);
        session.client.shutdown();
    }
}

#[test]
fn template_folders() {
    for setup in CLIENT_SETUPS {
        let (_guard, root) =
            folder(&[("plan.md", LINKS), ("kept/templates/mine.md", "# [Title]\n\n## Goal\n")]);
        let mut session = Session::start(&root, setup);
        session.expect_templates(&[]);
        session.change_on_disk(|root| fs::rename(root.join("kept"), root.join(".plansmith")).unwrap());
        session.expect_templates(&["mine"]);
        session.change_on_disk(|root| write(root, ".plansmith/templates/second.md", "# [Title]\n"));
        session.expect_templates(&["mine", "second"]);
        session.change_on_disk(|root| fs::remove_dir_all(root.join(".plansmith/templates")).unwrap());
        session.expect_templates(&[]);
        session.change_on_disk(|root| write(root, ".plansmith/templates/mine.md", "# [Title]\n"));
        session.expect_templates(&["mine"]);
        session.change_on_disk(|root| fs::rename(root.join(".plansmith"), root.join("away")).unwrap());
        session.expect_templates(&[]);
        session.change_on_disk(|root| link(&root.join("away"), &root.join(".plansmith")));
        session.expect_templates(&["mine"]);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_that_is_created_again_is_watched_again() {
    for setup in CLIENT_SETUPS {
        let (_guard, root) = folder(&[("d/one.md", LINKS), ("d/e/two.md", LINKS)]);
        let mut session = Session::start(&root, setup);
        session.expect_index("/d/e/two.md plan", true);
        for number in 0..5 {
            // Both changes happen before the server can react, as when a program generates files.
            session.change_on_disk(|root| {
                fs::remove_dir_all(root.join("d")).unwrap();
                write(root, "d/e/other.md", LINKS);
            });
            session.expect_index("/d/e/two.md plan", false);
            let name = format!("d/e/new-{number}.md");
            session.change_on_disk(|root| write(root, &name, LINKS));
            session.expect_index(&format!("/{name} plan"), true);
            session.change_on_disk(|root| write(root, "d/e/two.md", LINKS));
            session.expect_index("/d/e/two.md plan", true);
        }
        // A folder that was moved is watched under two paths.
        session.change_on_disk(|root| fs::rename(root.join("d"), root.join("moved")).unwrap());
        session.expect_index("/moved/e/two.md plan", true);
        session.change_on_disk(|root| write(root, "d/e/again.md", LINKS));
        session.expect_index("/d/e/again.md plan", true);
        session.change_on_disk(|root| fs::remove_dir_all(root.join("d")).unwrap());
        session.expect_index("/d/e/again.md plan", false);
        session.change_on_disk(|root| write(root, "moved/e/last.md", LINKS));
        session.expect_index("/moved/e/last.md plan", true);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_that_becomes_a_file() {
    for setup in CLIENT_SETUPS {
        let (_guard, root) = folder(&[("d/one.md", LINKS)]);
        let mut session = Session::start(&root, setup);
        session.expect_index("/d/one.md plan", true);
        session.change_on_disk(|root| {
            fs::remove_dir_all(root.join("d")).unwrap();
            write(root, "d", "");
        });
        session.expect_index("/d/one.md plan", false);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_is_deleted_while_templates_change() {
    for setup in CLIENT_SETUPS {
        let (_guard, root) = folder(&[("d/plan.md", LINKS)]);
        let mut session = Session::start(&root, setup);
        let plan = root.join("d/plan.md");
        if !setup.pulls {
            session.expect_diagnostics(&plan, "broken-link", &["img/a.png", "pictures/", "src/x.rs", "d.md"]);
        }
        session.change_on_disk(|root| {
            fs::remove_dir_all(root.join("d")).unwrap();
            write(root, ".plansmith/templates/mine.md", "# [Title]\n");
        });
        session.expect_templates(&["mine"]);
        session.expect_index("/d/plan.md plan", false);
        session.expect_diagnostics(&plan, "broken-link", &[]);
        session.client.shutdown();
    }
}

#[test]
fn the_template_folder_of_the_initial_settings() {
    let (_guard, root) = folder(&[("t/mine.md", "# [Title]\n")]);
    let mut client = Client::start(&[]);
    client.initialize(json!({
        "workspaceFolders": [{"uri": uri(&root), "name": "w"}],
        "initializationOptions": {"templateFolder": "t"},
        "capabilities": simple_capabilities(),
    }));
    index(&mut client);
    let command = json!({"command": "plansmith.server.listTemplates"});
    let listed = client.request("workspace/executeCommand", command).unwrap();
    assert!(listed.as_array().unwrap().iter().any(|template| template["name"] == "mine"), "{listed}");
    client.shutdown();
}

/// Globs of some clients do not match hidden files: of a rename, these clients report only the deletion of the old name.
#[test]
fn a_rename_that_is_reported_as_a_deletion() {
    let (_guard, root) = folder(&[("a.md", "# Plan: Old one\n\n- [ ] x\n")]);
    let mut session = Session::start(&root, CLIENT_SETUPS[0]);
    fs::rename(root.join("a.md"), root.join(".a.md")).unwrap();
    let changes = json!([{"uri": uri(&root.join("a.md")), "type": 3}]);
    session.client.notify("workspace/didChangeWatchedFiles", json!({"changes": changes}));
    index(&mut session.client);
    let found = session.client.request("workspace/symbol", json!({"query": "old"})).unwrap();
    assert_eq!(found[0]["location"]["uri"], uri(&root.join(".a.md")), "{found}");
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    session.client.shutdown();
}

#[test]
fn settings_in_a_folder_that_is_deleted() {
    for setup in CLIENT_SETUPS {
        let off = "[rules]\nbroken-link = \"off\"\n";
        let (_guard, root) = folder(&[("d/plansmith.toml", off)]);
        let mut session = Session::start(&root, setup);
        let plan = root.join("d/plan.md");
        session.open(&plan, "# Plan: One\n\n- [ ] [a](a.png)\n");
        session.expect_diagnostics(&plan, "broken-link", &[]);
        session.change_on_disk(|root| fs::remove_dir_all(root.join("d")).unwrap());
        session.expect_diagnostics(&plan, "broken-link", &["a.png"]);
        session.client.shutdown();
    }
}

#[test]
fn settings_of_closed_plans() {
    for setup in CLIENT_SETUPS {
        let (_guard, root) = folder(&[("plan.md", "# Plan: One\n\n- [ ] [a](a.png)\n")]);
        let mut session = Session::start(&root, setup);
        let plan = root.join("plan.md");
        let mut previous = Value::Null;
        let mut pending = None;
        if setup.pulls {
            let all = json!({"previousResultIds": []});
            let report = session.client.request("workspace/diagnostic", all).unwrap();
            let item = &report["items"][0];
            assert_eq!(item["items"].as_array().unwrap().len(), 1, "{report}");
            previous = json!({"previousResultIds": [{"uri": item["uri"], "value": item["resultId"]}]});
            pending = Some(session.client.send_request("workspace/diagnostic", previous.clone()));
        } else {
            session.expect_diagnostics(&plan, "broken-link", &["a.png"]);
        }
        session.change_on_disk(|root| write(root, "plansmith.toml", "[rules]\nbroken-link = \"off\"\n"));
        match pending {
            Some(pending) => {
                let report = session.client.wait_response(pending).unwrap();
                assert_eq!(report["items"][0]["items"], json!([]), "{previous}");
            }
            None => session.expect_diagnostics(&plan, "broken-link", &[]),
        }
        session.client.shutdown();
    }
}

#[test]
fn the_server_watches_all_files_that_links_can_refer_to() {
    let (_guard, root) = folder(&[]);
    let mut session = Session::start(&root, CLIENT_SETUPS[0]);
    let registration = loop {
        let request = session.client.server_request("client/registerCapability");
        let registration = request["params"]["registrations"][0].clone();
        if registration["method"] == "workspace/didChangeWatchedFiles" {
            break registration;
        }
    };
    // Creations and deletions, as in `Session::report`.
    let any = json!({"globPattern": "**/*", "kind": 5});
    assert!(registration["registerOptions"]["watchers"].as_array().unwrap().contains(&any), "{registration}");
    session.client.shutdown();
}

/// A deterministic random number generator (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

const DOCUMENTS: [&str; 12] = [
    "f0.md",
    "f1.md",
    "a/f2.md",
    "a/b/f3.md",
    ".hidden/f4.md",
    ".f5.md",
    "out/f6.md",
    "img/f7.md",
    "a/f0.md",
    "a/.f5.md",
    "link.md",
    "a/link.md",
];
const OTHERS: [&str; 6] =
    ["img/x.png", "img/deep/y.png", "a/z.rs", "a/b/x.png", "out/x.png", ".hidden/x.png"];
const TEMPLATES: [&str; 3] =
    [".plansmith/templates/t0.md", ".plansmith/templates/t1.md", "a/templates/t1.md"];
const SETTINGS: [&str; 3] = ["plansmith.toml", "a/plansmith.toml", ".gitignore"];
const FOLDERS: [&str; 11] = [
    "a",
    "a/b",
    "img",
    "img/deep",
    ".hidden",
    "out",
    ".plansmith",
    ".plansmith/templates",
    "a/templates",
    "c",
    "c/d",
];

fn document(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    if numbers.below(3) == 0 {
        text += &format!("---\ntemplate: t{}\n---\n", numbers.below(2));
    }
    text += &format!("# Plan: {}\n\n**Status**: {}\n\n", numbers.below(9), numbers.of(&["Done", "Draft"]));
    for _ in 0..2 + numbers.below(3) {
        let id = numbers.below(9);
        let target = match numbers.below(3) {
            0 => format!("/{}#plan-{}", numbers.of(&DOCUMENTS), numbers.below(9)),
            1 => format!("/{}", numbers.of(&OTHERS)),
            _ => format!("/{}/", numbers.of(&FOLDERS)),
        };
        let other = numbers.below(9);
        text += &format!(
            "- [{}] **T1-00{id}**: see [x]({target})\n  - Depends on: T1-00{other}\n",
            numbers.of(&["x", " "])
        );
    }
    text + "\n[x](\n"
}

fn content(name: &str, numbers: &mut Numbers) -> String {
    match name {
        ".gitignore" => numbers.of(&["out/\n", "none\n", "img/\n.hidden/\n"]).to_owned(),
        name if name.ends_with(".toml") => numbers
            .of(&[
                "[rules]\nbroken-link = \"off\"\n",
                "[rules]\ntasks = \"hint\"\n",
                "exclude = [\"a/**\"]\n",
                "template-folder = \"a/templates\"\n",
                "[state-names]\ndone = [\"draft\"]\n",
            ])
            .to_owned(),
        name if name.contains("templates/") => {
            format!("# [Title]\n\n## Goal {}\n\n## Steps\n", numbers.below(4))
        }
        name if name.ends_with(".md") => document(numbers),
        _ => "x".repeat(numbers.below(3)),
    }
}

/// Makes a random change on disk. A change that is not possible has no effect.
fn change_disk(root: &Path, numbers: &mut Numbers) -> String {
    let any_file = |numbers: &mut Numbers| match numbers.below(8) {
        0..=3 => numbers.of(&DOCUMENTS),
        4 | 5 => numbers.of(&OTHERS),
        6 => numbers.of(&TEMPLATES),
        _ => numbers.of(&SETTINGS),
    };
    let any = |numbers: &mut Numbers| match numbers.below(2) {
        0 => any_file(numbers),
        _ => numbers.of(&FOLDERS),
    };
    let fill = |folder: &str, numbers: &mut Numbers| {
        for name in DOCUMENTS.iter().chain(&OTHERS).chain(&TEMPLATES) {
            if name.starts_with(&format!("{folder}/")) && numbers.below(2) == 0 {
                let path = root.join(name);
                drop(fs::create_dir_all(path.parent().unwrap()));
                drop(fs::write(path, content(name, numbers)));
            }
        }
    };
    match numbers.below(10) {
        0..=2 => {
            let name = any_file(numbers);
            drop(fs::create_dir_all(root.join(name).parent().unwrap()));
            drop(fs::write(root.join(name), content(name, numbers)));
            format!("write {name}")
        }
        3 => {
            let name = any_file(numbers);
            drop(fs::remove_file(root.join(name)));
            format!("delete {name}")
        }
        4 => {
            let name = numbers.of(&FOLDERS);
            drop(fs::remove_dir_all(root.join(name)));
            format!("delete folder {name}")
        }
        5 => {
            let name = numbers.of(&FOLDERS);
            drop(fs::create_dir_all(root.join(name)));
            format!("create folder {name}")
        }
        6 | 7 => {
            let (from, to) = (any(numbers), any(numbers));
            let is_ok = fs::rename(root.join(from), root.join(to)).is_ok();
            format!("rename {from} to {to}: {is_ok}")
        }
        8 => {
            let (target, name) = (any(numbers), any(numbers));
            drop(fs::remove_file(root.join(name)));
            let is_ok = std::os::unix::fs::symlink(root.join(target), root.join(name)).is_ok();
            format!("link {name} to {target}: {is_ok}")
        }
        _ => {
            let name = numbers.of(&FOLDERS);
            drop(fs::remove_dir_all(root.join(name)));
            fill(name, numbers);
            format!("delete and fill {name}")
        }
    }
}

/// Returns whether a path, which may not exist, contains no symbolic links.
fn is_real(path: &Path) -> bool {
    let existing = path.ancestors().find(|path| path.symlink_metadata().is_ok()).unwrap();
    existing.canonicalize().is_ok_and(|real| real == existing)
}

/// Makes random changes on disk and in buffers, and compares the results with those of a new server after each pause.
fn random_changes(setup: ClientSetup) {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    // Set to run more seeds, or to reproduce a failure.
    let (first, seeds) = (number("PLANSMITH_TEST_SEED", 1), number("PLANSMITH_TEST_SEEDS", 2));
    for seed in first..first + seeds {
        let mut numbers = Numbers(seed);
        let (_guard, root) = folder(&[]);
        for name in DOCUMENTS.iter().chain(&OTHERS).chain(&TEMPLATES).chain(&SETTINGS) {
            if numbers.below(2) == 0 {
                write(&root, name, &content(name, &mut numbers));
            }
        }
        // Extended by renames.
        let mut files: BTreeSet<PathBuf> =
            DOCUMENTS.iter().chain(&TEMPLATES).map(|name| root.join(name)).collect();
        let mut session = Session::start(&root, setup);
        let mut log = Vec::new();
        for _ in 0..5 {
            let before = tree(&root);
            for _ in 0..1 + numbers.below(6) {
                let name = numbers.of(&DOCUMENTS);
                let path = root.join(name);
                log.push(match numbers.below(7) {
                    0 if !session.open.contains_key(&path) && is_real(&path) => {
                        let text = document(&mut numbers);
                        session.open(&path, &text);
                        format!("open {name}")
                    }
                    1 => {
                        let text = document(&mut numbers);
                        session.change(&path, &text);
                        format!("edit {name}")
                    }
                    2 if numbers.below(3) == 0 => {
                        session.close(&path);
                        format!("close {name}")
                    }
                    3 => {
                        thread::sleep(Duration::from_millis(numbers.below(150) as u64));
                        "wait".to_owned()
                    }
                    _ => change_disk(&root, &mut numbers),
                });
                // `buffers.rs` tests documents that are opened by symbolic links.
                let unreal: Vec<PathBuf> =
                    session.open.keys().filter(|path| !is_real(path)).cloned().collect();
                for path in unreal {
                    log.push(format!("close {}", path.display()));
                    session.close(&path);
                }
            }
            log.push("compare".to_owned());
            session.report(&before);
            files.extend(
                tree(&root).into_keys().filter(|path| path.extension().is_some_and(|ending| ending == "md")),
            );
            let mut fresh = Session::start(&root, setup);
            for (path, (text, _)) in &session.open {
                fresh.open(path, text);
            }
            let deadline = Instant::now() + Duration::from_secs(10);
            loop {
                let (found, expected) = (session.view(&files), fresh.view(&files));
                if found == expected {
                    break;
                }
                if Instant::now() > deadline {
                    let names: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
                    for name in names.into_iter().filter(|name| found.get(*name) != expected.get(*name)) {
                        eprintln!(
                            "{name}\n  {:#?}\nexpected as in a new server\n  {:#?}",
                            found.get(name),
                            expected.get(name)
                        );
                    }
                    panic!("PLANSMITH_TEST_SEED={seed} {setup:?}: {log:#?}");
                }
                thread::sleep(Duration::from_millis(30));
            }
            fresh.client.shutdown();
        }
        session.client.shutdown();
    }
}

#[test]
fn random_changes_watched_by_the_client_with_pulled_diagnostics() {
    random_changes(CLIENT_SETUPS[0]);
}

#[test]
fn random_changes_watched_by_the_client_with_pushed_diagnostics() {
    random_changes(CLIENT_SETUPS[1]);
}

#[test]
fn random_changes_watched_by_the_server_with_pulled_diagnostics() {
    random_changes(CLIENT_SETUPS[2]);
}

#[test]
fn random_changes_watched_by_the_server_with_pushed_diagnostics() {
    random_changes(CLIENT_SETUPS[3]);
}
