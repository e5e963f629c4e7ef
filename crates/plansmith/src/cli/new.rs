//! `plansmith new`: creates a plan from a template.

use std::{path::PathBuf, sync::Arc};

use plan_ide::File;
use plan_schema::{KnownValues, Skeleton, Template, unknown_name_message};
use plan_syntax::Document;

use super::{EXIT_FAILURE, fmt, options::GlobalOptions, out, templates::unknown_template, terminal};
use crate::{disk, files::key_of_path, git, plan_edit, wording::with_available};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Template name; see `plansmith templates`
    template: String,
    /// Plan title [default: derived from the file name]
    #[arg(long)]
    title: Option<String>,
    /// Plan owner [default: git `user.name`]
    #[arg(long)]
    owner: Option<String>,
    /// Set a field of the template; can be repeated
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field)]
    fields: Vec<(String, String)>,
    /// Replace the output file if it exists
    #[arg(long)]
    force: bool,
}

fn field(argument: &str) -> Result<(String, String), String> {
    let (key, value) = argument.split_once('=').ok_or("expected FIELD=VALUE, e.g. `Status=Draft`")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// Returns an error message for a field that the template does not have, or for a value with control characters, such
/// as newlines.
fn invalid_value(template: &Template, arguments: &Arguments) -> Option<String> {
    let named = [("--title", &arguments.title), ("--owner", &arguments.owner)];
    let named = named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let fields = arguments.fields.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    if let Some((name, _)) = named.chain(fields).find(|(_, value)| value.contains(char::is_control)) {
        return Some(format!("invalid value of `{name}`; expected one line without control characters"));
    }
    let known = || template.fields.iter().map(|field| field.key.as_str());
    let is_known = |key: &str| known().any(|known| known.eq_ignore_ascii_case(key));
    let (unknown, _) = arguments.fields.iter().find(|(key, _)| !is_known(key))?;
    let mut keys: Vec<&str> = Vec::new();
    for key in known() {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let message = unknown_name_message("field", unknown, known());
    Some(match keys.is_empty() {
        true => format!("{message}; template `{}` has no fields", template.name),
        false => with_available(&message, &keys),
    })
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let output = options.output_file.as_ref();
    let here = [output.cloned().unwrap_or_else(|| PathBuf::from("."))];
    let Some(project) = options.project_without_files(&here) else { return EXIT_FAILURE };
    let environment = project.environment;
    let Some(template) = environment.templates().named(&arguments.template) else {
        out::error(unknown_template(&environment, &arguments.template));
        return EXIT_FAILURE;
    };
    if let Some(error) = invalid_value(template, arguments) {
        out::error(error);
        return EXIT_FAILURE;
    }
    let from_name = || plan_ide::completion::title_of(&output?.to_string_lossy());
    let values = KnownValues {
        title: arguments.title.clone().or_else(from_name),
        owner: arguments.owner.clone().or_else(git::user_name),
        today: environment.today.clone(),
        fields: arguments.fields.clone(),
    };
    let text = Skeleton::plan(template, &values).to_text();
    let key = output.map_or_else(|| "new.md".to_owned(), |path| key_of_path(path));
    let file = File::with_environment(key, Document::parsed(&text), Arc::clone(&environment));
    let text = fmt::formatted(&file, &environment.format);
    let Some(path) = output else {
        out::document(&text);
        return 0;
    };
    let wrote = || {
        out::remark(format_args!("wrote {}\n", terminal::line(&path.display().to_string())));
        0
    };
    if arguments.force && path.is_file() {
        return match plan_edit::replace_file(path, None, &text) {
            Ok(()) => wrote(),
            Err(error) => {
                out::error(disk::replace_error(&path.display().to_string(), &error));
                EXIT_FAILURE
            }
        };
    }
    let written = if arguments.force { disk::write(path, &text) } else { disk::create_new(path, &text) };
    match written {
        Ok(()) => wrote(),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            out::error(format_args!("`{}` already exists; replace it with --force", path.display()));
            EXIT_FAILURE
        }
        Err(error) => {
            out::error(disk::create_error(path, &error));
            EXIT_FAILURE
        }
    }
}
