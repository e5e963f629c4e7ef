//! The command line: arguments and output of each command.

mod add;
mod batch;
mod check;
mod claim;
mod coverage;
mod edits;
mod find;
mod fingerprint;
mod fmt;
mod graph;
mod history;
mod init;
mod input;
mod inspect;
mod machine_formats;
mod markdown;
mod mcp;
mod new;
mod next;
mod options;
mod out;
mod prime;
mod reference;
mod relative_path;
mod rename;
mod report;
mod rules;
mod schedule;
mod set;
mod shell;
mod status;
mod table;
mod templates;
mod terminal;
mod watch;
mod waves;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use self::options::GlobalOptions;
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
  plansmith set plan.md 1.2 done      set the state of a task
  plansmith new codev-plan -o plan.md --title 'Move the index'
  plansmith init                      write a commented plansmith.toml

Exit codes:
  0  success
  1  findings at or above --fail-on, or changes with --diff or fmt --check
  2  error
  3  edit refused: unexpected state, unsaved changes or concurrent edits
  4  no task is ready for next --claim"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    options: GlobalOptions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check plans for problems
    #[command(visible_alias = "lint")]
    Check(check::Arguments),
    /// Format plans and checklists (tables, lists, blank lines)
    #[command(visible_alias = "format")]
    Fmt(fmt::Arguments),
    /// Show how a document is interpreted: status, sections, phases, tasks, progress
    Inspect(inspect::Arguments),
    /// Show status, progress and next task of all plans
    Status(status::Arguments),
    /// Show which tasks cover each requirement
    Coverage(coverage::Arguments),
    /// List tasks that are ready to start
    Next(next::Arguments),
    /// Show when the phases, tasks and milestones of a plan start and end
    Schedule(schedule::Arguments),
    /// Group the open tasks of a plan into waves of parallel tasks
    Waves(waves::Arguments),
    /// Show how plans changed, based on their git history
    History(history::Arguments),
    /// Set the state of tasks
    Set(set::Arguments),
    /// Add a task
    Add(add::Arguments),
    /// List the definition and the references of an ID
    Find(find::Arguments),
    /// Rename an ID in all documents that use it
    Rename(rename::Arguments),
    /// Apply several changes to a plan, all or none
    Batch(batch::Arguments),
    /// Print a short introduction to the plans for a coding agent
    Prime(prime::Arguments),
    /// Print a plan's dependency graph or timeline
    Graph(graph::Arguments),
    /// Create a plan from a template
    New(new::Arguments),
    /// Create a settings file for a project, and configuration files for editors
    Init(init::Arguments),
    /// List, show, derive and check templates
    Templates(templates::Arguments),
    /// List all rules
    Rules(rules::ListArguments),
    /// Explain a rule or a group of rules
    #[command(alias = "rule")]
    Explain(rules::Explain),
    /// Print the version
    #[command(hide = true)]
    Version,
    /// Print a completion script for a shell
    Completions(shell::Completions),
    /// Print the manual page, or write the pages of all commands
    Man(shell::Man),
    /// Run a server for the Model Context Protocol over stdio
    Mcp(mcp::Arguments),
    /// Run the language server over stdio
    Server(ServerArguments),
}

impl Command {
    /// Checks the working directory and the output file before the command changes files.
    ///
    /// # Errors
    /// Returns an error if the working directory does not exist, or the output file cannot be written.
    fn requirements(&self, options: &GlobalOptions, writes_output_itself: bool) -> Result<(), String> {
        let reads_plans = !matches!(
            self,
            Self::Rules(_)
                | Self::Explain(_)
                | Self::Version
                | Self::Completions(_)
                | Self::Man(_)
                | Self::Server(_)
        );
        if reads_plans && std::env::current_dir().is_err() {
            return Err("the working directory does not exist; change to another directory".to_owned());
        }
        match &options.output_file {
            Some(file) if !writes_output_itself => {
                crate::disk::check_output(file)?;
                if names_another_argument(file, std::env::args_os().skip(1)) {
                    return Err(format!("{}: is also the output file", file.display()));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
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

/// Returns the reference of the command line in Markdown.
pub fn reference() -> String {
    reference::page(Arguments::command())
}

/// Runs the program with the arguments of the process and returns its exit code.
pub fn run() -> i32 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return print_usage_error(&error),
    };
    let options = arguments.options;
    let writes_output_itself = matches!(arguments.command, Command::New(_));
    options.apply(writes_output_itself);
    if let Err(error) = arguments.command.requirements(&options, writes_output_itself) {
        out::error(error);
        return EXIT_FAILURE;
    }
    let code = match arguments.command {
        Command::Check(arguments) => check::run(&arguments, &options),
        Command::Fmt(arguments) => fmt::run(&arguments, &options),
        Command::Inspect(arguments) => inspect::run(&arguments, &options),
        Command::Status(arguments) => status::run(&arguments, &options),
        Command::Coverage(arguments) => coverage::run(&arguments, &options),
        Command::Next(arguments) => next::run(&arguments, &options),
        Command::Schedule(arguments) => schedule::run(&arguments, &options),
        Command::Waves(arguments) => waves::run(&arguments, &options),
        Command::History(arguments) => history::run(&arguments, &options),
        Command::Set(arguments) => set::run(&arguments, &options),
        Command::Add(arguments) => add::run(&arguments, &options),
        Command::Find(arguments) => find::run(&arguments, &options),
        Command::Rename(arguments) => rename::run(&arguments, &options),
        Command::Batch(arguments) => batch::run(&arguments, &options),
        Command::Prime(arguments) => prime::run(&arguments, &options),
        Command::Mcp(arguments) => return mcp::run(&arguments),
        Command::Graph(arguments) => graph::run(&arguments, &options),
        Command::New(arguments) => new::run(&arguments, &options),
        Command::Version => {
            out::println!("plansmith {}", env!("CARGO_PKG_VERSION"));
            0
        }
        Command::Init(arguments) => init::run(&arguments),
        Command::Completions(arguments) => shell::completions::<Arguments>(&arguments),
        Command::Man(arguments) => shell::man::<Arguments>(&arguments),
        Command::Templates(arguments) => templates::run(&arguments, &options),
        Command::Rules(arguments) => rules::list(&arguments),
        Command::Explain(arguments) => rules::explain(&arguments),
        // Do not flush standard output: if the client does not read it, flushing would block forever.
        Command::Server(arguments) => {
            let options = server::ServerOptions { log: arguments.log, log_file: arguments.log_file };
            return server::run(&options).unwrap_or_else(|error| {
                out::error(error);
                EXIT_FAILURE
            });
        }
    };
    out::finish(code)
}

/// Returns whether an argument other than the value of `--output-file` names the same file.
fn names_another_argument(output: &Path, mut arguments: impl Iterator<Item = OsString>) -> bool {
    let key = crate::files::key_of_path(output);
    while let Some(argument) = arguments.next() {
        if argument == "-o" || argument == "--output-file" || argument == "--output" {
            arguments.next();
        } else if crate::files::key_of_path(Path::new(&argument)) == key {
            return true;
        }
    }
    false
}

/// Prints the error message for invalid arguments, or the requested help, and returns the exit code.
fn print_usage_error(error: &clap::Error) -> i32 {
    let plain = error.render().to_string();
    if terminal::lines(&plain) == plain {
        // Writing fails only if the reader has closed the pipe.
        drop(error.print());
    } else {
        // An argument, such as a file name, has control characters.
        out::write_to_stderr(&terminal::lines(&plain));
    }
    error.exit_code()
}
