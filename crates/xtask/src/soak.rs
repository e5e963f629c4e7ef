//! `cargo xtask soak`: an hour's worth of editing in minutes. The server must have the client's text at the end, have
//! answered each request once, and not have grown.

use std::{collections::HashSet, path::Path, time::Instant};

use plan_test::generate;
use serde_json::{Value, json};

use crate::{
    bench::ours,
    session::{Session, URI},
};

/// After so many edits a request.
const EDITS_PER_REQUEST: usize = 5;
/// Of so many requests one is given up at once.
const REQUESTS_PER_CANCEL: usize = 17;
/// So many requests may be under way.
const UNDER_WAY: usize = 32;
/// The error of a request that was given up.
const CANCELLED: i64 = -32800;
/// Memory may grow by this in the second half. In the first one it still does: each thread that computes answers gets a part
/// of the heap of its own, which grows to what the longest answer needs.
const GROWTH: f64 = 1.15;
/// So many kilobytes are no growth: four times as many edits take no more (`--edits 400000`).
const SETTLING: f64 = 4_000.0;

/// What is asked for, by turns.
const METHODS: [&str; 12] = [
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
];

/// What is typed; the last ones change what everything below them means.
const TYPED: [&str; 12] = [
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

/// Edits and asks.
///
/// # Errors
/// When the server loses or repeats something, grows, or ends with another text.
pub fn run(root: &Path, edits: usize, lines: usize) -> Result<(), String> {
    let mut session = Session::start(&ours(root)?)?;
    let mut text = Text::new(&generate::plan(lines));
    session.open(&text.joined());
    let mut random = Random(0x5eed);
    let mut under_way: HashSet<u64> = HashSet::new();
    let (mut asked, mut answered) = (0_usize, 0_usize);
    let mut memory = Vec::new();
    let start = Instant::now();
    for number in 0..edits {
        let (change, grown) = text.edit(&mut random);
        session.change(&change);
        // A plan that grows for ever would be another test.
        if grown > lines * 2 {
            text = Text::new(&generate::plan(lines));
            session.change(&json!({"text": text.joined()}));
        }
        if number % EDITS_PER_REQUEST == 0 {
            let method = METHODS[asked % METHODS.len()];
            let id = session.ask(method, params(method, &text, &mut random));
            under_way.insert(id);
            asked += 1;
            if asked % REQUESTS_PER_CANCEL == 0 {
                session.notify("$/cancelRequest", json!({"id": id}));
            }
        }
        while under_way.len() > UNDER_WAY || number + 1 == edits && !under_way.is_empty() {
            let answer = session.answer().ok_or("the server is silent")?;
            let id = answer["id"].as_u64().unwrap_or_default();
            if !under_way.remove(&id) {
                return Err(format!("an answer to nothing, or a second one: {answer}"));
            }
            // Only what was given up may fail.
            if answer["error"]["code"].as_i64().is_some_and(|code| code != CANCELLED) {
                return Err(format!("a request failed: {answer}"));
            }
            answered += 1;
        }
        if number % (edits / 10).max(1) == 0 {
            memory.extend(session.memory());
        }
    }
    let known = session.request("plansmith/documentText", json!({"textDocument": {"uri": URI}}));
    let known = known.map(|mut answer| answer["result"]["text"].take()).unwrap_or_default();
    if known.as_str() != Some(&text.joined()) {
        return Err("the server has another text than the client".to_owned());
    }
    memory.extend(session.memory());
    session.end();
    println!(
        "{edits} edits and {asked} requests in {:.0} s: {answered} answers, the texts are equal.",
        start.elapsed().as_secs_f64()
    );
    if let (Some(middle), Some(late)) = (memory.get(memory.len() / 2), memory.last()) {
        println!("Memory in kB, from the start to the end: {memory:?}.");
        if *late as f64 > *middle as f64 * GROWTH + SETTLING {
            return Err("the server has grown".to_owned());
        }
    }
    Ok(())
}

fn params(method: &str, text: &Text, random: &mut Random) -> Value {
    let place = text.place(random);
    let mut params = json!({"textDocument": {"uri": URI}});
    match method {
        "textDocument/codeAction" => {
            params["range"] = json!({"start": place, "end": place});
            params["context"] = json!({"diagnostics": []});
        }
        "textDocument/inlayHint" => {
            params["range"] = json!({"start": {"line": 0, "character": 0}, "end": place});
        }
        "textDocument/references" => {
            params["position"] = place;
            params["context"] = json!({"includeDeclaration": true});
        }
        "textDocument/completion" | "textDocument/hover" | "textDocument/definition" => {
            params["position"] = place;
        }
        _ => {}
    }
    params
}

/// The client's text: the plainest model there is, lines without their endings.
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

    fn place(&self, random: &mut Random) -> Value {
        let line = random.below(self.lines.len());
        json!({"line": line, "character": random.below(self.lines[line].encode_utf16().count() + 1)})
    }

    /// Replaces a few characters of a line, or a line ending. Gives the change in the protocol's words, and how many lines
    /// there are.
    fn edit(&mut self, random: &mut Random) -> (Value, usize) {
        let number = random.below(self.lines.len());
        let typed = TYPED[random.below(TYPED.len())];
        let line = &self.lines[number];
        let starts: Vec<usize> = line.char_indices().map(|(at, _)| at).chain([line.len()]).collect();
        let from = random.below(starts.len());
        let to = (from + random.below(4)).min(starts.len() - 1);
        let (from, to) = (starts[from], starts[to]);
        let utf16 = |at: usize| line[..at].encode_utf16().count();
        let start = json!({"line": number, "character": utf16(from)});
        // Nothing typed at the end of a line takes its ending away.
        let joins = typed.is_empty() && from == line.len() && number + 1 < self.lines.len();
        let (end, rest, gone) = match joins {
            true => (json!({"line": number + 1, "character": 0}), self.lines[number + 1].clone(), 2),
            false => (json!({"line": number, "character": utf16(to)}), line[to..].to_owned(), 1),
        };
        let changed = format!("{}{typed}{rest}", &line[..from]);
        self.lines.splice(number..number + gone, changed.split('\n').map(str::to_owned));
        (json!({"range": {"start": start, "end": end}, "text": typed}), self.lines.len())
    }
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // Xorshift (Marsaglia 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}
