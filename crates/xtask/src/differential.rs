//! `cargo xtask differential`: edits real plans in one server and compares every response with that of a new
//! server in which the same texts are opened.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    session::{Session, URI},
    soak::Random,
};

/// Maximum length in bytes of a plan, so that many are compared.
const MAX_PLAN_BYTES: usize = 40_000;

/// Maximum time until the responses of both servers are equal: settings and the index take effect later.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// Number of comparisons of one edited server before another one is started.
const ROUNDS_PER_SERVER: usize = 12;

/// Requests about a document.
const DOCUMENT_METHODS: [&str; 9] = [
    "textDocument/diagnostic",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/documentLink",
    "textDocument/codeLens",
    "textDocument/semanticTokens/full",
    "textDocument/inlayHint",
    "textDocument/selectionRange",
    "plansmith/syntaxTree",
];

/// Requests about a position.
const POSITION_METHODS: [&str; 6] = [
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/codeAction",
];

const INSERTED: [&str; 28] = [
    "x",
    " ",
    "\n",
    "\n\n",
    "1",
    "é",
    "🏗",
    "#",
    "## ",
    "`",
    "*",
    "**",
    "[x]",
    "[ ]",
    "](a.md)",
    "> ",
    "- ",
    "|",
    "- [ ] **Task 9.9**: more\n",
    "\n## Phase 7: Other\n",
    "  - Depends on: Task 1.1\n",
    "**Status**: Done\n",
    "| a | b |\n|---|---|\n",
    "```mermaid\n",
    "```\n",
    "<!-- ",
    "-->\n",
    "---\n",
];

fn settings() -> [Value; 5] {
    [
        Value::Null,
        json!({"states": {"done": ["erledigt", "more"], "active": ["later"]}}),
        json!({"rules": {"all": "warning", "broken-link": "off"}, "markdown": "all"}),
        json!({"hints": {"dependencies": true, "dates": true}, "lenses": {"phases": true}}),
        json!({"exclude": ["**/plan1.md"], "markdown": "off"}),
    ]
}

/// An open document of the edited server.
struct OpenPlan {
    uri: String,
    version: i64,
    text: String,
}

impl OpenPlan {
    fn open_in(&self, server: &mut Session) {
        let (uri, version, text) = (&self.uri, self.version, &self.text);
        let document = json!({"uri": uri, "languageId": "markdown", "version": version, "text": text});
        server.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces a random part of the text.
    fn edit(&mut self, server: &mut Session, random: &mut Random) {
        let boundary = |at: usize| (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let start = boundary(random.below(self.text.len() + 1));
        let length = [0, 0, 1, 2, 30, 400][random.below(6)];
        let end = boundary((start + length).min(self.text.len())).max(start);
        let new = if random.below(4) == 0 { "" } else { INSERTED[random.below(INSERTED.len())] };
        let range = json!({"start": position(&self.text, start), "end": position(&self.text, end)});
        self.text.replace_range(start..end, new);
        self.version += 1;
        let document = json!({"uri": self.uri, "version": self.version});
        let changes = json!([{"range": range, "text": new}]);
        server.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }
}

/// Edits plans of a folder until `comparisons` responses were compared.
///
/// # Errors
/// Returns an error if a server does not respond, or if responses differ.
pub fn run(command: &str, folder: &Path, comparisons: usize, seed: u64) -> Result<(), String> {
    let plans = plans(folder);
    if plans.is_empty() {
        return Err("no plans found".to_owned());
    }
    let mut random = Random::new(seed);
    let (mut compared, mut differences, start) = (0, 0, Instant::now());
    while compared < comparisons {
        let mut server = Session::start(command)?;
        let count = 1 + random.below(3);
        let mut open: Vec<OpenPlan> = (0..count)
            .map(|number| {
                let mut text = plans[random.below(plans.len())].clone();
                // One long section.
                if random.below(4) == 0 {
                    text = text.replace("\n#", "\n");
                }
                let uri = URI.replace("plan.md", &format!("plans/plan{number}.md"));
                OpenPlan { uri, version: 1, text }
            })
            .collect();
        open.iter().for_each(|plan| plan.open_in(&mut server));
        for _ in 0..ROUNDS_PER_SERVER {
            if random.below(5) == 0 {
                server.settings = settings()[random.below(5)].clone();
                let settings = json!({"settings": {"plansmith": server.settings}});
                server.notify("workspace/didChangeConfiguration", settings);
            }
            for _ in 0..1 + random.below(8) {
                let number = random.below(count);
                open[number].edit(&mut server, &mut random);
                // Sometimes something is cached between two edits.
                if random.below(3) == 0 {
                    let method = DOCUMENT_METHODS[random.below(DOCUMENT_METHODS.len())];
                    ask(&mut server, method, &open[number], 0)?;
                }
            }
            let mut fresh = Session::start(command)?;
            fresh.settings = server.settings.clone();
            // The current text of a file is that of the buffer that was edited last, but these documents all have
            // different files.
            open.iter().for_each(|plan| plan.open_in(&mut fresh));
            for plan in &open {
                let places: Vec<usize> = (0..3).map(|_| random.below(plan.text.len() + 1)).collect();
                let documents = DOCUMENT_METHODS.iter().map(|method| (*method, places[0]));
                let positions =
                    POSITION_METHODS.iter().flat_map(|method| places.iter().map(|at| (*method, *at)));
                for (method, at) in documents.chain(positions) {
                    compared += 1;
                    if let Some((is, expected)) = difference(&mut server, &mut fresh, method, plan, at)? {
                        differences += 1;
                        println!(
                            "{method} at byte {at} of {:?}\n  is       {is}\n  expected {expected}",
                            plan.text
                        );
                    }
                }
            }
            fresh.end();
        }
        server.end();
    }
    println!(
        "{compared} responses compared in {:.0} s, {differences} differences",
        start.elapsed().as_secs_f64()
    );
    if differences > 0 { Err("responses differ".to_owned()) } else { Ok(()) }
}

/// Returns the responses of both servers if they remain different.
fn difference(
    server: &mut Session,
    fresh: &mut Session,
    method: &str,
    plan: &OpenPlan,
    at: usize,
) -> Result<Option<(Value, Value)>, String> {
    let deadline = Instant::now() + MAX_DELAY;
    loop {
        let responses = (ask(server, method, plan, at)?, ask(fresh, method, plan, at)?);
        if responses.0 == responses.1 {
            return Ok(None);
        }
        if Instant::now() > deadline {
            return Ok(Some(responses));
        }
        for server in [&mut *server, &mut *fresh] {
            server.request("plansmith/index", Value::Null).ok_or("no response from the server")?;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn ask(server: &mut Session, method: &str, plan: &OpenPlan, at: usize) -> Result<Value, String> {
    let at = (0..=at).rev().find(|at| plan.text.is_char_boundary(*at)).unwrap_or(0);
    let (start, end) = (position(&plan.text, at), position(&plan.text, plan.text.len()));
    let mut params = json!({"textDocument": {"uri": plan.uri}});
    match method {
        "textDocument/inlayHint" => {
            params["range"] = json!({"start": {"line": 0, "character": 0}, "end": end})
        }
        "textDocument/selectionRange" => params["positions"] = json!([start, end]),
        "textDocument/codeAction" => {
            params["range"] = json!({"start": start, "end": start});
            params["context"] = json!({"diagnostics": []});
        }
        "textDocument/references" => {
            params["position"] = start;
            params["context"] = json!({"includeDeclaration": true});
        }
        method if POSITION_METHODS.contains(&method) => params["position"] = start,
        _ => {}
    }
    let mut response = server.request(method, params).ok_or_else(|| format!("no response to {method}"))?;
    let mut response =
        if response["error"].is_null() { response["result"].take() } else { response["error"].take() };
    if let Some(members) = response.as_object_mut() {
        members.remove("resultId");
    }
    Ok(response)
}

/// Returns the texts of the Markdown files below a folder.
fn plans(folder: &Path) -> Vec<String> {
    let (mut folders, mut found): (Vec<PathBuf>, Vec<PathBuf>) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    let texts = found.iter().filter_map(|path| fs::read_to_string(path).ok());
    texts.filter(|text| text.len() <= MAX_PLAN_BYTES).collect()
}

/// Returns the LSP position of a byte offset, in UTF-16 units.
fn position(text: &str, at: usize) -> Value {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    json!({"line": text[..at].matches('\n').count(), "character": text[start..at].encode_utf16().count()})
}
