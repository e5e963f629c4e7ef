//! `plansmith status`: a table of all plans.

use std::{fmt::Write, path::PathBuf, sync::Arc};

use clap::{
    ValueEnum,
    builder::styling::{AnsiColor, Style},
};
use plan_ide::{
    Environment, File,
    overview::{self, PlanStatus},
};
use plan_schema::Kind;
use rayon::prelude::*;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{
    Color, FAILED,
    check::parse_day,
    count,
    input::{Source, each, given_up, plain_name, read_all},
    out,
};
use crate::{
    page,
    panics::caught,
    standing::{Report, Standing},
    workspace,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The day that dates are compared with, for runs that can be repeated
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    today: Option<String>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// How the table is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// A page for browsers that stands alone, with a timeline and a graph of each plan
    Html,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    let (sources, mut complaints) = read_all(&arguments.paths, None, &|key| project.takes(key));
    let found = sources.len();
    let environment = match &arguments.today {
        Some(today) => Arc::new(Environment { today: Some(today.clone()), ..(*project.environment).clone() }),
        None => Arc::clone(&project.environment),
    };
    let read = |source: Source, ()| {
        let file = source.file(&environment);
        crate::trial::panic_over(|| file.document().text());
        if file.kind() != Kind::Plan {
            return None;
        }
        let status = PlanStatus { path: plain_name(&source.name).to_owned(), ..overview::status(&file) };
        Some((status, file))
    };
    let sources = sources.into_iter().map(|source| (source, ())).collect();
    let mut read: Vec<(PlanStatus, File)> =
        each(sources, &mut complaints, read).into_iter().flatten().collect();
    read.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
    read.dedup_by(|(a, _), (b, _)| a.path == b.path);
    let (plans, files): (Vec<PlanStatus>, Vec<File>) = read.into_iter().unzip();
    match arguments.format {
        Format::Html => {
            out::print!("{}", html(plans, &files, environment.today.as_deref(), &mut complaints));
        }
        Format::Json => out::println!("{}", json(plans)),
        Format::Text if plans.is_empty() => out::print!("{}", no_plans(found)),
        Format::Text => out::print!("{}", text(&plans)),
    }
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    if complaints.is_empty() { 0 } else { FAILED }
}

fn html(plans: Vec<PlanStatus>, files: &[File], today: Option<&str>, complaints: &mut Vec<String>) -> String {
    let plans = plans.into_par_iter().zip(files).enumerate();
    let drawn = plans.map(|(number, (status, file))| {
        let name = status.path.clone();
        caught(|| {
            crate::trial::panic_over(|| format!("the page of {name}"));
            page::Entry::of(file, status, number)
        })
        .map_err(|said| format!("{name}: {}", given_up(&said)))
    });
    let (mut entries, mut failed) = (Vec::new(), Vec::new());
    for entry in drawn.collect::<Vec<_>>() {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(complaint) => failed.push(complaint),
        }
    }
    complaints.append(&mut failed);
    page::page(entries, today)
}

fn json(plans: Vec<PlanStatus>) -> String {
    serde_json::to_string_pretty(&Report::new(plans.into_iter().map(Standing::from))).unwrap_or_default()
}

/// What to do where there is no plan among so many files.
pub(super) fn no_plans(files: usize) -> String {
    let looked = match files {
        0 => "There is no Markdown here".to_owned(),
        files => format!("No plan among {}", count(files, "Markdown file")),
    };
    format!(
        "{looked}. Name a file or folder with plans, or make one: `plansmith templates` lists what to begin with.\n"
    )
}

const HEADS: [&str; 6] = ["PLAN", "TEMPLATE", "STATUS", "PROGRESS", "NEXT", "OVERDUE"];
/// Columns may not be wider, but for that of the paths.
const WIDEST: [usize; 6] = [usize::MAX, 24, 20, 24, 40, 12];

fn text(plans: &[PlanStatus]) -> String {
    let rows: Vec<[String; 6]> = plans.iter().map(row).collect();
    let mut widths = HEADS.map(UnicodeWidthStr::width);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out = String::new();
    let bold = Style::new().bold();
    line(&mut out, &HEADS.map(str::to_owned), &widths, |_| Some(bold));
    let red = AnsiColor::Red.on_default();
    for (row, plan) in rows.iter().zip(plans) {
        line(&mut out, row, &widths, |column| (column == 5 && plan.overdue_days.is_some()).then_some(red));
    }
    let (done, total) = plans.iter().fold((0, 0), |sum, plan| (sum.0 + plan.done, sum.1 + plan.total));
    let _ = write!(out, "\n{}: {done} of {} done", count(plans.len(), "plan"), count(total, "task"));
    let startable: usize = plans.iter().map(|plan| plan.next.len()).sum();
    let overdue = plans.iter().filter(|plan| plan.overdue_days.is_some()).count();
    if startable > 0 {
        let _ = write!(out, ", {startable} can start now");
    }
    if overdue > 0 {
        let _ = write!(out, ", {} overdue", count(overdue, "plan"));
    }
    out.push_str(".\n");
    out
}

/// Appends cells, two blanks between columns, nothing behind the last one that says something.
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
    let mut widest = WIDEST.into_iter();
    cells.map(|cell| shortened(&cell, widest.next().unwrap_or(usize::MAX)))
}

/// `██████░░░░ 12/20`. Only what is done wholly fills the bar.
fn bar(done: usize, total: usize) -> String {
    if total == 0 { "no tasks".to_owned() } else { plan_model::Progress { done, total }.bar() }
}

/// A text that is no wider than so many columns of a terminal.
fn shortened(text: &str, widest: usize) -> String {
    if text.width() <= widest {
        return text.to_owned();
    }
    let mut room = widest.saturating_sub(1);
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
    fn bars_and_cuts() {
        assert_eq!(bar(12, 20), "██████░░░░ 12/20");
        assert_eq!(bar(19, 20), "█████████░ 19/20");
        assert_eq!(bar(0, 0), "no tasks");
        assert_eq!(shortened("one two", 7), "one two");
        assert_eq!(shortened("one two", 5), "one…");
        assert_eq!(shortened("任务任务", 5), "任务…");
    }
}
