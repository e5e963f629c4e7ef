//! Development commands: `cargo xtask --help`.

mod bench;
mod book_links;
mod corpus;
mod dependencies;
mod differential;
mod docs;
mod editors;
mod fuzz;
mod release;
mod session;
mod soak;
mod try_editor;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

/// Development commands for Plansmith
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run benchmarks, with reference values measured in the same run
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
    /// Preprocess the documentation's site; mdBook calls it
    BookLinks {
        #[command(subcommand)]
        question: Option<PreprocessorCommand>,
    },
    /// Read a directory of real plans and print statistics and findings
    Corpus {
        /// Directory with an INDEX.tsv
        directory: PathBuf,
        /// Write the results to this file, for a later --diff
        #[arg(long)]
        save: Option<PathBuf>,
        /// Print the changes since an earlier --save
        #[arg(long, value_name = "OLD.json")]
        diff: Option<PathBuf>,
    },
    /// Check that dependencies are used, and their names and licenses permitted
    Dependencies,
    /// Edit plans in one server and compare all responses with those of new servers
    Differential {
        /// Directory with plans; default: the examples
        directory: Option<PathBuf>,
        /// Number of responses to compare
        #[arg(long, default_value_t = 5_000)]
        comparisons: usize,
        /// Seed, to choose other edits
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Command of the server; default: the release build
        #[arg(long)]
        server: Option<String>,
    },
    /// Write the generated pages
    Docs,
    /// Check that all versions agree and that the changelog describes the release
    Release,
    /// Send many edits and requests, then compare the server's text with the client's
    Soak {
        /// Number of edits
        #[arg(long, default_value_t = 100_000)]
        edits: usize,
        /// Number of lines of the plan
        #[arg(long, default_value_t = 1_000)]
        lines: usize,
    },
    /// Run the fuzz targets, each for some seconds
    Fuzz {
        /// Seconds per target
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Seed, to try the same inputs in every run as far as time allows
        #[arg(long)]
        seed: Option<u32>,
        /// Run only this target
        target: Option<String>,
    },
    /// Run the tests in real editors
    Editors {
        /// Editor to test
        #[arg(default_value = "all")]
        editor: editors::TestedEditor,
    },
    /// Record every message between an editor and a server
    Tee {
        /// File to write to
        record: PathBuf,
        /// Server program
        program: PathBuf,
        /// Arguments of the server
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Check a record written by `tee` against the protocol
    Traffic {
        /// File written by `tee`
        record: PathBuf,
    },
    /// Open the examples in an editor with the current server
    Try {
        /// Editor to open
        editor: try_editor::Editor,
    },
}

/// A command with which mdBook starts its preprocessor.
#[derive(Subcommand)]
enum PreprocessorCommand {
    /// Exit with 0 if links are preprocessed for this renderer
    Supports {
        /// Name of a renderer
        renderer: String,
    },
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let result = match Arguments::parse().command {
        Command::Bench { bench } => bench::run(&root, bench).map_err(Into::into),
        Command::BookLinks { question: Some(PreprocessorCommand::Supports { renderer }) } => {
            match renderer.as_str() {
                "html" => Ok(()),
                _ => Err(format!("unsupported renderer `{renderer}`; expected html").into()),
            }
        }
        Command::BookLinks { question: None } => {
            book_links::preprocess(std::io::stdin().lock(), std::io::stdout().lock())
        }
        Command::Corpus { directory, save, diff } => {
            return corpus::run(&directory, save.as_deref(), diff.as_deref());
        }
        Command::Soak { edits, lines } => soak::run(&root, edits, lines).map_err(Into::into),
        Command::Dependencies => dependencies::check(&root),
        Command::Differential { directory, comparisons, seed, server } => {
            let command = server.map_or_else(|| bench::server_command(&root), Ok);
            let directory = directory.unwrap_or_else(|| root.join("docs/examples"));
            command
                .and_then(|command| differential::run(&command, &directory, comparisons, seed))
                .map_err(Into::into)
        }
        Command::Docs => docs::write(&root).map_err(Into::into),
        Command::Release => release::check(&root),
        Command::Editors { editor } => editors::run(&root, editor),
        Command::Tee { record, program, arguments } => match editors::tee(&record, &program, &arguments) {
            Ok(code) => return ExitCode::from(u8::try_from(code).unwrap_or(1)),
            Err(error) => Err(error),
        },
        Command::Traffic { record } => match editors::traffic(&record) {
            Ok(true) => Ok(()),
            Ok(false) => return ExitCode::FAILURE,
            Err(error) => Err(error.into()),
        },
        Command::Fuzz { seconds, seed, target } => fuzz::run(&root, seconds, seed, target.as_deref()),
        Command::Try { editor } => try_editor::run(&root, editor),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
