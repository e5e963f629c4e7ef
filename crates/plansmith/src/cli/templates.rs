//! `plansmith templates`: lists, shows, derives and checks templates.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use plan_ide::Environment;
use plan_model::Plan;
use plan_schema::{Template, derive};
use plan_syntax::Document;

use super::{EXIT_FAILURE, count, out};
use crate::{
    files,
    lines::{LineColumn, LineIndex},
    workspace,
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

pub(super) fn run(arguments: &Arguments) -> i32 {
    match arguments.action.as_ref().unwrap_or(&TemplatesCommand::List) {
        TemplatesCommand::List => {
            let environment = workspace::current_environment();
            let all = environment.templates().all();
            let width = all.iter().map(|template| template.name.chars().count()).max().unwrap_or(0);
            for template in all {
                let origin = template.path.as_deref().unwrap_or("built-in");
                out::println!("{:width$}  {}  ({origin})", template.name, template.description);
            }
            0
        }
        TemplatesCommand::Show { name } => {
            let environment = workspace::current_environment();
            match environment.templates().named(name) {
                Some(template) => {
                    out::print!("{}", template.text);
                    0
                }
                None => {
                    out::error(unknown_template(&environment, name));
                    EXIT_FAILURE
                }
            }
        }
        TemplatesCommand::Derive { file } => with_text(file, |text| {
            out::print!("{}", derive(&Plan::new(&Document::new(text))));
            0
        }),
        TemplatesCommand::Check { file } => with_text(file, |text| {
            let template = Template::compile("template", text);
            let index = LineIndex::new(text);
            for problem in &template.problems {
                let LineColumn { line, column } = index.line_column(problem.range.start);
                out::println!("{}:{line}:{column}: {}", file.display(), problem.message);
            }
            if template.problems.is_empty() {
                let sections = count(template.sections.len(), "section");
                let placeholders = count(template.placeholders.len(), "placeholder");
                out::println!("{}: {sections}, {placeholders}, no problems", file.display());
            }
            i32::from(!template.problems.is_empty())
        }),
    }
}

/// Returns the message for an unknown template.
pub(super) fn unknown_template(environment: &Environment, name: &str) -> String {
    let names: Vec<&str> =
        environment.templates().all().iter().map(|template| template.name.as_str()).collect();
    format!("unknown template `{name}`; available: {}", names.join(", "))
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
