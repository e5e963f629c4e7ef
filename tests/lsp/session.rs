//! A client that behaves like an editor: it has a folder and open documents, reports changes on disk, and shows results of
//! the server. It requests them again only after its own edits or when the server requests a refresh.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    actions::{full_capabilities, point},
    client::{Client, MAX_RESPONSE_TIME},
    workspace::{index, uri},
};

/// Capabilities of a client.
#[derive(Clone, Copy, Debug)]
pub struct Abilities {
    /// Whether the client reports changes of files. Otherwise, the server watches the files.
    pub watches: bool,
    /// Whether the client pulls diagnostics. Otherwise, the server publishes them.
    pub pulls: bool,
}

pub const ABILITIES: [Abilities; 4] = [
    Abilities { watches: true, pulls: true },
    Abilities { watches: true, pulls: false },
    Abilities { watches: false, pulls: true },
    Abilities { watches: false, pulls: false },
];

/// Requests whose results a client always shows, each with the request by which the server refreshes them.
const SHOWN: [(&str, &str); 4] = [
    ("textDocument/diagnostic", "workspace/diagnostic/refresh"),
    ("textDocument/semanticTokens/full", "workspace/semanticTokens/refresh"),
    ("textDocument/inlayHint", "workspace/inlayHint/refresh"),
    ("textDocument/codeLens", "workspace/codeLens/refresh"),
];

/// Maximum time for which the responses of a running server may differ from those of a new one, because refreshes and
/// published diagnostics arrive later.
const MAX_DELAY: Duration = Duration::from_secs(10);

/// An open document.
pub struct Buffer {
    pub text: String,
    version: i64,
    /// Step in which it was last opened or edited.
    used: usize,
}

/// A client with a folder, its open documents, and the results that it shows for them.
pub struct Session {
    pub client: Client,
    pub root: PathBuf,
    pub abilities: Abilities,
    pub open: BTreeMap<PathBuf, Buffer>,
    settings: Value,
    uses: usize,
    /// Diagnostics by URI.
    diagnostics: BTreeMap<String, Value>,
    /// Other results that are always shown.
    shown: BTreeMap<(PathBuf, &'static str), Value>,
}

impl Session {
    pub fn start(root: &Path, abilities: Abilities) -> Self {
        Self::start_with(root, abilities, json!({"diagnostics": {"scope": "workspace"}}))
    }

    /// Starts a session with these settings.
    pub fn start_with(root: &Path, abilities: Abilities, settings: Value) -> Self {
        let mut client = Client::start(&[]);
        let mut capabilities = full_capabilities();
        let workspace = &mut capabilities["workspace"];
        workspace["didChangeWatchedFiles"] = json!({"dynamicRegistration": abilities.watches});
        for refreshed in ["diagnostics", "semanticTokens", "inlayHint", "codeLens"] {
            workspace[refreshed] = json!({"refreshSupport": true});
        }
        if abilities.pulls {
            capabilities["textDocument"]["diagnostic"] = json!({});
        }
        client.initialize(json!({
            "workspaceFolders": [{"uri": uri(root), "name": "w"}],
            "initializationOptions": settings,
            "capabilities": capabilities,
        }));
        index(&mut client);
        Self {
            client,
            root: root.to_owned(),
            abilities,
            open: BTreeMap::new(),
            settings,
            uses: 0,
            diagnostics: BTreeMap::new(),
            shown: BTreeMap::new(),
        }
    }

    /// Returns a session of a new server with the same settings, disk and buffers.
    pub fn restarted(&self) -> Self {
        let mut fresh = Self::start_with(&self.root, self.abilities, self.settings.clone());
        let mut buffers: Vec<_> = self.open.iter().collect();
        buffers.sort_by_key(|(_, buffer)| buffer.used);
        for (path, buffer) in buffers {
            fresh.open_version(path, buffer.version, &buffer.text);
        }
        fresh
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        self.open_version(path, 1, text);
    }

    fn open_version(&mut self, path: &Path, version: i64, text: &str) {
        let document = json!({"uri": uri(path), "languageId": "markdown", "version": version, "text": text});
        self.client.notify("textDocument/didOpen", json!({"textDocument": document}));
        self.uses += 1;
        self.open.insert(path.to_owned(), Buffer { text: text.to_owned(), version, used: self.uses });
        self.ask_for(path);
    }

    /// Replaces the text of a document, if it is open.
    pub fn change(&mut self, path: &Path, text: &str) {
        self.send_change(path, text.to_owned(), json!([{"text": text}]));
    }

    /// Replaces bytes of an open document.
    pub fn edit(&mut self, path: &Path, range: Range<usize>, new: &str) {
        let Some(buffer) = self.open.get(path) else { return };
        let mut text = buffer.text.clone();
        let change = json!({
            "range": {"start": position(&text, range.start), "end": position(&text, range.end)},
            "text": new,
        });
        text.replace_range(range, new);
        self.send_change(path, text, json!([change]));
    }

    fn send_change(&mut self, path: &Path, text: String, changes: Value) {
        let Some(buffer) = self.open.get_mut(path) else { return };
        self.uses += 1;
        *buffer = Buffer { text, version: buffer.version + 1, used: self.uses };
        self.client.change(&uri(path), buffer.version, changes);
        self.ask_for(path);
    }

    pub fn close(&mut self, path: &Path) {
        if self.open.remove(path).is_some() {
            self.client.close(&uri(path));
            self.shown.retain(|(other, _), _| other != path);
            if self.abilities.pulls {
                self.diagnostics.remove(&uri(path));
            }
        }
    }

    /// Changes the settings of the client.
    pub fn set(&mut self, settings: Value) {
        let all = json!({"settings": {"plansmith": settings}});
        self.client.notify("workspace/didChangeConfiguration", all);
        self.settings = settings;
    }

    /// Requests the results that are always shown for a document.
    fn ask_for(&mut self, path: &Path) {
        for (method, _) in SHOWN {
            self.ask(path, method);
        }
    }

    fn ask(&mut self, path: &Path, method: &'static str) {
        let text = &self.open[path].text;
        let mut params = json!({"textDocument": {"uri": uri(path)}});
        match method {
            "textDocument/diagnostic" if self.abilities.pulls => {
                let report = self.client.request(method, params).unwrap();
                self.diagnostics.insert(uri(path), report["items"].clone());
                return;
            }
            "textDocument/diagnostic" => return,
            "textDocument/inlayHint" => {
                params["range"] = json!({"start": position(text, 0), "end": position(text, text.len())});
            }
            _ => {}
        }
        let answer = self.client.request(method, params).unwrap();
        self.shown.insert((path.to_owned(), method), answer);
    }

    /// Makes a change on disk and reports it as editors do.
    pub fn on_disk(&mut self, change: impl FnOnce(&Path)) {
        let before = tree(&self.root);
        change(&self.root);
        self.report(&before);
    }

    /// Reports the changes on disk that the server has registered for. For a folder that was created or deleted, reports only
    /// the folder.
    pub fn report(&mut self, before: &BTreeMap<PathBuf, Entry>) {
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

    /// Processes the messages of the server: shows published diagnostics, and requests refreshed results again.
    fn settle(&mut self) {
        for (uri, published) in self.client.published() {
            self.diagnostics.insert(uri, published["diagnostics"].clone());
        }
        let asked = std::mem::take(&mut self.client.server_requests);
        for (method, refresh) in SHOWN {
            if asked.iter().any(|asked| asked["method"] == *refresh) {
                for path in self.open.keys().cloned().collect::<Vec<_>>() {
                    self.ask(&path, method);
                }
            }
        }
    }

    /// Returns everything that the client can show, by its subject. `places` are byte offsets in open documents.
    fn view(&mut self, places: &[(PathBuf, usize)]) -> BTreeMap<String, Value> {
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
        for path in self.open.keys() {
            let document = json!({"uri": uri(path)});
            for method in [
                "textDocument/documentSymbol",
                "textDocument/foldingRange",
                "textDocument/documentLink",
                "plansmith/syntaxTree",
            ] {
                let answer = self.client.request(method, json!({"textDocument": document})).unwrap();
                view.insert(format!("{method} of {}", path.display()), answer);
            }
        }
        for (path, at) in places {
            let Some(buffer) = self.open.get(path) else { continue };
            let position = position(&buffer.text, *at);
            for (method, answer) in self.client.at(&uri(path), &position) {
                view.insert(format!("{method} in {} at {position}", path.display()), answer);
            }
        }
        // The server delays the response while the diagnostics are unchanged, and registers the request only with this setting.
        let is_scope = self.settings["diagnostics"]["scope"] == "workspace";
        if self.abilities.pulls && is_scope && view["index"].as_str().unwrap().contains(" plan Summary") {
            let report =
                self.client.request("workspace/diagnostic", json!({"previousResultIds": []})).unwrap();
            for item in report["items"].as_array().unwrap() {
                let uri = item["uri"].as_str().unwrap();
                view.insert(format!("reported {uri}"), item["items"].clone());
            }
        }
        self.settle();
        for (uri, shown) in &self.diagnostics {
            if shown.as_array().is_some_and(|shown| !shown.is_empty()) {
                view.insert(format!("diagnostics {uri}"), shown.clone());
            }
        }
        for ((path, method), shown) in &self.shown {
            view.insert(format!("{method} of {}", path.display()), shown.clone());
        }
        view
    }

    /// Waits until all responses equal those of a new server. `places` are byte offsets in open documents.
    #[track_caller]
    pub fn expect_like_restarted(&mut self, places: &[(PathBuf, usize)], context: impl Fn() -> String) {
        let mut fresh = self.restarted();
        let deadline = Instant::now() + MAX_DELAY;
        loop {
            let (found, expected) = (self.view(places), fresh.view(places));
            if found == expected {
                break;
            }
            if Instant::now() > deadline {
                let names: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
                for name in names.into_iter().filter(|name| found.get(*name) != expected.get(*name)) {
                    let none = Value::Null;
                    let (is, should) =
                        (found.get(name).unwrap_or(&none), expected.get(name).unwrap_or(&none));
                    eprintln!("{name}\n{}is, started now,\n{}", only(is, should), only(should, is));
                }
                panic!("{:?}: {}", self.abilities, context());
            }
            thread::sleep(Duration::from_millis(30));
        }
        fresh.client.shutdown();
    }

    /// Waits until a document shows diagnostics of the rule `code` with these values: the first text between backticks
    /// of each message.
    #[track_caller]
    pub fn expect(&mut self, path: &Path, code: &str, expected: &[&str]) {
        let deadline = Instant::now() + MAX_RESPONSE_TIME;
        loop {
            index(&mut self.client);
            self.settle();
            let none = json!([]);
            let shown = self.diagnostics.get(&uri(path)).unwrap_or(&none).as_array().unwrap();
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
    pub fn expect_templates(&mut self, expected: &[&str]) {
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
            assert!(Instant::now() < deadline, "{:?}: {names:?} instead of {expected:?}", self.abilities);
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    pub fn expect_index(&mut self, what: &str, is_there: bool) {
        let deadline = Instant::now() + MAX_RESPONSE_TIME;
        while index(&mut self.client).contains(what) != is_there {
            assert!(Instant::now() < deadline, "{:?}: {what}", self.abilities);
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Client {
    /// Returns the responses to all requests at a position, by method, and the resolved actions. An error is a response as
    /// well.
    fn at(&mut self, uri: &str, position: &Value) -> Vec<(String, Value)> {
        let place = json!({"textDocument": {"uri": uri}, "position": position});
        let with = |name: &str, value: Value| {
            let mut params = place.clone();
            params[name] = value;
            params
        };
        let (line, character) = (position["line"].as_u64().unwrap(), position["character"].as_u64().unwrap());
        let mut questions = vec![
            ("textDocument/completion", place.clone()),
            ("textDocument/hover", place.clone()),
            ("textDocument/definition", place.clone()),
            ("textDocument/documentHighlight", place.clone()),
            ("textDocument/references", with("context", json!({"includeDeclaration": true}))),
            ("textDocument/rename", with("newName", json!("T7-777"))),
            ("textDocument/selectionRange", json!({"textDocument": {"uri": uri}, "positions": [position]})),
        ];
        let mut range = point(line, character);
        for start in [character, 0] {
            range["start"]["character"] = json!(start);
            let context = json!({"diagnostics": []});
            let params = json!({"textDocument": {"uri": uri}, "range": range, "context": context});
            questions.push(("textDocument/codeAction", params));
        }
        let mut answers = Vec::new();
        for (number, (method, params)) in questions.into_iter().enumerate() {
            let answer = self.request(method, params).unwrap_or_else(|refused| refused);
            let actions = answer.as_array().filter(|_| method == "textDocument/codeAction");
            let later = actions.into_iter().flatten().filter(|action| action["data"].is_object());
            for (place, action) in later.cloned().enumerate().take(2) {
                let resolved = self.request("codeAction/resolve", action).unwrap_or_else(|refused| refused);
                answers.push((format!("{number} codeAction/resolve {place}"), resolved));
            }
            answers.push((format!("{number} {method}"), answer));
        }
        answers
    }
}

/// Returns the parts of a response that the other one does not have: lines of a text, or entries of a list.
fn only(answer: &Value, other: &Value) -> String {
    let parts = |value: &Value| -> Vec<String> {
        match value {
            Value::String(text) => text.lines().map(str::to_owned).collect(),
            Value::Array(entries) => entries.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        }
    };
    let others = parts(other);
    parts(answer).iter().filter(|part| !others.contains(part)).map(|part| format!("  {part}\n")).collect()
}

/// Returns the position of a byte offset, in UTF-16 units.
fn position(text: &str, at: usize) -> Value {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = text[..at].matches('\n').count();
    json!({"line": line, "character": text[start..at].encode_utf16().count()})
}

/// Returns the seeds of random tests: `count` of them, or those in the environment variables, to find or repeat a
/// failure.
pub fn seeds(count: u64) -> Range<u64> {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let first = number("PLANSMITH_TEST_SEED", 1);
    first..first + number("PLANSMITH_TEST_SEEDS", count)
}

/// Returns whether the server registers for changes of the content of this file.
fn is_reported_when_changed(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.ends_with(".md") || [".gitignore", ".ignore", "plansmith.toml"].contains(&name)
}

/// A file, folder or link at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Kind: `f`, `d` or `l`.
    kind: char,
    text: Vec<u8>,
}

/// Returns everything below a folder.
pub fn tree(root: &Path) -> BTreeMap<PathBuf, Entry> {
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
