//! `plansmith status`: a table of all plans that are not archived.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write,
    sync::Arc,
};

use clap::{ValueEnum, builder::styling::AnsiColor};
use plan_ide::{
    Entry, Environment, File,
    overview::{self, PlanStatus},
};
use plan_model::{Progress, State};
use rayon::prelude::*;

use super::{
    EXIT_FAILURE,
    check::parse_date,
    count,
    input::{InputArguments, InputFile, Inputs, internal_error, process_all},
    markdown::escaped,
    options::GlobalOptions,
    out,
    table::{Cell, TextColumn, TextTable},
    terminal, watch,
};
use crate::{
    files,
    history::{self, HistoryStart, PlanHistory, RepositoryFiles, by_repository, histories},
    html_report,
    panics::catch_panic,
    set_status::{DocumentSetReport, DocumentSetStatus},
    status_json::{PlanStatusJson, StatusChange, StatusReport},
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
    /// Columns of the table [default: plan, template, status, progress, next, overdue]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "COLUMN")]
    columns: Vec<StatusColumn>,
    /// Show what changed after this git revision, or since this date
    #[arg(long, value_name = "REV|YYYY-MM-DD")]
    since: Option<String>,
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
    Changes,
}

/// A plan and, if requested, its changes since an earlier version.
type StatusRow<'a> = (&'a PlanStatus, Option<&'a PlanHistory>);

impl StatusColumn {
    const DEFAULT: [Self; 6] =
        [Self::Plan, Self::Template, Self::Status, Self::Progress, Self::Next, Self::Overdue];
    const WITH_CHANGES: [Self; 5] = [Self::Plan, Self::Status, Self::Progress, Self::Changes, Self::Overdue];

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
            Self::Changes => TextColumn::new("CHANGES", 60),
        }
    }

    fn cell(self, (plan, change): StatusRow<'_>) -> Cell {
        match self {
            Self::Plan => Cell::from(&plan.path),
            Self::Title => Cell::from(plan.title.as_deref().unwrap_or("-")),
            Self::Template => Cell::from(plan.template.as_deref().unwrap_or("-")),
            Self::Status => Cell::from(plan.status_text.as_deref().unwrap_or("-")),
            Self::Progress => Cell::from(bar(plan.done, plan.total)),
            Self::Next => Cell::from(next_task(plan).unwrap_or_else(|| "-".to_owned())),
            Self::Target => Cell::from(plan.target.as_deref().unwrap_or("-")),
            Self::Overdue => {
                let days = plan.overdue_days.map(|days| count(usize::try_from(days).unwrap_or(0), "day"));
                Cell::from(days.unwrap_or_default()).styled(AnsiColor::Red.on_default())
            }
            Self::Changes => Cell::from(match change_text(change) {
                text if text.is_empty() => "-".to_owned(),
                text => text,
            }),
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
    /// Markdown table, for comments on pull requests
    Markdown,
    /// Self-contained HTML page with a timeline, dependency graph and burn-up chart of each plan
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
    let Some(Inputs { project, files: sources, mut errors }) = arguments.input.find(options) else {
        return EXIT_FAILURE;
    };
    let file_count = sources.len();
    let environment = match &arguments.today {
        Some(today) => Arc::new(Environment { today: Some(today.clone()), ..(*project.environment).clone() }),
        None => Arc::clone(&project.environment),
    };
    let read = |source: InputFile| {
        let file = source.file(&environment);
        crate::fault_injection::panic_on(|| file.document().text());
        let status = file
            .is_unarchived_plan()
            .then(|| PlanStatus { path: source.name.clone(), ..overview::status(&file) });
        let family_document = file.family_facts().map(|_| (file.path().to_owned(), file.entry()));
        (status.map(|status| (status, file)), family_document)
    };
    let (read, family_documents): (Vec<_>, Vec<_>) =
        process_all(sources, &mut errors, read).into_iter().unzip();
    let family_documents: Vec<(String, Entry)> = family_documents.into_iter().flatten().collect();
    let mut read: Vec<(PlanStatus, File)> = read.into_iter().flatten().collect();
    let sets = if family_documents.is_empty() {
        DocumentSetReport::default()
    } else {
        let paths: HashSet<String> = family_documents.iter().map(|(path, _)| path.clone()).collect();
        let index = workspace::index(&project, family_documents);
        for (status, file) in &mut read {
            set_progress(status, plan_ide::sets::progress(file, &index));
        }
        let here = files::key_of_path(&std::env::current_dir().unwrap_or_default());
        DocumentSetReport::new(&index, &environment.families, &here, |path| paths.contains(path))
    };
    // The plans of a document set follow each other, after the plans without a set.
    read.sort_by_cached_key(|(status, file)| (sets.set_of(file.path()), status.path.clone()));
    let plan_count = read.len();
    read.retain(|(status, _)| !arguments.overdue || status.overdue_days.is_some());
    arguments.sort.sort(&mut read);
    let (plans, files): (Vec<PlanStatus>, Vec<File>) = read.into_iter().unzip();
    let since = arguments.since.as_deref().map(|since| HistoryStart::parse(Some(since)));
    let changes = since.map(|since| changes(&files, &since, &environment, &mut errors));
    let change_of = |file: &File| changes.as_ref()?.get(file.path());
    let is_empty = plans.is_empty() && sets.sets.is_empty();
    match arguments.format {
        StatusFormat::Html => {
            let histories = burn_up_histories(&files, arguments.since.as_deref(), &environment);
            let page = Page { sets: &sets, today: environment.today.as_deref(), histories: &histories };
            out::document(&page.html(plans, &files, change_of, &mut errors));
        }
        StatusFormat::Json => {
            let plans = plans.into_iter().zip(&files).map(|(plan, file)| {
                let since = change_of(file).map(StatusChange::from);
                PlanStatusJson { since, ..PlanStatusJson::from(plan) }
            });
            out::json(&StatusReport::new(plans).with_sets(sets.sets));
        }
        StatusFormat::Text if arguments.overdue && plans.is_empty() && plan_count > 0 => {
            out::println!("No overdue plans ({} checked)", count(plan_count, "plan"));
        }
        StatusFormat::Text if is_empty && !errors.is_empty() => {}
        StatusFormat::Markdown => {
            let changes: Vec<_> = files.iter().map(change_of).collect();
            out::document(&markdown(&plans, &changes, arguments.since.as_deref()));
        }
        StatusFormat::Text if is_empty => out::print!("{}", no_plans(file_count)),
        StatusFormat::Text => {
            // Only the order by name keeps document sets together.
            let has_sets = arguments.sort == Order::Name && !arguments.overdue;
            let sets = if has_sets { sets } else { DocumentSetReport::default() };
            let set_of: Vec<Option<usize>> = files.iter().map(|file| sets.set_of(file.path())).collect();
            let columns = match &arguments.columns[..] {
                [] if changes.is_some() => &StatusColumn::WITH_CHANGES[..],
                [] => &StatusColumn::DEFAULT,
                columns => columns,
            };
            let changes: Vec<_> = files.iter().map(change_of).collect();
            let rows: Vec<StatusRow<'_>> = plans.iter().zip(changes).collect();
            out::print!("{}", text(&rows, &sets, &set_of, columns));
        }
    }
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

/// Sets the progress of a plan. A finished plan has no next task.
fn set_progress(status: &mut PlanStatus, progress: Progress) {
    if (status.done, status.total) == (progress.done, progress.total) {
        return;
    }
    (status.done, status.total) = (progress.done, progress.total);
    if progress.done == progress.total {
        status.next.clear();
    }
}

/// Returns the changes of plans since a revision or date, by the keys of their files.
fn changes(
    files: &[File],
    since: &HistoryStart,
    environment: &Arc<Environment>,
    errors: &mut Vec<String>,
) -> BTreeMap<String, PlanHistory> {
    let by_key: BTreeMap<&str, &File> = files.iter().map(|file| (file.path(), file)).collect();
    let (repositories, unknown) = by_repository(by_key.keys().map(|key| (*key).to_owned()));
    errors.extend(unknown);
    let mut found = BTreeMap::new();
    for RepositoryFiles { repository, keys } in repositories {
        let files = keys.iter().filter_map(|(path, key)| Some((path.clone(), *by_key.get(key.as_str())?)));
        match history::changes(&repository, &files.collect(), since, environment) {
            Ok(changes) => found.extend(
                changes.into_iter().filter_map(|(path, change)| Some((keys.get(&path)?.clone(), change))),
            ),
            Err(error) => errors.push(error),
        }
    }
    found
}

/// Returns the histories for burn-up charts by the keys of files. Empty without git: a page does not need them.
fn burn_up_histories(
    files: &[File],
    since: Option<&str>,
    environment: &Arc<Environment>,
) -> BTreeMap<String, PlanHistory> {
    let (repositories, _) = by_repository(files.iter().map(|file| file.path().to_owned()));
    let mut found = BTreeMap::new();
    for RepositoryFiles { repository, keys } in repositories {
        let paths: Vec<String> = keys.keys().cloned().collect();
        let histories =
            histories(&repository, &paths, &HistoryStart::parse(since), environment).unwrap_or_default();
        found.extend(
            histories.into_iter().filter_map(|history| Some((keys.get(&history.path)?.clone(), history))),
        );
    }
    found
}

/// Data of the HTML page.
struct Page<'a> {
    sets: &'a DocumentSetReport,
    today: Option<&'a str>,
    histories: &'a BTreeMap<String, PlanHistory>,
}

impl Page<'_> {
    fn html<'a>(
        &self,
        plans: Vec<PlanStatus>,
        files: &[File],
        change_of: impl Fn(&File) -> Option<&'a PlanHistory> + Sync,
        errors: &mut Vec<String>,
    ) -> String {
        let plans = plans.into_par_iter().zip(files).enumerate();
        let rendered = plans.map(|(number, (status, file))| {
            let name = status.path.clone();
            catch_panic(|| {
                crate::fault_injection::panic_on(|| format!("the page of {name}"));
                let history = self.histories.get(file.path());
                html_report::ReportEntry::new(file, status, number).with_history(
                    history,
                    change_of(file),
                    self.today,
                    number,
                )
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
        html_report::page(entries, &self.sets.sets, self.today)
    }
}

/// Returns the plans as a Markdown table.
fn markdown(plans: &[PlanStatus], changes: &[Option<&PlanHistory>], since: Option<&str>) -> String {
    let mut out = String::from("# Plan status\n\n");
    if plans.is_empty() {
        out.push_str("No plans found.\n");
        return out;
    }
    let mut heads: Vec<String> =
        ["Plan", "Status", "Progress", "Next", "Target"].into_iter().map(str::to_owned).collect();
    heads.extend(since.map(|since| format!("Since {}", escaped(since))));
    let _ = writeln!(out, "| {} |\n|{}", heads.join(" | "), " --- |".repeat(heads.len()));
    for (plan, change) in plans.iter().zip(changes) {
        let title = escaped(plan.title.as_deref().unwrap_or(&plan.path));
        let target = plan.target.clone().unwrap_or_default();
        let target = match plan.overdue_days {
            Some(days) => {
                format!("{target} ({} overdue)", count(usize::try_from(days).unwrap_or(0), "day"))
            }
            None => target,
        };
        let mut cells = vec![
            format!("{title}<br>`{}`", plan.path),
            escaped(plan.status_text.as_deref().unwrap_or_default()),
            format!("{}/{}", plan.done, plan.total),
            escaped(&next_task(plan).unwrap_or_default()),
            target,
        ];
        if since.is_some() {
            cells.push(escaped(&change_text(*change)));
        }
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

/// Returns the name of the next task.
fn next_task(plan: &PlanStatus) -> Option<String> {
    plan.next.first().map(|task| match &task.id {
        Some(id) => format!("{id} {}", task.title),
        None => task.title.clone(),
    })
}

/// Returns a short summary of the changes of a plan.
fn change_text(change: Option<&PlanHistory>) -> String {
    match change {
        None => String::new(),
        Some(change) if change.versions.len() < 2 => "new plan".to_owned(),
        Some(change) => change.change_summary(),
    }
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
    rows: &[StatusRow<'_>],
    sets: &DocumentSetReport,
    set_of: &[Option<usize>],
    columns: &[StatusColumn],
) -> String {
    let mut table = TextTable::new(columns.iter().map(|column| column.column()).collect::<Vec<_>>());
    let mut shown = 0;
    for (row, set) in rows.iter().zip(set_of) {
        if let Some(set) = set.filter(|set| *set >= shown) {
            document_set_lines(&mut table, &sets.sets[shown..=set]);
            shown = set + 1;
        }
        table.row(columns.iter().map(|column| column.cell(*row)).collect::<Vec<_>>());
    }
    document_set_lines(&mut table, &sets.sets[shown..]);
    let mut out = table.text();
    let plans = || rows.iter().map(|(plan, _)| *plan);
    let (done, total) = plans().fold((0, 0), |sum, plan| (sum.0 + plan.done, sum.1 + plan.total));
    let _ = write!(out, "\n{}: {done} of {} done", count(rows.len(), "plan"), count(total, "task"));
    let ready_tasks: usize = plans().map(|plan| plan.next.len()).sum();
    let overdue = plans().filter(|plan| plan.overdue_days.is_some()).count();
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
fn document_set_lines(table: &mut TextTable, sets: &[DocumentSetStatus]) {
    let bold = out::HEADING_STYLE;
    for set in sets {
        let name = format!("{} ({})", set.path, set.family);
        table.heading(format!("{bold}{}{bold:#}: {}", terminal::line(&name), set.summary()));
    }
}

/// Formats progress: `██████░░░░ 12/20`. The bar is full only if all tasks are done.
fn bar(done: usize, total: usize) -> String {
    if total == 0 { "no tasks".to_owned() } else { Progress { done, total }.bar() }
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
