//! Plans of any size, made up by a fixed rule: for benchmarks and tests that need much text.

use std::fmt::Write;

const VERBS: [&str; 6] = ["Draft", "Build", "Check", "Move", "Measure", "Remove"];
const THINGS: [&str; 7] = [
    "the importer",
    "the search page",
    "the queue",
    "the report",
    "the cache",
    "the café menu",
    "the 🚀 launch list",
];

/// A healthy plan of about this many lines: front matter, header fields, phases of eight tasks with details.
pub fn plan(lines: usize) -> String {
    let mut text = String::from(
        "---\ntype: plan\nstatus: active\nowner: the platform team\ncreated: 2026-01-05\n---\n\n# Plan: a plan of many phases\n\n\
         **Status**: In Progress\n**Owner**: the platform team\n\n## Objective\n\nEverything is moved, nothing is lost.\n\n## Work\n\n",
    );
    let mut written = text.lines().count();
    let mut phase = 0;
    while written < lines {
        phase += 1;
        let before = text.len();
        let _ = writeln!(text, "### Phase {phase}: {} {}\n", VERBS[phase % 6], THINGS[phase % 7]);
        let _ = writeln!(text, "**Goal**: {} can be used\n\n#### Tasks\n", THINGS[phase % 7]);
        for task in 1..=8 {
            let mark = if (phase + task) % 3 == 0 { 'x' } else { ' ' };
            let (verb, thing) = (VERBS[(phase + task) % 6], THINGS[(phase * task) % 7]);
            let _ = writeln!(
                text,
                "- [{mark}] **Task {phase}.{task}**: {verb} {thing}, see `src/part_{phase}.rs`"
            );
            let _ = writeln!(text, "  - Owner: person {}\n  - Estimate: {task}h", task % 4);
        }
        let _ = writeln!(
            text,
            "\n#### Risks\n\n| Risk | Impact |\n|------|--------|\n| It takes longer | Medium |\n"
        );
        written += text[before..].lines().count();
    }
    text
}
