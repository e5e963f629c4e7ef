//! Real servers, driven over pipes as an editor drives them: ours, and any other that is named.

use std::time::{Duration, Instant};

use plan_test::generate::{self, Filling};

use super::{Column, time};
use crate::session::{Place, Session};

/// Edits that are sent at once.
const BURST: usize = 200;

/// What is measured of a server with one document.
const WHAT: [&str; 11] = [
    "start to initialized",
    "opening to outline",
    "opening to diagnostics",
    "key to diagnostics",
    "key to outline",
    "key to completion",
    "key to hover",
    "key to semantic tokens",
    "200 edits at once, then an outline",
    "memory, MB",
    "floor: one copy of the text",
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
            true => generate::one_section(Filling::Tasks, lines),
            false => generate::dense(lines),
        };
        println!("## {lines} lines, {} kB, {keys} keys; milliseconds, median / 95 %\n", text.len() / 1000);
        let measured: Vec<Vec<Option<Column>>> =
            servers.iter().map(|server| measure(server, &text, keys)).collect::<Result<_, _>>()?;
        println!("| | {} |", servers.iter().map(|server| name(server)).collect::<Vec<_>>().join(" | "));
        println!("|---|{}", "------:|".repeat(servers.len()));
        for (row, what) in WHAT.iter().enumerate() {
            let cells = measured.iter().map(|columns| match &columns[row] {
                Some(column) if column.times.len() > 1 => {
                    format!("{:.2} / {:.2}", column.part(50) / 1000.0, column.part(95) / 1000.0)
                }
                Some(column) => format!("{:.2}", column.part(50) / 1000.0),
                None => "-".to_owned(),
            });
            println!("| {what} | {} |", cells.collect::<Vec<_>>().join(" | "));
        }
        println!("\n{}", floors(&text));
    }
    Ok(())
}

/// What the text costs without any server: other parsers, on all of it.
fn floors(text: &str) -> String {
    let pulldown = time(|| pulldown_cmark::Parser::new(text).count());
    let options = comrak::Options::default();
    let comrak = time(|| {
        let arena = comrak::Arena::new();
        comrak::parse_document(&arena, text, &options).descendants().count()
    });
    format!(
        "In the same run: pulldown-cmark reads the text in {:.2} ms, comrak in {:.2} ms.\n",
        pulldown.as_secs_f64() * 1e3,
        comrak.as_secs_f64() * 1e3
    )
}

/// The program without its folder.
fn name(server: &str) -> &str {
    let program = server.split_whitespace().next().unwrap_or(server);
    program.rsplit('/').next().unwrap_or(program)
}

fn measure(command: &str, text: &str, keys: usize) -> Result<Vec<Option<Column>>, String> {
    let mut columns: Vec<Option<Column>> = WHAT.iter().map(|_| None).collect();
    let mut add = |row: usize, took: Option<Duration>| {
        if let Some(took) = took {
            columns[row].get_or_insert_with(|| Column::new(WHAT[row])).times.push(took);
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
    let known = session.diagnostics();
    add(2, known.then(|| session.arrived() - start));
    // The first of everything makes what the others find.
    session.outline();
    let place = Place::of(text);
    for _ in 0..keys {
        session.key(&place);
        let start = Instant::now();
        let known = session.diagnostics();
        add(3, known.then(|| session.arrived() - start));
    }
    type Ask = fn(&mut Session, &Place) -> bool;
    let asks: [(usize, Ask); 4] = [
        (4, |session, _| session.outline()),
        (5, |session, place| session.at("textDocument/completion", place)),
        (6, |session, place| session.at("textDocument/hover", place)),
        (7, |session, _| session.whole("textDocument/semanticTokens/full")),
    ];
    for (row, ask) in asks {
        for _ in 0..keys {
            session.key(&place);
            let start = Instant::now();
            let answered = ask(&mut session, &place);
            add(row, answered.then(|| session.arrived() - start));
            if !answered {
                break;
            }
        }
    }
    let start = Instant::now();
    for _ in 0..BURST {
        session.key(&place);
    }
    session.outline();
    add(8, Some(session.arrived() - start));
    // A column holds microseconds: one for a kilobyte shows megabytes.
    add(9, session.memory().map(Duration::from_micros));
    add(10, Some(time(|| text.to_owned())));
    session.end();
    Ok(columns)
}
