//! `plansmith status`: a table of all plans.

use std::{collections::HashSet, fmt::Write, path::PathBuf, sync::Arc};

use clap::{
    ValueEnum,
    builder::styling::{AnsiColor, Style},
};
use plan_ide::{
    Environment, File,
    overview::{self, PlanStatus},
};
use rayon::prelude::*;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    Color, EXIT_FAILURE,
    check::parse_date,
    count,
    input::{InputFile, internal_error, process_all, read_all, without_dot_slash},
    out,
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
    /// Files and directories; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = StatusFormat::Text)]
    format: StatusFormat,
    /// Date to use as today (for reproducible output)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<String>,
    /// When to use color
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
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

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    let (sources, mut errors) = read_all(&arguments.paths, None, Some(&project));
    let file_count = sources.len();
    let environment = match &arguments.today {
        Some(today) => Arc::new(Environment { today: Some(today.clone()), ..(*project.environment).clone() }),
        None => Arc::clone(&project.environment),
    };
    let read = |source: InputFile, ()| {
        let file = source.file(&environment);
        crate::fault_injection::panic_on(|| file.document().text());
        let status = file.is_live_plan().then(|| PlanStatus {
            path: without_dot_slash(&source.name).to_owned(),
            ..overview::status(&file)
        });
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
    // The plans of a set follow each other, after those without a set.
    read.sort_by_cached_key(|(status, file)| (sets.set_of(file.path()), status.path.clone()));
    read.dedup_by(|(a, _), (b, _)| a.path == b.path);
    let (plans, files): (Vec<PlanStatus>, Vec<File>) = read.into_iter().unzip();
    let is_empty = plans.is_empty() && sets.sets.is_empty();
    match arguments.format {
        StatusFormat::Html => {
            out::print!("{}", html(plans, &files, &sets, environment.today.as_deref(), &mut errors));
        }
        StatusFormat::Json => out::println!("{}", json(plans, sets)),
        StatusFormat::Text if is_empty => out::print!("{}", no_plans(file_count)),
        StatusFormat::Text => {
            let set_of: Vec<Option<usize>> = files.iter().map(|file| sets.set_of(file.path())).collect();
            out::print!("{}", text(&plans, &sets, &set_of));
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

fn json(plans: Vec<PlanStatus>, sets: SetReport) -> String {
    let report = StatusReport::new(plans.into_iter().map(PlanStatusJson::from)).with_sets(sets.sets);
    serde_json::to_string_pretty(&report).unwrap_or_default()
}

/// Returns the message for `file_count` files without a plan.
pub(super) fn no_plans(file_count: usize) -> String {
    let problem = match file_count {
        0 => "No Markdown files found".to_owned(),
        _ => format!("No plans found in {}", count(file_count, "Markdown file")),
    };
    format!("{problem}. Pass a path, or create a plan with `plansmith new`\n")
}

const HEADERS: [&str; 6] = ["PLAN", "TEMPLATE", "STATUS", "PROGRESS", "NEXT", "OVERDUE"];
/// Maximum widths of the columns.
const MAX_WIDTHS: [usize; 6] = [usize::MAX, 24, 20, 24, 40, 12];

/// Returns the table. `set_of` has the set of each plan.
fn text(plans: &[PlanStatus], sets: &SetReport, set_of: &[Option<usize>]) -> String {
    let rows: Vec<[String; 6]> = plans.iter().map(row).collect();
    let mut widths = HEADERS.map(UnicodeWidthStr::width);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out = String::new();
    let bold = Style::new().bold();
    line(&mut out, &HEADERS.map(str::to_owned), &widths, |_| Some(bold));
    let red = AnsiColor::Red.on_default();
    let mut shown = 0;
    for ((row, plan), set) in rows.iter().zip(plans).zip(set_of) {
        if let Some(set) = set.filter(|set| *set >= shown) {
            set_lines(&mut out, &sets.sets[shown..=set]);
            shown = set + 1;
        }
        line(&mut out, row, &widths, |column| (column == 5 && plan.overdue_days.is_some()).then_some(red));
    }
    set_lines(&mut out, &sets.sets[shown..]);
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

/// Appends a line for each set: folder, family and progress.
fn set_lines(out: &mut String, sets: &[SetStatus]) {
    let bold = Style::new().bold();
    for set in sets {
        let _ = writeln!(out, "\n{bold}{} ({}){bold:#}: {}", set.path, set.family, set.summary());
    }
}

/// Appends a row, with two spaces between columns and no trailing spaces.
fn line(out: &mut String, cells: &[String; 6], widths: &[usize; 6], style: impl Fn(usize) -> Option<Style>) {
    let last = cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate().take(last + 1) {
        let style = style(column).unwrap_or_default();
        let _ = write!(out, "{style}{cell}{style:#}");
        if column < last {
            out.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
        }
    }
    out.push('\n');
}

fn row(plan: &PlanStatus) -> [String; 6] {
    let next = plan.next.first().map(|task| match &task.id {
        Some(id) => format!("{id} {}", task.title),
        None => task.title.clone(),
    });
    let overdue = plan.overdue_days.map(|days| {
        let days = usize::try_from(days).unwrap_or(0);
        count(days, "day")
    });
    let cells = [
        plan.path.clone(),
        plan.template.clone().unwrap_or_else(|| "-".to_owned()),
        plan.status_text.clone().unwrap_or_else(|| "-".to_owned()),
        bar(plan.done, plan.total),
        next.unwrap_or_else(|| "-".to_owned()),
        overdue.unwrap_or_default(),
    ];
    let mut widths = MAX_WIDTHS.into_iter();
    cells.map(|cell| truncate(&cell, widths.next().unwrap_or(usize::MAX)))
}

/// Formats progress: `██████░░░░ 12/20`. The bar is full only if all tasks are done.
fn bar(done: usize, total: usize) -> String {
    if total == 0 { "no tasks".to_owned() } else { plan_model::Progress { done, total }.bar() }
}

/// Truncates a text to a maximum number of terminal columns, with an ellipsis.
fn truncate(text: &str, max_width: usize) -> String {
    if text.width() <= max_width {
        return text.to_owned();
    }
    let mut room = max_width.saturating_sub(1);
    let fits = |character: &char| {
        let rest = room.checked_sub(character.width().unwrap_or(0));
        room = rest.unwrap_or(0);
        rest.is_some()
    };
    let cut: String = text.chars().take_while(fits).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_bars_and_truncation() {
        assert_eq!(bar(12, 20), "██████░░░░ 12/20");
        assert_eq!(bar(19, 20), "█████████░ 19/20");
        assert_eq!(bar(0, 0), "no tasks");
        assert_eq!(truncate("one two", 7), "one two");
        assert_eq!(truncate("one two", 5), "one…");
        assert_eq!(truncate("任务任务", 5), "任务…");
    }
}
