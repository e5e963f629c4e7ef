//! Options that every command accepts, settings and paths.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::{BROKEN, VALID, agents::fed, code, err, folder, out, plansmith, report};

/// Returns the findings of a run: path, rule and fingerprint.
fn findings(folder: &Path, arguments: &[&str]) -> Vec<(String, String, String)> {
    let output = plansmith(folder, &[&["check", "--format", "json"], arguments].concat());
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let report = report(&output);
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| (text(finding, "path"), text(finding, "rule"), text(finding, "fingerprint")))
        .collect()
}

#[test]
fn a_file_has_the_same_findings_however_its_path_is_written() {
    let folder = folder(&[
        ("plansmith.toml", "[rules]\nmalformed-checkbox = \"error\"\n"),
        ("docs/plansmith.toml", "[rules]\nstatus-open-tasks = \"off\"\n"),
        ("docs/plans/a.md", BROKEN),
        ("other.md", VALID),
    ]);
    let root = folder.path();
    let absolute = root.join("docs/plans/a.md").to_string_lossy().into_owned();
    let expected = findings(root, &["docs/plans/a.md"]);
    assert_eq!(expected.len(), 1, "{expected:?}");
    assert_eq!((&*expected[0].0, &*expected[0].1), ("docs/plans/a.md", "malformed-checkbox"));
    for arguments in [
        &["."][..],
        &["docs"],
        &["./docs/plans"],
        &["docs/../docs/plans/a.md"],
        &[&absolute],
        &["docs", "docs/plans/a.md", &absolute],
    ] {
        assert_eq!(findings(root, arguments), expected, "{arguments:?}");
    }
    // From another directory, only the shown path is different.
    let from_inside = findings(&root.join("docs"), &["plans"]);
    assert_eq!(from_inside, [("plans/a.md".to_owned(), expected[0].1.clone(), expected[0].2.clone())]);
    let from_sibling = findings(&root.join("docs/plans"), &["../../docs"]);
    assert_eq!(from_sibling[0].2, expected[0].2);
    let baseline = root.join("known.json").to_string_lossy().into_owned();
    assert_eq!(code(&plansmith(root, &["check", "--write-baseline", "known.json"])), 0);
    assert_eq!(code(&plansmith(&root.join("docs"), &["check", "plans/a.md", "--baseline", &baseline])), 0);
}

#[test]
fn options_are_accepted_before_and_after_the_command() {
    let folder = folder(&[("a.md", BROKEN), ("strict.toml", "fail-on = \"never\"\n")]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);
    for arguments in [
        &["--config", "strict.toml", "check"][..],
        &["check", "--config", "strict.toml"],
        &["-c", "fail-on=never", "check"],
        &["check", "-c", "fail-on=\"never\"", "-c", "rules.tasks=off"],
        &["check", "--config", "fail-on=never"],
    ] {
        assert_eq!(code(&run(arguments)), 0, "{arguments:?}");
    }
    for arguments in [
        &["check", "-c", "fail-on"][..],
        &["check", "-c", "fail-on=loud"],
        &["check", "-c", "fail_on=error"],
        &["check", "--config", "missing.toml"],
        &["check", "--config", "strict.toml", "--no-config"],
        &["check", "--quiet", "--verbose"],
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(err(&output).starts_with("error: "), "{arguments:?}: {}", err(&output));
    }
    let quiet = run(&["--quiet", "check", "--format", "concise"]);
    assert_eq!(out(&quiet).lines().count(), 2, "{}", out(&quiet));
    assert_eq!(out(&run(&["check", "-q", "--select", "overdue"])), "");
    let verbose = run(&["check", "-v", "--config", "strict.toml"]);
    assert!(err(&verbose).contains("debug: settings file strict.toml\n"), "{}", err(&verbose));
    assert!(err(&verbose).contains("debug: file a.md\n"), "{}", err(&verbose));
}

#[test]
fn results_are_written_to_a_file() {
    let folder = folder(&[("a.md", BROKEN)]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);
    let path = folder.path().join("report.json");
    fs::write(&path, "old").unwrap();
    let output = run(&["check", "--format", "json", "--output-file", "report.json"]);
    assert_eq!((code(&output), out(&output)), (1, String::new()));
    let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(written["findings"].as_array().map(Vec::len), Some(2));
    let output = run(&["graph", "a.md", "-o", "graph.mmd"]);
    assert_eq!((code(&output), out(&output)), (0, String::new()));
    assert_eq!(fs::read_to_string(folder.path().join("graph.mmd")).unwrap(), "flowchart LR\n");
    let output = run(&["check", "--color", "always", "-o", "report.txt"]);
    assert_eq!(out(&output), "");
    assert!(!fs::read_to_string(folder.path().join("report.txt")).unwrap().contains('\u{1b}'));
    let output = run(&["check", "-o", "missing/report.txt"]);
    assert_eq!(code(&output), 2);
    assert_eq!(err(&output), "error: directory `missing` does not exist; create it first\n");
}

#[test]
fn findings_are_selected() {
    let folder = folder(&[("a.md", BROKEN)]);
    let rules = |arguments: &[&str]| -> Vec<String> {
        findings(folder.path(), arguments).into_iter().map(|(_, rule, _)| rule).collect()
    };
    assert_eq!(rules(&["--select", "tasks"]), ["malformed-checkbox"]);
    assert_eq!(rules(&["--ignore", "tasks"]), ["status-open-tasks"]);
    assert_eq!(rules(&["--select", "all", "--ignore", "state,malformed-checkbox,tasks,header"]), [""; 0]);
    assert_eq!(rules(&["--min-severity", "error"]), [""; 0]);
    let output = plansmith(folder.path(), &["check", "--select", "overdeu"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("did you mean `overdue`?"), "{}", err(&output));
    let two = format!("{BROKEN}\n```sh\nls\n");
    fs::write(folder.path().join("a.md"), &two).unwrap();
    let output = plansmith(folder.path(), &["check", "--fix-only", "malformed-checkbox"]);
    assert!(out(&output).contains("fixed  a.md  malformed-checkbox (1)\n"), "{}", out(&output));
    assert_eq!(fs::read_to_string(folder.path().join("a.md")).unwrap(), two.replace("- []", "- [ ]"));
}

#[test]
fn concise_junit_and_gitlab_reports() {
    let folder = folder(&[("a.md", BROKEN), ("ok.md", VALID)]);
    let run = |format: &str| out(&plansmith(folder.path(), &["check", "-q", "--format", format]));
    expect_test::expect![[r"
        a.md:3:13: warning: status is `Completed`, but 1 of 2 tasks is open [status-open-tasks]
        a.md:6:3: warning: invalid checkbox `[]`: expected a space or `x` between the brackets [malformed-checkbox] (fixable)
    "]]
    .assert_eq(&run("concise"));
    let junit = run("junit");
    let xml = roxmltree::Document::parse(&junit).unwrap();
    let root = xml.root_element();
    assert_eq!((root.attribute("tests"), root.attribute("failures")), (Some("3"), Some("2")), "{junit}");
    assert_eq!(xml.descendants().filter(|node| node.has_tag_name("failure")).count(), 2);
    let gitlab: Value = serde_json::from_str(&run("gitlab")).unwrap();
    assert_eq!(gitlab[1]["check_name"], "malformed-checkbox");
    assert_eq!(gitlab[1]["severity"], "minor");
    assert_eq!(gitlab[1]["location"]["positions"]["begin"], json!({"line": 6, "column": 3}));
}

pub(super) fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?}");
}

#[test]
fn only_changed_files_are_checked() {
    let folder = folder(&[("a.md", BROKEN), ("b c.md", BROKEN), ("sub/d.md", BROKEN)]);
    let root = folder.path();
    git(root, &["init", "--quiet", "--initial-branch", "main"]);
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "Add plans"]);
    let files = |arguments: &[&str]| {
        let output = plansmith(root, &[&["check", "--show-files"], arguments].concat());
        assert_eq!(code(&output), 0, "{}", err(&output));
        out(&output)
    };
    assert_eq!(files(&["--since", "HEAD"]), "");
    fs::write(root.join("b c.md"), VALID).unwrap();
    fs::write(root.join("sub/new.md"), VALID).unwrap();
    assert_eq!(files(&["--since", "HEAD"]), "b c.md\nsub/new.md\n");
    assert_eq!(files(&["--since", "main", "sub"]), "sub/new.md\n");
    for revision in ["unknown", "--output=x", ""] {
        let output = plansmith(root, &["check", &format!("--since={revision}")]);
        assert_eq!(code(&output), 2);
        let message = format!("error: unknown git revision `{revision}`; expected a branch, tag or commit\n");
        assert_eq!(err(&output), message);
    }
}

#[test]
fn named_files_obey_exclude_on_request() {
    let folder =
        folder(&[("plansmith.toml", "exclude = [\"old/**\"]\n"), ("old/a.md", BROKEN), ("b.md", VALID)]);
    let run = |arguments: &[&str]| {
        out(&plansmith(folder.path(), &[&["check", "--show-files"], arguments].concat()))
    };
    assert_eq!(run(&["old/a.md", "b.md"]), "old/a.md\nb.md\n");
    assert_eq!(run(&["old/a.md", "b.md", "--force-exclude"]), "b.md\n");
    assert_eq!(run(&["."]), "b.md\n");
    let shown =
        out(&plansmith(folder.path(), &["check", "--show-settings", "b.md", "--rule", "overdue=error"]));
    assert!(
        shown.contains("# settings: plansmith.toml\n")
            && shown.contains("overdue = \"error\"  # command line\n"),
        "{shown}"
    );
    assert!(shown.contains("fail-on = \"warning\"\n"), "{shown}");
}

#[test]
fn missing_files_get_a_suggestion() {
    let folder = folder(&[("plans/move.md", VALID)]);
    let output = plansmith(folder.path(), &["check", "plans/mvoe.md"]);
    let expected = "error: plans/mvoe.md: no such file or directory; did you mean `plans/move.md`?\n";
    assert_eq!((code(&output), err(&output)), (2, expected.to_owned()));
}

#[test]
fn init_completions_and_manual_pages() {
    let folder = folder(&[]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);
    let written = run(&["init", "--family", "spec-kit", "--editor", "vscode,helix"]);
    assert_eq!(code(&written), 0, "{}", err(&written));
    let settings = fs::read_to_string(folder.path().join("plansmith.toml")).unwrap();
    assert!(settings.contains("[rules]\nuncovered-requirement = \"warning\"\n"), "{settings}");
    assert!(folder.path().join(".vscode/extensions.json").exists());
    let again = run(&["init"]);
    assert_eq!(code(&again), 2);
    assert!(
        err(&again).contains("plansmith.toml` already exists; replace it with --force"),
        "{}",
        err(&again)
    );
    assert_eq!(code(&run(&["init", "--force"])), 0);
    assert_eq!(code(&run(&["check"])), 0);
    let unknown = run(&["init", "--family", "speckit"]);
    assert_eq!(code(&unknown), 2);
    assert!(err(&unknown).contains("did you mean `spec-kit`?"), "{}", err(&unknown));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = out(&run(&["completions", shell]));
        assert!(script.contains("plansmith") && script.contains("exit-zero"), "{shell}: {script}");
        // The scripts of Fish complete only the values of options, those of PowerShell and Elvish only options.
        let has_rules = matches!(shell, "powershell" | "elvish") || script.contains("broken-link");
        let has_templates = !matches!(shell, "bash" | "zsh") || script.contains("project-plan");
        assert!(has_rules && has_templates, "{shell}: {script}");
    }
    assert!(out(&run(&["man"])).contains(".TH plansmith 1"));
    fs::create_dir(folder.path().join("man")).unwrap();
    assert_eq!(code(&run(&["man", "--directory", "man"])), 0);
    let page = fs::read_to_string(folder.path().join("man/plansmith-check.1")).unwrap();
    assert!(page.contains("fail\\-on"), "{page}");
}

#[test]
fn new_rejects_unknown_fields_and_several_lines() {
    let folder = folder(&[]);
    let run =
        |arguments: &[&str]| plansmith(folder.path(), &[&["new", "implementation-plan"], arguments].concat());
    let unknown = run(&["--set", "Statsu=Draft"]);
    assert_eq!(code(&unknown), 2);
    assert!(err(&unknown).contains("unknown field `Statsu`; did you mean `Status`?"), "{}", err(&unknown));
    let lines = run(&["--title", "One\n\n- [ ] two"]);
    assert_eq!(code(&lines), 2);
    assert!(err(&lines).contains("invalid value of `--title`"), "{}", err(&lines));
    assert_eq!(code(&run(&["-o", "a.md", "--title", "One"])), 0);
    assert_eq!(code(&run(&["-o", "a.md", "--title", "Two", "--force"])), 0);
    assert!(fs::read_to_string(folder.path().join("a.md")).unwrap().contains("Two"));
}

#[test]
fn status_and_next_select_plans_and_tasks() {
    let plan = |title: &str, date: &str, done: &str| {
        format!(
            "# Plan: {title}\n\n**Status**: In Progress\n**Target Completion**: {date}\n\n- [{done}] T001 [P] First\n  - Owner: Ada\n- [ ] T002 Second\n  - Owner: Grace\n"
        )
    };
    let folder = folder(&[("a.md", &plan("A", "2026-05-01", "x")), ("b.md", &plan("B", "2026-01-01", " "))]);
    let run = |arguments: &[&str]| out(&plansmith(folder.path(), arguments));
    let first = |arguments: &[&str]| {
        let text = run(&[&["status", "--today", "2026-03-01", "--columns", "plan"], arguments].concat());
        text.lines().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!((first(&[]), first(&["--sort", "due"])), ("a.md".to_owned(), "b.md".to_owned()));
    assert_eq!(first(&["--sort", "progress"]), "b.md");
    assert_eq!(first(&["--overdue"]), "b.md");
    assert!(run(&["status", "--overdue", "--today", "2026-03-01"]).contains("1 plan: "));
    let tasks = |arguments: &[&str]| {
        let output = plansmith(folder.path(), &[&["next", "--format", "json"], arguments].concat());
        report(&output)["tasks"].as_array().unwrap().len()
    };
    assert_eq!((tasks(&[]), tasks(&["--limit", "1"]), tasks(&["--owner", "grace"])), (3, 1, 2));
    assert_eq!(tasks(&["--tag", "P"]), 1);
    let narrow = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(["status", "--today", "2026-03-01"])
        .current_dir(folder.path())
        .env("COLUMNS", "60")
        .output()
        .unwrap();
    assert!(out(&narrow).lines().all(|line| line.chars().count() <= 60), "{}", out(&narrow));
    assert!(out(&narrow).contains("█████░░░░░ 1/2"), "{}", out(&narrow));
}

#[test]
fn watching_checks_again_after_a_change() {
    let folder = folder(&[("a.md", BROKEN)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(["check", "--watch", "--format", "concise"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let summary = |line: &String| line.starts_with("1 file: ");
    assert_eq!(lines.find(summary).as_deref(), Some("1 file: 1 with findings (2 warnings)"));
    fs::write(folder.path().join("a.md"), VALID).unwrap();
    assert_eq!(lines.find(summary).as_deref(), Some("1 file: 1 plan OK"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_output_file_never_replaces_a_file_that_is_read() {
    let folder = folder(&[("a.md", BROKEN), ("b.md", VALID)]);
    let before = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
    for arguments in [
        &["check", "a.md", "-o", "a.md"][..],
        &["fmt", "./a.md", "--output-file", "a.md"],
        &["status", "-o", "a.md", "a.md"],
        &["set", "a.md", "line:5", "done", "-o", "a.md"],
        &["next", "--claim", "a.md", "--output-file=a.md"],
    ] {
        let output = plansmith(folder.path(), arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
        assert_eq!(err(&output), "error: a.md: is also the output file\n", "{arguments:?}");
        assert_eq!(std::fs::read_to_string(folder.path().join("a.md")).unwrap(), before, "{arguments:?}");
    }
    // A plan in a folder is not replaced either. A report of an earlier run is replaced, and not read.
    let output = plansmith(folder.path(), &["status", ".", "-o", "b.md"]);
    let expected = "error: b.md: is a plan and also the output file; choose another output file\n";
    assert_eq!((code(&output), err(&output)), (2, expected.to_owned()));
    assert_eq!(std::fs::read_to_string(folder.path().join("b.md")).unwrap(), VALID);
    for _ in 0..2 {
        let output = plansmith(folder.path(), &["status", ".", "-o", "report.md"]);
        assert_eq!(code(&output), 0, "{}", err(&output));
        let written = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
        assert!(!written.contains("report.md"), "{written}");
    }
}

#[test]
fn standard_input_is_read_if_only_its_name_is_given() {
    let folder = folder(&[("a.md", BROKEN)]);
    let before = std::fs::read_to_string(folder.path().join("a.md")).unwrap();
    let output = fed(folder.path(), &["fmt", "--stdin-filename", "x.md"], "# Plan: x\n\n* [ ] a\n");
    assert_eq!((code(&output), out(&output)), (0, "# Plan: x\n\n- [ ] a\n".to_owned()), "{}", err(&output));
    let output = fed(folder.path(), &["check", "--stdin-filename", "x.md", "a.md"], "");
    assert_eq!(err(&output), "error: `--stdin-filename` requires standard input; use `-` as path\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("a.md")).unwrap(), before);
}

#[test]
fn settings_limit_the_families() {
    let folder = folder(&[
        (
            ".kiro/specs/mail/requirements.md",
            "# Requirements\n\n### Requirement 1: Send\n\n#### Acceptance Criteria\n\n1. It SHALL send\n",
        ),
        (".kiro/specs/mail/tasks.md", "# Tasks\n\n- [x] 1. Send\n  - _Requirements: 1.1_\n"),
    ]);
    let sets = |setting: &str| {
        let output = plansmith(folder.path(), &["coverage", "--format", "json", "-c", setting]);
        (code(&output), report(&output)["sets"].as_array().unwrap().len(), err(&output))
    };
    assert_eq!(sets("families=[\"kiro\", \"spec-kit\"]"), (0, 1, String::new()));
    assert_eq!(sets("families=[]"), (0, 0, String::new()));
    let (code, count, message) = sets("families=[\"kiru\"]");
    assert_eq!((code, count), (0, 0));
    assert!(
        message.starts_with("warning: settings: unknown family `kiru`; did you mean `kiro`?"),
        "{message}"
    );
}
