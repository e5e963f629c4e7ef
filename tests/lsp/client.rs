//! An LSP client that starts the real program and communicates with it over pipes.
//!
//! It is blocking and does not use the server's code. Every message from the server is checked against the protocol's
//! meta model; a violation fails the test. The client responds to requests of the server while it waits for something.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use plansmith::protocol::MessageKind;
use serde_json::{Value, json};

use crate::meta_model::{Sender, model};

/// Maximum time for a response. It is long because tests run in parallel and debug builds are slow.
pub const MAX_RESPONSE_TIME: Duration = Duration::from_secs(30);

/// Maximum time until the server ends after `exit` or the end of its input.
pub const MAX_EXIT_TIME: Duration = Duration::from_secs(1);

/// How the client handles `workspace/applyEdit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditReply {
    /// Reports the edit as applied without applying it.
    Acknowledge,
    /// Applies the edits of open documents whose versions match, and sends the changes.
    Apply,
    /// Rejects the edit with a reason.
    Reject,
    /// Does not respond.
    Ignore,
}

/// A running server and the messages received from it.
pub struct Client {
    server: Child,
    input: Option<ChildStdin>,
    incoming: Receiver<Result<Value, String>>,
    last_id: i64,
    /// The methods of pending requests by ID.
    pending: HashMap<String, String>,
    answers: HashMap<String, Value>,
    diagnostics: HashMap<String, Vec<Value>>,
    /// Errors without a request, in order of arrival. [`Client::shutdown`] fails if any is left.
    pub errors: Vec<Value>,
    /// Notifications other than diagnostics.
    pub notifications: Vec<Value>,
    /// Requests of the server, in order of arrival. All get a response, except edits with [`EditReply::Ignore`].
    pub server_requests: Vec<Value>,
    /// Reply to edits of the server.
    pub edit_reply: EditReply,
    /// Text and version of each open document.
    texts: HashMap<String, (String, i64)>,
    /// Response to each item of `workspace/configuration`. Clients without settings respond with null.
    pub settings: Value,
}

impl Client {
    /// Starts `plansmith server` with these further arguments.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with_env(arguments, &[])
    }

    /// Like [`Client::start`], with these environment variables for the server.
    pub fn start_with_env(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
        command.arg("server").args(arguments);
        // Keeps the server's files out of the user's directories.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR")).envs(variables.iter().copied());
        // The log of a failing test is shown with it.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut server = command.spawn().expect("the program starts");
        let input = server.stdin.take();
        let mut output = BufReader::new(server.stdout.take().expect("a pipe"));
        let (sender, incoming) = channel();
        thread::spawn(move || {
            // The receiver is gone if the test ends before the server.
            while let Some(message) = read_message(&mut output).transpose() {
                let broken = message.is_err();
                if sender.send(message).is_err() || broken {
                    return;
                }
            }
        });
        Self {
            server,
            input,
            incoming,
            last_id: 0,
            pending: HashMap::new(),
            answers: HashMap::new(),
            diagnostics: HashMap::new(),
            errors: Vec::new(),
            notifications: Vec::new(),
            server_requests: Vec::new(),
            settings: Value::Null,
            edit_reply: EditReply::Acknowledge,
            texts: HashMap::new(),
        }
    }

    /// Starts and initializes a server for a client with few capabilities: diagnostics are pushed, the outline is a tree.
    pub fn ready() -> Self {
        let mut client = Self::start(&[]);
        client.initialize(json!({"capabilities": simple_capabilities()}));
        client
    }

    /// Sends `initialize` with these params (`processId` and `rootUri` are added) and `initialized`. Returns the result.
    #[track_caller]
    pub fn initialize(&mut self, params: Value) -> Value {
        let mut params = params;
        for member in ["processId", "rootUri"] {
            if params.get(member).is_none() {
                params[member] = Value::Null;
            }
        }
        let result = self.request("initialize", params).expect("initialize succeeds");
        self.notify("initialized", json!({}));
        result
    }

    /// Sends a request and waits for the response.
    #[track_caller]
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send_request(method, params);
        self.wait_response(id)
    }

    /// Sends a request without waiting. Returns its ID.
    pub fn send_request(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Waits for the response to a request that was sent with [`Client::send_request`], [`Client::send`] or
    /// [`Client::send_request_bytes`].
    #[track_caller]
    pub fn wait_response(&mut self, id: impl Into<Value>) -> Result<Value, Value> {
        let key = id.into().to_string();
        let answer = self.wait(&format!("a response to request {key}"), |client| client.answers.remove(&key));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Processes the messages received so far, without waiting.
    pub fn drain(&mut self) {
        while let Ok(message) = self.incoming.try_recv() {
            self.receive(message);
        }
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a message. A message with a method and an ID becomes a pending request.
    pub fn send(&mut self, message: &Value) {
        if let (Some(method), Some(id)) = (message["method"].as_str(), message.get("id")) {
            self.pending.insert(id.to_string(), method.to_owned());
        }
        self.send_bytes(&frame(message.to_string().as_bytes()));
    }

    /// Sends bytes.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server reads its input");
    }

    /// Sends bytes that contain a request with this ID.
    pub fn send_request_bytes(&mut self, id: Value, method: &str, bytes: &[u8]) {
        self.pending.insert(id.to_string(), method.to_owned());
        self.send_bytes(bytes);
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "markdown", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
        self.set_text(uri, text, 1);
    }

    /// Sets the text of an open document, to which [`EditReply::Apply`] applies edits.
    pub fn set_text(&mut self, uri: &str, text: &str, version: i64) {
        self.texts.insert(uri.to_owned(), (text.to_owned(), version));
    }

    /// Applies an edit to open documents and notifies the server. Returns `false` if a version differs.
    fn apply_edit(&mut self, edit: &Value) -> bool {
        let changes = edit["documentChanges"].as_array().cloned().unwrap_or_default();
        let changes = changes.iter().filter(|change| change.get("kind").is_none());
        for change in changes {
            let uri = change["textDocument"]["uri"].as_str().expect("a URI").to_owned();
            let Some((text, version)) = self.texts.get(&uri).cloned() else { continue };
            if change["textDocument"]["version"] != version {
                return false;
            }
            let edits = change["edits"].as_array().expect("edits");
            let text = crate::actions::apply(&text, edits);
            self.set_text(&uri, &text, version + 1);
            self.change(&uri, version + 1, json!([{ "text": text }]));
        }
        true
    }

    /// Sends changes (`{range, text}` or `{text}`), applied one after the other.
    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let params = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes});
        self.notify("textDocument/didChange", params);
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// Returns the names in a document's outline in order. Also used to check that the server responds.
    #[track_caller]
    pub fn outline(&mut self, uri: &str) -> Vec<String> {
        fn names(symbols: &Value, found: &mut Vec<String>) {
            for symbol in symbols.as_array().into_iter().flatten() {
                found.push(symbol["name"].as_str().unwrap_or_default().to_owned());
                names(&symbol["children"], found);
            }
        }
        let symbols = self.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}));
        let mut found = Vec::new();
        names(&symbols.expect("an outline"), &mut found);
        found
    }

    /// Returns the server's text and version of a document.
    #[track_caller]
    pub fn document(&mut self, uri: &str) -> (String, i64) {
        let response =
            self.request("plansmith/documentText", json!({"textDocument": {"uri": uri}})).expect("a text");
        let text = response["text"].as_str().expect("a text").to_owned();
        (text, response["version"].as_i64().expect("a version"))
    }

    /// Returns the next `publishDiagnostics` of a document.
    #[track_caller]
    pub fn diagnostics(&mut self, uri: &str) -> Value {
        self.wait(&format!("diagnostics of {uri}"), |client| {
            let unread = client.diagnostics.get_mut(uri)?;
            (!unread.is_empty()).then(|| unread.remove(0))
        })
    }

    /// Returns the diagnostics published for a version of a document. Skips those of earlier versions, since the server may
    /// skip all versions except the last.
    #[track_caller]
    pub fn diagnostics_of(&mut self, uri: &str, version: i64) -> Vec<Value> {
        loop {
            let published = self.diagnostics(uri);
            let found = published["version"].as_i64().expect("diagnostics come with a version");
            assert!(found <= version, "diagnostics of version {found}, which was never sent");
            if found == version {
                return published["diagnostics"].as_array().cloned().unwrap_or_default();
            }
        }
    }

    /// Returns all unread `publishDiagnostics`, with the URIs of their documents.
    pub fn published(&mut self) -> Vec<(String, Value)> {
        self.drain();
        let all = std::mem::take(&mut self.diagnostics).into_iter();
        all.flat_map(|(uri, published)| published.into_iter().map(move |one| (uri.clone(), one))).collect()
    }

    /// Returns the number of unread `publishDiagnostics` of a document.
    pub fn unread_diagnostics(&mut self, uri: &str) -> usize {
        self.drain();
        self.diagnostics.get(uri).map_or(0, Vec::len)
    }

    /// Returns the next error without a request.
    #[track_caller]
    pub fn next_error(&mut self) -> Value {
        self.wait("an error without ID", |client| {
            (!client.errors.is_empty()).then(|| client.errors.remove(0))
        })
    }

    /// Returns the next request of the server with this method.
    #[track_caller]
    pub fn server_request(&mut self, method: &str) -> Value {
        self.wait(&format!("a request {method}"), |client| {
            let at = client.server_requests.iter().position(|request| request["method"] == method)?;
            Some(client.server_requests.remove(at))
        })
    }

    /// Closes the server's input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    pub fn process_id(&self) -> u32 {
        self.server.id()
    }

    /// Sends `shutdown` and `exit`. The server must end with exit code 0 while its input is still open.
    #[track_caller]
    pub fn shutdown(mut self) {
        // `shutdown` has no params.
        self.send(&json!({"jsonrpc": "2.0", "id": "shutdown", "method": "shutdown"}));
        assert_eq!(self.wait_response("shutdown"), Ok(Value::Null));
        self.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
        let status = self.wait_exit(MAX_EXIT_TIME);
        assert_eq!(status.code(), Some(0), "the exit code after shutdown and exit");
        self.drain();
        assert!(self.errors.is_empty(), "unexpected errors: {:?}", self.errors);
        let left: Vec<_> = self.answers.values().filter(|answer| answer.get("error").is_some()).collect();
        assert!(left.is_empty(), "unexpected errors: {left:?}");
    }

    /// Waits until the server has ended. Fails after this time.
    #[track_caller]
    pub fn wait_exit(&mut self, limit: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.server.try_wait().expect("the server's state") {
                return status;
            }
            assert!(start.elapsed() < limit, "the server still runs after {limit:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Receives messages until `found` returns a value.
    #[track_caller]
    fn wait<T>(&mut self, what: &str, mut found: impl FnMut(&mut Self) -> Option<T>) -> T {
        let deadline = Instant::now() + MAX_RESPONSE_TIME;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            match self.incoming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(message) => self.receive(message),
                Err(RecvTimeoutError::Timeout) => panic!("waited {MAX_RESPONSE_TIME:?} for {what}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server's output ended before {what}: {:?}", self.server.try_wait())
                }
            }
        }
    }

    #[track_caller]
    fn receive(&mut self, message: Result<Value, String>) {
        let message = message.expect("the server writes well-formed frames");
        let id = message.get("id").map(ToString::to_string);
        let Some(method) = message["method"].as_str() else {
            let id = id.unwrap_or_default();
            let asked = self.pending.remove(&id);
            self.check(&message, asked.as_deref());
            match message.get("error") {
                Some(error) if id == "null" && asked.is_none() => self.errors.push(error.clone()),
                _ => drop(self.answers.insert(id, message)),
            }
            return;
        };
        self.check(&message, None);
        match (method, id) {
            ("textDocument/publishDiagnostics", None) => {
                let uri = message["params"]["uri"].as_str().unwrap_or_default().to_owned();
                self.diagnostics.entry(uri).or_default().push(message["params"].clone());
            }
            (_, None) => {
                // Message type 1 is Error.
                let is_error = matches!(method, "window/showMessage" | "window/logMessage")
                    && message["params"]["type"] == 1;
                let text = message["params"]["message"].as_str().unwrap_or_default();
                // Not an error of the server: the user's settings file cannot be used.
                let is_about_settings = text.contains("plansmith.toml not applied");
                assert!(!is_error || is_about_settings, "the server reports an error: {message}");
                self.notifications.push(message);
            }
            (_, Some(_)) => self.answer(message),
        }
    }

    fn answer(&mut self, request: Value) {
        let result = match request["method"].as_str().unwrap_or_default() {
            "workspace/configuration" => {
                let items = request["params"]["items"].as_array().map_or(0, Vec::len);
                Value::from(vec![self.settings.clone(); items])
            }
            "workspace/applyEdit" => match self.edit_reply {
                EditReply::Acknowledge => json!({"applied": true}),
                EditReply::Apply => json!({"applied": self.apply_edit(&request["params"]["edit"])}),
                EditReply::Reject => json!({"applied": false, "failureReason": "the document is read-only"}),
                EditReply::Ignore => {
                    self.server_requests.push(request);
                    return;
                }
            },
            "window/showDocument" => json!({"success": true}),
            // Selects the first action.
            "window/showMessageRequest" => request["params"]["actions"][0].clone(),
            _ => Value::Null,
        };
        // The server may end before it reads the response.
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        if let Some(input) = &mut self.input {
            drop(input.write_all(&frame(answer.to_string().as_bytes())).and_then(|()| input.flush()));
        }
        self.server_requests.push(request);
    }

    #[track_caller]
    fn check(&self, message: &Value, answered: Option<&str>) {
        if let Some(method) = message["method"].as_str() {
            let listed = plansmith::protocol::METHODS.iter().any(|listed| {
                let is_sent_by_server =
                    matches!(listed.kind, MessageKind::ServerRequest | MessageKind::ServerNotification);
                is_sent_by_server && listed.name == method
            });
            assert!(listed, "docs/protocol.md does not list {method} as sent by the server");
        }
        if let Err(wrong) = model().check(Sender::Server, message, answered) {
            panic!("invalid message: {wrong}\nin {message}");
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Ends the process even if the test failed.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Returns the capabilities of a simple client.
pub fn simple_capabilities() -> Value {
    json!({"textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}})
}

/// Returns a body with its header.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// Reads one frame strictly: any deviation from the protocol is an error. `None` at the end of the stream.
fn read_message(output: &mut impl BufRead) -> Result<Option<Value>, String> {
    let mut length = None;
    loop {
        let mut line = String::new();
        let read = output.read_line(&mut line).map_err(|error| error.to_string())?;
        if read == 0 {
            return if length.is_none() { Ok(None) } else { Err("the stream ends in a header".to_owned()) };
        }
        if line == "\r\n" {
            break;
        }
        let header = line.strip_suffix("\r\n").and_then(|line| line.split_once(": "));
        match header.ok_or_else(|| format!("invalid header: {line:?}"))? {
            ("Content-Length", value) => {
                length = Some(value.parse::<usize>().map_err(|error| error.to_string())?)
            }
            ("Content-Type", _) => {}
            _ => return Err(format!("unknown header {line:?}")),
        }
    }
    let mut body = vec![0; length.ok_or("a header without Content-Length")?];
    output.read_exact(&mut body).map_err(|error| format!("the stream ends in a body: {error}"))?;
    serde_json::from_slice(&body)
        .map(Some)
        .map_err(|error| format!("{error} in {}", String::from_utf8_lossy(&body)))
}
