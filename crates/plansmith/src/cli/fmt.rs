//! `plansmith fmt`.

use std::path::PathBuf;

use clap::ValueEnum;
use plan_ide::formatting::{self, Options, Tables};

use super::{
    Color, EXIT_FAILURE, count,
    input::{InputFile, process_all, read_all},
    out,
};
use crate::{disk, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and directories; `-` formats standard input to standard output
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// List files that need formatting, without writing them; exit code 1 if there are any
    #[arg(long)]
    check: bool,
    /// Show changes, without writing files; exit code 1 if there are any
    #[arg(long, conflicts_with = "check")]
    diff: bool,
    /// Table style [default: `format.tables` in plansmith.toml, or `aligned`]
    #[arg(long, value_enum)]
    tables: Option<TableStyle>,
    /// File name to report for standard input
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// When to use color
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TableStyle {
    /// Columns as wide as their widest cell
    Aligned,
    /// One space on each side of a cell
    Compact,
}

/// A text and its formatted version.
struct FormattedFile {
    source: InputFile,
    text: String,
}

impl FormattedFile {
    fn differs(&self) -> bool {
        self.text != self.source.text
    }
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    let (sources, mut errors) =
        read_all(&arguments.paths, arguments.stdin_filename.as_deref(), Some(&project));
    let format = |source: InputFile, (): ()| {
        crate::fault_injection::panic_on(|| source.text.clone());
        let file = source.file(&project.environment);
        let mut options: Options = file.environment().format;
        match arguments.tables {
            Some(TableStyle::Aligned) => options.tables = Tables::Aligned,
            Some(TableStyle::Compact) => options.tables = Tables::Compact,
            None => {}
        }
        let mut text = source.text.clone();
        for edit in formatting::format(&file, None, &options).into_iter().rev() {
            text.replace_range(edit.range, &edit.text);
        }
        FormattedFile { source, text }
    };
    let sources = sources.into_iter().map(|source| (source, ())).collect();
    let formatted: Vec<FormattedFile> = process_all(sources, &mut errors, format);
    let mut changed = 0;
    for formatted in &formatted {
        let name = &formatted.source.name;
        match &formatted.source.path {
            _ if arguments.diff => {
                let diff = similar::TextDiff::from_lines(&formatted.source.text, &formatted.text);
                out::print!("{}", diff.unified_diff().header(name, name));
            }
            _ if arguments.check => {
                if formatted.differs() {
                    out::println!("would reformat  {name}");
                }
            }
            None => out::print!("{}", formatted.text),
            Some(path) if formatted.differs() => {
                match disk::replace(path, Some(&formatted.source.text), &formatted.text) {
                    Ok(()) => out::println!("reformatted  {name}"),
                    Err(error) => errors.push(disk::replace_error(name, &error)),
                }
            }
            Some(_) => {}
        }
        changed += usize::from(formatted.differs());
    }
    out::errors(&errors);
    if !errors.is_empty() {
        return EXIT_FAILURE;
    }
    let is_quiet = arguments.diff || formatted.iter().any(|formatted| formatted.source.path.is_none());
    if !is_quiet {
        let verb = if arguments.check { "would be reformatted" } else { "reformatted" };
        out::println!("{}: {changed} {verb}", count(formatted.len(), "file"));
    }
    i32::from((arguments.check || arguments.diff) && changed > 0)
}
