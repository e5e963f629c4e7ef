//! Text of plans that would control a terminal: escape sequences, bidirectional controls, line breaks in titles.

use std::fs;

use super::{code, err, folder, out, plansmith};

/// Sets a color that the program never uses, the title of the window, and the direction of text; deletes characters.
const ATTACK: &str = "\u{1b}[38;5;201m\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{2066}\u{8}\u{7f}\u{1b}]8;;http://evil.example\u{1b}\\";

/// Returns a plan with the attack in everything that a command prints.
fn plan() -> String {
    format!(
        "---\nsupersedes: other-{ATTACK}.md\n---\n\n# Plan: Title {ATTACK}\n\n**Status**: Completed {ATTACK}\n**Owner**: Ada {ATTACK}\n**Target Completion**: 2026-03-01\n\n## Phase 1: One {ATTACK}\n\n- [ ] **Task 1.1**: First {ATTACK}\n  - Owner: Grace {ATTACK}\n  - Estimate: 2 days {ATTACK}\n- [] **Task 1.2**: Second {ATTACK}\n  - Dependencies: Task 1.1, Task 9.9{ATTACK}\n- [ ] **Task 1.1**: Third {ATTACK}\n\n[gone {ATTACK}](gone{ATTACK}.md)\n\n| a | b |\n|---|---|\n| {ATTACK} |\n\n```mermaid\ngantt\n  title Chart {ATTACK}\n  section One {ATTACK}\n  Work {ATTACK} :a1, 2026-01-01, 3d\n  Bad {ATTACK}\n```\n"
    )
}

/// Returns the first character that a terminal may execute or that reorders text, except newlines and tabs.
fn unsafe_character(text: &str) -> Option<char> {
    text.chars().find(|character| {
        character.is_control() && !matches!(character, '\n' | '\t')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

/// All commands and formats that print text of plans, except those that print a document byte for byte.
const COMMANDS: [&str; 36] = [
    "check",
    "check --format concise",
    "check --format json",
    "check --format sarif",
    "check --format github",
    "check --format gitlab",
    "check --format junit",
    "check --statistics",
    "check --diff",
    "check --verbose",
    "check --show-files",
    "check --show-settings",
    "check missing-\u{1b}[2J.md",
    "check --since \u{1b}[2J",
    "check --baseline \u{1b}[2J",
    "fmt --check",
    "fmt --diff",
    "inspect plan.md",
    "inspect plan.md --format json",
    "inspect plan.md --blocks",
    "inspect plan.md --syntax-tree",
    "status",
    "status --format json",
    "status --format html",
    "status --columns plan,title,status,next,target,overdue",
    "next",
    "next --format json",
    "coverage",
    "coverage --format json",
    "coverage --format csv",
    "coverage --format html",
    "coverage --format markdown",
    "graph plan.md",
    "graph plan.md --format dot",
    "graph plan.md --format svg",
    "graph plan.md --kind timeline --format svg",
];

#[test]
fn text_of_plans_does_not_control_the_terminal() {
    let name = format!("sub/{}.md", ATTACK.replace('/', ""));
    let spec = format!("# Feature {ATTACK}\n\n- **FR-001**: Attach {ATTACK}\n- **FR-002**: Retry\n");
    let tasks = format!("# Tasks {ATTACK}\n\n- [X] T001 Attach per FR-001 {ATTACK}\n- [ ] T002 Test\n");
    let template = format!("# [Title {ATTACK}]\n\n**Level**: [A {ATTACK} | B]\n");
    let settings = "\"key\\u001b[2J\u{202e}\" = 1\n";
    let folder = folder(&[
        ("plan.md", &plan()),
        (&name, &plan()),
        ("specs/003-mail/spec.md", &spec),
        ("specs/003-mail/tasks.md", &tasks),
        (".plansmith/templates/mine.md", &template),
        ("plansmith.toml", settings),
    ]);
    for command in COMMANDS {
        let arguments: Vec<&str> = command.split(' ').collect();
        let output = plansmith(folder.path(), &arguments);
        let (shown, errors) = (out(&output), err(&output));
        assert_eq!(unsafe_character(&shown), None, "{command}: {shown:?}");
        assert_eq!(unsafe_character(&errors), None, "{command}: {errors:?}");
        let is_error = ["missing", "--since", "--baseline"].iter().any(|part| command.contains(part));
        assert_eq!(code(&output) == 2, is_error, "{command}: {errors}");
        assert!(!shown.is_empty() || is_error || command == "fmt --diff", "{command}: {errors}");
        // With color, only the styles of the program remain.
        let colored = plansmith(folder.path(), &[&arguments[..], &["--color", "always"]].concat());
        for text in [out(&colored), err(&colored)] {
            let rest = anstream::adapter::strip_str(&text).to_string();
            assert_eq!(unsafe_character(&rest), None, "{command}: {text:?}");
            assert!(!text.contains("\u{1b}[38;5;201m") && !text.contains("\u{1b}]0"), "{command}: {text:?}");
        }
    }
    let inspected = plansmith(folder.path(), &["inspect", "plan.md", "--format", "json"]);
    let json = super::report(&inspected);
    let title = json["documents"][0]["title"].as_str().unwrap_or_default();
    assert!(title.contains("\u{1b}]0;owned\u{7}"), "JSON keeps the text: {json:#}");
}

#[test]
fn documents_keep_their_bytes() {
    let text = format!("# Plan: {ATTACK}\n\n- [ ] a\n");
    let broken = super::BROKEN.replace("[] b", &format!("[] b {ATTACK}"));
    let folder = folder(&[("plan.md", &text)]);
    let formatted = super::piped(&["fmt", "-"], text.as_bytes());
    assert_eq!(out(&formatted), text);
    fs::write(folder.path().join("bad.md"), broken).unwrap();
    let written = plansmith(folder.path(), &["check", "bad.md", "--diff", "-o", "fix.patch"]);
    assert_eq!((code(&written), out(&written)), (1, String::new()), "{}", err(&written));
    assert!(fs::read_to_string(folder.path().join("fix.patch")).unwrap().contains(ATTACK));
}
