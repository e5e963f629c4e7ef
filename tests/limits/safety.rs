//! Checks that the sources do not use what `docs/security.md` excludes.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the directories of the crates that are part of the program.
fn crates() -> Vec<PathBuf> {
    let all = fs::read_dir(project().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|folder| {
        !["xtask", "plan-test", "plan-fuzz"].contains(&folder.file_name().unwrap().to_str().unwrap())
    })
    .collect()
}

/// Returns the sources below a directory without their tests.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
            found.push((path, code));
        }
    }
    found
}

/// Files that may contain unsafe code: `docs/security.md` gives the reason for each.
const UNSAFE_FILES: [&str; 1] = ["plansmith/src/allocator.rs"];

#[test]
fn unsafe_code_is_denied_except_in_listed_files() {
    let workspace = fs::read_to_string(project().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("[workspace.lints.rust]") && workspace.contains("unsafe_code = \"deny\""));
    let mut with_unsafe = Vec::new();
    for (path, code) in sources(&project().join("crates")) {
        let blocks = code.matches("unsafe {").count();
        // The lint rejects unsafe code unless it is allowed by name.
        if code.contains("(unsafe_code") || blocks > 0 {
            assert!(
                UNSAFE_FILES.iter().any(|end| path.ends_with(end)),
                "{} allows unsafe code",
                path.display()
            );
            assert!(blocks == 1 && code.contains("// SAFETY: "), "{}: {blocks} blocks", path.display());
            with_unsafe.push(path);
        }
    }
    assert_eq!(with_unsafe.len(), UNSAFE_FILES.len(), "{with_unsafe:?}");
    for entry in fs::read_dir(project().join("crates")).unwrap() {
        let manifest = entry.unwrap().path().join("Cargo.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} does not inherit the workspace lints",
            manifest.display()
        );
    }
}

/// The file that runs `git`. Only commands read histories; the server does not use it.
const RUNS_GIT: &str = "plansmith/src/history/git.rs";

#[test]
fn no_programs_are_run_and_no_network_is_used() {
    let mut found: Vec<(PathBuf, String)> =
        crates().iter().flat_map(|folder| sources(&folder.join("src"))).collect();
    assert!(found.len() > 100, "{}", found.len());
    let git = found.iter().position(|(path, _)| path.ends_with(RUNS_GIT)).unwrap();
    let (_, git) = found.swap_remove(git);
    assert_eq!(git.matches("Command::new(\"git\")").count(), git.matches("Command::new(").count());
    assert!(
        !found
            .iter()
            .any(|(path, code)| path.to_string_lossy().contains("/server/") && code.contains("history::"))
    );
    for (path, code) in &found {
        for word in [
            "std::net",
            "tokio::net",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "process::Command",
            "libc::exec",
        ] {
            assert!(!code.contains(word), "{} has {word}", path.display());
        }
        let imports = code.lines().filter(|line| line.trim_start().starts_with("process::{"));
        assert!(
            !imports.into_iter().any(|line| line.contains("Command")),
            "{} runs programs",
            path.display()
        );
    }
}

#[test]
fn only_listed_files_write_to_disk() {
    let writers = ["disk.rs", "workspace.rs", "server/mod.rs"];
    for (path, code) in crates().iter().flat_map(|folder| sources(&folder.join("src"))) {
        let write_calls = [
            "fs::write",
            "File::create",
            "OpenOptions",
            "create_dir",
            "fs::rename",
            "remove_file",
            "tempfile",
        ];
        let found: Vec<&str> = write_calls.into_iter().filter(|word| code.contains(word)).collect();
        let allowed = writers.iter().any(|end| path.ends_with(end));
        assert!(allowed || found.is_empty(), "{} has {found:?}", path.display());
    }
}
