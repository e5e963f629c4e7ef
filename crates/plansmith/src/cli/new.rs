//! `plansmith new`: creates a plan from a template.

use std::path::PathBuf;

use plan_schema::{KnownValues, Skeleton};

use super::{EXIT_FAILURE, out, templates::unknown_template};
use crate::{disk, git, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Template name; see `plansmith templates`
    template: String,
    /// Write to FILE (must not exist) instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Plan title [default: derived from the file name]
    #[arg(long)]
    title: Option<String>,
    /// Plan owner [default: git `user.name`]
    #[arg(long)]
    owner: Option<String>,
    /// Set a field of the plan; can be repeated
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field)]
    fields: Vec<(String, String)>,
}

fn field(argument: &str) -> Result<(String, String), String> {
    let (key, value) = argument.split_once('=').ok_or("expected FIELD=VALUE, e.g. `Status=Draft`")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    let environment = workspace::current_environment();
    let Some(template) = environment.templates().named(&arguments.template) else {
        out::error(unknown_template(&environment, &arguments.template));
        return EXIT_FAILURE;
    };
    let from_name = || plan_ide::completion::title_of(&arguments.output.as_ref()?.to_string_lossy());
    let values = KnownValues {
        title: arguments.title.clone().or_else(from_name),
        owner: arguments.owner.clone().or_else(git::user_name),
        today: environment.today.clone(),
        fields: arguments.fields.clone(),
    };
    let text = Skeleton::plan(template, &values).to_text();
    let Some(path) = &arguments.output else {
        out::print!("{text}");
        return 0;
    };
    match disk::create_new(path, &text) {
        Ok(()) => 0,
        Err(error) => {
            out::error(disk::create_error(path, &error));
            EXIT_FAILURE
        }
    }
}
