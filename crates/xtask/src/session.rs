//! An LSP client that drives a server over pipes, for measurements.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// Maximum time to wait for a response.
const MAX_SESSION_RESPONSE_TIME: Duration = Duration::from_secs(60);
/// Maximum time to wait for pushed diagnostics, which some servers do not send.
const MAX_PUSH_TIME: Duration = Duration::from_secs(5);
/// The URI of the document.
pub const URI: &str = "file:///bench/plan.md";

/// The position of edits: in a task in the middle of the document.
pub struct EditPosition {
    line: usize,
    character: usize,
}

impl EditPosition {
    /// Returns the position in a text.
    pub fn of(text: &str) -> Self {
        let middle = text[text.len() / 2..].find("- [ ] **Task").map_or(0, |at| text.len() / 2 + at);
        Self { line: text[..middle].matches('\n').count(), character: 20 }
    }

    fn to_json(&self) -> Value {
        json!({"line": self.line, "character": self.character})
    }
}

/// A running server with one document.
pub struct Session {
    server: Child,
    input: ChildStdin,
    /// Messages with the time at which their last byte arrived.
    incoming: Receiver<(Instant, Value)>,
    arrived: Instant,
    pushed: VecDeque<Value>,
    id: u64,
    version: i64,
    text: String,
    /// Whether the server requires the whole text with every edit.
    needs_full_text: bool,
    /// Whether diagnostics have to be requested.
    pulls_diagnostics: bool,
    /// The response to requests for settings.
    pub settings: Value,
}

impl Session {
    /// Starts a server and initializes it.
    ///
    /// # Errors
    /// Returns an error if it does not start or does not respond.
    pub fn start(command: &str) -> Result<Self, String> {
        let mut words = command.split_whitespace();
        let program = words.next().ok_or("the server command is empty")?;
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
            needs_full_text: false,
            pulls_diagnostics: false,
            settings: Value::Null,
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
        let response = session
            .request("initialize", params)
            .ok_or_else(|| format!("{command}: no response to initialize"))?;
        let capabilities = &response["result"]["capabilities"];
        let sync = &capabilities["textDocumentSync"];
        session.needs_full_text = *sync == json!(1) || sync["change"] == json!(1);
        session.pulls_diagnostics = !capabilities["diagnosticProvider"].is_null();
        session.notify("initialized", json!({}));
        Ok(session)
    }

    /// Shuts the server down, and kills it if it does not exit.
    pub fn end(mut self) {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        for _ in 0..100 {
            if matches!(self.server.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        // A remaining process would disturb the next measurement.
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

    /// Inserts a character.
    pub fn insert(&mut self, position: &EditPosition) {
        self.version += 1;
        let change = if self.needs_full_text {
            let line_start: usize =
                self.text.split_inclusive('\n').take(position.line).map(str::len).sum::<usize>();
            self.text.insert(line_start + position.character, 'x');
            json!({"text": self.text})
        } else {
            json!({"range": {"start": position.to_json(), "end": position.to_json()}, "text": "x"})
        };
        self.pushed.clear();
        let document = json!({"uri": URI, "version": self.version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    }

    /// Requests the outline; returns whether the response has no error.
    pub fn outline(&mut self) -> bool {
        self.request_document("textDocument/documentSymbol")
    }

    /// Sends a request about the whole document; returns whether the response has no error.
    pub fn request_document(&mut self, method: &str) -> bool {
        self.request(method, json!({"textDocument": {"uri": URI}}))
            .is_some_and(|response| response["error"].is_null())
    }

    /// Sends a request about a position; returns whether the response has no error.
    pub fn request_at(&mut self, method: &str, position: &EditPosition) -> bool {
        let params = json!({"textDocument": {"uri": URI}, "position": position.to_json()});
        self.request(method, params).is_some_and(|response| response["error"].is_null())
    }

    /// Waits for the diagnostics of the latest version, or requests them. Returns whether they arrived.
    pub fn diagnostics(&mut self) -> bool {
        if self.pulls_diagnostics {
            return self.request_document("textDocument/diagnostic");
        }
        let deadline = Instant::now() + MAX_PUSH_TIME;
        loop {
            if let Some(params) = self.pushed.pop_front() {
                if params["version"].as_i64().is_none_or(|version| version >= self.version) {
                    return true;
                }
                continue;
            }
            let remaining = deadline.saturating_duration_since(Instant::now());
            let Some(message) = self.next(remaining) else { return false };
            self.handle(message);
        }
    }

    /// Sends a request and waits for the response. Returns `None` if it does not arrive in time.
    pub fn request(&mut self, method: &str, params: Value) -> Option<Value> {
        self.id += 1;
        let id = self.id;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        let deadline = Instant::now() + MAX_SESSION_RESPONSE_TIME;
        loop {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let message = self.next(remaining)?;
            if message["id"] == json!(id) && message["method"].is_null() {
                return Some(message);
            }
            self.handle(message);
        }
    }

    fn next(&mut self, timeout: Duration) -> Option<Value> {
        let (arrived, message) = self.incoming.recv_timeout(timeout).ok()?;
        self.arrived = arrived;
        Some(message)
    }

    /// Returns when the last awaited message arrived, excluding the time that this client needs to parse it.
    pub fn arrived(&self) -> Instant {
        self.arrived
    }

    /// Stores diagnostics, and responds to requests of the server.
    fn handle(&mut self, mut message: Value) {
        if message["method"] == "textDocument/publishDiagnostics" {
            self.pushed.push_back(message["params"].take());
        } else if !message["method"].is_null() && !message["id"].is_null() {
            let items = message["params"]["items"].as_array().map_or(0, Vec::len);
            let result = match message["method"].as_str() {
                Some("workspace/configuration") => json!(vec![&self.settings; items]),
                _ => Value::Null,
            };
            self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
        }
    }

    /// Sends a `TextDocumentContentChangeEvent`.
    pub fn change(&mut self, change: &Value) {
        self.version += 1;
        let document = json!({"uri": URI, "version": self.version});
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    }

    /// Sends a request without waiting for the response. Returns its ID.
    pub fn send_request(&mut self, method: &str, params: Value) -> u64 {
        self.id += 1;
        let id = self.id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Waits for the next response to any request.
    pub fn next_response(&mut self) -> Option<Value> {
        let deadline = Instant::now() + MAX_SESSION_RESPONSE_TIME;
        loop {
            let remaining = deadline.saturating_duration_since(Instant::now());
            let message = self.next(remaining)?;
            if message["method"].is_null() {
                return Some(message);
            }
            self.handle(message);
        }
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str, params: Value) {
        let mut message = json!({"jsonrpc": "2.0", "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        // Errors are ignored: a missing response shows that the server has exited.
        drop(write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()));
        drop(self.input.flush());
    }

    /// Returns the resident memory in kB, on systems with `/proc`.
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
