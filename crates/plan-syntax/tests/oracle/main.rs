//! Compares the parser with comrak on the seeds, the corpus, sets of small cases and random documents.
//!
//! `known_differences` lists the differences with their reasons. A new difference fails, and so does a listed
//! one that no longer occurs.

mod blocks;
mod documents;
mod files;
mod known_differences;

use std::{
    fmt::Write,
    panic::{AssertUnwindSafe, catch_unwind},
};

use files::shared;
use plan_syntax::{Document, tree};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// Returns the first blocks that differ between the block parser and the tree-sitter parser.
fn parser_difference(text: &str) -> Option<String> {
    let (tree, lines) = (tree::document(text), Document::parsed(text));
    for (start, segment) in tree.segments() {
        let by_tree = tree.content(start, segment);
        let (_, other) = lines.segment_at(start)?;
        let by_lines = lines.content(start, other);
        if (&by_tree.text, &by_tree.outline) != (&by_lines.text, &by_lines.outline) {
            let (a, b) = (by_tree.outline.dump(&by_tree.text), by_lines.outline.dump(&by_lines.text));
            let blocks = (&by_tree.outline.blocks, &by_lines.outline.blocks);
            let first = blocks.0.iter().zip(blocks.1).find(|(a, b)| a != b);
            return Some(format!("  by tree:\n{a}  by lines:\n{b}  {first:?}"));
        }
    }
    None
}

/// Returns the first lines that differ between plan-syntax and comrak, `None` if they agree.
fn comrak_difference(text: &str) -> Option<String> {
    let ours = blocks::ours(&tree::document(text));
    let theirs = blocks::comrak(&for_comrak(text));
    if ours == theirs {
        return None;
    }
    let first = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let mut out = String::new();
    for (name, lines) in [("ours", ours), ("comrak", theirs)] {
        let _ = writeln!(out, "  {name}:");
        lines.iter().skip(first).take(4).for_each(|line| {
            let _ = writeln!(out, "    {line}");
        });
    }
    Some(out)
}

/// Adapts a text to two limitations of comrak: it finds front matter only if lines end in a line feed, and
/// misses some blocks at the end of a text without a final newline.
fn for_comrak(text: &str) -> String {
    let starts_with_rule = text.trim_start_matches('\u{feff}').starts_with(['-', '+']);
    let mut text =
        if starts_with_rule { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    if !text.is_empty() && !text.ends_with(['\n', '\r']) {
        text.push('\n');
    }
    text
}

/// Compares named texts and checks the differences against the known ones, given as (name, reason).
#[track_caller]
fn check(texts: impl IntoIterator<Item = (String, String)>, known: &[(&str, &str)]) {
    let mut problems = String::new();
    let mut count = 0;
    for (name, text) in texts {
        count += 1;
        if let Some(difference) = parser_difference(&text) {
            let _ = writeln!(
                problems,
                "{name} is parsed differently by block parser and tree-sitter:\n{difference}"
            );
        }
        let listed = known.iter().any(|(known, _)| *known == name);
        match comrak_difference(&text) {
            Some(difference) if !listed => {
                let _ = writeln!(problems, "{name} is parsed differently by comrak:\n{difference}");
            }
            None if listed => {
                let _ = writeln!(problems, "{name} is listed as a known difference, but the results agree");
            }
            _ => {}
        }
    }
    assert!(problems.is_empty(), "{problems}");
    println!("{count} texts, {} with known differences", known.len());
}

#[test]
fn seeds() {
    check(shared("seeds"), known_differences::SEEDS);
}

#[test]
fn corpus() {
    check(shared("corpus"), known_differences::CORPUS);
}

/// Cases in another notation, next to the repository.
#[test]
fn shared_cases() {
    let Some(path) = plan_test::shared("tools/markdown-cases.txt") else { return };
    let cases = std::fs::read_to_string(path).expect("a readable file");
    let cases = cases.split("\n%%%\n").map(|case| {
        let (name, text) = case.split_once('\n').unwrap_or((case, ""));
        let text = [("\\t", "\t"), ("\\r", "\r"), ("\\0", "\0"), ("\\u{feff}", "\u{feff}"), ("\\\\", "\\")]
            .iter()
            .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character));
        (name.to_owned(), text)
    });
    check(cases, known_differences::SHARED_CASES);
}

/// The cases of this repository; `tests/data/markdown/README.md` explains their notation.
#[test]
fn cases() {
    let path = plan_test::repository().join("tests/data/markdown/cases.txt");
    let cases = std::fs::read_to_string(path).expect("tests/data/markdown/cases.txt is readable");
    let signs = [
        ("→", "\t"),
        ("·", " "),
        ("␍", "\r"),
        ("␀", "\0"),
        ("⟨bom⟩", "\u{feff}"),
        ("⟨nbsp⟩", "\u{a0}"),
        ("⟨ff⟩", "\u{c}"),
        ("⟨vt⟩", "\u{b}"),
        ("⟨ls⟩", "\u{2028}"),
        ("⟨nel⟩", "\u{85}"),
        ("∎\n", ""),
    ];
    let cases = format!("\n{cases}");
    let cases = cases.split("\n=== ").skip(1).map(|case| {
        let (name, text) = case.split_once('\n').unwrap_or((case, ""));
        // The split removed the newline before the next case.
        let text = format!("{}\n", text.trim_end_matches('\n'));
        (name.to_owned(), signs.iter().fold(text, |text, (sign, character)| text.replace(sign, character)))
    });
    check(cases, known_differences::CASES);
}

#[test]
fn specification_examples() {
    let examples = plan_test::commonmark::examples();
    check(
        examples.map(|example| (example.name.to_owned(), example.markdown.to_owned())),
        known_differences::EXAMPLES,
    );
}

#[test]
fn random_documents_in_both_parsers() {
    let halves = [3, 4].map(|seed| std::thread::spawn(move || random_texts(seed, 30_000, parser_difference)));
    let differences: Vec<(String, String)> =
        halves.into_iter().flat_map(|half| half.join().expect("no panic in either parser")).collect();
    for (text, difference) in differences.iter().take(5) {
        println!("{text:?}\n{difference}");
    }
    assert_eq!(differences.len(), 0, "of 60,000 documents");
}

#[test]
fn random_documents() {
    // The seeds are fixed, so the documents are the same on every run.
    let halves = [1, 2].map(|seed| std::thread::spawn(move || random_differences(seed, 30_000)));
    let differences = halves.into_iter().flat_map(|half| half.join().expect("no panic in the comparison"));
    let differences = differences.map(|(text, _)| text);
    let mut counts = vec![0; known_differences::CLASSES.len()];
    let mut problems = String::new();
    for text in differences {
        match known_differences::CLASSES.iter().position(|class| (class.matches)(&text)) {
            Some(class) => counts[class] += 1,
            None => {
                let _ = writeln!(problems, "{text:?}\n{}", comrak_difference(&text).unwrap_or_default());
            }
        }
    }
    for (class, count) in known_differences::CLASSES.iter().zip(counts) {
        println!("{count} documents: {}", class.reason);
        if count == 0 || count > class.max {
            let _ = writeln!(problems, "{count} documents instead of 1 to {}: {}", class.max, class.reason);
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

/// Returns the random documents that differ from comrak.
fn random_differences(seed: u8, count: usize) -> Vec<(String, String)> {
    random_texts(seed, count, |text| {
        catch_unwind(AssertUnwindSafe(|| comrak_difference(text)))
            .unwrap_or_else(|_| Some("a panic".to_owned()))
    })
}

/// Returns the random documents for which `problem` returns a message, with that message.
fn random_texts(seed: u8, count: usize, problem: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let documents = documents::documents();
    let mut next = || documents.new_tree(&mut runner).expect("documents are generated").current();
    let texts = (0..count).map(|_| next());
    texts.filter_map(|text| problem(&text).map(|problem| (text, problem))).collect()
}
