//! Benchmarks reading a whole directory, step by step, with a reference value measured in the same run.

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use plan_ide::{File, Index, symbols};
use plan_syntax::{Document, tree};
use plansmith::files::{key_of_path, read, walk};

/// Reads a directory on one thread and prints milliseconds and megabytes per second.
pub(super) fn run(directory: &Path) {
    let found = walk(&key_of_path(directory));
    let paths: Vec<&str> = found.files.iter().map(|(path, _)| path.as_str()).collect();
    let mut steps: Vec<(&str, Duration)> = Vec::new();
    let mut last = Instant::now();
    let mut step = |name| {
        let now = Instant::now();
        steps.push((name, now - last));
        last = Instant::now();
    };
    let texts: Vec<(&str, String)> =
        paths.iter().filter_map(|path| Some((*path, read(Path::new(path)).ok()?))).collect();
    step("read from disk");
    for (_, text) in &texts {
        black_box(
            pulldown_cmark::Parser::new_ext(text, pulldown_cmark::Options::all()).into_offset_iter().count(),
        );
    }
    step("reference: pulldown-cmark");
    let documents: Vec<Document> = texts.iter().map(|(_, text)| Document::parsed(text)).collect();
    step("documents and outlines");
    for (_, text) in &texts {
        black_box(tree::document(text));
    }
    step("documents and outlines, with tree-sitter");
    let files: Vec<File> = texts
        .iter()
        .zip(&documents)
        .map(|((path, _), document)| File::new(*path, document.clone()))
        .collect();
    for file in &files {
        black_box(file.plan().progress());
    }
    step("facts and plans");
    for file in &files {
        black_box(file.kind());
    }
    step("kinds");
    let entries: Vec<_> = files.iter().map(|file| (file.path(), file.entry())).collect();
    step("summaries");
    let mut index = Index::new([key_of_path(directory)]);
    for (path, entry) in entries {
        index.set(path, Some(entry));
    }
    step("index");
    black_box(symbols::symbols(&index, "zq", 128).len());
    step("one symbol query");
    let megabytes = texts.iter().map(|(_, text)| text.len()).sum::<usize>() as f64 / 1e6;
    println!("{} files, {megabytes:.1} MB, one thread.\n", texts.len());
    println!("| step | ms | MB/s |\n|------|---:|-----:|");
    for (name, time) in steps {
        let seconds = time.as_secs_f64();
        println!("| {name} | {:.1} | {:.0} |", seconds * 1e3, megabytes / seconds);
    }
}
