//! Shared parts of the commands that change a plan.

use std::path::{Path, PathBuf};

use plan_ide::operations::{Operation, Refusal, UnexpectedState};
use serde::Serialize;

use super::{
    EXIT_FAILURE, OutputFormat, input::read_files, options::GlobalOptions, out, relative_path::relative_path,
    terminal,
};
use crate::{
    files,
    plan_edit::{self, EditError, EditResult},
    task_json::TaskDetailsJson,
};

/// Exit code if an edit is refused: unexpected state, unsaved changes or concurrent edits.
pub(super) const EXIT_REFUSED: i32 = 3;
/// Exit code if no task is ready.
pub(super) const EXIT_NOTHING_READY: i32 = 4;

/// Options of commands that change a plan.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct EditOptions {
    /// Print the change as a diff, without writing the file
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    pub(super) format: OutputFormat,
}

/// JSON report of an edit: the affected tasks.
#[derive(Serialize)]
struct EditReport {
    tasks: Vec<TaskDetailsJson>,
    /// Whether the file was changed; `false` with `--dry-run`.
    changed: bool,
}

/// A change that was not made.
#[derive(Serialize)]
pub(super) struct ErrorReport {
    pub(super) error: ErrorJson,
}

/// Reason why a change was not made.
#[derive(Serialize)]
pub(super) struct ErrorJson {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl ErrorJson {
    pub(super) fn new(error: &EditError) -> Self {
        let item = match error {
            EditError::Refused(Refusal::Unexpected(item)) => Some(item),
            _ => None,
        };
        let item: Option<&UnexpectedState> = item;
        Self {
            kind: kind(error),
            message: error.to_string(),
            line: item.map(|item| item.line),
            state: item.map(|item| item.state.name()),
            text: item.map(|item| item.text.clone()),
        }
    }
}

/// Returns the value of `kind` for an error in JSON.
pub(super) fn kind(error: &EditError) -> &'static str {
    match error {
        EditError::Refused(Refusal::Unknown { .. }) => "unknown-item",
        EditError::Refused(Refusal::Ambiguous { .. }) => "ambiguous-item",
        EditError::Refused(Refusal::Unexpected(_)) => "unexpected-state",
        EditError::Refused(Refusal::NothingReady { .. }) => "nothing-ready",
        EditError::Refused(Refusal::Invalid(_)) => "invalid",
        EditError::Unsaved => "unsaved-changes",
        EditError::Failed(_) => "failed",
        EditError::Changed | EditError::Busy => "busy",
    }
}

/// Returns the exit code for an error.
pub(super) fn exit_code(error: &EditError) -> i32 {
    match error {
        EditError::Refused(Refusal::Unexpected(_))
        | EditError::Unsaved
        | EditError::Changed
        | EditError::Busy => EXIT_REFUSED,
        EditError::Refused(Refusal::NothingReady { .. }) => EXIT_NOTHING_READY,
        EditError::Refused(_) | EditError::Failed(_) => EXIT_FAILURE,
    }
}

/// Applies operations to a plan, prints the result, and returns the exit code.
pub(super) fn run(path: &Path, operations: &[Operation], edit: EditOptions, options: &GlobalOptions) -> i32 {
    let Some(project) = options.project_without_files(&[path.to_owned()]) else { return EXIT_FAILURE };
    let name = relative_path(&files::key_of_path(path));
    match plan_edit::edit_file(path, &project.environment, operations, edit.dry_run) {
        Ok(edited) => {
            print(&name, &edited, edit);
            0
        }
        Err(error) => report_error(&name, &error, edit.format),
    }
}

/// Applies operations to standard input, prints the changed plan, and returns the exit code.
pub(super) fn run_on_stdin(
    stdin_filename: Option<&Path>,
    operations: &[Operation],
    options: &GlobalOptions,
) -> i32 {
    let Some(mut inputs) = read_files(&[PathBuf::from("-")], stdin_filename, options) else {
        return EXIT_FAILURE;
    };
    out::errors(&inputs.errors);
    let Some(input) = inputs.files.pop() else { return EXIT_FAILURE };
    match plan_edit::edit_text(&input.key, &input.text, &inputs.project.environment, operations) {
        Ok(edited) => {
            edited.applied.remarks.iter().for_each(out::note);
            out::document(&edited.after());
            0
        }
        Err(error) => report_error(&input.name, &error, OutputFormat::Text),
    }
}

fn print(name: &str, edited: &EditResult, edit: EditOptions) {
    edited.applied.remarks.iter().for_each(out::note);
    let tasks = TaskDetailsJson::of_items(name, &edited.applied.file, &edited.applied.items);
    match edit.format {
        OutputFormat::Json => {
            let changed = !edit.dry_run && !edited.applied.edits.is_empty();
            out::json(&EditReport { tasks, changed });
        }
        OutputFormat::Text if edit.dry_run => out::diff(name, &edited.before, &edited.after()),
        OutputFormat::Text => {
            for task in &tasks {
                out::println!("{}", terminal::line(&task.summary()));
            }
            if tasks.is_empty() && !edited.applied.edits.is_empty() {
                out::println!("{}: changed", terminal::line(name));
            }
        }
    }
}

/// Prints an error and returns its exit code.
pub(super) fn report_error(name: &str, error: &EditError, format: OutputFormat) -> i32 {
    out::error(format_args!("{name}: {error}"));
    if format == OutputFormat::Json {
        out::json(&ErrorReport { error: ErrorJson::new(error) });
    }
    exit_code(error)
}
