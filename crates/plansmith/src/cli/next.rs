//! `plansmith next`: lists the ready tasks.

use std::{fmt::Write, num::NonZeroUsize};

use plan_ide::{
    File,
    operations::Claim,
    overview::{self, NextTask},
    waves,
};

use super::{
    EXIT_FAILURE, OutputFormat,
    claim::{self, FoundTasks},
    count,
    edits::EXIT_NOTHING_READY,
    input::{InputArguments, InputFile, Inputs, process_all},
    options::GlobalOptions,
    out, terminal, watch,
};
use crate::{
    status_json::{PlanTasks, ReadyTask},
    task_json::TaskDetailsJson,
};

/// Maximum number of tasks listed per plan without `--all`.
const MAX_LISTED_TASKS: usize = 5;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// List all ready tasks of each plan instead of the first five
    #[arg(long)]
    all: bool,
    /// Maximum number of tasks across all plans
    #[arg(short = 'n', long, value_name = "COUNT", value_parser = parse_count, conflicts_with = "all")]
    limit: Option<NonZeroUsize>,
    /// List at most COUNT tasks that can be done in parallel: without shared files, in phase order
    #[arg(long, value_name = "COUNT", value_parser = parse_count, conflicts_with_all = ["all", "limit"])]
    parallel: Option<NonZeroUsize>,
    /// Claim the first ready task that is not in progress: mark it active and print it; exit code 4 if no task is ready
    #[arg(long, conflicts_with_all = ["all", "limit", "tag", "watch"])]
    claim: bool,
    /// List only tasks of this owner; NAME is the full name, or whole words of it. With --claim, the owner to set; tasks of
    /// other owners are skipped [default: the current owner, otherwise `PLANSMITH_OWNER` or git `user.name`]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    /// With --claim and --owner, also take tasks that are assigned to another owner
    #[arg(long, requires_all = ["claim", "owner"])]
    reassign: bool,
    /// List only tasks with this tag, e.g. `P` for `[P]` or `backend` for `#backend`
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// List the tasks again whenever a file changes
    #[arg(short, long)]
    watch: bool,
    /// Output format; JSON contains all tasks up to --limit
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

/// Parses a number of tasks.
fn parse_count(argument: &str) -> Result<NonZeroUsize, String> {
    argument.parse().map_err(|_| "expected a whole number of 1 or more".to_owned())
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

impl Arguments {
    /// Returns the operation of `--claim`.
    fn claim(&self) -> Claim {
        Claim {
            item: None,
            owner: self.owner.clone(),
            default_owner: claim::default_owner(),
            reassign: self.reassign,
        }
    }

    /// Returns whether a task of a plan matches `--owner` and `--tag`.
    fn selects(&self, file: &File, task: &NextTask) -> bool {
        let is_owned =
            |name: &String| task.owner.as_ref().is_some_and(|owner| overview::is_owned_by(owner, name));
        let has_tag = |tag: &String| {
            let tag = tag_name(tag);
            let item = file.plan().item(task.item);
            item.is_some_and(|item| item.tags().any(|(own, _)| tag_name(own).eq_ignore_ascii_case(tag)))
        };
        self.owner.as_ref().is_none_or(is_owned) && self.tag.as_ref().is_none_or(has_tag)
    }
}

/// Returns a tag without brackets, `#` and `@`.
fn tag_name(tag: &str) -> &str {
    tag.trim_matches(['[', ']', '#', '@'])
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    if arguments.watch {
        watch::run(&arguments.input.paths, || list(arguments, options))
    } else {
        list(arguments, options)
    }
}

fn list(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let Some(Inputs { project, files: sources, mut errors }) = arguments.input.find(options) else {
        return EXIT_FAILURE;
    };
    if arguments.claim {
        out::errors(&errors);
        let mut plans = sources;
        plans.sort_by(|a, b| a.name.cmp(&b.name));
        let code = claim::run(&plans, &project, &arguments.claim(), arguments.format);
        // Without the files that cannot be read, it is not known whether a task is ready.
        return if code == EXIT_NOTHING_READY && !errors.is_empty() { EXIT_FAILURE } else { code };
    }
    let file_count = sources.len();
    let read = |source: InputFile| {
        let file: File = source.file(&project.environment);
        crate::fault_injection::panic_on(|| file.document().text());
        let side_by_side = arguments.parallel.map(|_| waves::parallel_tasks(&file));
        let is_parallel =
            |task: &NextTask| side_by_side.as_ref().is_none_or(|tasks| tasks.contains(&task.item));
        file.is_unarchived_plan().then(|| {
            let ready: Vec<NextTask> = overview::ready_tasks(&file)
                .into_iter()
                .filter(|task| arguments.selects(&file, task) && is_parallel(task))
                .collect();
            let details = match arguments.format {
                OutputFormat::Json => {
                    let items: Vec<usize> = ready.iter().map(|task| task.item).collect();
                    TaskDetailsJson::of_items(&source.name, &file, &items)
                }
                OutputFormat::Text => Vec::new(),
            };
            let tasks = ready.into_iter().map(ReadyTask::from).collect();
            let plan = PlanTasks { path: source.name.clone(), uri: None, title: file.plan().title(), tasks };
            (plan, details)
        })
    };
    let mut plans: Vec<(PlanTasks, Vec<TaskDetailsJson>)> =
        process_all(sources, &mut errors, read).into_iter().flatten().collect();
    plans.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    plans.dedup_by(|(a, _), (b, _)| a.path == b.path);
    let (mut plans, details): (Vec<PlanTasks>, Vec<Vec<TaskDetailsJson>>) = plans.into_iter().unzip();
    let limit = arguments.limit.or(arguments.parallel).map_or(usize::MAX, NonZeroUsize::get);
    let mut rest = limit;
    for plan in &mut plans {
        plan.tasks.truncate(rest);
        rest -= plan.tasks.len();
    }
    match arguments.format {
        OutputFormat::Json => {
            let tasks = details.into_iter().flatten().take(limit).collect();
            out::json(&FoundTasks { tasks, claimed: false });
        }
        OutputFormat::Text => {
            let all = arguments.all || arguments.limit.or(arguments.parallel).is_some();
            out::print!("{}", text(&plans, all, file_count));
        }
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

fn text(plans: &[PlanTasks], all: bool, file_count: usize) -> String {
    if plans.is_empty() {
        return super::status::no_plans(file_count);
    }
    let mut out = String::new();
    let bold = out::HEADING_STYLE;
    for plan in plans.iter().filter(|plan| !plan.tasks.is_empty()) {
        let title = plan.title.as_deref().unwrap_or("(no title)");
        let _ = writeln!(out, "{bold}{}{bold:#}: {}", terminal::line(&plan.path), terminal::line(title));
        let max_listed = if all { plan.tasks.len() } else { MAX_LISTED_TASKS };
        for task in plan.tasks.iter().take(max_listed) {
            let _ = writeln!(out, "  {}", terminal::line(&describe(task)));
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
