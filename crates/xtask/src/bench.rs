//! `cargo xtask bench`: what things cost, beside floors measured in the same run.

mod bulk;
mod features;
mod instructions;
mod server;

use std::{
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use clap::Subcommand;
use plan_syntax::Document;
use plan_test::generate;

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
        Bench::Server { servers, lines, keys } => {
            let servers = if servers.is_empty() { vec![ours(root)?] } else { servers };
            return server::run(&servers, &lines, keys);
        }
        Bench::Keystroke => keystroke(),
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

/// Types one character into a task in the middle of plans of several sizes, 400 times each.
fn keystroke() {
    const ROUNDS: usize = 400;
    println!("One character typed into a task in the middle of a plan; medians of {ROUNDS}, microseconds.\n");
    println!(
        "| lines | segments | edit | edit + segment | tree-sitter | pulldown-cmark | ratio to tree-sitter |"
    );
    println!(
        "|------:|---------:|-----:|---------------:|------------:|---------------:|---------------------:|"
    );
    let mut typed = Vec::new();
    for lines in [1_000, 10_000, 50_000] {
        let text = generate::dense(lines);
        let mut document = Document::new(&text);
        for (start, segment) in document.segments() {
            document.content(start, segment);
        }
        let middle = text.len() / 2;
        let task = middle + text[middle..].find("- [ ] **Task").map_or(0, |at| at + 20);
        let (mut edits, mut reads, mut grammars, mut pulldowns) = (vec![], vec![], vec![], vec![]);
        let mut parser = tree_sitter::Parser::new();
        if let Err(error) = parser.set_language(&tree_sitter_md::LANGUAGE.into()) {
            eprintln!("the grammar does not fit the parser: {error}");
            return;
        }
        for _ in 0..ROUNDS {
            // A snapshot is held, as a request or the publisher would.
            let snapshot = document.clone();
            let start = Instant::now();
            document.edit(task..task, "x");
            edits.push(start.elapsed());
            if let Some((at, segment)) = document.segment_at(task) {
                black_box(document.content(at, segment));
                reads.push(start.elapsed());
                let text = document.slice(at..at + segment.len());
                grammars.push(time(|| parser.parse(&text, None)));
                pulldowns.push(time(|| pulldown_cmark::Parser::new(&text).count()));
            }
            drop(snapshot);
        }
        let (edit, read) = (median(edits), median(reads));
        let (grammar, pulldown) = (median(grammars), median(pulldowns));
        typed.push(read);
        println!(
            "| {lines} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} |",
            document.segments().count(),
            micros(edit),
            micros(read),
            micros(grammar),
            micros(pulldown),
            micros(read) / micros(grammar),
        );
    }
    if let [small, .., large] = typed[..] {
        println!("\n50,000 lines cost {:.2} times what 1,000 lines cost.", micros(large) / micros(small));
    }
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
