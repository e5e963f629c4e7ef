//! `plansmith find`: lists the definition and the references of an ID.

use std::collections::{BTreeMap, HashMap};

use plan_ide::{File, Workspace, navigation, operations::Refusal, rename, sets};
use serde::Serialize;

use super::{
    EXIT_FAILURE, OutputFormat, count,
    input::{InputArguments, Inputs},
    options::GlobalOptions,
    out,
    relative_path::relative_path,
    terminal,
};
use crate::{
    files::{self, RealDisk},
    lines::LineIndex,
    workspace,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plansmith find T012
  plansmith find FR-001 specs/001-login --format json")]
pub(super) struct Arguments {
    /// ID (`1.2`, `T012`, `phase 2`, `FR-001`), or exact title
    name: String,
    #[command(flatten)]
    input: InputArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

/// JSON report of the places of a name.
#[derive(Serialize)]
struct FindReport {
    locations: Vec<FoundLocation>,
}

#[derive(Serialize)]
struct FoundLocation {
    path: String,
    /// Line number, 1-based.
    line: usize,
    /// Column in characters, 1-based.
    column: usize,
    /// `definition` or `reference`.
    kind: &'static str,
    /// Text of the line.
    text: String,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let Some(Inputs { project, files: sources, mut errors }) = arguments.input.read(options) else {
        return EXIT_FAILURE;
    };
    let environment = &project.environment;
    let files: Vec<File> = sources.iter().map(|source| source.file(environment)).collect();
    let index =
        workspace::index(&project, files.iter().map(|file| (file.path().to_owned(), file.entry())).collect());
    let disk = RealDisk::new(environment.clone());
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    let mut names: HashMap<String, String> =
        sources.iter().map(|source| (source.key.clone(), source.name.clone())).collect();
    let mut loaded: HashMap<String, File> =
        files.iter().map(|file| (file.path().to_owned(), file.clone())).collect();
    // Places by path and start, each with whether it is a definition.
    let mut found: BTreeMap<(String, usize), bool> = BTreeMap::new();
    for file in &files {
        // A task and a requirement can have the same number.
        let mut offsets: Vec<usize> = sets::requirement_named(file, &arguments.name).into_iter().collect();
        match rename::offset_of(file, &workspace, &arguments.name) {
            Ok(at) => offsets.push(at),
            Err(Refusal::Ambiguous { lines, .. }) => {
                // Numbers can start again in each phase.
                let rope = file.document().rope();
                for line in lines {
                    let start = rope.line_to_byte(line - 1);
                    found.insert((file.path().to_owned(), start), true);
                }
            }
            Err(_) => {}
        }
        offsets.dedup();
        for at in offsets {
            let Some(uses) = navigation::references(file, &workspace, at) else { continue };
            for place in &uses.here {
                let is_definition = sets::is_requirement_definition(file, place)
                    .unwrap_or(place.start <= at && at <= place.end);
                let known = found.entry((file.path().to_owned(), place.start)).or_default();
                *known |= is_definition;
            }
            for path in &uses.paths {
                if !loaded.contains_key(path) {
                    match files::load(path, environment) {
                        Ok(other) => {
                            names.insert(path.clone(), relative_path(path));
                            loaded.insert(path.clone(), other);
                        }
                        Err(error) => errors.push(format!("{}: {error}", relative_path(path))),
                    }
                }
                let Some(other) = loaded.get(path) else { continue };
                for place in (uses.find)(other, &index) {
                    let is_definition = sets::is_requirement_definition(other, &place).unwrap_or(false);
                    let known = found.entry((path.clone(), place.start)).or_default();
                    *known |= is_definition;
                }
            }
        }
    }
    let locations = locations(&found, &loaded, &names);
    match arguments.format {
        OutputFormat::Json => out::json(&FindReport { locations }),
        OutputFormat::Text => {
            for place in &locations {
                let FoundLocation { path, line, column, kind, text } = place;
                out::println!("{}", terminal::line(&format!("{path}:{line}:{column}: {kind}: {text}")));
            }
        }
    }
    if found.is_empty() {
        let files = count(sources.len(), "file");
        errors.push(format!("`{}` not found in {files}", arguments.name));
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

/// Returns the places with their lines, by file.
fn locations(
    found: &BTreeMap<(String, usize), bool>,
    files: &HashMap<String, File>,
    names: &HashMap<String, String>,
) -> Vec<FoundLocation> {
    let mut locations = Vec::new();
    let texts: HashMap<&str, String> =
        files.iter().map(|(path, file)| (path.as_str(), file.document().text())).collect();
    let mut current: Option<(&str, LineIndex<'_>)> = None;
    for ((path, start), is_definition) in found {
        let (Some(file), Some(text)) = (files.get(path), texts.get(path.as_str())) else { continue };
        let (_, lines) = match current.take() {
            Some(known) if known.0 == path => current.insert(known),
            _ => current.insert((path, LineIndex::new(text))),
        };
        let document = file.document();
        let position = lines.line_column(*start);
        let line = document.slice(document.line_start(*start)..document.line_end(*start));
        locations.push(FoundLocation {
            path: names.get(path).cloned().unwrap_or_else(|| path.clone()),
            line: position.line,
            column: position.column,
            kind: if *is_definition { "definition" } else { "reference" },
            text: line.trim().to_owned(),
        });
    }
    locations
}
