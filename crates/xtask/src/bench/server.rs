//! Benchmarks real servers over pipes, driven like an editor drives them: Plansmith and any other server.

use std::time::{Duration, Instant};

use plan_test::generate::{self, SectionContent};

use super::{ResultColumn, time};
use crate::session::{EditPosition, Session};

/// Number of edits in a burst.
const BURST: usize = 200;

/// The measurements of a server with one document.
const MEASUREMENTS: [&str; 11] = [
    "start to initialized",
    "opening to outline",
    "opening to diagnostics",
    "edit to diagnostics",
    "edit to outline",
    "edit to completion",
    "edit to hover",
    "edit to semantic tokens",
    "200 edits at once, then an outline",
    "memory, MB",
    "reference: one copy of the text",
];

/// Measures servers, given as command lines, at several lengths of a plan.
pub(super) fn run(
    servers: &[String],
    lengths: &[usize],
    keys: usize,
    one_section: bool,
) -> Result<(), String> {
    for &lines in lengths {
        let text = match one_section {
            true => generate::one_section(SectionContent::Tasks, lines),
            false => generate::dense(lines),
        };
        println!("## {lines} lines, {} kB, {keys} edits; milliseconds, median / 95%\n", text.len() / 1000);
        let columns: Vec<Vec<Option<ResultColumn>>> =
            servers.iter().map(|server| measure(server, &text, keys)).collect::<Result<_, _>>()?;
        println!("| | {} |", servers.iter().map(|server| name(server)).collect::<Vec<_>>().join(" | "));
        println!("|---|{}", "------:|".repeat(servers.len()));
        for (row, what) in MEASUREMENTS.iter().enumerate() {
            let cells = columns.iter().map(|columns| match &columns[row] {
                Some(column) if column.times.len() > 1 => {
                    format!("{:.2} / {:.2}", column.percentile(50) / 1000.0, column.percentile(95) / 1000.0)
                }
                Some(column) => format!("{:.2}", column.percentile(50) / 1000.0),
                None => "-".to_owned(),
            });
            println!("| {what} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        println!("\n{}", reference_times(&text));
    }
    Ok(())
}

/// Returns the time that other parsers need for the whole text, without a server.
fn reference_times(text: &str) -> String {
    let pulldown = time(|| pulldown_cmark::Parser::new(text).count());
    let options = comrak::Options::default();
    let comrak = time(|| {
        let arena = comrak::Arena::new();
        comrak::parse_document(&arena, text, &options).descendants().count()
    });
    format!(
        "In the same run: pulldown-cmark parses the text in {:.2} ms, comrak in {:.2} ms.\n",
        pulldown.as_secs_f64() * 1e3,
        comrak.as_secs_f64() * 1e3
    )
}

/// Returns the program's name without its directory.
fn name(server: &str) -> &str {
    let program = server.split_whitespace().next().unwrap_or(server);
    program.rsplit('/').next().unwrap_or(program)
}

fn measure(command: &str, text: &str, keys: usize) -> Result<Vec<Option<ResultColumn>>, String> {
    let mut columns: Vec<Option<ResultColumn>> = MEASUREMENTS.iter().map(|_| None).collect();
    let mut add = |row: usize, duration: Option<Duration>| {
        if let Some(duration) = duration {
            columns[row].get_or_insert_with(|| ResultColumn::new(MEASUREMENTS[row])).times.push(duration);
        }
    };
    for _ in 0..5 {
        let start = Instant::now();
        let session = Session::start(command)?;
        add(0, Some(start.elapsed()));
        session.end();
    }
    let mut session = Session::start(command)?;
    let start = Instant::now();
    session.open(text);
    session.outline();
    add(1, Some(session.arrived() - start));
    session.end();

    let mut session = Session::start(command)?;
    let start = Instant::now();
    session.open(text);
    let has_arrived = session.diagnostics();
    add(2, has_arrived.then(|| session.arrived() - start));
    // The first requests fill caches that later requests use.
    session.outline();
    let position = EditPosition::of(text);
    for _ in 0..keys {
        session.insert(&position);
        let start = Instant::now();
        let has_arrived = session.diagnostics();
        add(3, has_arrived.then(|| session.arrived() - start));
    }
    type Request = fn(&mut Session, &EditPosition) -> bool;
    let requests: [(usize, Request); 4] = [
        (4, |session, _| session.outline()),
        (5, |session, position| session.request_at("textDocument/completion", position)),
        (6, |session, position| session.request_at("textDocument/hover", position)),
        (7, |session, _| session.request_document("textDocument/semanticTokens/full")),
    ];
    for (row, request) in requests {
        for _ in 0..keys {
            session.insert(&position);
            let start = Instant::now();
            let answered = request(&mut session, &position);
            add(row, answered.then(|| session.arrived() - start));
            if !answered {
                break;
            }
        }
    }
    let start = Instant::now();
    for _ in 0..BURST {
        session.insert(&position);
    }
    session.outline();
    add(8, Some(session.arrived() - start));
    // A column contains microseconds. One microsecond per kilobyte prints megabytes.
    add(9, session.memory().map(Duration::from_micros));
    add(10, Some(time(|| text.to_owned())));
    session.end();
    Ok(columns)
}
