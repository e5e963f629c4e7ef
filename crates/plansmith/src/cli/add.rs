//! `plansmith add`: adds a task to a plan.

use std::path::PathBuf;

use plan_ide::operations::{NewTask, Operation};

use super::{
    edits::{self, EditOptions},
    options::GlobalOptions,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The new task has the format of the tasks next to it, and the next unused ID.

Examples:
  plansmith add plan.md 'Remove the old index' --phase 2 --depends-on 2.1
  plansmith add tasks.md 'Handle empty files' --after T012 --requirement FR-004")]
pub(super) struct Arguments {
    /// Plan file
    file: PathBuf,
    /// Title of the task
    title: String,
    /// Phase of the task: `phase 2`, `2`, or its title [default: the last phase with tasks]
    #[arg(long, value_name = "PHASE")]
    phase: Option<String>,
    /// Insert the new task after this task
    #[arg(long, value_name = "ITEM")]
    after: Option<String>,
    /// Tasks or phases that the task depends on, separated by commas
    #[arg(long, value_name = "ITEMS")]
    depends_on: Option<String>,
    /// Requirements that the task implements, separated by commas
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    requirement: Vec<String>,
    #[command(flatten)]
    edit: EditOptions,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let operation = Operation::Add(NewTask {
        title: arguments.title.clone(),
        phase: arguments.phase.clone(),
        after: arguments.after.clone(),
        depends_on: arguments.depends_on.clone(),
        requirements: arguments.requirement.iter().map(|id| id.trim().to_owned()).collect(),
    });
    edits::run(&arguments.file, &[operation], arguments.edit, options)
}
