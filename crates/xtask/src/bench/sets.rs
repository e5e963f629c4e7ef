//! Benchmarks document families: an edit compared with the same edit outside of a family, and requests in a workspace
//! with many document sets.

use std::{hint::black_box, sync::Arc, time::Duration};

use plan_ide::{Environment, File, Index, NoDisk, Workspace, completion, hover, navigation};
use plan_schema::family::Families;
use plan_syntax::Document;

use super::time;

/// Number of files in the measured index.
const INDEXED_FILES: usize = 20_000;

/// Number of measurements of an edit.
const MEASURED_EDITS: usize = 60;

/// Returns a specification and a task list with `requirements` requirements.
fn texts(requirements: usize) -> (String, String) {
    let (mut spec, mut tasks) = (String::from("# Feature: Mail\n"), String::from("# Tasks: Mail\n"));
    for number in 1..=requirements {
        if number % 10 == 1 {
            let story = number / 10 + 1;
            spec.push_str(&format!(
                "\n### User Story {story} - Send letter {story} (Priority: P1)\n\n1. **Given** a letter, **When** Ada sends it, **Then** it arrives\n\n#### Requirements\n\n"
            ));
            tasks.push_str(&format!("\n## Phase {story}: User Story {story} - Send letter {story}\n\n"));
        }
        spec.push_str(&format!("- **FR-{number:03}**: The system MUST send letter {number} on time.\n"));
        let story = (number - 1) / 10 + 1;
        tasks.push_str(&format!(
            "- [ ] T{number:03} [P] [US{story}] Send letter {number} for FR-{number:03} in src/mail/letter_{number}.rs\n"
        ));
    }
    (spec, tasks)
}

/// Returns the median and the 95th percentile.
fn percentiles(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort();
    (times[times.len() / 2], times[times.len() * 95 / 100])
}

/// Returns the median time of an edit of a document at `path`, including its findings and its index entry.
fn edits(path: &str, text: &str, workspace: &Workspace<'_>) -> Duration {
    let mut document = Document::new(text);
    let mut file = File::new(path, document.clone());
    let at = text.len() / 2;
    let at = at + text[at..].find("letter ").unwrap_or(0) + "letter".len();
    black_box((file.findings().len(), file.findings_in(workspace).len(), file.entry()));
    let times = (0..MEASURED_EDITS).map(|_| {
        document.edit(at..at, "x");
        let previous = file.cached_plan().cloned();
        file = File::with_previous(previous, path, document.clone(), file.shared_environment());
        time(|| (file.findings().len(), file.findings_in(workspace).len(), file.entry()))
    });
    percentiles(times.collect()).0
}

/// Returns the resident memory of this process in KiB; 0 if the system does not report it.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Returns the time and memory of an index of files with these families. `path` returns the folder of each third file.
fn index_cost(families: &Arc<Families>, files: usize, folder: fn(usize) -> String) -> (Duration, u64) {
    let environment = Arc::new(Environment { families: Arc::clone(families), ..Environment::default() });
    let (spec, tasks) = texts(40);
    let before = resident_kib();
    let mut index = Index::new(["/w".to_owned()]);
    let duration = time(|| {
        for number in 0..files {
            let (name, text) = match number % 3 {
                0 => ("spec.md", &spec),
                1 => ("tasks.md", &tasks),
                _ => ("plan.md", &spec),
            };
            let path = format!("{}/{name}", folder(number / 3));
            // The server reads each text from disk.
            let document = Document::new(&format!("{text}\n{number}\n"));
            let entry = File::with_environment(&*path, document, Arc::clone(&environment)).entry();
            index.set(&path, Some(entry));
        }
    });
    let memory = resident_kib().saturating_sub(before);
    // The memory of this index must not be reused by the next one.
    std::mem::forget(black_box(index));
    (duration, memory)
}

/// Prints the cost of an index with and without families.
fn print_index_costs() {
    println!("\nan index of {INDEXED_FILES} files, without families and with the built-in ones\n");
    println!("| files | time | with families | ratio | MiB | with families | ratio |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
    type SetFolder = fn(usize) -> String;
    let folders: [(&str, SetFolder); 2] = [
        ("outside of sets", |number| format!("/w/plans/{number}-mail")),
        ("in sets", |number| format!("/w/specs/{number}-mail")),
    ];
    for (name, folder) in folders {
        // The first index also pays for tables that are initialized once.
        index_cost(&Families::built_in(), 30, folder);
        let (time, memory) = index_cost(&Arc::new(Families::none()), INDEXED_FILES, folder);
        let (own_time, own_memory) = index_cost(&Families::built_in(), INDEXED_FILES, folder);
        let time_ratio = own_time.as_secs_f64() / time.as_secs_f64();
        let memory_ratio = own_memory as f64 / memory.max(1) as f64;
        println!(
            "| {name} | {time:.2?} | {own_time:.2?} | {time_ratio:.2} | {} | {} | {memory_ratio:.2} |",
            memory / 1024,
            own_memory / 1024
        );
    }
}

/// Prints the cost of edits, of requests in a workspace with `sets` document sets, and of an index.
pub fn run(sets: usize) {
    print_requests(sets);
    print_index_costs();
}

fn print_requests(sets: usize) {
    println!("an edit of a task list, with findings and index entry (median)\n");
    println!("| requirements | in a family | elsewhere | ratio |\n| ---: | ---: | ---: | ---: |");
    for requirements in [100, 1_000, 5_000] {
        let (spec, tasks) = texts(requirements);
        let mut index = Index::new(["/w".to_owned()]);
        index.set(
            "/w/specs/1-mail/spec.md",
            Some(File::new("/w/specs/1-mail/spec.md", Document::new(&spec)).entry()),
        );
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let family = edits("/w/specs/1-mail/tasks.md", &tasks, &workspace);
        let elsewhere = edits("/w/plans/tasks.md", &tasks, &workspace);
        let ratio = family.as_secs_f64() / elsewhere.as_secs_f64();
        println!("| {requirements} | {family:.2?} | {elsewhere:.2?} | {ratio:.2} |");
    }
    let (spec, tasks) = texts(40);
    let mut index = Index::new(["/w".to_owned()]);
    for number in 0..sets {
        for (name, text) in [("spec.md", &spec), ("tasks.md", &tasks), ("plan.md", &spec)] {
            let path = format!("/w/specs/{number}-mail/{name}");
            let entry = File::new(&*path, Document::new(text)).entry();
            index.set(&path, Some(entry));
        }
    }
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    println!("\nrequests in a workspace of {sets} sets\n\n| request | median | p95 |\n| --- | ---: | ---: |");
    type SetRequest = fn(&File, &Workspace<'_>, usize);
    let requests: [(&str, SetRequest); 4] = [
        ("hover", |file, workspace, at| drop(black_box(hover::hover(file, workspace, at)))),
        ("definition", |file, workspace, at| drop(black_box(navigation::definition(file, workspace, at)))),
        ("references", |file, workspace, at| drop(black_box(navigation::references(file, workspace, at)))),
        ("completion", |file, workspace, at| {
            drop(black_box(completion::completions(file, workspace, at, None)));
        }),
    ];
    for (name, request) in requests {
        let times = (0..sets.min(500)).map(|number| {
            let path = format!("/w/specs/{number}-mail/tasks.md");
            let file = File::new(&*path, Document::new(&tasks));
            let at = tasks.find("FR-020").unwrap_or(0) + 3;
            black_box(file.family_facts());
            time(|| request(&file, &workspace, at))
        });
        let (median, p95) = percentiles(times.collect());
        println!("| {name} | {median:.2?} | {p95:.2?} |");
    }
}
