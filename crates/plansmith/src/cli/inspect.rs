//! `plansmith inspect`: the interpretation of a document.

use std::path::PathBuf;

use plan_syntax::{
    Document,
    tree::{self, SyntaxTrees},
};

use super::{
    Color, EXIT_FAILURE, OutputFormat,
    input::{InputFile, read_all},
    out,
};
use crate::{inspect::InspectedDocument, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files; `-` for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    /// Print the Markdown blocks instead, with a diff if tree-sitter's grammar parses them differently
    #[arg(long, conflicts_with = "format")]
    blocks: bool,
    /// Print the Markdown syntax tree instead, with byte offsets: `(name start end child...)`
    #[arg(long, conflicts_with_all = ["format", "blocks"])]
    syntax_tree: bool,
    /// When to use color
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let (sources, errors) = read_all(&arguments.files, None, None);
    if arguments.blocks || arguments.syntax_tree {
        sources.iter().for_each(if arguments.blocks { print_blocks } else { print_tree });
        out::errors(&errors);
        return if errors.is_empty() { 0 } else { EXIT_FAILURE };
    }
    let environment = workspace::environment_of_paths(&arguments.files);
    let inspect = |source: &InputFile| InspectedDocument::of(&source.file(&environment), &source.name);
    let mut inspected: Vec<InspectedDocument> = sources.iter().map(inspect).collect();
    match arguments.format {
        OutputFormat::Json => {
            // Print an object for one file and an array for several files, even if some files could not be read.
            let single = arguments.files.len() == 1 && !arguments.files[0].is_dir();
            let json = match inspected.pop() {
                Some(only) if single => serde_json::to_string_pretty(&only),
                last => {
                    inspected.extend(last);
                    serde_json::to_string_pretty(&inspected)
                }
            };
            if !single || !sources.is_empty() {
                out::println!("{}", json.unwrap_or_default());
            }
        }
        OutputFormat::Text => {
            for document in &inspected {
                out::println!("{}", document.tree());
            }
        }
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

/// Prints the syntax tree of a document in the format of `plansmith/syntaxTree`.
fn print_tree(source: &InputFile) {
    let (tree, _) = SyntaxTrees::default().write(&Document::new(&source.text), None, 0);
    out::println!("{tree}");
}

/// Prints the blocks of a document, and a diff to those of tree-sitter's grammar. Useful for bug reports.
fn print_blocks(source: &InputFile) {
    let blocks = Document::parsed(&source.text).dump();
    out::print!("{}\n{blocks}", source.name);
    let expected = tree::document(&source.text).dump();
    if blocks != expected {
        let diff = similar::TextDiff::from_lines(&blocks, &expected);
        out::print!("\n{}", diff.unified_diff().header("plansmith", "tree-sitter"));
    }
}
