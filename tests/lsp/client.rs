//! A client that starts the real program and speaks LSP with it over pipes.
//!
//! It is blocking and knows nothing of the server's code. Every message from the server is checked against the protocol's
//! meta model; a violation fails the test. Requests of the server are answered while the client waits for something.

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

/// How long an answer may take. Long, since the tests share two cores and debug builds are slow.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long the server may live after `exit` or the end of its input.
pub const FAREWELL: Duration = Duration::from_secs(1);

/// A started server and what has come from it.
pub struct Client {
    server: Child,
    input: Option<ChildStdin>,
    incoming: Receiver<Result<Value, String>>,
    last_id: i64,
    /// The methods of requests that are not answered yet.
    asked: HashMap<String, String>,
    answers: HashMap<String, Value>,
    diagnostics: HashMap<String, Vec<Value>>,
    /// Errors that belong to no request, in the order in which they came. [`Client::shutdown`] fails if any is left.
    pub complaints: Vec<Value>,
    /// Notifications other than diagnostics.
    pub notifications: Vec<Value>,
    /// Requests of the server, in the order in which they came. All are answered.
    pub asked_of_us: Vec<Value>,
    /// What `workspace/configuration` is answered with, for every item. Null is what clients without settings say.
    pub settings: Value,
}

impl Client {
    /// Starts `plansmith server` with these further arguments.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_within(arguments, &[])
    }

    /// The same with these variables in the server's environment.
    pub fn start_within(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
        command.arg("server").args(arguments);
        // What the server keeps for its user stays out of the user's way.
        command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR")).envs(variables.iter().copied());
        // The log of a failing test is shown with it.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut server = command.spawn().expect("the program starts");
        let input = server.stdin.take();
        let mut output = BufReader::new(server.stdout.take().expect("a pipe"));
        let (sender, incoming) = channel();
        thread::spawn(move || {
            // The test may be over before the server is; then nobody listens.
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
            asked: HashMap::new(),
            answers: HashMap::new(),
            diagnostics: HashMap::new(),
            complaints: Vec::new(),
            notifications: Vec::new(),
            asked_of_us: Vec::new(),
            settings: Value::Null,
        }
    }

    /// Starts a server and greets it as a client with few abilities: diagnostics are pushed, the outline is a tree.
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

    /// Asks and waits for the answer.
    #[track_caller]
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.send_request(method, params);
        self.wait_response(id)
    }

    /// Asks without waiting. Returns the id.
    pub fn send_request(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Waits for the answer to a request of [`Client::send_request`] or of a message sent by hand.
    #[track_caller]
    pub fn wait_response(&mut self, id: impl Into<Value>) -> Result<Value, Value> {
        let key = id.into().to_string();
        let answer = self.wait(&format!("an answer to request {key}"), |client| client.answers.remove(&key));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["result"].clone()),
        }
    }

    /// Takes in what has come by now, without waiting.
    pub fn drain(&mut self) {
        while let Ok(message) = self.incoming.try_recv() {
            self.take(message);
        }
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a message as it is. One with a method and an id is remembered as a request.
    pub fn send(&mut self, message: &Value) {
        if let (Some(method), Some(id)) = (message["method"].as_str(), message.get("id")) {
            self.asked.insert(id.to_string(), method.to_owned());
        }
        self.raw(&frame(message.to_string().as_bytes()));
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server reads its input");
    }

    /// Sends bytes of which the answer, if any, has this id.
    pub fn raw_request(&mut self, id: Value, method: &str, bytes: &[u8]) {
        self.asked.insert(id.to_string(), method.to_owned());
        self.raw(bytes);
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "markdown", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Sends changes (`{range, text}` or `{text}`), applied one after the other.
    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let params = json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes});
        self.notify("textDocument/didChange", params);
    }

    pub fn close(&mut self, uri: &str) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    }

    /// The names in a document's outline, in order, which is also the usual way to ask whether the server is well.
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

    /// What the server holds of a document.
    #[track_caller]
    pub fn document(&mut self, uri: &str) -> (String, i64) {
        let held =
            self.request("plansmith/documentText", json!({"textDocument": {"uri": uri}})).expect("a text");
        let text = held["text"].as_str().expect("a text").to_owned();
        (text, held["version"].as_i64().expect("a version"))
    }

    /// The next `publishDiagnostics` for a document that has not been returned yet.
    #[track_caller]
    pub fn diagnostics(&mut self, uri: &str) -> Value {
        self.wait(&format!("diagnostics of {uri}"), |client| {
            let waiting = client.diagnostics.get_mut(uri)?;
            (!waiting.is_empty()).then(|| waiting.remove(0))
        })
    }

    /// The diagnostics published for a version of a document. Earlier ones are passed over, for the server may skip
    /// any version but the last.
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

    /// How many `publishDiagnostics` of a document have come and were not returned.
    pub fn unread_diagnostics(&mut self, uri: &str) -> usize {
        self.drain();
        self.diagnostics.get(uri).map_or(0, Vec::len)
    }

    /// The next error that belongs to no request.
    #[track_caller]
    pub fn complaint(&mut self) -> Value {
        self.wait("an error without id", |client| {
            (!client.complaints.is_empty()).then(|| client.complaints.remove(0))
        })
    }

    /// The next request of the server with this method that has not been returned yet.
    #[track_caller]
    pub fn asked(&mut self, method: &str) -> Value {
        self.wait(&format!("a request {method}"), |client| {
            let at = client.asked_of_us.iter().position(|request| request["method"] == method)?;
            Some(client.asked_of_us.remove(at))
        })
    }

    /// Closes the server's input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    pub fn process_id(&self) -> u32 {
        self.server.id()
    }

    /// Says goodbye in the proper way. The server must be gone at once, with exit code 0 and its input still open.
    #[track_caller]
    pub fn shutdown(mut self) {
        // `shutdown` has no params at all.
        self.send(&json!({"jsonrpc": "2.0", "id": "shutdown", "method": "shutdown"}));
        assert_eq!(self.wait_response("shutdown"), Ok(Value::Null));
        self.send(&json!({"jsonrpc": "2.0", "method": "exit"}));
        let status = self.wait_exit(FAREWELL);
        assert_eq!(status.code(), Some(0), "the exit code after shutdown and exit");
        self.drain();
        assert!(self.complaints.is_empty(), "nobody read these errors: {:?}", self.complaints);
        let left: Vec<_> = self.answers.values().filter(|answer| answer.get("error").is_some()).collect();
        assert!(left.is_empty(), "nobody read these errors: {left:?}");
    }

    /// Waits until the server has ended, which it must within this time.
    #[track_caller]
    pub fn wait_exit(&mut self, limit: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.server.try_wait().expect("the server's state") {
                return status;
            }
            assert!(start.elapsed() < limit, "the server still lives after {limit:?}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Takes messages in until `found` finds something.
    #[track_caller]
    fn wait<T>(&mut self, what: &str, mut found: impl FnMut(&mut Self) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            match self.incoming.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => panic!("waited {PATIENCE:?} for {what}"),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("the server's output ended before {what} came: {:?}", self.server.try_wait())
                }
            }
        }
    }

    #[track_caller]
    fn take(&mut self, message: Result<Value, String>) {
        let message = message.expect("the server writes well-formed frames");
        let id = message.get("id").map(ToString::to_string);
        let Some(method) = message["method"].as_str() else {
            let id = id.unwrap_or_default();
            let asked = self.asked.remove(&id);
            self.check(&message, asked.as_deref());
            match message.get("error") {
                Some(error) if id == "null" && asked.is_none() => self.complaints.push(error.clone()),
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
                // 1 is Error: the server says that something went wrong.
                let alarm = matches!(method, "window/showMessage" | "window/logMessage")
                    && message["params"]["type"] == 1;
                assert!(!alarm, "the server reports an error: {message}");
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
            "workspace/applyEdit" => json!({"applied": true}),
            "window/showDocument" => json!({"success": true}),
            // Whatever is offered first is taken.
            "window/showMessageRequest" => request["params"]["actions"][0].clone(),
            _ => Value::Null,
        };
        // A server that ends while it is answered is no failure of this client.
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        if let Some(input) = &mut self.input {
            drop(input.write_all(&frame(answer.to_string().as_bytes())).and_then(|()| input.flush()));
        }
        self.asked_of_us.push(request);
    }

    #[track_caller]
    fn check(&self, message: &Value, answered: Option<&str>) {
        if let Some(method) = message["method"].as_str() {
            let listed = plansmith::protocol::METHODS.iter().any(|listed| {
                let by_us =
                    matches!(listed.kind, MessageKind::ServerRequest | MessageKind::ServerNotification);
                by_us && listed.name == method
            });
            assert!(listed, "docs/protocol.md does not say that the server sends {method}");
        }
        if let Err(wrong) = model().check(Sender::Server, message, answered) {
            panic!("against the protocol: {wrong}\nin {message}");
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed or ended early leaves no process behind.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// What a plain client says of itself.
pub fn simple_capabilities() -> Value {
    json!({"textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": true}}})
}

/// A body with its header.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// Reads one frame, strictly: a server must be exact in what it writes. `None` at the end of the stream.
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
        match header.ok_or_else(|| format!("no header: {line:?}"))? {
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
