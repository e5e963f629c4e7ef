//! Changes on disk: the answers of a running server are those of a server that is started afterwards, whether the client
//! reports changes or the server watches itself, and whether the client pulls diagnostics or gets them pushed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    client::{Client, PATIENCE, simple_capabilities},
    faults::{folder, index, uri},
};

/// What a client can do.
#[derive(Clone, Copy, Debug)]
struct Abilities {
    watches: bool,
    pulls: bool,
}

const ABILITIES: [Abilities; 4] = [
    Abilities { watches: true, pulls: true },
    Abilities { watches: true, pulls: false },
    Abilities { watches: false, pulls: true },
    Abilities { watches: false, pulls: false },
];

/// A client with a folder, the documents that are open in it, and the diagnostics that it shows.
struct Session {
    client: Client,
    root: PathBuf,
    abilities: Abilities,
    open: BTreeMap<PathBuf, (String, i64)>,
    shown: BTreeMap<String, Value>,
    /// Documents whose diagnostics the client has to pull.
    to_pull: BTreeSet<PathBuf>,
}

impl Session {
    fn start(root: &Path, abilities: Abilities) -> Self {
        let mut client = Client::start(&[]);
        let mut capabilities = simple_capabilities();
        capabilities["workspace"] = json!({
            "didChangeWatchedFiles": {"dynamicRegistration": abilities.watches},
            "diagnostics": {"refreshSupport": true},
        });
        if abilities.pulls {
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
            abilities,
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
        let Some((held, version)) = self.open.get_mut(path) else { return };
        *version += 1;
        *held = text.to_owned();
        self.client.change(&uri(path), *version, json!([{"text": text}]));
        self.to_pull.insert(path.to_owned());
    }

    fn close(&mut self, path: &Path) {
        if self.open.remove(path).is_some() {
            self.client.close(&uri(path));
            self.to_pull.remove(path);
            if self.abilities.pulls {
                self.shown.remove(&uri(path));
            }
        }
    }

    /// Changes something on disk, and reports it as editors do.
    fn on_disk(&mut self, change: impl FnOnce(&Path)) {
        let before = tree(&self.root);
        change(&self.root);
        self.report(&before);
    }

    /// Reports what has changed on disk: only changes that the server has asked for, of a folder that was created or
    /// deleted only the folder.
    fn report(&mut self, before: &BTreeMap<PathBuf, Entry>) {
        if !self.abilities.watches {
            return;
        }
        let after = tree(&self.root);
        let mut events: Vec<(&PathBuf, u32)> = Vec::new();
        for (path, entry) in before {
            let now = after.get(path);
            if now.is_none_or(|now| now.kind != entry.kind) {
                events.push((path, 3));
            } else if now.is_some_and(|now| now != entry && entry.kind != 'd')
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

    /// Takes in what the server has said: pushed diagnostics are shown, on a refresh they are pulled.
    fn settle(&mut self, files: &BTreeSet<PathBuf>) {
        self.client.drain();
        if self.abilities.pulls {
            let refreshed = self
                .client
                .asked_of_us
                .iter()
                .any(|request| request["method"] == "workspace/diagnostic/refresh");
            self.client.asked_of_us.clear();
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

    /// Everything that the client can show, as lines that can be compared.
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
        if self.abilities.pulls {
            let report =
                self.client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
            for item in report["items"].as_array().unwrap() {
                let uri = item["uri"].as_str().unwrap();
                view.insert(format!("closed {uri}"), item["items"].clone());
            }
        }
        self.settle(files);
        for (uri, shown) in &self.shown {
            if shown.as_array().is_some_and(|shown| !shown.is_empty()) {
                view.insert(format!("shown {uri}"), shown.clone());
            }
        }
        view
    }

    /// Waits until the messages of the diagnostics that are shown for a document are these.
    #[track_caller]
    fn expect(&mut self, path: &Path, code: &str, expected: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            index(&mut self.client);
            self.settle(&BTreeSet::from([path.to_owned()]));
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
            assert!(Instant::now() < deadline, "{:?}: {messages:?} instead of {expected:?}", self.abilities);
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn expect_templates(&mut self, expected: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            index(&mut self.client);
            let command = json!({"command": "plansmith.server.listTemplates"});
            let listed = self.client.request("workspace/executeCommand", command).unwrap();
            let own = listed.as_array().unwrap().iter().filter(|template| template["origin"] != "built-in");
            let names: Vec<&str> = own.filter_map(|template| template["name"].as_str()).collect();
            if names == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{:?}: {names:?} instead of {expected:?}", self.abilities);
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn expect_index(&mut self, what: &str, is_there: bool) {
        let deadline = Instant::now() + PATIENCE;
        while index(&mut self.client).contains(what) != is_there {
            assert!(Instant::now() < deadline, "{:?}: {what}", self.abilities);
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Whether the server asks for changes of the content of this file.
fn is_reported_when_changed(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.ends_with(".md") || [".gitignore", ".ignore", "plansmith.toml"].contains(&name)
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// `f`, `d` or `l`.
    kind: char,
    text: Vec<u8>,
}

/// Everything below a folder.
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
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("plan.md", LINKS), ("closed.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("plan.md");
        session.open(&plan, LINKS);
        session.expect(&plan, "broken-link", &["img/a.png", "pictures/", "src/x.rs", "d.md"]);
        session.on_disk(|root| write(root, "img/a.png", "x"));
        session.expect(&plan, "broken-link", &["pictures/", "src/x.rs", "d.md"]);
        session.on_disk(|root| fs::create_dir(root.join("pictures")).unwrap());
        session.expect(&plan, "broken-link", &["src/x.rs", "d.md"]);
        session.on_disk(|root| write(root, "elsewhere/x.rs", ""));
        session.on_disk(|root| fs::rename(root.join("elsewhere"), root.join("src")).unwrap());
        session.expect(&plan, "broken-link", &["d.md"]);
        session.on_disk(|root| write(root, "real.md", "# Real\n"));
        session.on_disk(|root| link(&root.join("real.md"), &root.join("d.md")));
        session.expect(&plan, "broken-link", &[]);
        // The target of the link goes.
        session.on_disk(|root| fs::remove_file(root.join("real.md")).unwrap());
        session.expect(&plan, "broken-link", &["d.md"]);
        session.on_disk(|root| fs::remove_dir_all(root.join("img")).unwrap());
        session.expect(&plan, "broken-link", &["img/a.png", "d.md"]);
        session.on_disk(|root| fs::remove_file(root.join("src/x.rs")).unwrap());
        session.expect(&plan, "broken-link", &["img/a.png", "src/x.rs", "d.md"]);
        if !abilities.pulls {
            // Those of a closed plan follow as well.
            session.expect(&root.join("closed.md"), "broken-link", &["img/a.png", "src/x.rs", "d.md"]);
        }
        session.client.shutdown();
    }
}

#[test]
fn a_file_that_becomes_a_symbolic_link() {
    let task = "# Plan: Two\n\n- [ ] **T1-007**: x\n";
    for abilities in ABILITIES {
        let (_guard, root) =
            folder(&[("a.md", task), ("b.md", task), ("out/c.md", task), (".gitignore", "out/\n")]);
        let mut session = Session::start(&root, abilities);
        session.expect_index("/a.md plan", true);
        session.on_disk(|root| {
            fs::remove_file(root.join("a.md")).unwrap();
            link(&root.join("b.md"), &root.join("a.md"));
        });
        session.expect_index("/a.md plan", false);
        // A file in an ignored folder belongs to the workspace by a link to it.
        session.on_disk(|root| link(&root.join("out/c.md"), &root.join("c.md")));
        session.expect_index("/out/c.md plan", true);
        session.on_disk(|root| fs::remove_file(root.join("c.md")).unwrap());
        session.expect_index("/out/c.md plan", false);
        session.client.shutdown();
    }
}

#[test]
fn template_folders() {
    for abilities in ABILITIES {
        let (_guard, root) =
            folder(&[("plan.md", LINKS), ("kept/templates/mine.md", "# [Title]\n\n## Goal\n")]);
        let mut session = Session::start(&root, abilities);
        session.expect_templates(&[]);
        session.on_disk(|root| fs::rename(root.join("kept"), root.join(".plansmith")).unwrap());
        session.expect_templates(&["mine"]);
        session.on_disk(|root| write(root, ".plansmith/templates/second.md", "# [Title]\n"));
        session.expect_templates(&["mine", "second"]);
        session.on_disk(|root| fs::remove_dir_all(root.join(".plansmith/templates")).unwrap());
        session.expect_templates(&[]);
        session.on_disk(|root| write(root, ".plansmith/templates/mine.md", "# [Title]\n"));
        session.expect_templates(&["mine"]);
        session.on_disk(|root| fs::rename(root.join(".plansmith"), root.join("away")).unwrap());
        session.expect_templates(&[]);
        session.on_disk(|root| link(&root.join("away"), &root.join(".plansmith")));
        session.expect_templates(&["mine"]);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_that_is_created_again_is_watched_again() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("d/one.md", LINKS), ("d/e/two.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        session.expect_index("/d/e/two.md plan", true);
        for number in 0..5 {
            // Faster than anyone can look, as a program that generates files does.
            session.on_disk(|root| {
                fs::remove_dir_all(root.join("d")).unwrap();
                write(root, "d/e/other.md", LINKS);
            });
            session.expect_index("/d/e/two.md plan", false);
            let name = format!("d/e/new-{number}.md");
            session.on_disk(|root| write(root, &name, LINKS));
            session.expect_index(&format!("/{name} plan"), true);
            session.on_disk(|root| write(root, "d/e/two.md", LINKS));
            session.expect_index("/d/e/two.md plan", true);
        }
        // A folder that was moved has one watch under two names.
        session.on_disk(|root| fs::rename(root.join("d"), root.join("moved")).unwrap());
        session.expect_index("/moved/e/two.md plan", true);
        session.on_disk(|root| write(root, "d/e/again.md", LINKS));
        session.expect_index("/d/e/again.md plan", true);
        session.on_disk(|root| fs::remove_dir_all(root.join("d")).unwrap());
        session.expect_index("/d/e/again.md plan", false);
        session.on_disk(|root| write(root, "moved/e/last.md", LINKS));
        session.expect_index("/moved/e/last.md plan", true);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_that_becomes_a_file() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("d/one.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        session.expect_index("/d/one.md plan", true);
        session.on_disk(|root| {
            fs::remove_dir_all(root.join("d")).unwrap();
            write(root, "d", "");
        });
        session.expect_index("/d/one.md plan", false);
        session.client.shutdown();
    }
}

#[test]
fn a_folder_is_deleted_while_templates_change() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("d/plan.md", LINKS)]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("d/plan.md");
        if !abilities.pulls {
            session.expect(&plan, "broken-link", &["img/a.png", "pictures/", "src/x.rs", "d.md"]);
        }
        session.on_disk(|root| {
            fs::remove_dir_all(root.join("d")).unwrap();
            write(root, ".plansmith/templates/mine.md", "# [Title]\n");
        });
        session.expect_templates(&["mine"]);
        session.expect_index("/d/plan.md plan", false);
        session.expect(&plan, "broken-link", &[]);
        session.client.shutdown();
    }
}

#[test]
fn the_template_folder_of_the_first_settings() {
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

/// Globs of some clients do not match hidden names: of a rename they report only that the old name is gone.
#[test]
fn a_rename_that_is_reported_by_half() {
    let (_guard, root) = folder(&[("a.md", "# Plan: Old one\n\n- [ ] x\n")]);
    let mut session = Session::start(&root, ABILITIES[0]);
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
    for abilities in ABILITIES {
        let off = "[rules]\nbroken-link = \"off\"\n";
        let (_guard, root) = folder(&[("d/plansmith.toml", off)]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("d/plan.md");
        session.open(&plan, "# Plan: One\n\n- [ ] [a](a.png)\n");
        session.expect(&plan, "broken-link", &[]);
        session.on_disk(|root| fs::remove_dir_all(root.join("d")).unwrap());
        session.expect(&plan, "broken-link", &["a.png"]);
        session.client.shutdown();
    }
}

#[test]
fn settings_of_closed_plans() {
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[("plan.md", "# Plan: One\n\n- [ ] [a](a.png)\n")]);
        let mut session = Session::start(&root, abilities);
        let plan = root.join("plan.md");
        let mut known = Value::Null;
        let mut held = None;
        if abilities.pulls {
            let all = json!({"previousResultIds": []});
            let report = session.client.request("workspace/diagnostic", all).unwrap();
            let item = &report["items"][0];
            assert_eq!(item["items"].as_array().unwrap().len(), 1, "{report}");
            known = json!({"previousResultIds": [{"uri": item["uri"], "value": item["resultId"]}]});
            held = Some(session.client.send_request("workspace/diagnostic", known.clone()));
        } else {
            session.expect(&plan, "broken-link", &["a.png"]);
        }
        session.on_disk(|root| write(root, "plansmith.toml", "[rules]\nbroken-link = \"off\"\n"));
        match held {
            Some(held) => {
                let report = session.client.wait_response(held).unwrap();
                assert_eq!(report["items"][0]["items"], json!([]), "{known}");
            }
            None => session.expect(&plan, "broken-link", &[]),
        }
        session.client.shutdown();
    }
}

#[test]
fn the_client_is_asked_for_what_links_may_lead_to() {
    let (_guard, root) = folder(&[]);
    let mut session = Session::start(&root, ABILITIES[0]);
    let registration = loop {
        let asked = session.client.asked("client/registerCapability");
        let registration = asked["params"]["registrations"][0].clone();
        if registration["method"] == "workspace/didChangeWatchedFiles" {
            break registration;
        }
    };
    // Created and deleted, as `Session::report` has it.
    let any = json!({"globPattern": "**/*", "kind": 5});
    assert!(registration["registerOptions"]["watchers"].as_array().unwrap().contains(&any), "{registration}");
    session.client.shutdown();
}

/// A small generator of numbers (SplitMix64), the same ones every time.
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
                "[states]\ndone = [\"draft\"]\n",
            ])
            .to_owned(),
        name if name.contains("templates/") => {
            format!("# [Title]\n\n## Goal {}\n\n## Steps\n", numbers.below(4))
        }
        name if name.ends_with(".md") => document(numbers),
        _ => "x".repeat(numbers.below(3)),
    }
}

/// Makes one change on disk; what does not fit what is there changes nothing.
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
            let done = fs::rename(root.join(from), root.join(to)).is_ok();
            format!("rename {from} to {to}: {done}")
        }
        8 => {
            let (target, name) = (any(numbers), any(numbers));
            drop(fs::remove_file(root.join(name)));
            let done = std::os::unix::fs::symlink(root.join(target), root.join(name)).is_ok();
            format!("link {name} to {target}: {done}")
        }
        _ => {
            let name = numbers.of(&FOLDERS);
            drop(fs::remove_dir_all(root.join(name)));
            fill(name, numbers);
            format!("delete and fill {name}")
        }
    }
}

/// Whether a path, which may not exist, is spelled without symbolic links.
fn is_real(path: &Path) -> bool {
    let existing = path.ancestors().find(|path| path.symlink_metadata().is_ok()).unwrap();
    existing.canonicalize().is_ok_and(|real| real == existing)
}

/// Random changes on disk and in buffers, and after each pause the same answers as from a server that is started then.
fn random_changes(abilities: Abilities) {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    // More of them to look for a failure, or the ones of a failure.
    let (first, seeds) = (number("PLANSMITH_TEST_SEED", 1), number("PLANSMITH_TEST_SEEDS", 2));
    for seed in first..first + seeds {
        let mut numbers = Numbers(seed);
        let (_guard, root) = folder(&[]);
        for name in DOCUMENTS.iter().chain(&OTHERS).chain(&TEMPLATES).chain(&SETTINGS) {
            if numbers.below(2) == 0 {
                write(&root, name, &content(name, &mut numbers));
            }
        }
        // Grows with what renames make of them.
        let mut files: BTreeSet<PathBuf> =
            DOCUMENTS.iter().chain(&TEMPLATES).map(|name| root.join(name)).collect();
        let mut session = Session::start(&root, abilities);
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
                // Which file is edited by which name is another question.
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
            let mut fresh = Session::start(&root, abilities);
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
                            "{name}\n  {:#?}\nis, started now,\n  {:#?}",
                            found.get(name),
                            expected.get(name)
                        );
                    }
                    panic!("PLANSMITH_TEST_SEED={seed} {abilities:?}: {log:#?}");
                }
                thread::sleep(Duration::from_millis(30));
            }
            fresh.client.shutdown();
        }
        session.client.shutdown();
    }
}

#[test]
fn random_changes_reported_and_pulled() {
    random_changes(ABILITIES[0]);
}

#[test]
fn random_changes_reported_and_pushed() {
    random_changes(ABILITIES[1]);
}

#[test]
fn random_changes_watched_and_pulled() {
    random_changes(ABILITIES[2]);
}

#[test]
fn random_changes_watched_and_pushed() {
    random_changes(ABILITIES[3]);
}
