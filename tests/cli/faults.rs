//! What must not get lost when something goes wrong around the command line: full disks, folders that may not be written,
//! files that change meanwhile, readers that leave.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use super::{BROKEN, HEALTHY, code, err, folder, out, plansmith, report};

/// A plan of this many tasks that `fmt` and `check --fix` change, each in another way than the other.
fn long_plan(tasks: usize) -> String {
    format!("{BROKEN}\n\n\n{}", "*   [ ] something to do that takes a line of its own\n".repeat(tasks))
}

/// The names in a folder.
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

    /// Somebody who is not root and owns nothing.
    const NOBODY: u32 = 65_534;

    /// Starts the program where files may have 8 blocks at most (of 512 or 1,024 bytes, as the shell counts), which fails
    /// in writing as a full disk does. Without `survives` the system ends the program there and then.
    fn with_little_room(folder: &Path, survives: bool, arguments: &[&str]) -> Output {
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

    /// Runs the program as someone whom permissions hold for: root, who may do everything, becomes nobody.
    fn without_rights(folder: &Path, arguments: &[&str]) -> Output {
        let is_root = rustix::process::geteuid().is_root();
        let program = if is_root {
            // Nobody may not look into the folders where programs are built. Another process copies: a file that this one
            // writes is open in whatever other tests start meanwhile, and a program that is open for writing does not run.
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
            command.uid(NOBODY).gid(NOBODY);
        }
        command.output().unwrap()
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// A folder that everyone may look into, with a folder of plans that nobody may write.
    fn protected(files: &[(&str, &str)]) -> TempDir {
        let folder = folder(files);
        set_mode(folder.path(), 0o755);
        set_mode(&folder.path().join("plans"), 0o555);
        folder
    }

    /// Files can be deleted again.
    fn release(folder: &TempDir) {
        set_mode(&folder.path().join("plans"), 0o755);
    }

    #[test]
    fn a_full_disk_leaves_every_file_as_it_was() {
        let text = long_plan(2_000);
        let folder = folder(&[("a.md", BROKEN), ("long.md", &text), ("z.md", BROKEN)]);
        for arguments in [["check", "--fix", "."], ["fmt", "long.md", "z.md"]] {
            fs::write(folder.path().join("z.md"), long_plan(1)).unwrap();
            let output = with_little_room(folder.path(), true, &arguments);
            assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
            let said = err(&output);
            let complaint = said.lines().find(|line| line.contains("long.md")).unwrap();
            assert!(complaint.contains("cannot be written"), "{complaint}");
            assert!(complaint.contains("it is as it was; free some space"), "{complaint}");
            assert_eq!(fs::read_to_string(folder.path().join("long.md")).unwrap(), text, "{arguments:?}");
            // What fits is mended all the same.
            assert_ne!(
                fs::read_to_string(folder.path().join("z.md")).unwrap(),
                long_plan(1),
                "{arguments:?}"
            );
            assert_eq!(names(folder.path()), ["a.md", "long.md", "z.md"], "nothing is left beside");
        }
    }

    #[test]
    fn what_is_made_anew_on_a_full_disk_is_whole_or_not_there() {
        let template = format!("# [Title]\n\n{}", "Text that every plan of this kind has.\n".repeat(1_000));
        let many = format!("{BROKEN}{}", "- [] something\n".repeat(2_000));
        let folder =
            folder(&[(".plansmith/templates/long.md", &template), ("a.md", &many), ("known.json", "{}")]);
        let output = with_little_room(folder.path(), true, &["new", "long", "-o", "new.md"]);
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains("new.md: cannot be written"), "{}", err(&output));
        assert!(err(&output).contains("free some space"), "{}", err(&output));
        // Findings of a rule are counted above a hundred, so the list is made longer by many files.
        for number in 0..40 {
            fs::write(folder.path().join(format!("b{number}.md")), &many).unwrap();
        }
        let output = with_little_room(folder.path(), true, &["check", "--write-baseline", "known.json"]);
        assert_eq!(code(&output), 2);
        assert!(err(&output).contains("known.json: cannot be written"), "{}", err(&output));
        assert_eq!(fs::read_to_string(folder.path().join("known.json")).unwrap(), "{}");
        assert!(!names(folder.path()).iter().any(|name| name == "new.md" || name.starts_with(".plansmith-")));
    }

    /// The system ends the program in the middle of writing, as a crash or a power failure would.
    #[test]
    fn a_program_that_is_killed_while_it_writes_leaves_the_old_text() {
        let text = long_plan(2_000);
        let folder = folder(&[("long.md", &text)]);
        for arguments in [["check", "--fix", "."], ["fmt", ".", "--tables=compact"]] {
            let output = with_little_room(folder.path(), false, &arguments);
            assert_eq!(output.status.code(), None, "{arguments:?} was not killed: {}", err(&output));
            assert_eq!(fs::read_to_string(folder.path().join("long.md")).unwrap(), text);
        }
        // What it left beside is no plan to the next run.
        let next = report(&plansmith(folder.path(), &["check", "--format", "json"]));
        assert_eq!(next["files"], 1);
    }

    #[test]
    fn a_folder_that_may_not_be_written() {
        let folder = protected(&[("plans/a.md", BROKEN), ("plans/b.md", HEALTHY)]);
        for arguments in [["check", "--fix", "plans"], ["fmt", "plans", "--color=never"]] {
            let text = long_plan(3);
            fs::write(folder.path().join("plans/a.md"), &text).unwrap();
            let output = without_rights(folder.path(), &arguments);
            assert_eq!(code(&output), 2, "{arguments:?}: {}{}", out(&output), err(&output));
            let said = err(&output);
            let complaint = said.lines().find(|line| line.contains("plans/a.md")).unwrap();
            assert!(complaint.contains("cannot be written"), "{complaint}");
            assert!(complaint.contains("may write the file and its folder"), "{complaint}");
            assert_eq!(fs::read_to_string(folder.path().join("plans/a.md")).unwrap(), text);
            assert_eq!(names(&folder.path().join("plans")), ["a.md", "b.md"]);
        }
        release(&folder);
    }

    #[test]
    fn a_file_that_may_not_be_written() {
        let text = long_plan(3);
        let folder = folder(&[("a.md", &text)]);
        let path = folder.path().join("a.md");
        set_mode(&path, 0o444);
        // Even root is held off: whoever protects a file means it.
        for arguments in [["check", "--fix"], ["fmt", "."]] {
            let output = plansmith(folder.path(), &arguments);
            assert_eq!(code(&output), 2, "{arguments:?}");
            assert!(err(&output).contains("a.md: cannot be written: it is read-only"), "{}", err(&output));
            assert!(err(&output).contains("may write the file and its folder"), "{}", err(&output));
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_file_that_may_not_be_read_is_named_and_the_rest_checked() {
        let folder =
            folder(&[("plans/a.md", BROKEN), ("plans/secret.md", HEALTHY), ("plans/sub/c.md", HEALTHY)]);
        set_mode(folder.path(), 0o755);
        set_mode(&folder.path().join("plans/secret.md"), 0);
        set_mode(&folder.path().join("plans/sub"), 0);
        let output = without_rights(folder.path(), &["check", "plans"]);
        assert_eq!(code(&output), 2, "{}{}", out(&output), err(&output));
        assert!(
            err(&output).contains("plans/secret.md: cannot be read: Permission denied"),
            "{}",
            err(&output)
        );
        assert!(err(&output).contains("plans/sub"), "{}", err(&output));
        assert!(out(&output).contains("status-open-tasks"), "{}", out(&output));
        set_mode(&folder.path().join("plans/sub"), 0o755);
    }

    /// A device that is always full.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_output_that_cannot_be_written() {
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
            let said = err(&output);
            assert!(said.contains("standard output cannot be written"), "{arguments:?}: {said}");
            assert!(said.contains("free some space"), "{arguments:?}: {said}");
            assert_eq!(said.matches("standard output").count(), 1, "{arguments:?}: {said}");
        }
        // What was to be done to files is done, to all of them.
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
    fn a_reader_that_leaves() {
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

/// Starts the program with a file and standard input to read, changes the file when it has been read and before the program
/// goes on, which waits for its input.
fn while_it_runs(folder: &Path, arguments: &[&str], meanwhile: impl FnOnce()) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_plansmith"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than pipes hold: when it is written, the program reads its input, and has read the file before.
    input.write_all("Some text.\n".repeat(30_000).as_bytes()).unwrap();
    meanwhile();
    drop(input);
    child.wait_with_output().unwrap()
}

/// An editor saves while the program works: what it saved stays.
#[test]
fn a_file_that_changes_meanwhile_is_left_alone() {
    for command in [&["check", "--fix", "a.md"][..], &["fmt", "a.md"]] {
        let folder = folder(&[("a.md", &long_plan(3))]);
        let path = folder.path().join("a.md");
        let newer = format!("{}\nAdded meanwhile.\n", long_plan(3));
        // The text of standard input is printed, which nobody needs here.
        let output =
            while_it_runs(folder.path(), &[command, &["-"]].concat(), || fs::write(&path, &newer).unwrap());
        assert_eq!(code(&output), 2, "{command:?}: {}", err(&output));
        assert!(
            err(&output).contains("a.md: cannot be written: it has changed meanwhile"),
            "{}",
            err(&output)
        );
        assert!(err(&output).contains("run it again"), "{}", err(&output));
        assert_eq!(fs::read_to_string(&path).unwrap(), newer, "{command:?}");
        assert_eq!(names(folder.path()), ["a.md"]);
        // Nobody is in the way now.
        assert_eq!(code(&plansmith(folder.path(), command)), 0);
        assert_ne!(fs::read_to_string(&path).unwrap(), newer, "{command:?}");
    }
}

#[test]
fn a_file_that_is_gone_meanwhile_stays_gone() {
    let folder = folder(&[("a.md", &long_plan(3)), ("b.md", &long_plan(3))]);
    let path = folder.path().join("a.md");
    let output =
        while_it_runs(folder.path(), &["fmt", "a.md", "b.md", "-"], || fs::remove_file(&path).unwrap());
    assert_eq!(code(&output), 2);
    assert!(err(&output).contains("a.md: cannot be written"), "{}", err(&output));
    assert_eq!(names(folder.path()), ["b.md"]);
    assert_ne!(fs::read_to_string(folder.path().join("b.md")).unwrap(), long_plan(3));
}

/// Text in place of what settings want, and settings that are none.
#[test]
fn settings_of_the_wrong_type_are_named_and_the_rest_holds() {
    let settings = "fail-on = 3\ninclude = \"x\"\nexclude = [1]\nrules = []\nrule = 7\nstates = { done = \"x\" }\nmarks = { active = 5 }\ntemplate = \"x\"\ntemplate-folder = []\nformat = 1\noverride = {}\n";
    let folder = folder(&[("a.md", BROKEN), ("plansmith.toml", settings)]);
    let output = plansmith(folder.path(), &["check"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    for (number, line) in settings.lines().enumerate() {
        let place = format!("plansmith.toml:{}:", number + 1);
        assert!(err(&output).contains(&place), "nothing is said of {line}: {}", err(&output));
    }
    assert!(out(&output).contains("malformed-checkbox"), "{}", out(&output));
    fs::write(folder.path().join("plansmith.toml"), b"\xff\xfe[rules]\n").unwrap();
    let output = plansmith(folder.path(), &["check"]);
    assert!(err(&output).contains("plansmith.toml") && err(&output).contains("UTF-8"), "{}", err(&output));
    assert!(out(&output).contains("malformed-checkbox"), "{}", out(&output));
}

/// A defect of ours over one file is said with its name, and costs nobody else a result or a text.
#[test]
fn a_file_that_we_fail_at_is_named() {
    let rotten = format!("{BROKEN}- [] a rotten egg\n");
    let folder = folder(&[("bad.md", &rotten), ("good.md", &long_plan(3)), ("plan.md", BROKEN)]);
    let over = |words: &str, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plansmith"));
        command.env("PLANSMITH_TRIAL_PANIC", words).current_dir(folder.path());
        command.args(arguments).stdin(Stdio::null()).output().unwrap()
    };
    let run = |arguments: &[&str]| match arguments {
        // Reading it goes well, and drawing it does not.
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
        assert!(err(&output).contains("bad.md: given up"), "{arguments:?}: {}", err(&output));
        assert!(out(&output).contains(others), "{arguments:?}: {}", out(&output));
        assert_eq!(fs::read_to_string(folder.path().join("bad.md")).unwrap(), rotten);
    }
    assert_ne!(fs::read_to_string(folder.path().join("good.md")).unwrap(), long_plan(3));
}
