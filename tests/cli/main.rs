//! End-to-end tests of the command line.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod agent_pages;
mod agents;
mod faults;
mod history;
mod mcp;
mod options;
mod pages;
mod schedule;
mod terminal;

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

const BROKEN: &str = "# Plan: x\n\n**Status**: Completed\n\n- [x] a\n- [] b\n";
const VALID: &str = "# Plan: x\n\n**Status**: In Progress\n\n- [x] a\n- [ ] b\n";

fn plansmith(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .current_dir(folder)
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn report(output: &Output) -> Value {
    serde_json::from_str(&out(output)).unwrap()
}

#[test]
fn exit_codes() {
    let folder = folder(&[("broken.md", BROKEN), ("valid.md", VALID)]);
    let run = |arguments: &[&str]| code(&plansmith(folder.path(), arguments));
    assert_eq!(run(&["check"]), 1, "warnings fail by default");
    assert_eq!(run(&["check", "--fail-on", "error"]), 0, "no rule is an error by default");
    assert_eq!(run(&["check", "--exit-zero"]), 0);
    assert_eq!(run(&["check", "-c", "fail-on=error"]), 0);
    assert_eq!(run(&["check", "valid.md"]), 0);
    assert_eq!(run(&["check", "--rule", "malformed-checkbox=error"]), 1);
    assert_eq!(run(&["check", "--rule", "state=off", "--rule", "tasks=off", "--fail-on", "hint"]), 0);
    assert_eq!(run(&["check", "--fail-on", "never", "--rule", "state=error"]), 0);
    assert_eq!(run(&["check", "missing.md"]), 2);
    assert_eq!(run(&["check", "--format", "yaml"]), 2);
    assert_eq!(run(&["--version"]), 0);
    assert_eq!(run(&["--help"]), 0);
    assert_eq!(run(&[]), 2);
}

#[test]
fn unreadable_files_are_reported_and_others_are_checked() {
    let folder = folder(&[("broken.md", BROKEN)]);
    fs::write(folder.path().join("latin.md"), b"# Plan\n\ncaf\xe9\n").unwrap();
    let output = plansmith(folder.path(), &["check", "missing.md", "latin.md", "broken.md"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("error: missing.md: no such file or directory\n"), "{}", err(&output));
    assert!(err(&output).contains("error: latin.md: invalid UTF-8 at byte 11\n"), "{}", err(&output));
    assert!(out(&output).contains("status-open-tasks"), "{}", out(&output));
}

#[test]
fn unknown_rules_and_severities_are_rejected_with_suggestions() {
    let folder = folder(&[]);
    let output = plansmith(folder.path(), &["check", "--rule", "unclosed-fense=off"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("did you mean `unclosed-fence`"), "{}", err(&output));
    let output = plansmith(folder.path(), &["check", "--rule", "state=loud"]);
    assert!(
        err(&output).contains("unknown severity `loud`; expected off, hint, info, warning or error"),
        "{}",
        err(&output)
    );
}

#[test]
fn check_prints_json() {
    let folder = folder(&[("broken.md", BROKEN), ("valid.md", VALID)]);
    let report = report(&plansmith(folder.path(), &["check", "--format", "json", "."]));
    assert_eq!(report["version"], 1);
    assert_eq!(report["files"], 2);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2);
    let finding = &findings[0];
    assert_eq!(finding["path"], "broken.md");
    assert_eq!(finding["rule"], "status-open-tasks");
    assert_eq!(finding["severity"], "warning");
    assert_eq!((&finding["line"], &finding["column"]), (&json!(3), &json!(13)));
    assert_eq!((&finding["end_line"], &finding["end_column"]), (&json!(3), &json!(22)));
    assert_eq!(finding["fixable"], false);
    assert!(finding["url"].as_str().unwrap().ends_with("docs/rules/status-open-tasks.md"));
    assert_eq!(
        finding["related"],
        json!([{"path": "broken.md", "line": 6, "column": 1, "message": "open: b"}])
    );
    assert_eq!(findings[1]["fixable"], true);
}

#[test]
fn columns_count_characters_with_all_line_endings() {
    for ending in ["\n", "\r\n", "\r"] {
        let text = ["\u{feff}# Plan: x", "", "🚀 é **text**", "", "- [ ] a", "\t- [] b"].join(ending);
        let folder = folder(&[("plan.md", &text)]);
        let report = report(&plansmith(folder.path(), &["check", "--format", "json", "plan.md"]));
        let finding = &report["findings"][0];
        assert_eq!(finding["rule"], "malformed-checkbox", "{ending:?}");
        assert_eq!((&finding["line"], &finding["column"]), (&json!(6), &json!(4)), "{ending:?}");
    }
}

#[test]
fn check_prints_human_readable_text() {
    let folder = folder(&[("broken.md", BROKEN), ("valid.md", VALID), ("notes.md", "# Notes\n")]);
    let output = plansmith(folder.path(), &["check", "broken.md", "valid.md", "notes.md"]);
    let shown = out(&output);
    assert!(shown.contains("broken.md:3:13"), "{shown}");
    assert!(shown.contains("^^^^^^^^^"), "{shown}");
    assert!(shown.contains("ok  valid.md  (1/2 tasks done)"), "{shown}");
    assert!(
        shown.contains("3 files: 1 plan OK, 1 with findings (2 warnings), 1 skipped (not a plan)\n"),
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}'), "no color without a terminal");
    let colored = plansmith(folder.path(), &["check", "--color", "always", "broken.md"]);
    assert!(out(&colored).contains('\u{1b}'));
}

#[test]
fn fix_applies_safe_fixes_only() {
    let text = BROKEN.replace('\n', "\r\n");
    let folder = folder(&[("plan.md", &text), ("valid.md", VALID)]);
    let path = folder.path().join("plan.md");
    for _ in 0..2 {
        let output = plansmith(folder.path(), &["check", "--fix", "."]);
        assert_eq!(code(&output), 1, "a finding without a fix is left");
        assert_eq!(fs::read_to_string(&path).unwrap(), text.replace("- [] b", "- [ ] b"));
        assert!(!out(&output).contains("warning[malformed-checkbox]"));
    }
    assert_eq!(fs::read_to_string(folder.path().join("valid.md")).unwrap(), VALID);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary files are left");
}

#[test]
fn check_reads_standard_input() {
    let output =
        piped(&["check", "-", "--stdin-filename", "plans/a.md", "--format", "json"], BROKEN.as_bytes());
    assert_eq!(report(&output)["findings"][0]["path"], "plans/a.md");
    let output = piped(&["check", "-", "--fix"], BROKEN.as_bytes());
    assert_eq!(out(&output), BROKEN.replace("[]", "[ ]"));
    assert!(err(&output).contains("status-open-tasks"));
    assert_eq!(code(&piped(&["check", "-"], b"\xff\xfe#")), 2);
}

#[test]
fn files_ignored_by_git_are_skipped() {
    let folder = folder(&[
        (".gitignore", "ignored/\n"),
        ("ignored/a.md", BROKEN),
        (".hidden/a.md", BROKEN),
        ("plans/a.md", BROKEN),
        ("plans/b.MARKDOWN", BROKEN),
        ("plans/c.txt", BROKEN),
    ]);
    let files = |arguments: &[&str]| {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--format", "json"]);
        report(&plansmith(folder.path(), &arguments))["files"].clone()
    };
    assert_eq!(files(&["check"]), 3, "hidden folders can contain plans");
    assert_eq!(files(&["check", "plans/c.txt"]), 1, "files named explicitly are read");
    assert_eq!(files(&["check", "plans", "ignored/a.md"]), 3);
}

#[test]
fn inspect_prints_json_and_text() {
    let plan = "# Plan: x\n\n**Status**: In Progress\n\n## Work\n\n### Phase 1: One ✅\n\n- [x] **Task 1.1**: a\n  - [ ] b\n- [-] 1.2 c\n  - Depends on: Task 1.1 (first)\n  - Owner: Ada\n  - Estimate: 2d\n  - See [it](a.md)\n";
    let folder = folder(&[("plan.md", plan), ("notes.md", "# Notes\n")]);
    let inspected = report(&plansmith(folder.path(), &["inspect", "plan.md", "--format", "json"]));
    assert_eq!((&inspected["version"], inspected["documents"].as_array().unwrap().len()), (&json!(1), 1));
    let one = &inspected["documents"][0];
    assert_eq!(one["path"], "plan.md");
    assert_eq!(
        (&one["is_plan"], &one["kind"], &one["template"]),
        (&json!(true), &json!("plan"), &Value::Null)
    );
    assert_eq!(one["status"], json!({"text": "In Progress", "state": "active", "line": 3}));
    assert_eq!(one["sections"][1], json!({"title": "Work", "level": 2, "line": 5, "done": 1, "total": 2}));
    assert_eq!(one["items"][0]["id"], "phase 1");
    assert_eq!(one["items"][0]["state"], "done");
    assert_eq!((&one["items"][1]["id"], &one["items"][1]["title"]), (&json!("1.1"), &json!("a")));
    assert_eq!((&one["items"][2]["parent"], &one["items"][2]["line"]), (&json!(1), &json!(10)));
    assert_eq!(one["progress"], json!({"done": 1, "total": 2}));
    let phase = &one["items"][0];
    assert_eq!(
        (&phase["derived"], &phase["role"], &phase["scope"]),
        (&json!("active"), &json!("work"), &json!("Work"))
    );
    assert_eq!(phase["state_sources"], json!(["heading", "emoji"]));
    assert_eq!(one["links"], json!([{"text": "it", "target": "a.md", "line": 15}]));
    let task = &one["items"][3];
    assert_eq!(
        (&task["owner"], &task["estimate"], &task["due"]),
        (&json!("Ada"), &json!("2d"), &Value::Null)
    );
    assert_eq!(
        task["depends_on"],
        json!([{"text": "Task 1.1 (first)", "class": "task", "targets": ["1.1"], "items": [1], "line": 12}])
    );

    let several =
        plansmith(folder.path(), &["inspect", "plan.md", "notes.md", "missing.md", "--format", "json"]);
    assert_eq!(code(&several), 2);
    let several = report(&several);
    assert_eq!(several["documents"].as_array().unwrap().len(), 2);
    assert_eq!(several["documents"][1]["kind"], "ordinary");

    let text = out(&plansmith(folder.path(), &["inspect", "plan.md"]));
    assert!(text.contains("[#] phase 1 One (done)  █████░░░░░ 1/2 · 50%"), "{text}");
    let tree = out(&plansmith(folder.path(), &["inspect", "plan.md", "--syntax-tree"]));
    assert!(tree.starts_with("(document 0 ") && tree.ends_with(")\n") && tree.lines().count() == 1, "{tree}");
    let blocks = out(&plansmith(folder.path(), &["inspect", "plan.md", "--blocks"]));
    assert!(blocks.starts_with("plan.md\nheading 1 \"Plan: x\"\n"), "{blocks}");
    assert!(blocks.contains("      item \"-\" task \"[ ]\"\n"), "{blocks}");
    assert!(!blocks.contains("+++ tree-sitter"), "both parsers agree: {blocks}");
}

#[test]
fn examples_and_readme_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = plansmith(&root, &["check", "docs/examples", "--format", "json"]);
    assert_eq!(code(&output), 1, "two examples have mistakes on purpose");
    let report = report(&output);
    assert_eq!(report["files"], 7);
    let findings = report["findings"].as_array().unwrap();
    let rules: BTreeSet<&str> = findings.iter().filter_map(|finding| finding["rule"].as_str()).collect();
    for rule in [
        "status-open-tasks",
        "malformed-checkbox",
        "unclosed-fence",
        "unfilled-placeholder",
        "missing-section",
    ] {
        assert!(rules.contains(&rule), "the examples show `{rule}`");
    }
    let wrong = ["broken.md", "half-written.md"];
    assert!(
        findings
            .iter()
            .all(|finding| { wrong.iter().any(|name| finding["path"].as_str().unwrap().ends_with(name)) })
    );
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let command = "status docs/examples --today 2026-11-21";
    let arguments: Vec<&str> = command.split(' ').collect();
    let shown = out(&plansmith(&root, &arguments));
    assert!(readme.contains(&format!("$ plansmith {command}\n{shown}```")), "{shown}");
}

/// Returns the SARIF schema that is part of the `serde-sarif` crate.
fn sarif_schema() -> Value {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = out(&version);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = Command::new(env!("CARGO"))
        // Dependencies of other platforms are not downloaded.
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").unwrap();
    let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
    let schema = fs::read_to_string(folder.join("src/schema.json")).unwrap();
    // Removes a stray bracket from a pattern, which JavaScript engines tolerate.
    serde_json::from_str(&schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$")).unwrap()
}

#[test]
fn sarif_is_valid_and_has_related_locations_in_other_files() {
    let old = "# Plan: Copy\n\n**Status**: In Progress\n\n- [ ] Copy\n";
    let new = "---\nstatus: active\nsupersedes: 0031-copy.md\n---\n\n# Plan: Move\n\n- [ ] Move\n- [] x\n\n[gone](gone.md)\n";
    let folder = folder(&[("plans/0031-copy.md", old), ("plans/0032-move.md", new), ("a b#1.md", BROKEN)]);
    let sarif = report(&plansmith(folder.path(), &["check", "--format", "sarif"]));
    let validator = jsonschema::validator_for(&sarif_schema()).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&sarif).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.len() > 3, "{results:#?}");
    let one_sided = results.iter().find(|result| result["ruleId"] == "one-sided-supersedes").unwrap();
    let place = &one_sided["relatedLocations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "plans/0031-copy.md");
    assert_eq!(place["region"]["startLine"], 3);
    let text = out(&plansmith(folder.path(), &["check"]));
    assert!(text.contains("plans/0031-copy.md:3: other plan"), "{text}");
    // Checks that the validator rejects invalid reports.
    assert!(!validator.is_valid(&json!({"version": "2.1.0", "runs": [{}]})));
}

#[test]
fn check_prints_sarif_and_github_annotations() {
    let folder = folder(&[("a b.md", BROKEN)]);
    let sarif = report(&plansmith(folder.path(), &["check", "--format", "sarif"]));
    assert_eq!(
        (&sarif["version"], &sarif["runs"][0]["tool"]["driver"]["name"]),
        (&json!("2.1.0"), &json!("plansmith"))
    );
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let checkbox = results.iter().find(|result| result["ruleId"] == "malformed-checkbox").unwrap();
    let place = &checkbox["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.md");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules[checkbox["ruleIndex"].as_u64().unwrap() as usize]["id"], "malformed-checkbox");
    assert_eq!(rules.len(), plan_ide::rules::RULES.len());
    let github = out(&plansmith(folder.path(), &["check", "--format", "github"]));
    assert!(github.contains("::warning file=a b.md,line="), "{github}");
    assert!(github.contains(",title=malformed-checkbox::"), "{github}");
    let statistics = out(&plansmith(folder.path(), &["check", "--statistics"]));
    assert!(statistics.contains("malformed-checkbox  1         1        1\n"), "{statistics}");
}

#[test]
fn check_diff_writes_nothing() {
    let folder = folder(&[("a.md", BROKEN)]);
    let output = plansmith(folder.path(), &["check", "--diff"]);
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("\n-- [] "), "{}", out(&output));
    assert_eq!(std::fs::read_to_string(folder.path().join("a.md")).unwrap(), BROKEN);
    let fixed = plansmith(folder.path(), &["check", "--fix"]);
    assert!(out(&fixed).contains("\nfixed  a.md  malformed-checkbox (1)\n"), "{}", out(&fixed));
    assert!(out(&fixed).contains("; 1 finding fixed\n"), "{}", out(&fixed));
    assert_eq!(code(&plansmith(folder.path(), &["check", "--diff"])), 0);
}

#[test]
fn baselines_hide_known_findings() {
    let folder = folder(&[("a.md", BROKEN)]);
    let strict = |arguments: &[&str]| {
        let mut all = vec!["check", "--fail-on", "hint"];
        all.extend(arguments);
        plansmith(folder.path(), &all)
    };
    assert_eq!(code(&strict(&[])), 1);
    assert_eq!(code(&strict(&["--write-baseline", "known.json"])), 0);
    assert_eq!(code(&strict(&["--baseline", "known.json"])), 0);
    // Moved lines do not change fingerprints; another finding is new.
    std::fs::write(folder.path().join("a.md"), BROKEN.replacen("\n\n", "\n\nSome text.\n\n", 1)).unwrap();
    assert_eq!(code(&strict(&["--baseline", "known.json"])), 0);
    std::fs::write(folder.path().join("a.md"), format!("{BROKEN}\n- [] another\n")).unwrap();
    let output = strict(&["--baseline", "known.json", "--format", "json"]);
    assert_eq!(code(&output), 1);
    let rules: Vec<Value> = report(&output)["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["message"].clone())
        .collect();
    assert!(
        rules.contains(&json!("invalid checkbox `[]`: expected a space or `x` between the brackets")),
        "{rules:?}"
    );
    std::fs::write(folder.path().join("known.json"), "[]").unwrap();
    let output = strict(&["--baseline", "known.json"]);
    assert_eq!(code(&output), 2);
    assert!(
        err(&output).contains("known.json: invalid baseline")
            && err(&output).contains("create one with --write-baseline"),
        "{}",
        err(&output)
    );
}

#[test]
fn rules_and_explain_print_the_documentation() {
    let folder = folder(&[("a.md", "# Plan: x\n\n**Status**: Active\n**Due**: 2026-03-01\n\n- [ ] a\n")]);
    let rules = out(&plansmith(folder.path(), &["rules"]));
    assert_eq!(rules.lines().count(), plan_ide::rules::RULES.len() + 1);
    let list = report(&plansmith(folder.path(), &["rules", "--format", "json"]));
    assert_eq!((&list["version"], &list["rules"][0]["group"]), (&json!(1), &json!("state")));
    assert_eq!(list["rules"].as_array().unwrap().len(), plan_ide::rules::RULES.len());
    let page = out(&plansmith(folder.path(), &["explain", "overdue"]));
    assert!(page.starts_with("# overdue\n") && page.contains("## Why"), "{page}");
    let output = plansmith(folder.path(), &["explain", "overdu"]);
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("did you mean `overdue`?"), "{}", err(&output));
    let findings_on = |date: &str| {
        report(&plansmith(folder.path(), &["check", "--today", date, "--format", "json"]))["findings"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((findings_on("2026-03-01"), findings_on("2026-03-04")), (0, 1));
}

#[test]
fn help_and_version() {
    let folder = folder(&[]);
    let help = out(&plansmith(folder.path(), &["--help"]));
    for word in ["check", "inspect", "server", "Examples:", "Exit codes:"] {
        assert!(help.contains(word), "{help}");
    }
    assert!(out(&plansmith(folder.path(), &["--version"])).starts_with("plansmith "));
}

#[test]
fn new_and_templates() {
    let folder = folder(&[
        (".plansmith/templates/recipe.md", "# Recipe: [Name]\n\n**Level**: [Easy | Hard]\n\n## Steps\n"),
        ("plan.md", "# Plan: x\n\n**Status**: Done\n\n## Goal\n\nAll.\n"),
        ("slip.md", "# [T]\n\n<!-- plansmith-optionl -->\n## X\n"),
    ]);
    let listed = out(&plansmith(folder.path(), &["templates"]));
    assert!(listed.contains("recipe") && listed.contains("codev-plan"), "{listed}");

    let printed = plansmith(folder.path(), &["new", "recipe", "--title", "Soup", "--set", "level=Easy"]);
    assert_eq!(
        (code(&printed), out(&printed)),
        (0, "# Recipe: Soup\n\n**Level**: Easy\n\n## Steps\n".to_owned())
    );
    let written = plansmith(folder.path(), &["new", "recipe", "-o", "onion-soup.md"]);
    assert_eq!(code(&written), 0);
    let path = folder.path().join("onion-soup.md");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("# Recipe: Onion soup\n"));
    let again = plansmith(folder.path(), &["new", "recipe", "-o", "onion-soup.md", "--title", "Other"]);
    assert_eq!(
        (code(&again), err(&again)),
        (2, "error: `onion-soup.md` already exists; replace it with --force\n".to_owned())
    );
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("# Recipe: Onion soup\n"));
    let unknown = plansmith(folder.path(), &["new", "unknown"]);
    assert_eq!(code(&unknown), 2);
    assert!(err(&unknown).starts_with("error: unknown template `unknown`; available: "), "{}", err(&unknown));
    let missing = plansmith(folder.path(), &["new", "recipe", "-o", "a/b.md"]);
    assert_eq!(
        (code(&missing), err(&missing)),
        (2, "error: directory `a` does not exist; create it first\n".to_owned())
    );

    let shown = out(&plansmith(folder.path(), &["templates", "show", "recipe"]));
    assert!(shown.starts_with("# Recipe: [Name]"), "{shown}");
    let derived = out(&plansmith(folder.path(), &["templates", "derive", "plan.md"]));
    assert!(derived.contains("## Goal\n\n[Content of this section]"), "{derived}");
    let checked = plansmith(folder.path(), &["templates", "check", "slip.md"]);
    assert_eq!(code(&checked), 1);
    assert!(
        out(&checked).starts_with("slip.md:3:1: unknown template directive `plansmith-optionl`"),
        "{}",
        out(&checked)
    );

    // A plan that declares its template.
    std::fs::write(folder.path().join("soup.md"), "---\ntemplate: recipe\n---\n# Recipe: Soup\n").unwrap();
    let inspected = report(&plansmith(folder.path(), &["inspect", "soup.md", "--format", "json"]));
    assert_eq!(
        inspected["documents"][0]["template"],
        json!({"name": "recipe", "how": "declared", "score": 0.0})
    );
}

const MOVE: &str = "\
# Plan: Move the index

**Status**: In Progress
**Owner**: Ada
**Target Completion**: 2026-03-01

## Phase 1: Prepare

- [x] **Task 1.1**: Order disks
- [ ] **Task 1.2**: Copy the data
  - Dependencies: Task 1.1
  - Owner: Grace
  - Estimate: 2 days
- [ ] **Task 1.3**: Tell \"everyone\"
  - Dependencies: Task 1.2

## Phase 2: Switch

**Dependencies**: Phase 1

- [ ] **Task 2.1**: Switch the readers over
";

#[test]
fn status_prints_text_and_json() {
    let folder =
        folder(&[("plans/move.md", MOVE), ("plans/a.md", VALID), ("plans/notes.md", "# Notes\n\nText.\n")]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);

    let shown = run(&["status", "--today", "2026-03-11"]);
    assert_eq!(code(&shown), 0, "{}", err(&shown));
    let expected = "\
PLAN           TEMPLATE  STATUS       PROGRESS        NEXT               OVERDUE
plans/a.md     -         In Progress  █████░░░░░ 1/2  b
plans/move.md  -         In Progress  ██░░░░░░░░ 1/4  1.2 Copy the data  10 days

2 plans: 2 of 6 tasks done, 2 tasks ready, 1 plan overdue
";
    assert_eq!(out(&shown), expected);
    let colored = out(&run(&["status", "--today", "2026-03-11", "--color", "always"]));
    assert!(colored.contains("\u{1b}[31m10 days\u{1b}[0m"), "{colored:?}");

    let json = report(&run(&["status", "plans/move.md", "--today", "2026-03-01", "--format", "json"]));
    let task = json!({
        "id": "1.2", "title": "Copy the data", "line": 10, "state": "open", "phase": "Phase 1: Prepare", "owner": "Grace",
        "estimate": "2 days",
    });
    let plan = json!({
        "path": "plans/move.md", "title": "Plan: Move the index", "template": null, "status": "In Progress",
        "state": "active", "done": 1, "total": 4, "next": [task], "target": "2026-03-01",
        "overdue_days": null,
    });
    assert_eq!(json, json!({"version": 1, "plans": [plan]}));

    let none = run(&["status", "plans/notes.md"]);
    assert_eq!(code(&none), 0);
    assert!(out(&none).starts_with("No plans found in 1 Markdown file. Pass a path"), "{}", out(&none));
    assert_eq!(code(&run(&["status", "missing.md"])), 2);
    assert_eq!(code(&run(&["status", "--today", "soon"])), 2);
}

#[test]
fn next_prints_ready_tasks() {
    let many = format!("# Plan: Many\n\n## Phase 1: A\n\n{}", "- [ ] one\n".repeat(7));
    let folder = folder(&[("move.md", MOVE), ("many.md", &many), ("over.md", &MOVE.replace("[ ]", "[x]"))]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);
    let shown = run(&["next"]);
    assert_eq!(code(&shown), 0, "{}", err(&shown));
    let expected = "\
many.md: Plan: Many
  one
  one
  one
  one
  one
  … and 2 more (use --all)

move.md: Plan: Move the index
  1.2 Copy the data (Grace, 2 days)

8 tasks ready in 2 of 3 plans
";
    assert_eq!(out(&shown), expected);
    assert_eq!(out(&run(&["next", "many.md", "--all"])).matches("  one\n").count(), 7);
    let json = report(&run(&["next", "move.md", "over.md", "--format", "json"]));
    let task = json!({
        "path": "move.md", "line": 10, "id": "1.2", "title": "Copy the data", "state": "open", "owner": "Grace",
        "files": [], "requirements": [], "depends_on": ["1.1"],
    });
    assert_eq!(json, json!({"version": 1, "tasks": [task], "claimed": false}));
    assert_eq!(out(&run(&["next", "over.md"])), "No tasks ready in 1 plan\n");
    assert_eq!(code(&run(&["next", "missing.md"])), 2);
}

#[test]
fn graph_prints_mermaid_and_dot() {
    let folder = folder(&[("move.md", MOVE), ("a.md", VALID)]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);
    let mermaid = run(&["graph", "move.md"]);
    assert_eq!((code(&mermaid), err(&mermaid)), (0, String::new()));
    let mermaid = out(&mermaid);
    for part in [
        "flowchart LR\n",
        "  subgraph n0[\"Phase 1: Prepare\"]\n",
        "    n3[\"1.3 Tell #quot;everyone#quot;\"]\n",
        "  n1 --> n2\n",
        "  n2 ==> n3\n",
    ] {
        assert!(mermaid.contains(part), "{part}\n{mermaid}");
    }
    let dot = out(&run(&["graph", "move.md", "--format", "dot"]));
    assert!(dot.starts_with("digraph plan {\n") && dot.contains("\\\"everyone\\\""), "{dot}");
    let empty = run(&["graph", "a.md"]);
    assert_eq!((code(&empty), out(&empty)), (0, "flowchart LR\n".to_owned()));
    assert!(err(&empty).contains("note: a.md: no dependencies found; the graph is empty"), "{}", err(&empty));
    assert_eq!(code(&run(&["graph", "missing.md"])), 2);
    assert_eq!(code(&run(&["graph", "."])), 2);
    assert_eq!(code(&run(&["graph", "a.md", "--format", "png"])), 2);
}

#[test]
fn graph_prints_svg() {
    let folder = folder(&[("move.md", MOVE), ("a.md", VALID)]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);
    for kind in ["dependencies", "timeline"] {
        let svg = run(&["graph", "move.md", "--format", "svg", "--kind", kind]);
        assert_eq!((code(&svg), err(&svg)), (0, String::new()));
        let svg = out(&svg);
        roxmltree::Document::parse(&svg).unwrap();
        assert!(svg.starts_with("<svg ") && svg.contains("1.2 Copy the data"), "{svg}");
        assert_eq!(svg.contains("Tell &quot;everyone&quot;"), kind == "dependencies", "{svg}");
        let none = run(&["graph", "a.md", "--format", "svg", "--kind", kind]);
        assert_eq!((code(&none), out(&none)), (2, String::new()));
        assert!(err(&none).contains("error: a.md: cannot draw a "), "{}", err(&none));
    }
    let gantt = out(&run(&["graph", "move.md", "--kind", "timeline"]));
    assert!(
        gantt.starts_with("gantt\n  title Plan#58; Move the index\n  dateFormat YYYY-MM-DD\n"),
        "{gantt}"
    );
    let dot = run(&["graph", "move.md", "--kind", "timeline", "--format", "dot"]);
    assert_eq!(code(&dot), 2);
    assert!(
        err(&dot).contains("error: move.md: timelines are not available as DOT; use `mermaid` or `svg`"),
        "{}",
        err(&dot)
    );
}

#[test]
fn status_prints_html() {
    let folder = folder(&[
        ("plans/move.md", MOVE),
        ("plans/a<b>.md", &VALID.replace("x\n", "<script>alert(1)</script> & \"x\" ]]>\n")),
    ]);
    let run = |arguments: &[&str]| plansmith(folder.path(), arguments);
    let page = run(&["status", "--today", "2026-03-11", "--format", "html"]);
    assert_eq!((code(&page), err(&page)), (0, String::new()));
    let page = out(&page);
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let xml = roxmltree::Document::parse_with_options(&page, options).unwrap();
    assert!(!page.contains("<script") && !page.contains("http://www.w3.org/1999"), "{page}");
    let texts: Vec<&str> = xml.descendants().filter_map(|node| node.text()).collect();
    for text in
        ["Plan: <script>alert(1)</script> & \"x\" ]]>", "plans/a<b>.md", "10 days", "1 of 4", "Timeline"]
    {
        assert!(texts.contains(&text), "{text}\n{page}");
    }
    let empty = run(&["status", "--format", "html", "missing.md"]);
    assert_eq!(code(&empty), 2);
    assert!(out(&empty).contains("No plans found."));
}

#[test]
fn coverage_prints_requirements_with_their_tasks() {
    let spec = "# Feature\n\n- **FR-001**: Attach a PDF\n- **FR-002**: Retry\n- **SC-001**: 95%\n";
    let tasks = "# Tasks\n\n- [X] T001 Attach per FR-001\n- [ ] T002 Test FR-001\n";
    let profile = "set = { directory = [\"work/*\"] }\nroles = { requirements = [\"wishes.md\"], tasks = [\"todo.md\"] }\nreference = [{ field = [\"Fulfills\"], to = [\"wish\"] }]\n[requirement]\nwish = { heading = [\"{id} {sep} {title}\"], id = \"W{n:2}\" }\n[statsu]\n";
    let folder = folder(&[
        ("specs/003-mail/spec.md", spec),
        ("specs/003-mail/tasks.md", tasks),
        (".plansmith/families/wishes.toml", profile),
        ("work/a/wishes.md", "## W01 - Be fast\n"),
        ("work/a/todo.md", "- [x] Measure\n  - Fulfills: W1\n"),
    ]);
    let output = plansmith(folder.path(), &["coverage"]);
    let text = out(&output);
    assert!(text.contains("  functional  1 of 2 referenced (50%): 1 active\n"), "{text}");
    assert!(text.contains("    not referenced: FR-002 specs/003-mail/spec.md:4 Retry\n"), "{text}");
    assert!(err(&output).contains("wishes.toml:6:2: unknown key `statsu`; did you mean `status`?"));
    let json = report(&plansmith(folder.path(), &["coverage", "--format", "json", "specs"]));
    let requirement = &json["sets"][0]["requirements"][0];
    assert_eq!((&requirement["id"], &requirement["state"]), (&"FR-001".into(), &"active".into()));
    assert_eq!(requirement["tasks"][0]["line"], 3);
    let csv = out(&plansmith(folder.path(), &["coverage", "--format", "csv", "work"]));
    assert!(csv.ends_with("work/a,wishes,W01,wish,Be fast,work/a/wishes.md,1,,done,Measure\n"), "{csv}");
    let csv = out(&plansmith(folder.path(), &["coverage", "--format", "csv", "specs"]));
    assert!(csv.contains("FR-002,functional,Retry,specs/003-mail/spec.md,4,,not_referenced,\n"), "{csv}");
    assert!(csv.ends_with("SC-001,outcome,95%,specs/003-mail/spec.md,5,,not_counted,\n"), "{csv}");
    let uncovered = |paths: &str| {
        out(&plansmith(folder.path(), &["coverage", "--uncovered", "--format", "markdown", paths]))
    };
    assert!(uncovered(".").starts_with("## specs/003-mail"), "{}", uncovered("."));
    assert!(!uncovered(".").contains("work/a"), "{}", uncovered("."));
    assert_eq!(uncovered("work"), "All requirements are referenced.\n");
    let html = out(&plansmith(folder.path(), &["coverage", "--format", "html"]));
    roxmltree::Document::parse(html.trim_start_matches("<!DOCTYPE html>\n")).unwrap();
    assert_eq!(code(&plansmith(folder.path(), &["coverage", "--fail-under", "50"])), 0);
    assert_eq!(code(&plansmith(folder.path(), &["coverage", "--fail-under", "60"])), 1);
}

#[test]
fn status_groups_plans_by_set() {
    let folder = folder(&[
        ("specs/003-mail/spec.md", "# Feature\n\n- **FR-001**: Attach\n- **FR-002**: Retry\n"),
        ("specs/003-mail/tasks.md", "# Tasks\n\n- [X] T001 Attach per FR-001\n- [ ] T002 Test FR-001\n"),
        ("plan.md", "# Plan: other\n\n**Status**: Draft\n\n- [ ] **1.1** Do\n"),
    ]);
    let text = out(&plansmith(folder.path(), &["status"]));
    let set = "\nspecs/003-mail (spec-kit): 1 of 2 tasks done, 1 of 2 requirements referenced\n";
    let (before, after) = text.split_once(set).unwrap_or_else(|| panic!("{text}"));
    assert!(before.contains("plan.md") && after.starts_with("specs/003-mail/tasks.md"), "{text}");
    let json = report(&plansmith(folder.path(), &["status", "--format", "json"]));
    assert_eq!(json["sets"][0]["path"], "specs/003-mail");
    assert_eq!(json["sets"][0]["documents"].as_array().map(Vec::len), Some(2));
    let html = out(&plansmith(folder.path(), &["status", "--format", "html"]));
    let page = roxmltree::Document::parse(html.trim_start_matches("<!DOCTYPE html>\n")).unwrap();
    assert!(page.descendants().any(|node| node.tag_name().name() == "td" && node.text() == Some("FR-002")));
}

#[test]
fn templates_of_tools_are_listed_and_used() {
    let folder = folder(&[
        (
            ".specify/templates/tasks-template.md",
            "# Tasks: [FEATURE NAME]\n\n## Phase 1: Setup\n\n- [ ] T001 [Task]\n",
        ),
        ("codev/protocols/spir/templates/plan.md", "# Plan: [Title]\n\n## Goal\n"),
    ]);
    let listed = out(&plansmith(folder.path(), &["templates"]));
    assert!(listed.contains("tasks") && listed.contains("plan"), "{listed}");
    let text = out(&plansmith(folder.path(), &["new", "tasks"]));
    assert!(text.contains("## Phase 1: Setup"), "{text}");
}
