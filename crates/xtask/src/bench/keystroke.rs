//! Benchmarks parsing after an edit, compared with tree-sitter and pulldown-cmark in the same run.

use std::{hint::black_box, time::Instant};

use plan_syntax::Document;
use plan_test::generate::{self, SectionContent};
use tree_sitter::{InputEdit, Parser, Point};

use super::{median, micros, time};

/// Runs the benchmark and prints the results.
///
/// # Errors
/// Returns an error if the grammar is incompatible with the parser.
pub(super) fn run() -> Result<(), String> {
    in_short_sections()?;
    in_one_section()
}

/// Inserts one character into a task in the middle of plans of several lengths, 400 times each.
fn in_short_sections() -> Result<(), String> {
    const ROUNDS: usize = 400;
    println!(
        "One character inserted into a task in the middle of a plan; medians of {ROUNDS} edits, microseconds.\n"
    );
    println!(
        "| lines | segments | edit | edit + segment | tree-sitter | pulldown-cmark | ratio to tree-sitter |"
    );
    println!(
        "|------:|---------:|-----:|---------------:|------------:|---------------:|---------------------:|"
    );
    let mut medians = Vec::new();
    for lines in [1_000, 10_000, 50_000] {
        let text = generate::dense(lines);
        let mut document = Document::new(&text);
        for (start, segment) in document.segments() {
            document.content(start, segment);
        }
        let middle = text.len() / 2;
        let task = middle + text[middle..].find("- [ ] **Task").map_or(0, |at| at + 20);
        let (mut edits, mut reads, mut grammars, mut pulldowns) = (vec![], vec![], vec![], vec![]);
        let mut parser = parser()?;
        for _ in 0..ROUNDS {
            // Holds a snapshot, as a request or the publisher would.
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
        medians.push(read);
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
    if let [small, .., large] = medians[..] {
        println!(
            "\nAn edit in 50,000 lines takes {:.2} times as long as in 1,000 lines.",
            micros(large) / micros(small)
        );
    }
    Ok(())
}

/// Inserts one character into the middle of one long section.
fn in_one_section() -> Result<(), String> {
    const LINES: usize = 10_000;
    const ROUNDS: usize = 9;
    println!(
        "\nOne character inserted into a section of {LINES} lines; medians of {ROUNDS} edits, milliseconds.\n"
    );
    println!("| the section is | KB | edit + section | tree-sitter, incremental | tree-sitter |");
    println!("|---|---:|---:|---:|---:|");
    for (content, name) in SectionContent::ALL {
        let mut text = generate::one_section(content, LINES);
        let mut document = Document::parsed(&text);
        let mut parser = parser()?;
        let mut tree = parser.parse(&text, None).ok_or("tree-sitter returned no tree")?;
        let middle = text.len() / 2;
        let at =
            middle + text[middle..].find(" part").or_else(|| text[middle..].find(" the ")).unwrap_or(0) + 3;
        let (mut reads, mut incremental, mut full) = (vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            document.edit(at..at, "x");
            if let Some((from, segment)) = document.segment_at(at) {
                black_box(document.content(from, segment));
            }
            reads.push(start.elapsed());
        }
        // In a separate loop, because the parser leaves caches and heap in a state that a server does not
        // have.
        for _ in 0..ROUNDS {
            text.insert(at, 'x');
            tree.edit(&inserted(&text, at));
            let mut next = None;
            incremental.push(time(|| next = parser.parse(&text, Some(&tree))));
            full.push(time(|| parser.parse(&text, None)));
            tree = next.ok_or("tree-sitter returned no tree")?;
        }
        let [read, incremental, full] = [reads, incremental, full].map(|times| micros(median(times)) / 1e3);
        println!("| {name} | {} | {read:.2} | {incremental:.1} | {full:.1} |", text.len() / 1000);
    }
    Ok(())
}

/// Returns the edit that inserted one byte at `at`.
fn inserted(text: &str, at: usize) -> InputEdit {
    let before = &text[..at];
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    let start = Point { row: before.matches('\n').count(), column: at - line };
    let end = Point { column: start.column + 1, ..start };
    InputEdit {
        start_byte: at,
        old_end_byte: at,
        new_end_byte: at + 1,
        start_position: start,
        old_end_position: start,
        new_end_position: end,
    }
}

fn parser() -> Result<Parser, String> {
    let mut parser = Parser::new();
    let language = tree_sitter_md::LANGUAGE.into();
    parser
        .set_language(&language)
        .map_err(|error| format!("the grammar is incompatible with the parser: {error}"))?;
    Ok(parser)
}
