//! `plansmith fmt`: formats plans and checklists.

use clap::ValueEnum;
use plan_ide::{
    File,
    formatting::{self, Options, Tables},
};

use super::{
    EXIT_FAILURE, count,
    input::{InputArguments, InputFile, Inputs, process_all},
    options::GlobalOptions,
    out, terminal,
};
use crate::{disk, plan_edit};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// List files that need formatting, without writing them; exit code 1 if there are any
    #[arg(long)]
    check: bool,
    /// Show changes, without writing files; exit code 1 if there are any
    #[arg(long, conflicts_with = "check")]
    diff: bool,
    /// Table style [default: `format.tables` in plansmith.toml, or `aligned`]
    #[arg(long, value_enum)]
    tables: Option<TableStyle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TableStyle {
    /// Columns as wide as their widest cell
    Aligned,
    /// One space on each side of a cell
    Compact,
}

/// A file with its formatted text.
struct FormattedFile {
    source: InputFile,
    text: String,
    /// Whether the file is a plan or a checklist. Other files are never changed.
    is_formatted: bool,
}

impl FormattedFile {
    fn differs(&self) -> bool {
        self.text != self.source.text
    }
}

/// Returns the text of a file, formatted.
pub(super) fn formatted(file: &File, options: &Options) -> String {
    plan_ide::apply_edits(&file.document().text(), &formatting::format(file, None, options))
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let Some(Inputs { project, files: sources, mut errors }) = arguments.input.find(options) else {
        return EXIT_FAILURE;
    };
    let has_output_file = options.output_file.is_some() && !arguments.check && !arguments.diff;
    if has_output_file && sources.len() > 1 {
        out::error(format_args!(
            "`--output-file` takes one formatted document, but there are {}; name one file",
            count(sources.len(), "file")
        ));
        return EXIT_FAILURE;
    }
    let format = |source: InputFile| {
        crate::fault_injection::panic_on(|| source.text.clone());
        let file = source.file(&project.environment);
        let mut options: Options = file.environment().format;
        match arguments.tables {
            Some(TableStyle::Aligned) => options.tables = Tables::Aligned,
            Some(TableStyle::Compact) => options.tables = Tables::Compact,
            None => {}
        }
        let text = formatted(&file, &options);
        FormattedFile { source, text, is_formatted: file.has_tasks() }
    };
    let formatted: Vec<FormattedFile> = process_all(sources, &mut errors, format);
    let mut changed = 0;
    for formatted in &formatted {
        let name = &formatted.source.name;
        match &formatted.source.path {
            _ if arguments.diff => out::diff(name, &formatted.source.text, &formatted.text),
            _ if arguments.check && !formatted.differs() => {}
            _ if arguments.check => out::println!("would reformat  {}", terminal::line(name)),
            path if path.is_none() || has_output_file => out::document(&formatted.text),
            Some(path) if formatted.differs() => {
                match plan_edit::replace_file(path, Some(&formatted.source.text), &formatted.text) {
                    Ok(()) => out::remark(format_args!("reformatted  {}\n", terminal::line(name))),
                    Err(error) => errors.push(disk::replace_error(name, &error)),
                }
            }
            _ => {}
        }
        changed += usize::from(formatted.differs());
    }
    out::errors(&errors);
    if !errors.is_empty() {
        return EXIT_FAILURE;
    }
    let is_quiet = arguments.diff
        || has_output_file
        || formatted.iter().any(|formatted| formatted.source.path.is_none());
    if !is_quiet {
        let verb = if arguments.check { "would be reformatted" } else { "reformatted" };
        let skipped = formatted.iter().filter(|formatted| !formatted.is_formatted).count();
        let skipped = match skipped {
            0 => String::new(),
            1 => ", 1 skipped (no plan or checklist)".to_owned(),
            skipped => format!(", {skipped} skipped (no plans or checklists)"),
        };
        out::remark(format_args!("{}: {changed} {verb}{skipped}\n", count(formatted.len(), "file")));
    }
    i32::from((arguments.check || arguments.diff) && changed > 0)
}
