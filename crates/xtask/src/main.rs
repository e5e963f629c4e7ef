//! Chores of the project: `cargo xtask --help`.

mod bench;
mod corpus;
mod docs;
mod editors;
mod fuzz;
mod session;
mod soak;
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
    /// Edit and ask for a long time, and compare what the server has at the end
    Soak {
        /// How many edits
        #[arg(long, default_value_t = 100_000)]
        edits: usize,
        /// Lines of the plan
        #[arg(long, default_value_t = 1_000)]
        lines: usize,
    },
    /// Try random inputs, each target for some seconds
    Fuzz {
        /// How long each target is tried
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Try the same inputs in every run, as far as time allows
        #[arg(long)]
        seed: Option<u32>,
        /// Only this one
        target: Option<String>,
    },
    /// Run the tests in real editors
    Editors {
        /// Which of them
        #[arg(default_value = "all")]
        tested: editors::Tested,
    },
    /// Stand between an editor and a server, and write down every message
    Tee {
        /// The file to write to
        record: PathBuf,
        /// The server
        program: PathBuf,
        /// Its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check what `tee` wrote down against the protocol
    Traffic {
        /// The file that `tee` wrote
        record: PathBuf,
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
        Chore::Bench { bench } => bench::run(&root, bench).map_err(Into::into),
        Chore::Corpus { folder, save, diff } => {
            return corpus::run(&folder, save.as_deref(), diff.as_deref());
        }
        Chore::Soak { edits, lines } => soak::run(&root, edits, lines).map_err(Into::into),
        Chore::Docs => docs::write(&root).map_err(Into::into),
        Chore::Editors { tested } => editors::run(&root, tested),
        Chore::Tee { record, program, arguments } => match editors::tee(&record, &program, &arguments) {
            Ok(code) => return ExitCode::from(u8::try_from(code).unwrap_or(1)),
            Err(error) => Err(error),
        },
        Chore::Traffic { record } => match editors::traffic(&record) {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => Err(error.into()),
        },
        Chore::Fuzz { seconds, seed, target } => fuzz::run(&root, seconds, seed, target.as_deref()),
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
