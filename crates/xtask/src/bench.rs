//! `cargo xtask bench`: what things cost, beside floors measured in the same run.

mod bulk;
mod features;
mod instructions;
mod keystroke;
mod server;

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use clap::Subcommand;

/// What can be measured.
#[derive(Clone, Subcommand)]
pub enum Bench {
    /// One edit, and reading the touched segment again
    Keystroke,
    /// What is computed after a keystroke: plan, findings, each rule, completion, hover and so on
    Features {
        /// Lengths of plans, in lines
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 5_000, 50_000])]
        lines: Vec<usize>,
    },
    /// Instructions of a keystroke, counted by valgrind
    Instructions {
        /// Lengths of plans, in lines
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 50_000])]
        lines: Vec<usize>,
    },
    /// What is counted
    #[command(hide = true)]
    Typed {
        #[arg(long)]
        lines: usize,
        #[arg(long)]
        keys: usize,
        #[arg(long)]
        what: instructions::What,
    },
    /// Real servers over pipes: from key to answer
    Server {
        /// A server's command line; ours, as it is built for release, where none is named
        #[arg(long = "server", value_name = "COMMAND")]
        servers: Vec<String>,
        /// Lengths of plans, in lines
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 50_000])]
        lines: Vec<usize>,
        /// Keys per measure
        #[arg(long, default_value_t = 60)]
        keys: usize,
        /// Plans whose tasks all stand in one section
        #[arg(long)]
        one_section: bool,
    },
    /// Reading a whole folder along
    Bulk {
        /// The folder
        folder: std::path::PathBuf,
    },
}

/// Measures and prints.
///
/// # Errors
/// When a server does not start.
pub fn run(root: &Path, bench: Bench) -> Result<(), String> {
    match bench {
        Bench::Server { servers, lines, keys, one_section } => {
            let servers = if servers.is_empty() { vec![ours(root)?] } else { servers };
            return server::run(&servers, &lines, keys, one_section);
        }
        Bench::Keystroke => keystroke::run()?,
        Bench::Features { lines } => features::run(&lines),
        Bench::Instructions { lines } => return instructions::run(&lines),
        Bench::Typed { lines, keys, what } => instructions::typed(lines, keys, what),
        Bench::Bulk { folder } => bulk::run(&folder),
    }
    Ok(())
}

/// The command line of our own server, built for release.
///
/// # Errors
/// When it cannot be built.
pub fn ours(root: &Path) -> Result<String, String> {
    let built = Command::new("cargo").args(["build", "--release", "--quiet"]).current_dir(root).status();
    if !built.is_ok_and(|status| status.success()) {
        return Err("the server could not be built".to_owned());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(format!("{} server", target.join("release/plansmith").display()))
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// What was measured of one thing.
struct Column {
    name: &'static str,
    times: Vec<Duration>,
}

impl Column {
    fn new(name: &'static str) -> Self {
        Self { name, times: Vec::new() }
    }

    /// The time that so many percent of the measurements do not exceed, in microseconds.
    fn part(&self, percent: usize) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        micros(times.get(at).copied().unwrap_or_default())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
