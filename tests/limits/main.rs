//! Limits on pathological documents. The server responds for each document within a stated time, or declines it with a
//! message. Its memory stays bounded, it responds to requests about other documents meanwhile, and it keeps running.
//!
//! The full sizes are those of a release build, `cargo test --release -p plansmith --test limits --
//! --nocapture`, which prints the table of `docs/performance.md`. A debug build, which is many times slower,
//! uses a fiftieth of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod documents;
mod imports;
mod nesting;
mod safety;

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use self::documents::{DOCUMENTS, FULL};

/// Maximum processor time for all responses about a document, including one after an edit. Wall-clock time
/// would include other processes of the machine.
const MAX_PROCESSOR_TIME: Duration = Duration::from_secs(if FULL { 30 } else { 60 });

/// Maximum wall-clock time for a response about the other document meanwhile, on a busy machine.
const MAX_MEANWHILE_TIME: Duration = Duration::from_secs(if FULL { 5 } else { 15 });

/// Maximum resident memory (MB), with all responses computed at once.
const MAX_MEMORY_MB: u64 = 3_500;

/// Maximum time to wait for a message before the test assumes that the server hangs.
const MAX_WAIT: Duration = Duration::from_secs(300);

const PATHOLOGICAL: &str = "file:///nowhere/plans/pathological.md";
const OTHER: &str = "file:///nowhere/plans/other.md";

/// The parts of a message that the test reads. Results are skipped: they can be many megabytes.
#[derive(Debug, Deserialize)]
struct Message {
    id: Option<Value>,
    method: Option<String>,
    params: Option<Value>,
    error: Option<Value>,
    #[serde(default, rename = "result")]
    _result: IgnoredAny,
    /// Depth of the JSON.
    #[serde(skip)]
    depth: usize,
}

struct Server {
    process: Child,
    input: ChildStdin,
    incoming: Receiver<Message>,
    last: i64,
    answered: HashMap<i64, Instant>,
    errors: Vec<Value>,
    /// Versions of the pathological document for which diagnostics have arrived.
    diagnosed: HashSet<i64>,
    /// Messages of its latest diagnostics.
    messages: Vec<String>,
    /// Depth of the deepest message.
    deepest: usize,
}

impl Server {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
        command.arg("server").env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("PLANSMITH_TEST_WATCHDOG_SECONDS", MAX_WAIT.as_secs().to_string());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, incoming) = channel();
        thread::spawn(move || {
            // The thread ends with the server or with the test.
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let input = process.stdin.take().unwrap();
        let mut server = Self {
            process,
            input,
            incoming,
            last: 0,
            answered: HashMap::new(),
            errors: Vec::new(),
            diagnosed: HashSet::new(),
            messages: Vec::new(),
            deepest: 0,
        };
        let capabilities = json!({"textDocument": {
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
                "resolveSupport": {"properties": ["edit"]}, "dataSupport": true,
            },
        }});
        server
            .request("initialize", json!({"processId": null, "rootUri": null, "capabilities": capabilities}));
        server.wait();
        server.notify("initialized", json!({}));
        server.open(OTHER, "# Plan: Other\n\n- [ ] **Task 1.1**: a\n");
        server
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn request(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}));
        self.last
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "markdown", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Processes messages until `is_done` returns true.
    #[track_caller]
    fn until(&mut self, what: &str, is_done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + MAX_WAIT;
        while !is_done(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.incoming.recv_timeout(left);
            let message = message
                .unwrap_or_else(|error| panic!("{what}: {error}, the server: {:?}", self.process.try_wait()));
            self.deepest = self.deepest.max(message.depth);
            match (message.method.as_deref(), message.id) {
                (Some("textDocument/publishDiagnostics"), _) => {
                    let params = message.params.unwrap_or_default();
                    if params["uri"] == PATHOLOGICAL {
                        self.diagnosed.extend(params["version"].as_i64());
                        let diagnostics = params["diagnostics"].as_array().unwrap().iter();
                        self.messages = diagnostics
                            .map(|diagnostic| diagnostic["message"].as_str().unwrap().to_owned())
                            .collect();
                    }
                }
                (Some(_), Some(id)) => self.send(&json!({"jsonrpc": "2.0", "id": id, "result": null})),
                (Some(_), None) => {}
                (None, id) => {
                    self.errors.extend(message.error);
                    self.answered.insert(id.unwrap().as_i64().unwrap(), Instant::now());
                }
            }
        }
    }

    /// Waits for the response to the last request.
    #[track_caller]
    fn wait(&mut self) {
        let last = self.last;
        self.until("no response", |server| server.answered.contains_key(&last));
    }

    /// Returns a value of `/proc/PID/status` (Linux), in the unit of that file.
    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }

    /// Returns the processor time that the server has used (Linux).
    fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        // The fields after the name in parentheses. Fields 14 and 15 of the line are user and system time, in
        // hundredths of a second.
        let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().skip(11).take(2);
        Duration::from_millis(fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn read(output: &mut impl BufRead) -> Option<Message> {
    let mut header = String::new();
    output.read_line(&mut header).ok().filter(|read| *read > 0)?;
    let length = header.trim().strip_prefix("Content-Length: ")?.parse().ok()?;
    output.read_line(&mut String::new()).ok()?;
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    let message: Message = serde_json::from_slice(&body).unwrap();
    Some(Message { depth: nesting::depth(&body), ..message })
}

/// Returns the requests that an editor sends when a document is opened and its cursor moves.
fn requests(text: &str) -> Vec<(&'static str, Value)> {
    let lines = text.lines().count();
    let document = json!({"uri": PATHOLOGICAL});
    let at = |line: usize| json!({"line": line, "character": 8});
    let all = json!({"start": at(0), "end": at(lines)});
    let mut requests = vec![
        ("textDocument/documentSymbol", json!({"textDocument": document})),
        ("textDocument/foldingRange", json!({"textDocument": document})),
        ("textDocument/semanticTokens/full", json!({"textDocument": document})),
        ("textDocument/codeLens", json!({"textDocument": document})),
        ("textDocument/documentLink", json!({"textDocument": document})),
        ("textDocument/inlayHint", json!({"textDocument": document, "range": all})),
        (
            "textDocument/codeAction",
            json!({"textDocument": document, "range": all, "context": {"diagnostics": []}}),
        ),
        (
            "textDocument/selectionRange",
            json!({"textDocument": document, "positions": [at(lines / 2), at(lines.saturating_sub(1))]}),
        ),
    ];
    for line in [lines / 2, lines.saturating_sub(1)] {
        let position = json!({"textDocument": document, "position": at(line)});
        for method in ["hover", "completion", "definition", "documentHighlight"] {
            let method = match method {
                "hover" => "textDocument/hover",
                "completion" => "textDocument/completion",
                "definition" => "textDocument/definition",
                _ => "textDocument/documentHighlight",
            };
            requests.push((method, position.clone()));
        }
        let mut references = position.clone();
        references["context"] = json!({"includeDeclaration": true});
        requests.push(("textDocument/references", references));
        requests.push((
            "textDocument/codeAction",
            json!({"textDocument": document, "range": {"start": at(line), "end": at(line)}, "context": {"diagnostics": []}}),
        ));
    }
    requests
}

/// Opens a document, sends all requests at once, requests another document meanwhile, and edits. Returns a
/// row of the table.
fn measure(name: &str, text: &str, declined: bool) -> String {
    let mut server = Server::start();
    let processor_before = server.processor_time();
    let start = Instant::now();
    server.open(PATHOLOGICAL, text);
    let ids: Vec<i64> =
        requests(text).into_iter().map(|(method, params)| server.request(method, params)).collect();
    let mut meanwhile = Duration::ZERO;
    let is_done = |server: &Server| {
        server.diagnosed.contains(&1) && ids.iter().all(|id| server.answered.contains_key(id))
    };
    loop {
        let sent = Instant::now();
        server.request("textDocument/documentSymbol", json!({"textDocument": {"uri": OTHER}}));
        server.wait();
        meanwhile = meanwhile.max(sent.elapsed());
        if is_done(&server) {
            break;
        }
        assert!(start.elapsed() < MAX_WAIT, "{name}: the server hangs");
        thread::sleep(Duration::from_millis(20));
    }
    let elapsed = start.elapsed();
    let position = json!({"line": 0, "character": 0});
    let change = json!({"range": {"start": position, "end": position}, "text": "x"});
    let document = json!({"uri": PATHOLOGICAL, "version": 2});
    server.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    server
        .request("textDocument/hover", json!({"textDocument": {"uri": PATHOLOGICAL}, "position": position}));
    server.wait();
    let (processor, memory) =
        (server.processor_time().saturating_sub(processor_before), server.status("VmHWM") / 1024);
    assert_eq!(server.errors, Vec::<Value>::new(), "{name}");
    assert!(processor < MAX_PROCESSOR_TIME, "{name} took {processor:?} of processor time");
    assert!(memory < MAX_MEMORY_MB, "{name} took {memory} MB");
    assert!(
        meanwhile < MAX_MEANWHILE_TIME,
        "{name}: the response about the other document took {meanwhile:?}"
    );
    let is_declined = server.messages.iter().any(|message| message.contains("10 MiB"));
    assert_eq!(is_declined, declined, "{name}: {:?}", server.messages.first());
    let mut row = String::new();
    write!(
        row,
        "| {name} | {:.1} MB | {:.1} s | {:.1} s | {:.2} s | {memory} MB | {} |",
        text.len() as f64 / 1e6,
        processor.as_secs_f64(),
        elapsed.as_secs_f64(),
        meanwhile.as_secs_f64(),
        if declined { "declined" } else { "answered" }
    )
    .unwrap();
    row
}

#[test]
fn pathological_documents_are_within_limits() {
    let only = std::env::var("PLANSMITH_LIMIT").unwrap_or_default();
    println!("| document | size | processor | all responses after | other document | memory | |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
    for document in DOCUMENTS.iter().filter(|document| document.name.contains(&only)) {
        let text = (document.write)(if FULL { document.size } else { document.size / 50 });
        println!("{}", measure(document.name, &text, text.len() > plan_ide::MAX_DOCUMENT_BYTES));
    }
}

/// The server keeps the text of a declined document in sync with the client.
#[test]
fn declined_documents_stay_in_sync() {
    let line = "- [ ] **Task 1.1**: a\n";
    let text = line.repeat(plan_ide::MAX_DOCUMENT_BYTES / line.len() + 1);
    let mut server = Server::start();
    server.open(PATHOLOGICAL, &text);
    server.until("no message", |server| server.diagnosed.contains(&1));
    assert_eq!(server.messages.len(), 1);
    assert!(server.messages[0].contains("10 MiB"), "{:?}", server.messages);
    // Remove most of it: the rest is an ordinary plan.
    let lines = text.lines().count();
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": lines - 100, "character": 0}});
    let document = json!({"uri": PATHOLOGICAL, "version": 2});
    let change = json!([{"range": range, "text": "# Plan: x\n\n- [x] **Task 1.1**: a\n"}]);
    server.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": change}));
    server.until("no diagnostics", |server| server.diagnosed.contains(&2));
    assert!(
        server.messages.iter().any(|message| message.contains("duplicate task ID")),
        "{:?}",
        server.messages
    );
}
