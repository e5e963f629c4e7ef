//! Tests of the commands that agents use: `set`, `add`, `batch`, `next --claim`, `prime`.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc::channel,
    time::Duration,
};

use serde_json::{Value, json};

use super::{code, err, folder, out, report};

const PLAN: &str = "# Plan: Move the index\n\n**Status**: In Progress\n\n## Phase 1: Copy\n\n- [ ] **Task 1.1**: Create `docs/copy.md`\n- [ ] **Task 1.2**: Check the copy (depends on 1.1)\n";

/// Returns the program with a state folder of its own.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.env("XDG_STATE_HOME", folder.join(".state")).env("PLANSMITH_OWNER", "tester");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().unwrap()
}

pub fn fed(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = program(folder, arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses its arguments ends without reading its input.
    match std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => panic!("{error}"),
        _ => {}
    }
    child.wait_with_output().unwrap()
}

fn read(folder: &Path) -> String {
    fs::read_to_string(folder.join("plan.md")).unwrap()
}

#[test]
fn set_changes_states_and_owners() {
    let folder = folder(&[("plan.md", PLAN)]);
    let folder = folder.path();
    let done = run(folder, &["set", "plan.md", "1.1", "active", "--owner", "Ada"]);
    assert_eq!((code(&done), err(&done).as_str()), (0, ""));
    assert_eq!(out(&done), "plan.md:7: 1.1 Create docs/copy.md: active (Ada)\n");
    assert!(read(folder).contains("- [/] **Task 1.1**: Create `docs/copy.md` (owner: Ada)\n"));
    let done = run(folder, &["set", "plan.md", "1.1", "done", "--expect", "active", "--format", "json"]);
    assert_eq!(
        report(&done),
        json!({
            "version": 1,
            "tasks": [{
                "path": "plan.md", "line": 7, "id": "1.1", "title": "Create docs/copy.md", "state": "done",
                "owner": "Ada", "files": ["docs/copy.md"], "requirements": [], "depends_on": [],
            }],
            "changed": true,
        })
    );
    assert!(read(folder).contains("- [x] **Task 1.1**: Create `docs/copy.md` (owner: Ada)\n"));
}

#[test]
fn refusals_have_their_exit_codes() {
    let folder = folder(&[("plan.md", PLAN), ("text.md", "# Notes\n\ntext\n")]);
    let folder = folder.path();
    let check = |arguments: &[&str], expected: i32, message: &str| {
        let output = run(folder, arguments);
        assert_eq!(code(&output), expected, "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(message), "{arguments:?}: {}", err(&output));
        assert!(!err(&output).contains("panicked"), "{}", err(&output));
        assert_eq!(read(folder), PLAN, "{arguments:?}");
    };
    check(&["set", "plan.md", "1.3", "done"], 2, "unknown item `1.3`; did you mean `1.1` or `1.2`?");
    check(&["set", "plan.md", "line:99", "done"], 2, "invalid line `99`; expected 1 to 9");
    check(&["set", "plan.md", "1.1", "perhaps"], 2, "unknown state `perhaps`");
    check(&["set", "plan.md", "1.1"], 2, "expected FILE, ITEM and STATE");
    check(&["set", "plan.md", "1.1", "done", "--owner", "a\nb"], 2, "invalid owner");
    check(&["set", "missing.md", "1.1", "done"], 2, "no such file");
    check(&["set", "text.md", "1.1", "done"], 2, "file has no tasks");
    check(&["set", ".", "1.1", "done"], 2, "");
    check(
        &["set", "plan.md", "1.1", "done", "--expect", "active"],
        3,
        "`1.1` is open, expected active; line 7: - [ ] **Task 1.1**: Create `docs/copy.md`",
    );
    check(&["add", "plan.md", "x", "--phase", "9"], 2, "unknown item `9`");
    check(&["add", "plan.md", "x\n- [ ] y"], 2, "invalid title");
    let refused = run(folder, &["set", "plan.md", "1.1", "done", "--expect", "done", "--format", "json"]);
    let error = &report(&refused)["error"];
    assert_eq!(
        (&error["kind"], &error["state"], &error["line"]),
        (&json!("unexpected-state"), &json!("open"), &json!(7))
    );
}

#[test]
fn claims_answer_with_the_task() {
    let folder = folder(&[("plan.md", PLAN)]);
    let folder = folder.path();
    let listed = report(&run(folder, &["next", "--format", "json"]));
    assert_eq!((&listed["claimed"], &listed["tasks"][0]["id"]), (&json!(false), &json!("1.1")));
    let claim = ["next", "--claim", "--owner", "Ada", "--format", "json"];
    let claimed = run(folder, &claim);
    assert_eq!(code(&claimed), 0, "{}", err(&claimed));
    assert_eq!(
        report(&claimed),
        json!({
            "version": 1,
            "tasks": [{
                "path": "plan.md", "line": 7, "id": "1.1", "title": "Create docs/copy.md", "state": "active",
                "owner": "Ada", "files": ["docs/copy.md"], "requirements": [], "depends_on": [],
            }],
            "claimed": true,
        })
    );
    let none = run(folder, &claim);
    assert_eq!((code(&none), report(&none)), (4, json!({"version": 1, "tasks": [], "claimed": false})));
    run(folder, &["set", "plan.md", "1.1", "done"]);
    assert_eq!(out(&run(folder, &["next", "--claim"])), "plan.md:8: 1.2 Check the copy: active (tester)\n");
}

#[test]
fn batches_are_made_or_refused_as_a_whole() {
    let folder = folder(&[("plan.md", PLAN)]);
    let folder = folder.path();
    let refused = fed(
        folder,
        &["batch", "plan.md"],
        r#"[{"op": "set", "item": "1.1", "state": "done"}, {"op": "set", "item": "1.2", "state": "done", "expect": "active"}]"#,
    );
    assert_eq!((code(&refused), read(folder).as_str()), (3, PLAN), "{}", err(&refused));
    let done = fed(
        folder,
        &["batch", "plan.md", "--format", "json"],
        r#"[{"op": "set", "item": "1.1", "state": "done"}, {"op": "claim", "owner": "Ada"},
            {"op": "add", "title": "Remove the old index", "phase": "1", "depends_on": ["1.2"]}]"#,
    );
    assert_eq!(code(&done), 0, "{}", err(&done));
    let states: Vec<Value> =
        report(&done)["tasks"].as_array().unwrap().iter().map(|task| task["state"].clone()).collect();
    assert_eq!(states, ["done", "active", "open"]);
    assert!(read(folder).ends_with(
        "- [x] **Task 1.1**: Create `docs/copy.md`\n- [/] **Task 1.2**: Check the copy (depends on 1.1) (owner: Ada)\n- [ ] **Task 1.3**: Remove the old index (depends on 1.2)\n"
    ), "{}", read(folder));
    for (input, message) in [
        ("{}", "expected a JSON array of changes"),
        ("[{", "invalid JSON in line 1, column 2; expected an array of changes"),
        ("[1]", "change 1: expected an object with `op`"),
        ("[{}]", "change 1: missing `op`; expected set, add, claim"),
        ("[{\"op\": \"drop\"}]", "change 1: unknown op `drop`; expected set, add, claim"),
        ("[{\"op\": \"set\", \"item\": \"1.1\"}]", "missing `state`; expected a string"),
        ("[{\"op\": \"set\", \"item\": 1, \"state\": \"done\"}]", "invalid `item`; expected a string"),
        (
            "[{\"op\": \"add\", \"title\": \"x\", \"depends_on\": 1}]",
            "invalid `depends_on`; expected a string or an array of strings",
        ),
        ("[{\"op\": \"claim\", \"ownr\": 1}]", "unknown member `ownr`; did you mean `owner`?"),
        ("[{\"op\": \"set\", \"itm\": \"1.1\"}]", "unknown member `itm`; did you mean `item`?"),
        ("[{\"op\": \"claim\", \"reassign\": 1}]", "invalid `reassign`; expected `true` or `false`"),
        ("[{\"op\": \"set\", \"item\": \"1.1\", \"state\": \"don\"}]", "unknown state `don`"),
    ] {
        let output = fed(folder, &["batch", "plan.md"], input);
        assert_eq!(code(&output), 2, "{input}: {}", err(&output));
        assert!(err(&output).contains(message), "{input}: {}", err(&output));
    }
}

#[test]
fn tasks_of_others_are_claimed_on_request_only() {
    let folder = folder(&[("plan.md", "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Owner: w11\n")]);
    let folder = folder.path();
    assert!(out(&run(folder, &["next", "--owner", "w1"])).contains("No tasks ready"));
    assert!(out(&run(folder, &["next", "--owner", "W11"])).contains("1.1 a"));
    let none = run(folder, &["next", "--claim", "--owner", "w1"]);
    assert_eq!(code(&none), 4);
    assert!(err(&none).contains("1 task assigned to other owners; use --reassign"), "{}", err(&none));
    assert_eq!(code(&run(folder, &["next", "--claim", "--owner", "w1", "--reassign"])), 0);
    assert!(read(folder).contains("  - Owner: w1\n"), "{}", read(folder));
}

#[test]
fn ids_are_found_and_renamed_in_all_documents() {
    let other = "# Plan: y\n\n- [ ] **Task 9.1**: b\n  - Depends on: Task 1.1\n";
    let folder = folder(&[("plan.md", PLAN), ("other.md", other)]);
    let folder = folder.path();
    let found = out(&run(folder, &["find", "1.1"]));
    assert!(found.contains("plan.md:7:") && found.contains(": definition: - [ ] **Task 1.1**"), "{found}");
    assert!(found.contains("plan.md:8:") && found.contains(": reference: "), "{found}");
    let listed = report(&run(folder, &["find", "1.1", "plan.md", "--format", "json"]));
    assert_eq!((&listed["version"], &listed["locations"][0]["kind"]), (&json!(1), &json!("definition")));
    let none = run(folder, &["find", "7.7"]);
    assert_eq!(code(&none), 2);
    assert!(err(&none).contains("`7.7` not found in 2 files"), "{}", err(&none));
    let shown = run(folder, &["rename", "plan.md", "1.1", "1.7", "--dry-run"]);
    assert!(out(&shown).contains("+- [ ] **Task 1.7**"), "{}", out(&shown));
    assert_eq!(read(folder), PLAN);
    let renamed = run(folder, &["rename", "plan.md", "1.1", "1.7"]);
    assert_eq!(code(&renamed), 0, "{}", err(&renamed));
    assert_eq!(read(folder), PLAN.replace("Task 1.1", "Task 1.7").replace("on 1.1", "on 1.7"));
    let unknown = run(folder, &["rename", "plan.md", "8.8", "1.9"]);
    assert_eq!((code(&unknown), read(folder).contains("1.9")), (2, false), "{}", err(&unknown));
    let taken = run(folder, &["rename", "plan.md", "1.7", "1.2"]);
    assert!(code(&taken) == 2 && err(&taken).contains("already used"), "{}", err(&taken));
}

/// Documents of a set in the form of Kiro.
const REQUIREMENTS: &str = "# Requirements\n\n### Requirement 1: Import\n\n#### Acceptance Criteria\n\n1. WHEN a file is read THEN it SHALL be checked\n2. WHEN it is empty THEN it SHALL say so\n\n### Requirement 2: Export\n\n#### Acceptance Criteria\n\n1. WHEN Ada exports THEN a file SHALL be written\n";
const DESIGN: &str = "# Design\n\nThe reader meets Requirement 1 and the writer Requirement 2.\n";
const KIRO_TASKS: &str = "# Tasks\n\n- [ ] 1. Import\n  - [ ] 1.1 Read the file\n    - _Requirements: 1.1, 1.2_\n- [ ] 2. Export\n  - [ ] 2.1 Write the rows\n    - _Requirements: 2.1_\n";

#[test]
fn requirements_are_found_and_renamed() {
    let folder = folder(&[
        ("plansmith.toml", ""),
        (".kiro/specs/csv/requirements.md", REQUIREMENTS),
        (".kiro/specs/csv/design.md", DESIGN),
        (".kiro/specs/csv/tasks.md", KIRO_TASKS),
        (
            "specs/003-mail/spec.md",
            "# Feature: Mail\n\n### User Story 1 - Send (Priority: P1)\n\n## Requirements\n\n- **FR-001**: Attach a PDF\n- **FR-002**: Retry\n",
        ),
        (
            "specs/003-mail/tasks.md",
            "# Tasks: Mail\n\n## Phase 1: User Story 1 - Send\n\n- [ ] T001 [US1] Attach per FR-001\n- [ ] T002 [US1] Retry per FR-002\n",
        ),
    ]);
    let folder = folder.path();
    let found = |name: &str| -> Vec<String> {
        let listed = report(&run(folder, &["find", name, "--format", "json"]));
        let places = listed["locations"].as_array().unwrap().iter();
        places
            .map(|place| {
                let text = |name: &str| place[name].as_str().unwrap().to_owned();
                format!("{}:{} {}", text("path").rsplit('/').next().unwrap(), place["line"], text("kind"))
            })
            .collect()
    };
    // The task and the criterion.
    assert_eq!(
        found("1.1"),
        ["requirements.md:7 definition", "tasks.md:4 definition", "tasks.md:5 reference"]
    );
    let requirement = ["design.md:3 reference", "requirements.md:3 definition"];
    assert_eq!(
        found("Requirement 2"),
        ["design.md:3 reference", "requirements.md:10 definition", "tasks.md:8 reference"]
    );
    assert!(
        found("requirement 1").starts_with(&requirement.map(str::to_owned)),
        "{:?}",
        found("requirement 1")
    );
    for name in ["FR-001", "fr-001"] {
        assert_eq!(found(name), ["spec.md:7 definition", "tasks.md:5 reference"], "{name}");
    }
    assert!(found("US1").contains(&"spec.md:3 definition".to_owned()), "{:?}", found("US1"));
    let kiro = |name: &str| fs::read_to_string(folder.join(".kiro/specs/csv").join(name)).unwrap();
    let path = ".kiro/specs/csv/requirements.md";
    let refused = run(folder, &["rename", path, "1.1", "1.5"]);
    assert_eq!(code(&refused), 2);
    assert!(err(&refused).contains("its number comes from its position in the list"), "{}", err(&refused));
    let renamed = run(folder, &["rename", path, "1", "7"]);
    assert_eq!(code(&renamed), 0, "{}", err(&renamed));
    assert_eq!(kiro("design.md"), DESIGN.replace("Requirement 1", "Requirement 7"));
    assert_eq!(kiro("tasks.md"), KIRO_TASKS.replace("Requirements: 1.1, 1.2", "Requirements: 7.1, 7.2"));
    let same = run(folder, &["rename", path, "Requirement 2", "2"]);
    assert_eq!((code(&same), out(&same).as_str()), (0, ""));
    assert!(
        err(&same).contains("nothing to change: `Requirement 2` already has this name"),
        "{}",
        err(&same)
    );
}

#[test]
fn renames_outside_of_projects_change_one_file() {
    let other = "# Plan: y\n\n- [ ] **Task 9.1**: b\n  - Depends on: Task 1.1\n";
    let folder = folder(&[("plan.md", PLAN), ("other.md", other), ("plansmith.toml", "")]);
    let note = "plan.md is not in a project, so only this file is changed";
    let renamed = run(folder.path(), &["rename", "plan.md", "1.1", "1.7", "--dry-run"]);
    assert!(!err(&renamed).contains(note), "{}", err(&renamed));
    assert!(out(&renamed).contains("+++ other.md"), "{}", out(&renamed));
    fs::remove_file(folder.path().join("plansmith.toml")).unwrap();
    let renamed = run(folder.path(), &["rename", "plan.md", "1.1", "1.7"]);
    assert_eq!(code(&renamed), 0, "{}", err(&renamed));
    assert!(err(&renamed).contains(note), "{}", err(&renamed));
}

/// A process that holds the lock of one document, or changes it, prevents that only some of the documents are renamed.
#[test]
fn renames_write_all_documents_or_none() {
    let other = "# Plan: y\n\n- [ ] **Task 9.1**: b\n  - Depends on: Task 1.1\n";
    let folder = folder(&[("plan.md", PLAN), ("other.md", other), ("plansmith.toml", "")]);
    let folder = folder.path();
    let read_other = || fs::read_to_string(folder.join("other.md")).unwrap();
    let locks = folder.join(".state/plansmith/locks");
    assert_eq!(code(&run(folder, &["set", "other.md", "9.1", "open", "--owner", "Ada"])), 0);
    let other = read_other();
    let lock = fs::read_dir(&locks).unwrap().next().unwrap().unwrap().path();
    for changes in [true, false] {
        let held = fs::OpenOptions::new().read(true).write(true).open(&lock).unwrap();
        held.lock().unwrap();
        let mut command = program(folder, &["rename", "plan.md", "1.1", "1.7"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        assert_eq!(child.try_wait().unwrap(), None, "the lock is held");
        assert_eq!((read(folder).as_str(), read_other()), (PLAN, other.clone()), "nothing is half-written");
        let now = if changes { other.replace("9.1**: b", "9.1**: c") } else { other.clone() };
        fs::write(folder.join("other.md"), &now).unwrap();
        drop(held);
        let output = child.wait_with_output().unwrap();
        if changes {
            assert_eq!(code(&output), 3, "{}", err(&output));
            assert!(
                err(&output).contains("other.md: file was changed by another process"),
                "{}",
                err(&output)
            );
            assert_eq!((read(folder).as_str(), read_other()), (PLAN, now));
            fs::write(folder.join("other.md"), &other).unwrap();
        } else {
            assert_eq!(code(&output), 0, "{}", err(&output));
            assert_eq!(read(folder), PLAN.replace("Task 1.1", "Task 1.7").replace("on 1.1", "on 1.7"));
            assert_eq!(read_other(), other.replace("Task 1.1", "Task 1.7"));
        }
    }
}

#[test]
fn suppression_comments_are_added() {
    let text = "# Plan: x\n\n## Tasks\n\n- [ ] See [a](gone.md) and [ b](gone.md)\n- [] c\n";
    let folder = folder(&[("plan.md", text)]);
    let folder = folder.path();
    let findings = |folder: &Path| {
        report(&run(folder, &["check", "plan.md", "--format", "json"]))["findings"].to_string()
    };
    assert!(findings(folder).contains("broken-link"), "{}", findings(folder));
    let shown = run(folder, &["check", "plan.md", "--add-ignore", "--diff", "--select", "broken-link"]);
    assert!(out(&shown).contains("+<!-- plansmith-disable-next-line broken-link -->"), "{}", out(&shown));
    assert_eq!(read(folder), text);
    let added = run(folder, &["check", "plan.md", "--add-ignore", "--select", "broken-link"]);
    assert_eq!(code(&added), 0, "{}", err(&added));
    assert!(err(&added).contains("suppressed in 1 file"), "{}", err(&added));
    let expected = text.replace("- [ ] See", "<!-- plansmith-disable-next-line broken-link -->\n- [ ] See");
    assert_eq!(read(folder), expected);
    assert!(!findings(folder).contains("broken-link"), "{}", findings(folder));
    // Nothing is left to add.
    run(folder, &["check", "plan.md", "--add-ignore", "--select", "broken-link"]);
    assert_eq!(read(folder), expected);
}

#[test]
fn suppression_comments_survive_the_formatter_and_name_what_they_leave() {
    let text = "# Plan: x\n\n## Tasks\n\nSee [a](gone.md).\n\n- [ ] T001 a\n- [ ] T002 b\n- [ ] T002 c\n";
    let folder = folder(&[("plan.md", text)]);
    let folder = folder.path();
    let added = run(folder, &["check", "plan.md", "--add-ignore"]);
    assert_eq!(code(&added), 0, "{}", err(&added));
    assert!(err(&added).contains("2 findings suppressed in 1 file"), "{}", err(&added));
    assert_eq!(code(&run(folder, &["fmt", "plan.md"])), 0);
    let checked = report(&run(folder, &["check", "plan.md", "--format", "json"]));
    assert_eq!(checked["findings"], json!([]), "{}", read(folder));
    // In a fence that is not closed, a comment is text.
    fs::write(folder.join("plan.md"), "# Plan: x\n\n- [ ] a\n- [] b\n\n```\n- [] c\n").unwrap();
    let added = run(folder, &["check", "plan.md", "--add-ignore"]);
    assert!(err(&added).contains("plan.md: disabled in the whole file: "), "{}", err(&added));
    assert!(err(&added).contains("unclosed-fence"), "{}", err(&added));
}

#[test]
fn patches_of_files_with_carriage_returns_apply() {
    let text = "# Plan: x\n\n- [ ] **Task 1.1**: a\rb\n- [ ] **Task 1.2**: c\n";
    let folder = folder(&[("plan.md", text)]);
    let folder = folder.path();
    let shown = run(folder, &["set", "plan.md", "1.2", "done", "--dry-run"]);
    fs::write(folder.join("change.patch"), &shown.stdout).unwrap();
    let applied = Command::new("git").current_dir(folder).args(["apply", "-p0", "change.patch"]).output();
    // Without git, nothing is checked.
    let Ok(applied) = applied else { return };
    assert_eq!(code(&applied), 0, "{}{}", err(&applied), out(&shown));
    assert_eq!(read(folder), text.replace("[ ] **Task 1.2", "[x] **Task 1.2"));
}

#[test]
fn dry_runs_and_pipes_do_not_write() {
    let folder = folder(&[("plan.md", PLAN)]);
    let folder = folder.path();
    let shown = run(folder, &["set", "plan.md", "1.1", "done", "--dry-run"]);
    assert!(out(&shown).contains("+- [x] **Task 1.1**"), "{}", out(&shown));
    assert_eq!(read(folder), PLAN);
    let piped = fed(folder, &["set", "--stdin", "line:7", "done"], PLAN);
    assert_eq!(out(&piped), PLAN.replace("- [ ] **Task 1.1**", "- [x] **Task 1.1**"));
    assert_eq!(code(&fed(folder, &["set", "--stdin", "plan.md", "1.1", "done"], PLAN)), 2);
    assert!(!folder.join(".state").exists(), "no lock is needed");
}

#[test]
#[cfg(unix)]
fn files_keep_their_form() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let text = PLAN.replace('\n', "\r\n");
    let text = format!("\u{feff}{text}");
    let folder = folder(&[("real/plan.md", &text)]);
    let folder = folder.path();
    let real = folder.join("real/plan.md");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real/plan.md", folder.join("plan.md")).unwrap();
    let done = run(folder, &["set", "plan.md", "1.2", "blocked", "--owner", "Bo", "--note", "waits"]);
    assert_eq!(code(&done), 0, "{}", err(&done));
    assert!(folder.join("plan.md").symlink_metadata().unwrap().is_symlink());
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    let expected = text.replace(
        "- [ ] **Task 1.2**: Check the copy (depends on 1.1)\r\n",
        "- [!] **Task 1.2**: Check the copy (depends on 1.1) (owner: Bo)\r\n  - Note: waits\r\n",
    );
    assert_eq!(fs::read_to_string(&real).unwrap(), expected);
    assert_eq!(fs::read_dir(folder.join("real")).unwrap().count(), 1);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o440)).unwrap();
    let denied = run(folder, &["set", "plan.md", "1.1", "done"]);
    assert_eq!(code(&denied), 2);
    assert!(err(&denied).contains("read-only"), "{}", err(&denied));
}

#[test]
fn introductions_name_plans_and_commands() {
    let folder = folder(&[("plan.md", PLAN)]);
    let primed = out(&run(folder.path(), &["prime"]));
    assert!(
        primed.contains(
            "- plan.md: Plan: Move the index, 0 of 2 tasks done\n  - 1.1 Create docs/copy.md (open)\n"
        ),
        "{primed}"
    );
    assert!(primed.split_whitespace().count() <= 400);
}

/// A small generator of numbers, so that a failure can be repeated.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Several processes claim and complete all tasks of a plan, and some are killed. `PLANSMITH_TEST_AGENTS=16` and
/// `PLANSMITH_TEST_TASKS=400` select the full size.
#[test]
fn processes_share_a_plan() {
    let size = |name: &str, default| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let (agents, tasks): (usize, usize) =
        (size("PLANSMITH_TEST_AGENTS", 4), size("PLANSMITH_TEST_TASKS", 24));
    let mut plan = "# Plan: Many tasks\n\n**Status**: In Progress\n\n".to_owned();
    for task in 1..=tasks {
        if task % 20 == 1 {
            plan.push_str(&format!("\n## Phase {}: part\n\nSome *text* | with é.\n\n", task / 20 + 1));
        }
        plan.push_str(&format!("- [ ] **T{task:03}** do the work {task}\n"));
    }
    let folder = folder(&[("plan.md", &plan)]);
    let folder = folder.path();
    let (claims, claimed) = channel();
    let (kills, killed) = channel();
    std::thread::scope(|scope| {
        for agent in 0..agents {
            let (claims, kills) = (claims.clone(), kills.clone());
            scope.spawn(move || {
                let mut numbers = Numbers(agent as u64 + 1);
                loop {
                    let owner = format!("agent-{agent}");
                    let mut command = program(
                        folder,
                        &["next", "--claim", "--format", "json", "--owner", &owner, "plan.md"],
                    );
                    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
                    let is_killed = numbers.below(6) == 0;
                    if is_killed {
                        std::thread::sleep(Duration::from_millis(numbers.below(60)));
                        child.kill().unwrap();
                    }
                    let output = child.wait_with_output().unwrap();
                    match output.status.code() {
                        Some(0) => {}
                        Some(4) => return,
                        None => {
                            kills.send(()).unwrap();
                            continue;
                        }
                        other => panic!("{other:?}: {}", err(&output)),
                    }
                    let task = report(&output)["tasks"][0].clone();
                    let id = task["id"].as_str().unwrap().to_owned();
                    assert_eq!(task["owner"], owner.as_str());
                    claims.send((id.clone(), owner)).unwrap();
                    let done = run(folder, &["set", "plan.md", &id, "done", "--expect", "active"]);
                    assert_eq!(code(&done), 0, "{id}: {}", err(&done));
                }
            });
        }
    });
    drop((claims, kills));
    let killed = killed.iter().count();
    let mut by_id: BTreeMap<String, String> = BTreeMap::new();
    for (id, owner) in claimed {
        assert_eq!(by_id.insert(id.clone(), owner), None, "{id} was claimed twice");
    }
    let now = read(folder);
    for (id, owner) in &by_id {
        assert!(
            now.contains(&format!(
                "- [x] **{id}** do the work {} (owner: {owner})\n",
                id[1..].trim_start_matches('0')
            )),
            "{id}"
        );
    }
    // A process that was killed after writing has claimed a task without reporting it.
    let lost = now.matches("- [/]").count();
    assert_eq!(by_id.len() + lost, tasks);
    assert!(lost <= killed, "{lost} of {tasks}");
    // A last change removes the temporary files of killed processes.
    assert_eq!(code(&run(folder, &["set", "plan.md", "T001", "blocked"])), 0);
    assert_eq!(code(&run(folder, &["set", "plan.md", "T001", "done"])), 0);
    let names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| name == "plan.md" || name == ".state"), "{names:?}");
    let unowned: Vec<String> = now
        .lines()
        .map(|line| {
            let line = line.replace("- [x]", "- [ ]").replace("- [/]", "- [ ]");
            line.split(" (owner: ").next().unwrap_or_default().to_owned()
        })
        .collect();
    assert_eq!(unowned.join("\n"), plan.trim_end_matches('\n'));
}

#[test]
fn names_that_are_not_items_change_nothing() {
    let folder = folder(&[("plan.md", PLAN), ("spec.md", "# Specification\n")]);
    let folder = folder.path();
    for (arguments, message) in [
        (&["set", "plan.md", "1.1-9.9", "done"][..], "error: plan.md: unknown item `1.1-9.9`"),
        (&["set", "plan.md", "1.1", "done", "--owner", "a\u{202e}b"], "error: plan.md: invalid owner"),
        (&["add", "plan.md", "a\u{2028}b"], "error: plan.md: invalid title"),
        (&["next", "--claim", "missing.md"], "error: missing.md: no such file or directory"),
        (
            &["next", "--limit", "0"],
            "error: invalid value '0' for '--limit <COUNT>': expected a whole number of 1 or more",
        ),
        (&["history", "-"], "error: standard input has no history; pass a file of a git repository"),
    ] {
        let refused = run(folder, arguments);
        assert_eq!(code(&refused), 2, "{arguments:?}: {}", err(&refused));
        assert!(err(&refused).starts_with(message), "{arguments:?}: {}", err(&refused));
        assert_eq!(read(folder), PLAN, "{arguments:?}");
    }
    assert_eq!(code(&run(folder, &["set", "plan.md", "line:7,line:8", "done"])), 0);
    // Documents without tasks are no reason to fail.
    let nothing = run(folder, &["next", "--claim"]);
    assert_eq!((code(&nothing), &*err(&nothing)), (4, "error: no tasks ready\n"));
}
