//! `cargo xtask bench`: benchmarks, with reference values measured in the same run.

mod bulk;
mod commands;
mod features;
mod grown_input;
mod growth;
mod instructions;
mod keystroke;
mod server;
mod sets;

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use clap::Subcommand;

/// The benchmarks.
#[derive(Clone, Subcommand)]
pub enum Bench {
    /// One edit, and parsing the edited segment
    Keystroke,
    /// Everything that is computed after an edit: plan, findings, each rule, completion, hover and others
    Features {
        /// Lengths of plans, in lines
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 5_000, 50_000])]
        lines: Vec<usize>,
    },
    /// Instructions per edit, counted by valgrind
    Instructions {
        /// Lengths of plans, in lines
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 50_000])]
        lines: Vec<usize>,
    },
    /// Growth of the instructions of each feature and rule with the size of the input, counted by valgrind
    Growth {
        /// Sizes in lines, ascending
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 4_000, 16_000])]
        sizes: Vec<usize>,
        /// Only this kind of input
        #[arg(long)]
        input: Option<grown_input::InputKind>,
    },
    /// The program whose instructions `growth` counts
    #[command(hide = true)]
    Grown {
        #[arg(long)]
        size: usize,
        #[arg(long)]
        input: grown_input::InputKind,
    },
    /// The program whose instructions are counted
    #[command(hide = true)]
    Typed {
        #[arg(long)]
        lines: usize,
        #[arg(long)]
        keys: usize,
        #[arg(long)]
        what: instructions::Computation,
    },
    /// Real servers over pipes: from edit to response
    Server {
        /// Command line of a server [default: Plansmith, built for release]
        #[arg(long = "server", value_name = "COMMAND")]
        servers: Vec<String>,
        /// Lengths of plans, in lines
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 50_000])]
        lines: Vec<usize>,
        /// Edits per measurement
        #[arg(long, default_value_t = 60)]
        keys: usize,
        /// Use plans with all tasks in one section
        #[arg(long)]
        one_section: bool,
    },
    /// Edits of documents of families, and requests in a workspace of many sets
    Sets {
        /// Number of sets in the workspace
        #[arg(long, default_value_t = 2_000)]
        sets: usize,
    },
    /// Commands that agents use, from start to exit, compared with `cat` of the same files
    Commands {
        /// The program [default: Plansmith, built for release]
        #[arg(long)]
        program: Option<String>,
        /// Lengths of plans, in lines
        #[arg(long, value_delimiter = ',', default_values_t = [12_500, 50_000])]
        lines: Vec<usize>,
        /// Number of plans in a directory
        #[arg(long, default_value_t = 2_000)]
        plans: usize,
        /// Runs per measurement
        #[arg(long, default_value_t = 7)]
        runs: usize,
    },
    /// Reading a whole directory
    Bulk {
        /// Directory to read
        directory: PathBuf,
    },
}

/// Runs a benchmark and prints the results.
///
/// # Errors
/// Returns an error if a program that the benchmark needs is not available or fails.
pub fn run(root: &Path, bench: Bench) -> Result<(), String> {
    match bench {
        Bench::Server { servers, lines, keys, one_section } => {
            let servers = if servers.is_empty() { vec![server_command(root)?] } else { servers };
            return server::run(&servers, &lines, keys, one_section);
        }
        Bench::Commands { program, lines, plans, runs } => {
            let program = program.map_or_else(|| server_command(root), Ok)?;
            let program = program.strip_suffix(" server").unwrap_or(&program);
            return commands::run(program, &lines, plans, runs);
        }
        Bench::Keystroke => keystroke::run()?,
        Bench::Features { lines } => features::run(&lines),
        Bench::Instructions { lines } => return instructions::run(&lines),
        Bench::Growth { sizes, input } => return growth::run(&sizes, input),
        Bench::Grown { size, input } => growth::compute(input, size),
        Bench::Typed { lines, keys, what } => instructions::edit_and_compute(lines, keys, what),
        Bench::Sets { sets } => sets::run(sets),
        Bench::Bulk { directory } => bulk::run(&directory),
    }
    Ok(())
}

/// Returns the command line of the Plansmith server, after building it for release.
///
/// # Errors
/// Returns an error if the build fails.
pub fn server_command(root: &Path) -> Result<String, String> {
    let built = Command::new("cargo").args(["build", "--release", "--quiet"]).current_dir(root).status();
    if !built.is_ok_and(|status| status.success()) {
        return Err("cannot build the server".to_owned());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(format!("{} server", target.join("release/plansmith").display()))
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// A named series of measurements.
struct ResultColumn {
    name: &'static str,
    times: Vec<Duration>,
}

impl ResultColumn {
    fn new(name: &'static str) -> Self {
        Self { name, times: Vec::new() }
    }

    /// Returns the given percentile of the measurements, in microseconds.
    fn percentile(&self, percent: usize) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        micros(times.get(index).copied().unwrap_or_default())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
