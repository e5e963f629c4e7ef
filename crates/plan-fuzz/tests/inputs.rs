//! Runs all fuzz targets without a fuzzer: on the seeds, on mutated seeds and on every input that ever
//! failed.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use plan_fuzz::TARGETS;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the files in the subdirectories of `folder`, each through the target that its directory is named
/// after. Returns the number of files per target.
fn run_all(folder: &str) -> Vec<(String, usize)> {
    let mut counts = Vec::new();
    for target in fs::read_dir(project().join(folder)).into_iter().flatten().flatten() {
        let name = target.file_name().into_string().unwrap();
        let files: Vec<PathBuf> =
            fs::read_dir(target.path()).unwrap().map(|file| file.unwrap().path()).collect();
        for file in &files {
            // Printed only if the test fails.
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
    assert_eq!(names, TARGETS.map(|target| target.name), "the seed directories must be those of the targets");
    assert!(counts.iter().all(|(_, count)| *count > 1), "{counts:?}");
}

/// Mutates seeds like libFuzzer but without coverage: removes, duplicates and exchanges parts.
#[test]
fn mutated_seeds_pass() {
    let mut random = 0x5eed_u64;
    let mut below = |bound: usize| {
        // Xorshift (Marsaglia 2003): the same sequence in every run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % bound.max(1) as u64) as usize
    };
    for target in TARGETS {
        let folder = project().join("tests/fuzz/seeds").join(target.name);
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        paths.sort();
        let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        for _ in 0..MUTATIONS {
            let mut input = seeds[below(seeds.len())].clone();
            for _ in 0..=below(4) {
                let (from, to) = (below(input.len() + 1), below(input.len() + 1));
                let part = input[from.min(to)..from.max(to)].to_vec();
                match below(4) {
                    0 => drop(input.drain(from.min(to)..from.max(to))),
                    1 => drop(input.splice(from..from, part)),
                    2 => input.insert(from, INSERTED_BYTES[below(INSERTED_BYTES.len())]),
                    _ => {
                        let other = &seeds[below(seeds.len())];
                        let at = below(other.len() + 1);
                        drop(input.splice(from..from, other[at..].iter().copied()));
                    }
                }
                input.truncate(4096);
            }
            // Printed only if the test fails.
            println!("{} {:?}", target.name, String::from_utf8_lossy(&input));
            (target.run)(&input);
        }
    }
}

/// Inserted bytes: the syntax of Markdown, YAML and tables, and invalid UTF-8.
const INSERTED_BYTES: &[u8] = b"\0\n\r[]`*|:-#<>x9 \xff";

/// Number of mutations per target. Unoptimized builds are slow.
const MUTATIONS: usize = if cfg!(debug_assertions) { 150 } else { 2_000 };

#[test]
fn former_crashes_pass() {
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
