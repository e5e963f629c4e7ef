//! `plansmith next`: what can start now.

use std::{fmt::Write, path::PathBuf};

use clap::builder::styling::Style;
use plan_ide::{File, overview};
use plan_schema::Kind;

use super::{
    Color, FAILED, Format, count,
    input::{Source, each, plain_name, read_all},
    out,
};
use crate::{
    standing::{PlanTasks, Task},
    workspace,
};

/// So many tasks of a plan are listed unless all are wanted.
const LISTED: usize = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// List all tasks of a plan instead of the first five
    #[arg(long)]
    all: bool,
    /// How to print it; JSON always has all tasks
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// `1.2 Copy the data (Ada, 2 days)`.
fn shown(task: &Task) -> String {
    let mut shown = task.id.as_ref().map(|id| format!("{id} ")).unwrap_or_default();
    shown.push_str(&task.title);
    let active = (task.state == "active").then_some("active");
    let remarks = [active, task.owner.as_deref(), task.estimate.as_deref()];
    let remarks: Vec<&str> = remarks.into_iter().flatten().collect();
    if !remarks.is_empty() {
        let _ = write!(shown, " ({})", remarks.join(", "));
    }
    shown
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    let (sources, mut complaints) = read_all(&arguments.paths, None, &|key| project.takes(key));
    let found = sources.len();
    let read = |source: Source, ()| {
        let file: File = source.file(&project.environment);
        crate::trial::panic_over(|| file.document().text());
        (file.kind() == Kind::Plan).then(|| PlanTasks {
            path: plain_name(&source.name).to_owned(),
            uri: None,
            title: file.plan().title(),
            tasks: overview::startable(&file).into_iter().map(Task::from).collect(),
        })
    };
    let sources = sources.into_iter().map(|source| (source, ())).collect();
    let mut plans: Vec<PlanTasks> = each(sources, &mut complaints, read).into_iter().flatten().collect();
    plans.sort_by(|a, b| a.path.cmp(&b.path));
    plans.dedup_by(|a, b| a.path == b.path);
    match arguments.format {
        Format::Json => {
            out::println!("{}", serde_json::to_string_pretty(&plans).unwrap_or_default());
        }
        Format::Text => out::print!("{}", text(&plans, arguments.all, found)),
    }
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    if complaints.is_empty() { 0 } else { FAILED }
}

fn text(plans: &[PlanTasks], all: bool, files: usize) -> String {
    if plans.is_empty() {
        return super::status::no_plans(files);
    }
    let mut out = String::new();
    let bold = Style::new().bold();
    for plan in plans.iter().filter(|plan| !plan.tasks.is_empty()) {
        let title = plan.title.as_deref().unwrap_or("(no title)");
        let _ = writeln!(out, "{bold}{}{bold:#}: {title}", plan.path);
        let listed = if all { plan.tasks.len() } else { LISTED };
        for task in plan.tasks.iter().take(listed) {
            let _ = writeln!(out, "  {}", shown(task));
        }
        if let more @ 1.. = plan.tasks.len().saturating_sub(listed) {
            let _ = writeln!(out, "  … and {more} more (--all lists them)");
        }
        out.push('\n');
    }
    let tasks: usize = plans.iter().map(|plan| plan.tasks.len()).sum();
    let begun = plans.iter().filter(|plan| !plan.tasks.is_empty()).count();
    let plans = count(plans.len(), "plan");
    let _ = match tasks {
        0 => writeln!(out, "Nothing can start in {plans}: `plansmith status` shows how far each is."),
        _ => writeln!(out, "{} can start, in {begun} of {plans}.", count(tasks, "task")),
    };
    out
}
