//! Benchmarks of features on plans of several lengths: `cargo bench -p plan-ide`.
//!
//! Each sample makes a new edit, because results are cached per document version.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use divan::{Bencher, black_box};
use plan_ide::{
    File, Index, NoDisk, Workspace,
    actions::{self, Context},
    completion, hover, outline,
};
use plan_model::State;
use plan_syntax::Document;
use plan_test::generate;

fn main() {
    divan::main();
}

const LINES: [usize; 3] = [1_000, 10_000, 50_000];

/// Returns the file of a plan whose findings are already computed, and an offset in a task near its middle.
fn plan(lines: usize) -> (File, usize) {
    let text = generate::dense(lines).replacen("type: plan", "type: plan\ntemplate: project-plan", 1);
    let file = File::new("plan.md", Document::new(&text));
    black_box(file.findings());
    let middle = text.len() / 2;
    let at = middle + text[middle..].find("- [ ] **Task").unwrap() + 20;
    (file, at)
}

/// Measures parsing a version of a plan after an edit, and `ask`. The edit itself is not measured.
fn after(
    bencher: Bencher<'_, '_>,
    lines: usize,
    edit: impl Fn(&mut Document, usize) + Sync,
    ask: impl Fn(&File, usize) + Sync,
) {
    let (first, at) = plan(lines);
    bencher
        .with_inputs(|| {
            let mut edited = first.document().clone();
            edit(&mut edited, at);
            edited
        })
        .bench_values(|edited| {
            let earlier = first.cached_plan().cloned();
            let file = File::with_previous(earlier, "plan.md", edited, first.shared_environment());
            ask(&file, at);
            file
        });
}

fn typed(document: &mut Document, at: usize) {
    document.edit(at..at, "x");
}

fn findings(file: &File, _: usize) {
    black_box(file.findings().len());
}

/// The lower bound: parsing the edited segment.
#[divan::bench(args = LINES, sample_count = 20)]
fn floor_segment(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, |file, at| {
        let (start, segment) = file.document().segment_at(at).unwrap();
        black_box(file.document().content(start, segment));
    });
}

/// Opening a document, including its findings.
#[divan::bench(args = LINES, sample_count = 5)]
fn open(bencher: Bencher<'_, '_>, lines: usize) {
    let text = generate::dense(lines);
    bencher.bench(|| {
        let file = File::new("plan.md", Document::new(&text));
        black_box(file.findings().len());
    });
}

#[divan::bench(args = LINES, sample_count = 20)]
fn edit_in_a_task(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, findings);
}

#[divan::bench(args = LINES, sample_count = 20)]
fn edit_in_plain_text(bencher: Bencher<'_, '_>, lines: usize) {
    let edit = |document: &mut Document, at: usize| {
        let heading = document.line_start(at);
        document.edit(heading..heading, "Some plain text.\n\n");
    };
    after(bencher, lines, edit, findings);
}

#[divan::bench(args = LINES, sample_count = 20)]
fn edit_in_a_heading(bencher: Bencher<'_, '_>, lines: usize) {
    let (file, at) = plan(lines);
    let heading = file.document().slice(0..at).rfind("\n### Phase").unwrap() + 12;
    let edit = move |document: &mut Document, _: usize| {
        document.edit(heading..heading, "x");
    };
    after(bencher, lines, edit, findings);
}

/// A fence marker that turns all following text into code.
#[divan::bench(args = LINES, sample_count = 5)]
fn edit_in_a_fence_marker(bencher: Bencher<'_, '_>, lines: usize) {
    let edit = |document: &mut Document, at: usize| {
        let line = document.line_start(at);
        document.edit(line..line, "```\n");
    };
    after(bencher, lines, edit, findings);
}

#[divan::bench(args = LINES, sample_count = 5)]
fn paste_of_1000_lines(bencher: Bencher<'_, '_>, lines: usize) {
    let pasted = generate::plan(1_000);
    let pasted = pasted.split_once("## Work\n").unwrap().1.to_owned();
    let edit = move |document: &mut Document, at: usize| {
        let line = document.line_start(at);
        document.edit(line..line, &pasted);
    };
    after(bencher, lines, edit, findings);
}

#[divan::bench(args = LINES, sample_count = 20)]
fn binding(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, |file, _| {
        black_box(file.binding().is_some());
    });
}

#[divan::bench(args = LINES, sample_count = 20)]
fn outline_after_an_edit(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, |file, _| {
        black_box(outline::outline(file).len());
    });
}

#[divan::bench(args = LINES, sample_count = 20)]
fn completion_after_an_edit(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, |file, at| {
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        black_box(completion::completions(file, &workspace, at, None).len());
    });
}

#[divan::bench(args = LINES, sample_count = 20)]
fn hover_after_an_edit(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, |file, at| {
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        black_box(hover::hover(file, &workspace, at).is_some());
    });
}

#[divan::bench(args = LINES, sample_count = 20)]
fn actions_after_an_edit(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, |file, at| {
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let context = Context { file, workspace: &workspace, range: &(at..at), on_request: false };
        black_box(actions::actions(&context).len());
    });
}

#[divan::bench(args = LINES, sample_count = 20)]
fn set_state(bencher: Bencher<'_, '_>, lines: usize) {
    complete(bencher, lines, false);
}

#[divan::bench(args = LINES, sample_count = 20)]
fn set_state_and_update_progress(bencher: Bencher<'_, '_>, lines: usize) {
    complete(bencher, lines, true);
}

/// Measures setting a task in the middle of a plan to done. The findings of the file are already computed.
fn complete(bencher: Bencher<'_, '_>, lines: usize, update_progress: bool) {
    let (first, at) = plan(lines);
    let task = at..at;
    bencher
        .with_inputs(|| {
            let mut edited = first.document().clone();
            typed(&mut edited, at);
            let earlier = first.cached_plan().cloned();
            let file = File::with_previous(earlier, "plan.md", edited, first.shared_environment());
            black_box(file.findings().len());
            file
        })
        .bench_refs(|file| {
            let task = std::slice::from_ref(&task);
            actions::toggle_task::set_ranges(file, task, false, State::Done, update_progress).1
        });
}

/// The summary of the file for the index, and the update of the index.
#[divan::bench(args = LINES, sample_count = 10)]
fn summary_and_index(bencher: Bencher<'_, '_>, lines: usize) {
    after(bencher, lines, typed, |file, _| {
        let mut index = Index::default();
        black_box(index.set(file.path(), Some(file.entry())).len());
    });
}

/// Reading many files that are not open: a thousand plans of a hundred lines.
#[divan::bench(sample_count = 3)]
fn bulk_reading(bencher: Bencher<'_, '_>) {
    let text = generate::plan(100);
    bencher.bench(|| {
        let mut index = Index::default();
        for number in 0..1_000 {
            let file = File::new(format!("plans/{number}.md"), Document::parsed(&text));
            index.set(file.path(), Some(file.entry()));
        }
        black_box(index.len());
    });
}
