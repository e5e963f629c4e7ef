//! The command line: arguments, and what each command prints.

mod check;
mod fingerprint;
mod fmt;
mod graph;
mod input;
mod inspect;
mod machines;
mod new;
mod next;
mod out;
mod report;
mod rules;
mod status;
mod templates;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::server;

/// Could not do what was asked; the message on standard error says why and what to do.
const FAILED: i32 = 2;

/// Understand plans written in Markdown
///
/// Plansmith reads plans — Markdown files with phases, tasks, owners and dates — and says what in them does not fit
/// together. The same engine serves editors: see `plansmith server`.
#[derive(Debug, Parser)]
#[command(
    name = "plansmith",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  plansmith check                     check the plans below this folder
  plansmith check plans --fix         mend what has one sure fix
  plansmith fmt plans --check         tell which plans are not laid out alike
  plansmith inspect plan.md           show what is understood of a plan
  plansmith status plans              show how far all plans are
  plansmith next                      list what can start now
  plansmith new codev-plan -o plan.md --title 'Move the index'

Exit codes: 0 nothing to complain of, 1 findings at or above --fail-on, 2 could not run."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find what is wrong in plans
    #[command(visible_alias = "lint")]
    Check(check::Arguments),
    /// Lay out plans and checklists: tables, lists, blank lines; prose, fences and front matter stay as they are
    Fmt(fmt::Arguments),
    /// Show what is understood of a document: status, sections, phases, tasks, progress
    Inspect(inspect::Arguments),
    /// Show how far all plans are, what is next in each, and which are overdue
    Status(status::Arguments),
    /// List the tasks that can start now: open ones that wait for nothing
    Next(next::Arguments),
    /// Draw who waits for whom in a plan, with the critical path
    Graph(graph::Arguments),
    /// Make a new plan from a template
    New(new::Arguments),
    /// List, show, derive and check templates
    Templates(templates::Arguments),
    /// List the rules
    Rules,
    /// Explain a rule
    Explain(rules::Explain),
    /// Serve an editor over standard input and output (the Language Server Protocol)
    Server(ServerArguments),
}

#[derive(Debug, clap::Args)]
struct ServerArguments {
    /// Accepted because many editors give it; there is no other way to talk to the server
    #[arg(long)]
    stdio: bool,
    /// What to log: error, warn, info, debug, trace, or a filter such as `plansmith=debug`
    #[arg(long, env = "PLANSMITH_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// Log to this file instead of standard error
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

/// How a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Makes the choice that everything printed through `anstream` follows.
    fn apply(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::Always.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

/// Runs the program with the arguments of the process. Returns its exit code.
pub fn run() -> i32 {
    let code = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Next(arguments) => next::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::Templates(arguments) => templates::run(&arguments),
        Command::Rules => rules::list(),
        Command::Explain(arguments) => rules::explain(&arguments),
        // Its output is the client's, who may not read it: waiting for that here would be for ever.
        Command::Server(arguments) => {
            return server::run(&server::Options { log: arguments.log, log_file: arguments.log_file });
        }
    };
    if out::finish() { code } else { FAILED }
}

/// `3 files`, `1 file`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("{number} {noun}") } else { format!("{number} {noun}s") }
}
