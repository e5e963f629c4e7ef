//! Chores of the project: `cargo xtask --help`.

mod bench;
mod corpus;
mod docs;

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
    },
    /// Write the pages that are generated from the code
    Docs,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match Arguments::parse().chore {
        Chore::Bench { bench } => bench::run(bench),
        Chore::Corpus { folder } => return corpus::run(&folder),
        Chore::Docs => {
            if let Err(error) = docs::write(&root) {
                eprintln!("cannot write the pages: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
