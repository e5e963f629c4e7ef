//! `cargo xtask soak`: an hour of typing in a few minutes. At the end, the server must have the client's text and
//! must have sent one response to each request, and its memory must not have grown.

use std::{collections::HashSet, path::Path, time::Instant};

use plan_test::generate;
use serde_json::{Value, json};

use crate::{
    bench::server_command,
    session::{Session, URI},
};

/// Number of edits per request.
const EDITS_PER_REQUEST: usize = 5;
/// Number of requests of which one is cancelled immediately.
const REQUESTS_PER_CANCEL: usize = 17;
/// Maximum number of pending requests.
const MAX_PENDING_REQUESTS: usize = 32;
/// The LSP error code of a cancelled request.
const REQUEST_CANCELLED: i64 = -32800;
/// Maximum growth of memory in the second half. Memory still grows in the first half: each thread that computes
/// responses has its own part of the heap, which grows to the size of the longest response.
const MAX_MEMORY_GROWTH: f64 = 1.15;
/// Growth in kB that is tolerated in addition: four times as many edits cause no further growth (`--edits 400000`).
const TOLERATED_GROWTH_KB: f64 = 4_000.0;

/// The requests, in turn.
const TRIED_METHODS: [&str; 13] = [
    "textDocument/documentSymbol",
    "textDocument/diagnostic",
    "textDocument/completion",
    "textDocument/hover",
    "textDocument/codeAction",
    "textDocument/semanticTokens/full",
    "textDocument/foldingRange",
    "textDocument/inlayHint",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/codeLens",
    "textDocument/documentLink",
    "plansmith/syntaxTree",
];

/// The inserted texts; the last ones change the meaning of everything below them.
const INSERTED_TEXTS: [&str; 12] = [
    "x",
    " ",
    "\n",
    "- [ ] **Task 9.9**: more\n",
    "# ",
    "é",
    "🚀",
    "Depends on: Task 1.1\n",
    "",
    "",
    "```\n",
    "<!-- ",
];

/// Sends edits and requests.
///
/// # Errors
/// Returns an error if the server loses or repeats a response, ends with a different text, or if its memory grows.
pub fn run(root: &Path, edits: usize, lines: usize) -> Result<(), String> {
    let mut session = Session::start(&server_command(root)?)?;
    let mut text = Text::new(&generate::plan(lines));
    session.open(&text.joined());
    let mut random = Random(0x5eed);
    let mut pending: HashSet<u64> = HashSet::new();
    let (mut requests, mut responses) = (0_usize, 0_usize);
    let mut memory = Vec::new();
    let start = Instant::now();
    for number in 0..edits {
        let (change, line_count) = text.edit(&mut random);
        session.change(&change);
        // Keep the size of the plan bounded.
        if line_count > lines * 2 {
            text = Text::new(&generate::plan(lines));
            session.change(&json!({"text": text.joined()}));
        }
        if number % EDITS_PER_REQUEST == 0 {
            let method = TRIED_METHODS[requests % TRIED_METHODS.len()];
            let id = session.send_request(method, params(method, &text, &mut random));
            pending.insert(id);
            requests += 1;
            if requests % REQUESTS_PER_CANCEL == 0 {
                session.notify("$/cancelRequest", json!({"id": id}));
            }
        }
        while pending.len() > MAX_PENDING_REQUESTS || number + 1 == edits && !pending.is_empty() {
            let response = session.next_response().ok_or("no response from the server")?;
            let id = response["id"].as_u64().unwrap_or_default();
            if !pending.remove(&id) {
                return Err(format!("unexpected or duplicate response: {response}"));
            }
            // Only cancelled requests may fail.
            if response["error"]["code"].as_i64().is_some_and(|code| code != REQUEST_CANCELLED) {
                return Err(format!("request failed: {response}"));
            }
            responses += 1;
        }
        if number % (edits / 10).max(1) == 0 {
            memory.extend(session.memory());
        }
    }
    let server_text = session.request("plansmith/documentText", json!({"textDocument": {"uri": URI}}));
    let server_text = server_text.map(|mut response| response["result"]["text"].take()).unwrap_or_default();
    if server_text.as_str() != Some(&text.joined()) {
        return Err("the server's text differs from the client's".to_owned());
    }
    memory.extend(session.memory());
    session.end();
    println!(
        "{edits} edits and {requests} requests in {:.0} s: {responses} responses, the texts are equal.",
        start.elapsed().as_secs_f64()
    );
    if let (Some(middle), Some(last)) = (memory.get(memory.len() / 2), memory.last()) {
        println!("Memory in kB, from start to end: {memory:?}.");
        if *last as f64 > *middle as f64 * MAX_MEMORY_GROWTH + TOLERATED_GROWTH_KB {
            return Err("the server's memory has grown".to_owned());
        }
    }
    Ok(())
}

fn params(method: &str, text: &Text, random: &mut Random) -> Value {
    let position = text.position(random);
    let mut params = json!({"textDocument": {"uri": URI}});
    match method {
        "textDocument/codeAction" => {
            params["range"] = json!({"start": position, "end": position});
            params["context"] = json!({"diagnostics": []});
        }
        "textDocument/inlayHint" => {
            params["range"] = json!({"start": {"line": 0, "character": 0}, "end": position});
        }
        "textDocument/references" => {
            params["position"] = position;
            params["context"] = json!({"includeDeclaration": true});
        }
        "textDocument/completion" | "textDocument/hover" | "textDocument/definition" => {
            params["position"] = position;
        }
        _ => {}
    }
    params
}

/// The client's text as a simple model: lines without their endings.
struct Text {
    lines: Vec<String>,
}

impl Text {
    fn new(text: &str) -> Self {
        Self { lines: text.split('\n').map(str::to_owned).collect() }
    }

    fn joined(&self) -> String {
        self.lines.join("\n")
    }

    fn position(&self, random: &mut Random) -> Value {
        let line = random.below(self.lines.len());
        json!({"line": line, "character": random.below(self.lines[line].encode_utf16().count() + 1)})
    }

    /// Inserts text, replaces up to three characters of a line, or removes a line ending. Returns the change as a
    /// `TextDocumentContentChangeEvent`, and the number of lines.
    fn edit(&mut self, random: &mut Random) -> (Value, usize) {
        let number = random.below(self.lines.len());
        let inserted = INSERTED_TEXTS[random.below(INSERTED_TEXTS.len())];
        let line = &self.lines[number];
        let starts: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
        let from = random.below(starts.len());
        let to = (from + random.below(4)).min(starts.len() - 1);
        let (from, to) = (starts[from], starts[to]);
        let utf16 = |at: usize| line[..at].encode_utf16().count();
        let start = json!({"line": number, "character": utf16(from)});
        // An empty text at the end of a line removes the line ending.
        let joins_lines = inserted.is_empty() && from == line.len() && number + 1 < self.lines.len();
        let (end, rest, removed) = match joins_lines {
            true => (json!({"line": number + 1, "character": 0}), self.lines[number + 1].clone(), 2),
            false => (json!({"line": number, "character": utf16(to)}), line[to..].to_owned(), 1),
        };
        let changed = format!("{}{inserted}{rest}", &line[..from]);
        self.lines.splice(number..number + removed, changed.split('\n').map(str::to_owned));
        (json!({"range": {"start": start, "end": end}, "text": inserted}), self.lines.len())
    }
}

/// A deterministic sequence of random numbers.
pub struct Random(u64);

impl Random {
    /// Returns the sequence for a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Returns the next number below a bound, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        // Xorshift (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
