//! Hostile documents: each is answered within a stated time or declined with a message, memory stays bounded, other documents
//! are answered meanwhile, and the server lives.
//!
//! The full sizes are those of a release build, `cargo test --release -p plansmith --test limits -- --nocapture`, which prints
//! the table of `docs/performance.md`. A debug build, many times slower, takes a fiftieth of them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod documents;
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

/// How much time of the processor all answers about a document may take together, the one after an edit included. Not by the
/// clock, which also counts what else the machine does.
const PROCESSOR: Duration = Duration::from_secs(if FULL { 30 } else { 60 });

/// How long an answer about the other document may take meanwhile, by the clock, with two cores for everything.
const MEANWHILE: Duration = Duration::from_secs(if FULL { 5 } else { 15 });

/// Resident memory at its highest (MB), with all answers computed at once.
const MEMORY: u64 = 3_500;

/// How long anything is waited for before the server counts as hanging.
const PATIENCE: Duration = Duration::from_secs(300);

const HOSTILE: &str = "file:///nowhere/plans/hostile.md";
const OTHER: &str = "file:///nowhere/plans/other.md";

/// What is read of a message. The rest is passed over: answers may be many megabytes.
#[derive(Debug, Deserialize)]
struct Message {
    id: Option<Value>,
    method: Option<String>,
    params: Option<Value>,
    error: Option<Value>,
    #[serde(default, rename = "result")]
    _result: IgnoredAny,
    /// Depth of its JSON.
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
    /// Versions of the hostile document that diagnostics have come for.
    diagnosed: HashSet<i64>,
    /// What was said of it last.
    said: Vec<String>,
    /// Depth of the deepest message.
    deepest: usize,
}

impl Server {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
        command.arg("server").env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, incoming) = channel();
        thread::spawn(move || {
            // Ends with the server, or with the test.
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
            said: Vec::new(),
            deepest: 0,
        };
        let can = json!({"textDocument": {
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "codeAction": {
                "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
                "resolveSupport": {"properties": ["edit"]}, "dataSupport": true,
            },
        }});
        server.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": can}));
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

    fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}));
        self.last
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "markdown", "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Takes messages in until this is so.
    #[track_caller]
    fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.incoming.recv_timeout(left);
            let message = message
                .unwrap_or_else(|error| panic!("{what}: {error}, the server: {:?}", self.process.try_wait()));
            self.deepest = self.deepest.max(message.depth);
            match (message.method.as_deref(), message.id) {
                (Some("textDocument/publishDiagnostics"), _) => {
                    let params = message.params.unwrap_or_default();
                    if params["uri"] == HOSTILE {
                        self.diagnosed.extend(params["version"].as_i64());
                        let said = params["diagnostics"].as_array().unwrap().iter();
                        self.said = said.map(|one| one["message"].as_str().unwrap().to_owned()).collect();
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

    /// Waits for the last answer.
    #[track_caller]
    fn wait(&mut self) {
        let last = self.last;
        self.until("an answer", |server| server.answered.contains_key(&last));
    }

    /// A line of the process's state (Linux), in its unit.
    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }

    /// The processor's time that it has used (Linux).
    fn used(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap_or_default();
        // After the name in parentheses; 14 and 15 of all are user and system time, in hundredths of a second.
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

/// Everything that an editor asks when a document is opened and someone moves in it.
fn questions(text: &str) -> Vec<(&'static str, Value)> {
    let lines = text.lines().count();
    let document = json!({"uri": HOSTILE});
    let at = |line: usize| json!({"line": line, "character": 8});
    let all = json!({"start": at(0), "end": at(lines)});
    let mut asked = vec![
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
        let place = json!({"textDocument": document, "position": at(line)});
        for method in ["hover", "completion", "definition", "documentHighlight"] {
            let method = match method {
                "hover" => "textDocument/hover",
                "completion" => "textDocument/completion",
                "definition" => "textDocument/definition",
                _ => "textDocument/documentHighlight",
            };
            asked.push((method, place.clone()));
        }
        let mut references = place.clone();
        references["context"] = json!({"includeDeclaration": true});
        asked.push(("textDocument/references", references));
        asked.push((
            "textDocument/codeAction",
            json!({"textDocument": document, "range": {"start": at(line), "end": at(line)}, "context": {"diagnostics": []}}),
        ));
    }
    asked
}

/// Opens a document, asks everything at once, another document meanwhile, and edits. Gives a row of the table.
fn survive(name: &str, text: &str, declined: bool) -> String {
    let mut server = Server::start();
    let before = server.used();
    let start = Instant::now();
    server.open(HOSTILE, text);
    let asked: Vec<i64> =
        questions(text).into_iter().map(|(method, params)| server.ask(method, params)).collect();
    let mut meanwhile = Duration::ZERO;
    let is_done = |server: &Server| {
        server.diagnosed.contains(&1) && asked.iter().all(|id| server.answered.contains_key(id))
    };
    loop {
        let sent = Instant::now();
        server.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": OTHER}}));
        server.wait();
        meanwhile = meanwhile.max(sent.elapsed());
        if is_done(&server) {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "{name}: the server hangs");
        thread::sleep(Duration::from_millis(20));
    }
    let elapsed = start.elapsed();
    let place = json!({"line": 0, "character": 0});
    let change = json!({"range": {"start": place, "end": place}, "text": "x"});
    let document = json!({"uri": HOSTILE, "version": 2});
    server.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    server.ask("textDocument/hover", json!({"textDocument": {"uri": HOSTILE}, "position": place}));
    server.wait();
    let (used, memory) = (server.used().saturating_sub(before), server.status("VmHWM") / 1024);
    assert_eq!(server.errors, Vec::<Value>::new(), "{name}");
    assert!(used < PROCESSOR, "{name} took {used:?} of the processor");
    assert!(memory < MEMORY, "{name} took {memory} MB");
    assert!(meanwhile < MEANWHILE, "{name}: the other document waited {meanwhile:?}");
    let says_so = server.said.iter().any(|message| message.contains("not read as a plan"));
    assert_eq!(says_so, declined, "{name}: {:?}", server.said.first());
    let mut row = String::new();
    write!(
        row,
        "| {name} | {:.1} MB | {:.1} s | {:.1} s | {:.2} s | {memory} MB | {} |",
        text.len() as f64 / 1e6,
        used.as_secs_f64(),
        elapsed.as_secs_f64(),
        meanwhile.as_secs_f64(),
        if declined { "declined" } else { "answered" }
    )
    .unwrap();
    row
}

#[test]
fn hostile_documents_are_survived() {
    let only = std::env::var("PLANSMITH_LIMIT").unwrap_or_default();
    println!("| document | size | processor | all answers after | other document | memory | |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
    for document in DOCUMENTS.iter().filter(|document| document.name.contains(&only)) {
        let text = (document.write)(if FULL { document.size } else { document.size / 50 });
        println!("{}", survive(document.name, &text, text.len() > plan_ide::LONGEST));
    }
}

/// What the server holds of a document that it declines is what the client holds.
#[test]
fn a_declined_document_is_kept_in_step() {
    let line = "- [ ] **Task 1.1**: a\n";
    let text = line.repeat(plan_ide::LONGEST / line.len() + 1);
    let mut server = Server::start();
    server.open(HOSTILE, &text);
    server.until("a message", |server| server.diagnosed.contains(&1));
    assert_eq!(server.said.len(), 1);
    assert!(server.said[0].contains("longer than 10 MiB"), "{:?}", server.said);
    // Half of it goes: what is left is a plan like others.
    let lines = text.lines().count();
    let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": lines - 100, "character": 0}});
    let document = json!({"uri": HOSTILE, "version": 2});
    let change = json!([{"range": range, "text": "# Plan: x\n\n- [x] **Task 1.1**: a\n"}]);
    server.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": change}));
    server.until("diagnostics", |server| server.diagnosed.contains(&2));
    assert!(
        server.said.iter().any(|message| message.contains("is the id of two tasks")),
        "{:?}",
        server.said
    );
}
