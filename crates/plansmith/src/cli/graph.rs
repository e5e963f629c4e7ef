//! `plansmith graph`: dependency graph and timeline.

use std::path::{Path, PathBuf};

use plan_ide::overview;

use super::{
    EXIT_FAILURE,
    input::{internal_error, read_files},
    options::GlobalOptions,
    out,
};
use crate::{
    diagram::{self, DiagramFormat, DiagramKind},
    panics::catch_panic,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Plan file; `-` for standard input
    file: PathBuf,
    /// Diagram to print
    #[arg(long, value_enum, default_value_t = DiagramKind::Dependencies)]
    kind: DiagramKind,
    /// Output format [default: determined by the extension of the output file, otherwise `mermaid`]
    #[arg(long, value_enum)]
    format: Option<DiagramFormat>,
    /// Path of the file whose text is on standard input
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
}

/// Returns the format for an output file, according to its extension.
fn format_of(file: &Path) -> Option<DiagramFormat> {
    match file.extension()?.to_str()? {
        "svg" => Some(DiagramFormat::Svg),
        "dot" | "gv" => Some(DiagramFormat::Dot),
        "mmd" | "mermaid" => Some(DiagramFormat::Mermaid),
        "txt" => Some(DiagramFormat::Text),
        _ => None,
    }
}

/// Returns the extension of a file in a format that is not supported: an image other than SVG, or a document.
fn other_extension(file: &Path) -> Option<&str> {
    let extension = file.extension()?.to_str()?;
    ["png", "jpg", "jpeg", "gif", "webp", "pdf", "html"].contains(&extension).then_some(extension)
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let paths = std::slice::from_ref(&arguments.file);
    let Some(inputs) = read_files(paths, arguments.stdin_filename.as_deref(), options) else {
        return EXIT_FAILURE;
    };
    out::errors(&inputs.errors);
    let Some(source) = inputs.files.first() else { return EXIT_FAILURE };
    let file = source.file(&inputs.project.environment);
    if arguments.format.is_none()
        && let Some(extension) = options.output_file.as_deref().and_then(other_extension)
    {
        out::error(format_args!(
            "cannot write `{extension}` files; expected svg, dot, gv, mmd, mermaid or txt, or pass --format"
        ));
        return EXIT_FAILURE;
    }
    let format = arguments.format.or_else(|| format_of(options.output_file.as_deref()?));
    let format = format.unwrap_or_default();
    let render = || {
        crate::fault_injection::panic_on(|| file.document().text());
        diagram::render(&file, arguments.kind, format)
    };
    let diagram = catch_panic(render).map_err(|panic| internal_error(&panic));
    match diagram.and_then(|diagram| diagram.map_err(|why| why.to_string())) {
        Ok(diagram) => out::plain(&diagram),
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
    0
}
