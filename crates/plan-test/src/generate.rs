//! Deterministic plans of any size, for benchmarks and tests that need long texts.

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

/// Returns a plan of about `lines` lines that no rule reports: front matter, header fields, phases of eight
/// tasks with details.
pub fn plan(lines: usize) -> String {
    let mut text = String::from(
        "---\ntype: plan\nstatus: active\nowner: the platform team\ncreated: 2026-01-05\n---\n\n# Plan: a plan of many phases\n\n\
         **Status**: In Progress\n**Owner**: the platform team\n\n## Objective\n\nEverything is moved, nothing is lost.\n\n## Work\n\n",
    );
    let mut line_count = text.lines().count();
    let mut phase = 0;
    while line_count < lines {
        phase += 1;
        let before = text.len();
        let _ = writeln!(text, "### Phase {phase}: {} {}\n", VERBS[phase % 6], THINGS[phase % 7]);
        let _ = writeln!(text, "**Goal**: {} can be used\n\n#### Tasks\n", THINGS[phase % 7]);
        for task in 1..=8 {
            let character = if (phase + task) % 3 == 0 { 'x' } else { ' ' };
            let (verb, thing) = (VERBS[(phase + task) % 6], THINGS[(phase * task) % 7]);
            let _ = writeln!(
                text,
                "- [{character}] **Task {phase}.{task}**: {verb} {thing}, see `src/part_{phase}.rs`"
            );
            let _ = writeln!(text, "  - Owner: person {}\n  - Estimate: {task}h", task % 4);
        }
        let _ = writeln!(
            text,
            "\n#### Risks\n\n| Risk | Impact |\n|------|--------|\n| It takes longer | Medium |\n"
        );
        line_count += text[before..].lines().count();
    }
    text
}

/// Returns a plan of about `lines` lines that is expensive to process: every task depends on the previous
/// one, has a broken link to an anchor of its phase and names a file; every phase has deliverables, risks, a
/// Gantt chart and a link to a missing file.
pub fn dense(lines: usize) -> String {
    let mut text = String::from(
        "---\ntype: plan\ntitle: A dense plan\nstatus: active\nowner: Ana\ncreated: 2026-01-05\n---\n\n# A dense plan\n\n\
         **Status**: In Progress\n**Owner**: Ana\n**Target Completion**: 2026-12-31\n\n## Objective\n\n\
         Everything is moved — nothing is lost 🚀.\n\n## Implementation Phases\n\n",
    );
    let mut line_count = text.lines().count();
    let mut phase = 0;
    while line_count < lines {
        phase += 1;
        let before = text.len();
        let thing = THINGS[phase % 7];
        let _ = writeln!(text, "### Phase {phase}: {} {thing}\n", VERBS[phase % 6]);
        let dependencies = if phase == 1 { "None".to_owned() } else { format!("Phase {}", phase - 1) };
        let _ = writeln!(
            text,
            "**Goal**: {thing} can be used\n\n**Dependencies**: {dependencies}\n\n#### Tasks\n"
        );
        for task in 1..=8 {
            let character = if (phase + task) % 3 == 0 { 'x' } else { ' ' };
            let (verb, thing) = (VERBS[(phase + task) % 6], THINGS[(phase * task) % 7]);
            let dependencies = match (phase, task) {
                (1, 1) => "None".to_owned(),
                (_, 1) => format!("Task {}.8", phase - 1),
                _ => format!("Task {phase}.{}", task - 1),
            };
            let _ = writeln!(
                text,
                "- [{character}] **Task {phase}.{task}**: {verb} {thing} ([why](#phase-{phase}), `src/part_{phase}.rs`)\n  \
                 - Owner: person {}\n  - Estimated effort: {task} days\n  - Dependencies: {dependencies}\n",
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
        line_count += text[before..].lines().count();
    }
    text
}

/// The content of a generated section.
#[derive(Clone, Copy, Debug)]
pub enum SectionContent {
    /// Tasks with details.
    Tasks,
    /// Tasks without details.
    FlatList,
    /// Paragraphs.
    Prose,
    /// Rows of one table.
    Table,
    /// Lines of one code block.
    Code,
}

impl SectionContent {
    /// All variants with their names.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Tasks, "tasks with details"),
        (Self::FlatList, "one flat list"),
        (Self::Prose, "prose"),
        (Self::Table, "one table"),
        (Self::Code, "one code block"),
    ];
}

/// Returns a plan of about `lines` lines in one section.
pub fn one_section(content: SectionContent, lines: usize) -> String {
    let mut text = String::from("# Plan: one long section\n\n**Status**: In Progress\n\n## Work\n\n");
    match content {
        SectionContent::Table => text.push_str("| Task | Owner | Status |\n|---|---|---|\n"),
        SectionContent::Code => text.push_str("```rust\n"),
        SectionContent::Tasks | SectionContent::FlatList | SectionContent::Prose => {}
    }
    let mut line_count = text.lines().count();
    let mut number = 0;
    while line_count < lines {
        number += 1;
        let (verb, thing) = (VERBS[number % 6], THINGS[number % 7]);
        let character = if number % 3 == 0 { 'x' } else { ' ' };
        let _ = match content {
            SectionContent::Tasks => writeln!(
                text,
                "- [{character}] **Task 1.{number}**: {verb} {thing}, see `src/part_{number}.rs`\n  - Owner: person {}\n  \
                 - Dependencies: Task 1.{}",
                number % 4,
                number.saturating_sub(1).max(1)
            ),
            SectionContent::FlatList => {
                writeln!(text, "- [{character}] {verb} {thing} for the {number}th time")
            }
            SectionContent::Prose => writeln!(
                text,
                "{verb} {thing}, which goes on as `part_{number}` and *goes on*,\nsee [above](#work) for number {number}.\n"
            ),
            SectionContent::Table => {
                writeln!(text, "| {verb} {thing} {number} | person {} | Done |", number % 4)
            }
            SectionContent::Code => writeln!(text, "    let part_{number} = {number};"),
        };
        line_count += match content {
            SectionContent::Tasks | SectionContent::Prose => 3,
            SectionContent::FlatList | SectionContent::Table | SectionContent::Code => 1,
        };
    }
    if matches!(content, SectionContent::Code) {
        text.push_str("```\n");
    }
    text
}
