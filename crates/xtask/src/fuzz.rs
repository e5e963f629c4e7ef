//! `cargo xtask fuzz`: builds the programs of `tests/fuzz` with coverage and runs them.
//!
//! This command replaces cargo-fuzz and requires neither an installation nor a nightly compiler: coverage only needs
//! LLVM's `sancov-module` pass, and sanitizers detect errors that crates without `unsafe` cannot have.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use plan_fuzz::TARGETS;

/// Compiler flags for libFuzzer's coverage instrumentation.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Maximum time (seconds) and memory (MB) per input.
const INPUT_LIMITS: [&str; 2] = ["-timeout=60", "-rss_limit_mb=4096"];

/// Maximum length of inputs in bytes. Not passed when minimizing a crash, because libFuzzer fails with it
/// there.
const MAX_INPUT_LENGTH: &str = "-max_len=4096";

/// Directories of documents that are also seeds of the targets that read documents.
const SEED_DOCUMENTS: [&str; 2] = ["docs/examples", "tests/plans"];

/// Runs all targets, or the target `only`, for `seconds` each, deterministically if `seed` is given.
/// Minimizes failing inputs and stores them in `tests/data/crashes`, where `cargo test` runs them.
pub fn run(
    root: &Path,
    seconds: u64,
    seed: Option<u32>,
    only: Option<&str>,
) -> Result<(), Box<dyn std::error::Error>> {
    let targets: Vec<_> =
        TARGETS.iter().filter(|target| only.is_none_or(|only| only == target.name)).collect();
    if targets.is_empty() {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("unknown target; available: {}", names.join(", ")).into());
    }
    let build_dir =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("fuzz");
    let programs = build(root, &build_dir)?;
    let mut failed = Vec::new();
    for target in targets {
        let name = target.name;
        let corpus = build_dir.join("corpus").join(name);
        fs::create_dir_all(&corpus)?;
        let found = build_dir.join("artifacts").join(name);
        drop(fs::remove_dir_all(&found));
        fs::create_dir_all(&found)?;
        let log = found.join("log.txt");
        let mut fuzzer = Command::new(programs.join(name));
        fuzzer
            .args(INPUT_LIMITS)
            .arg(MAX_INPUT_LENGTH)
            .arg(format!("-max_total_time={seconds}"))
            .arg("-print_final_stats=1");
        fuzzer.args(seed.map(|seed| format!("-seed={seed}")));
        fuzzer.arg(format!("-artifact_prefix={}/", found.display())).arg(&corpus);
        fuzzer.args(seeds(root, name));
        let start = Instant::now();
        let status = fuzzer.stdout(Stdio::null()).stderr(fs::File::create(&log)?).status()?;
        let output = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let tries = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        println!(
            "{name:<14}{:>10} tries in {:>3} s, {}",
            tries.unwrap_or("?").trim(),
            start.elapsed().as_secs(),
            if status.success() { "no crash" } else { "FAILED" }
        );
        if !status.success() {
            let tail: Vec<&str> =
                output.lines().rev().filter(|line| !line.starts_with('#')).take(40).collect();
            eprintln!("{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
            failed.extend(store_crashes(root, &programs.join(name), name, &found)?);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("failing inputs stored for `cargo test -p plan-fuzz`:\n{}", failed.join("\n")).into())
}

/// Builds all programs and returns their directory.
fn build(root: &Path, build_dir: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let version = Command::new("rustc").arg("-vV").output()?;
    let version = String::from_utf8(version.stdout)?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("`rustc -vV` prints no host")?;
    // With an explicit target, build scripts and macros are built without the flags.
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--target", host, "--manifest-path"]);
    cargo.arg(root.join("tests/fuzz/Cargo.toml")).arg("--target-dir").arg(build_dir);
    cargo.env("RUSTFLAGS", COVERAGE);
    if !cargo.status()?.success() {
        return Err("cannot build the programs of tests/fuzz (libFuzzer needs a C++ compiler)".into());
    }
    Ok(build_dir.join(host).join("release"))
}

/// Returns the seed directories of a target.
fn seeds(root: &Path, name: &str) -> Vec<PathBuf> {
    let mut folders =
        vec![root.join("tests/fuzz/seeds").join(name), root.join("tests/data/crashes").join(name)];
    if matches!(name, "features" | "edits" | "templates") {
        folders.extend(SEED_DOCUMENTS.iter().map(|folder| root.join(folder)));
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

/// Minimizes the failing inputs and stores them. Returns their paths.
fn store_crashes(
    root: &Path,
    program: &Path,
    name: &str,
    found: &Path,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let directory = root.join("tests/data/crashes").join(name);
    fs::create_dir_all(&directory)?;
    let directory = directory.canonicalize()?;
    let mut stored = Vec::new();
    for artifact in fs::read_dir(found)?.flatten().map(|entry| entry.path()) {
        if artifact.extension().is_some() {
            continue;
        }
        let minimized = found.join("minimized.bin");
        let mut fuzzer = quiet(program);
        fuzzer.args(INPUT_LIMITS).args(["-minimize_crash=1", "-max_total_time=20"]);
        fuzzer.arg(format!("-exact_artifact_path={}", minimized.display())).arg(&artifact);
        fuzzer.status()?;
        // The minimized input is used only if it also fails in a separate run.
        let fails =
            minimized.is_file() && !quiet(program).args(INPUT_LIMITS).arg(&minimized).status()?.success();
        let bytes = fs::read(if fails { &minimized } else { &artifact })?;
        drop(fs::remove_file(&minimized));
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let file = directory.join(format!("{:016x}", hasher.finish()));
        fs::write(&file, bytes)?;
        stored.push(file.display().to_string());
    }
    Ok(stored)
}

/// Returns a command that discards the program's output.
fn quiet(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Returns the stored input of a program that fails on inputs with a Z and minimizes them to `smaller`.
    fn stored_input(smaller: &str) -> Vec<u8> {
        let root = tempfile::tempdir().unwrap();
        let found = root.path().join("found");
        fs::create_dir_all(&found).unwrap();
        fs::create_dir_all(root.path().join("tests/data")).unwrap();
        fs::write(found.join("crash-1"), "a long Z input").unwrap();
        fs::write(found.join("log.txt"), "").unwrap();
        let program = root.path().join("program");
        let script = format!(
            "#!/bin/sh\nfor a; do case $a in -max_len=*) exit 9;; -exact_artifact_path=*) printf '{smaller}' > \"${{a#*=}}\"; exit 0;; esac; done\nfor last; do :; done\n! grep -q Z \"$last\"\n"
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let files = store_crashes(root.path(), &program, "target", &found).unwrap();
        let folder = root.path().join("tests/data/crashes/target");
        assert_eq!((files.len(), fs::read_dir(folder).unwrap().count()), (1, 1));
        fs::read(&files[0]).unwrap()
    }

    #[test]
    fn the_smallest_failing_input_is_stored() {
        assert_eq!(stored_input("Z"), b"Z");
        // A minimized input that no longer fails must not be stored.
        assert_eq!(stored_input(""), b"a long Z input");
        assert_eq!(stored_input("short"), b"a long Z input");
    }
}
