//! `plansmith graph`: dependency graph and timeline.

use std::path::PathBuf;

use plan_ide::overview;

use super::{
    EXIT_FAILURE,
    input::{internal_error, read_all},
    out,
};
use crate::{
    diagram::{self, DiagramFormat, DiagramKind},
    panics::catch_panic,
    workspace,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Plan file; `-` for standard input
    file: PathBuf,
    /// Diagram to print
    #[arg(long, value_enum, default_value_t = DiagramKind::Dependencies)]
    kind: DiagramKind,
    /// Output format
    #[arg(long, value_enum, default_value_t = DiagramFormat::Mermaid)]
    format: DiagramFormat,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    if arguments.file.is_dir() {
        out::error(format_args!("{}: is a directory; expected a file", arguments.file.display()));
        return EXIT_FAILURE;
    }
    let paths = std::slice::from_ref(&arguments.file);
    let (sources, errors) = read_all(paths, None, None);
    out::errors(&errors);
    let Some(source) = sources.first() else { return EXIT_FAILURE };
    let file = source.file(&workspace::environment_of_paths(paths));
    let render = || {
        crate::fault_injection::panic_on(|| file.document().text());
        diagram::render(&file, arguments.kind, arguments.format)
    };
    let diagram = catch_panic(render).map_err(|panic| internal_error(&panic));
    match diagram.and_then(|diagram| diagram.map_err(|why| why.to_string())) {
        Ok(diagram) => out::print!("{diagram}"),
        Err(why) => {
            out::error(format_args!("{}: {why}", source.name));
            return EXIT_FAILURE;
        }
    }
    let graph = (arguments.kind == DiagramKind::Dependencies).then(|| overview::graph(&file));
    if let Some(graph) = graph.filter(|graph| graph.edges.is_empty()) {
        let shown = if graph.nodes.is_empty() { "the graph is empty" } else { "showing phases" };
        out::note(format_args!("{}: no dependencies found; {shown}", source.name));
    }
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}
