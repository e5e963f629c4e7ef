//! `plansmith schedule`: start, end and slack of the phases, tasks and milestones of a plan.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::ValueEnum;
use jiff::civil::Date;
use plan_ide::{
    Environment, File,
    editing::gantt_chart::{computed_chart, generated_chart, has_chart, write_gantt_charts},
    overview::{Timeline, schedule_timeline},
    schedule::{EntryKind, PlanSchedule, ScheduleEntry, WorkCalendar, schedule},
};
use plan_model::State;
use serde::Serialize;

use super::{
    EXIT_FAILURE,
    check::parse_date,
    count,
    input::{InputFile, internal_error, read_files},
    options::GlobalOptions,
    out,
    table::{Cell, TextColumn, TextTable},
    terminal,
};
use crate::{
    baseline::baseline,
    diagram::{self, DiagramError, DiagramFormat, DiagramKind},
    disk, files,
    history::{Repository, day_of},
    panics::catch_panic,
    plan_edit,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Plan file; `-` for standard input
    file: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value_t = ScheduleFormat::Text)]
    format: ScheduleFormat,
    /// Insert a Gantt chart into the file, or update the states and dates of its existing charts
    #[arg(long, conflicts_with_all = ["format", "baseline"])]
    write_gantt: bool,
    /// Git revision or file to compare with (formats `svg` and `text`)
    #[arg(long, value_name = "REV|FILE")]
    baseline: Option<String>,
    /// Date to use as today (for reproducible output)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<String>,
    /// Path of the file whose text is on standard input
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
}

/// Output format of `plansmith schedule`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScheduleFormat {
    /// Human-readable table
    Text,
    /// JSON
    Json,
    /// Mermaid Gantt chart
    Mermaid,
    /// Self-contained SVG
    Svg,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let paths = std::slice::from_ref(&arguments.file);
    let Some(inputs) = read_files(paths, arguments.stdin_filename.as_deref(), options) else {
        return EXIT_FAILURE;
    };
    out::errors(&inputs.errors);
    let Some(source) = inputs.files.first() else { return EXIT_FAILURE };
    let environment = match &arguments.today {
        Some(today) => {
            Arc::new(Environment { today: Some(today.clone()), ..(*inputs.project.environment).clone() })
        }
        None => Arc::clone(&inputs.project.environment),
    };
    let file = source.file(&environment);
    if arguments.write_gantt {
        return write_gantt(source, &file);
    }
    let baseline = match &arguments.baseline {
        Some(baseline) => match baseline_file(source, baseline, &environment) {
            Ok(baseline) => Some(baseline),
            Err(why) => {
                out::error(why);
                return EXIT_FAILURE;
            }
        },
        None => None,
    };
    let timeline = || {
        let mut timeline = schedule_timeline(&file);
        if let Some(baseline) = &baseline {
            timeline.set_baseline(&schedule_timeline(baseline));
        }
        timeline
    };
    let print = || {
        crate::fault_injection::panic_on(|| file.document().text());
        match arguments.format {
            ScheduleFormat::Text => out::print!("{}", text(&file, baseline.as_ref())),
            ScheduleFormat::Json => out::json(&report(&file)),
            ScheduleFormat::Mermaid => out::plain(&mermaid(&timeline(), &schedule(&file).calendar)?),
            ScheduleFormat::Svg => out::document(&diagram::render_timeline(&timeline(), DiagramFormat::Svg)?),
        }
        Ok::<(), DiagramError>(())
    };
    let printed = catch_panic(print).map_err(|panic| internal_error(&panic));
    match printed.and_then(|printed| printed.map_err(|why| why.to_string())) {
        Ok(()) => 0,
        Err(why) => {
            out::error(format_args!("{}: {why}", source.name));
            EXIT_FAILURE
        }
    }
}

/// Writes the Gantt charts of a plan to its file, or prints the changed text for standard input. Returns the exit code.
fn write_gantt(source: &InputFile, file: &File) -> i32 {
    let edits = match catch_panic(|| write_gantt_charts(file)) {
        Ok(edits) => edits,
        Err(panic) => {
            out::error(format_args!("{}: {}", source.name, internal_error(&panic)));
            return EXIT_FAILURE;
        }
    };
    let is_new = !has_chart(file) && generated_chart(file).is_some();
    let text = plan_ide::apply_edits(&source.text, &edits);
    let Some(path) = &source.path else {
        out::document(&text);
        return 0;
    };
    let name = &source.name;
    match edits.len() {
        0 if !has_chart(file) => {
            out::error(format_args!("{name}: cannot write a Gantt chart: no dates or estimates found"));
            return EXIT_FAILURE;
        }
        0 => out::println!("{name}: Gantt chart is up to date"),
        changes => {
            if let Err(error) = plan_edit::replace_file(path, Some(&source.text), &text) {
                out::error(disk::replace_error(name, &error));
                return EXIT_FAILURE;
            }
            match is_new {
                true => out::println!("{name}: inserted a Gantt chart"),
                false => out::println!("{name}: updated the Gantt chart ({})", count(changes, "change")),
            }
        }
    }
    0
}

/// Returns the parsed baseline of a plan, as of its date: a file, or the version of the plan in a git revision.
fn baseline_file(source: &InputFile, name: &str, environment: &Arc<Environment>) -> Result<File, String> {
    let key = source.key.as_str();
    let saved = Path::new(name);
    if saved.is_file() {
        let text = files::read(saved).map_err(|why| format!("{name}: {why}"))?;
        return Ok(baseline(key, &text, None, environment));
    }
    let folder = Path::new(key).parent().unwrap_or(Path::new("/"));
    let repository = Repository::of(folder)?;
    let inside = key.strip_prefix(repository.root()).unwrap_or(key).trim_start_matches('/');
    let (text, date) = repository.text_at(inside, name)?;
    Ok(baseline(key, &text, day_of(&date), environment))
}

/// Returns a timeline as a Mermaid Gantt chart with computed dates.
fn mermaid(timeline: &Timeline, calendar: &WorkCalendar) -> Result<String, DiagramError> {
    match timeline.sections.is_empty() {
        true => Err(DiagramError::Empty(DiagramKind::Timeline)),
        false => Ok(computed_chart(timeline, calendar)),
    }
}

/// The schedule of a plan in JSON. Dates have the form `YYYY-MM-DD`.
#[derive(Debug, Serialize)]
struct ScheduleJson {
    today: Option<String>,
    end: Option<String>,
    items: Vec<EntryJson>,
    conflicts: Vec<ConflictJson>,
}

#[derive(Debug, Serialize)]
struct EntryJson {
    id: Option<String>,
    kind: &'static str,
    title: String,
    /// Line number, 1-based.
    line: usize,
    start: Option<String>,
    /// Last day, inclusive.
    end: Option<String>,
    days: Option<i64>,
    slack: Option<i64>,
    critical: bool,
    late: bool,
    source: &'static str,
}

#[derive(Debug, Serialize)]
struct ConflictJson {
    /// Line number, 1-based.
    line: usize,
    message: String,
}

/// Returns the 1-based number of the line that contains an offset.
fn line_number(file: &File, offset: usize) -> usize {
    file.document().rope().byte_to_line(offset) + 1
}

fn report(file: &File) -> ScheduleJson {
    let schedule = schedule(file);
    let day = |day: Option<Date>| day.map(|day| day.to_string());
    let items = schedule.entries.iter().map(|entry| EntryJson {
        id: entry.id.clone(),
        kind: entry.kind.name(),
        title: entry.title.clone(),
        line: line_number(file, entry.range.start),
        start: day(entry.start),
        end: day(entry.end),
        days: entry.days,
        slack: entry.slack,
        critical: entry.critical,
        late: entry.late,
        source: entry.source.name(),
    });
    let conflicts = schedule.conflicts.iter().map(|conflict| ConflictJson {
        line: line_number(file, conflict.range.start),
        message: conflict.message.clone(),
    });
    ScheduleJson {
        today: day(schedule.today),
        end: day(schedule.end),
        items: items.collect(),
        conflicts: conflicts.collect(),
    }
}

/// Maximum width of a name in columns.
const MAX_NAME_COLUMNS: usize = 52;

/// The columns of the table.
const SCHEDULE_COLUMNS: [TextColumn; 6] = [
    TextColumn::new("ITEM", MAX_NAME_COLUMNS),
    TextColumn::new("START", 10),
    TextColumn::new("END", 10),
    TextColumn::new("WORKING DAYS", 4),
    TextColumn::new("SLACK", 5),
    TextColumn::new("REMARKS", usize::MAX),
];

fn text(file: &File, baseline: Option<&File>) -> String {
    let schedule = schedule(file);
    let bold = out::HEADING_STYLE;
    let mut out = String::new();
    let title = file.plan().title().unwrap_or_else(|| "(no title)".to_owned());
    let _ = writeln!(out, "{bold}{}{bold:#}", terminal::line(&title));
    let _ = writeln!(out, "{}", summary(schedule));
    let old_ends: BTreeMap<String, Date> = baseline.map_or_else(BTreeMap::new, |baseline| {
        let entries = self::schedule(baseline).entries.iter();
        entries.filter_map(|entry| Some((key_of(entry), entry.end?))).collect()
    });
    let mut table = TextTable::new(SCHEDULE_COLUMNS);
    let (known, unknown): (Vec<&ScheduleEntry>, Vec<&ScheduleEntry>) =
        schedule.entries.iter().partition(|entry| is_shown(schedule, entry));
    for entry in &known {
        let cells = row(file, entry, old_ends.get(&key_of(entry)).copied());
        table.row(cells.map(Cell::from));
    }
    if !known.is_empty() {
        let _ = write!(out, "\n{}", table.text());
        if !unknown.is_empty() {
            let _ = writeln!(out, "\n{} without dates or estimates", count(unknown.len(), "more item"));
        }
    }
    if !schedule.conflicts.is_empty() {
        let _ = writeln!(out, "\n{}:", count(schedule.conflicts.len(), "conflict"));
        for conflict in &schedule.conflicts {
            let line = line_number(file, conflict.range.start);
            let _ = writeln!(out, "  line {line}: {}", terminal::line(&conflict.message));
        }
    }
    out
}

/// Returns whether an entry has a row: something is known about its time, or it is a phase of a plan with a schedule.
fn is_shown(schedule: &PlanSchedule, entry: &ScheduleEntry) -> bool {
    let is_known = entry.start.is_some() || entry.end.is_some() || entry.days.is_some();
    is_known || entry.kind == EntryKind::Phase && schedule.end.is_some()
}

/// Returns the name by which an entry is found in the baseline: its ID, otherwise its title.
fn key_of(entry: &ScheduleEntry) -> String {
    entry.id.clone().unwrap_or_else(|| entry.title.clone())
}

/// Returns when the plan ends, in one sentence.
fn summary(schedule: &PlanSchedule) -> String {
    let Some(end) = schedule.end else { return "No dates or estimates found".to_owned() };
    let mut text = format!("Ends {end}");
    if let (Some((target, _)), Some(days)) = (&schedule.target, schedule.days_after_target()) {
        let distance = usize::try_from(days.unsigned_abs()).unwrap_or(usize::MAX);
        let _ = match days {
            0 => write!(text, ", on its target date"),
            1.. => write!(text, ", {} after its target {target}", count(distance, "day")),
            _ => write!(text, ", {} before its target {target}", count(distance, "day")),
        };
    }
    let late = schedule.entries.iter().filter(|entry| entry.late).count();
    if late > 0 {
        let _ = write!(text, "; {} late", count(late, "item"));
    }
    let is_unknown = |entry: &&ScheduleEntry| {
        let is_open = matches!(entry.state, Some(State::Open | State::Active | State::Blocked));
        is_open && entry.kind == EntryKind::Task && entry.start.is_some() && entry.end.is_none()
    };
    let unknown = schedule.entries.iter().filter(is_unknown).count();
    if unknown > 0 {
        let _ = write!(text, "; {} without an end", count(unknown, "task"));
    }
    text
}

fn row(file: &File, entry: &ScheduleEntry, old_end: Option<Date>) -> [String; 6] {
    let depth = match entry.item.and_then(|item| file.plan().item(item)) {
        Some(item) => item.ancestors().count(),
        None => 0,
    };
    let name = format!("{}{}", "  ".repeat(depth.min(6)), entry.name(file));
    let day = |day: Option<Date>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    let state = entry.state.filter(|state| *state != State::Open).map(State::name);
    let is_known = entry.start.is_some() || entry.end.is_some();
    let remarks = [
        state,
        entry.critical.then_some("critical"),
        entry.late.then_some("late"),
        is_known.then(|| entry.source.name()),
    ];
    let mut remarks: Vec<String> = remarks.into_iter().flatten().map(str::to_owned).collect();
    if let Some((old, new)) = old_end.zip(entry.end).filter(|(old, new)| old != new) {
        let days = old.until(new).map_or(0, |span| span.get_days());
        let distance = count(days.unsigned_abs() as usize, "day");
        remarks.push(format!("{distance} {} than the baseline", if days > 0 { "later" } else { "earlier" }));
    }
    [name, day(entry.start), day(entry.end), number(entry.days), number(entry.slack), remarks.join(", ")]
}
