//! `plansmith new`: a fresh plan from a template.

use std::path::PathBuf;

use plan_schema::{Filled, Skeleton};

use super::{FAILED, out};
use crate::{disk, git, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The template: see `plansmith templates`
    template: String,
    /// Write the plan to this file, which must not be there yet; else it is printed
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The title; by default made from the file's name
    #[arg(long)]
    title: Option<String>,
    /// The owner; by default the name that git knows you by
    #[arg(long)]
    owner: Option<String>,
    /// The value of a field
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field)]
    fields: Vec<(String, String)>,
}

fn field(argument: &str) -> Result<(String, String), String> {
    let (key, value) = argument.split_once('=').ok_or("write FIELD=VALUE, such as `Status=Draft`")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    let environment = workspace::current();
    let Some(template) = environment.templates().named(&arguments.template) else {
        let names: Vec<&str> =
            environment.templates().all().iter().map(|template| template.name.as_str()).collect();
        anstream::eprintln!(
            "plansmith: there is no template `{}`; known are {}",
            arguments.template,
            names.join(", ")
        );
        return FAILED;
    };
    let from_name = || plan_ide::completion::title_of(&arguments.output.as_ref()?.to_string_lossy());
    let filled = Filled {
        title: arguments.title.clone().or_else(from_name),
        owner: arguments.owner.clone().or_else(git::user_name),
        today: environment.today.clone(),
        fields: arguments.fields.clone(),
    };
    let text = Skeleton::plan(template, &filled).to_text();
    let Some(path) = &arguments.output else {
        out::print!("{text}");
        return 0;
    };
    match disk::create_new(path, &text) {
        Ok(()) => 0,
        Err(error) => {
            anstream::eprintln!("plansmith: {}: {}", path.display(), disk::not_made(&error));
            FAILED
        }
    }
}
