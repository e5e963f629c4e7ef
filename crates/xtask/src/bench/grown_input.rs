//! Inputs of any size for the growth benchmark: each kind repeats one construct.

use std::fmt::Write;

use plan_test::generate::{self, SectionContent};

/// The element that an input repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub enum InputKind {
    /// Lines of a plan with phases, tasks, tables, charts and links
    Lines,
    /// Tasks with details in one section
    Tasks,
    /// Headings
    Headings,
    /// Links to anchors and files
    Links,
    /// Dependencies on other tasks
    Dependencies,
    /// Rows of a table of tasks
    Rows,
    /// Tasks of a Gantt chart
    Gantt,
    /// Plans in the workspace
    Files,
    /// Requirements and tasks that refer to them
    Requirements,
}

impl InputKind {
    /// All kinds.
    pub(super) const ALL: [Self; 9] = [
        Self::Lines,
        Self::Tasks,
        Self::Headings,
        Self::Links,
        Self::Dependencies,
        Self::Rows,
        Self::Gantt,
        Self::Files,
        Self::Requirements,
    ];

    /// Returns the name for the output.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Tasks => "lines of tasks in one section",
            Self::Headings => "headings",
            Self::Links => "links",
            Self::Dependencies => "dependencies",
            Self::Rows => "rows of a table",
            Self::Gantt => "Gantt tasks",
            Self::Files => "files",
            Self::Requirements => "requirements",
        }
    }

    /// Returns the divisor of a size, because an element of this kind costs as much as that many lines.
    pub(super) fn divisor(self) -> usize {
        match self {
            Self::Lines | Self::Tasks | Self::Rows => 1,
            Self::Headings | Self::Links | Self::Gantt => 2,
            Self::Dependencies | Self::Requirements => 4,
            Self::Files => 16,
        }
    }
}

/// A document, with other documents of its workspace.
pub(super) struct GrownInput {
    /// Path of the document.
    pub path: String,
    /// Text of the document.
    pub text: String,
    /// Byte offset in the middle of the document, in a task or reference.
    pub offset: usize,
    /// Paths and texts of other documents.
    pub others: Vec<(String, String)>,
}

impl GrownInput {
    /// Generates an input with `count` elements.
    pub(super) fn new(kind: InputKind, count: usize) -> Self {
        let mut path = "plans/plan.md".to_owned();
        let mut others = Vec::new();
        let mut text = String::from("# Plan: Move the library\n\n**Status**: In Progress\n**Owner**: Ana\n");
        let mut marker = "**Task ";
        match kind {
            InputKind::Lines => text = generate::dense(count),
            InputKind::Tasks => text = generate::one_section(SectionContent::Tasks, count),
            InputKind::Headings => {
                for number in 1..=count {
                    let level = if number % 8 == 1 { "##" } else { "###" };
                    let _ = write!(text, "\n{level} Task {number}: Move shelf {number}\n\nIt holds books.\n");
                }
            }
            InputKind::Links => {
                text.push_str("\n## Tasks\n");
                for number in 1..=count {
                    let _ = write!(
                        text,
                        "\n- [ ] **Task {number}**: Move [shelf {number}](#shelf-{number}), see [its note](notes/{number}.md)\n"
                    );
                }
            }
            InputKind::Dependencies => {
                text.push_str("\n## Tasks\n\n");
                for number in 1..=count {
                    let (first, second) = (number / 2 + 1, number / 3 + 1);
                    let _ = writeln!(text, "- [ ] **Task {number}**: Move shelf {number}");
                    if number > 3 {
                        let _ = writeln!(
                            text,
                            "  - Depends on: Task {first}, Task {second}, Task {}",
                            number - 1
                        );
                    }
                }
            }
            InputKind::Rows => {
                text.push_str(
                    "\n## Tasks\n\n| Task | Title | Owner | Status | Depends on |\n|---|---|---|---|---|\n",
                );
                for number in 1..=count {
                    let before = number.saturating_sub(1).max(1);
                    let _ =
                        writeln!(text, "| T{number} | Move shelf {number} | Ana | In Progress | T{before} |");
                }
                marker = "Move shelf ";
            }
            InputKind::Gantt => {
                text.push_str("\n## Tasks\n\n- [ ] **Task 1**: Move shelf 1\n\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n");
                text.push_str("    Task 0 :t0, 2026-01-05, 1d\n");
                for number in 1..=count {
                    let _ = writeln!(text, "    Task {number} :t{number}, after t{}, 1d", number - 1);
                }
                text.push_str("```\n");
            }
            InputKind::Files => {
                text.push_str(
                    "\n## Tasks\n\n- [ ] **Task 1**: Move shelf 1, see [the next plan](plan-1.md)\n",
                );
                for number in 1..=count {
                    let next = number % count + 1;
                    let other = format!(
                        "# Plan: Room {number}\n\n**Status**: In Progress\n**Depends on**: [room {next}](plan-{next}.md)\n\n\
                         ## Tasks\n\n- [ ] **Task {number}.1**: Move shelf {number}, after [the plan](plan.md#tasks)\n"
                    );
                    others.push((format!("plans/plan-{number}.md"), other));
                }
            }
            InputKind::Requirements => {
                path = "specs/001-library/tasks.md".to_owned();
                let mut spec = String::from("# Feature Specification: Library\n\n## Requirements\n\n");
                text = String::from("# Tasks: Library\n\n## Phase 1: Work\n\n");
                for number in 1..=count {
                    let _ = writeln!(spec, "- **FR-{number:03}**: The system MUST move shelf {number}.");
                    let _ = writeln!(
                        text,
                        "- [ ] T{number:03} Move shelf {number} for FR-{number:03} in src/shelf_{number}.rs"
                    );
                }
                others.push(("specs/001-library/spec.md".to_owned(), spec));
                others.push((
                    "specs/001-library/plan.md".to_owned(),
                    "# Implementation Plan: Library\n".to_owned(),
                ));
                marker = "FR-";
            }
        }
        if kind == InputKind::Headings {
            marker = "### Task ";
        }
        let middle = (text.len() / 2..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let found = text[middle..].find(marker).map(|at| middle + at);
        let offset = found.or_else(|| text.find(marker)).map_or(middle, |at| at + marker.len());
        Self { path, text, offset, others }
    }
}
