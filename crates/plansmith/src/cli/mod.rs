//! The command line: arguments and output of each command.

mod check;
mod coverage;
mod fingerprint;
mod fmt;
mod graph;
mod input;
mod inspect;
mod machine_formats;
mod new;
mod next;
mod out;
mod report;
mod rules;
mod status;
mod templates;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{server, wording::count};

/// Exit code after an error. The message is on standard error.
const EXIT_FAILURE: i32 = 2;

/// Check, format and track Markdown plans
///
/// Plansmith reads plans (Markdown files with phases, tasks, owners and dates) and reports inconsistencies. Editors use
/// the same engine: see `plansmith server`.
#[derive(Debug, Parser)]
#[command(
    name = "plansmith",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  plansmith check                     check all plans in this directory
  plansmith check plans --fix         apply safe fixes
  plansmith fmt plans --check         list plans that need formatting
  plansmith inspect plan.md           show how a plan is interpreted
  plansmith status plans              show status and progress of all plans
  plansmith next                      list tasks that are ready to start
  plansmith new codev-plan -o plan.md --title 'Move the index'

Exit codes: 0 success, 1 findings at or above --fail-on, 2 error"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check plans for problems
    #[command(visible_alias = "lint")]
    Check(check::Arguments),
    /// Format plans and checklists (tables, lists, blank lines)
    Fmt(fmt::Arguments),
    /// Show how a document is interpreted: status, sections, phases, tasks, progress
    Inspect(inspect::Arguments),
    /// Show status, progress and next task of all plans
    Status(status::Arguments),
    /// Show which tasks cover each requirement
    Coverage(coverage::Arguments),
    /// List tasks that are ready to start
    Next(next::Arguments),
    /// Print a plan's dependency graph or timeline
    Graph(graph::Arguments),
    /// Create a plan from a template
    New(new::Arguments),
    /// List, show, derive and check templates
    Templates(templates::Arguments),
    /// List all rules
    Rules,
    /// Explain a rule
    Explain(rules::Explain),
    /// Run the language server over stdio
    Server(ServerArguments),
}

#[derive(Debug, clap::Args)]
struct ServerArguments {
    /// Use stdio (the default; accepted for compatibility)
    #[arg(long)]
    stdio: bool,
    /// Log level: error, warn, info, debug, trace, or a filter such as `plansmith=debug`
    #[arg(long, env = "PLANSMITH_LOG", value_name = "LEVEL")]
    log: Option<String>,
    /// Log to this file instead of standard error
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

/// Output format of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    /// Human-readable
    Text,
    /// JSON
    Json,
}

/// When to use color.
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
    /// Applies this setting to all output that is printed through `anstream`.
    fn apply(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::Always.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

/// Runs the program with the arguments of the process and returns its exit code.
pub fn run() -> i32 {
    let code = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Fmt(arguments) => fmt::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Coverage(arguments) => coverage::run(&arguments),
        Command::Next(arguments) => next::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments),
        Command::New(arguments) => new::run(&arguments),
        Command::Templates(arguments) => templates::run(&arguments),
        Command::Rules => rules::list(),
        Command::Explain(arguments) => rules::explain(&arguments),
        // Do not flush standard output: if the client does not read it, flushing would block forever.
        Command::Server(arguments) => {
            return server::run(&server::ServerOptions { log: arguments.log, log_file: arguments.log_file });
        }
    };
    if out::finish() { code } else { EXIT_FAILURE }
}
