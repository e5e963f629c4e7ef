//! `plansmith templates`: what there is, what is in it, where it comes from.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use plan_model::Plan;
use plan_schema::{Template, derive};
use plan_syntax::Document;

use super::{FAILED, out};
use crate::{lines::LineIndex, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the built-in templates and those in .plansmith/templates
    List,
    /// Print a template
    Show {
        /// Its name
        name: String,
    },
    /// Print a template made from the structure of a document
    Derive {
        /// The document
        file: PathBuf,
    },
    /// Say what in a template can't be
    Check {
        /// The template
        file: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    match arguments.action.as_ref().unwrap_or(&Action::List) {
        Action::List => {
            let environment = workspace::current();
            let all = environment.templates().all();
            let width = all.iter().map(|template| template.name.chars().count()).max().unwrap_or(0);
            for template in all {
                let origin = template.path.as_deref().unwrap_or("built in");
                out::println!("{:width$}  {}  ({origin})", template.name, template.description);
            }
            0
        }
        Action::Show { name } => match workspace::current().templates().named(name) {
            Some(template) => {
                out::print!("{}", template.text);
                0
            }
            None => {
                anstream::eprintln!(
                    "plansmith: there is no template `{name}`; `plansmith templates` lists them"
                );
                FAILED
            }
        },
        Action::Derive { file } => with(file, |text| {
            out::print!("{}", derive(&Plan::new(&Document::new(text))));
            0
        }),
        Action::Check { file } => with(file, |text| {
            let template = Template::compile("template", text);
            let index = LineIndex::new(text);
            for problem in &template.problems {
                let at = index.at(problem.range.start);
                out::println!("{}:{}:{}: {}", file.display(), at.line, at.column, problem.message);
            }
            if template.problems.is_empty() {
                let (sections, slots) = (template.sections.len(), template.slots.len());
                out::println!(
                    "{}: {sections} sections, {slots} places to fill in, nothing wrong",
                    file.display()
                );
            }
            i32::from(!template.problems.is_empty())
        }),
    }
}

fn with(file: &Path, action: impl FnOnce(&str) -> i32) -> i32 {
    match std::fs::read_to_string(file) {
        Ok(text) => action(&text),
        Err(error) => {
            anstream::eprintln!("plansmith: {}: {error}", file.display());
            FAILED
        }
    }
}
