//! `plansmith next --claim`: the first ready task becomes active.

use plan_ide::operations::{Claim, Operation, Refusal};
use serde::Serialize;

use super::{
    EXIT_FAILURE, OutputFormat, count,
    edits::{self, EXIT_NOTHING_READY},
    input::InputPath,
    out, terminal,
};
use crate::{
    git,
    plan_edit::{self, EditError},
    task_json::TaskDetailsJson,
    workspace::Project,
};

/// The tasks that a command found or claimed.
#[derive(Serialize)]
pub(super) struct FoundTasks {
    pub(super) tasks: Vec<TaskDetailsJson>,
    /// Whether the command made the task active.
    pub(super) claimed: bool,
}

/// Returns the owner that a claimed task without an owner gets: `PLANSMITH_OWNER`, the user name of git, or the login
/// name.
pub(super) fn default_owner() -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    variable("PLANSMITH_OWNER")
        .or_else(git::user_name)
        .or_else(|| variable("USER"))
        .or_else(|| variable("USERNAME"))
}

/// Claims the first task that is ready in one of the plans, prints it, and returns the exit code. The plans are in the order
/// in which `next` lists them.
pub(super) fn run(plans: &[InputPath], project: &Project, claim: &Claim, format: OutputFormat) -> i32 {
    let claim = Operation::Claim(claim.clone());
    let mut refused = None;
    let mut assigned = 0;
    for plan in plans {
        let Some(path) = plan.path() else {
            out::error("cannot claim a task on standard input; use `plansmith set --stdin`");
            return EXIT_FAILURE;
        };
        match plan_edit::edit_file(path, &project.environment, std::slice::from_ref(&claim), false) {
            Ok(edited) => {
                edited.applied.remarks.iter().for_each(out::note);
                let tasks =
                    TaskDetailsJson::of_items(&plan.name, &edited.applied.file, &edited.applied.items);
                match format {
                    OutputFormat::Json => out::json(&FoundTasks { tasks, claimed: true }),
                    OutputFormat::Text => {
                        for task in &tasks {
                            out::println!("{}", terminal::line(&task.summary()));
                        }
                    }
                }
                return 0;
            }
            Err(EditError::Refused(Refusal::NothingReady { assigned: skipped, .. })) => assigned += skipped,
            // Another plan may have a ready task.
            Err(error) => {
                out::error(format_args!("{}: {error}", plan.name));
                refused.get_or_insert(error);
            }
        }
    }
    if format == OutputFormat::Json {
        out::json(&FoundTasks { tasks: Vec::new(), claimed: false });
    }
    match refused {
        Some(error) => edits::exit_code(&error),
        None => {
            match assigned {
                0 => out::error("no tasks ready"),
                _ => out::error(format_args!(
                    "no tasks ready: {} assigned to other owners; use --reassign",
                    count(assigned, "task")
                )),
            }
            EXIT_NOTHING_READY
        }
    }
}
