//! Fuzz targets: functions over arbitrary bytes that must neither panic nor hang.
//!
//! `tests/fuzz` has a libFuzzer program for each. The functions are in this crate so that `cargo test` can
//! also run them, on the seeds and on every input that ever failed.

mod edits;
mod features;
mod frames;

use plan_model::Plan;
use plan_schema::{KnownValues, Skeleton, Template};
use plan_syntax::Document;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct FuzzTarget {
    /// Name of the program, the seed directory and the crash directory of the target.
    pub name: &'static str,
    /// The function, which panics if a check fails.
    pub run: fn(&[u8]),
}

/// All fuzz targets.
pub const TARGETS: [FuzzTarget; 8] = [
    FuzzTarget { name: "edits", run: edits::run },
    FuzzTarget { name: "features", run: |bytes| features::run_all(&text(bytes)) },
    FuzzTarget { name: "frames", run: frames::run },
    FuzzTarget { name: "front_matter", run: |bytes| front_matter(&text(bytes)) },
    FuzzTarget { name: "gantt", run: |bytes| gantt(&text(bytes)) },
    FuzzTarget { name: "settings", run: |bytes| settings(&text(bytes)) },
    FuzzTarget { name: "suppressions", run: |bytes| suppressions(&text(bytes)) },
    FuzzTarget { name: "templates", run: |bytes| templates(&text(bytes)) },
];

/// Runs the target with this name.
///
/// # Panics
/// Panics if the name is unknown, or if the target panics.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("unknown target {name}")).run)(bytes);
}

/// Returns the bytes as text, replacing invalid UTF-8: otherwise half of all mutations would be discarded.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the character boundary at or before `offset`, or the end of the text.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|offset| text.is_char_boundary(*offset)).unwrap_or(0)
}

/// Runs all features on a plan with this front matter, as YAML and as TOML.
fn front_matter(text: &str) {
    for fence in ["---", "+++"] {
        features::run_all(&format!(
            "{fence}\n{text}\n{fence}\n# Plan: x\n\n- [ ] **Task 1**: a\n- [x] **Task 2**: b\n"
        ));
    }
}

/// Runs all features on a plan with this Gantt chart after the tasks that it shows.
fn gantt(text: &str) {
    features::run_all(&format!(
        "# Plan: x\n\n- [ ] **Task 1**: a\n- [x] **Task 2**: b\n  - Depends on: Task 1\n\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n{text}\n```\n"
    ));
}

/// Parses a settings file. The ranges of its problems must be valid.
fn settings(text: &str) {
    let (_, problems) = plansmith::settings::read_file(text);
    for problem in problems {
        features::check(text, &problem.range);
        assert!(!problem.message.is_empty());
    }
}

/// Runs all features on suppression comments above text that rules report.
fn suppressions(text: &str) {
    features::run_all(&format!(
        "# Plan: x\n\n<!-- plansmith-{text} -->\n- [x] **Task 1**: [a](#none)\n  - [ ] b <!-- plansmith-{text}\n\n-[ ] c\n"
    ));
}

/// Uses the input before a line `=====` as a template, and the rest as a plan that may follow it. Without such a line,
/// uses the whole input as both.
fn templates(text: &str) {
    let (template, plan) = text.split_once("\n=====\n").unwrap_or((text, text));
    let compiled = Template::compile("fuzzed", template);
    for problem in &compiled.problems {
        features::check(template, &problem.range);
    }
    let values = KnownValues {
        title: Some("A".to_owned()),
        today: Some("2026-11-21".to_owned()),
        ..KnownValues::default()
    };
    let skeleton = Skeleton::plan(&compiled, &values);
    skeleton.to_snippet();
    // A plan generated from a template must pass like any other.
    features::run_all(&skeleton.to_text());
    features::run_all(plan);
    Template::compile("derived", &plan_schema::derive(&Plan::new(&Document::new(plan))));
}
