//! `plansmith status`: a table of all plans that are not archived.

use std::{collections::HashSet, fmt::Write, sync::Arc};

use clap::{ValueEnum, builder::styling::AnsiColor};
use plan_ide::{
    Environment, File,
    overview::{self, NextTask, PlanStatus},
};
use plan_model::State;
use rayon::prelude::*;

use super::{
    EXIT_FAILURE,
    check::parse_date,
    count,
    input::{InputArguments, InputFile, Inputs, internal_error, process_all},
    options::GlobalOptions,
    out,
    table::{Cell, TextColumn, TextTable},
    terminal, watch,
};
use crate::{
    files, html_report,
    panics::catch_panic,
    set_status::{SetReport, SetStatus},
    status_json::{PlanStatusJson, StatusReport},
    workspace,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    format: StatusFormat,
    /// Order of the plans
    #[arg(long, value_enum, default_value_t = Order::Name)]
    sort: Order,
    /// Show only unfinished plans whose target date has passed
    #[arg(long)]
    overdue: bool,
    /// Columns of the table [default: all except title and target]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "COLUMN")]
    columns: Vec<StatusColumn>,
    /// Show the status again whenever a file changes
    #[arg(short, long)]
    watch: bool,
    /// Date to use as today (for reproducible output)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<String>,
}

/// Order of the plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Order {
    /// By path, with the plans of a document set together
    Name,
    /// Least progress first
    Progress,
    /// Earliest target date first
    Due,
    /// Blocked, active, open, then finished plans
    Status,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StatusColumn {
    Plan,
    Title,
    Template,
    Status,
    Progress,
    Next,
    Target,
    Overdue,
}

impl StatusColumn {
    const DEFAULT: [Self; 6] =
        [Self::Plan, Self::Template, Self::Status, Self::Progress, Self::Next, Self::Overdue];

    fn column(self) -> TextColumn {
        match self {
            Self::Plan => TextColumn::path("PLAN"),
            Self::Title => TextColumn::new("TITLE", 40),
            Self::Template => TextColumn::new("TEMPLATE", 24),
            Self::Status => TextColumn::new("STATUS", 20),
            Self::Progress => TextColumn::fixed("PROGRESS"),
            Self::Next => TextColumn::new("NEXT", 40),
            Self::Target => TextColumn::fixed("TARGET"),
            Self::Overdue => TextColumn::fixed("OVERDUE"),
        }
    }

    fn cell(self, plan: &PlanStatus) -> Cell {
        match self {
            Self::Plan => Cell::from(&plan.path),
            Self::Title => Cell::from(plan.title.as_deref().unwrap_or("-")),
            Self::Template => Cell::from(plan.template.as_deref().unwrap_or("-")),
            Self::Status => Cell::from(plan.status_text.as_deref().unwrap_or("-")),
            Self::Progress => Cell::from(bar(plan.done, plan.total)),
            Self::Next => Cell::from(match plan.next.first() {
                Some(NextTask { id: Some(id), title, .. }) => format!("{id} {title}"),
                Some(task) => task.title.clone(),
                None => "-".to_owned(),
            }),
            Self::Target => Cell::from(plan.target.as_deref().unwrap_or("-")),
            Self::Overdue => {
                let days = plan.overdue_days.map(|days| count(usize::try_from(days).unwrap_or(0), "day"));
                Cell::from(days.unwrap_or_default()).styled(AnsiColor::Red.on_default())
            }
        }
    }
}

impl Order {
    /// Sorts plans. Plans that compare as equal keep their order by name.
    fn sort(self, plans: &mut [(PlanStatus, File)]) {
        let progress = |plan: &PlanStatus| plan.done as f64 / plan.total.max(1) as f64;
        match self {
            Self::Name => {}
            Self::Progress => plans.sort_by(|(a, _), (b, _)| progress(a).total_cmp(&progress(b))),
            // Plans without a date come last.
            Self::Due => plans.sort_by_key(|(plan, _)| (plan.target.is_none(), plan.target.clone())),
            Self::Status => plans.sort_by_key(|(plan, _)| match plan.state {
                Some(State::Blocked) => 0,
                Some(State::Active) => 1,
                Some(State::Open) => 2,
                None => 3,
                Some(State::Deferred) => 4,
                Some(State::Done) => 5,
                Some(State::Cancelled) => 6,
            }),
        }
    }
}

/// Output format of `plansmith status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StatusFormat {
    /// Human-readable table
    Text,
    /// JSON
    Json,
    /// Self-contained HTML page with a timeline and dependency graph of each plan
    Html,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    if arguments.watch {
        watch::run(&arguments.input.paths, || show(arguments, options))
    } else {
        show(arguments, options)
    }
}

fn show(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let Some(Inputs { project, files: sources, mut errors }) = arguments.input.read(options) else {
        return EXIT_FAILURE;
    };
    let file_count = sources.len();
    let environment = match &arguments.today {
        Some(today) => Arc::new(Environment { today: Some(today.clone()), ..(*project.environment).clone() }),
        None => Arc::clone(&project.environment),
    };
    let read = |source: InputFile, ()| {
        let file = source.file(&environment);
        crate::fault_injection::panic_on(|| file.document().text());
        let status =
            file.is_live_plan().then(|| PlanStatus { path: source.name.clone(), ..overview::status(&file) });
        let family_document = file.family_facts().map(|_| file.path().to_owned());
        (status.map(|status| (status, file)), family_document)
    };
    let sources = sources.into_iter().map(|source| (source, ())).collect();
    let (read, family_documents): (Vec<_>, Vec<_>) =
        process_all(sources, &mut errors, read).into_iter().unzip();
    let family_documents: HashSet<String> = family_documents.into_iter().flatten().collect();
    let sets = if family_documents.is_empty() {
        SetReport::default()
    } else {
        let index = workspace::index(&project, &[]);
        let here = files::key_of_path(&std::env::current_dir().unwrap_or_default());
        SetReport::new(&index, &environment.families, &here, |path| family_documents.contains(path))
    };
    let mut read: Vec<(PlanStatus, File)> = read.into_iter().flatten().collect();
    // The plans of a document set follow each other, after the plans without a set.
    read.sort_by_cached_key(|(status, file)| (sets.set_of(file.path()), status.path.clone()));
    let plan_count = read.len();
    read.retain(|(status, _)| !arguments.overdue || status.overdue_days.is_some());
    arguments.sort.sort(&mut read);
    let (plans, files): (Vec<PlanStatus>, Vec<File>) = read.into_iter().unzip();
    let is_empty = plans.is_empty() && sets.sets.is_empty();
    match arguments.format {
        StatusFormat::Html => {
            out::document(&html(plans, &files, &sets, environment.today.as_deref(), &mut errors));
        }
        StatusFormat::Json => {
            let plans = plans.into_iter().map(PlanStatusJson::from);
            out::json(&StatusReport::new(plans).with_sets(sets.sets));
        }
        StatusFormat::Text if arguments.overdue && plans.is_empty() && plan_count > 0 => {
            out::println!("No overdue plans ({} checked)", count(plan_count, "plan"));
        }
        StatusFormat::Text if is_empty && !errors.is_empty() => {}
        StatusFormat::Text if is_empty => out::print!("{}", no_plans(file_count)),
        StatusFormat::Text => {
            // Only the order by name keeps document sets together.
            let has_sets = arguments.sort == Order::Name && !arguments.overdue;
            let sets = if has_sets { sets } else { SetReport::default() };
            let set_of: Vec<Option<usize>> = files.iter().map(|file| sets.set_of(file.path())).collect();
            let columns = match &arguments.columns[..] {
                [] => &StatusColumn::DEFAULT,
                columns => columns,
            };
            out::print!("{}", text(&plans, &sets, &set_of, columns));
        }
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

fn html(
    plans: Vec<PlanStatus>,
    files: &[File],
    sets: &SetReport,
    today: Option<&str>,
    errors: &mut Vec<String>,
) -> String {
    let plans = plans.into_par_iter().zip(files).enumerate();
    let rendered = plans.map(|(number, (status, file))| {
        let name = status.path.clone();
        catch_panic(|| {
            crate::fault_injection::panic_on(|| format!("the page of {name}"));
            html_report::ReportEntry::new(file, status, number)
        })
        .map_err(|panic| format!("{name}: {}", internal_error(&panic)))
    });
    let mut entries = Vec::new();
    for entry in rendered.collect::<Vec<_>>() {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => errors.push(error),
        }
    }
    html_report::page(entries, &sets.sets, today)
}

/// Returns the message for `file_count` files without a plan.
pub(super) fn no_plans(file_count: usize) -> String {
    let problem = match file_count {
        0 => "No Markdown files found".to_owned(),
        _ => format!("No plans found in {}", count(file_count, "Markdown file")),
    };
    format!("{problem}. Pass a path, or create a plan with `plansmith new`\n")
}

/// Returns the table. `set_of` contains the index in `sets` of each plan's document set.
fn text(
    plans: &[PlanStatus],
    sets: &SetReport,
    set_of: &[Option<usize>],
    columns: &[StatusColumn],
) -> String {
    let mut table = TextTable::new(columns.iter().map(|column| column.column()).collect::<Vec<_>>());
    let mut shown = 0;
    for (plan, set) in plans.iter().zip(set_of) {
        if let Some(set) = set.filter(|set| *set >= shown) {
            set_lines(&mut table, &sets.sets[shown..=set]);
            shown = set + 1;
        }
        table.row(columns.iter().map(|column| column.cell(plan)).collect::<Vec<_>>());
    }
    set_lines(&mut table, &sets.sets[shown..]);
    let mut out = table.text();
    let (done, total) = plans.iter().fold((0, 0), |sum, plan| (sum.0 + plan.done, sum.1 + plan.total));
    let _ = write!(out, "\n{}: {done} of {} done", count(plans.len(), "plan"), count(total, "task"));
    let ready_tasks: usize = plans.iter().map(|plan| plan.next.len()).sum();
    let overdue = plans.iter().filter(|plan| plan.overdue_days.is_some()).count();
    if ready_tasks > 0 {
        let _ = write!(out, ", {} ready", count(ready_tasks, "task"));
    }
    if overdue > 0 {
        let _ = write!(out, ", {} overdue", count(overdue, "plan"));
    }
    out.push('\n');
    out
}

/// Adds a line for each document set: folder, family and progress.
fn set_lines(table: &mut TextTable, sets: &[SetStatus]) {
    let bold = out::HEADING_STYLE;
    for set in sets {
        let name = format!("{} ({})", set.path, set.family);
        table.heading(format!("{bold}{}{bold:#}: {}", terminal::line(&name), set.summary()));
    }
}

/// Formats progress: `██████░░░░ 12/20`. The bar is full only if all tasks are done.
fn bar(done: usize, total: usize) -> String {
    if total == 0 { "no tasks".to_owned() } else { plan_model::Progress { done, total }.bar() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_bars() {
        assert_eq!(bar(12, 20), "██████░░░░ 12/20");
        assert_eq!(bar(19, 20), "█████████░ 19/20");
        assert_eq!(bar(0, 0), "no tasks");
    }
}
