//! `plansmith graph`: who waits for whom, and when what is done.

use std::path::PathBuf;

use plan_ide::overview;

use super::{
    FAILED,
    input::{given_up, read_all},
    out,
};
use crate::{
    panics::caught,
    picture::{self, Format, Of},
    workspace,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The plan; `-` for standard input
    file: PathBuf,
    /// What to draw
    #[arg(long, value_enum, default_value_t = Of::Dependencies)]
    of: Of,
    /// The language to write it in
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
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
    let file = source.file(&workspace::of_paths(paths));
    let draw = || {
        crate::trial::panic_over(|| file.document().text());
        picture::draw(&file, arguments.of, arguments.format)
    };
    let drawn = caught(draw).map_err(|said| given_up(&said));
    match drawn.and_then(|drawn| drawn.map_err(|why| why.to_string())) {
        Ok(drawn) => out::print!("{drawn}"),
        Err(why) => {
            anstream::eprintln!("plansmith: {}: {why}", source.name);
            return FAILED;
        }
    }
    let graph = (arguments.of == Of::Dependencies).then(|| overview::graph(&file));
    if let Some(graph) = graph.filter(|graph| graph.edges.is_empty()) {
        let what = if graph.nodes.is_empty() { "the graph is empty" } else { "these are its phases" };
        anstream::eprintln!("plansmith: {}: no task says what it depends on, so {what}", source.name);
    }
    if complaints.is_empty() { 0 } else { FAILED }
}
