//! Pathological documents.

/// Whether documents have their full size.
pub const FULL: bool = !cfg!(debug_assertions);

/// A kind of document. `size` is the number of repetitions of its repeated part.
pub struct Document {
    pub name: &'static str,
    pub size: usize,
    pub write: fn(usize) -> String,
}

const HEAD: &str = "# Plan: Stress\n\n**Status**: In Progress\n**Owner**: me\n\n- [ ] **Task 1.1**: a\n";

fn plan(rest: impl AsRef<str>) -> String {
    format!("{HEAD}{}\n", rest.as_ref())
}

fn repeated(count: usize, write: impl Fn(usize) -> String) -> String {
    (0..count).map(write).collect()
}

fn gantt(tasks: impl AsRef<str>) -> String {
    plan(format!("\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n{}```\n", tasks.as_ref()))
}

fn front_matter(text: impl AsRef<str>) -> String {
    format!("---\n{}\n---\n{HEAD}", text.as_ref())
}

/// All documents.
pub const DOCUMENTS: &[Document] = &[
    Document {
        name: "50 MB of plan",
        size: 50_000_000,
        write: |n| {
            let piece = plan(repeated(100, |i| format!("- [ ] **Task 2.{i}**: a\n")));
            piece.repeat(n / piece.len() + 1)
        },
    },
    Document { name: "50 MB on one line", size: 50_000_000, write: |n| "word ".repeat(n / 5 + 1) },
    Document {
        name: "9 MB of plan",
        size: 9_000_000,
        write: |n| {
            let phase = |i| {
                format!(
                    "\n## Phase {i}: A\n\n{}",
                    repeated(50, |task| format!("- [ ] **Task {i}.{task}**: do the thing\n"))
                )
            };
            repeated(n / 2_000, phase)
        },
    },
    Document {
        name: "a line of 1 MB",
        size: 1_000_000,
        write: |n| plan(format!("- [ ] {}", "word ".repeat(n / 5))),
    },
    Document {
        name: "a value of 1 MB",
        size: 1_000_000,
        write: |n| plan(format!("  - Depends on: {}", "Task 1.2, ".repeat(n / 10))),
    },
    Document { name: "1e6 brackets", size: 1_000_000, write: |n| plan("[".repeat(n)) },
    Document { name: "1e6 asterisks", size: 1_000_000, write: |n| plan("*a".repeat(n)) },
    Document {
        name: "1e6 closing tags",
        size: 1_000_000,
        write: |n| plan(format!("\n<div>\n{}\n", "</h1>".repeat(n / 5))),
    },
    Document {
        name: "1e6 labels",
        size: 1_000_000,
        write: |n| plan(format!("\n## {}\n", "[ab] ".repeat(n / 5))),
    },
    Document {
        name: "1e6 reversed dates",
        size: 1_000_000,
        write: |n| plan(format!("\n{}", "Monday 2026-02-03 to 2026-01-01\n".repeat(n / 32))),
    },
    Document { name: "1e6 unclosed links", size: 1_000_000, write: |n| plan("[a](".repeat(n / 4)) },
    Document {
        name: "1e6 backticks of all lengths",
        size: 1_000,
        write: |n| plan(repeated(n, |i| format!("{} ", "`".repeat(i + 1)))),
    },
    Document {
        name: "1e5 headings",
        size: 100_000,
        write: |n| plan(repeated(n, |i| format!("{} Section {i}\n", "#".repeat(i % 6 + 1)))),
    },
    Document {
        name: "1e5 phases",
        size: 100_000,
        write: |n| repeated(n, |i| format!("## Phase {i}: A\n\n- [ ] a\n\n")),
    },
    Document {
        name: "1e5 tasks in one list",
        size: 100_000,
        write: |n| plan(repeated(n, |i| format!("- [ ] **Task {}.{}**: a\n", i / 100 + 2, i % 100))),
    },
    Document {
        name: "1e5 tasks with one ID",
        size: 100_000,
        write: |n| plan(repeated(n, |_| "- [ ] **Task 1.1**: a\n".into())),
    },
    Document {
        name: "1e5 malformed checkboxes",
        size: 100_000,
        write: |n| plan(repeated(n, |i| format!("-[ ] thing {i}\n"))),
    },
    Document {
        name: "1e5 open tasks in a done one",
        size: 100_000,
        write: |n| {
            plan(format!("- [x] **Task 2.1**: b\n{}", repeated(n, |i| format!("  - [ ] thing {i}\n"))))
        },
    },
    Document {
        name: "5e4 tasks with invalid dates",
        size: 50_000,
        write: |n| {
            plan(repeated(n, |i| format!("- [ ] **Task 2.{i}**: a\n  - Due: 2026-13-{:02}\n", i % 90)))
        },
    },
    Document {
        name: "a chain of 5e4 tasks",
        size: 50_000,
        write: |n| {
            plan(repeated(n, |i| format!("- [ ] **Task 2.{i}**: a\n  - Depends on: Task 2.{}\n", i + 1)))
        },
    },
    Document {
        name: "a cycle of 5e4 tasks",
        size: 50_000,
        write: |n| {
            plan(repeated(n, |i| {
                format!("- [ ] **Task 2.{i}**: a\n  - Depends on: Task 2.{}\n", (i + 1) % n)
            }))
        },
    },
    Document {
        name: "2.5e4 cycles of two tasks",
        size: 25_000,
        write: |n| {
            plan(repeated(n, |i| {
                format!(
                    "- [ ] **Task 2.{0}**: a\n  - Depends on: Task 2.{1}\n- [ ] **Task 2.{1}**: b\n  - Depends on: Task 2.{0}\n",
                    2 * i,
                    2 * i + 1
                )
            }))
        },
    },
    Document {
        name: "5e4 unresolved dependencies",
        size: 50_000,
        write: |n| plan(repeated(n, |i| format!("- [ ] **Task 2.{i}**: a\n  - Depends on: Task 3.{i}\n"))),
    },
    Document {
        name: "300 tasks that each depend on all",
        size: 300,
        write: |n| {
            let all = repeated(n, |i| format!("Task 2.{i}, "));
            plan(repeated(n, |i| format!("- [ ] **Task 2.{i}**: a\n  - Depends on: {all}\n")))
        },
    },
    Document {
        name: "1e3 ranges of 1e4 tasks",
        size: 10_000,
        write: |n| {
            let tasks = repeated(n, |i| format!("- [ ] **Task 2.{i}**: a\n"));
            plan(format!("  - Depends on: {}\n{tasks}", "Tasks 2.0-2.9999, ".repeat(n / 10)))
        },
    },
    Document {
        name: "5e4 task IDs in the text",
        size: 50_000,
        write: |n| {
            plan(repeated(n, |i| {
                format!("- [ ] **Task 2.{i}**: after Task 2.{} and Task 2.{}\n", i * 7919 % n, i + 1)
            }))
        },
    },
    Document {
        name: "1e4 bullets on a line",
        size: 10_000,
        write: |n| plan(format!("{}[ ] b", "- ".repeat(n))),
    },
    Document {
        name: "1e4 quotes on a line",
        size: 10_000,
        write: |n| plan(format!("{} - [ ] b", ">".repeat(n))),
    },
    Document {
        name: "1e3 quotes on each of 300 lines",
        size: 300,
        write: |n| plan(format!("{} b\n", ">".repeat(1_000)).repeat(n)),
    },
    Document {
        name: "tasks 3,000 levels deep",
        size: 3_000,
        write: |n| plan(repeated(n, |i| format!("{}- [ ] b\n", "  ".repeat(i)))),
    },
    Document {
        name: "YAML: 1e5 brackets",
        size: 100_000,
        write: |n| front_matter(format!("a: {}", "[".repeat(n))),
    },
    Document {
        name: "YAML: 1e5 dashes",
        size: 100_000,
        write: |n| front_matter(format!("a:\n  {}x", "- ".repeat(n))),
    },
    Document {
        name: "YAML: 1e4 levels of mappings",
        size: 10_000,
        write: |n| {
            front_matter(format!("a:\n{}", repeated(n / 10, |i| format!("{}a:\n", " ".repeat(i + 1)))))
        },
    },
    Document {
        name: "YAML: an alias bomb",
        size: 400,
        write: |n| {
            let list = |i: usize| format!("&a{} [{}]", i + 1, vec![format!("*a{i}"); 9].join(", "));
            let lists: Vec<String> = (0..n).map(list).collect();
            front_matter(format!("a: [&a0 [x, x], {}]", lists.join(", ")))
        },
    },
    Document {
        name: "YAML: 1e5 invalid entries",
        size: 100_000,
        write: |n| front_matter(repeated(n, |i| format!("k{i}: @v\n"))),
    },
    Document {
        name: "YAML: 5e4 tasks",
        size: 50_000,
        write: |n| {
            let task = |i| format!("  - id: T{i}\n    status: done\n    dependencies: [T{}]\n", i + 1);
            front_matter(format!("tasks:\n{}", repeated(n, task)))
        },
    },
    Document {
        name: "TOML: 1e5 brackets",
        size: 100_000,
        write: |n| format!("+++\na = {}\n+++\n{HEAD}", "[".repeat(n)),
    },
    Document {
        name: "Gantt: a chain of 1e5 tasks",
        size: 100_000,
        write: |n| {
            gantt(format!(
                "  First :t0, 2026-01-01, 3d\n{}",
                repeated(n, |i| format!("  Bar :t{}, after t{i}, 3d\n", i + 1))
            ))
        },
    },
    Document {
        name: "Gantt: a chain of 1e5 tasks, last first",
        size: 100_000,
        write: |n| gantt(repeated(n, |i| format!("  Bar :t{i}, after t{}, 3d\n", i + 1))),
    },
    Document {
        name: "Gantt: a cycle of 1e5 tasks",
        size: 100_000,
        write: |n| gantt(repeated(n, |i| format!("  Bar :t{i}, after t{}, 3d\n", (i + 1) % n))),
    },
    Document {
        name: "Gantt: 2e4 Gantt tasks of 2e4 tasks",
        size: 20_000,
        write: |n| {
            let gantt_tasks = repeated(n, |i| format!("  Task 2.{i} :t{i}, 2026-01-01, 3d\n"));
            format!("{}{}", plan(repeated(n, |i| format!("- [ ] **Task 2.{i}**: a\n"))), gantt(gantt_tasks))
        },
    },
    Document {
        name: "Gantt: 1e4 charts",
        size: 10_000,
        write: |n| plan("\n```mermaid\ngantt\n  A :a, 2026-01-01, 3d\n```\n".repeat(n)),
    },
    Document {
        name: "a table of 1e4 columns",
        size: 10_000,
        write: |n| {
            let rows = format!("{}|\n", "| [ ] x ".repeat(n)).repeat(20);
            plan(format!(
                "\n{}|\n{}|\n{rows}",
                "| ID | Task | Status ".repeat(n / 3),
                "|---".repeat(n / 3 * 3)
            ))
        },
    },
    Document {
        name: "a table of 1e5 tasks",
        size: 100_000,
        write: |n| {
            let row = |i| format!("| T{i} | a | Done | T{} |\n", i + 1);
            plan(format!("\n| ID | Task | Status | Depends On |\n|---|---|---|---|\n{}", repeated(n, row)))
        },
    },
    Document {
        name: "5e4 milestones",
        size: 50_000,
        write: |n| {
            let row = |i| format!("| M{i} | 2026-01-0{} | Task 2.{i} |\n", i % 9 + 1);
            plan(format!(
                "\n## Milestones\n\n| Milestone | Date | Tasks |\n|---|---|---|\n{}",
                repeated(n, row)
            ))
        },
    },
    Document {
        name: "1e5 fields",
        size: 100_000,
        write: |n| plan(format!("\n## Notes\n\n{}", "**Status**: Done\n**Owner**: x\n".repeat(n / 2))),
    },
    Document {
        name: "1e5 placeholders",
        size: 100_000,
        write: |n| plan(repeated(n / 2, |i| format!("- [ ] [What {i}] by [Name]\n"))),
    },
    Document {
        // One segment with many sections, each with placeholders.
        name: "5e4 setext headings with placeholders",
        size: 50_000,
        write: |n| {
            let sections =
                repeated(n, |i| format!("Part {i} of [Name]\n---\n\n**Owner**: [Team/Person/Role]\n\n"));
            format!("---\ntemplate: project-plan\n---\n# Plan\n\n**Status**: In Progress\n\n{sections}")
        },
    },
    Document {
        name: "1e5 suppression comments",
        size: 100_000,
        write: |n| plan(repeated(n, |_| "\n<!-- plansmith-disable broken-link -->\n".into())),
    },
    Document {
        name: "3e4 suppressed findings",
        size: 30_000,
        write: |n| plan("<!-- plansmith-disable-next-line broken-anchor -->\n- [ ] [a](#x)\n".repeat(n)),
    },
    Document {
        name: "5e4 broken links",
        size: 50_000,
        write: |n| plan(repeated(n, |i| format!("- [ ] [x](#none-{i}) [y](none-{i}.md)\n"))),
    },
    Document {
        name: "5e4 link definitions",
        size: 50_000,
        write: |n| {
            plan(format!(
                "\n{}\n{}",
                repeated(n, |i| format!("[r{i}]: x.md\n")),
                repeated(n, |i| format!("[r{i}] "))
            ))
        },
    },
    Document { name: "1e5 fences", size: 100_001, write: |n| plan("```\n".repeat(n | 1)) },
    Document { name: "1e6 blank lines", size: 1_000_000, write: |n| plan("\n".repeat(n)) },
    Document {
        name: "1e6 NUL bytes",
        size: 1_000_000,
        write: |n| plan(format!("- [ ] b{}", "\0".repeat(n))),
    },
    Document {
        name: "5e5 combining marks",
        size: 500_000,
        write: |n| plan(format!("- [ ] b{}", "\u{301}".repeat(n))),
    },
];
