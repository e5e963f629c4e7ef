//! `plansmith completions` and `plansmith man`: files for shells and for `man`.

use std::path::PathBuf;

use clap::{Command, CommandFactory, builder::PossibleValuesParser};
use clap_complete::Shell;
use plan_ide::rules;
use plan_schema::Templates;

use super::{EXIT_FAILURE, out};
use crate::disk;

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// Shell to generate the script for
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Write one page per command into this directory, instead of printing the page of `plansmith`
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

/// The options of `check` whose values are names of rules and groups.
const RULE_NAME_OPTIONS: [&str; 3] = ["select", "ignore", "fix_only"];

/// Returns a command that also states the names that can be values. It is for completion only: a project can have
/// further templates.
fn with_names(command: Command) -> Command {
    let rules = || PossibleValuesParser::new(rules::names());
    let templates = || PossibleValuesParser::new(Templates::built_in_names());
    let with = |command: Command, argument: &'static str, names: PossibleValuesParser| {
        command.mut_arg(argument, |argument| argument.value_parser(names))
    };
    command
        .mut_subcommand("check", |check| {
            RULE_NAME_OPTIONS.into_iter().fold(check, |check, option| with(check, option, rules()))
        })
        .mut_subcommand("explain", |explain| with(explain, "rule", rules()))
        .mut_subcommand("new", |new| with(new, "template", templates()))
        .mut_subcommand("templates", |command| {
            command.mut_subcommand("show", |show| with(show, "name", templates()))
        })
}

/// Prints a completion script.
pub(super) fn completions<T: CommandFactory>(arguments: &Completions) -> i32 {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut with_names(T::command()), "plansmith", &mut script);
    out::document(&String::from_utf8_lossy(&script));
    0
}

/// Prints the page for `man`, or writes the pages of all commands.
pub(super) fn man<T: CommandFactory>(arguments: &Man) -> i32 {
    let mut command = T::command();
    command.build();
    let Some(directory) = &arguments.directory else {
        out::document(&page(&command));
        return 0;
    };
    let mut pages = Vec::new();
    collect_pages(&command, &mut pages);
    for (name, text) in pages {
        let path = directory.join(format!("{name}.1"));
        if let Err(error) = disk::create_folder_of(&path).and_then(|()| disk::write(&path, &text)) {
            out::error(disk::write_error(&path, &error));
            return EXIT_FAILURE;
        }
    }
    0
}

/// Adds the pages of a command and its subcommands.
fn collect_pages(command: &Command, pages: &mut Vec<(String, String)>) {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    pages.push((name, page(command)));
    for command in
        command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help")
    {
        collect_pages(command, pages);
    }
}

fn page(command: &Command) -> String {
    let mut page = Vec::new();
    // Writing to memory does not fail.
    drop(clap_mangen::Man::new(command.clone()).render(&mut page));
    String::from_utf8_lossy(&page).into_owned()
}
