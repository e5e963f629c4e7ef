//! `plansmith set`: sets the state of tasks.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use plan_ide::operations::{Operation, OwnerChange, SetState};
use plan_model::{State, Vocabulary};
use plan_schema::unknown_name_message;

use super::{
    EXIT_FAILURE,
    edits::{self, EditOptions},
    options::GlobalOptions,
    out,
};

#[derive(Debug, clap::Args)]
#[command(
    override_usage = "plansmith set [OPTIONS] <FILE> <ITEM[,ITEM...]> <STATE>\n       plansmith set [OPTIONS] --stdin <ITEM[,ITEM...]> <STATE>",
    after_help = "\
Items: an ID (`1.2`, `T012`, `phase 2`), a range (`1.1-1.4`), an exact title, `line:N`, or `plan` for the plan's status
States: open, active, blocked, done, deferred, cancelled, or a status word such as `in-progress`

Examples:
  plansmith set plan.md 1.2 done --expect active --update-progress
  plansmith set tasks.md T012,T013 active --owner Ada
  plansmith set --stdin line:14 done < plan.md

Exit codes: 0 success, 2 error or unknown item, 3 edit refused
(unexpected state, unsaved changes or concurrent edits)"
)]
pub(super) struct Arguments {
    /// Plan file, items to change, and their new state
    #[arg(value_names = ["FILE", "ITEM", "STATE"], num_args = 2..=3, required = true)]
    arguments: Vec<OsString>,
    /// Change nothing unless each item has this state
    #[arg(long, value_name = "STATE", value_parser = state)]
    expect: Option<State>,
    /// Owner to set; its format follows the plan's other owners
    #[arg(long, value_name = "NAME", conflicts_with = "no_owner")]
    owner: Option<String>,
    /// Remove the owner
    #[arg(long)]
    no_owner: bool,
    /// Text to add below the task
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Also update parents, progress values, dates and logs
    #[arg(long)]
    update_progress: bool,
    /// Read the plan from standard input and print the changed plan
    #[arg(long, conflicts_with_all = ["dry_run", "format"])]
    stdin: bool,
    /// Path of the file whose text is on standard input
    #[arg(long, value_name = "FILE", requires = "stdin")]
    stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    edit: EditOptions,
}

/// Parses the name of a state, or a status word that means the state: `in-progress`, `completed`.
pub(super) fn state(name: &str) -> Result<State, String> {
    let named = State::ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(name));
    let found = named.or_else(|| Vocabulary::default().of_words(name));
    found.ok_or_else(|| {
        let names = State::ALL.map(State::name);
        format!("{}; expected {}", unknown_name_message("state", name, names), names.join(", "))
    })
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let (file, items, to) = match (&arguments.arguments[..], arguments.stdin) {
        ([file, items, to], false) => (Some(Path::new(file)), items, to),
        ([file, items, to], true) if file == "-" => (None, items, to),
        ([items, to], true) => (None, items, to),
        (_, true) => {
            out::error("unexpected file; with --stdin, pass ITEM and STATE only");
            return EXIT_FAILURE;
        }
        _ => {
            out::error("missing argument; expected FILE, ITEM and STATE");
            return EXIT_FAILURE;
        }
    };
    let to = match state(&to.to_string_lossy()) {
        Ok(to) => to,
        Err(message) => {
            out::error(message);
            return EXIT_FAILURE;
        }
    };
    let owner = match &arguments.owner {
        Some(owner) => OwnerChange::Set(owner.trim().to_owned()),
        None if arguments.no_owner => OwnerChange::Remove,
        None => OwnerChange::Keep,
    };
    let operation = Operation::Set(SetState {
        items: items.to_string_lossy().into_owned(),
        state: to,
        expect: arguments.expect,
        owner,
        note: arguments.note.clone(),
        update_progress: arguments.update_progress,
    });
    match file {
        Some(file) if file.as_os_str() != "-" => edits::run(file, &[operation], arguments.edit, options),
        _ => edits::run_on_stdin(arguments.stdin_filename.as_deref(), &[operation], options),
    }
}
