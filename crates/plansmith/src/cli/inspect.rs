//! `plansmith inspect`: the interpretation of a document.

use plan_syntax::{
    Document,
    tree::{self, SyntaxTrees},
};
use serde::Serialize;

use super::{
    EXIT_FAILURE, OutputFormat,
    input::{InputArguments, InputFile, Inputs},
    options::GlobalOptions,
    out, terminal,
};
use crate::inspect::InspectedDocument;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    /// Print the Markdown blocks instead, with a diff if tree-sitter's grammar parses them differently
    #[arg(long, conflicts_with = "format")]
    blocks: bool,
    /// Print the Markdown syntax tree instead, with byte offsets: `(name start end child...)`
    #[arg(long, conflicts_with_all = ["format", "blocks"])]
    syntax_tree: bool,
}

/// The documents of a JSON report.
#[derive(Serialize)]
struct Inspection {
    documents: Vec<InspectedDocument>,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let Some(Inputs { project, files, errors }) = arguments.input.read(options) else { return EXIT_FAILURE };
    let inspect =
        |source: &InputFile| InspectedDocument::of(&source.file(&project.environment), &source.name);
    if arguments.blocks {
        files.iter().for_each(print_blocks);
    } else if arguments.syntax_tree {
        files.iter().for_each(print_tree);
    } else if arguments.format == OutputFormat::Json {
        out::json(&Inspection { documents: files.iter().map(inspect).collect() });
    } else {
        files.iter().for_each(|file| out::println!("{}", terminal::lines(&inspect(file).tree())));
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

/// Prints the syntax tree of a document in the format of `plansmith/syntaxTree`.
fn print_tree(source: &InputFile) {
    let (tree, _) = SyntaxTrees::default().write(&Document::new(&source.text), None, 0);
    out::println!("{}", terminal::lines(&tree));
}

/// Prints the blocks of a document, for bug reports. Also prints a diff if tree-sitter's grammar parses other blocks.
fn print_blocks(source: &InputFile) {
    let blocks = Document::parsed(&source.text).dump();
    out::print!("{}\n{}", terminal::line(&source.name), terminal::lines(&blocks));
    let expected = tree::document(&source.text).dump();
    if blocks != expected {
        let diff = similar::TextDiff::from_lines(&blocks, &expected);
        let diff = diff.unified_diff().header("plansmith", "tree-sitter").to_string();
        out::print!("\n{}", terminal::lines(&diff));
    }
}
