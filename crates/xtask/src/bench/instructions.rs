//! How many instructions a keystroke takes, which is the same whatever else the machine does: valgrind's callgrind counts
//! them.

use std::{hint::black_box, process::Command, sync::Arc};

use plan_ide::{File, Index, NoDisk, Workspace, outline};
use plan_syntax::Document;
use plan_test::generate;

/// Two runs differ in so many keystrokes, so that what both need to start cancels out.
const KEYS: usize = 5;

/// Prints a row for each length.
///
/// # Errors
/// When there is no valgrind, or it does not say what it counted.
pub(super) fn run(lengths: &[usize]) -> Result<(), String> {
    println!(
        "One character typed into a task, then everything found and outlined; millions of instructions.\n"
    );
    println!("| lines | reading | findings | outline |\n|------:|-------:|-------:|-------:|");
    for &lines in lengths {
        let mut counts = Vec::new();
        for what in What::ALL {
            let (few, many) = (counted(lines, KEYS, what)?, counted(lines, 2 * KEYS, what)?);
            counts.push(many.saturating_sub(few) as f64 / KEYS as f64 / 1e6);
        }
        // Whoever finds or outlines has read.
        println!(
            "| {lines} | {:.2} | {:.2} | {:.2} |",
            counts[0],
            counts[1] - counts[0],
            counts[2] - counts[0]
        );
    }
    Ok(())
}

/// What is asked after a keystroke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum What {
    /// The plan and its kind
    Reading,
    /// All findings
    Findings,
    /// The outline
    Outline,
}

impl What {
    const ALL: [Self; 3] = [Self::Reading, Self::Findings, Self::Outline];
}

/// The instructions of a program that does [`typed`].
fn counted(lines: usize, keys: usize, what: What) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["bench", "typed", "--lines", &lines.to_string(), "--keys", &keys.to_string()])
        .args(["--what", &format!("{what:?}").to_lowercase()])
        .output()
        .map_err(|error| format!("valgrind: {error}; install it to count instructions"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    collected.ok_or_else(|| format!("valgrind did not count:\n{said}"))
}

/// Types into a plan and asks each time.
pub(super) fn typed(lines: usize, keys: usize, what: What) {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let text = generate::dense(lines);
    let mut document = Document::new(&text);
    let at = text.find("- [ ] **Task").map_or(0, |at| at + 20);
    let mut earlier = None;
    // The first time reads everything.
    let environment = Arc::default();
    for _ in 0..=keys {
        let file = File::following(earlier.take(), "plan.md", document.clone(), Arc::clone(&environment));
        black_box((file.plan(), file.kind()));
        match what {
            What::Reading => {}
            What::Findings => drop(black_box(file.findings_in(&workspace))),
            What::Outline => drop(black_box(outline::outline(&file))),
        }
        document.edit(at..at, "x");
        earlier = file.known_plan().cloned();
    }
}
