//! Chores of the project: `cargo xtask --help`.

mod bench;
mod corpus;
mod docs;
mod fuzz;
mod try_editor;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// Chores of the project
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Measure, beside floors measured in the same run
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
    /// Read a folder of real plans and print what was read and found
    Corpus {
        /// The folder; it holds an INDEX.tsv
        folder: PathBuf,
        /// Write what was read to this file, to compare with later
        #[arg(long)]
        save: Option<PathBuf>,
        /// Print what changed since a file that was saved before
        #[arg(long, value_name = "OLD.json")]
        diff: Option<PathBuf>,
    },
    /// Write the pages that are generated from the code
    Docs,
    /// Try random inputs, each target for some seconds
    Fuzz {
        /// How long each target is tried
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Only this one
        target: Option<String>,
    },
    /// Open the examples in a real editor with the server just built
    Try {
        /// Which editor
        editor: try_editor::Editor,
    },
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let done = match Arguments::parse().chore {
        Chore::Bench { bench } => {
            bench::run(bench);
            Ok(())
        }
        Chore::Corpus { folder, save, diff } => {
            return corpus::run(&folder, save.as_deref(), diff.as_deref());
        }
        Chore::Docs => docs::write(&root).map_err(Into::into),
        Chore::Fuzz { seconds, target } => fuzz::run(&root, seconds, target.as_deref()),
        Chore::Try { editor } => try_editor::run(&root, editor),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
