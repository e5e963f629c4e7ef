//! Fuzzing: builds the programs of `tests/fuzz` with coverage and runs them.
//!
//! What cargo-fuzz would do, without its being installed and without a nightly compiler: coverage needs only LLVM's
//! `sancov-module` pass, and the sanitizers would look for errors that crates without `unsafe` cannot have.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use plan_fuzz::TARGETS;

/// How libFuzzer sees what is covered.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// No input may take longer (seconds) or need more memory (MB).
const LIMITS: [&str; 2] = ["-timeout=60", "-rss_limit_mb=4096"];

/// Inputs may not be longer (bytes). Not for the search for a smaller one: libFuzzer fails by itself there when it is told.
const LONGEST: &str = "-max_len=4096";

/// Documents that are seeds as they are, for the targets that read documents.
const DOCUMENTS: [&str; 2] = ["docs/examples", "tests/plans"];

/// Runs the targets, or the one that is named, for so many seconds each, always alike with a `seed`. What fails is made small and kept in
/// `tests/data/crashes`, where `cargo test` finds it.
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
        return Err(format!("no such target; there are {}", names.join(", ")).into());
    }
    let folder =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("fuzz");
    let programs = build(root, &folder)?;
    let mut failed = Vec::new();
    for target in targets {
        let name = target.name;
        let corpus = folder.join("corpus").join(name);
        fs::create_dir_all(&corpus)?;
        let found = folder.join("artifacts").join(name);
        drop(fs::remove_dir_all(&found));
        fs::create_dir_all(&found)?;
        let log = found.join("log.txt");
        let mut fuzzer = Command::new(programs.join(name));
        fuzzer
            .args(LIMITS)
            .arg(LONGEST)
            .arg(format!("-max_total_time={seconds}"))
            .arg("-print_final_stats=1");
        fuzzer.args(seed.map(|seed| format!("-seed={seed}")));
        fuzzer.arg(format!("-artifact_prefix={}/", found.display())).arg(&corpus);
        fuzzer.args(seeds(root, name));
        let start = Instant::now();
        let status = fuzzer.stdout(Stdio::null()).stderr(fs::File::create(&log)?).status()?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let tries = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        println!(
            "{name:<14}{:>10} tries in {:>3} s, {}",
            tries.unwrap_or("?").trim(),
            start.elapsed().as_secs(),
            if status.success() { "nothing found" } else { "FAILED" }
        );
        if !status.success() {
            let tail: Vec<&str> = said.lines().rev().filter(|line| !line.starts_with('#')).take(40).collect();
            eprintln!("{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
            failed.extend(keep(root, &programs.join(name), name, &found)?);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("inputs that fail are kept, for `cargo test -p plan-fuzz`:\n{}", failed.join("\n")).into())
}

/// Builds all programs. Gives the folder that they are in.
fn build(root: &Path, folder: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let version = Command::new("rustc").arg("-vV").output()?;
    let version = String::from_utf8(version.stdout)?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not tell its host")?;
    // With a target named, build scripts and macros are built without the flags.
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--target", host, "--manifest-path"]);
    cargo.arg(root.join("tests/fuzz/Cargo.toml")).arg("--target-dir").arg(folder);
    cargo.env("RUSTFLAGS", COVERAGE);
    if !cargo.status()?.success() {
        return Err("the programs of tests/fuzz cannot be built (libFuzzer needs a C++ compiler)".into());
    }
    Ok(folder.join(host).join("release"))
}

/// The folders of seeds of a target.
fn seeds(root: &Path, name: &str) -> Vec<PathBuf> {
    let mut folders =
        vec![root.join("tests/fuzz/seeds").join(name), root.join("tests/data/crashes").join(name)];
    if matches!(name, "features" | "edits" | "templates") {
        folders.extend(DOCUMENTS.iter().map(|folder| root.join(folder)));
    }
    folders.retain(|folder| folder.is_dir());
    folders
}

/// Makes what failed small, and keeps it. Gives the files.
fn keep(
    root: &Path,
    program: &Path,
    name: &str,
    found: &Path,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let folder = root.join("tests/data/crashes").join(name);
    fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let mut kept = Vec::new();
    for artifact in fs::read_dir(found)?.flatten().map(|entry| entry.path()) {
        if artifact.extension().is_some() {
            continue;
        }
        let small = found.join("small.bin");
        let mut fuzzer = quiet(program);
        fuzzer.args(LIMITS).args(["-minimize_crash=1", "-max_total_time=20"]);
        fuzzer.arg(format!("-exact_artifact_path={}", small.display())).arg(&artifact);
        fuzzer.status()?;
        // What does not fail when it is tried alone would be a test of nothing.
        let fails = small.is_file() && !quiet(program).args(LIMITS).arg(&small).status()?.success();
        let bytes = fs::read(if fails { &small } else { &artifact })?;
        drop(fs::remove_file(&small));
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let file = folder.join(format!("{:016x}", hasher.finish()));
        fs::write(&file, bytes)?;
        kept.push(file.display().to_string());
    }
    Ok(kept)
}

/// The program, without what it says.
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

    /// What is kept of an input by a program that fails at inputs with a Z and takes `smaller` for a smaller one.
    fn kept(smaller: &str) -> Vec<u8> {
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
        let files = keep(root.path(), &program, "target", &found).unwrap();
        let folder = root.path().join("tests/data/crashes/target");
        assert_eq!((files.len(), fs::read_dir(folder).unwrap().count()), (1, 1));
        fs::read(&files[0]).unwrap()
    }

    #[test]
    fn the_smallest_input_that_fails_is_kept() {
        assert_eq!(kept("Z"), b"Z");
        // One that no longer fails would be a test of nothing.
        assert_eq!(kept(""), b"a long Z input");
        assert_eq!(kept("short"), b"a long Z input");
    }
}
