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

/// A plan of about this many lines that has of everything what makes a server work: every task waits for the one
/// before it, links to its phase by an anchor that is not there and names a file, phases have deliverables, risks, a
/// chart and a link to a file that is missing.
pub fn dense(lines: usize) -> String {
    let mut text = String::from(
        "---\ntype: plan\ntitle: A dense plan\nstatus: active\nowner: Ana\ncreated: 2026-01-05\n---\n\n# A dense plan\n\n\
         **Status**: In Progress\n**Owner**: Ana\n**Target Completion**: 2026-12-31\n\n## Objective\n\n\
         Everything is moved — nothing is lost 🚀.\n\n## Implementation Phases\n\n",
    );
    let mut written = text.lines().count();
    let mut phase = 0;
    while written < lines {
        phase += 1;
        let before = text.len();
        let thing = THINGS[phase % 7];
        let _ = writeln!(text, "### Phase {phase}: {} {thing}\n", VERBS[phase % 6]);
        let waits = if phase == 1 { "None".to_owned() } else { format!("Phase {}", phase - 1) };
        let _ = writeln!(text, "**Goal**: {thing} can be used\n\n**Dependencies**: {waits}\n\n#### Tasks\n");
        for task in 1..=8 {
            let mark = if (phase + task) % 3 == 0 { 'x' } else { ' ' };
            let (verb, thing) = (VERBS[(phase + task) % 6], THINGS[(phase * task) % 7]);
            let waits = match (phase, task) {
                (1, 1) => "None".to_owned(),
                (_, 1) => format!("Task {}.8", phase - 1),
                _ => format!("Task {phase}.{}", task - 1),
            };
            let _ = writeln!(
                text,
                "- [{mark}] **Task {phase}.{task}**: {verb} {thing} ([why](#phase-{phase}), `src/part_{phase}.rs`)\n  \
                 - Owner: person {}\n  - Estimated effort: {task} days\n  - Dependencies: {waits}\n",
                task % 4
            );
        }
        let _ = writeln!(text, "#### Deliverables\n");
        for number in 1..=3 {
            let _ = writeln!(text, "- [ ] Result {phase}.{number}");
        }
        let _ = writeln!(
            text,
            "\n#### Risks\n\n| Risk | Probability | Impact | Mitigation | Owner |\n|---|---|---|---|---|"
        );
        for number in 1..=4 {
            let _ = writeln!(
                text,
                "| Part {phase}.{number} takes longer | Low | Medium | *Less* of it | person {number} |"
            );
        }
        let _ = writeln!(
            text,
            "\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    section Phase {phase}\n    \
             Task {phase}.1 :p{phase}a, 2026-01-{:02}, 3d\n    Task {phase}.2 :p{phase}b, after p{phase}a, 2d\n```\n\n\
             More in [note {phase}](../notes/note-{phase}.md) and <https://example.org/{phase}>.\n\n---\n",
            1 + phase % 27
        );
        written += text[before..].lines().count();
    }
    text
}

/// What a section may be full of.
#[derive(Clone, Copy, Debug)]
pub enum Filling {
    /// Tasks with details.
    Tasks,
    /// Tasks without.
    FlatList,
    /// Paragraphs.
    Prose,
    /// Rows of one table.
    Table,
    /// Lines of one code block.
    Code,
}

impl Filling {
    /// All of them, with their names.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Tasks, "tasks with details"),
        (Self::FlatList, "one flat list"),
        (Self::Prose, "prose"),
        (Self::Table, "one table"),
        (Self::Code, "one code block"),
    ];
}

/// A plan of about this many lines, all of them in one section.
pub fn one_section(filling: Filling, lines: usize) -> String {
    let mut text = String::from("# Plan: one long section\n\n**Status**: In Progress\n\n## Work\n\n");
    match filling {
        Filling::Table => text.push_str("| Task | Owner | Status |\n|---|---|---|\n"),
        Filling::Code => text.push_str("```rust\n"),
        Filling::Tasks | Filling::FlatList | Filling::Prose => {}
    }
    let mut written = text.lines().count();
    let mut number = 0;
    while written < lines {
        number += 1;
        let (verb, thing) = (VERBS[number % 6], THINGS[number % 7]);
        let mark = if number % 3 == 0 { 'x' } else { ' ' };
        let _ = match filling {
            Filling::Tasks => writeln!(
                text,
                "- [{mark}] **Task 1.{number}**: {verb} {thing}, see `src/part_{number}.rs`\n  - Owner: person {}\n  \
                 - Dependencies: Task 1.{}",
                number % 4,
                number.saturating_sub(1).max(1)
            ),
            Filling::FlatList => writeln!(text, "- [{mark}] {verb} {thing} for the {number}th time"),
            Filling::Prose => writeln!(
                text,
                "{verb} {thing}, which goes on as `part_{number}` and *goes on*,\nsee [above](#work) for number {number}.\n"
            ),
            Filling::Table => writeln!(text, "| {verb} {thing} {number} | person {} | Done |", number % 4),
            Filling::Code => writeln!(text, "    let part_{number} = {number};"),
        };
        written += match filling {
            Filling::Tasks | Filling::Prose => 3,
            Filling::FlatList | Filling::Table | Filling::Code => 1,
        };
    }
    if matches!(filling, Filling::Code) {
        text.push_str("```\n");
    }
    text
}
