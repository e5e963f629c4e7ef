//! Deeply nested documents: every request and every command completes for every kind of nesting, and no result is nested
//! more deeply than JSON parsers support.

use std::{fs, path::Path, process::Command, process::Stdio};

use serde_json::{Value, json};

use super::{PATHOLOGICAL, Server, documents::FULL, requests};

/// Number of levels of nesting that needs an indented line for each level: 9 MB of text in a release build.
const INDENTED: usize = if FULL { 3_000 } else { 400 };

/// Number of levels of nesting that needs a few bytes for each level.
const SHORT: usize = if FULL { 300_000 } else { 6_000 };

/// Maximum depth that serde_json parses.
const MAX_JSON_DEPTH: usize = 128;

const HEAD: &str = "# Plan: Deep\n\n**Status**: In Progress\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n  - Depends on: Task 1.2\n- [ ] **Task 1.2**: b\n\n";

fn indented(line: impl Fn(usize) -> String) -> String {
    (0..INDENTED).map(|level| format!("{}{}\n", "  ".repeat(level), line(level))).collect()
}

fn plan(rest: impl AsRef<str>) -> String {
    format!("{HEAD}{}\n", rest.as_ref())
}

fn documents() -> Vec<(&'static str, String)> {
    let each = |piece: &str| piece.repeat(SHORT);
    vec![
        ("open tasks", plan(indented(|level| format!("- [ ] t{level}")))),
        ("done tasks with ids", plan(indented(|level| format!("- [x] **Task 2.{level}**: t [{level}]")))),
        (
            "tasks that depend on their subtasks",
            plan(indented(|level| format!("- [ ] **Task 2.{level}**: t (depends on Task 2.{})", level + 1))),
        ),
        ("checklist", indented(|level| format!("- [ ] t{level}"))),
        ("numbered tasks", plan((0..INDENTED / 2).map(|level| format!("{}1. [ ] t\n", "   ".repeat(level))).collect::<String>())),
        ("quoted tasks", plan((1..INDENTED / 2).map(|level| format!("{} - [ ] t\n", ">".repeat(level))).collect::<String>())),
        ("bullets on a line", plan(format!("{}[ ] b", "- ".repeat(if FULL { 10_000 } else { 1_000 })))),
        ("quotes on a line", plan(format!("{} - [ ] b", ">".repeat(if FULL { 10_000 } else { 1_000 })))),
        ("brackets", plan(format!("- [ ] {}x{}", each("["), each("]")))),
        ("images in images", plan(format!("- [ ] {}x{}", each("!["), each("](a)")))),
        ("parentheses", plan(format!("  - Depends on: {}Task 1.2{}\n[a]({}b{})", each("("), each(")"), each("("), each(")")))),
        ("emphasis", plan(format!("- [ ] {}x{}", each("*a "), each(" b*")))),
        ("strong emphasis", plan(format!("- [ ] {}x{}", each("**a _"), each("_ b**")))),
        ("struck text", plan(format!("- [ ] {}x{}", each("~~a "), each(" b~~")))),
        ("headings", plan((0..SHORT).map(|level| format!("{} H{level}\n", "#".repeat(level % 6 + 1))).collect::<String>())),
        ("numbers in an id", plan(format!("- [ ] **Task 1{}**: a\n  - Depends on: Task 1{}", each(".1"), each(".2")))),
        ("flow sequences", format!("---\na: {}x{}\ntype: plan\n---\n{HEAD}", each("["), each("]"))),
        ("flow maps", format!("---\na: {}x{}\ntype: plan\n---\n{HEAD}", each("{a: "), each("}"))),
        ("block sequences", format!("---\na:\n  {}x\ntype: plan\n---\n{HEAD}", each("- "))),
        ("TOML arrays", format!("+++\na = {}1{}\n+++\n{HEAD}", each("["), each("]"))),
        ("TOML tables", format!("+++\na = {}1{}\nb{} = 1\n+++\n{HEAD}", each("{a = "), each("}"), each(".b"))),
        ("HTML", plan(format!("{}x{}", each("<div>\n"), each("</div>\n")))),
        ("HTML on a line", plan(format!("- [ ] {}x{}", each("<b>"), each("</b>")))),
        (
            "tables in lists",
            plan((0..INDENTED / 4).map(|level| { let indent = "  ".repeat(level); format!("{indent}- | Task | Status |\n{indent}  |---|---|\n{indent}  | Task 3.{level} | Done |\n") }).collect::<String>()),
        ),
        ("fences in lists", plan((0..INDENTED / 4).map(|level| { let indent = "  ".repeat(level); format!("{indent}- [ ] a\n{indent}  ```\n{indent}  x\n{indent}  ```\n") }).collect::<String>())),
        ("comments", plan(format!("{}x{}", each("<!-- "), each(" -->")))),
    ]
}

/// Returns the depth of JSON: the number of arrays and objects around its innermost value.
pub fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut text, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            b'[' | b'{' if !text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !text => depth -= 1,
            _ => {}
        }
    }
    deepest
}

/// Returns all requests about a document in addition to [`requests`].
fn further_requests(text: &str) -> Vec<(&'static str, Value)> {
    let last = text.lines().count().saturating_sub(1);
    let document = json!({"uri": PATHOLOGICAL});
    let about = json!({"textDocument": document});
    let all = json!({"start": {"line": 0, "character": 0}, "end": {"line": last, "character": 0}});
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let command = |name: &str, argument: Value| json!({"command": name, "arguments": [argument]});
    let mut found = vec![
        ("textDocument/semanticTokens/range", json!({"textDocument": document, "range": all})),
        ("textDocument/diagnostic", about.clone()),
        ("textDocument/formatting", json!({"textDocument": document, "options": options})),
        ("textDocument/rangeFormatting", json!({"textDocument": document, "range": all, "options": options})),
        ("workspace/symbol", json!({"query": "t"})),
        ("workspace/diagnostic", json!({"previousResultIds": []})),
        (
            "workspace/willRenameFiles",
            json!({"files": [{"oldUri": PATHOLOGICAL, "newUri": "file:///nowhere/plans/new.md"}]}),
        ),
        ("workspace/willDeleteFiles", json!({"files": [{"uri": PATHOLOGICAL}]})),
    ];
    for line in [10.min(last), last / 2, last] {
        let params =
            json!({"textDocument": document, "position": {"line": line, "character": 2 * line % 3_000}});
        found.push(("textDocument/typeDefinition", params.clone()));
        found.push(("textDocument/prepareCallHierarchy", params.clone()));
        found.push(("textDocument/prepareRename", params.clone()));
        let mut typed = params.clone();
        typed["ch"] = json!("\n");
        typed["options"] = options.clone();
        found.push(("textDocument/onTypeFormatting", typed));
    }
    let plan = json!({"textDocument": document, "ranges": [all], "withChildren": true});
    let mut state = plan.clone();
    state["state"] = json!("blocked");
    state["updateProgress"] = json!(true);
    let position = json!({"textDocument": document, "position": {"line": 0, "character": 0}});
    for (name, argument) in [
        ("plansmith.server.nextTask", about.clone()),
        ("plansmith.server.nextTasks", about.clone()),
        ("plansmith.server.nextPlaceholder", position),
        ("plansmith.server.status", about.clone()),
        ("plansmith.server.status", json!({})),
        ("plansmith.server.items", about.clone()),
        ("plansmith.server.toggleTask", plan.clone()),
        ("plansmith.server.cycleTask", plan),
        ("plansmith.server.setState", state),
    ] {
        found.push(("workspace/executeCommand", command(name, argument)));
    }
    for kind in ["dependencies", "timeline"] {
        for format in ["mermaid", "dot", "svg", "json"] {
            let argument = json!({"textDocument": document, "kind": kind, "format": format});
            found.push(("workspace/executeCommand", command("plansmith.server.graph", argument)));
        }
    }
    found
}

#[test]
fn requests_about_deep_documents() {
    let only = std::env::var("PLANSMITH_LIMIT").unwrap_or_default();
    for (name, text) in documents().into_iter().filter(|(name, _)| name.contains(&only)) {
        assert!(text.len() < plan_ide::MAX_DOCUMENT_BYTES, "{name}");
        let mut server = Server::start();
        server.open(PATHOLOGICAL, &text);
        for (method, params) in requests(&text).into_iter().chain(further_requests(&text)) {
            let shown = format!("{name}: {method} {}", params["command"]);
            let id = server.request(method, params);
            server.until(&shown, |server| server.answered.contains_key(&id));
            assert!(server.deepest < MAX_JSON_DEPTH, "{shown}: {} levels", server.deepest);
        }
        // Unsupported requests may fail, but not with an internal error.
        let is_internal_error = |error: &&Value| error["code"] == -32603;
        assert_eq!(server.errors.iter().find(is_internal_error), None, "{name}");
    }
}

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, Vec<u8>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn commands_on_deep_documents() {
    let only = std::env::var("PLANSMITH_LIMIT").unwrap_or_default();
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, text) in documents().into_iter().filter(|(name, _)| name.contains(&only)) {
        let file = format!("{}.md", name.replace(' ', "-"));
        fs::write(folder.path().join(&file), text).unwrap();
        files.push(file);
    }
    let check = |command: &str, files: &[String]| {
        let arguments: Vec<&str> = command.split(' ').chain(files.iter().map(String::as_str)).collect();
        let (code, out, errors) = run(folder.path(), &arguments);
        assert!(matches!(code, Some(0..=2)), "{arguments:?}: {code:?} {errors:.500}");
        for sign in ["panicked", "overflow", "internal error"] {
            assert!(!errors.contains(sign), "{arguments:?}: {errors:.500}");
        }
        if command.contains("json") || command.contains("sarif") {
            assert!(depth(&out) < MAX_JSON_DEPTH, "{arguments:?}");
        }
    };
    for file in &files {
        for command in [
            "graph",
            "graph --format svg",
            "graph --kind timeline --format svg",
            "templates derive",
            "templates check",
        ] {
            check(command, std::slice::from_ref(file));
        }
    }
    for command in [
        "check",
        "check --format json",
        "check --format sarif",
        "check --diff",
        "fmt --diff",
        "inspect",
        "inspect --format json",
        "inspect --blocks",
        "status",
        "status --format json",
        "status --format html",
        "next --all",
        "next --format json",
        "check --fix",
        "fmt",
    ] {
        check(command, &files);
    }
}

/// Nesting in settings, templates and `.gitignore`.
#[test]
fn deep_settings_and_templates() {
    // Enough for the main thread's larger stack.
    let each = |piece: &str| piece.repeat(if FULL { 300_000 } else { 30_000 });
    for (name, settings) in [
        ("arrays", format!("a = {}1{}\n", each("["), each("]"))),
        ("tables", format!("a = {}1{}\n", each("{a = "), each("}"))),
        ("keys", format!("a{} = 1\n", each(".a"))),
        ("headers", format!("[a{}]\nb = 1\n", each(".a"))),
        ("an override's glob", format!("[[override]]\nfiles = \"{}a{}\"\n", each("{"), each("}"))),
        ("a glob's alternatives", format!("exclude = [\"{}a{}\"]\n", each("{"), each("}"))),
        (
            "a template's glob",
            format!("[[template]]\nname = \"codev-plan\"\nfiles = \"{}a{}\"\n", each("{"), each("}")),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plansmith.toml"), settings).unwrap();
        fs::write(folder.path().join("plan.md"), plan("")).unwrap();
        let (code, _, errors) = run(folder.path(), &["check"]);
        assert!(matches!(code, Some(0..=2)), "{name}: {code:?} {errors:.500}");
    }
    for (name, text) in documents() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".plansmith/templates")).unwrap();
        let mut text = text;
        text.insert_str(0, "<!-- plansmith-name deep -->\n");
        fs::write(folder.path().join(".plansmith/templates/deep.md"), text).unwrap();
        fs::write(folder.path().join("plan.md"), format!("---\ntemplate: deep\n---\n{}", plan(""))).unwrap();
        for command in ["templates", "templates show deep", "new deep --title x", "check"] {
            let arguments: Vec<&str> = command.split(' ').collect();
            let (code, _, errors) = run(folder.path(), &arguments);
            assert!(matches!(code, Some(0..=2)), "{name}: {command}: {code:?} {errors:.500}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sub/.git")).unwrap();
    fs::write(folder.path().join("sub/.gitignore"), format!("{}a{}\n", each("{"), each("}"))).unwrap();
    fs::write(folder.path().join("sub/plan.md"), plan("")).unwrap();
    for path in [".", "sub"] {
        let (code, _, errors) = run(folder.path(), &["check", path]);
        assert!(matches!(code, Some(0..=2)), "{path}: {code:?} {errors:.500}");
    }
}
