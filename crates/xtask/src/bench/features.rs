//! What each feature costs after a keystroke, beside reading the touched segment.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use plan_ide::{File, Index, NoDisk, Workspace, completion, hover};
use plan_syntax::Document;
use plan_test::generate;

/// Keystrokes per size.
const ROUNDS: usize = 100;

/// Types into a task of plans of several sizes and asks for everything, medians and 95th percentiles in microseconds.
pub(super) fn run() {
    println!(
        "One character typed into a task, then everything asked; medians / 95th percentiles of {ROUNDS}, microseconds.\n"
    );
    println!(
        "| lines | floor: edit + segment | plan | binding | kind | findings | across files | completion | hover |"
    );
    println!("|------:|------:|------:|------:|------:|------:|------:|------:|------:|");
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    for lines in [1_000, 5_000, 50_000] {
        let text = generate::plan(lines).replacen("type: plan", "type: plan\ntemplate: project-plan", 1);
        let mut document = Document::new(&text);
        let first = File::new("plan.md", document.clone());
        black_box(first.findings());
        let at = text.find("- [ ] **Task").map_or(0, |at| at + 20);
        let mut columns: [Vec<Duration>; 8] = Default::default();
        for _ in 0..ROUNDS {
            let start = Instant::now();
            document.edit(at..at, "x");
            if let Some((start, segment)) = document.segment_at(at) {
                black_box(document.content(start, segment));
            }
            columns[0].push(start.elapsed());
            let file = File::new("plan.md", document.clone());
            // In this order: each builds on those before it.
            columns[1].push(timed(|| black_box(file.plan().progress())));
            columns[2].push(timed(|| black_box(file.binding().is_some())));
            columns[3].push(timed(|| black_box(file.kind())));
            columns[4].push(timed(|| black_box(file.findings().len())));
            columns[5].push(timed(|| black_box(file.findings_in(&workspace).len())));
            columns[6].push(timed(|| black_box(completion::completions(&file, &workspace, at, None).len())));
            columns[7].push(timed(|| black_box(hover::hover(&file, &workspace, at).is_some())));
        }
        let cells = columns.map(|mut times| {
            times.sort_unstable();
            let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1e6;
            format!("{:.0} / {:.0}", at(50), at(95))
        });
        println!("| {lines} | {} |", cells.join(" | "));
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}
