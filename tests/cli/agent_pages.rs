//! Tests of the pages for agents and CI: the loop of an agent, and the commands that hooks call.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use super::{BROKEN, VALID, code, err, folder, options::git, out};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs the program with a state folder of its own.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command.env("XDG_STATE_HOME", folder.join(".state")).output().unwrap()
}

/// Runs a shell command in which `plansmith` is the program under test.
fn shell(folder: &Path, command: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_plansmith"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", path)
        .env("RUNNER_TEMP", folder.join(".git"))
        .output()
        .unwrap()
}

/// Works through a plan as docs/how-to/agents.md describes: claim, set to done, check; at the end, take over tasks that are in
/// progress. Returns the number of completed tasks.
fn work_through(folder: &Path, path: &str) -> usize {
    let complete = |task: &Value| {
        let line = format!("line:{}", task["line"]);
        let named = task["id"].as_str().or_else(|| task["title"].as_str()).unwrap();
        let arguments = |item| ["set", path, item, "done", "--expect", "active", "--update-progress"];
        let done = run(folder, &arguments(named));
        if code(&done) == 2 {
            let done = run(folder, &arguments(&line));
            assert_eq!(code(&done), 0, "{path} {named}: {}", err(&done));
        } else {
            assert_eq!(code(&done), 0, "{path} {named}: {}", err(&done));
        }
        let checked = run(folder, &["check", path, "--format", "json", "--min-severity", "warning"]);
        assert!(code(&checked) < 2, "{}", err(&checked));
    };
    let mut completed = 0;
    while completed < 200 {
        let claimed =
            run(folder, &["next", "--claim", "--owner", "agent-1", "--reassign", "--format", "json", path]);
        if code(&claimed) == 0 {
            let claimed: Value = serde_json::from_slice(&claimed.stdout).unwrap();
            complete(&claimed["tasks"][0]);
            completed += 1;
            continue;
        }
        assert_eq!(code(&claimed), 4, "{path}: {}", err(&claimed));
        let listed = run(folder, &["next", "--format", "json", path]);
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let tasks = listed["tasks"].as_array().unwrap();
        let Some(task) = tasks.iter().find(|task| task["state"] == "active") else { break };
        let item = format!("line:{}", task["line"]);
        let taken = run(folder, &["set", path, &item, "active", "--expect", "active", "--owner", "agent-1"]);
        assert_eq!(code(&taken), 0, "{path} {item}: {}", err(&taken));
        complete(task);
        completed += 1;
    }
    completed
}

/// Returns the open tasks of a plan that are still counted.
fn open_tasks(folder: &Path, path: &str) -> i64 {
    let status = run(folder, &["status", "--format", "json", path]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let plan = &status["plans"][0];
    plan["total"].as_i64().unwrap() - plan["done"].as_i64().unwrap()
}

#[test]
fn agents_work_through_the_examples() {
    let folder = folder(&[]);
    for name in ["codev-plan", "execution-plan", "implementation-plan", "lifecycle-plan", "project-plan"] {
        let path = format!("{name}.md");
        fs::copy(root().join("docs/examples").join(&path), folder.path().join(&path)).unwrap();
        work_through(folder.path(), &path);
        assert_eq!(open_tasks(folder.path(), &path), 0, "{name}");
        let ready = run(folder.path(), &["next", &path]);
        assert!(out(&ready).contains("No tasks ready"), "{}", out(&ready));
    }
}

#[test]
fn agents_work_through_the_plans_of_tools() {
    let spec = "# Feature Specification: Mail\n\n**Status**: Draft\n\n### User Story 1 - Send (Priority: P1)\n\n1. **Given** a bill, **When** Ada sends it, **Then** it arrives\n\n- **FR-001**: The system MUST send it.\n";
    let spec_kit = "# Tasks: Mail\n\n**Input**: `/specs/001-mail/`\n\n## Phase 1: Setup\n\n- [ ] T001 Create the crate in src/lib.rs\n- [ ] T002 [P] Configure linting\n\n## Phase 2: User Story 1 - Send (Priority: P1)\n\n- [ ] T003 [P] [US1] Add the model in src/model.rs\n- [ ] T004 [US1] Send per FR-001 (depends on T003)\n\n## Dependencies & Execution Order\n\n- Setup (Phase 1): none\n- User Story 1 depends on Phase 1\n\n## Notes\n\n- [P] tasks = different files\n";
    let kiro = "# Implementation Plan\n\n- [ ] 1. Set up the project\n  - Create folders\n  - _Requirements: 1.1_\n\n- [ ] 2. Send mail\n- [ ] 2.1 Write the model\n  - _Requirements: 1.1, 1.2_\n- [ ]* 2.2 Write property tests\n  - _Requirements: 1.2_\n\n- [ ] 3. Checkpoint\n";
    let requirements = "# Requirements Document\n\n### Requirement 1\n\n**User Story:** As Ada, I want mail.\n\n#### Acceptance Criteria\n\n1. WHEN Ada sends THEN the system SHALL deliver\n2. IF it fails THEN the system SHALL retry\n";
    let openspec = "## 1. Model\n\n- [ ] 1.1 Add the table\n- [ ] 1.2 Add the model\n\n## 2. Mail\n\n- [ ] 2.1 Send\n- [ ] 2.2 Test\n";
    let proposal = "# Change: Mail\n\n## Why\n\nBills are late.\n\n## What Changes\n\n- Mail\n";
    let codev = "# Plan: Mail\n\n## Metadata\n\n- **Status**: approved\n\n## Implementation Phases\n\n### Phase 1: Model\n**Dependencies**: None\n\n#### Deliverables\n\n- [ ] Table\n- [ ] Model\n\n#### Acceptance Criteria\n\n- [ ] Tests pass\n\n### Phase 2: Mail\n**Dependencies**: Phase 1\n\n#### Deliverables\n\n- [ ] Sender\n";
    let folder = folder(&[
        (".specify/memory/constitution.md", "# Constitution\n"),
        ("specs/001-mail/spec.md", spec),
        ("specs/001-mail/tasks.md", spec_kit),
        ("specs/002-one/tasks.md", "# Tasks: One\n\n## Phase 1: Setup\n\n- [ ] T001 Do it\n"),
        (".kiro/specs/mail/requirements.md", requirements),
        (".kiro/specs/mail/tasks.md", kiro),
        ("openspec/changes/add-mail/proposal.md", proposal),
        ("openspec/changes/add-mail/tasks.md", openspec),
        ("codev/plans/0001-mail.md", codev),
    ]);
    for (path, tasks) in [
        ("specs/001-mail/tasks.md", 4),
        ("specs/002-one/tasks.md", 1),
        (".kiro/specs/mail/tasks.md", 4),
        ("openspec/changes/add-mail/tasks.md", 4),
        ("codev/plans/0001-mail.md", 4),
    ] {
        let completed = work_through(folder.path(), path);
        let text = fs::read_to_string(folder.path().join(path)).unwrap();
        assert!(completed >= tasks, "{path}: {completed}\n{text}");
        assert_eq!(open_tasks(folder.path(), path), 0, "{path}\n{text}");
        assert!(!text.contains("- [ ]") && !text.contains("- [/]"), "{path}\n{text}");
    }
}

/// Returns the command of the stop hook in docs/how-to/agents.md.
fn stop_hook() -> String {
    let page = fs::read_to_string(root().join("docs/how-to/agents.md")).unwrap();
    let block = page.split("```json\n").find(|block| block.contains("\"Stop\"")).unwrap();
    let block: Value = serde_json::from_str(block.split("\n```").next().unwrap()).unwrap();
    block["hooks"]["Stop"][0]["hooks"][0]["command"].as_str().unwrap().to_owned()
}

#[test]
#[cfg(unix)]
fn the_stop_hook_fails_if_a_plan_is_marked_done_and_tasks_are_open() {
    let open_phase = "# Plan: y\n\n**Status**: In Progress\n\n## Phase 1: a\n\n**Status**: Done\n\n- [ ] **Task 1.1**: b\n";
    for (text, expected) in
        [(VALID, 0), ("# Plan: x\n\n**Status**: Completed\n\n- [ ] a\n", 2), (open_phase, 2)]
    {
        let folder = folder(&[("plans/plan.md", text), ("notes.md", "# Notes\n")]);
        let stopped = shell(folder.path(), &stop_hook());
        assert_eq!(code(&stopped), expected, "{text}\n{}", err(&stopped));
        assert_eq!(err(&stopped).contains("error["), expected == 2, "{}", err(&stopped));
    }
}

#[test]
fn the_commands_of_pre_commit_take_file_names() {
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let entries: Vec<&str> =
        hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: plansmith ")).collect();
    assert_eq!(entries, ["check", "check --fix", "fmt"]);
    for entry in entries {
        let folder = folder(&[("a.md", BROKEN), ("b.md", VALID), ("c.md", BROKEN)]);
        let mut arguments: Vec<&str> = entry.split(' ').collect();
        arguments.extend(["a.md", "b.md"]);
        let output = run(folder.path(), &arguments);
        let expected = i32::from(entry != "fmt");
        assert_eq!(code(&output), expected, "{entry}: {}{}", out(&output), err(&output));
        assert_eq!(fs::read_to_string(folder.path().join("c.md")).unwrap(), BROKEN, "{entry}");
        assert!(!out(&output).contains("c.md"), "{entry}: {}", out(&output));
    }
}

#[test]
#[cfg(unix)]
fn the_scripts_of_github_and_gitlab_run() {
    let folder = folder(&[("plans/a b.md", BROKEN), ("plans/c.md", VALID)]);
    let script = root().join("packaging/action/check.sh");
    let action = format!(
        "PLANSMITH_FAIL_ON=warning PLANSMITH_ARGUMENTS= PLANSMITH_PATHS='plans' PLANSMITH_SARIF_FILE=plans.sarif bash '{}'",
        script.display()
    );
    let checked = shell(folder.path(), &action);
    assert_eq!(code(&checked), 1, "{}", err(&checked));
    assert!(out(&checked).starts_with("::warning file=plans/a b.md,line=3,"), "{}", out(&checked));
    let sarif: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("plans.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
    let page = fs::read_to_string(root().join("docs/how-to/ci.md")).unwrap();
    let job = page.lines().find_map(|line| line.trim().strip_prefix("- plansmith check docs/plans")).unwrap();
    let gitlab = shell(folder.path(), &format!("plansmith check plans{job}"));
    assert_eq!(code(&gitlab), 1, "{}", err(&gitlab));
    let report: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("plans.json")).unwrap()).unwrap();
    assert_eq!(report.as_array().unwrap().len(), 2);
}

#[test]
#[cfg(unix)]
fn comments_list_the_findings_of_changed_files() {
    let folder = folder(&[("old.md", BROKEN), ("plan.md", VALID)]);
    let path = folder.path();
    git(path, &["init", "--quiet", "--initial-branch", "main"]);
    git(path, &["add", "."]);
    git(path, &["commit", "--quiet", "-m", "Add plans"]);
    git(path, &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let page = fs::read_to_string(root().join("docs/how-to/ci.md")).unwrap();
    let step =
        page.lines().find_map(|line| line.trim().strip_prefix("- run: plansmith check --since")).unwrap();
    let step = format!("plansmith check --since{}", step.replace("${{ github.base_ref }}", "main"));
    let comment = || {
        let checked = shell(path, &step);
        assert_eq!((code(&checked), err(&checked).as_str()), (0, ""));
        fs::read_to_string(path.join(".git/comment.md")).unwrap()
    };
    assert!(comment().starts_with("**Plansmith**: no findings in "), "{}", comment());
    fs::write(path.join("plan.md"), VALID.replace("In Progress", "Completed")).unwrap();
    let text = comment();
    assert!(
        text.starts_with("**Plansmith**: 1 finding in 1 file\n\n| line | severity | finding |\n"),
        "{text}"
    );
    assert!(text.contains("| `plan.md:3` | warning | status is `Completed"), "{text}");
    assert!(text.contains("([status-open-tasks](https://"), "{text}");
    assert!(!text.contains("old.md"), "{text}");
}
