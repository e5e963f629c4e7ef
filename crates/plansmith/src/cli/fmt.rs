//! `plansmith fmt`.

use std::path::PathBuf;

use clap::ValueEnum;
use plan_ide::formatting::{self, Options, Tables};

use super::{
    Color, FAILED, count,
    input::{Source, each, read_all},
    out,
};
use crate::{disk, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders; `-` for standard input, which is printed formatted
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Write nothing; the exit code is 1 if something would change
    #[arg(long)]
    check: bool,
    /// Print what would change, and write nothing; the exit code is 1 if there is something
    #[arg(long, conflicts_with = "check")]
    diff: bool,
    /// How to lay out tables: as the settings say, else aligned
    #[arg(long, value_enum)]
    tables: Option<Layout>,
    /// What to call standard input
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Layout {
    /// Columns as wide as their widest cell
    Aligned,
    /// One blank on each side of a cell
    Compact,
}

/// A text with what it becomes.
struct Formatted {
    source: Source,
    text: String,
}

impl Formatted {
    fn differs(&self) -> bool {
        self.text != self.source.text
    }
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    let (sources, mut complaints) =
        read_all(&arguments.paths, arguments.stdin_filename.as_deref(), &|key| project.takes(key));
    let format = |source: Source, (): ()| {
        crate::trial::panic_over(|| source.text.clone());
        let file = source.file(&project.environment);
        let mut options: Options = file.environment().format;
        match arguments.tables {
            Some(Layout::Aligned) => options.tables = Tables::Aligned,
            Some(Layout::Compact) => options.tables = Tables::Compact,
            None => {}
        }
        let mut text = source.text.clone();
        for edit in formatting::format(&file, None, &options).into_iter().rev() {
            text.replace_range(edit.range, &edit.text);
        }
        Formatted { source, text }
    };
    let sources = sources.into_iter().map(|source| (source, ())).collect();
    let formatted: Vec<Formatted> = each(sources, &mut complaints, format);
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
                    out::println!("would change  {name}");
                }
            }
            None => out::print!("{}", formatted.text),
            Some(path) if formatted.differs() => {
                match disk::replace(path, Some(&formatted.source.text), &formatted.text) {
                    Ok(()) => out::println!("formatted  {name}"),
                    Err(error) => complaints.push(format!("{name}: {}", disk::not_replaced(&error))),
                }
            }
            Some(_) => {}
        }
        changed += usize::from(formatted.differs());
    }
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    if !complaints.is_empty() {
        return FAILED;
    }
    let is_quiet = arguments.diff || formatted.iter().any(|formatted| formatted.source.path.is_none());
    if !is_quiet {
        let verb = if arguments.check { "would change" } else { "changed" };
        out::println!("{}, {changed} {verb}.", count(formatted.len(), "file"));
    }
    i32::from((arguments.check || arguments.diff) && changed > 0)
}
