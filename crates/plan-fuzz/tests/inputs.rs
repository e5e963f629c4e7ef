//! Every input that ever failed, and the seeds, without a fuzzer.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use plan_fuzz::TARGETS;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the files in the folders of a folder, each through the target that its folder is named after. Gives how many
/// there were of each.
fn run_all(folder: &str) -> Vec<(String, usize)> {
    let mut counts = Vec::new();
    for target in fs::read_dir(project().join(folder)).into_iter().flatten().flatten() {
        let name = target.file_name().into_string().unwrap();
        let files: Vec<PathBuf> =
            fs::read_dir(target.path()).unwrap().map(|file| file.unwrap().path()).collect();
        for file in &files {
            // Shown only if it fails.
            println!("{}", file.display());
            plan_fuzz::run(&name, &fs::read(file).unwrap());
        }
        counts.push((name, files.len()));
    }
    counts.sort();
    counts
}

#[test]
fn seeds_pass() {
    let counts = run_all("tests/fuzz/seeds");
    let names: Vec<&str> = counts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, TARGETS.map(|target| target.name), "every target has seeds, and there are no others");
    assert!(counts.iter().all(|(_, count)| *count > 1), "{counts:?}");
}

#[test]
fn what_once_failed_passes() {
    run_all("tests/data/crashes");
}

#[test]
fn every_target_has_a_program() {
    let manifest = fs::read_to_string(project().join("tests/fuzz/Cargo.toml")).unwrap();
    let programs: BTreeSet<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")?.strip_suffix(".rs\""))
        .collect();
    assert_eq!(programs, TARGETS.iter().map(|target| target.name).collect());
    for name in programs {
        let source =
            fs::read_to_string(project().join(format!("tests/fuzz/fuzz_targets/{name}.rs"))).unwrap();
        assert!(source.contains(&format!("plan_fuzz::run(\"{name}\", bytes)")), "{source}");
    }
}
