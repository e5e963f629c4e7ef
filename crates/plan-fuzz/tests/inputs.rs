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

/// What libFuzzer does to inputs, without looking at coverage: pieces of a seed are taken out, doubled and exchanged.
#[test]
fn mutated_seeds_pass() {
    let mut random = 0x5eed_u64;
    let mut below = |bound: usize| {
        // Xorshift (Marsaglia 2003): the same in every run.
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
                let piece = input[from.min(to)..from.max(to)].to_vec();
                match below(4) {
                    0 => drop(input.drain(from.min(to)..from.max(to))),
                    1 => drop(input.splice(from..from, piece)),
                    2 => input.insert(from, BYTES[below(BYTES.len())]),
                    _ => {
                        let other = &seeds[below(seeds.len())];
                        let at = below(other.len() + 1);
                        drop(input.splice(from..from, other[at..].iter().copied()));
                    }
                }
                input.truncate(4096);
            }
            // Shown only if it fails.
            println!("{} {:?}", target.name, String::from_utf8_lossy(&input));
            (target.run)(&input);
        }
    }
}

/// What is put in: what Markdown, YAML and tables are made of, and what is no UTF-8.
const BYTES: &[u8] = b"\0\n\r[]`*|:-#<>x9 \xff";

/// So many for each target: a build without optimisation is slow.
const MUTATIONS: usize = if cfg!(debug_assertions) { 150 } else { 2_000 };

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
