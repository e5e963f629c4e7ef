//! Counts the instructions of an edit with valgrind's callgrind. The count does not depend on the load of the
//! machine.

use std::{hint::black_box, process::Command, sync::Arc};

use plan_ide::{File, Index, NoDisk, Workspace, outline};
use plan_syntax::Document;
use plan_test::generate;

/// Difference between the numbers of edits of two runs, so that the instructions of startup cancel out.
const COUNTED_EDITS: usize = 5;

/// Prints a row for each length.
///
/// # Errors
/// Returns an error if valgrind is not installed or its output has no count.
pub(super) fn run(lengths: &[usize]) -> Result<(), String> {
    println!(
        "One character inserted into a task, then findings and outline computed; millions of instructions.\n"
    );
    println!("| lines | reading | findings | outline |\n|------:|-------:|-------:|-------:|");
    for &lines in lengths {
        let mut counts = Vec::new();
        for what in Computation::ALL {
            let (few, many) = (count(lines, COUNTED_EDITS, what)?, count(lines, 2 * COUNTED_EDITS, what)?);
            counts.push(many.saturating_sub(few) as f64 / COUNTED_EDITS as f64 / 1e6);
        }
        // Findings and outline include reading, which is subtracted.
        println!(
            "| {lines} | {:.2} | {:.2} | {:.2} |",
            counts[0],
            counts[1] - counts[0],
            counts[2] - counts[0]
        );
    }
    Ok(())
}

/// The values to compute after an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Computation {
    /// The plan and its kind
    Reading,
    /// All findings
    Findings,
    /// The outline
    Outline,
}

impl Computation {
    const ALL: [Self; 3] = [Self::Reading, Self::Findings, Self::Outline];
}

/// Returns the number of instructions of a process that runs [`edit_and_compute`].
fn count(lines: usize, keys: usize, what: Computation) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["bench", "typed", "--lines", &lines.to_string(), "--keys", &keys.to_string()])
        .args(["--what", &format!("{what:?}").to_lowercase()])
        .output()
        .map_err(|error| format!("valgrind: {error}; install it to count instructions"))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let collected = stderr.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    collected.ok_or_else(|| format!("valgrind reported no count:\n{stderr}"))
}

/// Edits a plan and computes the result after each edit.
pub(super) fn edit_and_compute(lines: usize, keys: usize, what: Computation) {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let text = generate::dense(lines);
    let mut document = Document::new(&text);
    let at = text.find("- [ ] **Task").map_or(0, |at| at + 20);
    let mut previous = None;
    // The first iteration reads the whole document.
    let environment = Arc::default();
    for _ in 0..=keys {
        let file =
            File::with_previous(previous.take(), "plan.md", document.clone(), Arc::clone(&environment));
        black_box((file.plan(), file.kind()));
        match what {
            Computation::Reading => {}
            Computation::Findings => drop(black_box(file.findings_in(&workspace))),
            Computation::Outline => drop(black_box(outline::outline(&file))),
        }
        document.edit(at..at, "x");
        previous = file.cached_plan().cloned();
    }
}
