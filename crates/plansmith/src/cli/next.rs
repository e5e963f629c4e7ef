//! `plansmith next`: ready tasks.

use std::{fmt::Write, path::PathBuf};

use clap::builder::styling::Style;
use plan_ide::{File, overview};

use super::{
    Color, EXIT_FAILURE, OutputFormat, count,
    input::{InputFile, process_all, read_all, without_dot_slash},
    out,
};
use crate::{
    status_json::{PlanTasks, ReadyTask},
    workspace,
};

/// Maximum number of tasks listed per plan without `--all`.
const MAX_LISTED_TASKS: usize = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and directories; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// List all ready tasks of each plan instead of the first five
    #[arg(long)]
    all: bool,
    /// Output format; JSON always contains all tasks
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
    /// When to use color
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// Formats a task: `1.2 Copy the data (Ada, 2 days)`.
fn describe(task: &ReadyTask) -> String {
    let mut text = task.id.as_ref().map(|id| format!("{id} ")).unwrap_or_default();
    text.push_str(&task.title);
    let active = (task.state == "active").then_some("active");
    let remarks = [active, task.owner.as_deref(), task.estimate.as_deref()];
    let remarks: Vec<&str> = remarks.into_iter().flatten().collect();
    if !remarks.is_empty() {
        let _ = write!(text, " ({})", remarks.join(", "));
    }
    text
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    let (sources, mut errors) = read_all(&arguments.paths, None, Some(&project));
    let file_count = sources.len();
    let read = |source: InputFile, ()| {
        let file: File = source.file(&project.environment);
        crate::fault_injection::panic_on(|| file.document().text());
        file.is_live_plan().then(|| PlanTasks {
            path: without_dot_slash(&source.name).to_owned(),
            uri: None,
            title: file.plan().title(),
            tasks: overview::ready_tasks(&file).into_iter().map(ReadyTask::from).collect(),
        })
    };
    let sources = sources.into_iter().map(|source| (source, ())).collect();
    let mut plans: Vec<PlanTasks> = process_all(sources, &mut errors, read).into_iter().flatten().collect();
    plans.sort_by(|a, b| a.path.cmp(&b.path));
    plans.dedup_by(|a, b| a.path == b.path);
    match arguments.format {
        OutputFormat::Json => {
            out::println!("{}", serde_json::to_string_pretty(&plans).unwrap_or_default());
        }
        OutputFormat::Text => out::print!("{}", text(&plans, arguments.all, file_count)),
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

fn text(plans: &[PlanTasks], all: bool, file_count: usize) -> String {
    if plans.is_empty() {
        return super::status::no_plans(file_count);
    }
    let mut out = String::new();
    let bold = Style::new().bold();
    for plan in plans.iter().filter(|plan| !plan.tasks.is_empty()) {
        let title = plan.title.as_deref().unwrap_or("(no title)");
        let _ = writeln!(out, "{bold}{}{bold:#}: {title}", plan.path);
        let max_listed = if all { plan.tasks.len() } else { MAX_LISTED_TASKS };
        for task in plan.tasks.iter().take(max_listed) {
            let _ = writeln!(out, "  {}", describe(task));
        }
        if let more @ 1.. = plan.tasks.len().saturating_sub(max_listed) {
            let _ = writeln!(out, "  … and {more} more (use --all)");
        }
        out.push('\n');
    }
    let tasks: usize = plans.iter().map(|plan| plan.tasks.len()).sum();
    let with_ready_tasks = plans.iter().filter(|plan| !plan.tasks.is_empty()).count();
    let plans = count(plans.len(), "plan");
    let _ = match tasks {
        0 => writeln!(out, "No tasks ready in {plans}"),
        _ => writeln!(out, "{} ready in {with_ready_tasks} of {plans}", count(tasks, "task")),
    };
    out
}
