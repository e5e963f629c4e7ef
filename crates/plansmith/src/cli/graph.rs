//! `plansmith graph`: who waits for whom.

use std::path::PathBuf;

use clap::ValueEnum;
use plan_ide::overview;

use super::{FAILED, input::read_all};
use crate::workspace;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The plan; `-` for standard input
    file: PathBuf,
    /// The language to write it in
    #[arg(long, value_enum, default_value_t = Language::Mermaid)]
    format: Language,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// A flowchart, for a `mermaid` block of Markdown
    Mermaid,
    /// For Graphviz
    Dot,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    if arguments.file.is_dir() {
        anstream::eprintln!("plansmith: {} is a folder; name one plan", arguments.file.display());
        return FAILED;
    }
    let paths = std::slice::from_ref(&arguments.file);
    let (sources, complaints) = read_all(paths, None, &|_| true);
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    let Some(source) = sources.first() else { return FAILED };
    let graph = overview::graph(&source.file(&workspace::of_paths(paths)));
    let drawn = match arguments.format {
        Language::Mermaid => overview::mermaid(&graph),
        Language::Dot => overview::dot(&graph),
    };
    anstream::print!("{drawn}");
    if graph.edges.is_empty() {
        let what = if graph.nodes.is_empty() { "the graph is empty" } else { "these are its phases" };
        anstream::eprintln!("plansmith: {}: no task says what it depends on, so {what}", source.name);
    }
    if complaints.is_empty() { 0 } else { FAILED }
}
