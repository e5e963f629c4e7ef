//! Real servers, driven over pipes as an editor drives them: ours, and any other that is named.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use plan_test::generate;
use serde_json::{Value, json};

use super::{Column, time};

/// How long an answer may take before a server counts as silent.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long diagnostics are waited for that may never come.
const PUSHED: Duration = Duration::from_secs(5);
/// Edits that are sent at once.
const BURST: usize = 200;
const URI: &str = "file:///bench/plan.md";

/// What is measured of a server with one document.
const WHAT: [&str; 11] = [
    "start to initialized",
    "opening to outline",
    "opening to diagnostics",
    "key to diagnostics",
    "key to outline",
    "key to completion",
    "key to hover",
    "key to semantic tokens",
    "200 edits at once, then an outline",
    "memory, MB",
    "floor: one copy of the text",
];

/// Measures servers, given as command lines, at several lengths of a plan.
pub(super) fn run(servers: &[String], lengths: &[usize], keys: usize) -> Result<(), String> {
    for &lines in lengths {
        let text = generate::plan(lines);
        println!("## {lines} lines, {} kB, {keys} keys; milliseconds, median / 95 %\n", text.len() / 1000);
        let measured: Vec<Vec<Option<Column>>> =
            servers.iter().map(|server| measure(server, &text, keys)).collect::<Result<_, _>>()?;
        println!("| | {} |", servers.iter().map(|server| name(server)).collect::<Vec<_>>().join(" | "));
        println!("|---|{}", "------:|".repeat(servers.len()));
        for (row, what) in WHAT.iter().enumerate() {
            let cells = measured.iter().map(|columns| match &columns[row] {
                Some(column) if column.times.len() > 1 => {
                    format!("{:.2} / {:.2}", column.part(50) / 1000.0, column.part(95) / 1000.0)
                }
                Some(column) => format!("{:.2}", column.part(50) / 1000.0),
                None => "-".to_owned(),
            });
            println!("| {what} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        println!("\n{}", floors(&text));
    }
    Ok(())
}

/// What the text costs without any server: other parsers, on all of it.
fn floors(text: &str) -> String {
    let pulldown = time(|| pulldown_cmark::Parser::new(text).count());
    let options = comrak::Options::default();
    let comrak = time(|| {
        let arena = comrak::Arena::new();
        comrak::parse_document(&arena, text, &options).descendants().count()
    });
    format!(
        "In the same run: pulldown-cmark reads the text in {:.2} ms, comrak in {:.2} ms.\n",
        pulldown.as_secs_f64() * 1e3,
        comrak.as_secs_f64() * 1e3
    )
}

/// The program without its folder.
fn name(server: &str) -> &str {
    let program = server.split_whitespace().next().unwrap_or(server);
    program.rsplit('/').next().unwrap_or(program)
}

fn measure(command: &str, text: &str, keys: usize) -> Result<Vec<Option<Column>>, String> {
    let mut columns: Vec<Option<Column>> = WHAT.iter().map(|_| None).collect();
    let mut add = |row: usize, took: Option<Duration>| {
        if let Some(took) = took {
            columns[row].get_or_insert_with(|| Column::new(WHAT[row])).times.push(took);
        }
    };
    for _ in 0..5 {
        let start = Instant::now();
        let session = Session::start(command)?;
        add(0, Some(start.elapsed()));
        session.end();
    }
    let mut session = Session::start(command)?;
    let start = Instant::now();
    session.open(text);
    session.outline();
    add(1, Some(start.elapsed()));
    session.end();

    let mut session = Session::start(command)?;
    let start = Instant::now();
    session.open(text);
    let known = session.diagnostics();
    add(2, known.then(|| start.elapsed()));
    // The first of everything makes what the others find.
    session.outline();
    let place = Place::of(text);
    for _ in 0..keys {
        session.key(&place);
        let start = Instant::now();
        let known = session.diagnostics();
        add(3, known.then(|| start.elapsed()));
    }
    type Ask = fn(&mut Session, &Place) -> bool;
    let asks: [(usize, Ask); 4] = [
        (4, |session, _| session.outline()),
        (5, |session, place| session.at("textDocument/completion", place)),
        (6, |session, place| session.at("textDocument/hover", place)),
        (7, |session, _| session.whole("textDocument/semanticTokens/full")),
    ];
    for (row, ask) in asks {
        for _ in 0..keys {
            session.key(&place);
            let start = Instant::now();
            let answered = ask(&mut session, &place);
            add(row, answered.then(|| start.elapsed()));
            if !answered {
                break;
            }
        }
    }
    let start = Instant::now();
    for _ in 0..BURST {
        session.key(&place);
    }
    session.outline();
    add(8, Some(start.elapsed()));
    // A column holds microseconds: one for a kilobyte shows megabytes.
    add(9, session.memory().map(Duration::from_micros));
    add(10, Some(time(|| text.to_owned())));
    session.end();
    Ok(columns)
}

/// Where is typed: in a task in the middle.
struct Place {
    line: usize,
    character: usize,
}

impl Place {
    fn of(text: &str) -> Self {
        let middle = text[text.len() / 2..].find("- [ ] **Task").map_or(0, |at| text.len() / 2 + at);
        Self { line: text[..middle].matches('\n').count(), character: 20 }
    }

    fn position(&self) -> Value {
        json!({"line": self.line, "character": self.character})
    }
}

/// A running server with a document.
struct Session {
    server: Child,
    input: ChildStdin,
    incoming: Receiver<Value>,
    pushed: VecDeque<Value>,
    id: u64,
    version: i64,
    text: String,
    /// It asks to be sent the whole text with every edit.
    full: bool,
    /// It has to be asked for diagnostics.
    pulls: bool,
}

impl Session {
    fn start(command: &str) -> Result<Self, String> {
        let mut words = command.split_whitespace();
        let program = words.next().ok_or("no server is named")?;
        let mut server = Command::new(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("{command}: {error}"))?;
        let (Some(input), Some(output)) = (server.stdin.take(), server.stdout.take()) else {
            return Err(format!("{command}: no pipes"));
        };
        let (sender, incoming) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut session = Self {
            server,
            input,
            incoming,
            pushed: VecDeque::new(),
            id: 0,
            version: 0,
            text: String::new(),
            full: false,
            pulls: false,
        };
        let capabilities = json!({
            "workspace": {"configuration": true},
            "textDocument": {
                "diagnostic": {},
                "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
                "publishDiagnostics": {"versionSupport": true},
                "semanticTokens": {
                    "requests": {"full": true}, "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"],
                },
            },
        });
        let params = json!({"processId": null, "rootUri": null, "capabilities": capabilities});
        let answer =
            session.request("initialize", params).ok_or_else(|| format!("{command}: not initialized"))?;
        let offered = &answer["result"]["capabilities"];
        let sync = &offered["textDocumentSync"];
        session.full = *sync == json!(1) || sync["change"] == json!(1);
        session.pulls = !offered["diagnosticProvider"].is_null();
        session.notify("initialized", json!({}));
        Ok(session)
    }

    fn end(mut self) {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        for _ in 0..100 {
            if matches!(self.server.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        // It would be in the way of what is measured next.
        drop(self.server.kill());
        drop(self.server.wait());
    }

    fn open(&mut self, text: &str) {
        self.text = text.to_owned();
        self.version = 1;
        let document = json!({"uri": URI, "languageId": "markdown", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Types a character.
    fn key(&mut self, place: &Place) {
        self.version += 1;
        let change = if self.full {
            let line_start: usize =
                self.text.split_inclusive('\n').take(place.line).map(str::len).sum::<usize>();
            self.text.insert(line_start + place.character, 'x');
            json!({"text": self.text})
        } else {
            json!({"range": {"start": place.position(), "end": place.position()}, "text": "x"})
        };
        self.pushed.clear();
        let document = json!({"uri": URI, "version": self.version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    }

    fn outline(&mut self) -> bool {
        self.whole("textDocument/documentSymbol")
    }

    fn whole(&mut self, method: &str) -> bool {
        self.request(method, json!({"textDocument": {"uri": URI}}))
            .is_some_and(|answer| answer["error"].is_null())
    }

    fn at(&mut self, method: &str, place: &Place) -> bool {
        let params = json!({"textDocument": {"uri": URI}, "position": place.position()});
        self.request(method, params).is_some_and(|answer| answer["error"].is_null())
    }

    /// Waits for the diagnostics of the newest version, or asks for them.
    fn diagnostics(&mut self) -> bool {
        if self.pulls {
            return self.whole("textDocument/diagnostic");
        }
        let deadline = Instant::now() + PUSHED;
        loop {
            if let Some(params) = self.pushed.pop_front() {
                if params["version"].as_i64().is_none_or(|version| version >= self.version) {
                    return true;
                }
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(message) = self.incoming.recv_timeout(left) else { return false };
            self.take(message);
        }
    }

    fn request(&mut self, method: &str, params: Value) -> Option<Value> {
        self.id += 1;
        let id = self.id;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.incoming.recv_timeout(left).ok()?;
            if message["id"] == json!(id) && message["method"].is_null() {
                return Some(message);
            }
            self.take(message);
        }
    }

    /// Keeps diagnostics, and answers requests of the server.
    fn take(&mut self, mut message: Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            self.pushed.push_back(message["params"].take());
        } else if !message["method"].is_null() && !message["id"].is_null() {
            let items = message["params"]["items"].as_array().map_or(0, Vec::len);
            let result = match message["method"].as_str() {
                Some("workspace/configuration") => json!(vec![Value::Null; items]),
                _ => Value::Null,
            };
            self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
        }
    }

    fn notify(&mut self, method: &str, params: Value) {
        let mut message = json!({"jsonrpc": "2.0", "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        // A server that is gone shows in what it does not answer.
        drop(write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()));
        drop(self.input.flush());
    }

    /// Resident memory in kB, where the system tells.
    fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
