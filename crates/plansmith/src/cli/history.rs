//! `plansmith history`: how plans changed, from their versions in git.

use std::fmt::Write;

use clap::ValueEnum;
use serde::Serialize;

use super::{
    EXIT_FAILURE, count,
    input::{InputArguments, Inputs, process_all},
    markdown::escaped,
    options::GlobalOptions,
    out,
    relative_path::relative_path,
    terminal,
};
use crate::{
    history::{ActiveTask, HistoryStart, PlanHistory, RepositoryFiles, TaskChange, by_repository, histories},
    html_report,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// Show only changes after this git revision, or since this date
    #[arg(long, value_name = "REV|YYYY-MM-DD")]
    since: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = HistoryFormat::Text)]
    format: HistoryFormat,
}

/// Output format of `plansmith history`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HistoryFormat {
    /// Human-readable
    Text,
    /// JSON
    Json,
    /// Markdown, for comments on pull requests
    Markdown,
    /// Self-contained HTML page with a burn-up chart of each plan
    Html,
}

#[derive(Debug, Serialize)]
struct HistoryReport {
    plans: Vec<PlanHistory>,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    if arguments.input.paths.iter().any(|path| path.as_os_str() == "-") {
        out::error("standard input has no history; pass a file of a git repository");
        return EXIT_FAILURE;
    }
    let Some(inputs) = arguments.input.find(options) else { return EXIT_FAILURE };
    let (plans, errors) = read(inputs, &HistoryStart::parse(arguments.since.as_deref()));
    match arguments.format {
        HistoryFormat::Json => out::json(&HistoryReport { plans }),
        HistoryFormat::Text if plans.is_empty() && !errors.is_empty() => {}
        HistoryFormat::Text => out::print!("{}", text(&plans)),
        HistoryFormat::Markdown => out::plain(&markdown(&plans)),
        HistoryFormat::Html => out::document(&html_report::history_page(&plans)),
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

/// Returns the histories of the plans that have versions, sorted by path, and errors.
fn read(inputs: Inputs, since: &HistoryStart) -> (Vec<PlanHistory>, Vec<String>) {
    let Inputs { project, files: sources, mut errors } = inputs;
    let environment = &project.environment;
    let sources = sources.into_iter().filter(|source| source.path().is_some());
    let keys = process_all(sources.collect(), &mut errors, |source| {
        let file = source.file(environment);
        file.is_unarchived_plan().then(|| file.path().to_owned())
    });
    let (repositories, unknown) = by_repository(keys.into_iter().flatten());
    errors.extend(unknown);
    let mut plans: Vec<PlanHistory> = Vec::new();
    for RepositoryFiles { repository, keys } in repositories {
        let paths: Vec<String> = keys.keys().cloned().collect();
        match histories(&repository, &paths, since, environment) {
            Ok(found) => {
                let shown = found.into_iter().filter(|plan| !plan.versions.is_empty());
                plans.extend(shown.map(|plan| PlanHistory {
                    path: keys.get(&plan.path).map_or_else(|| plan.path.clone(), |key| relative_path(key)),
                    ..plan
                }));
            }
            Err(error) => errors.push(error),
        }
    }
    plans.sort_by(|a, b| a.path.cmp(&b.path));
    (plans, errors)
}

/// Maximum number of tasks listed per kind of change.
const MAX_CHANGED_TASKS: usize = 5;

fn text(plans: &[PlanHistory]) -> String {
    if plans.is_empty() {
        return "No versions of plans found\n".to_owned();
    }
    let bold = out::HEADING_STYLE;
    let mut out = String::new();
    for (number, plan) in plans.iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let title = plan.title.as_deref().unwrap_or("(no title)");
        let _ = writeln!(out, "{bold}{}{bold:#}: {}", terminal::line(&plan.path), terminal::line(title));
        for line in lines(plan) {
            let _ = writeln!(out, "  {}", terminal::line(&line));
        }
    }
    out
}

fn markdown(plans: &[PlanHistory]) -> String {
    let mut out = String::from("# Plan history\n");
    if plans.is_empty() {
        out.push_str("\nNo versions of plans found.\n");
    }
    for plan in plans {
        let title = plan.title.as_deref().unwrap_or("(no title)");
        let _ = writeln!(out, "\n## {}\n\n`{}`\n", escaped(title), plan.path);
        for line in lines(plan) {
            let _ = writeln!(out, "- {}", escaped(&line));
        }
    }
    out
}

/// Returns one line for each kind of change.
fn lines(plan: &PlanHistory) -> Vec<String> {
    let mut lines = vec![plan.summary()];
    if let Some(first) = plan.targets.first() {
        let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "none".to_owned());
        let mut line = format!("target moved {}: {}", count(plan.targets.len(), "time"), day(&first.from));
        for change in &plan.targets {
            let _ = write!(line, " to {} (on {})", day(&change.to), change.date);
        }
        lines.push(line);
    }
    for (name, changes) in [
        ("done", &plan.completed),
        ("added", &plan.added),
        ("removed", &plan.removed),
        ("reopened", &plan.reopened),
    ] {
        if !changes.is_empty() {
            let names = changes.iter().map(|TaskChange { id, title, .. }| name_of(id.as_deref(), title));
            lines.push(format!("{} {name}: {}", count(changes.len(), "task"), listed(names)));
        }
    }
    if !plan.active.is_empty() {
        let names = plan.active.iter().map(|ActiveTask { id, title, days, since, .. }| {
            let how_long = match since {
                Some(since) => format!("since {since}"),
                None => count(usize::try_from(*days).unwrap_or(0), "day"),
            };
            format!("{} ({how_long})", name_of(id.as_deref(), title))
        });
        lines.push(format!("active: {}", listed(names)));
    }
    lines
}

/// Joins names up to the maximum number, followed by the number of omitted names.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MAX_CHANGED_TASKS);
    let shown = names.take(MAX_CHANGED_TASKS).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn name_of(id: Option<&str>, title: &str) -> String {
    match id {
        Some(id) => format!("{id} {title}"),
        None => title.to_owned(),
    }
}
