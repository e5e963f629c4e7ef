//! The reference of the command line in `docs`, generated from the definitions of the arguments.

use std::fmt::Write;

use clap::{Arg, Command};

/// The part of the page that does not depend on the arguments.
const INTRODUCTION: &str = "\
<!-- Generated from crates/plansmith/src/cli by `cargo xtask docs`. -->

# Command line

`plansmith COMMAND --help` prints the same reference in a terminal. `plansmith completions SHELL` prints a completion script for bash, zsh, fish, elvish or PowerShell, and `plansmith man --directory DIRECTORY` writes manual pages.

```sh
plansmith completions bash > ~/.local/share/bash-completion/completions/plansmith
plansmith man --directory ~/.local/share/man/man1
```

## Exit codes

| code | meaning |
| --- | --- |
| 0 | success |
| 1 | `check` has findings at or above `--fail-on`; `--diff` shows changes; `fmt --check` lists files; `coverage` is below `--fail-under` |
| 2 | an argument or a settings file is invalid, a file cannot be read, or output cannot be written |
| 3 | an edit was refused: a task is not in the expected state, an editor has unsaved changes, or other processes are changing the file |
| 4 | no task is ready |

## Output

Results go to standard output, messages to standard error. With `--quiet`, only results and errors are printed. `--output-file` writes the result to a file and replaces the file atomically.

Plansmith prints control characters, bidirectional controls and line breaks from a plan as escapes such as `\\u{1b}`, so a plan cannot control a terminal. `fmt -`, `check --fix -`, `new` and `templates show` print documents byte for byte, unless standard output is a terminal.

Paths are relative to the working directory. Tables fit the width of the terminal. If standard output is not a terminal, they fit `COLUMNS`, if it is set. In terminals that support hyperlinks, the name of a rule in a finding links to its page.

Every JSON report is an object whose first member is `version`, currently 1. New members may be added. The version changes if a member is removed or its meaning changes. `check --format sarif` and `check --format gitlab` write the SARIF and GitLab formats, which have no `version` of Plansmith.
";

/// Returns the page in Markdown.
pub(super) fn page(mut command: Command) -> String {
    command.build();
    let mut out = INTRODUCTION.to_owned();
    out.push_str(
        "\n## Global options\n\nYou can write these options before or after the name of the command.\n",
    );
    table(&mut out, command.get_arguments().filter(|argument| is_global(argument)));
    section(&mut out, &command);
    out
}

/// Appends the sections of the subcommands.
fn section(out: &mut String, parent: &Command) {
    for command in
        parent.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help")
    {
        let name = command.get_bin_name().unwrap_or(command.get_name());
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = write!(out, "\n## {name}\n\n{about}.\n");
        if command.has_subcommands() {
            section(out, command);
            continue;
        }
        let usage = command.clone().render_usage().to_string();
        let _ = write!(out, "\n```text\n{}\n```\n", usage.trim_start_matches("Usage: "));
        table(out, command.get_arguments().filter(|argument| !is_global(argument)));
    }
}

fn is_global(argument: &Arg) -> bool {
    argument.is_global_set()
}

/// Appends a table of arguments and options.
fn table<'a>(out: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    let hidden = |argument: &&Arg| {
        !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version")
    };
    let arguments: Vec<&Arg> = arguments.filter(hidden).collect();
    if arguments.is_empty() {
        return;
    }
    out.push_str("\n| argument or option | effect |\n| --- | --- |\n");
    for argument in arguments {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let mut effect = cell(&help);
        let values: Vec<_> = argument.get_possible_values();
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.is_hide_set() && argument.get_action().takes_values())
            .map(|value| match value.get_help() {
                Some(help) => format!("`{}` ({})", value.get_name(), cell(&help.to_string())),
                None => format!("`{}`", value.get_name()),
            })
            .collect();
        if !values.is_empty() {
            let _ = write!(effect, ". Values: {}", values.join(", "));
        }
        let defaults: Vec<String> = argument
            .get_default_values()
            .iter()
            .map(|value| format!("`{}`", value.to_string_lossy()))
            .collect();
        if !defaults.is_empty() && argument.get_action().takes_values() {
            let _ = write!(effect, ". Default: {}", defaults.join(", "));
        }
        let _ = writeln!(out, "| {} | {effect} |", name(argument));
    }
}

/// Returns the spelling of an argument: `-o`, `--output-file FILE`.
fn name(argument: &Arg) -> String {
    let value = argument.get_value_names().unwrap_or_default().first().map(ToString::to_string);
    let value = value.filter(|_| argument.get_action().takes_values());
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    match (short, long, value) {
        (None, None, value) => format!("`{}`", cell(&value.unwrap_or_default())),
        (short, long, value) => {
            let spellings: Vec<String> = [short, long].into_iter().flatten().collect();
            let value = value.map(|value| format!(" {}", cell(&value))).unwrap_or_default();
            let (last, others) =
                spellings.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
            let others: String = others.iter().map(|other| format!("`{other}`, ")).collect();
            format!("{others}`{last}{value}`")
        }
    }
}

/// Escapes text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_is_current() {
        let page = super::super::reference();
        for part in
            ["## plansmith check\n", "## plansmith templates derive\n", "| `-o`, `--output-file FILE` |"]
        {
            assert!(page.contains(part), "{part}\n{page}");
        }
        if let Ok(path) = std::env::var("WRITE_REFERENCE") {
            std::fs::write(path, page).unwrap();
        }
    }
}
