//! Long sessions: after edits, saves, changes on disk and changes of settings, the responses about plans that refer to each
//! other equal those of a new server.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    session::{ABILITIES, Session, seeds, tree},
    workspace::{Numbers, folder, write},
};

/// Maximum time after which the test starts no further round.
const MAX_TIME: Duration = Duration::from_secs(20);

/// Number of comparisons with a new server for each seed.
const ROUNDS: usize = 5;

const NAMES: [&str; 3] = ["piers.md", "cranes.md", "docs/ships.md"];

/// Other paths to which files are moved.
const OTHER_NAMES: [&str; 2] = ["docs/piers.md", "old.md"];

const TEXTS: [&str; 3] = [
    "# Plan: Piers\n\n**Status**: In Progress\n**Progress**: 1/3 (33%)\n**Last Updated**: 2026-01-02\n\n## Phase 1: Ground\n\n- [x] **T1-001**: Measure — größer 🏗\n- [ ] **T1-002**: Build\n  - Depends on: T1-001, T1-011\n- [ ] **T1-003**: Paint\n  - Depends on: T1-002, T1-022\n\nSee [cranes](cranes.md#phase-2-order) and [ships](docs/ships.md).\n",
    "---\nid: 2\nstatus: draft\n---\n# Plan: Cranes\n\n## Phase 2: Order\n\n| Task | Status | Depends on |\n| --- | --- | --- |\n| T1-011 | Done | T1-001 |\n| T1-012 | Open | T1-011, T1-021 |\n\n```mermaid\ngantt\n    Order :T1-011, 2026-01-01, 3d\n    Build :T1-012, after T1-011, 5d\n```\n\nAfter [piers](piers.md#phase-1-ground), ![photo](docs/photo.png).\n",
    "# Plan: Ships\n\n**Status**: Done\n**Supersedes**: [cranes](../cranes.md)\n\n## Phase 3: Crew\n\n- [ ] **T1-021**: Hire\n  - [ ] **T1-022**: Ask T1-003\n- [x] **T1-023**: Sail\n  - Depends on: T1-021, T1-099\n\n## Risks\n\n| Risk | Impact |\n| --- | --- |\n| Storm | Hihg |\n",
];

/// Lines that edits insert.
const LINES: [&str; 35] = [
    "",
    "text with `T1-002` and T1-011 in it",
    "- [ ] **T1-001**: Measure again",
    "- [x] **T1-004**: Größe 🏗 prüfen",
    "- [/] **T1-013**: Deliver ✅",
    "- [>] **T1-024**: Later",
    "- [ ] no id",
    "- [] malformed",
    "  - [ ] **T1-025**: Nested",
    "  - Depends on: T1-001, T1-021",
    "  - Depends on: T1-012",
    "  - Blocked by: T1-099",
    "  - Owner: Kim",
    "  - Status: erledigt",
    "# Plan: Other",
    "## Phase 1: Ground",
    "## Phase 4: Paint (Done)",
    "### Notes",
    "**Status**: Done",
    "**Status**: Erledigt",
    "**Progress**: 2/4 (50%)",
    "**Target Date**: 2026-02-30",
    "**Supersedes**: [piers](piers.md)",
    "[cranes](/cranes.md#phase-2-order), [old](/old.md), [nothing](nothing.md)",
    "[ships](docs/ships.md#risks) ![photo](/docs/photo.png)",
    "[TODO: fill in]",
    "| T1-014 | Open | T1-002 |",
    "| --- | --- |",
    "```mermaid",
    "```",
    "---",
    "> - [ ] **T1-009**: Quoted",
    "<!-- plansmith-disable broken-link -->",
    "<div>",
    "    Paint :T1-003, after T1-002, 2d",
];

/// Texts that edits insert.
const WORDS: [&str; 14] =
    ["", "x", "1", " ", "é", "🏗", "#", "`", "\n", "[x]", "T1-011", "Done", "- [ ] ", "](cranes.md)"];

/// Settings of the client.
fn settings() -> [Value; 9] {
    let everywhere = json!({"scope": "workspace"});
    [
        json!({}),
        json!({"diagnostics": everywhere}),
        json!({"diagnostics": everywhere, "rules": {"broken-link": "off", "unknown-dependency": "error"}}),
        json!({"states": {"done": ["erledigt"], "active": ["later"]}}),
        json!({"diagnostics": everywhere, "hints": {"phases": false, "waits": false}, "lenses": {"top": false}}),
        json!({"exclude": ["docs/**"], "diagnostics": everywhere}),
        json!({"markdown": "off", "marks": {"deferred": "<"}}),
        json!({"template": [{"files": "*.md", "name": "mine"}], "diagnostics": everywhere}),
        json!({"templateFolder": "docs/templates"}),
    ]
}

/// Files that affect the findings in plans.
const OTHERS: [(&str, &str); 6] = [
    ("docs/photo.png", ""),
    ("plansmith.toml", "[rules]\nbroken-anchor = \"error\"\ntasks = \"hint\"\n"),
    ("plansmith.toml", "exclude = [\"cranes.md\"]\n[states]\ndone = [\"paint\"]\n"),
    (".gitignore", "old.md\n"),
    (".plansmith/templates/mine.md", "# Plan: [Title]\n\n**Owner**: [Name]\n\n## Goal\n\n## Risks\n"),
    ("docs/templates/mine.md", "# Plan: [Title]\n\n## Steps\n"),
];

/// Returns a byte offset at which a character starts, or the end of the text.
fn place(text: &str, numbers: &mut Numbers) -> usize {
    let mut at = numbers.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns the byte offset of the start of a line, or the end of the text.
fn line(text: &str, numbers: &mut Numbers) -> usize {
    let at = place(text, numbers);
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Edits an open document once. Returns a description of the edit.
fn edit(session: &mut Session, path: &Path, numbers: &mut Numbers) -> String {
    let text = session.open[path].text.clone();
    let (range, new) = match numbers.below(10) {
        0..=2 => {
            let at = line(&text, numbers);
            let new = (0..1 + numbers.below(2)).map(|_| numbers.of(&LINES).to_owned() + "\n").collect();
            (at..at, new)
        }
        3 | 4 => {
            let start = line(&text, numbers);
            let lines = text[start..].split_inclusive('\n').take(1 + numbers.below(3));
            (start..start + lines.map(str::len).sum::<usize>(), String::new())
        }
        5 | 6 => {
            let boxes: Vec<usize> =
                text.match_indices("[ ]").chain(text.match_indices("[x]")).map(|(at, _)| at).collect();
            match boxes.len() {
                0 => (text.len()..text.len(), "- [ ] **T1-005**: New\n".to_owned()),
                count => {
                    let at = boxes[numbers.below(count)] + 1;
                    (at..at + 1, if &text[at..=at] == "x" { " " } else { "x" }.to_owned())
                }
            }
        }
        7 | 8 => {
            let start = place(&text, numbers);
            let end = text[start..].char_indices().map(|(at, _)| start + at).nth(numbers.below(3));
            (start..end.unwrap_or(text.len()), numbers.of(&WORDS).to_owned())
        }
        _ => {
            let new = numbers.of(&TEXTS);
            session.change(path, new);
            return format!("replace {} by\n{new}", path.display());
        }
    };
    let log = format!("edit {} {range:?} {new:?}", path.display());
    session.edit(path, range, &new);
    log
}

/// Changes a file on disk. Returns a description of the change.
fn change_disk(root: &Path, numbers: &mut Numbers) -> String {
    let all: Vec<&str> = NAMES.into_iter().chain(OTHER_NAMES).collect();
    match numbers.below(7) {
        0 | 1 => {
            let (name, text) = (numbers.of(&NAMES), numbers.of(&TEXTS));
            write(root, name, text);
            format!("write {name}")
        }
        2 => {
            let name = numbers.of(&all);
            format!("delete {name}: {}", fs::remove_file(root.join(name)).is_ok())
        }
        3 => {
            let (from, to) = (numbers.of(&all), numbers.of(&all));
            format!("rename {from} to {to}: {}", fs::rename(root.join(from), root.join(to)).is_ok())
        }
        4 => {
            let (name, _) = numbers.of(&OTHERS);
            format!("delete {name}: {}", fs::remove_file(root.join(name)).is_ok())
        }
        _ => {
            let (name, text) = numbers.of(&OTHERS);
            write(root, name, text);
            format!("write {name}: {text}")
        }
    }
}

/// Performs one operation of a user in an editor or on disk. Returns its description.
fn step(session: &mut Session, numbers: &mut Numbers) -> String {
    let root = session.root.clone();
    let name = numbers.of(&NAMES);
    let path = root.join(name);
    match numbers.below(16) {
        0 => {
            let settings = settings()[numbers.below(9)].clone();
            session.set(settings.clone());
            format!("settings {settings}")
        }
        1..=3 => {
            let before = tree(&root);
            let log = change_disk(&root, numbers);
            session.report(&before);
            log
        }
        4 | 5 if session.open.contains_key(&path) => {
            let text = session.open[&path].text.clone();
            session.on_disk(|root| write(root, name, &text));
            format!("save {name}")
        }
        6 if numbers.below(2) == 0 => {
            session.close(&path);
            format!("close {name}")
        }
        _ if session.open.contains_key(&path) => edit(session, &path, numbers),
        _ => {
            let text = fs::read_to_string(&path).unwrap_or_else(|_| numbers.of(&TEXTS).to_owned());
            session.open(&path, &text);
            format!("open {name}")
        }
    }
}

/// Two documents that refer to each other change at the same time. Findings are correct in either order of reading.
#[test]
fn documents_that_change_at_once() {
    let task = |id: usize| format!("# Plan: One\n\n- [ ] **T1-00{id}**: x\n");
    let dependent = |id: usize, other: usize| task(id) + &format!("  - Depends on: T1-00{other}\n");
    for abilities in ABILITIES {
        let (_guard, root) = folder(&[]);
        let mut session = Session::start_with(&root, abilities, Value::Null);
        let (first, second) = (root.join("a.md"), root.join("b.md"));
        session.open(&first, &task(1));
        session.open(&second, &dependent(5, 9));
        session.expect(&second, "unknown-dependency", &["T1-009"]);
        // When the indexer reads the first document, the index does not contain the new references of the second.
        session.change(&second, &dependent(5, 2));
        session.change(&first, &task(2));
        session.expect(&second, "unknown-dependency", &[]);
        // The other order.
        session.change(&first, &dependent(2, 6));
        session.change(&second, &task(6));
        session.expect(&first, "unknown-dependency", &[]);
        session.client.shutdown();
    }
}

#[test]
fn an_edited_session_answers_as_a_new_one() {
    let start = Instant::now();
    for seed in seeds(40) {
        let mut numbers = Numbers(seed);
        let files: Vec<(&str, &str)> = NAMES.into_iter().zip(TEXTS).collect();
        let (_guard, root) = folder(&files);
        let mut session =
            Session::start_with(&root, ABILITIES[seed as usize % 4], settings()[numbers.below(9)].clone());
        let mut log = Vec::new();
        for _ in 0..ROUNDS {
            for _ in 0..1 + numbers.below(12) {
                log.push(step(&mut session, &mut numbers));
            }
            let open = session.open.iter();
            let places: Vec<(PathBuf, usize)> = open
                .flat_map(|(path, buffer)| {
                    let at: Vec<usize> = (0..3).map(|_| place(&buffer.text, &mut numbers)).collect();
                    at.into_iter().map(|at| (path.clone(), at))
                })
                .collect();
            log.push("compare".to_owned());
            session.expect_like_restarted(&places, || format!("PLANSMITH_TEST_SEED={seed} {log:#?}"));
        }
        session.client.shutdown();
        // The time is checked only between sessions, so that a seed has the same effect on every machine.
        if start.elapsed() > MAX_TIME && std::env::var_os("PLANSMITH_TEST_SEEDS").is_none() {
            return;
        }
    }
}
