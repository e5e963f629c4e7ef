//! Benchmarks document families: an edit compared with the same edit outside of a family, and requests in a workspace
//! with many document sets.

use std::{hint::black_box, time::Duration};

use plan_ide::{File, Index, NoDisk, Workspace, completion, hover, navigation};
use plan_syntax::Document;

use super::time;

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

/// Prints the cost of edits, and of requests in a workspace with `sets` document sets.
pub fn run(sets: usize) {
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
