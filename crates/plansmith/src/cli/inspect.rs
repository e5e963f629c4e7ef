//! `plansmith inspect`: what was understood.

use std::path::PathBuf;

use plan_syntax::Document;

use super::{
    Color, FAILED, Format,
    input::{Source, read_all},
    out,
};
use crate::{inspect::Inspected, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files; `-` for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print the blocks of the Markdown instead, and a diff where tree-sitter's grammar reads others
    #[arg(long, conflicts_with = "format")]
    blocks: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let (sources, complaints) = read_all(&arguments.files, None, &|_| true);
    if arguments.blocks {
        sources.iter().for_each(print_blocks);
        for complaint in &complaints {
            anstream::eprintln!("plansmith: {complaint}");
        }
        return if complaints.is_empty() { 0 } else { FAILED };
    }
    let environment = workspace::of_paths(&arguments.files);
    let inspect = |source: &Source| Inspected::of(&source.file(&environment), &source.name);
    let mut inspected: Vec<Inspected> = sources.iter().map(inspect).collect();
    match arguments.format {
        Format::Json => {
            // One file prints an object, several an array, whatever could be read of them.
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
        Format::Text => {
            for document in &inspected {
                out::println!("{}", document.tree());
            }
        }
    }
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    if complaints.is_empty() { 0 } else { FAILED }
}

/// For reports of Markdown that is misread: what we make of it, and what another reader does.
fn print_blocks(source: &Source) {
    let blocks = Document::unedited(&source.text).dump();
    out::print!("{}\n{blocks}", source.name);
    let others = Document::with_trees(&source.text).dump();
    if blocks != others {
        let diff = similar::TextDiff::from_lines(&blocks, &others);
        out::print!("\n{}", diff.unified_diff().header("plansmith", "tree-sitter"));
    }
}
