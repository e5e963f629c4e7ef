//! Tests of the command line under failures: full disks, read-only files and folders, files that change during a run,
//! closed pipes, panics.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use super::{BROKEN, VALID, code, err, folder, out, plansmith, report};

/// Returns a plan that both `fmt` and `check --fix` change, in different ways.
fn long_plan(tasks: usize) -> String {
    format!("{BROKEN}\n\n\n{}", "*   [ ] something to do that takes a line of its own\n".repeat(tasks))
}

/// Returns the sorted names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
mod unix {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};

    use tempfile::TempDir;

    use super::*;

    /// User and group ID without any privileges.
    const UNPRIVILEGED: u32 = 65_534;

    /// Runs the program with a file size limit of 8 blocks (of 512 or 1,024 bytes, depending on the shell), so that writing
    /// fails as on a full disk. Without `survives`, the signal kills the program.
    fn with_file_size_limit(folder: &Path, survives: bool, arguments: &[&str]) -> Output {
        let trap = if survives { "trap '' XFSZ; " } else { "" };
        Command::new("sh")
            .args(["-c", &format!("{trap}ulimit -c 0; ulimit -f 8; exec \"$0\" \"$@\"")])
            .arg(env!("CARGO_BIN_EXE_plansmith"))
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs the program as a user to whom permissions apply, even if the tests run as root.
    fn unprivileged(folder: &Path, arguments: &[&str]) -> Output {
        let is_root = rustix::process::geteuid().is_root();
        let program = if is_root {
            // That user cannot access the build directory. A separate process copies the program: a file written by this
            // process could still be open in child processes of other tests, and then it cannot be executed.
            let copy = folder.join("plansmith");
            let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_plansmith")).arg(&copy).status().unwrap();
            assert!(copied.success());
            copy
        } else {
            env!("CARGO_BIN_EXE_plansmith").into()
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        if is_root {
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        command.output().unwrap()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Returns a readable folder with a read-only folder `plans`.
    fn read_only_plans(files: &[(&str, &str)]) -> TempDir {
        let folder = folder(files);
        set_mode(folder.path(), 0o755);
        set_mode(&folder.path().join("plans"), 0o555);
        folder
    }

    /// Makes the folder `plans` writable, so that it can be deleted.
    fn make_writable(folder: &TempDir) {
        set_mode(&folder.path().join("plans"), 0o755);
    }

    #[test]
    fn full_disk_leaves_files_unchanged() {
        let text = long_plan(2_000);
        let folder = folder(&[("a.md", BROKEN), ("long.md", &text), ("z.md", BROKEN)]);
        for arguments in [["check", "--fix", "."], ["fmt", "long.md", "z.md"]] {
            fs::write(folder.path().join("z.md"), long_plan(1)).unwrap();
            let output = with_file_size_limit(folder.path(), true, &arguments);
            assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
            let errors = err(&output);
            let error = errors.lines().find(|line| line.contains("long.md")).unwrap();
            assert!(
                error.starts_with("error: cannot write ") && error.ends_with(" (not changed)"),
                "{error}"
            );
            assert_eq!(fs::read_to_string(folder.path().join("long.md")).unwrap(), text, "{arguments:?}");
            // Files below the limit are still fixed.
            assert_ne!(
                fs::read_to_string(folder.path().join("z.md")).unwrap(),
                long_plan(1),
                "{arguments:?}"
            );
            assert_eq!(names(folder.path()), ["a.md", "long.md", "z.md"], "no temporary files are left");
        }
    }

    #[test]
    fn full_disk_leaves_no_partial_new_files() {
        let template = format!("# [Title]\n\n{}", "Text that every plan of this kind has.\n".repeat(1_000));
        let many = format!("{BROKEN}{}", "- [] something\n".repeat(2_000));
        let folder = folder(&[
            (".plansmith/templates/long.md", &template),
            ("a.md", &many),
            ("known.json", "{\"version\": 1, \"findings\": []}"),
        ]);
        let output = with_file_size_limit(folder.path(), true, &["new", "long", "-o", "new.md"]);
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains("error: cannot write new.md: file too large"), "{}", err(&output));
        // The number of findings per rule and file is limited, so a large baseline needs many files.
        for number in 0..40 {
            fs::write(folder.path().join(format!("b{number}.md")), &many).unwrap();
        }
        let output = with_file_size_limit(folder.path(), true, &["check", "--write-baseline", "known.json"]);
        assert_eq!(code(&output), 2);
        assert!(
            err(&output).contains("error: cannot write known.json: file too large (not changed)"),
            "{}",
            err(&output)
        );
        assert_eq!(
            fs::read_to_string(folder.path().join("known.json")).unwrap(),
            "{\"version\": 1, \"findings\": []}"
        );
        assert!(!names(folder.path()).iter().any(|name| name == "new.md" || name.starts_with(".plansmith-")));
    }

    /// Kills the program while it writes, as in a crash or power failure.
    #[test]
    fn killed_program_leaves_files_unchanged() {
        let text = long_plan(2_000);
        let folder = folder(&[("long.md", &text)]);
        for arguments in [["check", "--fix", "."], ["fmt", ".", "--tables=compact"]] {
            let output = with_file_size_limit(folder.path(), false, &arguments);
            assert_eq!(output.status.code(), None, "{arguments:?} was not killed: {}", err(&output));
            assert_eq!(fs::read_to_string(folder.path().join("long.md")).unwrap(), text);
        }
        // The next run ignores remaining temporary files.
        let next = report(&plansmith(folder.path(), &["check", "--format", "json"]));
        assert_eq!(next["files"], 1);
    }

    #[test]
    fn read_only_folder_is_reported() {
        let folder = read_only_plans(&[("plans/a.md", BROKEN), ("plans/b.md", VALID)]);
        for arguments in [["check", "--fix", "plans"], ["fmt", "plans", "--color=never"]] {
            let text = long_plan(3);
            fs::write(folder.path().join("plans/a.md"), &text).unwrap();
            let output = unprivileged(folder.path(), &arguments);
            assert_eq!(code(&output), 2, "{arguments:?}: {}{}", out(&output), err(&output));
            assert_eq!(err(&output), "error: cannot write plans/a.md: permission denied (not changed)\n");
            assert_eq!(fs::read_to_string(folder.path().join("plans/a.md")).unwrap(), text);
            assert_eq!(names(&folder.path().join("plans")), ["a.md", "b.md"]);
        }
        make_writable(&folder);
    }

    #[test]
    fn read_only_file_is_reported() {
        let text = long_plan(3);
        let folder = folder(&[("a.md", &text)]);
        let path = folder.path().join("a.md");
        set_mode(&path, 0o444);
        // This also applies to root: read-only files are protected on purpose.
        for arguments in [["check", "--fix"], ["fmt", "."]] {
            let output = plansmith(folder.path(), &arguments);
            assert_eq!(code(&output), 2, "{arguments:?}");
            assert_eq!(err(&output), "error: cannot write a.md: file is read-only (not changed)\n");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn unreadable_files_and_folders_are_reported_and_others_are_checked() {
        let folder = folder(&[("plans/a.md", BROKEN), ("plans/secret.md", VALID), ("plans/sub/c.md", VALID)]);
        set_mode(folder.path(), 0o755);
        set_mode(&folder.path().join("plans/secret.md"), 0);
        set_mode(&folder.path().join("plans/sub"), 0);
        let output = unprivileged(folder.path(), &["check", "plans"]);
        assert_eq!(code(&output), 2, "{}{}", out(&output), err(&output));
        assert!(err(&output).contains("error: plans/secret.md: permission denied\n"), "{}", err(&output));
        assert!(err(&output).contains("plans/sub"), "{}", err(&output));
        assert!(out(&output).contains("status-open-tasks"), "{}", out(&output));
        set_mode(&folder.path().join("plans/sub"), 0o755);
    }

    /// Writes to a device that is always full.
    #[cfg(target_os = "linux")]
    #[test]
    fn full_standard_output_is_reported_once() {
        let folder = folder(&[("a.md", &long_plan(1)), ("b.md", &long_plan(1))]);
        let with_full = |arguments: &[&str]| {
            let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            Command::new(env!("CARGO_BIN_EXE_plansmith"))
                .args(arguments)
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(full)
                .output()
                .unwrap()
        };
        for arguments in [
            &["check"][..],
            &["check", "--format", "json"],
            &["check", "--diff"],
            &["fmt", "--check"],
            &["fmt", "--diff"],
            &["inspect", "a.md"],
            &["status"],
            &["status", "--format", "html"],
            &["next"],
            &["new", "codev-plan"],
            &["rules"],
            &["explain", "overdue"],
            &["templates"],
            &["templates", "show", "codev-plan"],
        ] {
            let output = with_full(arguments);
            assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
            let errors = err(&output);
            let expected = "error: cannot write to standard output: no space left on device\n";
            assert_eq!(errors.matches(expected).count(), 1, "{arguments:?}: {errors}");
        }
        // All files are still changed.
        for arguments in [&["check", "--fix"][..], &["fmt"]] {
            let before = fs::read_to_string(folder.path().join("a.md")).unwrap();
            assert_eq!(code(&with_full(arguments)), 2);
            for name in ["a.md", "b.md"] {
                assert_ne!(
                    fs::read_to_string(folder.path().join(name)).unwrap(),
                    before,
                    "{arguments:?} {name}"
                );
            }
        }
    }

    /// `plansmith check | head -1`.
    #[test]
    fn closed_pipe_is_not_an_error() {
        let many: String = (0..2_000).map(|number| format!("# Plan: {number}\n\n- [] a\n\n")).collect();
        let folder = folder(&[("a.md", &many)]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_plansmith"))
            .args(["inspect", "a.md", "--format", "json"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), err(&output)), (0, String::new()));
    }
}

/// Runs the program with files and standard input. Calls `change` after the files were read, while the program waits for its
/// standard input.
fn with_change_during_run(folder: &Path, arguments: &[&str], change: impl FnOnce()) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // Exceeds the capacity of a pipe: once it is written, the program is reading its input and has read the files.
    input.write_all("Some text.\n".repeat(30_000).as_bytes()).unwrap();
    change();
    drop(input);
    child.wait_with_output().unwrap()
}

/// An editor saves a file while the program runs.
#[test]
fn files_changed_during_the_run_are_not_overwritten() {
    for command in [&["check", "--fix", "a.md"][..], &["fmt", "a.md"]] {
        let folder = folder(&[("a.md", &long_plan(3))]);
        let path = folder.path().join("a.md");
        let newer = format!("{}\nAdded meanwhile.\n", long_plan(3));
        let output = with_change_during_run(folder.path(), &[command, &["-"]].concat(), || {
            fs::write(&path, &newer).unwrap()
        });
        assert_eq!(code(&output), 2, "{command:?}: {}", err(&output));
        assert!(
            err(&output)
                .contains("error: cannot write a.md: file was changed by another process (not changed)\n"),
            "{}",
            err(&output)
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), newer, "{command:?}");
        assert_eq!(names(folder.path()), ["a.md"]);
        // The next run succeeds.
        assert_ne!(code(&plansmith(folder.path(), command)), 2);
        assert_ne!(fs::read_to_string(&path).unwrap(), newer, "{command:?}");
    }
}

#[test]
fn files_deleted_during_the_run_are_not_recreated() {
    let folder = folder(&[("a.md", &long_plan(3)), ("b.md", &long_plan(3))]);
    let path = folder.path().join("a.md");
    let output = with_change_during_run(folder.path(), &["fmt", "a.md", "b.md", "-"], || {
        fs::remove_file(&path).unwrap()
    });
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("error: cannot write a.md: no such file or directory"), "{}", err(&output));
    assert_eq!(names(folder.path()), ["b.md"]);
    assert_ne!(fs::read_to_string(folder.path().join("b.md")).unwrap(), long_plan(3));
}

#[test]
fn invalid_settings_stop_every_command_that_reads_them() {
    let settings = "fail-on = 3\ninclude = \"x\"\nexclude = [1]\nrules = []\nrule-options = 7\nstate-names = { done = \"x\" }\nitem-names = 3\nfield-names = { owner = 1 }\ncheckbox-characters = { active = 5 }\ntemplate = \"x\"\ntemplate-folder = []\nformat = 1\noverride = {}\n";
    let folder = folder(&[("a.md", BROKEN), ("plansmith.toml", settings)]);
    let output = plansmith(folder.path(), &["check"]);
    assert_eq!(code(&output), 2, "{}", err(&output));
    for (number, line) in settings.lines().enumerate() {
        let place = format!("error: plansmith.toml:{}:", number + 1);
        assert!(err(&output).contains(&place), "no error about {line}: {}", err(&output));
    }
    assert_eq!(out(&output), "");
    fs::write(folder.path().join("plansmith.toml"), b"\xff\xfe[rules]\n").unwrap();
    for command in [
        &["check"][..],
        &["fmt"],
        &["status"],
        &["next"],
        &["coverage"],
        &["inspect", "a.md"],
        &["graph", "a.md"],
        &["new", "codev-plan"],
        &["templates"],
    ] {
        let output = plansmith(folder.path(), command);
        assert_eq!((code(&output), out(&output)), (2, String::new()), "{command:?}");
        assert!(err(&output).starts_with("error: plansmith.toml: cannot read settings"), "{}", err(&output));
        let ignored = plansmith(folder.path(), &[command, &["--no-config"]].concat());
        assert_ne!(code(&ignored), 2, "{command:?}: {}", err(&ignored));
    }
    assert_eq!(fs::read_to_string(folder.path().join("a.md")).unwrap(), BROKEN);
}

#[test]
fn unknown_keys_are_warnings() {
    let settings =
        "fail_on = \"hint\"\n[[override]]\nfiles = \"*.md\"\nrule = {}\n[rules]\nbroken-lnk = \"off\"\n";
    let folder = folder(&[("a.md", VALID), ("plansmith.toml", settings)]);
    let output = plansmith(folder.path(), &["check"]);
    assert_eq!(code(&output), 0);
    expect_test::expect![[r#"
        warning: plansmith.toml:1:1: unknown setting `fail_on`; did you mean `fail-on`?
        warning: plansmith.toml:4:1: unknown key `rule`; did you mean `rules`?
        warning: plansmith.toml:6:1: unknown rule `broken-lnk`; did you mean `broken-link`?
    "#]]
    .assert_eq(&err(&output));
}

/// A panic is reported with the file that caused it and does not affect other files.
#[test]
fn panics_are_reported_with_the_file() {
    let rotten = format!("{BROKEN}- [] a rotten egg\n");
    let folder = folder(&[("bad.md", &rotten), ("good.md", &long_plan(3)), ("plan.md", BROKEN)]);
    let over = |words: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
        command.env("PLANSMITH_TEST_PANIC", words).current_dir(folder.path());
        command.args(arguments).stdin(Stdio::null()).output().unwrap()
    };
    let run = |arguments: &[&str]| match arguments {
        // Parsing succeeds, rendering panics.
        ["status", "--format", "html"] => over("the page of bad.md", arguments),
        _ => over("a rotten egg", arguments),
    };
    for (arguments, others) in [
        (&["check"][..], "plan.md"),
        (&["check", "--fix"], "good.md"),
        (&["fmt"], "good.md"),
        (&["next"], "2 plans"),
        (&["status"], "good.md"),
        (&["status", "--format", "html"], "good.md"),
        (&["graph", "bad.md"], ""),
    ] {
        let output = run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
        assert!(
            err(&output).contains("bad.md: internal error: a panic for a test. Please report this bug\n"),
            "{arguments:?}: {}",
            err(&output)
        );
        assert!(out(&output).contains(others), "{arguments:?}: {}", out(&output));
        assert_eq!(fs::read_to_string(folder.path().join("bad.md")).unwrap(), rotten);
    }
    assert_ne!(fs::read_to_string(folder.path().join("good.md")).unwrap(), long_plan(3));
}
