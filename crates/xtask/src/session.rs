//! A client that drives any server over pipes, for measuring.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long an answer may take before a server counts as silent.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long diagnostics are waited for that may never come.
const PUSHED: Duration = Duration::from_secs(5);
/// The document.
pub const URI: &str = "file:///bench/plan.md";

/// Where is typed: in a task in the middle.
pub struct Place {
    line: usize,
    character: usize,
}

impl Place {
    /// The one of a text.
    pub fn of(text: &str) -> Self {
        let middle = text[text.len() / 2..].find("- [ ] **Task").map_or(0, |at| text.len() / 2 + at);
        Self { line: text[..middle].matches('\n').count(), character: 20 }
    }

    fn position(&self) -> Value {
        json!({"line": self.line, "character": self.character})
    }
}

/// A running server with a document.
pub struct Session {
    server: Child,
    input: ChildStdin,
    /// Messages with the moment at which their last byte was there.
    incoming: Receiver<(Instant, Value)>,
    arrived: Instant,
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
    /// Starts a server and greets it.
    ///
    /// # Errors
    /// When it does not start or does not answer.
    pub fn start(command: &str) -> Result<Self, String> {
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
            arrived: Instant::now(),
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

    /// Says goodbye; a server that stays is killed.
    pub fn end(mut self) {
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

    /// Opens the document with a text.
    pub fn open(&mut self, text: &str) {
        self.text = text.to_owned();
        self.version = 1;
        let document = json!({"uri": URI, "languageId": "markdown", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Types a character.
    pub fn key(&mut self, place: &Place) {
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

    /// Whether the outline is answered.
    pub fn outline(&mut self) -> bool {
        self.whole("textDocument/documentSymbol")
    }

    /// Whether a request about the document is answered without an error.
    pub fn whole(&mut self, method: &str) -> bool {
        self.request(method, json!({"textDocument": {"uri": URI}}))
            .is_some_and(|answer| answer["error"].is_null())
    }

    /// The same of one about a place.
    pub fn at(&mut self, method: &str, place: &Place) -> bool {
        let params = json!({"textDocument": {"uri": URI}, "position": place.position()});
        self.request(method, params).is_some_and(|answer| answer["error"].is_null())
    }

    /// Waits for the diagnostics of the newest version, or asks for them.
    pub fn diagnostics(&mut self) -> bool {
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
            let Some(message) = self.next(left) else { return false };
            self.take(message);
        }
    }

    /// Asks, and waits for the answer.
    pub fn request(&mut self, method: &str, params: Value) -> Option<Value> {
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
            let message = self.next(left)?;
            if message["id"] == json!(id) && message["method"].is_null() {
                return Some(message);
            }
            self.take(message);
        }
    }

    fn next(&mut self, patience: Duration) -> Option<Value> {
        let (arrived, message) = self.incoming.recv_timeout(patience).ok()?;
        self.arrived = arrived;
        Some(message)
    }

    /// When the last message that was waited for was there: what this client needs to read it is not the server's.
    pub fn arrived(&self) -> Instant {
        self.arrived
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

    /// Changes the document, in the protocol's words.
    pub fn change(&mut self, change: &Value) {
        self.version += 1;
        let document = json!({"uri": URI, "version": self.version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    }

    /// Asks without waiting. Gives the id.
    pub fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.id += 1;
        let id = self.id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Waits for the next answer to whatever was asked.
    pub fn answer(&mut self) -> Option<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.next(left)?;
            if message["method"].is_null() {
                return Some(message);
            }
            self.take(message);
        }
    }

    /// Tells.
    pub fn notify(&mut self, method: &str, params: Value) {
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
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

fn read(output: &mut impl BufRead) -> Option<(Instant, Value)> {
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
    let arrived = Instant::now();
    Some((arrived, serde_json::from_slice(&body).ok()?))
}
