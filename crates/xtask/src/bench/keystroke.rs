//! What it costs to read again what a key has touched, beside tree-sitter and pulldown-cmark in the same run.

use std::{hint::black_box, time::Instant};

use plan_syntax::Document;
use plan_test::generate::{self, Filling};
use tree_sitter::{InputEdit, Parser, Point};

use super::{median, micros, time};

/// Measures and prints.
///
/// # Errors
/// When the grammar does not fit the parser.
pub(super) fn run() -> Result<(), String> {
    short()?;
    long()
}

/// Types one character into a task in the middle of plans of several sizes, 400 times each.
fn short() -> Result<(), String> {
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
        let mut parser = parser()?;
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
    Ok(())
}

/// Types one character into the middle of one long section.
fn long() -> Result<(), String> {
    const LINES: usize = 10_000;
    const ROUNDS: usize = 9;
    println!("\nThe same where all of {LINES} lines are one section; medians of {ROUNDS}, milliseconds.\n");
    println!("| the section is | KB | edit + section | tree-sitter, from the earlier tree | tree-sitter |");
    println!("|---|---:|---:|---:|---:|");
    for (filling, name) in Filling::ALL {
        let mut text = generate::one_section(filling, LINES);
        let mut document = Document::unedited(&text);
        let mut parser = parser()?;
        let mut tree = parser.parse(&text, None).ok_or("the parser gave up")?;
        let middle = text.len() / 2;
        let at =
            middle + text[middle..].find(" part").or_else(|| text[middle..].find(" the ")).unwrap_or(0) + 3;
        let (mut reads, mut again, mut anew) = (vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            document.edit(at..at, "x");
            if let Some((from, segment)) = document.segment_at(at) {
                black_box(document.content(from, segment));
            }
            reads.push(start.elapsed());
        }
        // Not in turns: what the parser leaves behind in caches and heap is not what a server has there.
        for _ in 0..ROUNDS {
            text.insert(at, 'x');
            tree.edit(&inserted(&text, at));
            let mut next = None;
            again.push(time(|| next = parser.parse(&text, Some(&tree))));
            anew.push(time(|| parser.parse(&text, None)));
            tree = next.ok_or("the parser gave up")?;
        }
        let [read, again, anew] = [reads, again, anew].map(|times| micros(median(times)) / 1e3);
        println!("| {name} | {} | {read:.2} | {again:.1} | {anew:.1} |", text.len() / 1000);
    }
    Ok(())
}

/// One byte that is now at `at`.
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
        .map_err(|error| format!("the grammar does not fit the parser: {error}"))?;
    Ok(parser)
}
