//! `plansmith templates`: lists, shows, derives and checks templates.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use plan_ide::Environment;
use plan_model::Plan;
use plan_schema::{Template, derive, unknown_name_message};
use plan_syntax::Document;

use super::{
    EXIT_FAILURE, count,
    options::GlobalOptions,
    out,
    relative_path::relative_path,
    table::{Cell, TextColumn, TextTable},
    terminal,
};
use crate::{
    files,
    lines::{LineColumn, LineIndex},
    wording::with_available,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<TemplatesCommand>,
}

#[derive(Debug, Subcommand)]
enum TemplatesCommand {
    /// List the built-in templates and those of the project
    List,
    /// Print a template
    Show {
        /// Template name
        name: String,
    },
    /// Derive a template from the structure of a document and print it
    Derive {
        /// Markdown file
        file: PathBuf,
    },
    /// Check a template for errors
    Check {
        /// Template file
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let environment = || Some(options.project_without_files(&[PathBuf::from(".")])?.environment);
    match arguments.action.as_ref().unwrap_or(&TemplatesCommand::List) {
        TemplatesCommand::List => {
            let Some(environment) = environment() else { return EXIT_FAILURE };
            let all = environment.templates().all();
            let columns = [
                TextColumn::new("NAME", 40),
                TextColumn::new("ORIGIN", 60),
                TextColumn::new("DESCRIPTION", usize::MAX),
            ];
            let mut table = TextTable::new(columns);
            for template in all {
                let path =
                    template.path.as_deref().map(|path| relative_path(&files::key_of_path(Path::new(path))));
                let origin = path.as_deref().unwrap_or("built-in");
                table.row([&template.name, origin, &template.description].map(Cell::from));
            }
            out::print!("{}", table.text());
            0
        }
        TemplatesCommand::Show { name } => {
            let Some(environment) = environment() else { return EXIT_FAILURE };
            match environment.templates().named(name) {
                Some(template) => {
                    out::document(&template.text);
                    0
                }
                None => {
                    out::error(unknown_template(&environment, name));
                    EXIT_FAILURE
                }
            }
        }
        TemplatesCommand::Derive { file } => with_text(file, |text| {
            out::document(&derive(&Plan::new(&Document::new(text))));
            0
        }),
        TemplatesCommand::Check { file } => with_text(file, |text| {
            let template = Template::compile("template", text);
            let index = LineIndex::new(text);
            for problem in &template.problems {
                let LineColumn { line, column } = index.line_column(problem.range.start);
                let message = format!("{}:{line}:{column}: {}", file.display(), problem.message);
                out::println!("{}", terminal::line(&message));
            }
            if template.problems.is_empty() {
                let sections = count(template.sections.len(), "section");
                let placeholders = count(template.placeholders.len(), "placeholder");
                let name = file.display().to_string();
                out::println!("{}: {sections}, {placeholders}, no problems", terminal::line(&name));
            }
            i32::from(!template.problems.is_empty())
        }),
    }
}

/// Returns the message for an unknown template.
pub(super) fn unknown_template(environment: &Environment, name: &str) -> String {
    let names: Vec<&str> =
        environment.templates().all().iter().map(|template| template.name.as_str()).collect();
    let message = unknown_name_message("template", name, names.iter().copied());
    with_available(&message, &names)
}

/// Runs `action` with the text of a file and returns its exit code.
fn with_text(file: &Path, action: impl FnOnce(&str) -> i32) -> i32 {
    match files::read(file) {
        Ok(text) => action(&text),
        Err(why) => {
            out::error(format_args!("{}: {why}", file.display()));
            EXIT_FAILURE
        }
    }
}
