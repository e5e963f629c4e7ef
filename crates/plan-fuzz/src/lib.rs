//! What the fuzzer tries: functions over any bytes that must neither panic nor hang.
//!
//! `tests/fuzz` makes one program of each for libFuzzer. They stand here so that a plain `cargo test` can run them too,
//! over every input that ever failed and over the seeds.

mod edits;
mod features;
mod frames;

use plan_model::Plan;
use plan_schema::{Filled, Skeleton, Template};
use plan_syntax::Document;

/// Something to try: what it is called, and the function.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of its program, of its folder of seeds and of its folder of crashes.
    pub name: &'static str,
    /// Panics where something is wrong.
    pub run: fn(&[u8]),
}

/// Everything that is tried.
pub const TARGETS: [Target; 8] = [
    Target { name: "edits", run: edits::run },
    Target { name: "features", run: |bytes| features::ask(&text(bytes)) },
    Target { name: "frames", run: frames::run },
    Target { name: "front_matter", run: |bytes| front_matter(&text(bytes)) },
    Target { name: "gantt", run: |bytes| gantt(&text(bytes)) },
    Target { name: "settings", run: |bytes| settings(&text(bytes)) },
    Target { name: "suppressions", run: |bytes| suppressions(&text(bytes)) },
    Target { name: "templates", run: |bytes| templates(&text(bytes)) },
];

/// Runs the target with this name.
///
/// # Panics
/// When there is none, and where the target does.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("no target is called {name}")).run)(bytes);
}

/// The bytes as text. What is no UTF-8 is read all the same: half of all mutations would be lost otherwise.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The character boundary at or before a byte, or the end.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Front matter of a plan, in both languages.
fn front_matter(text: &str) {
    for fence in ["---", "+++"] {
        features::ask(&format!(
            "{fence}\n{text}\n{fence}\n# Plan: x\n\n- [ ] **Task 1**: a\n- [x] **Task 2**: b\n"
        ));
    }
}

/// A chart beside the tasks that it shows.
fn gantt(text: &str) {
    features::ask(&format!(
        "# Plan: x\n\n- [ ] **Task 1**: a\n- [x] **Task 2**: b\n  - Depends on: Task 1\n\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n{text}\n```\n"
    ));
}

/// A settings file. What it says is wrong lies in it.
fn settings(text: &str) {
    let (_, problems) = plansmith::config::Config::read(text);
    for problem in problems {
        features::check(text, &problem.range);
        assert!(!problem.message.is_empty());
    }
}

/// Comments that switch rules off, above something that rules find.
fn suppressions(text: &str) {
    features::ask(&format!(
        "# Plan: x\n\n<!-- plansmith-{text} -->\n- [x] **Task 1**: [a](#none)\n  - [ ] b <!-- plansmith-{text}\n\n-[ ] c\n"
    ));
}

/// The first half is a template, the second one a plan that may follow it.
fn templates(text: &str) {
    let (template, plan) = text.split_once("\n=====\n").unwrap_or((text, text));
    let compiled = Template::compile("fuzzed", template);
    for problem in &compiled.problems {
        features::check(template, &problem.range);
    }
    let filled =
        Filled { title: Some("A".to_owned()), today: Some("2026-11-21".to_owned()), ..Filled::default() };
    let written = Skeleton::plan(&compiled, &filled);
    written.to_snippet();
    // Plans made from templates are plans like others.
    features::ask(&written.to_text());
    features::ask(plan);
    Template::compile("derived", &plan_schema::derive(&Plan::new(&Document::new(plan))));
}
