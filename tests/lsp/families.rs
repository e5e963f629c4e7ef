//! Families of plan documents in the editor, as a new user of each tool meets them: hover, definition, references,
//! highlights, completion, lenses, outline, symbols, code actions, rename and findings in a set of documents.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{
    client::Client,
    sets::{at, edited, start},
    workspace::{codes, folder, index, uri},
};

/// A workspace with the documents of a family.
struct FamilyWorkspace {
    _guard: tempfile::TempDir,
    root: PathBuf,
    client: Client,
    /// Paths and texts of the files.
    files: Vec<(&'static str, String)>,
    /// Version of the last change.
    version: i64,
}

impl FamilyWorkspace {
    /// Starts a server, and opens the Markdown files.
    fn new(files: &[(&'static str, &str)]) -> Self {
        let (guard, root) = folder(files);
        let mut client = start(&root);
        let files: Vec<(&'static str, String)> =
            files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
            client.open(&uri(&root.join(path)), text);
        }
        index(&mut client);
        Self { _guard: guard, root, client, files, version: 1 }
    }

    /// Ends the server.
    fn end(self) {
        self.client.shutdown();
    }

    fn uri(&self, path: &str) -> String {
        uri(&self.root.join(path))
    }

    fn text(&self, path: &str) -> &str {
        &self.files.iter().find(|(other, _)| *other == path).unwrap().1
    }

    /// Sends a request at a word of a file, moved right by some characters.
    fn ask(&mut self, method: &str, path: &str, word: &str, right: usize, more: Value) -> Value {
        let mut params = at(&self.uri(path), self.text(path), word, right);
        for (key, value) in more.as_object().into_iter().flatten() {
            params[key] = value.clone();
        }
        self.client.request(method, params).unwrap_or_else(|error| error)
    }

    fn hover(&mut self, path: &str, word: &str, right: usize) -> String {
        let hover = self.ask("textDocument/hover", path, word, right, json!({}));
        let contents = &hover["contents"];
        contents["value"].as_str().or(contents.as_str()).unwrap_or_default().to_owned()
    }

    /// Returns locations as `path:line`, in the order of the response.
    fn places(&self, found: &Value) -> Vec<String> {
        let root = format!("{}/", uri(&self.root));
        let place = |location: &Value| {
            let path = location["uri"].as_str().unwrap().strip_prefix(&root).unwrap().replace("%20", " ");
            format!("{path}:{}", location["range"]["start"]["line"].as_u64().unwrap() + 1)
        };
        found.as_array().into_iter().flatten().map(place).collect()
    }

    fn definition(&mut self, path: &str, word: &str, right: usize) -> Vec<String> {
        let found = self.ask("textDocument/definition", path, word, right, json!({}));
        self.places(&found)
    }

    fn references(&mut self, path: &str, word: &str, right: usize) -> Vec<String> {
        let context = json!({"context": {"includeDeclaration": true}});
        let found = self.ask("textDocument/references", path, word, right, context);
        self.places(&found)
    }

    /// Returns the texts that are highlighted for a word.
    fn highlights(&mut self, path: &str, word: &str, right: usize) -> Vec<String> {
        let found = self.ask("textDocument/documentHighlight", path, word, right, json!({}));
        let lines: Vec<&str> = self.text(path).lines().collect();
        let text = |highlight: &Value| {
            let number = |place: &str, key: &str| highlight["range"][place][key].as_u64().unwrap() as usize;
            let line = lines[number("start", "line")];
            line[number("start", "character")..number("end", "character")].to_owned()
        };
        found.as_array().into_iter().flatten().map(text).collect()
    }

    /// Replaces a text in an open file.
    fn edit(&mut self, path: &'static str, from: &str, to: &str) {
        let text = self.text(path).replacen(from, to, 1);
        assert_ne!(text, self.text(path), "{from}");
        let uri = self.uri(path);
        self.version += 1;
        self.client.change(&uri, self.version, json!([{ "text": text }]));
        self.files.iter_mut().find(|(other, _)| *other == path).unwrap().1 = text;
    }

    fn completions(&mut self, path: &str, word: &str, right: usize) -> Vec<String> {
        let found =
            self.ask("textDocument/completion", path, word, right, json!({"context": {"triggerKind": 1}}));
        let items = found["items"].as_array().or(found.as_array()).unwrap();
        items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    fn lenses(&mut self, path: &str) -> Vec<String> {
        let params = json!({"textDocument": {"uri": self.uri(path)}});
        let found = self.client.request("textDocument/codeLens", params).unwrap();
        let title = |lens: &Value| lens["command"]["title"].as_str().unwrap().to_owned();
        found.as_array().into_iter().flatten().map(title).collect()
    }

    /// Returns the names and details of an outline.
    fn outline(&mut self, path: &str) -> String {
        fn add(symbols: &Value, depth: usize, shown: &mut String) {
            for symbol in symbols.as_array().into_iter().flatten() {
                let detail =
                    symbol["detail"].as_str().map(|detail| format!(" ({detail})")).unwrap_or_default();
                let name = symbol["name"].as_str().unwrap();
                shown.push_str(&format!("{}{name}{detail}\n", "  ".repeat(depth)));
                add(&symbol["children"], depth + 1, shown);
            }
        }
        let params = json!({"textDocument": {"uri": self.uri(path)}});
        let found = self.client.request("textDocument/documentSymbol", params).unwrap();
        let mut shown = String::new();
        add(&found, 0, &mut shown);
        shown
    }

    fn symbols(&mut self, query: &str) -> Vec<String> {
        let found = self.client.request("workspace/symbol", json!({"query": query})).unwrap();
        let name = |symbol: &Value| symbol["name"].as_str().unwrap().to_owned();
        found.as_array().into_iter().flatten().map(name).collect()
    }

    /// Returns the text of `target` after the code action with this title at a word of a file.
    fn action(&mut self, path: &str, word: &str, title: &str, target: &str) -> String {
        let position = at(&self.uri(path), self.text(path), word, 0)["position"].clone();
        let params = json!({
            "textDocument": {"uri": self.uri(path)},
            "range": {"start": position, "end": position},
            "context": {"diagnostics": [], "only": ["refactor"]},
        });
        let actions = self.client.request("textDocument/codeAction", params).unwrap();
        let found = actions.as_array().unwrap().iter().find(|action| action["title"] == title);
        let found = found.unwrap_or_else(|| panic!("{title}: {actions}")).clone();
        let action = self.client.request("codeAction/resolve", found).unwrap();
        edited(&action["edit"], &self.uri(target), self.text(target)).0
    }

    /// Returns the text of each changed file after a rename.
    fn rename(&mut self, path: &str, word: &str, right: usize, new: &str) -> Vec<(String, String)> {
        let edit = self.ask("textDocument/rename", path, word, right, json!({"newName": new}));
        let changes = edit["documentChanges"].as_array().unwrap_or_else(|| panic!("{edit}"));
        let root = format!("{}/", uri(&self.root));
        let path = |change: &Value| {
            let uri = change["textDocument"]["uri"].as_str().unwrap();
            uri.strip_prefix(&root).unwrap().replace("%20", " ")
        };
        let mut paths: Vec<String> = changes.iter().map(path).collect();
        paths.sort();
        paths
            .into_iter()
            .map(|path| {
                let text = edited(&edit, &self.uri(&path), self.text(&path)).0;
                (path, text)
            })
            .collect()
    }

    fn codes(&mut self, path: &str) -> Vec<String> {
        let uri = self.uri(path);
        codes(&mut self.client, &uri)
    }
}

fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn spec_kit() {
    let (spec, plan, tasks) = ("specs/003-mail/spec.md", "specs/003-mail/plan.md", "specs/003-mail/tasks.md");
    let print = "specs/004-print/tasks.md";
    let mut workspace = FamilyWorkspace::new(&[
        (
            spec,
            "# Feature Specification: Mail\n\n## User Scenarios\n\n### User Story 1 - Write an invoice (Priority: P1)\n\n1. **Given** a customer, **When** Ada writes, **Then** it is stored\n\n### User Story 2 - Send an invoice (Priority: P2)\n\n1. **Given** an invoice, **When** Ada sends it, **Then** it arrives\n\n## Requirements\n\n- **FR-001**: The system MUST store an invoice.\n- **FR-002**: The system MUST number invoices.\n- **FR-003**: The system MUST attach a PDF.\n- **FR-004**: The system MUST retry.\n",
        ),
        (plan, "# Implementation Plan: Mail\n\nStorage satisfies FR-001.\n"),
        (
            tasks,
            "# Tasks: Mail\n\n## Phase 3: User Story 1 - Write an invoice\n\n- [X] T013 [US1] Store it (FR-001) in src/store.rs\n\n## Phase 4: User Story 2 - Send an invoice\n\n- [X] T015 [US2] Add the model in src/model.rs\n- [ ] T016 [P] [US2] Render the PDF in src/pdf.rs (FR-001-FR-003)\n- [ ] T017 Retry later\n",
        ),
        ("specs/004-print/spec.md", "# Feature Specification: Print\n\n- **FR-001**: It MUST print.\n"),
        (print, "# Tasks: Print\n\n- [ ] T001 Print FR-001 like 003-mail/FR-003\n"),
    ]);
    let w = &mut workspace;
    assert_contains(
        &w.hover(tasks, "US2]", 1),
        &["**US2** · user story · spec.md:9 · P2", "US2/AC1", "Covered by 3 tasks, 1 done", "T016"],
    );
    assert_contains(&w.hover(tasks, "FR-001-", 1), &["**FR-001**", "**FR-002**", "**FR-003**"]);
    assert_contains(&w.hover(print, "mail/FR-003", 6), &["specs/003-mail/spec.md:17", "attach a PDF"]);
    assert_eq!(w.definition(tasks, "US2]", 1), ["specs/003-mail/spec.md:9"]);
    assert_eq!(w.definition(print, "mail/FR-003", 6), ["specs/003-mail/spec.md:17"]);
    assert_eq!(w.definition(print, "Print FR-001", 7), ["specs/004-print/spec.md:3"]);
    assert_eq!(
        w.references(spec, "FR-003", 1),
        ["specs/003-mail/spec.md:17", "specs/003-mail/tasks.md:10", "specs/004-print/tasks.md:3"]
    );
    assert_eq!(w.highlights(tasks, "FR-001)", 1), ["FR-001", "FR-001-FR-003"]);
    assert_eq!(w.highlights(tasks, "US2]", 1), ["2", "US2", "US2"]);
    let lenses = w.lenses(spec);
    assert_eq!(&lenses[..2], ["plan.md", "tasks.md 2/4"]);
    assert_eq!(lenses.last().map(String::as_str), Some("no task"));
    assert_contains(
        &w.outline(spec),
        &[
            "User Story 2 - Send an invoice (Priority: P2) (1 of 3 tasks done)",
            "FR-004 The system MUST retry. (no task)",
        ],
    );
    assert_eq!(w.symbols("FR-004"), ["FR-004 The system MUST retry."]);
    assert_contains(
        &w.action(spec, "FR-004", "Add task for FR-004", tasks),
        &["- [ ] T017 Retry later\n- [ ] T018 Implement FR-004: The system MUST retry\n"],
    );
    assert_contains(
        &w.action(spec, "FR-004", "Add reference to FR-004 in T017", tasks),
        &["- [ ] T017 Retry later (FR-004)\n"],
    );
    assert_contains(
        &w.action(tasks, "T017", "Add reference to FR-004", tasks),
        &["- [ ] T017 Retry later (FR-004)\n"],
    );
    assert_contains(
        &w.action(spec, "1 - Write", "Add task for US1", tasks),
        &["in src/store.rs\n- [ ] T018 [US1] Write an invoice\n\n## Phase 4"],
    );
    let renamed = w.rename(tasks, "FR-003", 2, "FR-030");
    let shown: Vec<(&str, bool)> =
        renamed.iter().map(|(path, text)| (&**path, text.contains("FR-030"))).collect();
    assert_eq!(shown, [(spec, true), (tasks, true), (print, true)]);
    assert_contains(&renamed[1].1, &["(FR-001, FR-002, FR-030)"]);
    assert_contains(&renamed[2].1, &["Print FR-001 like 003-mail/FR-030"]);
    assert_eq!(w.codes(spec), ["uncovered-requirement"]);
    assert_eq!(w.codes(tasks), [""; 0]);
    w.edit(tasks, "T017 Retry later", "T017 [U");
    assert_eq!(w.completions(tasks, "T017 [U", 7), ["US1", "US2"]);
    w.edit(tasks, "T017 [U", "T017 Retry FR-");
    assert_eq!(w.completions(tasks, "Retry FR-", 9), ["FR-004", "FR-001", "FR-002", "FR-003"]);
    workspace.end();
}

#[test]
fn kiro() {
    let (requirements, tasks) = (".kiro/specs/export/requirements.md", ".kiro/specs/export/tasks.md");
    let mut workspace = FamilyWorkspace::new(&[
        (
            requirements,
            "# Requirements\n\n### Requirement 1: Import\n\n**User Story:** As Ada, I want files\n\n#### Acceptance Criteria\n\n1. WHEN a file is read THEN it SHALL be checked\n2. IF it is empty THEN it SHALL say so\n\n### Requirement 2: Export\n\n#### Acceptance Criteria\n\n1. WHEN Ada exports THEN a file SHALL be written\n",
        ),
        (".kiro/specs/export/design.md", "# Design\n\n**Validates: Requirements 1.2**\n"),
        (
            tasks,
            "# Implementation Plan\n\n- [x] 1. Import\n  - _Requirements: 1.1-1.2_\n- [ ] 2. Export\n  - [ ] 2.1 Write\n    - _Requirements: 1.1_\n",
        ),
    ]);
    let w = &mut workspace;
    assert_contains(
        &w.hover(tasks, "1.1_", 1),
        &["**1.1** · criterion · requirements.md:9", "it SHALL be checked", "Covered by 2 tasks, 1 done"],
    );
    assert_eq!(w.definition(tasks, "1.1_", 1), [".kiro/specs/export/requirements.md:9"]);
    assert_eq!(w.highlights(tasks, "1.1_", 1), ["1.1-1.2", "1.1"]);
    assert_eq!(
        w.references(requirements, "IF it is", 1),
        [
            ".kiro/specs/export/requirements.md:10",
            ".kiro/specs/export/design.md:3",
            ".kiro/specs/export/tasks.md:4"
        ]
    );
    assert_contains(&w.outline(requirements), &["Requirement 2: Export (no task)"]);
    assert!(w.symbols("Export").contains(&"Requirement 2: Export".to_owned()));
    w.edit(tasks, "Requirements: 1.1_", "Requirements: 1.1, _");
    assert_eq!(w.completions(tasks, "1.1, _", 5)[0], "2.1");
    assert_eq!(w.codes(tasks), [""; 0]);
    w.edit(tasks, "1.1, _", "1.1, 2.4_");
    assert_eq!(w.codes(tasks), ["unknown-requirement"]);
    workspace.end();
}

#[test]
fn openspec() {
    let shared = "openspec/specs/csv/spec.md";
    let delta = "openspec/changes/add-mail/specs/csv/spec.md";
    let (proposal, tasks) = ("openspec/changes/add-mail/proposal.md", "openspec/changes/add-mail/tasks.md");
    let mut workspace = FamilyWorkspace::new(&[
        ("openspec/config.yaml", "schema: spec-driven\n"),
        (
            shared,
            "# csv\n\n## Requirements\n\n### Requirement: Export\n\nIt SHALL write one row.\n\n#### Scenario: Empty\n\n- a\n",
        ),
        (proposal, "# Add mail\n\n## Why\n\nAda needs it.\n"),
        (
            delta,
            "## MODIFIED Requirements\n\n### Requirement: Export\n\nIt SHALL write two rows.\n\n#### Scenario: Empty\n\n- a\n",
        ),
        (tasks, "## 1. Writer\n\n- [x] 1.1 Write\n- [ ] 1.2 Quote\n"),
    ]);
    let w = &mut workspace;
    assert_contains(
        &w.hover(delta, "Export", 1),
        &["It SHALL write two rows.", "- It SHALL write one row.\n+ It SHALL write two rows."],
    );
    assert_eq!(w.definition(delta, "Export", 1), ["openspec/specs/csv/spec.md:5"]);
    assert_eq!(
        w.references(shared, "Export", 1),
        ["openspec/specs/csv/spec.md:5", "openspec/changes/add-mail/specs/csv/spec.md:3"]
    );
    assert_eq!(w.lenses(shared), ["modified by add-mail, 1 of 2 tasks done"]);
    assert_eq!(w.lenses(proposal), ["specs/csv/spec.md", "tasks.md 1/2"]);
    let renamed = w.rename(shared, "Export", 1, "Table");
    let paths: Vec<&str> = renamed.iter().map(|(path, _)| &**path).collect();
    assert_eq!(paths, [delta, shared]);
    assert_eq!(w.symbols("Export").len(), 2);
    assert_eq!(w.codes(delta), [""; 0]);
    w.edit(delta, "Requirement: Export", "Requirement: Expert");
    assert_eq!(w.codes(delta), ["delta-target-missing"]);
    w.edit(tasks, "[ ] 1.2", "[x] 1.2");
    assert!(w.lenses(tasks).contains(&"2/2 tasks done, not archived".to_owned()));
    workspace.end();
}

#[test]
fn gsd() {
    let requirements = ".planning/REQUIREMENTS.md";
    let roadmap = ".planning/ROADMAP.md";
    let (first, second) =
        (".planning/phases/02-export/02-01-PLAN.md", ".planning/phases/02-export/02-02-PLAN.md");
    let mut workspace = FamilyWorkspace::new(&[
        (
            requirements,
            "# Requirements\n\n## v1\n\n- [ ] **EXP-01**: Ada exports a file\n- [ ] **EXP-02**: Fields are quoted\n- [ ] **EXP-03**: Large files are streamed\n",
        ),
        (
            roadmap,
            "# Roadmap\n\n- [ ] **Phase 2: Export** - CSV\n\n### Phase 2: Export\n\n**Requirements**: EXP-01, EXP-02\n**Plans**: 2 plans\n\n- [x] 02-01-PLAN.md — Writer\n- [ ] 02-02-PLAN.md — Quoting\n",
        ),
        (
            first,
            "---\nphase: 02-export\nplan: 01\nwave: 1\nrequirements: [EXP-01]\n---\n\n# Writer\n\n<task type=\"auto\">\n<name>Task 1: Write</name>\n</task>\n",
        ),
        (
            ".planning/phases/02-export/02-01-SUMMARY.md",
            "---\nphase: 02-export\n---\n\n# Summary\n\nEXP-01 works.\n",
        ),
        (
            second,
            "---\nphase: 02-export\nplan: 02\nwave: 2\ndepends_on: [\"02-01\"]\nrequirements:\n  - EXP-02\n---\n\n# Quoting\n\n<task type=\"auto\">\n<name>Task 1: Quote</name>\n</task>\n",
        ),
    ]);
    let w = &mut workspace;
    assert_contains(
        &w.hover(first, "EXP-01", 1),
        &["**EXP-01** · requirement · REQUIREMENTS.md:5", "Covered by 1 task, 1 done", "Also referenced in"],
    );
    assert_eq!(w.definition(second, "EXP-02", 1), [".planning/REQUIREMENTS.md:6"]);
    assert_eq!(w.definition(second, "02-01\"", 1), [".planning/phases/02-export/02-01-PLAN.md:1"]);
    assert_contains(&w.hover(second, "02-01\"", 1), &["Writer", ".planning/phases/02-export/02-01-PLAN.md"]);
    assert_eq!(w.lenses(requirements), ["1 task, 1 done", "1 task, 0 done", "no task"]);
    assert_contains(&w.outline(requirements), &["EXP-03 Large files are streamed (no task)"]);
    assert_eq!(w.symbols("EXP-02"), ["EXP-02 Fields are quoted"]);
    assert_contains(
        &w.action(requirements, "EXP-03", "Add reference to EXP-03 in 02-02", second),
        &["requirements:\n  - EXP-02\n  - EXP-03\n---"],
    );
    let renamed = w.rename(requirements, "EXP-01", 1, "EXP-10");
    assert_eq!(renamed.len(), 4, "{renamed:?}");
    w.edit(first, "[EXP-01]", "[EXP-01, ]");
    assert_eq!(w.completions(first, "EXP-01, ", 8), ["EXP-03", "EXP-01", "EXP-02"]);
    w.edit(second, "wave: 2", "wave: 1");
    assert_eq!(w.codes(second), ["wave-order"]);
    workspace.end();
}

#[test]
fn bmad() {
    let story = "_bmad-output/implementation-artifacts/2-3-export.md";
    let mut workspace = FamilyWorkspace::new(&[
        ("_bmad/bmm/config.yaml", "project_name: x\n"),
        (
            "_bmad-output/implementation-artifacts/sprint-status.yaml",
            "development_status:\n  epic-2: in-progress\n  2-3-export: ready-for-dev\n",
        ),
        (
            story,
            "# Story 2.3: Export\n\nStatus: ready-for-dev\n\n## Acceptance Criteria\n\n1. A file is written\n2. Text is quoted\n3. Dates are quoted\n\n## Tasks / Subtasks\n\n- [x] Task 1: Write the rows (AC: 1)\n- [ ] Task 2: Make text quoted (AC: #1, #2)\n",
        ),
    ]);
    let w = &mut workspace;
    assert_contains(
        &w.hover(story, "#2)", 1),
        &["**AC2** · criterion · 2-3-export.md:8", "Text is quoted", "Covered by 1 task, 0 done"],
    );
    assert_eq!(w.definition(story, "#2)", 1), ["_bmad-output/implementation-artifacts/2-3-export.md:8"]);
    assert_eq!(w.highlights(story, "AC: 1)", 4), ["A file is written", "1", "1"]);
    assert_eq!(w.lenses(story)[1..], ["2 tasks, 1 done", "1 task, 0 done", "no task"]);
    assert_eq!(w.symbols("Dates"), ["AC3 Dates are quoted"]);
    assert_contains(
        &w.action(story, "Dates are", "Add task for AC3", story),
        &["(AC: #1, #2)\n- [ ] Task 3: Dates are quoted (AC: 3)\n"],
    );
    assert_contains(
        &w.action(story, "Dates are", "Add reference to AC3 in task 2", story),
        &["(AC: #1, #2, 3)\n"],
    );
    assert_eq!(w.codes(story), ["uncovered-requirement"]);
    w.edit(story, "(AC: #1, #2)", "(AC: ");
    assert_eq!(w.completions(story, "quoted (AC: ", 12), ["2", "3", "1"]);
    w.edit(story, "Status: ready-for-dev", "Status: done");
    assert!(w.codes(story).contains(&"story-status-mismatch".to_owned()));
    workspace.end();
}

#[test]
fn backlog() {
    let (eleven, twelve) = ("backlog/tasks/task-11 - Read.md", "backlog/tasks/task-12 - Export.md");
    let mut workspace = FamilyWorkspace::new(&[
        ("backlog/config.yml", "statuses: [\"To Do\", \"In Progress\", \"Done\"]\n"),
        (eleven, "---\nid: TASK-11\ntitle: Read files\nstatus: To Do\n---\n\n# Read files\n\n- [ ] #1 a\n"),
        (
            twelve,
            "---\nid: TASK-12\ntitle: Export\nstatus: In Progress\ndependencies: [TASK-11]\n---\n\n# Export\n\n## Acceptance Criteria\n\n- [ ] #1 The file opens\n- [x] #2 Text is quoted\n",
        ),
    ]);
    let w = &mut workspace;
    assert_contains(&w.hover(twelve, "TASK-11", 2), &["Read files · To Do", "task-11 - Read.md"]);
    assert_eq!(w.definition(twelve, "TASK-11", 2), ["backlog/tasks/task-11 - Read.md:1"]);
    assert_contains(&w.hover(twelve, "#1", 1), &["**#1** · criterion", "The file opens"]);
    assert_eq!(w.codes(twelve), [""; 0]);
    w.edit(twelve, "[TASK-11]", "[]");
    assert_eq!(w.completions(twelve, "dependencies: []", 15)[0], "TASK-11");
    w.edit(twelve, "status: In Progress", "status: ");
    assert_eq!(w.completions(twelve, "status: ", 8), ["To Do", "In Progress", "Done"]);
    w.edit(twelve, "status: ", "status: Completed");
    assert!(w.codes(twelve).contains(&"unknown-status".to_owned()));
    workspace.end();
}

/// A profile in which IDs have a form of their own, with documents that use it.
struct OwnProfile {
    profile: &'static str,
    files: [(&'static str, &'static str); 2],
    /// A word at a reference, the number of characters from there to the reference, and the expected hover.
    reference: (&'static str, usize, &'static str),
    definition: &'static str,
    /// Text that the task list ends with for a completion, and the expected labels.
    completion: (&'static str, &'static [&'static str]),
    /// New ID, and the expected line of the task list.
    rename: (&'static str, &'static str),
    lenses: &'static [&'static str],
    /// Title of an action at the last requirement, and the text it adds.
    action: (&'static str, &'static str),
    coverage: &'static [&'static str],
}

const OWN_PROFILES: [OwnProfile; 2] = [
    OwnProfile {
        profile: "name = \"needs\"\nmarkers = [\"needs/\"]\nshared = { requirements = [\"needs/*.md\"], plan = [\"board.md\"] }\nreference = [{ role = \"plan\", field = [\"Serves\"], to = [\"need\"], ranges = true, all = [\"everything\"] }]\n\n[requirement]\nneed = { row = 1, id = \"N{n:4}\" }\n",
        files: [
            (
                "needs/all.md",
                "# Needs\n\n| ID | Need |\n| --- | --- |\n| N0001 | Fast search |\n| N0002 | Dark colors |\n| N0003 | Sound |\n",
            ),
            (
                "board.md",
                "# Board\n\n- [x] Index\n  - Serves: N0001\n- [ ] Colors\n  - Serves: N0001-N0002\n",
            ),
        ],
        reference: ("N0001\n", 1, "**N0001** · need · all.md:5"),
        definition: "needs/all.md:5",
        completion: ("- [ ] x\n  - Serves: ", &["N0003", "N0001", "N0002"]),
        rename: ("N0009", "  - Serves: N0002, N0009"),
        lenses: &["2 tasks, 1 done", "1 task, 0 done", "no task"],
        action: ("Add task for N0003", "- [ ] Sound\n  - Serves: N0003\n"),
        coverage: &["N0001 active", "N0002 open", "N0003 not_referenced"],
    },
    OwnProfile {
        profile: "name = \"cards\"\nset = { files = [\"cards/{key}-need.md\", \"cards/{key}-steps.md\"], key = \"{n}\" }\nroles = { requirements = [\"cards/*-need.md\"], tasks = [\"cards/*-steps.md\"] }\nreference = [{ role = \"tasks\", label = [\"<{list}>\"], to = [\"goal\"] }, { role = \"tasks\", text = true, to = [\"check\"] }]\n\n[requirement]\ngoal = { heading = [\"Goal {n} {sep} {title}\"], id = \"G{n}\", covered-by = \"tasks\" }\ncheck = { parent = \"goal\", item = [\"{id} {sep} {text}\"], id = \"{parent}c{n}\", covered-by = \"parent\" }\n",
        files: [
            (
                "cards/007-need.md",
                "# Need\n\n## Goal 1: Search\n\n- G1c1: Under a second\n\n## Goal 2: Colors\n\n## Goal 3: Sound\n",
            ),
            ("cards/7-steps.md", "# Steps\n\n- [x] <G1> Index\n- [ ] <G2> Choose, then G1c1\n"),
        ],
        reference: ("G2>", 1, "**G2** · goal · 007-need.md:7"),
        definition: "cards/007-need.md:7",
        completion: ("- [ ] <", &["G3", "G1", "G2"]),
        rename: ("G8", "- [ ] <G8> Choose, then G1c1"),
        lenses: &["cards/7-steps.md 1/2", "2 tasks, 1 done", "1 task, 0 done", "no task"],
        action: ("Add task for G3", "- [ ] <G3> Sound\n"),
        coverage: &["G1 active", "G1c1 active", "G2 open", "G3 not_referenced"],
    },
];

#[test]
fn profiles_of_a_team_with_ids_of_their_own() {
    for own in &OWN_PROFILES {
        let [(spec, _), (tasks, task_text)] = own.files;
        let profile = (".plansmith/families/own.toml", own.profile);
        let mut workspace = FamilyWorkspace::new(&[profile, own.files[0], own.files[1]]);
        let w = &mut workspace;
        let (word, right, expected) = own.reference;
        assert_contains(&w.hover(tasks, word, right), &[expected]);
        assert_eq!(w.definition(tasks, word, right), [own.definition]);
        let lenses = w.lenses(spec);
        assert_eq!(lenses, own.lenses, "{spec}");
        assert!(w.outline(spec).contains("(1 of 2 tasks done)"), "{}", w.outline(spec));
        let (title, added) = own.action;
        let last = own.coverage.last().unwrap().split(' ').next().unwrap();
        let place = if w.text(spec).contains(last) { last } else { "3: Sound" };
        assert_contains(&w.action(spec, place, title, tasks), &[added]);
        let (new, line) = own.rename;
        let renamed = w.rename(tasks, word, right, new);
        let (_, text) = renamed.iter().find(|(path, _)| path == tasks).unwrap();
        assert!(text.contains(line), "{line} is missing in\n{text}");
        assert_eq!(renamed.len(), 2, "{renamed:?}");
        assert_eq!(coverage(&w.root), own.coverage);
        let (typed, labels) = own.completion;
        w.edit(tasks, task_text, &format!("{task_text}{typed}"));
        assert_eq!(w.completions(tasks, typed, typed.len()), labels, "{typed}");
        workspace.end();
    }
}

/// Returns the requirements and their states, as `coverage` reports them.
fn coverage(root: &Path) -> Vec<String> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(["coverage", "--format", "json"])
        .current_dir(root)
        .output()
        .unwrap();
    let coverage: Value = serde_json::from_slice(&output.stdout).unwrap();
    let requirements = coverage["sets"][0]["requirements"].as_array().unwrap().iter();
    let state = |requirement: &Value| {
        format!("{} {}", requirement["id"].as_str().unwrap(), requirement["state"].as_str().unwrap())
    };
    requirements.map(state).collect()
}
