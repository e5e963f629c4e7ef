//! comrak as the judge of how Markdown is read: over the seeds, the corpus, sets of small cases and random documents.
//!
//! Where the two readings differ, the difference is listed here with its reason. A new one fails, and so does one that
//! is gone.

mod blocks;
mod documents;
mod files;
mod known;

use std::{
    fmt::Write,
    panic::{AssertUnwindSafe, catch_unwind},
};

use files::{shared, workspace};
use plan_syntax::Document;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// How reading by lines differs from reading by tree: the first blocks that do.
fn readers_differ(text: &str) -> Option<String> {
    let (tree, lines) = (Document::with_trees(text), Document::unedited(text));
    for (start, segment) in tree.segments() {
        let by_tree = tree.content(start, segment);
        let (_, other) = lines.segment_at(start)?;
        let by_lines = lines.content(start, other);
        if by_tree != by_lines {
            let (a, b) = (by_tree.outline.dump(&by_tree.text), by_lines.outline.dump(&by_lines.text));
            let blocks = (&by_tree.outline.blocks, &by_lines.outline.blocks);
            let first = blocks.0.iter().zip(blocks.1).find(|(a, b)| a != b);
            return Some(format!("  by tree:\n{a}  by lines:\n{b}  {first:?}"));
        }
    }
    None
}

/// How the two readings of a text differ: the first few lines that do, none if they agree.
fn difference(text: &str) -> Option<String> {
    let ours = blocks::ours(&Document::with_trees(text));
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

/// The same text as comrak reads it rightly: it looks for front matter only where lines end in a line feed, and misses
/// some blocks at the end of a text without one.
fn for_comrak(text: &str) -> String {
    let starts_with_rule = text.trim_start_matches('\u{feff}').starts_with(['-', '+']);
    let mut text =
        if starts_with_rule { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() };
    if !text.is_empty() && !text.ends_with(['\n', '\r']) {
        text.push('\n');
    }
    text
}

/// Compares named texts and checks the differences against those that are known, given as (name, reason).
#[track_caller]
fn check(texts: impl IntoIterator<Item = (String, String)>, known: &[(&str, &str)]) {
    let mut problems = String::new();
    let mut count = 0;
    for (name, text) in texts {
        count += 1;
        if let Some(difference) = readers_differ(&text) {
            let _ = writeln!(problems, "{name} is read differently by lines:\n{difference}");
        }
        let listed = known.iter().any(|(known, _)| *known == name);
        match difference(&text) {
            Some(difference) if !listed => {
                let _ = writeln!(problems, "{name} is read differently:\n{difference}");
            }
            None if listed => {
                let _ = writeln!(problems, "{name} is listed as different, but both readings agree");
            }
            _ => {}
        }
    }
    assert!(problems.is_empty(), "{problems}");
    println!("{count} texts, {} of them known to be read differently", known.len());
}

#[test]
fn seeds() {
    check(shared("seeds"), known::SEEDS);
}

#[test]
fn corpus() {
    check(shared("corpus"), known::CORPUS);
}

/// The cases that the project was started with, in a notation of their own.
#[test]
fn shared_cases() {
    let path = workspace().join("../shared/tools/markdown-cases.txt");
    let Ok(cases) = std::fs::read_to_string(&path) else {
        println!("{} is absent", path.display());
        return;
    };
    let cases = cases.split("\n%%%\n").map(|case| {
        let (name, text) = case.split_once('\n').unwrap_or((case, ""));
        let text = [("\\t", "\t"), ("\\r", "\r"), ("\\0", "\0"), ("\\u{feff}", "\u{feff}"), ("\\\\", "\\")]
            .iter()
            .fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant));
        (name.to_owned(), text)
    });
    check(cases, known::SHARED_CASES);
}

/// Our own cases; `tests/data/markdown/README.md` explains their notation.
#[test]
fn cases() {
    let path = workspace().join("tests/data/markdown/cases.txt");
    let cases = std::fs::read_to_string(path).expect("the cases are part of the project");
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
        // The split took the newline before the next case.
        let text = format!("{}\n", text.trim_end_matches('\n'));
        (name.to_owned(), signs.iter().fold(text, |text, (sign, meant)| text.replace(sign, meant)))
    });
    check(cases, known::CASES);
}

#[test]
fn specification_examples() {
    let examples = plan_test::commonmark::examples();
    check(examples.map(|example| (example.name.to_owned(), example.markdown.to_owned())), known::EXAMPLES);
}

#[test]
fn random_documents_by_lines() {
    let halves = [3, 4].map(|seed| std::thread::spawn(move || random_texts(seed, 30_000, readers_differ)));
    let differences: Vec<(String, String)> =
        halves.into_iter().flat_map(|half| half.join().expect("both readers survive")).collect();
    for (text, difference) in differences.iter().take(5) {
        println!("{text:?}\n{difference}");
    }
    assert_eq!(differences.len(), 0, "of 60,000 documents");
}

#[test]
fn random_documents() {
    // As many as there are; the seeds are fixed, so the same ones every time.
    let halves = [1, 2].map(|seed| std::thread::spawn(move || random_differences(seed, 30_000)));
    let differences = halves.into_iter().flat_map(|half| half.join().expect("comrak and we survive"));
    let differences = differences.map(|(text, _)| text);
    let mut counts = vec![0; known::CLASSES.len()];
    let mut problems = String::new();
    for text in differences {
        match known::CLASSES.iter().position(|class| (class.is)(&text)) {
            Some(class) => counts[class] += 1,
            None => {
                let _ = writeln!(problems, "{text:?}\n{}", difference(&text).unwrap_or_default());
            }
        }
    }
    for (class, count) in known::CLASSES.iter().zip(counts) {
        println!("{count} documents: {}", class.reason);
        if count == 0 || count > class.most {
            let _ = writeln!(problems, "{count} documents instead of 1 to {}: {}", class.most, class.reason);
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

/// The random documents that differ from comrak.
fn random_differences(seed: u8, count: usize) -> Vec<(String, String)> {
    random_texts(seed, count, |text| {
        catch_unwind(AssertUnwindSafe(|| difference(text))).unwrap_or_else(|_| Some("a panic".to_owned()))
    })
}

/// The random documents of which something is to be said.
fn random_texts(seed: u8, count: usize, say: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let documents = documents::documents();
    let mut next = || documents.new_tree(&mut runner).expect("no document is rejected").current();
    let texts = (0..count).map(|_| next());
    texts.filter_map(|text| say(&text).map(|said| (text, said))).collect()
}
